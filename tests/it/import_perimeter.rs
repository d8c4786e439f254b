//! Policies of an organization and of VPC endpoints, as `perimeter` of an account's profile: what was rendered comes back, whatever
//! the order of its values; what a profile does not make is listed, and nothing is guessed.

use serde_json::{Value, json};

use s3harden::foreign::{Content, Format, Template, detect};
use s3harden::import::{Asked, Fate, ImportedAccount, Item};
use s3harden::pipeline;
use s3harden::plan::Plan;
use s3harden::profile::AccountProfile;
use s3harden::source::Source;

use super::import_accounts::{applied, asked, imported_of, imports, imports_of, listed, policies, profile as of_file, rendered};
use super::random::Random;
use super::support::source;

const OWN: &str = "o-a1b2c3d4e5";
const OTHER: &str = "o-zzzzzzzzzz";

fn profile(region: &str, perimeter: &str) -> (AccountProfile, Plan) {
    let text = format!(
        "version: 1\nkind: account\nname: whole\naccount: \"111122223333\"\nregion: {region}\npublic_access: {{ block: all }}\nperimeter:\n  organization: {OWN}\n{perimeter}"
    );
    pipeline::account_plan(&source(text)).unwrap_or_else(|| panic!("{perimeter}"))
}

/// What policies alone become.
fn alone(files: &[(String, String)]) -> ImportedAccount {
    imported_of(files, &at("eu-west-1"))
}

fn at(region: &str) -> Asked {
    Asked { account: Some("111122223333".parse().unwrap()), region: Some(region.parse().unwrap()), ..Asked::default() }
}

fn files(named: &[(&str, &Value)]) -> Vec<(String, String)> {
    named.iter().map(|(name, value)| ((*name).to_owned(), value.to_string())).collect()
}

fn policy(statements: &[Value]) -> Value {
    json!({ "Version": "2012-10-17", "Statement": statements })
}

/// What is lost: where it stands, and why.
fn lost(items: &[Item]) -> Vec<(&str, &str)> {
    items.iter().filter(|item| item.fate == Fate::Lost).map(|item| (item.at.as_str(), item.why.as_str())).collect()
}

/// A policy of the plan, as JSON.
fn rendered_policy(plan: &Plan, name: &str) -> Value {
    let all = policies(plan);
    serde_json::from_str(&all.iter().find(|(file, _)| file == name).unwrap_or_else(|| panic!("{name}")).1).unwrap()
}

const CIDRS: &str = "cidrs: [203.0.113.0/24, \"2001:db8:1234::/48\"]";
const VPCS: &str = "vpcs: [vpc-0123456789abcdef0, vpc-0aaaaaaaaaaaaaaaa]";
const ENDPOINTS: &str = "vpc_endpoints: [vpce-0a1b2c3d4e5f60718]";
const SOMEBODY: &str = "[{ role: BreakGlass }, { role: team/Repair }, { user: maria }, { permission_set: Rescue }, { arn: \"arn:aws:iam::444455556666:role/Copy\" }]";

/// Perimeters of every shape: which networks, which outputs, which regions, and whom they leave alone.
fn shapes() -> Vec<String> {
    let networks = [vec![], vec![CIDRS], vec![VPCS], vec![ENDPOINTS], vec![VPCS, ENDPOINTS], vec![ENDPOINTS, CIDRS, VPCS]];
    let outputs = ["", "[vpc-endpoint-policy]", "[scp]", "[rcp]", "[scp, rcp, s3-policy]", "[vpc-endpoint-policy, scp, rcp, s3-policy]"];
    let regions = ["", "[eu-central-1]", "[us-east-1, eu-west-1, ap-southeast-2]"];
    let excepts = [
        String::new(),
        "  except: { accounts: [\"444455556666\"] }\n".to_owned(),
        format!("  except: {{ accounts: [\"999988887777\", \"444455556666\"], principals: {SOMEBODY} }}\n"),
    ];
    let mut all = Vec::new();
    for (a, networks) in networks.iter().enumerate() {
        for (b, outputs) in outputs.iter().enumerate() {
            // Every pair of outputs with the others is there, not every product.
            let (regions, except) = (regions[(a + b) % regions.len()], &excepts[(a + 2 * b) % excepts.len()]);
            let mut text = if networks.is_empty() { String::new() } else { format!("  networks: {{ {} }}\n", networks.join(", ")) };
            for (key, value) in [("outputs", *outputs), ("regions", regions)].iter().filter(|(_, value)| !value.is_empty()) {
                text.push_str(&format!("  {key}: {value}\n"));
            }
            all.push(text + except);
        }
    }
    all
}

