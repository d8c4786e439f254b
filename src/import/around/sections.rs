//! The sections that a profile may have for what is around a bucket, as far as what is there tells them.
//!
//! In: what is there. Out: for each section the values that it may have. Never: whether one of them is right; that is tried.

use serde_json::{Map, Value, json};

use super::{Around, CONFIG, MACIE, TRAIL, There, Tried};
use crate::import::draft::{Draft, add};
use crate::import::logging::{companion, retention};
use crate::import::policy::iam;
use crate::import::subject::Subject;
use crate::protect::alerts::Event;

/// What could stand in a profile.
type Section = fn(&Subject<'_>, &[&Subject<'_>], &Around<'_>, &Draft) -> Vec<Tried>;

/// In the order in which they are tried: alerts are about what the others make.
pub(super) const ALL: &[Section] = &[grants, cloudtrail, config, analyzers, guardduty, macie, alerts];

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
fn among<'o, 'v>(others: &[&'o Subject<'v>], draft: &Draft, purpose: &str) -> Option<&'o Subject<'v>> {
    let name = companion(draft, purpose)?;
    others.iter().copied().find(|other| other.name == name)
}

fn values<'a>(there: &'a There<'_>, key: &'a str) -> impl Iterator<Item = &'a str> {
    there.leaves.iter().filter(move |leaf| leaf.key == key).map(|leaf| leaf.value.as_str())
}

/// Policies of IAM that give something on the bucket, all together and each by itself.
fn grants(subject: &Subject<'_>, _: &[&Subject<'_>], around: &Around<'_>, draft: &Draft) -> Vec<Tried> {
    let own = || draft.get("grants").and_then(Value::as_array).cloned().unwrap_or_default();
    let found: Vec<Value> = around.of("AWS::IAM::ManagedPolicy").flat_map(|there| iam::grants(subject, &there.parts)).collect();
    if found.is_empty() {
        return Vec::new();
    }
    let with = |more: &[Value]| Value::Array([own().as_slice(), more].concat());
    let each = found.iter().map(|grant| with(std::slice::from_ref(grant)));
    vec![("grants", None, std::iter::once(with(&found)).chain(each).collect())]
}

fn cloudtrail(_: &Subject<'_>, others: &[&Subject<'_>], around: &Around<'_>, draft: &Draft) -> Vec<Tried> {
    let mut alternatives = Vec::new();
    for trail in around.of("AWS::CloudTrail::Trail") {
        let has = |key: &str| trail.leaves.iter().any(|leaf| leaf.key == key && !leaf.value.is_empty());
        let made = among(others, draft, "trail");
        let to = made.map_or_else(|| trail.text("s3bucketname").unwrap_or_default().to_owned(), |_| "create".to_owned());
        let mut base = json!({ "trail": "create", "to": to, "log_group": has("cloudwatchlogsloggrouparn") || has("cloudwatchlogsgrouparn"), "insights": has("insighttype") });
        if let Some(made) = made {
            add(&mut base, "retain_days", retention(made).map_or_else(|| "never".into(), Value::from));
        }
        let keys = if has("kmskeyid") { vec![json!(true), trail.text("kmskeyid").into()] } else { vec![json!(false)] };
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

fn config(_: &Subject<'_>, _: &[&Subject<'_>], around: &Around<'_>, _: &Draft) -> Vec<Tried> {
    let rules: Vec<String> = around
        .of("AWS::Config::ConfigRule")
        .filter_map(|rule| Some(rule.text("sourceidentifier")?.to_ascii_lowercase().replace('_', "-")))
        .collect();
    if rules.is_empty() {
        return Vec::new();
    }
    let recorder = if around.of("AWS::Config::ConfigurationRecorder").next().is_some() { "create" } else { "existing" };
    const REMEDIES: [&str; 3] = ["public-access", "encryption", "logging"];
    let mut alternatives = Vec::new();
    for rules in [json!("auto"), json!(rules)] {
        for set in (0..8_u32).rev() {
            let remedies = REMEDIES.iter().enumerate().filter(|(at, _)| set & (1 << at) != 0);
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

fn analyzers(_: &Subject<'_>, _: &[&Subject<'_>], around: &Around<'_>, draft: &Draft) -> Vec<Tried> {
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

fn guardduty(_: &Subject<'_>, _: &[&Subject<'_>], around: &Around<'_>, _: &Draft) -> Vec<Tried> {
    let (made, scanned) = (around.of("AWS::GuardDuty::Detector").next(), around.of("AWS::GuardDuty::MalwareProtectionPlan").next());
    if made.is_none() && scanned.is_none() {
        return Vec::new();
    }
    let detector = if made.is_some() { "create" } else { "existing" };
    let one = |protection: bool, scan: bool| json!({ "detector": detector, "s3_protection": protection, "malware_scan": scan });
    let all = [(true, true), (true, false), (false, true), (false, false)];
    vec![("monitoring/guardduty", None, all.into_iter().map(|(protection, scan)| one(protection, scan)).collect())]
}

fn macie(_: &Subject<'_>, others: &[&Subject<'_>], around: &Around<'_>, draft: &Draft) -> Vec<Tried> {
    let session = around.of("AWS::Macie::Session").next();
    let own: Vec<&There<'_>> = around.of("AWS::Macie::CustomDataIdentifier").collect();
    if session.is_none() && own.is_empty() {
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
    if among(others, draft, "macie").is_some() {
        add(&mut one, "export_to", "create");
    }
    let publish = |word: &str| {
        let mut one = one.clone();
        add(&mut one, "publish", word);
        one
    };
    let mut all = vec![one.clone()];
    all.extend(["15m", "1h", "6h"].map(publish));
    vec![("monitoring/macie", Some(MACIE), all)]
}

fn alerts(_: &Subject<'_>, _: &[&Subject<'_>], around: &Around<'_>, _: &Draft) -> Vec<Tried> {
    let ends = |kind: &'static str, word: &str| {
        around.of(kind).any(|there| values(there, "name").chain(values(there, "alarmname")).any(|name| name.ends_with(word)))
    };
    let mut on: Vec<&str> = EVENTS.iter().map(|event| event.word()).filter(|word| ends("AWS::Events::Rule", word)).collect();
    on.extend(Some(Event::AccessDeniedBurst.word()).filter(|word| ends("AWS::CloudWatch::Alarm", word)));
    if on.is_empty() {
        return Vec::new();
    }
    let mut to: Vec<Value> = Vec::new();
    if around.of("AWS::SNS::Topic").next().is_some() {
        to.push(json!({ "sns": "create" }));
    }
    let topics: Vec<String> =
        around.of("AWS::SNS::Topic").filter_map(|topic| Some(format!(":{}", topic.text("topicname").or(topic.text("name"))?))).collect();
    for arn in around.of("AWS::Events::Rule").flat_map(|rule| values(rule, "arn")) {
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
    let mails = around.of("AWS::SNS::Subscription").filter(|there| there.text("protocol") == Some("email"));
    to.extend(mails.filter_map(|there| Some(json!({ "email": there.text("endpoint")? }))));
    let mut one = Map::new();
    one.insert("to".to_owned(), to.into());
    one.insert("on".to_owned(), on.into());
    vec![("monitoring/alerts", None, vec![Value::Object(one)])]
}
