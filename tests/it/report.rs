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

/// Where an element stands, from the root down, and its attributes.
type Element = (Vec<String>, Vec<(String, String)>);

/// The elements of a document, each with those around it, its attributes and nothing else.
fn elements(text: &str) -> Vec<Element> {
    let (mut around, mut all) = (Vec::new(), Vec::new());
    let (_, body) = text.split_once("?>").unwrap();
    for tag in body.split('<').skip(1) {
        let (tag, _) = tag.split_once('>').unwrap();
        if let Some(name) = tag.strip_prefix('/') {
            assert_eq!(around.pop().as_deref(), Some(name));
            continue;
        }
        let (name, rest) = tag.trim_end_matches('/').split_once(' ').unwrap_or((tag.trim_end_matches('/'), ""));
        around.push(name.to_owned());
        let attributes = rest
            .split("\" ")
            .filter_map(|one| one.split_once("=\""))
            .map(|(key, value)| (key.trim().to_owned(), value.trim_end_matches('"').to_owned()));
        all.push((around.clone(), attributes.collect()));
        if tag.ends_with('/') {
            around.pop();
        }
    }
    assert_eq!(around, [""; 0]);
    all
}

/// What the schema that CI services share allows (`junit-10.xsd` of Jenkins' xUnit plugin): which element stands in which,
/// which attributes it has, and that the numbers are true.
fn assert_is_junit(text: &str) {
    assert!(text.starts_with("<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n<testsuites "));
    let all = elements(text);
    let is = |path: &[String], name: &str| path.last().is_some_and(|own| own == name);
    for (path, attributes) in &all {
        let (within, known, needed): (&[&str], &[&str], &[&str]) = match path.last().unwrap().as_str() {
            "testsuites" => (&[], &["name", "tests", "failures", "errors", "time", "disabled"], &[]),
            "testsuite" => {
                (&["testsuites"], &["name", "tests", "failures", "errors", "skipped", "time", "timestamp", "hostname"], &["name"])
            }
            "testcase" => (&["testsuite"], &["name", "classname", "time", "status"], &["name"]),
            "failure" | "error" => (&["testcase"], &["type", "message"], &["type"]),
            "system-out" => (&["testsuite", "testcase"], &[], &[]),
            other => panic!("{other} is no element of JUnit"),
        };
        assert_eq!(path.len() == 1, within.is_empty(), "{path:?}");
        assert!(path.len() == 1 || within.contains(&path[path.len() - 2].as_str()), "{path:?}");
        assert!(attributes.iter().all(|(key, _)| known.contains(&key.as_str())), "{path:?} {attributes:?}");
        assert!(needed.iter().all(|key| attributes.iter().any(|(own, _)| own == key)), "{path:?} {attributes:?}");
    }
    let count = |name: &str| all.iter().filter(|(path, _)| is(path, name)).count();
    for (key, name) in [("tests", "testcase"), ("failures", "failure"), ("errors", "error")] {
        for owner in ["testsuites", "testsuite"] {
            let told =
                all.iter().filter(|(path, _)| is(path, owner)).flat_map(|(_, attributes)| attributes.iter().find(|(own, _)| own == key));
            assert_eq!(told.map(|(_, value)| value.parse::<usize>().unwrap()).sum::<usize>(), count(name), "{key} of {owner} in {text}");
        }
    }
}

#[test]
fn junit_is_what_ci_services_take() {
    assert_is_junit(&printed(Format::Junit, false));
    assert_is_junit(&render(Format::Junit, &[], false));
    let dir = tempfile::tempdir().unwrap();
    let open = dir.path().join("a & \"b\".yaml");
    let text = "version: 1\nname: open\nbucket: { name: acme-open }\npublic_access: { block: { public_policy: false, restrict: false } }\n\
        grants: [{ name: all, to: [everyone], can: [read] }]\n\
        guarantees: [{ guarantee: mfa-enforced, actions: [\"s3:GetObject\"], within: 1h }]\n\
        tests:\n  - name: nobody <reads> & \"writes\"\n    request: { as: anonymous, do: s3:GetObject, key: x }\n    expect: deny\n\
        \x20 - name: nobody writes\n    request: { as: anonymous, do: s3:PutObject, key: x }\n    expect: deny\n";
    std::fs::write(&open, text).unwrap();
    let broken = dir.path().join("broken.yaml");
    std::fs::write(&broken, "version: 1\nname: open\nbucket: { name: acme-open, nothing: 1 }\n").unwrap();
    let (open, broken) = (open.to_str().unwrap(), broken.to_str().unwrap());
    for (args, tests, failures, errors) in [
        (&["test", "--format", "junit", open, broken][..], 3, 1, 1),
        (&["prove", "--format", "junit", open, "examples/minimal.yaml"], 0, 1, 0),
    ] {
        let ran = super::support::run(args);
        assert_eq!(ran.exit, 1, "{}", ran.stderr);
        assert_is_junit(&ran.stdout);
        let head = ran.stdout.lines().nth(1).unwrap();
        assert!(tests == 0 || head.contains(&format!("tests=\"{tests}\"")), "{head}");
        assert!(head.contains(&format!("failures=\"{failures}\" errors=\"{errors}\"")), "{}", ran.stdout);
    }
    let shown = super::support::run(&["test", "--format", "junit", "examples/office-and-vpc.yaml"]);
    assert_eq!((shown.exit, shown.stdout.matches("<testcase").count()), (0, 15));
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
