//! Policies beside that of the bucket: what identities may do with it, and the policies of keys, topics and roles.
//!
//! In: two versions of a plan's other policies. Out: rows of who gains and loses access by identity policies, proved like
//! those of the bucket's own, and for every other policy each statement that is new, gone or changed, with what that
//! means. Never: a statement left out because nobody here decides requests to its service.

use crate::expr::Expr;
use crate::foreign::{self, Template};
use crate::plan::{Kind, Plan};
use crate::policy::{Document, Effect, Element, Principal, Principals, Statement};
use crate::verify::access_tests::Bench;
use crate::verify::prove::Subject;
use crate::verify::{Environment, Kind as Layer, Policies, Policy};

use super::Direction;

/// A statement of a policy that is not the bucket's, before and after.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Altered {
    /// The policy: `the policy of the key Key`.
    pub policy: String,
    /// The statement's name, or its place.
    pub statement: String,
    /// What it says before; nothing where it is new.
    pub old: Option<String>,
    /// What it says now; nothing where it is gone.
    pub new: Option<String>,
    /// Whether somebody may do less (`stronger`), more (`weaker`), or something else.
    pub direction: Direction,
}

/// The policies of a plan beside those of its buckets and access points.
#[derive(Clone, Debug, Default)]
pub(super) struct Beside {
    /// Whether they are those of a profile: a template calls them by other names.
    of_profile: bool,
    /// What managed policies say, each statement with those who hold it as its principals.
    held: Vec<Statement>,
    /// The statements of all others, by the policy.
    others: Vec<(String, Vec<Statement>)>,
}

impl Beside {
    /// Those of a plan.
    pub(super) fn of_plan(plan: &Plan, bench: &Bench<'_>) -> Self {
        let mut all = Self { of_profile: true, ..Self::default() };
        for resource in &plan.resources {
            let mut put = |what: String, document: &Document| {
                all.others.push((what, document.statements.iter().map(|statement| resolved(statement, bench)).collect()));
            };
            match &resource.kind {
                Kind::Key(key) => put(format!("the policy of the key {}", resource.id), &key.policy),
                Kind::TopicPolicy { topic, document } => put(format!("the policy of the topic {topic}"), document),
                Kind::Role(role) => {
                    put(format!("the trust policy of the role {}", role.name), &role.trust);
                    put(format!("the policy of the role {}", role.name), &role.policy);
                }
                Kind::ManagedPolicy(policy) => {
                    let account = bench.text(&crate::expr::Pseudo::AccountId.into()).unwrap_or_default();
                    let partition = bench.text(&crate::expr::Pseudo::Partition.into()).unwrap_or_default();
                    let arn = |rest: String| Principal::Aws(format!("arn:{partition}:iam::{account}:{rest}").into());
                    // Somebody stands for the members of a group, and for whoever takes on a permission set.
                    let holders: Vec<Principal> = (policy.users.iter().map(|name| arn(format!("user/{name}"))))
                        .chain(policy.groups.iter().map(|name| arn(format!("user/member-of-{name}"))))
                        .chain(policy.roles.iter().map(|name| arn(format!("role/{name}"))))
                        .chain(policy.permission_sets.iter().map(|name| arn(format!("role/holder-of-{name}"))))
                        .collect();
                    let name = |statement: &Statement| format!("{} of {}", statement.sid.as_deref().unwrap_or("a statement"), policy.name);
                    all.held.extend(policy.document.statements.iter().filter(|_| !holders.is_empty()).map(|statement| Statement {
                        sid: Some(name(statement).into()),
                        principal: Some(Element::Is(Principals::Of(holders.clone()))),
                        ..resolved(statement, bench)
                    }));
                }
                _ => {}
            }
        }
        all
    }

    /// Those of a template: of identities and keys, as far as they can be read. Who holds what is not looked at.
    pub(super) fn of_template(template: &Template, environment: &Environment) -> Self {
        let text = |expr: &Expr| environment.text(expr).map_or_else(|| expr.clone(), |text| Expr::text(text.into_owned()));
        let read = |policy: &foreign::Policy| {
            let document = policy.document.as_ref().ok()?;
            let statements = document.statements.iter().map(|statement| with(statement, &text)).collect();
            Some((format!("the policy of {}", policy.resource), statements))
        };
        Self { others: template.policies.iter().filter_map(read).collect(), ..Self::default() }
    }

    /// Whether nothing is held by anybody in either version.
    pub(super) fn is_same_for_identities(&self, other: &Self) -> bool {
        self.held == other.held
    }

