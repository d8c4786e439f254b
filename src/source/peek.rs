//! Single values of a text, read no further than the last of them.
//!
//! In: the text and the keys that lead to each value. Out: the values, the first of each where keys are equal. Never:
//! a finding; whoever wants to know what is wrong with the text parses it.

use std::borrow::Cow;

use granit_parser::{Event, Parser, Span, TrySpannedEventReceiver};

use super::build::options;

/// The scalars under these keys, if all of them are there.
pub(super) fn scalars<const N: usize>(text: &str, wanted: [&[&str]; N]) -> Option<[String; N]> {
    let mut peek = Peek { wanted, found: [const { None }; N], levels: Vec::with_capacity(4) };
    // What is broken behind the last of them is somebody else's business.
    let _ = Parser::new_from_str_with_options(text, options()).try_load(&mut peek, false);
    let found = peek.found.each_ref().map(|found| found.as_deref().unwrap_or_default().to_owned());
    peek.found.iter().all(Option::is_some).then_some(found)
}

/// Why no more events are wanted: everything is found, or cannot be.
struct Enough;

/// A collection that is not closed yet, and the key that waits for its value.
struct Level<'t> {
    map: bool,
    key: Option<Cow<'t, str>>,
}

struct Peek<'t, 'w, const N: usize> {
    wanted: [&'w [&'w str]; N],
    found: [Option<Cow<'t, str>>; N],
    levels: Vec<Level<'t>>,
}

impl<'t, const N: usize> Peek<'t, '_, N> {
    fn expects_key(&self) -> bool {
        self.levels.last().is_some_and(|level| level.map && level.key.is_none())
    }

    fn value(&mut self, value: Cow<'t, str>) -> Result<(), Enough> {
        for (keys, found) in self.wanted.iter().zip(&mut self.found) {
            let path = self.levels.iter().map(|level| level.key.as_deref());
            if found.is_none() && path.eq(keys.iter().map(|key| Some(*key))) {
                *found = Some(value.clone());
            }
        }
        if self.found.iter().all(Option::is_some) { Err(Enough) } else { Ok(()) }
    }

    fn after_value(&mut self) {
        if let Some(level) = self.levels.last_mut() {
            level.key = None;
        }
    }
}

impl<'t, const N: usize> TrySpannedEventReceiver<'t> for Peek<'t, '_, N> {
    type Error = Enough;

    fn on_event(&mut self, event: Event<'t>, _: Span) -> Result<(), Enough> {
        match event {
            Event::Scalar(key, ..) if self.expects_key() => {
                if let Some(level) = self.levels.last_mut() {
                    level.key = Some(key);
                }
            }
            Event::Scalar(value, ..) => {
                self.value(value)?;
                self.after_value();
            }
            Event::MappingStart(..) | Event::SequenceStart(..) | Event::Alias(_) | Event::UnresolvedAlias(_) if self.expects_key() => {
                return Err(Enough);
            }
            Event::Alias(_) | Event::UnresolvedAlias(_) => self.after_value(),
            Event::MappingStart(..) => self.levels.push(Level { map: true, key: None }),
            Event::SequenceStart(..) => self.levels.push(Level { map: false, key: None }),
            Event::MappingEnd | Event::SequenceEnd => {
                self.levels.pop();
                self.after_value();
            }
            _ => {}
        }
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::scalars;

    fn identity(text: &str) -> Option<[String; 2]> {
        scalars(text, [&["name"], &["bucket", "name"]])
    }

    #[test]
    fn the_values_under_the_keys_are_found_wherever_they_stand() {
        let found = Some(["a".to_owned(), "b".to_owned()]);
        assert_eq!(identity("name: a\nbucket: { name: b }\n"), found);
        assert_eq!(identity("bucket:\n  tags: { name: x }\n  other: [{ name: y }]\n  name: \"b\"\nowner: x\nname: a\n"), found);
        assert_eq!(identity("name: a\nname: x\nbucket: {name: b, name: y}\n"), found);
        assert_eq!(identity("name: a\nbucket: {name: b}\nbroken: [\n"), found);
    }

    #[test]
    fn nothing_is_found_where_one_is_missing() {
        for text in
            ["", "- name: a", "name: a", "name: a\nbucket: b\n", "name: [a]\nbucket: { name: b }\n", "? [x]\n: name\nname: a\n", "a: *b"]
        {
            assert_eq!(identity(text), None, "{text}");
        }
    }
}
