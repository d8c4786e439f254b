//! The guarantees of a profile: each claim of its plan is proved, or refuted by a request, and that is a finding.
//!
//! In: a profile and its plan. Out: a [`Proof`] for each claim about requests, and findings for those that do not hold
//! and for statements that do nothing. Never: a claim about a setting, which no request shows.

use crate::claim::{Claim, Guarantee};
use crate::diag::{Code, Finding, Path, Severity};
use crate::expr::{Expr, LogicalId};
use crate::plan::{self, Plan};
use crate::policy::{Document, Effect, Element, Principals, Statement};
use crate::profile::AskedGuarantee;
use crate::verify::access_tests::{Bench, Situation};
use crate::verify::model::Call;
use crate::verify::prove::{Answer, Dead, Gain, Networks, Prover, Question, REPAIRS, Subject, Witness};
use crate::verify::{Decision, Outcome};

mod asked;
mod flows;
mod held;
mod left_out;
mod memo;
mod questions;
mod uses;
mod values;
mod verdicts;

use asked::{added, asked, resolved, standing};
pub use flows::{Delivered, Delivery, deliveries};
pub use left_out::left_out;
pub use memo::Memo;
use questions::items;
pub use questions::{kept, questions};
use verdicts::{exceptions, flow};
pub use verdicts::{kept_out, lockout, name, networks, statements, verdict};

/// What became of a guarantee.
#[derive(Clone, Debug)]
pub enum Verdict {
    /// It holds.
    Proved,
    /// It does not; a request shows it, where it is about requests that must not be, or one that must be.
    Refuted {
        /// What is wrong, in words: a sentence without its stop.
        words: String,
        /// The request.
        witness: Option<Box<Witness>>,
    },
    /// Neither is certain.
    Unknown(String),
    /// The prover and the evaluator disagree, which is a mistake in this program.
    Disagreement(String),
}

impl Verdict {
    /// The word for it.
    pub const fn name(&self) -> &'static str {
        match self {
            Self::Proved => "proved",
            Self::Refuted { .. } => "refuted",
            Self::Unknown(_) | Self::Disagreement(_) => "unknown",
        }
    }
}

/// A guarantee of a bucket, and what became of it.
#[derive(Clone, Debug)]
pub struct Proof<'p> {
    /// Its name.
    pub guarantee: &'static str,
    /// The bucket.
    pub bucket: LogicalId,
    /// The value of the profile that makes it.
    pub path: Path,
    /// What became of it.
    pub verdict: Verdict,
    /// The statements that it hangs on: those that let the request through, by their names.
    pub statements: Vec<String>,
    /// Whom it leaves out, and why.
    pub exceptions: Vec<String>,
    /// The policy that it is about.
    document: Option<&'p Document>,
}

/// A claim, in the words of the prover.
enum Asked {
    All(Question),
    Lockout(Vec<String>),
    Flow(Vec<Call>, &'static str),
    Settled(Verdict),
    Open,
}

/// Proves every claim of the plan about requests, and what the profile asks for beyond that.
pub fn prove<'p>(bench: &Bench<'p>, plan: &'p Plan, more: &[AskedGuarantee]) -> Vec<Proof<'p>> {
    examine_all(bench, plan, more).0
}

/// How many guarantees there are, by what became of them.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Tally {
    /// Those that hold.
    pub proved: usize,
    /// Those that do not.
    pub refuted: usize,
    /// Those of which neither is certain.
    pub unknown: usize,
}

impl Tally {
    const fn count(&mut self, verdict: &Verdict) {
        *match verdict {
            Verdict::Proved => &mut self.proved,
            Verdict::Refuted { .. } => &mut self.refuted,
            Verdict::Unknown(_) | Verdict::Disagreement(_) => &mut self.unknown,
        } += 1;
    }
}

/// Findings about guarantees that do not hold, and statements that do nothing.
pub fn run(bench: &Bench<'_>, plan: &Plan, more: &[AskedGuarantee]) -> (Vec<Finding>, Tally) {
    run_again(bench, plan, more, None)
}

