//! Valid profiles by the thousand: every section, in combinations that nobody would write by hand.
//!
//! In: a seed. Out: a profile that the pipeline accepts, or none where what was drawn contradicts itself. The same seed
//! makes the same profile on every machine.

use std::collections::BTreeSet;

use serde_json::{Map, Value, json};

use s3harden::diag::Severity;
use s3harden::pipeline;
use s3harden::source::Source;

use super::random::Random;
use super::render::options;
use super::support::{BOTH, CLOUDFORMATION, source};

const ACCOUNT: &str = "111122223333";
const REGION: &str = "eu-west-1";
const OWN: &[&str] = &["{\"role\":\"Analyst\"}", "{\"role\":\"team/Loader\"}", "{\"user\":\"olga\"}", "{\"permission_set\":\"Ops\"}"];
const OTHERS: &[&str] = &[
    "{\"account\":\"444455556666\"}",
    "{\"arn\":\"arn:aws:iam::444455556666:role/Partner\"}",
    "{\"arn\":\"arn:aws:iam::777788889999:user/ext\"}",
    "{\"organization\":\"o-a1b2c3d4e5\"}",
];
const CIDRS: &[&str] = &["203.0.113.0/24", "198.51.100.0/25", "2001:db8:77::/48", "192.0.2.7/32"];
const VPCS: &[&str] = &["vpc-0aaa0bbb0ccc0ddd0", "vpc-0123456789abcdef0"];
const ENDPOINTS: &[&str] = &["vpce-0eee0fff0123a4567", "vpce-0a1b2c3d4e5f60718"];
const VERBS: &[&str] = &["read", "read-versions", "list", "list-versions", "write", "delete", "delete-versions", "tag"];
const SETTINGS: &[&str] = &["read-config", "write-config", "administer"];

/// Some of a list, at least one, each once.
fn some(r: &mut Random, all: &[&str]) -> Vec<Value> {
    let count = 1 + r.next(2.min(all.len()));
    let first = r.next(all.len());
    (0..count).map(|i| all[(first + i) % all.len()]).map(|text| serde_json::from_str(text).unwrap_or_else(|_| json!(text))).collect()
}

fn networks(r: &mut Random) -> Map<String, Value> {
    let mut all = Map::new();
    while all.is_empty() {
        for (key, pool, percent) in [("cidrs", CIDRS, 70), ("vpcs", VPCS, 30), ("vpc_endpoints", ENDPOINTS, 35)] {
            if r.often(percent) {
                all.insert(key.into(), some(r, pool).into());
            }
        }
    }
    all
}

fn when(r: &mut Random, mfa: bool) -> Map<String, Value> {
    let mut all = if r.often(40) { networks(r) } else { Map::new() };
    let more = [
        ("principal_tags", json!({"guild": "masons"}), 12),
        ("organization", json!("o-q1w2e3r4t5"), 8),
        ("before", json!("2097-03-04"), 12),
        ("after", json!("2022-05-06"), 8),
        ("mfa_within", json!("45m"), if mfa { 12 } else { 0 }),
    ];
    for (key, value, percent) in more {
        if r.often(percent) {
            all.insert(key.into(), value);
        }
    }
    all
}

fn grant(r: &mut Random, number: usize, point: bool) -> Value {
    let mut grant = json!({"name": format!("grant-{}", ["one", "two", "three", "four"][number % 4])});
    let identity = !point && r.often(18);
    let service = !point && !identity && r.often(12);
    grant["to"] = match () {
        () if service => json!([{"service": "delivery.logs.amazonaws.com"}]),
        () if identity => some(r, &["{\"role\":\"Analyst\"}", "{\"user\":\"olga\"}", "{\"group\":\"Staff\"}"]).into(),
        () if r.often(70) => some(r, OWN).into(),
        () => some(r, OTHERS).into(),
    };
    let settings = !point && !service && r.often(15);
    grant["can"] = match () {
        () if service => json!(["write"]),
        () if settings => some(r, SETTINGS).into(),
        () if r.often(10) => json!([{"actions": ["s3:GetObjectAcl"]}]),
        () => some(r, VERBS).into(),
    };
    if !settings && r.often(45) {
        let own = ["[\"exports/\"]", "[\"inbox/\",\"drafts/\"]", "[\"home/${aws:PrincipalTag/team}/\"]"];
        grant["prefixes"] = serde_json::from_str(own[r.next(own.len())]).unwrap();
    }
    if identity {
        grant["via"] = json!("iam");
    }
    if r.often(10) && !identity && !service {
        grant["match"] = json!("arn");
    }
    if r.often(45) && !service {
        grant["when"] = when(r, true).into();
    } else if service && r.often(50) {
        grant["when"] = json!({"source_account": "888899990000", "source_arn": "arn:aws:logs:eu-west-1:888899990000:delivery-source:x*"});
    }
    grant
}

