//! CloudFormation: one template, as YAML or JSON.
//!
//! In: a plan. Out: `cloudformation/template.yaml` or `.json`, and no file where no resource is left for it. Each resource's template
//! renders one JSON object, which is parsed and put in place here, and policies are put into that as values, so that no text is
//! ever joined to a document. Functions in long form only.

use std::io::{self, Write};

use serde::Serialize;
use serde_json::{Map, Value, json};

use super::engine::{CLOUDFORMATION, Engine, context, map};
use super::functions::{Functions, expr_value, put_documents};
use super::json::{Fields, Json};
use super::{File, Gap, Notation, RenderError, Target, fidelity, lacking, yaml};
use crate::diag::Code;
use crate::expr::is_open;
use crate::names::DYNAMIC_REFERENCE;
use crate::path;
use crate::plan::{Bucket, Grantee, Kind, Plan, Resource, Scanner, Step, Suppression, When};
use crate::policy::Document;

pub(super) static ENGINE: Engine = engine(Vec::new());

/// The templates, with others in the place of some.
pub(super) const fn engine(own: Vec<(String, String)>) -> Engine {
    Engine::new(CLOUDFORMATION, own, escape)
}

/// JSON's quoted form, the quotes included.
fn escape(text: &str, out: &mut dyn Write) -> io::Result<()> {
    serde_json::to_writer(out, text).map_err(io::Error::from)
}

pub(super) fn render(plan: &Plan, notation: Notation, engine: &Engine) -> Result<Vec<File>, RenderError> {
    let path = match notation {
        Notation::Yaml => "cloudformation/template.yaml",
        Notation::Json | Notation::Minified => "cloudformation/template.json",
    };
    let files = with_template(plan, engine, |template| {
        let mut files = vec![File { path, text: printed(plan, notation, template)? }];
        if plan.imports().next().is_some() {
            files.extend(import_files(plan, &template.whole())?);
        }
        Ok(files)
    });
    Ok(files?.unwrap_or_default())
}

/// The resources of a template.
pub(super) fn resources(plan: &Plan) -> impl Iterator<Item = &Resource> {
    plan.resources.iter().filter(|resource| lacking::expresses(plan, resource, Target::CloudFormation(Notation::Json)))
}

/// The text of the template; none where it would have no resource, which CloudFormation refuses.
pub(super) fn template_text(plan: &Plan, notation: Notation, engine: &Engine) -> Result<Option<String>, RenderError> {
    with_template(plan, engine, |template| printed(plan, notation, template))
}

/// A template, in which policies are told by their numbers.
struct Template<'p> {
    json: Json<'p>,
    documents: Vec<&'p Document>,
}

impl<'p> Template<'p> {
    /// With the policies in their places.
    fn whole(&self) -> Json<'p> {
        let mut whole = self.json.clone();
        put_documents(&mut whole, &self.documents);
        whole
    }
}

