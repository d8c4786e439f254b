//! Grants: who may do what, where in the bucket, and under which circumstances.
//!
//! In: the `grants` of a profile. Out: Allow statements for the bucket's policy, and the [`Right`]s from which other
//! mechanisms make theirs. Never: a decision whether a grant is wise; checks say so.

use std::borrow::Cow;

use serde::{Deserialize, Serialize};

use super::parties::Parties;
use super::principal::Grantee;
use super::verbs::{Aspect, Verb};
use super::when::{When, inert_but_variables};
use super::{Draft, Meta};
use crate::claim::Guarantee;
use crate::diag::Path;
use crate::expr::{Expr, LogicalId};
use crate::names::{Invalid, name};
use crate::path;
use crate::policy::{Actions, Base, Condition, Effect, Element, Key, Origin, Statement};

/// What is known about this protection.
pub const META: Meta = Meta {
    id: "grants",
    title: "grants",
    risk: "permissions that nobody wrote down are permissions that nobody reviews",
    statements: &[
        (
            "<Grant>Objects",
            "Lets the principals of the grant of that name do its actions on objects, below its prefixes where it has some. The ending says how the \
             principals are known, where not by name (ByArn, OfOrganization, ByService, ByEveryone), and which networks the statement is for \
             (FromAddresses, FromVpcs, FromEndpoints): in one statement they would be ANDed and never hold together. And3More stands where statements had \
             to be merged for the policy to fit. Change it with `grants`.",
        ),
        (
            "<Grant>Listing",
            "Lets the principals of the grant of that name list keys or versions. With prefixes, a list must ask for one of them (`s3:prefix`). Change it with \
             `grants`.",
        ),
        (
            "<Grant>Bucket",
            "Lets the principals of the grant of that name do its actions on the bucket and its settings. Change it with `grants`.",
        ),
    ],
};

name! {
    /// The name of a grant or deny; its statements are named after it.
    GrantName, format "grant-name", example "analysts-read"
}

impl GrantName {
    fn check(text: &str) -> Result<(), Invalid> {
        let rest = |b: u8| b.is_ascii_lowercase() || b.is_ascii_digit() || b == b'-';
        if text.len() <= 48 && text.starts_with(|c: char| c.is_ascii_lowercase()) && text.bytes().all(rest) {
            return Ok(());
        }
        Err(Invalid::new(
            format!("`{text}` is not the name of a grant"),
            "use up to 48 lower-case letters, digits and hyphens, beginning with a letter",
        ))
    }

    /// The name in PascalCase, as Sids have it.
    pub fn pascal(&self) -> String {
        LogicalId::derived("", self.as_str()).to_string()
    }
}

name! {
    /// What the keys begin with: literal text, in which policy variables about the caller may stand.
    GrantPrefix, format "grant-prefix", example "exports/"
}

impl GrantPrefix {
    fn check(text: &str) -> Result<(), Invalid> {
        inert_but_variables(text)?;
        if text.is_empty() {
            return Err(Invalid::new("the prefix is empty", "leave `prefixes` out for the whole bucket"));
        }
        if text.contains(['*', '?']) {
            return Err(Invalid::new(
                format!("`{text}` holds a wildcard"),
                "prefixes are literal text: everything that begins with them is meant anyway",
            ));
        }
        if text.len() > 1_024 { Err(Invalid::new("the prefix has over 1,024 bytes", "S3 takes keys of up to 1,024 bytes")) } else { Ok(()) }
    }
}

name! {
    /// The mechanism that carries a grant: `bucket-policy`, `iam`, or `access-point/NAME`.
    Via, format "grant-via", example "bucket-policy"
}

impl Via {
    fn check(text: &str) -> Result<(), Invalid> {
        let point = text.strip_prefix("access-point/").is_some_and(|name| !name.is_empty());
        if point || matches!(text, "bucket-policy" | "iam") {
            return Ok(());
        }
        Err(Invalid::new(
            format!("`{text}` carries no grants"),
            "use `bucket-policy`, `iam`, or `access-point/` and the name of an access point",
        ))
    }

