//! One bucket of the input, and where each of its settings stands there.
//!
//! In: what `foreign` read of a file. Out: a [`Subject`], which gives the settings under S3's names whatever language they are
//! written in. Never: what a setting means.

use super::draft::{Draft, Fate};
use super::lens::{Desk, Lens};
use super::parameters;
use crate::compare::Version;
use crate::expr::{Attribute, Expr, LogicalId, OF_DEPLOYMENT, Part, Pseudo, is_open};
use crate::foreign::{Bucket, Deployment, Format, Policy, Resource, Template, Value, live};
use crate::policy::{Base, Condition, Document, Effect, Key, Statement};
use crate::verify::{Environment, Ownership};

/// A setting of a bucket: its name, and where S3, CloudFormation and Terraform have it.
pub(super) struct Section {
    name: &'static str,
    call: &'static str,
    answer: Option<&'static str>,
    property: &'static str,
    resource: &'static str,
    /// Deprecated mirrors of it on Terraform's `aws_s3_bucket`.
    mirrors: &'static [&'static str],
}

macro_rules! sections {
    ($($id:ident = $name:literal, $call:literal, $answer:expr, $property:literal, $resource:literal, $mirrors:expr;)*) => {
        $(pub(super) const $id: &Section = &Section {
            name: $name, call: $call, answer: $answer, property: $property, resource: $resource, mirrors: $mirrors,
        };)*
        const SECTIONS: &[&Section] = &[$($id),*];
    };
}

sections! {
    BLOCK = "Block Public Access", "get-public-access-block", Some("PublicAccessBlockConfiguration"),
        "PublicAccessBlockConfiguration", "aws_s3_bucket_public_access_block", &[];
    OWNERSHIP = "object ownership", "get-bucket-ownership-controls", Some("OwnershipControls"),
        "OwnershipControls", "aws_s3_bucket_ownership_controls", &[];
    ACL = "ACL", "get-bucket-acl", None, "AccessControl", "aws_s3_bucket_acl", &["grant", "acl"];
    ENCRYPTION = "encryption", "get-bucket-encryption", Some("ServerSideEncryptionConfiguration"),
        "BucketEncryption", "aws_s3_bucket_server_side_encryption_configuration", &["server_side_encryption_configuration"];
    VERSIONING = "versioning", "get-bucket-versioning", None, "VersioningConfiguration", "aws_s3_bucket_versioning", &["versioning"];
    LIFECYCLE = "lifecycle", "get-bucket-lifecycle-configuration", None,
        "LifecycleConfiguration", "aws_s3_bucket_lifecycle_configuration", &["lifecycle_rule"];
    LOCK = "Object Lock", "get-object-lock-configuration", Some("ObjectLockConfiguration"),
        "ObjectLockConfiguration", "aws_s3_bucket_object_lock_configuration", &["object_lock_configuration", "object_lock_enabled"];
    LOGGING = "access logs", "get-bucket-logging", Some("LoggingEnabled"), "LoggingConfiguration", "aws_s3_bucket_logging", &["logging"];
    NOTIFICATION = "notifications", "get-bucket-notification-configuration", None,
        "NotificationConfiguration", "aws_s3_bucket_notification", &[];
    REPLICATION = "replication", "get-bucket-replication", Some("ReplicationConfiguration"),
        "ReplicationConfiguration", "aws_s3_bucket_replication_configuration", &["replication_configuration"];
    CORS = "CORS", "get-bucket-cors", None, "CorsConfiguration", "aws_s3_bucket_cors_configuration", &["cors_rule"];
    TAGS = "tags", "get-bucket-tagging", Some("TagSet"), "Tags", "aws_s3_bucket", &[];
}

/// What says nothing about the bucket, or what another part of this reader looks at.
const PASSED: &[&str] = &[
    // of CloudFormation
    "BucketName",
    "BucketNamespace",
    "ObjectLockEnabled",
    // of Terraform: what the provider computes, and what says whose a setting is
    "acceleration_status",
    "account_id",
    "arn",
    "bucket",
    "bucket_domain_name",
    "bucket_namespace",
    "bucket_prefix",
    "bucket_region",
    "bucket_regional_domain_name",
    "expected_bucket_owner",
    "force_destroy",
    "hosted_zone_id",
    "id",
    "object_lock_enabled",
    "policy",
    "region",
    "request_payer",
    "tags_all",
    "timeouts",
    "transition_default_minimum_object_size",
    // of S3's answers: what is read elsewhere
    "get-bucket-location",
    "get-bucket-policy",
    "get-bucket-policy-status",
    "get-account-public-access-block",
];

