//! The plan: what will exist, in no target's words.
//!
//! In: protections, through `lower`. Out: resources with references, outputs, claims and manual steps, in a
//! fixed order that depends on nothing but the profile. Never: a spelling of CloudFormation or Terraform.

use std::collections::BTreeMap;

use crate::claim::Claim;
use crate::expr::{Attribute, Expr, LogicalId};
use crate::names::{ProfileName, Region, Sentence, TagKey, TagValue};
use crate::policy::{Document, Origin};

mod access_point;
mod alerting;
mod analyzer;
mod bucket;
mod config;
mod cost;
mod detached;
mod guardduty;
mod identity;
mod key;
mod macie;
mod managed_policy;
mod role;
mod runbook;
mod suppression;
mod trail;
mod view;

pub use access_point::AccessPoint;
pub use alerting::{Alarm, EventRule, LambdaPermission, Metric, MetricFilter, Subscription, Target, Topic};
pub use analyzer::{Analyzer, ArchiveRule, Filter};
pub use bucket::{
    Algorithm, Bucket, CorsRule, Encryption, Grant, Grantee, LifecycleRule, LockMode, LogFormat, Logging, ObjectLock, Ownership, Period,
    PublicAccessBlock, Replication, StorageClass, Transition, Versioning,
};
pub use config::{Automation, ConfigRule, DeliveryChannel, Recorder, Remediation, RuleScope};
pub use cost::{Cost, DRIVERS, Driver, costs, summed};
pub use detached::{Detached, DetachedPolicy};
pub use guardduty::{Detector, MalwareScan};
pub use identity::{Form, Identity, Primary};
pub use key::{Alias, Key};
pub use macie::{AllowList, Allowed, ClassificationJob, CustomIdentifier, JobBuckets, JobSchedule, MacieSession, ResultsExport, ScopeTerm};
pub use managed_policy::ManagedPolicy;
pub use role::Role;
pub use runbook::{Step, When, shell_word};
pub use suppression::{About, Scanner, Suppression};
pub use trail::{Field, FieldMatch, LogGroup, Selector, Trail, TrailLogs};
pub use view::View;

/// The bucket that the profile is about.
pub const BUCKET: LogicalId = LogicalId::fixed("Bucket");

/// The companion that receives its access logs.
pub const LOG_BUCKET: LogicalId = LogicalId::fixed("LogBucket");

/// The companion that receives what AWS Config records.
pub const CONFIG_BUCKET: LogicalId = LogicalId::fixed("ConfigBucket");

/// The companion that receives what its trail records.
pub const TRAIL_BUCKET: LogicalId = LogicalId::fixed("TrailBucket");

/// The companion that receives what Macie finds.
pub const MACIE_BUCKET: LogicalId = LogicalId::fixed("MacieBucket");

/// The trail that the profile creates.
pub const TRAIL: LogicalId = LogicalId::fixed("Trail");

/// The bucket of an account that receives the access logs of others.
pub const ARCHIVE: LogicalId = LogicalId::fixed("Archive");

/// The key that the profile creates.
pub const KEY: LogicalId = LogicalId::fixed("Key");

