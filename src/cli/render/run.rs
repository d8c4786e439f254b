//! What only a whole run shows: profiles that do not go together, found before anything is written.
//!
//! In: the identity of each profile. Out: findings for each file.

use std::collections::{BTreeSet, HashMap};
use std::path::{Path, PathBuf};

use super::super::{inputs, parallel};
use crate::diag::{Finding, Path as DiagPath};
use crate::names::BucketName;
use crate::path;
use crate::pipeline::{self, Identity, PointIdentity, SingletonIdentity};
use crate::plan::{CONFIG_BUCKET, LOG_BUCKET, TRAIL_BUCKET};
use crate::source::Workspace;

/// Each profile of a run.
type Seen<'f> = [(&'f PathBuf, Identity)];

type Findings = Vec<(PathBuf, Finding)>;

fn shown(path: &Path) -> String {
    format!("`{}`", path.display())
}

/// Profiles that claim a name or a bucket that an earlier one claims, found before anything is written.
pub(super) fn clashes(files: &[PathBuf], jobs: usize, workspace: &Workspace) -> HashMap<PathBuf, Vec<Finding>> {
    let mut names: HashMap<String, &PathBuf> = HashMap::with_capacity(files.len());
    let mut buckets: HashMap<String, &PathBuf> = HashMap::with_capacity(files.len());
    let mut points: HashMap<PointIdentity, (&PathBuf, usize)> = HashMap::new();
    let mut clashes: HashMap<PathBuf, Vec<Finding>> = HashMap::new();
    let mut seen: Vec<(&PathBuf, Identity)> = Vec::with_capacity(files.len());
    let identify = |file: &PathBuf| inputs::read(file, workspace).ok().as_ref().and_then(pipeline::identity);
    parallel::ordered(files, jobs, identify, |file, identity| seen.extend(identity.map(|identity| (file, identity))));
    let mut both = |what, value: &str, one: (&PathBuf, DiagPath), other: (&PathBuf, DiagPath)| {
        for ((file, path), (of, _)) in [(&one, &other), (&other, &one)] {
            clashes.entry((*file).clone()).or_default().push(pipeline::clash(what, path.clone(), value, &shown(of)));
        }
    };
    let at = |what: &str| if what == "name" { path!["name"] } else { path!["bucket", "name"] };
    for (file, companion, other) in companions(&seen, workspace) {
        both("bucket", &companion, (file, at("bucket")), (other, at("bucket")));
    }
    let mut of_run = all(&seen);
    of_run.extend(shut_out(&seen, workspace));
    for (file, Identity { name, bucket, points: own, .. }) in seen {
        let bucket = bucket.map(|bucket| ("bucket", bucket, &mut buckets));
        for (what, value, taken) in std::iter::once(("name", name, &mut names)).chain(bucket) {
            match taken.get(&value) {
                Some(other) => both(what, &value, (other, at(what)), (file, at(what))),
                None => drop(taken.insert(value, file)),
            }
        }
        for (number, point) in own.into_iter().enumerate() {
            let place = |number: usize| path!["access_points", "points", number, "name"];
            match points.get(&point) {
                // Twice in one profile is a finding of that profile.
                Some((other, first)) if *other != file => {
                    both("access point", &point.name, (other, place(*first)), (file, place(number)));
                }
                Some(_) => {}
                None => drop(points.insert(point, (file, number))),
            }
        }
    }
    for (file, finding) in of_run {
        clashes.entry(file).or_default().push(finding);
    }
    clashes
}

/// Profiles with a companion bucket that is another one's own bucket. Only where the names say so is a profile read for it.
fn companions<'f>(seen: &[(&'f PathBuf, Identity)], workspace: &Workspace) -> Vec<(&'f PathBuf, String, &'f PathBuf)> {
    let buckets: HashMap<&str, &PathBuf> = seen.iter().filter_map(|(file, identity)| Some((identity.bucket.as_deref()?, *file))).collect();
    let mut found = Vec::new();
    for (file, identity) in seen {
        let Some(Ok(own)) = identity.bucket.as_ref().map(|bucket| bucket.parse::<BucketName>()) else { continue };
        for (purpose, id) in [("logs", LOG_BUCKET), ("trail", TRAIL_BUCKET), ("config", CONFIG_BUCKET)] {
            let companion = own.companion(purpose, BucketName::MAX);
            let Some(other) = buckets.get(companion.as_str()) else { continue };
            let plan = inputs::read(file, workspace).ok().as_ref().and_then(pipeline::plan).map(|(_, plan)| plan);
            if plan.is_some_and(|plan| plan.buckets().any(|(resource, bucket)| resource.id == id && bucket.name == companion)) {
                found.push((*file, companion.to_string(), *other));
            }
        }
    }
    found
}

/// The same thing made twice, more trails than a region takes, things that nobody makes, and buckets that an account closes.
fn all(seen: &Seen<'_>) -> Findings {
    let mut findings = made_twice(seen);
    findings.extend(trails(seen));
    findings.extend(missing(seen));
    findings.extend(closed(seen));
    findings.extend(archives(seen));
    findings
}

