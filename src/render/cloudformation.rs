//! CloudFormation: one template, as YAML or JSON.
//!
//! In: a plan. Out: `cloudformation/template.yaml` or `.json`. Each resource's template renders one JSON object, which
//! is parsed and put in place here, so that no text is ever joined to a document. Functions in long form only.

use std::borrow::Cow;
use std::io::{self, Write};

use serde_json::{Map, Value, json};

use super::engine::{CLOUDFORMATION, Engine, Spell, context, map};
use super::{File, Gap, Notation, RenderError, fidelity, yaml};
use crate::diag::Code;
use crate::expr::{Attribute, Expr, Literal, LogicalId, Part, Pseudo};
use crate::names::DYNAMIC_REFERENCE;
use crate::path;
use crate::plan::{Bucket, Grantee, Kind, Plan, Resource, Scanner, Step, Suppression};

pub(super) static ENGINE: Engine = Engine::new(CLOUDFORMATION, escape);

/// JSON's quoted form, the quotes included.
fn escape(text: &str, out: &mut dyn Write) -> io::Result<()> {
    serde_json::to_writer(out, text).map_err(io::Error::from)
}

pub(super) fn render(plan: &Plan, notation: Notation) -> Result<Vec<File>, RenderError> {
    let mut resources = Map::new();
    for resource in &plan.resources {
        resources.insert(resource.id.to_string(), body(resource)?);
    }
    let template = template(plan, resources);
    refuse_dynamic_references(&template)?;
    fidelity::cloudformation(plan, &template)?;
    let (path, text) = match notation {
        Notation::Yaml => ("cloudformation/template.yaml", yaml::print(&template, plan)),
        Notation::Json => ("cloudformation/template.json", json_text(&template, false)?),
        Notation::Minified => ("cloudformation/template.json", json_text(&template, true)?),
    };
    let mut files = vec![File { path, text }];
    files.extend(import_files(plan)?);
    Ok(files)
}

/// What `create-change-set --change-set-type IMPORT` takes: the resources to import, and a template that holds them
/// alone and as they are. An import can neither make nor change anything, so the whole template follows as an update.
fn import_files(plan: &Plan) -> Result<Vec<File>, RenderError> {
    let adopted: Vec<_> = plan.buckets().filter(|(_, bucket)| bucket.existing).collect();
    if adopted.is_empty() {
        return Ok(Vec::new());
    }
    let kind = "AWS::S3::Bucket";
    let identify = |(resource, bucket): &(&Resource, &Bucket)| json!({ "ResourceType": kind, "LogicalResourceId": resource.id.as_str(), "ResourceIdentifier": { "BucketName": bucket.name.as_str() } });
    let resources = adopted.iter().map(|(resource, bucket)| {
        let body = json!({
            "Type": kind,
            "DeletionPolicy": "Retain",
            "UpdateReplacePolicy": "Retain",
            "Properties": { "BucketName": bucket.name.as_str() },
        });
        (resource.id.to_string(), body)
    });
    let template = json!({
        "AWSTemplateFormatVersion": "2010-09-09",
        "Description": "Imports what exists; update the stack with the whole template afterwards",
        "Resources": resources.collect::<Map<_, _>>(),
    });
    let identifiers: Vec<Value> = adopted.iter().map(identify).collect();
    Ok(vec![
        File { path: "cloudformation/import-resources.json", text: json_text(&identifiers.into(), false)? },
        File { path: "cloudformation/import-template.json", text: json_text(&template, false)? },
    ])
}

fn json_text(template: &Value, minified: bool) -> Result<String, RenderError> {
    let text = if minified { serde_json::to_string(template) } else { serde_json::to_string_pretty(template) };
    text.map(|text| text + "\n").map_err(|error| RenderError::new("the template", error))
}

fn template(plan: &Plan, resources: Map<String, Value>) -> Value {
    let mut top = Map::new();
    top.insert("AWSTemplateFormatVersion".into(), "2010-09-09".into());
    let about = plan.description.as_ref().map_or_else(|| format!("S3 bucket of the profile {}", plan.name), ToString::to_string);
    top.insert("Description".into(), about.into());
    top.insert(
        "Metadata".into(),
        json!({ "s3harden": { "profile": plan.name.as_str(), "note": "rendered: change the profile, not this file" } }),
    );
    if !plan.parameters.is_empty() {
        top.insert("Parameters".into(), parameters(plan));
    }
    top.insert("Resources".into(), resources.into());
    if !plan.outputs.is_empty() {
        let one = |output: &crate::plan::Output| {
            (output.name.to_string(), json!({ "Description": output.description, "Value": expr_value(&output.value) }))
        };
        top.insert("Outputs".into(), Value::Object(plan.outputs.iter().map(one).collect()));
    }
    top.into()
}

