//! Whom a grant gives something, in one word of the command line.

use super::valid;
use crate::names::AccountId;
use crate::protect::principal::{PrincipalArn, RoleName, UserName};

/// A role, a user, an account or an ARN. A permission set cannot be named in a bucket's policy.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum Party {
    Role(RoleName),
    User(UserName),
    Account(AccountId),
    Arn(PrincipalArn),
}

impl Party {
    /// Reads `Analyst`, `role/Analyst`, `user/ann`, twelve digits, or an ARN.
    pub(super) fn parse(text: &str) -> Result<Self, String> {
        match text.split_once('/') {
            _ if text.starts_with("arn:") => valid(text).map(Self::Arn),
            Some(("role", name)) => valid(name).map(Self::Role),
            Some(("user", name)) => valid(name).map(Self::User),
            _ if text.len() == 12 && text.bytes().all(|b| b.is_ascii_digit()) => valid(text).map(Self::Account),
            _ => valid(text).map(Self::Role),
        }
    }

    /// As profiles write it.
    pub(super) fn written(&self) -> String {
        match self {
            Self::Role(name) => format!("{{ role: {} }}", quoted(name.as_str())),
            Self::User(name) => format!("{{ user: {} }}", quoted(name.as_str())),
            Self::Account(id) => format!("{{ account: {} }}", quoted(id.as_str())),
            Self::Arn(arn) => format!("{{ arn: {} }}", quoted(arn.as_str())),
        }
    }
}

/// Text as YAML: plain where no reader could take it for something else, and in quotes otherwise.
pub(super) fn quoted(text: &str) -> String {
    let first = text.chars().next().is_some_and(|c| c.is_ascii_alphabetic());
    let plain = first && text.chars().all(|c| c.is_ascii_alphanumeric() || matches!(c, '-' | '/' | '.' | '_'));
    let word = ["true", "false", "yes", "no", "on", "off", "null", "y", "n"].iter().any(|word| text.eq_ignore_ascii_case(word));
    if plain && !word { text.to_owned() } else { serde_json::Value::from(text).to_string() }
}
