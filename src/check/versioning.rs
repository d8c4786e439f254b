//! Versioning that is not enabled.

use super::{Subject, turned_off};
use crate::diag::{Code, Finding};
use crate::path;
use crate::plan::Versioning;

pub(super) fn check(subject: &Subject<'_>, findings: &mut Vec<Finding>) {
    let versioning = subject.profile.bucket.versioning;
    if versioning != Versioning::Enabled {
        let message = format!("with versioning `{}`, what is overwritten or deleted is gone", versioning.word());
        findings.push(turned_off(Code::VersioningOff, path!["bucket", "versioning"], message));
    }
    let expiry = path!["bucket", "lifecycle", "expire_noncurrent_after_days"];
    if versioning == Versioning::Off && subject.is_written(&expiry) {
        let message = "`expire_noncurrent_after_days` has no effect without versioning";
        findings.push(Finding::new(Code::SettingIgnored, expiry, message).help("enable versioning, or remove it"));
    }
}
