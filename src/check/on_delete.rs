//! A bucket that goes when its stack goes.

use super::Subject;
use crate::diag::{Code, Finding};
use crate::path;
use crate::protect::bucket::OnDelete;

pub(super) fn check(subject: &Subject<'_>, findings: &mut Vec<Finding>) {
    if subject.profile.bucket.on_delete == OnDelete::Delete {
        findings.push(
            Finding::new(Code::DeletedWithStack, path!["bucket", "on_delete"], "the bucket is deleted with the stack, if it is empty")
                .help("use `retain`, or accept it in `waivers`"),
        );
    }
}
