//! The key of a trail's own: CloudTrail encrypts under it for that trail only, and so does its log group.

use super::super::Draft;
use super::{CLOUDTRAIL, META, Naming};
use crate::expr::{Attribute, Expr, LogicalId, Pseudo};
use crate::path;
use crate::plan::{Alias, Key as KmsKey, Kind, Resource};
use crate::policy::{Base, Condition, Document, Effect, Key, Origin, Principal, Statement};

/// The key and its name.
const ID: LogicalId = LogicalId::fixed("TrailKey");
const ALIAS: LogicalId = LogicalId::fixed("TrailKeyAlias");

/// Adds the key and gives its ARN. Its policy names the trail, which does not exist yet, by what it will be called.
pub(super) fn create(naming: &Naming, log_group: bool, main: &Draft, made: &mut Vec<Resource>) -> Expr {
    let because = |reason: &'static str| main.origin(&META, path!["logging", "cloudtrail", "kms"], reason);
    let policy = Document { statements: statements(naming, log_group, main, because), ..Document::default() };
    let name = &main.bucket.name;
    let key = KmsKey { description: format!("Encrypts what the trail of {name} records"), policy, tags: main.bucket.tags.clone() };
    let key = Resource::new(ID, Kind::Key(key), because("encrypts what the trail records")).retained(main.retain);
    let alias = Alias { name: format!("alias/{}-trail", name.without_dots()), key: key.reference(Attribute::Id) };
    let arn = key.reference(Attribute::Arn);
    made.extend([key, Resource::new(ALIAS, Kind::Alias(alias), because("a name for the key, for people"))]);
    arn
}

/// "Configure AWS KMS key policies for CloudTrail" (AWS CloudTrail User Guide) and "Encrypt log data in CloudWatch Logs using
/// AWS Key Management Service" (Amazon CloudWatch Logs User Guide).
fn statements(naming: &Naming, log_group: bool, main: &Draft, because: impl Fn(&'static str) -> Origin) -> Vec<Statement> {
    let any = || ["*".into()];
    let context = |name: &str| Key::KmsEncryptionContext(name.to_owned());
    let for_trail = |sid: &'static str, action: &'static str| {
        Statement::new(Effect::Allow, sid).to([Principal::Service(CLOUDTRAIL.into())]).actions([action]).on(any()).when(Condition::one(
            Base::StringEquals,
            Key::SourceArn,
            naming.arn.clone(),
        ))
    };
    let trails = Expr::arn("cloudtrail", "*", main.account.clone(), "trail/*");
    let mut statements = vec![
        Statement::new(Effect::Allow, "AllowAccountAdministration")
            .to([Principal::Aws(Expr::arn("iam", "", main.account.clone(), "root"))])
            .actions(["kms:*"])
            .on(any())
            .because(because("the account administers the key and grants its use by IAM policies")),
        for_trail("AllowTrailToEncrypt", "kms:GenerateDataKey*")
            .when(Condition::one(Base::StringLike, context("aws:cloudtrail:arn"), trails))
            .because(because("CloudTrail encrypts what this trail records")),
        for_trail("AllowTrailToDescribeKey", "kms:DescribeKey").because(because("CloudTrail looks at the key of this trail")),
    ];
    if log_group {
        let service = Expr::text("logs.") + main.region.clone() + "." + Pseudo::UrlSuffix;
        let statement = Statement::new(Effect::Allow, "AllowLogGroupToEncrypt")
            .to([Principal::Service(service)])
            .actions(["kms:Decrypt", "kms:Describe*", "kms:Encrypt", "kms:GenerateDataKey*", "kms:ReEncrypt*"])
            .on(any())
            .when(Condition::one(Base::StringEquals, context("aws:logs:arn"), naming.group_arn.clone()));
        statements.push(statement.because(because("CloudWatch Logs encrypts the trail's log group")));
    }
    statements
}
