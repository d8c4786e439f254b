//! A bucket of a bench before anything about it is compiled, and what is proved about once it is.
//!
//! In: the stages of a [`Bench`]. Out: [`Situation`]s, which hold everything that a proof about a bucket can hang on beside
//! the claims, and the prover's subjects. Never: a look at another bucket's policy.

use std::borrow::Cow;

use super::super::{AccessPoint, Kind, Policy, prove};
use super::{Bench, Stage};
use crate::expr::{Expr, LogicalId};
use crate::names::BucketName;
use crate::plan;
use crate::policy::Document;

/// A bucket and everything that has a say about it.
#[derive(Debug)]
pub struct Situation<'b, 'p> {
    bench: &'b Bench<'p>,
    stage: &'b Stage<'p>,
}

impl<'b, 'p> Situation<'b, 'p> {
    /// Its name in the plan.
    pub const fn id(&self) -> &'b LogicalId {
        &self.stage.id
    }

    /// Its ARN.
    pub fn arn(&self) -> &'b str {
        &self.stage.arn
    }

    /// The account that it belongs to.
    pub fn account(&self) -> &'b str {
        &self.bench.environment.account
    }

    /// The partition that it is in.
    pub fn partition(&self) -> &'b str {
        &self.bench.environment.partition
    }

    /// Its settings.
    pub const fn bucket(&self) -> &'p plan::Bucket {
        self.stage.bucket
    }

    /// Its policy.
    pub const fn document(&self) -> Option<&'p Document> {
        self.stage.document
    }

    /// The first statement that makes S3 call the policy public, where one does.
    pub fn called_public(&self) -> Option<usize> {
        self.stage.document.and_then(|document| prove::called_public(document, &self.bench.environment))
    }

    /// What encrypts its objects where a request says nothing, and with which key.
    pub fn default_encryption(&self) -> (&'b str, Option<&'b str>) {
        let (algorithm, key) = &self.stage.default;
        (algorithm, key.as_deref())
    }

    /// Its access points: their ARNs, their policies, and what else they say.
    pub fn points(&self) -> impl Iterator<Item = (&'b str, Option<&'p Document>, &'b AccessPoint)> {
        self.stage.points.iter().map(|point| (point.arn.as_str(), point.document, &point.layer))
    }

    /// What is proved about.
    pub fn subject(&self) -> prove::Subject {
        let Bench { environment, .. } = self.bench;
        prove::Subject {
            bucket: self.stage.arn.clone(),
            account: environment.account.clone(),
            partition: environment.partition.clone(),
            policies: self.stage.compiled(environment).assumed.clone(),
            called_public: self.called_public(),
            document: self.stage.document.cloned(),
            points: self.points().map(|(arn, _, layer)| (arn.to_owned(), layer.clone())).collect(),
        }
    }
}

impl<'p> Bench<'p> {
    /// Each bucket with what has a say about it.
    pub fn situations(&self) -> impl Iterator<Item = Situation<'_, 'p>> {
        let bench = self.settled();
        bench.stages.iter().map(move |stage| Situation { bench, stage })
    }

    /// Each bucket as what is proved about, with its policy's document.
    pub fn subjects(&self) -> impl Iterator<Item = (&LogicalId, prove::Subject, Option<&'p Document>)> {
        self.situations().map(|situation| (situation.id(), situation.subject(), situation.document()))
    }

    /// A policy of a resource of the plan, with the values that are proved for.
    pub fn compiled(&self, document: &Document, kind: Kind) -> Policy {
        Policy::compile(document, kind, &self.settled().environment)
    }

    /// The account that it is deployed to.
    pub fn account(&self) -> &str {
        &self.environment.account
    }

    /// The partition that it is deployed to.
    pub fn partition(&self) -> &str {
        &self.environment.partition
    }

    /// The region that it is deployed to.
    pub fn region(&self) -> &str {
        &self.environment.region
    }

    /// A bucket's name as the deployment has it.
    pub fn filled(&self, name: &BucketName) -> String {
        self.environment.filled(name.as_str())
    }

    /// The text of an expression of the plan, as far as it is known, with the values that are proved for.
    pub fn text(&self, expr: &Expr) -> Option<String> {
        self.known(expr).map(Cow::into_owned)
    }

    /// The same, without a copy where there is nothing but text.
    pub fn known<'e>(&'e self, expr: &'e Expr) -> Option<Cow<'e, str>> {
        self.settled().environment.text(expr)
    }
}
