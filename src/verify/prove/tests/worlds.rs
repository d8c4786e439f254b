//! Small worlds: random policies, and every request that could be told apart by what they mention.

use serde_json::{Value, json};

use super::super::super::model::{Call, Path};
use super::super::super::{Caller, CallerKind, Environment, PublicAccessBlock};
use super::super::*;
use super::{BUCKET, OWN, POINT};
use crate::policy::{Document, Key};

pub(super) struct Random(pub(super) u64);

impl Random {
    pub(super) fn next(&mut self, below: usize) -> usize {
        self.0 ^= self.0 >> 12;
        self.0 ^= self.0 << 25;
        self.0 ^= self.0 >> 27;
        usize::try_from((self.0.wrapping_mul(0x2545_f491_4f6c_dd1d) >> 33) % below as u64).unwrap()
    }

    pub(super) fn often(&mut self, percent: usize) -> bool {
        self.next(100) < percent
    }

    fn one<T: Clone>(&mut self, all: &[T]) -> T {
        all[self.next(all.len())].clone()
    }

    fn some(&mut self, all: &[&str]) -> Vec<String> {
        let first = self.next(all.len());
        let count = 1 + self.next(2.min(all.len()));
        (0..count).map(|i| all[(first + i) % all.len()].to_owned()).collect()
    }
}

/// Operator, key, values: what small policies ask.
const CONDITIONS: &[(&[&str], &str, &[&str])] = &[
    (&["Bool", "BoolIfExists"], "aws:SecureTransport", &["true", "false"]),
    (&["NumericLessThan", "NumericLessThanIfExists", "NumericGreaterThanEquals"], "s3:TlsVersion", &["1.2", "1.3"]),
    (
        &["IpAddress", "NotIpAddress", "NotIpAddressIfExists"],
        "aws:SourceIp",
        &["203.0.113.0/24", "0.0.0.0/1", "128.0.0.0/1", "2001:db8::/32"],
    ),
    (&["StringEquals", "StringNotEquals", "StringNotEqualsIfExists", "StringLike"], "aws:SourceVpce", &["vpce-1", "vpce-*"]),
    (&["StringEquals", "StringNotEquals"], "aws:SourceVpc", &["vpc-1"]),
    (&["Bool", "BoolIfExists"], "aws:PrincipalIsAWSService", &["false", "true"]),
    (&["Bool", "BoolIfExists"], "aws:ViaAWSService", &["false", "true"]),
    (
        &["ArnLike", "ArnNotLike", "ArnNotEquals", "StringNotLike", "StringEquals"],
        "aws:PrincipalArn",
        &[
            "arn:aws:iam::111122223333:role/R",
            "arn:aws:iam::111122223333:role/team/*",
            "arn:aws:iam::444455556666:*",
            "arn:aws:iam::*:user/U",
        ],
    ),
    (&["StringEquals", "StringNotEquals", "StringNotEqualsIfExists"], "aws:PrincipalAccount", &["111122223333", "444455556666"]),
    (&["StringEquals", "StringNotEquals"], "aws:PrincipalOrgID", &["o-1"]),
    (&["Null"], "aws:PrincipalArn", &["true", "false"]),
    (&["NumericGreaterThan", "NumericGreaterThanIfExists", "NumericLessThan"], "aws:MultiFactorAuthAge", &["3600", "60"]),
    (&["Bool", "BoolIfExists"], "aws:MultiFactorAuthPresent", &["false", "true"]),
    (&["StringEquals", "StringNotEquals"], "s3:authType", &["REST-QUERY-STRING", "REST-HEADER", "POST"]),
    (&["NumericGreaterThan", "NumericGreaterThanIfExists"], "s3:signatureAge", &["600000", "900000"]),
    (&["StringEquals"], "s3:signatureversion", &["AWS"]),
    (&["StringEquals", "StringNotEquals", "StringNotEqualsIfExists"], "s3:x-amz-server-side-encryption", &["aws:kms", "AES256"]),
    (&["Null"], "s3:x-amz-server-side-encryption", &["true", "false"]),
    (&["StringNotEquals", "StringEquals"], "s3:x-amz-server-side-encryption-aws-kms-key-id", &["arn:aws:kms:eu-west-1:111122223333:key/k"]),
    (&["Null"], "s3:x-amz-server-side-encryption-aws-kms-key-id", &["true", "false"]),
    (&["Null"], "s3:x-amz-server-side-encryption-customer-algorithm", &["true", "false"]),
    (&["StringEquals", "StringNotEquals", "StringNotEqualsIfExists"], "aws:SourceAccount", &["111122223333"]),
    (&["ArnLike", "ArnNotLike"], "aws:SourceArn", &["arn:aws:s3:::b"]),
    (&["StringLike", "StringNotLike", "StringNotLikeIfExists"], "s3:prefix", &["a*", "", "*b"]),
    (
        &["ForAllValues:StringEquals", "ForAnyValue:StringEquals", "ForAnyValue:StringNotEquals", "ForAllValues:StringLike"],
        "aws:CalledVia",
        &["athena.amazonaws.com", "glue.amazonaws.com"],
    ),
    (&["DateLessThan", "DateGreaterThan"], "aws:CurrentTime", &["2026-06-01T00:00:00Z"]),
    (&["ArnNotEquals", "ArnEquals", "ArnNotLike"], "s3:DataAccessPointArn", &[POINT, "arn:aws:s3:*:111122223333:accesspoint/*"]),
    (&["StringLike", "StringNotLike"], "aws:username", &["U*", "*x"]),
    (&["StringEquals", "StringNotEquals", "StringEqualsIgnoreCase"], "aws:PrincipalTag/t", &["a", "A"]),
    (&["StringNotEquals", "StringEquals"], "s3:x-amz-acl", &["bucket-owner-full-control", "public-read"]),
];

