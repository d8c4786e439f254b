//! Controls: what each framework says about the examples, as a table to read, what turns a verdict over, and
//! where scanners are answered.

use s3harden::controls::{self, Evidence, Verdict};
use s3harden::pipeline;
use s3harden::plan::{Kind, Plan};
use s3harden::profile::{Framework, Profile};

use super::support::source;

const BASE: &str = "version: 1\nname: a\nbucket:\n  name: acme-held\n  account: \"111122223333\"\n  region: eu-west-1\n";

fn judged(id: &str, profile: &Profile, plan: &Plan) -> Verdict {
    let (framework, row) = id.split_once('/').unwrap();
    let framework = Framework::ALL.iter().copied().find(|one| one.name() == framework).unwrap();
    let rows = controls::judge(framework, profile, plan);
    rows.into_iter().find(|one| one.row.id == row).unwrap_or_else(|| panic!("no control {id}")).verdict
}

fn planned(text: &str) -> (Profile, Plan) {
    pipeline::plan(&source(text.to_owned())).unwrap_or_else(|| panic!("no plan: {text}"))
}

/// Profiles that turn a verdict over: the control, what is added to the profile, the verdicts without and with it. What
/// the FSBP standard does not include is looked at through a requirement that builds on it alone.
const TURNS: &[(&str, &str, &str, &str)] = &[
    (
        "fsbp/S3.2",
        "public_access: { block: { public_policy: false, restrict: false } }\ngrants: [{ name: all, to: [everyone], can: [read] }]\n",
        "satisfied",
        "unmet",
    ),
    (
        "fsbp/S3.3",
        "public_access: { block: { public_policy: false, restrict: false } }\ngrants: [{ name: all, to: [everyone], can: [write] }]\n",
        "satisfied",
        "unmet",
    ),
    ("fsbp/S3.5", "transport: { https_only: false }\n", "satisfied", "unmet"),
    ("fsbp/S3.6", "grants: [{ name: other, to: [{ account: \"444455556666\" }], can: [administer] }]\n", "satisfied", "unmet"),
    (
        "fsbp/S3.6",
        "grants: [{ name: other, to: [{ arn: \"arn:aws:iam::444455556666:role/r-111122223333\" }], can: [administer] }]\n",
        "satisfied",
        "unmet",
    ),
    (
        "fsbp/S3.6",
        "grants: [{ name: other, to: [{ account: \"444455556666\" }], can: [read, list, write, delete, read-config] }]\n",
        "satisfied",
        "satisfied",
    ),
    (
        "fsbp/S3.6",
        "grants: [{ name: own, to: [{ role: Admin }, { arn: \"arn:aws:iam::111122223333:role/Other\" }], can: [administer] }]\n",
        "satisfied",
        "satisfied",
    ),
    ("nist-800-53-r5/SC-36(2)", "  replication: { to_bucket: acme-copies, to_region: eu-central-1 }\n", "unmet", "satisfied"),
    ("nist-800-53-r5/SC-36(2)", "  replication: { to_bucket: acme-copies }\n", "unmet", "unmet"),
    ("fsbp/S3.8", "public_access: { block: { restrict: false } }\n", "satisfied", "unmet"),
    ("fsbp/S3.9", "logging: { server_access: { to: none } }\n", "satisfied", "unmet"),
    ("nist-800-53-r5/SI-4", "  events: eventbridge\n", "unmet", "satisfied"),
    ("fsbp/S3.12", "  ownership: preferred\n", "satisfied", "unmet"),
    ("fsbp/S3.13", "mfa: { delete: true }\n", "satisfied", "in conflict"),
    ("nist-800-53-r5/SI-12", "  versioning: \"off\"\n", "satisfied", "unmet"),
    ("pci-dss-4.0.1/10.5.1", "  object_lock: { mode: governance, days: 3 }\n", "unmet", "satisfied"),
    ("nist-800-53-r5/SC-28", "encryption: { algorithm: sse-kms, key: create }\n", "unmet", "satisfied"),
    ("nist-800-53-r5/SC-28", "encryption: { algorithm: dsse-kms, key: create }\n", "unmet", "satisfied"),
    ("fsbp/S3.19", "access_points: { points: [{ name: inbox, origin: internet }] }\n", "not applicable", "satisfied"),
    (
        "fsbp/S3.19",
        "access_points: { points: [{ name: inbox, origin: internet, block_public_access: { restrict: false } }] }\n",
        "not applicable",
        "unmet",
    ),
    ("nist-800-53-r5/CM-3", "mfa: { delete: true }\n", "in conflict", "satisfied"),
    ("fsbp/CloudTrail.2", "logging: { cloudtrail: { trail: create, kms: true } }\n", "not applicable", "satisfied"),
    ("fsbp/CloudTrail.2", "logging: { cloudtrail: { trail: create } }\n", "not applicable", "unmet"),
    ("fsbp/CloudTrail.4", "logging: { cloudtrail: { trail: create } }\n", "not applicable", "satisfied"),
    ("fsbp/CloudTrail.5", "logging: { cloudtrail: { trail: create, log_group: true } }\n", "not applicable", "satisfied"),
    ("fsbp/CloudTrail.5", "logging: { cloudtrail: { trail: create } }\n", "not applicable", "unmet"),
    ("cis-aws-5.0/3.4", "logging: { cloudtrail: { trail: create } }\n", "not applicable", "satisfied"),
    ("cis-aws-5.0/3.4", "logging: { server_access: { to: none }, cloudtrail: { trail: create } }\n", "not applicable", "unmet"),
    ("fsbp/GuardDuty.10", "monitoring: { guardduty: { detector: create } }\n", "not applicable", "satisfied"),
    ("fsbp/GuardDuty.10", "monitoring: { guardduty: { detector: create, s3_protection: false } }\n", "not applicable", "unmet"),
    ("pci-dss-4.0.1/10.3.2", "logging: { cloudtrail: { trail: create, kms: true } }\n", "not applicable", "satisfied"),
    ("pci-dss-4.0.1/11.5.1", "monitoring: { guardduty: { detector: create } }\n", "not applicable", "satisfied"),
    ("fsbp/Macie.1", "monitoring: { macie: { session: create } }\n", "not applicable", "satisfied"),
    ("fsbp/Macie.1", "monitoring: { macie: { session: existing } }\n", "not applicable", "not applicable"),
    ("fsbp/Macie.2", "monitoring: { macie: { session: create, automated_discovery: true } }\n", "not applicable", "satisfied"),
    ("fsbp/Macie.2", "monitoring: { macie: { session: create } }\n", "not applicable", "unmet"),
    ("cis-aws-5.0/2.1.3", "monitoring: { macie: { session: create } }\n", "not applicable", "unmet"),
    ("cis-aws-5.0/2.1.3", "monitoring: { macie: { job: { schedule: weekly } } }\n", "not applicable", "satisfied"),
    ("cis-aws-7.0/3.1.3", "monitoring: { macie: { session: create, automated_discovery: true } }\n", "not applicable", "satisfied"),
    ("cis-aws-3.0/1.20", "monitoring: { access_analyzer: { analyzer: create } }\n", "not applicable", "satisfied"),
    ("cis-aws-7.0/2.18", "monitoring: { access_analyzer: { analyzer: create, kinds: [unused] } }\n", "not applicable", "not applicable"),
    ("cis-aws-4.0/4.8", "monitoring: { alerts: { to: [{ sns: create }], on: [policy-change] } }\n", "unmet", "satisfied"),
    ("cis-aws-6.0/5.8", "monitoring: { alerts: { to: [{ sns: create }], on: [acl-change] } }\n", "unmet", "unmet"),
    (
        "cis-aws-7.0/2.21",
        "public_access: { block: { public_policy: false, restrict: false } }\ngrants: [{ name: all, to: [everyone], can: [read] }]\n",
        "satisfied",
        "unmet",
    ),
    (
        "cis-aws-7.0/2.21",
        "grants: [{ name: all, to: [everyone], can: [read], when: { cidrs: [203.0.113.0/24] } }]\n",
        "satisfied",
        "satisfied",
    ),
];

