//! What protections make beside statements: the names of resources in templates and modules, and what each is.
//!
//! In: nothing but the table. Out: a name, with `<…>` for words of the profile, what it is, and the key that asks for it.

use crate::expr::LogicalId;

/// A resource, by its name.
#[derive(Clone, Copy, Debug)]
pub struct Made {
    /// The logical id in CloudFormation; Terraform has it in snake case.
    pub name: &'static str,
    /// What it is.
    pub what: &'static str,
    /// The key of the profile that asks for it.
    pub key: &'static str,
}

const fn made(name: &'static str, what: &'static str, key: &'static str) -> Made {
    Made { name, what, key }
}

/// Every resource that a profile can make.
pub const MADE: &[Made] = &[
    made("Bucket", "the bucket that the profile is about", "bucket"),
    made("BucketPolicy", "the policy of the bucket, with the statements of every protection", "bucket"),
    made("LogBucket", "the companion that receives the access logs", "logging.server_access.to"),
    made("LogBucketPolicy", "the policy of the companion that receives the access logs", "logging.server_access.to"),
    made("Archive", "the bucket that receives the access logs of others", "logging.archive"),
    made("ArchivePolicy", "the policy of the bucket that receives the access logs of others", "logging.archive"),
    made("Trail", "the trail that records requests for objects", "logging.cloudtrail.trail"),
    made("TrailBucket", "the companion that receives what the trail records", "logging.cloudtrail.to"),
    made("TrailBucketPolicy", "the policy of the companion that receives what the trail records", "logging.cloudtrail.to"),
    made("TrailKey", "the KMS key that encrypts what the trail records", "logging.cloudtrail.kms"),
    made("TrailKeyAlias", "the name of the trail's key, for people", "logging.cloudtrail.kms"),
    made("TrailLogGroup", "the log group to which the trail sends its events as well", "logging.cloudtrail.log_group"),
    made("TrailLogRole", "the role by which CloudTrail writes to the log group", "logging.cloudtrail.log_group"),
    made("Key", "the KMS key that encrypts the objects", "encryption.key"),
    made("KeyAlias", "the name of the bucket's key, for people", "encryption.key"),
    made("ReplicationRole", "the role by which S3 replicates objects", "bucket.replication"),
    made("AccountPublicAccessBlock", "Block Public Access of the account", "public_access"),
    made("AccessPoint<Name>", "the access point of that name, with its policy", "access_points.points"),
    made("Policy<Grant>", "the IAM policy that carries the grant of that name; where one is too small, there is a second", "grants"),
    made("ConfigRecorder", "what makes AWS Config record the resources of the region", "monitoring.config.recorder"),
    made("ConfigDeliveryChannel", "where AWS Config delivers what it records", "monitoring.config.recorder"),
    made("ConfigBucket", "the companion that receives what AWS Config records", "monitoring.config.recorder"),
    made("ConfigBucketPolicy", "the policy of the companion that receives what AWS Config records", "monitoring.config.recorder"),
    made("ConfigRule<Rule>", "the rule of AWS Config of that name, without `s3-`", "monitoring.config.rules"),
    made("Restore<Setting>", "the runbook of Systems Manager that sets the setting as the profile has it", "monitoring.config.remediate"),
    made("Remediate<Setting>", "what starts that runbook when the rule finds the setting changed", "monitoring.config.remediate"),
    made("RemediationRole", "the role by which settings are put back", "monitoring.config.remediate"),
    made("ExternalAccessAnalyzer", "the analyzer that finds resources that others can reach", "monitoring.access_analyzer"),
    made("UnusedAccessAnalyzer", "the analyzer that finds access that nobody uses", "monitoring.access_analyzer"),
    made("InternalAccessAnalyzer", "the analyzer that finds who can reach the bucket from within", "monitoring.access_analyzer"),
    made("Detector", "the detector of GuardDuty", "monitoring.guardduty"),
    made("MalwareScan", "the plan by which GuardDuty scans new objects for malware", "monitoring.guardduty"),
    made("MalwareScanRole", "the role by which GuardDuty reads and tags objects", "monitoring.guardduty"),
    made("MacieSession", "Macie, switched on", "monitoring.macie.session"),
    made("MacieJob", "the job by which Macie looks through the objects", "monitoring.macie.job"),
    made("MacieExport", "the delivery of what Macie finds", "monitoring.macie.export_to"),
    made("MacieBucket", "the companion that receives what Macie finds", "monitoring.macie.export_to"),
    made("MacieBucketPolicy", "the policy of the companion that receives what Macie finds", "monitoring.macie.export_to"),
    made("MacieKey", "the KMS key that encrypts what Macie finds", "monitoring.macie.export_to"),
    made("MacieKeyAlias", "the name of that key, for people", "monitoring.macie.export_to"),
    made("Identifier<Name>", "the custom data identifier of that name", "monitoring.macie.custom_identifiers"),
    made("AllowList<Name>", "the allow list of that name", "monitoring.macie.allow_lists"),
    made("AlertTopic", "the topic that alerts are published to", "monitoring.alerts.to"),
    made("AlertTopicPolicy", "the policy of the topic: who publishes to it", "monitoring.alerts.to"),
    made("AlertKey", "the KMS key that encrypts what the topic holds", "monitoring.alerts.to"),
    made("AlertKeyAlias", "the name of the topic's key, for people", "monitoring.alerts.to"),
    made("AlertEmail<Number>", "the subscription of that address to the topic", "monitoring.alerts.to"),
    made("AlertAccessDenied", "the metric filter that counts refused requests", "monitoring.alerts.on"),
    made("AlertAccessDeniedBurst", "the alarm about many refused requests", "monitoring.alerts.on"),
    made("AlertPermission<Event>", "what lets the event call the function", "monitoring.alerts.to"),
    made("Alert<Event>", "the rule of EventBridge that tells of the event", "monitoring.alerts.on"),
];

impl Made {
    /// What the resource of that name is. A name that stands in the table is that one, whatever else it could be a form of.
    pub fn named(name: &str) -> Option<&'static Self> {
        let exact = MADE.iter().find(|made| made.name.eq_ignore_ascii_case(name));
        exact.or_else(|| MADE.iter().find(|made| is_form_of(name, made.name)))
    }

    /// The name in modules of Terraform.
    pub fn in_terraform(&self) -> String {
        match self.name.split_once('<') {
            Some((before, word)) => format!("{}_<{}", LogicalId::fixed(before).snake_case(), word.to_ascii_lowercase()),
            None => LogicalId::fixed(self.name).snake_case(),
        }
    }
}

/// Whether a name is one of a form, `<…>` being something: `AccessPoint<Name>`.
fn is_form_of(name: &str, form: &str) -> bool {
    let word = name.bytes().all(|b| b.is_ascii_alphanumeric());
    form.split_once('<').is_some_and(|(before, _)| word && name.strip_prefix(before).is_some_and(|rest| !rest.is_empty()))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_name_of_the_table_is_no_form() {
        assert_eq!(Made::named("AlertTopicPolicy").map(|made| made.name), Some("AlertTopicPolicy"));
        assert_eq!(Made::named("AlertPolicyChange").map(|made| made.name), Some("Alert<Event>"));
        assert_eq!(Made::named("logbucket").map(|made| made.name), Some("LogBucket"));
        assert_eq!(Made::named("Alert").map(|made| made.name), None);
        assert_eq!(Made::named("AnalystsBucket").map(|made| made.name), None);
    }
}
