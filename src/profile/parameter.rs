//! Parameters as they are declared, and whether the values of a run are what they take.
//!
//! In: the merged tree, and the values that were put in. Out: findings. Never: a value; those are put in when the
//! profile is read, before anything else is checked.

use regex::Regex;
use serde::{Deserialize, Serialize};

use crate::diag::{Code, Finding, Place};
use crate::names::{AccountId, Invalid, Region, Sentence, inert, name};
use crate::path;
use crate::protect::networks::CidrBlock;
use crate::source::{Composed, Kind, Node, Tree};

name! {
    /// The name of a parameter.
    ParameterName, format "parameter-name", example "environment"
}

impl ParameterName {
    fn check(text: &str) -> Result<(), Invalid> {
        let letters = text.bytes().all(|b| b.is_ascii_alphanumeric() || b == b'_');
        if text.len() <= 64 && letters && text.bytes().next().is_some_and(|b| b.is_ascii_alphabetic()) {
            return Ok(());
        }
        Err(Invalid::new(
            format!("`{text}` is not the name of a parameter"),
            "use up to 64 letters, digits and underscores, a letter first",
        ))
    }
}

name! {
    /// A file that is merged underneath.
    BasePath, format "base-path", example "../company.yaml"
}

impl BasePath {
    fn check(text: &str) -> Result<(), Invalid> {
        if text.is_empty() {
            return Err(Invalid::new("the name of the file is empty", "name a file, relative to this one"));
        }
        inert(text)
    }
}

name! {
    /// A JSON pointer (RFC 6901) to a value that stays locked.
    LockPointer, format "lock-pointer", example "/transport/minimum_tls"
}

impl LockPointer {
    fn check(text: &str) -> Result<(), Invalid> {
        if text.starts_with('/') && text.len() > 1 {
            return inert(text);
        }
        Err(Invalid::new(
            format!("`{text}` is not a JSON pointer"),
            "write the keys that lead to the value, a slash before each: `/transport/minimum_tls`",
        ))
    }
}

name! {
    /// A regular expression for a whole value.
    Pattern, format "value-pattern", example "[a-z]+"
}

impl Pattern {
    fn check(text: &str) -> Result<(), Invalid> {
        let help = "write a regular expression for the whole value, without look-around: `[a-z]{2,8}`";
        whole(text).map(|_| ()).map_err(|_| Invalid::new(format!("`{text}` is not a regular expression"), help))
    }
}

impl std::fmt::Display for ParameterValue {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        match self {
            Self::Number(number) => number.fmt(f),
            Self::Text(text) => text.fmt(f),
        }
    }
}

/// What a deploy-time parameter can be.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Deployed {
    /// The pattern for the whole value, the profile's own or what its type and its places ask for. None where the values are listed.
    pub pattern: Option<String>,
    /// A value that it can have and that the profile holds nowhere else.
    pub example: String,
}

/// The expression, which has to match a value from its beginning to its end. Its size is bounded, its time linear.
fn whole(pattern: &str) -> Result<Regex, regex::Error> {
    // By itself first: `)|(` is an expression only between the brackets.
    Regex::new(pattern)?;
    regex::RegexBuilder::new(&format!("^(?:{pattern})$")).size_limit(1 << 20).build()
}

/// What a parameter is.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(test, derive(schemars::JsonSchema), schemars(inline))]
#[serde(rename_all = "kebab-case")]
pub enum ParameterType {
    /// Text.
    String,
    /// A whole number.
    Integer,
    /// A block of addresses.
    Cidr,
    /// An ARN.
    Arn,
    /// The id of an AWS account.
    Account,
    /// An AWS region.
    Region,
}

impl ParameterType {
    fn fits(self, text: &str) -> Result<(), Invalid> {
        match self {
            Self::String => Ok(()),
            Self::Integer => text
                .parse::<i64>()
                .map(|_| ())
                .map_err(|_| Invalid::new(format!("`{text}` is not a whole number"), "write digits alone: `30`")),
            Self::Cidr => text.parse::<CidrBlock>().map(|_| ()),
            Self::Account => text.parse::<AccountId>().map(|_| ()),
            Self::Region => text.parse::<Region>().map(|_| ()),
            Self::Arn => {
                // arn:partition:service:region:account:resource ("Amazon Resource Names", AWS General Reference).
                let pieces: Vec<&str> = text.splitn(6, ':').collect();
                let arn = matches!(pieces.as_slice(), ["arn", partition, service, _, _, resource]
                    if !partition.is_empty() && !service.is_empty() && !resource.is_empty());
                if arn && !text.contains(['*', '?', ' ']) {
                    return Ok(());
                }
                Err(Invalid::new(
                    format!("`{text}` is not an ARN"),
                    "write it in full, without wildcards: `arn:aws:iam::111122223333:role/Name`",
                ))
            }
        }
    }
}

