//! Protections: one file each, with its section of the profile, what it adds to the plan, and what it claims.
//!
//! In: the effective settings of one section. Out: settings, statements, claims and steps on the [`Draft`] of one
//! bucket. A protection never sees the rest of the profile, a target, or the prover: what needs two sections is
//! a check.

use std::borrow::Cow;

use crate::claim::{Claim, Guarantee};
use crate::diag::Path;
use crate::expr::{Attribute, Expr, LogicalId, Part, Pseudo, REFERENCE};
use crate::names::{AccountId, Region};
use crate::plan::{Bucket, Kind, Resource, Step, Suppression};
use crate::policy::{Actions, Effect, Element, Origin, Statement};
use adoption::SidPattern;

pub mod access_logs;
pub mod access_points;
pub mod acl;
pub mod adoption;
pub mod alerts;
pub mod bucket;
pub mod cloudtrail;
pub mod cors;
pub mod denies;
pub mod encryption;
pub mod grants;
pub mod key_use;
pub mod lifecycle;
pub mod made;
pub mod managed_policies;
pub mod mfa;
pub mod mfa_access;
pub mod monitoring;
pub mod network;
pub mod networks;
pub mod object_lock;
pub mod ownership;
pub mod parties;
pub mod perimeter;
pub mod presigned;
pub mod principal;
pub mod public_access;
pub mod repair;
pub mod replication;
pub mod transport;
pub mod uses;
pub mod verbs;
pub mod versioning;
pub mod versions;
pub mod when;

/// What is known about a protection.
#[derive(Clone, Copy, Debug)]
pub struct Meta {
    /// Its name in findings and reports.
    pub id: &'static str,
    /// What it is.
    pub title: &'static str,
    /// What happens without it.
    pub risk: &'static str,
    /// The statements that it can add: the Sid, with `<…>` for a name of the profile's, and why it is there and how to
    /// change it.
    pub statements: &'static [(&'static str, &'static str)],
}

/// Every protection, in the order in which they are lowered.
pub const ALL: &[&Meta] = &[
    &bucket::META,
    &adoption::META,
    &public_access::META,
    &ownership::META,
    &encryption::META,
    &versioning::META,
    &lifecycle::META,
    &object_lock::META,
    &versions::META,
    &mfa::META,
    &mfa_access::META,
    &presigned::META,
    &acl::META,
    &cors::META,
    &replication::META,
    &transport::META,
    &network::META,
    &repair::META,
    &grants::META,
    &denies::META,
    &key_use::META,
    &access_points::META,
    &access_logs::META,
    &monitoring::config::META,
    &monitoring::analyzer::META,
    &monitoring::guardduty::META,
    &monitoring::macie::META,
    &cloudtrail::META,
    &alerts::META,
    &perimeter::META,
];

/// Statements by their Sids that nothing hangs on while others stand, and why they are there all the same: defence in depth.
pub const IN_DEPTH: &[(&str, &str)] = &[encryption::IN_DEPTH];

/// A section of the profile that protects a bucket.
pub trait Protection {
    /// What is known about it.
    const META: Meta;

    /// Adds to the draft what the section asks for, claims included.
    fn lower(&self, draft: &mut Draft);
}

/// One bucket while its protections are put on.
#[derive(Debug)]
pub struct Draft {
    /// The bucket's name within the plan.
    pub id: LogicalId,
    /// The account that owns it: the profile's, or the deployment's own.
    pub account: Expr,
    /// The region that it lives in: the profile's, or the deployment's own.
    pub region: Expr,
    /// The bucket.
    pub bucket: Bucket,
    /// Whether it outlives the stack.
    pub retain: bool,
    /// The statements of its policy.
    pub statements: Vec<Statement>,
    /// Sids of statements that others own.
    pub keep: Vec<SidPattern>,
    /// Resources that it refers to.
    pub needs: Vec<Resource>,
    /// Resources that refer to it.
    pub dependents: Vec<Resource>,
    /// Resources that must exist before it without being referred to.
    pub after: Vec<LogicalId>,
    /// What is promised of it.
    pub claims: Vec<Claim>,
    /// What no template can do for it.
    pub steps: Vec<Step>,
    /// Rules of scanners that do not fit the bucket.
    pub bucket_suppressions: Vec<Suppression>,
    /// Rules of scanners that do not fit its policy.
    pub policy_suppressions: Vec<Suppression>,
    /// The roles of declared flows, which come from networks of AWS's own and through no access point.
    pub from_elsewhere: Vec<Expr>,
    /// Those of them that services make for themselves, with patterns of what they do to the bucket.
    pub linked: Vec<(Expr, &'static [&'static str])>,
    /// For a bucket that another section asks for: that section, which then is the origin of everything.
    pub asked_by: Option<Path>,
}

