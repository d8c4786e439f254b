//! Networks that lock out whoever could put them right.

use super::Subject;
use crate::diag::{Code, Finding};
use crate::path;
use crate::protect::network::AppliesTo;
use crate::protect::principal::Identity;

pub(super) fn check(subject: &Subject<'_>, findings: &mut Vec<Finding>) {
    let Some(network) = &subject.profile.network else { return };
    if network.applies_to != AppliesTo::All || (network.allow.is_empty() && network.deny.is_empty()) {
        return;
    }
    let owner = subject.profile.bucket.account.as_ref().map(|account| account.as_str());
    // S3 takes a bucket policy from the owner's account only ("PutBucketPolicy", Amazon S3 API Reference).
    let elsewhere = |identity: &Identity| owner.is_some() && identity.account().is_some() && identity.account() != owner;
    let nobody = network.break_glass.is_empty() && network.deployer.is_empty();
    if !network.break_glass.iter().chain(&network.deployer).all(elsewhere) {
        return;
    }
    let message = if nobody {
        "whom the networks keep out is locked out of the bucket policy too, and nobody is named who may repair it"
    } else {
        "whom the networks keep out is locked out of the bucket policy too, and those who may repair it are in other accounts"
    };
    findings.push(
        Finding::new(Code::Lockout, path!["network", "applies_to"], message)
            .help("name a role of the bucket's account in `break_glass` or `deployer`, or use `applies_to: data`"),
    );
}
