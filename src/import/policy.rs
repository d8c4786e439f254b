//! The policy of a bucket: statement by statement, each recognised by what it does, never by what it is called.
//!
//! In: the statements, with everything that the deployment knows put in. Out: the sections of the profile that say the same.
//! What no recogniser knows is kept by its name, or listed. Never: a statement that two recognisers take.

use std::collections::{BTreeMap, BTreeSet};

use serde_json::{Value, json};

use super::draft::{Draft, Fate};
use super::subject::Subject;
use crate::expr::{Expr, REFERENCE};
use crate::policy::{Document, Effect, Element, Principal, Principals, action_matches};
use crate::verify::Environment;

mod denies;
mod encryption;
mod grants;
pub(super) mod iam;
mod mfa;
mod network;
mod points;
mod presigned;
mod repair;
mod transport;
mod versions;
mod when;

pub(super) use points::read as access_points;

/// Who a statement is about.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum Who {
    /// Everyone.
    Everyone,
    /// Those, each with its kind.
    Of(BTreeSet<(&'static str, String)>),
    /// Everyone but some, or nobody who is said.
    Other,
}

/// A statement in which the order of lists and what the deployment knows make no difference.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Stated {
    pub sid: Option<String>,
    /// Where it stands.
    pub place: String,
    pub effect: Effect,
    pub who: Who,
    pub actions: Element<BTreeSet<String>>,
    pub resources: Option<Element<BTreeSet<String>>>,
    /// Values by operator and key.
    pub conditions: BTreeMap<(String, String), BTreeSet<String>>,
    /// Whether a part of it is known only after the deployment.
    pub open: bool,
}

/// The bucket, as statements name it.
#[derive(Clone, Debug)]
pub(super) struct Target {
    /// The ARN of the bucket, or of an access point.
    pub arn: String,
    /// What the ARNs of objects begin with.
    pub objects: String,
    pub account: String,
    pub partition: String,
}

impl Target {
    pub(super) fn of(subject: &Subject<'_>, environment: &Environment) -> Self {
        let arn = format!("arn:{}:s3:::{}", environment.partition, subject.name);
        Self { objects: format!("{arn}/"), arn, account: environment.account.clone(), partition: environment.partition.clone() }
    }
}

impl Stated {
    /// The values of a condition.
    pub(super) fn values(&self, operator: &str, key: &str) -> Option<BTreeSet<String>> {
        self.conditions.get(&(operator.to_owned(), key.to_owned())).cloned()
    }

    /// Whether it names an action as it is.
    pub(super) fn acts(&self, name: &str) -> bool {
        matches!(&self.actions, Element::Is(names) if names.iter().any(|own| own == name))
    }

    /// Whether it is about a service alone.
    pub(super) fn serves(&self, service: &str) -> bool {
        matches!(&self.who, Who::Of(all) if all.len() == 1 && all.contains(&("Service", service.to_owned())))
    }

    /// Whether it covers an action.
    pub(super) fn covers(&self, name: &str) -> bool {
        match &self.actions {
            Element::Is(names) => names.iter().any(|own| action_matches(own, name)),
            Element::Not(names) => !names.iter().any(|own| action_matches(own, name)),
        }
    }

    /// The actions, where they are listed.
    pub(super) const fn listed(&self) -> Option<&BTreeSet<String>> {
        if let Element::Is(names) = &self.actions { Some(names) } else { None }
    }

    /// The resources, where they are listed.
    pub(super) const fn on(&self) -> Option<&BTreeSet<String>> {
        if let Some(Element::Is(arns)) = &self.resources { Some(arns) } else { None }
    }

    /// Whether it denies something to everyone, under conditions.
    pub(super) fn denies_all(&self) -> bool {
        self.effect == Effect::Deny && self.who == Who::Everyone && !self.open
    }

    /// Whether it is about every object of the bucket, and about the bucket itself where that is asked.
    pub(super) fn is_on_all(&self, target: &Target, bucket: bool) -> bool {
        let Some(on) = self.on() else { return false };
        let everything = on.contains("*");
        let objects = everything || on.contains(&format!("{}*", target.objects)) || on.contains(&format!("{}*", target.arn));
        let container = everything || on.contains(&target.arn) || on.contains(&format!("{}*", target.arn));
        objects && (container || !bucket)
    }

    /// Its conditions as a list that a recogniser takes things from.
    pub(super) fn conditions(&self) -> Conditions {
        Conditions(self.conditions.clone())
    }

    /// What it is called, for people.
    pub(super) fn named(&self) -> String {
        self.sid.as_ref().map_or_else(|| "a statement without a Sid".to_owned(), |sid| format!("the statement `{sid}`"))
    }
}

/// Conditions that are left.
pub(super) struct Conditions(BTreeMap<(String, String), BTreeSet<String>>);

impl Conditions {
    /// Takes one out, under any of the operators.
    pub(super) fn take(&mut self, operators: &[&str], key: &str) -> Option<BTreeSet<String>> {
        operators.iter().find_map(|operator| self.0.remove(&((*operator).to_owned(), key.to_owned())))
    }

