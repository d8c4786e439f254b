//! How each demand is judged: looks at the resources of a plan, and names the property or statement that meets it.

use super::{Evidence, Evidenced, Verdict};
use crate::expr::{Expr, LogicalId, Part, Pseudo};
use crate::plan::{
    Algorithm, BUCKET, Bucket, Field, FieldMatch, Grantee, Kind, LOG_BUCKET, Ownership, PublicAccessBlock, Resource, TRAIL_BUCKET, Trail,
    Versioning,
};
use crate::policy::{Action, Actions, Base, Condition, Document, Effect, Element, Key, Level, Principal, Principals, Statement};
use crate::verify::{self, Environment, Reason};

const ACCOUNT: &str = "it is about the account as a whole: a matter for a profile of `kind: account`";

const NO_BUCKET: &str = "the plan has no bucket of its own";

fn at(resource: &LogicalId, at: impl Into<String>) -> Evidence {
    Evidence { resource: Some(resource.clone()), at: at.into() }
}

fn unmet(missing: impl Into<String>, key: &'static str) -> Verdict {
    Verdict::Unmet { missing: missing.into(), key }
}

/// The verdict on several things that all must hold: the first that is not met, or that cannot be, speaks for all.
/// Nothing to look at is a plan without buckets, as that of an account can be.
pub(super) fn together(verdicts: Vec<Verdict>) -> Verdict {
    let mut evidence = Vec::new();
    let (mut conflict, mut reason) = (None, None);
    let mut satisfied = false;
    for verdict in verdicts {
        match verdict {
            Verdict::Unmet { .. } => return verdict,
            Verdict::Conflict(_) => conflict = conflict.or(Some(verdict)),
            Verdict::NotApplicable(why) => reason = reason.or(Some(why)),
            Verdict::Satisfied(more) => {
                satisfied = true;
                more.into_iter().for_each(|one| {
                    if !evidence.contains(&one) {
                        evidence.push(one)
                    }
                });
            }
        }
    }
    match conflict {
        Some(conflict) => conflict,
        None if satisfied => Verdict::Satisfied(evidence),
        None => Verdict::NotApplicable(reason.unwrap_or(NO_BUCKET)),
    }
}

/// A setting that every bucket of the plan must have.
fn each(seen: &Evidenced<'_>, has: impl Fn(&Bucket) -> bool, property: &str, missing: &str, key: &'static str) -> Verdict {
    let one = |(resource, bucket): (&Resource, &Bucket)| match has(bucket) {
        true => Verdict::Satisfied(vec![at(&resource.id, property)]),
        false => unmet(format!("`{}` {missing}", resource.id), key),
    };
    together(seen.plan.buckets().map(one).collect())
}

/// A setting of the bucket that the profile is about; what it is for decides of its companions.
fn own(seen: &Evidenced<'_>, has: impl Fn(&Bucket) -> bool, property: &str, missing: &str, key: &'static str) -> Verdict {
    match bucket(seen) {
        Some(bucket) if has(bucket) => Verdict::Satisfied(vec![at(&BUCKET, property)]),
        Some(_) => unmet(format!("`{BUCKET}` {missing}"), key),
        None => Verdict::NotApplicable(NO_BUCKET),
    }
}

fn bucket<'a>(seen: &Evidenced<'a>) -> Option<&'a Bucket> {
    seen.plan.buckets().find(|(resource, _)| resource.id == BUCKET).map(|(_, bucket)| bucket)
}

/// The statements of the policies of all buckets, each with the resource that carries it and its bucket.
fn statements<'a>(seen: &Evidenced<'a>) -> impl Iterator<Item = (&'a LogicalId, &'a LogicalId, &'a Document)> {
    seen.plan.resources.iter().filter_map(|resource| match &resource.kind {
        Kind::BucketPolicy { bucket, document, .. } => Some((&resource.id, bucket, document)),
        _ => None,
    })
}

fn sid(statement: &Statement) -> String {
    statement.sid.as_ref().map_or_else(|| "Statement".to_owned(), |sid| sid.to_string())
}

