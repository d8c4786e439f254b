//! Access tests: requests with the decision that the author of a profile expects.
//!
//! In: the `tests` of a profile. Out: plain data. Never: a decision; `verify` makes it.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};

use crate::names::{AccessPointName, AccountId, Invalid, Sentence, TagKey, TagValue, inert, name};
use crate::policy::Action;

name! {
    /// Who makes a request: `role/NAME`, `user/NAME`, an ARN, `service/NAME.amazonaws.com`, or `anonymous`.
    CallerName, format "caller", example "role/Analyst"
}

impl CallerName {
    fn check(text: &str) -> Result<(), Invalid> {
        let word = |part: &str, extra: &[u8]| !part.is_empty() && part.bytes().all(|b| b.is_ascii_alphanumeric() || extra.contains(&b));
        let name = |part: &str| word(part, b"+=,.@-_/") && !part.ends_with('/');
        let good = text == "anonymous"
            || text.strip_prefix("role/").or_else(|| text.strip_prefix("user/")).is_some_and(name)
            || text.strip_prefix("service/").is_some_and(|service| word(service, b".-") && service.contains('.'))
            || is_caller_arn(text, name);
        if good {
            return Ok(());
        }
        Err(Invalid::new(
            format!("`{text}` is not a caller"),
            "write `role/NAME`, `user/NAME`, an ARN, `service/logging.s3.amazonaws.com` or `anonymous`",
        ))
    }
}

/// Whether it is the ARN of a user, a role, a session, a federated user, or an account's root.
fn is_caller_arn(text: &str, name: impl Fn(&str) -> bool) -> bool {
    let parts: Vec<&str> = text.splitn(6, ':').collect();
    let ["arn", partition, service, "", account, resource] = parts.as_slice() else { return false };
    let kinds: &[&str] = match *service {
        "iam" => &["user/", "role/"],
        "sts" => &["assumed-role/", "federated-user/"],
        _ => return false,
    };
    let named = kinds.iter().find_map(|kind| resource.strip_prefix(kind)).is_some_and(name);
    partition.starts_with("aws") && account.parse::<AccountId>().is_ok() && (named || (*service, *resource) == ("iam", "root"))
}

name! {
    /// A group that the caller is in, with its path or without it.
    GroupName, format "group", example "Staff"
}

impl GroupName {
    fn check(text: &str) -> Result<(), Invalid> {
        let good = |part: &str| !part.is_empty() && part.bytes().all(|b| b.is_ascii_alphanumeric() || b"+=,.@-_".contains(&b));
        if text.split('/').all(good) {
            return Ok(());
        }
        Err(Invalid::new(format!("`{text}` is not the name of a group"), "write the name of a group of IAM users, such as `Staff`"))
    }
}

name! {
    /// An action of S3, such as `s3:GetObject`.
    ActionName, format "s3-action", example "s3:GetObject"
}

impl ActionName {
    fn check(text: &str) -> Result<(), Invalid> {
        if Action::parse(text).is_some() {
            return Ok(());
        }
        let help = Action::suggest(text)
            .map_or_else(|| "use an action such as `s3:GetObject`".to_owned(), |near| format!("did you mean `{near}`?"));
        Err(Invalid::new(format!("`{text}` is not an action of S3"), help))
    }
}

name! {
    /// The key of an object, or what keys begin with; literal text.
    ObjectKey, format "object-key", example "exports/a.csv"
}

impl ObjectKey {
    fn check(text: &str) -> Result<(), Invalid> {
        inert(text)?;
        if text.len() > 1_024 { Err(Invalid::new("the key has over 1,024 bytes", "S3 takes keys of up to 1,024 bytes")) } else { Ok(()) }
    }
}

name! {
    /// A length of time: a whole number and `s`, `m`, `h` or `d`.
    Duration, format "duration", example "15m"
}

impl Duration {
    fn check(text: &str) -> Result<(), Invalid> {
        let seconds = Self::parse(text);
        seconds.map(|_| ()).ok_or_else(|| {
            Invalid::new(format!("`{text}` is not a length of time"), "write a whole number and `s`, `m`, `h` or `d`: `15m`")
        })
    }

    fn parse(text: &str) -> Option<u64> {
        let (digits, unit) = text.split_at_checked(text.len().checked_sub(1)?)?;
        let scale = match unit {
            "s" => 1,
            "m" => 60,
            "h" => 3_600,
            "d" => 86_400,
            _ => return None,
        };
        if digits.is_empty() || digits.len() > 6 || !digits.bytes().all(|b| b.is_ascii_digit()) {
            return None;
        }
        digits.parse::<u64>().ok().map(|number| number * scale)
    }

    /// The length in seconds.
    pub fn seconds(&self) -> u64 {
        Self::parse(self.as_str()).unwrap_or_default()
    }
}

name! {
    /// An IPv4 or IPv6 address.
    IpAddress, format "ip-address", example "203.0.113.9"
}

