//! Composition: what a base locks stays, values come from parameters, and findings point at the file that said it.

use std::path::Path;

use s3harden::diag::{Code, Place, Severity};
use s3harden::pipeline::{self, Checked};
use s3harden::profile::{AccountProfile, Profile, is_account};
use s3harden::report::{self, Entry, Format};
use s3harden::source::{Source, Workspace};

use super::render::options;
use super::support::{BOTH, run};

const HEAD: &str = "version: 1\nname: exports\nextends: [base.yaml]\n";

/// A directory with these files.
fn files(texts: &[(&str, &str)]) -> tempfile::TempDir {
    let dir = tempfile::tempdir().unwrap();
    for (name, text) in texts {
        let path = dir.path().join(name);
        std::fs::create_dir_all(path.parent().unwrap()).unwrap();
        std::fs::write(path, text).unwrap();
    }
    dir
}

fn checked(dir: &Path, values: &[(&str, &str)]) -> (Source, Checked) {
    let set = values.iter().map(|(name, value)| ((*name).to_owned(), (*value).to_owned())).collect();
    let source = Source::open(&dir.join("profile.yaml"), &Workspace::new(set, None)).unwrap();
    let checked = pipeline::check(&source, &options(BOTH));
    (source, checked)
}

/// The pointer that a base locks, what it says, and what a profile on top of it may say and may not.
const LOCKED: &[(&str, &str, &[&str], &[&str])] = &[
    ("/transport/minimum_tls", "transport: { minimum_tls: \"1.2\" }", &["transport: { minimum_tls: \"1.3\" }"], &[]),
    ("/transport/minimum_tls", "transport: { minimum_tls: \"1.3\" }", &[], &["transport: { minimum_tls: \"1.2\" }"]),
    ("/transport", "owner: a", &["transport: { minimum_tls: \"1.3\" }"], &["transport: { https_only: false }"]),
    (
        "/public_access/block",
        "owner: a",
        &["public_access: { block: { restrict: true } }"],
        &["public_access: { block: { restrict: false } }", "preset: public-read"],
    ),
    (
        "/encryption/algorithm",
        "preset: sensitive",
        &["encryption: { algorithm: dsse-kms }", "preset: regulated"],
        &["encryption: { algorithm: sse-s3 }", "preset: baseline"],
    ),
    (
        "/controls",
        "controls: [pci-dss-4.0.1]",
        &["+controls: [fsbp]", "controls: [fsbp, pci-dss-4.0.1]"],
        &["controls: [fsbp]", "controls: []"],
    ),
    ("/encryption/sse_c", "encryption: { sse_c: block }", &["owner: b"], &["encryption: { sse_c: allow }"]),
    ("/encryption/uploads", "encryption: { uploads: pinned }", &["owner: b"], &["encryption: { uploads: default }"]),
    ("/encryption/key", "encryption: { key: create }", &["owner: b"], &["encryption: { key: alias/other }"]),
    (
        "/network/allow",
        "network: { allow: { cidrs: [203.0.113.0/24, 198.51.100.0/24] } }",
        &["network: { allow: { cidrs: [203.0.113.0/24] } }", "network: { allow: { cidrs: [203.0.113.16/28] } }"],
        &[
            "network: { allow: { cidrs: [203.0.112.0/23] } }",
            "network: { allow: { +cidrs: [192.0.2.0/24] } }",
            "network: { allow: { cidrs: [] } }",
            "network: { allow: { vpcs: [vpc-0123456789abcdef0] } }",
        ],
    ),
    (
        "/network/deny/cidrs",
        "network: { deny: { cidrs: [203.0.113.0/28] } }",
        &["network: { deny: { +cidrs: [192.0.2.0/24] } }", "network: { deny: { cidrs: [203.0.113.0/24] } }"],
        &["network: { deny: { cidrs: [203.0.113.0/29] } }", "network: { deny: { cidrs: [] } }"],
    ),
    (
        "/network/except",
        "network: { deny: { cidrs: [203.0.113.0/28] } }",
        &["network: { except: { forwarded: false } }"],
        &["network: { except: { principals: [{ role: A }] } }"],
    ),
    ("/bucket/on_delete", "owner: a", &["owner: b"], &["bucket: { on_delete: delete }"]),
    ("/bucket/versioning", "owner: a", &["owner: b"], &["bucket: { versioning: suspended }"]),
    (
        "/bucket/protect_versions",
        "bucket: { protect_versions: { except: [{ role: A }, { role: B }] } }",
        &["bucket: { protect_versions: true }", "bucket: { protect_versions: { except: [{ role: B }] } }"],
        &["bucket: { protect_versions: false }", "bucket: { protect_versions: { except: [{ role: C }] } }"],
    ),
    (
        "/bucket/lifecycle/expire_noncurrent_after_days",
        "owner: a",
        &["bucket: { lifecycle: { expire_noncurrent_after_days: 91 } }", "bucket: { lifecycle: { expire_noncurrent_after_days: never } }"],
        &["bucket: { lifecycle: { expire_noncurrent_after_days: 89 } }"],
    ),
    ("/bucket/tags", "bucket: { tags: { team: a } }", &["bucket: { tags: { other: b } }"], &["bucket: { tags: { team: b } }"]),
    (
        "/logging/server_access",
        "owner: a",
        &["logging: { server_access: { retain_days: 400 } }"],
        &["logging: { server_access: { retain_days: 300 } }", "logging: { server_access: { to: none } }", "preset: log-archive"],
    ),
    (
        "/mfa/for/delete",
        "mfa: { for: { delete: { within: 1h } } }",
        &["mfa: { for: { delete: { within: 30m } } }"],
        &["mfa: { for: { delete: { within: 61m } } }"],
    ),
    ("/presigned_urls", "presigned_urls: { max_age: 15m }", &["presigned_urls: { max_age: 60s }"], &["presigned_urls: { max_age: 16m }"]),
    (
        "/denies",
        "denies: [{ name: no, to: [{ role: A }], can: [write] }]",
        &["+denies: [{ name: nor, to: [{ role: B }], can: [write] }]"],
        &["denies: []", "denies: [{ name: no, to: [{ role: A }], can: [read] }]"],
    ),
    (
        "/grants",
        "grants: [{ name: yes1, to: [{ role: A }], can: [read] }]",
        &["grants: []"],
        &["+grants: [{ name: more, to: [{ role: B }], can: [read] }]"],
    ),
    (
        "/waivers",
        "waivers: [{ finding: ipv4-only, reason: a, until: 2099-01-01 }]",
        &["waivers: []"],
        &["+waivers: [{ finding: no-access-tests, reason: a, until: 2099-01-01 }]"],
    ),
];

