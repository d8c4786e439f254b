//! Steps of the runbook: a topic that exists takes alerts, and people confirm that they want them.

use serde_json::{Value, json};

use super::super::Draft;
use super::EmailAddress;
use crate::path;
use crate::plan::{Step, When};

/// Lets EventBridge, and the alarm, publish to a topic that exists.
pub(super) fn let_publish(topic: &str, alarms: bool, draft: &Draft) -> Step {
    let account = draft.account.as_text().unwrap_or("ACCOUNT");
    let allow = |sid: &str, service: &str| json!({ "Sid": sid, "Effect": "Allow", "Principal": { "Service": [service] }, "Action": ["sns:Publish"], "Resource": [topic] });
    let mut statements = vec![allow("AllowEventsToPublish", "events.amazonaws.com")];
    if alarms {
        let mut alarm = allow("AllowAlarmsToPublish", "cloudwatch.amazonaws.com");
        if let Some(statement) = alarm.as_object_mut() {
            statement.insert("Condition".into(), json!({ "StringEquals": { "aws:SourceAccount": account } }));
        }
        statements.push(alarm);
    }
    Step {
        title: format!("Let alerts about {} reach {topic}", draft.bucket.name),
        why: "the policy of the topic belongs to somebody else; without the statement EventBridge drops the alerts, and says so in a metric only. A key of \
              the topic needs kms:Decrypt and kms:GenerateDataKey* for the same services. EventBridge sends no source conditions to topics"
            .to_owned(),
        when: When::Before,
        commands: vec![
            format!("aws sns get-topic-attributes --topic-arn {topic} --query Attributes.Policy --output text >topic-policy.json"),
            "# add to its statements, then:".to_owned(),
            format!("# {}", Value::from(statements)),
            format!("aws sns set-topic-attributes --topic-arn {topic} --attribute-name Policy --attribute-value file://topic-policy.json"),
        ],
        verify: vec![format!("aws sns get-topic-attributes --topic-arn {topic} --query Attributes.Policy --output text")],
        expect: "a policy with `AllowEventsToPublish`".to_owned(),
        path: path!["monitoring", "alerts", "to"],
    }
}

/// Whoever has the mailbox confirms the subscription.
pub(super) fn confirm(email: &EmailAddress, topic: &str, draft: &Draft) -> Step {
    let region = draft.region.as_text().unwrap_or("REGION");
    let account = draft.account.as_text().unwrap_or("ACCOUNT");
    let arn = format!("arn:{}:sns:{region}:{account}:{topic}", draft.partition());
    Step {
        title: format!("Confirm the alerts about {} to {email}", draft.bucket.name),
        why: "SNS sends nothing to an address before somebody follows the link in its first message, which is good for three days"
            .to_owned(),
        when: When::After,
        commands: vec![
            "# follow the link in the message `AWS Notification - Subscription Confirmation`; this sends it again".to_owned(),
            format!("aws sns subscribe --topic-arn {arn} --protocol email --notification-endpoint {email}"),
        ],
        verify: vec![format!(
            "aws sns list-subscriptions-by-topic --topic-arn {arn} --query 'Subscriptions[?Endpoint==`\"{email}\"`].SubscriptionArn' --output text"
        )],
        expect: "an ARN, not PendingConfirmation".to_owned(),
        path: path!["monitoring", "alerts", "to"],
    }
}
