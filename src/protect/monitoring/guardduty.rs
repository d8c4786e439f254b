//! Amazon GuardDuty: what is done with objects that looks like an attack, and malware among what is written.
//!
//! Sources: "GuardDuty S3 Protection", "Creating IAM role policy" of "GuardDuty Malware Protection for S3", Amazon
//! GuardDuty User Guide.

use serde::{Deserialize, Serialize};

use super::Singleton;
use crate::expr::{Attribute, Expr, LogicalId};
use crate::path;
use crate::plan::{Detector, Kind, MalwareScan, Resource, Role, Scanner, Step, Suppression, When};
use crate::policy::{Base, Condition, Document, Effect, Key, Principal, Statement};
use crate::protect::{Draft, Meta, key_use, uses};

/// What is known about this protection.
pub const META: Meta = Meta {
    id: "guardduty",
    title: "Amazon GuardDuty",
    risk: "stolen credentials empty the bucket, or somebody fills it with malware, and nobody is told",
    statements: &[
        ("AllowMalwareProtectionToScan", "Lets GuardDuty's malware protection take on the role that scans the bucket."),
        (
            "SeeNewObjects",
            "Lets the role keep the rule of EventBridge by which GuardDuty hears of new objects; only GuardDuty may manage it.",
        ),
        ("WatchTheRule", "Lets the role see whether its rule of EventBridge is still there."),
        ("SendEvents", "Lets the role see to it that the bucket tells EventBridge what is written, and that the bucket is there."),
        ("TryItOut", "Lets the role write the one object by which GuardDuty finds out whether it can work."),
        ("ReadAndTagObjects", "Lets the role read what is written, and tag it with what the scan found."),
        ("UseTheKey", "Lets the role use the bucket's KMS key, through S3 only."),
    ],
};

const ROLE: LogicalId = LogicalId::fixed("MalwareScanRole");

/// Amazon GuardDuty.
#[derive(Clone, Debug, Serialize, Deserialize)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
#[serde(deny_unknown_fields)]
pub struct GuardDuty {
    /// Whether the account has a detector already. It has one in a region: `create` is for the one profile that makes it.
    #[serde(default)]
    pub detector: Singleton,
    /// Whether it looks at what is done with objects, in every bucket of the account. Billed for each event.
    #[serde(default = "yes")]
    pub s3_protection: bool,
    /// Whether every object that is written to this bucket is scanned for malware and tagged with the result. Billed for each byte and object; switches `bucket.events` on.
    #[serde(default)]
    pub malware_scan: bool,
}

const fn yes() -> bool {
    true
}

impl GuardDuty {
    /// The role that scans. It switches the bucket's events on, so that they have to be on here too.
    pub(super) fn role(&self, draft: &mut Draft) {
        if !self.malware_scan {
            return;
        }
        draft.bucket.eventbridge = true;
        let place = path!["monitoring", "guardduty", "malware_scan"];
        let trust = Statement::new(Effect::Allow, "AllowMalwareProtectionToScan")
            .to([Principal::Service("malware-protection-plan.guardduty.amazonaws.com".into())])
            .actions(["sts:AssumeRole"])
            .because(draft.origin(&META, place.clone(), "GuardDuty takes the role on to scan"));
        let role = Role {
            name: Role::name_for("s3-malware-scan", &draft.bucket.name),
            description: format!("Scans {} for malware", draft.bucket.name),
            trust: Document { statements: vec![trust], ..Document::default() },
            policy_name: "scan",
            policy: Document { statements: permissions(draft), ..Document::default() },
            tags: draft.bucket.tags.clone(),
        };
        let origin = draft.origin(&META, place, "GuardDuty takes it on to scan what is written");
        let role = Resource::new(ROLE, Kind::Role(role), origin);
        draft.claims.extend(uses::promise([&role], draft));
        draft.needs.push(role);
        draft.from_elsewhere.push(Expr::reference(ROLE, Attribute::Arn));
    }

