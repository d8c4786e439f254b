//! From what the layers say to a decision.
//!
//! In: [`Policies`] and a [`Request`]. Out: a [`Decision`], or the [`Trace`] of it. Through an access point a
//! request is decided twice, against the point and against the bucket, and both must allow it. Never: a yes or a no
//! where a statement may or may not match; the two bounds are decided, and where they differ the answer is open.
//!
//! Sources: "Policy evaluation logic" (single account, cross-account, resource-based policies), IAM User Guide;
//! "SCP evaluation", "RCP evaluation", AWS Organizations User Guide; "How Amazon S3 authorizes a request", "Configuring
//! IAM policies for using access points", "Blocking public access to your Amazon S3 storage", Amazon S3 User Guide.

use std::sync::Arc;

use super::Policies;
use super::acl::{Ownership, brings_public_acl, refused_when_enforced};
use super::caller::{Caller, CallerKind};
use super::context::Context;
use super::decision::{Decision, Layer, Recorder, StatementId, Step, Trace, Watch};
use super::model::Reading;
use super::principal::How;
use super::request::{Arn, Request};
use super::statement::{Outcome, Policy};
use super::tri::{On, Tri};
use crate::policy::{Effect, Key};

/// What one layer, or one level of it, says.
#[derive(Clone, Copy, Debug, Default)]
struct Says {
    allow: How,
    allow_by: Option<StatementId>,
    perhaps: Option<(How, On)>,
}

impl Says {
    /// Whether it allows, with what is open decided against it (`false`) or for it (`true`).
    fn allows(&self, kindly: bool) -> bool {
        self.ways(kindly).any()
    }

    fn ways(&self, kindly: bool) -> How {
        match self.perhaps {
            Some((how, _)) if kindly => self.allow.or(how),
            _ => self.allow,
        }
    }
}

/// Everything that is known of a decision so far.
#[derive(Debug, Default)]
struct Bounds {
    deny: Option<StatementId>,
    perhaps_deny: Option<(StatementId, On)>,
    /// The first layer that does not allow, even kindly read.
    missing: Option<Layer>,
    /// Whether everything allows only if what is open is decided kindly, and what that is.
    open: Option<On>,
    by: Option<StatementId>,
}

impl Bounds {
    fn require<W: Watch>(&mut self, layer: Layer, unkindly: bool, kindly: bool, on: Option<On>, watch: &mut W) {
        if !kindly {
            self.missing = self.missing.or(Some(layer));
            watch.closed(layer);
        } else if !unkindly {
            self.open = self.open.or(on);
        }
    }

    fn decision(&self) -> Decision {
        match (self.deny, self.missing, self.perhaps_deny, self.open) {
            (Some(by), ..) => Decision::ExplicitlyDenied { by },
            (None, Some(missing), ..) => Decision::ImplicitlyDenied { missing },
            (None, None, Some((by, on)), _) => Decision::Depends { on, by: Some(by) },
            (None, None, None, Some(on)) => Decision::Depends { on, by: self.by },
            (None, None, None, None) => Decision::Allowed { by: self.by },
        }
    }
}

/// One of the one or two authorisations of a request.
struct Leg<'a> {
    resource: &'a Arn,
    layer: Layer,
    policy: Option<&'a Arc<Policy>>,
    /// The account whose principals need no permission of another account.
    account: &'a str,
    restrict_public: bool,
    ignore_public_acls: bool,
}

impl Policies {
    /// Decides a request.
    pub fn decide(&self, request: &Request) -> Decision {
        let first = self.settle(request, &request.context, &mut ());
        if request.readings.is_empty() { first } else { self.in_every_reading(request, first) }
    }

    /// Decides a request and says how. Where AWS's pages allow several readings, the way shown is that of the first.
    pub fn explain(&self, request: &Request) -> Trace {
        let mut recorder = Recorder::default();
        let first = self.settle(request, &request.context, &mut recorder);
        let decision = if request.readings.is_empty() { first } else { self.in_every_reading(request, first) };
        Trace { decision, steps: recorder.steps, closed: recorder.closed }
    }