pub(super) fn statement(r: &mut Random, variables: bool) -> Value {
    let mut s = json!({"Effect": if r.often(45) { "Allow" } else { "Deny" }});
    let arn = [
        "arn:aws:iam::111122223333:role/R",
        "111122223333",
        "444455556666",
        "arn:aws:iam::444455556666:user/U",
        "arn:aws:iam::111122223333:user/U",
        "arn:aws:sts::111122223333:assumed-role/R/s",
    ];
    let principal = match r.next(10) {
        0..=5 => json!("*"),
        6 | 7 => json!({"AWS": r.some(&arn)}),
        8 => json!({"AWS": "*"}),
        _ => json!({"Service": "logging.s3.amazonaws.com"}),
    };
    s[if r.often(3) { "NotPrincipal" } else { "Principal" }] = principal;
    let actions: &[&[&str]] = &[
        &["s3:*"],
        &["*"],
        &["s3:GetObject"],
        &["s3:PutObject"],
        &["s3:Get*", "s3:List*"],
        &["s3:PutObject", "s3:DeleteObject"],
        &["s3:ListBucket"],
    ];
    s[if r.often(8) { "NotAction" } else { "Action" }] = json!(r.one(actions));
    let resources: &[&[&str]] = &[
        &["arn:aws:s3:::b", "arn:aws:s3:::b/*"],
        &["*"],
        &["arn:aws:s3:::b/*"],
        &["arn:aws:s3:::b"],
        &["arn:aws:s3:::b/a*"],
        &["arn:aws:s3:::b*"],
    ];
    s[if r.often(6) { "NotResource" } else { "Resource" }] = json!(r.one(resources));
    if variables && r.often(40) {
        s["Resource"] = json!(["arn:aws:s3:::b", "arn:aws:s3:::b/${aws:username}/*"]);
        s.as_object_mut().unwrap().remove("NotResource");
    }
    for _ in 0..[0, 0, 1, 1, 1, 2, 2, 3][r.next(8)] {
        let (operators, key, values) = CONDITIONS[r.next(CONDITIONS.len())];
        s["Condition"][r.one(operators)][key] = json!(r.some(values));
    }
    s
}

