//! The report as Markdown.
//!
//! In: a [`Review`]. Out: one document, in which no text of the profile is markup. Never: a word that JSON lacks.

use super::html::{counts, mark, sums};
use super::{Cell, Controls, Decided, Guarantee, Manual, Matrix, Path, Review, Statement};

/// Spells a review.
pub fn render(review: &Review) -> String {
    let mut out = Out(format!("# Report of {}\n", plain(&review.profile)));
    review.description.iter().for_each(|text| out.paragraph(&plain(text)));
    facts(review, &mut out);
    paths(review, &mut out);
    if !review.access.is_empty() {
        access(review, &mut out);
    }
    guarantees(review, &mut out);
    protections(review, &mut out);
    out.heading("## Costs");
    out.table(
        &["Driver", "Billed", "By", "Resources", "Origin"],
        review.costs.iter().map(|one| vec![plain(one.name), plain(one.what), plain(one.per), one.times.to_string(), plain(&one.origin)]),
        "Nothing is billed by use.",
    );
    out.heading("## Controls");
    if review.controls.is_empty() {
        out.paragraph("The profile is held to no framework. The report shows one with `--controls`.");
    }
    review.controls.iter().for_each(|one| controls(one, &mut out));
    out.heading("## Access tests");
    out.table(
        &["Result", "Test", "Request", "Expected", "Decided"],
        review.tests.iter().map(|test| {
            let result = if test.passed { "✔ passed" } else { "✘ failed" };
            vec![result.to_owned(), plain(&test.name), plain(&test.request), plain(&test.expected), plain(&test.decided)]
        }),
        "The profile has no access tests.",
    );
    out.heading("## Waivers");
    out.table(
        &["Finding", "Accepted until", "By", "Because"],
        review
            .waivers
            .iter()
            .map(|one| vec![plain(&one.finding), plain(&one.until), plain(one.by.as_deref().unwrap_or("—")), plain(&one.reason)]),
        "No finding is waived.",
    );
    out.heading("## Findings");
    out.table(
        &["Severity", "Finding", "What", "Origin"],
        review.findings.iter().map(|one| {
            let waived = one.waived.iter().map(|why| format!(" (waived {why})"));
            let help = one.help.iter().map(|help| format!("; {help}"));
            let what: String = std::iter::once(one.message.clone()).chain(help).chain(waived).collect();
            vec![one.severity.to_owned(), plain(one.code), plain(&what), plain(one.origin.as_deref().unwrap_or("—"))]
        }),
        "Nothing was found.",
    );
    out.heading("## Runbook");
    if review.runbook.is_empty() {
        out.paragraph("There is nothing to do by hand.");
    }
    review.runbook.iter().enumerate().for_each(|(at, step)| manual(at, step, &mut out));
    out.0
}

struct Out(String);

impl Out {
    fn heading(&mut self, text: &str) {
        self.0.push_str(&format!("\n{text}\n"));
    }

    fn paragraph(&mut self, text: &str) {
        self.0.push_str(&format!("\n{text}\n"));
    }

    fn list(&mut self, items: impl Iterator<Item = String>) {
        self.0.push('\n');
        items.for_each(|item| self.0.push_str(&format!("- {item}\n")));
    }

    fn table(&mut self, head: &[&str], rows: impl Iterator<Item = Vec<String>>, none: &str) {
        let mut rows = rows.peekable();
        if rows.peek().is_none() {
            return self.paragraph(none);
        }
        self.0.push_str(&format!("\n| {} |\n|{}\n", head.join(" | "), " --- |".repeat(head.len())));
        rows.for_each(|row| self.0.push_str(&format!("| {} |\n", row.join(" | "))));
    }
}

/// Whom and what the report is about, and what it comes to.
fn facts(review: &Review, out: &mut Out) {
    let subject = if review.kind == "account" { "an account" } else { "a bucket" };
    let named = [("account", &review.account), ("region", &review.region), ("owner", &review.owner)];
    let named = named.into_iter().filter_map(|(what, value)| Some(format!("{what} {}", plain(value.as_ref()?))));
    let facts: Vec<String> = std::iter::once(format!("Profile of {subject}")).chain(named).collect();
    out.paragraph(&format!("{}.", facts.join(", ")));
    review.as_of.iter().for_each(|day| out.paragraph(&format!("Waivers are judged as of {}.", plain(day))));
    out.list(sums(review).into_iter().map(|one| format!("{} {} {}", one.sign, one.count, one.words)));
}

