//! Access points: ways into the bucket, each with its own policy, network origin and Block Public Access.
//!
//! In: the `access_points` of a profile, and the grants that go by way of one. Out: the points with their policies, on
//! the bucket's policy what delegates to them and, where they are required, what denies every other way.
//!
//! Sources: "Configuring IAM policies for using access points", "Creating access points restricted to a virtual private
//! cloud", "Managing public access to access points", Amazon S3 User Guide.

use std::borrow::Cow;

use serde::{Deserialize, Serialize};

use super::grants::{self, Grant, Scope};
use super::networks::{CidrBlock, VpcId};
use super::public_access::{All, Block};
use super::verbs::{self, Verb};
use super::{Draft, Meta};
use crate::claim::{Claim, Guarantee};
use crate::diag::Path;
use crate::expr::{Attribute, Expr};
use crate::names::AccessPointName;
use crate::path;
use crate::plan::{self, Kind, Resource};
use crate::policy::{Action, Actions, Base, Condition, Document, Effect, Element, Key, Principal, Statement};

mod steps;

/// What is known about this protection.
pub const META: Meta = Meta {
    id: "access-points",
    title: "access points",
    risk: "whoever shares a bucket shares one policy, which nobody can review any more",
    statements: &[
        (
            "DelegateToAccessPoints",
            "Leaves it to the policies of the declared access points who may do what they grant. It is for everybody, but holds only through these points, \
             by their ARNs: trust in every point of the account would take in those that somebody makes tomorrow. S3 does not call it public, since the \
             ARNs are fixed. Change it with the points' `grants`.",
        ),
        (
            "DenyOutsideAccessPoints",
            "Denies reading, listing, writing, deleting and tagging by any other way than a declared access point: directly, where the key is absent and the \
             negated operator holds, and through points that nobody declared. AWS services' own calls, the replication role and excepted principals are \
             spared. Change it with `access_points.require`.",
        ),
        (
            "DenyOutsidePointAddresses",
            "Denies what comes through the access point from other addresses than the point's `cidrs`, and through VPC endpoints, where a request has no public \
             address. It spares the actions that manage the point itself, so that nobody is locked out of repairing it.",
        ),
    ],
};

/// The actions that manage access points rather than reach through them.
pub const MANAGEMENT: &str = "s3:*AccessPoint*";

/// Ways into the bucket.
#[derive(Clone, Debug, Serialize, Deserialize)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
#[serde(deny_unknown_fields)]
pub struct AccessPoints {
    /// Whether data is denied to every request that does not come through one of them. AWS services are spared.
    #[serde(default)]
    pub require: bool,
    /// The access points. Origin, VPC and Block Public Access are fixed when a point is made: to change one, give the point another name, which makes a new one with a new alias.
    #[cfg_attr(test, schemars(length(min = 1)))]
    pub points: Vec<Point>,
}

/// Where an access point takes requests from.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(test, derive(schemars::JsonSchema), schemars(inline))]
#[serde(rename_all = "lowercase")]
pub enum NetworkOrigin {
    /// From anywhere.
    Internet,
    /// From one VPC only, whatever the policies say.
    Vpc,
}

/// A way into the bucket.
#[derive(Clone, Debug, Serialize, Deserialize)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
#[serde(deny_unknown_fields)]
pub struct Point {
    /// Its name, unique in the account and region, and known to the public by DNS.
    pub name: AccessPointName,
    /// Where it takes requests from.
    pub origin: NetworkOrigin,
    /// The VPC, for the origin `vpc`.
    #[serde(default)]
    pub vpc: Option<VpcId>,
    /// Its own Block Public Access, in effect beside the bucket's. Turning a switch off needs a waiver for `public-access-not-blocked`.
    #[serde(default = "all")]
    pub block_public_access: Block,
    /// Who may do what through it. The bucket's policy delegates these actions, and no others.
    #[serde(default)]
    #[cfg_attr(test, schemars(transform = as_carried_by_a_point))]
    pub grants: Vec<Grant>,
    /// The only addresses that it takes requests from, for the origin `internet`.
    #[serde(default)]
    pub cidrs: Vec<CidrBlock>,
}

