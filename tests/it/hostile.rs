//! Hostile text: whatever stands in a profile is refused, or arrives in every output as exactly that text.
//!
//! Each text is put into each place of a profile that takes a value, and in place of each key that the user
//! chooses. The outputs are read back and compared with those of the untouched profile, in which the text that
//! stood there is replaced by the hostile one: nothing else may differ. What profiles refuse is tried on plans too,
//! since plans can be built in code.

use std::borrow::Cow;
use std::collections::BTreeSet;
use std::io::{Seek as _, Write as _};
use std::process::Command;
use std::sync::{LazyLock, Mutex, PoisonError};

use regex::Regex;
use serde_json::Value;

use s3harden::claim::{Claim, Duration};
use s3harden::diag::{Code, Finding, Path as Pointer, Place, Severity};
use s3harden::expr::{Attribute, Expr, Literal, LogicalId, Pseudo};
use s3harden::pipeline::{self, Accepted, TargetChoice};
use s3harden::plan::{
    About, Alarm, AllowList, Allowed, BUCKET, ClassificationJob, CustomIdentifier, EventRule, Field, FieldMatch, JobBuckets, JobSchedule,
    Kind, LambdaPermission, LogGroup, MacieSession, ManagedPolicy, Metric, MetricFilter, Output, Parameter, Plan, PublicAccessBlock,
    Resource, ResultsExport, Scanner, ScopeTerm, Selector, Subscription, Suppression, Tags, Target as RuleTarget, Topic, Trail,
};
use s3harden::policy::{Base, Condition, Document, Effect, Element, Key, Operator, Origin, Principal, Principals, Quantifier, Statement};
use s3harden::render::{self, File, Notation, Provider, Target};

use super::profiles::{every_key, has_choices, has_free_keys};
use super::readback::{self, Block, snake};
use super::render::options;
use super::support::{BOTH, accepted, files_below, root, source};

/// Texts that some reader or shell on the way could take for more than text.
fn texts() -> Vec<String> {
    let plain = [
        // HCL
        "\"\n}\nresource \"aws_s3_bucket\" \"evil\" {\n  bucket = \"evil\"\n}\n#",
        "\" } resource \"aws_iam_user\" \"evil\" { name = \"x",
        "${file(\"/etc/passwd\")}",
        "%{for x in [1]}x%{endfor}",
        "$${x}",
        "$$${x}",
        "%%{x}",
        "$${",
        "${",
        "%{",
        "ends in $",
        "ends in %",
        "ends in \\",
        "<<EOT\nx\nEOT",
        "<<-EOT",
        "EOT",
        "*/ x /*",
        "// x",
        "# x",
        // the template engine
        "{{ s | safe }}",
        "{{ r.name }}",
        "{% raw %}{{ x }}{% endraw %}",
        "{% include \"bucket.tf\" %}",
        "{# x #}",
        // CloudFormation
        "{{resolve:ssm:x:1}}",
        "a {{resolve:secretsmanager:x:SecretString:y}} b",
        "{{resolve",
        ":ssm:x:1}}",
        "Ref",
        "Fn::Sub",
        "Fn::Transform",
        "Fn::GetAtt",
        "Condition",
        "!Ref Bucket",
        "${AWS::AccountId}",
        "${!x}",
        // the profile language
        "${aws.partition}",
        // YAML
        "yes",
        "NO",
        "null",
        "~",
        "2012-10-17",
        "1_000",
        "12:30:45",
        "0x1F",
        "1e3",
        "012345678901",
        ".inf",
        "<<",
        "=",
        "- x",
        "? x",
        "x: y",
        "x #y",
        "&a",
        "*a",
        "!!binary x",
        "---",
        "...",
        "'",
        "\"",
        "`x`",
        "@x",
        "%x",
        "|",
        ">",
        "[x",
        "{x",
        " leading and trailing ",
        "",
        " ",
        // JSON and text
        "\\",
        "\\n",
        "\\u0041",
        "\n",
        "\r\n",
        "\t",
        "\u{0}",
        "\u{1b}[31m",
        "\u{7f}",
        "\u{85}",
        "a \u{2028} b",
        "a \u{2029} b",
        "\u{feff}x",
        "\u{fffe}\u{ffff}",
        "😀 🏳️‍🌈",
        "\u{202e}txt.exe\u{202c}",
        "日本語",
        "e\u{301}",
        "ﬁ",
        // IAM
        "*",
        "?",
        "s3:*",
        "arn:aws:s3:::other/*",
        "${aws:username}",
        // Markdown and the shell of the runbook
        "<!-- x --> <script>x</script>",
        "-->",
        "```\nrm -rf /\n```",
        "[x](javascript:x)",
        "# heading",
        "$(id)",
        "`id`",
        "'; id; '",
        "\"; id; \"",
        "x; id",
        "x && id",
        "x | id",
        "x > /tmp/x",
        "!x",
        "~root",
        "--help",
        "-x",
        "../../x",
        "/etc/passwd",
        // what some places take and a shell does not
        "it's/",
        "(a)/",
        "!a/",
        "'/",
        "''/",
        "-a/",
        "~/",
    ];
    let mut texts: Vec<String> = plain.iter().map(|text| (*text).to_owned()).collect();
    texts.push("x".repeat(64 * 1024));
    texts.push("\"${".repeat(20 * 1024));
    texts
}

/// A text as a double-quoted scalar of YAML in plain ASCII, so that any text can be written.
fn quoted(text: &str) -> String {
    let mut out = String::from("\"");
    for c in text.chars() {
        match c {
            '"' | '\\' => out.extend(['\\', c]),
            ' '..='~' => out.push(c),
            c => out.push_str(&format!("\\U{:08X}", u32::from(c))),
        }
    }
    out.push('"');
    out
}

