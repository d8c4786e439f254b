//! Work on many items at once, with results in the order of the items and memory that does not grow with their number.

use std::collections::BTreeMap;
use std::num::NonZero;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::mpsc::sync_channel;

/// The number of threads where none is asked for.
pub(super) fn default_threads() -> usize {
    std::thread::available_parallelism().map_or(1, NonZero::get)
}

/// Calls `work` on every item and `take` on every result, in order.
pub(super) fn ordered<'i, I: Sync, R: Send>(items: &'i [I], threads: usize, work: impl Fn(&I) -> R + Sync, mut take: impl FnMut(&'i I, R)) {
    let threads = threads.clamp(1, items.len().max(1));
    if threads == 1 {
        for item in items {
            take(item, work(item));
        }
        return;
    }
    let next = AtomicUsize::new(0);
    // The bound keeps workers from running far ahead of whoever takes.
    let (sender, receiver) = sync_channel(threads * 16);
    std::thread::scope(|scope| {
        for _ in 0..threads {
            let (sender, next, work) = (sender.clone(), &next, &work);
            scope.spawn(move || {
                loop {
                    let at = next.fetch_add(1, Ordering::Relaxed);
                    let Some(item) = items.get(at) else { break };
                    if sender.send((at, work(item))).is_err() {
                        break;
                    }
                }
            });
        }
        drop(sender);
        let mut early = BTreeMap::new();
        let mut due = 0;
        for (at, result) in receiver {
            early.insert(at, result);
            while let Some((item, result)) = items.get(due).zip(early.remove(&due)) {
                take(item, result);
                due += 1;
            }
        }
    });
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn results_come_in_the_order_of_the_items() {
        let items: Vec<u64> = (0..500).collect();
        for threads in [1, 2, 7, 1_000] {
            let mut seen = Vec::new();
            ordered(&items, threads, |n| n * 2, |_, doubled| seen.push(doubled));
            assert_eq!(seen, items.iter().map(|n| n * 2).collect::<Vec<_>>());
        }
        ordered(&[] as &[u64], 4, |n| *n, |_, _| panic!("there is nothing to take"));
    }
}
