//! The policy of a created key follows the grants: whoever may read or write objects may use the key for that, through
//! S3 and for this bucket only.
//!
//! In: grants of resource policies. Out: statements on the key that the draft creates. A key that exists has a policy
//! of its own, and IAM policies carry rights on keys themselves: neither is touched here.

use super::grants::Grant;
use super::parties::{Parties, Party};
use super::{Draft, Meta, uses};
use crate::claim::{Guarantee, Use, User, Work};
use crate::expr::{Attribute, Expr, Pseudo};
use crate::path;
use crate::plan::{KEY, Kind, shell_word};
use crate::policy::{Action, Actions, Base, Condition, Effect, Element, Key, Statement};

/// What is known about this protection.
pub const META: Meta = Meta {
    id: "key-use",
    title: "use of the key",
    risk: "S3 answers AccessDenied to readers and writers that the bucket's policy lets in, or the key serves other buckets too",
    statements: &[
        (
            "AllowReadersToDecrypt",
            "Lets whoever the grants let read objects decrypt them, through S3 in this region and for objects of this bucket only. The ending ByArn, \
             OfOrganization or ByService tells how the principals are known. Change it with `grants`.",
        ),
        (
            "AllowWritersToEncrypt",
            "Lets whoever the grants let write objects have data keys made for them, through S3 in this region and for objects of this bucket only; \
             uploads in parts need to decrypt as well. The ending ByArn, OfOrganization or ByService tells how the principals are known. Change it with \
             `grants`.",
        ),
    ],
};

/// Actions that read the contents of objects.
const READS: &[&str] = &["s3:GetObject", "s3:GetObjectVersion"];

/// Actions that write them. Parts are joined under the same action ("Multipart upload API and permissions", Amazon S3 User Guide).
const WRITES: &[&str] = &["s3:PutObject"];

/// What a grant needs of a key: to decrypt, to encrypt.
pub fn needs(actions: Actions) -> (bool, bool) {
    let any = |names: &[&str]| names.iter().filter_map(|name| Action::parse(name)).any(|action| actions.contains(action));
    (any(READS), any(WRITES))
}

/// What readers of objects do with the key.
pub const DECRYPT: &[&str] = &["kms:Decrypt"];

/// What writers of objects do with the key.
pub const ENCRYPT: &[&str] = &["kms:Decrypt", "kms:GenerateDataKey"];

/// What the principals of a grant do with the key; nothing where they neither read nor write objects.
pub fn actions(grant: &Grant) -> &'static [&'static str] {
    match needs(grant.actions()) {
        (_, true) => ENCRYPT,
        (true, false) => DECRYPT,
        (false, false) => &[],
    }
}

/// That a call to KMS is made by S3 in the bucket's region.
pub fn through_s3(region: &Expr) -> Condition {
    let service = Expr::text("s3.") + region.clone() + "." + Pseudo::UrlSuffix;
    Condition::one(Base::StringEquals, Key::KmsViaService, service)
}

/// That a call to KMS is about the bucket: with a bucket key the context is the bucket, without one the object ("Using
/// IAM policies with S3 Bucket Keys", Amazon S3 User Guide), and objects from before a change keep theirs.
pub fn for_bucket(bucket: &Expr) -> Condition {
    let key = Key::KmsEncryptionContext("aws:s3:arn".to_owned());
    Condition::new(Base::StringLike, key, [bucket.clone(), bucket.clone() + "/*"])
}

