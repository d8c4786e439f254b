//! Buckets of templates as subjects of proofs.
//!
//! In: a bucket of a template, and what is known of its deployment. Out: a [`Subject`], or why there is none. Never: a
//! subject of which a part is left out.

use std::sync::Arc;

use super::{Bucket, Template, unknowns};
use crate::expr::{Attribute, Expr, LogicalId, Part};
use crate::policy::{Document, Family};
use crate::verify::prove::{self, Subject};
use crate::verify::{AccessPoint, Acl, Environment, Kind, Ownership, Policies, Policy};

/// What is known of where a template is deployed.
#[derive(Clone, Debug, Default)]
pub struct Deployment {
    /// The account.
    pub account: Option<String>,
    /// The region.
    pub region: Option<String>,
    /// The partition.
    pub partition: Option<String>,
    /// The name of the bucket, where the template leaves it open.
    pub bucket: Option<String>,
    /// Whether each unknown constant is given a value of its own, unlike any other.
    pub constants: bool,
}

/// The value of its own that an unknown constant is given.
pub fn constant(name: &str) -> String {
    let kept: String = name.chars().map(|c| if c.is_ascii_alphanumeric() || ".:_-".contains(c) { c } else { '-' }).collect();
    format!("<{kept}>")
}

/// The value of its own that an unknown constant of some policies is given: a block of addresses where it is compared with
/// addresses, of those that are for benchmarks (RFC 2544).
pub fn stand_in<'d>(id: &LogicalId, documents: impl IntoIterator<Item = &'d Document>) -> String {
    let conditions = documents.into_iter().flat_map(|document| &document.statements).flat_map(|statement| &statement.condition);
    let compared = conditions.filter(|condition| condition.operator.base.family() == Family::Ip).flat_map(|condition| &condition.values);
    if !compared.flat_map(Expr::parameters).any(|one| one == id) {
        return constant(id.as_str());
    }
    let hash = id.as_str().bytes().fold(0_u16, |hash, byte| hash.wrapping_mul(31).wrapping_add(byte.into()));
    format!("198.{}.{}.0/24", 18 + (hash >> 8) % 2, hash % 256)
}

impl Template {
    /// The name that the deployment gives to the one bucket whose name is left open.
    fn name(&self, deployment: &Deployment) -> Option<String> {
        let open = self.buckets.iter().filter(|bucket| bucket.name.as_text().is_none()).count();
        deployment.bucket.clone().filter(|_| open == 1)
    }

    /// The name of a bucket, where it is known.
    pub fn name_of(&self, bucket: &Bucket, deployment: &Deployment) -> Option<String> {
        bucket.name.as_text().map(str::to_owned).or_else(|| self.name(deployment))
    }

    /// What the parts of expressions become.
    pub fn environment(&self, deployment: &Deployment) -> Environment {
        let mut environment = Environment::default();
        let account = deployment.account.clone().or_else(|| self.account.clone());
        environment.account = account.unwrap_or(environment.account);
        let region = deployment.region.clone().or_else(|| self.region.clone());
        environment.region = region.unwrap_or(environment.region);
        let partition = deployment.partition.clone().unwrap_or_else(|| match environment.region.as_str() {
            region if region.starts_with("cn-") => "aws-cn".to_owned(),
            region if region.starts_with("us-gov-") => "aws-us-gov".to_owned(),
            _ => "aws".to_owned(),
        });
        if partition == "aws-cn" {
            environment.url_suffix = "amazonaws.com.cn".to_owned();
        }
        environment.partition = partition;
        let name = self.name(deployment);
        for resource in &self.resources {
            let at = self.resources.iter().filter(|one| one.kind == resource.kind).take_while(|one| one.id != resource.id).count();
            let id = LogicalId::named(resource.id.as_str());
            let own = resource.id.to_ascii_lowercase().replace(|c: char| !c.is_ascii_alphanumeric(), "-");
            // Names that AWS makes up are nobody else's.
            let own = format!("{own}-{at}-of-this-stack");
            let made_up = match resource.kind.as_str() {
                "AWS::S3::Bucket" | "aws_s3_bucket" => name.clone().unwrap_or(own),
                "AWS::KMS::Key" => format!("00000000-0000-0000-0000-{at:012}"),
                "AWS::EC2::VPCEndpoint" => format!("vpce-{at:017x}"),
                "AWS::EC2::VPC" => format!("vpc-{at:017x}"),
                "AWS::S3::AccessPoint" => own,
                "AWS::IAM::Role" | "AWS::IAM::User" => format!("{}-of-this-stack", resource.id),
                "AWS::CloudFront::Distribution" => format!("E{at:013}"),
                _ => continue,
            };
            environment.refer(id, Attribute::Id, made_up);
        }
        // A name of a bucket is a name, whatever it is.
        for bucket in &self.buckets {
            for id in unknowns(&bucket.name) {
                let own = id.as_str().to_ascii_lowercase().replace(|c: char| !c.is_ascii_alphanumeric(), "-");
                let given = name.clone().filter(|_| bucket.name.parts().len() == 1);
                environment.set(id.clone(), given.unwrap_or(own));
            }
        }
        if deployment.constants {
            for bucket in &self.buckets {
                for id in bucket.unknowns() {
                    environment.set(id.clone(), bucket.stand_in(id));
                }
            }
        }
        environment
    }
}

