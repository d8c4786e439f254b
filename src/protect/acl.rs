//! ACLs, for the few deliveries that still need them.

use serde::{Deserialize, Serialize};

use super::{Draft, Meta};
use crate::names::{Invalid, name};
use crate::path;
use crate::plan::{Grant, Grantee};

/// What is known about this protection.
pub const META: Meta =
    Meta { id: "acl", title: "access control lists", risk: "a grant beside the policies is easy to overlook", statements: &[] };

name! {
    /// The canonical user id of an account: 64 hexadecimal digits.
    CanonicalUserId, format "canonical-user-id", example "c4c1ede66af53448b93c283ce9448c4ba468c9432aa01d700d3878632f77d2d0"
}

impl CanonicalUserId {
    fn check(text: &str) -> Result<(), Invalid> {
        if text.len() == 64 && text.bytes().all(|b| matches!(b, b'0'..=b'9' | b'a'..=b'f')) {
            Ok(())
        } else {
            Err(Invalid::new(
                format!("`{text}` is not a canonical user id"),
                "it has 64 hexadecimal digits: `aws s3api list-buckets --query Owner.ID` prints the account's own",
            ))
        }
    }
}

/// Who a grant is for.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(test, derive(schemars::JsonSchema), schemars(inline, extend("x-expects" = "`log-delivery`, `cloudfront-logs`, `authenticated-users`, `all-users` or `{canonical_user: ID}`")))]
#[serde(rename_all = "kebab-case")]
pub enum Recipient {
    /// S3's log delivery group.
    LogDelivery,
    /// CloudFront's standard logs of the older kind.
    CloudfrontLogs,
    /// Everybody with an AWS account.
    AuthenticatedUsers,
    /// Everybody.
    AllUsers,
    /// An account, by its canonical user id.
    #[serde(rename = "canonical_user")]
    CanonicalUser(CanonicalUserId),
}

impl Recipient {
    /// Whether S3 calls a grant to them public.
    pub const fn is_public(&self) -> bool {
        matches!(self, Self::AuthenticatedUsers | Self::AllUsers)
    }

    /// `awslogsdelivery`, as the AWS provider of Terraform has it too; China has one of its own.
    const CLOUDFRONT: &str = "c4c1ede66af53448b93c283ce9448c4ba468c9432aa01d700d3878632f77d2d0";
    const CLOUDFRONT_CHINA: &str = "a52cb28745c0c06e84ec548334e44bfa7fc2a85c54af20cd59e4969344b7af56";

    fn grantee(&self, partition: &str) -> Grantee {
        match self {
            Self::LogDelivery => Grantee::Group("http://acs.amazonaws.com/groups/s3/LogDelivery"),
            Self::AuthenticatedUsers => Grantee::Group("http://acs.amazonaws.com/groups/global/AuthenticatedUsers"),
            Self::AllUsers => Grantee::Group("http://acs.amazonaws.com/groups/global/AllUsers"),
            Self::CloudfrontLogs if partition == "aws-cn" => Grantee::CanonicalUser(Self::CLOUDFRONT_CHINA.to_owned()),
            Self::CloudfrontLogs => Grantee::CanonicalUser(Self::CLOUDFRONT.to_owned()),
            Self::CanonicalUser(id) => Grantee::CanonicalUser(id.to_string()),
        }
    }
}

/// A permission of an ACL.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(test, derive(schemars::JsonSchema), schemars(inline))]
#[serde(rename_all = "kebab-case")]
pub enum Permission {
    /// List the bucket's objects.
    Read,
    /// Create, overwrite and delete objects.
    Write,
    /// Read the ACL.
    ReadAcp,
    /// Write the ACL.
    WriteAcp,
    /// All of them.
    FullControl,
}

impl Permission {
    const fn aws(self) -> &'static str {
        match self {
            Self::Read => "READ",
            Self::Write => "WRITE",
            Self::ReadAcp => "READ_ACP",
            Self::WriteAcp => "WRITE_ACP",
            Self::FullControl => "FULL_CONTROL",
        }
    }
}

/// Grants of the bucket's ACL to one recipient.
#[derive(Clone, Debug, Serialize, Deserialize)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
#[serde(deny_unknown_fields)]
pub struct AclGrant {
    /// Who they are for.
    pub to: Recipient,
    /// What they allow.
    #[cfg_attr(test, schemars(length(min = 1)))]
    pub can: Vec<Permission>,
}

/// Puts the grants on the bucket.
pub fn lower(grants: &[AclGrant], partition: &str, draft: &mut Draft) {
    for grant in grants {
        let to = grant.to.grantee(partition);
        draft.bucket.acl.extend(grant.can.iter().map(|can| Grant { to: to.clone(), permission: can.aws() }));
    }
    if !grants.is_empty() {
        let count = draft.bucket.acl.len();
        draft.claim_setting(&META, path!["bucket", "acl"], "ACL grants", count.to_string());
    }
}
