//! The guide in `docs/`: what it shows works, what it refers to exists, and what is generated is up to date.
//!
//! A block of YAML is a file where the line before it says "`NAME`:", a profile of its own where it has a version, and
//! otherwise a part of one. Blocks of `console` run in order in a directory that holds those files and the examples;
//! a line `...` stands for any lines, `[..]` for any text within one, `? N` for the exit status. `S3HARDEN_UPDATE_DOCS=1` writes what came out.

use std::fs;
use std::path::{Path, PathBuf};

use super::support::{Ran, below, files_below, ran, read, root, s3harden};

mod reference;

fn updating() -> bool {
    std::env::var_os("S3HARDEN_UPDATE_DOCS").is_some_and(|value| value == "1")
}

/// Every page, by its path.
fn pages() -> Vec<(PathBuf, String)> {
    let files = files_below(root().join("docs")).into_iter().filter(|path| path.extension().is_some_and(|extension| extension == "md"));
    files.map(|path| (path.clone(), read(&path))).collect()
}

/// A fenced block: its language, the line before it that is not empty, where its text stands, and its text.
struct Block {
    language: String,
    before: String,
    first: usize,
    lines: Vec<String>,
}

fn blocks(page: &str) -> Vec<Block> {
    let mut found = Vec::new();
    let mut before = String::new();
    let mut open: Option<Block> = None;
    for (number, line) in page.lines().enumerate() {
        match (&mut open, line.strip_prefix("```")) {
            (None, Some(language)) => {
                open = Some(Block { language: language.to_owned(), before: before.clone(), first: number + 1, lines: Vec::new() });
            }
            (Some(_), Some("")) => found.extend(open.take()),
            (Some(block), _) => block.lines.push(line.to_owned()),
            (None, None) if !line.trim().is_empty() => line.trim().clone_into(&mut before),
            (None, None) => {}
        }
    }
    assert!(open.is_none(), "a block is not closed: {page}");
    found
}

impl Block {
    fn text(&self) -> String {
        self.lines.iter().map(|line| format!("{line}\n")).collect()
    }

    /// The name of the file that the block is: "`invoices.yaml`:" before it.
    fn file(&self) -> Option<&str> {
        let name = self.before.strip_suffix("`:")?.rsplit('`').next()?;
        name.contains('.').then_some(name)
    }
}

/// The page's own directory: its files, and the examples.
fn stage(page: &str) -> tempfile::TempDir {
    let dir = tempfile::tempdir().unwrap();
    for folder in ["examples", "schemas"] {
        for file in files_below(root().join(folder)) {
            let to = dir.path().join(below(&file, root()));
            fs::create_dir_all(to.parent().unwrap()).unwrap();
            fs::copy(&file, to).unwrap();
        }
    }
    for block in blocks(page) {
        if let Some(name) = block.file().filter(|_| block.language != "console") {
            let to = dir.path().join(name);
            fs::create_dir_all(to.parent().unwrap()).unwrap();
            fs::write(to, block.text()).unwrap();
        }
    }
    dir
}

/// The words of a command line; `'…'` and `"…"` keep one together.
fn words(line: &str) -> Vec<String> {
    let mut words = Vec::new();
    let (mut word, mut quote, mut begun) = (String::new(), None, false);
    for c in line.chars() {
        match quote {
            Some(open) if c == open => quote = None,
            Some(_) => word.push(c),
            None if c == '\'' || c == '"' => (quote, begun) = (Some(c), true),
            None if c == ' ' => {
                if begun || !word.is_empty() {
                    words.push(std::mem::take(&mut word));
                }
                begun = false;
            }
            None => word.push(c),
        }
    }
    if begun || !word.is_empty() {
        words.push(word);
    }
    words
}