#[test]
fn perimeters_of_every_shape_come_back() {
    for shape in shapes() {
        let (own, plan) = profile("eu-west-1", &shape);
        let one = alone(&policies(&plan));
        let (wanted, found) = (own.perimeter.unwrap(), one.profile.perimeter.clone().unwrap_or_else(|| panic!("{shape}\n{}", one.text)));
        assert_eq!(one.plan.detached.len(), plan.detached.len(), "{shape}\n{}", one.text);
        for (before, after) in plan.detached.iter().zip(&one.plan.detached) {
            assert_eq!(before.content, after.content, "{shape}\n{}", one.text);
        }
        assert_eq!(lost(&one.items), [], "{shape}\n{}", listed(&one.items));
        assert_eq!(found.outputs, wanted.outputs, "{shape}");
        // What a policy does not hold is in none of the files.
        let networks = |outputs: &[s3harden::protect::perimeter::Output]| {
            outputs.iter().any(|one| matches!(serde_json::to_value(one).unwrap().as_str(), Some("scp" | "rcp")))
        };
        if networks(&wanted.outputs) {
            assert_eq!(found.networks, wanted.networks, "{shape}");
        }
        // A region that is the profile's own is not written.
        assert!(!one.text.contains("- eu-west-1\n") || one.text.contains("- us-east-1\n"), "{}", one.text);
    }
}

#[test]
fn the_perimeters_of_examples_come_back_as_they_are_written() {
    for path in ["examples/perimeter.yaml", "tests/profiles/account_every_key.yaml"] {
        let (own, plan) = of_file(path);
        for text in [rendered(&plan), applied(&own, &plan)] {
            let mut all = vec![("input".to_owned(), text.to_string())];
            all.extend(policies(&plan));
            let one = imported_of(&all, &asked(&own));
            let mut wanted = own.perimeter.clone().unwrap();
            wanted.outputs.sort_by_key(|output| serde_json::to_string(output).unwrap());
            let mut found = one.profile.perimeter.clone().unwrap();
            found.outputs.sort_by_key(|output| serde_json::to_string(output).unwrap());
            assert_eq!(found, wanted, "{path}: {}", one.text);
            assert!(one.text.starts_with("# Imported from input, "), "{}", one.text);
        }
    }
}

/// The same policy in other words: lists in another order, a list of one as its item, other Sids.
fn reworded(value: &Value, random: &mut Random) -> Value {
    match value {
        Value::Array(items) => {
            let mut left: Vec<Value> = items.iter().map(|item| reworded(item, random)).collect();
            let mut all = Vec::new();
            while !left.is_empty() {
                all.push(left.swap_remove(random.next(left.len())));
            }
            match all.as_slice() {
                [one @ Value::String(_)] if random.often(50) => one.clone(),
                _ => Value::Array(all),
            }
        }
        Value::Object(fields) => {
            let mut all: serde_json::Map<String, Value> =
                fields.iter().rev().map(|(key, value)| (key.clone(), reworded(value, random))).collect();
            if all.contains_key("Sid") {
                all.insert("Sid".to_owned(), format!("S{}", random.next(1_000_000)).into());
            }
            Value::Object(all)
        }
        Value::String(text) if text == "false" && random.often(30) => json!([text]),
        other => other.clone(),
    }
}

