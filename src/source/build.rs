//! From YAML events to a [`Tree`], in one pass.
//!
//! In: the text. Out: the tree, and what a profile may not contain although YAML does: equal keys,
//! anchors, tags, second documents, keys that are no words, depth. Reading goes on after such a finding
//! and stops at a syntax error. The YAML parser is known to this module, `peek` and `syntax` only.

use std::borrow::Cow;
use std::collections::HashMap;
use std::ops::Range;
use std::sync::Arc;

use granit_parser::{Event, Options, Parser, ScalarStyle, Span, StructureStyle, Tag, TryLoadError, TrySpannedEventReceiver};

use super::tree::{Entry, NONE, Slot};
use super::{Kind, MAX_DEPTH, Tree, scalar, syntax};
use crate::diag::{Code, Finding, Place};

/// Beyond so many, findings are of no use: a text with that many is no profile.
const MAX_FINDINGS: usize = 100;

/// The number of keys from which a mapping's keys are looked up and no longer compared one by one.
const MANY_KEYS: u32 = 16;

/// Parses a text; see [`super::Source::parse`].
pub(super) fn parse(text: &Arc<str>) -> (Option<Tree>, Vec<Finding>) {
    let mut builder = Builder::new(text);
    let outcome = Parser::new_from_str_with_options(text, options()).try_load(&mut builder, true);
    let whole = match outcome {
        Ok(()) => true,
        Err(TryLoadError::Receiver(Stop::Here)) => true,
        Err(TryLoadError::Receiver(Stop::Broken)) => false,
        Err(TryLoadError::Scan(error)) => {
            let finding = syntax::finding(text, &error, builder.open_bracket(), builder.last_scalar.clone());
            builder.findings.push(finding);
            false
        }
    };
    builder.finish(whole)
}

pub(super) fn options() -> Options {
    let mut options = granit_parser::options! {
        disallow_directives: true,
        emit_anchor_events: true,
        emit_unresolved_aliases: true,
        flow_nesting_limit: MAX_DEPTH,
        block_nesting_limit: MAX_DEPTH,
    };
    options.set_emit_comments(false);
    options
}

/// Why the builder wants no more events.
enum Stop {
    /// What was read is a whole document.
    Here,
    /// It is not.
    Broken,
}

/// A key that waits for its value.
struct Key {
    slot: Slot,
    start: u32,
    end: u32,
    /// Whether the value belongs into the tree.
    kept: bool,
    merge: bool,
}

/// A collection that is not closed yet.
struct Frame {
    id: u32,
    last: u32,
    map: bool,
    flow: bool,
    key: Option<Key>,
}

struct Builder<'t> {
    source: &'t Arc<str>,
    text: &'t str,
    decoded: String,
    entries: Vec<Entry>,
    frames: Vec<Frame>,
    findings: Vec<Finding>,
    /// The keys of large mappings: the entry of each.
    keys: HashMap<(u32, String), u32>,
    /// Depth inside a collection that stands where a key should.
    skipped: usize,
    documents: usize,
    /// Where the last thing that is written ends.
    written: u32,
    last_scalar: Range<usize>,
}

impl<'t> Builder<'t> {
    fn new(source: &'t Arc<str>) -> Self {
        Self {
            source,
            text: source,
            decoded: String::new(),
            entries: Vec::with_capacity(source.len() / 12 + 1),
            frames: Vec::with_capacity(8),
            findings: Vec::new(),
            keys: HashMap::new(),
            skipped: 0,
            documents: 0,
            written: 0,
            last_scalar: 0..0,
        }
    }

    fn finish(mut self, whole: bool) -> (Option<Tree>, Vec<Finding>) {
        for finding in &mut self.findings {
            fit(self.text, &mut finding.place);
            finding.related.iter_mut().for_each(|related| fit(self.text, &mut related.place));
        }
        if !whole {
            return (None, self.findings);
        }
        match self.entries.first().map(|root| (root.kind, root.start as usize..root.end as usize)) {
            Some((Kind::Map, _)) => {
                let tree = Tree { text: Arc::clone(self.source), decoded: self.decoded, entries: self.entries };
                return (Some(tree), self.findings);
            }
            None | Some((Kind::Null, _)) if self.findings.is_empty() => self.findings.push(
                Finding::new(Code::EmptyProfile, Place::File, "the file holds no profile")
                    .help("write at least `version: 1`, a `name`, and a `bucket` with its `name`"),
            ),
            Some((Kind::List, place)) => self.findings.push(not_a_mapping(place, "list")),
            Some((_, place)) => self.findings.push(not_a_mapping(place, "single value")),
            None => {}
        }
        (None, self.findings)
    }