/// The family of a resource: one template per target each.
#[derive(Clone, Debug, PartialEq)]
pub enum Kind {
    /// A bucket with its configuration.
    Bucket(Box<Bucket>),
    /// The policy of a bucket.
    BucketPolicy {
        /// The bucket.
        bucket: LogicalId,
        /// The policy.
        document: Document,
        /// Regular expressions for the Sids of statements that others own and that stay.
        keep: Vec<String>,
    },
    /// A KMS key.
    Key(Key),
    /// A name for a KMS key.
    Alias(Alias),
    /// An IAM role.
    Role(Role),
    /// A managed policy of IAM.
    ManagedPolicy(ManagedPolicy),
    /// An access point of a bucket, with its policy.
    AccessPoint(AccessPoint),
    /// A rule of AWS Config.
    ConfigRule(ConfigRule),
    /// A document of Systems Manager Automation.
    Automation(Automation),
    /// What AWS Config does about what a rule finds.
    Remediation(Remediation),
    /// What records configurations for AWS Config.
    Recorder(Recorder),
    /// Where AWS Config delivers its records.
    DeliveryChannel(DeliveryChannel),
    /// An analyzer of IAM Access Analyzer.
    Analyzer(Analyzer),
    /// The detector of GuardDuty.
    Detector(Detector),
    /// Scans of a bucket by GuardDuty.
    MalwareScan(MalwareScan),
    /// The session of Macie.
    MacieSession(MacieSession),
    /// A pattern of sensitive data that Macie looks for.
    CustomIdentifier(CustomIdentifier),
    /// Text that is no finding of Macie's.
    AllowList(AllowList),
    /// A job of Macie's.
    ClassificationJob(ClassificationJob),
    /// Where Macie keeps what it found.
    ResultsExport(ResultsExport),
    /// Block Public Access for every bucket of the account.
    AccountBlock(PublicAccessBlock),
    /// A CloudTrail trail.
    Trail(Trail),
    /// A log group of CloudWatch Logs.
    LogGroup(LogGroup),
    /// An SNS topic.
    Topic(Topic),
    /// The policy of a topic.
    TopicPolicy {
        /// The topic.
        topic: LogicalId,
        /// The policy.
        document: Document,
    },
    /// Somebody who receives what a topic gets.
    Subscription(Subscription),
    /// A rule of EventBridge.
    EventRule(EventRule),
    /// The permission to call a Lambda function.
    LambdaPermission(LambdaPermission),
    /// A count of what a log group gets.
    MetricFilter(MetricFilter),
    /// An alarm of CloudWatch.
    Alarm(Alarm),
}

impl Kind {
    /// The names of all families: each is the name of a template in every target.
    pub const FAMILIES: &'static [&'static str] = &[
        "bucket",
        "bucket_policy",
        "key",
        "alias",
        "role",
        "managed_policy",
        "access_point",
        "config_rule",
        "automation",
        "remediation",
        "recorder",
        "delivery_channel",
        "analyzer",
        "detector",
        "malware_scan",
        "macie_session",
        "custom_identifier",
        "allow_list",
        "classification_job",
        "results_export",
        "account_block",
        "trail",
        "log_group",
        "topic",
        "topic_policy",
        "subscription",
        "event_rule",
        "lambda_permission",
        "metric_filter",
        "alarm",
    ];

    /// The name of the family.
    pub const fn family(&self) -> &'static str {
        match self {
            Self::Bucket(_) => "bucket",
            Self::BucketPolicy { .. } => "bucket_policy",
            Self::Key(_) => "key",
            Self::Alias(_) => "alias",
            Self::Role(_) => "role",
            Self::ManagedPolicy(_) => "managed_policy",
            Self::AccessPoint(_) => "access_point",
            Self::ConfigRule(_) => "config_rule",
            Self::Automation(_) => "automation",
            Self::Remediation(_) => "remediation",
            Self::Recorder(_) => "recorder",
            Self::DeliveryChannel(_) => "delivery_channel",
            Self::Analyzer(_) => "analyzer",
            Self::Detector(_) => "detector",
            Self::MalwareScan(_) => "malware_scan",
            Self::MacieSession(_) => "macie_session",
            Self::CustomIdentifier(_) => "custom_identifier",
            Self::AllowList(_) => "allow_list",
            Self::ClassificationJob(_) => "classification_job",
            Self::ResultsExport(_) => "results_export",
            Self::AccountBlock(_) => "account_block",
            Self::Trail(_) => "trail",
            Self::LogGroup(_) => "log_group",
            Self::Topic(_) => "topic",
            Self::TopicPolicy { .. } => "topic_policy",
            Self::Subscription(_) => "subscription",
            Self::EventRule(_) => "event_rule",
            Self::LambdaPermission(_) => "lambda_permission",
            Self::MetricFilter(_) => "metric_filter",
            Self::Alarm(_) => "alarm",
        }
    }

    /// The policies that the resource carries.
    pub fn documents(&self) -> impl Iterator<Item = &Document> {
        let (first, second) = match self {
            Self::BucketPolicy { document, .. } => (Some(document), None),
            Self::Key(key) => (Some(&key.policy), None),
            Self::Role(role) => (Some(&role.trust), Some(&role.policy)),
            Self::ManagedPolicy(policy) => (Some(&policy.document), None),
            Self::AccessPoint(point) => (point.policy.as_ref(), None),
            Self::TopicPolicy { document, .. } => (Some(document), None),
            Self::Bucket(_)
            | Self::Alias(_)
            | Self::ConfigRule(_)
            | Self::Automation(_)
            | Self::Remediation(_)
            | Self::Recorder(_)
            | Self::DeliveryChannel(_)
            | Self::Analyzer(_)
            | Self::Detector(_)
            | Self::MalwareScan(_)
            | Self::MacieSession(_)
            | Self::CustomIdentifier(_)
            | Self::AllowList(_)
            | Self::ClassificationJob(_)
            | Self::ResultsExport(_)
            | Self::AccountBlock(_)
            | Self::Trail(_)
            | Self::LogGroup(_)
            | Self::Topic(_)
            | Self::Subscription(_)
            | Self::EventRule(_)
            | Self::LambdaPermission(_)
            | Self::MetricFilter(_)
            | Self::Alarm(_) => (None, None),
        };
        first.into_iter().chain(second)
    }
}

