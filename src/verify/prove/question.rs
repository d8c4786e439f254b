//! What can be asked of all requests, and the requests that would be a counterexample.
//!
//! In: a [`Question`] in AWS's words. Out: [`Case`]s, each with a statement that matches the requests in question: what
//! must be true of their connection, signature or caller, where no key says it reliably. Never: a look at policies.

use std::borrow::Cow;
use std::collections::HashSet;

use super::super::{Caller, CallerKind};
use super::space::{Form, Side, Sign};
use crate::policy::{Action, Actions, Base, Condition, Effect, Element, Key, Operator, Principal, Principals, Statement, action_matches};

type Names = Vec<Cow<'static, str>>;

/// Networks.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Networks {
    /// Ranges of addresses.
    pub cidrs: Vec<String>,
    /// VPCs.
    pub vpcs: Vec<String>,
    /// VPC endpoints.
    pub endpoints: Vec<String>,
}

impl Networks {
    /// Whether there is none.
    pub fn is_empty(&self) -> bool {
        self.cidrs.is_empty() && self.vpcs.is_empty() && self.endpoints.is_empty()
    }
}

/// Something that should hold of every allowed request. Names of actions may have wildcards, those of principals are
/// compared with `aws:PrincipalArn` by `ArnLike`.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Question {
    /// It uses TLS, of at least that version.
    TlsOnly {
        /// Such as `1.2`.
        minimum: Option<String>,
    },
    /// It has credentials.
    NoPublicAccess,
    /// It comes from a network of the list.
    OnlyNetworks {
        /// The actions that it is about.
        actions: Vec<String>,
        /// Where it may come from; anywhere if empty.
        allowed: Networks,
        /// Where it must not come from.
        denied: Networks,
        /// Whether services are left out.
        services: bool,
        /// Whether calls that services forward are left out.
        forwarded: bool,
        /// Principals that are left out.
        principals: Vec<String>,
        /// Principals that are left out where they read, put or delete the bucket policy or the public access block.
        repairers: Vec<String>,
    },
    /// If it uses TLS, then of at least that version.
    TlsVersion {
        /// Such as `1.2`.
        minimum: String,
    },
    /// If it comes through the access point, it comes from one of the addresses, or manages the point.
    PointAddresses {
        /// The ARN of the access point.
        point: String,
        /// Ranges of addresses.
        cidrs: Vec<String>,
        /// The actions that manage the point.
        but: Vec<String>,
    },
    /// None of the statements is about it.
    Denied {
        /// The statements.
        denies: Vec<Statement>,
        /// Principals that are left out where they repair, as in [`Question::OnlyNetworks`].
        repairers: Vec<String>,
    },
    /// The other way round: what one of the statements gives is allowed, unless something denies it. Principals of the
    /// bucket's account have no permission of their own here.
    Granted {
        /// The statements.
        gives: Vec<Statement>,
        /// Statements of which it is known already that the access point gives what they give.
        known: Vec<Statement>,
        /// The ARN of the access point through which it is had; directly where there is none.
        through: Option<String>,
    },
    /// None of a proof: what the own policies of callers of the bucket's account give by statements; see [`Prover::idle`].
    ///
    /// [`Prover::idle`]: super::Prover::idle
    Held {
        /// The statements, as if the bucket's policy gave it to the account.
        gives: Vec<Statement>,
    },
    /// It comes from one of the principals.
    OnlyPrincipals {
        /// The actions that it is about.
        actions: Vec<String>,
        /// The principals.
        principals: Vec<String>,
    },
    /// It comes from an account, a principal or an organization of the list, or from a service on behalf of such an
    /// account. A role without wildcards is meant whatever its path: a role's name is unique in its account, and S3 knows
    /// its sessions by the name ("IAM identifiers", IAM User Guide). A federated session of a listed user is that user.
    OnlyListedPrincipals {
        /// The accounts.
        accounts: Vec<String>,
        /// The principals.
        principals: Vec<String>,
        /// The organizations.
        organizations: Vec<String>,
        /// Accounts that services may act for.
        sources: Vec<String>,
        /// ARNs of resources of the accounts that services may act for.
        resources: Vec<String>,
    },
    /// If it writes an object, makes a replica or changes the encryption of an object, it names no encryption, or the
    /// algorithm and key. An upload names no KMS algorithm without a key, and brings no key of its own.
    EncryptedAsDeclared {
        /// The only algorithm; any if absent.
        algorithm: Option<String>,
        /// The only key; any if absent.
        key: Option<String>,
        /// Whether keys of the caller's own are refused.
        sse_c_blocked: bool,
    },
    /// It carries MFA that is not older.
    MfaEnforced {
        /// The actions that it is about.
        actions: Vec<String>,
        /// The oldest that MFA may be, in seconds.
        within_seconds: u64,
        /// Principals that are left out.
        except: Vec<String>,
        /// Principals that are left out where they repair, as in [`Question::OnlyNetworks`].
        repairers: Vec<String>,
    },
    /// If it is presigned, it is young and comes from the list, or there is none.
    PresignedBounded {
        /// The oldest that it may be, in seconds.
        max_age_seconds: Option<u64>,
        /// Whether there is none.
        forbidden: bool,
        /// Where it may come from; anywhere if empty.
        networks: Networks,
        /// Principals that are left out where they repair, as in [`Question::OnlyNetworks`].
        repairers: Vec<String>,
    },
    /// It comes through an access point of the list.
    AccessPointOnly {
        /// The actions that it is about.
        actions: Vec<String>,
        /// The ARNs of the access points.
        points: Vec<String>,
        /// Principals that are left out.
        except: Vec<String>,
    },
}

