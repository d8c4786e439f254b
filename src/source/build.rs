//! From YAML events to a [`Tree`], in one pass.
//!
//! In: the text. Out: the tree, and what a profile may not contain although YAML does: equal keys,
//! anchors, tags, second documents, keys that are no words, depth. Reading goes on after such a finding
//! and stops at a syntax error. The YAML parser is known to this module, `peek` and `syntax` only.

use std::collections::HashMap;
use std::ops::Range;
use std::sync::Arc;

use granit_parser::{Event, Options, Parser, ScalarStyle, Span, StructureStyle, Tag, TryLoadError, TrySpannedEventReceiver};

use super::tree::{Entry, NONE, Slot};
use super::{Kind, MAX_DEPTH, Tree, refuse, scalar, syntax};
use crate::diag::{Finding, Place, Severity};

/// Beyond so many errors, or warnings, more are of no use: the text is no profile.
const MAX_FINDINGS: usize = 100;

/// The number of keys from which a mapping's keys are looked up and no longer compared one by one.
const MANY_KEYS: u32 = 16;

/// What YAML counts as blank; Unicode knows more.
const BLANKS: [char; 4] = [' ', '\t', '\r', '\n'];

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
    errors: usize,
    warnings: usize,
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
            errors: 0,
            warnings: 0,
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
            None | Some((Kind::Null, _)) if self.findings.is_empty() => self.findings.push(refuse::empty()),
            Some((Kind::List, place)) => self.findings.push(refuse::not_a_mapping(place, "list")),
            Some((_, place)) => self.findings.push(refuse::not_a_mapping(place, "single value")),
            None => {}
        }
        (None, self.findings)
    }

    fn report(&mut self, finding: Finding) {
        // Counted apart, so that warnings never crowd out the first error.
        let count = if finding.severity == Severity::Error { &mut self.errors } else { &mut self.warnings };
        if *count < MAX_FINDINGS {
            *count += 1;
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
        let trimmed = |end: usize| self.text.get(..end).map_or(end, |text| text.trim_end_matches(BLANKS).len());
        let end = match style {
            ScalarStyle::Literal | ScalarStyle::Folded => trimmed(range.end).max(self.written as usize),
            _ if absent && self.text.as_bytes().get(range.end) == Some(&b':') => range.end + 1,
            // The parser puts what is absent where it noticed, which can be lines later.
            _ if absent => trimmed(range.end).max(self.written as usize),
            _ => range.end,
        };
        let start = if absent { at(end) } else { at(range.start.min(end)) };
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
            self.report(refuse::ambiguous(value, range.clone()));
        }
        let content = if absent { Slot::default() } else { self.slot(value, plain, &range) };
        self.push(kind, plain, start, at(end), content);
    }

    fn key(&mut self, text: &str, plain: bool, absent: bool, range: Range<usize>) {
        if absent || range.is_empty() {
            self.report(refuse::absent_key(range));
            return self.drop_key();
        }
        let merge = plain && text == "<<";
        if merge {
            self.report(refuse::merge_key(range.clone()));
        }
        let slot = self.slot(text, plain, &range);
        let (start, end) = (at(range.start), at(range.end));
        let first = if merge { None } else { self.same_key(text) };
        let kept = !merge && first.is_none();
        if let Some(first) = first {
            self.report(refuse::duplicate_key(text, range, first));
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
            self.report(refuse::collection_as_key(range.start));
            self.skipped = 1;
            return Ok(());
        }
        if self.frames.len() >= MAX_DEPTH {
            self.report(refuse::too_deep(range.start));
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
        let before = self.text.get(..start).unwrap_or("").trim_end_matches(BLANKS);
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
            self.report(refuse::alias(name, range));
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
        self.report(refuse::tag(&tag.original(), place));
    }

    fn document(&mut self, span: &Span) -> Result<(), Stop> {
        self.documents += 1;
        if self.documents == 1 {
            return Ok(());
        }
        self.report(refuse::second_document(bytes(span)));
        Err(Stop::Here)
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
            Event::Anchor(_, name) => self.report(refuse::anchor(&name, bytes(&span))),
            Event::DocumentStart(..) => self.document(&span)?,
            _ => {}
        }
        Ok(())
    }
}

pub(super) fn bytes(span: &Span) -> Range<usize> {
    let start = span.start.byte_offset().unwrap_or(0);
    start..span.end.byte_offset().unwrap_or(start).max(start)
}

/// Widens a place to whole characters within the text.
pub(super) fn fit(text: &str, place: &mut Place) {
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
mod tests;