impl IpAddress {
    fn check(text: &str) -> Result<(), Invalid> {
        match text.parse::<std::net::IpAddr>() {
            Ok(_) => Ok(()),
            Err(_) => Err(Invalid::new(format!("`{text}` is not an IP address"), "write an address as `203.0.113.9` or `2001:db8::9`")),
        }
    }
}

name! {
    /// The id of a VPC or of a VPC endpoint.
    VpcId, format "vpc-id", example "vpc-0123456789abcdef0"
}

impl VpcId {
    fn check(text: &str) -> Result<(), Invalid> {
        let id = text.strip_prefix("vpc-").or_else(|| text.strip_prefix("vpce-"));
        let hex = |id: &str| matches!(id.len(), 8 | 17) && id.bytes().all(|b| matches!(b, b'0'..=b'9' | b'a'..=b'f'));
        if id.is_some_and(hex) {
            return Ok(());
        }
        Err(Invalid::new(
            format!("`{text}` is not the id of a VPC or endpoint"),
            "write it as `vpc-0123456789abcdef0` or `vpce-0a1b2c3d4e5f60718`",
        ))
    }
}

name! {
    /// A point in time, `YYYY-MM-DDTHH:MM:SSZ`.
    Instant, format "instant", example "2027-01-31T12:00:00Z"
}

impl Instant {
    fn check(text: &str) -> Result<(), Invalid> {
        match crate::policy::Instant::parse(text) {
            Some(_) => Ok(()),
            None => Err(Invalid::new(format!("`{text}` is not a point in time"), "write it as `2027-01-31T12:00:00Z`")),
        }
    }
}

/// Which bucket of the profile a request is about.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(test, derive(schemars::JsonSchema), schemars(inline))]
#[serde(rename_all = "lowercase")]
pub enum Which {
    /// The bucket itself.
    #[default]
    Main,
    /// The companion that receives its access logs.
    Logs,
    /// The companion that receives what its trail records.
    Trail,
    /// The companion that receives what Macie finds.
    Macie,
}

/// Where a request comes from.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(test, derive(schemars::JsonSchema), schemars(inline))]
#[serde(deny_unknown_fields)]
pub struct Network {
    /// The caller's address; within a VPC its private one.
    #[serde(default)]
    pub ip: Option<IpAddress>,
    /// The VPC that it comes from. Needs `vpc_endpoint`.
    #[serde(default)]
    pub vpc: Option<VpcId>,
    /// The VPC endpoint that it comes through.
    #[serde(default)]
    pub vpc_endpoint: Option<VpcId>,
    /// The AWS service that calls with the caller's identity, such as `athena.amazonaws.com`.
    #[serde(default)]
    pub on_behalf: Option<Sentence>,
}

/// Headers that policies look at.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(test, derive(schemars::JsonSchema), schemars(inline))]
#[serde(deny_unknown_fields)]
pub struct Headers {
    /// `x-amz-server-side-encryption`: `AES256`, `aws:kms` or `aws:kms:dsse`.
    #[serde(default)]
    pub sse: Option<Sentence>,
    /// The ARN of the key that an upload names, or `own` for the key that the profile creates.
    #[serde(default)]
    pub kms_key: Option<Sentence>,
    /// Whether the upload brings a key of its own (SSE-C).
    #[serde(default)]
    pub sse_c: bool,
    /// `x-amz-acl`, such as `public-read`.
    #[serde(default)]
    pub acl: Option<Sentence>,
}

