//! Grants to whom their mechanism cannot reach: IAM policies are for identities of the account, and groups are for IAM
//! policies only.

use std::collections::BTreeMap;

use super::Subject;
use super::variables::texts;
use crate::diag::{Code, Finding, Path};
use crate::path;
use crate::protect::grants::{Grant, Match, Via};
use crate::protect::principal::Grantee;

/// What IAM attaches at most unless the quota was raised ("IAM and AWS STS quotas", IAM User Guide).
const QUOTAS: &[(&str, usize)] = &[("user", 10), ("group", 10), ("role", 20)];

pub(super) fn check(subject: &Subject<'_>, findings: &mut Vec<Finding>) {
    let own = subject.profile.bucket.account.as_ref().map(|account| account.as_str());
    for rule in subject.rules().filter(|rule| rule.via.is_none_or(|via| !via.is_iam())) {
        let groups = rule.to.iter().enumerate().filter(|(_, grantee)| matches!(grantee, Grantee::Group(_)));
        findings.extend(groups.map(|(number, group)| {
            let message = format!("no policy of a bucket can name the {}", group.describe());
            let help = if rule.via.is_some() { "grant with `via: iam`, or name users and roles" } else { "name users and roles" };
            Finding::new(Code::GroupInBucketPolicy, rule.path.then("to").then(number), message).help(help)
        }));
    }
    for rule in subject.rules().filter(|rule| rule.via.is_some_and(Via::is_iam)) {
        findings.extend(texts(&rule).filter_map(|(place, text)| strange(place, text)));
    }
    let mut held = BTreeMap::new();
    for (at, grant) in subject.profile.grants.iter().enumerate().filter(|(_, grant)| grant.via.is_iam()) {
        by_iam(grant, &path!["grants", at], own, findings);
        let names = grant.to.iter().enumerate().filter_map(|(number, grantee)| Some((grantee.attached()?, number)));
        for (holder, number) in names {
            held.entry(holder).or_insert_with(Vec::new).push(path!["grants", at, "to", number]);
        }
    }
    for ((kind, name), places) in held {
        let quota = QUOTAS.iter().find(|(of, _)| *of == kind).map_or(usize::MAX, |(_, quota)| *quota);
        if let Some(place) = places.get(quota) {
            let message = format!("the {kind} {name} would hold {} managed policies, {quota} are attached by default", places.len());
            findings.push(Finding::new(Code::TooManyPolicies, place.clone(), message).help("join grants, or have the quota raised"));
        }
    }
}

/// What IAM takes in no policy: the pattern of `PolicyDocument` ("CreatePolicy", IAM API Reference).
fn strange(place: Path, text: &str) -> Option<Finding> {
    let strange = text.chars().find(|c| *c > '\u{ff}')?;
    let message = format!("IAM takes no `{strange}` in a policy, nor any character beyond U+00FF");
    Some(Finding::new(Code::GrantNotByIam, place, message).help("use `via: bucket-policy`"))
}

fn by_iam(grant: &Grant, path: &Path, own: Option<&str>, findings: &mut Vec<Finding>) {
    for (number, grantee) in grant.to.iter().enumerate() {
        let help = match (grantee, grantee.identity().and_then(|identity| identity.account().map(str::to_owned))) {
            (Grantee::Arn(_), account) if account.as_deref() == own => continue,
            (Grantee::Arn(_), _) if own.is_none() => "say `bucket.account`, or name the role or user without its ARN",
            (Grantee::Role(_) | Grantee::User(_) | Grantee::Group(_) | Grantee::PermissionSet(_), _) => continue,
            _ => "use `via: bucket-policy`",
        };
        let message = format!("no IAM policy of the bucket's account can be attached to {}", grantee.describe());
        findings.push(Finding::new(Code::GrantNotByIam, path.then("to").then(number), message).help(help));
    }
    if grant.known_by == Match::Arn {
        let message = "`match: arn` has no effect on a grant by IAM, which names no principal in a policy";
        findings.push(Finding::new(Code::SettingIgnored, path.then("match"), message).help("leave `match` out"));
    }
}
