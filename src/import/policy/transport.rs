//! Encryption in transit: Denies of plain HTTP, and of versions of TLS that are too old.

use super::{Stated, Target, drain};
use crate::import::draft::Draft;

const SWITCH: &[&str] = &["Bool", "BoolIfExists"];
const OLDER: &[&str] = &["NumericLessThan", "NumericLessThanIfExists"];

pub(super) fn take(left: &mut Vec<Stated>, target: &Target, draft: &mut Draft) {
    drain(left, |statement| {
        let everything = ["s3:GetObject", "s3:PutObject", "s3:ListBucket"].iter().all(|name| statement.covers(name));
        if !statement.denies_all() || !everything || !statement.is_on_all(target, false) {
            return false;
        }
        let mut conditions = statement.conditions();
        if conditions.is(SWITCH, "aws:SecureTransport", "false") {
            return conditions.is_empty() && draft.set("transport/https_only", true.into()).is_ok();
        }
        let version = conditions.one(OLDER, "s3:TlsVersion");
        version.is_some_and(|version| conditions.is_empty() && draft.set("transport/minimum_tls", version.into()).is_ok())
    });
}
