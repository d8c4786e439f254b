//! Every system that s3harden configures, on every target: what the templates make, what policies say, what is left to the
//! runbook, and why. The table in `docs/reference/systems.md` is what rendering a profile with the system gives beyond the same
//! profile without it.
//!
//! `S3HARDEN_UPDATE_DOCS=1 cargo test --test it systems` writes the table anew; review the difference.

use std::collections::{BTreeMap, BTreeSet};

use serde_json::Value;

use s3harden::pipeline;
use s3harden::plan::Plan;
use s3harden::render::{self, Notation, Provider, Target};

use super::support::{read, root, source};

/// The targets, by the names that the table has for them.
const TARGETS: &[(&str, Target)] = &[
    ("CloudFormation", Target::CloudFormation(Notation::Json)),
    ("CloudFormation StackSets", Target::StackSet),
    ("Terraform, provider 5", Target::Terraform(Provider::V5)),
    ("Terraform, provider 6", Target::Terraform(Provider::V6)),
];

const BUCKET: &str = "version: 1\nname: probe\nbucket: { name: acme-probe, account: \"111122223333\", region: eu-west-1, SETTINGS }\n";
const ACCOUNT: &str = "version: 1\nkind: account\nname: probe\naccount: \"111122223333\"\nregion: eu-west-1\n";

/// A system: what it is called, and two profiles of which one has it and the other, apart from that the same, has not.
struct System {
    name: &'static str,
    with: String,
    without: String,
}

fn bucket(settings: &str, rest: &str) -> String {
    let settings = if settings.is_empty() { "on_delete: retain" } else { settings };
    format!("{}{rest}", BUCKET.replace("SETTINGS", settings))
}

/// A section that a bucket's profile has or has not.
fn section(name: &'static str, rest: &str) -> System {
    System { name, with: bucket("", rest), without: bucket("", "") }
}

/// Two values of a section.
fn choice(name: &'static str, with: &str, without: &str) -> System {
    System { name, with: bucket("", with), without: bucket("", without) }
}

/// Two values of settings of the bucket.
fn setting(name: &'static str, with: &str, without: &str) -> System {
    System { name, with: bucket(with, ""), without: bucket(without, "") }
}

/// A section that an account's profile has or has not.
fn account(name: &'static str, rest: &str) -> System {
    System { name, with: format!("{ACCOUNT}{rest}"), without: ACCOUNT.to_owned() }
}

fn perimeter(name: &'static str, output: &str) -> System {
    account(name, &format!("perimeter: {{ organization: o-a1b2c3d4e5, networks: {{ cidrs: [203.0.113.0/24] }}, outputs: [{output}] }}\n"))
}

const OPEN: &str = "public_access: { block: { public_acls: false, ignore_acls: false, public_policy: false, restrict: false } }\n";

