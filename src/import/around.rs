//! What stands around a bucket: trails, alerts, rules and recorders, analyzers, detectors, Macie, and policies of IAM.
//!
//! In: the resources of the input, and the profile so far. Out: the sections under which a profile makes just these resources;
//! each is tried, rendered and held against what is there, value by value. Never: a section that makes anything which is
//! not there, or otherwise than it is there; then all of it stays in the list of what is left alone.

use std::collections::BTreeSet;

use serde_json::Value;

use super::draft::{Draft, planned};
use super::lens::Lens;
use super::logging::companion;
use super::subject::{Subject, named_environment};
use crate::expr::{LogicalId, Part};
use crate::foreign::{Deployment, Format, Resource, Template};
use crate::plan::{Alias, BUCKET, CONFIG_BUCKET, Form, Kind, MACIE_BUCKET, Plan, TRAIL_BUCKET};
use crate::render::{self, Notation, Target};
use crate::source::Source;
use crate::verify::Environment;
use leaves::{Leaf, differs, leaves};

mod leaves;
mod sections;

/// Types of CloudFormation that a profile makes around a bucket, each with the types of Terraform that are the same: the
/// first is told by its name, the others are parts of it.
pub(super) const TYPES: &[(&str, &[&str])] = &[
    ("AWS::AccessAnalyzer::Analyzer", &["aws_accessanalyzer_analyzer", "aws_accessanalyzer_archive_rule"]),
    ("AWS::CloudTrail::Trail", &["aws_cloudtrail"]),
    ("AWS::CloudWatch::Alarm", &["aws_cloudwatch_metric_alarm"]),
    ("AWS::Config::ConfigRule", &["aws_config_config_rule"]),
    ("AWS::Config::ConfigurationRecorder", &["aws_config_configuration_recorder"]),
    ("AWS::Config::DeliveryChannel", &["aws_config_delivery_channel", "aws_config_configuration_recorder_status"]),
    ("AWS::Config::RemediationConfiguration", &["aws_config_remediation_configuration"]),
    ("AWS::Events::Rule", &["aws_cloudwatch_event_rule", "aws_cloudwatch_event_target"]),
    ("AWS::GuardDuty::Detector", &["aws_guardduty_detector", "aws_guardduty_detector_feature"]),
    ("AWS::GuardDuty::MalwareProtectionPlan", &["aws_guardduty_malware_protection_plan"]),
    (
        "AWS::IAM::ManagedPolicy",
        &["aws_iam_policy", "aws_iam_group_policy_attachment", "aws_iam_role_policy_attachment", "aws_iam_user_policy_attachment"],
    ),
    ("AWS::IAM::Role", &["aws_iam_role", "aws_iam_role_policy"]),
    ("AWS::KMS::Alias", &["aws_kms_alias"]),
    ("AWS::KMS::Key", &["aws_kms_key", "aws_kms_key_policy"]),
    ("AWS::Lambda::Permission", &["aws_lambda_permission"]),
    ("AWS::Logs::LogGroup", &["aws_cloudwatch_log_group"]),
    ("AWS::Logs::MetricFilter", &["aws_cloudwatch_log_metric_filter"]),
    ("AWS::Macie::AllowList", &[]),
    ("AWS::Macie::CustomDataIdentifier", &["aws_macie2_custom_data_identifier"]),
    ("AWS::Macie::Session", &["aws_macie2_account"]),
    ("AWS::SNS::Subscription", &["aws_sns_topic_subscription"]),
    ("AWS::SNS::Topic", &["aws_sns_topic"]),
    ("AWS::SNS::TopicPolicy", &["aws_sns_topic_policy"]),
    ("AWS::SSM::Document", &["aws_ssm_document"]),
];

/// The attributes of Terraform by which parts name what they belong to.
const NAMES: [&str; 5] = ["analyzername", "arn", "id", "keyid", "name"];

