//! Who may do what from where: tables of decisions, each made by the evaluator.
//!
//! In: a plan and its bench. Out: a [`Matrix`] for each way to the bucket: for each caller that the policies name and those
//! that they do not, and for each network, a decision on every group of actions. Never: a decision by reading.

use serde::Serialize;

use crate::claim::{AccessRequest, Duration, Headers, ObjectKey, Which};
use crate::names::AccessPointName;
use crate::plan::{BUCKET, Plan};
use crate::policy::Action;
use crate::protect::verbs::{Aspect, Verb};
use crate::trials;
use crate::verify::Decision;
use crate::verify::access_tests::{ASSUMED, Bench};
use subjects::{Caller, Origin, Subjects};

mod subjects;

pub(super) use subjects::Standing;

/// The decisions on requests that come one way.
#[derive(Clone, Debug, Serialize)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
pub struct Matrix {
    /// The access point that they come through; none where they go straight to the bucket.
    pub access_point: Option<String>,
    /// The groups of actions, in the profile's words.
    pub groups: Vec<Group>,
    /// A row for each caller and each set of networks that makes no difference to it.
    pub rows: Vec<Row>,
}

/// A group of actions.
#[derive(Clone, Debug, Serialize)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
pub struct Group {
    /// The verb.
    pub name: String,
    /// The actions that no group before it has.
    pub actions: Vec<String>,
}

/// A caller in some networks.
#[derive(Clone, Debug, Serialize)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
pub struct Row {
    /// Who calls.
    pub caller: String,
    /// The networks.
    pub networks: Vec<String>,
    /// A cell for each group.
    pub cells: Vec<Cell>,
}

impl Row {
    /// Whether the decisions are the same, whichever statements make them.
    fn decides(&self, cells: &[Cell]) -> bool {
        let told = |cell: &Cell| cell.parts.iter().map(|part| (part.decision, part.of.clone())).collect::<Vec<_>>();
        self.cells.iter().map(told).eq(cells.iter().map(told))
    }

    /// Adds a network with the same decisions, and the statements that make them there.
    fn join(&mut self, network: &str, cells: &[Cell]) {
        self.networks.push(network.to_owned());
        let parts = self.cells.iter_mut().flat_map(|cell| &mut cell.parts);
        for (own, more) in parts.zip(cells.iter().flat_map(|cell| &cell.parts)) {
            own.by = unique(own.by.drain(..).chain(more.by.iter().cloned()));
        }
    }
}

/// What becomes of a group's requests.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
pub struct Cell {
    /// One part where all are decided alike, otherwise one for each decision.
    pub parts: Vec<Part>,
}

/// Requests that are decided alike.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
pub struct Part {
    /// The decision.
    pub decision: Decided,
    /// What it is about, where that is not everything of the group: prefixes and actions.
    pub of: Vec<String>,
    /// The statements that decide, or why none does.
    pub by: Vec<String>,
}

/// A decision, with what it still needs.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
#[serde(rename_all = "kebab-case")]
pub enum Decided {
    /// The plan's policies allow it.
    Allowed,
    /// They allow it after MFA.
    WithMfa,
    /// They do not stop it: it is allowed where the caller's own policies allow it.
    IfOwnPoliciesAllow,
    /// The same, after MFA.
    IfOwnPoliciesAllowWithMfa,
    /// It depends on something that is not known.
    Open,
    /// It is denied.
    Denied,
}

impl Decided {
    /// Every decision, from the widest on.
    pub const ALL: [Self; 6] =
        [Self::Allowed, Self::WithMfa, Self::IfOwnPoliciesAllow, Self::IfOwnPoliciesAllowWithMfa, Self::Open, Self::Denied];

    /// The words for it.
    pub const fn words(self) -> &'static str {
        match self {
            Self::Allowed => "the policies here allow it",
            Self::WithMfa => "they allow it after MFA",
            Self::IfOwnPoliciesAllow => "they do not stop it; it is allowed where the caller's own policies allow it",
            Self::IfOwnPoliciesAllowWithMfa => "the same, after MFA",
            Self::Open => "it depends on something that is not known",
            Self::Denied => "it is denied, whatever the caller's own policies say",
        }
    }

    /// The same in a word or two, for a narrow cell beside its sign.
    pub const fn short(self) -> &'static str {
        match self {
            Self::Allowed => "yes",
            Self::WithMfa => "with MFA",
            Self::IfOwnPoliciesAllow => "own",
            Self::IfOwnPoliciesAllowWithMfa => "own, with MFA",
            Self::Open => "open",
            Self::Denied => "no",
        }
    }

    /// The sign for it.
    pub const fn sign(self) -> &'static str {
        match self {
            Self::Allowed | Self::WithMfa => "✔",
            Self::IfOwnPoliciesAllow | Self::IfOwnPoliciesAllowWithMfa => "◐",
            Self::Open => "?",
            Self::Denied => "✘",
        }
    }
}

