//! Runs over many profiles: the lines of a summary, the parts of a run, and the line of progress.

use std::collections::BTreeSet;
use std::fs;
use std::process::Command;

use serde_json::Value;

use super::cli::profiles;
use super::support::{ran, read, root, run, s3harden};

fn lines(text: &str) -> Vec<Value> {
    text.lines().map(|line| serde_json::from_str(line).unwrap_or_else(|error| panic!("{error}: {line}"))).collect()
}

#[test]
fn every_line_is_what_its_schema_says() {
    let schema: Value = serde_json::from_str(&read(root().join("schemas/summary.schema.json"))).unwrap();
    let schema = jsonschema::validator_for(&schema).unwrap();
    let dir = tempfile::tempdir().unwrap();
    fs::write(dir.path().join("broken.yaml"), "a: [\n").unwrap();
    fs::write(dir.path().join("latin.yaml"), b"a: \xE9\n").unwrap();
    fs::write(dir.path().join("wrong.yaml"), "version: 1\nname: wrong\nbucket: { name: acme-wrong }\ntransport: { https_only: false }\n")
        .unwrap();
    std::os::unix::fs::symlink("nowhere", dir.path().join("dangling.yaml")).unwrap();
    let elsewhere = tempfile::tempdir().unwrap();
    let out = elsewhere.path().join("out");
    let inputs = |command: &mut Command| {
        command.args(["--summary", "ndjson"]).arg(root().join("examples")).arg(dir.path());
    };
    let mut seen = BTreeSet::new();
    for (mode, exit) in [(&["render"][..], 3), (&["render"], 3), (&["render", "--check"], 3), (&["check"], 3)] {
        let mut command = s3harden(mode);
        if mode[0] == "render" {
            command.arg("-o").arg(&out);
        }
        inputs(&mut command);
        let ran = ran(command.output().unwrap());
        assert_eq!(ran.exit, exit, "{}", ran.stderr);
        let lines = lines(&ran.stdout);
        assert!(lines.len() > 15, "{}", ran.stdout);
        for line in &lines {
            let errors: Vec<String> = schema.iter_errors(line).map(|error| error.to_string()).collect();
            assert!(errors.is_empty(), "{errors:#?}: {line}");
            seen.insert(line["status"].as_str().unwrap().to_owned());
            seen.extend(line["files"].as_array().unwrap().iter().map(|file| file["state"].as_str().unwrap().to_owned()));
        }
        // A file that changed since is said to differ.
        fs::write(out.join("invoices/terraform/imports.tf"), "not here").unwrap();
        fs::write(out.join("invoices/cloudformation/template.yaml"), "not that").unwrap();
    }
    let all = ["different", "errors", "failed", "ok", "removed", "stale", "unchanged", "written"];
    // The second run put back what was changed after the first one.
    assert_eq!(seen, all.map(str::to_owned).into(), "{seen:?}");
}

#[test]
fn a_line_says_what_is_known_of_its_profile() {
    let dir = tempfile::tempdir().unwrap();
    let out = dir.path().join("out").display().to_string();
    let ran = run(&["render", "-o", &out, "--summary", "ndjson", "examples/office-and-vpc.yaml", "examples/account.yaml"]);
    assert_eq!(ran.exit, 0, "{}", ran.stderr);
    let lines = lines(&ran.stdout);
    let [office, account] = lines.as_slice() else { panic!("{}", ran.stdout) };
    assert_eq!(office["bucket"], "acme-nightly-exports");
    assert_eq!((&office["account"], &office["region"]), (&"111122223333".into(), &"eu-west-1".into()));
    let tests = read(root().join("examples/office-and-vpc.yaml")).matches("\n    expect: ").count();
    assert_eq!(office["tests"], serde_json::json!({ "passed": tests, "failed": 0 }));
    assert!(office["guarantees"]["proved"].as_u64().unwrap() > 5 && office["guarantees"]["refuted"] == 0);
    assert_eq!((&account["kind"], &account["bucket"]), (&"account".into(), &"acme-777788889999-log-archive".into()));
    let file = &office["files"][0];
    let written = fs::read(dir.path().join("out/office-and-vpc").join(file["path"].as_str().unwrap())).unwrap();
    use sha2::Digest as _;
    let digest: String = sha2::Sha256::digest(&written).iter().map(|byte| format!("{byte:02x}")).collect();
    assert_eq!(file["sha256"], digest);
}