/// The same in a run over many profiles: what was proved of a bucket like this one is not proved again.
pub fn run_again(bench: &Bench<'_>, plan: &Plan, more: &[AskedGuarantee], memo: Option<&Memo>) -> (Vec<Finding>, Tally) {
    let (mut refuted, mut dead, mut tally) = (Vec::new(), Vec::new(), Tally::default());
    if !plan.parameters.is_empty() {
        // What the deployment gives is looked at in cases, of which the memo knows nothing.
        let (proofs, dead) = examine_all(bench, plan, more);
        proofs.iter().for_each(|proof| tally.count(&proof.verdict));
        return (proofs.iter().filter_map(finding).chain(dead).collect(), tally);
    }
    for situation in bench.situations() {
        // What a profile asks for in its own words is looked at each time.
        let memo = memo.filter(|_| more.is_empty());
        let key = memo.and_then(|_| memo::key(&memo::facts(bench, plan, &situation)?, situation.partition()));
        if key.as_ref().is_some_and(|key| memo.is_some_and(|memo| memo.knows(key))) {
            // What the memo says nothing about is decided each time.
            let used = used(bench, plan, &|claim| claim.bucket == *situation.id());
            tally.proved += claims(plan, situation.id()).count() - used.len();
            used.iter().for_each(|proof| tally.count(&proof.verdict));
            refuted.extend(used.iter().filter_map(finding));
            continue;
        }
        let (proofs, idle) = examine(bench, &situation, plan, more, true);
        proofs.iter().for_each(|proof| tally.count(&proof.verdict));
        let found: Vec<Finding> = proofs.iter().filter_map(finding).collect();
        if let (true, Some(memo), Some(key)) = (found.is_empty() && idle.is_empty(), memo, key) {
            memo.learn(key);
        }
        refuted.extend(found);
        dead.extend(idle);
    }
    let elsewhere = elsewhere(bench, plan);
    elsewhere.iter().for_each(|proof| tally.count(&proof.verdict));
    refuted.extend(elsewhere.iter().filter_map(finding));
    (refuted.into_iter().chain(dead).collect(), tally)
}

/// The claims about a bucket that requests can show.
fn claims<'p>(plan: &'p Plan, bucket: &LogicalId) -> impl Iterator<Item = &'p Claim> {
    plan.claims.iter().filter(move |claim| claim.bucket == *bucket && !matches!(claim.guarantee, Guarantee::Setting { .. }))
}

/// What becomes of every claim, and findings about statements that do nothing. What is proved for values of the parameters that
/// stand nowhere else is proved again for those that do: two that are alike can let somebody in whom neither lets in alone.
fn examine_all<'p>(bench: &Bench<'p>, plan: &'p Plan, more: &[AskedGuarantee]) -> (Vec<Proof<'p>>, Vec<Finding>) {
    let (mut proofs, mut findings) = (Vec::new(), Vec::new());
    // What differs in names alone is proved once.
    let memo = Memo::default();
    let key = |bench: &Bench<'_>, situation: &Situation<'_, '_>| {
        let used = claims(plan, situation.id()).any(|claim| matches!(claim.guarantee, Guarantee::UsesWork { .. }));
        (!used && more.is_empty()).then(|| memo::key(&memo::facts(bench, plan, situation)?, situation.partition())).flatten()
    };
    let learn = |key: Option<Box<[u8]>>, found: &[Proof<'_>]| {
        if let Some(key) = key.filter(|_| found.iter().all(|proof| matches!(proof.verdict, Verdict::Proved))) {
            memo.learn(key);
        }
    };
    for situation in bench.situations() {
        let (found, idle) = examine(bench, &situation, plan, more, true);
        learn(key(bench, &situation), &found);
        proofs.extend(found);
        findings.extend(idle);
    }
    proofs.extend(elsewhere(bench, plan));
    for case in values::cases(bench, plan) {
        let there = bench.with(plan, &case.values);
        for situation in there.situations() {
            let key = key(&there, &situation);
            if key.as_ref().is_none_or(|key| !memo.knows(key)) {
                let (found, _) = examine(&there, &situation, plan, more, false);
                learn(key, &found);
                merge(proofs.iter_mut().filter(|proof| proof.bucket == *situation.id()), found, &case.words);
            }
        }
        let found = elsewhere(&there, plan);
        let behind = proofs.len().saturating_sub(found.len());
        merge(proofs.iter_mut().skip(behind), found, &case.words);
    }
    (proofs, findings)
}

