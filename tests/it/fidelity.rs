//! What is shipped is what was planned: the policies of every notation of every target are the plan's, and the same
//! profile gives the same bytes, whoever renders it where.

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};

use serde_json::Value;

use s3harden::pipeline::{self, Accepted};
use s3harden::plan::{Kind, Plan, Resource};
use s3harden::render::{self, File, Notation, Provider, Target};

use super::readback::{self, Block, KEPT, snake};
use super::support::{BOTH, accepted, below, files_below, profiles, ran, root, s3harden};

const NOTATIONS: &[Notation] = &[Notation::Yaml, Notation::Json, Notation::Minified];
const PROVIDERS: &[Provider] = &[Provider::V5, Provider::V6];

type Policies = BTreeMap<String, Vec<Value>>;

/// The policies of a plan by the names of their resources.
fn planned(plan: &Plan) -> Policies {
    let of = |resource: &Resource| resource.kind.documents().map(|document| readback::literal(&document.literal())).collect::<Vec<_>>();
    plan.resources.iter().map(|resource| (resource.id.to_string(), of(resource))).filter(|(_, policies)| !policies.is_empty()).collect()
}

fn policies_of_template(template: &Value) -> Policies {
    let resources = template["Resources"].as_object().unwrap().iter();
    resources.map(|(id, resource)| (id.clone(), readback::policies(resource))).filter(|(_, policies)| !policies.is_empty()).collect()
}

fn policies_of_module(blocks: &[Block], plan: &Plan) -> Policies {
    let mut found = Policies::new();
    for block in blocks {
        for policy in readback::policies(&block.body) {
            let label = block.name.last().unwrap();
            let resource = plan.resources.iter().find(|resource| snake(resource.id.as_str()) == *label);
            let resource = resource.unwrap_or_else(|| panic!("nobody planned the policy of {:?}", block.name));
            found.entry(resource.id.to_string()).or_default().push(without_kept(policy, &resource.kind));
        }
    }
    found
}

/// A policy without the statements of others, which only the bucket knows.
fn without_kept(mut policy: Value, kind: &Kind) -> Value {
    if let Kind::BucketPolicy { keep, .. } = kind
        && !keep.is_empty()
    {
        let kept = policy["Statement"].as_array_mut().unwrap().pop();
        assert_eq!(kept, Some(KEPT.into()), "the statements of others are not kept");
    }
    policy
}

fn files(plan: &Plan, target: Target) -> Vec<File> {
    render::render(plan, target).unwrap()
}

/// The profiles, and whether CloudFormation can express them.
fn plans() -> Vec<(String, Plan, bool)> {
    let plan = |path: &PathBuf| {
        let Accepted { plan, targets, .. } = accepted(path);
        (below(path, root()), plan, targets.iter().any(|target| matches!(target, Target::CloudFormation(_))))
    };
    profiles().iter().map(plan).collect()
}

#[test]
fn every_notation_of_every_target_ships_the_policies_of_the_plan() {
    for (name, plan, in_cloudformation) in plans() {
        let planned = planned(&plan);
        assert!(!planned.is_empty());
        for notation in NOTATIONS.iter().filter(|_| in_cloudformation) {
            let template = readback::cloudformation(readback::template(&files(&plan, Target::CloudFormation(*notation))), &plan);
            assert_eq!(policies_of_template(&template), planned, "{name} as {notation:?}");
        }
        if in_cloudformation {
            let template = readback::cloudformation(readback::template(&files(&plan, Target::StackSet)), &plan);
            assert_eq!(policies_of_template(&template), planned, "{name} for a stack set");
        }
        for provider in PROVIDERS {
            let blocks = readback::terraform(&files(&plan, Target::Terraform(*provider)), &plan);
            assert_eq!(policies_of_module(&blocks, &plan), planned, "{name} for {provider:?}");
        }
    }
}

#[test]
fn every_policy_is_put_on_the_bucket_that_it_was_planned_for() {
    for (_, plan, in_cloudformation) in plans() {
        let template = in_cloudformation
            .then(|| readback::cloudformation(readback::template(&files(&plan, Target::CloudFormation(Notation::Yaml))), &plan));
        let blocks = readback::terraform(&files(&plan, Target::Terraform(Provider::V5)), &plan);
        for resource in &plan.resources {
            let Kind::BucketPolicy { bucket, .. } = &resource.kind else { continue };
            let expected = Value::from(format!("«{bucket}.Id»"));
            if let Some(template) = &template {
                assert_eq!(template["Resources"][resource.id.as_str()]["Properties"]["Bucket"], expected);
            }
            let label = snake(resource.id.as_str());
            let block = blocks.iter().find(|block| block.name == ["resource", "aws_s3_bucket_policy", &label]).unwrap();
            assert_eq!(block.body["bucket"], expected);
        }
    }
}

