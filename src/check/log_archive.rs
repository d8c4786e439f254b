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
    findings.push(
        Finding::new(Code::ArchiveWithoutSources, path!["preset"], "the profile cannot say yet whose logs the bucket takes, so none can be delivered")
            .help("send logs to companions (`to: create`), or keep the statement for each source outside and accept it in `waivers`"),
    );
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
