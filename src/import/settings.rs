//! The settings of a bucket that decide about no request by themselves.
//!
//! In: a bucket of the input. Out: the sections of the profile that say the same; what S3 has by itself is said too, and left
//! out later where the preset says it. Never: a rule that is read in part.

use serde_json::{Map, Value, json};

use super::draft::{Draft, Fate, add};
use super::lens::Lens;
use super::subject::{self, Scene, Subject};
use crate::expr::Part;
use crate::foreign::Format;
use crate::plan::Role;
use crate::verify::{Grantee, Ownership, Permission};

/// Reads every setting.
pub(super) fn read(subject: &Subject<'_>, draft: &mut Draft) {
    name(subject, draft);
    block(subject, draft);
    ownership(subject, draft);
    let deletes = versioning(subject, draft);
    lifecycle(subject, deletes, draft);
    lock(subject, draft);
    events(subject, draft);
    replication(subject, draft);
    cors(subject, draft);
    tags(subject, draft);
}

/// Says where the name is one that only the deployment knows, so that another stands for it.
fn name(subject: &Subject<'_>, draft: &mut Draft) {
    let Scene { template, deployment, .. } = &subject.scene;
    let open = subject.bucket.name.parts().iter().any(|part| matches!(part, Part::Reference(..) | Part::Parameter(_)));
    if open && template.name_of(subject.bucket, deployment).is_none() {
        let why = format!("it is known only after the deployment, and `{}` stands for it", subject.name);
        let remedy = "give the name with `--bucket`, or write it into the profile";
        draft.item(Fate::Lost, "the name of the bucket", &subject.bucket.id, why, remedy);
    }
}

/// The switches of Block Public Access as a profile has them.
pub(super) fn switches(block: Option<&Lens<'_>>) -> Value {
    let names = [
        ("BlockPublicAcls", "public_acls"),
        ("IgnorePublicAcls", "ignore_acls"),
        ("BlockPublicPolicy", "public_policy"),
        ("RestrictPublicBuckets", "restrict"),
    ];
    // One that is unknown is on, as a profile has it by itself; that it is unknown is listed.
    let on = |aws: &str| block.is_some_and(|block| block.switch(aws) == Some(true) || block.is_open(aws));
    let off = names.iter().filter(|(aws, _)| !on(aws));
    let off: Map<String, Value> = off.map(|(_, word)| ((*word).to_owned(), false.into())).collect();
    if off.is_empty() { "all".into() } else { off.into() }
}

fn block(subject: &Subject<'_>, draft: &mut Draft) {
    let found = subject.section(subject::BLOCK);
    if found.is_none() && subject.scene.template.format != Format::Live {
        let why = "it is not in the input; S3 switches it on for buckets that are made since April 2023, and so does the profile";
        draft.item(Fate::Apart, "Block Public Access", &subject.bucket.id, why, "see what S3 says of the bucket before you deploy");
        return;
    }
    draft.say("public_access/block", switches(found.as_ref()), "Block Public Access", &subject.bucket.id);
}

