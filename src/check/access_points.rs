//! Access points: origins and networks that do not go together, grants that no point carries, ways around the points.

use std::collections::BTreeMap;

use super::lists;
use super::{Subject, account, turned_off};
use crate::diag::{Code, Finding, Path, did_you_mean};
use crate::path;
use crate::plan::AccessPoint;
use crate::policy::{Action, Actions};
use crate::protect::access_points::{AccessPoints, NetworkOrigin, Point, goes_through};
use crate::protect::grants::Grant;
use crate::protect::network::Network;
use crate::protect::networks::VpcId;
use crate::protect::principal::Grantee;
use crate::protect::public_access::Switches;
use crate::protect::verbs::{self, Verb};

pub(super) fn check(subject: &Subject<'_>, findings: &mut Vec<Finding>) {
    unknown(subject, findings);
    let Some(section) = &subject.profile.access_points else { return };
    let mut seen = BTreeMap::new();
    for (number, point) in section.points.iter().enumerate() {
        let at = path!["access_points", "points", number];
        if let Some((first, other)) = seen.insert(AccessPoint::id(point.name.as_str()), (number, &point.name)) {
            let message = format!("the access points `{}` and `{other}` would be the same resource", point.name);
            let finding = Finding::new(Code::DuplicateAccessPoint, at.then("name"), message);
            findings.push(finding.also(path!["access_points", "points", first, "name"], "the other one").help("give each a name of its own"));
        }
        origin(point, &at, findings);
        shut_out(subject, point, &at, findings);
        if point.block_public_access.switches() != Switches::ALL {
            let message = format!("Block Public Access of the access point `{}` is not on in full, and stays so for the point's life", point.name);
            findings.push(turned_off(Code::PublicAccessNotBlocked, at.then("block_public_access"), message));
        }
    }
    for (point, at, grant) in section.grants(&subject.profile.grants) {
        carried(grant, &at, findings);
        reachable(point, grant, &at, findings);
    }
    if section.require {
        taken_back(subject, findings);
    }
}

/// Grants by way of points that nobody declared.
fn unknown(subject: &Subject<'_>, findings: &mut Vec<Finding>) {
    let declared = |section: &'_ AccessPoints| section.points.iter().map(|point| point.name.to_string()).collect::<Vec<_>>();
    let names = subject.profile.access_points.as_ref().map(declared).unwrap_or_default();
    for (at, grant) in subject.profile.grants.iter().enumerate() {
        let Some(name) = grant.via.access_point().filter(|name| !names.iter().any(|declared| declared == name)) else { continue };
        let finding = Finding::new(Code::UnknownAccessPoint, path!["grants", at, "via"], format!("there is no access point `{name}`"));
        findings.push(match did_you_mean(name, names.iter().map(String::as_str)) {
            Some(near) => finding.help(format!("did you mean `access-point/{near}`?")),
            None => finding.help("declare it in `access_points.points`"),
        });
    }
}

fn origin(point: &Point, at: &Path, findings: &mut Vec<Finding>) {
    let mut wrong = |key: &'static str, message: String, help: &str| {
        findings.push(Finding::new(Code::AccessPointOrigin, at.then(key), message).help(help));
    };
    match (point.origin, &point.vpc) {
        (NetworkOrigin::Vpc, None) => wrong(
            "origin",
            format!("the access point `{}` takes requests from a VPC, and does not say from which", point.name),
            "add `vpc: vpc-…`",
        ),
        (NetworkOrigin::Internet, Some(vpc)) => wrong(
            "vpc",
            format!("the access point `{}` takes requests from the internet, and names {vpc}", point.name),
            "use `origin: vpc`, or remove `vpc`",
        ),
        _ => {}
    }
    if point.origin == NetworkOrigin::Vpc && !point.cidrs.is_empty() {
        wrong(
            "cidrs",
            format!("the access point `{}` takes requests from a VPC, which have no public address", point.name),
            "remove `cidrs`, or use `origin: internet`",
        );
    }
}

