//! Buckets that exist, as profiles: what was rendered comes back, policies of others are read or listed, broken input is
//! refused with a place.

use std::fmt::Write as _;

use serde_json::{Value, json};

use s3harden::compare::{self, Presence, Verdict, Version};
use s3harden::foreign::{Format, Template, detect};
use s3harden::import::{self, Asked, Imported, Input, Item};
use s3harden::pipeline;
use s3harden::plan::{self, Bucket, Plan};
use s3harden::profile::Profile;
use s3harden::render::{self, Notation, Provider, Target};
use s3harden::source::Source;

use super::readback;
use super::support::{accepted, files_below, root};

/// A collection, a template, a state or a plan.
fn template(text: &str) -> Result<Template, String> {
    match detect(text) {
        Some(Format::Live) => Template::from_live(text),
        Some(Format::Terraform) => Template::from_terraform(text),
        Some(Format::CloudFormation) => Template::read(&Source::from_bytes("template", text).unwrap(), Format::CloudFormation),
        other => Err(format!("{other:?}")),
    }
}

fn imported(text: &str, asked: &Asked) -> Imported {
    let template = template(text).unwrap();
    let mut all = import::import(&[Input { file: "input", template: &template }], asked).unwrap();
    assert_eq!(all.len(), 1, "{:?}", all.iter().map(|one| &one.text).collect::<Vec<_>>());
    all.remove(0)
}

/// Where a profile says that it is deployed.
fn asked(profile: &Profile) -> Asked {
    Asked {
        account: profile.bucket.account.clone(),
        region: profile.bucket.region.clone(),
        bucket: Some(profile.bucket.full_name().to_string()),
        harden: false,
    }
}

/// What is different between a profile and what came back of it, beside what no template holds.
fn different(before: (&Profile, &Plan), after: (&Profile, &Plan)) -> Vec<String> {
    let mut lines = Vec::new();
    let versions = |(profile, plan): (&Profile, &Plan)| Version::of_profile(profile, plan);
    for found in compare::compare(&versions(before), &versions(after)) {
        let bucket = &found.bucket;
        match found.presence {
            Presence::Kept => {}
            Presence::Added => lines.push(format!("{bucket}: made by the imported profile alone")),
            Presence::Removed => lines.push(format!("{bucket}: not made by the imported profile")),
        }
        if found.presence != Presence::Kept {
            continue;
        }
        for row in &found.gained {
            lines.push(format!("{bucket}: gained {}", row.witness.words));
        }
        for row in &found.lost {
            lines.push(format!("{bucket}: lost {}", row.witness.words));
        }
        if found.verdict() != Verdict::Neutral && found.gained.is_empty() && found.lost.is_empty() {
            lines.push(format!("{bucket}: {} {:?} {:?}", found.verdict().name(), found.gained_open, found.lost_open));
        }
        for one in found.settings.iter().filter(|one| one.name != "existing") {
            lines.push(format!("{bucket}: {} {} → {}", one.name, one.old, one.new));
        }
    }
    let main = |plan: &Plan| -> Bucket {
        let (_, bucket) = plan.buckets().find(|(resource, _)| resource.id == plan::BUCKET).unwrap();
        Bucket { existing: true, ..bucket.clone() }
    };
    if main(before.1) != main(after.1) {
        lines.push(format!("the bucket: {:?} → {:?}", main(before.1), main(after.1)));
    }
    for resource in before.1.resources.iter().filter(|resource| after.1.resource(&resource.id).is_none()) {
        lines.push(format!("not made: {} ({})", resource.id, resource.kind.family()));
    }
    for resource in after.1.resources.iter().filter(|resource| before.1.resource(&resource.id).is_none()) {
        lines.push(format!("made beside: {} ({})", resource.id, resource.kind.family()));
    }
    lines
}

