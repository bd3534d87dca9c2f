//! Waiting for conditions: by asking, up to a deadline.

use anyhow::{bail, Result};
use std::{
    future::Future,
    time::{Duration, Instant},
};

pub const MINUTE: Duration = Duration::from_secs(60);
const POLL: Duration = Duration::from_millis(300);

/// Asks until there is an answer; an error is none yet, and is shown when there is none in time.
pub async fn until<T, F: Future<Output = Result<Option<T>>>>(
    what: &str,
    limit: Duration,
    mut ask: impl FnMut() -> F,
) -> Result<T> {
    let deadline = Instant::now() + limit;
    loop {
        let answer = ask().await;
        match answer {
            Ok(Some(found)) => return Ok(found),
            _ if Instant::now() < deadline => tokio::time::sleep(POLL).await,
            Ok(None) => bail!("{what} within {} s", limit.as_secs()),
            Err(error) => bail!("{what} within {} s: {error:#}", limit.as_secs()),
        }
    }
}
