//! `s3harden render`: check profiles and write what they become.

mod run;

use std::collections::HashMap;
use std::path::{Path, PathBuf};

use super::inputs::{self, Inputs};
use super::messages::{Found, MessageArgs, Messages};
use super::output::{self, Change};
use super::{Exit, Judging, Stop, parallel};
use crate::diag::{Finding, Path as DiagPath, Severity};
use crate::names::BucketName;
use crate::path;
use crate::pipeline::{self, Identity, Options, PointIdentity, TargetChoice};
use crate::plan::{CONFIG_BUCKET, LOG_BUCKET, TRAIL_BUCKET};
use crate::proofs::Memo;
use crate::render::{File, Notation};
use crate::source::{ReadError, Workspace};

#[derive(Debug, clap::Args)]
#[command(after_help = "Examples:
  s3harden render profile.yaml                 the CloudFormation template, to standard output
  s3harden render -t terraform profile.yaml    the Terraform module, to standard output
  s3harden render -o out profiles/             both, for every profile, to out/NAME/
  s3harden render -o out --check profiles/     in CI: fail where out/ is not what would be written")]
pub(super) struct Args {
    #[command(flatten)]
    inputs: Inputs,
    /// What to render; repeatable. Without it: both to a directory, CloudFormation to standard output.
    #[arg(short, long = "target", value_name = "TARGET", value_parser = ["cloudformation", "terraform"])]
    targets: Vec<String>,
    /// The notation of CloudFormation templates, whatever the profile says.
    #[arg(long, value_name = "FORMAT", value_parser = ["yaml", "json"])]
    format: Option<String>,
    /// Write CloudFormation as JSON without white space, for the limit of 51,200 bytes on inline templates.
    #[arg(long, conflicts_with = "format")]
    minify: bool,
    /// Write to DIR/NAME/, a directory for each profile.
    #[arg(short, long, value_name = "DIR")]
    output: Option<PathBuf>,
    /// Write nothing; show the difference, and exit with 1 where there is one.
    #[arg(long, requires = "output")]
    check: bool,
    /// Write nothing; show the difference.
    #[arg(long, requires = "output", conflicts_with = "check")]
    diff: bool,
    #[command(flatten)]
    judging: Judging,
    #[command(flatten)]
    messages: MessageArgs,
}

/// What becomes of the files.
#[derive(Clone, Debug)]
pub(super) enum Output {
    /// They are shown.
    Print,
    /// They are written below the directory.
    Write(PathBuf),
    /// They are compared with what is below the directory.
    Compare(PathBuf),
}

/// A run over profiles.
pub(super) struct Run {
    pub(super) options: Options,
    /// What the profiles share.
    pub(super) workspace: Workspace,
    pub(super) jobs: usize,
    /// What was proved of buckets before.
    pub(super) proved: Memo,
    /// Nothing is rendered for the sake of files where there is none.
    pub(super) output: Option<Output>,
}

/// What was done, for the summary.
#[derive(Clone, Copy, Debug, Default)]
pub(super) struct Done {
    profiles: usize,
    failed: usize,
    written: usize,
    unchanged: usize,
}

/// Both targets, in the notation that each profile asks for.
pub(super) fn all_targets() -> Vec<TargetChoice> {
    vec![TargetChoice::CloudFormation(None), TargetChoice::Terraform]
}

pub(super) fn run(args: &Args) -> Result<Exit, Stop> {
    let files = args.inputs.files()?;
    let targets = targets(args);
    let output = match &args.output {
        None if files.len() > 1 => return Err(Stop::usage("several profiles need an output directory: add `-o DIR`")),
        None if targets.len() > 1 => return Err(Stop::usage("several targets need an output directory: add `-o DIR`")),
        None => Output::Print,
        Some(dir) if args.check || args.diff => Output::Compare(dir.clone()),
        Some(dir) => Output::Write(dir.clone()),
    };
    let workspace = args.inputs.values.workspace()?;
    let run =
        Run { options: args.judging.options(targets), workspace, jobs: args.inputs.jobs, proved: Memo::default(), output: Some(output) };
    let mut messages = Messages::new(&args.messages, files.len());
    let (exit, done) = run.go(&files, &mut messages)?;
    messages.finish(args.output.as_deref().map(|dir| done.summary(dir, args.check || args.diff)));
    let differs = args.check && done.written > 0;
    Ok(if differs { exit.max(Exit::Findings) } else { exit })
}

fn targets(args: &Args) -> Vec<TargetChoice> {
    let notation = match (args.minify, args.format.as_deref()) {
        (true, _) => Some(Notation::Minified),
        (_, Some("json")) => Some(Notation::Json),
        (_, Some(_)) => Some(Notation::Yaml),
        (_, None) => None,
    };
    chosen(&args.targets, notation, args.output.is_some())
}