    /// The sid of a statement.
    pub fn sid(&self, id: StatementId) -> Option<&str> {
        let (level, index) = (usize::from(id.level), usize::from(id.policy));
        let policy = match id.layer {
            Layer::Resource => self.resource.as_ref(),
            Layer::AccessPoint => self.access_point.as_ref().and_then(|point| point.policy.as_ref()),
            Layer::Identity => self.identity.get(index),
            Layer::Session => self.session.as_ref(),
            Layer::Boundary => self.boundary.as_ref().and_then(|policies| policies.get(index)),
            Layer::Scp => self.scp.as_ref().and_then(|levels| levels.get(level)?.get(index)),
            Layer::Rcp => self.rcp.as_ref().and_then(|levels| levels.get(level)?.get(index)),
            Layer::Endpoint => self.endpoint.as_ref().and_then(|policies| policies.get(index)),
            Layer::Acl | Layer::PublicAccessBlock | Layer::Ownership => None,
        };
        policy?.statements().get(usize::from(id.statement))?.sid.as_deref()
    }

    /// The decision if it is the same in every combination of readings; otherwise on which of them it hangs.
    fn in_every_reading(&self, request: &Request, first: Decision) -> Decision {
        let class = |decision: &Decision| (decision.is_allowed(), decision.is_denied());
        // A reading of keys that no policy mentions changes nothing.
        let matters = |reading: &Reading| reading.keys().any(|key| self.all().any(|policy| policy.mentions(key)));
        let mask = request.readings.iter().enumerate().filter(|(_, reading)| matters(reading)).fold(0_u32, |mask, (i, _)| mask | (1 << i));
        for choice in (1..(1_u32 << request.readings.len().min(6))).filter(|choice| choice & !mask == 0) {
            let mut context = request.context.clone();
            let mut knob = None;
            for (_, reading) in request.readings.iter().enumerate().filter(|(i, _)| choice & (1 << i) != 0) {
                reading.apply(&mut context);
                knob = knob.or(Some(reading.knob()));
            }
            let other = self.settle(request, &context, &mut ());
            if let (true, Some(knob)) = (class(&other) != class(&first), knob) {
                return Decision::Depends { on: On::Knob(knob), by: None };
            }
        }
        first
    }

    /// Every policy of every layer.
    fn all(&self) -> impl Iterator<Item = &Policy> {
        let one = [&self.resource, &self.session].into_iter().flatten();
        let flat = [&self.boundary, &self.endpoint].into_iter().flatten().flatten();
        let levels = [&self.scp, &self.rcp].into_iter().flatten().flatten().flatten();
        let point = self.access_point.iter().filter_map(|point| point.policy.as_ref());
        one.chain(&self.identity).chain(flat).chain(levels).chain(point).map(Arc::as_ref)
    }

    fn settle<W: Watch>(&self, request: &Request, context: &Context, watch: &mut W) -> Decision {
        let mut bounds = Bounds::default();
        let Some(bucket) = &request.underlying else {
            self.bucket_leg(request, &request.resource, context, &mut bounds, watch);
            return bounds.decision();
        };
        let point = self.access_point.as_ref();
        let leg = Leg {
            resource: &request.resource,
            layer: Layer::AccessPoint,
            policy: point.and_then(|point| point.policy.as_ref()),
            account: request.resource.account().unwrap_or(&request.resource_account),
            restrict_public: self.block.restrict_public_buckets || point.is_some_and(|point| point.block.restrict_public_buckets),
            ignore_public_acls: true,
        };
        let origin = self.admitted_by_point(request, context);
        let on = if let Tri::Maybe(on) = origin { Some(on) } else { None };
        bounds.require(Layer::AccessPoint, origin == Tri::Yes, origin != Tri::No, on, watch);
        self.leg(request, context, &leg, How::NOT, &mut bounds, watch);
        if W::ALL || bounds.deny.is_none() {
            self.bucket_leg(request, bucket, context, &mut bounds, watch);
        }
        bounds.decision()
    }

    /// What S3 asks of a call through an access point, whatever the policies say.
    fn admitted_by_point(&self, request: &Request, context: &Context) -> Tri {
        let plain = context.one(&Key::SecureTransport).is_some_and(|tls| tls.eq_ignore_ascii_case("false"));
        let old = context.one(&Key::SignatureVersion) == Some("AWS");
        if request.caller.kind == CallerKind::Anonymous || plain || old {
            return Tri::No;
        }
        match self.access_point.as_ref().filter(|point| point.from_vpc) {
            None => Tri::Yes,
            Some(point) => match (context.one(&Key::SourceVpc), &point.vpc) {
                (None, _) => Tri::No,
                (Some(from), Some(vpc)) => Tri::from(from == &**vpc),
                (Some(_), None) => Tri::Maybe(On::Vpc),
            },
        }
    }

