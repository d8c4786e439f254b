//! The shortest profile that means the same.
//!
//! In: a profile in which everything is said. Out: the same under the preset that says most of it, without what makes no
//! difference to the plan. Never: a value that is left out and would change what is made or promised.

use serde_json::{Map, Value};

use super::draft::{is_of_account, plan};
use super::policy::statements;
use crate::claim::Guarantee;
use crate::expr::Attribute;
use crate::plan::{Kind, Plan};
use crate::profile::Preset;
use crate::verify::Environment;

/// What says whose it is, and what is known of how it came here.
const FIXED: &[&str] = &[
    "version",
    "kind",
    "name",
    "description",
    "owner",
    "preset",
    "parameters",
    "account",
    "region",
    "bucket/name",
    "bucket/account",
    "bucket/region",
    "bucket/existing",
    "bucket/imported",
    "grants",
    "denies",
];

/// Lists of which each item may be superfluous.
const LISTS: &[&str] = &["network/except/principals", "mfa/except"];

/// Everything of a plan that is made or promised, as text.
fn form(account: Option<&str>, plan: &Plan) -> Vec<String> {
    let mut environment = Environment::default();
    for resource in &plan.resources {
        if let Kind::Role(role) = &resource.kind {
            // Who is named and who is referred to is the same, whatever account it is in.
            let account = account.unwrap_or(environment.account.as_str());
            let arn = format!("arn:{}:iam::{account}:role/{}", environment.partition, role.name);
            environment.refer(resource.id.clone(), Attribute::Arn, arn);
        }
    }
    let mut all: Vec<String> = Vec::new();
    for resource in &plan.resources {
        let head = format!("{} {}", resource.id, resource.retain);
        match &resource.kind {
            Kind::BucketPolicy { document, keep, .. } => {
                all.push(format!("{head} {keep:?}"));
                for one in statements(document, &environment, "") {
                    all.push(format!("{:?} {:?} {:?} {:?} {:?}", one.effect, one.who, one.actions, one.resources, one.conditions));
                }
            }
            other => all.push(format!("{head} {other:?}")),
        }
    }
    all.extend(plan.detached.iter().map(|policy| format!("{:?}", policy.content)));
    all.extend(plan.claims.iter().filter_map(|claim| match &claim.guarantee {
        Guarantee::Setting { name, value } => Some(format!("{} {name} {value}", claim.bucket)),
        _ => None,
    }));
    all
}

fn form_of(value: &Map<String, Value>) -> Option<Vec<String>> {
    let account = value.get("account").or_else(|| value.get("bucket")?.get("account")).and_then(Value::as_str);
    plan(value).map(|plan| form(account, &plan))
}

fn leaves(value: &Value) -> usize {
    match value {
        Value::Object(fields) => fields.values().map(leaves).sum(),
        _ => 1,
    }
}

/// The shortest profile of the same plan.
pub(super) fn minimal(value: Map<String, Value>) -> Map<String, Value> {
    let Some(wanted) = form_of(&value) else { return value };
    let mut best: Option<(usize, Map<String, Value>)> = None;
    for preset in Preset::ALL {
        // Without networks these two are refused; profiles of accounts have no presets.
        let strict = matches!(preset, Preset::Sensitive | Preset::Regulated);
        let none = is_of_account(&value) && *preset != Preset::Baseline;
        if none || strict && !value.contains_key("network") {
            continue;
        }
        let mut own = value.clone();
        if *preset != Preset::Baseline {
            own = with_preset(own, *preset);
        }
        if form_of(&own).as_ref() != Some(&wanted) {
            continue;
        }
        for at in LISTS {
            shorten(&mut own, at, &wanted);
        }
        prune(&mut own, "", &wanted);
        let size = leaves(&Value::Object(own.clone()));
        if best.as_ref().is_none_or(|(known, _)| size < *known) {
            best = Some((size, own));
        }
    }
    best.map_or(value, |(_, best)| best)
}

/// The preset stands before the sections.
fn with_preset(value: Map<String, Value>, preset: Preset) -> Map<String, Value> {
    let mut own = Map::new();
    for (key, inner) in value {
        if key == "bucket" {
            own.insert("preset".to_owned(), preset.name().into());
        }
        own.insert(key, inner);
    }
    own
}

fn inner<'v>(value: &'v mut Map<String, Value>, at: &str) -> Option<&'v mut Value> {
    let mut steps = at.split('/');
    let first = value.get_mut(steps.next()?)?;
    steps.try_fold(first, |value, step| value.get_mut(step))
}

/// Takes items out of a list that make no difference.
fn shorten(value: &mut Map<String, Value>, at: &str, wanted: &Vec<String>) {
    let mut place = 0;
    while let Some(Value::Array(list)) = inner(value, at) {
        if place >= list.len() {
            return;
        }
        let taken = list.remove(place);
        if form_of(value).as_ref() != Some(wanted) {
            if let Some(Value::Array(list)) = inner(value, at) {
                list.insert(place, taken);
            }
            place += 1;
        }
    }
}

fn keys(value: &mut Map<String, Value>, at: &str) -> Vec<String> {
    if at.is_empty() {
        return value.keys().cloned().collect();
    }
    inner(value, at).and_then(|one| one.as_object()).map(|fields| fields.keys().cloned().collect()).unwrap_or_default()
}

fn remove(value: &mut Map<String, Value>, at: &str, key: &str) {
    if at.is_empty() {
        value.shift_remove(key);
    } else if let Some(Value::Object(fields)) = inner(value, at) {
        fields.shift_remove(key);
    }
}

/// Takes out what makes no difference, as much at once as can be.
fn prune(value: &mut Map<String, Value>, at: &str, wanted: &Vec<String>) {
    for key in keys(value, at) {
        let place = if at.is_empty() { key.clone() } else { format!("{at}/{key}") };
        if FIXED.contains(&place.as_str()) {
            continue;
        }
        let mut tried = value.clone();
        remove(&mut tried, at, &key);
        if form_of(&tried).as_ref() == Some(wanted) {
            *value = tried;
        } else {
            prune(value, &place, wanted);
        }
    }
}
