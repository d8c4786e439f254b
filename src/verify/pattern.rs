//! Patterns of policies: text with wildcards and policy variables, and ARNs made of six such texts.
//!
//! In: a value of a policy, once. Out: whether a text of a request matches, any number of times, without an
//! allocation. A variable stands for the request's value as literal text; one without a value matches nothing.
//!
//! Source: "IAM policy elements: Variables and tags" and "Resource", IAM User Guide.

use super::context::Context;
use crate::policy::Key;

/// What in a text has a meaning of its own.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Syntax {
    /// `${…}`: with version 2012-10-17 only.
    pub variables: bool,
    /// `*` and `?`.
    pub wildcards: bool,
}

#[derive(Clone, Debug, PartialEq)]
pub(super) enum Token {
    Text(Box<str>),
    /// `*`
    Any,
    /// `?`
    One,
    Variable {
        key: Key,
        default: Option<Box<str>>,
    },
}

/// A text to match, in the form that is quickest to.
#[derive(Clone, Debug, PartialEq)]
pub(super) enum Pattern {
    Anything,
    Exact(Box<str>),
    Prefix(Box<str>),
    General(Box<[Token]>),
}

impl Pattern {
    pub(super) fn new(text: &str, syntax: Syntax) -> Self {
        if !text.contains(['*', '?', '$']) {
            return Self::Exact(text.into());
        }
        Self::from(tokens(text, syntax))
    }

    /// Whether the text matches; `fold` ignores case.
    pub(super) fn matches(&self, text: &str, context: &Context, fold: bool) -> bool {
        match self {
            Self::Anything => true,
            Self::Exact(exact) if fold => after(text, exact, true).is_some_and(str::is_empty),
            Self::Exact(exact) => **exact == *text,
            Self::Prefix(prefix) => after(text, prefix, fold).is_some(),
            Self::General(tokens) => run(tokens, text, context, fold),
        }
    }
}

impl From<Vec<Token>> for Pattern {
    fn from(tokens: Vec<Token>) -> Self {
        match tokens.as_slice() {
            [] => Self::Exact("".into()),
            [Token::Any] => Self::Anything,
            [Token::Text(text)] => Self::Exact(text.clone()),
            [Token::Text(text), Token::Any] => Self::Prefix(text.clone()),
            _ => Self::General(tokens.into()),
        }
    }
}

fn tokens(text: &str, syntax: Syntax) -> Vec<Token> {
    let mut all = Vec::new();
    let mut plain = String::new();
    let mut rest = text;
    while let Some(c) = rest.chars().next() {
        let special = match c {
            '$' if syntax.variables => variable(rest),
            '*' if syntax.wildcards => Some((Token::Any, 1)),
            '?' if syntax.wildcards => Some((Token::One, 1)),
            _ => None,
        };
        let taken = match special {
            Some((Token::Text(escaped), taken)) => {
                plain.push_str(&escaped);
                taken
            }
            Some((token, taken)) => {
                if !plain.is_empty() {
                    all.push(Token::Text(std::mem::take(&mut plain).into()));
                }
                if !(matches!(token, Token::Any) && matches!(all.last(), Some(Token::Any))) {
                    all.push(token);
                }
                taken
            }
            None => {
                plain.push(c);
                c.len_utf8()
            }
        };
        rest = rest.get(taken..).unwrap_or_default();
    }
    if !plain.is_empty() {
        all.push(Token::Text(plain.into()));
    }
    all
}

/// The variable or escape that a text begins with, and its length.
fn variable(text: &str) -> Option<(Token, usize)> {
    let (inside, _) = text.strip_prefix("${")?.split_once('}')?;
    let token = match inside {
        "" => return None,
        "*" | "?" | "$" => Token::Text(inside.into()),
        _ => {
            let quoted = |s: &str| Some(s.trim().strip_prefix('\'')?.strip_suffix('\'')?.into());
            let (name, default) = match inside.split_once(',') {
                Some((name, rest)) => match quoted(rest) {
                    Some(default) => (name, Some(default)),
                    None => (inside, None),
                },
                None => (inside, None),
            };
            Token::Variable { key: Key::parse(name.trim()), default }
        }
    };
    Some((token, inside.len() + 3))
}

/// What is left of `text` after `prefix`.
fn after<'t>(text: &'t str, prefix: &str, fold: bool) -> Option<&'t str> {
    if !fold {
        return text.strip_prefix(prefix);
    }
    let mut rest = text.chars();
    for c in prefix.chars() {
        let d = rest.next()?;
        if c != d && !c.to_lowercase().eq(d.to_lowercase()) {
            return None;
        }
    }
    Some(rest.as_str())
}

fn skip(text: &str) -> Option<&str> {
    let mut chars = text.chars();
    chars.next().map(|_| chars.as_str())
}

