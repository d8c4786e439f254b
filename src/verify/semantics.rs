//! What the evaluator and the prover take for true of IAM and S3, rule by rule, with how far each is vouched for.
//!
//! In: nothing. Out: [`RULES`], for `explain semantics` and the guide. Which condition keys a request carries has a table
//! of its own, [`super::model::ROWS`]. Never: a rule without rows in `tests/access`, where the evaluator is held to it.

use super::model::Status;
use Status::{Assumed, Documented, Observed};

/// A rule.
#[derive(Clone, Copy, Debug)]
pub struct Rule {
    /// What it is about.
    pub topic: &'static str,
    /// What holds.
    pub text: &'static str,
    /// How far that is vouched for.
    pub status: Status,
    /// The AWS page, or who saw it; empty where it is assumed.
    pub source: &'static str,
    /// The rows that hold the evaluator to it: the file in `tests/access` and their source there.
    pub rows: &'static str,
}

const fn documented(topic: &'static str, text: &'static str, source: &'static str, rows: &'static str) -> Rule {
    Rule { topic, text, status: Documented, source, rows }
}

const fn observed(topic: &'static str, text: &'static str, source: &'static str, rows: &'static str) -> Rule {
    Rule { topic, text, status: Observed, source, rows }
}

const fn assumed(topic: &'static str, text: &'static str, rows: &'static str) -> Rule {
    Rule { topic, text, status: Assumed, source: "", rows }
}

const LAYERS: &str = "how layers combine";
const MATCHING: &str = "what elements match";
const CONDITIONS: &str = "conditions";
const POINTS: &str = "access points";
const PUBLIC: &str = "public access and ACLs";

