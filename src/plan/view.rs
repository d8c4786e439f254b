//! What templates see of a resource: names and values, still in no target's notation.
//!
//! In: resources. Out: a [`View`] each, in which the type of a value decides how a target spells it. What is absent
//! has no key, so that a template can only ask whether it is there.

use std::borrow::Cow;

use super::{AccessPoint, Bucket, CorsRule, Grant, Grantee, Kind, LifecycleRule, Period, PublicAccessBlock, Replication, Resource, Tags};
use crate::expr::{Expr, Literal, is_open};
use crate::policy::Document;

/// A value for a template; it borrows from the plan.
#[derive(Clone, Debug, PartialEq)]
pub enum View<'a> {
    /// A switch or condition, printed as `true` or `false`.
    Bool(bool),
    /// A number.
    Int(i64),
    /// Text without references: printed as one whole literal, quotes included.
    Word(Cow<'a, str>),
    /// Text with references: printed as one whole literal, quotes included.
    Text(Cow<'a, Expr>),
    /// A tree, printed as one literal.
    Literal(Literal<'a>),
    /// A policy, printed as one literal.
    Document(&'a Document),
    /// Something to loop over.
    List(Vec<View<'a>>),
    /// Something with parts.
    Map(Map<'a>),
}

/// Parts by name.
pub(super) type Map<'a> = Vec<(&'static str, View<'a>)>;

impl From<bool> for View<'_> {
    fn from(value: bool) -> Self {
        Self::Bool(value)
    }
}

impl From<u32> for View<'_> {
    fn from(value: u32) -> Self {
        Self::Int(value.into())
    }
}

impl From<i64> for View<'_> {
    fn from(value: i64) -> Self {
        Self::Int(value)
    }
}

/// Descriptions and the like can be made of what a profile says, parameters included.
impl<'a> From<&'a str> for View<'a> {
    fn from(value: &'a str) -> Self {
        if is_open(value) { Self::Text(Cow::Owned(Expr::text(value.to_owned()))) } else { Self::Word(value.into()) }
    }
}

impl From<String> for View<'_> {
    fn from(value: String) -> Self {
        if is_open(&value) { Self::Text(Cow::Owned(Expr::text(value))) } else { Self::Word(value.into()) }
    }
}

impl<'a> From<&'a Expr> for View<'a> {
    fn from(value: &'a Expr) -> Self {
        Self::Text(Cow::Borrowed(value))
    }
}

impl<'a> From<&'a Document> for View<'a> {
    fn from(value: &'a Document) -> Self {
        Self::Document(value)
    }
}

impl<'a> From<Map<'a>> for View<'a> {
    fn from(value: Map<'a>) -> Self {
        Self::Map(value)
    }
}

pub(super) fn tags(tags: &Tags) -> View<'_> {
    View::List(tags.iter().map(|(key, value)| vec![("key", key.as_str().into()), ("value", value.as_str().into())].into()).collect())
}

