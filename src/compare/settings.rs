//! Settings that decide about no request by themselves, and what it means that one changes.
//!
//! In: the settings of two versions, in AWS's words. Out: [`Change`]s, each stronger, weaker or just different. Never: a
//! direction where it depends on what the bucket is for.

use crate::claim::Guarantee;
use crate::expr::{Expr, LogicalId};
use crate::foreign;
use crate::plan::{Bucket, Period, Plan};
use crate::verify::{Ownership, PublicAccessBlock};

/// Whether a change protects more or less.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Direction {
    /// More.
    Stronger,
    /// Less.
    Weaker,
    /// It is different; which is better nobody can tell from here.
    Changed,
}

impl Direction {
    /// The word for it.
    pub const fn name(self) -> &'static str {
        match self {
            Self::Stronger => "stronger",
            Self::Weaker => "weaker",
            Self::Changed => "changed",
        }
    }
}

/// A setting that is not what it was.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Change {
    /// What it is.
    pub name: &'static str,
    /// Its value before; `none` where it was not given.
    pub old: String,
    /// Its value now.
    pub new: String,
    /// What that means.
    pub direction: Direction,
}

const NONE: &str = "none";

/// From the weakest to the strongest value of a setting.
const ORDERS: &[(&str, &[&str])] = &[
    ("BlockPublicAcls", &["off", "on"]),
    ("IgnorePublicAcls", &["off", "on"]),
    ("BlockPublicPolicy", &["off", "on"]),
    ("RestrictPublicBuckets", &["off", "on"]),
    ("object ownership", &["ObjectWriter", "BucketOwnerPreferred", "BucketOwnerEnforced"]),
    ("encryption", &["AES256", "aws:kms", "aws:kms:dsse"]),
    ("keys of the caller (SSE-C)", &["allowed", "blocked"]),
    ("versioning", &["Disabled", "Suspended", "Enabled"]),
    ("on delete", &["delete", "retain"]),
    ("MFA delete", &[NONE, "a step of the runbook"]),
];

/// Settings that are better given than not, whatever they are.
const BETTER_GIVEN: &[&str] = &["access logs", "object lock", "trail", "alerts", "replication"];

