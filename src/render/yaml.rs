//! YAML for CloudFormation templates, which YAML 1.1 and 1.2 readers take for the same value.
//!
//! In: the finished template. Out: block mappings and lists; a text is plain only where no reader could take it for
//! anything else, and quoted as in JSON otherwise. Above resources and statements stands why they are there.

use std::borrow::Cow;

use super::functions::{document, expr_value};
use super::json::{Json, quote};
use super::layout::blanks;
use crate::expr::{Expr, Literal};
use crate::plan::{Kind, Plan, Resource};
use crate::policy::Document;

/// Words that some reader of YAML 1.1 takes for a boolean or for nothing.
const RESERVED: &[&str] = &["y", "n", "yes", "no", "on", "off", "true", "false", "null"];

const LONGEST_RESERVED: usize = "false".len();

/// The template, with the policies whose numbers stand there.
pub(super) fn print(template: &Json<'_>, plan: &Plan, documents: &[&Document]) -> String {
    let mut out = String::with_capacity(8 * 1024);
    out.push_str("# Rendered by s3harden from the profile ");
    out.push_str(plan.name.as_str());
    out.push_str(". Change the profile, not this file.\n");
    let named = |resource: &Resource| matches!(resource.kind, Kind::Role(_) | Kind::ManagedPolicy(_));
    if plan.resources.iter().any(named) {
        out.push_str("# It names roles or policies of IAM: deploy it with --capabilities CAPABILITY_NAMED_IAM.\n");
    }
    let Json::Object(sections) = template else { return out };
    let mut printer = Printer { out, resource: None, documents };
    for (name, section) in sections {
        if let ("Resources", Json::Object(resources)) = (name.as_ref(), section) {
            printer.out.push_str("\nResources:\n");
            for (at, (id, body)) in resources.iter().enumerate() {
                printer.resource = plan.resources.iter().find(|resource| resource.id.as_str() == id.as_ref());
                if at > 0 {
                    printer.out.push('\n');
                }
                if let Some(resource) = printer.resource {
                    comment(&mut printer.out, 2, &resource.origin.reason);
                }
                printer.field(id, body, 2);
            }
            printer.resource = None;
        } else {
            if matches!(section, Json::Object(_)) {
                printer.out.push('\n');
            }
            printer.field(name, section, 0);
        }
    }
    printer.out
}

/// A tree that can be printed.
trait Tree: Sized {
    fn shape<'a>(&'a self, documents: &[&'a Document]) -> Shape<'a, Self>;
}

/// What the top of a tree is.
enum Shape<'a, T> {
    /// Something that is no text.
    Word(Cow<'a, str>),
    Text(&'a str),
    List(&'a [T]),
    Object(&'a [(Cow<'a, str>, T)]),
    /// Text with references.
    Function(&'a Expr),
    Document(&'a Document),
}

impl Tree for Json<'_> {
    fn shape<'a>(&'a self, documents: &[&'a Document]) -> Shape<'a, Self> {
        match self {
            Self::Null => Shape::Word("null".into()),
            Self::Bool(switch) => Shape::Word(if *switch { "true" } else { "false" }.into()),
            Self::Number(number) => Shape::Word(number.to_string().into()),
            Self::Text(text) => Shape::Text(text),
            Self::List(items) => Shape::List(items),
            Self::Object(fields) => match document(self, documents) {
                Some(document) => Shape::Document(document),
                None => Shape::Object(fields),
            },
        }
    }
}

impl Tree for Literal<'_> {
    fn shape<'a>(&'a self, _: &[&'a Document]) -> Shape<'a, Self> {
        match self {
            Self::Bool(switch) => Shape::Word(if *switch { "true" } else { "false" }.into()),
            Self::Int(number) => Shape::Word(number.to_string().into()),
            Self::Word(text) => Shape::Text(text),
            Self::Text(expr) => expr.as_text().map_or(Shape::Function(expr), Shape::Text),
            Self::List(items) => Shape::List(items),
            Self::Object { fields, .. } => Shape::Object(fields),
        }
    }
}

struct Printer<'a> {
    out: String,
    /// The resource that is printed.
    resource: Option<&'a Resource>,
    documents: &'a [&'a Document],
}

impl Printer<'_> {
    fn field<T: Tree>(&mut self, key: &str, value: &T, depth: usize) {
        blanks(&mut self.out, depth);
        self.key(key, value, depth);
    }

