//! Checks: what is wrong with a profile whose every section is well-formed.
//!
//! In: a complete profile and what was written. Out: findings. One file a check; a check looks across sections or
//! at AWS's rules, and never changes anything.

use crate::diag::{Code, Finding, Path, Place};
use crate::expr::{Expr, Pseudo};
use crate::names::Date;
use crate::path;
use crate::plan::Versioning;
use crate::profile::Profile;
use crate::protect::grants::{Grant, GrantPrefix, Via};
use crate::protect::principal::Grantee;
use crate::protect::verbs::{ActionPattern, Verb};
use crate::protect::when::When;
use crate::source::Tree;

/// What a check sees.
#[derive(Debug)]
pub struct Subject<'a> {
    /// The profile, complete.
    pub profile: &'a Profile,
    /// What was written.
    pub tree: &'a Tree,
    /// The day on which dates are judged.
    pub today: &'a Date,
}

/// A grant or deny, as far as checks treat them alike.
struct Rule<'a> {
    path: Path,
    to: &'a [Grantee],
    can: &'a [Verb],
    prefixes: &'a [GrantPrefix],
    when: &'a When,
    /// The mechanism of a grant; none for a deny.
    via: Option<&'a Via>,
}

impl Rule<'_> {
    /// Every action by name or pattern, with its place.
    fn patterns(&self) -> impl Iterator<Item = (Path, &ActionPattern)> {
        self.can.iter().enumerate().flat_map(|(at, verb)| {
            let patterns: &[ActionPattern] = if let Verb::Actions(patterns) = verb { patterns } else { &[] };
            let place = self.path.then("can").then(at).then("actions");
            patterns.iter().enumerate().map(move |(number, pattern)| (place.then(number), pattern))
        })
    }
}

impl Subject<'_> {
    /// Every grant, first the profile's and then those of its access points.
    fn grants(&self) -> impl Iterator<Item = (Path, &Grant)> {
        let own = self.profile.grants.iter().enumerate().map(|(at, grant)| (path!["grants", at], grant));
        let of_points = self.profile.access_points.iter().flat_map(|section| section.grants(&[]));
        own.chain(of_points.map(|(_, path, grant)| (path, grant)))
    }

    /// Every grant and every deny, in the order of the profile.
    fn rules(&self) -> impl Iterator<Item = Rule<'_>> {
        let grants = self.grants().map(|(path, grant)| Rule {
            path,
            to: &grant.to,
            can: &grant.can,
            prefixes: &grant.prefixes,
            when: &grant.when,
            via: Some(&grant.via),
        });
        let denies = self.profile.denies.iter().enumerate().map(|(at, deny)| Rule {
            path: path!["denies", at],
            to: &deny.to,
            can: &deny.can,
            prefixes: &deny.prefixes,
            when: &deny.when,
            via: None,
        });
        grants.chain(denies)
    }

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
    access_points
    acl
    acls
    actions
    adoption
    analyzer
    alerts
    broad_cidr
    bucket_name
    cidr_host_bits
    circumstances
    config_rules
    cloudtrail
    console
    cors
    grant_dates
    grant_networks
    guarantees
    ip_families
    iam_grants
    kms_key
    lifecycle
    lockout
    macie
    malware_scan
    log_archive
    mfa
    mfa_access
    namespace
    network_conflict
    network_limits
    network_overlap
    object_lock
    on_delete
    own_account
    partition
    prefixes
    presigned
    private_cidr
    protect_versions
    public_access
    public_kms
    public_reading
    region
    replication
    sse_c
    transport
    variables
    versioning
}

mod account;
mod lists;
mod perimeter;
mod stackset;

pub use account::all_of_account;
pub use perimeter::shut_out;
pub use stackset::{for_stack_set, no_stack_set};

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
