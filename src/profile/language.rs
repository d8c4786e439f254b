//! Languages of patterns: whether everything that one takes is taken by another, and words of one.
//!
//! In: patterns for whole values, in the syntax that Rust, Go and Java share. Out: a value that one takes and the other does
//! not, or none; a value for where any does. Never: a pattern of unbounded size, or one that the three read differently.
//!
//! Sources: the syntax pages of the crate regex-syntax, of RE2 (Terraform's `regex`) and of `java.util.regex.Pattern`
//! (CloudFormation's `AllowedPattern`).

use std::collections::{BTreeMap, HashMap, VecDeque};

use regex_automata::dfa::{Automaton, StartKind, dense};
use regex_automata::nfa::thompson;
use regex_automata::util::{primitives::StateID, start, syntax};
use regex_automata::{Anchored, MatchKind};
use sha2::Digest as _;

/// The bytes that an automaton may take; a pattern that needs more is refused.
const LIMIT: usize = 8 << 20;

/// The letters after which a word comes to its end as fast as it can.
const LONG_ENOUGH: usize = 20;

/// What a pattern takes.
#[derive(Debug)]
pub(super) struct Language {
    dfa: dense::DFA<Vec<u32>>,
    start: StateID,
}

impl Language {
    /// The language of a pattern for whole values; nothing where it is none, or too large.
    pub(super) fn of(pattern: &str) -> Option<Self> {
        let config = dense::Config::new()
            .start_kind(StartKind::Anchored)
            .match_kind(MatchKind::All)
            .dfa_size_limit(Some(LIMIT))
            .determinize_size_limit(Some(LIMIT));
        let dfa = dense::Builder::new()
            .configure(config)
            .syntax(syntax::Config::new().unicode(false).utf8(false))
            .thompson(thompson::Config::new().nfa_size_limit(Some(LIMIT)))
            .build(&format!("^(?:{pattern})$"))
            .ok()?;
        let start = dfa.start_state(&start::Config::new().anchored(Anchored::Yes)).ok()?;
        Some(Self { dfa, start })
    }

    fn accepts(&self, state: StateID) -> bool {
        self.dfa.is_match_state(self.dfa.next_eoi_state(state))
    }

    /// Whether it takes the value.
    pub(super) fn takes(&self, value: &str) -> bool {
        self.accepts(value.bytes().fold(self.start, |state, byte| self.dfa.next_state(state, byte)))
    }

    /// A shortest value that it takes and `other` does not.
    pub(super) fn beyond(&self, other: &Self) -> Option<String> {
        let begin = (self.start, other.start);
        let mut from: HashMap<(StateID, StateID), ((StateID, StateID), u8)> = HashMap::new();
        let mut seen = std::collections::HashSet::from([begin]);
        let mut open = VecDeque::from([begin]);
        while let Some(pair @ (own, others)) = open.pop_front() {
            if self.accepts(own) && !other.accepts(others) {
                let mut word = Vec::new();
                let mut at = pair;
                while let Some((before, byte)) = from.get(&at) {
                    word.push(*byte);
                    at = *before;
                }
                word.reverse();
                return Some(String::from_utf8_lossy(&word).into_owned());
            }
            // Letters first, so that the value that is shown is one that can be read.
            for byte in READABLE.iter().copied().chain(0..=u8::MAX) {
                let next = (self.dfa.next_state(own, byte), other.dfa.next_state(others, byte));
                if !self.dfa.is_dead_state(next.0) && seen.insert(next) {
                    from.insert(next, (pair, byte));
                    open.push_back(next);
                }
            }
        }
        None
    }