#[test]
fn order_and_names_make_no_difference() {
    let (_, plan) = of_file("examples/perimeter.yaml");
    let all: Vec<(String, Value)> = policies(&plan).into_iter().map(|(name, text)| (name, serde_json::from_str(&text).unwrap())).collect();
    let sorted = |one: &ImportedAccount| {
        let mut lines: Vec<String> = one.text.lines().skip(1).map(str::to_owned).collect();
        lines.sort();
        lines
    };
    let files = |random: &mut Random| -> Vec<(String, String)> {
        all.iter().map(|(name, value)| (name.clone(), reworded(value, random).to_string())).collect()
    };
    let plain = alone(&policies(&plan));
    for seed in 0..8 {
        let one = alone(&files(&mut Random::new(seed)));
        assert_eq!(sorted(&one), sorted(&plain), "{seed}: {}\n{}", one.text, listed(&one.items));
        assert!(one.is_whole(), "{seed}: {}", listed(&one.items));
    }
}

#[test]
fn every_statement_value_and_condition_counts() {
    let (_, plan) = of_file("examples/perimeter.yaml");
    for name in ["rcp.json", "scp.json", "vpc-endpoint-policy.json"] {
        let whole = rendered_policy(&plan, name);
        let count = whole["Statement"].as_array().unwrap().len();
        for at in 0..count {
            let place = format!("{name}/Statement/{at}");
            let others: Vec<(String, String)> = policies(&plan).into_iter().filter(|(file, _)| file != name).collect();
            let import = |value: &Value| {
                let mut all = others.clone();
                all.push((name.to_owned(), value.to_string()));
                alone(&all)
            };
            // Without it, it is listed as what the profile would add.
            let mut without = whole.clone();
            let gone = without["Statement"].as_array_mut().unwrap().remove(at);
            let one = import(&without);
            let added = format!("the statement `{}`, which is not there", gone["Sid"].as_str().unwrap());
            let listed_as = one.items.iter().find(|item| item.fate == Fate::Lost && item.what == added && item.at == name);
            assert!(listed_as.is_some(), "{place}: {}", listed(&one.items));
            // With one of its conditions less, or another action, it is none of a profile's.
            let mut changed = vec![];
            for operator in gone["Condition"].as_object().into_iter().flatten().map(|(operator, _)| operator.clone()) {
                let mut one = whole.clone();
                one["Statement"][at]["Condition"].as_object_mut().unwrap().remove(&operator);
                changed.push((operator, one));
            }
            let mut one = whole.clone();
            one["Statement"][at]["Action"] = json!("s3:PutObject");
            changed.push(("Action".to_owned(), one));
            for (what, value) in changed {
                let one = import(&value);
                assert!(lost(&one.items).iter().any(|(at, _)| *at == place), "{place} without {what}: {}", listed(&one.items));
                assert!(!one.is_whole() && one.text.contains("imported:\n  lost:\n  - "), "{}", one.text);
            }
        }
    }
}

