//! How long answers take: one question, many networks and roles, whole profiles, differences, policies made to be hard.
//!
//! Everything is compiled anew in each round, as a command that is run once does it.

use std::hint::black_box;
use std::path::Path;
use std::time::{Duration, Instant};

use s3harden::compare::{Version, compare};
use s3harden::pipeline;
use s3harden::policy::Document;
use s3harden::proofs;
use s3harden::source::Source;
use s3harden::trials;
use s3harden::verify::Environment;
use s3harden::verify::prove::{Answer, Networks, Prover, Question, Subject};
use serde_json::{Value, json};

const OWN: &str = "111122223333";
const BUCKET: &str = "arn:aws:s3:::acme-exports";

mod hard;

// As the command has it.
#[global_allocator]
static ALLOCATOR: mimalloc::MiMalloc = mimalloc::MiMalloc;

/// A bucket policy as s3harden renders it: seven statements, with so many ranges and roles in the lists.
fn policy(ranges: usize, roles: usize) -> Value {
    let all = json!([BUCKET, format!("{BUCKET}/*")]);
    let objects = json!(format!("{BUCKET}/*"));
    let service = json!({"aws:PrincipalIsAWSService": "false"});
    let deny = |sid: &str, action: Value, resource: &Value, condition: Value| {
        json!({"Sid": sid, "Effect": "Deny", "Principal": "*", "Action": action, "Resource": resource, "Condition": condition})
    };
    let ours = |role: &String| format!("arn:aws:iam::{OWN}:role/{role}");
    let names = names(roles);
    let ours: Vec<String> = names.iter().map(ours).collect();
    json!({"Version": "2012-10-17", "Statement": [
        deny("DenyPlainHttp", json!("s3:*"), &all, json!({"Bool": {"aws:SecureTransport": "false"}})),
        deny("DenyOutdatedTls", json!("s3:*"), &all, json!({"NumericLessThan": {"s3:TlsVersion": "1.2"}})),
        deny("DenyUnlistedNetworks", json!(["s3:GetObject*", "s3:PutObject*", "s3:DeleteObject*", "s3:ListBucket*"]), &all,
            json!({"NotIpAddress": {"aws:SourceIp": cidrs(ranges)}, "StringNotEquals": {"aws:SourceVpce": ["vpce-0a1b2c3d"]},
                   "BoolIfExists": {"aws:PrincipalIsAWSService": "false", "aws:ViaAWSService": "false"}, "ArnNotLike": {"aws:PrincipalArn": ours}})),
        deny("DenyDeleteWithoutMfa", json!(["s3:DeleteObject", "s3:DeleteObjectVersion"]), &objects,
            json!({"NumericGreaterThanIfExists": {"aws:MultiFactorAuthAge": "3600"}, "BoolIfExists": service})),
        deny("DenyOtherEncryption", json!("s3:PutObject"), &objects,
            json!({"StringNotEquals": {"s3:x-amz-server-side-encryption": "aws:kms"}, "Null": {"s3:x-amz-server-side-encryption": "false"}})),
        deny("DenyCustomerKeys", json!("s3:PutObject"), &objects, json!({"Null": {"s3:x-amz-server-side-encryption-customer-algorithm": "false"}})),
        {"Sid": "PartnersRead", "Effect": "Allow", "Principal": {"AWS": foreign(&names)}, "Action": "s3:GetObject",
         "Resource": format!("{BUCKET}/exports/*")},
    ]})
}

fn cidrs(count: usize) -> Vec<String> {
    (0..count).map(|i| format!("198.{}.{}.0/24", 18 + i / 200, i % 200)).collect()
}

fn names(count: usize) -> Vec<String> {
    (0..count).map(|i| format!("team-{}/Analyst{i}", i % 7)).collect()
}

fn foreign(names: &[String]) -> Vec<String> {
    names.iter().map(|name| format!("arn:aws:iam::444455556666:role/{name}")).collect()
}

fn questions(ranges: usize, roles: usize) -> Vec<(&'static str, Question)> {
    let text = |all: &[&str]| all.iter().map(|text| (*text).to_owned()).collect::<Vec<_>>();
    let names = names(roles);
    vec![
        ("tls-only", Question::TlsOnly { minimum: Some("1.2".into()) }),
        ("no-public-access", Question::NoPublicAccess),
        (
            "only-listed-networks",
            Question::OnlyNetworks {
                actions: text(&["s3:GetObject", "s3:PutObject", "s3:DeleteObject", "s3:ListBucket"]),
                allowed: Networks { cidrs: cidrs(ranges), vpcs: Vec::new(), endpoints: text(&["vpce-0a1b2c3d"]) },
                denied: Networks::default(),
                services: true,
                forwarded: true,
                principals: names.iter().map(|role| format!("arn:aws:iam::{OWN}:role/{role}")).collect(),
                repairers: Vec::new(),
            },
        ),
        (
            "only-listed-principals",
            Question::OnlyListedPrincipals {
                accounts: text(&[OWN]),
                principals: foreign(&names),
                organizations: Vec::new(),
                sources: text(&[OWN]),
                resources: text(&[BUCKET]),
            },
        ),
        (
            "mfa-enforced",
            Question::MfaEnforced { actions: text(&["s3:DeleteObject"]), within_seconds: 3_600, except: Vec::new(), repairers: Vec::new() },
        ),
    ]
}

/// Runs for a while and prints the best time of one round.
fn measure(name: &str, bar: Option<Duration>, mut run: impl FnMut()) {
    let (mut best, start, mut rounds) = (Duration::MAX, Instant::now(), 0);
    while rounds < 3 || (start.elapsed() < Duration::from_millis(700) && rounds < 2_000) {
        let begin = Instant::now();
        run();
        best = best.min(begin.elapsed());
        rounds += 1;
    }
    let shown = bar.map_or_else(String::new, |bar| format!("  {} {:?}", if best <= bar { "<=" } else { "> " }, bar));
    println!("{name:<64} {:>12.3} ms{shown}", best.as_secs_f64() * 1e3);
}

