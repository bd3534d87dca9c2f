//! Frozen bases that a job's work names.

use crate::report::Checks;
use quorate_client::{Client, Result};
use quorate_primitives::{frozen::FrozenBaseView, views::BlobRef, ModelId};

/// The file of a model's frozen base, as it was registered.
pub(crate) async fn registered(client: &Client, model: ModelId) -> Result<Option<BlobRef>> {
    let base = client.model(model).await?.frozen_base;
    let file = |FrozenBaseView { root, len, .. }| BlobRef { root, len };
    Ok(base.map(file))
}

/// That work names the frozen base of its model, where there is one.
pub(crate) async fn check(client: &Client, checks: &mut Checks, model: ModelId, named: Option<&BlobRef>) -> Result<()> {
    let own = registered(client, model).await?;
    if own.is_some() || named.is_some() {
        checks.equal("frozen base", &own, &named.cloned());
    }
    Ok(())
}
