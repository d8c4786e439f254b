//! Policies at S3's limit of 20 KB that are meant to keep a prover busy.

use serde_json::{Value, json};

use super::{BUCKET, cidrs};

const LIMIT: usize = 20_480;

/// Statements of a kind, as many as a policy can hold.
fn filled(of: impl Fn(usize) -> Value) -> Value {
    let mut all = vec![json!({"Effect": "Allow", "Principal": "*", "Action": "s3:*", "Resource": [BUCKET, format!("{BUCKET}/*")]})];
    let mut size = 200;
    for at in 0.. {
        let next = of(at);
        size += next.to_string().len() + 1;
        if size > LIMIT {
            break;
        }
        all.push(next);
    }
    json!({"Version": "2012-10-17", "Statement": all})
}

fn pick<'a>(at: usize, salt: usize, from: &[&'a str]) -> &'a str {
    from[(at.wrapping_mul(2_654_435_761).wrapping_add(salt.wrapping_mul(40_503)) >> 7) % from.len()]
}

/// Each with its name.
pub(super) fn policies() -> Vec<(&'static str, Value)> {
    let deny = |resource: Value, condition: Value| json!({"Effect": "Deny", "Principal": "*", "Action": "s3:*", "Resource": resource, "Condition": condition});
    let all = || json!(format!("{BUCKET}*"));
    let letters = |at: usize| char::from(b'a' + (at % 26) as u8);
    let flag = |at: usize, salt: usize| pick(at, salt, &["true", "false"]);
    vec![
        ("patterns of keys", filled(|at| deny(json!(format!("{BUCKET}/*{}*{}*", letters(at), letters(at / 26 + at))), json!({})))),
        (
            "patterns of roles",
            filled(|at| deny(all(), json!({"ArnLike": {"aws:PrincipalArn": format!("arn:aws:iam::*:role/*{}{}*", letters(at), letters(at / 3))}}))),
        ),
        (
            "roles at any path",
            filled(|at| deny(all(), json!({"ArnLike": {"aws:PrincipalArn": format!("arn:aws:iam::444455556666:role/*/Role{at}")}}))),
        ),
        (
            "named roles beside patterns",
            filled(|at| {
                let mut one = deny(all(), json!({"ArnLike": {"aws:PrincipalArn": format!("arn:aws:iam::444455556666:role/*/Role{at}")}}));
                one["Principal"] = json!({"AWS": format!("arn:aws:iam::444455556666:role/Role{at}")});
                one
            }),
        ),
        (
            "tags, three of forty each",
            filled(|at| {
                let tag = |salt: usize| format!("aws:PrincipalTag/t{}", (at * 7 + salt * 13 + at / 5) % 40);
                let mut tests = serde_json::Map::new();
                (0..3).for_each(|salt| drop(tests.insert(tag(salt), json!(flag(at, salt)))));
                deny(all(), json!({"StringEquals": tests}))
            }),
        ),
        (
            "two-valued keys, four each",
            filled(|at| {
                let mut equal = serde_json::Map::new();
                let mut other = serde_json::Map::new();
                for salt in 0..4 {
                    let tag = format!("aws:PrincipalTag/k{}", (at * 5 + salt * salt * 3 + at / 7) % 24);
                    if (at >> salt) & 1 == 0 { equal.insert(tag, json!("a")) } else { other.insert(tag, json!("a")) };
                }
                deny(all(), json!({"StringEquals": equal, "StringNotEquals": other}))
            }),
        ),
        (
            "conditions on everything",
            filled(|at| {
                let ip = format!("{}.{}.0.0/16", at % 223 + 1, (at * 37) % 256);
                deny(all(), json!({
                    pick(at, 1, &["IpAddress", "NotIpAddress"]): {"aws:SourceIp": ip},
                    pick(at, 2, &["StringEquals", "StringNotEquals"]): {"aws:PrincipalAccount": format!("{:012}", at * 7919 % 1_000_000)},
                    pick(at, 3, &["StringLike", "StringNotLike"]): {"s3:prefix": format!("{}*", letters(at * 5))},
                    "Bool": {"aws:SecureTransport": flag(at, 4), "aws:ViaAWSService": flag(at, 5)}
                }))
            }),
        ),
        ("ranges", json!({"Version": "2012-10-17", "Statement": [
            {"Effect": "Allow", "Principal": "*", "Action": "s3:*", "Resource": all()},
            deny(all(), json!({"NotIpAddress": {"aws:SourceIp": cidrs(1_000)}}))]})),
        (
            "one range in each statement",
            filled(|at| deny(all(), json!({"IpAddress": {"aws:SourceIp": format!("{}.{}.0.0/16", at % 223 + 1, (at * 37) % 256)}}))),
        ),
        (
            "services and sets",
            filled(|at| {
                deny(all(), json!({"ForAllValues:StringLike": {"aws:CalledVia": format!("{}*.amazonaws.com", letters(at))},
                    "ForAnyValue:StringNotLike": {"aws:PrincipalOrgPaths": format!("o-1/*{}*", letters(at * 3))}}))
            }),
        ),
        (
            "accounts",
            filled(|at| {
                json!({"Effect": "Allow", "Principal": {"AWS": format!("{:012}", 100_000_000_000_usize + at * 977)}, "Action": "s3:GetObject",
                    "Resource": format!("{BUCKET}/{at}/*"), "Condition": {"StringNotEquals": {"aws:PrincipalArn": format!("arn:aws:iam::{:012}:role/R{at}", 100_000_000_000_usize + at * 977)}}})
            }),
        ),
        (
            "variables",
            filled(|at| {
                deny(json!(format!("{BUCKET}/{at}/${{aws:username}}/*")), json!({"StringNotLike": {"aws:userid": format!("*{}:${{aws:username}}", letters(at))}}))
            }),
        ),
    ]
}
