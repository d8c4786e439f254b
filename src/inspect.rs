//! Checks of what a profile becomes: what only the finished policies show.
//!
//! In: a plan. Out: findings at the places that the statements come from. Never: a decision about a request.

use std::collections::BTreeMap;

use crate::diag::{Code, Finding};
use crate::path;
use crate::plan::{Kind, Plan, Resource};
use crate::policy::Document;

/// The part of the limit from which on a policy is called near it, in percent.
const NEAR: usize = 80;

/// Everything that is wrong with the policies of a plan.
pub fn all(plan: &Plan) -> Vec<Finding> {
    plan.resources.iter().flat_map(|resource| sizes(resource).into_iter().chain(twins(resource))).collect()
}

/// Policies that S3 would refuse for their size, or soon.
fn sizes(resource: &Resource) -> Option<Finding> {
    let Kind::BucketPolicy { document, .. } = &resource.kind else { return None };
    let (size, limit) = (document.size(), Document::BUCKET_POLICY_LIMIT);
    let place = resource.origin.path.clone();
    let help = "move grants to access points, which have a policy each";
    if size > limit {
        let message = format!("the policy `{}` can have {size} bytes, S3 takes {limit}", resource.id);
        return Some(Finding::new(Code::PolicyTooLarge, place, message).help(help));
    }
    (size * 100 > limit * NEAR).then(|| {
        let message = format!("the policy `{}` can have {size} of the {limit} bytes that S3 takes", resource.id);
        Finding::new(Code::PolicyNearLimit, place, message).help(help)
    })
}

/// Statements of one policy that have the same Sid: IAM refuses them.
fn twins(resource: &Resource) -> Vec<Finding> {
    let mut findings = Vec::new();
    for document in resource.kind.documents() {
        let mut seen = BTreeMap::new();
        for statement in &document.statements {
            let Some(sid) = statement.sid.as_deref() else { continue };
            let at = statement.origin.as_ref().map_or_else(|| path!["bucket"], |origin| origin.path.clone());
            if let Some(first) = seen.insert(sid, at.clone()) {
                let message = format!("two statements of `{}` would be called `{sid}`", resource.id);
                findings
                    .push(Finding::new(Code::SidClash, at, message).also(first, "the other one").help("give one of the two another name"));
            }
        }
    }
    findings
}