/// Each `*` takes as little as it can; only the last one ever needs to take more.
fn run(tokens: &[Token], text: &str, context: &Context, fold: bool) -> bool {
    let (mut at, mut rest) = (0, text);
    let mut retry: Option<(usize, &str)> = None;
    loop {
        let next = match tokens.get(at) {
            None if rest.is_empty() => return true,
            None => None,
            Some(Token::Any) => {
                at += 1;
                if at == tokens.len() {
                    return true;
                }
                retry = Some((at, rest));
                continue;
            }
            Some(Token::One) => skip(rest),
            Some(Token::Text(literal)) => after(rest, literal, fold),
            Some(Token::Variable { key, default }) => match context.one(key).or(default.as_deref()) {
                Some(value) => after(rest, value, fold),
                None => return false,
            },
        };
        if let Some(next) = next {
            (at, rest) = (at + 1, next);
            continue;
        }
        let Some((star, from)) = retry else { return false };
        let Some(from) = skip(from) else { return false };
        (at, rest) = (star, from);
        retry = Some((star, from));
    }
}

/// Where the sixth part of an ARN begins; none for a text with fewer parts.
pub(super) fn sixth_part(text: &str) -> Option<usize> {
    text.bytes().enumerate().filter(|(_, b)| *b == b':').nth(4).map(|(at, _)| at + 1)
}

/// An ARN to match. Wildcards stay inside each of the first five parts; in the sixth they span `/` and `:`.
#[derive(Clone, Debug, PartialEq)]
pub(super) enum ArnPattern {
    Anything,
    Nothing,
    Split {
        head: Head,
        tail: Pattern,
    },
    /// A variable may hold colons, so the parts show only in the request.
    Late(Box<[Token]>),
}

/// The first five parts, with the colon after them.
#[derive(Clone, Debug, PartialEq)]
pub(super) enum Head {
    Exact(Box<str>),
    Parts(Box<[Pattern; 5]>),
}

/// How a text with fewer than six parts is read, by the kind of policy: not documented, as observed.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Short {
    /// The missing parts are `*`.
    Padded,
    /// They are `*` if the text has a wildcard; else it matches nothing.
    PaddedIfWild,
    /// It matches nothing.
    Refused,
}

impl ArnPattern {
    /// A value of `Resource` or `NotResource`: variables in the sixth part only.
    pub(super) fn resource(text: &str, variables: bool, short: Short) -> Self {
        if text == "*" {
            return Self::Anything;
        }
        let full = |text: &str| {
            let at = sixth_part(text)?;
            let (head, tail) = text.split_at_checked(at)?;
            Some(Self::Split { head: head_of(head, false), tail: Pattern::new(tail, Syntax { variables, wildcards: true }) })
        };
        let padded = || full(&(text.to_owned() + &":*".repeat(5_usize.saturating_sub(text.matches(':').count()))));
        let found = full(text).or_else(|| match short {
            Short::Padded => padded(),
            Short::PaddedIfWild if text.contains(['*', '?']) => padded(),
            _ => None,
        });
        found.unwrap_or(Self::Nothing)
    }

    /// A value of an `Arn…` operator: `*` alone stands for every ARN (assumed), any other short text for none.
    pub(super) fn condition(text: &str, variables: bool) -> Self {
        if text == "*" {
            return Self::Anything;
        }
        if variables && text.contains("${") {
            return Self::Late(tokens(text, Syntax { variables, wildcards: true }).into());
        }
        match sixth_part(text).and_then(|at| text.split_at_checked(at)) {
            Some((head, tail)) => {
                Self::Split { head: head_of(head, variables), tail: Pattern::new(tail, Syntax { variables, wildcards: true }) }
            }
            None => Self::Nothing,
        }
    }

    /// Whether the text is an ARN that matches.
    pub(super) fn matches(&self, text: &str, context: &Context) -> bool {
        if matches!(self, Self::Nothing) {
            return false;
        }
        let Some((head, tail)) = sixth_part(text).and_then(|at| text.split_at_checked(at)) else { return false };
        self.matches_parts(head, tail, context)
    }

    pub(super) fn matches_parts(&self, head: &str, tail: &str, context: &Context) -> bool {
        match self {
            Self::Anything => true,
            Self::Nothing => false,
            Self::Split { head: Head::Exact(exact), tail: pattern } => **exact == *head && pattern.matches(tail, context, false),
            Self::Split { head: Head::Parts(parts), tail: pattern } => {
                let mut texts = head.split(':');
                parts.iter().all(|part| texts.next().is_some_and(|text| part.matches(text, context, false)))
                    && pattern.matches(tail, context, false)
            }
            Self::Late(tokens) => late(tokens, head, tail, context),
        }
    }
}

