//! Files on a disk: whole or not at all, untouched where nothing changed, and nobody else's.

use std::collections::BTreeMap;
use std::fs;
use std::os::unix::fs::MetadataExt as _;
use std::path::Path;
use std::process::Stdio;
use std::thread::sleep;
use std::time::{Duration, Instant};

use super::cli::{profile, profiles};
use super::support::{Ran, below, files_below, ran, s3harden};

fn render(args: &[&str], out: &Path, inputs: &Path) -> Ran {
    ran(s3harden(&["render"]).args(args).arg("-o").arg(out).arg(inputs).output().unwrap())
}

type Tree = BTreeMap<String, Vec<u8>>;

fn tree(dir: &Path) -> Tree {
    if !dir.exists() {
        return Tree::new();
    }
    files_below(dir).iter().map(|path| (below(path, dir), fs::read(path).unwrap())).collect()
}

/// Each file with what changes when it is written again.
fn stamps(dir: &Path) -> BTreeMap<String, (u64, i64, i64)> {
    let stamp = |path: &std::path::PathBuf| {
        let of = fs::metadata(path).unwrap();
        (below(path, dir), (of.ino(), of.mtime(), of.mtime_nsec()))
    };
    files_below(dir).iter().map(stamp).collect()
}

#[test]
fn a_profile_becomes_a_directory_of_its_name() {
    let (dir, paths) = profiles(&["a"]);
    let out = dir.path().join("not/there/yet");
    let ran = render(&[], &out, &paths[0]);
    assert_eq!((ran.exit, ran.stdout.as_str()), (0, ""), "{}", ran.stderr);
    let names: Vec<String> = tree(&out).into_keys().collect();
    assert_eq!(
        names,
        ["a/RUNBOOK.md", "a/cloudformation/template.yaml", "a/terraform/main.tf", "a/terraform/outputs.tf", "a/terraform/versions.tf"]
    );
}

#[test]
fn what_did_not_change_is_not_touched() {
    let (dir, paths) = profiles(&["a", "b"]);
    let out = dir.path().join("out");
    render(&[], &out, dir.path());
    let before = stamps(&out);
    sleep(Duration::from_millis(20));
    assert_eq!(render(&[], &out, dir.path()).exit, 0);
    assert_eq!(stamps(&out), before);
    fs::write(&paths[0], profile("a").replace("bucket: {", "bucket: { tags: { a: b },")).unwrap();
    assert_eq!(render(&[], &out, dir.path()).exit, 0);
    let changed: Vec<_> = stamps(&out).into_iter().filter(|(name, stamp)| before[name] != *stamp).map(|(name, _)| name).collect();
    assert_eq!(changed, ["a/cloudformation/template.yaml", "a/terraform/main.tf"]);
}

#[test]
fn check_and_diff_show_the_difference_and_write_nothing() {
    let (dir, paths) = profiles(&["a"]);
    let out = dir.path().join("out");
    for (mode, exit) in [("--check", 1), ("--diff", 0)] {
        let ran = render(&[mode], &out, &paths[0]);
        assert_eq!(ran.exit, exit, "{mode}: {}", ran.stderr);
        assert!(ran.stdout.contains("+++ ") && ran.stdout.contains("/dev/null"), "{mode}: {}", ran.stdout);
        assert!(!out.exists(), "{mode} wrote something");
    }
    render(&[], &out, &paths[0]);
    let as_rendered = tree(&out);
    for mode in ["--check", "--diff"] {
        let ran = render(&[mode], &out, &paths[0]);
        assert_eq!((ran.exit, ran.stdout.as_str()), (0, ""), "{mode}");
    }
    type Damage = fn(&Path);
    let damages: [(&str, Damage); 4] = [
        ("changed", |out| fs::write(out.join("a/terraform/main.tf"), "# by hand\n").unwrap()),
        ("missing", |out| fs::remove_file(out.join("a/cloudformation/template.yaml")).unwrap()),
        ("stale", |out| fs::write(out.join("a/terraform/variables.tf"), "variable \"x\" {}\n").unwrap()),
        ("not text", |out| fs::write(out.join("a/terraform/outputs.tf"), [0xff, 0xfe, 0]).unwrap()),
    ];
    for (what, damage) in damages {
        damage(&out);
        let damaged = tree(&out);
        for (mode, exit) in [("--check", 1), ("--diff", 0)] {
            let ran = render(&[mode], &out, &paths[0]);
            assert_eq!(ran.exit, exit, "{what}");
            assert!(ran.stdout.contains("--- ") && ran.stdout.contains("+++ "), "{what}: {}", ran.stdout);
        }
        assert!(tree(&out) == damaged, "{what}: something was written");
        assert_eq!(render(&[], &out, &paths[0]).exit, 0);
        assert!(tree(&out) == as_rendered, "{what}: not repaired");
    }
}

