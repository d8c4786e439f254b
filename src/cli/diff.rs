//! `s3harden diff`: who gains and who loses what between two versions.

use super::texts::{self, Text};
use super::{Exit, Stop, valid};
use crate::compare::{self, Difference, Version};
use crate::foreign::Deployment;
use crate::names::{AccountId, BucketName};
use crate::policy::Document;
use crate::trials;

pub(super) mod report;

#[derive(Debug, clap::Args)]
#[command(
    after_help = "Each of OLD and NEW is a profile, a bucket policy, a CloudFormation template, or the output of `terraform show -json`,
in a file, on standard input (-), or in git (REV:path).

Examples:
  s3harden diff main:profiles/invoices.yaml profiles/invoices.yaml
  s3harden diff --deny widened --format md origin/main:template.yaml template.yaml
  s3harden diff --bucket acme-invoices old-policy.json new-policy.json"
)]
pub(super) struct Args {
    /// The version before.
    #[arg(value_name = "OLD")]
    old: String,
    /// The version after.
    #[arg(value_name = "NEW")]
    new: String,
    /// The name of the bucket, or its logical id or address in a template. Without it: every bucket of a template, and for
    /// policies the bucket that their resources name.
    #[arg(long, value_name = "NAME")]
    bucket: Option<String>,
    /// The account that owns the bucket, where the versions leave it open.
    #[arg(long, value_name = "ID", value_parser = valid::<AccountId>)]
    account: Option<AccountId>,
    /// The region, where the versions leave it open.
    #[arg(long, value_name = "REGION")]
    region: Option<crate::names::Region>,
    /// End with status 1 if somebody gains something, or may.
    #[arg(long, value_name = "WHAT", value_parser = ["widened"])]
    deny: Option<String>,
    /// How the differences are shown; md is for pull requests.
    #[arg(long, value_name = "FORMAT", default_value = "text", value_parser = ["text", "md", "json"])]
    format: String,
}

pub(super) fn run(args: &Args) -> Result<Exit, Stop> {
    if args.old == "-" && args.new == "-" {
        return Err(Stop::usage("only one of the two versions can be on standard input"));
    }
    let (old, new) = (texts::read(&args.old)?, texts::read(&args.new)?);
    let known = Known::of(&old, &new, args);
    let (old, new) = (known.versions(&old, &args.old, args)?, known.versions(&new, &args.new, args)?);
    let differences = compare::compare(&old, &new);
    let shown = match args.format.as_str() {
        "json" => report::json(&differences)?,
        "md" => report::markdown(&differences, &args.old, &args.new),
        _ => report::text(&differences),
    };
    super::print(&shown)?;
    if let Some(mistake) = differences.iter().find_map(|difference| difference.mistake.as_ref()) {
        return Err(Stop::could_not_run(format!("internal error: {mistake}; please report it with the two versions")));
    }
    let widened = args.deny.is_some() && differences.iter().any(Difference::may_widen);
    Ok(if widened { Exit::Findings } else { Exit::Clean })
}

/// What one version knows and the other may not.
struct Known {
    account: Option<AccountId>,
    deployment: Deployment,
}

impl Known {
    fn of(old: &Text, new: &Text, args: &Args) -> Self {
        let both = [new, old];
        let account = args.account.clone().or_else(|| both.iter().find_map(|text| account(text)));
        let region = args.region.as_ref().map(ToString::to_string);
        let region = region.or_else(|| {
            both.iter().find_map(|text| match text {
                Text::Profile(both) => both.0.bucket.region.as_ref().map(ToString::to_string),
                Text::Account(both) => Some(both.0.region.to_string()),
                Text::Template(template) => template.region.clone(),
                Text::Policy(_) => None,
            })
        });
        // A name that is made up at the deployment is the one that the other version knows, where there is one bucket.
        let name = args.bucket.as_ref().and_then(|name| name.parse::<BucketName>().ok()).map(|name| name.to_string());
        let name = name.or_else(|| {
            both.iter().find_map(|text| match text {
                Text::Profile(both) if both.0.bucket.full_name().is_open() => {
                    Some(trials::bench(&both.0, &both.1).filled(&both.0.bucket.full_name()))
                }
                Text::Profile(both) => Some(both.0.bucket.name.to_string()),
                Text::Account(_) => None,
                Text::Template(template) => match template.buckets.as_slice() {
                    [one] => one.name.as_text().map(str::to_owned),
                    _ => None,
                },
                Text::Policy(document) => named(document),
            })
        });
        let deployment = Deployment { account: account.as_ref().map(ToString::to_string), region, bucket: name, ..Deployment::default() };
        Self { account, deployment }
    }

    fn versions(&self, text: &Text, word: &str, args: &Args) -> Result<Vec<Version>, Stop> {
        match text {
            Text::Profile(_) | Text::Account(_) => {
                let mut all = match text {
                    Text::Account(both) => Version::of_account(&both.0, &both.1),
                    Text::Profile(both) => Version::of_profile(&both.0, &both.1),
                    _ => Vec::new(),
                };
                if let Some(wanted) = &args.bucket {
                    let known = all.iter().map(|version| format!("`{}`", version.name.as_ref().unwrap_or(&version.id)));
                    let known = known.collect::<Vec<_>>().join(", ");
                    all.retain(|version| version.id == *wanted || version.name.as_ref() == Some(wanted));
                    if all.is_empty() {
                        return Err(Stop::usage(format!("`{word}` has no bucket `{wanted}`, but {known}")));
                    }
                }
                Ok(all)
            }
            Text::Policy(document) => {
                let Some(bucket) = args.bucket.as_ref().or(self.deployment.bucket.as_ref()) else {
                    return Err(Stop::usage(format!("`{word}` does not say which bucket it is about: name it with `--bucket`")));
                };
                Ok(vec![Version::of_policy(document, bucket, self.account.as_ref())])
            }
            Text::Template(template) => {
                let version = |bucket| Version::of_template(template, bucket, &self.deployment);
                if args.bucket.is_none() && !template.buckets.is_empty() {
                    return Ok(template.buckets.iter().map(version).collect());
                }
                let bucket = template.bucket(args.bucket.as_deref()).map_err(|why| Stop::usage(format!("`{word}`: {why}")))?;
                Ok(vec![version(bucket)])
            }
        }
    }
}

fn account(text: &Text) -> Option<AccountId> {
    match text {
        Text::Profile(both) => both.0.bucket.account.clone(),
        Text::Account(both) => Some(both.0.account.clone()),
        Text::Template(template) => template.account.as_deref()?.parse().ok(),
        Text::Policy(_) => None,
    }
}

/// The one bucket that the resources of a policy name.
fn named(document: &Document) -> Option<String> {
    let texts = document.expressions().filter_map(|expr| expr.as_text());
    let names =
        texts.filter_map(|text| text.strip_prefix("arn:")?.split_once(":s3:::").map(|(_, rest)| rest.split('/').next().unwrap_or(rest)));
    let mut names: Vec<&str> = names.filter(|name| !name.is_empty() && !name.contains(['*', '?'])).collect();
    names.sort_unstable();
    names.dedup();
    match names.as_slice() {
        [one] => Some((*one).to_owned()),
        _ => None,
    }
}
