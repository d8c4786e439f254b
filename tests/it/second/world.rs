//! Requests as the valuations of a decision diagram: finitely many values of everything that a request is made of.
//!
//! Sources: "AWS global condition context keys", "Policy evaluation logic", IAM User Guide; "Actions, resources, and
//! condition keys for Amazon S3", Service Authorization Reference, whose table is data that the project shares.

use std::collections::BTreeSet;

use biodivine_lib_bdd::{Bdd, BddPartialValuation, BddVariable, BddVariableSet};
use serde_json::{Map, Value, json};

use s3harden::expr::Expr;
use s3harden::plan::Plan;
use s3harden::policy::{Action, Document, Element, Key, Principals};
use s3harden::verify::prove::{Networks, Question};

use super::rules::{arn, edges, glob, inside, matches};

const REPAIRS: [&str; 5] =
    ["s3:GetBucketPolicy", "s3:PutBucketPolicy", "s3:DeleteBucketPolicy", "s3:GetBucketPublicAccessBlock", "s3:PutBucketPublicAccessBlock"];

/// An access point that is declared.
pub(super) struct Point {
    arn: String,
    vpc: Option<String>,
    policy: Option<Value>,
}

/// A policy as JSON, with what its expressions become.
pub(super) fn json(document: &Document, text: &dyn Fn(&Expr) -> Option<String>) -> Value {
    let texts = |all: &[Expr]| all.iter().map(|expr| text(expr).unwrap().into()).collect::<Vec<Value>>();
    let statements = document.statements.iter().map(|statement| {
        let mut one = json!({"Sid": statement.sid, "Effect": statement.effect.name()});
        match &statement.principal {
            Some(Element::Is(Principals::Everyone)) => one["Principal"] = json!("*"),
            Some(Element::Is(Principals::Of(all))) => {
                for principal in all {
                    let kind = match principal {
                        s3harden::policy::Principal::Aws(_) => "AWS",
                        s3harden::policy::Principal::Service(_) => "Service",
                        other => panic!("{other:?} is not encoded"),
                    };
                    if one["Principal"][kind].is_null() {
                        one["Principal"][kind] = json!([]);
                    }
                    one["Principal"][kind].as_array_mut().unwrap().push(text(principal.value()).unwrap().into());
                }
            }
            other => panic!("{other:?} is not encoded"),
        }
        match &statement.action {
            Element::Is(all) => one["Action"] = all.iter().map(|name| json!(name)).collect(),
            Element::Not(all) => one["NotAction"] = all.iter().map(|name| json!(name)).collect(),
        }
        match &statement.resource {
            Some(Element::Is(all)) => one["Resource"] = texts(all).into(),
            Some(Element::Not(all)) => one["NotResource"] = texts(all).into(),
            None => panic!("a statement without a resource"),
        }
        for condition in &statement.condition {
            one["Condition"][condition.operator.to_string()][condition.key.name().as_ref()] = texts(&condition.values).into();
        }
        one
    });
    json!({"Version": "2012-10-17", "Statement": statements.collect::<Vec<_>>()})
}

/// The access points of a bucket.
pub(super) fn points(plan: &Plan, bucket: &str, text: &dyn Fn(&Expr) -> Option<String>) -> Vec<Point> {
    let of = plan.access_points().filter(|(_, point)| point.bucket.to_string() == bucket);
    of.map(|(_, point)| Point {
        arn: text(&point.arn).unwrap(),
        vpc: point.vpc.as_ref().map(|vpc| text(vpc).unwrap()),
        policy: point.policy.as_ref().map(|policy| json(policy, text)),
    })
    .collect()
}

#[derive(Clone, Copy, Debug, PartialEq)]
enum Kind {
    Anonymous,
    User,
    Role,
    Root,
    Service,
}

#[derive(Clone, Debug, PartialEq)]
struct Caller {
    kind: Kind,
    /// What `aws:PrincipalArn` is; of a service, its name.
    arn: String,
    account: String,
}

#[derive(Clone, Debug, PartialEq)]
enum Way {
    Internet(String),
    Endpoint { vpc: String, endpoint: String },
    Forwarded(Option<String>),
    Inside,
}

#[derive(Clone, Copy, Debug, PartialEq)]
enum Form {
    None,
    Header,
    Query,
    Post,
}

/// How a request is signed: the form, whether it is of version 2, and its age where one is seen.
type Sign = (Form, bool, Option<u64>);

/// What uploads name: an algorithm, a key, and whether the key is the caller's own.
type Sse = (Option<String>, Option<String>, bool);

const ACTION: usize = 0;
const RESOURCE: usize = 1;
const CALLER: usize = 2;
const WAY: usize = 3;
const TLS: usize = 4;
const SIGN: usize = 5;
const STATE: usize = 6;
const POINT: usize = 7;
const SSE: usize = 8;
const FREE: usize = 9;

/// Every request, of one bucket, for some policies and questions.
pub(super) struct World {
    bucket: String,
    account: String,
    set: BddVariableSet,
    bits: Vec<Vec<BddVariable>>,
    actions: Vec<(String, Option<Action>)>,
    resources: Vec<String>,
    callers: Vec<Caller>,
    ways: Vec<Way>,
    versions: Vec<Option<&'static str>>,
    signs: Vec<Sign>,
    /// Whether credentials are temporary, and the seconds since MFA.
    states: Vec<(bool, Option<u64>)>,
    points: Vec<Option<String>>,
    uploads: Vec<Sse>,
    free: Vec<(String, Vec<Option<String>>)>,
    allowed: Bdd,
}

