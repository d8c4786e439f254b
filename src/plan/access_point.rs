//! Access points: ways into a bucket, each with a policy and a Block Public Access of its own.

use super::PublicAccessBlock;
use crate::expr::{Expr, LogicalId};
use crate::policy::Document;

/// An access point of a bucket. Only its policy can be changed once it is there.
#[derive(Clone, Debug, PartialEq)]
pub struct AccessPoint {
    /// Its name, unique in the account and region.
    pub name: String,
    /// Its ARN, built from names: a policy of its own could not refer to it.
    pub arn: Expr,
    /// The bucket that it leads to.
    pub bucket: LogicalId,
    /// The VPC that it takes requests from, where it does not take them from the internet.
    pub vpc: Option<Expr>,
    /// Its own Block Public Access, in effect beside the bucket's.
    pub public_access_block: PublicAccessBlock,
    /// Its policy, where it has one.
    pub policy: Option<Document>,
}

impl AccessPoint {
    /// The name within a plan of the access point of that name.
    pub fn id(name: &str) -> LogicalId {
        LogicalId::derived("AccessPoint", name)
    }
}
