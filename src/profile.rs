//! A profile: what must be true of one bucket, read, checked against the schema, and completed by its preset.
//!
//! In: the text of a file. Out: a [`Profile`] whose every value is parsed and present, or the findings that
//! say why not, all of them at once. Never: a look across sections, which `check` does.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};
use serde_json::{Map, Value};

use crate::claim::AccessTest;
use crate::diag::{Code, Finding, Path, Place, Severity};
use crate::names::{Date, ProfileName, Sentence, TagValue};
use crate::protect::access_logs::LoggingSection;
use crate::protect::access_points::AccessPoints;
use crate::protect::bucket::Bucket;
use crate::protect::denies::Deny;
use crate::protect::encryption::Encryption;
use crate::protect::grants::Grant;
use crate::protect::mfa::Mfa;
use crate::protect::monitoring::Monitoring;
use crate::protect::network::Network;
use crate::protect::presigned::PresignedUrls;
use crate::protect::public_access::PublicAccess;
use crate::protect::transport::Transport;
use crate::source::{Source, Tree};

mod account;
mod deploy;
mod framework;
mod guarantee;
pub mod keys;
mod language;
mod locked;
mod parameter;
mod preset;
mod schema;
mod tighter;

pub use account::{
    AccountAnalyzer, AccountConfig, AccountGuardDuty, AccountKind, AccountLogging, AccountMonitoring, AccountProfile, AccountTrail,
    AccountWaiver, Archive, DEFAULTS as ACCOUNT_DEFAULTS, is_account,
};
pub use framework::Framework;
pub use guarantee::{AskedGuarantee, GuaranteeName};
pub use parameter::{At, BasePath, Deployed, LockPointer, Parameter, ParameterName, ParameterType};
pub use preset::{Preset, Row, Scalar};
pub use schema::{ACCOUNT as ACCOUNT_SCHEMA, TEXT as SCHEMA};

/// The version of the language.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct LanguageVersion;

impl<'de> Deserialize<'de> for LanguageVersion {
    fn deserialize<D: serde::Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        match u64::deserialize(deserializer)? {
            1 => Ok(Self),
            _ => Err(serde::de::Error::custom("the version is 1")),
        }
    }
}

impl Serialize for LanguageVersion {
    fn serialize<S: serde::Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.serialize_u64(1)
    }
}

#[cfg(test)]
impl schemars::JsonSchema for LanguageVersion {
    fn schema_name() -> std::borrow::Cow<'static, str> {
        "LanguageVersion".into()
    }
    fn inline_schema() -> bool {
        true
    }
    fn json_schema(_: &mut schemars::SchemaGenerator) -> schemars::Schema {
        schemars::json_schema!({ "const": 1 })
    }
}

/// What a profile is about.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(test, derive(schemars::JsonSchema), schemars(inline))]
#[serde(rename_all = "lowercase")]
pub enum ProfileKind {
    /// One bucket and its companions.
    #[default]
    Bucket,
    /// What exists once in an account and region; such a profile has a schema of its own (`s3harden schema --kind account`).
    Account,
}

/// The notation of CloudFormation templates.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[cfg_attr(test, derive(schemars::JsonSchema), schemars(inline))]
#[serde(rename_all = "lowercase")]
pub enum TemplateFormat {
    /// YAML, with comments.
    #[default]
    Yaml,
    /// JSON.
    Json,
}

/// The generation of Terraform's AWS provider.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(try_from = "u64", into = "u64")]
pub enum Provider {
    /// `>= 5.70, < 7`: only arguments that 5.100 knows.
    #[default]
    V5,
    /// `>= 6.40`: with what is new there.
    V6,
}

impl TryFrom<u64> for Provider {
    type Error = &'static str;
    fn try_from(number: u64) -> Result<Self, Self::Error> {
        match number {
            5 => Ok(Self::V5),
            6 => Ok(Self::V6),
            _ => Err("the provider is 5 or 6"),
        }
    }
}

impl From<Provider> for u64 {
    fn from(provider: Provider) -> Self {
        match provider {
            Provider::V5 => 5,
            Provider::V6 => 6,
        }
    }
}

#[cfg(test)]
impl schemars::JsonSchema for Provider {
    fn schema_name() -> std::borrow::Cow<'static, str> {
        "Provider".into()
    }
    fn inline_schema() -> bool {
        true
    }
    fn json_schema(_: &mut schemars::SchemaGenerator) -> schemars::Schema {
        schemars::json_schema!({ "enum": [5, 6] })
    }
}

