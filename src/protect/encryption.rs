//! Encryption at rest: the bucket's default, the key, what uploads may name, and no keys that callers bring along.

use serde::{Deserialize, Serialize};

use super::principal::Identity;
use super::{Draft, Meta, Protection, key_use, uses};
use crate::claim::{Guarantee, Work};
use crate::expr::{Attribute, Expr, LogicalId};
use crate::names::{Invalid, KmsKeyId, name};
use crate::path;
use crate::plan::{self, Algorithm, Alias, Key as KmsKey, Kind, Resource, Scanner, Step, Suppression, When};
use crate::policy::{Base, Condition, Document, Effect, Key, Principal, Statement};

/// What is known about this protection.
pub const META: Meta = Meta {
    id: "encryption",
    title: "encryption at rest",
    risk: "whoever reads the storage, or steals credentials for S3 alone, reads the objects",
    statements: &[
        (
            "DenyCustomerProvidedKeys",
            "Denies uploads that bring their own key (SSE-C): with the key gone the object is lost, which ransomware has used. Clients that use the \
             bucket's default are untouched. Change it with `encryption.sse_c: allow` and a waiver for `sse-c-allowed`.",
        ),
        (
            "DenyOtherAlgorithm",
            "Denies uploads, replicas and changes of encryption that name another algorithm than the bucket's. The `Null` guard spares uploads that name \
             none, which get the default. Change it with `encryption.uploads: default`.",
        ),
        (
            "DenyOtherKey",
            "Denies uploads, replicas and changes of encryption that name another KMS key than the bucket's. The `Null` guard spares uploads that name \
             none. Change it with `encryption.uploads: default`.",
        ),
        (
            "DenyKmsWithoutKey",
            "Denies uploads that name the KMS algorithm but no key: S3 would encrypt those with the account's `aws/s3` key instead of the bucket's. Change \
             it with `encryption.uploads: default`.",
        ),
        (
            "AllowAccountAdministration",
            "Lets the account that owns the key administer it and grant its use by IAM policies. A key without it can become unmanageable, and only AWS \
             Support can help then (\"Default key policy\", AWS KMS Developer Guide).",
        ),
        (
            "AllowKeyAdministration",
            "Lets the principals of `encryption.key_admins` change the key's policy, rotate and disable it. It names no action that encrypts, decrypts \
             or grants; but whoever may change a key's policy can let themselves in, and CloudTrail records it.",
        ),
    ],
};

/// What administers a key without using it ("Allows key administrators to administer the KMS key", AWS KMS Developer Guide).
const ADMINISTRATION: &[&str] = &[
    "kms:CancelKeyDeletion",
    "kms:CreateAlias",
    "kms:DeleteAlias",
    "kms:Describe*",
    "kms:Disable*",
    "kms:Enable*",
    "kms:Get*",
    "kms:List*",
    "kms:PutKeyPolicy",
    "kms:RevokeGrant",
    "kms:RotateKeyOnDemand",
    "kms:ScheduleKeyDeletion",
    "kms:TagResource",
    "kms:UntagResource",
    "kms:UpdateAlias",
    "kms:UpdateKeyDescription",
];

/// Rules that ask every bucket for a KMS key.
const WANT_KMS: &[(Scanner, &str)] = &[
    (Scanner::CdkNag, "HIPAA.Security-S3DefaultEncryptionKMS"),
    (Scanner::CdkNag, "NIST.800.53.R5-S3DefaultEncryptionKMS"),
    (Scanner::CdkNag, "PCI.DSS.321-S3DefaultEncryptionKMS"),
    (Scanner::CheckovTerraform, "CKV_AWS_145"),
    (Scanner::Trivy, "AWS-0132"),
];

