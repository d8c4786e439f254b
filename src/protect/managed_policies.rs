//! Grants that IAM carries: a managed policy each, attached to the users, groups and roles that the grant names.
//!
//! In: grants with `via: iam`. Out: policies among what the draft needs, and for permission sets the step that refers to
//! them. Never: a user, group or role; whom a grant names is there already.

use std::collections::BTreeSet;

use super::Draft;
use super::grants::{Grant, Scope, rights};
use super::principal::Grantee;
use super::{key_use, uses};
use crate::claim::{Guarantee, Use, User, Work};
use crate::diag::Path;
use crate::expr::{Expr, LogicalId};
use crate::path;
use crate::plan::{About, Kind, ManagedPolicy, Resource, Scanner, Step, Suppression, When, shell_word};
use crate::policy::{Action, Actions, Base, Condition, Document, Effect, Key, Operator, Quantifier, Statement};

/// Rules that want policies on groups and roles only.
const NO_USERS: &[(Scanner, &str)] = &[
    (Scanner::CdkNag, "HIPAA.Security-IAMUserNoPolicies"),
    (Scanner::CdkNag, "NIST.800.53.R5-IAMUserNoPolicies"),
    (Scanner::CdkNag, "PCI.DSS.321-IAMUserNoPolicies"),
    (Scanner::CfnNag, "F12"),
    (Scanner::CheckovTerraform, "CKV_AWS_40"),
    (Scanner::Trivy, "AWS-0143"),
];

/// Rules that take the wildcard behind a prefix for one over everything.
const NO_WILDCARDS: &[(Scanner, &str)] = &[(Scanner::CdkNag, "AwsSolutions-IAM5")];

/// Puts a policy for every grant that IAM carries among what the draft needs.
pub fn lower(grants: &[Grant], draft: &mut Draft) {
    for (at, grant) in grants.iter().enumerate().filter(|(_, grant)| grant.via.is_iam()) {
        let path = path!["grants", at];
        let policies: Vec<ManagedPolicy> = policies(grant, statements(grant, &path, draft), draft);
        let steps: Vec<Step> = permission_sets(grant).map(|set| reference_step(set, &policies, &path, draft)).collect();
        draft.steps.extend(steps);
        let mut made = Vec::with_capacity(policies.len());
        for (part, policy) in policies.into_iter().enumerate() {
            let number = if part == 0 { String::new() } else { (part + 1).to_string() };
            let id = LogicalId::derived(&format!("Policy{number}"), grant.name.as_str());
            let attached = !policy.users.is_empty();
            made.push(id.clone());
            let resource = Resource::new(id, Kind::ManagedPolicy(policy), grant.origin(path.clone()));
            let named = format!("the grant {} of the profile names users", grant.name);
            let users = Suppression::all(named, NO_USERS).into_iter().map(|one| one.of(About::Users)).filter(|_| attached);
            let wildcards = Suppression::all("objects of one bucket are named by what their keys begin with", NO_WILDCARDS);
            draft.needs.push(resource.suppressing(wildcards).suppressing(users));
        }
        let uses = uses_of(grant, draft);
        draft.claim(grant.origin(path), Guarantee::UsesWork { work: Work::Grant, of: made, uses });
    }
}

/// What whoever holds the policies of a grant can do: every action, in every place, from each kind of network.
fn uses_of(grant: &Grant, draft: &Draft) -> Vec<Use> {
    let networks = grant.when.networks().any_of();
    let networks: Vec<Vec<Condition>> =
        if networks.is_empty() { vec![Vec::new()] } else { networks.into_iter().map(|(_, network)| vec![network]).collect() };
    let own = Condition::one(Base::StringEquals, Key::ResourceAccount, draft.account.clone());
    let mut all = Vec::new();
    for right in rights(&grant.can, &grant.prefixes, &Scope::bucket(draft.arn())) {
        let known = |name: &str| Actions::matching(name).iter().filter(|action| right.aspect.has(*action)).map(Action::name).next();
        let actions: Vec<String> = right.actions.iter().filter_map(|name| known(name)).collect();
        for network in &networks {
            let asked = [own.clone()].into_iter().chain(grant.when.membership()).chain(right.conditions.iter().cloned());
            let conditions: Vec<Condition> = asked.chain(grant.when.circumstances()).chain(network.iter().cloned()).collect();
            for on in &right.resources {
                let mut context = uses::context(&conditions);
                let texts: Vec<String> = context.iter().map(|(_, value)| value).chain([on]).map(ToString::to_string).collect();
                texts.iter().flat_map(|text| uses::variables(text)).for_each(|variable| {
                    if !context.iter().any(|(key, _)| key.same(&variable.0)) {
                        context.push(variable);
                    }
                });
                all.extend(uses::each(&User::Holder, actions.iter().cloned(), on, &context));
            }
        }
    }
    all.extend(key_uses(grant, draft));
    all
}

