//! The sections that a profile may have for what is around a bucket or belongs to an account, as far as what is there tells them.
//!
//! In: what is there. Out: for each section the values that it may have. Never: whether one of them is right; that is tried.

use serde_json::{Map, Value, json};

use super::{Around, BLOCK, CONFIG, EXPORT, JOB, MACIE, TRAIL, There, Tried};
use crate::import::draft::{Draft, add};
use crate::import::lens::Lens;
use crate::import::logging::{base, companion, retention};
use crate::import::policy::iam;
use crate::import::settings::switches;
use crate::import::subject::Subject;
use crate::protect::alerts::Event;

/// What could stand in a profile.
pub(super) type Section = fn(&Around<'_>, &Draft) -> Vec<Tried>;

/// Of a bucket, in the order in which they are tried: alerts are about what the others make.
pub(super) const OF_BUCKET: &[Section] = &[grants, cloudtrail, config, analyzers, guardduty, macie, looks, alerts];

/// Of an account: the trail leaves out the buckets that the others make, and so does the job of Macie.
pub(super) const OF_ACCOUNT: &[Section] = &[public_access, macie, config, cloudtrail, looks, analyzers, guardduty, alerts];

/// Events that alerts are about; what of them is refused is refused by the alarm.
const EVENTS: [Event; 9] = [
    Event::PolicyChange,
    Event::AclChange,
    Event::PublicAccessChange,
    Event::EncryptionChange,
    Event::LoggingChange,
    Event::MacieFinding,
    Event::AnalyzerFinding,
    Event::ConfigNoncompliant,
    Event::GuarddutyFinding,
];

/// The companion of a purpose among the other buckets.
fn among<'v>(around: &Around<'v>, draft: &Draft, purpose: &str) -> Option<&'v Subject<'v>> {
    let name = companion(draft, purpose)?;
    around.others.iter().copied().find(|other| other.name == name)
}

fn values<'a>(there: &'a There<'_>, key: &'a str) -> impl Iterator<Item = &'a str> {
    there.leaves.iter().filter(move |leaf| leaf.key == key).map(|leaf| leaf.value.as_str())
}

/// Policies of IAM that give something on the bucket, all together and each by itself.
fn grants(around: &Around<'_>, draft: &Draft) -> Vec<Tried> {
    let Some(subject) = around.subject else { return Vec::new() };
    let own = || draft.get("grants").and_then(Value::as_array).cloned().unwrap_or_default();
    let found: Vec<Value> = around.of("AWS::IAM::ManagedPolicy").flat_map(|there| iam::grants(subject, &there.parts)).collect();
    if found.is_empty() {
        return Vec::new();
    }
    let with = |more: &[Value]| Value::Array([own().as_slice(), more].concat());
    let each = found.iter().map(|grant| with(std::slice::from_ref(grant)));
    vec![("grants", None, std::iter::once(with(&found)).chain(each).collect())]
}

/// Block Public Access of an account.
fn public_access(around: &Around<'_>, _: &Draft) -> Vec<Tried> {
    let blocks = around.of(BLOCK).filter_map(|there| there.parts.first());
    vec![("public_access/block", None, blocks.map(|block| switches(Some(&around.scene.on(block)))).collect())]
}

fn cloudtrail(around: &Around<'_>, draft: &Draft) -> Vec<Tried> {
    let mut alternatives = Vec::new();
    for trail in around.of("AWS::CloudTrail::Trail") {
        let has = |key: &str| trail.leaves.iter().any(|leaf| leaf.key == key && !leaf.value.is_empty());
        let made = among(around, draft, "trail");
        // That of an account has a bucket of its own.
        if around.is_of_account() && made.is_none() {
            continue;
        }
        let to = made.map_or_else(|| trail.text("s3bucketname").unwrap_or_default().to_owned(), |_| "create".to_owned());
        let mut base = json!({ "trail": "create", "log_group": has("cloudwatchlogsloggrouparn") || has("cloudwatchlogsgrouparn"), "insights": has("insighttype") });
        if !around.is_of_account() {
            add(&mut base, "to", to);
        }
        if let Some(made) = made {
            add(&mut base, "retain_days", retention(made).map_or_else(|| "never".into(), Value::from));
        }
        let keys = if has("kmskeyid") { vec![json!(true), json!(around.said(trail, &["KMSKeyId"]))] } else { vec![json!(false)] };
        for kms in keys {
            for events in ["all", "write", "read"] {
                for management in [false, true] {
                    let mut one = base.clone();
                    add(&mut one, "kms", kms.clone());
                    add(&mut one, "events", events);
                    add(&mut one, "management", management);
                    alternatives.push(one);
                }
            }
        }
    }
    vec![("logging/cloudtrail", Some(TRAIL), alternatives)]
}

