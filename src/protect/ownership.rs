//! Object ownership: with `enforced`, ACLs are off and policies alone decide.

use super::{Draft, Meta, Protection};
use crate::path;
use crate::plan::Ownership;

/// What is known about this protection.
pub const META: Meta = Meta {
    id: "ownership",
    title: "object ownership",
    risk: "objects belong to whoever uploads them, and their ACLs grant beside the policies",
    statements: &[],
};

impl Protection for Ownership {
    const META: Meta = META;

    fn lower(&self, draft: &mut Draft) {
        draft.bucket.ownership = *self;
        draft.claim_setting(&META, path!["bucket", "ownership"], "ownership", self.word());
    }
}