fn ownership(subject: &Subject<'_>, draft: &mut Draft) {
    if let Some(rules) = subject.section(subject::OWNERSHIP) {
        rules.whole();
    }
    // A template without controls makes a bucket of today; for one that is there S3 says it.
    let ownership = subject.bucket.ownership.unwrap_or(match subject.scene.template.format {
        Format::Live if subject.bucket.unread.is_empty() => Ownership::Writer,
        // S3 takes such a grant for no bucket that is made today: this one is older.
        _ if !subject.bucket.acl.is_empty() => Ownership::Writer,
        _ => Ownership::Enforced,
    });
    let word = match ownership {
        Ownership::Enforced => "enforced",
        Ownership::Preferred => "preferred",
        Ownership::Writer => "writer",
    };
    draft.say("bucket/ownership", word.into(), "object ownership", &subject.bucket.id);
    if let Some(acl) = subject.section(subject::ACL) {
        acl.whole();
    }
    if ownership == Ownership::Enforced {
        return;
    }
    let mut grants: Vec<(Value, Vec<&str>)> = Vec::new();
    for (to, permission) in &subject.bucket.acl {
        let to = match to {
            Grantee::Everyone => json!("all-users"),
            Grantee::Authenticated => json!("authenticated-users"),
            Grantee::LogDelivery => json!("log-delivery"),
            Grantee::Canonical(id) => json!({ "canonical_user": id }),
            Grantee::Account(id) => {
                draft.lost(
                    format!("a grant of the ACL to account {id}"),
                    &subject.bucket.id,
                    "ACLs of profiles name canonical user ids",
                    "make it a grant of the policy",
                );
                continue;
            }
        };
        let can = match permission {
            Permission::Read => "read",
            Permission::Write => "write",
            Permission::ReadAcp => "read-acp",
            Permission::WriteAcp => "write-acp",
            Permission::FullControl => "full-control",
        };
        match grants.iter_mut().find(|(known, _)| *known == to) {
            Some((_, all)) => all.push(can),
            None => grants.push((to, vec![can])),
        }
    }
    for (to, can) in grants {
        if let Err(why) = draft.push("bucket/acl", json!({ "to": to, "can": can })) {
            draft.lost(format!("a grant of the ACL to {to}"), &subject.bucket.id, why, "make it a grant of the policy");
        }
    }
}

/// Says whether MFA delete is on.
fn versioning(subject: &Subject<'_>, draft: &mut Draft) -> bool {
    let found = subject.section(subject::VERSIONING);
    let found = found.map(|found| found.get("VersioningConfiguration").unwrap_or(found));
    let word = match found.as_ref().and_then(|found| found.text("Status")).as_deref() {
        Some("Enabled") => "enabled",
        Some("Suspended") => "suspended",
        _ => "off",
    };
    if !found.as_ref().is_some_and(|found| found.is_unknown() || found.is_open("Status")) {
        draft.say("bucket/versioning", word.into(), "versioning", &subject.bucket.id);
    }
    let deletes = found.and_then(|found| found.text("MFADelete")).as_deref() == Some("Enabled");
    if deletes {
        draft.say("mfa/delete", true.into(), "MFA delete", &subject.bucket.id);
    }
    deletes
}

fn lifecycle(subject: &Subject<'_>, deletes: bool, draft: &mut Draft) {
    let mut all: Map<String, Value> = Map::new();
    let found = subject.section(subject::LIFECYCLE);
    let rules = found.and_then(|found| found.any(&["Rules", "Rule"]));
    if rules.as_ref().is_some_and(Lens::is_unknown) {
        return;
    }
    for rule in rules.map(|rules| rules.items()).unwrap_or_default() {
        let name = rule.text("ID").or_else(|| rule.text("Id")).unwrap_or_default();
        let what = format!("the lifecycle rule `{name}`");
        // A rule that is refused leaves nothing behind: half of one could remove what the whole keeps.
        let mut tried = all.clone();
        let read = lifecycle_rule(&rule, &mut tried);
        if read.is_ok() {
            all = tried;
        }
        if let Err(why) = read {
            rule.whole();
            draft.lost(what, rule.place.clone(), why, "write a rule for the whole bucket, or keep the objects in a bucket of their own");
        }
    }
    for key in ["abort_multipart_after_days", "expire_noncurrent_after_days"] {
        all.entry(key).or_insert_with(|| "never".into());
    }
    if deletes {
        return;
    }
    for (key, value) in all {
        draft.say(&format!("bucket/lifecycle/{key}"), value, "lifecycle", &subject.bucket.id);
    }
}

