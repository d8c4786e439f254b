//! Bucket names: S3's rules for general purpose buckets.
//!
//! Source: "General purpose bucket naming rules", Amazon S3 User Guide.

use super::{AccountId, Invalid, ProfileName, Region, name};

name! {
    /// The name of a general purpose bucket.
    BucketName, open, format "bucket-name", example "acme-invoices"
}

/// Beginnings and endings that S3 keeps for itself, and what they are kept for.
const RESERVED_PREFIXES: &[(&str, &str)] =
    &[("xn--", "internationalised domain names"), ("sthree-", "the service"), ("amzn-s3-demo-", "examples in AWS's documentation")];
const RESERVED_SUFFIXES: &[(&str, &str)] = &[
    ("-s3alias", "access point aliases"),
    ("--ol-s3", "Object Lambda access points"),
    (".mrap", "multi-region access points"),
    ("--x-s3", "directory buckets"),
    ("--table-s3", "table buckets"),
    ("-an", "the account-regional namespace"),
];

impl BucketName {
    /// The longest name, in bytes.
    pub const MAX: usize = 63;

    pub(super) fn check(text: &str) -> Result<(), Invalid> {
        let refuse = |why: String, help: &str| Err(Invalid::new(format!("`{text}` is not a bucket name: {why}"), help));
        let edge = |c: char| c.is_ascii_lowercase() || c.is_ascii_digit();
        if !(3..=Self::MAX).contains(&text.len()) {
            return refuse(format!("it has {} characters", text.chars().count()), "use 3 to 63 characters");
        }
        if let Some(bad) = text.chars().find(|c| !edge(*c) && !matches!(c, '.' | '-')) {
            return refuse(format!("it holds `{}`", bad.escape_debug()), "use lower-case letters, digits, hyphens and dots");
        }
        if !text.starts_with(edge) || !text.ends_with(edge) {
            return refuse("it begins or ends with a hyphen or dot".into(), "begin and end with a letter or digit");
        }
        if text.contains("..") {
            return refuse("it has two dots in a row".into(), "use single dots, or better hyphens");
        }
        if text.parse::<std::net::Ipv4Addr>().is_ok() || is_dotted_quad(text) {
            return refuse("it is shaped like an IP address".into(), "choose a name that is not four numbers");
        }
        let reserved = |what: &str, kept: &str| refuse(format!("`{what}` is kept for {kept}"), "choose another name");
        if let Some((prefix, kept)) = RESERVED_PREFIXES.iter().find(|(prefix, _)| text.starts_with(prefix)) {
            return reserved(prefix, kept);
        }
        if let Some((suffix, kept)) = RESERVED_SUFFIXES.iter().find(|(suffix, _)| text.ends_with(suffix)) {
            return reserved(suffix, kept);
        }
        Ok(())
    }

    /// The name of a companion bucket: this name and a suffix, cut and hashed where that is over `most` characters.
    ///
    /// The hash keeps two long names apart that agree in what is left of them.
    pub fn companion(&self, suffix: &str, most: usize) -> Self {
        Self(format!("{}-{suffix}", self.shortened(most.saturating_sub(suffix.len() + 1))))
    }

    /// The beginning of the names of buckets that a whole account has once in a region.
    pub fn of_account(profile: &ProfileName, account: &AccountId, region: &Region) -> Self {
        Self(Self(format!("{profile}-{account}-{region}")).shortened(Self::MAX))
    }

    /// What S3 puts behind the names of an account's own namespace in a region.
    pub fn namespace_suffix(account: &AccountId, region: &Region) -> String {
        format!("-{account}-{region}-an")
    }

    /// The name in an account's own namespace. It is not a name of the global one, so it is made here only.
    pub fn in_namespace(&self, account: &AccountId, region: &Region) -> Self {
        Self(format!("{}{}", self.0, Self::namespace_suffix(account, region)))
    }

    /// The name in at most `most` characters: cut and hashed where it is longer.
    pub fn shortened(&self, most: usize) -> String {
        if self.0.len() <= most {
            return self.0.clone();
        }
        let hash = self.hash();
        let head: String = self.0.chars().take(most.saturating_sub(hash.len() + 1)).collect();
        format!("{}-{hash}", head.trim_end_matches(['-', '.']))
    }

    /// The name without hyphens and dots side by side, which some services do not take: each run becomes one hyphen, and a
    /// hash keeps names apart that differ in nothing else.
    pub fn without_runs(&self) -> String {
        let is_mark = |c: char| matches!(c, '-' | '.');
        if !self.0.chars().zip(self.0.chars().skip(1)).any(|(a, b)| is_mark(a) && is_mark(b)) {
            return self.0.clone();
        }
        let words: Vec<&str> = self.0.split(is_mark).filter(|word| !word.is_empty()).collect();
        format!("{}-{}", words.join("-"), self.hash())
    }

    fn hash(&self) -> String {
        use sha2::Digest as _;
        sha2::Sha256::digest(self.0.as_bytes()).iter().take(4).map(|b| format!("{b:02x}")).collect()
    }
}

fn is_dotted_quad(text: &str) -> bool {
    let parts: Vec<&str> = text.split('.').collect();
    parts.len() == 4 && parts.iter().all(|p| !p.is_empty() && p.bytes().all(|b| b.is_ascii_digit()))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_that_s3_takes() {
        for good in ["abc", "acme-invoices", "a.b.c", "0-0", &"a".repeat(63), "my-data-1.2.3.4.5"] {
            assert!(good.parse::<BucketName>().is_ok(), "{good}");
        }
    }

    #[test]
    fn names_that_s3_refuses() {
        for bad in [
            "ab",
            &"a".repeat(64),
            "Acme",
            "a_b",
            "-ab",
            "ab-",
            ".ab",
            "a..b",
            "192.168.5.4",
            "999.1.1.1",
            "xn--abc",
            "sthree-x",
            "amzn-s3-demo-x",
            "x-s3alias",
            "x--ol-s3",
            "x.mrap",
            "x--x-s3",
            "x--table-s3",
            "x-111122223333-eu-west-1-an",
            "bücket",
            "a b",
        ] {
            assert!(bad.parse::<BucketName>().is_err(), "{bad}");
        }
    }

    #[test]
    fn a_name_without_runs_is_the_name_or_one_that_nothing_else_gives() -> Result<(), Invalid> {
        let without = |text: &str| text.parse::<BucketName>().map(|name| name.without_runs());
        assert_eq!(without("acme.eu-invoices")?, "acme.eu-invoices");
        let (double, dotted) = (without("acme--invoices")?, without("acme.-invoices")?);
        assert!(double.starts_with("acme-invoices-") && dotted.starts_with("acme-invoices-") && double != dotted);
        Ok(())
    }

    #[test]
    fn a_companion_of_a_long_name_is_cut_and_stays_unique() -> Result<(), Invalid> {
        let short: BucketName = "acme-invoices".parse()?;
        assert_eq!(short.companion("logs", 63).as_str(), "acme-invoices-logs");
        let a: BucketName = format!("{}a", "x".repeat(62)).parse()?;
        let b: BucketName = format!("{}b", "x".repeat(62)).parse()?;
        for name in [a.companion("logs", 63), b.companion("logs", 63)] {
            assert!(name.as_str().len() <= 63 && BucketName::check(name.as_str()).is_ok(), "{name}");
        }
        assert_ne!(a.companion("logs", 63), b.companion("logs", 63));
        Ok(())
    }
}
