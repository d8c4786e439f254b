//! Who makes a request, as far as a policy can tell.
//!
//! In: an ARN, an account or a service name. Out: a [`Caller`] whose parts are compared with principals. Never: a
//! look at policies or at the condition context, which may say more (or less) about the same caller.
//!
//! Source: "AWS JSON policy elements: Principal", IAM User Guide.

/// What kind of caller it is.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum CallerKind {
    /// Without credentials.
    Anonymous,
    /// The root user of an account.
    Root,
    /// An IAM user.
    User,
    /// A session of a role.
    Role,
    /// A federated session of an IAM user (`GetFederationToken`).
    FederatedUser,
    /// A session of an identity provider that no role stands behind.
    Federated,
    /// An AWS service on its own behalf.
    Service,
    /// A principal known by its canonical id only, such as an origin access identity.
    Canonical,
}

/// A caller.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub struct Caller {
    pub(super) kind: CallerKind,
    /// The ARN of whoever calls: of the session, not of its role. Empty where there is none.
    pub(super) arn: Box<str>,
    pub(super) account: Option<Box<str>>,
    /// The name of the role, service or provider, or the canonical id.
    pub(super) name: Box<str>,
    /// The path of the role, as `a/b/`.
    pub(super) path: Box<str>,
    /// The user or the identity provider behind a federated session.
    pub(super) issuer: Option<Box<str>>,
    pub(super) service_linked: bool,
}

impl Caller {
    fn new(kind: CallerKind, arn: &str, account: Option<&str>, name: &str) -> Self {
        Self {
            kind,
            arn: arn.into(),
            account: account.map(Into::into),
            name: name.into(),
            path: "".into(),
            issuer: None,
            service_linked: false,
        }
    }

    /// A caller without credentials.
    pub fn anonymous() -> Self {
        Self::new(CallerKind::Anonymous, "", None, "")
    }

    /// The root user of an account, in the partition `aws`.
    pub fn root(account: &str) -> Self {
        Self::new(CallerKind::Root, &format!("arn:aws:iam::{account}:root"), Some(account), "")
    }

    /// A service that calls on its own behalf, such as `logging.s3.amazonaws.com`.
    pub fn service(name: &str) -> Self {
        Self::new(CallerKind::Service, "", None, name)
    }

    /// A principal by its canonical id; `account` where it is known to stand for one.
    pub fn canonical(id: &str, account: Option<&str>) -> Self {
        Self::new(CallerKind::Canonical, "", account, id)
    }

    /// A session of an identity provider.
    pub fn federated(provider: &str, arn: Option<&str>, account: Option<&str>) -> Self {
        Self::new(CallerKind::Federated, arn.unwrap_or_default(), account, provider)
    }

    /// A session of a role, given the role's ARN.
    pub fn role(role: &str, session: &str) -> Option<Self> {
        let caller = Self::from_arn(role).filter(|caller| caller.kind == CallerKind::Role)?;
        let partition = role.split(':').nth(1)?;
        let arn = format!("arn:{partition}:sts::{}:assumed-role/{}/{session}", caller.account.as_deref()?, caller.name);
        Some(Self { arn: arn.into(), ..caller })
    }

    /// The caller with that ARN: a user, a role, a role session, a federated user, or `root`. A role that lives
    /// under `/aws-service-role/` is service-linked.
    pub fn from_arn(arn: &str) -> Option<Self> {
        let mut parts = arn.splitn(6, ':');
        let ("arn", Some(_), Some(service), Some(_), Some(account), Some(resource)) =
            (parts.next()?, parts.next(), parts.next(), parts.next(), parts.next(), parts.next())
        else {
            return None;
        };
        let caller = |kind, name| Some(Self::new(kind, arn, Some(account), name));
        let last = resource.rsplit('/').next().unwrap_or_default();
        match (service, resource.split_once('/').map_or((resource, ""), |(kind, rest)| (kind, rest))) {
            ("iam", ("root", "")) => caller(CallerKind::Root, ""),
            ("iam", ("user", _)) => caller(CallerKind::User, last),
            ("iam", ("role", path)) => {
                let folder = path.strip_suffix(last).unwrap_or_default();
                let service_linked = path.starts_with("aws-service-role/");
                caller(CallerKind::Role, last).map(|c| Self { service_linked, path: folder.into(), ..c })
            }
            ("sts", ("assumed-role", rest)) => caller(CallerKind::Role, rest.split('/').next().unwrap_or_default()),
            ("sts", ("federated-user", name)) => caller(CallerKind::FederatedUser, name),
            _ => None,
        }
    }

    /// Says that the role is service-linked, or that it is not.
    #[must_use]
    pub const fn service_linked(mut self, yes: bool) -> Self {
        self.service_linked = yes;
        self
    }

    /// Names the user (by ARN) or the identity provider behind a federated session.
    #[must_use]
    pub fn issued_by(mut self, issuer: &str) -> Self {
        self.issuer = Some(issuer.into());
        self
    }

    /// What kind of caller it is.
    pub const fn kind(&self) -> CallerKind {
        self.kind
    }

    /// The ARN of whoever calls; empty for services, anonymous callers and the like.
    pub fn arn(&self) -> &str {
        &self.arn
    }

    /// The account, where there is one.
    pub fn account(&self) -> Option<&str> {
        self.account.as_deref()
    }

    /// The name of the role, user, service or provider.
    pub fn name(&self) -> &str {
        &self.name
    }

    /// The path of the role, such as `team/`, where its ARN was given.
    pub fn path(&self) -> &str {
        &self.path
    }

    /// Whether it is a service-linked role.
    pub const fn is_service_linked(&self) -> bool {
        self.service_linked
    }

    /// Whether identity policies, boundaries, session policies and service control policies apply at all.
    pub(super) const fn has_identity(&self) -> bool {
        matches!(self.kind, CallerKind::User | CallerKind::Role | CallerKind::FederatedUser | CallerKind::Federated)
    }

    /// Whether it is the account itself, which needs no identity policy.
    pub(super) fn is_account(&self) -> bool {
        self.kind == CallerKind::Root || (self.kind == CallerKind::Canonical && self.account.is_some())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn arns_tell_the_kind() {
        let kind = |arn| Caller::from_arn(arn).map(|c| (c.kind(), c.name().to_owned()));
        assert_eq!(kind("arn:aws:iam::111122223333:user/a/b/Ann"), Some((CallerKind::User, "Ann".into())));
        assert_eq!(kind("arn:aws:iam::111122223333:role/p/R"), Some((CallerKind::Role, "R".into())));
        assert_eq!(kind("arn:aws:sts::111122223333:assumed-role/R/s"), Some((CallerKind::Role, "R".into())));
        assert_eq!(kind("arn:aws:sts::111122223333:federated-user/f"), Some((CallerKind::FederatedUser, "f".into())));
        assert_eq!(kind("arn:aws:iam::111122223333:root"), Some((CallerKind::Root, String::new())));
        assert_eq!(kind("arn:aws:iam::111122223333:group/g"), None);
        assert_eq!(kind("x"), None);
        let role = Caller::role("arn:aws-cn:iam::111122223333:role/p/R", "s").unwrap();
        assert_eq!(role.arn(), "arn:aws-cn:sts::111122223333:assumed-role/R/s");
        assert!(Caller::from_arn("arn:aws:iam::1:role/aws-service-role/x.amazonaws.com/AWSServiceRoleForX").unwrap().is_service_linked());
    }
}
