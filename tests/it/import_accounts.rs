//! What exists once in an account, as a profile: what was rendered comes back, what is otherwise is listed, and beside buckets each
//! thing has one profile.

use std::fmt::Write as _;

use serde_json::{Value, json};

use s3harden::foreign::{Format, Template};
use s3harden::import::{self, Asked, Fate, ImportedAccount, Imports, Input, Item};
use s3harden::pipeline;
use s3harden::plan::{DetachedPolicy, Kind, Plan};
use s3harden::profile::AccountProfile;
use s3harden::render::{self, Notation, Provider, Target};
use s3harden::source::Source;

use super::readback;
use super::support::{read, root, source};

/// The profiles of accounts, and whether the names of what they make say whose they are.
const PROFILES: [&str; 3] = ["examples/account.yaml", "examples/perimeter.yaml", "tests/profiles/account_every_key.yaml"];

pub(crate) fn profile(path: &str) -> (AccountProfile, Plan) {
    pipeline::account_plan(&source(read(root().join(path)))).unwrap()
}

/// The template of a plan.
pub(crate) fn rendered(plan: &Plan) -> Value {
    let files = render::render(plan, Target::CloudFormation(Notation::Json)).unwrap();
    serde_json::from_str(&readback::template(&files).text).unwrap()
}

/// The module of a plan once it is applied.
pub(crate) fn applied(profile: &AccountProfile, plan: &Plan) -> Value {
    readback::state_in(plan, Provider::V5, (profile.account.as_str(), profile.region.as_str()))
}

pub(crate) fn imports(text: &Value, asked: &Asked) -> Result<Imports, String> {
    imports_of(&[("input".to_owned(), text.to_string())], asked)
}

/// The profiles of several files.
pub(crate) fn imports_of(files: &[(String, String)], asked: &Asked) -> Result<Imports, String> {
    let template = |(_, text): &(String, String)| match s3harden::foreign::detect(text) {
        Some(Format::Terraform) => Template::from_terraform(text),
        format => Template::read(&Source::from_bytes("template", text.clone()).unwrap(), format.unwrap()),
    };
    let templates = files.iter().map(template).collect::<Result<Vec<_>, _>>()?;
    let inputs: Vec<Input<'_>> = files.iter().zip(&templates).map(|((file, _), template)| Input { file, template }).collect();
    import::import(&inputs, asked)
}

/// The policies of a perimeter that a plan has beside its template.
pub(crate) fn policies(plan: &Plan) -> Vec<(String, String)> {
    let files = render::detached(plan).unwrap().into_iter();
    files.map(|file| (file.path.trim_start_matches("perimeter/").to_owned(), file.text)).collect()
}

fn imported(text: &Value, asked: &Asked) -> ImportedAccount {
    imported_of(&[("input".to_owned(), text.to_string())], asked)
}

pub(crate) fn imported_of(files: &[(String, String)], asked: &Asked) -> ImportedAccount {
    let mut all = imports_of(files, asked).unwrap();
    assert_eq!((all.buckets.len(), all.accounts.len()), (0, 1), "{:?}", all.buckets.iter().map(|one| &one.text).collect::<Vec<_>>());
    all.accounts.remove(0)
}

pub(crate) fn asked(profile: &AccountProfile) -> Asked {
    Asked { account: Some(profile.account.clone()), region: Some(profile.region.clone()), ..Asked::default() }
}

pub(crate) fn listed(items: &[Item]) -> String {
    let mut text = String::new();
    for Item { fate, what, at, why, remedy } in items {
        writeln!(text, "{}: {what}\n    at {at}\n    {why}\n    {remedy}", fate.name()).unwrap();
    }
    text
}

