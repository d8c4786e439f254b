//! The paths to the buckets: which way may be gone, which is stopped, and by which statement.
//!
//! In: the decisions on every caller in every network, the deliveries of services, and the plan. Out: a [`Picture`], in an
//! order that depends on nothing else. Never: a path whose decision the evaluator did not make, or a place on paper.

use serde::Serialize;

use super::matrix::{Access, Decided, Seen, Standing, unique};
use crate::expr::{Expr, LogicalId, Part};
use crate::plan::{BUCKET, Kind, Plan};
use crate::proofs::{Delivered, Delivery};
use crate::protect::verbs::Verb;
use crate::verify::Decision;

/// Paths, where they lead to, and what stands beside that.
#[derive(Clone, Debug, Default, Serialize)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
pub struct Picture {
    /// What paths lead to, in the order of the paths.
    pub places: Vec<Place>,
    /// The paths.
    pub paths: Vec<Path>,
}

/// A bucket, or the account as a whole.
#[derive(Clone, Debug, Serialize)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
pub struct Place {
    /// Its name within the plan; `account` for the account.
    pub id: String,
    /// Its name.
    pub name: String,
    /// What belongs to it.
    pub beside: Vec<Beside>,
}

/// Something that belongs to a bucket or an account.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
pub struct Beside {
    /// What it is.
    pub what: String,
    /// What it does there.
    pub does: String,
}

/// Where a path begins.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
#[serde(rename_all = "kebab-case")]
pub enum From {
    /// A network, for callers of the bucket's account.
    Network,
    /// A caller of another account that a policy names.
    Partner,
    /// Whom no policy names.
    Outsider,
    /// A service of AWS.
    Service,
}

impl From {
    /// The words for it.
    pub const fn words(self) -> &'static str {
        match self {
            Self::Network => "network",
            Self::Partner => "other account",
            Self::Outsider => "everybody else",
            Self::Service => "service",
        }
    }
}

/// What a path is for.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
#[serde(rename_all = "kebab-case")]
pub enum Purpose {
    /// Objects: their content, versions, tags and names.
    Objects,
    /// The bucket's own configuration.
    Configuration,
    /// What a service has to deliver or fetch.
    Delivery,
}

impl Purpose {
    /// The word for it.
    pub const fn word(self) -> &'static str {
        match self {
            Self::Objects => "objects",
            Self::Configuration => "configuration",
            Self::Delivery => "delivery",
        }
    }
}

/// A way to a bucket.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
pub struct Path {
    /// Where it begins: all that make no difference.
    pub from: Vec<String>,
    /// What these are.
    pub kind: From,
    /// The access points that it goes through, each alike; none where it goes straight to the bucket.
    pub through: Vec<String>,
    /// Where it leads.
    pub to: String,
    /// What it is for.
    pub purpose: Purpose,
    /// What is decided: the widest decision of its kind.
    pub decision: Decided,
    /// The groups of actions, or the actions, that are decided so; none where that is all of them.
    pub may: Vec<String>,
    /// Who, for a network; from where, for a caller. None where that makes no difference.
    pub with: Vec<String>,
    /// The statements that decide, or why none does.
    pub by: Vec<String>,
}

/// Verbs that are about the bucket and not about objects.
const CONFIGURATION: [Verb; 3] = [Verb::ReadConfig, Verb::WriteConfig, Verb::Administer];

/// The picture of a plan.
pub(super) fn draw(
    plan: &Plan,
    access: &Access,
    deliveries: &[Delivery],
    account: Option<&str>,
    text: &dyn Fn(&Expr) -> String,
) -> Picture {
    let mut paths = Vec::new();
    for standing in [Standing::Own, Standing::Partner, Standing::Outsider, Standing::Service] {
        let starts = access.seen.iter().flatten().filter(|seen| seen.standing == standing).map(|seen| start(seen).to_owned());
        let ways = unique(starts).into_iter().map(|from| (from.clone(), ways(&from, standing, access)));
        paths.extend(merged(ways.collect()));
    }
    paths.extend(deliveries.iter().map(delivered));
    let mut places: Vec<Place> = Vec::new();
    let buckets = || plan.buckets().map(|(resource, bucket)| (resource, bucket, resource.id == BUCKET));
    for (resource, bucket, _) in buckets().filter(|(.., own)| *own).chain(buckets().filter(|(.., own)| !own)) {
        let beside = beside_bucket(plan, &resource.id, bucket, text);
        places.push(Place { id: resource.id.to_string(), name: bucket.name.to_string(), beside });
    }
    let watching = watching(plan);
    match places.first_mut() {
        Some(first) if first.id == BUCKET.as_str() => first.beside.extend(watching),
        _ if watching.is_empty() => {}
        _ => {
            let name = account.map_or_else(|| "the account".to_owned(), |account| format!("account {account}"));
            places.insert(0, Place { id: "account".to_owned(), name, beside: watching });
        }
    }
    let rank = |path: &Path| places.iter().position(|place| place.id == path.to);
    paths.sort_by_key(rank);
    Picture { places, paths }
}

