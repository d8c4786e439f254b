//! Documented decisions, one row each with its source: `tests/access/*.yaml`.
//!
//! A row of `conditions*.yaml` is a condition, a context and whether it holds. A row of any other file is a request in
//! shorthand, expanded here to a line of `evaluate` (or, with `from`, put through the request model).

use std::collections::HashSet;
use std::num::NonZeroUsize;
use std::path::PathBuf;
use std::sync::Arc;

use s3harden::policy::{Document, Key};
use s3harden::verify::model::{Call, Path};
use s3harden::verify::{Caller, Environment, Kind, Policies, Policy, jsonl};
use serde_json::{Map, Value, json};

const ACCOUNT: &str = "111122223333";

fn files() -> Vec<(String, Value)> {
    let folder = PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("tests/access");
    let mut files: Vec<_> = std::fs::read_dir(folder).unwrap().map(|entry| entry.unwrap().path()).collect();
    files.sort();
    let read = |path: PathBuf| {
        let text = std::fs::read_to_string(&path).unwrap();
        let name = path.file_name().unwrap().to_string_lossy().into_owned();
        let value = serde_yaml::from_str(&text).unwrap_or_else(|error| panic!("{name}: {error}"));
        (name, value)
    };
    files.into_iter().map(read).collect()
}

/// The lines, as `evaluate` answers them.
pub(crate) fn evaluate(lines: &[Value]) -> Vec<Value> {
    let input: String = lines.iter().map(|line| format!("{line}\n")).collect();
    let mut output = Vec::new();
    jsonl::evaluate(input.as_bytes(), &mut output, jsonl::Options { trace: true, threads: NonZeroUsize::new(1) }).unwrap();
    String::from_utf8(output).unwrap().lines().map(|line| serde_json::from_str(line).unwrap()).collect()
}

/// Statements in shorthand: `{allow: ACTION, to: PRINCIPAL, on: RESOURCE, when: CONDITION}`.
fn policy(kind: &str, shorthand: &Value) -> Value {
    if !shorthand.is_array() {
        return shorthand.clone();
    }
    let named = matches!(kind, "resource" | "vpce" | "rcp" | "point");
    let statement = |s: &Value| {
        let mut out = Map::new();
        for (key, value) in s.as_object().unwrap_or_else(|| panic!("{s}")) {
            match key.as_str() {
                "allow" | "deny" => {
                    out.insert("Effect".into(), json!(if key == "allow" { "Allow" } else { "Deny" }));
                    out.insert("Action".into(), value.clone());
                }
                "to" => drop(out.insert("Principal".into(), value.clone())),
                "not_to" => drop(out.insert("NotPrincipal".into(), value.clone())),
                "on" => drop(out.insert("Resource".into(), value.clone())),
                "not_on" => drop(out.insert("NotResource".into(), value.clone())),
                "not" => {
                    let names = out.remove("Action").unwrap();
                    out.insert("NotAction".into(), names);
                    assert_eq!(value, true);
                }
                "when" => drop(out.insert("Condition".into(), value.clone())),
                "sid" => drop(out.insert("Sid".into(), value.clone())),
                other => panic!("{other}"),
            }
        }
        if named && !out.contains_key("Principal") && !out.contains_key("NotPrincipal") {
            out.insert("Principal".into(), json!("*"));
        }
        if !out.contains_key("Resource") && !out.contains_key("NotResource") {
            let point = "arn:aws:s3:eu-west-1:111122223333:accesspoint/point";
            out.insert(
                "Resource".into(),
                match kind {
                    "point" => json!([point, format!("{point}/object/*")]),
                    "resource" => json!(["arn:aws:s3:::bucket", "arn:aws:s3:::bucket/*"]),
                    _ => json!("*"),
                },
            );
        }
        Value::Object(out)
    };
    json!({"Version": "2012-10-17", "Statement": shorthand.as_array().unwrap().iter().map(statement).collect::<Vec<_>>()})
}

fn list(kind: &str, value: &Value) -> Value {
    match value {
        Value::Array(all) if all.iter().all(Value::is_array) => all.iter().map(|one| policy(kind, one)).collect(),
        Value::Null => Value::Null,
        one => json!([policy(kind, one)]),
    }
}

