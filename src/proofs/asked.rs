//! Claims of a plan, and what a profile asks for beyond them, in the words of the prover.
//!
//! In: a claim. Out: a question about all requests, calls that have to be allowed, or the verdict itself where no search is needed.
//! Never: an answer of the prover.

use super::*;
use crate::claim::{ActionName, ActionScope, NetworkList};
use crate::expr::Part;
use crate::policy::{Key, Principal};
use crate::profile::GuaranteeName;
use crate::protect::access_points::MANAGEMENT;
use crate::protect::principal::Identity;
use crate::protect::verbs::DATA;
use crate::verify::prove::Networks;

/// A guarantee that the profile asks for.
pub(super) fn added(more: &AskedGuarantee, subject: &Subject) -> Asked {
    let account = Expr::text(subject.account.clone());
    let texts = |all: &[Identity]| {
        let text = |identity: &Identity| {
            let pattern = identity.pattern(&account);
            let known = pattern.resolve(|part| match part {
                Part::Text(text) => text.as_ref().into(),
                // ARNs are made with the partition that the deployment is in.
                _ => subject.partition.as_str().into(),
            });
            known.into_owned()
        };
        all.iter().map(text).collect::<Vec<_>>()
    };
    let named = |all: &[ActionName]| all.iter().map(ToString::to_string).collect::<Vec<_>>();
    let principals = texts(&more.principals);
    Asked::All(match more.guarantee {
        GuaranteeName::TlsOnly => Question::TlsOnly { minimum: more.minimum_tls.map(|version| version.number().to_owned()) },
        GuaranteeName::NoPublicAccess => Question::NoPublicAccess,
        GuaranteeName::OnlyListedNetworks => Question::OnlyNetworks {
            actions: if more.actions.is_empty() { vec!["*".to_owned()] } else { named(&more.actions) },
            allowed: Networks {
                cidrs: more.cidrs.iter().map(ToString::to_string).collect(),
                vpcs: more.vpcs.iter().map(ToString::to_string).collect(),
                endpoints: more.vpc_endpoints.iter().map(ToString::to_string).collect(),
            },
            denied: Networks::default(),
            services: true,
            forwarded: true,
            principals,
            repairers: Vec::new(),
        },
        GuaranteeName::OnlyListedPrincipals => {
            let accounts: Vec<String> = more.accounts.iter().map(ToString::to_string).chain([subject.account.clone()]).collect();
            Question::OnlyListedPrincipals {
                sources: accounts.clone(),
                principals,
                accounts,
                organizations: more.organizations.iter().map(ToString::to_string).collect(),
                resources: vec![subject.bucket.clone()],
            }
        }
        GuaranteeName::MfaEnforced => Question::MfaEnforced {
            actions: named(&more.actions),
            within_seconds: more.within.as_ref().map_or(0, |within| within.seconds()),
            except: principals,
            repairers: Vec::new(),
        },
        GuaranteeName::PresignedBounded => Question::PresignedBounded {
            max_age_seconds: more.max_age.as_ref().map(|age| age.seconds()),
            forbidden: more.max_age.is_none(),
            networks: Networks::default(),
            repairers: Vec::new(),
        },
        GuaranteeName::NoLockout => return Asked::Lockout(principals),
    })
}

/// The statements with the values that are proved for.
pub(super) fn resolved<'s>(statements: impl IntoIterator<Item = &'s Statement>, bench: &Bench<'_>) -> Option<Vec<Statement>> {
    let text = |expr: &Expr| Some(Expr::text(bench.text(expr)?));
    let texts = |all: &Vec<Expr>| all.iter().map(text).collect::<Option<Vec<_>>>();
    let principal = |principal: &Principal| {
        Some(match principal {
            Principal::Aws(value) => Principal::Aws(text(value)?),
            Principal::Service(value) => Principal::Service(text(value)?),
            Principal::Federated(value) => Principal::Federated(text(value)?),
            Principal::CanonicalUser(value) => Principal::CanonicalUser(text(value)?),
        })
    };
    let principals = |all: &Principals| match all {
        Principals::Everyone => Some(Principals::Everyone),
        Principals::Of(all) => Some(Principals::Of(all.iter().map(principal).collect::<Option<Vec<_>>>()?)),
    };
    let one = |statement: &Statement| {
        let mut known = statement.clone();
        match &mut known.principal {
            Some(Element::Is(all) | Element::Not(all)) => *all = principals(all)?,
            None => {}
        }
        match &mut known.resource {
            Some(Element::Is(all) | Element::Not(all)) => *all = texts(all)?,
            None => {}
        }
        for condition in &mut known.condition {
            condition.values = texts(&condition.values)?;
        }
        Some(known)
    };
    statements.into_iter().map(one).collect()
}

/// The statements of a grant that stand in its policy as they were asked for, whatever else does, and those that do not.
pub(super) fn standing<'c>(claim: &'c Claim, plan: &Plan) -> (Vec<&'c Statement>, Vec<&'c Statement>) {
    let Guarantee::GrantsWork { gives, through } = &claim.guarantee else { return (Vec::new(), Vec::new()) };
    let document = match through {
        None => plan.bucket_policies().find(|(bucket, _)| **bucket == claim.bucket).map(|(_, document)| document),
        Some(arn) => plan.access_points().find(|(_, point)| point.arn == *arn).and_then(|(_, point)| point.policy.as_ref()),
    };
    let stands = |one: &&Statement| document.is_some_and(|document| document.statements.iter().any(|other| other.covers(one)));
    gives.iter().partition(stands)
}

