//! `s3harden compare`: whether a bucket still is what its profile says.

use std::path::PathBuf;

use serde_json::{Value, json};

use super::diff::report;
use super::inputs::{self, ValueArgs};
use super::{Exit, Stop, valid};
use crate::compare::Verdict;
use crate::import::{self, Asked, Drift, Input};
use crate::names::{AccountId, Region};
use crate::pipeline;
use crate::profile::is_account;

#[derive(Debug, clap::Args)]
#[command(after_help = "FILE is what the script of `s3harden import --script BUCKET` collects, a CloudFormation template, or the output of
`terraform show -json`. What the profile keeps (`bucket.policy.keep`) is no drift.

Exit status:
  0  the bucket is what the profile says
  1  it is not

Examples:
  s3harden import --script acme-invoices | sh >live.json
  s3harden compare --live live.json invoices.yaml")]
pub(super) struct Args {
    /// What is there.
    #[arg(long, value_name = "FILE")]
    live: String,
    /// The profile.
    profile: PathBuf,
    /// The bucket in the file, where it is not found by the name that the profile gives.
    #[arg(long, value_name = "NAME")]
    bucket: Option<String>,
    /// The account that owns the bucket, where neither says it.
    #[arg(long, value_name = "ID", value_parser = valid::<AccountId>)]
    account: Option<AccountId>,
    /// The region, where neither says it.
    #[arg(long, value_name = "REGION", value_parser = valid::<Region>)]
    region: Option<Region>,
    /// How the drift is shown; md is for pull requests.
    #[arg(long, value_name = "FORMAT", default_value = "text", value_parser = ["text", "md", "json"])]
    format: String,
    #[command(flatten)]
    values: ValueArgs,
}

pub(super) fn run(args: &Args) -> Result<Exit, Stop> {
    let source = inputs::read_or_stop(&args.profile, &args.values.workspace()?)?;
    if is_account(&source) {
        return Err(Stop::usage("the profile is about an account: name a profile of a bucket"));
    }
    let Some((profile, plan)) = pipeline::plan(&source) else {
        let message = format!("`{}` has errors as a profile; `s3harden check` shows them", args.profile.display());
        return Err(Stop { exit: Exit::Findings, message });
    };
    let template = super::import::template(&args.live)?;
    let account = args.account.clone().or_else(|| profile.bucket.account.clone());
    let region = args.region.clone().or_else(|| profile.bucket.region.clone());
    let asked = Asked { account, region, bucket: args.bucket.clone(), harden: false };
    let drift = import::drift(&Input { file: &args.live, template: &template }, &asked, &profile, &plan).map_err(Stop::could_not_run)?;
    if let Some(mistake) = &drift.difference.mistake {
        return Err(Stop::could_not_run(format!("internal error: {mistake}; please report it with the file and the profile")));
    }
    let shown = match args.format.as_str() {
        "json" => json(&drift)?,
        "md" => markdown(&drift, args),
        _ => text(&drift),
    };
    super::print(&shown)?;
    Ok(if drift.is_none() { Exit::Clean } else { Exit::Findings })
}

fn verdict(drift: &Drift) -> String {
    let access = match drift.difference.verdict() {
        Verdict::Neutral => "access is what the profile says, proved",
        Verdict::Widening => "access is wider than the profile says",
        Verdict::Narrowing => "access is narrower than the profile says",
        Verdict::Both => "access is wider here and narrower there than the profile says",
        Verdict::Unknown => "whether access is wider than the profile says is not known",
    };
    let settings = drift.difference.settings.len();
    let other = drift.items.len();
    let count = |number: usize, one: &str, many: &str| match number {
        0 => String::new(),
        1 => format!("; 1 {one}"),
        number => format!("; {number} {many}"),
    };
    format!(
        "{}: {}; {access}{}{}",
        drift.difference.bucket,
        if drift.is_none() { "no drift" } else { "drift" },
        count(settings, "setting differs", "settings differ"),
        count(other, "thing is not the profile's", "things are not the profile's")
    )
}

fn text(drift: &Drift) -> String {
    let mut text = format!("{}\n", verdict(drift));
    for item in &drift.items {
        text.push_str(&format!("\n  + {}\n      at {}\n      {}\n", item.what, item.at, item.why));
    }
    for note in &drift.notes {
        text.push_str(&format!("\n  {note}\n"));
    }
    if drift.difference.verdict() != Verdict::Neutral || !drift.difference.settings.is_empty() {
        text.push_str("\nfrom what the profile says to what is there:\n");
        text.push_str(&report::text(std::slice::from_ref(&drift.difference)));
    }
    let shown = |c: char| if c.is_control() && c != '\n' { '\u{fffd}' } else { c };
    text.chars().map(shown).collect()
}

fn markdown(drift: &Drift, args: &Args) -> String {
    let mut text = format!("### Drift: {}\n\n", report::plain(&verdict(drift)));
    if !drift.items.is_empty() {
        text.push_str("| there, and not the profile's | where | why |\n| --- | --- | --- |\n");
        for item in &drift.items {
            let cells = [report::plain(&item.what), report::code(&item.at.replace('|', "/")), report::plain(&item.why)];
            text.push_str(&format!("| {} |\n", cells.join(" | ")));
        }
        text.push('\n');
    }
    drift.notes.iter().for_each(|note| text.push_str(&format!("- {}\n\n", report::plain(note))));
    text.push_str(&report::markdown(std::slice::from_ref(&drift.difference), &args.profile.display().to_string(), &args.live));
    text
}

fn json(drift: &Drift) -> Result<String, Stop> {
    let differences: Value = serde_json::from_str(&report::json(std::slice::from_ref(&drift.difference))?).unwrap_or_default();
    let item = |item: &import::Item| json!({ "what": item.what, "at": item.at, "why": item.why });
    let all = json!({
        "bucket": drift.difference.bucket,
        "drift": !drift.is_none(),
        "access": differences.get(0),
        "others": drift.items.iter().map(item).collect::<Vec<_>>(),
        "notes": drift.notes,
    });
    serde_json::to_string_pretty(&all).map(|text| text + "\n").map_err(|error| Stop::could_not_run(error.to_string()))
}
