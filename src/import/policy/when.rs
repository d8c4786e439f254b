//! The circumstances of grants and denies.
//!
//! In: conditions. Out: the `when` of a profile, and the conditions that it has no word for.

use serde_json::{Map, Value};

use super::network::any_of;
use super::presigned::duration;
use super::{Conditions, Stated};

/// Takes out what `when` can say.
pub(super) fn take(conditions: &mut Conditions) -> Map<String, Value> {
    let mut when = Map::new();
    for (kind, values) in any_of(conditions) {
        when.insert(kind.to_owned(), values.into());
    }
    let age = conditions.one(&["NumericLessThanEquals"], "aws:MultiFactorAuthAge").and_then(|age| age.parse::<u64>().ok());
    when.extend(age.map(|age| ("mfa_within".to_owned(), duration(age).into())));
    for (prefix, word) in [("s3:ExistingObjectTag/", "object_tags"), ("aws:PrincipalTag/", "principal_tags")] {
        let tags: Map<String, Value> = conditions
            .under("StringEquals", prefix)
            .into_iter()
            // Of several values a profile takes one; the others would be lost, so the tag stays and the statement is none.
            .filter_map(|(key, values)| Some((key, values.into_iter().reduce(|_, _| String::new())?)))
            .filter(|(_, value)| !value.is_empty())
            .map(|(key, value)| (key, value.into()))
            .collect();
        if !tags.is_empty() {
            when.insert(word.to_owned(), tags.into());
        }
    }
    let day = |text: String| text.strip_suffix("T00:00:00Z").map(str::to_owned);
    for (operator, word) in [("DateGreaterThanEquals", "after"), ("DateLessThan", "before")] {
        let day = conditions.one(&[operator], "aws:CurrentTime").and_then(day);
        when.extend(day.map(|day| (word.to_owned(), day.into())));
    }
    when
}

/// The conditions that no section of a profile has words for, as the rest of a sentence.
pub(super) fn unknown(statement: &Stated) -> String {
    let mut conditions = statement.conditions();
    take(&mut conditions);
    let known =
        [("StringEquals", "aws:SourceAccount"), ("ArnLike", "aws:SourceArn"), ("StringLike", "s3:prefix"), ("Bool", "aws:SecureTransport")];
    known.iter().for_each(|(operator, key)| drop(conditions.take(&[operator], key)));
    if conditions.is_empty() { String::new() } else { format!(": {}", conditions.shown()) }
}
