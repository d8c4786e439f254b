//! Buckets that exist, and what exists once in an account, as profiles.
//!
//! In: templates, plans, states, what S3 says and policies of an organization, as `foreign` reads them. Out: for each bucket an
//! [`Imported`]: a profile that says what the bucket has, a list of what no profile can say, and what a proof finds to be different;
//! for an account an [`ImportedAccount`]. Never: something of the input that is in none of these; a value that is guessed.

use std::collections::{BTreeMap, BTreeSet};

use serde_json::{Map, Value, json};

use crate::compare::{self, Difference, Version};
use crate::diag::{Finding, Severity};
use crate::expr::is_open;
use crate::foreign::{Deployment, Template};
use crate::names::{AccountId, BucketName, Invalid, Region};
use crate::plan::{self, Plan};
use crate::profile::{AccountProfile, Profile};
use crate::protect::adoption::AdoptedId;
use crate::source::{Source, Tree};

mod account;
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
mod perimeter;
mod policy;
mod script;
mod settings;
mod subject;
mod write;

use draft::{Draft, add};
pub use draft::{Fate, Item};
pub use drift::{Drift, drift};
pub use script::{CALLS, script};
use subject::{Scene, Subject};

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

/// What exists once in an account and region as a profile, with the buckets that receive for it.
#[derive(Debug)]
pub struct ImportedAccount {
    /// The file that it came from.
    pub file: String,
    /// The profile as YAML.
    pub text: String,
    /// The profile.
    pub profile: AccountProfile,
    /// What it becomes.
    pub plan: Plan,
    /// What it does not express.
    pub items: Vec<Item>,
}

impl ImportedAccount {
    /// Whether the profile says all of what it takes over: its buckets are proved to be the same, everything else is.
    pub fn is_whole(&self) -> bool {
        self.items.iter().all(|item| item.fate != Fate::Lost)
    }
}

/// The profiles of some files.
#[derive(Debug, Default)]
pub struct Imports {
    /// Those of buckets.
    pub buckets: Vec<Imported>,
    /// Those of accounts.
    pub accounts: Vec<ImportedAccount>,
}

