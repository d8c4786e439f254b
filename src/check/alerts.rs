//! Alerts that would not come: without a trail, without a log group, to a place that rules do not reach.

use super::Subject;
use crate::diag::{Code, Finding, Path};
use crate::names::{AccountId, Region};
use crate::path;
use crate::protect::alerts::{Alerts, Event};

/// What alerts depend on.
pub(super) struct Around<'a> {
    /// Whether a trail records management events.
    pub(super) recorded: bool,
    /// Whether a trail of the profile's own sends to a log group.
    pub(super) counted: bool,
    /// The account that the rules are in, and where that stands.
    pub(super) account: Option<(&'a AccountId, Path)>,
    /// The region, likewise.
    pub(super) region: Option<(&'a Region, Path)>,
    /// Whether the profile says something of Macie.
    pub(super) macie: bool,
}

pub(super) fn check(subject: &Subject<'_>, findings: &mut Vec<Finding>) {
    let Some(alerts) = &subject.profile.monitoring.alerts else { return };
    let (trail, bucket) = (&subject.profile.logging.cloudtrail, &subject.profile.bucket);
    let around = Around {
        recorded: trail.trail.creates() && trail.management || trail.trail.given().is_some(),
        counted: trail.trail.creates() && trail.log_group,
        account: bucket.account.as_ref().map(|account| (account, path!["bucket", "account"])),
        region: bucket.region.as_ref().map(|region| (region, path!["bucket", "region"])),
        macie: subject.profile.monitoring.macie.is_some(),
    };
    about(alerts, &around, findings);
}

/// What is wrong with alerts.
pub(super) fn about(alerts: &Alerts, around: &Around<'_>, findings: &mut Vec<Finding>) {
    let on = |at: usize| path!["monitoring", "alerts", "on", at];
    let unseen = alerts.on.iter().enumerate().find(|(_, event)| event.needs_trail() && **event != Event::AccessDeniedBurst);
    if let Some((at, event)) = unseen.filter(|_| !around.recorded) {
        let message = format!("`{}` reaches EventBridge by a trail with management events, and the profile has none", event.word());
        findings.push(
            Finding::new(Code::AlertsWithoutTrail, on(at), message)
                .help("name the account's trail in `logging.cloudtrail.trail`, or set `trail: create` with `management: true`"),
        );
    }
    let burst = alerts.on.iter().position(|event| *event == Event::AccessDeniedBurst);
    if let Some(at) = burst.filter(|_| !around.counted) {
        let message = "refused requests are counted in the log group of a trail, and the profile makes none";
        findings.push(
            Finding::new(Code::AlertWithoutLogGroup, on(at), message)
                .also(path!["logging", "cloudtrail"], "the trail")
                .help("set `logging: {cloudtrail: {trail: create, log_group: true, events: all}}`, or leave `access-denied-burst` out"),
        );
    }
    let told = alerts.on.iter().position(|event| *event == Event::MacieFinding);
    if let Some(at) = told.filter(|_| !around.macie) {
        let message = "`macie-finding` comes only where Macie is on, and the profile says nothing of Macie";
        findings.push(
            Finding::new(Code::AlertWithoutMacie, on(at), message)
                .help("add `monitoring: {macie: {session: existing}}`, or `create` where nobody has switched it on"),
        );
    }
    for (at, topic) in alerts.given_topics() {
        let message = format!("the policy of `{topic}` must let EventBridge publish, and is not part of this profile");
        findings.push(Finding::new(Code::AlertTargetElsewhere, at, message).help("follow the step in the runbook, or use `sns: create`"));
    }
    for (at, (region, account)) in alerts.homes() {
        if let Some((own, place)) = around.region.as_ref().filter(|(own, _)| own.as_str() != region) {
            findings.push(
                Finding::new(Code::AlertTargetUnfit, at.clone(), format!("the target is in `{region}`, the rules in `{own}`"))
                    .also(place.clone(), "the region")
                    .help("name a topic or function of the same region"),
            );
        }
        if let Some((own, place)) = around.account.as_ref().filter(|(own, _)| own.as_str() != account) {
            findings.push(
                Finding::new(Code::AlertTargetUnfit, at, format!("the target is in the account {account}, the rules in {own}"))
                    .also(place.clone(), "the account")
                    .help("name a topic or function of the same account"),
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