fn listed(items: &[Item]) -> String {
    let mut text = String::new();
    for Item { fate, what, at, why, remedy } in items {
        writeln!(text, "{}: {what}\n    at {at}\n    {why}\n    {remedy}", fate.name()).unwrap();
    }
    text
}

/// The profile, what it does not say, and what came back otherwise.
fn shown(before: (&Profile, &Plan), one: &Imported) -> String {
    let mut text = one.text.clone();
    for (title, lines) in
        [("not expressed", listed(&one.items)), ("otherwise than it was", different(before, (&one.profile, &one.plan)).join("\n"))]
    {
        if !lines.is_empty() {
            write!(text, "\n----- {title}\n{}\n", lines.trim_end()).unwrap();
        }
    }
    let access: Vec<&str> = one.difference.gained.iter().chain(&one.difference.lost).map(|row| row.witness.words.as_str()).collect();
    if one.difference.verdict() != Verdict::Neutral {
        write!(text, "\n----- {}\n{}\n", one.difference.verdict().name(), access.join("\n")).unwrap();
    }
    text
}

/// Profiles of buckets in a directory.
fn buckets(dir: &str) -> Vec<(String, Profile, Plan, Provider)> {
    let files = files_below(root().join(dir)).into_iter().filter(|path| path.extension().is_some_and(|end| end == "yaml"));
    let found = files.filter_map(|path| {
        let (profile, plan) = pipeline::plan(&Source::read(&path).ok()?)?;
        let provider = accepted(&path).targets.iter().find_map(|target| match target {
            Target::Terraform(provider) => Some(*provider),
            _ => None,
        });
        Some((path.file_stem()?.to_str()?.to_owned(), profile, plan, provider.unwrap_or(Provider::V5)))
    });
    found.collect()
}

/// What does not come back, beside tests, guarantees, waivers, controls, descriptions and what is listed as left alone: the
/// example, words of what the import says, and why.
const EXCEPTIONS: &[(&str, &str, &str)] = &[
    (
        "adopted",
        "`lifecycle` of the companion",
        "MFA delete is a step of the runbook: the template has no lifecycle, which the companion takes over",
    ),
    ("audited", "access to the companion", "the companion receives the logs of the trail's bucket too, and trails are left alone"),
    ("deploy-parameters", "", "what only the deployment knows is not in a template"),
    ("ledger", "access to the companion", "likewise"),
];

#[test]
fn every_example_comes_back_from_both_targets() {
    let mut seen = 0;
    let came_back = "came_back";
    // Of a bucket in every account, one is imported, under the name that it has there.
    for (name, profile, plan, provider) in buckets("examples").into_iter().filter(|(_, profile, ..)| !profile.bucket.name.is_open()) {
        let files = render::render(&plan, Target::CloudFormation(Notation::Json)).unwrap();
        let from_template = imported(&readback::template(&files).text, &asked(&profile));
        let from_state = imported(&readback::state(&plan, provider).to_string(), &asked(&profile));
        let both = [&from_template, &from_state].map(|one| shown((&profile, &plan), one));
        insta::assert_snapshot!(format!("{came_back}@{name}_cloudformation"), both[0]);
        // The state knows the ids of what is made; everything else is the same.
        let lines = |text: &str| -> Vec<String> { text.lines().map(str::to_owned).collect() };
        let changes = similar::TextDiff::from_slices(
            &lines(&both[0]).iter().map(String::as_str).collect::<Vec<_>>(),
            &lines(&both[1]).iter().map(String::as_str).collect::<Vec<_>>(),
        )
        .iter_all_changes()
        .filter(|change| change.tag() != similar::ChangeTag::Equal)
        .map(|change| format!("{}{}", change.tag(), change.value()))
        .collect::<Vec<_>>();
        insta::assert_snapshot!(format!("{came_back}@{name}_terraform"), changes.join("\n"));
        for one in [&from_template, &from_state] {
            assert_eq!(one.difference.verdict(), Verdict::Neutral, "{name}\n{}", one.text);
            let excepted = |item: &Item| EXCEPTIONS.iter().any(|(profile, words, _)| *profile == name && item.what.contains(words));
            let lost = one.items.iter().filter(|item| item.fate != import::Fate::Apart);
            assert!(lost.clone().all(excepted), "{name}: {:#?}", lost.collect::<Vec<_>>());
        }
        seen += 1;
    }
    assert!(seen >= 12, "{seen}");
}

