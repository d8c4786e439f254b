//! What should hold of the policies that are shipped: plain data, stated by protections beside the
//! statements that make it true.
//!
//! In: nothing. Out: [`Claim`]s for whoever decides them. Never: a decision; a protection states its promise
//! without knowing how it is proved.

use std::borrow::Cow;

use crate::expr::{Expr, LogicalId};
use crate::policy::{Condition, Origin, Statement};

mod access_test;
mod promises;
mod uses;

pub use access_test::{
    AccessRequest, AccessTest, ActionName, CallerName, DeniedBy, Duration, Expect, GroupName, Headers, Instant, IpAddress, Network,
    ObjectKey, Sid, SignatureVersion, Tls, Verdict, VpcId, Which,
};

pub use promises::{PROMISES, Promise};
pub use uses::{Use, User, Work};

/// A service that has to keep reaching the bucket.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub enum Flow {
    /// S3 delivers the access logs of `source` to keys that begin with `prefix`.
    AccessLogDelivery {
        /// The ARN of the bucket whose requests are logged.
        source: Expr,
        /// The account that owns it.
        account: Expr,
        /// What the keys begin with.
        prefix: String,
    },
    /// AWS Config delivers what it records of an account.
    ConfigDelivery {
        /// The account.
        account: Expr,
    },
    /// Macie reads the bucket and its objects, in the name of a role.
    MacieReading {
        /// The ARN of the role that it makes for itself.
        role: Expr,
    },
    /// Macie delivers what it finds in an account and region.
    MacieDelivery {
        /// The name by which it calls.
        service: String,
        /// On whose behalf: patterns of ARNs.
        sources: Vec<Expr>,
        /// The account.
        account: Expr,
    },
    /// CloudTrail delivers what a trail records, below `AWSLogs/` and the account.
    TrailDelivery {
        /// The ARN of the trail.
        trail: Expr,
        /// The account whose events it records.
        account: Expr,
    },
    /// S3 replicates new objects, in the name of a role.
    Replication {
        /// The ARN of the role.
        role: Expr,
        /// The ARN of the bucket that receives the copies.
        to: Expr,
    },
}

/// Actions that a promise is about.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub enum ActionScope {
    /// Every action of S3, those too that do not exist yet.
    All,
    /// Those of these names.
    Of(Vec<String>),
}

/// Networks, as policies compare them.
#[derive(Clone, Debug, Default, PartialEq, Eq, Hash)]
pub struct NetworkList {
    /// Blocks of addresses.
    pub cidrs: Vec<Expr>,
    /// VPCs.
    pub vpcs: Vec<Expr>,
    /// VPC endpoints.
    pub vpc_endpoints: Vec<Expr>,
}

