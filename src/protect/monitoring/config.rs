//! AWS Config: rules that check whether the bucket still is what the profile says, what puts back what somebody
//! changed, and where asked for what records the configurations.
//!
//! Sources: "List of AWS Config Managed Rules", "Remediating Noncompliant Resources", "Permissions for the Amazon S3
//! Bucket for the AWS Config Delivery Channel", AWS Config Developer Guide; "Setting up Automation", AWS Systems Manager
//! User Guide.

use serde::{Deserialize, Serialize};

use super::Singleton;
use super::macie::Macie;
use super::rules::{self, Rule, RuleName};
use crate::claim::{Flow, Guarantee};
use crate::diag::Path;
use crate::expr::{Attribute, Expr, Literal, LogicalId};
use crate::path;
use crate::plan::{self, Automation, CONFIG_BUCKET, ConfigRule, DeliveryChannel, Kind, LogFormat, Recorder, Resource, Role, RuleScope};
use crate::plan::{Step, When};
use crate::policy::{Base, Condition, Document, Effect, Key, Principal, Statement};
use crate::protect::public_access::Switches;
use crate::protect::{Draft, Meta, uses};

/// What is known about this protection.
pub const META: Meta = Meta {
    id: "config",
    title: "AWS Config",
    risk: "what the profile says is true until somebody changes the bucket by hand, and nobody hears of it",
    statements: &[
        (
            "AllowAutomationToPutBack",
            "Lets Systems Manager Automation take on the role that puts settings back, for runs in this account and region only (the confused deputy).",
        ),
        (
            "PutBackSettings",
            "Lets the role put exactly the settings of this bucket that `monitoring.config.remediate` lists, and nothing else; that of an account profile those \
             of the account's buckets. Each document sets what the profile says.",
        ),
        ("AllowConfigToLook", "Lets AWS Config see that its bucket is there and whose it is, for this account only."),
        ("AllowConfigToDeliver", "Lets AWS Config write the records of this account to its bucket, and nothing else."),
    ],
};

/// The role in whose name settings are put back.
const ROLE: LogicalId = LogicalId::fixed("RemediationRole");

/// What records.
const RECORDER: LogicalId = LogicalId::fixed("ConfigRecorder");

/// Where the records go.
const CHANNEL: LogicalId = LogicalId::fixed("ConfigDeliveryChannel");

/// What the rules about buckets look at.
const RECORDED: &[&str] = &["AWS::KMS::Key", "AWS::S3::AccessPoint", "AWS::S3::AccountPublicAccessBlock", "AWS::S3::Bucket"];

/// AWS Config.
#[derive(Clone, Debug, Serialize, Deserialize)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
#[serde(deny_unknown_fields)]
pub struct Config {
    /// `auto` for the managed rules that check what the profile promises, or a list of rules by AWS's names. Each looks at this bucket only.
    #[serde(default)]
    pub rules: Rules,
    /// What records configurations, with a bucket for its records. An account has one in a region: `create` is for the one profile that makes it.
    #[serde(default)]
    pub recorder: Singleton,
    /// Settings that are put back as the profile has them when a rule finds them changed.
    #[serde(default)]
    #[cfg_attr(test, schemars(extend("uniqueItems" = true)))]
    pub remediate: Vec<Remediate>,
}

/// Which rules check the bucket.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(test, derive(schemars::JsonSchema), schemars(inline, extend("x-expects" = "`auto`, or a list of rules")))]
#[serde(untagged)]
pub enum Rules {
    /// Those that fit.
    Auto(Auto),
    /// These.
    Named(#[cfg_attr(test, schemars(length(min = 1), extend("uniqueItems" = true)))] Vec<RuleName>),
}

/// The word for the rules that fit.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(test, derive(schemars::JsonSchema), schemars(inline))]
pub enum Auto {
    /// Those that fit.
    #[serde(rename = "auto")]
    Auto,
}

impl Default for Rules {
    fn default() -> Self {
        Self::Auto(Auto::Auto)
    }
}

/// A setting that can be put back.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(test, derive(schemars::JsonSchema), schemars(inline))]
#[serde(rename_all = "kebab-case")]
pub enum Remediate {
    /// Block Public Access.
    PublicAccess,
    /// The default encryption.
    Encryption,
    /// Server access logs.
    Logging,
}

impl Remediate {
    /// The word that profiles use.
    pub const fn word(self) -> &'static str {
        match self {
            Self::PublicAccess => "public-access",
            Self::Encryption => "encryption",
            Self::Logging => "logging",
        }
    }

