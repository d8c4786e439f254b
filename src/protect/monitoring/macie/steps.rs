//! Steps of the runbook: what no template can switch on, and what belongs to others.

use serde_json::{Value, json};

use super::{Ignored, Macie, Scope, WordList, at, export};
use crate::path;
use crate::plan::{Step, When, shell_word};
use crate::protect::{Draft, key_use};

/// That Macie is on in the account; `named` says that a key of the profile names its role.
pub(super) fn is_on(named: bool, draft: &Draft) -> Step {
    let why = "Macie is switched on once in an account and region, outside of this profile";
    Step {
        title: format!("See that Macie is on for {}", draft.bucket.name),
        why: if named { format!("{why}; KMS takes no policy that names its role before that") } else { why.to_owned() },
        when: if named { When::Before } else { When::After },
        commands: vec!["aws macie2 get-macie-session --query '[status,findingPublishingFrequency]' --output text".to_owned()],
        verify: vec!["aws macie2 get-macie-session --query status --output text".to_owned()],
        expect: "ENABLED".to_owned(),
        path: at("session"),
    }
}

/// Lets Macie decrypt with a key that exists.
pub(super) fn let_decrypt(key: &str, draft: &Draft) -> Step {
    let role = draft.shown(&draft.linked_role(super::SERVICE, super::LINKED));
    let statement = json!({
        "Sid": "AllowMacieToDecrypt",
        "Effect": "Allow",
        "Principal": { "AWS": role },
        "Action": "kms:Decrypt",
        "Resource": "*",
    });
    Step {
        title: format!("Let Macie decrypt the objects of {}", draft.bucket.name),
        why: "the key is not part of this profile; without the statement Macie sees names and sizes of objects, and no contents".to_owned(),
        when: When::After,
        commands: change_key_policy(key, &statement),
        verify: key_policy_has(key, "AllowMacieToDecrypt"),
        expect: "True".to_owned(),
        path: path!["encryption", "key"],
    }
}

fn change_key_policy(key: &str, statement: &Value) -> Vec<String> {
    key_use::change_policy(key, &["add this statement, then:", &statement.to_string()])
}

fn key_policy_has(key: &str, sid: &str) -> Vec<String> {
    let query = format!("contains(Policy, '{sid}')");
    vec![key_use::find(key), format!("aws kms get-key-policy --key-id \"$KEY\" --policy-name default --query \"{query}\" --output text")]
}

/// The conditions under which Macie delivers and encrypts.
fn conditions(draft: &Draft) -> Value {
    let sources: Vec<String> = export::sources(draft).iter().map(|source| draft.shown(source)).collect();
    json!({ "StringEquals": { "aws:SourceAccount": draft.shown(&draft.account) }, "ArnLike": { "aws:SourceArn": sources } })
}

/// Lets Macie write to a bucket that exists.
pub(super) fn let_deliver(bucket: &str, draft: &Draft) -> Step {
    let (partition, principal) = (draft.partition(), export::principal(draft));
    let statement = |sid: &str, action: &str, resource: String| {
        json!({
            "Sid": sid,
            "Effect": "Allow",
            "Principal": { "Service": principal },
            "Action": action,
            "Resource": resource,
            "Condition": conditions(draft),
        })
    };
    let statements = Value::from(vec![
        statement("AllowMacieToLook", "s3:GetBucketLocation", format!("arn:{partition}:s3:::{bucket}")),
        statement("AllowMacieToDeliver", "s3:PutObject", format!("arn:{partition}:s3:::{bucket}/*")),
    ]);
    Step {
        title: format!("Let Macie deliver to {bucket}"),
        why: format!("the policy of {bucket} belongs to somebody else; without these statements Macie refuses to be told of the bucket"),
        when: When::Before,
        commands: vec![
            format!("aws s3api get-bucket-policy --bucket {bucket} --query Policy --output text >policy.json"),
            "# add these statements, then:".to_owned(),
            format!("# {statements}"),
            format!("aws s3api put-bucket-policy --bucket {bucket} --policy file://policy.json"),
        ],
        verify: vec![format!(
            "aws s3api get-bucket-policy --bucket {bucket} --query \"contains(Policy, 'AllowMacieToDeliver')\" --output text"
        )],
        expect: "True".to_owned(),
        path: at("export_to"),
    }
}