fn config(around: &Around<'_>, _: &Draft) -> Vec<Tried> {
    let rules: Vec<String> = around
        .of("AWS::Config::ConfigRule")
        .filter_map(|rule| Some(rule.text("sourceidentifier")?.to_ascii_lowercase().replace('_', "-")))
        .collect();
    if rules.is_empty() {
        return Vec::new();
    }
    let recorder = if around.of("AWS::Config::ConfigurationRecorder").next().is_some() { "create" } else { "existing" };
    let remedies: &[&str] = if around.is_of_account() { &["public-access"] } else { &["public-access", "encryption", "logging"] };
    let mut alternatives = Vec::new();
    for rules in [json!("auto"), json!(rules)] {
        for set in (0..1_u32 << remedies.len()).rev() {
            let remedies = remedies.iter().enumerate().filter(|(at, _)| set & (1 << at) != 0);
            let remedies: Vec<&str> = remedies.map(|(_, word)| *word).collect();
            let mut one = json!({ "rules": rules, "recorder": recorder });
            if !remedies.is_empty() {
                add(&mut one, "remediate", remedies);
            }
            alternatives.push(one);
        }
    }
    vec![("monitoring/config", Some(CONFIG), alternatives)]
}

fn analyzers(around: &Around<'_>, draft: &Draft) -> Vec<Tried> {
    let types: Vec<&str> = around.of("AWS::AccessAnalyzer::Analyzer").flat_map(|there| values(there, "type")).collect();
    if types.is_empty() {
        return Vec::new();
    }
    let kind = |name: &str| match name {
        name if name.ends_with("UNUSED_ACCESS") => "unused",
        name if name.ends_with("INTERNAL_ACCESS") => "internal",
        _ => "external",
    };
    let scope = if types.iter().any(|name| name.starts_with("ORGANIZATION")) { "organization" } else { "account" };
    // A rule that archives findings about a grant ends in its name.
    let rules: Vec<&str> = around.of("AWS::AccessAnalyzer::Analyzer").flat_map(|there| values(there, "rulename")).collect();
    let grants = draft.get("grants").and_then(Value::as_array).into_iter().flatten().filter_map(|grant| grant.get("name")?.as_str());
    let archive: Vec<&str> = grants.filter(|name| rules.iter().any(|rule| rule.ends_with(&format!("-{name}")))).collect();
    let mut one = json!({ "analyzer": "create", "scope": scope, "kinds": types.iter().map(|name| kind(name)).collect::<Vec<_>>() });
    let plain = one.clone();
    add(&mut one, "archive", archive);
    vec![("monitoring/access_analyzer", None, vec![one, plain])]
}

fn guardduty(around: &Around<'_>, _: &Draft) -> Vec<Tried> {
    let (made, scanned) = (around.of("AWS::GuardDuty::Detector").next(), around.of("AWS::GuardDuty::MalwareProtectionPlan").next());
    if made.is_none() && scanned.is_none() {
        return Vec::new();
    }
    let detector = if made.is_some() { "create" } else { "existing" };
    let one = |protection: bool, scan: bool| json!({ "detector": detector, "s3_protection": protection, "malware_scan": scan });
    let all: Vec<Value> = if around.is_of_account() {
        [true, false].map(|protection| json!({ "detector": detector, "s3_protection": protection })).into()
    } else {
        [(true, true), (true, false), (false, true), (false, false)].map(|(protection, scan)| one(protection, scan)).into()
    };
    vec![("monitoring/guardduty", None, all)]
}

