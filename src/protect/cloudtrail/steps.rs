//! Steps of the runbook for what exists and belongs to others: a trail, a bucket that receives, a key.

use serde_json::{Value, json};

use super::super::{Draft, key_use};
use super::{CLOUDTRAIL, Events, Scope, TrailKey};
use crate::expr::{Expr, Part, Pseudo};
use crate::names::BucketName;
use crate::path;
use crate::plan::{Field, FieldMatch, Selector, Step, When};

/// What the selector of management events is called.
pub(super) const MANAGEMENT: &str = "Management events";

/// Adds the bucket to what an existing trail records. A call puts all selectors of a trail, so those that are there are kept.
pub(super) fn select(trail: &str, scope: &Scope, events: Events, draft: &Draft) -> Step {
    let bucket = &draft.bucket.name;
    let selectors = scope.selectors(events);
    let names: Vec<String> = selectors.iter().map(|selector| format!("Name!=`\"{}\"`", selector.name)).collect();
    let own: Vec<Value> = selectors.iter().map(|selector| as_json(selector, draft)).collect();
    let management = json!([{ "Field": "eventCategory", "Equals": ["Management"] }]);
    // JMESPath leaves out what is null: a trail has selectors of one kind only.
    let others = format!("AdvancedEventSelectors[?{}]", names.join(" && "));
    let basic = format!("EventSelectors[?IncludeManagementEvents].{{Name:`\"{MANAGEMENT}\"`,FieldSelectors:`{management}`}}");
    let own = Value::from(own);
    Step {
        title: format!("Let the trail {trail} record the objects of {bucket}"),
        why: "the trail is not part of this profile; without the selector nothing that happens to the objects is recorded".to_owned(),
        when: When::After,
        commands: vec![
            "# a trail with basic selectors keeps its management events; basic selectors for data events have to be written anew"
                .to_owned(),
            format!(
                "aws cloudtrail get-event-selectors --trail-name {trail} --query '[{others},{basic},`{own}`][]' --output json >selectors.json"
            ),
            format!("aws cloudtrail put-event-selectors --trail-name {trail} --advanced-event-selectors file://selectors.json"),
        ],
        verify: vec![format!(
            "aws cloudtrail get-event-selectors --trail-name {trail} --query 'AdvancedEventSelectors[?Name==`\"Objects of {bucket}\"`][].FieldSelectors[].StartsWith[]' --output text"
        )],
        expect: format!("arn:{}:s3:::{bucket}/", draft.partition()),
        path: path!["logging", "cloudtrail", "trail"],
    }
}

/// A selector as the command line takes it.
fn as_json(selector: &Selector, draft: &Draft) -> Value {
    let text = |expr: &Expr| {
        let known = expr.resolve(|part| match part {
            Part::Pseudo(Pseudo::Partition) => draft.partition().into(),
            Part::Pseudo(Pseudo::Region) => "REGION".into(),
            _ => "ACCOUNT".into(),
        });
        known.into_owned()
    };
    let field = |field: &Field| match &field.is {
        FieldMatch::Equals(word) => json!({ "Field": field.name, "Equals": [word] }),
        FieldMatch::StartsWith(all) => json!({ "Field": field.name, "StartsWith": all.iter().map(text).collect::<Vec<_>>() }),
        FieldMatch::NotStartsWith(all) => json!({ "Field": field.name, "NotStartsWith": all.iter().map(text).collect::<Vec<_>>() }),
    };
    json!({ "Name": selector.name, "FieldSelectors": selector.fields.iter().map(field).collect::<Vec<Value>>() })
}

