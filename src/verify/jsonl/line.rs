//! One line of `evaluate`: its shape, and the policies and the request in it.
//!
//! In: the bytes of a line. Out: its answer, appended to a buffer, or what is wrong with it. Never: a field that is
//! not known here passed over inside `policies` or `request`: a misspelt layer would restrict nothing.

use std::borrow::Cow;
use std::fmt;
use std::sync::Arc;

use serde::Deserialize;
use serde::de::{self, Deserializer, IgnoredAny, MapAccess, SeqAccess, Visitor};
use serde_json::value::RawValue;

use super::cache::Cache;
use super::output;
use crate::policy::Key;
use crate::verify::model::{Knob, Reading};
use crate::verify::{
    AccessPoint, Acl, Caller, CallerKind, Context, Grantee, Kind, Ownership, Permission, Policies, Policy, PublicAccessBlock, Request,
};

#[derive(Deserialize)]
struct Line<'a> {
    #[serde(borrow)]
    id: Option<&'a RawValue>,
    #[serde(borrow)]
    policies: Layers<'a>,
    #[serde(borrow)]
    request: Asked<'a>,
}

type Raw<'a> = &'a RawValue;

#[derive(Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
struct Layers<'a> {
    #[serde(borrow)]
    resource: Option<Raw<'a>>,
    #[serde(borrow)]
    identity: Option<Vec<Raw<'a>>>,
    #[serde(borrow)]
    session: Option<Raw<'a>>,
    #[serde(borrow)]
    permission_boundary: Option<Vec<Raw<'a>>>,
    #[serde(borrow)]
    scp: Option<Vec<Vec<Raw<'a>>>>,
    #[serde(borrow)]
    rcp: Option<Vec<Vec<Raw<'a>>>>,
    #[serde(borrow)]
    vpce: Option<Vec<Raw<'a>>>,
    #[serde(borrow)]
    access_point: Option<Point<'a>>,
    public_access_block: Option<Block>,
    #[serde(borrow)]
    ownership: Option<Cow<'a, str>>,
    #[serde(borrow)]
    object_acl: Option<GivenAcl<'a>>,
    #[serde(borrow)]
    default_encryption: Option<Cow<'a, str>>,
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
struct Point<'a> {
    #[serde(rename = "arn")]
    _arn: Option<IgnoredAny>,
    #[serde(rename = "bucket")]
    _bucket: Option<IgnoredAny>,
    #[serde(borrow)]
    network_origin: Option<Cow<'a, str>>,
    #[serde(borrow)]
    vpc_id: Option<Cow<'a, str>>,
    #[serde(borrow)]
    policy: Option<Raw<'a>>,
}

#[derive(Deserialize)]
#[serde(rename_all = "PascalCase", deny_unknown_fields)]
struct Block {
    #[serde(default)]
    block_public_acls: bool,
    #[serde(default)]
    ignore_public_acls: bool,
    #[serde(default)]
    block_public_policy: bool,
    #[serde(default)]
    restrict_public_buckets: bool,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct GivenAcl<'a> {
    #[serde(borrow)]
    owner: Option<Cow<'a, str>>,
    #[serde(borrow, default)]
    grants: Vec<Grant<'a>>,
}

#[derive(Deserialize)]
struct Grant<'a> {
    #[serde(borrow)]
    grantee: Cow<'a, str>,
    #[serde(borrow)]
    permission: Cow<'a, str>,
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
struct Asked<'a> {
    #[serde(borrow)]
    principal: Who<'a>,
    #[serde(borrow)]
    action: Cow<'a, str>,
    #[serde(borrow)]
    resource: Cow<'a, str>,
    #[serde(borrow)]
    underlying_resource: Option<Cow<'a, str>>,
    #[serde(borrow)]
    via: Option<Cow<'a, str>>,
    #[serde(borrow)]
    resource_account: Option<Cow<'a, str>>,
    #[serde(default)]
    context: Keys,
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
struct Who<'a> {
    #[serde(borrow, rename = "type")]
    kind: Cow<'a, str>,
    #[serde(borrow)]
    arn: Option<Cow<'a, str>>,
    #[serde(borrow)]
    value: Option<Cow<'a, str>>,
    #[serde(borrow)]
    account: Option<Cow<'a, str>>,
    service_linked: Option<bool>,
}

/// Appends the answer to a line.
pub(super) fn answer(text: &[u8], cache: &mut Cache, trace: bool, out: &mut Vec<u8>) -> Result<(), String> {
    if text.trim_ascii().is_empty() {
        return Err("the line is empty".into());
    }
    let text = std::str::from_utf8(text).map_err(|_| "the line is not UTF-8")?;
    let line: Line<'_> = serde_json::from_str(text).map_err(|error| error.to_string())?;
    let policies = line.policies.compile(cache)?;
    let request = line.request.request(line.policies.default_encryption.as_deref())?;
    let found = policies.explain(&request);
    output::answer(line.id.map_or("null", RawValue::get), &policies, &found, trace, out);
    Ok(())
}

