//! Findings on standard error, in the format that was asked for, as they come where the format allows it.

use std::collections::BTreeMap;
use std::io::{IsTerminal as _, Write as _};

use super::progress::Progress;
use crate::diag::{Finding, Severity};
use crate::report::{self, Entry, Format, Summary};
use crate::source::{Source, Tree};

/// Arguments about messages.
#[derive(Clone, Debug, clap::Args)]
pub(super) struct MessageArgs {
    /// How findings are shown on standard error; it never changes the exit status.
    #[arg(long, value_name = "FORMAT", default_value = "text", value_parser = ["text", "concise", "json", "github", "sarif", "junit"])]
    message_format: String,
}

/// What was found in one profile.
#[derive(Debug)]
pub(super) struct Found {
    pub(super) source: Option<Source>,
    pub(super) tree: Option<Tree>,
    pub(super) findings: Vec<Finding>,
}

impl Found {
    fn entry(&self) -> Entry<'_> {
        Entry { source: self.source.as_ref(), tree: self.tree.as_ref(), findings: &self.findings }
    }
}

/// The findings of a run.
pub(super) struct Messages {
    format: Format,
    color: bool,
    /// Whether there are so many profiles that what is only worth knowing is counted instead of shown.
    many: bool,
    counted: BTreeMap<&'static str, usize>,
    kept: Vec<Found>,
    total: Summary,
    progress: Progress,
}

impl Messages {
    pub(super) fn new(args: &MessageArgs, profiles: usize) -> Self {
        let format = Format::parse(&args.message_format).unwrap_or_default();
        let color = std::io::stderr().is_terminal() && std::env::var_os("NO_COLOR").is_none_or(|value| value.is_empty());
        let progress = Progress::new(profiles, format == Format::Text);
        Self { format, color, many: profiles > 1, counted: BTreeMap::new(), kept: Vec::new(), total: Summary::default(), progress }
    }

    /// Takes the findings of the next profile.
    pub(super) fn profile(&mut self, mut found: Found) {
        self.total.add(Summary::of(&[found.entry()]));
        if matches!(self.format, Format::Sarif | Format::Junit) {
            self.kept.push(found);
            return;
        }
        if self.many && self.format == Format::Text {
            let counted = &mut self.counted;
            found.findings.retain(|finding| {
                let shown = finding.severity > Severity::Info;
                if !shown && finding.waived.is_none() {
                    *counted.entry(finding.code.name()).or_default() += 1;
                }
                shown
            });
        }
        if !found.findings.is_empty() {
            let text = report::render(self.format, &[found.entry()], self.color);
            self.write(&text);
        }
    }

    /// So many profiles are done; people who wait see it.
    pub(super) fn tick(&mut self, done: usize) {
        self.progress.tick(done);
    }

    /// Before anything is written that is no message.
    pub(super) fn clear(&mut self) {
        self.progress.clear();
    }

    /// Says something that is about no profile; only people hear it.
    pub(super) fn note(&mut self, text: &str) {
        if self.format == Format::Text {
            self.progress.clear();
            super::say(text);
        }
    }

    /// Prints what had to wait for the end.
    pub(super) fn finish(mut self, summary: Option<String>) {
        self.progress.clear();
        if matches!(self.format, Format::Sarif | Format::Junit) {
            let entries: Vec<_> = self.kept.iter().map(Found::entry).collect();
            let text = report::render(self.format, &entries, self.color);
            self.write(&text);
        }
        for (code, count) in std::mem::take(&mut self.counted) {
            let often = if count == 1 { "once".to_owned() } else { format!("{count} times") };
            self.note(&format!("info[{code}]: {often}; check one profile alone to see each, or `s3harden explain {code}`"));
        }
        if self.many || self.total.errors + self.total.warnings > 0 {
            let total = self.total.to_string();
            self.note(&total);
        }
        if let Some(summary) = summary {
            self.note(&summary);
        }
    }

    fn write(&mut self, text: &str) {
        self.progress.clear();
        // Nobody is left to be told when standard error is gone.
        let _ = std::io::stderr().lock().write_all(text.as_bytes());
    }
}
