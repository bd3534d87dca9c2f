//! Statements on their way to the pool. The gadget's loop never waits for it: a full queue or a slow pool costs a statement that
//! the chain goes on listing. Those that the pool did not take come back, for the next try.

use crate::{decide::Statement, LOG};
use futures::StreamExt;
use std::{fmt::Display, future::Future};
use tokio::sync::mpsc::{channel, error::TrySendError, Receiver, Sender};

/// Statements that wait. One round of a model has a handful for each key.
pub const QUEUE: usize = 256;
/// Statements that are with the pool at the same time: one that is slow holds up no other.
pub const AT_ONCE: usize = 8;

/// Takes statements without waiting.
#[derive(Clone, Debug)]
pub struct Outbox(Sender<Statement>);

impl Outbox {
    /// An outbox, the statements that come back, and the task that empties it by `submit`; the task ends when the outbox is dropped
    /// and empty.
    pub fn new<F, R, E>(submit: F) -> (Self, Receiver<Statement>, impl Future<Output = ()>)
    where
        F: Fn(Statement) -> R,
        R: Future<Output = Result<(), E>>,
        E: Display,
    {
        let (sender, receiver) = channel::<Statement>(QUEUE);
        let (back, refused) = channel(QUEUE);
        let waiting = futures::stream::unfold(receiver, |mut receiver| async {
            let statement = receiver.recv().await?;
            Some((statement, receiver))
        });
        let work = async move {
            let submitted = waiting.for_each_concurrent(AT_ONCE, |statement| {
                let (submitted, back) = (submit(statement.clone()), back.clone());
                async move {
                    if let Err(error) = submitted.await {
                        log::warn!(target: LOG, "Not submitted, to be tried again: {error}");
                        // One that finds no room is tried again later, like one that got lost behind the pool.
                        let _ = back.try_send(statement);
                    }
                }
            });
            submitted.await;
        };
        (Self(sender), refused, work)
    }

    /// How many statements wait.
    pub fn waiting(&self) -> u32 {
        (self.0.max_capacity() - self.0.capacity()) as u32
    }

    /// Puts a statement into the queue.
    pub fn send(&self, statement: Statement) {
        match self.0.try_send(statement) {
            Ok(()) => {}
            Err(TrySendError::Full(_)) => log::warn!(
                target: LOG,
                "{QUEUE} transactions wait for the pool: one more is left out and tried again later. Is the pool blocked?"
            ),
            Err(TrySendError::Closed(_)) => log::debug!(target: LOG, "the outbox is closed"),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use quorate_primitives::job::aggregate::{PageHashes, ScorePage};
    use std::{
        sync::{Arc, Mutex},
        time::Duration,
    };

    fn statement(round: u32) -> Statement {
        Statement::Page {
            round,
            page: 0,
            rows: ScorePage::default(),
            pages: PageHashes::default(),
        }
    }

    #[tokio::test]
    async fn pool_that_never_answers_should_block_nobody_and_grow_without_bound_nowhere() {
        let (outbox, _back, work) = Outbox::new(|_| std::future::pending::<Result<(), String>>());
        let work = tokio::spawn(work);
        for round in 0..10 * QUEUE as u32 {
            outbox.send(statement(round));
            tokio::task::yield_now().await;
        }
        assert_eq!(outbox.waiting(), QUEUE as u32, "what did not fit is left out");
        work.abort();
    }

    #[tokio::test]
    async fn slow_statement_should_not_hold_up_the_next() {
        let done = Arc::new(Mutex::new(Vec::new()));
        let seen = done.clone();
        let (outbox, _back, work) = Outbox::new(move |statement| {
            let done = done.clone();
            async move {
                let Statement::Page { round, .. } = statement else {
                    return Err("another");
                };
                if round == 0 {
                    std::future::pending::<()>().await;
                }
                done.lock().unwrap().push(round);
                Ok(())
            }
        });
        let work = tokio::spawn(work);
        (0..3).for_each(|round| outbox.send(statement(round)));
        let arrived = async {
            while seen.lock().unwrap().len() < 2 {
                tokio::time::sleep(Duration::from_millis(5)).await;
            }
        };
        tokio::time::timeout(Duration::from_secs(20), arrived)
            .await
            .expect("the first holds up the others");
        assert_eq!(*seen.lock().unwrap(), [1, 2]);
        work.abort();
    }
}
