//! What is asked about a bucket, from the claims of its plan and from what the profile asks for beyond them.
//!
//! In: a plan and a bucket of it. Out: questions with their guarantees, and what is assumed of the statements of others.
//! Never: an answer.

use super::{Asked, added, asked, claims};
use crate::claim::Guarantee;
use crate::diag::Path;
use crate::expr::LogicalId;
use crate::path;
use crate::plan::{self, Plan};
use crate::profile::AskedGuarantee;
use crate::verify::access_tests::Bench;
use crate::verify::prove::{Question, Subject};

/// What is asked about a bucket: the name of the guarantee, the value of the profile that makes it, and the question.
pub(super) fn items(
    bench: &Bench<'_>,
    plan: &Plan,
    more: &[AskedGuarantee],
    bucket: &LogicalId,
    subject: &Subject,
) -> Vec<(&'static str, Path, Asked)> {
    // Whoever must be able to repair is spared by every Deny but those about TLS, for the repairs alone.
    let repairers: Vec<String> = plan
        .claims
        .iter()
        .filter(|claim| claim.bucket == *bucket)
        .filter_map(|claim| if let Guarantee::NoLockout { principals } = &claim.guarantee { Some(principals) } else { None })
        .flatten()
        .filter_map(|principal| bench.text(principal))
        .collect();
    let mut items: Vec<(&'static str, Path, Asked)> = claims(plan, bucket)
        .map(|claim| (claim.guarantee.name(), claim.origin.path.clone(), asked(claim, bench, plan, subject, &repairers)))
        .collect();
    if *bucket == plan::BUCKET {
        let more = more.iter().enumerate().filter(|(_, more)| more.misfit().is_none());
        items.extend(more.map(|(at, more)| (more.guarantee.word(), path!["guarantees", at], added(more, subject))));
    }
    items
}

/// What the claims of a plan about a bucket, and what the profile asks for beyond them, ask of all requests; each with the
/// name of its guarantee.
pub fn questions(bench: &Bench<'_>, plan: &Plan, more: &[AskedGuarantee], bucket: &LogicalId) -> Vec<(&'static str, Question)> {
    let Some((_, subject, _)) = bench.subjects().find(|(id, ..)| *id == bucket) else { return Vec::new() };
    let all = items(bench, plan, more, bucket, &subject);
    all.into_iter().filter_map(|(name, _, asked)| if let Asked::All(question) = asked { Some((name, question)) } else { None }).collect()
}

/// What is assumed of the statements of others that stay on a bucket: nobody here knows what they say.
pub fn kept(plan: &Plan, bucket: &LogicalId) -> Option<String> {
    let found = plan.resources.iter().find_map(|resource| match &resource.kind {
        plan::Kind::BucketPolicy { bucket: of, keep, .. } if of == bucket && !keep.is_empty() => Some(keep),
        _ => None,
    })?;
    // The plan has them as the deployment compares them.
    let word = |pattern: &String| format!("`{}`", pattern.trim_matches(['^', '$']).replace("[0-9A-Za-z]*", "*"));
    let names: Vec<String> = found.iter().map(word).collect();
    Some(format!(
        "the statements {}, which others own and which stay on the bucket, are taken to allow and deny nothing",
        names.join(" and ")
    ))
}
