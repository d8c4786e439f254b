//! Replication that would copy nothing, or not what it should.

use super::{Subject, needs_versioning};
use crate::diag::{Code, Finding};
use crate::path;
use crate::plan::Algorithm;

pub(super) fn check(subject: &Subject<'_>, findings: &mut Vec<Finding>) {
    let profile = subject.profile;
    let Some(replication) = &profile.bucket.replication else { return };
    let at = path!["bucket", "replication"];
    needs_versioning(subject, at.clone(), "replication", findings);
    if profile.bucket.is_called(&replication.to_bucket) {
        findings.push(
            Finding::new(Code::ReplicatesToSelf, at.then("to_bucket"), format!("`{}` would replicate to itself", replication.to_bucket))
                .also(path!["bucket", "name"], "the same bucket")
                .help("name another bucket, best in another region or account"),
        );
    }
    if replication.to_account.is_some() && replication.to_account == profile.bucket.account {
        let message = "`to_account` is the account of the bucket itself";
        findings.push(Finding::new(Code::SettingIgnored, at.then("to_account"), message).help("leave it out for copies within the account"));
    }
    let Some(key) = &replication.replica_key else {
        if profile.encryption.algorithm != Algorithm::SseS3 {
            let message = format!("objects under `{}` are not replicated without a key for the copies", profile.encryption.algorithm.word());
            findings.push(
                Finding::new(Code::ReplicationWithoutKey, at, message)
                    .also(path!["encryption", "algorithm"], "encrypted here")
                    .help("name a KMS key of the destination's region as `replica_key`"),
            );
        }
        return;
    };
    let place = at.then("replica_key");
    if key.is_alias() {
        let message = format!("S3 does not take the alias `{key}` for copies");
        findings.push(Finding::new(Code::ReplicaKeyAlias, place.clone(), message).help("name the key by its ARN"));
    }
    let destination = replication.to_region.as_ref().or(profile.bucket.region.as_ref());
    if let (Some((_, region)), Some(destination)) = (key.owner(), destination)
        && region != destination.as_str()
    {
        findings.push(
            Finding::new(Code::KeyInOtherRegion, place, format!("the key is in `{region}`, the copies are in `{destination}`"))
                .help("use a key of the destination's region; say which it is with `to_region`"),
        );
    }
}
