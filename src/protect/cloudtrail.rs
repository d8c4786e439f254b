//! CloudTrail: who did what to the objects, recorded by a trail of the profile's own or by one that exists.
//!
//! In: the section `logging.cloudtrail`, and the bucket that is recorded. Out: a trail with what it needs, statements on the
//! bucket that receives what it records, or a step of the runbook for a trail that exists. A trail of a bucket records that
//! bucket alone: not what receives its own deliveries, which would make records of records.

use serde::{Deserialize, Serialize};

use super::lifecycle::Days;
use super::{Draft, Meta};
use crate::claim::{Flow, Guarantee};
use crate::expr::{Attribute, Expr, LogicalId};
use crate::names::{BucketName, Invalid, KmsKeyId, name};
use crate::path;
use crate::plan::{Field, FieldMatch, Kind, LogGroup, Resource, Selector, TRAIL, Trail, TrailLogs};
use crate::policy::{Base, Condition, Effect, Key, Principal, Statement};

mod key;
mod role;
mod steps;
mod suppress;

/// What is known about this protection.
pub const META: Meta = Meta {
    id: "cloudtrail",
    title: "CloudTrail",
    risk: "nobody can prove afterwards who read, wrote or deleted an object: access logs come at best effort and are not signed",
    statements: &[
        (
            "AllowTrailToReadAcl",
            "Lets CloudTrail look at the ACL of the bucket that receives its records, which it does before it delivers, for this one trail only. Change it \
             with `logging.cloudtrail`.",
        ),
        (
            "AllowTrailDelivery",
            "Lets CloudTrail write the records of this one trail below `AWSLogs/` and the account, handing them over to the bucket's owner, and nothing else. \
             Without the source condition anybody's trail could be sent here (the confused deputy). Change it with `logging.cloudtrail`.",
        ),
        (
            "AllowTrailToEncrypt",
            "Lets CloudTrail have data keys made for the records of this one trail. Readers need `kms:Decrypt` from their own policies. Change it with \
             `logging.cloudtrail.kms`.",
        ),
        ("AllowTrailToDescribeKey", "Lets CloudTrail look at the key of this one trail. Change it with `logging.cloudtrail.kms`."),
        (
            "AllowLogGroupToEncrypt",
            "Lets CloudWatch Logs encrypt and decrypt the log group that the trail sends to, and no other one. Change it with `logging.cloudtrail.kms`.",
        ),
        (
            "AllowCloudTrailToSend",
            "Lets CloudTrail take on the role that writes to the log group. It takes no source conditions here (\"Role policy document for CloudTrail to use \
             CloudWatch Logs for monitoring\", AWS CloudTrail User Guide).",
        ),
        ("WriteTrailEvents", "Lets the role make log streams of this trail in its log group and write to them."),
    ],
};

/// The service.
const CLOUDTRAIL: &str = "cloudtrail.amazonaws.com";

name! {
    /// `create`, `none`, or the name of a trail that exists.
    TrailChoice, format "trail-choice", example "create"
}

impl TrailChoice {
    /// "Naming requirements for CloudTrail resources", AWS CloudTrail User Guide.
    fn check(text: &str) -> Result<(), Invalid> {
        let refuse = |why: &str, help: &str| Err(Invalid::new(format!("`{text}` is not the name of a trail: {why}"), help));
        if !(3..=128).contains(&text.len()) {
            return refuse("it is too short or too long", "write `create`, `none`, or 3 to 128 characters");
        }
        let is_mark = |c: char| matches!(c, '.' | '_' | '-');
        if text.contains(|c: char| !c.is_ascii_alphanumeric() && !is_mark(c)) {
            return refuse("it holds other characters", "use letters, digits, dots, underscores and hyphens");
        }
        if text.starts_with(is_mark) || text.ends_with(is_mark) {
            return refuse("it begins or ends with a mark", "begin and end with a letter or digit");
        }
        if text.chars().zip(text.chars().skip(1)).any(|(a, b)| is_mark(a) && is_mark(b)) {
            return refuse("it has two marks in a row", "use single dots, underscores and hyphens");
        }
        if text.parse::<std::net::Ipv4Addr>().is_ok() {
            return refuse("it is an IP address", "choose a name that is not four numbers");
        }
        Ok(())
    }

    /// Whether the profile makes a trail.
    pub fn creates(&self) -> bool {
        self.as_str() == "create"
    }

