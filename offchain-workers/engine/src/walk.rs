//! Going through files in stripes: each is worked on by one thread, the results are taken in file order.

use crate::{cold::Cold, Control, EngineError};
use std::{
    collections::BTreeMap,
    sync::{
        atomic::{AtomicU64, Ordering},
        Condvar, Mutex, MutexGuard, PoisonError,
    },
    thread,
};

/// Stripes, for each thread, that may be done before the one whose turn it is.
const AHEAD: u64 = 2;

/// Bytes `start..end` of every file.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(crate) struct Stripe {
    pub start: u64,
    pub end: u64,
}

/// How files are gone through.
#[derive(Clone, Copy)]
pub(crate) struct Walk<'a> {
    pub threads: usize,
    /// Bytes of a stripe: a power of two.
    pub stripe: u64,
    /// Threads once something has to come from the disk.
    pub reading: usize,
    pub cold: &'a Cold,
    pub control: &'a Control<'a>,
}

/// Results that wait for their turn.
struct Order<T, F> {
    next: u64,
    waiting: BTreeMap<u64, Result<T, EngineError>>,
    take: F,
    failed: Option<EngineError>,
}

impl Stripe {
    /// The part that lies before `end`.
    pub fn until(self, end: u64) -> Self {
        Self {
            start: self.start.min(end),
            end: self.end.min(end),
        }
    }

    pub fn len(self) -> usize {
        (self.end - self.start) as usize
    }

    /// Parts of `size` bytes, the last one may be shorter.
    pub fn blocks(self, size: u64) -> impl ExactSizeIterator<Item = Stripe> {
        let count = (self.end - self.start).div_ceil(size) as usize;
        (0..count).map(move |i| {
            let start = self.start + i as u64 * size;
            Stripe {
                start,
                end: self.end.min(start + size),
            }
        })
    }
}

impl Walk<'_> {
    /// Lets `work` make something of every stripe of the first `len` bytes, on all threads, each with a state of its own, and hands it
    /// to `take` in order.
    ///
    /// # Errors
    /// The first one in file order, of `work` or of `take`, or `Cancelled`.
    pub fn each<S: Default, T: Send>(
        &self,
        len: u64,
        work: impl Fn(&mut S, Stripe) -> Result<T, EngineError> + Sync,
        take: impl FnMut(Stripe, T) -> Result<(), EngineError> + Send,
    ) -> Result<(), EngineError> {
        let whole = Stripe { start: 0, end: len };
        let count = whole.blocks(self.stripe).len() as u64;
        let stripe = |index: u64| Stripe {
            start: index * self.stripe,
            end: len.min((index + 1) * self.stripe),
        };
        let order = Mutex::new(Order {
            next: 0,
            waiting: BTreeMap::new(),
            take,
            failed: None,
        });
        let (claimed, turn, more) = (AtomicU64::new(0), Condvar::new(), Condvar::new());
        let window = AHEAD * self.reading as u64;
        let run = || {
            // The others would wait for its stripe for ever.
            let _guard = OnPanic(|| {
                lock(&order).failed.get_or_insert(EngineError::Cancelled);
                turn.notify_all();
                more.notify_all();
            });
            let mut state = S::default();
            loop {
                let index = claimed.fetch_add(1, Ordering::Relaxed);
                if index >= count {
                    return;
                }
                let waiting = turn.wait_while(lock(&order), |order| {
                    order.failed.is_none() && index >= order.next + window
                });
                let go_on = waiting.unwrap_or_else(PoisonError::into_inner).failed.is_none();
                if !go_on {
                    return;
                }
                let made = self.control.check().and_then(|()| work(&mut state, stripe(index)));
                let mut order = lock(&order);
                order.waiting.insert(index, made);
                order.take_all(stripe);
                turn.notify_all();
                // Waking everybody for each stripe would cost more than some stripes.
                if self.cold.is_met() || order.is_over(count) {
                    more.notify_all();
                }
            }
        };
        let run_if_cold = || {
            let waiting = more.wait_while(lock(&order), |order| !self.cold.is_met() && !order.is_over(count));
            drop(waiting);
            run();
        };
        thread::scope(|scope| {
            // One is enough for one stripe, and fewer than wanted do as well.
            for i in 1..(self.reading as u64).min(count) {
                let thread = thread::Builder::new().name(format!("engine-{i}"));
                let started = match i < self.threads as u64 {
                    true => thread.spawn_scoped(scope, run),
                    false => thread.spawn_scoped(scope, run_if_cold),
                };
                if started.is_err() {
                    break;
                }
            }
            run();
        });
        let order = order.into_inner().unwrap_or_else(PoisonError::into_inner);
        order.failed.map_or(Ok(()), Err)
    }
}

