//! Cross-origin rules that let any page write.

use super::Subject;
use crate::diag::{Code, Finding};
use crate::path;

pub(super) fn check(subject: &Subject<'_>, findings: &mut Vec<Finding>) {
    for (index, rule) in subject.profile.bucket.cors.iter().enumerate() {
        let any = rule.origins.iter().position(|origin| origin.as_str() == "*");
        if let (Some(any), Some(method)) = (any, rule.methods.iter().find(|method| method.writes())) {
            let message = format!("any web page may use `{}` with a visitor's access", method.name());
            findings.push(
                Finding::new(Code::CorsAnyOrigin, path!["bucket", "cors", index, "origins", any], message)
                    .help("name the origins of the pages, or allow `GET` and `HEAD` only"),
            );
        }
    }
}
