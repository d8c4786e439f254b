//! `s3harden show`: the effective profile, each value with where it comes from.

use std::path::PathBuf;

use serde_json::{Map, Value, json};

use super::inputs::{self, ValueArgs};
use super::messages::{Found, MessageArgs, Messages};
use super::{Exit, Stop};
use crate::diag::{Path, Severity, Step};
use crate::profile::{AccountProfile, Preset, Profile, is_account};
use crate::source::{By, ReadError, Source, Tree};

#[derive(Debug, clap::Args)]
#[command(after_help = "Examples:
  s3harden show profile.yaml
  s3harden show profile.yaml --set environment=test --format json")]
pub(super) struct Args {
    /// The profile, or - for standard input.
    profile: PathBuf,
    /// How it is shown.
    #[arg(long, value_name = "FORMAT", default_value = "yaml", value_parser = ["yaml", "json"])]
    format: String,
    #[command(flatten)]
    values: ValueArgs,
    #[command(flatten)]
    messages: MessageArgs,
}

/// What has done its work when the profile is whole.
const DONE: [&str; 2] = ["extends", "locked"];

pub(super) fn run(args: &Args) -> Result<Exit, Stop> {
    let mut messages = Messages::new(&args.messages, 1);
    let source = match inputs::read(&args.profile, &args.values.workspace()?) {
        Ok(source) => source,
        Err(ReadError::Refused(refused)) => {
            messages.profile(Found { source: Some(refused.source), tree: None, findings: vec![refused.finding] });
            messages.finish(None);
            return Ok(Exit::Findings);
        }
        Err(error) => return Err(Stop::could_not_run(error.to_string())),
    };
    let (profile, tree, findings) = if is_account(&source) {
        let (profile, tree, findings) = AccountProfile::load(&source);
        (profile.map(|profile| (Preset::Baseline, serde_json::to_value(profile))), tree, findings)
    } else {
        let (profile, tree, findings) = Profile::load(&source);
        (profile.map(|profile| (profile.preset, serde_json::to_value(profile))), tree, findings)
    };
    let wrong = findings.iter().any(|finding| finding.severity == Severity::Error);
    if let (Some((preset, value)), Some(tree), false) = (profile, &tree, wrong) {
        let value = value.map_err(|error| Stop::could_not_run(error.to_string()))?;
        let lines = Shown { source: &source, tree, preset }.lines(&value);
        super::print(&if args.format == "json" { as_json(&lines)? } else { as_yaml(&lines)? })?;
    }
    messages.profile(Found { source: Some(source), tree, findings });
    messages.finish(None);
    Ok(if wrong { Exit::Findings } else { Exit::Clean })
}

/// A value, or the beginning of a mapping or list that is not empty.
struct Line {
    depth: usize,
    /// Whether it begins an item of a list.
    item: bool,
    key: Option<String>,
    pointer: String,
    value: Option<Value>,
    from: String,
}

struct Shown<'a> {
    source: &'a Source,
    tree: &'a Tree,
    preset: Preset,
}

