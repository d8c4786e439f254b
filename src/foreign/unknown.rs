//! What a plan knows only after it is applied.
//!
//! In: the values of a resource, the addresses of keys, and `after_unknown`, which has their shape and `true` wherever one is still open. Out: the
//! values with a constant for each, named after its place. What nobody configured and the provider computes stays absent.
//! Never: an unknown value that is taken for one that is not there.
//!
//! Source: "JSON Output Format", section "Change Representation", Terraform documentation: what is unknown is left out of the
//! values, and null in lists, whose order tells the places.

use serde_json::Value as Json;

use super::references::{References, fits};
use super::{Value, unknown};
use crate::expr::Expr;

/// Puts the constants in.
pub(super) fn open(address: &str, value: &mut Value, after_unknown: &Json, references: &References<'_>, keys: &[&str]) {
    let whole = value.clone();
    Open { address, whole: &whole, references, keys }.put(value, after_unknown, &mut Vec::new());
}

struct Open<'a> {
    address: &'a str,
    whole: &'a Value,
    references: &'a References<'a>,
    /// The addresses of KMS keys.
    keys: &'a [&'a str],
}

impl Open<'_> {
    fn put(&self, value: &mut Value, open: &Json, path: &mut Vec<String>) {
        match open {
            Json::Bool(true) if !self.is_computed(path) => *value = Value::Text(self.constant(path)),
            Json::Object(fields) => {
                for (key, open) in fields {
                    let known = value.get(key).cloned();
                    let mut inner = known.clone().unwrap_or(Value::Null);
                    path.push(key.clone());
                    self.put(&mut inner, open, path);
                    path.pop();
                    if known.as_ref() != Some(&inner) && inner != Value::Null {
                        set(value, key, inner);
                    }
                }
            }
            Json::Array(items) => {
                let mut list = match &*value {
                    Value::List(list) => list.clone(),
                    _ => Vec::new(),
                };
                for (at, open) in items.iter().enumerate() {
                    if list.len() <= at {
                        list.push(Value::Null);
                    }
                    path.push(at.to_string());
                    list.get_mut(at).into_iter().for_each(|item| self.put(item, open, path));
                    path.pop();
                }
                if !list.is_empty() {
                    *value = Value::List(list);
                }
            }
            _ => {}
        }
    }

    fn constant(&self, path: &[String]) -> Expr {
        // Which key it is tells the configuration, and nothing else does.
        if path.last().is_some_and(|last| last == "kms_master_key_id") {
            let targets = self.references.of(self.address, &keys(path));
            let named = |key: &&&str| targets.iter().find(|target| fits(key, target, self.address));
            let mut found = self.keys.iter().filter_map(|key| Some((key, named(&key)?)));
            if let (Some((key, target)), None) = (found.next(), found.next()) {
                return unknown(format!("{key}.{}", target.attribute.as_deref().unwrap_or("id")));
            }
        }
        unknown(format!("{}.{}", self.address, path.join(".")))
    }

    /// Whether the provider computes it: its block is written out wherever the plan has one, and nowhere holds it.
    fn is_computed(&self, path: &[String]) -> bool {
        let keys = keys(path);
        let Some((leaf, block)) = keys.split_last().filter(|(_, block)| !block.is_empty()) else { return false };
        let written = self.references.blocks(self.address, block);
        !written.is_empty() && written.len() == count(self.whole, block) && written.iter().all(|one| one.get(*leaf).is_none())
    }
}

/// A path without the places in lists.
fn keys(path: &[String]) -> Vec<&str> {
    path.iter().map(String::as_str).filter(|step| step.parse::<usize>().is_err()).collect()
}

/// How many values there are at the end of keys.
fn count(value: &Value, keys: &[&str]) -> usize {
    match (value, keys.split_first()) {
        (Value::List(items), _) => items.iter().map(|item| count(item, keys)).sum(),
        (Value::Null, _) => 0,
        (_, None) => 1,
        (value, Some((key, rest))) => value.get(key).map_or(0, |inner| count(inner, rest)),
    }
}

fn set(value: &mut Value, key: &str, inner: Value) {
    if !matches!(value, Value::Object(_)) {
        *value = Value::Object(Vec::new());
    }
    if let Value::Object(fields) = value {
        fields.retain(|(own, _)| own != key);
        fields.push((key.to_owned(), inner));
    }
}
