//! Bucket names: S3's rules for general purpose buckets.
//!
//! A name can hold the account and the region that are deployed to. It is then checked, and cut where others are made of it, as
//! if both were as long as they can be.
//!
//! Source: "General purpose bucket naming rules", Amazon S3 User Guide.

use std::borrow::Cow;

use super::{AccountId, Invalid, ProfileName, Region, name};
use crate::expr::{OF_DEPLOYMENT, Pseudo, is_open};

name! {
    /// The name of a general purpose bucket. `${aws.account}` and `${aws.region}` in it are those that are deployed to.
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

    pub(super) fn check(written: &str) -> Result<(), Invalid> {
        let refuse = |why: String, help: &str| Err(Invalid::new(format!("`{written}` is not a bucket name: {why}"), help));
        let text = &*filled(written, longest);
        if text.len() > Self::MAX && text != written {
            return refuse(format!("it can have {} characters", text.len()), "use at most 63: an account has 12, a region up to 15");
        }
        if text.contains("${") {
            return refuse("it holds `$`".into(), "only `${aws.account}` and `${aws.region}` can stand in the name of a bucket");
        }
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

    /// What S3 puts behind the names of an account's own namespace in a region; without them those that are deployed to.
    fn namespace_suffix(account: Option<&AccountId>, region: Option<&Region>) -> Self {
        Self("-${aws.account}-${aws.region}-an".to_owned()).settled(account, region)
    }

    /// The name in an account's own namespace. It is not a name of the global one, so it is made here only.
    pub fn in_namespace(&self, account: Option<&AccountId>, region: Option<&Region>) -> Self {
        Self(format!("{}{}", self.0, Self::namespace_suffix(account, region))).settled(account, region)
    }

    /// The name of a companion bucket in an account's own namespace.
    pub fn companion_in_namespace(&self, purpose: &str, account: Option<&AccountId>, region: Option<&Region>) -> Self {
        let room = Self::MAX.saturating_sub(Self::namespace_suffix(account, region).width());
        self.settled(account, region).companion(purpose, room).in_namespace(account, region)
    }

    /// The name with an account and region that are known in their places.
    #[must_use]
    pub fn settled(&self, account: Option<&AccountId>, region: Option<&Region>) -> Self {
        let known = |pseudo| match pseudo {
            Pseudo::AccountId => account.map(AccountId::as_str),
            Pseudo::Region => region.map(Region::as_str),
            Pseudo::Partition | Pseudo::UrlSuffix => None,
        };
        let word = |pseudo| OF_DEPLOYMENT.iter().find(|(_, of)| *of == pseudo).map_or("", |(word, _)| word);
        Self(filled(&self.0, |pseudo| known(pseudo).unwrap_or(word(pseudo))).into_owned())
    }

    /// Whether the account or the region that is deployed to is part of it, which only the deployment knows.
    pub fn holds(&self, pseudo: Pseudo) -> bool {
        OF_DEPLOYMENT.iter().any(|(word, of)| *of == pseudo && self.0.contains(word))
    }

    /// Whether only the deployment knows it.
    pub fn is_open(&self) -> bool {
        is_open(&self.0)
    }

    /// The name without what only the deployment knows.
    pub fn known_part(&self) -> String {
        filled(&self.0, |_| "").trim_end_matches(['-', '.']).to_owned()
    }

    /// How many bytes it can have.
    pub fn width(&self) -> usize {
        filled(&self.0, longest).len()
    }

    /// The name in at most `most` characters: cut and hashed where it can be longer. What tells deployments apart stays, if
    /// there is room for it.
    pub fn shortened(&self, most: usize) -> String {
        if self.width() <= most {
            return self.0.clone();
        }
        let hash = self.hash();
        let room = most.saturating_sub(hash.len() + 1);
        let kept = OF_DEPLOYMENT.iter().filter(|(_, pseudo)| self.holds(*pseudo));
        let kept = Self(kept.map(|(word, _)| format!("-{word}")).collect());
        let kept = if kept.width() < room { kept } else { Self(String::new()) };
        let head: String = self.known_part().chars().take(room - kept.width()).collect();
        format!("{}{kept}-{hash}", head.trim_end_matches(['-', '.']))
    }

    /// The name without hyphens and dots side by side, which some services do not take: each run becomes one hyphen, and a
    /// hash keeps names apart that differ in nothing else.
    pub fn without_runs(&self) -> String {
        let is_mark = |c: char| matches!(c, '-' | '.');
        self.spelled(|text| {
            if !text.chars().zip(text.chars().skip(1)).any(|(a, b)| is_mark(a) && is_mark(b)) {
                return text.to_owned();
            }
            let words: Vec<&str> = text.split(is_mark).filter(|word| !word.is_empty()).collect();
            format!("{}-{}", words.join("-"), self.hash())
        })
    }

    /// The name with hyphens for dots, which some services do not take.
    pub fn without_dots(&self) -> String {
        self.spelled(|text| text.replace('.', "-"))
    }

    /// The name in another spelling, in which what only the deployment knows is one letter.
    fn spelled(&self, spell: impl FnOnce(&str) -> String) -> String {
        // No name holds a capital.
        let letters = OF_DEPLOYMENT.iter().zip(["A", "R"]);
        let masked = letters.clone().fold(self.0.clone(), |text, ((word, _), letter)| text.replace(word, letter));
        letters.fold(spell(&masked), |text, ((word, _), letter)| text.replace(letter, word))
    }

    fn hash(&self) -> String {
        use sha2::Digest as _;
        sha2::Sha256::digest(self.0.as_bytes()).iter().take(4).map(|b| format!("{b:02x}")).collect()
    }
}

/// The longest that it can be.
const fn longest(pseudo: Pseudo) -> &'static str {
    match pseudo {
        Pseudo::AccountId => "000000000000",
        Pseudo::Region => Region::LONGEST,
        Pseudo::Partition | Pseudo::UrlSuffix => "",
    }
}

