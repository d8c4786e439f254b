//! Rules of scanners that a trail and its log group are not held to, each with its reason.
//!
//! In: what the profile asks of the trail. Out: suppressions for the rendered resources. Never: one for a rule that what is
//! made could meet.

use super::{CloudTrail, Kms, Scope};
use crate::plan::{LogGroup, Scanner, Suppression};

impl CloudTrail {
    /// Of the trail.
    pub(super) fn trail_suppressions(&self, scope: &Scope) -> Vec<Suppression> {
        use Scanner::{CdkNag, CfnGuard, Checkov, CheckovTerraform, Trivy};
        let classic = match scope {
            Scope::Bucket { .. } => "the rule wants classic selectors for every bucket of the account: the trail records one bucket",
            Scope::Account { .. } => "the rule knows classic selectors only, which cannot leave out the buckets that receive deliveries",
        };
        let mut all = Suppression::all(classic, &[(CfnGuard, "CLOUDTRAIL_S3_DATAEVENTS_ENABLED")]);
        match self.kms {
            Kms::Own(false) => all.extend(Suppression::all(
                "the profile asks for no KMS key: S3's own keys encrypt the records",
                &[
                    (CdkNag, "HIPAA.Security-CloudTrailEncryptionEnabled"),
                    (CdkNag, "NIST.800.53.R5-CloudTrailEncryptionEnabled"),
                    (CdkNag, "PCI.DSS.321-CloudTrailEncryptionEnabled"),
                    (CfnGuard, "CLOUD_TRAIL_ENCRYPTION_ENABLED"),
                    (Checkov, "CKV_AWS_35"),
                    (Trivy, "AWS-0015"),
                ],
            )),
            Kms::Own(true) => all.extend(Suppression::all(
                "the rule takes a text for a key, not a reference to one",
                &[(CfnGuard, "CLOUD_TRAIL_ENCRYPTION_ENABLED")],
            )),
            Kms::Given(_) => {}
        }
        if !self.log_group {
            all.extend(Suppression::all(
                "the profile asks for no log group: what the trail records is in its bucket",
                &[
                    (CdkNag, "HIPAA.Security-CloudTrailCloudWatchLogsEnabled"),
                    (CdkNag, "NIST.800.53.R5-CloudTrailCloudWatchLogsEnabled"),
                    (CdkNag, "PCI.DSS.321-CloudTrailCloudWatchLogsEnabled"),
                    (CfnGuard, "CLOUD_TRAIL_CLOUD_WATCH_LOGS_ENABLED"),
                    (CheckovTerraform, "CKV2_AWS_10"),
                    (Trivy, "AWS-0162"),
                ],
            ));
        }
        if !self.management {
            all.extend(Suppression::all(
                "the trail records the objects of one bucket, which is in one region",
                &[(CfnGuard, "MULTI_REGION_CLOUD_TRAIL_ENABLED"), (Checkov, "CKV_AWS_67"), (Trivy, "AWS-0014")],
            ));
        }
        all
    }

    /// Of its log group.
    pub(super) fn group_suppressions(&self) -> Vec<Suppression> {
        use Scanner::{CdkNag, CfnGuard, CfnNag, Checkov, Trivy};
        let mut all = Vec::new();
        if matches!(self.kms, Kms::Own(false)) {
            all.extend(Suppression::all(
                "the profile asks for no KMS key: CloudWatch Logs encrypts the log group with a key of its own",
                &[
                    (CdkNag, "HIPAA.Security-CloudWatchLogGroupEncrypted"),
                    (CdkNag, "NIST.800.53.R5-CloudWatchLogGroupEncrypted"),
                    (CfnGuard, "CLOUDWATCH_LOG_GROUP_ENCRYPTED"),
                    (CfnNag, "W84"),
                    (Checkov, "CKV_AWS_158"),
                    (Trivy, "AWS-0017"),
                ],
            ));
        }
        let kept = self.retain_days.number().and_then(|days| LogGroup::retention(Some(days)));
        if kept.is_none() {
            let rules = [(CfnNag, "W86"), (CfnGuard, "CW_LOGGROUP_RETENTION_PERIOD_CHECK"), (Checkov, "CKV_AWS_66")];
            all.extend(Suppression::all("the profile keeps the events for longer than CloudWatch Logs has a number for", &rules));
        }
        if kept.is_some_and(|days| days < 365) {
            let rules = [(Checkov, "CKV_AWS_338"), (CfnGuard, "CW_LOGGROUP_RETENTION_PERIOD_CHECK")];
            all.extend(Suppression::all("the profile keeps the events for so long and no longer", &rules));
        }
        all
    }
}
