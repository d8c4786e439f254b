//! Access tests: what a plan's policies decide on the requests that somebody wrote down.
//!
//! In: a plan and requests in the words of a profile. Out: a [`Trial`] each, with the way to the decision. What a
//! profile cannot know is assumed as [`ASSUMED`] says, and printed wherever a decision is.

use std::cell::OnceCell;
use std::sync::Arc;

use super::model::{Call, Path};
use super::{
    Acl, Caller, Decision, Environment, Grantee, Kind, Layer, Ownership, Permission, Policies, Policy, PublicAccessBlock, StatementId,
    Trace,
};
use crate::claim::{AccessRequest, Which};
use crate::expr::{Attribute, LogicalId};
use crate::names::Region;
use crate::plan::{self, Plan};
use crate::policy::{Actions, Document, Effect, Element, Key, Principal, Principals, Statement};

/// What is taken for granted in every decision on a plan.
pub const ASSUMED: &[&str] = &[
    "a caller from another account holds its own account's permission",
    "a caller from the bucket's account holds only what the profile grants, unless `identity_allows`",
    "there is no service or resource control policy",
    "permissions on KMS keys hold",
];

/// A bucket of a plan with everything that has a say about it.
#[derive(Debug)]
struct Stage<'p> {
    id: LogicalId,
    arn: String,
    document: Option<&'p Document>,
    bucket: &'p plan::Bucket,
    /// Compiled for the first decision; most profiles ask for none.
    policies: OnceCell<Compiled>,
    default: (Box<str>, Option<Box<str>>),
}

/// What decides about a bucket.
#[derive(Debug)]
struct Compiled {
    policies: Policies,
    /// The same, with the caller's own permission taken for granted.
    assumed: Policies,
}

/// A plan as it would be deployed to an account, ready to decide.
#[derive(Debug)]
pub struct Bench<'p> {
    environment: Environment,
    stages: Vec<Stage<'p>>,
}

/// A request and what became of it.
#[derive(Debug)]
pub struct Trial<'p> {
    /// The way to the decision.
    pub trace: Trace,
    /// The statement that decides, where one does, and the layer that it stands in.
    pub statement: Option<(&'p Statement, Layer)>,
}

/// What an access test cannot be about.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct NoSuchBucket;

impl<'p> Bench<'p> {
    /// Prepares a plan. Where it leaves account and region to the deployment, the documentation's are taken.
    pub fn new(plan: &'p Plan, account: Option<&str>, region: Option<&Region>) -> Self {
        let mut environment = Environment::default();
        if let Some(account) = account {
            environment.account = account.to_owned();
        }
        if let Some(region) = region {
            let partition = region.partition();
            environment.partition = partition.id.to_owned();
            environment.url_suffix = partition.dns_suffix.to_owned();
            environment.region = region.to_string();
        }
        for resource in &plan.resources {
            refer(resource, &mut environment);
        }
        let stages = plan.buckets().map(|(resource, bucket)| Stage::new(plan, resource, bucket, &environment)).collect();
        Self { environment, stages }
    }

