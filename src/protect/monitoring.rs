//! Monitoring: what watches the bucket, and who hears of it.

use serde::{Deserialize, Serialize};

use super::alerts::Alerts;

/// What watches the bucket.
#[derive(Clone, Debug, Default, Serialize, Deserialize)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
#[serde(deny_unknown_fields)]
pub struct Monitoring {
    /// Who hears of what happens to the bucket.
    #[serde(default)]
    pub alerts: Option<Alerts>,
}
