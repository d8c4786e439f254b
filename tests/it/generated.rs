//! Profiles that nobody wrote: a seeded choice over the sections of the language.
//!
//! In: a seed. Out: a profile, the same one on every machine; a seed may give one in which something is wrong, since AWS's
//! rules hang on several sections at once. Never: a profile made to be easy: lists overlap, statements repeat, and names
//! that look alike are there on purpose.

use serde_json::{Map, Value, json};

use super::random::Random;

const OWN: &str = "111122223333";

const CIDRS: [&str; 6] = ["203.0.113.0/24", "203.0.113.0/26", "198.51.100.0/24", "2001:db8:1::/48", "2001:db8:1:2::/64", "192.0.2.128/25"];
const VPCS: [&str; 2] = ["vpc-0123456789abcdef0", "vpc-0aaa1111bbb2222cc"];
const ENDPOINTS: [&str; 3] = ["vpce-0a1b2c3d4e5f60718", "vpce-0ddd3333eee4444ff", "vpce-0fedcba9876543210"];
const PREFIXES: [&str; 5] = ["exports/", "exports/2026/", "inbox/", "in", "home/${aws:username}/"];
const DATA_VERBS: [&str; 8] = ["read", "read-versions", "list", "list-versions", "write", "delete", "delete-versions", "tag"];
const VERBS: [&str; 11] = [
    "read",
    "read-versions",
    "list",
    "list-versions",
    "write",
    "delete",
    "delete-versions",
    "tag",
    "read-config",
    "write-config",
    "administer",
];

/// Where a grantee or an excepted principal stands, which decides who it can be.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Place {
    Policy,
    Iam,
    Point,
    Deny,
    Spared,
}

/// A few of a list, at least one, in its order.
fn some<'a>(r: &mut Random, all: &[&'a str], most: usize) -> Vec<&'a str> {
    let count = 1 + r.next(most.min(all.len()));
    let mut picked: Vec<usize> = (0..count).map(|_| r.next(all.len())).collect();
    picked.sort_unstable();
    picked.dedup();
    picked.into_iter().map(|at| all[at]).collect()
}

fn who(r: &mut Random, place: Place) -> Value {
    let kinds: &[&str] = match place {
        Place::Iam => &["role", "role", "user", "user", "group", "permission_set"],
        Place::Spared => &["role", "role", "user", "permission_set"],
        Place::Policy => &["role", "role", "role", "user", "arn", "arn", "account", "account", "organization", "service"],
        Place::Point => &["role", "role", "role", "user", "arn", "arn", "account", "account", "organization"],
        Place::Deny => &["role", "role", "user", "permission_set", "arn", "account", "organization", "service", "everyone"],
    };
    let kind = r.one(kinds);
    let names: &[&str] = match kind {
        "role" => &["Analyst", "team/Analyst", "Reader", "ReaderToo", "Writer"],
        "user" => &["ann", "bob"],
        "group" => &["Auditors", "staff/Auditors"],
        "permission_set" => &["DataAnalyst", "Ops"],
        "arn" => &[
            "arn:aws:iam::444455556666:role/Uploader",
            "arn:aws:iam::444455556666:user/ext",
            "arn:aws:iam::777788889999:role/team/Courier",
        ],
        "account" => &["444455556666", "777788889999"],
        "organization" => &["o-a1b2c3d4e5", "o-z9y8x7w6v5"],
        "service" => &["delivery.logs.amazonaws.com", "cloudfront.amazonaws.com"],
        _ => return json!(kind),
    };
    json!({ kind: r.one(names) })
}

fn people(r: &mut Random, place: Place, most: usize) -> Value {
    let mut all: Vec<Value> = Vec::new();
    for _ in 0..1 + r.next(most) {
        let one = who(r, place);
        if !all.contains(&one) {
            all.push(one);
        }
    }
    all.into()
}

/// Those who repair, or are spared: of the account itself.
fn spared(r: &mut Random, most: usize) -> Value {
    people(r, Place::Spared, most)
}

