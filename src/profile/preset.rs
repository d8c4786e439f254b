//! Presets and defaults: the one table of what holds where a profile says nothing.
//!
//! In: a profile as it was written. Out: the same with every unwritten default filled in. Never: a change to
//! anything that was written.

use std::sync::LazyLock;

use serde::{Deserialize, Serialize};
use serde_json::{Map, Value};

use crate::diag::Code;

/// A named set of defaults.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[cfg_attr(test, derive(schemars::JsonSchema), schemars(inline))]
#[serde(rename_all = "kebab-case")]
pub enum Preset {
    /// Hardened, for any bucket.
    #[default]
    Baseline,
    /// For data that must not leak: a KMS key of the bucket's own, old versions for a year, requests from listed networks.
    Sensitive,
    /// For data under regulation: as `sensitive`, uploads pinned to the key, versions kept, locked and protected.
    Regulated,
    /// For objects that everybody may read: public policies are let in, which needs a waiver.
    PublicRead,
    /// For a bucket that receives the logs of others.
    LogArchive,
}

/// A default.
#[derive(Clone, Copy, Debug)]
pub struct Row {
    /// Where it stands in a profile, as a JSON pointer without its first slash.
    pub at: &'static str,
    /// What holds where the profile says nothing.
    pub value: Scalar,
    /// Why.
    pub why: &'static str,
    /// What it costs, where it does; empty where it is free.
    pub cost: &'static str,
}

