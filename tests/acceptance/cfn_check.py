#!/usr/bin/env python3
"""cfn_check: cfn-lint over CloudFormation templates, informational rules included; any finding fails.

Rules in gaps.json are not held against a template. Refused beside them: YAML anchors and aliases, which
CloudFormation does not take and cfn-lint lets pass, and templates too big to be sent inline (--any-size); JSON
counts without its white space.

Exit: 0 clean; 1 findings; 2 usage; 3 cfn-lint is missing.
"""
import argparse
import json
import subprocess
import sys
from pathlib import Path

from toolbox import FAILED, OK, gaps, need

INLINE_LIMIT = 51_200


def refused(name, any_size):
    """What is wrong with the file beside what cfn-lint finds."""
    import yaml
    path = Path(name)
    if not path.is_file():
        yield "not there"
        return
    size = path.stat().st_size
    if path.suffix == ".json" and size > INLINE_LIMIT:
        # indented for people: what is sent is what `render --minify` writes
        size = len(json.dumps(json.loads(path.read_text()), separators=(",", ":"), ensure_ascii=False).encode())
    if size > INLINE_LIMIT and not any_size:
        yield f"over {INLINE_LIMIT} bytes: it has to be put into a bucket first"
    if path.suffix == ".json":
        return
    try:
        for event in yaml.parse(path.read_text(), getattr(yaml, "CSafeLoader", yaml.SafeLoader)):
            if getattr(event, "anchor", None):
                kind = "alias" if isinstance(event, yaml.AliasEvent) else "anchor"
                yield f"YAML {kind} {event.anchor} in line {event.start_mark.line + 1}"
    except yaml.YAMLError as e:
        yield f"no YAML: {e}"


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("files", nargs="+", metavar="FILE")
    parser.add_argument("--allow", action="append", default=[], metavar="RULE", help="one more rule that may fire")
    parser.add_argument("--any-size", action="store_true", help="do not mind the limit of inline templates")
    args = parser.parse_args()
    need("cfn-lint", "PyYAML")
    bad = False
    for name in args.files:
        for why in refused(name, args.any_size):
            print(f"FAIL {name}: {why}")
            bad = True
    # one run for all: its start costs more than a template
    there = [name for name in args.files if Path(name).is_file()]
    if there:
        run = subprocess.run([sys.executable, "-I", "-c", "from cfnlint.runner import main; main()", "--non-zero-exit-code", "informational", "--include-checks", "I",
                              "--ignore-checks", *gaps("cfn-lint"), *args.allow,
                              "--format", "parseable", "--template", *there],
                             text=True, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, stdin=subprocess.DEVNULL)
        bad |= run.returncode != 0
        # some messages list everything that would have been right
        print("".join(f"{line[:600]}\n" for line in run.stdout.splitlines()), end="")
    if not bad:
        print(f"ok   {len(args.files)} templates")
    return FAILED if bad else OK


if __name__ == "__main__":
    sys.exit(main())
