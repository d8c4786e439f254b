//! A statement as sets of requests: those that it surely matches, and those that it may match.
//!
//! In: a compiled statement and the space. Out: [`Sets`]. The evaluator's own tests are asked at each point of each
//! dimension, so that the two cannot differ about a value. Never: one bound in the place of the other.

use super::super::condition::Test;
use super::super::context::{Context, Values};
use super::super::pattern::ArnPattern;
use super::super::principal::{How, Named};
use super::super::request::Arn;
use super::super::statement::Compiled;
use super::super::tri::Tri;
use super::cube::{Cube, contains};
use super::language::{arn_steps, literal};
use super::search::ACTION;
use super::space::{Actor, CALLER, Column, FUTURE_NAME, RESOURCE, Space, mask};
use super::variables::{Fill, fill_arn, fill_test, keys_of_arn, keys_of_test};
use crate::policy::{Element, Key};

/// The requests of a statement.
#[derive(Clone, Debug, Default)]
pub(super) struct Sets {
    /// It matches all of these.
    pub(super) sure: Option<Cube>,
    /// It matches none but these.
    pub(super) maybe: Option<Cube>,
    /// Those that it matches, where they are known to a point.
    pub(super) exact: Option<Vec<Cube>>,
}

impl Sets {
    /// A set that is known.
    pub(super) fn known(cube: Option<Cube>) -> Self {
        Self { sure: cube.clone(), maybe: cube.clone(), exact: Some(cube.into_iter().collect()) }
    }

    /// What is left of both bounds, and of the set itself.
    pub(super) fn certain(&self) -> bool {
        self.exact.is_some() && self.sure == self.maybe
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
            _ => self.maybe.iter().collect(),
        }
    }
}

/// What variables become in a bound.
#[derive(Clone, Copy)]
enum Bound<'a> {
    Least,
    Most,
    At(&'a Context),
}

/// The sets of a statement; `counts` says whether a way of naming a caller counts.
pub(super) fn sets(space: &Space, statement: &Compiled, counts: impl Fn(&Actor, How) -> bool) -> Sets {
    sets_behind(space, statement, None, counts)
}

/// The same of a statement of the policy of an access point, by its ARN.
pub(super) fn sets_behind(space: &Space, statement: &Compiled, point: Option<&str>, counts: impl Fn(&Actor, How) -> bool) -> Sets {
    let resources: Vec<Arn> = space.resources.iter().map(|text| Arn::new(behind(space, text, point))).collect();
    // Patterns with wildcards in the name of the point are not taken into the classes of keys.
    let tells = point.is_none_or(|point| {
        let whole = |pattern: &ArnPattern| {
            arn_steps(pattern).is_none_or(|steps| steps.starts_with(&literal(point)) || matches!(pattern, ArnPattern::Anything))
        };
        !matches!(&statement.resources, Some(Element::Is(all) | Element::Not(all)) if !all.iter().all(whole))
    });
    let variables = statement.tests.iter().any(|test| !keys_of_test(test).is_empty())
        || matches!(&statement.resources, Some(Element::Is(all) | Element::Not(all)) if all.iter().any(|arn| !keys_of_arn(arn).is_empty()));
    let named: Vec<(bool, bool)> = space.actors.iter().map(|actor| names(statement, actor, &counts)).collect();
    let cube = |bound: Bound<'_>, kindly: bool| -> Option<Cube> {
        let layout = &space.layout;
        let mut cube = layout.full();
        cube.keep(layout, ACTION, &mask(statement.actions, statement.covers_name(FUTURE_NAME)));
        cube.retain(layout, CALLER, |at| named.get(at).is_some_and(|(sure, maybe)| if kindly { *maybe } else { *sure }));
        if cube.is_empty(layout) {
            return None;
        }
        keep_resources(space, statement, (&resources, tells), bound, kindly, &mut cube);
        for test in &statement.tests {
            keep_test(space, test, bound, kindly, &mut cube);
            if cube.is_empty(layout) {
                return None;
            }
        }
        (!cube.is_empty(layout)).then_some(cube)
    };
    if !variables {
        let (sure, maybe) = (cube(Bound::Least, false), cube(Bound::Most, true));
        let exact = (sure == maybe).then(|| sure.iter().cloned().collect());
        return Sets { sure, maybe, exact };
    }
    let exact = space.contexts.as_ref().and_then(|contexts| {
        let mut all = Vec::new();
        for (context, callers) in contexts {
            let (sure, maybe) = (cube(Bound::At(context), false), cube(Bound::At(context), true));
            if sure != maybe {
                return None;
            }
            if let Some(mut cube) = sure {
                cube.keep(&space.layout, CALLER, callers);
                all.extend((!cube.is_empty(&space.layout)).then_some(cube));
            }
        }
        Some(all)
    });
    Sets { sure: cube(Bound::Least, false), maybe: cube(Bound::Most, true), exact }
}

