//! The guarantees of a profile: each claim of its plan is proved, or refuted by a request, and that is a finding.
//!
//! In: a profile and its plan. Out: a [`Proof`] for each claim about requests, and findings for those that do not hold
//! and for statements that do nothing. Never: a claim about a setting, which no request shows.

use crate::claim::{ActionName, ActionScope, Claim, Guarantee, NetworkList};
use crate::diag::{Code, Finding, Path, Severity};
use crate::expr::{Expr, LogicalId, Part};
use crate::plan::{self, Plan};
use crate::policy::{Document, Effect, Element, Key, Principal, Principals, Statement};
use crate::profile::{AskedGuarantee, GuaranteeName};
use crate::protect::access_points::MANAGEMENT;
use crate::protect::principal::Identity;
use crate::protect::verbs::DATA;
use crate::verify::access_tests::{Bench, Situation};
use crate::verify::model::Call;
use crate::verify::prove::{Answer, Dead, Gain, Networks, Prover, Question, REPAIRS, Subject, Witness};
use crate::verify::{Decision, Outcome};

mod flows;
mod held;
mod left_out;
mod memo;
mod questions;
mod uses;
mod values;
mod verdicts;

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
            tally.proved += claims(plan, situation.id()).count();
            continue;
        }
        let (proofs, idle) = examine(bench, &situation, plan, more);
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
    let (mut proofs, findings) = examine_each(bench, plan, more);
    for case in values::coincidences(bench, plan) {
        let there = bench.with(plan, &case.values);
        for (proof, other) in proofs.iter_mut().zip(examine_each(&there, plan, more).0) {
            let verdict = match (&proof.verdict, other.verdict) {
                (Verdict::Proved, Verdict::Refuted { words, witness }) => {
                    Verdict::Refuted { words: format!("{words}, {}", case.words), witness }
                }
                (Verdict::Proved, Verdict::Unknown(why)) => Verdict::Unknown(format!("{why}, {}", case.words)),
                (Verdict::Proved, disagreement @ Verdict::Disagreement(_)) => disagreement,
                _ => continue,
            };
            (proof.verdict, proof.statements) = (verdict, other.statements);
        }
    }
    (proofs, findings)
}

/// The same for one value of each parameter.
fn examine_each<'p>(bench: &Bench<'p>, plan: &'p Plan, more: &[AskedGuarantee]) -> (Vec<Proof<'p>>, Vec<Finding>) {
    let (mut proofs, mut findings) = (Vec::new(), Vec::new());
    for situation in bench.situations() {
        let (proved, dead) = examine(bench, &situation, plan, more);
        proofs.extend(proved);
        findings.extend(dead);
    }
    proofs.extend(elsewhere(bench, plan));
    (proofs, findings)
}

/// What becomes of claims that hang on no bucket: of keys, roles and topics of an account.
fn elsewhere<'p>(bench: &Bench<'_>, plan: &Plan) -> Vec<Proof<'p>> {
    let of_no_bucket = |claim: &&Claim| bench.situations().all(|situation| *situation.id() != claim.bucket);
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
    plan.claims.iter().filter(of_no_bucket).filter_map(proof).collect()
}

/// What becomes of every claim about a bucket, and findings about statements that do nothing. One prover answers both: most of
/// the work is to find the classes that its policies tell apart.
fn examine<'p>(
    bench: &Bench<'p>,
    situation: &Situation<'_, 'p>,
    plan: &'p Plan,
    more: &[AskedGuarantee],
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

