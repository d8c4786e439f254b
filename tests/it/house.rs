//! The rules of the house that a compiler does not keep: who may use whom, what templates may hold, and that
//! nothing lies about unused.

use std::collections::{BTreeMap, BTreeSet};
use std::path::Path;

use s3harden::plan::Kind;

use super::render;
use super::support::{below, files_below, read, root};

/// Who may use whom. A module can only name modules above itself, so that arrows cannot make a circle.
const ARROWS: &[(&str, &str)] = &[
    ("diag", ""),
    ("expr", ""),
    ("names", "expr"),
    ("source", "diag expr"),
    ("report", "diag source"),
    ("policy", "diag expr"),
    ("claim", "expr names policy"),
    ("plan", "claim diag expr names policy"),
    ("protect", "claim diag expr names plan policy"),
    ("profile", "claim diag expr names plan protect source"),
    ("check", "diag expr names plan policy profile protect source"),
    ("inspect", "diag plan policy"),
    ("lower", "diag expr names plan policy profile protect"),
    ("render", "diag expr names plan policy"),
    ("verify", "claim diag expr names plan policy"),
    ("foreign", "diag expr policy source verify"),
    ("controls", "diag expr plan policy profile verify"),
    ("waivers", "controls diag names profile"),
    ("trials", "claim diag expr plan policy profile protect verify"),
    ("proofs", "claim diag expr names plan policy profile protect trials verify"),
    ("compare", "claim expr foreign names plan policy profile proofs protect trials verify"),
    ("import", "claim compare diag expr foreign lower names plan policy profile protect render source trials verify"),
    ("review", "claim compare controls diag expr names plan policy profile proofs protect trials verify"),
    ("pipeline", "check controls diag inspect lower names plan profile proofs protect render source trials waivers"),
    (
        "cli",
        "claim compare controls diag foreign import names pipeline plan policy profile proofs protect render report review source trials verify",
    ),
    ("lib", ""),
    ("main", "cli"),
];

/// The lines of code of a file: without comments, and without its tests, which are last.
fn code(text: &str) -> Vec<&str> {
    let lines: Vec<&str> = text.lines().collect();
    let tests = lines.windows(2).position(|pair| pair[0] == "#[cfg(test)]" && pair[1].starts_with("mod tests"));
    lines[..tests.unwrap_or(lines.len())].iter().copied().filter(|line| !line.trim_start().starts_with("//")).collect()
}

/// The files of the source that are no tests, each with the module of the first level that it belongs to.
fn sources() -> Vec<(String, String, String)> {
    let src = root().join("src");
    let files = files_below(&src).into_iter().filter(|path| !path.ends_with("tests.rs"));
    let named = files.map(|path| {
        let name = below(&path, &src);
        let module = name.split('/').next().unwrap().trim_end_matches(".rs").to_owned();
        (name, module, read(&path))
    });
    named.collect()
}

/// The words that follow each `before` in a line.
fn words_after<'a>(line: &'a str, before: &'a str) -> impl Iterator<Item = &'a str> {
    let word = |rest: &'a str| rest.split(|c: char| !c.is_alphanumeric() && c != '_').next().unwrap_or("");
    line.match_indices(before).map(move |(at, _)| word(&line[at + before.len()..]))
}

#[test]
fn modules_use_each_other_in_one_direction() {
    for (at, (module, uses)) in ARROWS.iter().enumerate() {
        for used in uses.split_whitespace() {
            assert!(ARROWS[..at].iter().any(|(above, _)| *above == used), "the table lets {module} use {used}, which is not above it");
        }
    }
    let table: BTreeMap<_, _> = ARROWS.iter().copied().collect();
    let mut wrong = BTreeSet::new();
    for (file, module, text) in sources() {
        let Some(allowed) = table.get(module.as_str()) else {
            wrong.insert(format!("{module} has no line in the table"));
            continue;
        };
        for line in code(&text) {
            assert!(!line.contains("crate::{"), "{file}: one `use` for each module, so that the arrows can be read: {line}");
            let outside = if file.contains('/') { "crate::" } else { "super::" };
            for (prefix, used) in ["crate::", outside, "s3harden::"].iter().flat_map(|p| words_after(line, p).map(move |word| (*p, word))) {
                // The macro `path!` stands at the root of the crate and belongs to `diag`.
                let used = if used == "path" { "diag" } else { used };
                let is_module = prefix != "s3harden::" || table.contains_key(used);
                if is_module && used != module && !allowed.split_whitespace().any(|one| one == used) {
                    wrong.insert(format!("{module} → {used} ({file})"));
                }
            }
        }
    }
    assert!(wrong.is_empty(), "arrows that the table does not have: {wrong:#?}");
}

