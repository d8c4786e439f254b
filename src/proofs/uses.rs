//! What has to be allowed of a resource beside the bucket, decided by the policies that it carries.
//!
//! In: a resource of the plan and the calls that somebody really makes. Out: a verdict. A key lets in nobody whom its policy
//! does not name, and whom it names needs nothing more; a role is taken on by its trust policy and then does what its other
//! policy allows. Never: a word on what else these policies allow.

use std::sync::Arc;

use super::Verdict;
use crate::claim::{Use, User};
use crate::expr::LogicalId;
use crate::plan::{Kind as Resource, Plan};
use crate::policy::{Document, Key};
use crate::verify::access_tests::Bench;
use crate::verify::{Caller, Context, Decision, Kind, Policies, Policy, Request};

/// Accounts that stand for any other of an organization: the first that no policy names.
const SIBLINGS: [&str; 4] = ["777788889999", "444455556666", "210987654321", "345678901234"];

/// The policies of resources.
#[derive(Default)]
struct Carried {
    /// Whom they let in.
    resource: Option<Arc<Policy>>,
    /// What they let their holder do.
    identity: Vec<Arc<Policy>>,
    /// An account that they do not name.
    sibling: &'static str,
}

impl Carried {
    fn of(ids: &[LogicalId], bench: &Bench<'_>, plan: &Plan) -> Self {
        let compiled = |document: &Document, kind| Arc::new(bench.compiled(document, kind));
        let made = || ids.iter().filter_map(|id| plan.resource(id)).flat_map(|resource| resource.kind.documents());
        let names = |account: &str| {
            let mut texts = made().flat_map(Document::expressions).filter_map(|expr| bench.text(expr));
            texts.any(|text| text.contains(account))
        };
        let sibling = SIBLINGS.into_iter().find(|account| *account != bench.account() && !names(account));
        let mut all = Self { sibling: sibling.unwrap_or_default(), ..Self::default() };
        for resource in ids.iter().filter_map(|id| plan.resource(id)) {
            match &resource.kind {
                Resource::Key(key) => all.resource = Some(compiled(&key.policy, Kind::Bucket)),
                Resource::TopicPolicy { document, .. } => all.resource = Some(compiled(document, Kind::Bucket)),
                Resource::Role(role) => {
                    all.resource = Some(compiled(&role.trust, Kind::Bucket));
                    all.identity.push(compiled(&role.policy, Kind::Identity));
                }
                Resource::ManagedPolicy(policy) => all.identity.push(compiled(&policy.document, Kind::Identity)),
                _ => {}
            }
        }
        all
    }

    /// The decision on a use; none where a value of it is not known.
    fn decide(&self, one: &Use, bench: &Bench<'_>) -> Option<Decision> {
        let partition = bench.partition();
        let somebody = |account: &str| Caller::role(&format!("arn:{partition}:iam::{account}:role/Somebody"), "use");
        let mut context = Context::default();
        let (caller, assumed) = match &one.by {
            User::Principal(arn) => {
                let arn = bench.text(arn)?;
                context.set(Key::PrincipalArn, arn.clone());
                let caller = Caller::role(&arn, "use").or_else(|| Caller::from_arn(&arn))?;
                let own = caller.account() == Some(bench.account());
                (caller, !own)
            }
            User::Account(id) => (somebody(&bench.text(id)?)?, true),
            User::Organization(id) => {
                context.set(Key::PrincipalOrgID, bench.text(id)?);
                context.set(Key::PrincipalAccount, self.sibling.to_owned());
                (somebody(self.sibling)?, true)
            }
            User::Service(name) => (Caller::service(&bench.text(name)?), false),
            User::Holder => (somebody(bench.account())?, false),
        };
        let of_holder = matches!(one.by, User::Holder);
        for (key, value) in &one.context {
            context.set(key.clone(), bench.text(value)?);
        }
        // To be of the account is not enough for a key, a role or a topic: their policies have to say so.
        let owner = if assumed { "" } else { bench.account() };
        let mut request = Request::new(caller, one.action.as_ref(), bench.text(&one.on)?, owner);
        request.context = context;
        let policies = Policies {
            resource: self.resource.clone().filter(|_| !of_holder),
            identity: if of_holder { self.identity.clone() } else { Vec::new() },
            assume_identity: assumed,
            ..Policies::default()
        };
        Some(policies.decide(&request))
    }
}

/// Whether each use is allowed.
pub(super) fn verdict(of: &[LogicalId], uses: &[Use], bench: &Bench<'_>, plan: &Plan) -> Verdict {
    let carried = Carried::of(of, bench, plan);
    let names: Vec<String> = of.iter().map(|id| format!("`{id}`")).collect();
    for one in uses {
        match carried.decide(one, bench) {
            Some(decision) if decision.is_allowed() && !one.denied => {}
            Some(Decision::ExplicitlyDenied { .. }) if one.denied => {}
            Some(Decision::Depends { on, .. }) => return Verdict::Unknown(on.reason().to_owned()),
            Some(_) => {
                let (needs, does) = if one.denied { ("must not do", "deny") } else { ("needs", "allow") };
                let on = bench.text(&one.on).unwrap_or_default();
                let words = format!(
                    "{} {needs} {} on {on}, and the policy of {} does not {does} it",
                    who(&one.by, bench),
                    one.action,
                    names.join(" or ")
                );
                return Verdict::Refuted { words, witness: None };
            }
            None => return Verdict::Unknown("a value that is known only after deployment".to_owned()),
        }
    }
    Verdict::Proved
}

/// Somebody in words.
fn who(user: &User, bench: &Bench<'_>) -> String {
    let known = |expr| bench.text(expr).unwrap_or_default();
    match user {
        User::Principal(arn) => known(arn),
        User::Account(id) => format!("somebody of the account {}", known(id)),
        User::Organization(id) => format!("somebody of the organization {}", known(id)),
        User::Service(name) => format!("the service {}", known(name)),
        User::Holder => "whoever holds it".to_owned(),
    }
}
