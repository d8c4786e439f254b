//! Whom, where from and on what the tables ask: what the policies name, and one of each that they do not.
//!
//! In: a plan. Out: callers, networks and prefixes, each with a sample that the evaluator can decide on, and what has no
//! sample. Never: two of the same name.

use std::net::{IpAddr, Ipv4Addr, Ipv6Addr};

use crate::claim::{CallerName, GroupName, Network};
use crate::plan::{BUCKET, Plan};
use crate::policy::{Cidr, Document, Element, Key, Principal, Principals};
use crate::verify::access_tests::Bench;

/// Somebody who makes requests.
pub(super) struct Caller {
    pub(super) label: String,
    pub(super) name: CallerName,
    pub(super) groups: Vec<GroupName>,
    pub(super) organization: Option<String>,
    pub(super) standing: Standing,
    /// Signs requests, and could have used MFA.
    pub(super) has_credentials: bool,
}

/// How a caller stands to the bucket.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(in crate::review) enum Standing {
    /// Of the bucket's account, so that policies of its own may count.
    Own,
    /// Of another account or organization, which a policy names.
    Partner,
    /// Whom no policy names.
    Outsider,
    /// A service of AWS.
    Service,
}

/// Somewhere that requests come from.
pub(super) struct Origin {
    pub(super) label: String,
    pub(super) network: Option<Network>,
}

/// What there is to ask about.
pub(super) struct Subjects {
    pub(super) callers: Vec<Caller>,
    origins: Vec<Origin>,
    /// Where services call from: nothing that a policy could tell apart.
    inside: [Origin; 1],
    pub(super) prefixes: Vec<String>,
    /// The end of a sample key; by itself it is below none of the prefixes.
    pub(super) key: String,
    pub(super) left_out: Vec<String>,
}

/// Accounts for what no policy names.
const ACCOUNTS: &[&str] = &["999999999999", "888888888888", "777777777777", "666666666666"];

/// Addresses for documentation, then others, for what no policy names ("RFC 5737").
const ADDRESSES: &[&str] = &["192.0.2.1", "198.51.100.7", "203.0.113.9", "233.252.0.1", "8.8.8.8", "2001:db8::9"];

/// The name of a role that nobody gave anything.
const NOBODY: &str = "role/nobody-in-particular";

/// What policies name.
#[derive(Default)]
struct Named {
    principals: Vec<String>,
    services: Vec<String>,
    organizations: Vec<String>,
    addresses: Vec<String>,
    vpcs: Vec<String>,
    endpoints: Vec<String>,
    resources: Vec<String>,
    left_out: Vec<String>,
}

impl Subjects {
    pub(super) fn new(plan: &Plan, bench: &Bench<'_>) -> Option<Self> {
        let (_, subject, _) = bench.subjects().find(|(id, ..)| **id == BUCKET)?;
        let mut named = Named::default();
        plan.bucket_policies().filter(|(of, _)| **of == BUCKET).for_each(|(_, document)| named.read(document, bench));
        for (_, point) in plan.access_points().filter(|(_, point)| point.bucket == BUCKET) {
            point.policy.iter().for_each(|document| named.read(document, bench));
        }
        plan.managed_policies().for_each(|(_, policy)| named.read(&policy.document, bench));
        let mut callers = Vec::new();
        for text in &named.principals {
            named.left_out.extend(caller(text, &subject.account, &subject.partition, &mut callers).err());
        }
        holders(plan, &mut callers);
        for id in &named.organizations {
            let arn = format!("arn:{}:iam::{}:{NOBODY}", subject.partition, unnamed(ACCOUNTS, &named.principals));
            push(&mut callers, format!("any account of the organization {id}"), &arn, |caller| caller.organization = Some(id.clone()));
        }
        for service in &named.services {
            push(&mut callers, format!("service {service}"), &format!("service/{service}"), |caller| {
                (caller.has_credentials, caller.standing) = (false, Standing::Service);
            });
        }
        push(&mut callers, "any other role of the bucket's account".to_owned(), NOBODY, |caller| caller.standing = Standing::Own);
        let user = NOBODY.replace("role/", "user/");
        push(&mut callers, "any other user of the bucket's account".to_owned(), &user, |caller| caller.standing = Standing::Own);
        let other = format!("arn:{}:iam::{}:{NOBODY}", subject.partition, unnamed(ACCOUNTS, &named.principals));
        push(&mut callers, "any other account".to_owned(), &other, |caller| caller.standing = Standing::Outsider);
        push(&mut callers, "anyone without credentials".to_owned(), "anonymous", |caller| {
            (caller.has_credentials, caller.standing) = (false, Standing::Outsider);
        });
        let (prefixes, open) = prefixes(&named.resources);
        named.left_out.extend(open);
        let key = ["x", "other-x", "0"].into_iter().find(|key| !prefixes.iter().any(|prefix| key.starts_with(prefix.as_str())));
        let inside = [Origin { label: "where the service runs".to_owned(), network: None }];
        let mut left_out = named.left_out.clone();
        left_out.dedup();
        Some(Self { callers, origins: origins(&named), inside, prefixes, key: key?.to_owned(), left_out })
    }

