//! For CI services that read JUnit XML: a suite per profile, a failed test per error.
//!
//! A profile without errors is one test that passes; what is no error is printed into the suite's output. Access tests
//! and guarantees are tests of their own: [`Suite`].

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

/// Tests that belong together: those of a profile.
#[derive(Clone, Debug, Default)]
pub struct Suite {
    /// What they are about.
    pub name: String,
    /// The tests.
    pub cases: Vec<Case>,
}

/// A test and its result.
#[derive(Clone, Debug)]
pub struct Case {
    /// Its name.
    pub name: String,
    /// What became of it.
    pub outcome: Outcome,
}

/// What became of a test.
#[derive(Clone, Debug)]
pub enum Outcome {
    /// It passed.
    Passed,
    /// It failed.
    Failed(Failure),
    /// It could not be told.
    Error(Failure),
}

/// Why a test did not pass.
#[derive(Clone, Debug)]
pub struct Failure {
    /// A word for the reason.
    pub kind: &'static str,
    /// The reason, in one sentence.
    pub message: String,
    /// What else there is to say, a line each.
    pub more: Vec<String>,
}

/// Spells suites of tests.
pub fn suites(all: &[Suite]) -> String {
    let failed = |suite: &Suite| suite.cases.iter().filter(|case| matches!(case.outcome, Outcome::Failed(_))).count();
    let broken = |suite: &Suite| suite.cases.iter().filter(|case| matches!(case.outcome, Outcome::Error(_))).count();
    let total = |count: &dyn Fn(&Suite) -> usize| all.iter().map(count).sum::<usize>();
    let mut out = format!(
        "<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n<testsuites name=\"s3harden\" tests=\"{}\" failures=\"{}\" errors=\"{}\">\n",
        total(&|suite| suite.cases.len()),
        total(&failed),
        total(&broken),
    );
    for suite in all {
        let name = escape::xml(&suite.name);
        let (tests, failures, errors) = (suite.cases.len(), failed(suite), broken(suite));
        out.push_str(&format!(
            "  <testsuite name=\"{name}\" tests=\"{tests}\" failures=\"{failures}\" errors=\"{errors}\" skipped=\"0\">\n"
        ));
        for case in &suite.cases {
            let head = format!("    <testcase classname=\"{name}\" name=\"{}\"", escape::xml(&case.name));
            let (tag, failure) = match &case.outcome {
                Outcome::Passed => {
                    out.push_str(&format!("{head}/>\n"));
                    continue;
                }
                Outcome::Failed(failure) => ("failure", failure),
                Outcome::Error(failure) => ("error", failure),
            };
            let more: Vec<_> = failure.more.iter().map(|line| escape::xml(line)).collect();
            let message = escape::xml(&failure.message);
            out.push_str(&format!(
                "{head}>\n      <{tag} type=\"{}\" message=\"{message}\">{}</{tag}>\n    </testcase>\n",
                failure.kind,
                more.join("\n")
            ));
        }
        out.push_str("  </testsuite>\n");
    }
    out.push_str("</testsuites>\n");
    out
}
