#!/usr/bin/env python3
"""cfn_deploy: create and delete each CloudFormation template's stack on a stand-in for AWS.

It shows that the template parses, that references and functions resolve, and that the types which moto
knows can be created. A type that moto lacks gets a placeholder, so that references to it resolve; which
types may be so is in gaps.json. cfn_check, not this, looks at properties.

Exit: 0 all created; 1 one failed; 2 usage; 3 a Python package is missing.
"""
import argparse
import sys
import time
from pathlib import Path

from toolbox import FAILED, OK, gaps, mock_arguments, need, variables


def resources_and_parameters(text):
    """Logical id -> type, and the parameters, whatever short-form functions the YAML holds."""
    import yaml

    class Loader(getattr(yaml, "CSafeLoader", yaml.SafeLoader)):
        pass
    Loader.add_multi_constructor("!", lambda loader, suffix, node: None)
    template = yaml.load(text, Loader)  # JSON is YAML
    return {name: body["Type"] for name, body in template["Resources"].items()}, template.get("Parameters") or {}


def parameter_values(parameters, given, ec2):
    """What is given; and where a VPC or a route table is asked for, the mock's own."""
    values = {name: given[name] for name in parameters if name in given}
    for name, parameter in parameters.items():
        default = str(parameter.get("Default", ""))
        if name in values:
            continue
        if parameter["Type"] == "AWS::EC2::VPC::Id" or default.startswith("vpc-"):
            values[name] = ec2.describe_vpcs()["Vpcs"][0]["VpcId"]
        elif default.startswith("rtb-"):
            values[name] = ec2.describe_route_tables()["RouteTables"][0]["RouteTableId"]
    return [{"ParameterKey": k, "ParameterValue": v} for k, v in values.items()]


def deploy(args, n, name, mock, cfn, ec2):
    """One template; whether it passed."""
    start = time.time()
    mock.reset(args.existing)
    try:
        text = Path(name).read_text()
        wanted, parameters = resources_and_parameters(text)
        cfn.create_stack(StackName="check", TemplateBody=text, Parameters=parameter_values(parameters, args.variables, ec2),
                         Capabilities=["CAPABILITY_NAMED_IAM", "CAPABILITY_AUTO_EXPAND"])
        stack = cfn.describe_stacks(StackName="check")["Stacks"][0]
        if stack["StackStatus"] != "CREATE_COMPLETE":
            raise RuntimeError(f"{stack['StackStatus']} {stack.get('StackStatusReason', '')}")
        made = {r["LogicalResourceId"] for r in cfn.describe_stack_resources(StackName="check")["StackResources"]}
        if args.policies:
            mock.write_policies(Path(args.policies) / str(n))
        cfn.delete_stack(StackName="check")
    except Exception as e:  # whatever it is, it is said and counted, and the next one has its turn
        # where moto itself fell, the client's error says nothing
        why = "; ".join(f"{call}: {body}" for call, (_, body) in mock.errors.items()) or f"{type(e).__name__}: {e}"
        print(f"FAIL {name}: {why}")
        return False
    held = {k: t for k, t in wanted.items() if t in mock.placeheld}
    lacking = sorted(set(held.values()) - (set() if args.strict else gaps("moto has no").keys()))
    uncreated = sorted(wanted.keys() - made)
    passed = not lacking and not uncreated
    print(f"{'ok  ' if passed else 'FAIL'} {name}: {len(made) - len(held)} resources created and deleted, "
          f"{len(held)} placeholders, {time.time() - start:.1f} s")
    if uncreated:
        print(f"     {name}: not created: {', '.join(uncreated)}")
    if lacking:
        print(f"     {name}: moto has no {', '.join(lacking)}; if the type is right, name it in gaps.json")
    return passed


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("files", nargs="+", metavar="FILE")
    parser.add_argument("--strict", action="store_true", help="fail wherever moto has only a placeholder")
    mock_arguments(parser)
    args = parser.parse_args()
    args.variables = variables(args, parser)
    need("moto", "boto3", "flask", "PyYAML")
    from awsmock import Mock

    with Mock(args.account, args.region) as mock:
        cfn, ec2 = mock.client("cloudformation"), mock.client("ec2")
        passed = [deploy(args, n, name, mock, cfn, ec2) for n, name in enumerate(args.files)]
    return OK if all(passed) else FAILED


if __name__ == "__main__":
    sys.exit(main())
