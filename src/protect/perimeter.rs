//! The perimeter: whose principals, whose buckets and which networks an organization trusts, as policies of the
//! organization and of its VPC endpoints.
//!
//! In: the section `perimeter` of an account profile. Out: policies that stand in files of their own, and a step for each, since
//! they belong to the organization's management account and to the owners of endpoints. Never: a permission; a service or
//! resource control policy only takes, and the policy of an endpoint bounds what passes it.
//!
//! Source: aws-samples/data-perimeter-policy-examples (March 2026), `identity_perimeter_rcp.json`,
//! `network_perimeter_*_rcp.json`, `resource_perimeter_scp.json`, `network_perimeter_*_scp.json`, `s3_endpoint_policy.json`;
//! "Service control policies", "Resource control policies", AWS Organizations User Guide.

use serde::{Deserialize, Serialize};

use super::networks::Networks;
use super::principal::{Identity, OrganizationId};
use super::{Draft, Meta};
use crate::expr::Expr;
use crate::names::{AccountId, Region};
use crate::path;
use crate::plan::{Detached, DetachedPolicy};
use crate::policy::{Base, Condition, Document, Effect, Element, Key, Statement};

mod owned;
mod steps;

pub use owned::regions_named;

/// What is known about this protection.
pub const META: Meta = Meta {
    id: "perimeter",
    title: "the perimeter of the organization",
    risk: "one wrong bucket policy or one stolen key is enough to carry data out of the organization, or to somebody else's bucket",
    statements: &[
        (
            "DenyOutsiders",
            "Resource control policy: denies whoever is not of the organization, callers without credentials included, whatever the policy of a bucket \
             says. `IfExists` catches who has no organization. AWS services are left to the next statement; accounts of partners stand in \
             `perimeter.except.accounts`. It closes public buckets and origin access identities of CloudFront.",
        ),
        (
            "DenyServicesForOthers",
            "Resource control policy: denies AWS services that act for a resource of another organization (the confused deputy). The `Null` leaves \
             calls alone that say no source at all, such as those of services that know no `aws:SourceAccount`.",
        ),
        (
            "DenyUnlistedNetworks",
            "Denies what comes from none of `perimeter.networks`: in the service control policy for the organization's own principals wherever the bucket \
             is, in the resource control policy for its buckets whoever calls. Without VPCs and endpoints on the list, every endpoint of the \
             organization is a listed network. Services, what they do for a caller, the roles by which EC2 mounts encrypted volumes and \
             `perimeter.except` are left alone. (In the policy of a bucket the statement of this name comes from `network`.)",
        ),
        (
            "DenyResourcesOfOthers",
            "Service control policy: denies the organization's principals everything in buckets of others, so that a stolen role cannot copy data to a \
             bucket of the thief's. Buckets that AWS's services own and that workloads read with their own credentials are left out by name, those of \
             partners by `perimeter.except.accounts`.",
        ),
        (
            "AllowOwnToOwn",
            "Policy of VPC endpoints: the organization's principals reach the organization's buckets. Credentials or buckets of others do not pass, so that \
             nobody inside of the network carries data out with an account of their own.",
        ),
        (
            "AllowServices",
            "Policy of VPC endpoints: AWS services pass, among them presigned URLs that a service hands out, such as those of image layers and of answers to \
             CloudFormation.",
        ),
        (
            "AllowOwnedByServices",
            "Policy of VPC endpoints: repositories of packages, agents, patch baselines and layers of images are read from buckets that AWS's services own, often \
             without credentials. Names are those of `perimeter.regions`, and none has a wildcard.",
        ),
        ("AllowPartners", "Policy of VPC endpoints: the organization's principals reach the buckets of `perimeter.except.accounts`."),
    ],
};

/// The policies that hold a perimeter.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(test, derive(schemars::JsonSchema), schemars(inline))]
#[serde(rename_all = "kebab-case")]
pub enum Output {
    /// The policy of VPC endpoints for S3.
    VpcEndpointPolicy,
    /// A service control policy: what principals of the organization may reach, and from where.
    Scp,
    /// A resource control policy: who may reach buckets of the organization, and from where.
    Rcp,
    /// A policy of the type `S3_POLICY`: Block Public Access for whole accounts, which their administrators cannot lift.
    S3Policy,
}

