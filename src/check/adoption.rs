//! Adoption: what others put on the bucket and would be lost.

use super::Subject;
use crate::diag::{Code, Finding};
use crate::path;

pub(super) fn check(subject: &Subject<'_>, findings: &mut Vec<Finding>) {
    let bucket = &subject.profile.bucket;
    let keep = bucket.policy.as_ref().map(|policy| policy.keep.as_slice()).unwrap_or_default();
    let at = path!["bucket", "policy", "keep"];
    let imported = bucket.imported.as_ref();
    if let Some(imported) = imported {
        // What a template of buckets in many accounts had is lost all the same.
        if !bucket.existing && (!bucket.full_name().is_open() || !imported.adopts.is_empty()) {
            let finding = Finding::new(Code::SettingIgnored, path!["bucket", "imported"], "a bucket that is made was never imported");
            findings.push(finding.help("set `existing: true`, or remove it"));
        }
        // Whatever the import could not express is looked at one by one.
        findings.extend(imported.lost.iter().enumerate().map(|(number, lost)| {
            let message = format!("the bucket has something that this profile takes away: {lost}");
            Finding::new(Code::ExistingConfigurationReplaced, path!["bucket", "imported", "lost", number], message)
                .help("write it into the profile, keep it with `bucket.policy.keep`, or remove the line once its owner agrees")
        }));
    }
    if bucket.existing && bucket.full_name().is_open() {
        let message = format!("the bucket exists, and the name `{}` is known only to the deployment", bucket.full_name());
        findings.push(
            Finding::new(Code::BadName, path!["bucket", "name"], message)
                .also(path!["bucket", "existing"], "it exists")
                .help("write out its name, or its `account` and `region`"),
        );
    }
    match (bucket.existing, keep.is_empty()) {
        (true, true) if imported.is_some() => {}
        (true, true) => findings.push(
            Finding::new(Code::ExistingConfigurationReplaced, path!["bucket", "existing"], "the policy of the bucket is replaced, and every other setting that the profile has")
                .help("begin with `s3harden import`, name the statements that others own in `bucket.policy.keep`, or accept it in `waivers`"),
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
