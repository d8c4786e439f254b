//! Everything that the proofs about a bucket hang on, as a row of values.
//!
//! In: a bucket of a bench and the claims of its plan. Out: [`Piece`]s, the same number and kinds of them for buckets that
//! could be alike. Never: a field left out; every struct is taken apart by all of its fields, so that a new one is seen here.

use std::borrow::Cow;

use super::Piece;
use crate::claim::{ActionScope, Claim, Flow, Guarantee, NetworkList};
use crate::expr::Expr;
use crate::plan::{Grantee, Plan, PublicAccessBlock};
use crate::policy::{
    Base, Cidr, Condition, Document, Effect, Element, Family, KeyType, Operator, Principal, Principals, Quantifier, Statement,
};
use crate::verify::AccessPoint;
use crate::verify::access_tests::{Bench, Situation};

/// The row of a bucket; none where something is known only after deployment, or compared in a way that names could matter.
pub(in super::super) fn facts<'e>(bench: &'e Bench<'_>, plan: &'e Plan, situation: &Situation<'e, 'e>) -> Option<Vec<Piece<'e>>> {
    let mut row = Row { bench, plan, all: Vec::with_capacity(256) };
    row.text(situation.arn());
    row.text(situation.account());
    row.word(situation.partition());
    let bucket = situation.bucket();
    let PublicAccessBlock { block_public_acls, ignore_public_acls, block_public_policy, restrict_public_buckets } =
        bucket.public_access_block;
    row.marks([block_public_acls, ignore_public_acls, block_public_policy, restrict_public_buckets]);
    row.word(bucket.ownership.aws());
    row.mark(bucket.acl.len() as u64);
    for grant in &bucket.acl {
        row.word(grant.permission);
        match &grant.to {
            Grantee::Group(uri) => row.word(*uri),
            Grantee::CanonicalUser(id) => row.text(id.as_str()),
        }
    }
    let (algorithm, key) = situation.default_encryption();
    row.word(algorithm);
    row.maybe(key);
    row.mark(situation.called_public().map_or(0, |at| at as u64 + 1));
    row.document(situation.document())?;
    for (arn, document, layer) in situation.points() {
        row.text(arn);
        let AccessPoint { policy, from_vpc, vpc, block } = layer;
        row.maybe(vpc.as_deref());
        let public = policy.as_ref().is_some_and(|policy| policy.publicness().is_public());
        row.marks([public, *from_vpc, block.block_public_acls, block.ignore_public_acls]);
        row.marks([block.block_public_policy, block.restrict_public_buckets, false, false]);
        row.document(document)?;
    }
    // What the bucket denies may leave nothing of what they give.
    if *situation.id() == crate::plan::BUCKET {
        plan.managed_policies().try_for_each(|(_, policy)| row.document(Some(&policy.document)))?;
    }
    // The claims about one bucket may speak of the others.
    for other in bench.situations() {
        row.text(other.arn());
    }
    for claim in plan.claims.iter().filter(|claim| claim.bucket == *situation.id()) {
        row.claim(claim)?;
    }
    Some(row.all)
}

struct Row<'e, 'p> {
    bench: &'e Bench<'p>,
    plan: &'e Plan,
    all: Vec<Piece<'e>>,
}

