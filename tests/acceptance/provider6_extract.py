#!/usr/bin/env python3
"""provider6_extract: what generation 6 of Terraform's AWS provider takes, as far as a package registry tells.

Writes provider6.json. Run by hand: it needs PyPI, and terraform with the AWS provider 5.100.0.

pulumi-aws is generated from the provider's schema and renames some of it: lists get a plural, blocks that
may stand once become plain values, a few arguments have names of their own. The schema of 5.100.0 says what
was there before the renaming; RENAMED says the rest. An argument of 5.100.0 that nothing maps to has to be
in GONE, with the reason, and an argument has to be in both releases of pulumi-aws that are read: the one that
bridges 6.40.0, where our version constraint begins, and a recent one. One of the two is enough to make it
deprecated or required.

The files of the packages are parsed, never imported.
"""
import argparse
import ast
import json
import re
import subprocess
import sys
import tempfile
import zipfile
from pathlib import Path

from toolbox import FAILED, HERE, OK, Terraform, missing

# The release notes of 6.40.0 (8 April 2026) name the resources that 7.25.0 (11 April) has and 7.24.0 has not.
# 7.51.1 does not say which version it bridges; 7.43.0 bridges 6.61.0 by its release notes.
FLOOR, RECENT = "7.25.0", "7.51.1"
TRUTH = "5.100.0"

MODULES = {  # Pulumi's module: the resources of the prefix in it
    "s3/aws_s3_": "access_point account_public_access_block bucket bucket_ownership_controls bucket_public_access_block "
                  "bucket_server_side_encryption_configuration bucket_versioning bucket_lifecycle_configuration "
                  "bucket_object_lock_configuration bucket_cors_configuration bucket_notification bucket_acl "
                  "bucket_logging bucket_policy",
    "s3control/aws_s3control_": "access_point_policy",
    "kms/aws_kms_": "key alias",
    "iam/aws_iam_": "role role_policy policy user_policy_attachment group_policy_attachment role_policy_attachment",
    "sns/aws_sns_": "topic topic_policy topic_subscription",
    "lambda_/aws_lambda_": "function permission",
    "cfg/aws_config_": "aggregate_authorization configuration_aggregator conformance_pack delivery_channel "
                       "organization_conformance_pack organization_custom_policy_rule organization_custom_rule "
                       "organization_managed_rule remediation_configuration retention_configuration",
    "macie2/aws_macie2_": "account classification_export_configuration classification_job invitation_accepter member "
                          "organization_admin_account organization_configuration",
    "macie/aws_macie2_": "custom_data_identifier findings_filter",
    "accessanalyzer/aws_accessanalyzer_": "analyzer archive_rule",
    "guardduty/aws_guardduty_": "detector detector_feature malware_protection_plan",
    "ssm/aws_ssm_": "document",
    "cloudwatch/aws_cloudwatch_": "log_group log_metric_filter metric_alarm event_rule event_target",
}
RESOURCES = {
    **{place.split("/")[1] + name: f"{place.split('/')[0]}/{name}" for place, names in MODULES.items() for name in names.split()},
    "aws_s3_bucket_replication_configuration": "s3/bucket_replication_config",
    "aws_cloudtrail": "cloudtrail/trail",
    "aws_config_config_rule": "cfg/rule",
    "aws_config_configuration_recorder": "cfg/recorder",
    "aws_config_configuration_recorder_status": "cfg/recorder_status",
}
DATA = {
    "aws_partition": "get_partition",
    "aws_region": "get_region",
    "aws_caller_identity": "get_caller_identity",
    "aws_canonical_user_id": "s3/get_canonical_user_id",
    "aws_s3_bucket_policy": "s3/get_bucket_policy",
}

RENAMED = {  # Terraform's path: Pulumi's name
    "aws_cloudwatch_metric_alarm.alarm_name": "name",
    "aws_lambda_function.filename": "code",
    "aws_lambda_function.function_name": "name",
    "aws_lambda_permission.function_name": "function",
    "aws_sns_topic_subscription.topic_arn": "topic",
}
# Terraform's path: why 5.100.0 has it and 6.x has not. So far 6.0 has taken nothing from these resources.
GONE = {}
# What Pulumi does in its own way and so leaves out, wherever it stands at the top of a resource.
OWN_WAY = ("id", "tags_all", "timeouts")


