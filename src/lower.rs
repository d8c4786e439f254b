//! Lowering: a complete profile becomes a plan.
//!
//! In: a [`Profile`]. Out: a [`Plan`], the same for the same profile. Protections are put on the bucket in one fixed
//! order, then on the companion bucket that receives its logs. Never: a decision about what is right; checks did that.

use crate::diag::Path;
use crate::expr::{Attribute, Expr, LogicalId};
use crate::names::{Invalid, TagKey, TagValue};
use crate::path;
use crate::plan::{
    self, BUCKET, CONFIG_BUCKET, KEY, Kind, LOG_BUCKET, MACIE_BUCKET, Output, Ownership, Plan, Resource, TRAIL, TRAIL_BUCKET, Tags,
    Versioning,
};
use crate::policy::{Document, Origin};
use crate::profile::Profile;
use crate::protect::access_logs::Target;
use crate::protect::adoption::SidPattern;
use crate::protect::alerts::About;
use crate::protect::bucket::Events;
use crate::protect::cloudtrail::Scope;
use crate::protect::encryption::Encryption;
use crate::protect::lifecycle::{CleanUp, Days, Lifecycle, Never};
use crate::protect::monitoring::Singleton;
use crate::protect::network::Network;
use crate::protect::public_access::{All, Block, PublicAccess};
use crate::protect::transport::Transport;
use crate::protect::versions::Guard;
use crate::protect::{
    Draft, Protection, access_points, acl, adoption, bucket, cors, denies, grants, key_use, managed_policies, mfa_access, repair, uses,
};

mod account;
mod merge;
mod parameters;
mod suppress;

pub use account::account;

/// Days for which the companion keeps versions of logs that were overwritten or deleted.
const LOG_VERSIONS_DAYS: u32 = 7;