#[test]
fn what_public_examples_have_beside_is_listed_by_its_statement() {
    let scp = policy(&[
        json!({ "Sid": "KeepDataWithUs", "Effect": "Deny", "Action": ["s3:*", "sqs:*", "secretsmanager:*"], "Resource": "*", "Condition": {
            "StringNotEqualsIfExists": { "aws:ResourceOrgID": "${aws:PrincipalOrgID}", "aws:PrincipalTag/dp:exclude:resource": "true" } } }),
        json!({ "Sid": "OnlyOurNetworks", "Effect": "Deny", "NotAction": ["iam:*", "sts:*"], "Resource": "*", "Condition": {
            "NotIpAddressIfExists": { "aws:SourceIp": ["203.0.113.0/24"] }, "StringNotEqualsIfExists": { "aws:SourceVpc": "vpc-0123456789abcdef0" },
            "BoolIfExists": { "aws:ViaAWSService": "false" },
            "ArnNotLikeIfExists": { "aws:PrincipalArn": ["arn:aws:iam::*:role/aws:ec2-infrastructure", "arn:aws:iam::*:role/break-glass-*"] } } }),
        json!({ "Sid": "NobodyLeaves", "Effect": "Deny", "Action": "organizations:LeaveOrganization", "Resource": "*" }),
    ]);
    let rcp = policy(&[
        json!({ "Sid": "OnlyOurIdentities", "Effect": "Deny", "Principal": "*", "Action": "s3:*", "Resource": "*", "Condition": {
            "StringNotEqualsIfExists": { "aws:PrincipalOrgID": OWN, "aws:PrincipalAccount": ["444455556666"] },
            "BoolIfExists": { "aws:PrincipalIsAWSService": "false" } } }),
        json!({ "Sid": "NoConfusedDeputy", "Effect": "Deny", "Principal": "*", "Action": "s3:*", "Resource": "*", "Condition": {
            "StringNotEqualsIfExists": { "aws:SourceOrgID": OWN, "aws:SourceAccount": ["444455556666"] },
            "Null": { "aws:SourceAccount": "false" }, "Bool": { "aws:PrincipalIsAWSService": "true" } } }),
        json!({ "Sid": "OnlyTls", "Effect": "Deny", "Principal": "*", "Action": "s3:*", "Resource": "*", "Condition": {
            "BoolIfExists": { "aws:SecureTransport": "false" } } }),
    ]);
    let everything = json!({ "Sid": "All", "Effect": "Allow", "Action": "*", "Resource": "*" });
    let full = policy(std::slice::from_ref(&everything));
    let one = alone(&files(&[("scp.json", &scp), ("rcp.json", &rcp), ("full.json", &full)]));
    insta::assert_snapshot!("examples_of_others", format!("{}\n----- not expressed\n{}", one.text, listed(&one.items)));
    assert_eq!(lost(&one.items).len(), 4, "{}", listed(&one.items));
}

/// A resource control policy of one organization, and of one list of partners.
fn outsiders(organization: &str, partners: &[&str]) -> Value {
    let list = json!(partners);
    let with = |key: &str, own: &str| {
        let mut condition = json!({ own: organization });
        if !partners.is_empty() {
            condition[key] = list.clone();
        }
        condition
    };
    policy(&[
        json!({ "Sid": "Outsiders", "Effect": "Deny", "Principal": "*", "Action": "s3:*", "Resource": "*", "Condition": {
            "StringNotEqualsIfExists": with("aws:PrincipalAccount", "aws:PrincipalOrgID"), "BoolIfExists": { "aws:PrincipalIsAWSService": "false" } } }),
        json!({ "Sid": "Services", "Effect": "Deny", "Principal": "*", "Action": "s3:*", "Resource": "*", "Condition": {
            "StringNotEqualsIfExists": with("aws:SourceAccount", "aws:SourceOrgID"), "Null": { "aws:SourceAccount": "false" },
            "Bool": { "aws:PrincipalIsAWSService": "true" } } }),
    ])
}

fn first(policy: &Value, count: usize) -> Value {
    self::policy(&policy["Statement"].as_array().unwrap()[..count])
}

