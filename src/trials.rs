//! The access tests of a profile: each is decided, and a decision that is not the expected one is a finding.
//!
//! In: a profile and its plan. Out: findings that show the request, the decision, and the profile's line that the
//! deciding statement comes from; and sentences about decisions, for whoever shows them.

use crate::claim::{AccessRequest, AccessTest, DeniedBy, Expect, SignatureVersion, Verdict, Which};
use crate::diag::{Code, Finding, Path};
use crate::path;
use crate::plan::Plan;
use crate::policy::Statement;
use crate::profile::{AccountProfile, Profile};
use crate::verify::access_tests::{Bench, Trial};
use crate::verify::{Decision, Layer, On};

mod public;
pub mod unfit;

pub use public::grant as public_grant;

/// Prepares a profile's plan for decisions.
pub fn bench<'p>(profile: &Profile, plan: &'p Plan) -> Bench<'p> {
    let account = profile.bucket.account.as_ref().map(|account| account.as_str());
    Bench::new(plan, account, profile.bucket.region.as_ref())
}

/// The same for the profile of an account.
pub fn bench_of_account<'p>(profile: &AccountProfile, plan: &'p Plan) -> Bench<'p> {
    Bench::new(plan, Some(profile.account.as_str()), Some(&profile.region))
}

/// Runs every access test of the profile; what fails is a finding.
pub fn run(profile: &Profile, plan: &Plan) -> Vec<Finding> {
    let bench = bench(profile, plan);
    let mut findings = public::check(profile, plan, &bench);
    if profile.tests.is_empty() {
        if profile.preset.asks_for(Code::NoAccessTests) {
            let message = "no access test says who must get in and who must not";
            findings.push(
                Finding::new(Code::NoAccessTests, Path::root(), message)
                    .help("add `tests`: a request that must be denied, and one that must not"),
            );
        }
        return findings;
    }
    findings.extend(profile.tests.iter().enumerate().filter_map(|(at, test)| failure(at, test, &bench)));
    findings
}

/// What is wrong with an access test, the one of that number from 0.
pub fn failure(at: usize, test: &AccessTest, bench: &Bench<'_>) -> Option<Finding> {
    let place = path!["tests", at, "expect"];
    if let Some(finding) = unfit::check(at, &test.request) {
        return Some(finding);
    }
    match (&test.expect, bench.verdict(&test.request)) {
        (Expect::Word(Verdict::Allow), Some(decision)) if decision.is_allowed() => return None,
        (Expect::Word(Verdict::Deny), Some(decision)) if decision.is_denied() => return None,
        (Expect::By(DeniedBy { deny }), Some(Decision::ExplicitlyDenied { by }))
            if is_named(bench.statement(&test.request, by).map(|stated| stated.statement), deny.as_str()) =>
        {
            return None;
        }
        _ => {}
    }
    let Ok(trial) = bench.decide(&test.request) else {
        let message = format!("the test `{}` is about a {} that the profile does not make", test.name, called(test.request.bucket));
        return Some(
            Finding::new(Code::AccessTestUnfit, path!["tests", at, "request", "bucket"], message)
                .help("leave `bucket` out, or send the logs to a companion"),
        );
    };
    if let Expect::By(DeniedBy { deny }) = &test.expect
        && denied_by(&trial, deny.as_str())
    {
        return None;
    }
    let expected = expected(&test.expect);
    let message = format!("the test `{}` expects {expected}, and the request is {}", test.name, sentence(&trial));
    let finding = Finding::new(Code::AccessTestFailed, place, message)
        .label("expected here")
        .also(path!["tests", at, "request"], describe(&test.request));
    let finding = match trial.statement.and_then(|(statement, _)| statement.origin.as_ref()) {
        Some(origin) => finding.also(origin.path.clone(), "the deciding statement comes from here"),
        None => finding,
    };
    Some(finding.help(format!("`s3harden why PROFILE --test {}` shows the whole way to the decision", at + 1)))
}

/// What a test expects, in words.
pub fn expected(expect: &Expect) -> String {
    match expect {
        Expect::Word(Verdict::Allow) => "allow".to_owned(),
        Expect::Word(Verdict::Deny) => "deny".to_owned(),
        Expect::By(DeniedBy { deny }) => format!("a denial by `{deny}`"),
    }
}

/// What messages call a bucket of a profile.
pub const fn called(bucket: Which) -> &'static str {
    match bucket {
        Which::Main => "bucket",
        Which::Logs => "log bucket",
        Which::Trail => "trail's bucket",
        Which::Macie => "bucket for what Macie finds",
    }
}

fn denied_by(trial: &Trial<'_>, sid: &str) -> bool {
    let explicit = matches!(trial.trace.decision, Decision::ExplicitlyDenied { .. });
    explicit && is_named(trial.statement.map(|(statement, _)| statement), sid)
}

