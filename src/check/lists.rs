//! The lists of networks that a profile has, wherever they stand; no check by itself.

use super::Subject;
use crate::diag::Path;
use crate::expr::REFERENCE;
use crate::path;
use crate::policy::Cidr;
use crate::protect::networks::{CidrBlock, VpcEndpointId, VpcId};

/// What a list is for.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(super) enum Purpose {
    /// Requests come from there, or not at all.
    Allow,
    /// What comes from there is denied, altogether or by one of the `denies`.
    Deny,
    /// A grant holds, or an access point takes requests, from there.
    Grant,
}

/// Networks that are alternatives.
pub(super) struct List<'a> {
    pub(super) path: Path,
    pub(super) purpose: Purpose,
    pub(super) cidrs: &'a [CidrBlock],
    pub(super) vpcs: &'a [VpcId],
    pub(super) vpc_endpoints: &'a [VpcEndpointId],
}

impl List<'_> {
    /// Its blocks of addresses: where each stands, as it is written, and what it is.
    pub(super) fn blocks(&self) -> impl Iterator<Item = (Path, &str, Cidr)> {
        let read = |(at, block): (usize, &CidrBlock)| Some((at, block.cidr()?));
        let cidrs = self.path.then("cidrs");
        let written = |at: usize| self.cidrs.get(at).map(CidrBlock::as_str).unwrap_or_default();
        self.cidrs.iter().enumerate().filter_map(read).map(move |(at, cidr)| (cidrs.then(at), written(at), cidr))
    }
}

/// Every list of networks: first those of the section `network`, then of each access point, grant and deny.
pub(super) fn all<'a>(subject: &'a Subject<'_>) -> Vec<List<'a>> {
    let mut lists = Vec::new();
    if let Some(network) = &subject.profile.network {
        for (key, purpose, networks) in [("allow", Purpose::Allow, &network.allow), ("deny", Purpose::Deny, &network.deny)] {
            let path = path!["network", key];
            lists.push(List { path, purpose, cidrs: &networks.cidrs, vpcs: &networks.vpcs, vpc_endpoints: &networks.vpc_endpoints });
        }
    }
    let points = subject.profile.access_points.iter().flat_map(|section| section.points.iter().enumerate());
    lists.extend(points.map(|(at, point)| List {
        path: path!["access_points", "points", at],
        purpose: Purpose::Grant,
        cidrs: &point.cidrs,
        vpcs: &[],
        vpc_endpoints: &[],
    }));
    for rule in subject.rules() {
        let purpose = if rule.via.is_some() { Purpose::Grant } else { Purpose::Deny };
        let (path, when) = (rule.path.then("when"), rule.when);
        lists.push(List { path, purpose, cidrs: &when.cidrs, vpcs: &when.vpcs, vpc_endpoints: &when.vpc_endpoints });
    }
    lists
}

/// Whether some id may be in both lists: what the deployment gives can be any.
pub(super) fn share<T: PartialEq + AsRef<str>>(some: &[T], others: &[T]) -> bool {
    let open = |all: &[T]| all.iter().any(|one| one.as_ref().contains(REFERENCE));
    let both = !some.is_empty() && !others.is_empty();
    some.iter().any(|one| others.contains(one)) || (both && (open(some) || open(others)))
}

/// Whether some address may be in blocks of both.
pub(super) fn meet(some: &[CidrBlock], others: &[CidrBlock]) -> bool {
    if share(some, others) {
        return true;
    }
    let others: Vec<Cidr> = others.iter().filter_map(CidrBlock::cidr).collect();
    some.iter().filter_map(CidrBlock::cidr).any(|one| others.iter().any(|other| one.covers(other) || other.covers(&one)))
}

/// The blocks of a list that no other of them covers, in the order of addresses. Blocks nest or lie apart.
pub(super) struct Outer(Vec<(Path, String, Cidr)>);

impl Outer {
    /// The outer blocks of a list; `inner` is told each other block, with the one that covers it.
    pub(super) fn of(list: &List<'_>, mut inner: impl FnMut((Path, &str), (&Path, &str))) -> Self {
        let mut blocks: Vec<_> = list.blocks().collect();
        // Stable: of two equal blocks the one that is written first is the outer one.
        blocks.sort_by_key(|(_, _, cidr)| (cidr.is_v6(), cidr.bounds().0, cidr.length()));
        let mut outer: Vec<(Path, String, Cidr)> = Vec::new();
        for (path, text, cidr) in blocks {
            match outer.last() {
                Some((cover, written, last)) if last.covers(&cidr) => inner((path, text), (cover, written)),
                _ => outer.push((path, text.to_owned(), cidr)),
            }
        }
        Self(outer)
    }

    /// The blocks.
    pub(super) fn blocks(&self) -> &[(Path, String, Cidr)] {
        &self.0
    }

    /// The block that covers all of `cidr`.
    pub(super) fn covering(&self, cidr: &Cidr) -> Option<&(Path, String, Cidr)> {
        let behind = self.0.partition_point(|(.., one)| (one.is_v6(), one.bounds().0) <= (cidr.is_v6(), cidr.bounds().0));
        behind.checked_sub(1).and_then(|at| self.0.get(at)).filter(|(.., one)| one.covers(cidr))
    }

    /// Whether some address is in both.
    pub(super) fn meets(&self, cidr: &Cidr) -> bool {
        let first = self.0.partition_point(|(.., one)| (one.is_v6(), one.bounds().0) < (cidr.is_v6(), cidr.bounds().0));
        self.covering(cidr).is_some() || self.0.get(first).is_some_and(|(.., one)| cidr.covers(one))
    }
}
