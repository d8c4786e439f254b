#![allow(warnings, clippy::all)]
#[path = "../it/generated.rs"]
mod generated;
#[path = "../it/random.rs"]
mod random;
use s3harden::diag::*;
use s3harden::pipeline;
use s3harden::plan::*;
use s3harden::policy::*;
use s3harden::profile::Profile;
use s3harden::proofs::{self, *};
use s3harden::protect::IN_DEPTH;
use s3harden::source::Source;
use s3harden::trials;
use std::collections::{BTreeMap, BTreeSet};
struct Said(Profile);
impl Said {
    fn bench<'p>(&self, plan: &'p Plan) -> s3harden::verify::access_tests::Bench<'p> {
        trials::bench(&self.0, plan)
    }
    fn more(&self) -> &[s3harden::profile::AskedGuarantee] {
        &self.0.guarantees
    }
}
include!("engine.rs");
#[test]
fn run() {
    let n: u64 = std::env::var("N").ok().and_then(|n| n.parse().ok()).unwrap_or(50);
    let from: u64 = std::env::var("FROM").ok().and_then(|n| n.parse().ok()).unwrap_or(0);
    let mut refused: BTreeMap<String, Vec<u64>> = BTreeMap::new();
    let mut bad: BTreeMap<String, Vec<u64>> = BTreeMap::new();
    let mut un: BTreeMap<String, Vec<u64>> = BTreeMap::new();
    let (mut ok, mut st) = (0, 0);
    for seed in from..from + n {
        let source = Source::from_bytes("profile.yaml", generated::profile(seed)).unwrap();
        let options = pipeline::Options {
            today: "2026-06-01".parse().unwrap(),
            deny: Severity::Error,
            targets: vec![pipeline::TargetChoice::CloudFormation(None), pipeline::TargetChoice::Terraform],
        };
        let found = pipeline::check(&source, &options).findings;
        let errors: Vec<_> = found.iter().filter(|f| f.severity == Severity::Error).collect();
        for e in &errors {
            refused.entry(format!("{} {}", e.code.name(), e.message)).or_default().push(seed);
        }
        for e in found.iter().filter(|f| matches!(f.code, Code::GuaranteeUnknown | Code::GuaranteeRefuted)) {
            bad.entry(format!("{} {}", e.code.name(), e.message)).or_default().push(seed);
        }
        if !errors.is_empty() {
            continue;
        }
        let Some((p, plan)) = pipeline::plan(&source) else { continue };
        let said = Said(p);
        for proof in proofs::prove(&said.bench(&plan), &plan, said.more()) {
            if !matches!(proof.verdict, Verdict::Proved) {
                bad.entry(format!("{} {:?}", proof.guarantee, proof.verdict).chars().take(600).collect()).or_default().push(seed);
            }
        }
        let (m, l) = unnoticed(&said, &plan, &mut BTreeSet::new());
        ok += 1;
        st += l;
        for w in m {
            un.entry(w).or_default().push(seed);
        }
    }
    println!("ok {ok} statements {st}");
    for (k, v) in &refused {
        println!("REFUSED {} {k} {:?}", v.len(), &v[..v.len().min(4)]);
    }
    for (k, v) in &bad {
        println!("BAD {} {k} {:?}", v.len(), &v[..v.len().min(4)]);
    }
    for (k, v) in &un {
        println!("UNNOTICED {} {k} {:?}", v.len(), &v[..v.len().min(6)]);
    }
}
#[test] fn show() {
    for seed in std::env::var("SEEDS").unwrap_or_default().split(',').filter_map(|s| s.parse::<u64>().ok()) {
        let source = Source::from_bytes("profile.yaml", generated::profile(seed)).unwrap();
        println!("== {seed}\n{}", source.text());
        let Some((p, plan)) = pipeline::plan(&source) else { continue };
        let said = Said(p);
        for (at, resource) in plan.resources.iter().enumerate() {
            let counts: Vec<usize> = resource.kind.documents().map(|d| d.statements.len()).collect();
            for (place, n) in counts.iter().enumerate().flat_map(|(p, c)| (0..*c).map(move |n| (p, n))) {
                let mut without = plan.clone();
                let d = documents(&mut without.resources[at].kind)[place].statements.remove(n);
                let proofs = proofs::prove(&said.bench(&without), &without, said.more());
                if proofs.iter().any(is_refuted) { continue }
                println!("-- {}: {:?} {:?} {:?} {:?}", resource.id, d.sid, d.principal, d.action, d.condition);
                for p in proofs { if !matches!(p.verdict, Verdict::Proved) { println!("   {} {:?}", p.guarantee, p.verdict); } }
            }
        }
    }
}
