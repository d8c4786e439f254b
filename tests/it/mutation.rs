//! Mutation: whatever statement is left out of a plan, some guarantee fails for it.
//!
//! Over the examples, the profiles of `tests/reach` and generated ones. A statement may be missed by nobody only where the
//! product says so itself: by the finding `dead-statement`, or among those that are defence in depth.
//! `S3HARDEN_GENERATED=1000` looks at so many generated profiles.

use std::collections::{BTreeMap, BTreeSet};

use s3harden::claim::Guarantee;
use s3harden::diag::{Code, Finding, Severity};
use s3harden::pipeline;
use s3harden::plan::{Kind, Plan};
use s3harden::policy::{Document, Effect, Statement};
use s3harden::proofs::{self, Proof, Verdict};
use s3harden::protect::IN_DEPTH;

use super::generated;
use super::prove::{Said, planned, planned_of, twins, worked_examples};
use super::render::options;
use super::support::{BOTH, below, root, source};

/// The policies of a resource, to be changed.
fn documents(kind: &mut Kind) -> Vec<&mut Document> {
    match kind {
        Kind::BucketPolicy { document, .. } | Kind::TopicPolicy { document, .. } => vec![document],
        Kind::AccessPoint(point) => point.policy.iter_mut().collect(),
        Kind::Key(key) => vec![&mut key.policy],
        Kind::Role(role) => vec![&mut role.trust, &mut role.policy],
        Kind::ManagedPolicy(policy) => vec![&mut policy.document],
        _ => Vec::new(),
    }
}

/// Whether a proof has failed, with a request that the evaluator decides as the finding says, where a request shows it.
fn is_refuted(proof: &Proof<'_>) -> bool {
    let Verdict::Refuted { witness, .. } = &proof.verdict else { return false };
    let must_be_allowed = matches!(proof.guarantee, "no-lockout" | "grants-work");
    witness.as_ref().is_none_or(|witness| if must_be_allowed { witness.decision.is_denied() } else { witness.decision.is_allowed() })
}

/// The statements that nobody misses, and of which the product does not say so; and how many were looked at.
fn unnoticed(said: &Said, plan: &Plan, refuted: &mut BTreeSet<&'static str>) -> (Vec<String>, usize) {
    let found = proofs::run(&said.bench(plan), plan, said.more()).0;
    let dead: Vec<&Finding> = found.iter().filter(|finding| finding.code == Code::DeadStatement).collect();
    let (mut unnoticed, mut looked) = (Vec::new(), 0);
    for (at, resource) in plan.resources.iter().enumerate() {
        let counts: Vec<usize> = resource.kind.documents().map(|document| document.statements.len()).collect();
        for (place, number) in counts.into_iter().enumerate().flat_map(|(place, count)| (0..count).map(move |number| (place, number))) {
            let mut without = plan.clone();
            let dropped = documents(&mut without.resources[at].kind)[place].statements.remove(number);
            let sid = dropped.sid.as_deref().unwrap_or_default();
            let owner = if let Kind::BucketPolicy { bucket, .. } = &resource.kind { bucket } else { &resource.id };
            looked += 1;
            let named = dead.iter().any(|finding| finding.message.contains(&format!("`{sid}` in the policy of `{owner}`")));
            let in_depth = IN_DEPTH.iter().any(|(own, _)| *own == sid);
            if named || in_depth {
                continue;
            }
            let failed: Vec<&str> = proofs::prove(&said.bench(&without), &without, said.more())
                .iter()
                .filter(|proof| is_refuted(proof))
                .map(|proof| proof.guarantee)
                .collect();
            if failed.is_empty() {
                unnoticed.push(format!("{}: {sid}", resource.id));
            }
            refuted.extend(failed);
        }
    }
    (unnoticed, looked)
}