impl<'e> Row<'e, '_> {
    fn mark(&mut self, mark: u64) {
        self.all.push(Piece::Mark(mark));
    }

    fn marks(&mut self, flags: [bool; 4]) {
        self.mark(flags.iter().fold(0, |all, flag| all * 2 + u64::from(*flag)));
    }

    fn word(&mut self, word: impl Into<Cow<'e, str>>) {
        self.all.push(Piece::Word(word.into()));
    }

    fn text(&mut self, text: impl Into<Cow<'e, str>>) {
        self.all.push(Piece::Text(text.into()));
    }

    fn maybe(&mut self, text: Option<&'e str>) {
        self.mark(text.is_some().into());
        text.into_iter().for_each(|text| self.text(text));
    }

    fn words(&mut self, words: impl ExactSizeIterator<Item = &'e str>) {
        self.mark(words.len() as u64);
        words.for_each(|word| self.word(word));
    }

    fn expr(&mut self, expr: &'e Expr) -> Option<()> {
        let text = self.bench.known(expr)?;
        self.text(text);
        Some(())
    }

    fn exprs(&mut self, exprs: &'e [Expr]) -> Option<()> {
        self.mark(exprs.len() as u64);
        exprs.iter().try_for_each(|expr| self.expr(expr))
    }

    /// A range of addresses; what is none is a word like any other.
    fn block(&mut self, text: Cow<'e, str>) {
        self.all.push(Cidr::parse(&text).map_or(Piece::Word(text), Piece::Block));
    }

    fn document(&mut self, document: Option<&'e Document>) -> Option<()> {
        self.mark(document.map_or(0, |document| document.statements.len() as u64 + 1));
        let Some(Document { version, id: _, statements }) = document else { return Some(()) };
        self.word(version.name());
        let opened = super::super::opened(document);
        statements.iter().enumerate().try_for_each(|(at, statement)| {
            self.mark(opened.contains(&at).into());
            self.statement(statement)
        })
    }

    fn statement(&mut self, statement: &'e Statement) -> Option<()> {
        // What it is called and where it comes from is told in findings, of which there are none.
        let Statement { sid: _, effect, principal, action, resource, condition, origin } = statement;
        self.mark(origin.is_some().into());
        let (who, not_who) = element(principal.as_ref());
        let (what, not_what) = element(Some(action));
        let (on, not_on) = element(resource.as_ref());
        self.marks([*effect == Effect::Allow, not_who, not_what, not_on]);
        match who {
            None => self.mark(0),
            Some(Principals::Everyone) => self.mark(1),
            Some(Principals::Of(all)) => {
                self.mark(2 + all.len() as u64);
                for one in all {
                    self.mark(match one {
                        Principal::Aws(_) => 0,
                        Principal::Service(_) => 1,
                        Principal::Federated(_) => 2,
                        Principal::CanonicalUser(_) => 3,
                    });
                    self.expr(one.value())?;
                }
            }
        }
        self.words(what.map(Vec::as_slice).unwrap_or_default().iter().map(AsRef::as_ref));
        self.mark(on.is_some().into());
        self.exprs(on.map(Vec::as_slice).unwrap_or_default())?;
        self.conditions(condition)
    }

    fn conditions(&mut self, conditions: &'e [Condition]) -> Option<()> {
        self.mark(conditions.len() as u64);
        for Condition { operator, key, values } in conditions {
            let Operator { quantifier, base, if_exists } = operator;
            self.word(base.name());
            self.word(key.name());
            self.mark(
                match quantifier {
                    None => 0,
                    Some(Quantifier::ForAllValues) => 2,
                    Some(Quantifier::ForAnyValue) => 4,
                } + u64::from(*if_exists),
            );
            self.mark(values.len() as u64);
            // The texts of texts alone are replaced, and ranges of addresses; no key may be read in two ways.
            let folds = matches!(base, Base::StringEqualsIgnoreCase | Base::StringNotEqualsIgnoreCase);
            let put: fn(&mut Self, Cow<'e, str>) = match (key.key_type(), base.family()) {
                (_, Family::Null) => |row, text| row.word(text),
                (Some(KeyType::Numeric | KeyType::Date | KeyType::Bool), _) => |row, text| row.word(text),
                (Some(KeyType::Ip), Family::Ip) => Self::block,
                (Some(KeyType::String | KeyType::Arn) | None, Family::String | Family::Arn) if !folds => |row, text| row.text(text),
                _ => return None,
            };
            for value in values {
                let text = self.bench.known(value)?;
                put(self, text);
            }
        }
        Some(())
    }

    fn blocks(&mut self, cidrs: &'e [Expr]) -> Option<()> {
        self.mark(cidrs.len() as u64);
        for range in cidrs {
            let text = self.bench.known(range)?;
            self.block(text);
        }
        Some(())
    }

    fn statements(&mut self, statements: &'e [Statement]) -> Option<()> {
        self.mark(statements.len() as u64);
        statements.iter().try_for_each(|statement| self.statement(statement))
    }

    fn networks(&mut self, networks: &'e NetworkList) -> Option<()> {
        let NetworkList { cidrs, vpcs, vpc_endpoints } = networks;
        self.blocks(cidrs)?;
        self.exprs(vpcs)?;
        self.exprs(vpc_endpoints)
    }

    fn claim(&mut self, claim: &'e Claim) -> Option<()> {
        // Where it comes from is told in findings.
        let Claim { bucket: _, guarantee, origin: _ } = claim;
        self.word(guarantee.name());
        match guarantee {
            Guarantee::NoPublicAccess | Guarantee::Setting { .. } => {}
            Guarantee::TlsOnly { minimum } => self.maybe(*minimum),
            Guarantee::TlsVersion { minimum } => self.word(*minimum),
            Guarantee::PointAddresses { point, cidrs } => {
                self.expr(point)?;
                self.blocks(cidrs)?;
            }
            Guarantee::DeniesHold { denies } => self.statements(denies)?,
            Guarantee::GrantsWork { gives, through } => {
                // What stands in the policy as it was asked for holds of itself.
                let settled = through.is_none() && super::super::standing(claim, self.plan).1.is_empty();
                self.mark(settled.into());
                if !settled {
                    self.exprs(through.as_slice())?;
                    self.statements(gives)?;
                }
            }
            // These are decided each time.
            Guarantee::UsesWork { .. } => {}
            Guarantee::EncryptedAsDeclared { pinned_algorithm, pinned_key, sse_c_blocked } => {
                self.maybe(*pinned_algorithm);
                self.mark((*sse_c_blocked).into());
                self.exprs(pinned_key.as_slice())?;
            }
            Guarantee::OnlyPrincipals { actions, principals } => {
                self.words(actions.iter().copied());
                self.exprs(principals)?;
            }
            Guarantee::AccessPointOnly { points, except } => {
                self.exprs(points)?;
                self.exprs(except)?;
            }
            Guarantee::OnlyNetworks { scope, allowed, denied, services, forwarded, principals, repairers } => {
                match scope {
                    ActionScope::All => self.mark(0),
                    ActionScope::Of(actions) => {
                        self.mark(1);
                        self.words(actions.iter().map(String::as_str));
                    }
                }
                self.networks(allowed)?;
                self.networks(denied)?;
                self.marks([*services, *forwarded, false, false]);
                self.exprs(principals)?;
                self.exprs(repairers)?;
            }
            Guarantee::NoLockout { principals } => self.exprs(principals)?,
            Guarantee::OnlyListedPrincipals { accounts, principals, organizations, sources } => {
                self.exprs(accounts)?;
                self.exprs(principals)?;
                self.exprs(organizations)?;
                self.exprs(sources)?;
            }
            Guarantee::MfaEnforced { actions, within_seconds, except } => {
                self.words(actions.iter().map(AsRef::as_ref));
                self.mark(*within_seconds);
                self.exprs(except)?;
            }
            Guarantee::PresignedBounded { forbidden, max_age_seconds, networks } => {
                self.mark((*forbidden).into());
                self.mark(max_age_seconds.map_or(0, |age| age.saturating_add(1)));
                self.conditions(networks)?;
            }
            Guarantee::ServicesWork(flow) => self.flow(flow)?,
        }
        Some(())
    }

    fn flow(&mut self, flow: &'e Flow) -> Option<()> {
        match flow {
            Flow::AccessLogDelivery { source, account, prefix } => {
                self.mark(0);
                self.expr(source)?;
                self.expr(account)?;
                // What follows may be of one word with it.
                self.text(format!("{prefix}2026"));
            }
            Flow::ConfigDelivery { account } => {
                self.mark(1);
                self.word(self.bench.region());
                self.expr(account)?;
            }
            Flow::TrailDelivery { trail, account } => {
                self.mark(2);
                self.expr(trail)?;
                self.expr(account)?;
            }
            Flow::MacieReading { role } => {
                self.mark(4);
                self.expr(role)?;
            }
            Flow::MacieDelivery { service, sources, account } => {
                self.mark(5);
                self.word(service.as_str());
                self.exprs(sources)?;
                self.expr(account)?;
            }
            Flow::Replication { role, to } => {
                self.mark(3);
                self.expr(role)?;
                self.expr(to)?;
            }
        }
        Some(())
    }
}

/// What an element lists, and whether it means all others.
const fn element<T>(element: Option<&Element<T>>) -> (Option<&T>, bool) {
    match element {
        None => (None, false),
        Some(Element::Is(listed)) => (Some(listed), false),
        Some(Element::Not(listed)) => (Some(listed), true),
    }
}
