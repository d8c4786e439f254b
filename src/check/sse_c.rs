//! Keys that callers bring along.

use super::{Subject, turned_off};
use crate::diag::{Code, Finding};
use crate::path;
use crate::protect::encryption::SseC;

pub(super) fn check(subject: &Subject<'_>, findings: &mut Vec<Finding>) {
    if subject.profile.encryption.sse_c == SseC::Allow {
        let message = "callers can encrypt objects under keys that only they have".into();
        findings.push(turned_off(Code::SseCAllowed, path!["encryption", "sse_c"], message));
    }
}
