//! Objects for everybody under a key that not everybody can use.

use super::Subject;
use crate::diag::{Code, Finding};
use crate::path;
use crate::plan::Algorithm;

pub(super) fn check(subject: &Subject<'_>, findings: &mut Vec<Finding>) {
    let algorithm = subject.profile.encryption.algorithm;
    let switches = subject.profile.public_access.block.switches();
    if algorithm != Algorithm::SseS3 && !(switches.public_policy && switches.restrict) {
        findings.push(
            Finding::new(Code::PublicWithKms, path!["encryption", "algorithm"], "anonymous callers cannot read objects under a KMS key")
                .also(path!["public_access", "block"], "public access is let in here")
                .help("use `algorithm: sse-s3` for public objects, or block public access"),
        );
    }
}