fn macie(around: &Around<'_>, draft: &Draft) -> Vec<Tried> {
    let session = around.of("AWS::Macie::Session").next();
    let own: Vec<&There<'_>> = around.of("AWS::Macie::CustomDataIdentifier").collect();
    let ignored: Vec<Value> = around.of("AWS::Macie::AllowList").map(allow_list).collect();
    if session.is_none() && own.is_empty() && ignored.is_empty() {
        return Vec::new();
    }
    let identifiers: Vec<Value> = own
        .into_iter()
        .map(|there| {
            let mut one = json!({ "name": there.text("name"), "regex": there.text("regex") });
            for (key, word) in [("keyword", "keywords"), ("ignoreword", "ignore")] {
                let all: Vec<&str> = values(there, key).collect();
                if !all.is_empty() {
                    add(&mut one, word, all);
                }
            }
            let distance = there.text("maximummatchdistance").and_then(|distance| distance.parse::<u32>().ok());
            if let Some(distance) = distance {
                add(&mut one, "distance", distance);
            }
            one
        })
        .collect();
    let mut one = json!({ "session": if session.is_some() { "create" } else { "existing" } });
    if !identifiers.is_empty() {
        add(&mut one, "custom_identifiers", identifiers);
    }
    if !ignored.is_empty() {
        add(&mut one, "allow_lists", ignored);
    }
    let mut kept = vec![one.clone()];
    if among(around, draft, "macie").is_some() {
        add(&mut one, "export_to", "create");
        kept = vec![one];
    } else if let Some(there) = around.of(EXPORT).next() {
        let with = |key: Value| {
            let mut one = one.clone();
            add(&mut one, "export_to", json!(there.text("bucketname")));
            add(&mut one, "export_key", key);
            one
        };
        let key = around.said(there, &["S3Destination", "KMSKeyArn"]);
        kept = vec![with("create".into()), with(json!(key)), one.clone()];
    }
    let publish = |one: &Value, word: &str| {
        let mut one = one.clone();
        add(&mut one, "publish", word);
        one
    };
    let all = kept.iter().flat_map(|one| std::iter::once(one.clone()).chain(["15m", "1h", "6h"].map(|word| publish(one, word))));
    vec![("monitoring/macie", Some(MACIE), all.collect())]
}

/// A list of text that is no finding.
fn allow_list(there: &There<'_>) -> Value {
    let text = match there.text("regex") {
        Some(regex) => json!({ "regex": regex }),
        None => json!({ "words": { "bucket": there.text("bucketname"), "key": there.text("objectkey") } }),
    };
    json!({ "name": there.text("name"), "text": text })
}

/// What Macie looks into: a job, which only Terraform holds, and every bucket of the account, which a rule of AWS Config tells.
fn looks(around: &Around<'_>, draft: &Draft) -> Vec<Tried> {
    let Some(section) = draft.get("monitoring/macie") else { return Vec::new() };
    let jobs = around.of(JOB).filter_map(|there| Some(job(&around.scene.on(there.parts.first()?))));
    let mut all = Vec::new();
    for job in jobs.map(Some).chain([None]) {
        for discovery in [false, true] {
            let mut one = section.clone();
            if let Some(job) = &job {
                add(&mut one, "job", job.clone());
            }
            add(&mut one, "automated_discovery", discovery);
            all.push(one);
        }
    }
    vec![("monitoring/macie", None, all)]
}

/// A job of Terraform's as a profile has it.
fn job(found: &Lens<'_>) -> Value {
    let at = |keys: &[&str]| keys.iter().try_fold(found.clone(), |lens, key| lens.peek(key));
    let text = |keys: &[&str]| at(keys).and_then(|lens| lens.word());
    let schedule = match () {
        () if text(&["ScheduleFrequency", "WeeklySchedule"]).is_some() => "weekly",
        () if text(&["ScheduleFrequency", "MonthlySchedule"]).is_some_and(|day| day != "0") => "monthly",
        () if text(&["ScheduleFrequency", "DailySchedule"]).as_deref() == Some("true") => "daily",
        () => "once",
    };
    let mut one = json!({ "schedule": schedule });
    if let Some(sampling) = text(&["SamplingPercentage"]).and_then(|number| number.parse::<u32>().ok()) {
        add(&mut one, "sampling", sampling);
    }
    for (list, word) in [("Includes", "include"), ("Excludes", "exclude")] {
        let terms = at(&["S3JobDefinition", "Scoping", list, "And"]).map(|terms| objects(&terms)).unwrap_or_default();
        if !terms.is_empty() {
            add(&mut one, word, terms);
        }
    }
    one
}

