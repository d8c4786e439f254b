//! Amazon Macie: the session of an account, what it looks for and where, and where it keeps what it found.

use std::borrow::Cow;

use super::Tags;
use super::view::{Map, View, tags};
use crate::expr::{Attribute, Expr, Literal, LogicalId};

/// The session of an account in a region.
#[derive(Clone, Debug, PartialEq)]
pub struct MacieSession {
    /// AWS's word for how often changes of findings are told.
    pub frequency: &'static str,
}

/// A pattern of sensitive data that is the profile's own.
#[derive(Clone, Debug, PartialEq)]
pub struct CustomIdentifier {
    /// Its name.
    pub name: String,
    /// The regular expression.
    pub regex: String,
    /// Words of which one has to stand before what matches.
    pub keywords: Vec<String>,
    /// Texts that keep a match from counting.
    pub ignore: Vec<String>,
    /// How far a keyword may be away, in characters.
    pub distance: Option<u32>,
    /// Its tags.
    pub tags: Tags,
}

/// Text that is no finding.
#[derive(Clone, Debug, PartialEq)]
pub struct AllowList {
    /// Its name.
    pub name: String,
    /// The text.
    pub text: Allowed,
    /// Its tags.
    pub tags: Tags,
}

/// What an allow list holds.
#[derive(Clone, Debug, PartialEq)]
pub enum Allowed {
    /// What matches a regular expression.
    Regex(String),
    /// The words of an object of S3, one a line.
    Words {
        /// The bucket.
        bucket: String,
        /// The key of the object.
        key: String,
    },
}

/// A job that looks for sensitive data.
#[derive(Clone, Debug, PartialEq)]
pub struct ClassificationJob {
    /// Its name.
    pub name: String,
    /// When it runs.
    pub schedule: JobSchedule,
    /// How many of the objects it looks at, in percent.
    pub sampling: u32,
    /// The account that owns the buckets.
    pub account: Expr,
    /// Which buckets it looks at.
    pub buckets: JobBuckets,
    /// Which objects it looks at: those that every term fits. All of them where there is none.
    pub include: Vec<ScopeTerm>,
    /// Which it leaves out: those that every term fits.
    pub exclude: Vec<ScopeTerm>,
    /// The identifiers that it looks with, beside those of Macie: their names in the plan, and in Macie.
    pub identifiers: Vec<(LogicalId, String)>,
    /// The names of the allow lists that it knows.
    pub allow_lists: Vec<String>,
    /// Its tags.
    pub tags: Tags,
}

/// When a job runs.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum JobSchedule {
    /// Once, when it is made.
    Once,
    /// Every day.
    Daily,
    /// On Mondays.
    Weekly,
    /// On the first day of the month.
    Monthly,
}

impl JobSchedule {
    /// AWS's word for the day of the week on which weekly jobs run.
    pub const WEEKDAY: &'static str = "MONDAY";

    /// The day of the month on which monthly jobs run: every month has it.
    pub const MONTHDAY: u32 = 1;

    /// AWS's word for the kind of schedule.
    pub const fn kind(self) -> &'static str {
        match self {
            Self::Once => "ONE_TIME",
            Self::Daily | Self::Weekly | Self::Monthly => "SCHEDULED",
        }
    }
}

/// The buckets that a job looks at.
#[derive(Clone, Debug, PartialEq)]
pub enum JobBuckets {
    /// One of the plan's.
    One {
        /// Its name in the plan.
        id: LogicalId,
        /// Its name in S3.
        name: String,
    },
    /// Every bucket of the account but these of the plan: their names there, and in S3.
    AllBut(Vec<(LogicalId, String)>),
}

/// What is true of an object.
#[derive(Clone, Debug, PartialEq)]
pub enum ScopeTerm {
    /// A comparison with a property.
    Property {
        /// AWS's name for it.
        key: &'static str,
        /// AWS's word for the comparison.
        comparator: &'static str,
        /// Values of which one fits.
        values: Vec<String>,
    },
    /// A tag.
    Tag {
        /// Its key.
        key: String,
        /// Its value.
        value: String,
    },
}

