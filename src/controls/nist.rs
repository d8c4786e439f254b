//! NIST SP 800-53 revision 5: the requirements that AWS relates to Security Hub's controls for S3.

use super::How::Hub;
use super::Row;

/// Where the relations come from.
pub(super) const SOURCE: &str = "\"Security Hub CSPM controls for Amazon S3\", related requirements, AWS Security Hub User Guide";

/// What keeps the public out.
const NET: &[&str] = &["S3.1", "S3.2", "S3.3", "S3.8", "S3.19"];

/// What keeps objects from being lost.
const COPIES: &[&str] = &["S3.7", "S3.14"];

pub(super) const ROWS: &[Row] = &[
    Row::new("AC-2(1)", "automated system account management", Hub(&["S3.12"])),
    Row::new("AC-2(4)", "automated audit actions", Hub(&["S3.9"])),
    Row::new("AC-3", "access enforcement", Hub(&["S3.1", "S3.2", "S3.3", "S3.8", "S3.12", "S3.19"])),
    Row::new("AC-3(7)", "role-based access control", Hub(&["S3.1", "S3.2", "S3.3", "S3.8", "S3.12", "S3.19"])),
    Row::new("AC-3(15)", "discretionary and mandatory access control", Hub(&["S3.12"])),
    Row::new("AC-4", "information flow enforcement", Hub(&["S3.1", "S3.2", "S3.3", "S3.5", "S3.8", "S3.19"])),
    Row::new("AC-4(21)", "physical or logical separation of information flows", Hub(NET)),
    Row::new("AC-4(26)", "audit filtering actions", Hub(&["S3.9"])),
    Row::new("AC-6", "least privilege", Hub(&["S3.1", "S3.2", "S3.3", "S3.8", "S3.12", "S3.19"])),
    Row::new("AC-6(9)", "log use of privileged functions", Hub(&["S3.9"])),
    Row::new("AC-17(2)", "protection of confidentiality and integrity using encryption", Hub(&["S3.5"])),
    Row::new("AC-21", "information sharing", Hub(NET)),
    Row::new("AU-2", "event logging", Hub(&["S3.9"])),
    Row::new("AU-3", "content of audit records", Hub(&["S3.9"])),
    Row::new("AU-6(3)", "correlate audit record repositories", Hub(&["S3.9"])),
    Row::new("AU-6(4)", "central review and analysis", Hub(&["S3.9"])),
    Row::new("AU-9", "protection of audit information", Hub(&["S3.17"])),
    Row::new("AU-9(2)", "store on separate physical systems or components", Hub(COPIES)),
    Row::new("AU-10", "non-repudiation", Hub(&["S3.9"])),
    Row::new("AU-12", "audit record generation", Hub(&["S3.9"])),
    Row::new("CA-7", "continuous monitoring", Hub(&["S3.9", "S3.11"])),
    Row::new("CA-9(1)", "compliance checks", Hub(&["S3.6", "S3.17", "S3.20"])),
    Row::new("CM-2", "baseline configuration", Hub(&["S3.6", "S3.20"])),
    Row::new("CM-2(2)", "automation support for accuracy and currency", Hub(&["S3.20"])),
    Row::new("CM-3", "configuration change control", Hub(&["S3.20"])),
    Row::new("CM-3(6)", "cryptography management", Hub(&["S3.17"])),
    Row::new("CP-6", "alternate storage site", Hub(COPIES)),
    Row::new("CP-6(1)", "separation from primary site", Hub(COPIES)),
    Row::new("CP-6(2)", "recovery time and recovery point objectives", Hub(&["S3.7", "S3.10", "S3.13", "S3.14", "S3.15"])),
    Row::new("CP-9", "system backup", Hub(&["S3.7", "S3.10", "S3.13", "S3.14"])),
    Row::new("CP-10", "system recovery and reconstitution", Hub(&["S3.7", "S3.10", "S3.13", "S3.14"])),
    Row::new("IA-5(1)", "password-based authentication", Hub(&["S3.5"])),
    Row::new("SC-5(2)", "capacity, bandwidth and redundancy", Hub(&["S3.7", "S3.10", "S3.13", "S3.14", "S3.20"])),
    Row::new("SC-7", "boundary protection", Hub(NET)),
    Row::new("SC-7(3)", "access points", Hub(NET)),
    Row::new("SC-7(4)", "external telecommunications services", Hub(&["S3.1", "S3.2", "S3.3", "S3.5", "S3.8", "S3.19"])),
    Row::new("SC-7(9)", "restrict threatening outgoing communications traffic", Hub(&["S3.1", "S3.2", "S3.3", "S3.8", "S3.9", "S3.19"])),
    Row::new("SC-7(10)", "prevent exfiltration", Hub(&["S3.17"])),
    Row::new("SC-7(11)", "restrict incoming communications traffic", Hub(NET)),
    Row::new("SC-7(16)", "prevent discovery of system components", Hub(NET)),
    Row::new("SC-7(20)", "dynamic isolation and segregation", Hub(NET)),
    Row::new("SC-7(21)", "isolation of system components", Hub(NET)),
    Row::new("SC-8", "transmission confidentiality and integrity", Hub(&["S3.5"])),
    Row::new("SC-8(1)", "cryptographic protection", Hub(&["S3.5"])),
    Row::new("SC-8(2)", "pre- and post-transmission handling", Hub(&["S3.5"])),
    Row::new("SC-12(2)", "symmetric keys", Hub(&["S3.17"])),
    Row::new("SC-12(3)", "asymmetric keys", Hub(&["S3.5"])),
    Row::new("SC-13", "cryptographic protection", Hub(&["S3.5", "S3.17"])),
    Row::new("SC-23", "session authenticity", Hub(&["S3.5"])),
    Row::new("SC-23(3)", "unique system-generated session identifiers", Hub(&["S3.5"])),
    Row::new("SC-28", "protection of information at rest", Hub(&["S3.17"])),
    Row::new("SC-28(1)", "cryptographic protection", Hub(&["S3.17"])),
    Row::new("SC-36(2)", "synchronization", Hub(&["S3.7"])),
    Row::new("SI-3(8)", "detect unauthorized commands", Hub(&["S3.9", "S3.11"])),
    Row::new("SI-4", "system monitoring", Hub(&["S3.11"])),
    Row::new("SI-4(4)", "inbound and outbound communications traffic", Hub(&["S3.11"])),
    Row::new("SI-4(20)", "privileged users", Hub(&["S3.9"])),
    Row::new("SI-7(6)", "cryptographic protection", Hub(&["S3.5", "S3.17"])),
    Row::new("SI-7(8)", "auditing capability for significant events", Hub(&["S3.9"])),
    Row::new("SI-12", "information management and retention", Hub(&["S3.14"])),
    Row::new("SI-13(5)", "failover capability", Hub(&["S3.7", "S3.10", "S3.13", "S3.14"])),
];
