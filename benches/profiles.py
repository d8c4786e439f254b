#!/usr/bin/env python3
"""Profiles for measuring: `profiles.py COUNT DIR` writes COUNT distinct profiles, the same ones every time."""

import pathlib
import sys

TEAMS = ["finance", "data-platform", "web", "research", "operations"]
REGIONS = ["eu-west-1", "eu-central-1", "us-east-1", "ap-southeast-2"]
NOUNS = ["invoices", "exports", "backups", "reports", "uploads", "ledgers", "images"]


def profile(n):
    """The n-th profile: mixed as in a real estate, most of them short."""
    name = f"{NOUNS[n % 7]}-{n:05}"
    region, account = REGIONS[n % 4], f"{111122220000 + n % 30}"
    lines = ["# yaml-language-server: $schema=../profile.schema.json", "version: 1", f"name: {name}"]
    if n % 3 == 0:
        lines += [f"description: Nightly {NOUNS[n % 7]} of unit {n}"]
    if n % 2 == 0:
        lines += [f"owner: {TEAMS[n % 5]}"]
    if n % 4 == 1:
        lines += ["preset: sensitive"]
    lines += ["", "bucket:", f"  name: acme-{name}", f'  account: "{account}"', f"  region: {region}"]
    if n % 3 != 2:
        lines += ["  tags:", f"    cost-center: cc-{n % 97}", f'    ticket: "{n}"', "    stage: production"]
    if n % 2 == 1:
        lines += ["  lifecycle:", f"    expire_noncurrent_after_days: {30 + n % 60}"]
        if n % 5 == 1:
            lines += [f"    expire_after_days: {2000 + n % 1000}", "    transitions:"]
            lines += ["      - { after_days: 90, to: standard-ia }", f"      - {{ after_days: {200 + n % 100}, to: glacier }}"]
    if n % 4 == 2:
        key = f"arn:aws:kms:{region}:{account}:key/1234abcd-12ab-34cd-56ef-{n:012}"
        lines += ["", "encryption:", "  algorithm: sse-kms", f"  key: {key}"]
    elif n % 8 == 1:
        lines += ["", "encryption:", "  uploads: pinned"]
    if n % 4 == 1:
        lines += ["", "network:", f"  allow: {{ cidrs: [203.0.113.{n % 64 * 4}/30, '2001:db8:{n % 9000:x}::/48'] }}"]
    if n % 6 == 0:
        lines += ["", "transport:", '  minimum_tls: "1.3"']
    if n % 5 == 2:
        lines += ["", "logging:", "  server_access:", f"    to: acme-logs-{account}-{region}", f"    prefix: {name}/"]
        lines += ["", "waivers:", "  - finding: log-target-elsewhere", "    reason: the log bucket is looked after by the platform team"]
        lines += ["    until: 2099-12-31", "    by: platform"]
    elif n % 5 == 3:
        lines += ["", "logging:", f"  server_access: {{ retain_days: {100 + n % 200} }}"]
    if n % 9 == 0:
        lines += ["", "targets:", "  terraform: { provider: 6 }"]
    return "\n".join(lines) + "\n"


def sensitive(n):
    """The n-th profile of a fleet of buckets that must not leak: networks, grants to people, services and partners, access tests."""
    name, reader = f"{NOUNS[n % 7]}-{n:05}", ["Analyst", "Auditor", "DataScientist"][n % 3]
    region, account = REGIONS[n % 4], f"{111122220000 + n % 30}"
    lines = ["version: 1", f"name: {name}", f"owner: {TEAMS[n % 5]}", "preset: sensitive", ""]
    lines += ["bucket:", f"  name: acme-{name}", f'  account: "{account}"', f"  region: {region}", ""]
    office = f"203.0.113.{n % 64 * 4}"
    lines += ["network:", "  allow:", f"    cidrs: [{office}/30, '2001:db8:{n % 9000:x}::/48']"]
    if n % 2 == 0:
        lines += [f"    vpc_endpoints: [vpce-{n:017x}]"]
    lines += ["  break_glass: [{ role: BreakGlass }]", ""]
    if n % 4 == 1:
        lines += ["transport:", '  minimum_tls: "1.3"', ""]
    lines += ["grants:", f"  - {{ name: people-read, to: [{{ role: {reader} }}], can: [read, list], prefixes: [{NOUNS[n % 7]}/] }}"]
    lines += ["  - { name: job-writes, to: [{ role: NightlyExporter }], can: [write] }"]
    if n % 3 == 0:
        partner = f"{444455550000 + n % 50}"
        lines += [f"  - {{ name: partner-reads, to: [{{ account: '{partner}' }}], can: [read], prefixes: [out/] }}"]
    read = f"as: role/{reader}, do: s3:GetObject, key: {NOUNS[n % 7]}/a.csv"
    for what, request, expect in [
        ("people read from the office", f"{read}, from: {{ ip: {office} }}", "allow"),
        ("and from nowhere else", f"{read}, from: {{ ip: 198.51.100.7 }}", "{ deny: DenyUnlistedNetworks }"),
        ("nobody uses plain HTTP", f"{read}, http: true, from: {{ ip: {office} }}", "{ deny: DenyPlainHttp }"),
        ("strangers stay out", "as: anonymous, do: s3:GetObject, key: a", "deny"),
    ]:
        lines += ["", "tests:"] if what.startswith("people") else []
        lines += [f"  - name: {what}", f"    request: {{ {request} }}", f"    expect: {expect}"]
    return "\n".join(lines) + "\n"


def tested(count):
    """A profile with so many access tests, all of which hold: reads, uploads, plain HTTP, callers from elsewhere."""
    lines = [profile(3)]
    for n in range(count):
        key, action = f"{NOUNS[n % 7]}/{n:05}.csv", ["s3:GetObject", "s3:PutObject"][n % 2]
        request, expect = [
            (f"as: role/Reader, do: {action}, key: {key}, identity_allows: true", "allow"),
            (f"as: user/ann, do: {action}, key: {key}", "deny"),
            (f"as: role/Reader, do: {action}, key: {key}, http: true", "{ deny: DenyPlainHttp }"),
            (f"as: anonymous, do: {action}, key: {key}", "deny"),
        ][n % 4]
        lines += [f"  - name: test {n}\n    request: {{ {request} }}\n    expect: {expect}\n"]
    return (lines[0] + "\ntests:\n" + "".join(lines[1:])) if count else lines[0]


def write(count, directory, one=profile):
    directory.mkdir(parents=True)
    for n in range(count):
        (directory / f"{n:05}.yaml").write_text(one(n), encoding="utf-8")


if __name__ == "__main__":
    write(int(sys.argv[1]), pathlib.Path(sys.argv[2]))