fn list(value: &Value) -> Vec<String> {
    match value {
        Value::Array(all) => all.iter().map(|one| one.as_str().map_or_else(|| one.to_string(), str::to_owned)).collect(),
        Value::Null => Vec::new(),
        one => vec![one.as_str().map_or_else(|| one.to_string(), str::to_owned)],
    }
}

fn statements(policy: &Value) -> &[Value] {
    policy["Statement"].as_array().unwrap()
}

/// Every condition of some policies: the operator, the key in lower case, the values.
fn conditions(policies: &[&Value]) -> Vec<(String, String, Vec<String>)> {
    let all = policies.iter().flat_map(|policy| statements(policy)).filter_map(|one| one["Condition"].as_object()).flatten();
    all.flat_map(|(operator, keys)| {
        keys.as_object().unwrap().iter().map(|(key, values)| (operator.clone(), key.to_lowercase(), list(values))).collect::<Vec<_>>()
    })
    .collect()
}

/// Texts of a pattern: its wildcards stand for nothing, for a letter, for a word with a slash.
fn instances(pattern: &str) -> Vec<String> {
    if pattern.contains("${") {
        return Vec::new();
    }
    ["", "z", "y/z"].map(|word| pattern.replace('*', word).replace('?', "z")).into()
}

/// Values of a key that takes any text.
fn values(listed: &[String]) -> Vec<String> {
    let mut all: BTreeSet<String> = listed.iter().flat_map(|value| instances(value)).collect();
    all.insert("nobody-names-this".to_owned());
    all.into_iter().collect()
}

/// Numbers at and beside each that is listed.
fn ages(listed: impl Iterator<Item = u64>, most: u64) -> Vec<u64> {
    let all: BTreeSet<u64> = listed.flat_map(|age| [age.saturating_sub(1), age, age + 1]).chain([0]).filter(|age| *age <= most).collect();
    all.into_iter().collect()
}

/// What a question says is denied, as a policy.
fn denied(question: &Question) -> Option<Value> {
    let Question::Denied { denies, .. } = question else { return None };
    let document = Document { statements: denies.clone(), ..Document::default() };
    Some(json(&document, &|expr| expr.as_text().map(str::to_owned)))
}

fn networks_of(question: &Question) -> Vec<&Networks> {
    match question {
        Question::OnlyNetworks { allowed, denied, .. } => vec![allowed, denied],
        Question::PresignedBounded { networks, .. } => vec![networks],
        _ => Vec::new(),
    }
}

/// Principals that a question names.
fn principals_of(question: &Question) -> Vec<String> {
    match question {
        Question::OnlyNetworks { principals, repairers, .. } => [principals.as_slice(), repairers].concat(),
        Question::OnlyPrincipals { principals, .. } => principals.clone(),
        Question::OnlyListedPrincipals { principals, accounts, .. } => [principals.as_slice(), accounts].concat(),
        Question::MfaEnforced { except, repairers, .. } => [except.as_slice(), repairers].concat(),
        Question::PresignedBounded { repairers, .. } | Question::Denied { repairers, .. } => repairers.clone(),
        Question::AccessPointOnly { except, .. } => except.clone(),
        _ => Vec::new(),
    }
}

/// Callers that a text about principals is about.
fn callers_of(text: &str, all: &mut Vec<Caller>) {
    let mut put = |kind: Kind, arn: String, account: &str| {
        let caller = Caller { kind, arn, account: account.to_owned() };
        if !all.contains(&caller) {
            all.push(caller);
        }
    };
    let account = text.split(':').nth(4).unwrap_or(text);
    let account = if account.len() == 12 && account.bytes().all(|b| b.is_ascii_digit()) { account } else { "222233334444" };
    let partition = text.split(':').nth(1).filter(|word| word.starts_with("aws")).unwrap_or("aws");
    put(Kind::Root, format!("arn:{partition}:iam::{account}:root"), account);
    put(Kind::User, format!("arn:{partition}:iam::{account}:user/unnamed"), account);
    put(Kind::Role, format!("arn:{partition}:iam::{account}:role/unnamed"), account);
    let tail = text.splitn(6, ':').nth(5).unwrap_or_default();
    for tail in instances(tail) {
        let arn = format!("arn:{partition}:iam::{account}:{tail}");
        match tail.split_once('/') {
            Some(("role", path)) if !path.is_empty() => {
                put(Kind::Role, arn, account);
                let name = path.rsplit('/').next().unwrap();
                put(Kind::Role, format!("arn:{partition}:iam::{account}:role/elsewhere/{name}"), account);
                put(Kind::Role, format!("arn:{partition}:iam::{account}:role/{name}"), account);
            }
            Some(("user", path)) if !path.is_empty() => put(Kind::User, arn, account),
            _ => {}
        }
    }
}

