//! YAML for CloudFormation templates, which YAML 1.1 and 1.2 readers take for the same value.
//!
//! In: the finished template. Out: block mappings and lists; a text is plain only where no reader could take it for
//! anything else, and quoted as in JSON otherwise. Above resources and statements stands why they are there.

use super::json::{Json, quote};
use super::layout::blanks;
use crate::plan::{Kind, Plan, Resource};

/// Words that some reader of YAML 1.1 takes for a boolean or for nothing.
const RESERVED: &[&str] = &["y", "n", "yes", "no", "on", "off", "true", "false", "null"];

const LONGEST_RESERVED: usize = "false".len();

pub(super) fn print(template: &Json<'_>, plan: &Plan) -> String {
    let mut out = String::with_capacity(8 * 1024);
    out.push_str("# Rendered by s3harden from the profile ");
    out.push_str(plan.name.as_str());
    out.push_str(". Change the profile, not this file.\n");
    let named = |resource: &Resource| matches!(resource.kind, Kind::Role(_) | Kind::ManagedPolicy(_));
    if plan.resources.iter().any(named) {
        out.push_str("# It names roles or policies of IAM: deploy it with --capabilities CAPABILITY_NAMED_IAM.\n");
    }
    let Json::Object(sections) = template else { return out };
    for (name, section) in sections {
        if let ("Resources", Json::Object(resources)) = (name.as_ref(), section) {
            out.push_str("\nResources:\n");
            for (at, (id, body)) in resources.iter().enumerate() {
                let resource = plan.resources.iter().find(|resource| resource.id.as_str() == id.as_ref());
                if at > 0 {
                    out.push('\n');
                }
                if let Some(resource) = resource {
                    comment(&mut out, 2, &resource.origin.reason);
                }
                blanks(&mut out, 2);
                scalar(&mut out, id);
                out.push(':');
                inner(&mut out, body, 4, resource);
            }
        } else {
            if matches!(section, Json::Object(_)) {
                out.push('\n');
            }
            scalar(&mut out, name);
            out.push(':');
            inner(&mut out, section, 2, None);
        }
    }
    out
}

/// A value after its key or dash: on the same line if it is a scalar or empty, below otherwise.
fn inner(out: &mut String, value: &Json<'_>, depth: usize, resource: Option<&Resource>) {
    match value {
        Json::Object(fields) if !fields.is_empty() => {
            out.push('\n');
            for (key, value) in fields {
                blanks(out, depth);
                scalar(out, key);
                out.push(':');
                inner(out, value, depth + 2, resource);
            }
        }
        Json::List(items) if !items.is_empty() => {
            if flow(out, items, depth) {
                return;
            }
            out.push('\n');
            for item in items {
                list_item(out, item, depth, resource);
            }
        }
        Json::Object(_) => out.push_str(" {}\n"),
        Json::List(_) => out.push_str(" []\n"),
        Json::Text(text) => {
            out.push(' ');
            scalar(out, text);
            out.push('\n');
        }
        Json::Null | Json::Bool(_) | Json::Number(_) => {
            out.push(' ');
            word(out, value);
            out.push('\n');
        }
    }
}

/// A list of scalars on one line, if it is short. Within brackets older readers stumble over plain colons.
fn flow(out: &mut String, items: &[Json<'_>], depth: usize) -> bool {
    let start = out.len();
    out.push_str(" [");
    for (at, item) in items.iter().enumerate() {
        out.push_str(if at > 0 { ", " } else { "" });
        match item {
            Json::Text(text) if is_plain(text) && !text.contains(':') => out.push_str(text),
            Json::Text(text) => quoted(out, text),
            Json::List(_) | Json::Object(_) => {
                out.truncate(start);
                return false;
            }
            scalar => word(out, scalar),
        }
    }
    out.push_str("]\n");
    let short = depth + out.len() - start <= 100;
    if !short {
        out.truncate(start);
    }
    short
}

fn list_item(out: &mut String, item: &Json<'_>, depth: usize, resource: Option<&Resource>) {
    if let (Some(resource), Some(sid)) = (resource, item.get("Sid").and_then(Json::as_text))
        && let Some(reason) = reason(resource, sid)
    {
        comment(out, depth, reason);
    }
    blanks(out, depth);
    out.push('-');
    let Json::Object(fields) = item else { return inner(out, item, depth + 2, resource) };
    let mut first = true;
    for (key, value) in fields {
        if first {
            out.push(' ');
        } else {
            blanks(out, depth + 2);
        }
        first = false;
        scalar(out, key);
        out.push(':');
        inner(out, value, depth + 4, resource);
    }
    if fields.is_empty() {
        out.push_str(" {}\n");
    }
}

fn reason<'a>(resource: &'a Resource, sid: &str) -> Option<&'a str> {
    let mut statements = resource.kind.documents().flat_map(|document| &document.statements);
    let statement = statements.find(|statement| statement.sid.as_deref() == Some(sid))?;
    statement.origin.as_ref().map(|origin| origin.reason.as_ref())
}