    /// Takes one out that has a single value.
    pub(super) fn one(&mut self, operators: &[&str], key: &str) -> Option<String> {
        let values = self.take(operators, key)?;
        if values.len() == 1 { values.into_iter().next() } else { None }
    }

    /// Takes a switch out that has that value.
    pub(super) fn is(&mut self, operators: &[&str], key: &str, value: &str) -> bool {
        let found = operators.iter().find(|operator| {
            self.0.get(&((**operator).to_owned(), key.to_owned())).is_some_and(|values| values.len() == 1 && values.contains(value))
        });
        found.is_some_and(|operator| self.0.remove(&((*operator).to_owned(), key.to_owned())).is_some())
    }

    /// Takes every condition out whose key begins so.
    pub(super) fn under(&mut self, operator: &str, prefix: &str) -> Vec<(String, BTreeSet<String>)> {
        let keys: Vec<_> = self.0.keys().filter(|(own, key)| own == operator && key.starts_with(prefix)).cloned().collect();
        let taken = keys.into_iter().filter_map(|key| {
            let values = self.0.remove(&key)?;
            Some((key.1.strip_prefix(prefix).unwrap_or_default().to_owned(), values))
        });
        taken.collect()
    }

    /// Whether nothing is left.
    pub(super) fn is_empty(&self) -> bool {
        self.0.is_empty()
    }

    /// What is left, for people.
    pub(super) fn shown(&self) -> String {
        self.0.keys().map(|(operator, key)| format!("`{operator}` on `{key}`")).collect::<Vec<_>>().join(", ")
    }
}