    fn report(&mut self, finding: Finding) {
        if self.findings.len() < MAX_FINDINGS {
            self.findings.push(finding);
        }
    }

    /// The innermost `[` or `{` that is still open.
    fn open_bracket(&self) -> Option<usize> {
        let frame = self.frames.iter().rev().find(|frame| frame.flow)?;
        self.entries.get(frame.id as usize).map(|entry| entry.start as usize)
    }

    fn expects_key(&self) -> bool {
        self.frames.last().is_some_and(|frame| frame.map && frame.key.is_none())
    }

    fn drop_key(&mut self) {
        if let Some(frame) = self.frames.last_mut() {
            frame.key = Some(Key { slot: Slot::default(), start: 0, end: 0, kept: false, merge: false });
        }
    }

    fn scalar(&mut self, value: &str, style: ScalarStyle, span: &Span) {
        let range = bytes(span);
        let plain = style == ScalarStyle::Plain;
        let absent = plain && range.is_empty();
        let blanks = || self.text.get(range.clone()).map_or(0, |raw| raw.len() - raw.trim_end().len());
        let end = match style {
            ScalarStyle::Literal | ScalarStyle::Folded => range.end - blanks(),
            _ if absent && self.text.as_bytes().get(range.end) == Some(&b':') => range.end + 1,
            _ => range.end,
        };
        let start = if absent { at(end) } else { at(range.start) };
        self.written = at(end);
        self.last_scalar = range.clone();
        if self.expects_key() {
            self.key(value, plain, absent, range.start..end);
            return;
        }
        let kind = match plain {
            _ if absent => Kind::Null,
            true => scalar::kind(value),
            false => Kind::Text,
        };
        if plain && kind == Kind::Text && scalar::other_reading(value).is_some() {
            self.ambiguous(value, range.clone());
        }
        let content = if absent { Slot::default() } else { self.slot(value, plain, &range) };
        self.push(kind, plain, start, at(end), content);
    }

    fn key(&mut self, text: &str, plain: bool, absent: bool, range: Range<usize>) {
        if absent {
            self.report(
                Finding::new(Code::YamlKey, Place::Bytes(range), "a key is missing before the colon")
                    .help("write the key before the colon"),
            );
            return self.drop_key();
        }
        let merge = plain && text == "<<";
        if merge {
            self.report(
                Finding::new(Code::YamlAnchor, Place::Bytes(range.clone()), "merge keys (`<<`) are refused")
                    .help("write out the keys that it would merge, or use `extends`"),
            );
        }
        let slot = self.slot(text, plain, &range);
        let (start, end) = (at(range.start), at(range.end));
        let first = if merge { None } else { self.same_key(text) };
        let kept = !merge && first.is_none();
        if let Some(first) = first {
            self.report(
                Finding::new(
                    Code::DuplicateKey,
                    Place::Bytes(range),
                    format!("the key `{}` stands twice in the same mapping", brief(text)),
                )
                .label("the second")
                .also(Place::Bytes(first), "the first")
                .help("remove one of the two"),
            );
        }
        if let Some(frame) = self.frames.last_mut() {
            frame.key = Some(Key { slot, start, end, kept, merge });
        }
    }

    /// Where the innermost mapping already has this key.
    fn same_key(&self, text: &str) -> Option<Range<usize>> {
        let id = self.frames.last()?.id;
        let map = self.entries.get(id as usize)?;
        let same = if map.len >= MANY_KEYS {
            *self.keys.get(&(id, text.to_owned()))?
        } else {
            self.chain(map.first).find(|(_, entry)| entry.key.text(self.text, &self.decoded) == text)?.0
        };
        self.entries.get(same as usize).map(|entry| entry.key_start as usize..entry.key_end as usize)
    }

    fn chain(&self, first: u32) -> impl Iterator<Item = (u32, &Entry)> {
        let entry = |id: u32| self.entries.get(id as usize).map(|entry| (id, entry));
        std::iter::successors(entry(first), move |(_, current)| entry(current.next))
    }

    /// Where a scalar's content stands: in the text if it reads as it is written.
    fn slot(&mut self, value: &str, plain: bool, range: &Range<usize>) -> Slot {
        let start = if plain { range.start } else { range.start + 1 };
        let len = at(value.len());
        if self.text.get(start..start + value.len()) == Some(value) {
            return Slot { start: at(start), len };
        }
        let start = at(self.text.len() + self.decoded.len());
        self.decoded.push_str(value);
        Slot { start, len }
    }

