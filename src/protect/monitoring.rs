//! Monitoring: what watches the bucket, and who hears of it.
//!
//! In: the `monitoring` of a profile. Out: what each service needs, and steps for what no template can do. What exists
//! once in an account and region is made only where the profile says `create`.

use serde::{Deserialize, Serialize};

pub mod analyzer;
pub mod config;
pub mod guardduty;
pub mod macie;
pub mod rules;

use super::Draft;
use super::alerts::Alerts;
use super::grants::Grant;
use crate::names::BucketName;
use analyzer::AccessAnalyzer;
use config::Config;
use guardduty::GuardDuty;
use macie::Macie;

/// What watches the bucket.
#[derive(Clone, Debug, Default, Serialize, Deserialize)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
#[serde(deny_unknown_fields)]
pub struct Monitoring {
    /// AWS Config: rules that check whether the bucket still is what the profile says. Billed for each evaluation of a rule.
    #[serde(default)]
    pub config: Option<Config>,
    /// IAM Access Analyzer: who could reach the bucket.
    #[serde(default)]
    pub access_analyzer: Option<AccessAnalyzer>,
    /// Amazon GuardDuty: attacks on objects, and malware among them.
    #[serde(default)]
    pub guardduty: Option<GuardDuty>,
    /// Amazon Macie: sensitive data in the objects.
    #[serde(default)]
    pub macie: Option<Macie>,
    /// Who hears of what happens to the bucket.
    #[serde(default)]
    pub alerts: Option<Alerts>,
}

/// Whether something that exists once in an account and region is there already.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(test, derive(schemars::JsonSchema), schemars(inline))]
#[serde(rename_all = "lowercase")]
pub enum Singleton {
    /// It is there.
    #[default]
    Existing,
    /// This profile makes it, and no other one does.
    Create,
}

/// What exists once in an account and region: where the profile says `create`, and what it is.
pub const SINGLETONS: &[(&[&str], &str)] = &[
    (&["monitoring", "config", "recorder"], "the recorder of AWS Config"),
    (&["monitoring", "access_analyzer", "analyzer"], "the analyzer of IAM Access Analyzer"),
    (&["monitoring", "guardduty", "detector"], "the detector of GuardDuty"),
    (&["monitoring", "macie", "session"], "the session of Macie"),
];

impl Monitoring {
    /// Adds the roles that services act in. What confines networks and actions comes later, and has to spare them.
    pub fn roles(&self, draft: &mut Draft) {
        if let Some(config) = &self.config {
            config.role(draft);
        }
        if let Some(guardduty) = &self.guardduty {
            guardduty.role(draft);
        }
        if let Some(macie) = &self.macie {
            macie.role(draft);
        }
    }

    /// Adds the rest, once the bucket is what it will be. `results` is the name of a bucket that is made for what Macie finds.
    pub fn lower<'g>(&self, grants: impl Iterator<Item = &'g Grant>, results: &BucketName, draft: &mut Draft) {
        if let Some(config) = &self.config {
            config.lower(draft);
        }
        if let Some(analyzer) = &self.access_analyzer {
            analyzer.lower(grants, draft);
        }
        if let Some(guardduty) = &self.guardduty {
            guardduty.lower(draft);
        }
        if let Some(macie) = &self.macie {
            macie.lower(&macie::Scope::Bucket, results, draft);
        }
    }
}
