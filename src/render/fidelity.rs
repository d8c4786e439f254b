//! Fidelity: what was shipped is what was planned. Policies are read back from the finished output and compared.
//!
//! In: a plan and a parsed output. Out: nothing, or the policy that differs. It closes the gap between "proved the
//! plan" and "shipped the text", for built-in and for custom templates alike. What no output could say is refused first.

use super::{RenderError, cloudformation, functions, json::Json};
use crate::expr::{Expr, LogicalId};
use crate::plan::{Kind, Plan};
use crate::policy::{Document, Statement};

/// Refuses policies of which an output would say something else.
pub(super) fn expressible(plan: &Plan) -> Result<(), RenderError> {
    let declared = |id: &LogicalId| plan.parameters.iter().any(|parameter| parameter.name == *id);
    for resource in &plan.resources {
        let used = resource.kind.documents().flat_map(Document::expressions).flat_map(Expr::parameters);
        if let Some(stray) = used.into_iter().find(|id| !declared(id)) {
            return Err(RenderError::new(&resource.id, format!("it refers to the parameter `{stray}`, which there is none of")));
        }
        let mut statements = resource.kind.documents().flat_map(|document| &document.statements);
        statements.try_for_each(conditions).map_err(|message| RenderError::new(&resource.id, message))?;
    }
    Ok(())
}

fn conditions(statement: &Statement) -> Result<(), String> {
    // CloudFormation takes an object with such a key for a function.
    let function = statement.condition.iter().map(|condition| condition.key.name()).find(|key| key == "Ref" || key.starts_with("Fn::"));
    if let Some(key) = function {
        return Err(format!("the condition key `{key}` is a function of CloudFormation"));
    }
    match statement.unprintable() {
        Some((operator, key)) => Err(format!("two conditions compare `{key}` with `{operator}`, of which a policy can hold one")),
        None => Ok(()),
    }
}

