//! `s3harden evaluate`: decisions over JSON lines, one line in, one line out.

use std::fs::File;
use std::io::{self, BufWriter, Write as _};
use std::num::NonZeroUsize;
use std::path::PathBuf;

use super::{Exit, Stop};
use crate::verify::jsonl::{self, Options};

#[derive(Debug, clap::Args)]
pub(super) struct Args {
    /// The lines, or - for standard input: policies and a request each.
    #[arg(value_name = "FILE|-")]
    file: PathBuf,
    /// Add to each line the statements that were looked at.
    #[arg(long)]
    trace: bool,
    /// The number of threads.
    #[arg(long, value_name = "N")]
    jobs: Option<NonZeroUsize>,
}

pub(super) fn run(args: &Args) -> Result<Exit, Stop> {
    let options = Options { trace: args.trace, threads: args.jobs };
    let mut output = BufWriter::with_capacity(1 << 16, io::stdout());
    let result = if args.file.as_os_str() == "-" {
        jsonl::evaluate(io::stdin(), &mut output, options)
    } else {
        let file =
            File::open(&args.file).map_err(|error| Stop::could_not_run(format!("cannot read `{}`: {error}", args.file.display())))?;
        jsonl::evaluate(file, &mut output, options)
    };
    match result.and_then(|summary| output.flush().map(|()| summary)) {
        Ok(summary) if summary.errors == 0 => Ok(Exit::Clean),
        Ok(summary) => {
            super::say(&format!("s3harden: {} of {} lines are bad; each says why in its place", summary.errors, summary.lines));
            Ok(Exit::Findings)
        }
        // A reader that has had enough is no error.
        Err(error) if error.kind() == io::ErrorKind::BrokenPipe => Ok(Exit::Clean),
        Err(error) => Err(Stop::could_not_run(format!(
            "the lines of `{}` cannot be read, or what is decided not written: {error}",
            args.file.display()
        ))),
    }
}
