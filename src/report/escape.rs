//! Characters that do not mean what they show: control, bidirectional and invisible ones.
//!
//! In: text that may hold anything a user wrote. Out: the same text with those characters spelled out, for
//! a terminal, a JSON string or an XML document. Never: a loss, except in excerpts, where widths must stay.

use std::borrow::Cow;
use std::fmt::Write;

/// Whether a terminal or an editor could obey the character, or hide it.
pub(super) fn is_hidden(character: char) -> bool {
    character.is_control()
        || matches!(character,
            '\u{061C}' | '\u{180E}' | '\u{200B}'..='\u{200F}' | '\u{2028}'..='\u{202E}' | '\u{2060}'..='\u{206F}'
            | '\u{FEFF}' | '\u{FFF9}'..='\u{FFFB}' | '\u{E0000}'..='\u{E0FFF}')
}

fn replaced<'a>(text: &'a str, bad: impl Fn(char) -> bool, spell: impl Fn(&mut String, char)) -> Cow<'a, str> {
    if !text.contains(&bad) {
        return Cow::Borrowed(text);
    }
    let mut out = String::with_capacity(text.len() + 8);
    for character in text.chars() {
        if bad(character) { spell(&mut out, character) } else { out.push(character) }
    }
    Cow::Owned(out)
}

fn spelled(out: &mut String, character: char) {
    out.extend(character.escape_default());
}

/// For one line of a terminal.
pub(super) fn line(text: &str) -> Cow<'_, str> {
    replaced(text, is_hidden, spelled)
}

/// For an excerpt, where byte offsets and columns must stay true; control characters of ASCII are left to
/// the printer, which shows a symbol for each.
pub(super) fn excerpt(text: &str) -> Cow<'_, str> {
    replaced(
        text,
        |character| !character.is_ascii() && is_hidden(character),
        |out, character| {
            out.push(match character.len_utf8() {
                2 => '\u{B7}',
                3 => char::REPLACEMENT_CHARACTER,
                _ => '\u{1F6AB}',
            });
        },
    )
}

/// For JSON that is already written: these characters can only stand inside its strings.
pub(super) fn json(document: &str) -> Cow<'_, str> {
    replaced(
        document,
        |character| character != '\n' && is_hidden(character),
        |out, character| {
            let mut units = [0; 2];
            for unit in character.encode_utf16(&mut units) {
                // Writing to a string cannot fail.
                let _ = write!(out, "\\u{unit:04x}");
            }
        },
    )
}

/// For XML, within an attribute or a text.
pub(super) fn xml(text: &str) -> Cow<'_, str> {
    let special = |character| matches!(character, '<' | '>' | '&' | '"' | '\'' | '\u{FFFE}' | '\u{FFFF}');
    replaced(
        text,
        |character| special(character) || is_hidden(character),
        |out, character| match character {
            '<' => out.push_str("&lt;"),
            '>' => out.push_str("&gt;"),
            '&' => out.push_str("&amp;"),
            '"' => out.push_str("&quot;"),
            '\'' => out.push_str("&apos;"),
            '\n' => out.push_str("&#10;"),
            // XML 1.0 has no way to hold most control characters, so all are spelled out.
            _ => spelled(out, character),
        },
    )
}

#[cfg(test)]
mod tests {
    use super::*;

    const NASTY: &str = "a\u{1b}[31m\u{202e}\u{9b}\u{e0041}é\"<\n";

    #[test]
    fn nothing_hidden_survives() {
        assert_eq!(line(NASTY), "a\\u{1b}[31m\\u{202e}\\u{9b}\\u{e0041}é\"<\\n");
        assert_eq!(xml(NASTY), "a\\u{1b}[31m\\u{202e}\\u{9b}\\u{e0041}é&quot;&lt;&#10;");
        assert_eq!(excerpt(NASTY).len(), NASTY.len());
        assert!(!excerpt(NASTY).contains(|character: char| !character.is_ascii() && is_hidden(character)));
    }

    #[test]
    fn json_keeps_its_meaning() {
        let written = serde_json::to_string(NASTY).unwrap();
        let safe = json(&written);
        assert!(!safe.contains(is_hidden));
        assert_eq!(serde_json::from_str::<String>(&safe).unwrap(), NASTY);
    }
}
