//! Policies that no bucket and no identity carries: those of an organization and of VPC endpoints.
//!
//! In: a policy by itself, what the AWS CLI prints around some, or a resource that holds one. Out: [`Detached`]s; what each of them is
//! follows from what is said beside it, and otherwise from what it says. Never: the policy of a bucket or an identity taken for
//! one of them, nor a policy of which a part is left out.
//!
//! Sources: "aws organizations describe-policy" and "aws ec2 describe-vpc-endpoints", AWS CLI Command Reference; "Amazon S3
//! policies", AWS Organizations User Guide; `AWS::Organizations::Policy`, AWS CloudFormation User Guide; the provider hashicorp/aws.

use serde_json::{Map, Value as Json, json};

use super::{Resource, Value, policy};
use crate::policy::{Document, Effect, Element, Statement};

/// Such a policy, and where it stands.
#[derive(Clone, Debug, PartialEq)]
pub struct Detached {
    /// The resource that holds it; in a file of its own a JSON pointer into what the AWS CLI printed.
    pub place: String,
    /// What it says.
    pub content: Content,
}

/// What such a policy says.
#[derive(Clone, Debug, PartialEq)]
pub enum Content {
    /// The policy of a VPC endpoint for S3.
    Endpoint(Document),
    /// A service control policy.
    Scp(Document),
    /// A resource control policy.
    Rcp(Document),
    /// A policy of the type `S3_POLICY`.
    S3 {
        /// Whether it blocks public access, and says nothing else.
        blocks: bool,
    },
    /// The policy of an endpoint for another service, by its name.
    Elsewhere(String),
}

/// The key of a policy of the type `S3_POLICY`.
const ATTRIBUTES: &str = "s3_attributes";

/// Whether an object is what the AWS CLI prints of such policies, or one that is not written in the language of IAM.
pub(super) fn is_printed(fields: &Map<String, Json>) -> bool {
    let described = fields.get("Policy").is_some_and(|policy| policy.get("Content").is_some());
    described || fields.contains_key("VpcEndpoints") || fields.contains_key(ATTRIBUTES)
}

/// Reads what the AWS CLI prints.
pub(super) fn read(json: &Json) -> Result<Vec<Detached>, String> {
    if json.get(ATTRIBUTES).is_some() {
        return Ok(vec![Detached { place: String::new(), content: s3(&Value::literal(json)) }]);
    }
    if let Some(described) = json.get("Policy") {
        let place = "/Policy/Content".to_owned();
        let content = described.get("Content").map_or(Value::Null, Value::literal);
        let kind = described.pointer("/PolicySummary/Type").and_then(Json::as_str).unwrap_or_default();
        return Ok(vec![Detached { content: of_organization(kind, &content).map_err(|why| format!("`{place}`: {why}"))?, place }]);
    }
    let endpoints = json.get("VpcEndpoints").and_then(Json::as_array).ok_or("`VpcEndpoints` has to be a list")?;
    let held = endpoints.iter().enumerate().filter_map(|(at, one)| Some((at, one, one.get("PolicyDocument")?)));
    let read = |(at, one, held): (usize, &Json, &Json)| {
        let place = format!("/VpcEndpoints/{at}/PolicyDocument");
        let service = one.get("ServiceName").and_then(Json::as_str).filter(|name| !name.ends_with(".s3"));
        let content = match service {
            Some(service) => Content::Elsewhere(service.to_owned()),
            None => policy::document(&Value::literal(held)).map(Content::Endpoint).map_err(|why| format!("`{place}`: {why}"))?,
        };
        Ok(Detached { place, content })
    };
    let all = held.map(read).collect::<Result<Vec<_>, String>>()?;
    if all.is_empty() { Err("it holds no policy of a VPC endpoint".to_owned()) } else { Ok(all) }
}

