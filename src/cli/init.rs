//! `s3harden init`: writes a commented profile, and asks on a terminal for what it needs.
//!
//! In: flags, and the answers of whoever sits there, each held to what the profile takes there. Out: a profile that
//! `check` has nothing against. Never: a file that is there already, unless `--force` says so.

use std::fmt::Write as _;
use std::io::{self, BufRead, IsTerminal as _, Write};
use std::path::{Path, PathBuf};
use std::str::FromStr;
use std::time::{SystemTime, UNIX_EPOCH};

use super::{Exit, Stop, output, valid};
use crate::diag::Severity;
use crate::names::{AccountId, BucketName, Date, Invalid, ProfileName, Region, Sentence, TagValue};
use crate::pipeline::{self, Options, TargetChoice};
use crate::profile::Preset;
use crate::protect::networks::{CidrBlock, VpcEndpointId, VpcId};
use crate::protect::principal::RoleName;
use crate::source::Source;

mod draft;
mod party;

use draft::{Draft, Networks};
use party::Party;

#[derive(Debug, Default, clap::Args)]
#[command(after_help = "Examples:
  s3harden init                                          asks, and writes a file
  s3harden init --bucket acme-invoices -o invoices.yaml  asks for nothing where there is no terminal
  s3harden init --preset sensitive --bucket acme-exports --network 203.0.113.0/24 --network 2001:db8:1234::/48
  s3harden init --kind account --account 111122223333 --region eu-west-1")]
pub(super) struct Args {
    /// What the profile is about.
    #[arg(long, value_name = "KIND", value_parser = ["bucket", "account"])]
    kind: Option<String>,
    /// The defaults that it starts from.
    #[arg(long, value_name = "PRESET", value_parser = ["baseline", "sensitive", "regulated", "public-read", "log-archive"])]
    preset: Option<String>,
    /// The name of the bucket.
    #[arg(long, value_name = "BUCKET", value_parser = valid::<BucketName>)]
    bucket: Option<BucketName>,
    /// The name of the profile: of its stack, module and directory. Without it: after the bucket.
    #[arg(long, value_name = "NAME", value_parser = valid::<ProfileName>)]
    name: Option<ProfileName>,
    /// The account. Without it: whichever is deployed to.
    #[arg(long, value_name = "ID", value_parser = valid::<AccountId>)]
    account: Option<AccountId>,
    /// The region. Without it: whichever is deployed to.
    #[arg(long, value_name = "REGION", value_parser = valid::<Region>)]
    region: Option<Region>,
    /// Who answers for it.
    #[arg(long, value_name = "TEXT", value_parser = valid::<TagValue>)]
    owner: Option<TagValue>,
    /// A network that requests come from: a block of addresses, a VPC or a VPC endpoint; repeatable.
    #[arg(long = "network", value_name = "CIDR|vpc-…|vpce-…", value_parser = network)]
    networks: Vec<Network>,
    /// A role that repairs the bucket's policy from anywhere.
    #[arg(long, value_name = "ROLE", value_parser = valid::<RoleName>)]
    break_glass: Option<RoleName>,
    /// Who reads: a role, `user/NAME`, an account or an ARN; repeatable.
    #[arg(long = "reader", value_name = "WHO", value_parser = Party::parse)]
    readers: Vec<Party>,
    /// Who writes; repeatable.
    #[arg(long = "writer", value_name = "WHO", value_parser = Party::parse)]
    writers: Vec<Party>,
    /// Why everybody may read, and who decided it; for the preset `public-read`.
    #[arg(long, value_name = "TEXT", value_parser = valid::<Sentence>)]
    reason: Option<Sentence>,
    /// Until when that holds. Without it: for a year.
    #[arg(long, value_name = "DATE", value_parser = valid::<Date>)]
    until: Option<Date>,
    /// Write to FILE. Without it: to standard output, on a terminal to NAME.yaml.
    #[arg(short, long, value_name = "FILE")]
    output: Option<PathBuf>,
    /// Write over a file that is there.
    #[arg(long)]
    force: bool,
}

