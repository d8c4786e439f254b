//! What a plan makes: the settings of its buckets and the statements of its policies, each with the reason and the
//! value of the profile that asks for it.
//!
//! In: a plan. Out: lists in its order. Never: a judgement.

use serde::Serialize;

use crate::claim::Guarantee;
use crate::compare;
use crate::expr::Expr;
use crate::plan::{BUCKET, Kind, Plan, Resource};
use crate::policy::{self, Document};

/// A bucket.
#[derive(Clone, Debug, Serialize)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
pub struct Bucket {
    /// Its name within the plan.
    pub id: String,
    /// Its name.
    pub name: String,
    /// Why it is there.
    pub reason: String,
    /// What in the profile asks for it.
    pub origin: String,
    /// Its settings, in AWS's words.
    pub settings: Vec<Setting>,
    /// The statements of its policy.
    pub statements: Vec<Statement>,
}

/// A setting of a bucket.
#[derive(Clone, Debug, Serialize)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
pub struct Setting {
    /// Its name.
    pub name: &'static str,
    /// Its value.
    pub value: String,
    /// What in the profile asks for it, where that is more than the bucket itself.
    pub origin: Option<String>,
}

/// A statement of a policy.
#[derive(Clone, Debug, Serialize)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
pub struct Statement {
    /// Its name.
    pub sid: String,
    /// `Allow` or `Deny`.
    pub effect: &'static str,
    /// Why it is there.
    pub reason: String,
    /// The protection that puts it there.
    pub protection: &'static str,
    /// What in the profile asks for it.
    pub origin: String,
}

/// A policy of something that is no bucket.
#[derive(Clone, Debug, Serialize)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
pub struct Policy {
    /// What carries it.
    pub of: String,
    /// What that is.
    pub kind: &'static str,
    /// Its statements.
    pub statements: Vec<Statement>,
}

/// Something else that is made.
#[derive(Clone, Debug, Serialize)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
pub struct Made {
    /// Its name within the plan.
    pub id: String,
    /// What it is.
    pub kind: &'static str,
    /// Why it is there.
    pub reason: String,
    /// What in the profile asks for it.
    pub origin: String,
}

/// Settings under the names that promises have for them.
const PROMISED: &[(&str, &str)] = &[("ownership", "object ownership"), ("lifecycle rules", "lifecycle")];

/// The buckets of a plan, the policies of everything else, and what else there is.
pub(super) fn all(plan: &Plan, text: &dyn Fn(&Expr) -> String) -> (Vec<Bucket>, Vec<Policy>, Vec<Made>) {
    let buckets = plan.buckets().map(|(resource, bucket)| {
        let document = plan.bucket_policies().find(|(of, _)| **of == resource.id).map(|(_, document)| document);
        let settings = compare::settings_of(plan, &resource.id, bucket, text);
        Bucket {
            id: resource.id.to_string(),
            name: bucket.name.to_string(),
            reason: resource.origin.reason.to_string(),
            origin: resource.origin.path.to_string(),
            settings: settings.into_iter().map(|(name, value)| Setting { name, value, origin: origin(plan, resource, name) }).collect(),
            statements: document.map(statements).unwrap_or_default(),
        }
    });
    let others = || plan.resources.iter().filter(|resource| !matches!(resource.kind, Kind::Bucket(_) | Kind::BucketPolicy { .. }));
    let policies = others().flat_map(|resource| {
        let policy =
            |document: &Document| Policy { of: resource.id.to_string(), kind: resource.kind.family(), statements: statements(document) };
        resource.kind.documents().map(policy).collect::<Vec<_>>()
    });
    let made = others().map(|resource| Made {
        id: resource.id.to_string(),
        kind: resource.kind.family(),
        reason: resource.origin.reason.to_string(),
        origin: resource.origin.path.to_string(),
    });
    let mut buckets: Vec<Bucket> = buckets.collect();
    buckets.sort_by_key(|bucket| bucket.id != BUCKET.as_str());
    (buckets, policies.collect(), made.collect())
}

/// What promises the setting.
fn origin(plan: &Plan, resource: &Resource, setting: &str) -> Option<String> {
    let own = |name: &str| PROMISED.iter().find(|(promised, _)| *promised == name).map_or(name == setting, |(_, own)| *own == setting);
    let claim = plan
        .claims
        .iter()
        .find(|claim| claim.bucket == resource.id && matches!(&claim.guarantee, Guarantee::Setting { name, .. } if own(name)))?;
    Some(claim.origin.path.to_string())
}

fn statements(document: &Document) -> Vec<Statement> {
    let one = |(at, statement): (usize, &policy::Statement)| {
        let origin = statement.origin.as_ref();
        Statement {
            sid: statement.sid.as_deref().map_or_else(|| format!("statement {}", at + 1), str::to_owned),
            effect: statement.effect.name(),
            reason: origin.map(|origin| origin.reason.to_string()).unwrap_or_default(),
            protection: origin.map(|origin| origin.protection).unwrap_or_default(),
            origin: origin.map(|origin| origin.path.to_string()).unwrap_or_default(),
        }
    };
    document.statements.iter().enumerate().map(one).collect()
}
