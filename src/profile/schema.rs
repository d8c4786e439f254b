//! The shape of a profile: the JSON Schema, and its errors in the words of the profile language.
//!
//! In: the values of a profile. Out: findings, all of them. The schema is generated from the types of this
//! crate (a test keeps the file in step); its formats are the parsers of `names`, so that what passes here
//! can be read.

use std::sync::OnceLock;

use jsonschema::error::{TypeKind, ValidationErrorKind as Kind};
use jsonschema::{ValidationError, Validator};
use serde_json::Value;

use crate::claim;
use crate::diag::{Code, Finding, Path, Place, Step, did_you_mean};
use crate::expr::{OF_DEPLOYMENT, REFERENCE};
use crate::names::{self, Invalid};
use crate::protect::principal::{OrganizationId, PermissionSetName, PrincipalArn, RoleName, ServiceName};
use crate::protect::{self, access_logs::LogTarget, encryption::KeyChoice};
use crate::source::Tree;

/// The schema as it is published, draft 2020-12.
pub const TEXT: &str = include_str!("../../schemas/profile.schema.json");

/// The schema of account profiles.
pub const ACCOUNT: &str = include_str!("../../schemas/account.schema.json");

type Parser = fn(&str) -> Result<(), Invalid>;

fn parses<T: std::str::FromStr<Err = Invalid>>(text: &str) -> Result<(), Invalid> {
    text.parse::<T>().map(|_| ())
}

/// The formats of the schema and the parsers behind them.
const FORMATS: &[(&str, Parser)] = &[
    ("aws-account-id", parses::<names::AccountId>),
    ("caller", parses::<claim::CallerName>),
    ("group", parses::<claim::GroupName>),
    ("access-point-name", parses::<names::AccessPointName>),
    ("s3-action", parses::<claim::ActionName>),
    ("object-key", parses::<claim::ObjectKey>),
    ("duration", parses::<claim::Duration>),
    ("ip-address", parses::<claim::IpAddress>),
    ("vpc-id", parses::<claim::VpcId>),
    ("instant", parses::<claim::Instant>),
    ("sid", parses::<claim::Sid>),
    ("canonical-user-id", parses::<protect::acl::CanonicalUserId>),
    ("config-rule-name", parses::<protect::monitoring::rules::RuleName>),
    ("file-extension", parses::<protect::monitoring::macie::FileExtension>),
    ("identifier-name", parses::<protect::monitoring::macie::IdentifierName>),
    ("macie-export-key", parses::<protect::monitoring::macie::ExportKey>),
    ("macie-export-target", parses::<protect::monitoring::macie::ExportTarget>),
    ("macie-ignored-word", parses::<protect::monitoring::macie::IgnoredWord>),
    ("macie-keyword", parses::<protect::monitoring::macie::Keyword>),
    ("macie-regex", parses::<protect::monitoring::macie::SearchPattern>),
    ("words-key", parses::<protect::monitoring::macie::WordsKey>),
    ("cors-origin", parses::<protect::cors::CorsOrigin>),
    ("cidr", parses::<protect::networks::CidrBlock>),
    ("vpc", parses::<protect::networks::VpcId>),
    ("vpc-endpoint", parses::<protect::networks::VpcEndpointId>),
    ("organization-id", parses::<OrganizationId>),
    ("service-principal", parses::<ServiceName>),
    ("s3-action-pattern", parses::<protect::verbs::ActionPattern>),
    ("grant-name", parses::<protect::grants::GrantName>),
    ("grant-prefix", parses::<protect::grants::GrantPrefix>),
    ("grant-via", parses::<protect::grants::Via>),
    ("tag-match", parses::<protect::when::TagMatch>),
    ("source-arn", parses::<protect::when::SourceArn>),
    ("header-name", parses::<protect::cors::HeaderName>),
    ("iam-name", parses::<RoleName>),
    ("key-prefix", parses::<protect::replication::KeyPrefix>),
    ("permission-set-name", parses::<PermissionSetName>),
    ("principal-arn", parses::<PrincipalArn>),
    ("alert-email", parses::<protect::alerts::EmailAddress>),
    ("lambda-function", parses::<protect::alerts::FunctionArn>),
    ("topic-choice", parses::<protect::alerts::TopicChoice>),
    ("aws-region", parses::<names::Region>),
    ("bucket-name", parses::<names::BucketName>),
    ("calendar-date", parses::<names::Date>),
    ("key-choice", parses::<KeyChoice>),
    ("kms-key", parses::<names::KmsKeyId>),
    ("log-prefix", parses::<names::LogPrefix>),
    ("log-target", parses::<LogTarget>),
    ("base-path", parses::<super::BasePath>),
    ("lock-pointer", parses::<super::LockPointer>),
    ("parameter-name", parses::<super::ParameterName>),
    ("value-pattern", parses::<super::parameter::Pattern>),
    ("profile-name", parses::<names::ProfileName>),
    ("sid-pattern", parses::<protect::adoption::SidPattern>),
    ("made-name", parses::<protect::adoption::MadeName>),
    ("adopted-id", parses::<protect::adoption::AdoptedId>),
    ("sentence", parses::<names::Sentence>),
    ("tag-key", parses::<names::TagKey>),
    ("tag-value", parses::<names::TagValue>),
    ("trail-choice", parses::<protect::cloudtrail::TrailChoice>),
    ("trail-key", parses::<protect::cloudtrail::TrailKey>),
    ("trail-target", parses::<protect::cloudtrail::TrailTarget>),
];

