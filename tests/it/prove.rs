//! The prover from outside: the holes that scanners overlook, a refuted twin of every guarantee, and whether the targets
//! ship the same policies.

use std::collections::BTreeSet;
use std::path::{Path, PathBuf};

use serde_json::{Value, json};

use s3harden::claim::Guarantee;
use s3harden::expr::LogicalId;
use s3harden::pipeline::{self, Accepted};
use s3harden::plan::{Kind, Plan};
use s3harden::policy::Document;
use s3harden::profile::{AccountProfile, AskedGuarantee, Profile};
use s3harden::proofs::{self, Verdict};
use s3harden::render::{self, Notation, Provider, Target};
use s3harden::source::Source;
use s3harden::trials;
use s3harden::verify::Environment;
use s3harden::verify::access_tests::Bench;
use s3harden::verify::prove::{Answer, Gain, Networks, Prover, Question, Subject};

use super::readback::{self, KEPT, snake};
use super::support::{accepted, below, files_below, profiles, root};

const OWN: &str = "111122223333";

fn subject(statements: Value) -> Subject {
    let policy = json!({"Version": "2012-10-17", "Statement": statements});
    Subject::new("arn:aws:s3:::acme", OWN, &Document::read(&policy).unwrap(), &Environment::default())
}

fn ask(statements: Value, question: &Question) -> Answer {
    let subject = subject(statements);
    Prover::new(&[&subject], std::slice::from_ref(question), &[]).ask(0, 0)
}

fn deny(condition: Value) -> Value {
    json!({"Effect": "Deny", "Principal": "*", "Action": "s3:*", "Resource": ["arn:aws:s3:::acme", "arn:aws:s3:::acme/*"], "Condition": condition})
}

fn with(mut statement: Value, key: &str, value: Value) -> Value {
    statement[key] = value;
    statement
}

fn texts(all: &[&str]) -> Vec<String> {
    all.iter().map(|text| (*text).to_owned()).collect()
}

fn networks(cidrs: &[&str], endpoints: &[&str]) -> Question {
    Question::OnlyNetworks {
        actions: texts(&["*"]),
        allowed: Networks { cidrs: texts(cidrs), vpcs: Vec::new(), endpoints: texts(endpoints) },
        denied: Networks::default(),
        services: true,
        forwarded: true,
        principals: Vec::new(),
        repairers: Vec::new(),
    }
}

/// A guarantee, a question about it, a policy that keeps it, and policies that do not, each with its hole.
pub(crate) type Twins = (&'static str, Question, Value, Vec<(&'static str, Value)>);

