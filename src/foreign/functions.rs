//! The functions of CloudFormation, as far as a template by itself settles them.
//!
//! In: the JSON of a template. Out: [`Value`]s: pseudo parameters and references stay parts of expressions, what hangs on a
//! parameter, a condition or another stack is a constant with a name. Never: the default of a parameter, which a stack need
//! not have.
//!
//! Source: "Intrinsic function reference", AWS CloudFormation User Guide.

use std::cell::Cell;

use serde_json::{Map, Value as Json};

use super::{Value, unknown};
use crate::expr::{Attribute, Expr, LogicalId, Part, Pseudo};

/// The bytes that all functions of a template may make: a template is small, and what it multiplies need not be.
const BYTES: usize = 32 << 20;

/// What functions look at.
pub(super) struct Scope<'t> {
    parameters: &'t Map<String, Json>,
    resources: &'t Map<String, Json>,
    mappings: &'t Map<String, Json>,
    /// What is left of [`BYTES`].
    left: Cell<usize>,
    /// Whether a name is being looked at: names that hang on names are not followed.
    naming: Cell<bool>,
}

impl<'t> Scope<'t> {
    pub(super) fn new(template: &'t Json, resources: &'t Map<String, Json>, none: &'t Map<String, Json>) -> Self {
        let section = |name: &str| template.get(name).and_then(Json::as_object).unwrap_or(none);
        let (parameters, mappings) = (section("Parameters"), section("Mappings"));
        Self { parameters, resources, mappings, left: Cell::new(BYTES), naming: Cell::new(false) }
    }

    /// The name of a resource of the template, where `Ref` is one.
    pub(super) fn name_of(&self, id: &str) -> Option<Expr> {
        self.named(id, self.resources.get(id)?)
    }

    /// The expression, while there is room for it.
    fn fits(&self, expr: Expr) -> Option<Expr> {
        let size = |part: &Part| if let Part::Text(text) = part { text.len() } else { 8 };
        let left = self.left.get().checked_sub(expr.parts().iter().map(size).sum())?;
        self.left.set(left);
        Some(expr)
    }
    /// A value with its functions resolved.
    pub(super) fn value(&self, json: &Json) -> Value {
        match json {
            Json::Array(items) => Value::List(items.iter().map(|item| self.value(item)).filter(|item| *item != Value::Null).collect()),
            Json::String(text) => Value::Text(dynamic(text)),
            Json::Object(fields) => match fields.iter().next() {
                Some((name, argument)) if fields.len() == 1 && (name == "Ref" || name.starts_with("Fn::")) => self.function(name, argument),
                _ => {
                    let all = fields.iter().map(|(key, value)| (key.clone(), self.value(value)));
                    Value::Object(all.filter(|(_, value)| *value != Value::Null).collect())
                }
            },
            other => Value::literal(other),
        }
    }

    fn function(&self, name: &str, argument: &Json) -> Value {
        let found = match (name, argument) {
            ("Ref", Json::String(id)) if id == "AWS::NoValue" => Some(Value::Null),
            ("Ref", Json::String(id)) => self.referred(id).map(Value::Text),
            ("Fn::GetAtt", Json::String(path)) => path.split_once('.').map(|(id, attribute)| Value::Text(self.attribute(id, attribute))),
            ("Fn::GetAtt", Json::Array(path)) => match path.as_slice() {
                [Json::String(id), Json::String(attribute)] => Some(Value::Text(self.attribute(id, attribute))),
                _ => None,
            },
            ("Fn::Sub", Json::String(text)) => self.substituted(text, None).map(Value::Text),
            ("Fn::Sub", Json::Array(parts)) => match parts.as_slice() {
                [Json::String(text), Json::Object(own)] => self.substituted(text, Some(own)).map(Value::Text),
                _ => None,
            },
            ("Fn::Join", Json::Array(parts)) => self.joined(parts),
            ("Fn::Select", Json::Array(parts)) => self.selected(parts),
            ("Fn::Split", Json::Array(parts)) => self.split(parts),
            ("Fn::FindInMap", Json::Array(path)) => self.mapped(path),
            ("Fn::If", Json::Array(parts)) => match parts.as_slice() {
                [_, yes, no] => Some(self.value(yes)).filter(|yes| *yes == self.value(no)),
                _ => None,
            },
            _ => None,
        };
        found.unwrap_or_else(|| Value::Text(opaque(name, argument)))
    }

