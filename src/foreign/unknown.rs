//! What a plan knows only after it is applied.
//!
//! In: the values of a resource, the resources that they refer to, and `after_unknown`, which has their shape and `true` wherever one is still open. Out: the
//! values with a constant for each, named after its place. What nobody configured and the provider computes stays absent.
//! Never: an unknown value that is taken for one that is not there.
//!
//! Source: "JSON Output Format", section "Change Representation", Terraform documentation: what is unknown is left out of the
//! values, and null in lists, whose order tells the places.

use serde_json::Value as Json;

use super::references::{References, fits};
use super::{Value, unknown};
use crate::expr::Expr;

/// A resource that others refer to.
pub(super) struct Named<'a> {
    pub kind: &'a str,
    pub address: &'a str,
    /// Its name, where that is known and is what a reference to it gives.
    pub name: Option<&'a str>,
}

/// Puts the constants in.
pub(super) fn open(address: &str, value: &mut Value, after_unknown: &Json, references: &References<'_>, others: &[Named<'_>]) {
    let whole = value.clone();
    Open { address, whole: &whole, references, others }.put(value, after_unknown, &mut Vec::new());
}

struct Open<'a> {
    address: &'a str,
    whole: &'a Value,
    references: &'a References<'a>,
    others: &'a [Named<'a>],
}

impl Open<'_> {
    fn put(&self, value: &mut Value, open: &Json, path: &mut Vec<String>) {
        match open {
            Json::Bool(true) if !self.is_computed(path) => *value = Value::Text(self.meant(path)),
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

    /// What stands there: where only a key or a bucket can stand, the one that the configuration refers to.
    fn meant(&self, path: &[String]) -> Expr {
        let kind = match path.last().map(String::as_str) {
            Some("kms_master_key_id") => "aws_kms_key",
            Some("target_bucket") => "aws_s3_bucket",
            _ => "",
        };
        let targets = if kind.is_empty() { Vec::new() } else { self.references.of(self.address, &keys(path)) };
        let named = |one: &Named<'_>| targets.iter().find(|target| one.kind == kind && fits(one.address, target, self.address));
        let mut found = self.others.iter().filter_map(|one| Some((one, named(one)?)));
        match (found.next(), found.next()) {
            (Some((Named { name: Some(name), .. }, _)), None) => Expr::verbatim((*name).to_owned()),
            (Some((one, target)), None) => unknown(format!("{}.{}", one.address, target.attribute.as_deref().unwrap_or("id"))),
            _ => unknown(format!("{}.{}", self.address, path.join("."))),
        }
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
