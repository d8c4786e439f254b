//! A reader of HCL, as far as templates write it: blocks, and attributes whose values are compared token by token.
//!
//! In: a rendered file. Out: its [`Body`]. Never: a guess: what this reader would see otherwise than Terraform does (heredocs, open
//! comments, tokens outside of any block) is an error.

use super::super::layout::scan::{Kind, Scanner};

/// What stands between two braces, or in a file.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(super) struct Body {
    /// Names and values, in their order.
    pub(super) attributes: Vec<(String, Vec<String>)>,
    /// Blocks, in their order.
    pub(super) blocks: Vec<Block>,
}

/// A block.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Block {
    /// Its type and labels, quotes included.
    pub(super) head: Vec<String>,
    pub(super) body: Body,
}

/// A token that means something.
struct Token<'t> {
    kind: Kind,
    text: &'t str,
}

/// Reads a file.
pub(super) fn read(text: &str) -> Result<Body, String> {
    let tokens = tokens(text)?;
    let mut rest = tokens.as_slice();
    let body = body(&mut rest, false)?;
    Ok(body)
}

/// Every token but comments. What Terraform would read in another way is refused here.
fn tokens(text: &str) -> Result<Vec<Token<'_>>, String> {
    let mut scanner = Scanner::new(text.as_bytes());
    let mut tokens: Vec<Token<'_>> = Vec::new();
    while let Some(kind) = scanner.next() {
        let text = text.get(scanner.start..scanner.at).ok_or("a character is cut in two")?;
        match kind {
            Kind::Comment => continue,
            Kind::Other if text.starts_with("/*") => {
                if text.len() < 4 || !text.ends_with("*/") {
                    return Err("a comment is not closed".to_owned());
                }
                continue;
            }
            Kind::Other if text != "=>" => return Err(format!("`{}` is not what a template writes", text.escape_default())),
            Kind::Operator if text == "<" && tokens.last().is_some_and(|before| before.text == "<") => {
                return Err("heredocs are not read".to_owned());
            }
            _ => {}
        }
        tokens.push(Token { kind, text });
    }
    Ok(tokens)
}

fn body(rest: &mut &[Token<'_>], nested: bool) -> Result<Body, String> {
    let mut found = Body::default();
    loop {
        let Some((first, after)) = rest.split_first() else {
            return if nested { Err("a block is not closed".to_owned()) } else { Ok(found) };
        };
        *rest = after;
        match first.kind {
            Kind::Newline => {}
            Kind::CloseBrace if nested => return Ok(found),
            Kind::Ident | Kind::In => match rest.split_first() {
                Some((equal, after)) if equal.kind == Kind::Equal => {
                    *rest = after;
                    let value = value(rest)?;
                    if found.attributes.iter().any(|(name, _)| name == first.text) {
                        return Err(format!("`{}` stands twice", first.text));
                    }
                    found.attributes.push((first.text.to_owned(), value));
                }
                _ => found.blocks.push(block(first.text, rest)?),
            },
            _ => return Err(format!("`{}` stands outside of every attribute", first.text)),
        }
    }
}

fn block(kind: &str, rest: &mut &[Token<'_>]) -> Result<Block, String> {
    let mut head = vec![kind.to_owned()];
    loop {
        let Some((token, after)) = rest.split_first() else { return Err(format!("`{kind}` has no body")) };
        *rest = after;
        match token.kind {
            Kind::Quoted | Kind::Ident | Kind::In => head.push(token.text.to_owned()),
            Kind::OpenBrace => return Ok(Block { head, body: body(rest, true)? }),
            _ => return Err(format!("`{}` stands before the body of `{kind}`", token.text)),
        }
    }
}

/// The tokens of a value, up to the end of its line. What only parts items is the same however it is written.
fn value(rest: &mut &[Token<'_>]) -> Result<Vec<String>, String> {
    let mut value: Vec<String> = Vec::new();
    let mut open: Vec<Kind> = Vec::new();
    while let Some((token, after)) = rest.split_first() {
        match token.kind {
            Kind::Newline if open.is_empty() => break,
            // The end of a block that stands on one line.
            Kind::CloseBrace if open.is_empty() => break,
            _ => {}
        }
        *rest = after;
        match token.kind {
            Kind::Newline => {
                if open.last() == Some(&Kind::OpenBrace) {
                    part(&mut value);
                }
                continue;
            }
            Kind::Comma => {
                part(&mut value);
                continue;
            }
            Kind::OpenBrace | Kind::OpenBracket | Kind::OpenParen | Kind::OpenTemplate => open.push(token.kind),
            Kind::Close | Kind::CloseBrace | Kind::CloseTemplate => {
                open.pop();
                if value.last().is_some_and(|last| last == ",") {
                    value.pop();
                }
            }
            _ => {}
        }
        value.push(token.text.to_owned());
    }
    if !open.is_empty() || value.is_empty() {
        return Err("a value is not whole".to_owned());
    }
    Ok(value)
}

/// Parts two items, once.
fn part(value: &mut Vec<String>) {
    if value.last().is_some_and(|last| !matches!(last.as_str(), "," | "{" | "[" | "(")) {
        value.push(",".to_owned());
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn spelling_does_not_matter_and_everything_else_does() {
        let of = |text: &str| read(text).unwrap();
        assert_eq!(of("a = { x = 1, y = [1, 2] }"), of("# why\na  = {\n  x = 1 // one\n\n  y = [\n    1,\n    2,\n  ]\n}\n"));
        assert_eq!(of("b \"l\" {\n  c {}\n}"), of("b \"l\" { /* x */\nc {\n}\n}"));
        for (one, other) in [
            ("a = [1, 2]", "a = [1 - 2]"),
            ("a = \"x\"", "a = \"x \""),
            ("a = { x = 1 }", "a = { x = 2 }"),
            ("a = f(x)", "a = f(y)"),
            ("b {\n c = 1\n}", "b {\n d = 1\n}"),
        ] {
            assert_ne!(of(one), of(other), "{one}");
        }
    }

    #[test]
    fn what_terraform_may_read_otherwise_is_refused() {
        for text in ["a = <<EOT\nx\nEOT\n", "a = 1 /* open", "}", "a {", "a = {", "a = 1\na = 2\n", "1", "a \"b\"", "a = ;", "a ="] {
            assert!(read(text).is_err(), "{text}");
        }
    }
}
