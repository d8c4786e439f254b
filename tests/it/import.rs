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
use super::support::{accepted, files_below, read, root};

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
    let mut all = import::import(&[Input { file: "input", template: &template }], asked).unwrap().buckets;
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

/// What does not come back, beside tests, guarantees, waivers, controls and descriptions: the example, words of what the
/// import says, and why.
const EXCEPTIONS: &[(&str, &str, &str)] = &[
    (
        "adopted",
        "`lifecycle` of the companion",
        "MFA delete is a step of the runbook: the template has no lifecycle, which the companion takes over",
    ),
    (
        "stackset",
        "buckets that exist under this name",
        "which they are is known only to each deployment: a profile of many buckets makes them",
    ),
];

/// What a deployment of `examples/deploy-parameters.yaml` gives.
const GIVEN: &[(&str, &str)] = &[
    ("team", "payments"),
    ("office", "198.51.100.0/24"),
    ("endpoint", "vpce-0a1b2c3d4e5f60718"),
    ("partner", "444455556666"),
    ("reader", "Reader"),
];

/// Where that is.
const DEPLOYED: (&str, &str) = ("111122223333", "eu-west-1");

/// A profile with values in the places of its deploy-time parameters.
fn given(name: &str) -> String {
    let mut text = read(root().join(format!("examples/{name}.yaml")));
    let from = text.find("\nparameters:").unwrap();
    let lines = text[from + 1..].split_inclusive('\n').skip(1).take_while(|line| line.starts_with(' ') || line.trim().is_empty());
    let behind = from + "\nparameters:\n".len() + lines.map(str::len).sum::<usize>();
    text.replace_range(from + 1..behind, "");
    for (name, value) in GIVEN {
        text = text.replace(&format!("${{param.{name}}}"), value);
    }
    assert!(!text.contains("param."), "{text}");
    text
}

/// A profile as it is once its deploy-time parameters have values.
fn deployed(name: &str) -> (Profile, Plan) {
    let mut text = given(name);
    // A bucket of many is, where it is deployed, one of a name.
    text = text.replace("${aws.account}", DEPLOYED.0).replace("${aws.region}", DEPLOYED.1);
    pipeline::plan(&super::support::source(text)).unwrap()
}

#[test]
fn every_example_comes_back_from_both_targets() {
    let mut seen = 0;
    let came_back = "came_back";
    for (name, profile, plan, provider) in buckets("examples") {
        let files = render::render(&plan, Target::CloudFormation(Notation::Json)).unwrap();
        let from_template = imported(&readback::template(&files).text, &asked(&profile));
        // A state knows what was given to the module, so that the profile of that deployment comes back.
        let (state, after) = if plan.parameters.is_empty() {
            (readback::state(&plan, provider), (profile.clone(), plan.clone()))
        } else {
            let given = |one: &plan::Parameter| GIVEN.iter().find(|(name, _)| one.said == *name).unwrap().1.to_owned();
            (readback::state_of(&plan, provider, DEPLOYED, &given), deployed(&name))
        };
        // A state has the name of one bucket, whatever it was made of.
        let from_state = imported(&state.to_string(), &asked(&after.0));
        let both = [shown((&profile, &plan), &from_template), shown((&after.0, &after.1), &from_state)];
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
            let open: Vec<&Item> = one.items.iter().filter(|item| !excepted(item)).collect();
            assert!(open.is_empty(), "{name}: {open:#?}");
        }
        seen += 1;
    }
    assert!(seen >= 13, "{seen}");
}

#[test]
fn a_bucket_of_many_accounts_is_compared_where_it_is() {
    // What the deployment is asked for is given; the name is not.
    let one = given("stackset");
    let (profile, plan) = pipeline::plan(&super::support::source(one)).unwrap();
    let place = ("444455556666", "eu-north-1");
    let state = template(&readback::state_in(&plan, Provider::V5, place).to_string()).unwrap();
    let input = Input { file: "state.json", template: &state };
    let drift =
        |bucket: Option<&str>| import::drift(&input, &Asked { bucket: bucket.map(str::to_owned), ..Asked::default() }, &profile, &plan);
    let why = drift(None).unwrap_err();
    assert!(why.contains("`acme-reports-${aws.account}-${aws.region}`") && why.contains("`--bucket`"), "{why}");
    assert!(drift(Some("acme-other")).unwrap_err().contains("no name that"));
    let found = drift(Some("acme-reports-444455556666-eu-north-1")).unwrap();
    assert_eq!(found.difference.bucket, "acme-reports-444455556666-eu-north-1");
    assert!(found.is_none(), "{:#?} {:#?}", found.items, found.difference.settings);
    // The account and region are as good as the name.
    let asked = Asked { account: place.0.parse().ok(), region: place.1.parse().ok(), ..Asked::default() };
    assert!(import::drift(&input, &asked, &profile, &plan).is_ok());
}