/// A guarantee that the profile asks for.
fn added(more: &AskedGuarantee, subject: &Subject) -> Asked {
    let account = Expr::text(subject.account.clone());
    let texts = |all: &[Identity]| {
        let text = |identity: &Identity| {
            let pattern = identity.pattern(&account);
            let known = pattern.resolve(|part| match part {
                Part::Text(text) => text.as_ref().into(),
                // ARNs are made with the partition that the deployment is in.
                _ => subject.partition.as_str().into(),
            });
            known.into_owned()
        };
        all.iter().map(text).collect::<Vec<_>>()
    };
    let named = |all: &[ActionName]| all.iter().map(ToString::to_string).collect::<Vec<_>>();
    let principals = texts(&more.principals);
    Asked::All(match more.guarantee {
        GuaranteeName::TlsOnly => Question::TlsOnly { minimum: more.minimum_tls.map(|version| version.number().to_owned()) },
        GuaranteeName::NoPublicAccess => Question::NoPublicAccess,
        GuaranteeName::OnlyListedNetworks => Question::OnlyNetworks {
            actions: if more.actions.is_empty() { vec!["*".to_owned()] } else { named(&more.actions) },
            allowed: Networks {
                cidrs: more.cidrs.iter().map(ToString::to_string).collect(),
                vpcs: more.vpcs.iter().map(ToString::to_string).collect(),
                endpoints: more.vpc_endpoints.iter().map(ToString::to_string).collect(),
            },
            denied: Networks::default(),
            services: true,
            forwarded: true,
            principals,
            repairers: Vec::new(),
        },
        GuaranteeName::OnlyListedPrincipals => {
            let accounts: Vec<String> = more.accounts.iter().map(ToString::to_string).chain([subject.account.clone()]).collect();
            Question::OnlyListedPrincipals {
                sources: accounts.clone(),
                principals,
                accounts,
                organizations: more.organizations.iter().map(ToString::to_string).collect(),
                resources: vec![subject.bucket.clone()],
            }
        }
        GuaranteeName::MfaEnforced => Question::MfaEnforced {
            actions: named(&more.actions),
            within_seconds: more.within.as_ref().map_or(0, |within| within.seconds()),
            except: principals,
            repairers: Vec::new(),
        },
        GuaranteeName::PresignedBounded => Question::PresignedBounded {
            max_age_seconds: more.max_age.as_ref().map(|age| age.seconds()),
            forbidden: more.max_age.is_none(),
            networks: Networks::default(),
            repairers: Vec::new(),
        },
        GuaranteeName::NoLockout => return Asked::Lockout(principals),
    })
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
    Some(Finding::new(Code::DeadStatement, origin.path.clone(), format!("`{sid}` in the policy of `{bucket}` does nothing: {why}")))
}

/// The statements with the values that are proved for.
fn resolved<'s>(statements: impl IntoIterator<Item = &'s Statement>, bench: &Bench<'_>) -> Option<Vec<Statement>> {
    let text = |expr: &Expr| Some(Expr::text(bench.text(expr)?));
    let texts = |all: &Vec<Expr>| all.iter().map(text).collect::<Option<Vec<_>>>();
    let principal = |principal: &Principal| {
        Some(match principal {
            Principal::Aws(value) => Principal::Aws(text(value)?),
            Principal::Service(value) => Principal::Service(text(value)?),
            Principal::Federated(value) => Principal::Federated(text(value)?),
            Principal::CanonicalUser(value) => Principal::CanonicalUser(text(value)?),
        })
    };
    let principals = |all: &Principals| match all {
        Principals::Everyone => Some(Principals::Everyone),
        Principals::Of(all) => Some(Principals::Of(all.iter().map(principal).collect::<Option<Vec<_>>>()?)),
    };
    let one = |statement: &Statement| {
        let mut known = statement.clone();
        match &mut known.principal {
            Some(Element::Is(all) | Element::Not(all)) => *all = principals(all)?,
            None => {}
        }
        match &mut known.resource {
            Some(Element::Is(all) | Element::Not(all)) => *all = texts(all)?,
            None => {}
        }
        for condition in &mut known.condition {
            condition.values = texts(&condition.values)?;
        }
        Some(known)
    };
    statements.into_iter().map(one).collect()
}

