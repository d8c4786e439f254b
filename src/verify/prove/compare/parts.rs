//! Into what the requests of two versions are cut: classes of callers, origins, connections and actions that no statement of
//! either tells apart.
//!
//! In: the sets of requests of both versions. Out: [`Parts`], and for people the members of each class. Never: a point in two
//! classes, or in none.

use std::collections::BTreeMap;

use super::super::super::{Caller, CallerKind};
use super::super::cube::{Cube, contains, insert, points};
use super::super::search::ACTION;
use super::super::sessions::State;
use super::super::space::{CALLER, FUTURE, POINT, RESOURCE, SIGN, STATE, Scene, TRANSPORT, Way};
use super::super::{Prover, callers, witness};
use super::{Differences, Member, Origin, Route};
use crate::policy::{Action, Key};

/// The requests of a kind of situation, and the origin that they belong to.
pub(super) struct Place {
    pub(super) origin: usize,
    pub(super) keep: Vec<(usize, Vec<u64>)>,
}

/// Callers, and the states that they are in.
pub(super) struct Callers {
    pub(super) who: Vec<u64>,
    pub(super) states: Vec<u64>,
}

/// Into what the space is cut.
pub(super) struct Parts {
    pub(super) callers: Vec<Callers>,
    /// Of each scene.
    pub(super) places: Vec<Vec<Place>>,
    pub(super) connections: Vec<Vec<u64>>,
    pub(super) actions: Vec<Vec<u64>>,
    /// The dimensions that say nothing of callers, networks, connections and actions, each with its classes; of resources
    /// those of objects.
    pub(super) others: Vec<(usize, Vec<Vec<u64>>)>,
}