pub(super) fn of_account(seen: &Evidenced<'_>) -> Verdict {
    let block = |resource: &Resource| match &resource.kind {
        Kind::AccountBlock(block) => Some((resource.id.clone(), *block)),
        _ => None,
    };
    match seen.plan.resources.iter().find_map(block) {
        Some((id, ALL_ON)) => Verdict::Satisfied(vec![at(&id, "PublicAccessBlockConfiguration")]),
        Some((id, _)) => unmet(format!("`{id}` has a switch of Block Public Access off"), "public_access.block"),
        None => Verdict::NotApplicable(ACCOUNT),
    }
}

const MACIE: &str = "Macie is switched on for an account and region: a matter for a profile of `kind: account`";

pub(super) fn macie(seen: &Evidenced<'_>) -> Verdict {
    match some(seen, |kind| matches!(kind, Kind::MacieSession(_)), "Status") {
        Verdict::NotApplicable(_) => Verdict::NotApplicable(MACIE),
        verdict => verdict,
    }
}

/// Automated discovery: a step of the runbook switches it on.
pub(super) fn automated_discovery(seen: &Evidenced<'_>) -> Verdict {
    if seen.plan.steps.iter().any(|step| step.path == crate::path!["monitoring", "macie", "automated_discovery"]) {
        return Verdict::Satisfied(vec![Evidence { resource: None, at: "the step of the runbook that switches it on".to_owned() }]);
    }
    match macie(seen) {
        Verdict::Satisfied(_) => unmet("Macie does not look into objects by itself", "monitoring.macie.automated_discovery"),
        verdict => verdict,
    }
}

/// That something looks into the objects: a job, or Macie by itself.
pub(super) fn classified(seen: &Evidenced<'_>) -> Verdict {
    match (some(seen, |kind| matches!(kind, Kind::ClassificationJob(_)), "s3_job_definition"), automated_discovery(seen)) {
        (job @ Verdict::Satisfied(_), _) => job,
        (_, Verdict::Unmet { .. }) => unmet("Macie is on, and nothing looks into the objects", "monitoring.macie.job"),
        (_, verdict) => verdict,
    }
}

pub(super) fn multi_region_points(_: &Evidenced<'_>) -> Verdict {
    Verdict::NotApplicable("the plan makes no multi-region access point")
}

pub(super) fn directory_buckets(_: &Evidenced<'_>) -> Verdict {
    Verdict::NotApplicable("the plan makes no directory bucket")
}

const ALL_ON: PublicAccessBlock =
    PublicAccessBlock { block_public_acls: true, ignore_public_acls: true, block_public_policy: true, restrict_public_buckets: true };

pub(super) fn block_public_access(seen: &Evidenced<'_>) -> Verdict {
    let missing = "has a switch of Block Public Access off";
    each(seen, |bucket| bucket.public_access_block == ALL_ON, "PublicAccessBlockConfiguration", missing, "public_access.block")
}

pub(super) fn access_points(seen: &Evidenced<'_>) -> Verdict {
    let points: Vec<Verdict> = seen
        .plan
        .access_points()
        .map(|(resource, point)| match point.public_access_block == ALL_ON {
            true => Verdict::Satisfied(vec![at(&resource.id, "PublicAccessBlockConfiguration")]),
            false => unmet(format!("`{}` has a switch of Block Public Access off", resource.id), "access_points.points"),
        })
        .collect();
    if points.is_empty() { Verdict::NotApplicable("the plan makes no access point") } else { together(points) }
}

/// Whether an ACL gives one of these to everybody, or to whoever has an account.
fn acl_opens(bucket: &Bucket, permissions: &[&str]) -> bool {
    let public = |to: &Grantee| matches!(to, Grantee::Group(uri) if uri.ends_with("/AllUsers") || uri.ends_with("/AuthenticatedUsers"));
    bucket.acl.iter().any(|grant| public(&grant.to) && permissions.contains(&grant.permission))
}

