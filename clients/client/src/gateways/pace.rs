//! A gateway that takes no bytes, or too few, is given up.

use super::Progress;
use std::{
    future::Future,
    sync::{Arc, Mutex},
    time::Duration,
};
use tokio::time::{sleep_until, Instant};

/// Bytes a second that a gateway at least checks and writes, once it has them all.
const STORING: u64 = 16 << 20;
/// Bytes that the buffers on the way hold at most, and the bytes a second at which they empty at least.
const IN_FLIGHT: u64 = 8 << 20;
const SLOWEST: u64 = 32 << 10;

/// How patient an upload is.
#[derive(Clone, Copy, Debug)]
pub(super) struct Patience {
    /// Without a byte.
    pub idle: Duration,
    /// For the whole of it.
    pub total: Option<Duration>,
}

/// Why an upload was given up.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Slow {
    Idle(Duration),
    Total(Duration),
}

impl std::fmt::Display for Slow {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        match self {
            Self::Idle(time) => write!(f, "it took no byte for {} seconds", time.as_secs()),
            Self::Total(time) => write!(f, "it did not take the file within {} seconds", time.as_secs()),
        }
    }
}

/// When bytes moved last, and how long nothing may move from then on.
struct Moved {
    done: u64,
    until: Instant,
}

/// Do `transfer`, which reports to the [`Progress`] that it gets, unless it stands still for too long.
pub(super) async fn watched<T, F: Future<Output = T>>(
    patience: Patience,
    progress: Progress,
    transfer: impl FnOnce(Progress) -> F,
) -> Result<T, Slow> {
    let start = Instant::now();
    let moved = Arc::new(Mutex::new(Moved {
        done: 0,
        until: start + patience.idle,
    }));
    let seen = moved.clone();
    let transfer = transfer(Arc::new(move |done, len| {
        progress(done, len);
        if let Ok(mut moved) = seen.lock() {
            if done > moved.done {
                // All of it is on its way: nothing more is seen of it, and then the gateway writes it.
                let rest = match done >= len {
                    true => len.min(IN_FLIGHT) / SLOWEST + len / STORING,
                    false => 0,
                };
                *moved = Moved {
                    done,
                    until: Instant::now() + patience.idle + Duration::from_secs(rest),
                };
            }
        }
    }));
    let slow = async {
        let end = patience.total.map(|total| (start + total, Slow::Total(total)));
        loop {
            let until = moved.lock().map_or(start, |moved| moved.until);
            let (until, slow) = match end {
                Some((end, slow)) if end <= until => (end, slow),
                _ => (until, Slow::Idle(patience.idle)),
            };
            if until <= Instant::now() {
                return slow;
            }
            sleep_until(until).await;
        }
    };
    tokio::select! {
        biased;
        done = transfer => Ok(done),
        slow = slow => Err(slow),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::gateways::no_progress;
    use tokio::time::sleep;

    const IDLE: Duration = Duration::from_secs(20);

    fn patience(total: Option<u64>) -> Patience {
        Patience {
            idle: IDLE,
            total: total.map(Duration::from_secs),
        }
    }

    /// A gateway that takes one of ten bytes every `pause`.
    async fn dripping(progress: Progress, pause: Duration) {
        for done in 1..=10 {
            sleep(pause).await;
            progress(done, 10);
        }
    }

    #[tokio::test(start_paused = true)]
    async fn gateway_that_never_reads_should_be_given_up() {
        let got = watched(patience(None), no_progress(), |_| std::future::pending::<()>()).await;
        assert_eq!(got, Err(Slow::Idle(IDLE)));
    }

    #[tokio::test(start_paused = true)]
    async fn gateway_that_never_answers_should_be_given_up() {
        let got = watched(patience(None), no_progress(), |progress| async move {
            progress(10, 10);
            std::future::pending::<()>().await
        });
        assert_eq!(got.await, Err(Slow::Idle(IDLE)));
    }

    #[tokio::test(start_paused = true)]
    async fn gateway_that_goes_on_should_be_waited_for() {
        let got = watched(patience(None), no_progress(), |progress| {
            dripping(progress, IDLE - Duration::from_secs(1))
        });
        assert_eq!(got.await, Ok(()));
    }

    #[tokio::test(start_paused = true)]
    async fn gateway_that_drips_should_have_no_more_than_its_time() {
        let total = Duration::from_secs(60);
        let got = watched(patience(Some(60)), no_progress(), |progress| {
            dripping(progress, IDLE - Duration::from_secs(1))
        });
        assert_eq!(got.await, Err(Slow::Total(total)));
    }

    #[tokio::test(start_paused = true)]
    async fn bytes_that_are_sent_again_should_be_no_progress() {
        let got = watched(patience(None), no_progress(), |progress| async move {
            loop {
                progress(5, 10);
                sleep(IDLE / 4).await;
            }
        });
        let got: Result<(), Slow> = got.await;
        assert_eq!(got, Err(Slow::Idle(IDLE)));
    }
}
