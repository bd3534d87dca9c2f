//! Frozen bases of adapters: named for a registration, and verified from any source.

use crate::{
    context::{folder, Context},
    failure::{usage, Result},
    output::bytes_bar,
};
use quorate_client::{Client, Error};
use quorate_contribute::cache::Cache;
use quorate_convert::FrozenBase as Found;
use quorate_primitives::{
    frozen::{FrozenBase, FrozenBaseView},
    licence,
    views::ModelView,
    ModelId,
};
use serde_json::json;
use std::path::{Path, PathBuf};

/// The base that is at `path`, in any form, as a registration names it.
pub fn named(path: &Path, text: &str) -> Result<FrozenBase> {
    let licence = licence::licence(text).ok_or_else(|| {
        usage(
            "a licence has 1 to 1,024 bytes, some visible text, and no control characters beside line breaks and tabs",
        )
    })?;
    let (bar, progress) = bytes_bar("hashing the base", 0);
    let found = Found::of(path, &|done, total| {
        bar.set_length(total);
        progress(done, total);
    });
    bar.finish_and_clear();
    let Found { root, len, .. } = found?;
    Ok(FrozenBase {
        root: root.into(),
        len,
        licence,
    })
}

/// Whether a path, or what a gateway has, is the base that a model stands on.
pub async fn verify(context: &Context, model: ModelId, source: &str) -> Result {
    let client = context.client().await?;
    let model = client.model(model).await?;
    let base = of(&model)?;
    let path = verified(&client, base, source).await?;
    let value = json!({ "model": model.id, "root": base.root, "bytes": base.len, "licence": base.licence, "file": path.display().to_string() });
    context.print(&value, || {
        println!("{}: the frozen base of model {}", path.display(), model.id);
        print(base);
    });
    Ok(())
}

/// The base that a model stands on.
pub fn of(model: &ModelView) -> Result<&FrozenBaseView> {
    model.frozen_base.as_ref().ok_or_else(|| {
        usage(format!(
            "model {} stands on no frozen base: its versions have all of its tensors",
            model.id
        ))
    })
}

/// The file or folder of a base, once root and length are found to be right. What a URL names is a gateway, from which the file is fetched into
/// the cache of versions.
pub async fn verified(client: &Client, base: &FrozenBaseView, source: &str) -> Result<PathBuf> {
    if is_url(source) {
        return fetched(client, base, source).await;
    }
    let path = PathBuf::from(source);
    let (bar, progress) = bytes_bar("verifying the base", base.len);
    let found = Found::verify(&path, (base.root.0, base.len), &|done, total| progress(done, total));
    bar.finish_and_clear();
    found?;
    Ok(path)
}

/// Whether it is a gateway, and no path.
pub fn is_url(source: &str) -> bool {
    source.starts_with("http://") || source.starts_with("https://")
}

async fn fetched(client: &Client, base: &FrozenBaseView, url: &str) -> Result<PathBuf> {
    let instead = "give the base as a file or folder";
    let cache = Cache::open(folder("XDG_CACHE_HOME", ".cache", instead)?.join("versions"))?;
    if let Some(hashed) = cache.get(base.root, base.len).await? {
        return Ok(hashed.path);
    }
    let gateway = client.gateway_at(url)?;
    let (bar, progress) = bytes_bar("fetching the base", base.len);
    let fetched = cache.fetch(&gateway, base.root, base.len, progress).await;
    bar.finish_and_clear();
    fetched.map(|hashed| hashed.path).map_err(|error| match error {
        Error::Network(reason) => {
            Error::Network(format!("{url} does not have the base {:?}: {reason}", base.root)).into()
        }
        other => other.into(),
    })
}

/// For people.
pub fn print(base: &FrozenBaseView) {
    println!("  frozen base  root {:?} ({} bytes)", base.root, base.len);
    println!("  licence      {}", base.licence.replace('\n', "\n               "));
}