/// What the script collects of a bucket of today without settings of its own, with some answers changed.
fn live(changes: &[(&str, Value)]) -> Value {
    let mut all = json!({
        "s3harden": "bucket", "version": 1, "bucket": "acme-site", "account": "111122223333",
        "calls": {
            "get-bucket-location": { "LocationConstraint": "eu-west-1" },
            "get-bucket-policy": null,
            "get-bucket-policy-status": null,
            "get-public-access-block": { "PublicAccessBlockConfiguration": { "BlockPublicAcls": true, "IgnorePublicAcls": true, "BlockPublicPolicy": true, "RestrictPublicBuckets": true } },
            "get-bucket-ownership-controls": { "OwnershipControls": { "Rules": [{ "ObjectOwnership": "BucketOwnerEnforced" }] } },
            "get-bucket-acl": { "Owner": { "ID": "a".repeat(64) }, "Grants": [{ "Grantee": { "ID": "a".repeat(64), "Type": "CanonicalUser" }, "Permission": "FULL_CONTROL" }] },
            "get-bucket-encryption": { "ServerSideEncryptionConfiguration": { "Rules": [{ "ApplyServerSideEncryptionByDefault": { "SSEAlgorithm": "AES256" }, "BucketKeyEnabled": false }] } },
            "get-bucket-versioning": {},
            "get-bucket-lifecycle-configuration": null,
            "get-object-lock-configuration": null,
            "get-bucket-logging": {},
            "get-bucket-notification-configuration": {},
            "get-bucket-replication": null,
            "get-bucket-cors": null,
            "get-bucket-tagging": null,
            "get-bucket-website": null,
            "get-bucket-accelerate-configuration": {},
            "get-bucket-request-payment": { "Payer": "BucketOwner" },
            "get-account-public-access-block": null
        },
        "access-points": []
    });
    for (call, answer) in changes {
        all["calls"][*call] = answer.clone();
    }
    all
}

fn with_policy(statements: Value) -> Value {
    live(&[("get-bucket-policy", json!({ "Policy": json!({ "Version": "2012-10-17", "Statement": statements }).to_string() }))])
}

const BUCKET: &str = "arn:aws:s3:::acme-site";
const OBJECTS: &str = "arn:aws:s3:::acme-site/*";

