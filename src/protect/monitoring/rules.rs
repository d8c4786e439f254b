//! The managed rules of AWS Config that are about buckets: AWS's names, what they check, and when they fit.
//!
//! Source: "List of AWS Config Managed Rules" with the page of each rule, AWS Config Developer Guide. Not every rule
//! that fits is picked by itself: `s3-bucket-server-side-encryption-enabled` finds every bucket compliant since S3
//! encrypts them all, and rules whose parameters are matched in an undocumented way would call a good bucket bad.

use crate::claim::Guarantee;
use crate::diag::did_you_mean;
use crate::expr::Expr;
use crate::names::{Invalid, inert, name};
use crate::plan::{Algorithm, Ownership, Versioning};
use crate::protect::Draft;

/// A managed rule.
#[derive(Clone, Copy, Debug)]
pub struct Rule {
    /// AWS's name, as its documentation has it.
    pub name: &'static str,
    /// AWS's name, as the API has it.
    pub identifier: &'static str,
    /// What it checks, in a few words.
    pub checks: &'static str,
    /// What it looks at.
    pub about: About,
    /// Regions that do not have it.
    pub not_in: &'static [&'static str],
    /// Whether the bucket promises what it checks; none where it is never picked by itself.
    fits: Option<fn(&Draft) -> bool>,
}

/// What a rule looks at.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum About {
    /// The bucket that is its scope.
    Bucket,
    /// The bucket that this parameter names; the rule runs at times, and takes no scope.
    Parameter(&'static str),
    /// Something that a profile of one bucket cannot give it, or is not about.
    Unfit(&'static str),
}

name! {
    /// The name of a managed rule of AWS Config.
    RuleName, format "config-rule-name", example "s3-bucket-ssl-requests-only"
}

impl RuleName {
    fn check(text: &str) -> Result<(), Invalid> {
        inert(text)?;
        if ALL.iter().any(|rule| rule.name == text) {
            return Ok(());
        }
        let message = format!("`{text}` is not a rule of AWS Config about buckets that this version knows");
        // The API has the same names in capitals.
        let text = text.replace('_', "-").to_lowercase();
        let by_identifier = ALL.iter().find(|rule| rule.identifier.replace('_', "-").eq_ignore_ascii_case(&text)).map(|rule| rule.name);
        Err(Invalid::new(
            message,
            match by_identifier.or_else(|| did_you_mean(&text, ALL.iter().map(|rule| rule.name))) {
                Some(near) => format!("did you mean `{near}`?"),
                None => {
                    "use `auto`, or names as in \"List of AWS Config Managed Rules\", such as `s3-bucket-versioning-enabled`".to_owned()
                }
            },
        ))
    }

    /// The rule.
    pub fn rule(&self) -> Option<&'static Rule> {
        ALL.iter().find(|rule| rule.name == self.as_str())
    }
}

impl Rule {
    /// Whether the bucket promises what the rule checks.
    pub fn fits(&self, draft: &Draft) -> bool {
        self.fits.is_some_and(|fits| fits(draft))
    }

    /// Whether its scope is the bucket.
    pub fn is_scoped(&self) -> bool {
        self.about == About::Bucket
    }

