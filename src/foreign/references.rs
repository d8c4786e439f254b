//! What a plan's configuration says of references: from which resource an attribute is made.
//!
//! In: the JSON of a plan. Out: for an attribute of a resource, the resources that its expression names, through variables of
//! modules and their outputs. Never: an answer where the configuration leaves several open.
//!
//! Source: "JSON Output Format", section "Configuration Representation", Terraform documentation.

use serde_json::Value as Json;

/// How deep modules may lie in each other, and references may lead on.
pub(super) const DEPTH: usize = 64;

/// The configuration.
pub(super) struct References<'j>(Option<&'j Json>);

/// What a reference names.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Target {
    /// The resource, without the keys of module instances.
    pub address: String,
    /// What of it, if that is said.
    pub attribute: Option<String>,
}

/// The steps of an address, each with its key: `module.a["x.y"].b.c[0]` → `module`, `a["x.y"]`, `b`, `c[0]`.
fn steps(address: &str) -> Vec<&str> {
    let (mut depth, mut quoted, mut from) = (0_usize, false, 0);
    let mut all = Vec::new();
    for (at, c) in address.char_indices() {
        match c {
            '"' => quoted = !quoted,
            '[' if !quoted => depth += 1,
            ']' if !quoted => depth = depth.saturating_sub(1),
            '.' if !quoted && depth == 0 => {
                all.extend(address.get(from..at));
                from = at + 1;
            }
            _ => {}
        }
    }
    all.extend(address.get(from..));
    all
}

/// A step without its key.
fn plain(step: &str) -> &str {
    step.split('[').next().unwrap_or(step)
}

/// The key of a step.
fn key(step: &str) -> &str {
    step.get(plain(step).len()..).unwrap_or_default()
}

/// The modules of an address, and what is left behind them.
fn apart(address: &str) -> (Vec<&str>, Vec<&str>) {
    let mut rest = steps(address);
    let mut modules = Vec::new();
    while rest.len() > 2 && rest.first() == Some(&"module") {
        let behind = rest.split_off(2);
        modules.extend(rest.pop());
        rest = behind;
    }
    (modules, rest)
}

