//! The buckets that AWS's services own and that workloads read: AMI repositories, agents, patches, layers of images.
//!
//! Source: `service_owned_resources.md`, `s3_endpoint_policy.json` and `resource_perimeter_scp.json` of
//! aws-samples/data-perimeter-policy-examples (March 2026), for the partition `aws`. Names hold the region, and none has a
//! wildcard: whoever makes a bucket whose name fits one would be let through. Those with an id that only a user of the
//! service knows (AWS Glue Studio, CloudWatch Synthetics, Service Catalog, Data Exchange, CodeArtifact, Cloud9, Amazon Q)
//! are not among them.

use crate::names::Region;

/// A bucket of a service.
#[derive(Clone, Copy, Debug)]
pub(super) struct Owned {
    /// Its name: `{region}` stands for the region, `{flat}` for the region without hyphens.
    name: &'static str,
    /// The keys of the objects that are read.
    keys: &'static str,
    /// Whether it is listed too.
    listed: bool,
    /// Whether it is read with credentials of the account, which a service control policy is about. What is read without
    /// any, or by a URL that a service signed, passes VPC endpoints only.
    with_credentials: bool,
}

const fn endpoint(name: &'static str) -> Owned {
    Owned { name, keys: "*", listed: false, with_credentials: false }
}

const fn signed(name: &'static str) -> Owned {
    Owned { name, keys: "*", listed: false, with_credentials: true }
}

const fn listed(name: &'static str) -> Owned {
    Owned { name, keys: "*", listed: true, with_credentials: true }
}

const ALL: &[Owned] = &[
    // Amazon Linux: repositories of packages, and patches of its kernels.
    endpoint("packages.{region}.amazonaws.com"),
    endpoint("repo.{region}.amazonaws.com"),
    endpoint("amazonlinux.{region}.amazonaws.com"),
    endpoint("amazonlinux-2-repos-{region}"),
    endpoint("al2023-repos-{region}-de612dc2"),
    endpoint("al2023-{region}"),
    // Amazon EMR.
    endpoint("repo.{region}.emr.amazonaws.com"),
    endpoint("prod.{region}.appinfo.src"),
    // AWS Systems Manager: the agent, its packages, patch baselines.
    endpoint("aws-ssm-{region}"),
    endpoint("aws-windows-downloads-{region}"),
    endpoint("amazon-ssm-{region}"),
    endpoint("amazon-ssm-packages-{region}"),
    endpoint("{region}-birdwatcher-prod"),
    endpoint("aws-ssm-distributor-file-{region}"),
    endpoint("aws-ssm-document-attachments-{region}"),
    endpoint("patch-baseline-snapshot-{region}"),
    endpoint("aws-patchmanager-macos-{region}"),
    signed("session-manager-downloads"),
    signed("ssm-document-categories"),
    // Agents of Amazon CloudWatch and AWS CodeDeploy.
    endpoint("amazoncloudwatch-agent-{region}"),
    endpoint("amazoncloudwatch-agent"),
    endpoint("aws-codedeploy-{region}"),
    // EC2 Image Builder.
    endpoint("ec2imagebuilder-toe-{region}-prod"),
    Owned { keys: "components/*", ..endpoint("ec2imagebuilder-managed-resources-{region}-prod") },
    // Layers of images in Amazon ECR, and packages of AWS Lambda functions.
    endpoint("prod-{region}-starport-layer-bucket"),
    endpoint("prod-04-2014-tasks"),
    endpoint("awslambda-{region}-tasks"),
    // AWS Application Migration Service and AWS Elastic Disaster Recovery.
    endpoint("aws-mgn-clients-{region}"),
    endpoint("aws-mgn-clients-hashes-{region}"),
    endpoint("aws-mgn-internal-{region}"),
    endpoint("aws-mgn-internal-hashes-{region}"),
    endpoint("aws-application-migration-service-{region}"),
    endpoint("aws-application-migration-service-hashes-{region}"),
    endpoint("aws-drs-clients-{region}"),
    endpoint("aws-drs-clients-hashes-{region}"),
    endpoint("aws-drs-internal-{region}"),
    endpoint("aws-drs-internal-hashes-{region}"),
    endpoint("aws-elastic-disaster-recovery-{region}"),
    endpoint("aws-elastic-disaster-recovery-hashes-{region}"),
    // AWS CloudFormation: what custom resources and wait conditions answer, by URLs that the service signed; helper scripts.
    endpoint("cloudformation-waitcondition-{region}"),
    endpoint("cloudformation-custom-resource-response-{flat}"),
    signed("cloudformation-examples"),
    // AWS Certificate Manager for Nitro Enclaves.
    endpoint("aws-ec2-enclave-certificate-{region}-prod"),
    // AWS Elastic Beanstalk.
    signed("elasticbeanstalk-samples-{region}"),
    signed("elasticbeanstalk-platform-assets-{region}"),
    signed("elasticbeanstalk-env-resources-{region}"),
    signed("elasticbeanstalk-{region}"),
    // Models, notebooks and sample data of Amazon SageMaker, Amazon Neptune and Amazon Athena.
    listed("jumpstart-cache-prod-{region}"),
    listed("aws-neptune-notebook"),
    listed("aws-neptune-notebook-{region}"),
    listed("athena-examples-{region}"),
    // Drivers of the AWS Schema Conversion Tool, agents for SAP, and the command line.
    signed("awssupportdatasvcs.com"),
    signed("redshift-downloads"),
    signed("aws-sap-data-provider"),
    signed("aws-sap-dataprovider-{region}"),
    signed("awssap-backint-agent"),
    endpoint("aws-cli"),
];

