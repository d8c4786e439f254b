//! Lifecycle: what is left over is removed, so that versioning does not grow without end.

use serde::{Deserialize, Serialize};

use super::{Draft, Meta, Protection};
use crate::path;
use crate::plan::{LifecycleRule, StorageClass, Versioning};

/// What is known about this protection.
pub const META: Meta = Meta {
    id: "lifecycle",
    title: "lifecycle",
    risk: "old versions and the parts of broken uploads are kept, and billed, for ever",
    statements: &[],
};

/// A number of days, or `never`.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(untagged)]
pub enum Days {
    /// After so many days.
    After(u32),
    /// Not at all.
    Never(Never),
}

/// The word for not at all.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub enum Never {
    /// Not at all.
    #[serde(rename = "never")]
    Never,
}

impl Days {
    /// The number of days, if there is one.
    pub const fn number(self) -> Option<u32> {
        match self {
            Self::After(days) => Some(days),
            Self::Never(Never::Never) => None,
        }
    }
}

/// The most days that S3 takes.
#[cfg(test)]
const MOST_DAYS: u32 = 2_147_483_647;

#[cfg(test)]
impl schemars::JsonSchema for Days {
    fn schema_name() -> std::borrow::Cow<'static, str> {
        "Days".into()
    }
    fn inline_schema() -> bool {
        true
    }
    fn json_schema(_: &mut schemars::SchemaGenerator) -> schemars::Schema {
        schemars::json_schema!({
            "anyOf": [{ "type": "integer", "minimum": 1, "maximum": MOST_DAYS }, { "const": "never" }],
            "x-expects": "a whole number of days from 1, or `never`",
        })
    }
}

/// What happens to objects with time.
#[derive(Clone, Debug, Serialize, Deserialize)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
#[serde(deny_unknown_fields)]
pub struct Lifecycle {
    /// Days after which the parts of an upload that was never completed are removed.
    pub abort_multipart_after_days: Days,
    /// Days after which versions that are not current are removed, with the delete markers that remain.
    pub expire_noncurrent_after_days: Days,
    /// Days after which objects are removed. Not set unless the profile does.
    #[serde(default)]
    pub expire_after_days: Option<Days>,
    /// Moves to cheaper storage, in the order of their days.
    #[serde(default)]
    pub transitions: Vec<Transition>,
}

/// A move to cheaper storage.
#[derive(Clone, Debug, Serialize, Deserialize)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
#[serde(deny_unknown_fields)]
pub struct Transition {
    /// Days since the object was made.
    #[cfg_attr(test, schemars(range(min = 0, max = MOST_DAYS)))]
    pub after_days: u32,
    /// The storage class that it moves to.
    pub to: StorageClass,
}

/// Lifecycle beside the versioning that it cleans up after.
#[derive(Debug)]
pub struct CleanUp<'a>(pub &'a Lifecycle, pub Versioning);

impl Protection for CleanUp<'_> {
    const META: Meta = META;

    fn lower(&self, draft: &mut Draft) {
        let Self(lifecycle, versioning) = self;
        let rules = &mut draft.bucket.lifecycle;
        rules.extend(lifecycle.abort_multipart_after_days.number().map(LifecycleRule::AbortIncompleteUploads));
        if *versioning != Versioning::Off {
            rules.extend(lifecycle.expire_noncurrent_after_days.number().map(LifecycleRule::ExpireOldVersions));
        }
        rules.extend(lifecycle.expire_after_days.and_then(Days::number).map(LifecycleRule::ExpireObjects));
        if !lifecycle.transitions.is_empty() {
            let moves = lifecycle.transitions.iter().map(|t| crate::plan::Transition { after_days: t.after_days, to: t.to });
            rules.push(LifecycleRule::Transition(moves.collect()));
        }
        let count = draft.bucket.lifecycle.len();
        draft.claim_setting(&META, path!["bucket", "lifecycle"], "lifecycle rules", count.to_string());
    }
}
