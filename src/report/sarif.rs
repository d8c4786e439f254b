//! For code scanning: one SARIF 2.1.0 document with a run of this tool.
//!
//! In: resolved findings. Out: results, the rules they name, and fingerprints that do not change when
//! lines move. A waived finding is a suppressed result; since one says so, all do, as the standard asks.

use std::collections::{BTreeSet, HashMap};

use serde_json::{Value, json};
use sha2::{Digest, Sha256};

use super::{Item, Sheet, Spot, escape};
use crate::diag::{Code, Severity};

pub(super) fn render(sheets: &[Sheet<'_>]) -> String {
    let used: BTreeSet<Code> = sheets.iter().flat_map(|sheet| &sheet.items).map(|item| item.finding.code).collect();
    let index: HashMap<Code, usize> = used.iter().enumerate().map(|(index, code)| (*code, index)).collect();
    let mut seen = HashMap::new();
    let mut results = Vec::new();
    for sheet in sheets {
        for item in &sheet.items {
            results.push(result(sheet, item, index.get(&item.finding.code).copied(), &mut seen));
        }
    }
    let document = json!({
        "$schema": "https://json.schemastore.org/sarif-2.1.0.json",
        "version": "2.1.0",
        "runs": [{
            "tool": { "driver": {
                "name": "s3harden",
                "version": env!("CARGO_PKG_VERSION"),
                "semanticVersion": env!("CARGO_PKG_VERSION"),
                "rules": used.into_iter().map(rule).collect::<Vec<_>>(),
            } },
            "columnKind": "unicodeCodePoints",
            "results": results,
        }],
    });
    format!("{}\n", escape::json(&format!("{document:#}")))
}

fn rule(code: Code) -> Value {
    let info = code.info();
    json!({
        "id": info.name,
        "shortDescription": { "text": info.summary },
        "fullDescription": { "text": info.explain },
        "help": { "text": info.explain },
        "defaultConfiguration": { "level": level(info.severity) },
    })
}

fn level(severity: Severity) -> &'static str {
    match severity {
        Severity::Error => "error",
        Severity::Warning => "warning",
        Severity::Info => "note",
    }
}

fn result(sheet: &Sheet<'_>, item: &Item<'_>, rule: Option<usize>, seen: &mut HashMap<String, usize>) -> Value {
    let finding = item.finding;
    let message: Vec<&str> = std::iter::once(&finding.message).chain(&finding.help).map(String::as_str).collect();
    let related = item.related.iter().enumerate().filter_map(|(id, (spot, label))| {
        let mut location = location(spot)?;
        if let Value::Object(map) = &mut location {
            map.insert("id".to_owned(), (id + 1).into());
            map.insert("message".to_owned(), json!({ "text": label }));
        }
        Some(location)
    });
    json!({
        "ruleId": finding.code.name(),
        "ruleIndex": rule,
        "level": level(finding.severity),
        "message": { "text": message.join("\n") },
        "locations": location(&item.spot).into_iter().collect::<Vec<_>>(),
        "relatedLocations": related.collect::<Vec<_>>(),
        "partialFingerprints": { "s3hardenFinding/v1": fingerprint(sheet, item, seen) },
        "suppressions": finding.waived.iter().map(|why| json!({ "kind": "inSource", "justification": why })).collect::<Vec<_>>(),
    })
}

fn location(spot: &Spot<'_>) -> Option<Value> {
    let mut location = json!({ "physicalLocation": {
        "artifactLocation": { "uri": uri(spot.name()?) },
        "region": {
            "startLine": spot.start.line,
            "startColumn": spot.start.column,
            "endLine": spot.end.line,
            "endColumn": spot.end.column,
        },
    } });
    if let (Some(path), Value::Object(map)) = (&spot.path, &mut location) {
        map.insert("logicalLocations".to_owned(), json!([{ "fullyQualifiedName": path.to_string(), "kind": "member" }]));
    }
    Some(location)
}

/// Made of what survives an edit elsewhere in the file: the code, and the path or the text of the line.
fn fingerprint(sheet: &Sheet<'_>, item: &Item<'_>, seen: &mut HashMap<String, usize>) -> String {
    let place = match (&item.spot.path, item.spot.file) {
        (Some(path), _) => path.to_string(),
        (None, Some(source)) => source.text().get(source.line_span(item.spot.start.line)).unwrap_or("").trim().chars().take(200).collect(),
        (None, None) => String::new(),
    };
    let identity = [item.finding.code.name(), item.spot.name().or(sheet.name()).unwrap_or(""), &place].join("\n");
    let count = seen.entry(identity.clone()).or_insert(0);
    *count += 1;
    let digest = Sha256::digest(format!("{identity}\n{count}"));
    digest.iter().take(16).map(|byte| format!("{byte:02x}")).collect()
}

/// A file name as a URI reference (RFC 3986).
fn uri(name: &str) -> String {
    let path: String = name
        .bytes()
        .map(|byte| match byte {
            b'a'..=b'z' | b'A'..=b'Z' | b'0'..=b'9' | b'-' | b'.' | b'_' | b'~' | b'/' => char::from(byte).to_string(),
            b'\\' if cfg!(windows) => "/".to_owned(),
            _ => format!("%{byte:02X}"),
        })
        .collect();
    if path.starts_with('/') { format!("file://{path}") } else { path }
}