fn parameters(plan: &Plan) -> Value {
    let one = |parameter: &crate::plan::Parameter| {
        let mut body = Map::new();
        body.insert("Type".into(), "String".into());
        body.insert("Description".into(), parameter.description.as_str().into());
        body.extend(parameter.pattern.clone().map(|pattern| ("AllowedPattern".to_owned(), pattern.into())));
        body.extend(parameter.default.clone().map(|default| ("Default".to_owned(), default.into())));
        (parameter.name.to_string(), Value::Object(body))
    };
    Value::Object(plan.parameters.iter().map(one).collect())
}

/// The resource with the attributes that every resource can have, in the order in which people expect them.
fn body(resource: &Resource) -> Result<Value, RenderError> {
    let name = format!("{}.json", resource.kind.family());
    let text = ENGINE.render(&name, &context("r", map(&resource.view(), &mut Json)))?;
    let Value::Object(mut rendered) = serde_json::from_str(&text).map_err(|error| RenderError::new(&name, error))? else {
        return Err(RenderError::new(name, "the template does not render an object"));
    };
    let mut body = Map::new();
    body.extend(rendered.shift_remove_entry("Type"));
    match resource.after.as_slice() {
        [] => {}
        [one] => drop(body.insert("DependsOn".into(), one.as_str().into())),
        many => drop(body.insert("DependsOn".into(), many.iter().map(LogicalId::as_str).collect::<Vec<_>>().into())),
    }
    if matches!(resource.kind.family(), "bucket" | "key") {
        let policy = if resource.retain { "Retain" } else { "Delete" };
        body.insert("DeletionPolicy".into(), policy.into());
        body.insert("UpdateReplacePolicy".into(), "Retain".into());
    }
    if !resource.suppressions.is_empty() {
        body.insert("Metadata".into(), suppressions(&resource.suppressions));
    }
    body.extend(rendered);
    Ok(body.into())
}

fn suppressions(suppressions: &[Suppression]) -> Value {
    let mut metadata = Map::new();
    let mut put = |scanner: Scanner, name: &str, wrapper: &str, one: &dyn Fn(&Suppression) -> Value| {
        let mut rules: Vec<_> = suppressions.iter().filter(|s| s.scanner == scanner).collect();
        rules.sort();
        if !rules.is_empty() {
            metadata.insert(name.into(), json!({ wrapper: rules.into_iter().map(one).collect::<Vec<_>>() }));
        }
    };
    put(Scanner::CdkNag, "cdk_nag", "rules_to_suppress", &|s| json!({ "id": s.rule, "reason": s.reason }));
    put(Scanner::CfnNag, "cfn_nag", "rules_to_suppress", &|s| json!({ "id": s.rule, "reason": s.reason }));
    put(Scanner::Checkov, "checkov", "skip", &|s| json!({ "id": s.rule, "comment": s.reason }));
    put(Scanner::CfnGuard, "guard", "SuppressedRules", &|s| s.rule.into());
    metadata.into()
}

/// ACL grants, of which CloudFormation knows the canned ones only.
pub(super) fn gaps(plan: &Plan) -> Vec<Gap> {
    let buckets = plan.buckets().map(|(_, bucket)| bucket);
    let mut gaps: Vec<Gap> = buckets.filter(|bucket| !bucket.acl.is_empty() && !bucket.acl_is_log_delivery()).map(acl_grants).collect();
    let keeps = |resource: &Resource| matches!(&resource.kind, Kind::BucketPolicy { keep, .. } if !keep.is_empty());
    gaps.extend(plan.resources.iter().find(|resource| keeps(resource)).map(|_| Gap {
        code: Code::KeepNotExpressible,
        message: "CloudFormation cannot keep statements of a bucket policy that others own".to_owned(),
        path: path!["bucket", "policy", "keep"],
        step: None,
    }));
    gaps
}

fn acl_grants(bucket: &Bucket) -> Gap {
    let name = &bucket.name;
    let grants: Vec<Value> = bucket
        .acl
        .iter()
        .map(|grant| {
            let grantee = match &grant.to {
                Grantee::Group(uri) => json!({ "Type": "Group", "URI": uri }),
                Grantee::CanonicalUser(id) => json!({ "Type": "CanonicalUser", "ID": id }),
            };
            json!({ "Grantee": grantee, "Permission": grant.permission })
        })
        .collect();
    let add = format!(".Grants += {}", Value::from(grants));
    Gap {
        code: Code::AclNotExpressible,
        message: format!("CloudFormation cannot express the ACL grants of `{name}`"),
        path: path!["bucket", "acl"],
        step: Some(Step {
            title: format!("Set the ACL grants of {name} (CloudFormation)"),
            why: "CloudFormation knows canned ACLs only".to_owned(),
            target: Some("cloudformation"),
            commands: vec![
                format!("aws s3api get-bucket-acl --bucket {name} >acl.json"),
                format!("jq '{add}' acl.json >new-acl.json"),
                format!("aws s3api put-bucket-acl --bucket {name} --access-control-policy file://new-acl.json"),
            ],
            verify: vec![format!("aws s3api get-bucket-acl --bucket {name} --query 'length(Grants)' --output text")],
            expect: (bucket.acl.len() + 1).to_string(),
            path: path!["bucket", "acl"],
        }),
    }
}

