//! Files of artifacts, kept for the next time.

use crate::{
    context::{folder, Context},
    failure::{usage, Result},
    output::bytes_bar,
};
use quorate_client::{gateways::Reader, words, Client};
use quorate_contribute::cache::Cache;
use quorate_primitives::{availability::ArtifactKind, policy::Access, views::ArtifactState, ArtifactId};
use std::path::PathBuf;

/// The file of an artifact of this kind, fetched if need be.
pub async fn cached(context: &Context, client: &Client, id: ArtifactId, kind: ArtifactKind) -> Result<PathBuf> {
    let known = client.artifact(id).await?;
    if known.kind != kind {
        return Err(usage(format!(
            "artifact {id} is a {}, and a {} was expected",
            words::artifact_kind(known.kind),
            words::artifact_kind(kind)
        )));
    }
    if !matches!(known.state, ArtifactState::Held { .. }) {
        return Err(usage(format!(
            "artifact {id} is {}: held ones alone are run",
            words::artifact_state(&known.state)
        )));
    }
    let instead = "name a folder for what is fetched";
    let cache = Cache::open(folder("XDG_CACHE_HOME", ".cache", instead)?.join("artifacts"))?;
    if let Some(path) = cache.get(known.root, known.len).await? {
        return Ok(path);
    }
    let reader = match known.access != Access::Public && context.has_account() {
        true => Some(Reader::Account(context.account()?)),
        false => None,
    };
    let gateways = client.open_gateways(reader).await?;
    let (bar, progress) = bytes_bar("fetching", known.len);
    let fetched = cache.fetch(&gateways, known.root, known.len, progress).await;
    bar.finish_and_clear();
    Ok(fetched?)
}
