//! What happens when a statement is dropped: of every policy that is emitted, for every example and for generated
//! profiles. Some guarantee fails, with a request that the evaluator replays, or the statement has a name in
//! [`REASONS`], and what that says of it is shown by a request too.
//!
//! `S3HARDEN_GENERATED` sets how many profiles are generated (40 unless it says otherwise; a thousand for a release).

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

use s3harden::diag::Code;
use s3harden::expr::Expr;
use s3harden::plan::{Kind, Plan, Resource};
use s3harden::policy::{Base, Document, Effect, Element, Key, Principal, Principals, Statement};
use s3harden::proofs::{self, Verdict};
use s3harden::source::Source;
use s3harden::verify::access_tests::Bench;
use s3harden::verify::prove::{Prover, Subject};
use s3harden::verify::{Caller, Environment, Kind as Layer, Policies, Policy, Request};

use super::generated;
use super::prove::{Said, planned_of, worked_examples};
use super::support::{below, root};

/// A statement that was dropped, and what it takes to judge that.
struct Dropped<'a> {
    said: &'a Said,
    resource: &'a Resource,
    statement: &'a Statement,
    /// Whether the product itself says that it does nothing.
    dead: bool,
    /// Whether a request shows that it did what it says.
    shown: bool,
}

impl Dropped<'_> {
    fn sid(&self) -> &str {
        self.statement.sid.as_deref().unwrap_or_default()
    }

    fn path(&self) -> String {
        self.statement.origin.as_ref().map(|origin| origin.path.to_string()).unwrap_or_default()
    }

    fn gives(&self) -> bool {
        self.statement.effect == Effect::Allow
    }
}

