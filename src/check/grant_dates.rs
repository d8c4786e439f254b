//! Grants whose time is over.

use super::Subject;
use crate::diag::{Code, Finding};

pub(super) fn check(subject: &Subject<'_>, findings: &mut Vec<Finding>) {
    for rule in subject.rules().filter(|rule| rule.via.is_some()) {
        if let Some(before) = rule.when.before.as_ref().filter(|before| *before <= subject.today) {
            findings.push(
                Finding::new(Code::GrantExpired, rule.path.then("when").then("before"), format!("the grant has ended: it holds before {before}"))
                    .help("remove the grant, or give it a later day"),
            );
        }
    }
}
