//! The table of the request model: for each key, what a request must be to carry it.
//!
//! A key that has no row is carried whenever the request has a value for it and the action knows the key
//! ("Actions, resources, and condition keys for Amazon S3", Service Authorization Reference).

use std::sync::LazyLock;

use super::{Facts, Status};
use crate::policy::Key;

/// When a key exists.
#[derive(Clone, Copy, Debug)]
pub struct Row {
    /// The key's name; with a `/` at its end, every key that begins so.
    pub key: &'static str,
    /// What must be true of the request.
    pub needs: Facts,
    /// What must not be.
    pub bars: Facts,
    /// How far that is vouched for.
    pub status: Status,
    /// The AWS page.
    pub source: &'static str,
}

/// The row of a key.
pub(super) fn row(key: &Key) -> Option<&'static Row> {
    static PLAIN: LazyLock<Vec<Option<&'static Row>>> = LazyLock::new(|| Key::PLAIN.iter().map(|key| find(&key.name())).collect());
    match key.slot() {
        Some(slot) => PLAIN.get(slot).copied().flatten(),
        None => find(&key.name()),
    }
}

fn find(name: &str) -> Option<&'static Row> {
    ROWS.iter().find(|row| match row.key.ends_with('/') {
        true => name.get(..row.key.len()).is_some_and(|head| head.eq_ignore_ascii_case(row.key)),
        false => name.eq_ignore_ascii_case(row.key),
    })
}

const GLOBAL: &str = "AWS global condition context keys, IAM User Guide";
const POINTS: &str = "Configuring IAM policies for using access points, Amazon S3 User Guide";
const SIGNING: &str = "Amazon S3 Signature Version 4 authentication specific policy keys, Amazon S3 API Reference";
const PERIMETER: &str = "aws-samples/data-perimeter-policy-examples, README";

const fn row_of(key: &'static str, needs: Facts, bars: Facts, status: Status, source: &'static str) -> Row {
    Row { key, needs, bars, status, source }
}

use Status::{Assumed, Documented, Observed};

const NONE: Facts = Facts::NONE;
const SIGNED: Facts = Facts::SIGNED;
const SERVICE: Facts = Facts::SERVICE;
const ENDPOINT: Facts = Facts::ENDPOINT;
const PLACELESS: Facts = SERVICE.and(Facts::FORWARDED);