/// What `terraform show -json` prints of `examples/audited.yaml`, applied by terraform 1.11 and the provider 5.100 to a stand-in
/// for AWS; without nulls, and with the format of log keys, which the stand-in forgets.
const AUDITED: &str = include_str!("samples/audited.state.json");

#[test]
fn what_terraform_shows_of_an_applied_module_comes_back() {
    let (_, profile, plan, _) = buckets("examples").into_iter().find(|(name, ..)| name == "audited").unwrap();
    let one = imported(AUDITED, &asked(&profile));
    assert_eq!(different((&profile, &plan), (&one.profile, &one.plan)), [] as [&str; 0], "{}\n{}", one.text, listed(&one.items));
    assert_eq!(listed(&one.items), "", "{}", one.text);
    assert!(one.is_whole());
    // Everything that is there is taken over, by what its import asks for.
    let adopted = |id: &str| one.plan.adopts.iter().find(|(own, _)| own.as_str() == id).map(|(_, known)| known.as_str());
    for (id, known) in [
        ("TrailBucket", "acme-statements-trail"),
        ("Trail", "arn:aws:cloudtrail:eu-west-1:111122223333:trail/acme-statements"),
        ("AlertTopic", "arn:aws:sns:eu-west-1:111122223333:acme-statements-alerts"),
        ("AlertPolicyChange", "arn:aws:events:eu-west-1:111122223333:rule/acme-statements-policy-change"),
        ("AlertAccessDenied", "cloudtrail/acme-statements:acme-statements-access-denied-burst"),
        ("TrailLogRole", "cloudtrail-acme-statements"),
    ] {
        assert_eq!(adopted(id), Some(known), "{id}: {}", one.text);
    }
    let files = render::render(&one.plan, Target::Terraform(Provider::V5)).unwrap();
    let imports = &files.iter().find(|file| file.path == "terraform/imports.tf").unwrap().text;
    assert!(imports.contains("to = aws_cloudwatch_event_rule.alert_policy_change\n  id = \"acme-statements-policy-change\""), "{imports}");
    let template = render::render(&one.plan, Target::CloudFormation(Notation::Json)).unwrap();
    let text = &template.iter().find(|file| file.path == "cloudformation/import-resources.json").unwrap().text;
    let resources: Value = serde_json::from_str(text).unwrap();
    let of = |id: &str| {
        resources.as_array().unwrap().iter().find(|one| one["LogicalResourceId"] == id).map(|one| one["ResourceIdentifier"].clone())
    };
    assert_eq!(of("Trail"), Some(json!({ "TrailName": "acme-statements" })), "{text}");
    assert_eq!(
        of("AlertPolicyChange"),
        Some(json!({ "Arn": "arn:aws:events:eu-west-1:111122223333:rule/acme-statements-policy-change" })),
        "{text}"
    );
    assert_eq!(of("AlertEmail1").map(|one| one["Arn"].as_str().unwrap().starts_with("arn:aws:sns:")), Some(true), "{text}");
}

#[test]
fn a_section_is_read_as_a_whole_or_left_alone() {
    let (_, profile, plan, _) = buckets("examples").into_iter().find(|(name, ..)| name == "audited").unwrap();
    let files = render::render(&plan, Target::CloudFormation(Notation::Json)).unwrap();
    let text = &readback::template(&files).text;
    let template: Value = serde_json::from_str(text).unwrap();
    for (id, property, value, section, gone) in [
        ("AlertAccessDeniedBurst", "Threshold", json!(50), "alerts:", "AWS::CloudWatch::Alarm"),
        ("AlertTopic", "TopicName", json!("another"), "alerts:", "AWS::SNS::Topic"),
        ("Trail", "IsLogging", json!(false), "cloudtrail:", "AWS::CloudTrail::Trail"),
        ("TrailLogGroup", "RetentionInDays", json!(1), "cloudtrail:", "AWS::Logs::LogGroup"),
    ] {
        let mut changed = template.clone();
        changed["Resources"][id]["Properties"][property] = value;
        let one = imported(&changed.to_string(), &asked(&profile));
        assert!(!one.text.contains(section), "{id}: {}", one.text);
        let left = |item: &Item| item.fate == import::Fate::Apart && item.what.contains(gone) && item.at.contains(id);
        assert!(one.items.iter().any(left), "{id}: {}", listed(&one.items));
    }
}

