//! Principals in the profile's words, and the forms in which policies name or match them.
//!
//! In: `{role: Analyst}` and the like. Out: ARNs for `Principal` elements and patterns for `aws:PrincipalArn`. Short
//! names live in the bucket's own account.

use serde::{Deserialize, Serialize};

use crate::expr::{Expr, REFERENCE};
use crate::names::{AccountId, Invalid, name};

name! {
    /// The name of a role, with its path where it has one: `Analyst`, `team/Analyst`.
    RoleName, open, format "iam-name", example "Analyst"
}

impl RoleName {
    fn check(text: &str) -> Result<(), Invalid> {
        iam_name(text)
    }
}

name! {
    /// The name of a user, with its path where it has one.
    UserName, open, format "iam-name", example "report-uploader"
}

impl UserName {
    fn check(text: &str) -> Result<(), Invalid> {
        iam_name(text)
    }
}

name! {
    /// The name of a permission set of IAM Identity Center.
    PermissionSetName, format "permission-set-name", example "DataAnalyst"
}

impl PermissionSetName {
    fn check(text: &str) -> Result<(), Invalid> {
        let good = |b: u8| b.is_ascii_alphanumeric() || b"+=,.@-_".contains(&b);
        if (1..=32).contains(&text.len()) && text.bytes().all(good) {
            Ok(())
        } else {
            Err(Invalid::new(format!("`{text}` is not the name of a permission set"), "use 1 to 32 letters, digits and `+=,.@-_`"))
        }
    }
}

name! {
    /// The ARN of a role or user, without wildcards.
    PrincipalArn, open, format "principal-arn", example "arn:aws:iam::444455556666:role/Uploader"
}

impl PrincipalArn {
    fn check(text: &str) -> Result<(), Invalid> {
        let parts: Vec<&str> = text.splitn(6, ':').collect();
        let good = match parts.as_slice() {
            ["arn", partition, "iam", "", account, resource] => {
                let named = resource.strip_prefix("role/").or_else(|| resource.strip_prefix("user/"));
                partition.starts_with("aws") && account.parse::<AccountId>().is_ok() && named.is_some_and(|n| iam_name(n).is_ok())
            }
            _ => false,
        };
        if good {
            return Ok(());
        }
        Err(Invalid::new(
            format!("`{text}` is not the ARN of a role or user"),
            "write it as `arn:aws:iam::444455556666:role/Uploader`, without wildcards",
        ))
    }
}

impl PrincipalArn {
    /// The account that it names; the whole text where only the deployment knows the ARN, which is no account at all.
    pub fn account(&self) -> &str {
        self.as_str().split(':').nth(4).unwrap_or(self.as_str())
    }
}

/// IAM's characters for names and paths ("IAM and AWS STS quotas", IAM User Guide).
fn iam_name(text: &str) -> Result<(), Invalid> {
    let good = |part: &str| !part.is_empty() && part.bytes().all(|b| b.is_ascii_alphanumeric() || b"+=,.@-_".contains(&b));
    let last = text.rsplit('/').next().unwrap_or_default();
    if text.split('/').all(good) && last.len() <= 64 && text.len() <= 512 {
        Ok(())
    } else {
        let help = match text.starts_with("arn:") {
            true => "write the name alone; somebody of another account is `{arn: …}`",
            false => "use letters, digits and `+=,.@-_`, after a path such as `team/` where there is one",
        };
        Err(Invalid::new(format!("`{text}` is not the name of a role or user"), help))
    }
}

/// Somebody with credentials of their own.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(test, derive(schemars::JsonSchema), schemars(inline))]
#[serde(rename_all = "snake_case")]
pub enum Identity {
    /// A role of the bucket's account.
    Role(RoleName),
    /// A permission set of IAM Identity Center, as it appears in the bucket's account.
    PermissionSet(PermissionSetName),
    /// A user of the bucket's account.
    User(UserName),
    /// A role or user by its ARN.
    Arn(PrincipalArn),
}

