//! Object ownership under which ACLs count.

use super::{Subject, turned_off};
use crate::diag::{Code, Finding};
use crate::path;
use crate::plan::Ownership;

pub(super) fn check(subject: &Subject<'_>, findings: &mut Vec<Finding>) {
    let ownership = subject.profile.bucket.ownership;
    if ownership != Ownership::Enforced {
        let message = format!("with ownership `{}`, ACLs grant access beside the policies", ownership.word());
        findings.push(turned_off(Code::AclsEnabled, path!["bucket", "ownership"], message));
    }
}
