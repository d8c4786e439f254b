//! A companion, as it is and as the profile makes it.
//!
//! In: the companion of the input with what was read of it, and the plan of the bucket that it is for. Out: an item for
//! whatever the profile would change. Never: a companion that is taken over unseen.

use super::draft::{Draft, Fate, Item, planned};
use super::drift::{seen, settings};
use super::subject::{Subject, served};
use crate::compare::{self, Version};
use crate::plan::{LOG_BUCKET, Plan};
use crate::profile::Profile;

/// What the profile would change of the companion.
pub(super) fn read(subject: &Subject<'_>, id: &str, own: &Draft, profile: &Profile, plan: &Plan) -> Vec<Item> {
    let elsewhere =
        if id == LOG_BUCKET.as_str() { "name the bucket in `logging.server_access.to`" } else { "keep it in a bucket of its own" };
    let mut items: Vec<Item> = own.items.iter().filter(|item| item.fate != Fate::Apart).cloned().collect();
    for item in &mut items {
        item.fate = Fate::Lost;
        item.remedy = format!("a profile says nothing of its companion but for how long it keeps what it gets; let it go, or {elsewhere}");
    }
    let Some(made) = Version::of_profile(profile, plan).into_iter().find(|version| version.id == id) else { return items };
    let there = planned(own.value()).map(|(profile, plan)| seen(settings(&profile, &plan))).unwrap_or_default();
    let said = seen(made.settings().to_vec());
    let found = compare::between(&served(subject, subject.bucket).with_settings(there), &made.with_settings(said));
    if found.verdict() == compare::Verdict::Neutral {
        // Its policy is what the profile makes, in whatever words: that is proved.
        let policy = format!("{}/Statement/", subject.policy_place());
        items.retain(|item| !item.at.starts_with(&policy));
    }
    let mut differs = |what: String, why: String| {
        let remedy = format!("look at it before the companion is taken over, or {elsewhere}");
        items.push(Item { fate: Fate::Lost, what, at: subject.bucket.id.clone(), why, remedy });
    };
    for one in &found.settings {
        differs(format!("`{}` of the companion `{}`", one.name, subject.name), format!("it is `{}`, and becomes `{}`", one.old, one.new));
    }
    if let Some(row) = found.lost.first().or(found.gained.first()) {
        differs(
            format!("access to the companion `{}`", subject.name),
            format!("it changes, for example for this request: {}", row.witness.words),
        );
    }
    items
}
