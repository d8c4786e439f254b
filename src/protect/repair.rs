//! The way back in: named principals repair the bucket's policy and Block Public Access whatever the profile denies.
//!
//! In: a draft with all its statements. Out: the same, with every Deny on such an action split in two, of which the one
//! about repair leaves those principals alone. Never: an Allow, nor a change to what the protection of transport
//! denies; to repair takes HTTPS and permissions of one's own.

use std::borrow::Cow;

use super::verbs::REPAIR;
use super::{Draft, Meta, transport};
use crate::expr::Expr;
use crate::policy::{Action, Actions, Base, Condition, Effect, Element, Key, Statement};

/// What the Sid of the part about repair ends with.
pub const SUFFIX: &str = "ForRepair";

/// What is known about this protection.
pub const META: Meta = Meta {
    id: "repair",
    title: "the way back in",
    risk: "a wrong network or a wrong deny keeps out whoever could put it right",
    statements: &[(
        "<Deny>ForRepair",
        "The part of another Deny, named before the ending, that is about reading, changing and removing the bucket policy and about Block Public Access. It \
         denies the same under the same conditions, but leaves alone the principals of `network.break_glass` and `network.deployer`, so that a wrong list \
         or a wrong deny can be repaired from anywhere. They still need permissions of their own, use HTTPS, and get no data by it.",
    )],
};

type Names = Vec<Cow<'static, str>>;

/// Exempts principals, by what `aws:PrincipalArn` is for them, from every Deny of the draft as far as it is about repair.
pub fn exempt(principals: &[Expr], draft: &mut Draft) {
    if principals.is_empty() {
        return;
    }
    let bucket = draft.arn();
    let statements = std::mem::take(&mut draft.statements);
    draft.statements = statements.into_iter().flat_map(|statement| split(statement, principals, &bucket)).flatten().collect();
}

/// The statement without what it says about repair, and that apart.
fn split(statement: Statement, principals: &[Expr], bucket: &Expr) -> [Option<Statement>; 2] {
    let on_bucket = match &statement.resource {
        Some(Element::Is(resources)) => resources.contains(bucket),
        Some(Element::Not(_)) | None => true,
    };
    let of_transport = statement.origin.as_ref().is_some_and(|origin| origin.protection == transport::META.id);
    if statement.effect != Effect::Deny || of_transport || !on_bucket || spares(&statement, principals) {
        return [Some(statement), None];
    }
    let (rest, repair) = apart(&statement.action);
    if repair.is_empty() {
        return [Some(statement), None];
    }
    let sid = statement.sid.as_ref().map(|sid| format!("{sid}{SUFFIX}").into());
    let mut exempting = Statement { sid, action: Element::Is(repair), ..statement.clone() }.on([bucket.clone()]);
    let excepted = |condition: &&mut Condition| condition.operator == Base::ArnNotLike.into() && condition.key == Key::PrincipalArn;
    match exempting.condition.iter_mut().find(excepted) {
        // Of two negated operators on one key JSON keeps one list: none of either.
        Some(condition) => {
            condition.values.extend(principals.iter().filter(|one| !condition.values.contains(one)).cloned().collect::<Vec<_>>())
        }
        None => exempting.condition.push(Condition::new(Base::ArnNotLike, Key::PrincipalArn, principals.iter().cloned())),
    }
    [rest.map(|action| Statement { action, ..statement }), Some(exempting)]
}

/// Whether the statement is about named principals, none of whom is one of `principals`.
fn spares(statement: &Statement, principals: &[Expr]) -> bool {
    let named =
        statement.condition.iter().filter(|condition| condition.operator == Base::ArnLike.into() && condition.key == Key::PrincipalArn);
    named.into_iter().any(|condition| condition.values.iter().all(|value| !principals.iter().any(|one| may_be_same(value, one))))
}

