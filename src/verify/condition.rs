//! One condition against the context of a request.
//!
//! In: an operator, a key and its values, compiled once. Out: whether it holds. What an absent key, several values
//! and an unreadable value mean is decided here and nowhere else.
//!
//! Sources: "IAM JSON policy elements: Condition operators" and "Set operators for multivalued context keys", IAM
//! User Guide.

use std::net::IpAddr;

use super::context::{Context, Values};
use super::environment::Environment;
use super::pattern::{ArnPattern, Pattern, Syntax};
use super::tri::{On, Tri};
use crate::policy::{Base, Cidr, Condition, Family, Instant, Key, Number, Operator, Quantifier, Version, same_bytes};

/// A compiled condition.
#[derive(Clone, Debug)]
pub(super) struct Test {
    pub(super) operator: Operator,
    pub(super) key: Key,
    slot: Option<usize>,
    pub(super) listed: Listed,
    /// Some listed value is not known before deployment.
    unresolved: bool,
    /// Some listed value is none that the operator can read.
    unreadable: bool,
}

/// The listed values, as the operator reads them.
#[derive(Clone, Debug)]
pub(super) enum Listed {
    Text(Box<[Pattern]>),
    Folded(Box<[Pattern]>),
    Arn(Box<[ArnPattern]>),
    Number(Box<[Number]>),
    Date(Box<[Instant]>),
    Bool(Box<[Pattern]>),
    Binary(Box<[Box<str>]>),
    Ip(Box<[Cidr]>),
    Null(Box<[bool]>),
}

impl Test {
    pub(super) fn new(condition: &Condition, version: Version, environment: &Environment) -> Self {
        let Condition { operator, key, values } = condition;
        let variables = version == Version::V2012;
        let mut unresolved = false;
        let texts: Vec<_> = values
            .iter()
            .filter_map(|value| {
                let text = environment.text(value);
                unresolved |= text.is_none();
                text
            })
            .collect();
        let patterns = |wildcards| texts.iter().map(|text| Pattern::new(text, Syntax { variables, wildcards })).collect::<Box<[Pattern]>>();
        let listed = match operator.base.family() {
            Family::String => match operator.base {
                Base::StringEqualsIgnoreCase | Base::StringNotEqualsIgnoreCase => Listed::Folded(patterns(false)),
                Base::StringLike | Base::StringNotLike => Listed::Text(patterns(true)),
                _ => Listed::Text(patterns(false)),
            },
            Family::Arn => Listed::Arn(texts.iter().map(|text| ArnPattern::condition(text, variables)).collect()),
            Family::Numeric => Listed::Number(texts.iter().filter_map(|text| Number::parse(text)).collect()),
            Family::Date => Listed::Date(texts.iter().filter_map(|text| Instant::parse(text)).collect()),
            Family::Bool => Listed::Bool(patterns(false)),
            Family::Binary => {
                Listed::Binary(texts.iter().filter(|text| same_bytes(text, "").is_some()).map(|text| text.as_ref().into()).collect())
            }
            Family::Ip => Listed::Ip(texts.iter().filter_map(|text| Cidr::parse(text)).collect()),
            Family::Null => Listed::Null(texts.iter().filter_map(|text| truth(text)).collect()),
        };
        let readable = match &listed {
            Listed::Text(all) | Listed::Folded(all) | Listed::Bool(all) => all.len(),
            Listed::Arn(all) => all.len(),
            Listed::Number(all) => all.len(),
            Listed::Date(all) => all.len(),
            Listed::Binary(all) => all.len(),
            Listed::Ip(all) => all.len(),
            Listed::Null(all) => all.len(),
        };
        let unreadable = readable < texts.len();
        Self { operator: *operator, key: key.clone(), slot: key.slot(), listed, unresolved, unreadable }
    }

    /// The same test of other values.
    pub(super) fn listing(&self, listed: Listed) -> Self {
        Self { listed, ..self.clone() }
    }