const fn micros(count: u64) -> Option<Duration> {
    Some(Duration::from_micros(count))
}

fn subject(policy: &Document) -> Subject {
    Subject::new(BUCKET, OWN, policy, &Environment::default())
}

fn answer(document: &Document, question: &Question) -> Answer {
    let subject = subject(document);
    Prover::new(&[&subject], std::slice::from_ref(question), &[]).ask(0, 0)
}

const fn word(answer: &Answer) -> &'static str {
    match answer {
        Answer::Proved => "proved",
        Answer::Refuted(_) | Answer::CalledPublic(_) => "refuted",
        Answer::Unknown(_) => "unknown",
        Answer::Disagreement(_) => "DISAGREEMENT",
    }
}

/// Every example against itself without one of its sections, both ways.
fn changes() {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../examples");
    let files = std::fs::read_dir(folder).expect("examples").map(|file| file.expect("a file").path()).filter(|file| file.is_file());
    let mut took: Vec<Duration> = files.flat_map(|file| changes_of(&std::fs::read_to_string(file).expect("an example"))).collect();
    took.sort();
    let at = |share: usize| took.get(took.len() * share / 100).expect("a change").as_secs_f64() * 1e3;
    println!("{} changes of examples: median {:.3} ms, 95th percentile {:.3} ms (bar 5 ms)", took.len(), at(50), at(95));
}

fn changes_of(text: &str) -> Vec<Duration> {
    let versions = |text: &str| {
        let source = Source::from_bytes("profile.yaml", text).expect("text");
        pipeline::plan(&source).map(|(profile, plan)| Version::of_profile(&profile, &plan))
    };
    let Some(new) = versions(text) else { return Vec::new() };
    // A section goes on until the next line that begins a key.
    let lines: Vec<&str> = text.lines().collect();
    let is_key = |line: &&str| line.starts_with(|c: char| c.is_ascii_lowercase());
    let starts: Vec<usize> = (0..lines.len()).filter(|at| lines.get(*at).is_some_and(is_key)).collect();
    let ends = starts.iter().skip(1).copied().chain([lines.len()]);
    let without = |(start, end): (usize, usize)| {
        let kept = lines.iter().enumerate().filter(|(at, _)| !(start..end).contains(at)).map(|(_, line)| format!("{line}\n"));
        versions(&kept.collect::<String>())
    };
    let time = |old: Vec<Version>| {
        let best = (0..3).map(|_| {
            let begin = Instant::now();
            drop(black_box(compare(&old, &new)));
            begin.elapsed()
        });
        best.min()
    };
    starts.iter().copied().zip(ends).filter_map(without).filter_map(time).collect()
}

fn main() {
    let only = std::env::args().nth(1).unwrap_or_default();
    let part = |name: &str| only.is_empty() || only == name;
    if part("one") {
        println!("one question, the policy compiled anew");
        for (ranges, roles, bar) in [(2, 1, micros(200)), (200, 200, micros(1_000))] {
            let json = policy(ranges, roles);
            let document = Document::read(&json).expect("a policy");
            for (name, question) in questions(ranges, roles) {
                let word = word(&answer(&document, &question));
                measure(&format!("  {name}, {ranges} ranges, {roles} roles: {word}"), bar, || drop(black_box(answer(&document, &question))));
            }
        }
    }
    if part("growth") {
        println!("only-listed-principals as roles become more");
        for roles in [10, 20, 40, 80, 160, 320] {
            let document = Document::read(&policy(2, roles)).expect("a policy");
            let question = questions(2, roles).remove(3).1;
            let word = word(&answer(&document, &question));
            measure(&format!("  {roles} roles: {word}"), None, || drop(black_box(answer(&document, &question))));
        }
    }
    if part("difference") {
        println!("a difference, both ways");
        let (old, new) = (policy(2, 1), policy(3, 2));
        let (old, new) = (Document::read(&old).expect("a policy"), Document::read(&new).expect("a policy"));
        measure("  seven statements each", micros(5_000), || {
            let (old, new) = (subject(&old), subject(&new));
            let prover = Prover::new(&[&old, &new], &[], &[]);
            drop(black_box((prover.gained(1, 0, None), prover.gained(0, 1, None))));
        });
    }
    if part("examples") {
        println!("every guarantee of an example, dead statements too");
        let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../examples");
        let mut files: Vec<_> = std::fs::read_dir(folder).expect("examples").map(|file| file.expect("a file").path()).collect();
        files.sort();
        for file in files.into_iter().filter(|file| file.is_file()) {
            let source = Source::read(&file).expect("an example");
            let Some((profile, plan)) = pipeline::plan(&source) else { continue };
            let bench = trials::bench(&profile, &plan);
            let name = file.file_stem().expect("a name").to_string_lossy().into_owned();
            measure(&format!("  {name}"), micros(1_000), || drop(black_box(proofs::run(&bench, &plan, &profile.guarantees))));
        }
    }
    if part("changes") {
        changes();
    }
    if part("hard") {
        println!("policies of 20 KB, made to be hard");
        for (name, json) in hard::policies() {
            let document = Document::read(&json).expect("a policy");
            let size = json.to_string().len();
            for (asked, question) in questions(2, 1) {
                let word = word(&answer(&document, &question));
                measure(&format!("  {name}, {size} bytes, {asked}: {word}"), micros(1_000_000), || {
                    drop(black_box(answer(&document, &question)));
                });
            }
        }
    }
}
