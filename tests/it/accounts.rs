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

/// The whole of a design: fifty buckets that send their logs to the account's archive and rely on what it makes, rendered together.
#[test]
fn fifty_buckets_and_their_account_are_rendered_in_one_run() {
    let dir = tempfile::tempdir().unwrap();
    let write = |name: &str, text: &str| std::fs::write(dir.path().join(format!("{name}.yaml")), text).unwrap();
    let rest = "logging: { server_access: { to: acme-archive } }\nmonitoring: { config: { recorder: existing }, guardduty: { detector: existing } }\n";
    for number in 1..=50 {
        write(&format!("b{number}"), &bucket(&format!("b{number}"), rest));
    }
    let whole = account(
        "logging: { archive: { name: acme-archive }, cloudtrail: { trail: create, events: all } }\n\
         monitoring: { config: { recorder: create, remediate: [public-access] }, access_analyzer: { analyzer: create }, guardduty: { detector: create }, \
         alerts: { to: [{ sns: create }], on: [policy-change, guardduty-finding] } }\n",
    );
    write(whole.0, &whole.1);
    let out = dir.path().join("out");
    let render = || ran(s3harden(&["render", "--message-format", "concise", "-o", "out", "."]).current_dir(dir.path()).output().unwrap());
    let rendered = render();
    assert_eq!((rendered.exit, rendered.errors()), (0, vec![]), "{}", rendered.stderr);
    assert!(!rendered.stderr.contains("not-in-this-run"), "{}", rendered.stderr);
    // One of each in the whole account, and it is the account's profile that makes it.
    for once in [
        "AWS::Config::ConfigurationRecorder",
        "AWS::Config::DeliveryChannel",
        "AWS::GuardDuty::Detector",
        "AWS::AccessAnalyzer::Analyzer",
        "AWS::CloudTrail::Trail",
    ] {
        let makers: Vec<String> = std::fs::read_dir(&out)
            .unwrap()
            .map(|entry| entry.unwrap())
            .filter(|entry| std::fs::read_to_string(entry.path().join("cloudformation/template.yaml")).unwrap().contains(once))
            .map(|entry| entry.file_name().to_string_lossy().into_owned())
            .collect();
        assert_eq!(makers, ["whole"], "{once}");
    }
    std::fs::remove_file(dir.path().join("account.yaml")).unwrap();
    let alone = render();
    assert_eq!((alone.exit, alone.stderr.matches("not-in-this-run").count()), (0, 150), "{}", alone.stderr);
}

#[test]
fn access_logs_go_where_they_are_taken() {
    let sends = "logging: { server_access: { to: acme-archive } }\n";
    let archive = |rest: &str| account(&format!("logging: {{ archive: {{ name: acme-archive{rest} }} }}\n"));
    let taken = [archive(""), archive(", from: [acme-till, acme-tiller]")];
    for whole in taken {
        let found = checked(&[whole, ("till", bucket("till", sends))]);
        assert_eq!((found.exit, found.errors()), (0, vec![]), "{}", found.stderr);
        assert!(!found.stderr.contains("not-in-this-run"), "{}", found.stderr);
    }
    let refused = checked(&[archive(", from: [acme-tiller]"), ("till", bucket("till", sends))]);
    assert_eq!((refused.exit, refused.errors()), (1, vec!["archive-refuses"]), "{}", refused.stderr);
    assert!(
        refused.stderr.contains("`acme-archive`, which `./account.yaml` makes, takes no access logs of `acme-till`"),
        "{}",
        refused.stderr
    );
    // Another account or region, even where every bucket is taken.
    for (own, other) in [("111122223333", "444455556666"), ("eu-west-1", "eu-north-1")] {
        let elsewhere = bucket("till", sends).replace(own, other);
        let found = checked(&[archive(""), ("till", elsewhere)]);
        assert_eq!((found.exit, found.errors()), (1, vec!["archive-refuses"]), "{}", found.stderr);
        assert!(found.stderr.contains(&format!("`{other}`, and the archive that `./account.yaml` makes in `{own}`")), "{}", found.stderr);
    }
    // Nobody makes it: perhaps it exists.
    let unknown = checked(&[account(""), ("till", bucket("till", sends))]);
    assert_eq!((unknown.exit, unknown.stderr.matches("not-in-this-run").count()), (0, 1), "{}", unknown.stderr);
    // The profile of a bucket names no sources, unless it keeps statements of others.
    let preset = "version: 1\nname: archive\npreset: log-archive\nbucket: { name: acme-archive, account: \"111122223333\", region: eu-west-1KEEP }\n";
    let plain = checked(&[("archive", preset.replace("KEEP", "")), ("till", bucket("till", sends))]);
    assert_eq!(plain.errors(), ["archive-refuses"], "{}", plain.stderr);
    let keeping = preset.replace("KEEP", ", existing: true, policy: { keep: [\"Logs*\"] }");
    assert!(!checked(&[("archive", keeping), ("till", bucket("till", sends))]).errors().contains(&"archive-refuses"));
    // A profile alone is not asked.
    assert!(!checked(&[("till", bucket("till", sends))]).stderr.contains("not-in-this-run"));
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
