//! Grants: statements that allow something, as who, what, where and when.
//!
//! In: Allow statements. Out: grants, those of one name and circumstances put together as one. Never: a grant that would give
//! what the statement does not: wildcards that would reach further are written out.

use std::collections::BTreeSet;

use serde_json::{Map, Value, json};

use super::{Stated, Target, Who, identity, when};
use crate::import::draft::{Draft, add};
use crate::policy::{Action, Actions, Effect};
use crate::protect::verbs::{Aspect, Verb};

/// Grants while they are collected: the words of their names, and what they say.
#[derive(Default)]
pub(super) struct Grants(Vec<(String, Map<String, Value>)>);

pub(super) fn take(left: &mut Vec<Stated>, target: &Target, draft: &mut Draft) {
    let mut grants = Grants::default();
    super::drain(left, |statement| {
        if statement.effect != Effect::Allow || statement.open {
            return false;
        }
        let Ok(found) = granted(statement, target) else { return false };
        let mut tried = draft.clone();
        let named = |grant: &Map<String, Value>| {
            let mut grant = grant.clone();
            grant.insert("name".to_owned(), "tried".into());
            Value::Object(grant)
        };
        let fits = found.iter().all(|grant| tried.push("grants", named(grant)).is_ok());
        if fits {
            grants.extend(statement, found);
        }
        fits
    });
    let mut names = Vec::new();
    for grant in grants.finish(&mut names) {
        // Each was tried before; together they are tried once more.
        if let Err(why) = draft.push("grants", Value::Object(grant.clone())) {
            draft.lost(format!("the grant {}", grant.get("name").unwrap_or(&Value::Null)), "grants", why, "write it by hand");
        }
    }
}

/// What a statement gives, a grant for each kind of resource; or why no grant gives it.
pub(super) fn granted(statement: &Stated, target: &Target) -> Result<Vec<Map<String, Value>>, String> {
    let mut conditions = statement.conditions();
    let mut grant = Map::new();
    let mut sources = Vec::new();
    let to = match &statement.who {
        Who::Everyone => match conditions.take(&["StringEquals"], "aws:PrincipalOrgID") {
            Some(organizations) => {
                conditions.is(&["StringNotEquals"], "aws:PrincipalAccount", &target.account);
                organizations.into_iter().map(|id| json!({ "organization": id })).collect()
            }
            None => vec![json!("everyone")],
        },
        Who::Of(all) if all.iter().all(|(kind, _)| *kind == "Service") => {
            let account = conditions.one(&["StringEquals"], "aws:SourceAccount").filter(|id| *id != target.account);
            let organization = conditions.one(&["StringEquals"], "aws:SourceOrgID");
            let arns = conditions.take(&["ArnLike", "ArnEquals", "StringEquals", "StringLike"], "aws:SourceArn");
            sources.extend(arns.into_iter().flatten());
            let words = [("source_account", account), ("organization", organization)];
            let said: Map<String, Value> = words.into_iter().filter_map(|(word, value)| Some((word.to_owned(), value?.into()))).collect();
            grant.insert("when".to_owned(), said.into());
            all.iter().map(|(_, name)| json!({ "service": name })).collect()
        }
        Who::Of(all) => {
            let patterns = conditions.take(&["ArnLike", "ArnEquals"], "aws:PrincipalArn");
            match patterns {
                Some(patterns) => by_arn(all, &patterns, target, &mut grant).ok_or("its principals are patterns")?,
                None => all.iter().map(|(kind, name)| named(kind, name, target)).collect::<Option<Vec<_>>>().ok_or("its principals")?,
            }
        }
        Who::Other => return Err("its principals".to_owned()),
    };
    if !matches!(&statement.who, Who::Everyone)
        && let Some(id) = conditions.one(&["StringEquals"], "aws:PrincipalOrgID")
    {
        let said = grant.entry("when").or_insert_with(|| json!({}));
        add(said, "organization", id);
    }
    let listed = conditions.take(&["StringLike"], "s3:prefix");
    let mut circumstances =
        grant.remove("when").and_then(|when| if let Value::Object(when) = when { Some(when) } else { None }).unwrap_or_default();
    circumstances.extend(when::take(&mut conditions));
    if !conditions.is_empty() {
        return Err(format!("its conditions: {}", conditions.shown()));
    }
    grant.insert("to".to_owned(), to.into());
    let parts = rights(statement, listed.as_ref(), target)?;
    let mut all = Vec::new();
    for (verbs, prefixes) in parts {
        let mut one = grant.clone();
        one.insert("can".to_owned(), verbs);
        if !prefixes.is_empty() {
            one.insert("prefixes".to_owned(), prefixes.into());
        }
        // A grant to a service is on behalf of one resource.
        let sources: Vec<Option<&String>> = if sources.is_empty() { vec![None] } else { sources.iter().map(Some).collect() };
        for source in sources {
            let mut when = circumstances.clone();
            when.extend(source.map(|arn| ("source_arn".to_owned(), arn.clone().into())));
            let mut one = one.clone();
            if !when.is_empty() {
                one.insert("when".to_owned(), when.into());
            }
            all.push(one);
        }
    }
    Ok(all)
}