    /// What `Ref` gives.
    fn referred(&self, id: &str) -> Option<Expr> {
        Some(match id {
            "AWS::AccountId" => Pseudo::AccountId.into(),
            "AWS::Partition" => Pseudo::Partition.into(),
            "AWS::Region" => Pseudo::Region.into(),
            "AWS::URLSuffix" => Pseudo::UrlSuffix.into(),
            _ if self.parameters.contains_key(id) || id.starts_with("AWS::") => unknown(id),
            _ => {
                let resource = self.resources.get(id)?;
                self.named(id, resource).unwrap_or_else(|| Expr::reference(LogicalId::named(id), Attribute::Id))
            }
        })
    }

    /// The name that the template gives to a resource, where `Ref` is the name.
    fn named(&self, id: &str, resource: &Json) -> Option<Expr> {
        let property = match kind(resource) {
            "AWS::S3::Bucket" => "BucketName",
            "AWS::S3::AccessPoint" => "Name",
            "AWS::IAM::Role" => "RoleName",
            "AWS::IAM::User" => "UserName",
            // The ids of these are made up by AWS.
            "AWS::KMS::Key" | "AWS::EC2::VPCEndpoint" | "AWS::EC2::VPC" | "AWS::CloudFront::Distribution" => return None,
            _ => return Some(unknown(id)),
        };
        let name = resource.get("Properties")?.get(property)?;
        if let Json::String(name) = name {
            return self.fits(dynamic(name)).or_else(|| Some(unknown(id)));
        }
        if self.naming.replace(true) {
            return Some(unknown(id));
        }
        let value = self.value(name);
        self.naming.set(false);
        match value {
            Value::Text(text) => self.fits(text).or_else(|| Some(unknown(id))),
            Value::Null => None,
            _ => Some(unknown(id)),
        }
    }