fn written(value: &Value, out: &mut String) {
    match value {
        Value::String(text) => out.push_str(&quoted(text)),
        Value::Array(items) => {
            out.push('[');
            for item in items {
                written(item, out);
                out.push(',');
            }
            out.push(']');
        }
        Value::Object(object) => {
            out.push('{');
            for (key, value) in object {
                // The question mark lets a key be longer than the 1,024 characters of an implicit one.
                out.push_str(&format!("? {} : ", quoted(key)));
                written(value, out);
                out.push(',');
            }
            out.push('}');
        }
        other => out.push_str(&other.to_string()),
    }
}

/// A place of a profile: of a value, or of a key that the user chose.
#[derive(Clone, Debug, PartialEq)]
enum Slot {
    Value(String),
    Key(String, String),
}

fn slots(value: &Value, at: &str, found: &mut Vec<Slot>) {
    match value {
        Value::Object(object) => {
            for (key, inner) in object {
                if has_free_keys(at) {
                    found.push(Slot::Key(at.to_owned(), key.clone()));
                }
                slots(inner, &format!("{at}/{key}"), found);
            }
        }
        Value::Array(items) => items.iter().enumerate().for_each(|(index, item)| slots(item, &format!("{at}/{index}"), found)),
        _ => found.push(Slot::Value(at.to_owned())),
    }
}

/// The profile with `text` in the slot, and what stood there.
fn with(profile: &Value, slot: &Slot, text: &str) -> (Value, String) {
    let mut changed = profile.clone();
    let old = match slot {
        Slot::Value(at) => match std::mem::replace(changed.pointer_mut(at).unwrap(), text.into()) {
            Value::String(old) => old,
            other => other.to_string(),
        },
        Slot::Key(at, key) => {
            let object = changed.pointer_mut(at).unwrap().as_object_mut().unwrap();
            let value = object.shift_remove(key).unwrap();
            object.insert(text.to_owned(), value);
            key.clone()
        }
    };
    (changed, old)
}

/// Everything that a plan becomes, read back.
#[derive(Debug, PartialEq)]
struct ReadBack {
    templates: Vec<Value>,
    module: Vec<Block>,
    runbook: Vec<String>,
}

fn read_back(plan: &Plan, provider: Provider) -> Result<ReadBack, String> {
    let render = |target| render::render(plan, target).map_err(|error| error.to_string());
    let mut templates = Vec::new();
    for notation in [Notation::Yaml, Notation::Json] {
        let files = render(Target::CloudFormation(notation))?;
        files.iter().for_each(is_printable);
        templates.push(sorted(&readback::cloudformation(readback::template(&files), plan)));
    }
    let mut module = readback::terraform(&render(Target::Terraform(provider))?, plan);
    module.iter_mut().for_each(|block| block.body = sorted(&block.body));
    let gaps = render::gaps(plan, Target::Terraform(Provider::V5));
    let runbook = render::runbook(plan, &gaps).map(|file| shell_words(&file.text)).unwrap_or_default();
    Ok(ReadBack { templates, module, runbook })
}

/// YAML 1.1 has more line breaks than 1.2 and fewer characters: none of them may stand in a template as it is.
fn is_printable(file: &File) {
    let odd = |c: char| matches!(c, '\u{0}'..='\u{8}' | '\u{b}'..='\u{1f}' | '\u{7f}'..='\u{9f}' | '\u{2028}' | '\u{2029}' | '\u{feff}' | '\u{fffe}' | '\u{ffff}');
    if file.path.ends_with(".yaml") {
        assert_eq!(file.text.find(odd), None, "a character that YAML 1.1 does not take, or takes for a line break: {:?}", file.text);
    }
}

/// Tags in the order of their keys, which a hostile key changes.
fn sorted(value: &Value) -> Value {
    match value {
        Value::Object(object) => Value::Object(object.iter().map(|(key, value)| (key.clone(), sorted(value))).collect()),
        Value::Array(items) => {
            let mut items: Vec<Value> = items.iter().map(sorted).collect();
            // Principals, actions and resources too are in the order of their texts.
            let texts = items.iter().all(|item| item.is_string() || item.get("Fn::Sub").is_some());
            if texts || items.iter().all(|item| item.get("Key").is_some()) {
                items.sort_by_key(|item| item.get("Key").unwrap_or(item).to_string());
            }
            items.into()
        }
        other => other.clone(),
    }
}

/// What the commands of a runbook are called with, by a shell in which `aws` prints its arguments.
fn shell_words(runbook: &str) -> Vec<String> {
    // Most texts do not reach the runbook.
    static LAST: Mutex<(String, Vec<String>)> = Mutex::new((String::new(), Vec::new()));
    let mut last = LAST.lock().unwrap_or_else(PoisonError::into_inner);
    if last.0 != runbook {
        *last = (runbook.to_owned(), run_by_shell(runbook));
    }
    last.1.clone()
}