/// What a command of a page prints, and how it ends.
fn execute(line: &str, dir: &Path) -> Ran {
    let mut words = words(line);
    let input = words.iter().position(|word| word == "<").map(|at| words.split_off(at)).and_then(|rest| rest.into_iter().nth(1));
    let to = words.iter().position(|word| word == ">").map(|at| words.split_off(at)).and_then(|rest| rest.into_iter().nth(1));
    let mut said = match words.split_first().map(|(command, rest)| (command.as_str(), rest)) {
        Some(("s3harden", rest)) => {
            let rest: Vec<&str> = rest.iter().map(String::as_str).collect();
            let mut command = s3harden(&rest);
            command.current_dir(dir).env("COLUMNS", "100");
            if let Some(input) = input {
                command.stdin(fs::File::open(dir.join(input)).unwrap());
            }
            ran(command.output().unwrap())
        }
        Some(("cat", [file])) => Ran { exit: 0, stdout: read(dir.join(file)), stderr: String::new() },
        Some(("find", [folder])) => {
            let files = files_below(dir.join(folder));
            Ran { exit: 0, stdout: files.iter().map(|file| below(file, dir) + "\n").collect(), stderr: String::new() }
        }
        _ => panic!("pages run s3harden, cat and find only: {line}"),
    };
    if let Some(to) = to {
        fs::write(dir.join(to), std::mem::take(&mut said.stdout)).unwrap();
    }
    said
}

/// Whether the lines are what a page shows, in which `...` stands for any number of lines.
fn shows(shown: &[String], lines: &[String]) -> bool {
    match shown.split_first() {
        None => lines.is_empty(),
        Some((first, rest)) if first.trim() == "..." => (0..=lines.len()).any(|skip| shows(rest, &lines[skip..])),
        Some((first, rest)) => {
            lines.split_first().is_some_and(|(line, after)| is_line(first.trim_end(), line.trim_end()) && shows(rest, after))
        }
    }
}

/// Whether a line is what a page shows, in which `[..]` stands for any text.
fn is_line(shown: &str, line: &str) -> bool {
    let mut parts = shown.split("[..]");
    let first = parts.next().unwrap_or_default();
    let Some(mut rest) = line.strip_prefix(first) else { return false };
    let mut parts: Vec<&str> = parts.collect();
    let Some(last) = parts.pop() else { return rest.is_empty() };
    for part in parts {
        let Some((_, after)) = rest.split_once(part) else { return false };
        rest = after;
    }
    rest.ends_with(last)
}

#[test]
fn what_a_page_leaves_out_is_all_that_may_differ() {
    assert!(is_line("a [..] c", "a b c") && is_line("a", "a") && is_line("[..]", "") && is_line("a[..]b[..]c", "a1b2c"));
    assert!(!is_line("a [..] c", "a b d") && !is_line("a", "ab") && !is_line("a[..]b[..]c", "a1c"));
    let lines = |text: &str| text.lines().map(str::to_owned).collect::<Vec<_>>();
    assert!(shows(&lines("a\n...\nd"), &lines("a\nb\nc\nd")) && !shows(&lines("a\n...\ne"), &lines("a\nb\nd")));
    assert!(!shows(&lines("a"), &lines("a\nb")) && !shows(&lines("...\na"), &lines("")));
}

/// The block as it comes out; as it is where it says so with `...`.
fn rerun(block: &Block, dir: &Path) -> Vec<String> {
    let mut out = Vec::new();
    let mut lines = block.lines.iter().peekable();
    while let Some(line) = lines.next() {
        let command = line.strip_prefix("$ ").unwrap_or_else(|| panic!("a console block begins with `$ `: {line}"));
        let mut shown = Vec::new();
        while let Some(line) = lines.next_if(|line| !line.starts_with("$ ")) {
            shown.push(line.clone());
        }
        let ran = execute(command, dir);
        let mut came: Vec<String> = Vec::new();
        if ran.exit != 0 {
            came.push(format!("? {}", ran.exit));
        }
        came.extend(ran.stdout.lines().chain(ran.stderr.lines()).map(|line| line.trim_end().to_owned()));
        out.push(line.clone());
        out.extend(if shows(&shown, &came) { shown } else { came });
    }
    out
}

