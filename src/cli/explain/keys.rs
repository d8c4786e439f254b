//! What a key of the profile language means: from the schemas, with the defaults of the presets.

use super::{scalar, wrap};
use crate::diag::did_you_mean;
use crate::profile::keys::{KeyInfo, of_account, of_bucket};
use crate::profile::{Preset, Row};

/// The key that a text names, in the profiles that have it.
pub(super) fn explain(subject: &str) -> Option<String> {
    let named = |keys: Vec<KeyInfo>| Some((keys.iter().find(|key| key.is_named(subject))?.clone(), keys));
    match (named(of_bucket()), named(of_account())) {
        (Some((key, keys)), Some((other, _))) if key == other => {
            let also = "a key of the profiles of buckets and accounts";
            Some(told(&key, &keys, also, defaults(&key)))
        }
        (bucket, account) => {
            let bucket = bucket.map(|(key, keys)| told(&key, &keys, "a key of a bucket's profile", defaults(&key)));
            let account = account.map(|(key, keys)| told(&key, &keys, "a key of an account's profile", default(&key)));
            let both: Vec<String> = bucket.into_iter().chain(account).collect();
            (!both.is_empty()).then(|| both.join("\n"))
        }
    }
}

/// The path of the key that was meant: of the same word at another place, or near in its letters.
pub(super) fn near(subject: &str) -> Option<String> {
    let keys: Vec<KeyInfo> = of_bucket().into_iter().chain(of_account()).collect();
    let same = keys.iter().find(|key| key.word() == subject);
    let paths = || keys.iter().map(|key| key.path.replace("[]", ""));
    let paths: Vec<String> = paths().collect();
    same.map(|key| key.path.clone()).or_else(|| did_you_mean(subject, paths.iter().map(String::as_str)).map(str::to_owned))
}

/// The keys of the first level, each with what it means.
pub(super) fn sections() -> Vec<KeyInfo> {
    let mut keys: Vec<KeyInfo> = of_bucket();
    let others: Vec<KeyInfo> = of_account().into_iter().filter(|key| !keys.iter().any(|known| known.path == key.path)).collect();
    keys.extend(others);
    keys.into_iter().filter(|key| key.word() == key.path).collect()
}

fn told(key: &KeyInfo, keys: &[KeyInfo], what: &str, defaults: String) -> String {
    let mut text = format!(
        "{}: {what}\n\n{}\n\n{}\n",
        key.path,
        wrap(&key.meaning),
        wrap(&format!("Takes {}{}", key.takes, if key.words.is_empty() { "." } else { ":" }))
    );
    let width = key.words.iter().map(|(word, _)| word.len()).max().unwrap_or_default();
    for (word, means) in &key.words {
        text.push_str(format!("  {word:<width$}  {}", one_line(means)).trim_end());
        text.push('\n');
    }
    text.push_str(&defaults);
    let below: Vec<&KeyInfo> = keys.iter().filter(|one| one.is_under(key)).collect();
    let width = below.iter().map(|one| one.path.len()).max().unwrap_or_default();
    if !below.is_empty() {
        text.push_str("\nkeys below it\n");
    }
    for one in below {
        text.push_str(&format!("  {:<width$}  {}\n", one.path, one_line(&one.meaning)));
    }
    text
}

/// The default as the schema has it.
fn default(key: &KeyInfo) -> String {
    let shown = |value: &serde_json::Value| value.as_str().map_or_else(|| value.to_string(), str::to_owned);
    key.default.as_ref().map(|value| format!("\nDefault: {}\n", shown(value))).unwrap_or_default()
}

/// The default of each preset, with its reason.
fn defaults(key: &KeyInfo) -> String {
    let at = |row: &&Row| key.is_named(row.at);
    let baseline = Preset::Baseline.rows().find(at);
    let mut text = match baseline {
        None => default(key),
        Some(row) => format!("\nDefault: {}: {}\n", scalar(&row.value), row.why),
    };
    let others = Preset::ALL.iter().flat_map(|preset| preset.overrides().iter().filter(at).map(move |row| (preset, row)));
    for (preset, row) in others {
        text.push_str(&format!("  under `{}`: {}: {}\n", preset.name(), scalar(&row.value), row.why));
    }
    text
}

/// The first sentence of a text, for a list.
pub(super) fn one_line(text: &str) -> &str {
    text.split_once(". ").map_or(text, |(first, _)| first).trim_end_matches('.')
}
