//! Access points: what the bucket delegates to them, that they are required, and each with its policy.
//!
//! In: the statements of the bucket that name access points, and the points of the input. Out: `access_points` of the profile.

use serde_json::{Map, Value, json};

use super::grants::{Grants, granted};
use super::{Stated, Target, Who, drain, identity, statements};
use crate::foreign::{Point, live};
use crate::import::draft::{Draft, add};
use crate::import::lens::Lens;
use crate::import::settings::switches;
use crate::import::subject::Subject;
use crate::plan::AccessPoint;
use crate::policy::{Effect, Element};
use crate::protect::verbs::DATA;

const POINT: &str = "s3:DataAccessPointArn";

pub(super) fn take(left: &mut Vec<Stated>, target: &Target, draft: &mut Draft) {
    let declared: Vec<String> = draft
        .get("access_points/points")
        .and_then(Value::as_array)
        .into_iter()
        .flatten()
        .filter_map(|point| point.get("name")?.as_str().map(str::to_owned))
        .collect();
    let through_declared = |values: &std::collections::BTreeSet<String>| {
        values.iter().all(|arn| arn.rsplit('/').next().is_some_and(|name| declared.iter().any(|own| own == name)))
    };
    drain(left, |statement| {
        let mut conditions = statement.conditions();
        match statement.effect {
            Effect::Allow => {
                let points = conditions.take(&["ArnEquals", "ArnLike", "StringEquals"], POINT);
                statement.who == Who::Everyone && conditions.is_empty() && points.as_ref().is_some_and(through_declared)
            }
            Effect::Deny => {
                let points = conditions.take(&["ArnNotEquals", "ArnNotLike", "StringNotEquals"], POINT);
                let data = DATA.iter().all(|name| statement.covers(name));
                conditions.is(&["BoolIfExists"], "aws:PrincipalIsAWSService", "false");
                let except = conditions.take(&["ArnNotLike"], "aws:PrincipalArn").unwrap_or_default();
                let known = statement.denies_all() && data && conditions.is_empty() && points.as_ref().is_some_and(through_declared);
                let known = known && draft.set("access_points/require", true.into()).is_ok();
                // Who is past the points is past the networks too; a profile has one list for both.
                let beyond = |arn: &String| identity(arn, target).filter(|who| !has(draft, who));
                let unknown: Vec<Value> = if known { except.iter().filter_map(beyond).collect() } else { Vec::new() };
                for who in unknown {
                    let _ = draft.push("network/except/principals", who);
                }
                known
            }
        }
    });
}

fn has(draft: &Draft, who: &Value) -> bool {
    ["network/except/principals", "network/break_glass"]
        .iter()
        .any(|at| draft.get(at).and_then(Value::as_array).is_some_and(|all| all.contains(who)))
}

/// Reads the access points of the bucket, before its policy.
pub(in crate::import) fn read(subject: &Subject<'_>, draft: &mut Draft) {
    for point in &subject.bucket.points {
        let Some(resource) = subject.resource(&point.resource) else { continue };
        let lens = subject.on(resource);
        let lens = if resource.kind == live::POINT { lens.get("get-access-point").unwrap_or(lens) } else { lens };
        let value = one(subject, point, &lens, draft);
        let name = value.get("name").and_then(Value::as_str).unwrap_or_default().to_owned();
        match draft.push("access_points/points", value) {
            Ok(()) => {
                let account = subject.scene.deployment.account.as_ref().map(|account| format!("{account}:")).unwrap_or_default();
                draft.adopts.insert(AccessPoint::id(&name).to_string(), format!("{account}{name}"));
            }
            Err(why) => draft.lost(
                format!("the access point `{}`", point.resource),
                &lens.place,
                why,
                "keep it by hand: it stays as long as nobody deletes it",
            ),
        }
    }
}

fn one(subject: &Subject<'_>, point: &Point, lens: &Lens<'_>, draft: &mut Draft) -> Value {
    let name = lens.text("Name").unwrap_or_default();
    let mut value = json!({ "name": name, "origin": if point.vpc.is_some() { "vpc" } else { "internet" } });
    let vpc = point.vpc.as_ref().and_then(|vpc| subject.environment().text(vpc));
    if let Some(vpc) = vpc {
        add(&mut value, "vpc", vpc);
    }
    let block = lens.get("PublicAccessBlockConfiguration").map_or_else(|| "all".into(), |block| switches(Some(&block)));
    if block != "all" {
        add(&mut value, "block_public_access", block);
    }
    let Some(policy) = &point.policy else { return value };
    let place = policy.resource.clone();
    let document = match &policy.document {
        Ok(document) => document,
        Err(why) => {
            draft.lost(format!("the policy of the access point `{name}`"), place, why.clone(), "apply first and import the state");
            return value;
        }
    };
    let arn = subject.environment().text(&point.arn).map(|arn| arn.into_owned()).unwrap_or_default();
    let bucket = Target::of(subject, subject.environment());
    let target = Target { objects: format!("{arn}/object/"), arn, ..bucket };
    let mut grants = Grants::default();
    for statement in statements(document, subject.environment(), &place) {
        let mut conditions = statement.conditions();
        let cidrs = conditions.take(&["NotIpAddress"], "aws:SourceIp").filter(|_| conditions.is_empty());
        let outside = statement.denies_all() && matches!(statement.actions, Element::Not(_)) && value.get("cidrs").is_none();
        match (cidrs.filter(|_| outside), granted(&statement, &target)) {
            (Some(cidrs), _) => add(&mut value, "cidrs", cidrs.into_iter().collect::<Vec<_>>()),
            (None, Ok(found)) if statement.effect == Effect::Allow => grants.extend(&statement, found),
            _ => {
                let what = format!("{} of the access point `{name}`", statement.named());
                draft.lost(
                    what,
                    statement.place,
                    "profiles give grants and addresses to points, and nothing else",
                    "write it as a grant of the point, or let it go",
                );
            }
        }
    }
    let all = grants.finish(&mut Vec::new());
    if !all.is_empty() {
        add(&mut value, "grants", all.into_iter().map(|grant| Value::Object(without_via(grant))).collect::<Vec<_>>());
    }
    value
}

fn without_via(mut grant: Map<String, Value>) -> Map<String, Value> {
    grant.remove("via");
    grant
}