/// Something that will exist.
#[derive(Clone, Debug, PartialEq)]
pub struct Resource {
    /// Its name within the plan.
    pub id: LogicalId,
    /// What it is.
    pub kind: Kind,
    /// What must exist before it, beyond what it refers to.
    pub after: Vec<LogicalId>,
    /// Whether it outlives the stack or module.
    pub retain: bool,
    /// Why it is there.
    pub origin: Origin,
    /// Rules of scanners that do not fit it, each with the reason.
    pub suppressions: Vec<Suppression>,
}

/// A value that the deployment gives back.
#[derive(Clone, Debug, PartialEq)]
pub struct Output {
    /// Its name, in PascalCase.
    pub name: LogicalId,
    /// What it is.
    pub description: &'static str,
    /// The value.
    pub value: Expr,
}

/// A value that the deployment asks for.
#[derive(Clone, Debug, PartialEq)]
pub struct Parameter {
    /// Its name, in PascalCase.
    pub name: LogicalId,
    /// Its name in the profile.
    pub said: String,
    /// What it is for.
    pub description: Sentence,
    /// The values that it may have; any where there are none.
    pub allowed: Vec<String>,
    /// A regular expression that the whole value must match, in the syntax that all targets share.
    pub pattern: Option<String>,
    /// The value where none is given.
    pub default: Option<String>,
    /// A value that it can have and that stands nowhere else: what holds for it holds for every value of its own.
    pub example: String,
}

impl Parameter {
    /// The pattern as it matches a whole value in every notation.
    pub fn anchored(&self) -> Option<String> {
        self.pattern.as_ref().map(|pattern| format!("^(?:{pattern})$"))
    }

    /// What a value that does not match is told.
    pub fn constraint(&self) -> String {
        format!("{} does not have the form that the profile asks for.", self.name)
    }
}