pub(super) fn asked(claim: &Claim, bench: &Bench<'_>, plan: &Plan, subject: &Subject, repairers: &[String]) -> Asked {
    let texts = |all: &[Expr]| all.iter().map(|expr| bench.text(expr)).collect::<Option<Vec<String>>>();
    let names = |all: &[&'static str]| all.iter().map(|name| (*name).to_owned()).collect::<Vec<_>>();
    let question = match &claim.guarantee {
        Guarantee::TlsOnly { minimum } => Some(Question::TlsOnly { minimum: minimum.map(str::to_owned) }),
        Guarantee::TlsVersion { minimum } => Some(Question::TlsVersion { minimum: (*minimum).to_owned() }),
        Guarantee::PointAddresses { point, cidrs } => match (bench.text(point), texts(cidrs)) {
            (Some(point), Some(cidrs)) => Some(Question::PointAddresses { point, cidrs, but: names(&[MANAGEMENT]) }),
            _ => None,
        },
        Guarantee::DeniesHold { denies } => {
            resolved(denies, bench).map(|denies| Question::Denied { denies, repairers: repairers.to_vec() })
        }
        Guarantee::GrantsWork { gives, through } => {
            let (known, missing) = standing(claim, plan);
            if known.len() == gives.len() && through.is_none() {
                return Asked::Settled(Verdict::Proved);
            }
            let known = if through.is_some() { known } else { Vec::new() };
            match (resolved(missing, bench), resolved(known, bench), through.as_ref().map(|arn| bench.text(arn))) {
                (None, ..) | (_, None, _) | (.., Some(None)) => None,
                (Some(gives), Some(known), through) => Some(Question::Granted { gives, known, through: through.flatten() }),
            }
        }
        Guarantee::UsesWork { of, uses, .. } => return Asked::Settled(uses::verdict(of, uses, bench, plan)),
        Guarantee::NoPublicAccess => Some(Question::NoPublicAccess),
        Guarantee::EncryptedAsDeclared { pinned_algorithm, pinned_key, sse_c_blocked } => {
            let key = match pinned_key {
                None => Some(None),
                Some(key) => bench.text(key).map(Some),
            };
            key.map(|key| Question::EncryptedAsDeclared {
                algorithm: pinned_algorithm.map(str::to_owned),
                key,
                sse_c_blocked: *sse_c_blocked,
            })
        }
        Guarantee::OnlyPrincipals { actions, principals } => {
            texts(principals).map(|principals| Question::OnlyPrincipals { actions: names(actions), principals })
        }
        Guarantee::OnlyListedPrincipals { accounts, principals, organizations, sources } => {
            match (texts(accounts), texts(principals), texts(sources), texts(organizations)) {
                (Some(accounts), Some(principals), Some(sources), Some(organizations)) => Some(Question::OnlyListedPrincipals {
                    principals,
                    accounts,
                    organizations,
                    sources,
                    resources: bench.situations().map(|situation| situation.arn().to_owned()).collect(),
                }),
                _ => None,
            }
        }
        Guarantee::AccessPointOnly { points, except } => match (texts(points), texts(except)) {
            (Some(points), Some(except)) => Some(Question::AccessPointOnly { actions: names(DATA), points, except }),
            _ => None,
        },
        Guarantee::OnlyNetworks { scope, allowed, denied, services, forwarded, principals, repairers } => {
            let list = |list: &NetworkList| {
                Some(Networks { cidrs: texts(&list.cidrs)?, vpcs: texts(&list.vpcs)?, endpoints: texts(&list.vpc_endpoints)? })
            };
            let actions = match scope {
                ActionScope::All => vec!["*".to_owned()],
                ActionScope::Of(names) => names.clone(),
            };
            match (texts(principals), texts(repairers), list(allowed), list(denied)) {
                (Some(principals), Some(repairers), Some(allowed), Some(denied)) => Some(Question::OnlyNetworks {
                    actions,
                    allowed,
                    denied,
                    services: *services,
                    forwarded: *forwarded,
                    principals,
                    repairers,
                }),
                _ => None,
            }
        }
        Guarantee::NoLockout { principals } => {
            // Nobody of another account can repair anyway (the finding `lockout` says so).
            let own = |arn: &String| arn.split(':').nth(4) == Some(&subject.account);
            return texts(principals).map_or(Asked::Open, |all| Asked::Lockout(all.into_iter().filter(own).collect()));
        }
        Guarantee::MfaEnforced { actions, within_seconds, except } => texts(except).map(|except| Question::MfaEnforced {
            actions: actions.iter().map(|name| name.clone().into_owned()).collect(),
            within_seconds: *within_seconds,
            except,
            repairers: repairers.to_vec(),
        }),
        Guarantee::PresignedBounded { forbidden, max_age_seconds, networks } => {
            let mut listed = Networks::default();
            let mut known = true;
            for condition in networks {
                let list = match condition.key {
                    Key::SourceVpc => &mut listed.vpcs,
                    Key::SourceVpce => &mut listed.endpoints,
                    _ => &mut listed.cidrs,
                };
                match texts(&condition.values) {
                    Some(values) => list.extend(values),
                    None => known = false,
                }
            }
            known.then_some(Question::PresignedBounded {
                max_age_seconds: *max_age_seconds,
                forbidden: *forbidden,
                networks: listed,
                repairers: repairers.to_vec(),
            })
        }
        Guarantee::ServicesWork(flow) => {
            return flows::calls(flow, claim, bench, subject).map_or(Asked::Open, |(calls, who)| Asked::Flow(calls, who));
        }
        Guarantee::Setting { .. } => None,
    };
    question.map_or(Asked::Open, Asked::All)
}
