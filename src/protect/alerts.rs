//! Alerts: changes of the bucket's settings, findings about it and bursts of refused requests reach somebody.
//!
//! In: the section `monitoring.alerts`. Out: a rule of EventBridge for each kind of event, filtered to the bucket; a metric
//! filter and an alarm for bursts; an encrypted topic with its policy and subscriptions, permissions of functions that
//! exist, and steps of the runbook for what a template cannot do. What only a trail sees needs one: a check says so.

use serde::{Deserialize, Serialize};

use super::cloudtrail::LOG_GROUP;
use super::{Draft, Meta, uses};
use crate::diag::Path;
use crate::expr::{Attribute, Expr, LogicalId, REFERENCE};
use crate::names::{AccountId, BucketName, Invalid, Region, inert, name};
use crate::path;
use crate::plan::{Alarm, EventRule, Kind, LambdaPermission, Metric, MetricFilter, Resource, Subscription, Target};

mod patterns;
mod steps;
mod topic;

pub use patterns::Event;

/// What is known about this protection.
pub const META: Meta = Meta {
    id: "alerts",
    title: "alerts",
    risk: "a policy is opened or a log switched off, and nobody hears of it until the data is elsewhere",
    statements: &[
        (
            "AllowEventsToPublish",
            "Lets EventBridge publish to the topic. It takes no condition: EventBridge sends none of the keys for the source to topics, so that a statement \
             with one would let nothing through (\"Troubleshooting Amazon EventBridge\", Amazon EventBridge User Guide). Change it with `monitoring.alerts`.",
        ),
        (
            "AllowAlarmsToPublish",
            "Lets CloudWatch publish to the topic, for the alarm of this bucket only. Change it with `monitoring.alerts`.",
        ),
        (
            "DenyPlainPublish",
            "Denies publishing to the topic over plain HTTP. Services are not affected: the key is absent from their calls.",
        ),
        (
            "AllowEventsToEncrypt",
            "Lets EventBridge use the key of the topic. It takes no source condition here either (\"Managing Amazon SNS encryption keys and costs\", Amazon \
             SNS Developer Guide).",
        ),
        ("AllowAlarmsToEncrypt", "Lets CloudWatch use the key of the topic, for alarms of this account only."),
    ],
};

/// What names of services' resources hold.
fn is_plain(text: &str, most: usize) -> bool {
    !text.is_empty() && text.len() <= most && text.bytes().all(|b| b.is_ascii_alphanumeric() || b == b'-' || b == b'_')
}

/// The parts of an ARN behind the account, if it is one of that service.
fn of_service<'a>(text: &'a str, service: &str) -> Option<Vec<&'a str>> {
    let mut parts = text.split(':');
    let partition = |part: &str| !part.is_empty() && part.bytes().all(|b| b.is_ascii_lowercase() || b == b'-');
    let right = parts.next()? == "arn"
        && partition(parts.next()?)
        && parts.next()? == service
        && parts.next()?.parse::<Region>().is_ok()
        && parts.next()?.parse::<AccountId>().is_ok();
    right.then(|| parts.collect())
}

/// The region and account of an ARN, where it says them.
fn home(arn: &str) -> Option<(&str, &str)> {
    if arn.contains(REFERENCE) {
        return None;
    }
    let mut parts = arn.split(':').skip(3);
    Some((parts.next()?, parts.next()?))
}

name! {
    /// `create`, or the ARN of an SNS topic that exists.
    TopicChoice, open, format "topic-choice", example "create"
}

impl TopicChoice {
    fn check(text: &str) -> Result<(), Invalid> {
        let arn = of_service(text, "sns").is_some_and(|rest| matches!(rest.as_slice(), [name] if is_plain(name, 256)));
        if text == "create" || arn {
            return Ok(());
        }
        Err(Invalid::new(
            format!("`{text}` is not an SNS topic"),
            "write `create`, or an ARN such as `arn:aws:sns:eu-west-1:111122223333:security`",
        ))
    }