#[test]
fn the_most_agree_and_where_none_do_nothing_is_chosen() {
    // Two statements are about one organization, one about another.
    let (own, other) = (outsiders(OWN, &[]), outsiders(OTHER, &[]));
    let one = alone(&files(&[("other.json", &first(&other, 1)), ("own.json", &own)]));
    assert!(one.text.contains(&format!("organization: {OWN}\n")), "{}", one.text);
    let why = "other statements of the input have something else for `organization`, and there is one perimeter for all";
    assert_eq!(lost(&one.items), [("other.json/Statement/0", why)]);
    // As many as of the one are of the other.
    let both = imports_of(&files(&[("own.json", &own), ("other.json", &other)]), &at("eu-west-1")).unwrap_err();
    let (one, two) = (format!("`{OWN}`"), format!("`{OTHER}`"));
    assert!(both.contains(&one) && both.contains(&two) && both.contains("one organization at a time"), "{both}");
    // Partners: none is as good as one, where nobody says more of either.
    let (with, without) = (outsiders(OWN, &["444455556666"]), outsiders(OWN, &["999988887777"]));
    let one = alone(&files(&[("with.json", &with), ("without.json", &first(&without, 1))]));
    assert!(one.text.contains("- '444455556666'") && !one.text.contains("999988887777'\n"), "{}", one.text);
    let tie = alone(&files(&[("with.json", &with), ("without.json", &without)]));
    assert!(tie.profile.perimeter.is_none() && lost(&tie.items).len() == 4, "{}\n{}", tie.text, listed(&tie.items));
    // Networks that the service and the resource control policy do not have in common.
    let (_, here) = profile("eu-west-1", "  networks: { cidrs: [203.0.113.0/24] }\n  outputs: [scp, rcp]\n");
    let (_, there) = profile("eu-west-1", "  networks: { cidrs: [198.51.100.0/24] }\n  outputs: [scp, rcp]\n");
    let (scp, rcp) = (rendered_policy(&here, "scp.json"), rendered_policy(&there, "rcp.json"));
    let one = alone(&files(&[("scp.json", &scp), ("rcp.json", &rcp)]));
    let perimeter = one.profile.perimeter.as_ref().unwrap();
    assert!(perimeter.networks.is_empty() && perimeter.outputs.len() == 2, "{}", one.text);
    assert_eq!(lost(&one.items).iter().map(|(at, _)| *at).collect::<Vec<_>>(), ["rcp.json/Statement/2", "scp.json/Statement/1"]);
    assert!(lost(&one.items).iter().all(|(_, why)| why.contains("`networks`")), "{}", listed(&one.items));
    // A third one decides.
    let endpoint = rendered_policy(&here, "rcp.json");
    let one = alone(&files(&[("scp.json", &scp), ("rcp.json", &rcp), ("more.json", &endpoint)]));
    assert!(one.text.contains("- 203.0.113.0/24"), "{}", one.text);
    assert_eq!(lost(&one.items).iter().map(|(at, _)| *at).collect::<Vec<_>>(), ["rcp.json/Statement/2"]);
}

#[test]
fn partitions_have_the_policies_that_they_can_have() {
    let shape = "  outputs: [rcp, s3-policy]\n  networks: { cidrs: [203.0.113.0/24] }\n  except: { principals: [{ role: BreakGlass }] }\n";
    let (own, plan) = profile("cn-north-1", shape);
    let one = imported_of(&policies(&plan), &at("cn-north-1"));
    assert_eq!(one.profile.perimeter, own.perimeter, "{}", one.text);
    assert!(one.is_whole(), "{}", listed(&one.items));
    // The same policies elsewhere name roles of another partition.
    let elsewhere = alone(&policies(&plan));
    assert!(lost(&elsewhere.items).iter().any(|(at, why)| *at == "rcp.json/Statement/2" && why.contains("`aws:PrincipalArn`")));
    let (_, plan) = profile("cn-north-1", "");
    let one = imported_of(&policies(&plan), &at("cn-north-1"));
    assert_eq!(one.profile.perimeter.as_ref().unwrap().outputs.len(), 1, "{}", one.text);
    let why = "which buckets AWS's services own in `aws-cn` is not documented, and such a policy of a profile has to name them";
    assert_eq!(lost(&one.items).iter().filter(|(_, own)| *own == why).count(), 4, "{}", listed(&one.items));
}

