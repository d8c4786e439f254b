//! Drift: what a bucket is, against what its profile says.
//!
//! In: a file about what is there, and a profile with its plan. Out: a [`Drift`]: access and settings from the profile to what
//! is there, and what is there that no profile could say. Never: what the profile keeps for others taken for drift.

use std::collections::BTreeSet;

use super::draft::{Fate, Item};
use super::subject::{Scene, Subject, version};
use super::{Asked, Input, deployment, drafted};
use crate::compare::{self, Difference, Version};
use crate::expr::{Attribute, Expr, OF_DEPLOYMENT};
use crate::foreign::{Bucket, Format};
use crate::names::{AccountId, BucketName, Region};
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
    let one = of_one(input, asked, profile)?;
    let (profile, plan) = one.as_ref().map_or((profile, plan), |(profile, plan)| (profile, plan));
    let name = profile.bucket.full_name().to_string();
    let own = &profile.bucket;
    let asked = Asked {
        bucket: asked.bucket.clone().or(Some(name)),
        account: asked.account.clone().or_else(|| own.account.clone()),
        region: asked.region.clone().or_else(|| own.region.clone()),
        ..asked.clone()
    };
    let deployment = deployment(input.template, &asked);
    let found = input.template.bucket(asked.bucket.as_deref()).map_err(|why| format!("`{}`: {why}", input.file))?;
    let scene = || Scene::new(input.file, input.template, &deployment, true);
    let all: Vec<Subject<'_>> = input.template.buckets.iter().filter_map(|bucket| Subject::new(scene(), bucket)).collect();
    let subject =
        all.iter().find(|subject| subject.bucket.id == found.id).ok_or("the name of the bucket is known only after the deployment")?;
    let others: Vec<&Subject<'_>> = all.iter().filter(|other| other.name != subject.name).collect();
    let (draft, _) = drafted(subject, &others, &BTreeSet::new(), &mut Vec::new())?;
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

/// The profile of one bucket, where it is that of a bucket in many accounts: with the account and region that are said, or that
/// the name of the bucket holds.
fn of_one(input: &Input<'_>, asked: &Asked, profile: &Profile) -> Result<Option<(Profile, Plan)>, String> {
    let open = profile.bucket.full_name();
    if !open.is_open() {
        return Ok(None);
    }
    let mut one = profile.clone();
    let told = deployment(input.template, asked);
    one.bucket.account = one.bucket.account.or_else(|| told.account.and_then(|account| account.parse().ok()));
    one.bucket.region = one.bucket.region.or_else(|| told.region.and_then(|region| region.parse().ok()));
    if one.bucket.full_name().is_open() {
        let Some(wanted) = &asked.bucket else {
            return Err(format!(
                "the name of the bucket, `{open}`, is known only to the deployment: say which bucket it is with `--bucket`"
            ));
        };
        let (account, region) =
            held(&one.bucket.full_name(), wanted).ok_or_else(|| format!("`{wanted}` is no name that `{open}` can become"))?;
        one.bucket.account = one.bucket.account.or(account);
        one.bucket.region = one.bucket.region.or(region);
    }
    let plan = crate::lower::lower(&one).map_err(|invalid| invalid.message)?;
    Ok(Some((one, plan)))
}

/// The account and region that a name holds in the places where another has them open.
fn held(open: &BucketName, name: &str) -> Option<(Option<AccountId>, Option<Region>)> {
    let mut pattern = regex::escape(open.as_str());
    for ((word, _), group) in OF_DEPLOYMENT.iter().zip(["(?<account>[0-9]{12})", "(?<region>[a-z]+(?:-[a-z]+)+-[0-9]+)"]) {
        // What stands there twice is the same in both places.
        pattern = pattern.replacen(&regex::escape(word), group, 1);
        pattern = pattern.replace(&regex::escape(word), ".*");
    }
    let found = regex::Regex::new(&format!("^{pattern}$")).ok()?.captures(name)?;
    let of = |group: &str| found.name(group).map(|text| text.as_str());
    let (account, region) = (of("account").and_then(|text| text.parse().ok()), of("region").and_then(|text| text.parse().ok()));
    (open.settled(account.as_ref(), region.as_ref()).as_str() == name).then_some((account, region))
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
