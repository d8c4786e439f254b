//! What scanners would say about a bucket that somebody has already answered: a waiver of the profile, or a setting
//! that rules the other one out. The answer goes into the output, beside the resource.

use crate::diag::Code;
use crate::plan::{About, Bucket, Kind, Scanner, Suppression};
use crate::policy::{Effect, Element, Statement};
use crate::profile::{Preset, Profile};
use crate::protect::Draft;
use crate::protect::grants::{Grant, Via};
use crate::protect::principal::Grantee;
use crate::protect::public_access::Switches;

use Scanner::{CdkNag, CfnGuard, CfnNag, Checkov, CheckovTerraform, Trivy};

const LOGS: &[(Scanner, &str)] =
    &[(CdkNag, "AwsSolutions-S1"), (CfnGuard, "S3_BUCKET_LOGGING_ENABLED"), (CfnNag, "W35"), (Checkov, "CKV_AWS_18"), (Trivy, "AWS-0089")];

const VERSIONS: &[(Scanner, &str)] = &[(CfnGuard, "S3_BUCKET_VERSIONING_ENABLED"), (Checkov, "CKV_AWS_21"), (Trivy, "AWS-0090")];

const LIFECYCLE: &[(Scanner, &str)] = &[(CheckovTerraform, "CKV2_AWS_61"), (CheckovTerraform, "CKV_AWS_300")];

/// Rules that want all four switches of Block Public Access.
const BLOCK: &[(Scanner, &str)] = &[
    (CdkNag, "AwsSolutions-S2"),
    (CfnGuard, "S3_BUCKET_LEVEL_PUBLIC_ACCESS_PROHIBITED"),
    (CfnGuard, "S3_BUCKET_PUBLIC_READ_PROHIBITED"),
    (CfnGuard, "S3_BUCKET_PUBLIC_WRITE_PROHIBITED"),
    (CheckovTerraform, "CKV2_AWS_6"),
];

/// Rules that want no statement to give to everybody.
const EVERYBODY: &[(Scanner, &str)] = &[(CfnNag, "F16"), (CheckovTerraform, "CKV_AWS_70")];

/// Rules that want every bucket copied.
const COPIES: &[(Scanner, &str)] = &[
    (CdkNag, "HIPAA.Security-S3BucketReplicationEnabled"),
    (CdkNag, "NIST.800.53.R4-S3BucketReplicationEnabled"),
    (CdkNag, "NIST.800.53.R5-S3BucketReplicationEnabled"),
    (CdkNag, "PCI.DSS.321-S3BucketReplicationEnabled"),
    (CfnGuard, "S3_BUCKET_REPLICATION_ENABLED"),
    (CheckovTerraform, "CKV_AWS_144"),
];

/// Rules that want Object Lock on every bucket.
const LOCK: &[(Scanner, &str)] = &[(CdkNag, "NIST.800.53.R4-S3BucketDefaultLockEnabled"), (CfnGuard, "S3_BUCKET_DEFAULT_LOCK_ENABLED")];

/// What rules want of every bucket and this one is not asked to have: no protection that the profile turned off.
pub(super) fn unasked(bucket: &Bucket) -> Vec<Suppression> {
    let mut all = Vec::new();
    let mut put = |raised: bool, reason: &'static str, rules: &[(Scanner, &'static str)]| {
        if raised {
            all.extend(Suppression::all(reason, rules));
        }
    };
    put(bucket.replication.is_none(), "the profile asks for no copies in another bucket", COPIES);
    put(bucket.object_lock.is_none(), "the profile asks for no retention", LOCK);
    put(!bucket.eventbridge, "the profile asks for no events of objects", &[(CheckovTerraform, "CKV2_AWS_62")]);
    let unnamed = "the bucket has no canned ACL, and the rule wants one to be named";
    put(!bucket.acl_is_log_delivery(), unnamed, &[(CfnGuard, "S3_BUCKET_NO_PUBLIC_RW_ACL")]);
    all
}

/// What rules say about statements that allow every action: the profile names them so.
pub(super) fn wide(statements: &[Statement]) -> Vec<Suppression> {
    let every = |statement: &Statement| {
        statement.effect == Effect::Allow
            && matches!(&statement.action, Element::Is(actions) if actions.iter().any(|action| action == "s3:*" || action == "*"))
    };
    match statements.iter().any(every) {
        true => Suppression::all("a grant of the profile is for every action", &[(CfnNag, "F15")]),
        false => Vec::new(),
    }
}

/// Puts the answers on the profile's own bucket.
pub(super) fn answered(profile: &Profile, draft: &mut Draft) {
    let waived = |code: Code| {
        profile.waivers.iter().find(|waiver| waiver.finding.as_deref() == Some(code.name())).map(|waiver| waiver.reason.to_string())
    };
    let everybody = |grant: &&Grant| grant.via == Via::default() && grant.to.contains(&Grantee::Everyone);
    if let Some(grant) = profile.grants.iter().find(everybody) {
        let confined = || format!("the grant {} is for everybody, from where it says", grant.name);
        let reason = waived(Code::PublicAccessNotBlocked).unwrap_or_else(confined);
        draft.policy_suppressions.extend(Suppression::all(reason, EVERYBODY));
    }
    let mut put = |suppressions: Vec<Suppression>, about: About| {
        draft.bucket_suppressions.extend(suppressions.into_iter().map(|suppression| suppression.of(about)));
    };
    if let Some(reason) = waived(Code::PublicAccessNotBlocked) {
        let switches = profile.public_access.block.switches();
        let rules = [
            (switches.public_acls, "CKV_AWS_53", "AWS-0086"),
            (switches.public_policy, "CKV_AWS_54", "AWS-0087"),
            (switches.ignore_acls, "CKV_AWS_55", "AWS-0091"),
            (switches.restrict, "CKV_AWS_56", "AWS-0093"),
        ];
        for (_, checkov, trivy) in rules.into_iter().filter(|(on, ..)| !on) {
            put(Suppression::all(reason.clone(), &[(Checkov, checkov), (Trivy, trivy)]), About::PublicAccessBlock);
        }
        if switches != Switches::ALL {
            put(Suppression::all(reason.clone(), BLOCK), About::Whole);
        }
        for dependent in &mut draft.dependents {
            if matches!(&dependent.kind, Kind::AccessPoint(point) if point.public_access_block != Switches::ALL.into()) {
                dependent.suppressions.extend(Suppression::all(reason.clone(), &[(Checkov, "CKV_AWS_392")]));
            }
        }
    }
    if let Some(reason) = waived(Code::AclsEnabled) {
        put(Suppression::all(reason, &[(CheckovTerraform, "CKV2_AWS_65")]), About::Ownership);
    }
    if let Some(reason) = waived(Code::VersioningOff) {
        put(Suppression::all(reason, VERSIONS), About::Whole);
    }
    if let Some(reason) = waived(Code::AccessLogsOff) {
        put(Suppression::all(reason, LOGS), About::Whole);
    } else if profile.preset == Preset::LogArchive && draft.bucket.logging.is_none() {
        put(Suppression::all("the bucket receives logs and would log its own deliveries", LOGS), About::Whole);
    }
    if profile.mfa.delete {
        put(Suppression::all("S3 takes no lifecycle beside MFA delete", LIFECYCLE), About::Whole);
    }
}
