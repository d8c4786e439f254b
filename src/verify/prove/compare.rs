//! Who gains what between two versions of a bucket: the requests of which only one version allows some, by classes.
//!
//! In: a [`Prover`] of both versions. Out: [`Differences`]: for each class of callers, network and connection, the actions
//! that the one version allows and the other does not, with a replayed request. Points that no statement of either version
//! tells apart are one class, so that there are few. Never: a class without a proof that the rest has no difference; where
//! the search is given up, that is said.

use super::super::{Caller, Policies};
use super::access::{Access, Identity};
use super::cube::{Cube, Layout, contains, meet};
use super::regions::Regions;
use super::search::{ACTION, Budget, Spent};
use super::space::{CALLER, FUTURE, RESOURCE, STATE, Scene, TRANSPORT, mask};
use super::{Prover, SPENT, Subject, WORK, Witness};
use crate::policy::{Action, Actions};
use parts::{Callers, Parts};

mod parts;

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
}