    pub(super) fn holds(&self, context: &Context) -> Tri {
        let values = match self.slot {
            Some(slot) => context.slot(slot),
            None => context.get(&self.key),
        };
        self.holds_for(values, context)
    }

    /// Whether it holds where those are the key's values; the context is for variables.
    pub(super) fn holds_for(&self, values: Option<&Values>, context: &Context) -> Tri {
        if let Listed::Null(wanted) = &self.listed {
            return Tri::from(wanted.contains(&values.is_none())).or(self.doubt());
        }
        let Operator { quantifier, base, if_exists } = self.operator;
        let Some(values) = values else {
            return Tri::from(if_exists || quantifier.map_or(base.is_negated(), |quantifier| quantifier == Quantifier::ForAllValues));
        };
        match (quantifier, values) {
            // A request with several values is compared with set operators only.
            (None, Values::Many(_)) => Tri::No,
            (_, Values::One(value)) => self.admits(value, context),
            (Some(Quantifier::ForAllValues), Values::Many(all)) => {
                all.iter().fold(Tri::Yes, |so_far, value| so_far.and(self.admits(value, context)))
            }
            (Some(Quantifier::ForAnyValue), Values::Many(all)) => {
                all.iter().fold(Tri::No, |so_far, value| so_far.or(self.admits(value, context)))
            }
        }
    }

    fn doubt(&self) -> Tri {
        if self.unresolved { Tri::Maybe(On::Unresolved) } else { Tri::No }
    }

    /// Whether one value of the request satisfies the operator.
    fn admits(&self, value: &str, context: &Context) -> Tri {
        let (found, readable) = self.finds(value, context);
        if !self.operator.base.is_negated() {
            return Tri::from(found).or(self.doubt());
        }
        let unreadable = self.unreadable || !readable;
        Tri::from(found).or(self.doubt()).or(if unreadable { Tri::Maybe(On::Unreadable) } else { Tri::No }).not()
    }

    /// Whether some listed value matches, and whether the operator can read the request's value at all.
    fn finds(&self, value: &str, context: &Context) -> (bool, bool) {
        fn compare<T: Ord + Copy>(base: Base, listed: &[T], value: Option<T>) -> (bool, bool) {
            let Some(value) = value else { return (false, false) };
            let holds = |than: &T| match base {
                Base::NumericLessThan | Base::DateLessThan => value < *than,
                Base::NumericLessThanEquals | Base::DateLessThanEquals => value <= *than,
                Base::NumericGreaterThan | Base::DateGreaterThan => value > *than,
                Base::NumericGreaterThanEquals | Base::DateGreaterThanEquals => value >= *than,
                _ => value == *than,
            };
            (listed.iter().any(holds), true)
        }
        match &self.listed {
            Listed::Text(all) => (all.iter().any(|pattern| pattern.matches(value, context, false)), true),
            Listed::Folded(all) => (all.iter().any(|pattern| pattern.matches(value, context, true)), true),
            Listed::Arn(all) => (all.iter().any(|pattern| pattern.matches(value, context)), true),
            Listed::Number(all) => compare(self.operator.base, all, Number::parse(value)),
            Listed::Date(all) => compare(self.operator.base, all, Instant::parse(value)),
            Listed::Bool(all) => (truth(value).is_some() && all.iter().any(|pattern| pattern.matches(value, context, true)), true),
            Listed::Binary(all) => (all.iter().any(|bytes| same_bytes(bytes, value) == Some(true)), true),
            Listed::Ip(all) => match value.parse::<IpAddr>() {
                Ok(address) => (all.iter().any(|range| range.contains(address)), true),
                Err(_) => (false, false),
            },
            Listed::Null(_) => (false, true),
        }
    }
}

fn truth(text: &str) -> Option<bool> {
    match text {
        _ if text.eq_ignore_ascii_case("true") => Some(true),
        _ if text.eq_ignore_ascii_case("false") => Some(false),
        _ => None,
    }
}
