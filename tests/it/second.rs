//! A second opinion: the same questions put to binary decision diagrams (`biodivine-lib-bdd`), with an encoding that was
//! written from the rules of AWS's pages and shares no code with the prover or the evaluator.
//!
//! Every key, caller, network and resource gets a few values of its own: those that a policy or question names, those
//! just beside them, and one that nobody names. One diagram says which of their combinations are requests, one which are
//! allowed, one which break the promise.
//!
//! `S3HARDEN_OPINIONS` sets how many random policies are asked about (200 unless it says otherwise).

use std::collections::BTreeMap;

use serde_json::{Value, json};

use s3harden::pipeline;
use s3harden::policy::Document;
use s3harden::proofs;
use s3harden::source::Source;
use s3harden::trials;
use s3harden::verify::Environment;
use s3harden::verify::prove::{Answer, Networks, Prover, Question, Subject};

use super::random::Random;
use super::support::{below, profiles, root};
use world::World;

mod rules;
mod world;

const OWN: &str = "111122223333";

/// The actions that can name an encryption; the first also without its key, or with a key of the caller's own.
const WRITES: [&str; 3] = ["s3:PutObject", "s3:ReplicateObject", "s3:UpdateObjectEncryption"];

fn texts(all: &[&str]) -> Vec<String> {
    all.iter().map(|text| (*text).to_owned()).collect()
}

/// What small policies ask: operators, a key, values.
const CONDITIONS: &[(&[&str], &str, &[&str])] = &[
    (&["Bool", "BoolIfExists"], "aws:SecureTransport", &["true", "false"]),
    (&["NumericLessThan", "NumericLessThanIfExists"], "s3:TlsVersion", &["1.2", "1.3"]),
    (&["IpAddress", "NotIpAddress"], "aws:SourceIp", &["203.0.113.0/24", "0.0.0.0/1", "2001:db8::/32"]),
    (&["StringEquals", "StringNotEquals", "StringNotEqualsIfExists"], "aws:SourceVpce", &["vpce-1", "vpce-2"]),
    (&["StringEquals", "StringNotEquals"], "aws:SourceVpc", &["vpc-1"]),
    (&["Bool", "BoolIfExists"], "aws:PrincipalIsAWSService", &["false", "true"]),
    (&["Bool", "BoolIfExists"], "aws:ViaAWSService", &["false", "true"]),
    (
        &["ArnLike", "ArnNotLike", "StringNotLike", "StringEquals"],
        "aws:PrincipalArn",
        &["arn:aws:iam::111122223333:role/R", "arn:aws:iam::111122223333:role/team/*", "arn:aws:iam::444455556666:user/U"],
    ),
    (&["StringEquals", "StringNotEquals", "StringNotEqualsIfExists"], "aws:PrincipalAccount", &["111122223333", "444455556666"]),
    (&["Null"], "aws:PrincipalArn", &["true", "false"]),
    (&["NumericGreaterThan", "NumericGreaterThanIfExists"], "aws:MultiFactorAuthAge", &["3600", "60"]),
    (&["Bool", "BoolIfExists"], "aws:MultiFactorAuthPresent", &["false", "true"]),
    (&["StringEquals", "StringNotEquals"], "s3:authType", &["REST-QUERY-STRING", "POST"]),
    (&["NumericGreaterThan", "NumericGreaterThanIfExists"], "s3:signatureAge", &["900000"]),
    (&["StringEquals"], "s3:signatureversion", &["AWS"]),
    (&["StringEquals", "StringNotEquals", "StringNotEqualsIfExists"], "s3:x-amz-server-side-encryption", &["aws:kms", "AES256"]),
    (&["Null"], "s3:x-amz-server-side-encryption-aws-kms-key-id", &["true", "false"]),
    (&["StringNotEquals"], "s3:x-amz-server-side-encryption-aws-kms-key-id", &["arn:aws:kms:eu-west-1:111122223333:key/k"]),
    (&["Null"], "s3:x-amz-server-side-encryption-customer-algorithm", &["true", "false"]),
    (&["StringEquals", "StringNotEquals"], "aws:SourceAccount", &["111122223333"]),
    (&["StringLike", "StringNotLike", "StringNotLikeIfExists"], "s3:prefix", &["a*", "b"]),
    (&["DateLessThan", "DateGreaterThan"], "aws:CurrentTime", &["2026-06-01T00:00:00Z"]),
];

