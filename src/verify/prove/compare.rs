//! Who gains what between two versions of a bucket: the requests of which only one version allows some, by classes.
//!
//! In: a [`Prover`] of both versions. Out: [`Differences`]: for each class of callers, network and connection, the actions
//! that the one version allows and the other does not, with a replayed request. Points that no statement of either version
//! tells apart are one class, so that there are few. Never: a class without a proof that the rest has no difference; where
//! the search is given up, that is said.

use std::collections::BTreeMap;

use super::super::{Caller, CallerKind, Policies};
use super::access::{Access, Identity};
use super::cube::{Cube, Layout, contains, insert, meet, points};
use super::regions::Regions;
use super::search::{ACTION, Budget, Spent};
use super::sessions::State;
use super::space::{CALLER, FUTURE, POINT, RESOURCE, SIGN, STATE, Scene, TRANSPORT, Way, mask};
use super::{Prover, SPENT, Subject, WORK, Witness};
use crate::policy::{Action, Actions, Key};

/// How much all searches for a difference may do together, and how much those that tell classes apart.
const FIND: u64 = 2 * WORK;
const WALK: u64 = WORK / 3;

/// What a search costs before it compares anything.
const LOOK: u64 = 4_000;

/// The way that requests take.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Route {
    /// From an address, over the internet.
    Internet,
    /// Through a VPC endpoint.
    Endpoint,
    /// Through a service that forwards a caller's request.
    Forwarded,
    /// From a service itself.
    Service,
}

/// Where requests come from: a route, and examples of each address, VPC and endpoint that policies cannot tell apart. What
/// is empty is anything.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct Origin {
    /// The route.
    pub route: Route,
    /// The access point, where the request comes through one.
    pub point: Option<String>,
    /// Addresses.
    pub addresses: Vec<String>,
    /// VPCs.
    pub vpcs: Vec<String>,
    /// Endpoints.
    pub endpoints: Vec<String>,
}

/// A caller in some state.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Member {
    /// The caller.
    pub caller: Caller,
    /// Its ARN, of a session that of its role; empty where it has none.
    pub arn: String,
    /// How old MFA is, in seconds, where there was any.
    pub mfa: Option<u64>,
}

/// Actions that one version allows to somebody, and the other does not.
#[derive(Clone, Debug)]
pub struct Cell {
    /// The class of callers.
    pub callers: usize,
    /// Where they call from.
    pub origin: usize,
    /// The versions of TLS, of which none is plain HTTP; services do not say which.
    pub over: Vec<Option<&'static str>>,
    /// Whether callers of the bucket's account are taken to have permission of their own.
    pub identity: Identity,
    /// The actions.
    pub actions: Actions,
    /// Whether actions are among them that do not exist yet.
    pub future: bool,
    /// Whether the other version allows some of them too, in other circumstances.
    pub partly: bool,
    /// What else decides: keys of which only some values make a difference, and the key of the object.
    pub limited: Vec<String>,
    /// A request.
    pub witness: Box<Witness>,
}

/// What one version allows and the other does not.
#[derive(Clone, Debug, Default)]
pub struct Differences {
    /// Classes of callers; nothing tells the callers of one apart.
    pub callers: Vec<Vec<Member>>,
    /// Where requests can come from.
    pub origins: Vec<Origin>,
    /// The connections that are told apart.
    pub connections: Vec<Vec<Option<&'static str>>>,
    /// The differences. There is none at all where this is empty and nothing is open.
    pub cells: Vec<Cell>,
    /// Why there may be more.
    pub open: Option<String>,
    /// The prover and the evaluator disagree about a request: a mistake in one of them.
    pub mistake: Option<String>,
}

/// The requests of a kind of situation, and the origin that they belong to.
struct Place {
    origin: usize,
    keep: Vec<(usize, Vec<u64>)>,
}

/// Callers, and the states that they are in.
struct Callers {
    who: Vec<u64>,
    states: Vec<u64>,
}

