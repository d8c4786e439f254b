//! The perimeter: what passes the policies of an organization and of its VPC endpoints, and what they stop.
//!
//! Every call is decided by the evaluator with the policy in its own layer. Without any statement, condition or value of a policy,
//! some call is decided otherwise.

use std::sync::Arc;

use s3harden::pipeline;
use s3harden::plan::{Detached, Plan};
use s3harden::policy::{Base, Condition, Document, Effect, Element, Key, Statement};
use s3harden::render;
use s3harden::verify::model::{Call, Path};
use s3harden::verify::prove::{Answer, Networks, Prover, Question, Subject};
use s3harden::verify::{Caller, Decision, Environment, Kind, Policies, Policy};

use super::support::{BOTH, root, run, s3harden, source};

const OWN: &str = "o-a1b2c3d4e5";
const OTHER: &str = "o-zzzzzzzzzz";
const OFFICE: &str = "203.0.113.9";
const HOME: &str = "192.0.2.1";
const VPC: &str = "vpc-0123456789abcdef0";
const ENDPOINT: &str = "vpce-0a1b2c3d4e5f60718";
const OBJECT: &str = "arn:aws:s3:::acme-data/a.csv";

fn profile(perimeter: &str) -> String {
    format!(
        "version: 1\nkind: account\nname: whole\naccount: \"111122223333\"\nregion: eu-west-1\npublic_access: {{ block: all }}\nperimeter:\n  organization: {OWN}\n{perimeter}"
    )
}

const LISTS: &str = "  networks: { cidrs: [203.0.113.0/24], vpcs: [vpc-0123456789abcdef0], vpc_endpoints: [vpce-0a1b2c3d4e5f60718] }\n";
const EXCEPT: &str = "  except: { accounts: [\"444455556666\"], principals: [{ role: BreakGlass }] }\n";

fn plan(perimeter: &str) -> Plan {
    pipeline::account_plan(&source(profile(perimeter))).unwrap().1
}

fn document(plan: &Plan, path: &str) -> Document {
    let found = plan.detached.iter().find(|policy| policy.content.path() == path);
    found.and_then(|policy| policy.content.document()).cloned().unwrap_or_else(|| panic!("{path}"))
}

fn user(account: &str) -> Caller {
    Caller::from_arn(&format!("arn:aws:iam::{account}:user/maria")).unwrap()
}

fn role(name: &str) -> Caller {
    Caller::role(&format!("arn:aws:iam::111122223333:role/{name}"), "session").unwrap()
}

/// A call of the organization's own user to its own bucket.
fn own() -> Call {
    let mut call = Call::new(user("111122223333"), "s3:GetObject", OBJECT, "111122223333");
    (call.organization, call.bucket_organization) = (Some(OWN.into()), Some(OWN.into()));
    call
}

fn by(caller: Caller, organization: Option<&str>) -> Call {
    Call { organization: organization.map(Into::into), ..Call { caller, ..own() } }
}

fn from(ip: &str, call: Call) -> Call {
    Call { path: Path::Internet { ip: ip.into() }, ..call }
}

fn through(vpc: &str, endpoint: &str, organization: &str, call: Call) -> Call {
    let account = Some("111122223333".into());
    Call {
        path: Path::Endpoint { vpc: vpc.into(), endpoint: endpoint.into(), ip: None, account, organization: Some(organization.into()) },
        ..call
    }
}

fn forwarded(call: Call) -> Call {
    Call { path: Path::Forwarded { service: "athena.amazonaws.com".into(), ip: Some(HOME.into()) }, ..call }
}

fn of(resource: &str, action: &str, account: &str, organization: Option<&str>, call: Call) -> Call {
    let bucket_organization = organization.map(Into::into);
    Call { resource: resource.into(), action: action.into(), account: account.into(), bucket_organization, ..call }
}

/// A service that acts for a resource of an account and organization, or says for none.
fn service(source: Option<(&str, &str)>) -> Call {
    let mut call = Call::new(Caller::service("cloudtrail.amazonaws.com"), "s3:PutObject", OBJECT, "111122223333");
    call.bucket_organization = Some(OWN.into());
    if let Some((account, organization)) = source {
        call.source = Some((format!("arn:aws:cloudtrail:eu-west-1:{account}:trail/t").into(), account.into()));
        call.sent.push((Key::SourceOrgID, vec![organization.into()]));
    }
    call
}

