//! Encryption at rest: the default, the key and who administers it.
//!
//! In: the bucket's setting and, in a template, the key that it refers to. Out: `encryption` of the profile. Never: the key
//! `aws/s3`, whose policy nobody can change; it is said to be lost.

use super::draft::Draft;
use super::lens::Lens;
use super::policy::{Stated, Target, identity, statements};
use super::subject::{self, Subject, referred};
use crate::expr::{Attribute, Expr, LogicalId};
use crate::foreign::Format;
use crate::plan::KEY;

/// The types of keys.
const KEYS: &[&str] = &["AWS::KMS::Key", "aws_kms_key"];

/// Reads the setting.
pub(super) fn read(subject: &Subject<'_>, draft: &mut Draft) {
    let place = subject.bucket.id.clone();
    let Some(found) = subject.section(subject::ENCRYPTION) else {
        draft.say("encryption/algorithm", "sse-s3".into(), "encryption", &place);
        return;
    };
    let Some(rule) = found.any(&["Rules", "ServerSideEncryptionConfiguration", "Rule"]).and_then(|rules| rules.items().into_iter().next())
    else {
        return;
    };
    let default = rule.any(&["ApplyServerSideEncryptionByDefault", "ServerSideEncryptionByDefault"]);
    let algorithm = default.as_ref().and_then(|one| one.text("SSEAlgorithm")).unwrap_or_default();
    let word = match algorithm.as_str() {
        "aws:kms" => "sse-kms",
        "aws:kms:dsse" => "dsse-kms",
        _ => "sse-s3",
    };
    // What is unknown is listed, and stays as a profile has it by itself.
    if default.as_ref().is_some_and(|one| one.is_unknown() || one.is_open("SSEAlgorithm")) {
        return;
    }
    draft.say("encryption/algorithm", word.into(), "encryption", &place);
    let bucket_key = rule.switch("BucketKeyEnabled");
    if word == "sse-kms" && !rule.is_open("BucketKeyEnabled") {
        draft.say("encryption/bucket_key", bucket_key.unwrap_or(false).into(), "the bucket key", &place);
    }
    let blocked = rule.at(&["BlockedEncryptionTypes"]).map(|list| match list.get("EncryptionType") {
        Some(inner) => inner.items(),
        None => list.items(),
    });
    let blocked: Vec<String> = blocked.unwrap_or_default().iter().filter_map(Lens::word).collect();
    let sse_c = blocked.iter().any(|word| word == "SSE-C");
    draft.say("encryption/sse_c", if sse_c { "block" } else { "allow" }.into(), "keys of the caller", &place);
    if word != "sse-s3" {
        key(subject, default.as_ref(), draft);
    }
}

fn key(subject: &Subject<'_>, default: Option<&Lens<'_>>, draft: &mut Draft) {
    let given = default.and_then(|one| one.peek("KMSMasterKeyID"));
    let keys: Vec<Lens<'_>> = subject.all(KEYS).collect();
    let text = given.as_ref().and_then(Lens::open_word);
    let made = keys.iter().find(|key| {
        // Before a plan is applied, what the key is called is the same constant wherever the configuration refers to it.
        let same = |name: &str| given.as_ref().zip(key.peek(name)).is_some_and(|(given, own)| given.value() == own.value());
        // A template names its own key by an id that the deployment makes up.
        let own = Expr::reference(LogicalId::named(key.place.as_str()), Attribute::Id);
        let own = subject.environment().text(&own).map(|id| format!("key/{id}"));
        let ends = own.is_some_and(|own| text.as_ref().is_some_and(|text| text.ends_with(&own)));
        ends || given.as_ref().and_then(|given| referred(given.value())) == Some(key.place.as_str())
            || ["Arn", "KeyId", "Id"].into_iter().any(same)
    });
    let made_known = made.is_some() || text.is_some();
    if given.as_ref().is_some_and(Lens::is_unknown) && !made_known {
        return;
    }
    if let Some(given) = given.as_ref().filter(|_| made.is_some()) {
        given.known_elsewhere();
    }
    match (made, text) {
        (Some(made), _) => {
            draft.key = Some(made.place.clone());
            draft.say("encryption/key", "create".into(), "the key", &made.place);
            // The id of a key is known of what is applied only.
            let id = made.peek("KeyId").filter(|id| !id.is_unknown()).and_then(|id| id.word());
            if let Some(id) = id.filter(|_| subject.scene.template.format == Format::Terraform) {
                draft.adopts.insert(KEY.to_string(), id);
            }
            admins(subject, made, draft);
        }
        (None, Some(text)) if text.contains("alias/aws/") => aws_key(subject, draft),
        (None, Some(text)) => draft.say("encryption/key", text.into(), "the key", &subject.bucket.id),
        (None, None) => aws_key(subject, draft),
    }
}

fn aws_key(subject: &Subject<'_>, draft: &mut Draft) {
    draft.lost(
        "the key `aws/s3`",
        format!("{}/encryption", subject.bucket.id),
        "its policy cannot be changed, so no other account can be let in and profiles do not use it",
        "take `encryption.key: create` or a key of your own; objects that are there stay under the old key until they are copied",
    );
}

/// Who administers a key that the template makes, and what else its policy says.
fn admins(subject: &Subject<'_>, key: &Lens<'_>, draft: &mut Draft) {
    let Some(policy) = subject.scene.template.policies.iter().find(|policy| policy.resource == key.place) else { return };
    let Ok(document) = &policy.document else { return };
    let target = Target::of(subject, subject.environment());
    for statement in statements(document, subject.environment(), &policy.resource) {
        let administers = statement.acts("kms:PutKeyPolicy") && !statement.acts("kms:Decrypt") && !statement.acts("kms:*");
        let Some(patterns) = statement.values("ArnLike", "aws:PrincipalArn").filter(|_| administers) else { continue };
        for pattern in patterns {
            match identity(&pattern, &target) {
                Some(admin) => drop(draft.push("encryption/key_admins", admin)),
                None => missed(&statement, &pattern, draft),
            }
        }
    }
}

fn missed(statement: &Stated, pattern: &str, draft: &mut Draft) {
    draft.lost(
        format!("the key's administrator `{pattern}`"),
        &statement.place,
        "it is a pattern",
        "name the role in `encryption.key_admins`",
    );
}
