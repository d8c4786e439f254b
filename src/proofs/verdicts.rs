//! What the prover answers, in the words of proofs.
//!
//! In: answers. Out: verdicts, the statements that they are about, and what is left out. Never: a question to the prover of its own,
//! but whether somebody can repair and whether a flow arrives.

use super::*;

pub(super) fn flow(prover: &Prover<'_>, calls: &[Call], who: &str) -> Verdict {
    match calls.iter().find(|call| !prover.works(0, call)) {
        None => Verdict::Proved,
        Some(call) => {
            Verdict::Refuted { words: format!("{who} needs {} on {}, and is not allowed it", call.action, call.resource), witness: None }
        }
    }
}

/// Whether each principal can repair from wherever it is, and anybody at all but the root user.
pub fn lockout(prover: &Prover<'_>, principals: &[String]) -> Verdict {
    let pairs = principals.iter().flat_map(|principal| REPAIRS.iter().map(move |action| (Some(principal.as_str()), *action)));
    for (principal, action) in pairs {
        match prover.keeps_out(0, principal, action, None) {
            Gain::None => {}
            Gain::Some(witness) => return kept_out(witness),
            Gain::Unknown(why) => return Verdict::Unknown(why),
        }
    }
    let ways = ["s3:PutBucketPolicy", "s3:DeleteBucketPolicy"].map(|action| prover.lets_in(0, None, action));
    match ways {
        [Gain::Some(_), _] | [_, Gain::Some(_)] => Verdict::Proved,
        [Gain::Unknown(why), _] | [_, Gain::Unknown(why)] => Verdict::Unknown(why),
        _ => Verdict::Refuted { words: "nobody but the account's root user can put or delete the bucket policy".to_owned(), witness: None },
    }
}

/// The verdict on a request that should be allowed.
pub fn kept_out(witness: Box<Witness>) -> Verdict {
    Verdict::Refuted { words: format!("{} is denied", witness.words), witness: Some(witness) }
}

/// An answer as a verdict.
pub fn verdict(answer: Answer, document: Option<&Document>) -> Verdict {
    match answer {
        Answer::Proved => Verdict::Proved,
        Answer::Refuted(witness) if witness.decision.is_denied() => kept_out(witness),
        Answer::Refuted(witness) => Verdict::Refuted { words: format!("{} is allowed", witness.words), witness: Some(witness) },
        Answer::CalledPublic(at) => Verdict::Refuted {
            words: format!("no request shows it, but {} makes S3 call the policy public", name(document, at)),
            witness: None,
        },
        Answer::Unknown(why) => Verdict::Unknown(why),
        Answer::Disagreement(what) => Verdict::Disagreement(what),
    }
}

/// A statement by its name, or by its place.
pub fn name(document: Option<&Document>, at: usize) -> String {
    match document.and_then(|document| document.statements.get(at)?.sid.as_deref()) {
        Some(sid) => format!("`{sid}`"),
        None => format!("statement {}", at + 1),
    }
}

/// The statements that let the request of a verdict through: those that give it, and each Deny with what it misses.
pub fn statements(verdict: &Verdict, document: Option<&Document>) -> Vec<String> {
    let Verdict::Refuted { witness: Some(witness), .. } = verdict else { return Vec::new() };
    if matches!(witness.decision, Decision::ImplicitlyDenied { .. }) {
        return vec!["no statement allows it".to_owned()];
    }
    let gives = witness.allowed_by.iter().map(|at| format!("{} allows it", name(document, *at)));
    let misses = witness.spared_by.iter().map(|(at, outcome)| {
        let name = name(document, *at);
        match outcome {
            Outcome::Action => format!("{name} is not about the action"),
            Outcome::Principal => format!("{name} is not about the caller"),
            Outcome::Resource => format!("{name} is not about the resource"),
            Outcome::Condition(place) => {
                let condition = document.and_then(|document| document.statements.get(*at)?.condition.get(usize::from(*place)));
                let what =
                    condition.map_or_else(|| "a condition".to_owned(), |condition| format!("{} on {}", condition.operator, condition.key));
                format!("{name} does not match: {what} does not hold")
            }
            Outcome::Matches => format!("{name} denies it"),
            Outcome::Root => format!("{name} cannot keep the root user out"),
            Outcome::Depends(on) => format!("{name} hangs on {}", on.reason()),
        }
    });
    let mut all: Vec<String> = gives.chain(misses).collect();
    if witness.allowed_by.is_empty() && witness.decision.is_allowed() {
        all.insert(0, "the caller's own policies allow it".to_owned());
    }
    all
}

pub(super) fn exceptions(asked: &Asked) -> Vec<String> {
    match asked {
        Asked::All(question) => left_out(question),
        _ => Vec::new(),
    }
}

/// Networks from words of the command line: ranges of addresses, `vpc-…` and `vpce-…`.
pub fn networks(words: &[String]) -> Networks {
    let mut all = Networks::default();
    for word in words {
        let list = match word {
            word if word.starts_with("vpce-") => &mut all.endpoints,
            word if word.starts_with("vpc-") => &mut all.vpcs,
            _ => &mut all.cidrs,
        };
        list.push(word.clone());
    }
    all
}