    /// The trail that exists, if one is named.
    pub fn given(&self) -> Option<&str> {
        Some(self.as_str()).filter(|name| !matches!(*name, "create" | "none"))
    }
}

name! {
    /// `create`, or the name of a bucket that exists.
    TrailTarget, format "trail-target", example "create"
}

impl TrailTarget {
    fn check(text: &str) -> Result<(), Invalid> {
        if text == "create" { Ok(()) } else { text.parse::<BucketName>().map(|_| ()) }
    }

    /// The bucket that exists, if one is named.
    pub fn given(&self) -> Option<BucketName> {
        if self.as_str() == "create" { None } else { self.as_str().parse().ok() }
    }
}

name! {
    /// The ARN of a KMS key that exists: trails keep that whatever they are given, so that an alias would always differ.
    TrailKey, format "trail-key", example "arn:aws:kms:eu-west-1:111122223333:key/1234abcd-12ab-34cd-56ef-1234567890ab"
}

impl TrailKey {
    fn check(text: &str) -> Result<(), Invalid> {
        match text.parse::<KmsKeyId>() {
            Ok(key) if !key.is_alias() => Ok(()),
            _ => Err(Invalid::new(
                format!("`{text}` is not the ARN of a KMS key"),
                "write `true` for a key of the trail's own, or a key ARN",
            )),
        }
    }

    /// The account and region that own it.
    pub fn owner(&self) -> Option<(String, String)> {
        let key: KmsKeyId = self.as_str().parse().ok()?;
        key.owner().map(|(account, region)| (account.to_owned(), region.to_owned()))
    }
}

/// Whether a KMS key encrypts what the trail records, and which.
#[derive(Clone, Debug, Serialize, Deserialize)]
#[cfg_attr(test, derive(schemars::JsonSchema), schemars(inline, extend("x-expects" = "`true`, `false`, or the ARN of a KMS key")))]
#[serde(untagged)]
pub enum Kms {
    /// One of the trail's own, or none.
    Own(bool),
    /// One that exists.
    Given(TrailKey),
}

/// Which of the requests for objects are recorded.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(test, derive(schemars::JsonSchema), schemars(inline))]
#[serde(rename_all = "lowercase")]
pub enum Events {
    /// Those that change something.
    Write,
    /// Those that change nothing.
    Read,
    /// All of them.
    All,
}

/// Records of requests by CloudTrail.
#[derive(Clone, Debug, Serialize, Deserialize)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
#[serde(deny_unknown_fields)]
pub struct CloudTrail {
    /// `create` for a trail of the bucket's own, the name of one that exists, or `none`. An account and region take five trails.
    pub trail: TrailChoice,
    /// Where a created trail delivers: `create` for a companion bucket, or the name of one that exists.
    pub to: TrailTarget,
    /// Which requests for objects of the bucket are recorded; each is billed.
    pub events: Events,
    /// Whether the trail records the account's management events too, in every region. The first trail that does is free of charge.
    pub management: bool,
    /// Whether events go to a log group of CloudWatch Logs as well, where metric filters and queries find them.
    pub log_group: bool,
    /// Whether a KMS key encrypts the records: `true` for one of the trail's own, or the ARN of a key of the same region.
    pub kms: Kms,
    /// Days after which the companion bucket and the log group remove them.
    pub retain_days: Days,
    /// Whether CloudTrail looks for unusual rates of calls and of errors. Needs `management`.
    pub insights: bool,
}

/// What a trail records the objects of.
#[derive(Clone, Debug, PartialEq)]
pub enum Scope {
    /// One bucket.
    Bucket {
        /// Its name.
        name: BucketName,
        /// Its ARN.
        arn: Expr,
        /// The ARNs of its access points: what comes through one is a request for a resource of another type.
        points: Vec<Expr>,
    },
    /// Every bucket of the account.
    Account {
        /// What the trail is called.
        name: BucketName,
        /// The ARNs of buckets that receive deliveries: records of those would be delivered, which is recorded again.
        receivers: Vec<Expr>,
    },
}

impl Scope {
    /// The scope of a profile's own bucket, once its access points are there.
    pub fn of(main: &Draft) -> Self {
        let points = main.dependents.iter().filter_map(|resource| match &resource.kind {
            Kind::AccessPoint(point) => Some(point.arn.clone()),
            _ => None,
        });
        Self::Bucket { name: main.bucket.name.clone(), arn: main.arn(), points: points.collect() }
    }

