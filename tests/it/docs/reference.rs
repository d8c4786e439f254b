//! Pages that are made from the code, and compared with what stands in `docs/`.

use std::fmt::Write as _;

use s3harden::claim::PROMISES;
use s3harden::controls;
use s3harden::diag::{Code, Severity};
use s3harden::pipeline;
use s3harden::profile::{Framework, Preset, Scalar, keys};
use s3harden::protect;
use s3harden::protect::made::{self, Made};
use s3harden::protect::verbs::Verb;
use s3harden::source::Source;
use s3harden::verify::model::{Facts, Knob, ROWS};
use s3harden::verify::prove;
use s3harden::verify::semantics::RULES;
use serde_json::Value;

use super::super::render::options;
use super::super::support::{profiles, read, root, run};
use super::{s3harden, updating};

const MADE: &str = "<!-- Made from the code by `S3HARDEN_UPDATE_DOCS=1 cargo test --test it docs`; change the code, not this page. -->\n";

/// The page is what the code says.
fn assert_page(path: &str, title: &str, lead: &str, text: &str) {
    let made = format!("# {title}\n\n{MADE}\n{lead}\n\n{}\n", text.trim());
    let path = root().join("docs").join(path);
    if updating() {
        std::fs::write(&path, &made).unwrap();
    }
    assert_eq!(read(&path), made, "the page is old: S3HARDEN_UPDATE_DOCS=1 cargo test --test it docs");
}

/// Text within a cell of a table.
fn cell(text: &str) -> String {
    text.replace('|', "\\|").split_whitespace().collect::<Vec<_>>().join(" ")
}

fn table(head: &[&str], rows: impl IntoIterator<Item = Vec<String>>) -> String {
    let mut text = format!("| {} |\n|{}\n", head.join(" | "), " --- |".repeat(head.len()));
    for row in rows {
        text.push_str(&format!("| {} |\n", row.iter().map(|text| cell(text)).collect::<Vec<_>>().join(" | ")));
    }
    text + "\n"
}

#[test]
fn commands() {
    let overview = run(&["--help"]).stdout;
    let listed = overview.split("Commands:\n").nth(1).unwrap().split("\n\n").next().unwrap();
    let names = listed.lines().filter_map(|line| line.strip_prefix("  ").filter(|line| !line.starts_with(' ')));
    let mut text = String::new();
    let mut page = |title: &str, args: &[&str]| {
        let said = s3harden(args).env("COLUMNS", "100").output().unwrap();
        let said = String::from_utf8(said.stdout).unwrap();
        let lines: Vec<&str> = said.lines().map(str::trim_end).collect();
        write!(text, "## {title}\n\n```text\n{}\n```\n\n", lines.join("\n").trim_end()).unwrap();
    };
    page("s3harden", &["--help"]);
    for name in names.map(|line| line.split_whitespace().next().unwrap()).filter(|name| *name != "help") {
        page(&format!("s3harden {name}"), &[name, "--help"]);
    }
    // The number of threads is the machine's own; everything else is the same everywhere.
    assert_page("reference/commands.md", "Commands", "What each command says of itself with `--help`.", &text);
}

#[test]
fn findings() {
    let mut text = String::new();
    for (severity, what) in [
        (Severity::Error, "nothing is written for the profile"),
        (Severity::Warning, "should be looked at; `--deny warning` makes it an error"),
        (Severity::Info, "worth knowing"),
    ] {
        write!(text, "## {}\n\nAs they come, {what}.\n\n", ["Infos", "Warnings", "Errors"][severity as usize]).unwrap();
        for code in Code::ALL.iter().filter(|code| code.info().severity == severity) {
            let info = code.info();
            let waiver = if info.waivable { " A waiver can accept it." } else { "" };
            write!(text, "### {}\n\n{}.\n\n{}{waiver}\n\n", info.name, info.summary, info.explain).unwrap();
        }
    }
    let lead = "Every finding by its code, as `s3harden explain CODE` has it. A code never changes: messages, SARIF and waivers use it.";
    assert_page("reference/findings.md", "Findings", lead, &text);
}

