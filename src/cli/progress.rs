//! How far a long run is: one line on standard error that overwrites itself, and is gone at the end.
//!
//! Out: nothing but that line. Never: a byte where standard error is no terminal, or where a machine reads it; nor one
//! before a run has become long.

use std::io::{IsTerminal as _, Write as _};
use std::time::{Duration, Instant};

/// A run that takes less has no such line.
const LONG: Duration = Duration::from_millis(700);

/// How often the line changes.
const BETWEEN: Duration = Duration::from_millis(100);

/// The line of a run.
pub(super) struct Progress {
    total: usize,
    shown: bool,
    due: Instant,
    on: bool,
}

impl Progress {
    /// A line for so many profiles; none unless `wanted` and somebody can see it.
    pub(super) fn new(total: usize, wanted: bool) -> Self {
        let dumb = std::env::var_os("TERM").is_none_or(|term| term.is_empty() || term == "dumb");
        let on = wanted && total > 1 && !dumb && std::env::var_os("CI").is_none() && std::io::stderr().is_terminal();
        Self { total, shown: false, due: Instant::now() + LONG, on }
    }

    /// So many are done.
    pub(super) fn tick(&mut self, done: usize) {
        if self.on && Instant::now() >= self.due {
            self.due = Instant::now() + BETWEEN;
            self.shown = true;
            show(&format!("\r{}", line(done, self.total)));
        }
    }

    /// Takes the line away, before anything else is written and at the end.
    pub(super) fn clear(&mut self) {
        if std::mem::take(&mut self.shown) {
            show("\r\u{1b}[K");
        }
    }
}

/// What the line says; as wide as it was before, so that it covers itself.
fn line(done: usize, total: usize) -> String {
    let width = total.to_string().len();
    let percent = (done * 100).checked_div(total).unwrap_or(100);
    format!("{done:>width$} of {total} profiles, {percent:>3} %")
}

fn show(text: &str) {
    let mut err = std::io::stderr().lock();
    // Nobody is left to be told when standard error is gone.
    let _ = err.write_all(text.as_bytes()).and_then(|()| err.flush());
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_line_covers_itself() {
        assert_eq!(line(7, 1200), "   7 of 1200 profiles,   0 %");
        assert_eq!(line(1200, 1200).len(), line(7, 1200).len());
        assert_eq!(line(0, 0), "0 of 0 profiles, 100 %");
    }

    #[test]
    fn nothing_is_shown_where_nobody_looks() {
        let mut progress = Progress { total: 9, shown: false, due: Instant::now(), on: false };
        progress.tick(3);
        assert!(!progress.shown);
    }
}
