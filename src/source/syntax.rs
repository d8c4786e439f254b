//! What the YAML parser could not read, in our words.
//!
//! In: the parser's error and what was open when it occurred. Out: one [`Finding`] at the place to look
//! at, which is often not where the parser stopped. Never: the parser's own text.

use std::ops::Range;

use granit_parser::{ErrorKind as E, ScanError};

use super::refuse;
use crate::diag::{Code, Finding, Place};

/// The finding for a syntax error. `open` is the bracket that waits for its end, `before` the last scalar.
pub(super) fn finding(text: &str, error: &ScanError, open: Option<usize>, before: Range<usize>) -> Finding {
    let at = floor(text, error.marker().byte_offset().unwrap_or(text.len()));
    let kind = error.kind();
    if let Some(finding) = other_code(kind, text, at) {
        return finding;
    }
    if let Some(tab) = tab_at_fault(text, at, kind) {
        return syntax(tab..tab + 1, "a tab in the indentation").label("YAML allows spaces only").help("replace the tab by spaces");
    }
    match kind {
        E::UnclosedQuotedScalar | E::DocumentIndicatorInQuotedScalar => {
            let quote = character(text, at);
            syntax(at..at + 1, "a quote that is not closed").label("opened here").help(format!("close it with `{quote}`"))
        }
        E::UnclosedFlowCollection { open: bracket } => unclosed(at, *bracket),
        E::MismatchedFlowCollectionEnd { open: bracket, close } => syntax(at..at + 1, format!("`{bracket}` is closed by `{close}`"))
            .label("opened here")
            .help(format!("close it with `{}`", closing(*bracket))),
        E::MisplacedFlowCollectionEnd => {
            let bracket = character(text, at);
            syntax(at..at + 1, format!("`{bracket}` closes nothing")).help("remove it, or quote the value if it is meant as text")
        }
        E::UnexpectedCharacter { character } => unexpected(text, at, *character),
        _ => match open {
            Some(open) => in_brackets(text, at, open),
            None => in_block(text, at, kind, before),
        },
    }
}

/// Errors of things that are refused anyway, and have a code of their own.
fn other_code(kind: &E, text: &str, at: usize) -> Option<Finding> {
    let word = || at..at + text.get(at..).map_or(0, |rest| rest.find(char::is_whitespace).unwrap_or(rest.len()));
    Some(match kind {
        E::RecursionLimitExceeded => refuse::too_deep(at),
        E::DirectiveDisallowed => refuse::directive(word()),
        E::UndeclaredTagHandle
        | E::ExpectedTagBang
        | E::InvalidGlobalTagCharacter
        | E::InvalidTagTerminator
        | E::MissingTagUri
        | E::UnclosedVerbatimTag
        | E::InvalidTagEscape
        | E::InvalidTagUtf8LeadingByte
        | E::InvalidTagUtf8TrailingByte
        | E::InvalidTagUtf8 => refuse::broken_tag(word()),
        _ => return None,
    })
}

fn syntax(place: Range<usize>, message: impl Into<String>) -> Finding {
    Finding::new(Code::YamlSyntax, Place::Bytes(place), message)
}

fn unclosed(at: usize, bracket: char) -> Finding {
    syntax(at..at + 1, format!("`{bracket}` is not closed")).label("opened here").help(format!("close it with `{}`", closing(bracket)))
}

fn unexpected(text: &str, at: usize, character: char) -> Finding {
    let place = at..at + text.get(at..).and_then(|rest| rest.chars().next()).map_or(0, char::len_utf8);
    if character.is_ascii_punctuation() {
        syntax(place, format!("a value without quotes cannot begin with `{character}`")).help("quote the value")
    } else {
        let code = u32::from(character);
        syntax(place, format!("the character U+{code:04X} cannot stand here"))
            .help("remove it, or write it as an escape between double quotes")
    }
}

fn in_brackets(text: &str, at: usize, open: usize) -> Finding {
    let bracket = character(text, open);
    if text.get(open..at).is_some_and(|between| between.contains('\n')) || at >= text.len() {
        return unclosed(open, bracket);
    }
    syntax(at..at + 1, format!("a comma or `{}` is missing before this", closing(bracket)))
        .also(Place::Bytes(open..open + 1), "opened here")
        .help("separate items by commas, and quote a text that holds `, `, `: `, brackets or braces")
}

