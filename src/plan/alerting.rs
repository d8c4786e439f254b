//! What tells somebody: rules on events, alarms on logs, and the topic and subscriptions by which they reach people.

use std::borrow::Cow;

use super::Tags;
use super::view::{Map, View, tags};
use crate::expr::{Attribute, Expr, Literal, LogicalId};

/// An SNS topic. Its id is its ARN.
#[derive(Clone, Debug, PartialEq)]
pub struct Topic {
    /// Its name.
    pub name: String,
    /// The key that encrypts what it holds.
    pub key: Expr,
    /// Its tags.
    pub tags: Tags,
}

/// Somebody who receives what a topic gets.
#[derive(Clone, Debug, PartialEq)]
pub struct Subscription {
    /// The topic.
    pub topic: LogicalId,
    /// How, in the words of SNS.
    pub protocol: &'static str,
    /// Where.
    pub endpoint: String,
}

/// A rule of EventBridge on the default bus.
#[derive(Clone, Debug, PartialEq)]
pub struct EventRule {
    /// Its name.
    pub name: String,
    /// What it is for.
    pub description: String,
    /// The events that it is about.
    pub pattern: Literal<'static>,
    /// Where they go.
    pub targets: Vec<Target>,
}

/// Where a rule sends events.
#[derive(Clone, Debug, PartialEq)]
pub struct Target {
    /// Its name within the rule.
    pub id: String,
    /// Its ARN.
    pub arn: Expr,
}

/// The permission to call a Lambda function that exists.
#[derive(Clone, Debug, PartialEq)]
pub struct LambdaPermission {
    /// The function.
    pub function: Expr,
    /// The service that calls.
    pub service: &'static str,
    /// The rule or alarm for which it does.
    pub source: LogicalId,
    /// The account of that rule or alarm.
    pub account: Expr,
}

/// A count of what a log group gets.
#[derive(Clone, Debug, PartialEq)]
pub struct MetricFilter {
    /// Its name.
    pub name: String,
    /// The log group.
    pub group: LogicalId,
    /// What is counted.
    pub pattern: String,
    /// The metric that counts it.
    pub metric: Metric,
}

/// A metric by its names.
#[derive(Clone, Debug, PartialEq)]
pub struct Metric {
    /// Its namespace.
    pub namespace: String,
    /// Its name.
    pub name: &'static str,
}

/// An alarm on the sum of a metric.
#[derive(Clone, Debug, PartialEq)]
pub struct Alarm {
    /// Its name.
    pub name: String,
    /// What it is for.
    pub description: String,
    /// The metric.
    pub metric: Metric,
    /// The seconds of which the sum is taken.
    pub period: u32,
    /// The sum from which on it goes off.
    pub threshold: u32,
    /// What it calls, by ARN.
    pub actions: Vec<Expr>,
    /// Its tags.
    pub tags: Tags,
}

fn reference(id: &LogicalId, attribute: Attribute) -> View<'static> {
    View::Text(Cow::Owned(Expr::reference(id.clone(), attribute)))
}

impl Topic {
    pub(super) fn view<'a>(&'a self, view: &mut Map<'a>) {
        view.extend([("name", self.name.as_str().into()), ("key", (&self.key).into())]);
        if !self.tags.is_empty() {
            view.push(("tags", tags(&self.tags)));
        }
    }
}

impl Subscription {
    pub(super) fn view<'a>(&'a self, view: &mut Map<'a>) {
        view.extend([
            ("topic", reference(&self.topic, Attribute::Id)),
            ("protocol", self.protocol.into()),
            ("endpoint", self.endpoint.as_str().into()),
        ]);
    }
}

impl EventRule {
    pub(super) fn view<'a>(&'a self, view: &mut Map<'a>) {
        let one = |target: &'a Target| View::Map(vec![("id", target.id.as_str().into()), ("arn", (&target.arn).into())]);
        let by_id = self.targets.iter().map(|target| (target.id.as_str(), Literal::from(&target.arn)));
        view.extend([
            ("name", self.name.as_str().into()),
            ("description", self.description.as_str().into()),
            ("pattern", View::Literal(self.pattern.clone())),
            ("targets", View::List(self.targets.iter().map(one).collect())),
            ("targets_by_id", View::Literal(Literal::object(by_id))),
        ]);
    }
}

impl LambdaPermission {
    pub(super) fn view<'a>(&'a self, view: &mut Map<'a>) {
        view.extend([
            ("function", (&self.function).into()),
            ("service", self.service.into()),
            ("source", reference(&self.source, Attribute::Arn)),
            ("account", (&self.account).into()),
        ]);
    }
}

impl Metric {
    fn view(&self) -> View<'_> {
        View::Map(vec![("namespace", self.namespace.as_str().into()), ("name", self.name.into())])
    }
}

impl MetricFilter {
    pub(super) fn view<'a>(&'a self, view: &mut Map<'a>) {
        view.extend([
            ("name", self.name.as_str().into()),
            ("group", reference(&self.group, Attribute::Id)),
            ("pattern", self.pattern.as_str().into()),
            ("metric", self.metric.view()),
        ]);
    }
}

impl Alarm {
    pub(super) fn view<'a>(&'a self, view: &mut Map<'a>) {
        view.extend([
            ("name", self.name.as_str().into()),
            ("description", self.description.as_str().into()),
            ("metric", self.metric.view()),
            ("period", self.period.into()),
            ("threshold", self.threshold.into()),
            ("actions", View::Literal(Literal::texts(&self.actions))),
        ]);
        if !self.tags.is_empty() {
            view.push(("tags", tags(&self.tags)));
        }
    }
}