    /// Decides a request.
    pub fn decide(&self, request: &AccessRequest) -> Result<Trial<'p>, NoSuchBucket> {
        let stage = self.stage(request.bucket).ok_or(NoSuchBucket)?;
        let call = self.call(request, stage);
        let trace = self.policies(request, stage, &call).explain(&call.into_request());
        let statement = decisive(&trace)
            .filter(|id| id.layer == Layer::Resource)
            .and_then(|id| stage.document?.statements.get(usize::from(id.statement)).map(|statement| (statement, id.layer)));
        Ok(Trial { trace, statement })
    }

    /// Decides a request and says nothing else; for many requests, of which few need a word.
    pub fn verdict(&self, request: &AccessRequest) -> Option<Decision> {
        let stage = self.stage(request.bucket)?;
        let call = self.call(request, stage);
        Some(self.policies(request, stage, &call).decide(&call.into_request()))
    }

    fn stage(&self, which: Which) -> Option<&Stage<'p>> {
        let id = match which {
            Which::Main => plan::BUCKET,
            Which::Logs => plan::LOG_BUCKET,
        };
        self.stages.iter().find(|stage| stage.id == id)
    }

    fn policies<'s>(&self, request: &AccessRequest, stage: &'s Stage<'_>, call: &Call) -> &'s Policies {
        let own = call.caller.account() == Some(self.environment.account.as_str());
        let compiled = stage.compiled(&self.environment);
        if request.identity_allows || !own { &compiled.assumed } else { &compiled.policies }
    }

    /// For each bucket with a policy: whether S3 calls the policy public, and whether it gives a caller without
    /// credentials anything, over the internet from an address that stands for any.
    pub fn public(&self) -> impl Iterator<Item = (&LogicalId, bool, bool)> {
        self.stages.iter().filter_map(|stage| {
            let document = stage.document?;
            let called = super::publicness(document, Kind::Bucket, &self.environment).is_public();
            // Whoever no statement lets in can only be let in by grants.
            let closed = !called && stage.bucket.acl.is_empty() && !document.statements.iter().any(is_open);
            let open = !closed && {
                let policies = stage.compiled(&self.environment).policies.clone();
                let policies = Policies { block: PublicAccessBlock::default(), ..policies };
                document.statements.iter().any(|statement| self.gives_anonymous(statement, stage, &policies))
            };
            Some((&stage.id, called, open))
        })
    }

    /// Whether a request that the statement is about is allowed without credentials.
    fn gives_anonymous(&self, statement: &Statement, stage: &Stage<'_>, policies: &Policies) -> bool {
        let (Effect::Allow, Element::Is(actions), Some(Element::Is(resources))) =
            (statement.effect, &statement.action, &statement.resource)
        else {
            return false;
        };
        let names = actions.iter().flat_map(|pattern| Actions::matching(pattern).iter());
        let arns: Vec<String> = resources.iter().filter_map(|arn| self.environment.text(arn)).map(|arn| arn.replace('*', "x")).collect();
        names.flat_map(|action| arns.iter().map(move |arn| (action.name(), arn))).any(|(action, arn)| {
            let mut call = Call::new(Caller::anonymous(), &action, arn, &self.environment.account);
            call.default_encryption = Some(stage.default.clone());
            policies.decide(&call.into_request()).is_allowed()
        })
    }

    /// The statement of the bucket policy that a step of a decision is about.
    pub fn statement(&self, request: &AccessRequest, id: StatementId) -> Option<&'p Statement> {
        let stage = self.stage(request.bucket)?;
        stage.document.filter(|_| id.layer == Layer::Resource)?.statements.get(usize::from(id.statement))
    }

    fn call(&self, request: &AccessRequest, stage: &Stage<'_>) -> Call {
        let Environment { partition, account, .. } = &self.environment;
        let name = request.caller.as_str();
        let own = |rest: &str| format!("arn:{partition}:iam::{account}:{rest}");
        let caller = match name.split_once('/') {
            _ if name == "anonymous" => Some(Caller::anonymous()),
            Some(("service", service)) => Some(Caller::service(service)),
            Some(("role", _)) => Caller::role(&own(name), "test"),
            Some(("user", _)) => Caller::from_arn(&own(name)),
            _ if name.contains(":role/") => Caller::role(name, "test"),
            _ => Caller::from_arn(name),
        };
        // What is neither a user nor a role nor a session has no identity that a policy could name.
        let caller = caller.unwrap_or_else(Caller::anonymous);
        let resource = match &request.key {
            Some(key) => format!("{}/{key}", stage.arn),
            None => stage.arn.clone(),
        };
        let service = name.starts_with("service/");
        let mut call = Call::new(caller, request.action.as_str(), &resource, account);
        if let Some(path) = path(request) {
            call.path = path;
        }
        call.tls = if request.http { None } else { Some(request.tls.map_or("1.3", |tls| tls.number()).into()) };
        call.mfa_age = request.mfa_age.as_ref().map(|age| age.seconds());
        call.temporary = call.mfa_age.is_some();
        call.presigned_age = request.presigned_age.as_ref().map(|age| age.seconds().saturating_mul(1_000));
        call.organization = request.organization.as_ref().map(|id| id.as_str().into());
        call.at = request.at.as_ref().map(|at| at.as_str().into());
        call.default_encryption = Some(stage.default.clone());
        if service {
            let main = self.stages.iter().find(|stage| stage.id == plan::BUCKET).map_or(stage.arn.as_str(), |main| &main.arn);
            let arn = request.source_arn.as_ref().map_or(main, |arn| arn.as_str());
            let from = request.source_account.as_ref().map_or(account.as_str(), |account| account.as_str());
            call.source = Some((arn.into(), from.into()));
        }
        call.sent = self.sent(request);
        call
    }

    /// What the request brings along.
    fn sent(&self, request: &AccessRequest) -> Vec<(Key, Vec<Box<str>>)> {
        let mut sent: Vec<(Key, Vec<Box<str>>)> = Vec::new();
        let mut put = |key: Key, value: &str| sent.push((key, vec![value.into()]));
        let headers = &request.headers;
        if let Some(algorithm) = &headers.sse {
            put(Key::XAmzServerSideEncryption, algorithm.as_str());
        }
        if let Some(key) = &headers.kms_key {
            let own = crate::expr::Expr::reference(plan::KEY, Attribute::Arn);
            let arn = if key.as_str() == "own" { self.environment.text(&own).unwrap_or_default() } else { key.as_str().into() };
            put(Key::XAmzServerSideEncryptionAwsKmsKeyId, &arn);
        }
        if headers.sse_c {
            put(Key::XAmzServerSideEncryptionCustomerAlgorithm, "AES256");
        }
        if let Some(acl) = &headers.acl {
            put(Key::XAmzAcl, acl.as_str());
        }
        if let Some(prefix) = &request.list_prefix {
            put(Key::Prefix, prefix.as_str());
        }
        for (key, value) in &request.object_tags {
            put(Key::ExistingObjectTag(key.to_string()), value.as_str());
        }
        for (key, value) in &request.principal_tags {
            put(Key::PrincipalTag(key.to_string()), value.as_str());
        }
        sent
    }
}

