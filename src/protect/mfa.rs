//! MFA delete: only the root user, with its MFA device, deletes versions for good. No template can switch it on.

use serde::{Deserialize, Serialize};

use super::mfa_access::For;
use super::principal::Identity;
use super::{Draft, Meta, Protection};
use crate::path;
use crate::plan::{Step, When};

/// What is known about this protection.
pub const META: Meta =
    Meta { id: "mfa", title: "MFA delete", risk: "stolen credentials are enough to delete every version", statements: &[] };

/// Multi-factor authentication.
#[derive(Clone, Debug, Default, Serialize, Deserialize)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
#[serde(deny_unknown_fields)]
pub struct Mfa {
    /// MFA delete. Only the root user can switch it on: the runbook says how. S3 takes no lifecycle beside it.
    #[serde(default)]
    pub delete: bool,
    /// What takes MFA within a time. It reaches access keys of users and their sessions: sessions of roles carry no MFA.
    #[serde(default, rename = "for")]
    pub access: For,
    /// Principals that `for` leaves alone, such as roles that work unattended.
    #[serde(default)]
    pub except: Vec<Identity>,
}

impl Protection for Mfa {
    const META: Meta = META;

    fn lower(&self, draft: &mut Draft) {
        if !self.delete {
            return;
        }
        let bucket = &draft.bucket.name;
        draft.steps.push(Step {
            title: format!("Switch on MFA delete for {bucket}"),
            why: "only the root user of the account that owns the bucket can, with its MFA device, and neither CloudFormation nor a repeatable Terraform plan \
                  can hold a code that is good for one use"
                .to_owned(),
            when: When::After,
            commands: vec![
                "# S3 takes no lifecycle beside MFA delete; one that is there has to go".to_owned(),
                format!("aws s3api delete-bucket-lifecycle --bucket {bucket}"),
                "# with access keys of the root user, made for this step and deleted after it".to_owned(),
                "printf 'serial number or ARN of the MFA device: '; read -r SERIAL".to_owned(),
                "printf 'current code: '; read -r CODE".to_owned(),
                format!(
                    "aws s3api put-bucket-versioning --bucket {bucket} --versioning-configuration Status=Enabled,MFADelete=Enabled --mfa \"$SERIAL $CODE\""
                ),
            ],
            verify: vec![format!("aws s3api get-bucket-versioning --bucket {bucket} --query MFADelete --output text")],
            expect: "Enabled".to_owned(),
            path: path!["mfa", "delete"],
        });
        draft.claim_setting(&META, path!["mfa", "delete"], "MFA delete", "a step of the runbook");
    }
}
