//! Names in an account's own namespace: there must be one, and the suffix must fit.

use super::Subject;
use crate::diag::{Code, Finding};
use crate::names::BucketName;
use crate::path;
use crate::protect::bucket::Namespace;

/// Regions without account-regional namespaces ("Account regional namespaces", Amazon S3 User Guide).
const WITHOUT: &[&str] = &["me-central-1", "me-south-1"];

pub(super) fn check(subject: &Subject<'_>, findings: &mut Vec<Finding>) {
    let bucket = &subject.profile.bucket;
    if bucket.namespace != Namespace::AccountRegional {
        return;
    }
    let at = path!["bucket", "namespace"];
    if let Some(region) = bucket.region.as_ref().filter(|region| WITHOUT.contains(&region.as_str())) {
        let message = format!("`{region}` has no namespaces of accounts");
        findings.push(Finding::new(Code::NamespaceUnknown, at, message).help("use `namespace: global` there"));
    }
    let name = bucket.full_name();
    let length = name.width();
    if length > BucketName::MAX {
        let can = if name.is_open() { "can have" } else { "has" };
        let message = format!("with its suffix the name {can} {length} characters, S3 takes {}", BucketName::MAX);
        findings.push(
            Finding::new(Code::BadName, path!["bucket", "name"], message)
                .help(format!("shorten it by {}: the whole name is `{name}`", length - BucketName::MAX)),
        );
    }
}
