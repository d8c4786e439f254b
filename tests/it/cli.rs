//! The contract of the command line: exit statuses, what goes where, and what happens when the other end is gone.

use std::fs;
use std::io::Write as _;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};

use super::support::{Ran, files_below, ran, root, run, s3harden};

pub(super) fn profile(name: &str) -> String {
    format!("version: 1\nname: {name}\nbucket: {{ name: acme-{name} }}\n")
}

/// A directory with a profile for each name, and the paths of the profiles.
pub(super) fn profiles(names: &[&str]) -> (tempfile::TempDir, Vec<PathBuf>) {
    let dir = tempfile::tempdir().unwrap();
    let write = |name: &&str| {
        let path = dir.path().join(format!("{name}.yaml"));
        fs::write(&path, profile(name)).unwrap();
        path
    };
    let paths = names.iter().map(write).collect();
    (dir, paths)
}

fn minimal() -> String {
    root().join("examples/minimal.yaml").display().to_string()
}

fn with_input(args: &[&str], input: &[u8]) -> Ran {
    let mut child = s3harden(args).stdin(Stdio::piped()).stdout(Stdio::piped()).stderr(Stdio::piped()).spawn().unwrap();
    child.stdin.take().unwrap().write_all(input).unwrap();
    ran(child.wait_with_output().unwrap())
}

#[test]
fn results_go_to_standard_output_and_everything_else_to_standard_error() {
    let ran = run(&["render", &minimal()]);
    assert_eq!((ran.exit, ran.stderr.as_str()), (0, ""));
    let template: serde_json::Value = serde_yaml::from_str(&ran.stdout).unwrap();
    assert!(template["Resources"]["Bucket"].is_object());
    let ran = run(&["render", "-t", "terraform", &minimal()]);
    assert_eq!(ran.exit, 0);
    assert!(hcl::parse(&ran.stdout).unwrap().blocks().count() > 5, "Terraform comes as one document");
    let ran = run(&["render", "--format", "json", &minimal()]);
    assert!(serde_json::from_str::<serde_json::Value>(&ran.stdout).is_ok());
    let minified = run(&["render", "--minify", &minimal()]);
    assert!(serde_json::from_str::<serde_json::Value>(&minified.stdout).is_ok() && minified.stdout.len() < ran.stdout.len());
    let ran = run(&["check", &minimal()]);
    assert_eq!((ran.exit, ran.stdout.as_str()), (0, ""));
    for args in [&["explain"][..], &["schema"], &["man"], &["completions", "bash"], &["--help"], &["render", "--help"], &["--version"]] {
        let ran = run(args);
        assert_eq!((ran.exit, ran.stderr.as_str()), (0, ""), "{args:?}");
        assert!(ran.stdout.ends_with('\n'), "{args:?}");
    }
}

#[test]
fn errors_in_a_profile_end_with_1_and_print_no_result() {
    for args in [&["check", "-"][..], &["render", "-"], &["render", "-t", "terraform", "-"]] {
        let ran = with_input(args, b"version: 1\nname: a\nbucket: { name: Acme }\n");
        assert_eq!((ran.exit, ran.stdout.as_str()), (1, ""), "{args:?}");
        assert_eq!(ran.errors(), ["bad-name"]);
    }
}

#[test]
fn wrong_usage_ends_with_2() {
    let (dir, paths) = profiles(&["a", "b"]);
    let (a, b) = (paths[0].to_str().unwrap(), paths[1].to_str().unwrap());
    let (out, all) = (dir.path().join("out").display().to_string(), dir.path().display().to_string());
    for args in [
        &[][..],
        &["frobnicate"],
        &["render"],
        &["check"],
        &["render", "--frobnicate", a],
        &["render", a, b],
        &["render", &all],
        &["render", "-t", "cloudformation", "-t", "terraform", a],
        &["render", "-t", "pulumi", a],
        &["render", "--check", a],
        &["render", "--diff", a],
        &["render", "--check", "--diff", "-o", &out, a],
        &["render", "--format", "json", "--minify", a],
        &["render", "--format", "xml", a],
        &["check", "--as-of", "tomorrow", a],
        &["check", "--deny", "errors", a],
        &["check", "--jobs", "many", a],
        &["check", "--message-format", "html", a],
        &["explain", "no-such-thing"],
        &["completions", "cmd"],
    ] {
        let ran = run(args);
        assert_eq!((ran.exit, ran.stdout.as_str()), (2, ""), "{args:?}: {}", ran.stderr);
        assert!(!ran.stderr.is_empty(), "{args:?}");
    }
    assert!(!Path::new(&out).exists());
}

