//! Which profiles a command is about: files, directories, standard input.

use std::collections::HashSet;
use std::fs;
use std::io::Read as _;
use std::path::{Path, PathBuf};
use std::sync::OnceLock;

use super::{Exit, Stop};
use crate::diag::{Code, Finding, Place};
use crate::foreign;
use crate::source::{Kind, ReadError, Refused, Source, Tree, Workspace};

/// Arguments that name profiles.
#[derive(Clone, Debug, clap::Args)]
pub(super) struct Inputs {
    /// Profiles, directories of profiles (every .yaml and .yml below them), or - for standard input.
    #[arg(required = true, value_name = "PROFILE|DIR")]
    pub(super) paths: Vec<PathBuf>,
    /// The number of threads.
    #[arg(long, value_name = "N", default_value_t = super::parallel::default_threads(), hide_default_value = true)]
    pub(super) jobs: usize,
    #[command(flatten)]
    pub(super) values: ValueArgs,
}

/// Arguments that give values to parameters.
#[derive(Clone, Debug, clap::Args)]
pub(super) struct ValueArgs {
    /// The value of a parameter of the profile; repeatable, the last of a name holds.
    #[arg(long = "set", value_name = "NAME=VALUE", value_parser = pair)]
    set: Vec<(String, String)>,
    /// A YAML file of such values, one `NAME: VALUE` a line; `--set` goes first.
    #[arg(long, value_name = "FILE")]
    values: Option<PathBuf>,
}

fn pair(text: &str) -> Result<(String, String), String> {
    let pair = text.split_once('=').filter(|(name, _)| !name.is_empty());
    pair.map(|(name, value)| (name.to_owned(), value.to_owned())).ok_or_else(|| "write it as NAME=VALUE".to_owned())
}

impl ValueArgs {
    /// The file that holds values.
    pub(super) fn file(&self) -> Option<&Path> {
        self.values.as_deref()
    }

    /// What the profiles of the run share: these values, and every base that is read.
    pub(super) fn workspace(&self) -> Result<Workspace, Stop> {
        let values = match self.values.as_deref().map(Source::read_alone).transpose() {
            Ok(values) => values,
            Err(error) => return Err(Stop::could_not_run(error.to_string())),
        };
        Ok(Workspace::new(self.set.clone(), values))
    }
}

impl Inputs {
    /// The files, each once: as given, and those of a directory in the order of their names.
    pub(super) fn files(&self, workspace: &Workspace) -> Result<Vec<PathBuf>, Stop> {
        files(&self.paths, workspace)
    }
}

/// The same, of any paths.
pub(super) fn files(paths: &[PathBuf], workspace: &Workspace) -> Result<Vec<PathBuf>, Stop> {
    let mut files = Vec::new();
    let mut walked = Walked { workspace, files: Vec::new(), extending: Vec::new() };
    for path in paths {
        if path.as_os_str() != "-" && path.is_dir() {
            let before = walked.files.len();
            walk(path, &mut walked)?;
            files.extend(walked.files.get(before..).unwrap_or_default().iter().cloned());
            if walked.files.len() == before {
                return Err(Stop::could_not_run(format!(
                    "`{}` holds no profile, which is a .yaml or .yml file that was not rendered",
                    path.display()
                )));
            }
        } else {
            files.push(path.clone());
        }
    }
    let bases = walked.bases();
    let named: HashSet<&PathBuf> = paths.iter().collect();
    let mut seen = HashSet::with_capacity(files.len());
    files.retain(|file| seen.insert(file.clone()) && (named.contains(file) || !bases.contains(file)));
    Ok(files)
}

/// Reads a profile: standard input once, however often it is asked for. What others made is refused as a whole.
pub(super) fn read(file: &Path, workspace: &Workspace) -> Result<Source, ReadError> {
    let source = read_any(file, workspace)?;
    let Some((what, remedy)) = foreign::mistaken(source.text()) else { return Ok(source) };
    let finding = Finding::new(Code::NotAProfile, Place::File, format!("the file is {what}, not a profile")).help(remedy);
    Err(ReadError::Refused(Box::new(Refused { source, finding })))
}

