//! Checks of what a profile becomes: what only the finished policies show.
//!
//! In: a plan. Out: findings at the places that the statements come from. Never: a decision about a request.

use std::collections::BTreeMap;

use crate::diag::{Code, Finding, Path, Place};
use crate::path;
use crate::plan::{BUCKET, DetachedPolicy, Kind, Plan, Resource};
use crate::policy::Document;

/// The part of the limit from which on a policy is called near it, in percent.
const NEAR: usize = 80;

/// Everything that is wrong with the policies of a plan.
pub fn all(plan: &Plan) -> Vec<Finding> {
    let each = plan.resources.iter().flat_map(|resource| sizes(resource).into_iter().chain(twins(resource)));
    each.chain(namesakes(plan)).chain(taken(plan)).chain(adopted(plan)).chain(plan.detached.iter().filter_map(detached)).collect()
}

/// Policies of the organization and of endpoints, in characters as those who take them count.
fn detached(policy: &DetachedPolicy) -> Option<Finding> {
    let (size, (who, limit)) = (policy.content.size(), policy.content.limit());
    let (place, name) = (policy.origin.path.clone(), policy.content.path());
    let help = "list fewer networks, regions or exceptions, or name wider blocks of addresses and VPC endpoints by their organization";
    if size > limit {
        let message = format!("`{name}` has {size} characters, {who} takes {limit}");
        return Some(Finding::new(Code::PolicyTooLarge, place, message).help(help));
    }
    (size * 100 > limit * NEAR).then(|| {
        let message = format!("`{name}` has {size} of the {limit} characters that {who} takes");
        Finding::new(Code::PolicyNearLimit, place, message).help(help)
    })
}

/// What a profile says exists already and does not make, and ids that no import takes: an import of either would fail.
fn adopted(plan: &Plan) -> impl Iterator<Item = Finding> {
    // The profile of an account makes no bucket of its own.
    let section = if plan.resource(&BUCKET).is_some() { path!["bucket", "imported", "adopts"] } else { path!["imported", "adopts"] };
    plan.adopts.iter().filter_map(move |(id, known)| {
        let identity = plan.resource(id).map(|resource| resource.kind.identity());
        let (message, help) = match identity {
            None => (
                format!("`{id}` is nothing that this profile makes"),
                "use names of the template, such as `LogBucket`, or remove it".to_owned(),
            ),
            Some(None) => (format!("`{id}` takes the place of what is there, and is not imported"), "remove it".to_owned()),
            Some(Some(identity)) if !identity.form.fits(known) => {
                (format!("`{known}` does not tell which one `{id}` is"), format!("write its {}", identity.form.words()))
            }
            Some(Some(_)) => return None,
        };
        Some(Finding::new(Code::SettingIgnored, section.clone().then(id.to_string()), message).help(help))
    })
}

/// Policies that S3 or IAM would refuse for their size, or soon.
fn sizes(resource: &Resource) -> Option<Finding> {
    // S3's limit is the same for both ("Access points restrictions and limitations", Amazon S3 User Guide).
    let (document, who, limit, help) = match &resource.kind {
        Kind::BucketPolicy { document, .. } => {
            (document, "S3", Document::BUCKET_POLICY_LIMIT, "move grants to access points, which have a policy each")
        }
        Kind::AccessPoint(point) => {
            (point.policy.as_ref()?, "S3", Document::BUCKET_POLICY_LIMIT, "share the grants out among more access points")
        }
        Kind::Key(key) => (
            &key.policy,
            "KMS",
            Document::KEY_POLICY_LIMIT,
            "name accounts instead of their roles, or grant with `via: iam`, for which the policy of the key names nobody",
        ),
        Kind::ManagedPolicy(policy) => return managed(resource, &policy.document),
        _ => return None,
    };
    if document.size_at_most() * 100 <= limit * NEAR {
        return None;
    }
    let size = document.size();
    let place = resource.origin.path.clone();
    if size > limit {
        let message = format!("the policy `{}` can have {size} bytes, {who} takes {limit}", resource.id);
        return Some(Finding::new(Code::PolicyTooLarge, place, message).help(help));
    }
    (size * 100 > limit * NEAR).then(|| {
        let message = format!("the policy `{}` can have {size} of the {limit} bytes that {who} takes", resource.id);
        Finding::new(Code::PolicyNearLimit, place, message).help(help)
    })
}

/// Managed policies are split between their statements, so that one over the limit has one that is too large by itself.
fn managed(resource: &Resource, document: &Document) -> Option<Finding> {
    let limit = Document::MANAGED_POLICY_LIMIT;
    if document.size_at_most() <= limit {
        return None;
    }
    let size = document.size();
    (size > limit).then(|| {
        let sid = document.statements.first().and_then(|statement| statement.sid.as_deref()).unwrap_or_default();
        let message = format!("the statement `{sid}` makes a policy of {size} characters, IAM takes {limit}");
        Finding::new(Code::PolicyTooLarge, resource.origin.path.clone(), message)
            .help("spread the prefixes or actions over several grants, which have a policy each")
    })
}

/// Parameters that are called like a resource: in a template of CloudFormation both share one set of names.
fn taken(plan: &Plan) -> impl Iterator<Item = Finding> {
    let resource = |parameter: &crate::plan::Parameter| plan.resource(&parameter.name);
    let taken = plan.parameters.iter().filter_map(move |parameter| Some((parameter, resource(parameter)?)));
    taken.map(|(parameter, resource)| {
        let place = Place::Key(path!["parameters", parameter.said.clone()]);
        let message = format!("`{}` is `{}` in a template, which is a resource there", parameter.said, parameter.name);
        let finding = Finding::new(Code::ParameterNameTaken, place, message);
        finding.also(resource.origin.path.clone(), "the resource comes from here").help("give the parameter another name")
    })
}

/// Grants whose managed policies would be the same resource, or bear the same name.
fn namesakes(plan: &Plan) -> Vec<Finding> {
    let mut seen = BTreeMap::new();
    let clash = |(resource, _): (&Resource, _)| {
        let first: Path = seen.insert(resource.id.clone(), resource.origin.path.clone())?;
        let message = format!("the policies of two grants would be called `{}`", resource.id);
        let finding = Finding::new(Code::SidClash, resource.origin.path.then("name"), message);
        Some(finding.also(first.then("name"), "the other one").help("give one of the two another name"))
    };
    plan.managed_policies().filter_map(clash).collect()
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

#[cfg(test)]
mod tests {
    use crate::pipeline::{account_plan, plan};
    use crate::source::Source;

    #[test]
    fn no_policy_is_larger_than_it_could_be() {
        let mut seen = 0;
        for dir in ["examples", "tests/profiles"] {
            for entry in std::fs::read_dir(format!("{}/{dir}", env!("CARGO_MANIFEST_DIR"))).unwrap() {
                let Ok(source) = Source::read(&entry.unwrap().path()) else { continue };
                let plan = plan(&source).map(|(_, plan)| plan).or_else(|| account_plan(&source).map(|(_, plan)| plan));
                for document in plan.iter().flat_map(|plan| &plan.resources).flat_map(|resource| resource.kind.documents()) {
                    assert!(document.size() <= document.size_at_most(), "{document:?}");
                    seen += 1;
                }
            }
        }
        assert!(seen > 60, "{seen}");
    }
}
