//! Differences as text, as Markdown for pull requests, and as JSON.

use serde_json::{Value, json};

use crate::cli::{Stop, prove};
use crate::compare::{Altered, Change, Difference, How, Presence, Row, Verdict};
use crate::verify::prove::ASSUMED;

/// So many names of actions are spelled out in text for a verb, where all are no more than that.
const SPELLED: usize = 4;
const LONG: usize = 12;

const fn presence(presence: Presence) -> &'static str {
    match presence {
        Presence::Kept => "",
        Presence::Added => ", a new bucket",
        Presence::Removed => ", which is gone",
    }
}

const fn what(verdict: Verdict, presence: Presence) -> &'static str {
    match (presence, verdict) {
        (Presence::Added, Verdict::Widening) => return "some requests are allowed that a bucket without a policy would not allow",
        (Presence::Removed, Verdict::Narrowing) => return "some requests were allowed that a bucket without a policy would not allow",
        (Presence::Added | Presence::Removed, Verdict::Neutral) => {
            return "proved: it allows no request that a bucket without a policy would not allow";
        }
        _ => {}
    }
    match verdict {
        Verdict::Neutral => "proved: every request is decided as before",
        Verdict::Widening => "some requests are allowed now that were not before",
        Verdict::Narrowing => "some requests are not allowed any more",
        Verdict::Both => "some requests are allowed now that were not before, and others are not any more",
        Verdict::Unknown => "whether somebody gains something is not known",
    }
}

/// The row as a sentence without its example.
fn sentence(row: &Row, code: bool) -> String {
    let tick = if code { "`" } else { "" };
    let spelled = |names: &[String]| {
        let one = |name: &String| if name.contains(' ') { name.clone() } else { format!("{tick}{name}{tick}") };
        names.iter().map(one).collect::<Vec<_>>().join(", ")
    };
    let all: usize = row.actions.iter().map(|(.., names)| names.len()).sum();
    let verb = |(verb, whole, names): &(String, bool, Vec<String>)| match (verb.as_str(), whole) {
        _ if all <= LONG && names.len() <= SPELLED => format!("{verb} ({})", spelled(names)),
        ("other", _) => format!("{} other actions", names.len()),
        (verb, true) => verb.to_owned(),
        (verb, false) => format!("some of {verb}"),
    };
    let verbs: Vec<String> = row.actions.iter().map(verb).collect();
    let actions = if row.every_action { "every action".to_owned() } else { verbs.join(", ") };
    let more = if row.partly { "more of " } else { "" };
    let places: Vec<&str> = [row.from.as_str(), row.over.as_str()].into_iter().filter(|place| !place.is_empty()).collect();
    let place = if places.is_empty() { String::new() } else { format!(", {}", places.join(", ")) };
    format!("{}: {more}{actions}{place}", row.who)
}

const fn how(how: How, gained: bool) -> Option<&'static str> {
    match (how, gained) {
        (How::Outright, _) => None,
        (How::IfAllowed, true) => Some("where the callers' own policies allow it"),
        (How::IfAllowed, false) => Some("even where the callers' own policies allow it"),
        (How::ByBucket, true) => Some("by the bucket policy alone; before, the callers' own policies had to allow it"),
        (How::ByBucket, false) => Some("by the bucket policy alone; the callers' own policies may still allow it"),
    }
}

/// What else decides, in words.
fn limits(row: &Row) -> Option<String> {
    let keys: Vec<&str> = row.limited.iter().map(String::as_str).collect();
    (!keys.is_empty()).then(|| format!("not for every value of {}", keys.join(", ")))
}

fn change(change: &Change) -> String {
    format!("{}: {} → {} ({})", change.name, change.old, change.new, change.direction.name())
}

/// Rows by what they are about: a title, a sign, whether they are gains.
fn sections(difference: &Difference) -> [(&'static str, char, bool, &Vec<Row>); 4] {
    [
        ("gained", '+', true, &difference.gained),
        ("lost", '-', false, &difference.lost),
        ("gained by identity policies", '+', true, &difference.gained_by_holders),
        ("lost by identity policies", '-', false, &difference.lost_by_holders),
    ]
}

fn capital(title: &str) -> String {
    let mut chars = title.chars();
    chars.next().map(|first| first.to_uppercase().chain(chars).collect()).unwrap_or_default()
}

/// A statement of another policy, in words.
fn altered(one: &Altered) -> String {
    let what = match (&one.old, &one.new) {
        (Some(old), Some(new)) => format!("was: {old}; is: {new}"),
        (Some(old), None) => format!("is gone: {old}"),
        (None, Some(new)) => format!("is new: {new}"),
        (None, None) => String::new(),
    };
    format!("{}, {} {what} ({})", one.policy, one.statement, means(one))
}

/// What it means that a statement of another policy is not what it was.
const fn means(one: &Altered) -> &'static str {
    match one.direction {
        crate::compare::Direction::Stronger => "narrowing",
        crate::compare::Direction::Weaker => "widening",
        crate::compare::Direction::Changed => "changed",
    }
}

