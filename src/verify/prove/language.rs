//! Patterns taken together: one text for each way in which texts can match some of them and not others.
//!
//! In: patterns as tokens, and the form that texts have at all. Out: texts, the shortest of each class. All patterns are
//! read at once, character by character; every character that no pattern names behaves alike, so one stands for them.
//! Never: an answer that leaves a class out; more work than the budget allows is an error.

use std::collections::HashMap;
use std::hash::{BuildHasherDefault, DefaultHasher};

use super::super::pattern::{ArnPattern, Head, Pattern, Token};

type Map<K, V> = HashMap<K, V, BuildHasherDefault<DefaultHasher>>;

/// What a character is, for wildcards that do not span everything.
pub(super) mod is {
    pub(in super::super) const COLON: u8 = 1;
    pub(in super::super) const SLASH: u8 = 2;
    pub(in super::super) const DIGIT: u8 = 4;
    /// What names of IAM are made of.
    pub(in super::super) const NAME: u8 = 8;
    /// A character of a name, or the slash between names of a path.
    pub(in super::super) const PATH: u8 = 16;
}

fn kinds(c: char) -> u8 {
    let name = c.is_ascii_alphanumeric() || "+=,.@-_".contains(c);
    [(c == ':', is::COLON), (c == '/', is::SLASH), (c.is_ascii_digit(), is::DIGIT), (name, is::NAME), (name || c == '/', is::PATH)]
        .into_iter()
        .filter(|(holds, _)| *holds)
        .fold(0, |all, (_, kind)| all | kind)
}

/// One step of a pattern.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Tok {
    Char(char),
    /// A character in either case.
    Fold(char),
    /// One character that has all of `need` and none of `bar`.
    One {
        need: u8,
        bar: u8,
    },
    /// Any number of them.
    Any {
        need: u8,
        bar: u8,
    },
}

pub(super) const ANY: Tok = Tok::Any { need: 0, bar: 0 };

impl Tok {
    /// Whether it takes some characters by name, not by their kind.
    const fn names(self) -> bool {
        matches!(self, Self::Char(_) | Self::Fold(_))
    }

    fn takes(self, c: char) -> bool {
        match self {
            Self::Char(own) => own == c,
            Self::Fold(own) => own == c || own.to_lowercase().eq(c.to_lowercase()),
            Self::One { need, bar } | Self::Any { need, bar } => kinds(c) & need == need && kinds(c) & bar == 0,
        }
    }
}

/// A text as steps.
pub(super) fn literal(text: &str) -> Vec<Tok> {
    text.chars().map(Tok::Char).collect()
}

/// A pattern as steps. A variable stands for anything.
pub(super) fn steps(pattern: &Pattern, fold: bool, bar: u8) -> Vec<Tok> {
    let any = Tok::Any { need: 0, bar };
    let text = |text: &str| text.chars().map(|c| if fold { Tok::Fold(c) } else { Tok::Char(c) }).collect::<Vec<_>>();
    match pattern {
        Pattern::Anything => vec![any],
        Pattern::Exact(exact) => text(exact),
        Pattern::Prefix(prefix) => text(prefix).into_iter().chain([any]).collect(),
        Pattern::General(tokens) => tokens
            .iter()
            .flat_map(|token| match token {
                Token::Text(plain) => text(plain),
                Token::Any | Token::Variable { .. } => vec![any],
                Token::One => vec![Tok::One { need: 0, bar }],
            })
            .collect(),
    }
}

/// The pattern of an ARN as steps; none where nothing matches it.
pub(super) fn arn_steps(pattern: &ArnPattern) -> Option<Vec<Tok>> {
    let part = |steps: &[Tok]| steps.iter().copied().chain([Tok::Char(':')]).collect::<Vec<_>>();
    let inside = Tok::Any { need: 0, bar: is::COLON };
    Some(match pattern {
        ArnPattern::Nothing => return None,
        ArnPattern::Anything => (0..5).flat_map(|_| part(&[inside])).chain([ANY]).collect(),
        ArnPattern::Late(_) => (0..5).flat_map(|_| part(&[inside])).chain([ANY]).collect(),
        ArnPattern::Split { head: Head::Exact(head), tail } => literal(head).into_iter().chain(steps(tail, false, 0)).collect(),
        ArnPattern::Split { head: Head::Parts(parts), tail } => {
            parts.iter().flat_map(|one| part(&steps(one, false, is::COLON))).chain(steps(tail, false, 0)).collect()
        }
    })
}

