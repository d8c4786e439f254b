//! The values of a resource, whatever the language calls the places where they stand.
//!
//! In: a resource. Out: its [`Leaf`]s, and what of two resources differs. A document, such as a policy, is one value.
//! Never: a value that is passed over because its place has another name.

use std::collections::{BTreeMap, BTreeSet};

use serde_json::Value as Json;

use crate::expr::{Attribute, Expr, Literal, Part};
use crate::foreign::{Deployment, Resource, Value};
use crate::names::Region;
use crate::plan::{self, Plan, View};
use crate::verify::Environment;
use crate::verify::access_tests::Bench;

/// A value, and the name of its place without marks and cases.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(super) struct Leaf {
    pub key: String,
    pub value: String,
}

/// Attributes of Terraform that say what the provider computed, or how it goes about it.
const COMPUTED: &[&str] = &[
    "accountid",
    "arn",
    "attachmentcount",
    "awsaccountid",
    "createdat",
    "createddate",
    "createdate",
    "creationdate",
    "defaultversion",
    "detectorid",
    "documentversion",
    "hash",
    "hashtype",
    "homeregion",
    "id",
    "jobarn",
    "jobid",
    "jobstatu",
    "keyid",
    "latestversion",
    "owner",
    "ownerid",
    "platformtype",
    "policyarn",
    "policyid",
    "region",
    "ruleid",
    "schemaversion",
    "servicerole",
    "snstopicarn",
    "statementid",
    "targetkeyarn",
    "timeout",
    "uniqueid",
    "updatedat",
];

/// What Terraform's provider writes where nothing is said, and what one language says of a type and the other leaves out.
const BY_ITSELF: &[(&str, &str)] = &[
    ("confirmationtimeoutinminute", "1"),
    // What a job of Macie's compares, which the plan says by whole words.
    ("comparator", "EQ"),
    ("customermasterkeyspec", "SYMMETRIC_DEFAULT"),
    ("documentformat", "JSON"),
    ("evaluatelowsamplecountpercentile", "evaluate"),
    ("eventbusname", "default"),
    ("findingpublishingfrequency", "SIX_HOURS"),
    ("key", "ACCOUNT_ID"),
    ("key", "S3_BUCKET_NAME"),
    ("key", "TAG"),
    ("keyusage", "ENCRYPT_DECRYPT"),
    ("loggroupclass", "STANDARD"),
    ("maxsessionduration", "3600"),
    // Names of parameters, which CloudFormation has as keys.
    ("name", "AutomationAssumeRole"),
    ("name", "BucketName"),
    ("path", "/"),
    ("state", "ENABLED"),
    ("status", "ACTIVE"),
    ("status", "Active"),
    ("target", "S3_OBJECT"),
    ("tracingconfig", "PassThrough"),
    ("unit", "None"),
    ("updatemethod", "NewVersion"),
];

/// Switches that are on by themselves: off says something.
const ON: &[&str] = &["actionsenabled", "enablekeyrotation", "isenabled", "islogging"];

/// The ids of keys: what a deployment makes up is the same, whatever it is.
fn keyless(text: &str) -> String {
    let made_up = |id: &str| id.len() == 36 && id.bytes().all(|b| b.is_ascii_hexdigit() || b == b'-');
    match text.rsplit_once(":key/") {
        Some((before, id)) if made_up(id) => format!("{before}:key/…"),
        _ if made_up(text) => "…".to_owned(),
        _ => text.to_owned(),
    }
}

/// The name of a place as both languages have it.
fn plain(key: &str) -> String {
    let plain: String = key.chars().filter(char::is_ascii_alphanumeric).map(|c| c.to_ascii_lowercase()).collect();
    match plain.as_str() {
        "enablelogging" => "islogging".to_owned(),
        "address" | "status" => plain,
        _ => plain.strip_suffix('s').filter(|rest| rest.len() > 3).map(str::to_owned).unwrap_or(plain),
    }
}

/// Attributes by which the provider shows what another resource says.
const MIRRORS: &[(&str, &str)] = &[("aws_sns_topic", "policy")];