impl Resource {
    /// The parts of the resource that its family's template prints.
    pub fn view(&self) -> Vec<(&'static str, View<'_>)> {
        let mut view: Map = vec![("retain", self.retain.into())];
        match &self.kind {
            Kind::Bucket(bucket) => bucket.view(&mut view),
            Kind::BucketPolicy { bucket, document, .. } => view.extend([
                ("bucket", View::Text(Cow::Owned(Expr::reference(bucket.clone(), crate::expr::Attribute::Id)))),
                ("document", document.into()),
            ]),
            Kind::Key(key) => {
                view.extend([
                    ("description", key.description.clone().into()),
                    ("deletion_window_days", super::Key::DELETION_WINDOW_DAYS.into()),
                    ("document", (&key.policy).into()),
                ]);
                if !key.tags.is_empty() {
                    view.push(("tags", tags(&key.tags)));
                }
            }
            Kind::Role(role) => {
                view.extend([
                    ("name", role.name.clone().into()),
                    ("description", role.description.clone().into()),
                    ("trust", (&role.trust).into()),
                    ("policy_name", role.policy_name.into()),
                    ("document", (&role.policy).into()),
                ]);
                if !role.tags.is_empty() {
                    view.push(("tags", tags(&role.tags)));
                }
            }
            Kind::ManagedPolicy(policy) => {
                view.extend([
                    ("name", policy.name.clone().into()),
                    ("path", super::ManagedPolicy::PATH.into()),
                    ("description", policy.description.clone().into()),
                    ("document", (&policy.document).into()),
                ]);
                let holders = [("users", &policy.users), ("groups", &policy.groups), ("roles", &policy.roles)];
                view.extend(holders.into_iter().filter(|(_, names)| !names.is_empty()).map(|(kind, names)| (kind, texts(names))));
            }
            Kind::AccessPoint(point) => point.view(&mut view),
            Kind::ConfigRule(rule) => rule.view(&mut view),
            Kind::Automation(automation) => automation.view(&mut view),
            Kind::Remediation(remediation) => remediation.view(&mut view),
            Kind::Recorder(recorder) => recorder.view(&mut view),
            Kind::DeliveryChannel(channel) => channel.view(&mut view),
            Kind::Analyzer(analyzer) => analyzer.view(&mut view),
            Kind::Detector(detector) => detector.view(&mut view),
            Kind::MalwareScan(scan) => scan.view(&mut view),
            Kind::MacieSession(session) => session.view(&mut view),
            Kind::CustomIdentifier(identifier) => identifier.view(&mut view),
            Kind::AllowList(list) => list.view(&mut view),
            Kind::ClassificationJob(job) => job.view(&mut view),
            Kind::ResultsExport(export) => export.view(&mut view),
            Kind::AccountBlock(block) => view.extend(block.switches()),
            Kind::Trail(trail) => trail.view(&mut view),
            Kind::LogGroup(group) => group.view(&mut view),
            Kind::Topic(one) => one.view(&mut view),
            Kind::Subscription(one) => one.view(&mut view),
            Kind::EventRule(one) => one.view(&mut view),
            Kind::LambdaPermission(one) => one.view(&mut view),
            Kind::MetricFilter(one) => one.view(&mut view),
            Kind::Alarm(one) => one.view(&mut view),
            Kind::TopicPolicy { topic, document } => view.extend([
                ("topic", View::Text(Cow::Owned(Expr::reference(topic.clone(), crate::expr::Attribute::Id)))),
                ("document", document.into()),
            ]),
            Kind::Alias(alias) => view.extend([("name", alias.name.clone().into()), ("key", (&alias.key).into())]),
        }
        view
    }
}

impl PublicAccessBlock {
    fn view<'a>(self) -> View<'a> {
        View::Map(self.switches())
    }

    fn switches<'a>(self) -> Map<'a> {
        vec![
            ("block_public_acls", self.block_public_acls.into()),
            ("ignore_public_acls", self.ignore_public_acls.into()),
            ("block_public_policy", self.block_public_policy.into()),
            ("restrict_public_buckets", self.restrict_public_buckets.into()),
        ]
    }
}

impl AccessPoint {
    fn view<'a>(&'a self, view: &mut Map<'a>) {
        view.extend([
            ("name", self.name.as_str().into()),
            ("bucket", View::Text(Cow::Owned(Expr::reference(self.bucket.clone(), crate::expr::Attribute::Id)))),
            ("public_access_block", self.public_access_block.view()),
        ]);
        view.extend(self.vpc.as_ref().map(|vpc| ("vpc", vpc.into())));
        view.extend(self.policy.as_ref().map(|policy| ("document", policy.into())));
    }
}