/// What must be true of a request of a case beyond what its keys say.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Look {
    Any,
    Plain,
    OlderTls(u32),
    Presigned,
    /// Older than so many milliseconds, or of an age that nobody sees.
    PresignedBefore(u64),
    MfaOlder(u64),
}

/// Requests that would be a counterexample, of those that a statement matches.
#[derive(Clone, Debug)]
pub(super) struct Case {
    pub(super) look: Look,
    pub(super) sides: &'static [Side],
    /// Roles that are left out, by account and name.
    spared: HashSet<(String, String)>,
    /// Users by their ARNs whose federated sessions are left out: they get in by the user's name, and have another
    /// `aws:PrincipalArn`.
    users: HashSet<String>,
}

impl Case {
    /// Whether the case is not about the caller.
    pub(super) fn spares(&self, caller: &Caller) -> bool {
        if caller.issuer.as_deref().is_some_and(|user| self.users.contains(user)) {
            return true;
        }
        let role = || (caller.account().unwrap_or_default().to_owned(), caller.name().to_owned());
        !self.spared.is_empty() && caller.kind() == CallerKind::Role && self.spared.contains(&role())
    }
}

/// The account and the name of a role, where a text is its ARN and no pattern.
fn role(arn: &str) -> Option<(String, String)> {
    let caller = Caller::from_arn(arn).filter(|caller| caller.kind() == CallerKind::Role && arn.contains(":role/"))?;
    (!arn.contains(['*', '?'])).then(|| Some((caller.account()?.to_owned(), caller.name().to_owned())))?
}

const EVERYBODY: &[Side] = &[Side::Signed, Side::Owner, Side::Anonymous, Side::Service];
const NO_SERVICE: &[Side] = &[Side::Signed, Side::Owner, Side::Anonymous];

/// What repairs a bucket whose policy keeps everybody out.
pub const REPAIRS: [&str; 5] =
    ["s3:GetBucketPolicy", "s3:PutBucketPolicy", "s3:DeleteBucketPolicy", "s3:GetBucketPublicAccessBlock", "s3:PutBucketPublicAccessBlock"];

/// The actions whose requests can name an algorithm and a key.
const NAMING: [&str; 3] = ["s3:PutObject", "s3:ReplicateObject", "s3:UpdateObjectEncryption"];

/// The actions whose requests `s3:TlsVersion` and the keys about signatures are not known for, by AWS's table.
pub const SILENT: [&str; 2] = ["s3:AllowVendedLogDeliveryForResource", "s3:InitiateReplication"];

fn all() -> Statement {
    Statement::new(Effect::Deny, "Case").actions(["*"])
}

fn about(actions: &[String]) -> Statement {
    Statement::new(Effect::Deny, "Case").actions(actions.iter().cloned())
}

trait Narrow: Sized {
    /// Adds a condition if it has values.
    fn some(self, operator: impl Into<Operator>, key: Key, values: &[String]) -> Self;
    /// Adds a condition that keeps nothing out, so that its bounds tell requests apart.
    fn mark(self, operator: Base, key: Key, value: &str) -> Self;
}

