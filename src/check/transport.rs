//! Requests over plain HTTP that nothing refuses.

use super::{Subject, turned_off};
use crate::diag::{Code, Finding};
use crate::path;

pub(super) fn check(subject: &Subject<'_>, findings: &mut Vec<Finding>) {
    if !subject.profile.transport.https_only {
        let message = "objects can be read and written over plain HTTP".into();
        findings.push(turned_off(Code::PlainHttpAllowed, path!["transport", "https_only"], message));
    }
}