    /// The access point that it names, if it does.
    pub fn access_point(&self) -> Option<&str> {
        self.as_str().strip_prefix("access-point/")
    }

    /// Whether it is IAM policies.
    pub fn is_iam(&self) -> bool {
        self.as_str() == "iam"
    }
}

impl Default for Via {
    fn default() -> Self {
        Self("bucket-policy".to_owned())
    }
}

/// How a grant knows its principals.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(test, derive(schemars::JsonSchema), schemars(inline))]
#[serde(rename_all = "lowercase")]
pub enum Match {
    /// By name, as S3 stores it: they must exist, and whoever is made anew has lost access.
    #[default]
    Principal,
    /// By ARN, whether they exist or not; only for principals of other accounts.
    Arn,
}

/// Who may do what.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
#[serde(deny_unknown_fields)]
pub struct Grant {
    /// The grant's name. Statements are named after it, and with `via: iam` the policy: a new name is a new policy, which
    /// replaces the old one.
    pub name: GrantName,
    /// Whom.
    #[cfg_attr(test, schemars(length(min = 1)))]
    pub to: Vec<Grantee>,
    /// What.
    #[cfg_attr(test, schemars(length(min = 1)))]
    pub can: Vec<Verb>,
    /// Where: keys that begin with one of these. Without it, the whole bucket.
    #[serde(default)]
    pub prefixes: Vec<GrantPrefix>,
    /// Under which circumstances.
    #[serde(default)]
    pub when: When,
    /// The mechanism that carries it: `bucket-policy`; `iam`, a managed policy attached to the users, groups and roles of
    /// the bucket's account; or `access-point/NAME`.
    #[serde(default)]
    pub via: Via,
    /// How principals of other accounts are known: by `principal`, or by `arn` where they may not exist yet.
    #[serde(default, rename = "match")]
    pub known_by: Match,
}

/// Where rights are had: a bucket, or an access point.
#[derive(Clone, Debug)]
pub struct Scope {
    /// The ARN of the bucket or access point.
    pub container: Expr,
    /// What the ARNs of its objects begin with.
    pub objects: Expr,
}

impl Scope {
    /// A bucket by its ARN.
    pub fn bucket(arn: Expr) -> Self {
        Self { objects: arn.clone() + "/", container: arn }
    }

    /// An access point by its ARN ("Access point ARNs", Amazon S3 User Guide).
    pub fn access_point(arn: Expr) -> Self {
        Self { objects: arn.clone() + "/object/", container: arn }
    }
}

/// Actions of one kind with what they are done to: a statement without its principals.
#[derive(Clone, Debug)]
pub struct Right {
    /// What the actions are done to.
    pub aspect: Aspect,
    /// The actions.
    pub actions: Vec<Cow<'static, str>>,
    /// The resources.
    pub resources: Vec<Expr>,
    /// For listings: the prefixes.
    pub conditions: Vec<Condition>,
}

/// What verbs on prefixes come to: at most one right for each aspect.
pub fn rights(verbs: &[Verb], prefixes: &[GrantPrefix], scope: &Scope) -> Vec<Right> {
    let mut names: Vec<Cow<'static, str>> = verbs.iter().flat_map(Verb::names).collect();
    names.sort();
    names.dedup();
    let right = |aspect: Aspect| {
        let has = |name: &Cow<'static, str>| Actions::matching(name).iter().any(|action| aspect.has(action));
        let actions: Vec<_> = names.iter().filter(|name| has(name)).cloned().collect();
        let (resources, conditions) = match aspect {
            Aspect::Objects if prefixes.is_empty() => (vec![scope.objects.clone() + "*"], Vec::new()),
            Aspect::Objects => (prefixes.iter().map(|prefix| scope.objects.clone() + format!("{prefix}*")).collect(), Vec::new()),
            Aspect::Listing if !prefixes.is_empty() => {
                let values = prefixes.iter().map(|prefix| format!("{prefix}*"));
                (vec![scope.container.clone()], vec![Condition::new(Base::StringLike, Key::Prefix, values)])
            }
            Aspect::Listing | Aspect::Bucket => (vec![scope.container.clone()], Vec::new()),
        };
        (!actions.is_empty()).then_some(Right { aspect, actions, resources, conditions })
    };
    Aspect::ALL.into_iter().filter_map(right).collect()
}

