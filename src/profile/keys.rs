//! The keys of the profile language, as the schemas describe them.
//!
//! In: the schema of a kind of profile. Out: every key with what it means and takes. Never: a key that the schema does not have.

use serde_json::Value;

use super::schema::{self, type_name};

/// What is known about a key.
#[derive(Clone, Debug, PartialEq)]
pub struct KeyInfo {
    /// Where it stands: `grants[].to`, with `NAME` for a word of the profile's own.
    pub path: String,
    /// What it means.
    pub meaning: String,
    /// What it takes: `text, such as …`, `a list; each entry is …`.
    pub takes: String,
    /// The words that it takes, each with what it means.
    pub words: Vec<(String, String)>,
    /// What holds where a profile does not say it.
    pub default: Option<Value>,
}

/// What stands for a key that profiles name themselves.
const NAME: &str = "NAME";

/// The keys of a bucket's profile, in the order of the schema.
pub fn of_bucket() -> Vec<KeyInfo> {
    keys(schema::TEXT)
}

/// The keys of an account's profile.
pub fn of_account() -> Vec<KeyInfo> {
    keys(schema::ACCOUNT)
}

impl KeyInfo {
    /// Whether a text names this key, as messages do (`/grants/0/to`) or as people do (`grants.to`).
    pub fn is_named(&self, text: &str) -> bool {
        let (mut own, mut named) = (steps(&self.path), steps(text));
        loop {
            match (own.next(), named.next()) {
                (None, None) => return true,
                (Some(own), Some(named)) if own == NAME || own == named => {}
                _ => return false,
            }
        }
    }

    /// The word itself, without where it stands.
    pub fn word(&self) -> &str {
        steps(&self.path).last().unwrap_or_default()
    }

    /// Whether it stands directly under the other.
    pub fn is_under(&self, other: &Self) -> bool {
        let above = steps(&other.path).count();
        steps(&self.path).count() == above + 1 && steps(&self.path).take(above).eq(steps(&other.path))
    }
}

/// The steps of a path; places in lists are none.
fn steps(path: &str) -> impl Iterator<Item = &str> {
    path.split(['.', '/', '[', ']']).filter(|step| !step.bytes().all(|b| b.is_ascii_digit()))
}

fn keys(schema: &str) -> Vec<KeyInfo> {
    let mut found: Vec<KeyInfo> = Vec::new();
    // The text is embedded, and a test holds it to the types.
    collect("", &serde_json::from_str(schema).unwrap_or_default(), &mut found);
    found.dedup();
    found
}

/// The keys below a place, through lists and alternatives.
fn collect(at: &str, schema: &Value, found: &mut Vec<KeyInfo>) {
    for (name, property) in schema.get("properties").and_then(Value::as_object).into_iter().flatten() {
        let path = if at.is_empty() { name.clone() } else { format!("{at}.{name}") };
        found.push(KeyInfo {
            // An alternative with a key of its own, such as `{role: …}`, is described as a whole.
            meaning: describe(property).or_else(|| describe(schema)).unwrap_or_default(),
            takes: takes(property),
            words: words(property),
            default: property.get("default").cloned(),
            path: path.clone(),
        });
        collect(&path, property, found);
    }
    schema.get("items").into_iter().for_each(|items| collect(&format!("{at}[]"), items, found));
    let named = schema.get("additionalProperties").filter(|named| named.is_object());
    named.into_iter().for_each(|named| collect(&format!("{at}.{NAME}"), named, found));
    alternatives(schema).for_each(|one| collect(at, one, found));
}

fn alternatives(schema: &Value) -> impl Iterator<Item = &Value> {
    ["oneOf", "anyOf"].into_iter().filter_map(|key| schema.get(key)?.as_array()).flatten()
}

fn describe(schema: &Value) -> Option<String> {
    schema.get("description").and_then(Value::as_str).map(|text| text.split_whitespace().collect::<Vec<_>>().join(" "))
}

/// The words that are taken there, or as entries of the list that is.
fn words(schema: &Value) -> Vec<(String, String)> {
    let texts = |key: &str| schema.get(key).and_then(Value::as_array).into_iter().flatten();
    let text = |value: &Value| value.as_str().map_or_else(|| value.to_string(), str::to_owned);
    let means = texts("enumDescriptions").map(text).chain(std::iter::repeat_with(String::new));
    let mut all: Vec<(String, String)> = texts("enum").map(text).zip(means).collect();
    for one in alternatives(schema) {
        match (one.get("const"), describe(one)) {
            (Some(word), Some(means)) => all.push((text(word), means)),
            // What is taken is told by `takes`.
            (Some(_), None) => {}
            (None, _) => all.extend(words(one)),
        }
    }
    schema.get("items").into_iter().for_each(|items| all.extend(words(items)));
    all
}

/// What is taken there, in words.
fn takes(schema: &Value) -> String {
    if let Some(expected) = schema.get("x-expects").and_then(Value::as_str) {
        return expected.to_owned();
    }
    let example = schema.pointer("/examples/0").map(|example| example.as_str().map_or_else(|| example.to_string(), str::to_owned));
    let such_as = example.map(|example| format!(", such as `{example}`")).unwrap_or_default();
    match schema.get("type") {
        Some(Value::String(word)) if word == "array" => match schema.get("items").map(takes) {
            Some(entry) => format!("a list; each entry is {entry}"),
            None => "a list".to_owned(),
        },
        Some(Value::String(word)) if !schema.get("const").is_some_and(Value::is_string) => format!("{}{such_as}", type_name(word)),
        Some(Value::Array(types)) => either(types.iter().filter_map(Value::as_str).map(|word| type_name(word).to_owned())),
        _ if schema.pointer("/enum/0").is_some_and(Value::is_number) => "a number".to_owned(),
        _ if schema.get("enum").or(schema.get("const")).is_some() => "a word".to_owned(),
        _ => either(alternatives(schema).map(takes)),
    }
}

/// Alternatives, each once.
fn either(all: impl Iterator<Item = String>) -> String {
    let mut once: Vec<String> = Vec::new();
    all.for_each(|one| {
        if !once.contains(&one) {
            once.push(one)
        }
    });
    once.join(", or ")
}

#[cfg(test)]
mod tests {
    use super::*;

    fn key(named: &str) -> KeyInfo {
        of_bucket().into_iter().find(|key| key.is_named(named)).unwrap_or_else(|| panic!("{named}"))
    }

    #[test]
    fn a_key_is_named_in_every_form_that_messages_and_people_have() {
        for name in ["grants.to.role", "grants[].to[].role", "/grants/0/to/1/role", "grants[0].to[1].role"] {
            assert_eq!(key(name).path, "grants[].to[].role", "{name}");
        }
        assert_eq!(key("parameters.environment.type").path, "parameters.NAME.type");
        assert!(of_bucket().iter().all(|key| !key.is_named("grants.whom") && !key.is_named("")));
        assert!(key("network.allow").is_under(&key("network")) && !key("network.allow.cidrs").is_under(&key("network")));
    }

    #[test]
    fn every_key_says_what_it_means_and_takes() {
        for key in of_bucket().into_iter().chain(of_account()) {
            assert!(!key.meaning.is_empty() && !key.takes.is_empty(), "{key:?}");
            assert!(key.words.iter().all(|(word, _)| !word.is_empty()), "{key:?}");
        }
        assert_eq!(key("network.allow.cidrs").takes, "a list; each entry is text, such as `203.0.113.0/24`");
        assert_eq!(key("bucket.on_delete").default, Some("retain".into()));
        assert_eq!(key("grants.can").words.first().map(|(word, _)| word.as_str()), Some("read"));
    }
}
