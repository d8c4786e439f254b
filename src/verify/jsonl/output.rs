//! Answers as JSON, written straight into a buffer.

use std::io::Write;

use crate::policy::Effect;
use crate::verify::{Decision, Layer, Outcome, Policies, StatementId, Trace};

/// Writing into memory does not fail.
fn put(out: &mut Vec<u8>, text: std::fmt::Arguments<'_>) {
    let _ = out.write_fmt(text);
}

fn string(out: &mut Vec<u8>, text: &str) {
    let _ = serde_json::to_writer(out, text);
}

pub(super) fn error(line: u64, error: &str, out: &mut Vec<u8>) {
    put(out, format_args!("{{\"line\":{line},\"error\":"));
    string(out, error);
    out.push(b'}');
}

pub(super) fn answer(id: &str, policies: &Policies, found: &Trace, with_trace: bool, out: &mut Vec<u8>) {
    put(out, format_args!("{{\"id\":{id},\"decision\":\"{}\",\"by\":[", found.decision.name()));
    let mut first = true;
    let mut next = |out: &mut Vec<u8>| {
        if !std::mem::take(&mut first) {
            out.push(b',');
        }
    };
    for id in found.by() {
        next(out);
        out.push(b'{');
        statement(policies, id, out);
        out.push(b'}');
    }
    match found.decision {
        Decision::ImplicitlyDenied { .. } => {
            for layer in &found.closed {
                next(out);
                put(out, format_args!("{{\"layer\":\"{}\",\"statement\":null,\"sid\":null}}", layer.name()));
            }
        }
        Decision::Depends { by: Some(id), .. } => {
            next(out);
            out.push(b'{');
            statement(policies, id, out);
            out.push(b'}');
        }
        _ => {}
    }
    let public = policies.resource.as_ref().map(|policy| policy.publicness().is_public());
    match public {
        Some(public) => put(out, format_args!("],\"policyIsPublic\":{public}")),
        None => put(out, format_args!("],\"policyIsPublic\":null")),
    }
    if let Decision::Depends { on, .. } = found.decision {
        out.extend_from_slice(b",\"on\":");
        string(out, on.reason());
    }
    if with_trace {
        steps(policies, found, out);
    }
    out.push(b'}');
}

/// The members of an object that name a statement; its policy where a layer has several.
fn statement(policies: &Policies, id: StatementId, out: &mut Vec<u8>) {
    put(out, format_args!("\"layer\":\"{}\",", id.layer.name()));
    if matches!(id.layer, Layer::Scp | Layer::Rcp) {
        put(out, format_args!("\"level\":{},", id.level));
    }
    if !matches!(id.layer, Layer::Resource | Layer::AccessPoint | Layer::Session) {
        put(out, format_args!("\"policy\":{},", id.policy));
    }
    put(out, format_args!("\"statement\":{},\"sid\":", id.statement));
    match policies.sid(id) {
        Some(sid) => string(out, sid),
        None => out.extend_from_slice(b"null"),
    }
}

fn steps(policies: &Policies, found: &Trace, out: &mut Vec<u8>) {
    out.extend_from_slice(b",\"trace\":[");
    for (i, step) in found.steps.iter().enumerate() {
        out.extend_from_slice(if i > 0 { b",{" } else { b"{" });
        statement(policies, step.id, out);
        let effect = if step.effect == Effect::Allow { "Allow" } else { "Deny" };
        put(out, format_args!(",\"effect\":\"{effect}\",\"outcome\":\"{}\"", step.outcome.name()));
        match step.outcome {
            Outcome::Condition(at) => put(out, format_args!(",\"condition\":{at}")),
            Outcome::Depends(on) => {
                out.extend_from_slice(b",\"on\":");
                string(out, on.reason());
            }
            _ => {}
        }
        out.push(b'}');
    }
    out.push(b']');
}
