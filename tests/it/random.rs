//! Random policies and requests whose words are few enough to meet often.
//!
//! In: a seed. Out: lines of `evaluate`. The same seed makes the same lines on every machine.

use serde_json::{Map, Value, json};

/// A small generator (xorshift64*).
pub(crate) struct Random(u64);

impl Random {
    pub(crate) fn new(seed: u64) -> Self {
        Self(seed.wrapping_mul(0x9e37_79b9_7f4a_7c15) | 1)
    }

    pub(crate) fn next(&mut self, below: usize) -> usize {
        self.0 ^= self.0 >> 12;
        self.0 ^= self.0 << 25;
        self.0 ^= self.0 >> 27;
        usize::try_from((self.0.wrapping_mul(0x2545_f491_4f6c_dd1d) >> 33) % below as u64).unwrap()
    }

    pub(crate) fn one<'a>(&mut self, all: &[&'a str]) -> &'a str {
        all[self.next(all.len())]
    }

    pub(crate) fn often(&mut self, percent: usize) -> bool {
        self.next(100) < percent
    }

    /// A scalar or a list of them.
    fn some(&mut self, all: &[&str]) -> Value {
        if self.often(50) { json!(self.one(all)) } else { (0..1 + self.next(3)).map(|_| json!(self.one(all))).collect() }
    }
}

const ACTIONS: [&str; 8] = [
    "s3:GetObject",
    "s3:PutObject",
    "s3:ListBucket",
    "s3:DeleteObjectVersion",
    "s3:PutBucketPolicy",
    "s3:GetBucketPolicy",
    "s3:Weird",
    "S3:getobject",
];
const ACTION_PATTERNS: [&str; 10] =
    ["*", "s3:*", "s3:Get*", "s3:*Object", "s3:???Object", "s3:GetObject", "S3:PUTOBJECT", "s3:*Policy", "kms:*", "s3:W*"];
const RESOURCES: [&str; 5] = ["arn:aws:s3:::b", "arn:aws:s3:::b/k", "arn:aws:s3:::b/Ann/x", "arn:aws:s3:::b/a:b/c", "arn:aws:s3:::b2/k"];
const RESOURCE_PATTERNS: [&str; 14] = [
    "*",
    "arn:aws:s3:::b",
    "arn:aws:s3:::b/*",
    "arn:aws:s3:::b*",
    "arn:aws:s3:::b/${aws:username}/*",
    "arn:*:s3:::b/?",
    "arn:aws:s3:*:*:b/k",
    "arn:aws:s3",
    "arn:aws:s*",
    "arn:aws:s3:::*:b/*",
    "arn:aws:s3:eu-west-1:111122223333:accesspoint/p*",
    "b/*",
    "arn:aws:s3:::b/${aws:userid, 'Ann'}/*",
    "arn:aws:s3:eu-west-1:*:accesspoint/p/object/*",
];
const PRINCIPALS: [&str; 10] = [
    "*",
    "111122223333",
    "444455556666",
    "arn:aws:iam::111122223333:root",
    "arn:aws:iam::111122223333:user/Ann",
    "arn:aws:iam::111122223333:role/path/R",
    "arn:aws:sts::111122223333:assumed-role/R/s",
    "arn:aws:iam::444455556666:role/R",
    "arn:aws:sts::111122223333:federated-user/F",
    "arn:aws:iam::111122223333:user/*",
];
const STRINGS: [&str; 9] = ["Ann", "ann", "A*", "*", "?nn", "", "${aws:username}", "${aws:PrincipalTag/t, 'Ann'}", "x${*}"];
const NUMBERS: [&str; 6] = ["1", "1.0", "2", "-3", "10.25", "many"];
const DATES: [&str; 6] = ["2026-01-01", "2026-01-01T00:00:00Z", "2026-06-30T12:00:00Z", "1767225600", "2028-02-29", "soon"];
const RANGES: [&str; 7] = ["203.0.113.0/24", "203.0.113.9", "0.0.0.0/0", "2001:db8::/32", "::/0", "10.0.0.0/8", "everywhere"];
const ARNS: [&str; 7] = [
    "arn:aws:s3:::b",
    "arn:aws:s3:::*",
    "arn:aws:iam::111122223333:role/*",
    "arn:aws:*:role/R",
    "*",
    "arn:aws:iam::*:user/${aws:username}",
    "b",
];
const SETS: [&str; 4] = ["a", "b", "a*", "c"];

