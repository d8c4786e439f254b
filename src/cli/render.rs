//! `s3harden render`: check profiles and write what they become.

mod run;

use std::collections::HashMap;
use std::path::{Path, PathBuf};

use super::fleet::{Digests, FleetArgs, Line};
use super::inputs::{self, Inputs};
use super::messages::{Found, MessageArgs, Messages};
use super::output::{self, Change};
use super::{Exit, Judging, Stop, parallel, templates, watch};
use crate::diag::{Finding, Severity};
use crate::pipeline::{self, Checked, Decided, Options, TargetChoice};
use crate::plan;
use crate::proofs::Memo;
use crate::render::custom::Templates;
use crate::render::{File, Notation};
use crate::source::{ReadError, Source, Workspace};

#[derive(Debug, clap::Args)]
#[command(after_help = "Examples:
  s3harden render profile.yaml                 the CloudFormation template, to standard output
  s3harden render -t terraform profile.yaml    the Terraform module, to standard output
  s3harden render -o out profiles/             both, for every profile, to out/NAME/
  s3harden render -o out --check profiles/     in CI: fail where out/ is not what would be written
  s3harden render -o out --watch profiles/     again and again, while you write
  s3harden render -o out --summary ndjson --shard 2/8 profiles/
                                               the second of eight jobs, and a line of JSON for each of its profiles")]
pub(super) struct Args {
    #[command(flatten)]
    inputs: Inputs,
    /// What to render; repeatable. Without it: CloudFormation and Terraform to a directory, CloudFormation to standard output.
    #[arg(short, long = "target", value_name = "TARGET", value_parser = ["cloudformation", "terraform", "stackset"])]
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
    /// Templates in the place of built-in ones, each called after the one that it replaces: DIR/terraform/bucket.tf.
    #[arg(long, value_name = "DIR")]
    templates: Option<PathBuf>,
    /// Render again whenever a profile or a base of one changes, until it is interrupted.
    #[arg(long, requires = "output", conflicts_with_all = ["check", "diff"])]
    watch: bool,
    #[command(flatten)]
    fleet: FleetArgs,
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
    /// Which of the profiles it is about, and what is said of each.
    pub(super) fleet: FleetArgs,
    /// What is rendered with, where it is not the built-in templates.
    pub(super) templates: Option<Templates>,
}

/// What was done, for the summary.
#[derive(Clone, Debug, Default)]
pub(super) struct Done {
    /// What of the profiles is billed by use, and how often.
    costs: Vec<(&'static str, usize)>,
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
    if args.watch { watch::run(&args.inputs, args.templates.as_deref(), || once(args)) } else { once(args) }
}

fn once(args: &Args) -> Result<Exit, Stop> {
    let workspace = args.inputs.values.workspace()?;
    let files = args.inputs.files(&workspace)?;
    let targets = targets(args);
    let output = match &args.output {
        None if files.len() > 1 => return Err(Stop::usage("several profiles need an output directory: add `-o DIR`")),
        None if targets.len() > 1 => return Err(Stop::usage("several targets need an output directory: add `-o DIR`")),
        None if args.fleet.lines() => return Err(Stop::usage("`--summary ndjson` needs an output directory: add `-o DIR`")),
        None => Output::Print,
        Some(dir) if args.check || args.diff => Output::Compare(dir.clone()),
        Some(dir) => Output::Write(dir.clone()),
    };
    let mut messages = Messages::new(&args.messages, files.len());
    let templates = match &args.templates {
        None => None,
        Some(dir) => match templates::read(dir)? {
            Ok(templates) => Some(templates),
            Err(found) => {
                found.into_iter().for_each(|found| messages.profile(found));
                messages.finish(None);
                return Ok(Exit::Findings);
            }
        },
    };
    let run = Run {
        options: args.judging.options(targets),
        workspace,
        jobs: args.inputs.jobs,
        proved: Memo::default(),
        output: Some(output),
        fleet: args.fleet.clone(),
        templates,
    };
    let (exit, done) = run.go(&files, &mut messages)?;
    let differs = args.check && done.written > 0;
    messages.finish(args.output.as_deref().map(|dir| done.summary(dir, args.check || args.diff)));
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
    if is_asked("stackset") {
        targets.push(TargetChoice::StackSet);
    }
    targets
}

/// So many profiles are taken together. What a profile goes through is more code than the caches nearest to a processor hold.
const AT_ONCE: usize = 8;

/// A profile that was read and checked.
struct Looked<'f> {
    file: &'f Path,
    source: Source,
    checked: Checked,
}

