//! Whether what custom templates rendered is what the built-in ones would: equal, but for what may be added.
//!
//! In: the files of both. Out: nothing, or the first place that differs. May be added: tags, `provider`, `timeouts` and
//! `prevent_destroy` of a resource, where the state of a module lies. May be changed: descriptions. Comments do not count.

use super::super::json::Json;
use super::super::{File, RenderError};
use super::hcl::{self, Block, Body};

/// Compares all files of a target.
pub(super) fn files(wanted: &[File], got: &[File]) -> Result<(), RenderError> {
    for file in wanted {
        let Some(other) = got.iter().find(|other| other.path == file.path) else {
            return Err(RenderError::new(file.path, "the templates no longer render it"));
        };
        let same = if file.path.ends_with(".json") { json(&file.text, &other.text) } else { terraform(&file.text, &other.text) };
        same.map_err(|message| RenderError::new(file.path, message))?;
    }
    match got.iter().find(|file| !wanted.iter().any(|other| other.path == file.path)) {
        Some(file) => Err(RenderError::new(file.path, "nothing in the profile asks for it")),
        None => Ok(()),
    }
}

fn json(wanted: &str, got: &str) -> Result<(), String> {
    let read = |text| serde_json::from_str::<Json<'_>>(text).map_err(|error| format!("it is no JSON: {error}"));
    same_json("", &read(wanted)?, &read(got)?)
}

fn same_json(at: &str, wanted: &Json<'_>, got: &Json<'_>) -> Result<(), String> {
    match (wanted, got) {
        (Json::Object(wanted), Json::Object(got)) => {
            for (key, value) in wanted {
                let at = format!("{at}/{key}");
                let Some((_, other)) = got.iter().find(|(name, _)| name == key) else { return Err(format!("`{at}` is missing")) };
                match key.as_ref() {
                    "Tags" if is_tags(other) => tags(&at, value, other)?,
                    // Text for people. Within a policy there is no such key.
                    "Description" if matches!((value, other), (Json::Text(_), Json::Text(_))) => {}
                    _ => same_json(&at, value, other)?,
                }
            }
            let added = got.iter().find(|(key, value)| {
                let tags = key == "Tags" && at.ends_with("/Properties") && is_tags(value);
                !tags && !wanted.iter().any(|(name, _)| name == key)
            });
            added.map_or(Ok(()), |(key, _)| Err(format!("`{at}/{key}` is not what the profile asks for")))
        }
        (Json::List(wanted), Json::List(got)) if wanted.len() == got.len() => {
            wanted.iter().zip(got).enumerate().try_for_each(|(number, (one, other))| same_json(&format!("{at}/{number}"), one, other))
        }
        _ if wanted == got => Ok(()),
        _ => Err(format!("`{at}` is not what the profile asks for")),
    }
}

/// Keys and values that are text, and nothing that CloudFormation works out.
fn is_tags(value: &Json<'_>) -> bool {
    let Json::List(items) = value else { return false };
    items.iter().all(|item| match item {
        Json::Object(fields) => {
            fields.len() == 2 && ["Key", "Value"].iter().all(|key| item.get(key).is_some_and(|text| text.as_text().is_some()))
        }
        _ => false,
    })
}

fn tags(at: &str, wanted: &Json<'_>, got: &Json<'_>) -> Result<(), String> {
    let (Json::List(wanted), Json::List(got)) = (wanted, got) else { return Err(format!("`{at}` is not what the profile asks for")) };
    match wanted.iter().find(|tag| !got.contains(tag)) {
        Some(tag) => Err(format!("`{at}` lacks the tag `{}`", tag.get("Key").and_then(Json::as_text).unwrap_or_default())),
        None => Ok(()),
    }
}

fn terraform(wanted: &str, got: &str) -> Result<(), String> {
    same_body("", &hcl::read(wanted)?, &hcl::read(got)?, Place::File)
}

/// Where a body stands, which says what may be added there.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Place {
    File,
    /// `terraform { … }`
    Settings,
    /// `resource "…" "…" { … }`
    Resource,
    /// Anywhere deeper, and blocks of other types.
    Other,
}

