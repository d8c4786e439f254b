//! `RUNBOOK.md`: what no template can do, with the exact commands and how to see that it worked.

use std::collections::BTreeSet;

use super::{File, Gap};
use crate::expr::{LogicalId, REFERENCE};
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
    let used = |parameter: &&Parameter| {
        let texts = |step: &Step| step.commands.iter().chain(&step.verify).any(|text| names(text).contains(&parameter.name));
        steps.iter().any(|step| texts(step))
    };
    let asked: Vec<String> = plan.parameters.iter().filter(used).map(ask).collect();
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
        text.push_str(&format!("\n## {}. {}\n\n", number + 1, in_words(&step.title)));
        let why = in_words(&step.why);
        let why: String = why.chars().enumerate().map(|(at, c)| if at == 0 { c.to_ascii_uppercase() } else { c }).collect();
        let shell = |lines: &[String]| lines.iter().map(|line| in_shell(line)).collect::<Vec<_>>().join("\n");
        text.push_str(&format!("{why}.\n\n```sh\n{}\n```\n", shell(&step.commands)));
        text.push_str(&format!("\nVerify:\n\n```sh\n{}\n```\n\nIt must show: {}.\n", shell(&step.verify), in_words(&step.expect)));
    }
    Some(File { path: "RUNBOOK.md", text })
}

/// The variables of the shell that stand for the deploy-time parameters in a text: they are called as in the template.
fn names(text: &str) -> BTreeSet<LogicalId> {
    text.split(REFERENCE).skip(1).filter_map(|rest| Some(LogicalId::derived("", rest.split_once('}')?.0))).collect()
}

/// Asks for a value.
fn ask(parameter: &Parameter) -> String {
    format!("printf '{id}: '; read -r {id}", id = parameter.name)
}

/// A text with what `write` makes of each parameter, which is told whether it stands within quotes, and which.
fn replace(text: &str, mut write: impl FnMut(&mut String, &LogicalId, Option<char>)) -> String {
    let mut out = String::with_capacity(text.len());
    let mut quote: Option<char> = None;
    for (at, piece) in text.split(REFERENCE).enumerate() {
        let rest = match (at, piece.split_once('}')) {
            (0, _) => piece,
            (_, Some((name, rest))) => {
                write(&mut out, &LogicalId::derived("", name), quote);
                rest
            }
            (_, None) => piece,
        };
        for c in rest.chars() {
            match (quote, c) {
                (None, '\'' | '"') => quote = Some(c),
                (Some(open), c) if open == c => quote = None,
                _ => {}
            }
        }
        out.push_str(rest);
    }
    out
}

/// A command in which the shell fills the values in, as one word each.
fn in_shell(line: &str) -> String {
    let comment = line.starts_with('#');
    replace(line, |out, id, quote| match quote {
        _ if comment => out.push_str(&format!("${{{id}}}")),
        // Within single quotes nothing is filled in, so they end for it.
        Some('\'') => out.push_str(&format!("'\"${{{id}}}\"'")),
        Some(_) => out.push_str(&format!("${{{id}}}")),
        None => out.push_str(&format!("\"${{{id}}}\"")),
    })
}

/// A sentence in which the parameters stand by their names.
fn in_words(text: &str) -> String {
    replace(text, |out, id, _| out.push_str(&format!("`{id}`")))
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
        ] {
            assert_eq!(in_shell(text), line);
        }
        assert_eq!(in_words("let ${param.a} in"), "let `A` in");
    }
}
