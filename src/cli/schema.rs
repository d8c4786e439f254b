//! `s3harden schema`: the JSON Schemas of the profile language.

use super::{Exit, Stop};
use crate::profile::{ACCOUNT_SCHEMA, SCHEMA};

#[derive(Debug, clap::Args)]
pub(super) struct Args {
    /// The kind of profile.
    #[arg(long, value_parser = ["bucket", "account"], default_value = "bucket")]
    kind: String,
}

pub(super) fn run(args: &Args) -> Result<Exit, Stop> {
    super::print(if args.kind == "account" { ACCOUNT_SCHEMA } else { SCHEMA })?;
    Ok(Exit::Clean)
}
