//! IAM policies as values: documents, statements, principals, actions, resources, conditions.
//!
//! In: statements from protections, later documents of others. Out: a [`Literal`] that a target prints, and
//! the typed form that is evaluated and proved. Policies are never put together as text.
//!
//! Source: "IAM JSON policy elements reference" and "Grammar of the IAM JSON policy language", IAM User Guide.

use std::borrow::Cow;

use crate::diag::Path;
use crate::expr::{Expr, Literal, Part, Pseudo};

mod action;
mod key;
mod operator;
mod parse;
mod value;

pub use action::{Action, Actions, Kinds, Level, action_matches};
pub use key::{Key, KeyType};
pub use operator::{Base, Family, Operator, Quantifier};
pub use parse::{Lint, ParseError, Parsed};
pub use value::{Cidr, Instant, Number, same_bytes};

/// The version of the policy language.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash)]
pub enum Version {
    /// `2008-10-17`, also where none is given: `${…}` is plain text.
    V2008,
    /// `2012-10-17`: with policy variables.
    #[default]
    V2012,
}

impl Version {
    /// The version as the document spells it.
    pub const fn name(self) -> &'static str {
        match self {
            Self::V2008 => "2008-10-17",
            Self::V2012 => "2012-10-17",
        }
    }
}

/// Whether a statement gives or takes.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Effect {
    /// Gives.
    Allow,
    /// Takes, whatever any other statement gives.
    Deny,
}

impl Effect {
    /// The word that the document uses.
    pub const fn name(self) -> &'static str {
        match self {
            Self::Allow => "Allow",
            Self::Deny => "Deny",
        }
    }
}

/// An element or its `Not…` form.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub enum Element<T> {
    /// What the element lists.
    Is(T),
    /// Everything but what the element lists.
    Not(T),
}

/// A principal of a resource policy.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Principal {
    /// `"AWS"`: an account id, an ARN, or `*`.
    Aws(Expr),
    /// `"Service"`: such as `logging.s3.amazonaws.com`.
    Service(Expr),
    /// `"Federated"`: an identity provider.
    Federated(Expr),
    /// `"CanonicalUser"`: an account by S3's canonical user id.
    CanonicalUser(Expr),
}

impl Principal {
    const fn kind(&self) -> &'static str {
        match self {
            Self::Aws(_) => "AWS",
            Self::Service(_) => "Service",
            Self::Federated(_) => "Federated",
            Self::CanonicalUser(_) => "CanonicalUser",
        }
    }

    /// The name within its kind.
    pub const fn value(&self) -> &Expr {
        match self {
            Self::Aws(value) | Self::Service(value) | Self::Federated(value) | Self::CanonicalUser(value) => value,
        }
    }
}

/// Who a statement of a resource policy is about.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub enum Principals {
    /// `"*"`: everyone, without credentials too.
    Everyone,
    /// Those listed.
    Of(Vec<Principal>),
}

/// One operator on one key: the key's value in the request against `values`.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub struct Condition {
    /// How they are compared.
    pub operator: Operator,
    /// What of the request is compared.
    pub key: Key,
    /// What it is compared with, as alternatives.
    pub values: Vec<Expr>,
}

impl Condition {
    /// A condition from its three parts.
    pub fn new<V: Into<Expr>>(operator: impl Into<Operator>, key: Key, values: impl IntoIterator<Item = V>) -> Self {
        Self { operator: operator.into(), key, values: values.into_iter().map(Into::into).collect() }
    }

    /// A condition with a single value.
    pub fn one(operator: impl Into<Operator>, key: Key, value: impl Into<Expr>) -> Self {
        Self::new(operator, key, [value])
    }
}

/// Why something is in the plan: what asked for it, and what for.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub struct Origin {
    /// The profile's value that asks for it, or would if it were written.
    pub path: Path,
    /// The protection that put it there.
    pub protection: &'static str,
    /// What it is for: a sentence fragment for people, shown as a comment.
    pub reason: Cow<'static, str>,
}