/// What no bucket may give to the public: Block Public Access sees to it, or policy and ACL leave it out.
fn closed(seen: &Evidenced<'_>, wanted: impl Fn(Level) -> bool, permissions: &[&str]) -> Verdict {
    let one = |(resource, bucket): (&Resource, &Bucket)| {
        let block = bucket.public_access_block;
        if block.restrict_public_buckets && block.ignore_public_acls {
            return Verdict::Satisfied(vec![at(&resource.id, "PublicAccessBlockConfiguration")]);
        }
        if !block.ignore_public_acls && acl_opens(bucket, permissions) {
            return unmet(format!("the ACL of `{}` gives it to everybody", resource.id), "bucket.acl");
        }
        let acl = match bucket.ownership {
            _ if block.ignore_public_acls => "PublicAccessBlockConfiguration.IgnorePublicAcls",
            Ownership::Enforced => "OwnershipControls",
            _ => "AccessControl",
        };
        let mut evidence = vec![at(&resource.id, acl)];
        for (policy, _, document) in statements(seen).filter(|(_, of, _)| **of == resource.id) {
            let public =
                public(document).filter(|statement| Action::all().any(|action| wanted(action.level()) && covers(statement, action)));
            if let Some(statement) = public.into_iter().next().filter(|_| !block.restrict_public_buckets) {
                return unmet(format!("the statement `{}` of `{policy}` gives it to everybody", sid(statement)), "grants");
            }
            evidence.push(at(policy, "PolicyDocument"));
        }
        Verdict::Satisfied(evidence)
    };
    together(seen.plan.buckets().map(one).collect())
}

/// The statements that S3 calls public.
fn public(document: &Document) -> impl Iterator<Item = &Statement> {
    let reasons = verify::reasons(document, verify::Kind::Bucket, &Environment::default());
    document.statements.iter().zip(reasons).filter(|(_, reason)| matches!(reason, Reason::Public(_))).map(|(statement, _)| statement)
}

fn covers(statement: &Statement, action: Action) -> bool {
    match &statement.action {
        Element::Is(patterns) => patterns.iter().any(|pattern| Actions::matching(pattern).contains(action)),
        Element::Not(patterns) => !patterns.iter().any(|pattern| Actions::matching(pattern).contains(action)),
    }
}

pub(super) fn public_read(seen: &Evidenced<'_>) -> Verdict {
    closed(seen, |level| matches!(level, Level::Read | Level::List), &["READ", "READ_ACP", "FULL_CONTROL"])
}

pub(super) fn public_write(seen: &Evidenced<'_>) -> Verdict {
    closed(seen, |level| !matches!(level, Level::Read | Level::List), &["WRITE", "WRITE_ACP", "FULL_CONTROL"])
}

pub(super) fn nothing_to_everybody(seen: &Evidenced<'_>) -> Verdict {
    let one = |(policy, _, document): (&LogicalId, &LogicalId, &Document)| match public(document).next() {
        Some(statement) => unmet(format!("the statement `{}` of `{policy}` gives to everybody", sid(statement)), "grants"),
        None => Verdict::Satisfied(vec![at(policy, "PolicyDocument")]),
    };
    together(statements(seen).map(one).collect())
}

pub(super) fn transport(seen: &Evidenced<'_>) -> Verdict {
    let one = |(resource, _): (&Resource, &Bucket)| {
        let mut policies = statements(seen).filter(|(_, of, _)| **of == resource.id);
        let found =
            policies.find_map(|(policy, _, document)| Some((policy, document.statements.iter().find(|one| denies_plain_http(one))?)));
        match found {
            Some((policy, statement)) => Verdict::Satisfied(vec![at(policy, sid(statement))]),
            None => unmet(format!("no statement of the policy of `{}` denies plain HTTP", resource.id), "transport.https_only"),
        }
    };
    together(seen.plan.buckets().map(one).collect())
}

/// A denial for everybody, of everything, on bucket and objects, on the one condition.
fn denies_plain_http(statement: &Statement) -> bool {
    let everything = matches!(&statement.action, Element::Is(actions) if actions.iter().any(|action| action == "s3:*" || action == "*"));
    let both = matches!(&statement.resource, Some(Element::Is(resources)) if resources.len() >= 2);
    statement.effect == Effect::Deny
        && statement.principal == Some(Element::Is(Principals::Everyone))
        && everything
        && both
        && statement.condition == [Condition::one(Base::Bool, Key::SecureTransport, "false")]
}

/// What Security Hub does not want in the hands of other accounts (parameters of S3.6).
const NOT_FOR_OTHERS: [&str; 5] =
    ["s3:DeleteBucketPolicy", "s3:PutBucketAcl", "s3:PutBucketPolicy", "s3:PutEncryptionConfiguration", "s3:PutObjectAcl"];

