//! What YAML allows and a profile does not: the findings, one function each.
//!
//! In: the bytes at fault. Out: a [`Finding`] with its words. Never: a decision; that is the builder's.

use std::borrow::Cow;
use std::ops::Range;

use super::{MAX_DEPTH, scalar};
use crate::diag::{Code, Finding, Place};

fn at(code: Code, place: Range<usize>, message: impl Into<String>) -> Finding {
    Finding::new(code, Place::Bytes(place), message)
}

pub(super) fn empty() -> Finding {
    Finding::new(Code::EmptyProfile, Place::File, "the file holds no profile")
        .help("write at least `version: 1`, a `name`, and a `bucket` with its `name`")
}

pub(super) fn empty_template() -> Finding {
    Finding::new(Code::EmptyProfile, Place::File, "the file holds no template")
}

pub(super) fn not_a_mapping(place: Range<usize>, what: &str) -> Finding {
    at(Code::WrongType, place, format!("the profile is a {what}, not a mapping"))
        .help("write `key: value` lines, with a space after each colon, beginning with `version: 1`")
}

pub(super) fn too_deep(start: usize) -> Finding {
    at(Code::TooDeep, start..start + 1, format!("the file is nested deeper than {MAX_DEPTH} levels")).help("a profile needs fewer than ten")
}

pub(super) fn second_document(place: Range<usize>) -> Finding {
    at(Code::YamlDocuments, place, "the file holds more than one document")
        .label("the second begins here")
        .help("write one file per profile")
}

pub(super) fn directive(place: Range<usize>) -> Finding {
    at(Code::YamlDocuments, place, "directives are refused").help("remove the line; quote the value if it is meant as text")
}

pub(super) fn anchor(name: &str, place: Range<usize>) -> Finding {
    at(Code::YamlAnchor, place, format!("anchors such as `&{}` are refused", brief(name))).help("write the value out where it applies")
}

pub(super) fn alias(written: &str, place: Range<usize>) -> Finding {
    at(Code::YamlAnchor, place, format!("aliases such as `{}` are refused", brief(written)))
        .help("write the value out, or quote it if it is meant as text")
}

pub(super) fn merge_key(place: Range<usize>) -> Finding {
    at(Code::YamlAnchor, place, "merge keys (`<<`) are refused").help("write out the keys that it would merge, or use `extends`")
}

pub(super) fn tag(written: &str, place: Range<usize>) -> Finding {
    at(Code::YamlTag, place, format!("tags such as `{}` are refused", brief(written)))
        .help("write the plain value; quote it if it is meant as text")
}

pub(super) fn broken_tag(place: Range<usize>) -> Finding {
    at(Code::YamlTag, place, "tags are refused, and this is none that YAML allows").help("quote the value if it is meant as text")
}

pub(super) fn duplicate_key(key: &str, place: Range<usize>, first: Range<usize>) -> Finding {
    at(Code::DuplicateKey, place, format!("the key `{}` stands twice in the same mapping", brief(key)))
        .label("the second")
        .also(Place::Bytes(first), "the first")
        .help("remove one of the two")
}

pub(super) fn absent_key(place: Range<usize>) -> Finding {
    at(Code::YamlKey, place, "a key is missing before the colon").help("write the key before the colon")
}

pub(super) fn collection_as_key(start: usize) -> Finding {
    at(Code::YamlKey, start..start + 1, "a list or mapping stands where a key should").help("quote the key if it is meant as text")
}

pub(super) fn ambiguous(word: &str, place: Range<usize>) -> Finding {
    let meant = scalar::other_reading(word).unwrap_or_default();
    at(Code::AmbiguousScalar, place, format!("`{word}` is text here and a boolean to other YAML readers"))
        .help(format!("write `{meant}` for the boolean, or `\"{word}\"` for the word"))
}

/// User text for a message: enough of it to recognise.
fn brief(text: &str) -> Cow<'_, str> {
    match text.char_indices().nth(60) {
        Some((cut, _)) => Cow::Owned(format!("{}…", text.get(..cut).unwrap_or(""))),
        None => Cow::Borrowed(text),
    }
}
