#!/usr/bin/env python3
"""tf_check: terraform fmt -check and validate over rendered modules, many folders in one run.

All folders become child modules of one scratch root, so that terraform starts once and loads the
provider's schema, the slow part, once: 50 folders take little more than one. Offline; nothing is
written to the folders.

The provider comes from --plugin-dir, else $S3HARDEN_TF_PLUGIN_DIR, else a folder tf-plugins one level
below the root of the file system, else from terraform's own configuration.

Exit: 0 all passed; 1 one failed; 2 usage; 3 terraform is missing or cannot load its provider.
"""
import argparse
import json
import re
import shutil
import sys
import tempfile
from pathlib import Path

from toolbox import FAILED, IMPORT, OK, Terraform, imports, missing, module_files, variables


def required_variables(files):
    """Names of the variables without a default."""
    text = "\n".join(f.read_text() for f in files if f.suffix == ".tf")
    blocks = re.findall(r'(?ms)^variable\s+"([^"]+)"\s*\{(.*?)^\}', text)
    return [name for name, body in blocks if not re.search(r"(?m)^\s*default\s*=", body)]


def take_imports(files):
    """Import blocks may stand in a root module only: takes them out, line by line, and tells what they import to."""
    addresses = [to for to, _ in imports(files)]
    for file in files:
        file.write_text(IMPORT.sub(lambda block: "\n" * block[0].count("\n"), file.read_text()))
    return addresses


class Batch:
    """The folders as modules of a scratch root, and what was found about each."""

    def __init__(self, names, root, terraform, values):
        self.root, self.terraform, self.values = root, terraform, values
        self.names = {f"m{n}": name for n, name in enumerate(names)}
        self.failed = set()
        self.live = []
        for module, name in self.names.items():
            if not Path(name).is_dir() or not module_files(Path(name)):
                self.fail(module, "no Terraform files")
                continue
            shutil.copytree(name, root / module, ignore=shutil.ignore_patterns(".terraform*", "*.tfstate*"))
            self.live.append(module)

    def fail(self, module, why):
        self.failed.add(module)
        print(f"FAIL {self.names[module]}: {why}")

    def drop(self, modules):
        """Leaves out of all further steps what would only get in their way."""
        self.live = [m for m in self.live if m not in modules]
        for module in modules:
            shutil.rmtree(self.root / module, ignore_errors=True)

    def modules_in(self, text):
        """The modules that terraform names: as a folder, or as module.mN where something has no place in a file."""
        named = re.findall(r"\b(m\d+)/[^/\s]+\.tf|\bmodule\.(m\d+)\b", text)
        return [m for m in dict.fromkeys(a or b for a, b in named) if m in self.live]

    def fmt(self):
        while self.live:
            code, out = self.terraform(self.root, "fmt", "-check", "-recursive", "-no-color")
            if not code:
                return
            bad = self.modules_in(out)
            if not bad:
                missing(f"terraform fmt failed\n{out}")
            for module in bad:
                _, diff = self.terraform(self.root / module, "fmt", "-check", "-diff", "-no-color")
                self.fail(module, f"terraform fmt\n{diff.strip()}")
            if code == 3:  # only the layout is wrong
                return
            self.drop(bad)  # does not parse; and terraform has kept silent about the others

    def init(self):
        imports = {module: take_imports(module_files(self.root / module)) for module in self.live}
        while self.live:
            blocks = []
            for module in self.live:
                needed = required_variables(module_files(self.root / module))
                blocks += [f'import {{\n  to = module.{module}.{to}\n  id = "x"\n}}\n' for to in imports[module]]
                blocks.append("\n".join([f'module "{module}" {{', f'  source = "./{module}"',
                                         *(f"  {v} = {json.dumps(self.values.get(v))}" for v in needed), "}\n"]))
            (self.root / "main.tf").write_text("\n".join(blocks))
            code, out = self.terraform(self.root, "init")
            if not code:
                return
            bad = {module: out for module in self.modules_in(out[out.find("Error:"):])}
            if not bad:  # which of them wants a provider that is not here?
                alone = {module: self.terraform(self.root / module, "init") for module in self.live}
                bad = {module: out for module, (code, out) in alone.items() if code}
            if len(bad) in (0, len(self.live)) and not self.modules_in(out):
                missing(f"terraform init failed; is the AWS provider here? ({self.terraform.plugins})\n{out}")
            for module, why in bad.items():
                self.fail(module, f"terraform init\n{why.strip()}")
            self.drop(bad)

    def validate(self):
        if not self.live:
            return
        _, out = self.terraform(self.root, "validate", "-json")
        try:
            report = json.loads(out[out.index("{"):])
        except ValueError:
            missing(f"terraform validate failed\n{out}")
        for found in report["diagnostics"]:
            text = f"{found['summary']}: {found.get('detail', '')}".rstrip(": ")
            place = found.get("range") or {}
            file, line = place.get("filename", ""), place.get("start", {}).get("line", 0)
            inside = self.modules_in(file)
            modules = inside or self.modules_in(text) or self.live
            if found["severity"] == "error":
                self.failed.update(modules)
            elif "Backend configuration ignored" in text:
                continue
            where = ", ".join(self.names[m] for m in modules)
            print(f"{found['severity']} {where}{f'/{Path(file).name}:{line}' if inside else ''}: {text}")


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("dirs", nargs="+", metavar="DIR")
    parser.add_argument("--plugin-dir", help="where the AWS provider lies")
    parser.add_argument("--var", action="append", default=[], metavar="NAME=VALUE", help="a variable, for those that have one of this name")
    which = parser.add_mutually_exclusive_group()
    which.add_argument("--no-fmt", action="store_true", help="do not check the layout")
    which.add_argument("--fmt-only", action="store_true",
                       help="layout and syntax only, for modules that want another provider than the one here")
    args = parser.parse_args()
    terraform = Terraform(args.plugin_dir)
    with tempfile.TemporaryDirectory(prefix="tf_check.") as root:
        batch = Batch(args.dirs, Path(root), terraform, variables(args, parser))
        if not args.no_fmt:
            batch.fmt()
        if not args.fmt_only:
            batch.init()
            batch.validate()
    for module, name in batch.names.items():
        if module not in batch.failed:
            print(f"ok   {name}")
    return FAILED if batch.failed else OK


if __name__ == "__main__":
    sys.exit(main())
