//! The topic of the bucket's own, with its key: EventBridge cannot use the key that SNS brings along.

use super::super::Draft;
use super::META;
use crate::expr::{Attribute, Expr, LogicalId};
use crate::path;
use crate::plan::{Alias, Key as KmsKey, Kind, Resource, Topic};
use crate::policy::{Base, Condition, Document, Effect, Key, Origin, Principal, Statement};

pub(super) const ID: LogicalId = LogicalId::fixed("AlertTopic");
const KEY: LogicalId = LogicalId::fixed("AlertKey");

const EVENTS: &str = "events.amazonaws.com";
const ALARMS: &str = "cloudwatch.amazonaws.com";

/// The name of the topic for a bucket; topics take no dots.
pub(super) fn name(draft: &Draft) -> String {
    format!("{}-alerts", draft.bucket.name.without_dots())
}

/// Adds the topic, its policy and its key; `alarms` also publish.
pub(super) fn make(alarms: bool, draft: &Draft, made: &mut Vec<Resource>) {
    let because = |reason: &'static str| draft.origin(&META, path!["monitoring", "alerts", "to"], reason);
    let bucket = &draft.bucket.name;
    let policy = Document { statements: key_statements(alarms, draft, because), ..Document::default() };
    let key = KmsKey { description: format!("Encrypts alerts about {bucket}"), policy, tags: draft.bucket.tags.clone() };
    let key = Resource::new(KEY, Kind::Key(key), because("encrypts what the topic holds")).retained(draft.retain);
    let alias = Alias { name: format!("alias/{}", name(draft)), key: key.reference(Attribute::Id) };
    let topic = Topic { name: name(draft), key: key.reference(Attribute::Id), tags: draft.bucket.tags.clone() };
    let policy = Document { statements: statements(alarms, draft, because), ..Document::default() };
    made.extend([
        key,
        Resource::new(LogicalId::fixed("AlertKeyAlias"), Kind::Alias(alias), because("a name for the key, for people")),
        Resource::new(ID, Kind::Topic(topic), because("takes alerts about the bucket to whoever subscribes")),
        Resource::new(
            LogicalId::fixed("AlertTopicPolicy"),
            Kind::TopicPolicy { topic: ID, document: policy },
            because("who may publish to the topic"),
        ),
    ]);
}

fn allow(sid: &'static str, service: &'static str) -> Statement {
    Statement::new(Effect::Allow, sid).to([Principal::Service(service.into())])
}

/// "Troubleshooting Amazon EventBridge" (Amazon EventBridge User Guide): policies of topics can hold no condition for EventBridge.
fn statements(alarms: bool, draft: &Draft, because: impl Fn(&'static str) -> Origin) -> Vec<Statement> {
    let on = || [Expr::reference(ID, Attribute::Id)];
    let publish = ["sns:Publish"];
    let mut statements = vec![
        Statement::new(Effect::Deny, "DenyPlainPublish")
            .actions(publish)
            .on(on())
            .when(Condition::one(Base::Bool, Key::SecureTransport, "false"))
            .because(because("nothing is published over plain HTTP")),
        allow("AllowEventsToPublish", EVENTS).actions(publish).on(on()).because(because("rules publish what they match")),
    ];
    if alarms {
        let alarm = Expr::arn("cloudwatch", draft.region.clone(), draft.account.clone(), format!("alarm:{}", super::alarm_name(draft)));
        let statement = allow("AllowAlarmsToPublish", ALARMS)
            .actions(publish)
            .on(on())
            .when(Condition::one(Base::StringEquals, Key::SourceAccount, draft.account.clone()))
            .when(Condition::one(Base::ArnEquals, Key::SourceArn, alarm));
        statements.push(statement.because(because("the bucket's alarm publishes when it goes off")));
    }
    statements
}

/// "Managing Amazon SNS encryption keys and costs" (Amazon SNS Developer Guide), which rules out source conditions for
/// EventBridge.
fn key_statements(alarms: bool, draft: &Draft, because: impl Fn(&'static str) -> Origin) -> Vec<Statement> {
    let any = || ["*".into()];
    let usage = ["kms:Decrypt", "kms:GenerateDataKey*"];
    let mut statements = vec![
        Statement::new(Effect::Allow, "AllowAccountAdministration")
            .to([Principal::Aws(Expr::arn("iam", "", draft.account.clone(), "root"))])
            .actions(["kms:*"])
            .on(any())
            .because(because("the account administers the key and grants its use by IAM policies")),
        allow("AllowEventsToEncrypt", EVENTS).actions(usage).on(any()).because(because("EventBridge publishes to the encrypted topic")),
    ];
    if alarms {
        let statement = allow("AllowAlarmsToEncrypt", ALARMS).actions(usage).on(any()).when(Condition::one(
            Base::StringEquals,
            Key::SourceAccount,
            draft.account.clone(),
        ));
        statements.push(statement.because(because("CloudWatch publishes to the encrypted topic")));
    }
    statements
}
