//! Server access logs: a record of every request, delivered to a companion bucket or to one that exists.

use serde::{Deserialize, Serialize};

use super::cloudtrail::CloudTrail;
use super::{Draft, Meta, lifecycle::Days};
use crate::claim::{Flow, Guarantee};
use crate::expr::{Attribute, Expr};
use crate::names::{BucketName, Invalid, LogPrefix, name};
use crate::path;
use crate::plan::{LOG_BUCKET, LogFormat, Logging, Scanner, Step, Suppression, When, shell_word};
use crate::policy::{Base, Condition, Effect, Key, Origin, Principal, Statement};

/// What is known about this protection.
pub const META: Meta = Meta {
    id: "access-logs",
    title: "server access logs",
    risk: "nobody can say afterwards who read or changed what",
    statements: &[(
        "AllowAccessLogDelivery",
        "Lets S3's log delivery service write the records of the logged bucket, under the declared prefix, and nothing else. The source conditions keep \
         other accounts from having their logs, or anything that looks like them, written here (the confused deputy). Change it with \
         `logging.server_access`.",
    )],
};

/// Rules that want every bucket to keep access logs.
const WANT_LOGS: &[(Scanner, &str)] = &[
    (Scanner::CdkNag, "AwsSolutions-S1"),
    (Scanner::CfnGuard, "S3_BUCKET_LOGGING_ENABLED"),
    (Scanner::CfnNag, "W35"),
    (Scanner::Checkov, "CKV_AWS_18"),
    (Scanner::Trivy, "AWS-0089"),
];

name! {
    /// `create`, `none`, or the name of a bucket that exists.
    LogTarget, open, format "log-target", example "create"
}

/// Where access logs go.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Target {
    /// To a companion bucket of the profile's own.
    Create,
    /// Nowhere.
    None,
    /// To a bucket that exists.
    Given(BucketName),
}

impl LogTarget {
    fn check(text: &str) -> Result<(), Invalid> {
        if matches!(text, "create" | "none") { Ok(()) } else { text.parse::<BucketName>().map(|_| ()) }
    }

    /// The target.
    pub fn target(&self) -> Target {
        match self.as_str() {
            "create" => Target::Create,
            "none" => Target::None,
            name => BucketName::try_from(name.to_owned()).map_or(Target::None, Target::Given),
        }
    }
}

/// Server access logs.
#[derive(Clone, Debug, Serialize, Deserialize)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
#[serde(deny_unknown_fields)]
pub struct ServerAccess {
    /// `create` for a companion bucket, the name of a bucket in the same account and region, or `none`, which needs a
    /// waiver for `access-logs-off`.
    pub to: LogTarget,
    /// What the keys of delivered logs begin with.
    pub prefix: LogPrefix,
    /// How the keys are put together; partitioned by account, region, bucket and day is what query engines like.
    pub format: LogFormat,
    /// Days after which the companion bucket removes them.
    pub retain_days: Days,
}

/// What a bucket tells about itself.
#[derive(Clone, Debug, Serialize, Deserialize)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
#[serde(deny_unknown_fields)]
pub struct LoggingSection {
    /// A record of every request.
    pub server_access: ServerAccess,
    /// Records of requests by CloudTrail: signed, within minutes, and of who called in whose name.
    pub cloudtrail: CloudTrail,
}

impl ServerAccess {
    /// Makes the bucket send its logs to `target`.
    pub fn send(&self, draft: &mut Draft) {
        let target = match self.to.target() {
            Target::None => return,
            Target::Create => Expr::reference(LOG_BUCKET, Attribute::Id),
            Target::Given(name) => {
                draft.steps.push(self.step_for(&name, draft));
                Expr::text(name.to_string())
            }
        };
        draft.claim_setting(&META, path!["logging", "server_access", "to"], "access logs", self.to.as_str());
        draft.bucket.logging = Some(Logging { target, prefix: self.prefix.to_string(), format: self.format });
    }