fn run_by_shell(runbook: &str) -> Vec<String> {
    let dir = tempfile::tempdir().unwrap();
    let mut words = Vec::new();
    for block in runbook.split("```sh\n").skip(1) {
        let (script, _) = block.split_once("\n```\n").unwrap();
        let stubs = "set -eu\nshow() { for word in \"$@\"; do printf '<%s>' \"$word\"; done; echo; }\naws() { show aws \"$@\"; }\nterraform() { show terraform \"$@\"; }\n";
        let script = format!("{stubs}{script}\n");
        let mut answers = tempfile::tempfile().unwrap();
        answers.write_all(b"one\ntwo\nthree\n").and_then(|()| answers.rewind()).unwrap();
        // Too long for an argument, where a text is.
        let mut file = tempfile::NamedTempFile::new().unwrap();
        file.write_all(script.as_bytes()).unwrap();
        let run = Command::new("sh").arg(file.path()).current_dir(dir.path()).env_clear().stdin(answers).output().unwrap();
        assert!(run.status.success() && run.stderr.is_empty(), "{}\n{script}", String::from_utf8_lossy(&run.stderr));
        words.push(String::from_utf8(run.stdout).unwrap());
    }
    let written: BTreeSet<_> =
        std::fs::read_dir(dir.path()).unwrap().map(|entry| entry.unwrap().file_name().into_string().unwrap()).collect();
    words.extend(written);
    words
}

/// The words of commands with a text in place of another; within a word that is JSON, the text is one of JSON.
fn in_words(words: &str, old: &str, new: &str) -> String {
    let of_json = Value::from(new).to_string();
    let line = |line: &str| line.replace(old, if line.contains("<{") { &of_json[1..of_json.len() - 1] } else { new });
    words.split_inclusive('\n').map(line).collect()
}

impl ReadBack {
    /// The same with a word in place of another in the labels of blocks.
    fn relabelled(mut self, old: &str, new: &str) -> Self {
        self.module.iter_mut().flat_map(|block| &mut block.name).for_each(|label| *label = label.replace(&snake(old), &snake(new)));
        self
    }

    /// The same with a text in place of another, wherever it stands.
    fn with(&self, old: &str, new: &str) -> Self {
        fn value(of: &Value, old: &str, new: &str) -> Value {
            match of {
                Value::String(text) => text.replace(old, new).into(),
                Value::Array(items) => items.iter().map(|item| value(item, old, new)).collect(),
                Value::Object(object) => {
                    Value::Object(object.iter().map(|(key, inner)| (key.replace(old, &as_key(new)), value(inner, old, new))).collect())
                }
                other => other.clone(),
            }
        }
        Self {
            templates: self.templates.iter().map(|one| sorted(&value(one, old, new))).collect(),
            module: self
                .module
                .iter()
                .map(|block| Block { name: block.name.clone(), body: sorted(&value(&block.body, old, new)) })
                .collect(),
            runbook: self.runbook.iter().map(|words| in_words(words, old, new)).collect(),
        }
    }
}

/// The name of the rule that is always too long, and so ends its first part with a hash of the whole. A hash does not change as text does.
const HASHED: &str = "-s3-bucket-level-public-access-prohibited";

impl ReadBack {
    /// The same without what stands before [`HASHED`].
    fn without_hashes(&self) -> Self {
        fn value(of: &Value) -> Value {
            match of {
                Value::String(text) => words(text).into(),
                Value::Array(items) => items.iter().map(value).collect(),
                Value::Object(object) => Value::Object(object.iter().map(|(key, inner)| (key.clone(), value(inner))).collect()),
                other => other.clone(),
            }
        }
        fn words(text: &str) -> String {
            static NAME: LazyLock<Regex> = LazyLock::new(|| Regex::new(&format!("[a-z0-9.-]*-[0-9a-f]{{8}}{HASHED}")).unwrap());
            if !text.contains(HASHED) {
                return text.to_owned();
            }
            NAME.replace_all(text, format!("(hashed){HASHED}")).into_owned()
        }
        let block = |block: &Block| Block { name: block.name.clone(), body: value(&block.body) };
        Self {
            templates: self.templates.iter().map(value).collect(),
            module: self.module.iter().map(block).collect(),
            runbook: self.runbook.iter().map(|text| words(text)).collect(),
        }
    }
}

fn assert_same(what: &str, found: &ReadBack, expected: &ReadBack) {
    let (found, expected) = (&found.without_hashes(), &expected.without_hashes());
    let text = |of: &ReadBack| format!("{of:#?}");
    if found != expected {
        let (found, expected) = (text(found), text(expected));
        let differ = found.lines().zip(expected.lines()).position(|(a, b)| a != b).unwrap_or(0);
        let shown = |text: &str| {
            text.lines()
                .skip(differ.saturating_sub(8))
                .take(12)
                .map(|line| line.chars().take(200).collect())
                .collect::<Vec<String>>()
                .join("\n")
        };
        panic!("{what}: found\n{}\nexpected\n{}", shown(&found), shown(&expected));
    }
}

/// Whether a place takes one of a few words, a number or a switch, which hardly differ in what they refuse.
fn is_choice(value: &Value, slot: &Slot) -> bool {
    match slot {
        Slot::Value(at) => has_choices(at) || !value.pointer(at).unwrap().is_string(),
        Slot::Key(..) => false,
    }
}

/// For what reaches the outputs in another form as well: that form.
fn derived(slot: &Slot) -> Option<fn(&str) -> String> {
    let Slot::Value(at) = slot else { return None };
    let rule = ["/grants/", "/denies/"].iter().any(|list| at.contains(list));
    match at.rsplit('/').next() {
        Some("name") if at.starts_with("/access_points/") && !rule => Some(|name| LogicalId::derived("AccessPoint", name).to_string()),
        Some("name") if at.contains("/custom_identifiers/") => Some(|name| LogicalId::derived("Identifier", name).to_string()),
        Some("name") if at.contains("/allow_lists/") => Some(|name| LogicalId::derived("AllowList", name).to_string()),
        Some("name") if rule => Some(|name| LogicalId::derived("", name).to_string()),
        Some("mfa_within") => Some(|age| age.parse::<Duration>().map_or_else(|_| age.to_owned(), |age| age.seconds().to_string())),
        _ => None,
    }
}

