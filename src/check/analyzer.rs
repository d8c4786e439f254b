//! Grants whose findings are to be archived and that are not there, or cause none.

use super::Subject;
use crate::diag::{Code, Finding, did_you_mean};
use crate::path;
use crate::protect::grants::Grant;
use crate::protect::monitoring::analyzer::{Looks, finding_of};

pub(super) fn check(subject: &Subject<'_>, findings: &mut Vec<Finding>) {
    let profile = subject.profile;
    let Some(section) = &profile.monitoring.access_analyzer else { return };
    let of_points = profile.access_points.iter().flat_map(|points| points.grants(&[])).map(|(.., grant)| grant);
    let grants: Vec<&Grant> = profile.grants.iter().chain(of_points).collect();
    let own = profile.bucket.account.as_ref().map(|account| account.as_str());
    for (at, name) in section.archive.iter().enumerate() {
        let place = path!["monitoring", "access_analyzer", "archive", at];
        let unfit = |message: String| Finding::new(Code::ArchiveUnfit, place.clone(), message);
        let Some(grant) = grants.iter().find(|grant| grant.name == *name) else {
            let near = did_you_mean(name.as_str(), grants.iter().map(|grant| grant.name.as_str()));
            findings.push(unfit(format!("there is no grant `{name}`")).help(match near {
                Some(near) => format!("did you mean `{near}`?"),
                None => "name a grant of the profile whose access from outside is meant".to_owned(),
            }));
            continue;
        };
        if !section.kinds.contains(&Looks::External) {
            findings.push(unfit("only findings about access from outside are archived".to_owned()).help("add `external` to `kinds`"));
        } else if grant.via.is_iam() || !grant.to.iter().any(|grantee| finding_of(grantee, own).is_some()) {
            let message = format!("`{name}` lets nobody in from outside, so that there is nothing to archive");
            findings.push(unfit(message).help("leave it out"));
        }
    }
}
