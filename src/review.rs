//! The report of a profile: everything that a reviewer asks of it, as one value, and its renderings.
//!
//! In: a plan, what was decided and proved of it, and findings. Out: a [`Review`], which JSON, Markdown and HTML only
//! spell. Never: the text of the profile, a clock, or a decision that the evaluator did not make.

use serde::Serialize;

use crate::claim::AccessTest;
use crate::diag::{Finding, Place};
use crate::expr::Expr;
use crate::names::Date;
use crate::plan::{self, Plan, Step, When};
use crate::profile::{AccountProfile, AskedGuarantee, Framework, Profile};
use crate::proofs::{self, Verdict};
use crate::trials;
use crate::verify::access_tests::Bench;
use crate::verify::prove;

mod drawing;
mod evidence;
mod html;
mod markdown;
mod matrix;
mod picture;
mod protections;

pub use evidence::{Control, Controls};
pub use html::render as html;
pub use markdown::render as markdown;
pub use matrix::{Cell, Decided, Matrix, Part, Row};
pub use picture::{Beside, Path, Picture, Purpose};
pub use protections::{Bucket, Made, Policy, Setting, Statement};

/// The version of the report as JSON: it grows when a key changes its meaning or goes away, and not when one is added.
pub const VERSION: u32 = 1;

/// A profile that a report is about.
#[derive(Clone, Copy, Debug)]
pub enum Subject<'a> {
    /// Of a bucket.
    Bucket(&'a Profile),
    /// Of an account.
    Account(&'a AccountProfile),
}

impl<'a> Subject<'a> {
    const fn kind(self) -> &'static str {
        match self {
            Self::Bucket(_) => "bucket",
            Self::Account(_) => "account",
        }
    }

    fn account(self) -> Option<&'a str> {
        match self {
            Self::Bucket(profile) => profile.bucket.account.as_ref().map(|account| account.as_str()),
            Self::Account(profile) => Some(profile.account.as_str()),
        }
    }

    fn region(self) -> Option<String> {
        match self {
            Self::Bucket(profile) => profile.bucket.region.as_ref().map(ToString::to_string),
            Self::Account(profile) => Some(profile.region.to_string()),
        }
    }

    fn owner(self) -> Option<String> {
        let owner = match self {
            Self::Bucket(profile) => &profile.owner,
            Self::Account(profile) => &profile.owner,
        };
        owner.as_ref().map(ToString::to_string)
    }

    fn bench(self, plan: &'a Plan) -> Bench<'a> {
        match self {
            Self::Bucket(profile) => trials::bench(profile, plan),
            Self::Account(profile) => trials::bench_of_account(profile, plan),
        }
    }

    fn tests(self) -> &'a [AccessTest] {
        match self {
            Self::Bucket(profile) => &profile.tests,
            Self::Account(_) => &[],
        }
    }

    fn guarantees(self) -> &'a [AskedGuarantee] {
        match self {
            Self::Bucket(profile) => &profile.guarantees,
            Self::Account(_) => &[],
        }
    }

    fn waivers(self) -> Vec<crate::profile::Waiver> {
        match self {
            Self::Bucket(profile) => profile.waivers.clone(),
            Self::Account(profile) => profile.waivers.iter().map(crate::profile::Waiver::from).collect(),
        }
    }

    /// The frameworks that it is held to.
    fn frameworks(self) -> &'a [Framework] {
        match self {
            Self::Bucket(profile) => &profile.controls,
            Self::Account(_) => &[],
        }
    }
}

/// What is asked of a report beyond the profile.
#[derive(Clone, Debug, Default)]
pub struct Extra<'a> {
    /// Steps that the targets add to the plan's own.
    pub steps: &'a [Step],
    /// The day on which waivers are judged, where one was asked for.
    pub as_of: Option<&'a Date>,
    /// Frameworks to show beside those that the profile is held to.
    pub frameworks: &'a [Framework],
}

/// What a profile becomes and what is known of it.
#[derive(Clone, Debug, Serialize)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
pub struct Review {
    /// The version of this shape.
    pub report: u32,
    /// The profile's name.
    pub profile: String,
    /// What it is about: a `bucket`, or an `account`.
    pub kind: &'static str,
    /// What it is for.
    pub description: Option<String>,
    /// Who answers for it.
    pub owner: Option<String>,
    /// The account that it is deployed to, where the profile says it.
    pub account: Option<String>,
    /// The region, likewise.
    pub region: Option<String>,
    /// The day on which waivers are judged, where one was asked for.
    pub as_of: Option<String>,
    /// The paths to the buckets.
    pub picture: Picture,
    /// The buckets, each with its settings and its policy.
    pub buckets: Vec<Bucket>,
    /// The policies of everything else.
    pub policies: Vec<Policy>,
    /// What else is made.
    pub resources: Vec<Made>,
    /// What is billed by use.
    pub costs: Vec<Billed>,
    /// Who may do what from where, one table for each way to the bucket.
    pub access: Vec<Matrix>,
    /// What is taken for granted in these tables.
    pub access_assumed: Vec<String>,
    /// What the tables leave out, and why.
    pub access_left_out: Vec<String>,
    /// What is promised of all requests.
    pub guarantees: Vec<Guarantee>,
    /// What every proof takes for granted.
    pub guarantees_assumed: &'static [&'static str],
    /// What frameworks ask for, and what meets it.
    pub controls: Vec<Controls>,
    /// The requests that the profile's author wrote down.
    pub tests: Vec<Test>,
    /// Risks that are accepted.
    pub waivers: Vec<Waiver>,
    /// Everything that was found.
    pub findings: Vec<Found>,
    /// What no template can do.
    pub runbook: Vec<Manual>,
}

