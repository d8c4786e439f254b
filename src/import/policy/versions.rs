//! Protected versions: nobody but named principals deletes them, or weakens what keeps them.

use std::collections::BTreeSet;

use serde_json::{Value, json};

use super::{Stated, Target, identity};
use crate::import::draft::Draft;

const ON_OBJECTS: [&str; 2] = ["s3:BypassGovernanceRetention", "s3:DeleteObjectVersion"];
const ON_BUCKET: [&str; 3] = ["s3:PutBucketObjectLockConfiguration", "s3:PutBucketVersioning", "s3:PutLifecycleConfiguration"];

pub(super) fn take(left: &mut Vec<Stated>, target: &Target, draft: &mut Draft) {
    let about = |statement: &Stated, names: &[&str]| {
        let wanted: BTreeSet<String> = names.iter().map(|name| (*name).to_owned()).collect();
        statement.denies_all() && statement.listed() == Some(&wanted)
    };
    let excepted = |statement: &Stated| {
        let mut conditions = statement.conditions();
        let except = conditions.take(&["ArnNotLike"], "aws:PrincipalArn").unwrap_or_default();
        conditions.is_empty().then_some(except)
    };
    let first = left.iter().find(|statement| about(statement, &ON_OBJECTS) && statement.is_on_all(target, false));
    let Some(mut except) = first.and_then(excepted) else { return };
    let same = except.clone();
    if draft.get("mfa/delete") == Some(&Value::Bool(true)) {
        except.remove(&format!("arn:{}:iam::{}:root", target.partition, target.account));
    }
    let Some(except) = except.iter().map(|arn| identity(arn, target)).collect::<Option<Vec<_>>>() else { return };
    let value = if except.is_empty() { json!(true) } else { json!({ "except": except }) };
    if draft.set("bucket/protect_versions", value).is_ok() {
        left.retain(|statement| {
            let part = about(statement, &ON_OBJECTS) || about(statement, &ON_BUCKET);
            !(part && excepted(statement).as_ref() == Some(&same))
        });
    }
}
