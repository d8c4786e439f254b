//! What is decided, and by what.
//!
//! In: nothing; these are the words of an answer. Out: a [`Decision`] for one request, and a [`Trace`] of every
//! statement that was looked at. Never: prose; callers put these into sentences.

use super::statement::Outcome;
use super::tri::On;
use crate::policy::Effect;

/// Where something that decides stands.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Layer {
    /// The bucket's policy.
    Resource,
    /// The access point's policy, its network origin, and what S3 asks of calls through one.
    AccessPoint,
    /// Policies of the user, group or role.
    Identity,
    /// The session policy.
    Session,
    /// The permissions boundary.
    Boundary,
    /// Service control policies.
    Scp,
    /// Resource control policies.
    Rcp,
    /// The policy of the VPC endpoint.
    Endpoint,
    /// Access control lists.
    Acl,
    /// Block Public Access.
    PublicAccessBlock,
    /// Object ownership: ACLs that it does not accept.
    Ownership,
}

impl Layer {
    /// The name that `evaluate` uses, in and out.
    pub const fn name(self) -> &'static str {
        match self {
            Self::Resource => "resource",
            Self::AccessPoint => "accessPoint",
            Self::Identity => "identity",
            Self::Session => "session",
            Self::Boundary => "permissionBoundary",
            Self::Scp => "scp",
            Self::Rcp => "rcp",
            Self::Endpoint => "vpce",
            Self::Acl => "objectAcl",
            Self::PublicAccessBlock => "publicAccessBlock",
            Self::Ownership => "ownership",
        }
    }
}

/// A statement of a policy of a layer; all counted from 0.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct StatementId {
    /// The layer.
    pub layer: Layer,
    /// The level of the organization, for service and resource control policies.
    pub level: u16,
    /// The policy within the layer or level.
    pub policy: u16,
    /// The statement within the policy.
    pub statement: u16,
}

/// The answer to a request.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Decision {
    /// Allowed.
    Allowed {
        /// A statement that gives; none where an ACL, an assumption or the root user's own right does.
        by: Option<StatementId>,
    },
    /// A statement denies it.
    ExplicitlyDenied {
        /// The first such statement.
        by: StatementId,
    },
    /// Nothing denies it, and something that would have to allow it does not.
    ImplicitlyDenied {
        /// The first such layer.
        missing: Layer,
    },
    /// It hangs on something that neither the policies nor the request settle.
    Depends {
        /// On what.
        on: On,
        /// The statement that it shows in, if it is one.
        by: Option<StatementId>,
    },
}

impl Decision {
    /// Whether the request is allowed whatever is open.
    pub const fn is_allowed(&self) -> bool {
        matches!(self, Self::Allowed { .. })
    }

    /// Whether the request is denied whatever is open.
    pub const fn is_denied(&self) -> bool {
        matches!(self, Self::ExplicitlyDenied { .. } | Self::ImplicitlyDenied { .. })
    }

    /// The name that `evaluate` uses.
    pub const fn name(&self) -> &'static str {
        match self {
            Self::Allowed { .. } => "Allowed",
            Self::ExplicitlyDenied { .. } => "ExplicitlyDenied",
            Self::ImplicitlyDenied { .. } => "ImplicitlyDenied",
            Self::Depends { .. } => "Depends",
        }
    }
}

/// One statement on the way to a decision.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Step {
    /// The statement.
    pub id: StatementId,
    /// What it would do.
    pub effect: Effect,
    /// Whether it matched, and what was in the way.
    pub outcome: Outcome,
}

/// The way to a decision: every statement of every layer that applies, in order.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Trace {
    /// The answer.
    pub decision: Decision,
    /// Every statement that was looked at; through an access point, a statement of some layers twice.
    pub steps: Vec<Step>,
    /// The layers that would have to allow the request and do not.
    pub closed: Vec<Layer>,
}

impl Trace {
    /// The statements that make the decision: those that deny, or those that give.
    pub fn by(&self) -> impl Iterator<Item = StatementId> {
        let effect = match self.decision {
            Decision::ExplicitlyDenied { .. } => Some(Effect::Deny),
            Decision::Allowed { .. } => Some(Effect::Allow),
            _ => None,
        };
        let gives = |layer| matches!(layer, Layer::Resource | Layer::AccessPoint | Layer::Identity);
        self.steps
            .iter()
            .filter(move |step| Some(step.effect) == effect && step.outcome == Outcome::Matches)
            .filter(move |step| step.effect == Effect::Deny || gives(step.id.layer))
            .map(|step| step.id)
    }
}

/// What watches a decision being made.
pub(super) trait Watch {
    /// Whether it wants to see everything, or the first denial ends it.
    const ALL: bool;
    fn step(&mut self, _: Step) {}
    fn closed(&mut self, _: Layer) {}
}

/// Nobody watches.
impl Watch for () {
    const ALL: bool = false;
}

#[derive(Default)]
pub(super) struct Recorder {
    pub(super) steps: Vec<Step>,
    pub(super) closed: Vec<Layer>,
}

impl Watch for Recorder {
    const ALL: bool = true;
    fn step(&mut self, step: Step) {
        self.steps.push(step);
    }
    fn closed(&mut self, layer: Layer) {
        if !self.closed.contains(&layer) {
            self.closed.push(layer);
        }
    }
}
