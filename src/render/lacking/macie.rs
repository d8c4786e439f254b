//! What targets lack of Amazon Macie: jobs, allow lists, where results go, and identifiers in some regions.
//!
//! In: a resource of the plan. Out: the gap, with the commands of Macie's API. Text of a profile stands in JSON within single
//! quotes, or is a name that needs none.

use serde_json::{Map, Value, json};

use crate::diag::{Code, Path};
use crate::path;
use crate::plan::{
    AllowList, Allowed, ClassificationJob, CustomIdentifier, JobBuckets, JobSchedule, Plan, ResultsExport, ScopeTerm, Step, Tags, When,
    shell_word,
};
use crate::render::{Gap, Target};

/// Regions with Macie whose CloudFormation has no `AWS::Macie::CustomDataIdentifier`.
pub(super) const NO_IDENTIFIERS: &[&str] = &["af-south-1", "eu-south-1", "me-south-1"];

/// Regions with Macie whose CloudFormation has no `AWS::Macie::AllowList`.
pub(super) const NO_ALLOW_LISTS: &[&str] = &["ap-northeast-3"];

/// Stands for the account, which the shell fills in; no text of a profile holds a control character.
const ACCOUNT: &str = "\u{7f}";

fn at(key: &'static str) -> Path {
    path!["monitoring", "macie", key]
}

fn put(object: &mut Map<String, Value>, key: &str, value: Option<Value>) {
    object.extend(value.map(|value| (key.to_owned(), value)));
}

fn listed(all: &[String]) -> Option<Value> {
    (!all.is_empty()).then(|| all.into())
}

fn tagged(tags: &Tags) -> Option<Value> {
    let all: Map<String, Value> = tags.iter().map(|(key, value)| (key.to_string(), value.as_str().into())).collect();
    (!all.is_empty()).then(|| all.into())
}

/// The input of a command as one word of the shell.
fn input(object: Map<String, Value>) -> String {
    shell_word(&Value::Object(object).to_string()).into_owned()
}

/// Finds the id of something by its name, which needs no quotes.
fn find(variable: &str, list: &str, name: &str) -> String {
    let items = if list == "list-allow-lists" { "allowLists" } else { "items" };
    format!("{variable}=$(aws macie2 {list} --query \"{items}[?name=='{name}'].id | [0]\" --output text)")
}

fn gap(message: String, place: Path, step: Step) -> Gap {
    Gap { code: Code::DoneByHand, message, path: place, step: Some(step) }
}

pub(super) fn create_identifier(identifier: &CustomIdentifier, plan: &Plan) -> Gap {
    let region = plan.region.as_ref().map(ToString::to_string).unwrap_or_default();
    let name = &identifier.name;
    let mut object = Map::new();
    put(&mut object, "name", Some(name.as_str().into()));
    put(&mut object, "regex", Some(identifier.regex.as_str().into()));
    put(&mut object, "keywords", listed(&identifier.keywords));
    put(&mut object, "ignoreWords", listed(&identifier.ignore));
    put(&mut object, "maximumMatchDistance", identifier.distance.map(Value::from));
    put(&mut object, "tags", tagged(&identifier.tags));
    let query = format!("items[?name=='{name}'].name");
    gap(
        format!("CloudFormation has no resource in `{region}` for the identifier `{name}`"),
        at("custom_identifiers"),
        Step {
            title: format!("Make the identifier {name} (CloudFormation)"),
            why: format!("AWS::Macie::CustomDataIdentifier does not exist in {region}"),
            when: When::After,
            commands: vec![format!("aws macie2 create-custom-data-identifier --cli-input-json {}", input(object))],
            verify: vec![format!("aws macie2 list-custom-data-identifiers --query \"{query}\" --output text")],
            expect: name.clone(),
            path: at("custom_identifiers"),
        },
    )
}