#[test]
fn what_a_profile_no_longer_becomes_is_removed() {
    let (dir, paths) = profiles(&["a"]);
    let out = dir.path().join("out");
    render(&[], &out, &paths[0]);
    let plain = tree(&out);
    assert_eq!(render(&["--format", "json"], &out, &paths[0]).exit, 0);
    let names: Vec<String> = tree(&out).into_keys().filter(|name| name.contains("cloudformation")).collect();
    assert_eq!(names, ["a/cloudformation/template.json"]);
    // A bucket that exists has files for its import, as long as it is called one that exists.
    let waivers = "waivers: [{ finding: existing-configuration-replaced, reason: x, until: 2099-12-31 }]\n";
    fs::write(&paths[0], profile("a").replace("bucket: {", "bucket: { existing: true,") + waivers).unwrap();
    let ran = render(&[], &out, &paths[0]);
    assert_eq!(ran.exit, 0, "{}", ran.stderr);
    assert!(out.join("a/terraform/imports.tf").exists() && tree(&out).len() > plain.len());
    fs::write(&paths[0], profile("a")).unwrap();
    assert_eq!(render(&[], &out, &paths[0]).exit, 0);
    assert_eq!(tree(&out).into_keys().collect::<Vec<_>>(), plain.keys().cloned().collect::<Vec<_>>());
}

#[test]
fn files_of_others_and_of_other_targets_are_left_alone() {
    let (dir, paths) = profiles(&["a"]);
    let out = dir.path().join("out");
    render(&[], &out, &paths[0]);
    let foreign = [
        "a/notes.md",
        "a/terraform/provider.tf",
        "a/terraform/.terraform.lock.hcl",
        "a/cloudformation/parameters.json",
        "b/x",
        "README.md",
    ];
    for name in foreign {
        let path = out.join(name);
        fs::create_dir_all(path.parent().unwrap()).unwrap();
        fs::write(path, "mine").unwrap();
    }
    fs::write(&paths[0], profile("a").replace("bucket: {", "bucket: { tags: { a: b },")).unwrap();
    let before = stamps(&out);
    assert_eq!(render(&["-t", "terraform"], &out, &paths[0]).exit, 0);
    let after = stamps(&out);
    for name in foreign.into_iter().chain(["a/cloudformation/template.yaml"]) {
        assert_eq!(before[name], after[name], "{name}");
    }
    assert_ne!(before["a/terraform/main.tf"], after["a/terraform/main.tf"]);
    assert_eq!(render(&["--check", "-t", "terraform"], &out, &paths[0]).exit, 0);
    assert_eq!(render(&["--check"], &out, &paths[0]).exit, 1);
}

#[test]
fn of_profiles_that_claim_the_same_none_is_written() {
    let (dir, paths) = profiles(&["a", "b", "c", "d", "e"]);
    fs::write(&paths[1], profile("a").replace("acme-a", "acme-b")).unwrap();
    fs::write(&paths[3], profile("d").replace("acme-d", "acme-c")).unwrap();
    let out = dir.path().join("out");
    let ran = render(&[], &out, dir.path());
    assert_eq!(ran.exit, 1, "{}", ran.stderr);
    assert_eq!(ran.errors(), ["name-clash"; 4], "{}", ran.stderr);
    let mut written: Vec<_> = fs::read_dir(&out).unwrap().map(|entry| entry.unwrap().file_name().into_string().unwrap()).collect();
    written.sort();
    assert_eq!(written, ["e"]);
}

#[test]
fn access_points_of_one_name_cannot_be_made_twice_in_an_account_and_region() {
    let (dir, paths) = profiles(&["a", "b", "c", "d", "e"]);
    let point = |name: &str, region: &str| {
        let points = "access_points: { points: [{ name: other, origin: internet }, { name: inbox, origin: internet }] }\n";
        let text = profile(name).replace("bucket: {", &format!("bucket: {{ region: {region},")) + points;
        text.replace("other", &format!("other-{name}"))
    };
    for (path, (name, region)) in paths.iter().zip([("a", "eu-west-1"), ("b", "eu-west-2"), ("c", "eu-west-1"), ("d", "eu-west-3")]) {
        fs::write(path, point(name, region)).unwrap();
    }
    let out = dir.path().join("out");
    let ran = render(&[], &out, dir.path());
    assert_eq!((ran.exit, ran.errors()), (1, vec!["name-clash"; 2]), "{}", ran.stderr);
    assert!(ran.stderr.contains("`inbox` is also the access point of"), "{}", ran.stderr);
    let mut written: Vec<_> = fs::read_dir(&out).unwrap().map(|entry| entry.unwrap().file_name().into_string().unwrap()).collect();
    written.sort();
    assert_eq!(written, ["b", "d", "e"]);
}

#[test]
fn an_error_in_one_profile_leaves_what_it_became_before() {
    let (dir, paths) = profiles(&["a", "b"]);
    let out = dir.path().join("out");
    render(&[], &out, dir.path());
    let before = tree(&out);
    fs::write(&paths[0], profile("a").replace("acme-a", "ACME")).unwrap();
    assert_eq!(render(&[], &out, dir.path()).exit, 1);
    assert!(tree(&out) == before);
}

