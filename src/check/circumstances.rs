//! Circumstances under which a grant or deny can never apply: its author means something else.

use super::{Rule, Subject};
use crate::diag::{Code, Finding, Path};
use crate::policy::{Action, Actions, Key};
use crate::protect::principal::Grantee;
use crate::protect::verbs::Verb;

pub(super) fn check(subject: &Subject<'_>, findings: &mut Vec<Finding>) {
    for rule in subject.rules() {
        let mut never = |place: Path, message: String, help: &str| {
            findings.push(Finding::new(Code::ConditionNeverHolds, place, message).help(help));
        };
        let when = rule.path.then("when");
        sources(&rule, &when, &mut never);
        services(&rule, &when, &mut never);
        tags(&rule, &when, &mut never);
        if let (Some(after), Some(before)) = (&rule.when.after, &rule.when.before)
            && after >= before
        {
            never(when.then("before"), format!("no day is both from {after} on and before {before}"), "exchange the two");
        }
        if rule.via.is_none() && rule.when.mfa_within.is_some() {
            let message = "a deny that holds only after MFA stops whoever used it, and nobody else";
            let finding = Finding::new(Code::MfaWithinDenied, when.then("mfa_within"), message);
            findings.push(finding.help("say `mfa: {for: …}`, which denies whoever did not use MFA"));
        }
    }
}

/// Sources, which only calls of services have, and two organizations at once.
fn sources(rule: &Rule<'_>, when: &Path, never: &mut impl FnMut(Path, String, &str)) {
    let given = [("source_account", rule.when.source_account.is_some()), ("source_arn", rule.when.source_arn.is_some())];
    for (name, _) in given.into_iter().filter(|(_, given)| *given) {
        if let Some(other) = rule.to.iter().find(|grantee| !matches!(grantee, Grantee::Service(_))) {
            let message = format!("`{name}` is about calls of services, and {} is none", other.describe());
            never(when.then(name), message, "put the services into a grant of their own");
        }
    }
    if let Some(organization) = &rule.when.organization {
        for grantee in rule.to {
            if let Grantee::Organization(other) = grantee {
                let message = format!("a caller of {other} is asked to be of {organization} too");
                never(when.then("organization"), message, "name the organization once, in `to`");
            }
        }
    }
}

/// What calls of services do not carry: network keys are redacted, tags and MFA belong to identities.
fn services(rule: &Rule<'_>, when: &Path, never: &mut impl FnMut(Path, String, &str)) {
    let Some(service) = rule.to.iter().find(|grantee| matches!(grantee, Grantee::Service(_))) else { return };
    let given = [
        ("cidrs", !rule.when.cidrs.is_empty()),
        ("vpcs", !rule.when.vpcs.is_empty()),
        ("vpc_endpoints", !rule.when.vpc_endpoints.is_empty()),
        ("mfa_within", rule.when.mfa_within.is_some()),
        ("principal_tags", !rule.when.principal_tags.is_empty()),
    ];
    for (name, _) in given.into_iter().filter(|(_, given)| *given) {
        let message = format!("calls of {} carry nothing that `{name}` could be compared with", service.describe());
        never(when.then(name), message, "put the services into a grant of their own, with `source_arn`");
    }
}

/// Tags of objects, where an action knows none.
fn tags(rule: &Rule<'_>, when: &Path, never: &mut impl FnMut(Path, String, &str)) {
    let Some(tag) = rule.when.object_tags.keys().next() else { return };
    let key = Key::ExistingObjectTag(tag.to_string());
    // A wildcard of a deny covers actions that know the tag; the others it does not mean.
    let named = |verb: &&Verb| !matches!(verb, Verb::Actions(patterns) if patterns.iter().any(|pattern| pattern.has_wildcard()));
    let all = rule.can.iter().filter(named).map(Verb::actions).fold(Actions::default(), Actions::union);
    let without: Vec<String> = all.iter().filter(|action| !action.supports(&key)).map(Action::name).collect();
    if let Some(first) = without.first() {
        let message = match without.len() {
            1 => format!("`{first}` does not know the tags of objects"),
            more => format!("`{first}` and {} more actions do not know the tags of objects", more - 1),
        };
        never(when.then("object_tags"), message, "put the actions that read objects and their tags into a grant of their own");
    }
}
