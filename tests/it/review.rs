//! The report from outside: what it says of an example, that nothing of the plan is missing, that it does not hang on a
//! clock, and that no text of a profile becomes markup.

use std::fs;

use serde_json::Value;

use s3harden::diag::Finding;
use s3harden::pipeline;
use s3harden::proofs;
use s3harden::review::{self, Extra, Review, Subject};
use s3harden::source::Source;
use s3harden::trials;

use super::profiles::{every_key, value};
use super::render::options;
use super::support::{BOTH, profiles, root, run, source};

const EXAMPLE: &str = "examples/office-and-vpc.yaml";

fn of(source: &Source) -> Review {
    let findings = pipeline::check(source, &options(BOTH)).findings;
    reviewed(source, &findings, &Extra::default()).unwrap()
}

fn reviewed(source: &Source, findings: &[Finding], extra: &Extra<'_>) -> Option<Review> {
    if let Some((profile, plan)) = pipeline::plan(source) {
        return Some(Review::new(Subject::Bucket(&profile), &plan, findings, extra));
    }
    let (profile, plan) = pipeline::account_plan(source)?;
    Some(Review::new(Subject::Account(&profile), &plan, findings, extra))
}

fn shown(format: &str) -> String {
    let ran = run(&["report", EXAMPLE, "--format", format, "--as-of", "2026-11-23", "--message-format", "concise"]);
    assert_eq!(ran.exit, 0, "{}", ran.stderr);
    ran.stdout
}

#[test]
fn an_example_is_reported_as_json() {
    insta::assert_snapshot!("as_json", shown("json"));
}

#[test]
fn an_example_is_reported_as_markdown() {
    insta::assert_snapshot!("as_md", shown("md"));
}

#[test]
fn an_example_is_reported_as_html() {
    insta::assert_snapshot!("as_html", shown("html"));
}

/// What each tag opens is what the next closing one closes; values stand in quotes, and nothing is loaded or run.
fn assert_well_formed(text: &str) {
    let mut open: Vec<&str> = Vec::new();
    let (_, body) = text.split_once("<!DOCTYPE html>").unwrap();
    for tag in body.split('<').skip(1) {
        let (tag, after) = tag.split_once('>').unwrap_or_else(|| panic!("a tag without an end: {tag}"));
        assert!(after.is_empty() || !after.contains('>') || open.last() == Some(&"style"), "a stray `>`: {after}");
        let name = tag.split(|c: char| !c.is_alphanumeric() && c != '!').find(|word| !word.is_empty()).unwrap();
        assert!(!["script", "link", "iframe", "object", "img", "image", "use", "a!"].contains(&name), "<{tag}>");
        for attribute in ["src=", "srcset=", "style=", " on"] {
            assert!(!tag.contains(attribute), "<{tag}>");
        }
        assert!(tag.matches('"').count() % 2 == 0, "<{tag}>");
        if let Some((_, target)) = tag.split_once("href=") {
            assert!(target.starts_with("\"#"), "<{tag}>");
        }
        if tag.starts_with('/') {
            assert_eq!(open.pop(), Some(name), "<{tag}>");
        } else if !tag.ends_with('/') {
            open.push(name);
        }
    }
    assert!(open.is_empty(), "{open:?}");
    assert!(!text.contains("@import") && !text.contains("url("));
    for entity in text.split('&').skip(1) {
        assert!(["amp;", "lt;", "gt;", "quot;", "#39;"].iter().any(|known| entity.starts_with(known)), "&{entity:.20}");
    }
}

#[test]
fn every_report_is_well_formed() {
    for path in profiles() {
        let source = Source::read(&path).unwrap();
        if pipeline::plan(&source).is_some() {
            assert_well_formed(&review::html(&of(&source)).unwrap());
        }
    }
}

/// Where a text stands, of lists in their first item.
fn slots(value: &Value, at: &str, found: &mut Vec<String>) {
    match value {
        Value::String(_) => found.push(at.to_owned()),
        Value::Array(all) => all.iter().take(1).for_each(|one| slots(one, &format!("{at}/0"), found)),
        Value::Object(all) => {
            all.iter().for_each(|(key, one)| slots(one, &format!("{at}/{}", key.replace('~', "~0").replace('/', "~1")), found))
        }
        _ => {}
    }
}

/// A document without its blocks of code, in which nothing is markup but the fence that ends them.
fn prose(text: &str) -> String {
    let mut fence: Option<&str> = None;
    let mut kept = String::new();
    for line in text.lines() {
        let ticks = line.split(|c| c != '`').next().unwrap_or_default();
        match fence {
            Some(open) if line.trim_end() == open => fence = None,
            Some(_) => {}
            None if ticks.len() >= 3 => fence = Some(ticks),
            None => kept.push_str(&format!("{line}\n")),
        }
    }
    assert_eq!(fence, None, "a block of code without an end");
    kept
}