impl Grant {
    /// Its actions.
    pub fn actions(&self) -> Actions {
        self.can.iter().map(Verb::actions).fold(Actions::default(), Actions::union)
    }

    /// The statements of a resource policy: for each kind of principal, aspect and network one.
    pub fn statements(&self, path: &Path, scope: &Scope, account: &Expr) -> Vec<Statement> {
        let mut statements = Vec::new();
        let networks = self.when.networks().any_of();
        let name = self.name.pascal();
        for party in self.parties(account).statements(self.when.membership(), self.when.source(account), account) {
            for right in rights(&self.can, &self.prefixes, scope) {
                let sid = format!("{name}{}{}", right.aspect.word(), party.word);
                let statement = Statement {
                    sid: Some(sid.into()),
                    effect: Effect::Allow,
                    principal: Some(Element::Is(party.principals.clone())),
                    action: Element::Is(right.actions),
                    resource: Some(Element::Is(right.resources)),
                    condition: party.conditions.iter().cloned().chain(right.conditions).chain(self.when.circumstances()).collect(),
                    origin: Some(self.origin(path.clone())),
                };
                statements.extend(statement.from_each(&networks));
            }
        }
        statements
    }

    /// Its principals, by how a policy can name them.
    pub fn parties(&self, account: &Expr) -> Parties {
        Parties::of(&self.to, self.known_by == Match::Arn, account)
    }

    pub(super) fn origin(&self, path: Path) -> Origin {
        let verbs: Vec<String> = self.can.iter().map(Verb::word).collect();
        Origin { path, protection: META.id, reason: format!("{}: {}", self.name, verbs.join(", ")).into() }
    }
}

/// Puts on the bucket's policy the grants that it carries.
pub fn lower(grants: &[Grant], draft: &mut Draft) {
    let scope = Scope::bucket(draft.arn());
    let mut gives = Vec::new();
    for (at, grant) in grants.iter().enumerate() {
        if grant.via == Via::default() {
            gives.extend(grant.statements(&path!["grants", at], &scope, &draft.account));
        }
    }
    draft.statements.extend(gives.iter().cloned());
    works(gives, None, path!["grants"], draft);
}

/// Promises that what is granted is had, directly or through an access point, in whatever statements it ends up.
pub(super) fn works(gives: Vec<Statement>, through: Option<Expr>, path: Path, draft: &mut Draft) {
    if !gives.is_empty() {
        let origin = draft.origin(&META, path, "what is granted is had");
        draft.claim(origin, Guarantee::GrantsWork { gives, through });
    }
}

/// Promises that nobody but the account and the principals of the grants gets in. A grant for everyone makes no such promise.
pub fn promise<'g>(grants: impl Iterator<Item = &'g Grant>, draft: &mut Draft) {
    let mut accounts = vec![draft.account.clone()];
    let mut sources = accounts.clone();
    let (mut principals, mut organizations) = (Vec::new(), Vec::new());
    for grant in grants {
        for grantee in &grant.to {
            match grantee {
                Grantee::Everyone => return,
                Grantee::Account(id) => accounts.push(Expr::text(id.to_string())),
                Grantee::Organization(id) => organizations.push(Expr::text(id.to_string())),
                Grantee::Service(_) => match (&grant.when.source_account, &grant.when.organization) {
                    (Some(id), _) => sources.push(Expr::text(id.to_string())),
                    (None, Some(id)) => organizations.push(Expr::text(id.to_string())),
                    (None, None) => {}
                },
                Grantee::Role(_) | Grantee::User(_) | Grantee::Arn(_) | Grantee::PermissionSet(_) | Grantee::Group(_) => {
                    principals.extend(grantee.identity().map(|identity| identity.pattern(&draft.account)));
                }
            }
        }
    }
    let origin = draft.origin(&META, path!["grants"], "nobody gets in but the account and those who are listed");
    draft.claim(origin, Guarantee::OnlyListedPrincipals { accounts, principals, organizations, sources });
}