impl Bucket {
    fn view<'a>(&'a self, view: &mut Map<'a>) {
        view.extend([
            ("name", self.name.as_str().into()),
            ("ownership", self.ownership.aws().into()),
            ("public_access_block", self.public_access_block.view()),
        ]);
        let mut encryption: Map = vec![("algorithm", self.encryption.algorithm.aws().into())];
        encryption.extend(self.encryption.key.as_ref().map(|key| ("key", key.into())));
        encryption.extend(self.encryption.bucket_key.map(|on| ("bucket_key", on.into())));
        if self.encryption.sse_c_blocked {
            encryption.push(("blocked", View::Literal(Literal::List(vec![Literal::text("SSE-C")]))));
        }
        view.push(("encryption", View::Map(encryption)));
        if self.versioning != super::Versioning::Off {
            view.push(("versioning", self.versioning.aws().into()));
        }
        if !self.lifecycle.is_empty() {
            view.push(("lifecycle", View::List(self.lifecycle.iter().map(LifecycleRule::view).collect())));
        }
        if let Some(logging) = &self.logging {
            let parts = vec![
                ("target", (&logging.target).into()),
                ("prefix", logging.prefix.clone().into()),
                ("partitioned", (logging.format == super::LogFormat::Partitioned).into()),
            ];
            view.push(("logging", View::Map(parts)));
        }
        if let Some(lock) = self.object_lock {
            let period = match lock.period {
                Period::Days(days) => ("days", days.into()),
                Period::Years(years) => ("years", years.into()),
            };
            // On a bucket that exists the argument would replace it; the configuration works in place.
            view.push(("object_lock_at_creation", (!self.existing).into()));
            view.push(("object_lock", View::Map(vec![("mode", lock.mode.aws().into()), period])));
        }
        if let Some(replication) = &self.replication {
            view.push(("replication", replication.view()));
        }
        if !self.cors.is_empty() {
            view.push(("cors", View::List(self.cors.iter().map(CorsRule::view).collect())));
        }
        if self.eventbridge {
            view.push(("eventbridge", true.into()));
        }
        if !self.acl.is_empty() {
            view.push(("acl", View::List(self.acl.iter().map(Grant::view).collect())));
            if self.acl_is_log_delivery() {
                view.push(("canned_acl", "LogDeliveryWrite".into()));
            }
        }
        if self.account_regional {
            view.push(("namespace", "account-regional".into()));
        }
        if !self.tags.is_empty() {
            view.push(("tags", tags(&self.tags)));
        }
    }
}

/// A list of texts as one literal.
fn texts<T: AsRef<str>>(texts: &[T]) -> View<'_> {
    View::Literal(Literal::List(texts.iter().map(|text| Literal::text(text.as_ref())).collect()))
}

impl Replication {
    fn view(&self) -> View<'_> {
        let mut parts: Map = vec![("role", (&self.role).into()), ("to", (&self.to).into())];
        parts.extend(self.account.as_ref().map(|account| ("account", account.into())));
        parts.extend(self.key.as_ref().map(|key| ("key", key.into())));
        parts.push(("delete_markers", if self.delete_markers { "Enabled".into() } else { "Disabled".into() }));
        let rule = |(at, prefix): (usize, &String)| {
            let id = if prefix.is_empty() { "everything".to_owned() } else { format!("prefix-{}", at + 1) };
            let priority = i64::try_from(at).unwrap_or(i64::MAX).saturating_add(1);
            View::Map(vec![("id", id.into()), ("priority", priority.into()), ("prefix", prefix.clone().into())])
        };
        parts.push(("rules", View::List(self.prefixes.iter().enumerate().map(rule).collect())));
        View::Map(parts)
    }
}

impl CorsRule {
    fn view(&self) -> View<'_> {
        let mut parts: Map = vec![("origins", texts(&self.origins)), ("methods", texts(&self.methods))];
        if !self.headers.is_empty() {
            parts.push(("headers", texts(&self.headers)));
        }
        if !self.expose.is_empty() {
            parts.push(("expose", texts(&self.expose)));
        }
        parts.extend(self.max_age.map(|seconds| ("max_age", seconds.into())));
        View::Map(parts)
    }
}

impl Grant {
    fn view(&self) -> View<'_> {
        let to: (&'static str, View) = match &self.to {
            Grantee::Group(uri) => ("group", (*uri).into()),
            Grantee::CanonicalUser(id) => ("user", id.clone().into()),
        };
        View::Map(vec![to, ("permission", self.permission.into())])
    }
}

impl LifecycleRule {
    fn view(&self) -> View<'_> {
        let (id, part): (&'static str, (&'static str, View)) = match self {
            Self::AbortIncompleteUploads(days) => ("abort-incomplete-uploads", ("abort_days", (*days).into())),
            Self::ExpireOldVersions(days) => ("expire-old-versions", ("noncurrent_days", (*days).into())),
            Self::ExpireObjects(days) => ("expire-objects", ("expire_days", (*days).into())),
            Self::Transition(moves) => {
                let one = |t: &super::Transition| View::Map(vec![("days", t.after_days.into()), ("class", t.to.aws().into())]);
                ("move-to-cheaper-storage", ("transitions", View::List(moves.iter().map(one).collect())))
            }
        };
        View::Map(vec![("id", id.into()), part])
    }
}
