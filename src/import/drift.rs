//! Drift: what a bucket is, against what its profile says.
//!
//! In: a file about what is there, and a profile with its plan. Out: a [`Drift`]: access and settings from the profile to what
//! is there, and what is there that no profile could say. Never: what the profile keeps for others taken for drift.

use super::draft::{Fate, Item};
use super::subject::{Subject, version};
use super::{Asked, Input, deployment, drafted};
use crate::compare::{self, Difference, Version};
use crate::expr::{Attribute, Expr};
use crate::foreign::{Bucket, Format};
use crate::plan::{self, KEY, Plan};
use crate::policy::{Document, Element};
use crate::profile::Profile;
use crate::trials;

/// Settings that whoever looks at the bucket can see.
const SEEN: &[&str] = &[
    "BlockPublicAcls",
    "IgnorePublicAcls",
    "BlockPublicPolicy",
    "RestrictPublicBuckets",
    "object ownership",
    "encryption",
    "encryption key",
    "bucket key",
    "keys of the caller (SSE-C)",
    "versioning",
    "object lock",
    "access logs",
    "replication",
    "lifecycle",
    "CORS",
    "events",
    "MFA delete",
    "ACL grants",
];

/// What is different.
#[derive(Debug)]
pub struct Drift {
    /// Access and settings, from the profile to what is there.
    pub difference: Difference,
    /// What is there and no profile could say.
    pub items: Vec<Item>,
    /// What could not be told.
    pub notes: Vec<String>,
}

impl Drift {
    /// Whether the bucket is what the profile says.
    pub fn is_none(&self) -> bool {
        self.items.is_empty() && self.difference.settings.is_empty() && self.difference.verdict() == compare::Verdict::Neutral
    }
}

/// Compares a bucket of a file with its profile.
pub fn drift(input: &Input<'_>, asked: &Asked, profile: &Profile, plan: &Plan) -> Result<Drift, String> {
    let name = profile.bucket.full_name().to_string();
    let asked = Asked { bucket: asked.bucket.clone().or(Some(name)), ..asked.clone() };
    let deployment = deployment(input.template, &asked);
    let found = input.template.bucket(asked.bucket.as_deref()).map_err(|why| format!("`{}`: {why}", input.file))?;
    let all: Vec<Subject<'_>> =
        input.template.buckets.iter().filter_map(|bucket| Subject::new(input.file, input.template, bucket, &deployment, true)).collect();
    let subject =
        all.iter().find(|subject| subject.bucket.id == found.id).ok_or("the name of the bucket is known only after the deployment")?;
    let others: Vec<&Subject<'_>> = all.iter().filter(|other| other.name != subject.name).collect();
    let (draft, _) = drafted(subject, &others, &mut Vec::new())?;
    let items: Vec<Item> = draft.items.iter().filter(|item| item.fate == Fate::Lost).cloned().collect();
    let kept: Vec<&str> = profile.bucket.policy.iter().flat_map(|policy| &policy.keep).map(|pattern| pattern.as_str()).collect();
    let mut bucket = found.clone();
    if let Some(document) = bucket.policy.as_mut().and_then(|policy| policy.document.as_mut().ok()) {
        document.statements.retain(|statement| !statement.sid.as_deref().is_some_and(|sid| kept.iter().any(|pattern| fits(pattern, sid))));
    }
    let mut notes = Vec::new();
    let versions = Version::of_profile(profile, plan);
    let own = versions.into_iter().next().ok_or("the profile makes no bucket")?;
    let bench = trials::bench(profile, plan);
    // Which key the profile's own became, nobody can tell from the profile: the bucket's is taken for it.
    let made = bench.text(&Expr::reference(KEY, Attribute::Arn)).filter(|_| plan.resource(&KEY).is_some());
    let key = found.settings.iter().find(|(name, _)| *name == "encryption key").map(|(_, key)| key.clone());
    if let (Some(made), Some(key), Format::Live | Format::Terraform) = (&made, &key, input.template.format) {
        replace(&mut bucket, key, made);
        notes.push(format!("`{key}` is taken for the key that the profile makes"));
    }
    let live = super::draft::planned(draft.value()).ok_or("internal error: what is there makes no plan")?;
    let mut there = seen(settings(&live.0, &live.1));
    if made.is_some() {
        there.iter_mut().filter(|(name, _)| *name == "encryption key").for_each(|(_, value)| "a key of its own".clone_into(value));
    }
    let said = seen(own.settings().to_vec());
    let old = own.with_settings(said);
    let new = version(subject, &bucket).with_settings(there);
    Ok(Drift { difference: compare::between(&old, &new), items, notes })
}

/// The settings of the bucket of a profile.
pub(super) fn settings(profile: &Profile, plan: &Plan) -> Vec<(&'static str, String)> {
    let bench = trials::bench(profile, plan);
    let text = |expr: &Expr| bench.text(expr).unwrap_or_else(|| expr.to_string());
    let main = plan.buckets().find(|(resource, _)| resource.id == plan::BUCKET);
    main.map(|(resource, bucket)| compare::settings_of(plan, &resource.id, bucket, &text)).unwrap_or_default()
}

/// Those that whoever looks at the bucket can see.
pub(super) fn seen(all: Vec<(&'static str, String)>) -> Vec<(&'static str, String)> {
    all.into_iter().filter(|(name, _)| SEEN.contains(name)).collect()
}

/// Whether a Sid is one of a pattern's, in which `*` stands for any letters and digits.
fn fits(pattern: &str, sid: &str) -> bool {
    let mut parts = pattern.split('*');
    let first = parts.next().unwrap_or_default();
    let Some(mut rest) = sid.strip_prefix(first) else { return false };
    let parts: Vec<&str> = parts.collect();
    let Some((last, between)) = parts.split_last() else { return rest.is_empty() };
    for part in between {
        match rest.split_once(part) {
            Some((_, behind)) => rest = behind,
            None => return false,
        }
    }
    rest.ends_with(last)
}

/// Puts one text in the place of another in the policy of the bucket.
fn replace(bucket: &mut Bucket, from: &str, to: &str) {
    let put = |expr: &mut Expr| {
        if expr.as_text() == Some(from) {
            *expr = Expr::text(to.to_owned());
        }
    };
    let Some(document) = bucket.policy.as_mut().and_then(|policy| policy.document.as_mut().ok()) else { return };
    let Document { statements, .. } = document;
    for statement in statements {
        if let Some(Element::Is(all) | Element::Not(all)) = &mut statement.resource {
            all.iter_mut().for_each(put);
        }
        statement.condition.iter_mut().flat_map(|condition| &mut condition.values).for_each(put);
    }
}