    /// A value that it takes, another one for another seed where it takes many; nothing where it takes none.
    pub(super) fn word(&self, seed: &str) -> Option<String> {
        let steps = self.steps_to_the_end();
        let mut state = self.start;
        let mut word = Vec::new();
        steps.get(&state)?;
        loop {
            let mut next: Vec<(u8, StateID)> = (0..=u8::MAX).map(|byte| (byte, self.dfa.next_state(state, byte))).collect();
            next.retain(|(_, next)| steps.contains_key(next));
            let done = self.accepts(state);
            if next.is_empty() || (done && word.len() >= LONG_ENOUGH) {
                return done.then(|| String::from_utf8_lossy(&word).into_owned());
            }
            if word.len() >= LONG_ENOUGH {
                let nearest = next.iter().filter_map(|(_, next)| steps.get(next)).min().copied();
                next.retain(|(_, next)| steps.get(next).copied() == nearest);
            }
            let readable = |(byte, _): &&(u8, StateID)| byte.is_ascii_lowercase() || byte.is_ascii_digit();
            let readable: Vec<&(u8, StateID)> = next.iter().filter(readable).collect();
            let choice = if readable.is_empty() { next.iter().collect() } else { readable };
            let hash = sha2::Sha256::digest(format!("{seed}/{}", word.len()));
            let at = hash.first().map_or(0, |byte| usize::from(*byte)) % choice.len().max(1);
            let (byte, next) = choice.get(at)?;
            word.push(*byte);
            state = *next;
        }
    }

    /// For each state from which a value can still end well: in how many steps.
    fn steps_to_the_end(&self) -> BTreeMap<StateID, usize> {
        let mut before: HashMap<StateID, Vec<StateID>> = HashMap::new();
        let mut seen = std::collections::HashSet::from([self.start]);
        let mut open = VecDeque::from([self.start]);
        let mut ends = Vec::new();
        while let Some(state) = open.pop_front() {
            if self.accepts(state) {
                ends.push(state);
            }
            for byte in 0..=u8::MAX {
                let next = self.dfa.next_state(state, byte);
                if self.dfa.is_dead_state(next) {
                    continue;
                }
                before.entry(next).or_default().push(state);
                if seen.insert(next) {
                    open.push_back(next);
                }
            }
        }
        let mut steps: BTreeMap<StateID, usize> = ends.iter().map(|state| (*state, 0)).collect();
        let mut open: VecDeque<StateID> = ends.into();
        while let Some(state) = open.pop_front() {
            let so_far = steps.get(&state).copied().unwrap_or_default();
            for one in before.get(&state).into_iter().flatten() {
                if !steps.contains_key(one) {
                    steps.insert(*one, so_far + 1);
                    open.push_back(*one);
                }
            }
        }
        steps
    }
}

const READABLE: &[u8] = b"abcdefghijklmnopqrstuvwxyz0123456789";

/// What in a pattern Rust, Go and Java do not read alike, in words.
pub(super) fn peculiar(pattern: &str) -> Option<String> {
    let letters: Vec<char> = pattern.chars().collect();
    let at = |index: usize| letters.get(index).copied();
    let mut class = false;
    let mut index = 0;
    while let Some(letter) = at(index) {
        let next = at(index + 1);
        match (letter, class) {
            (letter, _) if !(' '..='~').contains(&letter) => return Some(format!("the character `{}`", letter.escape_debug())),
            ('\\', _) => match next {
                Some('d' | 'w') => index += 1,
                Some(escaped) if escaped.is_ascii_punctuation() && !matches!(escaped, '<' | '>') => index += 1,
                escaped => return Some(format!("`\\{}`", escaped.map(String::from).unwrap_or_default())),
            },
            ('[', false) => {
                class = true;
                if next == Some('^') {
                    index += 1;
                }
                if at(index + 1) == Some(']') {
                    return Some("`]` at the beginning of a class".to_owned());
                }
            }
            ('[', true) => return Some("`[` within a class".to_owned()),
            (']', true) => class = false,
            ('&' | '~' | '-', true) if next == Some(letter) => return Some(format!("`{letter}{letter}` within a class")),
            ('(', false) if next == Some('?') && at(index + 2) != Some(':') => return Some("`(?`".to_owned()),
            ('^' | '$', false) => return Some(format!("`{letter}`")),
            ('{', false) => {
                let rest: String = letters.iter().skip(index + 1).take_while(|c| **c != '}').collect();
                let number = |text: &str| text.parse::<u16>().is_ok_and(|n| n <= 1_000);
                let counted = match rest.split_once(',') {
                    Some((least, most)) => number(least) && (most.is_empty() || number(most)),
                    None => number(&rest),
                };
                if !counted {
                    return Some("a `{` that begins no count of up to 1,000".to_owned());
                }
                index += rest.len() + 1;
                if matches!(at(index + 1), Some('*' | '+' | '?' | '{')) {
                    return Some("two repetitions in a row".to_owned());
                }
            }
            ('}' | ']', false) => return Some(format!("`{letter}` that closes nothing")),
            ('*' | '+' | '?', false) if matches!(next, Some('*' | '+' | '?' | '{')) => return Some("two repetitions in a row".to_owned()),
            _ => {}
        }
        index += 1;
    }
    None
}