impl Layers<'_> {
    fn compile(&self, cache: &mut Cache) -> Result<Policies, String> {
        let mut one = |raw: Raw<'_>, kind, layer: &str| -> Result<Arc<Policy>, String> {
            cache.policy(raw.get(), kind).map_err(|error| format!("policies/{layer}: {error}"))
        };
        let mut many = |list: &[Raw<'_>], kind, layer: &str| list.iter().map(|raw| one(raw, kind, layer)).collect::<Result<Vec<_>, _>>();
        // A list without a policy is as good as none: nothing is attached.
        let identity = many(self.identity.as_deref().unwrap_or_default(), Kind::Identity, "identity")?;
        let some = |list: &Option<Vec<_>>| list.as_ref().is_some_and(|list| !list.is_empty());
        let boundary = many(self.permission_boundary.as_deref().unwrap_or_default(), Kind::Identity, "permissionBoundary")?;
        let endpoint = many(self.vpce.as_deref().unwrap_or_default(), Kind::Endpoint, "vpce")?;
        let mut levels = |list: &Option<Vec<Vec<Raw<'_>>>>, kind, layer| match list {
            Some(list) => list.iter().map(|level| many(level, kind, layer)).collect::<Result<Vec<_>, _>>().map(Some),
            None => Ok(None),
        };
        let (scp, rcp) = (levels(&self.scp, Kind::Scp, "scp")?, levels(&self.rcp, Kind::Rcp, "rcp")?);
        let ownership = match self.ownership.as_deref() {
            None => None,
            Some("BucketOwnerEnforced") => Some(Ownership::Enforced),
            Some("BucketOwnerPreferred") => Some(Ownership::Preferred),
            Some("ObjectWriter") => Some(Ownership::Writer),
            Some(other) => return Err(format!("policies/ownership: `{other}` is not a setting of object ownership")),
        };
        let block = self.public_access_block.as_ref().map_or_else(PublicAccessBlock::default, |block| PublicAccessBlock {
            block_public_acls: block.block_public_acls,
            ignore_public_acls: block.ignore_public_acls,
            block_public_policy: block.block_public_policy,
            restrict_public_buckets: block.restrict_public_buckets,
        });
        Ok(Policies {
            identity,
            boundary: some(&self.permission_boundary).then_some(boundary),
            endpoint: some(&self.vpce).then_some(endpoint),
            scp,
            rcp,
            resource: self.resource.map(|raw| one(raw, Kind::Bucket, "resource")).transpose()?,
            session: self.session.map(|raw| one(raw, Kind::Identity, "session")).transpose()?,
            access_point: self.access_point.as_ref().map(|point| point.compile(&mut one)).transpose()?,
            block,
            ownership,
            object_acl: self.object_acl.as_ref().map(GivenAcl::acl).transpose()?,
            ..Policies::default()
        })
    }
}

impl Point<'_> {
    fn compile(&self, one: &mut impl FnMut(Raw<'_>, Kind, &str) -> Result<Arc<Policy>, String>) -> Result<AccessPoint, String> {
        let from_vpc = match self.network_origin.as_deref() {
            None | Some("Internet") => false,
            Some("VPC") => true,
            Some(other) => return Err(format!("policies/accessPoint: `{other}` is not a network origin")),
        };
        Ok(AccessPoint {
            policy: self.policy.map(|raw| one(raw, Kind::AccessPoint, "accessPoint")).transpose()?,
            from_vpc,
            vpc: self.vpc_id.as_deref().map(Into::into),
            block: PublicAccessBlock::default(),
        })
    }
}

impl GivenAcl<'_> {
    fn acl(&self) -> Result<Acl, String> {
        let grant = |grant: &Grant<'_>| match Permission::parse(&grant.permission) {
            Some(permission) => Ok((Grantee::parse(&grant.grantee), permission)),
            None => Err(format!("policies/objectAcl: `{}` is not a permission of an ACL", grant.permission)),
        };
        let grants = self.grants.iter().map(grant).collect::<Result<_, _>>()?;
        Ok(Acl { owner: self.owner.as_deref().map(Into::into), grants })
    }
}

impl Asked<'_> {
    fn request(self, default_encryption: Option<&str>) -> Result<Request, String> {
        let Keys(context) = self.context;
        let account = match (&self.resource_account, context.one(&Key::S3ResourceAccount).or(context.one(&Key::ResourceAccount))) {
            (Some(account), _) => account.as_ref(),
            (None, Some(account)) => account,
            (None, None) => return Err("request: `resourceAccount` is missing".into()),
        };
        let mut request = Request::new(self.principal.caller()?, &*self.action, &*self.resource, account);
        request = match (self.via.as_deref(), &self.underlying_resource) {
            (None, _) => request,
            (Some("accessPoint"), Some(underlying)) => request.through(&**underlying),
            (Some("accessPoint"), None) => return Err("request: `underlyingResource` is missing".into()),
            (Some(other), _) => return Err(format!("request: `{other}` is not a way to a bucket")),
        };
        let named = [Key::XAmzServerSideEncryption, Key::XAmzServerSideEncryptionCustomerAlgorithm];
        if let Some(default) = default_encryption
            && self.action.eq_ignore_ascii_case("s3:PutObject")
            && named.iter().all(|key| context.get(key).is_none())
        {
            let changes = vec![(Key::XAmzServerSideEncryption, Some(default.into()))];
            request.read_as(Reading::new(Knob::DefaultEncryption, changes));
        }
        request.context = context;
        Ok(request)
    }
}

