//! Who calls: one caller for each way in which principals and the keys about callers can tell them apart.
//!
//! In: the principals and tests of all policies, and the bucket's account. Out: callers, those that policies name and
//! those that stand for everybody else. Never: a caller of another partition that no policy names.

use std::collections::{BTreeSet, HashSet};

use super::super::condition::{Listed, Test};
use super::super::principal::{One, Who};
use super::super::statement::Compiled;
use super::super::{Caller, CallerKind};
use super::language::{ANY, Language, Tok, TooMany, is, literal, only, steps};
use super::values::patterns;
use crate::policy::Key;

/// Accounts that stand for any other.
const STRANGERS: [&str; 4] = ["444455556666", "777788889999", "123456789012", "999999999999"];

/// Callers, and why they do not stand for all, where they do not.
#[derive(Debug)]
pub(super) struct Callers {
    pub(super) all: Vec<Caller>,
    pub(super) sample: Option<&'static str>,
}

/// What policies say about callers.
#[derive(Debug, Default)]
struct Said {
    /// Twelve-digit accounts.
    accounts: BTreeSet<String>,
    /// ARNs of users, roles and sessions.
    exact: BTreeSet<String>,
    /// Roles by account and name, whatever their path.
    roles: BTreeSet<(String, String)>,
    services: BTreeSet<String>,
    service_patterns: Vec<Vec<Tok>>,
    canonical: BTreeSet<String>,
    providers: BTreeSet<String>,
    /// Patterns of ARNs.
    wild: Vec<Vec<Tok>>,
}

impl Said {
    fn principal(&mut self, one: &One) {
        match one {
            One::Account(account) => drop(self.accounts.insert(account.to_string())),
            One::Exact(arn) => drop(self.exact.insert(arn.to_string())),
            One::Role { account, name } => drop(self.roles.insert((account.to_string(), name.to_string()))),
            One::Named(CallerKind::Service, name) => drop(self.services.insert(name.to_string())),
            One::Named(CallerKind::Canonical, name) => drop(self.canonical.insert(name.to_string())),
            One::Named(_, name) => drop(self.providers.insert(name.to_string())),
            One::Everyone | One::Id(_) | One::Unresolved => {}
        }
    }

    fn test(&mut self, test: &Test, partition: &str) {
        let patterns = patterns(test);
        match &test.key {
            Key::PrincipalArn => {
                for pattern in patterns {
                    match only(&pattern) {
                        Some(arn) => drop(self.exact.insert(arn)),
                        None => self.wild.push(pattern),
                    }
                }
            }
            Key::PrincipalAccount => {
                let of = |account: Vec<Tok>| {
                    literal(&format!("arn:{partition}:"))
                        .into_iter()
                        .chain([ANY])
                        .chain(literal("::"))
                        .chain(account)
                        .chain([Tok::Char(':'), ANY])
                        .collect()
                };
                for pattern in patterns {
                    match only(&pattern) {
                        Some(account) if account.len() == 12 => drop(self.accounts.insert(account)),
                        Some(_) => {}
                        None => self.wild.push(of(pattern)),
                    }
                }
            }
            Key::UserName => {
                let texts: Vec<Vec<Tok>> = match &test.listed {
                    Listed::Text(all) => all.iter().map(|pattern| steps(pattern, false, is::SLASH)).collect(),
                    Listed::Folded(all) => all.iter().map(|pattern| steps(pattern, true, is::SLASH)).collect(),
                    _ => Vec::new(),
                };
                for text in texts {
                    let user = |path: &[Tok]| [&[ANY], literal(":user/").as_slice(), path, &text].concat();
                    self.wild.extend([user(&[]), user(&[ANY, Tok::Char('/')])]);
                }
            }
            Key::PrincipalServiceName | Key::PrincipalServiceNamesList => {
                for pattern in patterns {
                    match only(&pattern) {
                        Some(name) => drop(self.services.insert(name)),
                        None => self.service_patterns.push(pattern),
                    }
                }
            }
            _ => {}
        }
    }
}

fn tail(kind: &str, path: bool, name: Option<&str>) -> Vec<Vec<Tok>> {
    let (one, any) = (Tok::One { need: is::NAME, bar: 0 }, Tok::Any { need: is::PATH, bar: 0 });
    let kind = literal(kind);
    match name {
        Some(name) => vec![[kind.clone(), literal(name)].concat(), [kind, vec![one, any, Tok::Char('/')], literal(name)].concat()],
        None if path => vec![[kind.clone(), vec![one]].concat(), [kind, vec![one, any, one]].concat()],
        None => vec![[kind, vec![one, Tok::Any { need: is::NAME, bar: 0 }]].concat()],
    }
}