/// A file of the input, with what its references become.
pub(super) struct Scene<'v> {
    /// What the file is called.
    pub file: &'v str,
    /// What it holds.
    pub template: &'v Template,
    /// Where it is deployed, as far as that is known.
    pub deployment: &'v Deployment,
    desk: Desk,
}

impl<'v> Scene<'v> {
    /// With the parameters of the template as those of a profile, or as what nobody knows.
    pub(super) fn new(file: &'v str, template: &'v Template, deployment: &'v Deployment, parameters: bool) -> Self {
        let mut environment = template.environment(deployment);
        open(template, deployment, &mut environment);
        let declared = if parameters { parameters::declared(template) } else { Vec::new() };
        for (name, reference) in declared {
            environment.set(name.clone(), reference);
        }
        Self { file, template, deployment, desk: Desk::new(with_arns(template, environment)) }
    }

    pub(super) const fn environment(&self) -> &Environment {
        &self.desk.environment
    }

    /// The account and region as names of the profile hold them, where they are known or stand in for themselves.
    pub(super) fn place(&self) -> (Option<String>, Option<String>) {
        let (account, region) = (self.environment().account.as_str(), self.environment().region.as_str());
        let known = |text: &'_ str, said: bool| (said || is_open(text)).then(|| text.to_owned());
        (known(account, self.deployment.account.is_some()), known(region, self.deployment.region.is_some()))
    }

    pub(super) fn resource(&self, id: &str) -> Option<&'v Resource> {
        self.template.resources.iter().find(|resource| resource.id == id)
    }

    /// A lens on a whole resource.
    pub(super) fn on<'s>(&'s self, resource: &'v Resource) -> Lens<'s>
    where
        'v: 's,
    {
        Lens::new(&self.desk, &resource.properties, resource.id.clone())
    }
}

/// Lets the account and region stand for themselves where they are part of the name of a bucket and nobody says which they
/// are: the template is that of a bucket in many accounts, and so is the profile.
fn open(template: &Template, deployment: &Deployment, environment: &mut Environment) {
    let named = |pseudo| template.buckets.iter().any(|bucket| bucket.name.parts().contains(&Part::Pseudo(pseudo)));
    for (word, pseudo) in OF_DEPLOYMENT {
        match pseudo {
            Pseudo::AccountId if deployment.account.is_none() && named(pseudo) => word.clone_into(&mut environment.account),
            Pseudo::Region if deployment.region.is_none() && named(pseudo) => word.clone_into(&mut environment.region),
            _ => {}
        }
    }
}

/// A bucket of the input.
pub(super) struct Subject<'v> {
    /// Where it stands.
    pub scene: Scene<'v>,
    /// The bucket.
    pub bucket: &'v Bucket,
    /// Its name.
    pub name: String,
}

impl<'v> Subject<'v> {
    pub(super) fn new(scene: Scene<'v>, bucket: &'v Bucket) -> Option<Self> {
        let name = scene.environment().text(&bucket.name)?.into_owned();
        Some(Self { scene, bucket, name })
    }

    pub(super) const fn environment(&self) -> &Environment {
        self.scene.environment()
    }

