//! CIS AWS Foundations Benchmark, 3.0 to 7.0: what is about S3, with its id in each version.

use super::{How, Row, judge};

/// Where the ids come from.
pub(super) const SOURCE: &str = "CIS Amazon Web Services Foundations Benchmark";

/// What is asked, how it is judged, and its ids in 3.0, 4.0, 5.0, 6.0 and 7.0; none where the version does not ask.
type Demand = (&'static str, How, [&'static str; 5]);

const DEMANDS: &[Demand] = &[
    ("requests over plain HTTP are denied", How::Plan(judge::transport), ["2.1.1", "2.1.1", "2.1.1", "3.1.1", "3.1.1"]),
    ("MFA delete is enabled", How::Plan(judge::mfa_delete), ["2.1.2", "2.1.2", "2.1.2", "3.1.2", "3.1.2"]),
    ("data is discovered, classified and secured", How::Plan(judge::classified), ["2.1.3", "2.1.3", "2.1.3", "3.1.3", "3.1.3"]),
    ("Block Public Access is on", How::Plan(judge::block_public_access), ["2.1.4", "2.1.4", "2.1.4", "3.1.4", "3.1.4"]),
    ("trails validate their log files", How::Plan(judge::trail_validation), ["3.2", "3.2", "3.2", "4.2", "4.2"]),
    ("the trail's bucket has access logs", How::Plan(judge::trail_bucket_logs), ["3.4", "3.4", "3.4", "4.4", "4.4"]),
    ("trails are encrypted with KMS", How::Plan(judge::trail_key), ["3.5", "3.5", "3.5", "4.5", "4.5"]),
    ("writes to objects are recorded for all buckets", How::Plan(judge::all_writes), ["3.8", "3.8", "3.8", "4.8", "4.8"]),
    ("reads of objects are recorded for all buckets", How::Plan(judge::all_reads), ["3.9", "3.9", "3.9", "4.9", "4.9"]),
    ("changes of bucket policies are watched", How::Plan(judge::policy_changes), ["4.8", "4.8", "4.8", "5.8", "5.8"]),
    ("IAM Access Analyzer looks for external access", How::Plan(judge::analyzer), ["1.20", "1.20", "1.19", "2.19", "2.18"]),
    ("resource policies give nothing to everybody unconfined", How::Plan(judge::nothing_to_everybody), ["", "", "", "", "2.21"]),
];

/// The rows of the version at that place of the table.
pub(super) fn rows(version: usize) -> Vec<Row> {
    let rows =
        DEMANDS.iter().filter_map(|(title, how, ids)| Some(Row { id: ids.get(version).filter(|id| !id.is_empty())?, title, how: *how }));
    rows.collect()
}
