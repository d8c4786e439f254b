//! Uses of keys, roles and policies, as they really come: for claims beside the statements that allow them.
//!
//! In: principals, actions and conditions; for what services need, the statements that their guides ask for, each a call with
//! the keys that it asks for. Out: [`Use`]s and claims. Never: a statement, nor a decision.

use std::borrow::Cow;

use super::Draft;
use super::principal::Grantee;
use crate::claim::{Claim, Guarantee, Use, User, Work};
use crate::expr::{Attribute, Expr};
use crate::plan::{Kind, Resource};
use crate::policy::{Actions, Base, Condition, Document, Effect, Element, Key, Principal, Principals, Statement};

/// A time before every day that somebody would name.
const LONG_AGO: &str = "2000-01-01T00:00:00Z";

/// One use for each of the actions.
pub(super) fn each<A: Into<Cow<'static, str>>>(
    by: &User,
    actions: impl IntoIterator<Item = A>,
    on: &Expr,
    context: &[(Key, Expr)],
) -> Vec<Use> {
    let one = |action: A| Use { by: by.clone(), action: action.into(), on: on.clone(), context: context.to_vec(), denied: false };
    actions.into_iter().map(one).collect()
}

/// Whom a grant is for, as a caller; none where no policy of a key can name them.
pub(super) fn user(grantee: &Grantee, account: &Expr) -> Option<User> {
    Some(match grantee {
        Grantee::Role(_) | Grantee::User(_) | Grantee::Arn(_) => User::Principal(grantee.identity()?.pattern(account)),
        Grantee::Account(id) => User::Account(Expr::text(id.to_string())),
        Grantee::Organization(id) => User::Organization(Expr::text(id.to_string())),
        Grantee::Service(name) => User::Service(Expr::text(name.to_string())),
        Grantee::Group(_) | Grantee::PermissionSet(_) | Grantee::Everyone => return None,
    })
}

/// A context in which every one of the conditions holds, as far as they ask for something to be there.
pub(super) fn context(conditions: &[Condition]) -> Vec<(Key, Expr)> {
    let mut all: Vec<(Key, Expr)> = Vec::new();
    // The first that says when is the earliest that is good.
    for condition in conditions {
        let Some(first) = condition.values.first().filter(|_| !condition.operator.base.is_negated()) else { continue };
        if all.iter().any(|(key, _)| key.same(&condition.key)) {
            continue;
        }
        let value = match condition.operator.base {
            Base::DateLessThan => Expr::text(LONG_AGO),
            Base::IpAddress => {
                first.as_text().and_then(|block| block.split('/').next()).map_or_else(|| first.clone(), |ip| Expr::text(ip.to_owned()))
            }
            _ => first.clone(),
        };
        all.push((condition.key.clone(), value));
    }
    all
}

/// The variables in a text, each as its own value, so that what is made of them is the text again.
pub(super) fn variables(text: &str) -> Vec<(Key, Expr)> {
    let inner = text.split("${").skip(1).filter_map(|rest| rest.split('}').next());
    inner.map(|name| (Key::parse(name), Expr::text(format!("${{{name}}}")))).collect()
}

/// Promises that keys, roles and topics among resources let services do what they are there for, and the account administer
/// its keys.
pub fn promise<'r>(made: impl IntoIterator<Item = &'r Resource>, draft: &Draft) -> Vec<Claim> {
    let claim = |resource: &Resource, work: Work, uses: Vec<Use>| Claim {
        bucket: draft.id.clone(),
        guarantee: Guarantee::UsesWork { work, of: vec![resource.id.clone()], uses },
        origin: resource.origin.clone(),
    };
    let mut claims = Vec::new();
    for resource in made {
        let own = || resource.reference(Attribute::Arn);
        match &resource.kind {
            Kind::Key(key) => {
                claims.push(claim(resource, Work::Key, administration(own(), draft)));
                claims.push(claim(resource, Work::Service, of_services(&key.policy, &own())));
            }
            Kind::Role(role) => {
                let does = role.policy.statements.iter().flat_map(|statement| all_of(statement, &User::Holder, &own()));
                claims.push(claim(resource, Work::Service, of_services(&role.trust, &own()).into_iter().chain(does).collect()));
            }
            Kind::TopicPolicy { topic, document } => {
                let topic = Expr::reference(topic.clone(), Attribute::Id);
                claims.push(claim(resource, Work::Service, of_services(document, &topic)));
            }
            _ => {}
        }
    }
    claims
}

/// That somebody of the account can administer a key: without that nobody could ever change its policy.
pub(super) fn administration(key: Expr, draft: &Draft) -> Vec<Use> {
    each(&User::Account(draft.account.clone()), ["kms:DescribeKey", "kms:PutKeyPolicy"], &key, &[])
}

/// What services do with what a policy belongs to, and what is denied to each of them.
fn of_services(document: &Document, own: &Expr) -> Vec<Use> {
    let services = |statement: &Statement| match &statement.principal {
        Some(Element::Is(Principals::Of(all))) => {
            let service = |one: &Principal| if let Principal::Service(name) = one { Some(User::Service(name.clone())) } else { None };
            all.iter().filter_map(service).collect()
        }
        _ => Vec::new(),
    };
    let (gives, denies): (Vec<&Statement>, Vec<&Statement>) =
        document.statements.iter().partition(|statement| statement.effect == Effect::Allow);
    let everybody: Vec<User> = gives.iter().flat_map(|statement| services(statement)).collect();
    let allowed = gives.iter().flat_map(|statement| services(statement).into_iter().flat_map(|by| all_of(statement, &by, own)));
    let denied = denies.iter().flat_map(|statement| everybody.iter().flat_map(|by| all_of(statement, by, own)));
    allowed.chain(denied.map(|one| Use { denied: true, ..one })).collect()
}

/// Every action of a statement on every resource of it, which is what the policy belongs to where it says `*`.
fn all_of(statement: &Statement, by: &User, own: &Expr) -> Vec<Use> {
    let (Element::Is(names), resources) = (&statement.action, &statement.resource) else { return Vec::new() };
    let context = context(&statement.condition);
    let named = match resources {
        Some(Element::Is(all)) if all.iter().all(|one| one.as_text() != Some("*")) => all.clone(),
        _ => vec![own.clone()],
    };
    // An action that a pattern stands for, or what is left of the pattern.
    let action = |name: &Cow<'static, str>| match Actions::matching(name).iter().next() {
        Some(known) => Cow::Owned(known.name()),
        None => Cow::Owned(name.replace('*', "")),
    };
    let mut calls = Vec::new();
    for on in named {
        calls.extend(each(by, names.iter().map(action), &on, &context));
    }
    calls
}
