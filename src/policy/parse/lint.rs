//! What is legal in a policy and most likely not meant.
//!
//! In: a document, and whether its statements stand in a list. Out: sentences, each with the element that it is about. Never: a
//! judgement on what the policy grants; that is the prover's.
//!
//! Sources: "IAM JSON policy elements" (Condition operators; Policy variables; NotPrincipal), IAM User Guide.

use crate::diag::{Path, did_you_mean};
use crate::expr::Expr;
use crate::policy::value::{Cidr, Instant, Number};
use crate::policy::{
    Action, Actions, Condition, Document, Effect, Element, Family, Key, Principal, Principals, Quantifier, Statement, Version,
};

/// Something odd in a policy.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Lint {
    /// The element that it is about.
    pub path: Path,
    /// One sentence: lower case, no full stop.
    pub message: String,
}

pub(super) fn lints(document: &Document, list: bool) -> Vec<Lint> {
    let mut all = Vec::new();
    for (i, statement) in document.statements.iter().enumerate() {
        let mut path = Path::root().then("Statement");
        if list {
            path.push(i);
        }
        let mut say = |element: &'static str, message: String| all.push(Lint { path: path.then(element), message });
        principals(statement, &mut say);
        actions(statement, &mut say);
        resources(statement, document.version, &mut say);
        for condition in &statement.condition {
            self::condition(statement.effect, condition, document.version, &mut |message| say("Condition", message));
        }
        if let Some((operator, key)) = statement.unprintable() {
            say("Condition", format!("`{operator}` stands twice on `{key}`, in two spellings"));
        }
    }
    all
}

fn texts(element: &Element<Vec<Expr>>) -> (&'static str, impl Iterator<Item = &str>) {
    let (name, values) = match element {
        Element::Is(values) => ("Resource", values),
        Element::Not(values) => ("NotResource", values),
    };
    (name, values.iter().filter_map(Expr::as_text))
}

