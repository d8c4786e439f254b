//! The report of a profile: everything that a reviewer asks of it, as one value, and its renderings.
//!
//! In: a plan, what was decided and proved of it, and findings. Out: a [`Review`], which JSON, Markdown and HTML only
//! spell. Never: the text of the profile, a clock, or a decision that the evaluator did not make.

use serde::Serialize;

use crate::diag::{Finding, Place};
use crate::expr::Expr;
use crate::names::Date;
use crate::plan::{self, Plan, Step, When};
use crate::profile::Profile;
use crate::proofs::{self, Verdict};
use crate::trials;
use crate::verify::prove;

mod html;
mod markdown;
mod matrix;
mod protections;

pub use html::render as html;
pub use markdown::render as markdown;
pub use matrix::{Cell, Decided, Matrix, Part, Row};
pub use protections::{Bucket, Made, Policy, Setting, Statement};

/// What a profile becomes and what is known of it.
#[derive(Clone, Debug, Serialize)]
pub struct Review {
    /// The profile's name.
    pub profile: String,
    /// What it is for.
    pub description: Option<String>,
    /// The day on which waivers are judged, where one was asked for.
    pub as_of: Option<String>,
    /// The buckets, each with its settings and its policy.
    pub buckets: Vec<Bucket>,
    /// The policies of everything else.
    pub policies: Vec<Policy>,
    /// What else is made.
    pub resources: Vec<Made>,
    /// What is billed by use.
    pub costs: Vec<Billed>,
    /// Who may do what from where, one table for each way to the bucket.
    pub access: Vec<Matrix>,
    /// What is taken for granted in these tables.
    pub access_assumed: Vec<String>,
    /// What the tables leave out, and why.
    pub access_left_out: Vec<String>,
    /// What is promised of all requests.
    pub guarantees: Vec<Guarantee>,
    /// What every proof takes for granted.
    pub guarantees_assumed: &'static [&'static str],
    /// The requests that the profile's author wrote down.
    pub tests: Vec<Test>,
    /// Risks that are accepted.
    pub waivers: Vec<Waiver>,
    /// Everything that was found.
    pub findings: Vec<Found>,
    /// What no template can do.
    pub runbook: Vec<Manual>,
}

/// Something that is billed by use.
#[derive(Clone, Debug, Serialize)]
pub struct Billed {
    /// Its name.
    pub name: &'static str,
    /// What is billed.
    pub what: &'static str,
    /// What is counted.
    pub per: &'static str,
    /// How many resources bring it.
    pub times: usize,
    /// What in the profile asks for it.
    pub origin: String,
}

/// A promise, and what became of it.
#[derive(Clone, Debug, Serialize)]
pub struct Guarantee {
    /// Its name.
    pub name: &'static str,
    /// The bucket.
    pub bucket: String,
    /// `proved`, `refuted` or `unknown`.
    pub result: &'static str,
    /// Why it is not proved.
    pub reason: Option<String>,
    /// The statements that it fails by.
    pub statements: Vec<String>,
    /// Whom it leaves out, and why.
    pub exceptions: Vec<String>,
    /// What in the profile makes it.
    pub origin: String,
}

/// An access test and its result.
#[derive(Clone, Debug, Serialize)]
pub struct Test {
    /// What is tested.
    pub name: String,
    /// The request, in words.
    pub request: String,
    /// The decision that is expected.
    pub expected: String,
    /// The decision, in words.
    pub decided: String,
    /// Whether they agree.
    pub passed: bool,
}

/// A risk that somebody accepts.
#[derive(Clone, Debug, Serialize)]
pub struct Waiver {
    /// The finding.
    pub finding: String,
    /// Why it is accepted.
    pub reason: String,
    /// The last day.
    pub until: String,
    /// By whom.
    pub by: Option<String>,
}

/// A finding.
#[derive(Clone, Debug, Serialize)]
pub struct Found {
    /// Its name.
    pub code: &'static str,
    /// How much it weighs.
    pub severity: &'static str,
    /// What was found.
    pub message: String,
    /// Where, as a JSON pointer into the profile.
    pub origin: Option<String>,
    /// What to do about it.
    pub help: Vec<String>,
    /// Why it is accepted, where it is.
    pub waived: Option<String>,
}

