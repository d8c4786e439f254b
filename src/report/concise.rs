//! One line per finding, as compilers print them: `file:line:column: severity[code] message`.
//!
//! In: resolved findings. Out: lines that editors and `grep` understand. Never: help or excerpts.

use super::{Sheet, escape};

pub(super) fn render(sheets: &[Sheet<'_>]) -> String {
    let mut out = String::new();
    for sheet in sheets {
        for item in &sheet.items {
            if let Some(name) = item.spot.name() {
                let start = item.spot.start;
                out.push_str(&format!("{}:{}:{}: ", escape::line(name), start.line, start.column));
            }
            let finding = item.finding;
            out.push_str(&format!("{}[{}] {}\n", finding.severity.name(), finding.code.name(), escape::line(&finding.message)));
        }
    }
    out
}
