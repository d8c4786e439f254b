//! What only the deployment knows, given so that a policy can be decided before there is one.
//!
//! In: the partition, region and account, and values for references and parameters. Out: the text of an
//! [`Expr`], or nothing where a part of it is not given; the decision then says that it depends on it.

use std::borrow::Cow;
use std::collections::HashMap;

use crate::expr::{Attribute, Expr, LogicalId, Part, Pseudo};

/// Values for the parts of expressions.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Environment {
    /// Such as `aws`.
    pub partition: String,
    /// Such as `eu-west-1`.
    pub region: String,
    /// The account that is deployed to.
    pub account: String,
    /// Such as `amazonaws.com`.
    pub url_suffix: String,
    references: HashMap<(LogicalId, Attribute), String>,
    parameters: HashMap<LogicalId, String>,
}

impl Default for Environment {
    /// The documentation's account, in Ireland.
    fn default() -> Self {
        Self {
            partition: "aws".into(),
            region: "eu-west-1".into(),
            account: "111122223333".into(),
            url_suffix: "amazonaws.com".into(),
            references: HashMap::new(),
            parameters: HashMap::new(),
        }
    }
}

impl Environment {
    /// Says what a reference becomes.
    pub fn refer(&mut self, id: LogicalId, attribute: Attribute, value: impl Into<String>) -> &mut Self {
        self.references.insert((id, attribute), value.into());
        self
    }

    /// Says what a deploy-time parameter is.
    pub fn set(&mut self, id: LogicalId, value: impl Into<String>) -> &mut Self {
        self.parameters.insert(id, value.into());
        self
    }

    /// Says what all deploy-time parameters are; none of them has another value.
    pub fn settle(&mut self, values: impl IntoIterator<Item = (LogicalId, String)>) -> &mut Self {
        self.parameters = values.into_iter().collect();
        self
    }

    /// The text, if every part of it is known.
    pub fn text<'a>(&'a self, expr: &'a Expr) -> Option<Cow<'a, str>> {
        if let Some(text) = expr.as_text() {
            return Some(Cow::Borrowed(text));
        }
        let mut known = true;
        let text = expr.resolve(|part| match self.part(part) {
            Some(value) => Cow::Borrowed(value),
            None => {
                known = false;
                Cow::Borrowed("")
            }
        });
        known.then_some(text)
    }

    /// A name as a profile writes it, with what the deployment knows of itself filled in.
    pub fn filled(&self, name: &str) -> String {
        if !crate::expr::is_open(name) {
            return name.to_owned();
        }
        self.text(&Expr::text(name.to_owned())).map_or_else(|| name.to_owned(), Cow::into_owned)
    }

    fn part<'a>(&'a self, part: &'a Part) -> Option<&'a str> {
        Some(match part {
            Part::Text(text) => text,
            Part::Pseudo(Pseudo::Partition) => &self.partition,
            Part::Pseudo(Pseudo::Region) => &self.region,
            Part::Pseudo(Pseudo::AccountId) => &self.account,
            Part::Pseudo(Pseudo::UrlSuffix) => &self.url_suffix,
            Part::Parameter(id) => self.parameters.get(id)?,
            // The map's key owns its id, so the look-up needs one too; this runs at compile time only.
            Part::Reference(id, attribute) => self.references.get(&(id.clone(), *attribute))?,
        })
    }
}