fn systems() -> Vec<(&'static str, Vec<System>)> {
    vec![
        (
            "Who gets in, and from where",
            vec![
                section("Bucket policy: addresses", "network: { allow: { cidrs: [203.0.113.0/24] } }\n"),
                section("Bucket policy: VPCs", "network: { allow: { vpcs: [vpc-0123456789abcdef0] } }\n"),
                section("Bucket policy: VPC endpoints", "network: { allow: { vpc_endpoints: [vpce-0a1b2c3d4e5f60718] } }\n"),
                section(
                    "Bucket policy: networks that are shut out",
                    "network: { deny: { cidrs: [198.51.100.0/24], vpcs: [vpc-0123456789abcdef0] } }\n",
                ),
                section("Bucket policy: grants", "grants:\n  - { name: readers, to: [{ role: Reader }], can: [read, list] }\n"),
                section("Bucket policy: denies", "denies:\n  - { name: contractor, to: [{ user: mallory }], can: [read] }\n"),
                section(
                    "IAM policies of users, groups and roles",
                    "grants:\n  - { name: readers, to: [{ user: reader }, { group: Readers }, { role: Reader }], can: [read, list], via: iam }\n",
                ),
                choice("Block Public Access of the bucket", "public_access: { block: all }\n", OPEN),
                System { name: "Block Public Access of the account", with: ACCOUNT.to_owned(), without: format!("{ACCOUNT}{OPEN}") },
                perimeter("Block Public Access of the organization", "s3-policy"),
                setting("ACLs switched off", "ownership: enforced", "ownership: writer"),
                setting(
                    "ACL: delivery of access logs",
                    "ownership: writer, acl: [{ to: log-delivery, can: [write, read-acp] }]",
                    "ownership: writer",
                ),
                setting(
                    "ACL: named accounts",
                    "ownership: writer, acl: [{ to: { canonical_user: 79a59df900b949e55d96a1e698fbacedfd6e09d98eacf8f8d5218e7cd47ef2be }, can: [read] }]",
                    "ownership: writer",
                ),
                section("MFA-protected API access", "mfa: { for: { delete: { within: 1h } } }\n"),
                section("MFA delete", "mfa: { delete: true }\n"),
                section("Presigned URLs", "presigned_urls: { max_age: 15m, cidrs: [203.0.113.0/24] }\n"),
                section(
                    "Access points",
                    "access_points: { require: true, points: [{ name: lake, origin: vpc, vpc: vpc-0123456789abcdef0 }] }\n",
                ),
                setting("CORS", "cors: [{ origins: [\"https://app.example.com\"], methods: [GET] }]", ""),
            ],
        ),
        (
            "Encryption",
            vec![
                choice("In transit: HTTPS only", "", "transport: { https_only: false }\n"),
                choice("In transit: TLS 1.3", "transport: { minimum_tls: \"1.3\" }\n", ""),
                choice("At rest: SSE-S3", "encryption: { algorithm: sse-s3 }\n", "encryption: { algorithm: sse-kms }\n"),
                choice("At rest: SSE-KMS with a key of its own", "encryption: { algorithm: sse-kms }\n", ""),
                choice(
                    "At rest: SSE-KMS with a given key",
                    "encryption: { algorithm: sse-kms, key: \"arn:aws:kms:eu-west-1:111122223333:key/1234abcd-12ab-34cd-56ef-1234567890ab\" }\n",
                    "",
                ),
                choice("At rest: DSSE-KMS", "encryption: { algorithm: dsse-kms }\n", "encryption: { algorithm: sse-kms }\n"),
                choice(
                    "At rest: uploads pinned to the key",
                    "encryption: { algorithm: sse-kms, uploads: pinned }\n",
                    "encryption: { algorithm: sse-kms }\n",
                ),
                choice("At rest: keys of callers (SSE-C) refused", "encryption: { sse_c: block }\n", "encryption: { sse_c: allow }\n"),
            ],
        ),
        (
            "What stays",
            vec![
                setting("Versioning", "versioning: enabled", "versioning: \"off\""),
                setting("Lifecycle", "lifecycle: { expire_after_days: 400 }", ""),
                setting("Object Lock", "object_lock: { mode: governance, days: 30 }", ""),
                setting("Protection of versions against ransomware", "protect_versions: true", ""),
                setting("Replication", "replication: { to_bucket: acme-replica, to_region: eu-central-1 }", ""),
                setting("Adoption of a bucket that exists", "existing: true", ""),
            ],
        ),
        (
            "Records",
            vec![
                choice("Access logs to a bucket of their own", "", "logging: { server_access: { to: none } }\n"),
                choice(
                    "Access logs to an archive",
                    "logging: { server_access: { to: acme-archive } }\n",
                    "logging: { server_access: { to: none } }\n",
                ),
                account("Access logs: the archive", "logging: { archive: { name: acme-archive } }\n"),
                section("CloudTrail: data events of a bucket", "logging: { cloudtrail: { trail: create } }\n"),
                choice("CloudTrail: a trail that exists", "logging: { cloudtrail: { trail: acme-trail } }\n", ""),
                account("CloudTrail: every bucket of the account", "logging: { cloudtrail: { trail: create } }\n"),
                choice(
                    "CloudTrail: log group of CloudWatch Logs",
                    "logging: { cloudtrail: { trail: create, log_group: true } }\n",
                    "logging: { cloudtrail: { trail: create } }\n",
                ),
                choice(
                    "CloudTrail: a key of its own",
                    "logging: { cloudtrail: { trail: create, kms: true } }\n",
                    "logging: { cloudtrail: { trail: create } }\n",
                ),
                choice(
                    "CloudTrail: insights",
                    "logging: { cloudtrail: { trail: create, management: true, insights: true } }\n",
                    "logging: { cloudtrail: { trail: create, management: true } }\n",
                ),
                setting("EventBridge: events of objects", "events: eventbridge", ""),
            ],
        ),
        (
            "What watches, and who hears of it",
            vec![
                section(
                    "EventBridge: alerts by e-mail",
                    "monitoring: { alerts: { to: [{ sns: create }, { email: security@acme.example }], on: [policy-change, public-access-change] } }\n",
                ),
                section(
                    "EventBridge: alerts to a Lambda function",
                    "monitoring: { alerts: { to: [{ lambda: \"arn:aws:lambda:eu-west-1:111122223333:function:page\" }], on: [policy-change] } }\n",
                ),
                choice(
                    "CloudWatch: alarm about refused requests",
                    "logging: { cloudtrail: { trail: create, events: all, log_group: true } }\nmonitoring: { alerts: { to: [{ sns: create }], on: [policy-change, access-denied-burst] } }\n",
                    "logging: { cloudtrail: { trail: create, events: all, log_group: true } }\nmonitoring: { alerts: { to: [{ sns: create }], on: [policy-change] } }\n",
                ),
                section("AWS Config: rules for a bucket", "monitoring: { config: { rules: auto, recorder: existing } }\n"),
                account("AWS Config: rules for every bucket", "monitoring: { config: { recorder: existing } }\n"),
                choice(
                    "AWS Config: the recorder",
                    "monitoring: { config: { rules: auto, recorder: create } }\n",
                    "monitoring: { config: { rules: auto, recorder: existing } }\n",
                ),
                choice(
                    "AWS Config: settings that are put back",
                    "monitoring: { config: { rules: auto, remediate: [public-access, logging] } }\n",
                    "monitoring: { config: { rules: auto } }\n",
                ),
                System {
                    name: "AWS Config: settings of every bucket that are put back",
                    with: format!("{ACCOUNT}monitoring: {{ config: {{ recorder: existing, remediate: [public-access] }} }}\n"),
                    without: format!("{ACCOUNT}monitoring: {{ config: {{ recorder: existing }} }}\n"),
                },
                section(
                    "IAM Access Analyzer: access from outside",
                    "monitoring: { access_analyzer: { analyzer: create, kinds: [external] } }\n",
                ),
                section("IAM Access Analyzer: unused access", "monitoring: { access_analyzer: { analyzer: create, kinds: [unused] } }\n"),
                section(
                    "IAM Access Analyzer: access from within",
                    "monitoring: { access_analyzer: { analyzer: create, kinds: [internal] } }\n",
                ),
                section("GuardDuty: the detector, S3 protection", "monitoring: { guardduty: { detector: create, s3_protection: true } }\n"),
                section("Macie: the session", "monitoring: { macie: { session: create } }\n"),
                section("Macie: automated discovery", "monitoring: { macie: { session: create, automated_discovery: true } }\n"),
                section("Macie: jobs", "monitoring: { macie: { session: existing, job: { schedule: weekly } } }\n"),
                section(
                    "Macie: patterns of one's own, and lists of what is allowed",
                    "monitoring: { macie: { session: existing, custom_identifiers: [{ name: employee-id, regex: \"E-[0-9]{6}\" }], allow_lists: [{ name: phones, text: { regex: \"555-[0-9]{4}\" } }] } }\n",
                ),
                section("Macie: what it found is kept", "monitoring: { macie: { session: existing, export_to: create } }\n"),
                section("GuardDuty: scans for malware", "monitoring: { guardduty: { detector: existing, malware_scan: true } }\n"),
            ],
        ),
        (
            "The perimeter of an organization",
            vec![
                perimeter("Policy of VPC endpoints", "vpc-endpoint-policy"),
                perimeter("Service control policy", "scp"),
                perimeter("Resource control policy", "rcp"),
            ],
        ),
    ]
}

