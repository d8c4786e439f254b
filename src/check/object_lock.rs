//! Object Lock: one unit of time, versioning beneath it, and no way back from compliance mode.

use super::{Subject, needs_versioning};
use crate::diag::{Code, Finding};
use crate::path;
use crate::plan::{LockMode, Period};

pub(super) fn check(subject: &Subject<'_>, findings: &mut Vec<Finding>) {
    let bucket = &subject.profile.bucket;
    let Some(lock) = &bucket.object_lock else { return };
    let at = path!["bucket", "object_lock"];
    needs_versioning(subject, at.clone(), "Object Lock", findings);
    let Some(period) = lock.period() else {
        let message = if lock.days.is_some() { "the retention is given in days and in years" } else { "the retention has no length" };
        findings.push(Finding::new(Code::RetentionLength, at, message).help("write `days` or `years`, one of them"));
        return;
    };
    if lock.mode == LockMode::Compliance {
        let message = "until its time is over, nobody can delete a version: not the root user, not AWS Support";
        findings.push(
            Finding::new(Code::ComplianceLock, at.then("mode"), message)
                .help("use `governance`, or accept it in `waivers` once somebody has checked the length and the cost"),
        );
    }
    let days = match period {
        Period::Days(days) => days,
        Period::Years(years) => years.saturating_mul(365),
    };
    if let Some(expiry) = bucket.lifecycle.expire_noncurrent_after_days.number().filter(|expiry| *expiry < days) {
        let message = format!("old versions stay for the {days} days of the retention, not for {expiry}");
        findings.push(
            Finding::new(Code::RetentionOutlastsLifecycle, path!["bucket", "lifecycle", "expire_noncurrent_after_days"], message)
                .also(at, "the retention")
                .help("lifecycle skips locked versions and removes them later: nothing breaks, but storage is billed longer"),
        );
    }
}
