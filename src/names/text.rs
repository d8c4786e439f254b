//! Free text of a profile that reaches an output: each kind with the characters that AWS takes there.
//!
//! All kinds refuse what a target would interpret: `${`, `%{`, and CloudFormation's dynamic references.

use super::{Invalid, name};

/// The beginning of a dynamic reference, which CloudFormation resolves wherever it stands in a text.
pub const DYNAMIC_REFERENCE: &str = "{{resolve:";

/// Refuses what one of the targets would interpret, and control characters.
pub(crate) fn inert(text: &str) -> Result<(), Invalid> {
    let has_brace = text.bytes().any(|b| b == b'{');
    if has_brace && text.contains(DYNAMIC_REFERENCE) {
        return Err(Invalid::new(
            "the text holds a dynamic reference of CloudFormation",
            "remove `{{resolve:`: CloudFormation would replace it by a secret or parameter when it deploys",
        ));
    }
    if has_brace && (text.contains("${") || text.contains("%{")) {
        return Err(Invalid::new(
            "the text looks like an interpolation",
            "write it without `${` and `%{`, which the targets would interpret",
        ));
    }
    match text.chars().find(|c| c.is_control()) {
        Some(c) => Err(Invalid::new(format!("the text holds the control character U+{:04X}", u32::from(c)), "use one line of plain text")),
        None => Ok(()),
    }
}

fn limited(text: &str, what: &str, max: usize, taken: impl Fn(char) -> bool, characters: &str) -> Result<(), Invalid> {
    inert(text)?;
    let count = text.chars().count();
    if count > max {
        return Err(Invalid::new(format!("{what} has {count} characters"), format!("use at most {max}")));
    }
    match text.chars().find(|c| !taken(*c)) {
        Some(c) => Err(Invalid::new(format!("{what} holds `{}`", c.escape_debug()), format!("use {characters}"))),
        None => Ok(()),
    }
}

const fn taggable(c: char) -> bool {
    matches!(c, ' ' | '_' | '.' | ':' | '/' | '=' | '+' | '-' | '@')
}

name! {
    /// A sentence for people: a description or a reason.
    Sentence, format "sentence", example "nightly customer exports"
}

impl Sentence {
    fn check(text: &str) -> Result<(), Invalid> {
        // The limit of CloudFormation on a template's description ("Template quotas"), which counts bytes.
        if text.len() > 1_024 {
            return Err(Invalid::new(format!("the text has {} bytes", text.len()), "use at most 1,024"));
        }
        limited(text, "the text", 1_024, |_| true, "")
    }
}

name! {
    /// The key of a tag ("Tag naming limits and requirements", AWS General Reference).
    TagKey, format "tag-key", example "classification"
}

impl TagKey {
    fn check(text: &str) -> Result<(), Invalid> {
        if text.is_empty() {
            return Err(Invalid::new("the tag key is empty", "name the tag"));
        }
        if text.get(..4).is_some_and(|head| head.eq_ignore_ascii_case("aws:")) {
            return Err(Invalid::new(format!("`{text}` begins with `aws:`"), "AWS keeps tags with that prefix for itself"));
        }
        limited(text, "the tag key", 128, |c| c.is_alphanumeric() || taggable(c), "letters, digits, spaces and `_.:/=+-@`")
    }
}

name! {
    /// The value of a tag.
    TagValue, open, format "tag-value", example "confidential"
}

impl TagValue {
    fn check(text: &str) -> Result<(), Invalid> {
        limited(text, "the tag value", 256, |c| c.is_alphanumeric() || taggable(c), "letters, digits, spaces and `_.:/=+-@`")
    }
}

name! {
    /// What the keys of delivered logs begin with: empty, or ending in a slash.
    LogPrefix, format "log-prefix", example "access/"
}

impl LogPrefix {
    fn check(text: &str) -> Result<(), Invalid> {
        if text.starts_with('/') || !(text.is_empty() || text.ends_with('/')) {
            return Err(Invalid::new(format!("`{text}` is not a log prefix"), "end it with a slash and begin it without one: `access/`"));
        }
        // `*` and `?` are wildcards where the prefix stands in a policy; the rest are S3's safe characters for keys.
        let safe = |c: char| c.is_ascii_alphanumeric() || matches!(c, '/' | '!' | '-' | '_' | '.' | '\'' | '(' | ')');
        limited(text, "the prefix", 512, safe, "letters, digits and `/!-_.'()`")
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn no_free_text_can_be_interpreted() {
        for bad in ["{{resolve:ssm:x:1}}", "a {{resolve:", "${file(\"x\")}", "%{for}", "a\nb", "\u{0}", "\u{7f}"] {
            assert!(Sentence::check(bad).is_err(), "{bad:?}");
            assert!(TagKey::check(bad).is_err(), "{bad:?}");
            assert!(TagValue::check(bad).is_err(), "{bad:?}");
            assert!(LogPrefix::check(bad).is_err(), "{bad:?}");
        }
        assert!(Sentence::check("it costs $5 {a \"b\"} 100%").is_ok());
        assert!(Sentence::check(&"é".repeat(512)).is_ok() && Sentence::check(&"é".repeat(513)).is_err());
    }

    #[test]
    fn a_log_prefix_is_a_folder_without_wildcards() {
        assert!(LogPrefix::check("").is_ok() && LogPrefix::check("access/2026/").is_ok());
        for bad in ["/", "/a/", "a", "a*/", "a?/", "a b/"] {
            assert!(LogPrefix::check(bad).is_err(), "{bad}");
        }
    }
}