    fn attribute(&self, id: &str, attribute: &str) -> Expr {
        let other = || unknown(format!("{id}.{attribute}"));
        let Some(resource) = self.resources.get(id) else { return other() };
        let name = || self.named(id, resource).unwrap_or_else(|| Expr::reference(LogicalId::named(id), Attribute::Id));
        let path = || match resource.get("Properties").and_then(|properties| properties.get("Path")) {
            None => Some(Expr::text("/")),
            Some(path) => self.value(path).text().cloned(),
        };
        let iam = |word: &'static str| {
            let path = path()?;
            Some(Expr::arn("iam", "", Pseudo::AccountId, Expr::text(word) + path + name()))
        };
        let found = match (kind(resource), attribute) {
            ("AWS::S3::Bucket", "Arn") => Some(Expr::arn("s3", "", "", name())),
            ("AWS::S3::AccessPoint", "Arn") => {
                Some(Expr::arn("s3", Pseudo::Region, Pseudo::AccountId, Expr::text("accesspoint/") + name()))
            }
            ("AWS::KMS::Key", "Arn") => Some(Expr::arn("kms", Pseudo::Region, Pseudo::AccountId, Expr::text("key/") + name())),
            ("AWS::KMS::Key", "KeyId") | ("AWS::CloudFront::Distribution", "Id") | ("AWS::EC2::VPC", "VpcId") => Some(name()),
            ("AWS::EC2::VPCEndpoint", "Id") => Some(name()),
            ("AWS::IAM::Role", "Arn") => iam("role"),
            ("AWS::IAM::User", "Arn") => iam("user"),
            _ => None,
        };
        found.unwrap_or_else(other)
    }

    fn substituted(&self, text: &str, own: Option<&Map<String, Json>>) -> Option<Expr> {
        let mut expr = Expr::default();
        let mut rest = text;
        while let Some((before, behind)) = rest.split_once("${") {
            let Some((name, after)) = behind.split_once('}') else { break };
            let name = name.trim();
            let piece = match (name.strip_prefix('!'), own.and_then(|own| own.get(name)), name.split_once('.')) {
                (Some(literal), ..) => Expr::verbatim(format!("${{{literal}}}")),
                (_, Some(value), _) => piece(&self.value(value))?,
                (_, None, Some((id, attribute))) => self.attribute(id, attribute),
                (_, None, None) => self.referred(name)?,
            };
            expr = expr + dynamic(before) + self.fits(piece)?;
            rest = after;
        }
        Some(expr + dynamic(rest))
    }

    fn joined(&self, parts: &[Json]) -> Option<Value> {
        let [Json::String(separator), list] = parts else { return None };
        let Value::List(items) = self.value(list) else { return None };
        let mut expr = Expr::default();
        for (at, item) in items.iter().enumerate() {
            if at > 0 {
                expr = expr + Expr::verbatim(separator.clone());
            }
            expr = expr + self.fits(piece(item)?)?;
        }
        Some(Value::Text(expr))
    }

    fn selected(&self, parts: &[Json]) -> Option<Value> {
        let [index, list] = parts else { return None };
        let at = match index {
            Json::Number(number) => usize::try_from(number.as_u64()?).ok()?,
            Json::String(text) => text.parse().ok()?,
            _ => return None,
        };
        let Value::List(items) = self.value(list) else { return None };
        items.get(at).cloned()
    }

    fn split(&self, parts: &[Json]) -> Option<Value> {
        let [Json::String(separator), text] = parts else { return None };
        let text = self.value(text);
        let text = text.known().filter(|_| !separator.is_empty())?;
        Some(Value::List(text.split(separator.as_str()).map(|part| Value::Text(Expr::verbatim(part.to_owned()))).collect()))
    }

    fn mapped(&self, path: &[Json]) -> Option<Value> {
        let [map, first, second] = path else { return None };
        let key = |json: &Json| self.value(json).known().map(str::to_owned);
        let found = self.mappings.get(&key(map)?)?.get(key(first)?)?.get(key(second)?)?;
        let left = self.left.get().checked_sub(found.to_string().len())?;
        self.left.set(left);
        Some(Value::literal(found))
    }
}

/// The type of a resource.
pub(super) fn kind(resource: &Json) -> &str {
    resource.get("Type").and_then(Json::as_str).unwrap_or_default()
}

/// A value as a part of a text.
fn piece(value: &Value) -> Option<Expr> {
    Some(match value {
        Value::Text(text) => text.clone(),
        Value::Number(number) => number.clone().into(),
        Value::Bool(switch) => switch.to_string().into(),
        _ => return None,
    })
}

/// Text in which CloudFormation puts what it finds in Secrets Manager or Systems Manager.
fn dynamic(text: &str) -> Expr {
    let mut expr = Expr::default();
    let mut rest = text;
    while let Some((before, behind)) = rest.split_once("{{resolve:") {
        let Some((name, after)) = behind.split_once("}}") else { break };
        expr = expr + Expr::verbatim(before.to_owned()) + unknown(format!("resolve:{name}"));
        rest = after;
    }
    expr + Expr::verbatim(rest.to_owned())
}