/// What readers and writers do with the bucket's key.
fn key_uses(grant: &Grant, draft: &Draft) -> Vec<Use> {
    let Some(key) = &draft.bucket.encryption.key else { return Vec::new() };
    let alias = key.as_text().filter(|key| key.starts_with("alias/"));
    let on = alias.map_or_else(|| key.clone(), |_| Expr::arn("kms", draft.region.clone(), draft.account.clone(), "key/1234abcd"));
    let mut context = uses::context(&[key_use::through_s3(&draft.region), key_use::for_bucket(&draft.arn())]);
    context.extend(alias.map(|alias| (Key::KmsResourceAliases, Expr::text(alias.to_owned()))));
    uses::each(&User::Holder, key_use::actions(grant).iter().copied(), &on, &context)
}

fn permission_sets(grant: &Grant) -> impl Iterator<Item = &str> {
    let sets: BTreeSet<&str> = grant
        .to
        .iter()
        .filter_map(|grantee| match grantee {
            Grantee::PermissionSet(name) => Some(name.as_str()),
            _ => None,
        })
        .collect();
    sets.into_iter()
}

/// As few policies as hold the statements in their order; a statement that is too large by itself is alone.
fn policies(grant: &Grant, statements: Vec<Statement>, draft: &Draft) -> Vec<ManagedPolicy> {
    let mut documents = vec![Document::default()];
    for statement in statements {
        if let Some(last) = documents.last_mut() {
            last.statements.push(statement);
            if last.statements.len() > 1 && last.size() > Document::MANAGED_POLICY_LIMIT {
                let over = last.statements.pop();
                documents.push(Document { statements: over.into_iter().collect(), ..Document::default() });
            }
        }
    }
    let holders = |kind: &str| -> Vec<String> {
        let names = grant.to.iter().filter_map(|grantee| grantee.attached());
        let names: BTreeSet<&str> = names.filter(|(of, _)| *of == kind).map(|(_, name)| name).collect();
        names.into_iter().map(str::to_owned).collect()
    };
    let bucket = &draft.bucket.name;
    let policy = |(part, document): (usize, Document)| ManagedPolicy {
        name: ManagedPolicy::name_for(bucket, grant.name.as_str(), part + 1),
        description: format!("What the grant {} on the bucket {bucket} allows", grant.name),
        document,
        users: holders("user"),
        groups: holders("group"),
        roles: holders("role"),
        permission_sets: permission_sets(grant).map(str::to_owned).collect(),
    };
    documents.into_iter().enumerate().map(policy).collect()
}

fn allow(sid: String, grant: &Grant, path: &Path) -> Statement {
    let mut statement = Statement::new(Effect::Allow, "").because(grant.origin(path.clone()));
    statement.principal = None;
    statement.sid = Some(sid.into());
    statement
}

fn statements(grant: &Grant, path: &Path, draft: &Draft) -> Vec<Statement> {
    let name = grant.name.pascal();
    let networks = grant.when.networks().any_of();
    let mut statements = Vec::new();
    for right in rights(&grant.can, &grant.prefixes, &Scope::bucket(draft.arn())) {
        let mut statement = allow(format!("{name}{}", right.aspect.word()), grant, path).actions(right.actions).on(right.resources);
        // A name is all that tells a bucket: after it was deleted, anybody can make one of that name (bucket squatting).
        let own = Condition::one(Base::StringEquals, Key::ResourceAccount, draft.account.clone());
        let asked = grant.when.membership().into_iter().chain(right.conditions).chain(grant.when.circumstances());
        statement.condition.extend([own].into_iter().chain(asked));
        statements.extend(statement.from_each(&networks));
    }
    statements.extend(key_use(grant, path, draft));
    statements
}