fn same_body(at: &str, wanted: &Body, got: &Body, place: Place) -> Result<(), String> {
    let named = |name: &str| if at.is_empty() { name.to_owned() } else { format!("{at}.{name}") };
    for (name, value) in &wanted.attributes {
        let Some((_, other)) = got.attributes.iter().find(|(one, _)| one == name) else {
            return Err(format!("`{}` is missing", named(name)));
        };
        let fine = match name.as_str() {
            "description" => is_text(other) || value == other,
            "required_version" if place == Place::Settings => is_text(other),
            "tags" if place == Place::Resource => has_tags(value, other),
            _ => value == other,
        };
        if !fine {
            return Err(format!("`{}` is not what the profile asks for", named(name)));
        }
    }
    for (name, value) in got.attributes.iter().filter(|(name, _)| !wanted.attributes.iter().any(|(one, _)| one == name)) {
        let may_be = match name.as_str() {
            // Which of the configured providers makes it.
            "provider" if place == Place::Resource => {
                matches!(value.as_slice(), [one] if one.bytes().all(|b| b.is_ascii_alphanumeric() || b"_.-".contains(&b)))
            }
            "tags" if place == Place::Resource => has_tags(&["{".to_owned(), "}".to_owned()], value),
            _ => false,
        };
        if !may_be {
            return Err(format!("`{}` is not what the profile asks for", named(name)));
        }
    }
    blocks(at, wanted, got, place)
}

fn blocks(at: &str, wanted: &Body, got: &Body, place: Place) -> Result<(), String> {
    let name = |block: &Block| {
        let words: Vec<&str> = block.head.iter().map(|word| word.trim_matches('"')).collect();
        if at.is_empty() { words.join(".") } else { format!("{at}.{}", words.join(".")) }
    };
    let mut open: Vec<&Block> = got.blocks.iter().collect();
    for block in &wanted.blocks {
        // Of blocks that are called the same, the order counts.
        let Some(found) = open.iter().position(|other| other.head == block.head) else {
            return Err(format!("`{}` is missing", name(block)));
        };
        let other = open.remove(found);
        let inside = match (place, block.head.first().map(String::as_str)) {
            (Place::File, Some("terraform")) => Place::Settings,
            (Place::File, Some("resource")) => Place::Resource,
            _ => Place::Other,
        };
        same_body(&name(block), &block.body, &other.body, inside)?;
    }
    let may_be = |block: &&&Block| match (place, block.head.first().map(String::as_str)) {
        // Where the state lies is nothing that a profile speaks of.
        (Place::Settings, Some("backend" | "cloud")) => true,
        (Place::Resource, Some("timeouts")) => {
            block.head.len() == 1 && block.body.blocks.is_empty() && block.body.attributes.iter().all(|(_, value)| is_text(value))
        }
        (Place::Resource, Some("lifecycle")) => {
            let kept = ("prevent_destroy".to_owned(), vec!["true".to_owned()]);
            block.head.len() == 1 && block.body.blocks.is_empty() && block.body.attributes == [kept]
        }
        _ => false,
    };
    match open.iter().find(|block| !may_be(block)) {
        Some(block) => Err(format!("`{}` is not what the profile asks for", name(block))),
        None => Ok(()),
    }
}

/// One text, in which nothing is worked out.
fn is_text(value: &[String]) -> bool {
    matches!(value, [one] if one.starts_with('"') && !one.contains("${") && !one.contains("%{"))
}

/// Whether tags are those that are wanted, and texts beside them; `merge` of such mappings too, in which none is replaced.
fn has_tags(wanted: &[String], got: &[String]) -> bool {
    let (Some(wanted), Some(got)) = (pairs(wanted), merged(got)) else { return false };
    let known = |key: &str| wanted.iter().any(|(name, _)| *name == key);
    let once = got.iter().enumerate().all(|(at, (key, _))| got.iter().skip(at + 1).all(|(other, _)| key != other));
    once && wanted.iter().all(|pair| got.contains(pair)) && got.iter().all(|(key, value)| known(key) || is_text(&[value.to_string()]))
}

type Pairs<'t> = Vec<(&'t str, &'t str)>;

fn merged(value: &[String]) -> Option<Pairs<'_>> {
    let Some(inside) = value.strip_prefix(&["merge".to_owned(), "(".to_owned()]).and_then(|rest| rest.strip_suffix(&[")".to_owned()]))
    else {
        return pairs(value);
    };
    let mut all = Vec::new();
    let mut rest = inside;
    while !rest.is_empty() {
        let end = rest.iter().position(|token| token == "}")? + 1;
        all.extend(pairs(rest.get(..end)?)?);
        rest = rest.get(end..)?;
        rest = rest.strip_prefix(&[",".to_owned()]).unwrap_or(rest);
    }
    Some(all)
}

/// The pairs of a mapping whose values are single tokens.
fn pairs(value: &[String]) -> Option<Pairs<'_>> {
    let inside = value.strip_prefix(&["{".to_owned()])?.strip_suffix(&["}".to_owned()])?;
    let items = inside.split(|token| token == ",").filter(|item| !item.is_empty());
    items
        .map(|item| match item {
            [key, equal, value] if equal == "=" => Some((key.trim_matches('"'), value.as_str())),
            _ => None,
        })
        .collect()
}
