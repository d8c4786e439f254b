//! What is read from which text, and what is refused where.

use super::*;
use crate::path;
use crate::source::Source;

fn source(text: &str) -> Source {
    Source::from_bytes("x", text).unwrap()
}

/// Each finding as `code "place" related… message`.
fn found(text: &str) -> Vec<String> {
    let (_, findings) = source(text).parse();
    let show = |place: &Place| match place {
        Place::Bytes(range) => format!("{:?}@{}", text.get(range.clone()).unwrap(), range.start),
        other => format!("{other:?}"),
    };
    let line = |finding: Finding| {
        let related: String = finding.related.iter().map(|related| format!(" ({})", show(&related.place))).collect();
        format!("{} {}{related} {}", finding.code.name(), show(&finding.place), finding.message)
    };
    findings.into_iter().map(line).collect()
}

fn tree(text: &str) -> Tree {
    let (tree, findings) = source(text).parse();
    assert_eq!(findings, [], "{text:?}");
    tree.unwrap()
}

#[test]
fn a_profile_becomes_a_value() {
    let text = "version: 1\nb: { c: [x, 'it''s', \"a\\tb\"], d: 1.5 }\ne:\n- 012345678901\n- ~\n-\n- null\nf: |\n  one\n  two\ng: two\n  lines\nh: true\ni: \"true\"\n";
    let expected = serde_json::json!({
        "version": 1, "b": { "c": ["x", "it's", "a\tb"], "d": 1.5 }, "e": ["012345678901", null, null, null],
        "f": "one\ntwo\n", "g": "two lines", "h": true, "i": "true",
    });
    let value = tree(text).to_value();
    assert_eq!(value, expected);
    let keys: Vec<_> = value.as_object().unwrap().keys().map(String::as_str).collect();
    assert_eq!(keys, ["version", "b", "e", "f", "g", "h", "i"]);
}

#[test]
fn every_value_knows_where_it_is_written() {
    let text = "a:\n  b: 1   # c\n  c:\n\n# x\nd: [x, {y: z}]\ne:\n- é\n- |\n  text\n\nf: g\n";
    let tree = tree(text);
    let spans: Vec<_> =
        tree.nodes().map(|node| (node.path().to_string(), text.get(node.key_span().unwrap_or(0..0)).unwrap(), node.raw())).collect();
    let expected = [
        ("", "", text.trim_end()),
        ("/a", "a", "b: 1   # c\n  c:"),
        ("/a/b", "b", "1"),
        ("/a/c", "c", ""),
        ("/d", "d", "[x, {y: z}]"),
        ("/d/0", "", "x"),
        ("/d/1", "", "{y: z}"),
        ("/d/1/y", "y", "z"),
        ("/e", "e", "- é\n- |\n  text"),
        ("/e/0", "", "é"),
        ("/e/1", "", "text"),
        ("/f", "f", "g"),
    ];
    assert_eq!(spans, expected.map(|(path, key, raw)| (path.to_owned(), key, raw)));
    for node in tree.nodes() {
        assert_eq!(tree.find(&node.path()).unwrap().span(), node.span());
    }
}

#[test]
fn a_path_that_is_not_written_leads_to_its_ancestor() {
    let text = "bucket:\n  tags: { \"1\": x }\nlist: [a]\n";
    let tree = tree(text);
    let at = |path: &crate::diag::Path| {
        let located = tree.locate(path);
        (located.key.map(|key| text.get(key).unwrap()), text.get(located.value).unwrap(), located.exact)
    };
    assert_eq!(at(&path!["bucket", "tags", 1]), (Some("\"1\""), "x", true));
    assert_eq!(at(&path!["bucket", "region"]), (Some("bucket"), "tags: { \"1\": x }", false));
    assert_eq!(at(&path!["list", "0"]), (None, "a", true));
    assert_eq!(at(&path!["list", 7, "x"]), (Some("list"), "[a]", false));
    assert_eq!(at(&path!["nothing"]), (None, text.trim_end(), false));
    assert_eq!(tree.get(&["list", "0"]).unwrap().text(), "a");
    assert!(tree.get(&["list", "x"]).is_none() && tree.get(&["bucket", "tags", "1", "x"]).is_none());
}