/// Buckets that receive access logs, held against those that send them.
fn archives(seen: &Seen<'_>) -> Findings {
    let makers = seen.iter().filter_map(|(file, identity)| Some((identity.bucket.as_deref()?, (*file, identity))));
    let makers: HashMap<&str, (&PathBuf, &Identity)> = makers.collect();
    let one = |(file, identity): &(&PathBuf, Identity)| {
        let target = identity.logs_to.as_deref()?;
        let Some((of, archive)) = makers.get(target) else { return Some(((*file).clone(), pipeline::no_archive(target))) };
        let (bucket, of) = (identity.bucket.as_deref().unwrap_or_default(), shown(of));
        let homes = [("account", &identity.home.0, &archive.home.0), ("region", &identity.home.1, &archive.home.1)];
        for (what, own, other) in homes {
            if let (Some(own), Some(other)) = (own, other)
                && own != other
            {
                return Some(((*file).clone(), pipeline::archive_elsewhere(what, own, other, &of)));
            }
        }
        let takes = match &archive.takes_from {
            Some(from) => from.is_empty() || from.iter().any(|name| is_called(name, bucket)),
            // The policy of a bucket's profile names no sources; others may add them.
            None => archive.keeps,
        };
        (!takes).then(|| ((*file).clone(), pipeline::archive_refuses(bucket, target, &of)))
    };
    seen.iter().filter_map(one).collect()
}

/// Whether that is the bucket's whole name: one of the account's own namespace ends in its account and region.
fn is_called(whole: &str, bucket: &str) -> bool {
    whole.strip_prefix(bucket).is_some_and(|rest| rest.is_empty() || (rest.starts_with('-') && rest.ends_with("-an")))
}

/// Grants of buckets that a resource control policy of the run takes back. The profiles are read for it only where there is one.
fn shut_out(seen: &Seen<'_>, workspace: &Workspace) -> Findings {
    let mut perimeters = seen.iter().filter_map(|(file, identity)| Some((*file, identity.perimeter.as_ref()?)));
    let Some((by, perimeter)) = perimeters.next() else { return Vec::new() };
    // Of several organizations nobody knows whose a bucket is.
    if perimeters.any(|(_, other)| other.organization != perimeter.organization) {
        return Vec::new();
    }
    let members: BTreeSet<&str> = seen.iter().filter_map(|(_, identity)| identity.home.0.as_deref()).collect();
    let buckets = seen.iter().filter(|(_, identity)| identity.account.is_none());
    let found = buckets.flat_map(|(file, _)| {
        let source = inputs::read(file, workspace).ok();
        let findings = source.map(|source| pipeline::shut_out(&source, perimeter, &members, &shown(by))).unwrap_or_default();
        findings.into_iter().map(|finding| ((*file).clone(), finding)).collect::<Vec<_>>()
    });
    found.collect()
}

fn made_twice(seen: &Seen<'_>) -> Findings {
    let mut made: HashMap<&SingletonIdentity, &PathBuf> = HashMap::new();
    let mut findings = Vec::new();
    for (file, singleton) in seen.iter().flat_map(|(file, identity)| identity.singletons.iter().map(move |one| (*file, one))) {
        match made.get(singleton) {
            Some(other) => {
                for (file, of) in [(file, *other), (*other, file)] {
                    findings.push((file.clone(), pipeline::singleton_clash(singleton, &shown(of))));
                }
            }
            None => drop(made.insert(singleton, file)),
        }
    }
    findings
}

/// A region takes five trails ("Quotas in AWS CloudTrail", AWS CloudTrail User Guide); a trail of several regions counts in each.
const TRAILS: usize = 5;

fn trails(seen: &Seen<'_>) -> Findings {
    let mut homes: HashMap<(&Option<String>, &Option<String>), Vec<&PathBuf>> = HashMap::new();
    for (file, identity) in seen.iter().filter(|(_, identity)| identity.makes_trail) {
        homes.entry((&identity.home.0, &identity.home.1)).or_default().push(file);
    }
    let crowded = homes.into_values().filter(|files| files.len() > TRAILS);
    crowded
        .flat_map(|files| files.iter().map(|file| ((*file).clone(), pipeline::too_many_trails(files.len()))).collect::<Vec<_>>())
        .collect()
}

/// What profiles of buckets take for granted, and no profile of the run makes. A profile that is alone says it in its runbook.
fn missing(seen: &Seen<'_>) -> Findings {
    let is_made = |wanted: &SingletonIdentity| {
        let same = |own: &Option<String>, other: &Option<String>| own.is_none() || other.is_none() || own == other;
        let mut made = seen.iter().flat_map(|(_, identity)| &identity.singletons);
        made.any(|one| one.what == wanted.what && same(&one.account, &wanted.account) && same(&one.region, &wanted.region))
    };
    let wanted = seen.iter().flat_map(|(file, identity)| identity.relies_on.iter().map(move |one| (*file, one)));
    wanted.filter(|(_, one)| !is_made(one)).map(|(file, one)| (file.clone(), pipeline::relies_on(one))).collect()
}

fn closed(seen: &Seen<'_>) -> Findings {
    let blocking = seen.iter().filter_map(|(file, identity)| {
        let account = identity.account.as_ref().filter(|account| account.blocks_policies)?;
        Some((*file, account.account.as_str()))
    });
    let accounts: HashMap<&str, &PathBuf> = blocking.map(|(file, account)| (account, file)).collect();
    let opened = seen.iter().filter_map(|(file, identity)| Some((*file, identity.opened.as_ref()?)));
    let here = opened.filter_map(|(file, opened)| {
        let by = accounts.get(opened.account.as_deref()?)?;
        Some((file.clone(), pipeline::blocked_by_account(opened, &shown(by))))
    });
    here.collect()
}
