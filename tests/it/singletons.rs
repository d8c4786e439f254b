//! What exists once in an account and region is made by one profile of a run at most.

use super::support::{ran, s3harden};

fn profile(name: &str, account: &str, recorder: &str) -> String {
    format!(
        "version: 1\nname: {name}\nbucket: {{ name: acme-{name}, account: \"{account}\" }}\nmonitoring: {{ config: {{ recorder: {recorder} }} }}\n"
    )
}

#[test]
fn two_profiles_that_make_the_same_are_refused_and_many_that_rely_on_it_are_not() {
    let dir = tempfile::tempdir().unwrap();
    let write = |name: &str, text: String| std::fs::write(dir.path().join(format!("{name}.yaml")), text).unwrap();
    let check = || ran(s3harden(&["check", "--message-format", "concise", "."]).current_dir(dir.path()).output().unwrap());
    write("maker", profile("maker", "111122223333", "create"));
    for number in 1..=50 {
        write(&format!("b{number}"), profile(&format!("b{number}"), "111122223333", "existing"));
    }
    // Another account has a recorder of its own.
    write("elsewhere", profile("elsewhere", "444455556666", "create"));
    let found = check();
    assert_eq!((found.exit, found.stderr.contains("not-in-this-run")), (0, false), "{}", found.stderr);
    write("second", profile("second", "111122223333", "create"));
    let found = check();
    assert_eq!((found.exit, found.errors()), (1, vec!["singleton-clash"; 2]), "{}", found.stderr);
    assert!(found.stderr.contains("the recorder of AWS Config is also made by `./maker.yaml`"), "{}", found.stderr);
}
