//! Blocks of addresses with bits beyond their length.

use super::Subject;
use super::lists::{self, List};
use crate::diag::{Code, Finding};

pub(super) fn check(subject: &Subject<'_>, findings: &mut Vec<Finding>) {
    of(&lists::all(subject), findings);
}

/// The same for lists wherever they stand.
pub(super) fn of(lists: &[List<'_>], findings: &mut Vec<Finding>) {
    for list in lists {
        for (path, text, cidr) in list.blocks().filter(|(.., cidr)| cidr.has_host_bits()) {
            let address = text.split('/').next().unwrap_or(text);
            let whole = if cidr.is_v6() { 128 } else { 32 };
            findings.push(
                Finding::new(Code::CidrHostBits, path, format!("`{text}` names an address within a block, not a block"))
                    .help(format!("write `{cidr}` for the block, or `{address}/{whole}` for the address alone")),
            );
        }
    }
}