pub(super) fn other_accounts(seen: &Evidenced<'_>) -> Verdict {
    let one = |(policy, _, document): (&LogicalId, &LogicalId, &Document)| {
        let gives = |statement: &&Statement| {
            statement.effect == Effect::Allow
                && NOT_FOR_OTHERS.into_iter().filter_map(Action::parse).any(|action| covers(statement, action))
                && is_for_others(statement, seen.account)
        };
        match document.statements.iter().find(gives) {
            Some(statement) => {
                unmet(format!("the statement `{}` of `{policy}` gives such a right to another account", sid(statement)), "grants")
            }
            None => Verdict::Satisfied(vec![at(policy, "PolicyDocument")]),
        }
    };
    together(statements(seen).map(one).collect())
}

/// Whether somebody outside of the account is among the principals. Services are not: they are no account.
fn is_for_others(statement: &Statement, account: Option<&str>) -> bool {
    let own = account.unwrap_or("own");
    // An ARN, or an account by its number; resources of the plan are in the account.
    let inside = |value: &Expr| {
        let text = value.resolve(|part| match part {
            Part::Text(text) => text.as_ref().into(),
            Part::Pseudo(Pseudo::AccountId) => own.into(),
            Part::Pseudo(_) | Part::Parameter(_) | Part::Reference(..) => "".into(),
        });
        text == own || text.split(':').nth(4) == Some(own) || value.parts().iter().any(|part| matches!(part, Part::Reference(..)))
    };
    match &statement.principal {
        Some(Element::Is(Principals::Of(all))) => all.iter().any(|one| !matches!(one, Principal::Service(_)) && !inside(one.value())),
        Some(_) => true,
        None => false,
    }
}

/// To another region: copies in the same one are no cross-region replication.
pub(super) fn replication(seen: &Evidenced<'_>) -> Verdict {
    let away = |bucket: &Bucket| bucket.replication.as_ref().is_some_and(|replication| replication.region.is_some());
    own(seen, away, "ReplicationConfiguration", "is not replicated to another region", "bucket.replication")
}

/// Whether S3 delivers access logs to the bucket.
fn receives_logs(seen: &Evidenced<'_>, id: &LogicalId) -> bool {
    let service =
        |principal: &Principal| matches!(principal, Principal::Service(name) if name.as_text() == Some("logging.s3.amazonaws.com"));
    let takes = |statement: &Statement| {
        statement.effect == Effect::Allow
            && matches!(&statement.principal, Some(Element::Is(Principals::Of(all))) if all.iter().any(service))
    };
    *id == LOG_BUCKET || statements(seen).any(|(_, of, document)| of == id && document.statements.iter().any(takes))
}

pub(super) fn access_logs(seen: &Evidenced<'_>) -> Verdict {
    let one = |(resource, bucket): (&Resource, &Bucket)| match bucket.logging {
        Some(_) => Verdict::Satisfied(vec![at(&resource.id, "LoggingConfiguration")]),
        None if receives_logs(seen, &resource.id) => {
            Verdict::NotApplicable("a bucket that receives access logs would log its own deliveries")
        }
        None => unmet(format!("`{}` has no server access logs", resource.id), logs_key(seen)),
    };
    together(seen.plan.buckets().map(one).collect())
}