/// Points whose own network is none of those from which the bucket takes requests: its policy decides too.
fn shut_out(subject: &Subject<'_>, point: &Point, at: &Path, findings: &mut Vec<Finding>) {
    let Some(network) = subject.profile.network.as_ref().filter(|network| network.except.principals.is_empty()) else { return };
    let (allow, deny) = (&network.allow, &network.deny);
    let (key, from, shut) = match (point.origin, &point.vpc) {
        (NetworkOrigin::Vpc, Some(vpc)) => {
            let listed = allow.is_empty() || lists::share(&allow.vpcs, std::slice::from_ref(vpc)) || !allow.vpc_endpoints.is_empty();
            ("vpc", format!("from {vpc}"), !listed || deny.vpcs.contains(vpc))
        }
        (NetworkOrigin::Internet, _) if !point.cidrs.is_empty() => {
            ("cidrs", "from addresses".to_owned(), !allow.is_empty() && !lists::meet(&allow.cidrs, &point.cidrs))
        }
        _ => return,
    };
    if shut {
        let message = format!("the access point `{}` takes requests {from}, which `network` keeps out of the bucket behind it", point.name);
        let finding = Finding::new(Code::AccessPointOrigin, at.then(key), message);
        findings.push(finding.also(path!["network"], "the bucket's networks").help("list the network in `network.allow` too"));
    }
}

/// Actions and principals that no access point carries.
fn carried(grant: &Grant, at: &Path, findings: &mut Vec<Finding>) {
    let mut refuse = |place: Path, message: String, help: &str| {
        findings.push(Finding::new(Code::NotThroughAccessPoint, place, message).help(help));
    };
    for (number, verb) in grant.can.iter().enumerate() {
        let without: Vec<String> = verb.actions().iter().filter(|action| !goes_through(*action)).map(Action::name).collect();
        if let Some(first) = without.first() {
            let rest = if without.len() > 1 { format!(" and {} more", without.len() - 1) } else { String::new() };
            let message = match verb {
                Verb::Actions(_) => format!("no access point carries `{first}`{rest}"),
                _ => format!("`{}` stands for what no access point carries: `{first}`{rest}", verb.word()),
            };
            refuse(at.then("can").then(number), message, "grant it at the bucket, without `via`");
        }
    }
    for (number, grantee) in grant.to.iter().enumerate() {
        let (message, help) = match grantee {
            Grantee::Everyone => ("callers without credentials do not get through an access point".to_owned(), "name accounts or an organization"),
            Grantee::Group(_) => (format!("{} is no principal of an access point's policy", grantee.describe()), "name roles or users, or use `via: iam`"),
            Grantee::Service(_) => (format!("{} is told the bucket, not an access point", grantee.describe()), "grant it at the bucket, without `via`"),
            _ => continue,
        };
        refuse(at.then("to").then(number), message, help);
    }
}

/// Grants for networks from which nothing comes through their point.
fn reachable(point: &Point, grant: &Grant, at: &Path, findings: &mut Vec<Finding>) {
    let networks = grant.when.networks();
    if networks.is_empty() {
        return;
    }
    let own = |all: &[VpcId]| point.vpc.iter().any(|vpc| lists::share(all, std::slice::from_ref(vpc)));
    let (reached, help) = match point.origin {
        NetworkOrigin::Vpc => (own(&networks.vpcs) || !networks.vpc_endpoints.is_empty(), "leave the networks out: the point has its VPC"),
        NetworkOrigin::Internet if point.cidrs.is_empty() => (true, ""),
        NetworkOrigin::Internet => (!networks.cidrs.is_empty(), "leave the networks out, or give the VPC a point of its own"),
    };
    if !reached {
        let message = format!("the access point `{}` takes no request from the networks of the grant", point.name);
        findings.push(Finding::new(Code::ConditionNeverHolds, at.then("when"), message).help(help));
    }
}

/// Grants of data at the bucket, by its policy or by IAM, which the points' requirement takes back.
fn taken_back(subject: &Subject<'_>, findings: &mut Vec<Finding>) {
    let data: Actions = verbs::DATA.iter().filter_map(|name| Action::parse(name)).collect();
    let account = account(subject);
    let network = subject.profile.network.iter();
    let spared: Vec<_> = network.flat_map(Network::past_access_points).map(|identity| identity.pattern(&account)).collect();
    let stopped = |grantee: &Grantee| match grantee.identity() {
        Some(identity) => !spared.contains(&identity.pattern(&account)),
        None => !matches!(grantee, Grantee::Service(_)),
    };
    for (at, grant) in subject.profile.grants.iter().enumerate().filter(|(_, grant)| grant.via.access_point().is_none()) {
        if grant.to.iter().any(stopped) && !grant.actions().intersection(data).is_empty() {
            let message = format!("`{}` grants data at the bucket, where `require` denies it", grant.name);
            let finding = Finding::new(Code::GrantOutsideAccessPoints, path!["grants", at], message);
            findings.push(finding.also(path!["access_points", "require"], "required here").help("say `via: access-point/NAME`"));
        }
    }
}