fn pick(r: &mut Random, all: &[&str]) -> Value {
    let first = r.next(all.len());
    (0..1 + r.next(2.min(all.len()))).map(|i| json!(all[(first + i) % all.len()])).collect()
}

fn statement(r: &mut Random) -> Value {
    let mut statement = json!({"Effect": (if r.often(45) { "Allow" } else { "Deny" })});
    statement["Principal"] = match r.next(10) {
        0..=5 => json!("*"),
        6 => json!({"AWS": "*"}),
        7 => json!({"Service": "logging.s3.amazonaws.com"}),
        _ => {
            json!({"AWS": pick(r, &["arn:aws:iam::111122223333:role/R", "444455556666", "arn:aws:iam::444455556666:user/U", "111122223333"])})
        }
    };
    let actions: &[&[&str]] = &[&["s3:*"], &["s3:GetObject"], &["s3:PutObject"], &["s3:Get*", "s3:List*"], &["s3:ListBucket"]];
    statement[if r.often(8) { "NotAction" } else { "Action" }] = json!(actions[r.next(actions.len())]);
    let resources: &[&[&str]] =
        &[&["arn:aws:s3:::b", "arn:aws:s3:::b/*"], &["*"], &["arn:aws:s3:::b/*"], &["arn:aws:s3:::b"], &["arn:aws:s3:::b/a*"]];
    statement[if r.often(6) { "NotResource" } else { "Resource" }] = json!(resources[r.next(resources.len())]);
    for _ in 0..[0, 0, 1, 1, 1, 2, 2, 3][r.next(8)] {
        let (operators, key, values) = CONDITIONS[r.next(CONDITIONS.len())];
        statement["Condition"][operators[r.next(operators.len())]][key] = pick(r, values);
    }
    statement
}

/// Questions of every kind.
fn questions() -> Vec<Question> {
    vec![
        Question::TlsOnly { minimum: None },
        Question::TlsOnly { minimum: Some("1.2".into()) },
        Question::NoPublicAccess,
        Question::OnlyNetworks {
            actions: texts(&["s3:GetObject", "s3:PutObject", "s3:ListBucket"]),
            allowed: Networks { cidrs: texts(&["203.0.113.0/24"]), vpcs: Vec::new(), endpoints: texts(&["vpce-1"]) },
            denied: Networks::default(),
            services: true,
            forwarded: true,
            principals: texts(&["arn:aws:iam::111122223333:role/R"]),
            repairers: Vec::new(),
        },
        Question::OnlyNetworks {
            actions: texts(&["*"]),
            allowed: Networks::default(),
            denied: Networks { cidrs: texts(&["203.0.113.0/24"]), vpcs: texts(&["vpc-1"]), endpoints: Vec::new() },
            services: false,
            forwarded: false,
            principals: Vec::new(),
            repairers: texts(&["arn:aws:iam::111122223333:role/R"]),
        },
        Question::OnlyListedPrincipals {
            accounts: texts(&[OWN]),
            principals: texts(&["arn:aws:iam::444455556666:user/U"]),
            organizations: texts(&["o-1"]),
            sources: texts(&[OWN]),
            resources: texts(&["arn:aws:s3:::b"]),
        },
        Question::EncryptedAsDeclared {
            algorithm: Some("aws:kms".into()),
            key: Some("arn:aws:kms:eu-west-1:111122223333:key/k".into()),
            sse_c_blocked: true,
        },
        Question::MfaEnforced { actions: texts(&["s3:PutObject"]), within_seconds: 3_600, except: Vec::new(), repairers: Vec::new() },
        Question::PresignedBounded { max_age_seconds: Some(900), forbidden: false, networks: Networks::default(), repairers: Vec::new() },
        Question::PresignedBounded { max_age_seconds: None, forbidden: true, networks: Networks::default(), repairers: Vec::new() },
        Question::OnlyPrincipals { actions: texts(&["s3:PutObject"]), principals: texts(&["arn:aws:iam::111122223333:role/team/*"]) },
    ]
}

/// The word for an answer.
fn word(answer: &Answer) -> &'static str {
    match answer {
        Answer::Proved => "proved",
        Answer::Refuted(_) => "refuted",
        // That is about the text of the policy, and no request shows it.
        Answer::CalledPublic(_) => "proved",
        Answer::Unknown(_) => "unknown",
        Answer::Disagreement(_) => "disagreement",
    }
}

