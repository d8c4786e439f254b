//! What changes between two versions of a bucket: who gains and who loses what access, and which settings differ.
//!
//! In: two [`Version`]s, from profiles, policies or templates. Out: a [`Difference`]: rows of callers, actions and networks
//! with a replayed request each, and a verdict. Never: `neutral` without a proof that every request is decided alike, for
//! callers whose own policies allow everything and for those whose own policies allow nothing.

use crate::foreign::{self, Deployment, Template};
use crate::names::AccountId;
use crate::plan::{self, Plan};
use crate::policy::Document;
use crate::profile::{AccountProfile, Profile};
use crate::proofs;
use crate::trials;
use crate::verify::access_tests::Bench;
use crate::verify::prove::{Differences, Identity, Prover, Subject, Witness};
use crate::verify::{Decision, Environment, Layer, Policies, PublicAccessBlock};
use beside::Beside;

mod beside;
mod rows;
mod settings;
mod words;

pub use beside::Altered;
pub use rows::{How, Row};
pub use settings::{Change, Direction, of_plan as settings_of};

/// One version of a bucket.
#[derive(Clone, Debug)]
pub struct Version {
    /// Its logical id, its address, or its name.
    pub id: String,
    /// Its name, where it is known.
    pub name: Option<String>,
    /// What decides about access, or why that cannot be read.
    pub subject: Result<Subject, String>,
    /// The same with a value of its own for each constant that only the deployment knows, where there is one.
    constants: Option<Subject>,
    /// The names of these constants, and the values.
    unknown: Vec<(String, String)>,
    /// Settings that decide about no request, each with its value, in AWS's words.
    settings: Vec<(&'static str, String)>,
    /// Every text of its policies: who and what is named there.
    texts: Vec<String>,
    /// What is taken for granted of it, beside what every proof takes.
    assumed: Vec<String>,
    /// The policies of identities, keys, topics and roles beside it; none where they are not to be seen.
    beside: Option<Beside>,
    /// Its policy with what its expressions become, where those of identities are to be seen beside it.
    settled: Option<Document>,
}

/// What becomes of access.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Verdict {
    /// Proved: every request is decided alike.
    Neutral,
    /// Somebody gains, nobody loses.
    Widening,
    /// Somebody loses, nobody gains.
    Narrowing,
    /// Some gain, some lose.
    Both,
    /// It is not known whether somebody gains.
    Unknown,
}

impl Verdict {
    /// The word for it.
    pub const fn name(self) -> &'static str {
        match self {
            Self::Neutral => "neutral",
            Self::Widening => "widening",
            Self::Narrowing => "narrowing",
            Self::Both => "widening and narrowing",
            Self::Unknown => "unknown",
        }
    }
}

/// Whether the bucket is in both versions.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Presence {
    /// In both.
    Kept,
    /// In the new one alone. It is compared with a bucket that has no policy.
    Added,
    /// In the old one alone. It is compared with a bucket that has no policy.
    Removed,
}

/// What is different.
#[derive(Clone, Debug)]
pub struct Difference {
    /// The bucket.
    pub bucket: String,
    /// Whether it is in both versions.
    pub presence: Presence,
    /// Requests that only the new version allows.
    pub gained: Vec<Row>,
    /// Requests that only the old version allows.
    pub lost: Vec<Row>,
    /// What holders of identity policies may do now and could not before.
    pub gained_by_holders: Vec<Row>,
    /// What they could do before and may not now.
    pub lost_by_holders: Vec<Row>,
    /// Statements of other policies that are new, gone or changed: of keys, topics and roles.
    pub altered: Vec<Altered>,
    /// Settings.
    pub settings: Vec<Change>,
    /// Why more may be gained.
    pub gained_open: Option<String>,
    /// Why more may be lost.
    pub lost_open: Option<String>,
    /// What is taken for granted, beside what every proof takes.
    pub assumed: Vec<String>,
    /// The prover and the evaluator disagree about a request, which is a mistake in this program.
    pub mistake: Option<String>,
}