#[test]
fn a_profile_that_cannot_be_read_ends_with_3_and_the_others_are_written() {
    let (dir, paths) = profiles(&["a", "b"]);
    let out = dir.path().join("out");
    let dangling = dir.path().join("dangling.yaml");
    std::os::unix::fs::symlink("nowhere", &dangling).unwrap();
    for missing in [dir.path().join("missing.yaml"), dangling.clone()] {
        let _ = fs::remove_dir_all(&out);
        let ran = ran(s3harden(&["render", "-o"]).arg(&out).arg(&paths[0]).arg(&missing).arg(&paths[1]).output().unwrap());
        assert_eq!(ran.exit, 3, "{}", ran.stderr);
        assert!(ran.stderr.contains(missing.file_name().unwrap().to_str().unwrap()), "{}", ran.stderr);
        assert!(out.join("a/cloudformation/template.yaml").is_file() && out.join("b/terraform/main.tf").is_file());
    }
    for args in [&["check"][..], &["render"]] {
        assert_eq!(ran(s3harden(args).arg(&dangling).output().unwrap()).exit, 3, "{args:?}");
    }
    // What could not be done weighs more than what was found, whichever comes first.
    fs::write(&paths[0], "version: 1\n").unwrap();
    for order in [[&paths[0], &dangling], [&dangling, &paths[0]]] {
        let ran = ran(s3harden(&["check"]).args(order).output().unwrap());
        assert_eq!(ran.exit, 3, "{}", ran.stderr);
        assert!(!ran.errors().is_empty());
    }
}

#[test]
fn a_place_that_cannot_be_written_ends_with_3() {
    let (dir, paths) = profiles(&["a"]);
    let file = dir.path().join("file");
    fs::write(&file, "here").unwrap();
    for out in [file.clone(), file.join("below")] {
        for mode in [&[][..], &["--check"], &["--diff"]] {
            let ran = ran(s3harden(&["render"]).args(mode).arg("-o").arg(&out).arg(&paths[0]).output().unwrap());
            assert_eq!(ran.exit, 3, "{mode:?} {}", ran.stderr);
        }
    }
    assert_eq!(fs::read_to_string(&file).unwrap(), "here");
    // Nor may a file of the profile's be a directory of somebody else's.
    fs::create_dir_all(dir.path().join("out/a/terraform/main.tf")).unwrap();
    assert_eq!(ran(s3harden(&["render", "-o"]).arg(dir.path().join("out")).arg(&paths[0]).output().unwrap()).exit, 3);
    let left: Vec<_> = files_below(dir.path().join("out"));
    assert!(left.is_empty(), "something was left behind: {left:?}");
}

#[test]
fn standard_output_that_is_full_ends_with_3() {
    let Ok(full) = fs::OpenOptions::new().write(true).open("/dev/full") else { return };
    let output = s3harden(&["render", &minimal()]).stdout(full).stderr(Stdio::piped()).spawn().unwrap().wait_with_output().unwrap();
    assert_eq!(ran(output).exit, 3);
}

#[test]
fn a_reader_that_goes_away_is_no_error() {
    let minimal = minimal();
    let all = [&["render", &minimal][..], &["explain"], &["schema"], &["man"], &["completions", "zsh"], &["--help"], &["render", "--help"]];
    for args in all {
        let mut child = s3harden(args).stdout(Stdio::piped()).stderr(Stdio::piped()).spawn().unwrap();
        drop(child.stdout.take());
        let ran = ran(child.wait_with_output().unwrap());
        assert_eq!((ran.exit, ran.stderr.as_str()), (0, ""), "{args:?}");
    }
    // Nor does the exit status depend on whether anybody reads the messages.
    let mut child = s3harden(&["check", "-"]).stdin(Stdio::piped()).stdout(Stdio::piped()).stderr(Stdio::piped()).spawn().unwrap();
    drop(child.stderr.take());
    child.stdin.take().unwrap().write_all(b"version: 2\n").unwrap();
    assert_eq!(ran(child.wait_with_output().unwrap()).exit, 1);
}

#[test]
fn every_guarantee_of_profiles_is_shown() {
    let ran = run(&["prove", "examples/minimal.yaml", "examples/account.yaml"]);
    assert_eq!((ran.exit, ran.stderr.as_str()), (0, ""));
    for named in ["tls-only", "no-public-access", "services-work"] {
        assert!(ran.stdout.matches(named).count() >= 2, "{named}: {}", ran.stdout);
    }
    assert!(!ran.stdout.contains("refuted") && !ran.stdout.contains("unknown"), "{}", ran.stdout);
    assert_eq!(run(&["prove"]).exit, 2);
}