/// Policies written anew after the examples of AWS's documentation, each with what of it no profile says.
fn documented() -> Vec<(&'static str, Value)> {
    vec![
        // "Restrict access to an Amazon S3 origin", Amazon CloudFront Developer Guide.
        (
            "cloudfront",
            json!([{ "Sid": "AllowCloudFrontServicePrincipalReadOnly", "Effect": "Allow", "Principal": { "Service": "cloudfront.amazonaws.com" }, "Action": "s3:GetObject", "Resource": OBJECTS,
                "Condition": { "StringEquals": { "AWS:SourceArn": "arn:aws:cloudfront::111122223333:distribution/EDFDVBD6EXAMPLE" } } },
              { "Sid": "1", "Effect": "Allow", "Principal": { "CanonicalUser": "b".repeat(64) }, "Action": "s3:GetObject", "Resource": OBJECTS }]),
        ),
        // "Controlling access from VPC endpoints with bucket policies", Amazon S3 User Guide.
        (
            "vpc_endpoint",
            json!([{ "Sid": "Access-to-specific-VPCE-only", "Principal": "*", "Action": "s3:*", "Effect": "Deny", "Resource": [BUCKET, OBJECTS],
                "Condition": { "StringNotEquals": { "aws:SourceVpce": "vpce-1a2b3c4d" } } },
              { "Sid": "OnlyTheTeam", "NotPrincipal": { "AWS": ["arn:aws:iam::111122223333:root", "arn:aws:iam::111122223333:role/Team"] }, "Action": "s3:*", "Effect": "Deny", "Resource": [BUCKET, OBJECTS] }]),
        ),
        // "Bucket policy examples", Amazon S3 User Guide: MFA, uploads with an ACL, load balancer logs.
        (
            "mfa_and_deliveries",
            json!([{ "Sid": "", "Effect": "Deny", "Principal": "*", "Action": "s3:*", "Resource": "arn:aws:s3:::acme-site/taxdocuments/*", "Condition": { "Null": { "aws:MultiFactorAuthAge": true } } },
              { "Sid": "TooLongAgo", "Effect": "Deny", "Principal": "*", "Action": "s3:*", "Resource": "arn:aws:s3:::acme-site/taxdocuments/*", "Condition": { "NumericGreaterThan": { "aws:MultiFactorAuthAge": 3600 } } },
              { "Sid": "RequireOwnersControl", "Effect": "Allow", "Principal": { "AWS": "444455556666" }, "Action": ["s3:PutObject"], "Resource": OBJECTS, "Condition": { "StringEquals": { "s3:x-amz-acl": "bucket-owner-full-control" } } },
              { "Sid": "LoadBalancer", "Effect": "Allow", "Principal": { "Service": "logdelivery.elasticloadbalancing.amazonaws.com" }, "Action": "s3:PutObject", "Resource": "arn:aws:s3:::acme-site/lb/AWSLogs/111122223333/*" },
              { "Sid": "AllowSSLRequestsOnly", "Effect": "Deny", "Principal": "*", "Action": "s3:*", "Resource": [BUCKET, OBJECTS], "Condition": { "Bool": { "aws:SecureTransport": "false" } } },
              { "Sid": "Partner", "Effect": "Allow", "Principal": { "AWS": "arn:aws:iam::444455556666:root" }, "Action": ["s3:GetObject", "s3:ListBucket"], "Resource": [BUCKET, OBJECTS] }]),
        ),
    ]
}

#[test]
fn policies_after_the_documentation_are_read_or_listed() {
    let word = "documented";
    for (name, statements) in documented() {
        let one = imported(&with_policy(statements).to_string(), &Asked::default());
        let mut text = format!("{}\n----- not expressed\n{}", one.text, listed(&one.items));
        let rows = [("gained", &one.difference.gained), ("lost", &one.difference.lost)];
        for (word, row) in rows.iter().flat_map(|(word, rows)| rows.iter().map(move |row| (word, row))) {
            writeln!(text, "----- {word}: {}, {}", row.who, row.witness.words).unwrap();
        }
        insta::assert_snapshot!(format!("{word}@{name}"), text);
    }
}

