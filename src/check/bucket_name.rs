//! Names that S3 takes and that make trouble.

use super::Subject;
use crate::diag::{Code, Finding};
use crate::path;

pub(super) fn check(subject: &Subject<'_>, findings: &mut Vec<Finding>) {
    let name = &subject.profile.bucket.name;
    let undotted = name.without_dots();
    if undotted != name.as_str() {
        findings.push(
            Finding::new(Code::DottedName, path!["bucket", "name"], format!("HTTPS to `{name}` fails certificate checks because of its dots"))
                .help(format!("call it `{}`", undotted)),
        );
    }
}