/// Whether two patterns of ARNs can be about the same role or user. Partition and account are left aside: one may be
/// written out and the other known to the deployment only.
fn may_be_same(one: &Expr, other: &Expr) -> bool {
    let (one, other) = (one.to_string(), other.to_string());
    let name = |arn: &str| arn.rsplit(':').next().unwrap_or_default().to_owned();
    let fixed = |name: &str| name.split('*').next().unwrap_or_default().to_owned();
    let (one, other) = (name(&one), name(&other));
    match (one.contains('*'), other.contains('*')) {
        (false, false) => one == other,
        (true, false) => other.starts_with(&fixed(&one)),
        (false, true) => one.starts_with(&fixed(&other)),
        (true, true) => fixed(&one).starts_with(&fixed(&other)) || fixed(&other).starts_with(&fixed(&one)),
    }
}

/// The actions without those of repair, if there are others, and those of repair among them.
fn apart(actions: &Element<Names>) -> (Option<Element<Names>>, Names) {
    let covers = |names: &Names, name: &str| names.iter().any(|pattern| pattern_covers(pattern, name));
    let repair = |is: &dyn Fn(&str) -> bool| REPAIR.iter().copied().filter(|name| is(name)).map(Cow::Borrowed).collect::<Names>();
    match actions {
        Element::Not(names) => {
            let found = repair(&|name| !covers(names, name));
            (Some(Element::Not(names.iter().chain(&found).cloned().collect())), found)
        }
        Element::Is(names) => {
            let found = repair(&|name| covers(names, name));
            if names.iter().any(|name| matches!(name.as_ref(), "*" | "s3:*")) {
                return (Some(Element::Not(found.clone())), found);
            }
            let rest: Names = names.iter().cloned().flat_map(without_repair).collect();
            ((!rest.is_empty()).then_some(Element::Is(rest)), found)
        }
    }
}

fn pattern_covers(pattern: &str, name: &str) -> bool {
    Action::parse(name).is_some_and(|action| Actions::matching(pattern).contains(action))
}

