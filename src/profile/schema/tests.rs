//! The schemas in `schemas/` are made from the types here, and hold what messages need.

use super::*;
use crate::profile::{ACCOUNT_DEFAULTS, AccountProfile, Preset, Profile, Row};
use schemars::generate::SchemaSettings;
use serde_json::Map;

fn bucket() -> Value {
    generated::<Profile>(&Preset::Baseline.rows().copied().collect::<Vec<_>>(), "urn:s3harden:profile")
}

fn account() -> Value {
    generated::<AccountProfile>(ACCOUNT_DEFAULTS, "urn:s3harden:account")
}

/// The schema of the types: without `null`, with words instead of `oneOf`, and with the defaults of the presets.
fn generated<T: schemars::JsonSchema>(rows: &[Row], id: &str) -> Value {
    let settings = SchemaSettings::draft2020_12().with(|s| s.inline_subschemas = true);
    let mut schema = settings.into_generator().into_root_schema_for::<T>().to_value();
    tidy(&mut schema, "", rows);
    let Value::Object(body) = schema else { panic!("the schema is an object") };
    let mut top = Map::new();
    top.insert("$schema".into(), "https://json-schema.org/draft/2020-12/schema".into());
    top.insert("$id".into(), id.into());
    for key in ["title", "description"] {
        top.extend(body.get(key).map(|value| (key.to_owned(), value.clone())));
    }
    for (key, value) in body {
        top.entry(key).or_insert(value);
    }
    top.into()
}

fn tidy(schema: &mut Value, at: &str, rows: &[Row]) {
    let Value::Object(object) = schema else { return };
    without_null(object);
    words(object);
    // The bounds say it; as a format it would need a parser.
    if object.get("format").and_then(Value::as_str).is_some_and(|format| format.starts_with("uint")) {
        object.remove("format");
    }
    if object.get("default").is_some_and(|d| d.is_null() || d.as_object().is_some() || d.as_array().is_some_and(Vec::is_empty)) {
        object.remove("default");
    }
    if let Some(row) = rows.iter().find(|row| row.at == at) {
        object.insert("default".into(), row.value.value());
    }
    let below = |key: &str| {
        let path = if at.is_empty() { key.to_owned() } else { format!("{at}/{key}") };
        let given = rows.iter().any(|row| row.at == path || row.at.starts_with(&format!("{path}/")));
        (path, given)
    };
    if let Some(Value::Array(required)) = object.get_mut("required") {
        // A mapping that presets fill may be left out, but the bucket holds the name, which nobody can guess.
        required.retain(|key| key.as_str().is_some_and(|key| key == "bucket" || !below(key).1));
        if required.is_empty() {
            object.remove("required");
        }
    }
    if let Some(Value::Object(properties)) = object.get_mut("properties") {
        for (key, value) in properties {
            tidy(value, &below(key).0, rows);
        }
    }
    for key in ["items", "additionalProperties"] {
        if let Some(value) = object.get_mut(key) {
            tidy(value, &format!("{at}/{key}"), rows);
        }
    }
    for key in ["anyOf", "oneOf"] {
        if let Some(Value::Array(branches)) = object.get_mut(key) {
            branches.iter_mut().for_each(|branch| tidy(branch, &format!("{at}/{key}"), rows));
        }
    }
}

/// `Option` is a key that may be missing, never a key that is null.
fn without_null(object: &mut Map<String, Value>) {
    if let Some(Value::Array(types)) = object.get_mut("type") {
        types.retain(|t| t != "null");
        if let [one] = types.as_slice() {
            let one = one.clone();
            object.insert("type".into(), one);
        }
    }
    if let Some(Value::Array(branches)) = object.get_mut("anyOf") {
        branches.retain(|branch| branch.get("type") != Some(&"null".into()));
        if let [Value::Object(only)] = branches.as_slice() {
            let only = only.clone();
            object.remove("anyOf");
            for (key, value) in only {
                object.entry(key).or_insert(value);
            }
        }
    }
    if let Some(Value::Array(options)) = object.get_mut("enum") {
        options.retain(|option| !option.is_null());
    }
}

/// A choice among documented words is an `enum` with descriptions: editors show both, and messages are short.
fn words(object: &mut Map<String, Value>) {
    let Some(Value::Array(branches)) = object.get("oneOf") else { return };
    let constants: Vec<_> = branches.iter().filter_map(|b| Some((b.get("const")?.clone(), b.get("description")?.clone()))).collect();
    if constants.len() != branches.len() {
        return;
    }
    let (options, descriptions): (Vec<_>, Vec<_>) = constants.into_iter().unzip();
    object.remove("oneOf");
    object.insert("enum".into(), options.into());
    object.insert("enumDescriptions".into(), descriptions.into());
}

#[test]
fn the_schema_is_in_step_with_the_types() {
    for (file, schema) in [("profile", bucket()), ("account", account())] {
        let text = format!("{}\n", serde_json::to_string_pretty(&schema).unwrap());
        let file = format!("{}/schemas/{file}.schema.json", env!("CARGO_MANIFEST_DIR"));
        if std::env::var_os("S3HARDEN_UPDATE_SCHEMA").is_some() {
            std::fs::write(&file, &text).unwrap();
        }
        assert!(std::fs::read_to_string(file).unwrap() == text, "run the tests with S3HARDEN_UPDATE_SCHEMA=1 and review the change");
    }
}

#[test]
fn every_property_has_a_description_and_every_format_a_parser() {
    fn walk(schema: &Value, at: &str) {
        if let Some(format) = schema.get("format").and_then(Value::as_str) {
            assert!(FORMATS.iter().any(|(name, _)| *name == format), "{at}: no parser for the format {format}");
        }
        for (key, value) in schema.get("properties").and_then(Value::as_object).into_iter().flatten() {
            assert!(value.get("description").is_some(), "{at}/{key} has no description");
            walk(value, &format!("{at}/{key}"));
        }
        for key in ["items", "additionalProperties", "propertyNames"] {
            schema.get(key).into_iter().for_each(|inner| walk(inner, at));
        }
    }
    walk(&bucket(), "");
    walk(&account(), "");
}

#[test]
fn the_embedded_schema_compiles() {
    assert_eq!(compiled(&Value::Null).err(), None);
    assert_eq!(compiled(&serde_json::json!({ "kind": "account" })).err(), None);
}
