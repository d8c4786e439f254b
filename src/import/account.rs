//! An account: what exists once in it and a region, with the buckets that receive for it.
//!
//! In: a file of the input, and its buckets. Out: an [`Account`]: the draft of a profile of the kind `account`, and which
//! of the buckets are its own. Never: a bucket that its profile would make otherwise, nor an account or a region that is
//! guessed.

use std::collections::BTreeMap;

use serde_json::Value;

use super::draft::{self, Draft, Fate, Item, add};
use super::logging::retention;
use super::policy::statements;
use super::subject::{Scene, Subject};
use super::{Asked, ImportedAccount, alone, around, companion, parameters, read_back, written};
use crate::compare::Version;
use crate::foreign::Format;
use crate::names::{AccountId, BucketName, ProfileName, Region};
use crate::plan::ARCHIVE;
use crate::policy::Effect;
use crate::profile::AccountProfile;

/// What a profile of an account says, so far.
pub(super) struct Account {
    /// The file that it comes from.
    pub file: String,
    /// The profile.
    pub draft: Draft,
    /// The names of its buckets.
    pub buckets: Vec<String>,
}

/// Whose it is, and what its profile is called.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(super) struct Home {
    name: String,
    /// The account.
    pub account: String,
    /// The region.
    pub region: String,
}

/// What its own buckets are for, as their names end.
const PURPOSES: [&str; 3] = ["config", "macie", "trail"];

/// Names in which `NAME-ACCOUNT-REGION` stands, as profiles of accounts have it in all that they make.
fn named(text: &str) -> Option<Home> {
    let words: Vec<&str> = text.split('-').collect();
    let at = words.iter().position(|word| word.parse::<AccountId>().is_ok())?;
    let (before, behind) = (words.get(..at)?, words.get(at + 1..)?);
    let region = (1..=behind.len()).rev().find_map(|end| behind.get(..end)?.join("-").parse::<Region>().ok())?;
    let name: ProfileName = before.join("-").parse().ok()?;
    Some(Home { name: name.to_string(), account: (*words.get(at)?).to_owned(), region: region.to_string() })
}

impl Home {
    /// The name of one of its buckets.
    fn bucket(&self, purpose: &str) -> Option<String> {
        let (name, account, region) = (self.name.parse().ok()?, self.account.parse().ok()?, self.region.parse().ok()?);
        Some(BucketName::of_account(&name, &account, &region).companion(purpose, BucketName::MAX).to_string())
    }

    /// Whose a file is, where something in it says that it is an account's: Block Public Access of it, buckets that are called as
    /// those of a profile are, or the lack of any bucket.
    pub(super) fn of_account(scene: &Scene<'_>) -> Option<Self> {
        let buckets = &scene.template.buckets;
        let names: Vec<String> =
            buckets.iter().filter_map(|bucket| scene.environment().text(&bucket.name)).map(|name| name.into_owned()).collect();
        let (mut called, arns) = around::names(scene);
        called.extend(names.iter().cloned());
        let home = Self::of(scene, &called, &arns)?;
        let own = PURPOSES.iter().filter_map(|purpose| home.bucket(purpose)).any(|name| names.contains(&name));
        (own || buckets.is_empty() || blocks(scene)).then_some(home)
    }

    /// Whose the file is: as most names in it say, as it is said beside it, or as ARNs in it do.
    fn of(scene: &Scene<'_>, names: &[String], arns: &[String]) -> Option<Self> {
        let known = scene.deployment;
        let agrees = |home: &Self| {
            known.account.as_ref().is_none_or(|account| *account == home.account)
                && known.region.as_ref().is_none_or(|region| *region == home.region)
        };
        let most = |all: Vec<Self>| {
            let mut counts: BTreeMap<Self, usize> = BTreeMap::new();
            all.into_iter().for_each(|home| *counts.entry(home).or_default() += 1);
            counts.into_iter().max_by_key(|(_, count)| *count).map(|(home, _)| home)
        };
        let called = names.iter().filter_map(|name| named(name)).filter(agrees).collect();
        let owned = |arn: &String| {
            let parts: Vec<&str> = arn.split(':').collect();
            let [_, _, _, region, account, ..] = parts.as_slice() else { return None };
            let (region, account) = (region.parse::<Region>().ok()?, account.parse::<AccountId>().ok()?);
            Some(Self { name: format!("account-{account}"), account: account.to_string(), region: region.to_string() })
        };
        let said = || {
            let (account, region) = (known.account.clone()?, known.region.clone()?);
            Some(Self { name: format!("account-{account}"), account, region })
        };
        most(called).or_else(said).or_else(|| most(arns.iter().filter_map(owned).filter(agrees).collect()))
    }
}