/// The plan of a profile. The error is a fault of this program: a name that it makes itself is not one.
pub fn lower(profile: &Profile) -> Result<Plan, Invalid> {
    let mut plan = Plan::new(profile.name.clone(), profile.description.clone());
    let (account, region) = (profile.bucket.account.as_ref(), profile.bucket.region.as_ref());
    let mut main = Draft::new(BUCKET, account, region, plan::Bucket::new(profile.bucket.full_name()));
    plan.region = region.cloned();
    plan.parameters = parameters::lower(&profile.parameters)?;
    main.bucket.tags = tags(profile)?;
    profile.bucket.lower(&mut main);
    profile.public_access.lower(&mut main);
    profile.bucket.ownership.lower(&mut main);
    profile.transport.lower(&mut main);
    profile.encryption.lower(&mut main);
    profile.bucket.versioning.lower(&mut main);
    // S3 takes no lifecycle beside MFA delete, so the defaults go; a lifecycle that was written is refused before.
    if !profile.mfa.delete {
        CleanUp(&profile.bucket.lifecycle, profile.bucket.versioning).lower(&mut main);
    }
    if let Some(lock) = &profile.bucket.object_lock {
        lock.lower(&mut main);
    }
    Guard(&profile.bucket.protect_versions, &profile.mfa).lower(&mut main);
    profile.mfa.lower(&mut main);
    acl::lower(&profile.bucket.acl, region.map_or("aws", |region| region.partition().id), &mut main);
    cors::lower(&profile.bucket.cors, &mut main);
    adoption::lower(profile.bucket.existing, profile.bucket.policy.as_ref(), &mut main);
    main.bucket.eventbridge = profile.bucket.events == Events::Eventbridge;
    if let Some(replication) = &profile.bucket.replication {
        replication.lower(&mut main);
    }
    profile.monitoring.roles(&mut main);
    if let Some(network) = &profile.network {
        network.lower(&mut main);
    }
    // After whatever makes roles: they work unattended, and none has a device.
    mfa_access::Guard { verbs: &profile.mfa.access, except: &profile.mfa.except, mfa_delete: profile.mfa.delete }.lower(&mut main);
    profile.presigned_urls.lower(&mut main);
    grants::lower(&profile.grants, &mut main);
    let of_points = || profile.access_points.iter().flat_map(|section| section.grants(&[])).map(|(.., grant)| grant);
    grants::promise(profile.grants.iter().chain(of_points()), &mut main);
    managed_policies::lower(&profile.grants, &mut main);
    denies::lower(&profile.denies, &mut main);
    if let Some(points) = &profile.access_points {
        let spared = profile.network.iter().flat_map(Network::past_access_points);
        let spared: Vec<Expr> = spared.map(|identity| identity.pattern(&main.account)).collect();
        access_points::lower(points, &profile.grants, &spared, &mut main);
    }
    // IAM policies carry rights on keys themselves.
    key_use::lower(profile.grants.iter().filter(|grant| !grant.via.is_iam()).chain(of_points()), &mut main);
    let logs = &profile.logging.server_access;
    logs.send(&mut main);
    let results = profile.bucket.companion_name("macie");
    profile.monitoring.lower(profile.grants.iter().chain(of_points()), &results, &mut main);
    if let Some(network) = &profile.network {
        repair::exempt(&network.repairers(&main.account), &mut main);
    }
    suppress::answered(profile, &mut main);
    let trail = &profile.logging.cloudtrail;
    trail.send(&mut main);
    if let Some(alerts) = &profile.monitoring.alerts {
        alerts.lower(About::Bucket, trail.name(&main).as_deref(), &mut main);
    }
    let mut receivers = receivers(profile, &main)?;
    if logs.to.target() == Target::Create {
        let companion = for_access_logs(profile, &main, &receivers)?;
        let policy = policy_id(&companion.id);
        receivers.iter_mut().for_each(|(bucket, _)| bucket.after.push(policy.clone()));
        main.after.push(policy);
        assemble(companion, &mut plan, "receives the access logs of the bucket");
    }
    if trail.trail.creates() {
        let bucket = receivers.iter_mut().map(|(bucket, _)| bucket).find(|bucket| bucket.id == TRAIL_BUCKET);
        let made = trail.make(&Scope::of(&main), &main, bucket.as_ref().map(|bucket| &bucket.id));
        main.claims.extend(uses::promise(&made, &main));
        match bucket {
            Some(bucket) => bucket.dependents = made,
            None => plan.resources.extend(made),
        }
    }
    for (bucket, reason) in receivers {
        assemble(bucket, &mut plan, reason);
    }
    assemble(main, &mut plan, "the bucket of the profile");
    if let Some(imported) = &profile.bucket.imported {
        plan.adopts = imported.adopted();
    }
    outputs(&mut plan);
    Ok(plan)
}

/// The profile's tags, and its owner as one of them.
fn tags(profile: &Profile) -> Result<Tags, Invalid> {
    let mut tags = profile.bucket.tags.clone();
    // Tag keys of IAM ignore case, so that `Owner` and `owner` on one role would clash.
    if !tags.keys().any(|key| key.as_str().eq_ignore_ascii_case("owner")) {
        tags.extend(tags_of(profile.owner.as_ref())?);
    }
    Ok(tags)
}

fn tags_of(owner: Option<&TagValue>) -> Result<Tags, Invalid> {
    owner.map(|owner| Ok(("owner".parse::<TagKey>()?, owner.clone()))).into_iter().collect()
}

/// The bucket that receives the access logs of `main`, and of the other companions. It logs nothing itself.
fn for_access_logs(profile: &Profile, main: &Draft, receivers: &[(Draft, &str)]) -> Result<Draft, Invalid> {
    let logs = &profile.logging.server_access;
    let mut draft = companion(profile, main, (LOG_BUCKET, "logs"), path!["logging", "server_access"], Some(logs.retain_days))?;
    logs.receive(std::iter::once(main).chain(receivers.iter().map(|(bucket, _)| bucket)), &mut draft);
    Ok(draft)
}

