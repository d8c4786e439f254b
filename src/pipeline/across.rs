//! Findings of a run over several profiles, for whoever compares what they claim.
//!
//! In: what profiles claim. Out: findings. Never: the comparison itself, which needs every profile of a run.

use std::collections::BTreeSet;

use super::{Opened, SingletonIdentity};
use crate::check;
use crate::diag::{Code, Finding, Path};
use crate::path;
use crate::profile::Profile;
use crate::protect::perimeter::Perimeter;
use crate::source::Source;

/// The finding for a profile that claims what another one claims too.
pub fn clash(what: &'static str, path: Path, value: &str, other: &str) -> Finding {
    Finding::new(Code::NameClash, path, format!("`{value}` is also the {what} of {other}"))
        .help("give each profile a name, a bucket and access points of its own")
}

/// The finding for a public bucket of an account whose Block Public Access is on.
pub fn blocked_by_account(opened: &Opened, other: &str) -> Finding {
    let message = format!("the grant is to everybody, and {other} blocks public policies for the whole account");
    Finding::new(Code::PublicGrantBlocked, path!["grants", opened.at], message)
        .help("set `public_policy: false` and `restrict: false` in the account's profile, or publish through CloudFront instead")
}

/// The findings for grants that a resource control policy of the run takes back; `by` is the profile that has it.
pub fn shut_out(source: &Source, perimeter: &Perimeter, members: &BTreeSet<&str>, by: &str) -> Vec<Finding> {
    Profile::load(source).0.map(|profile| check::shut_out(&profile, perimeter, members, by)).unwrap_or_default()
}

/// The finding for one of more trails than a region takes.
pub fn too_many_trails(number: usize) -> Finding {
    let message = format!("{number} profiles of this run make a trail in the same account and region, which takes five");
    Finding::new(Code::TooManyTrails, path!["logging", "cloudtrail", "trail"], message)
        .help("let the account's profile record every bucket, and say `trail: none` here")
}

/// The finding for a profile that relies on what no profile of the run makes.
pub fn relies_on(singleton: &SingletonIdentity) -> Finding {
    let path = singleton.place.iter().fold(Path::root(), |path, step| path.then(*step));
    Finding::new(Code::NotInThisRun, path, format!("the profile relies on {}, and no account profile of this run makes it", singleton.what))
        .help("add it to the account's profile, or make sure that it exists: the runbook has the command")
}

fn logs_to(code: Code, message: String) -> Finding {
    Finding::new(code, path!["logging", "server_access", "to"], message)
}

/// The finding for access logs that go to a bucket that no profile of the run makes.
pub fn no_archive(target: &str) -> Finding {
    logs_to(Code::NotInThisRun, format!("the access logs go to `{target}`, and no profile of this run makes it"))
        .help("name the archive of the account's profile, or make sure that the bucket takes the logs: the runbook has the statement")
}

/// The finding for access logs that go to a bucket whose policy does not take them.
pub fn archive_refuses(bucket: &str, target: &str, of: &str) -> Finding {
    logs_to(Code::ArchiveRefuses, format!("`{target}`, which {of} makes, takes no access logs of `{bucket}`"))
        .help("add the bucket to `logging.archive.from` of the account's profile, or leave `from` out there")
}

/// The finding for access logs that go to another account or region.
pub fn archive_elsewhere(what: &str, own: &str, other: &str, of: &str) -> Finding {
    logs_to(Code::ArchiveRefuses, format!("the bucket is in the {what} `{own}`, and the archive that {of} makes in `{other}`"))
        .help("S3 delivers access logs within an account and region: use an archive of the same ones, or `to: create`")
}

/// The finding for a profile that makes something that exists once, and that another one makes too.
pub fn singleton_clash(singleton: &SingletonIdentity, other: &str) -> Finding {
    let path = singleton.place.iter().fold(Path::root(), |path, step| path.then(*step));
    Finding::new(
        Code::SingletonClash,
        path,
        format!("{} is also made by {other}, and there is one in an account and region", singleton.what),
    )
    .help("let one profile say `create`, and the others `existing`")
}