impl Who<'_> {
    fn caller(&self) -> Result<Caller, String> {
        let missing = |field: &str| format!("request/principal: `{field}` is missing");
        let (arn, value, account) = (self.arn.as_deref(), self.value.as_deref(), self.account.as_deref());
        let caller = match &*self.kind {
            "Anonymous" => Caller::anonymous(),
            "Service" => Caller::service(value.or(arn).ok_or_else(|| missing("value"))?),
            "CanonicalUser" => Caller::canonical(value.ok_or_else(|| missing("value"))?, account),
            "Federated" => {
                let provider = value.or(arn).ok_or_else(|| missing("value"))?;
                match arn.and_then(Caller::from_arn) {
                    Some(caller) => caller.issued_by(provider),
                    None => Caller::federated(provider, arn, account),
                }
            }
            "AWS" => {
                let name = arn.or(value).or(account).ok_or_else(|| missing("arn"))?;
                let digits = name.len() == 12 && name.bytes().all(|b| b.is_ascii_digit());
                let caller = if digits { Some(Caller::root(name)) } else { Caller::from_arn(name) };
                let caller = caller.ok_or_else(|| format!("request/principal: `{name}` is not the ARN of a principal"))?;
                match value {
                    Some(issuer) if caller.kind() == CallerKind::FederatedUser && issuer != name => caller.issued_by(issuer),
                    _ => caller,
                }
            }
            other => return Err(format!("request/principal: `{other}` is not a type of principal")),
        };
        if let (Some(given), Some(known)) = (account, caller.account())
            && given != known
        {
            return Err(format!("request/principal: the account is `{given}`, but `{known}` in the ARN"));
        }
        Ok(match self.service_linked {
            Some(yes) => caller.service_linked(yes),
            None => caller,
        })
    }
}

/// The condition keys, read straight into a context.
#[derive(Default)]
struct Keys(Context);

impl<'de> Deserialize<'de> for Keys {
    fn deserialize<D: Deserializer<'de>>(from: D) -> Result<Self, D::Error> {
        struct Map;
        impl<'de> Visitor<'de> for Map {
            type Value = Keys;
            fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str("an object of condition keys")
            }
            fn visit_map<A: MapAccess<'de>>(self, mut from: A) -> Result<Keys, A::Error> {
                let mut context = Context::default();
                while let Some(name) = from.next_key::<Text<'de>>()? {
                    let key = Key::parse(&name.0);
                    if context.get(&key).is_some() {
                        return Err(de::Error::custom(format_args!("the key `{}` stands twice in the context", name.0)));
                    }
                    match from.next_value::<One>()? {
                        One::Absent => {}
                        One::Text(value) => context.set(key, value.into_string()),
                        One::List(values) => context.set_all(key, values),
                    }
                }
                Ok(Keys(context))
            }
        }
        from.deserialize_map(Map)
    }
}

#[derive(Deserialize)]
struct Text<'a>(#[serde(borrow)] Cow<'a, str>);

enum One {
    Absent,
    Text(Box<str>),
    List(Vec<Box<str>>),
}

impl<'de> Deserialize<'de> for One {
    fn deserialize<D: Deserializer<'de>>(from: D) -> Result<Self, D::Error> {
        struct Value;
        impl<'de> Visitor<'de> for Value {
            type Value = One;
            fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str("a string or a list of strings")
            }
            fn visit_str<E>(self, text: &str) -> Result<One, E> {
                Ok(One::Text(text.into()))
            }
            fn visit_bool<E>(self, value: bool) -> Result<One, E> {
                Ok(One::Text(value.to_string().into()))
            }
            fn visit_i64<E>(self, value: i64) -> Result<One, E> {
                Ok(One::Text(value.to_string().into()))
            }
            fn visit_u64<E>(self, value: u64) -> Result<One, E> {
                Ok(One::Text(value.to_string().into()))
            }
            fn visit_f64<E>(self, value: f64) -> Result<One, E> {
                Ok(One::Text(value.to_string().into()))
            }
            fn visit_unit<E>(self) -> Result<One, E> {
                Ok(One::Absent)
            }
            fn visit_seq<A: SeqAccess<'de>>(self, mut from: A) -> Result<One, A::Error> {
                let mut all = Vec::new();
                while let Some(value) = from.next_element::<One>()? {
                    match value {
                        One::Text(text) => all.push(text),
                        _ => return Err(de::Error::custom("a list of a condition key holds strings only")),
                    }
                }
                Ok(One::List(all))
            }
        }
        from.deserialize_any(Value)
    }
}