fn is_named(statement: Option<&Statement>, sid: &str) -> bool {
    statement.is_some_and(|statement| statement.sid.as_deref() == Some(sid))
}

/// A decision in words: `denied by DenyPlainHttp, because requests over plain HTTP are refused`.
pub fn sentence(trial: &Trial<'_>) -> String {
    let by = trial.statement.map(|(statement, _)| {
        let sid = statement.sid.as_deref().unwrap_or("a statement without a name");
        match statement.origin.as_ref().filter(|origin| !origin.reason.is_empty()) {
            Some(origin) => format!("`{sid}` ({})", origin.reason),
            None => format!("`{sid}`"),
        }
    });
    match (&trial.trace.decision, by) {
        (Decision::Allowed { .. }, Some(by)) => format!("allowed by {by}"),
        (Decision::Allowed { .. }, None) => "allowed: nothing denies it, and the caller's own permissions allow it".to_owned(),
        (Decision::ExplicitlyDenied { .. }, Some(by)) => format!("denied by {by}"),
        (Decision::ExplicitlyDenied { by }, None) => format!("denied by {}", layer(by.layer)),
        (Decision::ImplicitlyDenied { missing }, _) => format!("denied: {}", missing_from(*missing)),
        (Decision::Depends { on, .. }, Some(by)) => format!("open: in {by} it depends on {}", depends_on(*on, trial)),
        (Decision::Depends { on, .. }, None) => format!("open: it depends on {}", on.reason()),
    }
}

/// What an open decision hangs on: where it is a value of the deployment, the parameters of the statement by their names.
fn depends_on(on: On, trial: &Trial<'_>) -> String {
    let names: Vec<String> = trial.parameters.iter().map(|name| format!("`{name}`")).collect();
    match names.as_slice() {
        [name] if on == On::Unresolved => format!("the parameter {name}, which is known only after deployment"),
        [_, ..] if on == On::Unresolved => format!("the parameters {}, which are known only after deployment", names.join(", ")),
        _ => on.reason().to_owned(),
    }
}

/// What a layer that does not allow a request leaves out, in words.
pub fn missing_from(missing: Layer) -> String {
    match missing {
        Layer::PublicAccessBlock | Layer::Ownership => format!("{} keeps it out", layer(missing)),
        Layer::AccessPoint => "the access point takes no request of this kind, or nothing in its policy allows it".to_owned(),
        _ => format!("nothing in {} allows it", layer(missing)),
    }
}

/// A layer in words.
pub const fn layer(layer: Layer) -> &'static str {
    match layer {
        Layer::Resource => "the bucket policy",
        Layer::AccessPoint => "the access point",
        Layer::Identity => "the bucket policy or in the caller's own policies",
        Layer::Session => "the session policy",
        Layer::Boundary => "the permissions boundary",
        Layer::Scp => "a service control policy",
        Layer::Rcp => "a resource control policy",
        Layer::Endpoint => "the policy of the VPC endpoint",
        Layer::Acl => "the access control list",
        Layer::PublicAccessBlock => "Block Public Access",
        Layer::Ownership => "object ownership",
    }
}

/// A request in words.
pub fn describe(request: &AccessRequest) -> String {
    let mut text = request.caller.to_string();
    if !request.groups.is_empty() {
        let groups: Vec<&str> = request.groups.iter().map(|group| group.as_str()).collect();
        text.push_str(&format!(" of {}", groups.join(", ")));
    }
    text.push_str(&format!(" does {}", request.action));
    if let Some(key) = &request.key {
        text.push_str(&format!(" on {key}"));
    }
    if request.bucket != Which::Main {
        text.push_str(&format!(" in the {}", called(request.bucket)));
    }
    if let Some(point) = &request.access_point {
        text.push_str(&format!(" through the access point {point}"));
    }
    if let Some(from) = &request.from {
        let parts = [
            from.ip.as_ref().map(|ip| format!("from {ip}")),
            from.vpc_endpoint.as_ref().map(|endpoint| format!("through {endpoint}")),
            from.on_behalf.as_ref().map(|service| format!("by {service} on its behalf")),
        ];
        parts.into_iter().flatten().for_each(|part| text.push_str(&format!(" {part}")));
    }
    match (request.post, &request.presigned_age) {
        (true, _) => text.push_str(" by a presigned form"),
        (false, Some(age)) => text.push_str(&format!(" by a URL that was presigned {age} ago")),
        (false, None) => {}
    }
    if let Some(age) = &request.mfa_age {
        text.push_str(&format!(" {age} after MFA"));
    }
    if request.signature == Some(SignatureVersion::V2) {
        text.push_str(" with signature version 2");
    }
    match (request.http, request.tls) {
        (true, _) => text.push_str(" over plain HTTP"),
        (false, Some(tls)) => text.push_str(&format!(" over TLS {}", tls.number())),
        (false, None) => {}
    }
    text
}
