//! The request model: which condition keys a request carries, by who calls, from where, and for which action.
//!
//! In: a [`Call`], in the words of somebody who makes it. Out: a [`Request`] with the context that AWS would give it,
//! and, where AWS's pages contradict each other, the other [`Reading`]s of it. Never: a key outside the table [`ROWS`].

use std::fmt;

use super::caller::{Caller, CallerKind};
use super::context::Context;
use super::request::Request;
use crate::policy::{Action, Key};

mod table;

pub use table::{ROWS, Row};

/// How far a rule is vouched for.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Status {
    /// An AWS page says so.
    Documented,
    /// Seen by others, on no AWS page.
    Observed,
    /// Neither; the likeliest reading.
    Assumed,
}

impl Status {
    /// The word for it.
    pub const fn name(self) -> &'static str {
        match self {
            Self::Documented => "documented",
            Self::Observed => "observed",
            Self::Assumed => "assumed",
        }
    }
}

/// What is true of a call, as far as keys depend on it; a set of the constants.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash)]
pub struct Facts(u32);

macro_rules! facts {
    ($($name:ident = $bit:literal, $doc:literal;)*) => {
        impl Facts {
            /// Nothing.
            pub const NONE: Self = Self(0);
            $(#[doc = $doc] pub const $name: Self = Self(1 << $bit);)*
        }

        impl fmt::Display for Facts {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                let names = [$(($bit, $doc)),*].into_iter().filter(|(bit, _)| self.0 & (1 << bit) != 0);
                for (i, (_, name)) in names.enumerate() {
                    write!(f, "{}{}", if i > 0 { ", " } else { "" }, name.trim_end_matches('.').to_lowercase())?;
                }
                Ok(())
            }
        }
    };
}

facts! {
    SIGNED = 0, "Signed.";
    SERVICE = 1, "By a service on its own behalf.";
    USER = 2, "By an IAM user.";
    TEMPORARY = 3, "With temporary credentials.";
    MFA = 4, "With MFA.";
    ORGANIZED = 5, "By an account of an organization.";
    ENDPOINT = 6, "Through a VPC endpoint.";
    FORWARDED = 7, "Forwarded by a service.";
    TLS = 8, "Over TLS.";
    POINT = 9, "Through an access point.";
    PRESIGNED = 10, "By a presigned URL or form.";
    SOURCE = 11, "For a resource.";
    ROLE = 12, "By a session of a role.";
}

impl Facts {
    /// Those of either.
    #[must_use]
    pub const fn and(self, other: Self) -> Self {
        Self(self.0 | other.0)
    }

    /// Whether all of `others` are among them.
    pub const fn has(self, others: Self) -> bool {
        self.0 & others.0 == others.0
    }

    /// Whether some of `others` is among them.
    pub const fn has_any(self, others: Self) -> bool {
        self.0 & others.0 != 0
    }
}

/// A point on which AWS's pages disagree or are silent.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Knob {
    /// The address in a forwarded call: the caller's, or the service's.
    ForwardedAddress,
    /// Whether calls of services say that they use TLS.
    ServiceTransport,
    /// Whether an upload that names no encryption carries the bucket's default.
    DefaultEncryption,
    /// Whether a request that is signed in a header has an age.
    HeaderSignatureAge,
    /// Whether a session of a role carries the MFA with which it was assumed.
    RoleMfa,
}

impl Knob {
    /// Every knob.
    pub const ALL: [Self; 5] =
        [Self::ForwardedAddress, Self::ServiceTransport, Self::DefaultEncryption, Self::HeaderSignatureAge, Self::RoleMfa];

    /// What is open.
    pub const fn question(self) -> &'static str {
        match self {
            Self::ForwardedAddress => "whether a forwarded call carries the caller's address",
            Self::ServiceTransport => "whether the call of a service says that it uses TLS",
            Self::DefaultEncryption => "whether an upload that names no encryption carries the bucket's default",
            Self::HeaderSignatureAge => "whether a request signed in a header has a signature age",
            Self::RoleMfa => "whether a session of a role carries the MFA with which it was assumed",
        }
    }

    /// The pages that disagree.
    pub const fn source(self) -> &'static str {
        match self {
            Self::ForwardedAddress => "AWS global condition context keys, aws:SourceIp (pages of 2023 and 2026), IAM User Guide",
            Self::ServiceTransport => "AWS global condition context keys, aws:SecureTransport, IAM User Guide",
            Self::DefaultEncryption => "Specifying server-side encryption with AWS KMS (example and note), Amazon S3 User Guide",
            Self::HeaderSignatureAge => {
                "Amazon S3 SigV4 authentication specific policy keys, S3 API Reference; policy key table (older page)"
            }
            Self::RoleMfa => "Secure API access with MFA, IAM User Guide",
        }
    }
}