/// What is made otherwise than before.
fn different(before: &Plan, after: &Plan) -> Vec<String> {
    let mut lines = Vec::new();
    for resource in &before.resources {
        match after.resource(&resource.id) {
            None => lines.push(format!("not made: {} ({})", resource.id, resource.kind.family())),
            // Policies of buckets are held against each other by what they decide.
            Some(_) if matches!(resource.kind, Kind::BucketPolicy { .. }) => {}
            Some(other) if other.kind != resource.kind => lines.push(format!("{}: {:?} → {:?}", resource.id, resource.kind, other.kind)),
            Some(_) => {}
        }
    }
    let beside = after.resources.iter().filter(|resource| before.resource(&resource.id).is_none());
    lines.extend(beside.map(|resource| format!("made beside: {} ({})", resource.id, resource.kind.family())));
    let same = |one: &DetachedPolicy| after.detached.iter().any(|other| other.content == one.content);
    lines.extend(before.detached.iter().filter(|one| !same(one)).map(|one| format!("not written: {}", one.content.path())));
    lines
}

#[test]
fn every_account_comes_back_from_both_targets() {
    let came_back = "account_came_back";
    for path in PROFILES {
        let (profile, plan) = profile(path);
        let name = path.rsplit('/').next().unwrap().trim_end_matches(".yaml");
        for (target, text) in [("cloudformation", rendered(&plan)), ("terraform", applied(&profile, &plan))] {
            let mut files = vec![("input".to_owned(), text.to_string())];
            files.extend(policies(&plan));
            let one = imported_of(&files, &asked(&profile));
            let different = different(&plan, &one.plan);
            insta::assert_snapshot!(
                format!("{came_back}@{name}_{target}"),
                format!("{}\n----- not expressed\n{}\n----- otherwise than it was\n{}", one.text, listed(&one.items), different.join("\n"))
            );
            // What the target does not hold cannot come back; everything else does, and is said to be there.
            let held = |line: &&String| match target {
                "cloudformation" => ["MacieJob", "MacieExport", "AccountPublicAccessBlock"].iter().all(|word| !line.contains(word)),
                // The provider knows no allow lists, and so no job that has one.
                _ => !(line.contains("AllowList") || line.contains("MacieJob") && name == "account_every_key"),
            };
            assert_eq!(different.iter().filter(held).collect::<Vec<_>>(), [] as [&String; 0], "{path} from {target}: {}", one.text);
            assert!(one.is_whole(), "{path}: {}", listed(&one.items));
            let said = ["Block Public Access of the account", "jobs of Macie", "policies of the organization and of VPC endpoints"];
            let more: Vec<&Item> = one.items.iter().filter(|item| !said.contains(&item.what.as_str())).collect();
            assert!(more.is_empty(), "{path} from {target}: {more:#?}");
            // Buckets are known by their names; what has an id is known where a state says it.
            assert!(one.plan.adopts.iter().any(|(id, _)| id.as_str() == "Archive"), "{}", one.text);
        }
    }
}

#[test]
fn names_say_whose_an_account_is_and_nothing_is_guessed() {
    let (own, plan) = profile("examples/account.yaml");
    let one = imported(&rendered(&plan), &Asked::default());
    assert_eq!((&one.profile.account, &one.profile.region, &one.profile.name), (&own.account, &own.region, &own.name));
    // A detector is somebody's, and nothing here says whose.
    let template = json!({ "Resources": { "D": { "Type": "AWS::GuardDuty::Detector", "Properties": { "Enable": true } } } });
    let why = imports(&template, &Asked::default()).unwrap_err();
    assert!(why.contains("`--account` and `--region`"), "{why}");
    let none = json!({ "Resources": { "Q": { "Type": "AWS::SQS::Queue" } } });
    assert_eq!(
        imports(&none, &asked(&own)).unwrap_err(),
        "no bucket is in the input, and nothing of an account that a profile makes as it is"
    );
    // A bucket that is called like an account's says nothing of where it is.
    let named =
        json!({ "Resources": { "B": { "Type": "AWS::S3::Bucket", "Properties": { "BucketName": "logs-777788889999-eu-west-1-trail" } } } });
    let all = imports(&named, &Asked::default()).unwrap();
    assert!(all.accounts.is_empty() && !all.buckets[0].text.contains("account:"), "{}", all.buckets[0].text);
    // A bucket with an archive's name alone is a bucket.
    let bucket =
        json!({ "Resources": { "B": { "Type": "AWS::S3::Bucket", "Properties": { "BucketName": "acme-777788889999-log-archive" } } } });
    let all = imports(&bucket, &asked(&own)).unwrap();
    assert_eq!((all.buckets.len(), all.accounts.len()), (1, 0));
}

