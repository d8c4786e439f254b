//! The perimeter of an organization: its policies and those of VPC endpoints, as a section of an account's profile.
//!
//! In: such policies, in files of their own and in templates. Out: the section `perimeter` of an account, and an item for each
//! statement that it does not make, or makes beside. Each statement proposes the perimeter of its own values, and is known where that
//! one makes it; of each value the one stays with which most statements agree. Never: a choice between values that as many
//! statements have, nor a policy that is taken in part where nobody asked for it.

use std::cmp::Reverse;

use super::Asked;
use super::account::{self, Account};
use super::draft::{Draft, Fate};
use super::policy::{Stated, identity_anywhere, statements};
use super::subject::Scene;
use crate::expr::{Expr, is_open};
use crate::foreign::{Content, Format};
use crate::names::Region;
use crate::policy::{Base, Element, Key, Statement};
use crate::protect::networks::Networks;
use crate::protect::perimeter::{Except, Output, Perimeter, regions_named};
use crate::protect::principal::OrganizationId;
use crate::verify::Environment;

mod lost;

/// Every policy, in the order in which profiles name them.
const OUTPUTS: [Output; 4] = [Output::VpcEndpointPolicy, Output::Scp, Output::Rcp, Output::S3Policy];

/// A value of a perimeter by its name, and how one perimeter takes it from another.
type Field = (&'static str, fn(&mut Perimeter, &Perimeter));

/// The values. The organization is first: whoever is of another one has no say.
const FIELDS: [Field; 5] = [
    (ORGANIZATION, |to, from| to.organization.clone_from(&from.organization)),
    ("networks", |to, from| to.networks.clone_from(&from.networks)),
    ("regions", |to, from| to.regions.clone_from(&from.regions)),
    ("except.accounts", |to, from| to.except.accounts.clone_from(&from.except.accounts)),
    ("except.principals", |to, from| to.except.principals.clone_from(&from.except.principals)),
];
const ORGANIZATION: &str = "organization";

/// A policy of the input.
struct Policy<'s> {
    /// Where it stands, for people.
    at: String,
    /// The resource that holds it, where it is one of the account's template.
    resource: Option<&'s str>,
    /// Whether it only stands beside what else an account has: then it is taken whole, or left to the list of what is apart.
    beside: bool,
    /// Which of the perimeter's policies it could be; none for that of another service's endpoint.
    output: Result<Output, &'s str>,
    /// Of a policy without statements, whether it is what a profile makes.
    blocks: bool,
    lines: Vec<Line>,
}

/// A statement of it.
struct Line {
    output: Output,
    stated: Stated,
    /// The perimeter of its values, where it can be that of one and the input names an organization.
    proposal: Option<Perimeter>,
}

/// Puts the policies of the input into the profiles of accounts: those that were given for it into the one that is meant, those in
/// the template of an account into its own.
pub(super) fn read<'s, 'v>(scenes: &'s [Scene<'v>], asked: &Asked, accounts: &mut Vec<(&'s Scene<'v>, Account)>) -> Result<(), String> {
    let has_own = |scene: &Scene<'_>| accounts.iter().any(|(other, _)| std::ptr::eq(*other, scene));
    let alone = |scene: &&Scene<'_>| !scene.template.detached.is_empty() && scene.template.buckets.is_empty() && !has_own(scene);
    let given: Vec<&Scene<'v>> = scenes.iter().filter(alone).collect();
    if asked.bucket.is_some() {
        let policy = given.iter().find(|scene| scene.template.format == Format::Detached);
        return policy.map_or(Ok(()), |scene| {
            Err(format!("`{}` belongs to the profile of an account, and `--bucket` asks for that of a bucket alone", scene.file))
        });
    }
    let meant = if given.is_empty() { None } else { Some(meant(&given, asked, accounts)?) };
    for (at, (scene, account)) in accounts.iter_mut().enumerate() {
        let own = (!given.iter().any(|other| std::ptr::eq(*other, *scene))).then_some(*scene);
        let given = if meant == Some(at) { given.as_slice() } else { &[] };
        let Some(home) = account.draft.get("region").and_then(|region| region.as_str()?.parse().ok()) else { continue };
        let all: Vec<&Scene<'v>> = own.into_iter().chain(given.iter().copied()).collect();
        let found = chosen(policies(&all, scene, own, &home), &home)?;
        for file in given.iter().map(|one| one.file).filter(|file| *file != scene.file) {
            account.file.push_str(&format!(", {file}"));
        }
        if found.0.is_empty() && meant.is_none() {
            absent(scene, &mut account.draft);
        }
        take(found, &home, &mut account.draft);
    }
    Ok(())
}

