//! A statement as sets of requests: those that it surely matches, and those that it may match.
//!
//! In: a compiled statement and the space. Out: [`Sets`]. The evaluator's own tests are asked at each point of each
//! dimension, so that the two cannot differ about a value. Never: one bound in the place of the other.

use super::super::condition::Test;
use super::super::context::{Context, Values};
use super::super::pattern::ArnPattern;
use super::super::principal::{How, Index, Named};
use super::super::request::Arn;
use super::super::statement::Compiled;
use super::super::tri::{On, Tri};
use super::cube::{Cube, insert, points};
use super::language::{arn_steps, literal};
use super::lookup::Lookup;
use super::search::ACTION;
use super::space::{Actor, CALLER, Column, FUTURE_NAME, RESOURCE, Space, mask};
use super::variables::{Fill, fill_arn, fill_test, keys_of_arn, keys_of_test};
use crate::policy::{Element, Key};

/// The requests of a statement.
#[derive(Clone, Debug, Default)]
pub(super) struct Sets {
    /// It matches all of these.
    pub(super) sure: Option<Cube>,
    /// It matches none but these. There are two where variables have a value for some callers and none for others.
    pub(super) most: Vec<Cube>,
    /// Those that it matches, where they are known to a point.
    pub(super) exact: Option<Vec<Cube>>,
}

impl Sets {
    /// A set that is known.
    pub(super) fn known(cube: Option<Cube>) -> Self {
        let all: Vec<Cube> = cube.iter().cloned().collect();
        Self { sure: cube, most: all.clone(), exact: Some(all) }
    }

    /// Whether it is known to a point, and not only between bounds.
    pub(super) fn certain(&self, space: &Space) -> bool {
        self.exact.is_some() && self.most.len() <= 1 && same(space, self.sure.as_ref(), self.most.first())
    }

    /// Those that it surely matches, or those that it matches at the points of the space.
    pub(super) fn at_least(&self, points: bool) -> Vec<&Cube> {
        match &self.exact {
            Some(exact) if points => exact.iter().collect(),
            _ => self.sure.iter().collect(),
        }
    }

    /// Those that it may match, or those that it matches at the points of the space.
    pub(super) fn at_most(&self, points: bool) -> Vec<&Cube> {
        match &self.exact {
            Some(exact) if points => exact.iter().collect(),
            _ => self.most.iter().collect(),
        }
    }
}

/// What variables become.
#[derive(Clone, Copy)]
enum Bounds<'a> {
    /// Whatever makes a statement match less, and whatever makes it match more.
    Apart,
    At(&'a Context),
}

/// The sets of a statement; `counts` says whether a way of naming a caller counts.
pub(super) fn sets(space: &Space, statement: &Compiled, counts: impl Fn(&Actor, How) -> bool) -> Sets {
    sets_behind(space, statement, None, counts)
}

/// The same of a statement of the policy of an access point, by its ARN.
pub(super) fn sets_behind(space: &Space, statement: &Compiled, point: Option<&str>, counts: impl Fn(&Actor, How) -> bool) -> Sets {
    // Patterns with wildcards in the name of the point are not taken into the classes of keys.
    let tells = point.is_none_or(|point| {
        let whole = |pattern: &ArnPattern| {
            arn_steps(pattern).is_none_or(|steps| steps.starts_with(&literal(point)) || matches!(pattern, ArnPattern::Anything))
        };
        !matches!(&statement.resources, Some(Element::Is(all) | Element::Not(all)) if !all.iter().all(whole))
    });
    let variables = names_by_variables(statement) || statement.tests.iter().any(|test| !keys_of_test(test).is_empty());
    let callers = named(space, statement, counts);
    let resources;
    let resources = match point {
        None => &space.resources,
        Some(_) => {
            resources = space.resources.iter().map(|arn| behind(space, arn.as_str(), point)).collect();
            &resources
        }
    };
    let drawn = Drawn { space, statement, resources, tells, callers };
    if !variables {
        let (sure, maybe) = drawn.cubes(Bounds::Apart);
        let exact = same(space, sure.as_ref(), maybe.as_ref()).then(|| sure.iter().cloned().collect());
        return Sets { sure, most: maybe.into_iter().collect(), exact };
    }
    let exact = space.contexts.as_ref().and_then(|contexts| {
        let mut all = Vec::new();
        for (context, groups) in contexts {
            let (sure, maybe) = drawn.cubes(Bounds::At(context));
            if !same(space, sure.as_ref(), maybe.as_ref()) {
                return None;
            }
            if let Some(mut cube) = sure {
                groups.iter().for_each(|(dim, members)| cube.keep(&space.layout, *dim, members));
                all.extend((!cube.is_empty(&space.layout)).then_some(cube));
            }
        }
        Some(all)
    });
    let (sure, maybe) = drawn.cubes(Bounds::Apart);
    Sets { sure, most: drawn.apart(maybe), exact }
}