#[test]
fn what_a_base_locks_can_be_made_stricter_and_not_looser() {
    for (pointer, base, stricter, looser) in LOCKED {
        let named = if base.starts_with("bucket:") {
            base.replacen('{', "{ name: acme-exports,", 1)
        } else {
            format!("{base}\nbucket: {{ name: acme-exports }}")
        };
        let base = format!("locked: [{pointer}]\n{named}\n");
        for (child, loosened) in stricter.iter().map(|child| (child, false)).chain(looser.iter().map(|child| (child, true))) {
            let dir = files(&[("base.yaml", &base), ("profile.yaml", &format!("{HEAD}{child}\n"))]);
            let (source, checked) = checked(dir.path(), &[]);
            let found: Vec<_> = checked.findings.iter().filter(|finding| finding.code == Code::LockedValue).collect();
            assert_eq!(!found.is_empty(), loosened, "{pointer} with {child}: {:#?}", checked.findings);
            for finding in found {
                assert_eq!(finding.severity, Severity::Error);
                // Both places: the profile's, and that of the lock in the base.
                let Place::Bytes(lock) = &finding.related.last().unwrap().place else { panic!("{finding:?}") };
                assert!(source.part(lock.start).0.name().ends_with("base.yaml"), "{finding:?}");
                assert_eq!(source.position(lock.start).line, 1);
                let Place::Value(path) = &finding.place else { panic!("{finding:?}") };
                let place = checked.tree.as_ref().unwrap().locate(path).value;
                assert!(source.part(place.start).0.name().ends_with("profile.yaml"), "{finding:?}");
                assert_eq!(source.position(place.start).line, 4, "{finding:?}");
            }
            assert!(!loosened || checked.accepted.is_none());
        }
    }
}

