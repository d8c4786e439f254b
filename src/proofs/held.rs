//! Grants that IAM carries: whether anything of them gets past what the bucket denies.
//!
//! In: the managed policies of a plan. Out: a question, and findings for statements of which nothing does. Never: a proof of what
//! they give; that is decided by the policies themselves.

use super::resolved;
use crate::diag::{Code, Finding};
use crate::expr::Expr;
use crate::plan::Plan;
use crate::policy::{Element, Principal, Statement};
use crate::verify::access_tests::{Bench, Situation};
use crate::verify::prove::Question;

/// The statements about the bucket in the managed policies of a plan.
pub(super) fn statements(plan: &Plan) -> impl Iterator<Item = &Statement> {
    let of_s3 =
        |statement: &&Statement| matches!(&statement.action, Element::Is(names) if names.iter().all(|name| name.starts_with("s3:")));
    plan.managed_policies().flat_map(|(_, policy)| &policy.document.statements).filter(of_s3)
}

/// The question about them: as if the bucket's policy gave it to the account, whose principals decide for themselves.
pub(super) fn question(held: &[&Statement], bench: &Bench<'_>, situation: &Situation<'_, '_>) -> Option<Question> {
    let mut gives = resolved(held.iter().copied(), bench).filter(|gives| !gives.is_empty())?;
    let root = Expr::text(format!("arn:{}:iam::{}:root", situation.partition(), situation.account()));
    gives = gives.into_iter().map(|statement| statement.to([Principal::Aws(root.clone())])).collect();
    Some(Question::Held { gives })
}

/// The finding about a statement of which nothing is had.
pub(super) fn shadowed(statement: &Statement) -> Option<Finding> {
    let origin = statement.origin.as_ref()?;
    let sid = statement.sid.as_deref().unwrap_or("a statement without a name");
    Some(Finding::new(
        Code::DeadStatement,
        origin.path.clone(),
        format!("`{sid}` in an IAM policy does nothing: the bucket denies every request that it allows"),
    ))
}