/// A text as a pattern that takes nothing else.
pub(super) fn quoted(text: &str) -> String {
    let mut out = String::with_capacity(text.len() + 8);
    for letter in text.chars() {
        if letter.is_ascii_punctuation() && !matches!(letter, '<' | '>') {
            out.push('\\');
        }
        out.push(letter);
    }
    out
}

#[cfg(test)]
mod tests {
    use super::*;

    fn beyond(one: &str, other: &str) -> Option<String> {
        Language::of(one).unwrap().beyond(&Language::of(other).unwrap())
    }

    #[test]
    fn what_one_takes_beyond_another_is_shown_by_a_shortest_value() {
        assert_eq!(beyond("[a-z]{2,4}", "[a-z0-9]+"), None);
        assert_eq!(beyond("[a-z]+", "[a-z]{1,3}").as_deref(), Some("aaaa"));
        assert_eq!(beyond("a|bc", "a").as_deref(), Some("bc"));
        assert_eq!(beyond("x*", "x+").as_deref(), Some(""));
        assert_eq!(beyond(r"vpc-[0-9a-f]{17}", r"vpc-([0-9a-f]{8}|[0-9a-f]{17})"), None);
        assert_eq!(beyond(r"\d{12}", "[0-9]{12}"), None, "`\\d` is ASCII, as it is in Go and in Java");
        assert_eq!(beyond(".", "[^\\n]"), None);
    }

    #[test]
    fn words_are_of_the_language_and_differ_by_seed() {
        for pattern in ["[0-9]{12}", "vpce-([0-9a-f]{8}|[0-9a-f]{17})", "[A-Za-z0-9 _.:/=+@-]{0,256}", "prod|test", ""] {
            let language = Language::of(pattern).unwrap();
            for seed in ["a", "b", "c"] {
                let word = language.word(seed).unwrap();
                assert!(language.takes(&word), "{pattern}: {word}");
                assert_eq!(language.word(seed), Some(word));
            }
        }
        let accounts = Language::of("[0-9]{12}").unwrap();
        assert_ne!(accounts.word("a"), accounts.word("b"));
        assert_eq!(Language::of("[a&&b]").and_then(|nothing| nothing.word("a")), None);
    }

    #[test]
    fn a_pattern_that_would_take_much_room_is_none() {
        assert!(Language::of("[ab]*a[ab]{40}").is_none());
        assert!(Language::of("(").is_none());
    }

    #[test]
    fn what_the_three_read_alike_is_not_peculiar() {
        for good in ["[a-z]{2,8}", r"vpc-\d+", "(?:a|b)c?", "[A-Za-z0-9 _.:/=+@-]{0,256}", "(a|b)*", r"\[\]", "[^a]", "a+?b"] {
            let lazy = good == "a+?b";
            assert_eq!(peculiar(good).is_some(), lazy, "{good}");
        }
        for bad in [
            r"\pL",
            r"\bx",
            r"\s",
            "(?i)a",
            "(?=a)b",
            "[[:alpha:]]",
            "[a&&b]",
            "[a--b]",
            "^a",
            "a$",
            "a**",
            "a{2}{3}",
            "a{,3}",
            "a{1001}",
            "é",
            "[]a]",
            "a}",
            "(?<n>a)",
            r"\Aa",
        ] {
            assert!(peculiar(bad).is_some(), "{bad}");
        }
    }

    #[test]
    fn a_quoted_text_takes_itself_and_nothing_else() {
        for text in ["a.b*c", "arn:aws:iam::1:role/x+y", "a b-c_d@e=f", "(x)[y]{z}|^$\\"] {
            let language = Language::of(&quoted(text)).unwrap();
            assert!(language.takes(text) && !language.takes(&format!("{text}x")), "{text}");
            assert_eq!(peculiar(&quoted(text)), None, "{text}");
        }
    }
}