/// What changes that a bucket has no access logs.
fn logs_key(seen: &Evidenced<'_>) -> &'static str {
    bucket(seen).map_or("logging.archive", |_| "logging.server_access")
}

fn has_mfa_delete(seen: &Evidenced<'_>) -> bool {
    seen.plan.steps.iter().any(|step| step.path == crate::path!["mfa", "delete"])
}

pub(super) fn mfa_delete(seen: &Evidenced<'_>) -> Verdict {
    if has_mfa_delete(seen) {
        return Verdict::Satisfied(vec![Evidence { resource: None, at: "the step of the runbook that enables it".to_owned() }]);
    }
    match bucket(seen) {
        Some(bucket) if !bucket.lifecycle.is_empty() => {
            Verdict::Conflict("S3 takes no MFA delete beside lifecycle, which S3.10 and S3.13 ask for; S3.20 passes over such buckets")
        }
        Some(_) => unmet(format!("`{BUCKET}` has no MFA delete"), "mfa.delete"),
        None => Verdict::NotApplicable(NO_BUCKET),
    }
}

pub(super) fn lifecycle(seen: &Evidenced<'_>) -> Verdict {
    if has_mfa_delete(seen) {
        return Verdict::Conflict("S3 takes no lifecycle beside MFA delete, which S3.20 asks for");
    }
    each(seen, |bucket| !bucket.lifecycle.is_empty(), "LifecycleConfiguration", "has no lifecycle", "bucket.lifecycle")
}

pub(super) fn lifecycle_of_versions(seen: &Evidenced<'_>) -> Verdict {
    match bucket(seen).map(|bucket| bucket.versioning) {
        Some(Versioning::Enabled) => lifecycle(seen),
        _ => Verdict::NotApplicable("the bucket keeps no versions"),
    }
}

/// EventBridge counts: "Amazon S3 Event Notifications" (Amazon S3 User Guide) names it among the destinations.
pub(super) fn events(seen: &Evidenced<'_>) -> Verdict {
    let property = "NotificationConfiguration.EventBridgeConfiguration";
    own(seen, |bucket| bucket.eventbridge, property, "tells nobody about its events", "bucket.events")
}

pub(super) fn ownership(seen: &Evidenced<'_>) -> Verdict {
    each(seen, |bucket| bucket.ownership == Ownership::Enforced, "OwnershipControls", "lets ACLs count", "bucket.ownership")
}

pub(super) fn versioning(seen: &Evidenced<'_>) -> Verdict {
    let on = |bucket: &Bucket| bucket.versioning == Versioning::Enabled;
    each(seen, on, "VersioningConfiguration", "keeps no versions", "bucket.versioning")
}

pub(super) fn object_lock(seen: &Evidenced<'_>) -> Verdict {
    match bucket(seen) {
        Some(bucket) if bucket.object_lock.is_none() && receives_logs(seen, &BUCKET) => {
            Verdict::Conflict("S3 delivers no access logs to a bucket with default retention")
        }
        _ => own(seen, |bucket| bucket.object_lock.is_some(), "ObjectLockConfiguration", "has no Object Lock", "bucket.object_lock"),
    }
}

pub(super) fn kms(seen: &Evidenced<'_>) -> Verdict {
    let under_kms = |bucket: &Bucket| bucket.encryption.algorithm != Algorithm::SseS3;
    match bucket(seen) {
        Some(bucket) if !under_kms(bucket) && receives_logs(seen, &BUCKET) => {
            Verdict::Conflict("S3 delivers access logs only to buckets whose default is SSE-S3")
        }
        _ => own(seen, under_kms, "BucketEncryption", "is encrypted with keys that S3 holds", "encryption.algorithm"),
    }
}

fn trails<'a>(seen: &Evidenced<'a>) -> impl Iterator<Item = (&'a LogicalId, &'a Trail)> {
    seen.plan.resources.iter().filter_map(|resource| match &resource.kind {
        Kind::Trail(trail) => Some((&resource.id, trail)),
        _ => None,
    })
}

const NO_TRAIL: &str = "the plan makes no trail";

fn trail(seen: &Evidenced<'_>, has: impl Fn(&Trail) -> bool, property: &str, missing: &str, key: &'static str) -> Verdict {
    match trails(seen).next() {
        Some((id, trail)) if has(trail) => Verdict::Satisfied(vec![at(id, property)]),
        Some((id, _)) => unmet(format!("`{id}` {missing}"), key),
        None => Verdict::NotApplicable(NO_TRAIL),
    }
}

pub(super) fn trail_key(seen: &Evidenced<'_>) -> Verdict {
    trail(seen, |trail| trail.key.is_some(), "KMSKeyId", "is not encrypted with a KMS key", "logging.cloudtrail.kms")
}

/// Every trail of a plan validates its files: both targets have it in the trail's template.
pub(super) fn trail_validation(seen: &Evidenced<'_>) -> Verdict {
    trail(seen, |_| true, "EnableLogFileValidation", "", "logging.cloudtrail")
}

pub(super) fn trail_log_group(seen: &Evidenced<'_>) -> Verdict {
    let missing = "delivers to no log group";
    trail(seen, |trail| trail.logs.is_some(), "CloudWatchLogsLogGroupArn", missing, "logging.cloudtrail.log_group")
}

