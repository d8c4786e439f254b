//! Alerts that would not come: without a trail, without a log group, to a place that rules do not reach.

use super::Subject;
use crate::diag::{Code, Finding};
use crate::path;
use crate::protect::alerts::Event;

pub(super) fn check(subject: &Subject<'_>, findings: &mut Vec<Finding>) {
    let Some(alerts) = &subject.profile.monitoring.alerts else { return };
    let trail = &subject.profile.logging.cloudtrail;
    let recorded = trail.trail.creates() && trail.management || trail.trail.given().is_some();
    let on = |at: usize| path!["monitoring", "alerts", "on", at];
    let unseen = alerts.on.iter().enumerate().find(|(_, event)| event.needs_trail() && **event != Event::AccessDeniedBurst);
    if let Some((at, event)) = unseen.filter(|_| !recorded) {
        let message = format!("`{}` reaches EventBridge by a trail with management events, and the profile has none", event.word());
        findings.push(
            Finding::new(Code::AlertsWithoutTrail, on(at), message)
                .help("name the account's trail in `logging.cloudtrail.trail`, or set `trail: create` with `management: true`"),
        );
    }
    let burst = alerts.on.iter().position(|event| *event == Event::AccessDeniedBurst);
    if let Some(at) = burst.filter(|_| !(trail.trail.creates() && trail.log_group)) {
        let message = "refused requests are counted in the log group of a trail, and the profile makes none";
        findings.push(
            Finding::new(Code::AlertWithoutLogGroup, on(at), message)
                .also(path!["logging", "cloudtrail"], "the trail")
                .help("set `logging: {cloudtrail: {trail: create, log_group: true, events: all}}`, or leave `access-denied-burst` out"),
        );
    }
    for (at, topic) in alerts.given_topics() {
        let message = format!("the policy of `{topic}` must let EventBridge publish, and is not part of this profile");
        findings.push(Finding::new(Code::AlertTargetElsewhere, at, message).help("follow the step in the runbook, or use `sns: create`"));
    }
    let bucket = &subject.profile.bucket;
    for (at, (region, account)) in alerts.homes() {
        if let Some(own) = bucket.region.as_ref().filter(|own| own.as_str() != region) {
            findings.push(
                Finding::new(Code::AlertTargetUnfit, at.clone(), format!("the target is in `{region}`, the bucket and its rules in `{own}`"))
                    .also(path!["bucket", "region"], "the bucket's region")
                    .help("name a topic or function of the bucket's own region"),
            );
        }
        if let Some(own) = bucket.account.as_ref().filter(|own| own.as_str() != account) {
            findings.push(
                Finding::new(Code::AlertTargetUnfit, at, format!("the target is in the account {account}, the bucket and its rules in {own}"))
                    .also(path!["bucket", "account"], "the bucket's account")
                    .help("name a topic or function of the bucket's own account"),
            );
        }
    }
    for (at, event) in alerts.on.iter().enumerate() {
        if alerts.on.iter().take(at).any(|earlier| earlier == event) {
            let message = format!("`{}` stands twice", event.word());
            findings.push(Finding::new(Code::SettingIgnored, on(at), message).help("remove it"));
        }
    }
}