fn comment(out: &mut String, depth: usize, text: &str) {
    if text.is_empty() {
        return;
    }
    blanks(out, depth);
    out.push_str("# ");
    if text.contains(is_odd) {
        out.push_str(&text.replace(is_odd, " "));
    } else {
        out.push_str(text);
    }
    out.push('\n');
}

/// A scalar that is no text.
fn word(out: &mut String, value: &Json<'_>) {
    match value {
        Json::Bool(switch) => out.push_str(if *switch { "true" } else { "false" }),
        Json::Number(number) => out.push_str(&number.to_string()),
        _ => out.push_str("null"),
    }
}

/// A text or key, plain where that is safe.
fn scalar(out: &mut String, text: &str) {
    if is_plain(text) {
        out.push_str(text);
    } else {
        quoted(out, text);
    }
}

/// A text in double quotes: as in JSON, and with escapes for what YAML 1.1 does not take, or takes for a line break.
fn quoted(out: &mut String, text: &str) {
    if text.bytes().fold(true, |plain, b| plain & matches!(b, b' '..=b'~')) || !text.contains(is_odd) {
        return quote(out, text);
    }
    let mut json = String::with_capacity(text.len() + 8);
    quote(&mut json, text);
    for c in json.chars() {
        if is_odd(c) { out.push_str(&format!("\\u{:04x}", u32::from(c))) } else { out.push(c) }
    }
}

fn is_odd(c: char) -> bool {
    c.is_control() || matches!(c, '\u{2028}' | '\u{2029}' | '\u{feff}' | '\u{fffe}' | '\u{ffff}')
}

/// Whether every reader takes the plain text for this very text: it begins with a letter, holds nothing that means
/// anything to YAML, and is no word that means something.
fn is_plain(text: &str) -> bool {
    let inside = |b: u8| PLAIN.get(usize::from(b)).is_some_and(|plain| *plain);
    let bytes = text.as_bytes();
    bytes.first().is_some_and(u8::is_ascii_alphabetic)
        && bytes.iter().all(|b| inside(*b))
        && bytes.last() != Some(&b':')
        && (text.len() > LONGEST_RESERVED || !RESERVED.iter().any(|word| text.eq_ignore_ascii_case(word)))
}

/// The bytes that mean nothing to YAML within a word.
const PLAIN: [bool; 256] = {
    let mut plain = [false; 256];
    let mut rest: &mut [bool] = &mut plain;
    let mut byte: u8 = 0;
    while let Some((this, tail)) = rest.split_first_mut() {
        *this = byte.is_ascii_alphanumeric() || matches!(byte, b'_' | b'-' | b'.' | b'/' | b':');
        rest = tail;
        byte = byte.wrapping_add(1);
    }
    plain
};

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_what_no_reader_misreads_is_plain() {
        for plain in ["AWS::S3::Bucket", "s3:GetObject", "acme-invoices", "Fn::Sub", "access/", "aws:kms"] {
            assert!(is_plain(plain), "{plain}");
        }
        for quoted in [
            "",
            "yes",
            "No",
            "ON",
            "null",
            "Null",
            "2012-10-17",
            "1.2",
            "12:30:45",
            "=",
            "<<",
            "a: b",
            "a #b",
            "*",
            "s3:*",
            "111122223333",
            "a b",
            "é",
            "x:",
            "0x1F",
            ".inf",
            "~",
        ] {
            assert!(!is_plain(quoted), "{quoted}");
        }
    }
}