/// The same with its files, where there are any.
struct Built<'f> {
    looked: Looked<'f>,
    files: Result<Option<Vec<File>>, String>,
}

/// What came of one profile.
struct Outcome {
    found: Found,
    costs: Vec<(&'static str, usize)>,
    /// What is said of it on standard output, where that is asked for.
    line: Option<Line>,
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
    ///
    /// What profiles claim is compared across `all`, of which this run may be a part.
    pub(super) fn go(&self, all: &[PathBuf], messages: &mut Messages) -> Result<(Exit, Done), Stop> {
        let files = &self.fleet.chosen(all);
        if let Some(Output::Write(dir)) = &self.output {
            output::sweep(dir);
        }
        let clashes = if all.len() > 1 { run::clashes(all, self.jobs, &self.workspace) } else { HashMap::new() };
        let mut exit = Exit::Clean;
        let mut done = Done::default();
        let mut printed = Ok(());
        // Of few profiles each thread has one at a time: any of them could take long.
        let some: Vec<&[PathBuf]> = files.chunks((files.len() / (4 * self.jobs.max(1))).clamp(1, AT_ONCE)).collect();
        let work = |some: &&[PathBuf]| self.some(some, &clashes);
        let mut take = |outcome: Outcome| {
            done.profiles += 1;
            if outcome.found.findings.iter().any(|finding| finding.severity == Severity::Error) {
                exit = exit.max(Exit::Findings);
                done.failed += 1;
            }
            messages.tick(done.profiles);
            if let Some(line) = &outcome.line {
                messages.clear();
                printed = std::mem::replace(&mut printed, Ok(())).and_then(|()| line.print());
            }
            messages.profile(outcome.found);
            done.costs.extend(outcome.costs);
            match outcome.result {
                Ok(Effect::Nothing) => {}
                Ok(Effect::Unchanged) => done.unchanged += 1,
                Ok(Effect::Changed(difference)) => {
                    done.written += 1;
                    messages.clear();
                    printed = std::mem::replace(&mut printed, Ok(())).and_then(|()| super::print(&difference));
                }
                Ok(Effect::Print { files, manual }) => printed = print_files(files, manual, messages),
                Err(message) => {
                    exit = Exit::CouldNotRun;
                    done.failed += 1;
                    messages.clear();
                    super::say(&format!("s3harden: {message}"));
                }
            }
        };
        parallel::ordered(&some, self.jobs, work, |_, outcomes| outcomes.into_iter().for_each(&mut take));
        printed.map(|()| (exit, done))
    }

    /// A few profiles, all of them checked before the first one is rendered and rendered before the first one is written: what does
    /// the one thing stays at hand.
    fn some(&self, files: &[PathBuf], clashes: &HashMap<PathBuf, Vec<Finding>>) -> Vec<Outcome> {
        let of = |file: &PathBuf| clashes.get(file).map(Vec::as_slice).unwrap_or_default();
        let looked: Vec<_> = files.iter().map(|file| self.look(file, of(file))).collect();
        let built: Vec<_> = looked.into_iter().map(|looked| looked.map(|looked| self.build(looked))).collect();
        built.into_iter().map(|built| built.map_or_else(|outcome| *outcome, |built| self.finish(built))).collect()
    }

    /// Reads and checks a profile; what came of it, where it cannot be read.
    fn look<'f>(&self, file: &'f Path, clashes: &[Finding]) -> Result<Looked<'f>, Box<Outcome>> {
        let lines = self.fleet.lines();
        let source = match inputs::read(file, &self.workspace) {
            Ok(source) => source,
            Err(ReadError::Refused(refused)) => {
                let found = Found { source: Some(refused.source), tree: None, findings: vec![refused.finding] };
                let line = lines.then(|| Line::new(file, None, &found.findings, Decided::default()));
                return Err(Box::new(Outcome { found, costs: Vec::new(), line, result: Ok(Effect::Nothing) }));
            }
            Err(error) => {
                let found = Found { source: None, tree: None, findings: Vec::new() };
                let error = error.to_string();
                let line = lines.then(|| Line::new(file, None, &[], Decided::default()).failed(&error));
                return Err(Box::new(Outcome { found, costs: Vec::new(), line, result: Err(error) }));
            }
        };
        let mut checked = pipeline::check_again(&source, &self.options, Some(&self.proved));
        let raised = clashes.iter().cloned().map(|mut finding| {
            if finding.severity >= self.options.deny {
                finding.severity = Severity::Error;
            }
            finding
        });
        let clashes: Vec<Finding> = raised.collect();
        if clashes.iter().any(|finding| finding.severity == Severity::Error) {
            checked.accepted = None;
        }
        checked.findings.extend(clashes);
        Ok(Looked { file, source, checked })
    }

    /// The files of a profile in which nothing is wrong, where any are asked for.
    fn build<'f>(&self, mut looked: Looked<'f>) -> Built<'f> {
        let accepted = looked.checked.accepted.as_ref().filter(|_| self.output.is_some());
        let files = match accepted.map(|accepted| (pipeline::build_with(accepted, self.templates.as_ref()), &self.templates)) {
            None => Ok(None),
            Some((Ok(files), _)) => Ok(Some(files)),
            Some((Err(error), Some(_))) => {
                looked.checked.findings.push(pipeline::unfaithful(&error));
                Ok(None)
            }
            Some((Err(error), None)) => {
                Err(format!("`{}`: {error}; this is a fault of s3harden, not of the profile", looked.file.display()))
            }
        };
        Built { looked, files }
    }

    /// Writes the files, and says what came of the profile.
    fn finish(&self, Built { looked, files }: Built<'_>) -> Outcome {
        let Looked { file, source, checked } = looked;
        let lines = self.fleet.lines();
        let of_plan = checked.accepted.iter().flat_map(|accepted| plan::costs(&accepted.plan));
        let costs = of_plan.map(|cost| (cost.driver.name, cost.times)).collect();
        let mut outputs = Vec::new();
        let result = files.and_then(|files| match files.zip(checked.accepted.as_ref()) {
            None => Ok(Effect::Nothing),
            Some((files, accepted)) => {
                let digests = lines.then(|| Digests::of(&files));
                self.put(accepted.plan.name.as_str(), accepted.manual, files, |changes, write| {
                    outputs.extend(digests.map(|digests| digests.with(changes, write)).unwrap_or_default());
                })
            }
        });
        let line = lines.then(|| {
            let line = Line::new(file, checked.tree.as_ref(), &checked.findings, checked.decided);
            match &result {
                Err(error) => line.failed(error),
                Ok(_) => line.outputs(outputs),
            }
        });
        Outcome { found: Found { source: Some(source), tree: checked.tree, findings: checked.findings }, costs, line, result }
    }

    /// Does with the files what was asked, and tells `said` which of them changed, or would have.
    fn put(&self, name: &str, manual: bool, files: Vec<File>, said: impl FnOnce(&[Change], bool)) -> Result<Effect, String> {
        let (dir, write) = match &self.output {
            None => return Ok(Effect::Nothing),
            Some(Output::Print) => return Ok(Effect::Print { files, manual }),
            Some(Output::Write(dir)) => (dir.join(name), true),
            Some(Output::Compare(dir)) => (dir.join(name), false),
        };
        let targets: Vec<&str> = self.options.targets.iter().map(|target| target.name()).collect();
        let failed = |error| format!("`{}` cannot be written: {error}", dir.display());
        let is_there = dir.try_exists().map_err(failed)?;
        let changes: Vec<Change> = output::changes(&dir, is_there, files, &targets).map_err(failed)?;
        if write {
            output::write(&dir, is_there, &changes).map_err(failed)?;
        }
        said(&changes, write);
        Ok(match changes.is_empty() {
            true => Effect::Unchanged,
            // Where standard output has lines about profiles, they say what differs.
            false if write || self.fleet.lines() => Effect::Changed(String::new()),
            false => Effect::Changed(output::difference(&dir, &changes)),
        })
    }
}

/// The files of one target as one document; the runbook is for people, so it is only announced.
fn print_files(files: Vec<File>, manual: bool, messages: &mut Messages) -> Result<(), Stop> {
    if manual {
        messages.note("there are manual steps: render to a directory with `-o DIR` for the runbook");
    }
    let of_target = |file: &File| !file.path.ends_with("RUNBOOK.md") && !file.path.starts_with("perimeter/");
    let texts: Vec<String> = files.into_iter().filter(of_target).map(|file| file.text).collect();
    super::print(&texts.join("\n"))
}

impl Done {
    fn summary(self, dir: &Path, compared: bool) -> String {
        let Self { costs, profiles, failed, written, unchanged } = self;
        let of = if profiles == 1 { "1 profile".to_owned() } else { format!("{profiles} profiles") };
        let verb = if compared { "different" } else { "written" };
        let summary = format!("{of} in {}: {written} {verb}, {unchanged} unchanged, {failed} failed", dir.display());
        match plan::summed(costs) {
            none if none.is_empty() => summary,
            costs => format!("{summary}\nbilled by use: {costs}; `s3harden explain costs` says by what"),
        }
    }
}
