//! Acceptance: tools that are not ours look at everything that the examples become.
//!
//! Where a tool is missing the test says so and passes; with `S3HARDEN_REQUIRE_TOOLS=1` it fails.

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};
use std::process::Command;

use s3harden::pipeline::TargetChoice;
use s3harden::plan::{AccessPoint, Kind, Plan};
use s3harden::render::{Notation, Target};
use serde_json::{Value, json};

use crate::readback;
use crate::render::{accepted, examples, rendered, stack_set};
use crate::support::root;

const BOTH: &[TargetChoice] = &[TargetChoice::CloudFormation(Some(Notation::Yaml)), TargetChoice::Terraform];
const JSON: &[TargetChoice] = &[TargetChoice::CloudFormation(Some(Notation::Json))];

/// Where the stand-in deploys to.
const ACCOUNT: &str = "111122223333";
const REGION: &str = "us-east-1";

/// Buckets that examples take for granted.
const EXISTING: &[&str] = &["acme-central-logs", "acme-legacy-exports"];

/// Values of the deploy-time parameters of the examples, for CloudFormation and for Terraform.
const VALUES: &[(&str, &str)] = &[
    ("Endpoint=vpce-0a1b2c3d4e5f60718", "endpoint=vpce-0a1b2c3d4e5f60718"),
    ("Office=203.0.113.0/24", "office=203.0.113.0/24"),
    ("Partner=444455556666", "partner=444455556666"),
    ("Reader=Reader", "reader=Reader"),
];

/// Everything that the profiles become, below a folder that goes when the test ends.
struct Outputs {
    dir: tempfile::TempDir,
    names: BTreeMap<String, s3harden::render::Provider>,
    plans: BTreeMap<String, Plan>,
}

impl Outputs {
    fn new() -> Self {
        let dir = tempfile::tempdir().unwrap();
        let (mut names, mut plans) = (BTreeMap::new(), BTreeMap::new());
        for path in examples().iter().chain(&extra_profiles()) {
            let plan = accepted(path, BOTH);
            let provider = plan.targets.iter().find_map(|target| match target {
                Target::Terraform(provider) => Some(*provider),
                Target::CloudFormation(_) | Target::StackSet => None,
            });
            let name = plan.plan.name.to_string();
            for file in rendered(path, BOTH).into_iter().chain(rendered(path, JSON)).chain(stack_set(path)) {
                let path = dir.path().join(&name).join(file.path);
                std::fs::create_dir_all(path.parent().unwrap()).unwrap();
                std::fs::write(path, file.text).unwrap();
            }
            assert!(names.insert(name.clone(), provider.unwrap()).is_none(), "two profiles are called {name}");
            plans.insert(name, plan.plan);
        }
        Self { dir, names, plans }
    }

    fn each(&self, below: &str) -> Vec<PathBuf> {
        self.names.keys().map(|name| self.dir.path().join(name).join(below)).collect()
    }

    /// The templates of stack sets.
    fn stack_sets(&self) -> Vec<PathBuf> {
        let sets: Vec<PathBuf> = self.each("stackset/template.json").into_iter().filter(|path| path.exists()).collect();
        assert!(!sets.is_empty(), "no example is for a stack set");
        sets
    }

    /// Holds every policy that the stand-in has of an input against the plan; the number of access points among them.
    fn are_deployed(&self, inputs: &[PathBuf], deployed: &Path) -> usize {
        let mut points = 0;
        for (n, input) in inputs.iter().enumerate() {
            let name = input.strip_prefix(self.dir.path()).unwrap().iter().next().unwrap().to_string_lossy();
            let plan = &self.plans[&*name];
            let read = |file: String| -> Option<Value> {
                let text = std::fs::read_to_string(deployed.join(n.to_string()).join(file)).ok()?;
                Some(serde_json::from_str(&text).unwrap())
            };
            for resource in &plan.resources {
                let (file, planned) = match &resource.kind {
                    Kind::BucketPolicy { bucket, document, .. } => {
                        let (_, bucket) = plan.buckets().find(|(resource, _)| resource.id == *bucket).unwrap();
                        let name = bucket.name.as_str().replace("${aws.account}", ACCOUNT).replace("${aws.region}", REGION);
                        (format!("{name}.json"), document)
                    }
                    Kind::AccessPoint(AccessPoint { name, policy: Some(policy), .. }) => (format!("point-{name}.json"), policy),
                    _ => continue,
                };
                let is_point = matches!(resource.kind, Kind::AccessPoint(_));
                match read(file) {
                    // The stand-in's CloudFormation only knows that there is a point.
                    None if is_point && !input.ends_with("terraform") => {}
                    None => panic!("{}: nobody deployed {}", input.display(), resource.id),
                    Some(policy) => {
                        points += usize::from(is_point);
                        let planned = readback::literal(&planned.literal());
                        assert!(is(&planned, &policy), "{}: {}\nplanned {planned}\ndeployed {policy}", input.display(), resource.id);
                    }
                }
            }
        }
        points
    }