    pub(super) fn resource(&self, id: &str) -> Option<&'v Resource> {
        self.scene.resource(id)
    }

    /// A lens on a whole resource.
    pub(super) fn on<'s>(&'s self, resource: &'v Resource) -> Lens<'s>
    where
        'v: 's,
    {
        self.scene.on(resource)
    }

    /// The resources of the bucket that are of a type.
    pub(super) fn parts(&self, kind: &str) -> impl Iterator<Item = &'v Resource> {
        self.bucket.parts.iter().filter_map(|id| self.resource(id)).filter(move |resource| resource.kind == kind)
    }

    /// Every resource of a type of either language.
    pub(super) fn all<'s>(&'s self, kinds: &'static [&'static str]) -> impl Iterator<Item = Lens<'s>> {
        self.scene.template.resources.iter().filter(|resource| kinds.contains(&resource.kind.as_str())).map(|resource| self.on(resource))
    }

    /// Where a section stands, where it is there.
    pub(super) fn section(&self, section: &Section) -> Option<Lens<'_>> {
        let own = self.resource(&self.bucket.id)?;
        match self.scene.template.format {
            Format::Live => {
                let answer = self.on(own).get(section.call)?;
                if answer.get("error").is_some() {
                    return None;
                }
                match section.answer {
                    None => Some(answer),
                    Some(name) => answer.get(name),
                }
            }
            Format::Terraform if section.name == "tags" => self.on(own).get("tags"),
            Format::Terraform => self.parts(section.resource).next().map(|resource| self.on(resource)),
            _ => self.on(own).get(section.property),
        }
    }

    /// What could not be collected, and what nobody looked at.
    pub(super) fn leftovers(&self, draft: &mut Draft) {
        let own = self.resource(&self.bucket.id);
        let empty = Value::Null;
        let own = own.map_or_else(|| Lens::new(&self.scene.desk, &empty, self.bucket.id.clone()), |own| self.on(own));
        let remedy = match self.scene.template.format {
            Format::Live => "collect it again with the rights to read it, or look at it by hand",
            _ => "apply first and import the state, or what the script collects",
        };
        for why in &self.bucket.unread {
            draft.lost("something about access", &self.bucket.id, why.clone(), remedy);
        }
        if self.scene.template.format == Format::Live {
            for section in SECTIONS {
                let answer = own.get(section.call);
                let error = answer.as_ref().and_then(|answer| answer.get("error")).and_then(|error| error.word());
                let why = match (self.missing(section.call), error) {
                    (true, _) => format!("there is no `{}` in the file", section.call),
                    (_, Some(error)) => format!("`{}` ended with {error}", section.call),
                    _ => continue,
                };
                draft.lost(
                    section.name,
                    format!("{}/{}", self.bucket.id, section.call),
                    why,
                    "collect it again with the rights to read it",
                );
            }
        }
        for place in self.scene.desk.unknown() {
            let inside = self.scene.template.resources.iter().find_map(|one| place.strip_prefix(one.id.as_str())?.strip_prefix('/'));
            let what = inside.map_or_else(|| format!("`{place}`"), |inside| format!("`{}`", inside.replace('/', ".")));
            draft.lost(
                what,
                place,
                "its value is known only after the deployment",
                "apply first and import the state, or what the script collects",
            );
        }
        for id in &self.bucket.parts {
            let Some(resource) = self.resource(id) else { continue };
            let is_bucket = resource.id == self.bucket.id;
            let mut open = Vec::new();
            for left in self.on(resource).left() {
                let inside = left.place.strip_prefix(id.as_str()).unwrap_or_default();
                let first = inside.split('/').find(|step| step.parse::<u32>().is_err() && !step.is_empty()).unwrap_or_default();
                if is_bucket && self.scene.template.format == Format::Terraform && left.is_unknown() && !PASSED.contains(&first) {
                    open.push(format!("`{first}`"));
                    continue;
                }
                let mirrored = is_bucket
                    && self.scene.template.format == Format::Terraform
                    && SECTIONS.iter().any(|section| section.mirrors.contains(&first) && self.parts(section.resource).next().is_some());
                // The grant that every bucket has: its owner's.
                if is_bucket && first == "grant" && self.owners_alone(resource) {
                    continue;
                }
                // Whoever owns the bucket pays for requests, unless it was changed.
                let usual = first == "get-bucket-request-payment" && left.shown() == "BucketOwner";
                if usual || PASSED.contains(&first) || mirrored || is_access(&resource.kind) {
                    continue;
                }
                let what = format!("`{}`", inside.trim_start_matches('/').replace('/', "."));
                let why = if left.is_unknown() {
                    "its value is known only after the deployment".to_owned()
                } else {
                    format!("the profile has no word for it; it is `{}`", left.shown())
                };
                draft.item(Fate::Lost, what, left.place, why, "keep it by hand, or let it go");
            }
            if !open.is_empty() {
                // The provider computes these wherever nobody writes them; a plan does not tell the two apart.
                let why = "they are known only after the deployment: what the provider computes looks like what `dynamic` blocks make";
                let remedy = "see that the resource writes none of them; or apply first and import the state";
                draft.item(Fate::Apart, open.join(", "), id, why, remedy);
            }
        }
    }

    /// Whether the grants that Terraform shows on a bucket are one of everything to one owner, or are switched off.
    fn owners_alone(&self, resource: &Resource) -> bool {
        let off = self.bucket.ownership == Some(Ownership::Enforced);
        let grants = resource.properties.get("grant").map(Value::items).unwrap_or_default();
        let whole =
            |grant: &Value| grant.get("permissions").is_some_and(|all| all.items().iter().all(|one| one.known() == Some("FULL_CONTROL")));
        off || matches!(grants, [one] if whole(one) && one.get("type").and_then(Value::known) == Some("CanonicalUser"))
    }

    fn missing(&self, call: &str) -> bool {
        self.resource(&self.bucket.id).is_some_and(|own| own.properties.get(call).is_none())
    }

    /// Where the policy stands.
    pub(super) fn policy_place(&self) -> String {
        match (&self.bucket.policy, self.scene.template.format) {
            (_, Format::Live) => format!("{}/get-bucket-policy", self.bucket.id),
            (Some(policy), _) => policy.resource.clone(),
            (None, _) => self.bucket.id.clone(),
        }
    }
}