/// The targets that were asked for; without a word about it CloudFormation, and Terraform too where `both`.
pub(super) fn chosen(asked: &[String], notation: Option<Notation>, both: bool) -> Vec<TargetChoice> {
    let is_asked = |name: &str| asked.iter().any(|target| target == name);
    let mut targets = Vec::new();
    if asked.is_empty() || is_asked("cloudformation") {
        targets.push(TargetChoice::CloudFormation(notation));
    }
    if is_asked("terraform") || (asked.is_empty() && both) {
        targets.push(TargetChoice::Terraform);
    }
    targets
}

/// What came of one profile.
struct Outcome {
    found: Found,
    result: Result<Effect, String>,
}

/// What happened to its files.
enum Effect {
    Nothing,
    Print { files: Vec<File>, manual: bool },
    Changed(String),
    Unchanged,
}

impl Run {
    /// Checks every profile, and does with the files what was asked.
    pub(super) fn go(&self, files: &[PathBuf], messages: &mut Messages) -> Result<(Exit, Done), Stop> {
        if let Some(Output::Write(dir)) = &self.output {
            output::sweep(dir);
        }
        let clashes = if files.len() > 1 { self.clashes(files) } else { HashMap::new() };
        let mut exit = Exit::Clean;
        let mut done = Done::default();
        let mut printed = Ok(());
        let work = |file: &PathBuf| self.one(file, clashes.get(file).map(Vec::as_slice).unwrap_or_default());
        parallel::ordered(files, self.jobs, work, |_, outcome| {
            done.profiles += 1;
            if outcome.found.findings.iter().any(|finding| finding.severity == Severity::Error) {
                exit = exit.max(Exit::Findings);
                done.failed += 1;
            }
            messages.profile(outcome.found);
            match outcome.result {
                Ok(Effect::Nothing) => {}
                Ok(Effect::Unchanged) => done.unchanged += 1,
                Ok(Effect::Changed(difference)) => {
                    done.written += 1;
                    printed = std::mem::replace(&mut printed, Ok(())).and_then(|()| super::print(&difference));
                }
                Ok(Effect::Print { files, manual }) => printed = print_files(files, manual, messages),
                Err(message) => {
                    exit = Exit::CouldNotRun;
                    done.failed += 1;
                    super::say(&format!("s3harden: {message}"));
                }
            }
        });
        printed.map(|()| (exit, done))
    }

    /// Profiles that claim a name or a bucket that an earlier one claims, found before anything is written.
    fn clashes(&self, files: &[PathBuf]) -> HashMap<PathBuf, Vec<Finding>> {
        let mut names: HashMap<String, &PathBuf> = HashMap::with_capacity(files.len());
        let mut buckets: HashMap<String, &PathBuf> = HashMap::with_capacity(files.len());
        let mut points: HashMap<PointIdentity, (&PathBuf, usize)> = HashMap::new();
        let mut clashes: HashMap<PathBuf, Vec<Finding>> = HashMap::new();
        let mut seen: Vec<(&PathBuf, Identity)> = Vec::with_capacity(files.len());
        let identify = |file: &PathBuf| inputs::read(file, &self.workspace).ok().as_ref().and_then(pipeline::identity);
        parallel::ordered(files, self.jobs, identify, |file, identity| seen.extend(identity.map(|identity| (file, identity))));
        let shown = |path: &Path| format!("`{}`", path.display());
        let mut both = |what, value: &str, one: (&PathBuf, DiagPath), other: (&PathBuf, DiagPath)| {
            for ((file, path), (of, _)) in [(&one, &other), (&other, &one)] {
                clashes.entry((*file).clone()).or_default().push(pipeline::clash(what, path.clone(), value, &shown(of)));
            }
        };
        let at = |what: &str| if what == "name" { path!["name"] } else { path!["bucket", "name"] };
        for (file, companion, other) in companions(&seen, &self.workspace) {
            both("bucket", &companion, (file, at("bucket")), (other, at("bucket")));
        }
        let of_run = run::all(&seen);
        for (file, Identity { name, bucket, points: own, .. }) in seen {
            let bucket = bucket.map(|bucket| ("bucket", bucket, &mut buckets));
            for (what, value, taken) in std::iter::once(("name", name, &mut names)).chain(bucket) {
                match taken.get(&value) {
                    Some(other) => both(what, &value, (other, at(what)), (file, at(what))),
                    None => drop(taken.insert(value, file)),
                }
            }
            for (number, point) in own.into_iter().enumerate() {
                let place = |number: usize| path!["access_points", "points", number, "name"];
                match points.get(&point) {
                    // Twice in one profile is a finding of that profile.
                    Some((other, first)) if *other != file => {
                        both("access point", &point.name, (other, place(*first)), (file, place(number)));
                    }
                    Some(_) => {}
                    None => drop(points.insert(point, (file, number))),
                }
            }
        }
        for (file, finding) in of_run {
            clashes.entry(file).or_default().push(finding);
        }
        clashes
    }