impl World {
    pub(super) fn new(bucket: &str, account: &str, policy: &Value, points: &[Point], questions: &[Question]) -> Self {
        let asked: Vec<Value> = questions.iter().filter_map(denied).collect();
        let through = points.iter().filter_map(|point| point.policy.as_ref());
        let policies: Vec<&Value> = std::iter::once(policy).chain(through).chain(&asked).collect();
        let conditions = conditions(&policies);
        let of =
            |name: &str| conditions.iter().filter(|(_, key, _)| key == name).flat_map(|(.., values)| values.clone()).collect::<Vec<_>>();
        let networks: Vec<&Networks> = questions.iter().flat_map(networks_of).collect();

        let mut actions: Vec<(String, Option<Action>)> = Action::all()
            .filter(|action| action.kinds().bucket() || action.kinds().object())
            .map(|action| (action.name(), Some(action)))
            .collect();
        actions.push(("s3:NotYetInvented".to_owned(), None));

        let mut resources: BTreeSet<String> = [bucket.to_owned(), format!("{bucket}/nobody-names-this")].into();
        for pattern in policies
            .iter()
            .flat_map(|policy| statements(policy))
            .flat_map(|one| [list(&one["Resource"]), list(&one["NotResource"])].concat())
        {
            let inside = pattern.split_once("/object/").map_or(pattern.clone(), |(_, key)| format!("{bucket}/{key}"));
            resources
                .extend(instances(&inside).into_iter().filter(|text| text.starts_with(&format!("{bucket}/")) && !text.ends_with("b/")));
        }
        resources.retain(|text| *text != format!("{bucket}/"));

        let mut callers = vec![Caller { kind: Kind::Anonymous, arn: String::new(), account: "anonymous".to_owned() }];
        let partition = bucket.split(':').nth(1).unwrap();
        callers_of(&format!("arn:{partition}:iam::{account}:root"), &mut callers);
        callers_of(&format!("arn:{partition}:iam::999988887777:root"), &mut callers);
        for text in of("aws:principalarn").iter().chain(&of("aws:principalaccount")) {
            callers_of(text, &mut callers);
        }
        questions.iter().flat_map(principals_of).for_each(|text| callers_of(&text, &mut callers));
        let mut services: BTreeSet<String> = ["config.amazonaws.com".to_owned()].into();
        for one in policies.iter().flat_map(|policy| statements(policy)) {
            list(&one["Principal"]["AWS"]).iter().filter(|text| *text != "*").for_each(|text| callers_of(text, &mut callers));
            services.extend(list(&one["Principal"]["Service"]));
        }
        callers.extend(services.into_iter().map(|name| Caller { kind: Kind::Service, arn: name, account: String::new() }));

        let mut ips: BTreeSet<String> = ["8.8.8.8".to_owned(), "2a00::1".to_owned()].into();
        let of_points =
            questions.iter().flat_map(|one| if let Question::PointAddresses { cidrs, .. } = one { cidrs.as_slice() } else { &[] });
        ips.extend(of_points.flat_map(|range| edges(range)));
        ips.extend(of("aws:sourceip").iter().chain(networks.iter().flat_map(|one| &one.cidrs)).flat_map(|range| edges(range)));
        let named = |key: &str, more: Vec<&String>, fresh: &str| {
            let mut all: BTreeSet<String> = of(key).iter().chain(more).flat_map(|value| instances(value)).collect();
            all.insert(fresh.to_owned());
            all
        };
        let vpcs = named(
            "aws:sourcevpc",
            networks.iter().flat_map(|one| &one.vpcs).chain(points.iter().filter_map(|point| point.vpc.as_ref())).collect(),
            "vpc-nobody",
        );
        let endpoints = named("aws:sourcevpce", networks.iter().flat_map(|one| &one.endpoints).collect(), "vpce-nobody");
        let mut ways: Vec<Way> = ips.iter().cloned().map(Way::Internet).collect();
        ways.extend(ips.iter().cloned().map(Some).chain([None]).map(Way::Forwarded));
        ways.extend(
            vpcs.iter().flat_map(|vpc| endpoints.iter().map(|endpoint| Way::Endpoint { vpc: vpc.clone(), endpoint: endpoint.clone() })),
        );
        ways.push(Way::Inside);

        let limits = questions
            .iter()
            .filter_map(|one| if let Question::PresignedBounded { max_age_seconds, .. } = one { *max_age_seconds } else { None });
        let listed: Vec<u64> =
            of("s3:signatureage").iter().filter_map(|text| text.parse().ok()).chain(limits.map(|age| age * 1_000)).collect();
        let mut signs: Vec<Sign> = vec![(Form::None, false, None), (Form::Header, false, None), (Form::Header, true, Some(0))];
        signs.extend(ages(listed.iter().copied(), 900_000).into_iter().map(|age| (Form::Header, false, Some(age))));
        for form in [Form::Query, Form::Post] {
            signs.push((form, true, Some(0)));
            signs.extend(ages(listed.iter().copied(), 604_800_000).into_iter().map(|age| (form, false, Some(age))));
        }

        let limits = questions
            .iter()
            .filter_map(|one| if let Question::MfaEnforced { within_seconds, .. } = one { Some(*within_seconds) } else { None });
        let listed: Vec<u64> = of("aws:multifactorauthage").iter().filter_map(|text| text.parse().ok()).chain(limits).collect();
        let mut states = vec![(false, None), (true, None)];
        states.extend(ages(listed.into_iter(), 129_600).into_iter().map(|age| (true, Some(age))));

        let mut doors: BTreeSet<String> = [format!("arn:{partition}:s3:eu-west-1:{account}:accesspoint/nobody-names-this")].into();
        doors.extend(["999988887777".to_owned()].map(|other| format!("arn:{partition}:s3:eu-west-1:{other}:accesspoint/theirs")));
        doors.insert(format!("arn:{partition}:s3::{account}:accesspoint/everywhere.mrap"));
        doors.extend(
            of("s3:dataaccesspointarn")
                .iter()
                .flat_map(|pattern| instances(pattern))
                .filter(|text| text.contains(":accesspoint/") && !text.ends_with('/')),
        );
        doors.extend(points.iter().map(|point| point.arn.clone()));
        for question in questions {
            match question {
                Question::AccessPointOnly { points, .. } => doors.extend(points.iter().cloned()),
                Question::PointAddresses { point, .. } => drop(doors.insert(point.clone())),
                _ => {}
            }
        }
        let doors: Vec<Option<String>> = std::iter::once(None).chain(doors.into_iter().map(Some)).collect();

        let mut algorithms: BTreeSet<String> = ["AES256", "aws:kms", "aws:kms:dsse"].map(str::to_owned).into();
        algorithms.extend(of("s3:x-amz-server-side-encryption"));
        let mut keys = of("s3:x-amz-server-side-encryption-aws-kms-key-id");
        for question in questions {
            if let Question::EncryptedAsDeclared { key: Some(key), .. } = question {
                keys.push(key.clone());
            }
        }
        let mut uploads: Vec<Sse> = vec![(None, None, false), (None, None, true)];
        for algorithm in algorithms {
            uploads.push((Some(algorithm.clone()), None, false));
            if algorithm.starts_with("aws:kms") {
                uploads.extend(values(&keys).into_iter().map(|key| (Some(algorithm.clone()), Some(key), false)));
            }
        }

        let mut listed: Vec<(String, Vec<String>)> = Vec::new();
        let mut put = |key: &str, values: Vec<String>| match listed.iter_mut().find(|(own, _)| own == key) {
            Some((_, all)) => all.extend(values),
            None => listed.push((key.to_owned(), values)),
        };
        for (_, key, values) in &conditions {
            if !derived(key) {
                put(key, values.clone());
            }
        }
        for question in questions {
            if let Question::OnlyListedPrincipals { organizations, sources, resources, .. } = question {
                put("aws:principalorgid", organizations.clone());
                put("aws:sourceorgid", organizations.clone());
                put("aws:sourceaccount", sources.clone());
                put("aws:sourcearn", resources.clone());
            }
        }
        let dates = |key: &str| ["aws:currenttime", "aws:epochtime", "aws:tokenissuetime"].contains(&key);
        let free: Vec<(String, Vec<Option<String>>)> = listed
            .into_iter()
            .map(|(key, listed)| {
                let own: Vec<String> = match () {
                    () if dates(&key) => {
                        let at = listed.iter().map(|text| if text.len() == 10 { format!("{text}T00:00:00Z") } else { text.clone() });
                        at.chain(["2000-01-01T00:00:00Z".to_owned(), "2050-01-01T00:00:00Z".to_owned(), "2200-01-01T00:00:00Z".to_owned()])
                            .collect()
                    }
                    () => values(&listed),
                };
                (key, std::iter::once(None).chain(own.into_iter().map(Some)).collect())
            })
            .collect();

        let versions = vec![None, Some("1.0"), Some("1.1"), Some("1.2"), Some("1.3")];
        let resources: Vec<String> = resources.into_iter().collect();
        let mut sizes = vec![
            actions.len(),
            resources.len(),
            callers.len(),
            ways.len(),
            versions.len(),
            signs.len(),
            states.len(),
            doors.len(),
            uploads.len(),
        ];
        sizes.extend(free.iter().map(|(_, values)| values.len()));
        let widths: Vec<u32> = sizes.iter().map(|size| usize::BITS - size.saturating_sub(1).leading_zeros()).collect();
        let set = BddVariableSet::new_anonymous(u16::try_from(widths.iter().sum::<u32>()).unwrap());
        let mut variables = set.variables().into_iter();
        let bits = widths.iter().map(|width| variables.by_ref().take(usize::try_from(*width).unwrap()).collect()).collect();
        let allowed = set.mk_false();
        let mut world = Self {
            bucket: bucket.to_owned(),
            account: account.to_owned(),
            set,
            bits,
            actions,
            resources,
            callers,
            ways,
            versions,
            signs,
            states,
            points: doors,
            uploads,
            free,
            allowed,
        };
        world.allowed = world.valid().and(&world.layer(policy, None)).and(&world.behind(points));
        world
    }

