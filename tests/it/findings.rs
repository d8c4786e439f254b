//! Findings: every code has profiles that cause it and profiles that come close and do not.
//!
//! `tests/findings/CODE/fire_*.yaml` must cause the code, and what people see is a snapshot; `quiet_*.yaml` must not.

use std::collections::BTreeSet;
use std::path::{Path, PathBuf};

use s3harden::diag::{Code, Finding};
use s3harden::pipeline::{self, TargetChoice};
use s3harden::report::{self, Entry, Format};
use s3harden::source::{ReadError, Source, Tree, Workspace};

use crate::render::options;

const TARGETS: &[TargetChoice] = &[TargetChoice::CloudFormation(None), TargetChoice::Terraform];

/// What profiles of a code are rendered to: those about stack sets to one.
fn targets(code: &str) -> &'static [TargetChoice] {
    if code.starts_with("stackset-") { &[TargetChoice::StackSet] } else { TARGETS }
}

/// Codes of a run over several profiles, of one with values from the command line, and of files that others made, which the
/// command line tests cover.
const ACROSS_PROFILES: &[Code] = &[
    Code::ArchiveRefuses,
    Code::NameClash,
    Code::NotAProfile,
    Code::NotInThisRun,
    Code::ParameterUnknown,
    Code::PerimeterShutsOut,
    Code::SingletonClash,
    Code::TemplateRefused,
    Code::TemplateUnfaithful,
    Code::TooManyTrails,
];

fn folder() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/findings")
}

fn fixtures(code: Code, kind: &str) -> Vec<PathBuf> {
    let Ok(entries) = std::fs::read_dir(folder().join(code.name())) else { return Vec::new() };
    let mut files: Vec<_> = entries.map(|entry| entry.unwrap().path()).collect();
    files.retain(|path| path.file_name().unwrap().to_string_lossy().starts_with(kind));
    files.sort();
    files
}

fn found(path: &Path) -> (Source, Option<Tree>, Vec<Finding>) {
    // Too large to keep as a file: the fixture says how often its text is repeated.
    let mut bytes = std::fs::read(path).unwrap();
    if path.file_stem().unwrap().to_string_lossy().ends_with("_repeated") {
        bytes = bytes.repeat((1 << 20) / bytes.len() + 1);
    }
    let name = path.strip_prefix(folder()).unwrap().to_string_lossy().into_owned();
    match Source::from_bytes(name, bytes).map_err(ReadError::Refused) {
        Ok(source) => {
            // Named from the project's own directory, where tests run, so that the files beneath have names that last.
            let source = source.within(path.strip_prefix(env!("CARGO_MANIFEST_DIR")).unwrap(), &Workspace::default());
            let code = path.parent().and_then(Path::file_name).unwrap().to_string_lossy();
            let checked = pipeline::check(&source, &options(targets(&code)));
            (source, checked.tree, checked.findings)
        }
        Err(ReadError::Refused(refused)) => (refused.source, None, vec![refused.finding]),
        Err(error) => panic!("{error}"),
    }
}

#[test]
fn every_code_has_profiles_that_cause_it_and_profiles_that_do_not() {
    let mut missing = Vec::new();
    for code in Code::ALL.iter().filter(|code| !ACROSS_PROFILES.contains(code)) {
        for kind in ["fire_", "quiet_"] {
            if fixtures(*code, kind).is_empty() {
                missing.push(format!("tests/findings/{}/{kind}*.yaml", code.name()));
            }
        }
    }
    assert!(missing.is_empty(), "missing: {missing:#?}");
    let known: BTreeSet<&str> = Code::ALL.iter().map(|code| code.name()).collect();
    for entry in std::fs::read_dir(folder()).unwrap() {
        let name = entry.unwrap().file_name().to_string_lossy().into_owned();
        assert!(known.contains(name.as_str()), "tests/findings/{name} is for no code");
    }
}

#[test]
fn what_should_fire_fires_as_reviewed() {
    for code in Code::ALL {
        for path in fixtures(*code, "fire_") {
            let (source, tree, findings) = found(&path);
            assert!(findings.iter().any(|finding| finding.code == *code), "{}: {findings:#?}", path.display());
            let entry = Entry { source: Some(&source), tree: tree.as_ref(), findings: &findings };
            let stem = path.file_stem().unwrap().to_string_lossy().into_owned();
            insta::assert_snapshot!(format!("{}@{stem}", code.name()), report::render(Format::Text, &[entry], false));
        }
    }
}

#[test]
fn what_should_be_quiet_is_quiet() {
    for code in Code::ALL {
        for path in fixtures(*code, "quiet_") {
            let (_, _, findings) = found(&path);
            assert!(findings.iter().all(|finding| finding.code != *code), "{}: {findings:#?}", path.display());
        }
    }
}
