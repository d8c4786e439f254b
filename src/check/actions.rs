//! Actions of grants and denies that a policy of the bucket cannot be about, or that are too wide.

use super::Subject;
use crate::diag::{Code, Finding};
use crate::protect::verbs::Aspect;

pub(super) fn check(subject: &Subject<'_>, findings: &mut Vec<Finding>) {
    for rule in subject.rules() {
        for (place, pattern) in rule.patterns() {
            if rule.via.is_some() && pattern.has_wildcard() {
                let message = format!("`{pattern}` grants actions that nobody has named, and those that S3 adds later");
                findings.push(Finding::new(Code::WildcardInGrant, place, message).help("name the actions, or use verbs such as `read` and `write`"));
                continue;
            }
            let fits = pattern.actions().iter().any(|action| Aspect::ALL.iter().any(|aspect| aspect.has(action)));
            if !fits {
                let message = format!("`{pattern}` is done neither to a bucket nor to an object, so that no policy of the bucket matches it");
                findings.push(Finding::new(Code::ActionUnfit, place, message).help("remove it; grant it by an identity policy of your own"));
            }
        }
    }
}