/// A resource of the input with its parts, in CloudFormation's words for its type.
pub(super) struct There<'v> {
    kind: &'static str,
    /// What its parts call it by.
    names: Vec<String>,
    /// The resource, and what belongs to it.
    parts: Vec<&'v Resource>,
    leaves: Vec<Leaf>,
}

/// A resource that a profile makes.
struct Made {
    id: String,
    kind: String,
    leaves: Vec<Leaf>,
}

/// What is around the buckets of the input.
pub(super) struct Around<'v> {
    terraform: bool,
    all: Vec<There<'v>>,
    /// The names of the other buckets.
    buckets: Vec<String>,
}

/// What of the input a profile makes as it is.
#[derive(Clone, Default)]
struct Found {
    /// By the names of the profile's template, each with its place in the input.
    pairs: Vec<(String, usize)>,
    /// What the profile would make beside that.
    missing: Vec<String>,
    /// What comes nearest to that, and what of it is otherwise.
    near: Vec<(usize, Vec<Leaf>)>,
    /// Whether the profile was one at all.
    whole: bool,
}

impl<'v> Around<'v> {
    fn new(subject: &Subject<'v>, others: &[&Subject<'_>], environment: &Environment) -> Self {
        let terraform = subject.template.format == Format::Terraform;
        let mut all: Vec<There<'v>> = Vec::new();
        let of = |resource: &Resource| {
            TYPES.iter().find_map(|(cloudformation, others)| {
                if *cloudformation == resource.kind {
                    return Some((*cloudformation, 0));
                }
                others.iter().position(|other| *other == resource.kind).map(|at| (*cloudformation, at))
            })
        };
        let known: Vec<(&Resource, &'static str, usize)> =
            subject.template.resources.iter().filter_map(|resource| of(resource).map(|(kind, at)| (resource, kind, at))).collect();
        for (resource, kind, _) in known.iter().filter(|(.., at)| *at == 0) {
            let leaves = leaves(resource, environment);
            let named = leaves.iter().filter(|leaf| NAMES.contains(&leaf.key.as_str()));
            let names = named.map(|leaf| leaf.value.clone()).collect();
            all.push(There { kind, names, parts: vec![resource], leaves });
        }
        for (resource, kind, _) in known.iter().filter(|(.., at)| *at > 0) {
            let own = leaves(resource, environment);
            let named =
                |there: &&mut There<'v>| there.kind == *kind && there.names.iter().any(|name| own.iter().any(|leaf| leaf.value == *name));
            if let Some(there) = all.iter_mut().find(named) {
                there.parts.push(resource);
                there.leaves.extend(own);
            }
        }
        Self { terraform, all, buckets: others.iter().map(|other| other.name.clone()).collect() }
    }

    /// The resources of a type.
    fn of(&self, kind: &'static str) -> impl Iterator<Item = &There<'v>> {
        self.all.iter().filter(move |there| there.kind == kind)
    }

    /// What a profile makes of what is there.
    fn found(&self, draft: &Draft, deployment: &Deployment) -> Found {
        let Some((_, plan)) = planned(draft.value()) else { return Found::default() };
        let Some(made) = made(&plan, deployment) else { return Found::default() };
        let mut found = Found { whole: true, ..Found::default() };
        let companions =
            plan.buckets().filter(|(resource, bucket)| resource.id != BUCKET && !self.buckets.contains(&bucket.name.to_string()));
        found.missing.extend(companions.map(|(resource, _)| resource.id.to_string()));
        for one in made {
            let same = |(at, there): &(usize, &There<'_>)| {
                there.kind == one.kind
                    && !found.pairs.iter().any(|(_, taken)| taken == at)
                    && differs(&one.leaves, &there.leaves, self.terraform).is_empty()
            };
            match self.all.iter().enumerate().find(same) {
                Some((at, _)) => found.pairs.push((one.id, at)),
                None => {
                    let other = |(at, there): (usize, &There<'_>)| {
                        (there.kind == one.kind).then(|| (at, differs(&one.leaves, &there.leaves, self.terraform)))
                    };
                    found.near.extend(self.all.iter().enumerate().filter_map(other).min_by_key(|(_, different)| different.len()));
                    found.missing.push(one.id);
                }
            }
        }
        found
    }
}

impl Around<'_> {
    /// What of resources is otherwise than a profile would make it.
    fn otherwise(&self, found: &Found) -> Vec<(String, String)> {
        let taken = |at: &usize| found.pairs.iter().any(|(_, taken)| taken == at);
        let near = found.near.iter().filter(|(at, different)| !taken(at) && different.len() <= 4);
        let words = |different: &[Leaf]| {
            let names: BTreeSet<String> = different.iter().map(|leaf| format!("`{}`", leaf.key)).collect();
            names.into_iter().collect::<Vec<_>>().join(", ")
        };
        near.filter_map(|(at, different)| Some((self.all.get(*at)?.parts.first()?.id.clone(), words(different)))).collect()
    }
}

