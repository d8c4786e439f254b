//! For programs: one JSON object per line and finding, with the same keys always.

use serde_json::{Value, json};

use super::{Sheet, Spot, escape};

pub(super) fn render(sheets: &[Sheet<'_>]) -> String {
    let mut out = String::new();
    for sheet in sheets {
        for item in &sheet.items {
            let finding = item.finding;
            let related = |(spot, label): &(Spot<'_>, &str)| {
                let mut object = place(spot);
                if let Value::Object(map) = &mut object {
                    map.insert("label".to_owned(), (*label).into());
                }
                object
            };
            let mut object = place(&item.spot);
            if let Value::Object(map) = &mut object {
                map.insert("code".to_owned(), finding.code.name().into());
                map.insert("severity".to_owned(), finding.severity.name().into());
                map.insert("message".to_owned(), finding.message.as_str().into());
                map.insert("label".to_owned(), finding.label.as_str().into());
                map.insert("help".to_owned(), finding.help.clone().into());
                map.insert("related".to_owned(), item.related.iter().map(related).collect());
                map.insert("waived".to_owned(), finding.waived.clone().into());
            }
            out.push_str(&escape::json(&object.to_string()));
            out.push('\n');
        }
    }
    out
}

fn place(spot: &Spot<'_>) -> Value {
    json!({
        "file": spot.name(),
        "line": spot.start.line,
        "column": spot.start.column,
        "end_line": spot.end.line,
        "end_column": spot.end.column,
        "pointer": spot.path.as_ref().map(ToString::to_string),
    })
}
