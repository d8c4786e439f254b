//! The semantic diff and the readers of templates from outside: known pairs with their verdicts, every witness replayed,
//! small worlds against brute force, what the command prints, and the policies of both targets, proved equal.

use std::fs;
use std::path::Path;
use std::process::Command;

use serde_json::{Value, json};

use s3harden::claim::Guarantee;
use s3harden::compare::{self, Difference, Verdict, Version};
use s3harden::foreign::{Deployment, Format, Template};
use s3harden::names::AccountId;
use s3harden::pipeline::{self, Accepted};
use s3harden::plan::Plan;
use s3harden::policy::{Document, Effect, Element, Principals, Statement};
use s3harden::profile::AskedGuarantee;
use s3harden::proofs;
use s3harden::render::{self, Notation, Provider, Target};
use s3harden::source::Source;
use s3harden::trials;
use s3harden::verify::access_tests::Bench;
use s3harden::verify::model::{Call, Path as Way};
use s3harden::verify::prove::{Answer, Prover, Question};
use s3harden::verify::{Caller, Policies};

use super::readback;
use super::support::{accepted, below, profiles, root, run};

const OWN: &str = "111122223333";
const OTHER: &str = "444455556666";

fn policy(statements: &Value) -> Version {
    let document = Document::read(&json!({"Version": "2012-10-17", "Statement": statements})).unwrap();
    let account: AccountId = OWN.parse().unwrap();
    Version::of_policy(&document, "acme", Some(&account))
}

fn diff(old: &Value, new: &Value) -> Difference {
    let mut all = compare::compare(&[policy(old)], &[policy(new)]);
    assert_eq!(all.len(), 1);
    all.remove(0)
}

fn deny(sid: &str, condition: Value) -> Value {
    json!({"Sid": sid, "Effect": "Deny", "Principal": "*", "Action": "s3:*", "Resource": ["arn:aws:s3:::acme", "arn:aws:s3:::acme/*"], "Condition": condition})
}

fn allow(sid: &str, to: Value, actions: Value, resource: &str) -> Value {
    json!({"Sid": sid, "Effect": "Allow", "Principal": to, "Action": actions, "Resource": resource})
}

fn with(mut statement: Value, key: &str, value: Value) -> Value {
    statement[key] = value;
    statement
}

