//! How many queries of the runtime are answered at the same time.
//!
//! A query runs Wasm for up to some hundred milliseconds. They run on threads of their own, so that the ones that serve peers, blocks and
//! votes stay free; and few at a time, so that they leave the processor's cores to those, too. The others wait, not too many, not for ever.

use jsonrpsee::types::ErrorObjectOwned;
use parking_lot::{Condvar, Mutex};
use std::{
    num::NonZeroU32,
    sync::Arc,
    time::{Duration, Instant},
};

/// Code of an error: too many queries are asked at once.
pub const BUSY: i32 = 7_002;
/// Queries that may wait. Each holds a thread.
const MOST_WAITING: u32 = 64;
/// How long one waits.
const PATIENCE: Duration = Duration::from_secs(10);

#[derive(Debug, Default)]
struct State {
    running: u32,
    waiting: u32,
}

/// Lets a number of queries in.
#[derive(Clone, Debug)]
pub struct Gate(Arc<Inner>);

#[derive(Debug)]
struct Inner {
    most: u32,
    patience: Duration,
    state: Mutex<State>,
    left: Condvar,
}

/// A query that was let in; it leaves when this is dropped.
#[derive(Debug)]
pub struct Pass(Arc<Inner>);

impl Gate {
    pub fn new(most: NonZeroU32) -> Self {
        Self::with_patience(most, PATIENCE)
    }

    fn with_patience(most: NonZeroU32, patience: Duration) -> Self {
        Self(Arc::new(Inner {
            most: most.get(),
            patience,
            state: Mutex::default(),
            left: Condvar::new(),
        }))
    }

    /// Half of the processor's cores: the other half is the chain's.
    pub fn standard() -> NonZeroU32 {
        let cores = std::thread::available_parallelism().map_or(1, |cores| cores.get() as u32);
        NonZeroU32::new(cores / 2).unwrap_or(NonZeroU32::MIN)
    }

    /// Waits for its turn. To be called on a thread that may wait.
    ///
    /// # Errors
    /// [`BUSY`]: too many wait already, or it took too long.
    pub fn enter(&self) -> Result<Pass, ErrorObjectOwned> {
        let (inner, deadline) = (&self.0, Instant::now() + self.0.patience);
        let mut state = inner.state.lock();
        if state.running >= inner.most && state.waiting >= MOST_WAITING {
            return Err(busy(inner.most));
        }
        state.waiting += 1;
        while state.running >= inner.most {
            if inner.left.wait_until(&mut state, deadline).timed_out() && state.running >= inner.most {
                state.waiting -= 1;
                return Err(busy(inner.most));
            }
        }
        state.waiting -= 1;
        state.running += 1;
        Ok(Pass(inner.clone()))
    }
}

impl Drop for Pass {
    fn drop(&mut self) {
        self.0.state.lock().running -= 1;
        self.0.left.notify_one();
    }
}

fn busy(most: u32) -> ErrorObjectOwned {
    let what = format!(
        "this node answers {most} queries of its runtime at a time and too many wait: ask again later, another node, or start it with more \
         --rpc-max-queries"
    );
    ErrorObjectOwned::owned(BUSY, what, None::<()>)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn gate(most: u32, patience: Duration) -> Gate {
        Gate::with_patience(NonZeroU32::new(most).unwrap(), patience)
    }

    #[test]
    fn no_more_than_the_limit_should_be_in_and_the_others_should_follow() {
        let gate = gate(2, Duration::from_secs(60));
        let most = Arc::new(Mutex::new((0u32, 0u32)));
        let ask = || {
            let (gate, most) = (gate.clone(), most.clone());
            std::thread::spawn(move || {
                let _pass = gate.enter().unwrap();
                let mut seen = most.lock();
                seen.0 += 1;
                seen.1 = seen.1.max(seen.0);
                drop(seen);
                std::thread::yield_now();
                most.lock().0 -= 1;
            })
        };
        let threads: Vec<_> = (0..20).map(|_| ask()).collect();
        threads.into_iter().for_each(|thread| thread.join().unwrap());
        let (now, highest) = *most.lock();
        assert_eq!(now, 0);
        assert!((1..=2).contains(&highest), "{highest} at once");
    }

    #[test]
    fn one_that_waits_too_long_and_one_too_many_should_be_sent_away_with_words() {
        let full = gate(1, Duration::ZERO);
        let pass = full.enter().unwrap();
        let error = full.enter().unwrap_err();
        assert_eq!(error.code(), BUSY);
        assert!(error.message().contains("--rpc-max-queries"), "{error}");
        drop(pass);
        full.enter().unwrap();

        let crowded = gate(1, Duration::from_secs(60));
        let _pass = crowded.enter().unwrap();
        crowded.0.state.lock().waiting = MOST_WAITING;
        assert_eq!(crowded.enter().unwrap_err().code(), BUSY);
    }
}
