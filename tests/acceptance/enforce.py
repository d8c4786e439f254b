#!/usr/bin/env python3
"""enforce: a server that enforces bucket policies decides as s3harden does.

Renders profiles, puts each bucket policy on SeaweedFS (loopback only), and makes real requests: those of the
profile's own access tests, whose decision is written down, and every combination of callers, ways in, addresses and
operations below, whose decision `s3harden evaluate` gives. Arguments that end in .json are policies as they are.

What SeaweedFS has no words for is put into its own (`adapted`), what it lacks stands in gaps.json; README.md has the
table. Every statement that is not listed there has to decide a request by itself, on both sides.

Exit: 0 all passed; 1 one failed; 2 usage; 3 SeaweedFS or a Python package is missing.
"""
import argparse
import collections
import itertools
import json
import re
import subprocess
import sys
import tempfile
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from pathlib import Path

from seaweed import ACCOUNT, HOST, REGION, Server
from toolbox import FAILED, OK, SETUP, gaps, missing, need, tools_dir, variables

KEY = f"arn:aws:kms:{REGION}:{ACCOUNT}:key/1234abcd-12ab-34cd-56ef-1234567890ab"
OTHER_KEY = KEY.replace("1234abcd", "9999abcd")
# Callers: the first two may do everything by their own policies, the third nothing, the last has no credentials.
CALLERS = {"keeper": ["Admin"], "Archivist": ["Admin"], "reader": [], None: []}
# Ways in: the version of TLS, none for plain HTTP, and the caller's address.
WAYS = [("1.3", HOST), (None, HOST), ("1.2", HOST), ("1.3", "127.0.0.2"), (None, "127.0.0.2"), ("1.3", "203.0.113.9"),
        ("1.3", "198.51.100.7"), ("1.3", "2001:db8:1::9"), ("1.3", "2001:db8:2::9")]
SSE = "x-amz-server-side-encryption"
VERSION = "0123456789abcdef0123456789abcdef"
# Operations: as what AWS authorises them, method, query, body, and what else than success shows that they were let in.
# None that is let in changes what a later one meets: bodies are void where a setting would change, versions unknown.
OBJECT = {
    "s3:GetObject": ("GET", "", b"", ("NoSuchKey",)),
    "s3:PutObject": ("PUT", "", b"text", ()),
    "s3:DeleteObject": ("DELETE", "", b"", ()),
    "s3:GetObjectVersion": ("GET", f"versionId={VERSION}", b"", ("NoSuchVersion", "NoSuchKey")),
    "s3:DeleteObjectVersion": ("DELETE", f"versionId={VERSION}", b"", ()),
    "s3:GetObjectTagging": ("GET", "tagging", b"", ("NoSuchKey",)),
    "s3:PutObjectTagging": ("PUT", "tagging", b"", ("MalformedXML",)),
}
BUCKET = {
    "s3:ListBucket": ("GET", "list-type=2", b"", ()),
    "s3:ListBucketVersions": ("GET", "versions=", b"", ()),
    "s3:GetBucketPolicy": ("GET", "policy=", b"", ()),
    "s3:PutBucketPolicy": ("PUT", "policy=", b"{", ("MalformedPolicy",)),
    "s3:GetBucketVersioning": ("GET", "versioning=", b"", ()),
    "s3:PutBucketVersioning": ("PUT", "versioning=", b"", ("InvalidRequest",)),
    "s3:PutLifecycleConfiguration": ("PUT", "lifecycle=", b"", ("MalformedXML",)),
    "s3:PutBucketObjectLockConfiguration": ("PUT", "object-lock=", b"", ("MalformedXML",)),
}
# Headers of an upload, and what shows that one was let in: there is no KMS here, and a key without its digest is void.
UPLOADS = [({SSE: "AES256"}, ()), ({f"{SSE}-customer-algorithm": "AES256"}, ("InvalidRequest",))] + [
    ({SSE: algorithm, **key}, ("InternalError",)) for algorithm in ("aws:kms", "aws:kms:dsse")
    for key in ({}, {f"{SSE}-aws-kms-key-id": KEY}, {f"{SSE}-aws-kms-key-id": OTHER_KEY})
]


