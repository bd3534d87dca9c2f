//! Going through files in stripes: each is worked on by one thread, the results are taken in file order.

use crate::{prefetch::Cold, Control, EngineError};
use std::{
    collections::BTreeMap,
    sync::{
        atomic::{AtomicU64, Ordering},
        Condvar, Mutex, MutexGuard, PoisonError,
    },
    thread,
};

/// Stripes, for each thread, that may be done before the one whose turn it is.
const AHEAD: u64 = 4;

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
    /// Stripes that are fetched before they are worked on, once something has to come from the disk.
    pub fetch: u64,
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
    /// to `take` in order. `fetch` asks for stripes that are wanted soon.
    ///
    /// # Errors
    /// The first one in file order, of `work` or of `take`, or `Cancelled`.
    pub fn each<S: Default, T: Send>(
        &self,
        len: u64,
        fetch: impl Fn(Stripe) + Sync,
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
        let (claimed, turn) = (AtomicU64::new(0), Condvar::new());
        let window = AHEAD * self.threads as u64;
        let run = || {
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
            }
        };
        // What comes next is asked for in large parts: once half of what may be on its way has arrived.
        let prefetch = || {
            let mut fetched = 0;
            loop {
                let waiting = turn.wait_while(lock(&order), |order| {
                    let wanted = self.cold.is_met() && fetched < count && fetched < order.next + self.fetch.div_ceil(2);
                    !wanted && !order.is_over(count)
                });
                let order = waiting.unwrap_or_else(PoisonError::into_inner);
                if order.is_over(count) {
                    return;
                }
                let wanted = order.next.max(fetched)..count.min(order.next + self.fetch);
                drop(order);
                fetched = wanted.end;
                fetch(Stripe {
                    start: stripe(wanted.start).start,
                    end: stripe(wanted.end - 1).end,
                });
            }
        };
        thread::scope(|scope| {
            // Without it files are still read, only later.
            let _ = thread::Builder::new()
                .name("prefetch".into())
                .spawn_scoped(scope, prefetch);
            // One is enough for one stripe, and fewer than wanted do as well.
            for i in 1..(self.threads as u64).min(count) {
                let thread = thread::Builder::new().name(format!("engine-{i}"));
                if thread.spawn_scoped(scope, run).is_err() {
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

fn lock<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn walk(threads: usize, control: &Control<'_>) -> Result<Vec<Stripe>, EngineError> {
        let mut taken = Vec::new();
        let walk = Walk {
            threads,
            stripe: 16,
            fetch: 5,
            cold: &Cold::default(),
            control,
        };
        walk.each(
            1000,
            |_| (),
            |count: &mut u64, stripe| {
                *count += 1;
                // The first threads are slow, so that others finish before them.
                std::thread::sleep(std::time::Duration::from_micros(stripe.start % 97 * 5));
                match stripe.start {
                    480 | 800 => Err(EngineError::Root {
                        update: stripe.start as usize,
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
                matches!(error, EngineError::Root { update: 480 }),
                "{error}, {threads} threads"
            );
        }
        assert!(matches!(walk(3, &control), Err(EngineError::Cancelled)));
    }

    #[test]
    fn stripes_should_be_fetched_once_and_in_order_when_something_was_cold() {
        let file = tempfile::NamedTempFile::new().unwrap();
        std::fs::write(file.path(), [0; 1000]).unwrap();
        let file = std::fs::File::open(file.path()).unwrap();
        for met in [false, true] {
            let (cold, control) = (Cold::default(), Control::default());
            if met {
                // Reading beyond the end is what is not in memory.
                cold.read(&file, &mut [0; 16], 995).unwrap_err();
            }
            let fetched = Mutex::new(Vec::new());
            let walk = Walk {
                threads: 2,
                stripe: 16,
                fetch: 5,
                cold: &cold,
                control: &control,
            };
            let work = |_: &mut (), _| {
                std::thread::yield_now();
                Ok(())
            };
            walk.each(1000, |stripe| lock(&fetched).push(stripe.start), work, |_, ()| Ok(()))
                .unwrap();
            let fetched = fetched.into_inner().unwrap();
            assert!(fetched.is_sorted_by(|a, b| a < b), "{fetched:?}");
            assert_eq!(cold.is_met(), met);
            assert!(met || fetched.is_empty(), "{fetched:?}");
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
