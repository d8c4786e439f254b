//! What a base locks: a profile on top of it may make such a value stricter, never looser.
//!
//! In: the values of every file that locks something, and those of the whole profile, both with the defaults of their
//! presets. Out: findings with both places. Which of two values is stricter, `tighter` knows.

use serde_json::Value;

use super::preset::Preset;
use super::tighter::Order;
use crate::diag::{Code, Finding, Path, Place, did_you_mean};
use crate::path;
use crate::source::{Composed, LockedBase, Tree};

/// Everything that is looser than a base wants it. `profile` is complete.
pub(super) fn check(profile: &Value, tree: &Tree, composed: &Composed) -> Vec<Finding> {
    composed.locks.iter().flat_map(|base| loosened(base, profile, tree)).collect()
}

fn loosened(base: &LockedBase, profile: &Value, tree: &Tree) -> Vec<Finding> {
    let mut locked = base.tree.to_value();
    if let Value::Object(object) = &mut locked {
        let preset = object.get("preset").and_then(Value::as_str).and_then(Preset::by_name).unwrap_or_default();
        preset.fill(object);
    }
    let mut findings = Vec::new();
    for (pointer, place) in &base.pointers {
        let lock = Lock { pointer, place: Place::Bytes(place.clone()), base, tree };
        let steps: Vec<String> = pointer.split('/').skip(1).map(|step| step.replace("~1", "/").replace("~0", "~")).collect();
        let known = locked.pointer(pointer);
        if known.is_none() && !pointer.starts_with("/parameters/") {
            findings.push(lock.unknown(&locked));
            continue;
        }
        lock.compare(&steps, known, profile.pointer(pointer), &mut findings);
    }
    findings
}

struct Lock<'a> {
    pointer: &'a str,
    place: Place,
    base: &'a LockedBase,
    tree: &'a Tree,
}

impl Lock<'_> {
    fn compare(&self, steps: &[String], base: Option<&Value>, child: Option<&Value>, findings: &mut Vec<Finding>) {
        if base == child {
            return;
        }
        let order = Order::of(steps);
        match (order, base, child) {
            (None, Some(Value::Object(_)) | None, Some(Value::Object(_))) | (None, Some(Value::Object(_)), None) => {
                let keys = |value: Option<&Value>| {
                    value.and_then(Value::as_object).map(|object| object.keys().cloned().collect::<Vec<_>>()).unwrap_or_default()
                };
                let mut all = keys(base);
                all.extend(keys(child).into_iter().filter(|key| base.is_none_or(|base| base.get(key).is_none())));
                for key in all {
                    let inner: Vec<String> = steps.iter().cloned().chain([key.clone()]).collect();
                    let at = |value: Option<&Value>| value.and_then(|value| value.get(&key)).cloned();
                    self.compare(&inner, at(base).as_ref(), at(child).as_ref(), findings);
                }
            }
            // How a parameter is described, and what it is where a run gives it no value, is not what it may be.
            (None, ..) if is_free(steps) => {}
            (Some(order), ..) if order.keeps(base, child) => {}
            (order, ..) => findings.push(self.finding(steps, order, base, child)),
        }
    }

    fn finding(&self, steps: &[String], order: Option<Order>, base: Option<&Value>, child: Option<&Value>) -> Finding {
        let path = steps.iter().fold(Path::root(), |path, step| match step.parse::<usize>() {
            Ok(index) => path.then(index),
            Err(_) => path.then(step.clone()),
        });
        let located = self.tree.locate(&path);
        let by_preset = !located.exact && self.tree.get(&["preset"]).is_some();
        let (at, label) = if by_preset { (path!["preset"], "loosened by this preset") } else { (path.clone(), "loosened here") };
        let message = match (order.is_some(), shown(child), shown(base)) {
            (true, Some(is), Some(was)) => format!("`{path}` is {is}, which is looser than the locked {was}"),
            (false, Some(is), Some(was)) => format!("`{path}` is {is}, and is locked to {was}"),
            (_, _, None) if base.is_none() => format!("`{path}` is not there in the base, which locks what is around it"),
            (_, None, _) if child.is_none() => format!("`{path}` is locked, and is not there"),
            (true, ..) => format!("`{path}` is looser than the base that locks it"),
            (false, ..) => format!("`{path}` is another than that of the base, which locks it"),
        };
        let mut finding = Finding::new(Code::LockedValue, Place::Value(at), message).label(label);
        let written = self.base.tree.locate(&path);
        if written.exact {
            finding = finding.also(Place::Bytes(written.value), "the value of the base");
        }
        let finding = finding.also(self.place.clone(), "locked here");
        finding.help(order.map_or("keep the value of the base: which of two is stricter is not known here", Order::remedy))
    }

    fn unknown(&self, locked: &Value) -> Finding {
        let mut pointers = Vec::new();
        collect(locked, "", &mut pointers);
        let finding = Finding::new(Code::LockUnknown, self.place.clone(), format!("`{}` is no value of this file", self.pointer));
        match did_you_mean(self.pointer, pointers.iter().map(String::as_str)) {
            Some(near) => finding.help(format!("did you mean `{near}`?")),
            None => finding.help("write the value that is to be locked, or remove the lock"),
        }
    }
}

fn is_free(steps: &[String]) -> bool {
    matches!(steps, [section, _, key] if section == "parameters" && (key == "default" || key == "description"))
}

/// A single value in a message; lists and mappings are seen where they are written.
fn shown(value: Option<&Value>) -> Option<String> {
    match value? {
        Value::Array(_) | Value::Object(_) => None,
        Value::String(text) => Some(format!("`{text}`")),
        other => Some(format!("`{other}`")),
    }
}

fn collect(value: &Value, at: &str, pointers: &mut Vec<String>) {
    for (key, inner) in value.as_object().into_iter().flatten() {
        let pointer = format!("{at}/{}", key.replace('~', "~0").replace('/', "~1"));
        collect(inner, &pointer, pointers);
        pointers.push(pointer);
    }
}
