//! What others have to do before requests come through an access point: partners in their accounts, and whoever owns
//! the VPC endpoint. None of it is part of the profile.

use serde_json::json;

use super::super::grants::{Grant, Scope, rights};
use super::super::principal::Grantee;
use super::super::verbs::Verb;
use super::{NetworkOrigin, Point};
use crate::diag::Path;
use crate::path;
use crate::plan::{Step, When, shell_word};
use crate::protect::Draft;

/// Adds the steps of one point.
pub(super) fn add(number: usize, point: &Point, scope: &Scope, grants: &[(&Point, Path, &Grant)], draft: &mut Draft) {
    let endpoint =
        point.vpc.as_ref().filter(|_| point.origin == NetworkOrigin::Vpc).map(|vpc| endpoint(number, point, vpc.as_str(), scope, draft));
    let own = draft.account.as_text().map(str::to_owned);
    let others = |grant: &Grant| -> Vec<String> {
        let foreign = |grantee: &&Grantee| match grantee {
            Grantee::Account(id) => own.as_deref() != Some(id.as_str()),
            Grantee::Arn(_) => grantee.identity().and_then(|one| one.account().map(str::to_owned)) != own,
            Grantee::Organization(_) => true,
            _ => false,
        };
        grant.to.iter().filter(foreign).map(Grantee::describe).collect()
    };
    let partners: Vec<Step> = grants
        .iter()
        .map(|(_, place, grant)| (place, grant, others(grant)))
        .filter(|(.., others)| !others.is_empty())
        .map(|(place, grant, others)| partner(point, place, grant, &others, scope, draft))
        .collect();
    draft.steps.extend(endpoint.into_iter().chain(partners));
}

fn endpoint(number: usize, point: &Point, vpc: &str, scope: &Scope, draft: &Draft) -> Step {
    let region = draft.region.as_text().unwrap_or("*");
    let bucket = Scope::bucket(draft.arn());
    let resources = [scope, &bucket].map(|scope| [draft.shown(&scope.container), draft.shown(&scope.objects) + "*"]).concat();
    let account = draft
        .account
        .as_text()
        .map_or_else(|| "\"$(aws sts get-caller-identity --query Account --output text)\"".to_owned(), str::to_owned);
    Step {
        title: format!("Let the VPC endpoint of {vpc} reach the access point {}", point.name),
        why: "the endpoint is not part of this profile, and a policy of its own must allow both the access point and the bucket behind it"
            .to_owned(),
        when: When::After,
        commands: vec![
            format!(
                "aws ec2 describe-vpc-endpoints --filters Name=vpc-id,Values={vpc} 'Name=service-name,Values=com.amazonaws.{region}.s3' --query \
                 'VpcEndpoints[].[VpcEndpointId,PolicyDocument]' --output text"
            ),
            "# a policy that does not allow everything, as the default one does, must allow the actions of the point on all of these:"
                .to_owned(),
            format!("# {}", json!(resources)),
        ],
        verify: vec![format!(
            "aws s3control get-access-point --account-id {account} --name {} --query '[NetworkOrigin,VpcConfiguration.VpcId]' --output text",
            point.name
        )],
        expect: format!("VPC {vpc}, and an endpoint with a policy that allows both"),
        path: path!["access_points", "points", number, "vpc"],
    }
}

fn partner(point: &Point, place: &Path, grant: &Grant, others: &[String], scope: &Scope, draft: &Draft) -> Step {
    let both = [scope, &Scope::bucket(draft.arn())].map(|scope| rights(&grant.can, &grant.prefixes, scope));
    let mut resources: Vec<String> = both.iter().flatten().flat_map(|right| &right.resources).map(|arn| draft.shown(arn)).collect();
    resources.dedup();
    let mut actions: Vec<_> = both.iter().flatten().flat_map(|right| right.actions.iter().cloned()).collect();
    actions.sort();
    actions.dedup();
    let statement = json!({ "Effect": "Allow", "Action": actions, "Resource": resources });
    let mut commands = vec![
        format!(
            "# for {}: add this statement to the IAM policies of those who shall come, which must name the point and the bucket behind it",
            others.join(", ")
        ),
        format!("# {statement}"),
    ];
    if let Some(key) = &draft.bucket.encryption.key {
        let key = key.written().unwrap_or("the bucket's key, by the ARN in the output KeyArn".into());
        commands
            .push(format!("# and, for objects under KMS, kms:Decrypt to read and kms:GenerateDataKey with kms:Decrypt to write, on {key}"));
    }
    let arn = draft.shown(&scope.container);
    let prefix = grant.prefixes.first().map_or("", |prefix| prefix.as_str());
    let try_it = if grant.can.contains(&Verb::List) {
        format!("list-objects-v2 --bucket {arn} --prefix {} --max-items 1", shell_word(prefix))
    } else if grant.can.contains(&Verb::Write) {
        format!("put-object --bucket {arn} --key {}", shell_word(&format!("{prefix}try-it")))
    } else {
        format!("head-object --bucket {arn} --key {}", shell_word(&format!("{prefix}KEY")))
    };
    Step {
        title: format!("Tell the partners of {} what to allow", point.name),
        why: format!(
            "a caller of another account needs its own account's permission too, and reaches {} by the ARN or alias in the outputs",
            point.name
        ),
        when: When::After,
        commands,
        verify: vec!["# with the partner's credentials, from where it will call:".to_owned(), format!("aws s3api {try_it}")],
        expect: "an answer that is not AccessDenied".to_owned(),
        path: place.clone(),
    }
}
