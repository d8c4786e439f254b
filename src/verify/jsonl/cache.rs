//! Policies that were compiled before, by their text.
//!
//! In: the raw text of a policy. Out: the compiled policy, shared. A fixed number of places; a text wins one when it
//! comes a second time in a row there, since keeping what never returns costs more than it saves. What is found is
//! compared with the text itself. Never: more held than the places hold.

use std::sync::Arc;

use crate::policy::Document;
use crate::verify::{Environment, Kind, Policy};

const PLACES: u64 = 512;
/// S3 takes no longer bucket policy; longer texts are compiled each time.
const LONGEST: usize = 20_480;

struct Entry {
    kind: Kind,
    text: Box<str>,
    policy: Arc<Policy>,
}

#[derive(Default)]
struct Place {
    /// The hash of the text that came last.
    last: u64,
    entry: Option<Entry>,
}

/// The places.
pub(super) struct Cache {
    places: Vec<Place>,
    environment: Environment,
}

impl Default for Cache {
    fn default() -> Self {
        Self { places: (0..PLACES).map(|_| Place::default()).collect(), environment: Environment::default() }
    }
}

impl Cache {
    /// The policy of that text, or what is wrong with it.
    pub(super) fn policy(&mut self, text: &str, kind: Kind) -> Result<Arc<Policy>, String> {
        let compile = |environment: &Environment| match Document::from_json(text) {
            Ok(document) => Ok(Arc::new(Policy::compile(&document, kind, environment))),
            Err(error) => Err(error.to_string()),
        };
        let hash = hash(text.as_bytes()).wrapping_add(kind as u64);
        let at = usize::try_from(hash % PLACES).unwrap_or(0);
        let Some(place) = self.places.get_mut(at).filter(|_| text.len() <= LONGEST) else { return compile(&self.environment) };
        if let Some(entry) = place.entry.as_ref().filter(|entry| entry.kind == kind && *entry.text == *text) {
            return Ok(Arc::clone(&entry.policy));
        }
        let policy = compile(&self.environment)?;
        if std::mem::replace(&mut place.last, hash) == hash {
            place.entry = Some(Entry { kind, text: text.into(), policy: Arc::clone(&policy) });
        }
        Ok(policy)
    }
}

/// Quick and good enough to spread texts over the places; equality is checked.
fn hash(bytes: &[u8]) -> u64 {
    let mix = |hash: u64, word: u64| (hash.rotate_left(5) ^ word).wrapping_mul(0x517c_c1b7_2722_0a95);
    let (words, rest) = bytes.as_chunks::<8>();
    let hash = words.iter().fold(bytes.len() as u64, |hash, word| mix(hash, u64::from_le_bytes(*word)));
    let hash = rest.iter().fold(hash, |hash, byte| mix(hash, u64::from(*byte)));
    hash ^ (hash >> 32)
}
