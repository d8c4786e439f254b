//! Networks: where requests may come from, and where they may not.
//!
//! In: the section `network`, after every declared flow is on the draft. Out: one Deny for whatever comes from nowhere
//! that is allowed, and one for each kind of network that is denied. Never: an Allow; to come from a listed network
//! gives nothing.

use std::sync::LazyLock;

use serde::{Deserialize, Serialize};

use super::networks::Networks;
use super::principal::Identity;
use super::{Draft, Meta, Protection};
use crate::claim::{ActionScope, Guarantee, NetworkList};
use crate::expr::Expr;
use crate::path;
use crate::policy::{Actions, Base, Condition, Effect, Key, Statement};

/// What is known about this protection.
pub const META: Meta = Meta {
    id: "network",
    title: "networks",
    risk: "stolen credentials are as good from anywhere in the world as from the office",
    statements: &[
        (
            "DenyUnlistedNetworks",
            "Denies what comes from none of the networks in `network.allow`: the data and the settings that can carry data out, with `applies_to: all` every \
             action. Addresses, VPCs and endpoints stand in one statement with negated operators, which hold on absent keys: a request carries an \
             address or a VPC, never both, so in two statements each would deny what the other lets in. AWS services are left alone with \
             `except.services` (their calls carry no network; the `IfExists` keeps callers without credentials denied), calls that a service makes for \
             a caller with `except.forwarded`, and so are `except.principals` and the roles of declared flows, such as replication. An access point \
             is no way around it: the bucket's policy decides there too. Who may change the bucket policy can remove the statement; with \
             `applies_to: data` that is possible from anywhere.",
        ),
        (
            "DenyListedAddresses",
            "Denies what comes from an address in `network.deny.cidrs`, to the same actions as `applies_to` says; as AWS now documents it, also what a service \
             does for somebody at that address. Nobody is excepted: `network.except` is about networks that are not listed. Calls of AWS services carry no address.",
        ),
        (
            "DenyListedVpcs",
            "Denies what comes from a VPC in `network.deny.vpcs`. It stands apart from the other kinds of networks, since the keys of one statement are \
             ANDed. What a service does for a caller in the VPC carries no VPC and is not stopped.",
        ),
        (
            "DenyListedEndpoints",
            "Denies what comes through a VPC endpoint in `network.deny.vpc_endpoints`. It stands apart from the other kinds of networks, since the keys of one \
             statement are ANDed. What a service does for a caller behind the endpoint carries no endpoint and is not stopped.",
        ),
    ],
};

/// To which actions networks matter.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(test, derive(schemars::JsonSchema), schemars(inline))]
#[serde(rename_all = "lowercase")]
pub enum AppliesTo {
    /// To reading, listing, writing, deleting and tagging objects, and to settings that can carry data out.
    Data,
    /// To every action. Needs `break_glass` or `deployer`.
    All,
}

/// Whom the list of allowed networks leaves alone.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
#[serde(deny_unknown_fields)]
pub struct Except {
    /// AWS services on their own behalf, such as the delivery of logs: their calls carry no network.
    pub services: bool,
    /// What AWS services such as Athena and CloudFormation do for a caller. Callers behind an endpoint need it; it lets
    /// a caller from an unlisted address in through such a service.
    pub forwarded: bool,
    /// Principals, wherever they come from.
    #[serde(default)]
    pub principals: Vec<Identity>,
}

/// Where requests may come from, and where they may not.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
#[serde(deny_unknown_fields)]
pub struct Network {
    /// Networks that requests come from; from any other they are denied.
    #[serde(default)]
    pub allow: Networks,
    /// Networks from which requests are denied, within the allowed ones too, and for excepted principals too.
    #[serde(default)]
    pub deny: Networks,
    /// Which actions it is about.
    pub applies_to: AppliesTo,
    /// Whom the list of allowed networks leaves alone.
    pub except: Except,
    /// Who repairs the bucket policy and Block Public Access whatever the profile denies, over HTTPS, with permissions
    /// of their own. They read no data from outside.
    #[serde(default)]
    pub break_glass: Vec<Identity>,
    /// Who deploys the profile: may do the same as `break_glass`. What else a deployment changes comes from a listed
    /// network.
    #[serde(default)]
    pub deployer: Vec<Identity>,
}