#[test]
fn what_the_command_line_prints_is_taken_as_it_is() {
    let (own, plan) = of_file("examples/perimeter.yaml");
    let text = |name: &str| policies(&plan).into_iter().find(|(file, _)| file == name).unwrap().1;
    let described = |kind: &str, name: &str| json!({ "Policy": { "PolicySummary": { "Id": "p-1", "Type": kind }, "Content": text(name) } });
    let open = policy(&[json!({ "Effect": "Allow", "Principal": "*", "Action": "*", "Resource": "*" })]).to_string();
    let endpoint = |service: &str, text: &str| json!({ "VpcEndpointId": "vpce-1", "ServiceName": service, "PolicyDocument": text });
    let s3 = "com.amazonaws.eu-west-1.s3";
    let listed_endpoints = json!({ "VpcEndpoints": [
        endpoint(s3, &text("vpc-endpoint-policy.json")), endpoint("com.amazonaws.eu-west-1.ec2", &open), endpoint(s3, &open)] });
    let full = policy(&[json!({ "Effect": "Allow", "Principal": "*", "Action": "*", "Resource": "*" })]);
    let attached = json!({ "Policy": { "PolicySummary": { "Type": "RESOURCE_CONTROL_POLICY" }, "Content": full.to_string() } });
    let one = imported_of(
        &files(&[
            ("a.json", &described("SERVICE_CONTROL_POLICY", "scp.json")),
            ("b.json", &described("RESOURCE_CONTROL_POLICY", "rcp.json")),
            ("c.json", &described("S3_POLICY", "s3-policy.json")),
            ("d.json", &listed_endpoints),
            ("e.json", &attached),
        ]),
        &asked(&own),
    );
    assert_eq!(one.profile.perimeter, own.perimeter, "{}", one.text);
    // The endpoint through which everything passes has a policy of its own; of another service's there is nothing to say.
    assert_eq!(
        lost(&one.items),
        [("d.json/VpcEndpoints/2/PolicyDocument/Statement/0", "no statement of a perimeter says anything like it")],
        "{}",
        listed(&one.items)
    );
    for (at, why) in [("d.json/VpcEndpoints/1/PolicyDocument", "ec2"), ("e.json/Policy/Content/Statement/0", "AWS attaches")] {
        assert!(one.items.iter().any(|item| item.fate == Fate::Apart && item.at == at && item.why.contains(why)), "{}", listed(&one.items));
    }
    // Without its type a policy is what it says.
    let untyped = json!({ "Policy": { "Content": text("rcp.json") } });
    assert!(alone(&files(&[("x.json", &untyped)])).text.contains("  - rcp\n"));
    let untyped = json!({ "Policy": { "Content": text("s3-policy.json") } });
    let one = alone(&files(&[("x.json", &untyped), ("rcp.json", &rendered_policy(&plan, "rcp.json"))]));
    assert!(one.text.contains("  - s3-policy\n"), "{}", one.text);
}

#[test]
fn which_policy_it_is_follows_from_what_it_says() {
    let statement = |effect: &str, principal: Option<Value>, action: &str, resource: Value| {
        let mut one = json!({ "Effect": effect, "Action": action, "Resource": resource });
        if let Some(principal) = principal {
            one["Principal"] = principal;
        }
        one
    };
    let everyone = || Some(json!("*"));
    let (all, object) = (json!("*"), json!("arn:aws:s3:::acme-data/*"));
    let of = |statements: &[Value]| {
        let text = policy(statements).to_string();
        assert_eq!(detect(&text), Some(Format::Policy));
        let template = Template::read(&Source::from_bytes("policy", text).unwrap(), Format::Policy)?;
        Ok::<_, String>(match &template.detached[0].content {
            Content::Endpoint(_) => "endpoint",
            Content::Scp(_) => "scp",
            Content::Rcp(_) => "rcp",
            _ => "another",
        })
    };
    let deny = statement("Deny", None, "s3:*", all.clone());
    let full = statement("Allow", None, "*", all.clone());
    let allow = statement("Allow", everyone(), "s3:*", all.clone());
    let takes = statement("Deny", everyone(), "s3:*", all.clone());
    assert_eq!(of(std::slice::from_ref(&deny)), Ok("scp"));
    assert_eq!(of(&[full.clone(), deny.clone()]), Ok("scp"));
    assert_eq!(of(&[full]), Ok("scp"));
    assert_eq!(of(std::slice::from_ref(&takes)), Ok("rcp"));
    assert_eq!(of(&[takes.clone(), allow.clone()]), Ok("endpoint"));
    let buckets = json!(["arn:aws:s3:::acme-data/*", "arn:aws:s3:::acme-logs/*"]);
    assert_eq!(of(&[statement("Allow", everyone(), "s3:GetObject", buckets)]), Ok("endpoint"));
    for (what, word, statements) in [
        ("of an identity", "identity", vec![statement("Allow", None, "s3:GetObject", all.clone())]),
        ("of an identity that denies too", "identity", vec![statement("Allow", None, "s3:*", object.clone()), deny.clone()]),
        ("of a bucket", "--script", vec![statement("Allow", everyone(), "s3:GetObject", object.clone())]),
        (
            "of a bucket that only denies",
            "--script",
            vec![statement("Deny", everyone(), "s3:*", json!(["arn:aws:s3:::acme-data", object]))],
        ),
        ("of nothing", "--script", vec![]),
        ("of two kinds", "--script", vec![deny, allow]),
    ] {
        let why = of(&statements).unwrap_err();
        assert!(why.contains(word), "{what}: {why}");
    }
    let tags = json!({ "Policy": { "PolicySummary": { "Type": "TAG_POLICY" }, "Content": "{\"tags\":{}}" } });
    let why = imports_of(&files(&[("tags.json", &tags)]), &at("eu-west-1")).unwrap_err();
    assert!(why.contains("TAG_POLICY") && why.contains("S3_POLICY"), "{why}");
    let broken = json!({ "Policy": { "PolicySummary": { "Type": "SERVICE_CONTROL_POLICY" }, "Content": "{\"Version\":" } });
    let why = imports_of(&files(&[("scp.json", &broken)]), &at("eu-west-1")).unwrap_err();
    assert!(why.contains("`/Policy/Content`"), "{why}");
}

