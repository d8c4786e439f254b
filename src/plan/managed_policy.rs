//! Managed policies of IAM, and who holds them.

use crate::names::BucketName;
use crate::policy::Document;

/// A managed policy with whom it is attached to. Everybody is named without a path: IAM attaches by name.
#[derive(Clone, Debug, PartialEq)]
pub struct ManagedPolicy {
    /// Its name. Nothing but a new name makes a new policy, since the description follows it.
    pub name: String,
    /// What it is for.
    pub description: String,
    /// What it allows.
    pub document: Document,
    /// The users that hold it.
    pub users: Vec<String>,
    /// The groups whose members hold it.
    pub groups: Vec<String>,
    /// The roles that hold it.
    pub roles: Vec<String>,
    /// The permission sets of IAM Identity Center that refer to it once the runbook was followed; no template can say so.
    pub permission_sets: Vec<String>,
}

impl ManagedPolicy {
    /// The path of every policy that is made here; permission sets refer to a policy by path and name.
    pub const PATH: &'static str = "/";

    /// The name of the policy for a grant on a bucket, or of its part of that number, from 1. Bucket names hold no underscore
    /// and are unique, so that two profiles of an account never claim the same; 128 characters are allowed ("IAM and AWS
    /// STS quotas", IAM User Guide), of which this takes 115 at most.
    pub fn name_for(bucket: &BucketName, grant: &str, part: usize) -> String {
        if part <= 1 { format!("{bucket}_{grant}") } else { format!("{bucket}_{grant}_{part}") }
    }

    /// Whether nobody needs a template to hold it.
    pub const fn is_unattached(&self) -> bool {
        self.users.is_empty() && self.groups.is_empty() && self.roles.is_empty()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_longest_name_is_one_that_iam_takes() {
        let bucket: BucketName = "b".repeat(63).parse().unwrap();
        let name = ManagedPolicy::name_for(&bucket, &"g".repeat(48), 99);
        assert!(name.len() <= 128, "{}", name.len());
        assert_eq!(ManagedPolicy::name_for(&bucket, "g", 1), format!("{bucket}_g"));
    }
}