    /// Adds a value to the innermost collection, under the key that waits for it.
    fn push(&mut self, kind: Kind, plain: bool, start: u32, end: u32, content: Slot) -> u32 {
        let id = at(self.entries.len());
        let mut entry = Entry {
            kind,
            plain,
            start,
            end,
            content,
            key: Slot::default(),
            key_start: 0,
            key_end: 0,
            parent: NONE,
            first: NONE,
            next: NONE,
            len: 0,
        };
        let Some(frame) = self.frames.last_mut() else {
            self.entries.push(entry);
            return id;
        };
        entry.parent = frame.id;
        let key = frame.key.take();
        if let Some(key) = &key {
            (entry.key, entry.key_start, entry.key_end) = (key.slot, key.start, key.end);
        }
        if key.is_none_or(|key| key.kept) {
            let before = std::mem::replace(&mut frame.last, id);
            let parent = frame.id;
            if let Some(before) = self.entries.get_mut(before as usize) {
                before.next = id;
            }
            if let Some(parent) = self.entries.get_mut(parent as usize) {
                if parent.len == 0 {
                    parent.first = id;
                }
                parent.len += 1;
            }
            self.entries.push(entry);
            self.remember_keys(parent, id);
        } else {
            self.entries.push(entry);
        }
        id
    }

    /// Enters the keys of a mapping into the index once it is large.
    fn remember_keys(&mut self, map: u32, newest: u32) {
        let Some(entry) = self.entries.get(map as usize) else { return };
        if entry.kind != Kind::Map || entry.len < MANY_KEYS {
            return;
        }
        let from = if entry.len == MANY_KEYS { entry.first } else { newest };
        let keys: Vec<_> = self.chain(from).map(|(id, entry)| ((map, entry.key.text(self.text, &self.decoded).to_owned()), id)).collect();
        self.keys.extend(keys);
    }

    fn open(&mut self, kind: Kind, style: StructureStyle, span: &Span) -> Result<(), Stop> {
        let range = bytes(span);
        if self.expects_key() {
            self.report(
                Finding::new(
                    Code::YamlKey,
                    Place::Bytes(range.start..range.end.max(range.start + 1)),
                    "a list or mapping stands where a key should",
                )
                .help("quote the key if it is meant as text"),
            );
            self.skipped = 1;
            return Ok(());
        }
        if self.frames.len() >= MAX_DEPTH {
            self.report(syntax::too_deep(range.start));
            return Err(Stop::Broken);
        }
        // A pair in a list, `[key: value]`, is a mapping without a bracket of its own.
        let flow = style == StructureStyle::Flow && !range.is_empty();
        let start = if kind == Kind::List && !flow { self.dash_before(range.start) } else { range.start };
        let id = self.push(kind, false, at(start), at(start), Slot::default());
        self.frames.push(Frame { id, last: NONE, map: kind == Kind::Map, flow, key: None });
        Ok(())
    }

    /// The dash of a list's first item: of a list that is not indented, the parser only gives the item.
    fn dash_before(&self, start: usize) -> usize {
        let blank = |byte: Option<&u8>| byte.is_none_or(u8::is_ascii_whitespace);
        let text = self.text.as_bytes();
        if text.get(start) == Some(&b'-') && blank(text.get(start + 1)) {
            return start;
        }
        let before = self.text.get(..start).unwrap_or("").trim_end();
        if before.ends_with('-') { before.len() - 1 } else { start }
    }

    fn close(&mut self, span: &Span) {
        let range = bytes(span);
        if !range.is_empty() {
            self.written = at(range.end);
        }
        let Some(frame) = self.frames.pop() else { return };
        let written = self.written;
        if let Some(entry) = self.entries.get_mut(frame.id as usize) {
            entry.end = written.max(entry.start);
        }
    }

    fn alias(&mut self, span: &Span) {
        let range = bytes(span);
        self.written = at(range.end);
        let merged = self.frames.last().and_then(|frame| frame.key.as_ref()).is_some_and(|key| key.merge);
        if !merged {
            let name = self.text.get(range.clone()).unwrap_or("*");
            self.report(
                Finding::new(Code::YamlAnchor, Place::Bytes(range), format!("aliases such as `{}` are refused", brief(name)))
                    .help("write the value out, or quote it if it is meant as text"),
            );
        }
        if self.expects_key() {
            self.drop_key();
        } else if let Some(frame) = self.frames.last_mut() {
            frame.key = None;
        }
    }

    fn tag(&mut self, tag: Option<&Tag>, span: &Span) {
        let Some(tag) = tag else { return };
        let place = span.tag_span().map_or_else(|| bytes(span), |tag| bytes(&tag));
        let message = format!("tags such as `{}` are refused", brief(&tag.original()));
        self.report(
            Finding::new(Code::YamlTag, Place::Bytes(place), message).help("write the plain value; quote it if it is meant as text"),
        );
    }