struct Compiled {
    schema: Value,
    validator: Validator,
}

/// The schema for a profile, compiled once; an error only if the embedded text is broken, which a test rules out.
fn compiled(profile: &Value) -> Result<&'static Compiled, String> {
    static BUCKET: OnceLock<Result<Compiled, String>> = OnceLock::new();
    static OF_ACCOUNT: OnceLock<Result<Compiled, String>> = OnceLock::new();
    let (once, text) = if is_of_account(profile) { (&OF_ACCOUNT, ACCOUNT) } else { (&BUCKET, TEXT) };
    let compile = || {
        let schema: Value = serde_json::from_str(text).map_err(|error| error.to_string())?;
        let mut options = jsonschema::draft202012::options().offline().should_validate_formats(true).should_ignore_unknown_formats(false);
        for (name, parser) in FORMATS {
            // Parameters that the deployment gives were checked for their place before.
            options = options.with_format(*name, move |text: &str| text.contains(REFERENCE) || parser(text).is_ok());
        }
        let validator = options.build(&schema).map_err(|error| error.to_string())?;
        Ok(Compiled { schema, validator })
    };
    once.get_or_init(compile).as_ref().map_err(Clone::clone)
}

/// Everything that is wrong with the shape of `profile`.
pub(super) fn check(profile: &Value, tree: &Tree) -> Vec<Finding> {
    let mut found = match compiled(profile) {
        Ok(compiled) => {
            let nameless = nameless(profile);
            let errors = compiled.validator.iter_errors(profile).filter(|error| nameless.is_none() || !is_name(error));
            let found: Vec<Finding> = errors.flat_map(|error| findings(&error, compiled, tree)).collect();
            nameless.into_iter().chain(found).collect()
        }
        Err(error) => vec![Finding::new(Code::BadValue, Place::File, format!("the embedded schema is broken: {error}"))],
    };
    // Twelve digits that begin with a zero were read as text; other readers take them for a number.
    let unquoted = tree.nodes().filter(|node| node.is_unquoted_account_id() && node.raw().starts_with('0'));
    found.extend(unquoted.map(|node| {
        Finding::new(Code::WrongType, node.path(), format!("the account id `{}` is not quoted", node.raw()))
            .label("a number to other readers, without its first zero")
            .help(format!("quote it: `\"{}\"`", node.raw()))
    }));
    found
}

/// What is said of a profile that has neither a name nor anything that it is about: most likely it is a base.
fn nameless(profile: &Value) -> Option<Finding> {
    let of_account = is_of_account(profile);
    let about = profile.pointer(if of_account { "/account" } else { "/bucket/name" });
    if profile.get("name").is_some() || about.is_some() {
        return None;
    }
    let (message, keys) = match of_account {
        true => ("the profile has no `name`, and says no account", "`name`, `account` and `region`"),
        false => ("the profile has no `name`, and names no bucket", "`name` and `bucket: {name: …}`"),
    };
    let help = format!("add {keys}; a base leaves them out, and is checked with a profile that `extends` it");
    Some(Finding::new(Code::MissingKey, Place::Key(Path::root()), message).help(help))
}

