//! CloudFormation templates.
//!
//! In: a template whose short forms are written out. Out: the [`Template`]. Never: a resource that is left out for its
//! condition; where a policy hangs on one, the bucket says so.
//!
//! Source: "AWS resource and property types reference", AWS CloudFormation User Guide.

use serde_json::{Map, Value as Json};

use super::functions::{Scope, kind};
use super::{Bucket, Format, Parameter, Point, Policy, Resource, Template, Value, acl, detached, policy};
use crate::expr::{Attribute, Expr, LogicalId, Part, Pseudo};
use crate::verify::{Ownership, PublicAccessBlock};

/// Reads a template.
pub(super) fn read(template: &Json) -> Result<Template, String> {
    let none = Map::new();
    let resources = template.get("Resources").and_then(Json::as_object).ok_or("`Resources` is no mapping of resources")?;
    let scope = Scope::new(template, resources, &none);
    let all: Vec<Resource> = resources
        .iter()
        .map(|(id, body)| Resource {
            id: id.clone(),
            kind: kind(body).to_owned(),
            properties: body.get("Properties").map_or(Value::Null, |properties| scope.value(properties)),
        })
        .collect();
    let condition = |id: &str| resources.get(id).and_then(|body| body.get("Condition")).and_then(Json::as_str);
    let mut buckets: Vec<Bucket> = of(&all, "AWS::S3::Bucket").map(|resource| bucket(resource, &scope)).collect();
    let mut stray = Vec::new();
    for resource in of(&all, "AWS::S3::BucketPolicy") {
        let Some(name) = resource.properties.get("Bucket").and_then(Value::text) else { continue };
        let Some(bucket) = owner(&mut buckets, name) else {
            stray.push((resource.id.as_str(), name));
            continue;
        };
        if bucket.policy.is_some() {
            bucket.unread.push(format!("it has more than one policy, one of them `{}`", resource.id));
        }
        if let Some(when) = condition(&resource.id).filter(|when| condition(&bucket.id) != Some(when)) {
            bucket.unread.push(format!("its policy `{}` is there only under the condition `{when}`", resource.id));
        }
        bucket.policy = Some(held(resource, "PolicyDocument"));
        bucket.parts.push(resource.id.clone());
    }
    for resource in of(&all, "AWS::S3::AccessPoint") {
        let Some(name) = resource.properties.get("Bucket").and_then(Value::text) else { continue };
        let Some(bucket) = owner(&mut buckets, name) else { continue };
        bucket.points.push(point(resource));
        bucket.parts.push(resource.id.clone());
    }
    for (policy, name) in stray {
        // A name that AWS makes up is nobody else's; of any other it is open whether the two are the same.
        let open = |bucket: &&mut Bucket| {
            let own = bucket.name.parts();
            let made_up = matches!(own, [Part::Reference(..)]);
            bucket.policy.is_none() && !made_up && (name.as_text().is_none() || bucket.name.as_text().is_none())
        };
        for bucket in buckets.iter_mut().filter(open) {
            bucket.unread.push(format!("whether `{policy}` is its policy is known only after the deployment"));
        }
    }
    if let Some(what) = others(template, resources) {
        buckets.iter_mut().for_each(|bucket| bucket.unread.push(format!("{what} may change it")));
    }
    let policies = all.iter().flat_map(identities).collect();
    let parameters = parameters(template);
    let detached = all.iter().filter_map(detached::of).collect();
    Ok(Template { format: Format::CloudFormation, buckets, policies, detached, resources: all, parameters, account: None, region: None })
}

/// The parameters that are texts; lists, and what is looked up elsewhere, stay constants by their names.
fn parameters(template: &Json) -> Vec<Parameter> {
    let declared = template.get("Parameters").and_then(Json::as_object).into_iter().flatten();
    let texts = declared.filter(|(_, body)| body.get("Type").and_then(Json::as_str) == Some("String"));
    let one = |(name, body): (&String, &Json)| {
        let text = |key: &str| body.get(key).and_then(Json::as_str).map(str::to_owned);
        let allowed = body.get("AllowedValues").and_then(Json::as_array).into_iter().flatten();
        Parameter {
            name: LogicalId::named(name.as_str()),
            description: text("Description"),
            allowed: allowed.filter_map(Json::as_str).map(str::to_owned).collect(),
            pattern: text("AllowedPattern"),
            default: text("Default"),
        }
    };
    texts.map(one).collect()
}

/// What makes or changes resources in a way that nobody sees here: macros, but for those of AWS that add resources of
/// other services, and loops.
fn others(template: &Json, resources: &Map<String, Json>) -> Option<String> {
    const HARMLESS: [&str; 5] = [
        "AWS::Serverless-2016-10-31",
        "AWS::LanguageExtensions",
        "AWS::SecretsManager-2020-07-23",
        "AWS::SecretsManager-2024-09-16",
        "AWS::CodeDeployBlueGreen",
    ];
    let macros = match template.get("Transform") {
        Some(Json::Array(all)) => all.as_slice(),
        Some(one) => std::slice::from_ref(one),
        None => &[],
    };
    let unseen = macros.iter().find(|one| !one.as_str().is_some_and(|name| HARMLESS.contains(&name)));
    let unseen = unseen.map(|one| format!("the macro `{}`", one.get("Name").unwrap_or(one).as_str().unwrap_or("of a stack")));
    unseen.or_else(|| resources.keys().find(|id| id.starts_with("Fn::")).map(|id| format!("`{id}`")))
}

