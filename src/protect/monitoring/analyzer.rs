//! IAM Access Analyzer: who could reach the bucket from outside, which access nobody uses, and who could from within.
//!
//! Sources: "Using AWS Identity and Access Management Access Analyzer", "Archive rules", "IAM Access Analyzer filter
//! keys", IAM User Guide.

use serde::{Deserialize, Serialize};
use serde_json::{Value, json};

use super::Singleton;
use crate::diag::Path;
use crate::expr::{Expr, LogicalId};
use crate::path;
use crate::plan::{self, ArchiveRule, Filter, Kind, Resource, Step, When};
use crate::protect::grants::{Grant, GrantName};
use crate::protect::principal::{Grantee, Outsider};
use crate::protect::{Draft, Meta};

/// What is known about this protection.
pub const META: Meta = Meta {
    id: "access-analyzer",
    title: "IAM Access Analyzer",
    risk: "nobody notices when a policy that somebody changed lets others in",
    statements: &[],
};

/// Days after which access counts as unused: the default of the console.
const UNUSED_DAYS: u32 = 90;

/// IAM Access Analyzer.
#[derive(Clone, Debug, Serialize, Deserialize)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
#[serde(deny_unknown_fields)]
pub struct AccessAnalyzer {
    /// Whether the account has analyzers already. They look at everything in a region, so that one profile makes them for all.
    #[serde(default)]
    pub analyzer: Singleton,
    /// Whose access is from outside: everybody's beyond the account, or beyond the organization.
    #[serde(default)]
    pub scope: Zone,
    /// What they look for. `unused` is billed for each role and user, `internal` for each resource.
    #[serde(default = "external")]
    #[cfg_attr(test, schemars(length(min = 1), extend("uniqueItems" = true)))]
    pub kinds: Vec<Looks>,
    /// Grants by their names: findings about the access that they mean to give go to the archive by themselves.
    #[serde(default)]
    #[cfg_attr(test, schemars(extend("uniqueItems" = true)))]
    pub archive: Vec<GrantName>,
}

fn external() -> Vec<Looks> {
    vec![Looks::External]
}

/// Whom an analyzer trusts.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(test, derive(schemars::JsonSchema), schemars(inline))]
#[serde(rename_all = "lowercase")]
pub enum Zone {
    /// The account.
    #[default]
    Account,
    /// The organization: only in its management account, or in the account that it delegated this to.
    Organization,
}

/// What an analyzer looks for.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(test, derive(schemars::JsonSchema), schemars(inline))]
#[serde(rename_all = "lowercase")]
pub enum Looks {
    /// Access from outside.
    External,
    /// Access that nobody used for 90 days.
    Unused,
    /// Access to this bucket from within.
    Internal,
}

impl Looks {
    const fn id(self) -> LogicalId {
        LogicalId::fixed(match self {
            Self::External => "ExternalAccessAnalyzer",
            Self::Unused => "UnusedAccessAnalyzer",
            Self::Internal => "InternalAccessAnalyzer",
        })
    }

    const fn name(self) -> &'static str {
        match self {
            Self::External => "external-access",
            Self::Unused => "unused-access",
            Self::Internal => "internal-access",
        }
    }

    const fn reason(self) -> &'static str {
        match self {
            Self::External => "finds resources that others can reach",
            Self::Unused => "finds access that nobody uses",
            Self::Internal => "finds who can reach the bucket from within",
        }
    }

    /// AWS's word.
    const fn aws(self, zone: Zone) -> &'static str {
        match (self, zone) {
            (Self::External, Zone::Account) => "ACCOUNT",
            (Self::External, Zone::Organization) => "ORGANIZATION",
            (Self::Unused, Zone::Account) => "ACCOUNT_UNUSED_ACCESS",
            (Self::Unused, Zone::Organization) => "ORGANIZATION_UNUSED_ACCESS",
            (Self::Internal, Zone::Account) => "ACCOUNT_INTERNAL_ACCESS",
            (Self::Internal, Zone::Organization) => "ORGANIZATION_INTERNAL_ACCESS",
        }
    }
}

