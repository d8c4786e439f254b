//! The holes that scanners and modules of others leave, each in a policy of its own below `tests/holes`: `s3harden prove`
//! finds every one, with a request that gets through.

use serde_json::{Value, json};

use super::access::evaluate;
use super::support::{below, files_below, read, root, run};

const BUCKET: &str = "acme-exports";
const OWN: &str = "111122223333";

/// What is asked of a policy, by how its file begins.
fn asked(name: &str) -> Vec<&'static str> {
    match name.split('_').next().unwrap() {
        "tls" => vec!["--guarantee", "tls-only"],
        "networks" => {
            vec!["--guarantee", "only-listed-networks", "--network", "203.0.113.0/24", "--network", "vpce-0a1b2c3d4e5f60718"]
        }
        "points" => {
            vec!["--guarantee", "access-point-only", "--access-point", "arn:aws:s3:eu-west-1:111122223333:accesspoint/lake"]
        }
        other => panic!("{other} asks for nothing"),
    }
}

fn prove(path: &str, name: &str, format: &str) -> (i32, String) {
    let mut args = vec!["prove", "--policy", path, "--bucket", BUCKET, "--account", OWN, "--format", format];
    args.extend(asked(name));
    let ran = run(&args);
    (ran.exit, ran.stdout)
}

#[test]
fn each_known_hole_is_found_with_a_request_that_gets_through() {
    let files = files_below(root().join("tests/holes"));
    assert!(files.len() >= 6);
    for path in files {
        let name = path.file_stem().unwrap().to_string_lossy().into_owned();
        let (exit, text) = prove(&below(&path, root()), &name, "text");
        assert_eq!(exit, 1, "{name}: {text}");
        insta::assert_snapshot!(name.as_str(), text);
        let (exit, json) = prove(&below(&path, root()), &name, "json");
        let all: Value = serde_json::from_str(&json).unwrap();
        assert_eq!((exit, all.as_array().unwrap().len()), (1, 1), "{name}");
        let found = &all[0];
        assert_eq!(found["result"], "refuted", "{name}: {found}");
        // The request is one that `evaluate` takes, and it gets the same answer there, from a caller with every permission.
        let everything = json!({"Version": "2012-10-17", "Statement": {"Effect": "Allow", "Action": "*", "Resource": "*"}});
        let policy: Value = serde_json::from_str(&read(&path)).unwrap();
        let line =
            json!({"id": 1, "policies": {"resource": policy, "identity": [everything]}, "request": found["counterexample"]["request"]});
        let answer = evaluate(&[line]).remove(0);
        assert_eq!(answer["decision"], "Allowed", "{name}: {answer}");
    }
}
