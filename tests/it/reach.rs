//! Reach: who gets through the policies that are rendered, and who does not.
//!
//! `tests/reach/*.yaml` are profiles, one for each protection, whose `tests` hold requests that it must stop and
//! requests that it must leave alone. Every test passes, and each statement is needed: without it some test fails.

use std::collections::{BTreeMap, BTreeSet};
use std::path::{Path, PathBuf};

use s3harden::claim::{Expect, Verdict};
use s3harden::diag::Code;
use s3harden::pipeline;
use s3harden::plan::{Kind, Plan};
use s3harden::policy::{Document, Key, Statement};
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

/// The policy that has a say about the bucket's data, where the resource is one or carries one.
fn document(kind: &mut Kind) -> Option<&mut Document> {
    match kind {
        Kind::BucketPolicy { document, .. } => Some(document),
        Kind::AccessPoint(point) => point.policy.as_mut(),
        Kind::ManagedPolicy(policy) => Some(&mut policy.document),
        _ => None,
    }
}

/// The statements of every such policy of a plan, each with its policy and its place there.
fn statements(plan: &Plan) -> Vec<(usize, usize, String)> {
    let mut resources = plan.resources.clone();
    let documents = resources.iter_mut().enumerate();
    let documents = documents.filter_map(|(at, resource)| Some((at, &plan.resources[at], &*document(&mut resource.kind)?)));
    let named = |(at, resource, document): (usize, &s3harden::plan::Resource, &Document)| {
        let name = |statement: &Statement| format!("{}/{}", resource.id, statement.sid.as_deref().unwrap_or_default());
        document.statements.iter().enumerate().map(|(number, one)| (at, number, name(one))).collect::<Vec<_>>()
    };
    documents.flat_map(named).collect()
}

/// The plan with one document changed.
fn changed(plan: &Plan, at: usize, change: impl FnOnce(&mut Document)) -> Plan {
    let mut plan = plan.clone();
    document(&mut plan.resources[at].kind).map(change);
    plan
}

fn passes(profile: &Profile, plan: &Plan) -> bool {
    trials::run(profile, plan).iter().all(|finding| finding.code != Code::AccessTestFailed)
}

#[test]
fn every_request_is_decided_as_it_must_be() {
    for path in files_below(folder()) {
        accepted(&path);
        let profile = planned(&path).0;
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
            if passes(&profile, &changed(&plan, at, |document| drop(document.statements.remove(number)))) {
                unnoticed.push(format!("{}: {name}", below(&path, root())));
            }
        }
    }
    assert!(unnoticed.is_empty(), "no test fails without these statements: {unnoticed:#?}");
}

/// A condition narrows a Deny to what it must stop and an Allow to what it must let in. One statement of each
/// protection and effect is enough to tell, in any of the profiles.
#[test]
fn no_condition_can_be_left_out_unnoticed() {
    let mut noticed: BTreeMap<String, bool> = BTreeMap::new();
    for path in files_below(folder()) {
        let (profile, plan) = planned(&path);
        for (at, number, _) in statements(&plan) {
            let (layer, document) = match &plan.resources[at].kind {
                Kind::BucketPolicy { document, .. } => ("", document),
                Kind::ManagedPolicy(policy) => ("IAM ", &policy.document),
                _ => continue,
            };
            let statement = &document.statements[number];
            let protection = statement.origin.as_ref().map_or("", |origin| origin.protection);
            for (part, condition) in statement.condition.iter().enumerate() {
                // No request here can be about a bucket of the same name in another account.
                if condition.key == Key::ResourceAccount {
                    continue;
                }
                let shape = format!("{layer}{protection}: {} {} {}", statement.effect.name(), condition.operator, condition.key.name());
                if !noticed.get(&shape).is_some_and(|noticed| *noticed) {
                    let without = changed(&plan, at, |document| drop(document.statements[number].condition.remove(part)));
                    noticed.insert(shape, !passes(&profile, &without));
                }
            }
        }
    }
    let unnoticed: Vec<_> = noticed.into_iter().filter(|(_, noticed)| !noticed).map(|(shape, _)| shape).collect();
    assert!(unnoticed.is_empty(), "no test fails without these conditions: {unnoticed:#?}");
}