#[test]
fn statements() {
    let mut text = String::new();
    for meta in protect::ALL.iter().filter(|meta| !meta.statements.is_empty()) {
        write!(text, "## {}\n\nWithout it {}.\n\n", meta.title, meta.risk).unwrap();
        let row = |(sid, why): &(&str, &str)| {
            let depth = protect::IN_DEPTH.iter().find(|(own, _)| own == sid);
            let depth = depth.map(|(_, why)| format!(" Defence in depth: {why}")).unwrap_or_default();
            vec![format!("`{sid}`"), format!("{why}{depth}")]
        };
        text.push_str(&table(&["statement", "why it is there, and how to change it"], meta.statements.iter().map(row)));
    }
    let lead = "Every statement that a policy can hold because of a profile, by its Sid; `<…>` is a name of the profile's. `s3harden explain SID` shows one.";
    assert_page("reference/statements.md", "Statements", lead, &text);
}

fn value(scalar: &Scalar) -> String {
    match scalar {
        Scalar::Word(word) => (*word).to_owned(),
        Scalar::Number(number) => number.to_string(),
        Scalar::Switch(switch) => switch.to_string(),
        Scalar::Mapping(json) => (*json).to_owned(),
    }
}

#[test]
fn defaults() {
    let rows = |rows: Vec<&s3harden::profile::Row>| {
        let row = |row: &s3harden::profile::Row| {
            let cost = if row.cost.is_empty() { String::new() } else { format!("; costs: {}", row.cost) };
            vec![format!("`{}`", row.at.replace('/', ".")), format!("`{}`", value(&row.value)), format!("{}{cost}", row.why)]
        };
        table(&["key", "value", "why"], rows.into_iter().map(row))
    };
    let mut text = String::from("## baseline\n\nWhat holds where a profile says nothing, and no other preset is named.\n\n");
    text.push_str(&rows(Preset::Baseline.rows().collect()));
    for preset in Preset::ALL.iter().filter(|preset| **preset != Preset::Baseline) {
        write!(text, "## {}\n\nAs baseline, but for:\n\n", preset.name()).unwrap();
        text.push_str(&rows(preset.overrides().iter().collect()));
    }
    let lead = "Every default, why it is what it is, and what it costs where it costs anything; `s3harden explain defaults` shows the same. \
        Whatever a profile says itself goes first. Loosening a protection takes a [waiver](howto/waivers.md).";
    assert_page("defaults.md", "Why each default", lead, &text);
}

#[test]
fn verbs() {
    let row = |verb: &Verb| {
        let names: Vec<String> = verb.names().iter().map(|name| format!("`{}`", name.trim_start_matches("s3:"))).collect();
        vec![format!("`{}`", verb.word()), names.join(", ")]
    };
    let text = table(&["verb", "actions of `s3:`"], Verb::ALL.iter().map(row));
    let lead = "What `can` holds in [grants and denies](../howto/grants.md). Beside verbs, `{actions: [\"s3:GetObject\"]}` names actions; `*` in them is for denies only.";
    assert_page("reference/verbs.md", "Verbs", lead, &text);
}

#[test]
fn guarantees() {
    let key = keys::of_bucket().into_iter().find(|key| key.is_named("guarantees.guarantee")).unwrap();
    let text = format!(
        "## What a profile can ask for\n\nUnder [`guarantees`](../howto/tests-and-guarantees.md), beyond what its sections promise.\n\n{}\
        ## What sections promise\n\nEach is stated beside the statement that makes it true, and proved whenever the profile is checked.\n\n{}\
        ## What every proof assumes\n\n{}\n",
        table(&["guarantee", "holds when"], key.words.into_iter().map(|(name, what)| vec![format!("`{name}`"), what])),
        table(
            &["guarantee", "holds when", "by"],
            PROMISES.iter().map(|one| vec![format!("`{}`", one.name), one.holds.to_owned(), one.by.to_owned()])
        ),
        prove::ASSUMED.iter().map(|one| format!("- {one}\n")).collect::<String>(),
    );
    let lead = "What is proved over all possible requests, or refuted by one of them. `s3harden prove` shows each with what is assumed.";
    assert_page("reference/guarantees.md", "Guarantees", lead, &text);
}