#[test]
fn every_managed_policy_is_attached_to_whom_it_was_planned_for() {
    let mut seen = 0;
    for (name, plan, in_cloudformation) in plans() {
        let template = in_cloudformation
            .then(|| readback::cloudformation(readback::template(&files(&plan, Target::CloudFormation(Notation::Yaml))), &plan));
        let blocks = readback::terraform(&files(&plan, Target::Terraform(Provider::V5)), &plan);
        for (resource, policy) in plan.managed_policies() {
            let label = snake(resource.id.as_str());
            for (kind, property, names) in
                [("user", "Users", &policy.users), ("group", "Groups", &policy.groups), ("role", "Roles", &policy.roles)]
            {
                let expected = if names.is_empty() { Value::Null } else { serde_json::json!(names) };
                if let Some(template) = &template {
                    assert_eq!(template["Resources"][resource.id.as_str()]["Properties"][property], expected, "{name}");
                }
                let attachment = ["resource", &format!("aws_iam_{kind}_policy_attachment"), &label];
                let block = blocks.iter().find(|block| block.name == attachment);
                assert_eq!(block.map_or(&Value::Null, |block| &block.body["for_each"]), &expected, "{name}");
                if let Some(block) = block {
                    assert_eq!(
                        (block.body[kind].as_str(), block.body["policy_arn"].as_str()),
                        (Some("«each»"), Some(&*format!("«{}.Arn»", resource.id)))
                    );
                    seen += 1;
                }
            }
        }
    }
    assert!(seen >= 3, "no profile grants by IAM");
}

#[test]
fn the_notations_of_a_template_are_the_same_value() {
    for (name, plan, in_cloudformation) in plans() {
        let values = NOTATIONS
            .iter()
            .filter(|_| in_cloudformation)
            .map(|notation| readback::cloudformation(readback::template(&files(&plan, Target::CloudFormation(*notation))), &plan));
        let values: Vec<Value> = values.collect();
        assert!(values.windows(2).all(|pair| pair[0] == pair[1]), "{name}");
    }
}

#[test]
fn rendering_twice_gives_the_same_bytes() {
    for path in profiles() {
        let once = || pipeline::build(&accepted(&path)).unwrap();
        assert_eq!(once(), once());
    }
}

/// Every file of a directory with its bytes.
fn bytes(dir: &Path) -> BTreeMap<String, Vec<u8>> {
    files_below(dir).iter().map(|path| (below(path, dir), std::fs::read(path).unwrap())).collect()
}

#[test]
fn the_same_profiles_give_the_same_bytes_in_every_process_and_place() {
    let inputs = tempfile::tempdir().unwrap();
    let for_both = |path: &PathBuf| accepted(path).targets.len() == BOTH.len();
    for path in profiles().into_iter().filter(for_both) {
        std::fs::copy(&path, inputs.path().join(path.file_name().unwrap())).unwrap();
    }
    // What one of them extends.
    std::fs::copy(root().join("examples/company/company.yaml"), inputs.path().join("company.yaml")).unwrap();
    let mut all = Vec::new();
    for (jobs, zone, language, day) in [
        ("1", "UTC", "C", "2026-11-23"),
        ("2", "Asia/Kathmandu", "tr_TR.UTF-8", "2026-12-31"),
        ("7", "America/St_Johns", "de_DE.UTF-8", "2027-01-01"),
    ] {
        let (cwd, out) = (tempfile::tempdir().unwrap(), tempfile::tempdir().unwrap());
        let mut command = s3harden(&["render", "--jobs", jobs, "--as-of", day, "-o"]);
        command.arg(out.path()).arg(inputs.path()).current_dir(cwd.path());
        command.env("TZ", zone).env("LANG", language).env("LC_ALL", language).env("HOME", cwd.path()).env("CI", jobs);
        let ran = ran(command.output().unwrap());
        assert_eq!((ran.exit, ran.stdout.as_str()), (0, ""), "{}", ran.stderr);
        assert!(files_below(cwd.path()).is_empty(), "something was written to the working directory");
        all.push(bytes(out.path()));
    }
    assert!(all[0].len() > 20);
    assert!(all.windows(2).all(|pair| pair[0] == pair[1]));
}