pub(super) fn policy(r: &mut Random, variables: bool) -> Value {
    let statements: Vec<Value> = (0..1 + r.next(4)).map(|_| statement(r, variables)).collect();
    json!({"Version": "2012-10-17", "Statement": statements})
}

pub(super) fn subject(json: &Value, block: PublicAccessBlock) -> Subject {
    let mut subject = Subject::new(BUCKET, OWN, &Document::read(json).unwrap(), &Environment::default());
    subject.policies.block = block;
    subject
}

fn callers() -> Vec<Caller> {
    let user = |arn| Caller::from_arn(arn).unwrap();
    let role = |arn, session| Caller::role(arn, session).unwrap();
    vec![
        Caller::anonymous(),
        user("arn:aws:iam::111122223333:user/U"),
        user("arn:aws:iam::111122223333:user/Bob"),
        user("arn:aws:iam::444455556666:user/U"),
        user("arn:aws:iam::777788889999:user/x"),
        role("arn:aws:iam::111122223333:role/R", "s"),
        role("arn:aws:iam::111122223333:role/team/T", "t"),
        role("arn:aws:iam::111122223333:role/team/R", "t"),
        role("arn:aws:iam::444455556666:role/R", "s"),
        user("arn:aws:iam::111122223333:root"),
        user("arn:aws:iam::444455556666:root"),
        user("arn:aws:sts::111122223333:federated-user/F").issued_by("arn:aws:iam::111122223333:user/U"),
        Caller::service("logging.s3.amazonaws.com"),
        Caller::service("config.amazonaws.com"),
    ]
}