#[test]
fn a_parameter_is_read_where_the_profile_takes_one_and_is_listed_elsewhere() {
    let text = |name: &str| json!({ "Type": "String", "AllowedValues": [name, "other"] });
    let template = json!({
        "Parameters": { "Team": text("web"), "Versions": text("Enabled"), "Blocked": text("true"), "Algorithm": text("AES256") },
        "Resources": { "Site": { "Type": "AWS::S3::Bucket", "Properties": {
            "BucketName": "acme-site",
            "Tags": [{ "Key": "team", "Value": { "Ref": "Team" } }],
            "VersioningConfiguration": { "Status": { "Ref": "Versions" } },
            "PublicAccessBlockConfiguration": { "BlockPublicAcls": { "Ref": "Blocked" }, "IgnorePublicAcls": true, "BlockPublicPolicy": true, "RestrictPublicBuckets": true },
            "BucketEncryption": { "ServerSideEncryptionConfiguration": [{ "ServerSideEncryptionByDefault": { "SSEAlgorithm": { "Ref": "Algorithm" } } }] },
        } } },
    });
    let one = imported(&template.to_string(), &Asked::default());
    assert!(one.text.contains("team: ${param.team}") && one.text.contains("- web"), "{}", one.text);
    for word in ["versioning", "public_access", "algorithm"] {
        assert!(!one.text.contains(&format!("{word}:")), "a value was guessed: {}", one.text);
    }
    for place in ["VersioningConfiguration/Status", "PublicAccessBlockConfiguration/BlockPublicAcls", "SSEAlgorithm"] {
        assert!(
            one.items.iter().any(|item| item.fate == import::Fate::Lost && item.at.ends_with(place)),
            "{place}: {}",
            listed(&one.items)
        );
    }
    // What could be anything is no value of a tag, so that the profile would be refused: it is listed.
    let mut open = template.clone();
    open["Parameters"]["Team"] = json!({ "Type": "String", "AllowedPattern": ".*" });
    let one = imported(&open.to_string(), &Asked::default());
    assert!(!one.text.contains("param.") && one.items.iter().any(|item| item.at.ends_with("Tags/0/Value")), "{}", one.text);
}

#[test]
fn a_name_that_only_the_deployment_knows_is_asked_for() {
    let template = json!({ "Resources": { "Site": { "Type": "AWS::S3::Bucket" } } }).to_string();
    let asked = |one: &Imported| one.items.iter().any(|item| item.fate == import::Fate::Lost && item.what == "the name of the bucket");
    let open = imported(&template, &Asked::default());
    assert!(asked(&open) && !open.is_whole(), "{}", open.text);
    let given = imported(&template, &Asked { bucket: Some("acme-site".to_owned()), ..Asked::default() });
    assert!(!asked(&given) && given.text.contains("name: acme-site"), "{}", given.text);
    // A bucket that is chosen beside it, by its name or id, keeps its own name, and the other one has none still.
    let site = json!({ "Type": "AWS::S3::Bucket" });
    let other = json!({ "Type": "AWS::S3::Bucket", "Properties": { "BucketName": "acme-other" } });
    let both = json!({ "Resources": { "Site": site, "Other": other } }).to_string();
    for (chosen, open) in [("acme-other", false), ("Other", false), ("Site", true), ("acme-site", false)] {
        let one = imported(&both, &Asked { bucket: Some(chosen.to_owned()), ..Asked::default() });
        assert_eq!(asked(&one), open, "{chosen}: {}", one.text);
        assert_eq!(one.text.contains("name: acme-other"), chosen.ends_with("ther"), "{chosen}: {}", one.text);
    }
}

