//! Object Lock: versions that nobody can delete or overwrite before their time.

use serde::{Deserialize, Serialize};

use super::{Draft, Meta, Protection};
use crate::path;
use crate::plan::{self, LockMode, Period};

/// What is known about this protection.
pub const META: Meta = Meta {
    id: "object-lock",
    title: "Object Lock",
    risk: "whoever may delete versions, or steals such credentials, deletes them",
    statements: &[],
};

/// Object Lock with a default retention for every new version.
#[derive(Clone, Debug, Serialize, Deserialize)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
#[serde(deny_unknown_fields)]
pub struct ObjectLock {
    /// Who can end the retention early: with `governance` whoever may bypass it, with `compliance` nobody at all.
    pub mode: LockMode,
    /// The default retention in days. Either this or `years`.
    #[serde(default)]
    #[cfg_attr(test, schemars(range(min = 1, max = 36_500)))]
    pub days: Option<u32>,
    /// The default retention in years. Either this or `days`.
    #[serde(default)]
    #[cfg_attr(test, schemars(range(min = 1, max = 100)))]
    pub years: Option<u32>,
}

impl ObjectLock {
    /// The default retention; `None` unless exactly one unit is given.
    pub const fn period(&self) -> Option<Period> {
        match (self.days, self.years) {
            (Some(days), None) => Some(Period::Days(days)),
            (None, Some(years)) => Some(Period::Years(years)),
            _ => None,
        }
    }
}

impl Protection for ObjectLock {
    const META: Meta = META;

    fn lower(&self, draft: &mut Draft) {
        let Some(period) = self.period() else { return };
        draft.bucket.object_lock = Some(plan::ObjectLock { mode: self.mode, period });
        let path = path!["bucket", "object_lock"];
        let value = match period {
            Period::Days(days) => format!("{} for {days} days", self.mode.word()),
            Period::Years(years) => format!("{} for {years} years", self.mode.word()),
        };
        draft.claim_setting(&META, path, "object lock", value);
    }
}