    /// The modules of a provider generation.
    fn modules(&self, provider: s3harden::render::Provider) -> Vec<PathBuf> {
        let of = self.names.iter().filter(|(_, of)| **of == provider);
        of.map(|(name, _)| self.dir.path().join(name).join("terraform")).collect()
    }
}

/// Whether a deployed value is the planned one, with what only the deployment knew filled in.
fn is(planned: &Value, deployed: &Value) -> bool {
    match (planned, deployed) {
        (Value::Object(a), Value::Object(b)) => a.len() == b.len() && a.iter().all(|(key, value)| b.get(key).is_some_and(|b| is(value, b))),
        (Value::Array(a), Value::Array(b)) => a.len() == b.len() && a.iter().zip(b).all(|(a, b)| is(a, b)),
        (Value::String(planned), Value::String(deployed)) if planned.contains('«') => {
            let filled = planned.replace("«Partition»", "aws").replace("«AccountId»", ACCOUNT).replace("«UrlSuffix»", "amazonaws.com");
            let mut rest = deployed.as_str();
            filled.split('«').enumerate().all(|(n, part)| {
                let text = if n == 0 { Some(part) } else { part.split_once('»').map(|(_, text)| text) };
                let found = text.and_then(|text| match n {
                    0 => rest.strip_prefix(text),
                    // A value is never empty and never a pattern.
                    _ if text.is_empty() => (!rest.is_empty() && !rest.contains(['*', '?'])).then_some(""),
                    _ => rest.find(text).filter(|at| *at > 0 && !rest[..*at].contains(['*', '?'])).map(|at| &rest[at + text.len()..]),
                });
                found.map(|left| rest = left).is_some()
            }) && rest.is_empty()
        }
        _ => planned == deployed,
    }
}

#[test]
fn what_the_deployment_knew_is_any_value_and_no_pattern() {
    for (deployed, same) in [
        (json!("arn:aws:s3:::a/x"), true),
        (json!("arn:aws:s3:::a/y"), false),
        (json!("arn:aws:s3:::*/x"), false),
        (json!("arn:aws:s3:::a/x/y"), false),
        (json!("/x"), false),
        (json!(["arn:aws:s3:::a/x"]), false),
    ] {
        assert_eq!(is(&json!("«Bucket.Arn»/x"), &deployed), same, "{deployed}");
    }
}

/// Profiles that show nothing to a reader but have every setting in them.
fn extra_profiles() -> Vec<PathBuf> {
    let dir = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/profiles");
    let mut files: Vec<_> = std::fs::read_dir(dir).into_iter().flatten().map(|entry| entry.unwrap().path()).collect();
    files.retain(|path| path.file_name().is_some_and(|name| name.to_string_lossy().starts_with("maximal")));
    files.sort();
    files
}

