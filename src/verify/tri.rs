//! Yes, no, or it depends: the outcome of a test of which AWS documents only part.
//!
//! In: outcomes. Out: their conjunction, disjunction, negation. An open outcome says what it hangs on, and never
//! turns into a yes or a no by itself.

/// What an outcome hangs on where the policies and the request do not settle it.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum On {
    /// A reference or a parameter that only the deployment knows.
    Unresolved,
    /// A value that its operator cannot read, under a negated operator: not documented.
    Unreadable,
    /// `NotPrincipal` with `Deny` that lists the caller in part ("might deny", IAM User Guide).
    NotPrincipal,
    /// A wildcard as the name of a service, of an identity provider or of a canonical user: not documented.
    WildcardPrincipal,
    /// Whether the caller's VPC is that of the access point.
    Vpc,
    /// A point on which AWS's pages disagree or are silent; see [`Knob`](super::Knob).
    Knob(super::Knob),
}

impl On {
    /// What it hangs on, for people.
    pub const fn reason(self) -> &'static str {
        match self {
            Self::Unresolved => "a value that is known only after deployment",
            Self::Unreadable => "how a negated operator treats a value it cannot read",
            Self::NotPrincipal => "whether `NotPrincipal` spares a caller of whom it lists a part",
            Self::WildcardPrincipal => "what a wildcard in a principal other than `AWS` matches",
            Self::Vpc => "whether the caller's VPC is the access point's",
            Self::Knob(knob) => knob.question(),
        }
    }
}

/// An outcome.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub(super) enum Tri {
    No,
    Maybe(On),
    Yes,
}

impl Tri {
    pub(super) fn and(self, other: Self) -> Self {
        match (self, other) {
            (Self::No, _) | (_, Self::No) => Self::No,
            (Self::Maybe(on), _) | (_, Self::Maybe(on)) => Self::Maybe(on),
            _ => Self::Yes,
        }
    }

    pub(super) fn or(self, other: Self) -> Self {
        match (self, other) {
            (Self::Yes, _) | (_, Self::Yes) => Self::Yes,
            (Self::Maybe(on), _) | (_, Self::Maybe(on)) => Self::Maybe(on),
            _ => Self::No,
        }
    }

    pub(super) fn not(self) -> Self {
        match self {
            Self::No => Self::Yes,
            Self::Maybe(on) => Self::Maybe(on),
            Self::Yes => Self::No,
        }
    }
}

impl From<bool> for Tri {
    fn from(yes: bool) -> Self {
        if yes { Self::Yes } else { Self::No }
    }
}
