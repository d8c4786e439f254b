//! What a target has no resource for, at all or in the region of the profile: it is left out of the target's files, a
//! finding says so, and a step of the runbook does it.
//!
//! Source: the schemas of resource types that CloudFormation publishes for each region, as packaged by cfn-lint 1.51.0.

use serde_json::json;

use super::{Gap, Notation, Provider, Target};
use crate::diag::Code;
use crate::path;
use crate::plan::{Analyzer, Kind, Plan, PublicAccessBlock, Remediation, Resource, Step, When, shell_word};

/// Regions whose CloudFormation has no `AWS::Config::RemediationConfiguration`.
const NO_REMEDIATION: &[&str] = &[
    "af-south-1",
    "ap-east-1",
    "ap-east-2",
    "ap-south-2",
    "ap-southeast-3",
    "ap-southeast-4",
    "ap-southeast-5",
    "ap-southeast-6",
    "ap-southeast-7",
    "ca-central-1",
    "ca-west-1",
    "cn-northwest-1",
    "eu-central-2",
    "eu-north-1",
    "eu-south-1",
    "eu-south-2",
    "il-central-1",
    "mx-central-1",
    "us-gov-east-1",
    "us-gov-west-1",
];

mod macie;

/// The regions whose CloudFormation has no such type, though others have.
pub(super) const fn without(kind: &Kind) -> &'static [&'static str] {
    match kind {
        Kind::Remediation(_) => NO_REMEDIATION,
        Kind::CustomIdentifier(_) => macie::NO_IDENTIFIERS,
        Kind::AllowList(_) => macie::NO_ALLOW_LISTS,
        _ => &[],
    }
}

/// Whether the target has a resource for it.
pub(super) fn expresses(plan: &Plan, resource: &Resource, target: Target) -> bool {
    let here = |regions: &[&str]| plan.region.as_ref().is_some_and(|region| regions.contains(&region.as_str()));
    // A stack set makes stacks of CloudFormation.
    let target = if target == Target::StackSet { Target::CloudFormation(Notation::Minified) } else { target };
    match (target, &resource.kind) {
        (Target::CloudFormation(_), kind) if !without(kind).is_empty() => !here(without(kind)),
        // There is no type for them in any region ("Amazon Macie resource type reference", AWS CloudFormation Template Reference).
        (Target::CloudFormation(_), Kind::ClassificationJob(_) | Kind::ResultsExport(_)) => false,
        // Neither generation of the provider has lists, and so its jobs cannot know any.
        (Target::Terraform(_), Kind::AllowList(_)) => false,
        (Target::Terraform(_), Kind::ClassificationJob(job)) => job.allow_lists.is_empty(),
        // There is no type for it in any region ("AWS::S3", AWS CloudFormation Template Reference).
        (Target::CloudFormation(_), Kind::AccountBlock(_)) => false,
        // Provider 5.100 knows the other types only.
        (Target::Terraform(Provider::V5), Kind::Analyzer(analyzer)) => analyzer.inside.is_empty(),
        _ => true,
    }
}

/// The steps for what the target has no resource for.
pub(super) fn gaps(plan: &Plan, target: Target) -> Vec<Gap> {
    let lacking = plan.resources.iter().filter(|resource| !expresses(plan, resource, target));
    lacking
        .filter_map(|resource| match &resource.kind {
            Kind::Remediation(remediation) => Some(put_remediation(remediation, plan)),
            Kind::Analyzer(analyzer) => Some(create_analyzer(analyzer, plan)),
            Kind::AccountBlock(block) => Some(block_account(*block)),
            Kind::CustomIdentifier(identifier) => Some(macie::create_identifier(identifier, plan)),
            Kind::AllowList(list) => Some(macie::create_list(list, plan, target)),
            Kind::ClassificationJob(job) => Some(macie::create_job(job, target)),
            Kind::ResultsExport(export) => Some(macie::put_export(export)),
            _ => None,
        })
        .collect()
}

