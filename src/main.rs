//! The command `s3harden`: arguments in, exit status out.

use std::process::ExitCode;

use clap::Parser as _;

fn main() -> ExitCode {
    s3harden::cli::run(s3harden::cli::Cli::parse()).into()
}
