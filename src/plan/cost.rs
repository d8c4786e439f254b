//! What is billed by use: the one table of cost drivers, and which of them a plan has.
//!
//! In: a plan. Out: drivers with how often the plan has each. Numbers stand here only with their page; without a page a driver
//! says what is counted, and nothing of what it costs.

use super::{Algorithm, BUCKET, FieldMatch, Kind, LifecycleRule, Plan, Resource, Versioning};
use crate::diag::Path;

/// Something that is billed by event, byte, object or month.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Driver {
    /// Its name.
    pub name: &'static str,
    /// What is billed.
    pub what: &'static str,
    /// What is counted.
    pub per: &'static str,
    /// A price with its page, where one is known to be the same in most regions.
    pub price: Option<(&'static str, &'static str)>,
    /// What in a profile switches it on.
    pub keys: &'static str,
}

const fn driver(name: &'static str, what: &'static str, per: &'static str, keys: &'static str) -> Driver {
    Driver { name, what, per, price: None, keys }
}

const fn priced(driver: Driver, price: &'static str, source: &'static str) -> Driver {
    Driver { price: Some((price, source)), ..driver }
}

const KMS_PRICING: &str = "AWS Key Management Service pricing, aws.amazon.com/kms/pricing";
const TRAIL_PRICING: &str = "AWS CloudTrail pricing, aws.amazon.com/cloudtrail/pricing";

const OLD_VERSIONS: Driver =
    driver("old-versions", "what was overwritten or deleted is kept", "byte and month of storage", "bucket.versioning");
const ACCESS_LOGS: Driver = driver("access-logs", "access logs are stored", "request, as about 0.5 KB of storage", "logging.server_access");
const REPLICATION: Driver =
    driver("replication", "every new object is copied", "object and byte, and their storage at the other end", "bucket.replication");
const TRANSITIONS: Driver = driver("transitions", "objects change their storage class", "object", "bucket.lifecycle.transitions");
const OBJECT_EVENTS: Driver = driver("object-events", "EventBridge hears of every object", "event", "bucket.events");
const KMS_KEYS: Driver =
    priced(driver("kms-keys", "a KMS key is kept", "key and month", "encryption.key, logging.cloudtrail.kms"), "1 USD", KMS_PRICING);
const KMS_REQUESTS: Driver = priced(
    driver("kms-requests", "a KMS key is used for objects", "request to KMS, of which a bucket key saves most", "encryption.algorithm"),
    "0.03 USD for 10,000",
    KMS_PRICING,
);
const DATA_EVENTS: Driver = priced(
    driver("data-events", "CloudTrail records requests for objects", "event", "logging.cloudtrail.events"),
    "0.10 USD for 100,000",
    TRAIL_PRICING,
);
const MANAGEMENT_EVENTS: Driver = driver(
    "management-events",
    "CloudTrail records changes of settings",
    "event, where another trail of the region records them already",
    "logging.cloudtrail.management",
);
const INSIGHTS: Driver =
    driver("insights", "CloudTrail looks for what is unusual", "event that it looks at", "logging.cloudtrail.insights");
const LOG_GROUPS: Driver = driver(
    "log-groups",
    "CloudWatch Logs takes what a trail records",
    "byte, and byte and month of storage",
    "logging.cloudtrail.log_group",
);
const ALARMS: Driver = driver("alarms", "CloudWatch watches a count", "alarm and month", "monitoring.alerts.on: access-denied-burst");
const MESSAGES: Driver = driver("messages", "somebody hears of an alert", "message", "monitoring.alerts.to");
const CONFIG_ITEMS: Driver =
    driver("config-items", "AWS Config records configurations", "change of a resource", "monitoring.config.recorder");
const CONFIG_RULES: Driver = driver("config-rules", "a rule of AWS Config looks at resources", "evaluation", "monitoring.config.rules");
const AUTOMATION: Driver = driver("automation", "Systems Manager puts a setting back", "step of a run", "monitoring.config.remediate");
const ANALYZERS: Driver = driver(
    "analyzers",
    "IAM Access Analyzer looks for unused access, or for access from within",
    "role and user, or resource, and month",
    "monitoring.access_analyzer.kinds: unused, internal",
);
const GUARDDUTY: Driver =
    driver("guardduty", "GuardDuty looks at what happens", "event and byte of logs that it looks at", "monitoring.guardduty");
const MALWARE: Driver = driver("malware-scans", "GuardDuty scans new objects", "object and byte", "monitoring.guardduty.malware_scan");

const MACIE: Driver = driver("macie", "Macie watches buckets", "bucket and month, object, and byte that it samples", "monitoring.macie");
const MACIE_JOBS: Driver = driver("macie-jobs", "a job of Macie reads objects", "byte that it reads", "monitoring.macie.job");

/// Every driver.
pub const DRIVERS: &[Driver] = &[
    OLD_VERSIONS,
    ACCESS_LOGS,
    REPLICATION,
    TRANSITIONS,
    OBJECT_EVENTS,
    KMS_KEYS,
    KMS_REQUESTS,
    DATA_EVENTS,
    MANAGEMENT_EVENTS,
    INSIGHTS,
    LOG_GROUPS,
    ALARMS,
    MESSAGES,
    CONFIG_ITEMS,
    CONFIG_RULES,
    AUTOMATION,
    ANALYZERS,
    GUARDDUTY,
    MALWARE,
    MACIE,
    MACIE_JOBS,
];