impl<T, F> Order<T, F> {
    fn is_over(&self, count: u64) -> bool {
        self.failed.is_some() || self.next >= count
    }
}

impl<T, F: FnMut(Stripe, T) -> Result<(), EngineError>> Order<T, F> {
    fn take_all(&mut self, stripe: impl Fn(u64) -> Stripe) {
        while let Some(made) = self.waiting.remove(&self.next) {
            if self.failed.is_none() {
                let taken = made.and_then(|made| (self.take)(stripe(self.next), made));
                self.failed = taken.err();
            }
            self.next += 1;
        }
    }
}

/// Does something if its thread panics.
struct OnPanic<F: Fn()>(F);

impl<F: Fn()> Drop for OnPanic<F> {
    fn drop(&mut self) {
        if thread::panicking() {
            (self.0)();
        }
    }
}

fn lock<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::time::{Duration, Instant};

    fn walk(threads: usize, control: &Control<'_>) -> Result<Vec<Stripe>, EngineError> {
        let mut taken = Vec::new();
        let walk = Walk {
            threads,
            stripe: 16,
            reading: threads,
            cold: &Cold::default(),
            control,
        };
        walk.each(
            1000,
            |count: &mut u64, stripe| {
                *count += 1;
                // The first threads are slow, so that others finish before them.
                std::thread::sleep(Duration::from_micros(stripe.start % 97 * 5));
                match stripe.start {
                    480 | 800 => Err(EngineError::Scratch {
                        what: stripe.start.to_string(),
                    }),
                    _ => Ok(stripe.start),
                }
            },
            |stripe, start| {
                assert_eq!(stripe.start, start);
                taken.push(stripe);
                if start == 464 && threads == 3 {
                    return Err(EngineError::Cancelled);
                }
                Ok(())
            },
        )?;
        Ok(taken)
    }

    #[test]
    fn stripes_should_be_taken_in_order_and_the_first_error_win() {
        let control = Control::default();
        for threads in [1, 2, 4, 9] {
            let error = walk(threads, &control).unwrap_err();
            assert!(
                matches!(&error, EngineError::Scratch { what } if what == "480"),
                "{error}, {threads} threads"
            );
        }
        assert!(matches!(walk(3, &control), Err(EngineError::Cancelled)));
    }

    #[test]
    fn a_panic_should_end_the_walk_and_not_hang_it() {
        for threads in [1, 3] {
            let (cold, control) = (Cold::default(), Control::default());
            let walk = Walk {
                threads,
                stripe: 16,
                reading: 6,
                cold: &cold,
                control: &control,
            };
            let work = |_: &mut (), stripe: Stripe| {
                assert!(stripe.start != 320, "a fault of the program");
                Ok(())
            };
            let walked =
                std::panic::catch_unwind(std::panic::AssertUnwindSafe(|| walk.each(1000, work, |_, ()| Ok(()))));
            assert!(walked.is_err());
        }
    }

    #[test]
    fn more_threads_should_read_once_something_was_not_in_memory() {
        let file = tempfile::NamedTempFile::new().unwrap();
        std::fs::write(file.path(), [0; 1000]).unwrap();
        let file = std::fs::File::open(file.path()).unwrap();
        for met in [false, true] {
            let (cold, control) = (Cold::default(), Control::default());
            if met {
                // What lies beyond the end is not in memory.
                cold.read(&file, &mut [0; 16], 995).unwrap_err();
            }
            assert_eq!(cold.is_met(), met && cfg!(target_os = "linux"));
            let (states, walk) = (
                AtomicU64::new(0),
                Walk {
                    threads: 2,
                    stripe: 16,
                    reading: 9,
                    cold: &cold,
                    control: &control,
                },
            );
            let work = |first: &mut Option<u64>, _| {
                // Every thread has a state of its own, and waits for all others once.
                if first.is_none() {
                    *first = Some(states.fetch_add(1, Ordering::Relaxed));
                }
                let wanted = if cold.is_met() { 9 } else { 2 };
                let deadline = Instant::now() + Duration::from_secs(30);
                while states.load(Ordering::Relaxed) < wanted && Instant::now() < deadline {
                    std::thread::yield_now();
                }
                Ok(())
            };
            walk.each(1000, work, |_, ()| Ok(())).unwrap();
            assert_eq!(states.into_inner(), if cold.is_met() { 9 } else { 2 });
        }
    }

    #[test]
    fn a_stripe_should_fall_into_blocks() {
        let stripe = Stripe { start: 32, end: 75 };
        let blocks: Vec<_> = stripe.blocks(16).map(|block| (block.start, block.end)).collect();
        assert_eq!(blocks, [(32, 48), (48, 64), (64, 75)]);
        assert_eq!(stripe.until(40).len(), 8);
        assert_eq!(stripe.until(20).blocks(16).len(), 0);
    }
}
