//! From classes to few rows: neighbours that gain the same stand in one.
//!
//! In: the differences that the prover tells. Out: [`Row`]s, in the order of the classes, with words for callers, networks
//! and actions. Never: a row that says more than its classes hold.

use std::collections::{BTreeMap, BTreeSet};

use super::words::Words;
use super::{how, is_most};
use crate::policy::{Action, Actions};
use crate::verify::CallerKind;
use crate::verify::prove::{Cell, Differences, Witness};

/// What a difference takes from the callers' own policies.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum How {
    /// Nothing: the bucket policy settles it either way.
    Outright,
    /// They must allow it, which they could not before, whatever they said.
    IfAllowed,
    /// The bucket policy allows it by itself, where before they had to.
    ByBucket,
}

/// Requests that one version allows and the other does not: some of each action and network, of which one is shown.
#[derive(Clone, Debug)]
pub struct Row {
    /// The callers, in words.
    pub who: String,
    /// The networks, in words.
    pub from: String,
    /// The connection, in words; empty where it does not matter.
    pub over: String,
    /// The actions by the profile's verbs: the verb, whether all of its actions are there, and their names.
    pub actions: Vec<(String, bool, Vec<String>)>,
    /// Whether it is every action that S3 has, and those it may get.
    pub every_action: bool,
    /// What it takes from the callers' own policies.
    pub how: How,
    /// Whether the other version allows some of it too, in other circumstances.
    pub partly: bool,
    /// What else decides: keys of which only some values make a difference, and the key of the object.
    pub limited: Vec<String>,
    /// The statements that it hangs on.
    pub by: Vec<String>,
    /// A request.
    pub witness: Witness,
}

/// What is gained, apart from by whom and where from.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
struct What {
    how: How,
    actions: [u64; 3],
    future: bool,
}

impl What {
    fn set(self) -> Actions {
        Action::all()
            .filter(|action| self.actions.get(action.index() / 64).is_some_and(|word| word & (1 << (action.index() % 64)) != 0))
            .collect()
    }
}

/// Cells with one meaning, while they are put together.
struct Group<'d> {
    what: What,
    callers: BTreeSet<usize>,
    origins: BTreeSet<usize>,
    over: BTreeSet<Option<&'static str>>,
    partly: bool,
    limited: BTreeSet<String>,
    witness: &'d Witness,
}

/// The rows of differences.
pub(super) fn rows(differences: &Differences, account: &str, texts: &[&str], because: &dyn Fn(&Witness) -> Vec<String>) -> Vec<Row> {
    let words = Words::new(differences, account, texts);
    let mut groups = single(differences, account);
    // Equal neighbours, dimension by dimension.
    groups = joined(groups, |a, b| a.callers == b.callers && a.origins == b.origins && a.what == b.what, |a, b| a.over.extend(b.over));
    groups = joined(groups, |a, b| a.callers == b.callers && a.over == b.over && a.what == b.what, |a, b| a.origins.extend(b.origins));
    groups = joined(groups, |a, b| a.origins == b.origins && a.over == b.over && a.what == b.what, |a, b| a.callers.extend(b.callers));
    // Some callers have fewer ways than others, and come from everywhere that they can.
    let place = |group: &Group<'_>| (words.from(&group.callers, &group.origins), words.over(&group.origins, &group.over));
    groups = joined(
        groups,
        |a, b| a.what == b.what && place(a) == place(b),
        |a, b| {
            a.callers.extend(b.callers);
            a.origins.extend(b.origins);
            a.over.extend(b.over);
        },
    );
    groups = with_root(groups, differences, account);
    let everything: Actions = Action::all().filter(|action| action.kinds().bucket() || action.kinds().object()).collect();
    groups
        .iter()
        .map(|group| {
            let actions = group.what.set();
            Row {
                who: words.who(&group.callers),
                from: words.from(&group.callers, &group.origins),
                over: words.over(&group.origins, &group.over),
                every_action: group.what.future && everything.intersection(actions.complement()).is_empty(),
                actions: words.actions(actions, group.what.future),
                how: group.what.how,
                partly: group.partly,
                limited: group.limited.iter().cloned().collect(),
                by: because(group.witness),
                witness: group.witness.clone(),
            }
        })
        .collect()
}