/// Another context that the same call may have: some keys with other values, or absent.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Reading {
    knob: Knob,
    changes: Vec<(Key, Option<Box<str>>)>,
}

impl Reading {
    pub(super) const fn new(knob: Knob, changes: Vec<(Key, Option<Box<str>>)>) -> Self {
        Self { knob, changes }
    }

    /// What is read differently.
    pub const fn knob(&self) -> Knob {
        self.knob
    }

    pub(super) fn keys(&self) -> impl Iterator<Item = &Key> {
        self.changes.iter().map(|(key, _)| key)
    }

    pub(super) fn apply(&self, context: &mut Context) {
        for (key, value) in &self.changes {
            match value {
                Some(value) => context.set(key.clone(), value.to_string()),
                None => context.remove(key),
            }
        }
    }
}

/// The way that a call takes.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Path {
    /// Over the internet, from an address.
    Internet {
        /// The caller's address.
        ip: Box<str>,
    },
    /// Through a VPC endpoint.
    Endpoint {
        /// The VPC.
        vpc: Box<str>,
        /// The endpoint.
        endpoint: Box<str>,
        /// The caller's private address.
        ip: Option<Box<str>>,
        /// The account that owns the endpoint.
        account: Option<Box<str>>,
        /// Its organization.
        organization: Option<Box<str>>,
    },
    /// By a service that a caller made use of, with the caller's identity (a forward access session).
    Forwarded {
        /// The service, such as `athena.amazonaws.com`.
        service: Box<str>,
        /// The caller's address, unless it came through an endpoint.
        ip: Option<Box<str>>,
    },
    /// Inside AWS: what services do on their own behalf.
    Inside,
}

/// A call to S3 as its maker would describe it.
#[derive(Clone, Debug)]
pub struct Call {
    /// Who calls.
    pub caller: Caller,
    /// The action that it is authorised as, such as `s3:GetObject`.
    pub action: Box<str>,
    /// The ARN of the bucket or object.
    pub resource: Box<str>,
    /// The account that owns the bucket.
    pub account: Box<str>,
    /// The way that it takes.
    pub path: Path,
    /// The ARN of the access point that it goes through, and whether that has a VPC origin.
    pub access_point: Option<(Box<str>, bool)>,
    /// The version of TLS; `None` for plain HTTP.
    pub tls: Option<Box<str>>,
    /// The age of a presigned URL or form, in milliseconds.
    pub presigned_age: Option<u64>,
    /// Whether what is presigned is a form, which a browser sends by POST.
    pub form: bool,
    /// Whether the signature is of version 2.
    pub signature_2: bool,
    /// The seconds since the caller used MFA.
    pub mfa_age: Option<u64>,
    /// Whether a user calls with temporary credentials (`GetSessionToken`).
    pub temporary: bool,
    /// The organization of the caller's account.
    pub organization: Option<Box<str>>,
    /// The organization of the bucket's account.
    pub bucket_organization: Option<Box<str>>,
    /// The resource on whose behalf a service calls, and its account.
    pub source: Option<(Box<str>, Box<str>)>,
    /// The time of the call, in ISO 8601.
    pub at: Option<Box<str>>,
    /// The bucket's default encryption, and its key.
    pub default_encryption: Option<(Box<str>, Option<Box<str>>)>,
    /// What else the call brings: headers, tags of the object, of the caller, of the request, a prefix to list.
    pub sent: Vec<(Key, Vec<Box<str>>)>,
}

impl Call {
    /// A signed call over TLS 1.3, from a public address that documentation uses; of a service, from inside.
    pub fn new(caller: Caller, action: &str, resource: &str, account: &str) -> Self {
        let inside = caller.kind() == CallerKind::Service;
        Self {
            caller,
            action: action.into(),
            resource: resource.into(),
            account: account.into(),
            path: if inside { Path::Inside } else { Path::Internet { ip: "192.0.2.1".into() } },
            access_point: None,
            tls: Some("1.3".into()),
            presigned_age: None,
            form: false,
            signature_2: false,
            mfa_age: None,
            temporary: false,
            organization: None,
            bucket_organization: None,
            source: None,
            at: None,
            default_encryption: None,
            sent: Vec::new(),
        }
    }

    /// What is true of it.
    pub fn facts(&self) -> Facts {
        let kind = self.caller.kind();
        let facts = [
            (kind != CallerKind::Anonymous, Facts::SIGNED),
            (kind == CallerKind::Service, Facts::SERVICE),
            (kind == CallerKind::User, Facts::USER),
            (kind == CallerKind::Role, Facts::ROLE),
            (self.temporary || matches!(kind, CallerKind::Role | CallerKind::FederatedUser | CallerKind::Federated), Facts::TEMPORARY),
            (self.mfa_age.is_some(), Facts::MFA),
            (self.organization.is_some(), Facts::ORGANIZED),
            (matches!(self.path, Path::Endpoint { .. }), Facts::ENDPOINT),
            (matches!(self.path, Path::Forwarded { .. }), Facts::FORWARDED),
            (self.tls.is_some(), Facts::TLS),
            (self.access_point.is_some(), Facts::POINT),
            (self.presigned_age.is_some(), Facts::PRESIGNED),
            (self.source.is_some(), Facts::SOURCE),
        ];
        facts.into_iter().filter(|(holds, _)| *holds).fold(Facts::NONE, |all, (_, fact)| all.and(fact))
    }