def singular(word):
    """The words that a plural can come from."""
    yield word
    if word.endswith("ies"):
        yield word[:-3] + "y"
    if word.endswith("es"):
        yield word[:-2]
    if word.endswith("s"):
        yield word[:-1]


class Wheel:
    """The sources of one release of pulumi-aws."""

    def __init__(self, file):
        self.zip = zipfile.ZipFile(file)
        self.parsed = {}

    def classes(self, module):
        """The classes and functions of a file by name."""
        if module not in self.parsed:
            tree = ast.parse(self.zip.read(f"pulumi_aws/{module}.py"))
            named = [node for node in tree.body if isinstance(node, (ast.ClassDef, ast.FunctionDef))]
            self.parsed[module] = {node.name: node for node in named}
        return self.parsed[module]

    def inputs(self, module, name):
        """The class of a block."""
        folder = module.rpartition("/")[0]
        return self.classes(f"{folder}/_inputs")[name]


class Given:
    """A property as Pulumi has it."""

    def __init__(self, annotation, required, deprecated):
        words = re.findall(r"\w+", ast.unparse(annotation)) if annotation else []
        nested = [word for word in words if word.endswith("Args")]
        self.list = "Sequence" in words
        # A policy may be given as an object: for Terraform it is a text.
        self.nested = nested[0] if nested and "str" not in words else None
        self.required, self.deprecated = required, deprecated


def marked(cls, decorator):
    """The properties of a class with a decorator."""
    functions = [node for node in cls.body if isinstance(node, ast.FunctionDef)]
    return {f.name for f in functions if any(ast.unparse(d).split("(")[0] == decorator for d in f.decorator_list)}


def deprecated(cls):
    return marked(cls, "_utilities.deprecated")


def settable(truth):
    return "block" in truth or truth.get("required") or truth.get("optional")


def old(truth):
    """Whether 5.100.0 calls an argument or a block deprecated: Pulumi loses some of that, and nothing takes it back."""
    return bool(truth.get("deprecated") or truth.get("block", {}).get("deprecated"))


def arguments(cls):
    """What a class of arguments takes; without a default it is required."""
    init = next(f for f in cls.body if isinstance(f, ast.FunctionDef) and f.name == "__init__")
    pairs = zip(init.args.kwonlyargs, init.args.kw_defaults)
    return {arg.arg: Given(arg.annotation, default is None, arg.arg in deprecated(cls)) for arg, default in pairs}


