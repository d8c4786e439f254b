//! The language: its schema, its types and its readers say the same about every key.

use std::collections::{BTreeMap, BTreeSet};
use std::path::{Path, PathBuf};
use std::sync::OnceLock;

use serde_json::Value;

use s3harden::profile::{Profile, SCHEMA};
use s3harden::source::Source;

use super::support::{below, profiles, read, root};

fn schema() -> Value {
    serde_json::from_str(SCHEMA).unwrap()
}

/// The profiles that together hold every key: some keys exclude others.
pub(crate) fn every_key() -> Vec<PathBuf> {
    let named = |path: &PathBuf| path.file_name().is_some_and(|name| name.to_string_lossy().starts_with("every_key"));
    profiles().into_iter().filter(named).collect()
}

pub(crate) fn value(path: &Path) -> Value {
    let (tree, findings) = Source::read(path).unwrap().parse();
    assert!(findings.is_empty(), "{}: {findings:?}", path.display());
    tree.unwrap().to_value()
}

/// The paths of all properties below a schema, `*` for a list's items and for keys that the user chooses.
fn properties(schema: &Value, at: &str, found: &mut BTreeSet<String>) {
    for (key, inner) in schema.get("properties").and_then(Value::as_object).into_iter().flatten() {
        found.insert(format!("{at}/{key}"));
        properties(inner, &format!("{at}/{key}"), found);
    }
    for inner in ["items", "additionalProperties"].iter().filter_map(|key| schema.get(key)).filter(|inner| inner.is_object()) {
        found.insert(format!("{at}/*"));
        properties(inner, &format!("{at}/*"), found);
    }
    for branch in ["anyOf", "oneOf", "allOf"].iter().filter_map(|key| schema.get(key)).flat_map(|branches| branches.as_array().unwrap()) {
        properties(branch, at, found);
    }
    assert!(
        schema.get("$ref").is_none() && schema.get("prefixItems").is_none(),
        "{at}: this test does not follow what the schema uses here"
    );
}

/// The paths of a value that are paths of the schema too.
fn written(value: &Value, at: &str, known: &BTreeSet<String>, found: &mut BTreeSet<String>) {
    let inner: Vec<(&str, &Value)> = match value {
        Value::Object(object) => object.iter().map(|(key, value)| (key.as_str(), value)).collect(),
        Value::Array(items) => items.iter().map(|item| ("*", item)).collect(),
        _ => Vec::new(),
    };
    for (key, value) in inner {
        let named = format!("{at}/{key}");
        let path = if known.contains(&named) { named } else { format!("{at}/*") };
        found.insert(path.clone());
        written(value, &path, known, found);
    }
}

/// The schema of what stands at a place of a profile, every alternative of it.
fn at_place<'s>(schema: &'s Value, steps: &[&str]) -> Vec<&'s Value> {
    let branches = ["anyOf", "oneOf", "allOf"].iter().filter_map(|key| schema.get(key)?.as_array()).flatten();
    let mut found: Vec<&Value> = branches.flat_map(|branch| at_place(branch, steps)).collect();
    match steps {
        [] => found.push(schema),
        [step, rest @ ..] => {
            let named = schema.get("properties").and_then(|properties| properties.get(step));
            let inner = named.or_else(|| schema.get("items")).or_else(|| schema.get("additionalProperties"));
            found.extend(inner.map(|inner| at_place(inner, rest)).unwrap_or_default());
        }
    }
    found
}

fn any_at(pointer: &str, is: impl Fn(&Value) -> bool) -> bool {
    static PARSED: OnceLock<Value> = OnceLock::new();
    let steps: Vec<&str> = pointer.split('/').skip(1).collect();
    at_place(PARSED.get_or_init(schema), &steps).into_iter().any(is)
}

/// Whether the user chooses the keys of what stands there, rather than the schema.
pub(crate) fn has_free_keys(pointer: &str) -> bool {
    any_at(pointer, |schema| schema.get("additionalProperties").is_some_and(Value::is_object))
}

/// Whether what stands there is one of a few words.
pub(crate) fn has_choices(pointer: &str) -> bool {
    any_at(pointer, |schema| schema.get("enum").is_some() || schema.get("const").is_some())
}

