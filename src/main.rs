//! The command `s3harden`: arguments in, exit status out.

use std::process::ExitCode;

use clap::Parser as _;

#[global_allocator]
static GLOBAL: mimalloc::MiMalloc = mimalloc::MiMalloc;

fn main() -> ExitCode {
    s3harden::cli::run(s3harden::cli::Cli::parse()).into()
}