/// Every caller that policies can tell from others; `own` is the bucket's account.
pub(super) fn callers<'p>(
    statements: impl Iterator<Item = &'p Compiled>,
    tests: &[&Test],
    own: &str,
    partition: &str,
    grantees: &[One],
) -> Callers {
    let mut said = Said::default();
    said.accounts.insert(own.to_owned());
    for statement in statements {
        if let Some(Who::Of(all) | Who::Not(all)) = &statement.who {
            all.iter().for_each(|one| said.principal(one));
        }
    }
    grantees.iter().for_each(|one| said.principal(one));
    tests.iter().for_each(|test| said.test(test, partition));
    said.accounts.extend(said.roles.iter().map(|(account, _)| account.clone()).collect::<Vec<_>>());
    let named = |said: &Said| -> Vec<Caller> { said.exact.iter().filter_map(|arn| caller(arn)).collect() };
    let (mut accounts, mut roles) = (Vec::new(), Vec::new());
    for (arn, found) in said.exact.iter().filter_map(|arn| Some((arn, Caller::from_arn(arn)?))) {
        let account = found.account().unwrap_or_default().to_owned();
        match found.kind() {
            CallerKind::Root => accounts.push(account),
            // Of a session nobody knows the path of the role.
            CallerKind::Role if arn.contains(":assumed-role/") => {
                accounts.push(account.clone());
                roles.push((account, found.name().to_owned()));
            }
            _ => {}
        }
    }
    said.accounts.extend(accounts);
    said.roles.extend(roles);
    let stranger = STRANGERS.iter().find(|stranger| {
        let in_arn = |arn: &String| arn.contains(*stranger);
        !said.accounts.contains(**stranger) && !said.exact.iter().any(in_arn) && !said.roles.iter().any(|(account, _)| account == *stranger)
    });
    said.accounts.extend(stranger.map(|stranger| (*stranger).to_owned()));
    let mut all = Vec::new();
    let mut sample = if stranger.is_none() { Some("more accounts than stand for themselves") } else { None };
    let unnamed = if said.wild.is_empty() { plain(&said, own, partition) } else { by_patterns(&said, own, partition) };
    match unnamed {
        Ok(arns) => all.extend(arns.iter().filter_map(|arn| caller(arn))),
        Err(TooMany) => {
            sample = Some("patterns of principals with more combinations than are looked at");
            all.extend(plain(&said, own, partition).unwrap_or_default().iter().filter_map(|arn| caller(arn)));
        }
    }
    let users: Vec<String> = said.exact.iter().filter(|arn| arn.contains(":user/")).cloned().collect();
    // Sessions of roles that differ in their path only have one ARN.
    let whole = |caller: &Caller| (caller.arn().to_owned(), caller.path().to_owned());
    let mut seen: HashSet<(String, String)> = all.iter().map(whole).collect();
    all.extend(named(&said).into_iter().filter(|caller| seen.insert(whole(caller))));
    // Sessions that principals name, of every role with that name.
    let sessions: Vec<Caller> =
        said.exact.iter().filter(|arn| arn.contains(":assumed-role/")).filter_map(|arn| Caller::from_arn(arn)).collect();
    for session in sessions {
        let name = session.arn().rsplit('/').next().unwrap_or_default();
        let of_role =
            |role: &&Caller| role.kind() == CallerKind::Role && role.account() == session.account() && role.name() == session.name();
        let twins: Vec<Caller> = all.iter().filter(of_role).filter_map(|role| Caller::role(&role_arn(role)?, name)).collect();
        all.extend(twins);
    }
    // Federated sessions of users that principals name.
    let federated: Vec<Caller> = all.iter().filter(|caller| caller.kind() == CallerKind::FederatedUser).cloned().collect();
    for user in &users {
        let account = user.split(':').nth(4);
        all.extend(federated.iter().filter(|caller| caller.account() == account).map(|caller| caller.clone().issued_by(user)));
    }
    all.extend(said.providers.iter().map(|provider| Caller::federated(provider, None, None)));
    all.extend(said.canonical.iter().map(|id| Caller::canonical(id, None)));
    if !said.canonical.is_empty() {
        all.push(Caller::canonical("79a59df900b949e55d96a1e698fbacedfd6e09d98eacf8f8d5218e7cd47ef2be", None));
    }
    all.extend(said.services.iter().map(|name| Caller::service(name)));
    match Language::new(&said.service_patterns, &[[vec![ANY], literal(".amazonaws.com")].concat()]).texts(
        "",
        |name| said.services.contains(name),
        said.services.len(),
        0,
    ) {
        Ok(names) => all.extend(names.iter().map(|(_, name)| Caller::service(name))),
        Err(TooMany) => sample = Some("patterns of services with more combinations than are looked at"),
    }
    all.push(Caller::anonymous());
    Callers { all, sample }
}