/// Each guarantee with a policy that makes it true and others that look as if they did.
pub(crate) fn twins() -> Vec<Twins> {
    let tls = json!({"Bool": {"aws:SecureTransport": "false"}});
    let service = json!({"aws:PrincipalIsAWSService": "false", "aws:ViaAWSService": "false"});
    let listed = json!({"NotIpAddress": {"aws:SourceIp": "203.0.113.0/24"}, "StringNotEquals": {"aws:SourceVpce": "vpce-1"}, "BoolIfExists": service});
    let old = json!({"StringEquals": {"s3:authType": ["REST-QUERY-STRING", "POST"], "s3:signatureversion": "AWS"}});
    let age = json!({"StringEquals": {"s3:authType": ["REST-QUERY-STRING", "POST"]}, "NumericGreaterThan": {"s3:signatureAge": "900000"}});
    let h = "s3:x-amz-server-side-encryption";
    let k = "s3:x-amz-server-side-encryption-aws-kms-key-id";
    let c = "s3:x-amz-server-side-encryption-customer-algorithm";
    let key = "arn:aws:kms:eu-west-1:111122223333:key/k";
    let pins = [
        deny(json!({"StringNotEquals": {h: "aws:kms"}, "Null": {h: "false"}})),
        deny(json!({"StringNotEquals": {k: key}, "Null": {k: "false"}})),
        deny(json!({"StringEquals": {h: "aws:kms"}, "Null": {k: "true"}})),
        deny(json!({"Null": {c: "false"}})),
    ];
    let pinned = |left_out: usize| pins.iter().enumerate().filter(|(at, _)| *at != left_out).map(|(_, pin)| pin.clone()).collect::<Value>();
    let allow = |principal: Value, condition: Value| json!({"Effect": "Allow", "Principal": principal, "Action": "s3:GetObject", "Resource": "arn:aws:s3:::acme/*", "Condition": condition});
    let point = "arn:aws:s3:eu-west-1:111122223333:accesspoint/reports";
    let mallory = deny(json!({"ArnLike": {"aws:PrincipalArn": "arn:aws:iam::111122223333:user/m*"}}));
    let reader = allow(json!({"AWS": "arn:aws:iam::111122223333:role/Reader"}), json!({}));
    let statements = |all: Value| Document::read(&json!({"Version": "2012-10-17", "Statement": all})).unwrap().statements;
    let through = json!({"ArnNotEquals": {"s3:DataAccessPointArn": point}, "BoolIfExists": {"aws:PrincipalIsAWSService": "false"}});
    vec![
        (
            "tls-only",
            Question::TlsOnly { minimum: None },
            json!([deny(tls.clone())]),
            vec![
                ("a Deny on objects only", json!([with(deny(tls.clone()), "Resource", json!("arn:aws:s3:::acme/*"))])),
                (
                    "a Deny narrowed by a second condition",
                    json!([deny(json!({"Bool": {"aws:SecureTransport": "false"}, "StringNotEquals": {"aws:PrincipalAccount": OWN}}))]),
                ),
                (
                    "an Allow taken for a Deny",
                    json!([with(deny(json!({"Bool": {"aws:SecureTransport": "true"}})), "Effect", json!("Allow"))]),
                ),
                (
                    "a Deny for some principals",
                    json!([with(deny(tls.clone()), "Principal", json!({"AWS": "arn:aws:iam::111122223333:role/R"}))]),
                ),
                (
                    "a Deny of some actions",
                    json!([with(deny(tls.clone()), "Action", json!(["s3:Get*", "s3:Put*", "s3:List*", "s3:Delete*"]))]),
                ),
                ("a TLS version without the other Deny", json!([deny(json!({"NumericLessThan": {"s3:TlsVersion": "1.2"}}))])),
                ("nothing", json!([])),
            ],
        ),
        (
            "tls-only",
            Question::TlsOnly { minimum: Some("1.2".into()) },
            json!([deny(tls.clone()), deny(json!({"NumericLessThan": {"s3:TlsVersion": "1.2"}}))]),
            vec![(
                "both in one statement",
                json!([deny(json!({"Bool": {"aws:SecureTransport": "false"}, "NumericLessThan": {"s3:TlsVersion": "1.2"}}))]),
            )],
        ),
        (
            "tls-only",
            Question::TlsVersion { minimum: "1.2".into() },
            json!([deny(json!({"NumericLessThan": {"s3:TlsVersion": "1.2"}}))]),
            vec![
                ("an older version", json!([deny(json!({"NumericLessThan": {"s3:TlsVersion": "1.1"}}))])),
                ("plain HTTP only", json!([deny(tls.clone())])),
            ],
        ),
        (
            "only-listed-networks",
            Question::PointAddresses { point: point.into(), cidrs: texts(&["203.0.113.0/24"]), but: texts(&["s3:*AccessPoint*"]) },
            json!([deny(json!({"ArnEquals": {"s3:DataAccessPointArn": point}, "NotIpAddress": {"aws:SourceIp": "203.0.113.0/24"}}))]),
            vec![
                (
                    "another point",
                    json!([deny(
                        json!({"ArnEquals": {"s3:DataAccessPointArn": format!("{point}s")}, "NotIpAddress": {"aws:SourceIp": "203.0.113.0/24"}})
                    )]),
                ),
                ("a wider range", json!([deny(json!({"NotIpAddress": {"aws:SourceIp": "203.0.112.0/23"}}))])),
                (
                    "endpoints left out",
                    json!([deny(json!({"NotIpAddressIfExists": {"aws:SourceIp": "203.0.113.0/24"}, "Null": {"aws:SourceVpce": "true"}}))]),
                ),
            ],
        ),
        (
            "denies-hold",
            Question::Denied {
                denies: statements(json!([mallory.clone()])),
                repairers: texts(&["arn:aws:iam::111122223333:role/BreakGlass"]),
            },
            json!([mallory.clone()]),
            vec![
                ("one action less", json!([with(mallory.clone(), "Action", json!(["s3:Put*", "s3:Get*", "s3:List*"]))])),
                ("one place less", json!([with(mallory.clone(), "Resource", json!("arn:aws:s3:::acme/*"))])),
                ("somebody else", json!([deny(json!({"ArnLike": {"aws:PrincipalArn": "arn:aws:iam::111122223333:user/malory"}}))])),
                (
                    "a second condition",
                    json!([deny(
                        json!({"ArnLike": {"aws:PrincipalArn": "arn:aws:iam::111122223333:user/m*"}, "Bool": {"aws:SecureTransport": "true"}})
                    )]),
                ),
            ],
        ),
        (
            "grants-work",
            Question::Granted { gives: statements(json!([reader.clone()])), known: Vec::new(), through: None },
            json!([with(reader.clone(), "Action", json!("s3:Get*")), deny(json!({"Bool": {"aws:SecureTransport": "false"}}))]),
            vec![
                ("another role", json!([allow(json!({"AWS": "arn:aws:iam::111122223333:role/Readers"}), json!({}))])),
                ("another place", json!([with(reader.clone(), "Resource", json!("arn:aws:s3:::acme/a/*"))])),
                ("the account, whose own policies decide", json!([allow(json!({"AWS": OWN}), json!({}))])),
                (
                    "a condition",
                    json!([allow(
                        json!({"AWS": "arn:aws:iam::111122223333:role/Reader"}),
                        json!({"IpAddress": {"aws:SourceIp": "203.0.113.0/24"}})
                    )]),
                ),
                ("nothing", json!([])),
            ],
        ),
        (
            "no-public-access",
            Question::NoPublicAccess,
            json!([allow(json!("*"), json!({"StringEquals": {"aws:PrincipalOrgID": "o-1"}}))]),
            vec![
                ("everybody", json!([allow(json!({"AWS": "*"}), json!({}))])),
                ("half of the internet", json!([allow(json!("*"), json!({"IpAddress": {"aws:SourceIp": ["0.0.0.0/1", "128.0.0.0/1"]}}))])),
                (
                    "Bool in the place of BoolIfExists",
                    json!([allow(json!("*"), json!({})), deny(json!({"Bool": {"aws:PrincipalIsAWSService": "false"}}))]),
                ),
                ("a condition that everybody meets", json!([allow(json!("*"), json!({"Bool": {"aws:SecureTransport": "true"}}))])),
            ],
        ),
        (
            "only-listed-networks",
            networks(&["203.0.113.0/24"], &["vpce-1"]),
            json!([deny(listed.clone())]),
            vec![
                (
                    "half-internet ranges",
                    json!([deny(
                        json!({"NotIpAddress": {"aws:SourceIp": ["0.0.0.0/1", "128.0.0.0/1", "::/0"]}, "StringNotEquals": {"aws:SourceVpce": "vpce-1"}, "BoolIfExists": service})
                    )]),
                ),
                (
                    "endpoints left out of the Deny",
                    json!([deny(
                        json!({"NotIpAddress": {"aws:SourceIp": "203.0.113.0/24"}, "Null": {"aws:SourceVpce": "true"}, "BoolIfExists": service})
                    )]),
                ),
                (
                    "Bool in the place of BoolIfExists",
                    json!([
                        deny(
                            json!({"NotIpAddress": {"aws:SourceIp": "203.0.113.0/24"}, "StringNotEquals": {"aws:SourceVpce": "vpce-1"}, "Bool": {"aws:PrincipalIsAWSService": "false"}})
                        ),
                        allow(json!("*"), json!({}))
                    ]),
                ),
                ("IpAddress on an Allow", json!([allow(json!("*"), json!({"IpAddress": {"aws:SourceIp": "203.0.113.0/24"}}))])),
                (
                    "every endpoint",
                    json!([deny(
                        json!({"NotIpAddress": {"aws:SourceIp": "203.0.113.0/24"}, "StringNotLike": {"aws:SourceVpce": "vpce-*"}, "BoolIfExists": service})
                    )]),
                ),
            ],
        ),
        (
            "only-listed-principals",
            Question::OnlyListedPrincipals {
                accounts: texts(&[OWN]),
                principals: texts(&["arn:aws:iam::444455556666:role/Reader"]),
                organizations: Vec::new(),
                sources: texts(&[OWN]),
                resources: Vec::new(),
            },
            json!([
                allow(
                    json!({"AWS": "arn:aws:iam::444455556666:role/Reader"}),
                    json!({"ArnEquals": {"aws:PrincipalArn": "arn:aws:iam::444455556666:role/Reader"}})
                ),
                allow(json!({"Service": "logging.s3.amazonaws.com"}), json!({"StringEquals": {"aws:SourceAccount": OWN}}))
            ]),
            vec![
                ("another account", json!([allow(json!({"AWS": "777788889999"}), json!({}))])),
                ("a confused deputy", json!([allow(json!({"Service": "logging.s3.amazonaws.com"}), json!({}))])),
            ],
        ),
        (
            "encrypted-as-declared",
            Question::EncryptedAsDeclared { algorithm: Some("aws:kms".into()), key: Some(key.into()), sse_c_blocked: true },
            pinned(9),
            vec![
                ("another algorithm", pinned(0)),
                ("another key", pinned(1)),
                ("KMS without a key", pinned(2)),
                ("keys of the caller's own", pinned(3)),
            ],
        ),
        (
            "mfa-enforced",
            Question::MfaEnforced { actions: texts(&["s3:DeleteObject"]), within_seconds: 3_600, except: Vec::new(), repairers: vec![] },
            json!([deny(
                json!({"NumericGreaterThanIfExists": {"aws:MultiFactorAuthAge": "3600"}, "BoolIfExists": {"aws:PrincipalIsAWSService": "false"}})
            )]),
            vec![
                ("long-term keys", json!([deny(json!({"Bool": {"aws:MultiFactorAuthPresent": "false"}}))])),
                ("an age without its absence", json!([deny(json!({"NumericGreaterThan": {"aws:MultiFactorAuthAge": "3600"}}))])),
                ("an older age", json!([deny(json!({"NumericGreaterThanIfExists": {"aws:MultiFactorAuthAge": "7200"}}))])),
            ],
        ),
        (
            "presigned-bounded",
            Question::PresignedBounded { max_age_seconds: Some(900), forbidden: false, networks: Networks::default(), repairers: vec![] },
            json!([deny(age.clone()), deny(old.clone())]),
            vec![
                ("signature version 2", json!([deny(age)])),
                ("seconds for milliseconds", json!([deny(json!({"NumericGreaterThan": {"s3:signatureAge": "900001"}})), deny(old)])),
            ],
        ),
        (
            "presigned-bounded",
            Question::PresignedBounded { max_age_seconds: None, forbidden: true, networks: Networks::default(), repairers: vec![] },
            json!([deny(json!({"StringEquals": {"s3:authType": ["REST-QUERY-STRING", "POST"]}}))]),
            vec![("forms", json!([deny(json!({"StringEquals": {"s3:authType": "REST-QUERY-STRING"}}))]))],
        ),
        (
            "access-point-only",
            Question::AccessPointOnly {
                actions: texts(&["s3:GetObject", "s3:PutObject", "s3:ListBucket"]),
                points: texts(&[point]),
                except: Vec::new(),
            },
            json!([deny(through.clone())]),
            vec![
                ("objects only", json!([with(deny(through), "Resource", json!("arn:aws:s3:::acme/*"))])),
                ("every point of the account", json!([deny(json!({"StringNotEquals": {"s3:DataAccessPointAccount": OWN}}))])),
            ],
        ),
        (
            "only-principals",
            Question::OnlyPrincipals {
                actions: texts(&["s3:DeleteObjectVersion"]),
                principals: texts(&["arn:aws:iam::111122223333:role/Archivist"]),
            },
            json!([deny(json!({"ArnNotLike": {"aws:PrincipalArn": "arn:aws:iam::111122223333:role/Archivist"}}))]),
            vec![(
                "a pattern that is too wide",
                json!([deny(json!({"ArnNotLike": {"aws:PrincipalArn": "arn:aws:iam::111122223333:role/Arch*"}}))]),
            )],
        ),
    ]
}