    fn one(&self, file: &Path, clashes: &[Finding]) -> Outcome {
        let source = match inputs::read(file, &self.workspace) {
            Ok(source) => source,
            Err(ReadError::Refused(refused)) => {
                let found = Found { source: Some(refused.source), tree: None, findings: vec![refused.finding] };
                return Outcome { found, result: Ok(Effect::Nothing) };
            }
            Err(error) => {
                let found = Found { source: None, tree: None, findings: Vec::new() };
                return Outcome { found, result: Err(error.to_string()) };
            }
        };
        let checked = pipeline::check_again(&source, &self.options, Some(&self.proved));
        let mut findings = checked.findings;
        let raised = clashes.iter().cloned().map(|mut finding| {
            if finding.severity >= self.options.deny {
                finding.severity = Severity::Error;
            }
            finding
        });
        let clashes: Vec<Finding> = raised.collect();
        let clashing = clashes.iter().any(|finding| finding.severity == Severity::Error);
        findings.extend(clashes);
        let accepted = checked.accepted.filter(|_| !clashing);
        let result = accepted.filter(|_| self.output.is_some()).map_or(Ok(Effect::Nothing), |accepted| {
            let files = pipeline::build(&accepted)
                .map_err(|error| format!("`{}`: {error}; this is a fault of s3harden, not of the profile", file.display()))?;
            self.put(accepted.plan.name.as_str(), accepted.manual, files)
        });
        Outcome { found: Found { source: Some(source), tree: checked.tree, findings }, result }
    }

    fn put(&self, name: &str, manual: bool, files: Vec<File>) -> Result<Effect, String> {
        let (dir, write) = match &self.output {
            None => return Ok(Effect::Nothing),
            Some(Output::Print) => return Ok(Effect::Print { files, manual }),
            Some(Output::Write(dir)) => (dir.join(name), true),
            Some(Output::Compare(dir)) => (dir.join(name), false),
        };
        let targets: Vec<&str> = self.options.targets.iter().map(|target| target.name()).collect();
        let failed = |error| format!("`{}` cannot be written: {error}", dir.display());
        let changes: Vec<Change> = output::changes(&dir, files, &targets).map_err(failed)?;
        if changes.is_empty() {
            return Ok(Effect::Unchanged);
        }
        if write {
            output::write(&dir, &changes).map_err(failed)?;
            return Ok(Effect::Changed(String::new()));
        }
        Ok(Effect::Changed(output::difference(&dir, &changes)))
    }
}

/// Profiles with a companion bucket that is another one's own bucket. Only where the names say so is a profile read for it.
fn companions<'f>(seen: &[(&'f PathBuf, Identity)], workspace: &Workspace) -> Vec<(&'f PathBuf, String, &'f PathBuf)> {
    let buckets: HashMap<&str, &PathBuf> = seen.iter().filter_map(|(file, identity)| Some((identity.bucket.as_deref()?, *file))).collect();
    let mut found = Vec::new();
    for (file, identity) in seen {
        let Some(Ok(own)) = identity.bucket.as_ref().map(|bucket| bucket.parse::<BucketName>()) else { continue };
        for (purpose, id) in [("logs", LOG_BUCKET), ("trail", TRAIL_BUCKET), ("config", CONFIG_BUCKET)] {
            let companion = own.companion(purpose, BucketName::MAX);
            let Some(other) = buckets.get(companion.as_str()) else { continue };
            let plan = inputs::read(file, workspace).ok().as_ref().and_then(pipeline::plan).map(|(_, plan)| plan);
            if plan.is_some_and(|plan| plan.buckets().any(|(resource, bucket)| resource.id == id && bucket.name == companion)) {
                found.push((*file, companion.to_string(), *other));
            }
        }
    }
    found
}

/// The files of one target as one document; the runbook is for people, so it is only announced.
fn print_files(files: Vec<File>, manual: bool, messages: &mut Messages) -> Result<(), Stop> {
    if manual {
        messages.note("there are manual steps: render to a directory with `-o DIR` for the runbook");
    }
    let texts: Vec<String> = files.into_iter().filter(|file| file.path != "RUNBOOK.md").map(|file| file.text).collect();
    super::print(&texts.join("\n"))
}

impl Done {
    fn summary(self, dir: &Path, compared: bool) -> String {
        let Self { profiles, failed, written, unchanged } = self;
        let of = if profiles == 1 { "1 profile".to_owned() } else { format!("{profiles} profiles") };
        let verb = if compared { "different" } else { "written" };
        format!("{of} in {}: {written} {verb}, {unchanged} unchanged, {failed} failed", dir.display())
    }
}
