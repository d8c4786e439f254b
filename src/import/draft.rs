//! A profile while it is put together: every value is tried before it stays.
//!
//! In: values with the place in a profile where they belong. Out: the profile as JSON, and [`Item`]s for what it does not
//! hold. Never: a value that the language would refuse.

use std::collections::{BTreeMap, BTreeSet};

use serde_json::{Map, Value, json};

use crate::expr::REFERENCE;
use crate::lower::{account, lower};
use crate::plan::Plan;
use crate::profile::{AccountProfile, At, Deployed, Parameter, ParameterName, ParameterType, Preset, Profile};

/// What becomes of something that the profile does not express.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Fate {
    /// It is lost as soon as the profile is deployed.
    Lost,
    /// The profile names it as something that others own, and it stays.
    Kept,
    /// It is not the profile's to say, and stays as it is.
    Apart,
}

impl Fate {
    /// The word for it.
    pub const fn name(self) -> &'static str {
        match self {
            Self::Lost => "lost",
            Self::Kept => "kept",
            Self::Apart => "left alone",
        }
    }
}

/// Something that a profile does not express.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct Item {
    /// What becomes of it.
    pub fate: Fate,
    /// What it is.
    pub what: String,
    /// Where it stands.
    pub at: String,
    /// Why the profile does not have it.
    pub why: String,
    /// What to do about it.
    pub remedy: String,
}

/// A profile in the making.
#[derive(Clone, Debug)]
pub(super) struct Draft {
    value: Map<String, Value>,
    /// What it does not hold.
    pub items: Vec<Item>,
    /// What exists already of what the profile makes beside the bucket: its name there, and its id.
    pub adopts: BTreeMap<String, String>,
    /// The resources of the input that it makes beside the buckets, by their ids there.
    pub claimed: BTreeSet<String>,
    /// What a profile would make otherwise of resources of the input, by their ids there: the names of their values.
    pub near: BTreeMap<String, String>,
    /// The key of the input that becomes the profile's own.
    pub key: Option<String>,
}

/// The profile of a mapping, completed by its preset.
pub(super) fn profile(value: &Map<String, Value>) -> Result<Profile, String> {
    let mut whole = value.clone();
    let preset = whole.get("preset").and_then(Value::as_str).and_then(Preset::by_name).unwrap_or_default();
    preset.fill(&mut whole);
    let mut read: Profile = serde_json::from_value(Value::Object(whole)).map_err(|error| error.to_string())?;
    deployed(value, &mut read.parameters);
    Ok(read)
}

/// Says of each parameter that the deployment gives and that is used that it is one: what it can be is told once the profile is
/// whole.
fn deployed(value: &Map<String, Value>, parameters: &mut BTreeMap<ParameterName, Parameter>) {
    let mut text: Option<String> = None;
    for (name, parameter) in parameters.iter_mut().filter(|(_, parameter)| parameter.at == At::Deploy) {
        let text = text.get_or_insert_with(|| Value::Object(value.clone()).to_string());
        if !text.contains(&format!("{REFERENCE}{name}}}")) {
            continue;
        }
        let first = parameter.allowed.first().or(parameter.default.as_ref()).map(ToString::to_string);
        let example = first.unwrap_or_else(|| match parameter.kind {
            // A block for benchmarks (RFC 2544), which is nobody's network.
            ParameterType::Cidr => "198.18.0.0/24".to_owned(),
            _ => name.to_string(),
        });
        parameter.deployed = Some(Deployed { pattern: parameter.pattern.as_ref().map(ToString::to_string), example });
    }
}

/// Whether a mapping is the profile of an account.
pub(super) fn is_of_account(value: &Map<String, Value>) -> bool {
    value.get("kind").is_some_and(|kind| kind == "account")
}

/// The profile of an account, completed by what holds where it says nothing.
pub(super) fn of_account(value: &Map<String, Value>) -> Result<AccountProfile, String> {
    let mut whole = value.clone();
    AccountProfile::complete(&mut whole);
    let mut read: AccountProfile = serde_json::from_value(Value::Object(whole)).map_err(|error| error.to_string())?;
    deployed(value, &mut read.parameters);
    Ok(read)
}

/// Whether the language takes a mapping, as a profile of its kind.
fn reads(value: &Map<String, Value>) -> Result<(), String> {
    if is_of_account(value) { of_account(value).map(|_| ()) } else { profile(value).map(|_| ()) }
}

/// The plan of a profile of either kind.
pub(super) fn plan(value: &Map<String, Value>) -> Option<Plan> {
    if is_of_account(value) { account(&of_account(value).ok()?).ok() } else { planned(value).map(|(_, plan)| plan) }
}

