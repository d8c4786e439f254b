//! `s3harden why`: one decision, and the way to it.

use std::path::PathBuf;

use super::{Exit, Stop, inputs, valid};
use crate::claim::{AccessRequest, ActionName, CallerName, GroupName, Headers, IpAddress, Network, ObjectKey, Tls, VpcId, Which};
use crate::names::{AccessPointName, Invalid, Sentence};
use crate::pipeline;
use crate::policy::{Effect, Statement};
use crate::profile::is_account;
use crate::source::Source;
use crate::trials;
use crate::verify::Outcome;
use crate::verify::access_tests::{ASSUMED, Bench, Stated, Trial};

#[derive(Debug, clap::Args)]
#[command(after_help = "Examples:
  s3harden why profile.yaml --as role/Analyst --do s3:GetObject --key a.csv
  s3harden why profile.yaml --as anonymous --do s3:ListBucket --http
  s3harden why profile.yaml --as role/Reader --do s3:GetObject --key a.csv --access-point lake
  s3harden why profile.yaml --test 3")]
pub(super) struct Args {
    /// The profile, or - for standard input.
    profile: PathBuf,
    #[command(flatten)]
    values: inputs::ValueArgs,
    /// Who makes the request: role/NAME, user/NAME, an ARN, service/NAME.amazonaws.com or anonymous.
    #[arg(long = "as", value_name = "CALLER", required_unless_present = "test", value_parser = valid::<CallerName>)]
    caller: Option<CallerName>,
    /// The action, such as s3:GetObject.
    #[arg(long = "do", value_name = "ACTION", required_unless_present = "test", value_parser = valid::<ActionName>)]
    action: Option<ActionName>,
    /// A group that the user is in; may be repeated.
    #[arg(long = "group", value_name = "NAME", value_parser = valid::<GroupName>)]
    groups: Vec<GroupName>,
    /// The key of the object.
    #[arg(long, value_parser = valid::<ObjectKey>)]
    key: Option<ObjectKey>,
    /// The bucket: main, or a companion, logs for that of the access logs, trail for that of the trail.
    #[arg(long, value_parser = ["main", "logs", "trail", "macie"], default_value = "main")]
    bucket: String,
    /// The access point that it comes through, declared or not.
    #[arg(long, value_name = "NAME", value_parser = valid::<AccessPointName>)]
    access_point: Option<AccessPointName>,
    /// Where it comes from: an address, vpce-…, or the name of an AWS service that calls on the caller's behalf.
    #[arg(long, value_name = "ADDRESS|vpce-…|SERVICE")]
    from: Option<String>,
    /// Over plain HTTP.
    #[arg(long)]
    http: bool,
    /// The version of TLS.
    #[arg(long, value_parser = ["1.0", "1.1", "1.2", "1.3"], conflicts_with = "http")]
    tls: Option<String>,
    /// Take for granted that the caller's own policies allow it.
    #[arg(long)]
    identity_allows: bool,
    /// The request of the profile's access test of that number, from 1.
    #[arg(long, value_name = "N", conflicts_with_all = ["caller", "action", "groups", "key", "access_point", "from", "http", "tls"])]
    test: Option<usize>,
}

pub(super) fn run(args: &Args) -> Result<Exit, Stop> {
    let source = inputs::read_or_stop(&args.profile, &args.values.workspace()?)?;
    if is_account(&source) {
        return Err(Stop::usage("the profile is about an account: name a profile of a bucket"));
    }
    let Some((profile, plan)) = pipeline::plan(&source) else {
        return Err(Stop { exit: Exit::Findings, message: format!("`{}` has errors; `s3harden check` shows them", source.name()) });
    };
    let request = match args.test {
        Some(number) => {
            let test = number.checked_sub(1).and_then(|at| profile.tests.get(at));
            test.map(|test| test.request.clone()).ok_or_else(|| no_such_test(number, profile.tests.len()))?
        }
        None => request(args)?,
    };
    if let Some(misfit) = trials::unfit::misfit(&request) {
        // What stands in the profile is put right there, in its words.
        let remedy = if args.test.is_some() { misfit.help } else { misfit.options };
        return Err(Stop::usage(format!("{}; {remedy}", misfit.message)));
    }
    let bench = trials::bench(&profile, &plan);
    super::print(&story(&request, &bench, &source)?)?;
    Ok(Exit::Clean)
}