/// What of a text reaches the outputs: IAM attaches to groups by name, without a path.
fn arriving<'a>(slot: &Slot, text: &'a str) -> &'a str {
    match slot {
        Slot::Value(at) if at.ends_with("/group") => text.rsplit('/').next().unwrap_or(text),
        _ => text,
    }
}

fn attack(file: &str, provider: Provider) {
    let path = root().join(file);
    let profile = source(std::fs::read(&path).unwrap()).parse().0.unwrap().to_value();
    let Accepted { plan, targets, .. } = accepted(&path);
    let in_cloudformation = targets.iter().any(|target| matches!(target, Target::CloudFormation(_)));
    let choices = if in_cloudformation { BOTH } else { &[TargetChoice::Terraform] };
    let untouched = read_back(&plan, provider).unwrap();
    let mut places = Vec::new();
    slots(&profile, "", &mut places);
    // The items of a list are alike.
    places.retain(|slot| !matches!(slot, Slot::Value(at) if at.split('/').any(|step| step.parse::<usize>().is_ok_and(|index| index > 0))));
    // Where a parameter stands, its default is what arrives.
    places.retain(
        |slot| !matches!(slot, Slot::Value(at) if profile.pointer(at).unwrap().as_str().is_some_and(|text| text.contains("${param."))),
    );
    let mut arrived = BTreeSet::new();
    for slot in &places {
        let every = if is_choice(&profile, slot) { 12 } else { 1 };
        for text in texts().into_iter().step_by(every) {
            let shown: String = text.chars().take(60).collect();
            let what = format!("{slot:?} of {file} with {shown:?}");
            let (changed, old) = with(&profile, slot, &text);
            let mut yaml = String::new();
            written(&changed, &mut yaml);
            let source = source(yaml);
            let checked = pipeline::check(&source, &options(choices));
            let Some(accepted) = checked.accepted else {
                assert!(checked.findings.iter().any(|finding| finding.severity == Severity::Error), "{what}: refused without an error");
                continue;
            };
            let files = pipeline::build(&accepted).unwrap_or_else(|error| panic!("{what}: {error}"));
            assert!(files.len() >= 3, "{what}");
            let found = read_back(&accepted.plan, provider).unwrap_or_else(|error| panic!("{what}: {error}"));
            // A description that is not written has a text of its own in its place.
            let expected = untouched.with(&old, arriving(slot, &text));
            let expected = match derived(slot) {
                Some(form) => expected.with(&form(&old), &form(&text)).relabelled(&form(&old), &form(&text)),
                None => expected,
            };
            assert_same(&what, &found, &expected);
            arrived.insert(format!("{slot:?}"));
        }
    }
    // If nothing gets through, nothing was tested.
    assert!(!arrived.is_empty());
}

#[test]
fn a_hostile_text_is_refused_or_arrives_as_it_is() {
    attack("tests/profiles/every_key.yaml", Provider::V5);
}

#[test]
fn hostile_texts_do_no_harm_in_account_profiles() {
    attack("tests/profiles/account_every_key.yaml", Provider::V5);
}

#[test]
fn a_hostile_text_in_a_parameter_is_refused_or_arrives_as_it_is() {
    attack("tests/profiles/every_key_parameters.yaml", Provider::V5);
}

#[test]
fn a_hostile_text_beside_object_lock_and_replication_is_refused_or_arrives_as_it_is() {
    attack("tests/profiles/every_key_regulated.yaml", Provider::V6);
}

#[test]
fn a_hostile_text_about_a_bucket_that_exists_is_refused_or_arrives_as_it_is() {
    attack("tests/profiles/every_key_adopted.yaml", Provider::V6);
}

#[test]
fn a_hostile_text_beside_public_access_is_refused_or_arrives_as_it_is() {
    attack("tests/profiles/every_key_public.yaml", Provider::V5);
}

#[test]
fn a_hostile_text_in_grants_and_denies_is_refused_or_arrives_as_it_is() {
    attack("tests/profiles/every_key_grants.yaml", Provider::V5);
}

#[test]
fn a_hostile_text_beside_what_watches_is_refused_or_arrives_as_it_is() {
    attack("tests/profiles/every_key_watched.yaml", Provider::V5);
}

#[test]
fn a_hostile_text_in_guarantees_is_refused_or_arrives_as_it_is() {
    attack("tests/profiles/every_key_guarantees.yaml", Provider::V5);
}

#[test]
fn a_hostile_text_beside_mfa_and_presigned_urls_is_refused_or_arrives_as_it_is() {
    attack("tests/profiles/every_key_mfa.yaml", Provider::V5);
}

#[test]
fn a_hostile_text_in_grants_by_iam_is_refused_or_arrives_as_it_is() {
    attack("tests/profiles/every_key_iam.yaml", Provider::V5);
}

#[test]
fn a_hostile_text_about_access_points_is_refused_or_arrives_as_it_is() {
    attack("tests/profiles/every_key_points.yaml", Provider::V5);
}

#[test]
fn no_key_of_the_language_is_left_out_here() {
    for path in every_key() {
        let name = path.file_name().unwrap().to_string_lossy().into_owned();
        assert!(include_str!("hostile.rs").contains(&format!("attack(\"tests/profiles/{name}\"")), "nobody attacks {name}");
    }
}