fn principals(statement: &Statement, say: &mut impl FnMut(&'static str, String)) {
    let (name, who) = match &statement.principal {
        Some(Element::Is(Principals::Of(who))) => ("Principal", who.as_slice()),
        Some(Element::Not(who)) => {
            if statement.effect == Effect::Deny {
                say("NotPrincipal", "`NotPrincipal` with `Deny` also denies principals with a permissions boundary".into());
            }
            ("NotPrincipal", if let Principals::Of(who) = who { who.as_slice() } else { &[] })
        }
        _ => return,
    };
    for principal in who {
        let Some(text) = principal.value().as_text() else { continue };
        match principal {
            Principal::Aws(_) if ["AIDA", "AROA"].iter().any(|id| text.starts_with(id)) => {
                say(name, format!("`{text}` is the id of a principal that was deleted, or of another account"));
            }
            Principal::Aws(_) if text != "*" && text.contains(['*', '?']) => {
                say(name, format!("`{text}` names nobody: wildcards inside a principal match nothing"));
            }
            Principal::Service(_) | Principal::Federated(_) | Principal::CanonicalUser(_) if text.contains(['*', '?']) => {
                say(name, format!("what `{text}` matches is not documented"));
            }
            _ => {}
        }
    }
}

fn actions(statement: &Statement, say: &mut impl FnMut(&'static str, String)) {
    let (element, names) = match &statement.action {
        Element::Is(names) => ("Action", names),
        Element::Not(names) => ("NotAction", names),
    };
    for name in names {
        let of_s3 = name.get(..3).is_some_and(|service| service.eq_ignore_ascii_case("s3:"));
        if of_s3 && Actions::matching(name).is_empty() {
            let near = Action::suggest(name).map(|near| format!("; did you mean `{near}`?")).unwrap_or_default();
            say(element, format!("`{name}` matches no known action{near}"));
        }
    }
}

fn resources(statement: &Statement, version: Version, say: &mut impl FnMut(&'static str, String)) {
    let Some(element) = &statement.resource else {
        return say("Effect", "the statement has no `Resource`, which S3 and identity policies need".into());
    };
    let (name, values) = texts(element);
    for text in values {
        let head = text.splitn(6, ':').count();
        if text != "*" && head < 6 {
            say(name, format!("`{text}` has fewer than the six parts of an ARN; what it matches depends on the kind of policy"));
        } else if version == Version::V2012
            && text.find("${").is_some_and(|at| text.get(..at).is_some_and(|before| before.matches(':').count() < 5))
        {
            say(name, format!("the variable in `{text}` stands before the fifth colon, where it is not replaced"));
        }
    }
}

fn condition(effect: Effect, condition: &Condition, version: Version, say: &mut impl FnMut(String)) {
    let Condition { operator, key, values } = condition;
    if let Key::Other(name) = key {
        let names: Vec<_> = Key::PLAIN.iter().map(Key::name).collect();
        let near = did_you_mean(name, names.iter().map(AsRef::as_ref)).map(|near| format!("; did you mean `{near}`?"));
        say(format!("`{name}` is not a known condition key{}", near.unwrap_or_default()));
    }
    match operator.quantifier {
        None if key.is_multivalued() && operator.base.family() != Family::Null => {
            say(format!("`{operator}` never holds on `{key}`, which has several values: use `ForAnyValue:` or `ForAllValues:`"));
        }
        Some(Quantifier::ForAllValues) if effect == Effect::Allow => {
            say(format!("`{operator}` also holds where the request has no `{key}`"));
        }
        _ => {}
    }
    for value in values.iter().filter_map(Expr::as_text) {
        let variable = version == Version::V2012 && value.contains("${");
        let family = operator.base.family();
        if variable && matches!(family, Family::Numeric | Family::Date | Family::Binary | Family::Ip | Family::Null) {
            say(format!("`{value}` stays as it is: `{operator}` takes no variables"));
            continue;
        }
        match family {
            Family::Numeric if Number::parse(value).is_none() => say(format!("`{value}` is not a number")),
            Family::Date if Instant::parse(value).is_none() => say(format!("`{value}` is not a date")),
            Family::Bool | Family::Null if !variable && !["true", "false"].iter().any(|b| b.eq_ignore_ascii_case(value)) => {
                say(format!("`{value}` is neither `true` nor `false`"));
            }
            Family::Ip => match Cidr::parse(value) {
                None => say(format!("`{value}` is not an address range")),
                Some(net) if net.has_host_bits() => say(format!("`{value}` has bits beyond its length")),
                Some(_) => {}
            },
            Family::String if !operator.base.name().ends_with("Like") && !variable && value.contains(['*', '?']) => {
                say(format!("`{value}` is compared literally: `{operator}` knows no wildcards"));
            }
            Family::Arn if value != "*" && !variable && value.splitn(6, ':').count() < 6 => {
                say(format!("`{value}` is not an ARN, so `{operator}` never finds it equal to one"));
            }
            _ => {}
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    #[test]
    fn oddities_are_named_where_they_stand() {
        let policy = json!({"Version": "2012-10-17", "Statement": [{
            "Effect": "Deny", "NotPrincipal": {"AWS": ["AIDAEXAMPLE", "arn:aws:iam::1:user/*"]},
            "Action": ["s3:GetObjct", "s3:Get*", "kms:Frob"], "Resource": ["bucket/*", "arn:aws:s3:::${aws:username}", "arn:${x}:s3:::b", "*"],
            "Condition": {
                "StringEquals": {"aws:PrincipalOrgPaths": "o-1/*", "aws:UserAgnet": "a"},
                "stringequals": {"AWS:USERAGNET": "b"},
                "IpAddress": {"aws:SourceIp": ["10.0.0.1/8", "10/8"]}, "NumericEquals": {"s3:max-keys": "${s3:prefix}"},
                "Null": {"aws:TokenIssueTime": "no"}, "ArnLike": {"aws:SourceArn": "bucket"}
            }
        }]});
        let lints = Document::parse(&policy).unwrap().lints;
        let said: Vec<_> = lints.iter().map(|lint| format!("{}: {}", lint.path, lint.message)).collect();
        for (said, expected) in said.iter().zip([
            "NotPrincipal: `NotPrincipal` with `Deny` also denies",
            "NotPrincipal: `AIDAEXAMPLE` is the id",
            "NotPrincipal: `arn:aws:iam::1:user/*` names nobody",
            "Action: `s3:GetObjct` matches no known action; did you mean `s3:GetObject`?",
        ]) {
            assert!(said.starts_with(&format!("/Statement/0/{expected}")), "{said}");
        }
        for part in [
            "`bucket/*` has fewer than the six parts",
            "`arn:${x}:s3:::b` stands before the fifth colon",
            "`StringEquals` never holds on `aws:PrincipalOrgPaths`",
            "`o-1/*` is compared literally",
            "`aws:UserAgnet` is not a known condition key; did you mean `aws:UserAgent`?",
            "`10.0.0.1/8` has bits beyond its length",
            "`10/8` is not an address range",
            "`${s3:prefix}` stays as it is",
            "`no` is neither `true` nor `false`",
            "`bucket` is not an ARN",
            "`StringEquals` stands twice on `AWS:USERAGNET`",
        ] {
            assert!(said.iter().any(|s| s.contains(part)), "{part} in {said:#?}");
        }
        assert!(!said.iter().any(|s| s.contains("${aws:username}") || s.contains("kms:Frob")), "{said:#?}");
    }
}