/// How CloudFormation templates are written.
#[derive(Clone, Debug, Default, Serialize, Deserialize)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
#[serde(deny_unknown_fields)]
pub struct CloudFormationTarget {
    /// The notation. `--format` on the command line goes first.
    #[serde(default)]
    pub format: TemplateFormat,
}

/// How Terraform modules are written.
#[derive(Clone, Debug, Default, Serialize, Deserialize)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
#[serde(deny_unknown_fields)]
pub struct TerraformTarget {
    /// The generation of the AWS provider: `5` uses only what 5.100 knows and also runs under 6, `6` uses what is new there.
    #[serde(default)]
    pub provider: Provider,
}

/// How the outputs are written.
#[derive(Clone, Debug, Default, Serialize, Deserialize)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
#[serde(deny_unknown_fields)]
pub struct Targets {
    /// CloudFormation.
    #[serde(default)]
    pub cloudformation: CloudFormationTarget,
    /// Terraform.
    #[serde(default)]
    pub terraform: TerraformTarget,
}

/// A finding that somebody accepts until a day.
#[derive(Clone, Debug, Serialize, Deserialize)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
#[serde(deny_unknown_fields)]
pub struct Waiver {
    /// The code of the finding, such as `access-logs-off`. Either this or `control`.
    #[serde(default)]
    pub finding: Option<String>,
    /// The control that is not met, such as `fsbp/S3.9`. Either this or `finding`.
    #[serde(default)]
    pub control: Option<String>,
    /// Why the risk is accepted.
    pub reason: Sentence,
    /// The last day on which it holds, `YYYY-MM-DD`.
    pub until: Date,
    /// Who accepts it.
    #[serde(default)]
    pub by: Option<Sentence>,
}

/// What must be true of one bucket.
#[derive(Clone, Debug, Serialize, Deserialize)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
#[cfg_attr(test, schemars(title = "s3harden profile"))]
#[serde(deny_unknown_fields)]
pub struct Profile {
    /// The version of the profile language.
    pub version: LanguageVersion,
    /// What the profile is about: one bucket and its companions.
    #[serde(default)]
    pub kind: ProfileKind,
    /// The profile's name: of the stack, the module and the output directory. Lower-case letters, digits and hyphens.
    pub name: ProfileName,
    /// What the bucket is for; becomes the description of the template.
    #[serde(default)]
    pub description: Option<Sentence>,
    /// Who answers for it; becomes the tag `owner`.
    #[serde(default)]
    pub owner: Option<TagValue>,
    /// Files that are merged underneath, first to last, relative to this one: mappings merge by key, everything else is
    /// replaced, and a list under `+key` is appended to.
    #[serde(default)]
    pub extends: Vec<BasePath>,
    /// JSON pointers to values of this file that a profile on top of it may make stricter, and never looser.
    #[serde(default)]
    pub locked: Vec<LockPointer>,
    /// Values that differ from run to run, by name: `${param.NAME}` inside of a text stands for one.
    #[serde(default)]
    #[cfg_attr(test, schemars(extend("propertyNames" = { "format": "parameter-name" }, "maxProperties" = 100)))]
    pub parameters: BTreeMap<ParameterName, Parameter>,
    /// The set of defaults. `s3harden explain defaults` prints them.
    #[serde(default)]
    pub preset: Preset,
    /// The bucket.
    pub bucket: Bucket,
    /// Block Public Access.
    pub public_access: PublicAccess,
    /// Encryption in transit.
    pub transport: Transport,
    /// Where requests may come from, and where they may not.
    #[serde(default)]
    pub network: Option<Network>,
    /// Encryption at rest.
    pub encryption: Encryption,
    /// Who may do what. Each grant becomes statements that carry its name.
    #[serde(default)]
    pub grants: Vec<Grant>,
    /// What is taken from somebody, whatever anything else gives.
    #[serde(default)]
    pub denies: Vec<Deny>,
    /// Ways into the bucket, each with a policy of its own.
    #[serde(default)]
    pub access_points: Option<AccessPoints>,
    /// What the bucket tells about itself.
    pub logging: LoggingSection,
    /// What watches the bucket, and who hears of it.
    #[serde(default)]
    pub monitoring: Monitoring,
    /// Multi-factor authentication.
    #[serde(default)]
    pub mfa: Mfa,
    /// Presigned URLs, and forms that browsers send by POST. Without it there can be any, for up to seven days.
    #[serde(default)]
    pub presigned_urls: PresignedUrls,
    /// Requests with the decision that the author expects; they are decided at every render.
    #[serde(default)]
    pub tests: Vec<AccessTest>,
    /// What is to be proved of every request, beyond what the sections promise by themselves.
    #[serde(default)]
    pub guarantees: Vec<AskedGuarantee>,
    /// Frameworks that the profile is held to. What one asks for and the profile does not have is a finding.
    #[serde(default)]
    pub controls: Vec<Framework>,
    /// Findings that somebody accepts, each with a reason and an end.
    #[serde(default)]
    pub waivers: Vec<Waiver>,
    /// How the outputs are written.
    #[serde(default)]
    pub targets: Targets,
}