/// Rules with a list of algorithms that lacks `aws:kms:dsse`.
const KNOW_NO_DSSE: &[(Scanner, &str)] = &[
    (Scanner::CdkNag, "HIPAA.Security-S3DefaultEncryptionKMS"),
    (Scanner::CdkNag, "NIST.800.53.R5-S3DefaultEncryptionKMS"),
    (Scanner::CdkNag, "PCI.DSS.321-S3DefaultEncryptionKMS"),
    (Scanner::CfnGuard, "S3_BUCKET_SERVER_SIDE_ENCRYPTION_ENABLED"),
    (Scanner::CfnGuard, "S3_DEFAULT_ENCRYPTION_KMS"),
    (Scanner::Checkov, "CKV_AWS_19"),
    (Scanner::CheckovTerraform, "CKV_AWS_145"),
];

name! {
    /// `create`, or a key that exists.
    KeyChoice, open, format "key-choice", example "create"
}

impl KeyChoice {
    fn check(text: &str) -> Result<(), Invalid> {
        if text == "create" { Ok(()) } else { text.parse::<KmsKeyId>().map(|_| ()) }
    }

    /// The key that exists, if one was named.
    pub fn given(&self) -> Option<KmsKeyId> {
        KmsKeyId::try_from(self.as_str().to_owned()).ok()
    }
}

/// What uploads may say about encryption.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(test, derive(schemars::JsonSchema), schemars(inline))]
#[serde(rename_all = "lowercase")]
pub enum Uploads {
    /// Anything but a key of their own; what they do not say, the bucket's default decides.
    Default,
    /// Nothing, or exactly the bucket's algorithm and key.
    Pinned,
}

/// Keys that the caller provides with each request (SSE-C).
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(test, derive(schemars::JsonSchema), schemars(inline))]
#[serde(rename_all = "lowercase")]
pub enum SseC {
    /// Refused.
    Block,
    /// Taken.
    Allow,
}

/// Encryption at rest.
#[derive(Clone, Debug, Serialize, Deserialize)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
#[serde(deny_unknown_fields)]
pub struct Encryption {
    /// What S3 encrypts objects with unless the request says otherwise.
    pub algorithm: Algorithm,
    /// The KMS key: `create`, the ARN of a key, or an alias. Only with `sse-kms` and `dsse-kms`.
    pub key: KeyChoice,
    /// Who administers a created key, beside the account: they change its policy and its life; to use it they would have to change its policy.
    #[serde(default)]
    pub key_admins: Vec<Identity>,
    /// Whether one data key of the bucket serves many objects, which saves KMS requests. Only with `sse-kms`.
    pub bucket_key: bool,
    /// What uploads may say about encryption.
    pub uploads: Uploads,
    /// Keys that the caller provides. Allowing them needs a waiver for `sse-c-allowed`.
    pub sse_c: SseC,
}

impl Encryption {
    /// SSE-S3 with SSE-C refused: what buckets for logs take.
    pub fn sse_s3() -> Result<Self, Invalid> {
        Ok(Self {
            algorithm: Algorithm::SseS3,
            key: KeyChoice::try_from("create".to_owned())?,
            key_admins: Vec::new(),
            bucket_key: false,
            uploads: Uploads::Default,
            sse_c: SseC::Block,
        })
    }
}

impl Protection for Encryption {
    const META: Meta = META;

