#!/usr/bin/env python3
"""tf_apply: apply rendered Terraform modules to a stand-in for AWS, and prove them idempotent.

For each folder, in a scratch copy: init (offline), apply to moto on 127.0.0.1, then a second plan that
must be empty. It shows that references resolve, that the order works, that what the provider checks only
at apply time holds, and that nothing drifts. What AWS itself would refuse it does not show: moto checks
little and evaluates no policy. Buckets that a module imports, or only names as a log target, are there
before. A lifecycle configuration alone takes about a minute, here as on AWS: the provider waits.

Exit: 0 all passed; 1 one failed; 2 usage; 3 terraform or a Python package is missing.
"""
import argparse
import json
import multiprocessing
import os
import re
import shutil
import sys
import tempfile
import time
from concurrent.futures import ProcessPoolExecutor
from pathlib import Path

from toolbox import FAILED, OK, Terraform, gaps, imports, mock_arguments, module_files, need, variables

OVERRIDE = """
  s3_use_path_style           = true
  skip_credentials_validation = true
  skip_metadata_api_check     = true
  skip_region_validation      = true
"""


def point_providers_here(folder):
    """Overrides each aws provider block, default and aliases; makes one where there is none."""
    text = "\n".join(p.read_text() for p in sorted(folder.glob("*.tf")))
    blocks = re.findall(r'(?ms)^provider\s+"aws"\s*\{(.*?)^\}', text)
    if not blocks:
        (folder / "zz_mock_provider.tf").write_text(f'provider "aws" {{{OVERRIDE}}}\n')
        return
    out = []
    for body in blocks:
        alias = re.search(r'(?m)^\s*alias\s*=\s*"([^"]+)"', body)
        extra = f'  alias = "{alias.group(1)}"\n' if alias else ""
        out.append(f'provider "aws" {{{OVERRIDE}{extra}}}\n')
    (folder / "zz_mock_override.tf").write_text("\n".join(out))


def presupposed(files):
    """The buckets that a module wants to be there before: those that it imports, and a log target that it only names."""
    yield from (name for to, name in imports(files) if to.startswith("aws_s3_bucket."))
    for file in files:
        yield from re.findall(r'(?m)^\s*target_bucket\s*=\s*"([a-z0-9.-]+)"\s*$', file.read_text())


def differing(before, after, path=""):
    """Paths, without list indices, at which two planned values differ."""
    if isinstance(before, dict) and isinstance(after, dict):
        for key in sorted(before.keys() | after.keys()):
            yield from differing(before.get(key), after.get(key), f"{path}.{key}".lstrip("."))
    elif isinstance(before, list) and isinstance(after, list) and len(before) == len(after):
        for b, a in zip(before, after):
            yield from differing(b, a, path)
    elif before != after:
        yield path


def drift(plan):
    """(what a plan would change, what of that only moto's memory is to blame for)"""
    real, forgotten, known = [], [], gaps("moto forgets")
    for change in plan.get("resource_changes", []):
        actions = change["change"]["actions"]
        if actions in (["no-op"], ["read"]):
            continue
        paths = set(differing(change["change"]["before"], change["change"]["after"]))
        excused = actions == ["update"] and paths <= set(known.get(change["type"], ()))
        (forgotten if excused else real).append(f"{change['address']} {'/'.join(actions)}: {', '.join(sorted(paths))}")
    return real, forgotten


def steps(folder, terraform, timeout):
    """init, apply, second plan; (what failed or None, number of resources, the second plan)"""
    count, out = 0, ""
    for step, command in (
        ("init", ("init",)),
        ("apply", ("apply", "-no-color", "-auto-approve", "-compact-warnings", "-parallelism=20")),
        ("second plan", ("plan", "-no-color", "-out=again.tfplan", "-compact-warnings")),
        ("show", ("show", "-json", "again.tfplan")),
    ):
        code, out = terraform(folder, *command, timeout=timeout)
        if code:
            if step == "apply":  # the plan is no news, the errors are
                out = out[max(out.find("\nError: "), 0):]
            return f"{step} failed ({code})\n{out.strip()[-12000:]}", count, None
        if step == "apply":  # Apply complete! Resources: 1 imported, 3 added, 0 changed, 0 destroyed.
            count = sum(map(int, re.findall(r"(\d+) (?:added|imported)", out[out.rfind("Apply complete!"):])))
    return None, count, json.loads(out[out.index("{"):])


def start_mock(account, region):
    """Once for each process: moto's state belongs to it."""
    global mock
    from awsmock import Mock
    mock = Mock(account, region).__enter__()


def one(args, terraform, n, name):
    """One folder; (whether it passed, what to say of it)."""
    start, src = time.time(), Path(name)
    if not src.is_dir() or not module_files(src):
        return False, f"FAIL {name}: no Terraform files"
    work = Path(tempfile.mkdtemp(prefix="tf_apply."))
    try:
        folder = work / "module"
        shutil.copytree(src, folder, ignore=shutil.ignore_patterns(".terraform*", "*.tfstate*", "crash.log"))
        point_providers_here(folder)
        mock.reset({*args.existing, *presupposed(module_files(folder))})
        terraform.env.update({**mock.env(), **{f"TF_VAR_{k}": v for k, v in args.variables.items()}})
        why, count, plan = steps(folder, terraform, args.timeout)
        if args.policies and plan:
            mock.write_policies(Path(args.policies) / str(n))
        real, forgotten = drift(plan) if plan else ([], [])
        if plan and not count:
            why = "it has no resources"
        if real:
            why = "the second plan is not empty" + "".join(f"\n     {line}" for line in real)
        said = [f"FAIL {name}: {why}" if why else f"ok   {name}: {count} resources, second plan empty, {time.time() - start:.0f} s"]
        said += [f"     {name}: moto forgets {line}" for line in forgotten]
        said += [f"     {name}: a stub answered for {stub}" for stub in sorted(mock.stubbed)]
        said += [f"     {name}: {times} x {call}: {body}" for call, (times, body) in sorted(mock.errors.items())
                 if call[:3] not in ("404", "405")]  # those are the provider's usual "is it there yet?"
        if args.keep:
            said.append(f"     {name}: kept in {work}")
        return not why, "\n".join(said)
    finally:
        if not args.keep:
            shutil.rmtree(work, ignore_errors=True)


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("dirs", nargs="+", metavar="DIR")
    parser.add_argument("--keep", action="store_true", help="keep the scratch copies and say where")
    parser.add_argument("--jobs", type=int, default=8, help="folders at a time (8); most of the time is waiting")
    parser.add_argument("--timeout", type=int, default=300, metavar="S", help="for one terraform command (300)")
    parser.add_argument("--plugin-dir", help="where the AWS provider lies (see tf_check --help)")
    mock_arguments(parser)
    args = parser.parse_args()
    args.variables = variables(args, parser)
    terraform = Terraform(args.plugin_dir)
    need("moto", "boto3", "flask")
    os.environ["PYTHONSAFEPATH"] = "1"  # what lies in the working directory is no module of ours
    failed = False
    with ProcessPoolExecutor(max(1, min(args.jobs, len(args.dirs))), multiprocessing.get_context("spawn"),
                             start_mock, (args.account, args.region)) as pool:
        for run in [pool.submit(one, args, terraform, n, name) for n, name in enumerate(args.dirs)]:
            passed, said = run.result()
            print(said, flush=True)
            failed |= not passed
    return FAILED if failed else OK


if __name__ == "__main__":
    sys.exit(main())
