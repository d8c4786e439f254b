//! The floor: read a profile, parse it, check it against the schema, fill one template, write one file.
//!
//! In: `floor one IN OUT` or `floor many DIR OUTDIR`. Nothing else is done, and nothing is done well: no positions, no
//! findings, no plan, no second look at the output. What is built once is built once.

use std::error::Error;
use std::fs;
use std::path::Path;

use serde_json::Value;

struct Floor {
    validator: jsonschema::Validator,
    tera: tera::Tera,
}

impl Floor {
    fn new() -> Result<Self, Box<dyn Error>> {
        let schema: Value = serde_json::from_str(include_str!("../schema.json"))?;
        let validator = jsonschema::draft202012::options().offline().should_validate_formats(false).build(&schema)?;
        let mut tera = tera::Tera::new();
        tera.set_escape_fn(escape);
        tera.autoescape_on([""]);
        tera.add_raw_template("bucket.tf", include_str!("../bucket.tf"))?;
        Ok(Self { validator, tera })
    }

    fn render(&self, from: &Path, to: &Path) -> Result<(), Box<dyn Error>> {
        let profile: Value = serde_yaml::from_str(&fs::read_to_string(from)?)?;
        if let Err(error) = self.validator.validate(&profile) {
            return Err(format!("{}: {error}", from.display()).into());
        }
        let text = self.tera.render("bucket.tf", &tera::Context::from_serialize(&profile)?)?;
        fs::write(to, text)?;
        Ok(())
    }
}

fn escape(text: &str, out: &mut dyn std::io::Write) -> std::io::Result<()> {
    serde_json::to_writer(out, text).map_err(std::io::Error::from)
}

fn main() -> Result<(), Box<dyn Error>> {
    let arguments: Vec<String> = std::env::args().skip(1).collect();
    let floor = Floor::new()?;
    match arguments.iter().map(String::as_str).collect::<Vec<_>>().as_slice() {
        ["one", from, to] => floor.render(Path::new(from), Path::new(to)),
        ["many", from, to] => {
            let mut files: Vec<_> = fs::read_dir(from)?.collect::<Result<Vec<_>, _>>()?.into_iter().map(|entry| entry.path()).collect();
            files.sort();
            fs::create_dir_all(to)?;
            files.iter().try_for_each(|file| {
                let name = file.file_stem().unwrap_or_default();
                floor.render(file, &Path::new(to).join(name).with_extension("tf"))
            })
        }
        _ => Err("floor one IN OUT | floor many DIR OUTDIR".into()),
    }
}
