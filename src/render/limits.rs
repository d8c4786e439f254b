//! What CloudFormation takes of a template as a whole ("CloudFormation quotas", AWS CloudFormation User Guide).
//!
//! In: a plan and a target. Out: findings about a template that is too large for a call or at all, or that would be empty. A
//! template is written for that only where it could be too large.

use super::{Notation, Target, cloudformation};
use crate::diag::{Code, Finding, Place};
use crate::expr::{Expr, Literal, Part};
use crate::plan::{Plan, View};
use crate::policy::{Document, Element, Statement};

/// Bytes of a template within a call.
pub(super) const INLINE: usize = 51_200;
/// Bytes of one in a bucket: 1 MB.
const BY_URL: usize = 1_000_000;
const RESOURCES: usize = 500;
const PARAMETERS: usize = 200;
const OUTPUTS: usize = 200;

pub(super) fn findings(plan: &Plan, target: Target) -> Vec<Finding> {
    let Some((path, notation)) = template(target) else { return Vec::new() };
    let resources = cloudformation::resources(plan).count();
    if resources == 0 {
        let message = format!("CloudFormation has no resource for anything of the profile, so there is no `{path}`");
        let help = "follow the runbook, or leave CloudFormation out with `--target terraform`";
        return vec![Finding::new(Code::NoTemplate, Place::File, message).help(help)];
    }
    let counts =
        [(resources, RESOURCES, "resources"), (plan.parameters.len(), PARAMETERS, "parameters"), (plan.outputs.len(), OUTPUTS, "outputs")];
    let too_many = counts.into_iter().filter(|(number, most, _)| number > most);
    let mut findings: Vec<Finding> = too_many
        .map(|(number, most, what)| {
            let message = format!("`{path}` has {number} {what}, CloudFormation takes {most}");
            Finding::new(Code::TemplateTooLarge, Place::File, message).help("split the profile, or render it for Terraform")
        })
        .collect();
    findings.extend(size(plan, notation).filter(|size| *size > INLINE).map(|size| too_large(path, size, plan, target, notation)));
    findings
}

/// Where a target puts its template, and in which notation.
const fn template(target: Target) -> Option<(&'static str, Notation)> {
    match target {
        Target::CloudFormation(Notation::Yaml) => Some(("cloudformation/template.yaml", Notation::Yaml)),
        Target::CloudFormation(notation) => Some(("cloudformation/template.json", notation)),
        Target::StackSet => Some(("stackset/template.json", Notation::Minified)),
        Target::Terraform(_) => None,
    }
}

fn too_large(path: &str, size: usize, plan: &Plan, target: Target, notation: Notation) -> Finding {
    if size > BY_URL {
        let message = format!("`{path}` has {size} bytes, CloudFormation takes {BY_URL}");
        return Finding::new(Code::TemplateTooLarge, Place::File, message).help("split the profile, or render it for Terraform");
    }
    let message = format!("`{path}` has {size} bytes, and CloudFormation takes {INLINE} in a call");
    let fits = |notation| self::size(plan, notation).is_none_or(|size| size <= INLINE);
    let help = match target {
        Target::StackSet => "put it into a bucket, as its runbook does",
        _ if notation != Notation::Minified && fits(Notation::Minified) => {
            "render it with `--minify`, or deploy it with `aws cloudformation deploy --s3-bucket BUCKET`"
        }
        _ => "deploy it with `aws cloudformation deploy --s3-bucket BUCKET`, which puts it into a bucket first",
    };
    Finding::new(Code::TemplateNotInline, Place::File, message).help(help)
}

/// The size of the template, where it could be over what a call takes.
pub(super) fn size(plan: &Plan, notation: Notation) -> Option<usize> {
    if bound(plan) <= INLINE {
        return None;
    }
    let text = cloudformation::template_text(plan, notation, &cloudformation::ENGINE).ok()??;
    Some(text.len())
}

/// What the template cannot be larger than, in any notation: each value on a line of its own, deep inside.
fn bound(plan: &Plan) -> usize {
    let resource = |resource: &crate::plan::Resource| {
        let noted: usize = resource.suppressions.iter().map(|one| LINE + 2 * one.reason.len()).sum();
        let view: usize = resource.view().iter().map(|(_, view)| of_view(view)).sum();
        RESOURCE + noted + view
    };
    let resources: usize = cloudformation::resources(plan).map(resource).sum();
    let parameters = plan.parameters.iter().map(|one| {
        let listed: usize = one.allowed.iter().map(|value| LINE + value.len()).sum();
        6 * LINE + 2 * one.description.as_str().len() + 2 * one.pattern.as_ref().map_or(0, String::len) + listed
    });
    2_000 + resources + parameters.sum::<usize>() + plan.outputs.len() * 6 * LINE
}

