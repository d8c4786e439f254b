//! Looks at the settings of a bucket in anybody's spelling, and remembers what was looked at.
//!
//! In: values of a template, a plan or S3's answers. Out: texts, numbers and switches under S3's own names, whatever the
//! language calls them, and at the end what nobody asked for. Never: a value that is passed over in silence.

use std::borrow::Cow;
use std::cell::RefCell;
use std::collections::BTreeSet;

use crate::expr::{Expr, REFERENCE};
use crate::foreign::Value;
use crate::verify::Environment;

/// What all lenses on one bucket share.
pub(super) struct Desk {
    /// What references become.
    pub environment: Environment,
    seen: RefCell<BTreeSet<String>>,
    unknown: RefCell<BTreeSet<String>>,
}

impl Desk {
    pub(super) const fn new(environment: Environment) -> Self {
        Self { environment, seen: RefCell::new(BTreeSet::new()), unknown: RefCell::new(BTreeSet::new()) }
    }

    /// Places of values that only the deployment knows and that somebody looked for.
    pub(super) fn unknown(&self) -> Vec<String> {
        self.unknown.borrow().iter().cloned().collect()
    }
}

/// A value and where it stands.
#[derive(Clone)]
pub(super) struct Lens<'v> {
    desk: &'v Desk,
    value: &'v Value,
    /// Where it stands, as a JSON pointer behind the name of its resource.
    pub place: String,
}

/// A name of S3's API as Terraform spells it: `KMSMasterKeyID` → `kms_master_key_id`.
fn snake(name: &str) -> String {
    let chars: Vec<char> = name.chars().collect();
    let mut out = String::new();
    for (at, c) in chars.iter().enumerate() {
        let before = at.checked_sub(1).and_then(|at| chars.get(at));
        let after = chars.get(at + 1);
        let begins = c.is_ascii_uppercase()
            && before.is_some_and(|before| {
                before.is_ascii_lowercase() || before.is_ascii_digit() || after.is_some_and(char::is_ascii_lowercase)
            });
        if begins {
            out.push('_');
        }
        out.push(c.to_ascii_lowercase());
    }
    out
}

impl<'v> Lens<'v> {
    pub(super) const fn new(desk: &'v Desk, value: &'v Value, place: String) -> Self {
        Self { desk, value, place }
    }

