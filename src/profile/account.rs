//! An account profile: what exists once in an account and region, for every bucket there.
//!
//! In: the text of a file that says `kind: account`. Out: an [`AccountProfile`], or the findings that say why not.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};
use serde_json::{Map, Value};

use super::preset::{Defaults, Row, Scalar, row};
use super::{BasePath, LanguageVersion, LockPointer, Parameter, ParameterName, Targets, Waiver};
use crate::diag::Finding;
use crate::names::{AccountId, BucketName, Date, ProfileName, Region, Sentence, TagValue};
use crate::protect::adoption::ImportedSection;
use crate::protect::alerts::Alerts;
use crate::protect::cloudtrail::{CloudTrail, Events, Kms};
use crate::protect::lifecycle::Days;
use crate::protect::monitoring::Singleton;
use crate::protect::monitoring::analyzer::{AccessAnalyzer, Looks, Zone};
use crate::protect::monitoring::config::{Auto, RemediateAll};
use crate::protect::monitoring::macie::Macie;
use crate::protect::perimeter::Perimeter;
use crate::protect::public_access::PublicAccess;
use crate::source::{Source, Tree};

/// The word for profiles of this kind.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(test, derive(schemars::JsonSchema), schemars(inline))]
#[serde(rename_all = "lowercase")]
pub enum AccountKind {
    /// What exists once in an account and region.
    Account,
}

/// What must be true of an account's S3 in a region.
#[derive(Clone, Debug, Serialize, Deserialize)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
#[cfg_attr(test, schemars(title = "s3harden account profile"))]
#[serde(deny_unknown_fields)]
pub struct AccountProfile {
    /// The version of the profile language.
    pub version: LanguageVersion,
    /// What the profile is about: what exists once in an account and region.
    pub kind: AccountKind,
    /// The profile's name: of the stack, the module and the output directory. Lower-case letters, digits and hyphens.
    pub name: ProfileName,
    /// What it is for; becomes the description of the template.
    #[serde(default)]
    pub description: Option<Sentence>,
    /// Who answers for it; becomes the tag `owner`.
    #[serde(default)]
    pub owner: Option<TagValue>,
    /// Files that are merged underneath, first to last, relative to this one: mappings merge by key, everything else is
    /// replaced, and a list under `+key` is appended to.
    #[serde(default)]
    pub extends: Vec<BasePath>,
    /// JSON pointers to values of this file that a profile on top of it may make stricter, and never looser.
    #[serde(default)]
    pub locked: Vec<LockPointer>,
    /// Values that differ from run to run, by name: `${param.NAME}` inside of a text stands for one.
    #[serde(default)]
    #[cfg_attr(test, schemars(extend("propertyNames" = { "format": "parameter-name" }, "maxProperties" = 100)))]
    pub parameters: BTreeMap<ParameterName, Parameter>,
    /// The account: twelve digits in quotes.
    pub account: AccountId,
    /// The region. Block Public Access of an account holds in all of them; everything else is made once in each.
    pub region: Region,
    /// Block Public Access for every bucket and access point of the account, those too that others make.
    pub public_access: PublicAccess,
    /// What records requests for every bucket.
    #[serde(default)]
    pub logging: AccountLogging,
    /// What watches every bucket, and who hears of it.
    #[serde(default)]
    pub monitoring: AccountMonitoring,
    /// Whose principals, whose buckets and which networks the organization trusts, as policies of the organization and of VPC
    /// endpoints.
    #[serde(default)]
    pub perimeter: Option<Perimeter>,
    /// What `s3harden import` found of what exists. A profile that was written by hand has none.
    #[serde(default)]
    pub imported: Option<ImportedSection>,
    /// Findings that somebody accepts, each with a reason and an end.
    #[serde(default)]
    pub waivers: Vec<AccountWaiver>,
    /// How the outputs are written.
    #[serde(default)]
    pub targets: Targets,
}

/// A finding that somebody accepts until a day. Profiles of accounts are held to no framework, and have no controls to waive.
#[derive(Clone, Debug, Serialize, Deserialize)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
#[serde(deny_unknown_fields)]
pub struct AccountWaiver {
    /// The code of the finding, such as `public-access-not-blocked`.
    pub finding: String,
    /// Why the risk is accepted.
    pub reason: Sentence,
    /// The last day on which it holds, `YYYY-MM-DD`.
    pub until: Date,
    /// Who accepts it.
    #[serde(default)]
    pub by: Option<Sentence>,
}

impl From<&AccountWaiver> for Waiver {
    fn from(waiver: &AccountWaiver) -> Self {
        let AccountWaiver { finding, reason, until, by } = waiver.clone();
        Self { finding: Some(finding), control: None, reason, until, by }
    }
}

