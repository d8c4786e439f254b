//! Prefixes on what knows none, and listings that show more names than meant.

use super::Subject;
use crate::diag::{Code, Finding};
use crate::protect::verbs::{Aspect, Verb};

pub(super) fn check(subject: &Subject<'_>, findings: &mut Vec<Finding>) {
    for rule in subject.rules().filter(|rule| !rule.prefixes.is_empty()) {
        for (at, verb) in rule.can.iter().enumerate() {
            let whole = verb.actions().iter().all(|action| Aspect::Bucket.has(action));
            if whole {
                let message = format!("`{}` is about the whole bucket, whatever `prefixes` says", verb.word());
                let finding = Finding::new(Code::PrefixWithoutEffect, rule.path.then("can").then(at), message);
                findings.push(finding.help("put it into a grant or deny of its own, without `prefixes`"));
            }
            let lists = matches!(verb, Verb::List | Verb::ListVersions);
            if lists && rule.via.is_none() {
                let message = "a list without a prefix still shows the names below the denied prefixes";
                let finding = Finding::new(Code::ListingShowsNames, rule.path.then("can").then(at), message);
                findings.push(finding.help("deny `list` without `prefixes`, or keep what has secret names in a bucket of its own"));
            }
        }
    }
}