/// Runs one of the tools in `tests/acceptance`.
/// Whether it was there.
fn tool(interpreter: &str, script: &str, options: &[&str], inputs: &[PathBuf]) -> bool {
    assert!(!inputs.is_empty());
    let required = std::env::var("S3HARDEN_REQUIRE_TOOLS").is_ok_and(|value| value == "1");
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/acceptance").join(script);
    let output = Command::new(interpreter).arg(path).args(options).args(inputs).output();
    let output = match output {
        Ok(output) => output,
        Err(error) if !required => {
            eprintln!("SKIPPED {script}: {interpreter} cannot be run: {error}");
            return false;
        }
        Err(error) => panic!("{script}: {interpreter} cannot be run: {error}"),
    };
    let said = format!("{}{}", String::from_utf8_lossy(&output.stdout), String::from_utf8_lossy(&output.stderr));
    match output.status.code() {
        Some(0) => true,
        Some(3) if !required => {
            eprintln!("SKIPPED {script}: {said}");
            false
        }
        code => panic!("{script} ended with {code:?}:\n{said}"),
    }
}

#[test]
fn terraform_takes_every_module() {
    let outputs = Outputs::new();
    let values: Vec<&str> = VALUES.iter().flat_map(|value| ["--var", value.1]).collect();
    tool("python3", "tf_check.py", &values, &outputs.modules(s3harden::render::Provider::V5));
    tool("python3", "tf_check.py", &["--fmt-only"], &outputs.modules(s3harden::render::Provider::V6));
}

#[test]
fn terraform_applies_every_module_and_then_has_nothing_left_to_do() {
    let outputs = Outputs::new();
    let mut options = vec!["--jobs", "8", "--account", ACCOUNT];
    options.extend(EXISTING.iter().flat_map(|bucket| ["--existing", bucket]));
    let deployed = tempfile::tempdir().unwrap();
    options.extend(["--policies", deployed.path().to_str().unwrap()]);
    options.extend(VALUES.iter().flat_map(|value| ["--var", value.1]));
    let modules = outputs.modules(s3harden::render::Provider::V5);
    if tool("python3", "tf_apply.py", &options, &modules) {
        let points = outputs.are_deployed(&modules, deployed.path());
        assert!(points > 0, "no example has an access point");
    }
}

#[test]
fn cloudformation_linters_have_nothing_to_say() {
    let outputs = Outputs::new();
    let mut files = outputs.each("cloudformation/template.yaml");
    files.extend(outputs.each("cloudformation/template.json"));
    files.extend(outputs.stack_sets());
    tool("python3", "cfn_check.py", &[], &files);
    tool("node", "cfn_validate.mjs", &[], &files);
}

#[test]
fn cloudformation_makes_every_stack() {
    let outputs = Outputs::new();
    let deployed = tempfile::tempdir().unwrap();
    let mut options = vec!["--account", ACCOUNT, "--policies", deployed.path().to_str().unwrap()];
    options.extend(VALUES.iter().flat_map(|value| ["--var", value.0]));
    let mut templates = outputs.each("cloudformation/template.yaml");
    templates.extend(outputs.stack_sets());
    if tool("python3", "cfn_deploy.py", &options, &templates) {
        outputs.are_deployed(&templates, deployed.path());
    }
}

#[test]
fn older_yaml_readers_read_the_same() {
    let outputs = Outputs::new();
    let yaml = outputs.each("cloudformation/template.yaml");
    let json = outputs.each("cloudformation/template.json");
    let pairs: Vec<PathBuf> = yaml.into_iter().zip(json).flat_map(|(yaml, json)| [yaml, json]).collect();
    tool("python3", "yaml11.py", &[], &pairs);
}

#[test]
fn checkov_finds_nothing_that_is_not_explained() {
    let outputs = Outputs::new();
    let mut inputs = outputs.each("cloudformation/template.yaml");
    inputs.extend(outputs.each("terraform"));
    tool("python3", "scan.py", &[], &inputs);
}

#[test]
fn a_server_that_enforces_policies_decides_as_evaluate_does() {
    let enforced = std::fs::read_dir(root().join("tests/acceptance/enforced")).unwrap().map(|entry| entry.unwrap().path());
    let mut inputs: Vec<PathBuf> = enforced.chain(examples()).collect();
    inputs.sort();
    let mut options = vec!["--s3harden", env!("CARGO_BIN_EXE_s3harden"), "--as-of", "2026-11-23"];
    options.extend(VALUES.iter().flat_map(|value| ["--var", value.0]));
    tool("python3", "enforce.py", &options, &inputs);
}
