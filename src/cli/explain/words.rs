//! What a guarantee promises, and what a verb of grants and denies stands for.

use super::wrap;
use crate::claim::PROMISES;
use crate::profile::keys::{KeyInfo, of_bucket};
use crate::protect::verbs::Verb;
use crate::verify::prove::ASSUMED;

/// The words that a key of a bucket's profile takes, each with what it means.
fn taken(path: &str) -> Vec<(String, String)> {
    let key = |key: &KeyInfo| key.path == path;
    of_bucket().into_iter().find(key).map(|key| key.words).unwrap_or_default()
}

/// The guarantee of that name.
pub(super) fn guarantee(name: &str) -> Option<String> {
    let promise = PROMISES.iter().find(|promise| promise.name == name)?;
    let by = if promise.by.starts_with('`') { format!("Sections that promise it: {}", promise.by) } else { capital(promise.by) };
    let mut text = format!("{name}: a guarantee\n\n{}\n\n{}\n", wrap(&format!("{}.", capital(promise.holds))), wrap(&format!("{by}.")));
    if let Some((_, means)) = taken("guarantees[].guarantee").into_iter().find(|(word, _)| word == name) {
        text.push_str(&format!("\nUnder `guarantees`, where a profile can ask for it as well:\n{}\n", wrap(&means)));
    }
    text.push_str("\nassumed in every proof\n");
    ASSUMED.iter().for_each(|one| text.push_str(&format!("  {one}\n")));
    Some(text)
}

/// The verb of that name.
pub(super) fn verb(name: &str) -> Option<String> {
    let verb = Verb::ALL.into_iter().find(|verb| verb.word() == name)?;
    let means = taken("grants[].can").into_iter().find(|(word, _)| word == name).map(|(_, means)| means).unwrap_or_default();
    let mut text = format!("{name}: a verb of grants and denies\n\n{}\n\nactions\n", wrap(&means));
    verb.names().iter().for_each(|action| text.push_str(&format!("  {action}\n")));
    Some(text)
}

/// What verbs mean, in a line each.
pub(super) fn verbs() -> Vec<(String, String)> {
    taken("grants[].can")
}

fn capital(text: &str) -> String {
    let mut letters = text.chars();
    letters.next().map(|first| first.to_uppercase().chain(letters).collect()).unwrap_or_default()
}