/// The profile of a bucket and its plan.
pub(super) fn planned(value: &Map<String, Value>) -> Option<(Profile, Plan)> {
    let profile = profile(value).ok()?;
    let plan = lower(&profile).ok()?;
    Some((profile, plan))
}

impl Draft {
    /// A profile of a name and a bucket.
    pub(super) fn new(name: &str, bucket: &str) -> Result<Self, String> {
        Self::of(json!({ "version": 1, "name": name, "bucket": { "name": bucket } }))
    }

    /// The profile of an account, of a name.
    pub(super) fn new_of_account(name: &str, account: &str, region: &str) -> Result<Self, String> {
        Self::of(json!({ "version": 1, "kind": "account", "name": name, "account": account, "region": region }))
    }

    fn of(value: Value) -> Result<Self, String> {
        let value = match value {
            Value::Object(value) => value,
            _ => Map::new(),
        };
        reads(&value)?;
        Ok(Self { value, items: Vec::new(), adopts: BTreeMap::new(), claimed: BTreeSet::new(), near: BTreeMap::new(), key: None })
    }

    pub(super) const fn value(&self) -> &Map<String, Value> {
        &self.value
    }

    pub(super) fn into_value(self) -> Map<String, Value> {
        self.value
    }

    /// What stands there.
    pub(super) fn get(&self, at: &str) -> Option<&Value> {
        let mut steps = at.split('/');
        let first = self.value.get(steps.next()?)?;
        steps.try_fold(first, |value, step| value.get(step))
    }

    /// Puts a value there; where the language does not take it, it says why.
    pub(super) fn set(&mut self, at: &str, value: Value) -> Result<(), String> {
        let before = self.value.clone();
        put(&mut self.value, at, value);
        let read = reads(&self.value);
        if read.is_err() {
            self.value = before;
        }
        read
    }

    /// The same, or an item for the list.
    pub(super) fn say(&mut self, at: &str, value: Value, what: &str, place: &str) {
        if let Err(why) = self.set(at, value) {
            self.lost(
                what,
                place,
                format!("the language does not take it: {why}"),
                "write something near it into the profile, or let it go",
            );
        }
    }

    /// Makes it the profile of a bucket that is made in many accounts: it takes nothing over, and keeps nothing of others.
    pub(super) fn of_many(&mut self, place: &str) {
        if let Some(Value::Object(bucket)) = self.value.get_mut("bucket") {
            bucket.shift_remove("policy");
        }
        for item in self.items.iter_mut().filter(|item| item.fate == Fate::Kept) {
            item.fate = Fate::Lost;
            "write it into the profile, or let it go: what is made in many accounts keeps nothing".clone_into(&mut item.remedy);
        }
        self.item(
            Fate::Apart,
            "buckets that exist under this name",
            place,
            "which they are is known only to each deployment, and the profile makes them",
            "to take the bucket of one account over, import it with `--account` and `--region`",
        );
    }

    /// Appends to a list.
    pub(super) fn push(&mut self, at: &str, value: Value) -> Result<(), String> {
        let mut list = self.get(at).and_then(Value::as_array).cloned().unwrap_or_default();
        if list.contains(&value) {
            return Ok(());
        }
        list.push(value);
        self.set(at, Value::Array(list))
    }

    /// Says that something is lost.
    pub(super) fn lost(&mut self, what: impl Into<String>, at: impl Into<String>, why: impl Into<String>, remedy: impl Into<String>) {
        self.item(Fate::Lost, what, at, why, remedy);
    }

    pub(super) fn item(
        &mut self,
        fate: Fate,
        what: impl Into<String>,
        at: impl Into<String>,
        why: impl Into<String>,
        remedy: impl Into<String>,
    ) {
        let item = Item { fate, what: what.into(), at: at.into(), why: why.into(), remedy: remedy.into() };
        if !self.items.contains(&item) {
            self.items.push(item);
        }
    }
}

/// Puts a value into a mapping.
pub(super) fn add(object: &mut Value, key: &str, value: impl Into<Value>) {
    if let Value::Object(fields) = object {
        fields.insert(key.to_owned(), value.into());
    }
}

/// Puts a value at the end of keys, with mappings on the way.
pub(super) fn put(object: &mut Map<String, Value>, at: &str, value: Value) {
    match at.split_once('/') {
        None => drop(object.insert(at.to_owned(), value)),
        Some((step, rest)) => {
            let inner = object.entry(step).or_insert_with(|| Value::Object(Map::new()));
            if !inner.is_object() {
                *inner = Value::Object(Map::new());
            }
            if let Value::Object(inner) = inner {
                put(inner, rest, value);
            }
        }
    }
}