    /// What it compares with, for this bucket.
    pub fn parameters(&self, draft: &Draft) -> Vec<(&'static str, Expr)> {
        let bucket = &draft.bucket;
        if let About::Parameter(parameter) = self.about {
            return vec![(parameter, Expr::text(bucket.name.to_string()))];
        }
        match self.name {
            "s3-bucket-logging-enabled" => {
                let Some(logging) = &bucket.logging else { return Vec::new() };
                let prefix = Some(logging.prefix.clone()).filter(|prefix| !prefix.is_empty());
                let target = [("targetBucket", logging.target.clone())];
                target.into_iter().chain(prefix.map(|prefix| ("targetPrefix", Expr::text(prefix)))).collect()
            }
            "s3-default-encryption-kms" => {
                // Only ARNs are compared.
                let is_arn = |key: &&Expr| key.as_text().is_none_or(|text| text.starts_with("arn:"));
                bucket.encryption.key.iter().filter(is_arn).map(|key| ("kmsKeyArns", key.clone())).collect()
            }
            "s3-bucket-default-lock-enabled" => bucket.object_lock.iter().map(|lock| ("mode", lock.mode.aws().into())).collect(),
            "s3-bucket-tagged" if !bucket.tags.is_empty() => {
                let keys: Vec<&str> = bucket.tags.keys().map(|key| key.as_str()).collect();
                vec![("requiredKeyTags", Expr::text(keys.join(",")))]
            }
            _ => Vec::new(),
        }
    }
}

fn promises(draft: &Draft, is: impl Fn(&Guarantee) -> bool) -> bool {
    draft.claims.iter().any(|claim| is(&claim.guarantee))
}

fn is_closed(draft: &Draft) -> bool {
    promises(draft, |guarantee| matches!(guarantee, Guarantee::NoPublicAccess))
}

fn is_blocked(draft: &Draft) -> bool {
    let block = draft.bucket.public_access_block;
    block.block_public_acls && block.ignore_public_acls && block.block_public_policy && block.restrict_public_buckets
}

const fn rule(name: &'static str, identifier: &'static str, checks: &'static str) -> Rule {
    Rule { name, identifier, checks, about: About::Bucket, not_in: &[], fits: None }
}

impl Rule {
    const fn where_it(mut self, fits: fn(&Draft) -> bool) -> Self {
        self.fits = Some(fits);
        self
    }

    const fn about(mut self, about: About) -> Self {
        self.about = about;
        self
    }

    const fn not_in(mut self, regions: &'static [&'static str]) -> Self {
        self.not_in = regions;
        self
    }
}

const ACCOUNT: About = About::Unfit("it looks at the account, not at a bucket");
const POINTS: About = About::Unfit("it looks at every access point of the account");
const DIRECTORY: About = About::Unfit("it looks at directory buckets");
const PARAMETER: About = About::Unfit("it compares with a parameter of its own, which a list of names does not give it");

/// The rules that every bucket of an account should pass, and the account itself. Not among them: rules that buckets which receive
/// logs cannot pass.
pub const OF_ACCOUNT: &[&str] = &[
    "s3-access-point-public-access-blocks",
    "s3-account-level-public-access-blocks-periodic",
    "s3-bucket-acl-prohibited",
    "s3-bucket-level-public-access-prohibited",
    "s3-bucket-public-read-prohibited",
    "s3-bucket-public-write-prohibited",
    "s3-bucket-ssl-requests-only",
    "s3-bucket-versioning-enabled",
];

/// The rule that asks for Macie.
pub const MACIE: &str = "macie-status-check";

/// The rule that asks for its automated discovery.
pub const DISCOVERY: &str = "macie-auto-sensitive-data-discovery-check";