/// Why no guarantee speaks of a statement.
struct Reason {
    name: &'static str,
    /// For readers of this table.
    why: &'static str,
    fits: fn(&Dropped<'_>) -> bool,
}

/// Statements that no guarantee misses. Each fits somewhere in the examples or in what is generated, or it is gone.
const REASONS: &[Reason] = &[
    Reason {
        name: "redundant",
        why: "the finding `dead-statement` names it: what it stops is stopped without it, or what it gives is given",
        fits: |dropped| dropped.dead,
    },
    Reason {
        name: "grant",
        why: "what an author grants is intent, and no promise about all requests; who is granted something loses it",
        fits: |dropped| dropped.gives() && dropped.shown && ["/grants", "/access_points"].iter().any(|at| dropped.path().starts_with(at)),
    },
    Reason {
        name: "deny",
        why: "what an author denies is intent, and no promise of a section; who is denied something gains it",
        fits: |dropped| !dropped.gives() && dropped.shown && dropped.path().starts_with("/denies"),
    },
    Reason {
        name: "key",
        why: "guarantees are about requests to the bucket; whom the key's policy names needs the statement to use the key",
        fits: |dropped| dropped.shown && matches!(dropped.resource.kind, Kind::Key(_)),
    },
    Reason {
        name: "topic",
        why: "guarantees are about requests to the bucket; what publishes to the topic needs the statement",
        fits: |dropped| dropped.shown && matches!(dropped.resource.kind, Kind::TopicPolicy { .. }),
    },
    Reason {
        name: "role",
        why: "guarantees take for granted that callers' own policies allow everything; the role needs the statement to do its work",
        fits: |dropped| dropped.shown && matches!(dropped.resource.kind, Kind::Role(_)),
    },
    Reason {
        name: "identity",
        why: "guarantees take for granted that callers' own policies allow everything; who holds the policy loses what it gives",
        fits: |dropped| dropped.shown && matches!(dropped.resource.kind, Kind::ManagedPolicy(_)),
    },
    Reason {
        name: "loosened",
        why: "where plain HTTP is let in on purpose, an old version of TLS breaks no promise: it is refused all the same",
        fits: |dropped| {
            dropped.shown
                && dropped.sid() == "DenyOutdatedTls"
                && matches!(dropped.said, Said::Bucket(profile) if !profile.transport.https_only)
        },
    },
];

/// The policies of a resource, in the order of the kind.
fn documents(kind: &mut Kind) -> Vec<&mut Document> {
    match kind {
        Kind::BucketPolicy { document, .. } | Kind::TopicPolicy { document, .. } => vec![document],
        Kind::Key(key) => vec![&mut key.policy],
        Kind::Role(role) => vec![&mut role.trust, &mut role.policy],
        Kind::ManagedPolicy(policy) => vec![&mut policy.document],
        Kind::AccessPoint(point) => point.policy.iter_mut().collect(),
        _ => Vec::new(),
    }
}

fn without(plan: &Plan, at: usize, policy: usize, number: usize) -> Plan {
    let mut less = plan.clone();
    documents(&mut less.resources[at].kind)[policy].statements.remove(number);
    less
}

/// Whether some guarantee fails, by a request that the evaluator decides as the prover says.
fn missed(said: &Said, less: &Plan) -> bool {
    proofs::prove(&said.bench(less), less, said.more()).into_iter().any(|proof| match proof.verdict {
        // What should be allowed and is not is replayed by `works` where there is no witness.
        Verdict::Refuted { witness, .. } => witness.is_none_or(|witness| witness.decision.is_allowed() || proof.guarantee == "no-lockout"),
        Verdict::Disagreement(what) => panic!("{what}"),
        _ => false,
    })
}

/// Whether a request shows the difference between two plans, in the direction that the effect of the statement has.
fn shown(said: &Said, plan: &Plan, less: &Plan, effect: Effect) -> bool {
    let (bench, other) = (said.bench(plan), said.bench(less));
    let others: Vec<Subject> = other.subjects().map(|(_, subject, _)| subject).collect();
    bench.subjects().zip(&others).any(|((_, subject, _), other)| {
        let prover = Prover::new(&[&subject, other], &[], &[]);
        let differences = if effect == Effect::Allow { prover.differences(0, 1) } else { prover.differences(1, 0) };
        assert!(differences.mistake.is_none(), "{:?}", differences.mistake);
        !differences.cells.is_empty()
    })
}

/// The document with what its expressions become.
fn resolved(document: &Document, bench: &Bench<'_>) -> Document {
    let text = |expr: &Expr| Expr::text(bench.text(expr).unwrap_or_else(|| format!("unknown-{expr}").replace(['*', '?', '$'], "-")));
    let mut document = document.clone();
    for statement in &mut document.statements {
        if let Some(Element::Is(Principals::Of(all)) | Element::Not(Principals::Of(all))) = &mut statement.principal {
            for principal in all {
                *principal = match principal {
                    Principal::Aws(expr) => Principal::Aws(text(expr)),
                    Principal::Service(expr) => Principal::Service(text(expr)),
                    Principal::Federated(expr) => Principal::Federated(text(expr)),
                    Principal::CanonicalUser(expr) => Principal::CanonicalUser(text(expr)),
                };
            }
        }
        if let Some(Element::Is(all) | Element::Not(all)) = &mut statement.resource {
            all.iter_mut().for_each(|expr| *expr = text(expr));
        }
        for condition in &mut statement.condition {
            condition.values.iter_mut().for_each(|expr| *expr = text(expr));
        }
    }
    document
}

fn plain(pattern: &str) -> String {
    let mut text = pattern.replace(['*', '?'], "x");
    while let Some((before, rest)) = text.split_once("${") {
        let after = rest.split_once('}').map_or("", |(_, after)| after);
        text = format!("{before}x{after}");
    }
    text
}

fn words(all: &[Expr]) -> Vec<String> {
    all.iter().filter_map(|expr| expr.as_text().map(str::to_owned)).collect()
}

/// Requests that a statement of a resolved document is about: one for each of its callers and actions.
fn requests(statement: &Statement, identity: Option<&str>) -> Vec<Request> {
    let callers: Vec<Caller> = match (&statement.principal, identity) {
        (_, Some(arn)) => Caller::role(arn, "session").or_else(|| Caller::from_arn(arn)).into_iter().collect(),
        (Some(Element::Is(Principals::Of(all))), None) => all
            .iter()
            .filter_map(|principal| {
                let text = plain(principal.value().as_text().unwrap_or_default());
                match principal {
                    Principal::Service(_) => Some(Caller::service(&text)),
                    _ if text.contains(":role/") => Caller::role(&text, "session"),
                    _ if text.len() == 12 => Some(Caller::root(&text)),
                    _ => Caller::from_arn(&text),
                }
            })
            .collect(),
        _ => vec![Caller::role("arn:aws:iam::111122223333:role/Somebody", "session").unwrap()],
    };
    let actions = match &statement.action {
        Element::Is(all) | Element::Not(all) => all.iter().map(|action| plain(action)).collect::<Vec<_>>(),
    };
    let resources = match &statement.resource {
        Some(Element::Is(all)) => words(all),
        _ => vec!["*".to_owned()],
    };
    let mut found = Vec::new();
    for caller in &callers {
        for action in &actions {
            for resource in &resources {
                // Nobody's account: every caller is another's, so that the policy itself has to let it in.
                let account = if identity.is_some() { caller.account().unwrap_or_default() } else { "000000000000" };
                let mut request = Request::new(caller.clone(), action.as_str(), plain(resource), account);
                if let Some(arn) = caller.arn().starts_with("arn:").then(|| caller.arn().to_owned()) {
                    request.context.set(Key::PrincipalArn, arn);
                }
                for condition in &statement.condition {
                    let value = plain(&words(&condition.values).first().cloned().unwrap_or_default());
                    let set = match condition.operator.base {
                        Base::Null if value == "true" => None,
                        Base::Null => Some("x".to_owned()),
                        base if base.is_negated() => Some("something-else".to_owned()),
                        Base::NumericLessThan | Base::NumericLessThanEquals => Some("0".to_owned()),
                        Base::IpAddress => Some(value.split('/').next().unwrap_or_default().to_owned()),
                        _ => Some(value),
                    };
                    if let Some(set) = set {
                        request.context.set(condition.key.clone(), set);
                    }
                }
                found.push(request);
            }
        }
    }
    found
}

/// Whether some request that the statement is about is decided otherwise without it: by the policy alone, whatever
/// else there is.
fn decides(document: &Document, number: usize, identity: Option<&str>, bench: &Bench<'_>) -> bool {
    let whole = resolved(document, bench);
    let mut less = whole.clone();
    let statement = less.statements.remove(number);
    let decide = |document: &Document, request: &Request| {
        let mut document = document.clone();
        if statement.effect == Effect::Deny {
            // Everything is given, so that what is denied shows.
            let mut all = Statement::new(Effect::Allow, "All").actions(["*"]).on(["*".into()]);
            if identity.is_none() {
                all.principal = Some(Element::Is(Principals::Everyone));
            }
            document.statements.push(all);
        }
        let policies = match identity {
            Some(_) => {
                let policy = Policy::compile(&document, Layer::Identity, &Environment::default());
                Policies { identity: vec![Arc::new(policy)], ..Policies::default() }
            }
            None => {
                let policy = Policy::compile(&document, Layer::Bucket, &Environment::default());
                Policies { resource: Some(Arc::new(policy)), assume_identity: true, ..Policies::default() }
            }
        };
        policies.decide(request)
    };
    requests(&statement, identity).iter().any(|request| {
        let (with, without) = (decide(&whole, request), decide(&less, request));
        match statement.effect {
            Effect::Allow => with.is_allowed() && without.is_denied(),
            Effect::Deny => with.is_denied() && without.is_allowed(),
        }
    })
}

/// What became of the statements of one profile.
#[derive(Default)]
struct Tally {
    promised: usize,
    reasons: BTreeMap<&'static str, usize>,
    unnoticed: Vec<String>,
    unproved: Vec<String>,
}

fn drop_each(name: &str, said: &Said, plan: &Plan, tally: &mut Tally) {
    let bench = said.bench(plan);
    for proof in proofs::prove(&bench, plan, said.more()) {
        if !matches!(proof.verdict, Verdict::Proved) {
            tally.unproved.push(format!("{name}: {} of {} {:?}", proof.guarantee, proof.bucket, proof.verdict));
        }
    }
    let dead: Vec<String> = proofs::run(&bench, plan, said.more())
        .0
        .into_iter()
        .filter(|finding| finding.code == Code::DeadStatement)
        .map(|finding| finding.message)
        .collect();
    for (at, resource) in plan.resources.iter().enumerate() {
        let mut kind = resource.kind.clone();
        for (policy, document) in documents(&mut kind).into_iter().enumerate() {
            for (number, statement) in document.statements.iter().enumerate() {
                let sid = statement.sid.as_deref().unwrap_or_default();
                let bucket = matches!(resource.kind, Kind::BucketPolicy { .. } | Kind::AccessPoint(_));
                let less = without(plan, at, policy, number);
                if bucket && missed(said, &less) {
                    tally.promised += 1;
                    continue;
                }
                let named = |message: &String| match &resource.kind {
                    Kind::BucketPolicy { bucket, .. } => message.contains(&format!("`{sid}` in the policy of `{bucket}`")),
                    _ => false,
                };
                let shown = match &resource.kind {
                    Kind::BucketPolicy { .. } | Kind::AccessPoint(_) => shown(said, plan, &less, statement.effect),
                    Kind::ManagedPolicy(_) => decides(document, number, Some("arn:aws:iam::111122223333:role/Holder"), &bench),
                    Kind::Role(_) if policy == 1 => decides(document, number, Some("arn:aws:iam::111122223333:role/Holder"), &bench),
                    _ => decides(document, number, None, &bench),
                };
                let dropped = Dropped { said, resource, statement, dead: dead.iter().any(named), shown };
                match REASONS.iter().find(|reason| (reason.fits)(&dropped)) {
                    Some(reason) => *tally.reasons.entry(reason.name).or_default() += 1,
                    None => tally.unnoticed.push(format!(
                        "{name}: {}/{sid} (dead {}, shown {shown}), {}",
                        resource.id,
                        dropped.dead,
                        dropped.path()
                    )),
                }
            }
        }
    }
}

fn generated() -> u64 {
    std::env::var("S3HARDEN_GENERATED").ok().and_then(|n| n.parse().ok()).unwrap_or(40)
}

#[test]
fn a_statement_that_is_dropped_is_missed_or_has_a_name() {
    let mut tally = Tally::default();
    for path in worked_examples() {
        if let Some((said, plan)) = planned_of(&Source::read(&path).unwrap()) {
            drop_each(&below(&path, root()), &said, &plan, &mut tally);
        }
    }
    let (mut made, mut seed) = (0, 0);
    while made < generated() {
        if let Some((_, source)) = generated::profile(seed) {
            let (said, plan) = planned_of(&source).unwrap();
            drop_each(&format!("seed {seed}"), &said, &plan, &mut tally);
            made += 1;
        }
        seed += 1;
    }
    eprintln!("{made} generated profiles of {seed} seeds: {} promised, {:?}", tally.promised, tally.reasons);
    assert!(tally.unproved.is_empty(), "not proved: {:#?}", tally.unproved);
    assert!(tally.unnoticed.is_empty(), "nobody misses: {:#?}", tally.unnoticed);
    let stale: BTreeSet<&str> = REASONS.iter().map(|reason| reason.name).filter(|name| !tally.reasons.contains_key(name)).collect();
    assert!(stale.is_empty(), "reasons that fit nothing: {stale:?}");
    assert!(REASONS.iter().all(|reason| reason.why.len() > 20));
}
