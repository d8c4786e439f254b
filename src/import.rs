//! Buckets that exist, as profiles.
//!
//! In: templates, plans, states and what S3 says, as `foreign` reads them. Out: for each bucket an [`Imported`]: a profile that
//! says what the bucket has, a list of what no profile can say, and what a proof finds to be different. Never: something of
//! the input that is in neither; a value that is guessed.

use std::collections::BTreeMap;

use serde_json::{Map, Value, json};

use crate::compare::{self, Difference, Version};
use crate::foreign::{Deployment, Template};
use crate::names::{AccountId, Region};
use crate::plan::{self, Plan};
use crate::profile::Profile;
use crate::protect::adoption::AdoptedId;
use crate::source::Source;

mod apart;
mod around;
mod companion;
mod draft;
mod drift;
mod encryption;
mod lens;
mod logging;
mod minimal;
mod parameters;
mod policy;
mod script;
mod settings;
mod subject;
mod write;

use draft::{Draft, add};
pub use draft::{Fate, Item};
pub use drift::{Drift, drift};
pub use script::{CALLS, script};
use subject::Subject;

/// A file of the input.
#[derive(Clone, Copy, Debug)]
pub struct Input<'a> {
    /// What it is called.
    pub file: &'a str,
    /// What it holds.
    pub template: &'a Template,
}

/// What is known beside the input, and how it is taken.
#[derive(Clone, Debug, Default)]
pub struct Asked {
    /// The account that owns the buckets, where the input does not say it.
    pub account: Option<AccountId>,
    /// The region, where the input does not say it.
    pub region: Option<Region>,
    /// The only bucket that is wanted, by its name or id.
    pub bucket: Option<String>,
    /// Whether what is weaker than a profile is by itself is left out.
    pub harden: bool,
}

/// A bucket as a profile.
#[derive(Debug)]
pub struct Imported {
    /// The file that it came from.
    pub file: String,
    /// The profile as YAML.
    pub text: String,
    /// The profile.
    pub profile: Profile,
    /// What it becomes.
    pub plan: Plan,
    /// What it does not express.
    pub items: Vec<Item>,
    /// Access and settings before and after, but for what is kept.
    pub difference: Difference,
}

impl Imported {
    /// Whether the profile says all that the bucket has, and nothing else.
    pub fn is_whole(&self) -> bool {
        self.items.iter().all(|item| item.fate != Fate::Lost) && self.difference.verdict() == compare::Verdict::Neutral
    }
}