/// The name with something in the place of what only the deployment knows.
fn filled<'a, 'v>(text: &'a str, value: impl Fn(Pseudo) -> &'v str) -> Cow<'a, str> {
    let mut text = Cow::Borrowed(text);
    if !is_open(&text) {
        return text;
    }
    for (word, pseudo) in OF_DEPLOYMENT {
        if text.contains(word) {
            text = Cow::Owned(text.replace(word, value(pseudo)));
        }
    }
    text
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
    fn a_name_with_the_account_and_region_of_the_deployment_is_as_long_as_it_can_be() -> Result<(), Invalid> {
        let fits = format!("{}-${{aws.account}}-${{aws.region}}", "a".repeat(34));
        assert_eq!(fits.parse::<BucketName>()?.width(), 63);
        for bad in [
            &format!("a{fits}"),
            "acme-${aws.account",
            "acme-${aws.acount}",
            "acme-${aws.region}-${param.x}",
            "acme-${AWS::Region}",
            "acme-$",
            "${aws.region}..x",
            "x-${aws.account}-${aws.region}-an",
        ] {
            assert!(bad.parse::<BucketName>().is_err(), "{bad}");
        }
        let name: BucketName = "acme-${aws.account}-${aws.region}".parse()?;
        let (account, region): (AccountId, Region) = ("111122223333".parse()?, "eu-west-1".parse()?);
        assert_eq!(name.settled(Some(&account), None).as_str(), "acme-111122223333-${aws.region}");
        assert_eq!(name.settled(Some(&account), Some(&region)).as_str(), "acme-111122223333-eu-west-1");
        assert!(name.is_open() && name.holds(Pseudo::Region) && !name.settled(Some(&account), Some(&region)).is_open());
        Ok(())
    }

    #[test]
    fn what_is_made_of_an_open_name_keeps_what_tells_deployments_apart() -> Result<(), Invalid> {
        let name: BucketName = format!("{}.x-${{aws.account}}-${{aws.region}}", "a".repeat(32)).parse()?;
        let logs = name.companion("logs", 63);
        assert!(logs.holds(Pseudo::AccountId) && logs.holds(Pseudo::Region) && logs.width() <= 63, "{logs}");
        assert_eq!(BucketName::check(logs.as_str()), Ok(()));
        // Where there is no room for both there is neither.
        assert!(!name.shortened(30).contains('$'));
        assert_eq!(name.without_dots(), name.as_str().replace(".x", "-x"));
        assert_eq!(name.without_runs(), name.as_str());
        assert_eq!(name.known_part(), format!("{}.x", "a".repeat(32)));
        let runs: BucketName = "acme--${aws.account}.x".parse()?;
        assert!(runs.without_runs().starts_with("acme-${aws.account}-x-"), "{}", runs.without_runs());
        let own: BucketName = "acme".parse()?;
        assert_eq!(own.in_namespace(None, None).as_str(), "acme-${aws.account}-${aws.region}-an");
        assert_eq!(own.companion_in_namespace("logs", None, None).as_str(), "acme-logs-${aws.account}-${aws.region}-an");
        Ok(())
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
