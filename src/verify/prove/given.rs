//! Whether what is granted is really had: by callers whose own policies give nothing, directly or through an access point.
//!
//! In: statements as a profile grants them. Out: an [`Answer`]; a counterexample is a request that one of them gives, that
//! the policies do not allow, and that no Deny stops. Never: a word on what a Deny takes away on purpose.

use super::super::decide::gives;
use super::super::statement::Policy;
use super::super::{Decision, Policies};
use super::access::Source;
use super::boxes::{Sets, sets, sets_behind};
use super::cube::Cube;
use super::exists::joined;
use super::question::Case;
use super::search::{Budget, Spent};
use super::space::{Actor, Scene};
use super::{Answer, Prover, SPENT, Version, Witness, without_statement};

impl Prover<'_> {
    /// Whether everything that the statements of the cases give is allowed, as far as nothing stops it.
    pub(super) fn granted(
        &self,
        version: &Version<'_>,
        cases: &[(Case, Policy)],
        through: Option<&str>,
        without: &[usize],
        budget: &mut Budget,
    ) -> Answer {
        let (field, least) = (self.space.field(), version.least(&self.space));
        let counts = |source: Source| without.iter().all(|at| source != Source::Statement(*at));
        let mut open = None;
        for statement in cases.iter().filter_map(|(_, compiled)| compiled.statements().first()) {
            let own = self.given_by(statement, through);
            for scene in self.space.scenes.iter().filter(|scene| scene.through_point == through.is_some()) {
                for points in [false, true] {
                    let starts = if points { own.at_least(true) } else { own.at_most(false) };
                    let starts: Vec<Cube> = starts.into_iter().map(|cube| joined(&scene.base, cube)).collect();
                    let mut find = |start: &Cube| least.withheld(&field, start, through, points, &counts, budget);
                    let found = starts.iter().find_map(|start| find(start).transpose());
                    match found {
                        Some(Err(Spent)) => return Answer::Unknown(SPENT.into()),
                        None => break,
                        Some(Ok(found)) => match self.refusal(version, scene, &found, without) {
                            Some(witness) if matches!(witness.decision, Decision::ImplicitlyDenied { .. }) => {
                                return Answer::Refuted(Box::new(witness));
                            }
                            witness => open = open.or_else(|| Some(self.why(witness.as_ref()))),
                        },
                    }
                }
            }
        }
        open.map_or(Answer::Proved, Answer::Unknown)
    }

    /// The requests that a statement gives to callers who have nothing of their own.
    fn given_by(&self, statement: &super::super::statement::Compiled, through: Option<&str>) -> Sets {
        let account = through.and_then(|arn| arn.split(':').nth(4)).unwrap_or(&self.space.setting.account);
        let counts = |actor: &Actor, ways: super::super::principal::How| {
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
