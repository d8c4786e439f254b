//! `s3harden import`: buckets that exist, and what exists once in an account, as profiles.

use std::fs;
use std::path::{Path, PathBuf};

use super::diff::report;
use super::texts::{self, Text};
use super::{Exit, Stop, valid};
use crate::compare::{Difference, Verdict};
use crate::foreign::Template;
use crate::import::{self, Asked, Fate, Imported, ImportedAccount, Input, Item};
use crate::names::{AccountId, BucketName, ProfileName, Region};

#[derive(Debug, clap::Args)]
#[command(
    after_help = "FILE is what the script collects, a CloudFormation template, or the output of `terraform show -json`; give the files of
companions, such as the bucket for access logs, together with that of the bucket.

The profile says what the bucket has: remove what is weaker than a profile has it by itself, or begin
with `--harden`. What no profile can say is listed, in `bucket.imported.lost` too.

What a file has of an account, such as the trail for every bucket and the recorder of AWS
Config, becomes one profile of the kind `account`. Policies of the organization and of VPC
endpoints, by themselves or as the AWS CLI prints them, become its `perimeter`.

Exit status:
  0  the profile says all that the bucket or account has
  1  something is lost, or access is different: the list says what

Examples:
  s3harden import --script acme-invoices | sh >acme-invoices.json
  s3harden import acme-invoices.json >invoices.yaml
  s3harden import -o profiles template.yaml
  s3harden import --account 777788889999 --region eu-west-1 detector.yaml
  s3harden import --account 777788889999 --region eu-west-1 scp.json rcp.json endpoints.json
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
    /// The account that owns the bucket or what else is there, where the file does not say it.
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
    let templates = args.files.iter().map(|file| input(file)).collect::<Result<Vec<_>, _>>()?;
    let name = |file: &'_ String| if file == "-" { "standard input".to_owned() } else { base(file).to_owned() };
    let names: Vec<String> = args.files.iter().map(name).collect();
    let inputs: Vec<Input<'_>> = names.iter().zip(&templates).map(|(file, template)| Input { file, template }).collect();
    let asked = Asked { account: args.account.clone(), region: args.region.clone(), bucket: args.bucket.clone(), harden: args.harden };
    let found = import::import(&inputs, &asked).map_err(Stop::could_not_run)?;
    if let Some(mistake) = found.buckets.iter().find_map(|one| one.difference.mistake.as_ref()) {
        return Err(Stop::could_not_run(format!("internal error: {mistake}; please report it with the input")));
    }
    let all: Vec<Shown<'_>> = found.buckets.iter().map(Shown::of_bucket).chain(found.accounts.iter().map(Shown::of_account)).collect();
    match (&args.output, all.as_slice()) {
        (Some(dir), all) => write(dir, all)?,
        (None, [one]) => {
            super::print(one.text)?;
            super::say(listed(one).trim_end());
        }
        (None, all) => {
            let names: Vec<&str> = all.iter().map(|one| one.about.as_str()).collect();
            let (what, one) =
                if found.accounts.is_empty() { ("several buckets", "one") } else { ("what makes several profiles", "a bucket") };
            let message = format!("the input has {what}, {}: choose {one} with `--bucket`, or write all with `--output`", names.join(", "));
            return Err(Stop::usage(message));
        }
    }
    Ok(if all.iter().all(|one| one.is_whole) { Exit::Clean } else { Exit::Findings })
}

/// A profile with what is said about it.
struct Shown<'a> {
    /// What it is about: the name of the bucket, or the account.
    about: String,
    name: &'a ProfileName,
    file: &'a str,
    text: &'a str,
    items: &'a [Item],
    /// What of access is different; of an account's buckets nothing is that is not among the items.
    difference: Option<&'a Difference>,
    is_whole: bool,
    has_buckets: bool,
}

impl<'a> Shown<'a> {
    fn of_bucket(one: &'a Imported) -> Self {
        Self {
            about: one.profile.bucket.name.to_string(),
            name: &one.profile.name,
            file: &one.file,
            text: &one.text,
            items: &one.items,
            difference: Some(&one.difference),
            is_whole: one.is_whole(),
            has_buckets: true,
        }
    }

    fn of_account(one: &'a ImportedAccount) -> Self {
        Self {
            about: format!("account {} in {}", one.profile.account, one.profile.region),
            name: &one.profile.name,
            file: &one.file,
            text: &one.text,
            items: &one.items,
            difference: None,
            is_whole: one.is_whole(),
            has_buckets: one.plan.buckets().next().is_some(),
        }
    }

