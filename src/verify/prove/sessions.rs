//! The states that a caller can be in: with long-term keys, with a session, with MFA.
//!
//! In: what policies look at. Out: the states, who can be in which, and the values of the keys about both. Never: a state
//! that changes nothing; where no policy looks at sessions, a caller has one.

use super::super::context::Values;
use super::super::model::{principal_account, principal_arn, principal_type};
use super::super::{Caller, CallerKind};
use super::values::Classes;
use crate::policy::Key;

/// A state that callers can be in.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct State {
    pub(super) temporary: bool,
    /// The seconds since MFA was used, where it was.
    pub(super) mfa: Option<u64>,
    /// Whether the keys about MFA show it.
    shown: bool,
}

impl State {
    /// The age of MFA, where a key shows it.
    pub(super) fn shown(&self) -> Option<u64> {
        self.mfa.filter(|_| self.shown)
    }
}

/// Every state, plain ones first; `ages` where policies look at MFA.
pub(super) fn states(ages: Option<&[u64]>) -> Vec<State> {
    let plain = |temporary| State { temporary, mfa: None, shown: false };
    let ages = ages.unwrap_or_default();
    let with_mfa = |shown: bool| ages.iter().map(move |age| State { temporary: true, mfa: Some(*age), shown });
    // Sources differ on whether the session of a role shows the MFA that it was assumed with.
    [plain(false), plain(true)].into_iter().chain(with_mfa(true)).chain(with_mfa(false).take(1)).collect()
}

/// Whether a caller can be in the state; `looked_at` where policies look at sessions at all.
pub(super) const fn fits(kind: CallerKind, state: &State, looked_at: bool) -> bool {
    match kind {
        CallerKind::Anonymous | CallerKind::Service => !state.temporary,
        CallerKind::Role => state.temporary,
        CallerKind::FederatedUser | CallerKind::Federated => state.temporary && (state.shown || state.mfa.is_none()),
        CallerKind::User | CallerKind::Root | CallerKind::Canonical if looked_at => state.shown || state.mfa.is_none(),
        CallerKind::User | CallerKind::Root | CallerKind::Canonical => !state.temporary,
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
pub(super) fn value(key: &Key, caller: &Caller, id: Option<&Values>) -> Option<Values> {
    let one = |text: &str| Some(Values::One(text.to_owned().into()));
    let fixed = |text: &'static str| Some(Values::One(text.into()));
    let kind = caller.kind();
    let (anonymous, service) = (kind == CallerKind::Anonymous, kind == CallerKind::Service);
    match key {
        Key::PrincipalArn if anonymous || service => None,
        Key::PrincipalArn => Some(Values::One(principal_arn(caller).into())),
        Key::PrincipalAccount if service => None,
        Key::PrincipalAccount => one(principal_account(caller)),
        Key::PrincipalType => fixed(principal_type(kind)),
        Key::UserName if kind == CallerKind::User => one(caller.name()),
        Key::UserId => id.cloned(),
        Key::PrincipalIsAWSService if anonymous => None,
        Key::PrincipalIsAWSService => fixed(if service { "true" } else { "false" }),
        Key::PrincipalServiceName if service => one(caller.name()),
        Key::PrincipalServiceNamesList if service => Some(Values::Many([caller.name().into()].into())),
        _ => None,
    }
}

/// The value of a key about sessions, where the row says which one it is.
pub(super) fn state_value(key: &Key, state: &State, session: &[(Key, Classes)], row: &[Option<usize>]) -> Option<Values> {
    match key {
        Key::MultiFactorAuthPresent if state.temporary => Some(Values::One(if state.shown { "true" } else { "false" }.into())),
        Key::MultiFactorAuthAge if state.shown => state.mfa.map(|age| Values::One(age.to_string().into())),
        key => {
            let (at, classes) = session.iter().enumerate().find_map(|(at, (own, classes))| (own == key).then_some((at, classes)))?;
            classes.values.get((*row.get(at)?)?).cloned()
        }
    }
}
