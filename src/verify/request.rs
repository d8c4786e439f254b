//! A request as policies see it.
//!
//! In: who asks, for what action, on what, with which condition context. Out: the same, taken apart once so that
//! deciding need not. Never: a key that the maker of the request did not put there; `model` fills contexts.

use super::caller::Caller;
use super::context::Context;
use super::model::Reading;
use super::pattern::{ArnPattern, sixth_part};
use crate::policy::Action;

/// The ARN of what is asked for, or `*` for actions that have no resource.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Arn {
    text: Box<str>,
    sixth: Option<usize>,
}

impl Arn {
    /// Takes an ARN apart. Any other text is kept, and only `Resource: "*"` matches it.
    pub fn new(text: impl Into<Box<str>>) -> Self {
        let text = text.into();
        Self { sixth: sixth_part(&text), text }
    }

    /// The text.
    pub fn as_str(&self) -> &str {
        &self.text
    }

    /// The account in it, if any.
    pub fn account(&self) -> Option<&str> {
        self.text.split(':').nth(4).filter(|account| !account.is_empty())
    }

    /// What stands after the fifth colon: `bucket/key`, `accesspoint/name`.
    pub fn tail(&self) -> &str {
        self.sixth.and_then(|at| self.text.get(at..)).unwrap_or_default()
    }

    pub(super) fn matches(&self, pattern: &ArnPattern, context: &Context) -> bool {
        match self.sixth.and_then(|at| self.text.split_at_checked(at)) {
            Some((head, tail)) => pattern.matches_parts(head, tail, context),
            None => matches!(pattern, ArnPattern::Anything),
        }
    }
}

/// One request.
#[derive(Clone, Debug)]
pub struct Request {
    pub(super) caller: Caller,
    action: Box<str>,
    known: Option<Action>,
    pub(super) resource: Arn,
    /// The bucket or object behind the access point that `resource` names.
    pub(super) underlying: Option<Arn>,
    pub(super) resource_account: Box<str>,
    /// The condition keys.
    pub context: Context,
    /// Other contexts that AWS's pages allow for the same request; the decision must hold in each.
    pub(super) readings: Vec<Reading>,
}

impl Request {
    /// A request with an empty context. `account` owns the resource.
    pub fn new(caller: Caller, action: impl Into<Box<str>>, resource: impl Into<Box<str>>, account: impl Into<Box<str>>) -> Self {
        let action = action.into();
        let known = Action::parse(&action);
        let (resource, resource_account) = (Arn::new(resource), account.into());
        Self { caller, action, known, resource, underlying: None, resource_account, context: Context::default(), readings: Vec::new() }
    }

    /// Says that `resource` is an access point, or an object through one, and what stands behind it.
    #[must_use]
    pub fn through(mut self, underlying: impl Into<Box<str>>) -> Self {
        self.underlying = Some(Arn::new(underlying));
        self
    }

    /// The action's name.
    pub fn action(&self) -> &str {
        &self.action
    }

    /// The action, where it is one of S3's.
    pub const fn known_action(&self) -> Option<Action> {
        self.known
    }

    /// Who asks.
    pub const fn caller(&self) -> &Caller {
        &self.caller
    }

    /// What is asked for.
    pub const fn resource(&self) -> &Arn {
        &self.resource
    }

    /// The bucket or object behind the access point, for a request through one.
    pub const fn underlying(&self) -> Option<&Arn> {
        self.underlying.as_ref()
    }

    /// The account that owns the bucket.
    pub fn resource_account(&self) -> &str {
        &self.resource_account
    }

    /// Adds a reading of the same request under which some keys are other than in [`Request::context`].
    pub(super) fn read_as(&mut self, reading: Reading) {
        self.readings.push(reading);
    }
}