    /// The bucket as those see it who hold policies: what they may do stands in the bucket's policy, which the prover
    /// reads with nothing else that callers may do. The bucket's own statements are those of `bucket`.
    pub(super) fn seen_by_holders(&self, subject: &Subject, bucket: &Document) -> Subject {
        let mut document = bucket.clone();
        document.statements.extend(self.held.iter().cloned());
        let mut environment = Environment::default();
        environment.account.clone_from(&subject.account);
        environment.partition.clone_from(&subject.partition);
        let policy = Policy::compile(&document, Layer::Bucket, &environment);
        let policies = Policies { resource: Some(std::sync::Arc::new(policy)), ..subject.policies.clone() };
        Subject { policies, document: Some(document), ..subject.clone() }
    }

    /// The texts of what is held, and by whom.
    pub(super) fn texts(&self) -> Vec<String> {
        let document = Document { statements: self.held.clone(), ..Document::default() };
        document.expressions().map(ToString::to_string).collect()
    }

    /// What is new, gone or changed in the other policies.
    pub(super) fn altered(old: &Self, new: &Self) -> Vec<Altered> {
        if old.of_profile != new.of_profile {
            return Vec::new();
        }
        let mut names: Vec<&String> = old.others.iter().chain(&new.others).map(|(name, _)| name).collect();
        let mut seen = std::collections::BTreeSet::new();
        names.retain(|name| seen.insert(*name));
        let of = |all: &Self, name: &String| -> Vec<Statement> {
            all.others.iter().filter(|(own, _)| own == name).flat_map(|(_, statements)| statements.clone()).collect()
        };
        names.into_iter().flat_map(|name| differing(name, &of(old, name), &of(new, name))).collect()
    }
}

/// Two statements that say the same.
fn same(a: &Statement, b: &Statement) -> bool {
    covers(a, b) && covers(b, a) && a.effect == b.effect
}

fn differing(policy: &str, old: &[Statement], new: &[Statement]) -> Vec<Altered> {
    let gone: Vec<&Statement> = old.iter().filter(|one| !new.iter().any(|other| same(one, other))).collect();
    let mut fresh: Vec<&Statement> = new.iter().filter(|one| !old.iter().any(|other| same(one, other))).collect();
    let name = |statement: &Statement| statement.sid.as_deref().map_or_else(|| "a statement without a name".to_owned(), str::to_owned);
    let mut all = Vec::new();
    for was in gone {
        let place = fresh.iter().position(|is| is.effect == was.effect && was.sid.is_some() && is.sid == was.sid);
        let is = place.map(|place| fresh.remove(place));
        let gives = was.effect == Effect::Allow;
        let direction = match is {
            None if gives => Direction::Stronger,
            None => Direction::Weaker,
            Some(is) => match (covers(is, was), covers(was, is)) {
                (true, false) if gives => Direction::Weaker,
                (false, true) if gives => Direction::Stronger,
                (true, false) => Direction::Stronger,
                (false, true) => Direction::Weaker,
                _ => Direction::Changed,
            },
        };
        all.push(Altered { policy: policy.to_owned(), statement: name(was), old: Some(words(was)), new: is.map(words), direction });
    }
    for is in fresh {
        let direction = if is.effect == Effect::Allow { Direction::Weaker } else { Direction::Stronger };
        all.push(Altered { policy: policy.to_owned(), statement: name(is), old: None, new: Some(words(is)), direction });
    }
    all
}

