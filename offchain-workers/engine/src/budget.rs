//! The memory that evaluations, assessments and batches of requests share, and who has which part of it.
//!
//! Each kind of work has a part of its own, and one job at a time has it, whole. So all that runs at once has no more than there is, a
//! batch can always have what the validator declares, and no job waits for another kind's: the chain counts the time of those of its own
//! kind alone.
//!
//! An assessment reads what its program needs of a frozen base once, and keeps it beside each version that it runs: it is there twice then, with
//! the version's own copy in order. To load a version takes as much as it took without; a row's run has as many bytes less as the base has.

use crate::{evaluation::memory, Control, EngineError};
use std::{
    sync::{Condvar, Mutex, MutexGuard, PoisonError},
    time::Duration,
};

/// How often who waits looks whether its job was cancelled.
const LOOK: Duration = Duration::from_millis(50);

/// What memory is for.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(crate) enum Work {
    Evaluation,
    Assessment,
    Batch,
}

impl Work {
    const ALL: [Self; 3] = [Self::Evaluation, Self::Assessment, Self::Batch];

    /// Its part is the whole divided by this. What a validator declares to be able to answer comes of a batch's.
    const fn divisor(self) -> u64 {
        match self {
            Self::Evaluation | Self::Assessment => 4,
            Self::Batch => 2,
        }
    }
}

/// Memory in parts.
pub(crate) struct Budget {
    bytes: u64,
    /// Whether somebody has said how many bytes there are; else what the machine has free when a job begins is a bound, too.
    is_given: bool,
    taken: Mutex<[bool; Work::ALL.len()]>,
    given_back: Condvar,
}

/// A part of the memory, until it is dropped.
pub(crate) struct Lease<'a> {
    budget: &'a Budget,
    work: Work,
    bytes: u64,
}

impl Budget {
    /// Of so many bytes; without, of three quarters of what the machine has free now.
    pub fn new(bytes: Option<u64>) -> Self {
        Self {
            bytes: bytes.or_else(memory::free).unwrap_or(u64::MAX),
            is_given: bytes.is_some(),
            taken: Mutex::default(),
            given_back: Condvar::new(),
        }
    }

    /// Bytes that a job of this kind has.
    pub fn part(&self, work: Work) -> u64 {
        self.bytes / work.divisor()
    }