#[test]
fn no_text_of_a_profile_becomes_markup() {
    const HOSTILE: &[&str] = &[
        "<script>alert(1)</script>\"><img src=x onerror=alert(1)> ' onload='x </style></title>--><!-- ]]> {{ review }} {% raw %} &lt; | `y` # z",
        "a'><b",
        "x/<i>&amp;\"",
    ];
    let mut arrived = 0;
    for path in every_key() {
        let mut tree = value(&path);
        let mut places = Vec::new();
        slots(&tree, "", &mut places);
        for (place, hostile) in places.iter().flat_map(|place| HOSTILE.iter().map(move |hostile| (place, hostile))) {
            let before = std::mem::replace(tree.pointer_mut(place).unwrap(), Value::from(*hostile));
            if let Some((profile, plan)) = pipeline::plan(&source(serde_json::to_vec(&tree).unwrap())) {
                let review = Review::new(Subject::Bucket(&profile), &plan, &[], &Extra::default());
                let page = review::html(&review).unwrap();
                assert_well_formed(&page);
                assert!(!page.contains(hostile), "{}: {place}", path.display());
                let seen = page.contains("&lt;script&gt;") || page.contains("&gt;&lt;b") || page.contains("&lt;i&gt;");
                arrived += usize::from(seen);
                assert!(!prose(&review::markdown(&review)).contains("<script>"), "{}: {place}", path.display());
            }
            *tree.pointer_mut(place).unwrap() = before;
        }
    }
    // If nothing gets through, nothing was tested.
    assert!(arrived > 10, "{arrived}");
}

#[test]
fn every_statement_and_every_guarantee_of_a_plan_is_in_its_report() {
    for path in profiles() {
        let source = Source::read(&path).unwrap();
        let Some((profile, plan)) = pipeline::plan(&source) else { continue };
        let review = of(&source);
        let value: Value = serde_json::from_str(&review.json().unwrap()).unwrap();
        let texts = [review::markdown(&review), review::html(&review).unwrap().replace('_', "\\_")];
        let plain = |text: &str| text.replace('_', "\\_");
        for statement in plan.resources.iter().flat_map(|resource| resource.kind.documents()).flat_map(|document| &document.statements) {
            let Some(sid) = statement.sid.as_deref() else { continue };
            assert!(texts.iter().all(|text| text.contains(&plain(sid))), "{}: {sid}", path.display());
        }
        let proofs = proofs::prove(&trials::bench(&profile, &plan), &plan, &profile.guarantees);
        assert_eq!(value["guarantees"].as_array().unwrap().len(), proofs.len());
        for proof in proofs {
            assert!(texts.iter().all(|text| text.contains(proof.guarantee)), "{}: {}", path.display(), proof.guarantee);
        }
    }
}

#[test]
fn a_decision_of_the_table_is_the_evaluators() {
    let review = of(&Source::read(&root().join(EXAMPLE)).unwrap());
    let [direct] = review.access.as_slice() else { panic!("{:?}", review.access) };
    let cell = |caller: &str, network: &str, group: &str| {
        let at = direct.groups.iter().position(|one| one.name == group).unwrap();
        let row = direct.rows.iter().find(|row| row.caller == caller && row.networks.iter().any(|one| one == network)).unwrap();
        row.cells[at].parts.iter().map(|part| format!("{} {}", part.decision.short(), part.of.join(","))).collect::<Vec<_>>().join("; ")
    };
    assert_eq!(cell("role/Analyst", "203.0.113.0/24", "read"), "yes in exports/; own elsewhere");
    assert_eq!(cell("role/Analyst", "203.0.113.66/32", "read"), "no ");
    assert_eq!(cell("role/Analyst", "elsewhere on the internet", "list"), "no ");
    assert_eq!(cell("role/NightlyExporter", "vpce-0a1b2c3d4e5f60718", "write"), "yes in exports/; own elsewhere");
    assert_eq!(cell("role/NightlyExporter", "203.0.113.0/24", "write"), "own ");
    assert_eq!(cell("any other user of the bucket's account", "203.0.113.0/24", "delete"), "own, with MFA ");
    assert_eq!(cell("any other role of the bucket's account", "203.0.113.0/24", "delete"), "no ");
    assert_eq!(cell("user/mallory", "203.0.113.0/24", "read"), "no ");
    assert_eq!(cell("any other account", "203.0.113.0/24", "read"), "no ");
    assert_eq!(cell("anyone without credentials", "203.0.113.0/24", "read"), "no ");
}

#[test]
fn reports_are_written_whole_beside_each_other_and_are_the_same_again() {
    let dir = tempfile::tempdir().unwrap();
    let out = dir.path().join("reports");
    let args = ["report", "examples/minimal.yaml", EXAMPLE, "--format", "json", "-o", out.to_str().unwrap()];
    assert_eq!(run(&args).exit, 0);
    let names = || {
        let mut names: Vec<_> = fs::read_dir(&out).unwrap().map(|entry| entry.unwrap().file_name().into_string().unwrap()).collect();
        names.sort();
        names
    };
    assert_eq!(names().len(), 2, "{:?}", names());
    let first = fs::read_to_string(out.join("office-and-vpc.json")).unwrap();
    assert_eq!(run(&args).exit, 0);
    assert_eq!(first, fs::read_to_string(out.join("office-and-vpc.json")).unwrap());
    assert_eq!(run(&["report", "examples/minimal.yaml", EXAMPLE]).exit, 2);
}