/// A request.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(test, derive(schemars::JsonSchema), schemars(inline))]
#[serde(deny_unknown_fields)]
pub struct AccessRequest {
    /// Who makes it: `role/NAME`, `user/NAME`, an ARN, `service/NAME.amazonaws.com` or `anonymous`.
    #[serde(rename = "as")]
    pub caller: CallerName,
    /// The action that it is authorised as. There is no `s3:HeadObject` and no `s3:CopyObject`: they are `s3:GetObject` and `s3:PutObject`.
    #[serde(rename = "do")]
    pub action: ActionName,
    /// The key of the object, for actions on objects.
    #[serde(default)]
    pub key: Option<ObjectKey>,
    /// The bucket that it is about: the profile's own, or a companion: `logs` for that of the access logs, `trail` for that of the trail, `macie` for that of what Macie finds.
    #[serde(default)]
    pub bucket: Which,
    /// The access point that it comes through, declared or not. Without it: straight to the bucket.
    #[serde(default)]
    pub access_point: Option<AccessPointName>,
    /// Where it comes from. Without it: 192.0.2.1, over the internet.
    #[serde(default)]
    pub from: Option<Network>,
    /// The version of TLS. Without it: 1.3.
    #[serde(default)]
    pub tls: Option<Tls>,
    /// Whether it comes over plain HTTP.
    #[serde(default)]
    pub http: bool,
    /// How long ago the caller used MFA, where it did.
    #[serde(default)]
    pub mfa_age: Option<Duration>,
    /// How long ago the URL or form was presigned, where it is one.
    #[serde(default)]
    pub presigned_age: Option<Duration>,
    /// Whether a browser sends it by POST, as a form that was signed beforehand.
    #[serde(default)]
    pub post: bool,
    /// The version of the signature. Without it: 4.
    #[serde(default)]
    pub signature: Option<SignatureVersion>,
    /// Headers that policies look at.
    #[serde(default)]
    pub headers: Headers,
    /// The prefix that a list asks for.
    #[serde(default)]
    pub list_prefix: Option<ObjectKey>,
    /// Tags of the object.
    #[serde(default)]
    #[cfg_attr(test, schemars(extend("propertyNames" = { "format": "tag-key" })))]
    pub object_tags: BTreeMap<TagKey, TagValue>,
    /// Tags of the caller.
    #[serde(default)]
    #[cfg_attr(test, schemars(extend("propertyNames" = { "format": "tag-key" })))]
    pub principal_tags: BTreeMap<TagKey, TagValue>,
    /// The groups that the caller, a user, is in.
    #[serde(default)]
    pub groups: Vec<GroupName>,
    /// The organization of the caller's account, `o-…`.
    #[serde(default)]
    pub organization: Option<Sentence>,
    /// When it is made.
    #[serde(default)]
    pub at: Option<Instant>,
    /// Whether the caller's own policies allow it. Without it: for callers of other accounts only.
    #[serde(default)]
    pub identity_allows: bool,
    /// For a service: the resource on whose behalf it calls. Without it: the bucket, or the bucket whose logs it delivers.
    #[serde(default)]
    pub source_arn: Option<Sentence>,
    /// For a service: the account on whose behalf it calls. Without it: the bucket's.
    #[serde(default)]
    pub source_account: Option<AccountId>,
}

/// A version of AWS's signatures that S3 takes.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(test, derive(schemars::JsonSchema), schemars(inline))]
#[allow(missing_docs, reason = "the names are the documentation")]
pub enum SignatureVersion {
    #[serde(rename = "2")]
    V2,
    #[serde(rename = "4")]
    V4,
}

/// A version of TLS that S3 speaks or spoke.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(test, derive(schemars::JsonSchema), schemars(inline))]
#[allow(missing_docs, reason = "the names are the documentation")]
pub enum Tls {
    #[serde(rename = "1.0")]
    V1_0,
    #[serde(rename = "1.1")]
    V1_1,
    #[serde(rename = "1.2")]
    V1_2,
    #[serde(rename = "1.3")]
    V1_3,
}

impl Tls {
    /// The version of that number.
    pub fn parse(number: &str) -> Option<Self> {
        [Self::V1_0, Self::V1_1, Self::V1_2, Self::V1_3].into_iter().find(|version| version.number() == number)
    }

    /// The number as `s3:TlsVersion` has it.
    pub const fn number(self) -> &'static str {
        match self {
            Self::V1_0 => "1.0",
            Self::V1_1 => "1.1",
            Self::V1_2 => "1.2",
            Self::V1_3 => "1.3",
        }
    }
}

/// The decision that the author expects.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(test, derive(schemars::JsonSchema), schemars(inline, extend("x-expects" = "`allow`, `deny` or `{deny: SID}`")))]
#[serde(untagged)]
pub enum Expect {
    /// `allow` or `deny`.
    Word(Verdict),
    /// An explicit denial by one statement.
    By(DeniedBy),
}

/// A decision in one word.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(test, derive(schemars::JsonSchema), schemars(inline))]
#[serde(rename_all = "lowercase")]
pub enum Verdict {
    /// The request is allowed.
    Allow,
    /// The request is denied, explicitly or because nothing allows it.
    Deny,
}

/// An explicit denial.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(test, derive(schemars::JsonSchema), schemars(inline))]
#[serde(deny_unknown_fields)]
pub struct DeniedBy {
    /// The Sid of the statement that denies.
    pub deny: Sid,
}

name! {
    /// The name of a statement.
    Sid, format "sid", example "DenyPlainHttp"
}

impl Sid {
    fn check(text: &str) -> Result<(), Invalid> {
        if !text.is_empty() && text.bytes().all(|b| b.is_ascii_alphanumeric()) {
            Ok(())
        } else {
            Err(Invalid::new(format!("`{text}` is not a Sid"), "use letters and digits: `DenyPlainHttp`"))
        }
    }
}

/// A request with the decision that the author expects.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
#[serde(deny_unknown_fields)]
pub struct AccessTest {
    /// What is tested, as a sentence that is true when the test passes.
    pub name: Sentence,
    /// The request.
    pub request: AccessRequest,
    /// The decision: `allow`, `deny`, or `{deny: SID}`.
    pub expect: Expect,
}
