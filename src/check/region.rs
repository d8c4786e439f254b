//! Regions that this version has not heard of.

use super::Subject;
use crate::diag::{Code, Finding, did_you_mean};
use crate::names::KNOWN_REGIONS;
use crate::path;

pub(super) fn check(subject: &Subject<'_>, findings: &mut Vec<Finding>) {
    let Some(region) = subject.profile.bucket.region.as_ref().filter(|region| !region.is_known()) else { return };
    let finding = Finding::new(Code::UnknownRegion, path!["bucket", "region"], format!("`{region}` is not a region that this version knows"));
    findings.push(match did_you_mean(region.as_str(), KNOWN_REGIONS.iter().copied()) {
        Some(near) => finding.help(format!("did you mean `{near}`?")),
        None => finding.help("check the spelling; a region that is new is taken as it is"),
    });
}
