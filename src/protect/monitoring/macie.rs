//! Amazon Macie: sensitive data in the bucket's objects, and what it is that looks for it.
//!
//! In: the section `monitoring.macie` of a bucket or of an account. Out: the session, identifiers, allow lists and a job, a
//! place for what was found, and steps for what no template can do. Macie reads in the name of a role that it makes for
//! itself: policies of buckets hold for that role, and so do policies of keys.
//!
//! Sources: "Allowing Macie to access S3 buckets and objects", "Using service-linked roles for Macie", "Analyzing
//! encrypted S3 objects", "Building custom data identifiers", "Defining sensitive data exceptions with allow lists", Amazon
//! Macie User Guide; "CreateClassificationJob", Amazon Macie API Reference.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};

use super::Singleton;
use crate::claim::{Flow, Guarantee, User, Work};
use crate::diag::Path;
use crate::expr::{Attribute, Expr, LogicalId};
use crate::names::{BucketName, TagKey, TagValue};
use crate::path;
use crate::plan::{self, ClassificationJob, CustomIdentifier, JobBuckets, JobSchedule, KEY, Kind, MacieSession, Resource, ScopeTerm};
use crate::policy::{Effect, Principal, Statement};
use crate::protect::replication::KeyPrefix;
use crate::protect::{Draft, Meta, key_use, uses};

mod export;
mod steps;
mod words;

pub use export::OPT_IN;
pub use words::{ExportKey, ExportTarget, FileExtension, IdentifierName, IgnoredWord, Keyword, SearchPattern, WordsKey};

/// What is known about this protection.
pub const META: Meta = Meta {
    id: "macie",
    title: "Amazon Macie",
    risk: "personal data or credentials lie where nobody expects them, and nobody is told",
    statements: &[
        (
            "AllowMacieToDecrypt",
            "Lets the role that Macie makes for itself decrypt objects of this bucket, through S3 only: without it Macie sees names and sizes, and no \
             contents. Change it with `monitoring.macie`.",
        ),
        (
            "AllowMacieToLook",
            "Lets Macie see in which region the bucket is that receives what it finds, for this account only. Change it with `monitoring.macie.export_to`.",
        ),
        (
            "AllowMacieToDeliver",
            "Lets Macie write what its jobs and its automated discovery find in this account and region, and nothing else. Without the source \
             conditions anybody's Macie could be sent here (the confused deputy). Change it with `monitoring.macie.export_to`.",
        ),
        (
            "AllowMacieToEncrypt",
            "Lets Macie encrypt what it finds in this account and region. Readers need `kms:Decrypt` from their own policies. Change it with \
             `monitoring.macie.export_key`.",
        ),
    ],
};

/// The service by the name of its principal.
const SERVICE: &str = "macie.amazonaws.com";

/// The role that it makes for itself ("Using service-linked roles for Macie").
const LINKED: &str = "AWSServiceRoleForAmazonMacie";

/// What that role does with a bucket ("AmazonMacieServiceRolePolicy").
const DOES: &[&str] = &[
    "s3:GetBucket*",
    "s3:GetEncryptionConfiguration",
    "s3:GetLifecycleConfiguration",
    "s3:GetObject",
    "s3:GetObjectAcl",
    "s3:GetObjectTagging",
    "s3:GetReplicationConfiguration",
    "s3:ListBucket",
];

/// The session that the profile makes.
const SESSION: LogicalId = LogicalId::fixed("MacieSession");

/// The job.
const JOB: LogicalId = LogicalId::fixed("MacieJob");

/// Regions of the partition `aws` without Macie ("Amazon Macie endpoints and quotas", AWS General Reference; the endpoints of
/// botocore 1.43.11). The other partitions have none at all.
const NOT_IN: &[&str] = &[
    "ap-east-2",
    "ap-south-2",
    "ap-southeast-3",
    "ap-southeast-4",
    "ap-southeast-5",
    "ap-southeast-6",
    "ap-southeast-7",
    "ca-west-1",
    "eu-central-2",
    "eu-south-2",
    "me-central-1",
    "mx-central-1",
];