impl Narrow for Statement {
    fn some(self, operator: impl Into<Operator>, key: Key, values: &[String]) -> Self {
        if values.is_empty() { self } else { self.when(Condition::new(operator, key, values.iter().cloned())) }
    }

    fn mark(self, operator: Base, key: Key, value: &str) -> Self {
        self.when(Condition::one(operator, key, value.to_owned()))
    }
}

/// A version as a number that grows with it.
pub(super) fn version(text: &str) -> u32 {
    let (major, minor) = text.split_once('.').unwrap_or((text, "0"));
    major.parse::<u32>().unwrap_or(0) * 100 + minor.parse::<u32>().unwrap_or(0)
}

impl Look {
    pub(super) fn transport(self, tls: Option<&str>) -> bool {
        match self {
            Self::Plain => tls.is_none(),
            Self::OlderTls(minimum) => tls.is_some_and(|tls| version(tls) < minimum),
            _ => true,
        }
    }

    pub(super) fn sign(self, sign: &Sign) -> bool {
        let presigned = matches!(sign.form, Form::Query | Form::Post);
        match self {
            Self::Presigned => presigned,
            Self::PresignedBefore(limit) => presigned && (sign.old || sign.age.is_none_or(|age| age > limit)),
            _ => true,
        }
    }

    pub(super) fn mfa(self, mfa: Option<u64>) -> bool {
        match self {
            Self::MfaOlder(limit) => mfa.is_none_or(|age| age > limit),
            _ => true,
        }
    }
}

/// A statement that tells requests apart by a condition.
pub(super) fn mark(condition: Condition) -> Statement {
    all().when(condition)
}

/// Statements whose values make points of their own.
pub(super) fn marks(question: &Question) -> Vec<Statement> {
    let present = |key: Key| mark(Condition::one(Base::Null, key, "false"));
    match question {
        Question::TlsOnly { minimum: None } => vec![present(Key::SecureTransport)],
        Question::TlsOnly { minimum: Some(_) } | Question::TlsVersion { .. } => {
            vec![present(Key::SecureTransport), present(Key::TlsVersion)]
        }
        Question::MfaEnforced { within_seconds, .. } => {
            vec![mark(Condition::one(Base::NumericGreaterThan, Key::MultiFactorAuthAge, within_seconds.to_string()))]
        }
        Question::PresignedBounded { max_age_seconds, .. } => {
            let limit = max_age_seconds.unwrap_or(0).saturating_mul(1_000).to_string();
            vec![mark(Condition::one(Base::NumericGreaterThan, Key::SignatureAge, limit)), present(Key::SignatureVersion)]
        }
        Question::OnlyListedPrincipals { accounts, principals, .. } => {
            let roles = listed(principals, accounts).filter(|arn| role(arn).is_some());
            let mut named = all();
            named.principal = Some(Element::Is(Principals::Of(roles.map(|arn| Principal::Aws(arn.clone().into())).collect())));
            vec![named]
        }
        _ => Vec::new(),
    }
}

/// The principals of other accounts than those that are listed anyway.
fn listed<'q>(principals: &'q [String], accounts: &'q [String]) -> impl Iterator<Item = &'q String> {
    let accounts: HashSet<&str> = accounts.iter().map(String::as_str).collect();
    principals.iter().filter(move |arn| !arn.split(':').nth(4).is_some_and(|id| accounts.contains(id)))
}

