//! Runs over many profiles: a line of JSON for each, and parts of a run for the jobs of a matrix.
//!
//! In: what was found in a profile and what became of its files. Out: `schemas/summary.schema.json`, one line in the
//! order of the profiles, whatever the number of threads. Never: a time, a path of this machine, or a line kept in memory.

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};
use std::str::FromStr;

use serde::Serialize;
use sha2::{Digest, Sha256};

use super::Stop;
use super::output::Change;
use crate::diag::{Finding, Severity};
use crate::pipeline::Decided;
use crate::render::File;
use crate::source::Tree;

/// Arguments for runs over many profiles.
#[derive(Clone, Debug, clap::Args)]
pub(super) struct FleetArgs {
    /// What standard output says of each profile: nothing, or one JSON object a line.
    #[arg(long, value_name = "FORMAT", default_value = "text", value_parser = ["text", "ndjson"])]
    summary: String,
    /// Only every Nth of the sorted profiles, the Kth of them: for one of N jobs. What profiles claim is still compared across all.
    #[arg(long, value_name = "K/N")]
    shard: Option<Shard>,
}

impl FleetArgs {
    /// Whether there is a line for each profile.
    pub(super) fn lines(&self) -> bool {
        self.summary == "ndjson"
    }

    /// Those of the profiles that this run is about, in their order.
    pub(super) fn chosen(&self, files: &[PathBuf]) -> Vec<PathBuf> {
        let Some(Shard { at, of }) = self.shard else { return files.to_vec() };
        let mut sorted: Vec<&PathBuf> = files.iter().collect();
        sorted.sort();
        let ours: std::collections::HashSet<&PathBuf> = sorted.into_iter().skip(at - 1).step_by(of).collect();
        files.iter().filter(|file| ours.contains(file)).cloned().collect()
    }
}

/// A part of a run: the `at`th of `of`, from 1.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
struct Shard {
    at: usize,
    of: usize,
}

impl FromStr for Shard {
    type Err = &'static str;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        let numbers = text.split_once('/').and_then(|(at, of)| Some((at.parse().ok()?, of.parse().ok()?)));
        match numbers {
            Some((at, of)) if (1..=of).contains(&at) => Ok(Self { at, of }),
            _ => Err("write it as K/N, with K from 1 to N: `2/8` is the second of eight jobs"),
        }
    }
}

/// What is said of a profile.
#[derive(Debug, Serialize)]
pub(super) struct Line {
    file: String,
    #[serde(flatten)]
    subject: Subject,
    status: Status,
    findings: Counts,
    codes: BTreeMap<&'static str, usize>,
    tests: Tests,
    guarantees: Guarantees,
    files: Vec<Output>,
    #[serde(skip_serializing_if = "Option::is_none")]
    error: Option<String>,
}

/// What the profile is about, as far as it is written.
#[derive(Debug, Default, Serialize)]
struct Subject {
    kind: Option<String>,
    name: Option<String>,
    bucket: Option<String>,
    account: Option<String>,
    region: Option<String>,
}

#[derive(Clone, Copy, Debug, Serialize)]
#[serde(rename_all = "kebab-case")]
enum Status {
    /// Nothing is wrong.
    Ok,
    /// There are errors.
    Errors,
    /// It could not be read, or its files could not be written.
    Failed,
}

#[derive(Debug, Default, Serialize)]
struct Counts {
    error: usize,
    warning: usize,
    info: usize,
    waived: usize,
}

#[derive(Debug, Serialize)]
struct Tests {
    passed: usize,
    failed: usize,
}

#[derive(Debug, Serialize)]
struct Guarantees {
    proved: usize,
    refuted: usize,
    unknown: usize,
}

/// A file of the output, and what became of it.
#[derive(Debug, Serialize)]
pub(super) struct Output {
    path: &'static str,
    #[serde(skip_serializing_if = "Option::is_none")]
    sha256: Option<String>,
    state: State,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "kebab-case")]
enum State {
    /// It was not as it should be, and is now.
    Written,
    /// It was there, should not be, and is gone.
    Removed,
    /// It is not what would be written; nothing was done about it.
    Different,
    /// It should not be there; nothing was done about it.
    Stale,
    /// It is as it should be.
    Unchanged,
}