#[test]
fn a_hostile_text_beside_a_created_key_is_refused_or_arrives_as_it_is() {
    attack("tests/profiles/created_key.yaml", Provider::V5);
}

#[test]
fn a_hostile_text_beside_given_logs_is_refused_or_arrives_as_it_is() {
    attack("tests/profiles/given_logs.yaml", Provider::V5);
}

#[test]
fn a_hostile_text_beside_a_trail_is_refused_or_arrives_as_it_is() {
    attack("tests/profiles/every_key_trail.yaml", Provider::V5);
}

#[test]
fn a_hostile_text_beside_a_given_trail_is_refused_or_arrives_as_it_is() {
    attack("tests/profiles/given_trail.yaml", Provider::V5);
}

#[test]
fn a_hostile_text_in_alerts_is_refused_or_arrives_as_it_is() {
    attack("tests/profiles/every_key_alerts.yaml", Provider::V5);
}

#[test]
fn a_hostile_text_in_alerts_to_a_given_topic_is_refused_or_arrives_as_it_is() {
    attack("tests/profiles/given_topic.yaml", Provider::V5);
}

#[test]
fn a_dynamic_reference_is_refused_by_its_own_code() {
    for text in ["{{resolve:ssm:x:1}}", "a{{resolve:secretsmanager:x}}"] {
        let yaml = format!("version: 1\nname: a\nbucket: {{ name: acme, tags: {{ k: \"{text}\" }} }}\n");
        let found = pipeline::check(&source(yaml), &options(BOTH)).findings;
        assert!(matches!(found.as_slice(), [one] if one.code.name() == "dynamic-reference"), "{found:?}");
    }
}

/// Puts a text into every place of a profile that takes a value, and tells `each` the place and what becomes of the profile.
fn everywhere(text: &str, parameters: &Value, mut each: impl FnMut(&str, pipeline::Checked)) {
    for file in files_below(root().join("tests/profiles")) {
        let profile = source(std::fs::read(&file).unwrap()).parse().0.unwrap().to_value();
        if profile.get("extends").is_some() || profile.get("parameters").is_some() || profile.get("name").is_none() {
            continue;
        }
        let choices: Vec<TargetChoice> = accepted(&file)
            .targets
            .iter()
            .map(|target| match target {
                Target::CloudFormation(_) | Target::StackSet => TargetChoice::CloudFormation(Some(Notation::Json)),
                Target::Terraform(_) => TargetChoice::Terraform,
            })
            .collect();
        let mut places = Vec::new();
        slots(&profile, "", &mut places);
        for slot in places {
            let Slot::Value(at) = &slot else { continue };
            let (mut changed, _) = with(&profile, &slot, text);
            if !parameters.is_null() {
                changed["parameters"] = parameters.clone();
            }
            let mut yaml = String::new();
            written(&changed, &mut yaml);
            each(at, pipeline::check(&source(yaml), &options(&choices)));
        }
    }
}

/// A place with `*` for each item of a list.
fn starred(at: &str) -> String {
    at.split('/').map(|step| if step.parse::<usize>().is_ok() { "*" } else { step }).collect::<Vec<_>>().join("/")
}

/// A deploy-time parameter in every place of a profile that takes a value: it is refused with its place, or referred to in every
/// output; its name arrives nowhere as text. The places that take one are listed for review.
#[test]
fn a_deploy_time_parameter_is_referred_to_or_refused_and_never_a_text() {
    let mut taken = BTreeSet::new();
    let parameters = serde_json::json!({ "qz_who": { "type": "string", "at": "deploy" } });
    everywhere("${param.qz_who}", &parameters, |at, checked| {
        let Some(accepted) = checked.accepted else {
            let place = Pointer::from_pointer(at);
            let refused = |finding: &Finding| {
                finding.severity == Severity::Error
                    && (finding.code != Code::ParameterOutOfPlace || finding.place == Place::Value(place.clone()))
            };
            assert!(checked.findings.iter().any(refused), "{at}: {:#?}", checked.findings);
            return;
        };
        taken.insert(starred(at));
        for file in pipeline::build(&accepted).unwrap_or_else(|error| panic!("{at}: {error}")) {
            assert!(!file.text.contains("param.qz_who"), "{at}: {}", file.path);
            let refers = match file.path {
                "cloudformation/template.json" => file.text.contains("${QzWho}") || file.text.contains("\"Ref\": \"QzWho\""),
                "terraform/main.tf" => file.text.contains("var.qz_who"),
                _ => true,
            };
            assert!(refers, "{at}: {} does not refer to it\n{}", file.path, file.text);
        }
    });
    insta::assert_snapshot!("places_of_deploy_time_parameters", taken.into_iter().collect::<Vec<_>>().join("\n"));
}

/// The same for the account that is deployed to, which names of buckets can hold.
#[test]
fn the_account_of_the_deployment_is_part_of_a_bucket_s_name_or_refused_and_never_a_text() {
    let mut taken = BTreeSet::new();
    everywhere("qz-${aws.account}", &Value::Null, |at, checked| {
        let Some(accepted) = checked.accepted else {
            assert!(checked.findings.iter().any(|finding| finding.severity == Severity::Error), "{at}: refused without an error");
            return;
        };
        taken.insert(starred(at));
        for file in pipeline::build(&accepted).unwrap_or_else(|error| panic!("{at}: {error}")) {
            assert!(!file.text.contains("aws.account}"), "{at}: {}", file.path);
        }
    });
    insta::assert_snapshot!("places_of_the_account_of_the_deployment", taken.into_iter().collect::<Vec<_>>().join("\n"));
}

