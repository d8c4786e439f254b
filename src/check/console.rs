//! Allowed networks that the S3 console is in none of.

use super::Subject;
use crate::diag::{Code, Finding};
use crate::path;

pub(super) fn check(subject: &Subject<'_>, findings: &mut Vec<Finding>) {
    let Some(network) = &subject.profile.network else { return };
    if !network.allow.is_empty() && network.allow.cidrs.is_empty() {
        let message = "only VPCs and endpoints are allowed, so nobody sees the objects in the S3 console";
        findings.push(
            Finding::new(Code::ConsoleUnreachable, path!["network", "allow"], message)
                .help("list the public addresses of the people who need it in `cidrs`, or accept it in `waivers`"),
        );
    }
}