/// Something that is billed by use.
#[derive(Clone, Debug, Serialize)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
pub struct Billed {
    /// Its name.
    pub name: &'static str,
    /// What is billed.
    pub what: &'static str,
    /// What is counted.
    pub per: &'static str,
    /// How many resources bring it.
    pub times: usize,
    /// What in the profile asks for it.
    pub origin: String,
}

/// A promise, and what became of it.
#[derive(Clone, Debug, Serialize)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
pub struct Guarantee {
    /// Its name.
    pub name: &'static str,
    /// The bucket.
    pub bucket: String,
    /// `proved`, `refuted` or `unknown`.
    pub result: &'static str,
    /// Why it is not proved.
    pub reason: Option<String>,
    /// The statements that it fails by.
    pub statements: Vec<String>,
    /// Whom it leaves out, and why.
    pub exceptions: Vec<String>,
    /// What in the profile makes it.
    pub origin: String,
}

/// An access test and its result.
#[derive(Clone, Debug, Serialize)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
pub struct Test {
    /// What is tested.
    pub name: String,
    /// The request, in words.
    pub request: String,
    /// The decision that is expected.
    pub expected: String,
    /// The decision, in words.
    pub decided: String,
    /// Whether they agree.
    pub passed: bool,
}

/// A risk that somebody accepts.
#[derive(Clone, Debug, Serialize)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
pub struct Waiver {
    /// The finding.
    pub finding: String,
    /// Why it is accepted.
    pub reason: String,
    /// The last day.
    pub until: String,
    /// By whom.
    pub by: Option<String>,
}

/// A finding.
#[derive(Clone, Debug, Serialize)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
pub struct Found {
    /// Its name.
    pub code: &'static str,
    /// How much it weighs.
    pub severity: &'static str,
    /// What was found.
    pub message: String,
    /// Where, as a JSON pointer into the profile.
    pub origin: Option<String>,
    /// What to do about it.
    pub help: Vec<String>,
    /// Why it is accepted, where it is.
    pub waived: Option<String>,
}

/// A step that no template can do.
#[derive(Clone, Debug, Serialize)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
pub struct Manual {
    /// What is done.
    pub title: String,
    /// Why no template does it.
    pub why: String,
    /// `before` or `after` the deployment.
    pub when: &'static str,
    /// The commands.
    pub commands: Vec<String>,
    /// What shows that it worked.
    pub verify: Vec<String>,
    /// What that must show.
    pub expect: String,
    /// What in the profile asks for it.
    pub origin: String,
}

impl Review {
    /// The review of a plan.
    pub fn new(subject: Subject<'_>, plan: &Plan, findings: &[Finding], extra: &Extra<'_>) -> Self {
        let bench = subject.bench(plan);
        let text = |expr: &Expr| bench.text(expr).unwrap_or_else(|| expr.to_string());
        let (buckets, policies, resources) = protections::all(plan, &text);
        let access = matrix::all(plan, &bench);
        let picture = picture::draw(plan, &access, &proofs::deliveries(&bench, plan), subject.account(), &text);
        let mut manual: Vec<&Step> = plan.steps.iter().chain(extra.steps).collect();
        manual.sort_by_key(|step| step.when);
        Self {
            report: VERSION,
            profile: plan.name.to_string(),
            kind: subject.kind(),
            description: plan.description.as_ref().map(ToString::to_string),
            owner: subject.owner(),
            account: subject.account().map(str::to_owned),
            region: subject.region(),
            as_of: extra.as_of.map(ToString::to_string),
            picture,
            buckets,
            policies,
            resources,
            costs: plan::costs(plan).into_iter().map(billed).collect(),
            access_assumed: if access.tables.is_empty() { Vec::new() } else { matrix::assumed() },
            access: access.tables,
            access_left_out: access.left_out,
            guarantees: proofs::prove(&bench, plan, subject.guarantees()).into_iter().map(guarantee).collect(),
            guarantees_assumed: prove::ASSUMED,
            controls: evidence::all(subject, plan, extra.frameworks),
            tests: subject.tests().iter().enumerate().map(|(at, one)| test(at, one, &bench)).collect(),
            waivers: subject.waivers().iter().map(waiver).collect(),
            findings: findings.iter().map(found).collect(),
            runbook: manual.into_iter().map(step).collect(),
        }
    }

