//! Policy variables that have no value for a principal, so that its grant or deny matches nothing.
//!
//! Source: "IAM policy elements: Variables and tags", "AWS global condition context keys", IAM User Guide.

use super::{Rule, Subject};
use crate::diag::{Code, Finding, Path};
use crate::protect::principal::Grantee;

pub(super) fn check(subject: &Subject<'_>, findings: &mut Vec<Finding>) {
    for rule in subject.rules() {
        for (place, text) in texts(&rule) {
            for variable in variables(text) {
                // Of several principals the first is enough to show what is meant.
                if let Some((number, grantee)) = rule.to.iter().enumerate().find(|(_, grantee)| is_unset(variable, grantee)) {
                    let message = format!("`${{{variable}}}` has no value for {}, so that nothing matches", grantee.describe());
                    let finding = Finding::new(Code::VariableUnset, place.clone(), message);
                    findings.push(finding.also(rule.path.then("to").then(number), "the principal").help(instead(variable)));
                }
            }
        }
    }
}

/// Every text of a grant or deny in which variables may stand.
pub(super) fn texts<'a>(rule: &Rule<'a>) -> impl Iterator<Item = (Path, &'a str)> {
    let (prefixes, tags) = (rule.path.then("prefixes"), rule.path.then("when"));
    let named = rule.prefixes.iter().enumerate().map(move |(at, prefix)| (prefixes.then(at), prefix.as_str()));
    let (objects, principals) = (tags.then("object_tags"), tags.then("principal_tags"));
    let of_object = rule.when.object_tags.iter().map(move |(key, value)| (objects.then(key.to_string()), value.as_str()));
    let of_principal = rule.when.principal_tags.iter().map(move |(key, value)| (principals.then(key.to_string()), value.as_str()));
    named.chain(of_object).chain(of_principal)
}

fn variables(text: &str) -> impl Iterator<Item = &str> {
    text.split("${").skip(1).filter_map(|rest| rest.split_once('}')).map(|(variable, _)| variable)
}

/// Whether no request of the principal can carry the variable. Of accounts, organizations and everyone, some can.
fn is_unset(variable: &str, grantee: &Grantee) -> bool {
    let is_user = match grantee {
        Grantee::User(_) | Grantee::Group(_) => true,
        Grantee::Arn(arn) => arn.as_str().contains(":user/"),
        Grantee::Role(_) | Grantee::PermissionSet(_) => false,
        Grantee::Service(_) => return variable != "aws:PrincipalAccount" && variable != "aws:PrincipalOrgID",
        Grantee::Account(_) | Grantee::Organization(_) | Grantee::Everyone => return false,
    };
    match variable {
        "aws:username" => !is_user,
        "aws:SourceIdentity" => is_user,
        _ => false,
    }
}

fn instead(variable: &str) -> &'static str {
    if variable == "aws:username" {
        "use `${aws:PrincipalTag/KEY}`, and give each principal the tag; `${aws:username}` is for users"
    } else {
        "give such principals a grant of their own, without the variable"
    }
}