/// Every rule.
pub const ROWS: &[Row] = &[
    row_of("aws:SourceIp", NONE, ENDPOINT.and(SERVICE), Documented, GLOBAL),
    row_of("aws:VpcSourceIp", ENDPOINT, PLACELESS, Documented, GLOBAL),
    row_of("aws:SourceVpc", ENDPOINT, PLACELESS, Documented, GLOBAL),
    row_of("aws:SourceVpce", ENDPOINT, PLACELESS, Documented, GLOBAL),
    row_of("aws:SourceVpcArn", ENDPOINT, PLACELESS, Documented, GLOBAL),
    row_of("aws:VpceAccount", ENDPOINT, PLACELESS, Observed, PERIMETER),
    row_of("aws:VpceOrgID", ENDPOINT, PLACELESS, Observed, PERIMETER),
    row_of("aws:VpceOrgPaths", ENDPOINT, PLACELESS, Observed, PERIMETER),
    row_of("aws:SecureTransport", NONE, SERVICE, Documented, GLOBAL),
    row_of("s3:TlsVersion", Facts::TLS, SERVICE, Assumed, "Bucket policy examples using condition keys, Amazon S3 User Guide"),
    row_of("aws:ViaAWSService", SIGNED, NONE, Documented, GLOBAL),
    row_of("aws:CalledVia", Facts::FORWARDED, NONE, Documented, GLOBAL),
    row_of("aws:CalledViaFirst", Facts::FORWARDED, NONE, Documented, GLOBAL),
    row_of("aws:CalledViaLast", Facts::FORWARDED, NONE, Documented, GLOBAL),
    row_of("aws:PrincipalIsAWSService", SIGNED, NONE, Documented, GLOBAL),
    row_of("aws:PrincipalServiceName", SERVICE, NONE, Documented, GLOBAL),
    row_of("aws:PrincipalServiceNamesList", SERVICE, NONE, Documented, GLOBAL),
    row_of("aws:SourceArn", SERVICE.and(Facts::SOURCE), NONE, Documented, GLOBAL),
    row_of("aws:SourceAccount", SERVICE.and(Facts::SOURCE), NONE, Documented, GLOBAL),
    row_of("aws:SourceOrgID", SERVICE.and(Facts::SOURCE), NONE, Documented, GLOBAL),
    row_of("aws:SourceOrgPaths", SERVICE.and(Facts::SOURCE), NONE, Documented, GLOBAL),
    row_of("aws:SourceOwner", SERVICE.and(Facts::SOURCE), NONE, Assumed, GLOBAL),
    row_of("aws:MultiFactorAuthPresent", Facts::TEMPORARY, NONE, Documented, GLOBAL),
    row_of("aws:MultiFactorAuthAge", Facts::TEMPORARY.and(Facts::MFA), Facts::ROLE, Documented, GLOBAL),
    row_of("aws:TokenIssueTime", Facts::TEMPORARY, NONE, Documented, GLOBAL),
    row_of("aws:SourceIdentity", Facts::TEMPORARY, NONE, Documented, GLOBAL),
    row_of("aws:FederatedProvider", Facts::TEMPORARY, NONE, Documented, GLOBAL),
    row_of("aws:PrincipalArn", SIGNED, SERVICE, Documented, GLOBAL),
    row_of("aws:PrincipalAccount", NONE, SERVICE, Documented, GLOBAL),
    row_of("aws:PrincipalOrgID", SIGNED.and(Facts::ORGANIZED), SERVICE, Documented, GLOBAL),
    row_of("aws:PrincipalOrgPaths", SIGNED.and(Facts::ORGANIZED), SERVICE, Documented, GLOBAL),
    row_of("aws:PrincipalTag/", SIGNED, SERVICE, Documented, GLOBAL),
    row_of("aws:PrincipalType", NONE, NONE, Documented, GLOBAL),
    row_of("aws:username", Facts::USER, NONE, Documented, GLOBAL),
    row_of("aws:userid", NONE, SERVICE, Documented, GLOBAL),
    row_of("aws:ResourceAccount", NONE, NONE, Documented, GLOBAL),
    row_of("s3:ResourceAccount", NONE, NONE, Documented, "Bucket policy examples using condition keys, Amazon S3 User Guide"),
    row_of("aws:ResourceOrgID", NONE, NONE, Documented, GLOBAL),
    row_of("aws:ResourceOrgPaths", NONE, NONE, Documented, GLOBAL),
    row_of("aws:CurrentTime", NONE, NONE, Documented, GLOBAL),
    row_of("aws:EpochTime", NONE, NONE, Documented, GLOBAL),
    row_of("aws:RequestedRegion", NONE, NONE, Documented, GLOBAL),
    row_of("aws:referer", NONE, SERVICE, Documented, GLOBAL),
    row_of("aws:UserAgent", NONE, NONE, Documented, GLOBAL),
    row_of("s3:authType", SIGNED, SERVICE, Documented, SIGNING),
    row_of("s3:signatureversion", SIGNED, SERVICE, Documented, SIGNING),
    row_of("s3:signatureAge", SIGNED.and(Facts::PRESIGNED), SERVICE, Documented, SIGNING),
    row_of("s3:x-amz-content-sha256", SIGNED, SERVICE.and(Facts::PRESIGNED), Documented, SIGNING),
    row_of("s3:DataAccessPointArn", Facts::POINT, NONE, Documented, POINTS),
    row_of("s3:DataAccessPointAccount", Facts::POINT, NONE, Documented, POINTS),
    row_of("s3:AccessPointNetworkOrigin", Facts::POINT, NONE, Documented, POINTS),
    row_of("s3:AccessPointTag/", Facts::POINT, NONE, Documented, POINTS),
];

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn rows_are_about_known_keys_and_name_their_pages() {
        for (i, row) in ROWS.iter().enumerate() {
            let name = if row.key.ends_with('/') { format!("{}x", row.key) } else { row.key.to_owned() };
            let key = Key::parse(&name);
            assert!(!matches!(key, Key::Other(_)), "{name}");
            assert!(row.key.ends_with('/') || key.name() == row.key, "{name}");
            assert!(row.source.len() > 10);
            assert!(!ROWS[..i].iter().any(|before| before.key == row.key), "{name} twice");
        }
    }
}