/// A network in one word.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum Network {
    Cidr(CidrBlock),
    Vpc(VpcId),
    Endpoint(VpcEndpointId),
}

fn network(text: &str) -> Result<Network, String> {
    let network = match text {
        _ if text.starts_with("vpce-") => valid(text).map(Network::Endpoint),
        _ if text.starts_with("vpc-") => valid(text).map(Network::Vpc),
        _ => valid(text).map(Network::Cidr),
    }?;
    // Whether addresses are of any use is what `check` says of them.
    let Network::Cidr(cidr) = &network else { return Ok(network) };
    let profile = format!("version: 1\nname: a\nbucket: {{ name: acme-a }}\nnetwork: {{ allow: {{ cidrs: [\"{cidr}\"] }} }}\n");
    match problem(&profile).map_err(|stop| stop.message)? {
        Some(problem) => Err(problem),
        None => Ok(network),
    }
}

/// What `check` has against a profile, first of all.
fn problem(profile: &str) -> Result<Option<String>, Stop> {
    let source = Source::from_bytes("-", profile).map_err(|refused| Stop::could_not_run(refused.finding.message))?;
    let targets = vec![TargetChoice::CloudFormation(None), TargetChoice::Terraform];
    let options = Options { today: Date::from_unix_seconds(0), deny: Severity::Error, targets };
    let first = pipeline::check(&source, &options).findings.into_iter().find(|finding| finding.severity == Severity::Error);
    Ok(first.map(|finding| std::iter::once(finding.message).chain(finding.help).collect::<Vec<_>>().join("; ")))
}

pub(super) fn run(args: &Args) -> Result<Exit, Stop> {
    let now = SystemTime::now().duration_since(UNIX_EPOCH).map_or(0, |since| since.as_secs());
    let until = args.until.clone().unwrap_or_else(|| Date::from_unix_seconds(now + 365 * 86_400));
    let asks = io::stdin().is_terminal() && io::stderr().is_terminal();
    let mut file = args.output.clone();
    let draft = if asks {
        let mut interview = Interview { input: io::stdin().lock(), output: io::stderr().lock() };
        let draft = interview.draft(args, until)?;
        if file.is_none() {
            let suggested = format!("{}.yaml", draft.name);
            let free = |text: &str| match is_taken(Path::new(text), args) {
                true => Err(format!("`{text}` is there already; name another file")),
                false => Ok(PathBuf::from(text)),
            };
            file = Some(interview.ask("The file to write", Some(&suggested), free)?);
        }
        draft
    } else {
        from_flags(args, until)?
    };
    let text = draft.text();
    // Each answer is right by itself; whether they go together only the whole shows.
    if let Some(problem) = problem(&text)? {
        return Err(Stop { exit: Exit::Findings, message: format!("the answers do not go together: {problem}") });
    }
    let Some(file) = file.filter(|file| file.as_os_str() != "-") else {
        super::print(&text)?;
        return Ok(Exit::Clean);
    };
    if is_taken(&file, args) {
        return Err(Stop::usage(format!("`{}` is there already; add `--force` to write over it", file.display())));
    }
    output::put(&file, &text).map_err(|error| Stop::could_not_run(format!("`{}` cannot be written: {error}", file.display())))?;
    let shown = file.display();
    super::say(&format!("wrote {shown}; next: `s3harden check {shown}`, then `s3harden render -o out {shown}`"));
    Ok(Exit::Clean)
}

/// Whether a file is there that nobody said may be written over.
fn is_taken(file: &Path, args: &Args) -> bool {
    file.exists() && !args.force
}