/// Whether the one surely matches every request that the other does, by what is written: every value has one that is the
/// same or wider, and no condition is new.
fn covers(wide: &Statement, narrow: &Statement) -> bool {
    let texts = |all: &[Expr]| all.iter().map(ToString::to_string).collect::<Vec<_>>();
    let within = |wide: &[String], narrow: &[String]| narrow.iter().all(|one| wide.iter().any(|pattern| fits(pattern, one)));
    let element = |wide: &Element<Vec<String>>, narrow: &Element<Vec<String>>| match (wide, narrow) {
        (Element::Is(wide), Element::Is(narrow)) => within(wide, narrow),
        (Element::Not(wide), Element::Not(narrow)) => within(narrow, wide),
        _ => false,
    };
    let actions = |statement: &Statement| match &statement.action {
        Element::Is(all) => Element::Is(all.iter().map(|name| name.to_lowercase()).collect::<Vec<_>>()),
        Element::Not(all) => Element::Not(all.iter().map(|name| name.to_lowercase()).collect()),
    };
    let resources = |statement: &Statement| match &statement.resource {
        Some(Element::Is(all)) => Element::Is(texts(all)),
        Some(Element::Not(all)) => Element::Not(texts(all)),
        None => Element::Is(vec!["*".to_owned()]),
    };
    let listed = |all: &Principals| match all {
        Principals::Everyone => vec!["*".to_owned()],
        Principals::Of(all) => all.iter().map(|one| format!("{}", one.value())).collect(),
    };
    let principals = |statement: &Statement| match &statement.principal {
        Some(Element::Is(all)) => Element::Is(listed(all)),
        Some(Element::Not(all)) => Element::Not(listed(all)),
        None => Element::Is(vec!["*".to_owned()]),
    };
    let kept = |condition: &crate::policy::Condition| {
        narrow.condition.iter().any(|own| {
            let (wide, narrow) = (texts(&condition.values), texts(&own.values));
            let more = if condition.operator.base.is_negated() {
                wide.iter().all(|one| narrow.contains(one))
            } else {
                narrow.iter().all(|one| wide.contains(one))
            };
            own.operator == condition.operator && own.key.same(&condition.key) && more
        })
    };
    element(&actions(wide), &actions(narrow))
        && element(&resources(wide), &resources(narrow))
        && element(&principals(wide), &principals(narrow))
        && wide.condition.iter().all(kept)
}

/// Whether a pattern is the same as a text, or ends with a wildcard before which the text is the same.
fn fits(pattern: &str, text: &str) -> bool {
    pattern == text || pattern.strip_suffix('*').is_some_and(|head| !head.contains(['*', '?']) && text.starts_with(head))
}

fn words(statement: &Statement) -> String {
    let exprs = |all: &[Expr]| all.iter().map(ToString::to_string).collect::<Vec<_>>().join(", ");
    let who = |all: &Principals| match all {
        Principals::Everyone => "everyone".to_owned(),
        Principals::Of(all) => all.iter().map(|one| one.value().to_string()).collect::<Vec<_>>().join(", "),
    };
    let mut text = match statement.effect {
        Effect::Allow => "allows ".to_owned(),
        Effect::Deny => "denies ".to_owned(),
    };
    match &statement.principal {
        Some(Element::Is(all)) => text.push_str(&format!("{} to do ", who(all))),
        Some(Element::Not(all)) => text.push_str(&format!("everyone but {} to do ", who(all))),
        None => {}
    }
    match &statement.action {
        Element::Is(all) => text.push_str(&all.join(", ")),
        Element::Not(all) => text.push_str(&format!("everything but {}", all.join(", "))),
    }
    match &statement.resource {
        Some(Element::Is(all)) => text.push_str(&format!(" on {}", exprs(all))),
        Some(Element::Not(all)) => text.push_str(&format!(" on everything but {}", exprs(all))),
        None => {}
    }
    for (at, condition) in statement.condition.iter().enumerate() {
        let before = if at == 0 { ", where" } else { " and" };
        text.push_str(&format!("{before} {} {} {}", condition.key, condition.operator, exprs(&condition.values)));
    }
    text
}

/// A document with what its expressions become.
pub(super) fn settled(document: &Document, bench: &Bench<'_>) -> Document {
    let statements = document.statements.iter().map(|statement| resolved(statement, bench)).collect();
    Document { statements, ..document.clone() }
}

/// A statement with what its expressions become.
fn resolved(statement: &Statement, bench: &Bench<'_>) -> Statement {
    with(statement, &|expr| bench.text(expr).map_or_else(|| expr.clone(), Expr::text))
}

fn with(statement: &Statement, text: &dyn Fn(&Expr) -> Expr) -> Statement {
    let mut statement = Statement { origin: None, ..statement.clone() };
    if let Some(Element::Is(Principals::Of(all)) | Element::Not(Principals::Of(all))) = &mut statement.principal {
        for principal in all {
            *principal = match &*principal {
                Principal::Aws(expr) => Principal::Aws(text(expr)),
                Principal::Service(expr) => Principal::Service(text(expr)),
                Principal::Federated(expr) => Principal::Federated(text(expr)),
                Principal::CanonicalUser(expr) => Principal::CanonicalUser(text(expr)),
            };
        }
    }
    if let Some(Element::Is(all) | Element::Not(all)) = &mut statement.resource {
        all.iter_mut().for_each(|expr| *expr = text(expr));
    }
    for condition in &mut statement.condition {
        condition.values.iter_mut().for_each(|expr| *expr = text(expr));
    }
    statement
}
