//! What policies allow and deny, as sets of requests.
//!
//! In: the policies of a bucket. Out: [`Access`]: the sources of permission and the sets that are refused. Never: a
//! refusal that may not happen among those that surely do.

use super::super::acl::{Grantee, Ownership};
use super::super::context::Values;
use super::super::decide::gives;
use super::super::principal::One;
use super::super::statement::{Kind, Policy};
use super::super::{AccessPoint, Caller, CallerKind, Environment, Policies, Request};
use super::Subject;
use super::boxes::{Sets, covering, names_by_variables, sets, sets_behind};
use super::cube::{Cube, Layout};
use super::search::{ACTION, Budget, Field, Spent};
use super::space::{CALLER, POINT, Space, mask};
use crate::policy::{Action, Base, Condition, Document, Effect, Element, Key, Principals, Statement, Version};

/// Where permission comes from, or what refuses.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Source {
    /// The callers' own policies.
    Identity,
    /// The statement of the policy at that place.
    Statement(usize),
    /// A grant of the bucket's ACL.
    Acl,
    /// A setting of the bucket.
    Setting,
}

/// What is asked of a cube and those that it is without; the rest is left once it finds something.
pub(super) type Visit<'v, 'a, T> = dyn FnMut(Cube, &[&'a Cube]) -> Result<Option<T>, Spent> + 'v;

/// The accesses that policies give.
#[derive(Clone, Debug, Default)]
pub(super) struct Access {
    pub(super) grants: Vec<(Source, Sets)>,
    pub(super) stops: Vec<(Source, Sets)>,
    /// For grants with variables: the grant, a Deny, and what that surely stops of what the grant gives.
    covers: Vec<(Source, Source, Cube)>,
    /// What the known access points ask besides.
    points: Vec<Leg>,
}

/// An access point, which must let a request through that takes it.
#[derive(Clone, Debug)]
struct Leg {
    /// Its ARN.
    arn: String,
    /// The requests through it.
    through: Cube,
    grants: Vec<(Source, Sets)>,
    stops: Vec<(Source, Sets)>,
}

/// Who is taken to have permission of its own.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Identity {
    /// Everybody: the most that any identity policies could make of a bucket policy.
    Everything,
    /// Everybody but principals of the bucket's own account, and those only by the bucket policy.
    Nothing,
}

/// The refusals of settings, as statements; only those about keys in `keys` matter.
pub(super) fn settings(policies: &Policies, has: impl Fn(&Key) -> bool) -> Policy {
    let deny = |actions: &[&'static str], conditions: Vec<Condition>| {
        let mut statement = Statement::new(Effect::Deny, "Setting").actions(actions.iter().copied());
        statement.principal = Some(Element::Is(Principals::Everyone));
        statement.resource = None;
        statement.condition = conditions;
        statement
    };
    let grants = [Key::XAmzGrantFullControl, Key::XAmzGrantRead, Key::XAmzGrantReadAcp, Key::XAmzGrantWrite, Key::XAmzGrantWriteAcp];
    let acls: [&'static str; 3] = ["s3:PutObjectAcl", "s3:PutObjectVersionAcl", "s3:PutBucketAcl"];
    let with: [&'static str; 4] = ["s3:PutObjectAcl", "s3:PutObjectVersionAcl", "s3:PutBucketAcl", "s3:PutObject"];
    let mut statements = Vec::new();
    if policies.ownership == Some(Ownership::Enforced) {
        statements.push(deny(&acls, Vec::new()));
        if has(&Key::XAmzAcl) {
            let other = Condition::one(Base::StringNotEquals, Key::XAmzAcl, "bucket-owner-full-control");
            statements.push(deny(&["s3:PutObject"], vec![other, Condition::one(Base::Null, Key::XAmzAcl, "false")]));
        }
        for key in grants.iter().filter(|key| has(key)) {
            statements.push(deny(&["s3:PutObject"], vec![Condition::one(Base::Null, key.clone(), "false")]));
        }
    }
    if policies.block.block_public_acls {
        if has(&Key::XAmzAcl) {
            let public = Condition::new(Base::StringEquals, Key::XAmzAcl, ["public-read", "public-read-write", "authenticated-read"]);
            statements.push(deny(&with, vec![public]));
        }
        for key in grants.iter().filter(|key| has(key)) {
            let everybody = ["*groups/global/AllUsers*", "*groups/global/AuthenticatedUsers*"];
            statements.push(deny(&with, vec![Condition::new(Base::StringLike, key.clone(), everybody)]));
        }
    }
    let document = Document { version: Version::V2008, id: None, statements };
    Policy::compile(&document, Kind::Bucket, &Environment::default())
}

/// Whom the bucket's ACL names.
pub(super) fn grantees(policies: &Policies) -> Vec<One> {
    let one = |grantee: &Grantee| match grantee {
        Grantee::LogDelivery => Some(One::Named(CallerKind::Service, LOG_DELIVERY.into())),
        Grantee::Account(account) => Some(One::Account(account.clone())),
        Grantee::Canonical(id) => Some(One::Named(CallerKind::Canonical, id.clone())),
        _ => None,
    };
    policies.bucket_acl.iter().flat_map(|acl| &acl.grants).filter_map(|(grantee, _)| one(grantee)).collect()
}

const LOG_DELIVERY: &str = "logging.s3.amazonaws.com";

impl Access {
    pub(super) fn new(space: &Space, subject: &Subject, settings: &Policy, identity: Identity) -> Self {
        let policies = &subject.policies;
        let account = space.setting.account.as_str();
        let layout = &space.layout;
        let mut access = Self::default();
        if identity == Identity::Everything {
            let mut own = layout.full();
            own.retain(layout, CALLER, |at| {
                let caller = space.actors.get(at).map(|actor| &actor.caller);
                caller.is_some_and(|caller| caller.account() == Some(account) && (caller.has_identity() || caller.is_account()))
            });
            access.grants.push((Source::Identity, Sets::known(Some(own))));
        } else {
            let mut root = layout.full();
            root.retain(layout, CALLER, |at| {
                space.actors.get(at).is_some_and(|actor| actor.caller.account() == Some(account) && actor.caller.is_account())
            });
            access.grants.push((Source::Identity, Sets::known((!root.is_empty(layout)).then_some(root))));
        }
        for (at, statement) in policies.resource.iter().flat_map(|policy| policy.statements()).enumerate() {
            let source = Source::Statement(at);
            match statement.effect {
                Effect::Allow => {
                    let found = sets(space, statement, |actor, ways| {
                        let same = actor.caller.account() == Some(account);
                        let own = identity == Identity::Everything || !same || actor.caller.is_account();
                        ways.any() && gives(&actor.caller, same, ways, own, true)
                    });
                    access.grants.push((source, found));
                }
                Effect::Deny => access.stops.push((source, sets(space, statement, |_, ways| ways.any()))),
            }
        }
        let of = |effect: Effect| {
            let all = policies.resource.iter().flat_map(|policy| policy.statements()).enumerate();
            all.filter(move |(_, statement)| statement.effect == effect)
        };
        for (grant, allow) in of(Effect::Allow).filter(|(_, allow)| names_by_variables(allow)) {
            let cover = |(at, deny)| Some((Source::Statement(grant), Source::Statement(at), covering(space, deny, allow)?));
            access.covers.extend(of(Effect::Deny).filter_map(cover));
        }
        access.points =
            subject.points.iter().map(|(arn, point)| leg(space, arn, point, policies.block.restrict_public_buckets, identity)).collect();
        access.acls(space, policies);
        for statement in settings.statements() {
            access.stops.push((Source::Setting, sets(space, statement, |_, ways| ways.any())));
        }
        let public = policies.resource.as_ref().is_some_and(|policy| policy.publicness().is_public());
        if policies.block.restrict_public_buckets && public {
            let mut strangers = layout.full();
            strangers.retain(layout, CALLER, |at| {
                space
                    .actors
                    .get(at)
                    .is_some_and(|actor| actor.caller.kind() != CallerKind::Service && actor.caller.account() != Some(account))
            });
            access.stops.push((Source::Setting, Sets::known((!strangers.is_empty(layout)).then_some(strangers))));
        }
        access
    }

    /// What the bucket's ACL gives, where ACLs count.
    fn acls(&mut self, space: &Space, policies: &Policies) {
        let counts = matches!(policies.ownership, Some(Ownership::Preferred | Ownership::Writer));
        let Some(acl) = policies.bucket_acl.as_ref().filter(|acl| counts && !acl.grants.is_empty()) else { return };
        let account = space.setting.account.as_str();
        for action in Action::all() {
            let mut gets = space.layout.full();
            gets.keep(&space.layout, ACTION, &mask([action].into_iter().collect(), false));
            gets.retain(&space.layout, CALLER, |at| {
                let Some(actor) = space.actors.get(at) else { return false };
                let request = Request::new(actor.caller.clone(), action.name(), space.setting.bucket.as_str(), account);
                let ways = acl.names(&request, false, policies.block.ignore_public_acls);
                ways.any() && gives(&actor.caller, actor.caller.account() == Some(account), ways, true, true)
            });
            if !gets.is_empty(&space.layout) {
                self.grants.push((Source::Acl, Sets::known(Some(gets))));
            }
        }
    }

    /// Whether nothing in it is only a bound.
    pub(super) fn is_certain(&self, space: &Space) -> bool {
        self.grants.iter().chain(&self.stops).all(|(_, sets)| sets.certain(space))
            && self.points.iter().flat_map(|leg| leg.grants.iter().chain(&leg.stops)).all(|(_, sets)| sets.certain(space))
    }

    /// Every set of requests that something is said about.
    pub(super) fn cubes(&self) -> impl Iterator<Item = &Cube> {
        let sets = self.grants.iter().chain(&self.stops).map(|(_, sets)| sets);
        let behind = self.points.iter().flat_map(|leg| leg.grants.iter().chain(&leg.stops)).map(|(_, sets)| sets);
        let all = sets.chain(behind).flat_map(|sets| sets.sure.iter().chain(&sets.most).chain(sets.exact.iter().flatten()));
        all.chain(self.points.iter().map(|leg| &leg.through))
    }

    /// A request of the cube that is allowed: at all, or, with `points`, at the points of the space for certain. Only
    /// what `counts` says counts.
    pub(super) fn allowed(
        &self,
        field: &Field<'_>,
        start: &Cube,
        beside: &[&Cube],
        points: bool,
        counts: &dyn Fn(Source) -> bool,
        budget: &mut Budget,
    ) -> Result<Option<Vec<usize>>, Spent> {
        self.ways(field.layout, start, beside, points, counts, &mut |cube, avoid| field.find(&cube, avoid, budget))
    }

    /// What is allowed of the cube, as cubes, each with those that it is without; until `visit` finds something.
    pub(super) fn ways<'a, T>(
        &'a self,
        layout: &Layout,
        start: &Cube,
        beside: &[&'a Cube],
        points: bool,
        counts: &dyn Fn(Source) -> bool,
        visit: &mut Visit<'_, 'a, T>,
    ) -> Result<Option<T>, Spent> {
        // What may be refused does not keep anybody out; what surely is, or is at the points, does.
        let stopping = |all: &'a [(Source, Sets)]| {
            let counted = all.iter().filter(|(source, _)| counts(*source));
            counted.flat_map(move |(_, sets)| if points { sets.at_most(true) } else { sets.at_least(false) })
        };
        let mut avoid: Vec<&Cube> = stopping(&self.stops).chain(beside.iter().copied()).collect();
        let direct = avoid.len();
        // Through no known point: those are looked at one by one.
        avoid.extend(self.points.iter().map(|leg| &leg.through));
        if let Some(found) = self.given(start, &avoid, points, counts, visit)? {
            return Ok(Some(found));
        }
        avoid.truncate(direct);
        for leg in &self.points {
            let mut within = start.clone();
            within.and(&leg.through);
            if within.is_empty(layout) {
                continue;
            }
            let mut refused = avoid.clone();
            refused.extend(leg.stops.iter().flat_map(|(_, sets)| if points { sets.at_most(true) } else { sets.at_least(false) }));
            for cube in leg.grants.iter().flat_map(|(_, sets)| if points { sets.at_least(true) } else { sets.at_most(false) }) {
                let mut both = within.clone();
                both.and(cube);
                if let Some(found) = self.given(&both, &refused, points, counts, visit)? {
                    return Ok(Some(found));
                }
            }
        }
        Ok(None)
    }

    /// The known access points, each with the statements of its policy that no request needs, as [`super::Dead`] has it:
    /// `least` is the same of callers who have nothing of their own. For each whether it matches anything.
    pub(super) fn idle<'a>(
        &'a self,
        least: &'a Self,
        field: &Field<'_>,
        scenes: &[Cube],
        budget: &mut Budget,
    ) -> Result<Vec<(&'a str, usize, bool)>, Spent> {
        fn sure(all: &[(Source, Sets)], but: Source) -> impl Iterator<Item = &Cube> {
            all.iter().filter(move |(source, _)| *source != but).flat_map(|(_, sets)| sets.at_least(false))
        }
        let mut idle = Vec::new();
        for (most, least_leg) in self.points.iter().zip(&least.points) {
            let denies = most.stops.iter().map(|own| (own, self, most, true));
            let allows = least_leg.grants.iter().map(|own| (own, least, least_leg, false));
            for ((source, sets), access, leg, stops) in denies.chain(allows) {
                let Source::Statement(at) = *source else { continue };
                let (mut needed, mut matched) = (false, false);
                for scene in scenes {
                    for cube in sets.at_most(false) {
                        let mut start = scene.clone();
                        start.and(&leg.through);
                        start.and(cube);
                        matched |= !start.is_empty(field.layout);
                        let avoid: Vec<&Cube> = sure(&access.stops, Source::Identity).chain(sure(&leg.stops, *source)).collect();
                        let ways: Vec<(Cube, Vec<&Cube>)> = if stops {
                            let through = |given: &Cube| {
                                let mut both = start.clone();
                                both.and(given);
                                (both, avoid.clone())
                            };
                            leg.grants.iter().flat_map(|(_, sets)| sets.at_most(false)).map(through).collect()
                        } else {
                            vec![(start, sure(&leg.grants, *source).chain(avoid).collect())]
                        };
                        for (start, avoid) in ways {
                            needed = needed
                                || access
                                    .given(&start, &avoid, false, &|_| true, &mut |cube, avoid| field.find(&cube, avoid, budget))?
                                    .is_some();
                        }
                    }
                }
                if !needed {
                    idle.push((leg.arn.as_str(), at, matched));
                }
            }
        }
        Ok(idle)
    }

    /// For each known access point: the requests through it, what it surely lets through, and what it may stop.
    pub(super) fn behind(&self, points: bool) -> impl Iterator<Item = (&Cube, Vec<&Cube>, Vec<&Cube>)> {
        self.points.iter().map(move |leg| {
            let grants = leg.grants.iter().flat_map(|(_, sets)| if points { sets.at_most(true) } else { sets.at_least(false) }).collect();
            let stops = leg.stops.iter().flat_map(|(_, sets)| if points { sets.at_least(true) } else { sets.at_most(false) }).collect();
            (&leg.through, grants, stops)
        })
    }

    /// A request of the cube that nothing gives and nothing stops: directly, or through a known access point, which must
    /// let it through too unless it `lets` through anyway. With `points`, at the points of the space; else one of those that there may be.
    pub(super) fn withheld(
        &self,
        field: &Field<'_>,
        start: &Cube,
        (through, lets): (Option<&str>, bool),
        points: bool,
        counts: &dyn Fn(Source) -> bool,
        budget: &mut Budget,
    ) -> Result<Option<Vec<usize>>, Spent> {
        fn of<'a>(sets: impl Iterator<Item = &'a Sets>, points: bool) -> Vec<&'a Cube> {
            sets.flat_map(|sets| if points { sets.at_most(true) } else { sets.at_least(false) }).collect()
        }
        let stops = self.stops.iter().filter(|(source, _)| counts(*source)).map(|(_, sets)| sets);
        let grants = self.grants.iter().filter(|(source, _)| counts(*source)).map(|(_, sets)| sets);
        let (mut stops, grants) = (of(stops, points), of(grants, points));
        let leg = through.and_then(|arn| self.points.iter().find(|leg| leg.arn == arn));
        let mut start = start.clone();
        match leg {
            None => stops.extend(self.points.iter().map(|leg| &leg.through)),
            Some(leg) => {
                start.and(&leg.through);
                stops.extend(of(leg.stops.iter().map(|(_, sets)| sets), points));
            }
        }
        let ways = std::iter::once(grants).chain(leg.filter(|_| !lets).map(|leg| of(leg.grants.iter().map(|(_, sets)| sets), points)));
        for given in ways {
            if let Some(found) = field.find(&start, &[stops.as_slice(), given.as_slice()].concat(), budget)? {
                return Ok(Some(found));
            }
        }
        Ok(None)
    }

    /// What something gives of the cube.
    fn given<'a, T>(
        &'a self,
        start: &Cube,
        avoid: &[&'a Cube],
        points: bool,
        counts: &dyn Fn(Source) -> bool,
        visit: &mut Visit<'_, 'a, T>,
    ) -> Result<Option<T>, Spent> {
        for (source, sets) in self.grants.iter().filter(|(source, _)| counts(*source)) {
            let covers = self.covers.iter().filter(|(grant, by, _)| grant == source && counts(*by)).map(|(.., cube)| cube);
            let stopped: Vec<&Cube> = covers.collect();
            let both;
            let avoid = if stopped.is_empty() {
                avoid
            } else {
                both = [avoid, &stopped].concat();
                &both
            };
            for cube in if points { sets.at_least(true) } else { sets.at_most(false) } {
                let mut within = start.clone();
                within.and(cube);
                if let Some(found) = visit(within, avoid)? {
                    return Ok(Some(found));
                }
            }
        }
        Ok(None)
    }
}

