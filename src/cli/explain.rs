//! `s3harden explain`: why something is there, what it protects, how to change it.

use super::{Exit, Stop};
use crate::claim::PROMISES;
use crate::controls;
use crate::diag::{Code, did_you_mean};
use crate::plan::DRIVERS;
use crate::profile::{Framework, Preset, Row, Scalar};
use crate::protect;
use crate::protect::made::{MADE, Made};
use crate::verify::model::{Facts, Knob, ROWS};
use crate::verify::semantics::RULES;

mod keys;
mod words;

#[derive(Debug, clap::Args)]
pub(super) struct Args {
    /// A finding's code, a statement's Sid, a guarantee, a verb of grants, a key of the profile such as `bucket.namespace`, the name of a resource such as `LogBucket`, `defaults`, `costs`, `preset/NAME`, `controls`, `control/FRAMEWORK`, `control/FRAMEWORK/ID` or `semantics`. Without it: everything that can be explained.
    #[arg(value_name = "CODE|SID|GUARANTEE|VERB|KEY|RESOURCE|defaults|costs|preset/NAME|controls|control/ID|semantics")]
    subject: Option<String>,
}

pub(super) fn run(args: &Args) -> Result<Exit, Stop> {
    let text = match args.subject.as_deref() {
        None => index(),
        Some(subject) => explain(subject).ok_or_else(|| unknown(subject))?,
    };
    super::print(&text)?;
    Ok(Exit::Clean)
}

fn statements() -> impl Iterator<Item = (&'static protect::Meta, &'static str, &'static str)> {
    protect::ALL.iter().flat_map(|meta| meta.statements.iter().map(|(sid, why)| (*meta, *sid, *why)))
}

fn explain(subject: &str) -> Option<String> {
    if subject == "defaults" {
        return Some(preset(Preset::Baseline));
    }
    if subject == "costs" {
        return Some(costs());
    }
    if subject == "semantics" {
        return Some(semantics());
    }
    if subject == "controls" {
        // The word is a key of the profile as well.
        let key = keys::explain(subject).into_iter();
        return Some(key.chain(Framework::ALL.iter().map(|framework| framework_rows(*framework))).collect::<Vec<_>>().join("\n"));
    }
    // Findings and waivers name a control without the word in front of it.
    if let Some(text) = control(subject.strip_prefix("control/").unwrap_or(subject)) {
        return Some(text);
    }
    if let Some(name) = subject.strip_prefix("preset/") {
        return Preset::by_name(name).map(preset);
    }
    if let Some(code) = Code::by_name(subject) {
        let info = code.info();
        let waiver = if info.waivable { "\n\nA waiver can accept it." } else { "" };
        let text = format!("{}: {}{waiver}", info.severity.name(), info.explain);
        return Some(format!("{subject}: {}\n\n{}\n", info.summary, wrap(&text)));
    }
    let word = words::guarantee(subject).or_else(|| words::verb(subject)).or_else(|| keys::explain(subject));
    if word.is_some() {
        return word;
    }
    let exact = statements().find(|(_, sid, _)| sid.eq_ignore_ascii_case(subject));
    let form = || statements().find(|(_, sid, _)| is_form_of(subject, sid));
    match (exact, Made::named(subject)) {
        (Some(exact), _) => Some(statement(exact)),
        (None, Some(made)) => Some(resource(made, form().map(|(_, sid, _)| sid))),
        (None, None) => form().map(statement),
    }
}

/// What a resource is, and the form of Sids that its name could be one of.
fn resource(made: &Made, form: Option<&str>) -> String {
    let what = format!("{}: a resource\n\n{}\n", made.name, wrap(&format!("It is {}.", made.what)));
    let names =
        format!("Templates of CloudFormation call it so, modules of Terraform `{}`. It comes with `{}`.", made.in_terraform(), made.key);
    let form =
        form.map(|form| format!("\n{}\n", wrap(&format!("A statement of that name is one of `{form}`: `s3harden explain '{form}'`."))));
    format!("{what}\n{}\n{}", wrap(&names), form.unwrap_or_default())
}

fn statement((meta, sid, why): (&protect::Meta, &str, &str)) -> String {
    let depth = protect::IN_DEPTH.iter().find(|(own, _)| *own == sid);
    let depth = depth.map(|(_, why)| format!("\n\n{}", wrap(&format!("Defence in depth: {why}")))).unwrap_or_default();
    format!("{sid}: {}\n\n{}{depth}\n\n{}\n", meta.title, wrap(why), wrap(&format!("Without it {}.", meta.risk)))
}

/// What is billed by use, and what switches it on.
fn costs() -> String {
    let mut text = String::from("What is billed by use: `render` and `report` say which of these a profile has.\n");
    for driver in DRIVERS {
        text.push_str(&format!("\n{}: {}\n  billed by: {}\n", driver.name, driver.what, driver.per));
        if let Some((price, source)) = driver.price {
            text.push_str(&format!("  about {price} (source: {source}; your region may differ)\n"));
        }
        text.push_str(&format!("  comes with: {}\n", driver.keys));
    }
    text
}

