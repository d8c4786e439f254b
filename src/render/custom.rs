//! Templates of others in the place of built-in ones, as far as they leave what a profile promises as it is.
//!
//! In: templates by their names, and a plan. Out: files that hold everything that the built-in templates would render, and
//! beside it nothing but what [`same`] lets in: tags, descriptions, comments and what only Terraform itself reads. Never: a file
//! that says something else, or a template that gets around escaping.

use super::engine::{Engine, built_in};
use super::{File, Notation, RenderError, Target, cloudformation, render, stackset, terraform};
use crate::plan::Plan;

mod hcl;
mod lint;
mod same;

/// What is wrong with a template: where, in bytes of its text, and a remedy.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Refusal {
    /// The bytes; all of it where they are none.
    pub at: Option<std::ops::Range<usize>>,
    /// One sentence.
    pub message: String,
    /// What to do about it.
    pub help: String,
}

/// The built-in templates, some of them replaced.
pub struct Templates {
    cloudformation: Engine,
    terraform: Engine,
}

/// The names of all built-in templates, `terraform/bucket.tf`, each with its text.
pub fn all() -> impl Iterator<Item = (String, &'static str)> {
    ["cloudformation", "terraform"]
        .into_iter()
        .flat_map(|target| built_in(target).iter().map(move |(name, text)| (format!("{target}/{name}"), *text)))
}

/// Whether a template may take the place of the one of that name. Its syntax is looked at too.
pub fn check(name: &str, text: &str) -> Vec<Refusal> {
    let refusals = lint::refusals(text);
    if !refusals.is_empty() {
        return refusals;
    }
    let (target, file) = name.split_once('/').unwrap_or_default();
    let Err(error) = engine(target, vec![(file.to_owned(), text.to_owned())]).tera().map(|_| ()) else { return Vec::new() };
    vec![lint::syntax(text, &error.message)]
}

fn engine(target: &str, own: Vec<(String, String)>) -> Engine {
    if target == "terraform" { terraform::engine(own) } else { cloudformation::engine(own) }
}

impl Templates {
    /// Takes templates by their names, which [`check`] has nothing against.
    pub fn new(own: Vec<(String, String)>) -> Self {
        let of = |target: &str| {
            let mine = own.iter().filter_map(|(name, text)| Some((name.strip_prefix(target)?.strip_prefix('/')?.to_owned(), text.clone())));
            engine(target, mine.collect())
        };
        Self { cloudformation: of("cloudformation"), terraform: of("terraform") }
    }

    /// The files of one target; an error where they are not what the plan asks for.
    pub fn render(&self, plan: &Plan, target: Target) -> Result<Vec<File>, RenderError> {
        // The same notation of both is compared: JSON holds all that there is.
        let compared = match target {
            Target::CloudFormation(_) | Target::StackSet => Target::CloudFormation(Notation::Json),
            other => other,
        };
        let wanted = render(plan, compared)?;
        same::files(&wanted, &self.spelled(plan, compared)?)?;
        self.spelled(plan, target)
    }

    fn spelled(&self, plan: &Plan, target: Target) -> Result<Vec<File>, RenderError> {
        match target {
            Target::CloudFormation(notation) => cloudformation::render(plan, notation, &self.cloudformation),
            Target::Terraform(provider) => terraform::render(plan, provider, &self.terraform),
            Target::StackSet => stackset::render(plan, &self.cloudformation),
        }
    }
}