#[test]
fn a_policy_that_blocks_public_access_needs_the_organization_and_says_nothing_else() {
    let blocks = json!({ "s3_attributes": { "public_access_block_configuration": { "@@assign": "all" } } });
    let one = alone(&files(&[("s3.json", &blocks)]));
    assert!(one.profile.perimeter.is_none(), "{}", one.text);
    assert!(matches!(lost(&one.items).as_slice(), [("s3.json", why)] if why.contains("organization")), "{}", listed(&one.items));
    let opens = json!({ "s3_attributes": { "public_access_block_configuration": { "@@assign": "none" } } });
    let one = alone(&files(&[("s3.json", &opens), ("rcp.json", &outsiders(OWN, &[]))]));
    assert_eq!(one.profile.perimeter.as_ref().unwrap().outputs.len(), 1, "{}", one.text);
    assert!(matches!(lost(&one.items).as_slice(), [("s3.json", why)] if why.contains("@@assign")), "{}", listed(&one.items));
}

#[test]
fn policies_go_to_one_account_and_nobody_guesses_which() {
    let rcp = ("rcp.json", &outsiders(OWN, &[]));
    let why = imports_of(&files(&[rcp]), &Asked::default()).unwrap_err();
    assert!(why.contains("`rcp.json`") && why.contains("`--account` and `--region`"), "{why}");
    let named = |account: &str| {
        let (_, plan) = of_file("examples/account.yaml");
        let text = rendered(&plan).to_string().replace("777788889999", account).replace("acme-", &format!("a{account}-"));
        serde_json::from_str::<Value>(&text).unwrap()
    };
    let (one, two) = (named("777788889999"), named("111122223333"));
    let both = files(&[("one.json", &one), ("two.json", &two), rcp]);
    let why = imports_of(&both, &Asked::default()).unwrap_err();
    assert!(why.contains("`777788889999`, `111122223333`") && why.contains("`--account`"), "{why}");
    let all = imports_of(&both[1..], &Asked::default()).unwrap();
    assert_eq!((all.accounts.len(), all.accounts[0].profile.account.as_str()), (1, "111122223333"));
    assert!(all.accounts[0].profile.perimeter.is_some() && all.accounts[0].text.starts_with("# Imported from two.json, rcp.json."));
    // Asked for by name, a bucket is a bucket, and has no perimeter.
    let bucket = Asked { bucket: Some("a111122223333-111122223333-log-archive".to_owned()), ..Asked::default() };
    let why = imports_of(&both[1..], &bucket).unwrap_err();
    assert!(why.contains("`rcp.json`") && why.contains("`--bucket`"), "{why}");
    // Nothing is said to be missing where something was given, and everything where nothing was.
    let missing = |one: &ImportedAccount| one.items.iter().any(|item| item.what.starts_with("policies of the organization"));
    assert!(!missing(&all.accounts[0]));
    let without = imports(&two, &Asked::default()).unwrap();
    let item = without.accounts[0].items.iter().find(|item| item.what.starts_with("policies of the organization")).unwrap();
    assert!(item.remedy.contains("`aws organizations describe-policy` and `aws ec2 describe-vpc-endpoints`"), "{}", item.remedy);
}