/// Takes over what is not proved in a case, for the same claims.
fn merge<'a, 'p: 'a>(proofs: impl Iterator<Item = &'a mut Proof<'p>>, others: Vec<Proof<'p>>, case: &str) {
    for (proof, other) in proofs.zip(others) {
        let verdict = match (&proof.verdict, other.verdict) {
            (Verdict::Proved, Verdict::Refuted { words, witness }) => Verdict::Refuted { words: format!("{words}, {case}"), witness },
            (Verdict::Proved, Verdict::Unknown(why)) => Verdict::Unknown(format!("{why}, {case}")),
            (Verdict::Proved, disagreement @ Verdict::Disagreement(_)) => disagreement,
            _ => continue,
        };
        (proof.verdict, proof.statements) = (verdict, other.statements);
    }
}

/// What becomes of claims that hang on no bucket: of keys, roles and topics of an account.
fn elsewhere<'p>(bench: &Bench<'_>, plan: &Plan) -> Vec<Proof<'p>> {
    used(bench, plan, &|claim| bench.situations().all(|situation| *situation.id() != claim.bucket))
}

/// What becomes of claims about uses of resources, which are decided without a search.
fn used<'p>(bench: &Bench<'_>, plan: &Plan, which: &dyn Fn(&Claim) -> bool) -> Vec<Proof<'p>> {
    let proof = |claim: &Claim| {
        let Guarantee::UsesWork { of, uses, .. } = &claim.guarantee else { return None };
        Some(Proof {
            guarantee: claim.guarantee.name(),
            bucket: claim.bucket.clone(),
            path: claim.origin.path.clone(),
            verdict: uses::verdict(of, uses, bench, plan),
            statements: Vec::new(),
            exceptions: Vec::new(),
            document: None,
        })
    };
    plan.claims.iter().filter(|claim| which(claim)).filter_map(proof).collect()
}

/// What becomes of every claim about a bucket, and, if they are `wanted`, findings about statements that do nothing. One prover
/// answers both: most of the work is to find the classes that its policies tell apart.
fn examine<'p>(
    bench: &Bench<'p>,
    situation: &Situation<'_, 'p>,
    plan: &'p Plan,
    more: &[AskedGuarantee],
    wanted: bool,
) -> (Vec<Proof<'p>>, Vec<Finding>) {
    let (mut proofs, mut findings) = (Vec::new(), Vec::new());
    let (bucket, subject, document) = (situation.id(), situation.subject(), situation.document());
    let items = items(bench, plan, more, bucket, &subject);
    let mut questions: Vec<Question> =
        items.iter().filter_map(|(.., asked)| if let Asked::All(question) = asked { Some(question.clone()) } else { None }).collect();
    let known: Vec<String> =
        items.iter().flat_map(|(.., asked)| if let Asked::Lockout(all) = asked { all.clone() } else { Vec::new() }).collect();
    let held: Vec<&Statement> = if *bucket == plan::BUCKET { held::statements(plan).collect() } else { Vec::new() };
    let asked_for_held = held::question(&held, bench, situation).map(|question| {
        questions.push(question);
        questions.len() - 1
    });
    let prover = Prover::new(&[&subject], &questions, &known);
    let kept = kept(plan, bucket);
    let mut place = 0;
    for (guarantee, path, asked) in items {
        let verdict = match &asked {
            Asked::All(_) => {
                place += 1;
                let spared = if guarantee == "no-public-access" { opened(document) } else { Vec::new() };
                verdict(prover.ask_without(0, place - 1, &spared), document)
            }
            Asked::Lockout(principals) => lockout(&prover, principals),
            Asked::Flow(calls, who) => flow(&prover, calls, who),
            Asked::Settled(verdict) => verdict.clone(),
            Asked::Open => Verdict::Unknown("a value that is known only after deployment".to_owned()),
        };
        let statements = statements(&verdict, document);
        let exceptions = exceptions(&asked).into_iter().chain(kept.clone()).collect();
        proofs.push(Proof { guarantee, bucket: bucket.clone(), path, verdict, statements, exceptions, document });
    }
    if !wanted {
        return (proofs, findings);
    }
    if let Some(document) = document {
        findings.extend(prover.dead(0).iter().filter_map(|dead| dead_statement(bucket, dead, document.statements.get(dead.statement)?)));
    }
    for at in asked_for_held.iter().flat_map(|question| prover.idle(0, *question)) {
        findings.extend(held.get(at).and_then(|statement| held::shadowed(statement)));
    }
    for (arn, dead) in prover.dead_behind(0) {
        let of = |point: &plan::AccessPoint| bench.known(&point.arn).is_some_and(|own| own == arn);
        let found = plan.access_points().find(|(_, point)| of(point));
        let statement = |point: &'p plan::AccessPoint| point.policy.as_ref()?.statements.get(dead.statement);
        findings.extend(found.and_then(|(resource, point)| dead_statement(&resource.id, &dead, statement(point)?)));
    }
    (proofs, findings)
}