/// Into what the space is cut.
struct Parts {
    callers: Vec<Callers>,
    /// Of each scene.
    places: Vec<Vec<Place>>,
    connections: Vec<Vec<u64>>,
    actions: Vec<Vec<u64>>,
    /// The dimensions that say nothing of callers, networks, connections and actions, each with its classes; of resources
    /// those of objects.
    others: Vec<(usize, Vec<Vec<u64>>)>,
}

/// The two versions in one reading of what callers may do by themselves.
struct Pair<'a> {
    now: (&'a Subject, &'a Access),
    before: (&'a Subject, &'a Access),
    identity: Identity,
}

/// A part of the space.
#[derive(Clone)]
struct Portion<'a> {
    all: Cube,
    /// What may be a difference.
    new: Regions<'a>,
    /// What the other version allows for certain.
    old: Regions<'a>,
}

impl Portion<'_> {
    /// Those of its requests that have one of some points in a dimension; none where it has none.
    fn part(&self, layout: &Layout, dim: usize, points: &[u64]) -> Option<Self> {
        if !meet(self.all.dim(layout, dim), points) {
            return None;
        }
        let mut all = self.all.clone();
        all.keep(layout, dim, points);
        Some(Self { all, new: self.new.part(layout, dim, points), old: self.old.part(layout, dim, points) })
    }
}

/// A scene in which there are differences.
struct Different<'a> {
    scene: usize,
    pair: &'a Pair<'a>,
    portion: Portion<'a>,
    look: Look,
}

fn spent(found: Differences, why: &str) -> Differences {
    Differences { open: Some(why.into()), ..found }
}

/// A look at a part of the space.
enum Look {
    Nothing,
    Found(Box<Witness>, Vec<usize>),
    Open,
}

