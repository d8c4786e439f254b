//! The rules once more, as plainly as they can be said: the other half of the differential tests.
//!
//! In: a line of `evaluate` as JSON, and whether its bucket policy is public. Out: the decision's name. Shares no code
//! with the library: it reads the policies' JSON itself, compares texts by recursion, and decides the open outcomes
//! by trying both ways.

use serde_json::Value;
use std::net::IpAddr;

/// `None` is open.
type Tri = Option<bool>;

fn any(all: impl IntoIterator<Item = Tri>) -> Tri {
    let all: Vec<Tri> = all.into_iter().collect();
    if all.contains(&Some(true)) {
        Some(true)
    } else if all.contains(&None) {
        None
    } else {
        Some(false)
    }
}

fn all(tests: impl IntoIterator<Item = Tri>) -> Tri {
    not(any(tests.into_iter().map(not)))
}

fn not(a: Tri) -> Tri {
    a.map(|a| !a)
}

fn list(value: &Value) -> Vec<String> {
    let one = |v: &Value| v.as_str().map_or_else(|| v.to_string(), str::to_owned);
    match value {
        Value::Null => vec![],
        Value::Array(all) => all.iter().map(one).collect(),
        v => vec![one(v)],
    }
}

/// A pattern's character: itself, or a wildcard.
#[derive(Clone, PartialEq)]
enum C {
    Is(char),
    One,
    Any,
}

fn glob(pattern: &[C], text: &[char]) -> bool {
    match (pattern, text) {
        ([], []) => true,
        ([C::Any, rest @ ..], _) if glob(rest, text) => true,
        ([C::Any, ..], [_, tail @ ..]) => glob(pattern, tail),
        ([C::One, rest @ ..], [_, tail @ ..]) => glob(rest, tail),
        ([C::Is(a), rest @ ..], [b, tail @ ..]) if a == b => glob(rest, tail),
        _ => false,
    }
}

fn wild(text: &str) -> Vec<C> {
    text.chars()
        .map(|c| {
            if c == '*' {
                C::Any
            } else if c == '?' {
                C::One
            } else {
                C::Is(c)
            }
        })
        .collect()
}

fn chars(text: &str) -> Vec<char> {
    text.chars().collect()
}

struct World<'a> {
    line: &'a Value,
    public: bool,
}

/// The request's values of a key; `None` if absent, and whether there may be several.
fn values(context: &Value, key: &str) -> Option<(Vec<String>, bool)> {
    let (name, value) = context.as_object()?.iter().find(|(name, _)| name.eq_ignore_ascii_case(key))?;
    let found = list(value);
    let set = ["aws:TagKeys", "aws:PrincipalOrgPaths", "aws:CalledVia"].iter().any(|k| k.eq_ignore_ascii_case(name));
    (!found.is_empty()).then(|| {
        let many = set || found.len() > 1 || (value.is_array() && name.starts_with("x:"));
        (found, many)
    })
}

/// Text with its variables replaced; `None` if one has no value.
fn fill(context: &Value, text: &str, variables: bool, wildcards: bool) -> Option<Vec<C>> {
    let plain = |text: &str| if wildcards { wild(text) } else { text.chars().map(C::Is).collect() };
    let Some((before, rest)) = text.split_once("${").filter(|_| variables) else { return Some(plain(text)) };
    let Some((inside, after)) = rest.split_once('}') else { return Some(plain(text)) };
    let mut out = plain(before);
    match inside {
        "*" | "?" | "$" => out.extend(inside.chars().map(C::Is)),
        _ => {
            let (key, default) = inside.split_once(", '").map_or((inside, None), |(k, d)| (k, d.strip_suffix('\'')));
            let value = match values(context, key) {
                Some((one, false)) => one.first().cloned(),
                _ => None,
            };
            out.extend(value.or(default.map(str::to_owned))?.chars().map(C::Is));
        }
    }
    out.extend(fill(context, after, variables, wildcards)?);
    Some(out)
}

/// Six parts, the last with its colons.
fn parts(text: &[C]) -> Option<Vec<Vec<C>>> {
    let mut parts = vec![vec![]];
    for c in text {
        if *c == C::Is(':') && parts.len() < 6 { parts.push(vec![]) } else { parts.last_mut()?.push(c.clone()) }
    }
    (parts.len() == 6).then_some(parts)
}