/// As much of a text as can be a key: one of YAML has at most 1,024 characters, one of AWS 128.
fn as_key(text: &str) -> String {
    text.chars().take(128).collect()
}

/// A plan with a resource of every family, and `text` in every place that takes one.
fn plan_with(text: &str) -> Plan {
    let mut plan = accepted(&root().join("tests/profiles/created_key.yaml")).plan;
    let fixed = |text: &str| -> &'static str { Box::leak(text.to_owned().into_boxed_str()) };
    let parameter = LogicalId::fixed("Who");
    plan.parameters.push(Parameter {
        name: parameter.clone(),
        said: "who".to_owned(),
        description: "who asks".parse().unwrap(),
        allowed: vec![text.to_owned()],
        pattern: Some(format!("p{text}p")),
        default: Some(text.to_owned()),
        example: "nobody".to_owned(),
    });
    let mixed = |before: &str| {
        Expr::text(before.to_owned())
            + Pseudo::Partition
            + text.to_owned()
            + Expr::parameter(parameter.clone())
            + text.to_owned()
            + Expr::reference(BUCKET, Attribute::Arn)
            + text.to_owned()
    };
    let point = accepted(&root().join("examples/partner-share.yaml")).plan.access_points().next().map(|(resource, _)| resource.clone());
    plan.resources.extend(point);
    let watched = accepted(&root().join("examples/watched.yaml")).plan.resources;
    let own: BTreeSet<_> = plan.resources.iter().map(|resource| resource.id.clone()).collect();
    plan.resources.extend(watched.into_iter().filter(|resource| !own.contains(&resource.id)));
    plan.outputs.push(Output { name: LogicalId::fixed("Echo"), description: fixed(text), value: mixed("") });
    let key = as_key(text);
    let origin = Origin { path: Pointer::root(), protection: "test", reason: text.to_owned().into() };
    let mut statement = Statement::new(Effect::Deny, fixed(text))
        .to([Principal::Aws(text.to_owned().into()), Principal::Service(mixed("x")), Principal::Aws("*".into())])
        .actions([text.to_owned(), "s3:*".to_owned()])
        .on([mixed("arn:"), Expr::text(text.to_owned())])
        .when(Condition::new(Base::StringLike, Key::PrincipalTag(format!("k{key}")), [mixed("a"), mixed("b")]))
        .when(Condition::one(Base::StringEquals, Key::Other(format!("x:{key}")), text.to_owned()))
        .because(origin.clone());
    let identity = Statement { principal: None, resource: Some(Element::Not(vec![mixed("")])), ..statement.clone() };
    let everyone = Statement { principal: Some(Element::Not(Principals::Everyone)), ..statement.clone() };
    statement.condition.push(Condition::one(Base::StringEquals.if_exists(), Key::Other("x:y".into()), mixed("")));
    let held = ManagedPolicy {
        name: text.to_owned(),
        description: text.to_owned(),
        document: Document::default(),
        users: vec![text.to_owned()],
        groups: vec![text.to_owned(), "Staff".to_owned()],
        roles: Vec::new(),
        permission_sets: Vec::new(),
    };
    plan.resources.push(Resource::new(LogicalId::fixed("Held"), Kind::ManagedPolicy(held), origin.clone()));
    let trail = Trail {
        name: text.to_owned(),
        bucket: mixed(""),
        multi_region: true,
        key: Some(mixed("")),
        logs: None,
        selectors: vec![Selector {
            name: text.to_owned(),
            fields: vec![Field { name: "resources.ARN", is: FieldMatch::StartsWith(vec![mixed("arn:")]) }],
        }],
        insights: Vec::new(),
        tags: Tags::new(),
    };
    plan.resources.push(Resource::new(LogicalId::fixed("OwnTrail"), Kind::Trail(trail), origin.clone()));
    let group = LogGroup { name: text.to_owned(), retain_days: None, key: Some(mixed("")), tags: Tags::new() };
    plan.resources.push(Resource::new(LogicalId::fixed("Group"), Kind::LogGroup(group), origin.clone()));
    let classifying = classifying(text, &mixed);
    plan.resources.extend(classifying.map(|(id, kind)| Resource::new(LogicalId::fixed(id), kind, origin.clone())));
    let alerting = alerting(text, &mixed);
    plan.resources.extend(alerting.map(|(id, kind)| Resource::new(LogicalId::fixed(id), kind, origin.clone())));
    let block = Kind::AccountBlock(PublicAccessBlock::default());
    plan.resources.push(Resource::new(LogicalId::fixed("WholeAccount"), block, origin.clone()));
    let families: BTreeSet<_> = plan.resources.iter().map(|resource| resource.kind.family()).collect();
    assert!(Kind::FAMILIES.iter().all(|family| families.contains(family)), "{families:?}");
    for resource in &mut plan.resources {
        resource.origin.reason = text.to_owned().into();
        let scanners = [Scanner::CdkNag, Scanner::CfnGuard, Scanner::CfnNag, Scanner::Checkov, Scanner::CheckovTerraform, Scanner::Trivy];
        resource.suppressions.extend(scanners.map(|scanner| Suppression {
            scanner,
            rule: "RULE",
            about: About::Whole,
            reason: text.to_owned().into(),
        }));
        match &mut resource.kind {
            Kind::Bucket(bucket) => {
                if let Some(logging) = &mut bucket.logging {
                    logging.prefix = text.to_owned();
                    logging.target = mixed("");
                }
                bucket.encryption.key = Some(mixed(""));
            }
            Kind::BucketPolicy { document, .. } => {
                document.statements.extend([statement.clone(), identity.clone(), everyone.clone()]);
                document.id = Some(text.to_owned());
            }
            Kind::Key(key) => {
                key.description = text.to_owned();
                key.policy = Document { statements: vec![statement.clone()], ..Document::default() };
            }
            Kind::Alias(alias) => alias.name = text.to_owned(),
            Kind::AccessPoint(point) => {
                point.name = text.to_owned();
                point.vpc = Some(text.to_owned().into());
                point.policy = Some(Document { statements: vec![statement.clone()], ..Document::default() });
            }
            Kind::ConfigRule(rule) => {
                (rule.name, rule.description) = (text.to_owned(), text.to_owned());
                rule.parameters = vec![("a", mixed("")), ("b", text.to_owned().into())];
            }
            Kind::Automation(automation) => {
                (automation.name, automation.description, automation.bucket) = (text.to_owned(), text.to_owned(), Some(text.to_owned()));
                automation.input.1 = Literal::List(vec![Literal::text(text.to_owned()), Literal::Text(Cow::Owned(mixed("")))]);
            }
            Kind::Remediation(remediation) => remediation.role = mixed(""),
            Kind::Recorder(recorder) => recorder.role = mixed(""),
            Kind::Analyzer(analyzer) => {
                analyzer.archive.iter_mut().for_each(|rule| {
                    rule.name = text.to_owned();
                    rule.filters.iter_mut().for_each(|filter| filter.values = vec![mixed(""), text.to_owned().into()]);
                });
            }
            Kind::TopicPolicy { document, .. } => document.statements.push(statement.clone()),
            Kind::Role(_) | Kind::DeliveryChannel(_) | Kind::Detector(_) | Kind::MalwareScan(_) | Kind::AccountBlock(_) => {}
            Kind::Trail(_)
            | Kind::LogGroup(_)
            | Kind::Topic(_)
            | Kind::Subscription(_)
            | Kind::EventRule(_)
            | Kind::LambdaPermission(_)
            | Kind::MetricFilter(_)
            | Kind::MacieSession(_)
            | Kind::CustomIdentifier(_)
            | Kind::AllowList(_)
            | Kind::ClassificationJob(_)
            | Kind::ResultsExport(_)
            | Kind::Alarm(_) => {}
            Kind::ManagedPolicy(policy) => policy.document.statements.push(identity.clone()),
        }
    }
    plan.steps.clear();
    plan.claims = Vec::<Claim>::new();
    plan
}