#[test]
fn what_changes_in_the_plan_turns_the_verdict_over() {
    let mut wrong = Vec::new();
    for (id, more, without, with) in TURNS {
        let verdict = |text: &str| {
            let (profile, plan) = planned(text);
            judged(id, &profile, &plan)
        };
        let (a, b) = (verdict(BASE), verdict(&format!("{BASE}{more}")));
        if a.name() != *without || b.name() != *with {
            wrong.push(format!("{id} with {more}: {a:?} without, {b:?} with"));
        }
    }
    assert!(wrong.is_empty(), "{wrong:#?}");
}

#[test]
fn lifecycle_of_versions_is_excluded_by_mfa_delete() {
    let copied = format!("{BASE}  replication: {{ to_bucket: acme-copies, to_region: eu-central-1 }}\n");
    for (more, expected) in [("", "satisfied"), ("mfa: { delete: true }\n", "in conflict")] {
        let (profile, plan) = planned(&format!("{copied}{more}"));
        assert_eq!(judged("nist-800-53-r5/CP-9", &profile, &plan).name(), expected);
    }
}

/// No profile of a bucket makes a trail over all buckets, so the plan is changed here.
#[test]
fn a_trail_over_all_buckets_is_one_of_every_region_that_names_none() {
    for (events, writes, reads) in
        [("all", "satisfied", "satisfied"), ("write", "satisfied", "not applicable"), ("read", "not applicable", "satisfied")]
    {
        let trail = format!("logging: {{ cloudtrail: {{ trail: create, management: true, events: {events} }} }}\n");
        let (profile, mut plan) = planned(&format!("{BASE}{trail}"));
        for id in ["cis-aws-5.0/3.8", "cis-aws-5.0/3.9"] {
            assert_eq!(judged(id, &profile, &plan).name(), "not applicable", "of one bucket");
        }
        for resource in &mut plan.resources {
            if let Kind::Trail(trail) = &mut resource.kind {
                trail.selectors.iter_mut().for_each(|selector| selector.fields.retain(|field| field.name != "resources.ARN"));
            }
        }
        assert_eq!(judged("cis-aws-5.0/3.8", &profile, &plan).name(), writes, "{events}");
        assert_eq!(judged("cis-aws-5.0/3.9", &profile, &plan).name(), reads, "{events}");
    }
}