fn networks(r: &mut Random, of: &mut Map<String, Value>) {
    let kinds = 1 + r.next(7);
    if kinds & 1 != 0 {
        of.insert("cidrs".into(), json!(some(r, &CIDRS, 2)));
    }
    if kinds & 2 != 0 {
        of.insert("vpcs".into(), json!(some(r, &VPCS, 1)));
    }
    if kinds & 4 != 0 {
        of.insert("vpc_endpoints".into(), json!(some(r, &ENDPOINTS, 2)));
    }
}

fn when(r: &mut Random, place: Place, to: &Value) -> Map<String, Value> {
    let mut when = Map::new();
    let services = to.as_array().is_some_and(|to| to.iter().any(|one| one.get("service").is_some()));
    let only_services = to.as_array().is_some_and(|to| to.iter().all(|one| one.get("service").is_some()));
    if only_services {
        if r.often(50) {
            when.insert("source_account".into(), json!(OWN));
        }
        if r.often(30) {
            when.insert("source_arn".into(), json!(format!("arn:aws:logs:eu-west-1:{OWN}:delivery-source:x*")));
        }
        return when;
    }
    if services {
        return when;
    }
    if r.often(25) {
        networks(r, &mut when);
    }
    if r.often(12) && place != Place::Deny {
        when.insert("mfa_within".into(), json!("1h"));
    }
    if r.often(12) {
        when.insert("principal_tags".into(), json!({"team": "finance"}));
    }
    if r.often(10) && !to.to_string().contains("organization") {
        when.insert("organization".into(), json!("o-a1b2c3d4e5"));
    }
    if r.often(10) {
        when.insert("before".into(), json!("2098-01-01"));
    }
    if r.often(8) {
        when.insert("after".into(), json!("2026-01-01"));
    }
    when
}

fn grant(r: &mut Random, number: usize, place: Place) -> Value {
    let to = people(r, place, 3);
    let verbs: &[&str] = if place == Place::Point || to.to_string().contains("service") { &DATA_VERBS } else { &VERBS };
    let can = some(r, verbs, 3);
    let mut grant = json!({"name": format!("grant-{number}"), "to": to, "can": can});
    let listed = can.iter().any(|verb| matches!(*verb, "read" | "list" | "write" | "delete" | "tag"));
    if listed && r.often(45) {
        let users = grant["to"].as_array().is_some_and(|to| to.iter().all(|one| one.get("user").is_some()));
        grant["prefixes"] = json!(some(r, if users { &PREFIXES } else { &PREFIXES[..4] }, 2));
    }
    let mut conditions = when(r, place, &grant["to"]);
    let reads = can.iter().all(|verb| matches!(*verb, "read" | "tag"));
    if reads && r.often(20) {
        conditions.insert("object_tags".into(), json!({"phase": "final"}));
    }
    if !conditions.is_empty() {
        grant["when"] = conditions.into();
    }
    let foreign = grant["to"].as_array().is_some_and(|to| to.iter().all(|one| one.get("arn").is_some()));
    if foreign && place != Place::Iam && r.often(50) {
        grant["match"] = json!("arn");
    }
    if place == Place::Iam {
        grant["via"] = json!("iam");
    }
    grant
}

fn deny(r: &mut Random, number: usize) -> Value {
    let mut deny = json!({"name": format!("deny-{number}"), "to": people(r, Place::Deny, 3), "can": some(r, &VERBS, 3)});
    if r.often(15) {
        deny["can"] = json!([{"actions": [r.one(&["s3:Delete*", "s3:PutObject*", "s3:*Policy"])]}]);
    }
    if r.often(30) {
        deny["prefixes"] = json!(some(r, &PREFIXES[..4], 2));
    }
    let conditions = when(r, Place::Deny, &deny["to"]);
    if !conditions.is_empty() {
        deny["when"] = conditions.into();
    }
    deny
}

