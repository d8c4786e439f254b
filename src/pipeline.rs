//! The pipeline on one screen: text → profile → checked profile → plan → files.
//!
//! In: a source and what is asked for. Out: findings, and files where nothing is wrong. Never: a disk, a clock or a
//! thread; whoever calls brings the day and decides what happens to the files.

use crate::check::{self, Subject};
use crate::controls;
use crate::diag::{Code, Finding, Place, Severity};
use crate::inspect;
use crate::lower::{account, lower};
use crate::names::{BucketName, Date, Invalid};
use crate::plan::Plan;
use crate::profile::{self, AccountProfile, Profile, Targets, TemplateFormat, Waiver};
use crate::proofs::{self, Tally};
use crate::protect::monitoring::SINGLETONS;
use crate::protect::perimeter::{Output, Perimeter};
use crate::render::custom::Templates;
use crate::render::{self, File, Gap, Notation, RenderError, Target};
use crate::source::{Kind, Node, Source, Tree};
use crate::trials;
use crate::waivers;

mod across;

pub use across::{
    archive_elsewhere, archive_refuses, blocked_by_account, clash, no_archive, relies_on, shut_out, singleton_clash, too_many_trails,
};

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
    /// A stack set of CloudFormation.
    StackSet,
}

impl TargetChoice {
    /// The word for the command line and the name of the output directory.
    pub const fn name(self) -> &'static str {
        match self {
            Self::CloudFormation(_) => "cloudformation",
            Self::Terraform => "terraform",
            Self::StackSet => "stackset",
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
    /// What was decided and proved, where there is a plan.
    pub decided: Decided,
}

/// What was decided and proved of a profile.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Decided {
    /// The access tests that came out as expected.
    pub tests_passed: usize,
    /// Those that did not.
    pub tests_failed: usize,
    /// The guarantees.
    pub guarantees: Tally,
}

/// A profile in which nothing is wrong.
#[derive(Debug)]
pub struct Accepted {
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
    check_again(source, options, None)
}

/// The same in a run over many profiles, which share what was proved of buckets that are alike.
pub fn check_again(source: &Source, options: &Options, memo: Option<&proofs::Memo>) -> Checked {
    if profile::is_account(source) {
        return check_account(source, options);
    }
    let (profile, tree, mut findings) = Profile::load(source);
    let (Some(profile), Some(written)) = (profile, &tree) else {
        deny(&mut findings, options.deny);
        return Checked { tree, findings, accepted: None, decided: Decided::default() };
    };
    let subject = Subject { profile: &profile, tree: written, today: &options.today };
    findings.extend(check::all(&subject));
    if options.targets.contains(&TargetChoice::StackSet) {
        findings.extend(check::for_stack_set(&subject));
    }
    let plan = planned(lower(&profile), &mut findings);
    findings.extend(plan.iter().flat_map(inspect::all));
    let mut decided: Vec<Finding> = plan.iter().flat_map(|plan| trials::run(&profile, plan)).collect();
    decided.iter_mut().for_each(|finding| check::show_preset(&subject, finding));
    let is_test = |finding: &&Finding| matches!(finding.code, Code::AccessTestFailed | Code::AccessTestUnfit);
    let failed = decided.iter().filter(is_test).count();
    findings.extend(decided);
    let proved = plan.as_ref().map(|plan| proofs::run_again(&trials::bench(&profile, plan), plan, &profile.guarantees, memo));
    let (mut proved, guarantees) = proved.unwrap_or_default();
    proved.iter_mut().for_each(|finding| check::show_preset(&subject, finding));
    findings.extend(proved);
    findings.extend(plan.iter().flat_map(|plan| controls::run(&profile, plan)));
    let tests = if plan.is_some() { profile.tests.len() } else { 0 };
    let decided = Decided { tests_passed: tests.saturating_sub(failed), tests_failed: failed, guarantees };
    let said = Said { waivers: &profile.waivers, targets: &profile.targets };
    Checked { decided, ..finish(tree, findings, plan, said, options) }
}