/// Whether the resource of an address is one that a target of another one's configuration can be: of the same instances of
/// modules and resources, as far as both have some.
pub(super) fn fits(address: &str, target: &Target, of: &str) -> bool {
    let ((own_modules, own), (_, wanted), (other_modules, other)) = (apart(address), apart(&target.address), apart(of));
    let (named, _) = apart(&target.address);
    let same = |one: &[&str], two: &[&str]| one.len() == two.len() && one.iter().zip(two).all(|(one, two)| plain(one) == plain(two));
    if !same(&own_modules, &named) || !same(&own, &wanted) {
        return false;
    }
    let mut shared = own_modules.iter().zip(&other_modules).take_while(|(one, two)| plain(one) == plain(two));
    if shared.any(|(one, two)| one != two) {
        return false;
    }
    let last = |steps: &[&'_ str]| steps.last().map(|step| key(step).to_owned()).unwrap_or_default();
    match (last(&own), last(&wanted)) {
        (own, wanted) if !wanted.is_empty() => own == wanted,
        (own, _) => own.is_empty() || last(&other).is_empty() || own == last(&other),
    }
}

impl<'j> References<'j> {
    pub(super) fn new(plan: &'j Json) -> Self {
        Self(plan.pointer("/configuration/root_module"))
    }

    fn module(&self, path: &[String]) -> Option<&'j Json> {
        path.iter().try_fold(self.0?, |module, name| module.get("module_calls")?.get(name)?.get("module"))
    }

    /// What the configuration holds at the end of keys of a resource: through the blocks of each key, all of them.
    fn written(&self, address: &str, path: &[&str]) -> (Vec<String>, Vec<&'j Json>) {
        let (modules, own) = apart(address);
        let modules: Vec<String> = modules.iter().map(|step| plain(step).to_owned()).collect();
        let own = own.iter().map(|step| plain(step)).collect::<Vec<_>>().join(".");
        let resources = self.module(&modules).and_then(|module| module.get("resources")?.as_array());
        let found = resources.into_iter().flatten().find(|one| one.get("address").and_then(Json::as_str) == Some(&own));
        let mut all: Vec<&Json> = found.and_then(|one| one.get("expressions")).into_iter().collect();
        for key in path {
            let items = all.into_iter().flat_map(|value| value.as_array().map_or(std::slice::from_ref(value), Vec::as_slice));
            all = items.filter_map(|value| value.get(*key)).collect();
        }
        (modules, all)
    }

    /// The resources that an attribute's expression names.
    pub(super) fn of(&self, address: &str, path: &[&str]) -> Vec<Target> {
        let (modules, all) = self.written(address, path);
        let mut found = Vec::new();
        for expression in all {
            self.named(&modules, expression, 0, &mut found);
        }
        found
    }

    /// The blocks of a name that are written there one by one, or nothing where none is: then `dynamic` may make them.
    pub(super) fn blocks(&self, address: &str, path: &[&str]) -> Vec<&'j Json> {
        let (_, all) = self.written(address, path);
        if all.iter().any(|value| !value.is_array()) {
            return Vec::new();
        }
        all.into_iter().filter_map(Json::as_array).flatten().collect()
    }

    fn named(&self, modules: &[String], expression: &Json, depth: usize, found: &mut Vec<Target>) {
        if depth > DEPTH {
            return;
        }
        for reference in expression.get("references").and_then(Json::as_array).into_iter().flatten().filter_map(Json::as_str) {
            match steps(reference).as_slice() {
                ["module", name, output, ..] => {
                    let inner: Vec<String> = modules.iter().cloned().chain([plain(name).to_owned()]).collect();
                    let output = self.module(&inner).and_then(|module| module.get("outputs")?.get(plain(output))?.get("expression"));
                    output.into_iter().for_each(|expression| self.named(&inner, expression, depth + 1, found));
                }
                ["var", name, ..] => {
                    let Some((own, outer)) = modules.split_last() else { continue };
                    let given =
                        self.module(outer).and_then(|module| module.get("module_calls")?.get(own)?.get("expressions")?.get(plain(name)));
                    given.into_iter().for_each(|expression| self.named(outer, expression, depth + 1, found));
                }
                ["module" | "data" | "local" | "each" | "count" | "path" | "self" | "terraform", ..] => {}
                [kind, name, rest @ ..] => {
                    let mut address = String::new();
                    modules.iter().for_each(|module| address.push_str(&format!("module.{module}.")));
                    address.push_str(&format!("{kind}.{name}"));
                    // Terraform names the attribute first, and then the resource by itself.
                    if !found.iter().any(|one| one.address == address) {
                        found.push(Target { address, attribute: rest.first().map(|step| plain(step).to_owned()) });
                    }
                }
                _ => {}
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    fn target(address: &str) -> Target {
        Target { address: address.to_owned(), attribute: None }
    }

    #[test]
    fn a_target_is_of_the_same_instance() {
        let bucket = "module.b[\"x.y\"].aws_s3_bucket.this[0]";
        let to = target("module.b.aws_s3_bucket.this[0]");
        assert!(fits(bucket, &to, "module.b[\"x.y\"].aws_s3_bucket_policy.this[0]"));
        assert!(!fits(bucket, &to, "module.b[\"z\"].aws_s3_bucket_policy.this[0]"), "another instance of the module");
        assert!(fits(bucket, &to, "aws_s3_bucket_policy.outside"), "from outside, the module has one instance or the proof is open");
        assert!(fits("aws_s3_bucket.a[\"k\"]", &target("aws_s3_bucket.a"), "aws_s3_bucket_policy.a[\"k\"]"), "each.key");
        assert!(!fits("aws_s3_bucket.a[\"k\"]", &target("aws_s3_bucket.a"), "aws_s3_bucket_policy.a[\"l\"]"));
        assert!(!fits("aws_s3_bucket.a[1]", &target("aws_s3_bucket.a[0]"), "aws_s3_bucket_policy.a[1]"));
    }

    #[test]
    fn references_lead_through_modules() {
        let plan = json!({ "configuration": { "root_module": {
            "resources": [{ "address": "aws_s3_bucket_notification.n", "expressions": { "bucket": { "references": ["module.m.id", "module.m"] } } }],
            "module_calls": { "m": {
                "expressions": { "name": { "references": ["aws_s3_bucket.b[0].id", "aws_s3_bucket.b[0]", "aws_s3_bucket.b"] } },
                "module": { "outputs": { "id": { "expression": { "references": ["var.name"] } } } },
            } },
        } } });
        let found = References::new(&plan).of("aws_s3_bucket_notification.n", &["bucket"]);
        assert_eq!(found.first(), Some(&Target { address: "aws_s3_bucket.b[0]".to_owned(), attribute: Some("id".to_owned()) }));
    }
}
