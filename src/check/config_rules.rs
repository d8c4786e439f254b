//! Rules of AWS Config that cannot be about the bucket, or contradict the profile, and settings that none of them watches.

use super::Subject;
use crate::diag::{Code, Finding, Path};
use crate::path;
use crate::plan::{Algorithm, Ownership, Versioning};
use crate::profile::Profile;
use crate::protect::access_logs::Target;
use crate::protect::monitoring::config::{Config, Remediate, Rules};
use crate::protect::monitoring::rules::{About, Rule, RuleName};
use crate::protect::public_access::Switches;

pub(super) fn check(subject: &Subject<'_>, findings: &mut Vec<Finding>) {
    let Some(config) = &subject.profile.monitoring.config else { return };
    if let Rules::Named(names) = &config.rules {
        for (at, rule) in names.iter().enumerate().filter_map(|(at, name)| Some((at, name.rule()?))) {
            findings.extend(unfit(rule, subject, path!["monitoring", "config", "rules", at]));
        }
    }
    for (at, setting) in config.remediate.iter().enumerate() {
        findings.extend(unwatched(*setting, config, subject.profile, path!["monitoring", "config", "remediate", at]));
    }
}

fn unfit(rule: &Rule, subject: &Subject<'_>, place: Path) -> Option<Finding> {
    let name = rule.name;
    if let About::Unfit(why) = rule.about {
        return Some(
            Finding::new(Code::ConfigRuleUnfit, place, format!("`{name}` cannot watch this bucket: {why}"))
                .help("leave it out, and set it up once for the account"),
        );
    }
    let region = subject.profile.bucket.region.as_ref().map(|region| region.as_str()).filter(|region| rule.not_in.contains(region));
    if let Some(region) = region {
        return Some(
            Finding::new(Code::ConfigRuleUnfit, place, format!("AWS Config has no `{name}` in `{region}`"))
                .also(path!["bucket", "region"], "the region")
                .help("leave it out"),
        );
    }
    let (at, what) = contradiction(name, subject.profile)?;
    let message = format!("`{name}` will never be satisfied: {what}");
    Some(Finding::new(Code::ConfigRuleContradicted, place, message).also(at, "the setting").help("change the setting, or leave the rule out"))
}

/// The setting that the rule finds fault with, and what is wrong with it.
fn contradiction(rule: &str, profile: &Profile) -> Option<(Path, &'static str)> {
    let unless = |good: bool, at: Path, what: &'static str| (!good).then_some((at, what));
    let bucket = &profile.bucket;
    match rule {
        "s3-bucket-acl-prohibited" => {
            unless(bucket.ownership == Ownership::Enforced, path!["bucket", "ownership"], "ACLs are enabled")
        }
        "s3-bucket-default-lock-enabled" => unless(bucket.object_lock.is_some(), path!["bucket"], "there is no Object Lock"),
        "s3-bucket-level-public-access-prohibited" => unless(
            profile.public_access.block.switches() == Switches::ALL,
            path!["public_access", "block"],
            "Block Public Access is not on as a whole",
        ),
        "s3-bucket-logging-enabled" => {
            unless(profile.logging.server_access.to.target() != Target::None, path!["logging", "server_access", "to"], "there are no access logs")
        }
        "s3-bucket-mfa-delete-enabled" => unless(profile.mfa.delete, path!["mfa"], "there is no MFA delete"),
        "s3-bucket-replication-enabled" | "s3-bucket-cross-region-replication-enabled" => {
            unless(bucket.replication.is_some(), path!["bucket"], "nothing is replicated")
        }
        "s3-bucket-ssl-requests-only" => unless(profile.transport.https_only, path!["transport", "https_only"], "plain HTTP is let in"),
        "s3-bucket-versioning-enabled" => {
            unless(bucket.versioning == Versioning::Enabled, path!["bucket", "versioning"], "versions are not kept")
        }
        "s3-default-encryption-kms" => {
            unless(profile.encryption.algorithm != Algorithm::SseS3, path!["encryption", "algorithm"], "the bucket uses SSE-S3")
        }
        _ => None,
    }
}

/// A setting that nothing would find changed.
fn unwatched(setting: Remediate, config: &Config, profile: &Profile, place: Path) -> Option<Finding> {
    let word = setting.word();
    let without = |message: String| Finding::new(Code::RemediationWithoutRule, place.clone(), message);
    let missing = match setting {
        // It wants a key and one layer, and no rule looks at anything else.
        Remediate::Encryption if profile.encryption.algorithm != Algorithm::SseKms => {
            let algorithm = profile.encryption.algorithm.word();
            let message = format!("no rule finds that somebody changed `{algorithm}`, so `encryption` cannot be put back");
            return Some(without(message).also(path!["encryption", "algorithm"], "the algorithm").help("leave it out, or use `sse-kms`"));
        }
        _ => contradiction(setting.rule(), profile),
    };
    if let Some((at, what)) = missing {
        return Some(without(format!("`{word}` cannot be put back: {what}")).also(at, "the setting").help("leave it out"));
    }
    let Rules::Named(names) = &config.rules else { return None };
    if names.iter().map(RuleName::as_str).any(|name| name == setting.rule()) {
        return None;
    }
    let message = format!("`{word}` is put back when `{}` finds it changed, which is not among the rules", setting.rule());
    Some(without(message).also(path!["monitoring", "config", "rules"], "the rules").help("add the rule, or use `rules: auto`"))
}