/// Whether an error is about what a base leaves to the profiles that extend it.
fn is_name(error: &ValidationError<'_>) -> bool {
    let Kind::Required { property } = error.kind() else { return false };
    let keys: &[&str] = match error.instance_path().as_str() {
        "" => &["name", "bucket", "account", "region"],
        "/bucket" => &["name"],
        _ => &[],
    };
    property.as_str().is_some_and(|key| keys.contains(&key))
}

fn is_of_account(profile: &Value) -> bool {
    profile.get("kind").is_some_and(|kind| kind == "account")
}

fn findings(error: &ValidationError<'_>, compiled: &Compiled, tree: &Tree) -> Vec<Finding> {
    let path = Path::from_pointer(error.instance_path().as_str());
    let schema_at = |up: usize| {
        let pointer = error.schema_path().as_str();
        let cut = pointer.rmatch_indices('/').nth(up).map_or(pointer, |(at, _)| pointer.split_at(at).0);
        compiled.schema.pointer(cut)
    };
    match error.kind() {
        Kind::AdditionalProperties { unexpected } => {
            let known = schema_at(0).and_then(|schema| schema.get("properties")).and_then(Value::as_object);
            let known: Vec<&str> = known.map(|properties| properties.keys().map(String::as_str).collect()).unwrap_or_default();
            unexpected.iter().map(|key| unknown_key(&path, key, &known, &compiled.schema)).collect()
        }
        Kind::Required { property } => {
            let key = property.as_str().unwrap_or_default();
            let whose = if path.steps().is_empty() { "the profile".to_owned() } else { format!("`{}`", last(&path)) };
            let finding = Finding::new(Code::MissingKey, Place::Key(path.clone()), format!("{whose} has no `{key}`"));
            let about = schema_at(0).and_then(|schema| schema.pointer(&format!("/properties/{key}/description"))).and_then(Value::as_str);
            vec![finding.help(format!("add `{key}`{}", about.map(|text| format!(": {}", first_sentence(text))).unwrap_or_default()))]
        }
        Kind::Type { kind } => vec![wrong_type(error.instance(), kind, &path, tree, schema_at(0))],
        Kind::Enum { options } => vec![not_one_of(error.instance(), options.as_array().map(Vec::as_slice).unwrap_or_default(), path)],
        Kind::Constant { expected_value } => vec![not_one_of(error.instance(), std::slice::from_ref(expected_value), path)],
        Kind::Format { format } => vec![badly_formed(error.instance(), format, Place::Value(path))],
        Kind::PropertyNames { error } => match error.kind() {
            Kind::Format { format } => {
                let key = error.instance().as_str().unwrap_or_default().to_owned();
                vec![badly_formed(error.instance(), format, Place::Key(path.then(key)))]
            }
            _ => vec![generic(error, path)],
        },
        Kind::AnyOf { context } | Kind::OneOfNotValid { context } => alternatives(error, context, compiled, tree, path, schema_at(0)),
        Kind::Minimum { limit } => vec![out_of_bounds(error.instance(), "at least", limit, path)],
        Kind::Maximum { limit } => vec![out_of_bounds(error.instance(), "at most", limit, path)],
        Kind::MaxProperties { limit } | Kind::MaxItems { limit } => {
            vec![Finding::new(Code::BadValue, path, "there are too many entries").help(format!("use at most {limit}"))]
        }
        Kind::MinItems { .. } => {
            let message = format!("`{}` has no entries", last(&path));
            vec![Finding::new(Code::BadValue, path, message).help("list at least one, or remove the key")]
        }
        Kind::UniqueItems => {
            let message = format!("an entry of `{}` stands twice", last(&path));
            vec![Finding::new(Code::BadValue, path, message).help("remove one of the two")]
        }
        _ => vec![generic(error, path)],
    }
}

