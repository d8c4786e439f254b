//! Long lists of values, in which a value is looked up and not compared with each.
//!
//! In: a test without variables. Out: what the evaluator's own test says to a value. Never: an answer of its own: texts
//! and ranges that surely hold the value are found by hash and by search, all others are left to the test.

use std::borrow::Cow;
use std::collections::HashSet;
use std::net::IpAddr;

use super::super::condition::{Listed, Test};
use super::super::context::{Context, Values};
use super::super::pattern::{ArnPattern, Head, Pattern, sixth_part};
use super::super::tri::Tri;

/// Shorter lists are read through.
const SHORT: usize = 8;

/// A test, and what can be looked up in its list.
pub(super) struct Lookup<'t> {
    /// The test; of a long list, with those values alone that are not looked up.
    rest: Cow<'t, Test>,
    /// The whole test, for several values at once.
    whole: &'t Test,
    /// Texts; of ARNs, their first five parts and the sixth.
    exact: HashSet<(&'t str, &'t str)>,
    /// Ranges of addresses of both families, sorted and apart.
    ranges: [Vec<(u128, u128)>; 2],
    context: Context,
}

impl<'t> Lookup<'t> {
    pub(super) fn new(test: &'t Test) -> Self {
        let mut lookup = Self {
            rest: Cow::Borrowed(test),
            whole: test,
            exact: HashSet::new(),
            ranges: [const { Vec::new() }; 2],
            context: Context::none(),
        };
        match &test.listed {
            Listed::Text(all) if all.len() > SHORT => {
                let mut rest = Vec::new();
                for pattern in all {
                    match pattern {
                        Pattern::Exact(text) => drop(lookup.exact.insert(("", text))),
                        other => rest.push(other.clone()),
                    }
                }
                lookup.rest = Cow::Owned(test.listing(Listed::Text(rest.into())));
            }
            Listed::Arn(all) if all.len() > SHORT => {
                let mut rest = Vec::new();
                for pattern in all {
                    match pattern {
                        ArnPattern::Split { head: Head::Exact(head), tail: Pattern::Exact(tail) } => {
                            lookup.exact.insert((head, tail));
                        }
                        other => rest.push(other.clone()),
                    }
                }
                lookup.rest = Cow::Owned(test.listing(Listed::Arn(rest.into())));
            }
            Listed::Ip(all) if all.len() > SHORT => {
                for range in all {
                    let [v4, v6] = &mut lookup.ranges;
                    if range.is_v6() { v6 } else { v4 }.push(range.bounds());
                }
                lookup.ranges.iter_mut().for_each(merge);
                lookup.rest = Cow::Owned(test.listing(Listed::Ip([].into())));
            }
            _ => {}
        }
        lookup
    }

    /// Whether the test holds where those are the key's values.
    pub(super) fn holds_for(&self, values: Option<&Values>) -> Tri {
        match (values, &self.rest) {
            (_, Cow::Borrowed(test)) => test.holds_for(values, &self.context),
            (Some(Values::One(value)), Cow::Owned(_)) if self.lists(value) => Tri::from(!self.whole.operator.base.is_negated()),
            (Some(Values::One(_)) | None, Cow::Owned(rest)) => rest.holds_for(values, &self.context),
            (Some(Values::Many(_)), Cow::Owned(_)) => self.whole.holds_for(values, &self.context),
        }
    }

    fn lists(&self, value: &str) -> bool {
        match &self.whole.listed {
            Listed::Text(_) => self.exact.contains(&("", value)),
            Listed::Arn(_) => {
                let parts = sixth_part(value).and_then(|at| value.split_at_checked(at));
                parts.is_some_and(|parts| self.exact.contains(&parts))
            }
            _ => value.parse().is_ok_and(|address| self.has(address)),
        }
    }