#[test]
fn every_module_says_what_it_is_for() {
    for (file, _, text) in sources() {
        let head: Vec<&str> = text.lines().take_while(|line| line.starts_with("//!")).collect();
        let words = head.iter().flat_map(|line| line.trim_start_matches("//!").split_whitespace()).count();
        assert!(words >= 3, "{file} begins without `//!` and three words about itself");
    }
}

#[test]
fn no_file_of_the_source_is_longer_than_500_lines() {
    for (file, _, text) in sources() {
        let lines = text.lines().take_while(|line| *line != "mod tests {").count();
        assert!(lines <= 500, "{file} has {lines} lines before its tests: split it, or move what does not belong there");
    }
}

#[test]
fn one_place_only_marks_text_as_spelled() {
    let places: Vec<String> = sources()
        .iter()
        .flat_map(|(file, _, text)| {
            code(text).into_iter().filter(|line| line.contains("safe_string")).map(move |line| format!("{file}: {}", line.trim()))
        })
        .collect();
    assert!(matches!(places.as_slice(), [one] if one.starts_with("render/engine.rs: ")), "{places:#?}");
}

/// The templates by target, each with its text.
fn templates() -> Vec<(String, String, String)> {
    let dir = root().join("templates");
    let split = |path: &Path| {
        let name = below(path, &dir);
        let (target, name) = name.split_once('/').unwrap_or_else(|| panic!("{name} belongs to no target"));
        (target.to_owned(), name.to_owned(), read(path))
    };
    files_below(&dir).iter().map(|path| split(path)).collect()
}

/// What stands between each `open` and its `close`.
fn between<'a>(text: &'a str, open: &'a str, close: &'a str) -> impl Iterator<Item = &'a str> {
    text.split(open).skip(1).map(move |rest| rest.split(close).next().unwrap_or(rest))
}

#[test]
fn templates_hold_nothing_that_gets_around_escaping() {
    for (target, name, text) in templates() {
        let file = format!("templates/{target}/{name}");
        for (number, line) in text.lines().enumerate() {
            let at = format!("{file}:{}: {line}", number + 1);
            // In a document for people, a value in an attribute stands in quotes, which the escape function ends for nobody.
            let is_markup = target == "report";
            for (place, _) in line.match_indices("{{").filter(|_| is_markup) {
                assert!(!line[..place].ends_with('='), "an attribute without quotes: {at}");
            }
            for (place, _) in line.match_indices("{{").filter(|_| !is_markup) {
                let before = &line[..place];
                assert!(!before.ends_with(['"', '\'', '\\', '$', '%']), "a value touches what stands before it: {at}");
                // A printed value is a whole literal: within quotes it would be the end of a text and the beginning of another.
                assert!(before.matches('"').count() % 2 == 0, "a value within quotes: {at}");
            }
            for (place, _) in line.match_indices("}}").filter(|_| !is_markup) {
                assert!(!line[place + 2..].starts_with(['"', '\'', '\\', '$', '%']), "a value touches what stands after it: {at}");
            }
            assert!(!line.contains("<<"), "a heredoc is not escaped: {at}");
        }
        for tag in between(&text, "{{", "}}").chain(between(&text, "{%", "%}")) {
            let words: Vec<&str> = tag.split(|c: char| !c.is_alphanumeric() && c != '_').filter(|word| !word.is_empty()).collect();
            for banned in ["safe", "filter", "raw"] {
                assert!(!words.contains(&banned), "{file} uses `{banned}`: {tag}");
            }
            for filter in between(tag, "|", "|") {
                assert!(
                    !filter.trim_start().starts_with("default"),
                    "{file}: what is absent has no key, so nothing needs a default: {tag}"
                );
            }
        }
    }
}

