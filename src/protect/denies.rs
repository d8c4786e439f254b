//! Denies: what is taken from somebody whatever any grant or identity policy gives.
//!
//! In: the `denies` of a profile. Out: Deny statements for the bucket's policy. They match callers by condition, never
//! by `Principal`: whoever does not exist yet, or is made anew, is denied too.

use std::borrow::Cow;

use serde::{Deserialize, Serialize};

use super::grants::{GrantName, GrantPrefix, Right, Scope, rights};
use super::principal::Grantee;
use super::verbs::{Aspect, Verb};
use super::when::When;
use super::{Draft, Meta};
use crate::claim::Guarantee;
use crate::diag::Path;
use crate::expr::Expr;
use crate::path;
use crate::policy::{Action, Actions, Base, Condition, Effect, Element, Key, Origin, Principals, Statement};

/// What is known about this protection.
pub const META: Meta = Meta {
    id: "denies",
    title: "denies",
    risk: "what an identity policy somewhere in the account allows, nothing here takes back",
    statements: &[(
        "Deny<Name>",
        "Denies what the deny of that name lists, whatever a grant or an identity policy gives. Callers are matched by condition, not named: whoever does \
         not exist yet is denied too. The ending says what it is about (Objects, Listing, Bucket), how callers are told where not by their ARN \
         (OfAccount, OfOrganization, ByService, ByEveryone), and from which networks. Change it with `denies`.",
    )],
};

/// What is taken from whom.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
#[serde(deny_unknown_fields)]
pub struct Deny {
    /// The deny's name.
    pub name: GrantName,
    /// From whom.
    #[cfg_attr(test, schemars(length(min = 1)))]
    pub to: Vec<Grantee>,
    /// What.
    #[cfg_attr(test, schemars(length(min = 1)))]
    pub can: Vec<Verb>,
    /// Where: keys that begin with one of these. Without it, the whole bucket.
    #[serde(default)]
    pub prefixes: Vec<GrantPrefix>,
    /// Under which circumstances.
    #[serde(default)]
    pub when: When,
}

/// Callers that one condition tells.
struct Callers {
    /// The word for a Sid; empty for those that are told by their ARN.
    word: &'static str,
    conditions: Vec<Condition>,
}

impl Deny {
    fn callers(&self, account: &Expr) -> Vec<Callers> {
        let values = |value: &dyn Fn(&Grantee) -> Option<Expr>| self.to.iter().filter_map(value).collect::<Vec<_>>();
        let text = |text: &dyn std::fmt::Display| Some(Expr::text(text.to_string()));
        let arns = values(&|grantee| Some(grantee.identity()?.pattern(account)));
        let accounts = values(&|grantee| if let Grantee::Account(id) = grantee { text(id) } else { None });
        let organizations = values(&|grantee| if let Grantee::Organization(id) = grantee { text(id) } else { None });
        let services = values(&|grantee| if let Grantee::Service(name) = grantee { text(name) } else { None });
        let member = || self.when.membership().into_iter();
        // A service that is denied is denied on everybody's behalf unless `when` says whose.
        let source = if self.when.says_source() { self.when.source(account) } else { Vec::new() };
        let told = [
            ("", Base::ArnLike, Key::PrincipalArn, arns, member().collect::<Vec<_>>()),
            ("OfAccount", Base::StringEquals, Key::PrincipalAccount, accounts, member().collect()),
            ("OfOrganization", Base::StringEquals, Key::PrincipalOrgID, organizations, Vec::new()),
            ("ByService", Base::StringEquals, Key::PrincipalServiceName, services, source),
        ];
        let told = told.into_iter().filter(|(.., values, _)| !values.is_empty()).map(|(word, base, key, values, more)| Callers {
            word,
            conditions: std::iter::once(Condition::new(base, key, values)).chain(more).collect(),
        });
        let everyone = self.to.contains(&Grantee::Everyone).then(|| Callers { word: "ByEveryone", conditions: member().collect() });
        told.chain(everyone).collect()
    }

    /// What is denied: in one piece where there are no prefixes, since then no right has conditions of its own.
    fn denied(&self, scope: &Scope) -> Vec<(&'static str, Right)> {
        let mut rights = rights(&self.can, &self.prefixes, scope);
        rights.iter_mut().for_each(|right| self.write_out(right));
        rights.retain(|right| !right.actions.is_empty());
        if !self.prefixes.is_empty() {
            // A wildcard under a prefix means the objects there, not the settings of the whole bucket.
            let spelt = |name: &Cow<'static, str>| !name.contains(['*', '?']);
            rights.iter_mut().filter(|right| right.aspect == Aspect::Bucket).for_each(|right| right.actions.retain(spelt));
            rights.retain(|right| !right.actions.is_empty());
            return rights.into_iter().map(|right| (right.aspect.word(), right)).collect();
        }
        let whole = rights.into_iter().reduce(|mut all, right| {
            all.actions.extend(right.actions);
            all.resources.extend(right.resources);
            all
        });
        let tidy = |mut right: Right| {
            right.actions.sort();
            right.actions.dedup();
            right.resources.sort();
            right.resources.dedup();
            ("", right)
        };
        whole.into_iter().map(tidy).collect()
    }

