//! Networks that stand in a list twice.

use std::collections::HashMap;

use super::Subject;
use super::lists::{self, List, Outer};
use crate::diag::{Code, Finding};

pub(super) fn check(subject: &Subject<'_>, findings: &mut Vec<Finding>) {
    for list in lists::all(subject) {
        Outer::of(&list, |(path, text), (cover, written)| {
            let message = if text == written { format!("`{text}` stands here twice") } else { format!("`{text}` lies in `{written}`") };
            findings.push(Finding::new(Code::NetworkOverlap, path, message).also(cover.clone(), "the same addresses").help("remove one of them"));
        });
        repeated(&list, "vpcs", list.vpcs.iter().map(|id| id.as_str()), findings);
        repeated(&list, "vpc_endpoints", list.vpc_endpoints.iter().map(|id| id.as_str()), findings);
    }
}

fn repeated<'a>(list: &List<'_>, key: &'static str, ids: impl Iterator<Item = &'a str>, findings: &mut Vec<Finding>) {
    let mut seen = HashMap::new();
    let place = |at: usize| list.path.then(key).then(at);
    for (at, id) in ids.enumerate() {
        if let Some(first) = seen.insert(id, at) {
            let message = format!("`{id}` stands here twice");
            findings.push(Finding::new(Code::NetworkOverlap, place(at), message).also(place(first), "the same").help("remove one of them"));
        }
    }
}
