//! Objects for everybody under a key that not everybody can use.

use super::Subject;
use crate::diag::{Code, Finding};
use crate::path;
use crate::plan::Algorithm;
use crate::protect::principal::Grantee;

pub(super) fn check(subject: &Subject<'_>, findings: &mut Vec<Finding>) {
    let algorithm = subject.profile.encryption.algorithm;
    // Where Block Public Access is merely off, `public-opening-unused` says so.
    let everybody = subject.profile.grants.iter().position(|grant| grant.to.contains(&Grantee::Everyone));
    let Some(number) = everybody.filter(|_| algorithm != Algorithm::SseS3) else { return };
    findings.push(
        Finding::new(Code::PublicWithKms, path!["encryption", "algorithm"], "anonymous callers cannot read or write objects under a KMS key")
            .also(path!["grants", number, "to"], "everybody is let in here")
            .help("use `algorithm: sse-s3` for public objects, or let nobody in without credentials"),
    );
}