type Case = (&'static str, bool, Call);
type Cases = Vec<Case>;

fn about_networks() -> Cases {
    vec![
        ("from the office", true, from(OFFICE, own())),
        ("from home", false, from(HOME, own())),
        ("through the listed endpoint", true, through("vpc-0bbbbbbbbbbbbbbbb", ENDPOINT, OTHER, own())),
        ("from the listed VPC", true, through(VPC, "vpce-0bbbbbbbbbbbbbbbb", OTHER, own())),
        ("through another endpoint of the organization", false, through("vpc-0bbbbbbbbbbbbbbbb", "vpce-0bbbbbbbbbbbbbbbb", OWN, own())),
        ("by Athena for somebody", true, forwarded(own())),
        ("by whoever repairs, from home", true, from(HOME, by(role("BreakGlass"), Some(OWN)))),
        ("by another role from home", false, from(HOME, by(role("BreakGlassToo"), Some(OWN)))),
        ("by EC2 for an encrypted volume", true, from(HOME, by(role("aws:ec2-infrastructure"), Some(OWN)))),
    ]
}

fn rcp() -> Cases {
    let mut cases = about_networks();
    cases.extend([
        ("an outsider in the office", false, from(OFFICE, by(user("999988887777"), Some(OTHER)))),
        ("an account without an organization, in the office", false, from(OFFICE, by(user("999988887777"), None))),
        ("nobody in particular, in the office", false, from(OFFICE, by(Caller::anonymous(), None))),
        ("a partner at home", true, from(HOME, by(user("444455556666"), Some(OTHER)))),
        ("a service for a trail of the organization", true, service(Some(("111122223333", OWN)))),
        ("a service for a trail of somebody else", false, service(Some(("999988887777", OTHER)))),
        ("a service for a trail of a partner", true, service(Some(("444455556666", OTHER)))),
        ("a service that says no source", true, service(None)),
    ]);
    cases
}

fn scp() -> Cases {
    let theirs = |account: &str, organization, call| of("arn:aws:s3:::theirs/a.csv", "s3:PutObject", account, organization, call);
    let aws = |arn: &str, action: &str| of(arn, action, "000000000001", None, from(OFFICE, own()));
    let mut cases = about_networks();
    cases.extend([
        ("to a bucket of somebody else, from the office", false, theirs("999988887777", Some(OTHER), from(OFFICE, own()))),
        ("to a bucket of no organization", false, theirs("999988887777", None, from(OFFICE, own()))),
        ("to a bucket of a partner", true, theirs("444455556666", Some(OTHER), from(OFFICE, own()))),
        ("a plugin for sessions", true, aws("arn:aws:s3:::session-manager-downloads/plugin.rpm", "s3:GetObject")),
        ("models that are listed", true, aws("arn:aws:s3:::jumpstart-cache-prod-eu-west-1", "s3:ListBucket")),
        ("models of another region", false, aws("arn:aws:s3:::jumpstart-cache-prod-us-east-1", "s3:ListBucket")),
        ("a bucket that is called almost so", false, aws("arn:aws:s3:::jumpstart-cache-prod-eu-west-1-evil/a", "s3:GetObject")),
    ]);
    cases
}

fn endpoint() -> Cases {
    let inside = |call| through(VPC, ENDPOINT, OWN, call);
    let theirs = |account: &str, organization, call| of("arn:aws:s3:::theirs/a.csv", "s3:PutObject", account, organization, call);
    let aws = |arn: &str, action: &str| inside(of(arn, action, "000000000001", None, by(Caller::anonymous(), None)));
    vec![
        ("own principals to own buckets", true, inside(own())),
        ("own principals to a bucket of somebody else", false, inside(theirs("999988887777", Some(OTHER), own()))),
        ("own principals to a bucket of a partner", true, inside(theirs("444455556666", Some(OTHER), own()))),
        ("credentials of somebody else to own buckets", false, inside(by(user("999988887777"), Some(OTHER)))),
        (
            "credentials of somebody else to their bucket",
            false,
            inside(theirs("999988887777", Some(OTHER), by(user("999988887777"), Some(OTHER)))),
        ),
        (
            "credentials of somebody else to a bucket of a partner",
            false,
            inside(theirs("444455556666", Some(OTHER), by(user("999988887777"), Some(OTHER)))),
        ),
        ("packages of Amazon Linux, without credentials", true, aws("arn:aws:s3:::al2023-repos-eu-west-1-de612dc2/core", "s3:GetObject")),
        ("models that are listed", true, aws("arn:aws:s3:::jumpstart-cache-prod-eu-west-1", "s3:ListBucket")),
        ("an upload among the packages", false, aws("arn:aws:s3:::al2023-repos-eu-west-1-de612dc2/core", "s3:PutObject")),
        ("packages of another region", false, aws("arn:aws:s3:::al2023-repos-us-east-1-de612dc2/core", "s3:GetObject")),
        (
            "a bucket of a service by a URL that it signed",
            true,
            inside(of("arn:aws:s3:::theirs/a", "s3:GetObject", "000000000001", None, service(None))),
        ),
        ("a public bucket of somebody else", false, aws("arn:aws:s3:::theirs/a", "s3:GetObject")),
    ]
}

/// A statement of AWS's own that gives everything, as is attached to every account and to every new endpoint.
fn everything(kind: Kind) -> Arc<Policy> {
    let mut statement = Statement::new(Effect::Allow, "All").actions(["s3:*"]).on(["*".into()]);
    if kind == Kind::Scp {
        statement.principal = None;
    }
    Arc::new(Policy::compile(&Document { statements: vec![statement], ..Document::default() }, kind, &Environment::default()))
}

fn decide(document: &Document, kind: Kind, call: &Call) -> Decision {
    let policy = Arc::new(Policy::compile(document, kind, &Environment::default()));
    let mut policies = Policies { resource: Some(everything(Kind::Rcp)), assume_identity: true, ..Policies::default() };
    match kind {
        Kind::Rcp => policies.rcp = Some(vec![vec![policy]]),
        Kind::Scp => policies.scp = Some(vec![vec![everything(Kind::Scp), policy]]),
        _ => policies.endpoint = Some(vec![policy]),
    }
    policies.decide(&call.request())
}

/// What is decided otherwise than it must be.
fn wrong(document: &Document, kind: Kind, cases: &[Case]) -> Vec<String> {
    let wrong = cases.iter().filter_map(|(what, passes, call)| {
        let decision = decide(document, kind, call);
        let right = if *passes { decision.is_allowed() } else { decision.is_denied() };
        (!right).then(|| format!("{what}: {decision:?}"))
    });
    wrong.collect()
}

fn layers() -> Vec<(&'static str, Kind, Cases)> {
    vec![
        ("perimeter/rcp.json", Kind::Rcp, rcp()),
        ("perimeter/scp.json", Kind::Scp, scp()),
        ("perimeter/vpc-endpoint-policy.json", Kind::Endpoint, endpoint()),
    ]
}

#[test]
fn each_call_passes_or_is_stopped_as_it_must_be() {
    let plan = plan(&format!("{LISTS}{EXCEPT}"));
    for (path, kind, cases) in layers() {
        let wrong = wrong(&document(&plan, path), kind, &cases);
        assert!(wrong.is_empty(), "{path}: {wrong:#?}");
    }
}

/// Each document that is left when something is taken away, and what that was.
fn without(document: &Document) -> Vec<(String, Document)> {
    let mut all = Vec::new();
    for (at, statement) in document.statements.iter().enumerate() {
        let sid = statement.sid.as_deref().unwrap();
        let mut change = |what: String, change: &dyn Fn(&mut Document)| {
            let mut changed = document.clone();
            change(&mut changed);
            all.push((format!("{sid}{what}"), changed));
        };
        change(String::new(), &|document| drop(document.statements.remove(at)));
        for (place, condition) in statement.condition.iter().enumerate() {
            let name = format!(" {} {}", condition.operator, condition.key);
            change(name.clone(), &|document| drop(document.statements[at].condition.remove(place)));
            for (number, value) in condition.values.iter().enumerate().filter(|_| condition.values.len() > 1) {
                change(format!("{name} {value}"), &|document| drop(document.statements[at].condition[place].values.remove(number)));
            }
        }
    }
    all
}

#[test]
fn nothing_of_a_policy_can_be_left_out_unnoticed() {
    let plan = plan(&format!("{LISTS}{EXCEPT}"));
    let mut unnoticed = Vec::new();
    for (path, kind, cases) in layers() {
        for (what, changed) in without(&document(&plan, path)) {
            if wrong(&changed, kind, &cases).is_empty() {
                unnoticed.push(format!("{path}: {what}"));
            }
        }
    }
    // Only services say a source, so that no call of the model tells these two apart; AWS's own form has both.
    assert_eq!(unnoticed, ["perimeter/rcp.json: DenyServicesForOthers Bool aws:PrincipalIsAWSService"]);
}

#[test]
fn each_bucket_of_a_service_is_reached_in_its_regions_and_only_because_it_is_named() {
    let plan = plan("  regions: [eu-west-1, us-east-1]\n");
    for (path, kind) in [("perimeter/scp.json", Kind::Scp), ("perimeter/vpc-endpoint-policy.json", Kind::Endpoint)] {
        let document = document(&plan, path);
        let arns: Vec<String> = document
            .statements
            .iter()
            .find_map(|statement| match &statement.resource {
                Some(Element::Is(arns) | Element::Not(arns)) if arns.len() > 1 => Some(arns.iter().map(ToString::to_string).collect()),
                _ => None,
            })
            .unwrap();
        assert!(arns.len() > 20, "{path}: {arns:?}");
        for arn in arns {
            let (resource, action) = match arn.contains('/') {
                true => (arn.replace('*', "x"), "s3:GetObject"),
                false => (arn.clone(), "s3:ListBucket"),
            };
            let call = through(VPC, ENDPOINT, OWN, of(&resource, action, "000000000001", None, own()));
            assert!(decide(&document, kind, &call).is_allowed(), "{path}: {arn}");
            let mut changed = document.clone();
            for statement in &mut changed.statements {
                if let Some(Element::Is(arns) | Element::Not(arns)) = &mut statement.resource {
                    arns.retain(|one| one.to_string() != arn);
                }
            }
            assert!(decide(&changed, kind, &call).is_denied(), "{path}: {arn} is not needed");
        }
    }
}

#[test]
fn without_vpcs_and_endpoints_every_endpoint_of_the_organization_is_a_listed_network() {
    let plan = plan("  networks: { cidrs: [203.0.113.0/24] }\n");
    for (path, kind) in [("perimeter/rcp.json", Kind::Rcp), ("perimeter/scp.json", Kind::Scp)] {
        let cases: Cases = vec![
            ("from the office", true, from(OFFICE, own())),
            ("from home", false, from(HOME, own())),
            ("through an endpoint of the organization", true, through(VPC, ENDPOINT, OWN, own())),
            ("through an endpoint of somebody else", false, through(VPC, ENDPOINT, OTHER, own())),
        ];
        assert!(wrong(&document(&plan, path), kind, &cases).is_empty(), "{path}");
        let mut changed = document(&plan, path);
        let key = |condition: &Condition| condition.key == Key::VpceOrgID;
        changed.statements.iter_mut().for_each(|statement| statement.condition.retain(|condition| !key(condition)));
        assert_eq!(wrong(&changed, kind, &cases).len(), 1, "{path}");
    }
}

#[test]
fn without_networks_nothing_is_said_about_them() {
    let plan = plan("");
    for policy in plan.detached.iter().filter_map(|policy| policy.content.document()) {
        assert!(policy.statements.iter().all(|statement| statement.sid.as_deref() != Some("DenyUnlistedNetworks")));
    }
    let anywhere: Cases = vec![("from home", true, from(HOME, own()))];
    assert!(wrong(&document(&plan, "perimeter/rcp.json"), Kind::Rcp, &anywhere).is_empty());
}

/// As a policy of a bucket denies, so does a resource control policy: the prover answers for all requests.
#[test]
fn the_networks_of_the_resource_control_policy_are_proved_over_all_requests() {
    let plan = plan(LISTS);
    let rcp = document(&plan, "perimeter/rcp.json");
    let networks = Networks { cidrs: vec!["203.0.113.0/24".into()], vpcs: vec![VPC.into()], endpoints: vec![ENDPOINT.into()] };
    let question = Question::OnlyNetworks {
        actions: vec!["*".into()],
        allowed: networks,
        denied: Networks::default(),
        services: true,
        forwarded: true,
        principals: vec!["arn:aws:iam::*:role/aws:ec2-infrastructure".into()],
        repairers: Vec::new(),
    };
    let ask = |document: &Document| {
        let subject = Subject::new("arn:aws:s3:::acme-data", "111122223333", document, &Environment::default());
        Prover::new(&[&subject], std::slice::from_ref(&question), &[]).ask(0, 0)
    };
    assert!(matches!(ask(&rcp), Answer::Proved), "{:?}", ask(&rcp));
    let mut changed = rcp;
    changed.statements.retain(|statement| statement.sid.as_deref() != Some("DenyUnlistedNetworks"));
    assert!(matches!(ask(&changed), Answer::Refuted(_)));
}

#[test]
fn conditions_stand_in_the_forms_that_aws_documents() {
    let plan = plan(&format!("{LISTS}{EXCEPT}"));
    for policy in plan.detached.iter().filter_map(|policy| policy.content.document()) {
        for statement in &policy.statements {
            let deny = statement.effect == Effect::Deny;
            for condition in &statement.condition {
                let plain = matches!((condition.operator.base, &condition.key), (Base::Null, _) | (Base::Bool, Key::PrincipalIsAWSService));
                let if_exists = condition.operator.if_exists;
                let name = format!("{} {} {}", statement.sid.as_deref().unwrap(), condition.operator, condition.key);
                assert!(if deny { if_exists || plain } else { !if_exists }, "{name}");
            }
        }
    }
}

#[test]
fn files_are_as_long_as_is_counted_and_the_limits_hold() {
    let plan = plan(&format!("{LISTS}{EXCEPT}  outputs: [scp, rcp, vpc-endpoint-policy, s3-policy]\n"));
    let files = render::detached(&plan).unwrap();
    assert_eq!(files.len(), 4);
    for (file, policy) in files.iter().zip(&plan.detached) {
        // The command line sends the end of the last line along.
        let size = file.text.chars().count();
        if policy.content.document().is_some() {
            assert_eq!(size, policy.content.size(), "{}", file.path);
        }
        assert!(size <= policy.content.limit().1, "{} has {size} characters", file.path);
        let _: serde_json::Value = serde_json::from_str(&file.text).unwrap();
    }
    assert!(matches!(plan.detached[3].content, Detached::BlockPublicAccess));
}

#[test]
fn the_files_stand_beside_the_templates_whatever_is_rendered() {
    let dir = tempfile::tempdir().unwrap();
    let path = dir.path().join("whole.yaml");
    std::fs::write(&path, profile(LISTS)).unwrap();
    let out = dir.path().join("out");
    let render = |targets: &[&str]| {
        let (profile, out) = (path.to_str().unwrap(), out.to_str().unwrap());
        let args: Vec<&str> =
            ["render", "-o", out].into_iter().chain(targets.iter().flat_map(|target| ["-t", *target])).chain([profile]).collect();
        run(&args)
    };
    assert_eq!(render(&[]).exit, 0);
    let rcp = out.join("whole/perimeter/rcp.json");
    let before = std::fs::read(&rcp).unwrap();
    assert_eq!(render(&["terraform"]).exit, 0);
    assert_eq!(std::fs::read(&rcp).unwrap(), before);
    // What is no longer asked for goes, whichever target is rendered.
    std::fs::write(&path, profile(&format!("{LISTS}  outputs: [scp]\n"))).unwrap();
    assert_eq!(render(&["terraform"]).exit, 0);
    assert!(!rcp.exists() && out.join("whole/perimeter/scp.json").exists());
    // Standard output is one document of one target.
    let printed = super::support::ran(s3harden(&["render"]).arg(&path).current_dir(root()).output().unwrap());
    assert!(printed.exit == 0 && !printed.stdout.contains("DenyResourcesOfOthers"), "{}", printed.stdout);
    let checked = pipeline::check(&source(profile(LISTS)), &super::render::options(BOTH));
    assert_eq!(
        checked.findings.iter().filter(|finding| finding.code.name() == "done-by-hand").count(),
        4,
        "three policies and the account's block"
    );
}