#[test]
fn the_standard_is_not_held_to_controls_that_it_does_not_include() {
    let (profile, plan) = planned(BASE);
    let outside = Verdict::NotApplicable("Security Hub has the control, and the FSBP standard does not include it");
    assert_eq!(judged("fsbp/S3.7", &profile, &plan), outside);
    let unmet: Vec<_> = controls::judge(Framework::Fsbp, &profile, &plan).into_iter().filter(|one| one.verdict.name() == "unmet").collect();
    assert!(unmet.is_empty(), "the defaults are enough: {unmet:#?}");
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

/// Rules of scanners that want something everywhere are answered where it is missing, and only there.
#[test]
fn exceptions_stand_where_a_rule_would_be_raised() {
    let rules = |text: &str, id: &str| -> Vec<&str> {
        let (_, plan) = planned(&format!("{BASE}{text}"));
        let resource = plan.resources.iter().find(|resource| resource.id.as_str() == id).unwrap();
        resource.suppressions.iter().map(|one| one.rule).collect()
    };
    let pairs = [
        ("Bucket", "CKV_AWS_144", "", "  replication: { to_bucket: acme-copies }\n"),
        ("Bucket", "S3_BUCKET_REPLICATION_ENABLED", "", "  replication: { to_bucket: acme-copies }\n"),
        ("Bucket", "S3_BUCKET_DEFAULT_LOCK_ENABLED", "", "  object_lock: { mode: governance, days: 3 }\n"),
        ("Bucket", "CKV2_AWS_62", "", "  events: eventbridge\n"),
        ("Bucket", "S3_BUCKET_NO_PUBLIC_RW_ACL", "", "  ownership: preferred\n  acl: [{ to: log-delivery, can: [write, read-acp] }]\n"),
        ("Bucket", "CKV_AWS_19", "encryption: { algorithm: dsse-kms }\n", "encryption: { algorithm: sse-kms }\n"),
        (
            "BucketPolicy",
            "F15",
            "grants: [{ name: all, to: [{ role: A }], can: [{ actions: [\"s3:*\"] }] }]\n",
            "grants: [{ name: all, to: [{ role: A }], can: [administer] }]\n",
        ),
    ];
    for (resource, rule, raised, quiet) in pairs {
        assert!(rules(raised, resource).contains(&rule), "{rule} with {raised}");
        assert!(!rules(quiet, resource).contains(&rule), "{rule} with {quiet}");
    }
}

/// An account is judged by what it makes, and a key that changes what is unmet is one of its own.
#[test]
fn an_account_is_judged_by_what_it_makes() {
    let judged = |id: &str, rest: &str| {
        let text = format!("version: 1\nkind: account\nname: whole\naccount: \"111122223333\"\nregion: eu-west-1\n{rest}");
        let (_, plan) = pipeline::account_plan(&source(text)).unwrap();
        let (framework, row) = id.split_once('/').unwrap();
        let framework = Framework::ALL.iter().copied().find(|one| one.name() == framework).unwrap();
        controls::judge_plan(framework, &plan, Some("111122223333")).into_iter().find(|one| one.row.id == row).unwrap().verdict
    };
    assert_eq!(judged("fsbp/S3.5", ""), Verdict::NotApplicable("the plan has no bucket of its own"));
    let trail = "logging: { cloudtrail: { trail: create } }\n";
    assert!(matches!(judged("fsbp/S3.9", trail), Verdict::Unmet { key: "logging.archive", .. }));
    assert!(matches!(judged("cis-aws-5.0/3.4", trail), Verdict::Unmet { key: "logging.archive", .. }));
    let logged = "logging: { archive: { name: acme-log-archive }, cloudtrail: { trail: create } }\n";
    assert_eq!(judged("fsbp/S3.9", logged).name(), "satisfied");
    let recorded = "monitoring: { config: { recorder: create } }\n";
    assert!(matches!(judged("fsbp/S3.9", recorded), Verdict::Unmet { key: "logging.archive", .. }));
    assert_eq!(judged("fsbp/S3.9", &format!("logging: {{ archive: {{ name: acme-log-archive }} }}\n{recorded}")).name(), "satisfied");
    // The trail leaves out the bucket that it delivers to, and S3.22 asks for all.
    assert_eq!(judged("cis-aws-5.0/3.8", trail).name(), "in conflict");
}

/// What no ACL can open is said to be closed by what closes it.
#[test]
fn evidence_names_what_keeps_acls_out() {
    for (block, by) in [
        ("{ restrict: false }", "Bucket.PublicAccessBlockConfiguration.IgnorePublicAcls"),
        ("{ restrict: false, ignore_acls: false }", "Bucket.OwnershipControls"),
    ] {
        let (profile, plan) = planned(&format!("{BASE}public_access: {{ block: {block} }}\n"));
        let Verdict::Satisfied(evidence) = judged("fsbp/S3.2", &profile, &plan) else { panic!("{block}") };
        assert!(evidence.iter().any(|one| one.to_string() == by), "{block}: {evidence:?}");
    }
}
