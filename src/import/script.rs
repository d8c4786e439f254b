//! The script that collects what S3 says of a bucket.
//!
//! In: a bucket, and where it is. Out: a script for a POSIX shell that prints one JSON document for `foreign::live`. It reads
//! and changes nothing; what S3 says is not configured is null, what could not be read is an error by its name. Never: a word
//! of the caller's that the shell would take for anything but a word.
//!
//! Sources: the commands `aws s3api`, `aws s3control` and `aws sts` of the AWS CLI Command Reference, and "Error responses" of
//! the Amazon S3 API Reference for what is not configured.

use crate::foreign::live::VERSION;
use crate::names::{AccountId, BucketName, Region};
use crate::plan::shell_word;

/// What is asked of the bucket; the answers have these names in the document.
pub const CALLS: &[&str] = &[
    "get-bucket-location",
    "get-bucket-policy",
    "get-bucket-policy-status",
    "get-public-access-block",
    "get-bucket-ownership-controls",
    "get-bucket-acl",
    "get-bucket-encryption",
    "get-bucket-versioning",
    "get-bucket-lifecycle-configuration",
    "get-object-lock-configuration",
    "get-bucket-logging",
    "get-bucket-notification-configuration",
    "get-bucket-replication",
    "get-bucket-cors",
    "get-bucket-tagging",
    "get-bucket-website",
    "get-bucket-accelerate-configuration",
    "get-bucket-request-payment",
];

/// The errors by which S3 says that something is not configured.
const ABSENT: &[&str] = &[
    "NoSuchBucketPolicy",
    "NoSuchPublicAccessBlockConfiguration",
    "OwnershipControlsNotFoundError",
    "ServerSideEncryptionConfigurationNotFoundError",
    "NoSuchLifecycleConfiguration",
    "ObjectLockConfigurationNotFoundError",
    "ReplicationConfigurationNotFoundError",
    "NoSuchCORSConfiguration",
    "NoSuchTagSet",
    "NoSuchWebsiteConfiguration",
    "NoSuchAccessPointPolicy",
];

/// The script.
pub fn script(bucket: &BucketName, account: Option<&AccountId>, region: Option<&Region>) -> String {
    let account = account.map_or_else(|| "$(aws sts get-caller-identity --query Account --output text)".to_owned(), ToString::to_string);
    let region = region.map(|region| format!("export AWS_REGION={}\n", shell_word(region.as_str()))).unwrap_or_default();
    let calls: String = CALLS
        .iter()
        .map(|call| format!("ask {call} aws s3api {call} --bucket \"$bucket\" --expected-bucket-owner \"$account\"\n"))
        .collect();
    format!(
        r#"#!/bin/sh
# Collects what S3 says of the bucket {bucket}, for `s3harden import`. It only reads: get- and list- calls, nothing else.
# It needs the AWS CLI and the rights to read the settings; run it as: sh SCRIPT >{bucket}.json
set -u
bucket={word}
account={account}
{region}[ -n "$account" ] || exit 1
said=$(mktemp) || exit 1
trap 'rm -f "$said"' EXIT
failed=0

# NAME COMMAND…: the answer under its name; null where S3 says that there is none, an error by its name for anything else
ask() {{
  name=$1
  shift
  if answer=$("$@" --output json 2>"$said"); then
    [ -n "$answer" ] || answer='{{}}'
  elif grep -q -E '\(({absent})\)' "$said"; then
    answer=null
  else
    code=$(sed -n 's/.*(\([A-Za-z0-9]\{{1,64\}}\)).*/\1/p' "$said" | head -n 1)
    answer="{{\"error\": \"${{code:-Unknown}}\"}}"
    failed=1
    printf '%s: %s\n' "$name" "${{code:-the command failed}}" >&2
  fi
  printf '%s    "%s": %s' "$comma" "$name" "$answer"
  comma=',
'
}}

printf '{{\n  "s3harden": "bucket",\n  "version": {version},\n  "bucket": "%s",\n  "account": "%s",\n  "calls": {{\n' "$bucket" "$account"
comma=
{calls}ask get-account-public-access-block aws s3control get-public-access-block --account-id "$account"
printf '\n  }},\n  "access-points": ['
between=
if points=$(aws s3control list-access-points --account-id "$account" --bucket "$bucket" --query 'AccessPointList[].Name' --output text); then
  for point in $points; do
    [ "$point" != None ] || continue
    printf '%s\n    {{\n' "$between"
    comma=
    ask get-access-point aws s3control get-access-point --account-id "$account" --name "$point"
    ask get-access-point-policy aws s3control get-access-point-policy --account-id "$account" --name "$point"
    printf '\n    }}'
    between=,
  done
else
  failed=1
fi
printf '\n  ]\n}}\n'
exit "$failed"
"#,
        word = shell_word(bucket.as_str()),
        absent = ABSENT.join("|"),
        version = VERSION,
    )
}
