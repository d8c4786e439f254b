#!/usr/bin/env python3
"""scan: checkov over rendered output, without a network.

  FILE: a CloudFormation template. DIR: a Terraform module.

checkov is an outside opinion. Checks in gaps.json are skipped (--all: not), because they are wrong or not
what is promised. Exceptions of one profile stand in the output, beside the resource, with their reason; they
are counted here. A target in which checkov recognises nothing fails.

checkov comes from $S3HARDEN_CHECKOV, else from setup.sh's environment, else from PATH.

Exit: 0 clean; 1 findings; 2 usage; 3 checkov is missing.
"""
import argparse
import json
import os
import shutil
import subprocess
import sys
import tempfile
from pathlib import Path

from toolbox import FAILED, OK, SETUP, gaps, missing, module_files, tools_dir


def checkov():
    """The program."""
    candidates = [os.environ.get("S3HARDEN_CHECKOV"), str(tools_dir() / "checkov" / "bin" / "checkov"), "checkov"]
    return next((c for c in candidates if c and shutil.which(c)), None) or missing(f"checkov is missing: {SETUP}")


def scan(program, root, skipped):
    """All findings below a folder: (verdict, check, file)."""
    command = [program, "--framework", "terraform", "cloudformation", "--compact", "--skip-download", "-o", "json",
               *(["--skip-check", ",".join(skipped)] if skipped else []), "-d", str(root)]
    done = subprocess.run(command, cwd=root, text=True, stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, stderr=subprocess.PIPE)
    try:
        reports = json.loads(done.stdout)
    except ValueError:
        missing(f"checkov failed ({done.returncode})\n{done.stdout}{done.stderr}")
    for report in reports if isinstance(reports, list) else [reports]:
        results = report.get("results", {})  # none where nothing is recognised
        for verdict in ("passed", "failed", "skipped"):
            for check in results.get(f"{verdict}_checks", []):
                yield verdict, check, Path(check["file_abs_path"])
        for file in results.get("parsing_errors", []):
            yield "broken", None, Path(file)


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("targets", nargs="+", metavar="FILE|DIR")
    parser.add_argument("--all", action="store_true", help="skip no check")
    args = parser.parse_args()
    program = checkov()
    verdicts = [{"passed": 0, "skipped": 0, "wrong": []} for _ in args.targets]
    # One run for all: given several folders, checkov counts the first one's findings again for each.
    with tempfile.TemporaryDirectory(prefix="scan.") as root:
        root = Path(root).resolve()
        for n, target in enumerate(map(Path, args.targets)):
            (root / str(n)).mkdir()
            for file in module_files(target) if target.is_dir() else [target] if target.exists() else []:
                shutil.copy(file, root / str(n) / file.name)
        for verdict, check, file in scan(program, root, [] if args.all else gaps("checkov")):
            target = verdicts[int(file.resolve().relative_to(root).parts[0])]
            if verdict == "failed":
                first, last = check["file_line_range"]
                target["wrong"].append(f"{check['check_id']} {check['resource']} ({file.name}:{first}-{last}): {check['check_name']}")
            elif verdict == "broken":
                target["wrong"].append(f"{file.name}: checkov cannot parse it")
            else:
                target[verdict] += 1
    for name, target in zip(args.targets, verdicts):
        if not target["passed"] and not target["wrong"]:
            target["wrong"].append("checkov recognised nothing in it" if Path(name).exists() else "not there")
        print(f"{'FAIL' if target['wrong'] else 'ok  '} {name}: {target['passed']} passed, {target['skipped']} excepted in the output")
        print("".join(f"     {line}\n" for line in target["wrong"]), end="")
    return FAILED if any(target["wrong"] for target in verdicts) else OK


if __name__ == "__main__":
    sys.exit(main())
