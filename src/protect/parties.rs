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

/// Principals by how a policy can name them; each list is sorted and without repetition.
#[derive(Clone, Debug, Default)]
pub struct Parties {
    named: Vec<Principal>,
    /// The accounts of those that are known by their ARN.
    matched: Vec<Principal>,
    patterns: Vec<Expr>,
    organizations: Vec<String>,
    services: Vec<Principal>,
    everyone: bool,
}

impl Parties {
    /// Sorts grantees; `by_arn` says that roles and users are matched by their ARN instead of named. Groups are no
    /// principals of a resource policy; a check refuses them.
    pub fn of(to: &[Grantee], by_arn: bool, account: &Expr) -> Self {
        let root = |account: Expr| Principal::Aws(Expr::arn("iam", "", account, "root"));
        let mut all = Self::default();
        for grantee in to {
            match (grantee, grantee.identity()) {
                // The ARN of a permission set's role ends at random, and `Principal` takes no wildcards.
                (Grantee::PermissionSet(_), Some(identity)) => all.matches(root(account.clone()), identity.pattern(account)),
                (_, Some(identity)) if by_arn => {
                    let owner = identity.account().map_or_else(|| account.clone(), |id| Expr::text(id.to_owned()));
                    all.matches(root(owner), identity.pattern(account));
                }
                (_, Some(identity)) => all.named.push(Principal::Aws(identity.pattern(account))),
                (Grantee::Account(id), None) => all.named.push(root(Expr::text(id.to_string()))),
                (Grantee::Organization(id), None) => all.organizations.push(id.to_string()),
                (Grantee::Service(name), None) => all.services.push(Principal::Service(Expr::text(name.to_string()))),
                (Grantee::Everyone, None) => all.everyone = true,
                (_, None) => {}
            }
        }
        all.tidy();
        all
    }

    fn matches(&mut self, account: Principal, pattern: Expr) {
        self.matched.push(account);
        self.patterns.push(pattern);
    }

    fn tidy(&mut self) {
        for list in [&mut self.named, &mut self.matched, &mut self.services] {
            list.sort();
            list.dedup();
        }
        self.patterns.sort();
        self.patterns.dedup();
        self.organizations.sort();
        self.organizations.dedup();
    }

    /// Those of both.
    #[must_use]
    pub fn and(mut self, other: Self) -> Self {
        self.named.extend(other.named);
        self.matched.extend(other.matched);
        self.patterns.extend(other.patterns);
        self.organizations.extend(other.organizations);
        self.services.extend(other.services);
        self.everyone |= other.everyone;
        self.tidy();
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
        let by_arn = Condition::new(Base::ArnLike, Key::PrincipalArn, self.patterns);
        // Without the second condition `*` would let the account's own callers past their boundaries and sessions.
        let outside = [
            Condition::new(Base::StringEquals, Key::PrincipalOrgID, self.organizations.clone()),
            Condition::one(Base::StringNotEquals, Key::PrincipalAccount, account.clone()),
        ];
        let organization = Some(Principals::Of(vec![Principal::Aws("*".into())])).filter(|_| !self.organizations.is_empty());
        let everyone = Some(Principals::Everyone).filter(|_| self.everyone);
        let parties = [
            ("", listed(self.named), member()),
            ("ByArn", listed(self.matched), std::iter::once(by_arn).chain(member()).collect()),
            ("OfOrganization", organization, outside.to_vec()),
            ("ByService", listed(self.services), source),
            ("ByEveryone", everyone, member()),
        ];
        let present =
            parties.into_iter().filter_map(|(word, principals, conditions)| Some(Party { word, principals: principals?, conditions }));
        present.collect()
    }
}