/// What flags say and defaults complete; nobody is there to be asked.
fn from_flags(args: &Args, until: Date) -> Result<Draft, Stop> {
    let missing = |flag: &str, why: &str| Stop::usage(format!("`{flag}` is missing{why}, and there is no terminal to ask on"));
    let is_account = args.kind.as_deref() == Some("account");
    let preset = preset(args.preset.as_deref());
    if is_account {
        let account = args.account.clone().ok_or_else(|| missing("--account", ""))?;
        let region = args.region.clone().ok_or_else(|| missing("--region", ""))?;
        let name = args.name.clone().map_or_else(|| named("account-baseline"), Ok)?;
        return Ok(Draft { is_account, account: Some(account), region: Some(region), ..Draft::new(name, preset, until) }.with(args));
    }
    let bucket = args.bucket.clone().ok_or_else(|| missing("--bucket", ""))?;
    let why = format!(" for the preset `{}`", preset.name());
    if draft::needs_networks(preset) && args.networks.is_empty() {
        return Err(missing("--network", &why));
    }
    if preset == Preset::PublicRead && args.reason.is_none() {
        return Err(missing("--reason", &why));
    }
    let name = args.name.clone().map_or_else(|| named(&suggested_name(&bucket)), Ok)?;
    Ok(Draft { bucket: Some(bucket), ..Draft::new(name, preset, until) }.with(args))
}

fn named(text: &str) -> Result<ProfileName, Stop> {
    text.parse().map_err(|_| Stop::usage("`--name` is missing: no name of a profile can be made of the bucket's"))
}

/// A name for the profile of a bucket: the bucket's own, as far as a profile takes it.
fn suggested_name(bucket: &BucketName) -> String {
    let text = bucket.known_part().replace('.', "-");
    text.trim_start_matches(|c: char| !c.is_ascii_lowercase()).to_owned()
}

fn preset(word: Option<&str>) -> Preset {
    word.and_then(Preset::by_name).unwrap_or(Preset::Baseline)
}

impl Draft {
    /// With what flags say that nobody has to be asked for.
    fn with(mut self, args: &Args) -> Self {
        self.account = self.account.or_else(|| args.account.clone());
        self.region = self.region.or_else(|| args.region.clone());
        self.owner = self.owner.or_else(|| args.owner.clone());
        self.reason = self.reason.or_else(|| args.reason.clone());
        self.break_glass = self.break_glass.or_else(|| args.break_glass.clone());
        self.networks.extend(&args.networks);
        self.readers.extend(args.readers.iter().cloned());
        self.writers.extend(args.writers.iter().cloned());
        self
    }
}

/// Questions, and where answers come from.
struct Interview<R, W> {
    input: R,
    output: W,
}

impl<R: BufRead, W: Write> Interview<R, W> {
    /// Asks until the answer is right; an empty one is the default.
    fn ask<T>(&mut self, question: &str, default: Option<&str>, read: impl Fn(&str) -> Result<T, String>) -> Result<T, Stop> {
        let gone = |error: io::Error| Stop::could_not_run(format!("the terminal is gone: {error}"));
        loop {
            let hint = default.filter(|text| !text.is_empty()).map(|text| format!(" [{text}]")).unwrap_or_default();
            write!(self.output, "{question}{hint}: ").and_then(|()| self.output.flush()).map_err(gone)?;
            let mut line = String::new();
            if self.input.read_line(&mut line).map_err(gone)? == 0 {
                return Err(Stop::usage("the answers ended before the questions; nothing was written"));
            }
            let answer = match (line.trim(), default) {
                ("", Some(default)) => default,
                (answer, _) => answer,
            };
            match read(answer) {
                Ok(value) => return Ok(value),
                Err(problem) => writeln!(self.output, "  {problem}").map_err(gone)?,
            }
        }
    }

    fn ask_for<T: FromStr<Err = Invalid>>(&mut self, question: &str, default: Option<&str>) -> Result<T, Stop> {
        self.ask(question, default, valid)
    }

    /// Asks for what can be left out.
    fn maybe<T: FromStr<Err = Invalid>>(&mut self, question: &str) -> Result<Option<T>, Stop> {
        self.ask(question, Some(""), |text| if text.is_empty() { Ok(None) } else { valid(text).map(Some) })
    }

    fn several<T>(&mut self, question: &str, least: usize, read: impl Fn(&str) -> Result<T, String>) -> Result<Vec<T>, Stop> {
        self.ask(question, Some(""), |text| {
            let words = text.split([',', ' ']).filter(|word| !word.is_empty());
            let all = words.map(&read).collect::<Result<Vec<T>, String>>()?;
            if all.len() < least { Err("at least one is needed".to_owned()) } else { Ok(all) }
        })
    }

