//! Lifecycle rules that S3 would refuse, or that undo each other.

use super::Subject;
use crate::diag::{Code, Finding};
use crate::path;
use crate::plan::StorageClass;

/// Days that objects must have been in standard storage before they move to the infrequent-access classes.
const LEAST_DAYS: u32 = 30;

pub(super) fn check(subject: &Subject<'_>, findings: &mut Vec<Finding>) {
    let lifecycle = &subject.profile.bucket.lifecycle;
    let at = |index: usize, key: &'static str| path!["bucket", "lifecycle", "transitions", index, key];
    let infrequent = |class| matches!(class, StorageClass::StandardIa | StorageClass::OnezoneIa);
    for (index, transition) in lifecycle.transitions.iter().enumerate() {
        if infrequent(transition.to) && transition.after_days < LEAST_DAYS {
            let message = format!("S3 moves objects to `{}` after {LEAST_DAYS} days at the earliest", transition.to.word());
            findings.push(Finding::new(Code::LifecycleOrder, at(index, "after_days"), message).help(format!("use {LEAST_DAYS} or more")));
        }
    }
    for (index, pair) in lifecycle.transitions.windows(2).enumerate() {
        let [before, after] = pair else { continue };
        if !before.to.moves_to(after.to) {
            let message = format!("objects do not move from `{}` to `{}`", before.to.word(), after.to.word());
            findings.push(
                Finding::new(Code::LifecycleOrder, at(index + 1, "to"), message)
                    .also(at(index, "to"), "they are here by then")
                    .help("S3 moves objects from warmer to colder storage only, and not between all classes: leave one of the moves out"),
            );
        }
        let apart = if infrequent(before.to) { LEAST_DAYS } else { 1 };
        if after.after_days < before.after_days.saturating_add(apart) {
            let message = format!("the move comes less than {apart} days after the one before");
            findings.push(
                Finding::new(Code::LifecycleOrder, at(index + 1, "after_days"), message)
                    .also(at(index, "after_days"), "the one before")
                    .help(format!("use {} or more", before.after_days.saturating_add(apart))),
            );
        }
    }
    let expiry = lifecycle.expire_after_days.and_then(|days| days.number());
    if let (Some(expiry), Some(last)) = (expiry, lifecycle.transitions.last())
        && expiry <= last.after_days
    {
        let message = format!("objects expire after {expiry} days, before they would move to `{}`", last.to.word());
        findings.push(
            Finding::new(Code::LifecycleOrder, path!["bucket", "lifecycle", "expire_after_days"], message)
                .also(at(lifecycle.transitions.len() - 1, "after_days"), "the move")
                .help("expire later, or leave the move out"),
        );
    }
}
