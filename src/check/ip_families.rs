//! Lists of addresses of one family only.

use super::Subject;
use super::lists::{self, Purpose};
use crate::diag::{Code, Finding};

pub(super) fn check(subject: &Subject<'_>, findings: &mut Vec<Finding>) {
    for list in lists::all(subject).iter().filter(|list| list.purpose != Purpose::Deny) {
        let (mut v4, mut v6) = (false, false);
        list.blocks().for_each(|(.., cidr)| if cidr.is_v6() { v6 = true } else { v4 = true });
        let place = list.path.then("cidrs");
        match (v4, v6) {
            (true, false) => findings.push(
                Finding::new(Code::Ipv4Only, place, "callers that use a dual-stack endpoint over IPv6 are in none of these networks")
                    .help("add the IPv6 blocks of the same networks, or accept it in `waivers`"),
            ),
            (false, true) => findings.push(
                Finding::new(Code::Ipv6Only, place, "callers that use the ordinary endpoints, which speak IPv4 only, are in none of these networks")
                    .help("add the IPv4 blocks of the same networks, or accept it in `waivers`"),
            ),
            _ => {}
        }
    }
}
