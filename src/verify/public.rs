//! What S3 calls a public policy: a matter of its text, not of its meaning.
//!
//! In: the policy of a bucket or an access point. Out: whether Block Public Access treats it as public, with the
//! statement that makes it so, or what confines each. Never: the question who really gets in, which [`super::Policies`]
//! answers; the two may disagree, and that is worth a finding.
//!
//! Source: "Blocking public access to your Amazon S3 storage", section "The meaning of 'public'", Amazon S3 User Guide.

use super::environment::Environment;
use super::model::Status;
use super::statement::Kind;
use crate::policy::{Cidr, Condition, Document, Effect, Element, Family, Key, Principal, Principals, Quantifier, Statement};

/// Whether S3 calls a policy public.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Publicness {
    /// Some statement gives to anybody, as S3 reads it.
    Public,
    /// Every statement is confined by what the user guide lists.
    NotPublic,
    /// Every statement is confined, some only by keys that the user guide does not list; others saw S3 accept them.
    NotPublicObserved,
}

impl Publicness {
    /// Whether S3 treats the policy as public.
    pub const fn is_public(self) -> bool {
        matches!(self, Self::Public)
    }
}

/// What a statement is by itself.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Reason {
    /// It denies, which does not count.
    Denies,
    /// It gives to principals that it names.
    Named,
    /// It gives to everyone, confined by a key with fixed values.
    Confined(Key, Status),
    /// It gives to everyone; the keys that confine nothing as they are used.
    Public(Vec<Key>),
}

/// Each statement's part in it.
pub fn reasons(document: &Document, kind: Kind, environment: &Environment) -> Vec<Reason> {
    document.statements.iter().map(|statement| reason(statement, kind, environment)).collect()
}

/// Whether S3 calls the policy public.
pub fn publicness(document: &Document, kind: Kind, environment: &Environment) -> Publicness {
    classify(document, kind, environment)
}

pub(super) fn classify(document: &Document, kind: Kind, environment: &Environment) -> Publicness {
    document.statements.iter().fold(Publicness::NotPublic, |so_far, statement| match reason(statement, kind, environment) {
        _ if so_far.is_public() => so_far,
        Reason::Public(_) => Publicness::Public,
        Reason::Confined(_, Status::Documented) | Reason::Denies | Reason::Named => so_far,
        Reason::Confined(..) => Publicness::NotPublicObserved,
    })
}

fn reason(statement: &Statement, kind: Kind, environment: &Environment) -> Reason {
    if statement.effect == Effect::Deny {
        return Reason::Denies;
    }
    let named = |principal: &Principal| match environment.text(principal.value()) {
        Some(text) => !text.contains(['*', '?']),
        None => true,
    };
    match &statement.principal {
        Some(Element::Is(Principals::Of(all))) if !all.is_empty() && all.iter().all(named) => return Reason::Named,
        _ => {}
    }
    let confining = |condition: &Condition| Some((condition.key.clone(), confines(condition, kind, environment)?));
    let mut found: Vec<_> = statement.condition.iter().filter_map(confining).collect();
    found.sort_by_key(|(_, status)| *status != Status::Documented);
    match found.into_iter().next() {
        Some((key, status)) => Reason::Confined(key, status),
        None => Reason::Public(statement.condition.iter().map(|condition| condition.key.clone()).collect()),
    }
}

/// Whether a condition confines a statement to fixed values, and who says so. Only positive operators do, and not
/// those that also hold on an absent key.
fn confines(condition: &Condition, kind: Kind, environment: &Environment) -> Option<Status> {
    let Condition { operator, key, values } = condition;
    let positive = !operator.base.is_negated() && !operator.if_exists && operator.quantifier != Some(Quantifier::ForAllValues);
    let exact = matches!(operator.base.family(), Family::String | Family::Arn | Family::Ip | Family::Bool);
    if !positive || !exact || values.is_empty() {
        return None;
    }
    let all = |test: &dyn Fn(&str) -> bool| values.iter().all(|value| environment.text(value).is_none_or(|text| test(&text)));
    let fixed = |text: &str| !text.contains(['*', '?']) && !text.contains("${");
    let (holds, status) = match key {
        Key::SourceIp => (operator.base.family() == Family::Ip && all(&narrow), Status::Documented),
        Key::DataAccessPointArn => (kind == Kind::Bucket && all(&|text| fixed(text) || of_one_account(text)), Status::Documented),
        Key::DataAccessPointAccount
        | Key::PrincipalOrgID
        | Key::SourceArn
        | Key::SourceVpc
        | Key::SourceVpce
        | Key::SourceOwner
        | Key::SourceAccount
        | Key::UserId => (all(&fixed), Status::Documented),
        Key::PrincipalAccount
        | Key::PrincipalArn
        | Key::PrincipalOrgPaths
        | Key::VpceAccount
        | Key::VpceOrgID
        | Key::VpceOrgPaths
        | Key::SourceVpcArn
        | Key::SourceOrgID
        | Key::SourceOrgPaths
        | Key::PrincipalServiceName => (all(&fixed), Status::Observed),
        Key::PrincipalIsAWSService => (all(&|text| text.eq_ignore_ascii_case("true")), Status::Observed),
        _ => return None,
    };
    holds.then_some(status)
}

/// Whether a range of addresses is not broader than /8 or, of IPv6, /32. Private ranges (RFC 1918) never count.
fn narrow(text: &str) -> bool {
    let Some(range) = Cidr::parse(text) else { return false };
    let private = ["10.0.0.0/8", "172.16.0.0/12", "192.168.0.0/16"].iter().filter_map(|text| Cidr::parse(text)).any(|private| {
        let ((low, high), (first, last)) = (range.bounds(), private.bounds());
        !range.is_v6() && first <= low && high <= last
    });
    private || range.length() >= if range.is_v6() { 32 } else { 8 }
}