/// A caller by the name that rows use.
fn caller(name: &str) -> Value {
    let arn = |arn: &str| json!({"type": "AWS", "arn": arn});
    match name {
        "anonymous" => json!({"type": "Anonymous"}),
        "ann" => arn("arn:aws:iam::111122223333:user/team/Ann"),
        "bob" => arn("arn:aws:iam::111122223333:user/Bob"),
        "analyst" => arn("arn:aws:sts::111122223333:assumed-role/Analyst/session"),
        "root" => arn("arn:aws:iam::111122223333:root"),
        "federated-by-ann" => json!({
            "type": "AWS", "arn": "arn:aws:sts::111122223333:federated-user/Fred", "value": "arn:aws:iam::111122223333:user/team/Ann"
        }),
        "config-linked" => json!({
            "type": "AWS", "arn": "arn:aws:sts::111122223333:assumed-role/AWSServiceRoleForConfig/x", "serviceLinked": true
        }),
        "outsider" => arn("arn:aws:iam::444455556666:user/Olga"),
        "outside-role" => arn("arn:aws:sts::444455556666:assumed-role/Partner/session"),
        "outside-root" => arn("arn:aws:iam::444455556666:root"),
        "saml" => json!({
            "type": "Federated", "value": "arn:aws:iam::111122223333:saml-provider/Corp",
            "arn": "arn:aws:sts::111122223333:assumed-role/Analyst/session"
        }),
        "web" => json!({"type": "Federated", "value": "accounts.google.com", "account": ACCOUNT}),
        "oai" => json!({"type": "CanonicalUser", "value": "79a59df900b949e55d96a1e698fbacedfd6e09d98eacf8f8d5218e7cd47ef2be"}),
        service if service.ends_with(".amazonaws.com") => json!({"type": "Service", "value": service}),
        text => arn(text),
    }
}

fn line(id: usize, row: &Value) -> Value {
    let get = |key: &str| row.get(key).cloned().unwrap_or(Value::Null);
    let one = |key: &str| if get(key).is_null() { Value::Null } else { policy(key, &get(key)) };
    let levels = |key: &str| match get(key) {
        Value::Array(levels) => levels.iter().map(|level| list(key, level)).collect(),
        other => other,
    };
    let key = row.get("on").and_then(Value::as_str).unwrap_or("arn:aws:s3:::bucket/key").to_owned();
    let mut policies = json!({
        "resource": one("resource"), "identity": list("identity", &get("identity")), "session": one("session"),
        "permissionBoundary": list("boundary", &get("boundary")), "scp": levels("scp"), "rcp": levels("rcp"),
        "vpce": list("vpce", &get("vpce")), "publicAccessBlock": get("block"), "ownership": get("ownership"),
        "objectAcl": get("acl"), "defaultEncryption": get("default_encryption"),
    });
    let mut request = json!({
        "principal": row.get("as").and_then(Value::as_str).map_or_else(|| get("principal"), caller),
        "action": row.get("do").and_then(Value::as_str).unwrap_or("s3:GetObject"),
        "resource": key, "resourceAccount": row.get("account").cloned().unwrap_or(json!(ACCOUNT)),
        "context": row.get("context").cloned().unwrap_or(json!({})),
    });
    if let Some(point) = row.get("point") {
        let arn = point.get("arn").and_then(Value::as_str).unwrap_or("arn:aws:s3:eu-west-1:111122223333:accesspoint/point");
        policies["accessPoint"] = json!({
            "arn": arn, "bucket": "bucket", "networkOrigin": point.get("vpc").map_or("Internet", |_| "VPC"),
            "vpcId": point.get("vpc").cloned().unwrap_or(Value::Null),
            "policy": point.get("policy").map_or(Value::Null, |p| policy("point", p)),
        });
        request["via"] = json!("accessPoint");
        request["resource"] = json!(match key.split_once('/') {
            Some((_, object)) => format!("{arn}/object/{object}"),
            None => arn.to_owned(),
        });
        request["underlyingResource"] = json!(key);
    }
    json!({"id": id, "policies": policies, "request": request})
}

