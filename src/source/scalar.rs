//! What a plain scalar means: YAML 1.2 without its surprises.
//!
//! In: the text of a scalar written without quotes. Out: its [`Kind`]. Only `true`, `false`, `null`, `~`,
//! decimal integers and decimal fractions are anything but text: no octal, no plus, no exponent, no
//! leading zero, so that an account id never loses a digit.

use super::Kind;

/// The kind of a plain scalar.
pub(super) fn kind(text: &str) -> Kind {
    match text.as_bytes() {
        b"" | b"~" | b"null" => Kind::Null,
        b"true" => Kind::Bool(true),
        b"false" => Kind::Bool(false),
        [b'-' | b'0'..=b'9', ..] => number(text),
        _ => Kind::Text,
    }
}

fn number(text: &str) -> Kind {
    let digits = text.strip_prefix('-').unwrap_or(text);
    let (whole, fraction) = match digits.split_once('.') {
        Some((whole, fraction)) => (whole, Some(fraction)),
        None => (digits, None),
    };
    let decimal = |part: &str| !part.is_empty() && part.bytes().all(|byte| byte.is_ascii_digit());
    if !decimal(whole) || (whole.starts_with('0') && whole.len() > 1) {
        return Kind::Text;
    }
    match fraction {
        Some(fraction) if decimal(fraction) && text.parse::<f64>().is_ok_and(f64::is_finite) => Kind::Float,
        None if text.parse::<i64>().is_ok() || text.parse::<u64>().is_ok() => Kind::Integer,
        _ => Kind::Text,
    }
}

/// The boolean that another reader makes of a word which is text here.
pub(super) fn other_reading(text: &str) -> Option<bool> {
    if text.len() > 5 {
        return None;
    }
    let is = |words: [&str; 4]| words.iter().any(|word| text.eq_ignore_ascii_case(word));
    if is(["yes", "on", "y", "true"]) {
        Some(true)
    } else if is(["no", "off", "n", "false"]) {
        Some(false)
    } else {
        None
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_the_plainest_words_and_numbers_are_not_text() {
        for (kinds, words) in [
            (Kind::Null, &["", "~", "null"][..]),
            (Kind::Bool(true), &["true"]),
            (Kind::Bool(false), &["false"]),
            (Kind::Integer, &["0", "7", "-3", "111122223333", "18446744073709551615", "-9223372036854775808"]),
            (Kind::Float, &["1.2", "0.5", "-10.25"]),
        ] {
            for word in words {
                assert_eq!(kind(word), kinds, "{word}");
            }
        }
        let texts = [
            "012345678901",
            "00",
            "+5",
            "-",
            "--1",
            "1e3",
            "1.",
            ".5",
            "1.2.3",
            "1_000",
            "0x1F",
            "0o14",
            ".inf",
            ".nan",
            "-.5",
            "12:30:45",
            "2012-10-17",
            "True",
            "Null",
            "yes",
            "18446744073709551616",
            "1.5e3",
            "٣",
        ];
        for word in texts {
            assert_eq!(kind(word), Kind::Text, "{word}");
        }
        assert_eq!(kind(&format!("{}.0", "9".repeat(400))), Kind::Text);
    }

    #[test]
    fn words_of_yaml_1_1_are_known_in_any_case() {
        assert_eq!(other_reading("Yes"), Some(true));
        assert_eq!(other_reading("OFF"), Some(false));
        assert_eq!(other_reading("True"), Some(true));
        assert_eq!(other_reading("nope"), None);
    }
}