/// What is different.
pub(super) fn changes(old: &[(&'static str, String)], new: &[(&'static str, String)]) -> Vec<Change> {
    let value = |all: &[(&'static str, String)], name: &str| all.iter().find(|(own, _)| *own == name).map(|(_, value)| value.clone());
    let mut names: Vec<&'static str> = Vec::new();
    for (name, _) in old.iter().chain(new) {
        if !names.contains(name) {
            names.push(name);
        }
    }
    let change = |name: &'static str| {
        let (was, is) = (value(old, name), value(new, name));
        (was != is).then(|| {
            let text = |value: Option<String>| value.unwrap_or_else(|| NONE.to_owned());
            let (old, new) = (text(was), text(is));
            let direction = direction(name, &old, &new);
            Change { name, old, new, direction }
        })
    };
    names.into_iter().filter_map(change).collect()
}

fn direction(name: &str, old: &str, new: &str) -> Direction {
    let toward = |up: bool| if up { Direction::Stronger } else { Direction::Weaker };
    if let Some((_, order)) = ORDERS.iter().find(|(own, _)| *own == name) {
        let place = |value: &str| order.iter().position(|word| *word == value);
        return match (place(old), place(new)) {
            (Some(old), Some(new)) => toward(new > old),
            _ => Direction::Changed,
        };
    }
    match (old == NONE, new == NONE) {
        (true, false) if BETTER_GIVEN.contains(&name) => Direction::Stronger,
        (false, true) if BETTER_GIVEN.contains(&name) => Direction::Weaker,
        _ => Direction::Changed,
    }
}

/// The switches of Block Public Access.
fn switches(block: PublicAccessBlock) -> [(&'static str, String); 4] {
    let word = |on: bool| if on { "on" } else { "off" }.to_owned();
    [
        ("BlockPublicAcls", word(block.block_public_acls)),
        ("IgnorePublicAcls", word(block.ignore_public_acls)),
        ("BlockPublicPolicy", word(block.block_public_policy)),
        ("RestrictPublicBuckets", word(block.restrict_public_buckets)),
    ]
}

/// The settings of a bucket of a plan.
pub fn of_plan(plan: &Plan, id: &LogicalId, bucket: &Bucket, text: &dyn Fn(&Expr) -> String) -> Vec<(&'static str, String)> {
    let mut all: Vec<(&'static str, String)> = switches(bucket.public_access_block.into()).into();
    all.push(("object ownership", bucket.ownership.aws().to_owned()));
    all.push(("encryption", bucket.encryption.algorithm.aws().to_owned()));
    let key = |key: &Expr| key.as_text().map_or_else(|| "a key of its own".to_owned(), str::to_owned);
    all.extend(bucket.encryption.key.as_ref().map(|own| ("encryption key", key(own))));
    all.extend(bucket.encryption.bucket_key.map(|on| ("bucket key", if on { "on" } else { "off" }.to_owned())));
    all.push(("keys of the caller (SSE-C)", if bucket.encryption.sse_c_blocked { "blocked" } else { "allowed" }.to_owned()));
    all.push(("versioning", bucket.versioning.aws().to_owned()));
    all.extend(bucket.object_lock.map(|lock| {
        let period = match lock.period {
            Period::Days(days) => format!("{days} days"),
            Period::Years(years) => format!("{years} years"),
        };
        ("object lock", format!("{} for {period}", lock.mode.aws()))
    }));
    all.extend(bucket.logging.as_ref().map(|logging| ("access logs", format!("{}/{}", text(&logging.target), logging.prefix))));
    all.extend(bucket.replication.as_ref().map(|replication| ("replication", text(&replication.to))));
    all.extend((!bucket.lifecycle.is_empty()).then(|| ("lifecycle", lifecycle(bucket))));
    all.extend((!bucket.cors.is_empty()).then(|| {
        let origins: Vec<&str> = bucket.cors.iter().flat_map(|rule| &rule.origins).map(String::as_str).collect();
        ("CORS", origins.join(", "))
    }));
    all.extend(bucket.eventbridge.then(|| ("events", "to EventBridge".to_owned())));
    // What else the profile promises of the bucket, in its own words.
    let told = ["encryption", "ownership", "versioning", "object lock", "lifecycle rules", "access logs"];
    let promised = plan.claims.iter().filter(|claim| claim.bucket == *id).filter_map(|claim| match &claim.guarantee {
        Guarantee::Setting { name, value } if !told.contains(name) => Some((*name, value.clone())),
        _ => None,
    });
    all.extend(promised);
    all
}

/// The settings of an account that no bucket has: what its profile promises, in its own words.
pub(super) fn of_account(plan: &Plan) -> Vec<(&'static str, String)> {
    let of_bucket = |id: &LogicalId| plan.buckets().any(|(resource, _)| resource.id == *id);
    let promised = plan.claims.iter().filter(|claim| !of_bucket(&claim.bucket)).filter_map(|claim| match &claim.guarantee {
        Guarantee::Setting { name, value } => Some((*name, value.clone())),
        _ => None,
    });
    let mut all: Vec<(&'static str, String)> = Vec::new();
    for one in promised {
        if !all.contains(&one) {
            all.push(one);
        }
    }
    all
}

fn lifecycle(bucket: &Bucket) -> String {
    use crate::plan::LifecycleRule::{AbortIncompleteUploads, ExpireObjects, ExpireOldVersions, Transition};
    let rule = |rule: &crate::plan::LifecycleRule| match rule {
        AbortIncompleteUploads(days) => format!("uploads that are not completed end after {days} days"),
        ExpireOldVersions(days) => format!("old versions expire after {days} days"),
        ExpireObjects(days) => format!("objects expire after {days} days"),
        Transition(steps) => {
            let steps: Vec<String> = steps.iter().map(|step| format!("{} after {} days", step.to.aws(), step.after_days)).collect();
            format!("objects move to {}", steps.join(", "))
        }
    };
    bucket.lifecycle.iter().map(rule).collect::<Vec<_>>().join("; ")
}

/// The settings of a bucket of a template, as far as it gives them.
pub(super) fn of_template(bucket: &foreign::Bucket) -> Vec<(&'static str, String)> {
    let mut all: Vec<(&'static str, String)> = bucket.block.map(switches).map(Vec::from).unwrap_or_default();
    all.extend(bucket.ownership.map(|ownership| {
        let word = match ownership {
            Ownership::Enforced => "BucketOwnerEnforced",
            Ownership::Preferred => "BucketOwnerPreferred",
            Ownership::Writer => "ObjectWriter",
        };
        ("object ownership", word.to_owned())
    }));
    all.extend(bucket.settings.iter().cloned());
    all
}
