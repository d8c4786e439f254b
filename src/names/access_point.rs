//! Names of access points.
//!
//! Source: "Access points naming rules, restrictions, and limitations", Amazon S3 User Guide.

use super::{Invalid, name};

name! {
    /// The name of an access point: unique in its account and region, fixed for its life.
    AccessPointName, format "access-point-name", example "partner-inbox"
}

/// Endings that S3 keeps for itself, and what they are kept for.
const RESERVED: &[(&str, &str)] = &[("-s3alias", "aliases of access points"), ("--xa-s3", "access points of directory buckets")];

impl AccessPointName {
    fn check(text: &str) -> Result<(), Invalid> {
        let refuse = |why: String, help: &str| Err(Invalid::new(format!("`{text}` is not the name of an access point: {why}"), help));
        let edge = |c: char| c.is_ascii_lowercase() || c.is_ascii_digit();
        if !(3..=50).contains(&text.len()) {
            return refuse(format!("it has {} characters", text.chars().count()), "use 3 to 50 characters");
        }
        if let Some(bad) = text.chars().find(|c| !edge(*c) && *c != '-') {
            return refuse(format!("it holds `{}`", bad.escape_debug()), "use lower-case letters, digits and hyphens");
        }
        if !text.starts_with(edge) || !text.ends_with(edge) {
            return refuse("it begins or ends with a hyphen".into(), "begin and end with a letter or digit");
        }
        match RESERVED.iter().find(|(suffix, _)| text.ends_with(suffix)) {
            Some((suffix, kept)) => refuse(format!("`{suffix}` is kept for {kept}"), "choose another name"),
            None => Ok(()),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_are_short_labels_of_dns_that_s3_does_not_keep_for_itself() {
        for good in ["abc", "partner-inbox", "1st", "a--b", &"x".repeat(50)] {
            assert!(AccessPointName::check(good).is_ok(), "{good}");
        }
        for bad in
            ["", "ab", "Inbox", "in_box", "in.box", "-inbox", "inbox-", "x-s3alias", "x-ext-s3alias", "x--xa-s3", "é-é", &"x".repeat(51)]
        {
            assert!(AccessPointName::check(bad).is_err(), "{bad}");
        }
    }
}
