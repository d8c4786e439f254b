//! Checks of account profiles.
//!
//! In: an account profile, complete, and what was written. Out: findings.

use super::{alerts, macie, turned_off};
use crate::diag::{Code, Finding};
use crate::path;
use crate::profile::AccountProfile;
use crate::protect::cloudtrail::Kms;

/// Everything that is wrong with an account profile whose every section is well-formed.
pub fn all_of_account(profile: &AccountProfile) -> Vec<Finding> {
    let mut findings = Vec::new();
    public_access(profile, &mut findings);
    trail(profile, &mut findings);
    if let Some(alerting) = &profile.monitoring.alerts {
        let trail = profile.logging.cloudtrail.as_ref();
        let around = alerts::Around {
            recorded: trail.is_some_and(|trail| trail.management),
            counted: trail.is_some_and(|trail| trail.log_group),
            account: Some((&profile.account, path!["account"])),
            region: Some((&profile.region, path!["region"])),
            macie: profile.monitoring.macie.is_some(),
        };
        alerts::about(alerting, &around, &mut findings);
    }
    if let Some(section) = &profile.monitoring.macie {
        let home = macie::Home { region: Some((&profile.region, path!["region"])), bucket: None };
        macie::about(section, &home, &mut findings);
    }
    findings
}

fn public_access(profile: &AccountProfile, findings: &mut Vec<Finding>) {
    let off: Vec<&str> = profile.public_access.block.switches().named().into_iter().filter(|(_, on)| !on).map(|(name, _)| name).collect();
    if !off.is_empty() {
        let message = format!("public access is not blocked for the account: {} is off", off.join(", "));
        findings.push(turned_off(Code::PublicAccessNotBlocked, path!["public_access", "block"], message));
    }
}

fn trail(profile: &AccountProfile, findings: &mut Vec<Finding>) {
    let Some(trail) = &profile.logging.cloudtrail else { return };
    let at = |key: &'static str| path!["logging", "cloudtrail", key];
    if trail.insights && !trail.management {
        findings.push(
            Finding::new(Code::SettingIgnored, at("insights"), "`insights` has no effect on a trail without management events")
                .also(at("management"), "management events")
                .help("set `management: true`, or remove it"),
        );
    }
    if let Kms::Given(key) = &trail.kms {
        let message = format!("the policy of `{key}` is not part of this profile");
        findings.push(
            Finding::new(Code::KeyElsewhere, at("kms"), message)
                .help("follow the step in the runbook, or use `true` for a key of the trail's own"),
        );
        if let Some((_, region)) = key.owner().filter(|(_, region)| *region != profile.region.as_str()) {
            let message = format!("the key is in `{region}`, the trail and its bucket in `{}`", profile.region);
            findings.push(
                Finding::new(Code::KeyInOtherRegion, at("kms"), message)
                    .also(path!["region"], "the region")
                    .help("use a key of the same region; CloudTrail refuses others"),
            );
        }
    }
}