/// The rules, in the order of their names.
pub const ALL: &[Rule] = &[
    rule("cloudtrail-s3-dataevents-enabled", "CLOUDTRAIL_S3_DATAEVENTS_ENABLED", "a trail records what happens to objects")
        .about(About::Parameter("S3BucketNames")),
    rule(DISCOVERY, "MACIE_AUTO_SENSITIVE_DATA_DISCOVERY_CHECK", "Macie looks into samples of every bucket by itself").about(ACCOUNT),
    rule(MACIE, "MACIE_STATUS_CHECK", "Macie is on").about(ACCOUNT),
    rule("s3-access-point-in-vpc-only", "S3_ACCESS_POINT_IN_VPC_ONLY", "access points take requests from a VPC only").about(POINTS),
    rule("s3-access-point-public-access-blocks", "S3_ACCESS_POINT_PUBLIC_ACCESS_BLOCKS", "access points block public access").about(POINTS),
    rule("s3-account-level-public-access-blocks", "S3_ACCOUNT_LEVEL_PUBLIC_ACCESS_BLOCKS", "the account blocks public access")
        .about(ACCOUNT),
    rule(
        "s3-account-level-public-access-blocks-periodic",
        "S3_ACCOUNT_LEVEL_PUBLIC_ACCESS_BLOCKS_PERIODIC",
        "the account blocks public access",
    )
    .about(ACCOUNT),
    rule("s3-bucket-acl-prohibited", "S3_BUCKET_ACL_PROHIBITED", "access is not decided by ACLs")
        .where_it(|draft| draft.bucket.ownership == Ownership::Enforced),
    rule("s3-bucket-blacklisted-actions-prohibited", "S3_BUCKET_BLACKLISTED_ACTIONS_PROHIBITED", "no other account may do listed actions")
        .about(PARAMETER),
    rule(
        "s3-bucket-cross-region-replication-enabled",
        "S3_BUCKET_CROSS_REGION_REPLICATION_ENABLED",
        "objects are replicated to another region",
    )
    .not_in(&["ap-east-2"]),
    rule("s3-bucket-default-lock-enabled", "S3_BUCKET_DEFAULT_LOCK_ENABLED", "new versions are locked")
        .where_it(|draft| draft.bucket.object_lock.is_some()),
    rule("s3-bucket-level-public-access-prohibited", "S3_BUCKET_LEVEL_PUBLIC_ACCESS_PROHIBITED", "Block Public Access is on")
        .where_it(is_blocked),
    rule("s3-bucket-logging-enabled", "S3_BUCKET_LOGGING_ENABLED", "access logs go where they should")
        .where_it(|draft| draft.bucket.logging.is_some()),
    rule("s3-bucket-mfa-delete-enabled", "S3_BUCKET_MFA_DELETE_ENABLED", "deleting versions takes MFA")
        .where_it(|draft| promises(draft, |guarantee| matches!(guarantee, Guarantee::Setting { name: "MFA delete", .. }))),
    rule("s3-bucket-policy-grantee-check", "S3_BUCKET_POLICY_GRANTEE_CHECK", "the policy gives to listed principals only").about(PARAMETER),
    rule("s3-bucket-policy-not-more-permissive", "S3_BUCKET_POLICY_NOT_MORE_PERMISSIVE", "the policy gives no more than another one")
        .about(PARAMETER),
    rule("s3-bucket-public-read-prohibited", "S3_BUCKET_PUBLIC_READ_PROHIBITED", "not everybody may read").where_it(is_closed),
    rule("s3-bucket-public-write-prohibited", "S3_BUCKET_PUBLIC_WRITE_PROHIBITED", "not everybody may write").where_it(is_closed),
    rule("s3-bucket-replication-enabled", "S3_BUCKET_REPLICATION_ENABLED", "objects are replicated")
        .where_it(|draft| draft.bucket.replication.is_some()),
    rule("s3-bucket-server-side-encryption-enabled", "S3_BUCKET_SERVER_SIDE_ENCRYPTION_ENABLED", "objects are encrypted"),
    rule("s3-bucket-ssl-requests-only", "S3_BUCKET_SSL_REQUESTS_ONLY", "plain HTTP is refused")
        .where_it(|draft| promises(draft, |guarantee| matches!(guarantee, Guarantee::TlsOnly { .. }))),
    rule("s3-bucket-tagged", "S3_BUCKET_TAGGED", "the bucket has its tags").not_in(&[
        "ap-east-2",
        "ap-southeast-5",
        "ap-southeast-6",
        "ap-southeast-7",
        "cn-north-1",
        "cn-northwest-1",
        "mx-central-1",
        "us-gov-east-1",
        "us-gov-west-1",
    ]),
    rule("s3-bucket-versioning-enabled", "S3_BUCKET_VERSIONING_ENABLED", "versions are kept")
        .where_it(|draft| draft.bucket.versioning == Versioning::Enabled),
    rule("s3-default-encryption-kms", "S3_DEFAULT_ENCRYPTION_KMS", "objects are encrypted under the KMS key")
        .where_it(|draft| draft.bucket.encryption.algorithm == Algorithm::SseKms),
    rule(
        "s3-directory-bucket-lifecycle-policy-rule-check",
        "S3_DIRECTORY_BUCKET_LIFECYCLE_POLICY_RULE_CHECK",
        "directory buckets have a lifecycle",
    )
    .about(DIRECTORY),
    rule("s3-event-notifications-enabled", "S3_EVENT_NOTIFICATIONS_ENABLED", "the bucket tells what happens to objects").not_in(&[
        "ap-east-2",
        "ap-southeast-6",
        "ap-southeast-7",
        "mx-central-1",
    ]),
    rule("s3-last-backup-recovery-point-created", "S3_LAST_BACKUP_RECOVERY_POINT_CREATED", "there is a recent backup")
        .about(About::Parameter("resourceId")),
    rule("s3-lifecycle-policy-check", "S3_LIFECYCLE_POLICY_CHECK", "objects have a lifecycle")
        .where_it(|draft| !draft.bucket.lifecycle.is_empty()),
    rule("s3-meets-restore-time-target", "S3_MEETS_RESTORE_TIME_TARGET", "a backup can be had back in time").about(PARAMETER),
    rule("s3-resources-in-logically-air-gapped-vault", "S3_RESOURCES_IN_LOGICALLY_AIR_GAPPED_VAULT", "backups are in an air-gapped vault")
        .about(About::Parameter("resourceId")),
    rule("s3-resources-protected-by-backup-plan", "S3_RESOURCES_PROTECTED_BY_BACKUP_PLAN", "a backup plan covers the bucket")
        .about(About::Parameter("resourceId")),
    rule("s3-version-lifecycle-policy-check", "S3_VERSION_LIFECYCLE_POLICY_CHECK", "old versions have a lifecycle")
        .not_in(&["mx-central-1"]),
    rule("s3express-dir-bucket-lifecycle-rules-check", "S3EXPRESS_DIR_BUCKET_LIFECYCLE_RULES_CHECK", "directory buckets have a lifecycle")
        .about(DIRECTORY),
];

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_rules_are_in_the_order_of_their_names_and_describe_themselves() {
        assert!(OF_ACCOUNT.iter().all(|name| ALL.iter().any(|rule| rule.name == *name && rule.not_in.is_empty())));
        assert!(ALL.windows(2).all(|pair| pair[0].name < pair[1].name));
        for rule in ALL {
            assert!(
                rule.checks.starts_with(|c: char| c.is_lowercase() || ["Block", "Macie"].iter().any(|name| rule.checks.starts_with(name)))
                    && !rule.checks.ends_with('.')
            );
            // A rule that is picked by itself is there in every region, and looks at the bucket only.
            assert!(rule.fits.is_none() || (rule.not_in.is_empty() && rule.is_scoped()), "{}", rule.name);
            // Names of rules have 128 characters at most ("PutConfigRule", AWS Config API Reference).
            assert!(rule.name.len() + 64 <= 128);
        }
    }

    #[test]
    fn a_misspelt_rule_is_answered_with_the_one_that_is_meant() {
        let help = |text: &str| text.parse::<RuleName>().unwrap_err().help;
        assert_eq!(help("s3-bucket-versionning-enabled"), "did you mean `s3-bucket-versioning-enabled`?");
        assert_eq!(help("S3_BUCKET_SSL_REQUESTS_ONLY"), "did you mean `s3-bucket-ssl-requests-only`?");
        assert!(help("ec2-stopped-instance").starts_with("use `auto`"));
    }
}
