//! What may be done, in the profile's verbs, and the actions of S3 behind each.
//!
//! In: `read`, `write-config`, `{actions: [s3:GetObject]}`. Out: actions, apart by what they are done to, and the sets
//! that several protections share. Never: who may, or where.

use std::borrow::Cow;

use serde::{Deserialize, Serialize};

use crate::names::{Invalid, name};
use crate::policy::{Action, Actions, Level};

name! {
    /// An action of S3, with `*` and `?` as wildcards: `s3:GetObject`, in `denies` `s3:*` too.
    ActionPattern, format "s3-action-pattern", example "s3:GetObject"
}

impl ActionPattern {
    fn check(text: &str) -> Result<(), Invalid> {
        if !Actions::matching(text).is_empty() {
            return Ok(());
        }
        let help = match Action::suggest(text) {
            Some(near) => format!("did you mean `{near}`?"),
            None if text.contains(':') && !text.starts_with("s3:") => "write actions of S3, which begin with `s3:`".to_owned(),
            None => "use an action such as `s3:GetObject`; HeadObject is `s3:GetObject`, ListObjectsV2 is `s3:ListBucket`".to_owned(),
        };
        Err(Invalid::new(format!("`{text}` is not an action of S3"), help))
    }

    /// The actions that it stands for.
    pub fn actions(&self) -> Actions {
        Actions::matching(self.as_str())
    }

    /// Whether it stands for more than one name.
    pub fn has_wildcard(&self) -> bool {
        self.as_str().contains(['*', '?'])
    }
}

/// What may be done, or is denied.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(test, derive(schemars::JsonSchema), schemars(inline))]
#[serde(rename_all = "kebab-case")]
pub enum Verb {
    /// Read objects and their attributes.
    Read,
    /// Read old versions of objects and their attributes.
    ReadVersions,
    /// List the keys of objects.
    List,
    /// List the versions of objects.
    ListVersions,
    /// Write objects, in one piece or in parts.
    Write,
    /// Delete objects; in a versioned bucket this hides them.
    Delete,
    /// Delete versions of objects for good.
    DeleteVersions,
    /// Read, write and delete the tags of objects.
    Tag,
    /// Read every setting of the bucket.
    ReadConfig,
    /// Change the bucket's settings, except its policy, its ACL and Block Public Access.
    WriteConfig,
    /// Read and change every setting, the policy and Block Public Access, and delete the bucket.
    Administer,
    /// Actions by their names.
    Actions(Vec<ActionPattern>),
}

/// What an action is done to.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Aspect {
    /// Objects.
    Objects,
    /// The listing of keys or versions, which knows prefixes.
    Listing,
    /// The bucket and its settings.
    Bucket,
}

impl Aspect {
    /// Every aspect, in the order of statements.
    pub const ALL: [Self; 3] = [Self::Objects, Self::Listing, Self::Bucket];

    /// The word for it in a Sid.
    pub const fn word(self) -> &'static str {
        match self {
            Self::Objects => "Objects",
            Self::Listing => "Listing",
            Self::Bucket => "Bucket",
        }
    }

    /// Whether the action, by its kinds of resource, is done to this.
    pub fn has(self, action: Action) -> bool {
        let listing = LISTING.contains(&action.short_name());
        match self {
            Self::Objects => action.kinds().object(),
            Self::Listing => listing,
            Self::Bucket => action.kinds().bucket() && !listing,
        }
    }
}

/// The actions that know `s3:prefix`.
const LISTING: &[&str] = &["ListBucket", "ListBucketVersions"];

/// The actions that repair access to a bucket whose policy or Block Public Access locks people out.
pub const REPAIR: &[&str] = &[
    "s3:DeleteBucketPolicy",
    "s3:GetBucketPolicy",
    "s3:GetBucketPublicAccessBlock",
    "s3:PutBucketPolicy",
    "s3:PutBucketPublicAccessBlock",
];

/// The actions that read, list, write, delete and tag objects, with their version and multipart relatives.
pub const DATA: &[&str] = &[
    "s3:AbortMultipartUpload",
    "s3:DeleteObject",
    "s3:DeleteObjectTagging",
    "s3:DeleteObjectVersion",
    "s3:DeleteObjectVersionTagging",
    "s3:GetObject",
    "s3:GetObjectAttributes",
    "s3:GetObjectTagging",
    "s3:GetObjectVersion",
    "s3:GetObjectVersionAttributes",
    "s3:GetObjectVersionTagging",
    "s3:ListBucket",
    "s3:ListBucketMultipartUploads",
    "s3:ListBucketVersions",
    "s3:ListMultipartUploadParts",
    "s3:PutObject",
    "s3:PutObjectTagging",
    "s3:PutObjectVersionTagging",
];

/// Settings that no verb but `administer` touches.
const GUARDED: &[&str] =
    &["DeleteBucketPolicy", "PutBucketAcl", "PutBucketPolicy", "PutBucketPublicAccessBlock", "CreateBucket", "DeleteBucket"];

impl Verb {
    /// Every verb that has a word of its own, from looking to ruling.
    pub const ALL: [Self; 11] = [
        Self::Read,
        Self::ReadVersions,
        Self::List,
        Self::ListVersions,
        Self::Write,
        Self::Delete,
        Self::DeleteVersions,
        Self::Tag,
        Self::ReadConfig,
        Self::WriteConfig,
        Self::Administer,
    ];