#[test]
fn every_guarantee_is_proved_where_it_holds_and_refuted_where_it_only_seems_to() {
    for (name, question, good, bad) in twins() {
        let answer = ask(good, &question);
        assert!(matches!(answer, Answer::Proved), "{name}: {answer:?}");
        for (hole, policy) in bad {
            match ask(policy, &question) {
                Answer::Refuted(witness) => {
                    assert_eq!(witness.decision.is_allowed(), name != "grants-work", "{name}, {hole}: {}", witness.words);
                }
                answer => panic!("{name} is not refuted by {hole}: {answer:?}"),
            }
        }
    }
}

#[test]
fn whoever_is_kept_out_of_everywhere_is_locked_out() {
    let trap = deny(json!({"StringNotEquals": {"aws:SourceVpce": "vpce-1"}}));
    let only = "arn:aws:iam::111122223333:role/Deployer";
    let spared = deny(json!({"StringNotEquals": {"aws:SourceVpce": "vpce-1"}, "ArnNotLike": {"aws:PrincipalArn": only}}));
    let verdict = |policy: Value| {
        let subject = subject(policy);
        proofs::lockout(&Prover::new(&[&subject], &[], &texts(&[only])), &texts(&[only]))
    };
    assert!(matches!(verdict(json!([trap])), Verdict::Refuted { witness: Some(_), .. }));
    assert!(matches!(verdict(json!([spared])), Verdict::Proved));
    assert!(matches!(verdict(json!([deny(json!({}))])), Verdict::Refuted { .. }));
}