/// The constant that stands for a function: of the same name wherever the same is written.
fn opaque(name: &str, argument: &Json) -> Expr {
    let first = match argument {
        Json::String(text) => Some(text.as_str()),
        Json::Array(items) => items.first().and_then(Json::as_str),
        _ => None,
    };
    let written = argument.to_string();
    // FNV-1a: it only has to tell one function from another.
    let hash = written.bytes().fold(0xcbf2_9ce4_8422_2325_u64, |hash, byte| (hash ^ u64::from(byte)).wrapping_mul(0x100_0000_01b3));
    let word = name.trim_start_matches("Fn::");
    unknown(format!("{word}:{}:{:08x}", first.unwrap_or_default(), hash >> 32))
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    fn shown(value: &Json) -> String {
        let template = json!({
            "Parameters": {"Env": {"Type": "String", "Default": "prod"}},
            "Mappings": {"Names": {"eu": {"bucket": "acme-eu"}}},
            "Resources": {
                "Given": {"Type": "AWS::S3::Bucket", "Properties": {"BucketName": "acme"}},
                "Made": {"Type": "AWS::S3::Bucket"},
                "Loop": {"Type": "AWS::S3::Bucket", "Properties": {"BucketName": {"Fn::Sub": "x-${Loop}"}}},
                "Role": {"Type": "AWS::IAM::Role", "Properties": {"RoleName": "r", "Path": "/a/"}},
                "Topic": {"Type": "AWS::SNS::Topic"},
            },
        });
        let none = Map::new();
        let resources = template["Resources"].as_object().unwrap();
        let scope = Scope::new(&template, resources, &none);
        match scope.value(value) {
            Value::Text(text) => text.to_string(),
            other => format!("{other:?}"),
        }
    }

    #[test]
    fn functions_are_resolved_as_far_as_the_template_goes() {
        for (value, expected) in [
            (json!({"Ref": "Given"}), "acme"),
            (json!({"Ref": "Made"}), "{Made.Id}"),
            (json!({"Ref": "Env"}), "{Env}"),
            (json!({"Ref": "Topic"}), "{Topic}"),
            (json!({"Ref": "AWS::AccountId"}), "{AccountId}"),
            (json!({"Ref": "AWS::StackName"}), "{AWS::StackName}"),
            (json!({"Fn::GetAtt": "Given.Arn"}), "arn:{Partition}:s3:::acme"),
            (json!({"Fn::GetAtt": ["Role", "Arn"]}), "arn:{Partition}:iam::{AccountId}:role/a/r"),
            (json!({"Fn::GetAtt": ["Topic", "TopicArn"]}), "{Topic.TopicArn}"),
            (json!({"Fn::Sub": "${Given.Arn}/${!x}/${Env}"}), "arn:{Partition}:s3:::acme/${x}/{Env}"),
            (json!({"Fn::Sub": ["${a}-${Env}", {"a": {"Ref": "Given"}}]}), "acme-{Env}"),
            (json!({"Fn::Join": ["-", ["a", 1, {"Ref": "Env"}]]}), "a-1-{Env}"),
            (json!({"Fn::Select": [1, {"Fn::Split": [",", "a,b"]}]}), "b"),
            (json!({"Fn::FindInMap": ["Names", "eu", "bucket"]}), "acme-eu"),
            (json!({"Fn::If": ["C", "same", "same"]}), "same"),
            (json!("{{resolve:ssm:/a}}/*"), "{resolve:ssm:/a}/*"),
            (json!({"Ref": "Loop"}), "x-{Loop}"),
        ] {
            assert_eq!(shown(&value), expected, "{value}");
        }
        // What nothing here settles has one name wherever it is written, and another name where it differs.
        let import = |name: &str| shown(&json!({"Fn::ImportValue": name}));
        assert!(import("a").starts_with("{ImportValue:a:") && import("a") == import("a") && import("a") != import("b"));
        assert_ne!(shown(&json!({"Fn::If": ["C", "a", "b"]})), shown(&json!({"Fn::If": ["C", "a", "c"]})));
    }

    #[test]
    fn what_multiplies_ends_as_unknown() {
        let big = "x".repeat(100_000);
        let text = "${a}".repeat(10_000);
        assert!(shown(&json!({"Fn::Sub": [text, {"a": big}]})).starts_with("{Sub:"));
    }
}
