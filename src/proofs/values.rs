//! Values of deploy-time parameters that a proof has to look at beside those that stand nowhere else.
//!
//! In: a plan and a bench. Out: cases, in each of which one parameter is what something else is already: a listed value, its default, another
//! parameter, or what a policy names. Never: a value that the parameter does not take.

use std::collections::BTreeSet;

use crate::expr::LogicalId;
use crate::names::AccountId;
use crate::plan::{Parameter, Plan};
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

/// The cases of a plan; none where it has no parameters.
pub(super) fn coincidences(bench: &Bench<'_>, plan: &Plan) -> Vec<Case> {
    if plan.parameters.is_empty() {
        return Vec::new();
    }
    let mut used: BTreeSet<&LogicalId> = BTreeSet::new();
    let mut named: BTreeSet<String> = BTreeSet::new();
    for expr in plan.resources.iter().flat_map(|resource| resource.kind.documents()).flat_map(|document| document.expressions()) {
        used.extend(expr.parameters());
        let Some(text) = bench.text(expr) else { continue };
        // Accounts stand within ARNs, names of roles and users behind them.
        named.extend(text.split(':').filter(|piece| piece.parse::<AccountId>().is_ok()).map(str::to_owned));
        named.extend(text.split_once(":iam::").and_then(|(_, rest)| rest.rsplit('/').next()).map(str::to_owned));
        named.insert(text);
    }
    let examples = || plan.parameters.iter().map(|parameter| (parameter.name.clone(), parameter.example.clone()));
    let mut cases = Vec::new();
    // What stands in no policy changes nothing.
    for parameter in plan.parameters.iter().filter(|parameter| used.contains(&parameter.name)) {
        let takes = takes(parameter);
        let others = plan.parameters.iter().filter(|other| other.name != parameter.name);
        let others: Vec<&str> = others.map(|other| other.example.as_str()).collect();
        let listed = parameter.allowed.iter().chain(&parameter.default).map(String::as_str);
        let mut seen = BTreeSet::from([parameter.example.as_str()]);
        let candidates = listed.chain(others).chain(named.iter().map(String::as_str)).filter(|value| takes(value));
        for value in candidates.filter(|value| seen.insert(value)).take(MOST) {
            let values = examples().map(|(id, own)| if id == parameter.name { (id, value.to_owned()) } else { (id, own) });
            let same = plan.parameters.iter().find(|other| other.name != parameter.name && other.example == value);
            let what = same.map_or_else(|| format!("`{value}`"), |other| format!("what `{}` is", other.said));
            cases.push(Case { values: values.collect(), words: format!("where the parameter `{}` is {what}", parameter.said) });
        }
    }
    cases
}

/// What a parameter can be.
fn takes(parameter: &Parameter) -> impl Fn(&str) -> bool {
    let pattern = parameter.anchored().and_then(|pattern| regex::Regex::new(&pattern).ok());
    move |value| {
        let listed = parameter.allowed.is_empty() || parameter.allowed.iter().any(|one| one == value);
        listed && pattern.as_ref().is_none_or(|pattern| pattern.is_match(value))
    }
}
