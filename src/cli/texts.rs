//! Texts that may be a profile, a policy or a template: from a file, from standard input, or from a git revision.
//!
//! In: what the command line calls it. Out: what the text is, read. Never: more of a text than [`MAX_BYTES`], nor a write
//! to a repository.

use std::io::Read as _;
use std::path::Path;
use std::process::{Command, Stdio};

use super::{Exit, Stop};
use crate::foreign::{self, Format, Template, detect};
use crate::pipeline;
use crate::plan::Plan;
use crate::policy::Document;
use crate::profile::{AccountProfile, Profile, is_account};
use crate::source::Source;

/// The size, in bytes, over which a text is refused: plans of Terraform are long.
const MAX_BYTES: u64 = 64 << 20;

/// What a text is.
pub(super) enum Text {
    Profile(Box<(Profile, Plan)>),
    Account(Box<(AccountProfile, Plan)>),
    Policy(Document),
    Template(Template),
}

/// Reads what a word of the command line stands for: a file, `-`, or `REV:path`.
pub(super) fn read(word: &str) -> Result<Text, Stop> {
    let path = Path::new(word);
    let bytes = if word == "-" {
        limited(word, std::io::stdin().lock())?
    } else if path.exists() || !word.contains(':') {
        let file = std::fs::File::open(path).map_err(|error| Stop::could_not_run(format!("`{word}` cannot be read: {error}")))?;
        limited(word, file)?
    } else {
        from_git(word)?
    };
    let text = String::from_utf8(bytes).map_err(|_| Stop::could_not_run(format!("`{word}` is not UTF-8 text")))?;
    parse(word, text.strip_prefix('\u{FEFF}').unwrap_or(&text))
}

fn limited(word: &str, reader: impl std::io::Read) -> Result<Vec<u8>, Stop> {
    let mut bytes = Vec::new();
    let read = reader.take(MAX_BYTES + 1).read_to_end(&mut bytes);
    read.map_err(|error| Stop::could_not_run(format!("`{word}` cannot be read: {error}")))?;
    if bytes.len() as u64 > MAX_BYTES {
        return Err(Stop::could_not_run(format!("`{word}` is larger than 64 MiB")));
    }
    Ok(bytes)
}

/// What git has at `REV:path`.
fn from_git(word: &str) -> Result<Vec<u8>, Stop> {
    if word.starts_with('-') {
        return Err(Stop::usage(format!("`{word}` is neither a file nor REV:path")));
    }
    let mut child = Command::new("git")
        .args(["--no-pager", "show", "--no-textconv", word])
        .stdin(Stdio::null())
        .stdout(Stdio::piped())
        .stderr(Stdio::piped())
        .spawn()
        .map_err(|error| Stop::could_not_run(format!("`{word}` is no file, and git cannot be run to look for a revision: {error}")))?;
    let read = child.stdout.take().map(|stdout| limited(word, stdout));
    let mut said = String::new();
    if let Some(stderr) = child.stderr.take() {
        // What git says is for people; a part of it will do.
        let _ = stderr.take(4_096).read_to_string(&mut said);
    }
    let ended = child.wait().map_err(|error| Stop::could_not_run(format!("git did not end: {error}")))?;
    if !ended.success() {
        let first = said.lines().next().unwrap_or("it gave no reason").trim_start_matches("fatal: ");
        return Err(Stop::could_not_run(format!("`{word}` is no file, and git does not have it: {first}")));
    }
    read.unwrap_or_else(|| Ok(Vec::new()))
}

fn parse(word: &str, text: &str) -> Result<Text, Stop> {
    let bad = |what: &str, why: String| Stop::could_not_run(format!("`{word}` is no {what}: {why}"));
    match detect(text) {
        Some(Format::Policy) => Document::from_json(text).map(Text::Policy).map_err(|error| bad("policy", error.to_string())),
        Some(Format::Terraform) => {
            Template::from_terraform(text).map(Text::Template).map_err(|error| bad("output of `terraform show -json`", error))
        }
        Some(Format::Detached) => Template::from_printed(text).map(Text::Template).map_err(|error| bad("policy of an organization", error)),
        Some(Format::Live) => Template::from_live(text).map(Text::Template).map_err(|error| bad("collection of S3's answers", error)),
        found => {
            let source = Source::from_bytes(word, text).map_err(|refused| Stop::could_not_run(refused.finding.message))?;
            if found == Some(Format::CloudFormation) {
                return Template::read(&source, Format::CloudFormation).map(Text::Template).map_err(|error| bad("template", error));
            }
            if foreign::is_terraform(text) {
                let message = format!("`{word}` is Terraform's language; give the output of `terraform show -json`");
                return Err(Stop::could_not_run(message));
            }
            match pipeline::plan(&source) {
                Some(both) => Ok(Text::Profile(Box::new(both))),
                None if text.trim_start().starts_with('{') => {
                    let why = serde_json::from_str::<serde_json::Value>(text).err().map(|error| format!(": {error}"));
                    let message = format!("`{word}` is neither a policy nor a template nor a plan of Terraform{}", why.unwrap_or_default());
                    Err(Stop::could_not_run(message))
                }
                None if is_account(&source) => match pipeline::account_plan(&source) {
                    Some(both) => Ok(Text::Account(Box::new(both))),
                    None => Err(broken(word)),
                },
                None if text.lines().any(|line| ["version:", "name:", "bucket:"].iter().any(|key| line.starts_with(key))) => {
                    Err(broken(word))
                }
                None => Err(Stop::could_not_run(format!(
                    "`{word}` is no profile, no policy, no template of CloudFormation and no output of `terraform show -json`"
                ))),
            }
        }
    }
}

/// A profile with errors.
fn broken(word: &str) -> Stop {
    Stop { exit: Exit::Findings, message: format!("`{word}` has errors as a profile; `s3harden check` shows them") }
}
