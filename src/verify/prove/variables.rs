//! Policy variables in patterns: what is certain without them, what is possible with any value of them, and what they
//! are for a known value.
//!
//! In: compiled patterns. Out: the same without variables. Never: an approximation in silence; callers keep the two
//! bounds apart.

use super::super::condition::{Listed, Test};
use super::super::context::Context;
use super::super::pattern::{ArnPattern, Head, Pattern, Token};
use crate::policy::Key;

/// What becomes of a variable.
#[derive(Clone, Copy)]
pub(super) enum Fill<'a> {
    /// The pattern is left out.
    Drop,
    /// Any text.
    Anything,
    /// The request's value, or the variable's default; a pattern without either is left out.
    From(&'a Context),
}

/// The keys that the patterns of a test take values from.
pub(super) fn keys_of_test(test: &Test) -> Vec<Key> {
    match &test.listed {
        Listed::Text(all) | Listed::Folded(all) | Listed::Bool(all) => all.iter().flat_map(keys_of_pattern).collect(),
        Listed::Arn(all) => all.iter().flat_map(keys_of_arn).collect(),
        _ => Vec::new(),
    }
}

fn keys_of_tokens(tokens: &[Token]) -> Vec<Key> {
    tokens.iter().filter_map(|token| if let Token::Variable { key, .. } = token { Some(key.clone()) } else { None }).collect()
}

fn keys_of_pattern(pattern: &Pattern) -> Vec<Key> {
    if let Pattern::General(tokens) = pattern { keys_of_tokens(tokens) } else { Vec::new() }
}

pub(super) fn keys_of_arn(pattern: &ArnPattern) -> Vec<Key> {
    match pattern {
        ArnPattern::Anything | ArnPattern::Nothing => Vec::new(),
        ArnPattern::Late(tokens) => keys_of_tokens(tokens),
        ArnPattern::Split { head, tail } => {
            let mut keys = keys_of_pattern(tail);
            if let Head::Parts(parts) = head {
                keys.extend(parts.iter().flat_map(keys_of_pattern));
            }
            keys
        }
    }
}

/// The tokens without variables; none where the pattern matches nothing.
fn fill_tokens(tokens: &[Token], fill: Fill<'_>) -> Option<Vec<Token>> {
    let mut all: Vec<Token> = Vec::with_capacity(tokens.len());
    for token in tokens {
        let next = match (token, fill) {
            (Token::Variable { .. }, Fill::Drop) => return None,
            (Token::Variable { .. }, Fill::Anything) => Token::Any,
            (Token::Variable { key, default }, Fill::From(context)) => match context.one(key).or(default.as_deref())? {
                "" => continue,
                value => Token::Text(value.into()),
            },
            (plain, _) => plain.clone(),
        };
        match (all.last_mut(), next) {
            (Some(Token::Any), Token::Any) => {}
            (Some(Token::Text(before)), Token::Text(more)) => *before = format!("{before}{more}").into(),
            (_, next) => all.push(next),
        }
    }
    Some(all)
}

fn fill_pattern(pattern: &Pattern, fill: Fill<'_>) -> Option<Pattern> {
    match pattern {
        Pattern::General(tokens) => fill_tokens(tokens, fill).map(Pattern::from),
        plain => Some(plain.clone()),
    }
}

pub(super) fn fill_arn(pattern: &ArnPattern, fill: Fill<'_>) -> Option<ArnPattern> {
    match pattern {
        // Values may bring colons along, so that the parts are found last.
        ArnPattern::Late(_) if matches!(fill, Fill::Anything) => Some(ArnPattern::Anything),
        ArnPattern::Late(tokens) => {
            let text: String = fill_tokens(tokens, fill)?
                .iter()
                .map(|token| match token {
                    // No wildcard: what stands for one is text of the value.
                    Token::Text(text) => {
                        text.chars().map(|c| if "*?$".contains(c) { format!("${{{c}}}") } else { c.to_string() }).collect()
                    }
                    Token::Any => "*".to_owned(),
                    Token::One => "?".to_owned(),
                    Token::Variable { .. } => String::new(),
                })
                .collect();
            // Escapes are read as such again, and a text with them is taken apart late, as the original is.
            Some(ArnPattern::condition(&text, true))
        }
        ArnPattern::Split { head, tail } => {
            let tail = fill_pattern(tail, fill)?;
            let head = match head {
                Head::Exact(head) => Head::Exact(head.clone()),
                Head::Parts(parts) => {
                    let [a, b, c, d, e] = parts.as_ref();
                    let part = |pattern| fill_pattern(pattern, fill);
                    Head::Parts(Box::new([part(a)?, part(b)?, part(c)?, part(d)?, part(e)?]))
                }
            };
            Some(ArnPattern::Split { head, tail })
        }
        plain => Some(plain.clone()),
    }
}

/// A test without variables.
pub(super) fn fill_test(test: &Test, fill: Fill<'_>) -> Test {
    let patterns = |all: &[Pattern]| all.iter().filter_map(|pattern| fill_pattern(pattern, fill)).collect();
    let listed = match &test.listed {
        Listed::Text(all) => Listed::Text(patterns(all)),
        Listed::Folded(all) => Listed::Folded(patterns(all)),
        Listed::Bool(all) => Listed::Bool(patterns(all)),
        Listed::Arn(all) => Listed::Arn(all.iter().filter_map(|pattern| fill_arn(pattern, fill)).collect()),
        other => other.clone(),
    };
    test.listing(listed)
}
