//! Protected API access: what may be done only a short time after MFA.
//!
//! In: verbs with an age each, and principals that are left alone. Out: a Deny for each verb, with a claim. Never: MFA
//! delete, which is no policy.

use std::borrow::Cow;

use serde::{Deserialize, Serialize};

use super::principal::Identity;
use super::verbs::{Aspect, Verb};
use super::{Draft, Meta, Protection};
use crate::claim::{Duration, Guarantee};
use crate::expr::{Expr, LogicalId};
use crate::path;
use crate::policy::{Actions, Base, Condition, Effect, Key, Operator, Statement};

/// The explanation of a statement: what it denies, the key that asks for it, and what else there is to know.
macro_rules! explained {
    ($what:literal, $key:literal, $more:literal) => {
        concat!(
            "Denies ",
            $what,
            " to callers that used no MFA, or longer ago than `mfa.for.",
            $key,
            "` says. The comparison ends in `IfExists`, since access keys carry no age of MFA at all and have to be stopped. AWS services are left alone. \
             Sessions of roles carry no MFA to rely on: those that work unattended are listed in `mfa.except`, and what the profile's own roles do is let \
             through. ",
            $more,
            "Change it with `mfa.for`."
        )
    };
}

/// What is known about this protection.
pub const META: Meta = Meta {
    id: "mfa-access",
    title: "MFA-protected access",
    risk: "an access key that leaks is enough to do what should take a person with a device",
    statements: &[
        ("DenyReadWithoutMfa", explained!("reading objects and their attributes, old versions included,", "read", "")),
        ("DenyReadVersionsWithoutMfa", explained!("reading old versions", "read-versions", "")),
        ("DenyListWithoutMfa", explained!("listing keys, versions included,", "list", "")),
        ("DenyListVersionsWithoutMfa", explained!("listing versions", "list-versions", "")),
        ("DenyWriteWithoutMfa", explained!("writing objects", "write", "")),
        (
            "DenyDeleteWithoutMfa",
            explained!(
                "deleting objects, versions and the bucket",
                "delete",
                "The root user is let through where `mfa.delete` is on: MFA delete takes the code with the request, and no policy sees it. "
            ),
        ),
        (
            "DenyDeleteVersionsWithoutMfa",
            explained!(
                "deleting versions for good",
                "delete-versions",
                "The root user is let through where `mfa.delete` is on: MFA delete takes the code with the request, and no policy sees it. "
            ),
        ),
        ("DenyTagWithoutMfa", explained!("reading and changing tags of objects, versions included,", "tag", "")),
        ("DenyReadConfigWithoutMfa", explained!("reading the bucket's settings", "read-config", "")),
        (
            "DenyWriteConfigWithoutMfa",
            explained!(
                "changing the bucket's settings",
                "write-config",
                "Whoever deploys has to be listed there too, and with `mfa.delete` the root user is let through. "
            ),
        ),
        (
            "DenyAdministerWithoutMfa",
            explained!(
                "reading and changing every setting, the policy included, and deleting the bucket",
                "administer",
                "Whoever deploys has to be listed there too, and with `mfa.delete` the root user is let through. "
            ),
        ),
    ],
};

/// How long ago MFA may be.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(test, derive(schemars::JsonSchema), schemars(inline))]
#[serde(deny_unknown_fields)]
pub struct Within {
    /// At most this long after the caller used MFA; 36 hours at most, when every session with MFA has ended.
    pub within: Duration,
}

/// What takes MFA.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(test, derive(schemars::JsonSchema), schemars(inline))]
#[serde(deny_unknown_fields, rename_all = "kebab-case")]
pub struct For {
    /// Reading objects, old versions too: without them a version id would be the way around.
    #[serde(default)]
    pub read: Option<Within>,
    /// Reading versions of objects by their id.
    #[serde(default)]
    pub read_versions: Option<Within>,
    /// Listing keys, with their versions.
    #[serde(default)]
    pub list: Option<Within>,
    /// Listing the versions of objects.
    #[serde(default)]
    pub list_versions: Option<Within>,
    /// Writing objects, in one piece or in parts.
    #[serde(default)]
    pub write: Option<Within>,
    /// Deleting objects, versions of objects, and the bucket.
    #[serde(default)]
    pub delete: Option<Within>,
    /// Deleting versions of objects for good.
    #[serde(default)]
    pub delete_versions: Option<Within>,
    /// Reading, writing and deleting the tags of objects and versions.
    #[serde(default)]
    pub tag: Option<Within>,
    /// Reading the bucket's settings.
    #[serde(default)]
    pub read_config: Option<Within>,
    /// Changing the bucket's settings, except its policy, its ACL and Block Public Access.
    #[serde(default)]
    pub write_config: Option<Within>,
    /// Reading and changing every setting, the policy and Block Public Access, and deleting the bucket.
    #[serde(default)]
    pub administer: Option<Within>,
}

