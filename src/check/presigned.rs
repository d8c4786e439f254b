//! Presigned URLs: limits that S3 has anyway, or that nobody meets, and limits of what is forbidden.

use super::Subject;
use crate::diag::{Code, Finding};
use crate::path;

/// The longest life of a presigned URL, in seconds ("Amazon S3 Signature Version 4 authentication specific policy keys").
const LONGEST: u64 = 604_800;

pub(super) fn check(subject: &Subject<'_>, findings: &mut Vec<Finding>) {
    let section = &subject.profile.presigned_urls;
    if let Some(age) = &section.max_age {
        let message = match age.seconds() {
            0 => Some("a presigned URL without any age forbids them all"),
            seconds if seconds > LONGEST => Some("no presigned URL lasts that long, so that the limit limits nothing"),
            _ => None,
        };
        let help = "use from `1s` to `7d`; to forbid presigned URLs, `allow: false`";
        findings.extend(message.map(|message| Finding::new(Code::PresignedAge, path!["presigned_urls", "max_age"], message).help(help)));
    }
    if section.allow {
        return;
    }
    for (key, written) in [
        ("max_age", section.max_age.is_some()),
        ("cidrs", !section.cidrs.is_empty()),
        ("vpcs", !section.vpcs.is_empty()),
        ("vpc_endpoints", !section.vpc_endpoints.is_empty()),
    ] {
        if written {
            findings.push(
                Finding::new(Code::SettingIgnored, path!["presigned_urls", key], format!("`{key}` has no effect: presigned URLs are forbidden"))
                    .also(path!["presigned_urls", "allow"], "forbidden here")
                    .help(format!("remove `{key}`, or `allow: false`")),
            );
        }
    }
}