/// The caller that an ARN is about: of a role, one of its sessions.
fn caller(arn: &str) -> Option<Caller> {
    if arn.contains(":role/") { Caller::role(arn, "session") } else { Caller::from_arn(arn) }
}

/// The ARN of the role of a session, with its path.
pub(super) fn role_arn(caller: &Caller) -> Option<String> {
    let partition = caller.arn().split(':').nth(1)?;
    Some(format!("arn:{partition}:iam::{}:role/{}{}", caller.account()?, caller.path(), caller.name()))
}

/// Nobody uses patterns: a user, a role, the root user and a federated user of each account, beside those named.
fn plain(said: &Said, own: &str, partition: &str) -> Result<Vec<String>, TooMany> {
    let mut arns = Vec::new();
    let taken = |arn: &String| said.exact.contains(arn);
    let mut accounts: Vec<&String> = said.accounts.iter().collect();
    accounts.sort_by_key(|account| *account != own);
    for account in accounts {
        for (service, kind) in [("iam", "role/"), ("iam", "user/"), ("sts", "federated-user/")] {
            let names = ["other", "another", "someone", "anyone"].map(|name| format!("arn:{partition}:{service}::{account}:{kind}{name}"));
            let last = |arn: &str| arn.rsplit('/').next().unwrap_or_default().to_owned();
            let free = |arn: &&String| !taken(arn) && !said.roles.contains(&(account.clone(), last(arn)));
            arns.push(names.iter().find(free).cloned().ok_or(TooMany)?);
        }
        arns.push(format!("arn:{partition}:iam::{account}:root"));
    }
    for (account, name) in &said.roles {
        arns.extend(
            ["", "path/", "other-path/"]
                .map(|path| format!("arn:{partition}:iam::{account}:role/{path}{name}"))
                .into_iter()
                .filter(|arn| !taken(arn))
                .take(2),
        );
    }
    Ok(arns)
}

/// Everybody whom patterns tell apart.
fn by_patterns(said: &Said, own: &str, partition: &str) -> Result<Vec<String>, TooMany> {
    let mut all: Vec<Vec<Tok>> = said.wild.clone();
    let of_account =
        |account: &String| [literal(&format!("arn:{partition}:")), vec![ANY], literal(&format!("::{account}:")), vec![ANY]].concat();
    all.extend(said.accounts.iter().map(of_account));
    let digits = vec![Tok::One { need: is::DIGIT, bar: 0 }; 12];
    let taken = |arn: &str| {
        let account = arn.split(':').nth(4).unwrap_or_default().to_owned();
        let name = arn.rsplit('/').next().unwrap_or_default().to_owned();
        said.exact.contains(arn) || (arn.contains(":role/") && said.roles.contains(&(account, name)))
    };
    let mut arns = Vec::new();
    let mut walk = |prefix: String, tails: Vec<Vec<Tok>>, account: &[Tok], taken: &dyn Fn(&str) -> bool, names: usize| {
        let forms: Vec<Vec<Tok>> =
            tails.into_iter().map(|tail| [literal(&prefix), account.to_vec(), vec![Tok::Char(':')], tail].concat()).collect();
        let found = Language::new(&all, &forms).texts(&prefix, taken, said.exact.len(), names)?;
        arns.extend(found.into_iter().map(|(_, arn)| arn));
        Ok(())
    };
    let iam = format!("arn:{partition}:iam::");
    walk(iam.clone(), tail("role/", true, None), &digits, &taken, said.roles.len())?;
    walk(iam.clone(), tail("user/", true, None), &digits, &taken, 0)?;
    walk(iam.clone(), vec![literal("root")], &digits, &|_| false, 0)?;
    walk(format!("arn:{partition}:sts::"), tail("federated-user/", false, None), &digits, &taken, 0)?;
    for (account, name) in &said.roles {
        walk(iam.clone(), tail("role/", true, Some(name)), &literal(account), &|arn| said.exact.contains(arn), 0)?;
    }
    arns.sort_by_key(|arn| arn.split(':').nth(4) != Some(own));
    Ok(arns)
}