@dataclass(frozen=True)
class Request:
    """One request, in AWS's words."""
    bucket: str
    caller: str | None
    action: str
    key: str | None = None
    prefix: str | None = None
    tls: str | None = "1.3"
    address: str = HOST
    headers: tuple = ()

    def __str__(self):
        what = [self.caller or "anonymous", self.action, self.key or "", f"prefix={self.prefix}" if self.prefix else "",
                f"TLS {self.tls}" if self.tls else "HTTP", self.address, *(f"{k}: {v}" for k, v in self.headers)]
        return " ".join(filter(None, what))

    @property
    def operation(self):
        """How it is made, if it can be."""
        return (OBJECT if self.key is not None else BUCKET).get(self.action)

    def asked(self, policy):
        """The line for `s3harden evaluate`."""
        context = {"aws:SecureTransport": str(bool(self.tls)).lower(), "aws:SourceIp": self.address,
                   "aws:ViaAWSService": "false", "s3:ResourceAccount": ACCOUNT, "aws:ResourceAccount": ACCOUNT}
        if self.tls:
            context["s3:TlsVersion"] = self.tls
        if self.prefix is not None:
            context["s3:prefix"] = self.prefix
        context.update((f"s3:{name}", value) for name, value in self.headers)
        principal = {"type": "Anonymous"}
        if self.caller:
            arn = f"arn:aws:iam::{ACCOUNT}:user/{self.caller}"
            principal = {"type": "AWS", "arn": arn, "account": ACCOUNT}
            context.update({"aws:PrincipalArn": arn, "aws:PrincipalAccount": ACCOUNT, "aws:PrincipalType": "User",
                            "aws:username": self.caller, "aws:userid": f"AIDA{self.caller.upper()}",
                            "aws:PrincipalIsAWSService": "false", "s3:authType": "REST-HEADER", "s3:signatureversion": "AWS4-HMAC-SHA256"})
        everything = {"Statement": {"Effect": "Allow", "Action": "s3:*", "Resource": "*"}}
        resource = f"arn:aws:s3:::{self.bucket}" + (f"/{self.key}" if self.key is not None else "")
        return {"policies": {"resource": policy, "identity": [everything] if CALLERS[self.caller] else []},
                "request": {"principal": principal, "action": self.action, "resource": resource, "resourceAccount": ACCOUNT, "context": context}}

    def made(self, server):
        """Whether the server lets it in; or what else it says."""
        method, query, body, let_in = self.operation
        if self.prefix is not None:
            query += "&prefix=" + self.prefix.replace("/", "%2F")
        let_in += next((codes for headers, codes in UPLOADS if tuple(headers.items()) == self.headers), ())
        path = f"/{self.bucket}" + (f"/{self.key}" if self.key is not None else "")
        status, code = server.call(self.caller, method, path, query, body, self.headers, self.tls, self.address)
        if status < 300 or code in let_in:
            return True
        return False if (status, code) == (403, "AccessDenied") else f"{status} {code}"


def resolved(value, account, given):
    """A template's value with its functions resolved, in SeaweedFS's account, with the parameters that are given."""
    if isinstance(value, list):
        return [resolved(one, account, given) for one in value]
    if isinstance(value, str):
        return value.replace(account, ACCOUNT) if account else value
    if not isinstance(value, dict):
        return value
    known = {"AWS::Partition": "aws", "AWS::AccountId": ACCOUNT, "AWS::Region": REGION, "AWS::URLSuffix": "amazonaws.com", **given}
    match value:
        case {"Ref": name} if name in known:
            return known[name]
        case {"Fn::Sub": str(text)}:
            return re.sub(r"\$\{([^!}]+)\}", lambda m: known[m.group(1)], resolved(text, account, given)).replace("${!", "${")
        case {"Fn::GetAtt": ["Key", "Arn"]}:
            return KEY
        case {"Fn::GetAtt": [str(name), "Arn"]} if name.endswith("Role"):
            # Only users call here, so which role it is does not matter.
            return f"arn:aws:iam::{ACCOUNT}:role/{name}"
    if any(name == "Ref" or name.startswith("Fn::") for name in value):
        raise ValueError(f"no value for {value}")
    return {name: resolved(one, account, given) for name, one in value.items()}


def listed(value):
    return value if isinstance(value, list) else [value]


# Nobody here is a service or comes through one, has used MFA, or comes through an access point: these hold for every
# request, with and without the key,
ALWAYS = {("BoolIfExists", "aws:PrincipalIsAWSService"), ("BoolIfExists", "aws:ViaAWSService"),
          ("NumericGreaterThanIfExists", "aws:MultiFactorAuthAge"), ("ArnNotEquals", "s3:DataAccessPointArn")}
