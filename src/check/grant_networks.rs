//! Grants that hold in networks only from which the bucket takes no request.

use super::{Subject, lists};
use crate::diag::{Code, Finding};
use crate::path;

pub(super) fn check(subject: &Subject<'_>, findings: &mut Vec<Finding>) {
    let Some(network) = subject.profile.network.as_ref().filter(|network| network.except.principals.is_empty()) else { return };
    let allow = &network.allow;
    for (path, grant) in subject.grants() {
        let when = &grant.when;
        if allow.is_empty() || when.networks().is_empty() || !network.applies_to.covers(grant.actions()) {
            continue;
        }
        // Which endpoints a VPC has is not known here.
        let vpc = lists::share(&when.vpcs, &allow.vpcs) || !(when.vpcs.is_empty() || allow.vpc_endpoints.is_empty());
        let endpoint = lists::share(&when.vpc_endpoints, &allow.vpc_endpoints)
            || !(when.vpc_endpoints.is_empty() || allow.vpcs.is_empty());
        if !(vpc || endpoint || lists::meet(&allow.cidrs, &when.cidrs)) {
            let message = format!("the grant `{}` is for networks that `network` keeps out of the bucket", grant.name);
            let finding = Finding::new(Code::ConditionNeverHolds, path.then("when"), message);
            findings.push(finding.also(path!["network", "allow"], "the bucket's networks").help("list the networks in `network.allow` too"));
        }
    }
}