/// Whose profile the policies are for: the only one, the one that is asked for, or one of its own.
fn meant<'s, 'v>(given: &[&'s Scene<'v>], asked: &Asked, accounts: &mut Vec<(&'s Scene<'v>, Account)>) -> Result<usize, String> {
    let id = |account: &Account| account.draft.get("account").and_then(|id| id.as_str()).unwrap_or_default().to_owned();
    let wanted = |account: &Account| asked.account.as_ref().is_none_or(|wanted| wanted.as_str() == id(account));
    let fit: Vec<usize> = accounts.iter().enumerate().filter(|(_, (_, account))| wanted(account)).map(|(at, _)| at).collect();
    match (fit.as_slice(), given.first(), &asked.account, &asked.region) {
        ([one], ..) => Ok(*one),
        ([], Some(scene), Some(account), Some(region)) => {
            accounts.push((scene, account::bare(scene, account, region)?));
            Ok(accounts.len() - 1)
        }
        ([], Some(scene), ..) => Err(format!(
            "which account and region the perimeter of `{}` is for is not known: give them with `--account` and `--region`",
            scene.file
        )),
        _ => {
            let names: Vec<String> = accounts.iter().map(|(_, account)| format!("`{}`", id(account))).collect();
            Err(format!("several accounts are in the input, {}: say with `--account` which of them has the perimeter", names.join(", ")))
        }
    }
}

/// The policies of some files; `own` is the one in which they only stand beside something else.
fn policies<'s>(scenes: &[&'s Scene<'_>], home: &Scene<'_>, own: Option<&Scene<'_>>, region: &Region) -> Vec<Policy<'s>> {
    let held = scenes.iter().flat_map(|scene| scene.template.detached.iter().map(move |policy| (*scene, policy)));
    let all: Vec<_> = held
        .map(|(scene, policy)| {
            let in_file = scene.template.format == Format::Detached;
            let (output, document) = match &policy.content {
                Content::Endpoint(document) => (Ok(Output::VpcEndpointPolicy), Some(document)),
                Content::Scp(document) => (Ok(Output::Scp), Some(document)),
                Content::Rcp(document) => (Ok(Output::Rcp), Some(document)),
                Content::S3 { .. } => (Ok(Output::S3Policy), None),
                Content::Elsewhere(service) => (Err(service.as_str()), None),
            };
            let at = if in_file { format!("{}{}", scene.file, policy.place) } else { policy.place.clone() };
            let stated = document.map(|document| statements(document, scene.environment(), &at)).unwrap_or_default();
            let both = document.into_iter().flat_map(|document| &document.statements).zip(stated);
            let lines = both.map(|(statement, stated)| (statement, stated, scene.environment())).collect::<Vec<_>>();
            let whole = Policy {
                at,
                resource: (!in_file && std::ptr::eq(scene, home)).then_some(policy.place.as_str()),
                beside: own.is_some_and(|own| std::ptr::eq(own, scene)),
                output,
                blocks: policy.content == Content::S3 { blocks: true },
                lines: Vec::new(),
            };
            (whole, lines)
        })
        .collect();
    // What says nothing of an organization holds in the same words for each.
    let organization = all.iter().flat_map(|(_, lines)| lines).find_map(|(statement, _, environment)| {
        let values = statement.condition.iter().filter(|condition| is_organization(&condition.key)).flat_map(|condition| &condition.values);
        values.filter_map(|value| word(value, environment)).next()
    });
    let proposed = |output: Output, (statement, stated, environment): (&Statement, Stated, &Environment)| {
        let able = !stated.open && is_able(output, statement, region);
        let proposal = organization.as_ref().filter(|_| able).map(|organization| proposal(statement, environment, organization));
        Line { output, stated, proposal }
    };
    let filled = all.into_iter().map(|(policy, lines)| {
        let lines = policy.output.map(|output| lines.into_iter().map(|line| proposed(output, line)).collect());
        Policy { lines: lines.unwrap_or_default(), ..policy }
    });
    filled.collect()
}