    /// The name of the trail that records them.
    fn trail_name(&self) -> String {
        let (Self::Bucket { name, .. } | Self::Account { name, .. }) = self;
        Trail::name_for(name)
    }

    /// The selectors for requests for objects ("Logging data events", AWS CloudTrail User Guide).
    fn selectors(&self, events: Events) -> Vec<Selector> {
        match self {
            Self::Bucket { name, arn, points } => {
                let within = FieldMatch::StartsWith(vec![arn.clone() + "/"]);
                let mut selectors = vec![data_events(format!("Objects of {name}"), "AWS::S3::Object", Some(within), events)];
                if !points.is_empty() {
                    let through = format!("Objects of {name} through access points");
                    selectors.push(data_events(through, "AWS::S3::AccessPoint", Some(FieldMatch::StartsWith(points.clone())), events));
                }
                selectors
            }
            Self::Account { receivers, .. } => {
                let beyond = receivers.iter().map(|arn| arn.clone() + "/").collect();
                vec![
                    data_events("Objects of every bucket".to_owned(), "AWS::S3::Object", Some(FieldMatch::NotStartsWith(beyond)), events),
                    data_events("Objects through every access point".to_owned(), "AWS::S3::AccessPoint", None, events),
                ]
            }
        }
    }
}

/// A trail while it is put together: its name decides its ARN, so that nothing has to wait for it.
struct Naming {
    trail: String,
    arn: Expr,
    group: String,
    /// The ARN of the log group, without the end that means its streams.
    group_arn: Expr,
}

impl Naming {
    fn new(scope: &Scope, account: &Expr, region: &Expr) -> Self {
        let trail = scope.trail_name();
        let group = format!("cloudtrail/{trail}");
        Self {
            arn: Expr::arn("cloudtrail", region.clone(), account.clone(), format!("trail/{trail}")),
            group_arn: Expr::arn("logs", region.clone(), account.clone(), format!("log-group:{group}")),
            trail,
            group,
        }
    }
}

impl CloudTrail {
    /// The name of the trail that records the bucket of the draft: the one that is made, or the one that exists.
    pub fn name(&self, draft: &Draft) -> Option<String> {
        if self.trail.creates() { Some(Scope::of(draft).trail_name()) } else { self.trail.given().map(str::to_owned) }
    }

    /// Whether the profile makes a bucket that receives what the trail records.
    pub fn creates_bucket(&self) -> bool {
        self.trail.creates() && self.to.given().is_none()
    }

    /// Adds to the bucket's draft what its trail asks for beyond the companion: a claim, and steps for what exists.
    pub fn send(&self, draft: &mut Draft) {
        if let Some(trail) = self.trail.given() {
            draft.steps.push(steps::select(trail, &Scope::of(draft), self.events, draft));
        }
        if self.trail.creates() {
            let naming = Naming::new(&Scope::of(draft), &draft.account, &draft.region);
            if let Some(target) = self.to.given() {
                draft.steps.push(steps::let_deliver(&target, &naming.trail, draft));
            }
            if let Kms::Given(key) = &self.kms {
                draft.steps.push(steps::let_encrypt(key, &naming.trail, self.log_group.then_some(naming.group.as_str()), draft));
            }
        }
        if self.trail.creates() || self.trail.given().is_some() {
            draft.claim_setting(&META, path!["logging", "cloudtrail", "trail"], "trail", self.trail.as_str());
        }
    }

    /// Promises the trail of an account, and adds the steps for a key that exists.
    pub fn promise(&self, scope: &Scope, whole: &mut Draft) {
        if let Kms::Given(key) = &self.kms {
            let naming = Naming::new(scope, &whole.account, &whole.region);
            whole.steps.push(steps::let_encrypt(key, &naming.trail, self.log_group.then_some(naming.group.as_str()), whole));
        }
        whole.claim_setting(&META, path!["logging", "cloudtrail", "trail"], "trail", self.trail.as_str());
    }

