//! Block Public Access on the bucket: four switches, all on unless the profile says otherwise.

use serde::{Deserialize, Serialize};

use super::{Draft, Meta, Protection};
use crate::claim::Guarantee;
use crate::expr::LogicalId;
use crate::path;
use crate::plan::{Kind, PublicAccessBlock, Resource};

/// What is known about this protection.
pub const META: Meta = Meta {
    id: "public-access",
    title: "Block Public Access",
    risk: "one careless policy or ACL opens the bucket to everybody",
    statements: &[],
};

/// Block Public Access.
#[derive(Clone, Debug, Serialize, Deserialize)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
#[serde(deny_unknown_fields)]
pub struct PublicAccess {
    /// `all`, or the four switches one by one. Turning one off needs a waiver for `public-access-not-blocked`.
    pub block: Block,
}

/// Which switches are on.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(test, derive(schemars::JsonSchema), schemars(inline, extend("x-expects" = "`all`, or a mapping with the switches that are off")))]
#[serde(untagged)]
pub enum Block {
    /// All four.
    All(All),
    /// One by one.
    Some(Switches),
}

/// The word for all four switches.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(test, derive(schemars::JsonSchema), schemars(inline))]
pub enum All {
    /// All four.
    #[serde(rename = "all")]
    All,
}

/// The four switches; what is not written is on.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(test, derive(schemars::JsonSchema), schemars(inline))]
#[serde(deny_unknown_fields)]
pub struct Switches {
    /// Refuse new public ACLs (`BlockPublicAcls`).
    #[serde(default = "on")]
    pub public_acls: bool,
    /// Ignore the public grants of ACLs that exist (`IgnorePublicAcls`).
    #[serde(default = "on")]
    pub ignore_acls: bool,
    /// Refuse new public policies (`BlockPublicPolicy`).
    #[serde(default = "on")]
    pub public_policy: bool,
    /// Let only the owner's account and AWS services through a public policy (`RestrictPublicBuckets`).
    #[serde(default = "on")]
    pub restrict: bool,
}

const fn on() -> bool {
    true
}

impl Switches {
    /// All four on.
    pub const ALL: Self = Self { public_acls: true, ignore_acls: true, public_policy: true, restrict: true };
}

impl Switches {
    /// Each switch by its name in a profile.
    pub const fn named(self) -> [(&'static str, bool); 4] {
        [
            ("public_acls", self.public_acls),
            ("ignore_acls", self.ignore_acls),
            ("public_policy", self.public_policy),
            ("restrict", self.restrict),
        ]
    }
}

impl From<Switches> for PublicAccessBlock {
    fn from(switches: Switches) -> Self {
        Self {
            block_public_acls: switches.public_acls,
            ignore_public_acls: switches.ignore_acls,
            block_public_policy: switches.public_policy,
            restrict_public_buckets: switches.restrict,
        }
    }
}

impl Block {
    /// The four switches.
    pub const fn switches(self) -> Switches {
        match self {
            Self::All(All::All) => Switches::ALL,
            Self::Some(switches) => switches,
        }
    }
}

impl PublicAccess {
    /// Blocks public access for every bucket of the account.
    pub fn for_account(&self, draft: &mut Draft) {
        let origin = draft.origin(&META, path!["public_access", "block"], "no bucket and no access point of the account is public");
        let block = Kind::AccountBlock(self.block.switches().into());
        draft.dependents.push(Resource::new(LogicalId::fixed("AccountPublicAccessBlock"), block, origin));
        let words: Vec<&str> = self.block.switches().named().iter().filter(|(_, on)| *on).map(|(name, _)| *name).collect();
        draft.claim_setting(&META, path!["public_access", "block"], "Block Public Access of the account", words.join(", "));
    }
}

impl Protection for PublicAccess {
    const META: Meta = META;

    fn lower(&self, draft: &mut Draft) {
        let switches = self.block.switches();
        draft.bucket.public_access_block = switches.into();
        if switches.public_policy && switches.restrict && switches.ignore_acls {
            let origin = draft.origin(&META, path!["public_access", "block"], "nothing is public");
            draft.claim(origin, Guarantee::NoPublicAccess);
        }
    }
}