/// What is not known.
fn open(difference: &Difference) -> Vec<String> {
    let gained = difference.gained_open.as_ref().map(|why| format!("whether more is gained: {why}"));
    let lost = difference.lost_open.as_ref().map(|why| format!("whether more is lost: {why}"));
    gained.into_iter().chain(lost).collect()
}

/// For terminals.
pub(in crate::cli) fn text(differences: &[Difference]) -> String {
    let mut text = String::new();
    for difference in differences {
        let verdict = difference.verdict();
        text.push_str(&format!("{}: {}{}\n", difference.bucket, verdict.name(), presence(difference.presence)));
        text.push_str(&format!("  {}\n", what(verdict, difference.presence)));
        for (title, sign, gained, rows) in sections(difference) {
            if !rows.is_empty() {
                text.push_str(&format!("\n  {title}\n"));
            }
            for row in rows {
                text.push_str(&format!("  {sign} {}\n", sentence(row, false)));
                for more in how(row.how, gained)
                    .map(str::to_owned)
                    .into_iter()
                    .chain(limits(row))
                    .chain([format!("for example {}", row.witness.words)])
                {
                    text.push_str(&format!("      {more}\n"));
                }
                row.by.iter().for_each(|by| text.push_str(&format!("      {by}\n")));
            }
        }
        if !difference.altered.is_empty() {
            text.push_str("\n  other policies\n");
        }
        difference.altered.iter().for_each(|one| text.push_str(&format!("  ~ {}\n", altered(one))));
        if !difference.settings.is_empty() {
            text.push_str("\n  settings\n");
        }
        difference.settings.iter().for_each(|one| text.push_str(&format!("  ~ {}\n", change(one))));
        let open = open(difference);
        if !open.is_empty() {
            text.push_str("\n  not known\n");
        }
        open.iter().for_each(|one| text.push_str(&format!("  ? {one}\n")));
        if !difference.assumed.is_empty() {
            text.push_str("\n  assumed\n");
        }
        difference.assumed.iter().for_each(|one| text.push_str(&format!("    {one}\n")));
        text.push('\n');
    }
    text.push_str("assumed\n");
    ASSUMED.iter().skip(1).for_each(|one| text.push_str(&format!("  {one}\n")));
    text
}

/// Text of others within Markdown: nothing of it is markup, but for what stands between two backticks, which is code.
pub(in crate::cli) fn plain(text: &str) -> String {
    let parts: Vec<&str> = text.split('`').collect();
    // Backticks that stand alone or side by side would begin a span of another length.
    let paired = parts.len() % 2 == 1 && parts.iter().skip(1).step_by(2).all(|part| !part.trim().is_empty());
    if !paired {
        return escaped(text);
    }
    let cell = |part: &str| part.replace(['\n', '\r'], " ").replace('|', "\\|");
    let part = |(at, part): (usize, &&str)| if at % 2 == 1 { format!("`{}`", cell(part)) } else { escaped(part) };
    parts.iter().enumerate().map(part).collect()
}

fn escaped(text: &str) -> String {
    let mut out = String::with_capacity(text.len());
    for c in text.chars() {
        match c {
            '\n' | '\r' => out.push(' '),
            '<' => out.push_str("&lt;"),
            '>' => out.push_str("&gt;"),
            '&' => out.push_str("&amp;"),
            '\\' | '`' | '*' | '_' | '[' | ']' | '#' | '|' | '~' | '!' | '@' => {
                out.push('\\');
                out.push(c);
            }
            c => out.push(c),
        }
    }
    out
}

/// Text of others as code.
pub(in crate::cli) fn code(text: &str) -> String {
    let clean: String = text
        .chars()
        .map(|c| {
            if c == '`' {
                '\''
            } else if c.is_control() {
                ' '
            } else {
                c
            }
        })
        .collect();
    format!("`{clean}`")
}