#[test]
fn settings_that_no_profile_has_are_listed_and_never_lost_in_silence() {
    let rule = |id: &str, more: Value| {
        let mut rule = json!({ "ID": id, "Status": "Enabled", "Filter": { "Prefix": "" } });
        more.as_object().unwrap().iter().for_each(|(key, value)| rule[key] = value.clone());
        rule
    };
    let changes = [
        (
            "get-bucket-lifecycle-configuration",
            json!({ "Rules": [
            rule("abort", json!({ "AbortIncompleteMultipartUpload": { "DaysAfterInitiation": 3 } })),
            rule("logs", json!({ "Filter": { "Prefix": "logs/" }, "Expiration": { "Days": 30 } })),
            rule("noncurrent", json!({ "NoncurrentVersionExpiration": { "NoncurrentDays": 10, "NewerNoncurrentVersions": 3 } })),
            rule("moves", json!({ "Transitions": [{ "Days": 30, "StorageClass": "STANDARD_IA" }] })),
        ] }),
        ),
        ("get-bucket-versioning", json!({ "Status": "Enabled", "MFADelete": "Disabled" })),
        (
            "get-bucket-notification-configuration",
            json!({ "QueueConfigurations": [{ "Id": "q", "QueueArn": "arn:aws:sqs:eu-west-1:111122223333:scan", "Events": ["s3:ObjectCreated:*"] }] }),
        ),
        ("get-bucket-website", json!({ "IndexDocument": { "Suffix": "index.html" } })),
        ("get-bucket-accelerate-configuration", json!({ "Status": "Enabled" })),
        (
            "get-bucket-encryption",
            json!({ "ServerSideEncryptionConfiguration": { "Rules": [{ "ApplyServerSideEncryptionByDefault": { "SSEAlgorithm": "aws:kms" } }] } }),
        ),
        (
            "get-bucket-tagging",
            json!({ "TagSet": [{ "Key": "owner", "Value": "web" }, { "Key": "cost/centre", "Value": "4711" }, { "Key": "aws:cloudformation:stack-name", "Value": "x" }] }),
        ),
        ("get-bucket-replication", json!({ "error": "AccessDenied" })),
    ];
    let one = imported(&live(&changes).to_string(), &Asked::default());
    assert!(one.text.contains("expire_noncurrent_after_days: never"), "half of a rule was read: {}", one.text);
    insta::assert_snapshot!("settings", format!("{}\n----- not expressed\n{}", one.text, listed(&one.items)));
    assert!(!one.is_whole());
}

#[test]
fn an_import_is_no_drift_and_every_change_is() {
    let own = with_policy(json!([
        { "Sid": "Tls", "Effect": "Deny", "Principal": "*", "Action": "s3:*", "Resource": [BUCKET, OBJECTS], "Condition": { "Bool": { "aws:SecureTransport": "false" } } },
        { "Sid": "Old", "Effect": "Deny", "Principal": "*", "Action": "s3:*", "Resource": [BUCKET, OBJECTS], "Condition": { "NumericLessThan": { "s3:TlsVersion": "1.2" } } },
        { "Sid": "Vendor", "Effect": "Allow", "Principal": { "Federated": "cognito-identity.amazonaws.com" }, "Action": "s3:GetObject", "Resource": OBJECTS },
    ]));
    let one = imported(&own.to_string(), &Asked::default());
    let drift = |now: &Value| {
        let template = template(&now.to_string()).unwrap();
        import::drift(&Input { file: "live.json", template: &template }, &Asked::default(), &one.profile, &one.plan).unwrap()
    };
    let same = drift(&own);
    assert!(same.is_none(), "{same:#?}\n{}", one.text);
    let mut unlocked = own.clone();
    unlocked["calls"]["get-public-access-block"] = Value::Null;
    let found = drift(&unlocked);
    assert_eq!(found.difference.settings.iter().filter(|one| one.direction == compare::Direction::Weaker).count(), 4, "{found:#?}");
    let mut suspended = own.clone();
    suspended["calls"]["get-bucket-versioning"] = json!({ "Status": "Enabled" });
    assert_eq!(
        drift(&suspended).difference.settings.iter().map(|one| (one.name, one.direction.name())).collect::<Vec<_>>(),
        [("versioning", "stronger")]
    );
    let opened = own["calls"]["get-bucket-policy"]["Policy"]
        .as_str()
        .unwrap()
        .replace("\"aws:SecureTransport\":\"false\"", "\"aws:SecureTransport\":\"true\"");
    let mut narrowed = own.clone();
    narrowed["calls"]["get-bucket-policy"]["Policy"] = opened.into();
    assert_eq!(drift(&narrowed).difference.verdict(), Verdict::Both);
    let mut website = own;
    website["calls"]["get-bucket-website"] = json!({ "IndexDocument": { "Suffix": "index.html" } });
    assert_eq!(drift(&website).items.len(), 1);
}