    /// The request that policies see.
    pub fn request(&self) -> Request {
        self.clone().into_request()
    }

    /// The request that policies see, made of the call.
    pub fn into_request(self) -> Request {
        let (facts, action) = (self.facts(), Action::parse(&self.action));
        let carried = |key: &Key| exists(key, facts, action);
        let mut context = Context::default();
        self.candidates(|key, value| {
            if carried(&key) {
                match value {
                    Value::Fixed(text) => context.set(key, text),
                    Value::Own(text) => context.set(key, text.to_owned()),
                    Value::Number(number) => context.set(key, number.to_string()),
                    Value::Principal => context.set(key, principal_arn(&self.caller)),
                }
            }
        });
        let readings = self.readings(facts);
        let mut request = match self.access_point {
            None => Request::new(self.caller, self.action, self.resource, self.account),
            Some((point, _)) => {
                let resource = match self.resource.splitn(6, ':').nth(5).and_then(|tail| tail.split_once('/')) {
                    Some((_, key)) => format!("{point}/object/{key}").into(),
                    None => point,
                };
                Request::new(self.caller, self.action, resource, self.account).through(self.resource)
            }
        };
        // What is said outright comes last, and wins.
        for (key, values) in self.sent.into_iter().filter(|(key, _)| carried(key)) {
            context.set_all(key, values);
        }
        request.context = context;
        readings.into_iter().for_each(|reading| request.read_as(reading));
        request
    }

    /// Every key that could have a value, whether it exists or not.
    fn candidates<'c>(&'c self, mut put: impl FnMut(Key, Value<'c>)) {
        use Value::{Fixed, Number, Own, Principal};
        let yes_or_no = |yes| Fixed(if yes { "true" } else { "false" });
        let number = |value: Option<u64>| value.map_or(Fixed(""), Number);
        let caller = &self.caller;
        put(Key::SecureTransport, yes_or_no(self.tls.is_some()));
        put(Key::TlsVersion, Own(self.tls.as_deref().unwrap_or_default()));
        put(Key::PrincipalIsAWSService, yes_or_no(caller.kind() == CallerKind::Service));
        put(Key::ViaAWSService, yes_or_no(matches!(self.path, Path::Forwarded { .. })));
        put(Key::PrincipalAccount, Own(principal_account(caller)));
        put(Key::PrincipalArn, Principal);
        put(Key::UserName, Own(caller.name()));
        put(Key::PrincipalServiceName, Own(caller.name()));
        put(Key::PrincipalServiceNamesList, Own(caller.name()));
        put(Key::PrincipalType, Fixed(principal_type(caller.kind())));
        put(Key::ResourceAccount, Own(&self.account));
        put(Key::S3ResourceAccount, Own(&self.account));
        put(Key::MultiFactorAuthPresent, yes_or_no(self.mfa_age.is_some() && caller.kind() != CallerKind::Role));
        put(Key::MultiFactorAuthAge, number(self.mfa_age));
        let auth = match (self.presigned_age, self.form) {
            (Some(_), true) => "POST",
            (Some(_), false) => "REST-QUERY-STRING",
            (None, _) => "REST-HEADER",
        };
        put(Key::AuthType, Fixed(auth));
        put(Key::SignatureVersion, Fixed(if self.signature_2 { "AWS" } else { "AWS4-HMAC-SHA256" }));
        // Version 2 knows no age: S3 takes it for 0, however old the signature is.
        put(Key::SignatureAge, number(self.presigned_age.map(|age| if self.signature_2 { 0 } else { age })));
        if let Some(at) = &self.at {
            [Key::CurrentTime, Key::EpochTime, Key::TokenIssueTime].into_iter().for_each(|key| put(key, Own(at)));
        }
        if let Some(organization) = &self.organization {
            put(Key::PrincipalOrgID, Own(organization));
        }
        if let Some(organization) = &self.bucket_organization {
            put(Key::ResourceOrgID, Own(organization));
        }
        if let Some((arn, account)) = &self.source {
            put(Key::SourceArn, Own(arn));
            put(Key::SourceAccount, Own(account));
        }
        if let Some((point, vpc)) = &self.access_point {
            put(Key::DataAccessPointArn, Own(point));
            put(Key::DataAccessPointAccount, Own(point.split(':').nth(4).unwrap_or_default()));
            put(Key::AccessPointNetworkOrigin, Fixed(if *vpc { "VPC" } else { "Internet" }));
        }
        match &self.path {
            Path::Internet { ip } => put(Key::SourceIp, Own(ip)),
            Path::Forwarded { service, ip } => {
                [Key::CalledVia, Key::CalledViaFirst, Key::CalledViaLast].into_iter().for_each(|key| put(key, Own(service)));
                ip.iter().for_each(|ip| put(Key::SourceIp, Own(ip)));
            }
            Path::Endpoint { vpc, endpoint, ip, account, organization } => {
                put(Key::SourceVpc, Own(vpc));
                put(Key::SourceVpce, Own(endpoint));
                ip.iter().for_each(|ip| put(Key::VpcSourceIp, Own(ip)));
                account.iter().for_each(|account| put(Key::VpceAccount, Own(account)));
                organization.iter().for_each(|organization| put(Key::VpceOrgID, Own(organization)));
            }
            Path::Inside => {}
        }
    }

