//! Values of a plan as HCL.
//!
//! In: expressions, trees and policies. Out: literals that Terraform reads as exactly that, laid out as `terraform fmt` does.
//! Never: a text that could end its quotes or its comment.

use std::borrow::Cow;
use std::collections::BTreeSet;

use super::super::address::resource_type;
use super::super::engine::Spell;
use super::super::{Provider, hcl, layout};
use super::comment;
use crate::expr::{Attribute, Expr, Literal, LogicalId, Part, Pseudo};
use crate::plan::{Kind, Plan};
use crate::policy::Document;

/// HCL with references of a plan.
pub(super) struct Hcl<'a> {
    pub(super) plan: &'a Plan,
    pub(super) provider: Provider,
    /// What of the deployment was referred to.
    pub(super) used: BTreeSet<Pseudo>,
    /// What stands within the policies that were spelled, laid out.
    pub(super) documents: Vec<String>,
}

impl<'a> Hcl<'a> {
    pub(super) fn new(plan: &'a Plan, provider: Provider) -> Self {
        Self { plan, provider, used: BTreeSet::new(), documents: Vec::new() }
    }

    /// `aws_s3_bucket.bucket`
    pub(super) fn address(&self, id: &LogicalId) -> String {
        [resource_type(self.plan.resource(id).map(|resource| &resource.kind)), &id.snake_case()].join(".")
    }

    pub(super) fn reference(&self, id: &LogicalId, attribute: Attribute) -> String {
        let mut address = self.address(id);
        address.push_str(match attribute {
            Attribute::Streams => return format!("\"${{{address}.arn}}:*\""),
            Attribute::Arn => ".arn",
            Attribute::Alias => ".alias",
            Attribute::Id if self.plan.resource(id).is_some_and(|resource| matches!(resource.kind, Kind::Key(_))) => ".key_id",
            Attribute::Id => ".id",
        });
        address
    }

    /// A part that is not text, as it stands outside of quotes.
    fn push_bare(&mut self, out: &mut String, part: &Part) {
        match part {
            Part::Text(text) => out.push_str(text),
            Part::Pseudo(pseudo) => {
                self.used.insert(*pseudo);
                out.push_str(match (pseudo, self.provider) {
                    (Pseudo::Partition, _) => "data.aws_partition.current.partition",
                    (Pseudo::UrlSuffix, _) => "data.aws_partition.current.dns_suffix",
                    (Pseudo::AccountId, _) => "data.aws_caller_identity.current.account_id",
                    // Renamed in generation 6, where the old name is deprecated.
                    (Pseudo::Region, Provider::V5) => "data.aws_region.current.name",
                    (Pseudo::Region, Provider::V6) => "data.aws_region.current.region",
                });
            }
            Part::Parameter(id) => {
                out.push_str("var.");
                out.push_str(&id.snake_case());
            }
            Part::Reference(id, attribute) => out.push_str(&self.reference(id, *attribute)),
        }
    }

    /// The name of a bucket as text: what exists already can be looked up before anything is made.
    pub(super) fn bucket_name(&mut self, id: &LogicalId) -> String {
        let name = self.plan.buckets().find(|(resource, _)| resource.id == *id).map(|(_, bucket)| bucket.name.to_string());
        self.expr(&Expr::text(name.unwrap_or_default()))
    }

    /// A policy to which the statements of others are added that the bucket's policy holds.
    pub(super) fn with_kept(&mut self, document: &Document, label: &str) -> String {
        let mut out = format!("{{\nVersion = \"{}\"\nStatement = concat(", document.version.name());
        let statements: Vec<Literal<'_>> = match document.literal() {
            Literal::Object { fields, .. } => fields.into_iter().filter(|(key, _)| key == "Statement").map(|(_, list)| list).collect(),
            _ => Vec::new(),
        };
        for list in &statements {
            self.push(&mut out, list, 0);
        }
        out.push_str(&format!(", local.{label}_kept)\n}}"));
        out
    }

    /// The literal, laid out so deep; whether it is one line.
    fn push(&mut self, out: &mut String, literal: &Literal<'_>, depth: usize) -> bool {
        match literal {
            Literal::Bool(switch) => out.push_str(if *switch { "true" } else { "false" }),
            Literal::Int(number) => out.push_str(&number.to_string()),
            Literal::Word(text) => hcl::push_quoted(out, text),
            Literal::Text(expr) => self.push_expr(out, expr),
            Literal::List(items) => return self.push_list(out, items, depth),
            Literal::Object { fields, .. } if fields.is_empty() => out.push_str("{}"),
            Literal::Object { fields, .. } => {
                out.push_str("{\n");
                self.push_fields(out, fields, depth + 1);
                layout::blanks(out, 2 * depth);
                out.push('}');
                return false;
            }
        }
        true
    }

    /// A line or more for each field. The `=` of neighbours line up, but for those whose values go on in other lines.
    fn push_fields(&mut self, out: &mut String, fields: &[(Cow<'_, str>, Literal<'_>)], depth: usize) {
        let mut run: Vec<(usize, usize)> = Vec::with_capacity(fields.len());
        for (key, value) in fields {
            layout::blanks(out, 2 * depth);
            let start = out.len();
            if hcl::is_identifier(key) {
                out.push_str(key);
            } else {
                hcl::push_quoted(out, key);
            }
            let (end, width) = (out.len(), layout::columns(out.as_bytes().get(start..).unwrap_or_default()));
            out.push_str(" = ");
            if self.push(out, value, depth) {
                run.push((end, width));
            } else {
                align(out, &mut run);
            }
            out.push('\n');
        }
        align(out, &mut run);
    }

    /// Short lists of scalars on one line, others with a line for each item. Whether it is one line.
    fn push_list(&mut self, out: &mut String, items: &[Literal<'_>], depth: usize) -> bool {
        let is_scalar = |item: &Literal<'_>| !matches!(item, Literal::List(_) | Literal::Object { .. });
        if items.iter().all(is_scalar) {
            let start = out.len();
            out.push('[');
            let mut ends = Vec::with_capacity(items.len());
            for item in items {
                self.push(out, item, depth);
                ends.push(out.len());
                out.push_str(", ");
            }
            out.truncate(ends.last().copied().unwrap_or(out.len()));
            out.push(']');
            let is_long = items.len() > 1 && out.len() - start - 2 * items.len() > 60;
            if is_long {
                break_list(out, start, &ends, depth);
            }
            return !is_long;
        }
        out.push_str("[\n");
        for item in items {
            if let Literal::Object { comment: Some(text), .. } = item
                && !text.is_empty()
            {
                layout::blanks(out, 2 * (depth + 1));
                comment(out, text);
            }
            layout::blanks(out, 2 * (depth + 1));
            self.push(out, item, depth + 1);
            out.push_str(",\n");
        }
        layout::blanks(out, 2 * depth);
        out.push(']');
        false
    }

    fn push_expr(&mut self, out: &mut String, expr: &Expr) {
        if let [part @ (Part::Pseudo(_) | Part::Parameter(_) | Part::Reference(..))] = expr.parts() {
            return self.push_bare(out, part);
        }
        out.push('"');
        for part in expr.parts() {
            match part {
                Part::Text(text) => hcl::push_escaped(out, text),
                part => {
                    // A dollar sign before it would make the reference a text, so it is put in as a value.
                    if out.ends_with('$') {
                        out.pop();
                        out.push_str("${\"$\"}");
                    }
                    out.push_str("${");
                    self.push_bare(out, part);
                    out.push('}');
                }
            }
        }
        out.push('"');
    }
}

