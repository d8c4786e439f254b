//! Values of a plan as CloudFormation has them: JSON with functions in long form.
//!
//! In: expressions, trees and policies. Out: [`Json`], or its text for a template. Never: a policy as text on its way into a
//! template; a number stands there for it.

use std::borrow::Cow;

use super::engine::Spell;
use super::json::{Json, quote};
use crate::expr::{Attribute, Expr, Literal, Part, Pseudo};
use crate::policy::Document;

/// JSON with CloudFormation's functions. Policies never become a text on their way into the template: each is told by its number.
#[derive(Default)]
pub(super) struct Functions<'p> {
    /// The policies, by their numbers.
    pub(super) documents: Vec<&'p Document>,
}

/// The key of an object that stands in a text for a policy: nothing of a profile is called so.
const DOCUMENT: &str = "\0";

impl<'p> Spell<'p> for Functions<'p> {
    fn expr(&mut self, expr: &Expr) -> String {
        let mut out = String::with_capacity(128);
        push_json(&mut out, &expr_value(expr));
        out
    }

    fn literal(&mut self, literal: &Literal<'_>) -> String {
        let mut out = String::with_capacity(128);
        push_json(&mut out, &value(literal.clone()));
        out
    }

    fn document(&mut self, document: &'p Document) -> String {
        self.documents.push(document);
        let number = i64::try_from(self.documents.len() - 1).unwrap_or(i64::MAX);
        let mut out = String::new();
        push_json(&mut out, &Json::object([(DOCUMENT, number.into())]));
        out
    }
}

/// The policy whose number stands there.
pub(super) fn document<'p>(json: &Json<'_>, documents: &[&'p Document]) -> Option<&'p Document> {
    match json {
        Json::Object(fields) => match fields.as_slice() {
            [(key, Json::Number(number))] if key == DOCUMENT => documents.get(usize::try_from(number.as_u64()?).ok()?).copied(),
            _ => None,
        },
        _ => None,
    }
}

/// Puts policies in the places of their numbers.
pub(super) fn put_documents<'p>(json: &mut Json<'p>, documents: &[&'p Document]) {
    if let Some(document) = document(json, documents) {
        *json = value(document.literal());
        return;
    }
    match json {
        Json::List(items) => items.iter_mut().for_each(|item| put_documents(item, documents)),
        Json::Object(fields) => fields.iter_mut().for_each(|(_, field)| put_documents(field, documents)),
        _ => {}
    }
}

/// The tree as CloudFormation has it.
pub(super) fn value(literal: Literal<'_>) -> Json<'_> {
    match literal {
        Literal::Bool(switch) => switch.into(),
        Literal::Int(number) => number.into(),
        Literal::Word(text) => Json::Text(text),
        Literal::Text(Cow::Borrowed(expr)) => expr_value(expr),
        Literal::Text(Cow::Owned(expr)) => expr_value(&expr).into_owned(),
        Literal::List(items) => items.into_iter().map(value).collect(),
        Literal::Object { fields, .. } => Json::Object(fields.into_iter().map(|(key, field)| (key, value(field))).collect()),
    }
}

/// Writes what [`expr_value`] makes: texts, lists and objects.
fn push_json(out: &mut String, json: &Json<'_>) {
    match json {
        Json::Text(text) => quote(out, text),
        Json::List(items) => {
            out.push('[');
            for (at, item) in items.iter().enumerate() {
                out.push_str(if at > 0 { "," } else { "" });
                push_json(out, item);
            }
            out.push(']');
        }
        Json::Object(fields) => {
            out.push('{');
            for (at, (key, value)) in fields.iter().enumerate() {
                out.push_str(if at > 0 { "," } else { "" });
                quote(out, key);
                out.push(':');
                push_json(out, value);
            }
            out.push('}');
        }
        Json::Null | Json::Bool(_) | Json::Number(_) => out.push_str(&serde_json::to_string(json).unwrap_or_default()),
    }
}

/// Plain text stays plain; one reference is `Ref` or `Fn::GetAtt`; a mixture is `Fn::Sub`, in which text is escaped, or
/// `Fn::Join` where it cannot be.
pub(super) fn expr_value(expr: &Expr) -> Json<'_> {
    match expr.parts() {
        [] => "".into(),
        [part] => part_value(part),
        parts if !parts.iter().all(can_be_substituted) => {
            let pieces = parts.iter().map(part_value).collect();
            Json::object([("Fn::Join", Json::List(vec!["".into(), pieces]))])
        }
        parts => {
            let mut sub = String::with_capacity(96);
            for part in parts {
                match part {
                    Part::Text(text) if text.contains('$') => sub.push_str(&text.replace("${", "${!")),
                    Part::Text(text) => sub.push_str(text),
                    part => {
                        sub.push_str("${");
                        sub.push_str(&variable(part));
                        sub.push('}');
                    }
                }
            }
            Json::object([("Fn::Sub", sub.into())])
        }
    }
}

fn part_value(part: &Part) -> Json<'_> {
    match part {
        Part::Text(text) => text.as_ref().into(),
        // What CloudFormation calls the ARN of a log group is that of its streams.
        Part::Reference(id, Attribute::Arn | Attribute::Streams) => {
            Json::object([("Fn::GetAtt", Json::List(vec![id.as_str().into(), "Arn".into()]))])
        }
        Part::Reference(id, Attribute::Alias) => Json::object([("Fn::GetAtt", Json::List(vec![id.as_str().into(), "Alias".into()]))]),
        part => Json::object([("Ref", Json::Text(variable(part)))]),
    }
}

/// Whether the documented escape of `Fn::Sub`, `${!Literal}`, is certain to give the text: each `${` is closed around a
/// name, and no dollar sign touches the next reference.
fn can_be_substituted(part: &Part) -> bool {
    let Part::Text(text) = part else { return true };
    let inside = |b: u8| b.is_ascii_alphanumeric() || b":/_.-".contains(&b);
    let is_name = |rest: &str| rest.split_once('}').is_some_and(|(name, _)| !name.is_empty() && name.bytes().all(inside));
    !text.ends_with('$') && text.split("${").skip(1).all(is_name)
}

/// What `Ref` and `Fn::Sub` call it.
fn variable(part: &Part) -> Cow<'_, str> {
    match part {
        Part::Text(text) => Cow::Borrowed(text),
        Part::Pseudo(Pseudo::Partition) => Cow::Borrowed("AWS::Partition"),
        Part::Pseudo(Pseudo::Region) => Cow::Borrowed("AWS::Region"),
        Part::Pseudo(Pseudo::AccountId) => Cow::Borrowed("AWS::AccountId"),
        Part::Pseudo(Pseudo::UrlSuffix) => Cow::Borrowed("AWS::URLSuffix"),
        Part::Parameter(id) | Part::Reference(id, Attribute::Id) => Cow::Borrowed(id.as_str()),
        Part::Reference(id, Attribute::Arn | Attribute::Streams) => Cow::Owned(format!("{id}.Arn")),
        Part::Reference(id, Attribute::Alias) => Cow::Owned(format!("{id}.Alias")),
    }
}
