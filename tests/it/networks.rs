//! Networks: each condition of a statement about networks is needed, and so is each value of it.
//!
//! The profiles are those of `tests/reach` whose names begin with `network`; their access tests are the judges.

use s3harden::diag::Code;
use s3harden::pipeline;
use s3harden::plan::{Kind, Plan};
use s3harden::policy::Statement;
use s3harden::protect::{network, repair};
use s3harden::source::Source;
use s3harden::trials;

use super::support::{below, files_below, root};

/// The statements about networks in every bucket policy of the plan.
fn about_networks(plan: &mut Plan) -> Vec<&mut Statement> {
    let documents = plan.resources.iter_mut().filter_map(|resource| match &mut resource.kind {
        Kind::BucketPolicy { document, .. } => Some(document),
        _ => None,
    });
    let of = |statement: &&mut Statement| statement.origin.as_ref().is_some_and(|origin| origin.protection == network::META.id);
    documents.flat_map(|document| document.statements.iter_mut()).filter(of).collect()
}

/// A value of a condition, or the condition as a whole: the numbers of the statement, of the condition, of the value.
fn parts(plan: &mut Plan) -> Vec<(usize, usize, Option<usize>, String)> {
    let mut parts = Vec::new();
    for (number, statement) in about_networks(plan).into_iter().enumerate() {
        let sid = statement.sid.clone().unwrap();
        for (at, condition) in statement.condition.iter().enumerate() {
            let name = format!("{sid}: {} {}", condition.operator, condition.key.name());
            // Nobody who is excepted needs each repair from each network.
            let values = if sid.ends_with(repair::SUFFIX) || condition.values.len() == 1 { 0 } else { condition.values.len() };
            parts.extend((0..values).map(|value| (number, at, Some(value), format!("{name} {}", condition.values[value]))));
            parts.push((number, at, None, name));
        }
    }
    parts
}

#[test]
fn no_condition_about_networks_can_be_left_out_unnoticed() {
    let (mut unnoticed, mut tried) = (Vec::new(), 0);
    let named = |path: &std::path::PathBuf| path.file_name().is_some_and(|name| name.to_string_lossy().starts_with("network"));
    for path in files_below(root().join("tests/reach")).into_iter().filter(named) {
        let (profile, mut plan) = pipeline::plan(&Source::read(&path).unwrap()).unwrap();
        for (number, at, value, name) in parts(&mut plan) {
            let mut without = plan.clone();
            let condition = &mut about_networks(&mut without).swap_remove(number).condition;
            match value {
                Some(value) => drop(condition[at].values.remove(value)),
                None => drop(condition.remove(at)),
            }
            tried += 1;
            if trials::run(&profile, &without).iter().all(|finding| finding.code != Code::AccessTestFailed) {
                unnoticed.push(format!("{}: {name}", below(&path, root())));
            }
        }
    }
    assert!(unnoticed.is_empty(), "no test fails without these: {unnoticed:#?}");
    assert!(tried > 40, "only {tried}");
}
