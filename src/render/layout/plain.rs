//! Lines that are right between their tokens already, as renderers write nearly all of them: told at a glance.
//!
//! In: HCL from the beginning of a line on. Out: what the line is, if it is one of these: blank, a comment, the head of a block,
//! brackets that close, `key = value`, an item of a list, a stand-in. Never: a guess; any other line is for the scanner.

use super::STAND_IN;
use super::scan::{BLANK, BREAK, Kind, START, is, quoted, reference, until};

/// A line and what it does to those around it.
#[derive(Debug, PartialEq, Eq)]
pub(super) struct Plain {
    /// How many blanks lead.
    pub(super) blanks: usize,
    /// How long the rest is.
    pub(super) len: usize,
    /// What it begins with; nothing in a blank line.
    pub(super) first: Kind,
    /// What it ends with.
    pub(super) last: Kind,
    /// By how much it changes the number of open brackets.
    pub(super) nesting: isize,
    /// How long the key before ` = ` is.
    pub(super) key: Option<usize>,
}

impl Plain {
    /// The line that the text begins with.
    pub(super) fn read(text: &[u8]) -> Option<Self> {
        let blanks = text.iter().position(|b| !is(*b, BLANK)).unwrap_or(text.len());
        let rest = text.get(blanks..)?;
        let line = |first, last, nesting, len| Self { blanks, len, first, last, nesting, key: None };
        let line = match rest {
            [] | [b'\n', ..] => line(Kind::Nothing, Kind::Nothing, 0, 0),
            [b'#', ..] => {
                let len = until(rest, BREAK);
                // What else could end it is trimmed by the rules of Unicode.
                rest.get(len - 1).filter(|last| last.is_ascii_graphic())?;
                line(Kind::Comment, Kind::Comment, 0, len)
            }
            // Between a bracket and a brace that closes stands a blank.
            [b'}' | b']' | b')', more @ ..] => {
                let closed = 1 + more.iter().take_while(|b| matches!(b, b']' | b')')).count();
                let nesting = -isize::try_from(closed).ok()?;
                match rest.get(closed) {
                    Some(b',') => line(Kind::Close, Kind::Comma, nesting, closed + 1),
                    _ => line(Kind::Close, Kind::Close, nesting, closed),
                }
            }
            [STAND_IN, number @ ..] => {
                let len = number.iter().take_while(|b| b.is_ascii_digit()).count();
                line(Kind::Other, Kind::Other, 0, 1 + len)
            }
            [b'{', ..] => line(Kind::OpenBrace, Kind::OpenBrace, 1, 1),
            _ => {
                let begin = scalar(rest)?;
                match rest.get(begin..)? {
                    [b',', ..] => line(Kind::Quoted, Kind::Comma, 0, begin + 1),
                    [b' ', b'=', b' ', value @ ..] => {
                        let (len, last, nesting) = assigned(value)?;
                        Self { key: Some(begin), ..line(Kind::Quoted, last, nesting, begin + " = ".len() + len) }
                    }
                    labels @ [b' ', ..] => line(Kind::Ident, Kind::OpenBrace, 1, begin + head(labels)?),
                    _ => return None,
                }
            }
        };
        matches!(rest.get(line.len), None | Some(b'\n')).then_some(line)
    }
}

/// The length of a string, a number or a reference.
fn scalar(text: &[u8]) -> Option<usize> {
    match text {
        [b'"', rest @ ..] => quoted(rest).map(|len| len + 2),
        [b'0'..=b'9', ..] => Some(text.iter().position(|b| !b.is_ascii_digit()).unwrap_or(text.len())),
        [first, ..] if is(*first, START) => Some(reference(text)),
        _ => None,
    }
}

/// The length of a value, what it ends with, and how many brackets it leaves open.
fn assigned(text: &[u8]) -> Option<(usize, Kind, isize)> {
    match text {
        [b'{', b'\n', ..] => Some((1, Kind::OpenBrace, 1)),
        [b'[', b'\n', ..] => Some((1, Kind::OpenBracket, 1)),
        [b'[', items @ ..] => Some((1 + list(items)?, Kind::Close, 0)),
        _ => {
            let len = scalar(text)?;
            match text.get(len..)? {
                [b'(', b'{', ..] => Some((len + 2, Kind::OpenBrace, 2)),
                _ => Some((len, Kind::Quoted, 0)),
            }
        }
    }
}

/// The length of items and the bracket that closes them.
fn list(text: &[u8]) -> Option<usize> {
    let mut len = 0;
    loop {
        len += scalar(text.get(len..)?)?;
        match text.get(len..)? {
            [b']', ..] => return Some(len + 1),
            [b',', b' ', ..] => len += 2,
            _ => return None,
        }
    }
}

/// The length of the labels of a block, each after a blank, and the brace that opens it.
fn head(text: &[u8]) -> Option<usize> {
    let mut len = 0;
    loop {
        len += match text.get(len..)? {
            [b' ', b'{', ..] => return Some(len + 2),
            [b' ', b'"', label @ ..] => quoted(label)? + 3,
            _ => return None,
        };
    }
}
