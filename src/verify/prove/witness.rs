//! A point of the space as a request that somebody could send, in words and as AWS sees it.
//!
//! In: a point in each dimension. Out: a [`Witness`]: the request, made by the model and with exactly the keys of the
//! point, and what the evaluator says to it. Never: a request that has not been replayed.

use std::fmt::Write as _;
use std::sync::Arc;

use super::super::context::{Context, Values};
use super::super::decision::Decision;
use super::super::model::{Call, Path};
use super::super::statement::{Kind, Policy};
use super::super::{AccessPoint, Caller, CallerKind, Environment, Outcome, Policies, PublicAccessBlock, Request, StatementId};
use super::space::{CALLER, FUTURE, FUTURE_NAME, Form, POINT, RESOURCE, SIGN, STATE, Scene, Space, TRANSPORT, Way};
use crate::policy::{Action, Base, Condition, Document, Effect, Key, Statement};

/// A request with what the evaluator decides on it.
#[derive(Clone, Debug)]
pub struct Witness {
    /// The request.
    pub request: Request,
    /// It in words.
    pub words: String,
    /// The decision.
    pub decision: Decision,
    /// The statements of the bucket policy that give it.
    pub allowed_by: Vec<usize>,
    /// The Denies of the bucket policy, each with what keeps it from matching.
    pub spared_by: Vec<(usize, Outcome)>,
}

impl Space {
    fn value(&self, key: &Key, points: &[usize]) -> Option<&Values> {
        let (dim, column) = self.place(key)?;
        column.values.get(*points.get(dim)?)?.as_ref()
    }

    fn text(&self, key: &Key, points: &[usize], other: &str) -> Box<str> {
        match self.value(key, points) {
            Some(Values::One(text)) => text.as_ref().into(),
            _ => other.into(),
        }
    }

    /// The request at a point.
    pub(super) fn request(&self, scene: &Scene, points: &[usize]) -> Option<(Request, Option<AccessPoint>)> {
        let at = |dim: usize| points.get(dim).copied();
        let action = at(0)?;
        let name = if action == FUTURE { FUTURE_NAME.to_owned() } else { Action::all().find(|own| own.index() == action)?.name() };
        let actor = self.actors.get(at(CALLER)?)?;
        let mut call = Call::new(actor.caller.clone(), &name, self.resources.get(at(RESOURCE)?)?.as_str(), &self.setting.account);
        call.path = match scene.way {
            Way::Internet => Path::Internet { ip: self.text(&Key::SourceIp, points, "192.0.2.1") },
            Way::Endpoint => Path::Endpoint {
                vpc: self.text(&Key::SourceVpc, points, "vpc-0fedcba9876543210"),
                endpoint: self.text(&Key::SourceVpce, points, "vpce-0fedcba9876543210"),
                ip: None,
                account: None,
                organization: None,
            },
            Way::Forwarded => Path::Forwarded {
                service: "athena.amazonaws.com".into(),
                ip: match self.value(&Key::SourceIp, points) {
                    Some(Values::One(ip)) => Some(ip.as_ref().into()),
                    _ => Some("192.0.2.1".into()),
                },
            },
            Way::Inside => Path::Inside,
        };
        call.tls = (*self.transports.get(at(TRANSPORT)?)?).map(Into::into);
        let sign = self.signs.get(at(SIGN)?)?;
        call.presigned_age = if matches!(sign.form, Form::Query | Form::Post) { Some(sign.age.unwrap_or(0)) } else { None };
        let state = self.states.get(at(STATE)?)?;
        call.temporary = state.temporary;
        call.mfa_age = state.mfa;
        let point = self.points.get(at(POINT)?)?.clone();
        call.access_point = point.as_ref().map(|(arn, vpc)| (arn.as_str().into(), *vpc));
        let mut request = call.request();
        request.readings.clear();
        let columns = self.dims.iter().zip(points).flat_map(|(dim, point)| dim.columns.iter().map(move |column| (column, *point)));
        request.context.amend(columns.map(|(column, point)| (&column.key, column.values.get(point).and_then(Option::as_ref))));
        let point = point.map(|(arn, from_vpc)| AccessPoint {
            policy: Some(Arc::new(open_policy(&arn))),
            from_vpc,
            vpc: None,
            block: PublicAccessBlock::default(),
        });
        Some((request, point))
    }

    /// Replays a point.
    pub(super) fn witness(&self, scene: &Scene, points: &[usize], policies: &Policies, known: &[(String, AccessPoint)]) -> Option<Witness> {
        Some(self.replay(scene, points, self.request(scene, points)?, policies.clone(), known))
    }

    /// What the evaluator says to a request that was made of a point.
    pub(super) fn decision(&self, made: &(Request, Option<AccessPoint>), policies: Policies, known: &[(String, AccessPoint)]) -> Decision {
        behind(made, policies, known).decide(&made.0)
    }

    /// Replays a request that was made of a point.
    pub(super) fn replay(
        &self,
        scene: &Scene,
        points: &[usize],
        made: (Request, Option<AccessPoint>),
        policies: Policies,
        known: &[(String, AccessPoint)],
    ) -> Witness {
        let policies = behind(&made, policies, known);
        let (request, _) = made;
        let trace = policies.explain(&request);
        let of_bucket = |id: &StatementId| (id.layer == super::super::Layer::Resource).then_some(usize::from(id.statement));
        let allowed_by = trace
            .steps
            .iter()
            .filter(|step| step.effect == Effect::Allow && matches!(step.outcome, Outcome::Matches | Outcome::Depends(_)))
            .filter_map(|step| of_bucket(&step.id))
            .collect();
        let spared_by = trace
            .steps
            .iter()
            .filter(|step| step.effect == Effect::Deny)
            .filter_map(|step| Some((of_bucket(&step.id)?, step.outcome)))
            .collect();
        let words = self.words(scene, points, &request);
        Witness { request, words, decision: trace.decision, allowed_by, spared_by }
    }