    /// The topic that exists, if one is named.
    pub fn given(&self) -> Option<&str> {
        Some(self.as_str()).filter(|text| *text != "create")
    }
}

name! {
    /// The ARN of a Lambda function that exists, without a version or alias.
    FunctionArn, open, format "lambda-function", example "arn:aws:lambda:eu-west-1:111122223333:function:on-alert"
}

impl FunctionArn {
    fn check(text: &str) -> Result<(), Invalid> {
        let rest = of_service(text, "lambda");
        if rest.is_some_and(|rest| matches!(rest.as_slice(), ["function", name] if is_plain(name, 64))) {
            return Ok(());
        }
        Err(Invalid::new(
            format!("`{text}` is not the ARN of a Lambda function"),
            "write it as `arn:aws:lambda:eu-west-1:111122223333:function:on-alert`, without a version or alias",
        ))
    }
}

name! {
    /// An e-mail address.
    EmailAddress, format "alert-email", example "security@acme.example"
}

impl EmailAddress {
    fn check(text: &str) -> Result<(), Invalid> {
        inert(text)?;
        let word = |part: &str, extra: &str| {
            let taken = |c: char| c.is_ascii_alphanumeric() || extra.contains(c);
            !part.is_empty()
                && part.chars().all(taken)
                && !part.starts_with(['.', '-'])
                && !part.ends_with(['.', '-'])
                && !part.contains("..")
        };
        let right = text.split_once('@').is_some_and(|(local, domain)| word(local, "._+-") && word(domain, ".-") && domain.contains('.'));
        if right && text.len() <= 254 {
            return Ok(());
        }
        Err(Invalid::new(format!("`{text}` is not an e-mail address"), "write it as `security@acme.example`"))
    }
}

/// Who hears of an event.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(test, derive(schemars::JsonSchema), schemars(inline))]
#[serde(rename_all = "lowercase")]
pub enum Receiver {
    /// Whoever subscribes to a topic: `create` for one of the bucket's own, or the ARN of one that exists.
    Sns(TopicChoice),
    /// A function that exists; the permission to call it is made.
    Lambda(FunctionArn),
    /// Somebody who confirms the subscription to the bucket's own topic.
    Email(EmailAddress),
}

/// Who hears of what.
#[derive(Clone, Debug, Serialize, Deserialize)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
#[serde(deny_unknown_fields)]
pub struct Alerts {
    /// Who hears of it. EventBridge sends each event to at most five.
    #[cfg_attr(test, schemars(length(min = 1, max = 5)))]
    pub to: Vec<Receiver>,
    /// What they hear of. Changes of settings need a trail that records management events; findings need the service that makes them.
    #[cfg_attr(test, schemars(length(min = 1)))]
    pub on: Vec<Event>,
}

/// What alerts are about.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum About {
    /// The bucket of the draft.
    Bucket,
    /// Every bucket of the account and region.
    Account,
}

impl About {
    fn bucket(self, draft: &Draft) -> Option<&BucketName> {
        match self {
            Self::Bucket => Some(&draft.bucket.name),
            Self::Account => None,
        }
    }

    fn words(self, draft: &Draft) -> String {
        self.bucket(draft).map_or_else(|| "every bucket of the account".to_owned(), ToString::to_string)
    }
}

/// Refused requests within five minutes from which on it is a burst.
const BURST: u32 = 20;

const ALARM: LogicalId = LogicalId::fixed("AlertAccessDeniedBurst");

fn alarm_name(draft: &Draft) -> String {
    format!("{}-{}", draft.bucket.name, Event::AccessDeniedBurst.word())
}

impl Alerts {
    /// The topics that exist, and where they stand.
    pub fn given_topics(&self) -> impl Iterator<Item = (Path, &str)> {
        self.to.iter().enumerate().filter_map(|(at, receiver)| match receiver {
            Receiver::Sns(topic) => Some((path!["monitoring", "alerts", "to", at, "sns"], topic.given()?)),
            _ => None,
        })
    }