#[test]
fn a_statement_that_is_dropped_from_an_example_is_missed() {
    let (mut all, mut refuted) = (Vec::new(), BTreeSet::new());
    for path in worked_examples() {
        let Some((said, plan)) = planned(&path) else { continue };
        all.extend(unnoticed(&said, &plan, &mut refuted).0.into_iter().map(|what| format!("{}: {what}", below(&path, root()))));
    }
    assert!(all.is_empty(), "{all:#?}");
    // A Deny of everything locks out whoever has to repair.
    let (said, mut plan) = planned(&root().join("tests/reach/network_repair.yaml")).unwrap();
    let policies = plan.resources.iter_mut().filter(|resource| matches!(resource.kind, Kind::BucketPolicy { .. }));
    for document in policies.flat_map(|resource| documents(&mut resource.kind)) {
        document.statements.push(Statement::new(Effect::Deny, "DenyEverything").actions(["s3:*"]).on(["*".into()]));
    }
    let locked = proofs::prove(&said.bench(&plan), &plan, said.more());
    refuted.extend(locked.iter().filter(|proof| is_refuted(proof)).map(|proof| proof.guarantee));
    // Each guarantee is refuted somewhere, here or by a twin of a policy that keeps it; `prove` has both proved.
    refuted.extend(twins().into_iter().map(|(name, ..)| name));
    let untested: Vec<_> = Guarantee::NAMES.iter().filter(|name| **name != "setting" && !refuted.contains(*name)).collect();
    assert!(untested.is_empty(), "nothing refutes these: {untested:?}");
}

/// What a generated profile may be refused for: rules that hang on several sections, of which the generator knows nothing.
const REFUSED: [Code; 6] = [
    Code::AccessPointOrigin,
    Code::ConditionNeverHolds,
    Code::Lockout,
    Code::PolicyTooLarge,
    Code::RemediationWithoutRule,
    Code::SessionSettingElsewhere,
];

/// Whether an error is right about a generated profile. A deny for everyone may well keep a declared service out.
fn is_right(error: &Finding) -> bool {
    let kept_out = error.code == Code::GuaranteeRefuted && error.message.starts_with("`services-work`");
    REFUSED.contains(&error.code) || kept_out
}

/// A generated profile in which nothing is wrong.
fn valid(seed: u64, refused: &mut BTreeMap<&'static str, usize>) -> Option<(Said, Plan)> {
    let source = source(generated::profile(seed));
    let found = pipeline::check(&source, &options(BOTH)).findings;
    let errors: Vec<&Finding> = found.iter().filter(|finding| finding.severity == Severity::Error).collect();
    for error in &errors {
        assert!(is_right(error), "seed {seed}: {error:?}\n{}", source.text());
        *refused.entry(error.code.name()).or_default() += 1;
    }
    if errors.is_empty() { planned_of(&source) } else { None }
}

#[test]
fn a_statement_that_is_dropped_from_a_generated_profile_is_missed() {
    let wanted = std::env::var("S3HARDEN_GENERATED").ok().and_then(|n| n.parse().ok()).unwrap_or(60_usize);
    let (mut all, mut refused, mut profiles, mut statements) = (Vec::new(), BTreeMap::new(), 0, 0);
    let mut seeds = 0..;
    while profiles < wanted {
        let seed = seeds.next().unwrap();
        let Some((said, plan)) = valid(seed, &mut refused) else { continue };
        for proof in proofs::prove(&said.bench(&plan), &plan, said.more()) {
            assert!(matches!(proof.verdict, Verdict::Proved), "seed {seed}: {} {:?}", proof.guarantee, proof.verdict);
        }
        let (missed, looked) = unnoticed(&said, &plan, &mut BTreeSet::new());
        all.extend(missed.into_iter().map(|what| format!("seed {seed}: {what}")));
        (profiles, statements) = (profiles + 1, statements + looked);
    }
    eprintln!("{profiles} profiles, {statements} statements; refused: {refused:?}");
    assert!(refused.values().sum::<usize>() < profiles, "the generator makes too few that are valid: {refused:?}");
    assert!(statements > profiles * 5, "{statements} statements in {profiles} profiles");
    assert!(all.is_empty(), "{all:#?}");
}