#[test]
fn broken_input_is_refused_with_a_place_and_never_ends_the_program() {
    let whole = with_policy(documented().remove(2).1);
    for (change, message) in [
        (("/version", json!(2)), "`/version` has to be 1"),
        (("/bucket", json!("")), "`/bucket` has to be the name"),
        (("/calls", json!([])), "`/calls` has to hold"),
        (("/calls/get-bucket-acl", json!("x")), "`/calls/get-bucket-acl` has to be"),
        (("/access-points", json!([{}])), "`/access-points/0` has to hold"),
    ] {
        let mut broken = whole.clone();
        *broken.pointer_mut(change.0).unwrap() = change.1;
        let why = Template::from_live(&broken.to_string()).unwrap_err();
        assert!(why.starts_with(message), "{why}");
    }
    // Every value in turn becomes one of another kind.
    fn pointers(value: &Value, at: &str, found: &mut Vec<String>) {
        found.push(at.to_owned());
        match value {
            Value::Object(fields) => fields.iter().for_each(|(key, value)| pointers(value, &format!("{at}/{key}"), found)),
            Value::Array(items) => items.iter().enumerate().for_each(|(key, value)| pointers(value, &format!("{at}/{key}"), found)),
            _ => {}
        }
    }
    let mut all = Vec::new();
    pointers(&whole, "", &mut all);
    let mut read = 0;
    for (at, pointer) in all.iter().enumerate() {
        let odd = [Value::Null, json!(7), json!("${x} \u{1b}[31m"), json!([[]]), json!({ "Rules": 1 })];
        let mut broken = whole.clone();
        *broken.pointer_mut(pointer).unwrap() = odd[at % odd.len()].clone();
        let Ok(template) = Template::from_live(&broken.to_string()) else { continue };
        let inputs = [Input { file: "odd", template: &template }];
        match import::import(&inputs, &Asked::default()) {
            Ok(all) => {
                read += 1;
                assert!(all.iter().all(|one| !one.text.contains('\u{1b}')));
            }
            Err(why) => assert!(!why.contains("internal error"), "{pointer}: {why}"),
        }
    }
    assert!(read > 25, "{read}");
}

#[test]
fn the_script_only_reads_and_what_it_prints_is_read() {
    let script = import::script(&"acme-site".parse().unwrap(), Some(&"111122223333".parse().unwrap()), None);
    for line in script.lines().filter(|line| !line.starts_with('#')) {
        for (at, _) in line.match_indices("aws s3") {
            let call = line[at..].split(' ').nth(2).unwrap();
            assert!(call.starts_with("get-") || call.starts_with("list-"), "{line}");
        }
    }
    let dir = tempfile::tempdir().unwrap();
    // Answers as the AWS CLI gives them: nothing where nothing was ever configured, errors on standard error.
    let aws = r#"#!/bin/sh
case "$2" in
  get-bucket-versioning | get-bucket-logging | get-bucket-notification-configuration | get-bucket-accelerate-configuration) ;;
  get-bucket-location) echo '{"LocationConstraint": null}' ;;
  get-bucket-policy) echo '{"Policy": "{\"Version\":\"2012-10-17\",\"Statement\":[{\"Effect\":\"Allow\",\"Principal\":{\"AWS\":\"444455556666\"},\"Action\":\"s3:GetObject\",\"Resource\":\"arn:aws:s3:::acme-site/*\"}]}"}' ;;
  get-bucket-acl) echo '{"Owner": {"ID": "aa"}, "Grants": []}' ;;
  get-bucket-encryption) echo '{"ServerSideEncryptionConfiguration": {"Rules": [{"ApplyServerSideEncryptionByDefault": {"SSEAlgorithm": "AES256"}}]}}' ;;
  get-bucket-request-payment) echo '{"Payer": "BucketOwner"}' ;;
  get-bucket-cors) echo 'An error occurred (AccessDenied) when calling the GetBucketCors operation: "no"' >&2; exit 254 ;;
  get-access-point-policy | get-bucket-tagging) echo 'An error occurred (NoSuchTagSet) when calling the operation' >&2; exit 254 ;;
  list-access-points) printf 'lake\tinbox\n' ;;
  get-access-point) echo "{\"Name\": \"$6\", \"AccessPointArn\": \"arn:aws:s3:us-east-1:111122223333:accesspoint/$6\", \"NetworkOrigin\": \"Internet\", \"Bucket\": \"acme-site\", \"PublicAccessBlockConfiguration\": {\"BlockPublicAcls\": true, \"IgnorePublicAcls\": true, \"BlockPublicPolicy\": true, \"RestrictPublicBuckets\": true}}" ;;
  *) echo 'An error occurred (NoSuchPublicAccessBlockConfiguration) when calling the operation' >&2; exit 254 ;;
