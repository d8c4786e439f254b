//! The pipeline on one screen: text → profile → checked profile → plan → files.
//!
//! In: a source and what is asked for. Out: findings, and files where nothing is wrong. Never: a disk, a clock or a
//! thread; whoever calls brings the day and decides what happens to the files.

use crate::check::{self, Subject};
use crate::diag::{Code, Finding, Path, Place, Severity};
use crate::lower::lower;
use crate::names::Date;
use crate::plan::{Kind, Plan};
use crate::policy::Document;
use crate::profile::{self, Profile, TemplateFormat};
use crate::render::{self, File, Gap, Notation, RenderError, Target};
use crate::source::{Source, Tree};
use crate::waivers;

/// S3's limit on a bucket policy, in bytes.
const POLICY_LIMIT: usize = 20_480;

/// What is asked for beyond the profile itself.
#[derive(Clone, Debug)]
pub struct Options {
    /// The day on which waivers are judged.
    pub today: Date,
    /// Findings of this severity or above are errors.
    pub deny: Severity,
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
    /// The profile and its plan, where nothing is wrong.
    pub accepted: Option<(Profile, Plan)>,
}

/// Reads, checks and lowers a profile.
pub fn check(source: &Source, options: &Options) -> Checked {
    let (profile, tree, mut findings) = Profile::load(source);
    let (Some(profile), Some(written)) = (profile, &tree) else {
        deny(&mut findings, options.deny);
        return Checked { tree, findings, accepted: None };
    };
    findings.extend(check::all(&Subject { profile: &profile, tree: written }));
    let plan = match lower(&profile) {
        Ok(plan) => Some(plan),
        Err(invalid) => {
            findings.push(Finding::new(Code::BadName, Place::File, invalid.message).help(invalid.help));
            None
        }
    };
    findings.extend(plan.iter().flat_map(oversized));
    waivers::apply(&mut findings, &profile.waivers, &options.today);
    deny(&mut findings, options.deny);
    let stopped = findings.iter().any(|finding| finding.severity == Severity::Error);
    let accepted = plan.filter(|_| !stopped).map(|plan| (profile, plan));
    Checked { tree, findings, accepted }
}

/// Policies that S3 would refuse for their size.
fn oversized(plan: &Plan) -> Vec<Finding> {
    let size = |document: &Document| Some(document.size()).filter(|size| *size > POLICY_LIMIT);
    let policies = plan.resources.iter().filter_map(|resource| match &resource.kind {
        Kind::BucketPolicy { document, .. } => size(document).map(|size| (resource, size)),
        _ => None,
    });
    let finding = |(resource, size): (&crate::plan::Resource, usize)| {
        let message = format!("the policy `{}` can have {size} bytes, S3 takes {POLICY_LIMIT}", resource.id);
        Finding::new(Code::PolicyTooLarge, resource.origin.path.clone(), message)
            .help("move grants to access points, which have a policy each")
    };
    policies.map(finding).collect()
}

/// Raises findings, except those that a waiver accepts.
fn deny(findings: &mut [Finding], from: Severity) {
    for finding in findings.iter_mut().filter(|f| f.severity >= from && f.waived.is_none()) {
        finding.severity = Severity::Error;
    }
}

/// The files of an accepted profile, and findings about what the targets cannot express.
pub fn build(
    profile: &Profile,
    plan: &Plan,
    targets: &[TargetChoice],
    options: &Options,
) -> Result<(Vec<File>, Vec<Finding>), RenderError> {
    let mut files = Vec::new();
    let mut gaps = Vec::new();
    for choice in targets {
        let target = target(profile, *choice);
        files.extend(render::render(plan, target)?);
        gaps.extend(render::gaps(plan, target));
    }
    files.extend(render::runbook(plan, &gaps));
    let mut findings: Vec<_> = gaps.iter().map(gap_finding).collect();
    deny(&mut findings, options.deny);
    Ok((files, findings))
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
    let mut finding = Finding::new(Code::TargetGap, gap.step.path.clone(), gap.message.clone());
    if !gap.enforced_by_policy {
        finding.severity = Severity::Warning;
    }
    finding.help("the runbook has the command that sets it")
}

/// What a profile claims for itself in a run: the directory that it is written to, and its bucket.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Identity {
    /// The profile's name.
    pub name: String,
    /// The bucket's name.
    pub bucket: String,
}

/// The identity of a profile, as far as it is written well enough to tell.
pub fn identity(source: &Source) -> Option<Identity> {
    let [name, bucket] = source.peek([&["name"], &["bucket", "name"]])?;
    Some(Identity { name, bucket })
}

/// The finding for a profile that claims what another one claims too.
pub fn clash(what: &'static str, value: &str, other: &str) -> Finding {
    let path = if what == "name" { Path::from_pointer("/name") } else { Path::from_pointer("/bucket/name") };
    Finding::new(Code::NameClash, path, format!("`{value}` is also the {what} of {other}"))
        .help("give each profile a name and a bucket of its own, or render them to different directories")
}
