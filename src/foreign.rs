//! What others made: CloudFormation templates, the JSON of `terraform show`, and what S3 itself says of a bucket.
//!
//! In: the text of a template, a plan, a state, a collection of answers or a policy of an organization. Out: a [`Template`]: every resource with its
//! whole tree of properties, and of each bucket what decides about access. What only a deployment knows is a named constant ([`Part::Parameter`]) or
//! a reference to a resource of the template. Never: a guess at what an element means that cannot be read; the bucket
//! says so in `unread`.
//!
//! Sources: "Template reference", AWS CloudFormation User Guide; "JSON Output Format", Terraform documentation.

use crate::expr::{Expr, LogicalId, Part};
use crate::policy::Document;
use crate::source::Source;
use crate::verify::{Grantee, Ownership, Permission, PublicAccessBlock};

mod acl;
mod cloudformation;
mod detached;
mod functions;
pub mod live;
mod policy;
mod references;
mod subject;
mod terraform;
mod unknown;
mod value;

pub use detached::{Content, Detached};
pub use subject::{Deployment, constant, stand_in};
pub use value::Value;

/// What a text is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Format {
    /// A policy of IAM's JSON language.
    Policy,
    /// What the AWS CLI prints of a policy of an organization or of VPC endpoints, and a policy of the type `S3_POLICY`.
    Detached,
    /// A template of CloudFormation.
    CloudFormation,
    /// What `terraform show -json` prints of a plan or state.
    Terraform,
    /// Answers of S3 about a bucket, as the script of `s3harden import` collects them.
    Live,
}

/// What a template holds.
#[derive(Clone, Debug, PartialEq)]
pub struct Template {
    /// Its language.
    pub format: Format,
    /// Every resource, in the order of the text.
    pub resources: Vec<Resource>,
    /// The buckets.
    pub buckets: Vec<Bucket>,
    /// The policies of identities and keys.
    pub policies: Vec<Policy>,
    /// The policies of organizations and VPC endpoints.
    pub detached: Vec<Detached>,
    /// What the deployment is asked for, where the template says it.
    pub parameters: Vec<Parameter>,
    /// The account that it was read in, where it says so.
    pub account: Option<String>,
    /// The region, where it says so.
    pub region: Option<String>,
}

/// What a template asks its deployment for: a text that is told by its name.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Parameter {
    /// The name, by which it stands in expressions.
    pub name: LogicalId,
    /// What it is for.
    pub description: Option<String>,
    /// The values that it may have; any where there are none.
    pub allowed: Vec<String>,
    /// A regular expression for its values.
    pub pattern: Option<String>,
    /// The value where none is given.
    pub default: Option<String>,
}

/// A resource as it stands there.
#[derive(Clone, Debug, PartialEq)]
pub struct Resource {
    /// Its logical id, or its address.
    pub id: String,
    /// Its type, such as `AWS::S3::Bucket` or `aws_s3_bucket`.
    pub kind: String,
    /// Its properties.
    pub properties: Value,
}

/// A policy, or why it cannot be read.
#[derive(Clone, Debug, PartialEq)]
pub struct Policy {
    /// The resource that holds it.
    pub resource: String,
    /// Its text as a document.
    pub document: Result<Document, String>,
}

/// A way into a bucket.
#[derive(Clone, Debug, PartialEq)]
pub struct Point {
    /// The resource that makes it.
    pub resource: String,
    /// Its ARN.
    pub arn: Expr,
    /// Its policy.
    pub policy: Option<Policy>,
    /// The VPC that it is confined to.
    pub vpc: Option<Expr>,
    /// Its own Block Public Access.
    pub block: PublicAccessBlock,
}