    /// The review as JSON, in the shape that `schemas/report.schema.json` describes.
    pub fn json(&self) -> serde_json::Result<String> {
        serde_json::to_string_pretty(self).map(|text| text + "\n")
    }
}

fn guarantee(proof: proofs::Proof<'_>) -> Guarantee {
    Guarantee {
        name: proof.guarantee,
        bucket: proof.bucket.to_string(),
        result: proof.verdict.name(),
        reason: match proof.verdict {
            Verdict::Proved => None,
            Verdict::Refuted { words, .. } => Some(words),
            Verdict::Unknown(why) => Some(format!("it depends on {why}")),
            Verdict::Disagreement(what) => Some(format!("internal error: {what}")),
        },
        statements: proof.statements,
        exceptions: proof.exceptions,
        origin: proof.path.to_string(),
    }
}

fn test(at: usize, test: &AccessTest, bench: &Bench<'_>) -> Test {
    let failure = trials::failure(at, test, bench);
    let decided = bench.decide(&test.request).map(|trial| trials::sentence(&trial));
    Test {
        name: test.name.to_string(),
        request: trials::describe(&test.request),
        expected: trials::expected(&test.expect),
        decided: decided.unwrap_or_else(|_| failure.as_ref().map(|finding| finding.message.clone()).unwrap_or_default()),
        passed: failure.is_none(),
    }
}

fn billed(cost: plan::Cost) -> Billed {
    Billed { name: cost.driver.name, what: cost.driver.what, per: cost.driver.per, times: cost.times, origin: cost.path.to_string() }
}

fn waiver(waiver: &crate::profile::Waiver) -> Waiver {
    Waiver {
        finding: waiver.finding.clone().or_else(|| waiver.control.clone()).unwrap_or_default(),
        reason: waiver.reason.to_string(),
        until: waiver.until.to_string(),
        by: waiver.by.as_ref().map(ToString::to_string),
    }
}

fn found(finding: &Finding) -> Found {
    Found {
        code: finding.code.name(),
        severity: finding.severity.name(),
        message: finding.message.clone(),
        origin: match &finding.place {
            Place::Key(path) | Place::Value(path) => Some(path.to_string()),
            Place::File | Place::Bytes(_) => None,
        },
        help: finding.help.clone(),
        waived: finding.waived.clone(),
    }
}

fn step(step: &Step) -> Manual {
    Manual {
        title: step.title.clone(),
        why: step.why.clone(),
        when: match step.when {
            When::Before => "before",
            When::After => "after",
        },
        commands: step.commands.clone(),
        verify: step.verify.clone(),
        expect: step.expect.clone(),
        origin: step.path.to_string(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Names what is described, and leaves out what only Rust knows.
    fn schema() -> serde_json::Value {
        let settings = schemars::generate::SchemaSettings::draft2020_12().for_serialize();
        let mut schema = settings.into_generator().into_root_schema_for::<Review>().to_value();
        let own = [
            ("$id", "urn:s3harden:report".into()),
            ("title", "s3harden report".into()),
            ("description", "What `s3harden report --format json` prints of a profile. Keys may be added within a version.".into()),
        ];
        if let Some(object) = schema.as_object_mut() {
            own.into_iter().for_each(|(key, value): (&str, serde_json::Value)| {
                object.insert(key.to_owned(), value);
            });
        }
        fn plain(value: &mut serde_json::Value) {
            match value {
                serde_json::Value::Object(object) => {
                    for format in ["uint", "uint32"] {
                        if object.get("format").and_then(|own| own.as_str()) == Some(format) {
                            object.remove("format");
                        }
                    }
                    object.values_mut().for_each(plain);
                }
                serde_json::Value::Array(all) => all.iter_mut().for_each(plain),
                _ => {}
            }
        }
        plain(&mut schema);
        if let Some(version) = schema.pointer_mut("/properties/report").and_then(|version| version.as_object_mut()) {
            version.insert("const".to_owned(), VERSION.into());
        }
        schema
    }

    #[test]
    fn the_schema_of_reports_is_in_step_with_the_types() {
        let text = format!("{}\n", serde_json::to_string_pretty(&schema()).unwrap());
        let file = format!("{}/schemas/report.schema.json", env!("CARGO_MANIFEST_DIR"));
        if std::env::var_os("S3HARDEN_UPDATE_SCHEMA").is_some() {
            std::fs::write(&file, &text).unwrap();
        }
        assert!(std::fs::read_to_string(file).unwrap() == text, "run the tests with S3HARDEN_UPDATE_SCHEMA=1 and review the change");
    }
}