#[test]
fn a_value_that_comes_from_a_parameter_is_locked_with_what_the_parameter_may_be() {
    let base = "locked: [/transport/minimum_tls]\nbucket: { name: acme-exports }\ntransport: { minimum_tls: \"${param.tls}\" }\n\
                parameters: { tls: { type: string, allowed: [\"1.3\"], default: \"1.3\" } }\n";
    for (child, loosened) in [
        ("parameters: { tls: { default: \"1.2\", allowed: [\"1.2\"] } }\n", true),
        ("parameters: { tls: { +allowed: [\"1.2\"] } }\n", true),
        ("parameters: { tls: { description: the version } }\n", false),
    ] {
        let dir = files(&[("base.yaml", base), ("profile.yaml", &format!("{HEAD}{child}"))]);
        for values in [&[][..], &[("tls", "1.2")]] {
            let (_, checked) = checked(dir.path(), values);
            let stopped = checked.findings.iter().any(|finding| matches!(finding.code, Code::LockedValue | Code::ParameterUnfit));
            assert_eq!(stopped, loosened || !values.is_empty(), "{child}: {:#?}", checked.findings);
        }
    }
}

#[test]
fn mappings_merge_lists_replace_and_plus_appends() {
    let dir = files(&[
        (
            "deep/root.yaml",
            "owner: root\nbucket: { name: acme-exports, tags: { a: root, b: root } }\nnetwork: { allow: { cidrs: [192.0.2.0/24] } }\n",
        ),
        ("left.yaml", "extends: [deep/root.yaml]\nbucket: { tags: { b: left } }\nnetwork: { allow: { +cidrs: [198.51.100.0/24] } }\n"),
        ("right.yaml", "extends: [deep/../deep/root.yaml]\nowner: right\n"),
        ("profile.yaml", "version: 1\nname: exports\nextends: [left.yaml, right.yaml]\nnetwork:\n  allow: { +cidrs: [203.0.113.0/24] }\n"),
    ]);
    let (source, checked) = checked(dir.path(), &[]);
    let tree = checked.tree.unwrap();
    let text = |keys: &[&str]| tree.get(keys).unwrap().text().to_owned();
    assert_eq!(text(&["owner"]), "right");
    assert_eq!((text(&["bucket", "tags", "a"]), text(&["bucket", "tags", "b"])), ("root".to_owned(), "left".to_owned()));
    let cidrs: Vec<&str> = tree.get(&["network", "allow", "cidrs"]).unwrap().children().map(|node| node.text()).collect();
    assert_eq!(cidrs, ["192.0.2.0/24", "198.51.100.0/24", "203.0.113.0/24"]);
    let root = tree.get(&["bucket", "tags", "a"]).unwrap().span().start;
    assert!(source.part(root).0.name().ends_with("deep/root.yaml"));
    assert_eq!(source.position(root).line, 2);
}