impl Draft {
    /// A bucket without any protection.
    pub fn new(id: LogicalId, account: Option<&AccountId>, region: Option<&Region>, bucket: Bucket) -> Self {
        Self {
            id,
            account: account.map_or_else(|| Pseudo::AccountId.into(), |id| Expr::text(id.to_string())),
            region: region.map_or_else(|| Pseudo::Region.into(), |region| Expr::text(region.to_string())),
            bucket,
            retain: true,
            statements: Vec::new(),
            keep: Vec::new(),
            needs: Vec::new(),
            dependents: Vec::new(),
            after: Vec::new(),
            claims: Vec::new(),
            steps: Vec::new(),
            bucket_suppressions: Vec::new(),
            policy_suppressions: Vec::new(),
            from_elsewhere: Vec::new(),
            linked: Vec::new(),
            asked_by: None,
        }
    }

    /// The partition for commands in the runbook: the region's, or the one of most accounts.
    pub fn partition(&self) -> &'static str {
        self.known_region().map_or("aws", |region| region.partition().id)
    }

    /// The DNS suffix for commands in the runbook, likewise.
    pub fn dns_suffix(&self) -> &'static str {
        self.known_region().map_or("amazonaws.com", |region| region.partition().dns_suffix)
    }

    /// A text for the runbook: what only the deployment knows is `ACCOUNT` or `REGION`, a parameter of the deployment is as
    /// the profile writes it.
    pub fn shown(&self, expr: &Expr) -> String {
        let part = |part: &Part| match part {
            Part::Pseudo(Pseudo::Partition) => self.partition().into(),
            Part::Pseudo(Pseudo::UrlSuffix) => self.dns_suffix().into(),
            Part::Pseudo(Pseudo::Region) => "REGION".into(),
            Part::Parameter(id) => format!("{REFERENCE}{id}}}").into(),
            _ => Cow::Borrowed("ACCOUNT"),
        };
        expr.resolve(part).into_owned()
    }

    fn known_region(&self) -> Option<Region> {
        self.region.as_text().and_then(|region| region.parse().ok())
    }

    /// The bucket's ARN, built from its name: a reference would make cycles.
    pub fn arn(&self) -> Expr {
        Expr::arn("s3", "", "", self.bucket.name.to_string())
    }

    /// The ARN of every object whose key begins with `prefix`.
    pub fn objects(&self, prefix: &str) -> Expr {
        self.arn() + format!("/{prefix}*")
    }

    /// The origin of something that `protection` adds because of `path`.
    pub fn origin(&self, protection: &Meta, path: Path, reason: impl Into<Cow<'static, str>>) -> Origin {
        Origin { path: self.asked_by.clone().unwrap_or(path), protection: protection.id, reason: reason.into() }
    }

    /// Spares the role that a service makes for itself: it calls as a role, from networks of AWS's own, and policies of
    /// buckets hold for it ("Service-linked roles", IAM User Guide).
    pub fn spare_linked(&mut self, service: &'static str, role: &'static str, does: &'static [&'static str]) {
        let arn = self.linked_role(service, role);
        self.from_elsewhere.push(arn.clone());
        self.linked.push((arn, does));
    }

    /// The ARN of the role that a service makes for itself in the bucket's account.
    pub fn linked_role(&self, service: &'static str, role: &'static str) -> Expr {
        Expr::arn("iam", "", self.account.clone(), format!("role/aws-service-role/{service}/{role}"))
    }

    /// The roles of the profile's own and of services that do some of the actions, unattended.
    pub fn roles_that_do(&self, actions: Actions) -> Vec<Expr> {
        let does = |statement: &Statement| match &statement.action {
            Element::Is(names) => names.iter().any(|name| !Actions::matching(name).intersection(actions).is_empty()),
            Element::Not(_) => true,
        };
        let named = self.needs.iter().filter(|resource| match &resource.kind {
            Kind::Role(role) => role.policy.statements.iter().any(does),
            _ => false,
        });
        let matches = |pattern: &&'static str| !Actions::matching(pattern).intersection(actions).is_empty();
        let linked = self.linked.iter().filter(|(_, does)| does.iter().any(&matches));
        let named = named.map(|resource| Expr::reference(resource.id.clone(), Attribute::Arn));
        named.chain(linked.map(|(arn, _)| arn.clone())).collect()
    }

    /// A Deny on the bucket and every object of it, for everyone and every action of S3.
    pub fn deny_all(&self, sid: &'static str) -> Statement {
        Statement::new(Effect::Deny, sid).actions(["s3:*"]).on([self.arn(), self.objects("")])
    }

    /// A Deny on writing objects, for everyone.
    pub fn deny_put(&self, sid: &'static str) -> Statement {
        Statement::new(Effect::Deny, sid).actions(["s3:PutObject"]).on([self.objects("")])
    }

    /// Promises something.
    pub fn claim(&mut self, origin: Origin, guarantee: Guarantee) {
        self.claims.push(Claim { bucket: self.id.clone(), guarantee, origin });
    }

    /// Promises a setting of the bucket.
    pub fn claim_setting(&mut self, protection: &Meta, path: Path, name: &'static str, value: impl Into<String>) {
        let origin = self.origin(protection, path, "");
        self.claim(origin, Guarantee::Setting { name, value: value.into() });
    }
}
