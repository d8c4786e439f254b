//! Trees laid over each other: mappings merge by key, everything else replaces, `+key` appends to a list.
//!
//! In: the trees of the files, the lowest first, and where the text of each begins in the whole text. Out: one tree, each
//! value where it is written. Never: a look at what the keys mean, apart from those that say how to merge.

use std::collections::HashMap;
use std::ops::Range;
use std::sync::Arc;

use super::tree::{Entry, NONE, Slot};
use super::{Kind, Node, Tree};
use crate::diag::{Code, Finding, Place};

/// A tree of one file.
#[derive(Clone, Copy)]
pub(super) struct Layer<'t> {
    pub(super) tree: &'t Tree,
    /// Where its text begins in the whole text.
    pub(super) start: usize,
}

/// What a layer has to say about a place.
#[derive(Clone, Copy)]
struct Said<'t> {
    layer: usize,
    node: Node<'t>,
    append: bool,
}

/// Merges the layers, the lowest first, over the whole text.
pub(super) fn merge(layers: &[Layer<'_>], whole: &Arc<str>) -> (Tree, Vec<Finding>) {
    let mut decoded = String::new();
    let mut offsets = Vec::with_capacity(layers.len());
    for layer in layers {
        offsets.push(whole.len() + decoded.len());
        decoded.push_str(&layer.tree.decoded);
    }
    let entries = Vec::with_capacity(layers.iter().map(|layer| layer.tree.entries.len()).sum());
    let mut merge = Merge { layers, offsets, entries, findings: Vec::new() };
    let roots = layers.iter().enumerate().filter_map(|(layer, of)| Some(Said { layer, node: of.tree.root()?, append: false }));
    merge.put(NONE, None, &roots.collect::<Vec<_>>(), true);
    (Tree { text: Arc::clone(whole), decoded, entries: merge.entries }, merge.findings)
}

struct Merge<'l, 't> {
    layers: &'l [Layer<'t>],
    /// Where the decoded text of each layer begins, behind the whole text.
    offsets: Vec<usize>,
    entries: Vec<Entry>,
    findings: Vec<Finding>,
}

/// A key as the merged tree has it.
#[derive(Clone, Copy)]
struct Key {
    slot: Slot,
    start: u32,
    end: u32,
}

