//! CloudTrail trails, and the log groups that they send to as well.

use std::borrow::Cow;

use super::Tags;
use super::view::{Map, View, tags};
use crate::expr::{Attribute, Expr, Literal, LogicalId};
use crate::names::BucketName;

/// A trail: what it records, and where it puts it.
#[derive(Clone, Debug, PartialEq)]
pub struct Trail {
    /// Its name.
    pub name: String,
    /// The name of the bucket that it delivers to.
    pub bucket: Expr,
    /// Whether it records every region, and what belongs to none.
    pub multi_region: bool,
    /// The key that encrypts what it delivers.
    pub key: Option<Expr>,
    /// The log group that it sends to as well.
    pub logs: Option<TrailLogs>,
    /// What it records.
    pub selectors: Vec<Selector>,
    /// What it watches for beyond single events, in CloudTrail's words.
    pub insights: Vec<&'static str>,
    /// Its tags.
    pub tags: Tags,
}

/// A log group that a trail sends to.
#[derive(Clone, Debug, PartialEq)]
pub struct TrailLogs {
    /// The log group.
    pub group: LogicalId,
    /// The role that CloudTrail takes on for that.
    pub role: LogicalId,
}

/// Events that a trail records: those for which every field is one of its values.
#[derive(Clone, Debug, PartialEq)]
pub struct Selector {
    /// What it is called.
    pub name: String,
    /// The fields.
    pub fields: Vec<Field>,
}

/// A field of an event, and what it must be.
#[derive(Clone, Debug, PartialEq)]
pub struct Field {
    /// Its name, in CloudTrail's words.
    pub name: &'static str,
    /// What it must be.
    pub is: FieldMatch,
}

/// What a field must be.
#[derive(Clone, Debug, PartialEq)]
pub enum FieldMatch {
    /// This word.
    Equals(&'static str),
    /// Something that begins with one of these.
    StartsWith(Vec<Expr>),
    /// Something that begins with none of these.
    NotStartsWith(Vec<Expr>),
}

impl Trail {
    /// The name of the trail for a bucket: unique, since bucket names are. Trails take no hyphens or dots side by side
    /// ("Naming requirements for CloudTrail resources", AWS CloudTrail User Guide).
    pub fn name_for(bucket: &BucketName) -> String {
        bucket.without_runs()
    }

    pub(super) fn view<'a>(&'a self, view: &mut Map<'a>) {
        view.extend([
            ("name", self.name.as_str().into()),
            ("bucket", (&self.bucket).into()),
            ("multi_region", self.multi_region.into()),
            ("selectors", View::List(self.selectors.iter().map(Selector::view).collect())),
        ]);
        view.extend(self.key.as_ref().map(|key| ("key", key.into())));
        if let Some(logs) = &self.logs {
            let of = |id: &LogicalId, attribute| View::Text(Cow::Owned(Expr::reference(id.clone(), attribute)));
            let parts = vec![("group", of(&logs.group, Attribute::Streams)), ("role", of(&logs.role, Attribute::Arn))];
            view.push(("logs", View::Map(parts)));
        }
        if !self.insights.is_empty() {
            view.push(("insights", View::List(self.insights.iter().map(|insight| (*insight).into()).collect())));
        }
        if !self.tags.is_empty() {
            view.push(("tags", tags(&self.tags)));
        }
    }
}

impl Selector {
    fn view(&self) -> View<'_> {
        let texts = |all: &[Expr]| all.iter().map(|one| Literal::Text(Cow::Owned(one.clone()))).collect();
        let one = |field: &Field| {
            let (operator, values) = match &field.is {
                FieldMatch::Equals(word) => ("equals", vec![Literal::text(*word)]),
                FieldMatch::StartsWith(all) => ("starts_with", texts(all)),
                FieldMatch::NotStartsWith(all) => ("not_starts_with", texts(all)),
            };
            View::Map(vec![("name", field.name.into()), (operator, View::Literal(Literal::List(values)))])
        };
        View::Map(vec![("name", self.name.as_str().into()), ("fields", View::List(self.fields.iter().map(one).collect()))])
    }
}

/// A log group of CloudWatch Logs.
#[derive(Clone, Debug, PartialEq)]
pub struct LogGroup {
    /// Its name.
    pub name: String,
    /// Days after which events go; never where absent.
    pub retain_days: Option<u32>,
    /// The key that encrypts it.
    pub key: Option<Expr>,
    /// Its tags.
    pub tags: Tags,
}

impl LogGroup {
    /// The retentions that CloudWatch Logs takes ("PutRetentionPolicy", Amazon CloudWatch Logs API Reference).
    const RETENTIONS: &'static [u32] =
        &[1, 3, 5, 7, 14, 30, 60, 90, 120, 150, 180, 365, 400, 545, 731, 1_096, 1_827, 2_192, 2_557, 2_922, 3_288, 3_653];

    /// The shortest retention that lasts so many days; without end where none does.
    pub fn retention(days: Option<u32>) -> Option<u32> {
        let days = days?;
        Self::RETENTIONS.iter().copied().find(|retention| *retention >= days)
    }

    pub(super) fn view<'a>(&'a self, view: &mut Map<'a>) {
        view.push(("name", self.name.as_str().into()));
        view.extend(self.retain_days.map(|days| ("retain_days", days.into())));
        view.extend(self.key.as_ref().map(|key| ("key", key.into())));
        if !self.tags.is_empty() {
            view.push(("tags", tags(&self.tags)));
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_retention_is_never_shorter_than_what_is_asked_for() {
        for (asked, given) in [(Some(1), Some(1)), (Some(366), Some(400)), (Some(2_555), Some(2_557)), (Some(4_000), None), (None, None)] {
            assert_eq!(LogGroup::retention(asked), given, "{asked:?}");
        }
    }
}
