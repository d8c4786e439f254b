//! Access logs, and the companion bucket that receives them.
//!
//! In: where the bucket sends its logs, and the other buckets of the input. Out: `logging.server_access` of the profile. A
//! bucket that is named as a profile would name its companion is that companion.

use super::draft::{Draft, is_of_account, of_account};
use super::lens::Lens;
use super::subject::{self, Subject};
use crate::names::BucketName;
use crate::plan::LOG_BUCKET;

/// The name of the bucket, or, for an account, the beginning of the names of what it has once.
pub(super) fn base(draft: &Draft) -> Option<BucketName> {
    if is_of_account(draft.value()) {
        let profile = of_account(draft.value()).ok()?;
        return Some(BucketName::of_account(&profile.name, &profile.account, &profile.region));
    }
    super::draft::profile(draft.value()).ok().map(|profile| profile.bucket.full_name())
}

/// The name of a companion, as [`crate::protect::bucket::Bucket::companion_name`] makes it; those of an account have its base before
/// them.
pub(super) fn companion(draft: &Draft, purpose: &str) -> Option<String> {
    if is_of_account(draft.value()) {
        return base(draft).map(|base| base.companion(purpose, BucketName::MAX).to_string());
    }
    let profile = super::draft::profile(draft.value()).ok()?;
    Some(profile.bucket.companion_name(purpose).to_string())
}

/// Reads the setting, and names the companion where there is one among the names of all buckets.
pub(super) fn read(subject: &Subject<'_>, others: &[&Subject<'_>], draft: &mut Draft) -> Option<String> {
    let found = subject.section(subject::LOGGING);
    let target = found.as_ref().and_then(|found| found.any(&["TargetBucket", "DestinationBucketName"]));
    if found.as_ref().is_some_and(Lens::is_unknown) {
        return None;
    }
    let (Some(found), Some(named)) = (found, target) else {
        draft.say("logging/server_access/to", "none".into(), "access logs", &subject.bucket.id);
        return None;
    };
    let target = named.open_word().unwrap_or_default();
    let own = companion(draft, "logs");
    let made = others.iter().find(|other| other.name == target && Some(&other.name) == own.as_ref());
    let to = if made.is_some() { "create" } else { target.as_str() };
    // Where they go is listed where it is unknown; how they are kept there is known all the same.
    if !target.is_empty() {
        draft.say("logging/server_access/to", to.into(), "access logs", &found.place);
    }
    let prefix = found.text("TargetPrefix").or_else(|| found.text("LogFilePrefix")).unwrap_or_default();
    if prefix.is_empty() && !found.is_open("TargetPrefix") && !found.is_open("LogFilePrefix") {
        draft.lost(
            "access logs without a prefix",
            &found.place,
            "profiles keep logs below a prefix",
            "logs arrive below `logging.server_access.prefix` from then on",
        );
    } else if !prefix.is_empty() {
        draft.say("logging/server_access/prefix", prefix.into(), "the prefix of access logs", &found.place);
    }
    let format = found.get("TargetObjectKeyFormat");
    let partitioned = format.as_ref().and_then(|format| format.get("PartitionedPrefix"));
    if let Some(partitioned) = &partitioned
        && partitioned.text("PartitionDateSource").as_deref() == Some("DeliveryTime")
    {
        draft.lost(
            "log keys by the time of delivery",
            &partitioned.place,
            "profiles partition by the time of the event",
            "queries by day find more then; old logs stay where they are",
        );
    }
    if let Some(simple) = format.as_ref().and_then(|format| format.get("SimplePrefix")) {
        simple.whole();
    }
    if let Some(grants) = found.get("TargetGrants") {
        grants.whole();
        draft.lost("grants on delivered logs", grants.place, "logs are read by the policy of their bucket", "grant the reading there");
    }
    let word = if partitioned.is_some_and(|one| !one.value().items().is_empty()) { "partitioned" } else { "simple" };
    if !found.is_open("TargetObjectKeyFormat") {
        draft.say("logging/server_access/format", word.into(), "the format of access logs", &found.place);
    }
    let made = made?;
    draft.adopts.insert(LOG_BUCKET.to_string(), made.name.clone());
    let days = retention(made);
    draft.say("logging/server_access/retain_days", days.map_or_else(|| "never".into(), Into::into), "access logs", &made.bucket.id);
    Some(made.name.clone())
}

/// How long a companion keeps what it gets.
pub(super) fn retention(of: &Subject<'_>) -> Option<u32> {
    let rules = of.section(subject::LIFECYCLE)?.any(&["Rules", "Rule"])?;
    let days = |rule: &Lens<'_>| rule.get("Expiration").and_then(|one| one.number("Days")).or_else(|| rule.number("ExpirationInDays"));
    rules.items().iter().find_map(|rule| days(rule).filter(|days| *days > 0))
}
