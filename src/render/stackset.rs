//! A stack set: the CloudFormation template for every account and region at once, and the commands that roll it out.
//!
//! In: a plan. Out: `stackset/template.json`, without white space so that it fits into a call, and `stackset/RUNBOOK.md`; and
//! what does not go together in a set. It is the template of `cloudformation`, never one of its own.
//!
//! Source: "AWS CloudFormation StackSets" and "CloudFormation quotas", AWS CloudFormation User Guide.

use super::engine::Engine;
use super::limits::INLINE;
use super::{File, Notation, RenderError, cloudformation, lacking, runbook};
use crate::diag::{Code, Finding, Path};
use crate::expr::{OF_DEPLOYMENT, Pseudo};
use crate::path;
use crate::plan::{Kind, Parameter, Plan, Resource, Step, When};

pub(super) fn render(plan: &Plan, engine: &Engine) -> Result<Vec<File>, RenderError> {
    let Some(text) = cloudformation::template_text(plan, Notation::Minified, engine)? else { return Ok(Vec::new()) };
    let runbook = File { path: "stackset/RUNBOOK.md", text: how(plan, text.len() > INLINE) };
    Ok(vec![File { path: "stackset/template.json", text }, runbook])
}

/// What of the plan does not go together in a set.
pub(super) fn unfit(plan: &Plan) -> Vec<Finding> {
    let mut findings: Vec<Finding> = plan
        .imports()
        .next()
        .map(|(resource, known)| {
            let message = format!("`{known}` exists already, and a stack set imports nothing");
            let at = if plan.adopts.iter().any(|(id, _)| *id == resource.id) {
                path!["bucket", "imported", "adopts"]
            } else {
                path!["bucket", "existing"]
            };
            Finding::new(Code::StacksetUnfit, at, message)
                .help("adopt it with a stack of its own, and leave the stack set to buckets that are made")
        })
        .into_iter()
        .collect();
    findings.extend(plan.resources.iter().filter_map(of_organization));
    // The profile says the region, and so which one the set is deployed to.
    if plan.region.is_none() {
        findings.extend(namesakes(plan));
        findings.extend(plan.resources.iter().filter_map(in_some_regions));
    }
    findings
}

/// Analyzers that only the management account makes, or the one that it delegates to ("Getting started with IAM Access
/// Analyzer", IAM User Guide).
fn of_organization(resource: &Resource) -> Option<Finding> {
    let Kind::Analyzer(analyzer) = &resource.kind else { return None };
    analyzer.kind.starts_with("ORGANIZATION").then(|| {
        let message = format!("the analyzer {} is of the organization, and not every account can make one", analyzer.name);
        Finding::new(Code::StacksetUnfit, resource.origin.path.clone(), message)
            .help("use `scope: account`, or make it once with a profile of the account that administers it")
    })
}

/// What an account has once under its name, whatever the region.
fn global_name(kind: &Kind) -> Option<&str> {
    match kind {
        Kind::Bucket(bucket) => Some(bucket.name.as_str()),
        Kind::Role(role) => Some(&role.name),
        Kind::ManagedPolicy(policy) => Some(&policy.name),
        _ => None,
    }
}

fn namesakes(plan: &Plan) -> Option<Finding> {
    // A name that is the same in every account is refused for that, in every region.
    if plan.buckets().any(|(_, bucket)| !bucket.name.holds(Pseudo::AccountId)) {
        return None;
    }
    let [_, (region, _)] = OF_DEPLOYMENT;
    let mut names = plan.resources.iter().filter_map(|resource| global_name(&resource.kind)).filter(|name| !name.contains(region));
    let first = names.next()?;
    let message = match names.count() {
        0 => format!("`{first}` is called the same in every region, and an account has the name once"),
        1 => format!("`{first}` and one more are called the same in every region, and an account has each name once"),
        more => format!("`{first}` and {more} more are called the same in every region, and an account has each name once"),
    };
    let help = "write `${aws.region}` into the name of the bucket, or say `bucket.region` and deploy to that region only";
    Some(Finding::new(Code::StacksetRegions, path!["bucket", "name"], message).help(help))
}

fn in_some_regions(resource: &Resource) -> Option<Finding> {
    let place: Path = resource.origin.path.clone();
    if let Kind::Trail(trail) = &resource.kind
        && trail.multi_region
    {
        let message = "each region gets a trail, and management events of every region are recorded by each";
        let help = "set `management: false`, or say `bucket.region` and deploy to that region only";
        return Some(Finding::new(Code::StacksetRegions, place, message).help(help));
    }
    let (first, rest) = lacking::without(&resource.kind).split_first()?;
    let message = format!("CloudFormation cannot make `{}` in `{first}` and {} more regions", resource.id, rest.len());
    let all = std::iter::once(first).chain(rest).copied().collect::<Vec<_>>().join(", ");
    Some(Finding::new(Code::StacksetRegions, place, message).help(format!("leave these regions out: {all}")))
}

/// The commands of a roll-out, for whoever administers the organization.
fn how(plan: &Plan, by_url: bool) -> String {
    let name = &plan.name;
    let mut text = format!(
        "<!-- Rendered by s3harden from the profile {name}. Change the profile, not this file. -->\n\n# Rolling {name} out to an organization\n\n\
         CloudFormation makes a stack of `template.json` in every account of the organizational units that are named, in every \
         region that is named, and in accounts that join the units later. The management account gets none: stack sets with \
         permissions that the service manages leave it out.\n\n\
         The commands are for the management account of the organization (`CALL_AS=SELF`), or for a member account that is registered \
         for stack sets (`CALL_AS=DELEGATED_ADMIN`), and for the directory of this file. Read what they need first, in the same shell:\n\n\
         ```sh\n{}\n```\n",
        asked(plan, by_url).join("\n")
    );
    for (number, step) in steps(plan, by_url).iter().enumerate() {
        runbook::push(&mut text, number + 1, step);
    }
    text.push_str(
        "\n## What is done by hand in each account\n\n\
         A step that no template can do stands in `../RUNBOOK.md`, where there is one. It is due in every account and region that gets a stack.\n",
    );
    text
}

