//! Denies: statements that take something from callers who are told by a condition, or from everyone.

use std::collections::BTreeSet;

use serde_json::{Map, Value, json};

use super::grants::{join, name_of, with_name};
use super::{Stated, Target, Who, drain, identity, when};
use crate::import::draft::Draft;
use crate::policy::{Actions, Effect};
use crate::protect::verbs::Aspect;

pub(super) fn take(left: &mut Vec<Stated>, target: &Target, draft: &mut Draft) {
    let mut found: Vec<(String, Map<String, Value>)> = Vec::new();
    drain(left, |statement| {
        if statement.effect != Effect::Deny || statement.open {
            return false;
        }
        let Some(deny) = denied(statement, target) else { return false };
        let mut tried = deny.clone();
        tried.insert("name".to_owned(), "tried".into());
        if draft.clone().push("denies", Value::Object(tried)).is_err() {
            return false;
        }
        let sid = statement.sid.as_deref().map(|sid| sid.strip_prefix("Deny").filter(|rest| !rest.is_empty()).unwrap_or(sid));
        let name = name_of(sid);
        if !found.iter_mut().any(|(known, other)| *known == name && !name.is_empty() && join(other, &deny)) {
            found.push((name, deny));
        }
        true
    });
    let mut names = Vec::new();
    for (word, deny) in found {
        let deny = with_name(&word, "deny", deny, &mut names);
        if let Err(why) = draft.push("denies", Value::Object(deny.clone())) {
            draft.lost(format!("the deny {}", deny.get("name").unwrap_or(&Value::Null)), "denies", why, "write it by hand");
        }
    }
}

/// What a statement takes from whom.
fn denied(statement: &Stated, target: &Target) -> Option<Map<String, Value>> {
    let mut conditions = statement.conditions();
    let mut when = Map::new();
    let told = |values: BTreeSet<String>, word: &str| values.into_iter().map(|value| json!({ word: value })).collect::<Vec<_>>();
    let to: Vec<Value> = match &statement.who {
        Who::Everyone => {
            let organization = conditions.take(&["StringEquals"], "aws:PrincipalOrgID");
            let others = if let Some(arns) = conditions.take(&["ArnLike", "ArnEquals", "StringLike", "StringEquals"], "aws:PrincipalArn") {
                Some(arns.iter().map(|arn| identity(arn, target)).collect::<Option<Vec<_>>>()?)
            } else if let Some(accounts) = conditions.take(&["StringEquals"], "aws:PrincipalAccount") {
                Some(told(accounts, "account"))
            } else {
                conditions.take(&["StringEquals"], "aws:PrincipalServiceName").map(|names| told(names, "service"))
            };
            match (others, organization) {
                (Some(others), organization) => {
                    let mut ids = organization.into_iter().flatten();
                    when.extend(ids.next().map(|id| ("organization".to_owned(), id.into())));
                    if ids.next().is_some() {
                        return None;
                    }
                    others
                }
                (None, Some(organizations)) => told(organizations, "organization"),
                (None, None) => vec![json!("everyone")],
            }
        }
        // Whoever is named is told by the ARN as well; sessions of a role carry that of the role.
        Who::Of(all) => {
            all.iter().filter(|(kind, _)| *kind == "AWS").map(|(_, name)| identity(name, target)).collect::<Option<Vec<_>>>()?
        }
        Who::Other => return None,
    };
    if let Who::Of(all) = &statement.who
        && to.len() != all.len()
    {
        return None;
    }
    if let Some(account) = conditions.one(&["StringEquals"], "aws:SourceAccount") {
        when.insert("source_account".to_owned(), account.into());
    }
    let listed = conditions.take(&["StringLike"], "s3:prefix");
    when.extend(when::take(&mut conditions));
    if !conditions.is_empty() || to.is_empty() {
        return None;
    }
    let (can, prefixes) = taken(statement, listed, target)?;
    let mut deny = Map::new();
    deny.insert("to".to_owned(), to.into());
    deny.insert("can".to_owned(), can);
    if !prefixes.is_empty() {
        deny.insert("prefixes".to_owned(), prefixes.into());
    }
    if !when.is_empty() {
        deny.insert("when".to_owned(), when.into());
    }
    Some(deny)
}

/// What is taken, and below which prefixes.
fn taken(statement: &Stated, listed: Option<BTreeSet<String>>, target: &Target) -> Option<(Value, Vec<String>)> {
    let names = statement.listed()?;
    let literal = |pattern: &str| {
        let literal = pattern.strip_suffix('*').filter(|literal| !literal.is_empty() && !literal.contains(['*', '?']));
        literal.map(str::to_owned)
    };
    let on = statement.on()?;
    let (mut container, mut whole, mut prefixes) = (false, false, Vec::new());
    for arn in on {
        match arn.strip_prefix(&target.objects) {
            _ if arn == "*" => (container, whole) = (true, true),
            _ if *arn == target.arn => container = true,
            Some("*") => whole = true,
            Some(rest) => prefixes.push(literal(rest)?),
            None => return None,
        }
    }
    if whole && !prefixes.is_empty() {
        prefixes.clear();
    }
    if let Some(listed) = listed {
        prefixes = listed.iter().map(|pattern| literal(pattern)).collect::<Option<Vec<_>>>()?;
    }
    // A deny reaches all that its actions are about: what the statement leaves out must not come in by it.
    let about = |aspect: Aspect| names.iter().any(|name| Actions::matching(name).iter().any(|action| aspect.has(action)));
    let bucket = about(Aspect::Bucket) || about(Aspect::Listing);
    let objects = about(Aspect::Objects);
    let spelt = |aspects: &[Aspect]| {
        let mut all = BTreeSet::new();
        for name in names {
            let here = Actions::matching(name).iter().filter(|action| aspects.iter().any(|aspect| aspect.has(*action)));
            all.extend(here.map(|action| action.name()));
        }
        all
    };
    let missing = (bucket && !container, objects && !whole && prefixes.is_empty());
    let names = match missing {
        (false, false) => names.clone(),
        (true, false) => spelt(&[Aspect::Objects]),
        (false, true) => spelt(&[Aspect::Listing, Aspect::Bucket]),
        (true, true) => return None,
    };
    let can = if names.iter().any(|name| name.contains(['*', '?'])) { json!([{ "actions": names }]) } else { super::grants::verbs(names) };
    Some((can, prefixes))
}