/// Whether the statement surely names the caller, and whether it may.
fn names(statement: &Compiled, actor: &Actor, counts: &impl Fn(&Actor, How) -> bool) -> (bool, bool) {
    let named = match &statement.who {
        Some(who) => {
            let mut context = Context::default();
            if let Some(id) = &actor.user_id {
                context.set(Key::UserId, id.to_string());
            }
            who.names(&actor.caller, &context, statement.effect, false)
        }
        None if statement.principal_needed => Named::from(How::NOT),
        None => Named::from(How::DIRECTLY),
    };
    let most = named.perhaps.map_or(named.surely, |(how, _)| named.surely.or(how));
    (counts(actor, named.surely), counts(actor, most))
}

/// The resource at a point of the space, as a request through the access point names it.
fn behind(space: &Space, text: &str, point: Option<&str>) -> String {
    let Some(point) = point else { return text.to_owned() };
    match text.strip_prefix(&format!("{}/", space.setting.bucket)) {
        Some(key) => format!("{point}/object/{key}"),
        None => point.to_owned(),
    }
}

fn keep_resources(space: &Space, statement: &Compiled, (arns, tells): (&[Arn], bool), bound: Bound<'_>, kindly: bool, cube: &mut Cube) {
    let (patterns, negated) = match &statement.resources {
        None => return,
        Some(Element::Is(patterns)) => (patterns, false),
        Some(Element::Not(patterns)) => (patterns, true),
    };
    if space.vague_resources || !tells {
        // Whatever is not everything is unknown.
        let everything = !negated && patterns.iter().any(|pattern| matches!(pattern, ArnPattern::Anything));
        if !everything && !kindly {
            cube.retain(&space.layout, RESOURCE, |_| false);
        }
        return;
    }
    let fill = match bound {
        Bound::At(context) => Fill::From(context),
        // What is more for the list is less for its complement.
        Bound::Most if !negated => Fill::Anything,
        Bound::Least if negated => Fill::Anything,
        Bound::Most | Bound::Least => Fill::Drop,
    };
    let filled: Vec<_> = patterns.iter().filter_map(|pattern| fill_arn(pattern, fill)).collect();
    let context = Context::default();
    cube.retain(&space.layout, RESOURCE, |at| {
        let Some(arn) = arns.get(at) else { return false };
        let found = filled.iter().any(|pattern| arn.matches(pattern, &context));
        let tri = Tri::from(found).or(if statement.unresolved { Tri::Maybe(super::super::tri::On::Unresolved) } else { Tri::No });
        holds(if negated { tri.not() } else { tri }, kindly)
    });
}

fn holds(tri: Tri, kindly: bool) -> bool {
    match tri {
        Tri::Yes => true,
        Tri::Maybe(_) => kindly,
        Tri::No => false,
    }
}

fn keep_test(space: &Space, test: &Test, bound: Bound<'_>, kindly: bool, cube: &mut Cube) {
    let Some((dim, column)) = space.place(&test.key) else {
        // Nobody prepared the space for it.
        if !kindly {
            cube.retain(&space.layout, ACTION, |_| false);
        }
        return;
    };
    let filled;
    let test = if keys_of_test(test).is_empty() {
        test
    } else {
        let negated = test.operator.base.is_negated();
        filled = fill_test(
            test,
            match bound {
                Bound::At(context) => Fill::From(context),
                Bound::Most if !negated => Fill::Anything,
                Bound::Least if negated => Fill::Anything,
                Bound::Most | Bound::Least => Fill::Drop,
            },
        );
        &filled
    };
    let context = Context::default();
    let own = cube.dim(&space.layout, dim).to_vec();
    // Points often stand in runs of one value.
    let mut last: Option<(Option<&Values>, bool)> = None;
    let mut keep = vec![0_u64; own.len()];
    for (at, value) in column.values.iter().enumerate() {
        let value = value.as_ref();
        if !contains(&own, at) {
            continue;
        }
        let answer = match &last {
            Some((before, answer)) if *before == value => *answer,
            _ => judge(test, column, value, &context, kindly),
        };
        last = Some((value, answer));
        if answer {
            super::cube::insert(&mut keep, at);
        }
    }
    cube.keep(&space.layout, dim, &keep);
}

fn judge(test: &Test, column: &Column, value: Option<&Values>, context: &Context, kindly: bool) -> bool {
    if column.sample.is_some() && value.is_some() && !super::values::is_null(test) {
        return kindly;
    }
    holds(test.holds_for(value, context), kindly)
}
