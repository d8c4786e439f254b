//! `RUNBOOK.md`: what no template can do, with the exact commands and how to see that it worked.

use super::{File, Gap};
use crate::plan::{Plan, Step, When};

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
        text.push_str(&format!("\n## {}. {}\n\n", number + 1, step.title));
        let why: String = step.why.chars().enumerate().map(|(at, c)| if at == 0 { c.to_ascii_uppercase() } else { c }).collect();
        text.push_str(&format!("{why}.\n\n```sh\n{}\n```\n", step.commands.join("\n")));
        text.push_str(&format!("\nVerify:\n\n```sh\n{}\n```\n\nIt must show: {}.\n", step.verify.join("\n"), step.expect));
    }
    Some(File { path: "RUNBOOK.md", text })
}
