//! Generation 6 of Terraform's AWS provider: modules against the committed extract of what it takes, since the
//! provider itself cannot be asked here.

use std::collections::BTreeSet;

use s3harden::pipeline::{self, TargetChoice};
use s3harden::plan::Plan;
use s3harden::render::{self, Provider, Target};
use serde_json::Value;

use super::render::options;
use super::support::{accepted, below, files_below, profiles, read, root, source};

/// What Terraform itself takes in every resource and data source.
const META_ARGUMENTS: &[&str] = &["count", "depends_on", "for_each", "provider"];
const META_BLOCKS: &[&str] = &["lifecycle"];

fn extract() -> Value {
    serde_json::from_str(&read(root().join("tests/acceptance/provider6.json"))).unwrap()
}

/// Every profile that is right, and where it still is, the same without its region: what is left unsaid is looked up.
fn plans() -> Vec<(String, Plan)> {
    let mut plans = Vec::new();
    for path in profiles() {
        let name = below(&path, root());
        let text = read(&path);
        let short: Vec<_> = text.lines().filter(|line| !line.starts_with("  region: ")).collect();
        let short = pipeline::check(&source(short.join("\n")), &options(&[TargetChoice::Terraform]));
        plans.extend(short.accepted.map(|short| (format!("{name} without a region"), short.plan)));
        plans.push((name, accepted(&path).plan));
    }
    plans
}

/// The text of a module, whatever provider the profile asks for.
fn module(plan: &Plan, provider: Provider) -> String {
    let files = render::render(plan, Target::Terraform(provider)).unwrap();
    files.into_iter().filter(|file| file.path.ends_with(".tf")).map(|file| file.text).collect::<Vec<_>>().join("\n")
}

/// What of the provider a module uses, as paths such as `aws_s3_bucket_acl.access_control_policy.owner.id`, and
/// what is wrong with that.
#[derive(Debug, Default)]
struct Reading {
    used: BTreeSet<String>,
    faults: Vec<String>,
}

fn has(spec: &Value, list: &str, name: &str) -> bool {
    spec[list].as_array().is_some_and(|names| names.iter().any(|one| one == name))
}

fn read_module(text: &str, extract: &Value) -> Reading {
    let mut reading = Reading::default();
    let body = hcl::parse(text).unwrap_or_else(|error| panic!("{error}\n{text}"));
    for block in body.blocks() {
        let (group, prefix) = match block.identifier() {
            "resource" => ("resource", ""),
            "data" => ("data", "data."),
            _ => continue,
        };
        let kind = block.labels()[0].as_str();
        let path = format!("{prefix}{kind}");
        match extract[group].get(kind) {
            Some(spec) => reading.body(&path, block.body(), spec, true),
            None => reading.faults.push(format!("{path}: not in the extract")),
        }
        reading.used.insert(path);
    }
    reading.references(text, extract);
    reading
}

impl Reading {
    fn uses(&mut self, path: &str, name: &str, spec: &Value) {
        if has(spec, "deprecated", name) {
            self.faults.push(format!("{path}.{name}: deprecated"));
        }
        self.used.insert(format!("{path}.{name}"));
    }

    fn body(&mut self, path: &str, body: &hcl::Body, spec: &Value, top: bool) {
        let meta = |names: &[&str], name: &str| top && names.contains(&name);
        let attributes: Vec<_> = body.attributes().map(hcl::Attribute::key).filter(|key| !meta(META_ARGUMENTS, key)).collect();
        let blocks: Vec<_> = body.blocks().filter(|block| !meta(META_BLOCKS, block.identifier())).collect();
        for key in &attributes {
            self.uses(path, key, spec);
            if !has(spec, "required", key) && !has(spec, "optional", key) {
                self.faults.push(format!("{path}.{key}: no such argument"));
            }
        }
        for block in &blocks {
            let name = block.identifier();
            self.uses(path, name, spec);
            match spec["blocks"].get(name) {
                Some(inner) => self.body(&format!("{path}.{name}"), block.body(), inner, false),
                None => self.faults.push(format!("{path}.{name}: no such block")),
            }
        }
        for name in spec["required"].as_array().into_iter().flatten().filter_map(Value::as_str) {
            if !attributes.contains(&name) {
                self.faults.push(format!("{path}.{name}: required and missing"));
            }
        }
        for (name, inner) in spec["blocks"].as_object().into_iter().flatten() {
            let count = blocks.iter().filter(|block| block.identifier() == name).count();
            if inner["min"] == 1 && count == 0 {
                self.faults.push(format!("{path}.{name}: required and missing"));
            }
            if inner["max"] == 1 && count > 1 {
                self.faults.push(format!("{path}.{name}: stands {count} times, and may once"));
            }
        }
    }

    /// What expressions read, wherever a text looks like `aws_x.label.attribute`.
    fn references(&mut self, text: &str, extract: &Value) {
        for word in text.split(|c: char| !c.is_ascii_alphanumeric() && !"_-.".contains(c)) {
            let (group, prefix, rest) = match word.strip_prefix("data.") {
                Some(rest) => ("data", "data.", rest),
                None => ("resource", "", word),
            };
            let mut parts = rest.split('.');
            let (Some(kind), Some(_), Some(name)) = (parts.next(), parts.next(), parts.next()) else { continue };
            if !kind.starts_with("aws_") {
                continue;
            }
            let (path, spec) = (format!("{prefix}{kind}"), &extract[group][kind]);
            self.uses(&path, name, spec);
            if !["required", "optional", "computed"].iter().any(|list| has(spec, list, name)) {
                self.faults.push(format!("{path}.{name}: nothing to read"));
            }
        }
    }
}

