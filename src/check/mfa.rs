//! MFA delete beside settings that S3 does not take with it.

use super::{Subject, needs_versioning};
use crate::diag::{Code, Finding};
use crate::path;

pub(super) fn check(subject: &Subject<'_>, findings: &mut Vec<Finding>) {
    if !subject.profile.mfa.delete {
        return;
    }
    let at = path!["mfa", "delete"];
    needs_versioning(subject, at.clone(), "MFA delete", findings);
    let lifecycle = path!["bucket", "lifecycle"];
    if subject.is_written(&lifecycle) {
        findings.push(
            Finding::new(Code::MfaDeleteWithLifecycle, lifecycle, "S3 takes no lifecycle beside MFA delete")
                .also(at, "MFA delete")
                .help("choose one of them: `protect_versions` guards versions too, and leaves lifecycle alone"),
        );
    } else {
        findings.push(
            Finding::new(Code::LifecycleDropped, at, "the default clean-up is left out: S3 takes no lifecycle beside MFA delete")
                .help("old versions and the parts of broken uploads stay and are billed until somebody removes them"),
        );
    }
}
