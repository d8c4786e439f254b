//! YAML for CloudFormation templates, which YAML 1.1 and 1.2 readers take for the same value.
//!
//! In: the finished template. Out: block mappings and lists; a text is plain only where no reader could take it for
//! anything else, and quoted as in JSON otherwise. Above resources and statements stands why they are there.

use serde_json::Value;

use crate::plan::{Plan, Resource};

/// Words that some reader of YAML 1.1 takes for a boolean or for nothing.
const RESERVED: &[&str] = &["y", "n", "yes", "no", "on", "off", "true", "false", "null"];

pub(super) fn print(template: &Value, plan: &Plan) -> String {
    let mut out = String::with_capacity(8 * 1024);
    out.push_str("# Rendered by s3harden from the profile ");
    out.push_str(plan.name.as_str());
    out.push_str(". Change the profile, not this file.\n");
    let Value::Object(sections) = template else { return out };
    for (name, section) in sections {
        if let ("Resources", Value::Object(resources)) = (name.as_str(), section) {
            out.push_str("\nResources:\n");
            for (at, (id, body)) in resources.iter().enumerate() {
                let resource = plan.resources.iter().find(|resource| resource.id.as_str() == id);
                if at > 0 {
                    out.push('\n');
                }
                if let Some(resource) = resource {
                    comment(&mut out, 2, &resource.origin.reason);
                }
                indent(&mut out, 2);
                scalar(&mut out, id);
                out.push(':');
                inner(&mut out, body, 4, resource);
            }
        } else {
            if matches!(section, Value::Object(_)) {
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
fn inner(out: &mut String, value: &Value, depth: usize, resource: Option<&Resource>) {
    match value {
        Value::Object(fields) if !fields.is_empty() => {
            out.push('\n');
            for (key, value) in fields {
                indent(out, depth);
                scalar(out, key);
                out.push(':');
                inner(out, value, depth + 2, resource);
            }
        }
        Value::Array(items) if !items.is_empty() => {
            if let Some(line) = flow(items, depth) {
                out.push_str(&line);
                return;
            }
            out.push('\n');
            for item in items {
                list_item(out, item, depth, resource);
            }
        }
        Value::Object(_) => out.push_str(" {}\n"),
        Value::Array(_) => out.push_str(" []\n"),
        Value::String(text) => {
            out.push(' ');
            scalar(out, text);
            out.push('\n');
        }
        Value::Null | Value::Bool(_) | Value::Number(_) => {
            out.push(' ');
            out.push_str(&value.to_string());
            out.push('\n');
        }
    }
}

/// A list of scalars on one line, if it is short. Within brackets older readers stumble over plain colons.
fn flow(items: &[Value], depth: usize) -> Option<String> {
    let mut line = String::from(" [");
    for (at, item) in items.iter().enumerate() {
        line.push_str(if at > 0 { ", " } else { "" });
        match item {
            Value::String(text) if is_plain(text) && !text.contains(':') => line.push_str(text),
            Value::String(text) => line.push_str(&quoted(text)),
            Value::Array(_) | Value::Object(_) => return None,
            scalar => line.push_str(&scalar.to_string()),
        }
    }
    line.push_str("]\n");
    (depth + line.len() <= 100).then_some(line)
}

fn list_item(out: &mut String, item: &Value, depth: usize, resource: Option<&Resource>) {
    if let (Some(resource), Some(sid)) = (resource, item.get("Sid").and_then(Value::as_str))
        && let Some(reason) = reason(resource, sid)
    {
        comment(out, depth, reason);
    }
    indent(out, depth);
    out.push('-');
    let Value::Object(fields) = item else { return inner(out, item, depth + 2, resource) };
    let mut first = true;
    for (key, value) in fields {
        if first {
            out.push(' ');
        } else {
            indent(out, depth + 2);
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
    indent(out, depth);
    out.push_str("# ");
    out.extend(text.chars().map(|c| if is_odd(c) { ' ' } else { c }));
    out.push('\n');
}

fn indent(out: &mut String, depth: usize) {
    out.extend(std::iter::repeat_n(' ', depth));
}

/// A text or key, plain where that is safe.
fn scalar(out: &mut String, text: &str) {
    if is_plain(text) {
        out.push_str(text);
    } else {
        out.push_str(&quoted(text));
    }
}

/// A text in double quotes: as in JSON, and with escapes for what YAML 1.1 does not take, or takes for a line break.
fn quoted(text: &str) -> String {
    let json = Value::from(text).to_string();
    if !json.contains(is_odd) {
        return json;
    }
    let mut quoted = String::with_capacity(json.len() + 8);
    for c in json.chars() {
        if is_odd(c) { quoted.push_str(&format!("\\u{:04x}", u32::from(c))) } else { quoted.push(c) }
    }
    quoted
}

fn is_odd(c: char) -> bool {
    c.is_control() || matches!(c, '\u{2028}' | '\u{2029}' | '\u{feff}' | '\u{fffe}' | '\u{ffff}')
}

/// Whether every reader takes the plain text for this very text: it begins with a letter, holds nothing that means
/// anything to YAML, and is no word that means something.
fn is_plain(text: &str) -> bool {
    let inside = |b: u8| b.is_ascii_alphanumeric() || matches!(b, b'_' | b'-' | b'.' | b'/' | b':');
    text.starts_with(|c: char| c.is_ascii_alphabetic())
        && text.bytes().all(inside)
        && !text.ends_with(':')
        && !RESERVED.iter().any(|word| text.eq_ignore_ascii_case(word))
}

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
