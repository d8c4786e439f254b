//! The text of a profile, and the positions in it.
//!
//! In: a path or bytes. Out: a [`Source`], and from it a [`Tree`] in which every value knows where it is
//! written. What is wrong with the text is a [`Finding`], several at once where reading can go on; only a
//! file that cannot be read is an error. Never: a look at what the keys mean.

use std::fmt;
use std::fs::File;
use std::io::{self, Read};
use std::ops::Range;
use std::path::Path;
use std::sync::{Arc, OnceLock};

use crate::diag::{Code, Finding, Place};

mod build;
mod compose;
mod merge;
mod parameters;
mod peek;
mod refuse;
mod scalar;
mod syntax;
mod tagged;
mod texts;
mod tree;

pub use compose::{Composed, LockedBase, Workspace};
pub use parameters::{By, Given, Resolved};
pub use tree::{Kind, Located, Node, Tree};

/// The size, in bytes, over which a profile is refused unread.
pub const MAX_BYTES: usize = 1 << 20;

/// The number of levels over which a profile is refused.
pub const MAX_DEPTH: usize = 64;

/// The text of one profile; at most [`MAX_BYTES`] long and without a byte order mark. Of a profile that extends others it
/// is that text and, behind it, the texts of the files beneath: a byte is in one of them.
#[derive(Clone, Debug)]
pub struct Source {
    name: String,
    text: Arc<str>,
    lines: OnceLock<Vec<usize>>,
    composed: Option<Arc<Composed>>,
}

/// A place as people and editors count it: both from 1, columns in characters.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct Position {
    /// The line.
    pub line: usize,
    /// The character within the line.
    pub column: usize,
}

/// A file that was read and is no text: the finding, and as much of it as shows why.
#[derive(Clone, Debug)]
pub struct Refused {
    /// What there is to show; not the whole text.
    pub source: Source,
    /// What is wrong.
    pub finding: Finding,
}

/// Why there is no [`Source`].
#[derive(Debug)]
pub enum ReadError {
    /// The file cannot be read: an error of the run, not of the profile.
    Unreadable {
        /// The file as shown.
        name: String,
        /// What the system says.
        error: io::Error,
    },
    /// The file was read and refused: a finding like any other.
    Refused(Box<Refused>),
}

impl fmt::Display for ReadError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Unreadable { name, error } => write!(f, "cannot read `{name}`: {error}"),
            Self::Refused(refused) => f.write_str(&refused.finding.message),
        }
    }
}

impl std::error::Error for ReadError {
    fn source(&self) -> Option<&(dyn std::error::Error + 'static)> {
        match self {
            Self::Unreadable { error, .. } => Some(error),
            Self::Refused(_) => None,
        }
    }
}

impl Source {
    /// Reads a profile and what it extends; see [`Source::open`].
    pub fn read(path: &Path) -> Result<Self, ReadError> {
        Self::open(path, &Workspace::default())
    }

    /// Reads a profile and merges it with what it extends. Whatever is wrong beneath it is a finding.
    pub fn open(path: &Path, workspace: &Workspace) -> Result<Self, ReadError> {
        workspace.read(path).map(|source| source.within(path, workspace))
    }

    /// Merges a profile that was read from `path` with what it extends, and puts in the values of its parameters.
    #[must_use]
    pub fn within(self, path: &Path, workspace: &Workspace) -> Self {
        let dir = if path.as_os_str() == "-" { Path::new("") } else { path.parent().unwrap_or(Path::new("")) };
        if self.is_composed() || !(compose::wanted(&self.text) || workspace.has_values()) {
            return self;
        }
        compose::compose(self, Some((path, dir)), workspace)
    }

    /// The profile without files beneath it and without values, for a text that stands alone; nothing where it needs none.
    pub fn alone(&self) -> Option<Self> {
        (!self.is_composed() && compose::wanted(&self.text)).then(|| compose::compose(self.clone(), None, &Workspace::default()))
    }

