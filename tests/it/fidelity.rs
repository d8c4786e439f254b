//! What is shipped is what was planned: the policies of every notation of every target are the plan's, and the same
//! profile gives the same bytes, whoever renders it where.

use std::collections::BTreeMap;
use std::path::Path;

use serde_json::Value;

use s3harden::pipeline::TargetChoice;
use s3harden::plan::{Kind, Plan};
use s3harden::render::{self, File, Notation, Provider, Target};

use super::readback::{self, Block, snake};
use super::render::{accepted, rendered};
use super::support::{below, files_below, profiles, ran, root, s3harden};

const NOTATIONS: &[Notation] = &[Notation::Yaml, Notation::Json, Notation::Minified];
const PROVIDERS: &[Provider] = &[Provider::V5, Provider::V6];

/// The policies of a plan by the names of their resources.
fn planned(plan: &Plan) -> BTreeMap<String, Value> {
    let documents = plan.resources.iter().filter_map(|resource| Some((resource.id.to_string(), resource.kind.document()?)));
    documents.map(|(id, document)| (id, readback::literal(&document.literal()))).collect()
}

/// Every value below a key that only policies have, so that a policy nobody planned shows as well.
fn policies_of_template(template: &Value) -> BTreeMap<String, Value> {
    let mut found = BTreeMap::new();
    for (id, resource) in template["Resources"].as_object().unwrap() {
        for (key, value) in resource["Properties"].as_object().unwrap() {
            if key.contains("Policy") {
                assert!(found.insert(id.clone(), value.clone()).is_none(), "{id} has two policies");
            }
        }
    }
    found
}

fn policies_of_module(blocks: &[Block], plan: &Plan) -> BTreeMap<String, Value> {
    let id = |block: &Block| {
        let label = block.name.last().unwrap();
        let of_type = |kind: &Kind| match kind {
            Kind::BucketPolicy { .. } => "aws_s3_bucket_policy",
            Kind::Key(_) => "aws_kms_key",
            _ => "",
        };
        let resource = plan.resources.iter().find(|one| snake(one.id.as_str()) == *label && of_type(&one.kind) == block.name[1]);
        resource.unwrap_or_else(|| panic!("nobody planned {:?}", block.name)).id.to_string()
    };
    let policies = blocks.iter().filter_map(|block| Some((block, block.body.get("policy")?)));
    policies.map(|(block, policy)| (id(block), policy.clone())).collect()
}

fn files(plan: &Plan, target: Target) -> Vec<File> {
    render::render(plan, target).unwrap()
}

#[test]
fn every_notation_of_every_target_ships_the_policies_of_the_plan() {
    for path in profiles() {
        let (_, plan) = accepted(&path);
        let planned = planned(&plan);
        assert!(!planned.is_empty());
        for notation in NOTATIONS {
            let [file] = files(&plan, Target::CloudFormation(*notation)).try_into().unwrap();
            let template = readback::cloudformation(&file, &plan);
            assert_eq!(policies_of_template(&template), planned, "{} as {notation:?}", below(&path, root()));
        }
        for provider in PROVIDERS {
            let blocks = readback::terraform(&files(&plan, Target::Terraform(*provider)), &plan);
            assert_eq!(policies_of_module(&blocks, &plan), planned, "{} for {provider:?}", below(&path, root()));
        }
    }
}

#[test]
fn every_policy_is_put_on_the_bucket_that_it_was_planned_for() {
    for path in profiles() {
        let (_, plan) = accepted(&path);
        let [file] = files(&plan, Target::CloudFormation(Notation::Yaml)).try_into().unwrap();
        let template = readback::cloudformation(&file, &plan);
        let blocks = readback::terraform(&files(&plan, Target::Terraform(Provider::V5)), &plan);
        for resource in &plan.resources {
            let Kind::BucketPolicy { bucket, .. } = &resource.kind else { continue };
            let expected = Value::from(format!("«{bucket}.Id»"));
            assert_eq!(template["Resources"][resource.id.as_str()]["Properties"]["Bucket"], expected);
            let label = snake(resource.id.as_str());
            let block = blocks.iter().find(|block| block.name == ["resource", "aws_s3_bucket_policy", &label]).unwrap();
            assert_eq!(block.body["bucket"], expected);
        }
    }
}

#[test]
fn the_notations_of_a_template_are_the_same_value() {
    for path in profiles() {
        let (_, plan) = accepted(&path);
        let values = NOTATIONS.iter().map(|notation| {
            let [file] = files(&plan, Target::CloudFormation(*notation)).try_into().unwrap();
            readback::cloudformation(&file, &plan)
        });
        let values: Vec<Value> = values.collect();
        assert!(values.windows(2).all(|pair| pair[0] == pair[1]), "{}", below(&path, root()));
    }
}

#[test]
fn rendering_twice_gives_the_same_bytes() {
    for path in profiles() {
        for target in [TargetChoice::CloudFormation(Some(Notation::Yaml)), TargetChoice::CloudFormation(Some(Notation::Minified)), TargetChoice::Terraform] {
            assert_eq!(rendered(&path, &[target]), rendered(&path, &[target]));
        }
    }
}

/// Every file of a directory with its bytes.
fn bytes(dir: &Path) -> BTreeMap<String, Vec<u8>> {
    files_below(dir).iter().map(|path| (below(path, dir), std::fs::read(path).unwrap())).collect()
}

#[test]
fn the_same_profiles_give_the_same_bytes_in_every_process_and_place() {
    let inputs = tempfile::tempdir().unwrap();
    for path in profiles() {
        std::fs::copy(&path, inputs.path().join(path.file_name().unwrap())).unwrap();
    }
    let mut all = Vec::new();
    for (jobs, zone, language, day) in
        [("1", "UTC", "C", "2026-11-23"), ("2", "Asia/Kathmandu", "tr_TR.UTF-8", "2027-01-01"), ("7", "America/St_Johns", "de_DE.UTF-8", "2028-02-29")]
    {
        let (cwd, out) = (tempfile::tempdir().unwrap(), tempfile::tempdir().unwrap());
        let mut command = s3harden(&["render", "--jobs", jobs, "--as-of", day, "-o"]);
        command.arg(out.path()).arg(inputs.path()).current_dir(cwd.path());
        command.env("TZ", zone).env("LANG", language).env("LC_ALL", language).env("HOME", cwd.path()).env("CI", jobs);
        let ran = ran(command.output().unwrap());
        assert_eq!((ran.exit, ran.stdout.as_str()), (0, ""), "{}", ran.stderr);
        assert!(files_below(cwd.path()).is_empty(), "something was written to the working directory");
        all.push(bytes(out.path()));
    }
    assert!(all[0].len() > 3 * profiles().len());
    assert!(all.windows(2).all(|pair| pair[0] == pair[1]));
}