    /// The region and account of what receives, where it is in one, and where that stands.
    pub fn homes(&self) -> impl Iterator<Item = (Path, (&str, &str))> {
        self.to.iter().enumerate().filter_map(|(at, receiver)| {
            let (key, arn) = match receiver {
                Receiver::Sns(topic) => ("sns", topic.given()?),
                Receiver::Lambda(function) => ("lambda", function.as_str()),
                Receiver::Email(_) => return None,
            };
            Some((path!["monitoring", "alerts", "to", at, key], home(arn)?))
        })
    }

    /// Whether the profile makes a topic: for itself, or for e-mail.
    fn makes_topic(&self) -> bool {
        self.to.iter().any(|receiver| match receiver {
            Receiver::Sns(topic) => topic.given().is_none(),
            Receiver::Email(_) => true,
            Receiver::Lambda(_) => false,
        })
    }

    /// What is listed, each once.
    fn events(&self) -> impl Iterator<Item = Event> {
        let first = |at: usize, event: Event| !self.on.iter().take(at).any(|earlier| *earlier == event);
        self.on.iter().copied().enumerate().filter(move |(at, event)| first(*at, *event)).map(|(_, event)| event)
    }

    /// Whether bursts of refused requests are counted.
    fn counts(&self) -> bool {
        self.on.contains(&Event::AccessDeniedBurst)
    }

    /// Adds the rules, the alarm and what receives them, for events of one bucket or of all. `trail` is the name of the trail that
    /// the profile makes or names.
    pub fn lower(&self, about: About, trail: Option<&str>, draft: &mut Draft) {
        let origin =
            |draft: &Draft, key: &'static str, reason: &'static str| draft.origin(&META, path!["monitoring", "alerts", key], reason);
        let mut made = Vec::new();
        if self.makes_topic() {
            topic::make(self.counts(), draft, &mut made);
            draft.claims.extend(uses::promise(&made, draft));
        }
        for (at, email) in self.emails().into_iter().enumerate() {
            let id = LogicalId::derived("AlertEmail", &(at + 1).to_string());
            let subscription = Subscription { topic: topic::ID, protocol: "email", endpoint: email.to_string() };
            made.push(Resource::new(id, Kind::Subscription(subscription), origin(draft, "to", "hears of it by e-mail, once confirmed")));
        }
        let targets = self.targets();
        let mut sources = Vec::new();
        for event in self.events() {
            let pattern = match about {
                About::Bucket => event.of_bucket(&draft.bucket.name, &draft.arn(), trail),
                About::Account => event.of_account(trail),
            };
            let Some(pattern) = pattern else { continue };
            let id = LogicalId::derived("Alert", event.word());
            let rule = EventRule {
                name: format!("{}-{}", draft.bucket.name.shortened(63 - event.word().len()), event.word()),
                description: format!("{} of {}", event.about(), about.words(draft)),
                pattern,
                targets: targets.clone(),
            };
            made.push(Resource::new(id.clone(), Kind::EventRule(rule), origin(draft, "on", event.about())));
            sources.push((id, event.word(), "events.amazonaws.com"));
        }
        if self.counts() {
            self.count(about, &targets, draft, &mut made);
            sources.push((ALARM, Event::AccessDeniedBurst.word(), "lambda.alarms.cloudwatch.amazonaws.com"));
        }
        for (source, word, service) in sources {
            for (at, function) in self.functions().into_iter().enumerate() {
                let permission = LambdaPermission {
                    function: Expr::text(function.to_string()),
                    service,
                    source: source.clone(),
                    account: draft.account.clone(),
                };
                let id = LogicalId::derived("AlertPermission", &format!("{word}-{}", at + 1));
                made.push(Resource::new(id, Kind::LambdaPermission(permission), origin(draft, "to", "lets the alert call the function")));
            }
        }
        for (_, given) in self.given_topics() {
            let step = steps::let_publish(given, self.counts(), draft);
            draft.steps.push(step);
        }
        for email in self.emails() {
            let step = steps::confirm(email, &topic::name(draft), draft);
            draft.steps.push(step);
        }
        let words: Vec<&str> = self.on.iter().map(|event| event.word()).collect();
        draft.claim_setting(&META, path!["monitoring", "alerts"], "alerts", words.join(", "));
        draft.dependents.extend(made);
    }

