//! `RUNBOOK.md`: what no template can do, with the exact commands and how to see that it worked.

use std::collections::BTreeSet;

use super::{File, Gap};
use crate::expr::{Expr, Part, Pseudo, is_open};
use crate::plan::{Parameter, Plan, Step, When};

pub(super) fn render(plan: &Plan, gaps: &[Gap]) -> Option<File> {
    let mut steps: Vec<&Step> = plan.steps.iter().chain(gaps.iter().filter_map(|gap| gap.step.as_ref())).collect();
    if steps.is_empty() {
        return None;
    }
    let mut text = format!(
        "<!-- Rendered by s3harden from the profile {name}. Change the profile, not this file. -->\n\n# Runbook of {name}\n\n\
         What no template can do, with credentials of the account that owns the buckets.\n",
        name = plan.name
    );
    let texts = || steps.iter().flat_map(|step| step.commands.iter().chain(&step.verify));
    let used: BTreeSet<Part> = texts().filter(|text| is_open(text)).flat_map(|text| parts(text)).collect();
    let mut asked: Vec<String> = plan.parameters.iter().filter(|one| used.contains(&Part::Parameter(one.name.clone()))).map(ask).collect();
    asked
        .extend([ACCOUNT, REGION].iter().filter(|(pseudo, ..)| used.contains(&Part::Pseudo(*pseudo))).map(|(.., read)| (*read).to_owned()));
    if !asked.is_empty() {
        text.push_str(&format!(
            "\nThe commands need values that the deployment has too. Read them first, in the same shell:\n\n```sh\n{}\n```\n",
            asked.join("\n")
        ));
    }
    // A stable sort: within before and after, the steps stay in the order of the plan.
    steps.sort_by_key(|step| step.when);
    let mut when = None;
    for (number, step) in steps.iter().enumerate() {
        if when != Some(step.when) {
            when = Some(step.when);
            text.push_str(match step.when {
                When::Before => "\n# Before the deployment\n",
                When::After => "\n# After the deployment\n",
            });
        }
        push(&mut text, number + 1, step);
    }
    Some(File { path: "RUNBOOK.md", text })
}

/// Writes a step under its number.
pub(super) fn push(text: &mut String, number: usize, step: &Step) {
    text.push_str(&format!("\n## {number}. {}\n\n", in_words(&step.title)));
    let mut why = in_words(&step.why);
    if let Some(first) = why.get_mut(..1) {
        first.make_ascii_uppercase();
    }
    let shell = |lines: &[String]| lines.iter().map(|line| in_shell(line)).collect::<Vec<_>>().join("\n");
    text.push_str(&format!("{why}.\n\n```sh\n{}\n```\n", shell(&step.commands)));
    text.push_str(&format!("\nVerify:\n\n```sh\n{}\n```\n\nIt must show: {}.\n", shell(&step.verify), in_words(&step.expect)));
}

/// What the deployment knows of itself: the variable of the shell that stands for it, and the command that reads it.
type OfDeployment = (Pseudo, &'static str, &'static str);
const ACCOUNT: OfDeployment = (Pseudo::AccountId, "ACCOUNT", "ACCOUNT=$(aws sts get-caller-identity --query Account --output text)");
const REGION: OfDeployment = (Pseudo::Region, "REGION", "printf 'REGION: '; read -r REGION");

/// The parts of a text; what only the deployment knows becomes a variable of the shell.
fn parts(text: &str) -> Vec<Part> {
    Expr::text(text.to_owned()).parts().to_vec()
}

/// The variables are called as in the template.
fn variable(part: &Part) -> Option<&str> {
    match part {
        Part::Parameter(id) => Some(id.as_str()),
        Part::Pseudo(pseudo) => [ACCOUNT, REGION].iter().find(|(of, ..)| of == pseudo).map(|(_, name, _)| *name),
        Part::Text(_) | Part::Reference(..) => None,
    }
}

/// Asks for a value.
pub(super) fn ask(parameter: &Parameter) -> String {
    format!("printf '{id}: '; read -r {id}", id = parameter.name)
}

/// A text with what `write` makes of each variable, which is told whether it stands within quotes, and which.
fn replace(text: &str, mut write: impl FnMut(&mut String, &str, Option<char>)) -> String {
    if !is_open(text) {
        return text.to_owned();
    }
    let mut out = String::with_capacity(text.len());
    let mut quote: Option<char> = None;
    for part in &parts(text) {
        if let Some(name) = variable(part) {
            write(&mut out, name, quote);
        }
        let Part::Text(text) = part else { continue };
        for c in text.chars() {
            match (quote, c) {
                (None, '\'' | '"') => quote = Some(c),
                (Some(open), c) if open == c => quote = None,
                _ => {}
            }
        }
        out.push_str(text);
    }
    out
}

/// A command in which the shell fills the values in, as one word each.
fn in_shell(line: &str) -> String {
    let comment = line.starts_with('#');
    replace(line, |out, name, quote| match quote {
        _ if comment => out.push_str(&format!("${{{name}}}")),
        // Within single quotes nothing is filled in, so they end for it.
        Some('\'') => out.push_str(&format!("'\"${{{name}}}\"'")),
        Some(_) => out.push_str(&format!("${{{name}}}")),
        None => out.push_str(&format!("\"${{{name}}}\"")),
    })
}

/// A sentence in which the parameters stand by their names.
fn in_words(text: &str) -> String {
    let shown = |part: &Part| match part {
        Part::Pseudo(_) => variable(part).unwrap_or_default().to_owned(),
        part => variable(part).map(|name| format!("`{name}`")).unwrap_or_default(),
    };
    Expr::text(text.to_owned()).resolve(|part| shown(part).into()).into_owned()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn values_are_filled_in_by_the_shell_whatever_quotes_they_stand_in() {
        for (text, line) in [
            ("aws kms x --key-id ${param.key} -o", "aws kms x --key-id \"${Key}\" -o"),
            ("echo 'a ${param.the_key} b'", "echo 'a '\"${TheKey}\"' b'"),
            ("echo \"a ${param.a}\" ${param.b}", "echo \"a ${A}\" \"${B}\""),
            ("# it's for ${param.a}", "# it's for ${A}"),
            ("plain ${ACCOUNT}", "plain ${ACCOUNT}"),
            ("aws s3 ls acme-${aws.account}-${aws.region} -o", "aws s3 ls acme-\"${ACCOUNT}\"-\"${REGION}\" -o"),
            ("echo 'acme-${aws.account}'", "echo 'acme-'\"${ACCOUNT}\"''"),
        ] {
            assert_eq!(in_shell(text), line);
        }
        assert_eq!(in_words("let ${param.a} in"), "let `A` in");
        assert_eq!(in_words("See acme-${aws.account}"), "See acme-ACCOUNT");
    }
}
