//! The profile as YAML that people review.
//!
//! In: the profile, and what is to be said about it. Out: its text: a section each, the comments above what they are about.
//! Never: a spelling of our own; the writer of YAML decides what is quoted.

use serde_json::{Map, Value, json};

use super::draft::{Item, is_of_account};
use crate::profile::Preset;

/// Settings that are weaker than a profile has them by itself, and the finding that a waiver accepts.
const WEAKER: &[(&str, &str)] = &[
    ("bucket/ownership", "acls-enabled"),
    ("bucket/versioning", "versioning-off"),
    ("public_access/block", "public-access-not-blocked"),
    ("encryption/sse_c", "sse-c-allowed"),
    ("transport/https_only", "plain-http-allowed"),
    ("logging/server_access/to", "access-logs-off"),
];

fn at<'v>(value: &'v Map<String, Value>, place: &str) -> Option<&'v Value> {
    let mut steps = place.split('/');
    let first = value.get(steps.next()?)?;
    steps.try_fold(first, |value, step| value.get(step))
}

/// The places of a profile where it is weaker than by itself, each with the finding.
pub(super) fn weaker(value: &Map<String, Value>) -> Vec<(&'static str, &'static str)> {
    let weak = |(place, _): &&(&str, &str)| {
        let Some(found) = at(value, place) else { return false };
        match *place {
            "bucket/versioning" => found != "enabled",
            "bucket/ownership" => found != "enforced",
            "public_access/block" => found != "all",
            "encryption/sse_c" => found == "allow",
            "transport/https_only" => found == false,
            _ => found == "none",
        }
    };
    WEAKER.iter().filter(weak).copied().collect()
}

/// Leaves out what is weaker than a profile is by itself.
pub(super) fn hardened(value: &mut Map<String, Value>) {
    for (place, _) in weaker(value) {
        let (section, rest) = place.split_once('/').unwrap_or((place, ""));
        if let Some(Value::Object(inner)) = value.get_mut(section) {
            let mut steps: Vec<&str> = rest.split('/').collect();
            let Some(last) = steps.pop() else { continue };
            let inner = steps.iter().try_fold(inner, |inner, step| inner.get_mut(*step)?.as_object_mut());
            inner.map(|inner| inner.shift_remove(last));
        }
    }
}

/// A line of a comment, whatever others wrote into it.
fn comment(text: &str) -> String {
    let clean: String = text
        .chars()
        .map(|c| if c.is_control() || matches!(c, '\u{2028}' | '\u{2029}' | '\u{85}' | '\u{feff}') { ' ' } else { c })
        .collect();
    format!("# {}\n", clean.trim_end())
}

/// The text of the profile.
pub(super) fn yaml(value: &Map<String, Value>, from: &str, items: &[Item]) -> Result<String, String> {
    let (by_itself, lost) =
        if is_of_account(value) { ("holds by itself", "imported.lost") } else { ("equals the preset", "bucket.imported.lost") };
    let mut text = comment(&format!("Imported from {from}. What {by_itself} is left out: `s3harden show` prints the whole."));
    let open = items.iter().filter(|item| item.fate == super::Fate::Lost).count();
    if open > 0 {
        let words = if open == 1 { "One thing of it is" } else { "Things of it are" };
        text.push_str(&comment(&format!("{words} not expressed here: `{lost}`.")));
    }
    for (key, section) in value {
        let place = |at: &str| at.split('/').next() == Some(key.as_str());
        for (at, finding) in weaker(value).iter().filter(|(at, _)| place(at)) {
            let shown = at.replace('/', ".");
            text.push_str(&comment(&format!("`{shown}` is weaker than the default: remove it to harden the bucket, or waive `{finding}`")));
        }
        if key == "preset"
            && let Some(preset) = section.as_str().and_then(Preset::by_name)
        {
            text.push_str(&comment(&format!("says most of what the bucket has: `s3harden explain preset/{}`", preset.name())));
        }
        if key == "policy" {
            text.push_str(&comment("statements of others"));
        }
        let section = serde_yaml::to_string(&json!({ key: section })).map_err(|error| error.to_string())?;
        text.push_str(&section);
    }
    Ok(text)
}
