//! Which profiles a command is about: files, directories, standard input.

use std::fs;
use std::io::Read as _;
use std::path::{Path, PathBuf};
use std::sync::OnceLock;

use super::Stop;
use crate::source::{ReadError, Refused, Source};

/// Arguments that name profiles.
#[derive(Clone, Debug, clap::Args)]
pub(super) struct Inputs {
    /// Profiles, directories of profiles (every .yaml and .yml below them), or - for standard input.
    #[arg(required = true, value_name = "PROFILE|DIR")]
    pub(super) paths: Vec<PathBuf>,
    /// The number of threads.
    #[arg(long, value_name = "N", default_value_t = super::parallel::default_threads(), hide_default_value = true)]
    pub(super) jobs: usize,
}

impl Inputs {
    /// The files, each once: as given, and those of a directory in the order of their names.
    pub(super) fn files(&self) -> Result<Vec<PathBuf>, Stop> {
        let mut files = Vec::new();
        for path in &self.paths {
            if path.as_os_str() != "-" && path.is_dir() {
                let before = files.len();
                walk(path, &mut files)?;
                if files.len() == before {
                    return Err(Stop::could_not_run(format!("`{}` holds no .yaml or .yml file", path.display())));
                }
            } else {
                files.push(path.clone());
            }
        }
        let mut seen = std::collections::HashSet::with_capacity(files.len());
        files.retain(|file| seen.insert(file.clone()));
        Ok(files)
    }
}

/// Reads a profile: standard input once, however often it is asked for.
pub(super) fn read(file: &Path) -> Result<Source, ReadError> {
    static STANDARD_INPUT: OnceLock<Result<Source, Box<Refused>>> = OnceLock::new();
    if file.as_os_str() != "-" {
        return Source::read(file);
    }
    let read = match STANDARD_INPUT.get() {
        Some(read) => read,
        None => {
            let read = match Source::read(file) {
                Err(ReadError::Refused(refused)) => Err(refused),
                other => Ok(other?),
            };
            STANDARD_INPUT.get_or_init(|| read)
        }
    };
    read.clone().map_err(ReadError::Refused)
}

fn walk(dir: &Path, files: &mut Vec<PathBuf>) -> Result<(), Stop> {
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
            walk(&path, files)?;
        } else if path.extension().is_some_and(|extension| extension == "yaml" || extension == "yml") && !is_rendered(&path) {
            files.push(path);
        }
    }
    Ok(())
}

/// Whether the file is an output that lies among the profiles.
fn is_rendered(path: &Path) -> bool {
    let mut head = [0; 21];
    let read = fs::File::open(path).and_then(|mut file| file.read_exact(&mut head));
    read.is_ok() && head == *b"# Rendered by s3harde"
}