/// The values of a resource.
pub(super) fn leaves(resource: &Resource, environment: &Environment) -> Vec<Leaf> {
    let mut found = Vec::new();
    let shown = |name: &str| name == "tags_all" || MIRRORS.contains(&(resource.kind.as_str(), name));
    match &resource.properties {
        Value::Object(fields) => {
            fields.iter().filter(|(name, _)| !shown(name)).for_each(|(name, value)| walk(value, &plain(name), environment, &mut found));
        }
        other => walk(other, "", environment, &mut found),
    }
    found.retain(|leaf| !leaf.value.is_empty());
    found.sort();
    found
}

/// Properties of CloudFormation that Terraform has as a text of JSON: one value each, whatever the order in it.
const DOCUMENTS: &[&str] = &["assumerolepolicydocument", "content", "eventpattern", "inputparameter", "keypolicy", "policydocument"];

fn walk(value: &Value, key: &str, environment: &Environment, found: &mut Vec<Leaf>) {
    let mut push = |value: String| found.push(Leaf { key: key.to_owned(), value: keyless(&value) });
    match value {
        Value::Null => {}
        Value::Bool(switch) => push(switch.to_string()),
        Value::Number(number) => push(number.clone()),
        Value::Text(text) => {
            let text = resolved(text, environment);
            let inner = text.starts_with('{').then(|| serde_json::from_str::<Json>(&text).ok()).flatten();
            push(inner.map_or(text, |inner| canonical(&inner)));
        }
        Value::Object(_) if DOCUMENTS.contains(&key) => push(canonical(&document(value, environment))),
        Value::List(items) => items.iter().for_each(|item| walk(item, key, environment, found)),
        // Tags are a list of pairs in one language, and a mapping in the other.
        Value::Object(fields) => match fields.as_slice() {
            [(first, Value::Text(name)), (second, value)] if first.eq_ignore_ascii_case("key") && second.eq_ignore_ascii_case("value") => {
                walk(value, &plain(&resolved(name, environment)), environment, found);
            }
            fields => fields.iter().for_each(|(key, value)| walk(value, &plain(key), environment, found)),
        },
    }
}

/// The values of a resource of a plan, for a type that CloudFormation does not have; `ids` are those that the deployment gave to
/// what it refers to.
pub(super) fn of_plan(plan: &Plan, resource: &plan::Resource, deployment: &Deployment, ids: &BTreeMap<&str, String>) -> Vec<Leaf> {
    let region: Option<Region> = deployment.region.as_ref().and_then(|region| region.parse().ok());
    let bench = Bench::new(plan, deployment.account.as_deref(), region.as_ref());
    let given = |text: &Expr| match text.parts() {
        [Part::Reference(id, Attribute::Id)] => ids.get(id.as_str()).cloned(),
        _ => None,
    };
    let text = |text: &Expr| given(text).or_else(|| bench.text(text)).unwrap_or_else(|| format!("unknown {text}"));
    let mut found = Vec::new();
    // Whether it outlives the module is nobody's value.
    for (key, view) in resource.view().into_iter().filter(|(key, _)| *key != "retain") {
        viewed(&view, key, &text, &mut found);
    }
    found
}

fn viewed(view: &View<'_>, key: &str, text: &dyn Fn(&Expr) -> String, found: &mut Vec<Leaf>) {
    let mut push = |value: String| found.push(Leaf { key: plain(key), value: keyless(&value) });
    match view {
        View::Bool(switch) => push(switch.to_string()),
        View::Int(number) => push(number.to_string()),
        View::Word(word) => push(word.to_string()),
        View::Text(expr) => push(text(expr)),
        View::Literal(literal) => written(literal, key, text, found),
        View::Document(document) => written(&document.literal(), key, text, found),
        View::List(items) => items.iter().for_each(|item| viewed(item, key, text, found)),
        View::Map(fields) => match fields.as_slice() {
            [("key", View::Word(name)), ("value", view)] => viewed(view, name, text, found),
            fields => fields.iter().for_each(|(key, view)| viewed(view, key, text, found)),
        },
    }
}

fn written(literal: &Literal<'_>, key: &str, text: &dyn Fn(&Expr) -> String, found: &mut Vec<Leaf>) {
    let mut push = |value: String| found.push(Leaf { key: plain(key), value: keyless(&value) });
    match literal {
        Literal::Bool(switch) => push(switch.to_string()),
        Literal::Int(number) => push(number.to_string()),
        Literal::Word(word) => push(word.to_string()),
        Literal::Text(expr) => push(text(expr)),
        Literal::List(items) => items.iter().for_each(|item| written(item, key, text, found)),
        Literal::Object { fields, .. } => fields.iter().for_each(|(key, value)| written(value, key, text, found)),
    }
}

