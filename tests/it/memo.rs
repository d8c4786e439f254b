//! What is not proved again because it was proved of a bucket like it: the same is said with that and without.

use s3harden::diag::Finding;
use s3harden::expr::Expr;
use s3harden::pipeline;
use s3harden::plan::{Kind, Plan};
use s3harden::policy::{Element, Principals};
use s3harden::profile::Profile;
use s3harden::proofs::{self, Memo, Tally};
use s3harden::source::Source;
use s3harden::trials;

use super::support::{below, files_below, profiles, root, source};

fn planned(text: &str) -> (Profile, Plan) {
    pipeline::plan(&source(text)).unwrap_or_else(|| panic!("no profile: {text}"))
}

/// What is found, and how many guarantees hold.
fn said((findings, tally): (Vec<Finding>, Tally)) -> Vec<String> {
    findings.iter().map(|finding| format!("{finding:?}")).chain([format!("{tally:?}")]).collect()
}

fn with(memo: &Memo, profile: &Profile, plan: &Plan) -> Vec<String> {
    said(proofs::run_again(&trials::bench(profile, plan), plan, &profile.guarantees, Some(memo)))
}

fn without(profile: &Profile, plan: &Plan) -> Vec<String> {
    said(proofs::run(&trials::bench(profile, plan), plan, &profile.guarantees))
}

const ONE: &str = "
version: 1
name: NAME
preset: sensitive
bucket: { name: BUCKET, account: \"ACCOUNT\", region: eu-west-1 }
network:
  allow: { cidrs: [RANGE, INNER], vpc_endpoints: [ENDPOINT] }
grants:
  - { name: read, to: [{ role: Reader }], can: [read, list] }
  - { name: exchange, to: [{ account: \"PARTNER\" }], can: [read], prefixes: [out/] }
";

fn named(values: [(&str, &str); 7]) -> String {
    values.iter().fold(ONE.to_owned(), |text, (from, to)| text.replace(from, to))
}

/// Values that differ in what they are called, and the relations of which are the same.
fn like(number: usize) -> [(&'static str, &'static str); 7] {
    [
        ("NAME", ["invoices", "role", "a"][number]),
        ("BUCKET", ["acme-invoices", "acme-invoices-eu", "logs.example"][number]),
        ("ACCOUNT", ["111122223333", "444455556666", "000000000000"][number]),
        ("RANGE", ["203.0.113.0/24", "10.0.0.0/8", "198.51.100.0/29"][number]),
        ("INNER", ["203.0.113.64/28", "10.9.0.0/16", "198.51.100.2/31"][number]),
        ("ENDPOINT", ["vpce-0a1b2c3d", "vpce-0a1b2c3d4e5f60718", "vpce-00000000"][number]),
        ("PARTNER", ["777788889999", "111122223333", "123456789012"][number]),
    ]
}

#[test]
fn a_bucket_that_differs_in_names_alone_is_not_proved_again() {
    let memo = Memo::default();
    for number in 0..3 {
        let (profile, plan) = planned(&named(like(number)));
        assert_eq!(with(&memo, &profile, &plan), without(&profile, &plan));
        assert_eq!(memo.len(), plan.buckets().count(), "profile {number}");
    }
    // Ranges that are apart and not one in the other are another kind of bucket.
    let before = memo.len();
    let changed = |at: &str, to: &'static str| like(0).map(|(name, own)| (name, if name == at { to } else { own }));
    let (profile, plan) = planned(&named(changed("INNER", "192.0.2.0/28")));
    assert_eq!(with(&memo, &profile, &plan), without(&profile, &plan));
    assert!(memo.len() > before);
    // A partner that is the owner gets nothing by the grant, and that is said.
    let (profile, plan) = planned(&named(changed("PARTNER", "111122223333")));
    let said = without(&profile, &plan);
    assert!(said.len() > 1);
    assert_eq!(with(&memo, &profile, &plan), said);
}

/// Changes of the policy of a bucket that are as small as changes can be.
fn changes(plan: &Plan) -> Vec<Plan> {
    let mut all = Vec::new();
    for (place, resource) in plan.resources.iter().enumerate() {
        let Kind::BucketPolicy { document, .. } = &resource.kind else { continue };
        let mut change = |change: &dyn Fn(&mut s3harden::policy::Document)| {
            let mut changed = plan.clone();
            if let Kind::BucketPolicy { document, .. } = &mut changed.resources[place].kind {
                change(document);
            }
            all.push(changed);
        };
        for at in 0..document.statements.len() {
            change(&|document| drop(document.statements.remove(at)));
            // The neighbour's bucket, whose name begins the same.
            change(&|document| {
                if let Some(Element::Is(arns)) = &mut document.statements[at].resource
                    && let Some(arn) = arns.first_mut()
                {
                    *arn = arn.clone() + "-x";
                }
            });
            change(&|document| document.statements[at].principal = Some(Element::Is(Principals::Everyone)));
            for condition in 0..document.statements[at].condition.len() {
                change(&|document| drop(document.statements[at].condition.remove(condition)));
                change(&|document| {
                    if let Some(value) = document.statements[at].condition[condition].values.last_mut() {
                        *value = another(value);
                    }
                });
            }
        }
    }
    all
}

/// A value of the same kind that is not the same.
fn another(value: &Expr) -> Expr {
    match value.as_text() {
        Some(text) if text.len() == 12 && text.bytes().all(|b| b.is_ascii_digit()) => Expr::text("999988887777"),
        Some(text) => match text.split_once('/') {
            Some((base, length)) if length.parse::<u8>().is_ok_and(|length| length > 1) => {
                Expr::text(format!("{base}/{}", length.parse::<u8>().unwrap() - 1))
            }
            _ => Expr::text(format!("{text}*")),
        },
        None => value.clone() + "-x",
    }
}

#[test]
fn what_is_said_with_a_memo_is_said_without() {
    let mut paths = profiles();
    paths.extend(files_below(root().join("tests/reach")));
    let plans: Vec<_> = paths.iter().filter_map(|path| Some((path, pipeline::plan(&Source::read(path).ok()?)?))).collect();
    assert!(plans.len() > 20, "{} profiles", plans.len());
    let memo = Memo::default();
    for (path, (profile, plan)) in &plans {
        assert_eq!(with(&memo, profile, plan), without(profile, plan), "{}", below(path, root()));
    }
    assert!(memo.len() > 20, "{} kinds of buckets", memo.len());
    // Every eleventh change, of each profile another: what is proved of the whole is known by now.
    let (mut seen, mut differ) = (0, 0);
    for (at, (path, (profile, plan))) in plans.iter().enumerate() {
        for changed in changes(plan).into_iter().skip(at % 11).step_by(11) {
            let expected = without(profile, &changed);
            assert_eq!(with(&memo, profile, &changed), expected, "{}", below(path, root()));
            seen += 1;
            differ += usize::from(expected.len() > 1);
        }
    }
    assert!(seen > 50 && differ * 4 > seen, "{differ} of {seen} changes are worth a word");
}
