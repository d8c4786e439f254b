//! What was proved in a run and need not be proved again: buckets whose policies and promises differ in names alone.
//!
//! In: everything that the proofs about a bucket hang on (`facts`), as one row of values. Out: whether a bucket like it was
//! found to be without fault. Never: a verdict that is not "everything is proved": where anything is to be said, it is found
//! anew, with the names of the bucket at hand.
//!
//! Two buckets are alike if their [`key`]s are the same. A key is the row itself, written out, in which
//!
//! - names of buckets in ARNs (`arn:aws:s3:::NAME`, alone or before `/`), numbers of accounts, UUIDs of keys, and ids of VPCs
//!   and endpoints stand as the number of their first occurrence, and
//! - ranges of addresses stand as where they begin and end among the bounds of all of them.
//!
//! Why the same promises hold of both: let a map of texts replace the one bucket's names by the other's, and of addresses
//! move those between two bounds to between the same two. Names are replaced where they are a whole word, from one sign that
//! words cannot hold to the next; names of buckets only in such an ARN. Requests are mapped value by value, and every test
//! comes out as before:
//!
//! - A text without wildcards equals the value or not: it holds the names in the same places. Words that look like a name
//!   but stand elsewhere (a user who is called like the bucket) give no key.
//! - A wildcard that is a whole word, or spans several, takes whatever the name is. Where a word is partly a wildcard
//!   (`Reader*`) and its other part lies in a name, the name could match by chance: there is no key then, nor for `?`,
//!   policy variables, or comparisons that ignore case.
//! - Tests of numbers, dates and truths are about keys that hold nothing else; such values are mapped to themselves.
//! - Addresses between two neighbouring bounds lie in the same ranges, and there always is one.
//! - What the evaluator derives (the account of an ARN, the name of a user) is derived word by word; an account stays
//!   twelve digits, a `vpc-…` stays one. Whether S3 calls a policy public hangs on how wide ranges are, and is in the row.
//!
//! So a request that breaks a promise of the one is mapped to one that breaks that of the other, and a statement that does
//! something does so in both.

use std::collections::HashSet;
use std::sync::RwLock;
use std::sync::atomic::{AtomicUsize, Ordering};

pub(super) use facts::facts;
pub(super) use key::{Piece, key};

mod facts;
mod key;

/// Buckets of a run that were found to be without fault. Threads share it.
#[derive(Debug)]
pub struct Memo {
    known: RwLock<HashSet<Box<[u8]>>>,
    /// So many more bytes are kept.
    room: AtomicUsize,
}

impl Default for Memo {
    /// Room for a thousand kinds of buckets or so.
    fn default() -> Self {
        Self { known: RwLock::default(), room: AtomicUsize::new(4 << 20) }
    }
}

impl Memo {
    /// Whether a bucket like it was without fault.
    pub(super) fn knows(&self, key: &[u8]) -> bool {
        self.known.read().is_ok_and(|known| known.contains(key))
    }

    /// Keeps that a bucket is without fault, while there is room.
    pub(super) fn learn(&self, key: Box<[u8]>) {
        let room = self.room.fetch_update(Ordering::Relaxed, Ordering::Relaxed, |room| room.checked_sub(key.len()));
        if let (Ok(_), Ok(mut known)) = (room, self.known.write()) {
            known.insert(key);
        }
    }

    /// The number of kinds of buckets that it knows.
    pub fn len(&self) -> usize {
        self.known.read().map_or(0, |known| known.len())
    }

    /// Whether it knows none.
    pub fn is_empty(&self) -> bool {
        self.len() == 0
    }
}
