//! `s3harden schema`: the JSON Schema of the profile language.

use super::{Exit, Stop};

#[derive(Debug, clap::Args)]
pub(super) struct Args {}

pub(super) fn run(_: &Args) -> Result<Exit, Stop> {
    super::print(crate::profile::SCHEMA)?;
    Ok(Exit::Clean)
}
