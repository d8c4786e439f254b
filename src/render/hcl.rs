//! HCL literals: strings, templates, lists and objects.
//!
//! In: expressions and trees. Out: text that Terraform reads as exactly that value. `layout` puts it in shape.

use std::io::{self, Write};

/// A quoted string, the quotes included. `${` and `%{` begin templates in HCL and are doubled.
pub(super) fn escape(text: &str, out: &mut dyn Write) -> io::Result<()> {
    let mut quoted = String::with_capacity(text.len() + 2);
    quoted.push('"');
    push_escaped(&mut quoted, text);
    quoted.push('"');
    out.write_all(quoted.as_bytes())
}

/// The text as it stands between the quotes of a string.
pub(super) fn push_escaped(out: &mut String, text: &str) {
    let mut chars = text.chars().peekable();
    while let Some(c) = chars.next() {
        match c {
            '"' => out.push_str("\\\""),
            '\\' => out.push_str("\\\\"),
            '\n' => out.push_str("\\n"),
            '\r' => out.push_str("\\r"),
            '\t' => out.push_str("\\t"),
            '$' | '%' if chars.peek() == Some(&'{') => {
                out.push(c);
                out.push(c);
            }
            c if c.is_control() => out.push_str(&format!("\\u{:04x}", u32::from(c))),
            c => out.push(c),
        }
    }
}

/// Whether an object key can stand without quotes.
pub(super) fn is_identifier(text: &str) -> bool {
    text.starts_with(|c: char| c.is_ascii_alphabetic()) && text.bytes().all(|b| b.is_ascii_alphanumeric() || b == b'_')
}