#[test]
fn what_is_otherwise_is_listed_and_never_changed_in_silence() {
    let (profile, plan) = profile("examples/account.yaml");
    let template = rendered(&plan);
    for (id, property, value, gone) in [
        ("Detector", "Enable", json!(false), "guardduty"),
        ("Trail", "IsLogging", json!(false), "cloudtrail"),
        ("AlertTopic", "TopicName", json!("another"), "alerts"),
        ("UnusedAccessAnalyzer", "AnalyzerName", json!("another"), "access_analyzer"),
        ("ConfigRecorder", "Name", json!("another"), "config"),
        ("IdentifierEmployeeId", "Regex", json!("F-[0-9]{6}"), "another pattern"),
    ] {
        let mut changed = template.clone();
        changed["Resources"][id]["Properties"][property] = value;
        // The bucket of a trail that no profile makes has a profile of its own.
        let one = imports(&changed, &asked(&profile)).unwrap().accounts.remove(0);
        let section = format!("  {gone}:\n");
        let left = one.items.iter().any(|item| item.fate == Fate::Apart && item.at.contains(id));
        let said = gone == "another pattern" && one.text.contains("F-[0-9]{6}");
        assert!(said || !one.text.contains(&section) && left, "{id}: {}\n{}", one.text, listed(&one.items));
    }
    // A bucket of the account is held against what the profile makes of it.
    let mut suspended = template.clone();
    suspended["Resources"]["TrailBucket"]["Properties"]["VersioningConfiguration"]["Status"] = "Suspended".into();
    let one = imported(&suspended, &asked(&profile));
    assert!(
        one.items.iter().any(|item| item.fate == Fate::Lost && item.what.contains("`versioning` of the companion")),
        "{}",
        listed(&one.items)
    );
    assert!(!one.is_whole() && one.text.contains("imported:\n  lost:\n  - "), "{}", one.text);
    let checked = pipeline::check(&source(one.text.clone()), &super::render::options(super::support::BOTH));
    assert!(checked.findings.iter().any(|finding| finding.code.name() == "existing-configuration-replaced"), "{}", one.text);
    // An archive that says more than a profile's is a bucket by itself.
    let mut opened = template;
    let more = json!({ "Sid": "More", "Effect": "Allow", "Principal": { "AWS": "444455556666" }, "Action": "s3:GetObject", "Resource": "arn:aws:s3:::acme-777788889999-log-archive/*" });
    opened["Resources"]["ArchivePolicy"]["Properties"]["PolicyDocument"]["Statement"].as_array_mut().unwrap().push(more);
    let all = imports(&opened, &asked(&profile)).unwrap();
    let own = all.buckets.iter().find(|one| one.profile.bucket.name.as_str() == "acme-777788889999-log-archive").unwrap();
    assert!(own.text.contains("444455556666") && !all.accounts[0].text.contains("archive:"), "{}", all.accounts[0].text);
}