impl Prover<'_> {
    /// The classes of everything, of which the differences take over those that they are told by.
    pub(super) fn parts(&self, cubes: &[&Cube], found: &mut Differences) -> Parts {
        let callers = self.caller_classes(cubes);
        found.callers = callers.iter().map(|callers| self.members(callers)).collect();
        let connections = self.classes(TRANSPORT, (0..self.space.transports.len()).map(|at| (at, self.is_plain(at))), cubes);
        found.connections = connections.iter().map(|words| self.versions(words)).collect();
        let places = self.space.scenes.iter().map(|scene| self.places(scene, cubes, &mut found.origins)).collect();
        let networks = [Key::SourceIp, Key::SourceVpc, Key::SourceVpce].map(|key| self.space.place(&key).map(|(dim, _)| dim));
        let layout = &self.space.layout;
        let others = [RESOURCE, SIGN].into_iter().chain(POINT + 1..layout.dims());
        let others = others.filter(|dim| *dim != STATE && !networks.contains(&Some(*dim))).map(|dim| {
            let full = layout.full();
            let object = |at: &usize| dim != RESOURCE || self.space.resources.get(*at).is_some_and(|text| text.as_str().contains('/'));
            let own: Vec<usize> = points(full.dim(layout, dim)).filter(object).collect();
            (dim, self.classes(dim, own.into_iter().map(|at| (at, ())), cubes))
        });
        Parts { callers, places, connections, actions: self.action_classes(cubes), others: others.collect() }
    }

    fn is_plain(&self, at: usize) -> bool {
        self.space.transports.get(at).is_some_and(Option::is_none)
    }

    pub(super) fn versions(&self, words: &[u64]) -> Vec<Option<&'static str>> {
        let mut all: Vec<Option<&'static str>> = points(words).filter_map(|at| self.space.transports.get(at).copied()).collect();
        all.sort_unstable();
        all.dedup();
        all
    }

    /// The callers that no cube tells apart, by account and by whether they show MFA.
    fn caller_classes(&self, cubes: &[&Cube]) -> Vec<Callers> {
        let who = |at: usize| {
            let caller = self.space.actors.get(at).map(|actor| &actor.caller);
            let kind = match caller.map(Caller::kind) {
                Some(CallerKind::Anonymous) => 1,
                Some(CallerKind::Service) => 2,
                Some(CallerKind::Root) => 3,
                _ => 0_u8,
            };
            (caller.and_then(Caller::account).unwrap_or_default().to_owned(), kind)
        };
        let states = self.space.states.iter().map(|state| state.shown().is_some()).enumerate();
        let states = self.classes(STATE, states, cubes);
        let all = self.classes(CALLER, (0..self.space.actors.len()).map(|at| (at, who(at))), cubes);
        all.iter().flat_map(|who| states.iter().map(|states| Callers { who: who.clone(), states: states.clone() })).collect()
    }

    fn members(&self, callers: &Callers) -> Vec<Member> {
        // MFA that no key shows is none to a policy.
        let mfa: Vec<Option<u64>> = points(&callers.states).filter_map(|at| self.space.states.get(at)).map(State::shown).collect();
        let mut all: Vec<Member> = Vec::new();
        let actors = points(&callers.who).filter_map(|at| self.space.actors.get(at));
        for (actor, mfa) in actors.flat_map(|actor| mfa.iter().map(move |mfa| (actor, *mfa))) {
            let arn = match actor.caller.kind() {
                CallerKind::Role => callers::role_arn(&actor.caller),
                _ => None,
            };
            let arn = arn.unwrap_or_else(|| actor.caller.arn().to_owned());
            let member = Member { caller: actor.caller.clone(), arn, mfa };
            if !all.contains(&member) {
                all.push(member);
            }
        }
        all
    }

    /// The actions that no cube and no key tells apart.
    fn action_classes(&self, cubes: &[&Cube]) -> Vec<Vec<u64>> {
        let actions = Action::all().map(Action::index).chain([FUTURE]);
        let able = |at: usize| {
            let groups = self.space.links.iter().flat_map(|link| &link.groups);
            groups.map(|(mask, _)| contains(mask, at)).collect::<Vec<bool>>()
        };
        let kinds: BTreeMap<usize, (bool, bool)> =
            Action::all().map(|action| (action.index(), (action.kinds().bucket(), action.kinds().object()))).collect();
        self.classes(ACTION, actions.map(|at| (at, (able(at), kinds.get(&at).copied()))), cubes)
    }

    /// Sets of points of a dimension: those with the same label that lie in the same cubes.
    fn classes<L: PartialEq>(&self, dim: usize, labels: impl Iterator<Item = (usize, L)>, cubes: &[&Cube]) -> Vec<Vec<u64>> {
        let layout = &self.space.layout;
        // Most cubes say the same of a dimension: each is looked at once.
        let mut looks: Vec<&[u64]> = cubes.iter().map(|cube| cube.dim(layout, dim)).collect();
        looks.sort_unstable();
        looks.dedup();
        let mut classes: Vec<(L, Vec<bool>, Vec<u64>)> = Vec::new();
        for (at, label) in labels {
            let within: Vec<bool> = looks.iter().map(|look| contains(look, at)).collect();
            let place = classes.iter().position(|(own, bits, _)| *own == label && *bits == within).unwrap_or_else(|| {
                classes.push((label, within, layout.none(dim)));
                classes.len() - 1
            });
            if let Some((.., words)) = classes.get_mut(place) {
                insert(words, at);
            }
        }
        classes.into_iter().map(|(.., words)| words).collect()
    }

    /// The parts of a scene by the origins of its requests, which are among `origins` then.
    fn places(&self, scene: &Scene, cubes: &[&Cube], origins: &mut Vec<Origin>) -> Vec<Place> {
        let layout = &self.space.layout;
        let route = match scene.way {
            Way::Internet => Route::Internet,
            Way::Endpoint => Route::Endpoint,
            Way::Forwarded => Route::Forwarded,
            Way::Inside => Route::Service,
        };
        let plain = Origin { route, point: None, addresses: Vec::new(), vpcs: Vec::new(), endpoints: Vec::new() };
        let mut places = vec![(plain, Vec::new())];
        let mut split = |dim: usize, note: &dyn Fn(&mut Origin, &[u64])| {
            let own: Vec<(usize, ())> = points(scene.base.dim(layout, dim)).map(|at| (at, ())).collect();
            let classes = self.classes(dim, own.into_iter(), cubes);
            places = places
                .drain(..)
                .flat_map(|(origin, keep): (Origin, Vec<_>)| {
                    classes.iter().map(move |words| {
                        let (mut origin, mut keep) = (origin.clone(), keep.clone());
                        note(&mut origin, words);
                        keep.push((dim, words.clone()));
                        (origin, keep)
                    })
                })
                .collect();
        };
        if scene.through_point {
            split(POINT, &|origin, words| {
                origin.point = points(words).find_map(|at| self.space.points.get(at)?.as_ref()).map(|(arn, _)| arn.clone());
            });
        }
        for key in [Key::SourceIp, Key::SourceVpc, Key::SourceVpce] {
            let Some((dim, column)) = self.space.place(&key) else { continue };
            let texts = |words: &[u64]| -> Vec<String> {
                points(words).filter_map(|at| column.values.get(at)?.as_ref()).map(witness::shown).collect()
            };
            match (&key, route) {
                (Key::SourceIp, Route::Internet | Route::Forwarded) => split(dim, &|origin, words| origin.addresses = texts(words)),
                (Key::SourceVpc, Route::Endpoint) => split(dim, &|origin, words| origin.vpcs = texts(words)),
                (Key::SourceVpce, Route::Endpoint) => split(dim, &|origin, words| origin.endpoints = texts(words)),
                _ => {}
            }
        }
        let place = |(origin, keep): (Origin, Vec<(usize, Vec<u64>)>)| {
            let known = origins.iter().position(|own| *own == origin).unwrap_or_else(|| {
                origins.push(origin);
                origins.len() - 1
            });
            Place { origin: known, keep }
        };
        places.into_iter().map(place).collect()
    }
}