fn put_remediation(remediation: &Remediation, plan: &Plan) -> Gap {
    let kind = |id| plan.resource(id).map(|resource| &resource.kind);
    let rule = if let Some(Kind::ConfigRule(rule)) = kind(&remediation.rule) { rule.name.as_str() } else { "" };
    let document = if let Some(Kind::Automation(automation)) = kind(&remediation.automation) { automation.name.as_str() } else { "" };
    let role = plan.resources.iter().find(|resource| resource.reference(crate::expr::Attribute::Arn) == remediation.role);
    let role = role.map_or("", |role| if let Kind::Role(role) = &role.kind { role.name.as_str() } else { "" });
    let region = plan.region.as_ref().map(ToString::to_string).unwrap_or_default();
    let configuration = json!([{
        "ConfigRuleName": rule,
        "TargetType": "SSM_DOCUMENT",
        "TargetId": document,
        "ResourceType": "AWS::S3::Bucket",
        "Automatic": true,
        "MaximumAutomaticAttempts": 3,
        "RetryAttemptSeconds": 60,
        "Parameters": {
            "AutomationAssumeRole": { "StaticValue": { "Values": [ROLE_VARIABLE] } },
            "BucketName": { "ResourceValue": { "Value": "RESOURCE_ID" } },
        },
    }]);
    // The variable stands outside of the single quotes, or the shell would not fill it in.
    let configuration = configuration.to_string().replace(ROLE_VARIABLE, "'\"$ROLE_ARN\"'");
    let path = path!["monitoring", "config", "remediate"];
    let find = format!("aws configservice describe-remediation-configurations --region {region} --config-rule-names {}", shell_word(rule));
    Gap {
        code: Code::DoneByHand,
        message: format!("CloudFormation has no resource in `{region}` that puts back what `{rule}` finds changed"),
        path: path.clone(),
        step: Some(Step {
            title: format!("Let {document} follow {rule} (CloudFormation)"),
            why: format!("AWS::Config::RemediationConfiguration does not exist in {region}"),
            when: When::After,
            commands: vec![
                format!("ROLE_ARN=$(aws iam get-role --role-name {} --query Role.Arn --output text)", shell_word(role)),
                format!(
                    "aws configservice put-remediation-configurations --region {region} --remediation-configurations '{configuration}'"
                ),
            ],
            verify: vec![format!("{find} --query 'RemediationConfigurations[].TargetId' --output text")],
            expect: document.to_owned(),
            path,
        }),
    }
}

fn block_account(block: PublicAccessBlock) -> Gap {
    let switches = [
        ("BlockPublicAcls", block.block_public_acls),
        ("IgnorePublicAcls", block.ignore_public_acls),
        ("BlockPublicPolicy", block.block_public_policy),
        ("RestrictPublicBuckets", block.restrict_public_buckets),
    ];
    let all: Vec<String> = switches.iter().map(|(name, on)| format!("{name}={on}")).collect();
    let path = path!["public_access", "block"];
    Gap {
        code: Code::DoneByHand,
        message: "CloudFormation has no resource for the Block Public Access of an account".to_owned(),
        path: path.clone(),
        step: Some(Step {
            title: "Block public access for the account (CloudFormation)".to_owned(),
            why: "no type of CloudFormation sets it; it holds for every bucket and access point of the account, those too that others make"
                .to_owned(),
            when: When::After,
            commands: vec![
                "ACCOUNT=$(aws sts get-caller-identity --query Account --output text)".to_owned(),
                format!(
                    "aws s3control put-public-access-block --account-id \"$ACCOUNT\" --public-access-block-configuration {}",
                    all.join(",")
                ),
            ],
            verify: vec![
                "aws s3control get-public-access-block --account-id \"$ACCOUNT\" --query PublicAccessBlockConfiguration --output json"
                    .to_owned(),
            ],
            expect: all.join(", "),
            path,
        }),
    }
}

/// Stands for the ARN of a role that the shell looks up; no role is called so.
const ROLE_VARIABLE: &str = "@ROLE_ARN@";

fn create_analyzer(analyzer: &Analyzer, plan: &Plan) -> Gap {
    let partition = plan.region.as_ref().map_or("aws", |region| region.partition().id);
    let arns: Vec<_> = analyzer.inside.iter().map(|arn| arn.resolve(|_| partition.into()).into_owned()).collect();
    let configuration = json!({ "internalAccess": { "analysisRule": { "inclusions": [{ "resourceArns": arns }] } } });
    let (name, kind) = (analyzer.name, analyzer.kind);
    let path = path!["monitoring", "access_analyzer", "kinds"];
    Gap {
        code: Code::DoneByHand,
        message: "generation 5 of Terraform's AWS provider has no analyzer for access from within".to_owned(),
        path: path.clone(),
        step: Some(Step {
            title: format!("Make the analyzer {name} (Terraform with provider 5)"),
            why: "the provider knows the type since generation 6".to_owned(),
            when: When::After,
            commands: vec![format!(
                "aws accessanalyzer create-analyzer --analyzer-name {name} --type {kind} --configuration '{configuration}'"
            )],
            verify: vec![format!("aws accessanalyzer get-analyzer --analyzer-name {name} --query analyzer.status --output text")],
            expect: "ACTIVE".to_owned(),
            path,
        }),
    }
}