impl Identity {
    /// What `aws:PrincipalArn` is for them: an ARN, for a permission set a pattern.
    pub fn pattern(&self, account: &Expr) -> Expr {
        let own = |resource: String| Expr::arn("iam", "", account.clone(), resource);
        match self {
            Self::Role(name) => own(format!("role/{name}")),
            Self::User(name) => own(format!("user/{name}")),
            // The path holds the region of Identity Center, except for us-east-1; the name ends in a random suffix.
            Self::PermissionSet(name) => own(format!("role/aws-reserved/sso.amazonaws.com/*AWSReservedSSO_{name}_*")),
            // A text in which a target fills something in has the partition filled in too, or linters call it hard-coded.
            Self::Arn(arn) => match arn.as_str().splitn(6, ':').collect::<Vec<_>>().as_slice() {
                ["arn", _, "iam", "", account, resource] if arn.as_str().contains(REFERENCE) => {
                    Expr::arn("iam", "", Expr::text((*account).to_owned()), Expr::text((*resource).to_owned()))
                }
                _ => Expr::text(arn.to_string()),
            },
        }
    }

    /// The account, where the profile says another one than the bucket's may be.
    pub fn account(&self) -> Option<&str> {
        match self {
            // The account of an ARN that only the deployment knows is none that the profile says.
            Self::Arn(arn) => Some(arn.account()),
            Self::Role(_) | Self::PermissionSet(_) | Self::User(_) => None,
        }
    }
}

name! {
    /// The name of a group of users.
    GroupName, format "iam-name", example "Auditors"
}

impl GroupName {
    fn check(text: &str) -> Result<(), Invalid> {
        iam_name(text)
    }
}

name! {
    /// The id of an organization of AWS Organizations.
    OrganizationId, open, format "organization-id", example "o-a1b2c3d4e5"
}

impl OrganizationId {
    fn check(text: &str) -> Result<(), Invalid> {
        // "Organization", AWS Organizations API Reference.
        let id = text.strip_prefix("o-");
        if id.is_some_and(|id| (10..=32).contains(&id.len()) && id.bytes().all(|b| b.is_ascii_lowercase() || b.is_ascii_digit())) {
            return Ok(());
        }
        Err(Invalid::new(format!("`{text}` is not the id of an organization"), "write it as `o-a1b2c3d4e5`"))
    }
}

name! {
    /// An AWS service as a principal.
    ServiceName, format "service-principal", example "delivery.logs.amazonaws.com"
}

impl ServiceName {
    fn check(text: &str) -> Result<(), Invalid> {
        let label = |part: &str| !part.is_empty() && part.bytes().all(|b| b.is_ascii_lowercase() || b.is_ascii_digit() || b == b'-');
        let good = text.split('.').count() >= 3 && text.split('.').all(label);
        if good && (text.contains(".amazonaws.") || text.contains(".aws.")) {
            return Ok(());
        }
        Err(Invalid::new(format!("`{text}` is not an AWS service"), "write its principal, such as `delivery.logs.amazonaws.com`"))
    }
}

/// Whom a grant gives something, or a deny takes it from.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(test, derive(schemars::JsonSchema), schemars(inline))]
#[serde(rename_all = "snake_case")]
pub enum Grantee {
    /// A role of the bucket's account.
    Role(RoleName),
    /// A permission set of IAM Identity Center, as it appears in the bucket's account.
    PermissionSet(PermissionSetName),
    /// A user of the bucket's account.
    User(UserName),
    /// A group of users of the bucket's account; only with `via: iam`.
    Group(GroupName),
    /// Another account, which decides for itself who of it.
    Account(AccountId),
    /// Every account of an organization.
    Organization(OrganizationId),
    /// An AWS service, on behalf of the bucket's account unless `when` says otherwise.
    Service(ServiceName),
    /// A role or user by its ARN.
    Arn(PrincipalArn),
    /// Everybody, without credentials too.
    Everyone,
}

