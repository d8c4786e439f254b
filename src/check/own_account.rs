//! Grants that no policy of the bucket or of an access point can make: within the bucket's account, naming the account or matching an ARN only
//! delegates to identity policies, which are enough without it.

use super::Subject;
use crate::diag::{Code, Finding};
use crate::protect::grants::Match;
use crate::protect::principal::Grantee;

pub(super) fn check(subject: &Subject<'_>, findings: &mut Vec<Finding>) {
    let own = subject.profile.bucket.account.as_ref().map(|account| account.as_str());
    for (path, grant) in subject.grants().filter(|(_, grant)| !grant.via.is_iam()) {
        for (number, grantee) in grant.to.iter().enumerate() {
            let by_arn = grant.known_by == Match::Arn;
            let foreign = grantee.identity().and_then(|identity| identity.account().map(|id| Some(id) != own));
            let why = match grantee {
                Grantee::PermissionSet(_) => "the ARN of its role ends at random",
                Grantee::Account(id) if Some(id.as_str()) == own => "it is the bucket's own account",
                Grantee::Role(_) | Grantee::User(_) | Grantee::Arn(_) if by_arn && foreign != Some(true) => "it is matched by ARN",
                _ => continue,
            };
            let message = format!("no policy of the bucket or its access points lets {} in: {why}, so that only an identity policy can", grantee.describe());
            let finding = Finding::new(Code::GrantWithoutEffect, path.then("to").then(number), message);
            findings.push(finding.help("grant at the bucket with `via: iam`, or name a role or user that exists, without `match`"));
        }
    }
}