#[test]
fn what_the_guide_shows_on_the_console_is_what_comes_out() {
    let mut wrong = Vec::new();
    for (path, page) in pages() {
        let dir = stage(&page);
        let mut lines: Vec<String> = page.lines().map(str::to_owned).collect();
        // From the last one, so that the places of the others stay; run in their order before that.
        let found = blocks(&page);
        let consoles: Vec<&Block> = found.iter().filter(|block| block.language == "console").collect();
        let came: Vec<Vec<String>> = consoles.iter().map(|block| rerun(block, dir.path())).collect();
        for (block, came) in consoles.iter().zip(came).rev() {
            if came != block.lines {
                wrong.push(format!("{}:{}\n{}", below(&path, root()), block.first, came.join("\n")));
                lines.splice(block.first..block.first + block.lines.len(), came);
            }
        }
        if updating() && !wrong.is_empty() {
            fs::write(&path, lines.join("\n") + "\n").unwrap();
        }
    }
    assert!(updating() || wrong.is_empty(), "the guide shows something else: {}", wrong.join("\n"));
}

#[test]
fn every_profile_of_the_guide_is_right() {
    let mut wrong = Vec::new();
    for (path, page) in pages() {
        let dir = stage(&page);
        for block in blocks(&page).into_iter().filter(|block| block.language == "yaml") {
            let mut text = block.text();
            let has = |key: &str| block.lines.iter().any(|line| line.starts_with(&format!("{key}:")));
            // Pipelines, values, and what is shown because it is wrong, are no profiles.
            let other =
                ["jobs", "repos", "include", "stages", "on", "Resources"].iter().any(|key| has(key)) || block.lines[0].starts_with('-');
            let is_base = block.file().is_some() && has("version") && !has("name") || has("locked");
            if other || is_base || block.file().is_some_and(|name| name.contains("wrong") || name.contains("values")) {
                continue;
            }
            for (key, line) in [
                ("bucket", "bucket: { name: acme-doc, account: \"111122223333\", region: eu-west-1 }\n"),
                ("name", "name: doc\n"),
                ("version", "version: 1\n"),
            ] {
                if !(has(key) || key == "bucket" && has("kind")) {
                    text.insert_str(0, line);
                }
            }
            let file = dir.path().join(block.file().unwrap_or("a-part.yaml"));
            fs::create_dir_all(file.parent().unwrap()).unwrap();
            fs::write(&file, text).unwrap();
            let ran = ran(s3harden(&["check", "--as-of", "2026-11-23"]).arg(&file).current_dir(dir.path()).output().unwrap());
            if ran.exit != 0 {
                wrong.push(format!("{}:{}: {}", below(&path, root()), block.first, ran.stderr));
            }
        }
    }
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
}

/// The anchor that a heading gets where pages are shown.
fn anchor(heading: &str) -> String {
    let kept = heading.trim().chars().filter(|c| c.is_alphanumeric() || matches!(c, ' ' | '-' | '_'));
    kept.map(|c| if c == ' ' { '-' } else { c.to_ascii_lowercase() }).collect()
}

#[test]
fn every_link_of_the_guide_leads_somewhere() {
    let mut wrong = Vec::new();
    let mut linked = std::collections::BTreeSet::new();
    for (path, page) in pages() {
        let mut fenced = false;
        for line in page.lines() {
            fenced ^= line.starts_with("```");
            for target in line.split("](").skip(1).filter_map(|rest| rest.split(')').next()).filter(|_| !fenced) {
                if target.starts_with("https://") {
                    continue;
                }
                let (file, heading) = target.split_once('#').unwrap_or((target, ""));
                let to = if file.is_empty() { path.clone() } else { path.parent().unwrap().join(file) };
                let Ok(to) = fs::canonicalize(&to) else {
                    wrong.push(format!("{}: {target}", below(&path, root())));
                    continue;
                };
                let has = |text: &str| {
                    text.lines().filter(|line| line.starts_with('#')).any(|line| anchor(line.trim_start_matches('#')) == heading)
                };
                if !heading.is_empty() && !has(&read(&to)) {
                    wrong.push(format!("{}: {target}: no such heading", below(&path, root())));
                }
                linked.insert(to);
            }
        }
    }
    assert!(wrong.is_empty(), "links that lead nowhere: {wrong:#?}");
    let index = fs::canonicalize(root().join("docs/README.md")).unwrap();
    let lost: Vec<_> = pages()
        .into_iter()
        .map(|(path, _)| fs::canonicalize(path).unwrap())
        .filter(|path| *path != index && !linked.contains(path) && !path.parent().is_some_and(|folder| linked.contains(folder)))
        .collect();
    assert!(lost.is_empty(), "no page leads to these: {lost:#?}");
}
