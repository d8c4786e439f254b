//! Hostile text: whatever the bytes, reading and reporting neither panic nor point outside the text.
//!
//! The mutations are seeded, so that a failure repeats; its input is printed.

use s3harden::diag::{Finding, Place};
use s3harden::report::{Entry, Format, render};
use s3harden::source::{Kind, Source, Tree};

const SAMPLES: &[&str] = &[
    include_str!("samples/exports.yaml"),
    "version: 1\nname: invoices\nbucket: { name: acme-invoices }\n",
    "# Ünïcode 日本 🪣\nname: 'it''s'\ntext: |\n  one\n\n  two\nfolded: >-\n  a\n  b\n\nquoted: \"tab\\t\\u00e9 \\\n  next\"\nplain: two\n  lines # and a comment\n? key\n: value\nlist:\n- - a\n  - - b\n-\n- ~\n",
    "a: &x [1, 1.5, 012345678901, true, yes]\r\nb: *x\r\n<<: *x\r\nc: !Sub '${a}'\r\n? [k]\r\n: v\r\n---\r\nd: {}\r\n...\r\n",
];

const TOKENS: &[&str] = &[
    "[",
    "]",
    "{",
    "}",
    "- ",
    ": ",
    ":",
    ", ",
    "\t",
    "'",
    "\"",
    "|\n",
    "|0",
    ">-\n",
    "&a ",
    "*a",
    "<<: ",
    "!t ",
    "!e!x ",
    "!<",
    "---\n",
    "...\n",
    "%X\n",
    "#",
    " #",
    "? ",
    "~",
    "\\x",
    "\\u12",
    "\u{feff}",
    "é",
    "\u{1F600}",
    "\u{202e}",
    "\u{85}",
    "\u{2028}",
    "\r\n",
    "\r",
    "\n",
    "\n\n  ",
    "\0",
    "\u{1b}",
    "@",
    "`",
    "=",
    "null",
    "name: ",
    "key: x\n",
    "\u{80}",
];

/// xorshift64*: small, and the same everywhere.
struct Random(u64);

impl Random {
    fn next(&mut self) -> u64 {
        self.0 ^= self.0 >> 12;
        self.0 ^= self.0 << 25;
        self.0 ^= self.0 >> 27;
        self.0.wrapping_mul(0x2545_F491_4F6C_DD1D)
    }

    fn below(&mut self, bound: usize) -> usize {
        usize::try_from(self.next() % u64::try_from(bound.max(1)).unwrap()).unwrap()
    }

    fn range(&mut self, len: usize, longest: usize) -> std::ops::Range<usize> {
        let start = self.below(len + 1);
        start..(start + self.below(longest)).min(len)
    }
}

fn mutate(random: &mut Random, bytes: &mut Vec<u8>) {
    match random.below(8) {
        0 => drop(bytes.drain(random.range(bytes.len(), 40))),
        1 => {
            let copy = bytes[random.range(bytes.len(), 80)].to_vec();
            let at = random.below(bytes.len() + 1);
            bytes.splice(at..at, copy);
        }
        2 if !bytes.is_empty() => {
            let at = random.below(bytes.len());
            bytes[at] = random.next().to_le_bytes()[0];
        }
        3 => {
            let other = SAMPLES[random.below(SAMPLES.len())].as_bytes();
            let piece = other[random.range(other.len(), 200)].to_vec();
            let at = random.below(bytes.len() + 1);
            bytes.splice(at..at, piece);
        }
        4 => {
            let token = TOKENS[random.below(TOKENS.len())].repeat(random.below(100));
            let at = random.below(bytes.len() + 1);
            bytes.splice(at..at, token.bytes());
        }
        _ => {
            let at = random.below(bytes.len() + 1);
            bytes.splice(at..at, TOKENS[random.below(TOKENS.len())].bytes());
        }
    }
}

/// Whether there is a tree.
fn check(source: &Source, thorough: bool) -> bool {
    let (tree, findings) = source.parse();
    for finding in &findings {
        check_place(source, &finding.place);
        finding.related.iter().for_each(|related| check_place(source, &related.place));
    }
    assert!(tree.is_some() || !findings.is_empty(), "no tree and no reason");
    if let Some(tree) = &tree {
        check_tree(source, tree, thorough);
    }
    if thorough {
        check_reports(source, tree.as_ref(), &findings);
    }
    tree.is_some()
}

fn check_place(source: &Source, place: &Place) {
    if let Place::Bytes(range) = place {
        assert!(source.text().get(range.clone()).is_some(), "{range:?} is outside of the text or within a character");
    }
}