impl Difference {
    /// The verdict.
    pub fn verdict(&self) -> Verdict {
        let altered = |direction: Direction| self.altered.iter().any(|one| one.direction == direction);
        let gains = !self.gained.is_empty() || !self.gained_by_holders.is_empty() || altered(Direction::Weaker);
        let loses = !self.lost.is_empty() || !self.lost_by_holders.is_empty() || altered(Direction::Stronger);
        // A statement that says something else may give more and may give less.
        let (more, less) =
            (self.gained_open.is_some() || altered(Direction::Changed), self.lost_open.is_some() || altered(Direction::Changed));
        match (gains, loses) {
            (true, true) => Verdict::Both,
            (true, false) => Verdict::Widening,
            (false, _) if more => Verdict::Unknown,
            (false, true) => Verdict::Narrowing,
            (false, false) if less => Verdict::Unknown,
            (false, false) => Verdict::Neutral,
        }
    }

    /// Whether it is not proved that nobody gains anything.
    pub fn may_widen(&self) -> bool {
        matches!(self.verdict(), Verdict::Widening | Verdict::Both | Verdict::Unknown) || self.gained_open.is_some()
    }
}

/// A bench in which deploy-time parameters are constants as those of a template are, and the constants by their names.
fn with_constants<'p>(bench: &Bench<'p>, plan: &'p Plan) -> (Bench<'p>, Vec<(String, String)>) {
    let documents = || plan.resources.iter().flat_map(|resource| resource.kind.documents());
    let constant = |one: &plan::Parameter| (one.name.clone(), foreign::stand_in(&one.name, documents()));
    let constants: Vec<_> = plan.parameters.iter().map(constant).collect();
    let names = constants.iter().map(|(name, value)| (name.to_string(), value.clone())).collect();
    (bench.with(plan, &constants), names)
}

impl Version {
    /// The buckets of a profile.
    pub fn of_profile(profile: &Profile, plan: &Plan) -> Vec<Self> {
        let (bench, names) = with_constants(&trials::bench(profile, plan), plan);
        let mut all = Self::of_plan(&bench, plan, &names);
        all.sort_by_key(|version| version.id != plan::BUCKET.as_str());
        let beside = Beside::of_plan(plan, &bench);
        all.iter_mut().for_each(|version| version.beside = Some(beside.clone()));
        all
    }

    /// The buckets of an account's profile, behind the account itself: its settings, and the policies beside those of buckets.
    pub fn of_account(profile: &AccountProfile, plan: &Plan) -> Vec<Self> {
        let (bench, names) = with_constants(&trials::bench_of_account(profile, plan), plan);
        let mut whole = Self::of_policy(&Document::default(), "the-account", Some(&profile.account));
        whole.id = format!("account {}", profile.account);
        whole.name = Some(whole.id.clone());
        whole.settings = settings::of_account(plan);
        whole.beside = Some(Beside::of_plan(plan, &bench));
        std::iter::once(whole).chain(Self::of_plan(&bench, plan, &names)).collect()
    }

    /// The buckets of a plan.
    fn of_plan(bench: &Bench<'_>, plan: &Plan, names: &[(String, String)]) -> Vec<Self> {
        let version = |(id, subject, document): (&crate::expr::LogicalId, Subject, Option<&Document>)| {
            let points = plan.access_points().filter_map(|(_, point)| point.policy.as_ref());
            let documents = document.into_iter().chain(points);
            let bucket = plan.buckets().find(|(resource, _)| resource.id == *id).map(|(_, bucket)| bucket);
            let text = |expr: &crate::expr::Expr| bench.text(expr).unwrap_or_else(|| expr.to_string());
            Self {
                id: id.to_string(),
                name: bucket.map(|bucket| bench.filled(&bucket.name)),
                texts: documents.flat_map(Document::expressions).map(text).collect(),
                settings: bucket.map(|bucket| settings::of_plan(plan, id, bucket, &text)).unwrap_or_default(),
                // A parameter is the same in both versions of a profile, whatever it is.
                subject: Ok(subject),
                constants: None,
                unknown: names.to_vec(),
                assumed: proofs::kept(plan, id).into_iter().collect(),
                beside: None,
                settled: Some(document.map(|document| beside::settled(document, bench)).unwrap_or_default()),
            }
        };
        bench.subjects().map(version).collect()
    }

