//! What some request shows: that a statement does something, that somebody gets in, that two policies differ.
//!
//! In: a [`Prover`]. Out: witnesses, and what has none. Never: a statement called dead, or two policies called equal, on
//! anything less than a proof.

use super::super::Policies;
use super::super::model::Call;
use super::access::{Access, Source, Visit};
use super::boxes::{Sets, sets};
use super::cube::{Cube, Layout, insert, points};
use super::search::{Budget, Spent};
use super::space::{Actor, Scene, Side, Way};
use super::{Prover, SPENT, Subject, Version, WORK, Witness, compile, without_statement};
use crate::policy::{Base, Condition, Effect, Key, Statement};

/// A statement that does nothing.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Dead {
    /// Its place in the bucket policy.
    pub statement: usize,
    /// Whether it matches no request at all; else others do the same for each.
    pub matches_nothing: bool,
}

/// A version of the bucket, and what it gives.
pub(super) type Variant<'a> = (&'a Subject, &'a Access);

/// What one subject allows and another does not.
#[derive(Clone, Debug)]
pub enum Gain {
    /// Nothing.
    None,
    /// This request, among others.
    Some(Box<Witness>),
    /// It is not known.
    Unknown(String),
}

impl Prover<'_> {
    /// The statements of the bucket policy that no request needs: a Deny if nothing but it stops some request, an Allow
    /// if nothing but it gives some, to callers whom identity policies give nothing.
    pub fn dead(&self, subject: usize) -> Vec<Dead> {
        let Some(version) = self.subjects.get(subject) else { return Vec::new() };
        let (of, most, least) = (version.of, &version.access, version.least(&self.space));
        let mut budget = Budget(WORK);
        let statements = of.policies.resource.iter().flat_map(|policy| policy.statements()).enumerate();
        let mut needed = |at: usize, effect: Effect| -> Result<bool, Spent> {
            let source = Source::Statement(at);
            let (access, own) = match effect {
                Effect::Deny => (most, &most.stops),
                Effect::Allow => (least, &least.grants),
            };
            let cubes = own.iter().filter(|(by, _)| *by == source).flat_map(|(_, sets)| &sets.most);
            for cube in cubes {
                for scene in self.space.scenes.iter().filter(|scene| scene.base.meets(cube, &self.space.layout)) {
                    let start = joined(&scene.base, cube);
                    let found = match effect {
                        Effect::Deny => access.allowed(&self.space.field(), &start, &[], false, &|other| other != source, &mut budget)?,
                        Effect::Allow => {
                            // It counts alone; what comes through a known access point has to get through that, too.
                            let others = access.grants.iter().filter(|(by, _)| *by != source);
                            let gives = |own: Source| access.grants.iter().any(|(by, _)| *by == own);
                            let given: Vec<&Cube> = others.flat_map(|(_, sets)| sets.at_least(false)).collect();
                            let counts = |other: Source| other == source || !gives(other);
                            access.allowed(&self.space.field(), &start, &given, false, &counts, &mut budget)?
                        }
                    };
                    if found.is_some() {
                        return Ok(true);
                    }
                }
            }
            Ok(false)
        };
        statements
            .filter(|(at, statement)| needed(*at, statement.effect) == Ok(false))
            .map(|(at, _)| {
                let own = most.stops.iter().chain(&least.grants).filter(|(by, _)| *by == Source::Statement(at));
                let matched = |cube: &Cube| self.space.scenes.iter().any(|scene| cube.meets(&scene.base, &self.space.layout));
                Dead { statement: at, matches_nothing: !own.flat_map(|(_, sets)| &sets.most).any(matched) }
            })
            .collect()
    }

    /// The same of the policies of the access points, by their ARNs: a request has to come through the point, and the bucket
    /// policy has to let it in.
    pub fn dead_behind(&self, subject: usize) -> Vec<(&str, Dead)> {
        let Some(version) = self.subjects.get(subject).filter(|version| !version.of.points.is_empty()) else { return Vec::new() };
        let scenes: Vec<Cube> = self.space.scenes.iter().filter(|scene| scene.through_point).map(|scene| scene.base.clone()).collect();
        let mut budget = Budget(WORK);
        let idle = version.access.idle(version.least(&self.space), &self.space.field(), &scenes, &mut budget).unwrap_or_default();
        idle.into_iter().map(|(arn, statement, matched)| (arn, Dead { statement, matches_nothing: !matched })).collect()
    }

    /// What the subject at `new` allows and the one at `old` does not, of the requests that `among` matches.
    pub fn gained(&self, new: usize, old: usize, among: Option<&Statement>) -> Gain {
        let (Some(Version { of: new, access: allows, .. }), Some(Version { of: old, access: before, .. })) =
            (self.subjects.get(new), self.subjects.get(old))
        else {
            return Gain::Unknown("there is no such policy".into());
        };
        let compiled = among.cloned().map(compile);
        let limit = compiled
            .as_ref()
            .and_then(|policy| policy.statements().first())
            .map(|statement| sets(&self.space, statement, |_, ways| ways.any()));
        let mut open = None;
        for scene in &self.space.scenes {
            let within = |points: bool| -> Vec<Cube> {
                let Some(limit) = &limit else { return vec![scene.base.clone()] };
                let chosen = if points { limit.at_least(true) } else { limit.at_most(false) };
                chosen.into_iter().map(|cube| joined(&scene.base, cube)).collect()
            };
            let find = |points: bool, budget: &mut Budget| -> Result<Option<Vec<usize>>, Spent> {
                for start in within(points) {
                    if let Some(found) = self.between(&start, (new, allows), (old, before), points, budget)? {
                        return Ok(Some(found));
                    }
                }
                Ok(None)
            };
            let shown = |points: &[usize]| {
                let now = self.space.witness(scene, points, &new.policies, &new.points)?;
                let then = self.space.witness(scene, points, &old.policies, &old.points)?;
                (now.decision.is_allowed() && then.decision.is_denied()).then_some(now)
            };
            let mut budget = Budget(WORK);
            for points in [false, true] {
                match find(points, &mut budget) {
                    Err(Spent) => return Gain::Unknown(SPENT.into()),
                    Ok(None) => break,
                    Ok(Some(found)) => {
                        if let Some(witness) = shown(&found) {
                            return Gain::Some(Box::new(witness));
                        }
                        open =
                            Some(self.why(self.space.witness(scene, &found, &new.policies, &new.points).map(|witness| witness.decision)));
                    }
                }
            }
        }
        open.map_or(Gain::None, Gain::Unknown)
    }

    /// A request of `start` that the one side allows and the other does not.
    pub(super) fn between(
        &self,
        start: &Cube,
        now: Variant<'_>,
        before: Variant<'_>,
        points: bool,
        budget: &mut Budget,
    ) -> Result<Option<Vec<usize>>, Spent> {
        let field = self.space.field();
        self.ways_between(start, now, before, points, &mut |cube, avoid| field.find(&cube, avoid, budget))
    }

    /// What the one side allows of `start` and the other does not, as [`Access::ways`] has it.
    pub(super) fn ways_between<'a, T>(
        &self,
        start: &Cube,
        now: Variant<'a>,
        before: Variant<'a>,
        points: bool,
        visit: &mut Visit<'_, 'a, T>,
    ) -> Result<Option<T>, Spent> {
        let layout = &self.space.layout;
        // What was given before, for certain. A statement that both have gives and stops the same, whatever is in it.
        let given: Vec<&Cube> =
            before.1.grants.iter().flat_map(|(_, sets)| if points { sets.at_most(true) } else { sets.at_least(false) }).collect();
        let kept = |one: &Subject, source: Source, other: &Subject| matches!(source, Source::Statement(at) if one.shares(at, other));
        let new = |source: Source| !matches!(source, Source::Statement(_)) || !kept(now.0, source, before.0);
        // Everything that stops counts; of what gives, only what the other side lacks.
        let gives = now.1.grants.iter().map(|(source, _)| *source).collect::<Vec<_>>();
        let counts = |source: Source| !gives.contains(&source) || new(source);
        if let Some(found) = now.1.ways(layout, start, &given, points, &counts, visit)? {
            return Ok(Some(found));
        }
        for (source, sets) in &before.1.stops {
            if kept(before.0, *source, now.0) {
                continue;
            }
            for stop in if points { sets.at_least(true) } else { sets.at_most(false) } {
                if let Some(found) = now.1.ways(layout, &joined(start, stop), &[], points, &|_| true, visit)? {
                    return Ok(Some(found));
                }
            }
        }
        // What an access point of the other side kept out.
        for (through, grants, stops) in before.1.behind(points) {
            let within = joined(start, through);
            if let Some(found) = now.1.ways(layout, &within, &grants, points, &|_| true, visit)? {
                return Ok(Some(found));
            }
            for stop in stops {
                if let Some(found) = now.1.ways(layout, &joined(&within, stop), &[], points, &|_| true, visit)? {
                    return Ok(Some(found));
                }
            }
        }
        Ok(None)
    }

    /// Whether somebody who matches `principal` (a pattern of `aws:PrincipalArn`; without one: anybody of the bucket's
    /// account but its root user) may do the action on the bucket, from every network of those that `from` matches. A
    /// gain is a request from a network from which none is allowed.
    pub fn keeps_out(&self, subject: usize, principal: Option<&str>, action: &str, from: Option<&Condition>) -> Gain {
        let Some(Version { of: subject, access, .. }) = self.subjects.get(subject) else {
            return Gain::Unknown("there is no such policy".into());
        };
        let own = self.doing(principal, action, from);
        let networks = [Key::SourceIp, Key::SourceVpc, Key::SourceVpce].map(|key| self.space.place(&key).map(|(dim, _)| dim));
        let (mut met, field) = (false, self.space.field());
        for scene in self.space.scenes.iter().filter(|scene| scene.is_from_a_network()) {
            let mut starts: Vec<Cube> = own.at_least(true).into_iter().map(|cube| joined(&scene.base, cube)).collect();
            for dim in networks.iter().flatten() {
                starts = starts.iter().flat_map(|start| apart(start, *dim, &self.space.layout)).collect();
            }
            starts.retain(|start| !start.is_empty(&self.space.layout));
            for start in starts {
                met = true;
                let mut budget = Budget(WORK);
                let mut found = |points: bool| access.allowed(&field, &start, &[], points, &|_| true, &mut budget);
                match (found(true), found(false)) {
                    (Err(Spent), _) | (_, Err(Spent)) => return Gain::Unknown(SPENT.into()),
                    (Ok(Some(_)), _) => {}
                    (_, Ok(Some(_))) => return Gain::Unknown(self.why(None)),
                    (Ok(None), Ok(None)) => {
                        let example = field.find(&start, &[], &mut budget).ok().flatten();
                        let witness = example.and_then(|points| self.space.witness(scene, &points, &subject.policies, &subject.points));
                        match witness {
                            Some(witness) if !witness.decision.is_allowed() => return Gain::Some(Box::new(witness)),
                            Some(witness) => {
                                return Gain::Unknown(format!("the evaluator allows `{}`, the prover does not", witness.words));
                            }
                            None => {}
                        }
                    }
                }
            }
        }
        if met { Gain::None } else { Gain::Unknown("there is no such caller or network".into()) }
    }

    /// Whether somebody may do the action from somewhere, in the words of [`Prover::keeps_out`]: a gain is a request.
    pub fn lets_in(&self, subject: usize, principal: Option<&str>, action: &str) -> Gain {
        let Some(Version { of: subject, access, .. }) = self.subjects.get(subject) else {
            return Gain::Unknown("there is no such policy".into());
        };
        let own = self.doing(principal, action, None);
        for scene in self.space.scenes.iter().filter(|scene| scene.side == Side::Signed) {
            let mut budget = Budget(WORK);
            for cube in own.at_least(true) {
                match access.allowed(&self.space.field(), &joined(&scene.base, cube), &[], true, &|_| true, &mut budget) {
                    Err(Spent) => return Gain::Unknown(SPENT.into()),
                    Ok(None) => {}
                    Ok(Some(found)) => match self.space.witness(scene, &found, &subject.policies, &subject.points) {
                        Some(witness) if witness.decision.is_allowed() => return Gain::Some(Box::new(witness)),
                        witness => return Gain::Unknown(self.why(witness.map(|witness| witness.decision))),
                    },
                }
            }
        }
        Gain::None
    }

    /// The requests of a caller for an action on the bucket itself.
    fn doing(&self, principal: Option<&str>, action: &str, from: Option<&Condition>) -> Sets {
        let mut statement =
            Statement::new(Effect::Deny, "Caller").actions([action.to_owned()]).on([self.space.setting.bucket.clone().into()]);
        if let Some(principal) = principal {
            statement = statement.when(Condition::one(Base::ArnLike, Key::PrincipalArn, principal.to_owned()));
        }
        statement.condition.extend(from.cloned());
        let compiled = compile(statement);
        let account = self.space.setting.account.as_str();
        let own = |actor: &Actor| principal.is_some() || actor.caller.account() == Some(account);
        compiled
            .statements()
            .first()
            .map(|compiled| sets(&self.space, compiled, |actor, ways| ways.any() && own(actor)))
            .unwrap_or_default()
    }

    /// Whether a call is allowed in every reading of it, and by which request.
    pub fn works(&self, subject: usize, call: &Call) -> bool {
        let Some(Version { of: subject, .. }) = self.subjects.get(subject) else { return false };
        subject.policies.decide(&call.request()).is_allowed()
    }

    /// What the evaluator says to a witness of another subject.
    pub fn replays(&self, subject: usize, witness: &Witness, without: &[usize]) -> super::super::Decision {
        let policies =
            self.subjects.get(subject).map_or_else(Policies::default, |version| without_statement(&version.of.policies, without));
        policies.decide(&witness.request)
    }
}

pub(super) fn joined(a: &Cube, b: &Cube) -> Cube {
    let mut both = a.clone();
    both.and(b);
    both
}

/// The cube once for each point that it has in a dimension.
fn apart(cube: &Cube, dim: usize, layout: &Layout) -> Vec<Cube> {
    let one = |point| {
        let (mut only, mut cube) = (layout.none(dim), cube.clone());
        insert(&mut only, point);
        cube.keep(layout, dim, &only);
        cube
    };
    points(cube.dim(layout, dim)).map(one).collect()
}

impl Scene {
    /// Whether somebody with credentials calls by himself.
    fn is_from_a_network(&self) -> bool {
        self.side == Side::Signed && matches!(self.way, Way::Internet | Way::Endpoint) && !self.through_point
    }
}