/// Whether a statement can be one of a policy at all. Which buckets AWS's services own is documented for one partition alone.
fn is_able(output: Output, statement: &Statement, region: &Region) -> bool {
    match output {
        Output::VpcEndpointPolicy => is_documented(region),
        Output::Scp => is_documented(region) && statement.principal.is_none(),
        Output::Rcp | Output::S3Policy => true,
    }
}

fn is_documented(region: &Region) -> bool {
    region.partition().id == "aws"
}

const fn is_organization(key: &Key) -> bool {
    matches!(key, Key::PrincipalOrgID | Key::ResourceOrgID | Key::SourceOrgID | Key::VpceOrgID)
}

/// A value that is the same in every deployment, where it is what is wanted.
fn word<T: std::str::FromStr>(value: &Expr, environment: &Environment) -> Option<T> {
    environment.text(value).filter(|text| !is_open(text))?.parse().ok()
}

/// The perimeter of which a statement has the values.
fn proposal(statement: &Statement, environment: &Environment, organization: &OrganizationId) -> Perimeter {
    let mut own = Perimeter {
        organization: organization.clone(),
        networks: Networks::default(),
        outputs: OUTPUTS.into(),
        regions: Vec::new(),
        except: Except::default(),
    };
    for condition in statement.condition.iter().filter(|condition| condition.operator.base != Base::Null) {
        let values = condition.values.as_slice();
        match &condition.key {
            key if is_organization(key) => values.iter().filter_map(|value| word(value, environment)).for_each(|id| own.organization = id),
            Key::PrincipalAccount | Key::ResourceAccount | Key::SourceAccount => collect(values, environment, &mut own.except.accounts),
            Key::SourceIp => collect(values, environment, &mut own.networks.cidrs),
            Key::SourceVpc => collect(values, environment, &mut own.networks.vpcs),
            Key::SourceVpce => collect(values, environment, &mut own.networks.vpc_endpoints),
            // The role of EC2, which every perimeter spares, has no name that a profile could say.
            Key::PrincipalArn => {
                let known = values.iter().filter_map(|value| identity_anywhere(&word::<String>(value, environment)?));
                own.except.principals = known.filter_map(|value| serde_json::from_value(value).ok()).collect();
            }
            _ => {}
        }
    }
    if let Some(Element::Is(arns) | Element::Not(arns)) = &statement.resource {
        let arns: Vec<String> = arns.iter().filter_map(|arn| word(arn, environment)).collect();
        own.regions = regions_named(arns.iter().map(String::as_str));
    }
    own
}

fn collect<T: std::str::FromStr + PartialEq>(values: &[Expr], environment: &Environment, list: &mut Vec<T>) {
    for value in values.iter().filter_map(|value| word(value, environment)) {
        if !list.contains(&value) {
            list.push(value);
        }
    }
}

/// The statements that a perimeter makes in a policy.
fn made(perimeter: &Perimeter, output: Output, home: &Region) -> Vec<Stated> {
    let content = perimeter.content(output, home);
    content.document().map(|document| statements(document, &Environment::default(), "")).unwrap_or_default()
}

/// Whether two statements say the same, whatever they are called.
fn alike(one: &Stated, other: &Stated) -> bool {
    let said = |stated: &Stated| Stated { sid: None, place: String::new(), ..stated.clone() };
    said(one) == said(other)
}

/// Whether a perimeter makes a statement that can be one's.
fn makes(perimeter: &Perimeter, line: &Line, home: &Region) -> bool {
    line.proposal.is_some() && made(perimeter, line.output, home).iter().any(|own| alike(own, &line.stated))
}

/// With one value of another.
fn with(perimeter: &Perimeter, (_, take): Field, other: &Perimeter) -> Perimeter {
    let mut own = perimeter.clone();
    take(&mut own, other);
    own
}