/// Whether there is Macie in a region: unless it is known to be missing, since AWS adds to it.
pub fn is_in(region: &crate::names::Region) -> bool {
    region.partition().id == "aws" && !NOT_IN.contains(&region.as_str())
}

/// Amazon Macie.
#[derive(Clone, Debug, Serialize, Deserialize)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
#[serde(deny_unknown_fields)]
pub struct Macie {
    /// Whether Macie is on already in the account and region. It is on once: `create` is for the one profile that switches it on. Billed for each bucket of the account.
    #[serde(default)]
    pub session: Singleton,
    /// How often Security Hub and EventBridge hear of findings that changed. New ones are told at once. `15m` where nothing is said.
    #[serde(default)]
    pub publish: Option<Publish>,
    /// A job that looks into the objects. Billed for each byte that it looks at. It cannot be changed: another one takes its place.
    #[serde(default)]
    pub job: Option<Job>,
    /// Whether Macie looks into samples of every bucket of the account each day. Billed for each byte and object; a step of the runbook, since no template can switch it on.
    #[serde(default)]
    pub automated_discovery: bool,
    /// Patterns of sensitive data beside those that Macie knows.
    #[serde(default)]
    #[cfg_attr(test, schemars(length(max = 30)))]
    pub custom_identifiers: Vec<Identifier>,
    /// Text that is no finding: made-up data, names that are public.
    #[serde(default)]
    #[cfg_attr(test, schemars(length(max = 10)))]
    pub allow_lists: Vec<Ignored>,
    /// Where Macie keeps what it found for longer than 90 days: `create` for a bucket of its own, or the name of one that exists.
    #[serde(default)]
    pub export_to: Option<ExportTarget>,
    /// The KMS key that encrypts it there, which Macie insists on: `create`, or the ARN of a key in the region of the bucket. `create` where nothing is said.
    #[serde(default)]
    pub export_key: Option<ExportKey>,
}

/// How often changes of findings are told.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(test, derive(schemars::JsonSchema), schemars(inline))]
pub enum Publish {
    /// Every 15 minutes.
    #[default]
    #[serde(rename = "15m")]
    Quarter,
    /// Every hour.
    #[serde(rename = "1h")]
    Hour,
    /// Every six hours.
    #[serde(rename = "6h")]
    SixHours,
}

impl Publish {
    const fn aws(self) -> &'static str {
        match self {
            Self::Quarter => "FIFTEEN_MINUTES",
            Self::Hour => "ONE_HOUR",
            Self::SixHours => "SIX_HOURS",
        }
    }
}

/// A job of Macie's.
#[derive(Clone, Debug, Serialize, Deserialize)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
#[serde(deny_unknown_fields)]
pub struct Job {
    /// When it runs: once, or first at once and then daily, on Mondays or on the first day of the month, over what is new.
    pub schedule: Schedule,
    /// How many of the objects it looks at, in percent.
    #[serde(default = "all")]
    #[cfg_attr(test, schemars(range(min = 1, max = 100)))]
    pub sampling: u32,
    /// Which objects it looks at: those of which every part is true. Without it: every object.
    #[serde(default)]
    pub include: Option<Objects>,
    /// Which objects it leaves out: those of which every part is true.
    #[serde(default)]
    pub exclude: Option<Objects>,
}

const fn all() -> u32 {
    100
}

/// When a job runs.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(test, derive(schemars::JsonSchema), schemars(inline))]
#[serde(rename_all = "lowercase")]
pub enum Schedule {
    /// Once.
    Once,
    /// Every day.
    Daily,
    /// Every Monday.
    Weekly,
    /// On the first day of every month.
    Monthly,
}