fn paths(review: &Review, out: &mut Out) {
    out.heading("## Paths");
    let listed = |all: &[String], none: &str| match all {
        [] => none.to_owned(),
        all => all.iter().map(|one| plain(one)).collect::<Vec<_>>().join("<br>"),
    };
    let row = |path: &Path| {
        vec![
            format!("{} ({})", listed(&path.from, "—"), path.kind.words()),
            listed(&path.through, "—"),
            plain(&path.to),
            path.purpose.word().to_owned(),
            format!("{} {}", path.decision.sign(), path.decision.short()),
            listed(&path.may, "everything"),
            listed(&path.with, "all"),
            listed(&path.by, "—"),
        ]
    };
    out.table(
        &["From", "Through", "To", "For", "Decision", "What", "Who, or from where", "Decided by"],
        review.picture.paths.iter().map(row),
        "No path is declared.",
    );
    let besides = review
        .picture
        .places
        .iter()
        .flat_map(|place| place.beside.iter().map(|one| vec![plain(&place.name), plain(&one.what), plain(&one.does)]));
    out.table(&["To", "Belongs", "It"], besides, "Nothing belongs to a bucket beside that.");
}

fn controls(one: &Controls, out: &mut Out) {
    out.heading(&format!("### {} ({})", plain(one.title), plain(one.framework)));
    let held = if one.held { "The profile is held to it: what is unmet is a finding." } else { "The profile is not held to it." };
    out.paragraph(&format!("{}. {held} Source: {}.", counts(one), plain(one.source)));
    let row = |control: &super::Control| {
        let key = control.key.map(|key| format!("change {key}"));
        let why = control.evidence.iter().chain(&control.reason).chain(&key).map(|text| plain(text)).collect::<Vec<_>>().join("<br>");
        let verdict = format!("{} {}", mark(control.verdict).1, control.verdict);
        vec![verdict, plain(control.id), plain(control.title), why, plain(&control.judged_by.join(", "))]
    };
    let head = ["Verdict", "Control", "It asks that", "Evidence, or why not", "Judged by"];
    out.table(&head, one.controls.iter().map(row), "It has no control.");
}

fn protections(review: &Review, out: &mut Out) {
    out.heading("## Protections");
    for bucket in &review.buckets {
        out.heading(&format!("### {} ({})", plain(&bucket.name), plain(&bucket.id)));
        out.paragraph(&format!("{} (from {}).", plain(&bucket.reason), plain(&bucket.origin)));
        out.table(
            &["Setting", "Value", "Origin"],
            bucket
                .settings
                .iter()
                .map(|one| vec![plain(one.name), plain(&one.value), plain(one.origin.as_deref().unwrap_or(&bucket.origin))]),
            "",
        );
        statements(&bucket.statements, "The bucket has no policy.", out);
    }
    for policy in &review.policies {
        out.heading(&format!("### Policy of {} ({})", plain(&policy.of), words(policy.kind)));
        statements(&policy.statements, "It has no statements.", out);
    }
    out.heading("### What else is made");
    out.table(
        &["Name", "Kind", "Because", "Origin"],
        review.resources.iter().map(|one| vec![plain(&one.id), words(one.kind), plain(&one.reason), plain(&one.origin)]),
        "Nothing.",
    );
}

fn statements(all: &[Statement], none: &str, out: &mut Out) {
    out.table(
        &["Statement", "Effect", "Because", "Origin"],
        all.iter().map(|one| vec![plain(&one.sid), one.effect.to_owned(), plain(&one.reason), plain(&one.origin)]),
        none,
    );
}

fn access(review: &Review, out: &mut Out) {
    out.heading("## Who may do what from where");
    let signs: Vec<String> = Decided::ALL.iter().map(|one| format!("{} {}: {}", one.sign(), one.short(), one.words())).collect();
    out.paragraph(&format!("{}. Each cell is decided by the evaluator.", signs.join(" · ")));
    review.access.iter().for_each(|matrix| table(matrix, out));
    out.paragraph("Taken for granted here:");
    out.list(review.access_assumed.iter().map(|one| plain(one)));
    if !review.access_left_out.is_empty() {
        out.paragraph("Left out:");
        out.list(review.access_left_out.iter().map(|one| plain(one)));
    }
}

