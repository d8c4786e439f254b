//! MFA-protected access: ages that mean nothing, and grants to callers that cannot have used MFA.

use super::{Subject, account};
use crate::diag::{Code, Finding, Path};
use crate::path;
use crate::policy::Actions;
use crate::protect::grants::Grant;
use crate::protect::mfa_access::action_set;
use crate::protect::principal::{Grantee, Identity};
use crate::protect::verbs::Verb;

/// The longest session of a user with MFA, in seconds ("GetSessionToken", AWS STS API Reference).
const LONGEST: u64 = 129_600;

pub(super) fn check(subject: &Subject<'_>, findings: &mut Vec<Finding>) {
    let mfa = &subject.profile.mfa;
    for (verb, within) in mfa.access.each() {
        let at = path!["mfa", "for", verb.word()];
        findings.extend(age(at.then("within"), within.seconds()));
        if matches!(verb, Verb::WriteConfig | Verb::Administer) && mfa.except.is_empty() {
            let message = format!("whoever deploys needs MFA too, since `{}` covers what a deployment does", verb.word());
            findings.push(
                Finding::new(Code::DeployerExcluded, at.clone(), message)
                    .help("name the deploying role: `mfa: {except: [{role: Deployer}]}`, or deploy as a user with MFA"),
            );
        }
        let covered = action_set(&verb);
        for (path, grant) in subject.grants() {
            let stopped = stopped(subject, grant, covered);
            if !stopped.is_empty() {
                let message = format!("the grant `{}` gives what takes MFA to callers that cannot have used it: {}", grant.name, names(&stopped));
                let help = match stopped.contains(&&Grantee::Everyone) {
                    true => format!("leave `{}` out of `mfa.for`, or grant it to users", verb.word()),
                    false => "list them in `mfa.except` and ask for MFA in the role's trust policy, or grant it to users".to_owned(),
                };
                findings.push(
                    Finding::new(Code::MfaUnreachable, path.then("to"), message)
                        .label("refused to them all the same")
                        .also(at.clone(), "MFA is asked for here")
                        .help(help),
                );
            }
        }
    }
    for (path, grant) in subject.grants() {
        let Some(within) = &grant.when.mfa_within else { continue };
        let at = path.then("when").then("mfa_within");
        findings.extend(age(at.clone(), within.seconds()));
        let without: Vec<&Grantee> = grant.to.iter().filter(|to| !can_use_mfa(to)).collect();
        if !without.is_empty() {
            let message = format!("the grant `{}` asks for MFA of callers that cannot have used it: {}", grant.name, names(&without));
            findings.push(
                Finding::new(Code::MfaUnreachable, at, message)
                    .label("it gives them nothing")
                    .help("leave `mfa_within` out for them, in a grant of their own, or grant it to users"),
            );
        }
    }
}

fn age(at: Path, seconds: u64) -> Option<Finding> {
    let message = match seconds {
        0 => "nobody used MFA no time ago",
        _ if seconds > LONGEST => "no session with MFA lasts that long, so that the age limits nothing",
        _ => return None,
    };
    Some(Finding::new(Code::MfaAge, at, message).help("use from `1s` to `36h`; an hour is common"))
}

/// Those to whom the grant gives some of the actions, and who are refused for want of MFA whatever they do.
fn stopped<'g>(subject: &Subject<'_>, grant: &'g Grant, covered: Actions) -> Vec<&'g Grantee> {
    if grant.actions().intersection(covered).is_empty() {
        return Vec::new();
    }
    let account = account(subject);
    let excepted: Vec<_> = subject.profile.mfa.except.iter().map(|identity| identity.pattern(&account)).collect();
    let left_alone = |identity: &Identity| excepted.contains(&identity.pattern(&account));
    let stopped = |to: &&Grantee| !can_use_mfa(to) && !to.identity().is_some_and(|identity| left_alone(&identity));
    grant.to.iter().filter(stopped).collect()
}

/// Whether some caller of this kind can carry the age of its MFA, or needs none: services are left alone.
fn can_use_mfa(to: &Grantee) -> bool {
    match to {
        Grantee::Role(_) | Grantee::PermissionSet(_) | Grantee::Everyone => false,
        Grantee::Arn(arn) => !arn.as_str().contains(":role/"),
        Grantee::User(_) | Grantee::Group(_) | Grantee::Account(_) | Grantee::Organization(_) | Grantee::Service(_) => true,
    }
}

fn names(of: &[&Grantee]) -> String {
    of.iter().map(|to| to.describe()).collect::<Vec<_>>().join(", ")
}
