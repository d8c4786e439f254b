//! `s3harden templates`: the templates that output is made of; and how those of others are read.
//!
//! In: a directory of templates. Out: [`Templates`], or findings with their places. Never: a template that nothing would use.

use std::fs;
use std::path::{Path, PathBuf};

use super::messages::Found;
use super::{Exit, Stop};
use crate::diag::{Code, Finding, Place, did_you_mean};
use crate::render::custom::{self, Refusal, Templates};
use crate::source::{ReadError, Source};

#[derive(Debug, clap::Args)]
#[command(after_help = "Examples:
  s3harden templates
  s3harden templates terraform/bucket.tf > templates/terraform/bucket.tf
  s3harden render -o out --templates templates profiles/")]
pub(super) struct Args {
    /// The template to print, as the list has it.
    name: Option<String>,
}

pub(super) fn run(args: &Args) -> Result<Exit, Stop> {
    let text = match &args.name {
        None => custom::all().map(|(name, _)| name + "\n").collect(),
        Some(name) => match custom::all().find(|(known, _)| known == name) {
            Some((_, text)) => text.to_owned(),
            None => return Err(Stop::usage(format!("there is no template `{name}`; {}", remedy(name)))),
        },
    };
    super::print(&text)?;
    Ok(Exit::Clean)
}

fn remedy(name: &str) -> String {
    let names: Vec<String> = custom::all().map(|(name, _)| name).collect();
    match did_you_mean(name, names.iter().map(String::as_str)) {
        Some(near) => format!("did you mean `{near}`?"),
        None => "`s3harden templates` lists them".to_owned(),
    }
}

/// The files below a directory, in the order of their names; hidden ones apart.
pub(super) fn files(dir: &Path) -> Result<Vec<PathBuf>, Stop> {
    let unreadable = |error| Stop::could_not_run(format!("`{}` cannot be read: {error}", dir.display()));
    let mut found = Vec::new();
    for entry in fs::read_dir(dir).map_err(unreadable)? {
        let entry = entry.map_err(unreadable)?;
        if entry.file_name().as_encoded_bytes().starts_with(b".") {
            continue;
        }
        if entry.file_type().map_err(unreadable)?.is_dir() {
            found.extend(files(&entry.path())?);
        } else {
            found.push(entry.path());
        }
    }
    found.sort();
    Ok(found)
}

/// Reads the templates of a directory; or what is wrong with them.
pub(super) fn read(dir: &Path) -> Result<Result<Templates, Vec<Found>>, Stop> {
    let (mut own, mut wrong) = (Vec::new(), Vec::new());
    for file in files(dir)? {
        let parts = file.strip_prefix(dir).unwrap_or(&file).components();
        let name = parts.map(|part| part.as_os_str().to_string_lossy()).collect::<Vec<_>>().join("/");
        let source = match Source::read_alone(&file) {
            Ok(source) => source,
            Err(ReadError::Refused(refused)) => {
                wrong.push(Found { source: Some(refused.source), tree: None, findings: vec![refused.finding] });
                continue;
            }
            Err(error) => return Err(Stop::could_not_run(error.to_string())),
        };
        let findings: Vec<Finding> = if custom::all().any(|(known, _)| known == name) {
            custom::check(&name, source.text()).into_iter().map(finding).collect()
        } else {
            let message = format!("`{name}` takes the place of no built-in template");
            vec![Finding::new(Code::TemplateRefused, Place::File, message).help(remedy(&name))]
        };
        if findings.is_empty() {
            own.push((name, source.text().to_owned()));
        } else {
            wrong.push(Found { source: Some(source), tree: None, findings });
        }
    }
    if own.is_empty() && wrong.is_empty() {
        return Err(Stop::could_not_run(format!("`{}` holds no template", dir.display())));
    }
    Ok(if wrong.is_empty() { Ok(Templates::new(own)) } else { Err(wrong) })
}

fn finding(refusal: Refusal) -> Finding {
    let place = refusal.at.map_or(Place::File, Place::Bytes);
    Finding::new(Code::TemplateRefused, place, refusal.message).help(refusal.help)
}
