//! Policies of others: from IAM's JSON to a typed [`Document`].
//!
//! In: JSON as AWS stores it, with scalars where lists would do. Out: the document, and [`Lint`]s about what is
//! legal but odd; or a [`ParseError`] at a JSON pointer for what AWS itself refuses. Never: a guess at what a
//! malformed element means, or an element that is dropped.
//!
//! Source: "Grammar of the IAM JSON policy language", IAM User Guide.

use std::borrow::Cow;
use std::fmt;

use serde_json::Value;

use super::{Condition, Document, Effect, Element, Key, Operator, Principal, Principals, Statement, Version};
use crate::diag::{Path, Step, did_you_mean};
use crate::expr::Expr;

mod json;
mod lint;

use json::Json;
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
        let json = Json::from(value);
        let document = document(&json)?;
        let lints = lint::lints(&document, value.get("Statement").is_some_and(Value::is_array));
        Ok(Parsed { document, lints })
    }

    /// Reads a policy from JSON, without a look at what is odd.
    pub fn read(value: &Value) -> Result<Self, ParseError> {
        Ok(document(&Json::from(value))?)
    }

    /// Reads a policy from text. A key that stands twice in an object is refused: one of the two would be lost.
    pub fn from_json(text: &str) -> Result<Self, ParseError> {
        let json = Json::parse(text).map_err(|message| ParseError { path: Path::root(), message, help: None })?;
        Ok(document(&json)?)
    }
}

type Read<T> = Result<T, Bad>;

/// An error on its way out; it collects the steps to where it is, innermost first.
struct Bad {
    steps: Vec<Step>,
    message: String,
    help: Option<String>,
}

impl From<Bad> for ParseError {
    fn from(bad: Bad) -> Self {
        let mut path = Path::root();
        bad.steps.into_iter().rev().for_each(|step| path.push(step));
        Self { path, message: bad.message, help: bad.help }
    }
}

fn bad<T>(message: impl Into<String>, help: Option<String>) -> Read<T> {
    Err(Bad { steps: Vec::new(), message: message.into(), help })
}

/// Says of a result that it is about what lies one step further in.
fn at<T>(step: impl Into<Step>, result: Read<T>) -> Read<T> {
    result.map_err(|mut bad| {
        bad.steps.push(step.into());
        bad
    })
}

/// The same for a key that is not known when this is compiled.
fn at_key<T>(key: &str, result: Read<T>) -> Read<T> {
    if result.is_ok() { result } else { at(key.to_owned(), result) }
}

type Fields<'a> = [(Cow<'a, str>, Json<'a>)];

fn object<'v, 'a>(value: &'v Json<'a>, what: &str) -> Read<&'v Fields<'a>> {
    if let Json::Object(fields) = value { Ok(fields) } else { bad(format!("{what} is not an object"), None) }
}

fn get<'v, 'a>(fields: &'v Fields<'a>, key: &str) -> Option<&'v Json<'a>> {
    fields.iter().find(|(name, _)| name == key).map(|(_, value)| value)
}

fn only(fields: &Fields<'_>, known: &[&str], what: &str) -> Read<()> {
    match fields.iter().find(|(key, _)| !known.contains(&key.as_ref())) {
        None => Ok(()),
        Some((key, _)) => {
            let help = did_you_mean(key, known.iter().copied()).map(|near| format!("did you mean `{near}`?"));
            at_key(key, bad(format!("`{key}` is not an element of a {what}"), help))
        }
    }
}

fn text(value: &Json<'_>, what: &str) -> Read<String> {
    value.as_text().map_or_else(|| bad(format!("{what} is not a string"), None), |text| Ok(text.to_owned()))
}

/// A scalar or a list of scalars, each read by `item`.
fn list<T>(value: &Json<'_>, mut item: impl FnMut(&Json<'_>) -> Read<T>) -> Read<Vec<T>> {
    match value {
        Json::List(values) => values.iter().enumerate().map(|(i, value)| at(i, item(value))).collect(),
        value => Ok(vec![item(value)?]),
    }
}

fn document(value: &Json<'_>) -> Read<Document> {
    let fields = object(value, "a policy")?;
    only(fields, &["Version", "Id", "Statement"], "policy")?;
    let version = match get(fields, "Version").map(|value| (value, value.as_text())) {
        None | Some((_, Some("2008-10-17"))) => Version::V2008,
        Some((_, Some("2012-10-17"))) => Version::V2012,
        Some((value, _)) => {
            let help = Some("write `\"2012-10-17\"`, as a string".to_owned());
            return at("Version", bad(format!("{value} is not a version of the policy language"), help));
        }
    };
    let id = get(fields, "Id").map(|value| at("Id", text(value, "the id"))).transpose()?;
    let Some(all) = get(fields, "Statement") else { return bad("the policy has no `Statement`", None) };
    let statements = at("Statement", list(all, statement))?;
    Ok(Document { version, id, statements })
}

