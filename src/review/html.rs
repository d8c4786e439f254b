//! The report as one HTML document that needs nothing else: no script, no font, no picture from elsewhere.
//!
//! In: a [`Review`]. Out: markup that XML readers take too. Every value is escaped by the engine; the template knows no
//! way around that. Never: a decision on what is shown, which the value makes.

use std::sync::OnceLock;

use serde::Serialize;
use tera::{Context, Tera};

use super::drawing::Drawing;
use super::{Cell, Control, Controls, Decided, Matrix, Part, Path, Review};

const TEMPLATE: &str = include_str!("../../templates/report/report.html");

/// The name ends in a suffix for which the engine escapes.
const NAME: &str = "report.html";

/// A decision as the legend shows it.
#[derive(Serialize)]
struct Sign {
    class: &'static str,
    sign: &'static str,
    short: &'static str,
    words: &'static str,
}

/// A table with its cells as they are shown.
#[derive(Serialize)]
struct Table<'r> {
    access_point: Option<&'r str>,
    groups: &'r [super::matrix::Group],
    rows: Vec<Row<'r>>,
}

#[derive(Serialize)]
struct Row<'r> {
    caller: &'r str,
    networks: &'r [String],
    cells: Vec<Vec<Shown>>,
}

/// A part of a cell.
#[derive(Serialize)]
struct Shown {
    class: &'static str,
    sign: &'static str,
    short: &'static str,
    about: String,
    /// All of what it is about, where `about` leaves some out.
    all: String,
}

/// A path as it is shown.
#[derive(Serialize)]
struct Way<'r> {
    from: &'r [String],
    kind: &'static str,
    through: &'r [String],
    to: &'r str,
    purpose: &'static str,
    class: &'static str,
    sign: &'static str,
    short: &'static str,
    may: String,
    with: String,
    by: &'r [String],
}

/// A framework as it is shown.
#[derive(Serialize)]
struct Framework<'r> {
    title: &'r str,
    framework: &'r str,
    source: &'r str,
    held: bool,
    counts: String,
    rows: Vec<Judged<'r>>,
}

/// A control as it is shown.
#[derive(Serialize)]
struct Judged<'r> {
    class: &'static str,
    sign: &'static str,
    verdict: &'r str,
    id: &'r str,
    title: &'r str,
    evidence: &'r [String],
    reason: Option<&'r str>,
    key: Option<&'r str>,
    judged_by: String,
}

/// A number with its words, and where in the document it comes from.
#[derive(Serialize)]
pub(super) struct Sum {
    pub(super) class: &'static str,
    pub(super) sign: &'static str,
    pub(super) count: String,
    pub(super) words: String,
    pub(super) at: &'static str,
}

/// A line of the contents.
#[derive(Serialize)]
struct Entry {
    at: &'static str,
    title: &'static str,
}

/// Spells a review.
pub fn render(review: &Review) -> Result<String, String> {
    static ENGINE: OnceLock<Result<Tera, String>> = OnceLock::new();
    let build = || {
        let mut tera = Tera::new();
        tera.autoescape_on([".html"]);
        tera.add_raw_template(NAME, TEMPLATE).map_err(|error| error.to_string())?;
        Ok(tera)
    };
    let tera = ENGINE.get_or_init(build).as_ref().map_err(Clone::clone)?;
    let mut context = Context::new();
    context.insert("review", review);
    context.insert("decisions", &Decided::ALL.map(sign));
    context.insert("sums", &sums(review));
    context.insert("contents", &contents(review));
    context.insert("drawing", &Drawing::new(&review.picture));
    context.insert("paths", &review.picture.paths.iter().map(way).collect::<Vec<_>>());
    context.insert("besides", &review.picture.places.iter().any(|place| !place.beside.is_empty()));
    context.insert("controls", &review.controls.iter().map(framework).collect::<Vec<_>>());
    context.insert("tables", &review.access.iter().map(table).collect::<Vec<_>>());
    tera.render(NAME, &context).map_err(|error| error.to_string())
}

pub(super) const fn class(decided: Decided) -> &'static str {
    match decided {
        Decided::Allowed | Decided::WithMfa => "yes",
        Decided::IfOwnPoliciesAllow | Decided::IfOwnPoliciesAllowWithMfa => "own",
        Decided::Open => "open",
        Decided::Denied => "no",
    }
}

fn sign(decided: Decided) -> Sign {
    Sign { class: class(decided), sign: decided.sign(), short: decided.short(), words: decided.words() }
}

fn table(matrix: &Matrix) -> Table<'_> {
    Table {
        access_point: matrix.access_point.as_deref(),
        groups: &matrix.groups,
        rows: matrix
            .rows
            .iter()
            .map(|one| Row { caller: &one.caller, networks: &one.networks, cells: one.cells.iter().map(cell).collect() })
            .collect(),
    }
}