/// When a parameter gets its value.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(test, derive(schemars::JsonSchema), schemars(inline))]
#[serde(rename_all = "kebab-case")]
pub enum At {
    /// When the profile is rendered.
    #[default]
    Render,
    /// When the template is deployed: as a parameter of CloudFormation and a variable of Terraform.
    Deploy,
}

/// A value of a parameter.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(untagged)]
pub enum ParameterValue {
    /// A whole number.
    Number(i64),
    /// Anything else.
    Text(Sentence),
}

#[cfg(test)]
impl schemars::JsonSchema for ParameterValue {
    fn schema_name() -> std::borrow::Cow<'static, str> {
        "ParameterValue".into()
    }
    fn inline_schema() -> bool {
        true
    }
    fn json_schema(_: &mut schemars::SchemaGenerator) -> schemars::Schema {
        schemars::json_schema!({ "type": ["string", "integer"], "format": "sentence" })
    }
}

/// A value that differs from run to run: `${param.NAME}` stands in its place.
#[derive(Clone, Debug, Serialize, Deserialize)]
#[cfg_attr(test, derive(schemars::JsonSchema), schemars(inline))]
#[serde(deny_unknown_fields)]
pub struct Parameter {
    /// What it is.
    #[serde(rename = "type")]
    pub kind: ParameterType,
    /// The values that it may have. Without it: any of its type.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub allowed: Vec<ParameterValue>,
    /// A regular expression that the whole value has to match.
    #[serde(default)]
    pub pattern: Option<Pattern>,
    /// The value where a run gives none.
    #[serde(default)]
    pub default: Option<ParameterValue>,
    /// What it is for.
    #[serde(default)]
    pub description: Option<Sentence>,
    /// When it gets its value: `render`, or `deploy` for one that the template asks for. That can only stand where the template
    /// refers to it, such as networks, accounts, principals and tags.
    #[serde(default)]
    pub at: At,
    /// For one that the deployment gives: what it can be there.
    #[serde(skip)]
    pub deployed: Option<Deployed>,
}

/// The values that are not what their parameters take. Declarations that are not well-formed are left to the schema.
pub(super) fn check(tree: &Tree, composed: &Composed) -> Vec<Finding> {
    composed
        .parameters
        .iter()
        .filter_map(|one| {
            let declared = tree.get(&["parameters", &one.name])?;
            let at = |key: &str| Place::Value(path!["parameters", one.name.clone(), key.to_owned()]);
            let bad = |invalid: Invalid, key: &str, what: &str| {
                let (name, message) = (&one.name, invalid.message);
                let finding =
                    Finding::new(Code::ParameterUnfit, one.place(), format!("{message}, which is what the parameter `{name}` has to be"));
                let finding = if what.is_empty() {
                    Finding { message: format!("the parameter `{name}` cannot be `{}`", one.value), ..finding }
                } else {
                    finding
                };
                finding.also(at(key), if what.is_empty() { "declared here" } else { what }).help(invalid.help)
            };
            let kind = declared.get("type").and_then(|node| serde_json::from_value::<ParameterType>(node.to_value()).ok())?;
            if let Err(invalid) = kind.fits(&one.value) {
                return Some(bad(invalid, "type", "its type"));
            }
            let allowed: Vec<&str> = declared
                .get("allowed")
                .filter(|node| node.kind() == Kind::List)
                .into_iter()
                .flat_map(Node::children)
                .map(Node::text)
                .collect();
            if !allowed.is_empty() && !allowed.contains(&one.value.as_str()) {
                let words = allowed.iter().map(|word| format!("`{word}`")).collect::<Vec<_>>().join(", ");
                return Some(bad(Invalid { message: String::new(), help: format!("use {words}") }, "allowed", ""));
            }
            let pattern = declared.get("pattern").map(Node::text)?;
            let fits = whole(pattern).is_ok_and(|pattern| pattern.is_match(&one.value));
            (!fits).then(|| {
                bad(Invalid { message: String::new(), help: format!("use a value that `{pattern}` matches as a whole") }, "pattern", "")
            })
        })
        .collect()
}