/// The perimeter on which most statements agree, and the policies that are looked at: of those that stand beside something else only
/// what it makes whole.
fn chosen<'s>(mut policies: Vec<Policy<'s>>, home: &Region) -> Result<(Vec<Policy<'s>>, Option<Perimeter>), String> {
    let known = |line: &Line| line.proposal.as_ref().is_some_and(|own| makes(own, line, home));
    policies.retain(|policy| !policy.beside || policy.output.is_ok() && policy.lines.iter().all(known));
    loop {
        let lines = policies.iter().flat_map(|policy| &policy.lines);
        let found = match agreed(lines.filter(|line| known(line)), home) {
            // Nobody asked for what contradicts itself there.
            Err(_) if policies.iter().all(|policy| policy.beside) => None,
            found => found?,
        };
        let before = policies.len();
        policies.retain(|policy| {
            let of = |perimeter: &Perimeter| match policy.lines.as_slice() {
                [] => policy.blocks,
                lines => lines.iter().all(|line| makes(perimeter, line, home)),
            };
            !policy.beside || found.as_ref().is_some_and(of)
        });
        if policies.len() == before {
            return Ok((policies, found));
        }
    }
}

/// The perimeter of the values with which most statements agree, one value after the other.
fn agreed<'l>(lines: impl Iterator<Item = &'l Line>, home: &Region) -> Result<Option<Perimeter>, String> {
    let mut left: Vec<(&Line, Perimeter)> = lines.filter_map(|line| Some((line, line.proposal.clone()?))).collect();
    for field in FIELDS {
        let agree = |value: &Perimeter| -> Vec<usize> {
            let fits = |(_, (line, own)): &(usize, &(&Line, Perimeter))| makes(&with(own, field, value), line, home);
            left.iter().enumerate().filter(fits).map(|(at, _)| at).collect()
        };
        let mut values: Vec<(&Perimeter, Vec<usize>)> = Vec::new();
        for (_, value) in &left {
            if values.iter().all(|(known, _)| with(known, field, value) != **known) {
                values.push((value, agree(value)));
            }
        }
        values.sort_by_key(|(_, agreeing)| Reverse(agreeing.len()));
        let Some((first, most)) = values.first() else { return Ok(None) };
        // The same values in another order are agreed with by the same statements.
        let rival = values.iter().find(|(_, agreeing)| agreeing.len() == most.len() && agreeing != most);
        let none = Perimeter { networks: Networks::default(), regions: Vec::new(), except: Except::default(), ..(*first).clone() };
        let (value, agreeing) = match rival {
            Some((other, _)) if field.0 == ORGANIZATION => {
                return Err(format!(
                    "as many statements of the policies are about the organization `{}` as about `{}`: import those of one organization at a time",
                    first.organization, other.organization
                ));
            }
            Some(_) => (none.clone(), agree(&none)),
            None => ((*first).clone(), most.clone()),
        };
        left = agreeing.iter().filter_map(|at| left.get(*at)).map(|(line, own)| (*line, with(own, field, &value))).collect();
    }
    Ok(left.into_iter().next().map(|(_, perimeter)| perimeter))
}

/// Writes the section, and lists what it is not.
fn take((policies, perimeter): (Vec<Policy<'_>>, Option<Perimeter>), home: &Region, draft: &mut Draft) {
    if let Some(perimeter) = &perimeter {
        let is_made = |policy: &Policy<'_>| policy.blocks || policy.lines.iter().any(|line| makes(perimeter, line, home));
        let found = |output: &Output| policies.iter().any(|policy| policy.output == Ok(*output) && is_made(policy));
        let outputs: Vec<Output> = OUTPUTS.into_iter().filter(found).collect();
        let whole = Perimeter { outputs, ..perimeter.clone() };
        let place = policies.first().map(|policy| policy.at.clone()).unwrap_or_default();
        draft.say("perimeter", serde_json::to_value(&whole).unwrap_or_default(), "the perimeter", &place);
        lost::added(&policies, &whole, home, draft);
    }
    lost::listed(&policies, perimeter.as_ref(), home, draft);
    draft.claimed.extend(policies.iter().filter_map(|policy| policy.resource).map(str::to_owned));
}

/// Says that no policy was given, whether or not the organization has any.
fn absent(scene: &Scene<'_>, draft: &mut Draft) {
    let why = "none is in the input: most often no template of the account and no state of it holds them";
    let remedy = "give what `aws organizations describe-policy` and `aws ec2 describe-vpc-endpoints` print beside the other files, or write `perimeter`";
    draft.item(Fate::Apart, "policies of the organization and of VPC endpoints", scene.file.to_owned(), why, remedy);
}
