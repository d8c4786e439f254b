//! Settings under which S3 delivers no access logs to a bucket.

use super::Subject;
use crate::diag::{Code, Finding};
use crate::path;
use crate::plan::Algorithm;
use crate::profile::Preset;

pub(super) fn check(subject: &Subject<'_>, findings: &mut Vec<Finding>) {
    let profile = subject.profile;
    if profile.preset != Preset::LogArchive {
        return;
    }
    let algorithm = profile.encryption.algorithm;
    if algorithm != Algorithm::SseS3 {
        let message = format!("S3 delivers no access logs to a bucket with `{}`", algorithm.word());
        findings.push(Finding::new(Code::LogTargetUnfit, path!["encryption", "algorithm"], message).help("use `algorithm: sse-s3`"));
    }
    if profile.bucket.object_lock.is_some() {
        let message = "S3 delivers no access logs to a bucket with a default retention";
        findings.push(
            Finding::new(Code::LogTargetUnfit, path!["bucket", "object_lock"], message)
                .help("use `protect_versions`, which the preset has, and leave Object Lock out"),
        );
    }
}