/// The value of a default.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Scalar {
    /// A word.
    Word(&'static str),
    /// A number.
    Number(u32),
    /// A switch.
    Switch(bool),
    /// A mapping, as JSON: it is filled in as a whole or not at all.
    Mapping(&'static str),
}

impl Scalar {
    /// The value as a profile would write it.
    pub fn value(self) -> Value {
        match self {
            Self::Word(word) => word.into(),
            Self::Number(number) => number.into(),
            Self::Switch(switch) => switch.into(),
            Self::Mapping(json) => serde_json::from_str(json).unwrap_or_default(),
        }
    }
}

pub(super) const fn row(at: &'static str, value: Scalar, why: &'static str, cost: &'static str) -> Row {
    Row { at, value, why, cost }
}

use Scalar::{Mapping, Number, Switch, Word};

const BASELINE: &[Row] = &[
    row("bucket/on_delete", Word("retain"), "removing a stack must not remove data", "the bucket is billed until somebody deletes it"),
    row(
        "bucket/versioning",
        Word("enabled"),
        "what is overwritten or deleted by mistake or malice can be had back",
        "old versions are billed as storage",
    ),
    row("bucket/ownership", Word("enforced"), "policies alone decide, and objects belong to the bucket's account", ""),
    row("bucket/lifecycle/abort_multipart_after_days", Number(7), "the parts of broken uploads are invisible and billed", ""),
    row("bucket/lifecycle/expire_noncurrent_after_days", Number(90), "time to notice a loss, without keeping everything for ever", ""),
    row("bucket/namespace", Word("global"), "names that every tool and client takes; `account-regional` is safer for new buckets", ""),
    row("bucket/protect_versions", Switch(false), "whoever may delete versions can, until the profile says otherwise", ""),
    row("bucket/events", Word("none"), "nobody needs to hear of every object", ""),
    row("public_access/block", Word("all"), "no policy and no ACL can make the bucket public", ""),
    row("encryption/algorithm", Word("sse-s3"), "encryption that costs nothing and breaks no client", ""),
    row(
        "encryption/key",
        Word("create"),
        "where a KMS algorithm is asked for: a key of the bucket's own",
        "1 USD a month and key, and per KMS request",
    ),
    row("encryption/bucket_key", Switch(true), "one data key serves many objects, which saves most KMS requests", ""),
    row("encryption/uploads", Word("default"), "clients need not know about encryption", ""),
    row("encryption/sse_c", Word("block"), "no caller can make objects unreadable to everybody else", ""),
    row("transport/https_only", Switch(true), "no object and no signature travels in the clear", ""),
    row("transport/minimum_tls", Word("1.2"), "the oldest version that is still sound, and what every current client speaks", ""),
    row(
        "network/applies_to",
        Word("data"),
        "the data stays inside; settings that carry none out can be changed from anywhere, by whoever may",
        "",
    ),
    row("network/except/services", Switch(true), "AWS services deliver logs from networks of their own", ""),
    row("network/except/forwarded", Switch(true), "what a service such as Athena does for a caller goes on working", ""),
    row(
        "logging/server_access/to",
        Word("create"),
        "a record of every request, in a companion bucket",
        "storage of the logs, about 0.5 KB a request",
    ),
    row("logging/server_access/prefix", Word("access/"), "logs have a folder of their own", ""),
    row("logging/server_access/format", Word("partitioned"), "query engines skip the days that a question does not touch", ""),
    row("logging/server_access/retain_days", Number(365), "a year covers most investigations", ""),
    row("logging/cloudtrail/trail", Word("none"), "access logs say who did what; an account's own trail records its management events", ""),
    row("logging/cloudtrail/to", Word("create"), "what a trail records has a companion bucket of its own", ""),
    row(
        "logging/cloudtrail/events",
        Word("write"),
        "where there is a trail: who wrote and deleted objects",
        "per event, about 0.10 USD for 100,000; reads are often most of them",
    ),
    row("logging/cloudtrail/management", Switch(false), "management events are a matter of the account", ""),
    row("logging/cloudtrail/log_group", Switch(false), "the records are in the trail's bucket", ""),
    row("logging/cloudtrail/kms", Switch(false), "S3's own keys encrypt the records", ""),
    row("logging/cloudtrail/retain_days", Number(365), "a year covers most investigations", ""),
    row("logging/cloudtrail/insights", Switch(false), "what is unusual is a question about the account", ""),
];

const SENSITIVE: &[Row] = &[
    row(
        "bucket/lifecycle/expire_noncurrent_after_days",
        Number(365),
        "losses of sensitive data are often noticed late",
        "old versions are billed for a year",
    ),
    row(
        "encryption/algorithm",
        Word("sse-kms"),
        "reading needs the key too, and every use of it is recorded by CloudTrail",
        "per KMS request, few with a bucket key",
    ),
];

const REGULATED: &[Row] = &[
    row(
        "bucket/lifecycle/expire_noncurrent_after_days",
        Word("never"),
        "records must not be lost to a clean-up",
        "old versions are billed until somebody removes them",
    ),
    row(
        "bucket/object_lock",
        Mapping(r#"{"mode":"governance","days":30}"#),
        "for 30 days nobody deletes a version without the right to bypass",
        "locked versions are billed for 30 days at least",
    ),
    row(
        "bucket/protect_versions",
        Switch(true),
        "deleting versions takes more than the right to delete: the bucket policy has to go first, which is noticed",
        "",
    ),
    row(
        "encryption/algorithm",
        Word("sse-kms"),
        "reading needs the key too, and every use of it is recorded by CloudTrail",
        "per KMS request, few with a bucket key",
    ),
    row("encryption/uploads", Word("pinned"), "no upload ends up under another key", ""),
    row("network/except/forwarded", Switch(false), "no service carries data out for a caller who is elsewhere", ""),
    row(
        "logging/server_access/retain_days",
        Number(2_555),
        "seven years, which most regulations ask for",
        "storage of the logs, about 0.5 KB a request",
    ),
    row(
        "logging/cloudtrail/trail",
        Word("create"),
        "signed records of who changed what; an account and region take five trails, so name one that exists where there are more buckets",
        "per event, and storage of the records",
    ),
    row(
        "logging/cloudtrail/retain_days",
        Number(2_555),
        "seven years, which most regulations ask for",
        "storage of the records, about 1 KB an event before compression",
    ),
];

const PUBLIC_READ: &[Row] = &[
    row(
        "bucket/lifecycle/expire_noncurrent_after_days",
        Number(30),
        "published objects have a source elsewhere",
        "old versions are billed for 30 days",
    ),
    row(
        "public_access/block",
        Mapping(r#"{"public_policy":false,"restrict":false}"#),
        "a policy may make objects public, an ACL may not; needs a waiver for `public-access-not-blocked`",
        "",
    ),
];

const LOG_ARCHIVE: &[Row] = &[
    row("bucket/protect_versions", Switch(true), "whoever covers their tracks deletes the logs first", ""),
    row("network/except/forwarded", Switch(false), "no service carries logs out for a caller who is elsewhere", ""),
    row("logging/server_access/to", Word("none"), "a bucket that receives logs would log its own deliveries", ""),
];

/// Sections that presets complete where a profile has them, and never add.
const WHERE_WRITTEN: &[&str] = &["network"];

impl Row {
    /// The section that it belongs to.
    pub fn section(&self) -> &'static str {
        self.at.split_once('/').map_or("", |(section, _)| section)
    }

    /// Whether it holds only where the profile has the section.
    pub fn where_written(&self) -> bool {
        WHERE_WRITTEN.contains(&self.section())
    }
}

impl Preset {
    /// Every preset.
    pub const ALL: &'static [Self] = &[Self::Baseline, Self::Sensitive, Self::Regulated, Self::PublicRead, Self::LogArchive];

    /// The word that profiles use.
    pub const fn name(self) -> &'static str {
        match self {
            Self::Baseline => "baseline",
            Self::Sensitive => "sensitive",
            Self::Regulated => "regulated",
            Self::PublicRead => "public-read",
            Self::LogArchive => "log-archive",
        }
    }

    /// The preset of that name.
    pub fn by_name(name: &str) -> Option<Self> {
        Self::ALL.iter().copied().find(|preset| preset.name() == name)
    }

    /// What the preset sets otherwise than `baseline`.
    pub const fn overrides(self) -> &'static [Row] {
        match self {
            Self::Baseline => &[],
            Self::Sensitive => SENSITIVE,
            Self::Regulated => REGULATED,
            Self::PublicRead => PUBLIC_READ,
            Self::LogArchive => LOG_ARCHIVE,
        }
    }

    /// What the preset asks of a profile beyond its defaults: the finding where a profile does not have it, and what that is.
    pub const fn asks(self) -> &'static [(Code, &'static str)] {
        const NETWORKS: (Code, &str) = (Code::NoNetworkLimits, "requests come from networks that `network.allow` lists");
        match self {
            Self::Baseline => &[],
            Self::Sensitive => &[NETWORKS],
            Self::Regulated => &[NETWORKS, (Code::NoAccessTests, "`tests` say who must get in and who must not")],
            Self::PublicRead => &[(Code::PublicAccessNotBlocked, "a waiver says why the public gets in, and until when")],
            Self::LogArchive => {
                &[(Code::ArchiveWithoutSources, "a statement beside the profile lets in each source of logs, which a waiver says")]
            }
        }
    }

    /// Whether a profile of the preset without what this finding misses has the finding.
    pub fn asks_for(self, code: Code) -> bool {
        self.asks().iter().any(|(asked, _)| *asked == code)
    }

    /// Every default that holds under the preset.
    pub fn rows(self) -> impl Iterator<Item = &'static Row> {
        let overriding = move |row: &'static Row| self.overrides().iter().find(|o| o.at == row.at).unwrap_or(row);
        let added = self.overrides().iter().filter(|o| !BASELINE.iter().any(|row| row.at == o.at));
        BASELINE.iter().map(overriding).chain(added)
    }

    /// Fills in what the profile does not say.
    pub fn fill(self, profile: &mut Map<String, Value>) {
        static ALL: LazyLock<Vec<(Preset, Defaults)>> =
            LazyLock::new(|| Preset::ALL.iter().map(|preset| (*preset, Defaults::of(preset.rows()))).collect());
        for (key, filling) in ALL.iter().filter(|(preset, _)| *preset == self).flat_map(|(_, defaults)| &defaults.0) {
            if !WHERE_WRITTEN.contains(key) || profile.contains_key(*key) {
                filling.fill(profile, key);
            }
        }
    }
}