impl From<Schedule> for JobSchedule {
    fn from(schedule: Schedule) -> Self {
        match schedule {
            Schedule::Once => Self::Once,
            Schedule::Daily => Self::Daily,
            Schedule::Weekly => Self::Weekly,
            Schedule::Monthly => Self::Monthly,
        }
    }
}

/// Objects by what they are.
#[derive(Clone, Debug, Default, Serialize, Deserialize)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
#[serde(deny_unknown_fields)]
pub struct Objects {
    /// What their keys begin with: one of these.
    #[serde(default)]
    #[cfg_attr(test, schemars(length(max = 50)))]
    pub prefixes: Vec<KeyPrefix>,
    /// What their keys end with after the last dot: one of these.
    #[serde(default)]
    #[cfg_attr(test, schemars(length(max = 50)))]
    pub extensions: Vec<FileExtension>,
    /// The smallest size, in bytes.
    #[serde(default)]
    pub min_bytes: Option<u64>,
    /// The largest size, in bytes.
    #[serde(default)]
    pub max_bytes: Option<u64>,
    /// Tags that they have, all of them.
    #[serde(default)]
    #[cfg_attr(test, schemars(extend("propertyNames" = { "format": "tag-key" }, "maxProperties" = 10)))]
    pub tags: BTreeMap<TagKey, TagValue>,
}

impl Objects {
    /// Whether it says anything.
    pub fn is_empty(&self) -> bool {
        self.terms().is_empty()
    }

    fn terms(&self) -> Vec<ScopeTerm> {
        let property = |key, comparator, values: Vec<String>| ScopeTerm::Property { key, comparator, values };
        let texts = |all: Vec<String>| Some(all).filter(|all| !all.is_empty());
        let prefixes = texts(self.prefixes.iter().map(ToString::to_string).collect());
        let extensions = texts(self.extensions.iter().map(ToString::to_string).collect());
        let size = |bytes: Option<u64>| bytes.map(|bytes| vec![bytes.to_string()]);
        let properties = [
            prefixes.map(|values| property("OBJECT_KEY", "STARTS_WITH", values)),
            extensions.map(|values| property("OBJECT_EXTENSION", "EQ", values)),
            size(self.min_bytes).map(|values| property("OBJECT_SIZE", "GTE", values)),
            size(self.max_bytes).map(|values| property("OBJECT_SIZE", "LTE", values)),
        ];
        let tags = self.tags.iter().map(|(key, value)| ScopeTerm::Tag { key: key.to_string(), value: value.to_string() });
        properties.into_iter().flatten().chain(tags).collect()
    }
}

/// A pattern of sensitive data ("Building custom data identifiers").
#[derive(Clone, Debug, Serialize, Deserialize)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
#[serde(deny_unknown_fields)]
pub struct Identifier {
    /// What it is called in findings. No sensitive data: others can read it.
    pub name: IdentifierName,
    /// The regular expression that matches the data: at most 512 characters, without backreferences and look-around.
    pub regex: SearchPattern,
    /// Words of which one has to stand before the match, in any case: 3 to 90 characters each.
    #[serde(default)]
    #[cfg_attr(test, schemars(length(max = 50), extend("uniqueItems" = true)))]
    pub keywords: Vec<Keyword>,
    /// Texts of which none may be part of the match: 4 to 90 characters each.
    #[serde(default)]
    #[cfg_attr(test, schemars(length(max = 10), extend("uniqueItems" = true)))]
    pub ignore: Vec<IgnoredWord>,
    /// How many characters there may be between a keyword and the end of the match: 50 where nothing is said.
    #[serde(default)]
    #[cfg_attr(test, schemars(range(min = 1, max = 300)))]
    pub distance: Option<u32>,
}

impl Identifier {
    /// Its name in the plan.
    pub fn id(&self) -> LogicalId {
        LogicalId::derived("Identifier", self.name.as_str())
    }
}