    fn bucket_leg<W: Watch>(&self, request: &Request, resource: &Arn, context: &Context, bounds: &mut Bounds, watch: &mut W) {
        let mut leg = Leg {
            resource,
            layer: Layer::Resource,
            policy: self.resource.as_ref(),
            account: &request.resource_account,
            restrict_public: self.block.restrict_public_buckets,
            ignore_public_acls: self.block.ignore_public_acls,
        };
        if self.block.block_public_acls && brings_public_acl(request) {
            bounds.require(Layer::PublicAccessBlock, false, false, None, watch);
        }
        let mut by_acl = How::NOT;
        match self.ownership {
            Some(Ownership::Enforced) if refused_when_enforced(request) => bounds.require(Layer::Ownership, false, false, None, watch),
            Some(Ownership::Preferred | Ownership::Writer) => {
                for (acl, object) in [(&self.object_acl, true), (&self.bucket_acl, false)] {
                    by_acl = by_acl.or(acl.as_ref().map_or(How::NOT, |acl| acl.names(request, object, leg.ignore_public_acls)));
                }
                if let Some(owner) = self.object_acl.as_ref().and_then(|acl| acl.owned_by_another(request)) {
                    leg.account = owner;
                }
            }
            _ => {}
        }
        self.leg(request, context, &leg, by_acl, bounds, watch);
    }

    fn leg<W: Watch>(&self, request: &Request, context: &Context, leg: &Leg<'_>, by_acl: How, bounds: &mut Bounds, watch: &mut W) {
        let caller = &request.caller;
        let same = caller.account() == Some(leg.account);
        let boundary = self.boundary.is_some() && caller.has_identity();
        let mut scan = Scan { request, context, leg, boundary, bounds, watch };

        let mut resource = leg.policy.map_or_else(Says::default, |policy| scan.policy(policy, leg.layer, 0, 0));
        if leg.layer == Layer::Resource && leg.account != &*request.resource_account {
            // Another account's object: the bucket's policy can take, but not give.
            resource = Says::default();
        }
        resource.allow = resource.allow.or(by_acl);

        if !caller.service_linked {
            for (level, policies) in self.rcp.iter().flatten().enumerate() {
                // RCPFullAWSAccess is attached to every level, so only the Denies count.
                scan.policies(policies, Layer::Rcp, level);
            }
            if caller.has_identity() || caller.is_account() {
                for (level, policies) in self.scp.iter().flatten().enumerate() {
                    let says = scan.policies(policies, Layer::Scp, level);
                    scan.require(Layer::Scp, says);
                }
            }
        }
        if let Some(policies) = &self.endpoint {
            let says = scan.policies(policies, Layer::Endpoint, 0);
            scan.require(Layer::Endpoint, says);
        }
        let public = leg.policy.is_some_and(|policy| policy.publicness().is_public())
            && !(leg.layer == Layer::AccessPoint && self.access_point.as_ref().is_some_and(|point| point.from_vpc));
        let owns = same || caller.account() == Some(&request.resource_account) || caller.account() == request.resource.account();
        if leg.restrict_public && public && caller.kind != CallerKind::Service && !(caller.account.is_some() && owns) {
            scan.bounds.require(Layer::PublicAccessBlock, false, false, None, scan.watch);
        }

        let (mut identity, mut limits) = (Says { allow: How::DIRECTLY, ..Says::default() }, [None, None]);
        if caller.has_identity() {
            if !self.assume_identity {
                identity = Says::default();
            }
            let given = scan.policies(&self.identity, Layer::Identity, 0);
            identity = if self.assume_identity { identity } else { given };
            limits = [
                self.boundary.as_ref().map(|policies| (Layer::Boundary, scan.policies(policies, Layer::Boundary, 0))),
                self.session.as_ref().map(|policy| (Layer::Session, scan.policy(policy, Layer::Session, 0, 0))),
            ];
        }

        let limited = |kindly: bool| limits.iter().flatten().all(|(_, says)| says.allows(kindly));
        let granted = |kindly: bool| gives(caller, same, resource.ways(kindly), identity.allows(kindly), limited(kindly));
        let (unkindly, kindly) = (granted(false), granted(true));
        let alone = !(caller.has_identity() || caller.is_account()) || (!same && !resource.allows(true));
        let missing = match limits.iter().flatten().find(|(_, says)| !says.allows(true)) {
            _ if alone => leg.layer,
            Some((layer, _)) if identity.allows(true) || (same && resource.ways(true).has(How::BY_ROLE)) => *layer,
            _ => Layer::Identity,
        };
        let open = [resource, identity].iter().chain(limits.iter().flatten().map(|(_, says)| says)).find_map(|says| says.perhaps);
        let Scan { bounds, watch, .. } = scan;
        bounds.require(missing, unkindly, kindly, open.map(|(_, on)| on), watch);
        bounds.by = bounds.by.or(resource.allow_by).or(identity.allow_by);
    }
}