const fn all() -> Block {
    Block::All(All::All)
}

/// A grant of a point needs no `via`; groups and services cannot come through, nor whoever has no credentials, and no policy
/// names a permission set.
#[cfg(test)]
fn as_carried_by_a_point(schema: &mut schemars::Schema) {
    let items = schema.pointer_mut("/items/properties").and_then(serde_json::Value::as_object_mut).unwrap();
    items.remove("via").unwrap();
    let to = items["to"].pointer_mut("/items/oneOf").and_then(serde_json::Value::as_array_mut).unwrap();
    let not_here = |branch: &serde_json::Value| {
        branch.get("const").is_some_and(|word| word == "everyone")
            || ["group", "permission_set", "service"].iter().any(|kind| branch.pointer(&format!("/properties/{kind}")).is_some())
    };
    to.retain(|branch| !not_here(branch));
    let when = items["when"].pointer_mut("/properties").and_then(serde_json::Value::as_object_mut).unwrap();
    ["source_account", "source_arn"].iter().for_each(|key| drop(when.remove(*key)));
}

/// Whether an action can be had through an access point.
pub fn goes_through(action: Action) -> bool {
    let kinds = action.kinds();
    action.supports(&Key::DataAccessPointArn) && (kinds.object() || (kinds.bucket() && !kinds.other()))
}

impl AccessPoints {
    /// Every grant that a point carries, with its place in the profile: the point's own, and those among `all` that go by
    /// way of it.
    pub fn grants<'a>(&'a self, all: &'a [Grant]) -> impl Iterator<Item = (&'a Point, Path, &'a Grant)> {
        self.points.iter().enumerate().flat_map(move |(number, point)| {
            let place = move |at: usize| path!["access_points", "points", number, "grants", at];
            let own = point.grants.iter().enumerate().map(move |(at, grant)| (point, place(at), grant));
            let name = point.name.as_str();
            let sent = all.iter().enumerate().filter(move |(_, grant)| grant.via.access_point() == Some(name));
            own.chain(sent.map(move |(at, grant)| (point, path!["grants", at], grant)))
        })
    }
}

impl Point {
    /// Its ARN, built from names: policies that it stands in could not refer to it.
    fn arn(&self, draft: &Draft) -> Expr {
        Expr::arn("s3", draft.region.clone(), draft.account.clone(), format!("accesspoint/{}", self.name))
    }

    /// The Deny of what comes from other addresses.
    fn only_from(&self, number: usize, scope: &Scope, draft: &Draft) -> Option<Statement> {
        if self.cidrs.is_empty() {
            return None;
        }
        let origin = draft.origin(
            &META,
            path!["access_points", "points", number, "cidrs"],
            "requests through the point come from its addresses only",
        );
        let mut statement = Statement::new(Effect::Deny, "DenyOutsidePointAddresses")
            .on([scope.container.clone(), scope.objects.clone() + "*"])
            .when(Condition::new(Base::NotIpAddress, Key::SourceIp, self.cidrs.iter().map(ToString::to_string)))
            .because(origin);
        statement.action = Element::Not(vec![MANAGEMENT.into()]);
        Some(statement)
    }
}