    /// The requests at which a dimension has one of the values that `fits`.
    fn among(&self, dim: usize, size: usize, fits: impl Fn(usize) -> bool) -> Bdd {
        let cube = |at: usize| {
            let mut valuation = BddPartialValuation::empty();
            for (place, bit) in self.bits[dim].iter().enumerate() {
                valuation.set_value(*bit, at & (1 << place) != 0);
            }
            valuation
        };
        self.set.mk_dnf(&(0..size).filter(|at| fits(*at)).map(cube).collect::<Vec<_>>())
    }

    fn action(&self, fits: impl Fn(&str, Option<Action>) -> bool) -> Bdd {
        self.among(ACTION, self.actions.len(), |at| fits(&self.actions[at].0, self.actions[at].1))
    }

    fn caller(&self, fits: impl Fn(&Caller) -> bool) -> Bdd {
        self.among(CALLER, self.callers.len(), |at| fits(&self.callers[at]))
    }

    fn way(&self, fits: impl Fn(&Way) -> bool) -> Bdd {
        self.among(WAY, self.ways.len(), |at| fits(&self.ways[at]))
    }

    fn tls(&self, fits: impl Fn(Option<&str>) -> bool) -> Bdd {
        self.among(TLS, self.versions.len(), |at| fits(self.versions[at]))
    }

    fn sign(&self, fits: impl Fn(&Sign) -> bool) -> Bdd {
        self.among(SIGN, self.signs.len(), |at| fits(&self.signs[at]))
    }

    fn state(&self, fits: impl Fn(bool, Option<u64>) -> bool) -> Bdd {
        self.among(STATE, self.states.len(), |at| fits(self.states[at].0, self.states[at].1))
    }

    fn point(&self, fits: impl Fn(Option<&str>) -> bool) -> Bdd {
        self.among(POINT, self.points.len(), |at| fits(self.points[at].as_deref()))
    }