    /// Its actions as a policy names them: sorted, without repetition for one verb.
    pub fn names(&self) -> Vec<Cow<'static, str>> {
        let fixed = |names: &[&'static str]| names.iter().copied().map(Cow::Borrowed).collect();
        match self {
            Self::Read => fixed(&["s3:GetObject", "s3:GetObjectAttributes"]),
            Self::ReadVersions => fixed(&["s3:GetObjectVersion", "s3:GetObjectVersionAttributes"]),
            Self::List => fixed(&["s3:ListBucket"]),
            Self::ListVersions => fixed(&["s3:ListBucketVersions"]),
            Self::Write => fixed(&["s3:AbortMultipartUpload", "s3:ListMultipartUploadParts", "s3:PutObject"]),
            Self::Delete => fixed(&["s3:DeleteObject"]),
            Self::DeleteVersions => fixed(&["s3:DeleteObjectVersion"]),
            Self::Tag => fixed(&["s3:DeleteObjectTagging", "s3:GetObjectTagging", "s3:PutObjectTagging"]),
            Self::ReadConfig => owned(settings(&[Level::Read, Level::List])),
            Self::WriteConfig => owned(written()),
            Self::Administer => owned(settings(&[Level::Read, Level::List]).union(written()).union(administered())),
            Self::Actions(patterns) => patterns.iter().map(|pattern| Cow::Owned(pattern.to_string())).collect(),
        }
    }

    /// Its actions as a set.
    pub fn actions(&self) -> Actions {
        self.names().iter().map(|name| Actions::matching(name)).fold(Actions::default(), Actions::union)
    }

    /// The verb as profiles write it.
    pub fn word(&self) -> String {
        match self {
            Self::Read => "read".to_owned(),
            Self::ReadVersions => "read-versions".to_owned(),
            Self::List => "list".to_owned(),
            Self::ListVersions => "list-versions".to_owned(),
            Self::Write => "write".to_owned(),
            Self::Delete => "delete".to_owned(),
            Self::DeleteVersions => "delete-versions".to_owned(),
            Self::Tag => "tag".to_owned(),
            Self::ReadConfig => "read-config".to_owned(),
            Self::WriteConfig => "write-config".to_owned(),
            Self::Administer => "administer".to_owned(),
            Self::Actions(patterns) => patterns.iter().map(ActionPattern::as_str).collect::<Vec<_>>().join(", "),
        }
    }
}

fn owned(actions: Actions) -> Vec<Cow<'static, str>> {
    actions.iter().map(|action| Cow::Owned(action.name())).collect()
}

/// The actions on the bucket itself of some levels, without the listings of its contents.
fn settings(levels: &[Level]) -> Actions {
    // What lists uploads shows keys; what else lies outside is no setting of the bucket.
    const NO_SETTING: &[&str] = &["ListBucketMultipartUploads", "AllowVendedLogDeliveryForResource", "PauseReplication"];
    let setting = |action: &Action| Aspect::Bucket.has(*action) && !action.kinds().object() && !NO_SETTING.contains(&action.short_name());
    Action::all().filter(|action| levels.contains(&action.level())).filter(setting).collect()
}

fn written() -> Actions {
    let guarded = |action: &Action| GUARDED.contains(&action.short_name());
    settings(&[Level::Write, Level::Tagging, Level::Permissions]).iter().filter(|action| !guarded(action)).collect()
}

fn administered() -> Actions {
    REPAIR.iter().chain(&["s3:DeleteBucket"]).map(|name| Actions::matching(name)).fold(Actions::default(), Actions::union)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_name_is_an_action() {
        for name in Verb::ALL.iter().flat_map(Verb::names).chain(REPAIR.iter().chain(DATA).map(|name| Cow::Borrowed(*name))) {
            let action = Action::parse(&name).unwrap_or_else(|| panic!("{name}"));
            assert!(Aspect::ALL.iter().any(|aspect| aspect.has(action)), "{name}");
        }
    }

    #[test]
    fn configuration_is_read_and_written_without_the_keys_to_the_door() {
        let names = |verb: Verb| verb.names().join(" ") + " ";
        let read = names(Verb::ReadConfig);
        assert!(read.contains("s3:GetBucketPolicy ") && read.contains("s3:GetReplicationConfiguration"));
        assert!(!read.contains("s3:ListBucket") && !read.contains("s3:Put"));
        let write = names(Verb::WriteConfig);
        assert!(write.contains("s3:PutLifecycleConfiguration") && write.contains("s3:PutBucketTagging"));
        for guarded in GUARDED {
            assert!(!write.contains(&format!("s3:{guarded} ")), "{guarded}");
        }
        let all = names(Verb::Administer);
        assert!(REPAIR.iter().all(|name| all.contains(name)) && all.contains("s3:DeleteBucket ") && !all.contains("PutBucketAcl"));
    }

    #[test]
    fn patterns_cover_something_or_are_refused() {
        for good in ["s3:GetObject", "s3:*", "*", "s3:Get*"] {
            assert!(ActionPattern::check(good).is_ok(), "{good}");
        }
        for bad in ["s3:HeadObject", "s3:GetObjct", "kms:Decrypt", "", "s3:Frob*"] {
            assert!(ActionPattern::check(bad).is_err(), "{bad}");
        }
    }
}