    fn words(&self, scene: &Scene, points: &[usize], request: &Request) -> String {
        let mut text = format!(
            "{} does {} on {}",
            who(request.caller()),
            request.action(),
            request.underlying().unwrap_or(request.resource()).as_str()
        );
        if scene.through_point {
            let _ = write!(text, " through {}", request.resource().as_str());
        }
        let context = &request.context;
        let shown = |key: &Key| context.one(key).unwrap_or_default().to_owned();
        let _ = match scene.way {
            Way::Internet => write!(text, " from {}", shown(&Key::SourceIp)),
            Way::Endpoint => write!(text, " through the endpoint {} in {}", shown(&Key::SourceVpce), shown(&Key::SourceVpc)),
            Way::Forwarded => write!(text, ", forwarded by a service"),
            Way::Inside => Ok(()),
        };
        let tls = points.get(TRANSPORT).and_then(|at| self.transports.get(*at)).copied().flatten();
        let _ = match tls {
            None => write!(text, " over plain HTTP"),
            Some("1.3") => Ok(()),
            Some(version) => write!(text, " over TLS {version}"),
        };
        if let Some(sign) = points.get(SIGN).and_then(|at| self.signs.get(*at)) {
            let age = sign.age.map(|age| format!(" {} s ago", age / 1_000)).unwrap_or_default();
            let old = if sign.old { " with signature version 2" } else { "" };
            let _ = match sign.form {
                Form::Query => write!(text, ", presigned{age}{old}"),
                Form::Post => write!(text, ", by a form that was signed{age}{old}"),
                Form::Header | Form::None => Ok(()),
            };
        }
        if let Some(age) = points.get(STATE).and_then(|at| self.states.get(*at)?.mfa) {
            let _ = write!(text, ", with MFA {age} s ago");
        }
        let told = [Key::SourceIp, Key::SourceVpc, Key::SourceVpce];
        let mut rest = Vec::new();
        for (at, dim) in self.dims.iter().enumerate().skip(STATE + 1) {
            for column in &dim.columns {
                let Some(value) = points.get(at).and_then(|point| column.values.get(*point)).and_then(Option::as_ref) else { continue };
                let fixed = matches!(column.key, Key::ResourceAccount | Key::S3ResourceAccount | Key::ViaAWSService);
                if !fixed && !told.contains(&column.key) {
                    rest.push(format!("{} = {}", column.key, list(value)));
                }
            }
        }
        if !rest.is_empty() {
            let _ = write!(text, ", with {}", rest.join(" and "));
        }
        text
    }
}

/// The policies with those of the access point that a request takes.
fn behind((request, point): &(Request, Option<AccessPoint>), mut policies: Policies, known: &[(String, AccessPoint)]) -> Policies {
    let Some(point) = point else { return policies };
    let taken = request.resource().as_str().split("/object/").next().unwrap_or_default();
    policies.access_point = Some(match known.iter().find(|(arn, _)| arn == taken) {
        Some((_, declared)) => declared.clone(),
        // Whatever the point's own VPC is, it may be the caller's.
        None => AccessPoint { vpc: Some(request.context.one(&Key::SourceVpc).unwrap_or_default().into()), ..point.clone() },
    });
    policies
}

/// A value as it is, several with commas.
pub(super) fn shown(values: &Values) -> String {
    match values {
        Values::One(value) => value.to_string(),
        Values::Many(values) => values.join(", "),
    }
}

fn list(values: &Values) -> String {
    match values {
        Values::One(value) => format!("`{value}`"),
        Values::Many(values) => values.iter().map(|value| format!("`{value}`")).collect::<Vec<_>>().join(", "),
    }
}

/// A caller in words.
fn who(caller: &Caller) -> String {
    match caller.kind() {
        CallerKind::Anonymous => "somebody without credentials".to_owned(),
        CallerKind::Service => format!("the service {}", caller.name()),
        CallerKind::Canonical => format!("the canonical user {}", caller.name()),
        CallerKind::Federated => format!("a session of the identity provider {}", caller.name()),
        CallerKind::Role => super::callers::role_arn(caller).unwrap_or_else(|| caller.arn().to_owned()),
        _ => caller.arn().to_owned(),
    }
}

/// The policy of an access point that keeps nobody out; confined to the account that every request through the point
/// names, so that S3 does not call it public.
fn open_policy(arn: &str) -> Policy {
    let account = arn.split(':').nth(4).unwrap_or_default().to_owned();
    let own = Condition::one(Base::StringEquals, Key::DataAccessPointAccount, account);
    let statement = Statement::new(Effect::Allow, "All").actions(["*"]).on(["*".into()]).when(own);
    Policy::compile(&Document { statements: vec![statement], ..Document::default() }, Kind::AccessPoint, &Environment::default())
}

/// The keys of a request, for whoever prints it.
pub fn keys(context: &Context) -> impl Iterator<Item = (&Key, Vec<&str>)> {
    context.iter().map(|(key, values)| match values {
        Values::One(value) => (key, vec![value.as_ref()]),
        Values::Many(values) => (key, values.iter().map(AsRef::as_ref).collect()),
    })
}