/// The one text that a pattern matches, where there is only one.
pub(super) fn only(steps: &[Tok]) -> Option<String> {
    steps.iter().map(|step| if let Tok::Char(c) = step { Some(*c) } else { None }).collect()
}

/// There are more classes, or more states on the way to them, than are looked at.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct TooMany;

const STATES: usize = 20_000;
const CLASSES: usize = 1_024;

/// Patterns that are read together.
pub(super) struct Language {
    steps: Vec<Option<Tok>>,
    starts: Vec<usize>,
    /// The ends of the patterns, and those of the forms.
    ends: Vec<u64>,
    forms: Vec<u64>,
    any_form: bool,
    /// Where the steps of the forms begin.
    form_from: usize,
    symbols: Vec<char>,
}

type State = Vec<u64>;

/// Classes, each with a text of it.
type Found = Vec<(State, String)>;

impl Language {
    /// `forms` are patterns of which a text must match one; none lets every text in.
    pub(super) fn new(patterns: &[Vec<Tok>], forms: &[Vec<Tok>]) -> Self {
        let mut all: Vec<Option<Tok>> = Vec::new();
        let (mut starts, mut finals, mut form_finals) = (Vec::new(), Vec::new(), Vec::new());
        for (at, pattern) in patterns.iter().chain(forms).enumerate() {
            starts.push(all.len());
            all.extend(pattern.iter().copied().map(Some));
            finals.push(all.len());
            if at >= patterns.len() {
                form_finals.push(all.len());
            }
            all.push(None);
        }
        let set = |places: &[usize]| {
            let mut words = vec![0_u64; all.len().div_ceil(64)];
            places.iter().for_each(|place| super::cube::insert(&mut words, *place));
            words
        };
        let (ends, forms_set) = (set(&finals), set(&form_finals));
        let mut symbols: Vec<char> = vec![':', '/'];
        for step in all.iter().flatten() {
            match step {
                Tok::Char(c) => symbols.push(*c),
                Tok::Fold(c) => {
                    symbols.extend(c.to_lowercase().chain(c.to_uppercase()).chain([*c]));
                    // Signs of their own that lower to a letter.
                    symbols.extend(['\u{212a}', '\u{212b}', '\u{2126}'].into_iter().filter(|sign| Tok::Fold(*c).takes(*sign)));
                }
                _ => {}
            }
        }
        symbols.sort_unstable();
        symbols.dedup();
        let fresh = |from: &str| from.chars().find(|c| all.iter().flatten().all(|step| !step.names() || !step.takes(*c)));
        let others = [fresh("xabcdefghijklmnopqrstuvwyzXABCDEFGHIJKLMNOPQRSTUVWYZ_-.+=,@"), fresh("9876543210"), fresh("~!éßøłжщ☃☂☁★")];
        // The plainest of them come first, so that they make the examples.
        let symbols = others.into_iter().flatten().chain(symbols).collect();
        let form_from = starts.get(patterns.len()).copied().unwrap_or(all.len());
        Self { starts, ends, forms: forms_set, any_form: forms.is_empty(), form_from, symbols, steps: all }
    }

    fn close(&self, state: &mut State) {
        // A step that may be skipped opens the one behind it; places only grow, so one pass is enough.
        for place in 0..self.steps.len() {
            if super::cube::contains(state, place) && matches!(self.steps.get(place), Some(Some(Tok::Any { .. }))) {
                super::cube::insert(state, place + 1);
            }
        }
    }

    fn start(&self) -> State {
        let mut state = vec![0_u64; self.steps.len().div_ceil(64)];
        self.starts.iter().for_each(|place| super::cube::insert(&mut state, *place));
        self.close(&mut state);
        state
    }

    fn next(&self, state: &State, c: char) -> State {
        let mut after = vec![0_u64; state.len()];
        for place in super::cube::points(state) {
            let Some(Some(step)) = self.steps.get(place) else { continue };
            if step.takes(c) {
                let to = if matches!(step, Tok::Any { .. }) { place } else { place + 1 };
                super::cube::insert(&mut after, to);
                // Behind a step that may be skipped, however many there are.
                let mut at = to;
                while matches!(self.steps.get(at), Some(Some(Tok::Any { .. }))) {
                    at += 1;
                    super::cube::insert(&mut after, at);
                }
            }
        }
        after
    }

    fn class(&self, state: &State) -> Option<State> {
        (self.any_form || super::cube::meet(state, &self.forms))
            .then(|| state.iter().zip(&self.ends).map(|(state, end)| state & end).collect())
    }

    /// Whether a form can still be met.
    fn alive(&self, state: &State) -> bool {
        self.any_form || super::cube::points(state).any(|place| place >= self.form_from)
    }

