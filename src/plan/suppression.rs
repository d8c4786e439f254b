//! Exceptions for scanners: rules that do not fit a resource, each with the reason, put beside it.

use std::borrow::Cow;

/// A scanner that reads exceptions from what it scans.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
#[allow(missing_docs, reason = "the names are the documentation")]
pub enum Scanner {
    CdkNag,
    CfnGuard,
    CfnNag,
    Checkov,
    /// Rules that checkov applies to Terraform only.
    CheckovTerraform,
    Trivy,
}

/// The part of a resource that a rule looks at: Terraform has a block of its own for some.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord)]
pub enum About {
    /// The resource as a whole.
    #[default]
    Whole,
    /// A bucket's Block Public Access.
    PublicAccessBlock,
    /// A bucket's object ownership.
    Ownership,
    /// That a policy is attached to users.
    Users,
}

/// One rule that does not fit.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct Suppression {
    /// Whose rule.
    pub scanner: Scanner,
    /// Its id.
    pub rule: &'static str,
    /// What it looks at.
    pub about: About,
    /// Why it does not fit: from a waiver of the profile, or a sentence fragment of ours.
    pub reason: Cow<'static, str>,
}

impl Suppression {
    /// The same exception for the rules of several scanners.
    pub fn all(reason: impl Into<Cow<'static, str>>, rules: &[(Scanner, &'static str)]) -> Vec<Self> {
        let reason = reason.into();
        let one = |(scanner, rule): &(Scanner, &'static str)| Self { scanner: *scanner, rule, about: About::Whole, reason: reason.clone() };
        rules.iter().map(one).collect()
    }

    /// The same about a part.
    #[must_use]
    pub const fn of(mut self, about: About) -> Self {
        self.about = about;
        self
    }
}