/// Every request of the small world, of those that differ in what the text mentions.
pub(super) fn calls(text: &str) -> Vec<Call> {
    let has = |key: &str| text.to_lowercase().contains(&key.to_lowercase());
    let mut all = Vec::new();
    let objects = [
        ("s3:GetObject", "arn:aws:s3:::b/a"),
        ("s3:GetObject", "arn:aws:s3:::b/U/k"),
        ("s3:PutObject", "arn:aws:s3:::b/k"),
        ("s3:ListBucket", "arn:aws:s3:::b"),
        ("s3:PutBucketPolicy", "arn:aws:s3:::b"),
    ];
    for caller in callers() {
        let service = caller.kind() == CallerKind::Service;
        let anonymous = caller.kind() == CallerKind::Anonymous;
        let mut paths = vec![Path::Internet { ip: "203.0.113.9".into() }, Path::Internet { ip: "8.8.8.8".into() }];
        paths.extend(
            ["198.51.100.1", "2001:db8::5", "2a00::1"].map(|ip| Path::Internet { ip: ip.into() }).into_iter().filter(|_| has("SourceIp")),
        );
        let endpoint = |n: &str| Path::Endpoint {
            vpc: format!("vpc-{n}").into(),
            endpoint: format!("vpce-{n}").into(),
            ip: None,
            account: None,
            organization: None,
        };
        paths.extend([endpoint("1"), endpoint("2")]);
        if !anonymous {
            paths.push(Path::Forwarded { service: "athena.amazonaws.com".into(), ip: Some("203.0.113.9".into()) });
        }
        for (action, resource) in objects {
            for path in if service { vec![Path::Inside] } else { paths.clone() } {
                let mut base = Call::new(caller.clone(), action, resource, OWN);
                base.path = path;
                base.at = Some("2026-01-01T00:00:00Z".into());
                let mut found = vec![base];
                let vary = |found: &mut Vec<Call>, with: &[&dyn Fn(&mut Call)]| {
                    let old = std::mem::take(found);
                    for call in &old {
                        found.push(call.clone());
                        for change in with {
                            let mut call = call.clone();
                            change(&mut call);
                            found.push(call);
                        }
                    }
                };
                let sent = |key: Key, value: &'static str| move |call: &mut Call| call.sent.push((key.clone(), vec![value.into()]));
                if !service {
                    vary(&mut found, &[&|call| call.tls = None]);
                }
                if has("TlsVersion") && !service {
                    vary(&mut found, &[&|call| call.tls = call.tls.as_ref().map(|_| "1.1".into())]);
                }
                if has("MultiFactor") && !service && !anonymous {
                    vary(
                        &mut found,
                        &[
                            &|call| (call.temporary, call.mfa_age) = (true, Some(30)),
                            &|call| (call.temporary, call.mfa_age) = (true, Some(4000)),
                            &|call| call.temporary = true,
                        ],
                    );
                }
                if (has("authType") || has("signature")) && !service && !anonymous {
                    vary(
                        &mut found,
                        &[&|call| call.presigned_age = Some(1000), &|call| call.presigned_age = Some(700_000), &|call| {
                            call.presigned_age = Some(2_000_000)
                        }],
                    );
                }
                if has("encryption") && action == "s3:PutObject" {
                    let key = |key: &'static str| {
                        move |call: &mut Call| {
                            call.sent.push((Key::XAmzServerSideEncryption, vec!["aws:kms".into()]));
                            call.sent.push((Key::XAmzServerSideEncryptionAwsKmsKeyId, vec![key.into()]));
                        }
                    };
                    let (own, other) = (key("arn:aws:kms:eu-west-1:111122223333:key/k"), key("arn:aws:kms:eu-west-1:111122223333:key/z"));
                    vary(
                        &mut found,
                        &[
                            &sent(Key::XAmzServerSideEncryption, "AES256"),
                            &sent(Key::XAmzServerSideEncryption, "aws:kms"),
                            &own,
                            &other,
                            &sent(Key::XAmzServerSideEncryptionCustomerAlgorithm, "AES256"),
                            &|call| call.default_encryption = Some(("aws:kms".into(), None)),
                        ],
                    );
                }
                if has("PrincipalOrg") && !service && !anonymous {
                    vary(&mut found, &[&|call| call.organization = Some("o-1".into()), &|call| call.organization = Some("o-2".into())]);
                }
                if service && (has("SourceAccount") || has("SourceArn") || has("listed")) {
                    vary(
                        &mut found,
                        &[&|call| call.source = Some((BUCKET.into(), OWN.into())), &|call| {
                            call.source = Some(("arn:aws:s3:::z".into(), "444455556666".into()))
                        }],
                    );
                }
                if has("s3:prefix") && action == "s3:ListBucket" {
                    vary(&mut found, &[&sent(Key::Prefix, "ab"), &sent(Key::Prefix, ""), &sent(Key::Prefix, "z")]);
                }
                if has("CurrentTime") {
                    vary(&mut found, &[&|call| call.at = Some("2027-01-01T00:00:00Z".into())]);
                }
                if has("PrincipalTag") && !service && !anonymous {
                    vary(
                        &mut found,
                        &[
                            &sent(Key::PrincipalTag("t".into()), "a"),
                            &sent(Key::PrincipalTag("t".into()), "A"),
                            &sent(Key::PrincipalTag("t".into()), "b"),
                        ],
                    );
                }
                if has("x-amz-acl") && action == "s3:PutObject" {
                    vary(&mut found, &[&sent(Key::XAmzAcl, "public-read"), &sent(Key::XAmzAcl, "bucket-owner-full-control")]);
                }
                if has("DataAccessPoint") && !anonymous && !service && action != "s3:PutBucketPolicy" {
                    vary(
                        &mut found,
                        &[&|call| {
                            if call.tls.is_some() {
                                call.access_point = Some((POINT.into(), false))
                            }
                        }],
                    );
                }
                all.extend(found);
            }
        }
    }
    all
}