/// The profiles of some files: one for each bucket, and one for what a file has of an account. A bucket that another one's
/// profile or an account's makes for itself has none of its own.
pub fn import(inputs: &[Input<'_>], asked: &Asked) -> Result<Imports, String> {
    let with = inputs.iter().any(|input| !input.template.parameters.is_empty());
    // What a template's parameters can be may be more than what a profile lets stand in their places.
    let found = if with { read(inputs, asked, true).ok() } else { None };
    found.map_or_else(|| read(inputs, asked, false), Ok)
}

/// The same, with the parameters of templates as those of profiles or as what nobody knows.
fn read(inputs: &[Input<'_>], asked: &Asked, parameters: bool) -> Result<Imports, String> {
    let deployments: Vec<Deployment> = inputs.iter().map(|input| located(input, asked)).collect();
    let mut subjects = Vec::new();
    for (input, deployment) in inputs.iter().zip(&deployments) {
        for bucket in &input.template.buckets {
            let subject = Subject::new(scene(input, deployment, parameters), bucket);
            subjects
                .push(subject.ok_or_else(|| format!("`{}`: the name of `{}` is known only after the deployment", input.file, bucket.id))?);
        }
    }
    if let Some(twice) = subjects.iter().enumerate().find(|(at, one)| subjects.iter().take(*at).any(|other| other.name == one.name)) {
        return Err(format!("the bucket `{}` is in the input twice", twice.1.name));
    }
    let scenes: Vec<Scene<'_>> = inputs.iter().zip(&deployments).map(|(input, deployment)| scene(input, deployment, parameters)).collect();
    let mut accounts = Vec::new();
    for scene in scenes.iter().filter(|_| asked.bucket.is_none()) {
        let own: Vec<&Subject<'_>> = subjects.iter().filter(|subject| std::ptr::eq(subject.scene.template, scene.template)).collect();
        accounts.extend(account::read(scene, &own)?.map(|account| (scene, account)));
    }
    perimeter::read(&scenes, asked, &mut accounts)?;
    if subjects.is_empty() && accounts.is_empty() {
        return Err("no bucket is in the input, and nothing of an account that a profile makes as it is".to_owned());
    }
    let mut companions: Vec<String> = accounts.iter().flat_map(|(_, account)| account.buckets.clone()).collect();
    let mut drafts = Vec::new();
    for subject in subjects.iter().filter(|subject| !companions.contains(&subject.name)).collect::<Vec<_>>() {
        let others: Vec<&Subject<'_>> = subjects.iter().filter(|other| other.name != subject.name).collect();
        let of_account = accounts.iter().filter(|(scene, _)| std::ptr::eq(subject.scene.template, scene.template));
        let taken: BTreeSet<String> = of_account.flat_map(|(_, account)| account.draft.claimed.clone()).collect();
        let (draft, kept) = drafted(subject, &others, &taken, &mut companions)?;
        drafts.push((subject, draft, kept));
    }
    let wanted = |subject: &Subject<'_>| match &asked.bucket {
        Some(wanted) => subject.name == *wanted || subject.bucket.id == *wanted,
        None => !companions.contains(&subject.name),
    };
    let mut all = Imports::default();
    for (subject, draft, kept) in drafts.iter().filter(|(subject, ..)| wanted(subject)) {
        let mut more = Vec::new();
        if let Some((profile, plan)) = draft::planned(draft.value()) {
            let plan = without_identities(plan);
            let versions = Version::of_profile(&profile, &plan);
            for (id, name) in &draft.adopts {
                let there = drafts.iter().find(|(other, ..)| other.name == *name && companions.contains(name));
                more.extend(there.into_iter().flat_map(|(other, own, _)| companion::read(other, id, own, &versions, &plan)));
            }
        }
        let mut draft = draft.clone();
        draft.items.extend(more);
        all.buckets.push(finished(subject, draft, kept, asked)?);
    }
    for (scene, mut account) in accounts {
        let of_file = |subject: &Subject<'_>| std::ptr::eq(subject.scene.template, scene.template);
        let parts = subjects.iter().filter(|subject| of_file(subject)).flat_map(|subject| subject.bucket.parts.clone());
        let claims = drafts
            .iter()
            .filter(|(subject, ..)| of_file(subject))
            .flat_map(|(_, draft, _)| draft.claimed.clone().into_iter().chain(draft.key.clone()));
        apart::read(scene, &parts.chain(claims).collect(), &mut account.draft);
        all.accounts.push(account::finished(account, asked)?);
    }
    match &asked.bucket {
        Some(wanted) if all.buckets.is_empty() => Err(format!("no bucket `{wanted}` is in the input")),
        _ => Ok(all),
    }
}

/// A file as it is deployed.
fn scene<'v>(input: &Input<'v>, deployment: &'v Deployment, parameters: bool) -> Scene<'v> {
    Scene::new(input.file, input.template, deployment, parameters)
}

/// Where a file is deployed: as it says itself, as it is said beside it, or, where that makes the profile of an account, as what is
/// there is called.
fn located(input: &Input<'_>, asked: &Asked) -> Deployment {
    let known = deployment(input.template, asked);
    if asked.bucket.is_some() || (known.account.is_some() && known.region.is_some()) {
        return known;
    }
    let Some(home) = account::Home::of_account(&scene(input, &known, false)) else { return known };
    let account = known.account.clone().or(Some(home.account));
    let region = known.region.clone().or(Some(home.region));
    let there = Deployment { account, region, ..known.clone() };
    let subjects: Vec<Subject<'_>> =
        input.template.buckets.iter().filter_map(|bucket| Subject::new(scene(input, &there, false), bucket)).collect();
    let found = account::read(&scene(input, &there, false), &subjects.iter().collect::<Vec<_>>());
    // The name of a bucket alone says nothing of where it is.
    if found.is_ok_and(|account| account.is_some()) { there } else { known }
}

fn deployment(template: &Template, asked: &Asked) -> Deployment {
    let account = asked.account.as_ref().map(ToString::to_string).or_else(|| template.account.clone());
    let region = asked.region.as_ref().map(ToString::to_string).or_else(|| template.region.clone());
    // What chooses one of the buckets names none of the others.
    let chosen = |name: &String| template.buckets.iter().any(|bucket| bucket.id == *name || bucket.name.as_text() == Some(name));
    let bucket = asked.bucket.clone().filter(|name| !chosen(name));
    Deployment { account, region, bucket, ..Deployment::default() }
}

/// The name of a profile for a bucket: its own, as far as names of profiles go.
fn profile_name(bucket: &str) -> String {
    let known = bucket.parse::<BucketName>().ok().filter(BucketName::is_open).map(|name| name.known_part());
    let name: String =
        known.as_deref().unwrap_or(bucket).chars().map(|c| if c.is_ascii_lowercase() || c.is_ascii_digit() { c } else { '-' }).collect();
    if name.starts_with(|c: char| c.is_ascii_lowercase()) { name } else { format!("b-{name}").chars().take(63).collect() }
}

/// What the profile of a bucket says, and the statements that it keeps; `taken` is what an account has of the file.
fn drafted(
    subject: &Subject<'_>,
    others: &[&Subject<'_>],
    taken: &BTreeSet<String>,
    companions: &mut Vec<String>,
) -> Result<(Draft, Vec<usize>), String> {
    let (mut draft, kept, logs) = alone(subject, others)?;
    companions.extend(logs);
    companions.extend(around::read(subject, others, taken, &mut draft));
    let same_file = others.iter().filter(|other| std::ptr::eq(other.scene.template, subject.scene.template));
    let parts = same_file.flat_map(|other| &other.bucket.parts).chain(&subject.bucket.parts).chain(taken);
    apart::read(&subject.scene, &parts.cloned().collect(), &mut draft);
    Ok((draft, kept))
}

/// What the profile of a bucket says of the bucket alone, the statements that it keeps, and the companion for its access logs.
fn alone(subject: &Subject<'_>, others: &[&Subject<'_>]) -> Result<(Draft, Vec<usize>, Option<String>), String> {
    let known = subject.scene.deployment;
    let suffix = match subject.scene.place() {
        (Some(account), Some(region)) => format!("-{account}-{region}-an"),
        _ => String::new(),
    };
    let regional = subject.name.strip_suffix(suffix.as_str()).filter(|_| !suffix.is_empty());
    let short = regional.unwrap_or(&subject.name);
    let mut draft = Draft::new(&profile_name(short), short)
        .map_err(|why| format!("`{}`: the bucket `{}` cannot have a profile: {why}", subject.scene.file, subject.name))?;
    parameters::read(&subject.scene, &mut draft);
    let said = [("bucket/account", &known.account, "account"), ("bucket/region", &known.region, "region")];
    for (at, value, what) in said {
        if let Some(value) = value {
            draft.say(at, value.clone().into(), what, &subject.bucket.id);
        }
    }
    if regional.is_some() {
        draft.say("bucket/namespace", "account-regional".into(), "the namespace", &subject.bucket.id);
    }
    let is_open = is_open(&subject.name);
    if !is_open {
        draft.say("bucket/existing", true.into(), "adoption", &subject.bucket.id);
    }
    settings::read(subject, &mut draft);
    encryption::read(subject, &mut draft);
    let logs = logging::read(subject, others, &mut draft);
    policy::access_points(subject, &mut draft);
    let mut kept = policy::read(subject, &mut draft);
    subject.leftovers(&mut draft);
    if is_open {
        draft.of_many(&subject.bucket.id);
        kept.clear();
    }
    Ok((draft, kept, logs))
}

fn finished(subject: &Subject<'_>, draft: Draft, kept: &[usize], asked: &Asked) -> Result<Imported, String> {
    let file = subject.scene.file;
    let (text, items) = written(draft, file, asked)?;
    let broken = |why| format!("internal error: the profile of `{}` does not read: {why}\n{text}", subject.name);
    let (profile, plan) = read_back(&text, Profile::load, crate::lower::lower).map_err(broken)?;
    let difference = proved(subject, kept, &profile, &plan);
    Ok(Imported { file: file.to_owned(), text, profile, plan, items, difference })
}

/// The shortest text of a profile, and what it does not hold.
fn written(draft: Draft, file: &str, asked: &Asked) -> Result<(String, Vec<Item>), String> {
    let mut items = draft.items.clone();
    items.sort();
    // What an id that no profile could write tells is not known.
    let is_made = !draft::is_of_account(draft.value()) && draft.get("bucket/existing").is_none();
    let adopts: BTreeMap<String, String> =
        draft.adopts.clone().into_iter().filter(|(_, id)| !is_made && id.parse::<AdoptedId>().is_ok()).collect();
    let mut value = draft.into_value();
    parameters::settle(&mut value);
    if asked.harden {
        write::hardened(&mut value);
    }
    let mut value = minimal::minimal(value);
    let lost: Vec<Value> = items.iter().filter(|item| item.fate == Fate::Lost).map(|item| sentence(item).into()).collect();
    let mut imported = json!({ "lost": lost });
    if !adopts.is_empty() {
        add(&mut imported, "adopts", json!(adopts));
    }
    // What is made was never there, and yet something of its template can be lost.
    if !is_made || imported.pointer("/lost/0").is_some() {
        let at = if draft::is_of_account(&value) { "imported" } else { "bucket/imported" };
        draft::put(&mut value, at, imported);
    }
    let text = write::yaml(&ordered(value), file, &items)?;
    Ok((text, items))
}

/// The sections in the order in which people read them.
fn ordered(mut value: Map<String, Value>) -> Map<String, Value> {
    const ORDER: &[&str] = &[
        "version",
        "kind",
        "name",
        "description",
        "owner",
        "preset",
        "parameters",
        "account",
        "region",
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

/// A profile of either kind and its plan, as anybody reads them.
fn read_back<P>(
    text: &str,
    load: impl Fn(&Source) -> (Option<P>, Option<Tree>, Vec<Finding>),
    lower: impl Fn(&P) -> Result<Plan, Invalid>,
) -> Result<(P, Plan), String> {
    let source = Source::from_bytes("profile.yaml", text).map_err(|refused| refused.finding.message)?;
    let (profile, _, findings) = load(&source);
    let wrong = findings.iter().find(|finding| finding.severity == Severity::Error);
    match (profile, wrong) {
        (Some(profile), None) => {
            let plan = lower(&profile).map_err(|invalid| invalid.message)?;
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
