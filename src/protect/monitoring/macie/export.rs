//! Where Macie keeps what it found: a bucket that lets it write, and a key that lets it encrypt.
//!
//! Source: "Storing and retaining sensitive data discovery results", Amazon Macie User Guide (the statements, the principal in
//! regions that have to be switched on).

use super::{META, Macie, SERVICE, at, steps};
use crate::claim::{Flow, Guarantee};
use crate::expr::{Attribute, Expr, LogicalId};
use crate::names::BucketName;
use crate::plan::{Alias, Key as KmsKey, Kind, MACIE_BUCKET, Resource, ResultsExport};
use crate::policy::{Base, Condition, Document, Effect, Key, Principal, Statement};
use crate::protect::{Draft, uses};

/// The key, its name, and the setting of Macie.
const ID: LogicalId = LogicalId::fixed("MacieKey");
const ALIAS: LogicalId = LogicalId::fixed("MacieKeyAlias");
const EXPORT: LogicalId = LogicalId::fixed("MacieExport");

/// Regions with Macie that an account has to switch on, in which it calls by a name of the region ("Amazon Macie endpoints
/// and quotas" and "Regions", AWS General Reference).
pub const OPT_IN: &[&str] = &["af-south-1", "ap-east-1", "eu-south-1", "il-central-1", "me-south-1"];

/// The name by which Macie calls from the region of the draft.
pub(super) fn principal(draft: &Draft) -> String {
    match draft.region.as_text().filter(|region| OPT_IN.contains(region)) {
        Some(region) => format!("macie.{region}.amazonaws.com"),
        None => SERVICE.to_owned(),
    }
}

/// On whose behalf Macie delivers: its settings and its jobs, in this account and region.
pub(super) fn sources(draft: &Draft) -> [Expr; 2] {
    ["export-configuration:*", "classification-job/*"].map(|what| Expr::arn("macie2", draft.region.clone(), draft.account.clone(), what))
}

fn allow(sid: &'static str, draft: &Draft) -> Statement {
    Statement::new(Effect::Allow, sid)
        .to([Principal::Service(Expr::text(principal(draft)))])
        .when(Condition::one(Base::StringEquals, Key::SourceAccount, draft.account.clone()))
        .when(Condition::new(Base::ArnLike, Key::SourceArn, sources(draft)))
}

impl Macie {
    /// Whether the profile makes the bucket that receives.
    pub fn makes_bucket(&self) -> bool {
        self.export_to.as_ref().is_some_and(|target| target.given().is_none())
    }

    /// Makes `target` take what Macie finds.
    pub fn receive(&self, target: &mut Draft) {
        let origin = |reason: &'static str| target.origin(&META, at("export_to"), reason);
        let look = allow("AllowMacieToLook", target)
            .actions(["s3:GetBucketLocation"])
            .on([target.arn()])
            .because(origin("Macie sees where the bucket is"));
        let deliver = allow("AllowMacieToDeliver", target)
            .actions(["s3:PutObject"])
            .on([target.objects("")])
            .because(origin("Macie delivers what it finds in this account and region, and nothing else"));
        let flow = Flow::MacieDelivery { service: principal(target), sources: sources(target).to_vec(), account: target.account.clone() };
        let delivered = origin("Macie delivers what it finds");
        target.statements.extend([look, deliver]);
        target.claim(delivered, Guarantee::ServicesWork(flow));
    }

    /// Adds the key and the setting, and steps for what exists.
    pub(super) fn export(&self, own: &BucketName, draft: &mut Draft) {
        let Some(target) = &self.export_to else { return };
        let given = target.given();
        let (bucket, bucket_name) = match &given {
            Some(name) => (Expr::text(name.to_string()), name.to_string()),
            None => (Expr::reference(MACIE_BUCKET, Attribute::Id), own.to_string()),
        };
        if let Some(name) = &given {
            draft.steps.push(steps::let_deliver(name.as_str(), draft));
        }
        let (key, key_name) = match self.export_key.as_ref().and_then(super::ExportKey::given) {
            Some(given) => {
                draft.steps.push(steps::let_encrypt(given.as_str(), draft));
                (Expr::text(given.to_string()), given.to_string())
            }
            None => create_key(draft),
        };
        let export = ResultsExport { bucket, bucket_name, key, key_name };
        let policy = given.is_none().then(|| LogicalId::derived(&format!("{MACIE_BUCKET}Policy"), ""));
        let origin = draft.origin(&META, at("export_to"), "keeps what Macie found for longer than 90 days");
        // Macie tries to write when it is told where.
        draft.dependents.push(Resource::new(EXPORT, Kind::ResultsExport(export), origin).after(self.after()).after(policy));
    }
}

/// A key for what Macie found: its ARN, and the alias by which the command line finds it.
fn create_key(draft: &mut Draft) -> (Expr, String) {
    let because = |reason: &'static str| draft.origin(&META, at("export_key"), reason);
    let name = &draft.bucket.name;
    let statements = vec![
        Statement::new(Effect::Allow, "AllowAccountAdministration")
            .to([Principal::Aws(Expr::arn("iam", "", draft.account.clone(), "root"))])
            .actions(["kms:*"])
            .on(["*".into()])
            .because(because("the account administers the key and grants its use by IAM policies")),
        allow("AllowMacieToEncrypt", draft)
            .actions(["kms:Encrypt", "kms:GenerateDataKey"])
            .on(["*".into()])
            .because(because("Macie encrypts what it finds in this account and region")),
    ];
    let policy = Document { statements, ..Document::default() };
    let key = KmsKey { description: format!("Encrypts what Macie finds for {name}"), policy, tags: draft.bucket.tags.clone() };
    let key = Resource::new(ID, Kind::Key(key), because("encrypts what Macie finds")).retained(draft.retain);
    let alias = Alias { name: format!("alias/{}-macie", name.without_dots()), key: key.reference(Attribute::Id) };
    let claims = uses::promise([&key], draft);
    let found = (key.reference(Attribute::Arn), alias.name.clone());
    let alias = Resource::new(ALIAS, Kind::Alias(alias), because("a name for the key, for people"));
    draft.dependents.extend([key, alias]);
    draft.claims.extend(claims);
    found
}
