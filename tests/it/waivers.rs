//! Waivers: what is accepted, until when, and what stands again afterwards.

use s3harden::diag::{Finding, Severity};
use s3harden::names::Date;
use s3harden::pipeline::{self, Options};

use super::support::{BOTH, line, ran, s3harden, source};

const PROFILE: &str =
    "version: 1\nname: a\nbucket:\n  name: acme\n  versioning: \"off\"\n  on_delete: delete\nlogging: { server_access: { to: none } }\n";

/// A profile with three things to waive, and these waivers.
fn found(waivers: &[&str], day: &str, deny: Severity) -> (bool, Vec<Finding>) {
    let text = format!("{PROFILE}waivers:\n{}", waivers.iter().map(|waiver| format!("  - {{ {waiver} }}\n")).collect::<String>());
    let text = if waivers.is_empty() { PROFILE.to_owned() } else { text };
    let options = Options { today: day.parse::<Date>().unwrap(), deny, targets: BOTH.to_vec() };
    let source = source(text);
    let checked = pipeline::check(&source, &options);
    for finding in &checked.findings {
        // Everything about a waiver is said at the waiver.
        if finding.code.name().starts_with("waiver-") {
            assert!(line(finding, &source, checked.tree.as_ref()).unwrap() > 8, "{finding:?}");
        }
    }
    let stopped = checked.findings.iter().any(|finding| finding.severity == Severity::Error);
    assert_eq!(checked.accepted.is_none(), stopped, "a profile is refused for an error that is said, and for nothing else");
    (checked.accepted.is_some(), checked.findings)
}

/// The codes of a severity, in alphabetical order.
fn codes(findings: &[Finding], severity: Severity) -> Vec<&'static str> {
    let mut codes: Vec<_> = findings.iter().filter(|finding| finding.severity == severity).map(|finding| finding.code.name()).collect();
    codes.sort_unstable();
    codes
}

const VERSIONING: &str = "finding: versioning-off, reason: scratch data, until: 2027-03-31, by: platform";
const LOGS: &str = "finding: access-logs-off, reason: scratch data, until: 2027-03-31";
const ON_DELETE: &str = "finding: deleted-with-stack, reason: scratch data, until: 2027-03-31";

#[test]
fn without_waivers_each_loosening_stands() {
    let (accepted, findings) = found(&[], "2026-11-23", Severity::Error);
    assert!(!accepted);
    assert_eq!(codes(&findings, Severity::Error), ["access-logs-off", "versioning-off"]);
    assert_eq!(codes(&findings, Severity::Warning), ["deleted-with-stack"]);
}

#[test]
fn a_waived_finding_is_information_with_its_reason() {
    let (accepted, findings) = found(&[VERSIONING, LOGS, ON_DELETE], "2026-11-23", Severity::Error);
    assert!(accepted, "{findings:#?}");
    for (code, by) in [("versioning-off", " by platform"), ("access-logs-off", ""), ("deleted-with-stack", "")] {
        let finding = findings.iter().find(|finding| finding.code.name() == code).unwrap();
        assert_eq!(finding.severity, Severity::Info);
        let waived = finding.waived.as_deref().unwrap();
        assert!(waived.contains("2027-03-31") && waived.contains("scratch data") && waived.contains(by), "{waived}");
    }
}

#[test]
fn a_waiver_holds_on_its_last_day_and_not_on_the_next() {
    let (accepted, _) = found(&[VERSIONING, LOGS, ON_DELETE], "2027-03-31", Severity::Error);
    assert!(accepted);
    let (accepted, findings) = found(&[VERSIONING, LOGS, ON_DELETE], "2027-04-01", Severity::Error);
    assert!(!accepted);
    let all: Vec<_> = findings.iter().map(|finding| finding.code.name()).collect();
    for code in ["versioning-off", "access-logs-off", "waiver-expired"] {
        assert!(all.contains(&code), "{all:?}");
    }
    assert!(codes(&findings, Severity::Error).contains(&"versioning-off"));
    assert!(findings.iter().all(|finding| finding.waived.is_none()));
}