    /// Where rules and the alarm send: e-mail is reached by the topic.
    fn targets(&self) -> Vec<Target> {
        let mut targets = Vec::new();
        if self.makes_topic() {
            targets.push(Target { id: "topic".to_owned(), arn: Expr::reference(topic::ID, Attribute::Id) });
        }
        let given = self.given_topics().map(|(_, arn)| ("given-topic", arn));
        let functions = self.functions();
        let functions = functions.iter().map(|function| ("function", function.as_str()));
        for (at, (word, arn)) in given.chain(functions).enumerate() {
            targets.push(Target { id: format!("{word}-{}", at + 1), arn: Expr::text(arn.to_owned()) });
        }
        targets
    }

    fn functions<'a>(&'a self) -> Vec<&'a FunctionArn> {
        let one = |receiver: &'a Receiver| match receiver {
            Receiver::Lambda(function) => Some(function),
            _ => None,
        };
        self.to.iter().filter_map(one).collect()
    }

    fn emails<'a>(&'a self) -> Vec<&'a EmailAddress> {
        let one = |receiver: &'a Receiver| match receiver {
            Receiver::Email(email) => Some(email),
            _ => None,
        };
        self.to.iter().filter_map(one).collect()
    }

    /// A metric filter on the trail's log group, and an alarm on what it counts.
    fn count(&self, about: About, targets: &[Target], draft: &Draft, made: &mut Vec<Resource>) {
        let bucket = &draft.bucket.name;
        let because = |reason: &'static str| draft.origin(&META, path!["monitoring", "alerts", "on"], reason);
        let metric = Metric { namespace: format!("S3/{bucket}"), name: "AccessDenied" };
        let name = alarm_name(draft);
        let filter =
            MetricFilter { name: name.clone(), group: LOG_GROUP, pattern: patterns::denied(about.bucket(draft)), metric: metric.clone() };
        made.push(Resource::new(LogicalId::fixed("AlertAccessDenied"), Kind::MetricFilter(filter), because("counts refused requests")));
        let alarm = Alarm {
            name,
            description: format!("{BURST} or more refused requests for {} within five minutes", about.words(draft)),
            metric,
            period: 300,
            threshold: BURST,
            actions: targets.iter().map(|target| target.arn.clone()).collect(),
            tags: draft.bucket.tags.clone(),
        };
        made.push(Resource::new(ALARM, Kind::Alarm(alarm), because(Event::AccessDeniedBurst.about())));
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn receivers_are_named_as_aws_names_them() {
        for good in ["create", "arn:aws:sns:eu-west-1:111122223333:security"] {
            assert!(good.parse::<TopicChoice>().is_ok(), "{good}");
        }
        for bad in [
            "none",
            "arn:aws:sns:eu-west-1:111122223333:a.fifo",
            "arn:aws:sns:eu-west-1:111122223333:a:b",
            "arn:aws:sqs:eu-west-1:111122223333:a",
        ] {
            assert!(bad.parse::<TopicChoice>().is_err(), "{bad}");
        }
        assert!("arn:aws:lambda:eu-west-1:111122223333:function:on-alert".parse::<FunctionArn>().is_ok());
        for bad in ["on-alert", "arn:aws:lambda:eu-west-1:111122223333:function:f:1", "arn:aws:lambda:eu-west-1:1:function:f"] {
            assert!(bad.parse::<FunctionArn>().is_err(), "{bad}");
        }
        assert!("sec.ops+s3@acme-corp.example".parse::<EmailAddress>().is_ok());
        for bad in
            ["", "a", "a@b", "@acme.example", "a b@acme.example", "a@acme.example,b@acme.example", "-x@acme.example", "a@acme..example"]
        {
            assert!(bad.parse::<EmailAddress>().is_err(), "{bad}");
        }
    }
}