fn arn(pattern: &[C], text: &str) -> bool {
    let Some(texts) = parts(&text.chars().map(C::Is).collect::<Vec<_>>()) else { return false };
    let plain = |part: &[C]| part.iter().map(|c| if let C::Is(c) = c { *c } else { '\0' }).collect::<Vec<char>>();
    match parts(pattern) {
        Some(parts) => parts.iter().zip(&texts).all(|(p, t)| glob(p, &plain(t))),
        None => pattern == [C::Any],
    }
}

fn number(text: &str) -> Option<f64> {
    let ok = text.bytes().all(|b| b.is_ascii_digit() || b == b'.' || b == b'-') && text.bytes().any(|b| b.is_ascii_digit());
    if ok { text.parse().ok() } else { None }
}

/// Seconds; whole days and times in UTC are all that the generator makes.
fn date(text: &str) -> Option<f64> {
    if text.len() > 4 && text.bytes().all(|b| b.is_ascii_digit()) {
        return text.parse().ok();
    }
    let (day, time) = text.split_once('T').unwrap_or((text, "00:00:00Z"));
    let d: Vec<i64> = day.split('-').map(|n| n.parse().ok()).collect::<Option<_>>()?;
    let [year, month, day] = d.as_slice() else { return None };
    let t: Vec<i64> = time.strip_suffix('Z')?.split(':').map(|n| n.parse().ok()).collect::<Option<_>>()?;
    let leap = |y: i64| (y % 4 == 0 && y % 100 != 0) || y % 400 == 0;
    let days: i64 = (1970..*year).map(|y| if leap(y) { 366 } else { 365 }).sum();
    let months = [31, if leap(*year) { 29 } else { 28 }, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31];
    let days = days + months.iter().take(usize::try_from(month - 1).ok()?).sum::<i64>() + day - 1;
    Some((days * 86_400 + t[0] * 3600 + t[1] * 60 + t[2]) as f64)
}

/// Whether an address is in a range; `None` if either cannot be read.
fn in_range(range: &str, address: &str) -> Option<bool> {
    let (base, length) = range.split_once('/').map_or((range, None), |(b, l)| (b, Some(l)));
    let bits = |ip: IpAddr| -> Vec<bool> {
        let bytes = match ip {
            IpAddr::V4(v4) => v4.octets().to_vec(),
            IpAddr::V6(v6) => v6.octets().to_vec(),
        };
        bytes.iter().flat_map(|b| (0..8).rev().map(move |i| b >> i & 1 == 1)).collect()
    };
    let base = bits(base.parse().ok()?);
    let length = length.map_or(Some(base.len()), |l| l.parse().ok())?;
    let address = bits(address.parse().ok()?);
    Some(base.len() == address.len() && base.iter().zip(&address).take(length).all(|(a, b)| a == b))
}

/// One listed value against one value of the request: yes, no, or unreadable.
fn compare(op: &str, context: &Value, listed: &str, value: &str, variables: bool) -> Option<bool> {
    let filled = |wildcards| fill(context, listed, variables, wildcards);
    let order = |a: Option<f64>, b: Option<f64>| a?.partial_cmp(&b?);
    let ordered = |cmp: std::cmp::Ordering| match op.trim_start_matches("Numeric").trim_start_matches("Date") {
        "LessThan" => cmp.is_lt(),
        "LessThanEquals" => cmp.is_le(),
        "GreaterThan" => cmp.is_gt(),
        "GreaterThanEquals" => cmp.is_ge(),
        _ => cmp.is_eq(),
    };
    match op {
        "StringEquals" | "StringNotEquals" => Some(filled(false).is_some_and(|p| glob(&p, &chars(value)))),
        "StringLike" | "StringNotLike" => Some(filled(true).is_some_and(|p| glob(&p, &chars(value)))),
        "StringEqualsIgnoreCase" | "StringNotEqualsIgnoreCase" => Some(filled(false).is_some_and(|p| {
            let text: String = p.iter().map(|c| if let C::Is(c) = c { *c } else { '\0' }).collect();
            text.to_lowercase() == value.to_lowercase()
        })),
        "ArnEquals" | "ArnLike" | "ArnNotEquals" | "ArnNotLike" => Some(if listed == "*" {
            value.split(':').count() >= 6
        } else {
            filled(true).is_some_and(|p| parts(&p).is_some() && arn(&p, value))
        }),
        "Bool" => {
            let truth = |t: &str| t.eq_ignore_ascii_case("true") || t.eq_ignore_ascii_case("false");
            Some(truth(value) && listed.eq_ignore_ascii_case(value))
        }
        "IpAddress" | "NotIpAddress" => in_range(listed, value),
        numeric if numeric.starts_with("Numeric") => order(number(value), number(listed)).map(ordered),
        dated => {
            assert!(dated.starts_with("Date"), "{dated}");
            order(date(value), date(listed)).map(ordered)
        }
    }
}

