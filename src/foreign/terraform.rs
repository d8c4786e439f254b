//! The JSON of `terraform show`: of a plan what will be, of a state what is.
//!
//! In: the JSON. Out: the [`Template`]. What a plan knows only after it is applied is a constant named after its address.
//! Never: a resource that will be gone.
//!
//! Sources: "JSON Output Format", Terraform documentation; the resources of the provider hashicorp/aws.

use std::collections::BTreeMap;

use serde_json::Value as Json;

use super::references::{self, DEPTH, References};
use super::unknown::Named;
use super::{Bucket, Format, Point, Policy, Resource, Template, Value, acl, detached, policy, unknown};
use crate::expr::{Attribute, Expr, LogicalId};
use crate::verify::{Grantee, Ownership, Permission, PublicAccessBlock};

/// Reads a plan or a state.
pub(super) fn read(json: &Json) -> Result<Template, String> {
    let values = json.get("planned_values").or_else(|| json.get("values")).ok_or("it holds neither planned values nor a state")?;
    let mut raw = Vec::new();
    modules(values.get("root_module").unwrap_or(&Json::Null), 0, &mut raw)?;
    // Data sources of a plan were read before it.
    let mut data = Vec::new();
    modules(json.pointer("/prior_state/values/root_module").unwrap_or(&Json::Null), 0, &mut data)?;
    let open = unknowns(json);
    let references = References::new(json);
    let managed = |one: &&Json| one.get("mode").and_then(Json::as_str) != Some("data");
    let others: Vec<Named<'_>> = raw.iter().copied().filter_map(named).collect();
    let resources: Vec<Resource> = raw
        .iter()
        .copied()
        .filter(managed)
        .map(|one| {
            let text = |key: &str| one.get(key).and_then(Json::as_str).unwrap_or_default();
            let address = text("address");
            // Of what is wholly unknown there are no values.
            let mut properties = match one.get("values").map(Value::literal) {
                Some(Value::Object(fields)) => Value::Object(fields),
                _ => Value::Object(Vec::new()),
            };
            if let Some(after_unknown) = open.get(address) {
                unknown::open(address, &mut properties, after_unknown, &references, &others);
            }
            Resource { id: address.to_owned(), kind: text("type").to_owned(), properties }
        })
        .collect();
    let said = |kind: &str, keys: &[&str]| {
        let one = raw.iter().chain(&data).find(|one| one.get("type").and_then(Json::as_str) == Some(kind))?;
        keys.iter().find_map(|key| one.get("values")?.get(*key)?.as_str()).map(str::to_owned)
    };
    let (account, region) = (said("aws_caller_identity", &["account_id"]), said("aws_region", &["region", "name"]));
    let buckets = buckets(&resources, &references);
    let policies = resources.iter().flat_map(identities).collect();
    let detached = resources.iter().filter_map(detached::of).collect();
    Ok(Template { format: Format::Terraform, buckets, policies, detached, resources, parameters: Vec::new(), account, region })
}

/// A key or bucket, to which others refer.
fn named(one: &Json) -> Option<Named<'_>> {
    let kind = one.get("type")?.as_str().filter(|kind| matches!(*kind, "aws_kms_key" | "aws_s3_bucket"))?;
    Some(Named { kind, address: one.get("address")?.as_str()?, name: one.pointer("/values/bucket").and_then(Json::as_str) })
}

/// The resources of a module and of those in it.
fn modules<'j>(module: &'j Json, depth: usize, found: &mut Vec<&'j Json>) -> Result<(), String> {
    if depth > DEPTH {
        return Err("its modules lie too deep in each other".to_owned());
    }
    let list = |key: &str| module.get(key).and_then(Json::as_array).into_iter().flatten();
    found.extend(list("resources"));
    list("child_modules").try_for_each(|child| modules(child, depth + 1, found))
}

/// For each address: what of it is known only after the plan is applied.
fn unknowns(json: &Json) -> BTreeMap<&str, &Json> {
    let changes = json.get("resource_changes").and_then(Json::as_array).into_iter().flatten();
    changes.filter_map(|change| Some((change.get("address")?.as_str()?, change.pointer("/change/after_unknown")?))).collect()
}

