//! Objects for everybody under a key that not everybody can use.

use super::Subject;
use crate::diag::{Code, Finding};
use crate::path;
use crate::plan::Algorithm;
use crate::protect::principal::Grantee;

pub(super) fn check(subject: &Subject<'_>, findings: &mut Vec<Finding>) {
    let algorithm = subject.profile.encryption.algorithm;
    let switches = subject.profile.public_access.block.switches();
    if algorithm == Algorithm::SseS3 {
        return;
    }
    let everybody = subject.profile.grants.iter().position(|grant| grant.to.contains(&Grantee::Everyone));
    let (opened, why) = match everybody {
        Some(number) => (path!["grants", number, "to"], "everybody is let in here"),
        None if switches.public_policy && switches.restrict => return,
        None => (path!["public_access", "block"], "public access is let in here"),
    };
    findings.push(
        Finding::new(Code::PublicWithKms, path!["encryption", "algorithm"], "anonymous callers cannot read or write objects under a KMS key")
            .also(opened, why)
            .help("use `algorithm: sse-s3` for public objects, or let nobody in without credentials"),
    );
}
