//! `s3harden prove`: the guarantees of profiles, or those that are asked of a bucket policy.

use std::path::PathBuf;

use serde_json::{Map, Value, json};

use super::inputs::{self, ValueArgs};
use super::{Exit, Stop};
use crate::diag::Path;
use crate::names::AccountId;
use crate::pipeline;
use crate::policy::Action;
use crate::proofs::{self, Proof, Verdict};
use crate::report::{self, Case, Failure, Outcome, Suite};
use crate::source::{Source, Tree};
use crate::trials;
use crate::verify::Environment;
use crate::verify::prove::{ASSUMED, Networks, Prover, Question, Subject, Witness, keys};

mod foreign;

#[derive(Debug, clap::Args)]
#[command(after_help = "Examples:
  s3harden prove profile.yaml
  s3harden prove --policy policy.json --bucket acme-exports --account 111122223333 --guarantee tls-only
  s3harden prove --policy template.yaml --guarantee tls-only --guarantee no-public-access
  s3harden prove --policy policy.json --bucket acme-exports --account 111122223333 \\
      --guarantee only-listed-networks --network 203.0.113.0/24 --network vpce-0a1b2c3d4e5f60718 --format json")]
pub(super) struct Args {
    /// Profiles, directories of profiles (every .yaml and .yml below them), or - for standard input.
    #[arg(value_name = "PROFILE|DIR")]
    paths: Vec<PathBuf>,
    #[command(flatten)]
    values: ValueArgs,
    /// In the place of profiles: a bucket policy, as JSON, a template of CloudFormation, or the output of `terraform show -json`.
    #[arg(long, value_name = "FILE", conflicts_with = "paths", required_unless_present = "paths", requires = "guarantees")]
    policy: Option<String>,
    #[command(flatten)]
    foreign: foreign::Foreign,
    /// How the results are shown.
    #[arg(long, value_name = "FORMAT", default_value = "text", value_parser = ["text", "json", "junit"])]
    format: String,
}

/// A result, as it is shown.
struct Line {
    /// What was asked: the profile, or the file of a policy.
    of: String,
    guarantee: String,
    bucket: String,
    place: Option<String>,
    verdict: Verdict,
    statements: Vec<String>,
    exceptions: Vec<String>,
}

pub(super) fn run(args: &Args) -> Result<Exit, Stop> {
    let mut exit = Exit::Clean;
    let mut lines = Vec::new();
    match &args.policy {
        Some(file) => lines.extend(foreign::prove(file, &args.foreign)?.into_iter().map(|line| Line { of: file.clone(), ..line })),
        None => {
            let workspace = args.values.workspace()?;
            for file in inputs::files(&args.paths, &workspace)? {
                let source = inputs::read_or_stop(&file, &workspace)?;
                let tree = source.parse().0;
                let shown =
                    |proofs: Vec<Proof<'_>>| proofs.into_iter().map(|proof| line(proof, &source, tree.as_ref())).collect::<Vec<_>>();
                if let Some((profile, plan)) = pipeline::plan(&source) {
                    lines.extend(shown(proofs::prove(&trials::bench(&profile, &plan), &plan, &profile.guarantees)));
                } else if let Some((profile, plan)) = pipeline::account_plan(&source) {
                    lines.extend(shown(proofs::prove(&trials::bench_of_account(&profile, &plan), &plan, &[])));
                } else {
                    super::say(&format!("s3harden: `{}` has errors; `s3harden check` shows them", source.name()));
                    exit = Exit::Findings;
                }
            }
        }
    }
    if lines.iter().any(|line| !matches!(line.verdict, Verdict::Proved)) {
        exit = exit.max(Exit::Findings);
    }
    let shown = match args.format.as_str() {
        "json" => as_json(&lines)?,
        "junit" => as_junit(&lines),
        _ => as_text(&lines),
    };
    super::print(&shown)?;
    Ok(exit)
}

fn line(proof: Proof<'_>, source: &Source, tree: Option<&Tree>) -> Line {
    let place = |path: &Path| {
        let (file, byte) = source.part(tree?.locate(path).value.start);
        let at = file.position(byte);
        Some(format!("{}:{}:{} ({path})", file.name(), at.line, at.column))
    };
    Line {
        of: source.name().to_owned(),
        guarantee: proof.guarantee.to_owned(),
        bucket: proof.bucket.to_string(),
        place: place(&proof.path),
        verdict: proof.verdict,
        statements: proof.statements,
        exceptions: proof.exceptions,
    }
}