/// What a pattern covers besides repair: itself where it covers none, otherwise the names that it stands for.
fn without_repair(pattern: Cow<'static, str>) -> Names {
    if !REPAIR.iter().any(|name| pattern_covers(&pattern, name)) {
        return vec![pattern];
    }
    let names = Actions::matching(&pattern).iter().map(|action| action.name());
    names.filter(|name| !REPAIR.contains(&name.as_str())).map(Cow::Owned).collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::plan::Bucket;
    use crate::policy::Origin;

    fn draft() -> Draft {
        Draft::new(crate::plan::BUCKET, None, None, Bucket::new("acme".parse().unwrap()))
    }

    fn split_up(actions: Element<Names>, protection: &'static str) -> Vec<Statement> {
        let mut draft = draft();
        let origin = Origin { path: crate::diag::Path::root(), protection, reason: "".into() };
        let statement = draft.deny_all("DenyThis").when(Condition::one(Base::ArnNotLike, Key::PrincipalArn, "excepted"));
        draft.statements.push(Statement { action: actions, ..statement }.because(origin));
        exempt(&["repairer".into()], &mut draft);
        draft.statements
    }

    fn of(names: &[&'static str]) -> Names {
        names.iter().copied().map(Cow::Borrowed).collect()
    }

    fn values(statement: &Statement) -> Vec<&str> {
        statement.condition.iter().flat_map(|condition| &condition.values).filter_map(Expr::as_text).collect()
    }

    #[test]
    fn everything_becomes_everything_else_and_repair() {
        let split = split_up(Element::Is(of(&["s3:*"])), "network");
        let [rest, repair] = split.as_slice() else { panic!("{split:#?}") };
        assert_eq!((&rest.action, values(rest)), (&Element::Not(of(REPAIR)), vec!["excepted"]));
        assert_eq!((&repair.action, values(repair)), (&Element::Is(of(REPAIR)), vec!["excepted", "repairer"]));
        assert_eq!((rest.sid.as_deref(), repair.sid.as_deref()), (Some("DenyThis"), Some("DenyThisForRepair")));
        assert_eq!(repair.resource, Some(Element::Is(vec![draft().arn()])));
    }

    #[test]
    fn names_and_patterns_keep_what_is_no_repair() {
        let split = split_up(Element::Is(of(&["s3:DeleteBucket*", "s3:GetObject*", "s3:PutBucketPolicy"])), "denies");
        let [rest, repair] = split.as_slice() else { panic!("{split:#?}") };
        let Element::Is(names) = &rest.action else { panic!("{rest:#?}") };
        assert_eq!(names, &["s3:DeleteBucket", "s3:DeleteBucketMetadataTableConfiguration", "s3:DeleteBucketWebsite", "s3:GetObject*"]);
        assert_eq!(repair.action, Element::Is(of(&["s3:DeleteBucketPolicy", "s3:PutBucketPolicy"])));
        let only = split_up(Element::Is(of(&["s3:GetBucketPolicy"])), "denies");
        assert_eq!(only.iter().map(|one| one.sid.as_deref()).collect::<Vec<_>>(), [Some("DenyThisForRepair")]);
        let all_but = split_up(Element::Not(of(&["s3:GetBucketPolicy"])), "denies");
        let [rest, repair] = all_but.as_slice() else { panic!("{all_but:#?}") };
        assert_eq!(
            (&rest.action, &repair.action),
            (
                &Element::Not(of(&[
                    "s3:GetBucketPolicy",
                    "s3:DeleteBucketPolicy",
                    "s3:GetBucketPublicAccessBlock",
                    "s3:PutBucketPolicy",
                    "s3:PutBucketPublicAccessBlock"
                ])),
                &Element::Is(of(&[
                    "s3:DeleteBucketPolicy",
                    "s3:GetBucketPublicAccessBlock",
                    "s3:PutBucketPolicy",
                    "s3:PutBucketPublicAccessBlock"
                ]))
            )
        );
    }

    #[test]
    fn denies_of_others_stay_whole() {
        let of = |named: &[&'static str], repairers: &[&'static str]| {
            let mut draft = draft();
            let statement = draft.deny_all("DenyThis").when(Condition::new(Base::ArnLike, Key::PrincipalArn, named.iter().copied()));
            draft.statements.push(statement);
            exempt(&repairers.iter().copied().map(Expr::from).collect::<Vec<_>>(), &mut draft);
            draft.statements.len()
        };
        assert_eq!(of(&["arn:aws:iam::111122223333:user/mallory"], &["arn:aws:iam::111122223333:role/BreakGlass"]), 1);
        assert_eq!(of(&["arn:aws:iam::111122223333:role/BreakGlass"], &["arn:{Partition}:iam::111122223333:role/BreakGlass"]), 2);
        let set = "arn:aws:iam::111122223333:role/aws-reserved/sso.amazonaws.com/*AWSReservedSSO_Admin_*";
        assert_eq!(of(&["arn:aws:iam::111122223333:user/mallory"], &[set]), 1);
        assert_eq!(of(&[set], &[set]), 2);
        assert_eq!(of(&["arn:aws:iam::111122223333:user/mallory", set], &[set]), 2);
    }

    #[test]
    fn what_is_about_transport_objects_or_no_repair_stays_whole() {
        assert_eq!(split_up(Element::Is(of(&["s3:*"])), transport::META.id).len(), 1);
        assert_eq!(split_up(Element::Is(of(&["s3:GetObject*"])), "network").len(), 1);
        let mut draft = draft();
        let objects = Statement::new(Effect::Deny, "DenyThis").actions(["s3:*"]).on([draft.objects("")]);
        let allow = Statement::new(Effect::Allow, "Allow").actions(["s3:*"]).on([draft.arn()]);
        draft.statements.extend([objects, allow]);
        exempt(&["repairer".into()], &mut draft);
        assert_eq!(draft.statements.len(), 2);
    }
}
