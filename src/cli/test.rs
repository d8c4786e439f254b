//! `s3harden test`: the access tests of profiles, one line each, or as a document for CI services.

use super::inputs::{self, Inputs};
use super::messages::{Found, MessageArgs, Messages};
use super::{Exit, Judging, Stop, render};
use crate::diag::{Code, Finding, Severity, Step};
use crate::pipeline;
use crate::report::{self, Case, Failure, Outcome, Suite};
use crate::source::ReadError;

#[derive(Debug, clap::Args)]
pub(super) struct Args {
    #[command(flatten)]
    inputs: Inputs,
    /// How the results are shown.
    #[arg(long, value_name = "FORMAT", default_value = "text", value_parser = ["text", "junit"])]
    format: String,
    #[command(flatten)]
    judging: Judging,
    #[command(flatten)]
    messages: MessageArgs,
}

pub(super) fn run(args: &Args) -> Result<Exit, Stop> {
    let workspace = args.inputs.values.workspace()?;
    let files = args.inputs.files(&workspace)?;
    let options = args.judging.options(render::all_targets());
    let mut messages = Messages::new(&args.messages, files.len());
    let mut exit = Exit::Clean;
    let text = args.format == "text";
    let mut suites: Vec<Suite> = Vec::new();
    let (mut passed, mut failed) = (0_usize, 0_usize);
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
        // A finding about `/tests/N/…` is about test N; whatever else is wrong is not this command's to say, unless
        // it keeps the tests from being run.
        let names = pipeline::test_names(&source);
        let about = |at: usize| {
            checked.findings.iter().find(|finding| {
                matches!(finding.code, Code::AccessTestFailed | Code::AccessTestUnfit)
                    && matches!(&finding.place, crate::diag::Place::Value(path) if path.steps().get(1) == Some(&Step::Index(at)))
            })
        };
        let readable = checked.findings.iter().all(|finding| finding.severity < Severity::Error || is_decision(finding.code));
        let mut suite = Suite { name: source.name().to_owned(), cases: Vec::new() };
        if readable {
            for (at, name) in names.iter().enumerate() {
                let failure = about(at);
                if failure.is_some() {
                    failed += 1
                } else {
                    passed += 1
                }
                if text {
                    super::print(&format!("{} {}: {name}\n", if failure.is_some() { "FAIL" } else { "ok  " }, source.name()))?;
                }
                suite
                    .cases
                    .push(Case { name: name.clone(), outcome: failure.map_or(Outcome::Passed, |finding| Outcome::Failed(why(finding))) });
            }
        } else {
            // Errors elsewhere keep the tests from being run, which must not look like a suite that passed.
            let first = checked.findings.iter().find(|finding| finding.severity == Severity::Error && !is_decision(finding.code));
            suite.cases.extend(first.map(|finding| Case { name: "profile".to_owned(), outcome: Outcome::Error(why(finding)) }));
        }
        suites.push(suite);
        let findings: Vec<_> = checked.findings.into_iter().filter(|finding| finding.severity == Severity::Error).collect();
        if !findings.is_empty() {
            exit = exit.max(Exit::Findings);
        }
        messages.profile(Found { source: Some(source), tree: checked.tree, findings });
    }
    messages.finish(None);
    let end = if text { format!("{passed} passed, {failed} failed\n") } else { report::suites(&suites) };
    super::print(&end)?;
    Ok(exit)
}

fn why(finding: &Finding) -> Failure {
    let related = finding.related.iter().map(|related| related.label.clone());
    Failure { kind: finding.code.name(), message: finding.message.clone(), more: related.chain(finding.help.iter().cloned()).collect() }
}

/// Whether an error leaves the plan whole, so that the tests were decided all the same.
const fn is_decision(code: Code) -> bool {
    let decided = matches!(code, Code::AccessTestFailed | Code::AccessTestUnfit | Code::GuaranteeRefuted | Code::GuaranteeUnknown);
    code.info().waivable || decided || matches!(code, Code::WaiverExpired | Code::WaiverUnknown)
}