fn condition(context: &Value, operator: &str, key: &str, listed: &[String], variables: bool) -> Tri {
    let (quantifier, op) = operator.split_once(':').map_or((None, operator), |(q, op)| (Some(q), op));
    let (op, if_exists) = op.strip_suffix("IfExists").map_or((op, false), |op| (op, true));
    let negated = op.contains("Not");
    let found = values(context, key);
    if op == "Null" {
        return Some(listed.iter().any(|v| v.eq_ignore_ascii_case(if found.is_none() { "true" } else { "false" })));
    }
    let Some((found, many)) = found else { return Some(if_exists || quantifier.map_or(negated, |q| q == "ForAllValues")) };
    if quantifier.is_none() && many {
        return Some(false);
    }
    let admits = |value: &String| {
        let outcomes: Vec<_> = listed.iter().map(|l| compare(op, context, l, value, variables)).collect();
        if negated { not(any(outcomes)) } else { Some(outcomes.contains(&Some(true))) }
    };
    if quantifier == Some("ForAnyValue") { any(found.iter().map(admits)) } else { all(found.iter().map(admits)) }
}

/// The ways in which a principal list names the caller.
#[derive(Clone, Copy, Default, Debug)]
struct Named {
    direct: bool,
    role: bool,
    account: bool,
}

fn named(who: &Value, request: &Value) -> Named {
    let caller = &request["principal"];
    let text = |key: &str| caller[key].as_str().unwrap_or("");
    let mut out = Named::default();
    if who == "*" {
        return Named { direct: true, ..out };
    }
    let arn = text("arn");
    let account = arn.split(':').nth(4).unwrap_or("");
    for (kind, names) in who.as_object().unwrap() {
        for name in list(names) {
            match kind.as_str() {
                "Service" => out.direct |= caller["type"] == "Service" && text("value") == name,
                "AWS" if name == "*" => out.direct = true,
                "AWS" if arn.is_empty() => {}
                "AWS" if name == account || name == format!("arn:aws:iam::{account}:root") => out.account = true,
                "AWS" if name == arn => out.direct = true,
                "AWS" if name == text("value") => out.role = true,
                "AWS" if name.contains(":role/") => {
                    let role = name.rsplit('/').next().unwrap();
                    out.role |=
                        arn.starts_with(&format!("arn:aws:sts::{account}:assumed-role/{role}/")) && name.split(':').nth(4) == Some(account);
                }
                _ => {}
            }
        }
    }
    out
}

fn caller_kind(request: &Value) -> &str {
    let arn = request["principal"]["arn"].as_str().unwrap_or("");
    match request["principal"]["type"].as_str().unwrap() {
        "AWS" if arn.ends_with(":root") => "root",
        "AWS" if arn.contains(":user/") => "user",
        "AWS" if arn.contains(":federated-user/") => "federated",
        "AWS" => "role",
        other => other,
    }
}

/// What an effect finds: each matching statement's ways, open ones only if `kindly` says so.
struct Found {
    deny: bool,
    perhaps_deny: bool,
    allow: Vec<Named>,
    perhaps_allow: Vec<Named>,
}