#[test]
fn every_format_points_at_the_file_that_said_it() {
    let base = "owner: a\n\ntransport: { https_only: 7 }\n";
    let dir = files(&[("base.yaml", base), ("profile.yaml", &format!("{HEAD}bucket: {{ name: acme-exports }}\n"))]);
    let (source, checked) = checked(dir.path(), &[]);
    let entry = Entry { source: Some(&source), tree: checked.tree.as_ref(), findings: &checked.findings };
    let place = dir.path().join("base.yaml").display().to_string();
    for (format, expected) in [
        (Format::Concise, format!("{place}:3:26: error[wrong-type]")),
        (Format::Text, format!("{place}:3:26")),
        (Format::Json, format!("\"file\":\"{place}\",\"line\":3,\"column\":26")),
        (Format::Github, format!("file={place},line=3,endLine=3,col=26")),
        (Format::Sarif, format!("\"uri\": \"file://{place}\"")),
        (Format::Junit, format!("{place}:3:26")),
    ] {
        let shown = report::render(format, &[entry], false);
        assert!(shown.contains(&expected), "{expected} is not in {shown}");
    }
    assert!(report::render(Format::Text, &[entry], false).contains("3 | transport: { https_only: 7 }"));
}

#[test]
fn a_name_of_a_base_is_never_more_than_a_name() {
    for name in ["", "-", "/dev/null", "${param.x}", "a\u{0}b", "\n", "..", "base.yaml/", "https://example.com/base.yaml", "\u{1b}[31m"] {
        let list = serde_json::to_string(&[name]).unwrap();
        let dir = files(&[("profile.yaml", &format!("version: 1\nname: exports\nbucket: {{ name: acme-exports }}\nextends: {list}\n"))]);
        let (source, checked) = checked(dir.path(), &[]);
        assert!(checked.accepted.is_none(), "{name:?}: {:#?}", checked.findings);
        let entry = Entry { source: Some(&source), tree: checked.tree.as_ref(), findings: &checked.findings };
        assert!(!report::render(Format::Text, &[entry], false).contains('\u{1b}'));
    }
}

#[test]
fn what_is_extended_or_locked_under_another_key_is_refused() {
    for key in ["+extends: [base.yaml]", "+locked: [/transport]", "\"+extends\": [base.yaml]"] {
        let dir = files(&[
            ("base.yaml", "owner: a\n"),
            ("profile.yaml", &format!("version: 1\nname: exports\nbucket: {{ name: acme-exports }}\n{key}\n")),
        ]);
        let (_, checked) = checked(dir.path(), &[]);
        assert!(checked.findings.iter().any(|finding| finding.code == Code::UnknownKey), "{key}: {:#?}", checked.findings);
    }
}

#[test]
fn a_profile_without_files_beneath_it_is_refused_and_not_rendered_without_its_base() {
    let source = super::support::source(format!("{HEAD}bucket: {{ name: acme-exports }}\n"));
    let checked = pipeline::check(&source, &options(BOTH));
    assert!(checked.accepted.is_none() && checked.findings.iter().any(|finding| finding.code == Code::BaseUnreadable));
}

#[test]
fn a_value_cannot_begin_what_it_does_not_hold() {
    let profile = "version: 1\nname: exports\nbucket: { name: acme-exports, tags: { a: \"$${param.x}\", b: \"{{${param.x}\" } }\nparameters: { x: { type: string } }\n";
    let dir = files(&[("profile.yaml", profile)]);
    for value in ["{aws:username}", "resolve:ssm:x:1}}", "${aws:username}", "${param.x}", "a\nb", "{file(\"x\")}"] {
        let (_, checked) = checked(dir.path(), &[("x", value)]);
        assert!(checked.accepted.is_none(), "{value}: {:#?}", checked.findings);
    }
    let prefix = "version: 1\nname: exports\nbucket: { name: acme-exports }\nparameters: { x: { type: string } }\n\
                  grants: [{ name: own, to: [{ role: A }], can: [read], prefixes: [\"$${param.x}/\"] }]\n";
    let dir = files(&[("profile.yaml", prefix)]);
    assert!(checked(dir.path(), &[("x", "{aws:username}")]).1.accepted.is_none());
}