/// Makes the points, and puts on the bucket's policy what they need of it. `except` is what `aws:PrincipalArn` is for
/// principals that may reach data by other ways.
pub fn lower(section: &AccessPoints, grants: &[Grant], except: &[Expr], draft: &mut Draft) {
    let arns: Vec<Expr> = section.points.iter().map(|point| point.arn(draft)).collect();
    draft.statements.extend(delegation(section, grants, &arns, draft));
    if section.require {
        require(&arns, except, draft);
    }
    for (number, (point, arn)) in section.points.iter().zip(arns).enumerate() {
        let scope = Scope::access_point(arn.clone());
        let carried: Vec<_> = section.grants(grants).filter(|(of, ..)| of.name == point.name).collect();
        let mut statements: Vec<Statement> =
            carried.iter().flat_map(|(_, place, grant)| grant.statements(place, &scope, &draft.account)).collect();
        grants::works(statements.clone(), Some(arn.clone()), path!["access_points", "points", number], draft);
        if let Some(only) = point.only_from(number, &scope, draft) {
            let cidrs = point.cidrs.iter().map(|block| Expr::text(block.to_string())).collect();
            draft.claims.extend(only.origin.clone().map(|origin| Claim {
                bucket: draft.id.clone(),
                guarantee: Guarantee::PointAddresses { point: arn.clone(), cidrs },
                origin,
            }));
            statements.push(only);
        }
        steps::add(number, point, &scope, &carried, draft);
        let kind = Kind::AccessPoint(plan::AccessPoint {
            name: point.name.to_string(),
            arn,
            bucket: draft.id.clone(),
            vpc: point.vpc.as_ref().map(|vpc| Expr::text(vpc.to_string())),
            public_access_block: point.block_public_access.switches().into(),
            policy: (!statements.is_empty()).then(|| Document { statements, ..Document::default() }),
        });
        let origin = draft.origin(
            &META,
            path!["access_points", "points", number],
            "a way into the bucket; only its policy can change: for another VPC or Block Public Access take another name, which makes a new point",
        );
        draft.dependents.push(Resource::new(plan::AccessPoint::id(point.name.as_str()), kind, origin));
    }
}

/// The statement by which the bucket leaves decisions to its points: what they grant, and nothing else.
fn delegation(section: &AccessPoints, grants: &[Grant], arns: &[Expr], draft: &Draft) -> Option<Statement> {
    let mut names: Vec<Cow<'static, str>> = section.grants(grants).flat_map(|(.., grant)| grant.can.iter().flat_map(Verb::names)).collect();
    names.sort();
    names.dedup();
    if names.is_empty() {
        return None;
    }
    let about = |object: bool| names.iter().flat_map(|name| Actions::matching(name).iter()).any(|action| action.kinds().object() == object);
    let resources = [(about(false), draft.arn()), (about(true), draft.objects(""))];
    let statement = Statement::new(Effect::Allow, "DelegateToAccessPoints")
        .to([Principal::Aws("*".into())])
        .on(resources.into_iter().filter(|(there, _)| *there).map(|(_, resource)| resource))
        .when(Condition::new(Base::ArnEquals, Key::DataAccessPointArn, arns.iter().cloned()))
        .because(draft.origin(&META, path!["access_points", "points"], "who may do this is left to the access points of the profile"));
    Some(statement.actions(names))
}

/// Denies data to whatever does not come through a declared point.
fn require(arns: &[Expr], except: &[Expr], draft: &mut Draft) {
    let spared: Vec<Expr> = draft.from_elsewhere.iter().chain(except).cloned().collect();
    let origin = draft.origin(&META, path!["access_points", "require"], "data is reached through the access points of the profile only");
    let mut statement = Statement::new(Effect::Deny, "DenyOutsideAccessPoints")
        .actions(verbs::DATA.iter().copied())
        .on([draft.arn(), draft.objects("")])
        .when(Condition::new(Base::ArnNotEquals, Key::DataAccessPointArn, arns.iter().cloned()))
        // Callers without credentials lack the key and stay denied.
        .when(Condition::one(Base::Bool.if_exists(), Key::PrincipalIsAWSService, "false"));
    if !spared.is_empty() {
        statement = statement.when(Condition::new(Base::ArnNotLike, Key::PrincipalArn, spared.iter().cloned()));
    }
    draft.statements.push(statement.because(origin.clone()));
    draft.claim(origin, Guarantee::AccessPointOnly { points: arns.to_vec(), except: spared });
}

/// The outputs of an access point: what of it, the word for the output's name, and for people what it is.
pub const OUTPUTS: [(Attribute, &str, &str); 2] = [
    (Attribute::Arn, "Arn", "ARN of the access point"),
    (
        Attribute::Alias,
        "Alias",
        "alias of the access point, for tools that take the name of a bucket; a point of another name has another one",
    ),
];
