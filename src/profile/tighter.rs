//! What is stricter than what: the one table of the order of values, for those that a base locks.
//!
//! In: a place of the profile, and the values that a base and a profile on top of it have there. Out: whether the second is
//! as strict as the first. Where the table knows no order, only the same value is.

use serde_json::Value;

use crate::claim::Duration;
use crate::protect::networks::CidrBlock;

/// How values of one place compare.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Order {
    /// Words, the loosest first. Where the base has none, any is stricter.
    Words(&'static [&'static str]),
    /// Whatever it is, it is stricter than this word or switch; otherwise it stays.
    Above(&'static str),
    /// The word is stricter than all others; otherwise it stays.
    Below(&'static str),
    /// A switch that protects when it is on, and is off where nothing is said.
    On,
    /// A switch that protects when it is off, and is on where nothing is said.
    Off,
    /// The four switches of Block Public Access, or one word for all.
    Switches,
    /// A number that may grow; nothing is 0.
    AtLeast,
    /// Days after which something is lost: may grow; nothing, and `never`, are the most.
    Kept,
    /// A number that may shrink.
    AtMost,
    /// A length of time that may shrink; nothing is for ever.
    Within,
    /// A list that may lose entries.
    Fewer,
    /// A list that may gain entries.
    More,
    /// Alternatives of which some may go, but not all: without any there would be no limit.
    Part,
    /// As `Part`, and a block may become a smaller one.
    Inside,
    /// A list of blocks that may gain entries, and a block may become a larger one.
    Covers,
    /// `true`, or `{except: […]}`, which may lose entries.
    Except,
    /// Stays as it is; others may be added beside it.
    Stays,
}

use Order::{Above, AtLeast, AtMost, Below, Covers, Except, Fewer, Inside, Kept, More, Off, On, Part, Stays, Switches, Within, Words};

/// The order of every place that has one. `*` is any key.
pub(super) const TABLE: &[(&str, Order)] = &[
    ("bucket/on_delete", Words(&["delete", "retain"])),
    ("bucket/versioning", Words(&["off", "suspended", "enabled"])),
    ("bucket/ownership", Words(&["writer", "preferred", "enforced"])),
    ("bucket/acl", Fewer),
    ("bucket/cors", Fewer),
    ("bucket/object_lock/mode", Words(&["governance", "compliance"])),
    ("bucket/object_lock/days", AtLeast),
    ("bucket/object_lock/years", AtLeast),
    ("bucket/lifecycle/abort_multipart_after_days", AtMost),
    ("bucket/lifecycle/expire_noncurrent_after_days", Kept),
    ("bucket/lifecycle/expire_after_days", Kept),
    ("bucket/policy/keep", Fewer),
    ("bucket/protect_versions", Except),
    ("bucket/tags/*", Stays),
    ("public_access/block", Switches),
    ("transport/https_only", On),
    ("transport/minimum_tls", Words(&["1.2", "1.3"])),
    ("network/allow/cidrs", Inside),
    ("network/allow/vpcs", Part),
    ("network/allow/vpc_endpoints", Part),
    ("network/deny/cidrs", Covers),
    ("network/deny/vpcs", More),
    ("network/deny/vpc_endpoints", More),
    ("network/applies_to", Words(&["data", "all"])),
    ("network/except/services", Off),
    ("network/except/forwarded", Off),
    ("network/except/principals", Fewer),
    ("network/break_glass", Fewer),
    ("network/deployer", Fewer),
    ("encryption/algorithm", Words(&["sse-s3", "sse-kms", "dsse-kms"])),
    ("encryption/key_admins", Fewer),
    ("encryption/uploads", Words(&["default", "pinned"])),
    ("encryption/sse_c", Words(&["allow", "block"])),
    ("grants", Fewer),
    ("denies", More),
    ("access_points/require", On),
    ("access_points/points", Fewer),
    ("mfa/delete", On),
    ("mfa/for/*/within", Within),
    ("mfa/except", Fewer),
    ("presigned_urls/allow", Off),
    ("presigned_urls/max_age", Within),
    ("presigned_urls/cidrs", Inside),
    ("presigned_urls/vpcs", Part),
    ("presigned_urls/vpc_endpoints", Part),
    ("logging/server_access/to", Above("none")),
    ("logging/server_access/retain_days", AtLeast),
    ("logging/cloudtrail/trail", Above("none")),
    ("logging/cloudtrail/events", Below("all")),
    ("logging/cloudtrail/management", On),
    ("logging/cloudtrail/log_group", On),
    ("logging/cloudtrail/insights", On),
    ("logging/cloudtrail/kms", Above("false")),
    ("logging/cloudtrail/retain_days", AtLeast),
    ("monitoring/alerts/on", More),
    ("monitoring/alerts/to", More),
    ("tests", More),
    ("guarantees", More),
    ("controls", More),
    ("waivers", Fewer),
    ("parameters/*/allowed", Part),
];

impl Order {
    /// The order of a place; none where only the same value will do.
    pub(super) fn of(steps: &[String]) -> Option<Self> {
        let fits = |pattern: &str| {
            let mut keys = pattern.split('/');
            let all = steps.iter().all(|step| keys.next().is_some_and(|key| key == "*" || key == step));
            all && keys.next().is_none()
        };
        TABLE.iter().find(|(pattern, _)| fits(pattern)).map(|(_, order)| *order)
    }

    /// What a profile may do, for people.
    pub(super) fn remedy(self) -> &'static str {
        match self {
            Self::Words(_) | Self::Above(_) | Self::Below(_) => "keep it, or use a stricter word",
            Self::On | Self::Off | Self::Switches => "leave the protection on",
            Self::AtLeast | Self::Kept => "keep it, or use a larger number",
            Self::AtMost => "keep it, or use a smaller number",
            Self::Within => "keep it, or use a shorter time",
            Self::Fewer => "keep the list, or leave entries out",
            Self::More | Self::Covers => "keep every entry of the base; `+` before the key appends to them",
            Self::Part | Self::Inside => "keep the list, or leave some entries out",
            Self::Except => "protect versions from everybody whom the base names",
            Self::Stays => "keep the value; others may stand beside it",
        }
    }

    /// Whether `child` is as strict as `base`; `None` is where nothing is said.
    pub(super) fn keeps(self, base: Option<&Value>, child: Option<&Value>) -> bool {
        if base == child {
            return true;
        }
        let text = |value: Option<&Value>| match value {
            Some(Value::String(text)) => text.clone(),
            Some(other) => other.to_string(),
            None => String::new(),
        };
        let list = |value: Option<&Value>| value.and_then(Value::as_array).cloned().unwrap_or_default();
        let (from, to) = (list(base), list(child));
        match self {
            Self::Words(words) => match (base, child) {
                (None, _) => true,
                (_, None) => false,
                _ => {
                    let rank = |value| words.iter().position(|word| *word == text(value));
                    rank(base).zip(rank(child)).is_some_and(|(base, child)| child >= base)
                }
            },
            Self::Above(lowest) => text(base) == lowest && child.is_some(),
            Self::Below(highest) => text(child) == highest,
            Self::On => base.is_none_or(|base| *base == Value::Bool(false)) || child == Some(&Value::Bool(true)),
            Self::Off => base.is_none_or(|base| *base == Value::Bool(true)) || child == Some(&Value::Bool(false)),
            Self::Switches => {
                let on = |value: Option<&Value>, key: &str| {
                    value.and_then(|value| value.get(key)).is_none_or(|switch| *switch == Value::Bool(true))
                };
                ["public_acls", "ignore_acls", "public_policy", "restrict"].iter().all(|key| on(child, key) || !on(base, key))
            }
            Self::AtLeast => number(child).unwrap_or(0) >= number(base).unwrap_or(0),
            Self::Kept => days(child) >= days(base),
            Self::AtMost => base.is_none() || number(child).is_some_and(|child| number(base).is_some_and(|base| child <= base)),
            Self::Within => length(child) <= length(base),
            Self::Fewer => to.iter().all(|item| from.contains(item)),
            Self::More => from.iter().all(|item| to.contains(item)),
            Self::Part => !to.is_empty() && to.iter().all(|item| from.contains(item)),
            Self::Inside => !to.is_empty() && to.iter().all(|item| from.iter().any(|outer| inside(item, outer))),
            Self::Covers => from.iter().all(|item| to.iter().any(|outer| inside(item, outer))),
            Self::Except => match (excepted(base), excepted(child)) {
                (None, _) => true,
                (_, None) => false,
                (Some(base), Some(child)) => child.iter().all(|item| base.contains(item)),
            },
            Self::Stays => base.is_none(),
        }
    }
}

fn number(value: Option<&Value>) -> Option<u64> {
    value.and_then(Value::as_u64)
}

fn days(value: Option<&Value>) -> u64 {
    number(value).unwrap_or(u64::MAX)
}

fn length(value: Option<&Value>) -> u64 {
    let parsed = value.and_then(Value::as_str).and_then(|text| text.parse::<Duration>().ok());
    parsed.map_or(u64::MAX, |duration| duration.seconds())
}

fn excepted(value: Option<&Value>) -> Option<Vec<Value>> {
    match value? {
        Value::Bool(true) => Some(Vec::new()),
        Value::Object(object) => object.get("except")?.as_array().cloned(),
        _ => None,
    }
}

/// Whether every address of a block is in the other one.
fn inside(item: &Value, outer: &Value) -> bool {
    let cidr = |value: &Value| value.as_str().and_then(|text| text.parse::<CidrBlock>().ok()).and_then(|block| block.cidr());
    item == outer || cidr(item).zip(cidr(outer)).is_some_and(|(item, outer)| outer.covers(&item))
}