#[test]
fn frameworks_and_their_controls() {
    let mut text = String::new();
    for framework in Framework::ALL {
        write!(text, "## {}\n\nIn profiles: `{}`. Source: {}.\n\n", framework.title(), framework.name(), controls::source(*framework))
            .unwrap();
        let row = |row: controls::Row| {
            let how = match row.how {
                controls::How::Plan(_) => "by what is rendered".to_owned(),
                controls::How::Beside(_) => "not in the standard; others build on it".to_owned(),
                controls::How::Hub(ids) => format!("by {}", ids.join(", ")),
            };
            vec![row.id.to_owned(), row.title.to_owned(), how]
        };
        text.push_str(&table(&["id", "asks for", "judged"], controls::rows(*framework).into_iter().map(row)));
    }
    let lead = "What a profile can be held to with [`controls`](../howto/controls.md); `s3harden explain control/FRAMEWORK/ID` shows one.";
    assert_page("reference/controls.md", "Controls", lead, &text);
}

#[test]
fn semantics() {
    let mut text = String::new();
    let mut topics: Vec<&str> = RULES.iter().map(|rule| rule.topic).collect();
    topics.dedup();
    for topic in topics {
        let rules = RULES.iter().filter(|rule| rule.topic == topic);
        let row = |rule: &s3harden::verify::semantics::Rule| {
            let source = if rule.source.is_empty() { "documented on no AWS page" } else { rule.source };
            vec![rule.text.to_owned(), rule.status.name().to_owned(), source.trim_start_matches("Observed: ").to_owned()]
        };
        let (first, rest) = topic.split_at(1);
        write!(text, "## {}{rest}\n\n{}", first.to_uppercase(), table(&["rule", "status", "source"], rules.map(row))).unwrap();
    }
    let row = |row: &s3harden::verify::model::Row| {
        let facts = |facts: Facts| if facts == Facts::NONE { "–".to_owned() } else { facts.to_string() };
        vec![format!("`{}`", row.key), facts(row.needs), facts(row.bars), row.status.name().to_owned(), row.source.to_owned()]
    };
    text.push_str("## Which condition keys a request carries\n\n");
    text.push_str(&table(&["key", "only if", "not if", "status", "source"], ROWS.iter().map(row)));
    text.push_str("## What is open\n\nWhere pages of AWS disagree or are silent, an answer has to hold either way; otherwise it is `depends`, and says on what:\n\n");
    Knob::ALL.iter().for_each(|knob| text.push_str(&format!("- {}\n", knob.question())));
    let lead = "What decisions and proofs take for true of IAM and S3. **Documented**: a page of AWS says so. **Observed**: seen by others, on no such page. \
        **Assumed**: neither; the likeliest reading. Rows in `tests/access/` hold the evaluator to each; `s3harden explain semantics` shows the same.";
    assert_page("reference/semantics.md", "Semantics", lead, &text);
}