/// What an access point asks of the requests through it.
fn leg(space: &Space, arn: &str, point: &AccessPoint, restricted: bool, identity: Identity) -> Leg {
    let layout = &space.layout;
    let account = arn.split(':').nth(4).unwrap_or_default();
    let mut through = layout.full();
    through.retain(layout, POINT, |at| matches!(space.points.get(at), Some(Some((own, _))) if own == arn));
    let mut leg = Leg { arn: arn.to_owned(), through, grants: Vec::new(), stops: Vec::new() };
    let mut own = layout.full();
    own.retain(layout, CALLER, |at| {
        let caller = space.actors.get(at).map(|actor| &actor.caller);
        let everything = identity == Identity::Everything;
        caller.is_some_and(|caller| caller.account() == Some(account) && (caller.is_account() || (everything && caller.has_identity())))
    });
    leg.grants.push((Source::Identity, Sets::known((!own.is_empty(layout)).then_some(own))));
    for (at, statement) in point.policy.iter().flat_map(|policy| policy.statements()).enumerate() {
        let source = Source::Statement(at);
        match statement.effect {
            Effect::Allow => {
                let found = sets_behind(space, statement, Some(arn), |actor, ways| {
                    let same = actor.caller.account() == Some(account);
                    let own = identity == Identity::Everything || !same || actor.caller.is_account();
                    ways.any() && gives(&actor.caller, same, ways, own, true)
                });
                leg.grants.push((source, found));
            }
            Effect::Deny => leg.stops.push((source, sets_behind(space, statement, Some(arn), |_, ways| ways.any()))),
        }
    }
    if let (Some(vpc), Some((dim, column))) = (&point.vpc, space.place(&Key::SourceVpc)) {
        let mut elsewhere = layout.full();
        elsewhere.retain(layout, dim, |at| !matches!(column.values.get(at), Some(Some(Values::One(own))) if **own == **vpc));
        leg.stops.push((Source::Setting, Sets::known((!elsewhere.is_empty(layout)).then_some(elsewhere))));
    }
    let public = point.policy.as_ref().is_some_and(|policy| policy.publicness().is_public()) && !point.from_vpc;
    if public && (restricted || point.block.restrict_public_buckets) {
        let mut strangers = layout.full();
        strangers.retain(layout, CALLER, |at| {
            let inside = |caller: &Caller| caller.account() == Some(account) || caller.account() == Some(&space.setting.account);
            space.actors.get(at).is_some_and(|actor| actor.caller.kind() != CallerKind::Service && !inside(&actor.caller))
        });
        leg.stops.push((Source::Setting, Sets::known((!strangers.is_empty(layout)).then_some(strangers))));
    }
    leg
}