/// Limits on networks; some where `must` be allowed.
fn network(r: &mut Random, must: bool) -> Value {
    let mut network = Map::new();
    let (mut allow, mut denied) = (Map::new(), Map::new());
    let both = if must { 2 * r.next(2) } else { r.next(4) };
    if both != 1 {
        networks(r, &mut allow);
        network.insert("allow".into(), allow.into());
    }
    if both <= 1 {
        denied.insert("cidrs".into(), json!(["198.51.100.64/28"]));
        if r.often(40) {
            denied.insert("vpc_endpoints".into(), json!(["vpce-0eee7777fff8888aa"]));
        }
        network.insert("deny".into(), denied.into());
    }
    let all = r.often(30);
    if all {
        network.insert("applies_to".into(), json!("all"));
    }
    if r.often(40) || all {
        network.insert("break_glass".into(), json!([{"role": "BreakGlass"}]));
    }
    if r.often(25) {
        network.insert("deployer".into(), json!([{"role": "ci/Deployer"}]));
    }
    if both != 1 && r.often(40) {
        let mut except = Map::new();
        if r.often(40) {
            except.insert("forwarded".into(), json!(false));
        }
        if r.often(50) {
            except.insert("principals".into(), spared(r, 2));
        }
        if !except.is_empty() {
            network.insert("except".into(), except.into());
        }
    }
    network.into()
}

fn encryption(r: &mut Random) -> Value {
    let key = "arn:aws:kms:eu-west-1:111122223333:key/1234abcd-12ab-34cd-56ef-1234567890ab";
    let mut encryption = match r.next(5) {
        0 => json!({"algorithm": "sse-s3"}),
        1 => json!({"algorithm": "sse-kms", "key": key}),
        2 => json!({"algorithm": "dsse-kms", "key": "create"}),
        _ => json!({"algorithm": "sse-kms", "key": "create"}),
    };
    if r.often(50) {
        encryption["uploads"] = json!("pinned");
    }
    if encryption["key"] == "create" && r.often(30) {
        encryption["key_admins"] = spared(r, 2);
    }
    encryption
}

fn mfa(r: &mut Random) -> Value {
    let verbs = some(r, &["delete", "delete-versions", "write-config", "administer", "write"], 2);
    let within: Map<String, Value> = verbs.into_iter().map(|verb| (verb.to_owned(), json!({"within": "1h"}))).collect();
    let mut mfa = json!({"for": within});
    if r.often(40) {
        mfa["except"] = spared(r, 2);
    }
    mfa
}

fn presigned(r: &mut Random) -> Value {
    match r.next(3) {
        0 => json!({"allow": false}),
        1 => json!({"max_age": "15m"}),
        _ => {
            let mut bounds = Map::new();
            networks(r, &mut bounds);
            if r.often(50) {
                bounds.insert("max_age".into(), json!("1h"));
            }
            bounds.into()
        }
    }
}

fn points(r: &mut Random, grants: &mut usize) -> Value {
    let mut all = Vec::new();
    for name in some(r, &["reports", "inbox", "lake"], 2) {
        let mut point =
            if r.often(35) { json!({"name": name, "origin": "vpc", "vpc": VPCS[0]}) } else { json!({"name": name, "origin": "internet"}) };
        if point["origin"] == "internet" && r.often(50) {
            point["cidrs"] = json!(some(r, &CIDRS, 2));
        }
        let mut own = Vec::new();
        for _ in 0..1 + r.next(2) {
            own.push(grant(r, *grants, Place::Point));
            *grants += 1;
        }
        point["grants"] = own.into();
        all.push(point);
    }
    let mut section = json!({"points": all});
    if r.often(50) {
        section["require"] = json!(true);
    }
    section
}

fn logging(r: &mut Random) -> Value {
    let mut logging = Map::new();
    if r.often(50) {
        logging.insert("server_access".into(), json!({"prefix": "requests/", "format": r.one(&["simple", "partitioned"])}));
    }
    if logging.is_empty() || r.often(40) {
        logging.insert("cloudtrail".into(), json!({"trail": "create", "kms": r.often(50), "log_group": r.often(50)}));
    }
    logging.into()
}

