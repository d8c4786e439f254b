//! `s3harden import`: buckets that exist, as profiles.

use std::fs;
use std::path::{Path, PathBuf};

use super::diff::report;
use super::texts::{self, Text};
use super::{Exit, Stop, valid};
use crate::compare::Verdict;
use crate::foreign::Template;
use crate::import::{self, Asked, Fate, Imported, Input, Item};
use crate::names::{AccountId, BucketName, Region};

#[derive(Debug, clap::Args)]
#[command(
    after_help = "FILE is what the script collects, a CloudFormation template, or the output of `terraform show -json`; give the files of
companions, such as the bucket for access logs, together with that of the bucket.

The profile says what the bucket has: remove what is weaker than a profile has it by itself, or begin
with `--harden`. What no profile can say is listed, in `bucket.imported.lost` too.

Exit status:
  0  the profile says all that the bucket has
  1  something is lost, or access is different: the list says what

Examples:
  s3harden import --script acme-invoices | sh >acme-invoices.json
  s3harden import acme-invoices.json >invoices.yaml
  s3harden import -o profiles template.yaml
  terraform show -json | s3harden import --bucket acme-invoices -"
)]
pub(super) struct Args {
    /// What is imported, or - for standard input.
    #[arg(value_name = "FILE", required_unless_present = "script")]
    files: Vec<String>,
    /// Print a script that collects what S3 says of the bucket; it only reads.
    #[arg(long, value_name = "BUCKET", conflicts_with_all = ["files", "bucket", "output", "harden"], value_parser = valid::<BucketName>)]
    script: Option<BucketName>,
    /// The only bucket that is wanted, by its name, logical id or address.
    #[arg(long, value_name = "NAME")]
    bucket: Option<String>,
    /// The account that owns the bucket, where the file does not say it.
    #[arg(long, value_name = "ID", value_parser = valid::<AccountId>)]
    account: Option<AccountId>,
    /// The region, where the file does not say it.
    #[arg(long, value_name = "REGION", value_parser = valid::<Region>)]
    region: Option<Region>,
    /// Leave out what is weaker than a profile is by itself.
    #[arg(long)]
    harden: bool,
    /// Write each profile to DIR/NAME.yaml, and the list of what it does not say to DIR/NAME.import.md.
    #[arg(short, long, value_name = "DIR")]
    output: Option<PathBuf>,
}

pub(super) fn run(args: &Args) -> Result<Exit, Stop> {
    if let Some(bucket) = &args.script {
        super::print(&import::script(bucket, args.account.as_ref(), args.region.as_ref()))?;
        return Ok(Exit::Clean);
    }
    let templates = args.files.iter().map(|file| template(file)).collect::<Result<Vec<_>, _>>()?;
    let name = |file: &'_ String| if file == "-" { "standard input".to_owned() } else { base(file).to_owned() };
    let names: Vec<String> = args.files.iter().map(name).collect();
    let inputs: Vec<Input<'_>> = names.iter().zip(&templates).map(|(file, template)| Input { file, template }).collect();
    let asked = Asked { account: args.account.clone(), region: args.region.clone(), bucket: args.bucket.clone(), harden: args.harden };
    let all = import::import(&inputs, &asked).map_err(Stop::could_not_run)?;
    if let Some(mistake) = all.iter().find_map(|one| one.difference.mistake.as_ref()) {
        return Err(Stop::could_not_run(format!("internal error: {mistake}; please report it with the input")));
    }
    match (&args.output, all.as_slice()) {
        (Some(dir), all) => write(dir, all)?,
        (None, [one]) => {
            super::print(&one.text)?;
            super::say(listed(one).trim_end());
        }
        (None, all) => {
            let names: Vec<&str> = all.iter().map(|one| one.profile.bucket.name.as_str()).collect();
            let message =
                format!("the input has several buckets, {}: choose one with `--bucket`, or write all with `--output`", names.join(", "));
            return Err(Stop::usage(message));
        }
    }
    Ok(if all.iter().all(Imported::is_whole) { Exit::Clean } else { Exit::Findings })
}

/// The last part of a path: what a profile says of its origin is the same wherever the file lay.
fn base(file: &str) -> &str {
    file.rsplit(['/', '\\']).next().unwrap_or(file)
}

/// A file of the input.
pub(super) fn template(file: &str) -> Result<Template, Stop> {
    match texts::read(file)? {
        Text::Template(template) => Ok(template),
        Text::Policy(_) => Err(Stop::could_not_run(format!(
            "`{file}` is a policy alone, and a profile says more: collect the bucket with `s3harden import --script`"
        ))),
        Text::Profile(_) | Text::Account(_) => Err(Stop::could_not_run(format!(
            "`{file}` is a profile already: give a template, the output of `terraform show -json`, or what `s3harden import --script` collects"
        ))),
    }
}

