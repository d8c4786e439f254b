//! Flows of services: the calls that a service really makes, and whether all of them are allowed.

use super::{Asked, Verdict};
use crate::claim::{Claim, Flow};
use crate::expr::{Expr, Pseudo};
use crate::policy::Key;
use crate::verify::Caller;
use crate::verify::access_tests::Bench;
use crate::verify::model::Call;
use crate::verify::prove::{Prover, Subject};

/// The calls of a flow as the service really makes them.
pub(super) fn calls(flow: &Flow, claim: &Claim, bench: &Bench<'_>, subject: &Subject) -> Option<Asked> {
    let bucket = &subject.bucket;
    Some(match flow {
        Flow::AccessLogDelivery { source, account, prefix } => {
            let key = format!("{bucket}/{prefix}2026-01-01-00-00-00-0123456789ABCDEF");
            let mut call = Call::new(Caller::service("logging.s3.amazonaws.com"), "s3:PutObject", &key, &subject.account);
            call.source = Some((bench.text(source)?.into(), bench.text(account)?.into()));
            call.default_encryption = bench.default_encryption(&claim.bucket);
            Asked::Flow(vec![call], "the delivery of access logs")
        }
        Flow::ConfigDelivery { account } => {
            let account = bench.text(account)?;
            let source = bench.text(&Expr::arn("config", Pseudo::Region, account.clone(), "*"))?;
            let key = format!("{bucket}/AWSLogs/{account}/Config/ConfigWritabilityCheckFile");
            let on = [("s3:GetBucketAcl", bucket), ("s3:ListBucket", bucket), ("s3:PutObject", &key)];
            let call = |(action, resource): (&str, &String)| {
                let mut call = Call::new(Caller::service("config.amazonaws.com"), action, resource, &subject.account);
                call.source = Some((source.clone().into(), account.clone().into()));
                if action == "s3:PutObject" {
                    call.sent.push((Key::XAmzAcl, vec!["bucket-owner-full-control".into()]));
                    call.default_encryption = bench.default_encryption(&claim.bucket);
                }
                call
            };
            Asked::Flow(on.into_iter().map(call).collect(), "the delivery of AWS Config's records")
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
            Asked::Flow(on.into_iter().map(call).collect::<Option<_>>()?, "replication")
        }
    })
}

pub(super) fn decide(prover: &Prover<'_>, calls: &[Call], who: &str) -> Verdict {
    match calls.iter().find(|call| !prover.works(0, call)) {
        None => Verdict::Proved,
        Some(call) => {
            Verdict::Refuted { words: format!("{who} needs {} on {}, and is not allowed it", call.action, call.resource), witness: None }
        }
    }
}
