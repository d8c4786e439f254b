//! What S3 says of a bucket that exists: the answers of `aws s3api get-…`, collected in one document.
//!
//! In: the JSON of a collection. Out: the [`Template`]: the answers as the properties of one resource, each access point as
//! another, and what decides about access. Never: an answer that was not given taken for a setting that is not there; the
//! bucket says in `unread` what was not collected.
//!
//! Source: the operations of the Amazon S3 API Reference, under the names that the AWS CLI gives them.

use serde_json::{Map, Value as Json};

use super::{Bucket, Format, Point, Policy, Resource, Template, Value, policy};
use crate::expr::Expr;
use crate::verify::{Grantee, Ownership, Permission, PublicAccessBlock};

/// The version of the document.
pub const VERSION: u64 = 1;

/// The type under which the answers about a bucket stand in a [`Template`].
pub const BUCKET: &str = "s3api";

/// The type under which the answers about an access point stand there.
pub const POINT: &str = "s3control";

/// Reads a collection.
pub(super) fn read(json: &Json) -> Result<Template, String> {
    if json.get("version").and_then(Json::as_u64) != Some(VERSION) {
        return Err(format!("`/version` has to be {VERSION}: collect it with the script of this version"));
    }
    let text = |key: &str| json.get(key).and_then(Json::as_str).filter(|text| !text.is_empty()).map(str::to_owned);
    let name = text("bucket").ok_or("`/bucket` has to be the name of the bucket")?;
    let calls = json.get("calls").and_then(Json::as_object).ok_or("`/calls` has to hold the answers by their calls")?;
    for (call, answer) in calls {
        if !(answer.is_null() || answer.is_object()) {
            return Err(format!("`/calls/{call}` has to be an answer, an error or null"));
        }
    }
    let location = calls.get("get-bucket-location").filter(|answer| answer.is_object() && failed(answer).is_none());
    let region = location.map(|answer| match answer.get("LocationConstraint").and_then(Json::as_str) {
        // "GetBucketLocation", Amazon S3 API Reference.
        None => "us-east-1".to_owned(),
        Some("EU") => "eu-west-1".to_owned(),
        Some(region) => region.to_owned(),
    });
    let mut bucket = bucket(&name, calls);
    let mut resources = vec![Resource {
        id: name.clone(),
        kind: BUCKET.to_owned(),
        properties: Value::Object(calls.iter().map(|(call, answer)| (call.clone(), Value::literal(answer))).collect()),
    }];
    for (at, one) in json.get("access-points").and_then(Json::as_array).into_iter().flatten().enumerate() {
        let missing = || format!("`/access-points/{at}` has to hold the answer to `get-access-point`, with `Name` and `AccessPointArn`");
        let point = point(one).ok_or_else(missing)?;
        bucket.parts.push(point.resource.clone());
        resources.push(Resource { id: point.resource.clone(), kind: POINT.to_owned(), properties: Value::literal(one) });
        bucket.points.push(point);
    }
    Ok(Template {
        format: Format::Live,
        buckets: vec![bucket],
        policies: Vec::new(),
        detached: Vec::new(),
        resources,
        parameters: Vec::new(),
        account: text("account"),
        region: text("region").or(region),
    })
}

/// Why there is no answer.
pub fn failed(answer: &Json) -> Option<&str> {
    answer.get("error").and_then(Json::as_str)
}