#[test]
fn account_ids_without_quotes_can_be_told() {
    let tree = tree("a: 111122223333\nb: 012345678901\nc: \"111122223333\"\nd: 1111222233\n");
    let ids: Vec<_> = tree.nodes().filter(|node| node.is_unquoted_account_id()).map(|node| node.text()).collect();
    assert_eq!(ids, ["111122223333", "012345678901"]);
    assert_eq!(tree.get(&["a"]).unwrap().kind(), Kind::Integer);
    assert_eq!(tree.get(&["b"]).unwrap().kind(), Kind::Text);
}

#[test]
fn equal_keys_are_found_in_small_and_large_mappings_and_the_first_counts() {
    assert_eq!(
        found("a: 1\nb: {c: 1, 'c': 2}\n\"a\": {d: 1, d: 2}\n"),
        [
            "duplicate-key \"'c'\"@15 (\"c\"@9) the key `c` stands twice in the same mapping",
            "duplicate-key \"\\\"a\\\"\"@23 (\"a\"@0) the key `a` stands twice in the same mapping",
            "duplicate-key \"d\"@35 (\"d\"@29) the key `d` stands twice in the same mapping",
        ]
    );
    let (first, _) = source("a: 1\na: 2\nb: 3\n").parse();
    assert_eq!(first.unwrap().to_value(), serde_json::json!({"a": 1, "b": 3}));
    let many: String = (0..100).map(|n| format!("k{n}: {n}\n")).collect();
    assert_eq!(found(&format!("{many}k3: x\nk99: x\n")).len(), 2);
    assert_eq!(tree(&many).to_value().as_object().unwrap().len(), 100);
}

#[test]
fn what_yaml_allows_and_a_profile_does_not_is_all_found_at_once() {
    assert_eq!(
        found("&x a: *y\nb: &z [1, *z]\n<<: *z\n? [k]\n: v\nt: !Sub 'x'\n: w\nu: on\n---\nmore: 1\n"),
        [
            "yaml-anchor \"&x\"@0 anchors such as `&x` are refused",
            "yaml-anchor \"*y\"@6 aliases such as `*y` are refused",
            "yaml-anchor \"&z\"@12 anchors such as `&z` are refused",
            "yaml-anchor \"*z\"@19 aliases such as `*z` are refused",
            "yaml-anchor \"<<\"@23 merge keys (`<<`) are refused",
            "yaml-key \"[\"@32 a list or mapping stands where a key should",
            "yaml-tag \"!Sub\"@43 tags such as `!Sub` are refused",
            "yaml-key \":\"@52 a key is missing before the colon",
            "ambiguous-scalar \"on\"@59 `on` is text here and a boolean to other YAML readers",
            "yaml-documents \"---\"@62 the file holds more than one document",
        ]
    );
    assert_eq!(found("%YAML 1.1\n---\na: 1\n"), ["yaml-documents \"%YAML\"@0 directives are refused"]);
    assert_eq!(found("a: !e!x 1\n"), ["yaml-tag \"!e!x\"@3 tags are refused, and this is none that YAML allows"]);
    assert_eq!(found("? >-\nb: x\n"), ["yaml-key \"\"@5 a key is missing before the colon"]);
    assert_eq!(found("on: { y: x }\n"), [""; 0]);
}

#[test]
fn what_is_no_mapping_is_no_profile() {
    for empty in ["", "# only a comment\n", "---\n", "null\n", "\u{feff}", "---\n...\n"] {
        assert_eq!(found(empty), ["empty-profile File the file holds no profile"], "{empty:?}");
    }
    assert_eq!(found("- a\n"), ["wrong-type \"- a\"@0 the profile is a list, not a mapping"]);
    assert_eq!(found("version 1\n"), ["wrong-type \"version 1\"@0 the profile is a single value, not a mapping"]);
}

