//! Findings, printed: for people, for CI services, for other programs.
//!
//! In: per profile its source, its tree and its findings. Out: one text, in the order of the profiles and
//! within each in the order of the file. Paths become lines and columns here and nowhere else. Never: a
//! change of severity, a decision on the exit status, or a character of the user's that a terminal obeys.

use std::fmt;
use std::ops::Range;

use crate::diag::{Finding, Path, Place, Severity};
use crate::source::{Position, Source, Tree};

mod concise;
mod escape;
mod github;
mod json;
mod junit;
mod sarif;
mod text;

pub use junit::{Case, Failure, Outcome, Suite, suites};

/// How findings are printed.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Format {
    /// With an excerpt of the profile, for people.
    #[default]
    Text,
    /// One line each, as compilers print them.
    Concise,
    /// One JSON object a line.
    Json,
    /// Workflow commands of GitHub Actions.
    Github,
    /// One SARIF 2.1.0 document.
    Sarif,
    /// One JUnit XML document.
    Junit,
}

impl Format {
    /// Every format.
    pub const ALL: &'static [Self] = &[Self::Text, Self::Concise, Self::Json, Self::Github, Self::Sarif, Self::Junit];

    /// The word by which it is chosen.
    pub const fn name(self) -> &'static str {
        match self {
            Self::Text => "text",
            Self::Concise => "concise",
            Self::Json => "json",
            Self::Github => "github",
            Self::Sarif => "sarif",
            Self::Junit => "junit",
        }
    }

    /// The format of that name.
    pub fn parse(name: &str) -> Option<Self> {
        Self::ALL.iter().copied().find(|format| format.name() == name)
    }
}

/// One profile, or what has no profile: findings of the run as a whole.
#[derive(Clone, Copy, Debug, Default)]
pub struct Entry<'a> {
    /// The text that the findings speak of.
    pub source: Option<&'a Source>,
    /// The tree that leads from paths to places.
    pub tree: Option<&'a Tree>,
    /// What was found, in any order.
    pub findings: &'a [Finding],
}

/// Prints the findings. `color` is for [`Format::Text`]; whether there is a terminal the caller knows.
pub fn render(format: Format, entries: &[Entry<'_>], color: bool) -> String {
    let sheets: Vec<Sheet<'_>> = entries.iter().map(Sheet::new).collect();
    match format {
        Format::Text => text::render(&sheets, color),
        Format::Concise => concise::render(&sheets),
        Format::Json => json::render(&sheets),
        Format::Github => github::render(&sheets),
        Format::Sarif => sarif::render(&sheets),
        Format::Junit => junit::render(&sheets),
    }
}

/// How many findings of each weight there are; a waived one counts as waived only.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Summary {
    /// Errors.
    pub errors: usize,
    /// Warnings.
    pub warnings: usize,
    /// What is only worth knowing.
    pub infos: usize,
    /// What a waiver accepts.
    pub waived: usize,
    /// Profiles looked at.
    pub profiles: usize,
}

impl Summary {
    /// Adds another count.
    pub const fn add(&mut self, other: Self) {
        self.errors += other.errors;
        self.warnings += other.warnings;
        self.infos += other.infos;
        self.waived += other.waived;
        self.profiles += other.profiles;
    }

    /// Counts what [`render`] prints.
    pub fn of(entries: &[Entry<'_>]) -> Self {
        let mut summary = Self { profiles: entries.iter().filter(|entry| entry.source.is_some()).count(), ..Self::default() };
        for item in entries.iter().flat_map(|entry| Sheet::new(entry).items) {
            *match (&item.finding.waived, item.finding.severity) {
                (Some(_), _) => &mut summary.waived,
                (None, Severity::Error) => &mut summary.errors,
                (None, Severity::Warning) => &mut summary.warnings,
                (None, Severity::Info) => &mut summary.infos,
            } += 1;
        }
        summary
    }
}

impl fmt::Display for Summary {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let counted = |n: usize, one: &str, many: &str| (n > 0).then(|| format!("{n} {}", if n == 1 { one } else { many }));
        let parts: Vec<String> = [
            counted(self.errors, "error", "errors"),
            counted(self.warnings, "warning", "warnings"),
            counted(self.infos, "info", "infos"),
            counted(self.waived, "waived", "waived"),
        ]
        .into_iter()
        .flatten()
        .collect();
        let found = if parts.is_empty() { "no findings".to_owned() } else { parts.join(", ") };
        let profiles = if self.profiles == 1 { "profile" } else { "profiles" };
        write!(f, "{found} in {} {profiles}", self.profiles)
    }
}

