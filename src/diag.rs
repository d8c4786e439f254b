//! Findings: what is wrong, or worth knowing, about somebody's profile.
//!
//! In: checks state a [`Code`], a [`Path`] or a byte range, and a sentence. Out: [`Finding`]s, which
//! `report` prints. A finding is never an error of the tool, and it never knows how it is printed:
//! paths become lines and columns only there.

use std::borrow::Cow;
use std::fmt;
use std::ops::Range;

mod code;

pub use code::{Code, CodeInfo};

/// How much a finding weighs: an error stops its profile, the others do not.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Severity {
    /// Worth knowing.
    Info,
    /// Should be looked at; `--deny warning` makes it an error.
    Warning,
    /// Nothing is written for the profile.
    Error,
}

impl Severity {
    /// The word that messages and machine formats use.
    pub const fn name(self) -> &'static str {
        match self {
            Self::Info => "info",
            Self::Warning => "warning",
            Self::Error => "error",
        }
    }
}

/// One step from a value to a value inside it.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Step {
    /// A key of a mapping.
    Key(Cow<'static, str>),
    /// A position in a list, from 0.
    Index(usize),
}

impl From<&'static str> for Step {
    fn from(key: &'static str) -> Self {
        Self::Key(Cow::Borrowed(key))
    }
}

impl From<String> for Step {
    fn from(key: String) -> Self {
        Self::Key(Cow::Owned(key))
    }
}

impl From<usize> for Step {
    fn from(index: usize) -> Self {
        Self::Index(index)
    }
}

/// A place in a profile by name, such as `/bucket/tags/team`; prints as a JSON pointer (RFC 6901).
#[derive(Clone, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Path(Vec<Step>);

impl Path {
    /// The whole profile.
    pub const fn root() -> Self {
        Self(Vec::new())
    }

    /// The place one step further in.
    #[must_use]
    pub fn then(&self, step: impl Into<Step>) -> Self {
        let mut steps = self.0.clone();
        steps.push(step.into());
        Self(steps)
    }

    /// Appends one step.
    pub fn push(&mut self, step: impl Into<Step>) {
        self.0.push(step.into());
    }

    /// The steps from the root.
    pub fn steps(&self) -> &[Step] {
        &self.0
    }

    /// Reads a JSON pointer; numeric steps become indices.
    pub fn from_pointer(pointer: &str) -> Self {
        let step = |raw: &str| match raw.parse::<usize>() {
            Ok(index) if index == 0 || !raw.starts_with('0') => Step::Index(index),
            _ => Step::from(raw.replace("~1", "/").replace("~0", "~")),
        };
        Self(pointer.split('/').skip(1).map(step).collect())
    }
}

impl<const N: usize> From<[Step; N]> for Path {
    fn from(steps: [Step; N]) -> Self {
        Self(steps.to_vec())
    }
}

impl fmt::Display for Path {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        for step in &self.0 {
            match step {
                Step::Key(key) => write!(f, "/{}", key.replace('~', "~0").replace('/', "~1"))?,
                Step::Index(index) => write!(f, "/{index}")?,
            }
        }
        Ok(())
    }
}

/// A [`Path`] from its steps: `path!["bucket", "tags", 0]`.
#[macro_export]
macro_rules! path {
    ($($step:expr),* $(,)?) => {
        $crate::diag::Path::from([$($crate::diag::Step::from($step)),*])
    };
}

/// Where in the profile a finding points.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Place {
    /// The file as a whole.
    File,
    /// Bytes of the text, for what has no path: syntax.
    Bytes(Range<usize>),
    /// The key that leads to a value (for a list item: the value).
    Key(Path),
    /// The value itself. Where the profile does not hold it, its nearest written ancestor.
    Value(Path),
}

impl From<Path> for Place {
    fn from(path: Path) -> Self {
        Self::Value(path)
    }
}

/// A second place that a finding speaks about.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Related {
    /// Where.
    pub place: Place,
    /// What is to be seen there.
    pub label: String,
}

