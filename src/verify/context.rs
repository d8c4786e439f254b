//! The condition context of a request: which keys it carries, with which values.
//!
//! In: keys and values. Out: look-ups, by slot for the keys of the table. A key without values is absent, whatever
//! its operator makes of that. Never: a key that was not put there; the request model decides what exists.

use std::borrow::Cow;

use crate::policy::Key;

/// The value or values of a key.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Values {
    /// One value of a single-valued key; few of them are the request's own.
    One(Cow<'static, str>),
    /// The values of a multivalued key, at least one.
    Many(Box<[Box<str>]>),
}

/// The keys of a request and their values.
#[derive(Clone, Debug)]
pub struct Context {
    /// By slot of the key, 0 for absent, else one more than the place in `entries`.
    index: [u16; Key::PLAIN.len()],
    entries: Vec<(Key, Values)>,
}

/// So many keys most requests have at most.
const USUAL: usize = 24;

impl Default for Context {
    fn default() -> Self {
        Self { index: [0; Key::PLAIN.len()], entries: Vec::with_capacity(USUAL) }
    }
}

impl Context {
    /// A context that stays empty.
    pub(super) const fn none() -> Self {
        Self { index: [0; Key::PLAIN.len()], entries: Vec::new() }
    }

    /// Puts a key there, with one value; a multivalued key gets a set of one. Replaces what was there.
    pub fn set(&mut self, key: Key, value: impl Into<Cow<'static, str>>) {
        let value = value.into();
        let values = if key.is_multivalued() { Values::Many([value.into()].into()) } else { Values::One(value) };
        self.put(key, values);
    }

    /// Puts a key there with several values; none means absent.
    pub fn set_all(&mut self, key: Key, values: Vec<Box<str>>) {
        match <[Box<str>; 1]>::try_from(values) {
            Ok([value]) if !key.is_multivalued() && !matches!(key, Key::Other(_)) => self.put(key, Values::One(Cow::Owned(value.into()))),
            Ok(one) => self.put(key, Values::Many(one.into())),
            Err(none) if none.is_empty() => self.remove(&key),
            Err(many) => self.put(key, Values::Many(many.into())),
        }
    }

    /// Takes a key away.
    pub fn remove(&mut self, key: &Key) {
        if self.get(key).is_none() {
            return;
        }
        let kept: Vec<_> = std::mem::take(&mut self.entries).into_iter().filter(|(k, _)| !k.same(key)).collect();
        self.index = [0; Key::PLAIN.len()];
        for (key, values) in kept {
            self.put(key, values);
        }
    }

    /// Gives each of the keys, none of which stands there twice, these values, or none. A key with one value comes behind all others.
    pub(super) fn amend<'c>(&mut self, changes: impl Iterator<Item = (&'c Key, Option<&'c Values>)> + Clone) {
        let mut gone = [false; Key::PLAIN.len()];
        let mut others: Vec<&Key> = Vec::new();
        for (key, _) in changes.clone().filter(|(_, values)| !matches!(values, Some(Values::Many(_)))) {
            match key.slot().and_then(|slot| gone.get_mut(slot)) {
                Some(gone) => *gone = true,
                None => others.push(key),
            }
        }
        let goes = |key: &Key| match key.slot() {
            Some(slot) => gone.get(slot).copied().unwrap_or(false),
            None => others.iter().any(|other| other.same(key)),
        };
        let kept: Vec<_> = std::mem::take(&mut self.entries).into_iter().filter(|(key, _)| !goes(key)).collect();
        self.index = [0; Key::PLAIN.len()];
        for (key, values) in kept {
            self.put(key, values);
        }
        for (key, values) in changes {
            match values {
                Some(Values::One(value)) => self.set(key.clone(), value.clone()),
                Some(Values::Many(values)) => self.set_all(key.clone(), values.to_vec()),
                None => {}
            }
        }
    }

    fn put(&mut self, key: Key, values: Values) {
        let next = u16::try_from(self.entries.len() + 1).unwrap_or(0);
        let old = match key.slot().and_then(|slot| self.index.get_mut(slot)) {
            Some(place @ 0) => {
                *place = next;
                None
            }
            Some(place) => self.entries.get_mut(usize::from(*place) - 1),
            None => self.entries.iter_mut().find(|(k, _)| k.same(&key)),
        };
        if let Some((_, old)) = old {
            *old = values;
            return;
        }
        self.entries.push((key, values));
    }

    /// The key's values, if the request has any.
    pub fn get(&self, key: &Key) -> Option<&Values> {
        match key.slot() {
            Some(slot) => self.slot(slot),
            None => self.entries.iter().find(|(k, _)| k.same(key)).map(|(_, values)| values),
        }
    }

    pub(super) fn slot(&self, slot: usize) -> Option<&Values> {
        let place = usize::from(*self.index.get(slot)?);
        self.entries.get(place.checked_sub(1)?).map(|(_, values)| values)
    }

    /// The value of a key that has exactly one.
    pub fn one(&self, key: &Key) -> Option<&str> {
        match self.get(key)? {
            Values::One(value) => Some(value),
            Values::Many(_) => None,
        }
    }

    /// The keys and their values, in the order in which they were put there.
    pub fn iter(&self) -> impl Iterator<Item = (&Key, &Values)> {
        self.entries.iter().map(|(key, values)| (key, values))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn keys_are_amended_as_if_one_after_the_other() {
        let mut context = Context::default();
        for (key, value) in [(Key::SourceIp, "192.0.2.1"), (Key::SourceVpc, "vpc-1"), (Key::parse("aws:PrincipalTag/a"), "b")] {
            context.set(key, value);
        }
        let mut amended = context.clone();
        let (ip, tag, more) = (Values::One("203.0.113.1".into()), Values::One("c".into()), Values::Many(["x".into(), "y".into()].into()));
        let keys = [Key::SourceIp, Key::SourceVpc, Key::parse("aws:principaltag/A"), Key::parse("aws:TagKeys")];
        let changes: Vec<_> = keys.iter().zip([Some(&ip), None, Some(&tag), Some(&more)]).collect();
        for (key, values) in &changes {
            match values {
                Some(Values::One(value)) => {
                    context.remove(key);
                    context.set((*key).clone(), value.clone());
                }
                Some(Values::Many(values)) => context.set_all((*key).clone(), values.to_vec()),
                None => context.remove(key),
            }
        }
        amended.amend(changes.into_iter());
        assert!(context.iter().eq(amended.iter()), "{context:?} {amended:?}");
        assert_eq!((amended.one(&Key::SourceIp), amended.get(&Key::SourceVpc)), (Some("203.0.113.1"), None));
    }

    #[test]
    fn keys_are_set_found_and_removed_in_any_case() {
        let mut context = Context::default();
        context.set(Key::SourceIp, "192.0.2.1");
        context.set(Key::parse("aws:principaltag/Team"), "a");
        context.set(Key::parse("x:Y"), "b");
        context.set(Key::CalledVia, "athena.amazonaws.com");
        context.set_all(Key::TagKeys, Vec::new());
        assert_eq!(context.one(&Key::SourceIp), Some("192.0.2.1"));
        assert_eq!(context.one(&Key::parse("aws:PrincipalTag/team")), Some("a"));
        assert_eq!(context.one(&Key::parse("X:y")), Some("b"));
        assert_eq!(context.one(&Key::CalledVia), None);
        assert!(context.get(&Key::CalledVia).is_some() && context.get(&Key::TagKeys).is_none());
        context.remove(&Key::SourceIp);
        assert_eq!(context.get(&Key::SourceIp), None);
        assert!(context.get(&Key::CalledVia).is_some());
    }
}
