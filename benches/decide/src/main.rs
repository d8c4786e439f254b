//! Decisions per second on one core: compiled, traced, compiling, over JSON lines; cedar-policy on a like policy.

use std::hint::black_box;
use std::num::NonZeroUsize;
use std::str::FromStr;
use std::sync::Arc;
use std::time::{Duration, Instant};

use cedar_policy::{Authorizer, Context, Entities, EntityUid, PolicySet, Request as CedarRequest};
use s3harden::policy::{Document, Key};
use s3harden::verify::model::{Call, Path};
use s3harden::verify::{Caller, Environment, Kind, Policies, Policy, Request, jsonl};
use serde_json::{Value, json};

/// A bucket policy as s3harden renders it: eight statements.
fn policy() -> Value {
    let all = json!(["arn:aws:s3:::acme-exports", "arn:aws:s3:::acme-exports/*"]);
    let objects = json!("arn:aws:s3:::acme-exports/*");
    let service = json!({"aws:PrincipalIsAWSService": "false"});
    json!({"Version": "2012-10-17", "Statement": [
        {"Sid": "RequireTls", "Effect": "Deny", "Principal": "*", "Action": ["s3:*"], "Resource": all,
         "Condition": {"Bool": {"aws:SecureTransport": "false"}}},
        {"Sid": "RequireTlsVersion", "Effect": "Deny", "Principal": "*", "Action": ["s3:*"], "Resource": all,
         "Condition": {"NumericLessThan": {"s3:TlsVersion": "1.2"}}},
        {"Sid": "AllowedNetworks", "Effect": "Deny", "Principal": "*", "Action": ["s3:GetObject*", "s3:PutObject*", "s3:DeleteObject*", "s3:ListBucket*"],
         "Resource": all,
         "Condition": {"NotIpAddress": {"aws:SourceIp": ["203.0.113.0/24", "198.51.100.0/24", "2001:db8:1::/48"]},
                       "StringNotEquals": {"aws:SourceVpce": ["vpce-0a1b2c3d", "vpce-1a2b3c4d"], "aws:SourceVpc": "vpc-0a1b2c3d"},
                       "BoolIfExists": {"aws:PrincipalIsAWSService": "false", "aws:ViaAWSService": "false"},
                       "ArnNotLike": {"aws:PrincipalArn": ["arn:aws:iam::111122223333:role/Replicate", "arn:aws:iam::111122223333:role/ops/*"]}}},
        {"Sid": "DeleteNeedsMfa", "Effect": "Deny", "Principal": "*", "Action": ["s3:DeleteObject", "s3:DeleteObjectVersion"], "Resource": objects,
         "Condition": {"NumericGreaterThanIfExists": {"aws:MultiFactorAuthAge": "3600"}, "BoolIfExists": service}},
        {"Sid": "PinAlgorithm", "Effect": "Deny", "Principal": "*", "Action": ["s3:PutObject"], "Resource": objects,
         "Condition": {"StringNotEquals": {"s3:x-amz-server-side-encryption": "aws:kms"}, "Null": {"s3:x-amz-server-side-encryption": "false"}}},
        {"Sid": "NoCustomerKeys", "Effect": "Deny", "Principal": "*", "Action": ["s3:PutObject"], "Resource": objects,
         "Condition": {"Null": {"s3:x-amz-server-side-encryption-customer-algorithm": "false"}}},
        {"Sid": "AnalystsRead", "Effect": "Allow", "Principal": {"AWS": ["arn:aws:iam::111122223333:role/Analyst"]},
         "Action": ["s3:GetObject", "s3:GetObjectAttributes"], "Resource": ["arn:aws:s3:::acme-exports/exports/*"]},
        {"Sid": "AnalystsList", "Effect": "Allow", "Principal": {"AWS": ["arn:aws:iam::111122223333:role/Analyst"]},
         "Action": ["s3:ListBucket"], "Resource": ["arn:aws:s3:::acme-exports"], "Condition": {"StringLike": {"s3:prefix": "exports/*"}}}
    ]})
}