/// An [`Entry`] with every place resolved, sorted, and without repetitions.
struct Sheet<'a> {
    source: Option<&'a Source>,
    items: Vec<Item<'a>>,
}

/// A finding and where it is.
struct Item<'a> {
    finding: &'a Finding,
    spot: Spot<'a>,
    related: Vec<(Spot<'a>, &'a str)>,
}

/// A place as all formats show it: within one line of one file, and never empty handed.
struct Spot<'a> {
    /// The file, which may be one that the profile extends.
    file: Option<&'a Source>,
    /// Where the file stands among those of the profile, for the order.
    rank: usize,
    /// None for the file as a whole, and where there is no file.
    bytes: Option<Range<usize>>,
    start: Position,
    end: Position,
    path: Option<Path>,
}

impl<'a> Sheet<'a> {
    fn new(entry: &Entry<'a>) -> Self {
        let spot = |place: &Place| Spot::new(place, entry.source, entry.tree);
        let mut items: Vec<Item<'a>> = entry
            .findings
            .iter()
            .map(|finding| Item {
                finding,
                spot: spot(&finding.place),
                related: finding.related.iter().map(|related| (spot(&related.place), related.label.as_str())).collect(),
            })
            .collect();
        items.sort_by(|a, b| a.order().cmp(&b.order()));
        items.dedup_by(|a, b| a.order() == b.order());
        Self { source: entry.source, items }
    }

    fn name(&self) -> Option<&'a str> {
        self.source.map(Source::name)
    }
}

impl<'a> Spot<'a> {
    fn name(&self) -> Option<&'a str> {
        self.file.map(Source::name)
    }
}

impl Item<'_> {
    fn order(&self) -> (usize, Position, Position, &Option<Path>, crate::diag::Code, &str) {
        (self.spot.rank, self.spot.start, self.spot.end, &self.spot.path, self.finding.code, &self.finding.message)
    }
}

impl<'a> Spot<'a> {
    fn new(place: &Place, source: Option<&'a Source>, tree: Option<&Tree>) -> Self {
        let path = match place {
            Place::Key(path) | Place::Value(path) => Some(path.clone()),
            Place::File | Place::Bytes(_) => None,
        };
        let bytes = source.and_then(|source| match place {
            Place::File => None,
            Place::Bytes(range) => Some(one_line(source, range.clone())),
            Place::Key(path) => {
                let located = tree?.locate(path);
                Some(located.key.unwrap_or_else(|| one_line(source, located.value)))
            }
            Place::Value(path) => {
                let located = tree?.locate(path);
                let whole = one_line(source, located.value.clone());
                let telling = located.exact && whole == located.value && !whole.is_empty();
                Some(if telling { whole } else { located.key.unwrap_or(whole) })
            }
        });
        let (start, end) = bytes.as_ref().map_or((0, 0), |range| (range.start, range.end));
        let (file, own) = source.map(|source| source.part(start)).unzip();
        // From here on in the bytes of the file, and no more in those of the whole profile.
        let rank = start - own.unwrap_or(start);
        let bytes = bytes.map(|range| range.start - rank..range.end - rank);
        let at = |byte: usize| file.map_or(Position { line: 1, column: 1 }, |file| file.position(byte - rank));
        Self { file, rank, start: at(start), end: at(end), bytes, path }
    }
}

/// The part of a range that is on its first line, in whole characters.
fn one_line(source: &Source, range: Range<usize>) -> Range<usize> {
    let text = source.text();
    let whole = |byte: &usize| text.is_char_boundary(*byte);
    let start = (0..=range.start.min(text.len())).rev().find(whole).unwrap_or(0);
    let end = (range.end.min(text.len()).max(start)..=text.len()).find(whole).unwrap_or(text.len());
    let line = text.get(start..end).unwrap_or("").lines().next().unwrap_or("");
    start..start + line.len()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn formats_are_found_by_their_names() {
        for format in Format::ALL {
            assert_eq!(Format::parse(format.name()), Some(*format));
        }
        assert_eq!(Format::parse("xml"), None);
    }

    #[test]
    fn the_summary_is_a_sentence_without_zeros() {
        let summary = |errors, warnings, waived, profiles| Summary { errors, warnings, infos: 0, waived, profiles }.to_string();
        assert_eq!(summary(3, 1, 0, 2), "3 errors, 1 warning in 2 profiles");
        assert_eq!(summary(0, 0, 2, 1), "2 waived in 1 profile");
        assert_eq!(summary(0, 0, 0, 0), "no findings in 0 profiles");
    }
}