fn as_text(lines: &[Line]) -> String {
    let mut text = String::new();
    for line in lines {
        text.push_str(&format!("{:<8} {} of {}", line.verdict.name(), line.guarantee, line.bucket));
        text.push_str(&line.place.as_ref().map(|place| format!(", {place}\n")).unwrap_or_else(|| "\n".to_owned()));
        match &line.verdict {
            Verdict::Proved => {}
            Verdict::Refuted { words, .. } => text.push_str(&format!("         {words}\n")),
            Verdict::Unknown(why) => text.push_str(&format!("         it depends on {why}\n")),
            Verdict::Disagreement(what) => text.push_str(&format!("         internal error: {what}\n")),
        }
        for more in line.statements.iter().chain(&line.exceptions) {
            text.push_str(&format!("         - {more}\n"));
        }
    }
    text.push_str("\nassumed\n");
    for assumption in ASSUMED {
        text.push_str(&format!("  {assumption}\n"));
    }
    text
}

/// A suite for each profile, a test for each guarantee: one that is refuted failed, one that is unknown is an error.
fn as_junit(lines: &[Line]) -> String {
    let suite = |lines: &[Line]| Suite {
        name: lines.first().map(|line| line.of.clone()).unwrap_or_default(),
        cases: lines.iter().map(case).collect(),
    };
    report::suites(&lines.chunk_by(|a, b| a.of == b.of).map(suite).collect::<Vec<_>>())
}

fn case(line: &Line) -> Case {
    let more = || line.place.iter().chain(&line.statements).chain(&line.exceptions).cloned().collect::<Vec<_>>();
    let outcome = match &line.verdict {
        Verdict::Proved => Outcome::Passed,
        Verdict::Refuted { words, .. } => Outcome::Failed(Failure { kind: "refuted", message: words.clone(), more: more() }),
        Verdict::Unknown(why) => Outcome::Error(Failure { kind: "unknown", message: format!("it depends on {why}"), more: more() }),
        Verdict::Disagreement(what) => {
            Outcome::Error(Failure { kind: "unknown", message: format!("internal error: {what}"), more: more() })
        }
    };
    Case { name: format!("{} of {}", line.guarantee, line.bucket), outcome }
}

fn as_json(lines: &[Line]) -> Result<String, Stop> {
    let all: Vec<Value> = lines
        .iter()
        .map(|line| {
            let (counterexample, reason) = match &line.verdict {
                Verdict::Proved => (Value::Null, Value::Null),
                Verdict::Refuted { words, witness } => {
                    (witness.as_ref().map_or_else(|| json!({ "words": words }), |witness| request(words, witness)), json!(words))
                }
                Verdict::Unknown(why) | Verdict::Disagreement(why) => (Value::Null, json!(why)),
            };
            let assumptions: Vec<&str> = ASSUMED.iter().copied().chain(line.exceptions.iter().map(String::as_str)).collect();
            json!({
                "guarantee": line.guarantee,
                "bucket": line.bucket,
                "place": line.place,
                "result": line.verdict.name(),
                "reason": reason,
                "counterexample": counterexample,
                "statements": line.statements,
                "assumptions": assumptions,
            })
        })
        .collect();
    let text = serde_json::to_string_pretty(&all).map_err(|error| Stop::could_not_run(error.to_string()))?;
    Ok(text + "\n")
}

/// A request in the words of `evaluate`.
pub(super) fn request(words: &str, witness: &Witness) -> Value {
    let request = &witness.request;
    let caller = request.caller();
    let principal = match caller.arn() {
        "" if caller.name().is_empty() => json!({"type": "Anonymous"}),
        "" => json!({"type": "Service", "value": caller.name()}),
        arn => json!({"type": "AWS", "arn": arn}),
    };
    let context: Map<String, Value> = keys(&request.context)
        .map(|(key, values)| match values.as_slice() {
            [one] if !key.is_multivalued() => (key.name().into_owned(), json!(one)),
            all => (key.name().into_owned(), json!(all)),
        })
        .collect();
    let mut fields = json!({
        "words": words,
        "decision": witness.decision.name(),
        "request": {
            "principal": principal,
            "action": request.action(),
            "resource": request.resource().as_str(),
            "resourceAccount": request.resource_account(),
            "context": context,
        },
    });
    if let (Some(underlying), Some(inner)) = (request.underlying(), fields.get_mut("request").and_then(Value::as_object_mut)) {
        inner.insert("via".to_owned(), json!("accessPoint"));
        inner.insert("underlyingResource".to_owned(), json!(underlying.as_str()));
    }
    fields
}