fn table(matrix: &Matrix, out: &mut Out) {
    match &matrix.access_point {
        Some(name) => out.heading(&format!("### Through the access point {}", plain(name))),
        None => out.heading("### Straight to the bucket"),
    }
    let head: Vec<&str> = ["Caller", "From"].into_iter().chain(matrix.groups.iter().map(|group| group.name.as_str())).collect();
    let row = |row: &super::Row| {
        let networks: Vec<String> = row.networks.iter().map(|network| plain(network)).collect();
        [plain(&row.caller), networks.join("<br>")].into_iter().chain(row.cells.iter().map(cell)).collect()
    };
    out.table(&head, matrix.rows.iter().map(row), "");
}

fn cell(cell: &Cell) -> String {
    let part = |part: &super::Part| {
        let of = if part.of.is_empty() { String::new() } else { format!(": {}", plain(&part.about())) };
        format!("{} {}{of}", part.decision.sign(), part.decision.short())
    };
    cell.parts.iter().map(part).collect::<Vec<_>>().join("<br>")
}

fn guarantees(review: &Review, out: &mut Out) {
    out.heading("## Guarantees");
    let row = |one: &Guarantee| {
        let sign = match one.result {
            "proved" => "✔",
            "refuted" => "✘",
            _ => "?",
        };
        let notes = one.reason.iter().chain(&one.statements).chain(&one.exceptions).map(|note| plain(note));
        vec![
            format!("{sign} {}", one.result),
            plain(one.name),
            plain(&one.bucket),
            notes.collect::<Vec<_>>().join("<br>"),
            plain(&one.origin),
        ]
    };
    out.table(
        &["Result", "Guarantee", "Bucket", "Reasons and exceptions", "Origin"],
        review.guarantees.iter().map(row),
        "Nothing is promised of requests.",
    );
    out.paragraph("Every proof takes for granted:");
    out.list(review.guarantees_assumed.iter().map(|one| plain(one)));
}

fn manual(at: usize, step: &Manual, out: &mut Out) {
    out.heading(&format!("### {}. {}", at + 1, plain(&step.title)));
    out.paragraph(&format!("{} the deployment, because {} (from {}).", capital(step.when), plain(&step.why), plain(&step.origin)));
    out.paragraph(&fenced(&step.commands));
    out.paragraph("Verify:");
    out.paragraph(&fenced(&step.verify));
    out.paragraph(&format!("It must show: {}.", plain(&step.expect)));
}

/// Commands in a block that nothing in them ends.
fn fenced(lines: &[String]) -> String {
    let text = lines.join("\n");
    let longest = text.split(|c| c != '`').map(str::len).max().unwrap_or_default();
    let fence = "`".repeat(longest.max(2) + 1);
    format!("{fence}sh\n{text}\n{fence}")
}

fn words(kind: &str) -> String {
    kind.replace('_', " ")
}

fn capital(word: &str) -> String {
    word.chars().enumerate().map(|(at, c)| if at == 0 { c.to_ascii_uppercase() } else { c }).collect()
}

/// Text within Markdown: nothing of it is markup.
fn plain(text: &str) -> String {
    let mut out = String::with_capacity(text.len());
    for c in text.chars() {
        match c {
            c if c.is_control() => out.push(' '),
            '<' => out.push_str("&lt;"),
            '>' => out.push_str("&gt;"),
            '&' => out.push_str("&amp;"),
            '\\' | '`' | '*' | '_' | '[' | ']' | '#' | '|' | '~' | '!' | '@' => {
                out.push('\\');
                out.push(c);
            }
            c => out.push(c),
        }
    }
    out
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn text_is_no_markup_and_ends_no_block() {
        assert_eq!(plain("a|b <i> `x` *y*\n# z"), "a\\|b &lt;i&gt; \\`x\\` \\*y\\* \\# z");
        assert!(fenced(&["```".to_owned(), "x".to_owned()]).starts_with("````sh\n"));
    }
}
