//! Threads that compute, and which of them should have ended.
//!
//! A task that is out of time or cancelled is answered at once; the thread that worked for it ends when it next looks, as a rule within a
//! tile. One that does not come back, from a call to a GPU for instance, keeps its place here: the watchdog sees it, whatever the
//! answers look like.

use crate::failure::local;
use quorate_engine::Cancel;
use quorate_protocol::{Failure, Overdue, RequestId};
use std::{
    collections::BTreeMap,
    sync::{Arc, Mutex, MutexGuard, PoisonError},
    time::{Duration, Instant},
};

/// Until when a request's threads may work.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Due {
    pub request: RequestId,
    pub at: Instant,
}

impl Due {
    /// From now on. Beyond a year the sum could leave the range of an instant.
    pub fn after(request: RequestId, limit: Duration) -> Self {
        let at = Instant::now() + limit.min(Duration::from_secs(366 * 86_400));
        Self { request, at }
    }
}

/// All threads that compute.
#[derive(Debug, Default)]
pub(crate) struct Threads(Mutex<Known>);

#[derive(Debug, Default)]
struct Known {
    started: u64,
    running: BTreeMap<u64, (Due, String)>,
}

/// The place of a thread, for as long as it runs.
struct Running {
    threads: Arc<Threads>,
    number: u64,
}

/// Whoever waits for a thread: when it no longer does, the thread has to end.
struct Waiting {
    threads: Arc<Threads>,
    number: u64,
    cancel: Cancel,
}

impl Threads {
    /// Runs `work` on a thread of its own until it is done. Dropping the future cancels it.
    ///
    /// # Errors
    /// `Local` if the thread panics.
    pub async fn run<T: Send + 'static>(
        self: &Arc<Self>,
        due: Due,
        what: String,
        work: impl FnOnce(Cancel) -> T + Send + 'static,
    ) -> Result<T, Failure> {
        let number = self.add(due, what);
        let (threads, cancel) = (self.clone(), Cancel::default());
        let running = Running {
            threads: threads.clone(),
            number,
        };
        let waiting = Waiting {
            threads,
            number,
            cancel,
        };
        let cancel = waiting.cancel.clone();
        let done = tokio::task::spawn_blocking(move || {
            let _running = running;
            work(cancel)
        });
        let made = done.await;
        drop(waiting);
        made.map_err(local)
    }

    /// The thread that should have ended first, and its number.
    pub fn overdue(&self) -> Option<(u64, Overdue)> {
        let now = Instant::now();
        let known = self.lock();
        let late = known.running.iter().filter(|(_, (due, _))| due.at < now);
        let (number, (due, what)) = late.min_by_key(|(_, (due, _))| due.at)?;
        let by = now.duration_since(due.at).as_millis();
        Some((
            *number,
            Overdue {
                request: due.request,
                what: what.clone(),
                by_ms: u64::try_from(by).unwrap_or(u64::MAX),
            },
        ))
    }

    fn add(&self, due: Due, what: String) -> u64 {
        let mut known = self.lock();
        known.started += 1;
        let number = known.started;
        known.running.insert(number, (due, what));
        number
    }

    fn lock(&self) -> MutexGuard<'_, Known> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Drop for Running {
    fn drop(&mut self) {
        self.threads.lock().running.remove(&self.number);
    }
}

impl Drop for Waiting {
    fn drop(&mut self) {
        self.cancel.cancel();
        if let Some((due, _)) = self.threads.lock().running.get_mut(&self.number) {
            due.at = due.at.min(Instant::now());
        }
    }
}

/// Ends what nobody waits for any more.
struct Ends(Cancel);

impl Drop for Ends {
    fn drop(&mut self) {
        self.0.cancel();
    }
}

/// Runs `work` on a thread of its own that may take its time to end: no watchdog looks at it. For work on the CPU alone, between whose looks
/// at its cancellation whoever asked for it chooses how much there is. Dropping the future cancels it.
///
/// # Errors
/// `Local` if the thread panics.
pub(crate) async fn unwatched<T: Send + 'static>(
    work: impl FnOnce(Cancel) -> T + Send + 'static,
) -> Result<T, Failure> {
    let ends = Ends(Cancel::default());
    let cancel = ends.0.clone();
    let made = tokio::task::spawn_blocking(move || work(cancel)).await;
    drop(ends);
    made.map_err(local)
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::sync::mpsc;

    #[tokio::test(flavor = "multi_thread")]
    async fn thread_that_outlives_its_task_should_be_known_until_it_ends() {
        let threads = Arc::new(Threads::default());
        let (release, held) = mpsc::channel::<()>();
        let (ended, end) = mpsc::channel();
        let due = Due::after(7, Duration::from_secs(3600));
        let task = tokio::spawn({
            let threads = threads.clone();
            async move {
                let work = move |cancel: Cancel| {
                    // As a device that never answers: it looks at nothing.
                    held.recv().ok();
                    ended.send(cancel.is_cancelled()).unwrap();
                };
                threads.run(due, "a test".into(), work).await
            }
        });
        while threads.lock().running.is_empty() {
            tokio::task::yield_now().await;
        }
        assert_eq!(threads.overdue(), None, "it has an hour");
        task.abort();
        task.await.unwrap_err();
        let late = loop {
            if let Some((_, late)) = threads.overdue() {
                break late;
            }
        };
        assert_eq!((late.request, late.what.as_str()), (7, "a test"));
        drop(release);
        assert!(end.recv().unwrap(), "it was cancelled");
        while threads.overdue().is_some() {
            tokio::task::yield_now().await;
        }
    }

    #[tokio::test(flavor = "multi_thread")]
    async fn unwatched_thread_should_be_cancelled_and_end_when_it_can() {
        let (started, starts) = mpsc::channel();
        let (release, held) = mpsc::channel::<()>();
        let (ended, end) = mpsc::channel();
        let task = tokio::spawn(unwatched(move |cancel: Cancel| {
            started.send(()).unwrap();
            held.recv().ok();
            ended.send(cancel.is_cancelled()).unwrap();
        }));
        tokio::task::spawn_blocking(move || starts.recv().unwrap())
            .await
            .unwrap();
        task.abort();
        task.await.unwrap_err();
        drop(release);
        assert!(end.recv().unwrap(), "it was cancelled");
        assert_eq!(unwatched(|cancel| cancel.is_cancelled()).await, Ok(false));
        let failed: Result<(), Failure> = unwatched(|_| panic!("a fault of the program")).await;
        assert!(matches!(failed, Err(Failure::Local(_))), "{failed:?}");
    }

    #[tokio::test(flavor = "multi_thread")]
    async fn thread_that_panics_should_leave_its_place() {
        let threads = Arc::new(Threads::default());
        let due = Due::after(1, Duration::ZERO);
        let failed = threads.run(due, "a fault".into(), |_| panic!("a fault of the program"));
        let failed: Result<(), Failure> = failed.await;
        assert!(matches!(failed, Err(Failure::Local(_))), "{failed:?}");
        assert_eq!(threads.overdue(), None);
        assert_eq!(threads.run(due, "none".into(), |_| 5).await, Ok(5));
    }
}