/// A promise about all requests that the policies allow, or about a setting of the bucket.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub enum Guarantee {
    /// Every allowed request uses TLS, of at least that version where one is given (`1.2`).
    TlsOnly {
        /// The version as `s3:TlsVersion` has it.
        minimum: Option<&'static str>,
    },
    /// Every allowed request that uses TLS uses at least that version; plain HTTP is let in on purpose.
    TlsVersion {
        /// The version as `s3:TlsVersion` has it.
        minimum: &'static str,
    },
    /// No anonymous request is allowed, and the policy is not public as S3 defines it.
    NoPublicAccess,
    /// Every allowed write names no encryption or the declared one.
    EncryptedAsDeclared {
        /// The only algorithm that a request may name, as the header spells it; any where absent.
        pinned_algorithm: Option<&'static str>,
        /// The only key that a request may name; any where absent.
        pinned_key: Option<Expr>,
        /// Whether keys that the caller provides are refused.
        sse_c_blocked: bool,
    },
    /// Every allowed request of one of the actions comes from one of the principals.
    OnlyPrincipals {
        /// The actions.
        actions: Vec<&'static str>,
        /// What `aws:PrincipalArn` is for them, with wildcards.
        principals: Vec<Expr>,
    },
    /// Every allowed request for data comes through one of the access points, or from one of the principals.
    AccessPointOnly {
        /// The ARNs of the access points.
        points: Vec<Expr>,
        /// What `aws:PrincipalArn` is for principals that may come by other ways, with wildcards.
        except: Vec<Expr>,
    },
    /// Every allowed request of one of the actions comes from an allowed network, where any is listed, and from none
    /// that is denied. Whoever is excepted may come from anywhere but a denied network.
    OnlyNetworks {
        /// The actions.
        scope: ActionScope,
        /// Where requests come from; from anywhere where nothing is listed.
        allowed: NetworkList,
        /// Where no request comes from.
        denied: NetworkList,
        /// Whether AWS services on their own behalf are excepted.
        services: bool,
        /// Whether calls that a service makes for a caller are excepted.
        forwarded: bool,
        /// What `aws:PrincipalArn` is for excepted principals, with wildcards.
        principals: Vec<Expr>,
        /// The same for those who do the actions of repair from anywhere, denied networks included.
        repairers: Vec<Expr>,
    },
    /// Every allowed request through an access point comes from one of its addresses, but for those that manage the point.
    PointAddresses {
        /// The ARN of the access point.
        point: Expr,
        /// Its addresses.
        cidrs: Vec<Expr>,
    },
    /// No request that one of the statements is about is allowed, but what repairs the bucket to those who must be able to.
    DeniesHold {
        /// What is denied, as the profile says it.
        denies: Vec<Statement>,
    },
    /// Whatever one of the statements gives is allowed, unless something denies it.
    GrantsWork {
        /// What is given, as the profile says it.
        gives: Vec<Statement>,
        /// The ARN of the access point through which it is had; directly where there is none.
        through: Option<Expr>,
    },
    /// The policies of resources beside the bucket allow what has to be done with it.
    UsesWork {
        /// What it is for.
        work: Work,
        /// The resources; one of them is enough for a use by whoever holds them.
        of: Vec<LogicalId>,
        /// What has to be allowed.
        uses: Vec<Use>,
    },
    /// Each of the principals may do each action of repair, wherever it comes from, if its own policies allow it.
    NoLockout {
        /// What `aws:PrincipalArn` is for them, with wildcards.
        principals: Vec<Expr>,
    },
    /// Every allowed request comes from the bucket's account, from somebody listed, or from a service on behalf of one of
    /// the listed sources.
    OnlyListedPrincipals {
        /// Accounts, the bucket's own among them.
        accounts: Vec<Expr>,
        /// What `aws:PrincipalArn` is for roles and users, with wildcards.
        principals: Vec<Expr>,
        /// Organizations by their ids.
        organizations: Vec<Expr>,
        /// Accounts on whose behalf services call; the bucket's own among them.
        sources: Vec<Expr>,
    },
    /// Every allowed request of one of the actions, but for those of services, comes within a time after MFA.
    MfaEnforced {
        /// The actions.
        actions: Vec<Cow<'static, str>>,
        /// The time, in seconds.
        within_seconds: u64,
        /// What `aws:PrincipalArn` is for those who need no MFA, with wildcards.
        except: Vec<Expr>,
    },
    /// Every allowed request that is presigned, as a URL or a form, is young enough and from one of the networks.
    PresignedBounded {
        /// Whether none is allowed.
        forbidden: bool,
        /// The age up to which one is, in seconds; any where absent.
        max_age_seconds: Option<u64>,
        /// Conditions of which one holds for a request from the networks; any network where there is none.
        networks: Vec<Condition>,
    },
    /// The flow is allowed as the service really calls.
    ServicesWork(Flow),
    /// The plan gives the bucket this setting; no request is involved.
    Setting {
        /// The setting, in the profile's words.
        name: &'static str,
        /// Its value, in the profile's words.
        value: String,
    },
}

impl Guarantee {
    /// Every name that one can have.
    pub const NAMES: &'static [&'static str] = &[
        "tls-only",
        "no-public-access",
        "encrypted-as-declared",
        "only-principals",
        "only-listed-principals",
        "access-point-only",
        "only-listed-networks",
        "no-lockout",
        "mfa-enforced",
        "presigned-bounded",
        "denies-hold",
        "grants-work",
        "key-works",
        "services-work",
        "setting",
    ];

    /// The name under which profiles, findings and reports speak of it.
    pub const fn name(&self) -> &'static str {
        match self {
            Self::TlsOnly { .. } | Self::TlsVersion { .. } => "tls-only",
            Self::NoPublicAccess => "no-public-access",
            Self::EncryptedAsDeclared { .. } => "encrypted-as-declared",
            Self::OnlyPrincipals { .. } => "only-principals",
            Self::OnlyListedPrincipals { .. } => "only-listed-principals",
            Self::AccessPointOnly { .. } => "access-point-only",
            Self::OnlyNetworks { .. } | Self::PointAddresses { .. } => "only-listed-networks",
            Self::DeniesHold { .. } => "denies-hold",
            Self::GrantsWork { .. } | Self::UsesWork { work: Work::Grant, .. } => "grants-work",
            Self::UsesWork { work: Work::Key, .. } => "key-works",
            Self::NoLockout { .. } => "no-lockout",
            Self::MfaEnforced { .. } => "mfa-enforced",
            Self::PresignedBounded { .. } => "presigned-bounded",
            Self::ServicesWork(_) | Self::UsesWork { work: Work::Service, .. } => "services-work",
            Self::Setting { .. } => "setting",
        }
    }
}

/// A promise about one bucket, and what in the profile makes it.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub struct Claim {
    /// The bucket.
    pub bucket: LogicalId,
    /// The promise.
    pub guarantee: Guarantee,
    /// Who promises it and where the profile says so.
    pub origin: Origin,
}
