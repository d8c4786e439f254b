//! CloudFormation: one template, as YAML or JSON.
//!
//! In: a plan. Out: `cloudformation/template.yaml` or `.json`. Each resource's template renders one JSON object, which
//! is parsed and put in place here, so that no text is ever joined to a document. Functions in long form only.

use std::borrow::Cow;
use std::io::{self, Write};

use super::engine::{CLOUDFORMATION, Engine, Spell, context, map};
use super::json::{Fields, Json};
use super::{File, Notation, RenderError, fidelity, yaml};
use crate::expr::{Attribute, Expr, Literal, Part, Pseudo};
use crate::names::DYNAMIC_REFERENCE;
use crate::plan::{Plan, Resource, Scanner, Suppression};

pub(super) static ENGINE: Engine = Engine::new(CLOUDFORMATION, escape);

/// JSON's quoted form, the quotes included.
fn escape(text: &str, out: &mut dyn Write) -> io::Result<()> {
    serde_json::to_writer(out, text).map_err(io::Error::from)
}

pub(super) fn render(plan: &Plan, notation: Notation) -> Result<Vec<File>, RenderError> {
    let texts = plan.resources.iter().map(text).collect::<Result<Vec<_>, _>>()?;
    let bodies = plan.resources.iter().zip(&texts).map(|(resource, text)| Ok((resource.id.as_str().into(), body(resource, text)?)));
    let template = template(plan, bodies.collect::<Result<_, RenderError>>()?);
    refuse_dynamic_references(&template)?;
    fidelity::cloudformation(plan, &template)?;
    let (path, text) = match notation {
        Notation::Yaml => ("cloudformation/template.yaml", yaml::print(&template, plan)),
        Notation::Json => ("cloudformation/template.json", json_text(&template, false)?),
        Notation::Minified => ("cloudformation/template.json", json_text(&template, true)?),
    };
    Ok(vec![File { path, text }])
}

fn json_text(template: &Json<'_>, minified: bool) -> Result<String, RenderError> {
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
        body.extend(parameter.pattern.as_deref().map(|pattern| ("AllowedPattern".into(), pattern.into())));
        body.extend(parameter.default.as_deref().map(|default| ("Default".into(), default.into())));
        (parameter.name.as_str().into(), Json::Object(body))
    };
    Json::Object(plan.parameters.iter().map(one).collect())
}

/// What the resource's template makes of it.
fn text(resource: &Resource) -> Result<String, RenderError> {
    ENGINE.render(&format!("{}.json", resource.kind.family()), &context("r", map(&resource.view(), &mut Functions)))
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
    if matches!(resource.kind.family(), "bucket" | "key") {
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
    let reason: One = |s| Json::object([("id", s.rule.into()), ("reason", s.reason.into())]);
    let comment: One = |s| Json::object([("id", s.rule.into()), ("comment", s.reason.into())]);
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

/// JSON with CloudFormation's functions.
struct Functions;

impl Spell for Functions {
    fn expr(&mut self, expr: &Expr) -> String {
        print(&expr_value(expr))
    }

    fn literal(&mut self, literal: &Literal) -> String {
        print(&literal_value(literal))
    }
}

fn print(json: &Json<'_>) -> String {
    // Writing keys and values that are all text to a string cannot fail.
    serde_json::to_string(json).unwrap_or_default()
}

/// A tree as CloudFormation has it.
pub(super) fn literal_value(literal: &Literal) -> Json<'_> {
    match literal {
        Literal::Bool(switch) => (*switch).into(),
        Literal::Int(number) => (*number).into(),
        Literal::Text(expr) => expr_value(expr),
        Literal::List(items) => items.iter().map(literal_value).collect(),
        Literal::Object { fields, .. } => {
            Json::Object(fields.iter().map(|(key, value)| (key.as_ref().into(), literal_value(value))).collect())
        }
    }
}

/// Plain text stays plain; one reference is `Ref` or `Fn::GetAtt`; a mixture is `Fn::Sub`, in which text is escaped.
fn expr_value(expr: &Expr) -> Json<'_> {
    match expr.parts() {
        [] => "".into(),
        [Part::Text(text)] => text.as_ref().into(),
        [Part::Reference(id, Attribute::Arn)] => Json::object([("Fn::GetAtt", Json::List(vec![id.as_str().into(), "Arn".into()]))]),
        [part] => Json::object([("Ref", Json::Text(variable(part)))]),
        parts => {
            let mut sub = String::with_capacity(96);
            for part in parts {
                match part {
                    Part::Text(text) if text.contains('$') => sub.push_str(&text.replace("${", "${!")),
                    Part::Text(text) => sub.push_str(text),
                    part => {
                        sub.push_str("${");
                        sub.push_str(&variable(part));
                        sub.push('}');
                    }
                }
            }
            Json::object([("Fn::Sub", sub.into())])
        }
    }
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
fn refuse_dynamic_references(value: &Json<'_>) -> Result<(), RenderError> {
    match value {
        Json::Text(text) if text.contains('{') && text.contains(DYNAMIC_REFERENCE) => {
            Err(RenderError::new("the template", "a text became a dynamic reference"))
        }
        Json::List(items) => items.iter().try_for_each(refuse_dynamic_references),
        Json::Object(fields) => fields.iter().try_for_each(|(_, value)| refuse_dynamic_references(value)),
        _ => Ok(()),
    }
}
