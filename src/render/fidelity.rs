//! Fidelity: what was shipped is what was planned. Policies are read back from the finished output and compared.
//!
//! In: a plan and a parsed output. Out: nothing, or the policy that differs. It closes the gap between "proved the
//! plan" and "shipped the text", for built-in and for custom templates alike.

use serde_json::Value;

use super::{RenderError, cloudformation::literal_value};
use crate::plan::{Kind, Plan};

/// Compares every policy of a CloudFormation template with the plan's.
pub(super) fn cloudformation(plan: &Plan, template: &Value) -> Result<(), RenderError> {
    let resources = template.get("Resources").and_then(Value::as_object);
    let shipped = resources.map_or(0, serde_json::Map::len);
    if shipped != plan.resources.len() {
        return Err(RenderError::new("the template", format!("it has {shipped} resources, the plan has {}", plan.resources.len())));
    }
    for resource in &plan.resources {
        let property = match resource.kind {
            Kind::BucketPolicy { .. } => "PolicyDocument",
            Kind::Key(_) => "KeyPolicy",
            Kind::Bucket(_) | Kind::Alias(_) => continue,
        };
        let rendered = resources.and_then(|all| all.get(resource.id.as_str())?.pointer(&format!("/Properties/{property}")));
        let planned = resource.kind.document().map(|document| literal_value(&document.literal()));
        if rendered != planned.as_ref() {
            return Err(RenderError::new(&resource.id, "its policy differs from the plan's"));
        }
    }
    Ok(())
}