/// Keys that a check refuses in better words than the schema could: no profile can hold them.
const REFUSED: &[&str] = &[
    // Only beside other files, which `compose` does.
    "/extends",
    "/extends/*",
    "/denies/*/to/*/group",
    "/denies/*/when/mfa_within",
    "/grants/*/to/*/group",
    "/grants/*/to/*/permission_set",
];

#[test]
fn every_property_of_the_schema_stands_in_every_key() {
    let mut known = BTreeSet::new();
    properties(&schema(), "", &mut known);
    assert!(known.len() > 40, "the schema has more keys than {known:?}");
    let mut found = BTreeSet::new();
    every_key().iter().for_each(|path| written(&value(path), "", &known, &mut found));
    found.extend(REFUSED.iter().map(ToString::to_string));
    let missing: Vec<_> = known.difference(&found).collect();
    assert!(
        missing.is_empty(),
        "tests/profiles/every_key*.yaml lack keys of the schema, add them with a value that is not the default: {missing:#?}"
    );
    let strange: Vec<_> = found.difference(&known).collect();
    assert!(strange.is_empty(), "tests/profiles/every_key*.yaml have what the schema has not: {strange:#?}");
}

#[test]
fn every_default_is_something_else_in_every_key() {
    /// Places where nothing else fits.
    const SAME: &[&str] = &["/kind", "/logging/server_access/to"];
    fn walk(schema: &Value, value: &Value, at: &str, other: &mut BTreeMap<String, bool>) {
        if let Some(default) = schema.get("default") {
            *other.entry(at.to_owned()).or_default() |= !value.is_null() && value != default;
        }
        for (key, inner) in schema.get("properties").and_then(Value::as_object).into_iter().flatten() {
            walk(inner, &value[key], &format!("{at}/{key}"), other);
        }
    }
    let mut other = BTreeMap::new();
    every_key().iter().for_each(|path| walk(&schema(), &value(path), "", &mut other));
    let same: Vec<&String> = other.iter().filter(|(at, other)| !**other && !SAME.contains(&at.as_str())).map(|(at, _)| at).collect();
    assert!(
        same.is_empty(),
        "tests/profiles/every_key*.yaml have the default only, which a reader that drops the key would have too: {same:#?}"
    );
}

/// Whether `whole` has everything that `part` has; lists must be equal.
fn holds(whole: &Value, part: &Value) -> bool {
    match (whole, part) {
        (Value::Object(whole), Value::Object(part)) => part.iter().all(|(key, inner)| whole.get(key).is_some_and(|of| holds(of, inner))),
        (Value::Array(whole), Value::Array(part)) => {
            whole.len() == part.len() && whole.iter().zip(part).all(|(of, inner)| holds(of, inner))
        }
        _ => whole == part,
    }
}

#[test]
fn no_key_is_dropped_between_the_text_and_the_types() {
    for path in profiles() {
        let (profile, _, findings) = Profile::load(&Source::read(&path).unwrap());
        let read = serde_json::to_value(profile.unwrap_or_else(|| panic!("{findings:#?}"))).unwrap();
        assert!(holds(&read, &value(&path)), "{} was read as {read:#}", below(&path, root()));
    }
}

#[test]
fn the_schema_is_one_by_the_rules_of_its_draft() {
    let schema = schema();
    assert_eq!(schema["$schema"], "https://json-schema.org/draft/2020-12/schema");
    if let Err(error) = jsonschema::draft202012::meta::validate(&schema) {
        panic!("{}: {error}", error.instance_path());
    }
}

#[test]
fn other_readers_see_the_profile_that_this_one_sees() {
    for path in profiles() {
        let (tree, findings) = Source::read(&path).unwrap().parse();
        assert!(findings.is_empty(), "{}: {findings:?}", path.display());
        let theirs: Value = serde_yaml::from_str(&read(&path)).unwrap();
        // Apart from what other files and parameters give it.
        if theirs.get("extends").is_some() || theirs.get("parameters").is_some() {
            continue;
        }
        assert_eq!(tree.unwrap().to_value(), theirs, "{}", below(&path, root()));
    }
}
