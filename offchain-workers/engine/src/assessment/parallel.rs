//! Parts of a work on several threads.

use crate::EngineError;
use std::{
    sync::atomic::{AtomicUsize, Ordering},
    thread,
};

/// What `part` answers for each number below `count`, in their order.
///
/// # Errors
/// That of the first part that has one, of those that were begun.
pub(super) fn each<T: Send>(
    count: usize,
    threads: usize,
    part: impl Fn(usize) -> Result<T, EngineError> + Sync,
) -> Result<Vec<T>, EngineError> {
    let next = AtomicUsize::new(0);
    let work = || {
        let mut done = Vec::new();
        loop {
            let number = next.fetch_add(1, Ordering::Relaxed);
            if number >= count {
                return done;
            }
            let result = part(number);
            if result.is_err() {
                // Nobody begins another one.
                next.store(count, Ordering::Relaxed);
            }
            done.push((number, result));
        }
    };
    let mut all = thread::scope(|scope| {
        let others: Vec<_> = (1..threads.clamp(1, count.max(1))).map(|_| scope.spawn(work)).collect();
        let mut all = work();
        for other in others {
            all.extend(other.join().unwrap_or_else(|panic| std::panic::resume_unwind(panic)));
        }
        all
    });
    all.sort_by_key(|(number, _)| *number);
    all.into_iter().map(|(_, result)| result).collect()
}