/// Whether the ARN is of access points of one account, whatever their names.
fn of_one_account(text: &str) -> bool {
    let parts: Vec<&str> = text.splitn(6, ':').collect();
    let fixed = |part: &&str| !part.contains(['*', '?']) && !part.contains("${");
    match parts.as_slice() {
        [head @ .., account, name] if head.len() == 4 => {
            head.iter().all(fixed) && account.len() == 12 && fixed(account) && !name.contains("${") && name.starts_with("accesspoint/")
        }
        _ => false,
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::{Value, json};

    fn class(kind: Kind, principal: Value, condition: Value) -> Publicness {
        let policy = json!({"Version": "2012-10-17", "Statement": [
            {"Effect": "Allow", "Principal": principal, "Action": "s3:GetObject", "Resource": "*", "Condition": condition}
        ]});
        classify(&Document::read(&policy).unwrap(), kind, &Environment::default())
    }

    fn bucket(condition: Value) -> Publicness {
        class(Kind::Bucket, json!("*"), condition)
    }

    #[test]
    fn fixed_values_of_listed_keys_confine() {
        use Publicness::{NotPublic, NotPublicObserved, Public};
        for (expected, condition) in [
            (Public, json!({})),
            (Public, json!({"StringLike": {"aws:SourceVpc": "vpc-*"}})),
            (NotPublic, json!({"StringEquals": {"aws:SourceVpc": "vpc-91237329"}})),
            (NotPublic, json!({"StringLike": {"aws:SourceVpc": "vpc-91237329"}})),
            (Public, json!({"StringEquals": {"aws:SourceVpc": ["vpc-1", "${aws:username}"]}})),
            (Public, json!({"StringEqualsIfExists": {"aws:SourceVpc": "vpc-1"}})),
            (Public, json!({"StringNotEquals": {"aws:SourceVpc": "vpc-1"}})),
            (Public, json!({"ForAllValues:StringEquals": {"aws:PrincipalOrgPaths": "o-1/r/"}})),
            (NotPublicObserved, json!({"ForAnyValue:StringEquals": {"aws:PrincipalOrgPaths": "o-1/r/"}})),
            (NotPublic, json!({"IpAddress": {"aws:SourceIp": "203.0.113.0/24"}})),
            (NotPublic, json!({"IpAddress": {"aws:SourceIp": "9.0.0.0/8"}})),
            (Public, json!({"IpAddress": {"aws:SourceIp": ["203.0.113.0/24", "8.0.0.0/7"]}})),
            (NotPublic, json!({"IpAddress": {"aws:SourceIp": ["10.0.0.0/8", "2001:db8::/32"]}})),
            (Public, json!({"IpAddress": {"aws:SourceIp": "2001:d00::/24"}})),
            (NotPublic, json!({"ArnLike": {"s3:DataAccessPointArn": "arn:aws:s3:us-west-2:123456789012:accesspoint/*"}})),
            (Public, json!({"ArnLike": {"s3:DataAccessPointArn": "arn:aws:s3:us-west-2:*:accesspoint/x"}})),
            (NotPublic, json!({"StringEquals": {"s3:DataAccessPointAccount": "123456789012"}})),
            (NotPublic, json!({"StringEquals": {"aws:PrincipalOrgID": "o-1"}})),
            (NotPublicObserved, json!({"StringEquals": {"aws:PrincipalAccount": "123456789012"}})),
            (NotPublicObserved, json!({"Bool": {"aws:PrincipalIsAWSService": "true"}})),
            (Public, json!({"Bool": {"aws:PrincipalIsAWSService": "false"}})),
            (Public, json!({"StringEquals": {"s3:x-amz-server-side-encryption-aws-kms-key-id": "arn:aws:kms:eu-west-1:1:key/a"}})),
            (Public, json!({"Bool": {"aws:SecureTransport": "true"}, "StringEquals": {"s3:prefix": "a/"}})),
            (NotPublic, json!({"Bool": {"aws:SecureTransport": "true"}, "StringEquals": {"aws:userid": "AIDAEXAMPLE"}})),
            (Public, json!({"StringLike": {"aws:userid": "AROAEXAMPLE:*"}})),
        ] {
            assert_eq!(bucket(condition.clone()), expected, "{condition}");
        }
    }

    #[test]
    fn principals_access_points_and_denies() {
        let arn = json!({"ArnLike": {"s3:DataAccessPointArn": "arn:aws:s3:us-west-2:123456789012:accesspoint/x"}});
        assert_eq!(class(Kind::AccessPoint, json!("*"), arn), Publicness::Public);
        assert_eq!(class(Kind::Bucket, json!({"AWS": "111122223333", "Service": "s3.amazonaws.com"}), json!({})), Publicness::NotPublic);
        assert_eq!(class(Kind::Bucket, json!({"AWS": ["111122223333", "*"]}), json!({})), Publicness::Public);
        let not = json!({"Statement": [
            {"Effect": "Allow", "NotPrincipal": {"AWS": "111122223333"}, "Action": "s3:Nonsense", "Resource": "*"}
        ]});
        assert_eq!(classify(&Document::read(&not).unwrap(), Kind::Bucket, &Environment::default()), Publicness::Public);
        let deny = json!({"Statement": [{"Effect": "Deny", "Principal": "*", "Action": "*", "Resource": "*"}]});
        assert_eq!(classify(&Document::read(&deny).unwrap(), Kind::Bucket, &Environment::default()), Publicness::NotPublic);
    }
}