/// The same for a profile of an account.
fn check_account(source: &Source, options: &Options) -> Checked {
    let (profile, tree, mut findings) = AccountProfile::load(source);
    let Some(profile) = profile else {
        deny(&mut findings, options.deny);
        return Checked { tree, findings, accepted: None, decided: Decided::default() };
    };
    findings.extend(check::all_of_account(&profile));
    if options.targets.contains(&TargetChoice::StackSet) {
        findings.extend(check::no_stack_set(&profile));
    }
    let plan = planned(account(&profile), &mut findings);
    findings.extend(plan.iter().flat_map(inspect::all));
    let proved = plan.as_ref().map(|plan| proofs::run(&trials::bench_of_account(&profile, plan), plan, &[]));
    let (proved, guarantees) = proved.unwrap_or_default();
    findings.extend(proved);
    let waivers: Vec<Waiver> = profile.waivers.iter().map(Waiver::from).collect();
    let said = Said { waivers: &waivers, targets: &profile.targets };
    Checked { decided: Decided { guarantees, ..Decided::default() }, ..finish(tree, findings, plan, said, options) }
}

fn planned(plan: Result<Plan, Invalid>, findings: &mut Vec<Finding>) -> Option<Plan> {
    plan.map_err(|invalid| findings.push(Finding::new(Code::BadName, Place::File, invalid.message).help(invalid.help))).ok()
}

/// What a profile of either kind says about findings and outputs.
#[derive(Clone, Copy, Debug)]
struct Said<'a> {
    waivers: &'a [Waiver],
    targets: &'a Targets,
}

