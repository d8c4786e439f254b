//! Terraform: a module without a provider block, usable as root too.
//!
//! In: a plan. Out: `terraform/versions.tf`, `main.tf`, `outputs.tf`, and `variables.tf` where there are any; laid out
//! as `terraform fmt` does. Policies are `jsonencode` of one fixed object.

use std::borrow::Cow;
use std::collections::BTreeSet;
use std::sync::OnceLock;

use spell::Hcl;
use tera::{Context, Value};

use super::engine::{Engine, Spell, TERRAFORM, Values, context, map, spelled};
use super::json::quote;
use super::{File, Gap, Provider, RenderError, Target, hcl, lacking, layout};
use crate::diag::Code;
use crate::expr::{Attribute, Literal, Pseudo, is_open};
use crate::path;
use crate::plan::{About, Bucket, Kind, Plan, Resource, Scanner, Step, Suppression, Trail, Versioning, View, When};
use crate::policy::{Document, Effect, Element};

mod spell;

pub(super) static ENGINE: Engine = engine(Vec::new());

/// The templates, with others in the place of some.
pub(super) const fn engine(own: Vec<(String, String)>) -> Engine {
    Engine::new(TERRAFORM, own, hcl::escape)
}

pub(super) fn render(plan: &Plan, provider: Provider, engine: &Engine) -> Result<Vec<File>, RenderError> {
    let mut spell = Hcl::new(plan, provider);
    let mut resources = String::with_capacity(8 * 1024);
    for resource in plan.resources.iter().filter(|resource| lacking::expresses(plan, resource, Target::Terraform(provider))) {
        comment(&mut resources, &resource.origin.reason);
        resources.push_str(&above(&resource.suppressions, About::Whole));
        resources.push_str(&block(resource, &mut spell, engine)?);
        resources.push('\n');
    }
    let mut outputs = String::new();
    for output in &plan.outputs {
        let parts = vec![
            ("label", View::from(output.name.snake_case())),
            ("description", output.description.into()),
            ("value", (&output.value).into()),
        ];
        outputs.push_str(&engine.render("output.tf", &context("o", map(&parts, &mut spell)))?);
        outputs.push('\n');
    }
    let mut imports = String::new();
    for (resource, known) in plan.imports() {
        let Some(identity) = resource.kind.identity() else { continue };
        let mut values = map(&[("name", identity.terraform_id(known).to_owned().into())], &mut spell);
        values.insert("to", spelled(&spell.address(&resource.id)));
        if !imports.is_empty() {
            imports.push('\n');
        }
        imports.push_str(&engine.render("import.tf", &context("i", values))?);
    }
    let variables = variables(plan, &mut spell, engine)?;
    let mut main = format!("# Rendered by s3harden from the profile {}. Change the profile, not this file.\n\n", plan.name);
    main.push_str(&data(&spell.used, engine)?);
    main.push('\n');
    main.push_str(&resources);
    let mut files = vec![
        File { path: "terraform/versions.tf", text: versions(provider, engine)? },
        File { path: "terraform/main.tf", text: layout::fmt_with(&main, &spell.documents) },
    ];
    files.extend((!imports.is_empty()).then(|| file("terraform/imports.tf", &imports)));
    files.extend((!variables.is_empty()).then(|| file("terraform/variables.tf", &variables)));
    files.extend((!outputs.is_empty()).then(|| file("terraform/outputs.tf", &outputs)));
    match files.iter().find(|file| is_open(&file.text)) {
        Some(file) => Err(RenderError::new(file.path, "what only the deployment knows became a text")),
        None => Ok(files),
    }
}

fn file(path: &'static str, text: &str) -> File {
    File { path, text: layout::fmt(text) }
}

/// The same for every profile.
fn versions(provider: Provider, engine: &Engine) -> Result<String, RenderError> {
    static VERSIONS: [OnceLock<Result<String, RenderError>>; 2] = [const { OnceLock::new() }; 2];
    let [five, six] = &VERSIONS;
    let (once, constraint) = match provider {
        Provider::V5 => (five, ">= 5.70, < 7.0"),
        Provider::V6 => (six, ">= 6.40, < 7.0"),
    };
    let render = || {
        let mut context = Context::new();
        context.insert_value("constraint", Value::from(constraint));
        engine.render("versions.tf", &context).map(|text| layout::fmt(&text))
    };
    if engine.is_built_in() { once.get_or_init(render).clone() } else { render() }
}

