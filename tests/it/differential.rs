//! Two evaluators agree, and the one obeys the laws of policies.
//!
//! `S3HARDEN_PAIRS` sets how many pairs of policies and requests are tried (a million in a release build).

use std::collections::BTreeMap;

use serde_json::{Value, json};

use super::access::evaluate;
use super::naive;
use super::random::{Random, policies, request, statement};

const REQUESTS: usize = 10;

fn rounds() -> u64 {
    let pairs = std::env::var("S3HARDEN_PAIRS").ok().and_then(|n| n.parse().ok()).unwrap_or(20_000_u64);
    pairs.div_ceil(REQUESTS as u64)
}

fn lines(r: &mut Random, policies: &Value) -> Vec<Value> {
    (0..REQUESTS).map(|i| json!({"id": i, "policies": policies, "request": request(r, policies)})).collect()
}

fn decisions(lines: &[Value]) -> Vec<String> {
    evaluate(lines).iter().map(|answer| answer["decision"].as_str().unwrap_or_else(|| panic!("{answer}")).to_owned()).collect()
}

#[test]
fn the_compiled_and_the_naive_evaluator_agree() {
    let mut seen: BTreeMap<String, usize> = BTreeMap::new();
    for seed in 0..rounds() {
        let mut r = Random::new(seed + 1);
        let policies = policies(&mut r);
        let lines = lines(&mut r, &policies);
        for (line, answer) in lines.iter().zip(evaluate(&lines)) {
            let naive = naive::decide(line, answer["policyIsPublic"] == true);
            assert_eq!(answer["decision"], naive, "seed {seed}\n{line}\n{answer}");
            *seen.entry(naive.to_owned()).or_default() += 1;
        }
    }
    assert!(seen.len() == 4 && seen.values().all(|n| *n * 1000 > rounds() as usize * REQUESTS), "lopsided: {seen:?}");
}

/// Changes one policy of a layer, or the list of its statements.
fn statements<'a>(policies: &'a mut Value, r: &mut Random) -> Option<(&'static str, &'a mut Vec<Value>)> {
    let layer = ["resource", "identity", "session", "scp", "vpce"][r.next(5)];
    let policy = match layer {
        "identity" | "vpce" => policies.get_mut(layer)?.get_mut(0)?,
        "scp" => policies.get_mut(layer)?.get_mut(0)?.get_mut(0)?,
        layer => policies.get_mut(layer)?,
    };
    Some((layer, policy["Statement"].as_array_mut()?))
}

/// How much a decision gives.
fn rank(decision: &str) -> u8 {
    match decision {
        "Allowed" => 2,
        "Depends" => 1,
        _ => 0,
    }
}

#[test]
fn the_laws_of_policies_hold() {
    for seed in 0..rounds() / 8 {
        let mut r = Random::new(seed + 1_000_000);
        let mut before = policies(&mut r);
        // A further public statement may take access away, by RestrictPublicBuckets.
        if let Some(all) = before.as_object_mut() {
            all.remove("publicAccessBlock");
        }
        let lines = lines(&mut r, &before);
        let old = decisions(&lines);
        let check = |law: &str, policies: &Value, holds: &dyn Fn(&str, &str) -> bool| {
            let changed: Vec<_> = lines.iter().map(|line| json!({"id": 0, "policies": policies, "request": line["request"]})).collect();
            for ((line, old), new) in lines.iter().zip(&old).zip(decisions(&changed)) {
                assert!(holds(old, &new), "{law}, seed {seed}: {old} became {new}\n{line}\n{policies}");
            }
        };
        let mut added = before.clone();
        if let Some((layer, all)) = statements(&mut added, &mut r) {
            let mut more = statement(&mut r, layer);
            more["Effect"] = json!("Deny");
            let at = r.next(all.len() + 1);
            all.insert(at, more);
            check("a Deny never grants", &added, &|old, new| rank(new) <= rank(old));
        }
        let mut added = before.clone();
        if let Some((layer, all)) = statements(&mut added, &mut r) {
            let mut more = statement(&mut r, layer);
            more["Effect"] = json!("Allow");
            let at = r.next(all.len() + 1);
            all.insert(at, more);
            check("an Allow never removes", &added, &|old, new| rank(new) >= rank(old));
        }
        let mut turned = before.clone();
        if let Some((_, all)) = statements(&mut turned, &mut r) {
            all.reverse();
            check("order is irrelevant", &turned, &|old, new| old == new);
        }
        let mut widened = before.clone();
        if let Some((_, all)) = statements(&mut widened, &mut r) {
            for s in all.iter_mut().filter(|s| s["Effect"] == "Allow" && s.get("Resource").is_some()) {
                s["Resource"] = json!("*");
            }
            check("`*` is a superset", &widened, &|old, new| rank(new) >= rank(old));
        }
        let mut split = before.clone();
        if let Some((_, all)) = statements(&mut split, &mut r) {
            *all = all.iter().flat_map(split_values).collect();
            check("alternatives are statements", &split, &|old, new| old == new);
        }
    }
}

/// The statement once for each value of its first list under a positive operator on one value.
fn split_values(s: &Value) -> Vec<Value> {
    let conditions = s["Condition"].as_object();
    let found = conditions.into_iter().flatten().find_map(|(operator, keys)| {
        let splits = !operator.contains("Not") && !operator.contains("ForAllValues");
        let (key, values) = keys.as_object()?.iter().find(|(_, values)| values.is_array())?;
        (splits).then(|| (operator.clone(), key.clone(), values.as_array().cloned().unwrap_or_default()))
    });
    let Some((operator, key, values)) = found else { return vec![s.clone()] };
    let one = |value: &Value| {
        let mut copy = s.clone();
        copy["Condition"][&operator][&key] = value.clone();
        copy
    };
    values.iter().map(one).collect()
}
