//! Broken profiles: each way to be wrong gives one error, at its line, and the exit status 1.

use s3harden::diag::Severity;
use s3harden::pipeline;
use s3harden::source::Source;

use super::render::options;
use super::support::{BOTH, line, ran, s3harden};

struct Broken {
    what: &'static str,
    bytes: &'static [u8],
    code: &'static str,
    /// None where the file as a whole is wrong.
    line: Option<usize>,
}

const BROKEN: &[Broken] = &[
    Broken { what: "a wrong type", bytes: b"version: 1\nname: a\nbucket: acme\n", code: "wrong-type", line: Some(3) },
    Broken {
        what: "a number for a switch",
        bytes: b"version: 1\nname: a\nbucket: { name: acme }\ntransport:\n  https_only: 1\n",
        code: "wrong-type",
        line: Some(5),
    },
    Broken {
        what: "an unknown key",
        bytes: b"version: 1\nname: a\nbucket:\n  name: acme\n  versionning: enabled\n",
        code: "unknown-key",
        line: Some(5),
    },
    Broken {
        what: "a duplicate key",
        bytes: b"version: 1\nname: a\nbucket:\n  name: acme\n  versioning: enabled\nname: b\n",
        code: "duplicate-key",
        line: Some(6),
    },
    Broken { what: "an indentation by tab", bytes: b"version: 1\nname: a\nbucket:\n\tname: acme\n", code: "yaml-syntax", line: Some(4) },
    Broken {
        what: "a region that is none",
        bytes: b"version: 1\nname: a\nbucket:\n  name: acme\n  region: europe\n",
        code: "bad-name",
        line: Some(5),
    },
    Broken {
        what: "a block of addresses that is none",
        bytes: b"version: 1\nname: a\nbucket: { name: acme }\nnetwork:\n  allow:\n    cidrs:\n      - 203.0.113.0/24\n      - 203.0.113.0/33\n",
        code: "bad-name",
        line: Some(8),
    },
    Broken {
        what: "every address as a block",
        bytes: b"version: 1\nname: a\nbucket: { name: acme }\nnetwork:\n  allow: { cidrs: [203.0.113.0/24] }\n  deny:\n    cidrs: [0.0.0.0/0]\n",
        code: "bad-name",
        line: Some(7),
    },
    Broken {
        what: "an endpoint where a VPC belongs",
        bytes: b"version: 1\nname: a\nbucket: { name: acme }\nnetwork:\n  allow:\n    vpcs: [vpce-0a1b2c3d4e5f60718]\n",
        code: "bad-name",
        line: Some(6),
    },
    Broken {
        what: "a bucket name that S3 refuses",
        bytes: b"version: 1\nname: a\nbucket: { name: Acme_Invoices }\n",
        code: "bad-name",
        line: Some(3),
    },
    Broken {
        what: "an account id without quotes",
        bytes: b"version: 1\nname: a\nbucket:\n  name: acme\n  account: 111122223333\n",
        code: "wrong-type",
        line: Some(5),
    },
    Broken {
        what: "an account id without quotes that begins with a zero",
        bytes: b"version: 1\nname: a\nbucket:\n  name: acme\n  account: 011122223333\n",
        code: "wrong-type",
        line: Some(5),
    },
    Broken {
        what: "an anchor",
        bytes: b"version: 1\nname: a\nbucket:\n  name: acme\n  tags: &tags { a: b }\n",
        code: "yaml-anchor",
        line: Some(5),
    },
    Broken { what: "an alias", bytes: b"version: 1\nname: a\nbucket: { name: acme }\nowner: *me\n", code: "yaml-anchor", line: Some(4) },
    Broken { what: "a tag", bytes: b"version: 1\nname: !!str a\nbucket: { name: acme }\n", code: "yaml-tag", line: Some(2) },
    Broken {
        what: "a second document",
        bytes: b"version: 1\nname: a\nbucket: { name: acme }\n---\nversion: 1\n",
        code: "yaml-documents",
        line: Some(4),
    },
    Broken { what: "an executable", bytes: b"\x7fELF\x02\x01\x01\x00\x00\xff\xfe\x00\x00", code: "not-utf8", line: Some(1) },
    Broken { what: "a picture", bytes: b"\x89PNG\r\n\x1a\n\x00\x00\x00\rIHDR", code: "not-utf8", line: Some(1) },
    Broken { what: "UTF-16", bytes: b"\xff\xfev\x00e\x00r\x00", code: "not-utf8", line: Some(1) },
    Broken { what: "zeros", bytes: &[0; 4096], code: "yaml-syntax", line: Some(1) },
    Broken { what: "an empty file", bytes: b"", code: "empty-profile", line: None },
    Broken { what: "nothing but comments", bytes: b"# to do\n\n", code: "empty-profile", line: None },
    Broken { what: "a list", bytes: b"- version: 1\n", code: "wrong-type", line: Some(1) },
    Broken { what: "a bracket that stays open", bytes: b"version: 1\nname: a\nbucket: { name: acme\n", code: "yaml-syntax", line: Some(3) },
    Broken { what: "no bucket", bytes: b"version: 1\nname: a\n", code: "missing-key", line: Some(1) },
];

#[test]
fn each_broken_profile_has_one_error_at_its_line() {
    for Broken { what, bytes, code, line: expected } in BROKEN {
        let (source, tree, findings) = match Source::from_bytes("broken.yaml", *bytes) {
            Ok(source) => {
                let checked = pipeline::check(&source, &options(BOTH));
                assert!(checked.accepted.is_none(), "{what} was accepted");
                (source, checked.tree, checked.findings)
            }
            Err(refused) => (refused.source, None, vec![refused.finding]),
        };
        let errors: Vec<_> = findings.iter().filter(|finding| finding.severity == Severity::Error).collect();
        let [error] = errors.as_slice() else { panic!("{what}: {errors:#?}") };
        assert_eq!(error.code.name(), *code, "{what}: {error:?}");
        assert_eq!(line(error, &source, tree.as_ref()), *expected, "{what}: {error:?}");
        assert!(!error.help.is_empty() || !error.label.is_empty(), "{what}: nothing but the message: {error:?}");
    }
}

#[test]
fn each_broken_profile_ends_with_1_and_writes_nothing() {
    let dir = tempfile::tempdir().unwrap();
    let (file, out) = (dir.path().join("broken.yaml"), dir.path().join("out"));
    for Broken { what, bytes, code, .. } in BROKEN {
        std::fs::write(&file, bytes).unwrap();
        let ran = ran(s3harden(&["render", "-o"]).arg(&out).arg(&file).output().unwrap());
        assert_eq!((ran.exit, ran.stdout.as_str()), (1, ""), "{what}: {}", ran.stderr);
        assert_eq!(ran.errors(), [*code], "{what}: {}", ran.stderr);
        assert!(!out.exists(), "{what}: something was written");
    }
}
