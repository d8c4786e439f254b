//! What S3 calls public, beside Block Public Access and beside who really gets in.
//!
//! In: a profile and its plan, ready to decide. Out: findings. Block Public Access goes by the text of a policy, so that
//! what is refused, restricted or let in can surprise somebody who goes by its meaning.

use std::collections::BTreeSet;

use crate::diag::{Code, Finding, Path, Step};
use crate::expr::LogicalId;
use crate::path;
use crate::plan::{BUCKET, Plan, PublicAccessBlock};
use crate::profile::Profile;
use crate::protect::grants::Grant;
use crate::protect::principal::Grantee;
use crate::verify::access_tests::Bench;

pub(super) fn check(profile: &Profile, plan: &Plan, bench: &Bench<'_>) -> Vec<Finding> {
    let mut findings = disagreements(bench);
    // Statements of one grant are public together or not at all, and only grants give to everybody.
    let public: BTreeSet<&Path> = bench.public_statements(&BUCKET).filter_map(|statement| Some(&statement.origin.as_ref()?.path)).collect();
    let Some(block) = plan.buckets().find(|(resource, _)| resource.id == BUCKET).map(|(_, bucket)| bucket.public_access_block) else {
        return findings;
    };
    let grants = profile.grants.iter().enumerate().map(|(number, grant)| (path!["grants", number], grant));
    findings.extend(grants.filter(|(path, _)| public.contains(path)).filter_map(|(path, grant)| blocked(path, grant, block, profile)));
    let kept = profile.bucket.policy.is_some();
    if public.is_empty() && !kept && !(block.block_public_policy && block.restrict_public_buckets) {
        findings.push(
            Finding::new(Code::PublicOpeningUnused, path!["public_access", "block"], "public policies are let in, and no grant is public")
                .help("leave the switches on until there is a grant to `everyone`, without `when.cidrs` or `when.vpc_endpoints`"),
        );
    }
    findings
}

/// The first grant by which S3 calls the bucket policy public.
pub fn grant(plan: &Plan, bench: &Bench<'_>) -> Option<usize> {
    let own = plan.buckets().any(|(resource, _)| resource.id == BUCKET);
    let public: BTreeSet<&Path> = if own {
        bench.public_statements(&BUCKET).filter_map(|statement| Some(&statement.origin.as_ref()?.path)).collect()
    } else {
        BTreeSet::new()
    };
    let index = |path: &&Path| match path.steps() {
        [first, Step::Index(at)] if *first == Step::from("grants") => Some(*at),
        _ => None,
    };
    public.iter().find_map(index)
}

/// Policies that S3 calls public although nobody without credentials gets anything, or the reverse.
fn disagreements(bench: &Bench<'_>) -> Vec<Finding> {
    let disagree = |(id, called, open): (&LogicalId, bool, bool)| {
        let message = match (called, open) {
            (true, false) => format!("S3 calls the policy of `{id}` public, although nobody without credentials gets anything by it"),
            (false, true) => format!("S3 does not call the policy of `{id}` public, although it lets callers without credentials in"),
            _ => return None,
        };
        let help = "confine each statement for everybody to fixed values of a key that S3 counts, such as `aws:SourceVpce`";
        Some(Finding::new(Code::PublicDisagreement, path!["bucket"], message).help(help))
    };
    bench.public().filter_map(disagree).collect()
}

/// A public grant that S3 refuses, or keeps from working.
fn blocked(path: Path, grant: &Grant, block: PublicAccessBlock, profile: &Profile) -> Option<Finding> {
    let switch = |name: &'static str| path!["public_access", "block", name];
    let help = match grant.when.networks().is_empty() {
        true => {
            "confine it with `when.cidrs` or `when.vpc_endpoints`, or open `public_access.block` as `preset: public-read` does, with a waiver"
        }
        false => "list blocks no wider than /8, of IPv6 /32, or open `public_access.block` as `preset: public-read` does, with a waiver",
    };
    if block.block_public_policy {
        let message = format!("the grant `{}` makes the policy public, and S3 refuses to take it", grant.name);
        let finding = Finding::new(Code::PublicGrantBlocked, path.then("to"), message).label("the deployment fails");
        return Some(finding.also(switch("public_policy"), "Block Public Access refuses public policies").help(help));
    }
    if block.restrict_public_buckets {
        let message = format!("the grant `{}` makes the policy public, and S3 keeps everybody but the bucket's account out", grant.name);
        let finding = Finding::new(Code::PublicGrantBlocked, path.then("to"), message).label("it gives nothing to other callers");
        let finding = finding.also(switch("restrict"), "Block Public Access restricts public policies");
        let others = profile.grants.iter().enumerate().filter(|(_, other)| other.to.iter().any(|to| is_elsewhere(to, profile)));
        let finding = others.fold(finding, |finding, (number, other)| {
            finding.also(path!["grants", number, "to"], format!("`{}` gives nothing to other accounts then", other.name))
        });
        return Some(finding.help(help));
    }
    None
}

/// Whether it is somebody of another account.
fn is_elsewhere(to: &Grantee, profile: &Profile) -> bool {
    let own = profile.bucket.account.as_ref().map(|id| id.as_str());
    match to {
        Grantee::Account(id) => own != Some(id.as_str()),
        Grantee::Organization(_) => true,
        Grantee::Arn(arn) => arn.as_str().split(':').nth(4) != own,
        _ => false,
    }
}