fn plan(text: &str) -> Plan {
    let source = source(text);
    let of_account = || pipeline::account_plan(&source).unwrap_or_else(|| panic!("{text}")).1;
    pipeline::plan(&source).map_or_else(of_account, |(_, plan)| plan)
}

/// What a target's files make: the type of each resource, by its name, with its body.
fn made(plan: &Plan, target: Target) -> BTreeMap<String, (String, String)> {
    let files = render::render(plan, target).unwrap();
    let mut made = BTreeMap::new();
    for file in files {
        if file.path.ends_with("template.json") {
            let template: Value = serde_json::from_str(&file.text).unwrap();
            for (id, body) in template["Resources"].as_object().unwrap() {
                made.insert(id.clone(), (body["Type"].as_str().unwrap().to_owned(), body.to_string()));
            }
        } else if file.path.ends_with(".tf") {
            for block in hcl::parse(&file.text).unwrap().blocks() {
                if let ("resource" | "import", Some(kind)) = (block.identifier(), block.labels().first()) {
                    let name = format!("{} {}", kind.as_str(), block.labels().last().unwrap().as_str());
                    made.insert(name, (kind.as_str().to_owned(), format!("{:?}", block.body())));
                }
            }
        }
    }
    made
}

/// Types that hold nothing but a policy.
const POLICIES: &[&str] = &["AWS::S3::BucketPolicy", "aws_s3_bucket_policy", "AWS::SNS::TopicPolicy", "aws_sns_topic_policy"];

fn statements(plan: &Plan) -> BTreeSet<String> {
    let detached = plan.detached.iter().filter_map(|policy| policy.content.document());
    let documents = plan.resources.iter().flat_map(|resource| resource.kind.documents()).chain(detached);
    let statements = documents.flat_map(|document| &document.statements);
    statements.map(|statement| format!("{}\u{0}{statement:?}", statement.sid.as_deref().unwrap_or_default())).collect()
}