/// Lets Macie encrypt with a key that exists.
pub(super) fn let_encrypt(key: &str, draft: &Draft) -> Step {
    let statement = json!({
        "Sid": "AllowMacieToEncrypt",
        "Effect": "Allow",
        "Principal": { "Service": export::principal(draft) },
        "Action": ["kms:Encrypt", "kms:GenerateDataKey"],
        "Resource": "*",
        "Condition": conditions(draft),
    });
    Step {
        title: "Let Macie encrypt what it finds".to_owned(),
        why: "the key is not part of this profile; without the statement Macie refuses to be told of it".to_owned(),
        when: When::Before,
        commands: change_key_policy(key, &statement),
        verify: key_policy_has(key, "AllowMacieToEncrypt"),
        expect: "True".to_owned(),
        path: at("export_key"),
    }
}

/// That the words of an allow list are there: Macie makes no list of an object that it cannot read.
pub(super) fn words_are_there(list: &Ignored, words: &WordList, number: usize) -> Step {
    let name = &list.name;
    Step {
        title: format!("Put the words of the allow list {name} in place"),
        why: "Macie reads them from S3 each time that it looks: one entry a line, no more than 35 MB".to_owned(),
        when: When::Before,
        commands: vec![format!("aws s3api head-object --bucket {} --key {}", words.bucket, shell_word(words.key.as_str()))],
        verify: vec![
            "# after the list is made".to_owned(),
            format!("LIST=$(aws macie2 list-allow-lists --query \"allowLists[?name=='{name}'].id | [0]\" --output text)"),
            "aws macie2 get-allow-list --id \"$LIST\" --query status.code --output text".to_owned(),
        ],
        expect: "OK".to_owned(),
        path: at("allow_lists").then(number),
    }
}

/// Switches automated discovery on: neither CloudFormation nor the provider has a resource for it.
pub(super) fn discover(macie: &Macie, scope: &Scope) -> Step {
    let mut commands = vec!["aws macie2 update-automated-discovery-configuration --status ENABLED".to_owned()];
    if let Scope::Account(receivers) = scope
        && !receivers.is_empty()
    {
        let names: Vec<&str> = receivers.iter().map(|(_, name)| name.as_str()).collect();
        let excludes = json!({ "excludes": { "operation": "ADD", "bucketNames": names } });
        commands.extend([
            "# what is delivered here holds no data of yours".to_owned(),
            "SCOPE=$(aws macie2 list-classification-scopes --query 'classificationScopes[0].id' --output text)".to_owned(),
            format!("aws macie2 update-classification-scope --id \"$SCOPE\" --s3 '{excludes}'"),
        ]);
    }
    if !macie.custom_identifiers.is_empty() || !macie.allow_lists.is_empty() {
        let identifiers = macie.custom_identifiers.iter().map(|one| one.name.as_str()).collect::<Vec<_>>();
        let lists = macie.allow_lists.iter().map(|one| one.name.as_str()).collect::<Vec<_>>();
        // The ids are letters, digits and hyphens, and the query puts them into a list of JSON.
        let found = |what: &str, list: &str, names: &[&str]| {
            let any: Vec<String> = names.iter().map(|name| format!("name=='{name}'")).collect();
            let any = if any.is_empty() { "name==''".to_owned() } else { any.join(" || ") };
            format!("{what}=$(aws macie2 {list}[?{any}].id\" --output json)")
        };
        commands.extend([
            "TEMPLATE=$(aws macie2 list-sensitivity-inspection-templates --query 'sensitivityInspectionTemplates[0].id' --output text)"
                .to_owned(),
            found("IDENTIFIERS", "list-custom-data-identifiers --query \"items", &identifiers),
            found("LISTS", "list-allow-lists --query \"allowLists", &lists),
            "# once the identifiers and lists above and below are there; this replaces what the template includes".to_owned(),
            "aws macie2 update-sensitivity-inspection-template --id \"$TEMPLATE\" \
             --includes '{\"customDataIdentifierIds\":'\"$IDENTIFIERS\"',\"allowListIds\":'\"$LISTS\"'}'"
                .to_owned(),
        ]);
    }
    Step {
        title: "Let Macie look into samples of every bucket by itself".to_owned(),
        why: "no template can switch automated discovery on; it is a setting of the account's Macie".to_owned(),
        when: When::After,
        commands,
        verify: vec!["aws macie2 get-automated-discovery-configuration --query status --output text".to_owned()],
        expect: "ENABLED".to_owned(),
        path: at("automated_discovery"),
    }
}