/// The parameters without which no stack can be made.
fn needed(plan: &Plan) -> impl Iterator<Item = &Parameter> {
    plan.parameters.iter().filter(|parameter| parameter.default.is_none())
}

fn asked(plan: &Plan, by_url: bool) -> Vec<String> {
    let mut asked = vec!["CALL_AS=SELF".to_owned(), "printf 'organizational units (ou-...,ou-...): '; read -r UNITS".to_owned()];
    asked.push(match &plan.region {
        Some(region) => format!("REGIONS={region}"),
        None => "printf 'regions (eu-west-1 eu-central-1): '; read -r REGIONS".to_owned(),
    });
    if by_url {
        asked.push("printf 'bucket for the template: '; read -r TEMPLATES".to_owned());
        asked.push("printf 'region of that bucket: '; read -r TEMPLATES_REGION".to_owned());
    }
    asked.extend(needed(plan).map(runbook::ask));
    asked
}

fn steps(plan: &Plan, by_url: bool) -> Vec<Step> {
    let name = &plan.name;
    let step = |title: &str, why: &str, commands: Vec<String>, verify: Vec<String>, expect: &str| Step {
        title: title.to_owned(),
        why: why.to_owned(),
        when: When::Before,
        commands,
        verify,
        expect: expect.to_owned(),
        path: Path::root(),
    };
    let call = |command: &str, rest: &str| format!("aws cloudformation {command} --stack-set-name {name} --call-as \"$CALL_AS\"{rest}");
    let template = if by_url {
        format!("--template-url \"https://$TEMPLATES.s3.$TEMPLATES_REGION.{}/{name}.json\"", dns_suffix(plan))
    } else {
        "--template-body file://template.json".to_owned()
    };
    let mut given = format!(" {template}");
    if plan.resources.iter().any(|resource| matches!(resource.kind, Kind::Role(_) | Kind::ManagedPolicy(_))) {
        given.push_str(" --capabilities CAPABILITY_NAMED_IAM");
    }
    let values: Vec<String> = needed(plan).map(|one| format!("\"ParameterKey={0},ParameterValue='${0}'\"", one.name)).collect();
    if !values.is_empty() {
        given.push_str(&format!(" --parameters {}", values.join(" ")));
    }
    let retained = plan.resources.iter().any(|resource| resource.retain);
    let auto = format!("--auto-deployment Enabled=true,RetainStacksOnAccountRemoval={retained}");
    let upload = by_url.then(|| format!("aws s3 cp template.json \"s3://$TEMPLATES/{name}.json\" --region \"$TEMPLATES_REGION\""));
    let create = call("create-stack-set", &format!(" --permission-model SERVICE_MANAGED {auto} --managed-execution Active=true{given}"));
    let operation = |command: String| format!("OPERATION=$({command} --query OperationId --output text)");
    let pace = "--operation-preferences FailureTolerancePercentage=0,MaxConcurrentPercentage=10,RegionConcurrencyType=PARALLEL";
    let watched = || {
        vec![
            call("describe-stack-set-operation", " --operation-id \"$OPERATION\" --query StackSetOperation.Status --output text"),
            call(
                "list-stack-instances",
                " --query \"Summaries[?StackInstanceStatus.DetailedStatus!='SUCCEEDED'].[Account,Region,StackInstanceStatus.DetailedStatus,StatusReason]\" --output text",
            ),
        ]
    };
    let done = "SUCCEEDED, and no account. RUNNING is asked again later; an account that stands there says why it failed";
    vec![
        step(
            "Let stack sets act in the organization",
            "it is done once for an organization, in its management account",
            vec![
                "aws cloudformation activate-organizations-access".to_owned(),
                "# for CALL_AS=DELEGATED_ADMIN also, once, with the id of that account:".to_owned(),
                "# aws organizations register-delegated-administrator --service-principal member.org.stacksets.cloudformation.amazonaws.com --account-id ID"
                    .to_owned(),
            ],
            vec!["aws cloudformation describe-organizations-access --call-as \"$CALL_AS\" --query Status --output text".to_owned()],
            "ENABLED",
        ),
        step(
            "Make the stack set",
            "it holds the template and nothing is deployed yet",
            upload.iter().cloned().chain([create]).collect(),
            vec![call("describe-stack-set", " --query 'StackSet.[Status,PermissionModel,AutoDeployment.Enabled]' --output text")],
            "ACTIVE SERVICE_MANAGED True",
        ),
        step(
            "Roll it out",
            "a tenth of the accounts at a time, and no further after the first that fails; begin with a unit of few accounts",
            vec![operation(call("create-stack-instances", &format!(" --deployment-targets \"OrganizationalUnitIds=$UNITS\" --regions $REGIONS {pace}")))],
            watched(),
            done,
        ),
        step(
            "Roll a change of the profile out",
            "the stacks of every account and region follow the set, for as long as they are in it",
            upload.iter().cloned().chain([operation(call("update-stack-set", &format!("{given} {pace}")))]).collect(),
            watched(),
            done,
        ),
    ]
}

/// What endpoints of the organization's partition end with, where the profile says the region.
fn dns_suffix(plan: &Plan) -> &'static str {
    plan.region.as_ref().map_or("amazonaws.com", |region| region.partition().dns_suffix)
}