    /// Writes wildcards out where the deny asks for a prefix or a tag, as the actions that know it: on any other the
    /// condition never holds, and S3 refuses statements whose actions do not know their keys.
    fn write_out(&self, right: &mut Right) {
        let mut asked: Vec<Key> = self.when.object_tags.keys().map(|tag| Key::ExistingObjectTag(tag.to_string())).collect();
        asked.extend(right.conditions.iter().map(|condition| condition.key.clone()));
        if asked.is_empty() {
            return;
        }
        let knows = |action: &Action| right.aspect.has(*action) && asked.iter().all(|key| action.supports(key));
        let written = right.actions.iter().flat_map(|name| match name.contains(['*', '?']) {
            true => Actions::matching(name).iter().filter(knows).map(|action| Cow::Owned(action.name())).collect(),
            false => vec![name.clone()],
        });
        let mut written: Vec<_> = written.collect();
        written.sort();
        written.dedup();
        right.actions = written;
    }

    fn statements(&self, path: &Path, scope: &Scope, account: &Expr) -> Vec<Statement> {
        let mut statements = Vec::new();
        let networks = self.when.networks().any_of();
        let name = self.name.pascal();
        let verbs: Vec<String> = self.can.iter().map(Verb::word).collect();
        let origin = Origin { path: path.clone(), protection: META.id, reason: format!("{}: no {}", self.name, verbs.join(", ")).into() };
        for callers in self.callers(account) {
            for (aspect, right) in self.denied(scope) {
                let sid = format!("Deny{name}{aspect}{}", callers.word);
                let statement = Statement {
                    sid: Some(sid.into()),
                    effect: Effect::Deny,
                    principal: Some(Element::Is(Principals::Everyone)),
                    action: Element::Is(right.actions),
                    resource: Some(Element::Is(right.resources)),
                    condition: callers.conditions.iter().cloned().chain(right.conditions).chain(self.when.circumstances()).collect(),
                    origin: Some(origin.clone()),
                };
                statements.extend(statement.from_each(&networks));
            }
        }
        statements
    }
}

/// Puts the denies on the bucket's policy.
pub fn lower(denies: &[Deny], draft: &mut Draft) {
    let scope = Scope::bucket(draft.arn());
    let numbered = denies.iter().enumerate();
    let denies: Vec<Statement> = numbered.flat_map(|(at, deny)| deny.statements(&path!["denies", at], &scope, &draft.account)).collect();
    if !denies.is_empty() {
        draft.statements.extend(denies.iter().cloned());
        draft.claim(draft.origin(&META, path!["denies"], "what is denied stays denied"), Guarantee::DeniesHold { denies });
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn denied(yaml: &str) -> Vec<(String, Vec<String>)> {
        let deny: Deny = serde_json::from_value(serde_yaml::from_str(yaml).unwrap()).unwrap();
        let scope = Scope::bucket(Expr::arn("s3", "", "", "acme"));
        let statements = deny.statements(&path!["denies", 0], &scope, &Expr::text("111122223333"));
        let names = |statement: Statement| {
            let Element::Is(actions) = statement.action else { panic!("{statement:?}") };
            (statement.sid.unwrap_or_default().into_owned(), actions.iter().map(ToString::to_string).collect())
        };
        statements.into_iter().map(names).collect()
    }

    #[test]
    fn wildcards_are_written_out_where_a_condition_is_on_what_not_every_action_knows() {
        let prefix = denied("{name: d, to: [everyone], can: [{actions: ['s3:*']}], prefixes: [a/]}");
        let [objects, listing] = prefix.as_slice() else { panic!("{prefix:?}") };
        assert_eq!((objects.0.as_str(), objects.1.as_slice()), ("DenyDObjectsByEveryone", ["s3:*".to_owned()].as_slice()));
        assert_eq!(listing.1, ["s3:ListBucket", "s3:ListBucketVersions"]);
        let tag = denied("{name: d, to: [everyone], can: [{actions: ['s3:*']}], when: {object_tags: {k: v}}}");
        let [(_, names)] = tag.as_slice() else { panic!("{tag:?}") };
        let key = Key::ExistingObjectTag("k".to_owned());
        assert!(names.iter().all(|name| Action::parse(name).is_some_and(|action| action.supports(&key))), "{names:?}");
        assert!(names.iter().any(|name| name == "s3:GetObject") && names.len() > 10, "{names:?}");
        let plain = denied("{name: d, to: [everyone], can: [{actions: ['s3:*']}], when: {cidrs: [203.0.113.0/24]}}");
        assert_eq!(plain.first().map(|(_, names)| names.join(" ")).as_deref(), Some("s3:*"));
    }
}
