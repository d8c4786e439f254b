//! What stands around a bucket or belongs to an account: trails, alerts, rules and recorders, analyzers, detectors, Macie, and
//! policies of IAM.
//!
//! In: the resources of the input, and the profile so far. Out: the sections under which a profile makes just these resources;
//! each is tried, rendered and held against what is there, value by value. Never: a section that makes anything which is
//! not there, or otherwise than it is there; then all of it stays in the list of what is left alone.

use std::collections::{BTreeMap, BTreeSet};

use serde_json::Value;

use super::draft::{self, Draft};
use super::lens::Lens;
use super::logging::companion;
use super::subject::{Scene, Subject, named_environment};
use crate::expr::{LogicalId, Part};
use crate::foreign::{self, Format, Resource, Template};
use crate::plan::{self, Alias, BUCKET, CONFIG_BUCKET, Form, Kind, MACIE_BUCKET, Plan, TRAIL_BUCKET};
use crate::render::{self, Notation, Target};
use crate::source::Source;
use leaves::{Leaf, differs, leaves, of_plan};

mod leaves;
mod sections;

/// Types of CloudFormation that a profile makes around a bucket, each with the types of Terraform that are the same: the
/// first is told by its name, the others are parts of it. What CloudFormation has no type for goes by that of Terraform.
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
    (BLOCK, &[]),
    (JOB, &[]),
    (EXPORT, &[]),
];

/// What only Terraform makes: Block Public Access of an account, jobs of Macie, and where Macie keeps what it found.
pub(super) const BLOCK: &str = "aws_s3_account_public_access_block";
const JOB: &str = "aws_macie2_classification_job";
const EXPORT: &str = "aws_macie2_classification_export_configuration";

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
    scene: &'v Scene<'v>,
    /// The bucket that it is around; none where it belongs to an account.
    subject: Option<&'v Subject<'v>>,
    /// The other buckets.
    others: &'v [&'v Subject<'v>],
    all: Vec<There<'v>>,
}

/// What of the input a profile makes as it is.
#[derive(Clone, Default)]
struct Found {
    /// By the names of the profile's template, each with its place in the input.
    pairs: Vec<(String, usize)>,
    /// How many buckets it makes beside its own that are there.
    companions: usize,
    /// What the profile would make beside that.
    missing: Vec<String>,
    /// What comes nearest to that, and what of it is otherwise.
    near: Vec<(usize, Vec<Leaf>)>,
    /// Whether the profile was one at all.
    whole: bool,
}

impl Found {
    /// How much of the input it is.
    const fn reach(&self) -> usize {
        self.pairs.len() + self.companions
    }
}