/// Whether variables are in the resources of a statement.
pub(super) fn names_by_variables(statement: &Compiled) -> bool {
    matches!(&statement.resources, Some(Element::Is(all) | Element::Not(all)) if all.iter().any(|arn| !keys_of_arn(arn).is_empty()))
}

/// The requests that a Deny surely matches among those of an Allow. Where each pattern of the Allow's resources is one of its own,
/// its resources ask nothing more, whatever the variables in them are.
pub(super) fn covering(space: &Space, deny: &Compiled, allow: &Compiled) -> Option<Cube> {
    let (Some(Element::Is(denied)), Some(Element::Is(allowed))) = (&deny.resources, &allow.resources) else { return None };
    // What the Allow names beside, and nobody knows yet, is not among them.
    if allow.unresolved || !allowed.iter().all(|arn| denied.contains(arn)) {
        return None;
    }
    let mut anywhere = deny.clone();
    anywhere.resources = None;
    sets(space, &anywhere, |_, ways| ways.any()).sure
}

/// Whether both bounds are the same set.
pub(super) fn same(space: &Space, a: Option<&Cube>, b: Option<&Cube>) -> bool {
    match (a, b) {
        (Some(a), Some(b)) => a.same(b, &space.layout),
        (None, None) => true,
        _ => false,
    }
}

/// The callers that the statement surely names, and those that it may name.
fn named(space: &Space, statement: &Compiled, counts: impl Fn(&Actor, How) -> bool) -> [Vec<u64>; 2] {
    let index = statement.who.as_ref().map(Index::new);
    let empty = Context::none();
    let [mut sure, mut maybe] = [space.layout.none(CALLER), space.layout.none(CALLER)];
    for (at, actor) in space.actors.iter().enumerate() {
        let named = match &index {
            Some(index) => match &actor.user_id {
                None => index.names(&actor.caller, &empty, statement.effect, false),
                Some(id) => {
                    let mut context = Context::none();
                    context.set(Key::UserId, id.to_string());
                    index.names(&actor.caller, &context, statement.effect, false)
                }
            },
            None if statement.principal_needed => Named::from(How::NOT),
            None => Named::from(How::DIRECTLY),
        };
        if counts(actor, named.surely) {
            insert(&mut sure, at);
        }
        if counts(actor, named.perhaps.map_or(named.surely, |(how, _)| named.surely.or(how))) {
            insert(&mut maybe, at);
        }
    }
    [sure, maybe]
}

/// The resource at a point of the space, as a request through the access point names it.
fn behind(space: &Space, text: &str, point: Option<&str>) -> Arn {
    let Some(point) = point else { return Arn::new(text) };
    match text.strip_prefix(&format!("{}/", space.setting.bucket)) {
        Some(key) => Arn::new(format!("{point}/object/{key}")),
        None => Arn::new(point),
    }
}

/// A statement in a space.
struct Drawn<'a> {
    space: &'a Space,
    statement: &'a Compiled,
    resources: &'a Vec<Arn>,
    /// Whether the resources tell all patterns apart.
    tells: bool,
    callers: [Vec<u64>; 2],
}

