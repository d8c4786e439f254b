//! HCL literals: strings, templates, lists and objects.
//!
//! In: expressions and trees. Out: text that Terraform reads as exactly that value. `layout` puts it in shape.

use std::io::{self, Write};

/// A quoted string, the quotes included. `${` and `%{` begin templates in HCL and are doubled.
pub(super) fn escape(text: &str, out: &mut dyn Write) -> io::Result<()> {
    if is_inert(text) {
        out.write_all(b"\"")?;
        out.write_all(text.as_bytes())?;
        return out.write_all(b"\"");
    }
    let mut quoted = String::with_capacity(text.len() + 2);
    push_quoted(&mut quoted, text);
    out.write_all(quoted.as_bytes())
}

/// A quoted string, at the end of what is there.
pub(super) fn push_quoted(out: &mut String, text: &str) {
    out.push('"');
    push_escaped(out, text);
    out.push('"');
}

/// The text as it stands between the quotes of a string.
pub(super) fn push_escaped(out: &mut String, text: &str) {
    if is_inert(text) {
        return out.push_str(text);
    }
    let mut rest = text;
    while let Some(at) = rest.find(|c: char| matches!(c, '"' | '\\' | '$' | '%') || c.is_control()) {
        let (plain, special) = rest.split_at(at);
        out.push_str(plain);
        let mut chars = special.chars();
        match chars.next() {
            Some('"') => out.push_str("\\\""),
            Some('\\') => out.push_str("\\\\"),
            Some('\n') => out.push_str("\\n"),
            Some('\r') => out.push_str("\\r"),
            Some('\t') => out.push_str("\\t"),
            Some(c @ ('$' | '%')) => out.extend(std::iter::repeat_n(c, if chars.as_str().starts_with('{') { 2 } else { 1 })),
            Some(c) => out.push_str(&format!("\\u{:04x}", u32::from(c))),
            None => {}
        }
        rest = chars.as_str();
    }
    out.push_str(rest);
}

/// Whether nothing in the text means anything to HCL, as is true of almost all texts.
fn is_inert(text: &str) -> bool {
    text.bytes().all(|b| matches!(b, b' '..=b'~') && !matches!(b, b'"' | b'\\' | b'$' | b'%'))
}

/// Whether an object key can stand without quotes.
pub(super) fn is_identifier(text: &str) -> bool {
    text.starts_with(|c: char| c.is_ascii_alphabetic()) && text.bytes().all(|b| b.is_ascii_alphanumeric() || b == b'_')
}