/// What records requests for every bucket of an account.
#[derive(Clone, Debug, Default, Serialize, Deserialize)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
#[serde(deny_unknown_fields)]
pub struct AccountLogging {
    /// A trail that records requests for the objects of every bucket, in every region.
    #[serde(default)]
    pub cloudtrail: Option<AccountTrail>,
    /// A bucket that receives the access logs of other buckets of the account and region.
    #[serde(default)]
    pub archive: Option<Archive>,
}

/// A trail for every bucket.
#[derive(Clone, Debug, Serialize, Deserialize)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
#[serde(deny_unknown_fields)]
pub struct AccountTrail {
    /// `create`: the profile makes it. An account and region take five trails.
    pub trail: Made,
    /// Which requests for objects are recorded; each is billed. Security Hub's S3.22 asks for writes, S3.23 for reads, and both for buckets too that receive deliveries, which the trail leaves out.
    pub events: Events,
    /// Whether the account's management events are recorded too. The first trail that does is free of charge.
    pub management: bool,
    /// Whether events go to a log group of CloudWatch Logs as well, where metric filters and queries find them.
    pub log_group: bool,
    /// Whether a KMS key encrypts the records: `true` for one of the trail's own, or the ARN of a key of the same region.
    pub kms: Kms,
    /// Days after which the trail's bucket and the log group remove them.
    pub retain_days: Days,
    /// Whether CloudTrail looks for unusual rates of calls and of errors. Needs `management`.
    pub insights: bool,
}

/// The word for what a profile makes.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(test, derive(schemars::JsonSchema), schemars(inline))]
#[serde(rename_all = "lowercase")]
pub enum Made {
    /// This profile makes it.
    Create,
}

impl AccountTrail {
    /// The same in the words of a bucket's trail.
    pub fn trail(&self) -> Result<CloudTrail, crate::names::Invalid> {
        Ok(CloudTrail {
            trail: "create".parse()?,
            to: "create".parse()?,
            events: self.events,
            management: self.management,
            log_group: self.log_group,
            kms: self.kms.clone(),
            retain_days: self.retain_days,
            insights: self.insights,
        })
    }
}

/// A bucket for access logs.
#[derive(Clone, Debug, Serialize, Deserialize)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
#[serde(deny_unknown_fields)]
pub struct Archive {
    /// Its name. Buckets send their logs there with `logging: {server_access: {to: NAME}}`.
    pub name: BucketName,
    /// Days after which it removes them.
    pub retain_days: Days,
    /// Buckets that may send their logs there; without it every bucket of the account and region.
    #[serde(default)]
    #[cfg_attr(test, schemars(length(min = 1), extend("uniqueItems" = true)))]
    pub from: Vec<BucketName>,
}

/// What watches every bucket of an account.
#[derive(Clone, Debug, Default, Serialize, Deserialize)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
#[serde(deny_unknown_fields)]
pub struct AccountMonitoring {
    /// AWS Config: rules that look at every bucket. Billed for each evaluation of a rule.
    #[serde(default)]
    pub config: Option<AccountConfig>,
    /// IAM Access Analyzer: who could reach what from outside, and what nobody uses.
    #[serde(default)]
    pub access_analyzer: Option<AccountAnalyzer>,
    /// Amazon GuardDuty: attacks on objects of every bucket.
    #[serde(default)]
    pub guardduty: Option<AccountGuardDuty>,
    /// Amazon Macie: sensitive data in the objects of every bucket, but those that receive deliveries.
    #[serde(default)]
    pub macie: Option<Macie>,
    /// Who hears of what happens to any bucket.
    #[serde(default)]
    pub alerts: Option<Alerts>,
}

/// AWS Config for every bucket.
#[derive(Clone, Debug, Serialize, Deserialize)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
#[serde(deny_unknown_fields)]
pub struct AccountConfig {
    /// `auto`: the managed rules that every bucket should pass, and the account itself.
    #[serde(default = "auto")]
    pub rules: Auto,
    /// What records configurations, with a bucket for its records. An account has one in a region.
    #[serde(default)]
    pub recorder: Singleton,
    /// Settings that are put back for every bucket when a rule finds them changed: `public-access` switches on Block Public Access of
    /// the bucket.
    #[serde(default)]
    #[cfg_attr(test, schemars(extend("uniqueItems" = true)))]
    pub remediate: Vec<RemediateAll>,
}

const fn auto() -> Auto {
    Auto::Auto
}

/// Analyzers of the account.
#[derive(Clone, Debug, Serialize, Deserialize)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
#[serde(deny_unknown_fields)]
pub struct AccountAnalyzer {
    /// Whether the account has analyzers already.
    #[serde(default)]
    pub analyzer: Singleton,
    /// Whose access is from outside: everybody's beyond the account, or beyond the organization.
    #[serde(default)]
    pub scope: Zone,
    /// What they look for. `unused` is billed for each role and user.
    #[cfg_attr(test, schemars(length(min = 1), extend("uniqueItems" = true)))]
    #[serde(default = "external")]
    pub kinds: Vec<LooksFor>,
}

