//! Guarantees that are asked for with what they do not use, or without what they need.

use super::Subject;
use crate::diag::{Code, Finding};
use crate::path;

pub(super) fn check(subject: &Subject<'_>, findings: &mut Vec<Finding>) {
    for (at, asked) in subject.profile.guarantees.iter().enumerate() {
        let name = asked.guarantee.word();
        let finding = |place, message| Finding::new(Code::GuaranteeUnfit, place, message);
        match asked.misfit() {
            None => {}
            Some((key, true)) => {
                findings.push(finding(path!["guarantees", at, key], format!("`{name}` does not use `{key}`")).help("leave it out, or ask for the guarantee that is meant"));
            }
            Some((key, false)) => {
                findings.push(finding(path!["guarantees", at, "guarantee"], format!("`{name}` needs `{key}`")).help("say what it is about"));
            }
        }
    }
}