fn write(dir: &Path, all: &[Imported]) -> Result<(), Stop> {
    let failed = |path: &Path, error: &std::io::Error| Stop::could_not_run(format!("`{}` cannot be written: {error}", path.display()));
    fs::create_dir_all(dir).map_err(|error| failed(dir, &error))?;
    let files = all.iter().flat_map(|one| {
        let name = &one.profile.name;
        [(dir.join(format!("{name}.yaml")), one.text.clone()), (dir.join(format!("{name}.import.md")), markdown(one))]
    });
    let files: Vec<(PathBuf, String)> = files.collect();
    // Somebody may have worked on a profile since it was imported.
    let taken = files
        .iter()
        .find(|(path, text)| fs::read_to_string(path).is_ok_and(|old| old != *text) && path.extension().is_some_and(|end| end == "yaml"));
    if let Some((path, _)) = taken {
        return Err(Stop::could_not_run(format!(
            "`{}` is there already and says something else: move it away, or choose another directory",
            path.display()
        )));
    }
    for (path, text) in &files {
        if fs::read_to_string(path).is_ok_and(|old| old == *text) {
            continue;
        }
        fs::write(path, text).map_err(|error| failed(path, &error))?;
    }
    for one in all {
        super::say(&headline(one));
    }
    Ok(())
}

fn headline(one: &Imported) -> String {
    let count = |fate: Fate| one.items.iter().filter(|item| item.fate == fate).count();
    let words = [Fate::Lost, Fate::Kept, Fate::Apart].map(|fate| (count(fate), fate.name()));
    let words: Vec<String> = words.iter().filter(|(count, _)| *count > 0).map(|(count, word)| format!("{count} {word}")).collect();
    let list = if words.is_empty() { "nothing is lost".to_owned() } else { words.join(", ") };
    let access = match one.difference.verdict() {
        Verdict::Neutral => "proved: every request is decided as before".to_owned(),
        verdict => format!("access: {}", verdict.name()),
    };
    format!("{}: {list}; {access}", one.profile.bucket.name)
}

/// For terminals.
fn listed(one: &Imported) -> String {
    let mut text = format!("{}\n", headline(one));
    for Item { fate, what, at, why, remedy } in &one.items {
        text.push_str(&format!("\n  {}: {what}\n      at {at}\n      {why}\n      {remedy}\n", fate.name()));
    }
    if one.difference.verdict() != Verdict::Neutral {
        text.push_str("\nonce the profile is deployed, beside what is listed:\n");
        text.push_str(&report::text(std::slice::from_ref(&one.difference)));
    }
    let shown = |c: char| if c.is_control() && c != '\n' { '\u{fffd}' } else { c };
    text.chars().map(shown).collect()
}

/// For the review of the profile.
fn markdown(one: &Imported) -> String {
    let mut text = format!(
        "# {}, imported from {}\n\n{}.\n",
        report::code(one.profile.bucket.name.as_str()),
        report::code(&one.file),
        report::plain(&headline(one))
    );
    for fate in [Fate::Lost, Fate::Kept, Fate::Apart] {
        let items: Vec<&Item> = one.items.iter().filter(|item| item.fate == fate).collect();
        if items.is_empty() {
            continue;
        }
        let title = match fate {
            Fate::Lost => "Lost as soon as the profile is deployed",
            Fate::Kept => "Kept as it is",
            Fate::Apart => "Not the profile's to say",
        };
        text.push_str(&format!("\n## {title}\n\n| what | where | why | what to do |\n| --- | --- | --- | --- |\n"));
        for item in items {
            let cells = [
                report::plain(&item.what),
                report::code(&item.at.replace('|', "/")),
                report::plain(&item.why),
                report::plain(&item.remedy),
            ];
            text.push_str(&format!("| {} |\n", cells.join(" | ")));
        }
    }
    if one.difference.verdict() != Verdict::Neutral {
        text.push('\n');
        text.push_str(&report::markdown(std::slice::from_ref(&one.difference), &one.file, &format!("{}.yaml", one.profile.name)));
    }
    text.push_str(&adoption(one));
    text
}

/// How the rendered output takes over what exists.
fn adoption(one: &Imported) -> String {
    let name = &one.profile.name;
    format!(
        "\n## Take it over\n\n```sh\ns3harden check {name}.yaml\ns3harden render -o out {name}.yaml   # terraform/imports.tf, cloudformation/import-resources.json and the commands in RUNBOOK.md\ns3harden compare --live COLLECTED.json {name}.yaml\n```\n"
    )
}
