//! Adoption: a bucket that exists already is taken over as it is named, and put in order.
//!
//! A bucket has one policy, one lifecycle and one notification configuration, so what others put there is replaced,
//! except for the statements of the policy that the profile keeps.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};

use super::{Draft, Meta};
use crate::expr::LogicalId;
use crate::names::{BucketName, Invalid, Sentence, inert, name};
use crate::path;
use crate::plan::{Plan, Step, When};

/// What is known about this protection.
pub const META: Meta = Meta {
    id: "adoption",
    title: "adoption of a bucket that exists",
    risk: "what others put on the bucket is lost unseen",
    statements: &[],
};

name! {
    /// The Sid of a statement that somebody else owns; `*` stands for any letters and digits.
    SidPattern, format "sid-pattern", example "Vendor*"
}

impl SidPattern {
    fn check(text: &str) -> Result<(), Invalid> {
        if !text.is_empty() && text.len() <= 128 && text.bytes().all(|b| b.is_ascii_alphanumeric() || b == b'*') && text != "*" {
            Ok(())
        } else {
            Err(Invalid::new(format!("`{text}` is not a pattern of Sids"), "use letters, digits and `*`, and not `*` alone"))
        }
    }

    /// The pattern as a regular expression for the whole Sid.
    pub fn regex(&self) -> String {
        format!("^{}$", self.as_str().replace('*', "[0-9A-Za-z]*"))
    }
}

/// The bucket policy where others have a part in it.
#[derive(Clone, Debug, Default, Serialize, Deserialize)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
#[serde(deny_unknown_fields)]
pub struct PolicySection {
    /// Sids of statements that others own: they are kept as they are on the bucket. Needs `existing`, and Terraform.
    #[serde(default)]
    pub keep: Vec<SidPattern>,
}

name! {
    /// What the profile makes, by its name in the template: `LogBucket`, `Key`, `PointLake`.
    MadeName, format "made-name", example "LogBucket"
}

impl MadeName {
    fn check(text: &str) -> Result<(), Invalid> {
        if text.starts_with(|c: char| c.is_ascii_uppercase()) && text.len() <= 255 && text.bytes().all(|b| b.is_ascii_alphanumeric()) {
            Ok(())
        } else {
            Err(Invalid::new(
                format!("`{text}` is not the name of something that is made"),
                "use the name that the template gives it, such as `LogBucket`",
            ))
        }
    }
}

name! {
    /// What tells something that exists from others of its kind, as its import asks for it: the name of a bucket, the id of a key, the
    /// ARN of a trail.
    AdoptedId, format "adopted-id", example "acme-invoices-logs"
}

impl AdoptedId {
    fn check(text: &str) -> Result<(), Invalid> {
        inert(text)?;
        if !text.is_empty() && text.len() <= 512 && text.bytes().all(|b| b.is_ascii_alphanumeric() || b"-_./:".contains(&b)) {
            Ok(())
        } else {
            Err(Invalid::new(
                format!("`{text}` is not the id of something that exists"),
                "write its name, id or ARN, as the guide has it for each kind",
            ))
        }
    }
}

/// What `s3harden import` found of a bucket or an account, and accounted for.
#[derive(Clone, Debug, Default, Serialize, Deserialize)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
#[serde(deny_unknown_fields)]
pub struct ImportedSection {
    /// What was there and this profile does not say: each is an error until somebody has looked at it and removes the
    /// line, or keeps it, or waives `existing-configuration-replaced`.
    #[serde(default)]
    pub lost: Vec<Sentence>,
    /// What exists already of what the profile makes beside the bucket or in the account, by its name in the template, and the id by
    /// which it is imported: companions, keys, access points, trails, topics, rules, roles and policies.
    #[serde(default)]
    #[cfg_attr(test, schemars(extend("propertyNames" = { "format": "made-name" }, "maxProperties" = 100)))]
    pub adopts: BTreeMap<MadeName, AdoptedId>,
}

impl ImportedSection {
    /// What exists, as a plan has it: its name there, and its id.
    pub fn adopted(&self) -> Vec<(LogicalId, String)> {
        self.adopts.iter().map(|(name, id)| (LogicalId::named(name.as_str()), id.to_string())).collect()
    }
}