/// A driver that a plan has.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Cost {
    /// The driver.
    pub driver: Driver,
    /// How many resources bring it.
    pub times: usize,
    /// What in the profile asks for the first of them.
    pub path: Path,
}

/// What of the plan is billed by use, in the order of the table.
pub fn costs(plan: &Plan) -> Vec<Cost> {
    let all: Vec<(Driver, &Path)> =
        plan.resources.iter().flat_map(|resource| of(resource).into_iter().map(|driver| (driver, &resource.origin.path))).collect();
    let cost = |driver: &Driver| {
        let mut paths = all.iter().filter(|(one, _)| one == driver).map(|(_, path)| *path);
        let first = paths.next()?;
        Some(Cost { driver: *driver, times: 1 + paths.count(), path: first.clone() })
    };
    DRIVERS.iter().filter_map(cost).collect()
}

fn of(resource: &Resource) -> Vec<Driver> {
    match &resource.kind {
        Kind::Bucket(bucket) => {
            let own = resource.id == BUCKET;
            let drivers = [
                // What a companion overwrites or deletes is gone within days.
                (own && bucket.versioning == Versioning::Enabled, OLD_VERSIONS),
                (bucket.logging.is_some(), ACCESS_LOGS),
                (bucket.replication.is_some(), REPLICATION),
                (bucket.lifecycle.iter().any(|rule| matches!(rule, LifecycleRule::Transition(_))), TRANSITIONS),
                (bucket.eventbridge, OBJECT_EVENTS),
                (bucket.encryption.algorithm != Algorithm::SseS3, KMS_REQUESTS),
            ];
            drivers.into_iter().filter(|(is, _)| *is).map(|(_, driver)| driver).collect()
        }
        Kind::Key(_) => vec![KMS_KEYS],
        Kind::Trail(trail) => {
            let records = |category: &str| {
                let fields = trail.selectors.iter().flat_map(|selector| &selector.fields);
                fields
                    .into_iter()
                    .any(|field| field.name == "eventCategory" && matches!(field.is, FieldMatch::Equals(word) if word == category))
            };
            let drivers = [
                (records("Data"), DATA_EVENTS),
                (records("Management"), MANAGEMENT_EVENTS),
                (!trail.insights.is_empty(), INSIGHTS),
                (trail.key.is_some(), KMS_REQUESTS),
            ];
            drivers.into_iter().filter(|(is, _)| *is).map(|(_, driver)| driver).collect()
        }
        Kind::LogGroup(_) => vec![LOG_GROUPS],
        Kind::Alarm(_) => vec![ALARMS],
        Kind::Subscription(_) => vec![MESSAGES],
        Kind::Recorder(_) => vec![CONFIG_ITEMS],
        Kind::ConfigRule(_) => vec![CONFIG_RULES],
        Kind::Remediation(_) => vec![AUTOMATION],
        // Those for access from outside are free of charge.
        Kind::Analyzer(analyzer) if analyzer.unused_days.is_some() || !analyzer.inside.is_empty() => vec![ANALYZERS],
        Kind::Detector(_) => vec![GUARDDUTY],
        Kind::MalwareScan(_) => vec![MALWARE],
        Kind::MacieSession(_) => vec![MACIE],
        Kind::ClassificationJob(_) => vec![MACIE_JOBS],
        Kind::Analyzer(_)
        | Kind::CustomIdentifier(_)
        | Kind::AllowList(_)
        | Kind::ResultsExport(_)
        | Kind::BucketPolicy { .. }
        | Kind::Alias(_)
        | Kind::Role(_)
        | Kind::ManagedPolicy(_)
        | Kind::AccessPoint(_)
        | Kind::Automation(_)
        | Kind::DeliveryChannel(_)
        | Kind::AccountBlock(_)
        | Kind::Topic(_)
        | Kind::TopicPolicy { .. }
        | Kind::EventRule(_)
        | Kind::LambdaPermission(_)
        | Kind::MetricFilter(_) => Vec::new(),
    }
}

/// The drivers with how often each is there, as one line: `config-rules (10), kms-keys`.
pub fn summed(all: impl IntoIterator<Item = (&'static str, usize)>) -> String {
    let all: Vec<(&str, usize)> = all.into_iter().collect();
    let times = |name: &str| all.iter().filter(|(one, _)| *one == name).map(|(_, times)| times).sum::<usize>();
    let named = DRIVERS.iter().map(|driver| (driver.name, times(driver.name))).filter(|(_, times)| *times > 0);
    let words: Vec<String> = named.map(|(name, times)| if times == 1 { name.to_owned() } else { format!("{name} ({times})") }).collect();
    words.join(", ")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_are_words_and_numbers_have_a_page() {
        for (at, driver) in DRIVERS.iter().enumerate() {
            assert!(driver.name.bytes().all(|b| b.is_ascii_lowercase() || b == b'-'), "{}", driver.name);
            assert!(!DRIVERS[..at].iter().any(|before| before.name == driver.name), "{} twice", driver.name);
            let source = driver.price.map(|(price, source)| (price.contains("USD"), source.contains("aws.amazon.com/")));
            assert!(source.is_none_or(|both| both == (true, true)), "{}", driver.name);
        }
        assert_eq!(summed([("kms-keys", 1), ("config-rules", 2), ("config-rules", 3)]), "kms-keys, config-rules (5)");
    }
}