    /// Makes `target` take the logs of buckets of one account.
    pub fn receive<'d>(&self, logged: impl Iterator<Item = &'d Draft> + Clone, target: &mut Draft) {
        let origin = target.origin(&META, path!["logging", "server_access"], "S3 delivers the access logs of the bucket, and nothing else");
        let statement = delivery(target, logged.clone().map(Draft::arn), target.objects(self.prefix.as_str()), origin.clone());
        target.statements.push(statement);
        for source in logged {
            let flow = Flow::AccessLogDelivery { source: source.arn(), account: source.account.clone(), prefix: self.prefix.to_string() };
            target.claim(origin.clone(), Guarantee::ServicesWork(flow));
        }
        target.bucket_suppressions.extend(Suppression::all("the bucket receives access logs and would log its own deliveries", WANT_LOGS));
    }

    /// Makes a companion that receives what a service delivers send its own access logs to the one that receives those.
    pub fn send_of_companion(&self, draft: &mut Draft) {
        if self.to.target() == Target::Create {
            let target = Expr::reference(LOG_BUCKET, Attribute::Id);
            draft.bucket.logging = Some(Logging { target, prefix: self.prefix.to_string(), format: self.format });
        } else {
            unlogged(draft);
        }
    }

    fn step_for(&self, target: &BucketName, source: &Draft) -> Step {
        let (bucket, prefix) = (&source.bucket.name, self.prefix.as_str());
        let partition = source.partition();
        let account = source.account.as_text().unwrap_or("ACCOUNT");
        let statement = serde_json::json!({
            "Sid": "AllowAccessLogDelivery",
            "Effect": "Allow",
            "Principal": { "Service": ["logging.s3.amazonaws.com"] },
            "Action": ["s3:PutObject"],
            "Resource": [format!("arn:{partition}:s3:::{target}/{prefix}*")],
            "Condition": {
                "StringEquals": { "aws:SourceAccount": account },
                "ArnLike": { "aws:SourceArn": format!("arn:{partition}:s3:::{bucket}") },
            },
        });
        Step {
            title: format!("Let S3 deliver the access logs of {bucket} to {target}"),
            why: format!(
                "the policy of {target} belongs to another profile; without this statement nothing is delivered, and S3 says so nowhere"
            ),
            when: When::Before,
            commands: vec![
                format!("aws s3api get-bucket-policy --bucket {target} --query Policy --output text >policy.json"),
                "# add this statement, then:".to_owned(),
                format!("# {statement}"),
                format!("aws s3api put-bucket-policy --bucket {target} --policy file://policy.json"),
            ],
            verify: vec![format!("aws s3 ls {} --recursive", shell_word(&format!("s3://{target}/{prefix}")))],
            expect: "log objects, some hours after the first requests".to_owned(),
            path: path!["logging", "server_access", "to"],
        }
    }
}

/// Says why a bucket that receives records sends no access logs.
pub fn unlogged(draft: &mut Draft) {
    let reason = "the profile makes no bucket for access logs, and another one's would have to take those of this bucket too";
    draft.bucket_suppressions.extend(Suppression::all(reason, WANT_LOGS));
}

/// Makes `target` take the access logs of buckets of its own account: of those, or of all where there are none.
pub fn archive(from: &[BucketName], target: &mut Draft) {
    let reason = "S3 delivers the access logs of buckets of this account, and nothing else";
    let origin = target.origin(&META, path!["logging", "archive"], reason);
    let logged = |name: &str| Expr::arn("s3", "", "", name.to_owned());
    let sources: Vec<Expr> = from.iter().map(|name| logged(name.as_str())).collect();
    let patterns = if sources.is_empty() { vec![logged("*")] } else { sources.clone() };
    let statement = delivery(target, patterns.into_iter(), target.objects(""), origin.clone());
    target.statements.push(statement);
    // Any bucket does for all of them.
    let examples = if sources.is_empty() { vec![logged("any-bucket")] } else { sources };
    for source in examples {
        let flow = Flow::AccessLogDelivery { source, account: target.account.clone(), prefix: String::new() };
        target.claim(origin.clone(), Guarantee::ServicesWork(flow));
    }
    target.bucket_suppressions.extend(Suppression::all("the bucket receives access logs and would log its own deliveries", WANT_LOGS));
}

fn delivery(target: &Draft, logged: impl Iterator<Item = Expr>, objects: Expr, origin: Origin) -> Statement {
    Statement::new(Effect::Allow, "AllowAccessLogDelivery")
        .to([Principal::Service("logging.s3.amazonaws.com".into())])
        .actions(["s3:PutObject"])
        .on([objects])
        .when(Condition::one(Base::StringEquals, Key::SourceAccount, target.account.clone()))
        .when(Condition::new(Base::ArnLike, Key::SourceArn, logged))
        .because(origin)
}