    fn upload(&self, fits: impl Fn(&Sse) -> bool) -> Bdd {
        self.among(SSE, self.uploads.len(), |at| fits(&self.uploads[at]))
    }

    fn resource(&self, fits: impl Fn(&str) -> bool) -> Bdd {
        self.among(RESOURCE, self.resources.len(), |at| fits(&self.resources[at]))
    }

    fn free(&self, place: usize, fits: impl Fn(Option<&str>) -> bool) -> Bdd {
        let values = &self.free[place].1;
        self.among(FREE + place, values.len(), |at| fits(values[at].as_deref()))
    }

    fn supports(&self, key: &str) -> Bdd {
        let key = Key::parse(key);
        self.action(|_, action| action.is_none_or(|action| action.supports(&key)))
    }

    /// Which combinations are requests.
    fn valid(&self) -> Bdd {
        let kind = |kind: Kind| self.caller(move |caller| caller.kind == kind);
        let (anonymous, service) = (kind(Kind::Anonymous), kind(Kind::Service));
        let signed = anonymous.or(&service).not();
        let way = |fits: fn(&Way) -> bool| self.way(fits);
        let object = self.resource(|text| text != self.bucket);
        let rules = [
            // What has no value is no request.
            self.action(|_, _| true),
            self.caller(|_| true),
            self.way(|_| true),
            self.tls(|_| true),
            self.sign(|_| true),
            self.state(|_, _| true),
            self.point(|_| true),
            self.upload(|_| true),
            self.resource(|_| true),
            // Actions on buckets are done to the bucket, actions on objects to objects.
            object.imp(&self.action(|_, action| action.is_none_or(|action| action.kinds().object()))),
            object.not().imp(&self.action(|_, action| action.is_none_or(|action| action.kinds().bucket()))),
            // Who comes which way.
            service.iff(&way(|way| *way == Way::Inside)),
            anonymous.imp(&way(|way| !matches!(way, Way::Forwarded(_)))),
            // Who signs, and how.
            signed.iff(&self.sign(|(form, ..)| *form != Form::None)),
            self.sign(|(form, ..)| matches!(form, Form::Query | Form::Post)).imp(&self.supports("s3:authType")),
            // Who has which credentials.
            signed.not().imp(&self.state(|temporary, _| !temporary)),
            kind(Kind::Role).imp(&self.state(|temporary, _| temporary)),
            // What services say of TLS is nothing, or that they use it.
            service.imp(&self.tls(|version| matches!(version, None | Some("1.3")))),
            // Through access points: HTTPS, version 4, nobody without credentials.
            self.point(|point| point.is_some())
                .imp(&anonymous.not().and(&service.or(&self.tls(|version| version.is_some()))).and(&self.sign(|(_, old, _)| !old))),
            self.point(|point| point.is_some()).imp(&self.supports("s3:DataAccessPointArn")),
            // What uploads name, where the action takes it.
            self.upload(|(algorithm, ..)| algorithm.is_some()).imp(&self.supports("s3:x-amz-server-side-encryption")),
            self.upload(|(.., brought)| *brought).imp(&self.supports("s3:x-amz-server-side-encryption-customer-algorithm")),
            // The owner's root user always gets at the bucket policy, and is left out there.
            self.caller(|caller| caller.kind == Kind::Root && caller.account == self.account)
                .imp(&self.action(|name, _| !REPAIRS[..3].contains(&name))),
        ];
        let mut all = rules.iter().fold(self.set.mk_true(), |all, rule| all.and(rule));
        for (place, (key, _)) in self.free.iter().enumerate() {
            let some = self.free(place, |value| value.is_some());
            all = all.and(&self.free(place, |_| true));
            let people = ["aws:principalorgid", "aws:principaltag/", "aws:principalorgpaths"];
            all = match key.as_str() {
                key if key.starts_with("aws:source") => all.and(&some.imp(&service)),
                key if people.iter().any(|own| key.starts_with(own)) => all.and(&some.imp(&signed)),
                "aws:currenttime" | "aws:epochtime" => all.and(&some),
                "aws:tokenissuetime" => all.and(&some.iff(&self.state(|temporary, _| temporary))),
                key => all.and(&some.imp(&self.supports(key))),
            };
        }
        all
    }

