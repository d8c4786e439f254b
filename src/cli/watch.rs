//! `render --watch`: the same run again, whenever something that it reads changes.
//!
//! In: the files of a run, their bases among them, and their times. Out: what the run says, and a line for each change. Never: a run
//! while somebody still writes: what changes has to rest for [`REST`] first.

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::{Duration, SystemTime};

use super::inputs::{self, Inputs};
use super::{Exit, Stop, templates};
use crate::source::{Kind, Source, Workspace};

/// How often files are looked at: a look at some thousand of them takes a few milliseconds.
const LOOK: Duration = Duration::from_millis(250);

/// How long nothing may have changed before the next run.
const REST: Duration = Duration::from_millis(150);

/// What is known of each file, to tell that it is another.
type Seen = BTreeMap<PathBuf, Option<(SystemTime, u64)>>;

/// Runs, and runs again after each change, until it is interrupted; the status is then that of the last run.
pub(super) fn run(inputs: &Inputs, own: Option<&Path>, once: impl Fn() -> Result<Exit, Stop>) -> Result<Exit, Stop> {
    if inputs.paths.iter().any(|path| path.as_os_str() == "-") {
        return Err(Stop::usage("standard input cannot be watched: name a file"));
    }
    // What is being written is finished first, so that an interruption leaves whole files only.
    let ended = Arc::new(AtomicBool::new(false));
    for signal in [signal_hook::consts::SIGINT, signal_hook::consts::SIGTERM] {
        signal_hook::flag::register(signal, Arc::clone(&ended))
            .map_err(|error| Stop::could_not_run(format!("no signal can be waited for: {error}")))?;
    }
    let mut before = look(inputs, own);
    let mut last = tell(once());
    super::say("watching; Ctrl-C ends it");
    loop {
        std::thread::sleep(LOOK);
        if ended.load(Ordering::Relaxed) {
            return Ok(last);
        }
        let mut now = look(inputs, own);
        if now == before {
            continue;
        }
        // An editor writes more than once.
        loop {
            std::thread::sleep(REST);
            let later = look(inputs, own);
            let rests = later == now;
            now = later;
            if rests {
                break;
            }
        }
        let changed = changes(&before, &now);
        if changed.is_empty() {
            continue;
        }
        super::say(&format!("changed: {}", changed.join(", ")));
        before = now;
        last = tell(once());
    }
}

/// A run that stopped is said, and the next change may mend it.
fn tell(result: Result<Exit, Stop>) -> Exit {
    result.unwrap_or_else(|stop| {
        super::say(&format!("s3harden: {}", stop.message));
        stop.exit
    })
}

/// The files that differ, by name.
fn changes(before: &Seen, now: &Seen) -> Vec<String> {
    let names = before.keys().chain(now.keys()).collect::<std::collections::BTreeSet<_>>();
    let differs = |path: &&&PathBuf| before.get(**path) != now.get(**path);
    names.iter().filter(differs).map(|path| format!("`{}`", path.display())).collect()
}

/// Everything that a run reads: profiles, their bases, templates, values.
fn look(inputs: &Inputs, own: Option<&Path>) -> Seen {
    let mut seen = Seen::new();
    // While a directory is empty or gone there is nothing to see.
    let mut open = inputs::files(&inputs.paths, &Workspace::default()).unwrap_or_default();
    open.extend(own.and_then(|dir| templates::files(dir).ok()).unwrap_or_default());
    open.extend(inputs.values.file().map(Path::to_owned));
    while let Some(file) = open.pop() {
        if seen.contains_key(&file) {
            continue;
        }
        open.extend(bases(&file));
        let of = std::fs::metadata(&file).ok().and_then(|data| Some((data.modified().ok()?, data.len())));
        seen.insert(file, of);
    }
    seen
}

/// The files that a profile names under `extends`.
fn bases(file: &Path) -> Vec<PathBuf> {
    let is_yaml = file.extension().is_some_and(|extension| extension == "yaml" || extension == "yml");
    let source = if is_yaml { Source::read_alone(file).ok() } else { None };
    let Some(source) = source.filter(|source| source.text().contains("extends")) else { return Vec::new() };
    let Some(tree) = source.parse().0 else { return Vec::new() };
    let Some(list) = tree.get(&["extends"]).filter(|node| node.kind() == Kind::List) else { return Vec::new() };
    let dir = file.parent().unwrap_or(Path::new(""));
    list.children().map(|node| dir.join(node.text())).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_came_went_or_is_another_is_a_change() {
        let at = |len| Some((SystemTime::UNIX_EPOCH, len));
        let before: Seen = [("a".into(), at(1)), ("b".into(), at(1)), ("c".into(), at(1))].into();
        let now: Seen = [("a".into(), at(1)), ("b".into(), at(2)), ("d".into(), at(1))].into();
        assert_eq!(changes(&before, &now), ["`b`", "`c`", "`d`"]);
        assert_eq!(changes(&now, &now), [""; 0]);
    }
}