impl<'p> Stage<'p> {
    fn new(plan: &'p Plan, resource: &plan::Resource, bucket: &'p plan::Bucket, environment: &Environment) -> Self {
        let document = plan.bucket_policies().find(|(of, _)| **of == resource.id).map(|(_, document)| document);
        let key = bucket.encryption.key.as_ref().and_then(|key| environment.text(key)).map(|key| key.as_ref().into());
        let arn = format!("arn:{}:s3:::{}", environment.partition, bucket.name);
        let default = (bucket.encryption.algorithm.aws().into(), key);
        Self { id: resource.id.clone(), arn, document, bucket, policies: OnceCell::new(), default }
    }

    fn compiled(&self, environment: &Environment) -> &Compiled {
        self.policies.get_or_init(|| Compiled::new(self.bucket, self.document, environment))
    }
}

impl Compiled {
    fn new(bucket: &plan::Bucket, document: Option<&Document>, environment: &Environment) -> Self {
        let block = bucket.public_access_block;
        let policies = Policies {
            resource: document.map(|document| Arc::new(Policy::compile(document, Kind::Bucket, environment))),
            block: PublicAccessBlock {
                block_public_acls: block.block_public_acls,
                ignore_public_acls: block.ignore_public_acls,
                block_public_policy: block.block_public_policy,
                restrict_public_buckets: block.restrict_public_buckets,
            },
            ownership: Some(match bucket.ownership {
                plan::Ownership::Enforced => Ownership::Enforced,
                plan::Ownership::Preferred => Ownership::Preferred,
                plan::Ownership::Writer => Ownership::Writer,
            }),
            bucket_acl: Some(Acl {
                owner: None,
                grants: bucket.acl.iter().filter_map(|grant| Some((grantee(&grant.to), Permission::parse(grant.permission)?))).collect(),
            }),
            ..Policies::default()
        };
        let assumed = Policies { assume_identity: true, ..policies.clone() };
        Self { policies, assumed }
    }
}

/// Whether a statement could let in a caller who is nobody: it gives, and not only to services.
fn is_open(statement: &Statement) -> bool {
    let services = |who: &Principals| matches!(who, Principals::Of(all) if all.iter().all(|one| matches!(one, Principal::Service(_))));
    statement.effect == Effect::Allow && !matches!(&statement.principal, Some(Element::Is(who)) if services(who))
}