impl There<'_> {
    /// A value of it, by its name without marks.
    fn text(&self, key: &str) -> Option<&str> {
        self.leaves.iter().find(|leaf| leaf.key == key).map(|leaf| leaf.value.as_str())
    }
}

/// What a plan makes around its buckets, as CloudFormation would have it.
fn made(plan: &Plan, deployment: &Deployment) -> Option<Vec<Made>> {
    let files = render::render(plan, Target::CloudFormation(Notation::Json)).ok()?;
    let file = files.iter().find(|file| file.path == "cloudformation/template.json")?;
    let source = Source::from_bytes("template.json", file.text.as_str()).ok()?;
    let template = Template::read(&source, Format::CloudFormation).ok()?;
    let environment = named_environment(&template, template.environment(deployment));
    let known = |kind: &str| TYPES.iter().any(|(own, _)| *own == kind);
    let resources = template.resources.iter().filter(|resource| known(&resource.kind));
    let one = |resource: &Resource| Made { id: resource.id.clone(), kind: resource.kind.clone(), leaves: leaves(resource, &environment) };
    Some(resources.map(one).collect())
}

/// Reads what is around the bucket, and names the companions among the other buckets.
pub(super) fn read(subject: &Subject<'_>, others: &[&Subject<'_>], draft: &mut Draft) -> Vec<String> {
    if subject.template.format == Format::Live {
        return Vec::new();
    }
    let environment = named_environment(subject.template, subject.environment().clone());
    let around = Around::new(subject, others, &environment);
    let mut best = around.found(draft, subject.deployment);
    let mut companions = Vec::new();
    for section in sections::ALL {
        for (place, purpose, alternatives) in section(subject, others, &around, draft) {
            let mut chosen: Option<(Found, Draft)> = None;
            let mut nearest: Option<Found> = None;
            for value in alternatives {
                let mut tried = draft.clone();
                if tried.set(place, value).is_err() {
                    continue;
                }
                let found = around.found(&tried, subject.deployment);
                let known = chosen.as_ref().map_or(&best, |(found, _)| found);
                let beyond = found.missing.iter().any(|id| !best.missing.contains(id));
                if found.whole && !beyond && found.pairs.len() > known.pairs.len() {
                    chosen = Some((found, tried));
                } else if nearest.as_ref().is_none_or(|known| found.pairs.len() > known.pairs.len()) {
                    nearest = Some(found);
                }
            }
            let reached = chosen.as_ref().map_or(&best, |(found, _)| found).pairs.len();
            let nearest = nearest.filter(|found| found.pairs.len() >= reached).map(|found| around.otherwise(&found)).unwrap_or_default();
            draft.near.extend(nearest.clone());
            let Some((found, mut tried)) = chosen else { continue };
            tried.near.extend(nearest);
            best = found;
            *draft = tried;
            let Some((id, name)) = purpose.and_then(|(id, purpose)| Some((id, companion(draft, purpose)?))) else { continue };
            if others.iter().any(|other| other.name == name) {
                draft.adopts.insert(id.to_string(), name.clone());
                companions.push(name);
            }
        }
    }
    adopt(subject, &around, &best, draft);
    companions
}

