//! Files of one profile on a disk: written whole or not at all, and left alone where nothing changed.
//!
//! A directory that is not there yet is made beside its place and moved there, so that a reader sees nothing or
//! everything. In one that is there, every file is first written beside its place and then moved over the old one.

use std::collections::BTreeSet;
use std::fs;
use std::io;
use std::path::{Path, PathBuf};

use crate::render::File;

/// Every path that a profile's directory can hold because of us.
const OWN: &[&str] = &[
    "cloudformation/template.yaml",
    "cloudformation/template.json",
    "cloudformation/import-resources.json",
    "cloudformation/import-template.json",
    "stackset/template.json",
    "stackset/RUNBOOK.md",
    "terraform/versions.tf",
    "terraform/main.tf",
    "terraform/imports.tf",
    "terraform/variables.tf",
    "terraform/outputs.tf",
    "perimeter/vpc-endpoint-policy.json",
    "perimeter/scp.json",
    "perimeter/rcp.json",
    "perimeter/s3-policy.json",
    "RUNBOOK.md",
];

/// The directory of files that are the same for every target.
const FOR_ALL: &str = "perimeter";

/// What a file of a profile's directory is and should be.
pub(super) struct Change {
    /// Its path below the profile's directory.
    pub(super) path: &'static str,
    /// What is there.
    pub(super) old: Option<Vec<u8>>,
    /// What should be there.
    pub(super) new: Option<String>,
}

/// What is not as it should be, in a directory that is there or not. Files of targets that are not asked for are nobody's business here.
pub(super) fn changes(dir: &Path, is_there: bool, files: Vec<File>, targets: &[&str]) -> io::Result<Vec<Change>> {
    if !is_there {
        return Ok(files.into_iter().map(|File { path, text }| Change { path, old: None, new: Some(text) }).collect());
    }
    let mut changes = Vec::new();
    let stale = OWN.iter().filter(|path| {
        let ours = path.split_once('/').is_none_or(|(target, _)| target == FOR_ALL || targets.contains(&target));
        ours && !files.iter().any(|file| file.path == **path)
    });
    for path in stale {
        if let Some(old) = read(&dir.join(path))? {
            changes.push(Change { path, old: Some(old), new: None });
        }
    }
    for File { path, text } in files {
        let old = read(&dir.join(path))?;
        if old.as_deref() != Some(text.as_bytes()) {
            changes.push(Change { path, old, new: Some(text) });
        }
    }
    Ok(changes)
}

fn read(path: &Path) -> io::Result<Option<Vec<u8>>> {
    match fs::read(path) {
        Ok(bytes) => Ok(Some(bytes)),
        Err(error) if error.kind() == io::ErrorKind::NotFound => Ok(None),
        Err(error) => Err(error),
    }
}

/// Makes a file what it should be, whole or not at all; one that is that already is left alone.
pub(super) fn put(path: &Path, text: &str) -> io::Result<()> {
    if read(path)?.as_deref() == Some(text.as_bytes()) {
        return Ok(());
    }
    if let Some(parent) = path.parent() {
        fs::create_dir_all(parent)?;
        sweep(parent);
    }
    let temporary = beside(path)?;
    let moved = fs::write(&temporary, text).and_then(|()| fs::rename(&temporary, path));
    if moved.is_err() {
        // The first error is the one to tell; what is left behind has a name that says so.
        let _ = fs::remove_file(&temporary);
    }
    moved
}

/// Makes the directory what it should be.
pub(super) fn write(dir: &Path, is_there: bool, changes: &[Change]) -> io::Result<()> {
    if is_there { update(dir, changes) } else { create(dir, changes) }
}

fn create(dir: &Path, changes: &[Change]) -> io::Result<()> {
    let staging = beside(dir)?;
    make_fresh(&staging)?;
    let fill = || {
        let mut made = "";
        for change in changes {
            let Some(text) = &change.new else { continue };
            if let Some((parent, _)) = change.path.rsplit_once('/').filter(|(parent, _)| *parent != made) {
                fs::create_dir_all(staging.join(parent))?;
                made = parent;
            }
            fs::write(staging.join(change.path), text)?;
        }
        fs::rename(&staging, dir)
    };
    let made = fill();
    if made.is_err() {
        // The first error is the one to tell; what is left behind has a name that says so.
        let _ = fs::remove_dir_all(&staging);
    }
    made
}