fn head_of(head: &str, variables: bool) -> Head {
    if !head.contains(['*', '?', '$']) {
        return Head::Exact(head.into());
    }
    let mut parts = head.split(':').map(|part| Pattern::new(part, Syntax { variables, wildcards: true }));
    let mut next = || parts.next().unwrap_or(Pattern::Anything);
    Head::Parts(Box::new([next(), next(), next(), next(), next()]))
}

/// Puts the request's values in, then compares part by part. Rare, so it may allocate.
fn late(tokens: &[Token], head: &str, tail: &str, context: &Context) -> bool {
    let mut parts = vec![Vec::new()];
    for token in tokens {
        let text = match token {
            Token::Text(text) => text.as_ref(),
            Token::Variable { key, default } => match context.one(key).or(default.as_deref()) {
                Some(value) => value,
                None => return false,
            },
            wildcard => {
                if let Some(part) = parts.last_mut() {
                    part.push(wildcard.clone());
                }
                continue;
            }
        };
        let left = 6 - parts.len();
        for (i, piece) in text.splitn(left + 1, ':').enumerate() {
            if i > 0 {
                parts.push(Vec::new());
            }
            if let (Some(part), false) = (parts.last_mut(), piece.is_empty()) {
                part.push(Token::Text(piece.into()));
            }
        }
    }
    parts.len() == 6 && parts.iter().zip(head.splitn(6, ':').take(5).chain([tail])).all(|(part, text)| run(part, text, context, false))
}

#[cfg(test)]
mod tests {
    use super::*;

    const ALL: Syntax = Syntax { variables: true, wildcards: true };

    fn context() -> Context {
        let mut context = Context::default();
        context.set(Key::UserName, "ann*");
        context.set(Key::PrincipalArn, "arn:aws:iam::111122223333:user/ann");
        context
    }

    #[test]
    fn wildcards_variables_and_escapes() {
        let like = |pattern: &str, text: &str| Pattern::new(pattern, ALL).matches(text, &context(), false);
        assert!(like("a*c", "abc") && like("a*c", "ac") && like("*a*b*", "xaxbx") && !like("a*c", "acb") && like("a?c", "aéc"));
        assert!(like("*abc", "ababc") && like("**", "") && !like("?", "") && like("a**b", "ab"));
        assert!(like("home/${aws:username}/*", "home/ann*/x") && !like("home/${aws:username}/*", "home/anna/x"));
        assert!(like("${*}${?}${$}", "*?$") && !like("${*}", "x") && like("${aws:userid, 'none'}", "none"));
        assert!(!like("*${aws:userid}", "x") && like("${", "${") && like("${}", "${}") && like("$x", "$x"));
        assert!(Pattern::new("${aws:username}", Syntax { variables: false, wildcards: true }).matches(
            "${aws:username}",
            &context(),
            false
        ));
        assert!(Pattern::new("a*", Syntax { variables: true, wildcards: false }).matches("a*", &context(), false));
        assert!(Pattern::new("ÄB", ALL).matches("äb", &context(), true) && !Pattern::new("ab", ALL).matches("abc", &context(), true));
    }

    #[test]
    fn arns_are_compared_part_by_part() {
        let arn = |pattern: &str, text: &str| ArnPattern::condition(pattern, true).matches(text, &context());
        assert!(arn("arn:aws:iam::*:role/x", "arn:aws:iam::1:role/x") && !arn("arn:aws:*:role/x", "arn:aws:iam::1:role/x"));
        assert!(arn("arn:aws:s3:::b*", "arn:aws:s3:::b/c:d") && arn("*", "arn:aws:s3:::b") && !arn("*", "b"));
        assert!(arn("${aws:PrincipalArn}", "arn:aws:iam::111122223333:user/ann") && !arn("${aws:PrincipalArn}", "arn:aws:iam::1:user/ann"));
        assert!(arn("arn:aws:iam::111122223333:user/${aws:username}", "arn:aws:iam::111122223333:user/ann*"));
        assert!(!arn("arn:aws:iam::111122223333:user/${aws:userid}", "arn:aws:iam::111122223333:user/ann"));
        assert!(arn("arn:${aws:userid, 'aws'}:s3:::*", "arn:aws:s3:::b:c") && !arn("arn:aws:s3", "arn:aws:s3:::b"));
    }

    #[test]
    fn short_resources_depend_on_the_policy() {
        let arn = |pattern: &str, short| ArnPattern::resource(pattern, true, short).matches("arn:aws:s3:::b/k", &context());
        assert!(arn("arn:aws:s3", Short::Padded) && !arn("arn:aws:s3", Short::PaddedIfWild) && !arn("arn:aws:s3:*", Short::Refused));
        assert!(arn("arn:aws:s*", Short::PaddedIfWild) && arn("*", Short::Refused) && !arn("b/*", Short::Padded));
        assert!(arn("arn:*:s3:::b/?", Short::Refused));
    }
}