class Extract:
    """One release in Terraform's words."""

    def __init__(self, wheel, truth):
        self.wheel, self.truth = wheel, truth
        self.problems, self.new, self.assumed, self.autonamed, self.used = [], set(), set(), set(), set()

    def name(self, path, given, pulumi, known):
        """Terraform's name of a property: the one that 5.100.0 knows, else a guess."""
        for place, word in RENAMED.items():
            if word == pulumi and place.rpartition(".")[0] == path:
                return place.rpartition(".")[2]
        pulumi = pulumi.removesuffix("_")  # Python's keywords
        for word in singular(pulumi) if given.list else [pulumi]:
            if word in known:
                return word
        return list(singular(pulumi))[-1] if given.list and given.nested else pulumi

    def block(self, path, module, given, truth):
        """A block with everything in it; `truth` is the block in the schema of 5.100.0, or nothing."""
        attributes, blocks = (truth or {}).get("attributes", {}), (truth or {}).get("block_types", {})
        known = {**attributes, **blocks}
        out = {"required": [], "optional": [], "deprecated": [], "blocks": {}}
        seen = {}
        for pulumi, prop in given.items():
            name = self.name(path, prop, pulumi, known)
            if name in seen:
                self.problems.append(f"{path}: {seen[name]} and {pulumi} are both {name}")
            seen[name] = pulumi
            here = f"{path}.{name}"
            if name in known and not settable(known[name]) and "." in path.removeprefix("data."):
                continue  # within a block Pulumi's arguments are its results too
            if truth is not None and not settable(known.get(name, {})):
                self.new.add(here)
            if prop.deprecated or old(known.get(name, {})):
                out["deprecated"].append(name)
            if prop.nested and name not in attributes:
                if name not in blocks and truth is not None:
                    self.assumed.add(here)
                inside = arguments(self.wheel.inputs(module, prop.nested))
                inner = self.block(here, module, inside, blocks.get(name, {}).get("block"))
                if prop.required:
                    inner["min"] = 1
                if not prop.list:
                    inner["max"] = 1
                out["blocks"][name] = inner
                continue
            required = prop.required
            if not required and attributes.get(name, {}).get("required"):
                required = True  # rather too strict: Pulumi makes up a name, or 6.x can do without
                self.autonamed.add(here)
            out["required" if required else "optional"].append(name)
        for name, there in known.items():
            here = f"{path}.{name}"
            own_way = name in OWN_WAY and "." not in path.removeprefix("data.")
            if settable(there) and name not in seen and not own_way:
                self.used.add(here)
                if here not in GONE:
                    self.problems.append(f"{here} is in {TRUTH} and not in the extract")
        return out

    def computed(self, kind, block, cls, known):
        """What can be read of a resource and not set; what of it is deprecated."""
        taken = {*block["required"], *block["optional"], *block["blocks"]}

        def names(decorator):
            here = marked(cls, decorator) - {pulumi for place, pulumi in RENAMED.items() if place.split(".")[0] == kind}
            return {next((w for w in singular(p) if w in taken or w in known), p) for p in here}
        before = {name for name, truth in known.items() if old(truth)}
        block["deprecated"] = sorted({*block["deprecated"], *names("_utilities.deprecated"), *before})
        block["computed"] = sorted(names("pulumi.getter") - taken | {"id"})

    def resource(self, kind, module):
        truth = self.truth["resource_schemas"].get(kind, {}).get("block")
        classes = self.wheel.classes(module)
        name = next(n for n, node in classes.items() if isinstance(node, ast.ClassDef) and
                    any("CustomResource" in ast.unparse(base) for base in node.bases))
        given = classes.get(f"{name}Args") or classes[f"{name}InitArgs"]  # where a block has the first name
        block = self.block(kind, module, arguments(given), truth)
        self.computed(kind, block, classes[name], (truth or {}).get("attributes", {}))
        return block

    def data(self, kind, module):
        truth = self.truth["data_source_schemas"][kind]["block"]
        classes = self.wheel.classes(module)
        function = classes[module.rpartition("/")[2]]
        result = next(node for n, node in classes.items() if n.startswith("Get") and n.endswith("Result"))
        given = {a.arg: Given(a.annotation, False, a.arg in deprecated(result)) for a in function.args.args if a.arg != "opts"}
        block = self.block(f"data.{kind}", module, given, truth)
        self.computed(kind, block, result, truth["attributes"])
        return block

    def everything(self):
        return {
            "data": {kind: self.data(kind, module) for kind, module in DATA.items()},
            "resource": {kind: self.resource(kind, module) for kind, module in RESOURCES.items()},
        }


def both(path, floor, recent, later):
    """What holds for both releases. What only the recent one has is noted in `later`."""
    def names(block):
        return {*block["required"], *block["optional"]}
    out = {
        "required": sorted({*floor["required"], *recent["required"]} & names(floor) & names(recent)),
        "deprecated": sorted({*floor["deprecated"], *recent["deprecated"]}),
        "computed": sorted({*floor.get("computed", ())} & {*recent.get("computed", ())}),
        "blocks": {},
    }
    out["optional"] = sorted(names(floor) & names(recent) - {*out["required"]})
    later["added"] += [f"{path}.{name}" for name in names(recent) - names(floor)]
    later["removed"] += [f"{path}.{name}" for name in names(floor) - names(recent)]
    later["added"] += [f"{path}.{name}" for name in {*recent["blocks"]} - {*floor["blocks"]}]
    later["removed"] += [f"{path}.{name}" for name in {*floor["blocks"]} - {*recent["blocks"]}]
    for name in sorted({*floor["blocks"]} & {*recent["blocks"]}):
        out["blocks"][name] = both(f"{path}.{name}", floor["blocks"][name], recent["blocks"][name], later)
    if "min" in floor or "min" in recent:
        out["min"] = 1
    if "max" in floor or "max" in recent:
        out["max"] = 1
    order = ("min", "max", "required", "optional", "computed", "deprecated", "blocks")
    return {key: out[key] for key in order if out.get(key)}