/// What decisions and proofs take for true of IAM and S3.
fn semantics() -> String {
    let mut text = String::from("What decisions and proofs take for true of IAM and S3, and how far it is vouched for.\n");
    let mut topic = "";
    for rule in RULES {
        if rule.topic != topic {
            topic = rule.topic;
            text.push_str(&format!("\n{topic}\n"));
        }
        let source = if rule.source.is_empty() { String::new() } else { format!(" {}.", rule.source.trim_start_matches("Observed: ")) };
        text.push_str(&format!("  {}: {}{source}\n", rule.status.name(), rule.text));
    }
    text.push_str("\nkeys that a request carries only where this is true of it\n");
    for row in ROWS.iter().filter(|row| (row.needs, row.bars) != (Facts::NONE, Facts::NONE)) {
        let parts = [("", row.needs), ("not ", row.bars)].into_iter().filter(|(_, facts)| *facts != Facts::NONE);
        let when: Vec<String> =
            parts.map(|(not, facts)| format!("{not}{}", facts.to_string().replace(", ", &format!(", {not}")))).collect();
        text.push_str(&format!("  {}: {}: {}. {}.\n", row.status.name(), row.key, when.join(", "), row.source));
    }
    text.push_str("\nopen, where pages of AWS disagree: an answer has to hold either way\n");
    for knob in Knob::ALL {
        text.push_str(&format!("  {}\n", knob.question()));
    }
    text
}

/// The rows of a framework.
fn framework_rows(framework: Framework) -> String {
    let mut text = format!("{} (`{}`)\n  source: {}\n", framework.title(), framework.name(), controls::source(framework));
    for row in controls::rows(framework) {
        let beside = if matches!(row.how, controls::How::Beside(_)) { " (not in the standard)" } else { "" };
        text.push_str(&format!("  {:<13} {}{beside}\n", row.id, row.title));
    }
    text
}

/// A framework, or one control of it: `fsbp`, `fsbp/S3.7`.
fn control(name: &str) -> Option<String> {
    let named = |word: &str| Framework::ALL.iter().copied().find(|framework| framework.name() == word);
    let Some((framework, id)) = name.split_once('/') else { return named(name).map(framework_rows) };
    let framework = named(framework)?;
    let row = controls::rows(framework).into_iter().find(|row| row.id.eq_ignore_ascii_case(id))?;
    let judged = match row.how {
        controls::How::Plan(_) => "It is judged by what the profile renders: resources, their settings and policies.".to_owned(),
        controls::How::Beside(_) => {
            "Security Hub has the control, and the FSBP standard does not include it: held to `fsbp`, a profile is \
            not held to it. Other frameworks build on it."
                .to_owned()
        }
        controls::How::Hub(ids) => {
            let related: Vec<String> = controls::related(ids).map(|row| format!("{} ({})", row.id, row.title)).collect();
            format!("It is met where those of these controls of Security Hub that apply are met: {}.", related.join(", "))
        }
    };
    let waiver = match row.how {
        controls::How::Beside(_) => String::new(),
        _ => {
            let name = framework.name();
            let waiver = format!("Where it is unmet under `controls: [{name}]`, a waiver can accept it: `control: {name}/{}`.", row.id);
            format!("{}\n\n", wrap(&waiver))
        }
    };
    let source = format!("Source: {}.", controls::source(framework));
    Some(format!("{}/{}: {}\n\n{}\n\n{waiver}{}\n", framework.name(), row.id, row.title, wrap(&judged), wrap(&source)))
}

/// Whether a Sid is one of those that are named after something in the profile: `<Grant>Objects`. Where a grant has several
/// statements, they say behind it by whom or from where.
fn is_form_of(sid: &str, form: &str) -> bool {
    let parts = form.split_once('<').and_then(|(before, rest)| Some((before, rest.split_once('>')?.1)));
    parts.is_some_and(|(before, after)| {
        let word = sid.bytes().all(|b| b.is_ascii_alphanumeric());
        let ends = |rest: &str| rest.is_empty() || ["By", "Of", "From", "And"].iter().any(|part| rest.starts_with(part));
        let split = |name: &str| name.match_indices(after).any(|(at, _)| at > 0 && ends(name.split_at(at + after.len()).1));
        word && sid.strip_prefix(before).is_some_and(split)
    })
}