/// The text; one that only the deployment knows is like no other.
fn resolved(text: &Expr, environment: &Environment) -> String {
    environment.text(text).map_or_else(|| format!("unknown {text}"), |text| text.into_owned())
}

fn document(value: &Value, environment: &Environment) -> Json {
    match value {
        Value::Null => Json::Null,
        Value::Bool(switch) => (*switch).into(),
        Value::Number(number) => number.clone().into(),
        Value::Text(text) => resolved(text, environment).into(),
        Value::List(items) => items.iter().map(|item| document(item, environment)).collect(),
        Value::Object(fields) => fields.iter().map(|(key, value)| (key.clone(), document(value, environment))).collect(),
    }
}

/// A document as a text that is the same for everything that differs in order alone, or in a list of one.
fn canonical(value: &Json) -> String {
    match value {
        Json::String(text) => keyless(text),
        Json::Array(items) => {
            let mut items: Vec<String> = items.iter().map(canonical).collect();
            items.sort();
            if let [one] = items.as_slice() { one.clone() } else { format!("[{}]", items.join(",")) }
        }
        Json::Object(fields) => {
            let mut fields: Vec<String> = fields.iter().map(|(key, value)| format!("{key}:{}", canonical(value))).collect();
            fields.sort();
            format!("{{{}}}", fields.join(","))
        }
        other => other.to_string(),
    }
}

/// What of a resource that is made and of one that is there differs. In one language every value has its place; between two,
/// values that say something are on both sides, and switches of one name are the same.
pub(super) fn differs(made: &[Leaf], there: &[Leaf], terraform: bool) -> Vec<Leaf> {
    if !terraform {
        let only = |one: &[Leaf], other: &[Leaf]| one.iter().filter(|leaf| !other.contains(leaf)).cloned().collect::<Vec<_>>();
        let mut different = [only(made, there), only(there, made)].concat();
        if different.is_empty() && made.len() != there.len() {
            different.extend(there.first().cloned());
        }
        return different;
    }
    let says = |leaf: &&Leaf| {
        let switch = matches!(leaf.value.as_str(), "true" | "false");
        let by_itself = BY_ITSELF.iter().any(|(key, value)| leaf.key == *key && leaf.value == *value);
        !switch && leaf.value != "0" && !by_itself && !COMPUTED.contains(&leaf.key.as_str())
    };
    let values = |leaves: &[Leaf]| leaves.iter().map(|leaf| leaf.value.clone()).collect::<BTreeSet<String>>();
    let (of_made, of_there) = (values(made), values(there));
    let missing = made.iter().filter(says).filter(|leaf| !of_there.contains(&leaf.value));
    let more = there.iter().filter(says).filter(|leaf| !of_made.contains(&leaf.value));
    let switch = |leaf: &&Leaf| matches!(leaf.value.as_str(), "true" | "false");
    let named = |all: &[Leaf], key: &str| all.iter().any(|leaf| leaf.key == key);
    let turned = made.iter().filter(switch).filter(|leaf| named(there, &leaf.key) && !there.contains(leaf));
    let off = there.iter().filter(|leaf| leaf.value == "false" && ON.contains(&leaf.key.as_str()) && !made.contains(leaf));
    missing.chain(more).chain(turned).chain(off).cloned().collect()
}

#[cfg(test)]
mod tests {
    use super::canonical;
    use serde_json::json;

    #[test]
    fn a_document_is_the_same_in_any_order_and_no_other() {
        let one = json!({ "Statement": [{ "Effect": "Allow", "Action": ["a", "b"] }, { "Effect": "Deny", "Action": "c" }] });
        let same = json!({ "Statement": [{ "Action": ["c"], "Effect": "Deny" }, { "Action": ["b", "a"], "Effect": ["Allow"] }] });
        let other = json!({ "Statement": [{ "Effect": "Deny", "Action": ["a", "b"] }, { "Effect": "Allow", "Action": "c" }] });
        assert_eq!(canonical(&one), canonical(&same));
        assert_ne!(canonical(&one), canonical(&other), "of the same values, and says something else");
    }
}
