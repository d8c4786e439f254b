//! What tells a resource that exists from others of its type, as the imports of Terraform and CloudFormation ask for it.
//!
//! In: a kind, and the id by which a profile adopts one that exists. Out: what each target calls it. Never: an identifier that
//! has to be guessed.
//!
//! Sources: Terraform: the section "Import" of each resource's page in the documentation of hashicorp/aws, read for generations 5 and
//! 6. CloudFormation: `primaryIdentifier` and `required` of each type's schema; of a synthetic identifier, which stands in no
//! property and which nobody but CloudFormation knows, there is none here.

use super::Kind;

/// How a profile writes down which one it is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Form {
    /// Its name, which is what Terraform asks for.
    Name,
    /// An id that AWS made up.
    Id,
    /// Its ARN.
    Arn,
    /// The ARN of something that Terraform tells by the name behind the slash.
    ArnOfName,
    /// `ACCOUNT:NAME`.
    AccountAndName,
    /// `GROUP:NAME`.
    GroupAndName,
    /// `FUNCTION/STATEMENT`.
    FunctionAndStatement,
    /// The id of the account.
    Account,
    /// `ACCOUNT:REGION`.
    AccountAndRegion,
}

impl Form {
    /// The form for people.
    pub const fn words(self) -> &'static str {
        match self {
            Self::Name => "name",
            Self::Id => "id",
            Self::Arn | Self::ArnOfName => "ARN",
            Self::AccountAndName => "`ACCOUNT:NAME`",
            Self::GroupAndName => "`GROUP:NAME`",
            Self::FunctionAndStatement => "`FUNCTION/STATEMENT`",
            Self::Account => "account",
            Self::AccountAndRegion => "`ACCOUNT:REGION`",
        }
    }

    /// Whether a text has the form.
    pub fn fits(self, text: &str) -> bool {
        let account = |text: &str| text.len() == 12 && text.bytes().all(|b| b.is_ascii_digit());
        let two = |separator: char, first: fn(&str) -> bool| {
            text.rsplit_once(separator).is_some_and(|(before, behind)| first(before) && !before.is_empty() && !behind.is_empty())
        };
        match self {
            Self::Name | Self::Id => !text.is_empty() && !text.starts_with("arn:"),
            Self::Arn => text.starts_with("arn:"),
            Self::ArnOfName => text.starts_with("arn:") && two('/', |_| true),
            Self::AccountAndName | Self::AccountAndRegion => {
                text.split_once(':').is_some_and(|(before, behind)| account(before) && !behind.is_empty())
            }
            Self::GroupAndName => two(':', |group| !group.starts_with("arn:")),
            Self::FunctionAndStatement => two('/', |_| true),
            Self::Account => account(text),
        }
    }
}

/// What CloudFormation asks for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Primary {
    /// The properties that identify one.
    pub identifier: &'static [&'static str],
    /// The properties that a template for the import cannot be without: those that are required, and those of the
    /// identifier that can be written.
    pub properties: &'static [&'static str],
}

/// How one of a kind is told from others.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Identity {
    /// How a profile writes it down.
    pub form: Form,
    /// What CloudFormation asks for; nothing where no import takes one.
    pub cloudformation: Option<Primary>,
}

const fn cfn(identifier: &'static [&'static str], properties: &'static [&'static str]) -> Option<Primary> {
    Some(Primary { identifier, properties })
}

