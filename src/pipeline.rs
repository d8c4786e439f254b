//! The pipeline on one screen: text → profile → checked profile → plan → files.
//!
//! In: a source and what is asked for. Out: findings, and files where nothing is wrong. Never: a disk, a clock or a
//! thread; whoever calls brings the day and decides what happens to the files.

use crate::check::{self, Subject};
use crate::controls;
use crate::diag::{Code, Finding, Path, Place, Severity};
use crate::inspect;
use crate::lower::lower;
use crate::names::Date;
use crate::plan::Plan;
use crate::profile::{self, Profile, TemplateFormat};
use crate::proofs;
use crate::protect::monitoring::SINGLETONS;
use crate::render::{self, File, Gap, Notation, RenderError, Target};
use crate::source::{Source, Tree};
use crate::trials;
use crate::waivers;

/// What is asked for beyond the profile itself.
#[derive(Clone, Debug)]
pub struct Options {
    /// The day on which waivers are judged.
    pub today: Date,
    /// Findings of this severity or above are errors.
    pub deny: Severity,
    /// What is rendered, or would be.
    pub targets: Vec<TargetChoice>,
}

/// What a target is asked for on the command line; the profile's `targets` say the rest.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum TargetChoice {
    /// CloudFormation, in the profile's notation unless another is given.
    CloudFormation(Option<Notation>),
    /// Terraform, for the profile's provider generation.
    Terraform,
}

impl TargetChoice {
    /// The word for the command line and the name of the output directory.
    pub const fn name(self) -> &'static str {
        match self {
            Self::CloudFormation(_) => "cloudformation",
            Self::Terraform => "terraform",
        }
    }
}

/// A profile after all that can be said about it without rendering.
#[derive(Debug)]
pub struct Checked {
    /// What was written, where it is YAML.
    pub tree: Option<Tree>,
    /// Everything that was found, waivers applied.
    pub findings: Vec<Finding>,
    /// What can be rendered, where nothing is wrong.
    pub accepted: Option<Accepted>,
}

/// A profile in which nothing is wrong.
#[derive(Debug)]
pub struct Accepted {
    /// The profile, complete.
    pub profile: Profile,
    /// What it becomes.
    pub plan: Plan,
    /// What is rendered.
    pub targets: Vec<Target>,
    /// Whether what is rendered here leaves something to do by hand.
    pub manual: bool,
    /// What some target cannot express, rendered here or not.
    pub gaps: Vec<Gap>,
}

/// Reads, checks and lowers a profile.
pub fn check(source: &Source, options: &Options) -> Checked {
    let (profile, tree, mut findings) = Profile::load(source);
    let (Some(profile), Some(written)) = (profile, &tree) else {
        deny(&mut findings, options.deny);
        return Checked { tree, findings, accepted: None };
    };
    let subject = Subject { profile: &profile, tree: written, today: &options.today };
    findings.extend(check::all(&subject));
    let plan = match lower(&profile) {
        Ok(plan) => Some(plan),
        Err(invalid) => {
            findings.push(Finding::new(Code::BadName, Place::File, invalid.message).help(invalid.help));
            None
        }
    };
    findings.extend(plan.iter().flat_map(inspect::all));
    let mut decided: Vec<Finding> = plan.iter().flat_map(|plan| trials::run(&profile, plan)).collect();
    decided.iter_mut().for_each(|finding| check::show_preset(&subject, finding));
    findings.extend(decided);
    let mut proved: Vec<Finding> = plan.iter().flat_map(|plan| proofs::run(&profile, plan)).collect();
    proved.iter_mut().for_each(|finding| check::show_preset(&subject, finding));
    findings.extend(proved);
    findings.extend(plan.iter().flat_map(|plan| controls::run(&profile, plan)));
    let targets: Vec<Target> = options.targets.iter().map(|choice| target(&profile, *choice)).collect();
    // The runbook is one file for every target: it does not change with what a run happens to render.
    let everywhere = [TargetChoice::CloudFormation(None), TargetChoice::Terraform].map(|choice| target(&profile, choice));
    let gaps_of = |target: Target| plan.iter().flat_map(move |plan| render::gaps(plan, target)).map(move |gap| (target.name(), gap));
    let gaps: Vec<(&str, Gap)> = everywhere.into_iter().flat_map(gaps_of).collect();
    let found = || gaps.iter().filter(|(name, _)| targets.iter().any(|target| target.name() == *name)).map(|(_, gap)| gap);
    let incomplete = found().next().is_some();
    findings.extend(found().map(gap_finding));
    waivers::apply(&mut findings, &profile.waivers, &options.today);
    deny(&mut findings, options.deny);
    let stopped = findings.iter().any(|finding| finding.severity == Severity::Error);
    if stopped {
        // Nothing is rendered, so what only a rendering would lack is not worth a word, unless it is what stops it.
        findings.retain(|finding| finding.code != Code::TargetGap || finding.severity == Severity::Error);
    }
    let accepted = plan.filter(|_| !stopped).map(|plan| {
        let manual = !plan.steps.is_empty() || incomplete;
        Accepted { profile, plan, targets, manual, gaps: gaps.into_iter().map(|(_, gap)| gap).collect() }
    });
    Checked { tree, findings, accepted }
}

/// Raises findings, except those that a waiver accepts.
fn deny(findings: &mut [Finding], from: Severity) {
    for finding in findings.iter_mut().filter(|f| f.severity >= from && f.waived.is_none()) {
        finding.severity = Severity::Error;
    }
}