    /// The rule that finds it changed.
    pub const fn rule(self) -> &'static str {
        match self {
            Self::PublicAccess => "s3-bucket-level-public-access-prohibited",
            Self::Encryption => "s3-default-encryption-kms",
            Self::Logging => "s3-bucket-logging-enabled",
        }
    }

    const fn action(self) -> &'static str {
        match self {
            Self::PublicAccess => "s3:PutBucketPublicAccessBlock",
            Self::Encryption => "s3:PutEncryptionConfiguration",
            Self::Logging => "s3:PutBucketLogging",
        }
    }

    /// The operation and its input. AWS's own documents cannot say it: they know neither keys nor log targets without ACLs
    /// ("AWS-EnableS3BucketEncryption", "AWS-ConfigureS3BucketLogging", Automation Runbook Reference).
    fn operation(self, bucket: &plan::Bucket) -> Option<(&'static str, (&'static str, Literal<'static>))> {
        let text = |expr: &Expr| Literal::Text(std::borrow::Cow::Owned(expr.clone()));
        match self {
            Self::PublicAccess => {
                let block = bucket.public_access_block;
                let switches = Literal::object([
                    ("BlockPublicAcls", Literal::Bool(block.block_public_acls)),
                    ("IgnorePublicAcls", Literal::Bool(block.ignore_public_acls)),
                    ("BlockPublicPolicy", Literal::Bool(block.block_public_policy)),
                    ("RestrictPublicBuckets", Literal::Bool(block.restrict_public_buckets)),
                ]);
                Some(("PutPublicAccessBlock", ("PublicAccessBlockConfiguration", switches)))
            }
            Self::Encryption => {
                let encryption = &bucket.encryption;
                let mut default = vec![("SSEAlgorithm", Literal::text(encryption.algorithm.aws()))];
                default.extend(encryption.key.as_ref().map(|key| ("KMSMasterKeyID", text(key))));
                let mut rule = vec![("ApplyServerSideEncryptionByDefault", Literal::object(default))];
                rule.extend(encryption.bucket_key.map(|on| ("BucketKeyEnabled", Literal::Bool(on))));
                let rules = Literal::object([("Rules", Literal::List(vec![Literal::object(rule)]))]);
                Some(("PutBucketEncryption", ("ServerSideEncryptionConfiguration", rules)))
            }
            Self::Logging => {
                let logging = bucket.logging.as_ref()?;
                let nothing: [(&str, Literal<'static>); 0] = [];
                let format = match logging.format {
                    LogFormat::Simple => ("SimplePrefix", Literal::object(nothing)),
                    LogFormat::Partitioned => ("PartitionedPrefix", Literal::object([("PartitionDateSource", Literal::text("EventTime"))])),
                };
                let enabled = Literal::object([
                    ("TargetBucket", text(&logging.target)),
                    ("TargetPrefix", Literal::text(logging.prefix.clone())),
                    ("TargetObjectKeyFormat", Literal::object([format])),
                ]);
                Some(("PutBucketLogging", ("BucketLoggingStatus", Literal::object([("LoggingEnabled", enabled)]))))
            }
        }
    }
}

/// Adds the rules that look at every bucket of the account, and at its Macie where the profile has one, and what puts settings back.
pub fn for_account(recorder: Singleton, remediate: &[RemediateAll], macie: Option<&Macie>, draft: &mut Draft) {
    let after = match recorder {
        Singleton::Create => vec![RECORDER, CHANNEL],
        Singleton::Existing => Vec::new(),
    };
    let of_macie =
        [macie.is_some().then_some(rules::MACIE), macie.is_some_and(|macie| macie.automated_discovery).then_some(rules::DISCOVERY)];
    let names = rules::OF_ACCOUNT.iter().copied().chain(of_macie.into_iter().flatten());
    let rules: Vec<&Rule> = names.filter_map(|name| rules::ALL.iter().find(|rule| rule.name == name)).collect();
    let settings: Vec<Remediate> = remediate.iter().map(|RemediateAll::PublicAccess| Remediate::PublicAccess).collect();
    for rule in &rules {
        let kind = Kind::ConfigRule(ConfigRule {
            name: ConfigRule::name_for(rule.name, &draft.bucket.name, settings.iter().any(|setting| setting.rule() == rule.name)),
            description: if rule.name.starts_with("macie-") { rule.checks.to_owned() } else { format!("Every bucket: {}", rule.checks) },
            identifier: rule.identifier,
            parameters: Vec::new(),
            scope: None,
        });
        let resource = Resource::new(rule_id(rule.name), kind, draft.origin(&META, path!["monitoring", "config"], rule.checks));
        draft.dependents.push(resource.after(after.clone()));
    }
    if !settings.is_empty() {
        let account = draft.account.clone();
        // The ARN of a bucket says nothing about its account.
        let own = Condition::one(Base::StringEquals, Key::ResourceAccount, account);
        let whose = ("the account's buckets", "puts settings of the account's buckets, and does nothing else");
        put_back_role(&settings, Expr::arn("s3", "", "", "*"), Some(own), whose, draft);
        // The rule is satisfied by all four only.
        draft.bucket.public_access_block = Switches::ALL.into();
        settings.iter().for_each(|setting| put_back(*setting, None, draft));
    }
    draft.steps.push(match recorder {
        Singleton::Existing => recorder_is_there(draft),
        Singleton::Create => linked_role(draft),
    });
    let names: Vec<&str> = rules.iter().map(|rule| rule.name).collect();
    draft.claim_setting(&META, path!["monitoring", "config"], "rules of AWS Config", names.join(", "));
}

/// A setting that can be put back for every bucket of an account. The others have no value that is right for all: which key
/// encrypts is a choice for each bucket, and a bucket that receives access logs must not send its own to itself.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(test, derive(schemars::JsonSchema), schemars(inline))]
#[serde(rename_all = "kebab-case")]
pub enum RemediateAll {
    /// Block Public Access: all four switches of the bucket.
    PublicAccess,
}

/// Makes `target` receive what the recorder of the account records, and adds the recorder.
pub fn record_into(target: &mut Draft) {
    Config { rules: Rules::default(), recorder: Singleton::Create, remediate: Vec::new() }.record(target);
}

impl Config {
    /// The roles that look at the bucket and put its settings back.
    pub(super) fn role(&self, draft: &mut Draft) {
        draft.spare_linked(SERVICE, LINKED, &["s3:GetBucket*", "s3:GetEncryptionConfiguration", "s3:GetLifecycleConfiguration"]);
        if self.remediate.is_empty() {
            return;
        }
        let whose = (draft.bucket.name.to_string(), "puts settings of this bucket, and does nothing else");
        put_back_role(&self.remediate, draft.arn(), None, (&whose.0, whose.1), draft);
        draft.from_elsewhere.push(Expr::reference(ROLE, Attribute::Arn));
    }

    /// The rules that check the bucket.
    fn rules(&self, draft: &Draft) -> Vec<&'static Rule> {
        match &self.rules {
            Rules::Auto(Auto::Auto) => rules::ALL.iter().filter(|rule| rule.fits(draft)).collect(),
            Rules::Named(names) => names.iter().filter_map(RuleName::rule).collect(),
        }
    }

    pub(super) fn lower(&self, draft: &mut Draft) {
        let rules = self.rules(draft);
        let place = |rule: &Rule| match &self.rules {
            Rules::Auto(_) => path!["monitoring", "config", "rules"],
            Rules::Named(names) => {
                let at = names.iter().position(|name| name.as_str() == rule.name).unwrap_or_default();
                path!["monitoring", "config", "rules", at]
            }
        };
        // A rule cannot be made before something records what it is about.
        let after = match self.recorder {
            Singleton::Create => vec![RECORDER, CHANNEL],
            Singleton::Existing => Vec::new(),
        };
        for rule in &rules {
            let resource =
                Resource::new(rule_id(rule.name), config_rule(rule, &self.remediate, draft), draft.origin(&META, place(rule), rule.checks));
            draft.dependents.push(resource.after(after.clone()));
        }
        for setting in &self.remediate {
            if rules.iter().any(|rule| rule.name == setting.rule()) {
                put_back(*setting, Some(draft.bucket.name.to_string()), draft);
            }
        }
        draft.steps.push(match self.recorder {
            Singleton::Existing => recorder_is_there(draft),
            Singleton::Create => linked_role(draft),
        });
        let names: Vec<&str> = rules.iter().map(|rule| rule.name).collect();
        draft.claim_setting(&META, path!["monitoring", "config", "rules"], "rules of AWS Config", names.join(", "));
    }

    /// Makes `target` take what AWS Config records, and makes what records.
    pub fn record(&self, target: &mut Draft) {
        let origin = |reason: &'static str, target: &Draft| target.origin(&META, path!["monitoring", "config", "recorder"], reason);
        let account = || Condition::one(Base::StringEquals, Key::SourceAccount, target.account.clone());
        let allow = |sid: &'static str| Statement::new(Effect::Allow, sid).to([Principal::Service(SERVICE.into())]).when(account());
        let folder = target.arn() + "/AWSLogs/" + target.account.clone() + "/Config/*";
        let look = allow("AllowConfigToLook").actions(["s3:GetBucketAcl", "s3:ListBucket"]).on([target.arn()]);
        let look = look.because(origin("AWS Config sees that the bucket is there and whose it is", target));
        let deliver = allow("AllowConfigToDeliver")
            .actions(["s3:PutObject"])
            .on([folder])
            .when(Condition::one(Base::StringEquals, Key::XAmzAcl, "bucket-owner-full-control"))
            .because(origin("AWS Config delivers the records of this account, and nothing else", target));
        target.statements.extend([look, deliver]);
        let flow = Flow::ConfigDelivery { account: target.account.clone() };
        target.claim(origin("AWS Config delivers its records", target), Guarantee::ServicesWork(flow));
        let role = target.linked_role(SERVICE, LINKED);
        let recorder = Kind::Recorder(Recorder { role, types: RECORDED });
        let channel = Kind::DeliveryChannel(DeliveryChannel { recorder: RECORDER, bucket: CONFIG_BUCKET });
        let recorder = Resource::new(RECORDER, recorder, origin("records the configuration of buckets and keys", target));
        let channel = Resource::new(CHANNEL, channel, origin("delivers the records", target));
        target.dependents.extend([recorder, channel.after([LogicalId::fixed("ConfigBucketPolicy")])]);
    }
}