fn unknown_key(parent: &Path, key: &str, known: &[&str], schema: &Value) -> Finding {
    let path = parent.then(key.to_owned());
    let finding = Finding::new(Code::UnknownKey, Place::Key(path), format!("`{key}` is not a key of {}", whose(parent)));
    let near = || did_you_mean(key, known.iter().copied()).map(|near| format!("did you mean `{near}`?"));
    let elsewhere = || belongs(parent, key, schema);
    // A section's own key at the top is meant as it stands, whatever it resembles.
    let remedy = if parent.steps().is_empty() { elsewhere().or_else(near) } else { near().or_else(elsewhere) };
    finding.label("unknown key").help(remedy.unwrap_or_else(|| format!("known keys: {}", known.join(", "))))
}

/// Where a key stands that was written elsewhere: in a section, or as one.
fn belongs(parent: &Path, key: &str, schema: &Value) -> Option<String> {
    let sections = schema.get("properties")?.as_object()?;
    if parent.steps().is_empty() {
        let has = |section: &Value| section.get("properties").is_some_and(|keys| keys.get(key).is_some());
        let of: Vec<String> = sections.iter().filter(|(_, section)| has(section)).map(|(name, _)| name.clone()).collect();
        return (!of.is_empty()).then(|| format!("it is a key of {}", list(&of)));
    }
    let is_section = sections.get(key).is_some_and(|section| section.get("properties").or(section.get("items")).is_some());
    let in_a_list = parent.steps().iter().any(|step| matches!(step, Step::Index(_)));
    (is_section && !in_a_list).then(|| format!("`{key}` stands at the top of the profile, not in {}", whose(parent)))
}

fn wrong_type(found: &Value, expected: &TypeKind, path: &Path, tree: &Tree, schema: Option<&Value>) -> Finding {
    let expected = match expected {
        TypeKind::Single(one) => type_name(&one.to_string()).to_owned(),
        TypeKind::Multiple(set) => set.iter().map(|one| type_name(&one.to_string()).to_owned()).collect::<Vec<_>>().join(" or "),
    };
    let found_name = match found {
        Value::Null => "nothing",
        Value::Bool(_) => "a boolean",
        Value::Number(_) => "a number",
        Value::String(_) => "text",
        Value::Array(_) => "a list",
        Value::Object(_) => "a mapping",
    };
    let finding = Finding::new(Code::WrongType, path.clone(), format!("`{}` takes {expected}, not {found_name}", last(path)))
        .label(format!("this is {found_name}"));
    match found {
        Value::Number(_) | Value::Bool(_) if expected == "text" => {
            let raw = tree.find(path).map_or_else(|| found.to_string(), |node| node.raw().to_owned());
            finding.help(as_text(&raw, schema))
        }
        Value::String(text) if expected.contains("true") => match text.to_lowercase().as_str() {
            word @ ("true" | "false") => finding.help(format!("write {word} without quotes")),
            "yes" | "on" => finding.help("write `true`"),
            "no" | "off" => finding.help("write `false`"),
            _ => finding.help("write `true` or `false`"),
        },
        Value::Null => finding.help("give it a value, or remove the key"),
        _ if expected == "a list" => finding.help(as_list(found, schema)),
        _ if expected == "a mapping" => finding.help(as_mapping(schema)),
        Value::Object(_) | Value::Array(_) => finding.help(format!("write {expected} here")),
        _ => finding,
    }
}

/// What to write for a number where text is expected: quotes, or what it has to look like where quotes alone do not help.
fn as_text(raw: &str, schema: Option<&Value>) -> String {
    let format = schema.and_then(|schema| schema.get("format")).and_then(Value::as_str);
    let parser = FORMATS.iter().find(|(name, _)| Some(*name) == format).map(|(_, parser)| parser);
    match parser.map(|parse| parse(raw)) {
        Some(Err(invalid)) => invalid.help,
        _ => format!("quote it: `\"{raw}\"`"),
    }
}