fn trail_bucket(seen: &Evidenced<'_>, has: impl Fn(&Bucket) -> bool, property: &str, missing: &str, key: &'static str) -> Verdict {
    match seen.plan.buckets().find(|(resource, _)| resource.id == TRAIL_BUCKET) {
        Some((_, bucket)) if has(bucket) => Verdict::Satisfied(vec![at(&TRAIL_BUCKET, property)]),
        Some(_) => unmet(format!("`{TRAIL_BUCKET}` {missing}"), key),
        None => Verdict::NotApplicable("the plan makes no bucket for a trail"),
    }
}

pub(super) fn trail_bucket_closed(seen: &Evidenced<'_>) -> Verdict {
    let missing = "has a switch of Block Public Access off";
    trail_bucket(seen, |bucket| bucket.public_access_block == ALL_ON, "PublicAccessBlockConfiguration", missing, "logging.cloudtrail")
}

pub(super) fn trail_bucket_logs(seen: &Evidenced<'_>) -> Verdict {
    let (missing, key) = ("has no server access logs", logs_key(seen));
    trail_bucket(seen, |bucket| bucket.logging.is_some(), "LoggingConfiguration", missing, key)
}

/// A multi-region trail whose selector for objects names no bucket and is not for the other kind of event. The rules behind it want
/// "all current and future S3 buckets" ("cloudtrail-all-write-s3-data-event-check", AWS Config Developer Guide).
fn all_objects(seen: &Evidenced<'_>, other: &'static str) -> Verdict {
    let is = |field: &Field, name: &str, word: &'static str| field.name == name && field.is == FieldMatch::Equals(word);
    let mut leaves_out = false;
    for (id, trail) in trails(seen).filter(|(_, trail)| trail.multi_region) {
        let of_objects = trail.selectors.iter().filter(|selector| {
            selector.fields.iter().any(|field| is(field, "resources.type", "AWS::S3::Object"))
                && !selector.fields.iter().any(|field| is(field, "readOnly", other))
        });
        for selector in of_objects {
            match selector.fields.iter().find(|field| field.name == "resources.ARN").map(|field| &field.is) {
                None => return Verdict::Satisfied(vec![at(id, "AdvancedEventSelectors")]),
                Some(FieldMatch::NotStartsWith(_)) => leaves_out = true,
                Some(_) => {}
            }
        }
    }
    if leaves_out {
        return Verdict::Conflict(
            "it asks for all buckets, and the trail leaves out those that receive deliveries: their records would be recorded again",
        );
    }
    Verdict::NotApplicable(
        "it asks for a multi-region trail over all buckets, a matter for a profile of `kind: account`; a bucket's trail records its own",
    )
}

pub(super) fn all_writes(seen: &Evidenced<'_>) -> Verdict {
    all_objects(seen, "true")
}

pub(super) fn all_reads(seen: &Evidenced<'_>) -> Verdict {
    all_objects(seen, "false")
}

/// The first resource that fits, or the reason why none has to.
fn some(seen: &Evidenced<'_>, fits: impl Fn(&Kind) -> bool, property: &str) -> Verdict {
    match seen.plan.resources.iter().find(|resource| fits(&resource.kind)) {
        Some(resource) => Verdict::Satisfied(vec![at(&resource.id, property)]),
        None => Verdict::NotApplicable(ACCOUNT),
    }
}

pub(super) fn policy_changes(seen: &Evidenced<'_>) -> Verdict {
    let watches =
        |resource: &&Resource| matches!(resource.kind, Kind::EventRule(_)) && resource.id == LogicalId::derived("Alert", "policy-change");
    match seen.plan.resources.iter().find(watches) {
        Some(resource) => Verdict::Satisfied(vec![at(&resource.id, "EventPattern")]),
        None => unmet("no rule tells of changes of the bucket's policy", "monitoring.alerts.on"),
    }
}

pub(super) fn analyzer(seen: &Evidenced<'_>) -> Verdict {
    some(seen, |kind| matches!(kind, Kind::Analyzer(one) if matches!(one.kind, "ACCOUNT" | "ORGANIZATION")), "Type")
}

pub(super) fn guardduty(seen: &Evidenced<'_>) -> Verdict {
    let blind = |resource: &&Resource| matches!(&resource.kind, Kind::Detector(one) if !one.s3_protection);
    match seen.plan.resources.iter().find(blind) {
        Some(resource) => {
            unmet(format!("`{}` does not look at what is done with objects", resource.id), "monitoring.guardduty.s3_protection")
        }
        None => some(seen, |kind| matches!(kind, Kind::Detector(_)), "Features"),
    }
}