/// What is taken for granted in the tables.
pub(super) fn assumed() -> Vec<String> {
    let mut all = vec![
        "requests use TLS 1.3 and are signed in a header; uploads name no encryption; nothing has tags".to_owned(),
        "`with MFA` means a minute after it".to_owned(),
        "a decision for a network is that for one address of it, or for one VPC endpoint".to_owned(),
    ];
    all.extend(ASSUMED.iter().map(|one| (*one).to_owned()));
    all
}

/// The decisions on a caller in one network, before networks that make no difference are put together.
pub(super) struct Seen {
    pub(super) caller: String,
    pub(super) standing: Standing,
    pub(super) network: String,
    pub(super) cells: Vec<Cell>,
}

/// What there is to say about who may do what.
#[derive(Default)]
pub(super) struct Access {
    /// A table for each way to the bucket.
    pub(super) tables: Vec<Matrix>,
    /// For each table, what it is made of.
    pub(super) seen: Vec<Vec<Seen>>,
    /// What the tables leave out.
    pub(super) left_out: Vec<String>,
}

/// Asks about every way to the bucket.
pub(super) fn all(plan: &Plan, bench: &Bench<'_>) -> Access {
    let Some(subjects) = Subjects::new(plan, bench) else { return Access::default() };
    let points = plan.access_points().filter(|(_, point)| point.bucket == BUCKET).map(|(_, point)| Some(point.name.as_str()));
    let tables = std::iter::once(None).chain(points).map(|point| matrix(point, &subjects, bench));
    let (tables, seen) = tables.unzip();
    Access { tables, seen, left_out: subjects.left_out }
}

/// The verbs, each with the actions that none before it has.
fn groups() -> Vec<(Verb, Vec<Action>)> {
    let mut seen = crate::policy::Actions::default();
    let group = |verb: Verb| {
        let own = verb.actions().intersection(seen.complement());
        seen = seen.union(own);
        (verb, own.iter().collect())
    };
    Verb::ALL.into_iter().map(group).collect()
}

fn matrix(point: Option<&str>, subjects: &Subjects, bench: &Bench<'_>) -> (Matrix, Vec<Seen>) {
    let groups = groups();
    let point: Option<AccessPointName> = point.and_then(|name| name.parse().ok());
    let (mut rows, mut seen): (Vec<Row>, Vec<Seen>) = Default::default();
    for caller in &subjects.callers {
        let first = rows.len();
        for origin in subjects.origins_of(caller) {
            let asked = Asked { caller, origin, point: point.as_ref(), subjects, bench };
            let cells: Vec<Cell> = groups.iter().map(|(_, actions)| asked.cell(actions)).collect();
            let (label, network) = (caller.label.clone(), origin.label.clone());
            seen.push(Seen { caller: label, standing: caller.standing, network, cells: cells.clone() });
            match rows.iter_mut().skip(first).find(|row| row.decides(&cells)) {
                Some(row) => row.join(&origin.label, &cells),
                None => rows.push(Row { caller: caller.label.clone(), networks: vec![origin.label.clone()], cells }),
            }
        }
    }
    let group =
        |(verb, actions): (Verb, Vec<Action>)| Group { name: verb.word(), actions: actions.into_iter().map(Action::name).collect() };
    let matrix = Matrix { access_point: point.map(|point| point.to_string()), groups: groups.into_iter().map(group).collect(), rows };
    (matrix, seen)
}

/// What a cell is about, but for its actions.
struct Asked<'a> {
    caller: &'a Caller,
    origin: &'a Origin,
    point: Option<&'a AccessPointName>,
    subjects: &'a Subjects,
    bench: &'a Bench<'a>,
}

/// An action in a scope, and what became of it.
struct Outcome {
    action: String,
    scope: Option<String>,
    decided: Decided,
    by: String,
}

