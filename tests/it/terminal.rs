//! `init` on a real terminal: it asks there, and only there.
//!
//! Python's `pty` makes the terminal; without Python the test is skipped, loudly.

use std::process::{Command, Output};

use super::support::{ran, read};

/// Runs a command on a terminal: each line that it asks for is answered when it ends in a prompt. What it shows is printed.
const PLAY: &str = r#"
import os, pty, sys
answers, command = sys.argv[1].split("|"), sys.argv[2:]
pid, terminal = pty.fork()
if pid == 0:
    os.execv(command[0], command)
seen = b""
while True:
    try:
        more = os.read(terminal, 4096)
    except OSError:
        break
    if not more:
        break
    seen += more
    if more.endswith(b": ") and answers:
        os.write(terminal, answers.pop(0).encode() + b"\n")
sys.stdout.buffer.write(seen)
sys.exit(os.waitstatus_to_exitcode(os.waitpid(pid, 0)[1]))
"#;

fn played(answers: &[&str], args: &[&str]) -> Option<Output> {
    let mut python = Command::new("python3");
    python.args(["-c", PLAY, &answers.join("|"), env!("CARGO_BIN_EXE_s3harden")]).args(args);
    match python.output() {
        Ok(output) => Some(output),
        Err(_) => {
            assert!(std::env::var_os("S3HARDEN_REQUIRE_TOOLS").is_none_or(|v| v != "1"), "python3 is not on PATH");
            eprintln!("SKIPPED: python3 is not on PATH, nothing plays a terminal");
            None
        }
    }
}

#[test]
fn init_asks_on_a_terminal_and_asks_again_for_a_file_that_is_taken() {
    let dir = tempfile::tempdir().unwrap();
    let (taken, free) = (dir.path().join("taken.yaml"), dir.path().join("free.yaml"));
    std::fs::write(&taken, "somebody's\n").unwrap();
    // What it is about, the bucket, the profile, what lies in it, account, region, owner, networks, who reads, who writes, the file.
    let mut answers = vec!["bucket", "acme-exports", "", "baseline", "111122223333", "eu-west-1", "data-platform", "", "Analyst", ""];
    answers.extend([taken.to_str().unwrap(), free.to_str().unwrap()]);
    let Some(output) = played(&answers, &["init"]) else { return };
    let said = ran(output);
    assert_eq!(said.exit, 0, "{}", said.stdout);
    assert!(said.stdout.contains("is there already; name another file"), "{}", said.stdout);
    assert_eq!(read(&taken), "somebody's\n");
    let profile = read(&free);
    for part in ["name: acme-exports", "account: \"111122223333\"", "owner: data-platform", "to: [{ role: Analyst }]"] {
        assert!(profile.contains(part), "{part}: {profile}");
    }
    let checked = super::support::run(&["check", free.to_str().unwrap()]);
    assert_eq!(checked.exit, 0, "{}", checked.stderr);
}