    fn readings(&self, facts: Facts) -> Vec<Reading> {
        let mut all = Vec::new();
        let some = |value: &str| Some(value.into());
        if facts.has(Facts::FORWARDED) {
            all.push(Reading::new(Knob::ForwardedAddress, vec![(Key::SourceIp, None)]));
        }
        if facts.has(Facts::SERVICE) {
            all.push(Reading::new(Knob::ServiceTransport, vec![(Key::SecureTransport, some("true")), (Key::TlsVersion, some("1.3"))]));
        }
        if facts.has(Facts::SIGNED) && !facts.has_any(Facts::PRESIGNED.and(Facts::SERVICE)) {
            let age = if self.signature_2 { "0" } else { "1000" };
            all.push(Reading::new(Knob::HeaderSignatureAge, vec![(Key::SignatureAge, some(age))]));
        }
        if facts.has(Facts::ROLE.and(Facts::MFA)) {
            let age = self.mfa_age.map(|age| age.to_string().into());
            all.push(Reading::new(Knob::RoleMfa, vec![(Key::MultiFactorAuthPresent, some("true")), (Key::MultiFactorAuthAge, age)]));
        }
        let header = |key: &Key| self.sent.iter().any(|(sent, _)| sent.same(key));
        if let Some((algorithm, key)) = &self.default_encryption
            && self.action.eq_ignore_ascii_case("s3:PutObject")
            && !header(&Key::XAmzServerSideEncryption)
            && !header(&Key::XAmzServerSideEncryptionCustomerAlgorithm)
        {
            let mut changes = vec![(Key::XAmzServerSideEncryption, Some(algorithm.clone()))];
            changes.extend(key.clone().map(|key| (Key::XAmzServerSideEncryptionAwsKmsKeyId, Some(key))));
            all.push(Reading::new(Knob::DefaultEncryption, changes));
        }
        all
    }
}

/// `aws:PrincipalArn`: of the role, not of its session. The path of the role is known only if it was given.
pub(super) fn principal_arn(caller: &Caller) -> String {
    match (caller.kind(), caller.arn().split(':').nth(1), caller.account()) {
        (CallerKind::Role, Some(partition), Some(account)) if caller.arn().contains(":sts:") => {
            format!("arn:{partition}:iam::{account}:role/{}{}", caller.path(), caller.name())
        }
        _ => caller.arn().to_owned(),
    }
}

/// `aws:PrincipalAccount`.
pub(super) fn principal_account(caller: &Caller) -> &str {
    caller.account().unwrap_or(if caller.kind() == CallerKind::Anonymous { "anonymous" } else { "" })
}

/// The value that a key would have: copied or made only where the request carries the key.
enum Value<'c> {
    Fixed(&'static str),
    Own(&'c str),
    Number(u64),
    /// [`principal_arn`].
    Principal,
}

/// `aws:PrincipalType`.
pub(super) const fn principal_type(kind: CallerKind) -> &'static str {
    match kind {
        CallerKind::Anonymous => "Anonymous",
        CallerKind::Root | CallerKind::Canonical => "Account",
        CallerKind::User => "User",
        CallerKind::Role => "AssumedRole",
        CallerKind::FederatedUser | CallerKind::Federated => "FederatedUser",
        CallerKind::Service => "Service",
    }
}

/// The row of a key, where it has one.
pub(super) fn row_of_key(key: &Key) -> Option<&'static Row> {
    table::row(key)
}

/// Whether a request of which `facts` are true carries the key, if it has a value for it.
pub fn exists(key: &Key, facts: Facts, action: Option<Action>) -> bool {
    let supported = action.is_none_or(|action| action.supports(key) || matches!(key, Key::Other(_)));
    supported && table::row(key).is_none_or(|row| facts.has(row.needs) && !facts.has_any(row.bars))
}