fn condition(r: &mut Random, keys: &mut Map<String, Value>) {
    let order = ["", "LessThan", "LessThanEquals", "GreaterThan", "GreaterThanEquals"];
    let (base, key, values): (String, &str, &[&str]) = match r.next(9) {
        0 | 1 => {
            let base = r.one(&["Equals", "NotEquals", "Like", "NotLike", "EqualsIgnoreCase", "NotEqualsIgnoreCase"]);
            (format!("String{base}"), r.one(&["aws:username", "AWS:Username", "s3:prefix", "aws:PrincipalTag/t", "x:y"]), &STRINGS)
        }
        2 => {
            let base = r.one(&["Equals", "NotEquals", "LessThan", "LessThanEquals", "GreaterThan", "GreaterThanEquals"]);
            (format!("Numeric{base}"), "s3:max-keys", &NUMBERS)
        }
        3 => {
            let base = match r.one(&order) {
                "" => r.one(&["Equals", "NotEquals"]),
                base => base,
            };
            (format!("Date{base}"), "aws:CurrentTime", &DATES)
        }
        4 => (r.one(&["IpAddress", "NotIpAddress"]).into(), "aws:SourceIp", &RANGES),
        5 => (format!("Arn{}", r.one(&["Equals", "NotEquals", "Like", "NotLike"])), "aws:PrincipalArn", &ARNS),
        6 => ("Bool".into(), r.one(&["aws:SecureTransport", "aws:ViaAWSService"]), &["true", "false", "True", "maybe"]),
        7 => ("Null".into(), r.one(&["aws:SourceIp", "aws:TagKeys", "x:y"]), &["true", "false"]),
        _ => (format!("String{}", r.one(&["Equals", "NotEquals", "Like", "NotLike"])), "aws:TagKeys", &SETS),
    };
    let quantified = base != "Null" && r.often(if key == "aws:TagKeys" { 80 } else { 10 });
    let quantifier = if quantified { r.one(&["ForAllValues:", "ForAnyValue:"]) } else { "" };
    let suffix = if base != "Null" && r.often(20) { "IfExists" } else { "" };
    let name = format!("{quantifier}{base}{suffix}");
    keys.entry(name).or_insert_with(|| json!({}))[key] = r.some(values);
}

pub(crate) fn statement(r: &mut Random, layer: &str) -> Value {
    let mut s = Map::new();
    s.insert("Effect".into(), json!(if r.often(if layer == "rcp" { 0 } else { 62 }) { "Allow" } else { "Deny" }));
    match layer {
        "rcp" => drop(s.insert("Principal".into(), json!("*"))),
        "resource" | "point" | "vpce" => {
            let who = match r.next(10) {
                0..=4 => json!("*"),
                5 => json!({"Service": r.some(&["logging.s3.amazonaws.com", "s3.amazonaws.com"])}),
                _ => json!({"AWS": r.some(&PRINCIPALS)}),
            };
            s.insert(if r.often(8) { "NotPrincipal" } else { "Principal" }.into(), who);
        }
        _ => {}
    }
    s.insert(if r.often(10) { "NotAction" } else { "Action" }.into(), if r.often(40) { json!("s3:*") } else { r.some(&ACTION_PATTERNS) });
    s.insert(
        if r.often(10) { "NotResource" } else { "Resource" }.into(),
        if r.often(40) { json!("*") } else { r.some(&RESOURCE_PATTERNS) },
    );
    let mut keys = Map::new();
    for _ in 0..[0, 0, 1, 1, 2, 3][r.next(6)] {
        condition(r, &mut keys);
    }
    if !keys.is_empty() {
        s.insert("Condition".into(), keys.into());
    }
    s.into()
}

fn policy(r: &mut Random, layer: &str) -> Value {
    let statements: Vec<_> = (0..1 + r.next(4)).map(|_| statement(r, layer)).collect();
    json!({"Version": if r.often(85) { "2012-10-17" } else { "2008-10-17" }, "Statement": statements})
}