impl For {
    /// The verbs that take MFA, and how long ago it may be.
    pub fn each(&self) -> impl Iterator<Item = (Verb, &Duration)> {
        let all = [
            (Verb::Read, &self.read),
            (Verb::ReadVersions, &self.read_versions),
            (Verb::List, &self.list),
            (Verb::ListVersions, &self.list_versions),
            (Verb::Write, &self.write),
            (Verb::Delete, &self.delete),
            (Verb::DeleteVersions, &self.delete_versions),
            (Verb::Tag, &self.tag),
            (Verb::ReadConfig, &self.read_config),
            (Verb::WriteConfig, &self.write_config),
            (Verb::Administer, &self.administer),
        ];
        all.into_iter().filter_map(|(verb, within)| Some((verb, &within.as_ref()?.within)))
    }
}

/// The actions that take MFA for a verb: its own, and those that would be a way around them.
pub fn actions(verb: &Verb) -> Vec<Cow<'static, str>> {
    let also: &[&'static str] = match verb {
        Verb::Read => &["s3:GetObjectVersion", "s3:GetObjectVersionAttributes"],
        Verb::List => &["s3:ListBucketVersions"],
        Verb::Delete => &["s3:DeleteBucket", "s3:DeleteObjectVersion"],
        Verb::Tag => &["s3:DeleteObjectVersionTagging", "s3:GetObjectVersionTagging", "s3:PutObjectVersionTagging"],
        _ => &[],
    };
    let mut all = verb.names();
    all.extend(also.iter().copied().map(Cow::Borrowed));
    all.sort();
    all
}

/// The same as a set.
pub fn action_set(verb: &Verb) -> Actions {
    actions(verb).iter().map(|name| Actions::matching(name)).fold(Actions::default(), Actions::union)
}

/// What MFA delete does: the code travels with the request, so that the caller's session knows nothing of it.
const WITH_A_CODE: &[&str] = &["s3:DeleteObjectVersion", "s3:PutBucketVersioning"];

/// What takes MFA, except from whom, beside MFA delete.
#[derive(Debug)]
pub struct Guard<'a> {
    /// What takes MFA.
    pub verbs: &'a For,
    /// Principals that are left alone.
    pub except: &'a [Identity],
    /// Whether MFA delete is on.
    pub mfa_delete: bool,
}

impl Protection for Guard<'_> {
    const META: Meta = META;

    fn lower(&self, draft: &mut Draft) {
        for (verb, within) in self.verbs.each() {
            let word = verb.word();
            let (actions, set) = (actions(&verb), action_set(&verb));
            let mut except: Vec<Expr> = self.except.iter().map(|identity| identity.pattern(&draft.account)).collect();
            except.extend(draft.roles_that_do(set));
            if self.mfa_delete && WITH_A_CODE.iter().any(|name| !Actions::matching(name).intersection(set).is_empty()) {
                except.push(Expr::arn("iam", "", draft.account.clone(), "root"));
            }
            let has = |aspect: Aspect| set.iter().any(|action| aspect.has(action));
            let bucket = (has(Aspect::Bucket) || has(Aspect::Listing)).then(|| draft.arn());
            let objects = has(Aspect::Objects).then(|| draft.objects(""));
            let path = || path!["mfa", "for", word.clone()];
            let origin = draft.origin(&META, path(), format!("MFA within {within}: {word}"));
            let if_exists = |base: Base| Operator { if_exists: true, ..base.into() };
            let seconds = within.seconds();
            // On an absent key `IfExists` holds: access keys and sessions without MFA have no age, and callers without
            // credentials are no service. Services are: they have no device.
            let mut statement = Statement::new(Effect::Deny, "")
                .actions(actions.clone())
                .on(bucket.into_iter().chain(objects))
                .when(Condition::one(if_exists(Base::NumericGreaterThan), Key::MultiFactorAuthAge, seconds.to_string()))
                .when(Condition::one(if_exists(Base::Bool), Key::PrincipalIsAWSService, "false"))
                .because(origin.clone());
            statement.sid = Some(format!("Deny{}WithoutMfa", LogicalId::derived("", &word)).into());
            if !except.is_empty() {
                statement = statement.when(Condition::new(Base::ArnNotLike, Key::PrincipalArn, except.clone()));
            }
            draft.statements.push(statement);
            draft.claim(origin, Guarantee::MfaEnforced { actions, within_seconds: seconds, except });
        }
    }
}
