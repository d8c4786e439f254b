//! Access control lists and object ownership, where a bucket still has them.
//!
//! In: grants, the setting of object ownership, a request. Out: in which ways an ACL names the caller for the
//! action; whether S3 refuses the ACL that a request brings. Never: a default; without a setting, no ACL counts.
//!
//! Sources: "Access control list (ACL) overview", "Controlling ownership of objects and disabling ACLs" and "How Amazon
//! S3 authorizes a request for an object operation", Amazon S3 User Guide.

use super::caller::{Caller, CallerKind};
use super::principal::How;
use super::request::Request;
use crate::policy::Key;

/// The setting of object ownership.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Ownership {
    /// `BucketOwnerEnforced`: ACLs are off.
    Enforced,
    /// `BucketOwnerPreferred`.
    Preferred,
    /// `ObjectWriter`.
    Writer,
}

/// Who gets something by an ACL.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub enum Grantee {
    /// The group `AllUsers`.
    Everyone,
    /// The group `AuthenticatedUsers`: everyone with credentials of any account.
    Authenticated,
    /// The group `LogDelivery`.
    LogDelivery,
    /// An account by its canonical id.
    Canonical(Box<str>),
    /// An account by its number.
    Account(Box<str>),
}

impl Grantee {
    /// Reads a group's URI or name, an account's number or root ARN, or a canonical id.
    pub fn parse(text: &str) -> Self {
        let account = |text: &str| text.len() == 12 && text.bytes().all(|b| b.is_ascii_digit());
        match text.rsplit('/').next().unwrap_or_default() {
            "AllUsers" => Self::Everyone,
            "AuthenticatedUsers" => Self::Authenticated,
            "LogDelivery" => Self::LogDelivery,
            _ if account(text) => Self::Account(text.into()),
            _ => match Caller::from_arn(text) {
                Some(Caller { kind: CallerKind::Root, account: Some(account), .. }) => Self::Account(account),
                _ => Self::Canonical(text.into()),
            },
        }
    }

    /// Whether it makes the ACL public.
    pub const fn is_public(&self) -> bool {
        matches!(self, Self::Everyone | Self::Authenticated)
    }
}

/// What an ACL gives.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
#[allow(missing_docs, reason = "documented by AWS under the same names")]
pub enum Permission {
    Read,
    Write,
    ReadAcp,
    WriteAcp,
    FullControl,
}

impl Permission {
    /// Reads `READ`, `FULL_CONTROL` and so on.
    pub fn parse(text: &str) -> Option<Self> {
        Some(match text {
            "READ" => Self::Read,
            "WRITE" => Self::Write,
            "READ_ACP" => Self::ReadAcp,
            "WRITE_ACP" => Self::WriteAcp,
            "FULL_CONTROL" => Self::FullControl,
            _ => return None,
        })
    }

    /// Whether it covers the action, on an object's ACL or on a bucket's.
    fn covers(self, action: &str, object: bool) -> bool {
        let actions: &[&str] = match (self, object) {
            (Self::FullControl, _) => {
                return [Self::Read, Self::Write, Self::ReadAcp, Self::WriteAcp].iter().any(|p| p.covers(action, object));
            }
            (Self::Read, true) => &["GetObject", "GetObjectVersion"],
            (Self::ReadAcp, true) => &["GetObjectAcl", "GetObjectVersionAcl"],
            (Self::WriteAcp, true) => &["PutObjectAcl", "PutObjectVersionAcl"],
            (Self::Write, true) => &[],
            (Self::Read, false) => &["ListBucket", "ListBucketVersions", "ListBucketMultipartUploads"],
            (Self::Write, false) => &["PutObject"],
            (Self::ReadAcp, false) => &["GetBucketAcl"],
            (Self::WriteAcp, false) => &["PutBucketAcl"],
        };
        actions.contains(&action)
    }
}

/// The ACL of an object or of a bucket.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Acl {
    /// The account that owns the object, where it is not the bucket's.
    pub owner: Option<Box<str>>,
    /// Who gets what.
    pub grants: Vec<(Grantee, Permission)>,
}

impl Acl {
    pub(super) fn names(&self, request: &Request, object: bool, ignore_public: bool) -> How {
        let Some(action) = request.known_action() else { return How::NOT };
        let caller = &request.caller;
        let granted = self.grants.iter().filter(|(_, permission)| permission.covers(action.short_name(), object));
        granted.fold(How::NOT, |how, (grantee, _)| {
            how.or(match grantee {
                public if public.is_public() && ignore_public => How::NOT,
                Grantee::Everyone => How::DIRECTLY,
                Grantee::Authenticated if caller.account.is_some() => How::DIRECTLY,
                Grantee::LogDelivery if caller.kind == CallerKind::Service && &*caller.name == "logging.s3.amazonaws.com" => How::DIRECTLY,
                Grantee::Account(account) if caller.account.as_ref() == Some(account) => How::BY_ACCOUNT,
                Grantee::Canonical(id) if caller.kind == CallerKind::Canonical && caller.name == *id => How::DIRECTLY.or(How::BY_ACCOUNT),
                _ => How::NOT,
            })
        })
    }

    /// Whether the owner's ACL decides about this action on an object that the bucket's account does not own.
    pub(super) fn owned_by_another(&self, request: &Request) -> Option<&str> {
        let owner = self.owner.as_deref().filter(|owner| *owner != &*request.resource_account)?;
        let action = request.known_action()?;
        [Permission::Read, Permission::ReadAcp, Permission::WriteAcp]
            .iter()
            .any(|permission| permission.covers(action.short_name(), true))
            .then_some(owner)
    }
}

const GRANT_HEADERS: [Key; 5] =
    [Key::XAmzGrantFullControl, Key::XAmzGrantRead, Key::XAmzGrantReadAcp, Key::XAmzGrantWrite, Key::XAmzGrantWriteAcp];

/// Whether owner-enforced buckets refuse the request: it sets an ACL, or uploads with one that says more than
/// `bucket-owner-full-control`.
pub(super) fn refused_when_enforced(request: &Request) -> bool {
    let Some(action) = request.known_action() else { return false };
    match action.short_name() {
        "PutObjectAcl" | "PutObjectVersionAcl" | "PutBucketAcl" => true,
        "PutObject" => {
            request.context.one(&Key::XAmzAcl).is_some_and(|acl| acl != "bucket-owner-full-control")
                || GRANT_HEADERS.iter().any(|key| request.context.get(key).is_some())
        }
        _ => false,
    }
}

/// Whether `BlockPublicAcls` refuses the request: it brings a public ACL.
pub(super) fn brings_public_acl(request: &Request) -> bool {
    let Some(action) = request.known_action() else { return false };
    matches!(action.short_name(), "PutObject" | "PutObjectAcl" | "PutObjectVersionAcl" | "PutBucketAcl")
        && (matches!(request.context.one(&Key::XAmzAcl), Some("public-read" | "public-read-write" | "authenticated-read"))
            || GRANT_HEADERS.iter().any(|key| {
                let value = request.context.one(key).unwrap_or_default();
                value.contains("groups/global/AllUsers") || value.contains("groups/global/AuthenticatedUsers")
            }))
}
