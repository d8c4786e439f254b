//! What S3 calls public, beside what is.

use super::*;
use crate::expr::Expr;
use crate::plan::{Bucket, Resource};
use crate::policy::{Base, Condition, Origin};

fn plan(condition: Option<Condition>) -> Plan {
    let origin = Origin { path: crate::diag::Path::root(), protection: "test", reason: "".into() };
    let statement = Statement::new(Effect::Allow, "Read").actions(["s3:GetObject"]).on([Expr::text("arn:aws:s3:::acme/*")]);
    let statement = condition.into_iter().fold(statement, Statement::when);
    let mut plan = Plan::new("test".parse().unwrap(), None);
    let bucket = plan::Kind::Bucket(Box::new(Bucket::new("acme".parse().unwrap())));
    let document = Document { statements: vec![statement], ..Document::default() };
    let policy = plan::Kind::BucketPolicy { bucket: plan::BUCKET, document, keep: Vec::new() };
    plan.resources.push(Resource::new(plan::BUCKET, bucket, origin.clone()));
    plan.resources.push(Resource::new(LogicalId::fixed("BucketPolicy"), policy, origin));
    plan
}

fn public(condition: Option<Condition>) -> Vec<(bool, bool)> {
    let plan = plan(condition);
    Bench::new(&plan, None, None).public().map(|(_, called, open)| (called, open)).collect()
}

#[test]
fn what_s3_calls_public_and_what_is_public_can_differ() {
    assert_eq!(public(None), [(true, true)]);
    let vpce = Condition::one(Base::StringEquals, Key::SourceVpce, "vpce-0a1b2c3d4e5f60718");
    assert_eq!(public(Some(vpce)), [(false, false)]);
    // Nobody without credentials has a principal ARN, and S3 does not count the pattern.
    let role = Condition::one(Base::ArnLike, Key::PrincipalArn, "arn:aws:iam::*:role/Reader");
    assert_eq!(public(Some(role)), [(true, false)]);
    // A documentation block stands for half of the internet here: fixed and narrow enough for S3, and open.
    let block = Condition::one(Base::IpAddress, Key::SourceIp, "192.0.0.0/8");
    assert_eq!(public(Some(block)), [(false, true)]);
}