    /// What a key is: where it is present, and where it is present with a value that `fits`.
    fn key(&self, key: &str, fits: &dyn Fn(&str) -> bool) -> (Bdd, Bdd) {
        let signed = self.caller(|caller| !matches!(caller.kind, Kind::Anonymous | Kind::Service));
        let service = self.caller(|caller| caller.kind == Kind::Service);
        let credentials = signed.or(&service);
        let anybody = self.set.mk_true();
        let with = |present: Bdd, value: Bdd| (present.clone(), present.and(&value));
        match key {
            "aws:sourceip" => {
                let ip = |way: &Way| match way {
                    Way::Internet(ip) => Some(ip.clone()),
                    Way::Forwarded(ip) => ip.clone(),
                    _ => None,
                };
                (self.way(|way| ip(way).is_some()), self.way(|way| ip(way).is_some_and(|ip| fits(&ip))))
            }
            "aws:sourcevpc" => {
                (self.way(|way| matches!(way, Way::Endpoint { .. })), self.way(|way| matches!(way, Way::Endpoint { vpc, .. } if fits(vpc))))
            }
            "aws:sourcevpce" => (
                self.way(|way| matches!(way, Way::Endpoint { .. })),
                self.way(|way| matches!(way, Way::Endpoint { endpoint, .. } if fits(endpoint))),
            ),
            "aws:viaawsservice" => with(credentials, self.way(|way| fits(if matches!(way, Way::Forwarded(_)) { "true" } else { "false" }))),
            "aws:principalisawsservice" => {
                with(credentials, self.caller(|caller| fits(if caller.kind == Kind::Service { "true" } else { "false" })))
            }
            "aws:principalarn" => with(signed, self.caller(|caller| fits(&caller.arn))),
            "aws:principalaccount" => with(service.not(), self.caller(|caller| fits(&caller.account))),
            "aws:principalservicename" => with(service, self.caller(|caller| fits(&caller.arn))),
            "aws:username" => {
                with(self.caller(|caller| caller.kind == Kind::User), self.caller(|caller| fits(caller.arn.rsplit('/').next().unwrap())))
            }
            "aws:resourceaccount" => (anybody.clone(), if fits(&self.account) { anybody } else { self.set.mk_false() }),
            "s3:resourceaccount" => with(self.supports(key), if fits(&self.account) { anybody } else { self.set.mk_false() }),
            "aws:securetransport" => {
                let redacted = service.and(&self.tls(|version| version.is_none()));
                with(redacted.not(), self.tls(|version| fits(if version.is_some() { "true" } else { "false" })))
            }
            "s3:tlsversion" => {
                with(self.supports(key).and(&self.tls(|version| version.is_some())), self.tls(|version| version.is_some_and(fits)))
            }
            "aws:multifactorauthpresent" => with(
                signed.and(&self.state(|temporary, _| temporary)),
                self.state(|_, age| fits(if age.is_some() { "true" } else { "false" })),
            ),
            "aws:multifactorauthage" => {
                with(signed.and(&self.state(|_, age| age.is_some())), self.state(|_, age| age.is_some_and(|age| fits(&age.to_string()))))
            }
            "s3:authtype" => with(
                signed.and(&self.supports(key)),
                self.sign(|(form, ..)| match form {
                    Form::None => false,
                    Form::Header => fits("REST-HEADER"),
                    Form::Query => fits("REST-QUERY-STRING"),
                    Form::Post => fits("POST"),
                }),
            ),
            "s3:signatureversion" => {
                with(signed.and(&self.supports(key)), self.sign(|(_, old, _)| fits(if *old { "AWS" } else { "AWS4-HMAC-SHA256" })))
            }
            "s3:signatureage" => with(
                signed.and(&self.supports(key)).and(&self.sign(|(.., age)| age.is_some())),
                self.sign(|(.., age)| age.is_some_and(|age| fits(&age.to_string()))),
            ),
            "s3:dataaccesspointarn" => (self.point(|point| point.is_some()), self.point(|point| point.is_some_and(fits))),
            "s3:dataaccesspointaccount" => {
                (self.point(|point| point.is_some()), self.point(|point| point.is_some_and(|arn| fits(arn.split(':').nth(4).unwrap()))))
            }
            "s3:x-amz-server-side-encryption" => {
                (self.upload(|one| one.0.is_some()), self.upload(|one| one.0.as_deref().is_some_and(fits)))
            }
            "s3:x-amz-server-side-encryption-aws-kms-key-id" => {
                (self.upload(|one| one.1.is_some()), self.upload(|one| one.1.as_deref().is_some_and(fits)))
            }
            "s3:x-amz-server-side-encryption-customer-algorithm" => (self.upload(|one| one.2), self.upload(|one| one.2 && fits("AES256"))),
            key => {
                let place = self.free.iter().position(|(own, _)| own == key).unwrap_or_else(|| panic!("{key} is not encoded"));
                (self.free(place, |value| value.is_some()), self.free(place, |value| value.is_some_and(fits)))
            }
        }
    }

    /// Where a condition holds.
    fn condition(&self, operator: &str, key: &str, listed: &[String], gives: bool) -> Bdd {
        let plain = operator.split_once(':').map_or(operator, |(_, plain)| plain);
        let (plain, lenient) = plain.strip_suffix("IfExists").map_or((plain, false), |plain| (plain, true));
        let key = key.to_lowercase();
        if plain == "Null" {
            let (present, _) = self.key(&key, &|_| true);
            return if listed.iter().any(|value| value == "true") { present.not() } else { present };
        }
        if listed.iter().any(|value| value.contains("${")) {
            // Whoever it is: an Allow for anybody, a Deny for nobody.
            return if gives { self.set.mk_true() } else { self.set.mk_false() };
        }
        let negated = plain.contains("Not");
        let base = plain.replace("Not", "");
        let (present, listed) = self.key(&key, &|value| listed.iter().any(|listed| matches(&base, listed, value)));
        match (negated, lenient) {
            (true, _) => listed.not(),
            (false, true) => present.not().or(&listed),
            (false, false) => listed,
        }
    }

    fn principal(&self, principal: &Value) -> Bdd {
        if principal == "*" || list(&principal["AWS"]).iter().any(|one| one == "*") {
            return self.set.mk_true();
        }
        let (people, services) = (list(&principal["AWS"]), list(&principal["Service"]));
        self.caller(|caller| match caller.kind {
            Kind::Anonymous => false,
            Kind::Service => services.contains(&caller.arn),
            _ => people.iter().any(|one| {
                let account = one.split(':').nth(4).unwrap_or(one);
                let tail = one.splitn(6, ':').nth(5).unwrap_or("root");
                let name = |arn: &str| arn.rsplit('/').next().unwrap().to_owned();
                match tail.split_once('/') {
                    None => caller.account == account,
                    // Sessions are known by the name of their role, whatever its path.
                    Some(("role", _)) => caller.kind == Kind::Role && caller.account == account && name(one) == name(&caller.arn),
                    Some(_) => caller.arn == *one,
                }
            }),
        })
    }