    /// Reads a file, or standard input for `-`, and nothing beneath it; never more of it than a profile may have.
    pub fn read_alone(path: &Path) -> Result<Self, ReadError> {
        if path.as_os_str() == "-" {
            return Self::from_reader("<stdin>", io::stdin().lock());
        }
        let name = path.display().to_string();
        match File::open(path) {
            Ok(file) => Self::from_reader(name, file),
            Err(error) => Err(ReadError::Unreadable { name, error }),
        }
    }

    fn from_reader(name: impl Into<String>, reader: impl Read) -> Result<Self, ReadError> {
        let name = name.into();
        // Most profiles fit, and are read at once.
        let mut bytes = Vec::with_capacity(4096);
        match reader.take(MAX_BYTES as u64 + 1).read_to_end(&mut bytes) {
            Ok(_) => Self::from_bytes(name, bytes).map_err(ReadError::Refused),
            Err(error) => Err(ReadError::Unreadable { name, error }),
        }
    }

    /// The source of these bytes, if they are text and not too many.
    pub fn from_bytes(name: impl Into<String>, bytes: impl Into<Vec<u8>>) -> Result<Self, Box<Refused>> {
        let name = name.into();
        let mut bytes = bytes.into();
        if bytes.len() > MAX_BYTES {
            let finding = Finding::new(Code::TooLarge, Place::File, "the file is larger than 1 MiB")
                .help("write one profile per bucket; a profile has some dozen lines");
            return Err(Box::new(Refused { source: Self::new(name, "".into()), finding }));
        }
        let mark = if bytes.starts_with(b"\xEF\xBB\xBF") { 3 } else { 0 };
        bytes.drain(..mark);
        match String::from_utf8(bytes) {
            Ok(text) => Ok(Self::new(name, text.into())),
            Err(error) => Err(not_utf8(name, error.as_bytes(), error.utf8_error().valid_up_to(), mark)),
        }
    }

    fn new(name: String, text: Arc<str>) -> Self {
        Self { name, text, lines: OnceLock::new(), composed: None }
    }

    /// The file as shown to people.
    pub fn name(&self) -> &str {
        &self.name
    }

    /// The text.
    pub fn text(&self) -> &str {
        &self.text
    }

    /// Reads the text as YAML. There is a tree if there is a mapping to look at; beside errors it holds
    /// what could be read (of two equal keys the first, and nothing for an alias).
    pub fn parse(&self) -> (Option<Tree>, Vec<Finding>) {
        match &self.composed {
            Some(composed) => composed.parse(),
            None => build::parse(&self.text),
        }
    }

    /// What is known of it beyond its text, where it was merged.
    pub fn composed(&self) -> Option<&Composed> {
        self.composed.as_deref()
    }

    fn is_composed(&self) -> bool {
        self.composed.is_some()
    }

    /// The file that a byte is in, and where it is there.
    pub fn part(&self, byte: usize) -> (&Self, usize) {
        self.composed.as_deref().and_then(|composed| composed.part(byte)).unwrap_or((self, byte))
    }

    /// Reads the text as a template of CloudFormation, YAML or JSON: the tags of its functions are written out, as
    /// `{"Fn::Sub": …}`. It stops at the first finding.
    pub fn template(&self) -> Result<serde_json::Value, Box<Finding>> {
        tagged::parse(&self.text)
    }

    /// The scalars under these keys, if all of them are there; the text is read no further than the last of them.
    pub fn peek<const N: usize>(&self, wanted: [&[&str]; N]) -> Option<[String; N]> {
        match &self.composed {
            Some(composed) => composed.peek(wanted),
            None => peek::scalars(&self.text, wanted),
        }
    }

    /// Where a byte stands in its file; beyond the end it is the end.
    pub fn position(&self, byte: usize) -> Position {
        let (file, byte) = self.part(byte);
        file.own_position(byte)
    }

    fn own_position(&self, byte: usize) -> Position {
        let lines = self.line_starts();
        let line = lines.partition_point(|start| *start <= byte);
        let start = line.checked_sub(1).and_then(|index| lines.get(index)).copied().unwrap_or(0);
        let tail = self.text.get(start..).unwrap_or("");
        let column = tail.char_indices().take_while(|(at, _)| start + at < byte).count() + 1;
        Position { line, column }
    }

