//! Fidelity: what was shipped is what was planned. Policies are read back from the finished output and compared.
//!
//! In: a plan and a parsed output. Out: nothing, or the policy that differs. It closes the gap between "proved the
//! plan" and "shipped the text", for built-in and for custom templates alike.

use super::{RenderError, cloudformation::literal_value, json::Json};
use crate::plan::{Kind, Plan};

/// Compares every policy of a CloudFormation template with the plan's.
pub(super) fn cloudformation(plan: &Plan, template: &Json<'_>) -> Result<(), RenderError> {
    let Some(Json::Object(resources)) = template.get("Resources") else {
        return Err(RenderError::new("the template", "it has no resources"));
    };
    let shipped = resources.len();
    if shipped != plan.resources.len() {
        return Err(RenderError::new("the template", format!("it has {shipped} resources, the plan has {}", plan.resources.len())));
    }
    for resource in &plan.resources {
        let places: &[&str] = match resource.kind {
            Kind::BucketPolicy { .. } => &["/Properties/PolicyDocument"],
            Kind::Key(_) => &["/Properties/KeyPolicy"],
            Kind::Role(_) => &["/Properties/AssumeRolePolicyDocument", "/Properties/Policies/0/PolicyDocument"],
            Kind::Bucket(_) | Kind::Alias(_) => &[],
        };
        let rendered = resources.iter().find_map(|(id, body)| (id == resource.id.as_str()).then_some(body));
        for (place, planned) in places.iter().zip(resource.kind.documents()) {
            if rendered.and_then(|body| body.pointer(place)) != Some(&literal_value(&planned.literal())) {
                return Err(RenderError::new(&resource.id, "its policy differs from the plan's"));
            }
        }
    }
    Ok(())
}
