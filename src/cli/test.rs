//! `s3harden test`: the access tests of profiles, one line each.

use super::inputs::{self, Inputs};
use super::messages::{Found, MessageArgs, Messages};
use super::{Exit, Judging, Stop, render};
use crate::diag::{Code, Severity, Step};
use crate::pipeline;
use crate::source::ReadError;

#[derive(Debug, clap::Args)]
pub(super) struct Args {
    #[command(flatten)]
    inputs: Inputs,
    #[command(flatten)]
    judging: Judging,
    #[command(flatten)]
    messages: MessageArgs,
}

pub(super) fn run(args: &Args) -> Result<Exit, Stop> {
    let files = args.inputs.files()?;
    let options = args.judging.options(render::all_targets());
    let workspace = args.inputs.values.workspace()?;
    let mut messages = Messages::new(&args.messages, files.len());
    let mut exit = Exit::Clean;
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
        if readable {
            for (at, name) in names.iter().enumerate() {
                let failure = about(at);
                if failure.is_some() {
                    failed += 1
                } else {
                    passed += 1
                }
                super::print(&format!("{} {}: {name}\n", if failure.is_some() { "FAIL" } else { "ok  " }, source.name()))?;
            }
        }
        let findings: Vec<_> = checked.findings.into_iter().filter(|finding| finding.severity == Severity::Error).collect();
        if !findings.is_empty() {
            exit = exit.max(Exit::Findings);
        }
        messages.profile(Found { source: Some(source), tree: checked.tree, findings });
    }
    messages.finish(None);
    super::print(&format!("{passed} passed, {failed} failed\n"))?;
    Ok(exit)
}

/// Whether an error leaves the plan whole, so that the tests were decided all the same.
const fn is_decision(code: Code) -> bool {
    code.info().waivable || matches!(code, Code::AccessTestFailed | Code::AccessTestUnfit | Code::WaiverExpired | Code::WaiverUnknown)
}
