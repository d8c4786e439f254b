//! The bucket itself: its name, where it lives, its tags, and what becomes of it when the stack goes.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};

use super::{Draft, Meta, Protection, lifecycle::Lifecycle};
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
    /// Its name: 3 to 63 lower-case letters, digits, hyphens and dots, unique within the partition.
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
    /// Whether old versions of objects are kept. Anything but `enabled` needs a waiver for `versioning-off`.
    pub versioning: Versioning,
    /// Who owns objects, and whether ACLs count. Anything but `enforced` needs a waiver for `acls-enabled`.
    pub ownership: Ownership,
    /// What happens to objects with time.
    pub lifecycle: Lifecycle,
}

impl Protection for Bucket {
    const META: Meta = META;

    fn lower(&self, draft: &mut Draft) {
        draft.retain = self.on_delete == OnDelete::Retain;
        draft.bucket.tags.clone_from(&self.tags);
        draft.claim_setting(&META, path!["bucket", "on_delete"], "on delete", if draft.retain { "retain" } else { "delete" });
    }
}
