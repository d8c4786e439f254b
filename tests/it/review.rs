//! The report from outside: what it says of an example, that nothing of the plan is missing, that it does not hang on a
//! clock, and that no text of a profile becomes markup.

use std::fs;

use serde_json::Value;

use s3harden::pipeline;
use s3harden::proofs;
use s3harden::review::{self, Review};
use s3harden::source::Source;

use super::render::options;
use super::support::{BOTH, profiles, root, run};

const EXAMPLE: &str = "examples/office-and-vpc.yaml";

fn of(source: &Source) -> Review {
    let findings = pipeline::check(source, &options(BOTH)).findings;
    let (profile, plan) = pipeline::plan(source).unwrap();
    Review::new(&profile, &plan, &findings, &[], None)
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
fn every_statement_and_every_guarantee_of_a_plan_is_in_its_report() {
    for path in profiles() {
        let source = Source::read(&path).unwrap();
        let (profile, plan) = pipeline::plan(&source).unwrap();
        let review = of(&source);
        let value: Value = serde_json::from_str(&review.json().unwrap()).unwrap();
        let texts = [review::markdown(&review)];
        let plain = |text: &str| text.replace('_', "\\_");
        for statement in plan.resources.iter().flat_map(|resource| resource.kind.documents()).flat_map(|document| &document.statements) {
            let Some(sid) = statement.sid.as_deref() else { continue };
            assert!(texts.iter().all(|text| text.contains(&plain(sid))), "{}: {sid}", path.display());
        }
        let proofs = proofs::prove(&profile, &plan);
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