/// Callers, actions and networks in turn; about a third are allowed.
fn calls() -> Vec<Call> {
    let analyst = Caller::role("arn:aws:iam::111122223333:role/Analyst", "session").expect("a role");
    let ann = Caller::from_arn("arn:aws:iam::111122223333:user/Ann").expect("a user");
    let mut all = Vec::new();
    for caller in [analyst, ann, Caller::anonymous(), Caller::service("logging.s3.amazonaws.com")] {
        for (action, resource) in [
            ("s3:GetObject", "arn:aws:s3:::acme-exports/exports/2026/a.csv"),
            ("s3:ListBucket", "arn:aws:s3:::acme-exports"),
            ("s3:PutObject", "arn:aws:s3:::acme-exports/in/b.csv"),
            ("s3:DeleteObject", "arn:aws:s3:::acme-exports/exports/2026/a.csv"),
        ] {
            for (i, ip) in ["203.0.113.9", "192.0.2.1", "198.51.100.77", "2001:db8:1::5"].into_iter().enumerate() {
                let mut call = Call::new(caller.clone(), action, resource, "111122223333");
                call.path = Path::Internet { ip: ip.into() };
                call.tls = if i == 3 { None } else { Some("1.3".into()) };
                call.sent.push((Key::Prefix, vec!["exports/2026/".into()]));
                call.sent.push((Key::XAmzServerSideEncryption, vec!["aws:kms".into()]));
                all.push(call);
            }
        }
    }
    all
}

/// Without the readings of pages that disagree: those are decided several times each.
fn plain(call: &Call) -> Request {
    let model = call.request();
    let mut request = Request::new(model.caller().clone(), model.action(), model.resource().as_str(), model.resource_account());
    request.context = model.context;
    request
}

/// Runs for a while and gives the nanoseconds that one of `count` takes.
fn measure(name: &str, count: usize, mut run: impl FnMut()) -> f64 {
    let mut best = f64::MAX;
    for _ in 0..5 {
        let (start, mut rounds) = (Instant::now(), 0_u32);
        while start.elapsed() < Duration::from_millis(300) {
            run();
            rounds += 1;
        }
        best = best.min(start.elapsed().as_nanos() as f64 / f64::from(rounds) / count as f64);
    }
    println!("{name:<44} {best:>10.0} ns {:>12.0} /s", 1e9 / best);
    best
}

fn main() {
    let json = policy();
    let document = Document::read(&json).expect("a policy");
    let environment = Environment::default();
    let compiled = Arc::new(Policy::compile(&document, Kind::Bucket, &environment));
    let policies = Policies { resource: Some(compiled), ..Policies::default() };
    let calls = calls();
    let requests: Vec<_> = calls.iter().map(plain).collect();
    let readings: Vec<_> = calls.iter().map(Call::request).collect();
    let allowed = requests.iter().filter(|request| policies.decide(request).is_allowed()).count();
    println!("{} statements, {} requests, {allowed} of them allowed", document.statements.len(), requests.len());

    measure("decide", requests.len(), || requests.iter().for_each(|request| { black_box(policies.decide(black_box(request))); }));
    measure("decide, every reading of AWS's pages", readings.len(), || {
        readings.iter().for_each(|request| { black_box(policies.decide(black_box(request))); });
    });
    measure("decide with its trace", requests.len(), || {
        requests.iter().for_each(|request| drop(black_box(policies.explain(black_box(request)))));
    });
    measure("make a request from a call", calls.len(), || calls.iter().for_each(|call| drop(black_box(call.request()))));
    measure("compile the policy", 1, || drop(black_box(Policy::compile(black_box(&document), Kind::Bucket, &environment))));
    let text = json.to_string();
    measure("read and compile the policy's text", 1, || {
        let document = Document::from_json(black_box(&text)).expect("a policy");
        drop(black_box(Policy::compile(&document, Kind::Bucket, &environment)));
    });
    lines(&json, &requests);
    cedar();
}

