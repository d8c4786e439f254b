//! Policies of an organization and of VPC endpoints as files beside the templates: canonical JSON, the same for every target.
//!
//! In: a plan. Out: files, read back and compared. Every character counts towards their limits, so that a file has no white
//! space but the ends of its lines, and a statement on each.

use std::borrow::Cow;

use super::functions;
use super::json::Json;
use super::{File, RenderError};
use crate::expr::Literal;
use crate::plan::{Detached, Plan};
use crate::policy::Document;

/// What the type `S3_POLICY` takes: all four switches, or none ("Amazon S3 policy syntax and examples", AWS Organizations User Guide).
const BLOCK_ALL: &str = "{\"s3_attributes\":{\"public_access_block_configuration\":{\"@@assign\":\"all\"}}}\n";

/// The files of the plan's own policies.
pub(super) fn render(plan: &Plan) -> Result<Vec<File>, RenderError> {
    let one = |content: &Detached| {
        let path = content.path();
        let text = match content.document() {
            Some(document) => text(document).map_err(|message| RenderError::new(path, message))?,
            None => BLOCK_ALL.to_owned(),
        };
        Ok(File { path, text })
    };
    plan.detached.iter().map(|policy| one(&policy.content)).collect()
}

fn text(document: &Document) -> Result<String, String> {
    let literal = document.literal();
    let Json::Object(fields) = json(&literal)? else { return Err("it is no object".to_owned()) };
    let written = |value: &Json<'_>| serde_json::to_string(value).map_err(|error| error.to_string());
    let mut text = String::from("{");
    for (at, (key, value)) in fields.iter().enumerate() {
        text.push_str(if at > 0 { "," } else { "" });
        text.push_str(&format!("{}:", written(&Json::from(key.as_ref()))?));
        match value {
            Json::List(statements) => {
                let lines = statements.iter().map(written).collect::<Result<Vec<_>, _>>()?;
                text.push_str(&format!("[\n{}\n]", lines.join(",\n")));
            }
            value => text.push_str(&written(value)?),
        }
    }
    text.push_str("}\n");
    let read: Json<'_> = serde_json::from_str(&text).map_err(|error| error.to_string())?;
    if read == functions::value(literal.clone()) { Ok(text) } else { Err("the file differs from the plan".to_owned()) }
}

fn json<'a>(literal: &'a Literal<'a>) -> Result<Json<'a>, String> {
    Ok(match literal {
        Literal::Bool(switch) => Json::Bool(*switch),
        Literal::Int(number) => Json::from(*number),
        Literal::Word(text) => Json::from(text.as_ref()),
        Literal::Text(text) => match text.as_text() {
            Some(text) => Json::Text(Cow::Borrowed(text)),
            None => return Err(format!("`{text}` is known to a deployment only, and the file belongs to none")),
        },
        Literal::List(items) => Json::List(items.iter().map(json).collect::<Result<_, _>>()?),
        Literal::Object { fields, .. } => {
            let field = |(key, value): &'a (Cow<'a, str>, Literal<'a>)| Ok((Cow::Borrowed(key.as_ref()), json(value)?));
            Json::Object(fields.iter().map(field).collect::<Result<_, String>>()?)
        }
    })
}