/// Does something with the template, which was read back and compared with the plan.
fn with_template<T>(
    plan: &Plan,
    engine: &Engine,
    then: impl FnOnce(&Template<'_>) -> Result<T, RenderError>,
) -> Result<Option<T>, RenderError> {
    let resources: Vec<&Resource> = resources(plan).collect();
    if resources.is_empty() {
        return Ok(None);
    }
    let mut functions = Functions::default();
    let texts = resources.iter().map(|resource| text(resource, &mut functions, engine)).collect::<Result<Vec<_>, _>>()?;
    let bodies = resources.iter().zip(&texts).map(|(resource, text)| Ok((resource.id.as_str().into(), body(resource, text)?)));
    let template = Template { json: template(plan, bodies.collect::<Result<_, RenderError>>()?), documents: functions.documents };
    fidelity::cloudformation(plan, &template.json, &template.documents)?;
    then(&template).map(Some)
}

fn printed(plan: &Plan, notation: Notation, template: &Template<'_>) -> Result<String, RenderError> {
    let text = match notation {
        Notation::Yaml => yaml::print(&template.json, plan, &template.documents),
        Notation::Json => json_text(&template.whole(), false)?,
        Notation::Minified => json_text(&template.whole(), true)?,
    };
    // Comments may hold anything, texts may not; most of the time neither does.
    if text.split('{').any(is_suspect) {
        refuse_dynamic_references(&template.whole())?;
    }
    Ok(text)
}

/// What `create-change-set --change-set-type IMPORT` takes: the resources to import, and a template that holds them
/// alone and as they are. An import can neither make nor change anything, so the whole template follows as an update.
fn import_files(plan: &Plan, template: &Json<'_>) -> Result<Vec<File>, RenderError> {
    let whole = serde_json::to_value(template).map_err(|error| RenderError::new("the template", error))?;
    let mut adopted: Vec<(&str, Adopted)> = Vec::new();
    // A plan holds what refers to something after it, so that what it refers to is known to be there or not.
    let known = |resource: &Resource| plan.imports().find(|(own, _)| own.id == resource.id).map(|(_, known)| known);
    for (resource, known) in plan.resources.iter().filter_map(|resource| Some((resource, known(resource)?))) {
        let there = |id: &str| adopted.iter().any(|(own, _)| *own == id);
        let found = whole.pointer(&format!("/Resources/{}", resource.id)).and_then(|body| imported(resource, known, body, &there));
        adopted.extend(found.map(|found| (resource.id.as_str(), found)));
    }
    if adopted.is_empty() {
        return Ok(Vec::new());
    }
    let identify = |(id, adopted): &(&str, Adopted)| json!({ "ResourceType": adopted.kind, "LogicalResourceId": id, "ResourceIdentifier": adopted.identifier });
    let resources = adopted.iter().map(|(id, adopted)| {
        let body = json!({
            "Type": adopted.kind,
            "DeletionPolicy": "Retain",
            "UpdateReplacePolicy": "Retain",
            "Properties": adopted.properties,
        });
        ((*id).to_owned(), body)
    });
    let mut template = json!({
        "AWSTemplateFormatVersion": "2010-09-09",
        "Description": "Imports what exists; update the stack with the whole template afterwards",
        "Resources": resources.collect::<Map<_, _>>(),
    });
    let left: Vec<&str> =
        plan.imports().map(|(resource, _)| resource.id.as_str()).filter(|id| !adopted.iter().any(|(own, _)| own == id)).collect();
    if let (false, Value::Object(fields)) = (left.is_empty(), &mut template) {
        let note = json!({ "s3harden": { "not imported": left, "note": "CloudFormation imports none of these: remove them before the update, or leave them out of the profile" } });
        fields.insert("Metadata".to_owned(), note);
    }
    let identifiers: Vec<Value> = adopted.iter().map(identify).collect();
    Ok(vec![
        File { path: "cloudformation/import-resources.json", text: json_text(&identifiers, false)? },
        File { path: "cloudformation/import-template.json", text: json_text(&template, false)? },
    ])
}

/// What the import of a resource takes: what tells it from others of its type, and the properties that it cannot be without.
struct Adopted {
    kind: Value,
    identifier: Map<String, Value>,
    properties: Map<String, Value>,
}

/// As its type's schema asks for it; none where a property refers to what is not imported with it.
fn imported(resource: &Resource, known: &str, body: &Value, there: &dyn Fn(&str) -> bool) -> Option<Adopted> {
    let identity = resource.kind.identity()?;
    let primary = identity.cloudformation?;
    let values = identity.values(&primary, known);
    let identifier = primary.identifier.iter().zip(values).map(|(property, value)| ((*property).to_owned(), value.into())).collect();
    let mut properties = Map::new();
    for property in primary.properties {
        let value = body.get("Properties")?.get(*property)?;
        properties.insert((*property).to_owned(), value.clone());
    }
    let stands = properties.values().all(|value| stands(value, there));
    stands.then(|| Some(Adopted { kind: body.get("Type")?.clone(), identifier, properties })).flatten()
}

/// Whether everything that a value refers to is there.
fn stands(value: &Value, there: &dyn Fn(&str) -> bool) -> bool {
    let known = |name: &str| name.starts_with("AWS::") || there(name.split('.').next().unwrap_or(name));
    match value {
        Value::Array(items) => items.iter().all(|item| stands(item, there)),
        Value::Object(fields) => fields.iter().all(|(key, value)| match (key.as_str(), value) {
            ("Ref", Value::String(name)) => known(name),
            ("Fn::GetAtt", Value::Array(path)) => path.first().and_then(Value::as_str).is_some_and(known),
            ("Fn::Sub", Value::String(text)) => {
                let names = text.split("${").skip(1).filter_map(|rest| rest.split('}').next());
                names.filter(|name| !name.starts_with('!')).all(known)
            }
            (_, value) => stands(value, there),
        }),
        _ => true,
    }
}

fn json_text(template: &impl Serialize, minified: bool) -> Result<String, RenderError> {
    let text = if minified { serde_json::to_string(template) } else { serde_json::to_string_pretty(template) };
    text.map(|text| text + "\n").map_err(|error| RenderError::new("the template", error))
}

fn template<'p>(plan: &'p Plan, resources: Fields<'p>) -> Json<'p> {
    let about = match &plan.description {
        Some(description) => description.as_str().into(),
        None => format!("S3 bucket of the profile {}", plan.name).into(),
    };
    let note = [("profile", plan.name.as_str().into()), ("note", "rendered: change the profile, not this file".into())];
    let mut top: Fields<'p> = vec![
        ("AWSTemplateFormatVersion".into(), "2010-09-09".into()),
        ("Description".into(), about),
        ("Metadata".into(), Json::object([("s3harden", Json::object(note))])),
    ];
    if !plan.parameters.is_empty() {
        top.push(("Parameters".into(), parameters(plan)));
    }
    top.push(("Resources".into(), Json::Object(resources)));
    if !plan.outputs.is_empty() {
        let one = |output: &'p crate::plan::Output| {
            let body = [("Description", output.description.into()), ("Value", expr_value(&output.value))];
            (output.name.as_str().into(), Json::object(body))
        };
        top.push(("Outputs".into(), Json::Object(plan.outputs.iter().map(one).collect())));
    }
    Json::Object(top)
}