    /// What is different, where something is.
    fn different(&self) -> Option<&'a Difference> {
        self.difference.filter(|difference| difference.verdict() != Verdict::Neutral)
    }
}

/// The last part of a path: what a profile says of its origin is the same wherever the file lay.
fn base(file: &str) -> &str {
    file.rsplit(['/', '\\']).next().unwrap_or(file)
}

/// A file of the input.
fn input(file: &str) -> Result<Template, Stop> {
    match texts::read(file)? {
        Text::Policy(document) => Template::of_policy(document).map_err(|why| Stop::could_not_run(format!("`{file}`: {why}"))),
        text => of_text(file, text),
    }
}

/// A file of what exists, of which a policy alone is none.
pub(super) fn template(file: &str) -> Result<Template, Stop> {
    of_text(file, texts::read(file)?)
}

fn of_text(file: &str, text: Text) -> Result<Template, Stop> {
    match text {
        Text::Template(template) => Ok(template),
        Text::Policy(_) => Err(Stop::could_not_run(format!(
            "`{file}` is a policy alone, and a profile says more: collect the bucket with `s3harden import --script`"
        ))),
        Text::Profile(_) | Text::Account(_) => Err(Stop::could_not_run(format!(
            "`{file}` is a profile already: give a template, the output of `terraform show -json`, or what `s3harden import --script` collects"
        ))),
    }
}

fn write(dir: &Path, all: &[Shown<'_>]) -> Result<(), Stop> {
    let failed = |path: &Path, error: &std::io::Error| Stop::could_not_run(format!("`{}` cannot be written: {error}", path.display()));
    fs::create_dir_all(dir).map_err(|error| failed(dir, &error))?;
    let files = all.iter().flat_map(|one| {
        let name = one.name;
        [(dir.join(format!("{name}.yaml")), one.text.to_owned()), (dir.join(format!("{name}.import.md")), markdown(one))]
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

fn headline(one: &Shown<'_>) -> String {
    let count = |fate: Fate| one.items.iter().filter(|item| item.fate == fate).count();
    let words = [Fate::Lost, Fate::Kept, Fate::Apart].map(|fate| (count(fate), fate.name()));
    let words: Vec<String> = words.iter().filter(|(count, _)| *count > 0).map(|(count, word)| format!("{count} {word}")).collect();
    let list = if words.is_empty() { "nothing is lost".to_owned() } else { words.join(", ") };
    let access = match one.difference.map(Difference::verdict) {
        Some(Verdict::Neutral) => "; proved: every request is decided as before".to_owned(),
        Some(verdict) => format!("; access: {}", verdict.name()),
        None if one.is_whole && one.has_buckets => "; its buckets decide every request as before".to_owned(),
        None => String::new(),
    };
    format!("{}: {list}{access}", one.about)
}

/// For terminals.
fn listed(one: &Shown<'_>) -> String {
    let mut text = format!("{}\n", headline(one));
    for Item { fate, what, at, why, remedy } in one.items {
        text.push_str(&format!("\n  {}: {what}\n      at {at}\n      {why}\n      {remedy}\n", fate.name()));
    }
    if let Some(difference) = one.different() {
        text.push_str("\nonce the profile is deployed, beside what is listed:\n");
        text.push_str(&report::text(std::slice::from_ref(difference)));
    }
    let shown = |c: char| if c.is_control() && c != '\n' { '\u{fffd}' } else { c };
    text.chars().map(shown).collect()
}

/// For the review of the profile.
fn markdown(one: &Shown<'_>) -> String {
    let mut text =
        format!("# {}, imported from {}\n\n{}.\n", report::code(&one.about), report::code(one.file), report::plain(&headline(one)));
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
    if let Some(difference) = one.different() {
        text.push('\n');
        text.push_str(&report::markdown(std::slice::from_ref(difference), one.file, &format!("{}.yaml", one.name)));
    }
    text.push_str(&adoption(one));
    text
}

/// How the rendered output takes over what exists.
fn adoption(one: &Shown<'_>) -> String {
    let name = one.name;
    // What an account has is compared with nothing that could be collected of a bucket.
    let compare = one.difference.map(|_| format!("s3harden compare --live COLLECTED.json {name}.yaml\n")).unwrap_or_default();
    format!(
        "\n## Take it over\n\n```sh\ns3harden check {name}.yaml\ns3harden render -o out {name}.yaml   # terraform/imports.tf, cloudformation/import-resources.json and the commands in RUNBOOK.md\n{compare}```\n"
    )
}