/// What to write for something that is not in a list.
fn as_list(found: &Value, schema: Option<&Value>) -> String {
    let of_mappings = schema.and_then(|schema| schema.pointer("/items/type")).is_some_and(|of| of == "object");
    match found {
        Value::String(text) if !of_mappings => format!("write it as a list: `[{text}]`"),
        _ => "write a list: each entry begins with `- `".to_owned(),
    }
}

/// What to write for something that is no mapping: the key that has to be there, or the first that can be.
fn as_mapping(schema: Option<&Value>) -> String {
    let first = |schema: &Value| schema.get("properties")?.as_object()?.keys().next().cloned();
    let required = |schema: &Value| schema.pointer("/required/0").and_then(Value::as_str).map(str::to_owned);
    match schema.and_then(|schema| required(schema).or_else(|| first(schema))) {
        Some(key) => format!("write a mapping, such as `{{{key}: …}}`"),
        None => "write a mapping: `key: value`".to_owned(),
    }
}

fn not_one_of(found: &Value, options: &[Value], path: Path) -> Finding {
    let words: Vec<String> = options.iter().map(|o| o.as_str().map_or_else(|| o.to_string(), str::to_owned)).collect();
    let shown = found.as_str().map_or_else(|| found.to_string(), str::to_owned);
    let key = last(&path);
    let quoted = words.iter().find(|word| !found.is_string() && **word == shown);
    if let Some(word) = quoted.filter(|_| options.iter().all(Value::is_string)) {
        return Finding::new(Code::WrongType, path, format!("`{key}` takes text, not a number"))
            .label("this is a number")
            .help(format!("quote it: `\"{word}\"`"));
    }
    if found.is_string() && words.contains(&shown) && options.iter().all(Value::is_number) {
        return Finding::new(Code::WrongType, path, format!("`{key}` takes a number, not text"))
            .label("this is text")
            .help(format!("write {shown} without quotes"));
    }
    // Numbers that are near each other mean nothing.
    let near = found.as_str().and_then(|text| did_you_mean(text, words.iter().map(String::as_str)));
    let remedy = near.map_or_else(|| format!("use {}", list(&words)), |near| format!("did you mean `{near}`?"));
    Finding::new(Code::BadValue, path, format!("`{shown}` is not a value of `{key}`")).help(remedy)
}

fn badly_formed(found: &Value, format: &str, place: Place) -> Finding {
    let text = found.as_str().unwrap_or_default();
    let code = if text.contains(names::DYNAMIC_REFERENCE) {
        Code::DynamicReference
    } else if OF_DEPLOYMENT.iter().fold(text.to_owned(), |text, (word, _)| text.replace(word, "")).contains("${") || text.contains("%{") {
        Code::InterpolatedText
    } else {
        Code::BadName
    };
    let parser = FORMATS.iter().find(|(name, _)| *name == format).map(|(_, parser)| parser);
    match parser.map(|parse| parse(text)) {
        Some(Err(invalid)) => Finding::new(code, place, invalid.message).help(invalid.help),
        _ => Finding::new(code, place, format!("`{text}` is not a {format}")),
    }
}

/// A value that fits no alternative: the errors of the alternative that has its type, or what is expected in words.
fn alternatives(
    error: &ValidationError<'_>,
    context: &[Vec<ValidationError<'static>>],
    compiled: &Compiled,
    tree: &Tree,
    path: Path,
    schema: Option<&Value>,
) -> Vec<Finding> {
    let is_type_error = |e: &ValidationError<'_>| {
        e.instance_path() == error.instance_path() && matches!(e.kind(), Kind::Type { .. } | Kind::Constant { .. } | Kind::Enum { .. })
    };
    let fitting: Vec<_> = context.iter().filter(|branch| !branch.iter().any(is_type_error)).collect();
    if let [branch] = fitting.as_slice() {
        return branch.iter().flat_map(|error| findings(error, compiled, tree)).collect();
    }
    // Mappings that each have one key of their own, such as `{role: …}`: the key says which one is meant.
    if let (Some(Value::Object(written)), Some(branches)) = (Some(error.instance().as_ref()), one_key_each(schema)) {
        let keys: Vec<&str> = branches.iter().map(|(key, _)| *key).collect();
        if let Some((_, branch)) = branches.iter().find(|(key, _)| written.contains_key(*key)) {
            return context.get(*branch).into_iter().flatten().flat_map(|error| findings(error, compiled, tree)).collect();
        }
        let unknown = written.keys().map(|key| unknown_key(&path, key, &keys, &compiled.schema));
        let unknown: Vec<Finding> = unknown.collect();
        if !unknown.is_empty() {
            return unknown;
        }
    }
    let expects = schema.and_then(|schema| schema.get("x-expects")).and_then(Value::as_str).map(|expects| format!("use {expects}"));
    let shown = match error.instance().as_ref() {
        Value::Object(_) => "a mapping".to_owned(),
        Value::Array(_) => "a list".to_owned(),
        Value::String(text) => format!("`{text}`"),
        other => format!("`{other}`"),
    };
    let remedy = expects.unwrap_or_else(|| one_of(error.instance(), schema));
    vec![Finding::new(Code::BadValue, path.clone(), format!("{shown} is not a value of `{}`", last(&path))).help(remedy)]
}