    fn lower(&self, draft: &mut Draft) {
        let key = match (self.algorithm, self.key.given()) {
            (Algorithm::SseS3, _) => None,
            (_, Some(given)) => Some(self.use_given(&given, draft)),
            (_, None) => Some(create_key(&self.key_admins, draft)),
        };
        draft.bucket.encryption = plan::Encryption {
            algorithm: self.algorithm,
            key: key.clone(),
            bucket_key: (self.algorithm == Algorithm::SseKms).then_some(self.bucket_key),
            sse_c_blocked: self.sse_c == SseC::Block,
        };
        if self.sse_c == SseC::Block {
            let origin = draft.origin(&META, path!["encryption", "sse_c"], "uploads under a key that the caller brings along are refused");
            let brought = Condition::one(Base::Null, Key::XAmzServerSideEncryptionCustomerAlgorithm, "false");
            let statement = draft.deny_put("DenyCustomerProvidedKeys").when(brought);
            draft.statements.push(statement.because(origin));
        }
        if self.uploads == Uploads::Pinned {
            self.pin(key.as_ref(), draft);
        }
        let suppressions = match self.algorithm {
            Algorithm::SseS3 if draft.id == plan::TRAIL_BUCKET => {
                Suppression::all("CloudTrail names the key itself for what it delivers, where the profile asks for one", WANT_KMS)
            }
            Algorithm::SseS3 if draft.id == plan::CONFIG_BUCKET => {
                Suppression::all("SSE-S3 needs no key that could keep AWS Config out", WANT_KMS)
            }
            Algorithm::SseS3 if draft.id == plan::MACIE_BUCKET => {
                Suppression::all("Macie names the key itself for what it delivers", WANT_KMS)
            }
            Algorithm::SseS3 if draft.asked_by.is_some() => {
                Suppression::all("S3 delivers access logs to buckets with SSE-S3 only", WANT_KMS)
            }
            Algorithm::SseS3 => Suppression::all("the profile asks for SSE-S3, whose keys S3 holds", WANT_KMS),
            Algorithm::SseKms => Vec::new(),
            Algorithm::DsseKms => Suppression::all("the rule does not know DSSE-KMS, which is more than it asks for", KNOW_NO_DSSE),
        };
        draft.bucket_suppressions.extend(suppressions);
        let origin = draft.origin(&META, path!["encryption"], "objects are encrypted as declared");
        let pinned = self.uploads == Uploads::Pinned;
        draft.claim(
            origin,
            Guarantee::EncryptedAsDeclared {
                pinned_algorithm: pinned.then_some(self.algorithm.aws()),
                pinned_key: key.filter(|_| pinned),
                sse_c_blocked: self.sse_c == SseC::Block,
            },
        );
        draft.claim_setting(&META, path!["encryption", "algorithm"], "encryption", self.algorithm.word());
    }
}

/// What can name an algorithm and a key ("Actions, resources, and condition keys for Amazon S3", Service Authorization
/// Reference). A replica and a change of encryption that name KMS always name a key too ("Replicating encrypted objects",
/// "UpdateObjectEncryption", Amazon S3 User Guide and API Reference).
const NAME_ENCRYPTION: &[&str] = &["s3:PutObject", "s3:ReplicateObject", "s3:UpdateObjectEncryption"];

impl Encryption {
    /// Three statements, since the keys of one would be ANDed. The `Null` guards spare requests that name nothing,
    /// and hold whether or not S3 fills the keys in from the default.
    fn pin(&self, key: Option<&Expr>, draft: &mut Draft) {
        let (algorithm, key_id) = (Key::XAmzServerSideEncryption, Key::XAmzServerSideEncryptionAwsKmsKeyId);
        let named = |key: &Key| Condition::one(Base::Null, key.clone(), "false");
        let origin = |draft: &Draft, reason: &'static str| draft.origin(&META, path!["encryption", "uploads"], reason);
        let expected = self.algorithm.aws();
        let statement = draft
            .deny_put("DenyOtherAlgorithm")
            .actions(NAME_ENCRYPTION.iter().copied())
            .when(Condition::one(Base::StringNotEquals, algorithm.clone(), expected))
            .when(named(&algorithm))
            .because(origin(draft, "uploads and replicas that name another algorithm are refused"));
        draft.statements.push(statement);
        let Some(key) = key else { return };
        let statement = draft
            .deny_put("DenyOtherKey")
            .actions(NAME_ENCRYPTION.iter().copied())
            .when(Condition::one(Base::StringNotEquals, key_id.clone(), key.clone()))
            .when(named(&key_id))
            .because(origin(draft, "uploads and replicas that name another key are refused"));
        draft.statements.push(statement);
        let statement = draft
            .deny_put("DenyKmsWithoutKey")
            .when(Condition::one(Base::StringEquals, algorithm, expected))
            .when(Condition::one(Base::Null, key_id, "true"))
            .because(origin(draft, "uploads that name KMS without a key are refused: S3 would use the key aws/s3"));
        draft.statements.push(statement);
    }

