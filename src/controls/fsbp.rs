//! What Security Hub asks of S3, and of what a bucket's profile makes beside it. Those that AWS Foundational Security Best
//! Practices include are looked at for that standard; the others are what NIST, PCI and CIS build on.

use super::How::{Beside, Plan};
use super::{Row, judge};

/// Where the rows come from.
pub(super) const SOURCE: &str = "\"AWS Foundational Security Best Practices standard\" (which controls), \"Security Hub CSPM controls for \
    Amazon S3\" and those for CloudTrail, GuardDuty and Macie (what they ask), AWS Security Hub User Guide";

pub(super) const ROWS: &[Row] = &[
    Row::new("S3.1", "the account has Block Public Access on", Plan(judge::of_account)),
    Row::new("S3.2", "no public read access", Plan(judge::public_read)),
    Row::new("S3.3", "no public write access", Plan(judge::public_write)),
    Row::new("S3.5", "requests must use TLS", Plan(judge::transport)),
    Row::new("S3.6", "other accounts hold no right to change policy, ACLs or encryption", Plan(judge::other_accounts)),
    Row::new("S3.7", "objects are replicated to another region", Beside(judge::replication)),
    Row::new("S3.8", "the bucket has Block Public Access on", Plan(judge::block_public_access)),
    Row::new("S3.9", "server access logs are on", Plan(judge::access_logs)),
    Row::new("S3.10", "a bucket with versioning has lifecycle", Beside(judge::lifecycle_of_versions)),
    Row::new("S3.11", "event notifications are on", Beside(judge::events)),
    Row::new("S3.12", "ACLs are off", Plan(judge::ownership)),
    Row::new("S3.13", "lifecycle is configured", Plan(judge::lifecycle)),
    Row::new("S3.14", "versioning is enabled", Beside(judge::versioning)),
    Row::new("S3.15", "Object Lock is on", Beside(judge::object_lock)),
    Row::new("S3.17", "objects are encrypted with KMS", Beside(judge::kms)),
    Row::new("S3.19", "access points have Block Public Access on", Plan(judge::access_points)),
    Row::new("S3.20", "MFA delete is enabled", Beside(judge::mfa_delete)),
    Row::new("S3.22", "writes to objects of all buckets are recorded", Beside(judge::all_writes)),
    Row::new("S3.23", "reads of objects of all buckets are recorded", Beside(judge::all_reads)),
    Row::new("S3.24", "multi-region access points have Block Public Access on", Plan(judge::multi_region_points)),
    Row::new("S3.25", "directory buckets have lifecycle", Plan(judge::directory_buckets)),
    Row::new("CloudTrail.2", "trails are encrypted with KMS", Plan(judge::trail_key)),
    Row::new("CloudTrail.4", "trails validate their log files", Plan(judge::trail_validation)),
    Row::new("CloudTrail.5", "trails deliver to CloudWatch Logs", Plan(judge::trail_log_group)),
    Row::new("CloudTrail.6", "the trail's bucket is not public", Beside(judge::trail_bucket_closed)),
    Row::new("CloudTrail.7", "the trail's bucket has access logs", Beside(judge::trail_bucket_logs)),
    Row::new("GuardDuty.10", "GuardDuty watches S3", Plan(judge::guardduty)),
    Row::new("Macie.1", "Macie is enabled", Plan(judge::macie)),
    Row::new("Macie.2", "Macie discovers sensitive data by itself", Plan(judge::automated_discovery)),
];
