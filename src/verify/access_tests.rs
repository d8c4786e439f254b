//! Access tests: what a plan's policies decide on the requests that somebody wrote down.
//!
//! In: a plan and requests in the words of a profile. Out: a [`Trial`] each, with the way to the decision. What a
//! profile cannot know is assumed as [`ASSUMED`] says, and printed wherever a decision is.

use std::borrow::Cow;
use std::cell::OnceCell;
use std::sync::Arc;

use super::holdings::{self, Held};
use super::model::{Call, Path};
use super::{
    Acl, Caller, Decision, Environment, Grantee, Kind, Layer, Ownership, Permission, Policies, Policy, PublicAccessBlock, Reason,
    StatementId, Trace,
};
use crate::claim::{AccessRequest, SignatureVersion, Which};
use crate::expr::{Attribute, Expr, LogicalId};
use crate::names::Region;
use crate::plan::{self, Plan};
use crate::policy::{Actions, Document, Effect, Element, Key, Principal, Principals, Statement};
use points::Point;
pub use situation::Situation;

mod points;
mod situation;

/// What is taken for granted in every decision on a plan.
pub const ASSUMED: &[&str] = &[
    "a caller from another account holds its own account's permission",
    "a caller from the bucket's account holds only what the profile grants, unless `identity_allows`",
    "there is no service or resource control policy",
    "permissions on KMS keys hold",
    "an access point that the profile does not declare lets everybody through",
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
    points: Vec<Point<'p>>,
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
    held: Vec<Held<'p>>,
    parameters: &'p [plan::Parameter],
    /// The same with a value for each deploy-time parameter, for whoever looks at all requests. A test that hangs on one
    /// depends on it; a promise has to hold whatever it is.
    settled: Option<Box<Self>>,
}

/// A request and what became of it.
#[derive(Debug)]
pub struct Trial<'p> {
    /// The way to the decision.
    pub trace: Trace,
    /// The statement that decides, where one does, and the layer that it stands in.
    pub statement: Option<(&'p Statement, Layer)>,
    /// The deploy-time parameters that this statement holds, by their names in the profile.
    pub parameters: Vec<&'p str>,
}

