//! Protected versions: who can still change what protects them.

use super::{Subject, needs_versioning};
use crate::diag::{Code, Finding};
use crate::path;

pub(super) fn check(subject: &Subject<'_>, findings: &mut Vec<Finding>) {
    let Some(excepted) = subject.profile.bucket.protect_versions.excepted() else { return };
    let at = path!["bucket", "protect_versions"];
    needs_versioning(subject, at.clone(), "`protect_versions`", findings);
    if excepted.is_empty() {
        findings.push(
            Finding::new(Code::DeployerExcluded, at, "nobody can change lifecycle, versioning or Object Lock while the policy stands, whoever deploys included")
                .help("name the deploying role: `protect_versions: {except: [{role: Deployer}]}`, or remove the policy before such a change"),
        );
    }
}
