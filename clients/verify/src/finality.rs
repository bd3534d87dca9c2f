//! What has ended a moment ago is not final yet.

use quorate_client::{connection::Block, Client, Error, Result};
use quorate_primitives::{BlockNumber, Hash};
use std::time::Duration;

/// How long finality is waited for: about thirty blocks.
const PATIENCE: Duration = Duration::from_secs(180);

/// How something stands in a block.
pub(crate) enum Standing<T> {
    /// It has not ended: where it is instead.
    Open(String),
    /// It ended in block `at`.
    Ended { at: BlockNumber, what: T },
}

/// Something that has ended, as a final block has it. What ended in a block that is not final yet is waited for.
///
/// # Errors
/// `NotFound`; `Input` for what has not ended; `Timeout` where finality does not come.
pub(crate) async fn ended<T>(
    client: &Client,
    name: &str,
    progress: &(dyn Fn(&str) + Sync),
    read: impl AsyncFn(Option<Hash>) -> Result<Option<Standing<T>>>,
) -> Result<(Block, T)> {
    let at_final = async || -> Result<(Block, Option<T>)> {
        let block = client.finalized().await?;
        let found = match read(Some(block.hash)).await? {
            Some(Standing::Ended { what, .. }) => Some(what),
            _ => None,
        };
        Ok((block, found))
    };
    let (block, found) = at_final().await?;
    if let Some(found) = found {
        return Ok((block, found));
    }
    let at = match read(None).await? {
        Some(Standing::Ended { at, .. }) => at,
        Some(Standing::Open(stands)) => return Err(Error::Input(format!("{name} has not ended: it is {stands}"))),
        None => {
            let number = block.number;
            return Err(Error::NotFound(format!(
                "{name}: there is none of this number, or it has been pruned; block {number} is the last final one"
            )));
        }
    };
    let late = format!("{name} ended in block {at}, which is not final");
    client
        .until(&late, PATIENCE, || async {
            let (block, found) = at_final().await?;
            progress(&format!(
                "{name} ended in block {at}, not final yet: block {} is",
                block.number
            ));
            Ok(found.map(|found| (block, found)))
        })
        .await
}
