//! Grants that a resource control policy of the same run takes back: to everybody, and to who is not of the organization.
//!
//! In: a profile of a bucket, the perimeter of an account's profile, and the accounts that the run has profiles for. Whether the
//! policy is attached to the account of the bucket nobody here knows, so that it is a warning.

use std::collections::BTreeSet;

use crate::diag::{Code, Finding, Path};
use crate::expr::is_open;
use crate::path;
use crate::profile::Profile;
use crate::protect::grants::Grant;
use crate::protect::perimeter::Perimeter;
use crate::protect::principal::{Grantee, Outsider};

/// Says of each grant that `by`, where the perimeter stands, shuts its grantee out.
pub fn shut_out(profile: &Profile, perimeter: &Perimeter, members: &BTreeSet<&str>, by: &str) -> Vec<Finding> {
    let own = profile.grants.iter().enumerate().map(|(at, grant)| (path!["grants", at], grant));
    let of_points = profile.access_points.iter().flat_map(|section| section.grants(&[])).map(|(_, path, grant)| (path, grant));
    let owner = profile.bucket.account.as_ref().map(|owner| owner.as_str());
    let known = |account: &str| members.contains(account) || perimeter.except.accounts.iter().any(|partner| partner.as_str() == account);
    let granted = own.chain(of_points).filter(|(_, grant)| !grant.via.is_iam());
    granted.flat_map(|(path, grant)| grantees(&path, grant, owner, perimeter, &known, by)).collect()
}

fn grantees(
    path: &Path,
    grant: &Grant,
    owner: Option<&str>,
    perimeter: &Perimeter,
    known: &impl Fn(&str) -> bool,
    by: &str,
) -> Vec<Finding> {
    // Whoever it is, it has to be of the organization.
    if grant.when.organization.as_ref() == Some(&perimeter.organization) {
        return Vec::new();
    }
    let organization = &perimeter.organization;
    let policy = format!("the resource control policy of {by} denies whoever is not of `{organization}`");
    let partner = |account: &str| {
        (!is_open(account) && !known(account)).then(|| {
            let message = format!("the grant is to the account {account}, and {policy}");
            (message, "add the account to `perimeter.except.accounts`, unless it is of the organization")
        })
    };
    let one = |grantee: &Grantee| match grantee.outsider(owner)? {
        Outsider::Everyone => Some((
            format!("the grant is to everybody, and {policy}"),
            "publish through CloudFront, which calls as a service, or do not attach the policy to the account of the bucket",
        )),
        Outsider::Organization(other) if other != organization && !is_open(other.as_str()) => Some((
            format!("the grant is to the organization {other}, and {policy}"),
            "name the accounts of the other organization, here and in `perimeter.except.accounts`",
        )),
        Outsider::Organization(_) => None,
        Outsider::Account(account) => partner(account.as_str()),
        Outsider::Arn(arn) => partner(arn.account()),
    };
    let place = |at: usize| path.then("to").then(at);
    let found = grant.to.iter().enumerate().filter_map(|(at, grantee)| Some((at, one(grantee)?)));
    found.map(|(at, (message, help))| Finding::new(Code::PerimeterShutsOut, place(at), message).help(help)).collect()
}
