//! The report from outside: what it says of an example, that nothing of the plan is missing, that it does not hang on a
//! clock, and that no text of a profile becomes markup.

use std::fs;

use serde_json::Value;

use s3harden::diag::Finding;
use s3harden::pipeline;
use s3harden::profile::Framework;
use s3harden::proofs;
use s3harden::review::{self, Extra, Review, Subject};
use s3harden::source::Source;
use s3harden::trials;

use super::profiles::{every_key, value};
use super::render::options;
use super::support::{BOTH, profiles, read, root, run, source};

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
        if let Some(review) = reviewed(&source, &[], &Extra { frameworks: Framework::ALL, ..Extra::default() }) {
            assert_well_formed(&review::html(&review).unwrap());
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

#[test]
fn an_account_is_reported_as_markdown() {
    let ran = run(&["report", "examples/account.yaml", "--format", "md", "--as-of", "2026-11-23", "--message-format", "concise"]);
    assert_eq!(ran.exit, 0, "{}", ran.stderr);
    insta::assert_snapshot!("account_as_md", ran.stdout);
}

#[test]
fn frameworks_are_shown_where_the_profile_is_held_to_them_or_they_are_asked_for() {
    let shown = |args: &[&str]| {
        let value: Value = serde_json::from_str(&run(&[&["report", "--format", "json"], args].concat()).stdout).unwrap();
        let all = value["controls"].as_array().unwrap().iter().map(|one| format!("{} {}", one["framework"], one["held"]));
        all.collect::<Vec<_>>().join(", ").replace('"', "")
    };
    assert_eq!(shown(&["examples/minimal.yaml"]), "");
    assert_eq!(shown(&["examples/minimal.yaml", "--controls", "cis-aws-5.0", "--controls", "fsbp"]), "fsbp false, cis-aws-5.0 false");
    assert_eq!(shown(&["examples/account.yaml"]), "fsbp false");
    assert_eq!(shown(&["examples/minimal.yaml", "--controls", "all"]).matches(',').count() + 1, Framework::ALL.len());
    assert!(shown(&["examples/audited.yaml"]).contains("true"));
    assert_eq!(run(&["report", "examples/minimal.yaml", "--controls", "iso"]).exit, 2);
}

/// The schema, which accepts no key beside those that it names.
fn closed_schema() -> Value {
    fn close(schema: &mut Value) {
        match schema {
            Value::Object(object) => {
                if object.contains_key("properties") {
                    object.insert("additionalProperties".to_owned(), Value::from(false));
                }
                object.values_mut().for_each(close);
            }
            Value::Array(all) => all.iter_mut().for_each(close),
            _ => {}
        }
    }
    let mut schema: Value = serde_json::from_str(&read(root().join("schemas/report.schema.json"))).unwrap();
    close(&mut schema);
    schema
}

#[test]
fn every_report_follows_its_schema_and_no_key_of_it_may_be_missing_or_of_another_type() {
    let validator = jsonschema::validator_for(&closed_schema()).unwrap();
    for path in profiles() {
        let source = Source::read(&path).unwrap();
        let Some(review) = reviewed(&source, &[], &Extra { frameworks: Framework::ALL, ..Extra::default() }) else { continue };
        let value: Value = serde_json::from_str(&review.json().unwrap()).unwrap();
        let errors: Vec<_> = validator.iter_errors(&value).map(|error| format!("{}: {error}", error.instance_path())).collect();
        assert_eq!(errors, [""; 0], "{}", path.display());
    }
    let value: Value = serde_json::from_str(&of(&Source::read(&root().join(EXAMPLE)).unwrap()).json().unwrap()).unwrap();
    let mut objects = Vec::new();
    keys(&value, "", &mut objects);
    assert!(objects.len() > 50);
    for (object, key) in objects {
        let mut broken = value.clone();
        broken.pointer_mut(&object).unwrap().as_object_mut().unwrap().remove(&key).unwrap();
        assert!(!validator.is_valid(&broken), "without {object}/{key}");
        broken.pointer_mut(&object).unwrap()[&key] = serde_json::json!({"no": ["such", "type"]});
        assert!(!validator.is_valid(&broken), "{object}/{key} of another type");
    }
}

/// The keys of every object, of lists in their first item.
fn keys(value: &Value, at: &str, found: &mut Vec<(String, String)>) {
    match value {
        Value::Array(all) => all.iter().take(1).for_each(|one| keys(one, &format!("{at}/0"), found)),
        Value::Object(all) => all.iter().for_each(|(key, one)| {
            found.push((at.to_owned(), key.clone()));
            keys(one, &format!("{at}/{key}"), found);
        }),
        _ => {}
    }
}

/// Every text of a value but those below keys that the renderings shorten or spell in words of their own.
fn texts(value: &Value, found: &mut Vec<String>) {
    const SPELLED: [&str; 8] = ["groups", "cells", "decision", "purpose", "kind", "when", "id", "protection"];
    match value {
        Value::String(text) => found.push(text.clone()),
        Value::Array(all) => all.iter().for_each(|one| texts(one, found)),
        Value::Object(all) => {
            all.iter().filter(|(key, _)| !SPELLED.contains(&key.as_str())).for_each(|(_, one)| texts(one, found));
        }
        _ => {}
    }
}

#[test]
fn html_and_markdown_say_everything_that_json_says() {
    for path in profiles() {
        let source = Source::read(&path).unwrap();
        let findings = pipeline::check(&source, &options(BOTH)).findings;
        let Some(review) = reviewed(&source, &findings, &Extra { frameworks: &[Framework::Fsbp], ..Extra::default() }) else { continue };
        let mut all = Vec::new();
        texts(&serde_json::from_str(&review.json().unwrap()).unwrap(), &mut all);
        let unescaped = |text: String| {
            text.replace("&lt;", "<").replace("&gt;", ">").replace("&quot;", "\"").replace("&#39;", "'").replace("&amp;", "&")
        };
        let html = unescaped(review::html(&review).unwrap());
        let markdown = unescaped(review::markdown(&review)).replace('\\', "");
        for text in all {
            let plain: String = text.chars().map(|c| if c.is_control() { ' ' } else { c }).collect();
            assert!(html.contains(&text), "{}: HTML lacks {text}", path.display());
            assert!(
                markdown.contains(&plain.replace('\\', "")) || markdown.contains(&text.replace('\\', "")),
                "{}: Markdown lacks {text}",
                path.display()
            );
        }
    }
}

#[test]
fn every_fact_comes_from_the_plan_the_evaluator_or_the_prover() {
    for path in profiles() {
        let source = Source::read(&path).unwrap();
        let findings = pipeline::check(&source, &options(BOTH)).findings;
        let extra = Extra { frameworks: Framework::ALL, ..Extra::default() };
        let Some(review) = reviewed(&source, &findings, &extra) else { continue };
        let plan = match pipeline::plan(&source) {
            Some((_, plan)) => plan,
            None => pipeline::account_plan(&source).unwrap().1,
        };
        let at = path.display();
        let statements = || plan.resources.iter().flat_map(|resource| resource.kind.documents()).flat_map(|document| &document.statements);
        let is_sid = |text: &str| statements().any(|statement| statement.sid.as_deref() == Some(text));
        // What decides is a statement of the plan, or words, which have spaces.
        let parts = review.access.iter().flat_map(|matrix| &matrix.rows).flat_map(|row| &row.cells).flat_map(|cell| &cell.parts);
        for by in parts.flat_map(|part| &part.by).chain(review.picture.paths.iter().flat_map(|path| &path.by)) {
            assert!(is_sid(by) || by.contains(' '), "{at}: {by}");
        }
        for control in review.controls.iter().flat_map(|one| &one.controls) {
            assert_eq!(control.verdict == "satisfied", !control.evidence.is_empty(), "{at}: {}", control.id);
            for evidence in &control.evidence {
                let Some((resource, _)) = evidence.split_once('.') else {
                    assert!(evidence.contains(' '), "{at}: {evidence}");
                    continue;
                };
                assert!(plan.resources.iter().any(|one| one.id.as_str() == resource), "{at}: {evidence}");
            }
        }
        for place in &review.picture.places {
            assert!(place.id == "account" || plan.buckets().any(|(resource, _)| resource.id.as_str() == place.id), "{at}: {}", place.id);
        }
        assert_eq!(plan.buckets().count(), review.buckets.len());
        assert_eq!(
            statements().count(),
            review.buckets.iter().map(|one| one.statements.len()).sum::<usize>()
                + review.policies.iter().map(|one| one.statements.len()).sum::<usize>()
        );
        let found: Vec<_> = findings.iter().map(|finding| (finding.code.name(), finding.message.clone())).collect();
        assert_eq!(found, review.findings.iter().map(|one| (one.code, one.message.clone())).collect::<Vec<_>>(), "{at}");
    }
}

/// A request in the words of access tests, from the words of a table.
fn asked(caller: &str, network: &str, action: &str, mfa: bool, own: bool) -> Option<Value> {
    let caller = match caller {
        "any other role of the bucket's account" => "role/somebody-else",
        "any other user of the bucket's account" => "user/somebody-else",
        "any other account" => "arn:aws:iam::999999999999:role/somebody",
        "anyone without credentials" => "anonymous",
        named => named,
    };
    let from = match network {
        "203.0.113.0/24" => serde_json::json!({"ip": "203.0.113.9"}),
        "2001:db8:1234::/48" => serde_json::json!({"ip": "2001:db8:1234::7"}),
        "203.0.113.66/32" => serde_json::json!({"ip": "203.0.113.66"}),
        "elsewhere on the internet" => serde_json::json!({"ip": "198.51.100.77"}),
        "any other VPC endpoint" => serde_json::json!({"vpc_endpoint": "vpce-0123456789abcdef0"}),
        endpoint => serde_json::json!({"vpc_endpoint": endpoint}),
    };
    let mut request = serde_json::json!({"as": caller, "do": action, "from": from, "identity_allows": own});
    if s3harden::policy::Action::parse(action)?.kinds().object() {
        request["key"] = "z".into();
    }
    if mfa {
        request["mfa_age"] = "1m".into();
    }
    Some(request)
}

#[test]
fn each_cell_is_decided_again_and_alike() {
    let source = Source::read(&root().join(EXAMPLE)).unwrap();
    let (profile, plan) = pipeline::plan(&source).unwrap();
    let bench = trials::bench(&profile, &plan);
    let review = of(&source);
    let decide = |request: Value| bench.verdict(&serde_json::from_value(request).unwrap()).unwrap().is_allowed();
    let mut decided = 0;
    for matrix in &review.access {
        for row in &matrix.rows {
            for (group, cell) in matrix.groups.iter().zip(&row.cells) {
                let [part] = cell.parts.as_slice() else { continue };
                for (network, action) in row.networks.iter().flat_map(|network| group.actions.iter().map(move |action| (network, action))) {
                    let ask = |mfa, own| asked(&row.caller, network, action, mfa, own).map(decide);
                    let own = row.caller.starts_with("role/") || row.caller.starts_with("user/") || row.caller.contains("bucket's account");
                    let signed = row.caller != "anyone without credentials";
                    let expected = match (ask(false, false), ask(signed, false), ask(false, own), ask(signed, own)) {
                        (Some(true), ..) => "yes",
                        (_, Some(true), ..) => "with MFA",
                        (_, _, Some(true), _) if own => "own",
                        (.., Some(true)) if own => "own, with MFA",
                        (Some(_), ..) => "no",
                        _ => continue,
                    };
                    assert_eq!(part.decision.short(), expected, "{} from {network}: {action}", row.caller);
                    decided += 1;
                }
            }
        }
    }
    assert!(decided > 500, "{decided}");
}

/// The relative luminance of a colour of sRGB, as WCAG 2.2 defines it.
fn luminance(hex: &str) -> f64 {
    let channel = |at: usize| {
        let value = f64::from(u8::from_str_radix(&hex[at..at + 2], 16).unwrap()) / 255.0;
        if value <= 0.04045 { value / 12.92 } else { ((value + 0.055) / 1.055).powf(2.4) }
    };
    0.2126 * channel(1) + 0.7152 * channel(3) + 0.0722 * channel(5)
}

#[test]
fn colours_contrast_enough_in_light_in_dark_and_on_paper() {
    let page = review::html(&of(&Source::read(&root().join(EXAMPLE)).unwrap())).unwrap();
    let schemes: Vec<Vec<(&str, &str)>> = page
        .lines()
        .filter_map(|line| line.split_once(":root {")?.1.split_once('}'))
        .map(|(block, _)| block.split(';').filter_map(|one| one.trim().strip_prefix("--")?.split_once(": ")).collect())
        .collect();
    assert_eq!(schemes.len(), 3);
    for scheme in schemes {
        let value = |name: &str| scheme.iter().find(|(own, _)| *own == name).unwrap_or_else(|| panic!("no {name} in {scheme:?}")).1;
        let contrast = |a: &str, b: &str| {
            let (a, b) = (luminance(value(a)), luminance(value(b)));
            (a.max(b) + 0.05) / (a.min(b) + 0.05)
        };
        for ground in ["paper", "soft", "yes", "own", "no", "open"] {
            assert!(contrast("ink", ground) >= 7.0, "ink on {ground}: {scheme:?}");
        }
        for (text, ground) in [("quiet", "paper"), ("quiet", "soft"), ("link", "paper"), ("link", "soft")] {
            assert!(contrast(text, ground) >= 4.5, "{text} on {ground}: {scheme:?}");
        }
        for line in ["yes-line", "own-line", "no-line", "open-line", "edge"] {
            assert!(contrast(line, "paper") >= 3.0, "{line}: {scheme:?}");
        }
    }
}
