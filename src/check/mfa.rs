//! MFA delete beside settings that S3 does not take with it.

use super::{Subject, needs_versioning};
use crate::diag::{Code, Finding};
use crate::path;
use crate::protect::lifecycle::Days;

pub(super) fn check(subject: &Subject<'_>, findings: &mut Vec<Finding>) {
    if !subject.profile.mfa.delete {
        return;
    }
    let at = path!["mfa", "delete"];
    needs_versioning(subject, at.clone(), "MFA delete", findings);
    let lifecycle = path!["bucket", "lifecycle"];
    let clean_up = &subject.profile.bucket.lifecycle;
    let days = [
        ("abort_multipart_after_days", clean_up.abort_multipart_after_days.number()),
        ("expire_noncurrent_after_days", clean_up.expire_noncurrent_after_days.number()),
        ("expire_after_days", clean_up.expire_after_days.and_then(Days::number)),
    ];
    // `never` is no lifecycle.
    let written = |(key, days): &(&'static str, Option<u32>)| days.is_some() && subject.is_written(&path!["bucket", "lifecycle", *key]);
    if !clean_up.transitions.is_empty() || days.iter().any(written) {
        findings.push(
            Finding::new(Code::MfaDeleteWithLifecycle, lifecycle, "S3 takes no lifecycle beside MFA delete")
                .also(at, "MFA delete")
                .help("choose one of them: `protect_versions` guards versions too, and leaves lifecycle alone"),
        );
    } else if days.iter().any(|(_, days)| days.is_some()) {
        findings.push(
            Finding::new(Code::LifecycleDropped, at, "the default clean-up is left out: S3 takes no lifecycle beside MFA delete")
                .help("old versions and the parts of broken uploads stay and are billed until somebody removes them"),
        );
    }
}