impl Shown<'_> {
    fn lines(&self, value: &Value) -> Vec<Line> {
        let mut lines = Vec::new();
        for (key, value) in value.as_object().into_iter().flatten().filter(|(key, _)| !DONE.contains(&key.as_str())) {
            if let ("parameters", Some(all)) = (key.as_str(), value.as_object()) {
                // The others have their values; these the deployment gives.
                let open = all.iter().filter(|(_, one)| one.get("at").is_some_and(|at| at == "deploy"));
                let open: Map<String, Value> = open.map(|(name, one)| (name.clone(), one.clone())).collect();
                if !open.is_empty() {
                    self.walk(&Path::root().then(key.clone()), &open.into(), (0, false), Some(key.clone()), &mut lines);
                }
                continue;
            }
            self.walk(&Path::root().then(key.clone()), value, (0, false), Some(key.clone()), &mut lines);
        }
        lines
    }

    fn walk(&self, path: &Path, value: &Value, (depth, item): (usize, bool), key: Option<String>, lines: &mut Vec<Line>) {
        let empty = matches!(value, Value::Array(list) if list.is_empty()) || matches!(value, Value::Object(map) if map.is_empty());
        // The grants of an access point are that point's, whatever carries others.
        let fixed = key.as_deref() == Some("via") && path.steps().first() == Some(&Step::from("access_points"));
        // What is not said and has nothing to say.
        if fixed || value.is_null() || (empty && !self.tree.locate(path).exact) {
            return;
        }
        let leaf = empty || !(value.is_object() || value.is_array());
        let begin = lines.len();
        let from = if leaf { self.origin(path) } else { String::new() };
        lines.push(Line { depth, item, key, pointer: path.to_string(), value: leaf.then(|| value.clone()), from });
        match value {
            Value::Object(map) => {
                for (key, inner) in map {
                    self.walk(&path.then(key.clone()), inner, (depth + 1, false), Some(key.clone()), lines);
                }
            }
            Value::Array(list) => {
                for (index, inner) in list.iter().enumerate() {
                    self.walk(&path.then(index), inner, (depth + 1, true), None, lines);
                }
            }
            _ => {}
        }
        if !leaf && lines.len() == begin + 1 {
            lines.pop();
        }
    }

    /// Where a value comes from, in a few words.
    fn origin(&self, path: &Path) -> String {
        let located = self.tree.locate(path);
        if !located.exact {
            let pointer = path.to_string();
            let of_row = |at: &str| {
                pointer.strip_prefix('/').is_some_and(|own| own == at || own.strip_prefix(at).is_some_and(|rest| rest.starts_with('/')))
            };
            let preset = self.preset.overrides().iter().any(|row| of_row(row.at));
            return if preset { format!("preset {}", self.preset.name()) } else { "default".to_owned() };
        }
        let (file, byte) = self.source.part(located.value.start);
        let place = format!("{}:{}", file.name(), file.position(byte).line);
        let Some(composed) = self.source.composed() else { return place };
        let names = composed.parameters_at(located.value.start);
        let used = composed.parameters.iter().filter(|parameter| names.contains(&parameter.name));
        let by: Vec<String> = used
            .map(|parameter| match &parameter.by {
                By::Set => format!("--set {}", parameter.name),
                By::File(range) => {
                    let (file, byte) = self.source.part(range.start);
                    format!("{}:{}", file.name(), file.position(byte).line)
                }
                By::Default => format!("default of {}", parameter.name),
            })
            .collect();
        let deployed = names.iter().filter(|name| !composed.parameters.iter().any(|one| one.name == **name));
        let by: Vec<String> = by.into_iter().chain(deployed.map(|name| format!("{name} at the deployment"))).collect();
        if by.is_empty() { place } else { format!("{place}, {}", by.join(", ")) }
    }
}

/// The profile as YAML that a profile can be: values quoted where a reader could take them for something else.
fn as_yaml(lines: &[Line]) -> Result<String, Stop> {
    let mut text = String::new();
    let mut dashes = 0;
    for line in lines {
        // An item that is a mapping or a list begins on the line of its first value.
        if line.item && line.value.is_none() {
            dashes += 1;
            continue;
        }
        let begun = std::mem::take(&mut dashes);
        text.push_str(&"  ".repeat(line.depth - begun));
        text.push_str(&"- ".repeat(begun + usize::from(line.item)));
        if let Some(key) = &line.key {
            text.push_str(&scalar(&Value::String(key.clone()))?);
            text.push(':');
            text.push_str(if line.value.is_some() { " " } else { "" });
        }
        if let Some(value) = &line.value {
            text.push_str(&scalar(value)?);
            text.push_str(&format!("  # {}", printable(&line.from)));
        }
        text.push('\n');
    }
    Ok(text)
}

/// A single value as every reader of YAML takes it: a plain word, or quoted as in JSON.
fn scalar(value: &Value) -> Result<String, Stop> {
    let plain = |text: &str| {
        let word = text.bytes().all(|b| b.is_ascii_alphanumeric() || matches!(b, b'-' | b'_' | b'/' | b'.'));
        let begin = text.bytes().next().is_some_and(|b| b.is_ascii_alphabetic());
        word && begin && !matches!(text.to_lowercase().as_str(), "y" | "n" | "yes" | "no" | "on" | "off" | "true" | "false" | "null")
    };
    match value {
        Value::String(text) if plain(text) => Ok(text.clone()),
        other => {
            let json = serde_json::to_string(other).map_err(|error| Stop::could_not_run(error.to_string()))?;
            Ok(printable(&json))
        }
    }
}

/// Without what a terminal would obey: the escapes are those of quoted YAML.
fn printable(text: &str) -> String {
    let spelled = |c: char| {
        if c.is_control() || matches!(c, '\u{2028}' | '\u{2029}' | '\u{202a}'..='\u{202e}' | '\u{2066}'..='\u{2069}') {
            format!("\\u{:04x}", u32::from(c))
        } else {
            c.to_string()
        }
    };
    text.chars().map(spelled).collect()
}

fn as_json(lines: &[Line]) -> Result<String, Stop> {
    let values = lines.iter().filter_map(|line| Some((line.pointer.clone(), json!({ "value": line.value.as_ref()?, "from": line.from }))));
    let text =
        serde_json::to_string_pretty(&values.collect::<Map<String, Value>>()).map_err(|error| Stop::could_not_run(error.to_string()))?;
    Ok(text + "\n")
}