    /// Where a statement matches; through an access point, where `point` is its ARN.
    fn matched(&self, statement: &Value, point: Option<&str>) -> Bdd {
        let gives = statement["Effect"] == "Allow";
        let named = |own: &str, not: &str| {
            let listed = list(&statement[own]);
            if listed.is_empty() { (list(&statement[not]), true) } else { (listed, false) }
        };
        let (actions, but) = named("Action", "NotAction");
        let of = self.action(|name, _| actions.iter().any(|one| glob(&one.to_lowercase(), &name.to_lowercase())) != but);
        let (resources, but) = named("Resource", "NotResource");
        let on = self.resource(|text| {
            let text = match point {
                None => text.to_owned(),
                Some(point) => {
                    text.strip_prefix(&format!("{}/", self.bucket)).map_or(point.to_owned(), |key| format!("{point}/object/{key}"))
                }
            };
            let fits = |one: &String| match one.split_once("${") {
                None => arn(one, &text),
                Some((before, _)) => gives && text.starts_with(before),
            };
            resources.iter().any(fits) != but
        });
        let none = Map::new();
        let conditions = statement["Condition"].as_object().unwrap_or(&none).iter().flat_map(|(operator, keys)| {
            keys.as_object().unwrap().iter().map(|(key, values)| self.condition(operator, key, &list(values), gives)).collect::<Vec<_>>()
        });
        conditions.fold(of.and(&on).and(&self.principal(&statement["Principal"])), |all, one| all.and(&one))
    }

    /// What a policy lets in, where everybody's own policies allow everything.
    fn layer(&self, policy: &Value, point: Option<&str>) -> Bdd {
        let owner = point.map_or(self.account.as_str(), |arn| arn.split(':').nth(4).unwrap());
        let own = self.caller(|caller| caller.kind != Kind::Service && caller.account == owner);
        let (mut given, mut denied) = (own, self.set.mk_false());
        for statement in statements(policy) {
            let matched = self.matched(statement, point);
            if statement["Effect"] == "Allow" { given = given.or(&matched) } else { denied = denied.or(&matched) }
        }
        given.and_not(&denied)
    }

    /// What the declared access points let through; others keep nobody out.
    fn behind(&self, points: &[Point]) -> Bdd {
        let none = json!({"Statement": []});
        points.iter().fold(self.set.mk_true(), |all, point| {
            let here = self.point(|arn| arn == Some(point.arn.as_str()));
            let mut through = self.layer(point.policy.as_ref().unwrap_or(&none), Some(&point.arn));
            if let Some(own) = &point.vpc {
                through = through.and(&self.way(|way| matches!(way, Way::Endpoint { vpc, .. } if vpc == own)));
            }
            all.and(&here.imp(&through))
        })
    }

    /// Actions by their names, with wildcards.
    fn doing(&self, names: &[String]) -> Bdd {
        self.action(|name, _| names.iter().any(|one| glob(&one.to_lowercase(), &name.to_lowercase())))
    }

    fn matching(&self, principals: &[String]) -> Bdd {
        self.caller(|caller| !matches!(caller.kind, Kind::Anonymous | Kind::Service) && principals.iter().any(|one| arn(one, &caller.arn)))
    }

    fn within(&self, networks: &Networks) -> Bdd {
        self.way(|way| match way {
            Way::Internet(ip) | Way::Forwarded(Some(ip)) => networks.cidrs.iter().any(|range| inside(range, ip)),
            Way::Endpoint { vpc, endpoint } => networks.vpcs.contains(vpc) || networks.endpoints.contains(endpoint),
            Way::Forwarded(None) | Way::Inside => false,
        })
    }

