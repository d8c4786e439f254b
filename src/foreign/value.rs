//! A property of a foreign template: JSON in which text may hold constants that only the deployment knows.
//!
//! In: nothing. Out: [`Value`]s and looks into them. Never: two fields of one name.

use crate::expr::Expr;

/// A value. What is unknown as a whole is a text of one constant.
#[derive(Clone, Debug, PartialEq)]
pub enum Value {
    /// Nothing.
    Null,
    /// A switch.
    Bool(bool),
    /// A number as it is written.
    Number(String),
    /// Text.
    Text(Expr),
    /// A list.
    List(Vec<Value>),
    /// Fields in their order.
    Object(Vec<(String, Value)>),
}

impl Value {
    /// The value under a key.
    pub fn get(&self, key: &str) -> Option<&Self> {
        let Self::Object(fields) = self else { return None };
        fields.iter().find(|(name, _)| name == key).map(|(_, value)| value)
    }

    /// The value at the end of keys. Of a list of one, which is how Terraform writes a block, the item is looked into.
    pub fn at(&self, keys: &[&str]) -> Option<&Self> {
        keys.iter().try_fold(self, |value, key| match value {
            Self::List(items) => items.first()?.get(key),
            value => value.get(key),
        })
    }

    /// The text, if it is one.
    pub fn text(&self) -> Option<&Expr> {
        if let Self::Text(text) = self { Some(text) } else { None }
    }

    /// The text, if it is one and known.
    pub fn known(&self) -> Option<&str> {
        self.text().and_then(Expr::as_text)
    }

    /// The switch; words do too, as CloudFormation takes them.
    pub fn switch(&self) -> Option<bool> {
        match self {
            Self::Bool(switch) => Some(*switch),
            Self::Text(text) => match text.as_text()? {
                "true" | "True" => Some(true),
                "false" | "False" => Some(false),
                _ => None,
            },
            _ => None,
        }
    }

    /// The items of a list; of anything else, itself.
    pub fn items(&self) -> &[Self] {
        match self {
            Self::List(items) => items,
            Self::Null => &[],
            other => std::slice::from_ref(other),
        }
    }

    /// JSON without unknown parts.
    pub(super) fn literal(value: &serde_json::Value) -> Self {
        use serde_json::Value as Json;
        match value {
            Json::Null => Self::Null,
            Json::Bool(switch) => Self::Bool(*switch),
            Json::Number(number) => Self::Number(number.to_string()),
            Json::String(text) => Self::Text(Expr::verbatim(text.clone())),
            Json::Array(items) => Self::List(items.iter().map(Self::literal).collect()),
            Json::Object(fields) => Self::Object(fields.iter().map(|(key, value)| (key.clone(), Self::literal(value))).collect()),
        }
    }
}