#[test]
fn values_come_from_the_command_line_before_the_file_before_the_default() {
    let profile = "version: 1\nname: exports\nbucket: { name: \"acme-${param.env}\", lifecycle: { abort_multipart_after_days: \"${param.days}\" } }\n\
                   parameters: { env: { type: string, default: one }, days: { type: integer, default: 3 } }\n";
    let dir = files(&[("p/profile.yaml", profile), ("values.yml", "env: two\ndays: 5\nother: x\n")]);
    let (path, values) = (dir.path().join("p/profile.yaml").display().to_string(), dir.path().join("values.yml").display().to_string());
    let default = run(&["render", &path]);
    assert!(default.stdout.contains("acme-one") && default.stdout.contains("DaysAfterInitiation: 3"), "{}", default.stdout);
    let file = run(&["render", &path, "--values", &values]);
    assert!(file.stdout.contains("acme-two") && file.stdout.contains("DaysAfterInitiation: 5"), "{}", file.stdout);
    assert!(file.stderr.contains("warning[parameter-unknown]") && file.stderr.contains("values.yml:3:8"), "{}", file.stderr);
    let set = run(&["render", &path, "--values", &values, "--set", "env=three"]);
    assert!(set.stdout.contains("acme-three") && set.stdout.contains("DaysAfterInitiation: 5"), "{}", set.stdout);
    let unknown = run(&["check", &path, "--set", "envi=x", "--deny", "warning"]);
    assert!(unknown.exit == 1 && unknown.stderr.contains("did you mean `env`?"), "{}", unknown.stderr);
    assert_eq!(run(&["check", &path, "--set", "env"]).exit, 2);
    assert_eq!(run(&["check", &path, "--values", "nowhere.yaml"]).exit, 3);
    let shown = run(&["show", &path, "--set", "env=three", "--format", "json"]);
    let shown: serde_json::Value = serde_json::from_str(&shown.stdout).unwrap();
    assert_eq!(shown["/bucket/name"]["value"], "acme-three");
    assert_eq!(shown["/bucket/name"]["from"], format!("{path}:3, --set env"));
    assert_eq!(shown["/transport/https_only"]["from"], "default");
}

#[test]
fn what_is_shown_is_a_profile_that_says_the_same() {
    let dir = files(&[]);
    for path in super::support::profiles() {
        let path = path.display().to_string();
        let shown = run(&["show", &path]);
        assert_eq!(shown.exit, 0, "{path}: {}", shown.stderr);
        let copy = dir.path().join("copy.yaml");
        std::fs::write(&copy, &shown.stdout).unwrap();
        let loaded = |path: &Path| {
            let source = Source::read(path).unwrap();
            let mut value = if is_account(&source) {
                serde_json::to_value(AccountProfile::load(&source).0.unwrap()).unwrap()
            } else {
                let (profile, _, findings) = Profile::load(&source);
                serde_json::to_value(profile.unwrap_or_else(|| panic!("{findings:#?}"))).unwrap()
            };
            for done in ["extends", "locked", "parameters"] {
                value.as_object_mut().unwrap().shift_remove(done);
            }
            value
        };
        assert_eq!(loaded(Path::new(&path)), loaded(&copy), "{path}");
    }
}

#[test]
fn directories_render_profiles_and_not_what_they_extend() {
    let child = |name: &str| format!("version: 1\nname: {name}\nextends: [bases/base.yaml]\nbucket: {{ name: acme-{name} }}\n");
    let dir = files(&[("bases/base.yaml", "owner: a\n"), ("a.yaml", &child("a")), ("b.yaml", &child("b"))]);
    let out = dir.path().join("out").display().to_string();
    let all = dir.path().display().to_string();
    let rendered = run(&["render", "-o", &out, &all]);
    assert_eq!(rendered.exit, 0, "{}", rendered.stderr);
    assert_eq!(run(&["render", "-o", &out, "--check", "--jobs", "1", &all]).exit, 0);
    // A base that is named is meant; and a file that nobody extends is a profile that lacks its name.
    assert_eq!(run(&["check", &dir.path().join("bases/base.yaml").display().to_string()]).errors().first(), Some(&"missing-key"));
    std::fs::write(dir.path().join("nameless.yaml"), "version: 1\nbucket: { name: acme-c }\n").unwrap();
    assert_eq!(run(&["check", &all]).errors(), ["missing-key"]);
}