/// What an analyzer of an account looks for.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(test, derive(schemars::JsonSchema), schemars(inline))]
#[serde(rename_all = "lowercase")]
pub enum LooksFor {
    /// Access from outside.
    External,
    /// Access that nobody used for 90 days.
    Unused,
}

fn external() -> Vec<LooksFor> {
    vec![LooksFor::External]
}

impl AccountAnalyzer {
    /// The same in the words of a bucket's analyzers.
    pub fn analyzers(&self) -> AccessAnalyzer {
        let looks = |kind: &LooksFor| match kind {
            LooksFor::External => Looks::External,
            LooksFor::Unused => Looks::Unused,
        };
        AccessAnalyzer { analyzer: self.analyzer, scope: self.scope, kinds: self.kinds.iter().map(looks).collect(), archive: Vec::new() }
    }
}

/// GuardDuty for every bucket.
#[derive(Clone, Copy, Debug, Serialize, Deserialize)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
#[serde(deny_unknown_fields)]
pub struct AccountGuardDuty {
    /// Whether the account has a detector already. It has one in a region.
    #[serde(default)]
    pub detector: Singleton,
    /// Whether it looks at what is done with objects. Billed for each event.
    #[serde(default = "yes")]
    pub s3_protection: bool,
}

const fn yes() -> bool {
    true
}

/// What holds where an account profile says nothing.
pub const DEFAULTS: &[Row] = &[
    row("public_access/block", Scalar::Word("all"), "no policy and no ACL can make any bucket public", ""),
    row(
        "logging/cloudtrail/events",
        Scalar::Word("all"),
        "who read and wrote which object, in every bucket",
        "per event, about 0.10 USD for 100,000",
    ),
    row("logging/cloudtrail/management", Scalar::Switch(true), "who changed which setting", ""),
    row("logging/cloudtrail/log_group", Scalar::Switch(false), "the records are in the trail's bucket", ""),
    row("logging/cloudtrail/kms", Scalar::Switch(false), "S3's own keys encrypt the records", ""),
    row("logging/cloudtrail/retain_days", Scalar::Number(365), "a year covers most investigations", ""),
    row("logging/cloudtrail/insights", Scalar::Switch(false), "what is unusual is billed by the events that are looked at", ""),
    row("logging/archive/retain_days", Scalar::Number(365), "a year covers most investigations", ""),
];

impl AccountProfile {
    /// A name in which the account and region stand in their places.
    pub fn settled(&self, name: &BucketName) -> BucketName {
        name.settled(Some(&self.account), Some(&self.region))
    }

    /// Whether it makes what exists once in an account and region, by its place in a profile.
    pub fn makes(&self, place: &[&str]) -> bool {
        let monitoring = &self.monitoring;
        let choice = match place {
            ["monitoring", "config", "recorder"] => monitoring.config.as_ref().map(|config| config.recorder),
            ["monitoring", "access_analyzer", "analyzer"] => monitoring.access_analyzer.as_ref().map(|analyzer| analyzer.analyzer),
            ["monitoring", "guardduty", "detector"] => monitoring.guardduty.map(|guardduty| guardduty.detector),
            ["monitoring", "macie", "session"] => monitoring.macie.as_ref().map(|macie| macie.session),
            _ => None,
        };
        choice == Some(Singleton::Create)
    }

    /// Puts what holds where it says nothing into the mapping of an account profile.
    pub fn complete(profile: &mut Map<String, Value>) {
        for default in DEFAULTS {
            let section = default.at.rsplit_once('/').map_or("", |(section, _)| section);
            // A trail and an archive are made where the profile has them.
            let pointer = format!("/{section}");
            let whole = Value::Object(std::mem::take(profile));
            let written = section == "public_access" || whole.pointer(&pointer).is_some();
            if let Value::Object(object) = whole {
                *profile = object;
            }
            if written {
                Defaults::of(std::iter::once(default)).fill(profile);
            }
        }
    }

    /// Reads an account profile, as [`super::Profile::load`] reads those of buckets.
    pub fn load(source: &Source) -> (Option<Self>, Option<Tree>, Vec<Finding>) {
        let (mut profile, tree, findings) = super::read::<Self>(source, Self::complete);
        if let (Some(profile), Some(tree)) = (&mut profile, &tree) {
            super::settle(&mut profile.parameters, tree);
        }
        (profile, tree, findings)
    }
}

/// Whether a profile says that it is about an account.
pub fn is_account(source: &Source) -> bool {
    source.text().contains("kind") && source.peek([&["kind"]]).is_some_and(|[kind]| kind == "account")
}
