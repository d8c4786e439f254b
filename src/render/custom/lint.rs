//! What a custom template may hold: text, `{{ x }}`, `if` and `for`. Whatever could get around escaping or bring in another file is
//! refused, with its place.

use std::ops::Range;

use super::Refusal;

/// The statements that templates know.
const STATEMENTS: &[&str] = &["if", "elif", "else", "endif", "for", "endfor"];

/// Everything that the template may not hold.
pub(super) fn refusals(text: &str) -> Vec<Refusal> {
    let mut found = Vec::new();
    let mut refuse = |at: Range<usize>, message: String, help: &str| found.push(Refusal { at: Some(at), message, help: help.to_owned() });
    let mut from = 0;
    while let Some(open) = text.get(from..).and_then(|rest| rest.find('{')).map(|at| from + at) {
        let close = match text.get(open..open + 2) {
            Some("{{") => "}}",
            Some("{%") => "%}",
            Some("{#") => "#}",
            _ => {
                from = open + 1;
                continue;
            }
        };
        let inside = text.get(open + 2..).unwrap_or_default();
        let Some(length) = end(inside, close) else {
            refuse(open..open + 2, format!("`{}` is not closed", text.get(open..open + 2).unwrap_or_default()), "close it");
            break;
        };
        from = open + 2 + length + 2;
        let tag = inside.get(..length).unwrap_or_default();
        if close == "#}" {
            continue;
        }
        let code = without_texts(tag);
        if close == "%}" {
            let word = code
                .trim_start_matches(['-', ' ', '\t', '\n'])
                .split(|c: char| !c.is_alphanumeric() && c != '_')
                .next()
                .unwrap_or_default();
            if !STATEMENTS.contains(&word) {
                let help = "templates hold `{{ x }}`, `if` and `for`; what is more goes into the profile";
                refuse(open..from, format!("`{word}` is no statement of a template"), help);
            }
        } else {
            let before = text.get(..open).and_then(|before| before.chars().next_back());
            let after = text.get(from..).and_then(|after| after.chars().next());
            if [before, after].into_iter().flatten().any(|c| matches!(c, '"' | '\'' | '\\' | '$' | '%')) {
                refuse(
                    open..from,
                    "a value touches what stands beside it".to_owned(),
                    "a value is printed with its own quotes: write none around it",
                );
            }
        }
        if let Some(at) = code.find('|') {
            refuse(open + 2 + at..open + 3 + at, "filters are refused".to_owned(), "the type of a value decides how it is spelled");
        }
        if let Some(at) = code.find('(') {
            refuse(open + 2 + at..open + 3 + at, "calls are refused".to_owned(), "test with `is defined`, and compare with `==`");
        }
    }
    found
}

/// Where a tag ends: at its mark, outside of texts.
fn end(inside: &str, close: &str) -> Option<usize> {
    if close == "#}" { inside.find(close) } else { without_texts(inside).find(close) }
}

/// The same number of bytes, with blanks for those within quotes.
fn without_texts(code: &str) -> String {
    let mut quote = None;
    let blank = |c: char| " ".repeat(c.len_utf8());
    let mut out = String::with_capacity(code.len());
    for c in code.chars() {
        match quote {
            Some(open) => {
                quote = (c != open).then_some(open);
                out.push_str(&blank(c));
            }
            None if matches!(c, '"' | '\'' | '`') => {
                quote = Some(c);
                out.push_str(&blank(c));
            }
            None => out.push(c),
        }
    }
    out
}

/// What the engine says of a text that it cannot read: a sentence, and ` --> NAME:LINE:COLUMN`.
pub(super) fn syntax(text: &str, said: &str) -> Refusal {
    let first = said.lines().next().unwrap_or_default().trim_start_matches("error: ").to_lowercase();
    let place = said.lines().find_map(|line| line.trim_start().strip_prefix("--> ")).and_then(|place| {
        let mut numbers = place.rsplit(':').map_while(|number| number.parse::<usize>().ok());
        Some((numbers.next()?, numbers.next()?))
    });
    let at = place.and_then(|(column, line)| {
        let start: usize = text.split_inclusive('\n').take(line.checked_sub(1)?).map(str::len).sum();
        let rest = text.get(start..)?;
        let from = rest.char_indices().nth(column.checked_sub(1)?).map_or(rest.len(), |(at, _)| at);
        let to = rest.find('\n').unwrap_or(rest.len()).max(from);
        Some(start + from..start + to)
    });
    let message = if first.is_empty() { "the template cannot be read".to_owned() } else { first };
    Refusal { at, message: message.trim_end_matches('.').to_owned(), help: "`s3harden templates NAME` prints the built-in one".to_owned() }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn refused(text: &str) -> Vec<String> {
        refusals(text).into_iter().map(|refusal| refusal.message).collect()
    }

    #[test]
    fn the_built_in_templates_are_fine() {
        for (name, text) in super::super::all() {
            assert_eq!(refusals(text), [], "{name}");
        }
    }

    #[test]
    fn whatever_gets_around_escaping_is_refused_where_it_stands() {
        for (text, message) in [
            ("a = {{ r.name | safe }}", "filters are refused"),
            ("{% filter upper %}x{% endfilter %}", "`filter` is no statement of a template"),
            ("{% raw %}{{ x }}{% endraw %}", "`raw` is no statement of a template"),
            ("{%- include \"/etc/passwd\" %}", "`include` is no statement of a template"),
            ("{% extends \"x\" %}", "`extends` is no statement of a template"),
            ("{% set x = 1 %}", "`set` is no statement of a template"),
            ("{% for x in range(end=9) %}{% endfor %}", "calls are refused"),
            ("{{ throw(message=\"x\") }}", "calls are refused"),
            ("a = \"{{ r.name }}\"", "a value touches what stands beside it"),
            ("a = ${{ r.name }}", "a value touches what stands beside it"),
            ("{{ r.name", "`{{` is not closed"),
            ("{% if x == \"%}\" | safe %}", "filters are refused"),
        ] {
            assert_eq!(refused(text).first().map(String::as_str), Some(message), "{text}");
        }
        let at = refusals("é {{ a | b }}").remove(0).at;
        assert_eq!(at, Some(8..9));
        assert_eq!(refused("{# | safe ( #} {% if a == \"|(\" %}{{ a }}{% endif %} { x } ${y}"), [""; 0]);
    }
}