fn no_such_test(number: usize, tests: usize) -> Stop {
    let remedy = match tests {
        0 => "the profile has none".to_owned(),
        1 => "the profile has one, `--test 1`".to_owned(),
        _ => format!("`--test` takes 1 to {tests}"),
    };
    Stop::usage(format!("there is no access test {number}; {remedy}"))
}

fn request(args: &Args) -> Result<AccessRequest, Stop> {
    let (Some(caller), Some(action)) = (args.caller.clone(), args.action.clone()) else {
        return Err(Stop::usage("say `--as` and `--do`, or `--test`"));
    };
    let from = args.from.as_deref().map(network).transpose().map_err(|invalid| Stop::usage(format!("{invalid}; {}", invalid.help)))?;
    Ok(AccessRequest {
        caller,
        action,
        key: args.key.clone(),
        bucket: match args.bucket.as_str() {
            "logs" => Which::Logs,
            "trail" => Which::Trail,
            "macie" => Which::Macie,
            _ => Which::Main,
        },
        access_point: args.access_point.clone(),
        from,
        tls: args.tls.as_deref().and_then(Tls::parse),
        http: args.http,
        mfa_age: None,
        presigned_age: None,
        post: false,
        signature: None,
        headers: Headers::default(),
        list_prefix: None,
        object_tags: Default::default(),
        principal_tags: Default::default(),
        groups: args.groups.clone(),
        organization: None,
        at: None,
        identity_allows: args.identity_allows,
        source_arn: None,
        source_account: None,
    })
}

fn network(text: &str) -> Result<Network, Invalid> {
    let mut from = Network::default();
    if text.starts_with("vpce-") {
        from.vpc_endpoint = Some(text.parse::<VpcId>()?);
    } else if text.ends_with(".amazonaws.com") {
        from.on_behalf = Some(text.parse::<Sentence>()?);
    } else {
        from.ip = Some(text.parse::<IpAddress>()?);
    }
    Ok(from)
}

/// The request, the decision, every statement on the way, and what was assumed.
fn story(request: &AccessRequest, bench: &Bench<'_>, source: &Source) -> Result<String, Stop> {
    let trial = bench.decide(request).map_err(|_| {
        let bucket = trials::called(request.bucket);
        Stop::usage(format!("the request is about a {bucket} that the profile does not make; leave `--bucket` out"))
    })?;
    let mut text = format!("{}\n  is {}\n", trials::describe(request), trials::sentence(&trial));
    let tree = source.parse().0;
    if let (Some((statement, _)), Some(tree)) = (trial.statement, &tree)
        && let Some(origin) = &statement.origin
    {
        let (file, byte) = source.part(tree.locate(&origin.path).value.start);
        let at = file.position(byte);
        text.push_str(&format!("  because of {}:{}:{} ({})\n", file.name(), at.line, at.column, origin.path));
    }
    text.push_str(&steps(&trial, bench, request));
    text.push_str("\nassumed\n");
    for assumption in ASSUMED {
        text.push_str(&format!("  {assumption}\n"));
    }
    Ok(text)
}

fn steps(trial: &Trial<'_>, bench: &Bench<'_>, request: &AccessRequest) -> String {
    let mut text = String::new();
    let mut whose = String::new();
    let sid = |statement: &Statement| statement.sid.as_deref().unwrap_or("(no name)").to_owned();
    let stated = || trial.trace.steps.iter().filter_map(|step| Some((step, bench.statement(request, step.id)?)));
    let width = stated().map(|(_, stated)| sid(stated.statement).len()).max().unwrap_or_default();
    for (step, Stated { statement, by }) in stated() {
        let of = by.map_or_else(|| trials::layer(step.id.layer).to_owned(), |name| format!("{name}, a policy that the caller holds"));
        if of != whose {
            text.push_str(&format!("\nstatements of {of}\n"));
            whose = of;
        }
        let verb = if step.effect == Effect::Deny { "denies" } else { "allows" };
        let outcome = match &step.outcome {
            Outcome::Matches => verb.to_owned(),
            Outcome::Depends(on) => format!("open: {}", on.reason()),
            Outcome::Condition(_) => "does not apply: its condition does not hold".to_owned(),
            other => format!("does not apply: {}", other.name()),
        };
        text.push_str(&format!("  {:<width$} {outcome}\n", sid(statement)));
    }
    for layer in &trial.trace.closed {
        text.push_str(&format!("  {}\n", trials::missing_from(*layer)));
    }
    text
}
