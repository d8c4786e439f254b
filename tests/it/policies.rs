//! The policies that are shipped, against AWS's tables: operators fit their keys, and actions know the keys on which
//! their statement depends.

use s3harden::pipeline;
use s3harden::policy::{Action, Actions, Effect, Element, Family, Key, KeyType, Statement};
use s3harden::source::Source;

use super::support::{files_below, profiles, root};

/// Whether the operator compares what the key holds.
fn fits(family: Family, key: KeyType) -> bool {
    match family {
        Family::Null => true,
        Family::String => matches!(key, KeyType::String | KeyType::Arn),
        Family::Arn => key == KeyType::Arn,
        Family::Numeric => key == KeyType::Numeric,
        Family::Date => key == KeyType::Date,
        Family::Bool => key == KeyType::Bool,
        Family::Ip => key == KeyType::Ip,
        Family::Binary => false,
    }
}

/// What is wrong with the conditions of a statement.
fn faults(statement: &Statement) -> Vec<String> {
    let mut faults = Vec::new();
    for condition in &statement.condition {
        let (operator, key) = (condition.operator, &condition.key);
        match key.key_type() {
            None => faults.push(format!("{key} is no key")),
            Some(of) if !fits(operator.base.family(), of) => faults.push(format!("{operator} does not compare {key}")),
            Some(_) if key.is_multivalued() && operator.quantifier.is_none() && operator.base.family() != Family::Null => {
                faults.push(format!("{key} holds several values, {operator} compares one"));
            }
            Some(_) => {}
        }
        let Element::Is(names) = &statement.action else { continue };
        let actions = names.iter().map(|name| Actions::matching(name)).fold(Actions::default(), Actions::union);
        let knows = |action: Action| action.supports(key) || matches!(key, Key::KmsViaService | Key::KmsEncryptionContext(_));
        let known = actions.iter().filter(|action| knows(*action)).count();
        let all = actions.iter().count();
        // A deny may be wide, so that some of its actions never carry the key; then it does not stop them.
        let enough = if statement.effect == Effect::Allow { known == all } else { known > 0 || all == 0 };
        if !enough {
            faults.push(format!("{known} of {all} actions know {key}"));
        }
    }
    faults
}

#[test]
fn conditions_fit_their_keys_and_actions_know_them() {
    let mut wrong = Vec::new();
    let mut seen = 0;
    for path in profiles().into_iter().chain(files_below(root().join("tests/reach"))) {
        let source = Source::read(&path).unwrap();
        let of_account = || pipeline::account_plan(&source).unwrap().1;
        let plan = pipeline::plan(&source).map_or_else(of_account, |(_, plan)| plan);
        for statement in plan.resources.iter().flat_map(|resource| resource.kind.documents()).flat_map(|document| &document.statements) {
            seen += statement.condition.len();
            let name = statement.sid.as_deref().unwrap_or_default();
            wrong.extend(faults(statement).into_iter().map(|fault| format!("{}: {name}: {fault}", path.display())));
        }
    }
    assert!(seen > 100 && wrong.is_empty(), "{seen} conditions: {wrong:#?}");
}