fn hidden(tree: &Tree) -> Vec<&String> {
    tree.keys().filter(|name| name.split('/').any(|part| part.starts_with('.'))).collect()
}

#[test]
fn what_killed_processes_left_is_removed_and_what_living_ones_make_is_not() {
    let (dir, paths) = profiles(&["a"]);
    let out = dir.path().join("out");
    render(&[], &out, &paths[0]);
    let clean = tree(&out);
    // No process has a number beyond the largest that Linux gives.
    let dead = [".a.4194305.partial/terraform/main.tf", "a/terraform/.main.tf.4194305.partial", "a/.RUNBOOK.md.4194305.partial"];
    let alive = format!(".x.{}.partial/terraform/main.tf", std::process::id());
    let foreign = [".keep", ".a.partial", "a/.x.12x.partial", alive.as_str()];
    for name in dead.iter().chain(&foreign) {
        let path = out.join(name);
        fs::create_dir_all(path.parent().unwrap()).unwrap();
        fs::write(path, "half").unwrap();
    }
    fs::write(out.join("a/terraform/main.tf"), "old").unwrap();
    assert_eq!(render(&[], &out, &paths[0]).exit, 0);
    let after = tree(&out);
    let mut left = hidden(&after);
    left.sort();
    let mut expected: Vec<_> = foreign.map(str::to_owned).to_vec();
    expected.sort();
    assert_eq!(left.into_iter().cloned().collect::<Vec<_>>(), expected);
    assert!(clean.iter().all(|(name, bytes)| after[name] == *bytes));
}

/// A thousand profiles; those of two generations differ.
fn thousand(dir: &Path, generation: &str) {
    fs::create_dir_all(dir).unwrap();
    for n in 0..1_000 {
        let name = format!("p{n}");
        fs::write(
            dir.join(format!("{name}.yaml")),
            profile(&name).replace("bucket: {", &format!("bucket: {{ tags: {{ g: {generation} }},")),
        )
        .unwrap();
    }
}

#[test]
fn a_render_that_is_killed_leaves_whole_files_only_and_the_next_one_repairs_all() {
    let dir = tempfile::tempdir().unwrap();
    let (old, new, out) = (dir.path().join("old"), dir.path().join("new"), dir.path().join("out"));
    thousand(&old, "one");
    thousand(&new, "two");
    let arguments = ["-t", "terraform", "--message-format", "concise"];
    let full = |inputs: &Path, out: &Path| {
        let start = Instant::now();
        assert_eq!(render(&arguments, out, inputs).exit, 0);
        (tree(out), start.elapsed())
    };
    let (before, _) = full(&old, &dir.path().join("full_old"));
    let (after, took) = full(&new, &dir.path().join("full_new"));
    assert_eq!(after.len(), 4_000);
    let mut interrupted = 0;
    let mut kill = |inputs: &Path, moment: f64, goal: &Tree| {
        let mut command = s3harden(&["render"]);
        let mut child =
            command.args(arguments).arg("-o").arg(&out).arg(inputs).stdout(Stdio::null()).stderr(Stdio::null()).spawn().unwrap();
        sleep(took.mul_f64(moment));
        child.kill().unwrap();
        child.wait().unwrap();
        let mut left = tree(&out);
        interrupted += usize::from(left != *goal);
        left.retain(|name, _| !name.split('/').any(|part| part.starts_with('.')));
        left
    };
    // Into a directory that fills from kill to kill: a profile is there with all of its files or not at all.
    for moment in [0.15, 0.3, 0.5] {
        let left = kill(&old, moment, &before);
        let mut files: BTreeMap<&str, usize> = BTreeMap::new();
        for (name, bytes) in &left {
            assert!(before.get(name) == Some(bytes), "{name} is not whole after {moment}");
            *files.entry(name.split('/').next().unwrap()).or_default() += 1;
        }
        assert!(files.values().all(|count| *count == 4), "a profile is there in part");
    }
    let (repaired, _) = full(&old, &out);
    assert!(repaired == before, "the next render did not repair everything: {:?}", hidden(&repaired));
    // Over another generation of the same files: each is the old one or the new one.
    for moment in [0.2, 0.5] {
        let left = kill(&new, moment, &after);
        assert!(left.keys().eq(after.keys()), "a file is missing after {moment}");
        for (name, bytes) in &left {
            assert!([&before, &after].iter().any(|whole| whole.get(name) == Some(bytes)), "{name} is not whole after {moment}");
        }
    }
    let (repaired, _) = full(&new, &out);
    assert!(repaired == after, "the next render did not repair everything: {:?}", hidden(&repaired));
    assert!(interrupted >= 2, "only {interrupted} of the renders were interrupted");
}