/// What becomes of the files of a profile, whose digests are taken before they are given away.
pub(super) struct Digests(Vec<(&'static str, String)>);

impl Digests {
    pub(super) fn of(files: &[File]) -> Self {
        let hex = |bytes: &[u8]| bytes.iter().map(|byte| format!("{byte:02x}")).collect::<String>();
        Self(files.iter().map(|file| (file.path, hex(Sha256::digest(file.text.as_bytes()).as_slice()))).collect())
    }

    /// The files, with the changes that were made or would have been.
    pub(super) fn with(self, changes: &[Change], write: bool) -> Vec<Output> {
        let is_changed = |path: &str| changes.iter().any(|change| change.path == path);
        let there = self.0.into_iter().map(|(path, sha256)| {
            let state = match (is_changed(path), write) {
                (false, _) => State::Unchanged,
                (true, true) => State::Written,
                (true, false) => State::Different,
            };
            Output { path, sha256: Some(sha256), state }
        });
        let gone = changes.iter().filter(|change| change.new.is_none());
        let state = if write { State::Removed } else { State::Stale };
        there.chain(gone.map(|change| Output { path: change.path, sha256: None, state })).collect()
    }
}

impl Line {
    /// What is said of a profile that was checked.
    pub(super) fn new(file: &Path, tree: Option<&Tree>, findings: &[Finding], decided: Decided) -> Self {
        let mut counts = Counts::default();
        let mut codes: BTreeMap<&'static str, usize> = BTreeMap::new();
        for finding in findings {
            *codes.entry(finding.code.name()).or_default() += 1;
            *match (&finding.waived, finding.severity) {
                (Some(_), _) => &mut counts.waived,
                (None, Severity::Error) => &mut counts.error,
                (None, Severity::Warning) => &mut counts.warning,
                (None, Severity::Info) => &mut counts.info,
            } += 1;
        }
        let guarantees = decided.guarantees;
        Self {
            file: file.display().to_string(),
            subject: tree.map(subject).unwrap_or_default(),
            status: if counts.error > 0 { Status::Errors } else { Status::Ok },
            findings: counts,
            codes,
            tests: Tests { passed: decided.tests_passed, failed: decided.tests_failed },
            guarantees: Guarantees { proved: guarantees.proved, refuted: guarantees.refuted, unknown: guarantees.unknown },
            files: Vec::new(),
            error: None,
        }
    }

    /// With what became of its files.
    #[must_use]
    pub(super) fn outputs(mut self, files: Vec<Output>) -> Self {
        self.files = files;
        self
    }

    /// With what kept it from being read or written.
    #[must_use]
    pub(super) fn failed(mut self, error: &str) -> Self {
        self.status = Status::Failed;
        self.error = Some(error.to_owned());
        self
    }

    /// Prints it, as one line.
    pub(super) fn print(&self) -> Result<(), Stop> {
        let text = serde_json::to_string(self).map_err(|error| Stop::could_not_run(error.to_string()))?;
        super::print(&(text + "\n"))
    }
}

fn subject(tree: &Tree) -> Subject {
    let text = |path: &[&str]| tree.get(path).map(|node| node.text().to_owned()).filter(|text| !text.is_empty());
    let is_account = text(&["kind"]).as_deref() == Some("account");
    let (bucket, home): (&[&str], &[&str]) =
        if is_account { (&["logging", "archive", "name"], &[]) } else { (&["bucket", "name"], &["bucket"]) };
    let of = |key| text(&[home, &[key]].concat());
    Subject {
        kind: Some(if is_account { "account" } else { "bucket" }.to_owned()),
        name: text(&["name"]),
        bucket: text(bucket),
        account: of("account"),
        region: of("region"),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn shards_part_the_profiles_whatever_their_order() {
        let files: Vec<PathBuf> = ["c", "a", "e", "b", "d"].iter().map(PathBuf::from).collect();
        let of = |shard: &str| FleetArgs { summary: "text".into(), shard: Some(shard.parse().unwrap()) }.chosen(&files);
        assert_eq!(of("1/2"), ["c", "a", "e"].map(PathBuf::from));
        assert_eq!(of("2/2"), ["b", "d"].map(PathBuf::from));
        assert_eq!(of("1/1"), files);
        assert!(of("7/7").is_empty());
        for bad in ["0/2", "3/2", "1", "1/0", "a/b", "-1/2", ""] {
            assert!(bad.parse::<Shard>().is_err(), "{bad}");
        }
    }
}