/// Lets a created trail deliver to a bucket that exists.
pub(super) fn let_deliver(target: &BucketName, trail: &str, draft: &Draft) -> Step {
    let (partition, account, arn) = (draft.partition(), account(draft), trail_arn(trail, draft));
    let statements = json!([
        {
            "Sid": "AllowTrailToReadAcl",
            "Effect": "Allow",
            "Principal": { "Service": [CLOUDTRAIL] },
            "Action": ["s3:GetBucketAcl"],
            "Resource": [format!("arn:{partition}:s3:::{target}")],
            "Condition": { "StringEquals": { "aws:SourceArn": arn } },
        },
        {
            "Sid": "AllowTrailDelivery",
            "Effect": "Allow",
            "Principal": { "Service": [CLOUDTRAIL] },
            "Action": ["s3:PutObject"],
            "Resource": [format!("arn:{partition}:s3:::{target}/AWSLogs/{account}/*")],
            "Condition": { "StringEquals": { "aws:SourceArn": arn, "s3:x-amz-acl": "bucket-owner-full-control" } },
        },
    ]);
    Step {
        title: format!("Let CloudTrail deliver to {target}"),
        why: format!("the policy of {target} belongs to another profile; without these statements CloudTrail refuses to make the trail"),
        when: When::Before,
        commands: vec![
            format!("aws s3api get-bucket-policy --bucket {target} --query Policy --output text >policy.json"),
            "# add these statements, then:".to_owned(),
            format!("# {statements}"),
            format!("aws s3api put-bucket-policy --bucket {target} --policy file://policy.json"),
        ],
        verify: vec![
            "# after the deployment".to_owned(),
            format!("aws cloudtrail get-trail-status --name {trail} --query '[IsLogging,LatestDeliveryError]' --output text"),
        ],
        expect: "True and None".to_owned(),
        path: path!["logging", "cloudtrail", "to"],
    }
}

/// Lets a created trail, and its log group, encrypt under a key that exists.
pub(super) fn let_encrypt(key: &TrailKey, trail: &str, group: Option<&str>, draft: &Draft) -> Step {
    let (account, arn) = (account(draft), trail_arn(trail, draft));
    let partition = draft.partition();
    let trails = format!("arn:{partition}:cloudtrail:*:{account}:trail/*");
    let mut statements = vec![
        json!({
            "Sid": "AllowTrailToEncrypt",
            "Effect": "Allow",
            "Principal": { "Service": [CLOUDTRAIL] },
            "Action": ["kms:GenerateDataKey*"],
            "Resource": ["*"],
            "Condition": { "StringEquals": { "aws:SourceArn": arn }, "StringLike": { "kms:EncryptionContext:aws:cloudtrail:arn": trails } },
        }),
        json!({
            "Sid": "AllowTrailToDescribeKey",
            "Effect": "Allow",
            "Principal": { "Service": [CLOUDTRAIL] },
            "Action": ["kms:DescribeKey"],
            "Resource": ["*"],
            "Condition": { "StringEquals": { "aws:SourceArn": arn } },
        }),
    ];
    if let Some(group) = group {
        let region = region(draft);
        statements.push(json!({
            "Sid": "AllowLogGroupToEncrypt",
            "Effect": "Allow",
            "Principal": { "Service": [format!("logs.{region}.{}", draft.dns_suffix())] },
            "Action": ["kms:Decrypt", "kms:Describe*", "kms:Encrypt", "kms:GenerateDataKey*", "kms:ReEncrypt*"],
            "Resource": ["*"],
            "Condition": { "StringEquals": { "kms:EncryptionContext:aws:logs:arn": format!("arn:{partition}:logs:{region}:{account}:log-group:{group}") } },
        }));
    }
    Step {
        title: format!("Let the trail {trail} use its KMS key"),
        why: "the key is not part of this profile, so its policy cannot be rendered; without these statements CloudTrail refuses to make the trail".to_owned(),
        when: When::Before,
        commands: key_use::change_policy(key.as_str(), &["add these statements, then:", &Value::from(statements).to_string()]),
        verify: vec![format!("aws kms describe-key --key-id {key} --query 'KeyMetadata.[KeyState,KeyUsage,KeySpec]' --output text")],
        expect: "Enabled ENCRYPT_DECRYPT SYMMETRIC_DEFAULT".to_owned(),
        path: path!["logging", "cloudtrail", "kms"],
    }
}

fn account(draft: &Draft) -> &str {
    draft.account.as_text().unwrap_or("ACCOUNT")
}

fn region(draft: &Draft) -> &str {
    draft.region.as_text().unwrap_or("REGION")
}

fn trail_arn(trail: &str, draft: &Draft) -> String {
    format!("arn:{}:cloudtrail:{}:{}:trail/{trail}", draft.partition(), region(draft), account(draft))
}
