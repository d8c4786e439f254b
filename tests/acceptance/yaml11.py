#!/usr/bin/env python3
"""yaml11: does each CloudFormation template in YAML say the same as its twin in JSON, to a reader of YAML 1.1?

Read with PyYAML's safe loader, which is YAML 1.1, as many tools around CloudFormation are: `yes`, `012`,
`2012-10-17`, `1_000` or a key `Null` left unquoted would come back as something else than text. Keys that
occur twice are refused on both sides.

Exit: 0 all the same; 1 one differs; 2 usage; 3 PyYAML is missing.
"""
import argparse
import json
import sys
from pathlib import Path

from toolbox import FAILED, OK, need


def from_yaml(path):
    """The value, read by the rules of YAML 1.1."""
    import yaml

    class Loader(yaml.SafeLoader):
        """Not the faster one in C: that one knows YAML 1.1 from another source."""

        def construct_mapping(self, node, deep=False):
            keys = [self.construct_object(key, deep=True) for key, _ in node.value]
            if twice := [key for key in keys if keys.count(key) > 1]:
                raise ValueError(f"key {twice[0]!r} twice in line {node.start_mark.line + 1}")
            return super().construct_mapping(node, deep)

    return yaml.load(path.read_text(), Loader)


def from_json(path):
    """The value; no key twice."""
    def unique(pairs):
        if len(dict(pairs)) < len(pairs):
            raise ValueError(f"a key twice among {[key for key, _ in pairs]}")
        return dict(pairs)
    return json.loads(path.read_text(), object_pairs_hook=unique)


def short(value):
    """For a message."""
    text = repr(value)
    return f"{text[:80]}... ({type(value).__name__})" if len(text) > 80 else f"{text} ({type(value).__name__})"


def differences(yaml, json, path=""):
    """Where the two differ; `1`, `1.0` and `true` are three things."""
    if type(yaml) is not type(json):
        yield f"{path or '/'}: {short(yaml)} in YAML, {short(json)} in JSON"
    elif isinstance(yaml, dict):
        for key in [*yaml, *(k for k in json if k not in yaml)]:
            if key not in json:
                yield f"{path}/{key}: only in YAML, where the key is read as {key!r}"
            elif key not in yaml:
                yield f"{path}/{key}: only in JSON"
            else:
                yield from differences(yaml[key], json[key], f"{path}/{key}")
    elif isinstance(yaml, list):
        if len(yaml) != len(json):
            yield f"{path}: {len(yaml)} items in YAML, {len(json)} in JSON"
        for n, pair in enumerate(zip(yaml, json)):
            yield from differences(*pair, f"{path}/{n}")
    elif yaml != json:
        yield f"{path}: {short(yaml)} in YAML, {short(json)} in JSON"


def main():
    parser = argparse.ArgumentParser(description=__doc__, usage="%(prog)s TEMPLATE.yaml TEMPLATE.json ...",
                                     formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("files", nargs="+", metavar="TEMPLATE", help="pairs: YAML, then JSON")
    args = parser.parse_args()
    if len(args.files) % 2:
        parser.error("the templates come in pairs")
    need("PyYAML")
    bad = False
    for first, second in zip(args.files[::2], args.files[1::2]):
        try:
            found = list(differences(from_yaml(Path(first)), from_json(Path(second))))
        except Exception as e:  # cannot be read: by whichever of the two, it is said and counted
            found = [f"{type(e).__name__}: {' '.join(str(e).split())}"]
        print(f"FAIL {first}" if found else f"ok   {first}")
        print("".join(f"     {line}\n" for line in found[:20]), end="")
        bad |= bool(found)
    return FAILED if bad else OK


if __name__ == "__main__":
    sys.exit(main())
