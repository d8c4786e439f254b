//! The tree of a profile: what is written, as what it counts, and where.
//!
//! In: nodes from the builder, each with its byte spans. Out: values for the schema and the types, spans
//! for the printer, and lookups without either. Never: an opinion on keys or values, and no copy of a
//! text that stands in the source as it is.

use std::ops::Range;
use std::sync::Arc;

use serde_json::{Map, Number, Value};

use crate::diag::{Path, Step};

/// What a value counts as.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Kind {
    /// `null`, `~` or nothing.
    Null,
    /// `true` or `false`.
    Bool(bool),
    /// A decimal integer that 64 bits hold.
    Integer,
    /// A decimal fraction.
    Float,
    /// Everything else that is one value; whatever is quoted.
    Text,
    /// A list.
    List,
    /// A mapping.
    Map,
}

/// Where a path leads to in the text.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Located {
    /// The key; none for the root and for list items.
    pub key: Option<Range<usize>>,
    /// The value, to its last character that is not blank; empty where nothing is written after a key.
    pub value: Range<usize>,
    /// Whether it is the place asked for, and not its nearest written ancestor.
    pub exact: bool,
}

/// A stretch of the source's text, or, beyond its end, of the tree's own `decoded` text.
#[derive(Clone, Copy, Debug, Default)]
pub(super) struct Slot {
    pub(super) start: u32,
    pub(super) len: u32,
}

impl Slot {
    pub(super) fn text<'a>(self, text: &'a str, decoded: &'a str) -> &'a str {
        let (start, len) = (self.start as usize, self.len as usize);
        match start.checked_sub(text.len()) {
            Some(start) => decoded.get(start..start + len),
            None => text.get(start..start + len),
        }
        .unwrap_or("")
    }
}

/// One value. Children are a chain from `first` through `next`.
#[derive(Clone, Debug)]
pub(super) struct Entry {
    pub(super) kind: Kind,
    pub(super) plain: bool,
    pub(super) start: u32,
    pub(super) end: u32,
    pub(super) content: Slot,
    pub(super) key: Slot,
    pub(super) key_start: u32,
    /// 0 without a key.
    pub(super) key_end: u32,
    pub(super) parent: u32,
    pub(super) first: u32,
    pub(super) next: u32,
    pub(super) len: u32,
}

/// No entry.
pub(super) const NONE: u32 = u32::MAX;

/// A profile as it is written. Cheap to look things up in; [`Tree::to_value`] makes a value of it.
#[derive(Clone, Debug)]
pub struct Tree {
    pub(super) text: Arc<str>,
    /// The content of scalars that are not written as they read: with escapes, or over several lines.
    pub(super) decoded: String,
    /// The root first.
    pub(super) entries: Vec<Entry>,
}

/// One value of a [`Tree`].
#[derive(Clone, Copy, Debug)]
pub struct Node<'t> {
    tree: &'t Tree,
    pub(super) id: u32,
    pub(super) entry: &'t Entry,
}

impl Tree {
    fn node(&self, id: u32) -> Option<Node<'_>> {
        self.entries.get(id as usize).map(|entry| Node { tree: self, id, entry })
    }

    fn slot(&self, slot: Slot) -> &str {
        slot.text(&self.text, &self.decoded)
    }

    /// The whole profile; none only for a tree without entries, which [`super::Source::parse`] does not make.
    pub fn root(&self) -> Option<Node<'_>> {
        self.node(0)
    }

    /// The value under these keys; a number is a position where there is a list.
    pub fn get(&self, keys: &[&str]) -> Option<Node<'_>> {
        keys.iter().try_fold(self.root()?, |node, key| match node.entry.kind {
            Kind::List => node.at(key.parse().ok()?),
            _ => node.get(key),
        })
    }

    /// The value at a path.
    pub fn find(&self, path: &Path) -> Option<Node<'_>> {
        path.steps().iter().try_fold(self.root()?, |node, step| node.step(step))
    }

    /// Where the value at a path is written, or its nearest ancestor that is.
    pub fn locate(&self, path: &Path) -> Located {
        let Some(mut node) = self.root() else { return Located { key: None, value: 0..0, exact: false } };
        let mut exact = true;
        for step in path.steps() {
            match node.step(step) {
                Some(inner) => node = inner,
                None => {
                    exact = false;
                    break;
                }
            }
        }
        Located { key: node.key_span(), value: node.span(), exact }
    }

    /// Every value, parents before children, in the order of the text.
    pub fn nodes(&self) -> impl Iterator<Item = Node<'_>> {
        std::iter::successors(self.root(), |node| node.following())
    }

    /// The profile as a value; mappings keep their order.
    pub fn to_value(&self) -> Value {
        self.root().map_or(Value::Null, |root| root.to_value())
    }
}

impl<'t> Node<'t> {
    /// What it counts as.
    pub fn kind(self) -> Kind {
        self.entry.kind
    }

