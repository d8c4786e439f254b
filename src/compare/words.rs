//! Classes of callers, networks and actions in words.
//!
//! In: the classes of the prover, and every text of both versions' policies. Out: phrases: `role/Analyst of account
//! 111122223333`, `from 203.0.113.0/24`, `read`. What no policy names is `other`. Never: a phrase that covers more.

use std::collections::BTreeSet;
use std::net::IpAddr;

use crate::policy::{Action, Actions, Cidr, action_matches};
use crate::protect::verbs::Verb;
use crate::verify::CallerKind;
use crate::verify::prove::{Differences, Member, Origin, Route};

/// What there is to speak about.
pub(super) struct Words<'d> {
    differences: &'d Differences,
    account: &'d str,
    texts: BTreeSet<&'d str>,
}

impl<'d> Words<'d> {
    pub(super) fn new(differences: &'d Differences, account: &'d str, texts: &[&'d str]) -> Self {
        Self { differences, account, texts: texts.iter().copied().collect() }
    }

    /// The callers of some classes.
    pub(super) fn who(&self, classes: &BTreeSet<usize>) -> String {
        let all: Vec<&Member> = self.differences.callers.iter().flatten().collect();
        let own: Vec<&Member> = classes.iter().filter_map(|at| self.differences.callers.get(*at)).flatten().collect();
        let is_person = |member: &&&Member| member.caller.kind() != CallerKind::Service;
        let people = all.iter().filter(is_person).count();
        let mut phrases = Vec::new();
        if people > 1 && own.iter().filter(is_person).count() == people {
            phrases.push("anyone, with or without credentials".to_owned());
        } else {
            if own.iter().any(|member| member.caller.kind() == CallerKind::Anonymous) {
                phrases.push("anyone without credentials".to_owned());
            }
            phrases.extend(self.accounts(&own, &all));
            phrases.extend(self.nameless(&own));
        }
        phrases.extend(self.services(&own, &all));
        listed(&phrases)
    }

    /// Those with an account.
    fn accounts(&self, own: &[&Member], all: &[&Member]) -> Vec<String> {
        let mut accounts: Vec<&str> = own.iter().filter_map(|member| account(member)).collect();
        accounts.sort_by_key(|account| (*account != self.account, self.is_other(account), (*account).to_owned()));
        accounts.dedup();
        accounts.into_iter().flat_map(|account| self.of_account(account, &within(own, account), &within(all, account))).collect()
    }

    fn of_account(&self, account: &str, own: &[&Member], all: &[&Member]) -> Vec<String> {
        let place = match account {
            account if account == self.account => format!("the bucket's account {account}"),
            account if self.is_other(account) => "any other account".to_owned(),
            account => format!("account {account}"),
        };
        let state = state(own, all);
        let lacks = |one: &&&Member| !own.iter().any(|own| own.arn == one.arn && own.caller == one.caller);
        let missing: Vec<&Member> = all.iter().filter(lacks).copied().collect();
        if missing.is_empty() {
            return vec![format!("anyone in {place}{state}")];
        }
        // The root user of the owner has rights of its own, and is often a class of its own.
        if missing.iter().all(|one| one.caller.kind() == CallerKind::Root) {
            return vec![format!("anyone in {place} but its root user{state}")];
        }
        let mut phrases = Vec::new();
        let mut rest: Vec<&Member> = own.to_vec();
        let covered = |pattern: &str, member: &Member| !member.arn.is_empty() && action_matches(pattern, &member.arn);
        for pattern in self.texts.iter().filter(|text| text.starts_with("arn:") && text.contains(['*', '?'])) {
            if rest.iter().any(|member| covered(pattern, member)) && !missing.iter().any(|member| covered(pattern, member)) {
                phrases.push(format!("{pattern}{state}"));
                rest.retain(|member| !covered(pattern, member));
            }
        }
        let (mut names, mut others): (Vec<String>, _) = (Vec::new(), BTreeSet::new());
        for member in rest {
            let kind = match (member.caller.kind(), self.named(member)) {
                (CallerKind::Root, _) => "the root user",
                (_, Some(name)) => {
                    if names.last().is_none_or(|last| last != name) {
                        names.push(name.to_owned());
                    }
                    continue;
                }
                (CallerKind::Role, None) => "other roles",
                (CallerKind::User, None) => "other users",
                _ => "federated users",
            };
            others.insert(kind);
        }
        names.sort_unstable();
        names.dedup();
        phrases.extend((!names.is_empty()).then(|| format!("{} of {place}{state}", listed(&names))));
        let unnamed = |member: &&Member| member.caller.kind() != CallerKind::Root && self.named(member).is_none();
        if others.iter().any(|kind| *kind != "the root user") && !missing.iter().any(unnamed) {
            phrases.push(format!("anyone else in {place}{state}"));
        } else if !others.is_empty() {
            let kinds: Vec<String> = others.into_iter().map(str::to_owned).collect();
            phrases.push(format!("{} of {place}{state}", listed(&kinds)));
        }
        phrases
    }

    /// Those with credentials and no account: identity providers and canonical users.
    fn nameless(&self, own: &[&Member]) -> Vec<String> {
        let of = |kind: CallerKind| own.iter().filter(move |member| member.caller.kind() == kind && account(member).is_none());
        let providers = of(CallerKind::Federated).map(|member| format!("sessions of the identity provider {}", member.caller.name()));
        let canonical = of(CallerKind::Canonical).map(|member| match self.texts.contains(member.caller.name()) {
            true => format!("the canonical user {}", member.caller.name()),
            false => "any other canonical user".to_owned(),
        });
        let mut all: Vec<String> = providers.chain(canonical).collect();
        all.dedup();
        all
    }

    fn services(&self, own: &[&Member], all: &[&Member]) -> Vec<String> {
        let of = |members: &[&Member]| {
            let names = members.iter().filter(|member| member.caller.kind() == CallerKind::Service);
            names.map(|member| member.caller.name().to_owned()).collect::<BTreeSet<String>>()
        };
        let (own, all) = (of(own), of(all));
        if own.is_empty() {
            return Vec::new();
        }
        if own == all {
            return vec!["every AWS service".to_owned()];
        }
        let (named, others): (Vec<&String>, Vec<&String>) = own.iter().partition(|name| self.texts.contains(name.as_str()));
        let mut phrases: Vec<String> = named.into_iter().map(|name| format!("the service {name}")).collect();
        phrases.extend((!others.is_empty()).then(|| "other AWS services".to_owned()));
        phrases
    }

    /// Whether an account stands for all that no policy names.
    fn is_other(&self, account: &str) -> bool {
        account != self.account && !self.texts.iter().any(|text| text.contains(account))
    }

    /// What the policies call a caller: of roles, the path does not count for their sessions.
    fn named(&self, member: &Member) -> Option<&'d str> {
        let tail = |arn: &'d str| arn.splitn(6, ':').nth(5).unwrap_or(arn);
        let exact = [member.arn.as_str(), member.caller.arn()].iter().find_map(|arn| self.texts.iter().find(|text| *text == arn).copied());
        let role = || {
            let (start, name) = member.arn.split_once(":role/").map(|(start, name)| (start, name.rsplit('/').next().unwrap_or(name)))?;
            let same = |text: &&&'d str| {
                let parts = text.split_once(":role/").map(|(start, name)| (start, name.rsplit('/').next().unwrap_or(name)));
                parts == Some((start, name))
            };
            self.texts.iter().find(same).copied()
        };
        exact.or_else(role).filter(|text| !text.contains(['*', '?']) || exact.is_some()).map(tail)
    }

    /// Where requests come from.
    pub(super) fn from(&self, callers: &BTreeSet<usize>, origins: &BTreeSet<usize>) -> String {
        let own: Vec<&Origin> = origins.iter().filter_map(|at| self.differences.origins.get(*at)).collect();
        if own.iter().all(|origin| origin.route == Route::Service) && own.iter().all(|origin| origin.point.is_none()) {
            return String::new();
        }
        let mut points: Vec<Option<&str>> = own.iter().map(|origin| origin.point.as_deref()).collect();
        points.sort_unstable();
        points.dedup();
        let anonymous = callers
            .iter()
            .filter_map(|at| self.differences.callers.get(*at))
            .flatten()
            .all(|member| member.caller.kind() == CallerKind::Anonymous);
        let mut ways: Vec<(Vec<Option<&str>>, String)> = Vec::new();
        for point in points {
            let at = |origin: &&&Origin| origin.point.as_deref() == point;
            let here: Vec<&Origin> = own.iter().filter(at).copied().collect();
            let phrase = self.network(&here, point, anonymous);
            match ways.iter_mut().find(|(_, own)| *own == phrase) {
                Some((points, _)) => points.push(point),
                None => ways.push((vec![point], phrase)),
            }
        }
        let every: BTreeSet<Option<&str>> = self.differences.origins.iter().map(|origin| origin.point.as_deref()).collect();
        let phrase = |(points, network): &(Vec<Option<&str>>, String)| {
            if points.len() == every.len() || (anonymous && *points == [None]) || every.len() == 1 {
                return network.clone();
            }
            let named = |point: &Option<&str>| match point {
                None => "directly".to_owned(),
                Some(arn) if self.texts.iter().any(|text| text == arn) => {
                    format!("through the access point {}", arn.rsplit('/').next().unwrap_or(arn))
                }
                Some(_) => "through other access points".to_owned(),
            };
            let mut how: Vec<String> = points.iter().map(named).collect();
            how.dedup();
            format!("{network} {}", listed(&how)).trim_start().to_owned()
        };
        listed(&ways.iter().map(phrase).collect::<Vec<_>>())
    }

    fn network(&self, own: &[&Origin], point: Option<&str>, anonymous: bool) -> String {
        let every: Vec<&Origin> = self.differences.origins.iter().filter(|origin| origin.point.as_deref() == point).collect();
        let whole = |route: Route| {
            let of = |all: &[&Origin]| all.iter().filter(|origin| origin.route == route).count();
            of(own) > 0 && of(own) == of(&every)
        };
        let some = |route: Route| own.iter().any(|origin| origin.route == route);
        // Whoever has no credentials makes no request that a service forwards.
        if whole(Route::Internet) && whole(Route::Endpoint) && (whole(Route::Forwarded) || anonymous) {
            return "from anywhere".to_owned();
        }
        let mut phrases = Vec::new();
        match (whole(Route::Internet), some(Route::Internet)) {
            (true, _) => phrases.push("from the internet".to_owned()),
            (false, true) => phrases.push(self.addresses(own, &every, Route::Internet)),
            _ => {}
        }
        match (whole(Route::Endpoint), some(Route::Endpoint)) {
            (true, _) => phrases.push("through any VPC endpoint".to_owned()),
            (false, true) => phrases.push(self.endpoints(own, &every)),
            _ => {}
        }
        match (whole(Route::Forwarded), some(Route::Forwarded)) {
            (true, _) => phrases.push("forwarded by services".to_owned()),
            (false, true) => phrases.push(format!("forwarded by services for callers {}", self.addresses(own, &every, Route::Forwarded))),
            _ => {}
        }
        listed(&phrases)
    }

    /// Addresses: the listed ranges that lie in them, or those that do not.
    fn addresses(&self, own: &[&Origin], every: &[&Origin], route: Route) -> String {
        let of = |all: &[&Origin]| {
            let here = all.iter().filter(|origin| origin.route == route).flat_map(|origin| &origin.addresses);
            here.filter_map(|text| text.parse().ok()).collect::<BTreeSet<IpAddr>>()
        };
        let (own, every) = (of(own), of(every));
        let ranges: Vec<(&str, Cidr)> = self.texts.iter().filter_map(|text| Some((*text, Cidr::parse(text)?))).collect();
        let inside = |range: &Cidr, among: &BTreeSet<IpAddr>| every.iter().filter(|ip| range.contains(**ip)).all(|ip| among.contains(ip));
        let used = |range: &Cidr| every.iter().any(|ip| range.contains(*ip));
        let named: Vec<&(&str, Cidr)> = ranges.iter().filter(|(_, range)| used(range) && inside(range, &own)).collect();
        let covered = own.iter().all(|ip| named.iter().any(|(_, range)| range.contains(*ip)));
        if covered && !named.is_empty() {
            return format!("from {}", listed(&named.iter().map(|(text, _)| (*text).to_owned()).collect::<Vec<_>>()));
        }
        let rest: BTreeSet<IpAddr> = every.difference(&own).copied().collect();
        let outside: Vec<String> =
            ranges.iter().filter(|(_, range)| used(range) && inside(range, &rest)).map(|(text, _)| (*text).to_owned()).collect();
        if outside.is_empty() { "from some addresses".to_owned() } else { format!("from addresses outside of {}", listed(&outside)) }
    }

    fn endpoints(&self, own: &[&Origin], every: &[&Origin]) -> String {
        let of = |all: &[&Origin], list: fn(&Origin) -> &Vec<String>| {
            let here = all.iter().filter(|origin| origin.route == Route::Endpoint);
            here.flat_map(|origin| list(origin).clone()).collect::<BTreeSet<String>>()
        };
        let limited = |list: fn(&Origin) -> &Vec<String>, any: &str| {
            let (own, every) = (of(own, list), of(every, list));
            if own == every {
                return None;
            }
            let (named, others): (Vec<String>, Vec<String>) = own.into_iter().partition(|id| self.texts.contains(id.as_str()));
            if others.is_empty() {
                return Some(listed(&named));
            }
            let kept: Vec<String> = every.into_iter().filter(|id| self.texts.contains(id.as_str()) && !named.contains(id)).collect();
            Some(if kept.is_empty() { any.to_owned() } else { format!("{any} other than {}", listed(&kept)) })
        };
        let endpoint = limited(|origin| &origin.endpoints, "VPC endpoints").map(|list| format!("through {list}"));
        let vpc = limited(|origin| &origin.vpcs, "VPCs").map(|list| format!("in {list}"));
        match (endpoint, vpc) {
            (Some(endpoint), Some(vpc)) => format!("{endpoint} {vpc}"),
            (Some(endpoint), None) => endpoint,
            (None, Some(vpc)) => format!("through VPC endpoints {vpc}"),
            (None, None) => "through some VPC endpoints".to_owned(),
        }
    }

    /// The connection.
    pub(super) fn over(&self, origins: &BTreeSet<usize>, over: &BTreeSet<Option<&'static str>>) -> String {
        let every: BTreeSet<Option<&'static str>> = self.differences.connections.iter().flatten().copied().collect();
        let service = origins.iter().filter_map(|at| self.differences.origins.get(*at)).all(|origin| origin.route == Route::Service);
        // Where no policy looks at the connection, there is one class, which stands for all.
        if service || every.len() == 1 || *over == every {
            return if service || every.len() == 1 { String::new() } else { "over HTTPS or plain HTTP".to_owned() };
        }
        let tls = |all: &BTreeSet<Option<&'static str>>| all.iter().flatten().copied().collect::<Vec<_>>();
        let (own, all) = (tls(over), tls(&every));
        let versions = || listed(&own.iter().map(|version| format!("TLS {version}")).collect::<Vec<_>>());
        match (own.is_empty(), over.contains(&None)) {
            (true, _) => "over plain HTTP".to_owned(),
            (false, false) if own == all => "over HTTPS".to_owned(),
            (false, false) => format!("over {}", versions()),
            (false, true) => format!("over plain HTTP or {}", versions()),
        }
    }

    /// Actions by the profile's verbs, and those that no verb has.
    pub(super) fn actions(&self, actions: Actions, future: bool) -> Vec<(String, bool, Vec<String>)> {
        let mut left = actions;
        let mut groups = Vec::new();
        let names = |actions: Actions| actions.iter().map(Action::name).collect::<Vec<_>>();
        for verb in Verb::ALL {
            let own = left.intersection(verb.actions());
            if !own.is_empty() {
                groups.push((verb.word(), verb.actions().intersection(actions.complement()).is_empty(), names(own)));
                left = left.intersection(own.complement());
            }
        }
        let mut rest = names(left);
        if future {
            rest.push("actions that do not exist yet".to_owned());
        }
        if !rest.is_empty() {
            groups.push(("other".to_owned(), false, rest));
        }
        groups
    }
}