def dump(value, indent=0):
    """JSON with what is short on one line, so that a change shows and a reader sees more than brackets."""
    flat = json.dumps(value)
    if not value or not isinstance(value, (dict, list)) or indent > 1 and "{" not in flat[1:] and indent + len(flat) < 120:
        return flat
    if isinstance(value, dict):
        begin, inner, end = "{", [f"{json.dumps(key)}: {dump(one, indent + 1)}" for key, one in value.items()], "}"
    else:
        begin, inner, end = "[", [dump(one, indent + 1) for one in value], "]"
    space = "\n" + " " * indent
    return f"{begin}{space} " + f",{space} ".join(inner) + space + end


def truth(folder):
    """The schema of the provider that is here."""
    terraform = Terraform()
    (folder / "main.tf").write_text(f'terraform {{\n  required_providers {{\n    aws = {{\n      source = "hashicorp/aws"\n'
                                    f'      version = "{TRUTH}"\n    }}\n  }}\n}}\n')
    for command in (("init",), ("providers", "schema", "-json")):
        code, out = terraform(folder, *command)
        if code:
            missing(f"no schema of the AWS provider {TRUTH}\n{out}")
    return next(iter(json.loads(out[out.index("{"):].splitlines()[0])["provider_schemas"].values()))


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--wheels", type=Path, help="where the wheels of pulumi-aws are, or are put (else a folder that goes)")
    parser.add_argument("--check", action="store_true", help="compare with provider6.json instead of writing it")
    args = parser.parse_args()
    with tempfile.TemporaryDirectory(prefix="provider6.") as scratch:
        wheels = args.wheels or Path(scratch)
        (module := Path(scratch) / "tf").mkdir()
        schema = truth(module)
        extracts = []
        for version in (FLOOR, RECENT):
            file = wheels / f"pulumi_aws-{version}-py3-none-any.whl"
            if not file.exists():
                pip = [sys.executable, "-m", "pip", "download", "-q", "--no-deps", "-d", wheels]
                subprocess.run([*pip, f"pulumi-aws=={version}"], check=True)
            extract = Extract(Wheel(file), schema)
            extracts.append((extract, extract.everything()))
    (floor, old), (recent, new) = extracts
    problems = {*floor.problems, *recent.problems}
    problems |= {f"{path} is no difference any more" for path in GONE.keys() - floor.used - recent.used}
    later = {"added": [], "removed": []}
    merged = {group: {} for group in old}
    for group, kind in ((group, kind) for group in old for kind in sorted(old[group])):
        path = f"data.{kind}" if group == "data" else kind
        merged[group][kind] = both(path, old[group][kind], new[group][kind], later)
    if problems:
        print("\n".join(sorted(problems)), file=sys.stderr)
        return FAILED
    text = dump({
        "source": {
            "package": "pulumi-aws, from PyPI",
            "floor": f"{FLOOR}, which bridges hashicorp/aws 6.40.0",
            "recent": f"{RECENT}, built on 2026-10-16; it does not say which 6.x it bridges (7.43.0 bridges 6.61.0)",
            "names": f"the schema of hashicorp/aws {TRUTH}, as `terraform providers schema -json` gives it",
            "made by": "tests/acceptance/provider6_extract.py",
        },
        "notes": {
            f"in {TRUTH}, not here": {"*": f"{', '.join(OWN_WAY)}: Pulumi has its own way", **dict(sorted(GONE.items()))},
            f"not in {TRUTH}": sorted(floor.new | recent.new),
            "taken for a block, without a schema that says so": sorted(floor.assumed | recent.assumed),
            f"required by {TRUTH} and here, optional for Pulumi": sorted(floor.autonamed | recent.autonamed),
            "added after 6.40.0, so not here": sorted(later["added"]),
            "removed after 6.40.0, so not here": sorted(later["removed"]),
        },
        **merged,
    }) + "\n"
    file = HERE / "provider6.json"
    if args.check:
        same = file.read_text() == text
        print(f"{'ok  ' if same else 'FAIL'} {file.name}")
        return OK if same else FAILED
    file.write_text(text)
    return OK


if __name__ == "__main__":
    sys.exit(main())