/// A bucket with what decides about access.
#[derive(Clone, Debug, PartialEq)]
pub struct Bucket {
    /// Its logical id, or its address.
    pub id: String,
    /// Its name: as written, or a reference to itself where AWS or the deployment makes one up.
    pub name: Expr,
    /// Its policy.
    pub policy: Option<Policy>,
    /// Its access points.
    pub points: Vec<Point>,
    /// Block Public Access, where it is given.
    pub block: Option<PublicAccessBlock>,
    /// Object ownership, where it is given.
    pub ownership: Option<Ownership>,
    /// The grants of its ACL beside the owner's.
    pub acl: Vec<(Grantee, Permission)>,
    /// Settings that decide about no request, each with its name and value in AWS's words: `encryption` → `aws:kms`.
    pub settings: Vec<(&'static str, String)>,
    /// What about access could not be read, and why.
    pub unread: Vec<String>,
    /// The resources that hold its settings, by their ids: itself, and those that Terraform has for each setting.
    pub parts: Vec<String>,
}

/// What a text looks like. Nothing is said about a text of any other kind.
pub fn detect(text: &str) -> Option<Format> {
    if text.trim_start().starts_with('{')
        && let Ok(serde_json::Value::Object(fields)) = serde_json::from_str::<serde_json::Value>(text)
    {
        return match () {
            () if fields.contains_key("calls") && fields.contains_key("bucket") => Some(Format::Live),
            () if fields.contains_key("Statement") => Some(Format::Policy),
            () if detached::is_printed(&fields) => Some(Format::Detached),
            () if fields.contains_key("format_version") || fields.contains_key("planned_values") => Some(Format::Terraform),
            () if fields.contains_key("Resources") => Some(Format::CloudFormation),
            () => None,
        };
    }
    let keys = ["Resources:", "\"Resources\":", "'Resources':"];
    keys.iter().any(|key| begins_a_line(text, key)).then_some(Format::CloudFormation)
}

/// Whether a line of the text begins so. Most texts hold it nowhere.
fn begins_a_line(text: &str, word: &str) -> bool {
    text.match_indices(word).any(|(at, _)| text.get(..at).is_some_and(|before| before.is_empty() || before.ends_with('\n')))
}

/// What a text is that was given for a profile, in words, and what takes it. Nothing is said about a text of any other kind.
pub fn mistaken(text: &str) -> Option<(&'static str, &'static str)> {
    const IMPORT: &str = "`s3harden import` makes a profile of it; `prove --policy`, `diff` and `compare --live` take it as it is";
    match detect(text) {
        Some(Format::Policy) => Some(("a policy", "`s3harden prove --policy` and `s3harden diff` take it as it is")),
        Some(Format::Detached) => {
            Some(("a policy of an organization or of VPC endpoints", "`s3harden import` takes it, for the profile of an account"))
        }
        Some(Format::CloudFormation) => Some(("a template of CloudFormation", IMPORT)),
        Some(Format::Terraform) => Some(("the output of `terraform show -json`", IMPORT)),
        Some(Format::Live) => Some(("what the script of `s3harden import` collects", IMPORT)),
        None if is_terraform(text) => {
            Some(("Terraform's language", "give the output of `terraform show -json` to `s3harden import`, which makes a profile of it"))
        }
        None => None,
    }
}

/// Whether a text looks like Terraform's own language, which nothing here reads.
pub fn is_terraform(text: &str) -> bool {
    begins_a_line(text, "resource \"aws_")
}

impl Template {
    /// Reads a text of which the format is known.
    pub fn read(source: &Source, format: Format) -> Result<Self, String> {
        match format {
            Format::CloudFormation => {
                let value = source.template().map_err(|finding| placed(source, &finding))?;
                cloudformation::read(&value)
            }
            Format::Terraform => Self::from_terraform(source.text()),
            Format::Live => Self::from_live(source.text()),
            Format::Detached => Self::from_printed(source.text()),
            Format::Policy => Self::of_policy(Document::from_json(source.text()).map_err(|error| error.to_string())?),
        }
    }

    /// What the AWS CLI prints of policies of an organization or of VPC endpoints.
    pub fn from_printed(text: &str) -> Result<Self, String> {
        let value: serde_json::Value = serde_json::from_str(text).map_err(|error| error.to_string())?;
        detached::read(&value).map(Self::of_detached)
    }

    /// A policy by itself, if it is one of an organization or of VPC endpoints.
    pub fn of_policy(document: Document) -> Result<Self, String> {
        let content = detached::kind(document)?;
        Ok(Self::of_detached(vec![Detached { place: String::new(), content }]))
    }

    const fn of_detached(detached: Vec<Detached>) -> Self {
        Self {
            format: Format::Detached,
            resources: Vec::new(),
            buckets: Vec::new(),
            policies: Vec::new(),
            detached,
            parameters: Vec::new(),
            account: None,
            region: None,
        }
    }

    /// Reads what `terraform show -json` prints, of whatever size.
    pub fn from_terraform(text: &str) -> Result<Self, String> {
        let value: serde_json::Value = serde_json::from_str(text).map_err(|error| error.to_string())?;
        terraform::read(&value)
    }

    /// Reads what the script of `s3harden import` collects.
    pub fn from_live(text: &str) -> Result<Self, String> {
        let value: serde_json::Value = serde_json::from_str(text).map_err(|error| error.to_string())?;
        live::read(&value)
    }

    /// The bucket of that name or id, or the only one.
    pub fn bucket(&self, wanted: Option<&str>) -> Result<&Bucket, String> {
        let ids = || self.buckets.iter().map(|bucket| format!("`{}`", bucket.id)).collect::<Vec<_>>().join(", ");
        match (wanted, self.buckets.as_slice()) {
            (_, []) if self.format == Format::Detached => {
                Err("a policy of an organization or of VPC endpoints is about no bucket alone".to_owned())
            }
            (_, []) => Err("the template has no bucket".to_owned()),
            (None, [one]) => Ok(one),
            (None, _) => Err(format!("the template has several buckets, {}: choose one with `--bucket`", ids())),
            (Some(wanted), all) => {
                let named = |bucket: &&Bucket| bucket.id == wanted || bucket.name.as_text() == Some(wanted);
                // A bucket whose name is made up can only be meant where it is the only one.
                let open = || all.iter().filter(|bucket| bucket.name.as_text().is_none()).collect::<Vec<_>>();
                match (all.iter().find(named), open().as_slice()) {
                    (Some(bucket), _) => Ok(bucket),
                    (None, [one]) => Ok(one),
                    _ => Err(format!("the template has no bucket `{wanted}`, but {}", ids())),
                }
            }
        }
    }
}

/// A finding with its line.
fn placed(source: &Source, finding: &crate::diag::Finding) -> String {
    match &finding.place {
        crate::diag::Place::Bytes(range) => format!("line {}: {}", source.position(range.start).line, finding.message),
        _ => finding.message.clone(),
    }
}

/// A constant that nobody knows before the deployment.
fn unknown(name: impl Into<String>) -> Expr {
    Expr::parameter(LogicalId::named(name))
}

/// The names of the constants in an expression.
fn unknowns(expr: &Expr) -> impl Iterator<Item = &LogicalId> {
    expr.parts().iter().filter_map(|part| if let Part::Parameter(id) = part { Some(id) } else { None })
}