/// The actions of `applies_to: data`. Wildcards, so that S3's next action on objects is covered on its first day; they
/// are authorised against the bucket or its objects, the only resources that its policy can speak of. (The creation of
/// an access point is authorised against the access point. Data that goes through one meets this policy all the same.)
const DATA: &[&str] = &[
    // Objects: contents, annotations, tags, locks, ACLs, and their reading for replication.
    "s3:AbortMultipartUpload",
    "s3:DeleteObject*",
    "s3:GetObject*",
    "s3:ListBucket*",
    "s3:ListMultipartUploadParts",
    // Annotations. Written wider than they are called, since linters with an older list know none that begins so.
    "s3:List*Object*",
    "s3:PutObject*",
    // Writing as a replication from another bucket does, and copying to another bucket what is there already.
    "s3:InitiateReplication",
    "s3:Replicate*",
    // A restore can put what it finds into another bucket.
    "s3:RestoreObject",
    // Puts an object under a key that only somebody else may have.
    "s3:UpdateObjectEncryption",
    // Settings by which S3 itself carries data out: every new object,
    "s3:PutReplicationConfiguration",
    // keys, sizes and tags of every object,
    "s3:CreateBucketMetadataTableConfiguration",
    "s3:PutAnalyticsConfiguration",
    "s3:PutInventoryConfiguration",
    "s3:UpdateBucketMetadata*",
    // and every request with its key.
    "s3:PutBucketLogging",
    "s3:PutBucketNotification",
];

/// What these cover.
static DATA_ACTIONS: LazyLock<Actions> =
    LazyLock::new(|| DATA.iter().map(|pattern| Actions::matching(pattern)).fold(Actions::default(), Actions::union));

impl AppliesTo {
    const fn patterns(self) -> &'static [&'static str] {
        match self {
            Self::Data => DATA,
            Self::All => &["s3:*"],
        }
    }

    /// The actions that networks matter to.
    pub fn actions(self) -> Actions {
        match self {
            Self::Data => *DATA_ACTIONS,
            Self::All => Actions::everything(),
        }
    }

    /// Whether networks matter to all of the actions.
    pub fn covers(self, actions: Actions) -> bool {
        actions.intersection(self.actions()) == actions
    }

    fn scope(self) -> ActionScope {
        match self {
            Self::All => ActionScope::All,
            Self::Data => {
                let here = DATA_ACTIONS.iter().filter(|action| action.kinds().bucket() || action.kinds().object());
                ActionScope::Of(here.map(|action| action.name()).collect())
            }
        }
    }
}

impl Network {
    /// What `aws:PrincipalArn` is for those who may repair the bucket's policy whatever the profile denies.
    pub fn repairers(&self, account: &Expr) -> Vec<Expr> {
        let mut patterns: Vec<Expr> = Vec::new();
        for pattern in self.break_glass.iter().chain(&self.deployer).map(|identity| identity.pattern(account)) {
            if !patterns.contains(&pattern) {
                patterns.push(pattern);
            }
        }
        patterns
    }

    /// Who may reach data by other ways than the access points where those are required.
    pub fn past_access_points(&self) -> impl Iterator<Item = &Identity> {
        self.except.principals.iter().chain(&self.break_glass)
    }

    fn deny(&self, draft: &Draft) -> Statement {
        let mut actions = self.applies_to.patterns().to_vec();
        actions.sort_unstable();
        Statement::new(Effect::Deny, "DenyUnlistedNetworks").actions(actions).on([draft.arn(), draft.objects("")])
    }

    /// The condition that spares those whose key is not `false`; anonymous callers have none and are not spared.
    fn unless(key: Key) -> Condition {
        Condition::one(Base::Bool.if_exists(), key, "false")
    }
}

impl Protection for Network {
    const META: Meta = META;