fn monitoring(r: &mut Random) -> Value {
    let mut all = Map::new();
    let session = |r: &mut Random| if r.often(70) { "create" } else { "existing" };
    if r.often(40) {
        let mut config = json!({"recorder": session(r)});
        if r.often(40) {
            config["remediate"] = json!(some(r, &["public-access", "encryption", "logging"], 2));
        }
        all.insert("config".into(), config);
    }
    if r.often(40) {
        let mut macie = json!({"session": session(r)});
        if r.often(40) {
            macie["export_to"] = json!("create");
        }
        all.insert("macie".into(), macie);
    }
    if r.often(30) {
        all.insert("guardduty".into(), json!({"detector": session(r), "malware_scan": r.often(60)}));
    }
    if r.often(30) || all.is_empty() {
        let on = some(r, &["policy-change", "public-access-change", "access-denied-burst"], 2);
        all.insert("alerts".into(), json!({"to": [{"sns": "create"}], "on": on}));
    }
    all.into()
}

/// The profile of a seed, as text.
pub(crate) fn profile(seed: u64) -> String {
    let mut r = Random::new(seed.wrapping_add(77_000));
    let r = &mut r;
    let known = r.often(70);
    let mut bucket = json!({"name": format!("acme-generated-{seed}")});
    if known {
        bucket["account"] = json!(OWN);
        bucket["region"] = json!("eu-west-1");
    }
    let preset = r.one(&["baseline", "baseline", "sensitive", "sensitive", "regulated", "log-archive"]);
    let mut profile = json!({"version": 1, "name": format!("generated-{seed}"), "owner": "somebody", "preset": preset});
    if r.often(25) {
        bucket["protect_versions"] = if r.often(50) { json!(true) } else { json!({"except": spared(r, 2)}) };
    }
    if preset != "log-archive" && r.often(45) {
        profile["encryption"] = encryption(r);
    }
    if r.often(15) {
        let mut replication = json!({"to_bucket": "acme-copies", "to_region": "eu-central-1"});
        if profile.to_string().contains("-kms") || matches!(preset, "sensitive" | "regulated") {
            replication["replica_key"] = json!("arn:aws:kms:eu-central-1:111122223333:key/abcd1234-12ab-34cd-56ef-1234567890ab");
        }
        if r.often(40) {
            replication["to_account"] = json!("444455556666");
        }
        bucket["replication"] = replication;
    }
    if r.often(30) {
        profile["transport"] = json!({"minimum_tls": "1.3"});
    }
    let limited = matches!(preset, "sensitive" | "regulated");
    if limited || r.often(45) {
        profile["network"] = network(r, limited);
    }
    if preset == "regulated" {
        profile["tests"] =
            json!([{"name": "strangers stay out", "request": {"as": "anonymous", "do": "s3:GetObject", "key": "a"}, "expect": "deny"}]);
    }
    if r.often(25) {
        profile["mfa"] = mfa(r);
    }
    if r.often(25) {
        profile["presigned_urls"] = presigned(r);
    }
    let mut number = 0;
    let mut grants = Vec::new();
    for _ in 0..r.next(4) {
        let place = if r.often(25) { Place::Iam } else { Place::Policy };
        grants.push(grant(r, number, place));
        number += 1;
    }
    if r.often(25) {
        profile["access_points"] = points(r, &mut number);
        let first = profile["access_points"]["points"][0]["name"].as_str().unwrap_or_default().to_owned();
        if r.often(30) {
            let mut sent = grant(r, number, Place::Point);
            sent["via"] = json!(format!("access-point/{first}"));
            grants.push(sent);
        }
    }
    if !grants.is_empty() {
        profile["grants"] = grants.into();
    }
    if r.often(35) {
        profile["denies"] = (0..1 + r.next(2)).map(|at| deny(r, at)).collect();
    }
    if preset != "log-archive" && r.often(30) {
        profile["logging"] = logging(r);
    }
    if r.often(30) {
        profile["monitoring"] = monitoring(r);
        if profile["monitoring"].to_string().contains(r#""malware_scan":true"#) {
            bucket["events"] = json!("eventbridge");
        }
    }
    if profile["monitoring"].to_string().contains("access-denied-burst") {
        profile["logging"] = json!({"cloudtrail": {"trail": "create", "log_group": true, "events": "all"}});
    }
    profile["bucket"] = bucket;
    profile.to_string()
}
