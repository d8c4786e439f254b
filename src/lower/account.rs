//! Lowering of an account profile: buckets that receive, and what exists once in an account and region.
//!
//! In: an [`AccountProfile`]. Out: a [`Plan`]. What looks at every bucket hangs on a draft that is no bucket itself: it lends its
//! name, account and region.

use super::{LOG_VERSIONS_DAYS, assemble, harden, output, policy_id, tags_of};
use crate::expr::{Attribute, Expr, LogicalId};
use crate::names::{BucketName, Invalid};
use crate::path;
use crate::plan::{self, ARCHIVE, CONFIG_BUCKET, LogFormat, Logging, MACIE_BUCKET, Plan, TRAIL, TRAIL_BUCKET};
use crate::profile::AccountProfile;
use crate::protect::alerts::About;
use crate::protect::cloudtrail::Scope;
use crate::protect::lifecycle::Days;
use crate::protect::monitoring::guardduty::GuardDuty;
use crate::protect::monitoring::macie::Scope as Looks;
use crate::protect::monitoring::{Singleton, config};
use crate::protect::transport::{TlsVersion, Transport};
use crate::protect::{Draft, access_logs, adoption, uses};

/// What hangs on the account and on no bucket.
const ACCOUNT: LogicalId = LogicalId::fixed("Account");

/// The plan of an account profile.
pub fn account(profile: &AccountProfile) -> Result<Plan, Invalid> {
    let mut plan = Plan::new(profile.name.clone(), profile.description.clone());
    plan.region = Some(profile.region.clone());
    plan.parameters = super::parameters::lower(&profile.parameters)?;
    let name = BucketName::of_account(&profile.name, &profile.account, &profile.region);
    let mut whole = draft(profile, ACCOUNT, name.clone());
    whole.bucket.tags = tags_of(profile.owner.as_ref())?;
    profile.public_access.for_account(&mut whole);

    let mut receivers = Vec::new();
    let archive = profile.logging.archive.as_ref();
    if let Some(archive) = archive {
        let at = path!["logging", "archive"];
        let mut bucket = receiver(profile, &whole, (ARCHIVE, profile.settled(&archive.name)), at, Some(archive.retain_days))?;
        let from: Vec<BucketName> = archive.from.iter().map(|name| profile.settled(name)).collect();
        access_logs::archive(&from, &mut bucket);
        receivers.push((bucket, "receives the access logs of buckets of the account"));
    }
    let recorder = profile.monitoring.config.as_ref().map(|config| config.recorder);
    if recorder == Some(Singleton::Create) {
        let at = path!["monitoring", "config", "recorder"];
        let mut bucket = receiver(profile, &whole, (CONFIG_BUCKET, name.companion("config", BucketName::MAX)), at, None)?;
        config::record_into(&mut bucket);
        receivers.push((bucket, "receives what AWS Config records"));
    }
    let macie = profile.monitoring.macie.as_ref();
    let results = name.companion("macie", BucketName::MAX);
    if let Some(macie) = macie.filter(|macie| macie.makes_bucket()) {
        let at = path!["monitoring", "macie", "export_to"];
        let mut bucket = receiver(profile, &whole, (MACIE_BUCKET, results.clone()), at, None)?;
        macie.receive(&mut bucket);
        receivers.push((bucket, "receives what Macie finds"));
    }
    let trail = profile.logging.cloudtrail.as_ref().map(|trail| trail.trail()).transpose()?;
    if let Some(trail) = &trail {
        let at = path!["logging", "cloudtrail"];
        let mut bucket = receiver(profile, &whole, (TRAIL_BUCKET, name.companion("trail", BucketName::MAX)), at, Some(trail.retain_days))?;
        let arns = receivers.iter().map(|(bucket, _)| bucket.arn()).chain([bucket.arn()]).collect();
        let scope = Scope::Account { name: name.clone(), receivers: arns };
        trail.receive(&scope, &mut bucket);
        trail.promise(&scope, &mut whole);
        bucket.dependents = trail.make(&scope, &whole, Some(&bucket.id));
        whole.claims.extend(uses::promise(&bucket.dependents, &whole));
        receivers.push((bucket, "receives what the trail records"));
    }
    if let Some(config) = &profile.monitoring.config {
        config::for_account(config.recorder, &config.remediate, macie, &mut whole);
    }
    if let Some(analyzer) = &profile.monitoring.access_analyzer {
        analyzer.analyzers().lower(std::iter::empty(), &mut whole);
    }
    if let Some(guardduty) = profile.monitoring.guardduty {
        GuardDuty { detector: guardduty.detector, s3_protection: guardduty.s3_protection, malware_scan: false }.lower(&mut whole);
    }
    if let Some(macie) = macie {
        let receivers = receivers.iter().map(|(bucket, _)| (bucket.id.clone(), bucket.bucket.name.clone())).collect();
        macie.for_account(&mut whole);
        macie.lower(&Looks::Account(receivers), &results, &mut whole);
    }
    if let Some(alerts) = &profile.monitoring.alerts {
        let trail = trail.as_ref().map(|_| plan::Trail::name_for(&name));
        alerts.lower(About::Account, trail.as_deref(), &mut whole);
    }
    if let Some(perimeter) = &profile.perimeter {
        plan.detached = perimeter.lower((&profile.account, &profile.region), profile.name.as_str(), &mut whole);
    }
    let takes_logs = archive.is_some_and(|archive| archive.from.is_empty());
    for (mut bucket, reason) in receivers {
        if bucket.id != ARCHIVE {
            log(&mut bucket, takes_logs);
        }
        assemble(bucket, &mut plan, reason);
    }
    plan.resources.extend(whole.needs);
    plan.resources.extend(whole.dependents);
    plan.claims.extend(whole.claims);
    plan.steps.extend(whole.steps);
    if let Some(imported) = &profile.imported {
        plan.adopts = imported.adopted();
        plan.steps.extend(adoption::of_account(&plan));
    }
    outputs(&mut plan);
    Ok(plan)
}

