//! Parameters: the values that take the place of `${param.NAME}`.
//!
//! In: a merged tree, and the values that a run brings. Out: the tree with those values, and findings about names. Never:
//! a judgement on a value beyond that it is plain text; types and limits are the profile's to check, and whatever stands
//! where a value was put is checked as if it had been written there.

use std::collections::{BTreeMap, BTreeSet};
use std::ops::Range;

use super::tree::{NONE, Slot};
use super::{Kind, Node, Tree};
use crate::diag::{Code, Finding, Path, Place, did_you_mean};
use crate::path;

/// Sections in which nothing is put in: they are about the profile itself.
const FIXED: [&str; 3] = ["extends", "locked", "parameters"];

const OPEN: &str = crate::expr::REFERENCE;

/// A value that the run brings.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Given {
    /// The name of the parameter.
    pub name: String,
    /// The value.
    pub value: String,
    /// Where it comes from.
    pub by: By,
}

/// Where a value comes from.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum By {
    /// The command line.
    Set,
    /// The file of values, at these bytes of the whole text.
    File(Range<usize>),
    /// The parameter's own default.
    Default,
}

/// A parameter with the value that it has in this run.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Resolved {
    /// The name.
    pub name: String,
    /// The value.
    pub value: String,
    /// Where it comes from.
    pub by: By,
}

impl Resolved {
    /// Where the value is written; that of the command line is shown where the parameter is declared.
    pub fn place(&self) -> Place {
        let declared = path!["parameters", self.name.clone()];
        match &self.by {
            By::Set => Place::Key(declared),
            By::File(range) => Place::Bytes(range.clone()),
            By::Default => Place::Value(declared.then("default")),
        }
    }
}

/// The value of every parameter that the tree declares and that has one: the run's before the default. What the deployment
/// gives has none.
pub(super) fn resolve(tree: &Tree, given: &[Given]) -> Vec<Resolved> {
    let declared = tree.get(&["parameters"]).into_iter().flat_map(Node::children);
    let value = |node: Node<'_>| {
        if is_deployed(node) {
            return None;
        }
        let name = node.key()?.to_owned();
        if let Some(one) = given.iter().find(|one| one.name == name) {
            return Some(Resolved { name, value: one.value.clone(), by: one.by.clone() });
        }
        let default = node.get("default").filter(|default| !matches!(default.kind(), Kind::List | Kind::Map | Kind::Null))?;
        Some(Resolved { name, value: default.text().to_owned(), by: By::Default })
    };
    declared.filter_map(value).collect()
}

/// Where each value was put: the first byte of the scalar, and the names of the parameters.
pub(super) type Filled = BTreeMap<usize, Vec<String>>;

/// Whether the deployment gives the value of a parameter.
fn is_deployed(parameter: Node<'_>) -> bool {
    parameter.get("at").is_some_and(|at| at.text() == "deploy")
}

/// Puts the values in. What the deployment gives stays as it is written.
pub(super) fn fill(tree: &mut Tree, values: &[Resolved]) -> (Filled, Vec<Finding>) {
    let mut filled = Filled::new();
    let mut findings = Vec::new();
    let mut changes = Vec::new();
    let deployed: BTreeSet<&str> = declared(tree).filter(|(_, node)| is_deployed(*node)).map(|(name, _)| name).collect();
    let integers: BTreeSet<&str> =
        declared(tree).filter(|(_, node)| node.get("type").is_some_and(|t| t.text() == "integer")).map(|(n, _)| n).collect();
    for (top, node) in scalars(tree) {
        let text = node.text();
        if node.kind() != Kind::Text || !text.contains(OPEN) || FIXED.contains(&top) {
            continue;
        }
        let mut used = Vec::new();
        let mut whole = String::with_capacity(text.len());
        let mut rest = text;
        while let Some((before, after)) = rest.split_once(OPEN) {
            let Some((name, behind)) = after.split_once('}') else { break };
            whole.push_str(before);
            rest = behind;
            used.push(name.to_owned());
            match values.iter().find(|value| value.name == name) {
                Some(value) => whole.push_str(&value.value),
                None if deployed.contains(name) => {
                    whole.push_str(OPEN);
                    whole.push_str(name);
                    whole.push('}');
                }
                None => findings.push(without_value(tree, node, name)),
            }
        }
        whole.push_str(rest);
        let alone = matches!(used.as_slice(), [name] if text.len() == OPEN.len() + name.len() + 1 && integers.contains(name.as_str()));
        let kind = if alone && whole.parse::<i64>().is_ok() { Kind::Integer } else { Kind::Text };
        filled.insert(node.span().start, used);
        changes.push((node.id, whole, kind));
    }
    for (id, text, kind) in changes {
        let start = u32::try_from(tree.text.len() + tree.decoded.len()).unwrap_or(NONE);
        let slot = Slot { start, len: u32::try_from(text.len()).unwrap_or(0) };
        tree.decoded.push_str(&text);
        if let Some(entry) = tree.entries.get_mut(id as usize) {
            (entry.content, entry.kind, entry.plain) = (slot, kind, false);
        }
    }
    (filled, findings)
}