/// What targets lack, waivers, and whether anything can be rendered.
fn finish(tree: Option<Tree>, mut findings: Vec<Finding>, plan: Option<Plan>, said: Said<'_>, options: &Options) -> Checked {
    let targets: Vec<Target> = options.targets.iter().map(|choice| target(said.targets, *choice)).collect();
    // The runbook is one file for every target: it does not change with what a run happens to render.
    let everywhere = [TargetChoice::CloudFormation(None), TargetChoice::Terraform].map(|choice| target(said.targets, choice));
    let gaps_of = |target: Target| plan.iter().flat_map(move |plan| render::gaps(plan, target)).map(move |gap| (target, gap));
    let gaps: Vec<(Target, Gap)> = everywhere.into_iter().flat_map(gaps_of).collect();
    let found = || gaps.iter().filter(|(of, _)| targets.iter().any(|target| target.is_like(*of))).map(|(_, gap)| gap);
    let incomplete = found().next().is_some();
    findings.extend(found().map(gap_finding));
    findings.extend(plan.iter().flat_map(|plan| targets.iter().flat_map(|target| render::unfit(plan, *target))));
    waivers::apply(&mut findings, said.waivers, &options.today);
    deny(&mut findings, options.deny);
    let stopped = findings.iter().any(|finding| finding.severity == Severity::Error);
    if stopped {
        // Nothing is rendered, so what only a rendering would lack is not worth a word, unless it is what stops it.
        let of_rendering = |code| matches!(code, Code::TargetGap | Code::TemplateNotInline | Code::NoTemplate);
        findings.retain(|finding| !of_rendering(finding.code) || finding.severity == Severity::Error);
    }
    let accepted = plan.filter(|_| !stopped).map(|plan| {
        let manual = !plan.steps.is_empty() || incomplete || targets.contains(&Target::StackSet);
        Accepted { plan, targets, manual, gaps: gaps.into_iter().map(|(_, gap)| gap).collect() }
    });
    Checked { tree, findings, accepted, decided: Decided::default() }
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

/// An account profile and its plan, likewise.
pub fn account_plan(source: &Source) -> Option<(AccountProfile, Plan)> {
    let profile = AccountProfile::load(source).0?;
    let plan = account(&profile).ok()?;
    Some((profile, plan))
}

/// The names of the access tests that a profile holds, in their order.
pub fn test_names(source: &Source) -> Vec<String> {
    let (profile, _, _) = Profile::load(source);
    profile.map(|profile| profile.tests.iter().map(|test| test.name.to_string()).collect()).unwrap_or_default()
}

/// The files of an accepted profile.
pub fn build(accepted: &Accepted) -> Result<Vec<File>, RenderError> {
    build_with(accepted, None)
}

/// The same with templates of others; what they render is compared with what the built-in ones would.
pub fn build_with(accepted: &Accepted, own: Option<&Templates>) -> Result<Vec<File>, RenderError> {
    let mut files = Vec::new();
    for target in &accepted.targets {
        files.extend(match own {
            Some(own) => own.render(&accepted.plan, *target)?,
            None => render::render(&accepted.plan, *target)?,
        });
    }
    files.extend(render::detached(&accepted.plan)?);
    files.extend(render::runbook(&accepted.plan, &accepted.gaps));
    Ok(files)
}

fn target(targets: &Targets, choice: TargetChoice) -> Target {
    match choice {
        TargetChoice::CloudFormation(Some(notation)) => Target::CloudFormation(notation),
        TargetChoice::CloudFormation(None) => Target::CloudFormation(match targets.cloudformation.format {
            TemplateFormat::Yaml => Notation::Yaml,
            TemplateFormat::Json => Notation::Json,
        }),
        TargetChoice::Terraform => Target::Terraform(match targets.terraform.provider {
            profile::Provider::V5 => render::Provider::V5,
            profile::Provider::V6 => render::Provider::V6,
        }),
        TargetChoice::StackSet => Target::StackSet,
    }
}

/// What custom templates rendered is not what the profile asks for.
pub fn unfaithful(error: &RenderError) -> Finding {
    Finding::new(Code::TemplateUnfaithful, Place::File, format!("the custom templates do not render the profile: {error}"))
        .help("custom templates add tags, comments and descriptions; what the built-in ones render stays in them as it is")
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
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Identity {
    /// The profile's name.
    pub name: String,
    /// The bucket's name; of an account profile that of its archive.
    pub bucket: Option<String>,
    /// Its access points, in their order.
    pub points: Vec<PointIdentity>,
    /// What it makes that exists once in an account and region.
    pub singletons: Vec<SingletonIdentity>,
    /// What it takes for granted of that kind.
    pub relies_on: Vec<SingletonIdentity>,
    /// Whether it makes a trail.
    pub makes_trail: bool,
    /// Its account and region, where it says them.
    pub home: (Option<String>, Option<String>),
    /// For a profile of an account: which.
    pub account: Option<AccountIdentity>,
    /// The bucket that its access logs go to, where the profile names one.
    pub logs_to: Option<String>,
    /// For a profile of an account: the buckets whose access logs its archive takes; all of the account's where none is named.
    pub takes_from: Option<Vec<String>>,
    /// For a profile of a bucket: whether its policy keeps statements of others.
    pub keeps: bool,
    /// For a profile of a bucket that everybody may reach: by which grant.
    pub opened: Option<Opened>,
    /// For a profile of an account: the perimeter, where a resource control policy holds it.
    pub perimeter: Option<Perimeter>,
}

/// An account, and whether its Block Public Access leaves public policies without effect.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct AccountIdentity {
    /// The account.
    pub account: String,
    /// Whether public policies are refused or have no effect.
    pub blocks_policies: bool,
}

/// A grant to everybody.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Opened {
    /// Its place among the grants.
    pub at: usize,
    /// The account of the bucket, where the profile says it.
    pub account: Option<String>,
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
    if profile::is_account(source) {
        return identity_of_account(source);
    }
    let tree = has_more(source).then(|| source.parse().0).flatten();
    let scalar = |tree: &Tree, keys: &[&str]| tree.get(keys).filter(|node| node.is_scalar()).map(|node| node.text().to_owned());
    let [name, bucket] = match &tree {
        Some(tree) => [scalar(tree, &["name"])?, scalar(tree, &["bucket", "name"])?],
        None => source.peek([&["name"], &["bucket", "name"]])?,
    };
    let mut identity = tree.as_ref().map(within_account).unwrap_or_default();
    identity.logs_to = identity.logs_to.map(|bucket| settled(source, bucket));
    (identity.name, identity.bucket) = (name, Some(settled(source, bucket)));
    identity.opened = source.text().contains("everyone").then(|| opened(source)).flatten();
    Some(identity)
}

/// The name of a bucket, with the account and region of the profile in their places.
fn settled(source: &Source, name: String) -> String {
    let Some(open) = name.parse::<BucketName>().ok().filter(BucketName::is_open) else { return name };
    let said = |key: &'static str| source.peek([&["bucket", key]]).map(|[text]| text);
    let account = said("account").and_then(|account| account.parse().ok());
    let region = said("region").and_then(|region| region.parse().ok());
    open.settled(account.as_ref(), region.as_ref()).to_string()
}