/// The counterexamples that a question would have.
pub(super) fn cases(question: &Question) -> Vec<(Case, Statement)> {
    let case = |statement, look, sides| (Case { look, sides, spared: HashSet::new(), users: HashSet::new() }, statement);
    let no_role = |statement: Statement, principals: &[String]| statement.some(Base::ArnNotLike, Key::PrincipalArn, principals);
    let older = |minimum: &String| {
        let mut statement = all();
        statement.action = Element::Not(SILENT.iter().map(|name| (*name).into()).collect());
        case(statement, Look::OlderTls(version(minimum)), NO_SERVICE)
    };
    match question {
        Question::TlsOnly { minimum } => [case(all(), Look::Plain, NO_SERVICE)].into_iter().chain(minimum.as_ref().map(older)).collect(),
        Question::TlsVersion { minimum } => vec![older(minimum)],
        Question::PointAddresses { point, cidrs, but } => {
            let mut statement = all().some(Base::ArnEquals, Key::DataAccessPointArn, std::slice::from_ref(point)).some(
                Base::NotIpAddress,
                Key::SourceIp,
                cidrs,
            );
            statement.action = Element::Not(but.iter().cloned().map(Cow::Owned).collect());
            vec![case(statement, Look::Any, EVERYBODY)]
        }
        Question::Denied { denies, repairers } if repairers.is_empty() => {
            denies.iter().map(|deny| case(deny.clone(), Look::Any, EVERYBODY)).collect()
        }
        Question::Denied { denies, repairers } => denies
            .iter()
            .flat_map(|deny| {
                let (repairs, others) = apart(&deny.action);
                let of = |action| Statement { action, ..deny.clone() };
                [case(of(others), Look::Any, EVERYBODY), case(no_role(of(repairs), repairers), Look::Any, EVERYBODY)]
            })
            .collect(),
        Question::Held { gives } => gives.iter().map(|statement| case(statement.clone(), Look::Any, EVERYBODY)).collect(),
        Question::Granted { gives, known, .. } => {
            gives.iter().chain(known).map(|statement| case(statement.clone(), Look::Any, EVERYBODY)).collect()
        }
        Question::NoPublicAccess => vec![case(all(), Look::Any, &[Side::Anonymous])],
        Question::OnlyNetworks { actions, allowed, denied, services, forwarded, principals, repairers } => {
            let sides = if *services { NO_SERVICE } else { EVERYBODY };
            let beyond = |statement: Statement| {
                let alone = Condition::one(Base::Bool.if_exists(), Key::ViaAWSService, "false");
                outside(if *forwarded { statement.when(alone) } else { statement }, allowed)
            };
            let (repairs, others) = split(actions);
            let mut cases = Vec::new();
            if !allowed.is_empty() {
                let both: Vec<String> = principals.iter().chain(repairers).cloned().collect();
                cases.push(case(no_role(beyond(others.clone()), principals), Look::Any, sides));
                cases.push(case(no_role(beyond(repairs.clone()), &both), Look::Any, sides));
            }
            let from = [
                (Base::IpAddress, Key::SourceIp, &denied.cidrs),
                (Base::StringEquals, Key::SourceVpc, &denied.vpcs),
                (Base::StringEquals, Key::SourceVpce, &denied.endpoints),
            ];
            // Nobody is excepted from a denied network but for repairs.
            for (operator, key, values) in from.into_iter().filter(|(_, _, values)| !values.is_empty()) {
                cases.push(case(others.clone().some(operator, key.clone(), values), Look::Any, EVERYBODY));
                cases.push(case(no_role(repairs.clone().some(operator, key, values), repairers), Look::Any, EVERYBODY));
            }
            cases
        }
        Question::OnlyPrincipals { actions, principals } => {
            vec![case(no_role(about(actions), principals), Look::Any, EVERYBODY)]
        }
        Question::OnlyListedPrincipals { accounts, principals, organizations, sources, resources } => {
            let (roles, others): (Vec<&String>, Vec<&String>) = listed(principals, accounts).partition(|arn| role(arn).is_some());
            let others: Vec<String> = others.into_iter().cloned().collect();
            let people = no_role(all(), &others).some(Base::StringNotEquals, Key::PrincipalAccount, accounts).some(
                Base::StringNotEquals,
                Key::PrincipalOrgID,
                organizations,
            );
            let spared = roles.into_iter().filter_map(|arn| role(arn)).collect();
            let users = others.iter().filter(|arn| arn.contains(":user/") && !arn.contains(['*', '?'])).cloned().collect();
            let people = (Case { look: Look::Any, sides: NO_SERVICE, spared, users }, people);
            let services = all()
                .some(Base::StringNotEquals, Key::SourceAccount, sources)
                .some(Base::ArnNotLike, Key::SourceArn, resources)
                .some(Base::StringNotEquals, Key::SourceOrgID, organizations);
            vec![people, case(services, Look::Any, &[Side::Service])]
        }
        Question::EncryptedAsDeclared { algorithm, key, sse_c_blocked } => {
            let put = || about(&["s3:PutObject".to_owned()]);
            let naming = || about(&NAMING.map(str::to_owned));
            let (h, k, c) =
                (Key::XAmzServerSideEncryption, Key::XAmzServerSideEncryptionAwsKmsKeyId, Key::XAmzServerSideEncryptionCustomerAlgorithm);
            let mut cases = Vec::new();
            if let Some(algorithm) = algorithm {
                cases.push(naming().mark(Base::StringNotEquals, h.clone(), algorithm).mark(Base::Null, h.clone(), "false"));
            }
            if let Some(key) = key {
                cases.push(naming().mark(Base::StringNotEquals, k.clone(), key).mark(Base::Null, k.clone(), "false"));
                cases.push(put().mark(Base::StringLike, h, "aws:kms*").mark(Base::Null, k, "true"));
            }
            if *sse_c_blocked {
                cases.push(put().mark(Base::Null, c, "false"));
            }
            cases.into_iter().map(|statement| case(statement, Look::Any, EVERYBODY)).collect()
        }
        Question::MfaEnforced { actions, within_seconds, except, repairers } => {
            let (repairs, others) = split(actions);
            let both: Vec<String> = except.iter().chain(repairers).cloned().collect();
            let look = Look::MfaOlder(*within_seconds);
            vec![case(no_role(others, except), look, NO_SERVICE), case(no_role(repairs, &both), look, NO_SERVICE)]
        }
        Question::PresignedBounded { max_age_seconds, forbidden, networks, repairers } => {
            let (repairs, others) = split(&["*".to_owned()]);
            let bounds = [no_role(repairs, repairers), others];
            let looks = if *forbidden {
                vec![Look::Presigned]
            } else {
                max_age_seconds.iter().map(|age| Look::PresignedBefore(age.saturating_mul(1_000))).collect()
            };
            let mut cases: Vec<(Case, Statement)> =
                looks.iter().flat_map(|look| bounds.iter().map(|statement| case(statement.clone(), *look, NO_SERVICE))).collect();
            if !forbidden && !networks.is_empty() {
                cases.extend(bounds.into_iter().map(|statement| case(outside(statement, networks), Look::Presigned, NO_SERVICE)));
            }
            cases
        }
        Question::AccessPointOnly { actions, points, except } => {
            let direct = about(actions).some(Base::ArnNotEquals, Key::DataAccessPointArn, points);
            vec![case(no_role(direct, except), Look::Any, NO_SERVICE)]
        }
    }
}