    fn has(&self, address: IpAddr) -> bool {
        let [v4, v6] = &self.ranges;
        let (ranges, bits) = match address {
            IpAddr::V4(v4_address) => (v4, u128::from(v4_address.to_bits())),
            IpAddr::V6(v6_address) => (v6, v6_address.to_bits()),
        };
        let before = ranges.partition_point(|(from, _)| *from <= bits).checked_sub(1);
        before.and_then(|at| ranges.get(at)).is_some_and(|(_, to)| bits <= *to)
    }
}

/// Sorts ranges, and makes one of those that overlap.
fn merge(ranges: &mut Vec<(u128, u128)>) {
    ranges.sort_unstable();
    let mut apart: Vec<(u128, u128)> = Vec::with_capacity(ranges.len());
    for (from, to) in ranges.drain(..) {
        match apart.last_mut() {
            Some((_, last)) if from <= *last => *last = to.max(*last),
            _ => apart.push((from, to)),
        }
    }
    *ranges = apart;
}

#[cfg(test)]
mod tests {
    use super::super::super::Environment;
    use super::*;
    use crate::policy::{Base, Condition, Key, Version};

    /// Whatever is looked up is as the evaluator has it.
    #[test]
    fn a_long_list_says_what_the_test_says() {
        let many = |of: &dyn Fn(usize) -> String| (0..40).map(of).collect::<Vec<_>>();
        let roles = many(&|i| format!("arn:aws:iam::111122223333:role/{}{i}", if i % 9 == 0 { "*/" } else { "" }));
        let ranges = many(&|i| if i % 5 == 0 { format!("2001:db8:{i:x}::/48") } else { format!("10.{}.0.0/{}", i / 2, 14 + i % 5) });
        let words = many(&|i| if i % 11 == 0 { format!("w{i}*") } else { format!("w{i}") });
        let broken = many(&|i| if i % 13 == 0 { "x".to_owned() } else { format!("10.{i}.0.0/16") });
        type Case<'a> = (Vec<Base>, Key, &'a [String], &'a [&'a str]);
        let cases: [Case<'_>; 4] = [
            (
                vec![Base::ArnLike, Base::ArnNotLike, Base::StringLike, Base::StringNotEquals],
                Key::PrincipalArn,
                &roles,
                &["arn:aws:iam::111122223333:role/1", "arn:aws:iam::111122223333:role/a/9", "arn:aws:iam::111122223333:role/99", "x", ""],
            ),
            (
                vec![Base::IpAddress, Base::NotIpAddress],
                Key::SourceIp,
                &ranges,
                &["10.0.0.1", "10.3.255.255", "10.19.255.255", "10.20.0.0", "2001:db8:5::1", "2001:db8:6::1", "x", "::ffff:10.0.0.1"],
            ),
            (vec![Base::IpAddress, Base::NotIpAddress], Key::SourceIp, &broken, &["10.1.0.1", "10.0.0.1", "x"]),
            (
                vec![Base::StringLike, Base::StringNotLike, Base::StringEquals],
                Key::Prefix,
                &words,
                &["w1", "w11", "w11x", "w110", "w40", ""],
            ),
        ];
        for (operators, key, listed, values) in cases {
            for operator in operators {
                for if_exists in [false, true] {
                    let operator = if if_exists { operator.if_exists() } else { operator.into() };
                    let condition = Condition::new(operator, key.clone(), listed.iter().cloned());
                    let test = Test::new(&condition, Version::V2012, &Environment::default());
                    let lookup = Lookup::new(&test);
                    assert!(matches!(lookup.rest, Cow::Owned(_)));
                    let one = |value: &&str| Some(Values::One((*value).to_owned().into()));
                    let both = Some(Values::Many(values.iter().map(|value| (*value).into()).collect()));
                    for value in values.iter().map(one).chain([None, both]) {
                        let (a, b) = (lookup.holds_for(value.as_ref()), test.holds_for(value.as_ref(), &Context::default()));
                        assert_eq!(a, b, "{operator} {value:?}");
                    }
                }
            }
        }
    }
}