/// The policy that a resource holds, where it is one of these and known.
pub(super) fn of(resource: &Resource) -> Option<Detached> {
    let property = |name: &str| resource.properties.get(name);
    let content = match resource.kind.as_str() {
        "AWS::Organizations::Policy" => of_organization(property("Type")?.known()?, property("Content")?).ok()?,
        // "aws_organizations_policy": a service control policy where it says nothing.
        "aws_organizations_policy" => {
            let kind = property("type").map_or(Some("SERVICE_CONTROL_POLICY"), Value::known);
            of_organization(kind?, property("content")?).ok()?
        }
        "aws_vpc_endpoint_policy" => Content::Endpoint(policy::document(property("policy")?).ok()?),
        _ => return None,
    };
    Some(Detached { place: resource.id.clone(), content })
}

/// The policy of an organization of a type, as the API names it; nothing is said of one without.
fn of_organization(kind: &str, content: &Value) -> Result<Content, String> {
    let text = content.known().filter(|_| matches!(kind, "" | "S3_POLICY")).map(serde_json::from_str::<Json>);
    let text = text.transpose().map_err(|error| error.to_string())?.as_ref().map(Value::literal);
    let value = text.as_ref().unwrap_or(content);
    match kind {
        "SERVICE_CONTROL_POLICY" => policy::document(content).map(Content::Scp),
        "RESOURCE_CONTROL_POLICY" => policy::document(content).map(Content::Rcp),
        "S3_POLICY" => Ok(s3(value)),
        "" if value.get(ATTRIBUTES).is_some() => Ok(s3(value)),
        "" => self::kind(policy::document(content)?),
        other => Err(format!(
            "it is a policy of the type {other}; a perimeter has those of the types SERVICE_CONTROL_POLICY, RESOURCE_CONTROL_POLICY and S3_POLICY"
        )),
    }
}

fn s3(value: &Value) -> Content {
    let all = json!({ ATTRIBUTES: { "public_access_block_configuration": { "@@assign": "all" } } });
    Content::S3 { blocks: *value == Value::literal(&all) }
}

/// Which of them a document is, by what it says.
pub(super) fn kind(document: Document) -> Result<Content, String> {
    let all = &document.statements;
    let named = all.iter().filter(|statement| statement.principal.is_some()).count();
    let denies = |statement: &Statement| statement.effect == Effect::Deny;
    if named == 0 && !all.is_empty() {
        return if all.iter().all(|statement| denies(statement) || is_everything(statement)) {
            Ok(Content::Scp(document))
        } else {
            Err("it is the policy of an identity: give the template or the state that holds it; \
                 of a service control policy give what `aws organizations describe-policy` prints"
                .to_owned())
        };
    }
    if named < all.len() || all.is_empty() || is_of_one_bucket(all) {
        return Err("it is no policy of an organization or of VPC endpoints, and a profile says more than the policy of a bucket: \
                    collect the bucket with `s3harden import --script`; of a VPC endpoint give what `aws ec2 describe-vpc-endpoints` prints"
            .to_owned());
    }
    Ok(if all.iter().all(denies) { Content::Rcp(document) } else { Content::Endpoint(document) })
}

/// Whether a statement allows everything, as those do that AWS attaches by itself.
fn is_everything(statement: &Statement) -> bool {
    let any = |text: Option<&str>| text == Some("*");
    statement.effect == Effect::Allow
        && statement.condition.is_empty()
        && matches!(&statement.action, Element::Is(actions) if actions.iter().any(|action| action == "*"))
        && matches!(&statement.resource, Some(Element::Is(all)) if all.iter().any(|one| any(one.as_text())))
}

/// Whether all that statements are about is one bucket and its objects.
fn is_of_one_bucket(statements: &[Statement]) -> bool {
    let mut names = statements.iter().flat_map(|statement| match &statement.resource {
        Some(Element::Is(all)) => {
            all.iter().map(|one| one.as_text().and_then(|text| text.split_once(":s3:::")?.1.split('/').next())).collect()
        }
        _ => vec![None],
    });
    let Some(Some(first)) = names.next() else { return false };
    !first.contains(['*', '?']) && names.all(|name| name == Some(first))
}
