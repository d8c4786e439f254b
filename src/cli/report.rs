//! `s3harden report`: what a profile becomes and what is known of it, for whoever has to sign it.

use std::path::{Path, PathBuf};

use super::inputs::{self, Inputs};
use super::messages::{Found, MessageArgs, Messages};
use super::{Exit, Judging, Stop, output, render};
use crate::diag::{Finding, Severity};
use crate::pipeline;
use crate::profile::Framework;
use crate::review::{self, Extra, Review, Subject};
use crate::source::{ReadError, Source};

#[derive(Debug, clap::Args)]
#[command(after_help = "Examples:
  s3harden report profile.yaml > report.html
  s3harden report profile.yaml --format md
  s3harden report profiles/ -o reports                to reports/NAME.html, for every profile
  s3harden report profile.yaml --as-of 2026-12-01     with waivers judged on that day
  s3harden report profile.yaml --controls all         with every framework, those too that the profile is not held to")]
pub(super) struct Args {
    #[command(flatten)]
    inputs: Inputs,
    /// How the report is spelled.
    #[arg(long, value_name = "FORMAT", default_value = "html", value_parser = ["html", "md", "json"])]
    format: String,
    /// Write to DIR/NAME.FORMAT, a file for each profile.
    #[arg(short, long, value_name = "DIR")]
    output: Option<PathBuf>,
    /// Show the controls of this framework beside those that the profile is held to; `all` for every one. Repeatable.
    #[arg(long, value_name = "FRAMEWORK", value_parser = framework)]
    controls: Vec<Asked>,
    #[command(flatten)]
    judging: Judging,
    #[command(flatten)]
    messages: MessageArgs,
}

/// Frameworks that are asked for with one word.
#[derive(Clone, Copy, Debug)]
struct Asked(&'static [Framework]);

fn framework(word: &str) -> Result<Asked, String> {
    if word == "all" {
        return Ok(Asked(Framework::ALL));
    }
    let named = Framework::ALL.iter().position(|framework| framework.name() == word);
    let one = named.and_then(|at| Framework::ALL.get(at..=at)).map(Asked);
    one.ok_or_else(|| format!("use `all` or one of {}", Framework::ALL.iter().map(|one| one.name()).collect::<Vec<_>>().join(", ")))
}

pub(super) fn run(args: &Args) -> Result<Exit, Stop> {
    let workspace = args.inputs.values.workspace()?;
    let files = args.inputs.files(&workspace)?;
    if args.output.is_none() && files.len() != 1 {
        return Err(Stop::usage("several profiles need an output directory: add `-o DIR`"));
    }
    let options = args.judging.options(render::all_targets());
    let frameworks: Vec<Framework> = args.controls.iter().flat_map(|asked| asked.0.iter().copied()).collect();
    let mut messages = Messages::new(&args.messages, files.len());
    let mut exit = Exit::Clean;
    let mut named: Vec<(String, &Path)> = Vec::new();
    for file in &files {
        let source = match inputs::read(file, &workspace) {
            Ok(source) => source,
            Err(ReadError::Refused(refused)) => {
                messages.profile(Found { source: Some(refused.source), tree: None, findings: vec![refused.finding] });
                exit = exit.max(Exit::Findings);
                continue;
            }
            Err(error) => return Err(Stop::could_not_run(error.to_string())),
        };
        let checked = pipeline::check(&source, &options);
        if checked.findings.iter().any(|finding| finding.severity == Severity::Error) {
            exit = exit.max(Exit::Findings);
        }
        // A profile with errors has a report too, as long as it becomes a plan: that is where its errors can be judged.
        let gaps = checked.accepted.iter().flat_map(|accepted| &accepted.gaps);
        let steps: Vec<_> = gaps.filter_map(|gap| gap.step.clone()).collect();
        let extra = Extra { steps: &steps, as_of: args.judging.as_of.as_ref(), frameworks: &frameworks };
        if let Some(review) = review(&source, &checked.findings, &extra) {
            let text = spelled(&review, &args.format)?;
            match &args.output {
                None => super::print(&text)?,
                Some(dir) => {
                    if let Some((_, other)) = named.iter().find(|(name, _)| *name == review.profile) {
                        let message = format!("`{}` and `{}` have the same name, `{}`", other.display(), file.display(), review.profile);
                        return Err(Stop { exit: Exit::Findings, message });
                    }
                    let path = dir.join(format!("{}.{}", review.profile, args.format));
                    output::put(&path, &text)
                        .map_err(|error| Stop::could_not_run(format!("`{}` cannot be written: {error}", path.display())))?;
                    named.push((review.profile, file));
                }
            }
        }
        messages.profile(Found { source: Some(source), tree: checked.tree, findings: checked.findings });
    }
    messages.finish(None);
    Ok(exit)
}

fn review(source: &Source, findings: &[Finding], extra: &Extra<'_>) -> Option<Review> {
    if let Some((profile, plan)) = pipeline::plan(source) {
        return Some(Review::new(Subject::Bucket(&profile), &plan, findings, extra));
    }
    let (profile, plan) = pipeline::account_plan(source)?;
    Some(Review::new(Subject::Account(&profile), &plan, findings, extra))
}

fn spelled(review: &Review, format: &str) -> Result<String, Stop> {
    let fault = |error: String| Stop::could_not_run(format!("{error}; this is a fault of s3harden, not of the profile"));
    match format {
        "json" => review.json().map_err(|error| fault(error.to_string())),
        "md" => Ok(review::markdown(review)),
        _ => review::html(review).map_err(fault),
    }
}
