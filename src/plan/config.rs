//! AWS Config: rules, what records for them, and what puts right what they find.

use super::Tags;
use super::view::{Map, View};
use crate::expr::{Attribute, Expr, Literal, LogicalId};
use crate::names::BucketName;

/// A managed rule of AWS Config.
#[derive(Clone, Debug, PartialEq)]
pub struct ConfigRule {
    /// Its name, unique in the account and region.
    pub name: String,
    /// What it is for.
    pub description: String,
    /// AWS's name for what it checks.
    pub identifier: &'static str,
    /// What it compares with. Config takes texts only.
    pub parameters: Vec<(&'static str, Expr)>,
    /// The one resource that it looks at; a periodic rule looks at what its parameters say.
    pub scope: Option<RuleScope>,
}

/// What a rule looks at.
#[derive(Clone, Debug, PartialEq)]
pub struct RuleScope {
    /// The type of the resource.
    pub resource_type: &'static str,
    /// Its id: of a bucket, the name.
    pub id: Expr,
}

/// A document of Systems Manager Automation that makes one call to S3 about one bucket.
#[derive(Clone, Debug, PartialEq)]
pub struct Automation {
    /// Its name, unique in the account and region.
    pub name: String,
    /// What it does.
    pub description: String,
    /// The only bucket that it takes; without it, any of the account's.
    pub bucket: Option<String>,
    /// The operation of S3.
    pub operation: &'static str,
    /// What the operation is called with, beside the bucket.
    pub input: (&'static str, Literal<'static>),
    /// Its tags.
    pub tags: Tags,
}

/// What is done about a resource that a rule finds.
#[derive(Clone, Debug, PartialEq)]
pub struct Remediation {
    /// The rule.
    pub rule: LogicalId,
    /// What is run.
    pub automation: LogicalId,
    /// The ARN of the role in whose name it runs.
    pub role: Expr,
}

/// What records the configuration of resources. There is one in an account and region.
#[derive(Clone, Debug, PartialEq)]
pub struct Recorder {
    /// The ARN of the role that reads the configuration.
    pub role: Expr,
    /// The types of the resources.
    pub types: &'static [&'static str],
}

/// Where the records are delivered, and that they are made.
#[derive(Clone, Debug, PartialEq)]
pub struct DeliveryChannel {
    /// The recorder.
    pub recorder: LogicalId,
    /// The bucket.
    pub bucket: LogicalId,
}

/// The name of a recorder and of a delivery channel, which is the one that the console gives them.
const DEFAULT: &str = "default";

fn id(of: &LogicalId) -> View<'static> {
    View::Text(std::borrow::Cow::Owned(Expr::reference(of.clone(), Attribute::Id)))
}

fn words(words: &'static [&'static str]) -> Literal<'static> {
    Literal::List(words.iter().map(|word| Literal::text(*word)).collect())
}

impl ConfigRule {
    /// The longest name of a rule that Terraform's provider puts something back for (5.100: "expected length of
    /// config_rule_name to be in the range (1 - 64)"); AWS Config itself takes 128 characters.
    const MAX_PUT_BACK: usize = 64;

    /// A name for the rule of a bucket, or of whatever lends a bucket's name: unique, since bucket names are.
    pub fn name_for(rule: &str, bucket: &BucketName, put_back: bool) -> String {
        if !put_back {
            return format!("{bucket}-{rule}");
        }
        format!("{}-{rule}", bucket.shortened(Self::MAX_PUT_BACK.saturating_sub(rule.len() + 1)))
    }

    pub(super) fn view<'a>(&'a self, view: &mut Map<'a>) {
        view.extend([
            ("name", self.name.as_str().into()),
            ("description", self.description.as_str().into()),
            ("identifier", self.identifier.into()),
        ]);
        if !self.parameters.is_empty() {
            let parameters = self.parameters.iter().map(|(name, value)| (*name, Literal::from(value)));
            view.push(("parameters", View::Literal(Literal::object(parameters))));
        }
        if let Some(scope) = &self.scope {
            view.push(("scope", View::Map(vec![("type", scope.resource_type.into()), ("id", (&scope.id).into())])));
        }
    }
}

impl Automation {
    /// The role is a parameter because AWS Config hands it over so; the bucket because it is what the rule found.
    fn content(&self) -> Literal<'_> {
        let parameter = |about: &'static str, rest: Option<(&'static str, Literal<'static>)>| {
            let fields = [("type", Literal::text("String")), ("description", Literal::text(about))];
            Literal::object(fields.into_iter().chain(rest))
        };
        let only = match &self.bucket {
            Some(bucket) => ("allowedValues", Literal::List(vec![Literal::text(bucket.clone())])),
            // "General purpose bucket naming rules", Amazon S3 User Guide.
            None => ("allowedPattern", Literal::text("^[a-z0-9][a-z0-9.-]{1,61}[a-z0-9]$")),
        };
        let inputs = [
            ("Service", Literal::text("s3")),
            ("Api", Literal::text(self.operation)),
            ("Bucket", Literal::text("{{ BucketName }}")),
            (self.input.0, self.input.1.clone()),
        ];
        let step = [
            ("name", Literal::text(self.operation)),
            ("action", Literal::text("aws:executeAwsApi")),
            ("isEnd", Literal::Bool(true)),
            ("inputs", Literal::object(inputs)),
        ];
        Literal::object([
            ("schemaVersion", Literal::text("0.3")),
            ("description", Literal::text(self.description.as_str())),
            ("assumeRole", Literal::text("{{ AutomationAssumeRole }}")),
            (
                "parameters",
                Literal::object([
                    ("AutomationAssumeRole", parameter("the role in whose name it runs", None)),
                    ("BucketName", parameter("the bucket", Some(only))),
                ]),
            ),
            ("mainSteps", Literal::List(vec![Literal::object(step)])),
        ])
    }

    pub(super) fn view<'a>(&'a self, view: &mut Map<'a>) {
        view.extend([("name", self.name.as_str().into()), ("content", View::Literal(self.content()))]);
        if !self.tags.is_empty() {
            view.push(("tags", super::view::tags(&self.tags)));
        }
    }
}

impl Remediation {
    pub(super) fn view<'a>(&'a self, view: &mut Map<'a>) {
        view.extend([("rule", id(&self.rule)), ("automation", id(&self.automation)), ("role", (&self.role).into())]);
    }
}

impl Recorder {
    pub(super) fn view<'a>(&'a self, view: &mut Map<'a>) {
        view.extend([("name", DEFAULT.into()), ("role", (&self.role).into()), ("types", View::Literal(words(self.types)))]);
    }
}

impl DeliveryChannel {
    pub(super) fn view<'a>(&'a self, view: &mut Map<'a>) {
        view.extend([("name", DEFAULT.into()), ("bucket", id(&self.bucket)), ("recorder", id(&self.recorder))]);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_rule_that_is_put_back_has_a_name_that_terraform_takes() {
        let rule = "s3-bucket-level-public-access-prohibited";
        let of = |bucket: &str, put_back| ConfigRule::name_for(rule, &bucket.parse().unwrap(), put_back);
        assert_eq!(of("acme-invoices", true), format!("acme-invoices-{rule}"));
        let long = "account-baseline-777788889999-eu-west-1";
        assert_eq!(of(long, false), format!("{long}-{rule}"));
        let short = of(long, true);
        assert!(short.len() <= 64 && short.starts_with("account-baseli") && short.ends_with(rule), "{short}");
        assert_ne!(short, of("account-baseline-777788889999-eu-west-2", true));
    }
}