/// What a profile becomes.
#[derive(Clone, Debug, PartialEq)]
pub struct Plan {
    /// The profile's name.
    pub name: ProfileName,
    /// What the profile says that it is for.
    pub description: Option<Sentence>,
    /// The region that it is for, where the profile says it.
    pub region: Option<Region>,
    /// What the deployment asks for.
    pub parameters: Vec<Parameter>,
    /// What will exist, each after what it refers to.
    pub resources: Vec<Resource>,
    /// Policies that no resource carries, each a file of its own.
    pub detached: Vec<DetachedPolicy>,
    /// What the deployment gives back.
    pub outputs: Vec<Output>,
    /// What is promised of it.
    pub claims: Vec<Claim>,
    /// What no template can do.
    pub steps: Vec<Step>,
    /// What exists already, beside buckets that say so themselves: its name here, and the id by which it is imported.
    pub adopts: Vec<(LogicalId, String)>,
}

/// Tags, in the order of their keys.
pub type Tags = BTreeMap<TagKey, TagValue>;

impl Plan {
    /// An empty plan.
    pub const fn new(name: ProfileName, description: Option<Sentence>) -> Self {
        Self {
            name,
            description,
            region: None,
            parameters: Vec::new(),
            resources: Vec::new(),
            detached: Vec::new(),
            outputs: Vec::new(),
            claims: Vec::new(),
            steps: Vec::new(),
            adopts: Vec::new(),
        }
    }

    /// What exists already and is imported, with the id of each.
    pub fn imports(&self) -> impl Iterator<Item = (&Resource, &str)> {
        let own = self.buckets().filter(|(_, bucket)| bucket.existing).map(|(resource, bucket)| (resource, bucket.name.as_str()));
        own.chain(self.adopts.iter().filter_map(|(id, known)| Some((self.resource(id)?, known.as_str()))))
    }

    /// The resource of that name.
    pub fn resource(&self, id: &LogicalId) -> Option<&Resource> {
        self.resources.iter().find(|resource| resource.id == *id)
    }

    /// The buckets with their resources.
    pub fn buckets(&self) -> impl Iterator<Item = (&Resource, &Bucket)> {
        self.resources.iter().filter_map(|resource| match &resource.kind {
            Kind::Bucket(bucket) => Some((resource, bucket.as_ref())),
            _ => None,
        })
    }

    /// The managed policies with their resources.
    pub fn managed_policies(&self) -> impl Iterator<Item = (&Resource, &ManagedPolicy)> {
        self.resources.iter().filter_map(|resource| match &resource.kind {
            Kind::ManagedPolicy(policy) => Some((resource, policy)),
            _ => None,
        })
    }

    /// The access points with their resources.
    pub fn access_points(&self) -> impl Iterator<Item = (&Resource, &AccessPoint)> {
        self.resources.iter().filter_map(|resource| match &resource.kind {
            Kind::AccessPoint(point) => Some((resource, point)),
            _ => None,
        })
    }

    /// The bucket policies with the buckets that they belong to.
    pub fn bucket_policies(&self) -> impl Iterator<Item = (&LogicalId, &Document)> {
        self.resources.iter().filter_map(|resource| match &resource.kind {
            Kind::BucketPolicy { bucket, document, .. } => Some((bucket, document)),
            _ => None,
        })
    }
}

impl Resource {
    /// A resource that needs nothing special.
    pub const fn new(id: LogicalId, kind: Kind, origin: Origin) -> Self {
        Self { id, kind, after: Vec::new(), retain: false, origin, suppressions: Vec::new() }
    }

    /// Names what must exist before it.
    #[must_use]
    pub fn after(mut self, ids: impl IntoIterator<Item = LogicalId>) -> Self {
        self.after.extend(ids);
        self
    }

    /// Says whether it outlives the stack or module.
    #[must_use]
    pub const fn retained(mut self, retain: bool) -> Self {
        self.retain = retain;
        self
    }

    /// Tells scanners what does not fit it.
    #[must_use]
    pub fn suppressing(mut self, suppressions: impl IntoIterator<Item = Suppression>) -> Self {
        self.suppressions.extend(suppressions);
        self
    }

    /// A reference to it.
    pub fn reference(&self, attribute: Attribute) -> Expr {
        Expr::reference(self.id.clone(), attribute)
    }
}