/// A profile and its plan, wherever there is one: also where findings would keep it from being rendered.
pub fn plan(source: &Source) -> Option<(Profile, Plan)> {
    let profile = Profile::load(source).0?;
    let plan = lower(&profile).ok()?;
    Some((profile, plan))
}

/// The names of the access tests that a profile holds, in their order.
pub fn test_names(source: &Source) -> Vec<String> {
    let (profile, _, _) = Profile::load(source);
    profile.map(|profile| profile.tests.iter().map(|test| test.name.to_string()).collect()).unwrap_or_default()
}

/// The files of an accepted profile.
pub fn build(accepted: &Accepted) -> Result<Vec<File>, RenderError> {
    let mut files = Vec::new();
    for target in &accepted.targets {
        files.extend(render::render(&accepted.plan, *target)?);
    }
    files.extend(render::runbook(&accepted.plan, &accepted.gaps));
    Ok(files)
}

fn target(profile: &Profile, choice: TargetChoice) -> Target {
    match choice {
        TargetChoice::CloudFormation(Some(notation)) => Target::CloudFormation(notation),
        TargetChoice::CloudFormation(None) => Target::CloudFormation(match profile.targets.cloudformation.format {
            TemplateFormat::Yaml => Notation::Yaml,
            TemplateFormat::Json => Notation::Json,
        }),
        TargetChoice::Terraform => Target::Terraform(match profile.targets.terraform.provider {
            profile::Provider::V5 => render::Provider::V5,
            profile::Provider::V6 => render::Provider::V6,
        }),
    }
}

fn gap_finding(gap: &Gap) -> Finding {
    let finding = Finding::new(gap.code, gap.path.clone(), gap.message.clone());
    match gap.step {
        Some(_) => finding.help("the runbook has the command that sets it"),
        None if gap.code == Code::KeepNotExpressible => {
            finding.help("leave CloudFormation out with `--target terraform`, or write the statements into the profile")
        }
        None => finding.help("use `targets: {terraform: {provider: 6}}`, or leave Terraform out with `--target cloudformation`"),
    }
}

/// What a profile claims for itself in a run: the directory that it is written to, its bucket, its access points.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Identity {
    /// The profile's name.
    pub name: String,
    /// The bucket's name.
    pub bucket: String,
    /// Its access points, in their order.
    pub points: Vec<PointIdentity>,
    /// What it makes that exists once in an account and region.
    pub singletons: Vec<SingletonIdentity>,
}

/// Something that exists once in an account and region, where the profile says which.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub struct SingletonIdentity {
    /// What it is.
    pub what: &'static str,
    /// Where the profile asks for it.
    pub place: &'static [&'static str],
    /// The account; without it, the one that is deployed to.
    pub account: Option<String>,
    /// The region; without it, the one that is deployed to.
    pub region: Option<String>,
}

/// An access point, as unique as AWS wants it: by its name in an account and region, where the profile says them.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub struct PointIdentity {
    /// The name.
    pub name: String,
    /// The account; without it, the one that is deployed to.
    pub account: Option<String>,
    /// The region; without it, the one that is deployed to.
    pub region: Option<String>,
}

/// The identity of a profile, as far as it is written well enough to tell.
pub fn identity(source: &Source) -> Option<Identity> {
    let [name, bucket] = source.peek([&["name"], &["bucket", "name"]])?;
    let (points, singletons) = within_account(source).unwrap_or_default();
    Some(Identity { name, bucket, points, singletons })
}

/// The access points of a profile, and what it makes that exists once. Most have neither, and are not read as a whole
/// for that.
fn within_account(source: &Source) -> Option<(Vec<PointIdentity>, Vec<SingletonIdentity>)> {
    if !["access_points", "monitoring"].iter().any(|word| source.text().contains(word)) {
        return None;
    }
    let profile = source.parse().0?.to_value();
    let text = |pointer: &str| profile.pointer(pointer).and_then(|value| value.as_str()).map(str::to_owned);
    let (account, region) = (text("/bucket/account"), text("/bucket/region"));
    let listed = profile.pointer("/access_points/points").and_then(|points| points.as_array()).into_iter().flatten();
    let name = |point: &serde_json::Value| point.get("name").and_then(|name| name.as_str()).unwrap_or_default().to_owned();
    let points = listed.map(|point| PointIdentity { name: name(point), account: account.clone(), region: region.clone() }).collect();
    let made = SINGLETONS.iter().filter(|(place, _)| text(&format!("/{}", place.join("/"))).as_deref() == Some("create"));
    let singletons =
        made.map(|(place, what)| SingletonIdentity { what, place, account: account.clone(), region: region.clone() }).collect();
    Some((points, singletons))
}

/// The finding for a profile that claims what another one claims too.
pub fn clash(what: &'static str, path: Path, value: &str, other: &str) -> Finding {
    Finding::new(Code::NameClash, path, format!("`{value}` is also the {what} of {other}"))
        .help("give each profile a name, a bucket and access points of its own")
}

/// The finding for a profile that makes something that exists once, and that another one makes too.
pub fn singleton_clash(singleton: &SingletonIdentity, other: &str) -> Finding {
    let path = singleton.place.iter().fold(Path::root(), |path, step| path.then(*step));
    Finding::new(
        Code::SingletonClash,
        path,
        format!("{} is also made by {other}, and there is one in an account and region", singleton.what),
    )
    .help("let one profile say `create`, and the others `existing`")
}