#[test]
fn a_waiver_for_nothing_is_said() {
    let (accepted, findings) =
        found(&[VERSIONING, LOGS, "finding: sse-c-allowed, reason: x, until: 2027-03-31"], "2026-11-23", Severity::Error);
    assert!(accepted);
    assert_eq!(codes(&findings, Severity::Warning), ["deleted-with-stack", "waiver-unused"]);
}

#[test]
fn a_waiver_accepts_its_own_finding_only() {
    let (accepted, findings) = found(&[VERSIONING], "2026-11-23", Severity::Error);
    assert!(!accepted);
    assert_eq!(codes(&findings, Severity::Error), ["access-logs-off"]);
}

#[test]
fn what_does_not_exist_and_what_is_a_mistake_cannot_be_waived() {
    for name in ["versionning-off", "unknown-key", "waiver-unused", "key-elsewhere", "*", ""] {
        let waiver = format!("finding: \"{name}\", reason: x, until: 2027-03-31");
        let (accepted, findings) = found(&[VERSIONING, LOGS, ON_DELETE, &waiver], "2026-11-23", Severity::Error);
        assert!(!accepted, "{name}");
        assert_eq!(codes(&findings, Severity::Error), ["waiver-unknown"], "{name}");
    }
    let (_, findings) = found(&["finding: versionning-off, reason: x, until: 2027-03-31"], "2026-11-23", Severity::Error);
    let unknown = findings.iter().find(|finding| finding.code.name() == "waiver-unknown").unwrap();
    assert!(unknown.help.iter().any(|help| help.contains("`versioning-off`")), "{unknown:?}");
}

#[test]
fn denied_severities_become_errors_and_waived_findings_do_not() {
    let waivers = [VERSIONING, LOGS];
    let (accepted, findings) = found(&waivers, "2026-11-23", Severity::Warning);
    assert!(!accepted);
    assert_eq!(codes(&findings, Severity::Error), ["deleted-with-stack"]);
    let (accepted, _) = found(&[VERSIONING, LOGS, ON_DELETE], "2026-11-23", Severity::Warning);
    assert!(accepted);
    // Generation 5 of Terraform's provider cannot express everything, which is information.
    let (accepted, findings) = found(&[VERSIONING, LOGS, ON_DELETE], "2026-11-23", Severity::Info);
    assert!(!accepted, "{findings:#?}");
    assert!(findings.iter().filter(|finding| finding.waived.is_some()).all(|finding| finding.severity == Severity::Info));
}

#[test]
fn the_command_line_sets_the_day_and_what_is_denied() {
    let dir = tempfile::tempdir().unwrap();
    let file = dir.path().join("a.yaml");
    std::fs::write(&file, format!("{PROFILE}waivers:\n  - {{ {VERSIONING} }}\n  - {{ {LOGS} }}\n")).unwrap();
    let exit = |args: &[&str]| ran(s3harden(&["check"]).args(args).arg(&file).output().unwrap()).exit;
    assert_eq!(exit(&["--as-of", "2027-03-31"]), 0);
    assert_eq!(exit(&["--as-of", "2027-04-01"]), 1);
    assert_eq!(exit(&["--as-of", "2027-03-31", "--deny", "warning"]), 1);
    assert_eq!(exit(&["--as-of", "2027-03-31", "--deny", "info"]), 1);
    assert_eq!(exit(&["--as-of", "31.03.2027"]), 2);
    assert_eq!(exit(&["--deny", "everything"]), 2);
    for format in ["text", "concise", "json", "github", "sarif", "junit"] {
        assert_eq!(exit(&["--as-of", "2027-03-31", "--message-format", format]), 0, "{format}");
        assert_eq!(exit(&["--as-of", "2027-04-01", "--message-format", format]), 1, "{format}");
    }
}