impl<'t> Merge<'_, 't> {
    fn slot(&self, layer: usize, slot: Slot) -> Slot {
        let Some(of) = self.layers.get(layer) else { return slot };
        let own = of.tree.text.len();
        let start = match (slot.start as usize).checked_sub(own) {
            Some(behind) => self.offsets.get(layer).copied().unwrap_or(0) + behind,
            None => slot.start as usize + of.start,
        };
        Slot { start: at(start), len: slot.len }
    }

    fn shift(&self, layer: usize, byte: u32) -> u32 {
        at(byte as usize + self.layers.get(layer).map_or(0, |of| of.start))
    }

    fn key_span(&self, said: &Said<'t>) -> Range<usize> {
        let span = said.node.key_span().unwrap_or_else(|| said.node.span());
        let start = self.layers.get(said.layer).map_or(0, |of| of.start);
        span.start + start..span.end + start
    }

    /// Enters what the layers say about one place, the lowest first. `merging` is false inside of lists.
    fn put(&mut self, parent: u32, key: Option<Key>, all: &[Said<'t>], merging: bool) -> Option<u32> {
        let top = all.last()?;
        let entry = top.node.entry;
        let id = at(self.entries.len());
        let (start, end) = (self.shift(top.layer, entry.start), self.shift(top.layer, entry.end));
        let key = key.unwrap_or(Key { slot: Slot::default(), start: 0, end: 0 });
        self.entries.push(Entry {
            kind: entry.kind,
            plain: entry.plain,
            start,
            end,
            content: self.slot(top.layer, entry.content),
            key: key.slot,
            key_start: key.start,
            key_end: key.end,
            parent,
            first: NONE,
            next: NONE,
            len: 0,
        });
        match entry.kind {
            Kind::Map => self.map(id, all, parent == NONE, merging),
            Kind::List => self.list(id, all),
            _ => {}
        }
        Some(id)
    }

    fn map(&mut self, id: u32, all: &[Said<'t>], root: bool, merging: bool) {
        let from = all.iter().rposition(|said| said.node.kind() != Kind::Map).map_or(0, |at| at + 1);
        let maps = all.get(from..).unwrap_or_default();
        let mut order: Vec<(&'t str, Vec<Said<'t>>)> = Vec::new();
        let mut seen: HashMap<&'t str, usize> = HashMap::new();
        for (number, map) in maps.iter().enumerate() {
            for node in map.node.children() {
                let written = node.key().unwrap_or_default();
                let bare = written.strip_prefix('+').filter(|_| merging && node.kind() == Kind::List);
                // Both are looked for by their own names: with a plus they would be overlooked, so they stay unknown keys.
                let bare = bare.filter(|key| !(root && matches!(*key, "extends" | "locked")));
                let key = bare.unwrap_or(written);
                // What a base extends is its own affair; what it locks stays locked.
                if root && key == "extends" && number + 1 < maps.len() {
                    continue;
                }
                let said = Said { layer: map.layer, node, append: bare.is_some() || (root && key == "locked") };
                let index = *seen.entry(key).or_insert(order.len());
                match order.get_mut(index) {
                    Some((_, before)) => before.push(said),
                    None => order.push((key, vec![said])),
                }
            }
        }
        let mut last = NONE;
        for (key, said) in order {
            self.twice(key, &said);
            let Some(top) = said.last() else { continue };
            let entry = top.node.entry;
            // Without the `+`.
            let cut = entry.key.len.saturating_sub(at(key.len()));
            let slot = Slot { start: entry.key.start + cut, len: entry.key.len - cut };
            let named = Key {
                slot: self.slot(top.layer, slot),
                start: self.shift(top.layer, entry.key_start),
                end: self.shift(top.layer, entry.key_end),
            };
            if let Some(child) = self.put(id, Some(named), &said, merging) {
                self.link(id, &mut last, child);
            }
        }
    }

    /// A list: the items of the last one that replaces, and of those that append to it.
    fn list(&mut self, id: u32, all: &[Said<'t>]) {
        let from = all.iter().rposition(|said| !said.append).unwrap_or(0);
        let lists = all.get(from..).unwrap_or_default();
        let mut last = NONE;
        for said in lists {
            if said.node.kind() != Kind::List {
                if let Some(append) = lists.get(1) {
                    let place = Place::Bytes(self.key_span(append));
                    let key = append.node.key().unwrap_or_default();
                    let finding = Finding::new(Code::BadValue, place, format!("`{key}` appends to what is no list"))
                        .also(Place::Bytes(self.key_span(said)), "not a list")
                        .help("write the key without `+`, which replaces the value");
                    self.findings.push(finding);
                }
                continue;
            }
            for node in said.node.children() {
                let item = Said { layer: said.layer, node, append: false };
                if let Some(child) = self.put(id, None, &[item], false) {
                    self.link(id, &mut last, child);
                }
            }
        }
    }

    fn link(&mut self, parent: u32, last: &mut u32, child: u32) {
        if let Some(before) = self.entries.get_mut(*last as usize) {
            before.next = child;
        }
        if let Some(parent) = self.entries.get_mut(parent as usize) {
            if parent.len == 0 {
                parent.first = child;
            }
            parent.len += 1;
        }
        *last = child;
    }

    /// `key` and `+key` in one mapping: whoever reads it cannot tell what holds.
    fn twice(&mut self, key: &str, all: &[Said<'t>]) {
        let pairs = all.iter().zip(all.iter().skip(1));
        let same = pairs.filter(|(one, other)| one.layer == other.layer && one.append != other.append).map(|(one, other)| {
            Finding::new(Code::DuplicateKey, Place::Bytes(self.key_span(other)), format!("`{key}` is both replaced and appended to"))
                .also(Place::Bytes(self.key_span(one)), "here too")
                .help("keep one of them")
        });
        let same: Vec<Finding> = same.collect();
        self.findings.extend(same);
    }
}

/// The texts of a profile and of all that it extends are far smaller than 4 GiB: each has a limit, and so has their number.
fn at(byte: usize) -> u32 {
    u32::try_from(byte).unwrap_or(NONE)
}