/// What could stand there, from the alternatives themselves: the word that is near, or all of them.
fn one_of(found: &Value, schema: Option<&Value>) -> String {
    let branches = schema.and_then(|schema| schema.get("oneOf").or(schema.get("anyOf"))).and_then(Value::as_array);
    let mut choices = Vec::new();
    for branch in branches.into_iter().flatten() {
        choices.extend(branch.get("const").and_then(Value::as_str).map(str::to_owned));
        let keys = branch.get("required").and_then(Value::as_array);
        choices.extend(keys.into_iter().flatten().filter_map(Value::as_str).map(|key| format!("{{{key}: …}}")));
    }
    let near = found.as_str().and_then(|text| did_you_mean(text, choices.iter().map(String::as_str)));
    near.map_or_else(|| format!("use {}", list(&choices)), |near| format!("did you mean `{near}`?"))
}

/// The branches that take a mapping with a single, required key: the key and the number of the branch.
fn one_key_each(schema: Option<&Value>) -> Option<Vec<(&str, usize)>> {
    let branches = schema?.get("oneOf").or(schema?.get("anyOf"))?.as_array()?;
    let mut keys = Vec::new();
    for (number, branch) in branches.iter().enumerate() {
        if let Some([key]) = branch.get("required").and_then(Value::as_array).map(Vec::as_slice) {
            keys.extend(key.as_str().map(|key| (key, number)));
        }
    }
    (keys.len() > 1).then_some(keys)
}

fn out_of_bounds(found: &Value, word: &str, limit: &Value, path: Path) -> Finding {
    let key = last(&path);
    Finding::new(Code::BadValue, path, format!("`{found}` is not a value of `{key}`")).help(format!("use a number that is {word} {limit}"))
}

fn generic(error: &ValidationError<'_>, path: Path) -> Finding {
    Finding::new(Code::BadValue, path, error.masked().to_string())
}

/// The last key of a path, for messages.
fn last(path: &Path) -> String {
    let key = path.steps().iter().rev().find_map(|step| match step {
        Step::Key(key) => Some(key.to_string()),
        Step::Index(_) => None,
    });
    key.unwrap_or_else(|| "the profile".to_owned())
}

fn whose(path: &Path) -> String {
    if path.steps().is_empty() { "a profile".to_owned() } else { format!("`{}`", last(path)) }
}

/// A type of JSON for people.
pub(super) fn type_name(schema_type: &str) -> &str {
    match schema_type {
        "string" => "text",
        "integer" => "a whole number",
        "number" => "a number",
        "boolean" => "`true` or `false`",
        "object" => "a mapping",
        "array" => "a list",
        other => other,
    }
}

fn list(words: &[String]) -> String {
    words.iter().map(|word| format!("`{word}`")).collect::<Vec<_>>().join(", ")
}

fn first_sentence(text: &str) -> String {
    let end = text.find(". ").unwrap_or(text.len());
    let sentence = text.split_at(end).0.trim_end_matches('.').replace('\n', " ");
    let mut letters = sentence.chars();
    letters.next().map(|first| first.to_lowercase().chain(letters).collect()).unwrap_or_default()
}

#[cfg(test)]
mod tests;
