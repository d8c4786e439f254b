//! Profiles for a stack set: what says one account, where CloudFormation makes the bucket in many.
//!
//! Only where a stack set is asked for. What the names of a plan mean for several regions is looked at where it is rendered.

use super::Subject;
use crate::diag::{Code, Finding, Path};
use crate::expr::{Pseudo, is_open};
use crate::path;
use crate::profile::AccountProfile;
use crate::protect::access_logs::Target;
use crate::protect::bucket::Namespace;
use crate::protect::principal::Identity;

/// Everything that keeps a profile of a bucket out of a stack set, or means something else in one.
pub fn for_stack_set(subject: &Subject<'_>) -> Vec<Finding> {
    let mut findings = Vec::new();
    name(subject, &mut findings);
    logs(subject, &mut findings);
    elsewhere(subject, &mut findings);
    findings
}

/// A profile of an account is one account's.
pub fn no_stack_set(profile: &AccountProfile) -> Vec<Finding> {
    let message = format!("the profile is of the account {}, and a stack set deploys to many", profile.account);
    vec![
        Finding::new(Code::StacksetUnfit, path!["account"], message)
            .help("render it with the other targets, or write a profile of a bucket for the stack set"),
    ]
}

fn name(subject: &Subject<'_>, findings: &mut Vec<Finding>) {
    let bucket = &subject.profile.bucket;
    if let Some(account) = &bucket.account {
        let message = format!("the bucket is in the account {account}, and a stack set makes one in each of many");
        findings.push(Finding::new(Code::StacksetUnfit, path!["bucket", "account"], message).help("leave `account` out"));
    }
    if bucket.namespace == Namespace::Global && !bucket.name.holds(Pseudo::AccountId) {
        let message = format!("the bucket is called `{}` in every account, and only the first gets the name", bucket.name);
        let help = if bucket.name.holds(Pseudo::Region) || bucket.region.is_some() {
            "write `${aws.account}` into the name, or use `namespace: account-regional`"
        } else {
            "write `${aws.account}` and `${aws.region}` into the name, or use `namespace: account-regional`"
        };
        findings.push(Finding::new(Code::StacksetUnfit, path!["bucket", "name"], message).help(help));
    }
}

/// S3 delivers access logs within an account and region ("Enabling Amazon S3 server access logging").
fn logs(subject: &Subject<'_>, findings: &mut Vec<Finding>) {
    let Target::Given(target) = subject.profile.logging.server_access.to.target() else { return };
    if !target.is_open() {
        let message = format!("the access logs go to `{target}`, and S3 delivers them within an account only");
        findings.push(
            Finding::new(Code::StacksetUnfit, path!["logging", "server_access", "to"], message)
                .help("write `${aws.account}` and `${aws.region}` into the name, or use `create` for a companion bucket"),
        );
    }
}

/// What stands in one account, whichever the bucket is in.
fn elsewhere(subject: &Subject<'_>, findings: &mut Vec<Finding>) {
    let profile = subject.profile;
    let mut say = |place: Path, message: String, help: &str| {
        findings.push(Finding::new(Code::StacksetElsewhere, place, message).help(help));
    };
    if let Some(key) = profile.encryption.key.given()
        && let Some((account, region)) = key.owner().filter(|(account, _)| !is_open(account))
        && profile.bucket.region.as_ref().is_none_or(|own| own.as_str() != region)
    {
        let message =
            format!("every bucket uses the key of the account {account} in `{region}`, and S3 takes keys of the bucket's region only");
        say(
            path!["encryption", "key"],
            message,
            "name an alias that each account has, `alias/NAME`, let each bucket have a key of its own, or use a parameter with `at: deploy`",
        );
    }
    let network = profile.network.iter();
    let repairers = network.flat_map(|network| [("break_glass", &network.break_glass), ("deployer", &network.deployer)]);
    for (key, all) in repairers {
        for (at, identity) in all.iter().enumerate() {
            if let Identity::Arn(arn) = identity
                && let Some(account) = arn.as_str().split(':').nth(4)
            {
                let message = format!("`{arn}` repairs the policies of buckets of the account {account} only");
                say(path!["network", key, at], message, "name a role that each account has: `{role: NAME}`");
            }
        }
    }
    for (place, (region, account)) in profile.monitoring.alerts.iter().flat_map(|alerts| alerts.homes()) {
        let message = format!(
            "the alerts of every account go to the account {account} in `{region}`, and EventBridge reaches targets of its own region only"
        );
        say(place, message, "let each bucket have a topic (`{sns: create}`) or an address, or use a parameter with `at: deploy`");
    }
}