#[test]
fn every_template_is_registered_and_every_registered_template_exists() {
    let engine = read(root().join("src/render/engine.rs"));
    let mut registered = BTreeSet::new();
    for list in between(&engine, "templates!(\"", ")") {
        let names: Vec<&str> = list.split('"').filter(|part| !part.trim().is_empty() && part.trim() != ":").collect();
        let (target, names) = names.split_first().unwrap();
        registered.extend(names.iter().map(|name| format!("{target}/{name}")));
    }
    registered.extend(between(&read(root().join("src/review/html.rs")), "/templates/", "\"").map(str::to_owned));
    let there: BTreeSet<String> = templates().into_iter().map(|(target, name, _)| format!("{target}/{name}")).collect();
    assert_eq!(registered, there);
    assert_eq!(s3harden::render::check_templates(), Ok(()));
}

#[test]
fn every_family_of_resources_has_a_template_for_every_target() {
    let there: BTreeSet<String> = templates().into_iter().map(|(target, name, _)| format!("{target}/{name}")).collect();
    for family in Kind::FAMILIES {
        for (target, extension) in [("cloudformation", "json"), ("terraform", "tf")] {
            let name = format!("{target}/{family}.{extension}");
            // The target has no type for it: a step of the runbook does it.
            let lacking = [
                "cloudformation/account_block.json",
                "cloudformation/classification_job.json",
                "cloudformation/results_export.json",
                "terraform/allow_list.tf",
            ];
            if lacking.contains(&name.as_str()) {
                continue;
            }
            assert!(there.contains(&name), "no template for `{family}`: add templates/{name}");
        }
    }
}

/// The modules of this binary, each with its text.
fn test_modules() -> BTreeMap<String, String> {
    let dir = root().join("tests/it");
    let sources = files_below(&dir).into_iter().filter(|path| path.extension().is_some_and(|extension| extension == "rs"));
    sources.map(|path| (below(&path, &dir).trim_end_matches(".rs").replace('/', "__"), read(&path))).collect()
}

#[test]
fn every_snapshot_belongs_to_a_test_that_exists() {
    let dir = root().join("tests/it/snapshots");
    let modules = test_modules();
    let rendered: BTreeSet<String> = render::goldens().into_iter().map(|golden| golden.name).collect();
    let mut stray = Vec::new();
    for path in files_below(&dir) {
        let file = below(&path, &dir);
        let known = file.strip_prefix("it__").and_then(|rest| rest.split_once(".snap")).is_some_and(|(stem, _)| {
            let Some((module, name)) = stem.rsplit_once("__") else { return false };
            let Some(text) = modules.get(module) else { return false };
            let name = name.split('@').next().unwrap_or(name);
            let test = name.trim_end_matches(|c: char| c.is_ascii_digit()).trim_end_matches('-');
            match module {
                "render" => return rendered.contains(stem.split_once("render__").unwrap().1),
                "findings" => {
                    let (code, fixture) = stem.split_once("findings__").unwrap().1.split_once('@').unwrap_or_default();
                    return root().join(format!("tests/findings/{code}/{fixture}.yaml")).exists();
                }
                "holes" => return ["json", "yaml"].iter().any(|end| root().join(format!("tests/holes/{name}.{end}")).exists()),
                _ => {}
            }
            // A snapshot is called after its test, or by a name that stands in the module.
            text.contains(&format!("fn {name}()")) || text.contains(&format!("fn {test}()")) || text.contains(&format!("\"{name}\""))
        });
        let is_content = file.split_once(".snap.").is_some();
        if !known || (is_content && !dir.join(format!("{}.snap", file.split(".snap").next().unwrap())).exists()) {
            stray.push(file);
        }
    }
    assert!(stray.is_empty(), "no test has these snapshots: {stray:#?}");
}

#[test]
fn every_folder_of_fixtures_is_read_by_a_test() {
    let modules = test_modules();
    let folders = |dir: &str| -> Vec<String> {
        let entries = std::fs::read_dir(root().join(dir)).unwrap().map(|entry| entry.unwrap().path());
        entries.filter(|path| path.is_dir()).map(|path| path.file_name().unwrap().to_string_lossy().into_owned()).collect()
    };
    // Modules of more than one file have a folder, insta has one of its own, and the acceptance scripts run by themselves.
    let is_fixture = |name: &String| !matches!(name.as_str(), "it" | "snapshots" | "acceptance") && !modules.contains_key(name);
    for folder in folders("tests").into_iter().chain(folders("tests/it")).filter(is_fixture) {
        let named = |text: &String| {
            text.contains(&format!("\"{folder}\"")) || text.contains(&format!("{folder}/")) || text.contains(&format!("/{folder}\""))
        };
        assert!(modules.values().any(named), "no test reads tests/**/{folder}");
    }
}