/// The profiles of the buckets of some files. A bucket that another one's profile makes for itself has none of its own.
pub fn import(inputs: &[Input<'_>], asked: &Asked) -> Result<Vec<Imported>, String> {
    let with = inputs.iter().any(|input| !input.template.parameters.is_empty());
    // What a template's parameters can be may be more than what a profile lets stand in their places.
    let found = if with { read(inputs, asked, true).ok() } else { None };
    found.map_or_else(|| read(inputs, asked, false), Ok)
}

/// The same, with the parameters of templates as those of profiles or as what nobody knows.
fn read(inputs: &[Input<'_>], asked: &Asked, parameters: bool) -> Result<Vec<Imported>, String> {
    let deployments: Vec<Deployment> = inputs.iter().map(|input| deployment(input.template, asked)).collect();
    let mut subjects = Vec::new();
    for (input, deployment) in inputs.iter().zip(&deployments) {
        for bucket in &input.template.buckets {
            let subject = Subject::new(input.file, input.template, bucket, deployment, parameters);
            subjects
                .push(subject.ok_or_else(|| format!("`{}`: the name of `{}` is known only after the deployment", input.file, bucket.id))?);
        }
    }
    if subjects.is_empty() {
        return Err("no bucket is in the input".to_owned());
    }
    if let Some(twice) = subjects.iter().enumerate().find(|(at, one)| subjects.iter().take(*at).any(|other| other.name == one.name)) {
        return Err(format!("the bucket `{}` is in the input twice", twice.1.name));
    }
    let mut companions = Vec::new();
    let mut drafts = Vec::new();
    for subject in &subjects {
        let others: Vec<&Subject<'_>> = subjects.iter().filter(|other| other.name != subject.name).collect();
        let (draft, kept) = drafted(subject, &others, &mut companions)?;
        drafts.push((subject, draft, kept));
    }
    let wanted = |subject: &Subject<'_>| match &asked.bucket {
        Some(wanted) => subject.name == *wanted || subject.bucket.id == *wanted,
        None => !companions.contains(&subject.name),
    };
    let mut all = Vec::new();
    for (subject, draft, kept) in drafts.iter().filter(|(subject, ..)| wanted(subject)) {
        let mut more = Vec::new();
        if let Some((profile, plan)) = draft::planned(draft.value()) {
            let plan = without_identities(plan);
            for (id, name) in &draft.adopts {
                let there = drafts.iter().find(|(other, ..)| other.name == *name && companions.contains(name));
                more.extend(there.into_iter().flat_map(|(other, own, _)| companion::read(other, id, own, &profile, &plan)));
            }
        }
        let mut draft = draft.clone();
        draft.items.extend(more);
        all.push(finished(subject, draft, kept, asked)?);
    }
    match &asked.bucket {
        Some(wanted) if all.is_empty() => Err(format!("no bucket `{wanted}` is in the input")),
        _ => Ok(all),
    }
}

fn deployment(template: &Template, asked: &Asked) -> Deployment {
    let account = asked.account.as_ref().map(ToString::to_string).or_else(|| template.account.clone());
    let region = asked.region.as_ref().map(ToString::to_string).or_else(|| template.region.clone());
    Deployment { account, region, bucket: asked.bucket.clone(), ..Deployment::default() }
}

/// The name of a profile for a bucket: its own, as far as names of profiles go.
fn profile_name(bucket: &str) -> String {
    let name: String = bucket.chars().map(|c| if c.is_ascii_lowercase() || c.is_ascii_digit() { c } else { '-' }).collect();
    if name.starts_with(|c: char| c.is_ascii_lowercase()) { name } else { format!("b-{name}").chars().take(63).collect() }
}

/// What the profile of a bucket says, and the statements that it keeps.
fn drafted(subject: &Subject<'_>, others: &[&Subject<'_>], companions: &mut Vec<String>) -> Result<(Draft, Vec<usize>), String> {
    let known = subject.deployment;
    let suffix = match (&known.account, &known.region) {
        (Some(account), Some(region)) => format!("-{account}-{region}-an"),
        _ => String::new(),
    };
    let regional = subject.name.strip_suffix(suffix.as_str()).filter(|_| !suffix.is_empty());
    let short = regional.unwrap_or(&subject.name);
    let mut draft = Draft::new(&profile_name(short), short)
        .map_err(|why| format!("`{}`: the bucket `{}` cannot have a profile: {why}", subject.file, subject.name))?;
    parameters::read(subject, &mut draft);
    let said = [("bucket/account", &known.account, "account"), ("bucket/region", &known.region, "region")];
    for (at, value, what) in said {
        if let Some(value) = value {
            draft.say(at, value.clone().into(), what, &subject.bucket.id);
        }
    }
    if regional.is_some() {
        draft.say("bucket/namespace", "account-regional".into(), "the namespace", &subject.bucket.id);
    }
    draft.say("bucket/existing", true.into(), "adoption", &subject.bucket.id);
    settings::read(subject, &mut draft);
    encryption::read(subject, &mut draft);
    companions.extend(logging::read(subject, others, &mut draft));
    policy::access_points(subject, &mut draft);
    let kept = policy::read(subject, &mut draft);
    subject.leftovers(&mut draft);
    companions.extend(around::read(subject, others, &mut draft));
    apart::read(subject, others, &mut draft);
    Ok((draft, kept))
}