/// `evaluate` on one thread beside parsing the same lines with `serde_json`.
fn lines(policy: &Value, requests: &[Request]) {
    let line = |(i, request): (usize, &Request), unique: bool| {
        let mut policy = policy.clone();
        if unique {
            policy["Id"] = json!(i.to_string());
        }
        let caller = request.caller();
        let principal = match caller.arn() {
            "" if caller.name().is_empty() => json!({"type": "Anonymous"}),
            "" => json!({"type": "Service", "value": caller.name()}),
            arn => json!({"type": "AWS", "arn": arn}),
        };
        let context: serde_json::Map<_, _> =
            request.context.iter().filter_map(|(key, _)| Some((key.name().into_owned(), json!(request.context.one(key)?)))).collect();
        json!({"id": i.to_string(), "policies": {"resource": policy}, "request": {
            "principal": principal, "action": request.action(), "resource": request.resource().as_str(),
            "resourceAccount": "111122223333", "context": context}})
        .to_string()
            + "\n"
    };
    for (name, unique) in [("one policy", false), ("a policy of its own in each line", true)] {
        let many = requests.iter().cycle().take(1024).enumerate();
        let text: String = many.map(|numbered| line(numbered, unique)).collect();
        let parse = measure(&format!("serde_json only, {name}"), 1024, || {
            text.lines().for_each(|line| drop(black_box(serde_json::from_str::<Value>(line).expect("JSON"))));
        });
        let mut output = Vec::with_capacity(1 << 20);
        let mut run = |trace| {
            measure(&format!("evaluate{}, {name}", if trace { " --trace" } else { "" }), 1024, || {
                output.clear();
                let options = jsonl::Options { trace, threads: NonZeroUsize::new(1) };
                let summary = jsonl::evaluate(text.as_bytes(), &mut output, options).expect("writing into memory");
                assert_eq!(summary.errors, 0);
            })
        };
        println!("{:<44} {:>10.2}", "  speed beside serde_json", parse / run(false));
        println!("{:<44} {:>10.2}", "  speed beside serde_json, with trace", parse / run(true));
    }
}

/// The same intentions in Cedar: six prohibitions and two permissions.
fn cedar() {
    let source = r#"
        forbid(principal, action, resource) when { !context.tls };
        forbid(principal, action, resource) when { context has tls_version && context.tls_version.lessThan(decimal("1.2")) };
        forbid(principal, action in [Action::"GetObject", Action::"PutObject", Action::"DeleteObject", Action::"ListBucket"], resource) unless {
            (context has ip && (context.ip.isInRange(ip("203.0.113.0/24")) || context.ip.isInRange(ip("198.51.100.0/24"))
                || context.ip.isInRange(ip("2001:db8:1::/48"))))
            || (context has vpce && ["vpce-0a1b2c3d", "vpce-1a2b3c4d"].contains(context.vpce))
            || (context has vpc && context.vpc == "vpc-0a1b2c3d")
            || (context has service && context.service) || context.via
            || context.principal_arn == "arn:aws:iam::111122223333:role/Replicate" || context.principal_arn like "arn:aws:iam::111122223333:role/ops/*" };
        forbid(principal, action == Action::"DeleteObject", resource) unless { context has mfa_age && context.mfa_age <= 3600 };
        forbid(principal, action == Action::"PutObject", resource) when { context has sse && context.sse != "aws:kms" };
        forbid(principal, action == Action::"PutObject", resource) when { context has sse_c };
        permit(principal == Role::"Analyst", action == Action::"GetObject", resource) when { context.key like "exports/*" };
        permit(principal == Role::"Analyst", action == Action::"ListBucket", resource) when { context has prefix && context.prefix like "exports/*" };
    "#;
    let set = PolicySet::from_str(source).expect("a policy set");
    let (authorizer, entities) = (Authorizer::new(), Entities::empty());
    let uid = |text: &str| EntityUid::from_str(text).expect("an entity");
    let mut requests = Vec::new();
    for role in ["Analyst", "Ann", "Nobody", "Logging"] {
        for action in ["GetObject", "ListBucket", "PutObject", "DeleteObject"] {
            for (i, ip) in ["203.0.113.9", "192.0.2.1", "198.51.100.77", "2001:db8:1::5"].into_iter().enumerate() {
                let context = json!({
                    "tls": i != 3, "tls_version": {"__extn": {"fn": "decimal", "arg": "1.3"}}, "ip": {"__extn": {"fn": "ip", "arg": ip}},
                    "service": false, "via": false, "principal_arn": format!("arn:aws:iam::111122223333:role/{role}"),
                    "key": "exports/2026/a.csv", "prefix": "exports/2026/", "sse": "aws:kms"
                });
                let context = Context::from_json_value(context, None).expect("a context");
                let (principal, action) = (uid(&format!("Role::\"{role}\"")), uid(&format!("Action::\"{action}\"")));
                requests.push(CedarRequest::new(principal, action, uid("Bucket::\"acme-exports\""), context, None).expect("a request"));
            }
        }
    }
    measure("cedar-policy: is_authorized", requests.len(), || {
        requests.iter().for_each(|request| drop(black_box(authorizer.is_authorized(black_box(request), &set, &entities))));
    });
    measure("cedar-policy: read the policies", 1, || drop(black_box(PolicySet::from_str(black_box(source)))));
}