    /// Makes `target` take what the trail records.
    pub fn receive(&self, scope: &Scope, target: &mut Draft) {
        let trail = Naming::new(scope, &target.account, &target.region).arn;
        let origin = |reason: &'static str| target.origin(&META, path!["logging", "cloudtrail"], reason);
        let delivered = origin("CloudTrail delivers what the trail records, and nothing else");
        let allow = |sid: &'static str| {
            Statement::new(Effect::Allow, sid).to([Principal::Service(CLOUDTRAIL.into())]).when(Condition::one(
                Base::StringEquals,
                Key::SourceArn,
                trail.clone(),
            ))
        };
        let look = allow("AllowTrailToReadAcl").actions(["s3:GetBucketAcl"]).on([target.arn()]);
        let folder = target.arn() + "/AWSLogs/" + target.account.clone() + "/*";
        let deliver = allow("AllowTrailDelivery").actions(["s3:PutObject"]).on([folder]).when(Condition::one(
            Base::StringEquals,
            Key::XAmzAcl,
            "bucket-owner-full-control",
        ));
        let looked_at = origin("CloudTrail looks at the bucket's ACL before it delivers");
        target.statements.extend([look.because(looked_at), deliver.because(delivered.clone())]);
        let flow = Flow::TrailDelivery { trail, account: target.account.clone() };
        target.claim(delivered, Guarantee::ServicesWork(flow));
    }

    /// The trail and what it needs, each after what it refers to; `target` is the bucket that it delivers to, where the
    /// profile makes that too.
    pub fn make(&self, scope: &Scope, main: &Draft, target: Option<&LogicalId>) -> Vec<Resource> {
        let naming = Naming::new(scope, &main.account, &main.region);
        let origin = |reason: &'static str| main.origin(&META, path!["logging", "cloudtrail"], reason);
        let mut made = Vec::new();
        let key = match &self.kms {
            Kms::Own(false) => None,
            Kms::Own(true) => Some(key::create(&naming, self.log_group, main, &mut made)),
            Kms::Given(key) => Some(Expr::text(key.to_string())),
        };
        let logs = self.log_group.then(|| {
            let group = LogGroup {
                name: naming.group.clone(),
                retain_days: LogGroup::retention(self.retain_days.number()),
                key: key.clone(),
                tags: main.bucket.tags.clone(),
            };
            let resource = Resource::new(LOG_GROUP, Kind::LogGroup(group), origin("the events again, where filters and queries find them"));
            made.push(resource.retained(main.retain).suppressing(self.group_suppressions()));
            made.push(Resource::new(
                role::ID,
                Kind::Role(role::make(&naming, main)),
                origin("CloudTrail takes it on to write to the log group"),
            ));
            TrailLogs { group: LOG_GROUP, role: role::ID }
        });
        let trail = Trail {
            name: naming.trail.clone(),
            bucket: match (target, self.to.given()) {
                (Some(id), _) => Expr::reference(id.clone(), Attribute::Id),
                (None, Some(name)) => Expr::text(name.to_string()),
                (None, None) => Expr::default(),
            },
            multi_region: self.management,
            key,
            logs,
            selectors: self.selectors(scope),
            insights: if self.insights { vec!["ApiCallRateInsight", "ApiErrorRateInsight"] } else { Vec::new() },
            tags: main.bucket.tags.clone(),
        };
        let resource = Resource::new(TRAIL, Kind::Trail(trail), origin("records who does what to the objects"));
        made.push(resource.suppressing(self.trail_suppressions(scope)));
        made
    }

    /// What the trail records. Management events are not narrowed down: the first copy of all of them is free.
    fn selectors(&self, scope: &Scope) -> Vec<Selector> {
        let mut selectors = Vec::new();
        if self.management {
            let fields = vec![Field { name: "eventCategory", is: FieldMatch::Equals("Management") }];
            selectors.push(Selector { name: steps::MANAGEMENT.to_owned(), fields });
        }
        selectors.extend(scope.selectors(self.events));
        selectors
    }
}

/// The log group that the trail sends to.
pub const LOG_GROUP: LogicalId = LogicalId::fixed("TrailLogGroup");

/// A selector for requests for resources of a type.
fn data_events(name: String, of: &'static str, objects: Option<FieldMatch>, events: Events) -> Selector {
    let equals = |name: &'static str, word: &'static str| Field { name, is: FieldMatch::Equals(word) };
    let mut fields = vec![equals("eventCategory", "Data"), equals("resources.type", of)];
    match events {
        Events::All => {}
        Events::Write => fields.push(equals("readOnly", "false")),
        Events::Read => fields.push(equals("readOnly", "true")),
    }
    fields.extend(objects.map(|is| Field { name: "resources.ARN", is }));
    Selector { name, fields }
}

#[cfg(test)]
mod tests;