/// One statement of a policy.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub struct Statement {
    /// Its name; PascalCase words that say what it does.
    pub sid: Option<Cow<'static, str>>,
    /// Gives or takes.
    pub effect: Effect,
    /// Who; absent in identity policies.
    pub principal: Option<Element<Principals>>,
    /// What is done, with `*` and `?` as wildcards.
    pub action: Element<Vec<Cow<'static, str>>>,
    /// To what; absent in the policies of keys' and roles' own kind only by mistake.
    pub resource: Option<Element<Vec<Expr>>>,
    /// All of these must hold.
    pub condition: Vec<Condition>,
    /// Why it is there; absent in policies of others.
    pub origin: Option<Origin>,
}

impl Statement {
    /// Its resources, principals and the values of its conditions.
    pub fn expressions(&self) -> impl Iterator<Item = &Expr> {
        let resources = match &self.resource {
            Some(Element::Is(all) | Element::Not(all)) => all.as_slice(),
            None => &[],
        };
        let principals = match &self.principal {
            Some(Element::Is(Principals::Of(all)) | Element::Not(Principals::Of(all))) => all.as_slice(),
            _ => &[],
        };
        let values = self.condition.iter().flat_map(|condition| &condition.values);
        resources.iter().chain(principals.iter().map(Principal::value)).chain(values)
    }

    /// A statement about everyone that still needs its actions and resources.
    pub fn new(effect: Effect, sid: &'static str) -> Self {
        Self {
            sid: Some(Cow::Borrowed(sid)),
            effect,
            principal: Some(Element::Is(Principals::Everyone)),
            action: Element::Is(Vec::new()),
            resource: None,
            condition: Vec::new(),
            origin: None,
        }
    }

    /// Names the principals.
    #[must_use]
    pub fn to(mut self, principals: impl IntoIterator<Item = Principal>) -> Self {
        self.principal = Some(Element::Is(Principals::Of(principals.into_iter().collect())));
        self
    }

