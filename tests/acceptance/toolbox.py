"""What the acceptance tools share: which Python runs them, where their programs are, and the known gaps.

Exit codes, the same for every tool: 0 all passed; 1 something failed; 2 usage; 3 a tool is missing.
"""
import importlib.metadata
import json
import os
import re
import shutil
import subprocess
import sys
from pathlib import Path

HERE = Path(__file__).resolve().parent
OK, FAILED, MISSING = 0, 1, 3
SETUP = "run tests/acceptance/setup.sh"

sys.dont_write_bytecode = True


def missing(what):
    """Ends the process: a tool is not there."""
    print(f"{Path(sys.argv[0]).stem}: {what}", file=sys.stderr)
    sys.exit(MISSING)


def tools_dir():
    """Where setup.sh puts what it installs."""
    return Path(os.environ.get("S3HARDEN_TOOLS_DIR") or HERE / ".venv").absolute()


def need(*packages):
    """Makes sure that Python packages are there, in the pinned environment if setup.sh made one.

    Starts the process again with that environment's Python if this one is another.
    """
    python = tools_dir() / "bin" / "python"
    if python.exists() and Path(sys.prefix).resolve() != tools_dir().resolve():
        sys.stdout.flush()
        os.execv(python, [str(python), *sys.argv])
    pins = dict(re.findall(r"(?m)^([A-Za-z0-9-]+)(?:\[\w+\])?==(\S+)", (HERE / "requirements.txt").read_text()))
    for package in packages:
        try:
            found = importlib.metadata.version(package)
        except importlib.metadata.PackageNotFoundError:
            missing(f"the Python package {package} is missing: {SETUP}")
        if found != pins.get(package, found):
            print(f"note: {package} is {found}, not {pins[package]} as pinned: {SETUP}", file=sys.stderr)


def gaps(tool):
    """What is known of a tool and not held against what it checks, each with the reason."""
    return json.loads((HERE / "gaps.json").read_text())[tool]


class Terraform:
    """terraform, offline, with the AWS provider that the machine has."""

    def __init__(self, plugin_dir=None):
        if not shutil.which("terraform"):
            missing("terraform is not on PATH")
        found = sorted(map(str, Path("/").glob("*/tf-plugins")))
        self.plugins = plugin_dir or os.environ.get("S3HARDEN_TF_PLUGIN_DIR") or next(iter(found), None)
        self.env = {**os.environ, "TF_IN_AUTOMATION": "1", "TF_INPUT": "0", "CHECKPOINT_DISABLE": "1"}
        for name in ("TF_CLI_ARGS", "TF_LOG", "TF_WORKSPACE", "TF_DATA_DIR", *(["TF_CLI_CONFIG_FILE"] if self.plugins else [])):
            self.env.pop(name, None)

    def __call__(self, folder, *command, timeout=600):
        """Runs one command; (exit code, what it printed on both channels)."""
        if command[0] == "init":
            command = (*command, "-no-color", "-backend=false", *([f"-plugin-dir={self.plugins}"] if self.plugins else []))
        try:
            run = subprocess.run(["terraform", *command], cwd=folder, env=self.env, text=True, timeout=timeout,
                                 stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, stderr=subprocess.STDOUT)
            return run.returncode, run.stdout
        except subprocess.TimeoutExpired as e:
            out = e.stdout or b""
            out = out.decode(errors="replace") if isinstance(out, bytes) else out
            return 124, f"{out}\n(no end after {timeout} s)"


def module_files(folder):
    """The files of a Terraform module."""
    return sorted([*folder.glob("*.tf"), *folder.glob("*.tf.json")])


IMPORT = re.compile(r"(?ms)^import\s*\{\n(.*?)^\}$")


def imports(files):
    """(address, id) of what import blocks name."""
    for file in files:
        for body in IMPORT.findall(file.read_text()) if file.suffix == ".tf" else ():
            given = dict(re.findall(r'(?m)^\s*(to|id)\s*=\s*"?([^"\s]+)"?\s*$', body))
            yield given.get("to", ""), given.get("id", "")


def mock_arguments(parser):
    """The arguments of what runs against the stand-in for AWS."""
    parser.add_argument("--account", help="the account of the stand-in (MOTO_ACCOUNT_ID, else 123456789012)")
    parser.add_argument("--region", default="us-east-1", help="its region (us-east-1)")
    parser.add_argument("--existing", action="append", default=[], metavar="BUCKET",
                        help="a bucket that is there before, and takes S3's access logs")
    parser.add_argument("--var", action="append", default=[], metavar="NAME=VALUE",
                        help="a variable or parameter, for those that have one of this name")
    parser.add_argument("--policies", metavar="DIR",
                        help="write every bucket policy as deployed to DIR/N/BUCKET.json, N counting the arguments from 0")


def variables(args, parser):
    """--var NAME=VALUE... as a dictionary."""
    if bad := [v for v in args.var if "=" not in v]:
        parser.error(f"--var wants NAME=VALUE, not {bad[0]}")
    return dict(v.split("=", 1) for v in args.var)
