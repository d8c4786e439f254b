//! Presigned URLs and forms: forbidden, or bounded in age and networks.

use std::collections::BTreeSet;

use super::network::none_of;
use super::{Stated, Target, drain};
use crate::import::draft::Draft;

pub(super) fn take(left: &mut Vec<Stated>, target: &Target, draft: &mut Draft) {
    let beforehand = BTreeSet::from(["POST".to_owned(), "REST-QUERY-STRING".to_owned()]);
    drain(left, |statement| {
        if !statement.denies_all() || !statement.acts("s3:*") || !statement.is_on_all(target, true) {
            return false;
        }
        let mut conditions = statement.conditions();
        if conditions.take(&["StringEquals"], "s3:authType") != Some(beforehand.clone()) {
            return false;
        }
        if conditions.is_empty() {
            return draft.set("presigned_urls/allow", false.into()).is_ok();
        }
        // Signature version 2 has no age, and goes with the statement that has.
        if conditions.is(&["StringEquals"], "s3:signatureversion", "AWS") {
            return conditions.is_empty();
        }
        if let Some(age) = conditions.one(&["NumericGreaterThan"], "s3:signatureAge") {
            let age = age
                .parse::<u64>()
                .ok()
                .filter(|milliseconds| milliseconds.is_multiple_of(1_000))
                .map(|milliseconds| duration(milliseconds / 1_000));
            return age.is_some_and(|age| conditions.is_empty() && draft.set("presigned_urls/max_age", age.into()).is_ok());
        }
        let networks = none_of(&mut conditions);
        !networks.is_empty()
            && conditions.is_empty()
            && networks.into_iter().all(|(word, values)| draft.set(&format!("presigned_urls/{word}"), values.into()).is_ok())
    });
}

/// A length of time in the largest unit that holds it.
pub(super) fn duration(seconds: u64) -> String {
    let fits = |(scale, _): &&(u64, &str)| seconds.is_multiple_of(*scale);
    let (scale, unit) = [(86_400, "d"), (3_600, "h"), (60, "m")].iter().find(fits).copied().unwrap_or((1, "s"));
    format!("{}{unit}", seconds / scale)
}
