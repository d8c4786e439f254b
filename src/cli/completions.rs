//! `s3harden completions`: a script that completes the command line.

use clap::CommandFactory as _;

use super::{Cli, Exit, Stop};

#[derive(Debug, clap::Args)]
pub(super) struct Args {
    /// The shell.
    shell: clap_complete::Shell,
}

pub(super) fn run(args: &Args) -> Result<Exit, Stop> {
    let mut script = Vec::new();
    clap_complete::generate(args.shell, &mut Cli::command(), "s3harden", &mut script);
    super::print(&String::from_utf8_lossy(&script))?;
    Ok(Exit::Clean)
}