fn parameters<'p>(plan: &'p Plan) -> Json<'p> {
    let one = |parameter: &'p crate::plan::Parameter| {
        let mut body: Fields<'p> = vec![("Type".into(), "String".into()), ("Description".into(), parameter.description.as_str().into())];
        body.extend(parameter.default.as_deref().map(|default| ("Default".into(), default.into())));
        if !parameter.allowed.is_empty() {
            body.push(("AllowedValues".into(), parameter.allowed.iter().map(|value| value.as_str().into()).collect()));
        }
        if let Some(pattern) = parameter.anchored() {
            body.push(("AllowedPattern".into(), pattern.into()));
            body.push(("ConstraintDescription".into(), parameter.constraint().into()));
        }
        (parameter.name.as_str().into(), Json::Object(body))
    };
    Json::Object(plan.parameters.iter().map(one).collect())
}

/// What the resource's template makes of it.
fn text<'p>(resource: &'p Resource, functions: &mut Functions<'p>, engine: &Engine) -> Result<String, RenderError> {
    engine.render(&format!("{}.json", resource.kind.family()), &context("r", map(&resource.view(), functions)))
}

/// The resource with the attributes that every resource can have, in the order in which people expect them.
fn body<'p>(resource: &'p Resource, text: &'p str) -> Result<Json<'p>, RenderError> {
    let rendered = serde_json::from_str(text).map_err(|error| RenderError::new(&resource.id, error))?;
    let Json::Object(rendered) = rendered else {
        return Err(RenderError::new(&resource.id, "the template does not render an object"));
    };
    let (mut body, rest): (Fields<'p>, Fields<'p>) = rendered.into_iter().partition(|(key, _)| key == "Type");
    match resource.after.as_slice() {
        [] => {}
        [one] => body.push(("DependsOn".into(), one.as_str().into())),
        many => body.push(("DependsOn".into(), many.iter().map(|id| id.as_str().into()).collect())),
    }
    if matches!(resource.kind.family(), "bucket" | "key" | "log_group") {
        let policy = if resource.retain { "Retain" } else { "Delete" };
        body.push(("DeletionPolicy".into(), policy.into()));
        body.push(("UpdateReplacePolicy".into(), "Retain".into()));
    }
    if !resource.suppressions.is_empty() {
        body.push(("Metadata".into(), suppressions(&resource.suppressions)));
    }
    body.extend(rest);
    Ok(Json::Object(body))
}

fn suppressions(suppressions: &[Suppression]) -> Json<'_> {
    type One = for<'s> fn(&'s Suppression) -> Json<'s>;
    let reason: One = |s| Json::object([("id", s.rule.into()), ("reason", s.reason.as_ref().into())]);
    let comment: One = |s| Json::object([("id", s.rule.into()), ("comment", s.reason.as_ref().into())]);
    let scanners = [
        (Scanner::CdkNag, "cdk_nag", "rules_to_suppress", reason),
        (Scanner::CfnNag, "cfn_nag", "rules_to_suppress", reason),
        (Scanner::Checkov, "checkov", "skip", comment),
        (Scanner::CfnGuard, "guard", "SuppressedRules", |s| s.rule.into()),
    ];
    let mut metadata = Fields::new();
    for (scanner, name, wrapper, one) in scanners {
        let mut rules: Vec<_> = suppressions.iter().filter(|s| s.scanner == scanner).collect();
        rules.sort();
        if !rules.is_empty() {
            metadata.push((name.into(), Json::object([(wrapper, rules.into_iter().map(one).collect())])));
        }
    }
    Json::Object(metadata)
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
            when: When::After,
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

/// Whether what stands behind a brace could be a dynamic reference, or what only the deployment knows.
fn is_suspect(behind: &str) -> bool {
    let name = behind.strip_prefix('!').unwrap_or(behind);
    [DYNAMIC_REFERENCE.trim_start_matches('{'), "param.", "aws.account", "aws.region"].iter().any(|sign| name.starts_with(sign))
}

/// CloudFormation resolves a dynamic reference in any text, so the last look is at the finished one. Profiles that
/// hold one are refused when they are read; this catches what would arise by joining.
fn refuse_dynamic_references(value: &Json<'_>) -> Result<(), RenderError> {
    match value {
        Json::Text(text) if text.contains(DYNAMIC_REFERENCE) => Err(RenderError::new("the template", "a text became a dynamic reference")),
        Json::Text(text) if text.contains("${") && is_open(&text.replace("${!", "${")) => {
            Err(RenderError::new("the template", "what only the deployment knows became a text"))
        }
        Json::List(items) => items.iter().try_for_each(refuse_dynamic_references),
        Json::Object(fields) => fields.iter().try_for_each(|(_, value)| refuse_dynamic_references(value)),
        _ => Ok(()),
    }
}