/// Names what is there as what the profile makes, by the ids under which it is imported.
fn adopt(subject: &Subject<'_>, around: &Around<'_>, found: &Found, draft: &mut Draft) {
    let Some((_, plan)) = planned(draft.value()) else { return };
    let mut claimed = BTreeSet::new();
    for (id, at) in &found.pairs {
        let Some(there) = around.all.get(*at) else { continue };
        claimed.extend(there.parts.iter().map(|part| part.id.clone()));
        let resource = plan.resources.iter().find(|resource| resource.id.as_str() == id);
        let Some(kind) = resource.map(|resource| &resource.kind).filter(|_| !draft.adopts.contains_key(id.as_str())) else { continue };
        // An alias that is taken over without its key would point to another key from then on.
        let key = |alias: &Alias| {
            alias.key.parts().iter().any(|part| matches!(part, Part::Reference(id, _) if draft.adopts.contains_key(id.as_str())))
        };
        if matches!(kind, Kind::Alias(alias) if !key(alias)) {
            continue;
        }
        let known = known_id(subject, there, kind).filter(|known| kind.identity().is_some_and(|identity| identity.form.fits(known)));
        draft.adopts.extend(known.map(|known| (id.clone(), known)));
    }
    draft.claimed.extend(claimed);
}

/// By what an import tells it, where the input says so.
fn known_id(subject: &Subject<'_>, there: &There<'_>, kind: &Kind) -> Option<String> {
    let main = there.parts.first().map(|part| subject.on(part))?;
    let text = |lens: &Lens<'_>, name: &str| lens.peek(name).filter(|value| !value.is_unknown()).and_then(|value| value.word());
    let applied = subject.template.format == Format::Terraform;
    match kind.identity()?.form {
        Form::Arn | Form::ArnOfName | Form::Id if !applied => None,
        Form::Arn | Form::ArnOfName => text(&main, "Arn"),
        Form::Id => text(&main, if matches!(kind, Kind::Key(_)) { "KeyId" } else { "Id" }),
        Form::Account => subject.deployment.account.clone(),
        Form::GroupAndName => {
            Some(format!("{}:{}", there.text("loggroupname")?, text(&main, "Name").or_else(|| text(&main, "FilterName"))?))
        }
        Form::Name => {
            let identity = kind.identity()?.cloudformation?.identifier.first()?;
            text(&main, identity).or_else(|| text(&main, "Name"))
        }
        Form::FunctionAndStatement => Some(format!("{}/{}", text(&main, "FunctionName")?, text(&main, "StatementId")?)).filter(|_| applied),
        Form::AccountAndName | Form::AccountAndRegion => None,
    }
}

/// A companion that a section makes: its name in the template, and what its own name says that it is for.
type Companion = (LogicalId, &'static str);

const TRAIL: Companion = (TRAIL_BUCKET, "trail");
const CONFIG: Companion = (CONFIG_BUCKET, "config");
const MACIE: Companion = (MACIE_BUCKET, "macie");

/// A place in a profile, the companion that it makes, and what could stand there.
type Tried = (&'static str, Option<Companion>, Vec<Value>);

#[cfg(test)]
mod tests {
    use super::TYPES;

    #[test]
    fn every_type_that_is_made_is_read_with_a_bucket_or_around_it() {
        const OF_BUCKETS: &[&str] = &["AWS::S3::AccessPoint", "AWS::S3::Bucket", "AWS::S3::BucketPolicy"];
        let templates = concat!(env!("CARGO_MANIFEST_DIR"), "/templates/cloudformation");
        let mut seen = 0;
        for file in std::fs::read_dir(templates).unwrap() {
            let text = std::fs::read_to_string(file.unwrap().path()).unwrap();
            let kind = text.split("\"Type\": \"").nth(1).unwrap().split('"').next().unwrap();
            assert!(OF_BUCKETS.contains(&kind) || TYPES.iter().any(|(known, _)| *known == kind), "{kind}");
            seen += 1;
        }
        assert!(seen >= 25, "{seen}");
    }
}