/// Adds what a rule does, or says why the profile cannot.
fn lifecycle_rule(rule: &Lens<'_>, all: &mut Map<String, Value>) -> Result<(), String> {
    rule.complete()?;
    if rule.text("Status").as_deref() != Some("Enabled") {
        return Err("it is switched off".to_owned());
    }
    let limited = |lens: &Lens<'_>| !lens.left().is_empty();
    if rule.get("Filter").as_ref().is_some_and(limited) || rule.any(&["Prefix", "TagFilters"]).as_ref().is_some_and(limited) {
        return Err("it is about some of the objects only".to_owned());
    }
    let mut add = |key: &str, value: Value| match all.insert(key.to_owned(), value.clone()) {
        Some(old) if old != value => Err(format!("another rule says otherwise about `{key}`")),
        _ => Ok(()),
    };
    if let Some(days) = rule.get("AbortIncompleteMultipartUpload").and_then(|abort| abort.number("DaysAfterInitiation")) {
        add("abort_multipart_after_days", days.into())?;
    }
    let noncurrent = rule.get("NoncurrentVersionExpiration");
    let old = noncurrent.and_then(|old| old.number("NoncurrentDays")).or_else(|| rule.number("NoncurrentVersionExpirationInDays"));
    if let Some(days) = old {
        add("expire_noncurrent_after_days", days.into())?;
    }
    let expiration = rule.get("Expiration");
    if let Some(days) = expiration.as_ref().and_then(|one| one.number("Days")).or_else(|| rule.number("ExpirationInDays")) {
        add("expire_after_days", days.into())?;
    }
    let markers = expiration.and_then(|one| one.switch("ExpiredObjectDeleteMarker")).or_else(|| rule.switch("ExpiredObjectDeleteMarker"));
    if markers == Some(true) && old.is_none() {
        return Err("it removes delete markers by themselves; profiles remove them with the old versions".to_owned());
    }
    let moves = rule.any(&["Transitions", "Transition"]).map(|list| list.items()).unwrap_or_default();
    let mut steps = Vec::new();
    for step in moves {
        let days = step.number("Days").or_else(|| step.number("TransitionInDays"));
        let class = step.text("StorageClass").unwrap_or_default().to_lowercase().replace('_', "-");
        steps.push(json!({ "after_days": days.ok_or("it moves objects on a date")?, "to": class }));
    }
    if !steps.is_empty() {
        add("transitions", Value::Array(steps))?;
    }
    for key in ["ID", "Id", "TransitionDefaultMinimumObjectSize"] {
        rule.text(key);
    }
    match rule.left().first() {
        Some(left) => Err(format!("profiles have no word for its `{}`", left.place.rsplit('/').next().unwrap_or_default())),
        None => Ok(()),
    }
}

fn lock(subject: &Subject<'_>, draft: &mut Draft) {
    let Some(found) = subject.section(subject::LOCK) else { return };
    found.text("ObjectLockEnabled");
    let Some(retention) = found.at(&["Rule", "DefaultRetention"]) else {
        if !found.value().items().is_empty() {
            draft.lost(
                "Object Lock",
                found.place,
                "profiles lock with a default retention only",
                "write `bucket.object_lock` with a mode and a period",
            );
        }
        return;
    };
    if let Err(why) = retention.complete() {
        draft.lost("Object Lock", retention.place, why, "write `bucket.object_lock` with a mode and a period");
        return;
    }
    let mode = retention.text("Mode").unwrap_or_default().to_lowercase();
    let mut lock = json!({ "mode": mode });
    for (aws, word) in [("Days", "days"), ("Years", "years")] {
        if let Some(number) = retention.number(aws).filter(|number| *number > 0) {
            add(&mut lock, word, number);
        }
    }
    draft.say("bucket/object_lock", lock, "Object Lock", &retention.place);
}

