//! Account profiles: every key is read, everything is proved, and a run holds profiles of buckets against them.

use std::collections::BTreeSet;

use s3harden::profile::{ACCOUNT_SCHEMA, AccountProfile};
use s3harden::source::Source;
use serde_json::Value;

use super::profiles::{properties, value, written};
use super::support::{Ran, ran, root, s3harden};

const EVERY_KEY: &str = "tests/profiles/account_every_key.yaml";

#[test]
fn every_key_of_the_schema_is_written_and_read() {
    let schema: Value = serde_json::from_str(ACCOUNT_SCHEMA).unwrap();
    let (mut known, mut found) = (BTreeSet::new(), BTreeSet::new());
    properties(&schema, "", &mut known);
    let path = root().join(EVERY_KEY);
    written(&value(&path), "", &known, &mut found);
    // Half a choice each: a profile has one of them.
    let other = ["/waivers/*/control", "/extends", "/locked", "/parameters"];
    let missing: Vec<_> = known.difference(&found).filter(|key| !other.iter().any(|other| key.starts_with(other))).collect();
    assert!(missing.is_empty(), "{missing:#?}");
    let (profile, _, findings) = AccountProfile::load(&Source::read(&path).unwrap());
    assert!(findings.is_empty(), "{findings:?}");
    let read = serde_json::to_value(profile.unwrap()).unwrap();
    for pointer in found.iter().filter(|pointer| !pointer.contains('*')) {
        let (said, kept) = (value(&path).pointer(pointer).cloned(), read.pointer(pointer).cloned());
        if !said.as_ref().is_some_and(|said| said.is_object() || said.is_array()) {
            assert_eq!(said, kept, "{pointer}");
        }
    }
}

/// What a check of these profiles together says.
fn checked(profiles: &[(&str, String)]) -> Ran {
    let dir = tempfile::tempdir().unwrap();
    for (name, text) in profiles {
        std::fs::write(dir.path().join(format!("{name}.yaml")), text).unwrap();
    }
    ran(s3harden(&["check", "--message-format", "concise", "."]).current_dir(dir.path()).output().unwrap())
}

fn account(rest: &str) -> (&'static str, String) {
    ("account", format!("version: 1\nkind: account\nname: whole\naccount: \"111122223333\"\nregion: eu-west-1\n{rest}"))
}

fn bucket(name: &str, rest: &str) -> String {
    format!("version: 1\nname: {name}\nbucket: {{ name: acme-{name}, account: \"111122223333\", region: eu-west-1 }}\n{rest}")
}

#[test]
fn fifty_buckets_and_their_account_go_together() {
    let names: Vec<String> = (1..=50).map(|number| format!("b{number}")).collect();
    let monitored = "monitoring: { config: { recorder: existing }, access_analyzer: {}, guardduty: { detector: existing }, macie: { session: existing } }\n";
    let mut all: Vec<(&str, String)> = names.iter().map(|name| (name.as_str(), bucket(name, monitored))).collect();
    let alone = checked(&all);
    assert_eq!(alone.exit, 0, "{}", alone.stderr);
    assert!(alone.stderr.contains("not-in-this-run"), "{}", alone.stderr);
    all.push(account(
        "monitoring: { config: { recorder: create }, access_analyzer: { analyzer: create }, guardduty: { detector: create }, macie: { session: create } }\n",
    ));
    let together = checked(&all);
    assert_eq!((together.exit, together.stderr.contains("not-in-this-run")), (0, false), "{}", together.stderr);
    for makes in [
        "config: { recorder: create }",
        "access_analyzer: { analyzer: create }",
        "guardduty: { detector: create }",
        "macie: { session: create }",
    ] {
        let mut twice = all.clone();
        twice.push(("second", bucket("second", &format!("monitoring: {{ {makes} }}\n"))));
        let found = checked(&twice);
        assert_eq!((found.exit, found.errors()), (1, vec!["singleton-clash"; 2]), "{makes}: {}", found.stderr);
    }
}

#[test]
fn six_trails_in_a_region_are_one_too_many() {
    let names: Vec<String> = (1..=6).map(|number| format!("t{number}")).collect();
    let trail = "logging: { cloudtrail: { trail: create } }\n";
    let all: Vec<(&str, String)> = names.iter().map(|name| (name.as_str(), bucket(name, trail))).collect();
    assert_eq!(checked(&all[..5]).exit, 0);
    let found = checked(&all);
    assert_eq!((found.exit, found.errors()), (1, vec!["too-many-trails"; 6]), "{}", found.stderr);
}

#[test]
fn an_account_that_blocks_closes_its_public_buckets() {
    let open = "preset: public-read\nencryption: { algorithm: sse-s3 }\ngrants:\n  - { name: downloads, to: [everyone], can: [read] }\n\
                waivers:\n  - { finding: public-access-not-blocked, reason: downloads are public, until: 2099-12-31 }\n";
    let found = checked(&[account(""), ("downloads", bucket("downloads", open))]);
    assert_eq!((found.exit, found.errors()), (1, vec!["public-grant-blocked"]), "{}", found.stderr);
    assert!(found.stderr.contains("`./account.yaml` blocks public policies for the whole account"), "{}", found.stderr);
    let opened = "public_access: { block: { public_policy: false, restrict: false } }\nwaivers:\n  - { finding: public-access-not-blocked, reason: downloads, until: 2099-12-31 }\n";
    let found = checked(&[account(opened), ("downloads", bucket("downloads", open))]);
    assert_eq!(found.exit, 0, "{}", found.stderr);
}

#[test]
fn broken_account_profiles_are_told_what_is_wrong() {
    for (text, says) in [
        ("version: 1\nkind: acount\nname: a\naccount: \"111122223333\"\nregion: eu-west-1\n", "`acount` is not a value of `kind`"),
        ("version: 1\nkind: account\nname: a\nregion: eu-west-1\n", "the profile has no `account`"),
        ("version: 1\nkind: account\nname: a\naccount: 111122223333\nregion: eu-west-1\n", "account"),
        ("version: 1\nkind: account\nname: a\naccount: \"111122223333\"\nregion: eu-west-1\nbucket: { name: x-y-z }\n", "`bucket`"),
        (
            "version: 1\nkind: account\nname: a\naccount: \"111122223333\"\nregion: eu-west-1\nmonitoring: { alerts: { to: [{ sns: create }], on: [access-denied-burst] } }\n",
            "alert-without-log-group",
        ),
    ] {
        let found = checked(&[("a", text.to_owned())]);
        assert_eq!(found.exit, 1, "{text}");
        assert!(found.stderr.contains(says), "{text}: {}", found.stderr);
    }
}