impl World<'_> {
    fn scan(&self, policies: &[&Value], layer: &str, resource: &str) -> Found {
        let request = &self.line["request"];
        let mut found = Found { deny: false, perhaps_deny: false, allow: vec![], perhaps_allow: vec![] };
        for policy in policies {
            let statements = match &policy["Statement"] {
                Value::Array(all) => all.clone(),
                one => vec![one.clone()],
            };
            for s in &statements {
                let (outcome, who) = self.statement(s, policy["Version"] == "2012-10-17", layer, resource);
                let deny = s["Effect"] == "Deny";
                let repairs = ["s3:GetBucketPolicy", "s3:PutBucketPolicy", "s3:DeleteBucketPolicy"];
                let spared = deny
                    && layer == "resource"
                    && caller_kind(request) == "root"
                    && request["principal"]["arn"].as_str().unwrap().split(':').nth(4) == request["resourceAccount"].as_str()
                    && repairs.contains(&request["action"].as_str().unwrap());
                match outcome {
                    _ if spared => {}
                    Some(true) if deny => found.deny = true,
                    Some(true) => found.allow.push(who),
                    None if deny => found.perhaps_deny = true,
                    None => found.perhaps_allow.push(who),
                    Some(false) => {}
                }
            }
        }
        found
    }

    fn statement(&self, s: &Value, variables: bool, layer: &str, resource: &str) -> (Tri, Named) {
        let request = &self.line["request"];
        let context = &request["context"];
        let action = request["action"].as_str().unwrap().to_lowercase();
        let acts = |v: &Value| list(v).iter().any(|a| glob(&wild(&a.to_lowercase()), &chars(&action)));
        let action = if s["Action"].is_null() { !acts(&s["NotAction"]) } else { acts(&s["Action"]) };
        let on = |v: &Value| {
            list(v).iter().any(|r| {
                if r == "*" {
                    return true;
                }
                let colons = r.matches(':').count();
                let padded = match layer {
                    _ if colons >= 5 => r.clone(),
                    "identity" | "session" | "boundary" | "scp" => r.clone() + &":*".repeat(5 - colons),
                    "rcp" => return false,
                    _ if r.contains(['*', '?']) => r.clone() + &":*".repeat(5 - colons),
                    _ => return false,
                };
                fill(context, &padded, variables, true).is_some_and(|p| arn(&p, resource))
            })
        };
        let resource = match (&s["Resource"], &s["NotResource"]) {
            (Value::Null, Value::Null) => true,
            (Value::Null, not) => !on(not),
            (is, _) => on(is),
        };
        let mut who = Named { direct: true, role: false, account: false };
        let mut is_about = Some(true);
        if !s["Principal"].is_null() {
            who = named(&s["Principal"], request);
            is_about = Some(who.direct || who.role || who.account);
        } else if !s["NotPrincipal"].is_null() {
            let n = named(&s["NotPrincipal"], request);
            let kind = caller_kind(request);
            let boundary = self.line["policies"]["permissionBoundary"].as_array().is_some_and(|all| !all.is_empty());
            let needed: Vec<bool> = match kind {
                _ if s["NotPrincipal"] == "*" || list(&s["NotPrincipal"]["AWS"]).contains(&"*".to_owned()) => vec![true],
                _ if s["Effect"] == "Allow" => vec![n.direct || n.role || n.account],
                "user" | "role" if boundary => vec![false],
                "user" | "federated" => vec![n.direct, n.account],
                "role" => vec![n.direct, n.role, n.account],
                _ => vec![n.direct || n.role || n.account],
            };
            is_about = if needed.iter().all(|x| *x) {
                Some(false)
            } else if needed.iter().any(|x| *x) {
                None
            } else {
                Some(true)
            };
        } else if matches!(layer, "resource" | "point" | "vpce" | "rcp") {
            is_about = Some(false);
        }
        let mut tests = vec![Some(action), Some(resource), is_about];
        for (operator, keys) in s["Condition"].as_object().into_iter().flatten() {
            for (key, listed) in keys.as_object().unwrap() {
                tests.push(condition(context, operator, key, &list(listed), variables));
            }
        }
        (all(tests), who)
    }

    /// Explicitly denied, perhaps denied, allowed unkindly, allowed kindly.
    fn leg(&self, layer: &str, resource: &str, account: &str) -> [bool; 4] {
        let (policies, request) = (&self.line["policies"], &self.line["request"]);
        let array = |v: &Value| v.as_array().cloned().unwrap_or_default();
        let kind = caller_kind(request);
        let person = matches!(kind, "user" | "role" | "federated");
        let linked = request["principal"]["serviceLinked"] == true;
        let own = request["principal"]["arn"].as_str().unwrap_or("").split(':').nth(4) == Some(account);
        let mut founds = Vec::new();
        let mut scan = |list: &[Value], layer: &str| {
            let found = self.scan(&list.iter().collect::<Vec<_>>(), layer, resource);
            founds.push((found.deny, found.perhaps_deny));
            found
        };
        let policy = if layer == "point" { &policies["accessPoint"]["policy"] } else { &policies["resource"] };
        let by_resource = scan(if policy.is_null() { &[] } else { std::slice::from_ref(policy) }, layer);
        let mut gates: Vec<Found> = Vec::new();
        if !linked {
            array(&policies["rcp"]).iter().for_each(|level| drop(scan(&array(level), "rcp")));
            if person || kind == "root" {
                gates.extend(array(&policies["scp"]).iter().map(|level| scan(&array(level), "scp")));
            }
        }
        if !array(&policies["vpce"]).is_empty() {
            gates.push(scan(&array(&policies["vpce"]), "vpce"));
        }
        let (mut identity, mut limits) = (None, Vec::new());
        if person {
            identity = Some(scan(&array(&policies["identity"]), "identity"));
            if !array(&policies["permissionBoundary"]).is_empty() {
                limits.push(scan(&array(&policies["permissionBoundary"]), "boundary"));
            }
            if !policies["session"].is_null() {
                limits.push(scan(std::slice::from_ref(&policies["session"]), "session"));
            }
        }
        let allowed = |kindly: bool| {
            let allows = |f: &Found| !f.allow.is_empty() || (kindly && !f.perhaps_allow.is_empty());
            let ways: Vec<Named> = by_resource.allow.iter().chain(by_resource.perhaps_allow.iter().filter(|_| kindly)).copied().collect();
            let limited = limits.iter().all(allows);
            let permitted = identity.as_ref().is_none_or(allows) && limited;
            let restricted = policies["publicAccessBlock"]["RestrictPublicBuckets"] == true && self.public && layer == "resource";
            gates.iter().all(allows)
                && !(restricted && kind != "Service" && !own)
                && match kind {
                    "Anonymous" | "Service" => ways.iter().any(|w| w.direct),
                    _ if own => ways.iter().any(|w| w.direct) || (ways.iter().any(|w| w.role) && limited) || permitted,
                    _ => !ways.is_empty() && permitted,
                }
        };
        let (unkindly, kindly) = (allowed(false), allowed(true));
        [founds.iter().any(|f| f.0), founds.iter().any(|f| f.1), unkindly, kindly]
    }
}

