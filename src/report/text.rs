//! For people: each finding with an excerpt of the profile, its labels and its remedies.
//!
//! In: resolved findings. Out: what `annotate-snippets` draws. An excerpt reaches from the first to the
//! last place of a finding; a file whose lines are too long for one is shown by line and column only.

use annotate_snippets::{Annotation, AnnotationKind, Group, Level, Origin, Renderer, Snippet};

use super::{Item, Sheet, escape};
use crate::diag::Severity;
use crate::source::Source;

/// The largest stretch of a file that is given to the printer, whose time grows with it.
const MAX_EXCERPT: usize = 32 << 10;

pub(super) fn render(sheets: &[Sheet<'_>], color: bool) -> String {
    let renderer = if color { Renderer::styled() } else { Renderer::plain() };
    let mut out = String::new();
    for sheet in sheets {
        for item in &sheet.items {
            out.push_str(&renderer.render(&[group(item)]));
            out.push_str("\n\n");
        }
    }
    out
}

fn group<'a>(item: &'a Item<'_>) -> Group<'a> {
    let finding = item.finding;
    let level = match finding.severity {
        Severity::Error => Level::ERROR,
        Severity::Warning => Level::WARNING,
        Severity::Info => Level::INFO,
    };
    let mut group = Group::with_title(level.primary_title(escape::line(&finding.message)).id(finding.code.name()));
    match item.spot.file.map(|source| (source, excerpt(source, item))) {
        Some((_, Some(snippet))) => group = group.element(snippet),
        Some((source, None)) => {
            let start = item.spot.start;
            group = group.element(Origin::path(escape::line(source.name())).line(start.line).char_column(start.column));
            group = group.elements((!finding.label.is_empty()).then(|| Level::NOTE.message(escape::line(&finding.label))));
        }
        None => {}
    }
    group = group.elements(beneath(item));
    let elsewhere = item.related.iter().filter(|(spot, label)| spot.bytes.is_none() && !label.is_empty());
    group = group.elements(elsewhere.map(|(_, label)| Level::NOTE.message(escape::line(label))));
    let waived = finding.waived.as_ref().map(|why| Level::NOTE.message(format!("waived: {}", escape::line(why))));
    group.elements(waived).elements(finding.help.iter().map(|help| Level::HELP.message(escape::line(help))))
}

fn excerpt<'a>(source: &'a Source, item: &'a Item<'_>) -> Option<Snippet<'a, Annotation<'a>>> {
    item.spot.bytes.as_ref()?;
    let related = item.related.iter().filter(|(spot, _)| spot.bytes.is_some() && spot.rank == item.spot.rank);
    let lines = || related.clone().map(|(spot, _)| spot.start.line).chain([item.spot.start.line]);
    let (first, last) = (lines().min()?, lines().max()?);
    let (from, to) = (source.line_span(first).start, source.line_span(last).end);
    let text = source.text().get(from..to).filter(|text| text.len() <= MAX_EXCERPT)?;
    let mark = |kind: AnnotationKind, spot: &super::Spot<'_>, label: &'a str| {
        let range = spot.bytes.clone()?;
        let annotation = kind.span(range.start.checked_sub(from)?..range.end.checked_sub(from)?);
        Some(annotation.label((!label.is_empty()).then(|| escape::line(label))))
    };
    Some(
        Snippet::source(escape::excerpt(text))
            .line_start(first)
            .path(escape::line(source.name()))
            .annotations(mark(AnnotationKind::Primary, &item.spot, &item.finding.label))
            .annotations(related.filter_map(|(spot, label)| mark(AnnotationKind::Context, spot, label))),
    )
}

/// The places in other files than the finding's own, an excerpt each.
fn beneath<'a>(item: &'a Item<'_>) -> impl Iterator<Item = Snippet<'a, Annotation<'a>>> {
    item.related.iter().filter(|(spot, _)| spot.rank != item.spot.rank).filter_map(|(spot, label)| {
        let (file, bytes) = (spot.file?, spot.bytes.clone()?);
        let line = file.line_span(spot.start.line);
        let text = file.text().get(line.clone()).filter(|text| text.len() <= MAX_EXCERPT)?;
        let range = bytes.start.checked_sub(line.start)?..bytes.end.checked_sub(line.start)?;
        let mark = AnnotationKind::Context.span(range).label((!label.is_empty()).then(|| escape::line(label)));
        let snippet = Snippet::source(escape::excerpt(text)).line_start(spot.start.line).path(escape::line(file.name()));
        Some(snippet.annotation(mark))
    })
}