/// Breaks a list on one line, of which the items end there, into a line for each.
fn break_list(out: &mut String, start: usize, ends: &[usize], depth: usize) {
    let line = out.split_off(start);
    let mut from = "[".len();
    out.push_str("[\n");
    for end in ends {
        layout::blanks(out, 2 * (depth + 1));
        out.push_str(line.get(from..end - start).unwrap_or_default());
        out.push_str(",\n");
        from = end - start + ", ".len();
    }
    layout::blanks(out, 2 * depth);
    out.push(']');
}

/// Lines the `=` of neighbours up, of which the keys end there and are so wide.
fn align(out: &mut String, run: &mut Vec<(usize, usize)>) {
    let widest = run.iter().map(|(_, width)| *width).max().unwrap_or(0);
    // From the last one on, so that the places of those before it stay as they are.
    for (end, width) in run.drain(..).rev() {
        if width < widest {
            out.insert_str(end, &" ".repeat(widest - width));
        }
    }
}

impl<'p> Spell<'p> for Hcl<'_> {
    fn expr(&mut self, expr: &Expr) -> String {
        let mut out = String::with_capacity(64);
        self.push_expr(&mut out, expr);
        out
    }

    fn literal(&mut self, literal: &Literal<'_>) -> String {
        let mut out = String::with_capacity(1024);
        self.push(&mut out, literal, 0);
        out
    }

    fn document(&mut self, document: &'p Document) -> String {
        let mut inside = String::with_capacity(4 * 1024);
        if let Literal::Object { fields, .. } = document.literal() {
            self.push_fields(&mut inside, &fields, layout::LAID_AT as usize / 2);
        }
        self.documents.push(inside);
        format!("{{\n{}\n}}", layout::stand_in(self.documents.len() - 1))
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    /// Trees as policies and settings are: keys of any signs, lists long and short, comments above objects.
    fn literal() -> impl Strategy<Value = Literal<'static>> {
        let word =
            prop::sample::select(vec!["", "s3:GetObject", "${x} %{y} \"\\", "größe", "arn:aws:iam::111122223333:role/SomeRatherLongName"]);
        let leaf = prop_oneof![
            any::<bool>().prop_map(Literal::Bool),
            any::<i64>().prop_map(Literal::Int),
            word.clone().prop_map(|text| Literal::Word(text.into())),
            Just(Literal::Text(Cow::Owned(Expr::text("arn:") + Expr::from(Pseudo::Partition) + Expr::text(":$")))),
        ];
        let keys = ["Sid", "NotPrincipal", "aws:SourceIp", "größe", "x y"];
        leaf.prop_recursive(5, 40, 5, move |inner| {
            let comment = prop::option::of(prop::sample::select(vec!["why\nthat", "", "é"]));
            prop_oneof![
                prop::collection::vec(inner.clone(), 0..5).prop_map(Literal::List),
                (comment, prop::collection::vec(inner, 0..5)).prop_map(move |(comment, values)| {
                    let fields = keys.iter().map(|key| Cow::Borrowed(*key)).zip(values).collect();
                    Literal::Object { comment: comment.map(Cow::Borrowed), fields }
                }),
            ]
        })
    }

    proptest! {
        #[test]
        fn what_is_spelled_is_laid_out(literal in literal()) {
            let plan = Plan::new("a".parse().unwrap(), None);
            let text = format!("a = {}\n", Hcl::new(&plan, Provider::V6).literal(&literal));
            prop_assert_eq!(layout::fmt(&text), text);
        }
    }
}
