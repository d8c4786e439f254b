//! The floor: the least that a program must do to leave behind what s3harden leaves behind for the same profile.
//!
//! In: `floor one IN OUTDIR` or `floor many DIR OUTDIR`, each with `--terraform` for that target alone. A profile is
//! read, parsed, checked against the schema with its formats, put into a template for each file, and its directory is
//! made beside its place and moved there. Nothing else is done: no positions, no findings, no plan, no decision, no
//! layout, no second look at the output. What is built once is built once.

use std::error::Error;
use std::fs;
use std::path::Path;

use serde_json::Value;

/// The files of a profile, in the order in which their directories are made.
const FILES: &[(&str, &str)] = &[
    ("terraform/main.tf", include_str!("../templates/main.tf")),
    ("terraform/outputs.tf", include_str!("../templates/outputs.tf")),
    ("terraform/versions.tf", include_str!("../templates/versions.tf")),
    ("RUNBOOK.md", include_str!("../templates/RUNBOOK.md")),
    ("cloudformation/template.yaml", include_str!("../templates/template.yaml")),
];

/// The formats of the schema that are more than a text of bounded length, each as a length and a set of characters.
const FORMATS: &[(&str, fn(&str) -> bool)] = &[
    ("aws-account-id", |text| text.len() == 12 && text.bytes().all(|b| b.is_ascii_digit())),
    ("aws-region", |text| is_name(text, 25)),
    ("bucket-name", |text| text.len() >= 3 && is_name(text, 63)),
    ("calendar-date", |text| text.len() == 10 && text.bytes().all(|b| b.is_ascii_digit() || b == b'-')),
    ("profile-name", |text| is_name(text, 64)),
];

/// The other formats.
const TEXTS: &[&str] = &[
    "access-point-name", "caller", "canonical-user-id", "cidr", "cors-origin", "duration", "grant-name",
    "grant-prefix", "grant-via", "group", "header-name", "iam-name", "instant", "ip-address", "key-choice",
    "key-prefix", "kms-key", "log-prefix", "log-target", "object-key", "organization-id", "permission-set-name",
    "principal-arn", "s3-action", "s3-action-pattern", "sentence", "service-principal", "sid", "sid-pattern",
    "source-arn", "tag-key", "tag-match", "tag-value", "vpc", "vpc-endpoint", "vpc-id",
];

fn is_name(text: &str, longest: usize) -> bool {
    text.len() <= longest && text.bytes().all(|b| matches!(b, b'a'..=b'z' | b'0'..=b'9' | b'-' | b'.'))
}

fn is_text(text: &str) -> bool {
    text.len() <= 1024 && !text.bytes().any(|b| b.is_ascii_control())
}

struct Floor {
    validator: jsonschema::Validator,
    tera: tera::Tera,
    files: &'static [(&'static str, &'static str)],
}

impl Floor {
    fn new(terraform: bool) -> Result<Self, Box<dyn Error>> {
        let schema: Value = serde_json::from_str(include_str!("../schema.json"))?;
        let mut options = jsonschema::draft202012::options().offline().should_validate_formats(true).should_ignore_unknown_formats(false);
        for (name, is) in FORMATS {
            options = options.with_format(*name, *is);
        }
        for name in TEXTS {
            options = options.with_format(*name, is_text);
        }
        let validator = options.build(&schema)?;
        let files = if terraform { FILES.split_last().map_or(FILES, |(_, rest)| rest) } else { FILES };
        let mut tera = tera::Tera::new();
        tera.set_escape_fn(escape);
        tera.autoescape_on([""]);
        tera.add_raw_templates(files.iter().copied())?;
        Ok(Self { validator, tera, files })
    }

    fn render(&self, from: &Path, to: &Path) -> Result<(), Box<dyn Error>> {
        let profile: Value = serde_yaml::from_str(&fs::read_to_string(from)?)?;
        if let Err(error) = self.validator.validate(&profile) {
            return Err(format!("{}: {error}", from.display()).into());
        }
        let name = profile["name"].as_str().unwrap_or_default();
        let staging = to.join(format!(".{name}.partial"));
        let context = tera::Context::from_serialize(&profile)?;
        fs::create_dir(&staging)?;
        let mut made = "";
        for (path, _) in self.files {
            let text = self.tera.render(path, &context)?;
            if text.is_empty() {
                continue;
            }
            if let Some((parent, _)) = path.split_once('/').filter(|(parent, _)| *parent != made) {
                fs::create_dir(staging.join(parent))?;
                made = parent;
            }
            fs::write(staging.join(path), text)?;
        }
        fs::rename(&staging, to.join(name))?;
        Ok(())
    }
}

fn escape(text: &str, out: &mut dyn std::io::Write) -> std::io::Result<()> {
    serde_json::to_writer(out, text).map_err(std::io::Error::from)
}

fn main() -> Result<(), Box<dyn Error>> {
    let mut arguments: Vec<String> = std::env::args().skip(1).collect();
    let terraform = arguments.iter().position(|argument| argument == "--terraform").map(|at| arguments.remove(at)).is_some();
    let floor = Floor::new(terraform)?;
    match arguments.iter().map(String::as_str).collect::<Vec<_>>().as_slice() {
        ["one", from, to] => {
            fs::create_dir_all(to)?;
            floor.render(Path::new(from), Path::new(to))
        }
        ["many", from, to] => {
            let mut files: Vec<_> = fs::read_dir(from)?.collect::<Result<Vec<_>, _>>()?.into_iter().map(|entry| entry.path()).collect();
            files.sort();
            fs::create_dir_all(to)?;
            files.iter().try_for_each(|file| floor.render(file, Path::new(to)))
        }
        _ => Err("floor one|many IN OUTDIR [--terraform]".into()),
    }
}
