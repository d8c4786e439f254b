//! What holds of all requests: proved, or refuted by a request that the evaluator confirms.
//!
//! In: a [`Subject`], the policies of a bucket, and [`Question`]s. Out: an [`Answer`] each. Every key, caller, resource
//! and action is split into finitely many classes on which all tests of the policies and questions agree; one request
//! for each combination of them is all that there is to look at, and a search over products of classes looks at few.
//! Never: a proof from an approximation in the wrong direction; where the classes are not known, or the search becomes
//! too long, the answer says so.
//!
//! Assumed in every answer: [`ASSUMED`].

use std::cell::OnceCell;

use super::{AccessPoint, Kind, Policies, Policy};
use crate::policy::{Base, Condition, Document, Key, Statement};

mod access;
mod boxes;
mod callers;
mod compare;
mod cube;
mod exists;
mod given;
mod language;
mod lookup;
mod question;
mod regions;
mod search;
mod sessions;
mod space;
mod values;
mod variables;
mod witness;

use access::{Access, settings};
pub use access::{Identity, Source};
pub use compare::{Cell, Differences, Member, Origin, Route};
pub use exists::{Dead, Gain};
use question::{Case, cases, mark, marks};
pub use question::{Networks, Question, REPAIRS, SILENT};
use search::Budget;
use space::{Scene, Setting, Space};
pub use witness::{Witness, keys};

/// What is taken for granted in every proof.
pub const ASSUMED: &[&str] = &[
    "the identity policies of every caller allow everything",
    "the owner account's root user may always read, put and delete the bucket policy, and is left out there",
    "access points that are not declared keep nobody out",
    "there is no service or resource control policy, and no policy of a VPC endpoint",
    "objects belong to the bucket's owner, so that no ACL of theirs lets anybody in",
];

/// How much the search for one answer may do, in words that it compares: a tenth of a second or two.
const WORK: u64 = 100_000_000;

const SPENT: &str = "the search was given up after too many steps";

/// A bucket and every policy that has a say about it.
#[derive(Clone, Debug)]
pub struct Subject {
    /// Its ARN.
    pub bucket: String,
    /// The account that owns it.
    pub account: String,
    /// Its partition, such as `aws`.
    pub partition: String,
    /// Its policy, its settings and its ACL.
    pub policies: Policies,
    /// The first statement that makes S3 call the policy public, where one does.
    pub called_public: Option<usize>,
    /// The bucket policy as a document, by which statements are known again.
    pub document: Option<Document>,
    /// The access points that are known, by ARN. Any other is taken to keep nobody out.
    pub points: Vec<(String, AccessPoint)>,
}

impl Subject {
    /// A bucket with its policy as the only thing that has a say, and objects that belong to it. `bucket` is an ARN.
    pub fn new(bucket: &str, account: &str, document: &Document, environment: &super::Environment) -> Self {
        let policies = Policies {
            resource: Some(std::sync::Arc::new(Policy::compile(document, Kind::Bucket, environment))),
            assume_identity: true,
            ownership: Some(super::Ownership::Enforced),
            ..Policies::default()
        };
        let partition = bucket.split(':').nth(1).unwrap_or("aws").to_owned();
        let called_public = called_public(document, environment);
        Self {
            bucket: bucket.to_owned(),
            account: account.to_owned(),
            partition,
            policies,
            called_public,
            document: Some(document.clone()),
            points: Vec::new(),
        }
    }
}

/// The first statement that makes S3 call a policy public.
pub fn called_public(document: &Document, environment: &super::Environment) -> Option<usize> {
    super::reasons(document, Kind::Bucket, environment).iter().position(|reason| matches!(reason, super::Reason::Public(_)))
}

/// What becomes of a question.
#[derive(Clone, Debug)]
pub enum Answer {
    /// It holds of every request.
    Proved,
    /// It does not hold of this one, which is allowed.
    Refuted(Box<Witness>),
    /// No request shows it, but S3 calls the policy public, by the text of this statement.
    CalledPublic(usize),
    /// Neither is certain.
    Unknown(String),
    /// The prover and the evaluator disagree about a request: a mistake in one of them.
    Disagreement(String),
}

/// The policies of one or more subjects of one bucket, ready for questions.
#[derive(Debug)]
pub struct Prover<'s> {
    space: Space,
    subjects: Vec<Version<'s>>,
    questions: Vec<(Question, Vec<(Case, Policy)>)>,
}

/// A version of the bucket.
#[derive(Debug)]
struct Version<'s> {
    of: &'s Subject,
    /// The refusals of its settings.
    limits: Policy,
    /// What it gives, whatever the callers' own policies allow.
    access: Access,
    /// What it gives to callers of its account whose own policies allow nothing; made when it is asked for.
    least: OnceCell<Access>,
}

impl Version<'_> {
    fn least(&self, space: &Space) -> &Access {
        self.least.get_or_init(|| Access::new(space, self.of, &self.limits, Identity::Nothing))
    }
}