    /// A bucket of a template.
    pub fn of_template(template: &Template, bucket: &foreign::Bucket, deployment: &Deployment) -> Self {
        let environment = template.environment(deployment);
        let unknown: std::collections::BTreeSet<_> = bucket.unknowns().map(|id| (id.to_string(), bucket.stand_in(id))).collect();
        let unknown: Vec<(String, String)> = unknown.into_iter().collect();
        let constants = (!unknown.is_empty()).then(|| {
            let environment = template.environment(&Deployment { constants: true, ..deployment.clone() });
            bucket.subject(&environment).ok()
        });
        let known = Deployment { constants: true, ..deployment.clone() };
        let named = template.environment(&known);
        Self {
            id: bucket.id.clone(),
            name: template.name_of(bucket, deployment),
            subject: bucket.subject(&environment),
            constants: constants.flatten(),
            unknown,
            settings: settings::of_template(bucket),
            assumed: Vec::new(),
            beside: Some(Beside::of_template(template, &named)),
            settled: None,
            texts: bucket.expressions().map(|expr| named.text(expr).map_or_else(|| expr.to_string(), Into::into)).collect(),
        }
    }

    /// A bucket of which nothing is known but its policy.
    pub fn of_policy(document: &Document, bucket: &str, account: Option<&AccountId>) -> Self {
        let mut environment = Environment::default();
        if let Some(account) = account {
            account.as_str().clone_into(&mut environment.account);
        }
        let text = |expr: &crate::expr::Expr| environment.text(expr).map_or_else(|| expr.to_string(), Into::into);
        let texts: Vec<String> = document.expressions().map(text).collect();
        // The partition is that of the resources.
        let partition = texts.iter().filter_map(|text| text.strip_prefix("arn:")?.split(':').next()).find(|word| word.starts_with("aws-"));
        let arn = format!("arn:{}:s3:::{bucket}", partition.unwrap_or("aws"));
        Self {
            id: bucket.to_owned(),
            name: Some(bucket.to_owned()),
            subject: Ok(Subject::new(&arn, &environment.account, document, &environment)),
            constants: None,
            unknown: Vec::new(),
            settings: Vec::new(),
            texts,
            assumed: Vec::new(),
            beside: None,
            settled: None,
        }
    }

    /// The same without its settings: of access alone.
    #[must_use]
    pub fn without_settings(self) -> Self {
        Self { settings: Vec::new(), ..self }
    }

