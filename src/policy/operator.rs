//! Condition operators: the base comparison, its quantifier over sets, and `IfExists`.
//!
//! Source: "IAM JSON policy elements: Condition operators", IAM User Guide.

use std::fmt;

macro_rules! bases {
    ($($variant:ident, $name:literal, $negated:literal, $family:ident;)*) => {
        /// What is compared, and how.
        #[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
        #[allow(missing_docs, reason = "an operator is documented by AWS under its name")]
        pub enum Base { $(#[doc = concat!("`", $name, "`")] $variant),* }

        impl Base {
            /// Every base operator.
            pub const ALL: &'static [Self] = &[$(Self::$variant),*];

            /// The operator as AWS spells it.
            pub const fn name(self) -> &'static str {
                match self { $(Self::$variant => $name),* }
            }

            /// Whether it holds when no listed value matches (and therefore on an absent key).
            pub const fn is_negated(self) -> bool {
                match self { $(Self::$variant => $negated),* }
            }

            /// The kind of value that it compares.
            pub const fn family(self) -> Family {
                match self { $(Self::$variant => Family::$family),* }
            }
        }
    };
}

/// The kind of value that an operator compares.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
#[allow(missing_docs, reason = "the names are the documentation")]
pub enum Family {
    String,
    Arn,
    Numeric,
    Date,
    Bool,
    Binary,
    Ip,
    Null,
}

bases! {
    StringEquals, "StringEquals", false, String;
    StringNotEquals, "StringNotEquals", true, String;
    StringEqualsIgnoreCase, "StringEqualsIgnoreCase", false, String;
    StringNotEqualsIgnoreCase, "StringNotEqualsIgnoreCase", true, String;
    StringLike, "StringLike", false, String;
    StringNotLike, "StringNotLike", true, String;
    NumericEquals, "NumericEquals", false, Numeric;
    NumericNotEquals, "NumericNotEquals", true, Numeric;
    NumericLessThan, "NumericLessThan", false, Numeric;
    NumericLessThanEquals, "NumericLessThanEquals", false, Numeric;
    NumericGreaterThan, "NumericGreaterThan", false, Numeric;
    NumericGreaterThanEquals, "NumericGreaterThanEquals", false, Numeric;
    DateEquals, "DateEquals", false, Date;
    DateNotEquals, "DateNotEquals", true, Date;
    DateLessThan, "DateLessThan", false, Date;
    DateLessThanEquals, "DateLessThanEquals", false, Date;
    DateGreaterThan, "DateGreaterThan", false, Date;
    DateGreaterThanEquals, "DateGreaterThanEquals", false, Date;
    Bool, "Bool", false, Bool;
    BinaryEquals, "BinaryEquals", false, Binary;
    IpAddress, "IpAddress", false, Ip;
    NotIpAddress, "NotIpAddress", true, Ip;
    ArnEquals, "ArnEquals", false, Arn;
    ArnNotEquals, "ArnNotEquals", true, Arn;
    ArnLike, "ArnLike", false, Arn;
    ArnNotLike, "ArnNotLike", true, Arn;
    Null, "Null", false, Null;
}

/// How an operator treats a key with several values in the request.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Quantifier {
    /// Every value of the request must match; true for none.
    ForAllValues,
    /// Some value of the request must match; false for none.
    ForAnyValue,
}

/// A condition operator.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Operator {
    /// `ForAllValues:` or `ForAnyValue:`.
    pub quantifier: Option<Quantifier>,
    /// The comparison.
    pub base: Base,
    /// Whether it ends in `IfExists`, so that an absent key satisfies it.
    pub if_exists: bool,
}

impl Operator {
    /// The operator of that name, whatever its case; none for what AWS does not know, such as `NullIfExists`.
    pub fn parse(text: &str) -> Option<Self> {
        let strip = |prefix: &str| {
            let (head, rest) = text.split_at_checked(prefix.len())?;
            head.eq_ignore_ascii_case(prefix).then_some(rest)
        };
        let (quantifier, rest) = match (strip("ForAllValues:"), strip("ForAnyValue:")) {
            (Some(rest), _) => (Some(Quantifier::ForAllValues), rest),
            (_, Some(rest)) => (Some(Quantifier::ForAnyValue), rest),
            _ => (None, text),
        };
        let suffix = "IfExists";
        let cut = rest.len().checked_sub(suffix.len()).and_then(|at| rest.split_at_checked(at));
        let (name, if_exists) = match cut {
            Some((name, end)) if end.eq_ignore_ascii_case(suffix) => (name, true),
            _ => (rest, false),
        };
        let base = Base::ALL.iter().copied().find(|base| base.name().eq_ignore_ascii_case(name))?;
        (base != Base::Null || (!if_exists && quantifier.is_none())).then_some(Self { quantifier, base, if_exists })
    }
}

impl Operator {
    /// Whether two such conditions on one key say the same as one with the values of both.
    pub fn joins(self) -> bool {
        self.base.is_negated() && self.quantifier != Some(Quantifier::ForAnyValue)
    }
}

impl From<Base> for Operator {
    fn from(base: Base) -> Self {
        Self { quantifier: None, base, if_exists: false }
    }
}

impl Base {
    /// The operator with `IfExists`.
    pub const fn if_exists(self) -> Operator {
        Operator { quantifier: None, base: self, if_exists: true }
    }
}

impl fmt::Display for Operator {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self.quantifier {
            Some(Quantifier::ForAllValues) => "ForAllValues:",
            Some(Quantifier::ForAnyValue) => "ForAnyValue:",
            None => "",
        })?;
        f.write_str(self.base.name())?;
        f.write_str(if self.if_exists { "IfExists" } else { "" })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn operators_read_as_they_print() {
        for base in Base::ALL.iter().copied().filter(|b| *b != Base::Null) {
            for quantifier in [None, Some(Quantifier::ForAllValues), Some(Quantifier::ForAnyValue)] {
                for if_exists in [false, true] {
                    let operator = Operator { quantifier, base, if_exists };
                    assert_eq!(Operator::parse(&operator.to_string().to_uppercase()), Some(operator));
                }
            }
        }
        assert_eq!(Operator::parse("Null"), Some(Base::Null.into()));
        for unknown in ["NullIfExists", "ForAnyValue:Null", "Boool", "", "IfExists", "ForAnyValue:"] {
            assert_eq!(Operator::parse(unknown), None, "{unknown}");
        }
    }
}
