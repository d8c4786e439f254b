//! Replication: copies of new objects in another bucket, which may be another account's and in another region.

use serde::{Deserialize, Serialize};

use super::{Draft, Meta, Protection, uses};
use crate::claim::{Flow, Guarantee};
use crate::expr::{Attribute, Expr, LogicalId, Pseudo};
use crate::names::{AccountId, BucketName, Invalid, KmsKeyId, Region, inert, name};
use crate::path;
use crate::plan::{self, Kind, Resource, Role, Step, When};
use crate::policy::{Base, Condition, Document, Effect, Key, Principal, Statement};

/// What is known about this protection.
pub const META: Meta = Meta {
    id: "replication",
    title: "replication",
    risk: "with the bucket, its region or its account, every copy is gone",
    statements: &[
        ("AllowS3ToReplicate", "Lets S3 take on the replication role, for this bucket of this account only (the confused deputy)."),
        ("ReadReplicationConfiguration", "Lets the replication role find out what to replicate."),
        ("ReadVersionsToReplicate", "Lets the replication role read versions with their ACLs and tags, for replication only."),
        ("WriteReplicas", "Lets the replication role write copies and delete markers to the destination, and nothing else there."),
        ("DecryptSource", "Lets the replication role decrypt objects of this bucket, through S3 only."),
        ("EncryptReplicas", "Lets the replication role encrypt copies under the destination's key, through S3 only."),
    ],
};

/// The role that S3 takes on to replicate.
pub const ROLE: LogicalId = LogicalId::fixed("ReplicationRole");

name! {
    /// What keys begin with; literal text.
    KeyPrefix, format "key-prefix", example "exports/"
}

impl KeyPrefix {
    fn check(text: &str) -> Result<(), Invalid> {
        inert(text)?;
        if text.contains(['*', '?']) {
            return Err(Invalid::new(format!("`{text}` holds a wildcard"), "a prefix is literal text: leave out `*` and `?`"));
        }
        if text.is_empty() || text.len() > 1_024 {
            return Err(Invalid::new(
                "the prefix is empty or over 1,024 bytes",
                "name the beginning of some keys, or leave `prefixes` out",
            ));
        }
        Ok(())
    }
}

/// Copies of new objects in another bucket.
#[derive(Clone, Debug, Serialize, Deserialize)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
#[serde(deny_unknown_fields)]
pub struct Replication {
    /// The bucket that receives them. It must have versioning.
    pub to_bucket: BucketName,
    /// The account that owns it, quoted, where it is another one. That account becomes the owner of the copies.
    #[serde(default)]
    pub to_account: Option<AccountId>,
    /// The region that it lives in, where it is another one.
    #[serde(default)]
    pub to_region: Option<Region>,
    /// The ARN of the KMS key that encrypts the copies. Needed where this bucket is encrypted with KMS.
    #[serde(default)]
    pub replica_key: Option<KmsKeyId>,
    /// What the keys of replicated objects begin with. Without it: every object.
    #[serde(default)]
    #[cfg_attr(test, schemars(length(max = 100)))]
    pub prefixes: Vec<KeyPrefix>,
    /// Whether delete markers are copied too.
    #[serde(default)]
    pub delete_markers: bool,
}

impl Protection for Replication {
    const META: Meta = META;

    fn lower(&self, draft: &mut Draft) {
        let path = || path!["bucket", "replication"];
        let to = Expr::arn("s3", "", "", self.to_bucket.to_string());
        let role = Role {
            name: Role::name_for("s3-replication", &draft.bucket.name),
            description: format!("Replicates {} to {}", draft.bucket.name, self.to_bucket),
            trust: self.trust(draft),
            policy_name: "replicate",
            policy: self.permissions(draft, &to),
            tags: draft.bucket.tags.clone(),
        };
        draft.steps.push(self.destination_step(&role, draft));
        let origin = draft.origin(&META, path(), "S3 takes it on to replicate the bucket");
        let role = Resource::new(ROLE, Kind::Role(role), origin.clone());
        draft.claims.extend(uses::promise([&role], draft));
        draft.needs.push(role);
        draft.bucket.replication = Some(plan::Replication {
            role: Expr::reference(ROLE, Attribute::Arn),
            to: to.clone(),
            account: self.to_account.as_ref().map(|account| Expr::text(account.to_string())),
            region: self.to_region.as_ref().map(ToString::to_string).filter(|to| draft.region.as_text() != Some(to.as_str())),
            key: self.replica_key.as_ref().map(|key| Expr::text(key.to_string())),
            prefixes: match self.prefixes.as_slice() {
                [] => vec![String::new()],
                prefixes => prefixes.iter().map(ToString::to_string).collect(),
            },
            delete_markers: self.delete_markers,
        });
        draft.from_elsewhere.push(Expr::reference(ROLE, Attribute::Arn));
        draft.claim(origin, Guarantee::ServicesWork(Flow::Replication { role: Expr::reference(ROLE, Attribute::Arn), to }));
    }
}

impl Replication {
    fn trust(&self, draft: &Draft) -> Document {
        let statement = Statement::new(Effect::Allow, "AllowS3ToReplicate")
            .to([Principal::Service("s3.amazonaws.com".into())])
            .actions(["sts:AssumeRole"])
            .when(Condition::one(Base::StringEquals, Key::SourceAccount, draft.account.clone()))
            .when(Condition::one(Base::ArnLike, Key::SourceArn, draft.arn()))
            .because(draft.origin(&META, path!["bucket", "replication"], "S3 takes the role on for this bucket only"));
        Document { statements: vec![statement], ..Document::default() }
    }

