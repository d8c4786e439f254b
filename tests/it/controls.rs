//! Controls: what each framework says about the examples, as a table to read, and what turns a verdict over.

use s3harden::controls::{self, Evidence, Verdict};
use s3harden::pipeline;
use s3harden::profile::Framework;

use super::support::source;

const BASE: &str = "version: 1\nname: a\nbucket:\n  name: acme-held\n  account: \"111122223333\"\n  region: eu-west-1\n";

fn verdict(framework: Framework, id: &str, text: &str) -> Verdict {
    let (profile, plan) = pipeline::plan(&source(text.to_owned())).unwrap_or_else(|| panic!("no plan: {text}"));
    let judged = controls::judge(framework, &profile, &plan);
    judged.into_iter().find(|one| one.row.id == id).unwrap_or_else(|| panic!("no row {id}")).verdict
}

/// Each row with a profile that turns its verdict over: the control, what is added to the profile, the verdicts without
/// and with it.
const TURNS: &[(&str, &str, &str, &str)] = &[
    (
        "S3.2",
        "public_access: { block: { public_policy: false, restrict: false } }\ngrants: [{ name: all, to: [everyone], can: [read] }]\n",
        "satisfied",
        "unmet",
    ),
    (
        "S3.3",
        "public_access: { block: { public_policy: false, restrict: false } }\ngrants: [{ name: all, to: [everyone], can: [write] }]\n",
        "satisfied",
        "unmet",
    ),
    ("S3.5", "transport: { https_only: false }\n", "satisfied", "unmet"),
    ("S3.8", "public_access: { block: { restrict: false } }\n", "satisfied", "unmet"),
    ("S3.9", "logging: { server_access: { to: none } }\n", "satisfied", "unmet"),
    ("S3.10", "mfa: { delete: true }\n", "satisfied", "in conflict"),
    ("S3.11", "  events: eventbridge\n", "unmet", "satisfied"),
    ("S3.12", "  ownership: preferred\n", "satisfied", "unmet"),
    ("S3.13", "mfa: { delete: true }\n", "satisfied", "in conflict"),
    ("S3.14", "  versioning: \"off\"\n", "satisfied", "unmet"),
    ("S3.15", "  object_lock: { mode: governance, days: 3 }\n", "unmet", "satisfied"),
    ("S3.17", "encryption: { algorithm: sse-kms, key: create }\n", "unmet", "satisfied"),
    ("S3.20", "mfa: { delete: true }\n", "in conflict", "satisfied"),
    ("CloudTrail.2", "logging: { cloudtrail: { trail: create, kms: true } }\n", "not applicable", "satisfied"),
    ("CloudTrail.4", "logging: { cloudtrail: { trail: create } }\n", "not applicable", "satisfied"),
    ("CloudTrail.5", "logging: { cloudtrail: { trail: create, log_group: true } }\n", "not applicable", "satisfied"),
    ("CloudTrail.6", "logging: { cloudtrail: { trail: create } }\n", "not applicable", "satisfied"),
    ("CloudTrail.7", "logging: { cloudtrail: { trail: create } }\n", "not applicable", "satisfied"),
];

#[test]
fn what_changes_in_the_plan_turns_the_verdict_over() {
    let mut wrong = Vec::new();
    for (id, more, without, with) in TURNS {
        let (a, b) = (verdict(Framework::Fsbp, id, BASE), verdict(Framework::Fsbp, id, &format!("{BASE}{more}")));
        if a.name() != *without || b.name() != *with {
            wrong.push(format!("{id}: {a:?} without, {b:?} with"));
        }
    }
    assert!(wrong.is_empty(), "{wrong:#?}");
}

#[test]
fn every_example_is_judged_as_reviewed() {
    let dir = std::path::Path::new(env!("CARGO_MANIFEST_DIR")).join("examples");
    for (name, snapshot) in [
        ("minimal", "judged_minimal"),
        ("audited", "judged_audited"),
        ("ledger", "judged_ledger"),
        ("public-downloads", "judged_public_downloads"),
    ] {
        let text = std::fs::read_to_string(dir.join(format!("{name}.yaml"))).unwrap();
        let (profile, plan) = pipeline::plan(&source(text)).unwrap();
        let mut table = String::new();
        for framework in Framework::ALL {
            for one in controls::judge(*framework, &profile, &plan) {
                let why = match &one.verdict {
                    Verdict::Satisfied(by) => by.iter().map(Evidence::to_string).collect::<Vec<_>>().join(", "),
                    Verdict::Unmet { missing, key } => format!("{missing} ({key})"),
                    Verdict::NotApplicable(why) | Verdict::Conflict(why) => (*why).to_owned(),
                };
                table.push_str(&format!("{:<28} {:<14} {why}\n", one.id(), one.verdict.name()));
            }
        }
        insta::assert_snapshot!(snapshot, table);
    }
}

#[test]
fn ids_are_unique_within_a_framework() {
    let ids: Vec<String> = controls::all().map(|(framework, row)| format!("{}/{}", framework.name(), row.id)).collect();
    let unique: std::collections::BTreeSet<&String> = ids.iter().collect();
    assert_eq!(unique.len(), ids.len());
}
