//! Trails: settings without effect, loops, and what exists elsewhere and is out of sight.

use super::Subject;
use crate::diag::{Code, Finding, Path};
use crate::path;
use crate::protect::cloudtrail::{CloudTrail, Kms};

pub(super) fn check(subject: &Subject<'_>, findings: &mut Vec<Finding>) {
    let trail = &subject.profile.logging.cloudtrail;
    if let Some(name) = trail.trail.given() {
        let message = format!("the trail `{name}` is not part of this profile, and records the objects once it has a selector for them");
        findings.push(Finding::new(Code::TrailElsewhere, at("trail"), message).help("follow the step in the runbook, or use `create`"));
    }
    if !trail.trail.creates() {
        unused(subject, trail, findings);
        return;
    }
    if trail.insights && !trail.management {
        findings.push(
            Finding::new(Code::SettingIgnored, at("insights"), "`insights` has no effect on a trail without management events")
                .also(at("management"), "management events")
                .help("set `management: true`, or remove it"),
        );
    }
    target(subject, trail, findings);
    if let Kms::Given(key) = &trail.kms {
        findings.push(
            Finding::new(Code::KeyElsewhere, at("kms"), format!("the policy of `{key}` is not part of this profile"))
                .help("follow the step in the runbook, or use `true` for a key of the trail's own"),
        );
        if let (Some((_, region)), Some(own)) = (key.owner(), &subject.profile.bucket.region)
            && region != own.as_str()
        {
            findings.push(
                Finding::new(Code::KeyInOtherRegion, at("kms"), format!("the key is in `{region}`, the trail and its bucket in `{own}`"))
                    .also(path!["bucket", "region"], "the bucket's region")
                    .help("use a key of the bucket's own region; CloudTrail refuses others"),
            );
        }
    }
}

fn at(key: &'static str) -> Path {
    path!["logging", "cloudtrail", key]
}

/// What is written about a trail that is not made here.
fn unused(subject: &Subject<'_>, trail: &CloudTrail, findings: &mut Vec<Finding>) {
    let given = trail.trail.given();
    let keys = ["to", "events", "management", "log_group", "kms", "retain_days", "insights"];
    // Which events an existing trail records is what the step of the runbook says.
    for key in keys.into_iter().filter(|key| *key != "events" || given.is_none()) {
        if subject.is_written(&at(key)) {
            let (message, help) = match given {
                Some(name) => (format!("`{key}` has no effect on `{name}`, which is not part of this profile"), "set it where the trail is made"),
                None => (format!("`{key}` has no effect without a trail"), "set `trail: create`, or remove it"),
            };
            findings.push(Finding::new(Code::SettingIgnored, at(key), message).help(help));
        }
    }
}

/// The bucket that receives the records, where it is named.
fn target(subject: &Subject<'_>, trail: &CloudTrail, findings: &mut Vec<Finding>) {
    let Some(name) = trail.to.given() else { return };
    let bucket = &subject.profile.bucket;
    if bucket.is_called(&name) {
        findings.push(
            Finding::new(Code::LogsToSelf, at("to"), format!("what happens to `{name}` would be recorded in it, which is recorded again"))
                .also(path!["bucket", "name"], "the same bucket")
                .help("use `create` for a companion bucket, or name another bucket"),
        );
        return;
    }
    if [bucket.companion_name("logs"), bucket.companion_name("trail")].contains(&bucket.settled(&name)) {
        findings.push(
            Finding::new(Code::LogTargetUnfit, at("to"), format!("`{name}` is a companion of the bucket, whose policy the profile writes"))
                .help("use `create`, which makes a companion for the trail"),
        );
        return;
    }
    let message = format!("the policy of `{name}` must let CloudTrail deliver, and is not part of this profile");
    findings.push(Finding::new(Code::LogTargetElsewhere, at("to"), message).help("follow the step in the runbook, or use `create`"));
    if subject.is_written(&at("retain_days")) && !trail.log_group {
        let message = format!("`retain_days` has no effect on `{name}`, which is not part of this profile");
        findings
            .push(Finding::new(Code::SettingIgnored, at("retain_days"), message).help("remove it, and set a lifecycle where that bucket is defined"));
    }
}