/// What a check has to say about a profile.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Finding {
    /// What kind of finding; the name by which it is explained and waived.
    pub code: Code,
    /// The code's severity, unless something raised or waived it.
    pub severity: Severity,
    /// One sentence: lower case, no full stop, the user's text in backticks.
    pub message: String,
    /// Where to look first.
    pub place: Place,
    /// What is to be seen there; may be empty.
    pub label: String,
    /// Other places that belong to it.
    pub related: Vec<Related>,
    /// What to do about it, one remedy each.
    pub help: Vec<String>,
    /// The control that it is about, as waivers name it.
    pub control: Option<String>,
    /// Why it does not stop the profile although its code would: the waiver's reason and end.
    pub waived: Option<String>,
}

impl Finding {
    /// A finding with its code's own severity.
    pub fn new(code: Code, place: impl Into<Place>, message: impl Into<String>) -> Self {
        Self {
            code,
            severity: code.info().severity,
            message: message.into(),
            place: place.into(),
            label: String::new(),
            related: Vec::new(),
            help: Vec::new(),
            control: None,
            waived: None,
        }
    }

    /// Says which control it is about.
    #[must_use]
    pub fn about(mut self, control: String) -> Self {
        self.control = Some(control);
        self
    }

    /// Says what is to be seen at the place.
    #[must_use]
    pub fn label(mut self, label: impl Into<String>) -> Self {
        self.label = label.into();
        self
    }

    /// Points at another place as well.
    #[must_use]
    pub fn also(mut self, place: impl Into<Place>, label: impl Into<String>) -> Self {
        self.related.push(Related { place: place.into(), label: label.into() });
        self
    }

    /// Adds a remedy.
    #[must_use]
    pub fn help(mut self, help: impl Into<String>) -> Self {
        self.help.push(help.into());
        self
    }
}

/// The candidate nearest to a misspelt `word`, if one is near enough to suggest.
pub fn did_you_mean<'a>(word: &str, candidates: impl IntoIterator<Item = &'a str>) -> Option<&'a str> {
    let lower = word.to_lowercase();
    let length = word.chars().count();
    let allowed = length.div_ceil(3).clamp(1, 4);
    candidates
        .into_iter()
        // So many edits are needed at least; a word can be as long as a profile.
        .filter(|candidate| candidate.chars().count().abs_diff(length) <= allowed)
        .map(|candidate| (edit_distance(&lower, &candidate.to_lowercase()), candidate))
        .filter(|(distance, _)| *distance <= allowed)
        .min_by_key(|(distance, _)| *distance)
        .map(|(_, candidate)| candidate)
}

/// Levenshtein's distance with transposition counted as two edits.
fn edit_distance(a: &str, b: &str) -> usize {
    let mut row: Vec<usize> = (0..=b.chars().count()).collect();
    for (i, x) in a.chars().enumerate() {
        let mut diagonal = i;
        let mut left = i + 1;
        if let Some(first) = row.first_mut() {
            *first = left;
        }
        for (cell, y) in row.iter_mut().skip(1).zip(b.chars()) {
            let best = (diagonal + usize::from(x != y)).min(*cell + 1).min(left + 1);
            diagonal = *cell;
            *cell = best;
            left = best;
        }
    }
    row.last().copied().unwrap_or(0)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_path_prints_and_reads_as_a_json_pointer() {
        let path = path!["bucket", "tags", "a/b~c".to_owned(), 3];
        assert_eq!(path.to_string(), "/bucket/tags/a~1b~0c/3");
        assert_eq!(Path::from_pointer("/bucket/tags/a~1b~0c/3"), path);
        assert_eq!(Path::from_pointer(""), Path::root());
    }

    #[test]
    fn suggestions_are_near_or_absent() {
        let keys = ["versioning", "ownership", "on_delete"];
        assert_eq!(did_you_mean("versionning", keys), Some("versioning"));
        assert_eq!(did_you_mean("onDelete", keys), Some("on_delete"));
        assert_eq!(did_you_mean("colour", keys), None);
    }
}
