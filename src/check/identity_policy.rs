//! Grants that are half of a permission: the other half is an identity policy.

use super::Subject;
use crate::diag::{Code, Finding};
use crate::path;
use crate::protect::grants::Match;
use crate::protect::principal::Grantee;

pub(super) fn check(subject: &Subject<'_>, findings: &mut Vec<Finding>) {
    let own = subject.profile.bucket.account.as_ref();
    for (at, grant) in subject.profile.grants.iter().enumerate().filter(|(_, grant)| !grant.via.is_iam()) {
        for (number, grantee) in grant.to.iter().enumerate() {
            let whose = match grantee {
                Grantee::PermissionSet(_) => "the permission set",
                Grantee::Account(id) if Some(id) == own => "each user and role of the account",
                Grantee::Role(_) | Grantee::User(_) | Grantee::Arn(_) if grant.known_by == Match::Arn => "the principal",
                _ => continue,
            };
            let message = format!("{} is let in only as far as an identity policy allows it too", grantee.describe());
            let finding = Finding::new(Code::NeedsIdentityPolicy, path!["grants", at, "to", number], message);
            findings.push(finding.help(format!("attach a policy with the same actions to {whose}, or grant with `via: iam`")));
        }
    }
}