/// The buckets that receive what services deliver, other than access logs, each with logs of its own; and why each is there.
fn receivers(profile: &Profile, main: &Draft) -> Result<Vec<(Draft, &'static str)>, Invalid> {
    let mut receivers = Vec::new();
    if let Some(config) = profile.monitoring.config.as_ref().filter(|config| config.recorder == Singleton::Create) {
        let mut records = companion(profile, main, (CONFIG_BUCKET, "config"), path!["monitoring", "config", "recorder"], None)?;
        config.record(&mut records);
        receivers.push((records, "receives what AWS Config records"));
    }
    if let Some(macie) = profile.monitoring.macie.as_ref().filter(|macie| macie.makes_bucket()) {
        let mut results = companion(profile, main, (MACIE_BUCKET, "macie"), path!["monitoring", "macie", "export_to"], None)?;
        macie.receive(&mut results);
        receivers.push((results, "receives what Macie finds"));
    }
    if profile.logging.cloudtrail.creates_bucket() {
        receivers.push((for_trail(profile, main)?, "receives what the trail records"));
    }
    receivers.iter_mut().for_each(|(bucket, _)| profile.logging.server_access.send_of_companion(bucket));
    Ok(receivers)
}

/// The bucket that receives what the trail of `main` records. Not the one for access logs: S3 takes no KMS key and no
/// retention there, who may read the one has no business in the other, and each keeps what it has for a time of its own.
fn for_trail(profile: &Profile, main: &Draft) -> Result<Draft, Invalid> {
    let trail = &profile.logging.cloudtrail;
    let mut draft = companion(profile, main, (TRAIL_BUCKET, "trail"), path!["logging", "cloudtrail"], Some(trail.retain_days))?;
    trail.receive(&Scope::of(main), &mut draft);
    Ok(draft)
}

/// A bucket that receives what a service delivers, hardened like any other: its id, what its name ends with, what asks for it,
/// and how long it keeps what it gets.
fn companion(
    profile: &Profile,
    main: &Draft,
    (id, purpose): (LogicalId, &str),
    asked_by: Path,
    retain: Option<Days>,
) -> Result<Draft, Invalid> {
    let (account, region) = (profile.bucket.account.as_ref(), profile.bucket.region.as_ref());
    let mut draft = Draft::new(id, account, region, plan::Bucket::new(profile.bucket.companion_name(purpose)));
    draft.asked_by = Some(asked_by);
    profile.bucket.lower(&mut draft);
    let lifecycle = profile.bucket.lifecycle.abort_multipart_after_days;
    harden(&mut draft, &main.bucket.tags, &profile.transport, lifecycle, retain)?;
    Ok(draft)
}

/// Puts on a bucket that receives deliveries what every such bucket has.
fn harden(
    draft: &mut Draft,
    tags: &Tags,
    transport: &Transport,
    abort_multipart_after_days: Days,
    retain: Option<Days>,
) -> Result<(), Invalid> {
    draft.bucket.tags.clone_from(tags);
    PublicAccess { block: Block::All(All::All) }.lower(draft);
    Ownership::Enforced.lower(draft);
    transport.lower(draft);
    // S3 delivers access logs to buckets with SSE-S3 only ("Enabling Amazon S3 server access logging"); a trail names its key
    // with each delivery.
    Encryption::sse_s3()?.lower(draft);
    Versioning::Enabled.lower(draft);
    let lifecycle = Lifecycle {
        abort_multipart_after_days,
        expire_noncurrent_after_days: match retain {
            Some(Days::Never(Never::Never)) => Days::Never(Never::Never),
            Some(Days::After(_)) | None => Days::After(LOG_VERSIONS_DAYS),
        },
        expire_after_days: retain,
        transitions: Vec::new(),
    };
    CleanUp(&lifecycle, Versioning::Enabled).lower(draft);
    Ok(())
}

fn policy_id(bucket: &LogicalId) -> LogicalId {
    LogicalId::derived(&format!("{bucket}Policy"), "")
}

