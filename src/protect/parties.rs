//! Principals of grants, sorted by how a policy can name them.
//!
//! In: grantees. Out: for each way of naming them the `Principal` element and the conditions that belong to it. Never:
//! actions or resources.

use super::principal::Grantee;
use crate::expr::Expr;
use crate::policy::{Base, Condition, Key, Principal, Principals};

/// Principals that one statement can hold, with what must be true of them.
#[derive(Clone, Debug)]
pub struct Party {
    /// The word for a Sid; empty for those that are named.
    pub word: &'static str,
    /// The principals.
    pub principals: Principals,
    /// What tells them apart from others that the element covers.
    pub conditions: Vec<Condition>,
}

/// A principal, and the other account that it is of where it is not one as a whole.
type Named = (Principal, Option<Principal>);

/// Principals by how a policy can name them; each list is sorted and without repetition.
#[derive(Clone, Debug, Default)]
pub struct Parties {
    named: Vec<Named>,
    /// Those that are known by their ARN.
    matched: Vec<Named>,
    organizations: Vec<String>,
    services: Vec<Principal>,
    everyone: bool,
}

impl Parties {
    /// Sorts grantees; `by_arn` says that ARNs are matched instead of named. Groups and permission sets are no principals
    /// of a resource policy, and within the own account nothing can be matched; checks refuse them.
    pub fn of(to: &[Grantee], by_arn: bool, account: &Expr) -> Self {
        let root = |account: String| Principal::Aws(Expr::arn("iam", "", account, "root"));
        let mut all = Self::default();
        for grantee in to {
            let identity = grantee.identity();
            match grantee {
                Grantee::Role(_) | Grantee::User(_) | Grantee::Arn(_) => {
                    let list = if by_arn && matches!(grantee, Grantee::Arn(_)) { &mut all.matched } else { &mut all.named };
                    list.extend(
                        identity
                            .map(|identity| (Principal::Aws(identity.pattern(account)), identity.account().map(|id| root(id.to_owned())))),
                    );
                }
                Grantee::Account(id) => all.named.push((root(id.to_string()), None)),
                Grantee::Organization(id) => all.organizations.push(id.to_string()),
                Grantee::Service(name) => all.services.push(Principal::Service(Expr::text(name.to_string()))),
                Grantee::Everyone => all.everyone = true,
                Grantee::Group(_) | Grantee::PermissionSet(_) => {}
            }
        }
        all.tidy();
        all
    }

    fn tidy(&mut self) {
        for list in [&mut self.named, &mut self.matched] {
            list.sort();
            list.dedup();
        }
        self.services.sort();
        self.services.dedup();
        self.organizations.sort();
        self.organizations.dedup();
    }

    /// Those of both.
    #[must_use]
    pub fn and(mut self, other: Self) -> Self {
        self.named.extend(other.named);
        self.matched.extend(other.matched);
        self.organizations.extend(other.organizations);
        self.services.extend(other.services);
        self.everyone |= other.everyone;
        self.tidy();
        self
    }

    /// Those of this one whom the other does not hold: by name, by ARN, or with the whole of their account.
    #[must_use]
    pub fn without(mut self, other: &Self) -> Self {
        let holds = |one: &Principal| other.named.iter().any(|(own, _)| own == one);
        let other_holds = |(one, account): &Named| holds(one) || account.as_ref().is_some_and(holds);
        self.named.retain(|one| !other_holds(one));
        self.matched.retain(|one| !other_holds(one) && !other.matched.contains(one));
        self.organizations.retain(|one| !other.organizations.contains(one));
        self.services.retain(|one| !other.services.contains(one));
        self.everyone &= !other.everyone;
        self
    }

    /// Those without whoever is known by ARN and is held with the whole of the account anyway.
    #[must_use]
    pub fn each_once(mut self) -> Self {
        let named = &self.named;
        self.matched.retain(|(_, account)| !account.as_ref().is_some_and(|account| named.iter().any(|(one, _)| one == account)));
        self
    }

    /// The services, apart from the others.
    #[must_use]
    pub fn services(&self) -> Self {
        Self { services: self.services.clone(), ..Self::default() }
    }

    /// Whoever has credentials of their own: neither services nor everyone.
    #[must_use]
    pub fn people(self) -> Self {
        Self { services: Vec::new(), everyone: false, ..self }
    }

    /// One party for each way of naming. `membership` is asked of callers with an identity, `source` of services.
    pub fn statements(self, membership: Option<Condition>, source: Vec<Condition>, account: &Expr) -> Vec<Party> {
        let listed = |principals: Vec<Principal>| Some(Principals::Of(principals)).filter(|p| *p != Principals::Of(Vec::new()));
        let member = || membership.clone().into_iter().collect::<Vec<_>>();
        let patterns = self.matched.iter().map(|(one, _)| one.value().clone());
        let by_arn = Condition::new(Base::ArnLike, Key::PrincipalArn, patterns);
        let mut accounts: Vec<Principal> = self.matched.into_iter().filter_map(|(_, account)| account).collect();
        accounts.sort();
        accounts.dedup();
        let named = self.named.into_iter().map(|(one, _)| one).collect();
        // Without the second condition `*` would let the account's own callers past their boundaries and sessions.
        let outside = [
            Condition::new(Base::StringEquals, Key::PrincipalOrgID, self.organizations.clone()),
            Condition::one(Base::StringNotEquals, Key::PrincipalAccount, account.clone()),
        ];
        let organization = Some(Principals::Of(vec![Principal::Aws("*".into())])).filter(|_| !self.organizations.is_empty());
        let everyone = Some(Principals::Everyone).filter(|_| self.everyone);
        let parties = [
            ("", listed(named), member()),
            ("ByArn", listed(accounts), std::iter::once(by_arn).chain(member()).collect()),
            ("OfOrganization", organization, outside.to_vec()),
            ("ByService", listed(self.services), source),
            ("ByEveryone", everyone, member()),
        ];
        let present =
            parties.into_iter().filter_map(|(word, principals, conditions)| Some(Party { word, principals: principals?, conditions }));
        present.collect()
    }
}
