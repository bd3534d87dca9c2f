//! Ends a worker that hangs, so that it is started again: a computation that does not come back, or tasks that nobody runs any more.
//!
//! Time is counted in looks of the watchdog's own thread, one each second: a process that the system stopped for a while, or a machine that
//! slept, does not look as if it hung.

use crate::threads::Threads;
use quorate_protocol::Overdue;
use std::{
    sync::{
        atomic::{AtomicU64, Ordering},
        mpsc::{channel, RecvTimeoutError, Sender},
        Arc,
    },
    time::Duration,
};

/// Time between two looks.
pub(crate) const LOOK: Duration = Duration::from_secs(1);

/// What happens to a worker that hangs, given the reason. The program ends its process.
pub type OnHang = Arc<dyn Fn(&str) + Send + Sync>;

/// Beats while tasks are run.
#[derive(Debug, Default)]
pub(crate) struct Pulse(AtomicU64);

impl Pulse {
    pub fn beat(&self) {
        self.0.fetch_add(1, Ordering::Relaxed);
    }
}

/// A running watchdog; dropping it ends it.
pub(crate) struct Watchdog {
    _stop: Sender<()>,
}

/// Looks every second, on a thread that waits for nothing else.
pub(crate) fn start(
    threads: Arc<Threads>,
    pulse: Arc<Pulse>,
    allowed: Duration,
    on_hang: OnHang,
) -> std::io::Result<Watchdog> {
    let (stop, stopped) = channel();
    std::thread::Builder::new().name("watchdog".into()).spawn(move || {
        let mut looks = Looks::new(allowed);
        while matches!(stopped.recv_timeout(LOOK), Err(RecvTimeoutError::Timeout)) {
            if let Some(reason) = looks.look(threads.overdue(), pulse.0.load(Ordering::Relaxed)) {
                on_hang(&reason);
                return;
            }
        }
    })?;
    Ok(Watchdog { _stop: stop })
}

/// What was seen before.
struct Looks {
    allowed: u64,
    /// The thread that is late, and how often it was seen so.
    late: Option<(u64, u64)>,
    /// The last beat, and how often it was seen.
    beat: (u64, u64),
}

impl Looks {
    fn new(allowed: Duration) -> Self {
        Self {
            allowed: allowed.as_secs(),
            late: None,
            beat: (0, 0),
        }
    }

    /// The reason to end the worker, if there is one.
    fn look(&mut self, overdue: Option<(u64, Overdue)>, beat: u64) -> Option<String> {
        self.beat = match self.beat {
            (last, seen) if last == beat => (last, seen + 1),
            _ => (beat, 0),
        };
        if self.beat.1 > self.allowed.max(LOOK.as_secs()) {
            return Some(format!("no task has been run for {} s: the program hangs", self.beat.1));
        }
        let Some((thread, overdue)) = overdue else {
            self.late = None;
            return None;
        };
        let seen = match self.late {
            Some((last, seen)) if last == thread => seen + 1,
            _ => 0,
        };
        self.late = Some((thread, seen));
        (seen >= self.allowed).then(|| {
            format!(
                "{} (request {}) should have ended {} s ago and still runs: the GPU, its driver or a disk does not answer",
                overdue.what,
                overdue.request,
                overdue.by().as_secs()
            )
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn late(by: u64) -> Overdue {
        Overdue {
            request: 3,
            what: "job 0x55".into(),
            by_ms: 1000 * by,
        }
    }

    #[test]
    fn thread_that_stays_late_should_end_the_worker_and_one_that_comes_back_should_not() {
        let mut looks = Looks::new(Duration::from_secs(5));
        for beat in 1..5 {
            assert_eq!(looks.look(Some((1, late(beat))), beat), None);
        }
        // Another one is late now, the first has ended.
        for beat in 5..10 {
            assert_eq!(looks.look(Some((2, late(beat))), beat), None);
        }
        assert_eq!(looks.look(None, 10), None);
        for beat in 11..16 {
            assert_eq!(looks.look(Some((3, late(beat))), beat), None);
        }
        let reason = looks.look(Some((3, late(64))), 16).unwrap();
        assert!(
            reason.contains("job 0x55 (request 3) should have ended 64 s ago"),
            "{reason}"
        );
    }

    #[test]
    fn tasks_that_are_not_run_should_end_the_worker() {
        let mut looks = Looks::new(Duration::from_secs(3));
        for beat in [1, 2, 2, 2, 2, 3] {
            assert_eq!(looks.look(None, beat), None, "{beat}");
        }
        let hung: Vec<_> = (0..4).filter_map(|_| looks.look(None, 3)).collect();
        assert!(matches!(&hung[..], [reason] if reason.contains("hangs")), "{hung:?}");
    }
}