fn deny(r: &mut Random, number: usize) -> Value {
    let to = match r.next(4) {
        0 => json!(["everyone"]),
        1 => some(r, OTHERS).into(),
        _ => some(r, OWN).into(),
    };
    let can: Value = if r.often(25) { json!([{"actions": ["s3:PutObject*"]}]) } else { some(r, VERBS).into() };
    let mut deny = json!({"name": format!("deny-{}", ["one", "two"][number % 2]), "to": to, "can": can});
    if r.often(50) {
        deny["prefixes"] = json!(["vault/"]);
    }
    if r.often(40) {
        deny["when"] = when(r, false).into();
    }
    deny
}

fn point(r: &mut Random, number: usize) -> Value {
    let vpc = r.often(40);
    let mut point = json!({"name": (["quay", "lake"][number % 2]), "origin": (if vpc { "vpc" } else { "internet" })});
    if vpc {
        point["vpc"] = json!(VPCS[r.next(VPCS.len())]);
    } else if r.often(40) {
        point["cidrs"] = some(r, CIDRS).into();
    }
    point["grants"] = (0..r.next(3)).map(|at| grant(r, at + number * 2, true)).collect();
    point
}

/// A profile of a bucket before anybody has judged it.
fn bucket(r: &mut Random) -> Value {
    let mut bucket = json!({"name": "acme-generated", "account": ACCOUNT, "region": REGION});
    let preset = ["baseline", "baseline", "sensitive", "regulated", "log-archive"][r.next(5)];
    let mut profile = json!({"version": 1, "name": "generated", "owner": "nobody", "preset": preset});
    if r.often(25) {
        bucket["protect_versions"] = if r.often(50) { json!(true) } else { json!({"except": some(r, OWN)}) };
    }
    if r.often(8) {
        bucket["ownership"] = json!(["preferred", "writer"][r.next(2)]);
        bucket["acl"] = json!([{"to": "log-delivery", "can": ["write"]}]);
    }
    if r.often(10) {
        bucket["replication"] =
            json!({"to_bucket": "acme-copies", "to_account": "444455556666", "to_region": "eu-central-1", "prefixes": ["signed/"]});
    }
    if r.often(10) {
        bucket["events"] = json!("eventbridge");
    }
    if r.often(30) {
        profile["transport"] = json!({"https_only": r.often(85), "minimum_tls": (["1.2", "1.3"][r.next(2)])});
    }
    if r.often(8) {
        profile["public_access"] =
            json!({"block": {"public_acls": true, "ignore_acls": true, "public_policy": r.often(50), "restrict": r.often(50)}});
    }
    if r.often(60) {
        let mut network = json!({"applies_to": (["data", "all"][r.next(2)])});
        if r.often(85) {
            network["allow"] = networks(r).into();
        }
        if r.often(35) {
            network["deny"] = networks(r).into();
        }
        if r.often(50) {
            network["except"] = json!({"services": r.often(70), "forwarded": r.often(60), "principals": (if r.often(40) { some(r, OWN) } else { Vec::new() })});
        }
        for key in ["break_glass", "deployer"] {
            if r.often(35) {
                let who = ["{\"role\":\"ops/BreakGlass\"}", "{\"user\":\"caretaker\"}", "{\"permission_set\":\"Installers\"}"];
                network[key] = some(r, &who).into();
            }
        }
        profile["network"] = network;
    }
    if r.often(55) {
        let algorithm = ["sse-s3", "sse-kms", "dsse-kms"][r.next(3)];
        let mut encryption = json!({"algorithm": algorithm, "uploads": (["default", "pinned"][r.next(2)]), "sse_c": (if r.often(90) { "block" } else { "allow" })});
        if algorithm != "sse-s3" {
            if r.often(35) {
                encryption["key"] = json!("arn:aws:kms:eu-west-1:444455556666:key/1234abcd-12ab-34cd-56ef-1234567890ab");
            } else {
                encryption["key"] = json!("create");
                if r.often(40) {
                    encryption["key_admins"] = some(r, OWN).into();
                }
            }
        }
        profile["encryption"] = encryption;
    }
    if r.often(60) {
        profile["grants"] = (0..1 + r.next(3)).map(|at| grant(r, at, false)).collect();
    }
    if r.often(30) {
        profile["denies"] = (0..1 + r.next(2)).map(|at| deny(r, at)).collect();
    }
    if r.often(22) {
        profile["access_points"] = json!({"require": r.often(60), "points": (0..1 + r.next(2)).map(|at| point(r, at)).collect::<Vec<_>>()});
    }
    if r.often(28) {
        let verb = ["delete", "delete-versions", "write-config", "administer", "write"][r.next(5)];
        let mut mfa = json!({"for": {verb: {"within": (["1h", "15m"][r.next(2)])}}});
        if r.often(40) {
            mfa["except"] = some(r, OWN).into();
        }
        profile["mfa"] = mfa;
    }
    if r.often(30) {
        profile["presigned_urls"] = match r.next(3) {
            0 => json!({"allow": false}),
            1 => json!({"max_age": "15m"}),
            _ => {
                let mut bounds = networks(r);
                bounds.insert("max_age".into(), json!("2h"));
                bounds.into()
            }
        };
    }
    if r.often(35) {
        let mut logging = Map::new();
        if r.often(60) {
            let to = ["create", "none", "acme-other-logs"][r.next(3)];
            let mut access = json!({"to": to});
            if to == "create" {
                access["prefix"] = json!("requests/");
                access["format"] = json!(["simple", "partitioned"][r.next(2)]);
            }
            logging.insert("server_access".into(), access);
        }
        if r.often(45) {
            let events = ["write", "read", "all"][r.next(3)];
            logging.insert("cloudtrail".into(), json!({"trail": "create", "events": events, "log_group": r.often(50), "kms": r.often(50)}));
        }
        profile["logging"] = logging.into();
    }
    if r.often(15) {
        let mut monitoring = Map::new();
        if r.often(50) {
            monitoring.insert("config".into(), json!({"rules": "auto", "recorder": (["existing", "create"][r.next(2)])}));
        }
        if r.often(50) {
            monitoring.insert("guardduty".into(), json!({"detector": "create", "malware_scan": r.often(50)}));
        }
        if r.often(40) {
            monitoring.insert("alerts".into(), json!({"to": [{"sns": "create"}], "on": ["guardduty-finding"]}));
        }
        profile["monitoring"] = monitoring.into();
    }
    profile["bucket"] = bucket;
    profile
}