/// A resource of each family of Macie's. Names of allow lists stand in queries of the runbook: their type leaves letters and digits.
fn classifying(text: &str, mixed: &dyn Fn(&str) -> Expr) -> [(&'static str, Kind); 6] {
    let one = LogicalId::fixed("OwnIdentifier");
    let list = |text| Kind::AllowList(AllowList { name: "list".to_owned(), text, tags: Tags::new() });
    let term = ScopeTerm::Property { key: "OBJECT_KEY", comparator: "STARTS_WITH", values: vec![text.to_owned()] };
    let tag = ScopeTerm::Tag { key: text.to_owned(), value: text.to_owned() };
    let identifier = CustomIdentifier {
        name: text.to_owned(),
        regex: text.to_owned(),
        keywords: vec![text.to_owned()],
        ignore: vec![text.to_owned(), "other".to_owned()],
        distance: Some(7),
        tags: Tags::new(),
    };
    let job = ClassificationJob {
        name: text.to_owned(),
        schedule: JobSchedule::Weekly,
        sampling: 3,
        account: mixed(""),
        buckets: JobBuckets::AllBut(vec![(BUCKET, text.to_owned())]),
        include: vec![term.clone(), tag.clone()],
        exclude: vec![tag, term],
        identifiers: vec![(one.clone(), text.to_owned())],
        allow_lists: Vec::new(),
        tags: Tags::new(),
    };
    let export = ResultsExport { bucket: mixed(""), bucket_name: text.to_owned(), key: mixed("arn:"), key_name: text.to_owned() };
    [
        ("OwnSession", Kind::MacieSession(MacieSession { frequency: "ONE_HOUR" })),
        ("OwnIdentifier", Kind::CustomIdentifier(identifier)),
        ("OwnList", list(Allowed::Regex(text.to_owned()))),
        ("OwnWords", list(Allowed::Words { bucket: text.to_owned(), key: text.to_owned() })),
        ("OwnJob", Kind::ClassificationJob(job)),
        ("OwnExport", Kind::ResultsExport(export)),
    ]
}

/// A resource of each family that alerts are made of.
fn alerting(text: &str, mixed: &dyn Fn(&str) -> Expr) -> [(&'static str, Kind); 7] {
    let (topic, group, rule) = (LogicalId::fixed("Topic"), LogicalId::fixed("Group"), LogicalId::fixed("Rule"));
    let pattern = Literal::object([("source", Literal::List(vec![Literal::text(text.to_owned())]))]);
    let metric = || Metric { namespace: text.to_owned(), name: "AccessDenied" };
    let targets = vec![RuleTarget { id: "target".to_owned(), arn: mixed("arn:") }];
    [
        ("Topic", Kind::Topic(Topic { name: text.to_owned(), key: mixed(""), tags: Tags::new() })),
        ("TopicPolicy", Kind::TopicPolicy { topic: topic.clone(), document: Document::default() }),
        ("Subscription", Kind::Subscription(Subscription { topic, protocol: "email", endpoint: text.to_owned() })),
        ("Rule", Kind::EventRule(EventRule { name: text.to_owned(), description: text.to_owned(), pattern, targets })),
        (
            "Permission",
            Kind::LambdaPermission(LambdaPermission {
                function: text.to_owned().into(),
                service: "events.amazonaws.com",
                source: rule,
                account: mixed(""),
            }),
        ),
        ("Filter", Kind::MetricFilter(MetricFilter { name: text.to_owned(), group, pattern: text.to_owned(), metric: metric() })),
        (
            "Alarm",
            Kind::Alarm(Alarm {
                name: text.to_owned(),
                description: text.to_owned(),
                metric: metric(),
                period: 300,
                threshold: 1,
                actions: vec![mixed("arn:")],
                tags: Tags::new(),
            }),
        ),
    ]
}

/// A text that stands nowhere else and that no reader could take for anything.
const HARMLESS: &str = "qzxj";

#[test]
fn a_hostile_text_in_a_plan_is_refused_or_arrives_as_it_is() {
    let mut harmless = plan_with(HARMLESS);
    harmless.parameters[0].pattern = Some(HARMLESS.to_owned());
    let untouched = read_back(&harmless, Provider::V5).unwrap();
    let mut arrived = 0;
    for text in texts() {
        let shown: String = text.chars().take(60).collect();
        let mut plan = plan_with(&text);
        plan.parameters[0].pattern = Some(text.clone());
        match read_back(&plan, Provider::V5) {
            Ok(mut found) => {
                let mut expected = untouched.with(HARMLESS, &text);
                // The runbook has bucket names only: profiles were tried above.
                expected.runbook.clear();
                found.runbook.clear();
                assert_same(&format!("{shown:?}"), &found, &expected);
                arrived += 1;
            }
            Err(error) => assert!(text.contains("{{resolve:"), "{shown:?}: {error}"),
        }
    }
    assert_eq!(arrived, texts().iter().filter(|text| !text.contains("{{resolve:")).count());
}

#[test]
fn a_dynamic_reference_that_arises_by_joining_is_refused() {
    let joined = [Expr::text("{{res") + "olve:ssm:x:1}}", Expr::text("{{") + "resolve" + ":ssm:" + Pseudo::Region + "}}"];
    for value in joined {
        let mut plan = plan_with(HARMLESS);
        plan.outputs[0].value = value;
        for notation in [Notation::Yaml, Notation::Json, Notation::Minified] {
            assert!(render::render(&plan, Target::CloudFormation(notation)).is_err());
        }
    }
}

#[test]
fn a_key_that_is_a_function_of_cloudformation_is_refused() {
    for name in ["Ref", "Fn::Sub", "Fn::Transform", "Fn::GetAtt", "Fn::If"] {
        let mut plan = plan_with(HARMLESS);
        for resource in &mut plan.resources {
            if let Kind::BucketPolicy { document, .. } = &mut resource.kind {
                let condition = Condition::one(Base::StringEquals, Key::Other(name.to_owned()), "Bucket");
                document.statements = vec![Statement::new(Effect::Deny, "Deny").actions(["s3:*"]).on(["*".into()]).when(condition)];
            }
        }
        assert!(render::render(&plan, Target::CloudFormation(Notation::Yaml)).is_err(), "{name} became a function");
    }
}

#[test]
fn two_conditions_on_the_same_key_are_never_one_of_them() {
    let plan_of = |operator: Operator| {
        let mut plan = plan_with(HARMLESS);
        let one = |value: &'static str| Condition::one(operator, Key::SourceVpc, value);
        let statement = Statement::new(Effect::Deny, "Deny").actions(["s3:*"]).on(["*".into()]).when(one("vpc-a")).when(one("vpc-b"));
        for resource in &mut plan.resources {
            if let Kind::BucketPolicy { document, .. } = &mut resource.kind {
                document.statements = vec![statement.clone()];
            }
        }
        plan
    };
    let targets = [Target::CloudFormation(Notation::Yaml), Target::Terraform(Provider::V5)];
    let any = |base| Operator { quantifier: Some(Quantifier::ForAnyValue), ..Operator::from(base) };
    for operator in [Base::StringEquals.into(), Base::StringLike.if_exists(), any(Base::StringNotEquals)] {
        let plan = plan_of(operator);
        assert!(targets.iter().all(|target| render::render(&plan, *target).is_err()), "a condition with {operator} was lost");
    }
    // Neither of two is none of both, so that a list says the same.
    for operator in [Base::StringNotEquals.into(), Base::StringNotLike.if_exists()] {
        let plan = plan_of(operator);
        let found = read_back(&plan, Provider::V5).unwrap();
        let both = serde_json::json!({ operator.to_string(): { "aws:SourceVpc": ["vpc-a", "vpc-b"] } });
        let policies = found.templates.iter().chain(found.module.iter().map(|block| &block.body)).flat_map(readback::policies);
        let denies: Vec<Value> = policies.filter(|policy| policy["Statement"][0]["Sid"] == "Deny").collect();
        assert!(denies.len() >= 4 && denies.iter().all(|policy| policy["Statement"][0]["Condition"] == both), "{denies:#?}");
    }
}

#[test]
fn the_runbook_is_read_by_a_shell_here() {
    // The comparison above would be worth nothing if no runbook had a command.
    let plan = accepted(&root().join("tests/profiles/given_logs.yaml")).plan;
    let words = read_back(&plan, Provider::V5).unwrap().runbook;
    assert!(words.iter().any(|words| words.contains("<s3://acme-central/inbox/><--recursive>")), "{words:?}");
}