/// A statement of a plan's policies.
#[derive(Clone, Copy, Debug)]
pub struct Stated<'p> {
    /// The statement.
    pub statement: &'p Statement,
    /// The name of the managed policy that it stands in; none for the policies of a bucket or access point.
    pub by: Option<&'p str>,
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
        let open = Self::of(plan, environment);
        let examples: Vec<_> = plan.parameters.iter().map(|parameter| (parameter.name.clone(), parameter.example.clone())).collect();
        let settled = (!examples.is_empty()).then(|| Box::new(open.with(plan, &examples)));
        Self { settled, ..open }
    }

    /// The same plan where the parameters have those values, and no others.
    pub fn with(&self, plan: &'p Plan, values: &[(LogicalId, String)]) -> Self {
        let mut environment = self.environment.clone();
        environment.settle(values.iter().cloned());
        Self::of(plan, environment)
    }

    fn of(plan: &'p Plan, mut environment: Environment) -> Self {
        for resource in &plan.resources {
            refer(resource, &mut environment);
        }
        let stages = plan.buckets().map(|(resource, bucket)| Stage::new(plan, resource, bucket, &environment)).collect();
        let held = holdings::all(plan, &environment);
        Self { environment, stages, held, parameters: &plan.parameters, settled: None }
    }

    /// Decides a request.
    pub fn decide(&self, request: &AccessRequest) -> Result<Trial<'p>, NoSuchBucket> {
        let stage = self.stage(request.bucket).ok_or(NoSuchBucket)?;
        let point = self.point(request, stage);
        let call = self.call(request, stage, point.as_deref());
        let trace = self.policies(request, stage, &call, point.as_deref()).explain(&call.request());
        let statement = decisive(&trace).and_then(|id| Some((self.stated(request, stage, || call, id)?.statement, id.layer)));
        let held = statement.iter().flat_map(|(statement, _)| statement.expressions()).flat_map(Expr::parameters);
        let held: Vec<&LogicalId> = held.collect();
        let parameters = self.parameters.iter().filter(|one| held.contains(&&one.name)).map(|one| one.said.as_str()).collect();
        Ok(Trial { trace, statement, parameters })
    }

    /// Decides a request and says nothing else; for many requests, of which few need a word.
    pub fn verdict(&self, request: &AccessRequest) -> Option<Decision> {
        let stage = self.stage(request.bucket)?;
        let point = self.point(request, stage);
        let call = self.call(request, stage, point.as_deref());
        Some(self.policies(request, stage, &call, point.as_deref()).decide(&call.into_request()))
    }

    fn stage(&self, which: Which) -> Option<&Stage<'p>> {
        let id = match which {
            Which::Main => plan::BUCKET,
            Which::Logs => plan::LOG_BUCKET,
            Which::Trail => plan::TRAIL_BUCKET,
            Which::Macie => plan::MACIE_BUCKET,
        };
        self.stages.iter().find(|stage| stage.id == id)
    }

    /// The access point that a request comes through.
    fn point<'s>(&self, request: &'s AccessRequest, stage: &'s Stage<'p>) -> Option<Cow<'s, Point<'s>>> {
        let name = request.access_point.as_ref()?.as_str();
        let declared = stage.points.iter().find(|point| point.name == name);
        Some(declared.map_or_else(|| Cow::Owned(points::undeclared(name, &self.environment)), Cow::Borrowed))
    }

    /// The policies that decide on a call. A copy is cheap, since what is compiled is shared, and needed only where the
    /// caller holds something or comes through an access point.
    fn policies<'s>(&self, request: &AccessRequest, stage: &'s Stage<'_>, call: &Call, point: Option<&Point<'_>>) -> Cow<'s, Policies> {
        let assumed = request.identity_allows || !self.is_own(call);
        let compiled = stage.compiled(&self.environment);
        let policies = if assumed { &compiled.assumed } else { &compiled.policies };
        let held = self.held_by(request, call).filter(|_| !assumed);
        let identity: Vec<Arc<Policy>> = held.map(|held| Arc::clone(&held.compiled)).collect();
        if identity.is_empty() && point.is_none() {
            return Cow::Borrowed(policies);
        }
        Cow::Owned(Policies { identity, access_point: point.map(|point| point.layer.clone()), ..policies.clone() })
    }

    /// Whether the caller is of the bucket's account.
    fn is_own(&self, call: &Call) -> bool {
        call.caller.account() == Some(self.environment.account.as_str())
    }

    /// The managed policies of the plan that the caller holds, in the order of the plan.
    fn held_by<'s>(&'s self, request: &'s AccessRequest, call: &'s Call) -> impl Iterator<Item = &'s Held<'p>> {
        let own = self.is_own(call);
        self.held.iter().filter(move |held| own && held.is_held_by(&call.caller, &request.groups))
    }

    /// The statement of that number; the call is made only where it matters who calls.
    fn stated(&self, request: &AccessRequest, stage: &Stage<'p>, call: impl FnOnce() -> Call, id: StatementId) -> Option<Stated<'p>> {
        let (document, by) = match id.layer {
            Layer::Resource => (stage.document?, None),
            Layer::AccessPoint => {
                let name = request.access_point.as_ref()?.as_str();
                (stage.points.iter().find(|point| point.name == name)?.document?, None)
            }
            Layer::Identity => {
                let policy = self.held_by(request, &call()).nth(usize::from(id.policy))?.policy;
                (&policy.document, Some(policy.name.as_str()))
            }
            _ => return None,
        };
        document.statements.get(usize::from(id.statement)).map(|statement| Stated { statement, by })
    }

    /// For each bucket with a policy: whether S3 calls the policy public, and whether it gives a caller without
    /// credentials anything, over the internet from an address that stands for any.
    pub fn public(&self) -> impl Iterator<Item = (&LogicalId, bool, bool)> {
        self.stages.iter().filter_map(|stage| {
            let document = stage.document?;
            let called = super::publicness(document, Kind::Bucket, &self.environment).is_public();
            // Whoever no statement lets in can only be let in by grants.
            if !called && stage.bucket.acl.is_empty() && !document.statements.iter().any(is_open) {
                return Some((&stage.id, false, false));
            }
            let policies = Policies { block: PublicAccessBlock::default(), ..stage.compiled(&self.environment).policies.clone() };
            let anywhere = |statement: &Statement| self.gives_anonymous(statement, "192.0.2.1", stage, &policies);
            // A block that is too wide for S3 lets in whoever is in it.
            let inside = |statement: &Statement| addresses(statement).any(|ip| self.gives_anonymous(statement, &ip, stage, &policies));
            let open = document.statements.iter().any(anywhere) || self.public_statements(&stage.id).any(inside);
            Some((&stage.id, called, open))
        })
    }

    /// The statements of a bucket's policy that make S3 call it public.
    pub fn public_statements(&self, bucket: &LogicalId) -> impl Iterator<Item = &'p Statement> {
        let documents = self.stages.iter().filter(|stage| stage.id == *bucket).filter_map(|stage| stage.document);
        documents.flat_map(|document| {
            let reasons = super::reasons(document, Kind::Bucket, &self.environment);
            document
                .statements
                .iter()
                .zip(reasons)
                .filter(|(_, reason)| matches!(reason, Reason::Public(_)))
                .map(|(statement, _)| statement)
        })
    }

    /// Whether a request that the statement is about is allowed without credentials.
    fn gives_anonymous(&self, statement: &Statement, from: &str, stage: &Stage<'_>, policies: &Policies) -> bool {
        let (Effect::Allow, Element::Is(actions), Some(Element::Is(resources))) =
            (statement.effect, &statement.action, &statement.resource)
        else {
            return false;
        };
        let names = actions.iter().flat_map(|pattern| Actions::matching(pattern).iter());
        let arns: Vec<String> = resources.iter().filter_map(|arn| self.environment.text(arn)).map(|arn| arn.replace('*', "x")).collect();
        names.flat_map(|action| arns.iter().map(move |arn| (action.name(), arn))).any(|(action, arn)| {
            let mut call = Call::new(Caller::anonymous(), &action, arn, &self.environment.account);
            call.path = Path::Internet { ip: from.into() };
            call.default_encryption = Some(stage.default.clone());
            policies.decide(&call.into_request()).is_allowed()
        })
    }

    fn settled(&self) -> &Self {
        self.settled.as_deref().unwrap_or(self)
    }

    /// The default encryption of a bucket, and its key.
    pub fn default_encryption(&self, bucket: &LogicalId) -> Option<(Box<str>, Option<Box<str>>)> {
        self.settled().stages.iter().find(|stage| stage.id == *bucket).map(|stage| stage.default.clone())
    }

    /// The statement that a step of a decision is about, where the plan has it.
    pub fn statement(&self, request: &AccessRequest, id: StatementId) -> Option<Stated<'p>> {
        let stage = self.stage(request.bucket)?;
        let point = self.point(request, stage);
        self.stated(request, stage, || self.call(request, stage, point.as_deref()), id)
    }

    fn call(&self, request: &AccessRequest, stage: &Stage<'_>, point: Option<&Point<'_>>) -> Call {
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
        call.access_point = point.map(|point| (point.arn.as_str().into(), point.layer.from_vpc));
        call.tls = if request.http { None } else { Some(request.tls.map_or("1.3", |tls| tls.number()).into()) };
        call.mfa_age = request.mfa_age.as_ref().map(|age| age.seconds());
        call.temporary = call.mfa_age.is_some();
        call.presigned_age = request.presigned_age.as_ref().map(|age| age.seconds().saturating_mul(1_000));
        if request.post {
            call.form = true;
            call.presigned_age = call.presigned_age.or(Some(0));
        }
        call.signature_2 = request.signature == Some(SignatureVersion::V2);
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
            let own = Expr::reference(plan::KEY, Attribute::Arn);
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
        let arn = format!("arn:{}:s3:::{}", environment.partition, environment.filled(bucket.name.as_str()));
        let default = (bucket.encryption.algorithm.aws().into(), key);
        let points = points::of(&resource.id, plan, environment);
        Self { id: resource.id.clone(), arn, document, bucket, policies: OnceCell::new(), default, points }
    }

    fn compiled(&self, environment: &Environment) -> &Compiled {
        self.policies.get_or_init(|| Compiled::new(self.bucket, self.document, environment))
    }
}

