//! JSON as CloudFormation has it: a tree that borrows its texts and keeps keys in their order.
//!
//! In: what templates render, and pieces made in Rust. Out: JSON text, or a tree for the printer of YAML. Keys are
//! few, so that looking through them is cheaper than hashing them. Equal keys in one object are an error.

use std::borrow::Cow;
use std::fmt;

use serde::de::{Deserialize, Deserializer, Error as _, MapAccess, SeqAccess, Visitor};
use serde::{Serialize, Serializer};
use serde_json::Number;

/// A value.
#[derive(Clone, Debug, PartialEq)]
pub(super) enum Json<'t> {
    Null,
    Bool(bool),
    Number(Number),
    Text(Cow<'t, str>),
    List(Vec<Json<'t>>),
    Object(Fields<'t>),
}

/// Keys and values of an object.
pub(super) type Fields<'t> = Vec<(Cow<'t, str>, Json<'t>)>;

impl<'t> Json<'t> {
    /// An object of so many fields.
    pub(super) fn object<const N: usize>(fields: [(&'t str, Self); N]) -> Self {
        Self::Object(fields.into_iter().map(|(key, value)| (Cow::Borrowed(key), value)).collect())
    }

    /// The value under a key of this object.
    pub(super) fn get(&self, key: &str) -> Option<&Self> {
        match self {
            Self::Object(fields) => fields.iter().find_map(|(name, value)| (name == key).then_some(value)),
            _ => None,
        }
    }

    /// The value at a JSON pointer, in which no key needs an escape.
    pub(super) fn pointer(&self, pointer: &str) -> Option<&Self> {
        pointer.split('/').skip(1).try_fold(self, |json, step| match json {
            Self::List(items) => items.get(step.parse::<usize>().ok()?),
            _ => json.get(step),
        })
    }

    /// The same with texts of its own.
    pub(super) fn into_owned(self) -> Json<'static> {
        match self {
            Self::Null => Json::Null,
            Self::Bool(switch) => Json::Bool(switch),
            Self::Number(number) => Json::Number(number),
            Self::Text(text) => Json::Text(text.into_owned().into()),
            Self::List(items) => items.into_iter().map(Json::into_owned).collect(),
            Self::Object(fields) => {
                Json::Object(fields.into_iter().map(|(key, value)| (key.into_owned().into(), value.into_owned())).collect())
            }
        }
    }

    /// The text, if it is one.
    pub(super) fn as_text(&self) -> Option<&str> {
        match self {
            Self::Text(text) => Some(text),
            _ => None,
        }
    }
}

impl From<bool> for Json<'_> {
    fn from(switch: bool) -> Self {
        Self::Bool(switch)
    }
}

impl From<i64> for Json<'_> {
    fn from(number: i64) -> Self {
        Self::Number(number.into())
    }
}

impl<'t> From<&'t str> for Json<'t> {
    fn from(text: &'t str) -> Self {
        Self::Text(Cow::Borrowed(text))
    }
}

impl From<String> for Json<'_> {
    fn from(text: String) -> Self {
        Self::Text(Cow::Owned(text))
    }
}

impl<'t> FromIterator<Json<'t>> for Json<'t> {
    fn from_iter<I: IntoIterator<Item = Self>>(items: I) -> Self {
        Self::List(items.into_iter().collect())
    }
}

impl Serialize for Json<'_> {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        match self {
            Self::Null => serializer.serialize_unit(),
            Self::Bool(switch) => serializer.serialize_bool(*switch),
            Self::Number(number) => number.serialize(serializer),
            Self::Text(text) => serializer.serialize_str(text),
            Self::List(items) => serializer.collect_seq(items),
            Self::Object(fields) => serializer.collect_map(fields.iter().map(|(key, value)| (key, value))),
        }
    }
}

impl<'t> Deserialize<'t> for Json<'t> {
    fn deserialize<D: Deserializer<'t>>(deserializer: D) -> Result<Self, D::Error> {
        deserializer.deserialize_any(Any)
    }
}

/// A key, borrowed where it holds no escape.
#[derive(serde::Deserialize)]
struct Key<'t>(#[serde(borrow)] Cow<'t, str>);

struct Any;

impl<'t> Visitor<'t> for Any {
    type Value = Json<'t>;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("JSON")
    }

    fn visit_unit<E>(self) -> Result<Json<'t>, E> {
        Ok(Json::Null)
    }

    fn visit_bool<E>(self, switch: bool) -> Result<Json<'t>, E> {
        Ok(Json::Bool(switch))
    }

    fn visit_i64<E>(self, number: i64) -> Result<Json<'t>, E> {
        Ok(Json::Number(number.into()))
    }

    fn visit_u64<E>(self, number: u64) -> Result<Json<'t>, E> {
        Ok(Json::Number(number.into()))
    }

    fn visit_f64<E>(self, number: f64) -> Result<Json<'t>, E> {
        Ok(Number::from_f64(number).map_or(Json::Null, Json::Number))
    }

    fn visit_borrowed_str<E>(self, text: &'t str) -> Result<Json<'t>, E> {
        Ok(Json::Text(Cow::Borrowed(text)))
    }

    fn visit_str<E>(self, text: &str) -> Result<Json<'t>, E> {
        Ok(Json::Text(Cow::Owned(text.to_owned())))
    }

    fn visit_seq<A: SeqAccess<'t>>(self, mut access: A) -> Result<Json<'t>, A::Error> {
        let mut items = Vec::new();
        while let Some(item) = access.next_element()? {
            items.push(item);
        }
        Ok(Json::List(items))
    }

    fn visit_map<A: MapAccess<'t>>(self, mut access: A) -> Result<Json<'t>, A::Error> {
        let mut fields = Fields::new();
        while let Some(Key(key)) = access.next_key()? {
            if fields.iter().any(|(name, _)| *name == key) {
                return Err(A::Error::custom(format_args!("the key `{key}` stands twice in the same object")));
            }
            fields.push((key, access.next_value()?));
        }
        Ok(Json::Object(fields))
    }
}

/// Writes a text as JSON does, the quotes included.
pub(super) fn quote(out: &mut String, text: &str) {
    // No early end: what has none is done many bytes at a time.
    if text.bytes().fold(false, |found, b| found | (b < b' ') | (b == b'"') | (b == b'\\')) {
        out.push_str(&serde_json::Value::from(text).to_string());
    } else {
        out.reserve(text.len() + 2);
        out.push('"');
        out.push_str(text);
        out.push('"');
    }
}

#[cfg(test)]
mod tests {
    use super::{Json, quote};

    #[test]
    fn every_character_is_quoted_as_json_does() {
        for c in (0..=0x2ff).filter_map(char::from_u32) {
            let text = format!("a{c}b");
            let mut quoted = String::new();
            quote(&mut quoted, &text);
            assert_eq!(quoted, serde_json::to_string(&text).unwrap());
        }
    }

    #[test]
    fn what_is_read_is_what_is_written() {
        let text = r#"{"z":[1,-2,0.5,true,null],"a":{"é\n\"":"${x}"},"empty":[{},[]]}"#;
        let json: Json<'_> = serde_json::from_str(text).unwrap();
        assert_eq!(serde_json::to_string(&json).unwrap(), text);
    }

    #[test]
    fn equal_keys_are_refused() {
        let error = serde_json::from_str::<Json<'_>>(r#"{"a":1,"\u0061":2}"#).unwrap_err();
        assert!(error.to_string().contains("`a` stands twice"), "{error}");
    }
}