/// Whether a caller gets in whom the resource's policy names in those ways: `same` for one of the account that owns it,
/// `identity` if its own policies allow the request, `limited` if those that limit it do.
pub(super) fn gives(caller: &Caller, same: bool, ways: How, identity: bool, limited: bool) -> bool {
    match caller.kind {
        CallerKind::Anonymous | CallerKind::Service => ways.has(How::DIRECTLY),
        CallerKind::Canonical if caller.account.is_none() => ways.has(How::DIRECTLY),
        _ if same && ways.has(How::DIRECTLY) => true,
        _ if same && ways.has(How::BY_ROLE) => limited,
        _ => (same || ways.any()) && identity && limited,
    }
}

/// Walks the statements of the policies that apply to a leg.
struct Scan<'a, W> {
    request: &'a Request,
    context: &'a Context,
    leg: &'a Leg<'a>,
    boundary: bool,
    bounds: &'a mut Bounds,
    watch: &'a mut W,
}

impl<W: Watch> Scan<'_, W> {
    fn policies(&mut self, policies: &[Arc<Policy>], layer: Layer, level: usize) -> Says {
        let mut all = Says::default();
        for (i, policy) in policies.iter().enumerate() {
            let says = self.policy(policy, layer, level, i);
            all.allow = all.allow.or(says.allow);
            all.allow_by = all.allow_by.or(says.allow_by);
            all.perhaps = all.perhaps.or(says.perhaps);
        }
        all
    }

    fn policy(&mut self, policy: &Policy, layer: Layer, level: usize, index: usize) -> Says {
        let mut says = Says::default();
        let number = |n: usize| u16::try_from(n).unwrap_or(u16::MAX);
        for (i, statement) in policy.statements().iter().enumerate() {
            if !W::ALL && self.bounds.deny.is_some() {
                break;
            }
            let id = StatementId { layer, level: number(level), policy: number(index), statement: number(i) };
            let (named, mut outcome) = statement.judge(self.request, self.leg.resource, self.context, self.boundary);
            if outcome == Outcome::Matches && statement.effect == Effect::Deny && self.spares_root(layer) {
                outcome = Outcome::Root;
            }
            self.watch.step(Step { id, effect: statement.effect, outcome });
            match (outcome, statement.effect) {
                (Outcome::Matches, Effect::Deny) => self.bounds.deny = self.bounds.deny.or(Some(id)),
                (Outcome::Depends(on), Effect::Deny) if !self.spares_root(layer) => {
                    self.bounds.perhaps_deny = self.bounds.perhaps_deny.or(Some((id, on)));
                }
                (Outcome::Matches, Effect::Allow) => {
                    says.allow = says.allow.or(named.surely);
                    says.allow_by = says.allow_by.or(Some(id));
                    says.perhaps = says.perhaps.or(named.perhaps);
                }
                (Outcome::Depends(_), Effect::Allow) => {
                    says.perhaps = match (says.perhaps, named.perhaps) {
                        (Some((a, on)), Some((b, _))) => Some((a.or(b), on)),
                        (a, b) => a.or(b),
                    };
                }
                _ => {}
            }
        }
        says
    }

    /// Whether the bucket's policy cannot deny: the owner's root user always gets at the policy itself.
    fn spares_root(&self, layer: Layer) -> bool {
        let caller = &self.request.caller;
        let repairs = ["GetBucketPolicy", "PutBucketPolicy", "DeleteBucketPolicy"];
        layer == Layer::Resource
            && caller.kind == CallerKind::Root
            && caller.account() == Some(&self.request.resource_account)
            && self.request.known_action().is_some_and(|action| repairs.contains(&action.short_name()))
    }

    fn require(&mut self, layer: Layer, says: Says) {
        self.bounds.require(layer, says.allows(false), says.allows(true), says.perhaps.map(|(_, on)| on), self.watch);
    }
}