/// What becomes of a pair: its name, the statements before and after, the verdict, and who gains and loses what.
type Pair = (&'static str, Value, Value, Verdict, &'static [&'static str], &'static [&'static str]);

#[allow(clippy::too_many_lines, reason = "a table")]
fn pairs() -> Vec<Pair> {
    let tls = deny("Tls", json!({"Bool": {"aws:SecureTransport": "false"}}));
    let service = json!({"aws:PrincipalIsAWSService": "false", "aws:ViaAWSService": "false"});
    let net = |cidrs: Value| {
        deny(
            "Net",
            json!({"NotIpAddress": {"aws:SourceIp": cidrs}, "StringNotEquals": {"aws:SourceVpce": "vpce-1"}, "BoolIfExists": service}),
        )
    };
    let reader = json!({"AWS": "arn:aws:iam::111122223333:role/Reader"});
    let partner = json!({"AWS": OTHER});
    let read = |to: &Value| allow("Read", to.clone(), json!("s3:GetObject"), "arn:aws:s3:::acme/*");
    let mut described = tls.clone();
    described["Sid"] = json!("Https");
    vec![
        ("nothing changes", json!([tls]), json!([tls]), Verdict::Neutral, &[], &[]),
        ("a name changes", json!([tls]), json!([described]), Verdict::Neutral, &[], &[]),
        ("the order changes", json!([tls, read(&partner)]), json!([read(&partner), tls]), Verdict::Neutral, &[], &[]),
        (
            "one statement becomes two",
            json!([allow("A", partner.clone(), json!(["s3:GetObject", "s3:PutObject"]), "arn:aws:s3:::acme/*")]),
            json!([read(&partner), allow("W", partner.clone(), json!("s3:PutObject"), "arn:aws:s3:::acme/*")]),
            Verdict::Neutral,
            &[],
            &[],
        ),
        (
            "a wildcard is written out for a prefix that it covers",
            json!([read(&partner)]),
            json!([read(&partner), allow("More", partner.clone(), json!("s3:GetObject"), "arn:aws:s3:::acme/exports/*")]),
            Verdict::Neutral,
            &[],
            &[],
        ),
        (
            "plain HTTP is let in",
            json!([tls]),
            json!([]),
            Verdict::Widening,
            &["anyone in the bucket's account 111122223333: every action | over plain HTTP"],
            &[],
        ),
        (
            "a partner may read",
            json!([tls]),
            json!([tls, read(&partner)]),
            Verdict::Widening,
            &["anyone in account 444455556666: read | from anywhere over HTTPS"],
            &[],
        ),
        (
            "the owner's role may read without a policy of its own",
            json!([tls]),
            json!([tls, read(&reader)]),
            Verdict::Widening,
            &["role/Reader of the bucket's account 111122223333: read | from anywhere over HTTPS"],
            &[],
        ),
        (
            "everyone may read",
            json!([]),
            json!([read(&json!("*"))]),
            Verdict::Widening,
            &[
                "anyone without credentials and anyone in any other account: read | from anywhere",
                "every AWS service: read | ",
                "anyone in the bucket's account 111122223333 but its root user: read | from anywhere",
            ],
            &[],
        ),
        (
            "a network more",
            json!([net(json!(["203.0.113.0/24"]))]),
            json!([net(json!(["203.0.113.0/24", "198.51.100.0/24"]))]),
            Verdict::Widening,
            &["anyone in the bucket's account 111122223333: every action | from 198.51.100.0/24"],
            &[],
        ),
        (
            "a network less, and a partner",
            json!([net(json!(["203.0.113.0/24", "198.51.100.0/24"]))]),
            json!([net(json!(["203.0.113.0/24"])), read(&partner)]),
            Verdict::Both,
            &["anyone in account 444455556666: read | from 203.0.113.0/24, through vpce-1 and forwarded by services"],
            &["anyone in the bucket's account 111122223333: every action | from 198.51.100.0/24"],
        ),
        (
            "a Deny of TLS that a second condition narrows",
            json!([tls]),
            json!([with(
                tls.clone(),
                "Condition",
                json!({"Bool": {"aws:SecureTransport": "false"}, "StringEquals": {"aws:SourceVpce": "vpce-9"}})
            )]),
            Verdict::Widening,
            &["anyone in the bucket's account 111122223333: every action | over plain HTTP"],
            &[],
        ),
        (
            "objects alone are protected",
            json!([tls]),
            json!([with(tls.clone(), "Resource", json!("arn:aws:s3:::acme/*"))]),
            Verdict::Widening,
            &["anyone in the bucket's account 111122223333: list | over plain HTTP"],
            &[],
        ),
        (
            "old TLS is refused",
            json!([tls]),
            json!([tls, deny("Old", json!({"NumericLessThan": {"s3:TlsVersion": "1.2"}}))]),
            Verdict::Narrowing,
            &[],
            &["anyone in the bucket's account 111122223333: | from anywhere over TLS 1.0 and TLS 1.1"],
        ),
        (
            "another prefix",
            json!([allow("Read", partner.clone(), json!("s3:GetObject"), "arn:aws:s3:::acme/a/*")]),
            json!([allow("Read", partner.clone(), json!("s3:GetObject"), "arn:aws:s3:::acme/b/*")]),
            Verdict::Both,
            &["anyone in account 444455556666: more of read | from anywhere"],
            &["anyone in account 444455556666: more of read | from anywhere"],
        ),
        (
            "MFA is not asked for any more",
            json!([deny("Mfa", json!({"BoolIfExists": {"aws:MultiFactorAuthPresent": "false"}}))]),
            json!([]),
            Verdict::Widening,
            &["anyone in the bucket's account 111122223333 without MFA: every action | from anywhere"],
            &[],
        ),
    ]
}

/// Who gains what, in short: all words of the phrase but the names of actions.
fn holds(rows: &[compare::Row], phrase: &str) -> bool {
    let (who, rest) = phrase.split_once(':').unwrap();
    let (what, place) = rest.split_once('|').unwrap();
    rows.iter().any(|row| {
        let verb = what.trim().trim_start_matches("more of ");
        let acts = verb.is_empty()
            || (verb == "every action" && (row.every_action || row.how != compare::How::ByBucket))
            || row.actions.iter().any(|(own, ..)| own == verb);
        let at = [row.from.as_str(), row.over.as_str()].join(" ");
        row.who == who && acts && (!what.contains("more of") || row.partly) && at.contains(place.trim())
    })
}

#[test]
fn known_pairs_have_their_verdicts_and_witnesses() {
    for (name, old, new, verdict, gained, lost) in pairs() {
        let found = diff(&old, &new);
        assert_eq!(found.mistake, None, "{name}");
        assert_eq!(found.verdict(), verdict, "{name}: {found:#?}");
        for (expected, rows) in [(gained, &found.gained), (lost, &found.lost)] {
            for phrase in expected {
                let all: Vec<String> = rows
                    .iter()
                    .map(|row| {
                        format!(
                            "{} {:?} | {} {}",
                            row.who,
                            row.actions.iter().map(|(verb, ..)| verb).collect::<Vec<_>>(),
                            row.from,
                            row.over
                        )
                    })
                    .collect();
                assert!(holds(rows, phrase), "{name}: nothing like `{phrase}` in {all:#?}");
            }
            assert_eq!(rows.is_empty(), expected.is_empty(), "{name}");
        }
        // What a row does not say of every request, it says.
        if name == "another prefix" {
            assert_eq!(
                (&found.gained[0].limited, &found.lost[0].limited),
                (&vec!["the object's key".to_owned()], &vec!["the object's key".to_owned()])
            );
        } else if name.starts_with("a partner") {
            assert!(found.gained[0].limited.is_empty(), "{:?}", found.gained[0].limited);
        }
        // The other way round, what is gained is lost.
        let back = diff(&new, &old);
        let words = |rows: &[compare::Row]| rows.iter().map(|row| row.witness.words.clone()).collect::<Vec<_>>();
        assert_eq!((words(&found.gained), words(&found.lost)), (words(&back.lost), words(&back.gained)), "{name}");
        replayed(&found, &old, &new, name);
    }
}

/// The policies of a version, for a caller who may have permission of his own.
fn policies(statements: &Value, identity: bool) -> Policies {
    let subject = policy(statements).subject.unwrap();
    Policies { assume_identity: identity, ..subject.policies }
}

fn replayed(found: &Difference, old: &Value, new: &Value, name: &str) {
    for (rows, now, before) in [(&found.gained, new, old), (&found.lost, old, new)] {
        for row in rows {
            let request = &row.witness.request;
            let own = request.caller().account() == Some(OWN);
            let shown = [true, false].iter().any(|identity| {
                let identity = *identity || !own;
                policies(now, identity).decide(request).is_allowed() && policies(before, identity).decide(request).is_denied()
            });
            assert!(shown, "{name}: {} is no difference", row.witness.words);
        }
    }
}

#[test]
fn in_small_worlds_nothing_is_gained_or_lost_without_a_word() {
    let pool = [
        deny("Tls", json!({"Bool": {"aws:SecureTransport": "false"}})),
        deny("Net", json!({"NotIpAddress": {"aws:SourceIp": "203.0.113.0/24"}})),
        deny("Half", json!({"IpAddress": {"aws:SourceIp": "0.0.0.0/1"}, "Bool": {"aws:SecureTransport": "false"}})),
        deny("Endpoint", json!({"StringNotEqualsIfExists": {"aws:SourceVpce": "vpce-1"}})),
        allow("Partner", json!({"AWS": OTHER}), json!("s3:GetObject"), "arn:aws:s3:::acme/a/*"),
        allow("Partners", json!({"AWS": [OTHER, "arn:aws:iam::111122223333:user/u"]}), json!("s3:Get*"), "arn:aws:s3:::acme/*"),
        allow("Everyone", json!("*"), json!("s3:GetObject"), "arn:aws:s3:::acme/b/*"),
        with(
            allow("But", json!({"AWS": "arn:aws:iam::111122223333:role/r"}), json!("x"), "arn:aws:s3:::acme"),
            "Action",
            json!("s3:ListBucket"),
        ),
    ];
    let callers = [
        Caller::anonymous(),
        Caller::from_arn("arn:aws:iam::111122223333:user/u").unwrap(),
        Caller::from_arn("arn:aws:iam::111122223333:user/v").unwrap(),
        Caller::role("arn:aws:iam::111122223333:role/r", "s").unwrap(),
        Caller::role("arn:aws:iam::444455556666:role/r", "s").unwrap(),
        Caller::role("arn:aws:iam::777788889999:role/r", "s").unwrap(),
    ];
    let mut requests = Vec::new();
    for caller in &callers {
        for (action, resource) in [
            ("s3:GetObject", "arn:aws:s3:::acme/a/1"),
            ("s3:GetObject", "arn:aws:s3:::acme/b/1"),
            ("s3:GetObjectAcl", "arn:aws:s3:::acme/c"),
            ("s3:ListBucket", "arn:aws:s3:::acme"),
        ] {
            for ip in ["203.0.113.5", "198.51.100.5", "8.8.8.8"] {
                for tls in [Some("1.3"), None] {
                    let mut call = Call::new(caller.clone(), action, resource, OWN);
                    call.path = Way::Internet { ip: ip.into() };
                    call.tls = tls.map(Into::into);
                    requests.push(call.request());
                }
            }
        }
    }
    let sets: Vec<Value> = (0..pool.len())
        .map(|at| json!([pool[at]]))
        .chain((0..pool.len()).map(|at| json!([pool[at], pool[(at + 3) % pool.len()]])))
        .chain([json!([])])
        .collect();
    let decided: Vec<Vec<(bool, bool)>> = sets
        .iter()
        .map(|set| {
            let of = |identity| policies(set, identity);
            let (most, least) = (of(true), of(false));
            let decide = |request: &s3harden::verify::Request| {
                let own = request.caller().account() == Some(OWN);
                let all = most.decide(request).is_allowed();
                (all, if own { least.decide(request).is_allowed() } else { all })
            };
            requests.iter().map(decide).collect()
        })
        .collect();
    for (old, before) in sets.iter().zip(&decided) {
        for (new, now) in sets.iter().zip(&decided) {
            let found = diff(old, new);
            assert_eq!((&found.mistake, &found.gained_open, &found.lost_open), (&None, &None, &None));
            let differs = |a: &[(bool, bool)], b: &[(bool, bool)]| a.iter().zip(b).any(|(a, b)| (a.0 && !b.0) || (a.1 && !b.1));
            assert!(!differs(now, before) || !found.gained.is_empty(), "{old} → {new}: a gain was not seen");
            assert!(!differs(before, now) || !found.lost.is_empty(), "{old} → {new}: a loss was not seen");
            replayed(&found, old, new, &format!("{old} → {new}"));
        }
    }
}

const TEMPLATE: &str = r#"
Parameters:
  Endpoint: { Type: String }
Conditions:
  Never: !Equals [a, b]
Resources:
  Data:
    Type: AWS::S3::Bucket
    Properties:
      PublicAccessBlockConfiguration: { BlockPublicAcls: true, IgnorePublicAcls: true, BlockPublicPolicy: yes, RestrictPublicBuckets: 'true' }
      BucketEncryption:
        ServerSideEncryptionConfiguration:
          - ServerSideEncryptionByDefault: { SSEAlgorithm: aws:kms, KMSMasterKeyID: !GetAtt Key.Arn }
  Reader:
    Type: AWS::IAM::Role
    Properties: { Path: /team/ }
  Key:
    Type: AWS::KMS::Key
    Properties:
      KeyPolicy: { Version: '2012-10-17', Statement: [{ Effect: Allow, Principal: { AWS: !Sub 'arn:${AWS::Partition}:iam::${AWS::AccountId}:root' }, Action: 'kms:*', Resource: '*' }] }
  Policy:
    Type: AWS::S3::BucketPolicy
    Properties:
      Bucket: !Ref Data
      PolicyDocument:
        Version: 2012-10-17
        Statement:
          - Sid: Tls
            Effect: Deny
            Principal: '*'
            Action: s3:*
            Resource: [!GetAtt Data.Arn, !Join ['', [!GetAtt Data.Arn, '/*']]]
            Condition: { Bool: { 'aws:SecureTransport': false } }
          - Sid: Net
            Effect: Deny
            Principal: '*'
            Action: s3:*
            Resource: [!GetAtt Data.Arn, !Sub '${Data.Arn}/*']
            Condition: { StringNotEquals: { aws:SourceVpce: !Ref Endpoint } }
"#;

fn template(text: &str) -> Result<Template, String> {
    Template::read(&Source::from_bytes("template", text).unwrap(), Format::CloudFormation)
}

fn version(template: &Template) -> Version {
    let deployment = Deployment { account: Some(OWN.into()), ..Deployment::default() };
    Version::of_template(template, template.bucket(None).unwrap(), &deployment)
}

#[test]
fn a_template_is_read_with_its_references_and_its_unknowns() {
    let read = template(TEMPLATE).unwrap();
    let bucket = read.bucket(None).unwrap();
    assert_eq!((bucket.id.as_str(), bucket.unread.len()), ("Data", 0));
    assert!(bucket.block.unwrap().restrict_public_buckets && bucket.block.unwrap().block_public_policy);
    assert_eq!(bucket.settings[0], ("encryption", "aws:kms".to_owned()));
    assert_eq!(bucket.unknowns().map(ToString::to_string).collect::<Vec<_>>(), ["Endpoint"]);
    assert_eq!(read.policies.len(), 1);
    assert!(read.resources.iter().any(|one| one.kind == "AWS::IAM::Role" && one.properties.get("Path").unwrap().known() == Some("/team/")));
    let grant = "          - { Sid: Read, Effect: Allow, Principal: { AWS: !GetAtt Reader.Arn }, Action: s3:GetObject, Resource: !Sub '${Data.Arn}/*' }\n";
    let more = template(&format!("{TEMPLATE}{grant}")).unwrap();
    let found = compare::compare(&[version(&read)], &[version(&more)]);
    assert_eq!(found[0].verdict(), Verdict::Widening);
    assert_eq!(found[0].gained[0].who, "role/team/Reader-of-this-stack of the bucket's account 111122223333");
    assert_eq!(found[0].gained[0].from, "through <Endpoint>");
    assert!(found[0].assumed[0].contains("`Endpoint`"), "{:?}", found[0].assumed);
    assert_eq!(found[0].lost.len(), 0);
    // The same statement with the same unknown is equal, whatever its value is.
    assert_eq!(compare::compare(&[version(&read)], &[version(&read)])[0].verdict(), Verdict::Neutral);
    // Whatever may be the bucket's policy, or change it, is not read past either.
    for more in [
        "  More:\n    Type: AWS::S3::BucketPolicy\n    Properties: { Bucket: !Ref Endpoint, PolicyDocument: { Statement: [] } }\n",
        "Transform: Secret\n",
    ] {
        let text = "Parameters: { Endpoint: { Type: String } }\nResources:\n  Named: { Type: AWS::S3::Bucket, Properties: { BucketName: acme } }\n";
        let read = template(&format!("{text}{more}")).unwrap();
        assert_eq!(read.bucket(None).unwrap().unread.len(), 1, "{more}");
    }
    // A statement that is there under a condition is not read past.
    let open = template(&format!("{TEMPLATE}          - !If [Never, {{ Effect: Allow }}, !Ref AWS::NoValue]\n")).unwrap();
    let found = compare::compare(&[version(&read)], &[version(&open)]);
    assert_eq!(found[0].verdict(), Verdict::Unknown);
    assert!(found[0].gained_open.as_ref().unwrap().contains("cannot be read"), "{:?}", found[0].gained_open);
}

#[test]
fn hostile_templates_are_refused_or_read_and_never_end_the_program() {
    let deep = format!("Resources: {}{}", "[".repeat(500), "]".repeat(500));
    let joined = "Resources:\n  B: { Type: AWS::S3::Bucket, Properties: { BucketName: !Join [x, [!Ref B, !GetAtt B.Arn]] } }\n";
    for text in [
        "",
        "Resources: 1\n",
        "Resources: { B: 3 }\n",
        "Resources: { B: { Type: AWS::S3::Bucket, Properties: [] } }\n",
        "Resources: { B: { Type: AWS::S3::Bucket }, P: { Type: AWS::S3::BucketPolicy, Properties: { Bucket: !Ref B, PolicyDocument: 7 } } }\n",
        "Resources: { B: { Type: AWS::S3::Bucket }, P: { Type: AWS::S3::BucketPolicy, Properties: { Bucket: !Ref B, PolicyDocument: \"\u{F0000}0\u{F0001}\" } } }\n",
        "Resources: { B: { Type: AWS::S3::Bucket, Properties: { BucketName: !Sub '${', AccessControl: !Ref X } } }\n",
        "Resources: { B: { Type: AWS::S3::Bucket, Properties: { BucketName: !Sub ['${a}', { a: [] }] } } }\n",
        "Resources: { B: !Foo { Type: !Ref x } }\n",
        joined,
        &deep,
    ] {
        if let Ok(read) = template(text) {
            for bucket in &read.buckets {
                let _ = Version::of_template(&read, bucket, &Deployment::default());
            }
        }
    }
    let modules = (0..100).fold(json!({}), |inner, _| json!({"child_modules": [inner]}));
    for value in [
        json!({}),
        json!({"values": 3}),
        json!({"values": {"root_module": {"resources": [1, {"type": "aws_s3_bucket"}, {"address": "a", "type": "aws_s3_bucket_policy", "values": []}]}}}),
        json!({"values": {"root_module": modules}}),
        json!({"planned_values": {}, "resource_changes": [{"change": 1}, {"address": 1}], "configuration": {"root_module": {"resources": [[]], "module_calls": 1}}}),
    ] {
        if let Ok(read) = Template::from_terraform(&value.to_string()) {
            for bucket in &read.buckets {
                let _ = Version::of_template(&read, bucket, &Deployment::default());
            }
        }
    }
}

fn terraform_json(policy: &str) -> Value {
    json!({
        "format_version": "1.2",
        "planned_values": {"root_module": {"child_modules": [{"address": "module.data", "resources": [
            {"address": "module.data.aws_s3_bucket.this", "mode": "managed", "type": "aws_s3_bucket", "name": "this", "values": {"bucket": "acme-data"}},
            {"address": "module.data.aws_s3_bucket_policy.this", "mode": "managed", "type": "aws_s3_bucket_policy", "name": "this", "values": {"policy": policy}},
            {"address": "module.data.aws_s3_bucket_public_access_block.this", "mode": "managed", "type": "aws_s3_bucket_public_access_block", "name": "this", "values": {"bucket": "acme-data", "block_public_acls": true, "block_public_policy": true, "ignore_public_acls": true, "restrict_public_buckets": true}},
        ]}]}},
        "resource_changes": [{"address": "module.data.aws_s3_bucket_policy.this", "change": {"after_unknown": {"bucket": true, "id": true}}}],
        "prior_state": {"values": {"root_module": {"resources": [{"mode": "data", "type": "aws_caller_identity", "values": {"account_id": OWN}}]}}},
        "configuration": {"root_module": {"module_calls": {"data": {"module": {"resources": [
            {"address": "aws_s3_bucket_policy.this", "expressions": {"bucket": {"references": ["aws_s3_bucket.this.id", "aws_s3_bucket.this"]}}},
        ]}}}}},
    })
}

#[test]
fn a_plan_of_terraform_is_read_with_what_it_refers_to() {
    let text = r#"{"Version": "2012-10-17", "Statement": [{"Sid": "Tls", "Effect": "Deny", "Principal": "*", "Action": "s3:*", "Resource": ["arn:aws:s3:::acme-data", "arn:aws:s3:::acme-data/*"], "Condition": {"Bool": {"aws:SecureTransport": "false"}}}]}"#;
    let read = Template::from_terraform(&terraform_json(text).to_string()).unwrap();
    let bucket = read.bucket(Some("acme-data")).unwrap();
    assert_eq!(bucket.policy.as_ref().unwrap().document.as_ref().unwrap().statements.len(), 1);
    assert!(bucket.block.unwrap().restrict_public_buckets);
    assert_eq!(read.account.as_deref(), Some(OWN));
    // What is known only after the plan is applied is unknown, and said so.
    let mut open = terraform_json(text);
    open["resource_changes"][0]["change"]["after_unknown"]["policy"] = json!(true);
    let open = Template::from_terraform(&open.to_string()).unwrap();
    let found = compare::compare(&[version(&read)], &[version(&open)]);
    assert_eq!(found[0].verdict(), Verdict::Unknown);
    assert!(found[0].gained_open.as_ref().unwrap().contains("only after the deployment"));
}

/// The account and the region of a deployment.
type Place<'a> = (&'a str, &'a str);

/// A module as `terraform show -json` would print it once it is applied.
fn shown(plan: &Plan, provider: Provider, place: Place<'_>) -> Template {
    Template::from_terraform(&readback::state_in(plan, provider, place).to_string()).unwrap()
}

/// A template as somebody else would read it, with nothing known of the profile: every guarantee of the profile is proved.
fn keeps_what_the_profile_promises(
    name: &str,
    template: &Template,
    deployment: &Deployment,
    bench: &Bench<'_>,
    plan: &Plan,
    more: &[AskedGuarantee],
) -> usize {
    let environment = template.environment(deployment);
    let mut asked = 0;
    for (id, own, document) in bench.subjects() {
        let Some(bucket) =
            template.buckets.iter().find(|bucket| own.bucket.ends_with(&format!(":{}", environment.text(&bucket.name).unwrap())))
        else {
            panic!("{name}: {id} is not in the template");
        };
        let subject = bucket.subject(&environment).unwrap_or_else(|why| panic!("{name}: {id}: {why}"));
        let all = proofs::questions(bench, plan, more, id);
        let questions: Vec<Question> = all.iter().map(|(_, question)| question.clone()).collect();
        let promised = plan.claims.iter().filter(|claim| claim.bucket == *id);
        let repairers: Vec<String> = promised
            .filter_map(|claim| if let Guarantee::NoLockout { principals } = &claim.guarantee { Some(principals) } else { None })
            .flatten()
            .filter_map(|principal| bench.text(principal))
            .filter(|arn| arn.split(':').nth(4) == Some(&subject.account))
            .collect();
        let prover = Prover::new(&[&subject], &questions, &repairers);
        // Only a profile says on purpose that everyone may get in.
        let everyone = |statement: &Statement| {
            statement.effect == Effect::Allow && matches!(statement.principal, Some(Element::Is(Principals::Everyone)))
        };
        let opened = document.is_some_and(|document| document.statements.iter().any(everyone));
        for (place, (guarantee, question)) in all.iter().enumerate() {
            let answer = prover.ask(0, place);
            let meant = *guarantee == "no-public-access" && opened;
            assert!(meant || matches!(answer, Answer::Proved), "{name}: {id}: {guarantee} {question:?}: {answer:?}");
            asked += 1;
        }
        if !repairers.is_empty() {
            let verdict = proofs::lockout(&prover, &repairers);
            assert!(matches!(verdict, proofs::Verdict::Proved), "{name}: {id}: {verdict:?}");
        }
    }
    asked
}

#[test]
fn both_targets_and_the_plan_are_proved_equal_from_their_files() {
    let (mut compared, mut asked) = (0, 0);
    for path in profiles() {
        let name = below(&path, root());
        let Accepted { plan, targets, .. } = accepted(&path);
        let source = Source::read(&path).unwrap();
        let (account, region, own) = if let Some((profile, _)) = pipeline::plan(&source) {
            let region = profile.bucket.region.as_ref().map(ToString::to_string);
            (profile.bucket.account.as_ref().map(ToString::to_string), region, Ok(profile))
        } else {
            let (profile, _) = pipeline::account_plan(&source).unwrap();
            (Some(profile.account.to_string()), Some(profile.region.to_string()), Err(profile))
        };
        let (account, region) = (account.unwrap_or_else(|| OWN.to_owned()), region.unwrap_or_else(|| "eu-west-1".to_owned()));
        let deployment = Deployment { account: Some(account.clone()), region: Some(region.clone()), ..Deployment::default() };
        let mut read: Vec<Template> = [Provider::V5, Provider::V6]
            .into_iter()
            .filter(|provider| render::render(&plan, Target::Terraform(*provider)).is_ok())
            .map(|provider| shown(&plan, provider, (&account, &region)))
            .collect();
        // CloudFormation cannot express grants of ACLs one by one; the runbook does.
        let acl = plan.buckets().any(|(_, bucket)| !bucket.acl.is_empty());
        // A name with the account in it is none that two sides could be paired by before it is deployed.
        let open = own.as_ref().is_ok_and(|profile| profile.bucket.full_name().is_open());
        if !acl && !open && targets.iter().any(|target| matches!(target, Target::CloudFormation(_))) {
            for notation in [Notation::Yaml, Notation::Json] {
                let files = render::render(&plan, Target::CloudFormation(notation)).unwrap();
                read.push(template(&readback::template(&files).text).unwrap_or_else(|error| panic!("{name}: {error}")));
            }
        }
        let versions = |template: &Template| {
            template.buckets.iter().map(|bucket| Version::of_template(template, bucket, &deployment)).collect::<Vec<_>>()
        };
        let (bench, more) = match &own {
            Ok(profile) => (trials::bench(profile, &plan), profile.guarantees.as_slice()),
            Err(profile) => (trials::bench_of_account(profile, &plan), [].as_slice()),
        };
        let mut sides = Vec::new();
        if let Ok(profile) = &own {
            sides.push(Version::of_profile(profile, &plan));
        }
        sides.extend(read.iter().map(versions));
        // What is promised for every value of a parameter is not about the one that stands for it here.
        for template in read.iter().filter(|_| plan.parameters.is_empty()) {
            asked += keeps_what_the_profile_promises(&name, template, &deployment, &bench, &plan, more);
        }
        for (at, pair) in sides.windows(2).enumerate() {
            for found in compare::compare(&pair[0], &pair[1]) {
                assert_eq!(found.presence, compare::Presence::Kept, "{name}, {at}: {}", found.bucket);
                let words: Vec<&str> = found.gained.iter().chain(&found.lost).map(|row| row.witness.words.as_str()).collect();
                // What hangs on a parameter of a template is open; nobody is known to gain or lose by it. The policies of others
                // are not read from templates.
                let open = at > 0 && !plan.parameters.is_empty() && found.verdict() == Verdict::Unknown && words.is_empty();
                let access = (found.gained.len(), found.lost.len(), &found.gained_open, &found.lost_open);
                // Of variables not all values are looked at; nobody is known to gain or lose by one.
                let variable = found.gained_open.iter().chain(&found.lost_open).all(|why| why.contains("a policy variable"));
                let open = open || variable && words.is_empty();
                assert!(open || access == (0, 0, &None, &None), "{name}, {at}: {} {access:?} {words:#?}", found.bucket);
                compared += 1;
            }
        }
    }
    assert!(compared > 20 && asked > 200, "{compared}, {asked}");
}

fn write(dir: &Path, name: &str, text: &str) -> String {
    let path = dir.join(name);
    fs::write(&path, text).unwrap();
    path.display().to_string()
}

const PROFILE: &str = "version: 1\nname: invoices\nbucket: { name: acme-invoices, account: \"111122223333\" }\n";

#[test]
fn the_command_shows_text_markdown_and_json_and_its_status_says_what_it_found() {
    let dir = tempfile::tempdir().unwrap();
    let old = write(dir.path(), "old.yaml", PROFILE);
    let new = format!(
        "{PROFILE}encryption: {{ algorithm: sse-kms }}\ngrants:\n  - {{ name: partner, to: [{{ account: \"444455556666\" }}], can: [read] }}\n"
    );
    let new = write(dir.path(), "new.yaml", &new);
    let clean = |text: &str| text.replace(&dir.path().display().to_string(), "DIR");
    for (format, snapshot) in [("text", "shown_as_text"), ("md", "shown_as_md"), ("json", "shown_as_json")] {
        let ran = run(&["diff", "--format", format, &old, &new]);
        assert_eq!((ran.exit, ran.stderr.as_str()), (0, ""));
        insta::assert_snapshot!(snapshot, clean(&ran.stdout));
    }
    assert_eq!(run(&["diff", "--deny", "widened", &old, &new]).exit, 1);
    assert_eq!(run(&["diff", "--deny", "widened", &old, &old]).exit, 0);
    let other = write(dir.path(), "other.yaml", &PROFILE.replace("acme-invoices", "acme-bills"));
    let ran = run(&["diff", &old, &other]);
    assert!(
        ran.stdout.contains("acme-bills: neutral, a new bucket\n  proved: it allows no request that a bucket without"),
        "{}",
        ran.stdout
    );
    assert!(ran.stdout.contains("acme-invoices: neutral, which is gone"), "{}", ran.stdout);
    let template = write(dir.path(), "template.yaml", TEMPLATE);
    let ran = run(&["diff", &template, &template]);
    assert!(ran.exit == 0 && ran.stdout.starts_with("Data: neutral"), "{}", ran.stdout);
    let ran = run(&[
        "prove",
        "--policy",
        &template,
        "--guarantee",
        "tls-only",
        "--guarantee",
        "only-listed-networks",
        "--network",
        "vpce-0a1b2c3d4e5f60718",
    ]);
    assert_eq!(ran.exit, 1);
    assert!(ran.stdout.contains("proved   tls-only of Data") && ran.stdout.contains("through the endpoint <Endpoint>"), "{}", ran.stdout);
}

#[test]
fn identities_keys_and_accounts_are_compared_too() {
    let dir = tempfile::tempdir().unwrap();
    let before =
        "encryption: { algorithm: sse-kms, key: create }\ngrants:\n  - { name: readers, to: [{ group: Staff }], can: [read], via: iam }\n";
    let after = "encryption: { algorithm: sse-kms, key: create }\ngrants:\n  - { name: readers, to: [{ role: Analyst }], can: [read, delete], via: iam }\n  - { name: partner, to: [{ account: \"444455556666\" }], can: [read] }\n";
    let old = write(dir.path(), "old.yaml", &format!("{PROFILE}{before}"));
    let new = write(dir.path(), "new.yaml", &format!("{PROFILE}{after}"));
    let account = |more: &str| {
        format!(
            "version: 1\nkind: account\nname: whole\naccount: \"{OWN}\"\nregion: eu-west-1\npublic_access: {{ block: all }}\nlogging:\n  archive: {{ name: acme-archive, retain_days: 400{more} }}\n"
        )
    };
    let (was, is) = (write(dir.path(), "was.yaml", &account("")), write(dir.path(), "is.yaml", &account(", from: [till]")));
    let clean = |text: &str| text.replace(&dir.path().display().to_string(), "DIR");
    for (format, snapshot) in [("text", "beside_as_text"), ("md", "beside_as_md"), ("json", "beside_as_json")] {
        let ran = run(&["diff", "--format", format, &old, &new]);
        assert_eq!((ran.exit, ran.stderr.as_str()), (0, ""));
        insta::assert_snapshot!(snapshot, clean(&ran.stdout));
    }
    let ran = run(&["diff", &was, &is]);
    assert_eq!((ran.exit, ran.stderr.as_str()), (0, ""));
    insta::assert_snapshot!("account_as_text", clean(&ran.stdout));
    assert_eq!(run(&["diff", "--deny", "widened", &old, &new]).exit, 1);
    for same in [&old, &was] {
        let ran = run(&["diff", "--deny", "widened", same, same]);
        assert!(ran.exit == 0 && !ran.stdout.contains("widening"), "{}", ran.stdout);
    }
    // Of templates, what a statement of a key says is compared too.
    let other = TEMPLATE
        .replace("Action: 'kms:*'", "Action: ['kms:*', 'kms:Decrypt']")
        .replace("iam::${AWS::AccountId}:root", "iam::444455556666:root");
    let (a, b) = (version(&template(TEMPLATE).unwrap()), version(&template(&other).unwrap()));
    let found = compare::compare(&[a], &[b]).remove(0);
    assert_eq!((found.altered.len(), found.gained.len(), found.verdict()), (2, 0, Verdict::Both), "{:?}", found.altered);
}

#[test]
fn revisions_of_git_are_read_and_what_is_not_there_is_said() {
    let dir = tempfile::tempdir().unwrap();
    let git = |args: &[&str]| {
        let done = Command::new("git").args(args).current_dir(dir.path()).env("GIT_CONFIG_GLOBAL", "/dev/null").output();
        done.is_ok_and(|output| output.status.success())
    };
    if !git(&["init", "-q"]) {
        eprintln!("skipped: git is not installed");
        return;
    }
    write(dir.path(), "p.yaml", PROFILE);
    assert!(git(&["add", "."]) && git(&["-c", "user.name=a", "-c", "user.email=a@example.com", "commit", "-q", "-m", "first"]));
    write(dir.path(), "p.yaml", &format!("{PROFILE}denies:\n  - {{ name: gone, to: [{{ user: mallory }}], can: [read] }}\n"));
    let diff = |args: &[&str]| {
        let output = Command::new(env!("CARGO_BIN_EXE_s3harden")).arg("diff").args(args).current_dir(dir.path()).output().unwrap();
        (output.status.code(), String::from_utf8(output.stdout).unwrap(), String::from_utf8(output.stderr).unwrap())
    };
    let (exit, stdout, _) = diff(&["HEAD:p.yaml", "p.yaml"]);
    assert!(exit == Some(0) && stdout.starts_with("acme-invoices: narrowing"), "{stdout}");
    assert!(stdout.contains("user/mallory of the bucket's account 111122223333"), "{stdout}");
    let (exit, _, stderr) = diff(&["HEAD:q.yaml", "p.yaml"]);
    assert_eq!(exit, Some(3));
    assert!(stderr.contains("`HEAD:q.yaml` is no file, and git does not have it: path 'q.yaml' does not exist"), "{stderr}");
    let (exit, _, stderr) = diff(&["nothing.yaml", "p.yaml"]);
    assert!(exit == Some(3) && stderr.contains("`nothing.yaml` cannot be read"), "{stderr}");
    let (exit, _, stderr) = diff(&["-", "-"]);
    assert!(exit == Some(2) && stderr.contains("standard input"), "{stderr}");
    assert!(pipeline::plan(&Source::read(&dir.path().join("p.yaml")).unwrap()).is_some());
}
