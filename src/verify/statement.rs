//! Policies and their statements in the form that decides.
//!
//! In: a [`Document`], what kind of policy it is, and the environment. Out: a [`Policy`], and for each statement
//! whether it matches a request and, if not, which element is in the way. Never: what a match leads to.
//!
//! Source: "Policy evaluation logic" and "IAM JSON policy elements reference", IAM User Guide.

use super::condition::Test;
use super::context::Context;
use super::environment::Environment;
use super::pattern::{ArnPattern, Short};
use super::principal::{How, Named, Who};
use super::public::{self, Publicness};
use super::request::{Arn, Request};
use super::tri::{On, Tri};
use crate::policy::{Actions, Document, Effect, Element, Key, Version, action_matches};

/// What a policy is attached to, which decides how some of its elements are read.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Kind {
    /// Of a bucket.
    Bucket,
    /// Of an access point.
    AccessPoint,
    /// Of a VPC endpoint.
    Endpoint,
    /// Of a user, group or role; a permissions boundary; a session policy.
    Identity,
    /// A service control policy.
    Scp,
    /// A resource control policy.
    Rcp,
}

impl Kind {
    /// Whether its statements name principals.
    const fn has_principal(self) -> bool {
        matches!(self, Self::Bucket | Self::AccessPoint | Self::Endpoint | Self::Rcp)
    }

    const fn short(self) -> Short {
        match self {
            Self::Identity | Self::Scp => Short::Padded,
            Self::Bucket | Self::AccessPoint | Self::Endpoint => Short::PaddedIfWild,
            Self::Rcp => Short::Refused,
        }
    }
}

/// A compiled policy.
#[derive(Clone, Debug)]
pub struct Policy {
    statements: Box<[Compiled]>,
    public: Publicness,
    /// The keys that its conditions compare; `None` where a variable may stand for any.
    keys: Option<Box<[Key]>>,
}

#[derive(Clone, Debug)]
pub(super) struct Compiled {
    pub(super) sid: Option<Box<str>>,
    pub(super) effect: Effect,
    pub(super) who: Option<Who>,
    pub(super) actions: Actions,
    /// For actions that the table does not know.
    patterns: Element<Box<[Box<str>]>>,
    pub(super) resources: Option<Element<Box<[ArnPattern]>>>,
    pub(super) unresolved: bool,
    pub(super) tests: Box<[Test]>,
    pub(super) principal_needed: bool,
}

/// Why a statement does not match, or that it does.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Outcome {
    /// It matches.
    Matches,
    /// Whether it matches hangs on something.
    Depends(On),
    /// It is not about this action.
    Action,
    /// It is not about this caller.
    Principal,
    /// It is not about this resource.
    Resource,
    /// The condition at that place does not hold.
    Condition(u16),
    /// It matches, but cannot keep the owner's root user from the bucket policy.
    Root,
}

impl Outcome {
    /// The word that `evaluate --trace` uses.
    pub const fn name(self) -> &'static str {
        match self {
            Self::Matches => "matches",
            Self::Depends(_) => "depends",
            Self::Action => "action",
            Self::Principal => "principal",
            Self::Resource => "resource",
            Self::Condition(_) => "condition",
            Self::Root => "root",
        }
    }
}

impl Policy {
    /// Compiles a policy. What the environment does not know leaves decisions open.
    pub fn compile(document: &Document, kind: Kind, environment: &Environment) -> Self {
        let public = match kind {
            Kind::Bucket | Kind::AccessPoint => public::classify(document, kind, environment),
            _ => Publicness::NotPublic,
        };
        let statements = document
            .statements
            .iter()
            .map(|statement| {
                let (names, negated) = match &statement.action {
                    Element::Is(names) => (names, false),
                    Element::Not(names) => (names, true),
                };
                let listed = names.iter().fold(Actions::default(), |set, name| set.union(Actions::matching(name)));
                let patterns: Box<[Box<str>]> = names.iter().map(|name| name.as_ref().into()).collect();
                let mut unresolved = false;
                let mut arns = |all: &[crate::expr::Expr]| -> Box<[ArnPattern]> {
                    let variables = document.version == Version::V2012;
                    let compile = |expr| match environment.text(expr) {
                        Some(text) => Some(ArnPattern::resource(&text, variables, kind.short())),
                        None => {
                            unresolved = true;
                            None
                        }
                    };
                    all.iter().filter_map(compile).collect()
                };
                let resources = statement.resource.as_ref().map(|resources| match resources {
                    Element::Is(all) => Element::Is(arns(all)),
                    Element::Not(all) => Element::Not(arns(all)),
                });
                Compiled {
                    sid: statement.sid.as_deref().map(Into::into),
                    effect: statement.effect,
                    who: statement.principal.as_ref().map(|principal| Who::new(principal, environment)),
                    actions: if negated { listed.complement() } else { listed },
                    patterns: if negated { Element::Not(patterns) } else { Element::Is(patterns) },
                    resources,
                    unresolved,
                    tests: statement.condition.iter().map(|condition| Test::new(condition, document.version, environment)).collect(),
                    principal_needed: kind.has_principal(),
                }
            })
            .collect();
        let variable = |expr: &crate::expr::Expr| environment.text(expr).is_none_or(|text| text.contains("${"));
        let late = document.statements.iter().any(|statement| {
            let resources = match &statement.resource {
                Some(Element::Is(all) | Element::Not(all)) => all.as_slice(),
                None => &[],
            };
            resources.iter().chain(statement.condition.iter().flat_map(|condition| &condition.values)).any(variable)
        });
        let keys =
            || document.statements.iter().flat_map(|statement| &statement.condition).map(|condition| condition.key.clone()).collect();
        Self { statements, public, keys: (!late).then(keys) }
    }