/// A profile of an account.
fn account(r: &mut Random) -> Value {
    let mut logging = Map::new();
    if r.often(80) {
        let mut archive = json!({"name": "acme-generated-archive", "retain_days": 400 + r.next(400)});
        if r.often(50) {
            archive["from"] = json!(["till-one", "refunds-two"]);
        }
        logging.insert("archive".into(), archive);
    }
    if r.often(70) {
        let events = ["write", "read", "all"][r.next(3)];
        logging.insert("cloudtrail".into(), json!({"trail": "create", "events": events, "log_group": r.often(50), "kms": r.often(60)}));
    }
    let mut profile = json!({
        "version": 1, "kind": "account", "name": "generated", "owner": "nobody", "account": ACCOUNT, "region": REGION,
        "public_access": {"block": "all"}, "logging": logging,
    });
    if r.often(50) {
        profile["monitoring"] = json!({"config": {"rules": "auto", "recorder": "create"}});
    }
    profile
}

/// The profile of a seed; none where what was drawn contradicts itself.
pub(crate) fn profile(seed: u64) -> Option<(Value, Source)> {
    let mut r = Random::new(seed + 5_000_000);
    let mut profile = if r.often(8) { account(&mut r) } else { bucket(&mut r) };
    let targets = if profile.get("monitoring").is_some() { &[CLOUDFORMATION] } else { BOTH };
    // What is loosened has to be written down, as an author would.
    let mut waived = BTreeSet::new();
    for _ in 0..3 {
        let source = source(profile.to_string());
        let checked = pipeline::check(&source, &options(targets));
        if checked.accepted.is_some() {
            return Some((profile, source));
        }
        let errors: Vec<&str> =
            checked.findings.iter().filter(|finding| finding.severity == Severity::Error).map(|finding| finding.code.name()).collect();
        if errors.is_empty() || errors.iter().any(|code| !waived.insert((*code).to_owned())) {
            break;
        }
        let waiver = |code: &String| json!({"finding": code, "reason": "it is drawn by lot", "until": "2099-12-31", "by": "chance"});
        profile["waivers"] = waived.iter().map(waiver).collect();
    }
    if std::env::var_os("S3HARDEN_GENERATED_SHOW").is_some() {
        eprintln!("seed {seed}: {waived:?}\n{profile}");
    }
    None
}

#[test]
fn most_of_what_is_drawn_is_a_profile() {
    let all: Vec<Value> = (0..60).filter_map(|seed| Some(profile(seed)?.0)).collect();
    assert!(all.len() > 30, "only {} of 60", all.len());
    for section in ["network", "encryption", "grants", "denies", "access_points", "mfa", "presigned_urls", "logging"] {
        assert!(all.iter().any(|profile| profile.get(section).is_some()), "{section} is never drawn");
    }
    assert_eq!(profile(7).map(|(value, _)| value), profile(7).map(|(value, _)| value));
}