impl Asked<'_> {
    fn cell(&self, actions: &[Action]) -> Cell {
        let outcomes: Vec<Outcome> = actions.iter().flat_map(|action| self.outcomes(*action)).collect();
        let of = |decided: Decided| outcomes.iter().filter(move |one| one.decided == decided);
        let is_mixed = |key: fn(&Outcome) -> Option<&str>| {
            outcomes.iter().any(|one| outcomes.iter().any(|other| key(one) == key(other) && one.decided != other.decided))
        };
        // By prefixes where they alone make the difference, by actions where those do, otherwise by both.
        let (scopes, names) = (!is_mixed(|one| one.scope.as_deref()), !is_mixed(|one| Some(&one.action)));
        let whole = outcomes.iter().all(|one| outcomes.first().is_some_and(|first| first.decided == one.decided));
        let label = |one: &Outcome| match &one.scope {
            _ if names => one.action.clone(),
            Some(scope) if scopes => scope.clone(),
            Some(scope) => format!("{} {scope}", one.action),
            None => one.action.clone(),
        };
        let part = |decided: Decided| {
            let of_part = if whole { Vec::new() } else { unique(of(decided).map(label)) };
            Part { decision: decided, of: of_part, by: unique(of(decided).map(|one| one.by.clone())) }
        };
        Cell { parts: Decided::ALL.into_iter().filter(|decided| of(*decided).next().is_some()).map(part).collect() }
    }

    /// What becomes of an action, for each scope of keys where it has one.
    fn outcomes(&self, action: Action) -> Vec<Outcome> {
        let scoped = Aspect::Objects.has(action) || Aspect::Listing.has(action);
        let scopes: Vec<Option<&str>> = if scoped { self.subjects.scopes() } else { vec![None] };
        let outcome = |scope: Option<&str>| {
            let (decided, by) = self.decide(action, scope)?;
            let elsewhere = scoped && !self.subjects.prefixes.is_empty();
            let scope = scope.map(|prefix| format!("in {prefix}")).or_else(|| elsewhere.then(|| "elsewhere".to_owned()));
            Some(Outcome { action: action.name(), scope, decided, by })
        };
        scopes.into_iter().filter_map(outcome).collect()
    }

    /// The widest decision: as the caller is, then after MFA, then with the caller's own permission, then with both.
    fn decide(&self, action: Action, scope: Option<&str>) -> Option<(Decided, String)> {
        let mut request = self.request(action, scope)?;
        let plain = self.bench.verdict(&request)?;
        if plain.is_allowed() {
            return Some((Decided::Allowed, self.by(&request, &plain)));
        }
        let own = self.caller.standing == Standing::Own;
        let minute: Option<Duration> = "1m".parse().ok();
        let steps = [
            (Decided::WithMfa, self.caller.has_credentials, false),
            (Decided::IfOwnPoliciesAllow, own, true),
            (Decided::IfOwnPoliciesAllowWithMfa, own, true),
        ];
        let mut last = plain;
        for (decided, _, assumed) in steps.into_iter().filter(|(_, fits, _)| *fits) {
            request.identity_allows = assumed;
            let with_mfa = matches!(decided, Decided::WithMfa | Decided::IfOwnPoliciesAllowWithMfa);
            request.mfa_age = minute.clone().filter(|_| with_mfa);
            let verdict = self.bench.verdict(&request)?;
            if verdict.is_allowed() {
                return Some((decided, self.by(&request, &verdict)));
            }
            if !with_mfa {
                last = verdict;
            }
        }
        // Why it is denied is asked of the request without MFA, and with the caller's own permission where that matters.
        (request.mfa_age, request.identity_allows) = (None, own);
        let decided = if last.is_denied() { Decided::Denied } else { Decided::Open };
        Some((decided, self.by(&request, &last)))
    }

    /// The statement that decides, or why none does.
    fn by(&self, request: &AccessRequest, decision: &Decision) -> String {
        let name = |id| {
            let sid = self.bench.statement(request, id).and_then(|stated| stated.statement.sid.as_deref());
            sid.map_or_else(|| trials::layer(id.layer).to_owned(), str::to_owned)
        };
        match decision {
            Decision::Allowed { by: Some(by) } | Decision::ExplicitlyDenied { by } => name(*by),
            Decision::Allowed { by: None } if request.identity_allows => "the caller's own policies".to_owned(),
            Decision::Allowed { by: None } => "no statement by itself".to_owned(),
            Decision::ImplicitlyDenied { missing } => trials::missing_from(*missing),
            Decision::Depends { on, .. } => format!("depends on {}", on.reason()),
        }
    }

    fn request(&self, action: Action, scope: Option<&str>) -> Option<AccessRequest> {
        let object = Aspect::Objects.has(action);
        let key = format!("{}{}", scope.unwrap_or_default(), self.subjects.key);
        Some(AccessRequest {
            caller: self.caller.name.clone(),
            action: action.name().parse().ok()?,
            key: if object { Some(key.parse::<ObjectKey>().ok()?) } else { None },
            bucket: Which::Main,
            access_point: self.point.cloned(),
            from: self.origin.network.clone(),
            tls: None,
            http: false,
            mfa_age: None,
            presigned_age: None,
            post: false,
            signature: None,
            headers: Headers::default(),
            list_prefix: if Aspect::Listing.has(action) { scope.and_then(|prefix| prefix.parse().ok()) } else { None },
            object_tags: Default::default(),
            principal_tags: Default::default(),
            groups: self.caller.groups.clone(),
            organization: self.caller.organization.as_deref().and_then(|id| id.parse().ok()),
            at: None,
            identity_allows: false,
            source_arn: None,
            source_account: None,
        })
    }
}

impl Part {
    /// What it is about in a few words; the value has all of it.
    pub fn about(&self) -> String {
        match self.of.as_slice() {
            [first, second, _, rest @ ..] if !rest.is_empty() => format!("{first}, {second} and {} more", rest.len() + 1),
            all => all.join(", "),
        }
    }
}

/// Each text once.
pub(super) fn unique(texts: impl Iterator<Item = String>) -> Vec<String> {
    let mut all: Vec<String> = Vec::new();
    for text in texts {
        if !all.contains(&text) {
            all.push(text);
        }
    }
    all
}