    /// The bytes of a line, counted from 1, without its break; empty for a line that is not there.
    pub fn line_span(&self, line: usize) -> Range<usize> {
        let lines = self.line_starts();
        let start = line.checked_sub(1).and_then(|index| lines.get(index)).copied().unwrap_or(self.text.len());
        let end = lines.get(line).copied().unwrap_or(self.text.len());
        let written = self.text.get(start..end).unwrap_or("").trim_end_matches(['\n', '\r']);
        start..start + written.len()
    }

    /// The first byte of every line. Built when something is printed, not when a profile is read.
    fn line_starts(&self) -> &[usize] {
        self.lines.get_or_init(|| {
            let breaks = self.text.bytes().enumerate().filter(|(_, byte)| *byte == b'\n');
            std::iter::once(0).chain(breaks.map(|(at, _)| at + 1)).collect()
        })
    }
}

fn not_utf8(name: String, bytes: &[u8], valid: usize, mark: usize) -> Box<Refused> {
    let shown = bytes.len().min(valid + 16);
    let text = String::from_utf8_lossy(bytes.get(..shown).unwrap_or(bytes)).into_owned();
    let byte = bytes.get(valid).copied().unwrap_or(0);
    let utf16 = bytes.starts_with(b"\xFF\xFE") || bytes.starts_with(b"\xFE\xFF");
    let help = if utf16 { "the file is UTF-16; save it as UTF-8" } else { "save the file as UTF-8" };
    let place = Place::Bytes(valid..valid + char::REPLACEMENT_CHARACTER.len_utf8());
    let finding = Finding::new(Code::NotUtf8, place, "the file is not UTF-8 text")
        .label(format!("byte {} of the file is 0x{byte:02X}", valid + mark))
        .help(help);
    Box::new(Refused { source: Source::new(name, text.into()), finding })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn bytes_that_are_no_text_are_refused_with_their_place() {
        let refused = Source::from_bytes("x", b"\xEF\xBB\xBFa: \xFFb\n").unwrap_err();
        assert_eq!(refused.finding.code, Code::NotUtf8);
        assert_eq!(refused.finding.place, Place::Bytes(3..6));
        assert_eq!(refused.finding.label, "byte 6 of the file is 0xFF");
        assert_eq!(refused.source.text(), "a: \u{FFFD}b\n");
        let utf16 = Source::from_bytes("x", b"\xFF\xFEa\0").unwrap_err();
        assert!(utf16.finding.help.iter().any(|help| help.contains("UTF-16")));
    }

    #[test]
    fn a_file_over_the_limit_is_refused_and_one_at_the_limit_is_not() {
        assert!(Source::from_bytes("x", vec![b' '; MAX_BYTES]).is_ok());
        assert_eq!(Source::from_bytes("x", vec![b' '; MAX_BYTES + 1]).unwrap_err().finding.code, Code::TooLarge);
        assert!(matches!(Source::from_reader("x", io::repeat(b'a')), Err(ReadError::Refused(_))));
    }

    #[test]
    fn a_missing_file_is_an_error_of_the_run() {
        let error = Source::read(Path::new("no/such/file.yaml")).unwrap_err();
        assert!(matches!(error, ReadError::Unreadable { .. }));
        assert!(error.to_string().starts_with("cannot read `no/such/file.yaml`: "));
    }

    #[test]
    fn positions_count_characters_and_tolerate_any_byte() {
        let source = Source::from_bytes("x", "é: ü\r\nb\n").unwrap();
        let at = |byte| {
            let Position { line, column } = source.position(byte);
            (line, column)
        };
        assert_eq!(at(0), (1, 1));
        assert_eq!(at(2), (1, 2));
        assert_eq!(at(4), (1, 4));
        assert_eq!(at(8), (2, 1));
        assert_eq!(at(9), (2, 2));
        assert_eq!(at(10), (3, 1));
        assert_eq!(at(999), (3, 1));
        assert_eq!(source.line_span(1), 0..6);
        assert_eq!(source.line_span(2), 8..9);
        assert_eq!(source.line_span(9), 10..10);
    }
}