/// A step that no template can do.
#[derive(Clone, Debug, Serialize)]
pub struct Manual {
    /// What is done.
    pub title: String,
    /// Why no template does it.
    pub why: String,
    /// `before` or `after` the deployment.
    pub when: &'static str,
    /// The commands.
    pub commands: Vec<String>,
    /// What shows that it worked.
    pub verify: Vec<String>,
    /// What that must show.
    pub expect: String,
    /// What in the profile asks for it.
    pub origin: String,
}

impl Review {
    /// The review of a plan. `steps` are those that the targets add to the plan's own.
    pub fn new(profile: &Profile, plan: &Plan, findings: &[Finding], steps: &[Step], as_of: Option<&Date>) -> Self {
        let bench = trials::bench(profile, plan);
        let text = |expr: &Expr| bench.text(expr).unwrap_or_else(|| expr.to_string());
        let (buckets, policies, resources) = protections::all(plan, &text);
        let (access, access_left_out) = matrix::all(plan, &bench);
        let mut manual: Vec<&Step> = plan.steps.iter().chain(steps).collect();
        manual.sort_by_key(|step| step.when);
        Self {
            profile: plan.name.to_string(),
            description: plan.description.as_ref().map(ToString::to_string),
            as_of: as_of.map(ToString::to_string),
            buckets,
            policies,
            resources,
            costs: plan::costs(plan).into_iter().map(billed).collect(),
            access,
            access_assumed: matrix::assumed(),
            access_left_out,
            guarantees: proofs::prove(&bench, plan, &profile.guarantees).into_iter().map(guarantee).collect(),
            guarantees_assumed: prove::ASSUMED,
            tests: profile.tests.iter().enumerate().map(|(at, one)| test(at, one, &bench)).collect(),
            waivers: profile.waivers.iter().map(waiver).collect(),
            findings: findings.iter().map(found).collect(),
            runbook: manual.into_iter().map(step).collect(),
        }
    }

    /// The review as JSON.
    pub fn json(&self) -> serde_json::Result<String> {
        serde_json::to_string_pretty(self).map(|text| text + "\n")
    }
}

fn guarantee(proof: proofs::Proof<'_>) -> Guarantee {
    Guarantee {
        name: proof.guarantee,
        bucket: proof.bucket.to_string(),
        result: proof.verdict.name(),
        reason: match proof.verdict {
            Verdict::Proved => None,
            Verdict::Refuted { words, .. } => Some(words),
            Verdict::Unknown(why) => Some(format!("it depends on {why}")),
            Verdict::Disagreement(what) => Some(format!("internal error: {what}")),
        },
        statements: proof.statements,
        exceptions: proof.exceptions,
        origin: proof.path.to_string(),
    }
}

fn test(at: usize, test: &crate::claim::AccessTest, bench: &crate::verify::access_tests::Bench<'_>) -> Test {
    let failure = trials::failure(at, test, bench);
    let decided = bench.decide(&test.request).map(|trial| trials::sentence(&trial));
    Test {
        name: test.name.to_string(),
        request: trials::describe(&test.request),
        expected: trials::expected(&test.expect),
        decided: decided.unwrap_or_else(|_| failure.as_ref().map(|finding| finding.message.clone()).unwrap_or_default()),
        passed: failure.is_none(),
    }
}

fn billed(cost: plan::Cost) -> Billed {
    Billed { name: cost.driver.name, what: cost.driver.what, per: cost.driver.per, times: cost.times, origin: cost.path.to_string() }
}

fn waiver(waiver: &crate::profile::Waiver) -> Waiver {
    Waiver {
        finding: waiver.finding.clone().or_else(|| waiver.control.clone()).unwrap_or_default(),
        reason: waiver.reason.to_string(),
        until: waiver.until.to_string(),
        by: waiver.by.as_ref().map(ToString::to_string),
    }
}

fn found(finding: &Finding) -> Found {
    Found {
        code: finding.code.name(),
        severity: finding.severity.name(),
        message: finding.message.clone(),
        origin: match &finding.place {
            Place::Key(path) | Place::Value(path) => Some(path.to_string()),
            Place::File | Place::Bytes(_) => None,
        },
        help: finding.help.clone(),
        waived: finding.waived.clone(),
    }
}

fn step(step: &Step) -> Manual {
    Manual {
        title: step.title.clone(),
        why: step.why.clone(),
        when: match step.when {
            When::Before => "before",
            When::After => "after",
        },
        commands: step.commands.clone(),
        verify: step.verify.clone(),
        expect: step.expect.clone(),
        origin: step.path.to_string(),
    }
}