# and nobody presigns: these for none.
NEVER = {("StringEquals", "s3:authType"), ("ArnEquals", "s3:DataAccessPointArn")}


def adapted(policy, notes):
    """The policy in SeaweedFS's words. Each rewriting is counted in notes, and means the same for every caller here."""
    policy = json.loads(json.dumps(policy))
    for statement in list(policy["Statement"]):
        pairs = {(operator, key) for operator, keys in statement.get("Condition", {}).items() for key in keys}
        if idle := sorted(pairs & NEVER):
            policy["Statement"].remove(statement)
            notes[f"statement on {idle[0][1]}, which no request here meets, left out"] += 1
            continue
        if named := statement.pop("NotAction", None):
            patterns = [re.compile(re.escape(name).replace(r"\*", ".*"), re.IGNORECASE) for name in listed(named)]
            statement["Action"] = [action for action in {**OBJECT, **BUCKET} if not any(p.fullmatch(action) for p in patterns)]
            notes["NotAction by the other actions that are asked for here"] += 1
        condition = statement.get("Condition", {})
        for operator, key in sorted(pairs & ALWAYS):
            del condition[operator][key]
            notes[f"{operator} {key} left out"] += 1
        # Only users call here, each by its name. A role in the list is nobody.
        for operator, instead in (("ArnNotLike", "StringNotLike"), ("ArnLike", "StringLike")):
            if principals := condition.get(operator, {}).pop("aws:PrincipalArn", None):
                users = [arn.rsplit("/", 1)[1] for arn in listed(principals) if ":user/" in arn]
                if users or operator == "ArnLike":
                    condition.setdefault(instead, {})["aws:username"] = users or ["nobody"]
                notes[f"{operator} aws:PrincipalArn by aws:username"] += 1
        statement["Condition"] = {operator: keys for operator, keys in condition.items() if keys}
    return policy


def render(program, profiles, day, out):
    """CloudFormation templates below `out`; where one is not rendered, no server is asked."""
    run = subprocess.run([program, "render", "-t", "cloudformation", "--format", "json", *(["--as-of", day] if day else []),
                          "-o", out, *profiles], text=True, stdout=subprocess.PIPE, stderr=subprocess.PIPE)
    if run.returncode:
        sys.exit(f"enforce: render: {run.stderr}")


def policies(profile, out, given):
    """Each bucket policy of a rendered profile: (bucket, policy)."""
    import yaml
    source = yaml.safe_load(profile.read_text())
    template = json.loads((out / source["name"] / "cloudformation" / "template.json").read_text())
    for name, resource in sorted(template["Resources"].items()):
        if resource["Type"] == "AWS::S3::BucketPolicy":
            yield name, resolved(resource["Properties"]["PolicyDocument"], source.get("bucket", source).get("account"), given)


def bucket_of(policy):
    """The bucket whose policy it is."""
    return listed(policy["Statement"][0]["Resource"])[0].split(":::")[1].split("/")[0]


def combinations(bucket, policy):
    """Every caller, way in and operation; keys and prefixes as the policy names them, and beside them."""
    text = json.dumps(policy)
    named = {p for p in re.findall(re.escape(f":::{bucket}/") + r'([^"]*?)\*?"', text) if p and "${" not in p}
    listed_prefixes = {p.rstrip("*") for s in policy["Statement"] for keys in s.get("Condition", {}).values()
                       for key, values in keys.items() if key == "s3:prefix" for p in listed(values)} - {""}
    within = ["a.csv", *sorted(f"{p}x.csv" for p in named)]
    beside = sorted({near for p in named for near in (f"{p.rstrip('/')}-x.csv", f"un{p}x.csv")})
    prefixes = [None, *sorted({near for p in listed_prefixes for near in (p, f"{p}x", f"{p.rstrip('/')}-")})]
    wide = [way for way in WAYS if "aws:SourceIp" in text or way[1] == HOST]
    for caller in CALLERS:
        def request(action, way, **more):
            return Request(bucket, caller, action, tls=way[0], address=way[1], **more)
        for way in wide:
            for key, action in itertools.product(within + beside if way in WAYS[:2] else within, ("s3:GetObject", "s3:PutObject", "s3:DeleteObject")):
                yield request(action, way, key=key)
            for prefix in prefixes:
                yield request("s3:ListBucket", way, prefix=prefix)
        for way in [*wide[:4], *(way for way in wide[4:] if way[1] == "203.0.113.9")]:
            for action in OBJECT:
                yield request(action, way, key="a.csv")
            for action in BUCKET:
                yield request(action, way)
            for headers, _ in UPLOADS:
                yield request("s3:PutObject", way, key="a.csv", headers=tuple(headers.items()))


