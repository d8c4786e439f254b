//! Costs: what is billed by use is said, by the plan and not by the profile's words.

use std::collections::BTreeSet;

use s3harden::pipeline;
use s3harden::plan::{self, DRIVERS};
use s3harden::profile::{Preset, Scalar};
use s3harden::source::Source;

use super::support::{profiles, run, source};

fn names(text: &str) -> Vec<&'static str> {
    let source = source(text);
    let of_account = || pipeline::account_plan(&source).unwrap().1;
    let plan = pipeline::plan(&source).map_or_else(of_account, |(_, plan)| plan);
    plan::costs(&plan).iter().map(|cost| cost.driver.name).collect()
}

#[test]
fn the_smallest_profile_is_billed_for_what_it_keeps() {
    assert_eq!(names("version: 1\nname: a\nbucket: { name: acme-a }\n"), ["old-versions", "access-logs"]);
    let none = "version: 1\nname: a\nbucket: { name: acme-a, versioning: \"off\" }\nlogging: { server_access: { to: none } }\n";
    assert_eq!(names(none), [""; 0]);
    assert_eq!(names("version: 1\nkind: account\nname: a\naccount: \"111122223333\"\nregion: eu-west-1\n"), [""; 0]);
}

#[test]
fn each_key_that_a_driver_names_brings_it() {
    let bucket =
        |rest: &str| format!("version: 1\nname: a\nbucket: {{ name: acme-a, account: \"111122223333\", region: eu-west-1 }}\n{rest}");
    for (rest, brings) in [
        ("encryption: { algorithm: sse-kms }\n", &["kms-keys", "kms-requests"][..]),
        ("logging: { cloudtrail: { trail: create } }\n", &["data-events"]),
        (
            "logging: { cloudtrail: { trail: create, management: true, insights: true, log_group: true, kms: true } }\n",
            &["management-events", "insights", "log-groups", "kms-keys"],
        ),
        (
            "monitoring: { config: { rules: auto, recorder: create, remediate: [public-access] } }\n",
            &["config-items", "config-rules", "automation"],
        ),
        ("monitoring: { access_analyzer: { analyzer: create, kinds: [unused] } }\n", &["analyzers"]),
        ("monitoring: { guardduty: { detector: create, malware_scan: true } }\n", &["guardduty", "malware-scans"]),
    ] {
        let found = names(&bucket(rest));
        assert!(brings.iter().all(|name| found.contains(name)), "{rest}: {found:?}");
    }
    // Access from outside is looked for free of charge.
    assert!(!names(&bucket("monitoring: { access_analyzer: { analyzer: create, kinds: [external] } }\n")).contains(&"analyzers"));
}

#[test]
fn every_driver_is_brought_by_some_profile() {
    let mut brought = BTreeSet::new();
    for path in profiles() {
        let source = Source::read(&path).unwrap();
        let of_account = || pipeline::account_plan(&source).unwrap().1;
        let plan = pipeline::plan(&source).map_or_else(of_account, |(_, plan)| plan);
        brought.extend(plan::costs(&plan).iter().map(|cost| cost.driver.name));
    }
    let never: Vec<_> = DRIVERS.iter().map(|driver| driver.name).filter(|name| !brought.contains(name)).collect();
    assert!(never.is_empty(), "{never:?}");
}

#[test]
fn defaults_that_bring_a_driver_say_so() {
    for preset in Preset::ALL {
        for row in preset.rows() {
            let key = row.at.replace('/', ".");
            let named = DRIVERS.iter().any(|driver| driver.keys.split(", ").any(|one| one == key));
            let off = matches!(row.value, Scalar::Switch(false) | Scalar::Word("none" | "off" | "sse-s3"));
            assert!(!named || off || !row.cost.is_empty(), "{}: {} costs something and does not say so", preset.name(), row.at);
        }
    }
}

#[test]
fn a_run_says_what_of_it_is_billed() {
    let dir = tempfile::tempdir().unwrap();
    let out = dir.path().to_str().unwrap();
    let ran = run(&["render", "-o", out, "examples/sensitive.yaml", "examples/minimal.yaml"]);
    assert_eq!(ran.exit, 0, "{}", ran.stderr);
    let line = ran.stderr.lines().find(|line| line.starts_with("billed by use: ")).unwrap_or_else(|| panic!("{}", ran.stderr));
    assert!(
        line.contains("old-versions (2)") && line.contains("kms-keys") && line.ends_with("`s3harden explain costs` says by what"),
        "{line}"
    );
    let explained = run(&["explain", "costs"]).stdout;
    assert!(DRIVERS.iter().all(|driver| explained.contains(&format!("\n{}: ", driver.name))), "{explained}");
}
