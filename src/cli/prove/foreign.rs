//! Guarantees of a bucket policy that no profile stands behind: by itself, or in a template.

use super::{AccountId, Action, Environment, Line, Networks, Prover, Question, Stop, Subject, Verdict, proofs};
use crate::cli::texts::{self, Text};
use crate::cli::valid;
use crate::foreign::{Deployment, constant};
use crate::names::{BucketName, Region};
use crate::policy::{Base, Cidr, Condition, Key};
use crate::protect::verbs::DATA;
use crate::verify::prove::Gain;

/// What is asked, and of what.
#[derive(Clone, Debug, clap::Args)]
#[command(next_help_heading = "About a bucket policy")]
pub(in super::super) struct Foreign {
    /// The name of the bucket; in a template also its logical id or address, and needed only where there are several.
    #[arg(long, value_name = "NAME", requires = "policy")]
    bucket: Option<String>,
    /// The account that owns it; needed for a policy by itself.
    #[arg(long, value_name = "ID", requires = "policy", value_parser = valid::<AccountId>)]
    account: Option<AccountId>,
    /// The region that a template is deployed to.
    #[arg(long, value_name = "REGION", requires = "policy", value_parser = valid::<Region>)]
    region: Option<Region>,
    /// What should hold; repeatable.
    #[arg(long = "guarantee", value_name = "NAME", requires = "policy", value_parser = [
        "tls-only", "no-public-access", "only-listed-networks", "only-listed-principals", "encrypted-as-declared",
        "mfa-enforced", "presigned-bounded", "access-point-only", "no-lockout", "no-dead-statements",
    ])]
    guarantees: Vec<String>,
    /// A network that requests may come from: a range of addresses, vpce-… or vpc-…; repeatable.
    #[arg(long = "network", value_name = "CIDR|vpce-…|vpc-…", requires = "policy")]
    networks: Vec<String>,
    /// The ARN of an access point that requests may come through; repeatable.
    #[arg(long = "access-point", value_name = "ARN", requires = "policy")]
    points: Vec<String>,
    /// Who may get in, or need not keep to the rule: an account, an organization (o-…), or a pattern of ARNs; repeatable.
    #[arg(long = "principal", value_name = "ACCOUNT|o-…|ARN", requires = "policy")]
    principals: Vec<String>,
    /// An action that the rule is about, such as s3:DeleteObject, with wildcards; repeatable. Without it: every action,
    /// for mfa-enforced those that delete, for access-point-only those on data.
    #[arg(long = "action", value_name = "ACTION", requires = "policy")]
    actions: Vec<String>,
    /// The oldest version of TLS for tls-only.
    #[arg(long, value_name = "VERSION", requires = "policy", value_parser = ["1.0", "1.1", "1.2", "1.3"])]
    minimum_tls: Option<String>,
    /// The algorithm that uploads may name, for encrypted-as-declared.
    #[arg(long, value_name = "ALGORITHM", requires = "policy", value_parser = ["AES256", "aws:kms", "aws:kms:dsse"])]
    algorithm: Option<String>,
    /// The ARN of the key that uploads may name, for encrypted-as-declared.
    #[arg(long, value_name = "ARN", requires = "policy")]
    key: Option<String>,
    /// The oldest that MFA may be, in seconds, for mfa-enforced.
    #[arg(long, value_name = "SECONDS", default_value_t = 3_600, requires = "policy")]
    mfa_within: u64,
    /// The oldest that a presigned request may be, in seconds; without it there must be none.
    #[arg(long, value_name = "SECONDS", requires = "policy")]
    max_age: Option<u64>,
}

/// The bucket that is asked about.
struct Case {
    bucket: String,
    account: String,
    subject: Result<Subject, String>,
    /// The same with a value of its own for each constant that only the deployment knows.
    constants: Option<Subject>,
    /// The names of these constants.
    unknown: Vec<String>,
}