#[test]
fn every_rule_of_the_semantics_has_rows_that_hold_the_evaluator_to_it() {
    for rule in RULES {
        let (file, source) = rule.rows.split_once('/').unwrap();
        let rows: Value = serde_yaml::from_str(&read(root().join(format!("tests/access/{file}.yaml")))).unwrap();
        let said = rows["sources"][source].as_str().unwrap_or_else(|| panic!("{}: no such source", rule.rows));
        let of = |row: &Value| row.get("source").or_else(|| row.get(0)).and_then(Value::as_str) == Some(source);
        assert!(rows["rows"].as_array().unwrap().iter().any(of), "{}: no rows", rule.rows);
        match rule.status.name() {
            "assumed" => assert!(said.starts_with("Assumed: ") && rule.source.is_empty(), "{}: {said}", rule.rows),
            "observed" => assert!(said.starts_with("Observed: ") && rule.source == said, "{}: {said}", rule.rows),
            _ => assert_eq!(rule.source, said, "{}", rule.rows),
        }
    }
    // What no page of AWS says must not hide among the rows.
    for file in ["conditions", "layers", "matching", "traps"] {
        let rows: Value = serde_yaml::from_str(&read(root().join(format!("tests/access/{file}.yaml")))).unwrap();
        for (source, said) in rows["sources"].as_object().unwrap() {
            if ["Assumed: ", "Observed: "].iter().any(|word| said.as_str().unwrap().starts_with(word)) {
                assert!(RULES.iter().any(|rule| rule.rows == format!("{file}/{source}")), "{file}/{source} is in no rule");
            }
        }
    }
}

#[test]
fn keys_of_the_language() {
    let mut text = String::new();
    for (title, keys) in [("A bucket's profile", keys::of_bucket()), ("An account's profile", keys::of_account())] {
        let row = |key: keys::KeyInfo| {
            let words: Vec<String> = key.words.iter().map(|(word, _)| format!("`{word}`")).collect();
            let only_words = (1..=12).contains(&words.len()) && !key.takes.contains(" or ");
            let each = if key.takes.starts_with("a list") { "Each one" } else { "One" };
            let one_of = if only_words { format!(" {each} of {}.", words.join(", ")) } else { String::new() };
            let default = key.default.map(|value| format!(" Default: `{value}`.")).unwrap_or_default();
            vec![format!("`{}`", key.path), format!("{}{one_of}{default}", key.meaning)]
        };
        write!(text, "## {title}\n\n{}", table(&["key", "meaning"], keys.into_iter().map(row))).unwrap();
    }
    let lead = "Every key of the language; `[]` is an item of a list, `NAME` a word of the profile's own. `s3harden explain KEY` shows one, and \
        `s3harden schema` prints the schema that editors read.";
    assert_page("reference/profile.md", "The profile language", lead, &text);
}

#[test]
fn resources() {
    let row = |made: &Made| {
        let names = [format!("`{}`", made.name), format!("`{}`", made.in_terraform())];
        names.into_iter().chain([made.what.to_owned(), format!("`{}`", made.key)]).collect()
    };
    let text = table(&["CloudFormation", "Terraform", "what it is", "comes with"], made::MADE.iter().map(row));
    let lead = "Every resource that a profile can make, by its name in templates and modules; `<…>` is a name of the profile's. \
        `s3harden explain NAME` shows one, and [`bucket.imported.adopts`](../howto/adopt.md) takes these names.";
    assert_page("reference/resources.md", "Resources", lead, &text);
}

#[test]
fn every_resource_of_a_profile_is_in_the_table() {
    for path in profiles() {
        let source = Source::read(&path).unwrap();
        let plan = pipeline::plan(&source).map(|(_, plan)| plan).or_else(|| pipeline::account_plan(&source).map(|(_, plan)| plan));
        for resource in plan.iter().flat_map(|plan| &plan.resources) {
            let made = Made::named(resource.id.as_str()).unwrap_or_else(|| panic!("{}: {} is not explained", path.display(), resource.id));
            let key = |key: &keys::KeyInfo| key.is_named(made.key);
            assert!(keys::of_bucket().iter().any(key) || keys::of_account().iter().any(key), "{} comes with no key", made.name);
        }
    }
}

#[test]
fn what_a_preset_asks_for_is_a_finding_where_it_is_missing() {
    for preset in Preset::ALL {
        let text = format!("version: 1\nname: a\npreset: {}\nbucket: {{ name: acme-a }}\n", preset.name());
        let checked = pipeline::check(&Source::from_bytes("profile.yaml", text).unwrap(), &options(&[]));
        for (code, what) in preset.asks() {
            assert!(checked.findings.iter().any(|finding| finding.code == *code), "{}: {what}", preset.name());
        }
    }
}