    pub(super) const fn value(&self) -> &'v Value {
        self.value
    }

    /// The value under a name of S3's, through blocks of one. One that only the deployment knows is remembered.
    pub(super) fn get(&self, name: &str) -> Option<Self> {
        let found = self.peek(name)?;
        found.note();
        Some(found)
    }

    /// The same, and nothing is remembered.
    pub(super) fn peek(&self, name: &str) -> Option<Self> {
        let (value, place) = match self.value {
            Value::List(items) => match items.as_slice() {
                [one] => (one, format!("{}/0", self.place)),
                _ => return None,
            },
            other => (other, self.place.clone()),
        };
        let snake = snake(name);
        let found = [name, &snake].into_iter().find_map(|key| Some((key.to_owned(), value.get(key)?)));
        let (key, value) = found.filter(|(_, value)| **value != Value::Null)?;
        Some(Self { desk: self.desk, value, place: format!("{place}/{}", key.replace('~', "~0").replace('/', "~1")) })
    }

    /// Whether only the deployment knows it.
    pub(super) fn is_unknown(&self) -> bool {
        matches!(self.value, Value::Text(text) if self.settled(text).is_none())
    }

    /// A text that is the same in every deployment: a parameter is none.
    fn settled(&self, text: &'v Expr) -> Option<Cow<'v, str>> {
        self.desk.environment.text(text).filter(|text| !text.contains(REFERENCE))
    }

    /// The text itself, in which parameters of the profile can stand; for places that take some.
    pub(super) fn open_word(&self) -> Option<String> {
        let open = match self.value {
            Value::Text(text) => self.desk.environment.text(text).filter(|text| text.contains(REFERENCE)),
            _ => None,
        };
        if open.is_none() {
            return self.word();
        }
        self.mark();
        self.desk.unknown.borrow_mut().remove(&self.place);
        open.map(|text| text.into_owned())
    }

    /// Whether only the deployment knows what is under a name.
    pub(super) fn is_open(&self, name: &str) -> bool {
        self.get(name).is_some_and(|found| found.is_unknown())
    }

    /// Says that something else tells what it is.
    pub(super) fn known_elsewhere(&self) {
        self.desk.unknown.borrow_mut().remove(&self.place);
        self.whole();
    }

    /// Remembers that it was looked for and is not known.
    fn note(&self) {
        if self.is_unknown() {
            self.mark();
            self.desk.unknown.borrow_mut().insert(self.place.clone());
        }
    }

    /// The first value in it that only the deployment knows, by its place.
    fn unknown_part(&self) -> Option<String> {
        if self.is_unknown() {
            return Some(self.place.clone());
        }
        let inner = |(key, value): &'v (String, Value)| Self { desk: self.desk, value, place: format!("{}/{key}", self.place) };
        match self.value {
            Value::List(_) => self.items().iter().find_map(Self::unknown_part),
            Value::Object(fields) => fields.iter().find_map(|field| inner(field).unknown_part()),
            _ => None,
        }
    }

    /// The value at the end of names.
    pub(super) fn at(&self, names: &[&str]) -> Option<Self> {
        names.iter().try_fold(self.clone(), |lens, name| lens.get(name))
    }

    /// The first that is there.
    pub(super) fn any(&self, names: &[&str]) -> Option<Self> {
        names.iter().find_map(|name| self.get(name))
    }

    /// Each item of a list; of anything else that is known, itself.
    pub(super) fn items(&self) -> Vec<Self> {
        self.note();
        match self.value {
            _ if self.is_unknown() => Vec::new(),
            Value::List(items) => {
                let item = |(at, value)| Self { desk: self.desk, value, place: format!("{}/{at}", self.place) };
                items.iter().enumerate().map(item).collect()
            }
            Value::Null => Vec::new(),
            _ => vec![self.clone()],
        }
    }

    fn mark(&self) {
        self.desk.seen.borrow_mut().insert(self.place.clone());
    }

    /// The text itself.
    pub(super) fn word(&self) -> Option<String> {
        self.mark();
        self.note();
        let text = match self.value {
            Value::Text(text) => self.settled(text).map(|text| text.into_owned()),
            Value::Number(number) => Some(number.clone()),
            Value::Bool(switch) => Some(switch.to_string()),
            _ => return None,
        };
        text.filter(|text| !text.is_empty())
    }

    pub(super) fn text(&self, name: &str) -> Option<String> {
        self.get(name)?.word()
    }

    pub(super) fn number(&self, name: &str) -> Option<u32> {
        // Terraform writes zero where nothing is given; no setting of a bucket is zero.
        self.text(name)?.parse().ok().filter(|number| *number > 0)
    }

    pub(super) fn switch(&self, name: &str) -> Option<bool> {
        let found = self.get(name)?;
        found.mark();
        found.value.switch()
    }

    pub(super) fn texts(&self, name: &str) -> Vec<String> {
        self.get(name).map(|list| list.items().iter().filter_map(Self::word).collect()).unwrap_or_default()
    }

    /// Fails where a part of it is known only after the deployment: what cannot be read in whole is not read in part.
    pub(super) fn complete(&self) -> Result<(), String> {
        self.unknown_part().map_or(Ok(()), |place| Err(format!("`{place}` of it is known only after the deployment")))
    }

    /// Says that the whole was looked at and is said.
    pub(super) fn whole(&self) {
        self.mark();
        match self.value {
            Value::List(items) => {
                for (at, value) in items.iter().enumerate() {
                    Self { desk: self.desk, value, place: format!("{}/{at}", self.place) }.whole();
                }
            }
            Value::Object(fields) => {
                for (key, value) in fields {
                    Self { desk: self.desk, value, place: format!("{}/{}", self.place, key.replace('~', "~0").replace('/', "~1")) }.whole();
                }
            }
            _ => {}
        }
    }

    /// Values that say something and that nobody looked at.
    pub(super) fn left(&self) -> Vec<Self> {
        if self.desk.seen.borrow().contains(&self.place) {
            return Vec::new();
        }
        let field = |(key, value): &'v (String, Value)| Self {
            desk: self.desk,
            value,
            place: format!("{}/{}", self.place, key.replace('~', "~0").replace('/', "~1")),
        };
        match self.value {
            Value::Null | Value::Bool(false) => Vec::new(),
            Value::Text(text) if text.as_text() == Some("") => Vec::new(),
            Value::Number(number) if number == "0" => Vec::new(),
            Value::List(_) => self.items().iter().flat_map(Self::left).collect(),
            Value::Object(fields) => fields.iter().map(field).flat_map(|lens| lens.left()).collect(),
            _ => vec![self.clone()],
        }
    }

    /// A single value for people.
    pub(super) fn shown(&self) -> String {
        match self.value {
            Value::Text(text) => text.to_string(),
            Value::Number(number) => number.clone(),
            Value::Bool(switch) => switch.to_string(),
            _ => String::new(),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_of_the_api_are_those_of_terraform() {
        for (api, terraform) in [
            ("KMSMasterKeyID", "kms_master_key_id"),
            ("SSEAlgorithm", "sse_algorithm"),
            ("BlockPublicAcls", "block_public_acls"),
            ("MFADelete", "mfa_delete"),
            ("ReplicaKmsKeyID", "replica_kms_key_id"),
            ("URI", "uri"),
        ] {
            assert_eq!(snake(api), terraform);
        }
    }
}