/// Lets the principals of grants use the key that the draft creates, if it does.
pub fn lower<'g>(grants: impl Iterator<Item = &'g Grant>, draft: &mut Draft) {
    if !draft.needs.iter().any(|resource| resource.id == KEY) {
        return;
    }
    let (mut readers, mut writers) = (Parties::default(), Parties::default());
    let (mut statements, mut needed_by) = (Vec::new(), Vec::new());
    for grant in grants {
        needed_by.extend(uses_of(grant, draft));
        let (decrypts, encrypts) = needs(grant.actions());
        let parties = grant.parties(&draft.account);
        for (needed, sid, actions) in [(decrypts, "ReadersDecrypt", DECRYPT), (encrypts, "WritersEncrypt", ENCRYPT)] {
            // Each service calls on behalf of a source of its own, so that they have statements of their own.
            for party in parties.services().statements(None, grant.when.source(&draft.account), &draft.account) {
                if needed {
                    let sid = format!("{}{sid}{}", grant.name.pascal(), party.word);
                    statements.push(statement(sid, actions, party, Vec::new(), draft));
                }
            }
        }
        if decrypts {
            readers = readers.and(parties.clone().people());
        }
        if encrypts {
            writers = writers.and(parties.people());
        }
    }
    // Writers decrypt as well.
    readers = readers.without(&writers).each_once();
    writers = writers.each_once();
    statements = needed_of(statements);
    let confined = || vec![through_s3(&draft.region), for_bucket(&draft.arn())];
    for (parties, sid, actions) in [(readers, "AllowReadersToDecrypt", DECRYPT), (writers, "AllowWritersToEncrypt", ENCRYPT)] {
        for party in parties.statements(None, Vec::new(), &draft.account) {
            statements.push(statement(format!("{sid}{}", party.word), actions, party, confined(), draft));
        }
    }
    if !needed_by.is_empty() {
        let origin = draft.origin(&META, path!["encryption", "key"], "whoever the grants let in can use the key");
        draft.claim(origin, Guarantee::UsesWork { work: Work::Key, of: vec![KEY], uses: needed_by });
    }
    for resource in &mut draft.needs {
        if let Kind::Key(key) = &mut resource.kind {
            key.policy.statements.append(&mut statements);
        }
    }
}

/// What the principals of a grant do with the key: S3 calls it for people, services call it themselves. The context is the
/// bucket where it has a bucket key, and the object where it has none.
fn uses_of(grant: &Grant, draft: &Draft) -> Vec<Use> {
    let actions = actions(grant);
    let key = Expr::reference(KEY, Attribute::Arn);
    let service = || uses::context(&grant.when.source(&draft.account));
    let context_of = |arn: Expr| [(Key::KmsEncryptionContext("aws:s3:arn".to_owned()), arn)];
    let calls = |by: &User| -> Vec<Use> {
        let own = if let User::Service(_) = by { service() } else { uses::context(&[through_s3(&draft.region)]) };
        let for_each = [draft.arn(), draft.arn() + "/key"].map(context_of);
        for_each
            .into_iter()
            .flat_map(|context| uses::each(by, actions.iter().copied(), &key, &[own.as_slice(), &context].concat()))
            .collect()
    };
    grant.to.iter().filter_map(|grantee| uses::user(grantee, &draft.account)).flat_map(|by| calls(&by)).collect()
}

/// The statements without those that give nothing that another of them does not give.
fn needed_of(statements: Vec<Statement>) -> Vec<Statement> {
    let mut kept: Vec<Statement> = Vec::with_capacity(statements.len());
    for statement in statements {
        if !kept.iter().any(|other| other.covers(&statement)) {
            kept.retain(|other| !statement.covers(other));
            kept.push(statement);
        }
    }
    kept
}

fn statement(sid: String, actions: &[&'static str], party: Party, confined: Vec<Condition>, draft: &Draft) -> Statement {
    let reason = "whoever the grants let in uses the key, through S3 and for this bucket only";
    let origin = draft.origin(&META, path!["encryption", "key"], reason);
    Statement {
        sid: Some(sid.into()),
        effect: Effect::Allow,
        principal: Some(Element::Is(party.principals)),
        action: Element::Is(actions.iter().map(|action| (*action).into()).collect()),
        resource: Some(Element::Is(vec!["*".into()])),
        condition: party.conditions.into_iter().chain(confined).collect(),
        origin: Some(origin),
    }
}

/// The command that finds a key's ARN: policies of keys are not had by aliases ("GetKeyPolicy", AWS KMS API Reference).
pub(in crate::protect) fn find(key: &str) -> String {
    format!("KEY=$(aws kms describe-key --key-id {} --query KeyMetadata.Arn --output text)", shell_word(key))
}

/// The commands that change the policy of a key that exists, with what is to be done in between.
pub(in crate::protect) fn change_policy(key: &str, between: &[&str]) -> Vec<String> {
    let fetch = "aws kms get-key-policy --key-id \"$KEY\" --policy-name default --query Policy --output text >key-policy.json";
    let put = "aws kms put-key-policy --key-id \"$KEY\" --policy-name default --policy file://key-policy.json";
    let between = between.iter().map(|line| format!("# {line}"));
    [find(key), fetch.to_owned()].into_iter().chain(between).chain([put.to_owned()]).collect()
}
