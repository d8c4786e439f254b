//! A profile while it is put together: every value is tried before it stays.
//!
//! In: values with the place in a profile where they belong. Out: the profile as JSON, and [`Item`]s for what it does not
//! hold. Never: a value that the language would refuse.

use std::collections::{BTreeMap, BTreeSet};

use serde_json::{Map, Value, json};

use crate::lower::lower;
use crate::plan::Plan;
use crate::profile::{Preset, Profile};

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
    serde_json::from_value(Value::Object(whole)).map_err(|error| error.to_string())
}

/// The profile and its plan.
pub(super) fn planned(value: &Map<String, Value>) -> Option<(Profile, Plan)> {
    let profile = profile(value).ok()?;
    let plan = lower(&profile).ok()?;
    Some((profile, plan))
}

impl Draft {
    /// A profile of a name and a bucket.
    pub(super) fn new(name: &str, bucket: &str) -> Result<Self, String> {
        let value = match json!({ "version": 1, "name": name, "bucket": { "name": bucket } }) {
            Value::Object(value) => value,
            _ => Map::new(),
        };
        profile(&value)?;
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
        let read = profile(&self.value).map(|_| ());
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