/// Compares every policy of a CloudFormation template with the plan's; those that stand there by their numbers have to be it.
pub(super) fn cloudformation(plan: &Plan, template: &Json<'_>, documents: &[&Document]) -> Result<(), RenderError> {
    let Some(Json::Object(resources)) = template.get("Resources") else {
        return Err(RenderError::new("the template", "it has no resources"));
    };
    let shipped = resources.len();
    let planned = cloudformation::resources(plan).count();
    if shipped != planned {
        return Err(RenderError::new("the template", format!("it has {shipped} resources, the plan has {planned}")));
    }
    for resource in cloudformation::resources(plan) {
        let places: &[&str] = match resource.kind {
            Kind::BucketPolicy { .. } => &["/Properties/PolicyDocument"],
            Kind::Key(_) => &["/Properties/KeyPolicy"],
            Kind::Role(_) => &["/Properties/AssumeRolePolicyDocument", "/Properties/Policies/0/PolicyDocument"],
            Kind::ManagedPolicy(_) | Kind::TopicPolicy { .. } => &["/Properties/PolicyDocument"],
            Kind::AccessPoint(_) => &["/Properties/Policy"],
            Kind::Bucket(_)
            | Kind::Alias(_)
            | Kind::ConfigRule(_)
            | Kind::Automation(_)
            | Kind::Remediation(_)
            | Kind::Recorder(_)
            | Kind::DeliveryChannel(_)
            | Kind::Analyzer(_)
            | Kind::Detector(_)
            | Kind::MalwareScan(_)
            | Kind::AccountBlock(_)
            | Kind::Trail(_)
            | Kind::LogGroup(_)
            | Kind::Topic(_)
            | Kind::Subscription(_)
            | Kind::EventRule(_)
            | Kind::LambdaPermission(_)
            | Kind::MetricFilter(_)
            | Kind::MacieSession(_)
            | Kind::CustomIdentifier(_)
            | Kind::AllowList(_)
            | Kind::ClassificationJob(_)
            | Kind::ResultsExport(_)
            | Kind::Alarm(_) => &[],
        };
        let rendered = resources.iter().find_map(|(id, body)| (id == resource.id.as_str()).then_some(body));
        for (place, planned) in places.iter().zip(resource.kind.documents()) {
            let is_planned = |shipped: &Json<'_>| match functions::document(shipped, documents) {
                Some(document) => std::ptr::eq(document, planned),
                None => *shipped == functions::value(planned.literal()),
            };
            if !rendered.and_then(|body| body.pointer(place)).is_some_and(is_planned) {
                return Err(RenderError::new(&resource.id, "its policy differs from the plan's"));
            }
        }
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::diag::Path;
    use crate::plan::Resource;
    use crate::policy::{Effect, Origin};
    use serde_json::{Value, json};

    fn planned() -> (Plan, Value) {
        let mut plan = Plan::new("a".parse().unwrap(), None);
        let statements = vec![Statement::new(Effect::Deny, "DenyAll").actions(["s3:*"]).on(["*".into()])];
        let kind = Kind::BucketPolicy {
            bucket: LogicalId::fixed("Bucket"),
            document: Document { statements, ..Document::default() },
            keep: Vec::new(),
        };
        let origin = Origin { path: Path::root(), protection: "test", reason: "a test".into() };
        plan.resources.push(Resource::new(LogicalId::fixed("BucketPolicy"), kind, origin));
        let statement = json!({ "Sid": "DenyAll", "Effect": "Deny", "Principal": "*", "Action": ["s3:*"], "Resource": ["*"] });
        let document = json!({ "Version": "2012-10-17", "Statement": [statement] });
        (plan, json!({ "Resources": { "BucketPolicy": { "Properties": { "Bucket": "b", "PolicyDocument": document } } } }))
    }

    fn compare(plan: &Plan, template: &Value) -> Result<(), RenderError> {
        cloudformation(plan, &serde_json::from_str(&template.to_string()).unwrap(), &[])
    }

    #[test]
    fn the_planned_policy_is_taken_and_any_other_is_not() {
        let (plan, template) = planned();
        assert_eq!(compare(&plan, &template), Ok(()));
        let statement = "/Resources/BucketPolicy/Properties/PolicyDocument/Statement/0";
        for (key, value) in [
            ("Effect", json!("Allow")),
            ("Action", json!(["s3:Get*"])),
            ("Action", json!("s3:*")),
            ("Resource", json!([])),
            ("Condition", json!({ "Bool": { "aws:SecureTransport": "false" } })),
            ("Sid", json!({ "Ref": "DenyAll" })),
        ] {
            let mut tampered = template.clone();
            tampered.pointer_mut(statement).unwrap()[key] = value;
            assert!(compare(&plan, &tampered).is_err(), "{key}");
        }
        for statements in [json!([]), json!([template.pointer(statement), template.pointer(statement)])] {
            let mut tampered = template.clone();
            tampered["Resources"]["BucketPolicy"]["Properties"]["PolicyDocument"]["Statement"] = statements;
            assert!(compare(&plan, &tampered).is_err());
        }
    }

    #[test]
    fn a_number_has_to_be_that_of_the_planned_policy() {
        let (plan, mut template) = planned();
        let own: Vec<&Document> = plan.resources.iter().flat_map(|resource| resource.kind.documents()).collect();
        let other = Document::default();
        template["Resources"]["BucketPolicy"]["Properties"]["PolicyDocument"] = json!({ "\0": 0 });
        let text = template.to_string();
        let template: Json<'_> = serde_json::from_str(&text).unwrap();
        assert_eq!(cloudformation(&plan, &template, &own), Ok(()));
        assert!(cloudformation(&plan, &template, &[&other]).is_err());
        assert!(cloudformation(&plan, &template, &[]).is_err());
    }

    #[test]
    fn a_resource_that_is_missing_or_that_nobody_planned_is_not_taken() {
        let (plan, template) = planned();
        for resources in [json!({}), json!({ "Other": template["Resources"]["BucketPolicy"] })] {
            assert!(compare(&plan, &json!({ "Resources": resources })).is_err());
        }
        let mut more = template;
        more["Resources"]["Evil"] = json!({ "Type": "AWS::S3::BucketPolicy" });
        assert!(compare(&plan, &more).is_err());
    }
}
