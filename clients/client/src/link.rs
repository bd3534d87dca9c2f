//! A connection to a node that is made again when it breaks.

use crate::{Client, Error, Result};
use quorate_primitives::Hash;
use std::{sync::RwLock, time::Duration};
use tokio::time::{sleep, Instant};

/// How long it is tried without a success.
const PATIENCE: Duration = Duration::from_secs(900);
/// A connection that held for so long was a success.
const HELD: Duration = Duration::from_secs(120);
const FIRST_PAUSE: Duration = Duration::from_secs(1);
const LONGEST_PAUSE: Duration = Duration::from_secs(30);

/// Something to ask, such as a [`Client`].
pub trait Connection: Clone {
    /// The chain that it leads to.
    fn genesis(&self) -> Hash;
}

impl Connection for Client {
    fn genesis(&self) -> Hash {
        self.genesis()
    }
}

/// A connection, and how to make it again.
pub struct Link<C, F> {
    connect: F,
    current: RwLock<C>,
    genesis: Hash,
}

impl<C: Connection, F: AsyncFn() -> Result<C>> Link<C, F> {
    /// Connect.
    pub async fn new(connect: F) -> Result<Self> {
        let current = connect().await?;
        Ok(Self {
            connect,
            genesis: current.genesis(),
            current: RwLock::new(current),
        })
    }

    /// The present connection.
    pub fn client(&self) -> C {
        self.current
            .read()
            .unwrap_or_else(|poisoned| poisoned.into_inner())
            .clone()
    }

    /// Do `step`, which may be done more than once; whenever the connection breaks in between, connect again and do it anew. `note`
    /// is told why.
    ///
    /// # Errors
    /// Those of `step` that are not of the network; `Network` or `Timeout` when no connection has held for a quarter of an hour; what `connect` finds
    /// wrong for good, such as a node of another chain.
    pub async fn keep<T>(&self, note: impl Fn(&Error), mut step: impl AsyncFnMut(C) -> Result<T>) -> Result<T> {
        let (mut since, mut pause, mut connected) = (None, FIRST_PAUSE, true);
        loop {
            let began = Instant::now();
            let error = match step(self.client()).await {
                Err(error @ (Error::Network(_) | Error::Timeout(_))) => error,
                other => return other,
            };
            // A chain that stands still is no success, however long it takes to find that out.
            let held = connected && began.elapsed() >= HELD && matches!(error, Error::Network(_));
            if held {
                (since, pause) = (None, FIRST_PAUSE);
            }
            if *since.get_or_insert_with(Instant::now) + PATIENCE <= Instant::now() {
                return Err(error);
            }
            note(&error);
            sleep(pause).await;
            pause = (pause * 2).min(LONGEST_PAUSE);
            // Where this fails, the next step does, too.
            let made = (self.connect)().await;
            connected = made.is_ok();
            match made {
                Ok(client) => self.replace(client)?,
                Err(error @ Error::Input(_)) => return Err(error),
                Err(_) => (),
            }
        }
    }

    fn replace(&self, client: C) -> Result<()> {
        same_chain(self.genesis, client.genesis())?;
        *self.current.write().unwrap_or_else(|poisoned| poisoned.into_inner()) = client;
        Ok(())
    }
}

/// That a node leads to the chain that it led to before.
///
/// # Errors
/// `Input` naming both first blocks.
pub fn same_chain(before: Hash, now: Hash) -> Result<()> {
    match now == before {
        true => Ok(()),
        false => Err(Error::Input(format!(
            "the node has changed to another chain: its first block is {now:?}, it was {before:?}"
        ))),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::cell::Cell;

    /// A connection with its number.
    #[derive(Clone, Copy, PartialEq, Debug)]
    struct Line(u32, Hash);

    impl Connection for Line {
        fn genesis(&self) -> Hash {
            self.1
        }
    }

    fn broken<T>() -> Result<T> {
        Err(Error::Network("the connection was closed".into()))
    }

    #[tokio::test(start_paused = true)]
    async fn step_should_be_done_again_on_a_new_connection() {
        let made = Cell::new(0);
        let link = Link::new(async || {
            made.set(made.get() + 1);
            match made.get() {
                2 => broken(),
                number => Ok(Line(number, Hash::default())),
            }
        });
        let link = link.await.unwrap();
        let noted = Cell::new(0);
        let done = link.keep(
            |_| noted.set(noted.get() + 1),
            async |line: Line| match line.0 {
                1 => broken(),
                number => Ok(number),
            },
        );
        assert_eq!(done.await.unwrap(), 3);
        assert_eq!(noted.get(), 2);
        assert_eq!(link.client().0, 3);
    }

    #[tokio::test(start_paused = true)]
    async fn what_the_chain_refuses_should_not_be_done_again() {
        let link = Link::new(async || Ok(Line(1, Hash::default()))).await.unwrap();
        let done: Result<()> = link
            .keep(|_| (), async |_| Err(Error::Rejected("for a reason".into())))
            .await;
        assert!(matches!(done, Err(Error::Rejected(_))));
    }

    #[tokio::test(start_paused = true)]
    async fn node_that_never_comes_back_should_be_given_up() {
        let start = Instant::now();
        let link = Link::new(async || Ok(Line(1, Hash::default()))).await.unwrap();
        let done: Result<()> = link.keep(|_| (), async |_| broken()).await;
        assert!(matches!(done, Err(Error::Network(_))));
        assert!(start.elapsed() >= PATIENCE && start.elapsed() < PATIENCE + 2 * LONGEST_PAUSE);
    }

    #[tokio::test(start_paused = true)]
    async fn connections_that_hold_for_hours_should_be_made_again_any_number_of_times() {
        let link = Link::new(async || Ok(Line(1, Hash::default()))).await.unwrap();
        let mut breaks = 0;
        let done = link.keep(
            |_| (),
            async |_| {
                sleep(4 * PATIENCE).await;
                breaks += 1;
                match breaks {
                    0..10 => broken(),
                    _ => Ok(()),
                }
            },
        );
        assert!(done.await.is_ok());
    }

    #[tokio::test(start_paused = true)]
    async fn chain_that_stands_still_should_be_given_up() {
        let link = Link::new(async || Ok(Line(1, Hash::default()))).await.unwrap();
        let done: Result<()> = link
            .keep(
                |_| (),
                async |_| {
                    sleep(PATIENCE / 3).await;
                    Err(Error::Timeout("no new block".into()))
                },
            )
            .await;
        assert!(matches!(done, Err(Error::Timeout(_))));
    }

    #[tokio::test(start_paused = true)]
    async fn what_is_wrong_for_good_should_be_said_at_once() {
        let first = Cell::new(true);
        let link = Link::new(async || match first.replace(false) {
            true => Ok(Line(1, Hash::default())),
            false => Err(Error::Input("the URL".into())),
        });
        let (start, link) = (Instant::now(), link.await.unwrap());
        let done: Result<()> = link.keep(|_| (), async |_| broken()).await;
        assert!(matches!(done, Err(Error::Input(_))));
        assert!(start.elapsed() < PATIENCE);
    }

    #[tokio::test(start_paused = true)]
    async fn another_chain_should_be_no_way_to_go_on() {
        let first = Cell::new(true);
        let link = Link::new(async || Ok(Line(1, Hash::repeat_byte(u8::from(!first.replace(false))))));
        let link = link.await.unwrap();
        let done: Result<()> = link.keep(|_| (), async |_| broken()).await;
        assert!(matches!(done, Err(Error::Input(text)) if text.contains("another chain")));
    }
}