/// Whom a grant lets in from outside of an account.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Outsider<'a> {
    /// Another account.
    Account(&'a AccountId),
    /// A role or user of another account.
    Arn(&'a PrincipalArn),
    /// An organization, whether the account belongs to it or not.
    Organization(&'a OrganizationId),
    /// Everybody.
    Everyone,
}

impl Grantee {
    /// Who it is from outside of the account `own`; where that is open, every account that is named is another one. Nothing for
    /// principals of the account itself, and for services, which act on somebody's behalf.
    pub fn outsider(&self, own: Option<&str>) -> Option<Outsider<'_>> {
        match self {
            Self::Account(id) if own != Some(id.as_str()) => Some(Outsider::Account(id)),
            Self::Arn(arn) if own != Some(arn.account()) => Some(Outsider::Arn(arn)),
            Self::Organization(id) => Some(Outsider::Organization(id)),
            Self::Everyone => Some(Outsider::Everyone),
            Self::Role(_)
            | Self::PermissionSet(_)
            | Self::User(_)
            | Self::Group(_)
            | Self::Service(_)
            | Self::Account(_)
            | Self::Arn(_) => None,
        }
    }

    /// The role, permission set or user that it is, if it is one.
    pub fn identity(&self) -> Option<Identity> {
        Some(match self {
            Self::Role(name) => Identity::Role(name.clone()),
            Self::PermissionSet(name) => Identity::PermissionSet(name.clone()),
            Self::User(name) => Identity::User(name.clone()),
            Self::Arn(arn) => Identity::Arn(arn.clone()),
            Self::Group(_) | Self::Account(_) | Self::Organization(_) | Self::Service(_) | Self::Everyone => return None,
        })
    }

    /// What of IAM a policy would be attached to, and its name without a path; nothing for a permission set, to which only
    /// IAM Identity Center attaches, and for whoever is no identity of IAM.
    pub fn attached(&self) -> Option<(&'static str, &str)> {
        let (kind, name) = match self {
            Self::Role(name) => ("role", name.as_str()),
            Self::User(name) => ("user", name.as_str()),
            Self::Group(name) => ("group", name.as_str()),
            Self::Arn(arn) => {
                let resource = arn.as_str().splitn(6, ':').nth(5)?;
                (if resource.starts_with("role/") { "role" } else { "user" }, resource)
            }
            Self::PermissionSet(_) | Self::Account(_) | Self::Organization(_) | Self::Service(_) | Self::Everyone => return None,
        };
        Some((kind, name.rsplit('/').next()?))
    }

    /// What it is and its name, for people: `role Analyst`.
    pub fn describe(&self) -> String {
        match self {
            Self::Role(name) => format!("role {name}"),
            Self::PermissionSet(name) => format!("permission set {name}"),
            Self::User(name) => format!("user {name}"),
            Self::Group(name) => format!("group {name}"),
            Self::Account(id) => format!("account {id}"),
            Self::Organization(id) => format!("organization {id}"),
            Self::Service(name) => name.to_string(),
            Self::Arn(arn) => arn.to_string(),
            Self::Everyone => "everyone".to_owned(),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_take_a_path_and_no_wildcards() {
        for good in ["Analyst", "team/a/Analyst", "x+=,.@-_"] {
            assert!(iam_name(good).is_ok(), "{good}");
        }
        for bad in ["", "/Analyst", "team/", "a*", "a b", "a:b", "${aws:username}", &"a".repeat(65)] {
            assert!(iam_name(bad).is_err(), "{bad}");
        }
        assert!(PrincipalArn::check("arn:aws:iam::444455556666:role/x/Uploader").is_ok());
        for bad in [
            "arn:aws:iam::444455556666:root",
            "arn:aws:iam::444455556666:role/*",
            "arn:aws:sts::444455556666:assumed-role/a/b",
            "444455556666",
        ] {
            assert!(PrincipalArn::check(bad).is_err(), "{bad}");
        }
    }
}