esac
"#;
    let path = dir.path().join("aws");
    std::fs::write(&path, aws).unwrap();
    std::process::Command::new("chmod").arg("+x").arg(&path).status().unwrap();
    std::fs::write(dir.path().join("script"), &script).unwrap();
    let paths = format!("{}:{}", dir.path().display(), std::env::var("PATH").unwrap());
    let ran = std::process::Command::new("sh").arg(dir.path().join("script")).env("PATH", paths).output().unwrap();
    let (out, err) = (String::from_utf8(ran.stdout).unwrap(), String::from_utf8(ran.stderr).unwrap());
    assert_eq!((ran.status.code(), err.as_str()), (Some(1), "get-bucket-cors: AccessDenied\n"), "{out}");
    let collected: Value = serde_json::from_str(&out).unwrap_or_else(|error| panic!("{error}\n{out}"));
    assert_eq!(collected["calls"]["get-bucket-cors"], json!({ "error": "AccessDenied" }));
    assert_eq!(collected["calls"]["get-bucket-tagging"], Value::Null);
    assert_eq!(collected["calls"]["get-bucket-versioning"], json!({}));
    assert!(import::CALLS.iter().all(|call| collected["calls"].get(call).is_some()));
    let one = imported(&out, &Asked::default());
    assert_eq!(one.profile.bucket.region.as_ref().map(ToString::to_string).as_deref(), Some("us-east-1"));
    assert_eq!(one.plan.access_points().count(), 2);
    assert!(one.text.contains("account: '444455556666'") || one.text.contains("account: \"444455556666\""), "{}", one.text);
    assert_eq!(one.items.iter().filter(|item| item.what == "CORS").count(), 1, "{:#?}", one.items);
}

#[test]
fn an_imported_profile_is_an_error_for_what_it_lost_and_for_nothing_else() {
    let codes = |text: &str| -> Vec<&str> {
        let checked = pipeline::check(&super::support::source(text), &super::render::options(super::support::BOTH));
        let own = checked.findings.iter().filter(|finding| finding.code == s3harden::diag::Code::ExistingConfigurationReplaced);
        own.map(|finding| finding.code.name()).collect()
    };
    let whole = imported(&live(&[]).to_string(), &Asked { harden: true, ..Asked::default() });
    assert_eq!(codes(&whole.text), [] as [&str; 0], "{}", whole.text);
    let lossy =
        imported(&live(&[("get-bucket-website", json!({ "IndexDocument": { "Suffix": "index.html" } }))]).to_string(), &Asked::default());
    assert_eq!(codes(&lossy.text), ["existing-configuration-replaced"], "{}", lossy.text);
    let by_hand = "version: 1\nname: a\nbucket: {name: acme-site, existing: true}\n";
    assert_eq!(codes(by_hand), ["existing-configuration-replaced"]);
}