    /// Where a caller may come from.
    pub(super) fn origins_of(&self, caller: &Caller) -> &[Origin] {
        if caller.standing == Standing::Service { &self.inside } else { &self.origins }
    }

    /// The prefixes, and everywhere else.
    pub(super) fn scopes(&self) -> Vec<Option<&str>> {
        self.prefixes.iter().map(|prefix| Some(prefix.as_str())).chain([None]).collect()
    }
}

impl Named {
    fn read(&mut self, document: &Document, bench: &Bench<'_>) {
        for statement in &document.statements {
            if let Some(Element::Is(Principals::Of(all)) | Element::Not(Principals::Of(all))) = &statement.principal {
                for principal in all {
                    let Some(text) = bench.text(principal.value()) else { continue };
                    match principal {
                        Principal::Aws(_) => add(&mut self.principals, text),
                        Principal::Service(_) => add(&mut self.services, text),
                        Principal::Federated(_) => {
                            add(&mut self.left_out, format!("the identity provider {text}: it has no name of its own"))
                        }
                        Principal::CanonicalUser(_) => {
                            add(&mut self.left_out, format!("the canonical user {text}: its account is not known"))
                        }
                    }
                }
            }
            for condition in &statement.condition {
                let list = match condition.key {
                    Key::PrincipalArn | Key::PrincipalAccount => &mut self.principals,
                    Key::PrincipalOrgID => &mut self.organizations,
                    Key::SourceIp => &mut self.addresses,
                    Key::SourceVpc => &mut self.vpcs,
                    Key::SourceVpce => &mut self.endpoints,
                    _ => continue,
                };
                condition.values.iter().filter_map(|value| bench.text(value)).for_each(|text| add(list, text));
            }
            if let Some(Element::Is(all) | Element::Not(all)) = &statement.resource {
                all.iter().filter_map(|value| bench.text(value)).for_each(|text| add(&mut self.resources, text));
            }
        }
    }
}

fn add(list: &mut Vec<String>, text: String) {
    if !list.contains(&text) {
        list.push(text);
    }
}

/// The first that no text holds.
fn unnamed<'a>(candidates: &[&'a str], texts: &[String]) -> &'a str {
    let free = candidates.iter().find(|one| !texts.iter().any(|text| text.contains(**one)));
    free.or(candidates.first()).copied().unwrap_or_default()
}

/// Adds a caller, unless there is one of that label.
fn push(callers: &mut Vec<Caller>, label: String, name: &str, with: impl FnOnce(&mut Caller)) {
    if callers.iter().any(|caller| caller.label == label) {
        return;
    }
    if let Ok(name) = name.parse() {
        let mut caller = Caller { label, name, groups: Vec::new(), organization: None, standing: Standing::Partner, has_credentials: true };
        with(&mut caller);
        callers.push(caller);
    }
}

/// Adds a principal of a policy; wildcards become a name that fits them.
fn caller(text: &str, account: &str, partition: &str, callers: &mut Vec<Caller>) -> Result<(), String> {
    let is_account = |text: &str| text.len() == 12 && text.bytes().all(|b| b.is_ascii_digit());
    let parts: Vec<&str> = text.splitn(6, ':').collect();
    let of = match parts.as_slice() {
        _ if text == "*" => return Ok(()),
        _ if is_account(text) => text,
        ["arn", _, "iam", "", of, "root"] => of,
        ["arn", _, "iam" | "sts", "", of, resource] => {
            let of = if of.contains(['*', '?']) { account } else { of };
            let resource = match resource.strip_prefix("assumed-role/").map(|rest| rest.split('/').next().unwrap_or(rest)) {
                Some(role) => format!("role/{role}"),
                None => (*resource).to_owned(),
            };
            let sample = resource.replace(['*', '?'], "x");
            let is_own = of == account;
            let label = if is_own { resource } else { format!("arn:{partition}:iam::{of}:{resource}") };
            let before = callers.len();
            let known = callers.iter().any(|caller| caller.label == label);
            push(callers, label, &format!("arn:{partition}:iam::{of}:{sample}"), |caller| {
                if is_own {
                    caller.standing = Standing::Own;
                }
            });
            return if known || callers.len() > before { Ok(()) } else { Err(format!("{text}: no caller has such a name")) };
        }
        _ => return Err(format!("{text}: no caller has such a name")),
    };
    if of != account {
        push(callers, format!("any role of account {of}"), &format!("arn:{partition}:iam::{of}:{NOBODY}"), |_| ());
    }
    Ok(())
}

