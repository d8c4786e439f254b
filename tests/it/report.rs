//! The formats of findings: what users see is in the snapshots; what machines read is checked as they do.

use s3harden::diag::{Code, Finding, Place, Severity};
use s3harden::path;
use s3harden::report::{Entry, Format, Summary, render};
use s3harden::source::{Refused, Source, Tree};

const BROKEN: &str = "version: 1\nname: exports\nbucket:\n  name: acme-exports\n  tags: { team: data }\n  name: acme-export\ntransport:\n  https_only: yes\ngrants: &all\n  - to: [role]\n    can: 'read\n";

const OPEN: &str = "version: 1\nname: downloads\nbucket: { name: acme-downloads, verzioning: off-\u{202e}x }\n\npublic_access:\n  block:\n    public_acls: true\n    restrict: false\n\ngrants:\n  - name: everyone\n    can: [read]\n";

struct Profile {
    source: Source,
    tree: Option<Tree>,
    findings: Vec<Finding>,
}

/// One profile that is no YAML, one with semantic findings, one that is no text, one without findings.
fn profiles() -> Vec<Profile> {
    let parsed = |name: &str, text: &str| {
        let source = Source::from_bytes(name, text).unwrap();
        let (tree, findings) = source.parse();
        Profile { source, tree, findings }
    };
    let mut open = parsed("profiles/äöü downloads.yaml", OPEN);
    let mut waived = Finding::new(Code::PublicAccessNotBlocked, path!["public_access", "block", "restrict"], "`restrict` is off")
        .help("remove the line, or keep the waiver until it ends");
    waived.severity = Severity::Warning;
    waived.waived = Some("a public download site, until 2027-03-31".to_owned());
    let unknown = Finding::new(
        Code::UnknownKey,
        Place::Key(path!["bucket", "verzioning"]),
        "`verzioning` is no key of `bucket`; its value is `off-\u{202e}x`",
    )
    .label("unknown")
    .also(path!["bucket", "name"], "in this bucket\u{1b}[31m")
    .help("did you mean `versioning`?")
    .help("`s3harden schema` prints every key, 100% of them");
    open.findings.extend([
        waived,
        unknown.clone(),
        unknown,
        Finding::new(Code::MissingKey, path!["grants", 0, "to"], "the grant `everyone` names no principal").label("in this grant"),
        Finding::new(Code::TargetGap, Place::File, "terraform has no argument for `sse_c`"),
    ]);
    let Refused { source, finding } = *Source::from_bytes("logo.png", b"\x89PNG\r\n\x1a\n").unwrap_err();
    let image = Profile { source, tree: None, findings: vec![finding] };
    vec![parsed("profiles/exports.yaml", BROKEN), open, image, parsed("minimal.yaml", "version: 1\nname: m\nbucket: { name: acme-m }\n")]
}

fn printed(format: Format, color: bool) -> String {
    let profiles = profiles();
    let clash = [Finding::new(Code::NameClash, Place::File, "two profiles are called `exports`").help("rename one of them")];
    let entries: Vec<Entry> = profiles
        .iter()
        .map(|profile| Entry { source: Some(&profile.source), tree: profile.tree.as_ref(), findings: &profile.findings })
        .chain([Entry { source: None, tree: None, findings: &clash }])
        .collect();
    assert_eq!(Summary::of(&entries).to_string(), "7 errors, 1 warning, 1 info, 1 waived in 4 profiles");
    render(format, &entries, color)
}

#[test]
fn text() {
    insta::assert_snapshot!("text", printed(Format::Text, false));
}

#[test]
fn text_in_color_says_the_same() {
    let colored = printed(Format::Text, true);
    assert!(colored.contains("\u{1b}["));
    assert_eq!(anstream::adapter::strip_str(&colored).to_string(), printed(Format::Text, false));
}

#[test]
fn concise() {
    insta::assert_snapshot!("concise", printed(Format::Concise, false));
}

#[test]
fn text_and_concise_agree_on_places() {
    let concise = printed(Format::Concise, false);
    let text = printed(Format::Text, false);
    let places: Vec<_> = text.lines().filter_map(|line| line.trim_start().strip_prefix("--> ")).collect();
    let expected: Vec<_> = concise.lines().filter_map(|line| line.split_once(": ").map(|(place, _)| place)).collect();
    assert_eq!(places, expected);
    assert_eq!(places.len(), 9, "all but the one without a file");
}

#[test]
fn json() {
    insta::assert_snapshot!("json", printed(Format::Json, false));
}

#[test]
fn github() {
    insta::assert_snapshot!("github", printed(Format::Github, false));
}

#[test]
fn junit() {
    insta::assert_snapshot!("junit", printed(Format::Junit, false));
}

#[test]
fn sarif() {
    insta::with_settings!({ filters => [(concat!('"', env!("CARGO_PKG_VERSION"), '"'), "\"VERSION\"")] }, {
        insta::assert_snapshot!("sarif", printed(Format::Sarif, false));
    });
}

#[test]
fn sarif_follows_the_official_schema() {
    let mut schema: serde_json::Value = serde_json::from_str(include_str!("../schemas/sarif-2.1.0.json")).unwrap();
    // Its pattern has a bracket too many, which only lenient regex engines accept; we write no language.
    for owner in ["run", "toolComponent"] {
        schema["definitions"][owner]["properties"]["language"].as_object_mut().unwrap().remove("pattern").unwrap();
    }
    let validator = jsonschema::validator_for(&schema).unwrap();
    for document in [printed(Format::Sarif, false), render(Format::Sarif, &[], false)] {
        let document = serde_json::from_str(&document).unwrap();
        let errors: Vec<_> = validator.iter_errors(&document).map(|error| format!("{}: {error}", error.instance_path())).collect();
        assert_eq!(errors, [""; 0]);
    }
}

#[test]
fn fingerprints_stay_when_lines_move() {
    let fingerprints = |text: &str| {
        let source = Source::from_bytes("a.yaml", text).unwrap();
        let (tree, mut findings) = source.parse();
        findings.push(Finding::new(Code::BadName, path!["bucket", "name"], "a bad name"));
        let printed = render(Format::Sarif, &[Entry { source: Some(&source), tree: tree.as_ref(), findings: &findings }], false);
        let lines = printed.lines().filter(|line| line.contains("s3hardenFinding/v1")).map(str::to_owned);
        lines.collect::<Vec<_>>()
    };
    let before = fingerprints("bucket:\n  name: x\non: yes\noff: yes\n");
    assert_eq!(before.len(), 3);
    assert_eq!(before, fingerprints("# moved\n\nbucket:\n  name: x\non: yes\noff: yes\n"));
    let distinct: std::collections::BTreeSet<_> = before.iter().collect();
    assert_eq!(distinct.len(), 3);
}

#[test]
fn long_lines_are_not_drawn() {
    let text = format!("a: [{}]\nb: 1\nb: 2\na: 3\n", "x, ".repeat(100_000));
    let source = Source::from_bytes("long.yaml", text).unwrap();
    let (tree, findings) = source.parse();
    let printed = render(Format::Text, &[Entry { source: Some(&source), tree: tree.as_ref(), findings: &findings }], false);
    assert!(printed.len() < 1000, "{printed}");
    assert!(printed.contains("--> long.yaml:4:1"), "{printed}");
}
