//! The bucket itself: its name, where it lives, its tags, and what becomes of it when the stack goes.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};

use super::acl::AclGrant;
use super::adoption::{ImportedSection, PolicySection};
use super::cors::Cors;
use super::lifecycle::Lifecycle;
use super::object_lock::ObjectLock;
use super::replication::Replication;
use super::versions::ProtectVersions;
use super::{Draft, Meta, Protection};
use crate::names::{AccountId, BucketName, Region, TagKey, TagValue};
use crate::path;
use crate::plan::{Ownership, Versioning};

/// What is known about this protection.
pub const META: Meta = Meta {
    id: "bucket",
    title: "the bucket",
    risk: "removing the stack removes the data, or another account gets the name",
    statements: &[],
};

/// What becomes of the bucket when the stack or module is removed.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(test, derive(schemars::JsonSchema), schemars(inline))]
#[serde(rename_all = "lowercase")]
pub enum OnDelete {
    /// It stays.
    Retain,
    /// It is deleted, if it is empty.
    Delete,
}

/// The bucket.
#[derive(Clone, Debug, Serialize, Deserialize)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
#[serde(deny_unknown_fields)]
pub struct Bucket {
    /// Its name: 3 to 63 lower-case letters, digits, hyphens and dots, unique within the partition. `${aws.account}` and
    /// `${aws.region}` in it are the account and the region that are deployed to, so that one profile fits many of them.
    pub name: BucketName,
    /// The account that owns it, quoted. Without it: the account that the template is deployed to.
    #[serde(default)]
    pub account: Option<AccountId>,
    /// The region that it lives in. Without it: the region that the template is deployed to.
    #[serde(default)]
    pub region: Option<Region>,
    /// Tags of the bucket and of what is made for it.
    #[serde(default)]
    #[cfg_attr(test, schemars(extend("propertyNames" = { "format": "tag-key" }, "maxProperties" = 49)))]
    pub tags: BTreeMap<TagKey, TagValue>,
    /// What becomes of it when the stack or module is removed.
    pub on_delete: OnDelete,
    /// Whether the bucket exists already and is adopted: imported, and then put in order.
    #[serde(default)]
    pub existing: bool,
    /// What `s3harden import` found of a bucket that exists. A profile that was written by hand has none.
    #[serde(default)]
    pub imported: Option<ImportedSection>,
    /// The bucket policy where others have a part in it.
    #[serde(default)]
    pub policy: Option<PolicySection>,
    /// Whether old versions of objects are kept. Anything but `enabled` needs a waiver for `versioning-off`.
    pub versioning: Versioning,
    /// Who owns objects, and whether ACLs count. Anything but `enforced` needs a waiver for `acls-enabled`.
    pub ownership: Ownership,
    /// What happens to objects with time.
    pub lifecycle: Lifecycle,
    /// Whose namespace the name is in. In `account-regional` nobody else can take it before or after: `name` is then the
    /// beginning, and S3's suffix of account and region is added.
    pub namespace: Namespace,
    /// Object Lock, with a default retention for every new version. Needs versioning.
    #[serde(default)]
    pub object_lock: Option<ObjectLock>,
    /// Whether nobody may delete versions or weaken what keeps them: `true`, or `{except: [principals]}`.
    pub protect_versions: ProtectVersions,
    /// Copies of new objects in another bucket. Needs versioning.
    #[serde(default)]
    pub replication: Option<Replication>,
    /// Which web pages may use the bucket from a browser.
    #[serde(default)]
    #[cfg_attr(test, schemars(length(max = 100)))]
    pub cors: Vec<Cors>,
    /// Whether S3 tells EventBridge what happens to objects.
    pub events: Events,
    /// Grants beside the policies, for deliveries that need them. Needs an `ownership` other than `enforced`.
    #[serde(default)]
    #[cfg_attr(test, schemars(length(max = 20)))]
    pub acl: Vec<AclGrant>,
}

/// Whose namespace a bucket's name is in.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(test, derive(schemars::JsonSchema), schemars(inline))]
#[serde(rename_all = "kebab-case")]
pub enum Namespace {
    /// Everybody's: the first to take a name has it.
    Global,
    /// The account's own in a region.
    AccountRegional,
}

/// Who hears of what happens to objects.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(test, derive(schemars::JsonSchema), schemars(inline))]
#[serde(rename_all = "lowercase")]
pub enum Events {
    /// Amazon EventBridge.
    Eventbridge,
    /// Nobody.
    None,
}

impl Bucket {
    /// A name in which the bucket's account and region stand in their places.
    pub fn settled(&self, name: &BucketName) -> BucketName {
        name.settled(self.account.as_ref(), self.region.as_ref())
    }

    /// Whether a name is that of the bucket.
    pub fn is_called(&self, name: &BucketName) -> bool {
        self.settled(name) == self.full_name()
    }

    /// The name as S3 has it: in the account's own namespace with the suffix that says whose it is.
    pub fn full_name(&self) -> BucketName {
        let (account, region) = (self.account.as_ref(), self.region.as_ref());
        match self.namespace {
            Namespace::AccountRegional => self.name.in_namespace(account, region),
            Namespace::Global => self.settled(&self.name),
        }
    }

    /// The name of a companion, such as the one for `logs`, in the same namespace.
    pub fn companion_name(&self, purpose: &str) -> BucketName {
        let (account, region) = (self.account.as_ref(), self.region.as_ref());
        match self.namespace {
            Namespace::AccountRegional => self.name.companion_in_namespace(purpose, account, region),
            Namespace::Global => self.settled(&self.name).companion(purpose, BucketName::MAX),
        }
    }
}

impl Protection for Bucket {
    const META: Meta = META;

    fn lower(&self, draft: &mut Draft) {
        draft.retain = self.on_delete == OnDelete::Retain;
        draft.bucket.account_regional = self.namespace == Namespace::AccountRegional;
        draft.claim_setting(&META, path!["bucket", "on_delete"], "on delete", if draft.retain { "retain" } else { "delete" });
    }
}
