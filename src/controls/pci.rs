//! PCI DSS 4.0.1: the requirements that AWS relates to Security Hub's controls for S3, trails and GuardDuty.

use super::How::Hub;
use super::Row;

/// Where the relations come from.
pub(super) const SOURCE: &str = "\"Security Hub CSPM controls for Amazon S3\" and those for CloudTrail and GuardDuty, related requirements, AWS Security Hub User Guide";

pub(super) const ROWS: &[Row] = &[
    Row::new("1.4.4", "stored data is not reachable from untrusted networks", Hub(&["S3.1", "S3.8", "S3.19", "S3.24", "CloudTrail.6"])),
    Row::new("3.5.1", "stored account data is unreadable", Hub(&["S3.17"])),
    Row::new("4.2.1", "strong cryptography over open, public networks", Hub(&["S3.5"])),
    Row::new("10.2.1", "audit logs are enabled", Hub(&["S3.9", "S3.22", "S3.23", "CloudTrail.7"])),
    Row::new("10.3.2", "audit log files are protected from being changed", Hub(&["CloudTrail.2", "CloudTrail.4"])),
    Row::new("10.5.1", "audit logs are retained", Hub(&["S3.15"])),
    Row::new("11.5.1", "intrusions are detected", Hub(&["GuardDuty.10"])),
];
