//! `s3harden check`: everything that `render` does, except for the files.

use super::fleet::FleetArgs;
use super::inputs::Inputs;
use super::messages::{MessageArgs, Messages};
use super::render::{self, Run};
use super::{Exit, Judging, Stop};
use crate::proofs::Memo;

#[derive(Debug, clap::Args)]
pub(super) struct Args {
    #[command(flatten)]
    inputs: Inputs,
    /// The targets that must be able to express it; repeatable. Without it: CloudFormation and Terraform.
    #[arg(short, long = "target", value_name = "TARGET", value_parser = ["cloudformation", "terraform", "stackset"])]
    targets: Vec<String>,
    #[command(flatten)]
    fleet: FleetArgs,
    #[command(flatten)]
    judging: Judging,
    #[command(flatten)]
    messages: MessageArgs,
}

pub(super) fn run(args: &Args) -> Result<Exit, Stop> {
    let options = args.judging.options(render::chosen(&args.targets, None, true));
    let run = Run {
        options,
        workspace: args.inputs.values.workspace()?,
        jobs: args.inputs.jobs,
        proved: Memo::default(),
        output: None,
        fleet: args.fleet.clone(),
        templates: None,
    };
    let files = args.inputs.files(&run.workspace)?;
    let mut messages = Messages::new(&args.messages, files.len());
    let (exit, _) = run.go(&files, &mut messages)?;
    messages.finish(None);
    Ok(exit)
}