/// What S3 delivers access logs into, as the profile of an account would say it.
fn archive(subject: &Subject<'_>) -> Option<Value> {
    let document = subject.bucket.policy.as_ref()?.document.as_ref().ok()?;
    let all = statements(document, subject.environment(), &subject.policy_place());
    let delivers =
        all.iter().find(|one| one.effect == Effect::Allow && one.acts("s3:PutObject") && one.serves("logging.s3.amazonaws.com"))?;
    let mut value = serde_json::json!({ "name": subject.name });
    add(&mut value, "retain_days", retention(subject).map_or_else(|| "never".into(), Value::from));
    let from = delivers.values("ArnLike", "aws:SourceArn").unwrap_or_default();
    let names: Vec<&str> = from.iter().filter_map(|arn| arn.split(":s3:::").nth(1)).filter(|name| *name != "*").collect();
    if !names.is_empty() {
        add(&mut value, "from", names);
    }
    Some(value)
}

/// Whether Block Public Access of the account is in the file.
fn blocks(scene: &Scene<'_>) -> bool {
    scene.template.resources.iter().any(|resource| resource.kind == around::BLOCK)
}

/// Whether one of the buckets is the companion of another: what it is for stands behind that one's name.
fn of_another(subject: &Subject<'_>, own: &[&Subject<'_>]) -> bool {
    own.iter().any(|other| subject.name.strip_prefix(other.name.as_str()).is_some_and(|rest| rest.starts_with('-')))
}

/// The account of a file, where there is something of one in it.
pub(super) fn read(scene: &Scene<'_>, own: &[&Subject<'_>]) -> Result<Option<Account>, String> {
    if scene.template.format == Format::Live {
        return Ok(None);
    }
    let (mut names, arns) = around::names(scene);
    names.extend(own.iter().map(|subject| subject.name.clone()));
    let (blocks, watched) = (blocks(scene), around::is_any(scene));
    let Some(home) = Home::of(scene, &names, &arns) else {
        let whose = || format!("the account and region of `{}` are not known: give them with `--account` and `--region`", scene.file);
        return if own.is_empty() && watched { Err(whose()) } else { Ok(None) };
    };
    let called = |subject: &&&Subject<'_>| PURPOSES.iter().any(|purpose| home.bucket(purpose).as_ref() == Some(&subject.name));
    let receivers: Vec<&Subject<'_>> = own.iter().filter(called).filter(|subject| !of_another(subject, own)).copied().collect();
    let others: Vec<&Subject<'_>> = own.iter().filter(|one| !receivers.iter().any(|other| other.name == one.name)).copied().collect();
    // A bucket for access logs beside buckets that have profiles is one of those, unless something else is the account's.
    if !blocks && receivers.is_empty() && !matches!((own, watched), ([], true) | ([_], _)) {
        return Ok(None);
    }
    let mut draft = Draft::new_of_account(&home.name, &home.account, &home.region)
        .map_err(|why| format!("`{}`: the account cannot have a profile: {why}", scene.file))?;
    parameters::read(scene, &mut draft);
    if let Some(owner) = around::owner(scene) {
        draft.say("owner", owner.into(), "the tag `owner`", scene.file);
    }
    let archive = archived(&others, own, &mut draft);
    // A bucket that is neither is the only one, and has a profile of its own.
    if !blocks && receivers.is_empty() && archive.is_none() && !own.is_empty() {
        return Ok(None);
    }
    let of_account: Vec<&Subject<'_>> = receivers.iter().copied().chain(archive).collect();
    let made = around::read_of_account(scene, &of_account, &mut draft);
    for subject in receivers.iter().filter(|subject| made.contains(&subject.name)) {
        let id = draft.adopts.iter().find(|(_, name)| **name == subject.name).map(|(id, _)| id.clone());
        let items = id.map(|id| differs(subject, &id, own, &draft)).transpose()?;
        draft.items.extend(items.unwrap_or_default());
    }
    if archive.is_none() && made.is_empty() && draft.claimed.is_empty() {
        return Ok(None);
    }
    absent(scene, blocks, &mut draft);
    let buckets = archive.map(|subject| subject.name.clone()).into_iter().chain(made).collect();
    Ok(Some(Account { file: scene.file.to_owned(), draft, buckets }))
}

