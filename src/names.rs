//! AWS's names as types: each is parsed or refused, and after that it is right.
//!
//! In: text from a profile. Out: a newtype, or an [`Invalid`] that says which rule is broken and what to
//! do. Never: a look at anything but the text itself; whether the thing exists is not known here.

use std::fmt;

mod access_point;
mod bucket;
mod region;
mod text;

pub use access_point::AccessPointName;
pub use bucket::BucketName;
pub use region::{KNOWN_REGIONS, Partition, Region};
pub(crate) use text::inert;
pub use text::{DYNAMIC_REFERENCE, LogPrefix, Sentence, TagKey, TagValue};

/// Why a text is not the name it should be.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Invalid {
    /// One sentence: lower case, no full stop.
    pub message: String,
    /// The remedy.
    pub help: String,
}

impl Invalid {
    pub(crate) fn new(message: impl Into<String>, help: impl Into<String>) -> Self {
        Self { message: message.into(), help: help.into() }
    }
}

impl fmt::Display for Invalid {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.message)
    }
}

impl std::error::Error for Invalid {}

/// A name that is parsed from text; gives the newtype its serde and display forms.
///
/// An `open` one can stand for a value that only the deployment gives: what a profile says may then hold `${param.NAME}`,
/// which the profile was checked for where it was read. Anything else that is parsed may not.
macro_rules! name {
    ($(#[$doc:meta])* $name:ident, open, format $format:literal, example $example:literal) => {
        $crate::names::name!(@ $(#[$doc])* $name, true, format $format, example $example);
    };
    ($(#[$doc:meta])* $name:ident, format $format:literal, example $example:literal) => {
        $crate::names::name!(@ $(#[$doc])* $name, false, format $format, example $example);
    };
    (@ $(#[$doc:meta])* $name:ident, $open:literal, format $format:literal, example $example:literal) => {
        $(#[$doc])*
        #[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, serde::Serialize, serde::Deserialize)]
        #[serde(try_from = "String", into = "String")]
        pub struct $name(String);

        impl $name {
            /// The text.
            pub fn as_str(&self) -> &str {
                &self.0
            }
        }

        impl TryFrom<String> for $name {
            type Error = $crate::names::Invalid;
            fn try_from(text: String) -> Result<Self, Self::Error> {
                if $open && text.contains($crate::expr::REFERENCE) {
                    return Ok(Self(text));
                }
                Self::check(&text).map(|()| Self(text))
            }
        }

        impl std::str::FromStr for $name {
            type Err = $crate::names::Invalid;
            fn from_str(text: &str) -> Result<Self, Self::Err> {
                Self::check(text).map(|()| Self(text.to_owned()))
            }
        }

        impl AsRef<str> for $name {
            fn as_ref(&self) -> &str {
                &self.0
            }
        }

        impl From<$name> for String {
            fn from(name: $name) -> Self {
                name.0
            }
        }

        impl std::fmt::Display for $name {
            fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
                f.write_str(&self.0)
            }
        }

        #[cfg(test)]
        impl schemars::JsonSchema for $name {
            fn schema_name() -> std::borrow::Cow<'static, str> {
                stringify!($name).into()
            }
            fn inline_schema() -> bool {
                true
            }
            fn json_schema(_: &mut schemars::SchemaGenerator) -> schemars::Schema {
                schemars::json_schema!({ "type": "string", "format": $format, "examples": [$example] })
            }
        }
    };
}
pub(crate) use name;

name! {
    /// The id of an AWS account: twelve digits. Text, never a number: it may begin with zeros.
    AccountId, open, format "aws-account-id", example "111122223333"
}

impl AccountId {
    fn check(text: &str) -> Result<(), Invalid> {
        if text.len() == 12 && text.bytes().all(|b| b.is_ascii_digit()) {
            Ok(())
        } else {
            Err(Invalid::new(format!("`{text}` is not an AWS account id"), "an account id has twelve digits: `\"111122223333\"`, quoted"))
        }
    }
}

name! {
    /// The name of a profile: of its stack, module and output directory.
    ProfileName, format "profile-name", example "customer-exports"
}

impl ProfileName {
    fn check(text: &str) -> Result<(), Invalid> {
        let rest = |b: u8| b.is_ascii_lowercase() || b.is_ascii_digit() || b == b'-';
        if text.len() <= 63 && text.starts_with(|c: char| c.is_ascii_lowercase()) && text.bytes().all(rest) {
            Ok(())
        } else {
            Err(Invalid::new(
                format!("`{text}` is not a profile name"),
                "use up to 63 lower-case letters, digits and hyphens, beginning with a letter",
            ))
        }
    }
}

name! {
    /// A KMS key that exists: its ARN, or an alias in the bucket's account and region.
    KmsKeyId, open, format "kms-key", example "arn:aws:kms:eu-west-1:111122223333:key/1234abcd-12ab-34cd-56ef-1234567890ab"
}

impl KmsKeyId {
    fn check(text: &str) -> Result<(), Invalid> {
        let word = |s: &str, extra: &[u8]| !s.is_empty() && s.bytes().all(|b| b.is_ascii_alphanumeric() || extra.contains(&b));
        if let Some(alias) = text.strip_prefix("alias/") {
            if alias.starts_with("aws/") {
                return Err(Invalid::new(
                    format!("`{text}` names an AWS managed key"),
                    "its key policy cannot be changed: use `create`, or a key of your own",
                ));
            }
            if word(alias, b"/_-") && alias.len() <= 250 {
                return Ok(());
            }
        }
        let parts: Vec<&str> = text.splitn(6, ':').collect();
        if let [arn, partition, service, region, account, resource] = parts.as_slice() {
            let id = resource.strip_prefix("key/").is_some_and(|id| word(id, b"-"));
            let alias = resource.strip_prefix("alias/").is_some_and(|id| word(id, b"/_-"));
            if (*arn, *service) == ("arn", "kms")
                && word(partition, b"-")
                && Region::check(region).is_ok()
                && AccountId::check(account).is_ok()
                && (id || alias)
            {
                return Ok(());
            }
        }
        Err(Invalid::new(format!("`{text}` is not a KMS key"), "write `create`, a key ARN, or an alias such as `alias/my-key`"))
    }

    /// The account and region that own the key, where the text says them.
    pub fn owner(&self) -> Option<(&str, &str)> {
        let mut parts = self.0.split(':');
        let region = parts.nth(3)?;
        Some((parts.next()?, region))
    }

    /// Whether it is an alias, which S3 resolves in the account of whoever calls.
    pub fn is_alias(&self) -> bool {
        self.0.starts_with("alias/") || self.0.contains(":alias/")
    }
}

name! {
    /// A day of the Gregorian calendar, `YYYY-MM-DD`.
    Date, format "calendar-date", example "2027-03-31"
}

impl Date {
    fn check(text: &str) -> Result<(), Invalid> {
        let invalid = || Invalid::new(format!("`{text}` is not a date"), "write a day as `2027-03-31`");
        let parts: Vec<&str> = text.split('-').collect();
        let [year, month, day] = parts.as_slice() else { return Err(invalid()) };
        let number =
            |s: &str, len: usize| (s.len() == len && s.bytes().all(|b| b.is_ascii_digit())).then(|| s.parse::<u32>().ok()).flatten();
        let (Some(year), Some(month), Some(day)) = (number(year, 4), number(month, 2), number(day, 2)) else {
            return Err(invalid());
        };
        let leap = year % 4 == 0 && (year % 100 != 0 || year % 400 == 0);
        let days = match month {
            2 if leap => 29,
            2 => 28,
            4 | 6 | 9 | 11 => 30,
            1 | 3 | 5 | 7 | 8 | 10 | 12 => 31,
            _ => 0,
        };
        if (1..=days).contains(&day) { Ok(()) } else { Err(invalid()) }
    }

    /// The day of a time in seconds since 1970-01-01 UTC.
    pub fn from_unix_seconds(seconds: u64) -> Self {
        // Days to civil date, after Howard Hinnant's "chrono-compatible low-level date algorithms".
        let days = seconds / 86_400 + 719_468;
        let (era, day_of_era) = (days / 146_097, days % 146_097);
        let year_of_era = (day_of_era - day_of_era / 1_460 + day_of_era / 36_524 - day_of_era / 146_096) / 365;
        let day_of_year = day_of_era - (365 * year_of_era + year_of_era / 4 - year_of_era / 100);
        let shifted = (5 * day_of_year + 2) / 153;
        let day = day_of_year - (153 * shifted + 2) / 5 + 1;
        let month = if shifted < 10 { shifted + 3 } else { shifted - 9 };
        let year = year_of_era + era * 400 + u64::from(month <= 2);
        Self(format!("{year:04}-{month:02}-{day:02}"))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_account_id_is_twelve_digits() {
        assert!("012345678901".parse::<AccountId>().is_ok());
        for bad in ["", "12345678901", "1234567890123", "12345678901a", "１２３４５６７８９０１２"] {
            assert!(bad.parse::<AccountId>().is_err(), "{bad}");
        }
    }

    #[test]
    fn a_kms_key_is_an_arn_or_an_alias_of_ones_own() {
        let arn = "arn:aws-us-gov:kms:us-gov-west-1:111122223333:key/1234abcd-12ab";
        assert_eq!(arn.parse::<KmsKeyId>().ok().and_then(|k| k.owner().map(|o| o.0.to_owned())).as_deref(), Some("111122223333"));
        assert!("alias/team/key".parse::<KmsKeyId>().is_ok());
        for bad in ["alias/aws/s3", "alias/", "1234abcd", "arn:aws:kms:eu-west-1:1:key/a", "arn:aws:iam::111122223333:key/a", "alias/${x}"]
        {
            assert!(bad.parse::<KmsKeyId>().is_err(), "{bad}");
        }
    }

    #[test]
    fn a_date_is_a_day_that_exists() {
        assert!("2028-02-29".parse::<Date>().is_ok());
        for bad in ["2027-02-29", "2027-13-01", "2027-00-10", "27-01-01", "2027-1-1", "2027-01-01T00:00"] {
            assert!(bad.parse::<Date>().is_err(), "{bad}");
        }
        assert_eq!(Date::from_unix_seconds(0).as_str(), "1970-01-01");
        assert_eq!(Date::from_unix_seconds(951_782_400).as_str(), "2000-02-29");
        assert_eq!(Date::from_unix_seconds(1_795_392_000).as_str(), "2026-11-23");
    }
}
