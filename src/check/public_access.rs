//! Switches of Block Public Access that are off.

use super::{Subject, turned_off};
use crate::diag::{Code, Finding};
use crate::path;

pub(super) fn check(subject: &Subject<'_>, findings: &mut Vec<Finding>) {
    let switches = subject.profile.public_access.block.switches();
    let all = [
        ("public_acls", switches.public_acls),
        ("ignore_acls", switches.ignore_acls),
        ("public_policy", switches.public_policy),
        ("restrict", switches.restrict),
    ];
    for (name, on) in all {
        if !on {
            let message = format!("Block Public Access is off for `{name}`");
            findings.push(turned_off(Code::PublicAccessNotBlocked, path!["public_access", "block", name], message));
        }
    }
}
