//! The texts of a run's files: one that is asked for again is not read again, as long as there is room.
//!
//! In: files that were read. Out: their texts. Never: more than [`ROOM`], so that memory does not grow with the number of
//! profiles; what finds no room is read anew.

use std::collections::HashMap;
use std::ffi::OsString;
use std::path::Path;
use std::sync::{Arc, Mutex, PoisonError};

/// The bytes that are kept, the names of the files included: the texts of a thousand profiles or so.
const ROOM: usize = 3 << 18;

/// What was read.
#[derive(Debug, Default)]
pub(super) struct Texts(Mutex<Kept>);

#[derive(Debug, Default)]
struct Kept {
    texts: HashMap<OsString, Arc<str>>,
    bytes: usize,
}

impl Texts {
    /// The text of a file that was read before.
    pub(super) fn get(&self, path: &Path) -> Option<Arc<str>> {
        let kept = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        kept.texts.get(path.as_os_str()).map(Arc::clone)
    }

    /// Keeps the text of a file, where there is room.
    pub(super) fn keep(&self, path: &Path, text: &Arc<str>) {
        let size = size_of::<(OsString, Arc<str>)>() + path.as_os_str().len() + text.len();
        let mut kept = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        if kept.bytes + size <= ROOM {
            kept.bytes += size;
            kept.texts.insert(path.as_os_str().to_owned(), Arc::clone(text));
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn texts_are_kept_until_there_is_no_room() {
        let texts = Texts::default();
        let half: Arc<str> = "a".repeat(ROOM / 2).into();
        for name in ["a", "b", "c"] {
            texts.keep(Path::new(name), &half);
        }
        assert!(texts.get(Path::new("a")).is_some_and(|text| text == half));
        assert!(texts.get(Path::new("b")).is_none(), "the names count too");
        texts.keep(Path::new("d"), &"short".into());
        assert_eq!(texts.get(Path::new("d")).as_deref(), Some("short"));
    }
}
