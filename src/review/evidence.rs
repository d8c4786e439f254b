//! What frameworks ask for: each control with its verdict and the property or statement that meets it.
//!
//! In: the subject and its plan. Out: a [`Controls`] for each framework that the profile is held to, and for those that
//! are asked for beside. Never: a judgement, which `controls` makes.

use serde::Serialize;

use super::Subject;
use crate::controls::{self, Evidence, How, Judgement, Verdict};
use crate::plan::Plan;
use crate::profile::Framework;

/// A framework and its controls.
#[derive(Clone, Debug, Serialize)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
pub struct Controls {
    /// Its name in profiles, with its version.
    pub framework: &'static str,
    /// Its title.
    pub title: &'static str,
    /// Where its rows come from.
    pub source: &'static str,
    /// Whether the profile is held to it, so that what is unmet is a finding.
    pub held: bool,
    /// How many of its controls are satisfied, unmet, not applicable and in conflict.
    pub satisfied: usize,
    /// See `satisfied`.
    pub unmet: usize,
    /// See `satisfied`.
    pub not_applicable: usize,
    /// See `satisfied`.
    pub in_conflict: usize,
    /// Its controls.
    pub controls: Vec<Control>,
}

/// A control.
#[derive(Clone, Debug, Serialize)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
pub struct Control {
    /// Its id within the framework: always text, `3.10` is not `3.1`.
    pub id: &'static str,
    /// What it asks for.
    pub title: &'static str,
    /// `satisfied`, `unmet`, `not applicable` or `in conflict`.
    pub verdict: &'static str,
    /// What satisfies it: properties of resources, statements of policies by their Sids, or steps of the runbook.
    pub evidence: Vec<String>,
    /// Why it is not satisfied, where it is not.
    pub reason: Option<String>,
    /// The key of the profile that changes it, where it is unmet.
    pub key: Option<&'static str>,
    /// The controls of Security Hub that it is judged by, where it is.
    pub judged_by: &'static [&'static str],
}

/// The frameworks that the profile is held to, and those that are asked for.
pub(super) fn all(subject: Subject<'_>, plan: &Plan, more: &[Framework]) -> Vec<Controls> {
    let held = subject.frameworks();
    // An account profile names no framework, and what it makes is what the controls about accounts ask for.
    let default: &[Framework] = if matches!(subject, Subject::Account(_)) { &[Framework::Fsbp] } else { &[] };
    let shown = Framework::ALL.iter().filter(|one| held.contains(one) || more.contains(one) || default.contains(one));
    shown.map(|framework| judged(*framework, held.contains(framework), controls::judge_plan(*framework, plan, subject.account()))).collect()
}

fn judged(framework: Framework, held: bool, rows: Vec<Judgement>) -> Controls {
    let count = |verdict: &str| rows.iter().filter(|row| row.verdict.name() == verdict).count();
    Controls {
        framework: framework.name(),
        title: framework.title(),
        source: controls::source(framework),
        held,
        satisfied: count("satisfied"),
        unmet: count("unmet"),
        not_applicable: count("not applicable"),
        in_conflict: count("in conflict"),
        controls: rows.iter().map(control).collect(),
    }
}

fn control(judgement: &Judgement) -> Control {
    let (evidence, reason, key) = match &judgement.verdict {
        Verdict::Satisfied(evidence) => (evidence.iter().map(Evidence::to_string).collect(), None, None),
        Verdict::Unmet { missing, key } => (Vec::new(), Some(missing.clone()), Some(*key)),
        Verdict::NotApplicable(why) | Verdict::Conflict(why) => (Vec::new(), Some((*why).to_owned()), None),
    };
    Control {
        id: judgement.row.id,
        title: judgement.row.title,
        verdict: judgement.verdict.name(),
        evidence,
        reason,
        key,
        judged_by: match judgement.row.how {
            How::Hub(ids) => ids,
            How::Plan(_) | How::Beside(_) => &[],
        },
    }
}
