//! How the policies of a perimeter are put where they hold: commands for the management account and for owners of endpoints.
//!
//! Source: "aws organizations" and "aws ec2", AWS CLI Command Reference; "Amazon S3 policies", AWS Organizations User Guide.

use super::Perimeter;
use crate::diag::Path;
use crate::names::{AccountId, Region};
use crate::plan::{Detached, Step, When};

/// The step for one of the policies.
pub(super) fn step(content: &Detached, perimeter: &Perimeter, home: (&AccountId, &Region), name: &str, path: Path) -> Step {
    match content {
        Detached::Endpoint(_) => endpoints(perimeter, home.1, path),
        Detached::Scp(_) => organization(
            Kind { file: content.path(), policy_type: "SERVICE_CONTROL_POLICY", word: "scp", title: "the service control policy" },
            "it holds for the principals of whole accounts, and not for those of the management account; it takes rights away and gives none",
            home.0,
            name,
            path,
        ),
        Detached::Rcp(_) => organization(
            Kind { file: content.path(), policy_type: "RESOURCE_CONTROL_POLICY", word: "rcp", title: "the resource control policy" },
            "it holds for the buckets of whole accounts, and not for those of the management account; it takes rights away and gives none, and \
             closes buckets that are public or granted to an account outside of `perimeter.except.accounts`",
            home.0,
            name,
            path,
        ),
        Detached::BlockPublicAccess => {
            let mut step = organization(
                Kind { file: content.path(), policy_type: "S3_POLICY", word: "s3-policy", title: "the policy that blocks public access" },
                "it blocks public access for whole accounts, which CloudFormation has no type for; once it is attached, S3 refuses to change \
                 the setting of the account itself, so that it comes after the deployment",
                home.0,
                name,
                path,
            );
            let account = home.0;
            step.verify = vec![format!(
                "aws organizations describe-effective-policy --policy-type S3_POLICY --target-id {account} --query EffectivePolicy.PolicyContent --output text"
            )];
            step.expect = "public_access_block_configuration with the value all".to_owned();
            step
        }
    }
}

/// A policy of an organization.
struct Kind {
    file: &'static str,
    policy_type: &'static str,
    word: &'static str,
    title: &'static str,
}

fn organization(kind: Kind, why: &str, account: &AccountId, name: &str, path: Path) -> Step {
    let Kind { file, policy_type, word, title } = kind;
    Step {
        title: format!("Attach {title} (management account of the organization)"),
        why: format!("{why}. Try it on this account before it goes to an organizational unit or to the root"),
        when: When::After,
        commands: vec![
            "# with credentials of the management account or of a delegated administrator, in the directory of this file".to_owned(),
            "ROOT=$(aws organizations list-roots --query 'Roots[0].Id' --output text)".to_owned(),
            "# an error that says that the type is enabled already is fine".to_owned(),
            format!("aws organizations enable-policy-type --root-id \"$ROOT\" --policy-type {policy_type} || true"),
            format!(
                "POLICY=$(aws organizations create-policy --name {name}-{word} --description 'Rendered by s3harden' --type {policy_type} --content file://{file} --query Policy.PolicySummary.Id --output text)"
            ),
            format!("aws organizations attach-policy --policy-id \"$POLICY\" --target-id {account}"),
            format!("# for a later version: aws organizations update-policy --policy-id \"$POLICY\" --content file://{file}"),
        ],
        verify: vec![format!(
            "aws organizations list-policies-for-target --target-id {account} --filter {policy_type} --query 'Policies[].Name' --output text"
        )],
        expect: format!("{name}-{word}"),
        path,
    }
}

fn endpoints(perimeter: &Perimeter, region: &Region, path: Path) -> Step {
    let listed: Vec<String> = perimeter.networks.vpc_endpoints.iter().map(ToString::to_string).collect();
    let find = format!(
        "ENDPOINTS=$(aws ec2 describe-vpc-endpoints --region {region} --filters Name=service-name,Values=com.amazonaws.{region}.s3 --query 'VpcEndpoints[].VpcEndpointId' --output text)"
    );
    let endpoints = if listed.is_empty() { find } else { format!("ENDPOINTS='{}'", listed.join(" ")) };
    Step {
        title: "Give the VPC endpoints for S3 their policy".to_owned(),
        why: "endpoints belong to whoever made the VPC, often in another account or region, and a template can only set the policy of an endpoint \
              that it makes itself"
            .to_owned(),
        when: When::After,
        commands: vec![
            "# with credentials of the account that owns the endpoints, in the directory of this file; once in each region and account".to_owned(),
            endpoints.clone(),
            format!(
                "for endpoint in $ENDPOINTS; do aws ec2 modify-vpc-endpoint --region {region} --vpc-endpoint-id \"$endpoint\" --policy-document file://perimeter/vpc-endpoint-policy.json; done"
            ),
        ],
        verify: vec![endpoints, format!(
            "for endpoint in $ENDPOINTS; do aws ec2 describe-vpc-endpoints --region {region} --vpc-endpoint-ids \"$endpoint\" --query 'VpcEndpoints[].PolicyDocument' --output text; done"
        )],
        expect: "a policy with AllowOwnToOwn for each endpoint".to_owned(),
        path,
    }
}