#[test]
fn a_test_that_fails_is_counted_and_standard_output_holds_lines_only() {
    let dir = tempfile::tempdir().unwrap();
    let path = dir.path().join("a.yaml");
    let test = "tests: [{ name: x, request: { as: anonymous, do: s3:GetObject, key: a }, expect: allow }]\n";
    fs::write(&path, super::cli::profile("a") + test).unwrap();
    let ran = ran(s3harden(&["check", "--summary", "ndjson"]).arg(&path).output().unwrap());
    assert_eq!(ran.exit, 1);
    let line = &lines(&ran.stdout)[0];
    assert_eq!(line["tests"], serde_json::json!({ "passed": 0, "failed": 1 }));
    assert_eq!((&line["codes"]["access-test-failed"], &line["status"]), (&1.into(), &"errors".into()));
    assert_eq!(run(&["render", "--summary", "ndjson", "examples/minimal.yaml"]).exit, 2, "standard output is the template's");
}

#[test]
fn lines_come_in_the_order_of_the_profiles_whatever_the_number_of_threads() {
    let names: Vec<String> = (0..60).map(|n| format!("p{n}")).collect();
    let (dir, _) = profiles(&names.iter().map(String::as_str).collect::<Vec<_>>());
    let said = |jobs: &str| ran(s3harden(&["check", "--summary", "ndjson", "--jobs", jobs]).arg(dir.path()).output().unwrap()).stdout;
    let one = said("1");
    assert_eq!(one.lines().count(), 60);
    assert!(one == said("7"));
}

#[test]
fn shards_part_a_run_and_still_compare_what_profiles_claim_across_all() {
    let (dir, paths) = profiles(&["a", "b", "c", "d", "e"]);
    // `a` and `d` are in different shards of two, and claim the same bucket.
    fs::write(&paths[3], "version: 1\nname: d\nbucket: { name: acme-a }\n").unwrap();
    let shard = |shard: &str| ran(s3harden(&["check", "--summary", "ndjson", "--shard", shard]).arg(dir.path()).output().unwrap());
    let whole = ran(s3harden(&["check", "--summary", "ndjson"]).arg(dir.path()).output().unwrap());
    let (one, two) = (shard("1/2"), shard("2/2"));
    let sorted = |texts: &[&str]| texts.iter().flat_map(|text| text.lines().map(str::to_owned)).collect::<BTreeSet<_>>();
    assert_eq!(sorted(&[&one.stdout, &two.stdout]), sorted(&[&whole.stdout]));
    assert_eq!((one.stdout.lines().count(), two.stdout.lines().count()), (3, 2));
    assert_eq!((one.exit, two.exit), (1, 1), "each of the two that clash is found in its own shard");
    assert_eq!(shard("9/9").stdout, "");
    assert_eq!(shard("0/2").exit, 2);
}

#[test]
fn progress_is_for_terminals() {
    let names: Vec<String> = (0..400).map(|n| format!("p{n}")).collect();
    let (dir, _) = profiles(&names.iter().map(String::as_str).collect::<Vec<_>>());
    // In a pipe, not a byte of it.
    let piped = ran(s3harden(&["check"]).arg(dir.path()).output().unwrap());
    assert!(!piped.stderr.contains(['\r', '\u{1b}']) && !piped.stderr.contains(" profiles, "), "{}", piped.stderr);
    // `script` gives the command a terminal.
    let command = format!("{} check {}", env!("CARGO_BIN_EXE_s3harden"), dir.path().display());
    let on_terminal = |ci: Option<&str>| {
        let mut script = Command::new("script");
        script.args(["-qec", &command, "/dev/null"]).env_remove("CI").env("TERM", "xterm").stdin(std::process::Stdio::null());
        if let Some(ci) = ci {
            script.env("CI", ci);
        }
        script.output().ok().map(|output| String::from_utf8_lossy(&output.stdout).into_owned())
    };
    let Some(shown) = on_terminal(None) else {
        eprintln!("SKIPPED: `script` is not on PATH, nothing shows what a terminal sees");
        return;
    };
    if shown.contains(" of 400 profiles, ") {
        let after = shown.rsplit(" of 400 profiles, ").next().unwrap();
        assert!(after.contains("\r\u{1b}[K"), "the line is not taken away: {shown:?}");
    }
    assert!(!on_terminal(Some("true")).unwrap().contains(" of 400 profiles, "));
}
