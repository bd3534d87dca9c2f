//! Uploads: to one gateway, or to the first of several that takes the blob.

use super::{
    expires,
    pace::{watched, Patience},
    Gateways, Progress,
};
use crate::{root_of, Account, Error, Result};
use quorate_blobs::transfer::{Authorization, Opening, Permit, TransferError};
use quorate_primitives::{payload::uploader_payload, AccountId, Hash, Root};
use std::{fs::File, path::Path, time::Duration};
use tokio::time::Instant;

/// How long a gateway may take to learn of a block in which its permission lies.
pub const CATCHING_UP: Duration = Duration::from_secs(30);
/// Between two turns over all gateways.
const AGAIN: Duration = Duration::from_millis(500);
/// Bytes a second that a gateway has to take in the first turn; in each later one half of it.
const RATE: u64 = 4 << 20;

/// A blob to upload, and what lets its uploader do so.
#[derive(Clone, Copy)]
pub struct Cargo<'a> {
    pub root: Root,
    pub path: &'a Path,
    /// The contributor of an update; the account of an organisation, or a contributor, for a version that an owner gives.
    pub uploader: &'a Account,
    /// Of an update's commitment.
    pub opening: Option<Opening>,
}

/// Why a gateway did not take a blob.
enum Refusal {
    /// It may take it later: it has not seen the block yet, or is busy.
    Later(Error),
    /// It was slow, or the line broke: the others may be no better.
    Broken(Error),
    /// Its bytes are not those that the root names.
    Bytes(Error),
    Never(Error),
}

impl Gateways {
    /// Upload `path` to gateway `index`, in the name of `uploader`. A gateway that has not yet seen the block that allows it is asked
    /// again for a while.
    pub async fn upload(
        &self,
        index: usize,
        (root, path): (Root, &Path),
        uploader: &Account,
        opening: Option<Opening>,
        progress: Progress,
    ) -> Result<()> {
        let cargo = Cargo {
            root,
            path,
            uploader,
            opening,
        };
        let deadline = Instant::now() + CATCHING_UP;
        self.bring(&[index], cargo, deadline, progress).await.map(drop)
    }

    /// Upload to the first gateway of `order` that takes the blob; returns its number; nothing leaves in a dry run. Each has a limited time, which grows from turn
    /// to turn, unless it is the only one; there is no other turn after `deadline`, or when no gateway may take it later.
    pub async fn bring(
        &self,
        order: &[usize],
        cargo: Cargo<'_>,
        deadline: Instant,
        progress: Progress,
    ) -> Result<usize> {
        if self.dry_run {
            return Err(Error::Input("--dry-run tries transactions; an upload is none".into()));
        }
        let len = std::fs::metadata(cargo.path).map_err(Error::io(cargo.path))?.len();
        let (several, mut rate) = (order.len() > 1, RATE);
        loop {
            let total = several.then(|| self.idle + Duration::from_secs(len / rate.max(1)));
            let patience = Patience { idle: self.idle, total };
            let (mut causes, mut later) = (Vec::new(), false);
            for index in order {
                match self.offer(*index, cargo, patience, progress.clone()).await {
                    Ok(()) => return Ok(*index),
                    Err(Refusal::Later(error)) => {
                        later = true;
                        causes.push(error);
                    }
                    Err(Refusal::Broken(error)) => {
                        later |= several;
                        causes.push(error);
                    }
                    Err(Refusal::Bytes(error)) => {
                        check_unchanged(cargo)?;
                        causes.push(error);
                    }
                    Err(Refusal::Never(error)) => causes.push(error),
                }
            }
            if !later || Instant::now() >= deadline {
                return Err(none_took_it(causes));
            }
            tokio::time::sleep(AGAIN).await;
            rate /= 2;
        }
    }

    async fn offer(
        &self,
        index: usize,
        cargo: Cargo<'_>,
        patience: Patience,
        progress: Progress,
    ) -> Result<(), Refusal> {
        let gateway = self
            .get(index)
            .ok_or_else(|| Refusal::Never(none_took_it(Vec::new())))?;
        gateway.check_way().map_err(Refusal::Never)?;
        let permit = Permit {
            authorization: uploader_token(cargo.uploader, self.genesis, &gateway.validator, cargo.root),
            opening: cargo.opening,
        };
        let (endpoint, root) = (&gateway.endpoint, cargo.root.0);
        let uploaded = watched(patience, progress, |progress| {
            self.http.upload(endpoint, root, cargo.path, &permit, progress)
        });
        match uploaded.await {
            Ok(Ok(_)) => Ok(()),
            Ok(Err(error)) => Err(refusal(error)),
            // It may be this machine's own line: a later turn has more time.
            Err(slow) => Err(Refusal::Broken(Error::Network(format!("{}: {slow}", endpoint.url)))),
        }
    }
}

fn refusal(error: TransferError) -> Refusal {
    match &error {
        TransferError::Refused {
            status: 403 | 409 | 429 | 503,
            ..
        } => Refusal::Later(error.into()),
        TransferError::Refused { status: 400, .. } => Refusal::Bytes(error.into()),
        TransferError::Http { .. } | TransferError::Idle { .. } => Refusal::Broken(error.into()),
        _ => Refusal::Never(error.into()),
    }
}

/// A file that is not what its root says is no gateway's fault.
fn check_unchanged(cargo: Cargo<'_>) -> Result<()> {
    let file = File::open(cargo.path).map_err(Error::io(cargo.path))?;
    match root_of(&file)?.0 == cargo.root {
        true => Ok(()),
        false => Err(Error::Input(format!(
            "{} has changed since it was read: its root is not {:?} any more",
            cargo.path.display(),
            cargo.root
        ))),
    }
}

fn none_took_it(causes: Vec<Error>) -> Error {
    match <[Error; 1]>::try_from(causes) {
        Ok([only]) => only,
        Err(causes) if causes.is_empty() => Error::NotFound("a gateway: no validator is registered".into()),
        Err(causes) => {
            let causes: Vec<String> = causes
                .into_iter()
                .map(|cause| match cause {
                    Error::Network(cause) => cause,
                    other => other.to_string(),
                })
                .collect();
            Error::Network(format!("no gateway took the file: {}", causes.join("; ")))
        }
    }
}

/// A token to bring one blob to the gateway of `audience`.
fn uploader_token(uploader: &Account, genesis: Hash, audience: &AccountId, root: Root) -> Authorization {
    let (bearer, expires) = (uploader.id(), expires());
    let message = uploader_payload(genesis, &bearer, audience, root, expires);
    Authorization::uploader_sr25519(*bearer.as_ref(), expires, &uploader.sign(&message))
}

#[cfg(test)]
mod tests;