fn check_tree(source: &Source, tree: &Tree, thorough: bool) {
    let mut count = 0;
    for node in tree.nodes() {
        count += 1;
        let span = node.span();
        assert_eq!(source.text().get(span.clone()), Some(node.raw()));
        assert!(!node.raw().ends_with([' ', '\t', '\r', '\n']) || node.kind() == Kind::Text, "{:?} ends in blanks", node.raw());
        if let Some(parent) = node.parent() {
            assert!(parent.span().start <= span.start && span.end <= parent.span().end, "{:?} is not within {:?}", span, parent.span());
            assert_eq!(node.key().is_some(), parent.kind() == Kind::Map);
        }
        if let Some(key) = node.key_span() {
            assert!(source.text().get(key.clone()).is_some_and(|text| !text.is_empty()) && key.end <= span.end, "key {key:?} of {span:?}");
        }
        assert_eq!(node.children().count(), node.len());
        if thorough && count < 200 {
            let located = tree.locate(&node.path());
            assert_eq!((located.key, located.value, located.exact), (node.key_span(), span, true));
        }
    }
    assert!(tree.to_value().is_object());
}

fn check_reports(source: &Source, tree: Option<&Tree>, findings: &[Finding]) {
    let entry = [Entry { source: Some(source), tree, findings }];
    for format in Format::ALL {
        let printed = render(*format, &entry, false);
        let hidden = |character: char| (character.is_control() && character != '\n') || ('\u{202a}'..='\u{202e}').contains(&character);
        assert!(!printed.contains(hidden), "{}: {printed:?}", format.name());
        match format {
            Format::Json => printed.lines().for_each(|line| drop(serde_json::from_str::<serde_json::Value>(line).unwrap())),
            Format::Sarif => drop(serde_json::from_str::<serde_json::Value>(&printed).unwrap()),
            Format::Concise | Format::Github => assert!(printed.lines().count() <= findings.len()),
            Format::Text | Format::Junit => {}
        }
    }
}

#[test]
fn megabytes_of_mutated_profiles_neither_panic_nor_point_astray() {
    let mut random = Random(0x5EED_5EED_5EED_5EED);
    let (mut total, mut round, mut trees) = (0, 0, 0);
    while total < 30_000_000 {
        let mut bytes = SAMPLES[random.below(SAMPLES.len())].as_bytes().to_vec();
        for _ in 0..=random.below(4) {
            mutate(&mut random, &mut bytes);
        }
        total += bytes.len();
        round += 1;
        let thorough = round % 32 == 0;
        let outcome = std::panic::catch_unwind(|| {
            let source = match Source::from_bytes("fuzz.yaml", bytes.clone()) {
                Ok(source) => source,
                Err(refused) => {
                    check_place(&refused.source, &refused.finding.place);
                    Source::from_bytes("fuzz.yaml", String::from_utf8_lossy(&bytes).into_owned()).unwrap()
                }
            };
            check(&source, thorough)
        });
        assert!(outcome.is_ok(), "round {round}: {:?}", String::from_utf8_lossy(&bytes));
        trees += usize::from(outcome.unwrap_or(false));
    }
    assert!(trees * 5 > round, "{trees} of {round} inputs were read to the end: the mutations are too coarse");
}

#[test]
fn samples_read_as_other_readers_read_them() {
    for sample in &SAMPLES[..3] {
        let (tree, findings) = Source::from_bytes("x", *sample).unwrap().parse();
        assert_eq!(findings, []);
        assert_eq!(tree.unwrap().to_value(), serde_yaml::from_str::<serde_json::Value>(sample).unwrap());
    }
}

mod written {
    //! What `serde_yaml` writes, we read back to the same value.

    use proptest::prelude::*;
    use proptest::test_runner::RngSeed;
    use s3harden::source::Source;
    use serde_json::{Map, Value};

    fn scalar() -> impl Strategy<Value = Value> {
        prop_oneof![
            Just(Value::Null),
            any::<bool>().prop_map(Value::from),
            any::<i64>().prop_map(Value::from),
            any::<u64>().prop_map(Value::from),
            // Without U+2028 and U+0085: the writer takes them for line breaks, as YAML 1.1 does.
            "[ -~\\n\u{e9}\u{1F600}]{0,20}".prop_map(Value::from),
            "(yes|no|~|null|true|[0-9]{1,13}|[-+.0-9e_:x]{1,8}|<<|=|!t|&a|\\*a)".prop_map(Value::from),
        ]
    }

    fn key() -> impl Strategy<Value = String> {
        "[ -~\u{e9}]{1,12}".prop_filter("merge keys are refused", |key| key != "<<")
    }

    fn value() -> impl Strategy<Value = Value> {
        scalar().prop_recursive(5, 40, 6, |inner| {
            prop_oneof![
                prop::collection::vec(inner.clone(), 0..6).prop_map(Value::from),
                prop::collection::vec((key(), inner), 0..6).prop_map(|pairs| Value::Object(Map::from_iter(pairs))),
            ]
        })
    }

    proptest! {
        #![proptest_config(ProptestConfig { failure_persistence: None, rng_seed: RngSeed::Fixed(7), cases: 1000, ..ProptestConfig::default() })]

        #[test]
        fn reads_back(inner in value()) {
            let value = serde_json::json!({ "inner": inner });
            let text = serde_yaml::to_string(&value).unwrap();
            let (tree, findings) = Source::from_bytes("x", text.as_str()).unwrap().parse();
            prop_assert!(findings.iter().all(|finding| finding.code.name() == "ambiguous-scalar"), "{findings:?}\n{text}");
            prop_assert_eq!(tree.unwrap().to_value(), value, "{}", text);
        }
    }
}