impl Prover<'_> {
    /// What the subject at `new` allows and the one at `old` does not.
    pub fn differences(&self, new: usize, old: usize) -> Differences {
        let (Some(now), Some(then)) = (self.subjects.get(new), self.subjects.get(old)) else {
            return Differences { open: Some("there is no such policy".into()), ..Differences::default() };
        };
        let (least_now, least_then) = (now.least(&self.space), then.least(&self.space));
        let pairs = [
            Pair { now: (now.of, &now.access), before: (then.of, &then.access), identity: Identity::Everything },
            Pair { now: (now.of, least_now), before: (then.of, least_then), identity: Identity::Nothing },
        ];
        let mut found = Differences::default();
        let mut budget = Budget(FIND);
        let mut different = Vec::new();
        for pair in &pairs {
            for (at, scene) in self.space.scenes.iter().enumerate() {
                let portion = self.portion(scene, pair);
                match self.look(scene, &portion, pair, &mut found, &mut budget) {
                    Ok(Look::Nothing) => {}
                    Ok(look) => different.push(Different { scene: at, pair, portion, look }),
                    Err(Spent) => return spent(found, SPENT),
                }
            }
        }
        if different.is_empty() {
            return found;
        }
        let cubes: Vec<&Cube> = [&now.access, least_now, &then.access, least_then].into_iter().flat_map(Access::cubes).collect();
        let parts = self.parts(&cubes, &mut found);
        let mut budget = Budget(WALK);
        for one in &different {
            if self.walk(one, &parts, &mut found, &mut budget).is_err() {
                // The first of each situation is known in any case.
                let cells: Vec<Cell> = different.into_iter().filter_map(|one| self.one(one, &parts)).collect();
                found.cells.extend(cells);
                return spent(found, "there are differences of more classes than are told apart");
            }
        }
        found
    }

    /// What may be different in a scene.
    fn portion<'a>(&self, scene: &Scene, pair: &Pair<'a>) -> Portion<'a> {
        let layout = &self.space.layout;
        let (mut new, mut old) = (Regions::default(), Regions::default());
        // Nothing is found, so that every way is visited, and nothing is spent.
        let _: Result<Option<()>, Spent> = self.ways_between(&scene.base, pair.now, pair.before, false, &mut |cube, avoid| {
            new.add(layout, cube, avoid);
            Ok(None)
        });
        let _: Result<Option<()>, Spent> = pair.before.1.ways(layout, &scene.base, &[], true, &|_| true, &mut |cube, avoid| {
            old.add(layout, cube, avoid);
            Ok(None)
        });
        Portion { all: scene.base.clone(), new, old }
    }

    /// The classes of everything, of which the differences take over those that they are told by.
    fn parts(&self, cubes: &[&Cube], found: &mut Differences) -> Parts {
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

    fn walk(&self, one: &Different<'_>, parts: &Parts, found: &mut Differences, budget: &mut Budget) -> Result<(), Spent> {
        let (layout, field, pair) = (&self.space.layout, self.space.field(), one.pair);
        let (Some(scene), Some(places)) = (self.space.scenes.get(one.scene), parts.places.get(one.scene)) else { return Ok(()) };
        for (callers, Callers { who, states }) in parts.callers.iter().enumerate() {
            let own = one.portion.part(layout, CALLER, who).and_then(|own| own.part(layout, STATE, states));
            let Some(own) = own else { continue };
            if own.new.first(&field, budget)?.is_none() {
                continue;
            }
            let first = found.cells.len();
            for place in places {
                let here = place.keep.iter().try_fold(own.clone(), |here, (dim, words)| here.part(layout, *dim, words));
                let Some(here) = here else { continue };
                for words in &parts.connections {
                    let Some(over) = here.part(layout, TRANSPORT, words) else { continue };
                    if over.new.first(&field, budget)?.is_none() {
                        continue;
                    }
                    for actions in &parts.actions {
                        let Some(some) = over.part(layout, ACTION, actions) else { continue };
                        let Look::Found(witness, _) = self.look(scene, &some, pair, found, budget)? else { continue };
                        found.cells.push(Cell {
                            callers,
                            origin: place.origin,
                            over: self.versions(words),
                            identity: pair.identity,
                            actions: Action::all().filter(|action| contains(actions, action.index())).collect(),
                            future: contains(actions, FUTURE),
                            partly: some.old.first(&field, budget)?.is_some(),
                            limited: Vec::new(),
                            witness,
                        });
                    }
                }
            }
            let cells = found.cells.get_mut(first..).unwrap_or_default();
            if !cells.is_empty() {
                let mut among = layout.none(ACTION);
                for cell in &*cells {
                    among.iter_mut().zip(mask(cell.actions, cell.future)).for_each(|(word, own)| *word |= own);
                }
                if let Some(some) = own.part(layout, ACTION, &among) {
                    let limited = self.limits(&some, parts, budget)?;
                    cells.iter_mut().for_each(|cell| cell.limited.clone_from(&limited));
                }
            }
        }
        Ok(())
    }

    /// What beside callers, networks and actions decides about the differences among these requests.
    fn limits(&self, start: &Portion<'_>, parts: &Parts, budget: &mut Budget) -> Result<Vec<String>, Spent> {
        let (layout, field) = (&self.space.layout, self.space.field());
        let mut limited = Vec::new();
        for (dim, classes) in &parts.others {
            if classes.iter().filter(|words| meet(start.all.dim(layout, *dim), words)).count() < 2 {
                continue;
            }
            let (mut some, mut none) = (false, false);
            for words in classes {
                let Some(here) = start.part(layout, *dim, words) else { continue };
                if field.find(&here.all, &[], budget)?.is_none() {
                    continue;
                }
                match here.new.first(&field, budget)? {
                    None => none = true,
                    Some(_) => some = true,
                }
            }
            if some && none {
                let keys = self.space.dims.get(*dim).into_iter().flat_map(|dim| &dim.columns).map(|column| column.key.to_string());
                match *dim {
                    RESOURCE => limited.push("the object's key".to_owned()),
                    _ => limited.extend(keys),
                }
            }
        }
        Ok(limited)
    }

    /// The cell of the request that was found first.
    fn one(&self, Different { scene, pair, look, .. }: Different<'_>, parts: &Parts) -> Option<Cell> {
        let Look::Found(witness, at) = look else { return None };
        let has = |dim: usize, words: &[u64]| at.get(dim).is_some_and(|point| contains(words, *point));
        let place = parts.places.get(scene)?.iter().find(|place| place.keep.iter().all(|(dim, words)| has(*dim, words)))?;
        let actions = parts.actions.iter().find(|words| has(ACTION, words))?;
        Some(Cell {
            callers: parts.callers.iter().position(|callers| has(CALLER, &callers.who) && has(STATE, &callers.states))?,
            origin: place.origin,
            over: self.versions(parts.connections.iter().find(|words| has(TRANSPORT, words))?),
            identity: pair.identity,
            actions: Action::all()
                .filter(|action| contains(actions, action.index()) && action.index() == *at.first().unwrap_or(&FUTURE))
                .collect(),
            future: at.first() == Some(&FUTURE),
            partly: true,
            limited: Vec::new(),
            witness,
        })
    }

    fn is_plain(&self, at: usize) -> bool {
        self.space.transports.get(at).is_some_and(Option::is_none)
    }

    fn versions(&self, words: &[u64]) -> Vec<Option<&'static str>> {
        let mut all: Vec<Option<&'static str>> = points(words).filter_map(|at| self.space.transports.get(at).copied()).collect();
        all.sort_unstable();
        all.dedup();
        all
    }

    /// Whether some request of a part is a difference.
    fn look(
        &self,
        scene: &Scene,
        part: &Portion<'_>,
        pair: &Pair<'_>,
        found: &mut Differences,
        budget: &mut Budget,
    ) -> Result<Look, Spent> {
        let mut open = false;
        budget.0 = budget.0.checked_sub(LOOK).ok_or(Spent)?;
        for points in [false, true] {
            let at = match points {
                false => part.new.first(&self.space.field(), budget)?,
                true => self.between(&part.all, pair.now, pair.before, true, budget)?,
            };
            let Some(at) = at else { break };
            let Some(made) = self.space.request(scene, &at) else { continue };
            let own = at.get(CALLER).and_then(|caller| self.space.actors.get(*caller)).and_then(|actor| actor.caller.account());
            let assumed = pair.identity == Identity::Everything || own != Some(self.space.setting.account.as_str());
            let policies = |subject: &Subject| Policies { assume_identity: assumed, ..subject.policies.clone() };
            let (now, then) = (policies(pair.now.0), policies(pair.before.0));
            let then = self.space.decision(&made, then, &pair.before.0.points);
            let now = self.space.replay(scene, &at, made, now, &pair.now.0.points);
            if now.decision.is_allowed() && then.is_denied() {
                return Ok(Look::Found(Box::new(now), at));
            }
            open = true;
            let firm = now.decision.is_denied() || then.is_allowed();
            if firm && pair.now.1.is_certain(&self.space) && pair.before.1.is_certain(&self.space) && self.space.samples.is_empty() {
                found.mistake = Some(format!(
                    "the prover takes `{}` for newly allowed, the evaluator says {} now and {} before",
                    now.words,
                    now.decision.name(),
                    then.name()
                ));
            }
            let hangs = [now.decision, then].into_iter().find(|decision| !decision.is_allowed() && !decision.is_denied());
            found.open.get_or_insert_with(|| self.why(hangs.or(Some(now.decision))));
        }
        Ok(if open { Look::Open } else { Look::Nothing })
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
                CallerKind::Role => super::callers::role_arn(&actor.caller),
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
                points(words).filter_map(|at| column.values.get(at)?.as_ref()).map(super::witness::shown).collect()
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
