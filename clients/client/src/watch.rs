//! Waiting for something on chain.

use crate::{Client, Error, Result};
use std::{future::Future, time::Duration};
use tokio::time::Instant;

impl Client {
    /// Ask `condition` now and after every new best block, until it returns something or `limit` is over.
    ///
    /// # Errors
    /// `Timeout` naming `what`; whatever `condition` returns.
    pub async fn until<T, F>(&self, what: &str, limit: Duration, mut condition: impl FnMut() -> F) -> Result<T>
    where
        F: Future<Output = Result<Option<T>>>,
    {
        let deadline = Instant::now() + limit;
        let late = || Error::Timeout(format!("{what} after {} s", limit.as_secs()));
        let mut heads = self.rpc.chain_subscribe_new_heads().await?;
        loop {
            if let Some(found) = condition().await? {
                return Ok(found);
            }
            match tokio::time::timeout_at(deadline, heads.next()).await {
                Err(_) => return Err(late()),
                Ok(None) => return Err(Error::Network("the node closed the connection".into())),
                Ok(Some(head)) => head?,
            };
        }
    }
}
