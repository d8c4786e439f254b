//! `render --watch`: it renders again after a change of a profile or of a base, and ends when it is interrupted.

use std::fs;
use std::io::{BufRead as _, BufReader};
use std::process::{Command, Stdio};
use std::sync::mpsc;
use std::time::Duration;

use super::cli::profiles;
use super::support::{read, run, s3harden};

/// Longer than any machine needs.
const PATIENCE: Duration = Duration::from_secs(120);

#[test]
fn a_change_of_a_profile_or_a_base_is_rendered_and_an_interruption_ends_it() {
    let (dir, paths) = profiles(&["a", "b"]);
    let base = dir.path().join("base.yaml");
    fs::write(&base, "version: 1\nbucket: { tags: { x: one } }\n").unwrap();
    fs::write(&paths[1], "version: 1\nname: b\nextends: [base.yaml]\nbucket: { name: acme-b }\n").unwrap();
    let out = dir.path().join("out");
    let mut child = s3harden(&["render", "--watch", "-o"]).arg(&out).arg(dir.path()).stderr(Stdio::piped()).spawn().unwrap();
    let (sender, lines) = mpsc::channel();
    let stderr = BufReader::new(child.stderr.take().unwrap());
    std::thread::spawn(move || stderr.lines().map_while(Result::ok).for_each(|line| drop(sender.send(line))));
    let wait_for = |part: &str| {
        let mut said = Vec::new();
        loop {
            let line = lines.recv_timeout(PATIENCE).unwrap_or_else(|_| panic!("`{part}` is not said: {said:#?}"));
            if line.contains(part) {
                return;
            }
            said.push(line);
        }
    };
    wait_for("watching");
    assert!(read(out.join("b/terraform/main.tf")).contains("one"));
    fs::write(&base, "version: 1\nbucket: { tags: { x: another } }\n").unwrap();
    wait_for("changed: ");
    wait_for("1 written, 1 unchanged");
    assert!(read(out.join("b/terraform/main.tf")).contains("another"));
    // What is wrong is said, what was rendered stays, and the next change mends it.
    fs::write(&paths[0], "version: 1\nname: a\n").unwrap();
    wait_for("changed: ");
    wait_for("1 failed");
    assert!(out.join("a/terraform/main.tf").is_file());
    let interrupted = Command::new("kill").args(["-INT", &child.id().to_string()]).status();
    assert!(interrupted.is_ok_and(|status| status.success()));
    assert_eq!(child.wait().unwrap().code(), Some(1), "the status is that of the last run");
}

#[test]
fn only_files_can_be_watched_and_only_into_a_directory() {
    assert_eq!(run(&["render", "--watch", "examples/minimal.yaml"]).exit, 2);
    assert_eq!(run(&["render", "--watch", "-o", "out", "-"]).exit, 2);
    assert_eq!(run(&["render", "--watch", "--check", "-o", "out", "examples/minimal.yaml"]).exit, 2);
}
