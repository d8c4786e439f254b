//! Names in an account's own namespace: whose it is must be known, and the suffix must fit.

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
    let (Some(_), Some(region)) = (&bucket.account, &bucket.region) else {
        let message = "a name in the account's own namespace needs `account` and `region`";
        findings.push(Finding::new(Code::NamespaceUnknown, at, message).help("add both to `bucket`: S3 puts them behind the name"));
        return;
    };
    if WITHOUT.contains(&region.as_str()) {
        let message = format!("`{region}` has no namespaces of accounts");
        findings.push(Finding::new(Code::NamespaceUnknown, at, message).help("use `namespace: global` there"));
    }
    let name = bucket.full_name();
    let length = name.as_str().len();
    if length > BucketName::MAX {
        let message = format!("with its suffix the name has {length} characters, S3 takes {}", BucketName::MAX);
        findings.push(
            Finding::new(Code::BadName, path!["bucket", "name"], message)
                .help(format!("shorten it by {}: the whole name is `{name}`", length - BucketName::MAX)),
        );
    }
}
