//! Foreign YAML, or JSON, with the short forms of CloudFormation's functions: `!Sub x` is `{"Fn::Sub": x}`.
//!
//! In: the text of a template. Out: a JSON value in which every tag is written out, or the first finding. What
//! CloudFormation refuses is refused: aliases, merge keys, equal keys, second documents ("YAML", AWS CloudFormation User
//! Guide). Never: a look at what the functions mean.

use std::ops::Range;

use granit_parser::{Event, Parser, ScalarStyle, Span, Tag, TryLoadError, TrySpannedEventReceiver};
use serde_json::{Map, Value};

use super::build::{bytes, fit, options};
use super::{MAX_DEPTH, refuse, syntax};
use crate::diag::Finding;

/// Parses a text.
pub(super) fn parse(text: &str) -> Result<Value, Box<Finding>> {
    let mut reader = Reader { levels: Vec::new(), root: None, documents: 0, last: 0..0 };
    let outcome = Parser::new_from_str_with_options(text, options()).try_load(&mut reader, true);
    let mut finding = match outcome {
        Ok(()) => return reader.root.ok_or_else(|| Box::new(refuse::empty_template())),
        Err(TryLoadError::Receiver(finding)) => finding,
        Err(TryLoadError::Scan(error)) => Box::new(syntax::finding(text, &error, None, reader.last.clone())),
    };
    fit(text, &mut finding.place);
    finding.related.iter_mut().for_each(|related| fit(text, &mut related.place));
    Err(finding)
}

/// A collection that is not closed yet.
enum Level {
    List { items: Vec<Value>, tag: Option<String> },
    Map { fields: Map<String, Value>, key: Option<String>, tag: Option<String> },
}

struct Reader {
    levels: Vec<Level>,
    root: Option<Value>,
    documents: usize,
    /// The last scalar.
    last: Range<usize>,
}

impl Reader {
    fn expects_key(&self) -> bool {
        matches!(self.levels.last(), Some(Level::Map { key: None, .. }))
    }

    fn key(&mut self, text: &str, plain: bool, place: Range<usize>) -> Result<(), Box<Finding>> {
        let Some(Level::Map { fields, key, .. }) = self.levels.last_mut() else { return Ok(()) };
        if plain && text == "<<" {
            return Err(Box::new(refuse::merge_key(place)));
        }
        if fields.contains_key(text) {
            return Err(Box::new(refuse::duplicate_key(text, place.clone(), place)));
        }
        *key = Some(text.to_owned());
        Ok(())
    }

    fn push(&mut self, value: Value) {
        match self.levels.last_mut() {
            None => self.root = Some(value),
            Some(Level::List { items, .. }) => items.push(value),
            Some(Level::Map { fields, key, .. }) => {
                if let Some(key) = key.take() {
                    fields.insert(key, value);
                }
            }
        }
    }

    fn open(&mut self, level: Level, span: &Span) -> Result<(), Box<Finding>> {
        let place = bytes(span);
        if self.expects_key() {
            return Err(Box::new(refuse::collection_as_key(place.start)));
        }
        if self.levels.len() >= MAX_DEPTH {
            return Err(Box::new(refuse::too_deep(place.start)));
        }
        self.levels.push(level);
        Ok(())
    }

    fn close(&mut self) {
        let (value, tag) = match self.levels.pop() {
            Some(Level::List { items, tag }) => (Value::Array(items), tag),
            Some(Level::Map { fields, tag, .. }) => (Value::Object(fields), tag),
            None => return,
        };
        self.push(written_out(value, tag.as_deref()));
    }
}

impl<'t> TrySpannedEventReceiver<'t> for Reader {
    type Error = Box<Finding>;