/// Makes an empty directory, and the way to it where that is missing.
fn make_fresh(dir: &Path) -> io::Result<()> {
    match fs::create_dir(dir) {
        // A process of the same number may have died here before.
        Err(error) if error.kind() == io::ErrorKind::AlreadyExists => fs::remove_dir_all(dir)?,
        Err(error) if error.kind() == io::ErrorKind::NotFound => {}
        made => return made,
    }
    fs::create_dir_all(dir)
}

fn update(dir: &Path, changes: &[Change]) -> io::Result<()> {
    let places: BTreeSet<_> = OWN.iter().filter_map(|path| dir.join(path).parent().map(Path::to_owned)).collect();
    places.iter().for_each(|place| sweep(place));
    let mut staged: Vec<(PathBuf, PathBuf)> = Vec::new();
    let stage = |staged: &mut Vec<(PathBuf, PathBuf)>| -> io::Result<()> {
        for change in changes {
            let Some(text) = &change.new else { continue };
            let path = dir.join(change.path);
            if let Some(parent) = path.parent() {
                fs::create_dir_all(parent)?;
            }
            let temporary = beside(&path)?;
            staged.push((temporary.clone(), path));
            fs::write(temporary, text)?;
        }
        Ok(())
    };
    let result = stage(&mut staged).and_then(|()| {
        staged.iter().try_for_each(|(from, to)| fs::rename(from, to))?;
        let stale = changes.iter().filter(|change| change.new.is_none());
        stale.map(|change| dir.join(change.path)).try_for_each(fs::remove_file)
    });
    if result.is_err() {
        for (temporary, _) in staged {
            let _ = fs::remove_file(temporary);
        }
    }
    result
}

/// Removes what processes that were killed left beside their places in `dir`: names with the number of a process that
/// is no more. Where there is no `/proc`, nobody can tell, and they stay.
pub(super) fn sweep(dir: &Path) {
    let is_dead = |process: &str| Path::new("/proc/self").exists() && !Path::new("/proc").join(process).exists();
    for entry in fs::read_dir(dir).into_iter().flatten().flatten() {
        let name = entry.file_name();
        let process = name.to_str().and_then(|name| name.strip_prefix('.')?.strip_suffix(".partial")?.rsplit_once('.')).map(|(_, n)| n);
        if process.is_some_and(|n| n.bytes().all(|b| b.is_ascii_digit()) && is_dead(n)) {
            // What cannot be removed is hidden, and in nobody's way.
            let _ = fs::remove_dir_all(entry.path()).or_else(|_| fs::remove_file(entry.path()));
        }
    }
}

/// A name beside `path` that nothing else has: hidden, and told apart by process.
fn beside(path: &Path) -> io::Result<PathBuf> {
    let name = path.file_name().ok_or_else(|| io::Error::other("the path has no name"))?.to_string_lossy();
    Ok(path.with_file_name(format!(".{name}.{}.partial", std::process::id())))
}

/// The difference that the changes make, as `diff -u` shows it.
pub(super) fn difference(dir: &Path, changes: &[Change]) -> String {
    let mut text = String::new();
    for change in changes {
        let path = dir.join(change.path);
        let old = change.old.as_deref().map(String::from_utf8_lossy);
        let new = change.new.as_deref();
        let from = if old.is_some() { format!("{}", path.display()) } else { "/dev/null".to_owned() };
        let to = if new.is_some() { format!("{}", path.display()) } else { "/dev/null".to_owned() };
        let (old, new) = (old.unwrap_or_default(), new.unwrap_or_default());
        let diff = similar::TextDiff::from_lines(old.as_ref(), new);
        text.push_str(&diff.unified_diff().header(&from, &to).to_string());
    }
    text
}
