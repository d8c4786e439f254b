//! Rendering: a plan becomes files.
//!
//! In: a [`Plan`] and a target. Out: whole files as text, policies read back and compared (`fidelity`), and what
//! the target cannot express. Never: a look at the profile, a write to a disk, or a policy put together as text.

use std::fmt;

use crate::diag::{Code, Finding, Path};
use crate::plan::{Plan, Step};

mod address;
mod cloudformation;
pub mod custom;
mod detached;
mod engine;
pub mod fidelity;
mod functions;
mod hcl;
mod json;
mod lacking;
mod layout;
mod limits;
mod runbook;
mod stackset;
mod terraform;
mod yaml;

/// A notation that a plan can be rendered to, with everything that changes how.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Target {
    /// A CloudFormation template.
    CloudFormation(Notation),
    /// A Terraform module.
    Terraform(Provider),
    /// A CloudFormation template that a stack set deploys to the accounts of an organization.
    StackSet,
}

/// The notation of a CloudFormation template.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Notation {
    /// YAML with comments.
    #[default]
    Yaml,
    /// JSON, indented.
    Json,
    /// JSON without white space, for the limit of 51,200 bytes on inline templates.
    Minified,
}

/// The generation of Terraform's AWS provider.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Provider {
    /// `>= 5.70, < 7`: only arguments that 5.100 knows.
    #[default]
    V5,
    /// `>= 6.40`.
    V6,
}

impl Target {
    /// The word for the command line and the name of the output directory.
    pub const fn name(self) -> &'static str {
        match self {
            Self::CloudFormation(_) => "cloudformation",
            Self::Terraform(_) => "terraform",
            Self::StackSet => "stackset",
        }
    }

    /// Whether two targets have the same resources, and lack the same.
    pub const fn is_like(self, other: Self) -> bool {
        matches!((self, other), (Self::Terraform(_), Self::Terraform(_)))
            || !matches!(self, Self::Terraform(_)) && !matches!(other, Self::Terraform(_))
    }
}

/// A rendered file.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct File {
    /// Its path below the profile's directory, with `/` between the parts.
    pub path: &'static str,
    /// Its content, ending in a newline.
    pub text: String,
}

/// Something that a target cannot express, and what to do instead.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Gap {
    /// What kind of gap; its severity says whether something still enforces the setting, or nothing works without it.
    pub code: Code,
    /// What is missing: a sentence.
    pub message: String,
    /// What in the profile asks for it.
    pub path: Path,
    /// The manual step that closes it, unless nothing does.
    pub step: Option<Step>,
}

/// Why a plan could not be rendered: always a fault of this program or of a custom template.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct RenderError {
    /// The template or resource.
    pub what: String,
    /// What went wrong.
    pub message: String,
}

impl RenderError {
    fn new(what: impl fmt::Display, message: impl fmt::Display) -> Self {
        Self { what: what.to_string(), message: message.to_string() }
    }
}

impl fmt::Display for RenderError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{} cannot be rendered: {}", self.what, self.message)
    }
}

impl std::error::Error for RenderError {}

/// Whether all templates of all targets parse.
pub fn check_templates() -> Result<(), RenderError> {
    cloudformation::ENGINE.tera()?;
    terraform::ENGINE.tera().map(|_| ())
}

/// The files of one target; their policies were read back and are the plan's.
pub fn render(plan: &Plan, target: Target) -> Result<Vec<File>, RenderError> {
    fidelity::expressible(plan)?;
    match target {
        Target::CloudFormation(notation) => cloudformation::render(plan, notation, &cloudformation::ENGINE),
        Target::Terraform(provider) => terraform::render(plan, provider, &terraform::ENGINE),
        Target::StackSet => stackset::render(plan, &cloudformation::ENGINE),
    }
}

/// What of the files AWS would refuse, in any or in some deployments.
pub fn unfit(plan: &Plan, target: Target) -> Vec<Finding> {
    let mut findings = limits::findings(plan, target);
    if target == Target::StackSet {
        findings.extend(stackset::unfit(plan));
    }
    findings
}

/// The policies that belong to no target, each as a file; they were read back and are the plan's.
pub fn detached(plan: &Plan) -> Result<Vec<File>, RenderError> {
    detached::render(plan)
}

/// What the target cannot express of the plan.
pub fn gaps(plan: &Plan, target: Target) -> Vec<Gap> {
    let mut gaps = match target {
        Target::CloudFormation(_) | Target::StackSet => cloudformation::gaps(plan),
        Target::Terraform(provider) => terraform::gaps(plan, provider),
    };
    gaps.extend(lacking::gaps(plan, target));
    gaps
}

/// The manual steps of the plan and of what the targets cannot express; `None` where there are none.
pub fn runbook(plan: &Plan, gaps: &[Gap]) -> Option<File> {
    runbook::render(plan, gaps)
}
