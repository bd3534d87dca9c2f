//! Files of programs and data sets, kept in a cache by their roots.

use quorate_client::{
    gateways::{no_progress, Reader},
    words, Account, Client, Error, Result,
};
use quorate_contribute::cache::Cache;
use quorate_primitives::{
    availability::ArtifactKind,
    views::{ArtifactState, ArtifactView},
    ArtifactId,
};
use quorate_program::Program;
use std::path::{Path, PathBuf};

/// An artifact of this kind, and its file: from the cache, hashed just now, or from a gateway; with the account's token, if there is an account.
///
/// # Errors
/// `NotFound`; `Input` for another kind, or one that is not held; those of a download.
pub async fn file_of(
    client: &Client,
    account: Option<&Account>,
    cache: &Cache,
    (id, kind): (ArtifactId, ArtifactKind),
) -> Result<(ArtifactView, PathBuf)> {
    let known = client.artifact(id).await?;
    if known.kind != kind {
        return Err(Error::Input(format!(
            "artifact {id} is a {}, and a {} was expected",
            words::artifact_kind(known.kind),
            words::artifact_kind(kind)
        )));
    }
    if !matches!(known.state, ArtifactState::Held { .. }) {
        return Err(Error::Input(format!(
            "artifact {id} is {}: held ones alone are run",
            words::artifact_state(&known.state)
        )));
    }
    if let Some(path) = cache.get(known.root, known.len).await? {
        return Ok((known, path));
    }
    let reader = account.map(|account| Reader::Account(account.clone()));
    let gateways = client.open_gateways(reader).await?;
    let path = cache.fetch(&gateways, known.root, known.len, no_progress()).await?;
    Ok((known, path))
}

/// A program.
///
/// # Errors
/// Those of [`file_of`]; `Input` for a file that is no program.
pub async fn program(
    client: &Client,
    account: Option<&Account>,
    cache: &Cache,
    id: ArtifactId,
) -> Result<(ArtifactView, Program)> {
    let (known, path) = file_of(client, account, cache, (id, ArtifactKind::Program)).await?;
    Ok((known, read_program(&path)?))
}

/// The program in a file.
///
/// # Errors
/// `Input`; `Io`.
pub fn read_program(path: &Path) -> Result<Program> {
    let bytes = std::fs::read(path).map_err(Error::io(path))?;
    Program::decode(&bytes).map_err(|error| Error::Input(format!("{}: {error}", path.display())))
}
