//! The circumstances under which a grant or a deny applies.
//!
//! In: the `when` of a profile. Out: conditions, those of networks apart since they are alternatives. Never: whether
//! an action knows the keys; a check says so.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};

use super::networks::{CidrBlock, Networks, VpcEndpointId, VpcId};
use super::principal::OrganizationId;
use crate::claim::Duration;
use crate::expr::Expr;
use crate::names::{AccountId, Date, Invalid, TagKey, inert, name};
use crate::policy::{Base, Condition, Key};

/// Policy variables about the caller that a profile may use ("IAM policy elements: Variables and tags", IAM User Guide).
const VARIABLES: &[&str] = &["aws:PrincipalAccount", "aws:PrincipalOrgID", "aws:SourceIdentity", "aws:userid", "aws:username"];

/// Refuses what [`inert`] does, but for policy variables about the caller.
pub(super) fn inert_but_variables(text: &str) -> Result<(), Invalid> {
    let mut rest = text;
    let mut literal = String::new();
    while let Some((before, after)) = rest.split_once("${") {
        literal.push_str(before);
        let Some((variable, behind)) = after.split_once('}') else { return Err(unknown_variable(after)) };
        let tag = variable.strip_prefix("aws:PrincipalTag/").is_some_and(|key| key.parse::<TagKey>().is_ok());
        if !tag && !VARIABLES.contains(&variable) {
            return Err(unknown_variable(variable));
        }
        rest = behind;
    }
    literal.push_str(rest);
    inert(&literal)
}

fn unknown_variable(name: &str) -> Invalid {
    Invalid::new(
        format!("`${{{name}}}` is not a policy variable that can stand here"),
        "use `${aws:username}`, `${aws:userid}`, `${aws:PrincipalTag/KEY}`, `${aws:PrincipalAccount}`, `${aws:PrincipalOrgID}` or `${aws:SourceIdentity}`",
    )
}

name! {
    /// The value that a tag must have; policy variables about the caller may stand in it.
    TagMatch, open, format "tag-match", example "confidential"
}

impl TagMatch {
    fn check(text: &str) -> Result<(), Invalid> {
        inert_but_variables(text)?;
        if text.chars().count() > 256 {
            return Err(Invalid::new("the value of the tag has over 256 characters", "tags have values of up to 256 characters"));
        }
        Ok(())
    }
}

name! {
    /// The ARN of a resource on whose behalf a service calls; `*` may stand in its last part.
    SourceArn, open, format "source-arn", example "arn:aws:cloudtrail:eu-west-1:111122223333:trail/audit"
}

impl SourceArn {
    fn check(text: &str) -> Result<(), Invalid> {
        inert(text)?;
        let parts: Vec<&str> = text.splitn(6, ':').collect();
        let fixed = |part: &&str| part.bytes().all(|b| b.is_ascii_alphanumeric() || b == b'-');
        if let ["arn", partition, service, region, account, resource] = parts.as_slice()
            && [partition, service, region, account].iter().all(|part| fixed(part))
            && partition.starts_with("aws")
            && !service.is_empty()
            && !resource.is_empty()
            && !resource.contains([' ', '"'])
        {
            return Ok(());
        }
        Err(Invalid::new(
            format!("`{text}` is not the ARN of a resource"),
            "write it as `arn:aws:cloudtrail:eu-west-1:111122223333:trail/audit`; `*` may stand in the last part",
        ))
    }
}

/// Circumstances: all must hold, but any one of the networks is enough.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(test, derive(schemars::JsonSchema), schemars(inline))]
#[serde(deny_unknown_fields)]
pub struct When {
    /// From one of these blocks of addresses; an alternative to the other networks.
    #[serde(default)]
    pub cidrs: Vec<CidrBlock>,
    /// From one of these VPCs; an alternative to the other networks.
    #[serde(default)]
    pub vpcs: Vec<VpcId>,
    /// Through one of these VPC endpoints; an alternative to the other networks.
    #[serde(default)]
    pub vpc_endpoints: Vec<VpcEndpointId>,
    /// At most this long after the caller used MFA. Not in `denies`.
    #[serde(default)]
    pub mfa_within: Option<Duration>,
    /// For objects that carry these tags.
    #[serde(default)]
    #[cfg_attr(test, schemars(extend("propertyNames" = { "format": "tag-key" })))]
    pub object_tags: BTreeMap<TagKey, TagMatch>,
    /// For callers that carry these tags.
    #[serde(default)]
    #[cfg_attr(test, schemars(extend("propertyNames" = { "format": "tag-key" })))]
    pub principal_tags: BTreeMap<TagKey, TagMatch>,
    /// For a service: on behalf of this account instead of the bucket's.
    #[serde(default)]
    pub source_account: Option<AccountId>,
    /// For a service: on behalf of this resource.
    #[serde(default)]
    pub source_arn: Option<SourceArn>,
    /// For callers of this organization; for a service, on behalf of it.
    #[serde(default)]
    pub organization: Option<OrganizationId>,
    /// Before this day begins, in UTC.
    #[serde(default)]
    pub before: Option<Date>,
    /// From the beginning of this day on, in UTC.
    #[serde(default)]
    pub after: Option<Date>,
}