/// Puts a finished draft into the plan: what it needs, the bucket, its policy.
fn assemble(draft: Draft, plan: &mut Plan, reason: &'static str) {
    let path = draft.asked_by.clone().unwrap_or(path!["bucket"]);
    let origin = |path: Path, reason: &'static str| Origin { path, protection: bucket::META.id, reason: reason.into() };
    plan.resources.extend(draft.needs);
    let unasked = suppress::unasked(&draft.bucket);
    let resource = Resource::new(draft.id.clone(), Kind::Bucket(Box::new(draft.bucket)), origin(path.clone(), reason))
        .after(draft.after)
        .retained(draft.retain)
        .suppressing(draft.bucket_suppressions)
        .suppressing(unasked);
    plan.resources.push(resource);
    if !draft.statements.is_empty() {
        let wide = suppress::wide(&draft.statements);
        let document = merge::within(Document { statements: draft.statements, ..Document::default() }, Document::BUCKET_POLICY_LIMIT);
        let keep = draft.keep.iter().map(SidPattern::regex).collect();
        let kind = Kind::BucketPolicy { bucket: draft.id.clone(), document, keep };
        let resource = Resource::new(policy_id(&draft.id), kind, origin(path, "what may be done with it, and how"));
        plan.resources.push(resource.suppressing(draft.policy_suppressions).suppressing(wide));
    }
    // S3 takes one change of a bucket's policies at a time.
    let policy = policy_id(&draft.id);
    let policy = plan.resource(&policy).map(|_| policy);
    for mut dependent in draft.dependents {
        match &mut dependent.kind {
            Kind::AccessPoint(point) => {
                point.policy = point.policy.take().map(|policy| merge::within(policy, Document::BUCKET_POLICY_LIMIT));
                dependent = dependent.after(policy.clone());
            }
            // CloudTrail tries to deliver when the trail is made.
            Kind::Trail(_) => dependent = dependent.after(policy.clone()),
            _ => {}
        }
        plan.resources.push(dependent);
    }
    plan.claims.extend(draft.claims);
    plan.steps.extend(draft.steps);
}

/// Names and ARNs that other stacks ask for.
fn outputs(plan: &mut Plan) {
    let has = |id: &LogicalId| plan.resource(id).is_some();
    let mut outputs = vec![
        output("BucketName", "name of the bucket", BUCKET, Attribute::Id),
        output("BucketArn", "ARN of the bucket", BUCKET, Attribute::Arn),
    ];
    if has(&LOG_BUCKET) {
        outputs.push(output("LogBucketName", "name of the bucket that receives the access logs", LOG_BUCKET, Attribute::Id));
    }
    if has(&CONFIG_BUCKET) {
        outputs.push(output("ConfigBucketName", "name of the bucket that receives what AWS Config records", CONFIG_BUCKET, Attribute::Id));
    }
    if has(&MACIE_BUCKET) {
        outputs.push(output("MacieBucketName", "name of the bucket that receives what Macie finds", MACIE_BUCKET, Attribute::Id));
    }
    if has(&TRAIL) {
        outputs.push(output("TrailArn", "ARN of the trail", TRAIL, Attribute::Arn));
    }
    if has(&TRAIL_BUCKET) {
        outputs.push(output("TrailBucketName", "name of the bucket that receives what the trail records", TRAIL_BUCKET, Attribute::Id));
    }
    if has(&KEY) {
        outputs.push(output("KeyArn", "ARN of the KMS key", KEY, Attribute::Arn));
    }
    for (resource, _) in plan.access_points() {
        for (attribute, word, description) in access_points::OUTPUTS {
            let name = LogicalId::derived(&format!("{}{word}", resource.id), "");
            outputs.push(Output { name, description, value: resource.reference(attribute) });
        }
    }
    plan.outputs = outputs;
}

fn output(name: &'static str, description: &'static str, id: LogicalId, attribute: Attribute) -> Output {
    Output { name: LogicalId::fixed(name), description, value: Expr::reference(id, attribute) }
}