fn events(subject: &Subject<'_>, draft: &mut Draft) {
    let found = subject.section(subject::NOTIFICATION);
    // An empty configuration switches EventBridge on; Terraform has a switch, CloudFormation another one within.
    let bridge = found.as_ref().is_some_and(|found| match (found.switch("Eventbridge"), found.get("EventBridgeConfiguration")) {
        (Some(on), _) => on,
        (None, Some(bridge)) => bridge.switch("EventBridgeEnabled").unwrap_or(true),
        (None, None) => false,
    });
    if bridge {
        draft.say("bucket/events", "eventbridge".into(), "events", &subject.bucket.id);
    }
    let lists = [
        "TopicConfigurations",
        "QueueConfigurations",
        "LambdaFunctionConfigurations",
        "LambdaConfigurations",
        "Topic",
        "Queue",
        "LambdaFunction",
    ];
    for list in lists {
        let Some(list) = found.as_ref().and_then(|found| found.get(list)) else { continue };
        for one in list.items() {
            let targets = ["TopicArn", "QueueArn", "LambdaFunctionArn", "Topic", "Queue", "Function"];
            let target = targets.iter().find_map(|name| one.text(name)).unwrap_or_default();
            one.whole();
            draft.lost(
                format!("the notification to `{target}`"),
                one.place,
                "profiles tell EventBridge of events, and nobody else; Terraform would replace the notifications",
                "write `bucket.events: eventbridge`, and let a rule there call the target",
            );
        }
    }
}

fn replication(subject: &Subject<'_>, draft: &mut Draft) {
    let Some(found) = subject.section(subject::REPLICATION) else { return };
    let rules = found.any(&["Rules", "Rule"]).map(|rules| rules.items()).unwrap_or_default();
    let mut whole: Option<Value> = None;
    let mut prefixes = Vec::new();
    for rule in &rules {
        let name = rule.text("ID").or_else(|| rule.text("Id")).unwrap_or_default();
        let read = replication_rule(rule, subject);
        let same = |value: &Value| whole.as_ref().is_none_or(|known| known == value);
        match read {
            Ok((value, prefix)) if same(&value) => {
                whole = Some(value);
                prefixes.extend(Some(prefix).filter(|prefix| !prefix.is_empty()));
            }
            other => {
                rule.whole();
                let why = other.err().unwrap_or_else(|| "another rule replicates otherwise; a profile has one way".to_owned());
                draft.lost(format!("the replication rule `{name}`"), rule.place.clone(), why, "keep one destination, or let the rule go");
            }
        }
    }
    let Some(mut value) = whole else { return };
    if !prefixes.is_empty() && prefixes.len() == rules.len() {
        add(&mut value, "prefixes", prefixes);
    }
    draft.say("bucket/replication", value, "replication", &found.place);
    let role = found.text("Role").unwrap_or_default();
    let own = super::draft::profile(draft.value()).ok().map(|profile| Role::name_for("s3-replication", &profile.bucket.full_name()));
    let name = role.rsplit('/').next().unwrap_or_default();
    if own.as_deref() != Some(name) && !name.ends_with("-of-this-stack") && !role.is_empty() {
        draft.lost(
            format!("the replication role `{name}`"),
            found.place,
            "the profile makes a role of its own for the bucket",
            "remove the old role once the new one replicates; the runbook says what the destination has to allow",
        );
    }
}

/// A rule as a profile's replication, and its prefix.
fn replication_rule(rule: &Lens<'_>, subject: &Subject<'_>) -> Result<(Value, String), String> {
    rule.complete()?;
    if rule.text("Status").as_deref() != Some("Enabled") {
        return Err("it is switched off".to_owned());
    }
    let destination = rule.get("Destination").ok_or("it has no destination")?;
    let bucket = destination.text("Bucket").ok_or("its destination is known only after the deployment")?;
    let mut value = json!({ "to_bucket": bucket.rsplit(':').next().unwrap_or_default() });
    if let Some(account) = destination.text("Account") {
        add(&mut value, "to_account", account);
        let owner = destination.at(&["AccessControlTranslation"]).and_then(|owner| owner.text("Owner"));
        if owner.as_deref() != Some("Destination") {
            return Err("the copies stay the property of this account; those of profiles belong to the destination's".to_owned());
        }
    }
    if let Some(key) =
        destination.get("EncryptionConfiguration").and_then(|one| one.text("ReplicaKmsKeyID").or_else(|| one.text("ReplicaKmsKeyId")))
    {
        // A replica's key lives where the replica does.
        let region = key.split(':').nth(3).filter(|region| !region.is_empty() && *region != subject.environment().region);
        if let Some(region) = region {
            add(&mut value, "to_region", region);
        }
        add(&mut value, "replica_key", key.clone());
    }
    if rule.get("DeleteMarkerReplication").and_then(|one| one.text("Status")).as_deref() == Some("Enabled") {
        add(&mut value, "delete_markers", true);
    }
    let filter = rule.get("Filter");
    let prefix = filter.as_ref().and_then(|filter| filter.text("Prefix")).or_else(|| rule.text("Prefix"));
    for key in ["ID", "Id", "Priority"] {
        rule.text(key);
    }
    if let Some(encrypted) = rule.at(&["SourceSelectionCriteria", "SseKmsEncryptedObjects"]) {
        encrypted.whole();
    }
    match rule.left().first() {
        Some(left) => Err(format!("profiles have no word for its `{}`", left.place.rsplit('/').next().unwrap_or_default())),
        None => Ok((value, prefix.unwrap_or_default())),
    }
}