pub(super) fn create_list(list: &AllowList, plan: &Plan, target: Target) -> Gap {
    let name = &list.name;
    let criteria = match &list.text {
        Allowed::Regex(regex) => json!({ "regex": regex }),
        Allowed::Words { bucket, key } => json!({ "s3WordsList": { "bucketName": bucket, "objectKey": key } }),
    };
    let mut object = Map::new();
    put(&mut object, "name", Some(name.as_str().into()));
    put(&mut object, "criteria", Some(criteria));
    put(&mut object, "tags", tagged(&list.tags));
    let region = plan.region.as_ref().map(ToString::to_string).unwrap_or_default();
    let (message, why, word) = match target {
        Target::CloudFormation(_) | Target::StackSet => (
            format!("CloudFormation has no resource in `{region}` for the allow list `{name}`"),
            format!("AWS::Macie::AllowList does not exist in {region}"),
            "CloudFormation",
        ),
        Target::Terraform(_) => (
            format!("Terraform's AWS provider has no resource for the allow list `{name}`"),
            "no generation of the provider knows allow lists of Macie".to_owned(),
            "Terraform",
        ),
    };
    gap(
        message,
        at("allow_lists"),
        Step {
            title: format!("Make the allow list {name} ({word})"),
            why,
            when: When::After,
            commands: vec![format!("aws macie2 create-allow-list --cli-input-json {}", input(object))],
            verify: vec![
                find("LIST", "list-allow-lists", name),
                "aws macie2 get-allow-list --id \"$LIST\" --query status.code --output text".to_owned(),
            ],
            expect: "OK".to_owned(),
            path: at("allow_lists"),
        },
    )
}

fn terms(all: &[ScopeTerm]) -> Option<Value> {
    let one = |term: &ScopeTerm| match term {
        ScopeTerm::Property { key, comparator, values } => {
            json!({ "simpleScopeTerm": { "key": key, "comparator": comparator, "values": values } })
        }
        ScopeTerm::Tag { key, value } => {
            let pair = json!([{ "key": key, "value": value }]);
            json!({ "tagScopeTerm": { "key": "TAG", "comparator": "EQ", "target": "S3_OBJECT", "tagValues": pair } })
        }
    };
    (!all.is_empty()).then(|| json!({ "and": all.iter().map(one).collect::<Vec<_>>() }))
}

/// The buckets and objects of a job.
fn definition(job: &ClassificationJob) -> Value {
    let account = job.account.as_text().unwrap_or(ACCOUNT);
    let mut definition = Map::new();
    match &job.buckets {
        JobBuckets::One { name, .. } => {
            put(&mut definition, "bucketDefinitions", Some(json!([{ "accountId": account, "buckets": [name] }])));
        }
        JobBuckets::AllBut(others) => {
            let criterion =
                |key: &str, values: Value| json!({ "and": [{ "simpleCriterion": { "comparator": "EQ", "key": key, "values": values } }] });
            let mut criteria = Map::new();
            put(&mut criteria, "includes", Some(criterion("ACCOUNT_ID", json!([account]))));
            let names: Vec<&str> = others.iter().map(|(_, name)| name.as_str()).collect();
            put(&mut criteria, "excludes", (!names.is_empty()).then(|| criterion("S3_BUCKET_NAME", json!(names))));
            put(&mut definition, "bucketCriteria", Some(criteria.into()));
        }
    }
    let mut scoping = Map::new();
    put(&mut scoping, "includes", terms(&job.include));
    put(&mut scoping, "excludes", terms(&job.exclude));
    put(&mut definition, "scoping", (!scoping.is_empty()).then(|| scoping.into()));
    definition.into()
}