/// Makes a bucket that receives send its own access logs to the archive, or says why it does not.
fn log(bucket: &mut Draft, takes_logs: bool) {
    if takes_logs {
        let target = Expr::reference(ARCHIVE, Attribute::Id);
        bucket.bucket.logging = Some(Logging { target, prefix: "access/".to_owned(), format: LogFormat::Partitioned });
        bucket.after.push(policy_id(&ARCHIVE));
    } else {
        access_logs::unlogged(bucket);
    }
}

fn draft(profile: &AccountProfile, id: LogicalId, name: BucketName) -> Draft {
    Draft::new(id, Some(&profile.account), Some(&profile.region), plan::Bucket::new(name))
}

/// A bucket that receives what a service delivers.
fn receiver(
    profile: &AccountProfile,
    whole: &Draft,
    (id, name): (LogicalId, BucketName),
    asked_by: crate::diag::Path,
    retain: Option<Days>,
) -> Result<Draft, Invalid> {
    let mut bucket = draft(profile, id, name);
    bucket.asked_by = Some(asked_by);
    let transport = Transport { https_only: true, minimum_tls: TlsVersion::V1_2 };
    harden(&mut bucket, &whole.bucket.tags, &transport, Days::After(LOG_VERSIONS_DAYS), retain)?;
    Ok(bucket)
}

fn outputs(plan: &mut Plan) {
    let has = |id: &LogicalId| plan.resource(id).is_some();
    let all = [
        ("ArchiveName", "name of the bucket that receives access logs", ARCHIVE, Attribute::Id),
        ("ConfigBucketName", "name of the bucket that receives what AWS Config records", CONFIG_BUCKET, Attribute::Id),
        ("MacieBucketName", "name of the bucket that receives what Macie finds", MACIE_BUCKET, Attribute::Id),
        ("TrailBucketName", "name of the bucket that receives what the trail records", TRAIL_BUCKET, Attribute::Id),
        ("TrailArn", "ARN of the trail", TRAIL, Attribute::Arn),
    ];
    let there: Vec<_> = all.into_iter().filter(|(_, _, id, _)| has(id)).collect();
    plan.outputs.extend(there.into_iter().map(|(name, description, id, attribute)| output(name, description, id, attribute)));
}