/// The ARNs of what is read there in the regions: objects, and buckets that are listed.
pub(super) fn arns(partition: &str, regions: &[Region], only_with_credentials: bool) -> Vec<String> {
    let wanted = ALL.iter().filter(|owned| owned.with_credentials || !only_with_credentials);
    let mut arns: Vec<String> = Vec::new();
    for owned in wanted {
        let everywhere = !owned.name.contains('{');
        for region in regions.iter().take(if everywhere { 1 } else { regions.len() }) {
            let name = owned.name.replace("{region}", region.as_str()).replace("{flat}", &region.as_str().replace('-', ""));
            arns.extend(owned.listed.then(|| format!("arn:{partition}:s3:::{name}")));
            arns.push(format!("arn:{partition}:s3:::{name}/{}", owned.keys));
        }
    }
    arns
}

/// The regions in ARNs of such buckets, in the order in which they come first.
pub fn regions_named<'a>(arns: impl IntoIterator<Item = &'a str>) -> Vec<Region> {
    let mut regions: Vec<Region> = Vec::new();
    for name in arns.into_iter().filter_map(|arn| arn.split_once(":s3:::")?.1.split('/').next()) {
        let within = |owned: &Owned| {
            let (before, behind) = owned.name.split_once("{region}")?;
            name.strip_prefix(before)?.strip_suffix(behind)?.parse::<Region>().ok()
        };
        regions.extend(ALL.iter().find_map(within).filter(|region| !regions.contains(region)));
    }
    regions
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn regions_come_back_from_names() {
        let wanted: Vec<Region> = ["us-east-1", "eu-west-1", "ap-southeast-2"].iter().map(|region| region.parse().unwrap()).collect();
        for only_with_credentials in [false, true] {
            let arns = arns("aws", &wanted, only_with_credentials);
            assert_eq!(regions_named(arns.iter().map(String::as_str)), wanted);
        }
        assert_eq!(regions_named(["arn:aws:s3:::acme-eu-west-1/*", "arn:aws:s3:::aws-cli/*", "aws-ssm-eu-west-1", "*"]), []);
    }

    #[test]
    fn names_hold_the_region_and_never_a_wildcard() {
        let regions: Vec<Region> = ["eu-west-1", "us-east-1"].iter().map(|region| region.parse().unwrap()).collect();
        let arns = arns("aws", &regions, false);
        for arn in &arns {
            let (bucket, keys) = arn.strip_prefix("arn:aws:s3:::").unwrap().split_once('/').unwrap_or((arn, "*"));
            assert!(!bucket.contains(['*', '?', '{', '$']) && keys.ends_with('*'), "{arn}");
        }
        let mut distinct = arns.clone();
        distinct.sort();
        distinct.dedup();
        assert_eq!(distinct.len(), arns.len());
        for name in ["prod-us-east-1-starport-layer-bucket/*", "cloudformation-custom-resource-response-euwest1/*", "aws-cli/*"] {
            assert!(arns.iter().any(|arn| arn.ends_with(name)), "{name}");
        }
    }
}