fn in_block(text: &str, at: usize, kind: &E, before: Range<usize>) -> Finding {
    let line = rest_of_line(text, at);
    match kind {
        E::UnknownQuotedScalarEscape
        | E::InvalidQuotedScalarHexEscape
        | E::InvalidLowSurrogateHexEscape
        | E::InvalidLowSurrogate
        | E::MissingLowSurrogate
        | E::UnpairedLowSurrogate
        | E::InvalidUnicodeEscape => syntax(escape(text, at), "an escape that YAML does not know")
            .help("write `\\\\` for a backslash, or use single quotes, between which nothing is escaped"),
        E::InvalidTrailingSingleQuotedScalar | E::InvalidTrailingDoubleQuotedScalar => syntax(line, "text after a closing quote")
            .help("quote the whole value; a quote inside is written `''` between single quotes and `\\\"` between double quotes"),
        E::MappingValueNotAllowed | E::InvalidColonPlacement | E::MappingKeyNotAllowed => colon(text, at, before),
        E::ExpectedBlockMappingKey | E::ExpectedBlockSequenceEntry | E::InvalidIndentation => {
            syntax(line, "this line does not fit the indentation of the lines above").help("align it with the lines it belongs to")
        }
        E::BlockSequenceEntryNotAllowed => {
            syntax(line, "a list cannot begin here").help("begin each `- ` on a line of its own, or write the list between `[` and `]`")
        }
        E::SimpleKeyExpected | E::InvalidSimpleKey => {
            syntax(line, "a line that is neither `key: value` nor an item of a list").help("write a colon and a space after the key")
        }
        E::ExpectedDocumentStart | E::InvalidDocumentEnd | E::MissingDocumentEndBeforeDirective => {
            syntax(line, "text where the document should have ended").help("write `key: value` lines, with a space after each colon")
        }
        E::BomInsideDocument => syntax(at..at + 3, "a byte order mark inside the text").help("remove it"),
        E::CommentInterceptedScalar => {
            syntax(line, "a comment between the lines of one value").help("move the comment, or quote the value")
        }
        E::CommentNotSeparated => syntax(line, "a comment needs a space before its `#`").help("put a space before it, or quote the value"),
        E::ZeroBlockScalarIndent | E::InvalidBlockScalarHeader | E::InvalidBlockScalarIndent => {
            syntax(line, "a text block (`|` or `>`) that YAML cannot read").help("begin the text on the next line, indented by two spaces")
        }
        E::MissingAnchorOrAliasName | E::PlainScalarStartsWithDashFlowIndicator => {
            let first = character(text, at);
            syntax(line, format!("a value without quotes cannot begin with `{first}`")).help("quote the value")
        }
        _ if at >= text.len() => syntax(at..at, "the text ends too early").help("close what is open at the end of the file"),
        _ => syntax(line, "YAML cannot go on here").help("check quotes, brackets, colons and the indentation of this line"),
    }
}

/// A colon where no value can begin: one too many in the line, or a line that continues the one above.
fn colon(text: &str, at: usize, before: Range<usize>) -> Finding {
    let above = text.get(before.start..at).unwrap_or("");
    let Some((first, _)) = above.split_once('\n') else {
        return syntax(at..at + 1, "a colon that cannot stand here")
            .label("a value has begun already")
            .help("quote the value if the colon belongs to it, or begin a new line");
    };
    let tight = first.bytes().position(|byte| byte == b':').map(|offset| before.start + offset);
    match tight {
        Some(tight) => syntax(tight..tight + 1, "a space is missing after a colon").help("write `key: value`"),
        None => syntax(rest_of_line(text, line_start(text, at)), "this line continues the value of the line above")
            .also(Place::Bytes(before.start..before.start + first.trim_end().len()), "the value that it would belong to")
            .help("align the key with its siblings"),
    }
}

/// The escape at fault in a quoted text that begins at `at`.
fn escape(text: &str, at: usize) -> Range<usize> {
    let bytes = text.as_bytes();
    let mut cursor = at + 1;
    while let Some(byte) = bytes.get(cursor) {
        let next = bytes.get(cursor + 1).copied().unwrap_or(0);
        match byte {
            b'\\' if b"xuU".contains(&next) || !b"0abt\tnvfre \"/\\N_LP\r\n".contains(&next) => {
                let tail = text.get(cursor + 1..).unwrap_or("");
                return cursor..cursor + 1 + tail.chars().next().map_or(0, char::len_utf8);
            }
            b'\\' => cursor += 2,
            b'"' => break,
            _ => cursor += 1,
        }
    }
    at..at + 1
}

/// The tab that indents the line at fault, or, if the parser complains of a tab, one of the next lines.
fn tab_at_fault(text: &str, at: usize, kind: &E) -> Option<usize> {
    let about_tabs = matches!(
        kind,
        E::TabNotAllowed
            | E::TabInBlockIndentation
            | E::TabInIndentation
            | E::TabInPlainScalar
            | E::TabAtBlockScalarStart
            | E::InvalidBlockEntryWhitespace
            | E::InvalidMappingValueWhitespace
    );
    let mut start = line_start(text, at);
    for line in text.get(start..)?.split_inclusive('\n').take(if about_tabs { 100 } else { 1 }) {
        let indentation = line.len() - line.trim_start_matches([' ', '\t']).len();
        if let Some(tab) = line.bytes().take(indentation).position(|byte| byte == b'\t') {
            return Some(start + tab);
        }
        start += line.len();
    }
    let line = line_start(text, at);
    if about_tabs { text.get(line..)?.find('\t').map(|offset| line + offset) } else { None }
}

fn line_start(text: &str, at: usize) -> usize {
    text.get(..at).and_then(|before| before.rfind('\n')).map_or(0, |newline| newline + 1)
}

fn rest_of_line(text: &str, at: usize) -> Range<usize> {
    let rest = text.get(at..).unwrap_or("");
    let line = rest.split('\n').next().unwrap_or("");
    let start = at + line.len() - line.trim_start().len();
    start..(at + line.trim_end().len()).max(start)
}

fn character(text: &str, at: usize) -> char {
    text.get(at..).and_then(|rest| rest.chars().next()).unwrap_or(' ')
}

fn closing(bracket: char) -> char {
    if bracket == '[' { ']' } else { '}' }
}

fn floor(text: &str, at: usize) -> usize {
    (0..=at.min(text.len())).rev().find(|byte| text.is_char_boundary(*byte)).unwrap_or(0)
}