fn data(used: &BTreeSet<Pseudo>, engine: &Engine) -> Result<String, RenderError> {
    let mut context = Context::new();
    for pseudo in used {
        let name = match pseudo {
            Pseudo::Partition | Pseudo::UrlSuffix => "partition",
            Pseudo::Region => "region",
            Pseudo::AccountId => "account",
        };
        context.insert_value(name, Value::from(true));
    }
    engine.render("data.tf", &context)
}

fn variables(plan: &Plan, spell: &mut Hcl<'_>, engine: &Engine) -> Result<String, RenderError> {
    let mut text = String::new();
    for parameter in &plan.parameters {
        let name = parameter.name.snake_case();
        let mut parts = vec![
            ("label", View::from(name.clone())),
            ("description", parameter.description.to_string().into()),
            ("error", format!("{name} does not have the form that the profile asks for.").into()),
            ("not_listed", format!("{name} is none of the values that the profile lists.").into()),
        ];
        parts.extend(parameter.anchored().map(|pattern| ("pattern", pattern.into())));
        if !parameter.allowed.is_empty() {
            parts
                .push(("allowed", View::Literal(Literal::List(parameter.allowed.iter().map(|one| Literal::text(one.as_str())).collect()))));
        }
        parts.extend(parameter.default.clone().map(|default| ("default", default.into())));
        let mut values = map(&parts, spell);
        values.insert("self", spelled(&format!("var.{name}")));
        text.push_str(&engine.render("variable.tf", &context("v", values))?);
        text.push('\n');
    }
    Ok(text)
}

/// What a bucket's blocks call each other, and what stands before and after the label.
const SIBLINGS: &[(&str, &str, &str)] = &[
    ("delivery_channel", "aws_config_delivery_channel.", ""),
    ("owner", "data.aws_canonical_user_id.", ".id"),
    ("ownership", "aws_s3_bucket_ownership_controls.", ""),
    ("public_access_block", "aws_s3_bucket_public_access_block.", ""),
    ("versioning", "aws_s3_bucket_versioning.", ""),
];