    /// Names the actions.
    #[must_use]
    pub fn actions<A: Into<Cow<'static, str>>>(mut self, actions: impl IntoIterator<Item = A>) -> Self {
        self.action = Element::Is(actions.into_iter().map(Into::into).collect());
        self
    }

    /// Names the resources.
    #[must_use]
    pub fn on(mut self, resources: impl IntoIterator<Item = Expr>) -> Self {
        self.resource = Some(Element::Is(resources.into_iter().collect()));
        self
    }

    /// Adds a condition.
    #[must_use]
    pub fn when(mut self, condition: Condition) -> Self {
        self.condition.push(condition);
        self
    }

    /// The statement once for each alternative, or as it is where there is none. The word of an alternative ends the Sid.
    pub fn from_each(self, alternatives: &[(&'static str, Condition)]) -> Vec<Self> {
        if alternatives.is_empty() {
            return vec![self];
        }
        let one = |(word, condition): &(&'static str, Condition)| {
            let sid = self.sid.as_ref().map(|sid| format!("{sid}From{word}").into());
            Self { sid, ..self.clone().when(condition.clone()) }
        };
        alternatives.iter().map(one).collect()
    }

    /// The first operator that stands twice on one key, which JSON cannot hold: the two are both asked for, while
    /// their values in one list would be alternatives. Equal negated operators are not meant: printing joins
    /// their values, which is the same (none of either = none of both), unless `ForAnyValue` picks one value.
    pub fn unprintable(&self) -> Option<(Operator, &Key)> {
        self.condition.iter().enumerate().find_map(|(i, c)| {
            let twice = self.condition.iter().take(i).any(|before| before.operator == c.operator && before.key.same(&c.key));
            (twice && !c.operator.joins()).then_some((c.operator, &c.key))
        })
    }

    /// Whether it gives, or takes, whatever another statement does, as far as the lists of both tell.
    pub fn covers(&self, other: &Self) -> bool {
        fn within<T: PartialEq>(wide: &Element<Vec<T>>, narrow: &Element<Vec<T>>) -> bool {
            match (wide, narrow) {
                (Element::Is(wide), Element::Is(narrow)) => narrow.iter().all(|one| wide.contains(one)),
                (wide, narrow) => wide == narrow,
            }
        }
        let principals = match (&self.principal, &other.principal) {
            (Some(Element::Is(Principals::Of(wide))), Some(Element::Is(Principals::Of(narrow)))) => {
                narrow.iter().all(|one| wide.contains(one))
            }
            (wide, narrow) => wide == narrow,
        };
        let resources = match (&self.resource, &other.resource) {
            (Some(wide), Some(narrow)) => within(wide, narrow),
            (wide, narrow) => wide == narrow,
        };
        let conditions = self.condition.iter().all(|one| other.condition.contains(one));
        self.effect == other.effect && principals && within(&self.action, &other.action) && resources && conditions
    }

    /// Says why it is there.
    #[must_use]
    pub fn because(mut self, origin: Origin) -> Self {
        self.origin = Some(origin);
        self
    }
}

/// A policy.
#[derive(Clone, Debug, Default, PartialEq, Eq, Hash)]
pub struct Document {
    /// The version of the language that it is written in.
    pub version: Version,
    /// Its name, if any.
    pub id: Option<String>,
    /// Its statements, in the order in which they are printed.
    pub statements: Vec<Statement>,
}

impl Document {
    /// Every text of its statements that can hold a reference.
    pub fn expressions(&self) -> impl Iterator<Item = &Expr> {
        self.statements.iter().flat_map(Statement::expressions)
    }

    /// The document in IAM's JSON form: lists for actions, resources and principals whatever their number
    /// (scanners iterate them), single condition values as scalars.
    pub fn literal(&self) -> Literal<'_> {
        let mut fields = vec![("Version", Literal::Word(self.version.name().into()))];
        fields.extend(self.id.as_deref().map(|id| ("Id", Literal::text(id))));
        fields.push(("Statement", Literal::List(self.statements.iter().map(Statement::literal).collect())));
        Literal::object(fields)
    }

    /// What S3 takes as the policy of a bucket or access point, in bytes ("Bucket policies", Amazon S3 User Guide).
    pub const BUCKET_POLICY_LIMIT: usize = 20_480;

    /// What KMS takes as the policy of a key, in bytes ("Resource quotas", AWS KMS Developer Guide).
    pub const KEY_POLICY_LIMIT: usize = 32_768;

    /// What IAM takes as a managed policy, in characters other than white space ("IAM and AWS STS quotas", IAM User Guide).
    pub const MANAGED_POLICY_LIMIT: usize = 6_144;

    /// The bytes that count towards a policy limit: the document as compact JSON, references at the longest
    /// that they can become.
    pub fn size(&self) -> usize {
        size(&self.literal())
    }

    /// What [`Self::size`] is at most, found without putting the document together: each key, bracket and operator at its longest.
    pub fn size_at_most(&self) -> usize {
        let statement = |statement: &Statement| {
            let (Element::Is(actions) | Element::Not(actions)) = &statement.action;
            let actions: usize = actions.iter().map(|action| 3 + action.len()).sum();
            let texts: usize = statement.expressions().map(|text| 24 + text.parts().iter().map(longest).sum::<usize>()).sum();
            let conditions: usize = statement.condition.iter().map(|condition| 64 + condition.key.name().len()).sum();
            100 + statement.sid.as_ref().map_or(0, |sid| sid.len()) + actions + texts + conditions
        };
        100 + self.id.as_ref().map_or(0, String::len) + self.statements.iter().map(statement).sum::<usize>()
    }
}

/// The longest value that a reference to something of the deployment can have, in bytes.
fn longest(part: &Part) -> usize {
    match part {
        Part::Text(text) => text.len(),
        Part::Pseudo(Pseudo::Partition) => "aws-us-gov".len(),
        Part::Pseudo(Pseudo::Region) => "ap-southeast-2".len(),
        Part::Pseudo(Pseudo::AccountId) => 12,
        Part::Pseudo(Pseudo::UrlSuffix) => "amazonaws.com.cn".len(),
        // A key ARN is the longest thing that is referred to.
        Part::Parameter(_) | Part::Reference(..) => 90,
    }
}