/// A row with `from` goes through the request model.
fn modelled(row: &Value) -> &'static str {
    let text = |key: &str| row.get(key).and_then(Value::as_str);
    let name = text("as").unwrap();
    let who = caller(name);
    let arn = who.get("arn").and_then(Value::as_str).unwrap_or_default();
    let maker = match who["type"].as_str().unwrap() {
        "Anonymous" => Caller::anonymous(),
        "Service" => Caller::service(name),
        _ => Caller::from_arn(arn).unwrap().service_linked(who.get("serviceLinked").is_some()),
    };
    let mut call = Call::new(maker, text("do").unwrap_or("s3:GetObject"), text("on").unwrap_or("arn:aws:s3:::bucket/key"), ACCOUNT);
    let from = &row["from"];
    let given = |key: &str| from.get(key).and_then(Value::as_str).map(Box::from);
    if let Some(ip) = given("ip") {
        call.path = Path::Internet { ip };
    }
    if let Some(vpc) = given("vpc") {
        let endpoint = given("endpoint").unwrap_or_else(|| "vpce-1".into());
        call.path = Path::Endpoint { vpc, endpoint, ip: given("private_ip"), account: given("vpce_account"), organization: None };
    }
    if let Some(service) = given("on_behalf") {
        call.path = Path::Forwarded { service, ip: given("ip") };
    }
    if from.get("http").is_some() {
        call.tls = None;
    }
    call.tls = given("tls").or(call.tls);
    call.presigned_age = from.get("presigned_age").and_then(Value::as_u64);
    call.form = from.get("form").is_some();
    call.signature_2 = from.get("signature_2").is_some();
    call.mfa_age = from.get("mfa_age").and_then(Value::as_u64);
    call.temporary = from.get("temporary").is_some();
    call.organization = given("organization");
    call.source = given("source_arn").map(|arn| (arn, ACCOUNT.into()));
    call.at = given("at");
    call.default_encryption = given("default_encryption").map(|algorithm| (algorithm, None));
    call.access_point = given("point").map(|arn| (arn, from.get("vpc").is_some()));
    for (key, value) in from.get("sent").and_then(Value::as_object).into_iter().flatten() {
        let values = match value {
            Value::Array(all) => all.iter().map(|v| v.as_str().unwrap().into()).collect(),
            one => vec![one.as_str().unwrap().into()],
        };
        call.sent.push((Key::parse(key), values));
    }
    let compile = |kind: &str, of: Kind| {
        let document = Document::read(&policy(kind, row.get(kind)?)).unwrap();
        Some(Arc::new(Policy::compile(&document, of, &Environment::default())))
    };
    let policies = Policies {
        resource: compile("resource", Kind::Bucket),
        identity: compile("identity", Kind::Identity).into_iter().collect(),
        assume_identity: row.get("identity").is_none(),
        endpoint: compile("vpce", Kind::Endpoint).map(|policy| vec![policy]),
        ..Policies::default()
    };
    let request = call.request();
    for (key, value) in row.get("has").and_then(Value::as_object).into_iter().flatten() {
        let found = request.context.one(&Key::parse(key));
        assert_eq!(found, value.as_str(), "{key} of {row}");
    }
    policies.decide(&request).name()
}

fn source<'a>(file: &'a Value, name: &str) -> Option<&'a str> {
    file["sources"].get(name).and_then(Value::as_str).filter(|source| source.len() > 10)
}

#[test]
fn documented_decisions_hold() {
    let (mut rows, mut wrong, mut used) = (0, Vec::new(), HashSet::new());
    for (name, file) in files() {
        let all = file["rows"].as_array().unwrap_or_else(|| panic!("{name} has no rows"));
        rows += all.len();
        let mut lines = Vec::new();
        let mut expected = Vec::new();
        for (i, row) in all.iter().enumerate() {
            let said_by = if name.starts_with("conditions") { row[0].as_str() } else { row["source"].as_str() };
            let said_by = said_by.unwrap_or_else(|| panic!("{name} row {i} has no source: {row}"));
            assert!(source(&file, said_by).is_some(), "{name} row {i}: {said_by} is no source");
            used.insert((name.clone(), said_by.to_owned()));
            if name.starts_with("conditions") {
                let holds = match &row[3] {
                    Value::Bool(true) => "Allowed",
                    Value::Bool(false) => "ImplicitlyDenied",
                    _ => "Depends",
                };
                let mut statement = json!({"Effect": "Allow", "Principal": "*", "Action": "s3:*", "Resource": "*"});
                statement["Condition"] = row[1].clone();
                let version = row.get(4).cloned().unwrap_or(json!("2012-10-17"));
                let resource = json!({"Version": version, "Statement": [statement]});
                lines.push(line(i, &json!({"as": "anonymous", "resource": resource, "context": row[2]})));
                expected.push((holds.to_owned(), row));
            } else if row.get("from").is_some() {
                let decision = modelled(row);
                if Some(decision) != row["expect"].as_str() {
                    wrong.push(format!("{name}: {decision} for {row}"));
                }
            } else {
                lines.push(line(i, row));
                expected.push((row["expect"].as_str().unwrap_or_else(|| panic!("{row}")).to_owned(), row));
            }
        }
        for (answer, (expect, row)) in evaluate(&lines).into_iter().zip(expected) {
            let by: Vec<_> = answer["by"].as_array().into_iter().flatten().map(|by| by["sid"].clone()).collect();
            let layer = answer["by"].get(0).map_or(Value::Null, |by| by["layer"].clone());
            let right = answer["decision"] == json!(expect)
                && row.get("by").is_none_or(|sids| *sids == json!(by))
                && row.get("layer").is_none_or(|expected| *expected == layer)
                && row.get("public").is_none_or(|public| *public == answer["policyIsPublic"]);
            if !right {
                wrong.push(format!("{name}: expected {expect}: {answer}\n    for {row}"));
            }
        }
        for (source, _) in file["sources"].as_object().unwrap() {
            assert!(used.contains(&(name.clone(), source.clone())), "{name}: nothing is said by {source}");
        }
    }
    assert!(wrong.is_empty(), "{} of {rows} wrong\n{}", wrong.len(), wrong.join("\n"));
    assert!(rows >= 250, "only {rows} rows");
}