fn block(resource: &Resource, spell: &mut Hcl<'_>, engine: &Engine) -> Result<String, RenderError> {
    let label = resource.id.snake_case();
    let mut values = map(&resource.view(), spell);
    let mut put = |name: &'static str, text: &str| drop(values.insert(name, spelled(text)));
    put("self", &spell.reference(&resource.id, Attribute::Id));
    put("arn", &spell.reference(&resource.id, Attribute::Arn));
    put("suppressions", &inside(&resource.suppressions, About::Whole));
    if matches!(resource.kind, Kind::Bucket(_)) {
        put("above_public_access_block", &above(&resource.suppressions, About::PublicAccessBlock));
        put("inside_public_access_block", &inside(&resource.suppressions, About::PublicAccessBlock));
        put("inside_ownership", &inside(&resource.suppressions, About::Ownership));
    }
    if matches!(resource.kind, Kind::ManagedPolicy(_)) {
        put("above_users", &above(&resource.suppressions, About::Users));
        put("inside_users", &inside(&resource.suppressions, About::Users));
    }
    let mut after: Vec<String> = resource.after.iter().map(|id| spell.address(id)).collect();
    if let Kind::BucketPolicy { bucket, document, keep } = &resource.kind {
        if !keep.is_empty() {
            put("document", &spell.with_kept(document, &label));
            put("keep", &spell.literal(&Literal::List(keep.iter().map(|sid| Literal::text(sid.as_str())).collect())));
            let own = document.statements.iter().filter_map(|statement| statement.sid.clone());
            put("own_sids", &spell.literal(&Literal::List(own.map(|sid| Literal::Word(sid.into_owned().into())).collect())));
            put("kept_name", &label);
            put("bucket_name", &spell.bucket_name(bucket));
        }
        // The block must be on before a policy could be public, and one writer at a time avoids conflicts.
        after.extend(
            ["aws_s3_bucket_public_access_block", "aws_s3_bucket_ownership_controls"].map(|t| format!("{t}.{}", bucket.snake_case())),
        );
        let own = spell.plan.buckets().find(|(resource, _)| resource.id == *bucket).map(|(_, own)| own);
        after.extend(own.into_iter().flat_map(|own| denied_configuration(document, own)).map(|t| format!("{t}.{}", bucket.snake_case())));
    }
    if let Kind::DeliveryChannel(channel) = &resource.kind {
        // CloudFormation makes both at once, and the recorder waits for the channel.
        after.push(spell.address(&channel.recorder));
    }
    if let Kind::MalwareScan(scan) = &resource.kind {
        // What the role may do is a resource of its own, and GuardDuty tries it out.
        after.push(format!("aws_iam_role_policy.{}", scan.role.snake_case()));
    }
    if let Kind::Trail(Trail { logs: Some(logs), .. }) = &resource.kind {
        // CloudTrail tries the role when the trail is made, and its policy is a block of its own.
        after.push(format!("aws_iam_role_policy.{}", logs.role.snake_case()));
    }
    if !after.is_empty() {
        put("after", &format!("[{}]", after.join(", ")));
    }
    if matches!(resource.kind, Kind::Bucket(_) | Kind::DeliveryChannel(_)) {
        let sibling = |(name, before, after): &(&'static str, &str, &str)| (*name, spelled(&[*before, &label, after].concat()));
        let siblings: Values = SIBLINGS.iter().map(sibling).collect();
        values.insert("siblings", siblings.into());
    }
    values.insert("label", Value::from(label.as_str()));
    let mut context = context("r", values);
    context.insert_value(
        "provider",
        Value::from(match spell.provider {
            Provider::V5 => 5_i64,
            Provider::V6 => 6,
        }),
    );
    engine.render(&format!("{}.tf", resource.kind.family()), &context)
}

/// The parts of a bucket's configuration that its policy keeps the deployment itself from putting: they come first.
fn denied_configuration(document: &Document, bucket: &Bucket) -> Vec<&'static str> {
    let denies = |action: &str| {
        document.statements.iter().any(|statement| {
            statement.effect == Effect::Deny && matches!(&statement.action, Element::Is(names) if names.iter().any(|name| name == action))
        })
    };
    let parts = [
        (bucket.versioning != Versioning::Off, "s3:PutBucketVersioning", "aws_s3_bucket_versioning"),
        (!bucket.lifecycle.is_empty(), "s3:PutLifecycleConfiguration", "aws_s3_bucket_lifecycle_configuration"),
        (bucket.object_lock.is_some(), "s3:PutBucketObjectLockConfiguration", "aws_s3_bucket_object_lock_configuration"),
    ];
    parts.into_iter().filter(|(there, action, _)| *there && denies(action)).map(|(.., kind)| kind).collect()
}

/// Comments that checkov reads, inside the block that they are about.
fn inside(suppressions: &[Suppression], about: About) -> String {
    let of = |s: &Suppression| matches!(s.scanner, Scanner::Checkov | Scanner::CheckovTerraform);
    exceptions(suppressions, about, of, ["#checkov:skip=", ":"])
}

/// Comments that trivy reads, above the block that they are about.
fn above(suppressions: &[Suppression], about: About) -> String {
    exceptions(suppressions, about, |s| s.scanner == Scanner::Trivy, ["#trivy:ignore:", " "])
}

/// One line for each rule, with signs before it and its reason; a reason from a profile is one line already, one from a plan made in
/// code may not be.
fn exceptions(suppressions: &[Suppression], about: About, of: impl Fn(&Suppression) -> bool, signs: [&str; 2]) -> String {
    let mut chosen: Vec<_> = suppressions.iter().filter(|s| s.about == about && of(s)).collect();
    chosen.sort_unstable();
    let [before_rule, before_reason] = signs;
    chosen.iter().flat_map(|s| [before_rule.into(), s.rule.into(), before_reason.into(), one_line(&s.reason), "\n".into()]).collect()
}