impl AccessAnalyzer {
    /// Adds what it asks for, or steps for what exists.
    pub fn lower<'g>(&self, grants: impl Iterator<Item = &'g Grant>, draft: &mut Draft) {
        let expected: Vec<&Grant> = grants.filter(|grant| self.archive.contains(&grant.name)).collect();
        let archive: Vec<ArchiveRule> = expected.iter().flat_map(|grant| archive_rules(grant, draft)).collect();
        for kind in &self.kinds {
            match self.analyzer {
                Singleton::Create => {
                    let analyzer = plan::Analyzer {
                        name: kind.name(),
                        kind: kind.aws(self.scope),
                        unused_days: (*kind == Looks::Unused).then_some(UNUSED_DAYS),
                        inside: if *kind == Looks::Internal { vec![draft.arn()] } else { Vec::new() },
                        archive: if *kind == Looks::External { archive.clone() } else { Vec::new() },
                        tags: draft.bucket.tags.clone(),
                    };
                    let origin = draft.origin(&META, path!["monitoring", "access_analyzer", "kinds"], kind.reason());
                    draft.dependents.push(Resource::new(kind.id(), Kind::Analyzer(analyzer), origin));
                }
                Singleton::Existing => draft.steps.push(self.is_there(*kind, &archive, draft)),
            }
        }
        let words: Vec<&str> = self.kinds.iter().map(|kind| kind.name()).collect();
        draft.claim_setting(&META, path!["monitoring", "access_analyzer", "kinds"], "access analyzers", words.join(", "));
    }

    /// That an analyzer looks, and what it takes for expected: it is not part of the profile.
    fn is_there(&self, kind: Looks, archive: &[ArchiveRule], draft: &Draft) -> Step {
        let aws = kind.aws(self.scope);
        let list = |query: &str| format!("aws accessanalyzer list-analyzers --type {aws} --query '{query}' --output text");
        let mut commands = Vec::new();
        let rules = if kind == Looks::External { archive } else { &[] };
        if !rules.is_empty() {
            commands.push(format!("ANALYZER=$({})", list("analyzers[0].name")));
        }
        for rule in rules {
            let filter: serde_json::Map<String, Value> = rule
                .filters
                .iter()
                .map(|filter| {
                    let values: Vec<String> = filter.values.iter().map(|value| draft.shown(value)).collect();
                    (filter.property.to_owned(), if filter.contains { json!({ "contains": values }) } else { json!({ "eq": values }) })
                })
                .collect();
            let filter = Value::from(filter);
            commands.push(format!(
                "aws accessanalyzer create-archive-rule --analyzer-name \"$ANALYZER\" --rule-name {} --filter '{filter}'",
                rule.name
            ));
        }
        if commands.is_empty() {
            commands.push(list("analyzers[].[name,status]"));
        }
        Step {
            title: format!("See that an analyzer {} for {}", kind.reason().replacen("finds", "looks for", 1), draft.bucket.name),
            why: "analyzers look at everything in a region, and are outside of this profile".to_owned(),
            when: When::After,
            commands,
            verify: vec![list("analyzers[].status")],
            expect: "ACTIVE".to_owned(),
            path: at(),
        }
    }
}

fn at() -> Path {
    path!["monitoring", "access_analyzer", "analyzer"]
}

/// What findings say about somebody whom a grant lets in from outside; nothing for whoever causes none: the account
/// itself, and services.
pub fn finding_of(grantee: &Grantee, own: Option<&str>) -> Option<(&'static str, bool, String)> {
    Some(match grantee.outsider(own)? {
        Outsider::Account(id) => ("principal.AWS", true, id.to_string()),
        Outsider::Arn(arn) => ("principal.AWS", true, arn.to_string()),
        Outsider::Organization(id) => ("condition.aws:PrincipalOrgID", false, id.to_string()),
        Outsider::Everyone => ("isPublic", false, "true".to_owned()),
    })
}

/// A rule for each way in which findings name the principals of a grant. The findings have to be about this bucket.
fn archive_rules(grant: &Grant, draft: &Draft) -> Vec<ArchiveRule> {
    let mut rules: Vec<ArchiveRule> = Vec::new();
    let own = draft.account.as_text();
    for (property, contains, value) in grant.to.iter().filter_map(|grantee| finding_of(grantee, own)) {
        let value = Expr::text(value);
        let same = rules.iter_mut().flat_map(|rule| &mut rule.filters).find(|filter| filter.property == property);
        if let Some(filter) = same {
            filter.values.push(value);
            continue;
        }
        let bucket = Filter { property: "resource", contains: false, values: vec![draft.arn()] };
        let who = Filter { property, contains, values: vec![value] };
        let number = if rules.is_empty() { String::new() } else { format!("-{}", rules.len() + 1) };
        // Names of rules begin with a letter; names of buckets need not.
        let name = format!("s3-{}-{}{number}", draft.bucket.name, grant.name);
        let id = LogicalId::derived("Archive", &format!("{}{number}", grant.name));
        rules.push(ArchiveRule { name, id, filters: vec![bucket, who] });
    }
    rules
}
