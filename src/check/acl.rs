//! ACL grants that have no effect, or that open the bucket.

use super::{Subject, turned_off};
use crate::diag::{Code, Finding};
use crate::path;
use crate::plan::Ownership;

pub(super) fn check(subject: &Subject<'_>, findings: &mut Vec<Finding>) {
    let bucket = &subject.profile.bucket;
    let at = path!["bucket", "acl"];
    if bucket.ownership == Ownership::Enforced && !bucket.acl.is_empty() {
        findings.push(
            Finding::new(Code::AclsDisabled, at.clone(), "ACLs are off with ownership `enforced`, so S3 refuses these grants")
                .also(path!["bucket", "ownership"], "ownership")
                .help("grant by policy instead, or set `ownership: preferred`"),
        );
    }
    let switches = subject.profile.public_access.block.switches();
    for (index, _) in bucket.acl.iter().enumerate().filter(|(_, grant)| grant.to.is_public()) {
        let place = at.then(index).then("to");
        if switches.public_acls || switches.ignore_acls {
            findings.push(
                Finding::new(Code::PublicGrantBlocked, place, "Block Public Access refuses or ignores this public grant")
                    .also(path!["public_access", "block"], "blocked here")
                    .help("remove the grant; make objects public by policy, if at all"),
            );
        } else {
            findings.push(turned_off(Code::PublicAcl, place, "the ACL opens the bucket to everybody it names".into()));
        }
    }
}