impl When {
    /// The networks, which are alternatives.
    pub fn networks(&self) -> Networks {
        Networks { cidrs: self.cidrs.clone(), vpcs: self.vpcs.clone(), vpc_endpoints: self.vpc_endpoints.clone() }
    }

    /// What must hold of the request besides its network and besides who calls.
    pub fn circumstances(&self) -> Vec<Condition> {
        let mut all = Vec::new();
        if let Some(within) = &self.mfa_within {
            // A positive operator: without MFA the key is absent and nothing is granted.
            all.push(Condition::one(Base::NumericLessThanEquals, Key::MultiFactorAuthAge, within.seconds().to_string()));
        }
        let equals = |key: Key, value: &TagMatch| Condition::one(Base::StringEquals, key, value.to_string());
        all.extend(self.object_tags.iter().map(|(key, value)| equals(Key::ExistingObjectTag(key.to_string()), value)));
        all.extend(self.principal_tags.iter().map(|(key, value)| equals(Key::PrincipalTag(key.to_string()), value)));
        let midnight = |day: &Date| format!("{day}T00:00:00Z");
        all.extend(self.after.as_ref().map(|day| Condition::one(Base::DateGreaterThanEquals, Key::CurrentTime, midnight(day))));
        all.extend(self.before.as_ref().map(|day| Condition::one(Base::DateLessThan, Key::CurrentTime, midnight(day))));
        all
    }

    /// Whether it says on whose behalf a service calls.
    pub const fn says_source(&self) -> bool {
        self.source_account.is_some() || self.source_arn.is_some() || self.organization.is_some()
    }

    /// On whose behalf a service must call: the bucket's account unless something else is written (the confused deputy).
    pub fn source(&self, account: &Expr) -> Vec<Condition> {
        let mut all = Vec::new();
        match (&self.organization, &self.source_account) {
            (Some(organization), None) => all.push(Condition::one(Base::StringEquals, Key::SourceOrgID, organization.to_string())),
            (None, None) => all.push(Condition::one(Base::StringEquals, Key::SourceAccount, account.clone())),
            (_, Some(given)) => all.push(Condition::one(Base::StringEquals, Key::SourceAccount, given.to_string())),
        }
        all.extend(self.source_arn.as_ref().map(|arn| Condition::one(Base::ArnLike, Key::SourceArn, arn.to_string())));
        all
    }

    /// The organization that callers must belong to.
    pub fn membership(&self) -> Option<Condition> {
        let organization = self.organization.as_ref()?;
        Some(Condition::one(Base::StringEquals, Key::PrincipalOrgID, organization.to_string()))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn variables_about_the_caller_pass_and_nothing_else_does() {
        for good in ["home/${aws:username}/", "${aws:PrincipalTag/team}", "plain", "$5", "{x}"] {
            assert!(inert_but_variables(good).is_ok(), "{good}");
        }
        for bad in
            ["${param.X}", "${aws:SourceIp}", "${aws:username", "%{x}", "{{resolve:ssm:x}}", "${aws:PrincipalTag/}", "${${aws:username}}"]
        {
            assert!(inert_but_variables(bad).is_err(), "{bad}");
        }
        // What a variable stands between must not become something else without it.
        assert!(inert_but_variables("${aws:username}{{resolve:").is_err());
        assert!(inert_but_variables("{{res${aws:username}olve:").is_err());
    }

    #[test]
    fn source_arns_fix_the_account() {
        assert!(SourceArn::check("arn:aws:s3:::acme-*").is_ok());
        for bad in ["arn:aws:s3:::", "arn:aws:cloudtrail:*:111122223333:trail/x", "arn:aws:cloudtrail:eu-west-1:*:trail/x", "*"] {
            assert!(SourceArn::check(bad).is_err(), "{bad}");
        }
    }

    #[test]
    fn a_service_always_has_a_source() {
        let own = Expr::text("111122223333");
        let keys = |when: &When| when.source(&own).into_iter().map(|condition| condition.key).collect::<Vec<_>>();
        assert_eq!(keys(&When::default()), [Key::SourceAccount]);
        let organization = When { organization: "o-a1b2c3d4e5".parse().ok(), ..When::default() };
        assert_eq!(keys(&organization), [Key::SourceOrgID]);
        let arn = When { source_arn: "arn:aws:s3:::acme".parse().ok(), ..When::default() };
        assert_eq!(keys(&arn), [Key::SourceAccount, Key::SourceArn]);
    }
}