class CannotAsk(Exception):
    """A request of an access test for which there is nobody or nothing here."""


def as_request(asked, bucket):
    """The request of an access test."""
    asked = dict(asked)
    caller, headers, given = asked.pop("as"), {}, dict(asked.pop("headers", {}))
    caller = None if caller == "anonymous" else caller.removeprefix("user/")
    if caller not in CALLERS or bool(CALLERS[caller]) != asked.pop("identity_allows", False):
        raise CannotAsk(f"no caller is {caller}, with just these permissions")
    if sse := given.pop("sse", None):
        headers[SSE] = sse
    if key := given.pop("kms_key", None):
        headers[f"{SSE}-aws-kms-key-id"] = KEY if key == "own" else key
    if given.pop("sse_c", False):
        headers[f"{SSE}-customer-algorithm"] = "AES256"
    tls, address = asked.pop("tls", "1.3"), asked.pop("from", {"ip": "192.0.2.1"})
    request = Request(bucket, caller, asked.pop("do"), asked.pop("key", None), asked.pop("list_prefix", None),
                      None if asked.pop("http", False) else tls, address.get("ip"), tuple(headers.items()))
    if asked or given or set(address) != {"ip"} or request.operation is None:
        raise CannotAsk(f"no way to ask for {asked or given or address}")
    return request


def access_tests(profile, bucket, notes):
    """What a profile's own tests expect: request -> (name, whether it is allowed)."""
    import yaml
    source, expected = yaml.safe_load(profile.read_text()), {}
    for test in source.get("tests", []):
        try:
            expected[as_request(test["request"], bucket)] = test["name"], test["expect"] == "allow"
        except CannotAsk:
            if source.get("bucket", source).get("account") == ACCOUNT:
                raise  # a profile that was written for this server
            notes["access test that cannot be asked here"] += 1
    return expected


def prepared(server, bucket, policy):
    """Makes the bucket and puts the policy on it; what the server says against it."""
    enabled = b'<VersioningConfiguration xmlns="http://s3.amazonaws.com/doc/2006-03-01/"><Status>Enabled</Status></VersioningConfiguration>'
    steps = [("", "", b""), ("", "versioning=", enabled), ("/a.csv", "", b"text"), ("", "policy=", json.dumps(policy).encode())]
    for path, query, body in steps:
        status, code = server.call("keeper", "PUT", f"/{bucket}{path}", query, body)
        if status >= 300:
            return f"{query or path or 'bucket'}: {status} {code}"
    return None


def evaluated(program, lines):
    """Decisions of `s3harden evaluate`, in the order of the lines."""
    given = "".join(json.dumps(line) + "\n" for line in lines)
    run = subprocess.run([program, "evaluate", "-"], input=given, text=True, stdout=subprocess.PIPE, stderr=subprocess.PIPE)
    answers = [json.loads(line) for line in run.stdout.splitlines()]
    if run.returncode or len(answers) != len(lines):
        sys.exit(f"enforce: evaluate: {run.stderr} {next((a for a in answers if 'error' in a), '')}")
    return answers


def of_nobody_here(statement):
    """Whether a statement is about callers, networks or ways in that only profiles that were written for this server have here."""
    keys = [(operator, key) for operator, keys in statement.get("Condition", {}).items() for key in keys]
    positive = [("ArnLike", "aws:PrincipalArn"), ("IpAddress", "aws:SourceIp"), ("StringEquals", "aws:SourceVpc"), ("StringEquals", "aws:SourceVpce"),
                *NEVER]
    return statement["Principal"] != "*" or any(one in keys for one in positive)


def written_here(file):
    """Whether a file was written for this server: the others name accounts and networks of their own."""
    import yaml
    source = {} if file.suffix != ".yaml" else yaml.safe_load(file.read_text())
    return file.suffix != ".yaml" or source.get("bucket", source).get("account") == ACCOUNT


