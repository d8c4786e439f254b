//! The states that a caller can be in: with long-term keys, with a session, with MFA.
//!
//! In: a caller. Out: its states, and the values of the keys about callers in each. Never: a state that changes nothing;
//! where no policy looks at sessions, a caller has one.

use super::super::context::Values;
use super::super::model::{principal_account, principal_arn, principal_type};
use super::super::{Caller, CallerKind};
use super::values::Classes;
use crate::policy::Key;

/// A state of a caller.
#[derive(Clone, Copy, Debug)]
pub(super) struct State {
    pub(super) temporary: bool,
    /// The seconds since MFA was used, where it was.
    pub(super) mfa: Option<u64>,
    /// Whether the keys about MFA show it.
    shown: bool,
}

/// The states of a caller; `ages` where policies look at MFA, `sessions` where they look at sessions.
pub(super) fn states(caller: &Caller, ages: Option<&[u64]>, sessions: bool) -> Vec<State> {
    let plain = |temporary| State { temporary, mfa: None, shown: false };
    let with_mfa = |shown: bool| ages.unwrap_or_default().iter().map(move |age| State { temporary: true, mfa: Some(*age), shown });
    match caller.kind() {
        CallerKind::Anonymous | CallerKind::Service => vec![plain(false)],
        // Sources differ on whether the session of a role shows the MFA that it was assumed with.
        CallerKind::Role => {
            let hidden = with_mfa(false).take(1);
            std::iter::once(plain(true)).chain(with_mfa(true)).chain(hidden).collect()
        }
        CallerKind::FederatedUser | CallerKind::Federated => std::iter::once(plain(true)).chain(with_mfa(true)).collect(),
        CallerKind::User | CallerKind::Root | CallerKind::Canonical if ages.is_some() || sessions => {
            [plain(false), plain(true)].into_iter().chain(with_mfa(true)).collect()
        }
        CallerKind::User | CallerKind::Root | CallerKind::Canonical => vec![plain(false)],
    }
}

/// Every combination of values of the keys that only sessions have, by place.
pub(super) fn rows(session: &[(Key, Classes)], temporary: bool) -> Vec<Vec<Option<usize>>> {
    let mut rows: Vec<Vec<Option<usize>>> = vec![Vec::new()];
    for (key, classes) in session {
        // Every session has a time of issue; the others are there or not.
        let absent = (!temporary || *key != Key::TokenIssueTime).then_some(None);
        let present = (0..if temporary { classes.values.len() } else { 0 }).map(Some);
        let choices: Vec<Option<usize>> = absent.into_iter().chain(present).collect();
        rows = rows.iter().flat_map(|row| choices.iter().map(|choice| row.iter().copied().chain([*choice]).collect())).collect();
    }
    rows
}

/// The value of a key about callers.
pub(super) fn value(
    key: &Key,
    caller: &Caller,
    state: &State,
    id: Option<&Values>,
    session: &[(Key, Classes)],
    row: &[Option<usize>],
) -> Option<Values> {
    let one = |text: &str| Some(Values::One(text.to_owned().into()));
    let kind = caller.kind();
    let (anonymous, service) = (kind == CallerKind::Anonymous, kind == CallerKind::Service);
    match key {
        Key::PrincipalArn if anonymous || service => None,
        Key::PrincipalArn => one(&principal_arn(caller)),
        Key::PrincipalAccount if service => None,
        Key::PrincipalAccount => one(principal_account(caller)),
        Key::PrincipalType => one(principal_type(kind)),
        Key::UserName => {
            if kind == CallerKind::User {
                one(caller.name())
            } else {
                None
            }
        }
        Key::UserId => id.cloned(),
        Key::PrincipalIsAWSService if anonymous => None,
        Key::PrincipalIsAWSService => one(if service { "true" } else { "false" }),
        Key::PrincipalServiceName if service => one(caller.name()),
        Key::PrincipalServiceNamesList if service => Some(Values::Many([caller.name().into()].into())),
        Key::MultiFactorAuthPresent if state.temporary => one(if state.shown { "true" } else { "false" }),
        Key::MultiFactorAuthAge if state.shown => state.mfa.and_then(|age| one(&age.to_string())),
        key => {
            let (at, classes) = session.iter().enumerate().find_map(|(at, (own, classes))| (own == key).then_some((at, classes)))?;
            classes.values.get((*row.get(at)?)?).cloned()
        }
    }
}