/// The statements of a document.
pub(super) fn statements(document: &Document, environment: &Environment, place: &str) -> Vec<Stated> {
    document
        .statements
        .iter()
        .enumerate()
        .map(|(at, statement)| {
            let mut open = false;
            let mut text = |expr: &Expr| match environment.text(expr) {
                Some(text) => text.into_owned(),
                None => {
                    open = true;
                    expr.to_string()
                }
            };
            let who = match &statement.principal {
                Some(Element::Is(Principals::Everyone)) => Who::Everyone,
                Some(Element::Is(Principals::Of(all))) => {
                    let named: BTreeSet<(&'static str, String)> =
                        all.iter().map(|one| principal(one, text(one.value()), &environment.partition)).collect();
                    if named.iter().all(|(kind, name)| *kind == "AWS" && name == "*") { Who::Everyone } else { Who::Of(named) }
                }
                _ => Who::Other,
            };
            let set = |names: &[std::borrow::Cow<'static, str>]| names.iter().map(ToString::to_string).collect::<BTreeSet<_>>();
            let actions = match &statement.action {
                Element::Is(names) => Element::Is(set(names)),
                Element::Not(names) => Element::Not(set(names)),
            };
            let resources = statement.resource.as_ref().map(|resource| match resource {
                Element::Is(arns) => Element::Is(arns.iter().map(&mut text).collect()),
                Element::Not(arns) => Element::Not(arns.iter().map(&mut text).collect()),
            });
            let mut conditions: BTreeMap<(String, String), BTreeSet<String>> = BTreeMap::new();
            for condition in &statement.condition {
                let key = (condition.operator.to_string(), condition.key.name().into_owned());
                conditions.entry(key).or_default().extend(condition.values.iter().map(&mut text));
            }
            let sid = statement.sid.as_ref().map(ToString::to_string).filter(|sid| !sid.is_empty());
            Stated { sid, place: format!("{place}/Statement/{at}"), effect: statement.effect, who, actions, resources, conditions, open }
        })
        .collect()
}

/// A principal with its kind; an account as the ARN of its root.
fn principal(principal: &Principal, text: String, partition: &str) -> (&'static str, String) {
    match principal {
        Principal::Aws(_) if text.len() == 12 && text.bytes().all(|b| b.is_ascii_digit()) => {
            ("AWS", format!("arn:{partition}:iam::{text}:root"))
        }
        Principal::Aws(_) => ("AWS", text),
        Principal::Service(_) => ("Service", text),
        Principal::Federated(_) => ("Federated", text),
        Principal::CanonicalUser(_) => ("CanonicalUser", text),
    }
}

/// Somebody in the profile's words, from what `aws:PrincipalArn` is for them; nothing for a pattern that is none of a profile's.
pub(super) fn identity(arn: &str, target: &Target) -> Option<Value> {
    let parts: Vec<&str> = arn.splitn(6, ':').collect();
    let ["arn", partition, "iam", "", account, resource] = parts.as_slice() else { return None };
    let set = resource.strip_prefix("role/aws-reserved/sso.amazonaws.com/*AWSReservedSSO_").and_then(|rest| rest.strip_suffix("_*"));
    if let Some(name) = set.filter(|_| *account == target.account) {
        return Some(json!({ "permission_set": name }));
    }
    // A parameter of the profile stands for a value; any other variable is a pattern.
    let open = |text: &str| text.replace(REFERENCE, "").contains(['*', '?', '$']);
    let own = *account == target.account;
    let anywhere = own && *account == ANYWHERE;
    if open(partition) || open(resource) || !anywhere && open(account) {
        return None;
    }
    match (resource.strip_prefix("role/"), resource.strip_prefix("user/")) {
        (Some(name), _) if own => Some(json!({ "role": name })),
        (_, Some(name)) if own => Some(json!({ "user": name })),
        (None, None) => None,
        _ => Some(json!({ "arn": arn })),
    }
}

/// Every account, as ARNs have it.
const ANYWHERE: &str = "*";

/// The same for whom policies of an organization name: a role or user is meant in every account.
pub(super) fn identity_anywhere(arn: &str) -> Option<Value> {
    identity(arn, &Target { arn: String::new(), objects: String::new(), account: ANYWHERE.to_owned(), partition: String::new() })
}

/// What a recogniser does with the statements that are left: it takes out those that it knows.
type Recogniser = fn(&mut Vec<Stated>, &Target, &mut Draft);

/// One for each protection, in the order in which they are asked. Denies and grants come last: they know most.
const RECOGNISERS: &[Recogniser] = &[
    repair::take,
    transport::take,
    encryption::take,
    presigned::take,
    versions::take,
    mfa::take,
    network::take,
    points::take,
    grants::take,
    denies::take,
];

/// Takes out the statements of which `known` says that it knows them.
pub(super) fn drain(left: &mut Vec<Stated>, mut known: impl FnMut(&Stated) -> bool) {
    left.retain(|statement| !known(statement));
}

/// Reads the policy of the bucket; gives the statements back that the profile names as kept, by their places in the document.
pub(super) fn read(subject: &Subject<'_>, draft: &mut Draft) -> Vec<usize> {
    let place = subject.policy_place();
    // What a bucket has without a policy is none of the denies that a profile has by itself.
    for (at, weak) in [("transport/https_only", json!(false)), ("bucket/protect_versions", json!(false))] {
        draft.say(at, weak, "the policy", &place);
    }
    if subject.section(super::subject::ENCRYPTION).is_none() {
        draft.say("encryption/sse_c", "allow".into(), "the policy", &place);
    }
    let Some(policy) = &subject.bucket.policy else { return Vec::new() };
    let document = match &policy.document {
        Ok(document) => document,
        Err(why) => {
            draft.lost("the policy of the bucket", place, why.clone(), "apply first and import the state, or what the script collects");
            return Vec::new();
        }
    };
    let all = statements(document, subject.environment(), &place);
    let mut left = all.clone();
    let target = Target::of(subject, subject.environment());
    for recogniser in RECOGNISERS {
        recogniser(&mut left, &target, draft);
    }
    let mut kept = Vec::new();
    for statement in left {
        let why = if statement.open { "a part of it is known only after the deployment".to_owned() } else { reason(&statement) };
        let sid = statement.sid.clone().unwrap_or_default();
        let once = all.iter().filter(|other| other.sid == statement.sid).count() == 1;
        let able = !sid.is_empty()
            && sid.bytes().all(|b| b.is_ascii_alphanumeric())
            && once
            && draft.push("bucket/policy/keep", sid.into()).is_ok();
        if able {
            kept.extend(all.iter().position(|other| other.place == statement.place));
            let remedy =
                "it is in `bucket.policy.keep`, for Terraform; CloudFormation keeps nothing: write it into the profile, or let it go";
            draft.item(Fate::Kept, statement.named(), statement.place, why, remedy);
        } else {
            let remedy = "give it a Sid of its own, of letters and digits, and import again: then it is kept; or let it go";
            draft.lost(statement.named(), statement.place, why, remedy);
        }
    }
    kept
}

/// Why a statement is none of a profile's.
fn reason(statement: &Stated) -> String {
    match (&statement.who, &statement.actions, &statement.resources) {
        (Who::Other, ..) => "it is about everyone but some (`NotPrincipal`); profiles name who is meant".to_owned(),
        (_, Element::Not(_), _) => "it is about every action but some (`NotAction`); profiles name what is meant".to_owned(),
        (.., Some(Element::Not(_))) => "it is about everything but some resources (`NotResource`)".to_owned(),
        (Who::Of(all), ..) if all.iter().any(|(kind, _)| matches!(*kind, "Federated" | "CanonicalUser")) => {
            "profiles grant to roles, users, accounts, organizations and services, not to identity providers or canonical users".to_owned()
        }
        (Who::Of(all), ..) if all.iter().any(|(kind, name)| *kind == "AWS" && name != "*" && !name.starts_with("arn:")) => {
            "it names somebody who does not exist any more, by an id".to_owned()
        }
        _ if statement.effect == Effect::Deny => format!("no protection of a profile denies just this{}", when::unknown(statement)),
        _ => format!("no grant of a profile gives just this{}", when::unknown(statement)),
    }
}