/// JSON with CloudFormation's functions.
struct Json;

impl Spell for Json {
    fn expr(&mut self, expr: &Expr) -> String {
        expr_value(expr).to_string()
    }

    fn literal(&mut self, literal: &Literal) -> String {
        literal_value(literal).to_string()
    }
}

/// A tree as CloudFormation has it.
pub(super) fn literal_value(literal: &Literal) -> Value {
    match literal {
        Literal::Bool(switch) => (*switch).into(),
        Literal::Int(number) => (*number).into(),
        Literal::Text(expr) => expr_value(expr),
        Literal::List(items) => items.iter().map(literal_value).collect(),
        Literal::Object { fields, .. } => {
            Value::Object(fields.iter().map(|(key, value)| (key.to_string(), literal_value(value))).collect())
        }
    }
}

/// Plain text stays plain; one reference is `Ref` or `Fn::GetAtt`; a mixture is `Fn::Sub`, in which text is escaped, or
/// `Fn::Join` where it cannot be.
fn expr_value(expr: &Expr) -> Value {
    match expr.parts() {
        [] => "".into(),
        [Part::Text(text)] => text.as_ref().into(),
        [Part::Reference(id, Attribute::Arn)] => json!({ "Fn::GetAtt": [id.as_str(), "Arn"] }),
        [part] => json!({ "Ref": variable(part) }),
        parts if !parts.iter().all(can_be_substituted) => {
            let pieces: Vec<Value> = parts.iter().map(|part| expr_value(&Expr::from(part.clone()))).collect();
            json!({ "Fn::Join": ["", pieces] })
        }
        parts => {
            let text: String = parts
                .iter()
                .map(|part| match part {
                    Part::Text(text) => text.replace("${", "${!"),
                    part => format!("${{{}}}", variable(part)),
                })
                .collect();
            json!({ "Fn::Sub": text })
        }
    }
}

/// Whether the documented escape of `Fn::Sub`, `${!Literal}`, is certain to give the text: each `${` is closed around a
/// name, and no dollar sign touches the next reference.
fn can_be_substituted(part: &Part) -> bool {
    let Part::Text(text) = part else { return true };
    let inside = |b: u8| b.is_ascii_alphanumeric() || b":/_.-".contains(&b);
    let is_name = |rest: &str| rest.split_once('}').is_some_and(|(name, _)| !name.is_empty() && name.bytes().all(inside));
    !text.ends_with('$') && text.split("${").skip(1).all(is_name)
}

/// What `Ref` and `Fn::Sub` call it.
fn variable(part: &Part) -> Cow<'_, str> {
    match part {
        Part::Text(text) => Cow::Borrowed(text),
        Part::Pseudo(Pseudo::Partition) => Cow::Borrowed("AWS::Partition"),
        Part::Pseudo(Pseudo::Region) => Cow::Borrowed("AWS::Region"),
        Part::Pseudo(Pseudo::AccountId) => Cow::Borrowed("AWS::AccountId"),
        Part::Pseudo(Pseudo::UrlSuffix) => Cow::Borrowed("AWS::URLSuffix"),
        Part::Parameter(id) | Part::Reference(id, Attribute::Id) => Cow::Borrowed(id.as_str()),
        Part::Reference(id, Attribute::Arn) => Cow::Owned(format!("{id}.Arn")),
    }
}

/// CloudFormation resolves a dynamic reference in any text, so the last look is at the finished one. Profiles that
/// hold one are refused when they are read; this catches what would arise by joining.
fn refuse_dynamic_references(value: &Value) -> Result<(), RenderError> {
    match value {
        Value::String(text) if text.contains(DYNAMIC_REFERENCE) => {
            Err(RenderError::new("the template", "a text became a dynamic reference"))
        }
        Value::Array(items) => items.iter().try_for_each(refuse_dynamic_references),
        Value::Object(fields) => fields.values().try_for_each(refuse_dynamic_references),
        _ => Ok(()),
    }
}