#[test]
fn standard_input_is_a_profile_like_any_other() {
    let text = fs::read(minimal()).unwrap();
    let from_file = run(&["render", &minimal()]);
    assert_eq!(with_input(&["render", "-"], &text).stdout, from_file.stdout);
    assert_eq!(with_input(&["render", "-", "-"], &text).stdout, from_file.stdout);
    assert_eq!(with_input(&["check", "-"], b"").exit, 1);
    let (dir, paths) = profiles(&["a"]);
    let out = dir.path().join("out").display().to_string();
    let a = paths[0].to_str().unwrap();
    // Beside others it is read once, and what it claims counts.
    let ran = with_input(&["render", "-o", &out, "-", a], &text);
    assert_eq!(ran.exit, 0, "{}", ran.stderr);
    assert!(Path::new(&out).join("invoices/terraform/main.tf").is_file() && Path::new(&out).join("a/terraform/main.tf").is_file());
    let ran = with_input(&["check", a, "-"], profile("a").as_bytes());
    assert_eq!(ran.exit, 1);
    assert!(ran.errors().iter().all(|code| *code == "name-clash"), "{}", ran.stderr);
}

#[test]
fn a_directory_stands_for_the_profiles_below_it() {
    let dir = tempfile::tempdir().unwrap();
    let write = |path: &str, text: &str| {
        let path = dir.path().join(path);
        fs::create_dir_all(path.parent().unwrap()).unwrap();
        fs::write(path, text).unwrap();
    };
    write("a.yaml", &profile("a"));
    write("deep/er/b.yml", &profile("b"));
    write("notes.txt", "not a profile");
    write(".hidden.yaml", "not: a profile");
    write(".git/c.yaml", "not: a profile");
    let out = dir.path().join("out");
    let render = || ran(s3harden(&["render", "-o"]).arg(&out).arg(dir.path()).output().unwrap());
    // The second time the outputs lie among the profiles.
    for _ in 0..2 {
        let ran = render();
        assert_eq!(ran.exit, 0, "{}", ran.stderr);
        let mut names: Vec<_> = fs::read_dir(&out).unwrap().map(|entry| entry.unwrap().file_name().into_string().unwrap()).collect();
        names.sort();
        assert_eq!(names, ["a", "b"]);
    }
    // A profile that is named twice is still one.
    let ran = ran(s3harden(&["check"]).arg(dir.path().join("a.yaml")).arg(dir.path()).arg(dir.path().join("a.yaml")).output().unwrap());
    assert_eq!(ran.exit, 0, "{}", ran.stderr);
    let empty = tempfile::tempdir().unwrap();
    assert_eq!(super::support::ran(s3harden(&["check"]).arg(empty.path()).output().unwrap()).exit, 3);
}

#[test]
fn the_number_of_threads_changes_nothing_that_is_said() {
    let names: Vec<String> = (0..40).map(|n| format!("p{n}")).collect();
    let (dir, paths) = profiles(&names.iter().map(String::as_str).collect::<Vec<_>>());
    for path in paths.iter().step_by(3) {
        fs::write(path, "version: 1\nname: x\n").unwrap();
    }
    let said = |jobs: &str| {
        let ran = ran(s3harden(&["check", "--jobs", jobs]).arg(dir.path()).output().unwrap());
        (ran.exit, ran.stdout, ran.stderr)
    };
    let one = said("1");
    assert_eq!(one.0, 1);
    assert!(one == said("2") && one == said("64") && one == said("0"));
}

#[test]
fn what_is_said_on_the_console_stays_as_documented() {
    trycmd::TestCases::new().case("tests/cmd/*.trycmd").env("COLUMNS", "100").env("NO_COLOR", "1");
}

#[test]
fn the_man_page_is_roff_and_the_completions_are_scripts() {
    let page = run(&["man"]).stdout;
    assert!(page.contains(".TH s3harden 1"), "{page}");
    for shell in ["bash", "zsh", "fish", "elvish", "powershell"] {
        let script = run(&["completions", shell]).stdout;
        assert!(script.contains("s3harden") && script.contains("render"), "{shell}");
    }
    let file = tempfile::NamedTempFile::new().unwrap();
    fs::write(file.path(), run(&["completions", "bash"]).stdout).unwrap();
    if let Ok(status) = Command::new("bash").arg("-n").arg(file.path()).status() {
        assert!(status.success());
    }
}
