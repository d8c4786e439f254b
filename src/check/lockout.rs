//! Networks and denies that lock out whoever could put them right.

use super::{Subject, account};
use crate::diag::{Code, Finding, Path};
use crate::path;
use crate::policy::{Action, Actions};
use crate::protect::denies::Deny;
use crate::protect::network::AppliesTo;
use crate::protect::principal::{Grantee, Identity};
use crate::protect::verbs::Verb;
use crate::protect::when::When;

/// The two ways to a policy that lets people in again.
const WAYS: [&str; 2] = ["s3:DeleteBucketPolicy", "s3:PutBucketPolicy"];

pub(super) fn check(subject: &Subject<'_>, findings: &mut Vec<Finding>) {
    let owner = subject.profile.bucket.account.as_ref().map(|account| account.as_str());
    // S3 takes a bucket policy from the owner's account only ("PutBucketPolicy", Amazon S3 API Reference).
    let elsewhere = |identity: &Identity| owner.is_some() && identity.account().is_some() && identity.account() != owner;
    let repairers: Vec<&Identity> =
        subject.profile.network.iter().flat_map(|network| network.break_glass.iter().chain(&network.deployer)).collect();
    if !repairers.iter().all(|identity| elsewhere(identity)) {
        return;
    }
    let who = if repairers.is_empty() { "nobody is named who may repair it" } else { "those who may repair it are in other accounts" };
    let help = "name a role of the bucket's account in `network.break_glass` or `network.deployer`";
    if let Some(network) = &subject.profile.network
        && network.applies_to == AppliesTo::All
        && !(network.allow.is_empty() && network.deny.is_empty())
    {
        let message = format!("whom the networks keep out is locked out of the bucket policy too, and {who}");
        let finding = Finding::new(Code::Lockout, path!["network", "applies_to"], message);
        findings.push(finding.help(format!("{help}, or use `applies_to: data`")));
    }
    if let Some(at) = denied(subject) {
        let message = format!("nobody of the account can change or remove the bucket policy, and {who}");
        findings.push(Finding::new(Code::Lockout, at, message).help(format!("{help}, or leave out of the deny whoever deploys")));
    }
}

/// The deny by which, with those before it, the last of both ways is closed to everybody.
fn denied(subject: &Subject<'_>) -> Option<Path> {
    let ways: Actions = WAYS.iter().filter_map(|name| Action::parse(name)).collect();
    let account = account(subject);
    let own = account.as_text();
    let everybody = |to: &Grantee| match to {
        Grantee::Everyone => true,
        Grantee::Account(id) => Some(id.as_str()) == own,
        _ => false,
    };
    let mut closed = Actions::default();
    for (at, deny) in subject.profile.denies.iter().enumerate() {
        if deny.when == When::default() && deny.to.iter().any(everybody) {
            closed = closed.union(settings(deny).intersection(ways));
            if closed == ways {
                return Some(path!["denies", at, "can"]);
            }
        }
    }
    None
}

/// What is denied of the bucket: under a prefix, wildcards mean the objects there.
fn settings(deny: &Deny) -> Actions {
    let spelt = |verb: &Verb| match verb {
        Verb::Actions(patterns) if !deny.prefixes.is_empty() => {
            let names = patterns.iter().filter(|pattern| !pattern.has_wildcard());
            names.map(|pattern| pattern.actions()).fold(Actions::default(), Actions::union)
        }
        verb => verb.actions(),
    };
    deny.can.iter().map(spelt).fold(Actions::default(), Actions::union)
}