#[test]
fn what_a_template_holds_beside_is_taken_whole_or_left_alone() {
    let (own, plan) = of_file("examples/account.yaml");
    let rcp = outsiders(OWN, &["444455556666"]);
    let with = |rcp: &Value| {
        let mut template = rendered(&plan);
        template["Resources"]["Guard"] = json!({ "Type": "AWS::Organizations::Policy", "Properties": { "Name": "guard", "Type": "RESOURCE_CONTROL_POLICY", "Content": rcp } });
        let mut state = applied(&own, &plan);
        let resource = |kind: &str, values: Value| json!({ "address": format!("{kind}.guard"), "mode": "managed", "type": kind, "name": "guard", "values": values });
        let resources = state["values"]["root_module"]["resources"].as_array_mut().unwrap();
        resources.push(resource("aws_organizations_policy", json!({ "type": "RESOURCE_CONTROL_POLICY", "content": rcp.to_string() })));
        [("Guard", template), ("aws_organizations_policy.guard", state)]
    };
    for (id, text) in with(&rcp) {
        let one = imports(&text, &asked(&own)).unwrap().accounts.remove(0);
        assert!(one.text.contains(&format!("perimeter:\n  organization: {OWN}\n  outputs:\n  - rcp\n")), "{}", one.text);
        assert!(!one.items.iter().any(|item| item.at.contains(id)), "{}", listed(&one.items));
    }
    let mut more = rcp;
    more["Statement"].as_array_mut().unwrap().push(json!({ "Effect": "Deny", "Principal": "*", "Action": "sqs:*", "Resource": "*" }));
    for (id, text) in with(&more) {
        let one = imports(&text, &asked(&own)).unwrap().accounts.remove(0);
        assert!(one.profile.perimeter.is_none() && lost(&one.items).is_empty(), "{}\n{}", one.text, listed(&one.items));
        assert!(one.items.iter().any(|item| item.fate == Fate::Apart && item.at == id), "{}", listed(&one.items));
        assert!(one.items.iter().any(|item| item.what.starts_with("policies of the organization")), "{}", listed(&one.items));
    }
    // Where a template holds nothing else it is what is asked for, statement by statement.
    let org = json!({ "Resources": { "Guard": {
        "Type": "AWS::Organizations::Policy", "Properties": { "Type": "RESOURCE_CONTROL_POLICY", "Content": more } } } });
    let one = alone(&files(&[("org.json", &org)]));
    assert!(one.profile.perimeter.is_some() && lost(&one.items).iter().all(|(at, _)| *at == "Guard/Statement/2"), "{}", listed(&one.items));
    assert_eq!(lost(&one.items).len(), 1);
    // The policy of an endpoint in a state.
    let endpoint = rendered_policy(&of_file("examples/perimeter.yaml").1, "vpc-endpoint-policy.json");
    let mut state = applied(&own, &plan);
    let values = json!({ "policy": endpoint.to_string(), "vpc_endpoint_id": "vpce-0a1b2c3d4e5f60718" });
    state["values"]["root_module"]["resources"].as_array_mut().unwrap().push(
        json!({ "address": "aws_vpc_endpoint_policy.s3", "mode": "managed", "type": "aws_vpc_endpoint_policy", "name": "s3", "values": values }),
    );
    let one = imports(&state, &asked(&own)).unwrap().accounts.remove(0);
    assert!(one.text.contains("  - vpc-endpoint-policy\n") && one.text.contains("  - eu-central-1\n"), "{}", one.text);
    assert!(!one.items.iter().any(|item| item.at.contains("aws_vpc_endpoint_policy")), "{}", listed(&one.items));
}