fn cors(subject: &Subject<'_>, draft: &mut Draft) {
    let Some(found) = subject.section(subject::CORS) else { return };
    let rules = found.any(&["CORSRules", "CorsRules", "CorsRule"]).map(|rules| rules.items()).unwrap_or_default();
    for rule in rules {
        if let Err(why) = rule.complete() {
            rule.whole();
            draft.lost("a CORS rule", rule.place, why, "apply first and import the state, or what the script collects");
            continue;
        }
        let mut value = json!({ "origins": rule.texts("AllowedOrigins"), "methods": rule.texts("AllowedMethods") });
        for (names, word) in [(["AllowedHeaders"; 2], "headers"), (["ExposeHeaders", "ExposedHeaders"], "expose")] {
            let list: Vec<String> = names.iter().map(|name| rule.texts(name)).find(|list| !list.is_empty()).unwrap_or_default();
            if !list.is_empty() {
                add(&mut value, word, list);
            }
        }
        if let Some(seconds) = rule.number("MaxAgeSeconds").or_else(|| rule.number("MaxAge")).filter(|seconds| *seconds > 0) {
            add(&mut value, "max_age", seconds);
        }
        for key in ["ID", "Id"] {
            rule.text(key);
        }
        if let Err(why) = draft.push("bucket/cors", value) {
            rule.whole();
            draft.lost("a CORS rule", rule.place, why, "write one for origins with a scheme and a host");
        }
    }
}

fn tags(subject: &Subject<'_>, draft: &mut Draft) {
    let Some(found) = subject.section(subject::TAGS) else { return };
    // A tag of which the key or value is unknown is listed as that, and none of the profile's.
    let tag = |key: Option<String>, value: Option<Lens<'_>>| match value.as_ref().map(|value| (value.open_word(), value.is_unknown())) {
        Some((None, true)) => None,
        value => Some((key?, value.and_then(|(value, _)| value).unwrap_or_default())),
    };
    let pairs: Vec<(String, String)> = match subject.scene.template.format {
        Format::Terraform => match found.value() {
            crate::foreign::Value::Object(fields) => fields.iter().filter_map(|(key, _)| tag(Some(key.clone()), found.get(key))).collect(),
            _ => Vec::new(),
        },
        _ => found.items().iter().filter_map(|one| tag(one.text("Key"), one.get("Value"))).collect(),
    };
    for (key, value) in pairs {
        // Tags of AWS's own come and go with what sets them.
        if key.starts_with("aws:") {
            continue;
        }
        let tried = if key == "owner" {
            draft.set("owner", value.into())
        } else {
            let mut all = draft.get("bucket/tags").and_then(Value::as_object).cloned().unwrap_or_default();
            all.insert(key.clone(), value.into());
            draft.set("bucket/tags", all.into())
        };
        if let Err(why) = tried {
            draft.lost(format!("the tag `{key}`"), &found.place, why, "write it with characters that tags of profiles take");
        }
    }
}