impl Drawn<'_> {
    /// The requests that the statement surely matches, and those that it may match.
    fn cubes(&self, bounds: Bounds<'_>) -> (Option<Cube>, Option<Cube>) {
        let (layout, statement) = (&self.space.layout, self.statement);
        let mut maybe = layout.full();
        maybe.keep(layout, ACTION, &mask(statement.actions, statement.covers_name(FUTURE_NAME)));
        let mut sure = maybe.clone();
        let [named, perhaps] = &self.callers;
        sure.keep(layout, CALLER, named);
        maybe.keep(layout, CALLER, perhaps);
        if maybe.is_empty(layout) {
            return (None, None);
        }
        self.keep_resources(bounds, &mut sure, &mut maybe);
        for test in &statement.tests {
            self.keep_test(test, bounds, &mut sure, &mut maybe);
            if maybe.is_empty(layout) {
                return (None, None);
            }
        }
        ((!sure.is_empty(layout)).then_some(sure), (!maybe.is_empty(layout)).then_some(maybe))
    }

    /// What the statement may match, of those for whom none of its variables ever has a value, and of the others.
    fn apart(&self, maybe: Option<Cube>) -> Vec<Cube> {
        let layout = &self.space.layout;
        let Some(mut others) = maybe else { return Vec::new() };
        let mut keys: Vec<Key> = self.statement.tests.iter().flat_map(keys_of_test).collect();
        if let Some(Element::Is(all) | Element::Not(all)) = &self.statement.resources {
            keys.extend(all.iter().flat_map(keys_of_arn));
        }
        let [mut without, mut with] = [layout.none(CALLER), layout.none(CALLER)];
        for (context, groups) in self.space.contexts.iter().flatten() {
            let set = if keys.iter().all(|key| context.one(key).is_none()) { &mut without } else { &mut with };
            for (_, members) in groups.iter().filter(|(dim, _)| *dim == CALLER) {
                set.iter_mut().zip(members).for_each(|(word, members)| *word |= members);
            }
        }
        without.iter_mut().zip(&with).for_each(|(word, with)| *word &= !with);
        let none = Context::none();
        let alone = self.cubes(Bounds::At(&none)).1.map(|mut alone| {
            alone.keep(layout, CALLER, &without);
            alone
        });
        others.drop(layout, CALLER, &without);
        alone.into_iter().chain([others]).filter(|cube| !cube.is_empty(layout)).collect()
    }

    fn keep_resources(&self, bounds: Bounds<'_>, sure: &mut Cube, maybe: &mut Cube) {
        let layout = &self.space.layout;
        let (patterns, negated) = match &self.statement.resources {
            None => return,
            Some(Element::Is(patterns)) => (patterns, false),
            Some(Element::Not(patterns)) => (patterns, true),
        };
        if self.space.vague_resources || !self.tells {
            // Whatever is not everything is unknown.
            let everything = !negated && patterns.iter().any(|pattern| matches!(pattern, ArnPattern::Anything));
            if !everything {
                sure.keep(layout, RESOURCE, &layout.none(RESOURCE));
            }
            return;
        }
        let context = Context::none();
        let points = |fill: Fill<'_>, kindly: bool| {
            let filled: Vec<_> = patterns.iter().filter_map(|pattern| fill_arn(pattern, fill)).collect();
            let mut kept = layout.none(RESOURCE);
            for (at, arn) in self.resources.iter().enumerate() {
                let found = filled.iter().any(|pattern| arn.matches(pattern, &context));
                let tri = Tri::from(found).or(if self.statement.unresolved { Tri::Maybe(On::Unresolved) } else { Tri::No });
                if holds(if negated { tri.not() } else { tri }, kindly) {
                    insert(&mut kept, at);
                }
            }
            kept
        };
        let (less, more) = fills(bounds, negated);
        let least = points(less, false);
        let sharp = !self.statement.unresolved && patterns.iter().all(|pattern| keys_of_arn(pattern).is_empty());
        let most = if sharp { least.clone() } else { points(more, true) };
        maybe.keep(layout, RESOURCE, &most);
        sure.keep(layout, RESOURCE, &least);
    }

    fn keep_test(&self, test: &Test, bounds: Bounds<'_>, sure: &mut Cube, maybe: &mut Cube) {
        let layout = &self.space.layout;
        let Some((dim, column)) = self.space.place(&test.key) else {
            // Nobody prepared the space for it.
            sure.keep(layout, ACTION, &layout.none(ACTION));
            return;
        };
        if keys_of_test(test).is_empty() {
            let (least, most) = judge(test, column, maybe.dim(layout, dim));
            sure.keep(layout, dim, &least);
            maybe.keep(layout, dim, &most);
        } else {
            let (less, more) = fills(bounds, test.operator.base.is_negated());
            let (least, _) = judge(&fill_test(test, less), column, sure.dim(layout, dim));
            let (_, most) = judge(&fill_test(test, more), column, maybe.dim(layout, dim));
            sure.keep(layout, dim, &least);
            maybe.keep(layout, dim, &most);
        }
    }
}

/// What variables become where least is to match, and where most is: what is more for a list is less for its complement.
const fn fills(bounds: Bounds<'_>, negated: bool) -> (Fill<'_>, Fill<'_>) {
    match bounds {
        Bounds::At(context) => (Fill::From(context), Fill::From(context)),
        Bounds::Apart if negated => (Fill::Anything, Fill::Drop),
        Bounds::Apart => (Fill::Drop, Fill::Anything),
    }
}

const fn holds(tri: Tri, kindly: bool) -> bool {
    match tri {
        Tri::Yes => true,
        Tri::Maybe(_) => kindly,
        Tri::No => false,
    }
}

/// The points, of some, at which the test surely holds, and those at which it may.
fn judge(test: &Test, column: &Column, own: &[u64]) -> (Vec<u64>, Vec<u64>) {
    let (mut least, mut most) = (vec![0_u64; own.len()], vec![0_u64; own.len()]);
    let lookup = Lookup::new(test);
    let vague = column.sample.is_some() && !super::values::is_null(test);
    // Points often stand in runs of one value.
    let mut last: Option<(Option<&Values>, Tri)> = None;
    for at in points(own) {
        let Some(value) = column.values.get(at).map(Option::as_ref) else { continue };
        let answer = match last {
            Some((before, answer)) if before == value => answer,
            _ if vague && value.is_some() => Tri::Maybe(On::Unreadable),
            _ => lookup.holds_for(value),
        };
        last = Some((value, answer));
        if holds(answer, false) {
            insert(&mut least, at);
        }
        if holds(answer, true) {
            insert(&mut most, at);
        }
    }
    (least, most)
}