impl<'s> Prover<'s> {
    /// Prepares questions about subjects, which are versions of one bucket: the first one's name and account count.
    /// `known` are patterns of `aws:PrincipalArn` that are told apart in any case.
    pub fn new(subjects: &[&'s Subject], questions: &[Question], known: &[String]) -> Self {
        let questions: Vec<(Question, Vec<(Case, Policy)>)> = questions
            .iter()
            .map(|question| {
                let cases = cases(question).into_iter().map(|(case, statement)| (case, compile(statement)));
                (question.clone(), cases.collect())
            })
            .collect();
        let marks: Vec<Policy> = questions
            .iter()
            .flat_map(|(question, _)| marks(question))
            .chain(vpcs(subjects).map(mark))
            .chain((!known.is_empty()).then(|| mark(Condition::new(Base::ArnLike, Key::PrincipalArn, known.iter().cloned()))))
            .map(compile)
            .collect();
        let policies = subjects.iter().filter_map(|subject| subject.policies.resource.as_deref());
        let asked = questions.iter().flat_map(|(_, cases)| cases.iter().map(|(_, policy)| policy)).chain(&marks);
        let through = subjects.iter().flat_map(|subject| &subject.points).filter_map(|(_, point)| point.policy.as_deref());
        let own: Vec<_> = policies.chain(through).chain(asked).flat_map(|policy| policy.statements()).collect();
        let mentioned = |key: &Key| own.iter().any(|statement| statement.tests.iter().any(|test| test.key.same(key)));
        let limits: Vec<Policy> = subjects.iter().map(|subject| settings(&subject.policies, mentioned)).collect();
        let statements: Vec<_> = own.iter().copied().chain(limits.iter().flat_map(|policy| policy.statements())).collect();
        let (bucket, account, partition) = subjects
            .first()
            .map(|subject| (subject.bucket.clone(), subject.account.clone(), subject.partition.clone()))
            .unwrap_or_default();
        let grantees = subjects.iter().flat_map(|subject| access::grantees(&subject.policies)).collect();
        let mut points: Vec<(String, bool)> = Vec::new();
        for (arn, point) in subjects.iter().flat_map(|subject| &subject.points) {
            if !points.iter().any(|(own, _)| own == arn) {
                points.push((arn.clone(), point.from_vpc));
            }
        }
        let space = Space::new(Setting { bucket, account, partition, grantees, points }, &statements);
        let version = |(of, limits): (&&'s Subject, Policy)| {
            let access = Access::new(&space, of, &limits, Identity::Everything);
            Version { of, limits, access, least: OnceCell::new() }
        };
        let subjects = subjects.iter().zip(limits).map(version).collect();
        Self { space, subjects, questions }
    }

    /// Answers the question at that place, of the subject at that place.
    pub fn ask(&self, subject: usize, question: usize) -> Answer {
        self.ask_without(subject, question, &[])
    }

    /// The same, as if the statements at `without` were not in the bucket policy.
    pub fn ask_without(&self, subject: usize, question: usize, without: &[usize]) -> Answer {
        let Some((asked, cases)) = self.questions.get(question) else { return Answer::Unknown("there is no such question".into()) };
        let Some(version) = self.subjects.get(subject) else { return Answer::Unknown("there is no such policy".into()) };
        // Whom the profile's own ACL names is listed there.
        let acl = !matches!(asked, Question::OnlyListedPrincipals { .. });
        let counts = Counts { acl, without };
        let mut budget = Budget(WORK);
        let mut open = None;
        if let Question::Granted { gives, through, .. } = asked {
            return self.granted(version, cases.split_at(gives.len().min(cases.len())), through.as_deref(), without, &mut budget);
        }
        for (case, compiled) in cases {
            let Some(statement) = compiled.statements().first() else { continue };
            let matched = boxes::sets(&self.space, statement, |actor, ways| ways.any() && !case.spares(&actor.caller));
            for scene in self.space.scenes.iter().filter(|scene| case.sides.contains(&scene.side)) {
                match self.case(version, scene, case, &matched, &counts, &mut budget) {
                    Answer::Proved => {}
                    Answer::Unknown(why) => open = open.or(Some(why)),
                    found => return found,
                }
            }
        }
        if let (Question::NoPublicAccess, Some(at)) = (asked, version.of.called_public.filter(|at| !without.contains(at))) {
            return Answer::CalledPublic(at);
        }
        open.map_or(Answer::Proved, Answer::Unknown)
    }

    /// Whether a request that a case matches in a scene is allowed.
    fn case(
        &self,
        version: &Version<'_>,
        scene: &Scene,
        case: &Case,
        matched: &boxes::Sets,
        counts: &Counts<'_>,
        budget: &mut Budget,
    ) -> Answer {
        let space = &self.space;
        let layout = &space.layout;
        let mut near = matched.most.iter().filter(|most| scene.base.meets(most, layout)).peekable();
        if near.peek().is_none() {
            return Answer::Proved;
        }
        let mut start = scene.base.clone();
        start.retain(layout, space::TRANSPORT, |at| space.transports.get(at).is_some_and(|tls| case.look.transport(*tls)));
        start.retain(layout, space::SIGN, |at| space.signs.get(at).is_some_and(|sign| case.look.sign(sign)));
        start.retain(layout, space::STATE, |at| space.states.get(at).is_some_and(|state| case.look.mfa(state.mfa)));
        let within = |cube: &cube::Cube| {
            let mut both = start.clone();
            both.and(cube);
            both
        };
        let least = matched.sure.as_ref().map(within);
        let mut open = Answer::Proved;
        for most in near {
            match self.search(scene, &within(most), least.as_ref(), version, counts, budget) {
                Answer::Proved => {}
                unknown @ Answer::Unknown(_) => open = unknown,
                found => return found,
            }
        }
        open
    }

    /// Whether a request of `most` is allowed; one of `least` is an example.
    fn search(
        &self,
        scene: &Scene,
        most: &cube::Cube,
        least: Option<&cube::Cube>,
        Version { of: subject, access, .. }: &Version<'_>,
        counted: &Counts<'_>,
        budget: &mut Budget,
    ) -> Answer {
        let field = self.space.field();
        let counts = |source: Source| counted.has(source);
        let spent = || Answer::Unknown(SPENT.into());
        let found = match access.allowed(&field, most, &[], false, &counts, budget) {
            Err(search::Spent) => return spent(),
            Ok(None) => return Answer::Proved,
            Ok(Some(found)) => found,
        };
        let policies = without_statement(&subject.policies, counted.without);
        let replay = |points: &[usize]| self.space.witness(scene, points, &policies, &subject.points);
        let first = replay(&found);
        let is_example =
            least.is_some_and(|least| found.iter().enumerate().all(|(dim, at)| cube::contains(least.dim(&self.space.layout, dim), *at)));
        match &first {
            Some(witness) if is_example && witness.decision.is_allowed() => return Answer::Refuted(Box::new(witness.clone())),
            Some(witness)
                if access.is_certain(&self.space)
                    && least.is_some_and(|least| least.same(most, &self.space.layout))
                    && self.space.samples.is_empty() =>
            {
                return Answer::Disagreement(format!(
                    "the prover takes `{}` for allowed, the evaluator says {}",
                    witness.words,
                    witness.decision.name()
                ));
            }
            _ => {}
        }
        if let Some(least) = least {
            match access.allowed(&field, least, &[], true, &counts, budget) {
                Err(search::Spent) => return spent(),
                Ok(Some(found)) => match replay(&found) {
                    Some(witness) if witness.decision.is_allowed() => return Answer::Refuted(Box::new(witness)),
                    Some(witness) if self.space.samples.is_empty() => {
                        return Answer::Disagreement(format!(
                            "the prover is certain that `{}` is allowed, the evaluator says {}",
                            witness.words,
                            witness.decision.name()
                        ));
                    }
                    _ => {}
                },
                Ok(None) => {}
            }
        }
        Answer::Unknown(self.why(first.map(|witness| witness.decision)))
    }

    /// Why there is no answer.
    fn why(&self, first: Option<super::Decision>) -> String {
        if let Some(sample) = self.space.samples.first() {
            return (*sample).to_owned();
        }
        match first {
            Some(super::Decision::Depends { on, .. }) => on.reason().to_owned(),
            _ => "a policy variable whose values are not all looked at".to_owned(),
        }
    }
}

impl Subject {
    /// Whether another subject's bucket policy has the statement at that place, whatever it is called there.
    fn shares(&self, at: usize, other: &Self) -> bool {
        let (Some(own), Some(its)) = (&self.document, &other.document) else { return false };
        let Some(statement) = own.statements.get(at) else { return false };
        let same = |one: &Statement| {
            one.effect == statement.effect
                && one.principal == statement.principal
                && one.action == statement.action
                && one.resource == statement.resource
                && one.condition == statement.condition
        };
        own.version == its.version && its.statements.iter().any(same)
    }
}

/// What has a say in an answer.
#[derive(Clone, Copy, Debug)]
struct Counts<'a> {
    acl: bool,
    without: &'a [usize],
}

impl Counts<'_> {
    fn has(&self, source: Source) -> bool {
        (self.acl || source != Source::Acl) && self.without.iter().all(|without| source != Source::Statement(*without))
    }
}

/// A statement as a policy of its own.
fn compile(statement: Statement) -> Policy {
    let document = Document { version: crate::policy::Version::V2008, id: None, statements: vec![statement] };
    Policy::compile(&document, Kind::Bucket, &super::Environment::default())
}

/// The VPCs that access points are confined to, so that requests from there are told apart.
fn vpcs(subjects: &[&Subject]) -> Option<Condition> {
    let all: Vec<String> =
        subjects.iter().flat_map(|subject| &subject.points).filter_map(|(_, point)| point.vpc.as_deref()).map(str::to_owned).collect();
    (!all.is_empty()).then(|| Condition::new(Base::StringEquals, Key::SourceVpc, all))
}

/// The policies as if a statement of the bucket policy were not there.
fn without_statement(policies: &Policies, without: &[usize]) -> Policies {
    let mut policies = policies.clone();
    for place in without {
        policies.resource = policies.resource.map(|policy| std::sync::Arc::new(policy.without(*place)));
    }
    policies
}

#[cfg(test)]
mod tests;
