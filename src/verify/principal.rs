//! The `Principal` and `NotPrincipal` of a statement against a caller.
//!
//! In: an element, compiled once, and a caller. Out: in which ways it names the caller, because the way decides
//! which other policies must agree. Never: the decision itself.
//!
//! Sources: "AWS JSON policy elements: Principal", "… NotPrincipal" and "Permissions boundaries for IAM entities",
//! IAM User Guide.

use std::collections::HashMap;

use super::caller::{Caller, CallerKind};
use super::context::Context;
use super::environment::Environment;
use super::tri::On;
use crate::policy::{Effect, Element, Key, Principal, Principals};

/// The ways in which a principal element names a caller.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(super) struct How(u8);

impl How {
    pub(super) const NOT: Self = Self(0);
    /// The caller itself, its session, or everyone.
    pub(super) const DIRECTLY: Self = Self(1);
    /// By the role of its session, or the user of its federated session.
    pub(super) const BY_ROLE: Self = Self(2);
    /// By its account.
    pub(super) const BY_ACCOUNT: Self = Self(4);

    pub(super) const fn or(self, other: Self) -> Self {
        Self(self.0 | other.0)
    }

    pub(super) const fn any(self) -> bool {
        self.0 != 0
    }

    pub(super) const fn has(self, way: Self) -> bool {
        self.0 & way.0 != 0
    }
}

/// Ways that are certain, and ways that hang on something.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Named {
    pub(super) surely: How,
    pub(super) perhaps: Option<(How, On)>,
}

impl From<How> for Named {
    fn from(surely: How) -> Self {
        Self { surely, perhaps: None }
    }
}

#[derive(Clone, Debug)]
pub(super) enum One {
    Everyone,
    Account(Box<str>),
    /// A user, a role session or a federated session, by its ARN.
    Exact(Box<str>),
    Role {
        account: Box<str>,
        name: Box<str>,
    },
    /// What S3 stores in place of the ARN of a user or role: `AIDA…`, `AROA…`.
    Id(Box<str>),
    Named(CallerKind, Box<str>),
    Unresolved,
}

/// A compiled principal element.
#[derive(Clone, Debug)]
pub(super) enum Who {
    Everyone,
    Of(Box<[One]>),
    Not(Box<[One]>),
}

impl Who {
    pub(super) fn new(element: &Element<Principals>, environment: &Environment) -> Self {
        let compiled = |principals: &Principals| match principals {
            Principals::Everyone => [One::Everyone].into(),
            Principals::Of(all) => all.iter().map(|principal| One::new(principal, environment)).collect::<Box<[_]>>(),
        };
        match element {
            Element::Is(principals) => match compiled(principals) {
                all if all.iter().any(|one| matches!(one, One::Everyone)) => Self::Everyone,
                all => Self::Of(all),
            },
            Element::Not(principals) => Self::Not(compiled(principals)),
        }
    }

    pub(super) fn names(&self, caller: &Caller, context: &Context, effect: Effect, boundary: bool) -> Named {
        match self {
            Self::Everyone => How::DIRECTLY.into(),
            Self::Of(all) => ways(all, caller, context),
            Self::Not(all) => spared(ways(all, caller, context), self.is_everyone(), caller, effect, boundary),
        }
    }

    fn is_everyone(&self) -> bool {
        match self {
            Self::Everyone => true,
            Self::Of(all) | Self::Not(all) => all.iter().any(|one| matches!(one, One::Everyone)),
        }
    }
}

/// A principal element for many callers: of a long list, only those entries are asked that can be about the caller.
pub(super) struct Index<'w> {
    who: &'w Who,
    everyone: bool,
    /// By account, name or ARN.
    known: HashMap<&'w str, Vec<&'w One>>,
    others: Vec<&'w One>,
}

impl<'w> Index<'w> {
    pub(super) fn new(who: &'w Who) -> Self {
        let mut index = Self { who, everyone: who.is_everyone(), known: HashMap::new(), others: Vec::new() };
        if let Who::Of(all) | Who::Not(all) = who {
            for one in all {
                match one {
                    One::Account(text) | One::Exact(text) | One::Role { name: text, .. } => index.known.entry(text).or_default().push(one),
                    other => index.others.push(other),
                }
            }
        }
        index
    }

    /// As [`Who::names`].
    pub(super) fn names(&self, caller: &Caller, context: &Context, effect: Effect, boundary: bool) -> Named {
        if matches!(self.who, Who::Everyone) {
            return How::DIRECTLY.into();
        }
        let texts = [Some(&*caller.arn), caller.account(), caller.issuer.as_deref(), Some(&*caller.name)];
        let found = texts.into_iter().flatten().filter_map(|text| self.known.get(text)).flatten();
        let named = ways(found.chain(&self.others).copied(), caller, context);
        match self.who {
            Who::Not(_) => spared(named, self.everyone, caller, effect, boundary),
            _ => named,
        }
    }
}