pub(crate) fn planned(path: &Path) -> Option<(Said, Plan)> {
    planned_of(&Source::read(path).unwrap())
}

pub(crate) fn planned_of(source: &Source) -> Option<(Said, Plan)> {
    let bucket = pipeline::plan(source).map(|(profile, plan)| (Said::Bucket(Box::new(profile)), plan));
    bucket.or_else(|| pipeline::account_plan(source).map(|(profile, plan)| (Said::Account(Box::new(profile)), plan)))
}

/// A profile of either kind.
pub(crate) enum Said {
    Bucket(Box<Profile>),
    Account(Box<AccountProfile>),
}

impl Said {
    pub(crate) fn bench<'p>(&self, plan: &'p Plan) -> Bench<'p> {
        match self {
            Self::Bucket(profile) => trials::bench(profile, plan),
            Self::Account(profile) => trials::bench_of_account(profile, plan),
        }
    }

    pub(crate) fn more(&self) -> &[AskedGuarantee] {
        if let Self::Bucket(profile) = self { &profile.guarantees } else { &[] }
    }
}

/// The profiles in which every statement has to be needed.
pub(crate) fn worked_examples() -> Vec<PathBuf> {
    let mut all = profiles();
    all.extend(files_below(root().join("tests/reach")));
    all
}