fn buckets(resources: &[Resource], references: &References<'_>) -> Vec<Bucket> {
    let of = |kind: &'static str| resources.iter().filter(move |resource| resource.kind == kind);
    let mut buckets: Vec<Bucket> = of("aws_s3_bucket").map(bucket).collect();
    let mut stray = Vec::new();
    for resource in resources {
        let Some(at) = owner(&buckets, resource, references) else {
            let named = resource.properties.get("bucket").is_some_and(|name| name.known().is_some());
            stray.extend((!named).then_some(resource));
            continue;
        };
        let Some(bucket) = buckets.get_mut(at) else { continue };
        bucket.parts.push(resource.id.clone());
        let properties = &resource.properties;
        let known = |keys: &[&str]| properties.at(keys).and_then(Value::known);
        match resource.kind.as_str() {
            "aws_s3_bucket_policy" => bucket.policy = properties.get("policy").map(|policy| held(resource, policy)),
            "aws_s3_bucket_public_access_block" => bucket.block = Some(switches(properties, &mut bucket.unread)),
            "aws_s3_bucket_ownership_controls" => {
                bucket.ownership = match known(&["rule", "object_ownership"]) {
                    Some("BucketOwnerEnforced") => Some(Ownership::Enforced),
                    Some("BucketOwnerPreferred") => Some(Ownership::Preferred),
                    Some("ObjectWriter") => Some(Ownership::Writer),
                    _ => {
                        bucket.unread.push("its object ownership is known only after the deployment".to_owned());
                        None
                    }
                };
            }
            "aws_s3_bucket_acl" => match granted(properties) {
                Some(grants) => bucket.acl = grants,
                None => bucket.unread.push("its ACL is none that is known".to_owned()),
            },
            "aws_s3_bucket_server_side_encryption_configuration" => {
                let keys = ["rule", "apply_server_side_encryption_by_default"];
                let of = |key| properties.at(&[&keys[..], &[key]].concat()).and_then(Value::text).map(ToString::to_string);
                bucket.settings.extend(of("sse_algorithm").map(|word| ("encryption", word)));
                bucket.settings.extend(of("kms_master_key_id").filter(|key| !key.is_empty()).map(|key| ("encryption key", key)));
            }
            "aws_s3_bucket_versioning" => {
                bucket.settings.extend(known(&["versioning_configuration", "status"]).map(|word| ("versioning", word.to_owned())));
            }
            "aws_s3_bucket_logging" => {
                let target = properties.get("target_bucket").and_then(Value::text).map(ToString::to_string);
                bucket.settings.extend(target.map(|target| ("access logs", target)));
            }
            "aws_s3_access_point" => bucket.points.push(point(resource, resources)),
            _ => {}
        }
    }
    for resource in stray {
        let (what, open): (_, fn(&Bucket) -> bool) = match resource.kind.as_str() {
            "aws_s3_bucket_policy" => ("policy", |bucket| bucket.policy.is_none()),
            "aws_s3_bucket_public_access_block" => ("Block Public Access", |bucket| bucket.block.is_none()),
            "aws_s3_bucket_ownership_controls" => ("object ownership", |bucket| bucket.ownership.is_none()),
            "aws_s3_bucket_acl" => ("ACL", |bucket| bucket.acl.is_empty()),
            "aws_s3_access_point" => ("access point", |_| true),
            _ => continue,
        };
        for bucket in buckets.iter_mut().filter(|bucket| open(bucket)) {
            bucket.unread.push(format!("whether `{}` is its {what} is known only after the deployment", resource.id));
        }
    }
    buckets
}

/// The bucket that a resource belongs to: by its name, or, where that is unknown, by what the configuration refers to.
fn owner(buckets: &[Bucket], resource: &Resource, references: &References<'_>) -> Option<usize> {
    if !resource.kind.starts_with("aws_s3_") || resource.kind == "aws_s3_bucket" {
        return None;
    }
    if let Some(name) = resource.properties.get("bucket").and_then(Value::known) {
        return buckets.iter().position(|bucket| bucket.name.as_text() == Some(name));
    }
    let targets = references.of(&resource.id, &["bucket"]);
    let named = |bucket: &Bucket| targets.iter().any(|target| references::fits(&bucket.id, target, &resource.id));
    let mut found = buckets.iter().enumerate().filter(|(_, bucket)| named(bucket)).map(|(at, _)| at);
    // Of several none is known to be the one.
    match (found.next(), found.next()) {
        (Some(at), None) => Some(at),
        _ => None,
    }
}

fn held(resource: &Resource, value: &Value) -> Policy {
    Policy { resource: resource.id.clone(), document: policy::document(value) }
}

