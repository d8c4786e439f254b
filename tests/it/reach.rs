//! Reach: who gets through the policies that are rendered, and who does not.
//!
//! `tests/reach/*.yaml` are profiles, one for each protection, whose `tests` hold requests that it must stop and
//! requests that it must leave alone. Every test passes, and each statement is needed: without it some test fails.

use std::collections::BTreeSet;
use std::path::{Path, PathBuf};

use s3harden::claim::{Expect, Verdict};
use s3harden::diag::Code;
use s3harden::pipeline;
use s3harden::plan::{Kind, Plan};
use s3harden::policy::{Document, Statement};
use s3harden::profile::Profile;
use s3harden::source::Source;
use s3harden::trials;

use super::support::{accepted, below, files_below, root};

/// The profile whose statements every other profile has too; only here each of them has to be needed.
const BASELINE: &str = "baseline.yaml";

fn folder() -> PathBuf {
    root().join("tests/reach")
}

fn planned(path: &Path) -> (Profile, Plan) {
    pipeline::plan(&Source::read(path).unwrap()).unwrap_or_else(|| panic!("{}", path.display()))
}

/// The statements of every bucket policy of a plan, each with its policy and its place there.
fn statements(plan: &Plan) -> Vec<(usize, usize, String)> {
    let documents = plan.resources.iter().enumerate().filter_map(|(at, resource)| match &resource.kind {
        Kind::BucketPolicy { document, .. } => Some((at, resource, document)),
        _ => None,
    });
    let named = |(at, resource, document): (usize, &s3harden::plan::Resource, &Document)| {
        let name = |statement: &Statement| format!("{}/{}", resource.id, statement.sid.as_deref().unwrap_or_default());
        document.statements.iter().enumerate().map(|(number, one)| (at, number, name(one))).collect::<Vec<_>>()
    };
    documents.flat_map(named).collect()
}

/// The plan with one document changed.
fn changed(plan: &Plan, at: usize, change: impl FnOnce(&mut Document)) -> Plan {
    let mut plan = plan.clone();
    if let Kind::BucketPolicy { document, .. } = &mut plan.resources[at].kind {
        change(document);
    }
    plan
}

fn passes(profile: &Profile, plan: &Plan) -> bool {
    trials::run(profile, plan).iter().all(|finding| finding.code != Code::AccessTestFailed)
}

#[test]
fn every_request_is_decided_as_it_must_be() {
    for path in files_below(folder()) {
        let profile = accepted(&path).profile;
        let allowed = |expect: &Expect| *expect == Expect::Word(Verdict::Allow);
        let (left, stopped): (Vec<_>, Vec<_>) = profile.tests.iter().partition(|test| allowed(&test.expect));
        assert!(!left.is_empty() && !stopped.is_empty(), "{}: something to stop and something to leave alone", below(&path, root()));
    }
}

#[test]
fn no_statement_can_be_left_out_unnoticed() {
    let common: BTreeSet<String> = statements(&planned(&folder().join(BASELINE)).1).into_iter().map(|(.., name)| name).collect();
    let mut unnoticed = Vec::new();
    for path in files_below(folder()) {
        let (profile, plan) = planned(&path);
        let own = |name: &String| path.ends_with(BASELINE) || !common.contains(name);
        for (at, number, name) in statements(&plan).into_iter().filter(|(.., name)| own(name)) {
            let without = changed(&plan, at, |document| drop(document.statements.remove(number)));
            if passes(&profile, &without) {
                unnoticed.push(format!("{}: {name}", below(&path, root())));
            }
        }
    }
    assert!(unnoticed.is_empty(), "no test fails without these statements: {unnoticed:#?}");
}