fn case(file: &str, args: &Foreign) -> Result<Case, Stop> {
    let name = |name: &str| match name.parse::<BucketName>() {
        Ok(name) => Ok(name.to_string()),
        Err(invalid) => Err(Stop::usage(invalid.message)),
    };
    match texts::read(file)? {
        Text::Profile(_) | Text::Account(_) => Err(Stop::usage(format!("`{file}` is a profile: name it without `--policy`"))),
        Text::Policy(document) => {
            let (Some(bucket), Some(account)) = (&args.bucket, &args.account) else {
                return Err(Stop::usage("a policy needs `--bucket` and `--account`"));
            };
            let bucket = name(bucket)?;
            let mut environment = Environment::default();
            account.as_str().clone_into(&mut environment.account);
            let subject = Subject::new(&format!("arn:aws:s3:::{bucket}"), account.as_str(), &document, &environment);
            Ok(Case { bucket, account: account.to_string(), subject: Ok(subject), constants: None, unknown: Vec::new() })
        }
        Text::Template(template) => {
            let bucket = template.bucket(args.bucket.as_deref()).map_err(|why| Stop::usage(format!("`{file}`: {why}")))?;
            let deployment = Deployment {
                account: args.account.as_ref().map(ToString::to_string),
                region: args.region.as_ref().map(ToString::to_string),
                bucket: args.bucket.as_deref().and_then(|wanted| name(wanted).ok()),
                ..Deployment::default()
            };
            let environment = template.environment(&deployment);
            let mut unknown: Vec<String> = bucket.unknowns().map(ToString::to_string).collect();
            unknown.sort_unstable();
            unknown.dedup();
            let named = (!unknown.is_empty()).then(|| template.environment(&Deployment { constants: true, ..deployment.clone() }));
            Ok(Case {
                bucket: template.name_of(bucket, &deployment).unwrap_or_else(|| bucket.id.clone()),
                account: environment.account.clone(),
                subject: bucket.subject(&environment),
                constants: named.and_then(|environment| bucket.subject(&environment).ok()),
                unknown,
            })
        }
    }
}

/// Proves what is asked of a policy.
pub(super) fn prove(file: &str, args: &Foreign) -> Result<Vec<Line>, Stop> {
    for network in &args.networks {
        if !network.starts_with("vpc") && Cidr::parse(network).is_none() {
            return Err(Stop::usage(format!("`{network}` is neither a range of addresses nor vpce-… nor vpc-…")));
        }
    }
    let case = case(file, args)?;
    let mut questions = Vec::new();
    for name in &args.guarantees {
        questions.push(question(name, args, &case)?);
    }
    let subject = match &case.subject {
        Ok(subject) => subject,
        Err(why) => {
            let line = |name: &String| Line {
                of: String::new(),
                guarantee: name.clone(),
                bucket: case.bucket.clone(),
                place: None,
                verdict: Verdict::Unknown(why.clone()),
                statements: Vec::new(),
                exceptions: Vec::new(),
            };
            return Ok(args.guarantees.iter().map(line).collect());
        }
    };
    let mut lines = ask(subject, args, &questions, &case);
    if let Some(constants) = &case.constants
        && lines.iter().any(|line| matches!(line.verdict, Verdict::Unknown(_)))
    {
        for (line, other) in lines.iter_mut().zip(ask(constants, args, &questions, &case)) {
            match (&mut line.verdict, &other.verdict) {
                // A request that is allowed for some values is a counterexample; what holds for some values is no proof.
                (Verdict::Unknown(_), Verdict::Refuted { .. }) => {
                    *line = other;
                    line.exceptions.extend(case.unknown.iter().map(|name| {
                        format!("`{name}` is known only after the deployment; it is taken for a value of its own, `{}`", constant(name))
                    }));
                }
                (Verdict::Unknown(why), _) => {
                    let names: Vec<String> = case.unknown.iter().map(|name| format!("`{name}`")).collect();
                    *why = format!("{why}: {}", names.join(", "));
                }
                _ => {}
            }
        }
    }
    Ok(lines)
}

fn ask(subject: &Subject, args: &Foreign, questions: &[Option<Question>], case: &Case) -> Vec<Line> {
    let document = subject.document.as_ref();
    let asked: Vec<Question> = questions.iter().flatten().cloned().collect();
    let (_, _, repairers) = listed(args);
    let from = conditions(&proofs::networks(&args.networks));
    let marks: Vec<Question> = if from.is_empty() { Vec::new() } else { vec![only_networks(args)] };
    let all: Vec<Question> = asked.iter().cloned().chain(marks).collect();
    let prover = Prover::new(&[subject], &all, &repairers);
    let mut place = 0;
    let mut lines = Vec::new();
    for (name, question) in args.guarantees.iter().zip(questions) {
        let verdict = match (question, name.as_str()) {
            (Some(_), _) => {
                place += 1;
                proofs::verdict(prover.ask(0, place - 1), document)
            }
            (None, "no-lockout") => lockout(&prover, &repairers, &from),
            (None, _) => dead(&prover, document),
        };
        let statements = proofs::statements(&verdict, document);
        // Only a profile says on purpose that everyone may get in.
        let told = question.as_ref().filter(|question| !matches!(question, Question::NoPublicAccess));
        let exceptions = told.map(proofs::left_out).unwrap_or_default();
        let (of, bucket) = (String::new(), case.bucket.clone());
        lines.push(Line { of, guarantee: name.clone(), bucket, place: None, verdict, statements, exceptions });
    }
    lines
}

