//! Uses of keys, roles and policies, as they really come: for claims beside the statements that allow them.
//!
//! In: principals, actions and conditions. Out: [`Use`]s. Never: a statement, nor a decision.

use std::borrow::Cow;

use super::principal::Grantee;
use crate::claim::{Use, User};
use crate::expr::Expr;
use crate::policy::{Base, Condition, Key};

/// A time before every day that somebody would name.
const LONG_AGO: &str = "2000-01-01T00:00:00Z";

/// One use for each of the actions.
pub(super) fn each<A: Into<Cow<'static, str>>>(
    by: &User,
    actions: impl IntoIterator<Item = A>,
    on: &Expr,
    context: &[(Key, Expr)],
) -> Vec<Use> {
    let one = |action: A| Use { by: by.clone(), action: action.into(), on: on.clone(), context: context.to_vec() };
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
            Base::IpAddress => first.as_text().and_then(|block| block.split('/').next()).map_or_else(|| first.clone(), |ip| Expr::text(ip.to_owned())),
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
