//! Policies that no resource of the account carries: those of an organization and of VPC endpoints. Each is a file.

use crate::policy::{Document, Origin};

/// What such a policy says.
#[derive(Clone, Debug, PartialEq)]
pub enum Detached {
    /// The policy of VPC endpoints for S3.
    Endpoint(Document),
    /// A service control policy.
    Scp(Document),
    /// A resource control policy.
    Rcp(Document),
    /// A policy of the type `S3_POLICY` that blocks public access for whole accounts.
    BlockPublicAccess,
}

/// Such a policy, and why it is there.
#[derive(Clone, Debug, PartialEq)]
pub struct DetachedPolicy {
    /// What it says.
    pub content: Detached,
    /// What asks for it.
    pub origin: Origin,
}

impl Detached {
    /// What Organizations takes as a service or resource control policy, in characters, white space included ("Quotas and
    /// service limits for AWS Organizations", AWS Organizations User Guide: what the API gets is stored as it is).
    pub const ORGANIZATION_LIMIT: usize = 5_120;

    /// What a VPC endpoint takes as its policy, in characters, white space included ("Control access to VPC endpoints using
    /// endpoint policies", AWS PrivateLink Guide).
    pub const ENDPOINT_LIMIT: usize = 20_480;

    /// The path of the file below the profile's directory.
    pub const fn path(&self) -> &'static str {
        match self {
            Self::Endpoint(_) => "perimeter/vpc-endpoint-policy.json",
            Self::Scp(_) => "perimeter/scp.json",
            Self::Rcp(_) => "perimeter/rcp.json",
            Self::BlockPublicAccess => "perimeter/s3-policy.json",
        }
    }

    /// The policy in the language of IAM, if it is written in that.
    pub const fn document(&self) -> Option<&Document> {
        match self {
            Self::Endpoint(document) | Self::Scp(document) | Self::Rcp(document) => Some(document),
            Self::BlockPublicAccess => None,
        }
    }

    /// Who takes it, and up to how many characters.
    pub const fn limit(&self) -> (&'static str, usize) {
        match self {
            Self::Endpoint(_) => ("a VPC endpoint", Self::ENDPOINT_LIMIT),
            Self::Scp(_) | Self::Rcp(_) => ("AWS Organizations", Self::ORGANIZATION_LIMIT),
            // "Quotas and service limits for AWS Organizations": of declarative policies.
            Self::BlockPublicAccess => ("AWS Organizations", 10_000),
        }
    }

    /// The characters of its file, all of which count: a statement stands on a line of its own.
    pub fn size(&self) -> usize {
        self.document().map_or(0, |document| document.size() + document.statements.len() + 2)
    }
}