/// Adds who holds the managed policies.
fn holders(plan: &Plan, callers: &mut Vec<Caller>) {
    for (_, policy) in plan.managed_policies() {
        for (kind, names) in [("user", &policy.users), ("role", &policy.roles)] {
            for name in names {
                let name = format!("{kind}/{name}");
                push(callers, name.clone(), &name, |caller| caller.standing = Standing::Own);
            }
        }
        for group in &policy.groups {
            push(callers, format!("a user of the group {group}"), "user/member-of-the-group", |caller| {
                caller.standing = Standing::Own;
                caller.groups.extend(group.parse::<GroupName>().ok());
            });
        }
    }
}

/// Each network that is named, and one that is not of each kind.
fn origins(named: &Named) -> Vec<Origin> {
    let blocks: Vec<Cidr> = named.addresses.iter().filter_map(|text| Cidr::parse(text)).collect();
    let ip = |ip: String| Network { ip: ip.parse().ok(), ..Network::default() };
    let endpoint = |endpoint: &str, vpc: Option<&str>| Network {
        vpc_endpoint: endpoint.parse().ok(),
        vpc: vpc.and_then(|vpc| vpc.parse().ok()),
        ..Network::default()
    };
    let mut all: Vec<Origin> = Vec::new();
    for text in &named.addresses {
        let sample = Cidr::parse(text).and_then(|block| sample(&block, &blocks));
        all.extend(sample.map(|sample| Origin { label: text.clone(), network: Some(ip(sample.to_string())) }));
    }
    let vpc = |id: &String| Origin { label: id.clone(), network: Some(endpoint("vpce-00000000", Some(id))) };
    all.extend(named.vpcs.iter().map(vpc));
    all.extend(named.endpoints.iter().map(|id| Origin { label: id.clone(), network: Some(endpoint(id, None)) }));
    let outside = |text: &&&str| text.parse::<IpAddr>().is_ok_and(|ip| !blocks.iter().any(|block| block.contains(ip)));
    let elsewhere = ADDRESSES.iter().find(outside);
    all.extend(elsewhere.map(|text| Origin { label: "elsewhere on the internet".to_owned(), network: Some(ip((*text).to_owned())) }));
    all.push(Origin { label: "any other VPC endpoint".to_owned(), network: Some(endpoint("vpce-00000000", None)) });
    all
}

/// An address of a block that lies in none of the narrower ones: the first, or the one after a narrower one.
fn sample(block: &Cidr, all: &[Cidr]) -> Option<IpAddr> {
    let address = |number: u128| match (block.is_v6(), u32::try_from(number)) {
        (true, _) => Some(IpAddr::V6(Ipv6Addr::from(number))),
        (false, Ok(number)) => Some(IpAddr::V4(Ipv4Addr::from(number))),
        (false, Err(_)) => None,
    };
    let narrower: Vec<&Cidr> = all.iter().filter(|other| block.covers(other) && other.length() > block.length()).collect();
    let starts = std::iter::once(block.bounds().0).chain(narrower.iter().filter_map(|other| other.bounds().1.checked_add(1)));
    let mut fits = starts.filter_map(address).filter(|ip| block.contains(*ip));
    fits.find(|ip| !narrower.iter().any(|other| other.contains(*ip)))
}

/// What keys of the policies' resources begin with, and those that depend on who asks.
fn prefixes(resources: &[String]) -> (Vec<String>, Vec<String>) {
    let (mut all, mut open) = (Vec::new(), Vec::new());
    for text in resources {
        let keys = match text.split_once(":accesspoint/") {
            Some((_, rest)) => rest.split_once("/object/").map(|(_, keys)| keys),
            None if text.contains(":s3:") => text.split_once('/').map(|(_, keys)| keys),
            None => None,
        };
        let Some(keys) = keys else { continue };
        if keys.contains("${") {
            add(&mut open, format!("keys like {keys}: they depend on who asks"));
            continue;
        }
        let prefix = keys.split(['*', '?']).next().unwrap_or(keys);
        if !prefix.is_empty() {
            add(&mut all, prefix.to_owned());
        }
    }
    (all, open)
}