/// The principals that are listed: accounts, organizations, patterns.
fn listed(args: &Foreign) -> (Vec<String>, Vec<String>, Vec<String>) {
    let is = |test: fn(&str) -> bool| args.principals.iter().filter(|one| test(one)).cloned().collect::<Vec<_>>();
    let account = |one: &str| one.len() == 12 && one.bytes().all(|b| b.is_ascii_digit());
    (is(account), is(|one| one.starts_with("o-")), is(|one| one.starts_with("arn:")))
}

fn only_networks(args: &Foreign) -> Question {
    let every = || vec!["*".to_owned()];
    Question::OnlyNetworks {
        actions: if args.actions.is_empty() { every() } else { args.actions.clone() },
        allowed: proofs::networks(&args.networks),
        denied: Networks::default(),
        services: true,
        forwarded: true,
        principals: listed(args).2,
        repairers: Vec::new(),
    }
}

fn question(name: &str, args: &Foreign, case: &Case) -> Result<Option<Question>, Stop> {
    let (mut accounts, organizations, principals) = listed(args);
    let actions = |other: &[&str]| match args.actions.is_empty() {
        true => other.iter().map(|name| (*name).to_owned()).collect(),
        false => args.actions.clone(),
    };
    for action in &args.actions {
        if !action.contains(['*', '?']) && Action::parse(action).is_none() {
            return Err(Stop::usage(format!("`{action}` is no action of S3")));
        }
    }
    Ok(Some(match name {
        "tls-only" => Question::TlsOnly { minimum: args.minimum_tls.clone() },
        "no-public-access" => Question::NoPublicAccess,
        "only-listed-networks" if args.networks.is_empty() => return Err(Stop::usage("`only-listed-networks` needs `--network`")),
        "only-listed-networks" => only_networks(args),
        "only-listed-principals" => {
            accounts.push(case.account.clone());
            let resources = case.subject.iter().map(|subject| subject.bucket.clone()).collect();
            Question::OnlyListedPrincipals { sources: accounts.clone(), accounts, principals, organizations, resources }
        }
        "encrypted-as-declared" => {
            Question::EncryptedAsDeclared { algorithm: args.algorithm.clone(), key: args.key.clone(), sse_c_blocked: true }
        }
        "mfa-enforced" => Question::MfaEnforced {
            actions: actions(&["s3:DeleteObject", "s3:DeleteObjectVersion", "s3:DeleteBucket"]),
            within_seconds: args.mfa_within,
            except: principals,
            repairers: Vec::new(),
        },
        "presigned-bounded" => Question::PresignedBounded {
            max_age_seconds: args.max_age,
            forbidden: args.max_age.is_none(),
            networks: proofs::networks(&args.networks),
            repairers: Vec::new(),
        },
        "access-point-only" => Question::AccessPointOnly { actions: actions(DATA), points: args.points.clone(), except: principals },
        _ => return Ok(None),
    }))
}

/// A condition for each network.
fn conditions(networks: &Networks) -> Vec<Condition> {
    let lists = [
        (Base::IpAddress, Key::SourceIp, &networks.cidrs),
        (Base::StringEquals, Key::SourceVpc, &networks.vpcs),
        (Base::StringEquals, Key::SourceVpce, &networks.endpoints),
    ];
    let one = |(operator, key, values): (Base, Key, &Vec<String>)| {
        values.iter().map(|value| Condition::one(operator, key.clone(), value.clone())).collect::<Vec<_>>()
    };
    lists.into_iter().flat_map(one).collect()
}

/// Whether the principals, or anybody of the account, get at the bucket policy: from the networks, where some are given.
fn lockout(prover: &Prover<'_>, principals: &[String], from: &[Condition]) -> Verdict {
    if from.is_empty() {
        return proofs::lockout(prover, principals);
    }
    let whom: Vec<Option<&str>> =
        if principals.is_empty() { vec![None] } else { principals.iter().map(|one| Some(one.as_str())).collect() };
    for principal in whom {
        for network in from {
            for action in ["s3:GetBucketPolicy", "s3:PutBucketPolicy", "s3:DeleteBucketPolicy"] {
                match prover.keeps_out(0, principal, action, Some(network)) {
                    Gain::None => {}
                    Gain::Some(witness) => return proofs::kept_out(witness),
                    Gain::Unknown(why) => return Verdict::Unknown(why),
                }
            }
        }
    }
    Verdict::Proved
}

fn dead(prover: &Prover<'_>, document: Option<&crate::policy::Document>) -> Verdict {
    let dead = prover.dead(0);
    let names: Vec<String> = dead.iter().map(|dead| proofs::name(document, dead.statement)).collect();
    match names.as_slice() {
        [] => Verdict::Proved,
        names => Verdict::Refuted { words: format!("no request needs {}", names.join(" and ")), witness: None },
    }
}
