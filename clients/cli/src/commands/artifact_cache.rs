//! Files of artifacts, kept for the next time.

use crate::{
    context::{folder, Context},
    failure::Result,
    output::bytes_bar,
};
use quorate_ask::artifact::{file_of, Files};
use quorate_client::Client;
use quorate_contribute::cache::Cache;
use quorate_primitives::{availability::ArtifactKind, ArtifactId};
use std::path::PathBuf;

/// The file of an artifact of this kind, fetched if need be.
pub async fn cached(context: &Context, client: &Client, id: ArtifactId, kind: ArtifactKind) -> Result<PathBuf> {
    let account = context.has_account().then(|| context.account()).transpose()?;
    let (_, path) = file_of(client, account.as_ref(), files(&cache()?), (id, kind)).await?;
    Ok(path)
}

/// Where they are kept.
pub fn cache() -> Result<Cache> {
    let instead = "name a folder for what is fetched";
    Ok(Cache::open(
        folder("XDG_CACHE_HOME", ".cache", instead)?.join("artifacts"),
    )?)
}

/// Files of a cache; a bar shows how far a download is.
pub fn files(cache: &Cache) -> Files<'_> {
    Files {
        cache,
        progress: &|len| bytes_bar("fetching", len).1,
    }
}
