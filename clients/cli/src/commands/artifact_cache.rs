//! Files of artifacts, kept for the next time.

use crate::{
    commands::version,
    context::{folder, Context},
    failure::{usage, Result},
    output::bytes_bar,
};
use quorate_client::{gateways::Reader, Client, Error};
use quorate_primitives::{availability::ArtifactKind, policy::Access, views::ArtifactState, ArtifactId};
use std::path::PathBuf;

/// The file of an artifact of this kind, fetched if need be.
pub async fn cached(context: &Context, client: &Client, id: ArtifactId, kind: ArtifactKind) -> Result<PathBuf> {
    let known = client.artifact(id).await?;
    if known.kind != kind {
        return Err(usage(format!(
            "artifact {id} is a {:?}, and a {kind:?} was expected",
            known.kind
        )));
    }
    if !matches!(known.state, ArtifactState::Held { .. }) {
        return Err(usage(format!(
            "artifact {id} is {:?}: held ones alone are run",
            known.state
        )));
    }
    let instead = "name a folder for what is fetched";
    let cache = folder("XDG_CACHE_HOME", ".cache", instead)?.join("artifacts");
    std::fs::create_dir_all(&cache).map_err(|source| Error::Io {
        path: cache.display().to_string(),
        source,
    })?;
    let path = cache.join(hex::encode(known.root.0));
    if version::holds(&path, (known.root, known.len)) {
        return Ok(path);
    }
    let reader = match known.access != Access::Public && context.has_account() {
        true => Some(Reader::Account(context.account()?)),
        false => None,
    };
    let gateways = client.open_gateways(reader).await?;
    let (bar, progress) = bytes_bar("fetching", known.len);
    let fetched = gateways.fetch(known.root, known.len, &path, progress).await;
    bar.finish_and_clear();
    fetched?;
    Ok(path)
}
