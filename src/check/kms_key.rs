//! A KMS key that is out of sight, out of reach, or asked for beside SSE-S3.

use super::Subject;
use crate::diag::{Code, Finding};
use crate::path;
use crate::plan::Algorithm;
use crate::protect::encryption::Uploads;

pub(super) fn check(subject: &Subject<'_>, findings: &mut Vec<Finding>) {
    let encryption = &subject.profile.encryption;
    let at = path!["encryption", "key"];
    let algorithm = encryption.algorithm;
    if algorithm == Algorithm::SseS3 && subject.is_written(&at) {
        let message = format!("`key` has no effect with the algorithm `{}`", algorithm.word());
        findings.push(Finding::new(Code::SettingIgnored, at, message).help("use `algorithm: sse-kms`, or remove `key`"));
        return;
    }
    let bucket_key = path!["encryption", "bucket_key"];
    if algorithm != Algorithm::SseKms && subject.is_written(&bucket_key) {
        let message = format!("`bucket_key` has no effect with the algorithm `{}`", algorithm.word());
        findings.push(Finding::new(Code::SettingIgnored, bucket_key, message).help("use `algorithm: sse-kms`, or remove `bucket_key`"));
    }
    if !encryption.key_admins.is_empty() && (algorithm == Algorithm::SseS3 || encryption.key.given().is_some()) {
        let message = "`key_admins` has no effect without a key that the profile creates";
        let help = if algorithm == Algorithm::SseS3 { "use `algorithm: sse-kms`, or remove it" } else { "use `key: create`, or remove it" };
        findings.push(Finding::new(Code::SettingIgnored, path!["encryption", "key_admins"], message).help(help));
    }
    for (index, admin) in encryption.key_admins.iter().enumerate() {
        let own = subject.profile.bucket.account.as_ref().map(|account| account.as_str());
        if admin.account().is_some_and(|account| Some(account) != own) {
            let message = "an administrator of the key is in another account than the key, where the statement does not reach";
            findings.push(
                Finding::new(Code::SettingIgnored, path!["encryption", "key_admins", index], message)
                    .help("name a role of the bucket's account, and say `bucket.account` where you write an ARN"),
            );
        }
    }
    let Some(key) = encryption.key.given().filter(|_| algorithm != Algorithm::SseS3) else { return };
    findings.push(
        Finding::new(Code::KeyElsewhere, at.clone(), format!("the policy of `{key}` is not part of this profile"))
            .help("follow the step in the runbook, or use `create`"),
    );
    if key.is_alias() && encryption.uploads == Uploads::Pinned {
        findings.push(
            Finding::new(Code::PinnedAlias, at.clone(), format!("uploads cannot be pinned to the alias `{key}`"))
                .also(path!["encryption", "uploads"], "pinned here")
                .help("name the key by its ARN: requests carry the ARN of the key, never an alias"),
        );
    }
    if let (Some((_, region)), Some(own)) = (key.owner(), &subject.profile.bucket.region)
        && region != own.as_str()
    {
        findings.push(
            Finding::new(Code::KeyInOtherRegion, at, format!("the key is in `{region}`, the bucket in `{own}`"))
                .also(path!["bucket", "region"], "the bucket's region")
                .help("use a key of the bucket's own region; S3 refuses others"),
        );
    }
}
