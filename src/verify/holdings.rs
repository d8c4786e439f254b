//! The managed policies of a plan, and which of them a caller holds.
//!
//! In: a plan and a caller with its groups. Out: the policies that are attached to the caller, compiled once. Never: a
//! policy that the plan does not make.

use std::sync::Arc;

use super::{Caller, CallerKind, Environment, Kind, Policy};
use crate::claim::GroupName;
use crate::plan::{ManagedPolicy, Plan};

/// A managed policy, ready to decide.
#[derive(Debug)]
pub(super) struct Held<'p> {
    pub(super) policy: &'p ManagedPolicy,
    pub(super) compiled: Arc<Policy>,
}

/// Every managed policy of a plan.
pub(super) fn all<'p>(plan: &'p Plan, environment: &Environment) -> Vec<Held<'p>> {
    let held =
        |policy: &'p ManagedPolicy| Held { policy, compiled: Arc::new(Policy::compile(&policy.document, Kind::Identity, environment)) };
    plan.managed_policies().map(|(_, policy)| held(policy)).collect()
}

impl Held<'_> {
    /// Whether a caller of the bucket's own account holds it. IAM attaches by name, so that paths say nothing.
    pub(super) fn is_held_by(&self, caller: &Caller, groups: &[GroupName]) -> bool {
        let listed = |names: &[String], name: &str| names.iter().any(|one| one == name);
        match caller.kind() {
            CallerKind::User => {
                let member = |group: &GroupName| listed(&self.policy.groups, group.as_str().rsplit('/').next().unwrap_or_default());
                listed(&self.policy.users, caller.name()) || groups.iter().any(member)
            }
            CallerKind::Role => {
                listed(&self.policy.roles, caller.name()) || self.policy.permission_sets.iter().any(|set| is_of_set(caller.name(), set))
            }
            _ => false,
        }
    }
}

/// Whether the role is one that IAM Identity Center makes for the permission set: the name ends in a suffix without underscores.
fn is_of_set(role: &str, set: &str) -> bool {
    let rest = role.strip_prefix("AWSReservedSSO_").and_then(|rest| rest.strip_prefix(set)).and_then(|rest| rest.strip_prefix('_'));
    rest.is_some_and(|suffix| !suffix.is_empty() && !suffix.contains('_'))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_role_of_a_permission_set_is_not_one_of_a_longer_name() {
        assert!(is_of_set("AWSReservedSSO_Admin_0123456789abcdef", "Admin"));
        assert!(is_of_set("AWSReservedSSO_Admin_X_0123456789abcdef", "Admin_X"));
        for (role, set) in
            [("AWSReservedSSO_Admin_X_0123456789abcdef", "Admin"), ("Admin_0123", "Admin"), ("AWSReservedSSO_Admin_", "Admin")]
        {
            assert!(!is_of_set(role, set), "{role} {set}");
        }
    }
}
