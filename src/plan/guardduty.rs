//! Amazon GuardDuty: the detector of an account, and scans of what is written to a bucket.

use super::Tags;
use super::view::{Map, View};
use crate::expr::{Attribute, Expr, LogicalId};

/// The detector of an account in a region.
#[derive(Clone, Debug, PartialEq)]
pub struct Detector {
    /// Whether it looks at what is done with objects.
    pub s3_protection: bool,
    /// Its tags.
    pub tags: Tags,
}

/// Scans of every object that is written to a bucket.
#[derive(Clone, Debug, PartialEq)]
pub struct MalwareScan {
    /// The role in whose name objects are read and tagged.
    pub role: LogicalId,
    /// The bucket.
    pub bucket: LogicalId,
    /// Its tags.
    pub tags: Tags,
}

impl Detector {
    pub(super) fn view<'a>(&'a self, view: &mut Map<'a>) {
        view.push(("status", if self.s3_protection { "ENABLED".into() } else { "DISABLED".into() }));
        if !self.tags.is_empty() {
            view.push(("tags", super::view::tags(&self.tags)));
        }
    }
}

impl MalwareScan {
    pub(super) fn view<'a>(&'a self, view: &mut Map<'a>) {
        let refer = |id: &LogicalId, attribute| View::Text(std::borrow::Cow::Owned(Expr::reference(id.clone(), attribute)));
        view.extend([("role", refer(&self.role, Attribute::Arn)), ("bucket", refer(&self.bucket, Attribute::Id))]);
        if !self.tags.is_empty() {
            view.push(("tags", super::view::tags(&self.tags)));
        }
    }
}
