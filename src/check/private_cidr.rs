//! Blocks of addresses from which no request reaches S3.

use super::lists::{self, List, Purpose};
use super::Subject;
use crate::diag::{Code, Finding};
use crate::policy::Cidr;

/// What is never seen on the internet, and why ("Special-Purpose Address Registries", IANA).
const NOWHERE: &[(&str, &str)] = &[
    ("10.0.0.0/8", "private addresses"),
    ("172.16.0.0/12", "private addresses"),
    ("192.168.0.0/16", "private addresses"),
    ("100.64.0.0/10", "addresses that carriers share"),
    ("127.0.0.0/8", "addresses of the machine itself"),
    ("169.254.0.0/16", "link-local addresses"),
    ("fc00::/7", "private addresses"),
    ("::1/128", "addresses of the machine itself"),
    ("fe80::/10", "link-local addresses"),
];

pub(super) fn check(subject: &Subject<'_>, findings: &mut Vec<Finding>) {
    of(&lists::all(subject), findings);
}

/// The same for lists wherever they stand.
pub(super) fn of(lists: &[List<'_>], findings: &mut Vec<Finding>) {
    let nowhere = |cidr: &Cidr| NOWHERE.iter().find(|(block, _)| Cidr::parse(block).is_some_and(|block| block.covers(cidr)));
    for list in lists {
        for (path, text, cidr) in list.blocks() {
            let Some((_, what)) = nowhere(&cidr) else { continue };
            let help = match list.purpose {
                Purpose::Deny => "name the VPC in `vpcs`, its endpoint in `vpc_endpoints`, or the public addresses behind which the network is",
                Purpose::Allow | Purpose::Grant => {
                    "list the VPC in `vpcs`, its endpoint in `vpc_endpoints`, or the public addresses by which the network goes out"
                }
            };
            let message = format!("no request comes from `{text}`: these are {what}, and S3 sees public ones");
            findings.push(Finding::new(Code::PrivateCidr, path, message).help(help));
        }
    }
}