    /// Adds what it asks for, or steps for what exists.
    pub fn lower(&self, draft: &mut Draft) {
        let place = |key: &'static str| path!["monitoring", "guardduty", key];
        match self.detector {
            Singleton::Create => {
                let detector = Detector { s3_protection: self.s3_protection, tags: draft.bucket.tags.clone() };
                let origin = draft.origin(&META, place("detector"), "finds what looks like an attack in the account and region");
                let here = Suppression::all(
                    "the profile is for one account and region; an organization has detectors made by its administrator",
                    &[(Scanner::CheckovTerraform, "CKV2_AWS_3")],
                );
                let detector = Resource::new(LogicalId::fixed("Detector"), Kind::Detector(detector), origin);
                draft.dependents.push(detector.suppressing(here));
            }
            Singleton::Existing if self.s3_protection => draft.steps.push(protect()),
            Singleton::Existing => {}
        }
        if self.malware_scan {
            let scan = MalwareScan { role: ROLE, bucket: draft.id.clone(), tags: draft.bucket.tags.clone() };
            let origin = draft.origin(&META, place("malware_scan"), "scans what is written to the bucket, and tags it with the result");
            // It tries the role out, for which the policy of the bucket has to spare it.
            let policy = LogicalId::derived(&format!("{}Policy", draft.id), "");
            let scan = Resource::new(LogicalId::fixed("MalwareScan"), Kind::MalwareScan(scan), origin).after([policy]);
            draft.dependents.push(scan);
        }
        draft.claim_setting(&META, place("s3_protection"), "GuardDuty S3 protection", if self.s3_protection { "on" } else { "off" });
        draft.claim_setting(&META, place("malware_scan"), "malware scan", if self.malware_scan { "on" } else { "off" });
    }
}

fn permissions(draft: &Draft) -> Vec<Statement> {
    let allow = |sid: &'static str, actions: &[&'static str], on: Expr, reason: &'static str| {
        let mut statement = Statement::new(Effect::Allow, sid).actions(actions.iter().copied()).on([on]);
        statement.principal = None;
        statement.because(draft.origin(&META, path!["monitoring", "guardduty", "malware_scan"], reason))
    };
    let rule = Expr::arn("events", draft.region.clone(), draft.account.clone(), "rule/DO-NOT-DELETE-AmazonGuardDutyMalwareProtectionS3*");
    let mut statements = vec![
        allow(
            "SeeNewObjects",
            &["events:DeleteRule", "events:PutRule", "events:PutTargets", "events:RemoveTargets"],
            rule.clone(),
            "keeps the rule by which GuardDuty hears of new objects",
        )
        .when(Condition::one(Base::StringLike, Key::EventsManagedBy, "malware-protection-plan.guardduty.amazonaws.com")),
        allow("WatchTheRule", &["events:DescribeRule", "events:ListTargetsByRule"], rule, "sees whether the rule is there"),
        allow(
            "SendEvents",
            &["s3:GetBucketNotification", "s3:ListBucket", "s3:PutBucketNotification"],
            draft.arn(),
            "sees to it that the bucket tells EventBridge what is written",
        ),
        allow(
            "TryItOut",
            &["s3:PutObject"],
            draft.arn() + "/malware-protection-resource-validation-object",
            "finds out whether the role can work",
        ),
        allow(
            "ReadAndTagObjects",
            &[
                "s3:GetObject",
                "s3:GetObjectTagging",
                "s3:GetObjectVersion",
                "s3:GetObjectVersionTagging",
                "s3:PutObjectTagging",
                "s3:PutObjectVersionTagging",
            ],
            draft.objects(""),
            "reads what is written, and tags it with the result",
        ),
    ];
    if let Some(key) = draft.bucket.encryption.key.clone() {
        let statement = allow("UseTheKey", key_use::ENCRYPT, key, "uses the bucket's key, through S3 only");
        statements.push(statement.when(key_use::through_s3(&draft.region)));
    }
    statements
}

/// S3 protection is a setting of the detector, which is not part of the profile.
fn protect() -> Step {
    let find = "DETECTOR=$(aws guardduty list-detectors --query 'DetectorIds[0]' --output text)".to_owned();
    Step {
        title: "Switch on S3 Protection of GuardDuty".to_owned(),
        why: "it is a setting of the account's detector, which is outside of this profile".to_owned(),
        when: When::After,
        commands: vec![
            find.clone(),
            "aws guardduty update-detector --detector-id \"$DETECTOR\" --features Name=S3_DATA_EVENTS,Status=ENABLED".to_owned(),
        ],
        verify: vec![
            find,
            "aws guardduty get-detector --detector-id \"$DETECTOR\" --query \"Features[?Name=='S3_DATA_EVENTS'].Status\" --output text"
                .to_owned(),
        ],
        expect: "ENABLED".to_owned(),
        path: path!["monitoring", "guardduty", "detector"],
    }
}
