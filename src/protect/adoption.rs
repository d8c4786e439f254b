//! Adoption: a bucket that exists already is taken over as it is named, and put in order.
//!
//! A bucket has one policy, one lifecycle and one notification configuration, so what others put there is replaced,
//! except for the statements of the policy that the profile keeps.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};

use super::{Draft, Meta};
use crate::names::{BucketName, Invalid, Sentence, inert, name};
use crate::path;
use crate::plan::{Step, When};

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

/// What `s3harden import` found, and accounted for.
#[derive(Clone, Debug, Default, Serialize, Deserialize)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
#[serde(deny_unknown_fields)]
pub struct ImportedSection {
    /// What the bucket had and this profile does not say: each is an error until somebody has looked at it and removes the
    /// line, or keeps it, or waives `existing-configuration-replaced`.
    #[serde(default)]
    pub lost: Vec<Sentence>,
    /// What exists already of what the profile makes beside the bucket, by its name in the template, and the id by which it is
    /// imported: companions, keys, access points, trails, topics, rules, roles and policies.
    #[serde(default)]
    #[cfg_attr(test, schemars(extend("propertyNames" = { "format": "made-name" }, "maxProperties" = 100)))]
    pub adopts: BTreeMap<MadeName, AdoptedId>,
}

fn step(bucket: &BucketName) -> Step {
    let stack = "STACK";
    Step {
        title: format!("Adopt {bucket}"),
        why: "the bucket exists: CloudFormation imports it with a change set of its own before the stack can change anything, Terraform with the first apply"
            .to_owned(),
        when: When::Before,
        commands: vec![
            "# what is there now, to compare and to go back to".to_owned(),
            format!("aws s3api get-bucket-policy --bucket {bucket} --query Policy --output text >policy-before.json"),
            format!("aws s3api get-bucket-lifecycle-configuration --bucket {bucket} >lifecycle-before.json"),
            format!("aws s3api get-bucket-notification-configuration --bucket {bucket} >notification-before.json"),
            "# CloudFormation: import, then update the stack with the whole template; a policy that is there must go first, since a".to_owned(),
            "# stack makes policies only where there is none: keep the time between this and the update short".to_owned(),
            format!("aws s3api delete-bucket-policy --bucket {bucket}"),
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
            "# Terraform: the plan must say that it imports the bucket, and destroy nothing".to_owned(),
            "terraform -chdir=terraform plan".to_owned(),
        ],
        verify: vec![format!("aws s3api get-bucket-policy --bucket {bucket} --query Policy --output text")],
        expect: "the statements of the profile, and those that it keeps".to_owned(),
        path: path!["bucket", "existing"],
    }
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
