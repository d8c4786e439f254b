//! Policies of others: from IAM's JSON to a typed [`Document`].
//!
//! In: JSON as AWS stores it, with scalars where lists would do. Out: the document, and [`Lint`]s about what is
//! legal but odd; or a [`ParseError`] at a JSON pointer for what AWS itself refuses. Never: a guess at what a
//! malformed element means, or an element that is dropped.
//!
//! Source: "Grammar of the IAM JSON policy language", IAM User Guide.

use std::borrow::Cow;
use std::fmt;

use serde_json::{Map, Value};

use super::{Condition, Document, Effect, Element, Key, Operator, Principal, Principals, Statement, Version};
use crate::diag::{Path, Step, did_you_mean};
use crate::expr::Expr;

mod lint;
mod strict;

pub use lint::Lint;

/// Why a JSON value is not a policy.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ParseError {
    /// Where in the policy.
    pub path: Path,
    /// One sentence: lower case, no full stop.
    pub message: String,
    /// The remedy, if there is one to name.
    pub help: Option<String>,
}

impl fmt::Display for ParseError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self.path.to_string().as_str() {
            "" => f.write_str(&self.message),
            pointer => write!(f, "{} at {pointer}", self.message),
        }
    }
}

impl std::error::Error for ParseError {}

/// A policy that was read, with what is odd about it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Parsed {
    /// The policy.
    pub document: Document,
    /// What is legal but most likely not meant.
    pub lints: Vec<Lint>,
}

impl Document {
    /// Reads a policy from JSON.
    pub fn parse(value: &Value) -> Result<Parsed, ParseError> {
        let document = Reader { steps: Vec::new() }.document(value)?;
        let lints = lint::lints(&document, value);
        Ok(Parsed { document, lints })
    }

    /// Reads a policy from JSON, without a look at what is odd.
    pub fn read(value: &Value) -> Result<Self, ParseError> {
        Reader { steps: Vec::new() }.document(value)
    }

    /// Reads a policy from text. A key that stands twice in an object is refused: one of the two would be lost.
    pub fn from_json(text: &str) -> Result<Self, ParseError> {
        let value = strict::value(text).map_err(|message| ParseError { path: Path::root(), message, help: None })?;
        Self::read(&value)
    }
}

type Read<T> = Result<T, ParseError>;

/// Where the reader stands.
struct Reader {
    steps: Vec<Step>,
}

impl Reader {
    fn error<T>(&self, message: impl Into<String>) -> Read<T> {
        let mut path = Path::root();
        self.steps.iter().cloned().for_each(|step| path.push(step));
        Err(ParseError { path, message: message.into(), help: None })
    }

    fn helped<T>(&self, message: impl Into<String>, help: Option<String>) -> Read<T> {
        self.error(message).map_err(|error| ParseError { help, ..error })
    }

    fn at<T>(&mut self, step: impl Into<Step>, read: impl FnOnce(&mut Self) -> Read<T>) -> Read<T> {
        self.steps.push(step.into());
        let result = read(self);
        self.steps.pop();
        result
    }

