//! What is known about a finding code, and the form in which the table is written.

use super::super::Severity;
use super::Code;

/// What is known about a code.
#[derive(Clone, Copy, Debug)]
pub struct CodeInfo {
    /// The word itself.
    pub name: &'static str,
    /// The severity that a finding has unless something changes it.
    pub severity: Severity,
    /// Whether a waiver can accept it: true for choices, false for mistakes.
    pub waivable: bool,
    /// One line: what is wrong.
    pub summary: &'static str,
    /// Why it matters and what to do.
    pub explain: &'static str,
}

impl Code {
    /// The kebab-case word.
    pub const fn name(self) -> &'static str {
        self.info().name
    }

    /// The code of that name.
    pub fn by_name(name: &str) -> Option<Self> {
        Self::ALL.iter().copied().find(|code| code.name() == name)
    }
}

macro_rules! codes {
    ($($(#[$doc:meta])* $variant:ident = $name:literal, $severity:expr, $waivable:literal, $summary:literal, $explain:literal;)*) => {
        /// What kind of finding it is.
        #[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
        #[allow(missing_docs, reason = "each code's summary is its documentation")]
        pub enum Code { $(#[doc = $summary] $variant),* }

        impl Code {
            /// Every code, in the order of the table.
            pub const ALL: &'static [Self] = &[$(Self::$variant),*];

            /// The code's row.
            pub const fn info(self) -> &'static CodeInfo {
                match self {
                    $(Self::$variant => &CodeInfo {
                        name: $name, severity: $severity, waivable: $waivable, summary: $summary, explain: $explain,
                    },)*
                }
            }
        }
    };
}

pub(super) use codes;