/// The bucket that receives access logs and is in every respect what the profile makes for that.
fn archived<'s, 'v>(others: &[&'s Subject<'v>], own: &[&Subject<'_>], draft: &mut Draft) -> Option<&'s Subject<'v>> {
    for subject in others {
        let Some(value) = archive(subject) else { continue };
        let mut tried = draft.clone();
        let is_taken = tried.set("logging/archive", value).is_ok();
        if is_taken && differs(subject, ARCHIVE.as_str(), own, &tried).is_ok_and(|items| items.is_empty()) {
            tried.adopts.insert(ARCHIVE.to_string(), subject.name.clone());
            *draft = tried;
            return Some(subject);
        }
    }
    None
}

/// What the profile would change of one of the buckets.
fn differs(subject: &Subject<'_>, id: &str, own: &[&Subject<'_>], draft: &Draft) -> Result<Vec<Item>, String> {
    let others: Vec<&Subject<'_>> = own.iter().filter(|other| other.name != subject.name).copied().collect();
    let profile = draft::of_account(draft.value())?;
    let plan = crate::lower::account(&profile).map_err(|invalid| invalid.message)?;
    let (alone, ..) = alone(subject, &others)?;
    Ok(companion::read(subject, id, &alone, &Version::of_account(&profile, &plan), &plan))
}

/// Says what the file does not hold, whether or not the account has it.
fn absent(scene: &Scene<'_>, blocks: bool, draft: &mut Draft) {
    let place = || scene.file.to_owned();
    if !blocks {
        let why = match scene.template.format {
            Format::CloudFormation => "CloudFormation has no resource for it; the profile switches all of it on",
            _ => "it is not in the input; the profile switches all of it on",
        };
        let remedy = "see what `aws s3control get-public-access-block` says before you follow the runbook";
        draft.item(Fate::Apart, "Block Public Access of the account", place(), why, remedy);
    }
    if scene.template.format == Format::CloudFormation && draft.get("monitoring/macie").is_some() {
        let why = "CloudFormation has no resources for them";
        let remedy = "see what `aws macie2 list-classification-jobs` says, and write `monitoring.macie.job`";
        draft.item(Fate::Apart, "jobs of Macie", place(), why, remedy);
    }
}

/// An account of which nothing else is known, where it is said to be.
pub(super) fn bare(scene: &Scene<'_>, account: &AccountId, region: &Region) -> Result<Account, String> {
    let mut draft = Draft::new_of_account(&format!("account-{account}"), account.as_str(), region.as_str())?;
    absent(scene, false, &mut draft);
    Ok(Account { file: scene.file.to_owned(), draft, buckets: Vec::new() })
}

/// The profile, written and read back.
pub(super) fn finished(account: Account, asked: &Asked) -> Result<ImportedAccount, String> {
    let Account { file, draft, .. } = account;
    let (text, items) = written(draft, &file, asked)?;
    let broken = |why| format!("internal error: the profile of the account of `{file}` does not read: {why}\n{text}");
    let (profile, plan) = read_back(&text, AccountProfile::load, crate::lower::account).map_err(broken)?;
    Ok(ImportedAccount { file, text, profile, plan, items })
}