/// What readers and writers need of the bucket's key: through S3, and for this bucket only. The circumstances of the grant
/// are asked for where S3 decides; the call that S3 makes to KMS comes from elsewhere.
fn key_use(grant: &Grant, path: &Path, draft: &Draft) -> Option<Statement> {
    let key = draft.bucket.encryption.key.as_ref()?;
    let actions = key_use::actions(grant);
    if actions.is_empty() {
        return None;
    }
    let statement = allow(format!("{}Key", grant.name.pascal()), grant, path)
        .actions(actions.iter().copied())
        .when(key_use::through_s3(&draft.region))
        .when(key_use::for_bucket(&draft.arn()));
    let Some(alias) = key.as_text().filter(|key| key.starts_with("alias/")) else { return Some(statement.on([key.clone()])) };
    // No policy takes an alias for a resource ("Use aliases to control access to KMS keys", AWS KMS Developer Guide).
    let any = Operator { quantifier: Some(Quantifier::ForAnyValue), ..Base::StringEquals.into() };
    let named = Condition::one(any, Key::KmsResourceAliases, alias.to_owned());
    Some(statement.on([Expr::arn("kms", draft.region.clone(), draft.account.clone(), "key/*")]).when(named))
}

/// Only IAM Identity Center changes the roles that it makes, so that it has to be told of the policies.
fn reference_step(set: &str, policies: &[ManagedPolicy], path: &Path, draft: &Draft) -> Step {
    let word = shell_word(set);
    let mut commands = vec![
        "# with credentials of the account that administers IAM Identity Center, in its region".to_owned(),
        "INSTANCE=$(aws sso-admin list-instances --query 'Instances[0].InstanceArn' --output text)".to_owned(),
        "SET=''".to_owned(),
        "for ARN in $(aws sso-admin list-permission-sets --instance-arn \"$INSTANCE\" --query 'PermissionSets[]' --output text); do".to_owned(),
        "  NAME=$(aws sso-admin describe-permission-set --instance-arn \"$INSTANCE\" --permission-set-arn \"$ARN\" --query PermissionSet.Name --output text)"
            .to_owned(),
        format!("  if [ \"$NAME\" = {word} ]; then SET=$ARN; fi"),
        "done".to_owned(),
    ];
    commands.extend(policies.iter().map(|policy| {
        format!(
            "aws sso-admin attach-customer-managed-policy-reference-to-permission-set --instance-arn \"$INSTANCE\" --permission-set-arn \"$SET\" --customer-managed-policy-reference Name={},Path={}",
            policy.name,
            ManagedPolicy::PATH
        )
    }));
    let account = draft.account.as_text();
    if account.is_none() {
        commands.push("printf 'id of the account that owns the bucket: '; read -r ACCOUNT".to_owned());
    }
    let account = account.unwrap_or("\"$ACCOUNT\"");
    commands.push(format!(
        "aws sso-admin provision-permission-set --instance-arn \"$INSTANCE\" --permission-set-arn \"$SET\" --target-type AWS_ACCOUNT --target-id {account}"
    ));
    let held = |policy: &ManagedPolicy| {
        let arn =
            format!("ARN=$(aws iam list-policies --scope Local --query \"Policies[?PolicyName=='{}'].Arn\" --output text)", policy.name);
        [arn, "aws iam list-entities-for-policy --policy-arn \"$ARN\" --query 'PolicyRoles[].RoleName' --output text".to_owned()]
    };
    let names: Vec<&str> = policies.iter().map(|policy| policy.name.as_str()).collect();
    Step {
        title: format!("Refer to {} in the permission set {set}", names.join(", ")),
        why: format!(
            "only IAM Identity Center changes the roles of a permission set. In every account to which {set} is assigned there must be a policy of that name \
             and path, even one that allows nothing of use, or the assignment fails there: use a permission set for this account only, or make the policy there \
             first"
        ),
        when: When::After,
        commands,
        verify: policies.iter().flat_map(held).collect(),
        expect: format!("for each policy the name of a role that begins with AWSReservedSSO_{set}_"),
        path: path.then("to"),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::plan::{BUCKET, Bucket};
    use crate::policy::Element;

    fn grant(yaml: &str) -> Grant {
        serde_json::from_value(serde_yaml::from_str(yaml).unwrap()).unwrap()
    }

    fn lowered(yaml: &str) -> Vec<ManagedPolicy> {
        encrypted(yaml, None)
    }

    fn encrypted(yaml: &str, key: Option<&str>) -> Vec<ManagedPolicy> {
        let mut draft = Draft::new(BUCKET, None, None, Bucket::new("acme".parse().unwrap()));
        draft.bucket.encryption.key = key.map(|key| Expr::text(key.to_owned()));
        lower(&[grant(yaml)], &mut draft);
        let policy = |resource: Resource| match resource.kind {
            Kind::ManagedPolicy(policy) => policy,
            other => panic!("{other:?}"),
        };
        draft.needs.into_iter().map(policy).collect()
    }

    #[test]
    fn everybody_is_attached_once_and_without_a_path() {
        let all =
            lowered("{name: g, to: [{user: a/b/Ann}, {user: Ann}, {group: x/G}, {role: R}, {permission_set: P}], can: [read], via: iam}");
        let [policy] = all.as_slice() else { panic!("{all:#?}") };
        assert_eq!((policy.users.join(" "), policy.groups.join(" "), policy.roles.join(" ")), ("Ann".into(), "G".into(), "R".into()));
        assert_eq!(policy.permission_sets, ["P"]);
    }

    #[test]
    fn a_policy_that_is_too_large_is_split_between_statements_in_their_order() {
        let prefixes: Vec<String> = (0..60).map(|n| format!("{n:02}-{}/", "p".repeat(40))).collect();
        let all = lowered(&format!("{{name: g, to: [{{role: R}}], can: [read, list, write], prefixes: {prefixes:?}, via: iam}}"));
        let names: Vec<&str> = all.iter().map(|policy| policy.name.as_str()).collect();
        assert_eq!(names, ["acme_g", "acme_g_2"]);
        assert!(all.iter().all(|policy| policy.document.size() <= Document::MANAGED_POLICY_LIMIT && policy.roles == ["R"]));
        let sids: Vec<_> = all.iter().flat_map(|policy| &policy.document.statements).filter_map(|one| one.sid.as_deref()).collect();
        assert_eq!(sids, ["GObjects", "GListing"]);
    }

    /// Of the last statement: its actions, its resource, and the keys of its conditions.
    fn last(yaml: &str, key: &str) -> (String, String, Vec<Key>) {
        let all = encrypted(yaml, Some(key));
        let statement = all.last().and_then(|policy| policy.document.statements.last()).unwrap();
        let (Element::Is(actions), Some(Element::Is(resources))) = (&statement.action, &statement.resource) else {
            panic!("{statement:?}")
        };
        let keys = statement.condition.iter().map(|condition| condition.key.clone()).collect();
        (actions.join(" "), resources.iter().map(ToString::to_string).collect::<Vec<_>>().join(" "), keys)
    }

    #[test]
    fn the_key_is_used_as_far_as_the_grant_needs_it_and_through_s3_only() {
        let grant = |can: &str| format!("{{name: g, to: [{{role: R}}], can: [{can}], via: iam}}");
        let context = Key::KmsEncryptionContext("aws:s3:arn".to_owned());
        let arn = "arn:aws:kms:eu-west-1:111122223333:key/1234abcd-12ab-34cd-56ef-1234567890ab";
        let confined = vec![Key::KmsViaService, context];
        assert_eq!(last(&grant("read, list"), arn), ("kms:Decrypt".into(), arn.into(), confined.clone()));
        assert_eq!(last(&grant("write"), arn), ("kms:Decrypt kms:GenerateDataKey".into(), arn.into(), confined.clone()));
        let (actions, ..) = last(&grant("list, delete"), arn);
        assert!(actions.starts_with("s3:"), "{actions}");
        let named = [confined, vec![Key::KmsResourceAliases]].concat();
        let any = "arn:{Partition}:kms:{Region}:{AccountId}:key/*";
        assert_eq!(last(&grant("read-versions"), "alias/team"), ("kms:Decrypt".into(), any.into(), named));
    }

    #[test]
    fn every_statement_about_s3_fixes_the_account_of_the_bucket() {
        let all = lowered("{name: g, to: [{role: R}], can: [administer, write, list], when: {cidrs: [203.0.113.0/24]}, via: iam}");
        let statements: Vec<_> = all.iter().flat_map(|policy| &policy.document.statements).collect();
        assert_eq!(statements.len(), 3, "{statements:#?}");
        for statement in statements {
            assert!(statement.condition.iter().any(|condition| condition.key == Key::ResourceAccount), "{statement:?}");
            assert!(matches!(&statement.action, Element::Is(names) if names.iter().all(|name| name.starts_with("s3:"))));
        }
    }
}
