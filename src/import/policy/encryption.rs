//! What uploads may say about encryption: no keys of the caller, and the bucket's algorithm and key where they are pinned.

use super::{Stated, Target, drain};
use crate::import::draft::Draft;

const ALGORITHM: &str = "s3:x-amz-server-side-encryption";
const KEY: &str = "s3:x-amz-server-side-encryption-aws-kms-key-id";
const CUSTOMER: &str = "s3:x-amz-server-side-encryption-customer-algorithm";

pub(super) fn take(left: &mut Vec<Stated>, target: &Target, draft: &mut Draft) {
    let algorithm = match draft.get("encryption/algorithm").and_then(|word| word.as_str()) {
        Some("sse-kms") => "aws:kms",
        Some("dsse-kms") => "aws:kms:dsse",
        _ => "AES256",
    };
    drain(left, |statement| {
        if !statement.denies_all() || !statement.covers("s3:PutObject") || !statement.is_on_all(target, false) {
            return false;
        }
        let mut conditions = statement.conditions();
        if conditions.is(&["Null"], CUSTOMER, "false") {
            return conditions.is_empty() && draft.set("encryption/sse_c", "block".into()).is_ok();
        }
        // Each of the three is a part of pinning; whether all are there the proof says.
        let other = conditions.is(&["StringNotEquals"], ALGORITHM, algorithm) && conditions.is(&["Null"], ALGORITHM, "false");
        let key = conditions.one(&["StringNotEquals"], KEY).is_some() && conditions.is(&["Null"], KEY, "false");
        let without = conditions.is(&["StringEquals"], ALGORITHM, algorithm) && conditions.is(&["Null"], KEY, "true");
        let one = [other, key, without].iter().filter(|found| **found).count() == 1;
        one && conditions.is_empty() && draft.set("encryption/uploads", "pinned".into()).is_ok()
    });
}
