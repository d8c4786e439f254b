//! For GitHub Actions: workflow commands, which become annotations of a pull request.
//!
//! Escaping is that of the runner's own toolkit: `%`, carriage return and line feed everywhere, and `:`
//! and `,` in properties as well.

use super::{Sheet, escape};
use crate::diag::Severity;

pub(super) fn render(sheets: &[Sheet<'_>]) -> String {
    let mut out = String::new();
    for sheet in sheets {
        for item in &sheet.items {
            let finding = item.finding;
            let command = match finding.severity {
                _ if finding.waived.is_some() => "notice",
                Severity::Error => "error",
                Severity::Warning => "warning",
                Severity::Info => "notice",
            };
            let place = item.spot.name().map_or_else(String::new, |name| {
                let (start, end) = (item.spot.start, item.spot.end);
                format!("file={},line={},endLine={},col={},endColumn={},", property(name), start.line, end.line, start.column, end.column)
            });
            let waived = finding.waived.as_ref().map(|why| format!("waived: {why}"));
            let help = finding.help.iter().map(|help| format!("help: {help}"));
            let lines: Vec<String> = std::iter::once(finding.message.clone()).chain(waived).chain(help).map(|line| data(&line)).collect();
            out.push_str(&format!("::{command} {place}title={}::{}\n", property(finding.code.name()), lines.join("%0A")));
        }
    }
    out
}

fn data(text: &str) -> String {
    escape::line(&text.replace('%', "%25").replace('\r', "%0D").replace('\n', "%0A")).into_owned()
}

fn property(text: &str) -> String {
    data(text).replace(':', "%3A").replace(',', "%2C")
}