def compared(server, program, profile, policy, main, known, seen):
    """What is wrong with one policy, and how many requests say so."""
    notes = collections.Counter()
    bucket = bucket_of(policy)
    if refused := prepared(server, bucket, adapted(policy, notes)):
        return 0, [f"the server does not take it: {refused}"], notes
    expected = {}
    if main and profile.suffix == ".yaml":
        expected = access_tests(profile, bucket, notes)
    requests = list(dict.fromkeys([*expected, *combinations(bucket, policy)]))
    answers = evaluated(program, [request.asked(policy) for request in requests])
    with ThreadPoolExecutor(4) as pool:
        made = list(pool.map(lambda request: request.made(server), requests))
    wrong, decided, shared = [], set(), set()
    for request, answer, here in zip(requests, answers, made):
        decision, by = answer["decision"], [one["sid"] for one in answer["by"] if one["layer"] == "resource"]
        name, allow = expected.get(request, (None, None))
        if decision == "Depends":
            notes[f"not compared: {answer['on']}"] += 1
        elif isinstance(here, str):
            wrong.append(f"{request}: the server says {here}, evaluate {decision}")
        elif here and decision == "ExplicitlyDenied" and by and set(by) <= known.keys():
            seen.update(by)
            notes[f"not enforced by SeaweedFS: {', '.join(by)}"] += 1
        elif here != (decision == "Allowed"):
            wrong.append(f"{request}: the server {'lets it in' if here else 'refuses'}, evaluate: {decision} by {by}")
        elif name and here != allow:
            wrong.append(f"{request}: the server {'lets it in' if here else 'refuses'}, against the access test `{name}`")
        elif len(by) == 1 and (decision == "ExplicitlyDenied") == bool(CALLERS[request.caller]):
            # A Deny against somebody whose own policies allow it, or an Allow for somebody who has none.
            decided.add(by[0])
        else:
            shared.update(by)
    undecided = [s for s in policy["Statement"] if s["Sid"] not in decided]
    foreign = [s["Sid"] for s in undecided if of_nobody_here(s) and not written_here(profile)]
    notes["statement about callers or networks that are not here"] += len(foreign)
    idle = [s["Sid"] for s in undecided if s["Sid"] not in foreign]
    if not written_here(profile):
        # Where all data is refused outside access points, what else refuses it is never alone.
        notes["statement that decides only beside others"] += len([sid for sid in idle if sid in shared])
        idle = [sid for sid in idle if sid not in shared]
    seen.update(sid for sid in idle if sid in known)
    wrong += [f"{sid} decides nothing by itself" for sid in idle if sid not in known]
    return len(requests), wrong, notes


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("files", nargs="+", type=Path, metavar="PROFILE|POLICY.json")
    parser.add_argument("--s3harden", required=True, metavar="PROGRAM")
    parser.add_argument("--var", action="append", default=[], metavar="NAME=VALUE", help="a parameter, for those that have one of this name")
    parser.add_argument("--as-of", metavar="DATE", help="the day on which waivers are judged")
    args = parser.parse_args()
    given = variables(args, parser)
    need("boto3", "cryptography", "PyYAML")
    weed = tools_dir() / "seaweedfs" / "bin" / "weed"
    if not weed.exists():
        missing(f"SeaweedFS is missing: {SETUP} (on Linux; it is not installed elsewhere)")
    known, seen, bad, total, notes = gaps("seaweedfs"), set(), False, 0, collections.Counter()
    with tempfile.TemporaryDirectory() as out, Server(weed, {name: may for name, may in CALLERS.items() if name}) as server:
        profiles = [file for file in args.files if file.suffix == ".yaml"]
        if profiles:
            render(args.s3harden, profiles, args.as_of, out)
        for file in args.files:
            found = policies(file, Path(out), given) if file.suffix == ".yaml" else [("policy", json.loads(file.read_text()))]
            for name, policy in found:
                count, wrong, noted = compared(server, args.s3harden, file, policy, name == "BucketPolicy", known, seen)
                print(f"{'FAIL' if wrong else 'ok'} {file.stem} {name}: {count} requests")
                print("".join(f"  {one}\n" for one in wrong[:20]), end="")
                bad, total, notes = bad or bool(wrong), total + count, notes + noted
    for note, count in sorted((+notes).items()):
        print(f"note: {note} ({count})")
    for sid in known.keys() - seen:
        print(f"note: {sid} is in gaps.json for nothing")
    print(f"{total} requests")
    return FAILED if bad else OK


if __name__ == "__main__":
    sys.exit(main())