impl Compiled {
    fn new(bucket: &plan::Bucket, document: Option<&Document>, environment: &Environment) -> Self {
        let policies = Policies {
            resource: document.map(|document| Arc::new(Policy::compile(document, Kind::Bucket, environment))),
            block: bucket.public_access_block.into(),
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
    let filled = |name: &str| environment.filled(name);
    let (id, arn) = match &resource.kind {
        plan::Kind::Bucket(bucket) => {
            let name = filled(bucket.name.as_str());
            let arn = format!("arn:{partition}:s3:::{name}");
            (name, arn)
        }
        plan::Kind::Key(_) => {
            let id = "00000000-0000-0000-0000-000000000000";
            (id.to_owned(), format!("arn:{partition}:kms:{region}:{account}:key/{id}"))
        }
        plan::Kind::Role(role) => {
            let name = filled(&role.name);
            let arn = format!("arn:{partition}:iam::{account}:role/{name}");
            (name, arn)
        }
        plan::Kind::AccessPoint(point) => (point.name.clone(), environment.text(&point.arn).unwrap_or_default().into_owned()),
        plan::Kind::Trail(trail) => {
            let name = filled(&trail.name);
            let arn = format!("arn:{partition}:cloudtrail:{region}:{account}:trail/{name}");
            (name, arn)
        }
        plan::Kind::LogGroup(group) => {
            let name = filled(&group.name);
            let arn = format!("arn:{partition}:logs:{region}:{account}:log-group:{name}");
            (name, arn)
        }
        plan::Kind::Topic(topic) => {
            let arn = format!("arn:{partition}:sns:{region}:{account}:{}", filled(&topic.name));
            (arn.clone(), arn)
        }
        // No policy of a bucket refers to the others.
        _ => return,
    };
    environment.refer(resource.id.clone(), Attribute::Id, id);
    environment.refer(resource.id.clone(), Attribute::Arn, arn);
}

/// An address of each block that a statement is about.
fn addresses(statement: &Statement) -> impl Iterator<Item = String> {
    let blocks = statement.condition.iter().filter(|condition| condition.key == Key::SourceIp && !condition.operator.base.is_negated());
    let texts = blocks.flat_map(|condition| &condition.values).filter_map(|value| value.as_text());
    texts.map(|text| text.split('/').next().unwrap_or(text).to_owned())
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
mod tests;