fn unknown(subject: &str) -> Stop {
    let presets: Vec<String> = Preset::ALL.iter().map(|preset| format!("preset/{}", preset.name())).collect();
    let words = Code::ALL.iter().map(|code| code.name()).chain(statements().map(|(_, sid, _)| sid));
    let controls: Vec<String> = controls::all().map(|(framework, row)| format!("control/{}/{}", framework.name(), row.id)).collect();
    let words = words.chain(controls.iter().map(String::as_str));
    let names = PROMISES.iter().map(|promise| promise.name).chain(MADE.iter().map(|made| made.name));
    let verbs = words::verbs();
    let names = names.chain(verbs.iter().map(|(verb, _)| verb.as_str())).chain(["defaults", "controls", "semantics", "costs"]);
    let near = did_you_mean(subject, words.chain(names).chain(presets.iter().map(String::as_str))).map(str::to_owned);
    let preset = Preset::by_name(subject).map(|preset| format!("preset/{}", preset.name()));
    let near = preset.or(near).or_else(|| keys::near(subject));
    let remedy = near.map_or_else(|| "`s3harden explain` lists what can be explained".to_owned(), |near| format!("did you mean `{near}`?"));
    Stop::usage(format!("there is nothing to explain about `{subject}`; {remedy}"))
}

fn index() -> String {
    let mut text = String::from(
        "Controls of frameworks\n  controls\n\nWhat decisions and proofs take for true\n  semantics\n\nWhat is billed by use\n  costs\n\nDefaults and presets\n  defaults\n",
    );
    for preset in Preset::ALL {
        text.push_str(&format!("  preset/{}\n", preset.name()));
    }
    text.push_str("\nKeys of the profile, and those below them, such as `bucket.namespace`\n");
    for key in keys::sections() {
        text.push_str(&format!("  {:<28} {}\n", key.path, keys::one_line(&key.meaning)));
    }
    text.push_str("\nGuarantees\n");
    for promise in PROMISES {
        text.push_str(&format!("  {:<28} {}\n", promise.name, promise.holds));
    }
    text.push_str("\nVerbs of grants and denies\n");
    for (verb, means) in words::verbs() {
        text.push_str(&format!("  {verb:<28} {}\n", keys::one_line(&means)));
    }
    text.push_str("\nResources\n");
    for made in MADE {
        text.push_str(&format!("  {:<28} {}\n", made.name, made.what));
    }
    text.push_str("\nStatements\n");
    for (meta, sid, _) in statements() {
        text.push_str(&format!("  {sid:<28} {}\n", meta.title));
    }
    text.push_str("\nFindings\n");
    for code in Code::ALL {
        text.push_str(&format!("  {:<28} {}\n", code.name(), code.info().summary));
    }
    text
}

fn preset(preset: Preset) -> String {
    let mut text = format!("Preset `{}`: what holds where a profile says nothing.\n", preset.name());
    if preset == Preset::Regulated {
        text.push_str("Not in this version: what the preset asks of alerts.\n");
    }
    let asks = preset.asks();
    if !asks.is_empty() {
        text.push_str("\nwhat it asks of a profile, and the finding where it is missing\n");
    }
    for (code, what) in asks {
        text.push_str(&format!("  {what}\n      {}: {}\n", code.info().severity.name(), code.name()));
    }
    let mut section = "";
    let mut rows: Vec<&Row> = preset.rows().collect();
    let order: Vec<&str> = rows.iter().map(|row| row.section()).collect();
    // What a preset adds comes last in the table; here it belongs beside its section.
    rows.sort_by_key(|row| order.iter().position(|section| *section == row.section()));
    for row in rows {
        let Row { at, value, why, cost } = row;
        let key = at.split_once('/').map_or(*at, |(_, key)| key);
        if row.section() != section {
            section = row.section();
            let only = if row.where_written() { " (where the profile has it)" } else { "" };
            text.push_str(&format!("\n{section}{only}\n"));
        }
        let value = scalar(value);
        let changed = if preset.overrides().iter().any(|row| row.at == *at) { " (this preset)" } else { "" };
        text.push_str(&format!("  {}: {value}{changed}\n      {why}\n", key.replace('/', ".")));
        if !cost.is_empty() {
            let driver = DRIVERS.iter().find(|driver| driver.keys.split(", ").any(|one| one == at.replace('/', ".")));
            let named = driver.map_or_else(String::new, |driver| format!(" ({})", driver.name));
            text.push_str(&format!("      costs: {cost}{named}\n"));
        }
    }
    text
}

/// The value of a default for people.
fn scalar(value: &Scalar) -> String {
    match value {
        Scalar::Word(word) => (*word).to_owned(),
        Scalar::Number(number) => number.to_string(),
        Scalar::Switch(switch) => switch.to_string(),
        Scalar::Mapping(json) => (*json).to_owned(),
    }
}

/// Breaks lines at 100 characters; paragraphs stay apart.
fn wrap(text: &str) -> String {
    let mut out = String::new();
    for (number, paragraph) in text.split("\n\n").enumerate() {
        if number > 0 {
            out.push_str("\n\n");
        }
        let mut column = 0;
        for word in paragraph.split_whitespace() {
            let width = word.chars().count();
            if column > 0 && column + 1 + width > 100 {
                out.push('\n');
                column = 0;
            } else if column > 0 {
                out.push(' ');
                column += 1;
            }
            out.push_str(word);
            column += width;
        }
    }
    out
}
