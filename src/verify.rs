//! What policies do: decisions on requests, and what can be proved about all of them.
//!
//! In: typed policies of every layer, compiled once ([`Policy::compile`]), and requests, which [`model`] gives the
//! condition keys that AWS would. Out: a [`Decision`], or the [`Trace`] that leads to it. Never: a call to AWS, nor a
//! guess: where AWS documents nothing, the decision says on what it depends.
//!
//! Each rule stands in one place, with its source: matching in `pattern`, `principal` and `condition`, the order of
//! the layers in `decide`, which keys exist in `model`, what S3 calls public in `public`.

use std::sync::Arc;

pub mod access_tests;
mod acl;
mod caller;
mod condition;
mod context;
mod decide;
mod decision;
mod environment;
mod holdings;
pub mod jsonl;
pub mod model;
mod pattern;
mod principal;
pub mod prove;
mod public;
mod request;
pub mod semantics;
mod statement;
mod tri;

pub use acl::{Acl, Grantee, Ownership, Permission};
pub use caller::{Caller, CallerKind};
pub use context::{Context, Values};
pub use decision::{Decision, Layer, StatementId, Step, Trace};
pub use environment::Environment;
pub use model::Knob;
pub use public::{Publicness, Reason, publicness, reasons};
pub use request::{Arn, Request};
pub use statement::{Kind, Outcome, Policy};
pub use tri::On;

/// The four switches of Block Public Access, as they are in effect: the strictest of organization, account, bucket.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash)]
pub struct PublicAccessBlock {
    /// Refuses requests that bring a public ACL.
    pub block_public_acls: bool,
    /// Treats public grants of ACLs as absent.
    pub ignore_public_acls: bool,
    /// Refuses public policies; decides nothing about a policy that is there.
    pub block_public_policy: bool,
    /// Keeps everyone but the owner's account and services out while the policy is public.
    pub restrict_public_buckets: bool,
}

impl PublicAccessBlock {
    /// All four.
    pub const ALL: Self =
        Self { block_public_acls: true, ignore_public_acls: true, block_public_policy: true, restrict_public_buckets: true };

    /// What is in effect where both apply.
    #[must_use]
    pub const fn and(self, other: Self) -> Self {
        Self {
            block_public_acls: self.block_public_acls || other.block_public_acls,
            ignore_public_acls: self.ignore_public_acls || other.ignore_public_acls,
            block_public_policy: self.block_public_policy || other.block_public_policy,
            restrict_public_buckets: self.restrict_public_buckets || other.restrict_public_buckets,
        }
    }
}

/// An access point that requests come through.
#[derive(Clone, Debug, Default)]
pub struct AccessPoint {
    /// Its policy; none has the effect of an empty one.
    pub policy: Option<Arc<Policy>>,
    /// Whether its network origin is a VPC, so that S3 refuses requests from elsewhere.
    pub from_vpc: bool,
    /// That VPC, where it is known.
    pub vpc: Option<Box<str>>,
    /// Its own Block Public Access.
    pub block: PublicAccessBlock,
}

/// Every policy that has a say, compiled. An absent layer restricts nothing.
#[derive(Clone, Debug, Default)]
pub struct Policies {
    /// The bucket's policy.
    pub resource: Option<Arc<Policy>>,
    /// The policies of the caller: its own and its groups'. None gives nothing.
    pub identity: Vec<Arc<Policy>>,
    /// Takes for granted that the caller's identity policies allow whatever is asked.
    pub assume_identity: bool,
    /// The policy of the caller's session.
    pub session: Option<Arc<Policy>>,
    /// The caller's permissions boundary.
    pub boundary: Option<Vec<Arc<Policy>>>,
    /// The service control policies of the caller's account, by level; each must allow.
    pub scp: Option<Vec<Vec<Arc<Policy>>>>,
    /// The resource control policies of the bucket's account, by level.
    pub rcp: Option<Vec<Vec<Arc<Policy>>>>,
    /// The policy of the VPC endpoint that the request comes through.
    pub endpoint: Option<Vec<Arc<Policy>>>,
    /// The access point that the request comes through.
    pub access_point: Option<AccessPoint>,
    /// Block Public Access of the bucket, as it is in effect.
    pub block: PublicAccessBlock,
    /// Object ownership; `None` counts no ACL and refuses none.
    pub ownership: Option<Ownership>,
    /// The ACL of the object.
    pub object_acl: Option<Acl>,
    /// The ACL of the bucket.
    pub bucket_acl: Option<Acl>,
}
