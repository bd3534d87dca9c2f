//! Files of programs and data sets, kept in a cache by their roots.

use quorate_client::{
    gateways::{no_progress, Progress, Reader},
    words, Account, Client, Error, Result,
};
use quorate_contribute::cache::Cache;
use quorate_primitives::{
    availability::ArtifactKind,
    policy::Access,
    views::{ArtifactState, ArtifactView},
    ArtifactId,
};
use quorate_program::Program;
use std::path::{Path, PathBuf};

/// Where files are kept, and who is shown how far a download of so many bytes is.
#[derive(Clone, Copy)]
pub struct Files<'a> {
    pub cache: &'a Cache,
    pub progress: &'a dyn Fn(u64) -> Progress,
}

impl<'a> From<&'a Cache> for Files<'a> {
    fn from(cache: &'a Cache) -> Self {
        Self {
            cache,
            progress: &|_| no_progress(),
        }
    }
}

/// An artifact of this kind, and its file: from the cache, hashed just now, or from a gateway; with the account's token, if there is an account
/// and not everybody may read it.
///
/// # Errors
/// `NotFound`; `Input` for another kind; `Unavailable` for one that is not held; those of a download.
pub async fn file_of(
    client: &Client,
    account: Option<&Account>,
    files: impl Into<Files<'_>>,
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
        return Err(Error::Unavailable(format!(
            "artifact {id} is {}: held ones alone are run",
            words::artifact_state(&known.state)
        )));
    }
    let Files { cache, progress } = files.into();
    if let Some(hashed) = cache.get(known.root, known.len).await? {
        return Ok((known, hashed.path));
    }
    let reader = account.filter(|_| known.access != Access::Public);
    let gateways = client
        .open_gateways(reader.map(|account| Reader::Account(account.clone())))
        .await?;
    let fetched = cache
        .fetch(&gateways, known.root, known.len, progress(known.len))
        .await?;
    Ok((known, fetched.path))
}

/// A program.
///
/// # Errors
/// Those of [`file_of`]; `Input` for a file that is no program.
pub async fn program(
    client: &Client,
    account: Option<&Account>,
    files: impl Into<Files<'_>>,
    id: ArtifactId,
) -> Result<(ArtifactView, Program)> {
    let (known, path) = file_of(client, account, files, (id, ArtifactKind::Program)).await?;
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
