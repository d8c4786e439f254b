//! Whether what is granted is really had: by callers whose own policies give nothing, directly or through an access point.
//!
//! In: statements as a profile grants them. Out: an [`Answer`]; a counterexample is a request that one of them gives, that
//! the policies do not allow, and that no Deny stops. Never: a word on what a Deny takes away on purpose.

use super::super::decide::gives;
use super::super::principal::How;
use super::super::statement::{Compiled, Policy};
use super::super::{Decision, Outcome, Policies};
use super::access::Source;
use super::boxes::{Sets, sets, sets_behind};
use super::cube::Cube;
use super::exists::joined;
use super::question::Case;
use super::search::{Budget, Spent};
use super::space::{Actor, Scene};
use super::{Answer, Prover, SPENT, Version, Witness, without_statement};

/// The statements of a question, as they are asked about.
type Cases<'q> = &'q [(Case, Policy)];

impl Prover<'_> {
    /// Whether everything that the statements of the cases give is allowed, as far as nothing stops it.
    pub(super) fn granted(
        &self,
        version: &Version<'_>,
        (asked, known): (Cases<'_>, Cases<'_>),
        through: Option<&str>,
        without: &[usize],
        budget: &mut Budget,
    ) -> Answer {
        let (field, least) = (self.space.field(), version.least(&self.space));
        let counts = |source: Source| without.iter().all(|at| source != Source::Statement(*at));
        let mut open = None;
        let asked = asked.iter().map(|(_, compiled)| (compiled, false));
        let all = asked.chain(known.iter().map(|(_, compiled)| (compiled, true)));
        for (statement, lets) in all.filter_map(|(compiled, lets)| Some((compiled.statements().first()?, lets))) {
            let own = self.given_by(statement, through);
            for scene in self.space.scenes.iter().filter(|scene| scene.through_point == through.is_some()) {
                for points in [false, true] {
                    let starts = if points { own.at_least(true) } else { own.at_most(false) };
                    let starts: Vec<Cube> = starts.into_iter().map(|cube| joined(&scene.base, cube)).collect();
                    let mut find = |start: &Cube| least.withheld(&field, start, (through, lets), points, &counts, budget);
                    let found = starts.iter().find_map(|start| find(start).transpose());
                    match found {
                        Some(Err(Spent)) => return Answer::Unknown(SPENT.into()),
                        None => break,
                        Some(Ok(found)) => match self.refusal(version, scene, &found, without) {
                            Some(witness) if is_missing(&witness, statement) => return Answer::Refuted(Box::new(witness)),
                            witness => open = open.or_else(|| Some(self.why(witness.map(|witness| witness.decision)))),
                        },
                    }
                }
            }
        }
        open.map_or(Answer::Proved, Answer::Unknown)
    }

    /// The statements of [`super::Question::Held`] none of whose requests is allowed, by their places: something denies each.
    pub fn idle(&self, subject: usize, question: usize) -> Vec<usize> {
        let (Some(version), Some((_, cases))) = (self.subjects.get(subject), self.questions.get(question)) else { return Vec::new() };
        let account = Some(self.space.setting.account.as_str());
        let mut budget = Budget(super::WORK);
        let mut had = |statement: &Compiled| -> Result<bool, Spent> {
            let own = sets(&self.space, statement, |actor, ways| ways.any() && actor.caller.account() == account);
            for (scene, cube) in self.space.scenes.iter().flat_map(|scene| own.at_most(false).into_iter().map(move |cube| (scene, cube))) {
                let start = joined(&scene.base, cube);
                if version.access.allowed(&self.space.field(), &start, &[], false, &|_| true, &mut budget)?.is_some() {
                    return Ok(true);
                }
            }
            Ok(false)
        };
        let statements = cases.iter().map(|(_, compiled)| compiled.statements().first()).enumerate();
        statements.filter_map(|(at, statement)| statement.filter(|statement| had(statement) == Ok(false)).map(|_| at)).collect()
    }

    /// The requests that a statement gives to callers who have nothing of their own.
    fn given_by(&self, statement: &Compiled, through: Option<&str>) -> Sets {
        let account = through.and_then(|arn| arn.split(':').nth(4)).unwrap_or(&self.space.setting.account);
        let counts = |actor: &Actor, ways: How| {
            let same = actor.caller.account() == Some(account);
            ways.any() && gives(&actor.caller, same, ways, !same || actor.caller.is_account(), true)
        };
        match through {
            None => sets(&self.space, statement, counts),
            Some(_) => sets_behind(&self.space, statement, through, counts),
        }
    }

    /// What the evaluator says to a point, where callers of the bucket's account have no permission of their own.
    fn refusal(&self, version: &Version<'_>, scene: &Scene, points: &[usize], without: &[usize]) -> Option<Witness> {
        let policies = without_statement(&version.of.policies, without);
        let replay = |policies: &Policies| self.space.witness(scene, points, policies, &version.of.points);
        let own = replay(&policies)?.request.caller().account() == Some(self.space.setting.account.as_str());
        replay(&Policies { assume_identity: !own, ..policies })
    }
}

/// Whether the statement gives a request that nothing allows and nothing denies.
fn is_missing(witness: &Witness, statement: &Compiled) -> bool {
    let request = &witness.request;
    let given = statement.judge(request, request.resource(), &request.context, false).1 == Outcome::Matches;
    given && matches!(witness.decision, Decision::ImplicitlyDenied { .. })
}
