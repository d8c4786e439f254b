//! Flows: the calls by which services do what a plan declares.
//!
//! In: a declared flow. Out: its calls, as the service really makes them, and who it is in words; for whoever shows them,
//! what the evaluator decides on each. Never: a promise about other calls.

use crate::claim::{Claim, Flow, Guarantee};
use crate::expr::{Expr, LogicalId, Pseudo};
use crate::plan::Plan;
use crate::policy::Key;
use crate::trials;
use crate::verify::access_tests::Bench;
use crate::verify::model::Call;
use crate::verify::prove::Subject;
use crate::verify::{Caller, Decision, Layer};

/// The calls of a flow as the service really makes them.
pub(super) fn calls(flow: &Flow, claim: &Claim, bench: &Bench<'_>, subject: &Subject) -> Option<(Vec<Call>, &'static str)> {
    let bucket = &subject.bucket;
    Some(match flow {
        Flow::AccessLogDelivery { source, account, prefix } => {
            let key = format!("{bucket}/{prefix}2026-01-01-00-00-00-0123456789ABCDEF");
            let mut call = Call::new(Caller::service("logging.s3.amazonaws.com"), "s3:PutObject", &key, &subject.account);
            call.source = Some((bench.text(source)?.into(), bench.text(account)?.into()));
            call.default_encryption = bench.default_encryption(&claim.bucket);
            (vec![call], "the delivery of access logs")
        }
        Flow::TrailDelivery { trail, account } => {
            let (trail, account) = (bench.text(trail)?, bench.text(account)?);
            let key = format!("{bucket}/AWSLogs/{account}/CloudTrail/eu-west-1/2026/01/01/x.json.gz");
            let on = [("s3:GetBucketAcl", bucket.as_str()), ("s3:PutObject", &key)];
            let call = |(action, resource): (&str, &str)| {
                let mut call = Call::new(Caller::service("cloudtrail.amazonaws.com"), action, resource, &subject.account);
                call.source = Some((trail.as_str().into(), account.as_str().into()));
                if action == "s3:PutObject" {
                    call.sent.push((Key::XAmzAcl, vec!["bucket-owner-full-control".into()]));
                    call.default_encryption = bench.default_encryption(&claim.bucket);
                }
                call
            };
            (on.into_iter().map(call).collect(), "the delivery of a trail")
        }
        Flow::ConfigDelivery { account } => {
            let account = bench.text(account)?;
            let source = bench.text(&Expr::arn("config", Pseudo::Region, account.clone(), "*"))?;
            let key = format!("{bucket}/AWSLogs/{account}/Config/ConfigWritabilityCheckFile");
            let on = [("s3:GetBucketAcl", bucket.as_str()), ("s3:ListBucket", bucket), ("s3:PutObject", &key)];
            let call = |(action, resource): (&str, &str)| {
                let mut call = Call::new(Caller::service("config.amazonaws.com"), action, resource, &subject.account);
                call.source = Some((source.clone().into(), account.clone().into()));
                if action == "s3:PutObject" {
                    call.sent.push((Key::XAmzAcl, vec!["bucket-owner-full-control".into()]));
                    call.default_encryption = bench.default_encryption(&claim.bucket);
                }
                call
            };
            (on.into_iter().map(call).collect(), "the delivery of AWS Config's records")
        }
        Flow::MacieReading { role } => {
            let role = bench.text(role)?;
            let object = format!("{bucket}/key");
            let on = [
                ("s3:GetBucketLocation", bucket),
                ("s3:GetBucketPolicy", bucket),
                ("s3:GetBucketPublicAccessBlock", bucket),
                ("s3:GetEncryptionConfiguration", bucket),
                ("s3:ListBucket", bucket),
                ("s3:GetObject", &object),
                ("s3:GetObjectTagging", &object),
            ];
            let call =
                |(action, resource): (&str, &String)| Some(Call::new(Caller::role(&role, "macie")?, action, resource, &subject.account));
            (on.into_iter().map(call).collect::<Option<_>>()?, "Macie, which looks into objects,")
        }
        Flow::MacieDelivery { service, sources, account } => {
            let account = bench.text(account)?;
            let sources = sources.iter().map(|source| bench.text(source)).collect::<Option<Vec<_>>>()?;
            let key = format!("{bucket}/AWSLogs/{account}/Macie/x.jsonl.gz");
            let on = [("s3:GetBucketLocation", bucket.as_str()), ("s3:PutObject", &key)];
            let call = |(source, (action, resource)): (&String, (&str, &str))| {
                let mut call = Call::new(Caller::service(service), action, resource, &subject.account);
                call.source = Some((source.as_str().into(), account.as_str().into()));
                if action == "s3:PutObject" {
                    call.sent.push((Key::XAmzServerSideEncryption, vec!["aws:kms".into()]));
                    call.default_encryption = bench.default_encryption(&claim.bucket);
                }
                call
            };
            (sources.iter().flat_map(|source| on.map(|on| (source, on))).map(call).collect(), "the delivery of what Macie finds")
        }
        Flow::Replication { role, .. } => {
            let role = bench.text(role)?;
            let object = format!("{bucket}/key");
            let on = [
                ("s3:GetReplicationConfiguration", bucket),
                ("s3:ListBucket", bucket),
                ("s3:GetObjectVersionForReplication", &object),
                ("s3:GetObjectVersionAcl", &object),
                ("s3:GetObjectVersionTagging", &object),
            ];
            let call = |(action, resource): (&str, &String)| {
                Some(Call::new(Caller::role(&role, "s3-replication")?, action, resource, &subject.account))
            };
            (on.into_iter().map(call).collect::<Option<_>>()?, "replication")
        }
    })
}