/// Defaults by section, so that each key of a profile is looked up once.
#[derive(Debug, Default)]
pub(super) struct Defaults(Vec<(&'static str, Filling)>);

#[derive(Debug)]
enum Filling {
    Value(Value),
    Section(Defaults),
}

impl Defaults {
    /// Those of a table.
    pub(super) fn of<'r>(rows: impl Iterator<Item = &'r Row>) -> Self {
        let mut defaults = Self::default();
        rows.for_each(|row| defaults.add(row.at, row.value));
        defaults
    }

    fn add(&mut self, at: &'static str, value: Scalar) {
        let Some((section, rest)) = at.split_once('/') else {
            return self.0.push((at, Filling::Value(value.value())));
        };
        let known = self.0.iter_mut().find_map(|(key, filling)| match filling {
            Filling::Section(inner) if *key == section => Some(inner),
            _ => None,
        });
        match known {
            Some(inner) => inner.add(rest, value),
            None => {
                let mut inner = Self::default();
                inner.add(rest, value);
                self.0.push((section, Filling::Section(inner)));
            }
        }
    }

    /// Fills in what an object does not say.
    pub(super) fn fill(&self, object: &mut Map<String, Value>) {
        self.0.iter().for_each(|(key, filling)| filling.fill(object, key));
    }
}

impl Filling {
    fn fill(&self, object: &mut Map<String, Value>, key: &str) {
        match (self, object.get_mut(key)) {
            (Self::Section(inner), Some(Value::Object(section))) => inner.fill(section),
            (_, Some(_)) => {}
            (Self::Value(value), None) => drop(object.insert(key.to_owned(), value.clone())),
            (Self::Section(inner), None) => {
                let mut section = Map::with_capacity(inner.0.len());
                inner.fill(&mut section);
                object.insert(key.to_owned(), Value::Object(section));
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    fn filled(preset: Preset, profile: Value) -> Value {
        let Value::Object(mut object) = profile else { panic!("an object") };
        preset.fill(&mut object);
        Value::Object(object)
    }

    #[test]
    fn what_is_written_stays() {
        let profile = filled(
            Preset::Sensitive,
            json!({ "encryption": { "algorithm": "sse-s3" }, "public_access": { "block": { "restrict": false } } }),
        );
        assert_eq!(profile.pointer("/encryption/algorithm"), Some(&json!("sse-s3")));
        assert_eq!(profile.pointer("/public_access/block"), Some(&json!({ "restrict": false })));
        assert_eq!(profile.pointer("/transport/minimum_tls"), Some(&json!("1.2")));
        assert_eq!(profile.pointer("/bucket/lifecycle/expire_noncurrent_after_days"), Some(&json!(365)));
    }

    #[test]
    fn networks_are_completed_and_never_added() {
        assert_eq!(filled(Preset::Baseline, json!({})).get("network"), None);
        let network = |preset| filled(preset, json!({ "network": { "except": { "services": false } } })).get("network").cloned();
        let expected = |forwarded| Some(json!({ "applies_to": "data", "except": { "services": false, "forwarded": forwarded } }));
        assert_eq!((network(Preset::Sensitive), network(Preset::Regulated)), (expected(true), expected(false)));
    }

    #[test]
    fn every_override_changes_something() {
        for preset in Preset::ALL {
            for row in preset.overrides() {
                let default = BASELINE.iter().find(|b| b.at == row.at);
                assert!(default.is_none_or(|d| d.value != row.value), "{} of {}", row.at, preset.name());
                assert_ne!(row.value.value(), Value::Null, "{} of {}", row.at, preset.name());
            }
        }
    }
}
