//! Waiting for something on chain.

use crate::{Client, Error, Result};
use std::{future::Future, time::Duration};
use tokio::time::Instant;

/// A chain that brings no block for so long stands still, or the node has lost it.
const STALL: Duration = Duration::from_secs(300);

/// How long to wait.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Limit {
    Time(Duration),
    /// As long as new blocks come: for what the chain itself ends at a deadline of its own.
    WhileBlocksCome,
}

impl From<Duration> for Limit {
    fn from(limit: Duration) -> Self {
        Self::Time(limit)
    }
}

impl Limit {
    /// When to give up, if the wait began at `start` and a block came just now.
    fn deadline(self, start: Instant) -> Instant {
        match self {
            Self::Time(limit) => start + limit,
            Self::WhileBlocksCome => Instant::now() + STALL,
        }
    }

    fn late(self, what: &str) -> Error {
        match self {
            Self::Time(limit) => Error::Timeout(format!("{what} after {} s", limit.as_secs())),
            Self::WhileBlocksCome => Error::Timeout(format!(
                "{what}, and no new block has come for {} s: the node or the chain stands still",
                STALL.as_secs()
            )),
        }
    }
}

impl Client {
    /// Ask `condition` now and after every new best block, until it returns something or `limit` is over.
    ///
    /// # Errors
    /// `Timeout` naming `what`; whatever `condition` returns.
    pub async fn until<T, F>(&self, what: &str, limit: impl Into<Limit>, mut condition: impl FnMut() -> F) -> Result<T>
    where
        F: Future<Output = Result<Option<T>>>,
    {
        let (start, limit) = (Instant::now(), limit.into());
        let mut heads = self.rpc.chain_subscribe_new_heads().await?;
        loop {
            if let Some(found) = condition().await? {
                return Ok(found);
            }
            match tokio::time::timeout_at(limit.deadline(start), heads.next()).await {
                Err(_) => return Err(limit.late(what)),
                Ok(None) => return Err(Error::Network("the node closed the connection".into())),
                Ok(Some(head)) => head?,
            };
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[tokio::test(start_paused = true)]
    async fn limit_should_end_with_its_time_or_with_the_blocks() {
        let start = Instant::now();
        let hour = Duration::from_secs(3_600);
        tokio::time::advance(2 * hour).await;
        assert!(Limit::Time(hour).deadline(start) < Instant::now());
        // However long it has waited: a block came just now.
        assert_eq!(Limit::WhileBlocksCome.deadline(start), Instant::now() + STALL);
    }
}
