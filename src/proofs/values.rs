//! Values of deploy-time parameters that a proof has to look at beside those that stand nowhere else.
//!
//! In: a plan and a bench. Out: cases, in each of which one parameter, or several that stand in one text, are what something
//! else is already: a listed value, its default, another parameter, or what a policy names in such a place. Never: a value that
//! the parameter does not take.

use std::cell::LazyCell;
use std::collections::{BTreeMap, BTreeSet};

use regex_automata::nfa::thompson::pikevm::PikeVM;

use crate::expr::{Expr, LogicalId, Part};
use crate::names::AccountId;
use crate::plan::{Parameter, Plan};
use crate::policy::Key;
use crate::verify::access_tests::Bench;

/// The cases that are looked at for one parameter. A profile that names more of a kind has lists, not cases.
const MOST: usize = 16;

/// What every parameter is in one case.
pub(super) struct Case {
    /// The values.
    pub(super) values: Vec<(LogicalId, String)>,
    /// What is special about them.
    pub(super) words: String,
}

/// Parameters that are what something else is, with the value.
type Chosen<'a> = Vec<(&'a LogicalId, &'a str)>;

/// How a value stands in a text of a policy. Two that never stand in the same way are never compared with each other.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
enum Place {
    /// It is the text.
    Whole,
    /// It is the account in an ARN of IAM.
    Account,
    /// It is the name at the end of an ARN of IAM.
    Name,
    /// It is any other part, which may be compared with whatever there is.
    Part,
}

impl Place {
    fn meets(self, other: Self) -> bool {
        self == other || self == Self::Part || other == Self::Part
    }
}

/// Where parameters stand, and what stands there else.
#[derive(Default)]
struct Stands<'p> {
    parameters: BTreeSet<(&'p LogicalId, Place)>,
    texts: BTreeSet<(String, Place)>,
    /// Those that stand in one text with others.
    together: BTreeSet<Vec<&'p LogicalId>>,
    /// Those that are compared whatever the others are: any but a name of which the account is a parameter too.
    alone: BTreeSet<&'p LogicalId>,
    /// Whether names are compared without their accounts.
    loose: bool,
}

impl<'p> Stands<'p> {
    fn of(bench: &Bench<'_>, plan: &'p Plan) -> Self {
        let mut found = Self::default();
        let documents = || plan.resources.iter().flat_map(|resource| resource.kind.documents());
        for expr in documents().flat_map(|document| document.expressions()) {
            let within: BTreeSet<(&LogicalId, Place)> = parameters(expr).collect();
            found.parameters.extend(&within);
            let of_open_account = within.iter().any(|(_, place)| *place == Place::Account);
            let alone = within.iter().filter(|(_, place)| *place != Place::Name || !of_open_account).map(|(id, _)| *id);
            found.alone.extend(alone);
            let within: BTreeSet<&LogicalId> = within.into_iter().map(|(id, _)| id).collect();
            if within.len() > 1 {
                found.together.insert(within.into_iter().collect());
            }
            let Some(text) = bench.text(expr) else { continue };
            if let Some((_, rest)) = text.split_once(IAM) {
                found.loose |= rest.split(':').next().is_some_and(|account| account.contains(['*', '?']));
                found.texts.extend(rest.rsplit('/').next().map(|name| (plain(name), Place::Name)));
            }
            // An account is compared with those in ARNs, wherever it stands.
            let accounts = text.split(':').filter(|piece| piece.parse::<AccountId>().is_ok());
            found.texts.extend(accounts.map(|account| (account.to_owned(), Place::Account)));
            if text.parse::<AccountId>().is_ok() {
                found.parameters.extend(expr.parameters().map(|id| (id, Place::Account)));
            }
            found.texts.insert((plain(&text), Place::Whole));
        }
        // So is a name with those at the end of ARNs.
        let conditions = documents().flat_map(|document| &document.statements).flat_map(|statement| &statement.condition);
        for expr in conditions.filter(|condition| condition.key == Key::UserName).flat_map(|condition| &condition.values) {
            found.loose = true;
            found.parameters.extend(expr.parameters().map(|id| (id, Place::Name)));
            found.texts.extend(bench.text(expr).map(|name| (plain(&name), Place::Name)));
        }
        found
    }