/// Where Macie keeps what it found.
#[derive(Clone, Debug, PartialEq)]
pub struct ResultsExport {
    /// The name of the bucket.
    pub bucket: Expr,
    /// The same as text.
    pub bucket_name: String,
    /// The ARN of the key that encrypts it.
    pub key: Expr,
    /// What the command line finds the key by: an alias or an ARN.
    pub key_name: String,
}

fn texts(all: &[String]) -> View<'_> {
    View::Literal(Literal::List(all.iter().map(|one| Literal::text(one.as_str())).collect()))
}

fn id_of(id: &LogicalId) -> Literal<'static> {
    Literal::Text(Cow::Owned(Expr::reference(id.clone(), Attribute::Id)))
}

impl MacieSession {
    pub(super) fn view<'a>(&'a self, view: &mut Map<'a>) {
        view.push(("frequency", self.frequency.into()));
    }
}

impl CustomIdentifier {
    pub(super) fn view<'a>(&'a self, view: &mut Map<'a>) {
        view.extend([("name", self.name.as_str().into()), ("regex", self.regex.as_str().into())]);
        if !self.keywords.is_empty() {
            view.push(("keywords", texts(&self.keywords)));
        }
        if !self.ignore.is_empty() {
            view.push(("ignore", texts(&self.ignore)));
        }
        view.extend(self.distance.map(|distance| ("distance", distance.into())));
        if !self.tags.is_empty() {
            view.push(("tags", tags(&self.tags)));
        }
    }
}

impl AllowList {
    pub(super) fn view<'a>(&'a self, view: &mut Map<'a>) {
        view.push(("name", self.name.as_str().into()));
        view.push(match &self.text {
            Allowed::Regex(regex) => ("regex", regex.as_str().into()),
            Allowed::Words { bucket, key } => ("words", View::Map(vec![("bucket", bucket.as_str().into()), ("key", key.as_str().into())])),
        });
        if !self.tags.is_empty() {
            view.push(("tags", tags(&self.tags)));
        }
    }
}

impl ClassificationJob {
    pub(super) fn view<'a>(&'a self, view: &mut Map<'a>) {
        view.extend([
            ("name", self.name.as_str().into()),
            ("type", self.schedule.kind().into()),
            ("sampling", self.sampling.into()),
            ("account", (&self.account).into()),
        ]);
        match self.schedule {
            JobSchedule::Once => {}
            JobSchedule::Daily => view.push(("daily", true.into())),
            JobSchedule::Weekly => view.push(("weekly", JobSchedule::WEEKDAY.into())),
            JobSchedule::Monthly => view.push(("monthly", JobSchedule::MONTHDAY.into())),
        }
        match &self.buckets {
            JobBuckets::One { id, .. } => view.push(("buckets", View::Literal(Literal::List(vec![id_of(id)])))),
            JobBuckets::AllBut(others) if !others.is_empty() => {
                view.push(("all_but", View::Literal(Literal::List(others.iter().map(|(id, _)| id_of(id)).collect()))));
            }
            JobBuckets::AllBut(_) => {}
        }
        for (name, terms) in [("include", &self.include), ("exclude", &self.exclude)] {
            if !terms.is_empty() {
                view.push((name, View::List(terms.iter().map(ScopeTerm::view).collect())));
            }
        }
        if !self.include.is_empty() || !self.exclude.is_empty() {
            view.push(("scoped", true.into()));
        }
        if !self.identifiers.is_empty() {
            view.push(("identifiers", View::Literal(Literal::List(self.identifiers.iter().map(|(id, _)| id_of(id)).collect()))));
        }
        if !self.tags.is_empty() {
            view.push(("tags", tags(&self.tags)));
        }
    }
}

impl ScopeTerm {
    fn view(&self) -> View<'_> {
        View::Map(match self {
            Self::Property { key, comparator, values } => {
                vec![("property", (*key).into()), ("comparator", (*comparator).into()), ("values", texts(values))]
            }
            Self::Tag { key, value } => {
                vec![("tag", View::Map(vec![("key", key.as_str().into()), ("value", value.as_str().into())]))]
            }
        })
    }
}

impl ResultsExport {
    pub(super) fn view<'a>(&'a self, view: &mut Map<'a>) {
        view.extend([("bucket", (&self.bucket).into()), ("key", (&self.key).into())]);
    }
}
