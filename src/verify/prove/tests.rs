//! The prover against the evaluator: small worlds in which every request can be tried.
//!
//! `S3HARDEN_WORLDS` sets how many policies are made; a hundred thousand take a quarter of an hour in a release build.

use std::sync::Arc;

use serde_json::{Value, json};

use super::super::model::{Call, Path};
use super::super::{Caller, CallerKind, Decision, Environment, Kind, On, Policy, PublicAccessBlock};
use super::*;
use crate::policy::{Document, Key};

const OWN: &str = "111122223333";
const BUCKET: &str = "arn:aws:s3:::b";
const POINT: &str = "arn:aws:s3:eu-west-1:111122223333:accesspoint/p";

struct Random(u64);

impl Random {
    fn next(&mut self, below: usize) -> usize {
        self.0 ^= self.0 >> 12;
        self.0 ^= self.0 << 25;
        self.0 ^= self.0 >> 27;
        usize::try_from((self.0.wrapping_mul(0x2545_f491_4f6c_dd1d) >> 33) % below as u64).unwrap()
    }

    fn often(&mut self, percent: usize) -> bool {
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

fn statement(r: &mut Random, variables: bool) -> Value {
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

fn policy(r: &mut Random, variables: bool) -> Value {
    let statements: Vec<Value> = (0..1 + r.next(4)).map(|_| statement(r, variables)).collect();
    json!({"Version": "2012-10-17", "Statement": statements})
}

fn subject(json: &Value, block: PublicAccessBlock) -> Subject {
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
fn calls(text: &str) -> Vec<Call> {
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

/// Whether a request that the evaluator has an opinion on is let in under some reading of AWS's pages.
fn lets_in(subject: &Subject, call: &Call) -> bool {
    let mut policies = subject.policies.clone();
    if call.access_point.is_some() {
        let open = json!({"Statement": {"Effect": "Allow", "Principal": "*", "Action": "*", "Resource": "*"}});
        let policy = Policy::compile(&Document::read(&open).unwrap(), Kind::AccessPoint, &Environment::default());
        policies.access_point = Some(AccessPoint { policy: Some(Arc::new(policy)), ..Default::default() });
    }
    matches!(policies.decide(&call.request()), Decision::Allowed { .. } | Decision::Depends { on: On::Knob(_), .. })
}

fn owner_repairs(call: &Call) -> bool {
    call.caller.kind() == CallerKind::Root && call.caller.account() == Some(OWN) && call.action.ends_with("BucketPolicy")
}

type Breaks = Box<dyn Fn(&Call) -> bool>;

/// Questions, each with what breaks it, said once more.
fn questions() -> Vec<(Question, Breaks)> {
    let service = |call: &Call| call.caller.kind() == CallerKind::Service;
    let role =
        |call: &Call, arn: &str| callers::role_arn(&call.caller).is_some_and(|own| own == arn && call.caller.kind() == CallerKind::Role);
    let text = |all: &[&str]| all.iter().map(|text| (*text).to_owned()).collect::<Vec<_>>();
    let header = |call: &Call, key: Key| call.sent.iter().rev().find(|(own, _)| *own == key).map(|(_, value)| value[0].to_string());
    let exists = |call: &Call| call.action.as_ref() == "s3:PutObject";
    vec![
        (Question::TlsOnly { minimum: None }, Box::new(move |call| !service(call) && call.tls.is_none())),
        (
            Question::TlsOnly { minimum: Some("1.2".into()) },
            Box::new(move |call| !service(call) && call.tls.as_deref().is_none_or(|tls| tls < "1.2")),
        ),
        (Question::NoPublicAccess, Box::new(|call| call.caller.kind() == CallerKind::Anonymous)),
        (
            Question::OnlyNetworks {
                actions: text(&["s3:GetObject", "s3:PutObject", "s3:ListBucket"]),
                allowed: Networks { cidrs: text(&["203.0.113.0/24"]), vpcs: vec![], endpoints: text(&["vpce-1"]) },
                denied: Networks::default(),
                services: true,
                forwarded: true,
                principals: text(&["arn:aws:iam::111122223333:role/R"]),
                repairers: vec![],
            },
            Box::new(move |call| {
                let inside = match &call.path {
                    Path::Internet { ip } => ip.starts_with("203.0.113."),
                    Path::Endpoint { endpoint, .. } => endpoint.as_ref() == "vpce-1",
                    Path::Forwarded { .. } | Path::Inside => true,
                };
                !inside && call.action.as_ref() != "s3:PutBucketPolicy" && !role(call, "arn:aws:iam::111122223333:role/R")
            }),
        ),
        (
            Question::OnlyListedPrincipals {
                accounts: text(&[OWN]),
                principals: text(&["arn:aws:iam::444455556666:role/R"]),
                organizations: text(&["o-1"]),
                sources: text(&[OWN]),
                resources: text(&[BUCKET]),
            },
            Box::new(move |call| match (service(call), &call.source) {
                (true, Some((arn, account))) => account.as_ref() != OWN && arn.as_ref() != BUCKET,
                (true, None) => true,
                _ => {
                    call.caller.account() != Some(OWN)
                        && call.organization.as_deref() != Some("o-1")
                        && !role(call, "arn:aws:iam::444455556666:role/R")
                }
            }),
        ),
        (
            Question::EncryptedAsDeclared {
                algorithm: Some("aws:kms".into()),
                key: Some("arn:aws:kms:eu-west-1:111122223333:key/k".into()),
                sse_c_blocked: true,
            },
            Box::new(move |call| {
                let (algorithm, key) =
                    (header(call, Key::XAmzServerSideEncryption), header(call, Key::XAmzServerSideEncryptionAwsKmsKeyId));
                let other_key = key.as_ref().is_some_and(|key| !key.ends_with("/k"));
                exists(call)
                    && (algorithm.as_ref().is_some_and(|a| a != "aws:kms")
                        || other_key
                        || (algorithm.is_some() && key.is_none())
                        || header(call, Key::XAmzServerSideEncryptionCustomerAlgorithm).is_some())
            }),
        ),
        (
            Question::MfaEnforced {
                actions: text(&["s3:PutObject", "s3:PutBucketPolicy"]),
                within_seconds: 3600,
                except: text(&["arn:aws:iam::111122223333:role/R"]),
                repairers: vec![],
            },
            Box::new(move |call| {
                call.action.starts_with("s3:Put")
                    && !service(call)
                    && call.mfa_age.is_none_or(|age| age > 3600)
                    && !role(call, "arn:aws:iam::111122223333:role/R")
            }),
        ),
        (
            Question::PresignedBounded { max_age_seconds: None, forbidden: true, networks: Networks::default(), repairers: vec![] },
            Box::new(|call| call.presigned_age.is_some()),
        ),
        (
            Question::PresignedBounded { max_age_seconds: Some(900), forbidden: false, networks: Networks::default(), repairers: vec![] },
            Box::new(|call| call.presigned_age.is_some_and(|age| age > 900_000)),
        ),
        (
            Question::AccessPointOnly {
                actions: text(&["s3:GetObject", "s3:PutObject", "s3:ListBucket"]),
                points: text(&[POINT]),
                except: vec![],
            },
            Box::new(move |call| !service(call) && call.action.as_ref() != "s3:PutBucketPolicy" && call.access_point.is_none()),
        ),
        (
            Question::OnlyPrincipals { actions: text(&["s3:PutObject"]), principals: text(&["arn:aws:iam::111122223333:role/team/*"]) },
            Box::new(move |call| {
                call.action.as_ref() == "s3:PutObject"
                    && !callers::role_arn(&call.caller).is_some_and(|arn| {
                        call.caller.kind() == CallerKind::Role && arn.starts_with("arn:aws:iam::111122223333:role/team/")
                    })
            }),
        ),
    ]
}

fn worlds(share: u64) -> u64 {
    let all = std::env::var("S3HARDEN_WORLDS").ok().and_then(|n| n.parse().ok()).unwrap_or(120_u64);
    (all / share).max(1)
}

#[test]
fn brute_force_agrees_on_questions() {
    let questions = questions();
    let (mut proved, mut refuted, mut unknown) = (0, 0, 0);
    for seed in 0..worlds(1) {
        let mut r = Random((seed + 1).wrapping_mul(0x9e37_79b9_7f4a_7c15) | 1);
        let variables = r.often(5);
        let json = policy(&mut r, variables);
        let block = PublicAccessBlock { restrict_public_buckets: r.often(20), block_public_acls: r.often(20), ..Default::default() };
        let subject = subject(&json, block);
        let (question, breaks) = &questions[usize::try_from(seed).unwrap() % questions.len()];
        let prover = Prover::new(&[&subject], std::slice::from_ref(question), &[]);
        let answer = prover.ask(0, 0);
        let calls = calls(&format!("{json}{question:?}"));
        let broken = calls.iter().find(|call| breaks(call) && !owner_repairs(call) && lets_in(&subject, call));
        match (&answer, broken) {
            (Answer::Proved, None) => proved += 1,
            (Answer::Refuted(_), _) | (Answer::CalledPublic(_), None) => refuted += 1,
            // AWS's pages leave open whether `NotPrincipal` spares somebody of whom it lists a part.
            (Answer::Unknown(why), None) if why == On::NotPrincipal.reason() && json.to_string().contains("NotPrincipal") => unknown += 1,
            _ => panic!("seed {seed}: {question:?}\n{json}\n{answer:?}\n{broken:#?}"),
        }
    }
    println!("{proved} proved, {refuted} refuted, {unknown} unknown");
    assert!(proved > 10 && refuted > 10 && unknown * 100 < proved + refuted);
}

#[test]
fn brute_force_agrees_on_differences_and_dead_statements() {
    for seed in 0..worlds(4) {
        let mut r = Random((seed + 77).wrapping_mul(0x9e37_79b9_7f4a_7c15) | 1);
        let json = policy(&mut r, false);
        let mut other = json.clone();
        let list = other["Statement"].as_array_mut().unwrap();
        let at = r.next(list.len());
        if r.often(50) {
            list[at] = statement(&mut r, false)
        } else {
            drop(list.remove(at))
        }
        let (old, new) = (subject(&json, PublicAccessBlock::default()), subject(&other, PublicAccessBlock::default()));
        let prover = Prover::new(&[&old, &new], &[], &[]);
        let calls = calls(&format!("{json}{other}"));
        let surely = |subject: &Subject, call: &Call| subject.policies.decide(&call.request());
        for (from, to) in [(0, 1), (1, 0)] {
            let (before, after) = if from == 0 { (&old, &new) } else { (&new, &old) };
            let found = calls
                .iter()
                .filter(|call| call.access_point.is_none() && !owner_repairs(call))
                .find(|call| surely(after, call).is_allowed() && surely(before, call).is_denied());
            match (prover.gained(to, from, None), found) {
                (Gain::None, None) | (Gain::Some(_), _) => {}
                (Gain::Unknown(why), None) if why == On::NotPrincipal.reason() && format!("{json}{other}").contains("NotPrincipal") => {}
                (gain, found) => panic!("seed {seed}\n{json}\n{other}\n{gain:?}\n{found:#?}"),
            }
        }
        for dead in prover.dead(0).into_iter().filter(|dead| json["Statement"][dead.statement]["Effect"] == "Deny") {
            let without = Subject { policies: without_statement(&old.policies, &[dead.statement]), ..old.clone() };
            let changed = calls
                .iter()
                .filter(|call| !owner_repairs(call))
                .find(|call| surely(&without, call).is_allowed() && surely(&old, call).is_denied());
            assert!(changed.is_none(), "seed {seed}: {dead:?} is alive\n{json}\n{changed:#?}");
        }
    }
}

#[test]
fn a_principal_that_only_the_question_names_is_found() {
    let subject = subject(&json!({"Statement": []}), PublicAccessBlock::default());
    let known = ["arn:aws:iam::111122223333:role/Deployer".to_owned()];
    let prover = Prover::new(&[&subject], &[], &known);
    assert!(matches!(prover.keeps_out(0, Some(&known[0]), "s3:GetBucketPolicy", None), Gain::None));
}