/// For each class of callers, network and connection: the actions by what they take from the callers' own policies.
fn single<'d>(differences: &'d Differences, account: &str) -> Vec<Group<'d>> {
    type Place<'d> = (usize, usize, Vec<Option<&'static str>>);
    let mut places: BTreeMap<Place<'_>, Vec<&Cell>> = BTreeMap::new();
    for cell in &differences.cells {
        places.entry((cell.callers, cell.origin, cell.over.clone())).or_default().push(cell);
    }
    let mut groups = Vec::new();
    for ((callers, origin, over), cells) in places {
        let side = |most: bool| cells.iter().filter(move |cell| is_most(cell.identity) == most);
        let all = |most: bool| side(most).fold(Actions::default(), |all, cell| all.union(cell.actions));
        let future = |most: bool| side(most).any(|cell| cell.future);
        let (mut most, mut least) = (all(true), all(false));
        let (mut future_most, mut future_least) = (future(true), future(false));
        let members = differences.callers.get(callers).map(Vec::as_slice).unwrap_or_default();
        // Of others it makes no difference: their own policies have to allow it either way, and are taken to.
        if !members.iter().any(|member| member.caller.account() == Some(account)) {
            (most, future_most) = (most.union(least), future_most || future_least);
            (least, future_least) = (most, future_most);
        }
        let parts = [
            (How::Outright, most.intersection(least)),
            (How::IfAllowed, most.intersection(least.complement())),
            (How::ByBucket, least.intersection(most.complement())),
        ];
        for (kind, actions) in parts {
            let future = how(future_most, future_least) == Some(kind);
            let own = || {
                let within = |cell: &&&Cell| !cell.actions.intersection(actions).is_empty() || (future && cell.future);
                side(kind != How::ByBucket).chain(side(kind == How::ByBucket)).filter(within)
            };
            let Some(example) = own().min_by_key(|cell| rank(&cell.witness)) else { continue };
            groups.push(Group {
                what: What { how: kind, actions: actions.words(), future },
                callers: [callers].into(),
                origins: [origin].into(),
                over: over.iter().copied().collect(),
                partly: own().any(|cell| cell.partly),
                limited: own().flat_map(|cell| cell.limited.iter().cloned()).collect(),
                witness: &example.witness,
            });
        }
    }
    groups.sort_by_key(|group| group.what.how);
    groups
}

/// The root user of the owner counts to the others of its account where it differs from them only in the actions on the
/// bucket policy that it always has.
fn with_root<'d>(groups: Vec<Group<'d>>, differences: &Differences, account: &str) -> Vec<Group<'d>> {
    let is_root = |class: &usize| {
        let members = differences.callers.get(*class).map(Vec::as_slice).unwrap_or_default();
        members.iter().all(|member| member.caller.kind() == CallerKind::Root && member.caller.account() == Some(account))
    };
    let always = ["s3:GetBucketPolicy", "s3:PutBucketPolicy", "s3:DeleteBucketPolicy"].iter().filter_map(|name| Action::parse(name));
    let always: Actions = always.collect();
    let (roots, mut kept): (Vec<Group<'d>>, Vec<Group<'d>>) = groups.into_iter().partition(|group| group.callers.iter().all(is_root));
    for root in roots {
        let own = root.what.set();
        let fits = |group: &&mut Group<'d>| {
            let set = group.what.set();
            group.what.how != How::ByBucket
                && (&group.origins, &group.over, group.what.future) == (&root.origins, &root.over, root.what.future)
                && own.intersection(set.complement()).is_empty()
                && set.intersection(own.complement()).intersection(always.complement()).is_empty()
                && group
                    .callers
                    .iter()
                    .filter_map(|class| differences.callers.get(*class))
                    .flatten()
                    .any(|member| member.caller.account() == Some(account))
        };
        match kept.iter_mut().find(fits) {
            Some(group) => group.callers.extend(root.callers),
            None => kept.push(root),
        }
    }
    kept.sort_by_key(|group| group.what.how);
    kept
}

/// How good an example is: what people know first.
fn rank(witness: &Witness) -> usize {
    const KNOWN: [&str; 6] =
        ["s3:GetObject", "s3:PutObject", "s3:ListBucket", "s3:DeleteObject", "s3:GetBucketPolicy", "s3:PutBucketPolicy"];
    KNOWN.iter().position(|name| *name == witness.request.action()).unwrap_or(KNOWN.len())
}

fn joined<'d>(
    groups: Vec<Group<'d>>,
    same: impl Fn(&Group<'d>, &Group<'d>) -> bool,
    mut join: impl FnMut(&mut Group<'d>, Group<'d>),
) -> Vec<Group<'d>> {
    let mut kept: Vec<Group<'d>> = Vec::new();
    for group in groups {
        match kept.iter_mut().find(|own| same(own, &group)) {
            Some(own) => {
                own.partly |= group.partly;
                own.limited.extend(group.limited.iter().cloned());
                join(own, group);
            }
            None => kept.push(group),
        }
    }
    kept
}