/// The types in the templates, such as `data.aws_region`.
fn template_types() -> BTreeSet<String> {
    let text: String = files_below(root().join("templates/terraform")).iter().map(read).collect();
    let types = |keyword: &str, prefix: &str| -> Vec<String> {
        text.split(keyword).skip(1).map(|rest| format!("{prefix}{}", rest.split('"').next().unwrap())).collect()
    };
    types("resource \"", "").into_iter().chain(types("data \"", "data.")).collect()
}

#[test]
fn every_module_is_one_for_generation_6() {
    let extract = extract();
    let mut used = BTreeSet::new();
    for (name, plan) in plans() {
        let reading = read_module(&module(&plan, Provider::V6), &extract);
        assert!(reading.faults.is_empty(), "{name}: {:#?}", reading.faults);
        used.extend(reading.used);
    }
    let unread: Vec<_> = template_types().into_iter().filter(|kind| !used.contains(kind)).collect();
    assert!(unread.is_empty(), "no profile has these in its module: {unread:?}");
    for new in [
        "aws_s3_bucket.bucket_namespace",
        "aws_s3_bucket_server_side_encryption_configuration.rule.blocked_encryption_types",
        "data.aws_region.region",
    ] {
        assert!(used.contains(new), "no profile shows what is new in generation 6: {new}");
    }
}

/// Their constraint lets generation 6 in, and what is new in it must stay out.
#[test]
fn every_module_for_generation_5_is_one_for_both() {
    let extract = extract();
    let new = extract["notes"]["not in 5.100.0"].as_array().unwrap();
    let mut seen = 0;
    for (name, plan) in plans() {
        // What generation 5 cannot do at all is an error there, and rendered only here.
        if render::gaps(&plan, Target::Terraform(Provider::V5)).iter().any(|gap| gap.step.is_none()) {
            continue;
        }
        seen += 1;
        let mut reading = read_module(&module(&plan, Provider::V5), &extract);
        // Its successor is not in 5.x.
        reading.faults.retain(|fault| fault != "data.aws_region.name: deprecated");
        assert!(reading.faults.is_empty(), "{name}: {:#?}", reading.faults);
        let too_new: Vec<_> = new.iter().filter_map(Value::as_str).filter(|path| reading.used.contains(*path)).collect();
        assert!(too_new.is_empty(), "{name}: not in 5.100: {too_new:?}");
    }
    assert!(seen > profiles().len() / 2);
}

#[test]
fn what_generation_6_does_not_take_is_found() {
    let extract = extract();
    let right = r#"
resource "aws_s3_bucket_versioning" "bucket" {
  bucket = aws_s3_bucket.bucket.id

  versioning_configuration {
    status = "Enabled"
  }
}
"#;
    let cases = [
        ("", "", &[][..]),
        ("bucket =", "mfa_token = 1\nbucket =", &["aws_s3_bucket_versioning.mfa_token: no such argument"]),
        (
            "versioning_configuration",
            "version_configuration",
            &[
                "aws_s3_bucket_versioning.version_configuration: no such block",
                "aws_s3_bucket_versioning.versioning_configuration: required and missing",
            ],
        ),
        (
            "versioning_configuration {",
            "versioning_configuration = {",
            &[
                "aws_s3_bucket_versioning.versioning_configuration: no such argument",
                "aws_s3_bucket_versioning.versioning_configuration: required and missing",
            ],
        ),
        ("status = \"Enabled\"", "", &["aws_s3_bucket_versioning.versioning_configuration.status: required and missing"]),
        ("  bucket = aws_s3_bucket.bucket.id", "", &["aws_s3_bucket_versioning.bucket: required and missing"]),
        ("bucket =", "expected_bucket_owner = 1\nbucket =", &["aws_s3_bucket_versioning.expected_bucket_owner: deprecated"]),
        (
            "versioning_configuration {",
            "versioning_configuration {\nstatus = 1\n}\nversioning_configuration {",
            &["aws_s3_bucket_versioning.versioning_configuration: stands 2 times, and may once"],
        ),
        ("status =", "count = 1\nstatus =", &["aws_s3_bucket_versioning.versioning_configuration.count: no such argument"]),
        ("aws_s3_bucket.bucket.id", "aws_s3_bucket.bucket.name", &["aws_s3_bucket.name: nothing to read"]),
        ("aws_s3_bucket.bucket.id", "\"${data.aws_region.current.name}\"", &["data.aws_region.name: deprecated"]),
        ("\"aws_s3_bucket_versioning\"", "\"aws_s3_bucket_version\"", &["aws_s3_bucket_version: not in the extract"]),
    ];
    for (from, to, faults) in cases {
        assert!(right.contains(from), "{from}");
        assert_eq!(read_module(&right.replacen(from, to, 1), &extract).faults, faults, "{from} → {to}");
    }
}