fn bucket(resource: &Resource) -> Bucket {
    let properties = &resource.properties;
    let name = properties.get("bucket").and_then(Value::known).filter(|name| !name.is_empty());
    let name = match name {
        Some(name) => Expr::verbatim(name.to_owned()),
        None => Expr::reference(LogicalId::named(resource.id.as_str()), Attribute::Id),
    };
    // Before version 4 of the provider the bucket held its policy; since then it shows it.
    let policy = properties.get("policy").filter(|policy| policy.known().is_some_and(|text| !text.is_empty()));
    // So do its ACLs.
    let word = properties.get("acl").and_then(Value::known).filter(|word| !word.is_empty());
    let acl = word.map(acl::canned);
    let unread = if acl == Some(None) { vec!["its ACL is none that is known".to_owned()] } else { Vec::new() };
    Bucket {
        id: resource.id.clone(),
        name,
        policy: policy.map(|policy| held(resource, policy)),
        points: Vec::new(),
        block: None,
        ownership: None,
        acl: acl.flatten().unwrap_or_default(),
        settings: Vec::new(),
        unread,
        parts: vec![resource.id.clone()],
    }
}

fn switches(value: &Value, unread: &mut Vec<String>) -> PublicAccessBlock {
    let mut switch = |key: &str| match value.get(key) {
        None | Some(Value::Null) => false,
        Some(given) => given.switch().unwrap_or_else(|| {
            unread.push(format!("`{key}` is known only after the deployment"));
            false
        }),
    };
    PublicAccessBlock {
        block_public_acls: switch("block_public_acls"),
        ignore_public_acls: switch("ignore_public_acls"),
        block_public_policy: switch("block_public_policy"),
        restrict_public_buckets: switch("restrict_public_buckets"),
    }
}

/// The grants of an ACL: canned, or listed. What goes to the owner gives nothing that is asked here.
fn granted(properties: &Value) -> Option<Vec<(Grantee, Permission)>> {
    if let Some(word) = properties.get("acl").and_then(Value::known).filter(|word| !word.is_empty()) {
        return acl::canned(word);
    }
    let owner = properties.at(&["access_control_policy", "owner"]).and_then(|owner| owner.at(&["id"])).and_then(Value::known);
    let mut grants = Vec::new();
    for grant in properties.at(&["access_control_policy", "grant"])?.items() {
        let to = |key: &str| grant.at(&["grantee", key]).and_then(Value::known).filter(|text| !text.is_empty());
        let whom = to("uri").or_else(|| to("id"))?;
        if Some(whom) != owner {
            grants.push((Grantee::parse(whom), Permission::parse(grant.get("permission")?.known()?)?));
        }
    }
    Some(grants)
}

fn point(resource: &Resource, all: &[Resource]) -> Point {
    let properties = &resource.properties;
    let text = |key: &str| properties.get(key).and_then(Value::text).filter(|text| text.as_text() != Some(""));
    let arn = text("arn").cloned().unwrap_or_else(|| unknown(format!("{}.arn", resource.id)));
    let apart = all.iter().filter(|one| one.kind == "aws_s3control_access_point_policy");
    let apart = apart.filter(|one| one.properties.get("access_point_arn").and_then(Value::text) == Some(&arn));
    let policy = apart.chain([resource]).find_map(|one| {
        let policy = one.properties.get("policy").filter(|policy| policy.text().is_some_and(|text| text.as_text() != Some("")))?;
        Some(held(one, policy))
    });
    let vpc = || {
        let given = properties.get("vpc_configuration").filter(|given| !given.items().is_empty())?;
        let id = given.at(&["vpc_id"]).and_then(Value::text).cloned();
        Some(id.unwrap_or_else(|| unknown(format!("{}.vpc_configuration", resource.id))))
    };
    let block = properties.get("public_access_block_configuration").and_then(|block| block.items().first());
    Point {
        resource: resource.id.clone(),
        arn,
        policy,
        vpc: vpc(),
        block: block.map_or(PublicAccessBlock::ALL, |block| switches(block, &mut Vec::new())),
    }
}

/// The policies of identities and keys in a resource.
fn identities(resource: &Resource) -> Option<Policy> {
    let kinds =
        ["aws_iam_policy", "aws_iam_role_policy", "aws_iam_user_policy", "aws_iam_group_policy", "aws_kms_key", "aws_kms_key_policy"];
    let policy = kinds.contains(&resource.kind.as_str()).then(|| resource.properties.get("policy")).flatten()?;
    (*policy != Value::Null).then(|| held(resource, policy))
}
