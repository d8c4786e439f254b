//! For CI services that read JUnit XML: a suite per profile, a failed test per error.
//!
//! A profile without errors is one test that passes; what is no error is printed into the suite's output.

use super::{Item, Sheet, escape};
use crate::diag::Severity;

pub(super) fn render(sheets: &[Sheet<'_>]) -> String {
    let failures = |sheet: &Sheet<'_>| sheet.items.iter().filter(|item| is_failure(item)).count();
    let tests = |sheet: &Sheet<'_>| failures(sheet).max(1);
    let mut out = String::from("<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n");
    out.push_str(&format!(
        "<testsuites name=\"s3harden\" tests=\"{}\" failures=\"{}\" errors=\"0\">\n",
        sheets.iter().map(tests).sum::<usize>(),
        sheets.iter().map(failures).sum::<usize>(),
    ));
    for sheet in sheets {
        let name = escape::xml(sheet.name().unwrap_or("s3harden"));
        let failed = failures(sheet);
        out.push_str(&format!(
            "  <testsuite name=\"{name}\" tests=\"{}\" failures=\"{failed}\" errors=\"0\" skipped=\"0\">\n",
            tests(sheet)
        ));
        if failed == 0 {
            out.push_str(&format!("    <testcase classname=\"{name}\" name=\"profile\"/>\n"));
        }
        for item in sheet.items.iter().filter(|item| is_failure(item)) {
            let finding = item.finding;
            let start = item.spot.start;
            let code = finding.code.name();
            out.push_str(&format!("    <testcase classname=\"{name}\" name=\"{code} at {}:{}\">\n", start.line, start.column));
            out.push_str(&format!("      <failure type=\"{code}\" message=\"{}\">", escape::xml(&finding.message)));
            out.push_str(&body(item));
            out.push_str("</failure>\n    </testcase>\n");
        }
        let rest: Vec<String> = sheet.items.iter().filter(|item| !is_failure(item)).map(remark).collect();
        if !rest.is_empty() {
            out.push_str(&format!("    <system-out>{}</system-out>\n", rest.join("\n")));
        }
        out.push_str("  </testsuite>\n");
    }
    out.push_str("</testsuites>\n");
    out
}

fn is_failure(item: &Item<'_>) -> bool {
    item.finding.severity == Severity::Error && item.finding.waived.is_none()
}

fn body(item: &Item<'_>) -> String {
    let name = escape::xml(item.spot.name().unwrap_or("s3harden"));
    let finding = item.finding;
    let start = item.spot.start;
    let mut lines = vec![format!("{name}:{}:{}", start.line, start.column)];
    if !finding.label.is_empty() {
        lines.push(escape::xml(&finding.label).into_owned());
    }
    lines.extend(finding.help.iter().map(|help| format!("help: {}", escape::xml(help))));
    lines.join("\n")
}

fn remark(item: &Item<'_>) -> String {
    let name = escape::xml(item.spot.name().unwrap_or("s3harden"));
    let finding = item.finding;
    let start = item.spot.start;
    let waived = finding.waived.as_ref().map_or_else(String::new, |why| format!(" (waived: {})", escape::xml(why)));
    let (severity, code) = (finding.severity.name(), finding.code.name());
    format!("{name}:{}:{}: {severity}[{code}] {}{waived}", start.line, start.column, escape::xml(&finding.message))
}