    /// Whether a request's value for the key can make a difference to it.
    pub(super) fn mentions(&self, key: &Key) -> bool {
        self.keys.as_ref().is_none_or(|keys| keys.iter().any(|own| own.same(key)))
    }

    /// Whether S3 calls the policy public; meaningful for policies of buckets and access points.
    pub const fn publicness(&self) -> Publicness {
        self.public
    }

    /// The policy as if it had no statement at that place; the others keep theirs.
    pub(super) fn without(&self, place: usize) -> Self {
        let mut policy = self.clone();
        if let Some(statement) = policy.statements.get_mut(place) {
            statement.who = Some(Who::Of([].into()));
        }
        policy
    }

    pub(super) fn statements(&self) -> &[Compiled] {
        &self.statements
    }
}

impl Compiled {
    /// Whether the statement matches, and in which ways it names the caller.
    pub(super) fn judge(&self, request: &Request, resource: &Arn, context: &Context, boundary: bool) -> (Named, Outcome) {
        let no = |outcome| (Named::from(How::NOT), outcome);
        if !self.covers(request) {
            return no(Outcome::Action);
        }
        let named = match &self.who {
            Some(who) => who.names(&request.caller, context, self.effect, boundary),
            None if self.principal_needed => return no(Outcome::Principal),
            None => How::DIRECTLY.into(),
        };
        let mut doubt = match named {
            Named { surely, perhaps: None } if surely == How::NOT => return no(Outcome::Principal),
            Named { surely, perhaps: Some((_, on)) } if surely == How::NOT => Some(on),
            _ => None,
        };
        match self.is_about(resource, context) {
            Tri::No => return no(Outcome::Resource),
            Tri::Maybe(on) => doubt = doubt.or(Some(on)),
            Tri::Yes => {}
        }
        for (i, test) in self.tests.iter().enumerate() {
            match test.holds(context) {
                Tri::No => return no(Outcome::Condition(u16::try_from(i).unwrap_or(u16::MAX))),
                Tri::Maybe(on) => doubt = doubt.or(Some(on)),
                Tri::Yes => {}
            }
        }
        let Some(on) = doubt else { return (named, Outcome::Matches) };
        let ways = named.perhaps.map_or(named.surely, |(how, _)| how.or(named.surely));
        (Named { surely: How::NOT, perhaps: Some((ways, on)) }, Outcome::Depends(on))
    }

    fn covers(&self, request: &Request) -> bool {
        match request.known_action() {
            Some(action) => self.actions.contains(action),
            None => self.covers_name(request.action()),
        }
    }

    /// Whether it is about an action that the table does not know.
    pub(super) fn covers_name(&self, name: &str) -> bool {
        let any = |patterns: &[Box<str>]| patterns.iter().any(|pattern| action_matches(pattern, name));
        match &self.patterns {
            Element::Is(patterns) => any(patterns),
            Element::Not(patterns) => !any(patterns),
        }
    }

    fn is_about(&self, resource: &Arn, context: &Context) -> Tri {
        let any = |patterns: &[ArnPattern]| {
            let found = patterns.iter().any(|pattern| resource.matches(pattern, context));
            Tri::from(found).or(if self.unresolved { Tri::Maybe(On::Unresolved) } else { Tri::No })
        };
        match &self.resources {
            // As in trust policies: about whatever the policy is attached to.
            None => Tri::Yes,
            Some(Element::Is(patterns)) => any(patterns),
            Some(Element::Not(patterns)) => any(patterns).not(),
        }
    }
}