    fn use_given(&self, given: &KmsKeyId, draft: &mut Draft) -> Expr {
        let bucket = &draft.bucket.name;
        draft.steps.push(Step {
            title: format!("Let the users of {bucket} use its KMS key"),
            why: "the key is not part of this profile, so its policy cannot be rendered; without it S3 answers AccessDenied to readers and writers that the \
                  bucket policy lets in"
                .to_owned(),
            when: When::After,
            commands: key_use::change_policy(
                given.as_str(),
                &["add kms:Decrypt (readers) and kms:GenerateDataKey (writers) for the principals that use the bucket, then:"],
            ),
            verify: vec![format!("aws kms describe-key --key-id {given} --query 'KeyMetadata.[KeyState,KeyUsage,KeySpec]' --output text")],
            expect: "Enabled ENCRYPT_DECRYPT SYMMETRIC_DEFAULT".to_owned(),
            path: path!["encryption", "key"],
        });
        Expr::text(given.to_string())
    }
}

/// The account's statement lets the administrators in as well.
pub(super) const IN_DEPTH: (&str, &str) = (
    "AllowKeyAdministration",
    "While AllowAccountAdministration stands, an IAM policy of theirs is enough for the administrators, and nothing hangs on this statement. It is the one      that is left when the account is taken out of the key's policy, so that not everybody with rights on IAM reaches the key.",
);

/// A key of the bucket's own, named after it.
fn create_key(admins: &[Identity], draft: &mut Draft) -> Expr {
    let because = |reason: &'static str| draft.origin(&META, path!["encryption", "key"], reason);
    let root = Expr::arn("iam", "", draft.account.clone(), "root");
    let mut statements = vec![
        Statement::new(Effect::Allow, "AllowAccountAdministration")
            .to([Principal::Aws(root.clone())])
            .actions(["kms:*"])
            .on(["*".into()])
            .because(because("the account administers the key and grants its use by IAM policies")),
    ];
    if !admins.is_empty() {
        let patterns = admins.iter().map(|admin| admin.pattern(&draft.account));
        // Names in `Principal` would have to exist; a match on the ARN does not, and takes permission sets too.
        let statement = Statement::new(Effect::Allow, "AllowKeyAdministration")
            .to([Principal::Aws(root)])
            .actions(ADMINISTRATION.iter().copied())
            .on(["*".into()])
            .when(Condition::new(Base::ArnLike, Key::PrincipalArn, patterns));
        let origin = draft.origin(
            &META,
            path!["encryption", "key_admins"],
            "the key's administrators change its policy and its life; nothing here lets them encrypt or decrypt",
        );
        statements.push(statement.because(origin));
    }
    let policy = Document { statements, ..Document::default() };
    let key = KmsKey { description: format!("Encrypts the bucket {}", draft.bucket.name), policy, tags: draft.bucket.tags.clone() };
    let alias = LogicalId::fixed("KeyAlias");
    let name = format!("alias/{}", draft.bucket.name.without_dots());
    let key = Resource::new(plan::KEY, Kind::Key(key), because("encrypts the bucket's objects")).retained(draft.retain);
    let id = key.reference(Attribute::Id);
    let arn = key.reference(Attribute::Arn);
    let alias = Resource::new(alias, Kind::Alias(Alias { name, key: id }), because("a name for the key, for people"));
    draft.needs.extend([key, alias]);
    let origin = draft.origin(&META, path!["encryption", "key"], "the account administers the key");
    let uses = uses::administration(arn.clone(), draft);
    draft.claim(origin, Guarantee::UsesWork { work: Work::Key, of: vec![plan::KEY], uses });
    arn
}
