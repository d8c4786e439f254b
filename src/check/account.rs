//! Checks of account profiles.
//!
//! In: an account profile, complete, and what was written. Out: findings.

use super::lists::{List, Purpose};
use super::{alerts, broad_cidr, cidr_host_bits, macie, private_cidr, turned_off};
use crate::diag::{Code, Finding};
use crate::path;
use crate::profile::AccountProfile;
use crate::protect::cloudtrail::Kms;
use crate::protect::perimeter::Output;
use crate::protect::public_access::Switches;

/// Everything that is wrong with an account profile whose every section is well-formed.
pub fn all_of_account(profile: &AccountProfile) -> Vec<Finding> {
    let mut findings = Vec::new();
    imported(profile, &mut findings);
    public_access(profile, &mut findings);
    perimeter(profile, &mut findings);
    remediation(profile, &mut findings);
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

/// Whatever an import could not express is looked at one by one.
fn imported(profile: &AccountProfile, findings: &mut Vec<Finding>) {
    let lost = profile.imported.iter().flat_map(|imported| &imported.lost);
    findings.extend(lost.enumerate().map(|(number, lost)| {
        let message = format!("the account has something that this profile takes away: {lost}");
        Finding::new(Code::ExistingConfigurationReplaced, path!["imported", "lost", number], message)
            .help("write it into the profile, or remove the line once its owner agrees")
    }));
}

/// What is put back is what the rule looks for: all four switches.
fn remediation(profile: &AccountProfile, findings: &mut Vec<Finding>) {
    let wanted = profile.monitoring.config.as_ref().is_some_and(|config| !config.remediate.is_empty());
    if wanted && profile.public_access.block.switches() != Switches::ALL {
        let message = "`public-access` is put back for every bucket as a whole, and the profile has it on in part only";
        findings.push(
            Finding::new(Code::ConfigRuleContradicted, path!["monitoring", "config", "remediate"], message)
                .also(path!["public_access", "block"], "the setting")
                .help("use `block: all`, or leave `remediate` out and let the profiles of buckets put back what they have"),
        );
    }
}

fn public_access(profile: &AccountProfile, findings: &mut Vec<Finding>) {
    let off: Vec<&str> = profile.public_access.block.switches().named().into_iter().filter(|(_, on)| !on).map(|(name, _)| name).collect();
    if !off.is_empty() {
        let message = format!("public access is not blocked for the account: {} is off", off.join(", "));
        findings.push(turned_off(Code::PublicAccessNotBlocked, path!["public_access", "block"], message));
    }
}

/// The policies of a perimeter belong elsewhere, and their networks are networks like others.
fn perimeter(profile: &AccountProfile, findings: &mut Vec<Finding>) {
    let Some(perimeter) = &profile.perimeter else { return };
    let networks = &perimeter.networks;
    let path = path!["perimeter", "networks"];
    let lists =
        [List { path, purpose: Purpose::Allow, cidrs: &networks.cidrs, vpcs: &networks.vpcs, vpc_endpoints: &networks.vpc_endpoints }];
    for check in [broad_cidr::of, cidr_host_bits::of, private_cidr::of] {
        check(&lists, findings);
    }
    let partition = profile.region.partition().id;
    for (at, region) in perimeter.regions.iter().enumerate().filter(|(_, region)| region.partition().id != partition) {
        let message = format!("`{region}` is in another partition than `{}`", profile.region);
        findings.push(
            Finding::new(Code::PerimeterUnfit, path!["perimeter", "regions", at], message)
                .also(path!["region"], "the region of the profile")
                .help("write a profile for each partition: an organization is in one"),
        );
    }
    let place = |output: Output| {
        let at = perimeter.outputs.iter().position(|one| *one == output);
        at.map(|at| path!["perimeter", "outputs", at])
    };
    for output in [Output::VpcEndpointPolicy, Output::Scp].into_iter().filter(|_| partition != "aws") {
        let Some(path) = place(output) else { continue };
        let message = format!("which buckets AWS's services own in `{partition}` is not documented, and the policy has to name them");
        findings.push(Finding::new(Code::PerimeterUnfit, path, message).help("use `outputs: [rcp]`"));
    }
    if let Some(path) = place(Output::S3Policy)
        && profile.public_access.block.switches().named().iter().any(|(_, on)| !on)
    {
        findings.push(
            Finding::new(Code::PerimeterUnfit, path, "the policy of the organization blocks everything, the account's setting does not")
                .also(path!["public_access", "block"], "the account's setting")
                .help("use `block: all`, or leave `s3-policy` out"),
        );
    }
    for (at, output) in perimeter.outputs.iter().enumerate() {
        let whose = match output {
            Output::VpcEndpointPolicy => "the policy of VPC endpoints is put there by whoever owns them",
            Output::Scp => "the service control policy is attached in the management account",
            Output::Rcp => "the resource control policy is attached in the management account",
            Output::S3Policy => "the policy that blocks public access is attached in the management account",
        };
        let message = format!("{whose}, and no template of this account does it");
        findings.push(
            Finding::new(Code::DoneByHand, path!["perimeter", "outputs", at], message)
                .help("the runbook has the commands, and the file stands below `perimeter/`"),
        );
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