#[test]
fn decision_diagrams_agree_on_random_policies() {
    let rounds = std::env::var("S3HARDEN_OPINIONS").ok().and_then(|n| n.parse().ok()).unwrap_or(200_u64);
    let questions = questions();
    let mut tally: BTreeMap<&str, usize> = BTreeMap::new();
    for seed in 0..rounds {
        let mut r = Random::new(seed + 9_000_000);
        let statements: Vec<Value> = (0..1 + r.next(4)).map(|_| statement(&mut r)).collect();
        let policy = json!({"Version": "2012-10-17", "Statement": statements});
        let question = &questions[usize::try_from(seed).unwrap() % questions.len()];
        let subject = Subject::new("arn:aws:s3:::b", OWN, &Document::read(&policy).unwrap(), &Environment::default());
        let answer = Prover::new(&[&subject], std::slice::from_ref(question), &[]).ask(0, 0);
        let second = World::new("arn:aws:s3:::b", OWN, &policy, &[], std::slice::from_ref(question)).holds(question);
        let other = second.as_ref().map_or("proved", |_| "refuted");
        assert_eq!(word(&answer), other, "seed {seed}: {question:?}\n{policy}\nthe prover: {answer:?}\nthe diagrams: {second:?}");
        *tally.entry(other).or_default() += 1;
    }
    eprintln!("{rounds} random policies: {tally:?}");
    assert!(tally.len() == 2 && tally.values().all(|count| *count * 20 > usize::try_from(rounds).unwrap()), "lopsided: {tally:?}");
}

#[test]
fn decision_diagrams_agree_on_the_examples() {
    let mut asked = 0;
    for path in profiles() {
        let source = Source::read(&path).unwrap();
        let Some((profile, plan)) = pipeline::plan(&source) else { continue };
        let bench = trials::bench(&profile, &plan);
        for (id, subject, document) in bench.subjects() {
            let Some(document) = document else { continue };
            let policy = world::json(document, &|expr| bench.text(expr));
            let points = world::points(&plan, &id.to_string(), &|expr| bench.text(expr));
            let questions: Vec<Question> =
                proofs::questions(&bench, &plan, &profile.guarantees, id).into_iter().map(|(_, question)| question).collect();
            // What is had is no matter of what must not be.
            let questions: Vec<Question> = questions.into_iter().filter(|question| !matches!(question, Question::Granted { .. })).collect();
            // What an access control list or an open door gives is no matter of the policy's conditions.
            let acl = subject.policies.bucket_acl.as_ref().is_some_and(|acl| !acl.grants.is_empty());
            let opened = policy["Statement"].as_array().unwrap().iter().any(|one| one["Effect"] == "Allow" && one["Principal"] == "*");
            if acl || opened {
                continue;
            }
            let world = World::new(&subject.bucket, &subject.account, &policy, &points, &questions);
            for question in &questions {
                let second = world.holds(question);
                assert!(second.is_none(), "{}: {id}: {question:?}\n{second:?}", below(&path, root()));
                asked += 1;
            }
            // Without the first Deny, one of the two answers that it was needed: the same one as the prover's.
            for at in 0..document.statements.len().min(4) {
                let mut less = document.clone();
                less.statements.remove(at);
                let policy = world::json(&less, &|expr| bench.text(expr));
                let environment = Environment::default();
                let resolved = Document::read(&policy).unwrap();
                let mut changed = Subject::new(&subject.bucket, &subject.account, &resolved, &environment);
                changed.partition.clone_from(&subject.partition);
                changed.points.clone_from(&subject.points);
                let prover = Prover::new(&[&changed], &questions, &[]);
                let world = World::new(&subject.bucket, &subject.account, &policy, &points, &questions);
                for (place, question) in questions.iter().enumerate() {
                    let (answer, second) = (prover.ask(0, place), world.holds(question));
                    let other = second.as_ref().map_or("proved", |_| "refuted");
                    assert_eq!(word(&answer), other, "{}: {id} without {at}: {question:?}\n{answer:?}\n{second:?}", below(&path, root()));
                    asked += 1;
                }
            }
        }
    }
    eprintln!("{asked} questions about the examples");
    assert!(asked > 200);
}