/// Principals that are named.
fn named(kind: &str, name: &str, target: &Target) -> Option<Value> {
    if kind != "AWS" {
        return None;
    }
    let parts: Vec<&str> = name.splitn(6, ':').collect();
    match parts.as_slice() {
        ["arn", _, "iam", "", account, "root"] => Some(json!({ "account": account })),
        _ => identity(name, target).filter(|who| who.get("permission_set").is_none()),
    }
}

/// Principals of other accounts that are matched by their ARNs.
fn by_arn(
    all: &BTreeSet<(&'static str, String)>,
    patterns: &BTreeSet<String>,
    target: &Target,
    grant: &mut Map<String, Value>,
) -> Option<Vec<Value>> {
    let account = |arn: &String| arn.split(':').nth(4).map(str::to_owned);
    let roots: BTreeSet<String> = all.iter().filter(|(_, name)| name.ends_with(":root")).filter_map(|(_, name)| account(name)).collect();
    let matched: BTreeSet<String> = patterns.iter().filter_map(account).collect();
    if roots.len() != all.len() || roots != matched || roots.contains(&target.account) {
        return None;
    }
    grant.insert("match".to_owned(), "arn".into());
    patterns.iter().map(|arn| identity(arn, target)).collect()
}

/// What may be done where: verbs with prefixes.
fn rights(statement: &Stated, listed: Option<&BTreeSet<String>>, target: &Target) -> Result<Vec<(Value, Vec<String>)>, String> {
    let names = statement.listed().ok_or("its actions")?;
    let (mut container, mut whole, mut prefixes) = (false, false, Vec::new());
    for arn in statement.on().ok_or("its resources")? {
        match arn.strip_prefix(&target.objects) {
            _ if arn == "*" => (container, whole) = (true, true),
            _ if *arn == target.arn => container = true,
            Some("*") => whole = true,
            Some(rest) => prefixes.push(prefix(rest)?),
            None => return Err(format!("the resource `{arn}`")),
        }
    }
    if whole {
        prefixes.clear();
    }
    let asked = listed.into_iter().flatten().map(|value| prefix(value)).collect::<Result<Vec<_>, _>>()?;
    let everything = container && whole && listed.is_none();
    let of = |aspect: Aspect| -> BTreeSet<String> {
        let mut found = BTreeSet::new();
        for name in names {
            let here = Actions::matching(name).iter().filter(|action| aspect.has(*action)).collect::<Vec<Action>>();
            match name.contains(['*', '?']) && !everything {
                _ if here.is_empty() => {}
                true => found.extend(here.into_iter().map(Action::name)),
                false => drop(found.insert(name.clone())),
            }
        }
        found
    };
    let mut parts: Vec<(BTreeSet<String>, Vec<String>)> = Vec::new();
    let mut add = |actions: BTreeSet<String>, there: bool, below: Vec<String>| {
        if actions.is_empty() || !there {
            return;
        }
        match parts.iter_mut().find(|(_, known)| *known == below) {
            Some((all, _)) => all.extend(actions),
            None => parts.push((actions, below)),
        }
    };
    // With a prefix asked for, what lists is all that is given.
    add(of(Aspect::Objects), listed.is_none() && (whole || !prefixes.is_empty()), prefixes);
    add(of(Aspect::Listing), container, asked);
    add(of(Aspect::Bucket), listed.is_none() && container, Vec::new());
    if parts.is_empty() {
        return Err("its actions are about nothing in its resources".to_owned());
    }
    Ok(parts.into_iter().map(|(actions, below)| (verbs(actions), below)).collect())
}

/// A prefix from a pattern that ends in `*`.
fn prefix(pattern: &str) -> Result<String, String> {
    let literal = pattern.strip_suffix('*').filter(|literal| !literal.is_empty() && !literal.contains(['*', '?']));
    literal.map(str::to_owned).ok_or_else(|| format!("`{pattern}` is no prefix"))
}

/// Verbs that come to exactly these actions.
pub(super) fn verbs(mut names: BTreeSet<String>) -> Value {
    const ORDER: [Verb; 11] = [
        Verb::Administer,
        Verb::ReadConfig,
        Verb::WriteConfig,
        Verb::Read,
        Verb::ReadVersions,
        Verb::List,
        Verb::ListVersions,
        Verb::Write,
        Verb::Delete,
        Verb::DeleteVersions,
        Verb::Tag,
    ];
    let mut found = Vec::new();
    for verb in ORDER {
        let own: BTreeSet<String> = verb.names().iter().map(ToString::to_string).collect();
        if own.is_subset(&names) {
            names = names.difference(&own).cloned().collect();
            found.push(Value::String(verb.word()));
        }
    }
    if !names.is_empty() {
        found.push(json!({ "actions": names }));
    }
    found.into()
}

/// The name of a grant or deny from the Sid of its statement: without what lowering puts behind it, in kebab case.
pub(super) fn name_of(sid: Option<&str>) -> String {
    const ENDINGS: &[&[&str]] = &[
        &["FromAddresses", "FromVpcs", "FromEndpoints"],
        &["ByArn", "OfOrganization", "ByService", "ByEveryone", "OfAccount"],
        &["Objects", "Listing", "Bucket"],
    ];
    let mut rest = sid.unwrap_or_default();
    if let Some((before, more)) = rest.rsplit_once("And")
        && more.strip_suffix("More").is_some_and(|count| !count.is_empty() && count.bytes().all(|b| b.is_ascii_digit()))
    {
        rest = before;
    }
    for endings in ENDINGS {
        rest = endings.iter().find_map(|ending| rest.strip_suffix(ending)).filter(|rest| !rest.is_empty()).unwrap_or(rest);
    }
    let mut name = String::new();
    let mut lower = false;
    for c in rest.chars() {
        if c.is_ascii_uppercase() && lower {
            name.push('-');
        }
        lower = c.is_ascii_lowercase() || c.is_ascii_digit();
        if c.is_ascii_alphanumeric() {
            name.push(c.to_ascii_lowercase());
        } else if !name.ends_with('-') && !name.is_empty() {
            name.push('-');
        }
    }
    let name = name.trim_matches(|c: char| c == '-' || c.is_ascii_digit()).to_owned();
    name.chars().take(40).collect::<String>().trim_end_matches('-').to_owned()
}

impl Grants {
    /// Adds what a statement gives.
    pub(super) fn extend(&mut self, statement: &Stated, found: Vec<Map<String, Value>>) {
        let name = name_of(statement.sid.as_deref());
        for grant in found {
            let joined =
                self.0.iter_mut().any(|(known, other)| *known == name && (!name.is_empty() || *other == grant) && join(other, &grant));
            if !joined {
                self.0.push((name.clone(), grant));
            }
        }
    }

    /// The grants with names of their own.
    pub(super) fn finish(self, taken: &mut Vec<String>) -> Vec<Map<String, Value>> {
        self.0.into_iter().map(|(word, grant)| with_name(&word, "grant", grant, taken)).collect()
    }
}

/// Puts a name on it that nobody else has.
pub(super) fn with_name(word: &str, otherwise: &str, body: Map<String, Value>, taken: &mut Vec<String>) -> Map<String, Value> {
    let word = if word.is_empty() { otherwise } else { word };
    let mut name = word.to_owned();
    let mut number = 2;
    while taken.contains(&name) {
        name = format!("{word}-{number}");
        number += 1;
    }
    taken.push(name.clone());
    let mut whole = Map::new();
    whole.insert("name".to_owned(), name.into());
    for key in ["to", "can", "prefixes", "when", "match", "via"] {
        whole.extend(body.get(key).map(|value| (key.to_owned(), value.clone())));
    }
    whole
}

/// Adds one to another where both differ in what lowering takes apart.
pub(super) fn join(one: &mut Map<String, Value>, other: &Map<String, Value>) -> bool {
    let differ: Vec<&str> = ["to", "can", "prefixes", "when", "match"].into_iter().filter(|key| one.get(*key) != other.get(*key)).collect();
    let about_bucket = |grant: &Map<String, Value>| {
        let words = grant.get("can").and_then(Value::as_array).into_iter().flatten();
        words.clone().count() > 0
            && words.into_iter().all(|word| matches!(word.as_str(), Some("administer" | "read-config" | "write-config")))
    };
    match differ.as_slice() {
        [] => true,
        ["can"] => {
            append(one, other, "can");
            true
        }
        ["can", "prefixes"] if about_bucket(other) => {
            append(one, other, "can");
            true
        }
        ["to"] => {
            append(one, other, "to");
            true
        }
        ["when"] => networks(one, other),
        _ => false,
    }
}

fn append(one: &mut Map<String, Value>, other: &Map<String, Value>, key: &str) {
    let more = other.get(key).and_then(Value::as_array).cloned().unwrap_or_default();
    if let Some(list) = one.get_mut(key).and_then(Value::as_array_mut) {
        for value in more {
            if !list.contains(&value) {
                list.push(value);
            }
        }
    }
}

/// Networks of different kinds are alternatives of one grant.
fn networks(one: &mut Map<String, Value>, other: &Map<String, Value>) -> bool {
    const KINDS: [&str; 3] = ["cidrs", "vpcs", "vpc_endpoints"];
    let rest = |grant: &Map<String, Value>| {
        let mut when = grant.get("when").and_then(Value::as_object).cloned().unwrap_or_default();
        let own: Vec<(String, Value)> = KINDS.iter().filter_map(|kind| Some(((*kind).to_owned(), when.remove(*kind)?))).collect();
        (when, own)
    };
    let ((mine, own), (theirs, more)) = (rest(one), rest(other));
    if mine != theirs || own.is_empty() || more.is_empty() || more.iter().any(|(kind, _)| own.iter().any(|(known, _)| known == kind)) {
        return false;
    }
    let mut when = mine;
    when.extend(KINDS.iter().filter_map(|kind| own.iter().chain(&more).find(|(own, _)| own == kind).cloned()));
    one.insert("when".to_owned(), when.into());
    true
}