#[test]
fn beside_buckets_everything_has_one_profile() {
    let (account, plan) = profile("examples/account.yaml");
    let (bucket, of_bucket) =
        pipeline::plan(&source(read(root().join("examples/audited.yaml")).replace("111122223333", account.account.as_str()))).unwrap();
    let mut both = rendered(&plan);
    let (first, second) = (rendered(&plan), rendered(&of_bucket));
    for (id, resource) in second["Resources"].as_object().unwrap() {
        // Ids of the bucket's template, as they would stand in one with others.
        let text = resource.to_string();
        let ids = second["Resources"].as_object().unwrap().keys();
        let renamed = ids.fold(text, |text, id| {
            text.replace(&format!("\"Ref\":\"{id}\""), &format!("\"Ref\":\"Own{id}\""))
                .replace(&format!("[\"{id}\","), &format!("[\"Own{id}\","))
                .replace(&format!("${{{id}}}"), &format!("${{Own{id}}}"))
                .replace(&format!("${{{id}."), &format!("${{Own{id}."))
        });
        both["Resources"][format!("Own{id}")] = serde_json::from_str(&renamed).unwrap();
    }
    let all = imports(&both, &asked(&account)).unwrap();
    assert_eq!((all.buckets.len(), all.accounts.len()), (1, 1), "{:?}", all.buckets.iter().map(|one| &one.text).collect::<Vec<_>>());
    let (one, of_account) = (&all.buckets[0], &all.accounts[0]);
    assert_eq!(one.profile.bucket.name, bucket.bucket.name);
    assert!(different(&plan, &of_account.plan).iter().all(|line| line.contains("MacieJob")), "{:?}", different(&plan, &of_account.plan));
    assert!(one.text.contains("cloudtrail:") && one.text.contains("alerts:"), "{}", one.text);
    // Nothing of the one is listed as left alone by the other.
    for items in [&one.items, &of_account.items] {
        let strange = |item: &&Item| {
            first["Resources"].as_object().unwrap().keys().any(|id| item.at.split(", ").any(|at| at.trim_start_matches("Own") == id))
        };
        assert_eq!(items.iter().find(strange), None, "{}", listed(items));
    }
    // Asked for by name, a bucket is a bucket.
    let alone = imports(&both, &Asked { bucket: Some(bucket.bucket.name.to_string()), ..asked(&account) }).unwrap();
    assert_eq!((alone.buckets.len(), alone.accounts.len()), (1, 0));
}

#[test]
fn what_an_account_takes_over_is_imported_by_both_targets() {
    let (profile, plan) = profile("examples/account.yaml");
    let one = imported(&applied(&profile, &plan), &asked(&profile));
    for resource in plan.resources.iter().filter(|resource| resource.kind.identity().is_some()) {
        // The id of an alias's key is known where the key is; a policy stands in for what it is a part of.
        let known = one.plan.adopts.iter().any(|(id, _)| *id == resource.id);
        assert!(known || matches!(resource.kind, Kind::Alias(_)), "{}: {}", resource.id, one.text);
    }
    let terraform = render::render(&one.plan, Target::Terraform(Provider::V5)).unwrap();
    let blocks = &terraform.iter().find(|file| file.path == "terraform/imports.tf").unwrap().text;
    assert!(blocks.contains("to = aws_s3_account_public_access_block.account_public_access_block\n  id = \"777788889999\""), "{blocks}");
    assert!(blocks.contains("to = aws_macie2_classification_export_configuration.macie_export"), "{blocks}");
    let template = render::render(&one.plan, Target::CloudFormation(Notation::Json)).unwrap();
    let resources = &template.iter().find(|file| file.path == "cloudformation/import-resources.json").unwrap().text;
    let resources: Value = serde_json::from_str(resources).unwrap();
    let trail = resources.as_array().unwrap().iter().find(|one| one["LogicalResourceId"] == "Trail").unwrap();
    assert_eq!(trail["ResourceIdentifier"], json!({ "TrailName": "account-baseline-777788889999-eu-west-1" }));
    let step = one.plan.steps.iter().find(|step| step.title == "Adopt what exists").unwrap();
    assert!(step.commands.iter().any(|line| line.starts_with("aws s3api delete-bucket-policy --bucket acme-777788889999-log-archive")));
}