    fn lower(&self, draft: &mut Draft) {
        let mut principals: Vec<Expr> = self.except.principals.iter().map(|identity| identity.pattern(&draft.account)).collect();
        principals.extend(draft.from_elsewhere.iter().cloned());
        if !self.allow.is_empty() {
            let origin = draft.origin(&META, path!["network", "allow"], "what comes from no listed network is refused");
            let mut conditions = self.allow.none_of();
            conditions.extend(self.except.services.then(|| Self::unless(Key::PrincipalIsAWSService)));
            conditions.extend(self.except.forwarded.then(|| Self::unless(Key::ViaAWSService)));
            if !principals.is_empty() {
                conditions.push(Condition::new(Base::ArnNotLike, Key::PrincipalArn, principals.clone()));
            }
            let statement = conditions.into_iter().fold(self.deny(draft), Statement::when);
            draft.statements.push(statement.because(origin));
        }
        for (word, condition) in self.deny.any_of() {
            let origin = draft.origin(&META, path!["network", "deny"], "what comes from a network that is shut out is refused");
            let statement = Statement { sid: Some(format!("DenyListed{word}").into()), ..self.deny(draft).when(condition) };
            draft.statements.push(statement.because(origin));
        }
        let repairers = self.repairers(&draft.account);
        if !self.allow.is_empty() || !self.deny.is_empty() {
            let guarantee = Guarantee::OnlyNetworks {
                scope: self.applies_to.scope(),
                allowed: listed(&self.allow),
                denied: listed(&self.deny),
                services: self.except.services,
                forwarded: self.except.forwarded,
                principals,
                repairers: repairers.clone(),
            };
            draft.claim(draft.origin(&META, path!["network"], ""), guarantee);
        }
        if !repairers.is_empty() {
            let key = if self.break_glass.is_empty() { "deployer" } else { "break_glass" };
            draft.claim(draft.origin(&META, path!["network", key], ""), Guarantee::NoLockout { principals: repairers });
        }
    }
}

fn listed(networks: &Networks) -> NetworkList {
    NetworkList {
        cidrs: networks.cidrs.iter().map(|one| Expr::text(one.to_string())).collect(),
        vpcs: networks.vpcs.iter().map(|one| Expr::text(one.to_string())).collect(),
        vpc_endpoints: networks.vpc_endpoints.iter().map(|one| Expr::text(one.to_string())).collect(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::protect::verbs;

    #[test]
    fn data_is_what_the_verbs_call_data_and_what_carries_it_out() {
        let ActionScope::Of(names) = AppliesTo::Data.scope() else { panic!("names") };
        for name in verbs::DATA {
            assert!(names.iter().any(|one| one == name), "{name}");
        }
        for name in verbs::REPAIR {
            assert!(!names.iter().any(|one| one == name), "{name} repairs, and is possible from anywhere");
        }
        for pattern in DATA {
            assert!(!Actions::matching(pattern).is_empty(), "{pattern}");
        }
    }

    #[test]
    fn settings_that_are_left_out_carry_nothing_out() {
        let ActionScope::Of(names) = AppliesTo::Data.scope() else { panic!("names") };
        let written = verbs::Verb::WriteConfig.names();
        let left: Vec<_> =
            written.iter().filter(|name| !names.iter().any(|one| one == *name)).map(|name| name.trim_start_matches("s3:")).collect();
        // Whatever S3 adds to this list has to be looked at: can it carry data to somebody else?
        let harmless = "DeleteBucketMetadataTableConfiguration DeleteBucketWebsite PutAccelerateConfiguration PutBucketAbac PutBucketCORS \
                        PutBucketObjectLockConfiguration PutBucketOwnershipControls PutBucketRequestPayment PutBucketTagging PutBucketVersioning \
                        PutBucketWebsite PutEncryptionConfiguration PutIntelligentTieringConfiguration PutLifecycleConfiguration \
                        PutMetricsConfiguration TagResource UntagResource";
        assert_eq!(left.join(" "), harmless);
    }
}