    fn on_event(&mut self, event: Event<'t>, span: Span) -> Result<(), Box<Finding>> {
        match event {
            Event::Scalar(text, style, _, tag) => {
                let place = bytes(&span);
                self.last = place.clone();
                let plain = style == ScalarStyle::Plain;
                if self.expects_key() {
                    return self.key(&text, plain, place);
                }
                let tag = own(tag.as_deref());
                let value = if plain && tag.is_none() { scalar(&text) } else { Value::String(text.into_owned()) };
                self.push(written_out(value, tag.as_deref()));
            }
            Event::SequenceStart(_, _, tag) => {
                self.open(Level::List { items: Vec::new(), tag: own(tag.as_deref()) }, &span)?;
            }
            Event::MappingStart(_, _, tag) => {
                self.open(Level::Map { fields: Map::new(), key: None, tag: own(tag.as_deref()) }, &span)?;
            }
            Event::SequenceEnd | Event::MappingEnd => self.close(),
            Event::Alias(_) | Event::UnresolvedAlias(_) => return Err(Box::new(refuse::alias("*", bytes(&span)))),
            Event::Anchor(_, name) => return Err(Box::new(refuse::anchor(&name, bytes(&span)))),
            Event::DocumentStart(..) => {
                self.documents += 1;
                if self.documents > 1 {
                    return Err(Box::new(refuse::second_document(bytes(&span))));
                }
            }
            _ => {}
        }
        Ok(())
    }
}

fn own(tag: Option<&Tag>) -> Option<String> {
    tag.map(|tag| tag.original())
}

/// The long form of a function; other tags say nothing that is asked here.
fn written_out(value: Value, tag: Option<&str>) -> Value {
    let name = match tag.and_then(|tag| tag.strip_prefix('!')).filter(|name| !name.is_empty() && !name.starts_with(['!', '<'])) {
        None => return value,
        Some(name @ ("Ref" | "Condition")) => name.to_owned(),
        Some(name) => format!("Fn::{name}"),
    };
    Value::Object([(name, value)].into_iter().collect())
}

/// What a scalar without quotes is. CloudFormation reads YAML 1.1, in which `yes` is a boolean; digits stay text where
/// they are no whole number as people write it, such as an account that begins with a zero.
fn scalar(text: &str) -> Value {
    match text {
        "" | "~" | "null" | "Null" | "NULL" => Value::Null,
        "true" | "True" | "TRUE" | "yes" | "Yes" | "YES" | "on" | "On" | "ON" => Value::Bool(true),
        "false" | "False" | "FALSE" | "no" | "No" | "NO" | "off" | "Off" | "OFF" => Value::Bool(false),
        _ => match text.parse::<i64>() {
            Ok(number) if number.to_string() == text => Value::from(number),
            _ => Value::String(text.to_owned()),
        },
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    #[test]
    fn short_forms_are_written_out() {
        let text = "a: !Sub 'x-${AWS::Region}'\nb: !GetAtt Key.Arn\nc: !If [Yes, !Ref A, no]\nd: !Join\n  - ''\n  - - 1\n    - 012345678901\ne: !Condition C\nf: 2012-10-17\n";
        let value = parse(text).unwrap();
        assert_eq!(
            value,
            json!({
                "a": {"Fn::Sub": "x-${AWS::Region}"},
                "b": {"Fn::GetAtt": "Key.Arn"},
                "c": {"Fn::If": [true, {"Ref": "A"}, false]},
                "d": {"Fn::Join": ["", [1, "012345678901"]]},
                "e": {"Condition": "C"},
                "f": "2012-10-17",
            })
        );
        assert_eq!(parse(r#"{"a": "\/\u00e9", "b": [1.5, true, null]}"#).unwrap(), json!({"a": "/é", "b": ["1.5", true, null]}));
    }

    #[test]
    fn what_cloudformation_refuses_is_refused() {
        for (text, message) in [
            ("a: &x 1\nb: *x\n", "anchors such as `&x` are refused"),
            ("a: 1\na: 2\n", "the key `a` stands twice in the same mapping"),
            ("<<: {a: 1}\n", "merge keys (`<<`) are refused"),
            ("a: 1\n---\nb: 1\n", "the file holds more than one document"),
            ("? [a]\n: 1\n", "a list or mapping stands where a key should"),
            ("", "the file holds no template"),
        ] {
            assert_eq!(parse(text).unwrap_err().message, message, "{text}");
        }
        assert!(parse(&"[".repeat(100_000)).is_err());
        assert!(parse("a: [1").is_err());
        assert!(parse("a: !<").is_err());
    }
}
