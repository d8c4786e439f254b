//! IAM roles that AWS services take on.

use super::Tags;
use crate::names::BucketName;
use crate::policy::Document;

/// A role with one inline policy.
#[derive(Clone, Debug, PartialEq)]
pub struct Role {
    /// Its name.
    pub name: String,
    /// What it is for.
    pub description: String,
    /// Who may take it on.
    pub trust: Document,
    /// The name of its policy.
    pub policy_name: &'static str,
    /// What it may do.
    pub policy: Document,
    /// Its tags.
    pub tags: Tags,
}

impl Role {
    /// The longest name of a role ("IAM and AWS STS quotas", IAM User Guide).
    const MAX_NAME: usize = 64;

    /// A name for the role that does something for a bucket: unique, since bucket names are.
    pub fn name_for(purpose: &str, bucket: &BucketName) -> String {
        format!("{purpose}-{}", bucket.shortened(Self::MAX_NAME - purpose.len() - 1))
    }
}