/// The commands by which a stack takes over what exists: an import, and then the whole template.
fn commands(buckets: &[&str]) -> Vec<String> {
    let stack = "STACK";
    let mut all = vec![
        "# CloudFormation: import, then update the stack with the whole template; a policy that is there must go first, since a".to_owned(),
        "# stack makes policies only where there is none: keep the time between this and the update short".to_owned(),
    ];
    all.extend(buckets.iter().map(|bucket| format!("aws s3api delete-bucket-policy --bucket {bucket}")));
    all.extend([
        format!(
            "aws cloudformation create-change-set --stack-name {stack} --change-set-name adopt --change-set-type IMPORT --resources-to-import \
             file://cloudformation/import-resources.json --template-body file://cloudformation/import-template.json"
        ),
        format!("aws cloudformation wait change-set-create-complete --stack-name {stack} --change-set-name adopt"),
        format!("aws cloudformation execute-change-set --stack-name {stack} --change-set-name adopt"),
        format!("aws cloudformation wait stack-import-complete --stack-name {stack}"),
        format!(
            "aws cloudformation deploy --stack-name {stack} --template-file cloudformation/template.yaml --capabilities CAPABILITY_NAMED_IAM"
        ),
    ]);
    all
}

fn step(bucket: &BucketName) -> Step {
    let mut all = vec![
        "# what is there now, to compare and to go back to".to_owned(),
        format!("aws s3api get-bucket-policy --bucket {bucket} --query Policy --output text >policy-before.json"),
        format!("aws s3api get-bucket-lifecycle-configuration --bucket {bucket} >lifecycle-before.json"),
        format!("aws s3api get-bucket-notification-configuration --bucket {bucket} >notification-before.json"),
    ];
    all.extend(commands(&[bucket.as_str()]));
    all.push("# Terraform: the plan must say that it imports the bucket, and destroy nothing".to_owned());
    all.push("terraform -chdir=terraform plan".to_owned());
    Step {
        title: format!("Adopt {bucket}"),
        why: "the bucket exists: CloudFormation imports it with a change set of its own before the stack can change anything, Terraform with the first apply"
            .to_owned(),
        when: When::Before,
        commands: all,
        verify: vec![format!("aws s3api get-bucket-policy --bucket {bucket} --query Policy --output text")],
        expect: "the statements of the profile, and those that it keeps".to_owned(),
        path: path!["bucket", "existing"],
    }
}

/// How what exists of an account's profile is taken over, where some does.
pub fn of_account(plan: &Plan) -> Option<Step> {
    if plan.adopts.is_empty() {
        return None;
    }
    let there = |id: &LogicalId| plan.adopts.iter().any(|(own, _)| own == id);
    let buckets: Vec<&str> = plan.buckets().filter(|(resource, _)| there(&resource.id)).map(|(_, bucket)| bucket.name.as_str()).collect();
    let before =
        |bucket: &&str| format!("aws s3api get-bucket-policy --bucket {bucket} --query Policy --output text >{bucket}-policy-before.json");
    let mut all: Vec<String> = buckets.iter().map(before).collect();
    if !all.is_empty() {
        all.insert(0, "# what is there now, to compare and to go back to".to_owned());
    }
    all.extend(commands(&buckets));
    all.push("# Terraform: the plan must say that it imports what exists, and destroy nothing".to_owned());
    all.push("terraform -chdir=terraform plan".to_owned());
    Some(Step {
        title: "Adopt what exists".to_owned(),
        why: "an account has these once: CloudFormation imports them with a change set of its own before the stack can change anything, Terraform with the \
              first apply"
            .to_owned(),
        when: When::Before,
        commands: all,
        verify: vec!["terraform -chdir=terraform plan -detailed-exitcode".to_owned()],
        expect: "no changes once it is applied".to_owned(),
        path: path!["imported", "adopts"],
    })
}

/// Marks the bucket as one that exists.
pub fn lower(existing: bool, policy: Option<&PolicySection>, draft: &mut Draft) {
    draft.bucket.existing = existing;
    draft.keep = policy.map(|policy| policy.keep.clone()).unwrap_or_default();
    if existing {
        draft.steps.push(step(&draft.bucket.name));
        draft.claim_setting(&META, path!["bucket", "existing"], "existing", "adopted");
    }
}