#[test]
fn the_guide_says_by_what_everything_is_taken_over() {
    let page = read(root().join("docs/howto/adopt.md"));
    let mut seen = std::collections::BTreeSet::new();
    for (_, _, plan, _) in buckets("examples").into_iter().chain(buckets("tests/profiles")) {
        for resource in &plan.resources {
            let Some(identity) = resource.kind.identity() else { continue };
            let asks = identity.cloudformation.map_or("no import".to_owned(), |primary| {
                primary.identifier.iter().map(|property| format!("`{property}`")).collect::<Vec<_>>().join(", ")
            });
            let row = format!("| {} | {} | {asks} |", resource.kind.family().replace('_', " "), identity.form.words());
            assert!(page.contains(&row), "{row}");
            seen.insert(resource.kind.family());
        }
    }
    assert!(seen.len() >= 20, "{seen:?}");
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

/// A plan that terraform 1.11 and the provider 5.100 made, without what nobody reads: with unknown tags, switches, keys, rules,
/// lists, whole blocks and whole resources, and with buckets that are named by way of modules and locals.
const UNKNOWN: &str = include_str!("samples/unknown-values.plan.json");

/// Every place of a plan of which only the deployment knows the value, as an import names places.
fn unknown_places(plan: &Value) -> Vec<String> {
    fn walk(value: &Value, at: &str, found: &mut Vec<String>) {
        match value {
            Value::Bool(true) => found.push(at.to_owned()),
            Value::Object(fields) => fields.iter().for_each(|(key, value)| walk(value, &format!("{at}/{key}"), found)),
            Value::Array(items) => items.iter().enumerate().for_each(|(key, value)| walk(value, &format!("{at}/{key}"), found)),
            _ => {}
        }
    }
    let mut found = Vec::new();
    for change in plan["resource_changes"].as_array().unwrap() {
        let address = change["address"].as_str().unwrap();
        if address.contains("aws_s3_") {
            walk(&change["change"]["after_unknown"], address, &mut found);
        }
    }
    found
}

#[test]
fn nothing_that_a_plan_does_not_know_yet_is_lost_in_silence() {
    let plan: Value = serde_json::from_str(UNKNOWN).unwrap();
    let one = imported(UNKNOWN, &Asked::default());
    insta::assert_snapshot!("unknown_values", format!("{}\n----- not expressed\n{}", one.text, listed(&one.items)));
    // What the provider computes in any case, and the names by which the resources were found to be the bucket's.
    const COMPUTED: &[&str] = &[
        "/arn",
        "/id",
        "/region",
        "/tags_all",
        "/bucket",
        "/bucket_domain_name",
        "/bucket_prefix",
        "/bucket_regional_domain_name",
        "/hosted_zone_id",
        "/display_name",
        "/expected_bucket_owner",
        "/acceleration_status",
        "/request_payer",
        "/object_lock_enabled",
        "/mfa_delete",
        "aws_s3_bucket.lake/policy",
    ];
    let said = |place: &str| {
        let last = place.rsplit('/').next().unwrap();
        let resource = place.split('/').next().unwrap();
        one.items.iter().any(|item| {
            let around = place == item.at || place.starts_with(&format!("{}/", item.at)) && item.at != resource;
            let named = item.at == resource && (item.what.contains(&format!("`{last}`")) || item.what.contains(&format!("`{resource}`")));
            around || named
        })
    };
    let silent: Vec<String> =
        unknown_places(&plan).into_iter().filter(|place| !COMPUTED.iter().any(|end| place.ends_with(end)) && !said(place)).collect();
    // Which key and which bucket it is says the configuration.
    let key = "aws_s3_bucket_server_side_encryption_configuration.lake/rule/0/apply_server_side_encryption_by_default/0/kms_master_key_id";
    assert_eq!(silent, ["aws_s3_bucket_logging.lake/target_bucket", key]);
    assert!(one.text.contains("algorithm: sse-kms") && one.text.contains("to: acme-lake"), "{}", one.text);
    assert!(!one.text.contains("\nowner:"), "an unknown tag is none: {}", one.text);
    // Of a mapping whose values are told apart, one that is unknown is no value, and the others are read.
    let mut tags = plan.clone();
    for change in tags["resource_changes"].as_array_mut().unwrap().iter_mut().filter(|change| change["address"] == "aws_s3_bucket.lake") {
        change["change"]["after_unknown"]["tags"] = json!({ "owner": true });
    }
    for resource in tags["planned_values"]["root_module"]["resources"]
        .as_array_mut()
        .unwrap()
        .iter_mut()
        .filter(|one| one["address"] == "aws_s3_bucket.lake")
    {
        resource["values"]["tags"] = json!({ "team": "data" });
    }
    let tagged = imported(&tags.to_string(), &Asked::default());
    assert!(tagged.text.contains("team: data") && !tagged.text.contains("\nowner:"), "{}", tagged.text);
    assert!(
        tagged.items.iter().any(|item| item.at == "aws_s3_bucket.lake/tags/owner" && item.fate == import::Fate::Lost),
        "{}",
        listed(&tagged.items)
    );
    // What becomes known is no longer listed.
    let mut known = plan.clone();
    for change in known["resource_changes"]
        .as_array_mut()
        .unwrap()
        .iter_mut()
        .filter(|change| change["address"] == "aws_s3_bucket_public_access_block.lake")
    {
        change["change"]["after_unknown"].as_object_mut().unwrap().shift_remove("ignore_public_acls");
    }
    let later = imported(&known.to_string(), &Asked::default());
    let on_block = |one: &Imported| one.items.iter().filter(|item| item.at.contains("ignore_public_acls")).count();
    assert_eq!((on_block(&one), on_block(&later)), (1, 0));
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
                assert!(all.buckets.iter().all(|one| !one.text.contains('\u{1b}')));
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