    /// What "Setting up permissions for live replication" in the Amazon S3 User Guide asks for, and no more.
    fn permissions(&self, draft: &Draft, to: &Expr) -> Document {
        let because = |reason: &'static str| draft.origin(&META, path!["bucket", "replication"], reason);
        let allow = |sid: &'static str| {
            let mut statement = Statement::new(Effect::Allow, sid);
            statement.principal = None;
            statement
        };
        let mut read = vec!["s3:GetObjectVersionAcl", "s3:GetObjectVersionForReplication", "s3:GetObjectVersionTagging"];
        if draft.bucket.object_lock.is_some() {
            read.extend(["s3:GetObjectLegalHold", "s3:GetObjectRetention"]);
        }
        let mut write = vec!["s3:ReplicateDelete", "s3:ReplicateObject", "s3:ReplicateTags"];
        if self.to_account.is_some() {
            write.insert(0, "s3:ObjectOwnerOverrideToBucketOwner");
        }
        let mut statements = vec![
            allow("ReadReplicationConfiguration")
                .actions(["s3:GetReplicationConfiguration", "s3:ListBucket"])
                .on([draft.arn()])
                .because(because("finds out what to replicate")),
            allow("ReadVersionsToReplicate").actions(read).on([draft.objects("")]).because(because("reads versions, for replication only")),
            allow("WriteReplicas").actions(write).on([to.clone() + "/*"]).because(because("writes copies")),
        ];
        let via = |region: Expr| {
            let endpoint = Expr::text("s3.") + region + "." + Pseudo::UrlSuffix;
            Condition::one(Base::StringEquals, Key::KmsViaService, endpoint)
        };
        if let Some(key) = draft.bucket.encryption.key.clone() {
            let decrypt = allow("DecryptSource").actions(["kms:Decrypt"]).on([key]).when(via(draft.region.clone()));
            statements.push(decrypt.because(because("decrypts objects of the bucket, through S3 only")));
        }
        if let Some(key) = &self.replica_key {
            let region = self.to_region.as_ref().map_or_else(|| draft.region.clone(), |region| Expr::text(region.to_string()));
            let encrypt = allow("EncryptReplicas")
                .actions(["kms:Encrypt", "kms:GenerateDataKey"])
                .on([Expr::text(key.to_string())])
                .when(via(region));
            statements.push(encrypt.because(because("encrypts copies under the destination's key, through S3 only")));
        }
        Document { statements, ..Document::default() }
    }

    fn destination_step(&self, role: &Role, draft: &Draft) -> Step {
        let (to, from) = (&self.to_bucket, &draft.bucket.name);
        let mut commands = vec![
            "# with credentials of the destination's account; S3 refuses the replication while the destination has no versions".to_owned(),
            format!("aws s3api put-bucket-versioning --bucket {to} --versioning-configuration Status=Enabled"),
        ];
        if draft.bucket.object_lock.is_some() {
            commands.push("# the source has Object Lock, so the destination needs it too, or S3 replicates nothing".to_owned());
            commands.push(format!(
                "aws s3api put-object-lock-configuration --bucket {to} --object-lock-configuration ObjectLockEnabled=Enabled"
            ));
        }
        if self.to_account.is_some() {
            let account = draft.account.as_text().map_or_else(|| "SOURCE_ACCOUNT".to_owned(), str::to_owned);
            let partition = self.to_region.as_ref().map_or(draft.partition(), |region| region.partition().id);
            let statement = serde_json::json!({
                "Sid": "AllowReplicas",
                "Effect": "Allow",
                "Principal": { "AWS": [format!("arn:{partition}:iam::{account}:role/{}", role.name)] },
                "Action": ["s3:ObjectOwnerOverrideToBucketOwner", "s3:ReplicateDelete", "s3:ReplicateObject", "s3:ReplicateTags"],
                "Resource": [format!("arn:{partition}:s3:::{to}/*")],
            });
            commands.push("# add this statement to the policy of the destination; the role exists after the deployment, so repeat the last command then".to_owned());
            commands.push(format!("# {statement}"));
            commands.push(format!("aws s3api get-bucket-policy --bucket {to} --query Policy --output text >policy.json"));
            commands.push(format!("aws s3api put-bucket-policy --bucket {to} --policy file://policy.json"));
        }
        if let (Some(key), true) = (&self.replica_key, self.to_account.is_some()) {
            commands.push(format!("# and let the role use the key {key}: kms:Encrypt and kms:GenerateDataKey in its key policy"));
        }
        Step {
            title: format!("Make {to} ready for copies of {from}"),
            why: "the destination is not part of this profile; without versioning and, in another account, without this statement S3 replicates nothing".to_owned(),
            when: When::Before,
            commands,
            verify: vec![
                format!("aws s3api get-bucket-versioning --bucket {to} --query Status --output text"),
                "# after the deployment, for an object that was put since then:".to_owned(),
                format!("aws s3api head-object --bucket {from} --key KEY --query ReplicationStatus --output text"),
            ],
            expect: "Enabled, and COMPLETED some minutes after the object was put".to_owned(),
            path: path!["bucket", "replication"],
        }
    }
}
