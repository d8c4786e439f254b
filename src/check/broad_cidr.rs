//! Blocks of addresses that hold a large part of the internet.

use super::Subject;
use super::lists::{self, List, Purpose};
use crate::diag::{Code, Finding};

pub(super) fn check(subject: &Subject<'_>, findings: &mut Vec<Finding>) {
    of(&lists::all(subject), findings);
}

/// The same for lists wherever they stand.
pub(super) fn of(lists: &[List<'_>], findings: &mut Vec<Finding>) {
    for list in lists.iter().filter(|list| list.purpose != Purpose::Deny) {
        for (path, text, cidr) in list.blocks() {
            // What S3 itself still calls a fixed value ("The meaning of public", Amazon S3 User Guide).
            let narrow = if cidr.is_v6() { 32 } else { 8 };
            if cidr.length() < narrow {
                findings.push(
                    Finding::new(Code::BroadCidr, path, format!("`{text}` is a large part of the internet"))
                        .help(format!("name the networks that are meant; S3 calls what is broader than /{narrow} public")),
                );
            }
        }
    }
}
