//! Rendering: every example, on every target and in every notation, as files that reviewers and linters can read.

use std::path::{Path, PathBuf};

use s3harden::diag::Severity;
use s3harden::names::Date;
use s3harden::pipeline::{self, Accepted, Options, TargetChoice};
use s3harden::render::{File, Notation};
use s3harden::source::Source;

/// The day on which the tests judge waivers.
pub(crate) fn options(targets: &[TargetChoice]) -> Options {
    Options { today: "2026-11-23".parse::<Date>().unwrap(), deny: Severity::Error, targets: targets.to_vec() }
}

/// The profiles that every test about rendering runs over.
pub(crate) fn examples() -> Vec<PathBuf> {
    let dir = Path::new(env!("CARGO_MANIFEST_DIR")).join("examples");
    let mut files: Vec<_> = std::fs::read_dir(dir).unwrap().map(|entry| entry.unwrap().path()).collect();
    files.retain(|path| path.extension().is_some_and(|extension| extension == "yaml"));
    files.sort();
    assert!(!files.is_empty());
    files
}

pub(crate) fn accepted(path: &Path, targets: &[TargetChoice]) -> Accepted {
    let checked = pipeline::check(&Source::read(path).unwrap(), &options(targets));
    checked.accepted.unwrap_or_else(|| panic!("{}: {:#?}", path.display(), checked.findings))
}

pub(crate) fn rendered(path: &Path, targets: &[TargetChoice]) -> Vec<File> {
    pipeline::build(&accepted(path, targets)).unwrap()
}

fn name(path: &Path) -> String {
    path.file_stem().unwrap().to_string_lossy().replace('-', "_")
}

/// A rendered file and the name of its snapshot.
pub(crate) struct Golden {
    pub(crate) name: String,
    extension: String,
    text: String,
}

/// What a profile becomes for a stack set, where it is one for many accounts.
pub(crate) fn stack_set(path: &Path) -> Vec<File> {
    let checked = pipeline::check(&Source::read(path).unwrap(), &options(&[TargetChoice::StackSet]));
    let files = checked.accepted.map(|accepted| pipeline::build(&accepted).unwrap()).unwrap_or_default();
    files.into_iter().filter(|file| file.path.starts_with("stackset/")).collect()
}

/// Every file that is kept for review.
pub(crate) fn goldens() -> Vec<Golden> {
    let mut goldens = Vec::new();
    for path in examples() {
        let yaml = rendered(&path, &[TargetChoice::CloudFormation(Some(Notation::Yaml)), TargetChoice::Terraform]);
        let json = rendered(&path, &[TargetChoice::CloudFormation(Some(Notation::Json))]);
        let json = json.into_iter().filter(|file| file.path.ends_with(".json"));
        for file in yaml.into_iter().chain(json).chain(stack_set(&path)) {
            let (stem, extension) = file.path.rsplit_once('.').unwrap();
            let json = if extension == "json" { "_json" } else { "" };
            let name = format!("{}@{}{json}", name(&path), stem.replace('/', "_").to_lowercase());
            goldens.push(Golden { name, extension: extension.to_owned(), text: file.text });
        }
    }
    goldens
}

#[test]
fn a_stack_set_has_the_template_of_cloudformation_and_nothing_that_it_would_refuse() {
    let mut sets = 0;
    for path in examples() {
        let files = stack_set(&path);
        let [template, runbook] = files.as_slice() else { continue };
        sets += 1;
        let own = rendered(&path, &[TargetChoice::CloudFormation(Some(Notation::Minified))]);
        assert_eq!(own[0].text, template.text);
        let value: serde_json::Value = serde_json::from_str(&template.text).unwrap();
        assert!(value.get("Transform").is_none() && !template.text.contains("Fn::Transform"), "{}", path.display());
        assert!(!template.text.contains("111122223333"), "{} is for one account", path.display());
        assert!(runbook.text.contains("--permission-model SERVICE_MANAGED"));
        assert_eq!(runbook.text.contains("--template-url"), template.text.len() > 51_200);
    }
    assert!(sets > 0, "no example is for a stack set");
}

#[test]
fn every_example_renders_as_reviewed() {
    for Golden { name, extension, text } in goldens() {
        insta::assert_binary_snapshot!(&format!("{name}.{extension}"), text.into_bytes());
    }
}
