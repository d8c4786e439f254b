//! Networks that are allowed and denied, and denied ones that nobody is let in from anyway.

use super::Subject;
use super::lists::{self, List, Outer, Purpose};
use crate::diag::{Code, Finding, Path};

pub(super) fn check(subject: &Subject<'_>, findings: &mut Vec<Finding>) {
    let lists = lists::all(subject);
    let of = |purpose: Purpose| lists.iter().find(|list| list.purpose == purpose);
    let (Some(allow), Some(deny)) = (of(Purpose::Allow), of(Purpose::Deny)) else { return };
    let denied = Outer::of(deny, |_, _| ());
    for (path, text, cidr) in allow.blocks() {
        if let Some((place, by, _)) = denied.covering(&cidr) {
            findings.push(conflict(path, format!("`{text}` is allowed, and denied with all of `{by}`"), place.clone()));
        }
    }
    both(allow, deny, "vpcs", |list| list.vpcs.iter().map(|id| id.as_str()).collect(), findings);
    both(allow, deny, "vpc_endpoints", |list| list.vpc_endpoints.iter().map(|id| id.as_str()).collect(), findings);
    needless(subject, allow, &denied, findings);
}

fn conflict(path: Path, message: String, denied: Path) -> Finding {
    Finding::new(Code::NetworkConflict, path, message)
        .also(denied, "denied here")
        .help("a Deny wins over everything: remove one of the two, or deny a part of the allowed network")
}

fn both<'a>(allow: &List<'a>, deny: &List<'a>, key: &'static str, ids: impl Fn(&List<'a>) -> Vec<&'a str>, findings: &mut Vec<Finding>) {
    let denied = ids(deny);
    for (at, id) in ids(allow).into_iter().enumerate() {
        if let Some(by) = denied.iter().position(|one| *one == id) {
            let place = |list: &List<'_>, at: usize| list.path.then(key).then(at);
            findings.push(conflict(place(allow, at), format!("`{id}` is allowed and denied"), place(deny, by)));
        }
    }
}

/// Denied blocks outside every allowed one, where the list of allowed ones binds everybody who has an address.
fn needless(subject: &Subject<'_>, allow: &List<'_>, denied: &Outer, findings: &mut Vec<Finding>) {
    let Some(network) = &subject.profile.network else { return };
    if network.allow.is_empty() || network.except.forwarded || !network.except.principals.is_empty() {
        return;
    }
    let allowed = Outer::of(allow, |_, _| ());
    for (path, text, _) in denied.blocks().iter().filter(|(.., cidr)| !allowed.meets(cidr)) {
        let message = format!("`{text}` is in no allowed network, so that nobody gets in from there anyway");
        findings.push(
            Finding::new(Code::NeedlessDeny, path.clone(), message)
                .also(allow.path.clone(), "allowed networks")
                .help("remove it, or write the part of an allowed network that was meant"),
        );
    }
}
