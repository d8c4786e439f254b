//! Policies that are too large are made smaller: grants that differ in one element become one statement.
//!
//! In: a policy and the limit. Out: the policy, untouched where it fits. Two Allow statements that agree in all but their
//! principals, or all but their actions, or all but their resources, allow together exactly what one with both does.
//! Never: a Deny, or a statement of a protection, whose names people look up.

use std::borrow::Cow;

use crate::policy::{Document, Effect, Element, Principals, Statement};
use crate::protect::grants;

/// The policy with as many grants merged as it takes to fit, in a fixed order.
pub(super) fn within(mut document: Document, limit: usize) -> Document {
    // Most policies have nothing to merge, and need not be measured.
    if document.statements.iter().filter(|statement| mergeable(statement)).nth(1).is_none() {
        return document;
    }
    let (mut names, mut at) = (vec![0_usize; document.statements.len()], 0);
    let mut size = document.size();
    while size > limit && at < document.statements.len() {
        let Some((other, merged)) = partner(&document.statements, at) else {
            at += 1;
            continue;
        };
        document.statements.remove(other);
        let taken = names.remove(other) + 1;
        if let (Some(statement), Some(count)) = (document.statements.get_mut(at), names.get_mut(at)) {
            *count += taken;
            *statement = merged;
        }
        size = document.size();
    }
    for (statement, more) in document.statements.iter_mut().zip(names).filter(|(_, more)| *more > 0) {
        statement.sid = statement.sid.take().map(|sid| format!("{sid}And{more}More").into());
    }
    document
}

/// The first statement after `at` that can be merged into it, and what both become.
fn partner(statements: &[Statement], at: usize) -> Option<(usize, Statement)> {
    let one = statements.get(at).filter(|one| mergeable(one))?;
    let later = statements.iter().enumerate().skip(at + 1);
    later.filter(|(_, other)| mergeable(other)).find_map(|(index, other)| Some((index, merge(one, other)?)))
}

fn mergeable(statement: &Statement) -> bool {
    let grant = statement.origin.as_ref().is_some_and(|origin| origin.protection == grants::META.id);
    grant && statement.effect == Effect::Allow
}

fn merge(one: &Statement, other: &Statement) -> Option<Statement> {
    if one.condition != other.condition {
        return None;
    }
    let same = (one.principal == other.principal, one.action == other.action, one.resource == other.resource);
    let mut merged = one.clone();
    match same {
        (false, true, true) => {
            let (Some(Element::Is(Principals::Of(all))), Some(Element::Is(Principals::Of(more)))) =
                (&mut merged.principal, &other.principal)
            else {
                return None;
            };
            join(all, more);
        }
        (true, false, true) => match (&mut merged.action, &other.action) {
            (Element::Is(all), Element::Is(more)) => join(all, more),
            _ => return None,
        },
        (true, true, _) => match (&mut merged.resource, &other.resource) {
            (Some(Element::Is(all)), Some(Element::Is(more))) => join(all, more),
            _ => return None,
        },
        _ => return None,
    }
    if let (Some(origin), Some(more)) = (&mut merged.origin, &other.origin) {
        origin.reason = Cow::Owned(format!("{}; {}", origin.reason, more.reason));
    }
    Some(merged)
}

fn join<T: Clone + Ord>(all: &mut Vec<T>, more: &[T]) {
    all.extend_from_slice(more);
    all.sort();
    all.dedup();
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::expr::Expr;
    use crate::path;
    use crate::policy::{Origin, Principal};

    fn grant(name: &'static str, role: &str, action: &'static str, key: &str) -> Statement {
        Statement::new(Effect::Allow, name)
            .to([Principal::Aws(Expr::arn("iam", "", "111122223333", format!("role/{role}")))])
            .actions([action])
            .on([Expr::arn("s3", "", "", format!("acme/{key}*"))])
            .because(Origin { path: path!["grants"], protection: grants::META.id, reason: name.into() })
    }

    fn sids(document: &Document) -> Vec<&str> {
        document.statements.iter().filter_map(|statement| statement.sid.as_deref()).collect()
    }

    #[test]
    fn a_policy_that_fits_is_left_alone() {
        let statements = vec![grant("A", "a", "s3:GetObject", ""), grant("B", "b", "s3:GetObject", "")];
        let document = Document { statements, ..Document::default() };
        assert_eq!(within(document.clone(), document.size()), document);
    }

    #[test]
    fn statements_that_differ_in_one_element_become_one_and_others_stay() {
        let deny = Statement { effect: Effect::Deny, ..grant("D", "a", "s3:GetObject", "") };
        let elsewhere = grant("C", "c", "s3:GetObject", "c/");
        let statements = vec![
            deny,
            grant("A", "a", "s3:GetObject", ""),
            elsewhere,
            grant("B", "b", "s3:GetObject", ""),
            grant("E", "b", "s3:PutObject", ""),
        ];
        let document = within(Document { statements, ..Document::default() }, 0);
        assert_eq!(sids(&document), ["D", "AAnd1More", "C", "E"]);
        let reason = document.statements.get(1).and_then(|statement| statement.origin.as_ref()).map(|origin| origin.reason.to_string());
        assert_eq!(reason.as_deref(), Some("A; B"));
    }

    #[test]
    fn no_more_are_merged_than_it_takes() {
        let names = ["A", "B", "C", "D"];
        let statements: Vec<_> = names.iter().map(|name| grant(name, name, "s3:GetObject", "")).collect();
        let document = Document { statements, ..Document::default() };
        let limit = document.size() - 1;
        assert_eq!(sids(&within(document, limit)), ["AAnd1More", "C", "D"]);
    }
}