fn statement(value: &Json<'_>) -> Read<Statement> {
    const ELEMENTS: [&str; 9] =
        ["Sid", "Effect", "Principal", "NotPrincipal", "Action", "NotAction", "Resource", "NotResource", "Condition"];
    let fields = object(value, "a statement")?;
    only(fields, &ELEMENTS, "statement")?;
    let sid = get(fields, "Sid").map(|value| at("Sid", text(value, "the sid"))).transpose()?.map(Cow::Owned);
    let effect = match get(fields, "Effect").map(|value| (value, value.as_text())) {
        Some((_, Some("Allow"))) => Effect::Allow,
        Some((_, Some("Deny"))) => Effect::Deny,
        Some((other, _)) => return at("Effect", bad(format!("{other} is neither `Allow` nor `Deny`"), None)),
        None => return bad("the statement has no `Effect`", None),
    };
    let principal = either(fields, "Principal", "NotPrincipal", principals)?;
    let actions = |value: &Json<'_>| list(value, |value| text(value, "an action").map(Cow::Owned));
    let Some(action) = either(fields, "Action", "NotAction", actions)? else { return bad("the statement has no `Action`", None) };
    let resources = |value: &Json<'_>| list(value, |value| text(value, "a resource").map(Expr::verbatim));
    let resource = either(fields, "Resource", "NotResource", resources)?;
    let condition = match get(fields, "Condition") {
        None => Vec::new(),
        Some(value) => at("Condition", conditions(value))?,
    };
    Ok(Statement { sid, effect, principal, action, resource, condition, origin: None })
}

/// An element or its `Not…` form; both at once are refused.
fn either<T>(
    fields: &Fields<'_>,
    is: &'static str,
    not: &'static str,
    read: impl FnOnce(&Json<'_>) -> Read<T>,
) -> Read<Option<Element<T>>> {
    match (get(fields, is), get(fields, not)) {
        (Some(_), Some(_)) => at(not, bad(format!("`{is}` and `{not}` exclude each other"), None)),
        (Some(value), None) => at(is, read(value)).map(|list| Some(Element::Is(list))),
        (None, Some(value)) => at(not, read(value)).map(|list| Some(Element::Not(list))),
        (None, None) => Ok(None),
    }
}

fn principals(value: &Json<'_>) -> Read<Principals> {
    let fields = match value {
        Json::Text(text) if text == "*" => return Ok(Principals::Everyone),
        Json::Object(fields) => fields,
        _ => return bad("a principal is `\"*\"` or an object such as `{\"AWS\": …}`", None),
    };
    let mut all = Vec::new();
    for (kind, value) in fields {
        let make = match kind.as_ref() {
            "AWS" => Principal::Aws,
            "Service" => Principal::Service,
            "Federated" => Principal::Federated,
            "CanonicalUser" => Principal::CanonicalUser,
            other => return at_key(other, bad(format!("`{other}` is not a kind of principal"), None)),
        };
        all.extend(at_key(kind, list(value, |value| text(value, "a principal").map(|name| make(Expr::verbatim(name)))))?);
    }
    Ok(Principals::Of(all))
}

fn conditions(value: &Json<'_>) -> Read<Vec<Condition>> {
    let mut all = Vec::new();
    for (name, keys) in object(value, "a condition")? {
        let Some(operator) = Operator::parse(name) else {
            let known = super::Base::ALL.iter().map(|base| base.name());
            let help = did_you_mean(name, known).map(|near| format!("did you mean `{near}`?"));
            return at_key(name, bad(format!("`{name}` is not a condition operator"), help));
        };
        for (key, values) in at_key(name, object(keys, "what an operator holds"))? {
            let values = at_key(name, at_key(key, list(values, scalar)))?;
            all.push(Condition { operator, key: Key::parse(key), values });
        }
    }
    Ok(all)
}

fn scalar(value: &Json<'_>) -> Read<Expr> {
    match value {
        Json::Text(text) => Ok(Expr::verbatim(text.clone().into_owned())),
        Json::Bool(b) => Ok(if *b { "true".into() } else { "false".into() }),
        Json::Number(number) => Ok(number.to_string().into()),
        _ => bad("the value of a condition is not a string, a number or a boolean", None),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::policy::Base;
    use serde_json::{Map, json};

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
        assert_eq!(error(&json!({"Version": "2015", "Statement": []})), "`2015` is not a version of the policy language at /Version");
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