/// What a service does that a plan declares, and what is decided on it.
#[derive(Clone, Debug)]
pub struct Delivery {
    /// The bucket.
    pub bucket: LogicalId,
    /// What it is, in words.
    pub what: &'static str,
    /// Who calls: the name of a service, or the ARN of a session.
    pub caller: String,
    /// Its calls.
    pub calls: Vec<Delivered>,
}

/// A call of a delivery.
#[derive(Clone, Debug)]
pub struct Delivered {
    /// The action.
    pub action: String,
    /// The decision.
    pub decision: Decision,
    /// The statement that decides, or why none does.
    pub by: String,
}

/// Every flow that the plan declares and whose values are known.
pub fn deliveries(bench: &Bench<'_>, plan: &Plan) -> Vec<Delivery> {
    let mut all = Vec::new();
    for (bucket, subject, _) in bench.subjects() {
        for claim in plan.claims.iter().filter(|claim| claim.bucket == *bucket) {
            let Guarantee::ServicesWork(flow) = &claim.guarantee else { continue };
            let Some((calls, what)) = calls(flow, claim, bench, &subject) else { continue };
            let caller = calls.first().map(|call| match call.caller.arn() {
                "" => call.caller.name().to_owned(),
                arn => arn.to_owned(),
            });
            let calls = calls.into_iter().map(|call| delivered(call, &subject)).collect();
            all.push(Delivery { bucket: bucket.clone(), what, caller: caller.unwrap_or_default(), calls });
        }
    }
    all
}

fn delivered(call: Call, subject: &Subject) -> Delivered {
    let action = call.action.to_string();
    let decision = subject.policies.decide(&call.into_request());
    let named = |layer: Layer, at: u16| {
        let statement = subject.document.as_ref().filter(|_| layer == Layer::Resource)?.statements.get(usize::from(at))?;
        statement.sid.as_deref().map(str::to_owned)
    };
    let by = match &decision {
        Decision::Allowed { by: Some(by) } | Decision::ExplicitlyDenied { by } => {
            named(by.layer, by.statement).unwrap_or_else(|| trials::layer(by.layer).to_owned())
        }
        Decision::Allowed { by: None } => "the caller's own policies".to_owned(),
        Decision::ImplicitlyDenied { missing } => trials::missing_from(*missing),
        Decision::Depends { on, .. } => format!("depends on {}", on.reason()),
    };
    Delivered { action, decision, by }
}