fn account(member: &Member) -> Option<&str> {
    member.caller.account()
}

fn within<'m>(members: &[&'m Member], account: &str) -> Vec<&'m Member> {
    members.iter().copied().filter(|member| self::account(member) == Some(account)).collect()
}

/// What sets the members apart from the same callers in another state.
fn state(own: &[&Member], all: &[&Member]) -> String {
    let twin = |with: bool| {
        let other = |one: &&&Member| one.mfa.is_some() == with && own.iter().any(|own| own.arn == one.arn);
        all.iter().filter(other).any(|one| !own.contains(one))
    };
    let has = |with: bool| own.iter().any(|member| member.mfa.is_some() == with);
    match (has(true), has(false)) {
        (true, false) if twin(false) => " with MFA".to_owned(),
        (false, true) if twin(true) => " without MFA".to_owned(),
        (true, true) if twin(true) => " with old MFA or none".to_owned(),
        _ => String::new(),
    }
}

/// So many items of a list are spelled out.
const SPELLED: usize = 8;

/// `a, b and c`.
fn listed(words: &[String]) -> String {
    match words {
        [first @ .., _] if first.len() >= SPELLED => {
            let shown: Vec<&str> = words.iter().take(SPELLED - 1).map(String::as_str).collect();
            format!("{} and {} more", shown.join(", "), words.len() - shown.len())
        }
        [] => String::new(),
        [one] => one.clone(),
        [first @ .., last] => format!("{} and {last}", first.join(", ")),
    }
}
