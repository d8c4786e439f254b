//! Grants to everybody that go beyond reading.

use super::Subject;
use crate::diag::{Code, Finding};
use crate::path;
use crate::policy::{Action, Level};
use crate::protect::principal::Grantee;
use crate::protect::verbs::Aspect;

/// Actions that people know by name, to speak of rather than of others.
const WELL_KNOWN: &[&str] = &["DeleteObject", "PutBucketPolicy", "PutObject"];

pub(super) fn check(subject: &Subject<'_>, findings: &mut Vec<Finding>) {
    for (number, grant) in subject.profile.grants.iter().enumerate().filter(|(_, grant)| grant.to.contains(&Grantee::Everyone)) {
        let actions: Vec<Action> = grant.actions().iter().collect();
        let first = |of: &dyn Fn(Action) -> bool| {
            let mut all = actions.iter().copied().filter(|action| of(*action));
            let known = all.clone().find(|action| WELL_KNOWN.contains(&action.short_name()));
            known.or_else(|| all.next()).map(Action::name)
        };
        let (at, to) = (path!["grants", number, "can"], path!["grants", number, "to"]);
        let waiver = |code: Code| format!("to accept it, add to `waivers`: `{{finding: {}, reason: …, until: YYYY-MM-DD}}`", code.name());
        if let Some(name) = first(&is_administration) {
            let message = format!("the grant `{}` gives everybody `{name}`, which is for administrators", grant.name);
            findings.push(
                Finding::new(Code::PublicAdministration, at.clone(), message)
                    .also(to.clone(), "to everybody")
                    .help("name who administers the bucket in a grant of their own"),
            );
        }
        if let Some(name) = first(&is_write) {
            let message = format!("the grant `{}` gives everybody `{name}`", grant.name);
            findings.push(
                Finding::new(Code::PublicWrite, at.clone(), message)
                    .also(to.clone(), "to everybody")
                    .help(format!("leave it out, and hand out presigned URLs for uploads; {}", waiver(Code::PublicWrite))),
            );
        }
        if let Some(name) = first(&is_listing)
            && grant.when.networks().is_empty()
        {
            let message = format!("the grant `{}` gives everybody `{name}`: every key can be found", grant.name);
            findings.push(
                Finding::new(Code::PublicListing, at, message)
                    .also(to, "to everybody")
                    .help(format!("leave listing out: whoever has a link needs none; {}", waiver(Code::PublicListing))),
            );
        }
    }
}

/// Whether it is about the bucket and its settings, or about who may do what. Where a bucket lies is no secret.
fn is_administration(action: Action) -> bool {
    let bucket = Aspect::Bucket.has(action) && !is_listing(action) && action.short_name() != "GetBucketLocation";
    bucket || action.level() == Level::Permissions
}

fn is_write(action: Action) -> bool {
    Aspect::Objects.has(action) && matches!(action.level(), Level::Write | Level::Tagging)
}

fn is_listing(action: Action) -> bool {
    Aspect::Listing.has(action) || action.short_name() == "ListBucketMultipartUploads"
}
