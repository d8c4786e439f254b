//! Patterns of EventBridge, one for each kind of event, filtered to one bucket.
//!
//! Sources: "AWS service events delivered via AWS CloudTrail" (Amazon EventBridge Events Reference) with the event names of
//! "Amazon S3 CloudTrail events" (Amazon S3 User Guide); "Amazon EventBridge event schema for Macie findings" (Amazon Macie
//! User Guide); "Monitoring IAM Access Analyzer with Amazon EventBridge" (IAM User Guide); "Monitoring AWS Config with Amazon
//! EventBridge" (AWS Config Developer Guide); "Processing GuardDuty findings with Amazon EventBridge" and "Monitoring S3
//! object scans with Amazon EventBridge" (Amazon GuardDuty User Guide).

use std::borrow::Cow;

use serde::{Deserialize, Serialize};

use crate::expr::{Expr, Literal};
use crate::names::BucketName;

/// A kind of event.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(test, derive(schemars::JsonSchema), schemars(inline))]
#[serde(rename_all = "kebab-case")]
pub enum Event {
    /// The bucket policy was changed or deleted.
    PolicyChange,
    /// An ACL or the ownership of objects was changed. Those of objects are seen by a trail that records data events.
    AclChange,
    /// Block Public Access was changed, of the bucket or of the account.
    PublicAccessChange,
    /// Default encryption was changed or deleted.
    EncryptionChange,
    /// Access logs were changed, or the trail that the profile makes or names was stopped, changed or deleted.
    LoggingChange,
    /// Macie found something in the bucket or about it.
    MacieFinding,
    /// IAM Access Analyzer found somebody from outside who can reach the bucket.
    AnalyzerFinding,
    /// A rule of AWS Config found that the bucket does not comply.
    ConfigNoncompliant,
    /// GuardDuty found an attack on the bucket, or malware in it.
    GuarddutyFinding,
    /// Many requests were refused within minutes. Needs a trail with a log group.
    AccessDeniedBurst,
}

impl Event {
    /// The word that profiles use.
    pub const fn word(self) -> &'static str {
        match self {
            Self::PolicyChange => "policy-change",
            Self::AclChange => "acl-change",
            Self::PublicAccessChange => "public-access-change",
            Self::EncryptionChange => "encryption-change",
            Self::LoggingChange => "logging-change",
            Self::MacieFinding => "macie-finding",
            Self::AnalyzerFinding => "analyzer-finding",
            Self::ConfigNoncompliant => "config-noncompliant",
            Self::GuarddutyFinding => "guardduty-finding",
            Self::AccessDeniedBurst => "access-denied-burst",
        }
    }

    /// What happened, for descriptions.
    pub const fn about(self) -> &'static str {
        match self {
            Self::PolicyChange => "changes of the bucket policy",
            Self::AclChange => "changes of ACLs and ownership",
            Self::PublicAccessChange => "changes of Block Public Access",
            Self::EncryptionChange => "changes of default encryption",
            Self::LoggingChange => "changes of what records requests",
            Self::MacieFinding => "findings of Macie",
            Self::AnalyzerFinding => "findings of IAM Access Analyzer",
            Self::ConfigNoncompliant => "rules of AWS Config that find a fault",
            Self::GuarddutyFinding => "findings of GuardDuty",
            Self::AccessDeniedBurst => "bursts of refused requests",
        }
    }

    /// Whether it is seen only where a trail records it.
    pub const fn needs_trail(self) -> bool {
        matches!(
            self,
            Self::PolicyChange
                | Self::AclChange
                | Self::PublicAccessChange
                | Self::EncryptionChange
                | Self::LoggingChange
                | Self::AccessDeniedBurst
        )
    }

    /// The pattern for events of any bucket; none for what is counted instead.
    pub(super) fn of_account(self, trail: Option<&str>) -> Option<Literal<'static>> {
        let called = |calls: &[&'static str]| [("eventName", words(calls))];
        Some(match self {
            Self::PolicyChange => call(called(&["DeleteBucketPolicy", "PutBucketPolicy"])),
            Self::AclChange => {
                call(called(&["DeleteBucketOwnershipControls", "PutBucketAcl", "PutBucketOwnershipControls", "PutObjectAcl"]))
            }
            Self::PublicAccessChange => call(called(&[
                "DeleteAccountPublicAccessBlock",
                "DeleteBucketPublicAccessBlock",
                "PutAccountPublicAccessBlock",
                "PutBucketPublicAccessBlock",
            ])),
            Self::EncryptionChange => call(called(&["DeleteBucketEncryption", "PutBucketEncryption"])),
            Self::LoggingChange => logging(called(&["PutBucketLogging"]), trail),
            Self::MacieFinding => object([("source", words(&["aws.macie"])), ("detail-type", words(&["Macie Finding"]))]),
            Self::AnalyzerFinding => {
                let detail = [("resourceType", words(&["AWS::S3::Bucket"])), ("status", words(&["ACTIVE"]))];
                event("aws.access-analyzer", "Access Analyzer Finding", detail)
            }
            Self::ConfigNoncompliant => {
                let result = object([("complianceType", words(&["NON_COMPLIANT"]))]);
                let about = words(&["AWS::::Account", "AWS::S3::AccessPoint", "AWS::S3::Bucket"]);
                event("aws.config", "Config Rules Compliance Change", [("resourceType", about), ("newEvaluationResult", result)])
            }
            Self::GuarddutyFinding => {
                let found = ("resource", object([("resourceType", words(&["S3Bucket"]))]));
                event("aws.guardduty", "GuardDuty Finding", [found])
            }
            Self::AccessDeniedBurst => return None,
        })
    }

    /// The pattern for one bucket; none for what is counted instead.
    pub(super) fn of_bucket(self, bucket: &BucketName, arn: &Expr, trail: Option<&str>) -> Option<Literal<'static>> {
        let name = || words(&[bucket.as_str()]);
        let in_bucket = |calls: &[&'static str]| [("eventName", words(calls)), ("requestParameters", object([("bucketName", name())]))];
        Some(match self {
            Self::PolicyChange => call(in_bucket(&["DeleteBucketPolicy", "PutBucketPolicy"])),
            Self::AclChange => {
                call(in_bucket(&["DeleteBucketOwnershipControls", "PutBucketAcl", "PutBucketOwnershipControls", "PutObjectAcl"]))
            }
            Self::PublicAccessChange => {
                let of_account = [("eventName", words(&["DeleteAccountPublicAccessBlock", "PutAccountPublicAccessBlock"]))];
                let of_bucket = in_bucket(&["DeleteBucketPublicAccessBlock", "PutBucketPublicAccessBlock"]);
                call([("$or", Literal::List(vec![object(of_bucket), object(of_account)]))])
            }
            Self::EncryptionChange => call(in_bucket(&["DeleteBucketEncryption", "PutBucketEncryption"])),
            Self::LoggingChange => logging(in_bucket(&["PutBucketLogging"]), trail),
            Self::MacieFinding => {
                let affected = object([("s3Bucket", object([("name", name())]))]);
                event("aws.macie", "Macie Finding", [("resourcesAffected", affected)])
            }
            Self::AnalyzerFinding => {
                let resource = Literal::List(vec![Literal::Text(Cow::Owned(arn.clone()))]);
                event("aws.access-analyzer", "Access Analyzer Finding", [("resource", resource), ("status", words(&["ACTIVE"]))])
            }
            Self::ConfigNoncompliant => {
                let result = object([("complianceType", words(&["NON_COMPLIANT"]))]);
                let detail = [("resourceType", words(&["AWS::S3::Bucket"])), ("resourceId", name()), ("newEvaluationResult", result)];
                event("aws.config", "Config Rules Compliance Change", detail)
            }
            Self::GuarddutyFinding => {
                let finding = object([("resource", object([("s3BucketDetails", object([("name", name())]))]))]);
                let scan = object([
                    ("s3ObjectDetails", object([("bucketName", name())])),
                    ("scanResultDetails", object([("scanResultStatus", words(&["THREATS_FOUND"]))])),
                ]);
                object([
                    ("source", words(&["aws.guardduty"])),
                    ("detail-type", words(&["GuardDuty Finding", "GuardDuty Malware Protection Object Scan Result"])),
                    ("detail", object([("$or", Literal::List(vec![finding, scan]))])),
                ])
            }
            Self::AccessDeniedBurst => return None,
        })
    }
}

