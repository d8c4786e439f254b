//! What of the policies of a perimeter a profile does not have, and what it has beside.
//!
//! In: the policies of the input, and the perimeter that was chosen. Out: an item for each statement that it does not make, and for
//! each that it makes and the input lacks. Never: a policy of which nothing is said.

use std::collections::BTreeSet;

use super::{FIELDS, Field, Line, Output, Perimeter, Policy, alike, is_documented, made, makes, with};
use crate::import::draft::{Draft, Fate};
use crate::import::policy::{Stated, Who};
use crate::names::Region;
use crate::policy::{Effect, Element};

/// Lists the statements of the input that the perimeter does not make.
pub(super) fn listed(policies: &[Policy<'_>], perimeter: Option<&Perimeter>, home: &Region, draft: &mut Draft) {
    for policy in policies {
        let output = match policy.output {
            Ok(output) => output,
            Err(service) => {
                let why = format!("it is that of an endpoint for `{service}`, not for S3");
                draft.item(Fate::Apart, "the policy of a VPC endpoint", &policy.at, why, "leave it where it is");
                continue;
            }
        };
        let remedy = match output {
            Output::VpcEndpointPolicy => "an endpoint has one policy: leave it as it is, or let it go for the rendered one",
            Output::Scp | Output::Rcp | Output::S3Policy => "keep it in a policy of its own, or let it go",
        };
        for line in &policy.lines {
            let (what, at) = (line.stated.named(), &line.stated.place);
            if matches!(output, Output::Scp | Output::Rcp) && is_everything(&line.stated) {
                let why = "it takes nothing away: AWS attaches such a policy by itself";
                draft.item(Fate::Apart, what, at, why, "leave it attached: without any such policy everything is denied");
            } else if !perimeter.is_some_and(|perimeter| makes(perimeter, line, home)) {
                draft.lost(what, at, reason(line, perimeter, home), remedy);
            }
        }
        if output == Output::S3Policy && !(policy.blocks && perimeter.is_some()) {
            let why = match policy.blocks {
                true => "`perimeter` needs the organization, and no statement of the input that is known names it",
                false => "a profile blocks all public access with such a policy (`\"@@assign\": \"all\"`), and says nothing else in it",
            };
            draft.lost("the policy of the type S3_POLICY", &policy.at, why, remedy);
        }
    }
}

/// Lists the statements that the perimeter makes and its policies of the input lack. Those of an organization hold together; every
/// endpoint has one of its own.
pub(super) fn added(policies: &[Policy<'_>], perimeter: &Perimeter, home: &Region, draft: &mut Draft) {
    for output in &perimeter.outputs {
        let own = made(perimeter, *output, home);
        let has_one = |policy: &Policy<'_>| policy.output == Ok(*output) && policy.lines.iter().any(|line| makes(perimeter, line, home));
        let there: Vec<&Policy<'_>> = policies.iter().filter(|policy| has_one(policy)).collect();
        let one_by_one = *output == Output::VpcEndpointPolicy;
        for some in there.chunks(if one_by_one { 1 } else { there.len().max(1) }) {
            let lines: Vec<&Stated> = some.iter().flat_map(|policy| &policy.lines).map(|line| &line.stated).collect();
            let lacks = |statement: &&Stated| !lines.iter().any(|line| alike(line, statement));
            let at: Vec<&str> = some.iter().map(|policy| policy.at.as_str()).collect();
            for statement in own.iter().filter(lacks) {
                draft.lost(
                    format!("{}, which is not there", statement.named()),
                    at.join(", "),
                    "the profile makes it in this policy",
                    "look at what it changes before the policy is put in place, or leave the policy out of `perimeter.outputs`",
                );
            }
        }
    }
}

/// Whether a statement allows everything.
fn is_everything(statement: &Stated) -> bool {
    let any = |set: &Element<BTreeSet<String>>| matches!(set, Element::Is(all) if all.contains("*"));
    let who = matches!(statement.who, Who::Everyone | Who::Other);
    statement.effect == Effect::Allow
        && who
        && statement.conditions.is_empty()
        && any(&statement.actions)
        && statement.resources.as_ref().is_some_and(any)
}

/// Why no statement of the perimeter is that one.
fn reason(line: &Line, perimeter: Option<&Perimeter>, home: &Region) -> String {
    let Some(own) = &line.proposal else {
        return match line.output {
            _ if line.stated.open => "a part of it is known only after the deployment".to_owned(),
            Output::VpcEndpointPolicy | Output::Scp if !is_documented(home) => {
                let partition = home.partition().id;
                format!(
                    "which buckets AWS's services own in `{partition}` is not documented, and such a policy of a profile has to name them"
                )
            }
            _ => "no policy of the input names the organization by its id, without which there is no `perimeter`".to_owned(),
        };
    };
    if makes(own, line, home) {
        let chosen = |field: &&Field| perimeter.is_some_and(|perimeter| !makes(&with(own, **field, perimeter), line, home));
        let names: Vec<String> = FIELDS.iter().filter(chosen).map(|(name, _)| format!("`{name}`")).collect();
        return match names.as_slice() {
            [] => "as many statements of the input contradict it, and there is one perimeter for all".to_owned(),
            names => {
                format!("other statements of the input have something else for {}, and there is one perimeter for all", names.join(" and "))
            }
        };
    }
    match nearest(line, own, home) {
        Some((name, differs)) => format!("the nearest of a perimeter, `{name}`, has something else in {differs}"),
        None => "no statement of a perimeter says anything like it".to_owned(),
    }
}

/// The statement of the perimeter of its values that has the most conditions with it in common, and where the two differ.
fn nearest(line: &Line, own: &Perimeter, home: &Region) -> Option<(String, String)> {
    let stated = &line.stated;
    let shared = |other: &Stated| other.conditions.keys().filter(|key| stated.conditions.contains_key(*key)).count();
    let alike = made(own, line.output, home).into_iter().filter(|other| other.effect == stated.effect && shared(other) > 0);
    let nearest = alike.max_by_key(|other| (shared(other), std::cmp::Reverse(other.conditions.len())))?;
    let mut parts: Vec<String> = Vec::new();
    parts.extend((nearest.who != stated.who).then(|| "who it is about".to_owned()));
    parts.extend((nearest.actions != stated.actions).then(|| "its actions".to_owned()));
    parts.extend((nearest.resources != stated.resources).then(|| "its resources".to_owned()));
    let keys: BTreeSet<_> = nearest.conditions.keys().chain(stated.conditions.keys()).collect();
    let differ = keys.into_iter().filter(|key| nearest.conditions.get(*key) != stated.conditions.get(*key));
    parts.extend(differ.map(|(operator, key)| format!("`{operator}` on `{key}`")));
    Some((nearest.sid.unwrap_or_default(), parts.join(", ")))
}