fn comment(out: &mut String, text: &str) {
    if !text.is_empty() {
        out.push_str("# ");
        out.push_str(&one_line(text));
        out.push('\n');
    }
}

/// A text that cannot leave its comment.
fn one_line(text: &str) -> Cow<'_, str> {
    if text.contains(char::is_control) { Cow::Owned(text.replace(char::is_control, " ")) } else { Cow::Borrowed(text) }
}

/// What provider generation 5 has no argument for.
pub(super) fn gaps(plan: &Plan, provider: Provider) -> Vec<Gap> {
    if provider != Provider::V5 {
        return Vec::new();
    }
    let buckets = || plan.buckets().map(|(_, bucket)| bucket);
    let open: Vec<&Bucket> = buckets().filter(|bucket| bucket.encryption.sse_c_blocked).collect();
    let mut gaps = Vec::new();
    if !open.is_empty() {
        gaps.push(sse_c_setting(&open));
    }
    gaps.extend(buckets().find(|bucket| bucket.account_regional).map(|bucket| Gap {
        code: Code::NamespaceNeedsProvider,
        message: format!("generation 5 of Terraform's AWS provider cannot make `{}` in the account's own namespace", bucket.name),
        path: path!["bucket", "namespace"],
        step: None,
    }));
    gaps
}

/// The setting that blocks SSE-C, which came with provider 6.22.
fn sse_c_setting(buckets: &[&Bucket]) -> Gap {
    let names = buckets.iter().map(|bucket| format!("`{}`", bucket.name)).collect::<Vec<_>>().join(" and ");
    let verify = |bucket: &&Bucket| {
        let query = "ServerSideEncryptionConfiguration.Rules[0].BlockedEncryptionTypes";
        format!("aws s3api get-bucket-encryption --bucket {} --query '{query}' --output text", bucket.name)
    };
    Gap {
        code: Code::TargetGap,
        message: format!("generation 5 of Terraform's AWS provider cannot set SSE-C to blocked on {names}"),
        path: path!["encryption", "sse_c"],
        step: Some(Step {
            title: "Block SSE-C (Terraform with provider 5)".to_owned(),
            why: "the provider has no argument for it before 6.22; the bucket policies refuse such uploads all the same, and S3 blocks SSE-C by itself on \
                  buckets made since April 2026"
                .to_owned(),
            when: When::After,
            commands: buckets.iter().flat_map(|bucket| put_encryption(bucket)).collect(),
            verify: buckets.iter().map(verify).collect(),
            expect: "a line that ends in SSE-C for each bucket".to_owned(),
            path: path!["encryption", "sse_c"],
        }),
    }
}

/// Puts the encryption that the bucket has, with SSE-C blocked.
fn put_encryption(bucket: &Bucket) -> Vec<String> {
    let (name, encryption) = (&bucket.name, &bucket.encryption);
    let mut commands = Vec::new();
    let mut rule = format!(r#"{{"ApplyServerSideEncryptionByDefault":{{"SSEAlgorithm":"{}""#, encryption.algorithm.aws());
    if let Some(key) = &encryption.key {
        rule.push_str(r#","KMSMasterKeyID":"#);
        match key.written() {
            Some(arn) => quote(&mut rule, &arn),
            None => {
                let alias = name.without_dots();
                commands.push(format!("KEY_ARN=$(aws kms describe-key --key-id alias/{alias} --query KeyMetadata.Arn --output text)"));
                // The variable stands outside of the single quotes, or the shell would not fill it in.
                rule.push_str(r#""'"$KEY_ARN"'""#);
            }
        }
    }
    rule.push_str(r#"},"BlockedEncryptionTypes":{"EncryptionType":["SSE-C"]}"#);
    if let Some(on) = encryption.bucket_key {
        rule.push_str(if on { r#","BucketKeyEnabled":true"# } else { r#","BucketKeyEnabled":false"# });
    }
    let rules = format!(r#"{{"Rules":[{rule}}}]}}"#);
    commands.push(format!("aws s3api put-bucket-encryption --bucket {name} --server-side-encryption-configuration '{rules}'"));
    commands
}