/// Where the paths of somebody begin: for callers of the account it is the network that makes the difference.
fn start(seen: &Seen) -> &str {
    if seen.standing == Standing::Own { &seen.network } else { &seen.caller }
}

/// The paths from one place, those through access points that are all alike only once.
fn ways(from: &str, standing: Standing, access: &Access) -> Vec<Path> {
    let mut all: Vec<Path> = Vec::new();
    for (matrix, seen) in access.tables.iter().zip(&access.seen) {
        let own: Vec<&Seen> = seen.iter().filter(|seen| seen.standing == standing && start(seen) == from).collect();
        for purpose in [Purpose::Objects, Purpose::Configuration] {
            for mut path in shares(&own, standing, purpose, matrix) {
                path.from = vec![from.to_owned()];
                let alike = all.iter_mut().find(|one| {
                    !one.through.is_empty() && matrix.access_point.is_some() && Path { through: Vec::new(), ..(*one).clone() } == path
                });
                match alike {
                    Some(one) => one.through.extend(matrix.access_point.clone()),
                    None => {
                        path.through.extend(matrix.access_point.clone());
                        all.push(path);
                    }
                }
            }
        }
    }
    all
}

/// A path for each kind of decision; one that is stopped for those to whom everything is denied.
fn shares(seen: &[&Seen], standing: Standing, purpose: Purpose, matrix: &super::Matrix) -> Vec<Path> {
    let is_configuration = |name: &str| CONFIGURATION.iter().any(|verb| verb.word() == name);
    let wanted = |name: &str| is_configuration(name) == (purpose == Purpose::Configuration);
    let groups: Vec<(usize, &str)> =
        matrix.groups.iter().enumerate().map(|(at, group)| (at, group.name.as_str())).filter(|(_, name)| wanted(name)).collect();
    let kinds: [&[Decided]; 4] = [
        &[Decided::Allowed, Decided::WithMfa],
        &[Decided::IfOwnPoliciesAllow, Decided::IfOwnPoliciesAllowWithMfa],
        &[Decided::Open],
        &[Decided::Denied],
    ];
    let mut all: Vec<Path> = Vec::new();
    for kind in kinds {
        let denied = kind == [Decided::Denied];
        let nothing = |seen: &&&Seen| {
            let cells = || groups.iter().filter_map(|(at, _)| seen.cells.get(*at));
            cells().flat_map(|cell| &cell.parts).all(|part| part.decision == Decided::Denied)
        };
        let decisions = seen.iter().filter(|seen| !denied || nothing(seen)).flat_map(|seen| {
            groups.iter().filter_map(|(at, name)| Some((*seen, *name, seen.cells.get(*at)?))).flat_map(|(seen, name, cell)| {
                cell.parts.iter().filter(|part| kind.contains(&part.decision)).map(move |part| (seen, name, part))
            })
        });
        let found: Vec<_> = decisions.collect();
        let Some(decision) = found.iter().map(|(.., part)| part.decision).min() else { continue };
        let may = unique(found.iter().map(|(_, name, part)| {
            let mfa = matches!(part.decision, Decided::WithMfa | Decided::IfOwnPoliciesAllowWithMfa);
            let plain = found.iter().any(|(_, other, own)| other == name && own.decision == decision);
            if mfa && !plain && part.decision != decision { format!("{name} with MFA") } else { (*name).to_owned() }
        }));
        let with = |seen: &Seen| if standing == Standing::Own { seen.caller.clone() } else { seen.network.clone() };
        let everyone = unique(seen.iter().map(|seen| with(seen)));
        let with = unique(found.iter().map(|(seen, ..)| with(seen)));
        all.push(Path {
            from: Vec::new(),
            kind: match standing {
                Standing::Own => From::Network,
                Standing::Partner => From::Partner,
                Standing::Outsider => From::Outsider,
                Standing::Service => From::Service,
            },
            through: Vec::new(),
            to: BUCKET.to_string(),
            purpose,
            decision,
            may: if groups.iter().all(|(_, name)| may.iter().any(|one| one == name)) { Vec::new() } else { may },
            with: if with == everyone { Vec::new() } else { with },
            by: unique(found.iter().flat_map(|(.., part)| part.by.iter().cloned())),
        });
    }
    all
}