impl Profile {
    /// Reads a profile. The findings are what is wrong with the text, its shape and its names; the tree is there
    /// wherever the text is YAML, the profile only where nothing is wrong.
    pub fn load(source: &Source) -> (Option<Self>, Option<Tree>, Vec<Finding>) {
        let (mut profile, tree, findings) = read::<Self>(source, |object| {
            let preset = object.get("preset").and_then(Value::as_str).and_then(Preset::by_name).unwrap_or_default();
            preset.fill(object);
        });
        if let (Some(profile), Some(tree)) = (&mut profile, &tree) {
            settle(&mut profile.parameters, tree);
        }
        (profile, tree, findings)
    }
}

/// Says of each parameter that the deployment gives what it can be.
fn settle(parameters: &mut BTreeMap<ParameterName, Parameter>, tree: &Tree) {
    if parameters.values().any(|parameter| parameter.at == At::Deploy) {
        let mut settled = deploy::settle(tree);
        parameters.iter_mut().for_each(|(name, parameter)| parameter.deployed = settled.remove(name.as_str()));
    }
}

/// Reads a profile of either kind; `complete` puts in the defaults.
fn read<T: serde::de::DeserializeOwned>(
    source: &Source,
    complete: impl Fn(&mut Map<String, Value>),
) -> (Option<T>, Option<Tree>, Vec<Finding>) {
    let alone = source.alone();
    let source = alone.as_ref().unwrap_or(source);
    let (tree, mut findings) = source.parse();
    let Some(tree) = tree else { return (None, None, findings) };
    let stop = |findings: &[Finding]| findings.iter().any(|f| f.severity == Severity::Error);
    // Of two equal keys the tree keeps the first, so that what else is wrong can be said all the same.
    if findings.iter().any(|f| f.severity == Severity::Error && f.code != Code::DuplicateKey) {
        return (None, Some(tree), findings);
    }
    findings.extend(source.composed().iter().flat_map(|composed| parameter::check(&tree, composed)));
    if source.composed().is_some() {
        findings.extend(deploy::check(&tree));
    }
    // Whatever a parameter stands in is checked with its value, or for every value that it can have.
    if findings.iter().any(|f| matches!(f.code, Code::ParameterUnfit | Code::ParameterOutOfPlace | Code::ParameterOpen)) {
        return (None, Some(tree), findings);
    }
    let mut value = tree.to_value();
    findings.extend(schema::check(&value, &tree));
    if stop(&findings) {
        return (None, Some(tree), findings);
    }
    findings.retain(|finding| !is_own_word(finding, &tree));
    if let Value::Object(object) = &mut value {
        complete(object);
    }
    findings.extend(source.composed().iter().flat_map(|composed| locked::check(&value, &tree, composed)));
    match serde_json::from_value::<T>(value) {
        Ok(profile) => (Some(profile), Some(tree), findings),
        Err(error) => {
            // The schema is generated from these types: what gets here is a gap between the two.
            findings.push(Finding::new(Code::BadValue, Path::root(), format!("the profile cannot be read: {error}")));
            (None, Some(tree), findings)
        }
    }
}

/// Whether a warning is about `versioning: off`: the language has the word, and whoever reads it knows which it is.
fn is_own_word(finding: &Finding, tree: &Tree) -> bool {
    let node = tree.get(&["bucket", "versioning"]).filter(|node| node.text() == "off");
    finding.code == Code::AmbiguousScalar && node.is_some_and(|node| finding.place == Place::Bytes(node.span()))
}