/// Objects by the terms of a job; a term that no profile has is none, so that the job is another one.
fn objects(terms: &Lens<'_>) -> Map<String, Value> {
    let mut all = Map::new();
    for term in terms.items() {
        let simple = term.peek("SimpleScopeTerm").unwrap_or_else(|| term.clone());
        let word = |key: &str| simple.peek(key).and_then(|lens| lens.word()).unwrap_or_default();
        let values: Vec<String> =
            simple.peek("Values").map(|list| list.items().iter().filter_map(Lens::word).collect()).unwrap_or_default();
        let bytes = || values.first().and_then(|text| text.parse::<u64>().ok()).map(Value::from).unwrap_or_default();
        match (word("Key").as_str(), word("Comparator").as_str()) {
            ("OBJECT_KEY", "STARTS_WITH") => drop(all.insert("prefixes".to_owned(), values.into())),
            ("OBJECT_EXTENSION", "EQ") => drop(all.insert("extensions".to_owned(), values.into())),
            ("OBJECT_SIZE", "GTE") => drop(all.insert("min_bytes".to_owned(), bytes())),
            ("OBJECT_SIZE", "LTE") => drop(all.insert("max_bytes".to_owned(), bytes())),
            _ => {}
        }
        let Some(tags) = term.peek("TagScopeTerm").and_then(|tag| tag.peek("TagValues")) else { continue };
        for tag in tags.items() {
            let text = |key: &str| tag.peek(key).and_then(|lens| lens.word());
            if let (Some(key), Value::Object(known)) = (text("Key"), all.entry("tags").or_insert_with(|| json!({}))) {
                known.insert(key, text("Value").unwrap_or_default().into());
            }
        }
    }
    all
}

/// Alerts that are called after the bucket or account; those of others, where all of them are its own.
fn alerts(around: &Around<'_>, draft: &Draft) -> Vec<Tried> {
    let name = base(draft).map(|name| name.to_string()).unwrap_or_default();
    let own = |there: &There<'_>| there.leaves.iter().any(|leaf| leaf.value.contains(&name));
    let all = [alerting(around, &own), alerting(around, &|_| true)];
    vec![("monitoring/alerts", None, all.into_iter().flatten().collect())]
}

/// The alerts that some of what is there makes.
fn alerting(around: &Around<'_>, own: &dyn Fn(&There<'_>) -> bool) -> Option<Value> {
    let of = |kind: &'static str| around.of(kind).filter(|there| own(there));
    let ends = |kind: &'static str, word: &str| {
        of(kind).any(|there| values(there, "name").chain(values(there, "alarmname")).any(|name| name.ends_with(word)))
    };
    let mut on: Vec<&str> = EVENTS.iter().map(|event| event.word()).filter(|word| ends("AWS::Events::Rule", word)).collect();
    on.extend(Some(Event::AccessDeniedBurst.word()).filter(|word| ends("AWS::CloudWatch::Alarm", word)));
    if on.is_empty() {
        return None;
    }
    let mut to: Vec<Value> = Vec::new();
    if of("AWS::SNS::Topic").next().is_some() {
        to.push(json!({ "sns": "create" }));
    }
    let topics: Vec<String> =
        of("AWS::SNS::Topic").filter_map(|topic| Some(format!(":{}", topic.text("topicname").or(topic.text("name"))?))).collect();
    for arn in of("AWS::Events::Rule").flat_map(|rule| values(rule, "arn")) {
        let word = match arn.split(':').nth(2) {
            Some("lambda") => "lambda",
            Some("sns") if !topics.iter().any(|topic| arn.ends_with(topic)) => "sns",
            _ => continue,
        };
        let one = json!({ word: arn });
        if !to.contains(&one) {
            to.push(one);
        }
    }
    let mails = of("AWS::SNS::Subscription").filter(|there| there.text("protocol") == Some("email"));
    to.extend(mails.filter_map(|there| Some(json!({ "email": there.text("endpoint")? }))));
    let mut one = Map::new();
    one.insert("to".to_owned(), to.into());
    one.insert("on".to_owned(), on.into());
    Some(Value::Object(one))
}