    /// The same with settings from elsewhere.
    #[must_use]
    pub fn with_settings(self, settings: Vec<(&'static str, String)>) -> Self {
        Self { settings, ..self }
    }

    /// Its settings.
    pub fn settings(&self) -> &[(&'static str, String)] {
        &self.settings
    }

    /// The same bucket without a policy, behind Block Public Access.
    fn bare(&self) -> Self {
        let bare = |subject: &Subject| Subject {
            policies: Policies {
                resource: None,
                bucket_acl: None,
                block: PublicAccessBlock::ALL,
                ownership: Some(crate::verify::Ownership::Enforced),
                ..subject.policies.clone()
            },
            called_public: None,
            document: None,
            points: Vec::new(),
            ..subject.clone()
        };
        Self {
            subject: self.subject.as_ref().map(bare).map_err(Clone::clone),
            constants: self.constants.as_ref().map(bare),
            unknown: Vec::new(),
            settings: Vec::new(),
            texts: Vec::new(),
            settled: self.settled.as_ref().map(|_| Document::default()),
            ..self.clone()
        }
    }
}

/// The buckets of two versions, each with its other version where there is one.
pub fn compare(old: &[Version], new: &[Version]) -> Vec<Difference> {
    let same = |a: &Version, b: &Version| a.id == b.id && (a.name == b.name || a.name.is_none() || b.name.is_none());
    let named = |a: &Version, b: &Version| a.name.is_some() && a.name == b.name;
    let alone = old.len() == 1 && new.len() == 1 && (old.iter().chain(new).any(|version| version.name.is_none()));
    let other = |of: &Version, all: &[Version], alone: bool| {
        let found = all.iter().position(|one| named(one, of)).or_else(|| all.iter().position(|one| same(one, of)));
        found.or_else(|| (alone && !all.is_empty()).then_some(0))
    };
    let mut found: Vec<Difference> = new
        .iter()
        .map(|new| match other(new, old, alone).and_then(|at| old.get(at)) {
            Some(old) => difference(old, new, Presence::Kept),
            None => difference(&new.bare(), new, Presence::Added),
        })
        .collect();
    let gone = old.iter().filter(|version| other(version, new, alone).is_none());
    found.extend(gone.map(|old| difference(old, &old.bare(), Presence::Removed)));
    // Every bucket of a version has the same policies beside it, and they are told once.
    let mut told: Vec<Altered> = Vec::new();
    for one in &mut found {
        one.altered.retain(|altered| !told.contains(altered));
        told.extend(one.altered.iter().cloned());
    }
    found
}

/// What changes from one version of a bucket to another, whatever each is called.
pub fn between(old: &Version, new: &Version) -> Difference {
    difference(old, new, Presence::Kept)
}

fn difference(old: &Version, new: &Version, presence: Presence) -> Difference {
    let settings = if presence == Presence::Kept { settings::changes(&old.settings, &new.settings) } else { Vec::new() };
    let bucket = new.name.clone().unwrap_or_else(|| new.id.clone());
    let mut difference = Difference {
        bucket,
        presence,
        gained: Vec::new(),
        lost: Vec::new(),
        gained_by_holders: Vec::new(),
        lost_by_holders: Vec::new(),
        altered: old.beside.iter().zip(&new.beside).flat_map(|(old, new)| Beside::altered(old, new)).collect(),
        settings,
        gained_open: None,
        lost_open: None,
        assumed: old.assumed.iter().chain(new.assumed.iter().filter(|one| !old.assumed.contains(one))).cloned().collect(),
        mistake: None,
    };
    let (was, is) = match (&old.subject, &new.subject) {
        (Ok(was), Ok(is)) => (was, is),
        (Err(why), _) | (_, Err(why)) => {
            difference.gained_open = Some(why.clone());
            difference.lost_open = Some(why.clone());
            return difference;
        }
    };
    let texts: Vec<&str> = old.texts.iter().chain(&new.texts).map(String::as_str).collect();
    let [mut gained, mut lost] = both(is, was, &texts);
    if (gained.open.is_some() || lost.open.is_some()) && (old.constants.is_some() || new.constants.is_some()) {
        let (was, is) = (old.constants.as_ref().unwrap_or(was), new.constants.as_ref().unwrap_or(is));
        let [more, less] = both(is, was, &texts);
        for (side, other) in [(&mut gained, more), (&mut lost, less)] {
            if side.open.is_some() && !other.rows.is_empty() {
                side.open = other.open;
                side.rows = other.rows;
                side.mistake = other.mistake;
                side.constants = true;
            }
        }
    }
    let given = |version: &Version| version.constants.is_none() && !version.unknown.is_empty();
    if gained.constants || lost.constants || given(old) || given(new) {
        let names: std::collections::BTreeSet<&(String, String)> = old.unknown.iter().chain(&new.unknown).collect();
        difference.assumed.extend(
            names
                .into_iter()
                .map(|(name, shown)| format!("`{name}` is known only after the deployment; it is taken for a value of its own, `{shown}`")),
        );
    }
    if presence == Presence::Added {
        // That a Deny takes something from a bucket that was not there is no loss.
        lost = Found::default();
    } else if presence == Presence::Removed {
        gained = Found::default();
    }
    difference.mistake = gained.mistake.or(lost.mistake);
    (difference.gained, difference.gained_open) = (gained.rows, gained.open);
    (difference.lost, difference.lost_open) = (lost.rows, lost.open);
    if let (Some(bucket), Some(before), Some(now)) = (&new.settled, &old.beside, &new.beside)
        && !now.is_same_for_identities(before)
    {
        holders(&mut difference, is, (before, now), bucket, &texts);
    }
    difference
}

/// What changes for those who hold identity policies, in front of the new policy of the bucket: nothing but what they hold
/// makes a difference.
fn holders(difference: &mut Difference, subject: &Subject, (before, now): (&Beside, &Beside), bucket: &Document, texts: &[&str]) {
    let (old, new) = (before.seen_by_holders(subject, bucket), now.seen_by_holders(subject, bucket));
    let held: Vec<String> = before.texts().into_iter().chain(now.texts()).collect();
    let texts: Vec<&str> = texts.iter().copied().chain(held.iter().map(String::as_str)).collect();
    let [gained, lost] = both(&new, &old, &texts);
    let outright = |rows: Vec<Row>| rows.into_iter().map(|row| Row { how: How::Outright, ..row }).collect();
    difference.gained_by_holders = outright(gained.rows);
    difference.lost_by_holders = outright(lost.rows);
    let open = |why: String| format!("what identity policies give: {why}");
    difference.gained_open = difference.gained_open.take().or(gained.open.map(open));
    difference.lost_open = difference.lost_open.take().or(lost.open.map(open));
    difference.mistake = difference.mistake.take().or(gained.mistake).or(lost.mistake);
}

/// What was found in one direction.
#[derive(Default)]
struct Found {
    rows: Vec<Row>,
    open: Option<String>,
    mistake: Option<String>,
    constants: bool,
}

/// What the one allows and the other does not, and the other way round.
fn both(new: &Subject, old: &Subject, texts: &[&str]) -> [Found; 2] {
    let prover = Prover::new(&[new, old], &[], &[]);
    let direction = |now: (usize, &Subject), before: (usize, &Subject)| {
        let differences = prover.differences(now.0, before.0);
        let because = |witness: &Witness| by(&prover, witness, now.1.document.as_ref(), (before.0, before.1.document.as_ref()));
        let rows = rows::rows(&differences, &now.1.account, texts, &because);
        let Differences { open, mistake, .. } = differences;
        Found { rows, open, mistake, constants: false }
    };
    [direction((0, new), (1, old)), direction((1, old), (0, new))]
}

/// The statements that a difference hangs on, in words.
fn by(prover: &Prover<'_>, witness: &Witness, now: Option<&Document>, before: (usize, Option<&Document>)) -> Vec<String> {
    let name = |document: Option<&Document>, at: usize| match document.and_then(|document| document.statements.get(at)?.sid.as_deref()) {
        Some(sid) => format!("`{sid}`"),
        None => format!("statement {}", at + 1),
    };
    let mut all: Vec<String> = witness.allowed_by.iter().map(|at| format!("allowed by {}", name(now, *at))).collect();
    if let Decision::ExplicitlyDenied { by } = prover.replays(before.0, witness, &[])
        && by.layer == Layer::Resource
    {
        all.push(format!("denied by {} in the other version", name(before.1, usize::from(by.statement))));
    }
    all
}

/// Whether a row hangs on what callers may do by themselves.
pub(crate) const fn how(most: bool, least: bool) -> Option<How> {
    match (most, least) {
        (true, true) => Some(How::Outright),
        (true, false) => Some(How::IfAllowed),
        (false, true) => Some(How::ByBucket),
        (false, false) => None,
    }
}

/// Whether an identity is the one that allows everything.
const fn is_most(identity: Identity) -> bool {
    matches!(identity, Identity::Everything)
}