/// The service by the name of its principal.
const SERVICE: &str = "config.amazonaws.com";

/// The role that it makes for itself, which can read every type that it records. FSBP Config.1 asks for it.
const LINKED: &str = "AWSServiceRoleForConfig";

fn rule_id(name: &str) -> LogicalId {
    LogicalId::derived("ConfigRule", name.strip_prefix("s3-").unwrap_or(name))
}

fn config_rule(rule: &Rule, remediate: &[Remediate], draft: &Draft) -> Kind {
    let id = Expr::reference(draft.id.clone(), Attribute::Id);
    Kind::ConfigRule(ConfigRule {
        name: ConfigRule::name_for(rule.name, &draft.bucket.name, remediate.iter().any(|setting| setting.rule() == rule.name)),
        description: format!("{}: {}", draft.bucket.name, rule.checks),
        identifier: rule.identifier,
        parameters: rule.parameters(draft),
        scope: rule.is_scoped().then_some(RuleScope { resource_type: "AWS::S3::Bucket", id }),
    })
}

/// The role in whose name settings are put back, and that may put nothing but them.
fn put_back_role(settings: &[Remediate], on: Expr, when: Option<Condition>, (whose, reason): (&str, &'static str), draft: &mut Draft) {
    let path = path!["monitoring", "config", "remediate"];
    let runs = Expr::arn("ssm", draft.region.clone(), draft.account.clone(), "automation-execution/*");
    let trust = Statement::new(Effect::Allow, "AllowAutomationToPutBack")
        .to([Principal::Service("ssm.amazonaws.com".into())])
        .actions(["sts:AssumeRole"])
        .when(Condition::one(Base::StringEquals, Key::SourceAccount, draft.account.clone()))
        .when(Condition::one(Base::ArnLike, Key::SourceArn, runs))
        .because(draft.origin(&META, path.clone(), "Systems Manager takes the role on for its runs in this account and region"));
    let mut actions: Vec<_> = settings.iter().map(|setting| setting.action()).collect();
    actions.sort_unstable();
    let mut allow = Statement::new(Effect::Allow, "PutBackSettings").actions(actions).on([on]);
    allow.principal = None;
    let allow = when.into_iter().fold(allow, Statement::when).because(draft.origin(&META, path.clone(), reason));
    let role = Role {
        name: Role::name_for("config-remediation", &draft.bucket.name),
        description: format!("Puts settings of {whose} back"),
        trust: Document { statements: vec![trust], ..Document::default() },
        policy_name: "put-back",
        policy: Document { statements: vec![allow], ..Document::default() },
        tags: draft.bucket.tags.clone(),
    };
    let origin = draft.origin(
        &META,
        path,
        format!(
            "Systems Manager takes it on to put settings of {} back",
            if whose == draft.bucket.name.as_str() { "the bucket" } else { whose }
        ),
    );
    let role = Resource::new(ROLE, Kind::Role(role), origin);
    draft.claims.extend(uses::promise([&role], draft));
    draft.needs.push(role);
}

/// A document that sets what the profile says, and the order to run it when the rule finds something else.
fn put_back(setting: Remediate, bucket: Option<String>, draft: &mut Draft) {
    let Some((operation, input)) = setting.operation(&draft.bucket) else { return };
    let whose = bucket.as_deref().map_or_else(|| "a bucket".to_owned(), str::to_owned);
    let origin = |reason: String| draft.origin(&META, path!["monitoring", "config", "remediate"], reason);
    let automation = Automation {
        name: format!("s3-restore-{}-{}", setting.word(), draft.bucket.name),
        description: format!("Sets {} of {whose} as its profile has it", setting.word()),
        bucket,
        operation,
        input,
        tags: draft.bucket.tags.clone(),
    };
    let id = LogicalId::derived("Restore", setting.word());
    let remediation =
        plan::Remediation { rule: rule_id(setting.rule()), automation: id.clone(), role: Expr::reference(ROLE, Attribute::Arn) };
    let document = Resource::new(id, Kind::Automation(automation), origin(format!("sets {} as the profile has it", setting.word())));
    let id = LogicalId::derived("Remediate", setting.word());
    let remediation =
        Resource::new(id, Kind::Remediation(remediation), origin(format!("puts {} back when the rule finds it changed", setting.word())));
    draft.dependents.extend([document, remediation]);
}

fn at() -> Path {
    path!["monitoring", "config", "recorder"]
}

fn recorder_is_there(draft: &Draft) -> Step {
    Step {
        title: format!("See that AWS Config records {}", draft.bucket.name),
        why: "the recorder exists once in the account and region, outside of this profile; without one no rule can be made, and without its buckets \
              no rule finds anything"
            .to_owned(),
        when: When::Before,
        commands: vec!["aws configservice describe-configuration-recorders --query 'ConfigurationRecorders[].[roleARN,recordingGroup]' --output json".to_owned()],
        verify: vec![
            "aws configservice describe-configuration-recorder-status --query 'ConfigurationRecordersStatus[].recording' --output text".to_owned(),
        ],
        expect: format!(
            "True; above, allSupported is true or the resource types hold AWS::S3::Bucket, and the role is {LINKED}: another one belongs into \
             network.except.principals where the profile has networks"
        ),
        path: at(),
    }
}

fn linked_role(draft: &Draft) -> Step {
    Step {
        title: "Let AWS Config make its role".to_owned(),
        why: format!(
            "the recorder for {} works with the service-linked role, which an account has once and a template can only make where it is missing",
            draft.bucket.name
        ),
        when: When::Before,
        commands: vec![
            "# an error that says that the role has been taken is fine".to_owned(),
            "aws iam create-service-linked-role --aws-service-name config.amazonaws.com || true".to_owned(),
            "# an account has one recorder in a region: where this prints a name, use `recorder: existing`".to_owned(),
            "aws configservice describe-configuration-recorders --query 'ConfigurationRecorders[].name' --output text".to_owned(),
        ],
        verify: vec!["aws iam get-role --role-name AWSServiceRoleForConfig --query Role.Arn --output text".to_owned()],
        expect: format!("an ARN that ends in role/aws-service-role/{SERVICE}/{LINKED}"),
        path: at(),
    }
}
