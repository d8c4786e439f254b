//! MFA-protected access: Denies, for the actions of a verb, of what no MFA or too old a one stands behind.

use std::collections::BTreeSet;

use super::presigned::duration;
use super::{Stated, Target, drain, identity};
use crate::import::draft::Draft;
use crate::protect::mfa_access::actions;
use crate::protect::verbs::Verb;

pub(super) fn take(left: &mut Vec<Stated>, target: &Target, draft: &mut Draft) {
    // The principals that are left alone are those of every verb.
    let mut shared: Option<BTreeSet<String>> = None;
    drain(left, |statement| {
        if !statement.denies_all() {
            return false;
        }
        let mut conditions = statement.conditions();
        let Some(seconds) = conditions.one(&["NumericGreaterThanIfExists"], "aws:MultiFactorAuthAge") else { return false };
        conditions.is(&["BoolIfExists"], "aws:PrincipalIsAWSService", "false");
        let mut except = conditions.take(&["ArnNotLike"], "aws:PrincipalArn").unwrap_or_default();
        except.remove(&format!("arn:{}:iam::{}:root", target.partition, target.account));
        let verb = Verb::ALL.iter().find(|verb| {
            let names: BTreeSet<String> = actions(verb).iter().map(ToString::to_string).collect();
            statement.listed() == Some(&names)
        });
        let (Some(verb), Ok(seconds)) = (verb, seconds.parse::<u64>()) else { return false };
        // What the profile's own roles and services do for a verb is let through by itself.
        let spares = |known: &BTreeSet<String>| known.is_subset(&except) || except.is_subset(known);
        let who: Option<Vec<_>> = except.iter().map(|arn| identity(arn, target)).collect();
        let (Some(who), true) = (who, conditions.is_empty() && shared.as_ref().is_none_or(spares)) else { return false };
        if draft.set(&format!("mfa/for/{}/within", verb.word()), duration(seconds).into()).is_err() {
            return false;
        }
        for one in who {
            // Every one of them is a name of the language.
            let _ = draft.push("mfa/except", one);
        }
        shared.get_or_insert_with(BTreeSet::new).extend(except);
        true
    });
}