impl<'v> Around<'v> {
    /// Everything of a file but what is somebody else's.
    fn new(scene: &'v Scene<'v>, subject: Option<&'v Subject<'v>>, others: &'v [&'v Subject<'v>], taken: &BTreeSet<String>) -> Self {
        let environment = &named_environment(scene.template, scene.environment().clone());
        let mut all: Vec<There<'v>> = Vec::new();
        let of = |resource: &Resource| {
            TYPES.iter().find_map(|(cloudformation, others)| {
                if *cloudformation == resource.kind {
                    return Some((*cloudformation, 0));
                }
                others.iter().position(|other| *other == resource.kind).map(|at| (*cloudformation, at))
            })
        };
        let own = scene.template.resources.iter().filter(|resource| !taken.contains(&resource.id));
        let known: Vec<(&Resource, &'static str, usize)> =
            own.filter_map(|resource| of(resource).map(|(kind, at)| (resource, kind, at))).collect();
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
        Self { scene, subject, others, all }
    }

    fn is_terraform(&self) -> bool {
        self.scene.template.format == Format::Terraform
    }

    /// Whether it belongs to an account.
    const fn is_of_account(&self) -> bool {
        self.subject.is_none()
    }

    /// The resources of a type.
    fn of(&self, kind: &'static str) -> impl Iterator<Item = &There<'v>> {
        self.all.iter().filter(move |there| there.kind == kind)
    }

    /// A text of a resource as it stands there, at the end of keys.
    fn said(&self, there: &There<'_>, keys: &[&str]) -> Option<String> {
        let found = keys.iter().try_fold(self.scene.on(there.parts.first()?), |lens, key| lens.peek(key))?;
        Some(found).filter(|found| !found.is_unknown()).and_then(|found| found.word())
    }

    /// What a profile makes of what is there.
    fn found(&self, draft: &Draft) -> Found {
        let Some(plan) = draft::plan(draft.value()) else { return Found::default() };
        let Some(made) = made(&plan, self.scene) else { return Found::default() };
        let mut found = Found { whole: true, ..Found::default() };
        for (resource, bucket) in plan.buckets().filter(|(resource, _)| resource.id != BUCKET) {
            if self.others.iter().any(|other| other.name == bucket.name.as_str()) {
                found.companions += 1;
            } else {
                found.missing.push(resource.id.to_string());
            }
        }
        for one in made {
            let same = |(at, there): &(usize, &There<'_>)| {
                there.kind == one.kind
                    && !found.pairs.iter().any(|(_, taken)| taken == at)
                    && differs(&one.leaves, &there.leaves, self.is_terraform()).is_empty()
            };
            match self.all.iter().enumerate().find(same) {
                Some((at, _)) => found.pairs.push((one.id, at)),
                None => {
                    let other = |(at, there): (usize, &There<'_>)| {
                        (there.kind == one.kind).then(|| (at, differs(&one.leaves, &there.leaves, self.is_terraform())))
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

/// What a plan makes around its buckets, as CloudFormation would have it; with what only Terraform makes, where that is asked.
fn made(plan: &Plan, scene: &Scene<'_>) -> Option<Vec<Made>> {
    let terraform = scene.template.format == Format::Terraform;
    let files = render::render(plan, Target::CloudFormation(Notation::Json)).ok()?;
    // Jobs refer to identifiers by ids, and identifiers are told by their names.
    let ids: BTreeMap<&str, String> =
        plan.resources.iter().filter_map(|resource| Some((resource.id.as_str(), identifier(resource, scene)?))).collect();
    let only_there = |kind: &Kind| match kind {
        Kind::AccountBlock(_) => Some(BLOCK),
        Kind::ClassificationJob(_) => Some(JOB),
        Kind::ResultsExport(_) => Some(EXPORT),
        _ => None,
    };
    let beyond = plan.resources.iter().filter(|_| terraform).filter_map(|resource| Some((resource, only_there(&resource.kind)?)));
    let mut all: Vec<Made> = beyond
        .map(|(resource, kind)| Made {
            id: resource.id.to_string(),
            kind: kind.to_owned(),
            leaves: of_plan(plan, resource, scene.deployment, &ids),
        })
        .collect();
    // A plan of nothing that CloudFormation could make has no template.
    let Some(file) = files.iter().find(|file| file.path == "cloudformation/template.json") else { return Some(all) };
    let source = Source::from_bytes("template.json", file.text.as_str()).ok()?;
    let template = Template::read(&source, Format::CloudFormation).ok()?;
    let mut environment = template.environment(scene.deployment);
    environment.account.clone_from(&scene.environment().account);
    environment.region.clone_from(&scene.environment().region);
    let environment = named_environment(&template, environment);
    let known = |kind: &str| TYPES.iter().any(|(own, _)| *own == kind);
    let resources = template.resources.iter().filter(|resource| known(&resource.kind));
    let one = |resource: &Resource| Made { id: resource.id.clone(), kind: resource.kind.clone(), leaves: leaves(resource, &environment) };
    all.extend(resources.map(one));
    Some(all)
}

/// Reads what is around the bucket and nobody else's, and names the companions among the other buckets.
pub(super) fn read(subject: &Subject<'_>, others: &[&Subject<'_>], taken: &BTreeSet<String>, draft: &mut Draft) -> Vec<String> {
    if subject.scene.template.format == Format::Live {
        return Vec::new();
    }
    chosen(&Around::new(&subject.scene, Some(subject), others, taken), sections::OF_BUCKET, draft)
}

/// Reads what belongs to an account, and names its buckets among those of the file.
pub(super) fn read_of_account(scene: &Scene<'_>, buckets: &[&Subject<'_>], draft: &mut Draft) -> Vec<String> {
    chosen(&Around::new(scene, None, buckets, &BTreeSet::new()), sections::OF_ACCOUNT, draft)
}

/// The id of an identifier of Macie's that is there under the name of one of the plan's.
fn identifier(resource: &plan::Resource, scene: &Scene<'_>) -> Option<String> {
    let Kind::CustomIdentifier(identifier) = &resource.kind else { return None };
    let known = |one: &&Resource, key: &str| one.properties.get(key).and_then(foreign::Value::known).map(str::to_owned);
    let mut all = scene.template.resources.iter().filter(|one| one.kind == "aws_macie2_custom_data_identifier");
    all.find(|one| known(one, "name").as_deref() == Some(identifier.name.as_str())).and_then(|one| known(&one, "id"))
}

/// Types by which nobody tells what they are for: keys, roles, topics and the like.
const HELPERS: &[&str] = &["AWS::IAM::", "AWS::KMS::", "AWS::Lambda::", "AWS::Logs::", "AWS::SNS::", "AWS::SSM::"];

/// Whether there is anything that watches buckets or records what is done with them.
pub(super) fn is_any(scene: &Scene<'_>) -> bool {
    let watches = TYPES.iter().filter(|(own, _)| !HELPERS.iter().any(|helper| own.starts_with(helper)));
    let types: Vec<&str> = watches.flat_map(|(own, others)| std::iter::once(*own).chain(others.iter().copied())).collect();
    scene.template.resources.iter().any(|resource| types.contains(&resource.kind.as_str()))
}

/// What everything there is called, and by which ARNs it is known.
pub(super) fn names(scene: &Scene<'_>) -> (Vec<String>, Vec<String>) {
    let around = Around::new(scene, None, &[], &BTreeSet::new());
    let leaves = || around.all.iter().flat_map(|there| &there.leaves);
    let named = leaves().filter(|leaf| leaf.key.ends_with("name")).map(|leaf| leaf.value.clone()).collect();
    let arns = leaves().filter(|leaf| leaf.key == "arn").map(|leaf| leaf.value.clone()).collect();
    (named, arns)
}

/// The tag `owner` that most of it carries.
pub(super) fn owner(scene: &Scene<'_>) -> Option<String> {
    let tagged = |resource: &Resource| {
        let tags = ["Tags", "tags"].into_iter().find_map(|key| resource.properties.get(key))?;
        // Tags are a list of pairs in one language, and a mapping in the other.
        let pair = tags.items().iter().find(|tag| tag.get("Key").and_then(foreign::Value::known) == Some("owner"));
        let value = pair.map_or_else(|| tags.get("owner"), |tag| tag.get("Value"))?;
        scene.environment().text(value.text()?).map(|owner| owner.into_owned())
    };
    let mut counts: BTreeMap<String, usize> = BTreeMap::new();
    scene.template.resources.iter().filter_map(tagged).for_each(|owner| *counts.entry(owner).or_default() += 1);
    counts.into_iter().max_by_key(|(_, count)| *count).map(|(owner, _)| owner)
}

/// The sections under which the profile makes most of what is there and nothing else, tried one after the other.
fn chosen(around: &Around<'_>, all: &[sections::Section], draft: &mut Draft) -> Vec<String> {
    let mut best = around.found(draft);
    let mut companions = Vec::new();
    for section in all {
        for (place, purpose, alternatives) in section(around, draft) {
            let mut chosen: Option<(Found, Draft)> = None;
            let mut nearest: Option<Found> = None;
            for value in alternatives {
                let mut tried = draft.clone();
                if tried.set(place, value).is_err() {
                    continue;
                }
                let found = around.found(&tried);
                let known = chosen.as_ref().map_or(&best, |(found, _)| found);
                let beyond = found.missing.iter().any(|id| !best.missing.contains(id));
                if found.whole && !beyond && found.reach() > known.reach() {
                    chosen = Some((found, tried));
                } else if nearest.as_ref().is_none_or(|known| found.reach() > known.reach()) {
                    nearest = Some(found);
                }
            }
            let reached = chosen.as_ref().map_or(&best, |(found, _)| found).reach();
            let nearest = nearest.filter(|found| found.reach() >= reached).map(|found| around.otherwise(&found)).unwrap_or_default();
            draft.near.extend(nearest.clone());
            let Some((found, mut tried)) = chosen else { continue };
            tried.near.extend(nearest);
            best = found;
            *draft = tried;
            let Some((id, name)) = purpose.and_then(|(id, purpose)| Some((id, companion(draft, purpose)?))) else { continue };
            if around.others.iter().any(|other| other.name == name) {
                draft.adopts.insert(id.to_string(), name.clone());
                companions.push(name);
            }
        }
    }
    adopt(around, &best, draft);
    companions
}

/// Names what is there as what the profile makes, by the ids under which it is imported.
fn adopt(around: &Around<'_>, found: &Found, draft: &mut Draft) {
    let Some(plan) = draft::plan(draft.value()) else { return };
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
        let known = known_id(around.scene, there, kind).filter(|known| kind.identity().is_some_and(|identity| identity.form.fits(known)));
        draft.adopts.extend(known.map(|known| (id.clone(), known)));
    }
    draft.claimed.extend(claimed);
}

/// By what an import tells it, where the input says so.
fn known_id(scene: &Scene<'_>, there: &There<'_>, kind: &Kind) -> Option<String> {
    let main = there.parts.first().map(|part| scene.on(part))?;
    let text = |lens: &Lens<'_>, name: &str| lens.peek(name).filter(|value| !value.is_unknown()).and_then(|value| value.word());
    let applied = scene.template.format == Format::Terraform;
    match kind.identity()?.form {
        Form::Arn | Form::ArnOfName | Form::Id if !applied => None,
        Form::Arn | Form::ArnOfName => text(&main, "Arn"),
        Form::Id => text(&main, if matches!(kind, Kind::Key(_)) { "KeyId" } else { "Id" }),
        Form::Account => scene.deployment.account.clone(),
        Form::GroupAndName => {
            Some(format!("{}:{}", there.text("loggroupname")?, text(&main, "Name").or_else(|| text(&main, "FilterName"))?))
        }
        Form::Name => {
            let identity = kind.identity()?.cloudformation?.identifier.first()?;
            text(&main, identity).or_else(|| text(&main, "Name"))
        }
        Form::FunctionAndStatement => Some(format!("{}/{}", text(&main, "FunctionName")?, text(&main, "StatementId")?)).filter(|_| applied),
        Form::AccountAndRegion => Some(format!("{}:{}", scene.deployment.account.as_ref()?, scene.deployment.region.as_ref()?)),
        Form::AccountAndName => None,
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