fn of<'r>(all: &'r [Resource], kind: &'static str) -> impl Iterator<Item = &'r Resource> {
    all.iter().filter(move |resource| resource.kind == kind)
}

fn owner<'b>(buckets: &'b mut [Bucket], name: &Expr) -> Option<&'b mut Bucket> {
    buckets.iter_mut().find(|bucket| bucket.name == *name)
}

fn held(resource: &Resource, property: &str) -> Policy {
    let document = resource.properties.get(property).map_or_else(|| Err("it is missing".to_owned()), policy::document);
    Policy { resource: resource.id.clone(), document }
}

fn bucket(resource: &Resource, scope: &Scope<'_>) -> Bucket {
    let properties = &resource.properties;
    let own = || Expr::reference(LogicalId::named(resource.id.as_str()), Attribute::Id);
    let name = scope.name_of(&resource.id).unwrap_or_else(own);
    let mut unread = Vec::new();
    let ownership = properties.get("OwnershipControls").map(|controls| controls.at(&["Rules"]).map_or(&[][..], Value::items));
    let ownership = ownership.and_then(|rules| match rules.first()?.get("ObjectOwnership")?.known() {
        Some("BucketOwnerEnforced") => Some(Ownership::Enforced),
        Some("BucketOwnerPreferred") => Some(Ownership::Preferred),
        Some("ObjectWriter") => Some(Ownership::Writer),
        _ => {
            unread.push("its object ownership is known only after the deployment".to_owned());
            None
        }
    });
    let acl = match properties.get("AccessControl") {
        None => Vec::new(),
        Some(word) => word.known().and_then(acl::canned).unwrap_or_else(|| {
            unread.push("its ACL is none that is known".to_owned());
            Vec::new()
        }),
    };
    let block = properties.get("PublicAccessBlockConfiguration").map(|block| switches(block, &mut unread));
    let mut settings = Vec::new();
    let mut say = |name: &'static str, keys: &[&str]| {
        if let Some(text) = properties.at(keys).and_then(Value::text) {
            settings.push((name, text.to_string()));
        }
    };
    let encryption = ["BucketEncryption", "ServerSideEncryptionConfiguration", "ServerSideEncryptionByDefault"];
    say("encryption", &[&encryption[..], &["SSEAlgorithm"]].concat());
    say("encryption key", &[&encryption[..], &["KMSMasterKeyID"]].concat());
    say("versioning", &["VersioningConfiguration", "Status"]);
    say("access logs", &["LoggingConfiguration", "DestinationBucketName"]);
    let parts = vec![resource.id.clone()];
    Bucket { id: resource.id.clone(), name, policy: None, points: Vec::new(), block, ownership, acl, settings, unread, parts }
}

/// The switches of Block Public Access; one that is not given is off, one that is unknown is taken for off, and said.
fn switches(value: &Value, unread: &mut Vec<String>) -> PublicAccessBlock {
    let mut switch = |key: &str| match value.get(key) {
        None => false,
        Some(given) => given.switch().unwrap_or_else(|| {
            unread.push(format!("`{key}` is known only after the deployment"));
            false
        }),
    };
    PublicAccessBlock {
        block_public_acls: switch("BlockPublicAcls"),
        ignore_public_acls: switch("IgnorePublicAcls"),
        block_public_policy: switch("BlockPublicPolicy"),
        restrict_public_buckets: switch("RestrictPublicBuckets"),
    }
}

fn point(resource: &Resource) -> Point {
    let properties = &resource.properties;
    let own = || Expr::reference(LogicalId::named(resource.id.as_str()), Attribute::Id);
    let name = properties.get("Name").and_then(Value::text).cloned().unwrap_or_else(own);
    Point {
        resource: resource.id.clone(),
        arn: Expr::arn("s3", Pseudo::Region, Pseudo::AccountId, Expr::text("accesspoint/") + name),
        policy: properties.get("Policy").map(|_| held(resource, "Policy")),
        vpc: properties.at(&["VpcConfiguration", "VpcId"]).and_then(Value::text).cloned(),
        // What is not given for an access point is on; what is unknown is taken for off, which keeps nobody out.
        block: properties.get("PublicAccessBlockConfiguration").map_or(PublicAccessBlock::ALL, |block| switches(block, &mut Vec::new())),
    }
}

/// The policies of identities and keys in a resource.
fn identities(resource: &Resource) -> Vec<Policy> {
    let inline = || resource.properties.get("Policies").map_or(&[][..], Value::items).iter();
    let of = |value: &Value| Policy { resource: resource.id.clone(), document: policy::document(value) };
    match resource.kind.as_str() {
        "AWS::IAM::ManagedPolicy" | "AWS::IAM::Policy" => vec![held(resource, "PolicyDocument")],
        "AWS::KMS::Key" => vec![held(resource, "KeyPolicy")],
        "AWS::IAM::Role" | "AWS::IAM::User" | "AWS::IAM::Group" => {
            inline().filter_map(|policy| policy.get("PolicyDocument")).map(of).collect()
        }
        _ => Vec::new(),
    }
}