    fn key<T: Tree>(&mut self, key: &str, value: &T, depth: usize) {
        scalar(&mut self.out, key);
        self.out.push(':');
        self.value(value, depth + 2);
    }

    /// A value after its key or dash: on the same line if it is a scalar or empty, below otherwise.
    fn value<T: Tree>(&mut self, value: &T, depth: usize) {
        match value.shape(self.documents) {
            Shape::Object([]) => self.out.push_str(" {}\n"),
            Shape::Object(fields) => {
                self.out.push('\n');
                fields.iter().for_each(|(key, value)| self.field(key, value, depth));
            }
            Shape::List([]) => self.out.push_str(" []\n"),
            Shape::List(items) => {
                if !self.flow(items, depth) {
                    self.out.push('\n');
                    items.iter().for_each(|item| self.item(item, depth));
                }
            }
            Shape::Text(text) => {
                self.out.push(' ');
                scalar(&mut self.out, text);
                self.out.push('\n');
            }
            Shape::Word(word) => {
                self.out.push(' ');
                self.out.push_str(&word);
                self.out.push('\n');
            }
            Shape::Function(expr) => self.value(&expr_value(expr), depth),
            Shape::Document(document) => self.value(&document.literal(), depth),
        }
    }

    /// A list of scalars on one line, if it is short. Within brackets older readers stumble over plain colons.
    fn flow<T: Tree>(&mut self, items: &[T], depth: usize) -> bool {
        let out = &mut self.out;
        let start = out.len();
        out.push_str(" [");
        for (at, item) in items.iter().enumerate() {
            out.push_str(if at > 0 { ", " } else { "" });
            match item.shape(self.documents) {
                Shape::Text(text) if is_plain(text) && !text.contains(':') => out.push_str(text),
                Shape::Text(text) => quoted(out, text),
                Shape::Word(word) => out.push_str(&word),
                Shape::List(_) | Shape::Object(_) | Shape::Function(_) | Shape::Document(_) => {
                    out.truncate(start);
                    return false;
                }
            }
        }
        out.push_str("]\n");
        let short = depth + out.len() - start <= 100;
        if !short {
            out.truncate(start);
        }
        short
    }

    fn item<T: Tree>(&mut self, item: &T, depth: usize) {
        match item.shape(self.documents) {
            Shape::Object(fields) => self.object(fields, depth),
            Shape::Function(expr) => self.item(&expr_value(expr), depth),
            _ => {
                blanks(&mut self.out, depth);
                self.out.push('-');
                self.value(item, depth + 2);
            }
        }
    }

    /// An object as an item of a list, under why it is there.
    fn object<T: Tree>(&mut self, fields: &[(Cow<'_, str>, T)], depth: usize) {
        let sid = fields.iter().find(|(key, _)| key == "Sid").map(|(_, sid)| sid.shape(self.documents));
        if let (Some(resource), Some(Shape::Text(sid))) = (self.resource, sid)
            && let Some(reason) = reason(resource, sid)
        {
            comment(&mut self.out, depth, reason);
        }
        blanks(&mut self.out, depth);
        self.out.push('-');
        for (at, (key, value)) in fields.iter().enumerate() {
            blanks(&mut self.out, if at > 0 { depth + 2 } else { 1 });
            self.key(key, value, depth + 2);
        }
        if fields.is_empty() {
            self.out.push_str(" {}\n");
        }
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
