//! `guarantees`: what the author wants proved of every request, beyond what the sections promise by themselves.

use serde::{Deserialize, Serialize};

use crate::claim::{ActionName, Duration};
use crate::names::AccountId;
use crate::protect::networks::{CidrBlock, VpcEndpointId, VpcId};
use crate::protect::principal::{Identity, OrganizationId};
use crate::protect::transport::TlsVersion;

/// The name of a guarantee.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(test, derive(schemars::JsonSchema), schemars(inline))]
#[serde(rename_all = "kebab-case")]
pub enum GuaranteeName {
    /// Every allowed request uses TLS, of at least `minimum_tls` where that is given.
    TlsOnly,
    /// No request without credentials is allowed, and S3 does not call the policy public.
    NoPublicAccess,
    /// Every allowed request of one of `actions` (all of them without it) comes from `cidrs`, `vpcs` or `vpc_endpoints`;
    /// AWS services, calls that they forward and `principals` apart.
    OnlyListedNetworks,
    /// Every allowed request comes from the profile's account, `accounts`, `organizations` or `principals`, or from a
    /// service on behalf of one of the accounts.
    OnlyListedPrincipals,
    /// Every allowed request of one of `actions` carries MFA that is not older than `within`; AWS services and
    /// `principals` apart.
    MfaEnforced,
    /// Every allowed presigned request is not older than `max_age`; without it there is none.
    PresignedBounded,
    /// `principals` can read, put and delete the bucket policy and the public access block from wherever they are, and
    /// somebody beside the root user can.
    NoLockout,
}

impl GuaranteeName {
    /// The word itself.
    pub const fn word(self) -> &'static str {
        match self {
            Self::TlsOnly => "tls-only",
            Self::NoPublicAccess => "no-public-access",
            Self::OnlyListedNetworks => "only-listed-networks",
            Self::OnlyListedPrincipals => "only-listed-principals",
            Self::MfaEnforced => "mfa-enforced",
            Self::PresignedBounded => "presigned-bounded",
            Self::NoLockout => "no-lockout",
        }
    }
}

/// A guarantee that the author asks for. What a guarantee does not use is refused beside it.
#[derive(Clone, Debug, Serialize, Deserialize)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
#[serde(deny_unknown_fields)]
pub struct AskedGuarantee {
    /// Which it is.
    pub guarantee: GuaranteeName,
    /// The actions that it is about.
    #[serde(default)]
    pub actions: Vec<ActionName>,
    /// Addresses that requests may come from.
    #[serde(default)]
    pub cidrs: Vec<CidrBlock>,
    /// VPCs that requests may come from.
    #[serde(default)]
    pub vpcs: Vec<VpcId>,
    /// VPC endpoints that requests may come through.
    #[serde(default)]
    pub vpc_endpoints: Vec<VpcEndpointId>,
    /// Principals whom it names: those who may get in, need not keep to it, or must not be locked out.
    #[serde(default)]
    pub principals: Vec<Identity>,
    /// Accounts that may get in.
    #[serde(default)]
    pub accounts: Vec<AccountId>,
    /// Organizations that may get in.
    #[serde(default)]
    pub organizations: Vec<OrganizationId>,
    /// The oldest version of TLS. Quote it: without quotes it is a number.
    #[serde(default)]
    pub minimum_tls: Option<TlsVersion>,
    /// The oldest that MFA may be.
    #[serde(default)]
    pub within: Option<Duration>,
    /// The oldest that a presigned request may be.
    #[serde(default)]
    pub max_age: Option<Duration>,
}

impl AskedGuarantee {
    /// The first value that the guarantee does not use, or that it lacks: its key, and whether it is one too many.
    pub fn misfit(&self) -> Option<(&'static str, bool)> {
        use GuaranteeName::{MfaEnforced, NoLockout, NoPublicAccess, OnlyListedNetworks, OnlyListedPrincipals, PresignedBounded, TlsOnly};
        let given = [
            ("actions", !self.actions.is_empty()),
            ("cidrs", !self.cidrs.is_empty()),
            ("vpcs", !self.vpcs.is_empty()),
            ("vpc_endpoints", !self.vpc_endpoints.is_empty()),
            ("principals", !self.principals.is_empty()),
            ("accounts", !self.accounts.is_empty()),
            ("organizations", !self.organizations.is_empty()),
            ("minimum_tls", self.minimum_tls.is_some()),
            ("within", self.within.is_some()),
            ("max_age", self.max_age.is_some()),
        ];
        let (used, needed): (&[&str], &[&'static str]) = match self.guarantee {
            TlsOnly => (&["minimum_tls"], &[]),
            NoPublicAccess => (&[], &[]),
            OnlyListedNetworks => (&["actions", "cidrs", "vpcs", "vpc_endpoints", "principals"], &[]),
            OnlyListedPrincipals => (&["principals", "accounts", "organizations"], &[]),
            MfaEnforced => (&["actions", "principals", "within"], &["actions", "within"]),
            PresignedBounded => (&["max_age"], &[]),
            NoLockout => (&["principals"], &[]),
        };
        let lacks = |key: &&&'static str| given.iter().any(|(name, is)| *name == **key && !is);
        let nowhere =
            self.guarantee == OnlyListedNetworks && self.cidrs.is_empty() && self.vpcs.is_empty() && self.vpc_endpoints.is_empty();
        let extra = given.iter().find(|(name, is)| *is && !used.contains(name)).map(|(name, _)| (*name, true));
        extra.or_else(|| needed.iter().find(lacks).map(|key| (*key, false))).or_else(|| nowhere.then_some(("cidrs", false)))
    }
}
