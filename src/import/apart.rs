//! What else stands in the input: resources that are no part of a bucket.
//!
//! In: a template or state, and what of it somebody has. Out: an item for each type of resource beside that, so that nobody takes
//! it for imported. Never: a guess at which of them are about the bucket.

use std::collections::{BTreeMap, BTreeSet};

use super::draft::{Draft, Fate, is_of_account};
use super::subject::Scene;
use crate::foreign::live;

/// Types that are read with the bucket.
const READ: &[&str] = &[
    "AWS::S3::AccessPoint",
    "AWS::S3::Bucket",
    "AWS::S3::BucketPolicy",
    "aws_s3_bucket",
    "aws_s3_bucket_policy",
    "aws_s3control_access_point_policy",
    live::BUCKET,
    live::POINT,
];

/// Beginnings of types, and the section of a profile that makes the like.
const SECTIONS: &[(&[&str], &str)] = &[
    (&["AWS::Config::", "AWS::SSM::Document", "aws_config_", "aws_ssm_document"], "monitoring.config"),
    (&["AWS::AccessAnalyzer::", "aws_accessanalyzer_"], "monitoring.access_analyzer"),
    (&["AWS::GuardDuty::", "aws_guardduty_"], "monitoring.guardduty"),
    (&["AWS::CloudTrail::", "aws_cloudtrail"], "logging.cloudtrail"),
    (
        &["AWS::SNS::", "AWS::Events::", "AWS::CloudWatch::", "aws_sns_", "aws_cloudwatch_event_", "aws_cloudwatch_metric_"],
        "monitoring.alerts",
    ),
    (
        &["AWS::IAM::ManagedPolicy", "AWS::IAM::Policy", "aws_iam_policy", "aws_iam_group_policy", "aws_iam_user_policy"],
        "grants with `via: iam`",
    ),
    (&["AWS::Macie::", "aws_macie2_"], "monitoring.macie"),
    (&["aws_s3_account_public_access_block"], "a profile of the kind `account`"),
    (
        &["AWS::Organizations::Policy", "aws_organizations_policy", "aws_vpc_endpoint_policy"],
        "`perimeter` of a profile of the kind `account`",
    ),
];

/// Lists what is there beside that; `taken` are the resources that others have.
pub(super) fn read(scene: &Scene<'_>, taken: &BTreeSet<String>, draft: &mut Draft) {
    let of_account = is_of_account(draft.value());
    let claimed = draft.claimed.clone();
    let mut kinds: BTreeMap<&str, Vec<&str>> = BTreeMap::new();
    for resource in &scene.template.resources {
        let own = claimed.contains(&resource.id) || taken.contains(&resource.id);
        let of_a_bucket = resource.kind.starts_with("aws_s3_bucket_") || resource.kind == "aws_s3_access_point";
        if !own && of_a_bucket && !of_account && scene.on(resource).peek("Bucket").is_none_or(|bucket| bucket.is_unknown()) {
            draft.lost(
                format!("`{}`", resource.id),
                &resource.id,
                "which bucket it belongs to is known only after the deployment",
                "apply first and import the state, or what the script collects",
            );
        } else if !own && draft.key.as_ref() == Some(&resource.id) {
            // Who uses and administers it is read; what else it says is replaced.
            draft.lost(
                format!("what else the key `{}` says", resource.id),
                &resource.id,
                "the profile makes a key of its own settings and policy: those who have grants use it, `encryption.key_admins` administer it",
                "compare its policy with the rendered one before it is taken over, or name it by its ARN in `encryption.key`",
            );
        } else if !own && !READ.contains(&resource.kind.as_str()) {
            kinds.entry(&resource.kind).or_default().push(&resource.id);
        }
    }
    let about = if of_account { "about every bucket of the account" } else { "about the bucket" };
    // The role of the replication goes with it.
    if draft.get("bucket/replication").is_some() {
        ["AWS::IAM::Role", "aws_iam_role", "aws_iam_role_policy"].iter().for_each(|kind| drop(kinds.remove(kind)));
    }
    for (kind, ids) in kinds {
        let section = SECTIONS.iter().find(|(begins, _)| begins.iter().any(|begin| kind.starts_with(begin))).map(|(_, section)| *section);
        let what = match ids.as_slice() {
            [one] => format!("`{one}`, of the type `{kind}`"),
            all => format!("{} resources of the type `{kind}`", all.len()),
        };
        let remedy = match section {
            Some(section) => format!("if it is {about}, ask for it with {}", spelled(section)),
            None => "leave it where it is".to_owned(),
        };
        let near = ids.iter().find_map(|id| draft.near.get(*id).map(|names| format!("; otherwise in `{id}`: {names}"))).unwrap_or_default();
        let why = match section {
            Some(_) => format!("no section of a profile makes it as it is{near}"),
            None if of_account => format!("it is nothing that a profile of an account makes{near}"),
            None => format!("it is no part of a bucket that a profile knows{near}"),
        };
        draft.item(Fate::Apart, what, ids.join(", "), why, remedy);
    }
}

fn spelled(section: &str) -> String {
    if section.contains(' ') { section.to_owned() } else { format!("`{section}`") }
}
