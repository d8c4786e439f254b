//! Exceptions for scanners: rules that do not fit a resource, each with the reason, put beside it.

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

/// One rule that does not fit.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct Suppression {
    /// Whose rule.
    pub scanner: Scanner,
    /// Its id.
    pub rule: &'static str,
    /// Why it does not fit: a sentence fragment without colons, which checkov would cut at.
    pub reason: &'static str,
}

impl Suppression {
    /// The same exception for the rules of several scanners.
    pub fn all(reason: &'static str, rules: &[(Scanner, &'static str)]) -> Vec<Self> {
        rules.iter().map(|(scanner, rule)| Self { scanner: *scanner, rule, reason }).collect()
    }
}