/// For pull requests.
pub(in crate::cli) fn markdown(differences: &[Difference], old: &str, new: &str) -> String {
    let mut text = format!("### Access: {} → {}\n\n", code(old), code(new));
    for difference in differences {
        let verdict = difference.verdict();
        text.push_str(&format!(
            "**{}**: **{}**{} — {}\n\n",
            code(&difference.bucket),
            verdict.name(),
            presence(difference.presence),
            what(verdict, difference.presence)
        ));
        for (title, _, gained, rows) in sections(difference) {
            let title = capital(title);
            if !rows.is_empty() {
                text.push_str(&format!("| {title} | by | from |\n| --- | --- | --- |\n"));
                for row in rows {
                    let place: Vec<&str> = [row.from.as_str(), row.over.as_str()].into_iter().filter(|one| !one.is_empty()).collect();
                    let mut what = Row { who: String::new(), from: String::new(), over: String::new(), ..row.clone() };
                    what.who.push_str("do");
                    let actions = sentence(&what, true);
                    let actions = actions.strip_prefix("do: ").unwrap_or(&actions);
                    let more = how(row.how, gained).map(str::to_owned).into_iter().chain(limits(row));
                    let condition: String = more.map(|more| format!(", {}", plain(&more))).collect();
                    text.push_str(&format!("| {actions} | {}{condition} | {} |\n", plain(&row.who), plain(&place.join(", "))));
                }
                text.push_str("\n<details><summary>An example of each</summary>\n\n");
                for row in rows {
                    let by: Vec<String> = row.by.iter().map(|by| plain(by)).collect();
                    let by = if by.is_empty() { String::new() } else { format!(" ({})", by.join("; ")) };
                    text.push_str(&format!("- {}{by}\n", code(&row.witness.words)));
                }
                text.push_str("\n</details>\n\n");
            }
        }
        if !difference.altered.is_empty() {
            text.push_str("| Other policy | statement | before | now | |\n| --- | --- | --- | --- | --- |\n");
            for one in &difference.altered {
                let said =
                    |words: &Option<String>| words.as_ref().map_or_else(|| "none".to_owned(), |words| code(&words.replace('|', "/")));
                let cells = [plain(&one.policy), code(&one.statement), said(&one.old), said(&one.new)];
                text.push_str(&format!("| {} | {} |\n", cells.join(" | "), means(one)));
            }
            text.push('\n');
        }
        if !difference.settings.is_empty() {
            text.push_str("| Setting | before | now | |\n| --- | --- | --- | --- |\n");
            for one in &difference.settings {
                let cells = [plain(one.name), code(&one.old.replace('|', "/")), code(&one.new.replace('|', "/"))];
                text.push_str(&format!("| {} | {} |\n", cells.join(" | "), one.direction.name()));
            }
            text.push('\n');
        }
        let notes: Vec<String> =
            open(difference).into_iter().map(|one| format!("Not known: {one}")).chain(difference.assumed.clone()).collect();
        notes.iter().for_each(|note| text.push_str(&format!("- {}\n", plain(note))));
        if !notes.is_empty() {
            text.push('\n');
        }
    }
    text
}

fn row(row: &Row, gained: bool) -> Value {
    json!({
        "who": row.who,
        "from": row.from,
        "over": row.over,
        "actions": row.actions.iter().map(|(verb, _, names)| (verb.clone(), json!(names))).collect::<serde_json::Map<_, _>>(),
        "everyAction": row.every_action,
        "more": row.partly,
        "condition": how(row.how, gained),
        "limitedBy": row.limited,
        "statements": row.by,
        "example": prove::request(&row.witness.words, &row.witness),
    })
}

/// For programs.
pub(in crate::cli) fn json(differences: &[Difference]) -> Result<String, Stop> {
    let all: Vec<Value> = differences
        .iter()
        .map(|difference| {
            let setting = |one: &Change| json!({"name": one.name, "old": one.old, "new": one.new, "direction": one.direction.name()});
            json!({
                "bucket": difference.bucket,
                "presence": match difference.presence {
                    Presence::Kept => "kept",
                    Presence::Added => "added",
                    Presence::Removed => "removed",
                },
                "verdict": difference.verdict().name(),
                "gained": difference.gained.iter().map(|one| row(one, true)).collect::<Vec<_>>(),
                "lost": difference.lost.iter().map(|one| row(one, false)).collect::<Vec<_>>(),
                "identityPolicies": {
                    "gained": difference.gained_by_holders.iter().map(|one| row(one, true)).collect::<Vec<_>>(),
                    "lost": difference.lost_by_holders.iter().map(|one| row(one, false)).collect::<Vec<_>>(),
                },
                "otherPolicies": difference.altered.iter().map(|one| json!({
                    "policy": one.policy, "statement": one.statement, "old": one.old, "new": one.new, "change": means(one),
                })).collect::<Vec<_>>(),
                "settings": difference.settings.iter().map(setting).collect::<Vec<_>>(),
                "unknown": {"gained": difference.gained_open, "lost": difference.lost_open},
                "assumptions": ASSUMED.iter().skip(1).map(|one| (*one).to_owned()).chain(difference.assumed.iter().cloned()).collect::<Vec<_>>(),
            })
        })
        .collect();
    let text = serde_json::to_string_pretty(&all).map_err(|error| Stop::could_not_run(error.to_string()))?;
    Ok(text + "\n")
}
