//! Addresses of Terraform: how its provider calls what a plan holds.
//!
//! In: what a resource is. Out: the type of the resource that stands for it.

use crate::plan::Kind;

/// The type of the resource that stands for it where others refer to it.
pub(super) const fn resource_type(kind: Option<&Kind>) -> &'static str {
    match kind {
        Some(Kind::BucketPolicy { .. }) => "aws_s3_bucket_policy",
        Some(Kind::Key(_)) => "aws_kms_key",
        Some(Kind::Alias(_)) => "aws_kms_alias",
        Some(Kind::Role(_)) => "aws_iam_role",
        Some(Kind::ManagedPolicy(_)) => "aws_iam_policy",
        Some(Kind::AccessPoint(_)) => "aws_s3_access_point",
        Some(Kind::ConfigRule(_)) => "aws_config_config_rule",
        Some(Kind::Automation(_)) => "aws_ssm_document",
        Some(Kind::Remediation(_)) => "aws_config_remediation_configuration",
        Some(Kind::Recorder(_)) => "aws_config_configuration_recorder",
        // Whoever waits for the channel waits for the recorder to run, which is a resource of its own.
        Some(Kind::DeliveryChannel(_)) => "aws_config_configuration_recorder_status",
        Some(Kind::Analyzer(_)) => "aws_accessanalyzer_analyzer",
        Some(Kind::Detector(_)) => "aws_guardduty_detector",
        Some(Kind::MalwareScan(_)) => "aws_guardduty_malware_protection_plan",
        Some(Kind::MacieSession(_)) => "aws_macie2_account",
        Some(Kind::CustomIdentifier(_)) => "aws_macie2_custom_data_identifier",
        // The provider has none: see `lacking`.
        Some(Kind::AllowList(_)) => "aws_macie2_allow_list",
        Some(Kind::ClassificationJob(_)) => "aws_macie2_classification_job",
        Some(Kind::ResultsExport(_)) => "aws_macie2_classification_export_configuration",
        Some(Kind::AccountBlock(_)) => "aws_s3_account_public_access_block",
        Some(Kind::Trail(_)) => "aws_cloudtrail",
        Some(Kind::LogGroup(_)) => "aws_cloudwatch_log_group",
        Some(Kind::Topic(_)) => "aws_sns_topic",
        Some(Kind::TopicPolicy { .. }) => "aws_sns_topic_policy",
        Some(Kind::Subscription(_)) => "aws_sns_topic_subscription",
        Some(Kind::EventRule(_)) => "aws_cloudwatch_event_rule",
        Some(Kind::LambdaPermission(_)) => "aws_lambda_permission",
        Some(Kind::MetricFilter(_)) => "aws_cloudwatch_log_metric_filter",
        Some(Kind::Alarm(_)) => "aws_cloudwatch_metric_alarm",
        Some(Kind::Bucket(_)) | None => "aws_s3_bucket",
    }
}
