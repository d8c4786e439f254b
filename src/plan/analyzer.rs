//! Analyzers of IAM Access Analyzer.

use super::Tags;
use super::view::{Map, View};
use crate::expr::{Expr, Literal, LogicalId};

/// An analyzer.
#[derive(Clone, Debug, PartialEq)]
pub struct Analyzer {
    /// Its name, unique in the account and region.
    pub name: &'static str,
    /// AWS's word for what it looks for, and where.
    pub kind: &'static str,
    /// Days after which access counts as unused, where it looks for that.
    pub unused_days: Option<u32>,
    /// The ARNs of the resources to which it looks for access from within.
    pub inside: Vec<Expr>,
    /// Findings that are expected.
    pub archive: Vec<ArchiveRule>,
    /// Its tags.
    pub tags: Tags,
}

/// Findings that go to the archive by themselves: those that every filter fits.
#[derive(Clone, Debug, PartialEq)]
pub struct ArchiveRule {
    /// Its name within the analyzer.
    pub name: String,
    /// Its name within the plan, where it is a resource of its own.
    pub id: LogicalId,
    /// What the findings are about.
    pub filters: Vec<Filter>,
}

/// A comparison with a property of a finding.
#[derive(Clone, Debug, PartialEq)]
pub struct Filter {
    /// The property, as the API has it.
    pub property: &'static str,
    /// Whether a part of the property is enough.
    pub contains: bool,
    /// Values of which one fits.
    pub values: Vec<Expr>,
}

impl Analyzer {
    pub(super) fn view<'a>(&'a self, view: &mut Map<'a>) {
        view.extend([("name", self.name.into()), ("type", self.kind.into())]);
        view.extend(self.unused_days.map(|days| ("unused_days", days.into())));
        if !self.inside.is_empty() {
            view.push(("inside", View::Literal(Literal::texts(&self.inside))));
        }
        if !self.archive.is_empty() {
            view.push(("archive", View::List(self.archive.iter().map(ArchiveRule::view).collect())));
        }
        if !self.tags.is_empty() {
            view.push(("tags", super::view::tags(&self.tags)));
        }
    }
}

impl ArchiveRule {
    fn view(&self) -> View<'_> {
        let filters = self.filters.iter().map(|filter| {
            let values = (if filter.contains { "contains" } else { "eq" }, View::Literal(Literal::texts(&filter.values)));
            View::Map(vec![("property", filter.property.into()), values])
        });
        View::Map(vec![
            ("name", self.name.as_str().into()),
            ("label", self.id.snake_case().into()),
            ("fits", View::List(filters.collect())),
        ])
    }
}
