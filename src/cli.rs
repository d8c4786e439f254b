//! The command line: one file a subcommand, shared groups of arguments, one type for the exit status.
//!
//! In: arguments, files, the clock. Out: results on standard output, everything else on standard error. The exit
//! status depends on findings, never on how they are shown.

use std::io::{self, Write as _};
use std::process::ExitCode;
use std::str::FromStr;
use std::time::{SystemTime, UNIX_EPOCH};

use clap::{Parser, Subcommand};

use crate::diag::Severity;
use crate::names::{Date, Invalid};
use crate::pipeline::{Options, TargetChoice};

mod check;
mod compare;
mod completions;
mod diff;
mod evaluate;
mod explain;
mod fleet;
mod import;
mod init;
mod inputs;
mod man;
mod messages;
mod output;
mod parallel;
mod progress;
mod prove;
mod render;
mod report;
mod schema;
mod show;
mod templates;
mod test;
mod texts;
mod watch;
mod why;

/// The arguments.
#[derive(Debug, Parser)]
#[command(name = "s3harden", version, about = ABOUT, long_about = LONG_ABOUT, propagate_version = true)]
#[command(arg_required_else_help = true, after_help = AFTER)]
pub struct Cli {
    #[command(subcommand)]
    command: Command,
}

const ABOUT: &str = "Security profiles of S3 buckets: validated, and rendered to CloudFormation and Terraform";

const LONG_ABOUT: &str = "Security profiles of S3 buckets: validated, and rendered to CloudFormation and Terraform.

A profile is a short YAML file that says what must be true of a bucket. The smallest is

  version: 1
  name: invoices
  bucket: { name: acme-invoices }

and is already hardened: `s3harden explain defaults` says how, and `s3harden render -o out PROFILE` writes it.";

const AFTER: &str = "Exit status:
  0  no errors
  1  errors in a profile, files that are not what would be written, access that is wider than
     `--deny` lets it be, a bucket that is not what its profile says, or an import that loses something
  2  wrong usage
  3  could not run: an unreadable file, an unwritable directory";

#[derive(Debug, Subcommand)]
enum Command {
    /// Write a commented profile to begin with; on a terminal it asks.
    Init(init::Args),
    /// Check profiles: everything that render does, except for the files.
    Check(check::Args),
    /// Check profiles and write their templates, modules and runbooks.
    Render(render::Args),
    /// Run the access tests of profiles.
    Test(test::Args),
    /// Prove the guarantees of profiles, or of the bucket policy of others.
    Prove(prove::Args),
    /// Write what a profile becomes and what is known of it, for whoever has to sign it.
    Report(report::Args),
    /// Show who gains and who loses what access between two versions of a bucket.
    Diff(diff::Args),
    /// Make profiles of buckets that exist and of what an account has once, with a list of what no profile can say.
    Import(import::Args),
    /// Show whether a bucket still is what its profile says.
    Compare(compare::Args),
    /// Decide one request, and show the way to the decision.
    Why(why::Args),
    /// Decide requests over JSON lines.
    Evaluate(evaluate::Args),
    /// Show the effective profile, each value with where it comes from.
    Show(show::Args),
    /// Explain a finding, a statement, a preset, the defaults or a control.
    Explain(explain::Args),
    /// List the templates that output is made of, or print one to start a custom one from.
    Templates(templates::Args),
    /// Print the JSON Schema of the profile language.
    Schema(schema::Args),
    /// Print a completion script for a shell.
    Completions(completions::Args),
    /// Print the manual page.
    Man(man::Args),
}

/// How a run ended.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Exit {
    /// Nothing is wrong.
    Clean,
    /// Errors were found, or files differ.
    Findings,
    /// The arguments do not fit together.
    Usage,
    /// Something outside of the profiles went wrong.
    CouldNotRun,
}

impl From<Exit> for ExitCode {
    fn from(exit: Exit) -> Self {
        Self::from(match exit {
            Exit::Clean => 0,
            Exit::Findings => 1,
            Exit::Usage => 2,
            Exit::CouldNotRun => 3,
        })
    }
}

/// Runs a command.
pub fn run(cli: Cli) -> Exit {
    let result = match cli.command {
        Command::Init(args) => init::run(&args),
        Command::Check(args) => check::run(&args),
        Command::Render(args) => render::run(&args),
        Command::Test(args) => test::run(&args),
        Command::Prove(args) => prove::run(&args),
        Command::Report(args) => report::run(&args),
        Command::Diff(args) => diff::run(&args),
        Command::Import(args) => import::run(&args),
        Command::Compare(args) => compare::run(&args),
        Command::Why(args) => why::run(&args),
        Command::Evaluate(args) => evaluate::run(&args),
        Command::Show(args) => show::run(&args),
        Command::Explain(args) => explain::run(&args),
        Command::Templates(args) => templates::run(&args),
        Command::Schema(args) => schema::run(&args),
        Command::Completions(args) => completions::run(&args),
        Command::Man(args) => man::run(&args),
    };
    result.unwrap_or_else(|stop| {
        say(&format!("s3harden: {}", stop.message));
        stop.exit
    })
}

/// Why a run stopped before its end.
#[derive(Debug)]
struct Stop {
    exit: Exit,
    message: String,
}

impl Stop {
    fn could_not_run(message: impl Into<String>) -> Self {
        Self { exit: Exit::CouldNotRun, message: message.into() }
    }

    fn usage(message: impl Into<String>) -> Self {
        Self { exit: Exit::Usage, message: message.into() }
    }
}

/// Arguments about how profiles are judged.
#[derive(Clone, Debug, clap::Args)]
struct Judging {
    /// Treat findings of this severity and above as errors.
    #[arg(long, value_name = "SEVERITY", value_parser = ["warning", "info"])]
    deny: Option<String>,
    /// The day on which waivers are judged, YYYY-MM-DD.
    #[arg(long, value_name = "DATE", value_parser = valid::<Date>)]
    as_of: Option<Date>,
}

impl Judging {
    fn options(&self, targets: Vec<TargetChoice>) -> Options {
        let deny = match self.deny.as_deref() {
            Some("info") => Severity::Info,
            Some(_) => Severity::Warning,
            None => Severity::Error,
        };
        let now = SystemTime::now().duration_since(UNIX_EPOCH).map_or(0, |since| since.as_secs());
        Options { today: self.as_of.clone().unwrap_or_else(|| Date::from_unix_seconds(now)), deny, targets }
    }
}

/// The value of an option by its parser; otherwise what is wrong with it, and the remedy.
fn valid<T: FromStr<Err = Invalid>>(text: &str) -> Result<T, String> {
    text.parse().map_err(|invalid: Invalid| format!("{}; {}", invalid.message, invalid.help))
}

/// Prints a result. A reader that has had enough is no error.
fn print(text: &str) -> Result<(), Stop> {
    match io::stdout().lock().write_all(text.as_bytes()) {
        Err(error) if error.kind() != io::ErrorKind::BrokenPipe => {
            Err(Stop::could_not_run(format!("standard output cannot be written: {error}")))
        }
        _ => Ok(()),
    }
}

/// Prints a message.
fn say(text: &str) {
    // Nobody is left to be told when standard error is gone.
    let _ = writeln!(io::stderr().lock(), "{text}");
}