/// The decision on a line.
pub(crate) fn decide(line: &Value, public: bool) -> &'static str {
    let world = World { line, public };
    let request = &line["request"];
    let text = |v: &Value| v.as_str().unwrap_or("").to_owned();
    let mut legs = Vec::new();
    if request["via"] == "accessPoint" {
        let vpc = &line["policies"]["accessPoint"]["vpcId"];
        let from = &request["context"]["aws:SourceVpc"];
        let origin = line["policies"]["accessPoint"]["networkOrigin"] != "VPC" || (!from.is_null() && from == vpc);
        let plain = request["context"]["aws:SecureTransport"].as_str() == Some("false");
        let admitted = origin && !plain && caller_kind(request) != "Anonymous";
        legs.push([false, false, admitted, admitted]);
        let account = text(&request["resource"]).split(':').nth(4).unwrap().to_owned();
        legs.push(world.leg("point", &text(&request["resource"]), &account));
        legs.push(world.leg("resource", &text(&request["underlyingResource"]), &text(&request["resourceAccount"])));
    } else {
        legs.push(world.leg("resource", &text(&request["resource"]), &text(&request["resourceAccount"])));
    }
    if legs.iter().any(|leg| leg[0]) {
        "ExplicitlyDenied"
    } else if !legs.iter().all(|leg| leg[3]) {
        "ImplicitlyDenied"
    } else if legs.iter().all(|leg| leg[2]) && !legs.iter().any(|leg| leg[1]) {
        "Allowed"
    } else {
        "Depends"
    }
}