    /// The class of a text, if it has the form.
    pub(super) fn class_of(&self, text: &str) -> Option<Vec<u64>> {
        let state = text.chars().fold(self.start(), |state, c| self.next(&state, c));
        self.class(&state)
    }

    /// One text of each class that begins with `prefix` and that `taken` does not refuse; classes of which every text is
    /// refused have none. At most `texts` are refused as such, and all that end in one of `names` names after a slash.
    pub(super) fn texts(
        &self,
        prefix: &str,
        taken: impl Fn(&str) -> bool,
        texts: usize,
        names: usize,
    ) -> Result<Vec<(Vec<u64>, String)>, TooMany> {
        let mut visits = 1;
        loop {
            let (found, missed) = self.walk(prefix, &taken, (visits, visits.min(texts + 1)))?;
            if !missed || visits > texts + names {
                return Ok(found);
            }
            visits = (visits * 4).min(texts + names + 1);
        }
    }

    /// Walks every state, with as many different names at the end as `visits` says, and so many texts with the same; also
    /// whether a class was met by refused texts alone.
    fn walk(&self, prefix: &str, taken: &impl Fn(&str) -> bool, visits: (usize, usize)) -> Result<(Found, bool), TooMany> {
        let mut seen: Map<State, Vec<(String, usize)>> = Map::default();
        let mut classes: Map<State, usize> = Map::default();
        let mut found: Vec<(State, Option<String>)> = Vec::new();
        let begin = prefix.chars().fold(self.start(), |state, c| self.next(&state, c));
        seen.insert(begin.clone(), vec![(String::new(), 1)]);
        let mut queue: Vec<(State, usize, char)> = vec![(begin, usize::MAX, ' ')];
        let mut at = 0;
        let mut nodes: Vec<(usize, char)> = Vec::new();
        while at < queue.len() {
            let Some((state, parent, c)) = queue.get_mut(at).map(|(state, parent, c)| (std::mem::take(state), *parent, *c)) else { break };
            nodes.push((parent, c));
            if let Some(class) = self.class(&state) {
                let place = match classes.get(&class) {
                    Some(place) => *place,
                    None => {
                        if found.len() >= CLASSES {
                            return Err(TooMany);
                        }
                        classes.insert(class.clone(), found.len());
                        found.push((class, None));
                        found.len() - 1
                    }
                };
                if let Some((_, text @ None)) = found.get_mut(place) {
                    let whole = prefix.chars().chain(back(&nodes, at, false).into_iter().rev()).collect::<String>();
                    *text = (!taken(&whole)).then_some(whole);
                }
            }
            // Symbols that no step of the state names lead to the same state where they are of a kind: one is enough, unless the
            // names that they end in count.
            let named: Vec<Tok> =
                super::cube::points(&state).filter_map(|place| *self.steps.get(place)?).filter(|step| step.names()).collect();
            let mut tried = 0_u32;
            for symbol in &self.symbols {
                if visits.0 == 1 && !named.iter().any(|step| step.takes(*symbol)) {
                    let kind = 1 << kinds(*symbol);
                    if tried & kind != 0 {
                        continue;
                    }
                    tried |= kind;
                }
                let next = self.next(&state, *symbol);
                if !self.alive(&next) {
                    continue;
                }
                let before = seen.entry(next.clone()).or_default();
                let last = match *symbol {
                    _ if visits.0 == 1 => String::new(),
                    '/' => String::new(),
                    c => back(&nodes, at, true).into_iter().rev().chain([c]).collect(),
                };
                let distinct = before.len();
                let again = match before.iter_mut().find(|(name, _)| *name == last) {
                    Some((_, times)) if *times < visits.1 => {
                        *times += 1;
                        true
                    }
                    None if distinct < visits.0 => {
                        before.push((last, 1));
                        true
                    }
                    _ => false,
                };
                if again {
                    queue.push((next, at, *symbol));
                }
            }
            if queue.len() > STATES {
                return Err(TooMany);
            }
            at += 1;
        }
        let missed = found.iter().any(|(_, text)| text.is_none());
        Ok((found.into_iter().filter_map(|(class, text)| Some((class, text?))).collect(), missed))
    }
}

/// The characters on the way to a node, last first; up to the last slash only, if asked.
fn back(nodes: &[(usize, char)], from: usize, name: bool) -> Vec<char> {
    let (mut all, mut node) = (Vec::new(), from);
    while let Some((parent, c)) = nodes.get(node).filter(|(parent, c)| *parent != usize::MAX && !(name && *c == '/')) {
        all.push(*c);
        node = *parent;
    }
    all
}
