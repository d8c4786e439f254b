//! What holds of all requests: proved, or refuted by a request that the evaluator confirms.
//!
//! In: a [`Subject`], the policies of a bucket, and [`Question`]s. Out: an [`Answer`] each. Every key, caller, resource
//! and action is split into finitely many classes on which all tests of the policies and questions agree; one request
//! for each combination of them is all that there is to look at, and a search over products of classes looks at few.
//! Never: a proof from an approximation in the wrong direction; where the classes are not known, or the search becomes
//! too long, the answer says so.
//!
//! Assumed in every answer: [`ASSUMED`].

use super::{AccessPoint, Kind, Policies, Policy};
use crate::policy::{Base, Condition, Document, Effect, Key, Statement, Version};

mod access;
mod boxes;
mod callers;
mod compare;
mod cube;
mod exists;
mod language;
mod question;
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
use question::{Case, cases, marks};
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

/// How many steps a search may take.
const STEPS: u32 = 200_000;

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
    subjects: Vec<(&'s Subject, Access, Access)>,
    questions: Vec<(Question, Vec<(Case, Policy)>)>,
}

impl<'s> Prover<'s> {
    /// Prepares questions about subjects, which are versions of one bucket: the first one's name and account count.
    /// `known` are patterns of `aws:PrincipalArn` that are told apart in any case.
    pub fn new(subjects: &[&'s Subject], questions: &[Question], known: &[String]) -> Self {
        let compile = |statement: &Statement| {
            let document = Document { version: Version::V2008, id: None, statements: vec![statement.clone()] };
            Policy::compile(&document, Kind::Bucket, &super::Environment::default())
        };
        let questions: Vec<(Question, Vec<(Case, Policy)>)> = questions
            .iter()
            .map(|question| {
                let cases = cases(question).into_iter().map(|case| {
                    let compiled = compile(&case.statement);
                    (case, compiled)
                });
                (question.clone(), cases.collect())
            })
            .collect();
        let marks: Vec<Policy> = questions
            .iter()
            .flat_map(|(question, _)| marks(question))
            .chain(vpcs(subjects))
            .chain((!known.is_empty()).then(|| Condition::new(Base::ArnLike, Key::PrincipalArn, known.iter().cloned())))
            .map(|condition| compile(&Statement::new(Effect::Deny, "Mark").actions(["*"]).when(condition)))
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
        let access = |subject: &Subject, limits: &Policy, identity| Access::new(&space, subject, limits, identity);
        let subjects = subjects
            .iter()
            .zip(&limits)
            .map(|(subject, limits)| (*subject, access(subject, limits, Identity::Everything), access(subject, limits, Identity::Nothing)))
            .collect();
        Self { space, subjects, questions }
    }

    /// Answers the question at that place, of the subject at that place.
    pub fn ask(&self, subject: usize, question: usize) -> Answer {
        self.ask_without(subject, question, &[])
    }

    /// The same, as if the statements at `without` were not in the bucket policy.
    pub fn ask_without(&self, subject: usize, question: usize, without: &[usize]) -> Answer {
        let Some((_, cases)) = self.questions.get(question) else { return Answer::Unknown("there is no such question".into()) };
        // Whom the profile's own ACL names is listed there.
        let acl = !matches!(self.questions.get(question), Some((Question::OnlyListedPrincipals { .. }, _)));
        let counts = Counts { acl, without };
        let mut open = None;
        for (case, compiled) in cases {
            for scene in self.space.scenes.iter().filter(|scene| case.sides.contains(&scene.side)) {
                match self.case(subject, scene, case, compiled, &counts) {
                    Answer::Proved => {}
                    Answer::Unknown(why) => open = open.or(Some(why)),
                    found => return found,
                }
            }
        }
        if let (Some((Question::NoPublicAccess, _)), Some((subject, ..))) = (self.questions.get(question), self.subjects.get(subject))
            && let Some(at) = subject.called_public.filter(|at| !without.contains(at))
        {
            return Answer::CalledPublic(at);
        }
        open.map_or(Answer::Proved, Answer::Unknown)
    }

    fn case(&self, subject: usize, scene: &Scene, case: &Case, compiled: &Policy, counts: &Counts<'_>) -> Answer {
        let space = &self.space;
        let Some((subject, access, _)) = self.subjects.get(subject) else { return Answer::Unknown("there is no such policy".into()) };
        let (mut start, layout) = (scene.base.clone(), &space.layout);
        start.retain(layout, space::TRANSPORT, |at| space.transports.get(at).is_some_and(|tls| case.look.transport(*tls)));
        start.retain(layout, space::SIGN, |at| space.signs.get(at).is_some_and(|sign| case.look.sign(sign)));
        start.retain(layout, space::CALLER, |at| space.actors.get(at).is_some_and(|actor| case.look.mfa(actor.mfa)));
        let Some(statement) = compiled.statements().first() else { return Answer::Unknown("there is no case".into()) };
        let matched = boxes::sets(space, statement, |_, ways| ways.any());
        let Some(maybe) = &matched.maybe else { return Answer::Proved };
        let mut most = start.clone();
        most.and(maybe);
        let least = matched.sure.as_ref().map(|sure| {
            start.and(sure);
            start
        });
        self.search(scene, &most, least.as_ref(), access, subject, counts)
    }

    /// Whether a request of `most` is allowed; one of `least` is an example.
    fn search(
        &self,
        scene: &Scene,
        most: &cube::Cube,
        least: Option<&cube::Cube>,
        access: &Access,
        subject: &Subject,
        counted: &Counts<'_>,
    ) -> Answer {
        let field = self.space.field();
        let counts = |source: Source| counted.has(source);
        let spent = || Answer::Unknown("the search was given up after too many steps".into());
        let mut budget = Budget(STEPS);
        let found = match access.allowed(&field, most, &[], false, &counts, &mut budget) {
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
            Some(witness) if access.is_certain() && least == Some(most) && self.space.samples.is_empty() => {
                return Answer::Disagreement(format!(
                    "the prover takes `{}` for allowed, the evaluator says {}",
                    witness.words,
                    witness.decision.name()
                ));
            }
            _ => {}
        }
        let mut budget = Budget(STEPS);
        if let Some(least) = least {
            match access.allowed(&field, least, &[], true, &counts, &mut budget) {
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
        Answer::Unknown(self.why(first.as_ref()))
    }

    /// Why there is no answer.
    fn why(&self, first: Option<&Witness>) -> String {
        if let Some(sample) = self.space.samples.first() {
            return (*sample).to_owned();
        }
        match first.map(|witness| witness.decision) {
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