#[test]
fn nothing_is_unknown_and_everything_is_proved_of_the_examples() {
    let mut names: BTreeSet<&str> = BTreeSet::new();
    for path in worked_examples() {
        let Some((profile, plan)) = planned(&path) else { continue };
        for proof in proofs::prove(&profile.bench(&plan), &plan, profile.more()) {
            assert!(matches!(proof.verdict, Verdict::Proved), "{}: {} {:?}", below(&path, root()), proof.guarantee, proof.verdict);
            names.insert(proof.guarantee);
        }
    }
    // A setting is no matter of requests.
    let never: Vec<_> = Guarantee::NAMES.iter().filter(|name| **name != "setting" && !names.contains(*name)).collect();
    assert!(never.is_empty(), "no example promises these: {never:?}");
}

/// Policies at the limit of 20 KB that are made to be hard: what matters is that the answer comes, by the count of steps
/// that a search may do, and that it is right or `unknown` with a reason.
#[test]
fn adversarial_policies_are_answered_or_unknown_with_the_reason() {
    let wild = |n: usize| format!("arn:aws:s3:::acme/*{}*{}*", (b'a' + (n % 26) as u8) as char, n);
    let deny_by = |count: usize, with: &dyn Fn(usize) -> Value| -> Value { (0..count).map(with).collect() };
    let resources =
        deny_by(60, &|n| with(deny(json!({"Bool": {"aws:SecureTransport": "false"}})), "Resource", json!([wild(n), wild(n + 60)])));
    let roles = |n: usize| format!("arn:aws:iam::*:role/*{n}*/x{}*", n * 7 % 13);
    let principals = deny_by(40, &|n| deny(json!({"ArnNotLike": {"aws:PrincipalArn": [roles(n), roles(n + 40)]}})));
    let cidrs: Vec<String> = (0..700).map(|n| format!("{}.{}.{}.0/{}", 11 + n % 190, n % 256, n * 7 % 256, 17 + n % 8)).collect();
    let many = json!([deny(json!({"NotIpAddress": {"aws:SourceIp": cidrs}, "BoolIfExists": {"aws:PrincipalIsAWSService": "false"}}))]);
    let keys = [
        "aws:PrincipalTag/a",
        "aws:PrincipalTag/b",
        "s3:ExistingObjectTag/c",
        "s3:prefix",
        "aws:SourceVpce",
        "aws:username",
        "aws:userid",
        "aws:PrincipalOrgID",
    ];
    let tests = deny_by(50, &|n| {
        deny(
            json!({"StringNotLike": {keys[n % 8]: format!("*{n}*"), keys[(n + 3) % 8]: format!("{n}*")}, "Bool": {"aws:SecureTransport": "false"}}),
        )
    });
    let variables = deny_by(50, &|n| {
        with(deny(json!({"StringEquals": {"s3:prefix": format!("${{aws:PrincipalTag/t{n}}}/*")}})), "Action", json!("s3:ListBucket"))
    });
    for (name, policy) in
        [("resources", resources), ("principals", principals), ("networks", many), ("keys", tests), ("variables", variables)]
    {
        let size = policy.to_string().len();
        assert!(size > 8_000 && size < 20_480, "{name}: {size}");
        for question in [Question::TlsOnly { minimum: None }, networks(&["203.0.113.0/24"], &["vpce-1"])] {
            match ask(policy.clone(), &question) {
                // None of them keeps plain HTTP out of everything.
                Answer::Refuted(witness) => assert!(witness.decision.is_allowed(), "{name}: {}", witness.words),
                Answer::Unknown(why) => assert!(why.len() > 20, "{name}: {why}"),
                answer => panic!("{name}: {question:?}: {answer:?}"),
            }
        }
    }
}