fn bucket(name: &str, calls: &Map<String, Json>) -> Bucket {
    let mut unread = Vec::new();
    let mut answer = |call: &str, what: &str| match calls.get(call) {
        None => {
            unread.push(format!("{what} was not collected: there is no `{call}`"));
            None
        }
        Some(answer) => match failed(answer) {
            Some(why) => {
                unread.push(format!("{what} was not collected: `{call}` ended with {why}"));
                None
            }
            None => Some(answer),
        },
    };
    let held = answer("get-bucket-policy", "its policy").and_then(|answer| answer.get("Policy"));
    let policy = held.map(|held| Policy { resource: name.to_owned(), document: policy::document(&Value::literal(held)) });
    let block = answer("get-public-access-block", "its Block Public Access");
    let block = block.map(|answer| switches(answer.get("PublicAccessBlockConfiguration").unwrap_or(&Json::Null)));
    let ownership = answer("get-bucket-ownership-controls", "its object ownership").map(|answer| {
        match answer.pointer("/OwnershipControls/Rules/0/ObjectOwnership").and_then(Json::as_str) {
            Some("BucketOwnerEnforced") => Ownership::Enforced,
            Some("BucketOwnerPreferred") => Ownership::Preferred,
            // Without controls the ACLs of older buckets are on ("GetBucketOwnershipControls").
            _ => Ownership::Writer,
        }
    });
    let acl = answer("get-bucket-acl", "its ACL").map(granted).unwrap_or_default();
    let mut settings = Vec::new();
    let mut say = |name: &'static str, call: &str, pointer: &str| {
        let found = calls.get(call).and_then(|answer| answer.pointer(pointer)).and_then(Json::as_str);
        settings.extend(found.map(|text| (name, text.to_owned())));
    };
    let encryption = "/ServerSideEncryptionConfiguration/Rules/0/ApplyServerSideEncryptionByDefault";
    say("encryption", "get-bucket-encryption", &format!("{encryption}/SSEAlgorithm"));
    say("encryption key", "get-bucket-encryption", &format!("{encryption}/KMSMasterKeyID"));
    say("versioning", "get-bucket-versioning", "/Status");
    say("access logs", "get-bucket-logging", "/LoggingEnabled/TargetBucket");
    Bucket {
        id: name.to_owned(),
        name: name.to_owned().into(),
        policy,
        points: Vec::new(),
        block,
        ownership,
        acl,
        settings,
        unread,
        parts: vec![name.to_owned()],
    }
}

fn switches(block: &Json) -> PublicAccessBlock {
    let on = |key: &str| block.get(key).and_then(Json::as_bool).unwrap_or(false);
    PublicAccessBlock {
        block_public_acls: on("BlockPublicAcls"),
        ignore_public_acls: on("IgnorePublicAcls"),
        block_public_policy: on("BlockPublicPolicy"),
        restrict_public_buckets: on("RestrictPublicBuckets"),
    }
}

/// The grants beside the owner's own.
fn granted(acl: &Json) -> Vec<(Grantee, Permission)> {
    let owner = acl.pointer("/Owner/ID").and_then(Json::as_str);
    let grants = acl.get("Grants").and_then(Json::as_array).into_iter().flatten();
    let grant = |grant: &Json| {
        let whom = ["URI", "ID"].iter().find_map(|key| grant.get("Grantee")?.get(*key)?.as_str())?;
        let permission = Permission::parse(grant.get("Permission")?.as_str()?)?;
        (Some(whom) != owner).then(|| (Grantee::parse(whom), permission))
    };
    grants.filter_map(grant).collect()
}

fn point(one: &Json) -> Option<Point> {
    let answer = one.get("get-access-point")?;
    let text = |key: &str| answer.get(key).and_then(Json::as_str);
    let held = one.pointer("/get-access-point-policy/Policy");
    let vpc = answer.pointer("/VpcConfiguration/VpcId").and_then(Json::as_str);
    Some(Point {
        resource: text("Name")?.to_owned(),
        arn: Expr::text(text("AccessPointArn")?.to_owned()),
        policy: held.map(|held| Policy {
            resource: text("Name").unwrap_or_default().to_owned(),
            document: policy::document(&Value::literal(held)),
        }),
        vpc: vpc.map(|vpc| Expr::text(vpc.to_owned())),
        block: answer.get("PublicAccessBlockConfiguration").map(switches).unwrap_or_default(),
    })
}