/// Policies and access points are read apart.
fn is_access(kind: &str) -> bool {
    matches!(kind, "AWS::S3::BucketPolicy" | "AWS::S3::AccessPoint" | "aws_s3_bucket_policy" | "aws_s3_access_point" | live::POINT)
}

/// The ARNs of what the template makes, beside its names.
fn with_arns(template: &Template, mut environment: Environment) -> Environment {
    for resource in template.resources.iter().filter(|resource| resource.kind == "AWS::KMS::Key") {
        let id = || LogicalId::named(resource.id.as_str());
        let Some(name) = environment.text(&Expr::reference(id(), Attribute::Id)).map(|name| name.into_owned()) else { continue };
        let arn = format!("arn:{}:kms:{}:{}:key/{name}", environment.partition, environment.region, environment.account);
        environment.refer(id(), Attribute::Arn, arn);
    }
    environment
}

/// What references to resources give that have a name of their own: what `Ref` is, and the attributes that are made of it.
pub(super) fn named_environment(template: &Template, environment: Environment) -> Environment {
    let mut environment = with_arns(template, environment);
    for resource in &template.resources {
        let name = |property: &str| {
            resource.properties.get(property).and_then(Value::text).and_then(|text| environment.text(text)).map(|name| name.into_owned())
        };
        let (partition, region, account) = (&environment.partition, &environment.region, &environment.account);
        let arn = |service: &str, rest: String| format!("arn:{partition}:{service}:{region}:{account}:{rest}");
        let global = |service: &str, rest: String| format!("arn:{partition}:{service}::{account}:{rest}");
        // Ref, and the attribute with what it gives.
        let found = match resource.kind.as_str() {
            "AWS::SNS::Topic" => name("TopicName").map(|name| (arn("sns", name.clone()), "TopicArn", arn("sns", name))),
            "AWS::CloudTrail::Trail" => name("TrailName").map(|name| (name.clone(), "Arn", arn("cloudtrail", format!("trail/{name}")))),
            "AWS::Logs::LogGroup" => name("LogGroupName").map(|name| (name.clone(), "Arn", arn("logs", format!("log-group:{name}:*")))),
            "AWS::Events::Rule" => name("Name").map(|name| (name.clone(), "Arn", arn("events", format!("rule/{name}")))),
            "AWS::CloudWatch::Alarm" => name("AlarmName").map(|name| (name.clone(), "Arn", arn("cloudwatch", format!("alarm:{name}")))),
            "AWS::Config::ConfigRule" => name("ConfigRuleName").map(|name| (name.clone(), "Arn", name)),
            "AWS::SSM::Document" => name("Name").map(|name| (name.clone(), "Name", name)),
            "AWS::IAM::ManagedPolicy" => name("ManagedPolicyName")
                .map(|name| (global("iam", format!("policy/{name}")), "PolicyArn", global("iam", format!("policy/{name}")))),
            _ => None,
        };
        if let Some((own, attribute, value)) = found {
            environment.set(LogicalId::named(format!("{}.{attribute}", resource.id)), value);
            environment.set(LogicalId::named(resource.id.as_str()), own);
        }
    }
    environment
}

/// The one resource that an expression is a reference to.
pub(super) fn referred(value: &Value) -> Option<&str> {
    match value.text()?.parts() {
        [Part::Reference(id, _)] => Some(id.as_str()),
        _ => None,
    }
}

/// What S3 does whatever a policy says.
pub(super) const SERVED: &str = "S3's endpoints speak no TLS older than 1.2, whatever a policy says of it";

/// The version of a bucket as S3 serves it: requests over a TLS older than 1.2 reach nobody, so that a profile that denies
/// them takes nothing from anyone ("TLS 1.2 to become the minimum TLS protocol level for all AWS API endpoints", AWS
/// Security Blog).
pub(super) fn served(subject: &Subject<'_>, bucket: &Bucket) -> Version {
    let arn = || Expr::arn("s3", "", "", subject.name.clone());
    let older = Condition::one(Base::NumericLessThan, Key::TlsVersion, "1.2");
    let refused = Statement::new(Effect::Deny, "ServedWithTls").actions(["s3:*"]).on([arn(), arn() + Expr::text("/*")]).when(older);
    let mut bucket = bucket.clone();
    let none = || Policy { resource: subject.bucket.id.clone(), document: Ok(Document::default()) };
    if let Ok(document) = &mut bucket.policy.get_or_insert_with(none).document {
        document.statements.push(refused);
    }
    version(subject, &bucket)
}

/// The versions of the buckets of a template, for proofs.
pub(super) fn version(subject: &Subject<'_>, bucket: &Bucket) -> Version {
    Version::of_template(subject.scene.template, bucket, subject.scene.deployment)
}