fn finished(subject: &Subject<'_>, draft: Draft, kept: &[usize], asked: &Asked) -> Result<Imported, String> {
    let mut items = draft.items.clone();
    items.sort();
    // What an id that no profile could write tells is not known.
    let adopts: BTreeMap<String, String> = draft.adopts.clone().into_iter().filter(|(_, id)| id.parse::<AdoptedId>().is_ok()).collect();
    let mut value = draft.into_value();
    parameters::settle(&mut value);
    if asked.harden {
        write::hardened(&mut value);
    }
    let mut value = ordered(minimal::minimal(value));
    let lost: Vec<Value> = items.iter().filter(|item| item.fate == Fate::Lost).map(|item| sentence(item).into()).collect();
    if let Some(Value::Object(bucket)) = value.get_mut("bucket") {
        let mut imported = json!({ "lost": lost });
        if !adopts.is_empty() {
            add(&mut imported, "adopts", json!(adopts));
        }
        bucket.insert("imported".to_owned(), imported);
    }
    let text = write::yaml(&value, subject.file, &items)?;
    let (profile, plan) =
        read_back(&text).map_err(|why| format!("internal error: the profile of `{}` does not read: {why}\n{text}", subject.name))?;
    let difference = proved(subject, kept, &profile, &plan);
    Ok(Imported { file: subject.file.to_owned(), text, profile, plan, items, difference })
}

/// The sections in the order in which people read them.
fn ordered(mut value: Map<String, Value>) -> Map<String, Value> {
    const ORDER: &[&str] = &[
        "version",
        "name",
        "description",
        "owner",
        "preset",
        "parameters",
        "bucket",
        "public_access",
        "transport",
        "network",
        "encryption",
        "grants",
        "denies",
        "access_points",
        "mfa",
        "presigned_urls",
        "logging",
        "monitoring",
    ];
    let mut whole = Map::new();
    for key in ORDER {
        whole.extend(value.shift_remove(*key).map(|inner| ((*key).to_owned(), inner)));
    }
    whole.extend(value);
    whole
}

/// An item as a sentence that a profile can hold.
fn sentence(item: &Item) -> String {
    let text = format!("{}, at {}: {}", item.what, item.at, item.why);
    let clean: String = text.chars().map(|c| if c.is_control() { ' ' } else { c }).collect();
    let clean = clean.replace("${", "$ {").replace("%{", "% {").replace("{{resolve", "{ {resolve");
    // Sentences of profiles have 1,024 bytes at most, and a character up to four.
    clean
        .chars()
        .scan(0, |size, c| {
            *size += c.len_utf8();
            (*size <= 1_000).then_some(c)
        })
        .collect()
}

fn read_back(text: &str) -> Result<(Profile, Plan), String> {
    let source = Source::from_bytes("profile.yaml", text).map_err(|refused| refused.finding.message)?;
    let (profile, _, findings) = Profile::load(&source);
    let wrong = findings.iter().find(|finding| finding.severity == crate::diag::Severity::Error);
    match (profile, wrong) {
        (Some(profile), None) => {
            let plan = crate::lower::lower(&profile).map_err(|invalid| invalid.message)?;
            Ok((profile, plan))
        }
        (_, Some(finding)) => Err(finding.message.clone()),
        (None, None) => Err("it is no profile".to_owned()),
    }
}

/// A plan without policies of identities: those are held against each other where they are read, value by value.
fn without_identities(mut plan: Plan) -> Plan {
    plan.resources.retain(|resource| !matches!(resource.kind, plan::Kind::ManagedPolicy(_)));
    plan
}

/// What is different, but for what the profile keeps.
fn proved(subject: &Subject<'_>, kept: &[usize], profile: &Profile, plan: &Plan) -> Difference {
    let mut bucket = subject.bucket.clone();
    if let Some(document) = bucket.policy.as_mut().and_then(|policy| policy.document.as_mut().ok()) {
        let mut at = 0;
        document.statements.retain(|_| {
            at += 1;
            !kept.contains(&(at - 1))
        });
    }
    let old = subject::served(subject, &bucket).without_settings();
    let plan = without_identities(plan.clone());
    let new = Version::of_profile(profile, &plan).into_iter().next().map(Version::without_settings);
    let mut difference = new.map_or_else(|| compare::between(&old, &old), |new| compare::between(&old, &new));
    difference.assumed.push(subject::SERVED.to_owned());
    difference
}