/// What a value takes beside itself: indentation, key and quotes.
const LINE: usize = 90;
/// The same of a text in the list of a policy.
const ITEM: usize = 32;
/// What a resource takes beside what the plan says of it.
const RESOURCE: usize = 1_500;
/// What a statement takes beside its name, reason, actions, texts and conditions: a line for each key and bracket.
const STATEMENT: usize = 720;
/// What a condition takes beside its key and values: four lines, and the operator.
const CONDITION: usize = 180;

fn of_view(view: &View<'_>) -> usize {
    match view {
        View::Bool(_) | View::Int(_) => LINE,
        View::Word(text) => LINE + quoted(text),
        View::Text(expr) => of_expr(expr),
        View::Literal(literal) => of_literal(literal),
        View::Document(document) => of_document(document),
        View::List(items) => LINE + items.iter().map(of_view).sum::<usize>(),
        View::Map(parts) => LINE + parts.iter().map(|(_, part)| of_view(part)).sum::<usize>(),
    }
}

fn of_document(document: &Document) -> usize {
    3 * LINE + document.id.as_ref().map_or(0, |id| LINE + quoted(id)) + document.statements.iter().map(of_statement).sum::<usize>()
}

fn of_statement(statement: &Statement) -> usize {
    let reason = statement.origin.as_ref().map_or(0, |origin| origin.reason.len());
    let name = statement.sid.as_ref().map_or(0, |sid| quoted(sid));
    let (Element::Is(actions) | Element::Not(actions)) = &statement.action;
    let actions: usize = actions.iter().map(|action| ITEM + quoted(action)).sum();
    let texts: usize = statement.expressions().map(|expr| expr.as_text().map_or_else(|| of_expr(expr), |text| ITEM + quoted(text))).sum();
    let conditions: usize = statement.condition.iter().map(|condition| CONDITION + quoted(&condition.key.name())).sum();
    STATEMENT + reason + name + actions + texts + conditions
}

fn of_expr(expr: &Expr) -> usize {
    let part = |part: &Part| if let Part::Text(text) = part { quoted(text) } else { LINE };
    LINE + expr.parts().iter().map(part).sum::<usize>()
}

/// A text with its escapes, of which none is longer than `\u0000`.
fn quoted(text: &str) -> usize {
    let is_escaped = |byte: &u8| !matches!(byte, b' '..=b'~') || matches!(byte, b'"' | b'\\' | b'$');
    text.len() + 5 * text.bytes().filter(|byte| is_escaped(byte)).count()
}

fn of_literal(literal: &Literal<'_>) -> usize {
    match literal {
        Literal::Bool(_) | Literal::Int(_) => LINE,
        Literal::Word(text) => LINE + quoted(text),
        Literal::Text(expr) => of_expr(expr),
        Literal::List(items) => LINE + items.iter().map(of_literal).sum::<usize>(),
        Literal::Object { comment, fields } => {
            let inside: usize = fields.iter().map(|(key, value)| key.len() + of_literal(value)).sum();
            LINE + comment.as_ref().map_or(0, |text| LINE + text.len()) + inside
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::pipeline::{account_plan, plan};
    use crate::source::Source;

    #[test]
    fn no_template_is_larger_than_it_could_be() {
        let mut seen = 0;
        for dir in ["examples", "tests/profiles"] {
            for entry in std::fs::read_dir(format!("{}/{dir}", env!("CARGO_MANIFEST_DIR"))).unwrap() {
                let Ok(source) = Source::read(&entry.unwrap().path()) else { continue };
                let Some(plan) = plan(&source).map(|(_, plan)| plan).or_else(|| account_plan(&source).map(|(_, plan)| plan)) else {
                    continue;
                };
                for notation in [Notation::Yaml, Notation::Json, Notation::Minified] {
                    let Ok(Some(text)) = cloudformation::template_text(&plan, notation, &cloudformation::ENGINE) else { continue };
                    assert!(text.len() <= bound(&plan), "{} as {notation:?}: {} of {}", plan.name, text.len(), bound(&plan));
                    seen += 1;
                }
            }
        }
        assert!(seen > 60, "{seen}");
    }
}