/// The statements of grants to everyone: whom the author lets in by name is no breach of Block Public Access.
fn opened(document: Option<&Document>) -> Vec<usize> {
    let statements = document.map(|document| document.statements.as_slice()).unwrap_or_default().iter().enumerate();
    let granted = |statement: &Statement| statement.origin.as_ref().is_some_and(|origin| origin.path.to_string().starts_with("/grants/"));
    let everyone = |statement: &Statement| matches!(statement.principal, Some(Element::Is(Principals::Everyone)));
    statements
        .filter(|(_, statement)| statement.effect == Effect::Allow && granted(statement) && everyone(statement))
        .map(|(at, _)| at)
        .collect()
}

fn finding(proof: &Proof<'_>) -> Option<Finding> {
    let of = |text: String| Finding::new(Code::GuaranteeRefuted, proof.path.clone(), text).label("promised here");
    match &proof.verdict {
        Verdict::Proved => None,
        Verdict::Refuted { words, witness } => {
            let mut found = of(format!("`{}` does not hold: {words}", proof.guarantee));
            for at in witness.iter().flat_map(|witness| &witness.allowed_by) {
                if let Some(origin) = proof.document.and_then(|document| document.statements.get(*at)?.origin.as_ref()) {
                    found = found.also(origin.path.clone(), "the statement that lets it in comes from here");
                }
            }
            Some(found.help("`s3harden prove PROFILE` shows the request, and what each statement says to it"))
        }
        Verdict::Unknown(why) => {
            let text = format!("whether `{}` holds is not known: it depends on {why}", proof.guarantee);
            Some(Finding::new(Code::GuaranteeUnknown, proof.path.clone(), text))
        }
        Verdict::Disagreement(what) => {
            let mut found =
                Finding::new(Code::GuaranteeUnknown, proof.path.clone(), format!("internal error in `{}`: {what}", proof.guarantee));
            found.severity = Severity::Error;
            Some(found.help("please report it with the profile; until then do not rely on this guarantee"))
        }
    }
}

fn dead_statement(bucket: &LogicalId, dead: &Dead, statement: &Statement) -> Option<Finding> {
    let origin = statement.origin.as_ref()?;
    let sid = statement.sid.as_deref().unwrap_or("a statement without a name");
    let why = match (dead.matches_nothing, statement.effect) {
        (true, _) => "no request matches it",
        (false, Effect::Deny) => "every request that it stops is stopped, or not allowed, without it",
        (false, Effect::Allow) => "every request that it allows is allowed without it, or denied",
    };
    let message = format!("`{sid}` in the policy of `{bucket}` does nothing: {why}");
    Some(Finding::new(Code::DeadStatement, origin.path.clone(), message).help("remove what asks for it, or accept it in `waivers`"))
}