/// Whom a perimeter leaves alone.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
#[serde(deny_unknown_fields)]
pub struct Except {
    /// Accounts of partners: their principals reach buckets of the organization from their own networks, and principals of the
    /// organization theirs. Accounts by which AWS delivers logs of load balancers in older regions belong here too.
    #[serde(default)]
    pub accounts: Vec<AccountId>,
    /// Principals that come from anywhere: roles of replication, and whoever puts a wrong policy right. A `role` or `user` is
    /// meant in every account of the organization.
    #[serde(default)]
    pub principals: Vec<Identity>,
}

/// Whose principals, whose buckets and which networks are trusted.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
#[serde(deny_unknown_fields)]
pub struct Perimeter {
    /// The organization.
    pub organization: OrganizationId,
    /// Networks that requests come from; without them, from anywhere. Where neither VPCs nor endpoints are listed, every VPC
    /// endpoint of the organization is.
    #[serde(default)]
    pub networks: Networks,
    /// The policies that are written, each to a file below `perimeter/`.
    #[cfg_attr(test, schemars(length(min = 1), extend("uniqueItems" = true)))]
    #[serde(default = "usual")]
    pub outputs: Vec<Output>,
    /// Regions whose buckets of AWS's services workloads read; without it the profile's own.
    #[serde(default)]
    #[cfg_attr(test, schemars(extend("uniqueItems" = true)))]
    pub regions: Vec<Region>,
    /// Whom it leaves alone.
    #[serde(default)]
    pub except: Except,
}

fn usual() -> Vec<Output> {
    vec![Output::VpcEndpointPolicy, Output::Scp, Output::Rcp]
}

/// The role in whose name EC2 works with encrypted volumes, from networks of its own.
const EC2: &str = "role/aws:ec2-infrastructure";

impl Perimeter {
    /// Whether one of the policies names buckets of AWS's services.
    pub fn names_owned_buckets(&self) -> bool {
        self.outputs.iter().any(|output| matches!(output, Output::VpcEndpointPolicy | Output::Scp))
    }

    /// The policies, each with its reason; and a step for each.
    pub fn lower(&self, home: (&AccountId, &Region), name: &str, whole: &mut Draft) -> Vec<DetachedPolicy> {
        let mut policies = Vec::new();
        for (at, output) in self.outputs.iter().enumerate() {
            let path = path!["perimeter", "outputs", at];
            let content = self.content(*output, home.1);
            let reason = match output {
                Output::VpcEndpointPolicy => "bounds what passes the VPC endpoints",
                Output::Scp => "bounds what principals of the organization reach, and from where",
                Output::Rcp => "bounds who reaches buckets of the organization, and from where",
                Output::S3Policy => "blocks public access for whole accounts",
            };
            let origin = whole.origin(&META, path.clone(), reason);
            whole.claim_setting(&META, path.clone(), "policy of the organization", content.path());
            whole.steps.push(steps::step(&content, self, home, name, path));
            policies.push(DetachedPolicy { content, origin });
        }
        policies
    }

    /// What one of the policies says; `home` is the region of the profile.
    pub fn content(&self, output: Output, home: &Region) -> Detached {
        match output {
            Output::VpcEndpointPolicy => Detached::Endpoint(self.endpoint(home)),
            Output::Scp => Detached::Scp(self.scp(home)),
            Output::Rcp => Detached::Rcp(self.rcp(home)),
            Output::S3Policy => Detached::BlockPublicAccess,
        }
    }

    fn regions<'r>(&'r self, home: &'r Region) -> &'r [Region] {
        if self.regions.is_empty() { std::slice::from_ref(home) } else { &self.regions }
    }

    fn organization(&self) -> String {
        self.organization.to_string()
    }

    /// A condition that partners meet not, where there are any.
    fn but_partners(&self, key: Key) -> Option<Condition> {
        let accounts = self.except.accounts.iter().map(ToString::to_string);
        (!self.except.accounts.is_empty()).then(|| Condition::new(Base::StringNotEquals.if_exists(), key, accounts))
    }

    /// Conditions that hold together for what comes from no listed network.
    fn unlisted(&self, partition: &str) -> Vec<Condition> {
        let mut conditions: Vec<Condition> = self.networks.none_of();
        conditions.iter_mut().for_each(|condition| condition.operator = condition.operator.base.if_exists());
        if self.networks.vpcs.is_empty() && self.networks.vpc_endpoints.is_empty() {
            conditions.push(Condition::one(Base::StringNotEquals.if_exists(), Key::VpceOrgID, self.organization()));
        }
        conditions.push(Condition::one(Base::Bool.if_exists(), Key::ViaAWSService, "false"));
        let everywhere = Expr::text("*");
        let named = self.except.principals.iter().map(|identity| identity.pattern(&everywhere));
        // The file belongs to no deployment that would know its partition.
        let named = named.map(|pattern| pattern.resolve(|_| partition.into()).into_owned());
        let spared = std::iter::once(format!("arn:{partition}:iam::*:{EC2}")).chain(named);
        conditions.push(Condition::new(Base::ArnNotLike.if_exists(), Key::PrincipalArn, spared));
        conditions
    }