fn grantee(to: &plan::Grantee) -> Grantee {
    match to {
        plan::Grantee::Group(uri) => Grantee::parse(uri),
        plan::Grantee::CanonicalUser(id) => Grantee::Canonical(id.as_str().into()),
    }
}

/// What references to a resource become.
fn refer(resource: &plan::Resource, environment: &mut Environment) {
    let Environment { partition, account, region, .. } = &*environment;
    let (id, arn) = match &resource.kind {
        plan::Kind::Bucket(bucket) => (bucket.name.to_string(), format!("arn:{partition}:s3:::{}", bucket.name)),
        plan::Kind::Key(_) => {
            let id = "00000000-0000-0000-0000-000000000000";
            (id.to_owned(), format!("arn:{partition}:kms:{region}:{account}:key/{id}"))
        }
        plan::Kind::Role(role) => (role.name.clone(), format!("arn:{partition}:iam::{account}:role/{}", role.name)),
        plan::Kind::BucketPolicy { .. } | plan::Kind::Alias(_) => return,
    };
    environment.refer(resource.id.clone(), Attribute::Id, id);
    environment.refer(resource.id.clone(), Attribute::Arn, arn);
}

/// The way that a request takes, where it says so.
fn path(request: &AccessRequest) -> Option<Path> {
    let from = request.from.as_ref()?;
    let ip = from.ip.as_ref().map(|ip| ip.as_str().into());
    Some(match (&from.vpc_endpoint, &from.on_behalf) {
        (Some(endpoint), _) => Path::Endpoint {
            vpc: from.vpc.as_ref().map_or("vpc-00000000", |vpc| vpc.as_str()).into(),
            endpoint: endpoint.as_str().into(),
            ip,
            account: None,
            organization: None,
        },
        (None, Some(service)) => Path::Forwarded { service: service.as_str().into(), ip },
        (None, None) => Path::Internet { ip: ip? },
    })
}

/// The statement that decides, if one does.
fn decisive(trace: &Trace) -> Option<StatementId> {
    match trace.decision {
        Decision::Allowed { by } | Decision::Depends { by, .. } => by,
        Decision::ExplicitlyDenied { by } => Some(by),
        Decision::ImplicitlyDenied { .. } => None,
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::expr::Expr;
    use crate::plan::{Bucket, Resource};
    use crate::policy::{Base, Condition, Origin};

    fn plan(condition: Option<Condition>) -> Plan {
        let origin = Origin { path: crate::diag::Path::root(), protection: "test", reason: "".into() };
        let statement = Statement::new(Effect::Allow, "Read").actions(["s3:GetObject"]).on([Expr::text("arn:aws:s3:::acme/*")]);
        let statement = condition.into_iter().fold(statement, Statement::when);
        let mut plan = Plan::new("test".parse().unwrap(), None);
        let bucket = plan::Kind::Bucket(Box::new(Bucket::new("acme".parse().unwrap())));
        let document = Document { statements: vec![statement], ..Document::default() };
        let policy = plan::Kind::BucketPolicy { bucket: plan::BUCKET, document, keep: Vec::new() };
        plan.resources.push(Resource::new(plan::BUCKET, bucket, origin.clone()));
        plan.resources.push(Resource::new(LogicalId::fixed("BucketPolicy"), policy, origin));
        plan
    }

    fn public(condition: Option<Condition>) -> Vec<(bool, bool)> {
        let plan = plan(condition);
        Bench::new(&plan, None, None).public().map(|(_, called, open)| (called, open)).collect()
    }

    #[test]
    fn what_s3_calls_public_and_what_is_public_can_differ() {
        assert_eq!(public(None), [(true, true)]);
        let vpce = Condition::one(Base::StringEquals, Key::SourceVpce, "vpce-0a1b2c3d4e5f60718");
        assert_eq!(public(Some(vpce)), [(false, false)]);
        // Nobody without credentials has a principal ARN, and S3 does not count the pattern.
        let role = Condition::one(Base::ArnLike, Key::PrincipalArn, "arn:aws:iam::*:role/Reader");
        assert_eq!(public(Some(role)), [(true, false)]);
        // A documentation block stands for half of the internet here: fixed and narrow enough for S3, and open.
        let block = Condition::one(Base::IpAddress, Key::SourceIp, "192.0.0.0/8");
        assert_eq!(public(Some(block)), [(false, true)]);
    }
}