/// Policies of every layer.
pub(crate) fn policies(r: &mut Random) -> Value {
    let mut all = json!({});
    let list = |r: &mut Random, layer: &str| (0..1 + r.next(2)).map(|_| policy(r, layer)).collect::<Value>();
    if r.often(85) {
        all["resource"] = policy(r, "resource");
    }
    if r.often(75) {
        all["identity"] = list(r, "identity");
    }
    for (layer, name, percent) in [("boundary", "permissionBoundary", 15), ("vpce", "vpce", 15)] {
        if r.often(percent) {
            all[name] = list(r, layer);
        }
    }
    if r.often(15) {
        all["session"] = policy(r, "session");
    }
    for layer in ["scp", "rcp"] {
        if r.often(12) {
            all[layer] = (0..1 + r.next(2)).map(|_| list(r, layer)).collect();
        }
    }
    if r.often(20) {
        let vpc = r.often(30).then_some("vpc-1");
        let policy = if r.often(80) { policy(r, "point") } else { Value::Null };
        let point = "arn:aws:s3:eu-west-1:111122223333:accesspoint/p";
        all["accessPoint"] =
            json!({"arn": point, "bucket": "b", "networkOrigin": vpc.map_or("Internet", |_| "VPC"), "vpcId": vpc, "policy": policy});
    } else if r.often(20) {
        all["publicAccessBlock"] = json!({"RestrictPublicBuckets": true});
    }
    all
}

/// A request on what the policies are about.
pub(crate) fn request(r: &mut Random, policies: &Value) -> Value {
    let aws = |arn: &str| json!({"type": "AWS", "arn": arn});
    let principal = match r.next(11) {
        0 => json!({"type": "Anonymous"}),
        1 => json!({"type": "Service", "value": r.one(&["logging.s3.amazonaws.com", "s3.amazonaws.com"])}),
        2 => aws("arn:aws:iam::111122223333:root"),
        3 => aws("arn:aws:iam::444455556666:root"),
        4 => aws("arn:aws:sts::444455556666:assumed-role/R/s"),
        5 => {
            json!({"type": "AWS", "arn": "arn:aws:sts::111122223333:federated-user/F", "value": "arn:aws:iam::111122223333:user/Ann"})
        }
        6 => json!({"type": "AWS", "arn": "arn:aws:sts::111122223333:assumed-role/R/s", "serviceLinked": true}),
        7 | 8 => aws("arn:aws:sts::111122223333:assumed-role/R/s"),
        _ => aws("arn:aws:iam::111122223333:user/Ann"),
    };
    let mut context = Map::new();
    let scalars: [(&str, &[&str]); 10] = [
        ("aws:username", &["Ann", "ann", "Bob", "A*", ""]),
        ("s3:prefix", &["Ann", "x*", "", "Anna"]),
        ("aws:PrincipalTag/T", &["Ann", "x"]),
        ("s3:max-keys", &["1", "2", "10.250", "lots"]),
        ("aws:CurrentTime", &["2026-01-01T00:00:00Z", "2026-06-30T12:00:00Z", "now", "2028-02-29T00:00:00Z"]),
        ("aws:SourceIp", &["203.0.113.9", "198.51.100.1", "2001:db8::1", "10.1.1.1", "here"]),
        ("aws:PrincipalArn", &["arn:aws:iam::111122223333:role/R", "arn:aws:iam::1:user/Ann", "arn:aws:s3:::b"]),
        ("aws:SecureTransport", &["true", "false"]),
        ("aws:ViaAWSService", &["true", "FALSE"]),
        ("aws:SourceVpc", &["vpc-1", "vpc-2"]),
    ];
    for (key, values) in scalars {
        if r.often(55) {
            context.insert(key.into(), json!(r.one(values)));
        }
    }
    if r.often(50) {
        context.insert("aws:TagKeys".into(), (0..r.next(4)).map(|_| json!(r.one(&["a", "b", "c", "ab"]))).collect());
    }
    if r.often(40) {
        let value = if r.often(50) { json!("Ann") } else { json!(["Ann", "x"]) };
        context.insert("x:y".into(), value);
    }
    let resource = r.one(&RESOURCES);
    let mut request = json!({"principal": principal, "action": r.one(&ACTIONS), "resource": resource, "resourceAccount": "111122223333", "context": context});
    if policies.get("accessPoint").is_some() && r.often(80) {
        let point = "arn:aws:s3:eu-west-1:111122223333:accesspoint/p";
        let through = resource.split_once('/').map_or_else(|| point.to_owned(), |(_, key)| format!("{point}/object/{key}"));
        request["via"] = json!("accessPoint");
        request["resource"] = json!(through);
        request["underlyingResource"] = json!(resource);
    }
    request
}