    /// The part of this kind, when no other job has it.
    ///
    /// # Errors
    /// `Cancelled`, while it waits.
    pub fn lease(&self, work: Work, control: &Control<'_>) -> Result<Lease<'_>, EngineError> {
        let mut taken = self.lock();
        while taken[work as usize] {
            control.check()?;
            let woken = self.given_back.wait_timeout(taken, LOOK);
            taken = woken.unwrap_or_else(PoisonError::into_inner).0;
        }
        taken[work as usize] = true;
        let part = self.part(work);
        let free = memory::free().filter(|_| !self.is_given);
        Ok(Lease {
            budget: self,
            work,
            bytes: free.map_or(part, |free| free.min(part)),
        })
    }

    fn lock(&self) -> MutexGuard<'_, [bool; Work::ALL.len()]> {
        self.taken.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Lease<'_> {
    /// How many there are.
    pub fn bytes(&self) -> u64 {
        self.bytes
    }
}

impl Drop for Lease<'_> {
    fn drop(&mut self) {
        self.budget.lock()[self.work as usize] = false;
        self.budget.given_back.notify_all();
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{evaluation::Bounds, Cancel, Capacity, Settings, TileEngine};
    use quorate_infer::Level;
    use std::{
        sync::{
            atomic::{AtomicU64, Ordering},
            mpsc::channel,
        },
        thread,
        time::Instant,
    };

    /// How long anything may take that must come.
    const PATIENCE: Duration = Duration::from_secs(60);

    #[test]
    fn jobs_of_all_kinds_should_never_have_more_than_there_is() {
        let budget = Budget::new(Some(1_001));
        let (leased, most) = (AtomicU64::new(0), AtomicU64::new(0));
        thread::scope(|scope| {
            for number in 0..12 {
                let (budget, leased, most) = (&budget, &leased, &most);
                let work = Work::ALL[number % Work::ALL.len()];
                scope.spawn(move || {
                    for _ in 0..200 {
                        let lease = budget.lease(work, &Control::default()).unwrap();
                        assert_eq!(lease.bytes(), budget.part(work));
                        let now = leased.fetch_add(lease.bytes(), Ordering::SeqCst) + lease.bytes();
                        most.fetch_max(now, Ordering::SeqCst);
                        thread::yield_now();
                        leased.fetch_sub(lease.bytes(), Ordering::SeqCst);
                    }
                });
            }
        });
        let most = most.into_inner();
        assert!((500..=1_001).contains(&most), "{most} of 1001 bytes");
        assert!(budget.lock().iter().all(|taken| !taken));
    }

    #[test]
    fn what_is_declared_should_be_there_whatever_else_runs() {
        let budget = Budget::new(Some(800));
        let control = Control::default();
        let _evaluation = budget.lease(Work::Evaluation, &control).unwrap();
        let _assessment = budget.lease(Work::Assessment, &control).unwrap();
        // A second one that waits holds up no batch.
        let cancel = Cancel::default();
        thread::scope(|scope| {
            let waiting = Control {
                cancel: cancel.clone(),
                ..Control::default()
            };
            let (budget, (ended, end)) = (&budget, channel());
            scope.spawn(move || ended.send(budget.lease(Work::Evaluation, &waiting).map(drop)).unwrap());
            let begin = Instant::now();
            for _ in 0..100 {
                assert_eq!(budget.lease(Work::Batch, &control).unwrap().bytes(), 400);
            }
            assert!(begin.elapsed() < PATIENCE);
            assert!(end.try_recv().is_err(), "nobody has given an evaluation's part back");
            cancel.cancel();
            let ended = end.recv_timeout(PATIENCE).unwrap();
            assert!(matches!(ended, Err(EngineError::Cancelled)), "{ended:?}");
        });
    }

    #[test]
    fn what_is_declared_should_come_of_a_batchs_part_alone() {
        let engine = TileEngine::new(Settings {
            threads: 1,
            evaluation: Some(2 << 30),
            ..Settings::default()
        });
        let half = Bounds {
            threads: 1,
            memory: Some(1 << 30),
            instructions: Level::Avx512,
            device: None,
        };
        let declared = engine.measure().unwrap().memory;
        assert_eq!(declared, Capacity::measure(half).unwrap().memory);
        assert!(declared > 200, "{declared} MiB");
    }

    #[test]
    fn a_job_that_waits_should_have_the_part_when_it_is_given_back() {
        let budget = Budget::new(Some(800));
        let first = budget.lease(Work::Batch, &Control::default()).unwrap();
        thread::scope(|scope| {
            let (got, gets) = channel();
            let budget = &budget;
            scope.spawn(move || {
                let lease = budget.lease(Work::Batch, &Control::default()).unwrap();
                got.send(lease.bytes()).unwrap();
            });
            assert!(gets.recv_timeout(3 * LOOK).is_err(), "the first one has it");
            drop(first);
            assert_eq!(gets.recv_timeout(PATIENCE), Ok(400));
        });
    }

    #[test]
    fn a_job_that_panics_should_give_its_part_back() {
        let budget = Budget::new(Some(800));
        let job = || {
            let lease = budget.lease(Work::Batch, &Control::default()).unwrap();
            assert_eq!(lease.bytes(), 0, "a fault of the program");
        };
        assert!(thread::scope(|scope| scope.spawn(job).join()).is_err());
        assert_eq!(budget.lease(Work::Batch, &Control::default()).unwrap().bytes(), 400);
    }
}
