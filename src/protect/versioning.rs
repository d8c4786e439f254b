//! Versioning: what is overwritten or deleted can be had back.

use super::{Draft, Meta, Protection};
use crate::path;
use crate::plan::Versioning;

/// What is known about this protection.
pub const META: Meta = Meta { id: "versioning", title: "versioning", risk: "an overwritten or deleted object is gone", statements: &[] };

impl Protection for Versioning {
    const META: Meta = META;

    fn lower(&self, draft: &mut Draft) {
        draft.bucket.versioning = *self;
        draft.claim_setting(&META, path!["bucket", "versioning"], "versioning", self.word());
    }
}
