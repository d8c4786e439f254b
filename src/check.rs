//! Checks: what is wrong with a profile whose every section is well-formed.
//!
//! In: a complete profile and what was written. Out: findings. One file a check; a check looks across sections or
//! at AWS's rules, and never changes anything.

use crate::diag::{Code, Finding, Path};
use crate::profile::Profile;
use crate::source::Tree;

/// What a check sees.
#[derive(Debug)]
pub struct Subject<'a> {
    /// The profile, complete.
    pub profile: &'a Profile,
    /// What was written.
    pub tree: &'a Tree,
}

impl Subject<'_> {
    /// Whether the profile itself says it, rather than a preset.
    pub fn is_written(&self, path: &Path) -> bool {
        self.tree.locate(path).exact
    }
}

macro_rules! checks {
    ($($module:ident)*) => {
        $(mod $module;)*

        /// Every check.
        const ALL: &[fn(&Subject<'_>, &mut Vec<Finding>)] = &[$($module::check),*];
    };
}

checks! {
    access_logs
    acls
    bucket_name
    kms_key
    on_delete
    public_access
    region
    sse_c
    transport
    versioning
}

/// Everything that the checks find.
pub fn all(subject: &Subject<'_>) -> Vec<Finding> {
    let mut findings = Vec::new();
    for check in ALL {
        check(subject, &mut findings);
    }
    findings
}

/// A protection that is turned off: the finding that a waiver can accept.
fn turned_off(code: Code, path: Path, message: String) -> Finding {
    Finding::new(code, path, message)
        .label("turned off here")
        .help(format!("turn it on, or add to `waivers`: `{{finding: {}, reason: …, until: YYYY-MM-DD}}`", code.name()))
}