fn size(literal: &Literal<'_>) -> usize {
    match literal {
        Literal::Bool(_) => 5,
        Literal::Int(n) => n.to_string().len(),
        Literal::Word(text) => 2 + text.len(),
        Literal::Text(text) => 2 + text.parts().iter().map(longest).sum::<usize>(),
        Literal::List(items) => 1 + items.iter().map(|item| 1 + size(item)).sum::<usize>().max(1),
        Literal::Object { fields, .. } => 1 + fields.iter().map(|(key, value)| 4 + key.len() + size(value)).sum::<usize>().max(1),
    }
}

impl Statement {
    fn literal(&self) -> Literal<'_> {
        let mut fields: Vec<(Cow<'_, str>, Literal<'_>)> = Vec::with_capacity(6);
        let mut put = |key: &'static str, value| fields.push((key.into(), value));
        if let Some(sid) = &self.sid {
            put("Sid", Literal::text(sid.as_ref()));
        }
        put("Effect", Literal::Word(self.effect.name().into()));
        match &self.principal {
            Some(Element::Is(who)) => put("Principal", who.literal()),
            Some(Element::Not(who)) => put("NotPrincipal", who.literal()),
            None => {}
        }
        match &self.action {
            Element::Is(names) => put("Action", words(names)),
            Element::Not(names) => put("NotAction", words(names)),
        }
        match &self.resource {
            Some(Element::Is(arns)) => put("Resource", Literal::texts(arns)),
            Some(Element::Not(arns)) => put("NotResource", Literal::texts(arns)),
            None => {}
        }
        if !self.condition.is_empty() {
            put("Condition", conditions(&self.condition));
        }
        Literal::Object { comment: self.origin.as_ref().map(|origin| origin.reason.as_ref().into()), fields }
    }
}

fn words<'a>(words: &'a [Cow<'static, str>]) -> Literal<'a> {
    Literal::List(words.iter().map(|word| Literal::text(word.as_ref())).collect())
}

impl Principals {
    fn literal(&self) -> Literal<'_> {
        let Self::Of(principals) = self else { return Literal::Word("*".into()) };
        let mut fields: Vec<(&'static str, Vec<Literal<'_>>)> = Vec::new();
        for principal in principals {
            let value = Literal::from(principal.value());
            match fields.iter_mut().find(|(kind, _)| *kind == principal.kind()) {
                Some((_, values)) => values.push(value),
                None => fields.push((principal.kind(), vec![value])),
            }
        }
        Literal::object(fields.into_iter().map(|(kind, values)| (kind, Literal::List(values))))
    }
}

/// One list of the values of both.
fn join<'a>(list: &mut Literal<'a>, more: Literal<'a>) {
    let items = |literal| match literal {
        Literal::List(items) => items,
        single => vec![single],
    };
    let mut all = items(std::mem::replace(list, Literal::Bool(false)));
    all.extend(items(more));
    *list = Literal::List(all);
}

/// Conditions grouped by operator, in order of first appearance. See [`Statement::unprintable`] for two on one key.
fn conditions(conditions: &[Condition]) -> Literal<'_> {
    type Entries<'a> = Vec<(Cow<'a, str>, Literal<'a>)>;
    let mut groups: Vec<(Operator, Entries<'_>)> = Vec::new();
    for condition in conditions {
        let value = match condition.values.as_slice() {
            [value] => value.into(),
            values => Literal::texts(values),
        };
        let entry = (condition.key.name(), value);
        match groups.iter_mut().find(|(operator, _)| *operator == condition.operator) {
            Some((operator, entries)) => match entries.iter_mut().find(|(name, _)| name.eq_ignore_ascii_case(&entry.0)) {
                Some((_, before)) if operator.joins() => join(before, entry.1),
                _ => entries.push(entry),
            },
            None => groups.push((condition.operator, vec![entry])),
        }
    }
    Literal::object(groups.into_iter().map(|(operator, fields)| (operator.to_string(), Literal::Object { comment: None, fields })))
}