    /// A request that is allowed and breaks the promise.
    pub(super) fn holds(&self, question: &Question) -> Option<String> {
        let service = self.caller(|caller| caller.kind == Kind::Service);
        let repairs = self.action(|name, _| REPAIRS.contains(&name));
        // Some are left out, others only where they repair.
        let spared = |always: &[String], repairing: &[String]| self.matching(always).or(&repairs.and(&self.matching(repairing)));
        let old =
            |minimum: &String| self.supports("s3:TlsVersion").and(&self.tls(|version| version.is_some_and(|own| own < minimum.as_str())));
        let broken = match question {
            Question::TlsVersion { minimum } => old(minimum).and_not(&service),
            Question::PointAddresses { point, cidrs, but } => {
                let inside = self.within(&Networks { cidrs: cidrs.clone(), ..Networks::default() });
                self.point(|arn| arn == Some(point.as_str())).and_not(&inside).and_not(&self.doing(but))
            }
            Question::Denied { repairers, .. } => {
                let policy = denied(question).unwrap();
                let about = statements(&policy).iter().fold(self.set.mk_false(), |all, one| all.or(&self.matched(one, None)));
                about.and_not(&spared(&[], repairers))
            }
            Question::Granted { .. } | Question::Held { .. } => panic!("{question:?} is not about what must not be"),
            Question::TlsOnly { minimum } => {
                let plain = self.tls(|version| version.is_none());
                minimum.as_ref().map_or(plain.clone(), |minimum| plain.or(&old(minimum))).and_not(&service)
            }
            Question::NoPublicAccess => self.caller(|caller| caller.kind == Kind::Anonymous),
            Question::OnlyNetworks { actions, allowed, denied, services, forwarded, principals, repairers } => {
                let mut outside = self.set.mk_false();
                if !allowed.is_empty() {
                    outside = self.within(allowed).not().and_not(&spared(principals, repairers));
                    if *services {
                        outside = outside.and_not(&service);
                    }
                    if *forwarded {
                        outside = outside.and_not(&self.way(|way| matches!(way, Way::Forwarded(_))));
                    }
                }
                let inside = self.within(denied).and_not(&spared(&[], repairers));
                outside.or(&inside).and(&self.doing(actions))
            }
            Question::OnlyPrincipals { actions, principals } => self.doing(actions).and_not(&self.matching(principals)),
            Question::OnlyListedPrincipals { accounts, principals, organizations, sources, resources } => {
                let name = |arn: &str| arn.rsplit('/').next().unwrap().to_owned();
                let listed = self.caller(|caller| {
                    accounts.contains(&caller.account)
                        || principals.iter().any(|one| match one.contains(['*', '?']) {
                            true => caller.kind != Kind::Anonymous && arn(one, &caller.arn),
                            false if one.contains(":role/") => {
                                caller.kind == Kind::Role
                                    && one.split(':').nth(4) == Some(caller.account.as_str())
                                    && name(one) == name(&caller.arn)
                            }
                            false => caller.arn == *one,
                        })
                });
                let any = |key: &str, listed: &[String]| self.key(key, &|value| listed.iter().any(|one| arn_or_text(one, value))).1;
                let people = listed.or(&any("aws:principalorgid", organizations)).not().and_not(&service);
                let sourced =
                    any("aws:sourceaccount", sources).or(&any("aws:sourcearn", resources)).or(&any("aws:sourceorgid", organizations));
                people.or(&service.and_not(&sourced))
            }
            Question::EncryptedAsDeclared { algorithm, key, sse_c_blocked } => {
                let named = self.upload(|(own, id, _)| {
                    algorithm.as_ref().is_some_and(|algorithm| own.as_ref().is_some_and(|own| own != algorithm))
                        || key.as_ref().is_some_and(|key| id.as_ref().is_some_and(|id| id != key))
                });
                let put = self.upload(|(own, id, brought)| {
                    (key.is_some() && id.is_none() && own.as_ref().is_some_and(|own| own.starts_with("aws:kms")))
                        || (*sse_c_blocked && *brought)
                });
                let writes = self.action(|name, _| super::WRITES.contains(&name));
                writes.and(&named).or(&self.action(|name, _| name == super::WRITES[0]).and(&put))
            }
            Question::MfaEnforced { actions, within_seconds, except, repairers } => {
                let late = self.state(|_, age| age.is_none_or(|age| age > *within_seconds));
                self.doing(actions).and(&late).and_not(&service).and_not(&spared(except, repairers))
            }
            Question::PresignedBounded { max_age_seconds, forbidden, networks, repairers } => {
                let presigned = self.sign(|(form, ..)| matches!(form, Form::Query | Form::Post));
                let late = self.sign(|(_, old, age)| {
                    *forbidden || max_age_seconds.is_some_and(|most| *old || age.is_none_or(|age| age > most * 1_000))
                });
                let outside = if *forbidden || networks.is_empty() { self.set.mk_false() } else { self.within(networks).not() };
                presigned.and(&late.or(&outside)).and_not(&spared(&[], repairers))
            }
            Question::AccessPointOnly { actions, points, except } => {
                let elsewhere = self.point(|point| !point.is_some_and(|arn| points.iter().any(|own| own == arn)));
                self.doing(actions).and(&elsewhere).and_not(&service).and_not(&self.matching(except))
            }
        };
        let found = self.allowed.and(&broken).sat_witness()?;
        let place = |dim: usize| {
            self.bits[dim].iter().enumerate().filter(|(_, bit)| found.value(**bit)).map(|(place, _)| 1 << place).sum::<usize>()
        };
        let free: Vec<String> = self
            .free
            .iter()
            .enumerate()
            .filter_map(|(at, (key, values))| Some(format!("{key}={}", values[place(FREE + at)].as_ref()?)))
            .collect();
        Some(format!(
            "{} on {} by {:?} {:?} TLS {:?} {:?} {:?} through {:?} {:?} {free:?}",
            self.actions[place(ACTION)].0,
            self.resources[place(RESOURCE)],
            self.callers[place(CALLER)],
            self.ways[place(WAY)],
            self.versions[place(TLS)],
            self.signs[place(SIGN)],
            self.states[place(STATE)],
            self.points[place(POINT)],
            self.uploads[place(SSE)],
        ))
    }
}

fn arn_or_text(pattern: &str, value: &str) -> bool {
    if pattern.starts_with("arn:") { arn(pattern, value) } else { pattern == value }
}

/// Whether a key follows from the other parts of a request.
fn derived(key: &str) -> bool {
    const DERIVED: [&str; 21] = [
        "aws:sourceip",
        "aws:sourcevpc",
        "aws:sourcevpce",
        "aws:viaawsservice",
        "aws:principalisawsservice",
        "aws:principalarn",
        "aws:principalaccount",
        "aws:principalservicename",
        "aws:username",
        "aws:resourceaccount",
        "s3:resourceaccount",
        "aws:securetransport",
        "s3:tlsversion",
        "aws:multifactorauthpresent",
        "aws:multifactorauthage",
        "s3:authtype",
        "s3:signatureversion",
        "s3:signatureage",
        "s3:dataaccesspointarn",
        "s3:dataaccesspointaccount",
        "s3:x-amz-server-side-encryption",
    ];
    DERIVED.contains(&key) || key.starts_with("s3:x-amz-server-side-encryption-")
}
