//! Policies of templates: from a property to a typed document whose unknown parts stay what they are.
//!
//! In: a [`Value`]: an object, or JSON in a text. Out: the [`Document`], or why it is none. Unknown parts go through the
//! reader of policies as marks and come out as parts of expressions. Never: a policy of which a part is left out.

use std::borrow::Cow;

use serde_json::{Map, Value as Json};

use super::{Value, unknown};
use crate::expr::{Expr, Part};
use crate::policy::{Document, Element, Principal, Principals, Statement};

/// Characters of a private plane, around the number of a part.
const OPEN: char = '\u{F0000}';
const CLOSE: char = '\u{F0001}';

/// Reads a policy.
pub(super) fn document(value: &Value) -> Result<Document, String> {
    let mut marks = Marks::default();
    let mut document = match value {
        Value::Text(text) => {
            let text = marks.marked(text);
            if marks.is_one(&text) {
                return Err("it is known only after the deployment".to_owned());
            }
            Document::from_json(&text).map_err(|error| marks.clear(&error.to_string()))?
        }
        other => Document::read(&marks.json(other)).map_err(|error| marks.clear(&error.to_string()))?,
    };
    for (at, statement) in document.statements.iter_mut().enumerate() {
        marks.restore(statement).map_err(|what| format!("{what} of statement {} is known only after the deployment", at + 1))?;
    }
    Ok(document)
}

/// The unknown parts, by number.
#[derive(Default)]
struct Marks(Vec<Part>);

impl Marks {
    fn marked(&mut self, expr: &Expr) -> String {
        let mut text = String::new();
        for part in expr.parts() {
            match part {
                Part::Text(own) => text.push_str(own),
                part => {
                    let at = self.0.iter().position(|known| known == part).unwrap_or_else(|| {
                        self.0.push(part.clone());
                        self.0.len() - 1
                    });
                    text.push_str(&format!("{OPEN}{at}{CLOSE}"));
                }
            }
        }
        text
    }

    fn json(&mut self, value: &Value) -> Json {
        match value {
            Value::Null => Json::Null,
            Value::Bool(switch) => Json::Bool(*switch),
            Value::Number(number) => Json::String(number.clone()),
            Value::Text(text) => Json::String(self.marked(text)),
            Value::List(items) => items.iter().map(|item| self.json(item)).collect(),
            Value::Object(fields) => Json::Object(fields.iter().map(|(key, value)| (key.clone(), self.json(value))).collect::<Map<_, _>>()),
        }
    }

    fn is_one(&self, text: &str) -> bool {
        matches!(self.expr(text).parts(), [part] if !matches!(part, Part::Text(_)))
    }

    /// The expression of a marked text.
    fn expr(&self, text: &str) -> Expr {
        let mut expr = Expr::default();
        let mut rest = text;
        while let Some((before, behind)) = rest.split_once(OPEN) {
            let part = behind.split_once(CLOSE).and_then(|(at, after)| Some((self.0.get(at.parse::<usize>().ok()?)?, after)));
            match part {
                Some((part, after)) => {
                    expr = expr + Expr::verbatim(before.to_owned()) + Expr::from(part.clone());
                    rest = after;
                }
                // Nobody writes such a character for its own sake: whatever it stands for is unknown.
                None => return unknown("an unprintable character"),
            }
        }
        expr + Expr::verbatim(rest.to_owned())
    }

    /// A text for people.
    fn clear(&self, text: &str) -> String {
        if text.contains(OPEN) { self.expr(text).to_string() } else { text.to_owned() }
    }

    fn restore(&self, statement: &mut Statement) -> Result<(), &'static str> {
        if let Some(sid) = &mut statement.sid {
            *sid = Cow::Owned(self.clear(sid));
        }
        let (Element::Is(actions) | Element::Not(actions)) = &statement.action;
        if actions.iter().any(|action| action.contains(OPEN)) {
            return Err("an action");
        }
        if let Some(Element::Is(resources) | Element::Not(resources)) = &mut statement.resource {
            resources.iter_mut().for_each(|resource| self.open(resource));
        }
        if let Some(Element::Is(Principals::Of(all)) | Element::Not(Principals::Of(all))) = &mut statement.principal {
            for principal in all {
                let (Principal::Aws(value) | Principal::Service(value) | Principal::Federated(value) | Principal::CanonicalUser(value)) =
                    principal;
                self.open(value);
            }
        }
        for condition in &mut statement.condition {
            condition.values.iter_mut().for_each(|value| self.open(value));
        }
        Ok(())
    }

    fn open(&self, expr: &mut Expr) {
        if let Some(text) = expr.as_text().filter(|text| text.contains(OPEN)) {
            *expr = self.expr(text);
        }
    }
}
