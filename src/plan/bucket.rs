//! A bucket with everything that can be configured on it, in S3's own terms.

use serde::{Deserialize, Serialize};

use super::Tags;
use crate::expr::Expr;
use crate::names::BucketName;

/// A word of the profile language that is a word of AWS's under another spelling.
macro_rules! words {
    ($(#[$doc:meta])* $name:ident { $($(#[$vdoc:meta])* $variant:ident = $profile:literal => $aws:literal,)* }) => {
        $(#[$doc])*
        #[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
        #[cfg_attr(test, derive(schemars::JsonSchema))]
        #[cfg_attr(test, schemars(inline))]
        pub enum $name { $($(#[$vdoc])* #[serde(rename = $profile)] $variant),* }

        impl $name {
            /// The word that AWS uses.
            pub const fn aws(self) -> &'static str {
                match self { $(Self::$variant => $aws),* }
            }

            /// The word that profiles use.
            pub const fn word(self) -> &'static str {
                match self { $(Self::$variant => $profile),* }
            }
        }
    };
}

words! {
    /// What encrypts objects at rest.
    Algorithm {
        /// Keys that S3 holds (SSE-S3).
        SseS3 = "sse-s3" => "AES256",
        /// A KMS key (SSE-KMS).
        SseKms = "sse-kms" => "aws:kms",
        /// A KMS key, in two layers (DSSE-KMS).
        DsseKms = "dsse-kms" => "aws:kms:dsse",
    }
}

words! {
    /// Who owns objects, and whether ACLs count.
    Ownership {
        /// The bucket's owner owns every object, ACLs are off.
        Enforced = "enforced" => "BucketOwnerEnforced",
        /// The bucket's owner owns objects that are uploaded with `bucket-owner-full-control`.
        Preferred = "preferred" => "BucketOwnerPreferred",
        /// Whoever uploads owns.
        Writer = "writer" => "ObjectWriter",
    }
}

words! {
    /// Whether old versions of objects are kept.
    Versioning {
        /// Every version is kept until lifecycle expires it.
        Enabled = "enabled" => "Enabled",
        /// Versions that exist are kept, new ones overwrite.
        Suspended = "suspended" => "Suspended",
        /// Never enabled.
        Off = "off" => "Disabled",
    }
}

words! {
    /// How the keys of delivered logs are put together.
    LogFormat {
        /// `PREFIX2026-11-23-…`
        Simple = "simple" => "SimplePrefix",
        /// `PREFIX111122223333/eu-west-1/BUCKET/2026/11/23/…`, by the time of the event.
        Partitioned = "partitioned" => "PartitionedPrefix",
    }
}

words! {
    /// Where objects are moved to when they age.
    StorageClass {
        /// For rarely read objects.
        StandardIa = "standard-ia" => "STANDARD_IA",
        /// For rarely read objects that can be made again: one zone.
        OnezoneIa = "onezone-ia" => "ONEZONE_IA",
        /// S3 moves objects by how they are read.
        IntelligentTiering = "intelligent-tiering" => "INTELLIGENT_TIERING",
        /// Archive, read in milliseconds.
        GlacierIr = "glacier-ir" => "GLACIER_IR",
        /// Archive, read in minutes to hours.
        Glacier = "glacier" => "GLACIER",
        /// Archive, read in hours.
        DeepArchive = "deep-archive" => "DEEP_ARCHIVE",
    }
}

impl StorageClass {
    /// Whether lifecycle moves objects from this class to that one ("Supported lifecycle transitions", Amazon S3 User
    /// Guide).
    pub const fn moves_to(self, to: Self) -> bool {
        use StorageClass::{DeepArchive, Glacier, GlacierIr, IntelligentTiering, OnezoneIa, StandardIa};
        match self {
            StandardIa => matches!(to, IntelligentTiering | OnezoneIa | GlacierIr | Glacier | DeepArchive),
            IntelligentTiering => matches!(to, OnezoneIa | GlacierIr | Glacier | DeepArchive),
            OnezoneIa | GlacierIr => matches!(to, Glacier | DeepArchive),
            Glacier => matches!(to, DeepArchive),
            DeepArchive => false,
        }
    }
}

words! {
    /// Who can end the retention of a locked version early.
    LockMode {
        /// Whoever may bypass governance retention.
        Governance = "governance" => "GOVERNANCE",
        /// Nobody, not even the root user.
        Compliance = "compliance" => "COMPLIANCE",
    }
}

/// How long a version is locked.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Period {
    /// So many days.
    Days(u32),
    /// So many years.
    Years(u32),
}

/// Object Lock with its default retention.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct ObjectLock {
    /// Who can end it early.
    pub mode: LockMode,
    /// How long it lasts.
    pub period: Period,
}

/// What pages of some origins may do from a browser.
#[derive(Clone, Debug, PartialEq, Eq)]
#[allow(missing_docs, reason = "the names are those of S3's CORS rules")]
pub struct CorsRule {
    pub origins: Vec<String>,
    pub methods: Vec<&'static str>,
    pub headers: Vec<String>,
    pub expose: Vec<String>,
    pub max_age: Option<u32>,
}

/// Copies of new objects in another bucket.
#[derive(Clone, Debug, PartialEq)]
pub struct Replication {
    /// The ARN of the role that S3 takes on.
    pub role: Expr,
    /// The ARN of the bucket that receives them.
    pub to: Expr,
    /// The account that owns that bucket and becomes the owner of the copies, where it is another one.
    pub account: Option<Expr>,
    /// The region of that bucket, where it is another one. S3 finds it out by itself.
    pub region: Option<String>,
    /// The key that encrypts the copies; with it, objects under KMS are replicated too.
    pub key: Option<Expr>,
    /// What the keys of replicated objects begin with, one rule each; the empty prefix is every object.
    pub prefixes: Vec<String>,
    /// Whether delete markers are copied too.
    pub delete_markers: bool,
}

/// A grant of an ACL.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Grant {
    /// Who.
    pub to: Grantee,
    /// `READ`, `WRITE`, `READ_ACP`, `WRITE_ACP` or `FULL_CONTROL`.
    pub permission: &'static str,
}