fn identity_of_account(source: &Source) -> Option<Identity> {
    let profile = AccountProfile::load(source).0?;
    let what = |place: &'static [&'static str], what: &'static str| SingletonIdentity {
        what,
        place,
        account: Some(profile.account.to_string()),
        region: Some(profile.region.to_string()),
    };
    let made = SINGLETONS.iter().filter(|(place, _)| profile.makes(place));
    let switches = profile.public_access.block.switches();
    Some(Identity {
        name: profile.name.to_string(),
        bucket: profile.logging.archive.as_ref().map(|archive| profile.settled(&archive.name).to_string()),
        singletons: made.map(|(place, words)| what(place, words)).collect(),
        makes_trail: profile.logging.cloudtrail.is_some(),
        takes_from: profile
            .logging
            .archive
            .as_ref()
            .map(|archive| archive.from.iter().map(|name| profile.settled(name).to_string()).collect()),
        home: (Some(profile.account.to_string()), Some(profile.region.to_string())),
        account: Some(AccountIdentity {
            account: profile.account.to_string(),
            blocks_policies: switches.public_policy || switches.restrict,
        }),
        perimeter: profile.perimeter.filter(|perimeter| perimeter.outputs.contains(&Output::Rcp)),
        ..Identity::default()
    })
}

/// The grant by which S3 calls the policy of a profile public, and whose account it is.
fn opened(source: &Source) -> Option<Opened> {
    let (profile, plan) = plan(source)?;
    let at = trials::public_grant(&plan, &trials::bench(&profile, &plan))?;
    Some(Opened { at, account: profile.bucket.account.as_ref().map(ToString::to_string) })
}

/// Whether a profile may have access points, or something that exists once in an account. Most have neither, and are not read as a
/// whole for that.
fn has_more(source: &Source) -> bool {
    let words = ["access_points", "monitoring", "cloudtrail", "regulated", "keep", "log-archive"];
    // Access logs matter to others where they go to a bucket that is named.
    let names_log_bucket = || source.text().split_once("server_access").is_some_and(|(_, behind)| behind.contains("to"));
    words.iter().any(|word| source.text().contains(word)) || names_log_bucket()
}

/// The access points of a profile, and what it makes or takes for granted that exists once.
fn within_account(profile: &Tree) -> Identity {
    let text = |keys: &[&str]| profile.get(keys).filter(|node| node.kind() == Kind::Text).map(|node| node.text().to_owned());
    let (account, region) = (text(&["bucket", "account"]), text(&["bucket", "region"]));
    let listed = profile.get(&["access_points", "points"]).filter(|points| points.kind() == Kind::List);
    let name = |point: Node<'_>| point.get("name").filter(|name| name.kind() == Kind::Text).map(|name| name.text().to_owned());
    let one = |point| PointIdentity { name: name(point).unwrap_or_default(), account: account.clone(), region: region.clone() };
    let points = listed.into_iter().flat_map(Node::children).map(one).collect();
    let is_there = |place: &[&str]| place.split_last().is_some_and(|(_, section)| profile.get(section).is_some());
    let there = SINGLETONS.iter().filter(|(place, _)| is_there(place));
    let (made, taken): (Vec<_>, Vec<_>) = there.partition(|(place, _)| text(place).as_deref() == Some("create"));
    let identities = |all: Vec<&'static (&'static [&'static str], &'static str)>| {
        let one = |(place, what): &'static (&'static [&'static str], &'static str)| SingletonIdentity {
            what,
            place,
            account: account.clone(),
            region: region.clone(),
        };
        all.into_iter().map(one).collect()
    };
    let logs_to = text(&["logging", "server_access", "to"]).filter(|to| !matches!(to.as_str(), "create" | "none"));
    let keeps = profile.get(&["bucket", "policy", "keep"]).is_some();
    let trail = text(&["logging", "cloudtrail", "trail"]);
    let by_preset = trail.is_none() && text(&["preset"]).as_deref() == Some("regulated");
    let makes_trail = by_preset || trail.as_deref() == Some("create");
    Identity {
        points,
        singletons: identities(made),
        relies_on: identities(taken),
        makes_trail,
        logs_to,
        keeps,
        home: (account, region),
        ..Identity::default()
    }
}