fn listed(word: &str, items: impl IntoIterator<Item = String>) -> Option<String> {
    let items: BTreeSet<String> = items.into_iter().collect();
    let all: Vec<String> = items.into_iter().map(|item| format!("`{item}`")).collect();
    (!all.is_empty()).then(|| format!("**{word}** {}", all.join(", ")))
}

/// What the target has of the system.
fn cell(with: &Plan, without: &Plan, target: Target) -> String {
    let before = made(without, target);
    let changed = made(with, target).into_iter().filter(|(name, resource)| before.get(name) != Some(resource));
    let types: BTreeSet<String> = changed.map(|(_, (kind, _))| kind).collect();
    let old = statements(without);
    let new = statements(with).into_iter().filter(|statement| !old.contains(statement));
    let sids = new.map(|statement| statement.split('\u{0}').next().unwrap().to_owned());
    let files = with.detached.iter().map(|policy| policy.content.path().to_owned());
    let old_files: Vec<&str> = without.detached.iter().map(|policy| policy.content.path()).collect();
    let gaps = |plan: &Plan| render::gaps(plan, target);
    let known = gaps(without);
    let lacking: Vec<_> = gaps(with).into_iter().filter(|gap| !known.contains(gap)).collect();
    let own = with.steps.iter().filter(|step| !without.steps.contains(step));
    let by_hand = own.chain(lacking.iter().filter_map(|gap| gap.step.as_ref()));
    let by_hand: Vec<String> = by_hand.map(|step| format!("**runbook** {}: {}", step.title, step.why)).collect();
    let none = lacking.iter().filter(|gap| gap.step.is_none()).map(|gap| format!("**not applicable** {}", gap.message));
    let mut parts: Vec<String> = Vec::new();
    parts.extend(listed("template", types.into_iter().filter(|kind| !POLICIES.contains(&kind.as_str()))));
    parts.extend(listed("policy", sids.filter(|sid| !sid.is_empty())));
    parts.extend(listed("file", files.filter(|path| !old_files.contains(&path.as_str()))));
    parts.extend(by_hand);
    parts.extend(none);
    parts.join("<br>").replace('|', "\\|").replace('\n', " ")
}

fn table() -> String {
    let mut text = String::from(
        "# Every system, on every target\n\n\
         <!-- Written by `S3HARDEN_UPDATE_DOCS=1 cargo test --test it systems` from what is rendered. Do not edit. -->\n\n\
         What rendering a profile with the system gives beyond the same profile without it: **template**, the types of resources \
         that the target makes or sets; **policy**, the statements; **file**, a policy that belongs to no target; **runbook**, what is \
         done by hand and why; **not applicable**, what the target cannot say at all.\n",
    );
    let head: Vec<&str> = TARGETS.iter().map(|(name, _)| *name).collect();
    for (title, systems) in systems() {
        text.push_str(&format!("\n## {title}\n\n| system | {} |\n| --- |{}\n", head.join(" | "), " --- |".repeat(TARGETS.len())));
        for system in systems {
            let (with, without) = (plan(&system.with), plan(&system.without));
            let cells: Vec<String> = TARGETS.iter().map(|(_, target)| cell(&with, &without, *target)).collect();
            for ((target, _), cell) in TARGETS.iter().zip(&cells) {
                assert!(!cell.is_empty(), "{} makes nothing on {target}, and nothing says so", system.name);
            }
            text.push_str(&format!("| {} | {} |\n", system.name, cells.join(" | ")));
        }
    }
    text
}

#[test]
fn the_table_is_what_is_rendered() {
    let path = root().join("docs/reference/systems.md");
    let text = table();
    if std::env::var_os("S3HARDEN_UPDATE_DOCS").is_some_and(|value| value == "1") {
        std::fs::create_dir_all(path.parent().unwrap()).unwrap();
        std::fs::write(&path, &text).unwrap();
    }
    assert_same(&read(&path), &text);
}

fn assert_same(written: &str, made: &str) {
    let difference = written.lines().zip(made.lines()).find(|(written, made)| written != made);
    assert!(written == made, "docs/reference/systems.md is not what is rendered: {difference:#?}; S3HARDEN_UPDATE_DOCS=1 writes it anew");
}

/// Every family of resources is in the table by way of some system, so that a new one cannot be forgotten.
#[test]
fn every_family_of_resources_belongs_to_a_system() {
    let all: Vec<Plan> = systems().into_iter().flat_map(|(_, systems)| systems).map(|system| plan(&system.with)).collect();
    let made: BTreeSet<&str> = all.iter().flat_map(|plan| plan.resources.iter().map(|resource| resource.kind.family())).collect();
    let missing: Vec<_> = s3harden::plan::Kind::FAMILIES.iter().filter(|family| !made.contains(*family)).collect();
    assert!(missing.is_empty(), "no system of the table makes {missing:?}");
}