/// Who a grant of an ACL is for.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Grantee {
    /// A predefined group, by its URI.
    Group(&'static str),
    /// An account, by its canonical user id.
    CanonicalUser(String),
}

/// The four switches of Block Public Access.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct PublicAccessBlock {
    /// Refuses new public ACLs.
    pub block_public_acls: bool,
    /// Ignores the public grants of ACLs that exist.
    pub ignore_public_acls: bool,
    /// Refuses new public policies.
    pub block_public_policy: bool,
    /// Lets only the owner's account and AWS services through a public policy.
    pub restrict_public_buckets: bool,
}

/// What S3 encrypts objects with unless the request says otherwise.
#[derive(Clone, Debug, PartialEq)]
pub struct Encryption {
    /// The algorithm.
    pub algorithm: Algorithm,
    /// The KMS key, for the algorithms that take one.
    pub key: Option<Expr>,
    /// Whether one data key of the bucket serves many objects, for the algorithms that take one.
    pub bucket_key: Option<bool>,
    /// Whether keys that the caller provides (SSE-C) are refused.
    pub sse_c_blocked: bool,
}

/// What happens to objects with time. Each rule does one thing.
#[derive(Clone, Debug, PartialEq)]
pub enum LifecycleRule {
    /// Removes the parts of uploads that were never completed, after so many days.
    AbortIncompleteUploads(u32),
    /// Removes versions that are not current, after so many days, and delete markers that are left alone.
    ExpireOldVersions(u32),
    /// Removes objects after so many days.
    ExpireObjects(u32),
    /// Moves objects to cheaper storage.
    Transition(Vec<Transition>),
}

/// A move to another storage class.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Transition {
    /// Days since the object was made.
    pub after_days: u32,
    /// Where it goes.
    pub to: StorageClass,
}

/// Where the records of requests go.
#[derive(Clone, Debug, PartialEq)]
pub struct Logging {
    /// The name of the bucket that receives them.
    pub target: Expr,
    /// What their keys begin with.
    pub prefix: String,
    /// How their keys are put together.
    pub format: LogFormat,
}

/// A bucket. What is `None` or empty is not configured.
#[derive(Clone, Debug, PartialEq)]
pub struct Bucket {
    /// Its name.
    pub name: BucketName,
    /// Its tags.
    pub tags: Tags,
    /// Who owns objects.
    pub ownership: Ownership,
    /// Block Public Access.
    pub public_access_block: PublicAccessBlock,
    /// Default encryption.
    pub encryption: Encryption,
    /// Versions.
    pub versioning: Versioning,
    /// Lifecycle.
    pub lifecycle: Vec<LifecycleRule>,
    /// Server access logs.
    pub logging: Option<Logging>,
    /// Object Lock.
    pub object_lock: Option<ObjectLock>,
    /// Replication.
    pub replication: Option<Replication>,
    /// Cross-origin requests.
    pub cors: Vec<CorsRule>,
    /// Whether S3 tells EventBridge what happens to objects.
    pub eventbridge: bool,
    /// The grants of its ACL beside the owner's.
    pub acl: Vec<Grant>,
    /// Whether the name is in the account's own namespace.
    pub account_regional: bool,
    /// Whether it exists already and is adopted.
    pub existing: bool,
}

impl Bucket {
    /// Whether its ACL is exactly the canned `log-delivery-write`, the only one that CloudFormation has a word for.
    pub fn acl_is_log_delivery(&self) -> bool {
        let to_log_delivery = |permission: &str| {
            self.acl
                .iter()
                .any(|grant| grant.permission == permission && matches!(grant.to, Grantee::Group(uri) if uri.ends_with("/LogDelivery")))
        };
        self.acl.len() == 2 && to_log_delivery("WRITE") && to_log_delivery("READ_ACP")
    }

    /// A bucket as S3 makes it where nothing is asked for, with Block Public Access off (as the API has it).
    pub fn new(name: BucketName) -> Self {
        Self {
            name,
            tags: Tags::new(),
            ownership: Ownership::Enforced,
            public_access_block: PublicAccessBlock::default(),
            encryption: Encryption { algorithm: Algorithm::SseS3, key: None, bucket_key: None, sse_c_blocked: false },
            versioning: Versioning::Off,
            lifecycle: Vec::new(),
            logging: None,
            object_lock: None,
            replication: None,
            cors: Vec::new(),
            eventbridge: false,
            acl: Vec::new(),
            account_regional: false,
            existing: false,
        }
    }
}