    fn anchor(&mut self, name: &str, span: &Span) {
        let message = format!("anchors such as `&{}` are refused", brief(name));
        self.report(Finding::new(Code::YamlAnchor, Place::Bytes(bytes(span)), message).help("write the value out where it applies"));
    }

    fn document(&mut self, span: &Span) -> Result<(), Stop> {
        self.documents += 1;
        if self.documents == 1 {
            return Ok(());
        }
        let range = bytes(span);
        self.report(
            Finding::new(Code::YamlDocuments, Place::Bytes(range), "the file holds more than one document")
                .label("the second begins here")
                .help("write one file per profile"),
        );
        Err(Stop::Here)
    }

    fn ambiguous(&mut self, word: &str, range: Range<usize>) {
        let meant = scalar::other_reading(word).unwrap_or_default();
        self.report(
            Finding::new(Code::AmbiguousScalar, Place::Bytes(range), format!("`{word}` is text here and a boolean to other YAML readers"))
                .help(format!("write `{meant}` for the boolean, or `\"{word}\"` for the word")),
        );
    }
}

impl<'t> TrySpannedEventReceiver<'t> for Builder<'t> {
    type Error = Stop;

    fn on_event(&mut self, event: Event<'t>, span: Span) -> Result<(), Stop> {
        if self.skipped > 0 {
            match event {
                Event::SequenceStart(..) | Event::MappingStart(..) => self.skipped += 1,
                Event::SequenceEnd | Event::MappingEnd => self.skipped -= 1,
                _ => {}
            }
            if self.skipped == 0 {
                self.drop_key();
            }
            return Ok(());
        }
        match event {
            Event::Scalar(value, style, _, tag) => {
                self.tag(tag.as_deref(), &span);
                self.scalar(&value, style, &span);
            }
            Event::SequenceStart(style, _, tag) => {
                self.tag(tag.as_deref(), &span);
                self.open(Kind::List, style, &span)?;
            }
            Event::MappingStart(style, _, tag) => {
                self.tag(tag.as_deref(), &span);
                self.open(Kind::Map, style, &span)?;
            }
            Event::SequenceEnd | Event::MappingEnd => self.close(&span),
            Event::Alias(_) | Event::UnresolvedAlias(_) => self.alias(&span),
            Event::Anchor(_, name) => self.anchor(&name, &span),
            Event::DocumentStart(..) => self.document(&span)?,
            _ => {}
        }
        Ok(())
    }
}

fn not_a_mapping(place: Range<usize>, what: &str) -> Finding {
    Finding::new(Code::WrongType, Place::Bytes(place), format!("the profile is a {what}, not a mapping"))
        .help("write `key: value` lines, with a space after each colon, beginning with `version: 1`")
}

/// User text for a message: enough of it to recognise.
pub(super) fn brief(text: &str) -> Cow<'_, str> {
    match text.char_indices().nth(60) {
        Some((cut, _)) => Cow::Owned(format!("{}…", text.get(..cut).unwrap_or(""))),
        None => Cow::Borrowed(text),
    }
}

fn bytes(span: &Span) -> Range<usize> {
    let start = span.start.byte_offset().unwrap_or(0);
    start..span.end.byte_offset().unwrap_or(start).max(start)
}

/// Widens a place to whole characters within the text.
fn fit(text: &str, place: &mut Place) {
    if let Place::Bytes(range) = place {
        let whole = |byte: &usize| text.is_char_boundary(*byte);
        range.start = (0..=range.start.min(text.len())).rev().find(whole).unwrap_or(0);
        range.end = (range.end.min(text.len()).max(range.start)..=text.len()).find(whole).unwrap_or(text.len());
    }
}

/// A [`super::Source`] is at most 1 MiB long.
fn at(byte: usize) -> u32 {
    u32::try_from(byte).unwrap_or(NONE)
}

#[cfg(test)]
mod tests {
    use super::super::Source;
    use super::*;
    use crate::path;

    fn source(text: &str) -> Source {
        Source::from_bytes("x", text).unwrap()
    }

    /// Each finding as `code "place" related… message`.
    fn found(text: &str) -> Vec<String> {
        let (_, findings) = source(text).parse();
        let show = |place: &Place| match place {
            Place::Bytes(range) => format!("{:?}@{}", &text[range.clone()], range.start),
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
            tree.nodes().map(|node| (node.path().to_string(), &text[node.key_span().unwrap_or(0..0)], node.raw())).collect();
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
            (located.key.map(|key| &text[key]), &text[located.value], located.exact)
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
}