/// Text that is no finding ("Defining sensitive data exceptions with allow lists").
#[derive(Clone, Debug, Serialize, Deserialize)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
#[serde(deny_unknown_fields)]
pub struct Ignored {
    /// What the list is called.
    pub name: IdentifierName,
    /// The text.
    pub text: Text,
}

impl Ignored {
    /// Its name in the plan.
    pub fn id(&self) -> LogicalId {
        LogicalId::derived("AllowList", self.name.as_str())
    }
}

/// What an allow list holds.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(test, derive(schemars::JsonSchema), schemars(inline))]
#[serde(rename_all = "lowercase")]
pub enum Text {
    /// What matches this regular expression.
    Regex(SearchPattern),
    /// The lines of an object.
    Words(WordList),
}

/// An object whose lines are text that is no finding: at most 100,000 lines, 35 MB.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(test, derive(schemars::JsonSchema), schemars(inline))]
#[serde(deny_unknown_fields)]
pub struct WordList {
    /// The bucket. It is in the region of Macie.
    pub bucket: BucketName,
    /// The key of the object.
    pub key: WordsKey,
}

/// What Macie looks at.
#[derive(Clone, Debug)]
pub enum Scope {
    /// The bucket of the profile.
    Bucket,
    /// Every bucket of the account but those that receive deliveries.
    Account(Vec<(LogicalId, BucketName)>),
}

impl Macie {
    /// Spares the role in whose name Macie reads, and lets it use the key that the profile makes.
    pub(super) fn role(&self, draft: &mut Draft) {
        let origin = |draft: &Draft| {
            draft.origin(&META, path!["monitoring", "macie"], "Macie reads objects in the name of this role, and nobody else's")
        };
        draft.spare_linked(SERVICE, LINKED, DOES);
        let role = draft.linked_role(SERVICE, LINKED);
        draft.claim(origin(draft), Guarantee::ServicesWork(Flow::MacieReading { role: role.clone() }));
        self.enable(draft);
        let decrypt = Statement::new(Effect::Allow, "AllowMacieToDecrypt")
            .to([Principal::Aws(role.clone())])
            .actions(key_use::DECRYPT.iter().copied())
            .on(["*".into()])
            .when(key_use::through_s3(&draft.region))
            .when(key_use::for_bucket(&draft.arn()))
            .because(origin(draft));
        let created = self.session == Singleton::Create;
        let mut has_key = false;
        for resource in draft.needs.iter_mut().filter(|resource| resource.id == KEY) {
            if let Kind::Key(key) = &mut resource.kind {
                key.policy.statements.push(decrypt.clone());
                has_key = true;
            }
            // KMS takes no policy that names a role which is not there, and Macie makes it when it is switched on.
            resource.after.extend(created.then_some(SESSION));
        }
        if has_key {
            let context = uses::context(&[key_use::through_s3(&draft.region), key_use::for_bucket(&draft.arn())]);
            let key = Expr::reference(KEY, Attribute::Arn);
            let uses = uses::each(&User::Principal(role), key_use::DECRYPT.iter().copied(), &key, &context);
            draft.claim(origin(draft), Guarantee::UsesWork { work: Work::Service, of: vec![KEY], uses });
        }
        if let Some(key) = draft.bucket.encryption.key.as_ref().and_then(Expr::as_text).map(str::to_owned) {
            draft.steps.push(steps::let_decrypt(&key, draft));
        }
        if !created {
            draft.steps.push(steps::is_on(has_key, draft));
        }
    }

    /// Switches Macie on, before everything that needs it.
    fn enable(&self, draft: &mut Draft) {
        if self.session == Singleton::Create {
            let session = MacieSession { frequency: self.publish.unwrap_or_default().aws() };
            let origin = draft.origin(&META, path!["monitoring", "macie", "session"], "looks for sensitive data in the account and region");
            draft.needs.insert(0, Resource::new(SESSION, Kind::MacieSession(session), origin));
        }
    }

