//! The way back in: pairs of Denies of which one is about repair and leaves some principals alone.
//!
//! In: every statement. Out: the pairs as the one statement that they come from, and the principals as
//! `network.break_glass`. Never: a pair of which the halves say different things.

use std::collections::BTreeSet;

use super::{Stated, Target, Who, identity};
use crate::import::draft::Draft;
use crate::policy::{Effect, Element};
use crate::protect::verbs::REPAIR;

const EXCEPT: (&str, &str) = ("ArnNotLike", "aws:PrincipalArn");

fn key() -> (String, String) {
    (EXCEPT.0.to_owned(), EXCEPT.1.to_owned())
}

/// Puts the pairs together.
pub(super) fn take(left: &mut Vec<Stated>, target: &Target, draft: &mut Draft) {
    let mut repairers: Option<BTreeSet<String>> = None;
    let mut at = 0;
    while at < left.len() {
        let found = left.get(at).and_then(|half| {
            let spared = of_repair(half, target)?;
            let (other, whole) =
                left.iter().enumerate().filter(|(place, _)| *place != at).find_map(|(place, rest)| Some((place, join(half, rest)?)))?;
            let own = whole.values(EXCEPT.0, EXCEPT.1).unwrap_or_default();
            Some((other, whole, spared.difference(&own).cloned().collect::<BTreeSet<_>>()))
        });
        let Some((other, whole, spared)) = found else {
            at += 1;
            continue;
        };
        let known = spared.iter().all(|arn| identity(arn, target).is_some());
        if spared.is_empty() || !known || repairers.as_ref().is_some_and(|known| *known != spared) {
            at += 1;
            continue;
        }
        repairers = Some(spared);
        if let Some(place) = left.get_mut(other) {
            *place = whole;
        }
        left.remove(at);
        at = 0;
    }
    // A Deny that is about repair alone has no other half.
    for half in left.iter_mut() {
        let Some(spared) = of_repair(half, target) else { continue };
        let Some(known) = repairers.as_ref().filter(|known| known.is_subset(&spared)) else { continue };
        let own: BTreeSet<String> = spared.difference(known).cloned().collect();
        if own.is_empty() {
            half.conditions.remove(&key());
        } else {
            half.conditions.insert(key(), own);
        }
    }
    for arn in repairers.into_iter().flatten() {
        if let Some(who) = identity(&arn, target) {
            // Every one of them was tried.
            let _ = draft.push("network/break_glass", who);
        }
    }
}

/// The principals that a Deny about nothing but repair leaves alone.
fn of_repair(statement: &Stated, target: &Target) -> Option<BTreeSet<String>> {
    let names = statement.listed()?;
    let repair = names.iter().all(|name| REPAIR.contains(&name.as_str()));
    let on = statement.on()?;
    let about = statement.effect == Effect::Deny && statement.who == Who::Everyone && repair && on.len() == 1 && on.contains(&target.arn);
    about.then(|| statement.values(EXCEPT.0, EXCEPT.1)).flatten()
}

/// The statement that both halves come from, if they do.
fn join(half: &Stated, rest: &Stated) -> Option<Stated> {
    if rest.effect != Effect::Deny || rest.who != half.who {
        return None;
    }
    let without = |statement: &Stated| {
        let mut conditions = statement.conditions.clone();
        conditions.remove(&key());
        conditions
    };
    let own = rest.values(EXCEPT.0, EXCEPT.1).unwrap_or_default();
    let more = half.values(EXCEPT.0, EXCEPT.1)?;
    if without(half) != without(rest) || !own.is_subset(&more) || own == more {
        return None;
    }
    let names = half.listed()?;
    let actions = match &rest.actions {
        Element::Not(others) if names.is_subset(others) => {
            let kept: BTreeSet<String> = others.difference(names).cloned().collect();
            if kept.is_empty() { Element::Is(BTreeSet::from(["s3:*".to_owned()])) } else { Element::Not(kept) }
        }
        Element::Is(others) if names.is_disjoint(others) => Element::Is(others.union(names).cloned().collect()),
        _ => return None,
    };
    Some(Stated { actions, ..rest.clone() })
}
