//! Controls: what published frameworks ask of a bucket, and whether a plan has it.
//!
//! In: a profile (for the frameworks that it names and its account) and its plan. Out: a [`Judgement`] for each row of a
//! framework, with the property or statement that satisfies it, and findings for what is unmet. Never: a look at the
//! profile's protections themselves: what is not in the plan does not count.

use std::fmt;

use crate::diag::{Code, Finding};
use crate::expr::LogicalId;
use crate::path;
use crate::plan::Plan;
use crate::profile::{Framework, Profile};

mod cis;
mod fsbp;
mod judge;
mod nist;
mod pci;

/// How a row is judged.
#[derive(Clone, Copy, Debug)]
pub enum How {
    /// By looking at the plan.
    Plan(fn(&Evidenced<'_>) -> Verdict),
    /// The same, for the frameworks that build on it: Security Hub has the control, and this one does not include it.
    Beside(fn(&Evidenced<'_>) -> Verdict),
    /// By the controls of Security Hub that AWS relates to it: all that apply must hold.
    Hub(&'static [&'static str]),
}

/// One control of a framework.
#[derive(Clone, Copy, Debug)]
pub struct Row {
    /// Its id within the version of the framework. Always text: `3.10` is not `3.1`.
    pub id: &'static str,
    /// What it asks for.
    pub title: &'static str,
    /// How it is judged.
    pub how: How,
}

impl Row {
    const fn new(id: &'static str, title: &'static str, how: How) -> Self {
        Self { id, title, how }
    }
}

/// What a row looks at.
#[derive(Clone, Copy, Debug)]
pub struct Evidenced<'a> {
    /// The plan.
    pub plan: &'a Plan,
    /// The account that is deployed to, where the profile says it.
    pub account: Option<&'a str>,
}

/// The property of a resource, or the statement of its policy, that satisfies a control.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Evidence {
    /// The resource; none for a step of the runbook.
    pub resource: Option<LogicalId>,
    /// The property's path in CloudFormation's words, the Sid of the statement, or the step.
    pub at: String,
}

impl fmt::Display for Evidence {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match &self.resource {
            Some(resource) => write!(f, "{resource}.{}", self.at),
            None => f.write_str(&self.at),
        }
    }
}

/// Whether a control is met.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Verdict {
    /// By this.
    Satisfied(Vec<Evidence>),
    /// It is not.
    Unmet {
        /// What is missing.
        missing: String,
        /// The key of the profile that changes it.
        key: &'static str,
    },
    /// It does not apply, for this reason.
    NotApplicable(&'static str),
    /// It excludes another control, or something excludes it.
    Conflict(&'static str),
}

impl Verdict {
    /// The word for it.
    pub const fn name(&self) -> &'static str {
        match self {
            Self::Satisfied(_) => "satisfied",
            Self::Unmet { .. } => "unmet",
            Self::NotApplicable(_) => "not applicable",
            Self::Conflict(_) => "in conflict",
        }
    }
}

/// A row with its verdict.
#[derive(Clone, Debug)]
pub struct Judgement {
    /// The framework.
    pub framework: Framework,
    /// The row.
    pub row: Row,
    /// The verdict.
    pub verdict: Verdict,
}

impl Judgement {
    /// The control by its framework: `fsbp/S3.7`.
    pub fn id(&self) -> String {
        format!("{}/{}", self.framework.name(), self.row.id)
    }
}

/// The rows of a framework.
pub fn rows(framework: Framework) -> Vec<Row> {
    match framework {
        Framework::Fsbp => fsbp::ROWS.to_vec(),
        Framework::CisAws3 => cis::rows(0),
        Framework::CisAws4 => cis::rows(1),
        Framework::CisAws5 => cis::rows(2),
        Framework::CisAws6 => cis::rows(3),
        Framework::CisAws7 => cis::rows(4),
        Framework::Nist80053R5 => nist::ROWS.to_vec(),
        Framework::PciDss401 => pci::ROWS.to_vec(),
    }
}

/// Where the rows of a framework come from.
pub const fn source(framework: Framework) -> &'static str {
    match framework {
        Framework::Fsbp => fsbp::SOURCE,
        Framework::Nist80053R5 => nist::SOURCE,
        Framework::PciDss401 => pci::SOURCE,
        _ => cis::SOURCE,
    }
}

/// Every control by its framework and id.
pub fn all() -> impl Iterator<Item = (Framework, Row)> {
    Framework::ALL.iter().flat_map(|framework| rows(*framework).into_iter().map(|row| (*framework, row)))
}

/// Judges every row of a framework.
pub fn judge(framework: Framework, profile: &Profile, plan: &Plan) -> Vec<Judgement> {
    judge_plan(framework, plan, profile.bucket.account.as_ref().map(|account| account.as_str()))
}

/// The same of a plan that is deployed to an account, where that is known.
pub fn judge_plan(framework: Framework, plan: &Plan, account: Option<&str>) -> Vec<Judgement> {
    let seen = Evidenced { plan, account };
    rows(framework).into_iter().map(|row| Judgement { framework, row, verdict: verdict(row.how, &seen) }).collect()
}

fn verdict(how: How, seen: &Evidenced<'_>) -> Verdict {
    match how {
        How::Plan(look) => look(seen),
        How::Beside(_) => Verdict::NotApplicable("Security Hub has the control, and the FSBP standard does not include it"),
        How::Hub(ids) => judge::together(related(ids).filter_map(|row| looked_at(row.how, seen)).collect()),
    }
}

/// The controls of Security Hub with these ids.
pub fn related(ids: &[&str]) -> impl Iterator<Item = Row> {
    fsbp::ROWS.iter().filter(|row| ids.contains(&row.id)).copied()
}

fn looked_at(how: How, seen: &Evidenced<'_>) -> Option<Verdict> {
    match how {
        How::Plan(look) | How::Beside(look) => Some(look(seen)),
        How::Hub(_) => None,
    }
}

/// Findings for what the frameworks of the profile ask for and the plan does not have.
pub fn run(profile: &Profile, plan: &Plan) -> Vec<Finding> {
    let named = profile.controls.iter().enumerate();
    let judged = named.flat_map(|(at, framework)| judge(*framework, profile, plan).into_iter().map(move |judgement| (at, judgement)));
    judged.filter_map(|(at, judgement)| unmet(at, &judgement)).collect()
}

fn unmet(at: usize, judgement: &Judgement) -> Option<Finding> {
    let Verdict::Unmet { missing, key } = &judgement.verdict else { return None };
    let id = judgement.id();
    let message = format!("`{id}` is unmet: {missing}");
    let help = format!("change `{key}`, or accept it in `waivers` with `control: {id}`");
    Some(Finding::new(Code::ControlUnmet, path!["controls", at], message).about(id).help(help))
}