    /// Whether it is one value.
    pub fn is_scalar(self) -> bool {
        !matches!(self.kind(), Kind::List | Kind::Map)
    }

    /// The scalar's content, without quotes and with escapes resolved; empty for lists and mappings.
    pub fn text(self) -> &'t str {
        self.tree.slot(self.entry.content)
    }

    /// The value as it is written.
    pub fn raw(self) -> &'t str {
        self.tree.text.get(self.span()).unwrap_or("")
    }

    /// Whether it is a scalar without quotes.
    pub fn is_plain(self) -> bool {
        self.entry.plain
    }

    /// Whether other readers could take it for a number although it may be an account id: twelve digits
    /// without quotes, which is [`Kind::Integer`], or [`Kind::Text`] when it begins with 0.
    pub fn is_unquoted_account_id(self) -> bool {
        let text = self.text();
        self.entry.plain && text.len() == 12 && text.bytes().all(|byte| byte.is_ascii_digit())
    }

    /// The bytes of the value, to its last character that is not blank.
    pub fn span(self) -> Range<usize> {
        self.entry.start as usize..self.entry.end as usize
    }

    /// The key that leads to it; none for the root and for list items.
    pub fn key(self) -> Option<&'t str> {
        (self.entry.key_end > 0).then(|| self.tree.slot(self.entry.key))
    }

    /// The bytes of the key.
    pub fn key_span(self) -> Option<Range<usize>> {
        (self.entry.key_end > 0).then_some(self.entry.key_start as usize..self.entry.key_end as usize)
    }

    /// The value under a key of this mapping.
    pub fn get(self, key: &str) -> Option<Self> {
        self.children().find(|child| child.entry.key_end > 0 && self.tree.slot(child.entry.key) == key)
    }

    /// The item at a position of this list.
    pub fn at(self, index: usize) -> Option<Self> {
        if self.entry.kind == Kind::List { self.children().nth(index) } else { None }
    }

    /// The values inside, in the order of the text.
    pub fn children(self) -> impl Iterator<Item = Self> {
        let tree = self.tree;
        std::iter::successors(tree.node(self.entry.first), move |child| tree.node(child.entry.next))
    }

    /// How many values are inside.
    pub fn len(self) -> usize {
        self.entry.len as usize
    }

    /// Whether nothing is inside.
    pub fn is_empty(self) -> bool {
        self.entry.len == 0
    }

    /// The mapping or list that holds it.
    pub fn parent(self) -> Option<Self> {
        self.tree.node(self.entry.parent)
    }

    /// The path from the root.
    pub fn path(self) -> Path {
        let mut steps = Vec::new();
        let mut node = self;
        while let Some(parent) = node.parent() {
            steps.push(match node.key() {
                Some(key) => Step::from(key.to_owned()),
                None => Step::Index(parent.children().position(|child| child.id == node.id).unwrap_or(0)),
            });
            node = parent;
        }
        steps.into_iter().rev().fold(Path::root(), |mut path, step| {
            path.push(step);
            path
        })
    }

    /// A step of a path. Pointers cannot tell a key of digits from a position: the node can.
    fn step(self, step: &Step) -> Option<Self> {
        match (self.entry.kind, step) {
            (Kind::List, Step::Index(index)) => self.at(*index),
            (Kind::List, Step::Key(key)) => self.at(key.parse().ok()?),
            (_, Step::Key(key)) => self.get(key),
            (_, Step::Index(index)) => self.get(&index.to_string()),
        }
    }

    /// The next value in the order of the text, wherever it is.
    fn following(self) -> Option<Self> {
        let mut node = self;
        if let Some(child) = self.tree.node(self.entry.first) {
            return Some(child);
        }
        loop {
            match self.tree.node(node.entry.next) {
                Some(next) => return Some(next),
                None => node = node.parent()?,
            }
        }
    }

    /// The value; depth is bounded by the builder, so that recursion is safe.
    pub fn to_value(self) -> Value {
        match self.entry.kind {
            Kind::Null => Value::Null,
            Kind::Bool(value) => Value::Bool(value),
            Kind::Integer => integer(self.text()),
            Kind::Float => self.text().parse().ok().and_then(Number::from_f64).map_or(Value::Null, Value::Number),
            Kind::Text => Value::String(self.text().to_owned()),
            Kind::List => {
                let mut list = Vec::with_capacity(self.len());
                list.extend(self.children().map(Self::to_value));
                Value::Array(list)
            }
            Kind::Map => {
                let mut map = Map::with_capacity(self.len());
                map.extend(self.children().map(|child| (self.tree.slot(child.entry.key).to_owned(), child.to_value())));
                Value::Object(map)
            }
        }
    }
}

fn integer(text: &str) -> Value {
    match text.parse::<i64>() {
        Ok(value) => value.into(),
        Err(_) => text.parse::<u64>().map_or(Value::Null, Value::from),
    }
}