/// Reads a profile whose findings the command does not show.
pub(super) fn read_or_stop(file: &Path, workspace: &Workspace) -> Result<Source, Stop> {
    read(file, workspace).map_err(|error| match error {
        ReadError::Unreadable { .. } => Stop::could_not_run(error.to_string()),
        ReadError::Refused(refused) => {
            let remedies = refused.finding.help.iter().map(|help| format!("; {help}"));
            let message = format!("`{}`: {}{}", refused.source.name(), refused.finding.message, remedies.collect::<String>());
            Stop { exit: Exit::Findings, message }
        }
    })
}

fn read_any(file: &Path, workspace: &Workspace) -> Result<Source, ReadError> {
    static STANDARD_INPUT: OnceLock<Result<Source, Box<Refused>>> = OnceLock::new();
    if file.as_os_str() != "-" {
        return Source::open(file, workspace);
    }
    let read = match STANDARD_INPUT.get() {
        Some(read) => read,
        None => {
            let read = match Source::read_alone(file) {
                Err(ReadError::Refused(refused)) => Err(refused),
                other => Ok(other?),
            };
            STANDARD_INPUT.get_or_init(|| read)
        }
    };
    read.clone().map(|source| source.within(file, workspace)).map_err(ReadError::Refused)
}

/// What was found below directories.
struct Walked<'w> {
    workspace: &'w Workspace,
    files: Vec<PathBuf>,
    /// Those among them that may extend others.
    extending: Vec<PathBuf>,
}

impl Walked<'_> {
    /// The files that others extend and that have no name: they are no profiles by themselves.
    fn bases(&self) -> HashSet<PathBuf> {
        if self.extending.is_empty() {
            return HashSet::new();
        }
        let mut extended = HashSet::new();
        for file in &self.extending {
            let Some(tree) = self.tree(file) else { continue };
            let Some(list) = tree.get(&["extends"]).filter(|node| node.kind() == Kind::List) else { continue };
            let dir = file.parent().unwrap_or(Path::new(""));
            extended.extend(list.children().filter_map(|node| fs::canonicalize(dir.join(node.text())).ok()));
        }
        let is_base = |file: &&PathBuf| {
            let extended = fs::canonicalize(file).is_ok_and(|path| extended.contains(&path));
            extended && self.tree(file).is_some_and(|tree| tree.get(&["name"]).is_none())
        };
        self.files.iter().filter(is_base).cloned().collect()
    }

    fn tree(&self, file: &Path) -> Option<Tree> {
        self.workspace.read(file).ok().and_then(|source| source.parse().0)
    }
}

fn walk(dir: &Path, walked: &mut Walked<'_>) -> Result<(), Stop> {
    let unreadable = |error| Stop::could_not_run(format!("`{}` cannot be read: {error}", dir.display()));
    let mut entries = Vec::new();
    for entry in fs::read_dir(dir).map_err(unreadable)? {
        let entry = entry.map_err(unreadable)?;
        entries.push((entry.path(), entry.file_type().map_err(unreadable)?.is_dir()));
    }
    entries.sort();
    for (path, is_dir) in entries {
        let hidden = path.file_name().is_some_and(|name| name.as_encoded_bytes().starts_with(b"."));
        if hidden {
            continue;
        }
        if is_dir {
            walk(&path, walked)?;
        } else if path.extension().is_some_and(|extension| extension == "yaml" || extension == "yml") {
            let source = walked.workspace.read(&path).ok();
            // An output that lies among the profiles is none.
            if source.as_ref().map_or_else(|| is_large_output(&path), |source| source.text().starts_with(RENDERED)) {
                continue;
            }
            if source.is_some_and(|source| source.text().contains("extends")) {
                walked.extending.push(path.clone());
            }
            walked.files.push(path);
        }
    }
    Ok(())
}

/// How every output begins.
const RENDERED: &str = "# Rendered by s3harde";

/// Whether a file that is no source is an output: some are larger than a profile may be. What cannot be read is said later.
fn is_large_output(path: &Path) -> bool {
    let mut start = [0; RENDERED.len()];
    fs::File::open(path).and_then(|mut file| file.read_exact(&mut start)).is_ok() && start == *RENDERED.as_bytes()
}
