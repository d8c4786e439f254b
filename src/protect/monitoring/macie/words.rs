//! The texts that Macie takes: names, regular expressions, words, and where results go.
//!
//! Sources: "CreateCustomDataIdentifier", "CreateAllowList" (lengths), Amazon Macie API Reference; "Regex support in custom
//! data identifiers", Amazon Macie User Guide.

use crate::names::{BucketName, Invalid, KmsKeyId, inert, name};
use crate::protect::cloudtrail::TrailKey;

fn sized(text: &str, what: &str, least: usize, most: usize) -> Result<(), Invalid> {
    inert(text)?;
    let count = text.chars().count();
    if (least..=most).contains(&count) {
        return Ok(());
    }
    let characters = if count == 1 { "character" } else { "characters" };
    Err(Invalid::new(format!("{what} has {count} {characters}"), format!("use {least} to {most}")))
}

name! {
    /// The name of an identifier or of an allow list.
    IdentifierName, format "identifier-name", example "employee-id"
}

impl IdentifierName {
    fn check(text: &str) -> Result<(), Invalid> {
        sized(text, "the name", 1, 128)?;
        let taken = |c: char| c.is_ascii_alphanumeric() || matches!(c, ' ' | '-' | '_' | '.');
        if !text.chars().all(taken) || !text.starts_with(|c: char| c.is_ascii_alphanumeric()) || text.ends_with(' ') {
            let help = "use letters, digits, spaces and `-_.`, and begin with a letter or digit";
            return Err(Invalid::new(format!("`{text}` is not a name that this takes"), help));
        }
        Ok(())
    }
}

name! {
    /// A regular expression as Macie takes it.
    SearchPattern, format "macie-regex", example "E-[0-9]{6}"
}

impl SearchPattern {
    /// Macie knows no backreferences, look-around, conditions, recursion and embedded code: nor does the engine here. What is
    /// large is refused as well: Macie takes no pattern that needs too long.
    fn check(text: &str) -> Result<(), Invalid> {
        sized(text, "the regular expression", 1, 512)?;
        let read = regex::RegexBuilder::new(text).size_limit(1 << 22).build();
        let Err(error) = read else { return Ok(()) };
        let whole = error.to_string();
        let why = whole.lines().rfind(|line| !line.trim().is_empty()).unwrap_or_default();
        let why = why.trim_start_matches("error: ");
        let help =
            "write it without backreferences, look-around, conditions and recursion, which Macie does not know, and close what you open";
        Err(Invalid::new(format!("`{text}` is not a regular expression that Macie takes: {why}"), help))
    }
}

name! {
    /// A word that has to stand before a match.
    Keyword, format "macie-keyword", example "employee"
}

impl Keyword {
    fn check(text: &str) -> Result<(), Invalid> {
        sized(text, "the keyword", 3, 90)
    }
}

name! {
    /// A text that may not be part of a match.
    IgnoredWord, format "macie-ignored-word", example "E-000000"
}

impl IgnoredWord {
    fn check(text: &str) -> Result<(), Invalid> {
        sized(text, "the text to ignore", 4, 90)
    }
}

name! {
    /// What the key of an object ends with after the last dot.
    FileExtension, format "file-extension", example "csv"
}

impl FileExtension {
    fn check(text: &str) -> Result<(), Invalid> {
        sized(text, "the extension", 1, 64)?;
        if text.chars().all(|c| c.is_ascii_alphanumeric() || matches!(c, '-' | '_')) {
            return Ok(());
        }
        Err(Invalid::new(format!("`{text}` is not an extension"), "write it without dots and wildcards, such as `csv`"))
    }
}

name! {
    /// The key of the object that holds the words of an allow list.
    WordsKey, format "words-key", example "macie/made-up-names.txt"
}

impl WordsKey {
    fn check(text: &str) -> Result<(), Invalid> {
        inert(text)?;
        if text.is_empty() || text.len() > 1_024 || text.chars().any(char::is_whitespace) {
            return Err(Invalid::new(format!("`{text}` is not a key that this takes"), "use 1 to 1,024 bytes without white space"));
        }
        Ok(())
    }
}

name! {
    /// `create`, or the name of a bucket that exists.
    ExportTarget, format "macie-export-target", example "create"
}

impl ExportTarget {
    fn check(text: &str) -> Result<(), Invalid> {
        if text == "create" { Ok(()) } else { text.parse::<BucketName>().map(|_| ()) }
    }

    /// The bucket that exists, if one is named.
    pub fn given(&self) -> Option<BucketName> {
        if self.as_str() == "create" { None } else { self.as_str().parse().ok() }
    }
}

name! {
    /// `create`, or the ARN of a KMS key that exists.
    ExportKey, format "macie-export-key", example "create"
}

impl ExportKey {
    fn check(text: &str) -> Result<(), Invalid> {
        if text == "create" || text.parse::<TrailKey>().is_ok() {
            return Ok(());
        }
        Err(Invalid::new(format!("`{text}` is not the ARN of a KMS key"), "write `create`, or a key ARN: Macie takes no alias"))
    }

    /// The key that exists, if one is named.
    pub fn given(&self) -> Option<KmsKeyId> {
        self.as_str().parse().ok()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_regular_expression_is_one_that_macie_takes() {
        for good in ["E-[0-9]{6}", r"\b(?:GB|DE)\d{9}\b", "a|b", r"[A-Z]{2}\s?[0-9]{6}", &"a".repeat(512)] {
            assert!(good.parse::<SearchPattern>().is_ok(), "{good}");
        }
        for bad in ["", "(a", "[a", r"(a)\1", "a(?=b)", "a(?!b)", "(?<=a)b", "(?<!a)b", "*a", &"a".repeat(513), "${x}", "a\nb"] {
            assert!(bad.parse::<SearchPattern>().is_err(), "{bad}");
        }
    }

    #[test]
    fn words_have_the_lengths_of_macie() {
        for (least, most) in [("abc", "a".repeat(90)), ("äöü", "ä".repeat(90))] {
            assert!(least.parse::<Keyword>().is_ok() && most.parse::<Keyword>().is_ok());
        }
        assert!("ab".parse::<Keyword>().is_err() && "a".repeat(91).parse::<Keyword>().is_err());
        assert!("abcd".parse::<IgnoredWord>().is_ok() && "a".repeat(90).parse::<IgnoredWord>().is_ok());
        assert!("abc".parse::<IgnoredWord>().is_err() && "a".repeat(91).parse::<IgnoredWord>().is_err());
        assert!("a".repeat(128).parse::<IdentifierName>().is_ok() && "a".repeat(129).parse::<IdentifierName>().is_err());
        for bad in ["", " a", "a ", "-a", "a'b", "a`b", "a\"b"] {
            assert!(bad.parse::<IdentifierName>().is_err(), "{bad}");
        }
    }

    #[test]
    fn a_key_for_results_is_named_by_its_arn() {
        for good in ["create", "arn:aws:kms:eu-west-1:111122223333:key/1234abcd"] {
            assert!(good.parse::<ExportKey>().is_ok(), "{good}");
        }
        for bad in ["", "alias/x", "arn:aws:kms:eu-west-1:111122223333:alias/x"] {
            assert!(bad.parse::<ExportKey>().is_err(), "{bad}");
        }
        assert!("csv".parse::<FileExtension>().is_ok());
        for bad in ["", ".csv", "tar.gz", "*", "a b"] {
            assert!(bad.parse::<FileExtension>().is_err(), "{bad}");
        }
    }
}