    fn rcp(&self, home: &Region) -> Document {
        let deny = |sid| Statement::new(Effect::Deny, sid).actions(["s3:*"]).on(["*".into()]);
        let no_service = || Condition::one(Base::Bool.if_exists(), Key::PrincipalIsAWSService, "false");
        let mut statements = vec![
            with(
                deny("DenyOutsiders").when(Condition::one(Base::StringNotEquals.if_exists(), Key::PrincipalOrgID, self.organization())),
                self.but_partners(Key::PrincipalAccount),
            )
            .when(no_service()),
            with(
                deny("DenyServicesForOthers").when(Condition::one(
                    Base::StringNotEquals.if_exists(),
                    Key::SourceOrgID,
                    self.organization(),
                )),
                self.but_partners(Key::SourceAccount),
            )
            .when(Condition::one(Base::Null, Key::SourceAccount, "false"))
            .when(Condition::one(Base::Bool, Key::PrincipalIsAWSService, "true")),
        ];
        if !self.networks.is_empty() {
            let conditions = self.unlisted(home.partition().id).into_iter().chain(self.but_partners(Key::PrincipalAccount));
            statements.push(conditions.fold(deny("DenyUnlistedNetworks"), Statement::when).when(no_service()));
        }
        self.document(statements, "rcp")
    }

    fn scp(&self, home: &Region) -> Document {
        let partition = home.partition().id;
        let deny = |sid| Statement { principal: None, ..Statement::new(Effect::Deny, sid).actions(["s3:*"]) };
        let others = Condition::one(Base::StringNotEquals.if_exists(), Key::ResourceOrgID, self.organization());
        let owned = owned::arns(partition, self.regions(home), true).into_iter().map(Expr::from).collect();
        let outside = Statement { resource: Some(Element::Not(owned)), ..deny("DenyResourcesOfOthers").when(others) };
        let mut statements = vec![with(outside, self.but_partners(Key::ResourceAccount))];
        if !self.networks.is_empty() {
            let conditions = self.unlisted(partition).into_iter();
            statements.push(conditions.fold(deny("DenyUnlistedNetworks").on(["*".into()]), Statement::when));
        }
        self.document(statements, "scp")
    }

    fn endpoint(&self, home: &Region) -> Document {
        let allow = |sid| Statement::new(Effect::Allow, sid).actions(["s3:*"]).on(["*".into()]);
        let own = || Condition::one(Base::StringEquals, Key::PrincipalOrgID, self.organization());
        let owned = owned::arns(home.partition().id, self.regions(home), false).into_iter().map(Expr::from);
        let mut statements = vec![
            allow("AllowOwnToOwn").when(own()).when(Condition::one(Base::StringEquals, Key::ResourceOrgID, self.organization())),
            allow("AllowServices").when(Condition::one(Base::Bool, Key::PrincipalIsAWSService, "true")),
            allow("AllowOwnedByServices").actions(["s3:GetObject", "s3:ListBucket"]).on(owned),
        ];
        if !self.except.accounts.is_empty() {
            let accounts = self.except.accounts.iter().map(ToString::to_string);
            let theirs = Condition::new(Base::StringEquals, Key::ResourceAccount, accounts);
            statements.push(allow("AllowPartners").when(own()).when(theirs));
        }
        self.document(statements, "vpc-endpoint-policy")
    }

    fn document(&self, statements: Vec<Statement>, word: &'static str) -> Document {
        let place = |sid: &str| match sid {
            "DenyUnlistedNetworks" => path!["perimeter", "networks"],
            "AllowPartners" => path!["perimeter", "except", "accounts"],
            _ => path!["perimeter", "organization"],
        };
        let because = |statement: Statement| {
            let path = place(statement.sid.as_deref().unwrap_or_default());
            statement.because(crate::policy::Origin { path, protection: META.id, reason: word.into() })
        };
        Document { statements: statements.into_iter().map(because).collect(), ..Document::default() }
    }
}

fn with(statement: Statement, condition: Option<Condition>) -> Statement {
    condition.into_iter().fold(statement, Statement::when)
}