#[test]
fn depth_is_bounded_whatever_the_style() {
    let nested = |open: &str, close: &str, n: usize| format!("a: {}x{}\n", open.repeat(n), close.repeat(n));
    assert_eq!(found(&nested("[", "]", 63)), [""; 0]);
    assert_eq!(found(&nested("[", "]", 64)), ["too-deep \"[\"@66 the file is nested deeper than 64 levels"]);
    assert_eq!(found(&"[".repeat(100_000)).len(), 1);
    assert_eq!(found(&"- ".repeat(100_000)).len(), 1);
    assert_eq!(found(&"? ".repeat(100_000)).len(), 2);
    assert_eq!(found(&"{a: ".repeat(100_000)).len(), 1);
    let mixed = format!("{}{}", (0..40).map(|n| format!("{}a:\n", " ".repeat(n))).collect::<String>(), " ".repeat(40))
        + &"[".repeat(40)
        + &"]".repeat(40);
    assert!(found(&mixed).iter().all(|line| line.starts_with("too-deep")), "{:?}", found(&mixed));
}

#[test]
fn syntax_errors_say_what_to_look_at() {
    for (text, expected) in [
        ("a:\n\tb: 1\n", "\"\\t\"@3 a tab in the indentation"),
        ("a: b\n\tc: d\n", "\"\\t\"@5 a tab in the indentation"),
        ("a: |\n\tx\n", "\"\\t\"@5 a tab in the indentation"),
        ("a: 'x\nb: 2\n", "\"'\"@3 a quote that is not closed"),
        ("a: \"x\nb: 2\n", "\"\\\"\"@3 a quote that is not closed"),
        ("a: [1, 2\nb: 3\n", "\"[\"@3 `[` is not closed"),
        ("a: [1, 2\n", "\"[\"@3 `[` is not closed"),
        ("a: {b: 1]\n", "\"{\"@3 `{` is closed by `]`"),
        ("a: ]\n", "\"]\"@3 `]` closes nothing"),
        ("a: [x: w: z]\n", "\":\"@8 (\"[\"@3) a comma or `]` is missing before this"),
        ("a: b: c\n", "\":\"@4 a colon that cannot stand here"),
        ("a:b\nc: d\n", "\":\"@1 a space is missing after a colon"),
        ("a: 1\n b: 2\n", "\"b: 2\"@6 (\"1\"@3) this line continues the value of the line above"),
        ("a: \"C:\\dir\"\n", "\"\\\\d\"@6 an escape that YAML does not know"),
        ("a: \"\\u12\"\n", "\"\\\\u\"@4 an escape that YAML does not know"),
        ("a: \"x\" y\n", "\"y\"@7 text after a closing quote"),
        ("a: @x\n", "\"@\"@3 a value without quotes cannot begin with `@`"),
        ("a: %x\n", "\"%\"@3 a value without quotes cannot begin with `%`"),
        ("a: *\n", "\"*\"@3 a value without quotes cannot begin with `*`"),
        ("a: \u{7}x\n", "\"\\u{7}\"@3 the character U+0007 cannot stand here"),
        ("- a\nb: c\n", "\"b: c\"@4 this line does not fit the indentation of the lines above"),
        ("a:\n  - x\n - y\n", "\"- y\"@10 this line does not fit the indentation of the lines above"),
        ("key: - x\n", "\"- x\"@5 a list cannot begin here"),
        ("a: 1\nword\nb: 2\n", "\"word\"@5 a line that is neither `key: value` nor an item of a list"),
        ("\"a\":1\n", "\":1\"@3 text where the document should have ended"),
        ("a: 1\n\u{feff}b: 2\n", "\"\\u{feff}\"@5 a byte order mark inside the text"),
    ] {
        assert_eq!(found(text), [format!("yaml-syntax {expected}")], "{text:?}");
    }
}

#[test]
fn what_was_found_before_a_syntax_error_is_kept() {
    assert_eq!(found("a: 1\na: 2\nb: 'x\n").len(), 2);
}

#[test]
fn warnings_never_crowd_out_an_error() {
    let text = format!("list: [{}]\na: 1\na: 2\n", "yes, ".repeat(1000));
    let (_, findings) = source(&text).parse();
    assert_eq!(findings.iter().filter(|finding| finding.severity == Severity::Error).count(), 1);
    assert!(findings.len() < 200);
}
