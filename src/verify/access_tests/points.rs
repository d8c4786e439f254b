//! The access points of a plan, and those that somebody else may make for the same bucket.
//!
//! In: the access points of a plan. Out: for a request through one, what of it has a say. A point that the plan does not
//! declare is taken to let everybody through, which is the most that its maker could do.

use std::sync::Arc;

use super::super::{AccessPoint, Environment, Kind, Policy, PublicAccessBlock};
use crate::expr::{Expr, LogicalId, Pseudo};
use crate::plan::{self, Plan};
use crate::policy::{Base, Condition, Document, Effect, Key, Statement};

/// A way into a bucket.
#[derive(Clone, Debug)]
pub(super) struct Point<'p> {
    pub(super) name: &'p str,
    pub(super) arn: String,
    pub(super) document: Option<&'p Document>,
    pub(super) layer: AccessPoint,
}

impl From<plan::PublicAccessBlock> for PublicAccessBlock {
    fn from(block: plan::PublicAccessBlock) -> Self {
        Self {
            block_public_acls: block.block_public_acls,
            ignore_public_acls: block.ignore_public_acls,
            block_public_policy: block.block_public_policy,
            restrict_public_buckets: block.restrict_public_buckets,
        }
    }
}

/// The declared points of a bucket.
pub(super) fn of<'p>(bucket: &LogicalId, plan: &'p Plan, environment: &Environment) -> Vec<Point<'p>> {
    let own = plan.access_points().map(|(_, point)| point).filter(|point| point.bucket == *bucket);
    let point = |point: &'p plan::AccessPoint| Point {
        name: &point.name,
        arn: environment.text(&point.arn).unwrap_or_default().into_owned(),
        document: point.policy.as_ref(),
        layer: AccessPoint {
            policy: point.policy.as_ref().map(|policy| Arc::new(Policy::compile(policy, Kind::AccessPoint, environment))),
            from_vpc: point.vpc.is_some(),
            vpc: point.vpc.as_ref().and_then(|vpc| environment.text(vpc)).map(Into::into),
            block: point.public_access_block.into(),
        },
    };
    own.map(point).collect()
}

/// A point that nobody declared, in the account and region of the bucket.
pub(super) fn undeclared<'p>(name: &'p str, environment: &Environment) -> Point<'p> {
    let Environment { partition, region, account, .. } = environment;
    // Confined to the account that every request through the point names, so that S3 does not call it public.
    let everything = Statement::new(Effect::Allow, "Everything").actions(["s3:*"]).on([Expr::text("*")]).when(Condition::one(
        Base::StringEquals,
        Key::DataAccessPointAccount,
        Pseudo::AccountId,
    ));
    let policy = Document { statements: vec![everything], ..Document::default() };
    let layer = AccessPoint {
        policy: Some(Arc::new(Policy::compile(&policy, Kind::AccessPoint, environment))),
        block: PublicAccessBlock::ALL,
        ..AccessPoint::default()
    };
    Point { name, arn: format!("arn:{partition}:s3:{region}:{account}:accesspoint/{name}"), document: None, layer }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::verify::model::Call;
    use crate::verify::{Caller, Policies};

    #[test]
    fn a_point_that_nobody_declared_lets_everybody_with_credentials_through() {
        let environment = Environment::default();
        let point = undeclared("somebodys", &environment);
        let everything = Statement::new(Effect::Allow, "Everything").actions(["s3:*"]).on([Expr::text("*")]);
        let trusting = Document {
            statements: vec![everything.when(Condition::one(Base::StringEquals, Key::DataAccessPointAccount, Pseudo::AccountId))],
            ..Document::default()
        };
        let policies = Policies {
            resource: Some(Arc::new(Policy::compile(&trusting, Kind::Bucket, &environment))),
            assume_identity: true,
            block: PublicAccessBlock::ALL,
            access_point: Some(point.layer.clone()),
            ..Policies::default()
        };
        let decide = |caller: Caller| {
            let mut call = Call::new(caller, "s3:GetObject", "arn:aws:s3:::acme/a", "111122223333");
            call.access_point = Some((point.arn.as_str().into(), false));
            policies.decide(&call.request())
        };
        let partner = Caller::role("arn:aws:iam::444455556666:role/Any", "test").unwrap();
        assert!(decide(partner).is_allowed());
        assert!(decide(Caller::anonymous()).is_denied());
    }
}