/// The names that are used at a place of the tree and below it.
pub(super) fn used_below(tree: &Tree, filled: &Filled, at: &Path) -> BTreeSet<String> {
    let Some(node) = tree.find(at) else { return BTreeSet::new() };
    let mut open = vec![node];
    let mut names = BTreeSet::new();
    while let Some(node) = open.pop() {
        names.extend(filled.get(&node.span().start).into_iter().flatten().cloned());
        open.extend(node.children());
    }
    names
}

/// What is wrong with declarations and values as such. `own` is the length of the profile's own text.
pub(super) fn check(tree: &Tree, given: &[Given], values: &[Resolved], filled: &Filled, own: usize) -> Vec<Finding> {
    let mut findings = Vec::new();
    for value in values.iter().filter(|value| value.value.contains(['$', '{', '}']) || value.value.contains(char::is_control)) {
        let finding =
            Finding::new(Code::ParameterUnfit, value.place(), format!("the value of the parameter `{}` is no plain text", value.name));
        findings.push(finding.help("use one line without `$`, `{` and `}`, which the targets would interpret"));
    }
    let used: BTreeSet<&str> = filled.values().flatten().map(String::as_str).collect();
    // What a base declares, it declares for every profile; whether this one uses it is not its concern.
    for (name, _) in declared(tree).filter(|(name, node)| !used.contains(name) && node.span().start < own) {
        let place = Place::Key(path!["parameters", name.to_owned()]);
        findings.push(
            Finding::new(Code::ParameterUnused, place, format!("nothing uses the parameter `{name}`"))
                .help(format!("write `{OPEN}{name}}}` where its value belongs, or remove it",)),
        );
    }
    let early = |one: &&Given| declared(tree).any(|(name, node)| name == one.name && is_deployed(node));
    findings.extend(given.iter().filter(early).map(too_early));
    for one in given.iter().filter(|one| !declared(tree).any(|(name, _)| name == one.name)) {
        let (place, how) = match &one.by {
            By::File(range) => (Place::Bytes(range.clone()), "the values file gives"),
            _ => (Place::File, "`--set` gives"),
        };
        let finding =
            Finding::new(Code::ParameterUnknown, place, format!("{how} a value to `{}`, which is no parameter of the profile", one.name));
        findings.push(near(finding, tree, &one.name));
    }
    findings
}

fn too_early(given: &Given) -> Finding {
    let (name, at) = (&given.name, path!["parameters", given.name.clone(), "at"]);
    let (place, how) = match &given.by {
        By::File(range) => (Place::Bytes(range.clone()), "the values file gives"),
        _ => (Place::Value(at.clone()), "`--set` gives"),
    };
    let finding =
        Finding::new(Code::ParameterUnknown, place, format!("{how} a value to `{name}`, which gets its value from the deployment"));
    finding.also(at, "declared here").help("give it when the template is deployed, or declare it with `at: render`")
}

fn without_value(tree: &Tree, node: Node<'_>, name: &str) -> Finding {
    let place = Place::Bytes(node.span());
    if declared(tree).any(|(declared, _)| declared == name) {
        return Finding::new(Code::ParameterMissing, place, format!("the parameter `{name}` has no value"))
            .also(Place::Key(path!["parameters", name.to_owned()]), "declared here, without a default")
            .help(format!("give it one: `--set {name}=VALUE`, a line of `--values FILE`, or a `default`"));
    }
    near(Finding::new(Code::ParameterUndeclared, place, format!("`{name}` is no parameter of the profile")), tree, name)
}

fn near(finding: Finding, tree: &Tree, name: &str) -> Finding {
    let known: Vec<&str> = declared(tree).map(|(name, _)| name).collect();
    match did_you_mean(name, known.iter().copied()) {
        Some(near) => finding.help(format!("did you mean `{near}`?")),
        None if known.is_empty() => finding.help(format!("declare it: `parameters: {{{name}: {{type: string}}}}`")),
        None => finding.help(format!("parameters of the profile: {}", known.join(", "))),
    }
}

fn declared(tree: &Tree) -> impl Iterator<Item = (&str, Node<'_>)> {
    tree.get(&["parameters"]).into_iter().flat_map(Node::children).filter_map(|node| Some((node.key()?, node)))
}

/// Every value with the key of the section that it is in.
fn scalars(tree: &Tree) -> impl Iterator<Item = (&str, Node<'_>)> {
    let sections = tree.root().into_iter().flat_map(Node::children);
    sections.flat_map(|section| {
        let mut open = vec![section];
        std::iter::from_fn(move || {
            let node = open.pop()?;
            let children: Vec<_> = node.children().collect();
            open.extend(children.into_iter().rev());
            Some((section.key().unwrap_or_default(), node))
        })
    })
}