    fn places(&self, parameter: &LogicalId) -> impl Iterator<Item = Place> {
        self.parameters.iter().filter(move |(own, _)| *own == parameter).map(|(_, place)| *place)
    }

    /// What a parameter may be compared with.
    fn candidates<'a>(&'a self, parameter: &'a Parameter, plan: &'a Plan) -> Vec<&'a str> {
        let takes = takes(parameter);
        let meets = |other: Place| self.places(&parameter.name).any(|own| own.meets(other));
        let listed = parameter.allowed.iter().chain(&parameter.default).map(String::as_str);
        let others = plan.parameters.iter().filter(|other| other.name != parameter.name);
        let others = others.filter(|other| self.places(&other.name).any(meets)).map(|other| other.example.as_str());
        let texts = self.texts.iter().filter(|(_, place)| meets(*place)).map(|(text, _)| text.as_str());
        let mut seen = BTreeSet::from([parameter.example.as_str()]);
        listed.chain(others).chain(texts).filter(|value| takes(value) && seen.insert(value)).take(MOST).collect()
    }
}

const IAM: &str = ":iam::";

/// A text that a pattern matches.
fn plain(pattern: &str) -> String {
    pattern.replace('*', "").replace('?', "x")
}

/// The parameters of a text, each with how it stands there.
fn parameters(expr: &Expr) -> impl Iterator<Item = (&LogicalId, Place)> {
    let parts = expr.parts();
    let text = |at: Option<usize>| match at.and_then(|at| parts.get(at)) {
        Some(Part::Text(text)) => text.as_ref(),
        _ => "",
    };
    parts.iter().enumerate().filter_map(move |(at, part)| {
        let Part::Parameter(id) = part else { return None };
        let (before, behind) = (text(at.checked_sub(1)), text(at.checked_add(1)));
        let in_arn = parts.iter().take(at).any(|part| matches!(part, Part::Text(text) if text.contains(IAM)));
        let place = match (parts.len(), at + 1 == parts.len()) {
            (1, _) => Place::Whole,
            _ if before.ends_with(IAM) && behind.starts_with(':') => Place::Account,
            (_, true) if in_arn && before.ends_with('/') => Place::Name,
            _ => Place::Part,
        };
        Some((id, place))
    })
}

/// The cases of a plan; none where it has no parameters.
pub(super) fn cases(bench: &Bench<'_>, plan: &Plan) -> Vec<Case> {
    if plan.parameters.is_empty() {
        return Vec::new();
    }
    let stands = Stands::of(bench, plan);
    // What stands in no policy changes nothing.
    let used = plan.parameters.iter().filter(|parameter| stands.places(&parameter.name).next().is_some());
    let candidates: BTreeMap<&LogicalId, Vec<&str>> = used.map(|parameter| (&parameter.name, stands.candidates(parameter, plan))).collect();
    let of = |id: &LogicalId| candidates.get(id).map(Vec::as_slice).unwrap_or_default();
    let mut chosen: Vec<Chosen<'_>> = Vec::new();
    for parameter in plan.parameters.iter().filter(|parameter| stands.loose || stands.alone.contains(&parameter.name)) {
        chosen.extend(of(&parameter.name).iter().map(|value| vec![(&parameter.name, *value)]));
    }
    // A text with several of them may be another text in all of them at once.
    for together in &stands.together {
        let mut products: Vec<Chosen<'_>> = vec![Vec::new()];
        for id in together {
            let mut more = Vec::new();
            for before in &products {
                more.extend(of(id).iter().map(|value| [before.as_slice(), &[(*id, *value)]].concat()));
            }
            products.extend(more.into_iter().take(MOST));
        }
        chosen.extend(products.into_iter().filter(|values| values.len() > 1));
    }
    chosen.into_iter().map(|values| case(plan, &values)).collect()
}