/// What counts as a refused request ("Filter pattern syntax for metric filters", Amazon CloudWatch Logs User Guide).
pub(super) fn denied(bucket: Option<&BucketName>) -> String {
    let within = bucket.map(|bucket| format!(" && ($.requestParameters.bucketName = \"{bucket}\")")).unwrap_or_default();
    format!("{{ ($.eventSource = \"s3.amazonaws.com\") && ($.errorCode = \"AccessDenied\"){within} }}")
}

fn words(words: &[&str]) -> Literal<'static> {
    Literal::List(words.iter().map(|word| Literal::text((*word).to_owned())).collect())
}

fn object<const N: usize>(fields: [(&'static str, Literal<'static>); N]) -> Literal<'static> {
    Literal::object(fields)
}

fn event<const N: usize>(source: &str, kind: &str, detail: [(&'static str, Literal<'static>); N]) -> Literal<'static> {
    object([("source", words(&[source])), ("detail-type", words(&[kind])), ("detail", object(detail))])
}

const BY_TRAIL: &str = "AWS API Call via CloudTrail";

/// A call of S3 that a trail saw.
fn call<const N: usize>(detail: [(&'static str, Literal<'static>); N]) -> Literal<'static> {
    let mut fields = vec![("eventSource", words(&["s3.amazonaws.com"]))];
    fields.extend(detail);
    object([("source", words(&["aws.s3"])), ("detail-type", words(&[BY_TRAIL])), ("detail", Literal::object(fields))])
}

/// Changes of the access logs, and of a trail; a trail may be named by its ARN as well, which ends in its name.
fn logging<const N: usize>(of_bucket: [(&'static str, Literal<'static>); N], trail: Option<&str>) -> Literal<'static> {
    let Some(trail) = trail else { return call(of_bucket) };
    let named = || {
        let by_arn = object([("suffix", Literal::text(format!(":trail/{trail}")))]);
        Literal::List(vec![Literal::text(trail.to_owned()), by_arn])
    };
    let of_trail = |calls: &[&'static str], key: &'static str| {
        object([
            ("eventSource", words(&["cloudtrail.amazonaws.com"])),
            ("eventName", words(calls)),
            ("requestParameters", object([(key, named())])),
        ])
    };
    let mut fields = vec![("eventSource", words(&["s3.amazonaws.com"]))];
    fields.extend(of_bucket);
    let any = vec![
        Literal::object(fields),
        of_trail(&["DeleteTrail", "StopLogging", "UpdateTrail"], "name"),
        of_trail(&["PutEventSelectors", "PutInsightSelectors"], "trailName"),
    ];
    object([
        ("source", words(&["aws.cloudtrail", "aws.s3"])),
        ("detail-type", words(&[BY_TRAIL])),
        ("detail", object([("$or", Literal::List(any))])),
    ])
}