    /// Switches Macie on for an account, or adds the step that looks whether it is on.
    pub fn for_account(&self, draft: &mut Draft) {
        self.enable(draft);
        if self.session == Singleton::Existing {
            draft.steps.push(steps::is_on(false, draft));
        }
    }

    /// What has to be there before anything else of Macie's.
    fn after(&self) -> Option<LogicalId> {
        (self.session == Singleton::Create).then_some(SESSION)
    }

    /// Adds what it looks for and where, and where it keeps what it found: `own` is the name of a bucket that is made for that.
    pub fn lower(&self, scope: &Scope, own: &BucketName, draft: &mut Draft) {
        let place = |key: &'static str, at: usize| path!["monitoring", "macie", key, at];
        for (at, identifier) in self.custom_identifiers.iter().enumerate() {
            let kind = CustomIdentifier {
                name: identifier.name.to_string(),
                regex: identifier.regex.to_string(),
                keywords: identifier.keywords.iter().map(ToString::to_string).collect(),
                ignore: identifier.ignore.iter().map(ToString::to_string).collect(),
                distance: identifier.distance,
                tags: draft.bucket.tags.clone(),
            };
            let origin = draft.origin(&META, place("custom_identifiers", at), "a pattern that Macie looks for");
            draft.dependents.push(Resource::new(identifier.id(), Kind::CustomIdentifier(kind), origin).after(self.after()));
        }
        for (at, list) in self.allow_lists.iter().enumerate() {
            let text = match &list.text {
                Text::Regex(regex) => plan::Allowed::Regex(regex.to_string()),
                Text::Words(words) => {
                    draft.steps.push(steps::words_are_there(list, words, at));
                    plan::Allowed::Words { bucket: words.bucket.to_string(), key: words.key.to_string() }
                }
            };
            let kind = plan::AllowList { name: list.name.to_string(), text, tags: draft.bucket.tags.clone() };
            let origin = draft.origin(&META, place("allow_lists", at), "text that is no finding of Macie's");
            draft.dependents.push(Resource::new(list.id(), Kind::AllowList(kind), origin).after(self.after()));
        }
        if let Some(job) = &self.job {
            let kind = Kind::ClassificationJob(self.classification(job, scope, draft));
            let origin = draft.origin(&META, at("job"), "looks into objects for sensitive data");
            draft.dependents.push(Resource::new(JOB, kind, origin).after(self.after()));
        }
        if self.automated_discovery {
            draft.steps.push(steps::discover(self, scope));
        }
        self.export(own, draft);
        let on = |on: bool| if on { "on" } else { "off" };
        draft.claim_setting(&META, at("job"), "job of Macie", on(self.job.is_some()));
        draft.claim_setting(&META, at("automated_discovery"), "automated discovery by Macie", on(self.automated_discovery));
    }

    fn classification(&self, job: &Job, scope: &Scope, draft: &Draft) -> ClassificationJob {
        let terms = |objects: &Option<Objects>| objects.as_ref().map(Objects::terms).unwrap_or_default();
        let named = |(id, name): &(LogicalId, BucketName)| (id.clone(), name.to_string());
        ClassificationJob {
            name: format!("{}-sensitive-data", draft.bucket.name),
            schedule: job.schedule.into(),
            sampling: job.sampling,
            account: draft.account.clone(),
            buckets: match scope {
                Scope::Bucket => JobBuckets::One { id: draft.id.clone(), name: draft.bucket.name.to_string() },
                Scope::Account(receivers) => JobBuckets::AllBut(receivers.iter().map(named).collect()),
            },
            include: terms(&job.include),
            exclude: terms(&job.exclude),
            identifiers: self.custom_identifiers.iter().map(|one| (one.id(), one.name.to_string())).collect(),
            allow_lists: self.allow_lists.iter().map(|list| list.name.to_string()).collect(),
            tags: draft.bucket.tags.clone(),
        }
    }
}

fn at(key: &'static str) -> Path {
    path!["monitoring", "macie", key]
}
