//! ARNs of another partition than the bucket's: who or what they name is not there.

use super::Subject;
use crate::diag::{Code, Finding, Path};
use crate::path;
use crate::protect::principal::{Grantee, Identity};

pub(super) fn check(subject: &Subject<'_>, findings: &mut Vec<Finding>) {
    let Some(region) = &subject.profile.bucket.region else { return };
    let own = region.partition().id;
    let mut compare = |place: Path, arn: &str| {
        let Some(other) = arn.split(':').nth(1).filter(|other| *other != own) else { return };
        let message = format!("`{arn}` is of the partition `{other}`, the bucket is of `{own}`");
        findings.push(
            Finding::new(Code::OtherPartition, place, message)
                .also(path!["bucket", "region"], "the bucket's region")
                .help(format!("write `arn:{own}:…`; nobody and nothing of another partition reaches the bucket")),
        );
    };
    for rule in subject.rules() {
        for (number, grantee) in rule.to.iter().enumerate() {
            if let Grantee::Arn(arn) = grantee {
                compare(rule.path.then("to").then(number), arn.as_str());
            }
        }
        if let Some(arn) = &rule.when.source_arn {
            compare(rule.path.then("when").then("source_arn"), arn.as_str());
        }
    }
    for (list, identities) in excepted(subject) {
        for (number, identity) in identities.iter().enumerate() {
            if let Identity::Arn(arn) = identity {
                compare(list.then(number), arn.as_str());
            }
        }
    }
}

/// Every list of principals that something leaves alone or relies on.
fn excepted<'a>(subject: &'a Subject<'_>) -> Vec<(Path, &'a [Identity])> {
    let profile = subject.profile;
    let mut lists: Vec<(Path, &[Identity])> = vec![
        (path!["bucket", "protect_versions", "except"], profile.bucket.protect_versions.excepted().unwrap_or_default()),
        (path!["encryption", "key_admins"], &profile.encryption.key_admins),
        (path!["mfa", "except"], &profile.mfa.except),
    ];
    if let Some(network) = &profile.network {
        lists.push((path!["network", "except", "principals"], &network.except.principals));
        lists.push((path!["network", "break_glass"], &network.break_glass));
        lists.push((path!["network", "deployer"], &network.deployer));
    }
    lists
}
