//! What several modules need: the project's own files, its profiles, and the binary.

use std::path::{Path, PathBuf};
use std::process::{Command, Output, Stdio};

use s3harden::diag::{Finding, Place};
use s3harden::pipeline::{self, Accepted, TargetChoice};
use s3harden::source::{Source, Tree};

use super::render::options;

pub(crate) fn root() -> &'static Path {
    Path::new(env!("CARGO_MANIFEST_DIR"))
}

pub(crate) fn read(path: impl AsRef<Path>) -> String {
    let path = path.as_ref();
    std::fs::read_to_string(path).unwrap_or_else(|error| panic!("{}: {error}", path.display()))
}

/// Every file below a directory, in the order of the paths.
pub(crate) fn files_below(dir: impl AsRef<Path>) -> Vec<PathBuf> {
    let mut found = Vec::new();
    let mut open = vec![dir.as_ref().to_owned()];
    while let Some(dir) = open.pop() {
        for entry in std::fs::read_dir(&dir).unwrap_or_else(|error| panic!("{}: {error}", dir.display())) {
            let path = entry.unwrap().path();
            if path.is_dir() { open.push(path) } else { found.push(path) }
        }
    }
    found.sort();
    found
}

/// A path below `base`, with slashes.
pub(crate) fn below(path: &Path, base: impl AsRef<Path>) -> String {
    path.strip_prefix(base).unwrap().components().map(|part| part.as_os_str().to_string_lossy()).collect::<Vec<_>>().join("/")
}

/// The profiles that are right: the examples, and those that tests add.
pub(crate) fn profiles() -> Vec<PathBuf> {
    let mut files = files_below(root().join("examples"));
    files.extend(files_below(root().join("tests/profiles")));
    files.retain(|path| path.extension().is_some_and(|extension| extension == "yaml") && !is_base(path));
    files
}

/// Whether a file is what profiles extend, and none by itself: it has no name.
fn is_base(path: &Path) -> bool {
    !read(path).lines().any(|line| line.starts_with("name:"))
}

pub(crate) const CLOUDFORMATION: TargetChoice = TargetChoice::CloudFormation(None);
pub(crate) const BOTH: &[TargetChoice] = &[CLOUDFORMATION, TargetChoice::Terraform];

/// A profile that is right, for as many targets as can express it.
pub(crate) fn accepted(path: &Path) -> Accepted {
    let source = Source::read(path).unwrap();
    let check = |targets| pipeline::check(&source, &options(targets));
    let choices = [BOTH, &[TargetChoice::Terraform], &[CLOUDFORMATION]];
    let found = choices.iter().find_map(|targets| check(targets).accepted);
    found.unwrap_or_else(|| panic!("{}: {:#?}", path.display(), check(BOTH).findings))
}

pub(crate) fn source(text: impl Into<Vec<u8>>) -> Source {
    Source::from_bytes("profile.yaml", text).unwrap()
}

/// The line that a finding points at, counted from 1; none where it is about the file as a whole.
pub(crate) fn line(finding: &Finding, source: &Source, tree: Option<&Tree>) -> Option<usize> {
    let byte = match (&finding.place, tree) {
        (Place::File, _) => return None,
        (Place::Bytes(range), _) => range.start,
        (Place::Key(path), Some(tree)) => {
            let located = tree.locate(path);
            located.key.filter(|_| located.exact).unwrap_or(located.value).start
        }
        (Place::Value(path), Some(tree)) => tree.locate(path).value.start,
        (_, None) => panic!("{finding:?} has a path and there is no tree"),
    };
    Some(source.position(byte).line)
}

/// The binary, with nothing of the environment that could change what it does.
pub(crate) fn s3harden(args: &[&str]) -> Command {
    let mut command = Command::new(env!("CARGO_BIN_EXE_s3harden"));
    command.args(args).env_clear().stdin(Stdio::null());
    command
}

pub(crate) struct Ran {
    pub(crate) exit: i32,
    pub(crate) stdout: String,
    pub(crate) stderr: String,
}

impl Ran {
    /// The codes of the errors in the messages, in their order.
    pub(crate) fn errors(&self) -> Vec<&str> {
        let begin = "error[";
        self.stderr.match_indices(begin).map(|(at, _)| self.stderr[at + begin.len()..].split(']').next().unwrap()).collect()
    }
}

/// What a run gave. A panic is a failure wherever it happens.
pub(crate) fn ran(output: Output) -> Ran {
    let text = |bytes: Vec<u8>| String::from_utf8(bytes).unwrap();
    let ran = Ran { exit: output.status.code().unwrap_or(-1), stdout: text(output.stdout), stderr: text(output.stderr) };
    assert!(!ran.stderr.contains("panicked") && ran.exit != 101, "{}", ran.stderr);
    ran
}

pub(crate) fn run(args: &[&str]) -> Ran {
    ran(s3harden(args).output().unwrap())
}
