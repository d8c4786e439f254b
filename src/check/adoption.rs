//! Adoption: what others put on the bucket and would be lost.

use super::Subject;
use crate::diag::{Code, Finding};
use crate::path;

pub(super) fn check(subject: &Subject<'_>, findings: &mut Vec<Finding>) {
    let bucket = &subject.profile.bucket;
    let keep = bucket.policy.as_ref().map(|policy| policy.keep.as_slice()).unwrap_or_default();
    let at = path!["bucket", "policy", "keep"];
    match (bucket.existing, keep.is_empty()) {
        (true, true) => findings.push(
            Finding::new(Code::ExistingConfigurationReplaced, path!["bucket", "existing"], "the policy of the bucket is replaced, and every other setting that the profile has")
                .help("name the statements that others own in `bucket.policy.keep`, or check what is there and accept it in `waivers`"),
        ),
        (true, false) => findings.push(
            Finding::new(Code::KeptUnproved, at, "statements that are kept are on the bucket only, so nothing here is checked against them")
                .help("write what they grant into the profile once their owners agree"),
        ),
        (false, false) => findings.push(
            Finding::new(Code::SettingIgnored, at, "a bucket that is made has no statements of others to keep")
                .help("set `existing: true`, or remove it"),
        ),
        (false, true) => {}
    }
}
