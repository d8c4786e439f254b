//! The prover against the evaluator: small worlds in which every request can be tried.
//!
//! `S3HARDEN_WORLDS` sets how many policies are made; a hundred thousand take a quarter of an hour in a release build.

use std::sync::Arc;

use serde_json::json;

use super::super::model::{Call, Path};
use super::super::{CallerKind, Decision, Environment, Kind, On, Policy, PublicAccessBlock};
use super::*;
use crate::expr::{Attribute, Expr, LogicalId};
use crate::policy::{Document, Element, Key};

use worlds::{Random, calls, policy, statement, subject};

mod worlds;

const OWN: &str = "111122223333";
const BUCKET: &str = "arn:aws:s3:::b";
const POINT: &str = "arn:aws:s3:eu-west-1:111122223333:accesspoint/p";

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

#[test]
fn a_deny_of_the_same_variables_stops_what_is_known_and_nothing_else() {
    let homes = "arn:aws:s3:::b/${aws:username}/*";
    let policy = |denied: &str| {
        json!({"Version": "2012-10-17", "Statement": [
            {"Effect": "Allow", "Principal": "*", "Action": "s3:PutObject", "Resource": [homes]},
            {"Effect": "Deny", "Principal": "*", "Action": "*", "Resource": ["arn:aws:s3:::b", denied]},
        ]})
    };
    let listed = Question::OnlyListedPrincipals {
        accounts: vec![OWN.to_owned()],
        principals: Vec::new(),
        organizations: Vec::new(),
        sources: Vec::new(),
        resources: Vec::new(),
    };
    let ask = |document: &Document| {
        let subject = Subject::new(BUCKET, OWN, document, &Environment::default());
        Prover::new(&[&subject], std::slice::from_ref(&listed), &[]).ask(0, 0)
    };
    let mut document = Document::read(&policy(homes)).unwrap();
    assert!(matches!(ask(&document), Answer::Proved));
    assert!(matches!(ask(&Document::read(&policy("arn:aws:s3:::b/${aws:username}/a*")).unwrap()), Answer::Refuted(_)));
    // A resource that only the deployment knows may be any other.
    if let Some(Element::Is(resources)) = &mut document.statements[0].resource {
        resources.push(Expr::reference(LogicalId::named("Other"), Attribute::Arn));
    }
    let answer = ask(&document);
    assert!(matches!(answer, Answer::Unknown(_)), "{answer:?}");
}