    fn word(&mut self, question: &str, words: &[(&str, &str)]) -> Result<String, Stop> {
        let mut text = format!("{question}\n");
        for (word, what) in words {
            let _ = writeln!(text, "  {word:<12} {what}");
        }
        text.push_str("One of these");
        let first = words.first().map(|(word, _)| *word);
        self.ask(&text, first, |answer| match words.iter().find(|(word, _)| *word == answer) {
            Some((word, _)) => Ok((*word).to_owned()),
            None => Err(format!("`{answer}` is none of these")),
        })
    }

    /// Asks for everything that no flag says.
    fn draft(&mut self, args: &Args, until: Date) -> Result<Draft, Stop> {
        let kind = match &args.kind {
            Some(kind) => kind.clone(),
            None => self.word("What is it about?", &[("bucket", "a bucket"), ("account", "what holds for every bucket of an account")])?,
        };
        if kind == "account" {
            let account = self.given(&args.account, "The account, twelve digits", None)?;
            let region = self.given(&args.region, "The region", Some("us-east-1"))?;
            let name = self.given(&args.name, "The name of the profile", Some("account-baseline"))?;
            let owner = if args.owner.is_none() { self.maybe("Who answers for it (empty: not said)")? } else { None };
            let draft = Draft::new(name, Preset::Baseline, until);
            return Ok(Draft { is_account: true, account: Some(account), region: Some(region), owner, ..draft }.with(args));
        }
        let bucket: BucketName = self.given(&args.bucket, "The name of the bucket", None)?;
        let name = self.given(&args.name, "The name of the profile", Some(&suggested_name(&bucket)))?;
        let preset = match &args.preset {
            Some(word) => preset(Some(word)),
            None => preset(Some(&self.word("What lies in it?", PRESETS)?)),
        };
        let mut draft = Draft { bucket: Some(bucket), ..Draft::new(name, preset, until) };
        if args.account.is_none() {
            draft.account = self.maybe("The account, twelve digits (empty: whichever is deployed to)")?;
        }
        if args.region.is_none() {
            draft.region = self.maybe("The region (empty: whichever is deployed to)")?;
        }
        if args.owner.is_none() {
            draft.owner = self.maybe("Who answers for it (empty: not said)")?;
        }
        if args.networks.is_empty() && preset != Preset::PublicRead {
            let least = usize::from(draft::needs_networks(preset));
            let from = if least == 0 { " (empty: from anywhere)" } else { "" };
            let question = format!("Networks that requests come from: addresses, VPCs, VPC endpoints{from}");
            draft.networks = Networks::of(&self.several(&question, least, network)?);
        }
        if args.break_glass.is_none() && !(draft.networks.is_empty() && args.networks.is_empty()) {
            draft.break_glass = self.maybe("A role that repairs the bucket's policy from anywhere (empty: none)")?;
        }
        if preset == Preset::PublicRead {
            draft.reason = Some(self.given(&args.reason, "Why everybody may read it, and who decided that", None)?);
        } else if args.readers.is_empty() {
            draft.readers =
                self.several("Who reads: roles, user/NAME, accounts, ARNs (empty: whom their own policies let)", 0, Party::parse)?;
        }
        if args.writers.is_empty() {
            draft.writers = self.several("Who writes (empty: whom their own policies let)", 0, Party::parse)?;
        }
        Ok(draft.with(args))
    }

    fn given<T: FromStr<Err = Invalid> + Clone>(&mut self, flag: &Option<T>, question: &str, default: Option<&str>) -> Result<T, Stop> {
        match flag {
            Some(value) => Ok(value.clone()),
            None => self.ask_for(question, default),
        }
    }
}

const PRESETS: &[(&str, &str)] = &[
    ("baseline", "nothing special: hardened, with keys of S3's own"),
    ("sensitive", "must not leak: a key of its own, known networks only"),
    ("regulated", "records: as sensitive, and nobody deletes them"),
    ("public-read", "for everybody to read"),
    ("log-archive", "logs of other buckets"),
];

#[cfg(test)]
mod tests;
