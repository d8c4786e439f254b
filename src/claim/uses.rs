//! What has to be allowed of a resource beside the bucket: a key, a role, a topic, a managed policy.
//!
//! In: nothing. Out: [`Use`]s, each a call that somebody really makes. Never: a decision.

use std::borrow::Cow;

use crate::expr::Expr;
use crate::policy::Key;

/// What uses of a resource are for.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Work {
    /// What a grant gives.
    Grant,
    /// What a service does for the profile.
    Service,
    /// What a key is there for.
    Key,
}

/// Who makes use of a resource.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub enum User {
    /// A role or user by its ARN, without any permission of its own if it is of the bucket's account.
    Principal(Expr),
    /// Somebody of an account whose own policies allow it.
    Account(Expr),
    /// Somebody of an organization, in another account whose own policies allow it.
    Organization(Expr),
    /// A service.
    Service(Expr),
    /// Whoever holds the policy.
    Holder,
}

/// A call that has to be allowed, or to be denied.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub struct Use {
    /// Who calls.
    pub by: User,
    /// The action, such as `kms:Decrypt`.
    pub action: Cow<'static, str>,
    /// What it is done to.
    pub on: Expr,
    /// The condition keys that the call carries.
    pub context: Vec<(Key, Expr)>,
    /// Whether something has to deny it instead.
    pub denied: bool,
}