/// Every rule, by topic.
pub const RULES: &[Rule] = &[
    documented(
        LAYERS,
        "A matching Deny in any layer that applies decides; after it every layer that restricts has to allow.",
        "Policy evaluation logic: How AWS enforcement code logic evaluates requests, IAM User Guide",
        "layers/logic",
    ),
    documented(
        LAYERS,
        "Within an account, an Allow of the bucket's policy for a user, for a session or for everyone is enough; one for the account only delegates, and one for a role still needs its permissions boundary and session policy.",
        "AWS JSON policy elements: Principal (IAM user, role, role session, federated user and all principals), IAM User Guide",
        "layers/principals",
    ),
    documented(
        LAYERS,
        "Across accounts both sides have to allow: the bucket's policy, and the caller's own account.",
        "Cross-account policy evaluation logic, IAM User Guide",
        "layers/cross",
    ),
    documented(
        LAYERS,
        "A permissions boundary limits what identity policies allow.",
        "Permissions boundaries for IAM entities, IAM User Guide",
        "layers/boundary",
    ),
    documented(
        LAYERS,
        "A session policy limits what a session may do.",
        "Policies and permissions in IAM, section Session policies, IAM User Guide",
        "layers/session",
    ),
    documented(
        LAYERS,
        "Service control policies of the caller's account bind its users and roles and its root user, not services nor service-linked roles.",
        "Service control policies (SCPs), AWS Organizations User Guide",
        "layers/scp",
    ),
    documented(
        LAYERS,
        "Resource control policies of the bucket's account bind callers of every account, and not service-linked roles.",
        "Resource control policies (RCPs), AWS Organizations User Guide",
        "layers/rcp",
    ),
    documented(
        LAYERS,
        "A request through a VPC endpoint needs an Allow of the endpoint's policy.",
        "Controlling access to VPC endpoints with endpoint policies, Amazon VPC (AWS PrivateLink) Guide",
        "layers/vpce",
    ),
    documented(
        LAYERS,
        "The owner account's root user can always read, put and delete the bucket policy, whatever it denies.",
        "Bucket policies for Amazon S3 / PutBucketPolicy: the root principal of the bucket owner's account can always perform GetBucketPolicy, PutBucketPolicy, DeleteBucketPolicy, Amazon S3 API Reference",
        "layers/s3root",
    ),
    documented(
        MATCHING,
        "Actions match without regard to case; `*` and `?` are wildcards.",
        "IAM JSON policy elements: Action, IAM User Guide",
        "matching/action",
    ),
    documented(
        MATCHING,
        "Resources match with regard to case, part by part of the ARN; in the last part `*` spans slashes and colons.",
        "IAM JSON policy elements: Resource, IAM User Guide",
        "matching/resource",
    ),
    documented(
        MATCHING,
        "`Principal: *` is everyone, anonymous callers included; an ARN of a principal holds no wildcard.",
        "AWS JSON policy elements: Principal, IAM User Guide",
        "matching/principal",
    ),
    documented(
        MATCHING,
        "A Deny with `NotPrincipal` spares a caller only where it lists everything that the caller is; of whom it lists a part, the decision is open.",
        "AWS JSON policy elements: NotPrincipal, IAM User Guide",
        "matching/notprincipal",
    ),
    documented(
        MATCHING,
        "A principal that was deleted is stored as an id, and a new one of its name is another.",
        "IAM identifiers, section Unique identifiers, IAM User Guide",
        "matching/ids",
    ),
    observed(
        MATCHING,
        "An ARN with fewer than six parts is filled up with wildcards in identity policies, in bucket and endpoint policies only if it holds one, and matches nothing in resource control policies.",
        "Observed: ARNs with fewer than six parts (@cloud-copilot/iam-simulate); documented on no AWS page",
        "matching/short",
    ),
    assumed(MATCHING, "What a wildcard as the name of a service or an identity provider matches is open.", "matching/assumed"),
    documented(
        CONDITIONS,
        "Operators and keys of a block all have to hold, values are alternatives, and a negated operator holds where none of its values matches; where the key is missing, a plain operator fails and a negated one holds.",
        "IAM JSON policy elements: Condition operators, IAM User Guide",
        "conditions/ops",
    ),
    documented(
        CONDITIONS,
        "`…IfExists` holds where the key is missing.",
        "IAM JSON policy elements: Condition operators, section ...IfExists condition operators, IAM User Guide",
        "conditions/exists",
    ),
    documented(
        CONDITIONS,
        "`ForAllValues` holds and `ForAnyValue` fails where the key is missing.",
        "Set operators for multivalued context keys (reference_policies_condition-single-vs-multi-valued-context-keys), IAM User Guide",
        "conditions/sets",
    ),
    documented(
        CONDITIONS,
        "A variable without a value makes a plain operator fail and a negated one hold; policies without the version `2012-10-17` have no variables.",
        "IAM policy elements: Variables and tags, IAM User Guide",
        "conditions/vars",
    ),
    observed(
        CONDITIONS,
        "A plain operator never holds on a key that has several values.",
        "Observed: plain operators never hold on multivalued keys (@cloud-copilot/iam-simulate, confirmed by its authors with AWS, 2025)",
        "conditions/plain-on-set",
    ),
    assumed(
        CONDITIONS,
        "A value that its operator cannot read matches nothing, and under a negated operator the decision is open; bits behind the length of an address block are dropped; `*` alone stands for every ARN; wildcards in the value of a variable are text.",
        "conditions/assumed",
    ),
    documented(
        POINTS,
        "A request through an access point needs an Allow of the point's policy and one of the bucket's, and a Deny of either decides.",
        "Configuring IAM policies for using access points, Amazon S3 User Guide",
        "layers/points",
    ),
    documented(
        POINTS,
        "An access point with a VPC as its origin refuses requests from elsewhere, whatever policies say.",
        "Creating access points restricted to a virtual private cloud, Amazon S3 User Guide",
        "layers/pointvpc",
    ),
    documented(
        POINTS,
        "Access points take signed requests over HTTPS only.",
        "Access points restrictions and limitations, Amazon S3 User Guide",
        "layers/pointrules",
    ),
    assumed(
        POINTS,
        "An identity policy that names only the access point does not allow what needs the bucket's Allow too.",
        "layers/assumed",
    ),
    documented(
        PUBLIC,
        "While S3 calls a policy public, RestrictPublicBuckets keeps everyone out but services and the owner's account; a policy is public unless every Allow is confined to fixed principals, networks, accounts or sources.",
        "Blocking public access to your Amazon S3 storage, Amazon S3 User Guide",
        "layers/bpa",
    ),
    documented(
        PUBLIC,
        "With bucket-owner-enforced ownership ACLs grant nothing, and uploads that bring one are refused, except for `bucket-owner-full-control`.",
        "Controlling ownership of objects and disabling ACLs for your bucket, Amazon S3 User Guide",
        "layers/ownership",
    ),
    documented(
        PUBLIC,
        "Grants of ACLs count where ownership lets them.",
        "Access control list (ACL) overview, Amazon S3 User Guide",
        "layers/acl",
    ),
];