fn asked(claim: &Claim, bench: &Bench<'_>, plan: &Plan, subject: &Subject, repairers: &[String]) -> Asked {
    let texts = |all: &[Expr]| all.iter().map(|expr| bench.text(expr)).collect::<Option<Vec<String>>>();
    let names = |all: &[&'static str]| all.iter().map(|name| (*name).to_owned()).collect::<Vec<_>>();
    let question = match &claim.guarantee {
        Guarantee::TlsOnly { minimum } => Some(Question::TlsOnly { minimum: minimum.map(str::to_owned) }),
        Guarantee::TlsVersion { minimum } => Some(Question::TlsVersion { minimum: (*minimum).to_owned() }),
        Guarantee::PointAddresses { point, cidrs } => match (bench.text(point), texts(cidrs)) {
            (Some(point), Some(cidrs)) => Some(Question::PointAddresses { point, cidrs, but: names(&[MANAGEMENT]) }),
            _ => None,
        },
        Guarantee::DeniesHold { denies } => {
            resolved(denies, bench).map(|denies| Question::Denied { denies, repairers: repairers.to_vec() })
        }
        Guarantee::GrantsWork { gives, through } => {
            // What stands in the policy as it was asked for needs no search.
            let document = match through {
                None => plan.bucket_policies().find(|(bucket, _)| **bucket == claim.bucket).map(|(_, document)| document),
                Some(arn) => plan.access_points().find(|(_, point)| point.arn == *arn).and_then(|(_, point)| point.policy.as_ref()),
            };
            let stands = |one: &&Statement| document.is_some_and(|document| document.statements.iter().any(|other| other.covers(one)));
            let (known, missing): (Vec<&Statement>, Vec<&Statement>) = gives.iter().partition(stands);
            let known = if through.is_some() { known } else { Vec::new() };
            if known.is_empty() && missing.is_empty() {
                return Asked::Settled(Verdict::Proved);
            }
            match (resolved(missing, bench), resolved(known, bench), through.as_ref().map(|arn| bench.text(arn))) {
                (None, ..) | (_, None, _) | (.., Some(None)) => None,
                (Some(gives), Some(known), through) => Some(Question::Granted { gives, known, through: through.flatten() }),
            }
        }
        Guarantee::UsesWork { of, uses, .. } => return Asked::Settled(uses::verdict(of, uses, bench, plan)),
        Guarantee::NoPublicAccess => Some(Question::NoPublicAccess),
        Guarantee::EncryptedAsDeclared { pinned_algorithm, pinned_key, sse_c_blocked } => {
            let key = match pinned_key {
                None => Some(None),
                Some(key) => bench.text(key).map(Some),
            };
            key.map(|key| Question::EncryptedAsDeclared {
                algorithm: pinned_algorithm.map(str::to_owned),
                key,
                sse_c_blocked: *sse_c_blocked,
            })
        }
        Guarantee::OnlyPrincipals { actions, principals } => {
            texts(principals).map(|principals| Question::OnlyPrincipals { actions: names(actions), principals })
        }
        Guarantee::OnlyListedPrincipals { accounts, principals, organizations, sources } => {
            match (texts(accounts), texts(principals), texts(sources), texts(organizations)) {
                (Some(accounts), Some(principals), Some(sources), Some(organizations)) => Some(Question::OnlyListedPrincipals {
                    principals,
                    accounts,
                    organizations,
                    sources,
                    resources: bench.situations().map(|situation| situation.arn().to_owned()).collect(),
                }),
                _ => None,
            }
        }
        Guarantee::AccessPointOnly { points, except } => match (texts(points), texts(except)) {
            (Some(points), Some(except)) => Some(Question::AccessPointOnly { actions: names(DATA), points, except }),
            _ => None,
        },
        Guarantee::OnlyNetworks { scope, allowed, denied, services, forwarded, principals, repairers } => {
            let list = |list: &NetworkList| {
                Some(Networks { cidrs: texts(&list.cidrs)?, vpcs: texts(&list.vpcs)?, endpoints: texts(&list.vpc_endpoints)? })
            };
            let actions = match scope {
                ActionScope::All => vec!["*".to_owned()],
                ActionScope::Of(names) => names.clone(),
            };
            match (texts(principals), texts(repairers), list(allowed), list(denied)) {
                (Some(principals), Some(repairers), Some(allowed), Some(denied)) => Some(Question::OnlyNetworks {
                    actions,
                    allowed,
                    denied,
                    services: *services,
                    forwarded: *forwarded,
                    principals,
                    repairers,
                }),
                _ => None,
            }
        }
        Guarantee::NoLockout { principals } => {
            // Nobody of another account can repair anyway (the finding `lockout` says so).
            let own = |arn: &String| arn.split(':').nth(4) == Some(&subject.account);
            return texts(principals).map_or(Asked::Open, |all| Asked::Lockout(all.into_iter().filter(own).collect()));
        }
        Guarantee::MfaEnforced { actions, within_seconds, except } => texts(except).map(|except| Question::MfaEnforced {
            actions: actions.iter().map(|name| name.clone().into_owned()).collect(),
            within_seconds: *within_seconds,
            except,
            repairers: repairers.to_vec(),
        }),
        Guarantee::PresignedBounded { forbidden, max_age_seconds, networks } => {
            let mut listed = Networks::default();
            let mut known = true;
            for condition in networks {
                let list = match condition.key {
                    Key::SourceVpc => &mut listed.vpcs,
                    Key::SourceVpce => &mut listed.endpoints,
                    _ => &mut listed.cidrs,
                };
                match texts(&condition.values) {
                    Some(values) => list.extend(values),
                    None => known = false,
                }
            }
            known.then_some(Question::PresignedBounded {
                max_age_seconds: *max_age_seconds,
                forbidden: *forbidden,
                networks: listed,
                repairers: repairers.to_vec(),
            })
        }
        Guarantee::ServicesWork(flow) => {
            return flows::calls(flow, claim, bench, subject).map_or(Asked::Open, |(calls, who)| Asked::Flow(calls, who));
        }
        Guarantee::Setting { .. } => None,
    };
    question.map_or(Asked::Open, Asked::All)
}