/// What comes from none of the networks: negated operators hold on absent keys.
fn outside(statement: Statement, networks: &Networks) -> Statement {
    statement.some(Base::NotIpAddress, Key::SourceIp, &networks.cidrs).some(Base::StringNotEquals, Key::SourceVpc, &networks.vpcs).some(
        Base::StringNotEquals,
        Key::SourceVpce,
        &networks.endpoints,
    )
}

/// The actions of an element, taken apart likewise.
fn apart(actions: &Element<Names>) -> (Element<Names>, Element<Names>) {
    match actions {
        Element::Is(names) => {
            let everything = |name: &str| if matches!(name, "*" | "s3:*") { "*" } else { name }.to_owned();
            let (repairs, others) = split(&names.iter().map(|name| everything(name)).collect::<Vec<_>>());
            (repairs.action, others.action)
        }
        Element::Not(names) => {
            let left = |name: &&str| !names.iter().any(|pattern| action_matches(pattern, name));
            let repairs = REPAIRS.iter().filter(|name| left(name)).map(|name| Cow::Borrowed(*name));
            let others = names.iter().cloned().chain(REPAIRS.iter().map(|name| Cow::Borrowed(*name)));
            (Element::Is(repairs.collect()), Element::Not(others.collect()))
        }
    }
}

/// The actions, taken apart into repairs and all others, those included that do not exist yet where everything is meant.
fn split(actions: &[String]) -> (Statement, Statement) {
    let all = actions.iter().fold(Actions::default(), |all, name| all.union(Actions::matching(name)));
    let repairs: Actions = REPAIRS.iter().filter_map(|name| Action::parse(name)).collect();
    let of = |actions: Actions| about(&actions.iter().map(Action::name).collect::<Vec<_>>());
    let mut others = of(all.intersection(repairs.complement()));
    if actions.iter().any(|name| name == "*") {
        others.action = Element::Not(REPAIRS.iter().map(|name| (*name).into()).collect());
    }
    (of(all.intersection(repairs)), others)
}