impl Kind {
    /// How one of this kind is told from others. None for what takes the place of whatever is there: the policy of a bucket
    /// or topic, what AWS Config does about a rule, and its recorder and channel, of which a region has one.
    pub const fn identity(&self) -> Option<Identity> {
        let (form, cloudformation) = match self {
            Self::BucketPolicy { .. } | Self::TopicPolicy { .. } | Self::Remediation(_) | Self::Recorder(_) | Self::DeliveryChannel(_) => {
                return None;
            }
            Self::Bucket(_) => (Form::Name, cfn(&["BucketName"], &["BucketName"])),
            Self::Key(_) => (Form::Id, cfn(&["KeyId"], &[])),
            Self::Alias(_) => (Form::Name, cfn(&["AliasName"], &["AliasName", "TargetKeyId"])),
            Self::Role(_) => (Form::Name, cfn(&["RoleName"], &["RoleName", "AssumeRolePolicyDocument"])),
            Self::ManagedPolicy(_) => (Form::Arn, cfn(&["PolicyArn"], &["ManagedPolicyName", "PolicyDocument"])),
            Self::AccessPoint(_) => (Form::AccountAndName, cfn(&["Name"], &["Name", "Bucket"])),
            Self::ConfigRule(_) => (Form::Name, cfn(&["ConfigRuleName"], &["ConfigRuleName", "Source"])),
            Self::Automation(_) => (Form::Name, cfn(&["Name"], &["Name", "Content"])),
            Self::Analyzer(_) => (Form::ArnOfName, cfn(&["Arn"], &["AnalyzerName", "Type"])),
            Self::Detector(_) => (Form::Id, cfn(&["Id"], &["Enable"])),
            Self::MalwareScan(_) => (Form::Id, cfn(&["MalwareProtectionPlanId"], &["Role", "ProtectedResource"])),
            Self::MacieSession(_) => (Form::Account, cfn(&["AwsAccountId"], &[])),
            Self::CustomIdentifier(_) => (Form::Id, cfn(&["Id"], &["Name", "Regex"])),
            Self::AllowList(_) => (Form::Id, cfn(&["Id"], &["Name", "Criteria"])),
            Self::ClassificationJob(_) => (Form::Id, None),
            Self::ResultsExport(_) => (Form::AccountAndRegion, None),
            Self::AccountBlock(_) => (Form::Account, None),
            Self::Trail(_) => (Form::Arn, cfn(&["TrailName"], &["TrailName", "S3BucketName", "IsLogging"])),
            Self::LogGroup(_) => (Form::Name, cfn(&["LogGroupName"], &["LogGroupName"])),
            Self::Topic(_) => (Form::Arn, cfn(&["TopicArn"], &["TopicName"])),
            Self::Subscription(_) => (Form::Arn, cfn(&["Arn"], &["TopicArn", "Protocol"])),
            Self::EventRule(_) => (Form::ArnOfName, cfn(&["Arn"], &["Name"])),
            Self::LambdaPermission(_) => {
                (Form::FunctionAndStatement, cfn(&["FunctionName", "Id"], &["FunctionName", "Action", "Principal"]))
            }
            Self::MetricFilter(_) => (
                Form::GroupAndName,
                cfn(&["LogGroupName", "FilterName"], &["LogGroupName", "FilterName", "FilterPattern", "MetricTransformations"]),
            ),
            Self::Alarm(_) => (Form::Name, cfn(&["AlarmName"], &["AlarmName"])),
        };
        Some(Identity { form, cloudformation })
    }
}

impl Identity {
    /// What Terraform's `import` asks for.
    pub fn terraform_id<'a>(&self, said: &'a str) -> &'a str {
        match self.form {
            Form::ArnOfName => said.rsplit('/').next().unwrap_or(said),
            _ => said,
        }
    }

    /// The values of the identifying properties, in their order.
    pub fn values<'a>(&self, primary: &Primary, said: &'a str) -> Vec<&'a str> {
        match (self.form, primary.identifier) {
            (Form::AccountAndName, _) => said.rsplit(':').next().into_iter().collect(),
            (Form::GroupAndName, _) => said.rsplit_once(':').map(|(group, name)| vec![group, name]).unwrap_or_default(),
            (Form::FunctionAndStatement, _) => said.rsplit_once('/').map(|(function, id)| vec![function, id]).unwrap_or_default(),
            // A trail is told by its ARN in Terraform, and by its name in CloudFormation.
            (Form::Arn, ["TrailName"]) => said.rsplit('/').next().into_iter().collect(),
            _ => vec![said],
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_a_profile_says_becomes_what_each_target_asks_for() {
        let said = |form, identifier: &'static [&'static str], said: &'static str| {
            let primary = Primary { identifier, properties: &[] };
            let identity = Identity { form, cloudformation: Some(primary) };
            assert!(form.fits(said), "{said}");
            (identity.terraform_id(said), identity.values(&primary, said))
        };
        let rule = "arn:aws:events:eu-west-1:111122223333:rule/x-policy-change";
        assert_eq!(said(Form::ArnOfName, &["Arn"], rule), ("x-policy-change", vec![rule]));
        let trail = "arn:aws:cloudtrail:eu-west-1:111122223333:trail/acme";
        assert_eq!(said(Form::Arn, &["TrailName"], trail), (trail, vec!["acme"]));
        assert_eq!(said(Form::AccountAndName, &["Name"], "111122223333:lake"), ("111122223333:lake", vec!["lake"]));
        assert_eq!(said(Form::GroupAndName, &["LogGroupName", "FilterName"], "/aws/x:denied"), ("/aws/x:denied", vec!["/aws/x", "denied"]));
        assert!(!Form::Name.fits(trail) && !Form::Arn.fits("acme") && !Form::AccountAndName.fits("lake"));
    }
}