impl Bucket {
    /// The constants in what decides about access, beside those in the bucket's name.
    pub fn unknowns(&self) -> impl Iterator<Item = &LogicalId> {
        let documents = self.documents().flat_map(Document::expressions);
        let points = self.points.iter().flat_map(|point| [&point.arn].into_iter().chain(&point.vpc));
        let own = |id: &&LogicalId| !self.name.parts().contains(&Part::Parameter((*id).clone()));
        documents.chain(points).flat_map(unknowns).filter(own)
    }

    /// The value of its own that a constant is given.
    pub fn stand_in(&self, id: &LogicalId) -> String {
        stand_in(id, self.documents())
    }

    /// Every expression of its policies.
    pub fn expressions(&self) -> impl Iterator<Item = &Expr> {
        self.documents().flat_map(Document::expressions)
    }

    fn documents(&self) -> impl Iterator<Item = &Document> {
        let points = self.points.iter().filter_map(|point| point.policy.as_ref());
        self.policy.iter().chain(points).filter_map(|policy| policy.document.as_ref().ok())
    }

    /// The bucket as something to prove about; what is not told is owner-enforced and blocks nothing.
    pub fn subject(&self, environment: &Environment) -> Result<Subject, String> {
        if let Some(why) = self.unread.first() {
            return Err(why.clone());
        }
        let read = |policy: &Option<super::Policy>| match policy {
            None => Ok(None),
            Some(policy) => match &policy.document {
                Ok(document) => Ok(Some(document.clone())),
                Err(why) => Err(format!("the policy of `{}` cannot be read: {why}", policy.resource)),
            },
        };
        let document = read(&self.policy)?;
        let name = environment.text(&self.name).ok_or_else(|| "its name is known only after the deployment".to_owned())?;
        let mut points = Vec::new();
        for point in &self.points {
            let open = || format!("the ARN of `{}` is known only after the deployment", point.resource);
            let arn = environment.text(&point.arn).ok_or_else(open)?.into_owned();
            let policy = read(&point.policy)?;
            let layer = AccessPoint {
                policy: policy.map(|policy| Arc::new(Policy::compile(&policy, Kind::AccessPoint, environment))),
                from_vpc: point.vpc.is_some(),
                vpc: point.vpc.as_ref().and_then(|vpc| environment.text(vpc)).map(Into::into),
                block: point.block,
            };
            points.push((arn, layer));
        }
        let policies = Policies {
            resource: document.as_ref().map(|document| Arc::new(Policy::compile(document, Kind::Bucket, environment))),
            assume_identity: true,
            block: self.block.unwrap_or_default(),
            ownership: Some(self.ownership.unwrap_or(Ownership::Enforced)),
            bucket_acl: Some(Acl { owner: None, grants: self.acl.clone() }),
            ..Policies::default()
        };
        Ok(Subject {
            bucket: format!("arn:{}:s3:::{name}", environment.partition),
            account: environment.account.clone(),
            partition: environment.partition.clone(),
            policies,
            called_public: document.as_ref().and_then(|document| prove::called_public(document, environment)),
            document,
            points,
        })
    }
}
