//! Checks: what is wrong with a profile whose every section is well-formed.
//!
//! In: a complete profile and what was written. Out: findings. One file a check; a check looks across sections or
//! at AWS's rules, and never changes anything.

use crate::diag::{Code, Finding, Path, Place};
use crate::expr::{Expr, Pseudo};
use crate::path;
use crate::plan::Versioning;
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
    acl
    acls
    adoption
    bucket_name
    cors
    kms_key
    lifecycle
    log_archive
    mfa
    mfa_access
    namespace
    object_lock
    on_delete
    presigned
    protect_versions
    public_access
    public_kms
    public_reading
    region
    replication
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
    findings.iter_mut().for_each(|finding| show_preset(subject, finding));
    findings
}

/// What a preset set and nobody wrote is shown where the preset is; a second place that is a default is not shown.
pub fn show_preset(subject: &Subject<'_>, finding: &mut Finding) {
    let by_preset = |path: &Path| {
        let pointer = path.to_string();
        let set = subject.profile.preset.overrides().iter().any(|row| pointer.starts_with(&format!("/{}", row.at)));
        set && !subject.is_written(path) && subject.is_written(&path!["preset"])
    };
    if let Place::Value(path) = &finding.place
        && by_preset(path)
    {
        finding.place = Place::Value(path!["preset"]);
        finding.label = "set by this preset".to_owned();
    }
    for related in &mut finding.related {
        if let Place::Value(path) = &related.place
            && by_preset(path)
        {
            related.place = Place::Value(path!["preset"]);
        }
    }
    let section = |path: &Path| path.steps().first().is_none_or(|step| subject.is_written(&Path::from([step.clone()])));
    finding.related.retain(|related| !matches!(&related.place, Place::Value(path) if !section(path)));
}

/// Something that S3 takes only on a bucket with versioning.
fn needs_versioning(subject: &Subject<'_>, path: Path, what: &str, findings: &mut Vec<Finding>) {
    let versioning = subject.profile.bucket.versioning;
    if versioning != Versioning::Enabled {
        findings.push(
            Finding::new(Code::NeedsVersioning, path, format!("{what} needs versioning, which is `{}`", versioning.word()))
                .also(path!["bucket", "versioning"], "versioning")
                .help("set `versioning: enabled`"),
        );
    }
}

/// The account that owns the bucket: the profile's, or the one that is deployed to.
fn account(subject: &Subject<'_>) -> Expr {
    subject.profile.bucket.account.as_ref().map_or_else(|| Pseudo::AccountId.into(), |id| Expr::text(id.to_string()))
}

/// A protection that is turned off: the finding that a waiver can accept.
fn turned_off(code: Code, path: Path, message: String) -> Finding {
    Finding::new(code, path, message)
        .label("loosened here")
        .help(format!("restore the default, or add to `waivers`: `{{finding: {}, reason: …, until: YYYY-MM-DD}}`", code.name()))
}