/// The values that the deployment would put in the place of references.
fn filled(value: &Value, plan: &Plan) -> Document {
    let mut text = value.to_string();
    for (mark, known) in [("«Partition»", "aws"), ("«AccountId»", OWN), ("«Region»", "eu-west-1"), ("«UrlSuffix»", "amazonaws.com")]
    {
        text = text.replace(mark, known);
    }
    for resource in &plan.resources {
        for name in ["Id", "Arn"] {
            text = text.replace(&format!("«{}.{name}»", resource.id), &format!("arn:aws:iam::{OWN}:role/{}", resource.id));
        }
    }
    Document::from_json(&text).unwrap()
}

fn equal(bucket: &str, a: &Document, b: &Document) -> bool {
    let of = |document| Subject::new(&format!("arn:aws:s3:::{bucket}"), OWN, document, &Environment::default());
    let (a, b) = (of(a), of(b));
    let prover = Prover::new(&[&a, &b], &[], &[]);
    matches!((prover.gained(0, 1, None), prover.gained(1, 0, None)), (Gain::None, Gain::None))
}

#[test]
fn the_policies_of_both_targets_are_proved_equal() {
    let mut compared = 0;
    for path in profiles() {
        let Accepted { plan, targets, .. } = accepted(&path);
        if !targets.iter().any(|target| matches!(target, Target::CloudFormation(_))) {
            continue;
        }
        let template = Target::CloudFormation(Notation::Yaml);
        let template = readback::cloudformation(readback::template(&render::render(&plan, template).unwrap()), &plan);
        let blocks = readback::terraform(&render::render(&plan, Target::Terraform(Provider::V5)).unwrap(), &plan);
        for (bucket, _) in plan.bucket_policies() {
            let resource =
                plan.resources.iter().find(|one| matches!(&one.kind, Kind::BucketPolicy { bucket: of, .. } if of == bucket)).unwrap();
            let of_template = readback::policies(&template["Resources"][resource.id.as_str()]);
            let block = blocks.iter().find(|block| {
                block.name.last().is_some_and(|label| *label == snake(resource.id.as_str())) && !readback::policies(&block.body).is_empty()
            });
            let mut of_module = readback::policies(&block.unwrap().body);
            if let Some(list) = of_module[0]["Statement"].as_array_mut() {
                list.retain(|statement| *statement != KEPT);
            }
            let name = name_of(&plan, bucket);
            let (a, b) = (filled(&of_template[0], &plan), filled(&of_module[0], &plan));
            assert!(equal(&name, &a, &b), "{}: {bucket}", below(&path, root()));
            // The comparison sees what is missing, unless nothing needs it.
            let place = b.statements.iter().position(|statement| statement.sid.as_deref() == Some("DenyPlainHttp"));
            let whole = Subject::new(&format!("arn:aws:s3:::{name}"), OWN, &b, &Environment::default());
            let dead = Prover::new(&[&whole], &[], &[]).dead(0);
            if let Some(place) = place.filter(|place| dead.iter().all(|dead| dead.statement != *place)) {
                let mut less = b.clone();
                less.statements.remove(place);
                assert!(!equal(&name, &a, &less), "{}: {bucket} without a statement", below(&path, root()));
            }
            compared += 1;
        }
    }
    assert!(compared > 5);
}

fn name_of(plan: &Plan, id: &LogicalId) -> String {
    plan.buckets().find(|(resource, _)| resource.id == *id).map(|(_, bucket)| bucket.name.to_string()).unwrap()
}
