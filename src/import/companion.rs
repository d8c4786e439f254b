//! A companion, as it is and as the profile makes it.
//!
//! In: the companion of the input with what was read of it, and the plan of the bucket or account that it is for. Out: an item for
//! whatever the profile would change. Never: a companion that is taken over unseen.

use super::draft::{Draft, Fate, Item, planned};
use super::drift::{seen, settings};
use super::subject::{LOGGING, Subject, served};
use crate::compare::{self, Version};
use crate::expr::{LogicalId, Part};
use crate::plan::{ARCHIVE, LOG_BUCKET, Plan};

/// The setting of access logs, by its name.
const LOGS: &str = "access logs";

/// Whether its own access logs go where the profile has them go.
fn logs_alike(subject: &Subject<'_>, id: &str, plan: &Plan) -> bool {
    let of = |id: &LogicalId| plan.buckets().find(|(resource, _)| resource.id == *id).map(|(_, bucket)| bucket);
    let Some(wanted) = of(&LogicalId::named(id)).and_then(|bucket| bucket.logging.as_ref()) else { return false };
    let target = match wanted.target.parts() {
        [Part::Reference(other, _)] => of(other).map(|bucket| bucket.name.to_string()),
        _ => wanted.target.as_text().map(str::to_owned),
    };
    let found = subject.section(LOGGING);
    let text = |names: &[&str]| found.as_ref().and_then(|found| found.any(names)).and_then(|value| value.word());
    target.is_some()
        && text(&["TargetBucket", "DestinationBucketName"]) == target
        && text(&["TargetPrefix", "LogFilePrefix"]).as_deref() == Some(wanted.prefix.as_str())
}

/// What the profile would change of the companion.
pub(super) fn read(subject: &Subject<'_>, id: &str, own: &Draft, versions: &[Version], plan: &Plan) -> Vec<Item> {
    let elsewhere = match id {
        id if id == LOG_BUCKET.as_str() => "name the bucket in `logging.server_access.to`",
        id if id == ARCHIVE.as_str() => "give it a profile of its own",
        _ => "keep it in a bucket of its own",
    };
    let mut items: Vec<Item> = own.items.iter().filter(|item| item.fate != Fate::Apart).cloned().collect();
    for item in &mut items {
        item.fate = Fate::Lost;
        item.remedy = format!("a profile says nothing of its companion but for how long it keeps what it gets; let it go, or {elsewhere}");
    }
    let Some(made) = versions.iter().find(|version| version.id == id).cloned() else { return items };
    let mut there = planned(own.value()).map(|(profile, plan)| seen(settings(&profile, &plan))).unwrap_or_default();
    let said = seen(made.settings().to_vec());
    if logs_alike(subject, id, plan) {
        // By itself it would have a companion of its own, or name one that no profile could.
        items.retain(|item| item.what != LOGS);
        let same = |name: &str| said.iter().find(|(own, _)| *own == name).map(|(_, value)| value.clone()).unwrap_or_default();
        there.iter_mut().filter(|(name, _)| *name == LOGS).for_each(|(name, value)| *value = same(name));
    }
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