/// The case in which some parameters have those values, and the others values of their own.
fn case(plan: &Plan, chosen: &[(&LogicalId, &str)]) -> Case {
    let value = |parameter: &Parameter| chosen.iter().find(|(id, _)| **id == parameter.name).map(|(_, value)| *value);
    let word = |parameter: &Parameter| {
        let value = value(parameter)?;
        let same = plan.parameters.iter().find(|other| other.name != parameter.name && other.example == value);
        let what = same.map_or_else(|| format!("`{value}`"), |other| format!("what `{}` is", other.said));
        Some(format!("the parameter `{}` is {what}", parameter.said))
    };
    let words: Vec<String> = plan.parameters.iter().filter_map(word).collect();
    let values = plan.parameters.iter().map(|one| (one.name.clone(), value(one).unwrap_or(&one.example).to_owned()));
    Case { values: values.collect(), words: format!("where {}", words.join(" and ")) }
}

/// What a parameter can be.
fn takes(parameter: &Parameter) -> impl Fn(&str) -> bool {
    // Few texts are tried, so that what is quickest to build is quickest.
    let pattern = LazyCell::new(|| parameter.anchored().and_then(|pattern| PikeVM::new(&pattern).ok()));
    move |value| {
        let listed = parameter.allowed.is_empty() || parameter.allowed.iter().any(|one| one == value);
        listed && pattern.as_ref().is_none_or(|pattern| pattern.is_match(&mut pattern.create_cache(), value))
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{pipeline, source::Source, trials};

    fn words(parameters: &str, rest: &str) -> Vec<String> {
        let text = format!(
            "version: 1\nname: p\nparameters:\n{parameters}\nbucket: {{ name: acme-p, account: \"111122223333\", region: eu-west-1 }}\n{rest}"
        );
        let source = Source::from_bytes("p.yaml", text.as_str()).unwrap();
        let (profile, plan) = pipeline::plan(&source).unwrap_or_else(|| panic!("{text}"));
        cases(&trials::bench(&profile, &plan), &plan).into_iter().map(|case| case.words).collect()
    }

    #[test]
    fn values_are_alike_where_they_are_compared() {
        let text = std::fs::read_to_string("examples/deploy-parameters.yaml").unwrap();
        let (profile, plan) = pipeline::plan(&Source::from_bytes("p.yaml", text.as_str()).unwrap()).unwrap();
        let words: Vec<String> = cases(&trials::bench(&profile, &plan), &plan).into_iter().map(|case| case.words).collect();
        // The account of the bucket, the role that a grant names, and both: a role of the bucket's own account.
        assert_eq!(
            words,
            [
                "where the parameter `partner` is `111122223333`",
                "where the parameter `partner` is `111122223333` and the parameter `reader` is `Exporter`",
            ]
        );
    }

    #[test]
    fn a_name_is_held_against_patterns_and_against_other_parameters() {
        let parameters = "  one: { type: string, at: deploy, pattern: \"[A-Za-z_]{1,40}\" }\n  other: { type: string, at: deploy, pattern: \"[A-Za-z_]{1,40}\" }";
        let grants = "grants:\n  - { name: a, to: [{ role: \"${param.one}\" }], can: [read] }\n  - { name: b, to: [{ role: \"${param.other}\" }], can: [write] }\n\
                      denies:\n  - { name: c, to: [{ permission_set: Admin }], can: [delete] }\n";
        let words = words(parameters, grants);
        for expected in ["`one` is `AWSReservedSSO_Admin_`", "`one` is what `other` is", "`other` is what `one` is"] {
            assert!(words.iter().any(|case| case.contains(expected)), "{expected}: {words:?}");
        }
    }
}
