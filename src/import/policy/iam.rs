//! Grants that IAM carries: managed policies that say what may be done with the bucket, and whom they are attached to.
//!
//! In: a managed policy with its attachments. Out: grants with `via: iam`. Never: whether they say all of it; that is tried.

use std::collections::BTreeSet;

use serde_json::{Map, Value, json};

use super::grants::{Grants, granted};
use super::{Stated, Target, Who, statements};
use crate::foreign::Resource;
use crate::import::subject::Subject;
use crate::policy::Effect;

/// What of a policy the grant says, apart from who: the name of the policy is that of the bucket, and of the grant behind it.
pub(in crate::import) fn grants(subject: &Subject<'_>, parts: &[&Resource]) -> Vec<Value> {
    let Some(main) = parts.first() else { return Vec::new() };
    let lens = subject.on(main);
    let peek = |name: &str| lens.peek(name).filter(|value| !value.is_unknown()).and_then(|value| value.word());
    let name = peek("ManagedPolicyName").or_else(|| peek("Name")).unwrap_or_default();
    let Some(name) = name.strip_prefix(subject.name.as_str()).and_then(|rest| rest.strip_prefix('_')) else { return Vec::new() };
    let policy = subject.scene.template.policies.iter().find(|policy| policy.resource == main.id);
    let Some(document) = policy.and_then(|policy| policy.document.as_ref().ok()) else { return Vec::new() };
    let to = holders(subject, parts);
    if to.is_empty() {
        return Vec::new();
    }
    let target = Target::of(subject, subject.environment());
    let mut grants = Grants::default();
    for statement in statements(document, subject.environment(), &main.id) {
        let key = statement.listed().is_some_and(|names| names.iter().all(|name| name.starts_with("kms:")));
        let Some(statement) = of_the_bucket(statement, &target).filter(|_| !key) else { continue };
        let Ok(found) = granted(&statement, &target) else { return Vec::new() };
        // The parts of one policy are one grant, whatever their statements are called.
        grants.extend(&Stated { sid: Some(name.to_owned()), ..statement }, found);
    }
    let whole = |mut grant: Map<String, Value>| {
        grant.insert("to".to_owned(), to.clone().into());
        grant.insert("via".to_owned(), "iam".into());
        Value::Object(grant)
    };
    grants.finish(&mut Vec::new()).into_iter().map(whole).collect()
}

/// The statement without the account of the bucket, as if it were one of the bucket's own.
fn of_the_bucket(statement: Stated, target: &Target) -> Option<Stated> {
    let mut conditions = statement.conditions.clone();
    let own = ("StringEquals".to_owned(), "aws:ResourceAccount".to_owned());
    let account = conditions.remove(&own);
    if statement.effect != Effect::Allow || account.is_none_or(|account| account != BTreeSet::from([target.account.clone()])) {
        return None;
    }
    let root = format!("arn:{}:iam::{}:root", target.partition, target.account);
    Some(Stated { conditions, who: Who::Of(BTreeSet::from([("AWS", root)])), ..statement })
}

/// Those to whom it is attached.
fn holders(subject: &Subject<'_>, parts: &[&Resource]) -> Vec<Value> {
    let mut all = Vec::new();
    for part in parts {
        let lens = subject.on(part);
        for (list, one, word) in [("Users", "User", "user"), ("Groups", "Group", "group"), ("Roles", "Role", "role")] {
            let mut names: Vec<String> =
                lens.peek(list).map(|list| list.items().iter().filter_map(|item| item.word()).collect()).unwrap_or_default();
            let single = lens.peek(one).filter(|_| part.kind.ends_with("_attachment"));
            names.extend(single.and_then(|name| name.word()));
            all.extend(names.into_iter().map(|name| json!({ word: name })));
        }
    }
    all
}