/// What begins at different places and is otherwise the same, put together.
fn merged(all: Vec<(String, Vec<Path>)>) -> Vec<Path> {
    let mut groups: Vec<(Vec<String>, Vec<Path>)> = Vec::new();
    for (from, mut paths) in all {
        paths.iter_mut().for_each(|path| path.from.clear());
        match groups.iter_mut().find(|(_, own)| *own == paths) {
            Some((names, _)) => names.push(from),
            None => groups.push((vec![from], paths)),
        }
    }
    groups.into_iter().flat_map(|(from, paths)| paths.into_iter().map(move |path| Path { from: from.clone(), ..path })).collect()
}

/// A delivery: it works where every call of it is allowed.
fn delivered(delivery: &Delivery) -> Path {
    let kind = |call: &Delivered| match &call.decision {
        decision if decision.is_allowed() => Decided::Allowed,
        Decision::Depends { .. } => Decided::Open,
        _ => Decided::Denied,
    };
    let decision = delivery.calls.iter().map(kind).max().unwrap_or(Decided::Open);
    let decisive = || delivery.calls.iter().filter(|call| kind(call) == decision);
    Path {
        from: vec![delivery.caller.clone()],
        kind: From::Service,
        through: Vec::new(),
        to: delivery.bucket.to_string(),
        purpose: Purpose::Delivery,
        decision,
        may: unique(decisive().map(|call| call.action.clone())),
        with: vec![delivery.what.to_owned()],
        by: unique(decisive().map(|call| call.by.clone())),
    }
}

fn refers(expr: &Expr, id: &LogicalId) -> bool {
    expr.parts().iter().any(|part| matches!(part, Part::Reference(own, _) if own == id))
}

fn beside(what: impl Into<String>, does: impl Into<String>) -> Beside {
    Beside { what: what.into(), does: does.into() }
}

/// What a bucket hangs on.
fn beside_bucket(plan: &Plan, id: &LogicalId, bucket: &crate::plan::Bucket, text: &dyn Fn(&Expr) -> String) -> Vec<Beside> {
    let mut all = Vec::new();
    match &bucket.encryption.key {
        Some(key) => {
            let own = plan.resources.iter().find(|one| matches!(one.kind, Kind::Key(_)) && refers(key, &one.id));
            let what = own.map_or_else(|| text(key), |own| own.id.to_string());
            all.push(beside(what, format!("encrypts its objects ({})", bucket.encryption.algorithm.aws())));
        }
        None => all.push(beside("keys of S3", format!("encrypt its objects ({})", bucket.encryption.algorithm.aws()))),
    }
    all.extend(
        bucket.logging.as_ref().map(|logging| beside(text(&logging.target), format!("receives its access logs, in {}", logging.prefix))),
    );
    all.extend(bucket.replication.as_ref().map(|replication| {
        let away = replication.region.as_ref().map(|region| format!(", in {region}")).unwrap_or_default();
        beside(text(&replication.to), format!("receives copies of its objects{away}"))
    }));
    all.extend(bucket.eventbridge.then(|| beside("EventBridge", "is told what happens to its objects")));
    for resource in &plan.resources {
        match &resource.kind {
            Kind::MalwareScan(scan) if scan.bucket == *id => all.push(beside(resource.id.to_string(), "scans its new objects for malware")),
            Kind::Trail(trail) if refers(&trail.bucket, id) => {
                all.push(beside(resource.id.to_string(), "delivers its records here"));
            }
            _ => {}
        }
    }
    all
}

/// What watches the bucket of a profile, or every bucket of an account.
fn watching(plan: &Plan) -> Vec<Beside> {
    let mut all = Vec::new();
    let (mut rules, mut alerts) = (0_usize, 0_usize);
    for resource in &plan.resources {
        let id = || resource.id.to_string();
        match &resource.kind {
            Kind::AccountBlock(block) => {
                let on = [block.block_public_acls, block.ignore_public_acls, block.block_public_policy, block.restrict_public_buckets];
                all.push(beside("Block Public Access", format!("{} of 4 switches are on", on.iter().filter(|on| **on).count())));
            }
            Kind::Trail(_) => all.push(beside(id(), "records requests")),
            Kind::Analyzer(analyzer) => all.push(beside(id(), format!("analyzes access ({})", analyzer.kind))),
            Kind::Detector(_) => all.push(beside(id(), "looks for threats")),
            Kind::Recorder(_) => all.push(beside(id(), "records configurations")),
            Kind::Topic(_) => all.push(beside(id(), "tells people of alerts")),
            Kind::ConfigRule(_) => rules += 1,
            Kind::EventRule(_) | Kind::Alarm(_) => alerts += 1,
            _ => {}
        }
    }
    let counted = |count: usize, one: &str, many: &str| if count == 1 { format!("1 {one}") } else { format!("{count} {many}") };
    all.extend((rules > 0).then(|| beside(counted(rules, "rule of AWS Config", "rules of AWS Config"), "watch settings")));
    all.extend((alerts > 0).then(|| beside(counted(alerts, "rule or alarm", "rules and alarms"), "raise alerts")));
    all
}
