//! Networks: the Deny of whatever comes from no listed network, and of what comes from one that is shut out.

use std::collections::BTreeSet;

use super::{Conditions, Stated, Target, drain, identity};
use crate::import::draft::Draft;
use crate::policy::{Actions, Element};
use crate::protect::network::AppliesTo;

/// The kinds of networks: the word of a profile, the key, and the operators for `in` and `not in`.
const KINDS: [(&str, &str, &str, &str); 3] = [
    ("cidrs", "aws:SourceIp", "IpAddress", "NotIpAddress"),
    ("vpcs", "aws:SourceVpc", "StringEquals", "StringNotEquals"),
    ("vpc_endpoints", "aws:SourceVpce", "StringEquals", "StringNotEquals"),
];

/// Networks by the words for their kinds.
pub(super) type Found = Vec<(&'static str, Vec<String>)>;

/// Takes out the conditions that hold for what comes from none of some networks.
pub(super) fn none_of(conditions: &mut Conditions) -> Found {
    let mut found = Found::new();
    for (word, key, _, not) in KINDS {
        found.extend(conditions.take(&[not], key).map(|values| (word, values.into_iter().collect())));
    }
    found
}

/// Takes out the conditions that hold for what comes from one of some networks.
pub(super) fn any_of(conditions: &mut Conditions) -> Found {
    let mut found = Found::new();
    for (word, key, is, _) in KINDS {
        found.extend(conditions.take(&[is], key).map(|values| (word, values.into_iter().collect())));
    }
    found
}

/// Which of `data` and `all` the actions are.
fn applies_to(statement: &Stated) -> Option<(&'static str, AppliesTo)> {
    if statement.acts("s3:*") || statement.acts("*") || statement.actions == Element::Not(BTreeSet::new()) {
        return Some(("all", AppliesTo::All));
    }
    let names = statement.listed()?;
    let set = names.iter().map(|name| Actions::matching(name)).fold(Actions::default(), Actions::union);
    let data = AppliesTo::Data.actions();
    (set == data).then_some(("data", AppliesTo::Data))
}

pub(super) fn take(left: &mut Vec<Stated>, target: &Target, draft: &mut Draft) {
    let mut scope: Option<&'static str> = None;
    drain(left, |statement| {
        let Some((word, _)) = applies_to(statement) else { return false };
        if !statement.denies_all() || !statement.is_on_all(target, false) || draft.get("network/allow").is_some() {
            return false;
        }
        let mut conditions = statement.conditions();
        let networks = none_of(&mut conditions);
        let services = conditions.is(&["BoolIfExists"], "aws:PrincipalIsAWSService", "false");
        let forwarded = conditions.is(&["BoolIfExists"], "aws:ViaAWSService", "false");
        let except = conditions.take(&["ArnNotLike"], "aws:PrincipalArn").unwrap_or_default();
        let principals: Option<Vec<_>> = except.iter().map(|arn| identity(arn, target)).collect();
        let (Some(principals), false, true) = (principals, networks.is_empty(), conditions.is_empty()) else { return false };
        let mut tried = draft.clone();
        let mut set = |at: &str, value: serde_json::Value| tried.set(at, value).is_ok();
        let fits = set("network/applies_to", word.into())
            && set("network/except/services", services.into())
            && set("network/except/forwarded", forwarded.into())
            && (principals.is_empty() || set("network/except/principals", principals.into()))
            && networks.into_iter().all(|(kind, values)| set(&format!("network/allow/{kind}"), values.into()));
        if fits {
            *draft = tried;
            scope = Some(word);
        }
        fits
    });
    drain(left, |statement| {
        let Some((word, _)) = applies_to(statement) else { return false };
        if !statement.denies_all() || !statement.is_on_all(target, false) || scope.is_some_and(|scope| scope != word) {
            return false;
        }
        let mut conditions = statement.conditions();
        let networks = any_of(&mut conditions);
        let [(kind, values)] = networks.as_slice() else { return false };
        let at = format!("network/deny/{kind}");
        if !conditions.is_empty() || draft.get(&at).is_some() || draft.set(&at, values.clone().into()).is_err() {
            return false;
        }
        scope = Some(word);
        draft.set("network/applies_to", word.into()).is_ok()
    });
}