pub(super) fn create_job(job: &ClassificationJob, target: Target) -> Gap {
    let name = &job.name;
    let schedule = match job.schedule {
        JobSchedule::Once => None,
        JobSchedule::Daily => Some(json!({ "dailySchedule": {} })),
        JobSchedule::Weekly => Some(json!({ "weeklySchedule": { "dayOfWeek": JobSchedule::WEEKDAY } })),
        JobSchedule::Monthly => Some(json!({ "monthlySchedule": { "dayOfMonth": JobSchedule::MONTHDAY } })),
    };
    let mut object = Map::new();
    put(&mut object, "name", Some(name.as_str().into()));
    put(&mut object, "jobType", Some(job.schedule.kind().into()));
    put(&mut object, "initialRun", schedule.is_some().then_some(Value::Bool(true)));
    put(&mut object, "scheduleFrequency", schedule);
    put(&mut object, "samplingPercentage", Some(job.sampling.into()));
    put(&mut object, "s3JobDefinition", Some(definition(job)));
    put(&mut object, "tags", tagged(&job.tags));
    let mut commands = Vec::new();
    if job.account.as_text().is_none() {
        commands.push("ACCOUNT=$(aws sts get-caller-identity --query Account --output text)".to_owned());
    }
    // The variable stands outside of the single quotes, or the shell would not fill it in.
    let object = input(object).replace(ACCOUNT, "'\"$ACCOUNT\"'");
    let mut create = format!("aws macie2 create-classification-job --cli-input-json {object}");
    let identifiers: Vec<&str> = job.identifiers.iter().map(|(_, name)| name.as_str()).collect();
    let lists: Vec<&str> = job.allow_lists.iter().map(String::as_str).collect();
    for (variable, list, option, names) in [
        ("IDENTIFIER", "list-custom-data-identifiers", "--custom-data-identifier-ids", identifiers),
        ("LIST", "list-allow-lists", "--allow-list-ids", lists),
    ] {
        for (number, name) in names.iter().enumerate() {
            commands.push(find(&format!("{variable}_{}", number + 1), list, name));
        }
        if !names.is_empty() {
            let all: Vec<String> = (1..=names.len()).map(|number| format!("\"${variable}_{number}\"")).collect();
            create.push_str(&format!(" {option} {}", all.join(" ")));
        }
    }
    commands.push(create);
    let (message, why, word) = match target {
        Target::CloudFormation(_) | Target::StackSet => {
            ("CloudFormation has no resource for jobs of Macie", "no type of CloudFormation makes jobs of Macie", "CloudFormation")
        }
        Target::Terraform(_) => (
            "Terraform's AWS provider has no job of Macie that knows allow lists",
            "no generation of the provider knows allow lists of Macie, and a job cannot be changed once it is made",
            "Terraform",
        ),
    };
    let filter = json!({ "includes": [{ "key": "name", "comparator": "EQ", "values": [name] }] });
    gap(
        message.to_owned(),
        at("job"),
        Step {
            title: format!("Make the job {name} ({word})"),
            why: why.to_owned(),
            when: When::After,
            commands,
            verify: vec![format!(
                "aws macie2 list-classification-jobs --filter-criteria '{filter}' --query 'items[].[jobStatus,lastRunErrorStatus.code]' --output text"
            )],
            expect: "RUNNING, IDLE or COMPLETE, and NONE".to_owned(),
            path: at("job"),
        },
    )
}

pub(super) fn put_export(export: &ResultsExport) -> Gap {
    let (bucket, key) = (&export.bucket_name, shell_word(&export.key_name));
    gap(
        "CloudFormation has no resource for where Macie keeps what it found".to_owned(),
        at("export_to"),
        Step {
            title: format!("Let Macie keep what it finds in {bucket} (CloudFormation)"),
            why: "no type of CloudFormation sets it; without it what Macie found is gone after 90 days".to_owned(),
            when: When::After,
            commands: vec![
                format!("KEY=$(aws kms describe-key --key-id {key} --query KeyMetadata.Arn --output text)"),
                format!(
                    "aws macie2 put-classification-export-configuration --configuration \"s3Destination={{bucketName={bucket},kmsKeyArn=$KEY}}\""
                ),
            ],
            verify: vec![
                "aws macie2 get-classification-export-configuration --query configuration.s3Destination.bucketName --output text"
                    .to_owned(),
            ],
            expect: bucket.clone(),
            path: at("export_to"),
        },
    )
}