fn cell(cell: &Cell) -> Vec<Shown> {
    let part = |part: &Part| {
        let (about, all) = (part.about(), part.of.join(", "));
        let decided = part.decision;
        Shown {
            class: class(decided),
            sign: decided.sign(),
            short: decided.short(),
            all: if about == all { String::new() } else { all },
            about,
        }
    };
    cell.parts.iter().map(part).collect()
}

fn contents(review: &Review) -> Vec<Entry> {
    let all = [
        ("#paths", "Paths"),
        ("#access", "Who may do what from where"),
        ("#guarantees", "Guarantees"),
        ("#protections", "Protections"),
        ("#costs", "Costs"),
        ("#controls", "Controls"),
        ("#tests", "Access tests"),
        ("#waivers", "Waivers"),
        ("#findings", "Findings"),
        ("#runbook", "Runbook"),
    ];
    let shown = all.into_iter().filter(|(at, _)| *at != "#access" || !review.access.is_empty());
    shown.map(|(at, title)| Entry { at, title }).collect()
}

/// The report in a few numbers.
pub(super) fn sums(review: &Review) -> Vec<Sum> {
    let of = |good: usize, all: usize, words: &str, at: &'static str| {
        let (class, sign) = if good == all { ("yes", "✔") } else { ("no", "✘") };
        Sum { class, sign, count: format!("{good} of {all}"), words: words.to_owned(), at }
    };
    let mut all = Vec::new();
    let proved = review.guarantees.iter().filter(|one| one.result == "proved").count();
    if !review.guarantees.is_empty() {
        all.push(of(proved, review.guarantees.len(), "guarantees proved", "#guarantees"));
    }
    if !review.tests.is_empty() {
        all.push(of(review.tests.iter().filter(|one| one.passed).count(), review.tests.len(), "access tests passed", "#tests"));
    }
    for one in review.controls.iter().filter(|one| one.held) {
        let judged = one.satisfied + one.unmet + one.in_conflict;
        all.push(of(one.satisfied, judged, &format!("controls of {} met", one.framework), "#controls"));
    }
    let found = |severity: &str| review.findings.iter().filter(|one| one.severity == severity && one.waived.is_none()).count();
    let (errors, warnings) = (found("error"), found("warning"));
    let (class, sign) = match (errors, warnings) {
        (0, 0) => ("yes", "✔"),
        (0, _) => ("own", "!"),
        _ => ("no", "✘"),
    };
    let words = |count: usize, word: &str| format!("{count} {word}{}", if count == 1 { "" } else { "s" });
    let waived = review.findings.iter().filter(|one| one.waived.is_some()).count();
    let (count, waived) = (format!("{}, {}", words(errors, "error"), words(warnings, "warning")), format!("findings ({waived} waived)"));
    all.push(Sum { class, sign, count, words: waived, at: "#findings" });
    let steps = review.runbook.len();
    let (class, sign) = if steps == 0 { ("yes", "✔") } else { ("own", "!") };
    all.push(Sum {
        class,
        sign,
        count: steps.to_string(),
        words: format!("step{} by hand", if steps == 1 { "" } else { "s" }),
        at: "#runbook",
    });
    all
}

fn way(path: &Path) -> Way<'_> {
    Way {
        from: &path.from,
        kind: path.kind.words(),
        through: &path.through,
        to: &path.to,
        purpose: path.purpose.word(),
        class: class(path.decision),
        sign: path.decision.sign(),
        short: path.decision.short(),
        may: if path.may.is_empty() { "everything".to_owned() } else { path.may.join(", ") },
        with: if path.with.is_empty() { "all".to_owned() } else { path.with.join(", ") },
        by: &path.by,
    }
}

fn framework(one: &Controls) -> Framework<'_> {
    Framework {
        title: one.title,
        framework: one.framework,
        source: one.source,
        held: one.held,
        counts: counts(one),
        rows: one.controls.iter().map(judged).collect(),
    }
}

/// How a framework is met, in a few words.
pub(super) fn counts(one: &Controls) -> String {
    let all =
        [(one.satisfied, "satisfied"), (one.unmet, "unmet"), (one.in_conflict, "in conflict"), (one.not_applicable, "not applicable")];
    all.map(|(count, words)| format!("{count} {words}")).join(", ")
}

/// The class and the sign of a verdict.
pub(super) fn mark(verdict: &str) -> (&'static str, &'static str) {
    match verdict {
        "satisfied" => ("yes", "✔"),
        "unmet" => ("no", "✘"),
        "in conflict" => ("own", "⚠"),
        _ => ("none", "–"),
    }
}

fn judged(control: &Control) -> Judged<'_> {
    let (class, sign) = mark(control.verdict);
    Judged {
        class,
        sign,
        verdict: control.verdict,
        id: control.id,
        title: control.title,
        evidence: &control.evidence,
        reason: control.reason.as_deref(),
        key: control.key,
        judged_by: control.judged_by.join(", "),
    }
}