fn ways<'o>(all: impl IntoIterator<Item = &'o One>, caller: &Caller, context: &Context) -> Named {
    let mut named = Named::from(How::NOT);
    for one in all {
        let found = one.names(caller, context);
        named.surely = named.surely.or(found.surely);
        named.perhaps = match (named.perhaps, found.perhaps) {
            (Some((a, on)), Some((b, _))) => Some((a.or(b), on)),
            (a, b) => a.or(b),
        };
    }
    named
}

/// `NotPrincipal`: everyone but those listed. With `Deny`, a caller is spared only if the list also holds its
/// account, and for a session its role; and nobody with a permissions boundary is spared.
fn spared(named: Named, everyone: bool, caller: &Caller, effect: Effect, boundary: bool) -> Named {
    if let (false, Some((_, on))) = (everyone, named.perhaps) {
        return Named { surely: How::NOT, perhaps: Some((How::DIRECTLY, on)) };
    }
    let listed = named.surely;
    let (direct, role, account) = (listed.has(How::DIRECTLY), listed.has(How::BY_ROLE), listed.has(How::BY_ACCOUNT));
    let (some, every) = match (effect, caller.kind) {
        _ if everyone => (true, true),
        (Effect::Allow, _) => (listed.any(), listed.any()),
        (Effect::Deny, CallerKind::User | CallerKind::Role) if boundary => (false, false),
        (Effect::Deny, CallerKind::User | CallerKind::FederatedUser) => (direct || account, direct && account),
        (Effect::Deny, CallerKind::Role) => (listed.any(), direct && role && account),
        (Effect::Deny, _) => (listed.any(), listed.any()),
    };
    match (some, every) {
        (_, true) => How::NOT.into(),
        (false, _) => How::DIRECTLY.into(),
        _ => Named { surely: How::NOT, perhaps: Some((How::DIRECTLY, On::NotPrincipal)) },
    }
}

impl One {
    fn new(principal: &Principal, environment: &Environment) -> Self {
        let Some(text) = environment.text(principal.value()) else { return Self::Unresolved };
        let text = text.as_ref();
        match principal {
            Principal::Service(_) => Self::Named(CallerKind::Service, text.into()),
            Principal::Federated(_) => Self::Named(CallerKind::Federated, text.into()),
            Principal::CanonicalUser(_) => Self::Named(CallerKind::Canonical, text.into()),
            Principal::Aws(_) if text == "*" => Self::Everyone,
            Principal::Aws(_) if text.len() == 12 && text.bytes().all(|b| b.is_ascii_digit()) => Self::Account(text.into()),
            Principal::Aws(_) if text.starts_with("AIDA") || text.starts_with("AROA") => Self::Id(text.into()),
            Principal::Aws(_) => match Caller::from_arn(text) {
                Some(Caller { kind: CallerKind::Root, account: Some(account), .. }) => Self::Account(account),
                Some(Caller { kind: CallerKind::Role, account: Some(account), name, .. }) if text.contains(":role/") => {
                    Self::Role { account, name }
                }
                _ => Self::Exact(text.into()),
            },
        }
    }

    fn names(&self, caller: &Caller, context: &Context) -> Named {
        let sure = |yes: bool, how: How| Named::from(if yes { how } else { How::NOT });
        match self {
            Self::Everyone => How::DIRECTLY.into(),
            Self::Account(account) => sure(caller.account() == Some(account), How::BY_ACCOUNT),
            Self::Exact(arn) if caller.issuer.as_ref() == Some(arn) => How::BY_ROLE.into(),
            Self::Exact(arn) => sure(!arn.is_empty() && caller.arn == *arn, How::DIRECTLY),
            Self::Role { account, name } => {
                sure(caller.kind == CallerKind::Role && caller.account() == Some(account) && caller.name == *name, How::BY_ROLE)
            }
            Self::Id(id) => match context.one(&Key::UserId) {
                Some(user) if user == &**id => How::DIRECTLY.into(),
                Some(user) => sure(user.strip_prefix(&**id).is_some_and(|rest| rest.starts_with(':')), How::BY_ROLE),
                None => How::NOT.into(),
            },
            Self::Named(kind, name) if caller.kind == *kind => {
                let way = if caller.is_account() { How::BY_ACCOUNT.or(How::DIRECTLY) } else { How::DIRECTLY };
                if name.contains(['*', '?']) {
                    return Named { surely: How::NOT, perhaps: Some((way, On::WildcardPrincipal)) };
                }
                sure(caller.name == *name, way)
            }
            Self::Named(CallerKind::Federated, provider) => sure(caller.issuer.as_ref() == Some(provider), How::BY_ROLE),
            Self::Named(..) => How::NOT.into(),
            Self::Unresolved if caller.kind == CallerKind::Anonymous => How::NOT.into(),
            Self::Unresolved => Named { surely: How::NOT, perhaps: Some((How::DIRECTLY, On::Unresolved)) },
        }
    }
}