    fn object<'v>(&self, value: &'v Value, what: &str) -> Read<&'v Map<String, Value>> {
        value.as_object().map_or_else(|| self.error(format!("{what} is not an object")), Ok)
    }

    fn only(&mut self, object: &Map<String, Value>, known: &[&str], what: &str) -> Read<()> {
        if let Some(key) = object.keys().find(|key| !known.contains(&key.as_str())) {
            let help = did_you_mean(key, known.iter().copied()).map(|near| format!("did you mean `{near}`?"));
            return self.at(key.clone(), |r| r.helped(format!("`{key}` is not an element of a {what}"), help));
        }
        Ok(())
    }

    fn text(&self, value: &Value, what: &str) -> Read<String> {
        value.as_str().map_or_else(|| self.error(format!("{what} is not a string")), |text| Ok(text.to_owned()))
    }

    /// A scalar or a list of scalars, each read by `item`.
    fn list<T>(&mut self, value: &Value, mut item: impl FnMut(&mut Self, &Value) -> Read<T>) -> Read<Vec<T>> {
        match value {
            Value::Array(values) => values.iter().enumerate().map(|(i, value)| self.at(i, |r| item(r, value))).collect(),
            value => Ok(vec![item(self, value)?]),
        }
    }

    fn document(&mut self, value: &Value) -> Read<Document> {
        let object = self.object(value, "a policy")?;
        self.only(object, &["Version", "Id", "Statement"], "policy")?;
        let version = match object.get("Version") {
            None => Version::V2008,
            Some(value) => self.at("Version", |r| match value.as_str() {
                Some("2012-10-17") => Ok(Version::V2012),
                Some("2008-10-17") => Ok(Version::V2008),
                _ => {
                    r.helped(format!("{value} is not a version of the policy language"), Some("write `\"2012-10-17\"`, as a string".into()))
                }
            })?,
        };
        let id = object.get("Id").map(|value| self.at("Id", |r| r.text(value, "the id"))).transpose()?;
        let Some(statement) = object.get("Statement") else { return self.error("the policy has no `Statement`") };
        let statements = self.at("Statement", |r| r.list(statement, Self::statement))?;
        Ok(Document { version, id, statements })
    }

    fn statement(&mut self, value: &Value) -> Read<Statement> {
        const ELEMENTS: [&str; 9] =
            ["Sid", "Effect", "Principal", "NotPrincipal", "Action", "NotAction", "Resource", "NotResource", "Condition"];
        let object = self.object(value, "a statement")?;
        self.only(object, &ELEMENTS, "statement")?;
        let sid = object.get("Sid").map(|value| self.at("Sid", |r| r.text(value, "the sid"))).transpose()?.map(Cow::Owned);
        let effect = match object.get("Effect").and_then(Value::as_str) {
            Some("Allow") => Effect::Allow,
            Some("Deny") => Effect::Deny,
            Some(other) => return self.at("Effect", |r| r.error(format!("`{other}` is neither `Allow` nor `Deny`"))),
            None => return self.error("the statement has no `Effect`"),
        };
        let principal = self.either(object, "Principal", "NotPrincipal", Self::principals)?;
        let actions = |r: &mut Self, v: &Value| r.list(v, |r, v| r.text(v, "an action").map(Cow::Owned));
        let Some(action) = self.either(object, "Action", "NotAction", actions)? else {
            return self.error("the statement has no `Action`");
        };
        let resources = |r: &mut Self, v: &Value| r.list(v, |r, v| r.text(v, "a resource").map(Expr::from));
        let resource = self.either(object, "Resource", "NotResource", resources)?;
        let condition = match object.get("Condition") {
            None => Vec::new(),
            Some(value) => self.at("Condition", |r| r.conditions(value))?,
        };
        Ok(Statement { sid, effect, principal, action, resource, condition, origin: None })
    }

    /// An element or its `Not…` form; both at once are refused.
    fn either<T>(
        &mut self,
        object: &Map<String, Value>,
        is: &'static str,
        not: &'static str,
        read: impl FnOnce(&mut Self, &Value) -> Read<T>,
    ) -> Read<Option<Element<T>>> {
        match (object.get(is), object.get(not)) {
            (Some(_), Some(_)) => self.at(not, |r| r.error(format!("`{is}` and `{not}` exclude each other"))),
            (Some(value), None) => self.at(is, |r| read(r, value)).map(|list| Some(Element::Is(list))),
            (None, Some(value)) => self.at(not, |r| read(r, value)).map(|list| Some(Element::Not(list))),
            (None, None) => Ok(None),
        }
    }

    fn principals(&mut self, value: &Value) -> Read<Principals> {
        let object = match value {
            Value::String(text) if text == "*" => return Ok(Principals::Everyone),
            Value::Object(object) => object,
            _ => return self.error("a principal is `\"*\"` or an object such as `{\"AWS\": …}`"),
        };
        let mut all = Vec::new();
        for (kind, value) in object {
            let make = match kind.as_str() {
                "AWS" => Principal::Aws,
                "Service" => Principal::Service,
                "Federated" => Principal::Federated,
                "CanonicalUser" => Principal::CanonicalUser,
                other => return self.at(other.to_owned(), |r| r.error(format!("`{other}` is not a kind of principal"))),
            };
            all.extend(self.at(kind.clone(), |r| r.list(value, |r, v| r.text(v, "a principal").map(|t| make(t.into()))))?);
        }
        Ok(Principals::Of(all))
    }

    fn conditions(&mut self, value: &Value) -> Read<Vec<Condition>> {
        let mut all = Vec::new();
        for (name, keys) in self.object(value, "a condition")? {
            self.at(name.clone(), |r| {
                let Some(operator) = Operator::parse(name) else {
                    let known = super::Base::ALL.iter().map(|base| base.name());
                    let help = did_you_mean(name, known).map(|near| format!("did you mean `{near}`?"));
                    return r.helped(format!("`{name}` is not a condition operator"), help);
                };
                for (key, values) in r.object(keys, "what an operator holds")? {
                    let values = r.at(key.clone(), |r| r.list(values, Self::scalar))?;
                    all.push(Condition { operator, key: Key::parse(key), values });
                }
                Ok(())
            })?;
        }
        Ok(all)
    }

    fn scalar(&mut self, value: &Value) -> Read<Expr> {
        match value {
            Value::String(text) => Ok(text.clone().into()),
            Value::Bool(_) | Value::Number(_) => Ok(value.to_string().into()),
            _ => self.error("the value of a condition is not a string, a number or a boolean"),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::policy::Base;
    use serde_json::json;

    fn error(value: &Value) -> String {
        Document::parse(value).unwrap_err().to_string()
    }

    #[test]
    fn scalars_lists_and_versions() {
        let doc = Document::read(&json!({"Statement": {
            "Effect": "Allow", "Principal": {"AWS": ["111122223333", "*"], "Service": "s3.amazonaws.com"},
            "NotAction": "s3:*", "NotResource": "arn:aws:s3:::b",
            "Condition": {"bool": {"AWS:securetransport": true}, "NumericLessThan": {"s3:TlsVersion": [1.2, "1.3"]}}
        }}))
        .unwrap();
        assert_eq!(doc.version, Version::V2008);
        let [statement] = doc.statements.as_slice() else { panic!() };
        assert_eq!(statement.action, Element::Not(vec!["s3:*".into()]));
        let Some(Element::Is(Principals::Of(who))) = &statement.principal else { panic!() };
        assert_eq!(who.len(), 3);
        assert_eq!(statement.condition[0], Condition::one(Base::Bool, Key::SecureTransport, "true"));
        assert_eq!(statement.condition[1], Condition::new(Base::NumericLessThan, Key::TlsVersion, ["1.2", "1.3"]));
    }

    #[test]
    fn everyone_has_two_spellings_that_stay_apart() {
        let read = |p: Value| {
            let s = json!({"Effect": "Deny", "Principal": p, "Action": "*", "Resource": "*"});
            Document::read(&json!({"Statement": [s]})).unwrap().statements.remove(0).principal
        };
        assert_eq!(read(json!("*")), Some(Element::Is(Principals::Everyone)));
        assert_eq!(read(json!({"AWS": "*"})), Some(Element::Is(Principals::Of(vec![Principal::Aws("*".into())]))));
    }

    #[test]
    fn errors_say_where() {
        assert_eq!(error(&json!([])), "a policy is not an object");
        assert_eq!(error(&json!({"Version": "2012-10-17"})), "the policy has no `Statement`");
        assert_eq!(error(&json!({"Version": "2015", "Statement": []})), "\"2015\" is not a version of the policy language at /Version");
        let with = |key: &str, value: Value| {
            let mut s = json!({"Effect": "Allow", "Action": "s3:*", "Resource": "*"});
            s[key] = value;
            error(&json!({"Statement": [s]}))
        };
        assert_eq!(with("Effect", json!("allow")), "`allow` is neither `Allow` nor `Deny` at /Statement/0/Effect");
        assert_eq!(with("Actions", json!("x")), "`Actions` is not an element of a statement at /Statement/0/Actions");
        assert_eq!(with("NotAction", json!("x")), "`Action` and `NotAction` exclude each other at /Statement/0/NotAction");
        assert_eq!(with("Principal", json!("123")), "a principal is `\"*\"` or an object such as `{\"AWS\": …}` at /Statement/0/Principal");
        assert_eq!(with("Principal", json!({"Aws": "*"})), "`Aws` is not a kind of principal at /Statement/0/Principal/Aws");
        assert_eq!(
            with("Condition", json!({"StringEqual": {}})),
            "`StringEqual` is not a condition operator at /Statement/0/Condition/StringEqual"
        );
        assert_eq!(with("Resource", json!(["*", 3])), "a resource is not a string at /Statement/0/Resource/1");
        assert_eq!(
            with("Condition", json!({"Bool": {"aws:x/y": null}})),
            "the value of a condition is not a string, a number or a boolean at /Statement/0/Condition/Bool/aws:x~1y"
        );
        let near = Document::parse(&json!({"Statement": {"Effect": "Deny", "Action": "*", "Condition": {"StringEqual": {}}}}));
        assert_eq!(near.unwrap_err().help.as_deref(), Some("did you mean `StringEquals`?"));
    }

    #[test]
    fn a_key_that_stands_twice_is_refused() {
        let text = r#"{"Statement": {"Effect": "Deny", "Action": "*", "Condition": {"Bool": {"a:b": 1}, "Bool": {"a:c": 1}}}}"#;
        assert_eq!(Document::from_json(text).unwrap_err().message, "the key `Bool` stands twice in one object at line 1 column 88");
        assert!(Document::from_json(r#"{"Statement": []}"#).is_ok());
    }

    /// A literal as JSON.
    fn json_of(literal: &crate::expr::Literal<'_>) -> Value {
        use crate::expr::Literal;
        match literal {
            Literal::Bool(b) => json!(b),
            Literal::Int(n) => json!(n),
            Literal::Text(text) => json!(text.as_text().unwrap()),
            Literal::Word(word) => json!(word),
            Literal::List(items) => items.iter().map(json_of).collect(),
            Literal::Object { fields, .. } => fields.iter().map(|(k, v)| (k.to_string(), json_of(v))).collect::<Map<_, _>>().into(),
        }
    }

    #[test]
    fn two_conditions_on_one_key_are_joined_only_where_that_says_the_same() {
        let two = |base: Base| {
            Statement::new(Effect::Deny, "Two")
                .actions(["s3:*"])
                .on(["*".into()])
                .when(Condition::one(base, Key::SourceVpc, "vpc-1"))
                .when(Condition::one(base, Key::SourceVpc, "vpc-2"))
        };
        assert_eq!(two(Base::StringEquals).unprintable(), Some((Base::StringEquals.into(), &Key::SourceVpc)));
        let negated = two(Base::StringNotEquals);
        assert_eq!(negated.unprintable(), None);
        let document = Document { statements: vec![negated], ..Document::default() };
        let printed = json_of(&document.literal());
        assert_eq!(printed["Statement"][0]["Condition"]["StringNotEquals"], json!({"aws:SourceVpc": ["vpc-1", "vpc-2"]}));
    }

    #[test]
    fn what_is_printed_reads_back_the_same() {
        let deny = Statement::new(Effect::Deny, "RequireTls")
            .actions(["s3:*"])
            .on(["arn:aws:s3:::b".into(), "arn:aws:s3:::b/*".into()])
            .when(Condition::one(Base::Bool, Key::SecureTransport, "false"))
            .when(Condition::one(Base::StringNotEquals.if_exists(), Key::PrincipalTag("a/b".into()), "${aws:username}"))
            .when(Condition::new(Base::StringNotEquals.if_exists(), Key::SourceVpc, ["vpc-1", "vpc-2"]));
        let mut allow = Statement::new(Effect::Allow, "Read").to([Principal::Aws("1".into()), Principal::Service("s".into())]);
        allow.action = Element::Not(vec!["s3:Put*".into()]);
        allow.resource = Some(Element::Not(vec!["arn:aws:s3:::c".into()]));
        let mut identity = allow.clone();
        identity.principal = None;
        let document = Document { version: Version::V2012, id: Some("it".into()), statements: vec![deny, allow, identity] };
        assert_eq!(Document::read(&json_of(&document.literal())), Ok(document));
    }
}
