//! Against ransomware and regret: nobody but named principals deletes versions or weakens what keeps them.

use serde::{Deserialize, Serialize};

use super::mfa::Mfa;
use super::principal::Identity;
use super::{Draft, Meta, Protection};
use crate::claim::Guarantee;
use crate::expr::Expr;
use crate::path;
use crate::policy::{Base, Condition, Effect, Key, Statement};

/// What is known about this protection.
pub const META: Meta = Meta {
    id: "protect-versions",
    title: "protection of versions",
    risk: "whoever steals an administrator's credentials deletes every version, or lets lifecycle do it",
    statements: &[
        (
            "DenyVersionDeletion",
            "Denies deleting versions of objects for good, and bypassing governance retention, to everybody but the excepted principals, and with \
             `mfa.delete` the root user. S3's own lifecycle is not affected. Whoever may delete the bucket policy can remove this protection first: \
             Object Lock has no such way around it. Change it with `bucket.protect_versions`.",
        ),
        (
            "DenyWeakerRetention",
            "Denies changing lifecycle, versioning and Object Lock to everybody but the excepted principals: a lifecycle rule that expires everything after \
             a day is deletion by other means. Whoever deploys the profile needs to be excepted, or the next change of those settings is refused. Change \
             it with `bucket.protect_versions`.",
        ),
    ],
};

/// Whether versions are protected, and from whom not.
#[derive(Clone, Debug, Serialize, Deserialize)]
#[cfg_attr(test, derive(schemars::JsonSchema), schemars(inline, extend("x-expects" = "`true`, `false`, or `{except: [principals]}`")))]
#[serde(untagged)]
pub enum ProtectVersions {
    /// From everybody, or not at all.
    Everybody(bool),
    /// From everybody but some.
    Except(Except),
}

/// Principals that a protection leaves alone.
#[derive(Clone, Debug, Serialize, Deserialize)]
#[cfg_attr(test, derive(schemars::JsonSchema), schemars(inline))]
#[serde(deny_unknown_fields)]
pub struct Except {
    /// The principals.
    #[cfg_attr(test, schemars(length(min = 1)))]
    pub except: Vec<Identity>,
}

impl ProtectVersions {
    /// The principals that are left alone; `None` where nothing is protected.
    pub fn excepted(&self) -> Option<&[Identity]> {
        match self {
            Self::Everybody(false) => None,
            Self::Everybody(true) => Some(&[]),
            Self::Except(Except { except }) => Some(except),
        }
    }
}

/// What is denied on objects, and on the bucket.
const ON_OBJECTS: &[&str] = &["s3:BypassGovernanceRetention", "s3:DeleteObjectVersion"];
const ON_BUCKET: &[&str] = &["s3:PutBucketObjectLockConfiguration", "s3:PutBucketVersioning", "s3:PutLifecycleConfiguration"];

/// The protection of versions, beside MFA delete, which only the root user can switch on and work with.
#[derive(Debug)]
pub struct Guard<'a>(pub &'a ProtectVersions, pub &'a Mfa);

impl Protection for Guard<'_> {
    const META: Meta = META;

    fn lower(&self, draft: &mut Draft) {
        let Some(excepted) = self.0.excepted() else { return };
        let mut patterns: Vec<_> = excepted.iter().map(|identity| identity.pattern(&draft.account)).collect();
        if self.1.delete {
            patterns.push(Expr::arn("iam", "", draft.account.clone(), "root"));
        }
        let path = || path!["bucket", "protect_versions"];
        let unless = |statement: Statement| {
            if patterns.is_empty() {
                return statement;
            }
            statement.when(Condition::new(Base::ArnNotLike, Key::PrincipalArn, patterns.clone()))
        };
        let origin = draft.origin(&META, path(), "versions are deleted by nobody but the excepted");
        let deletion = Statement::new(Effect::Deny, "DenyVersionDeletion").actions(ON_OBJECTS.iter().copied()).on([draft.objects("")]);
        draft.statements.push(unless(deletion).because(origin.clone()));
        let weaker = Statement::new(Effect::Deny, "DenyWeakerRetention").actions(ON_BUCKET.iter().copied()).on([draft.arn()]);
        draft.statements.push(unless(weaker).because(draft.origin(
            &META,
            path(),
            "what keeps versions is changed by nobody but the excepted",
        )));
        let actions = ON_OBJECTS.iter().chain(ON_BUCKET).copied().collect();
        draft.claim(origin, Guarantee::OnlyPrincipals { actions, principals: patterns });
    }
}
