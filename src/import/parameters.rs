//! Parameters of templates, as parameters of the profile that the deployment gives.
//!
//! In: what a template asks its deployment for. Out: `parameters` with `at: deploy`, and the text that stands for each in
//! sections that are read. Never: a parameter that the profile does not use; one in the name of the bucket, on which the
//! profile stands.

use serde_json::{Map, Value, json};

use super::draft::{Draft, add};
use super::subject::Scene;
use crate::expr::{LogicalId, Part, REFERENCE};
use crate::foreign::{Parameter, Template};
use crate::profile::ParameterType;

/// The name of a parameter in a profile, where the template would call it the same.
fn name(parameter: &Parameter) -> Option<String> {
    let name = parameter.name.snake_case();
    (LogicalId::derived("", &name) == parameter.name).then_some(name)
}

/// The text for which a parameter stands.
fn reference(name: &str) -> String {
    format!("{REFERENCE}{name}}}")
}

/// The parameters that can be those of a profile, each with the text that stands for it there.
pub(super) fn declared(template: &Template) -> Vec<(&LogicalId, String)> {
    let names: Vec<&Part> = template.buckets.iter().flat_map(|bucket| bucket.name.parts()).collect();
    let open = |parameter: &&Parameter| !names.contains(&&Part::Parameter(parameter.name.clone()));
    template.parameters.iter().filter(open).filter_map(|one| Some((&one.name, reference(&name(one)?)))).collect()
}

/// Declares them.
pub(super) fn read(scene: &Scene<'_>, draft: &mut Draft) {
    for parameter in &scene.template.parameters {
        let Some(name) = name(parameter) else { continue };
        if scene.environment().text(&crate::expr::Expr::parameter(parameter.name.clone())).is_none_or(|text| *text != reference(&name)) {
            continue;
        }
        let mut one = json!({ "type": "string", "at": "deploy" });
        if !parameter.allowed.is_empty() {
            add(&mut one, "allowed", parameter.allowed.clone());
        }
        // A pattern of CloudFormation is for a whole value.
        let pattern = parameter.pattern.as_deref().map(|pattern| {
            let inner = pattern.strip_prefix('^').unwrap_or(pattern);
            let inner = inner.strip_suffix('$').unwrap_or(inner);
            inner.strip_prefix("(?:").and_then(|inner| inner.strip_suffix(')')).unwrap_or(inner)
        });
        let kind = pattern.and_then(ParameterType::of_pattern);
        if let Some(kind) = kind {
            add(&mut one, "type", json!(kind));
        }
        let pattern = pattern.filter(|_| kind.is_none());
        for (key, value) in
            [("pattern", pattern), ("default", parameter.default.as_deref()), ("description", parameter.description.as_deref())]
        {
            if let Some(value) = value {
                add(&mut one, key, value);
            }
        }
        draft.say(&format!("parameters/{name}"), one, "a parameter", &parameter.name.to_string());
    }
}

/// Leaves those out that nothing refers to.
pub(super) fn settle(profile: &mut Map<String, Value>) {
    let Some(Value::Object(mut all)) = profile.shift_remove("parameters") else { return };
    let text = Value::Object(profile.clone()).to_string();
    all.retain(|name, _| text.contains(&reference(name)));
    if !all.is_empty() {
        profile.insert("parameters".to_owned(), all.into());
    }
}
