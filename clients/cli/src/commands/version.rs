//! Versions: listing and fetching.

use crate::{
    args::form::FormArguments,
    commands::{ancestry, assessment, export, frozen, whole_file::is_free},
    context::{folder, Context},
    failure::Result,
    output::{bytes_bar, json_of, promotion, table},
    version_ref::VersionRef,
};
use quorate_client::{Client, Error, Hashed};
pub use quorate_contribute::cache::holds;
use quorate_contribute::cache::Cache;
use quorate_output::{Existing, OutputFolder};
use quorate_primitives::{
    version::{Origin, VersionRecord},
    views::VersionView,
    ModelId,
};
use serde_json::json;
use std::path::{Path, PathBuf};

/// A version's file, verified, at `output`. One that is there and is this version already is what was asked for.
pub async fn fetch(context: &Context, version: VersionRef, output: &Path, existing: Existing) -> Result {
    // What is there may be the version already.
    if !output.exists() {
        is_free(output, existing)?;
    }
    let client = context.client().await?;
    let record = client.version(version.model, version.version).await?.record;
    if holds(output, (record.root, record.len)).is_none() {
        is_free(output, existing)?;
        download(context, &client, &record, output).await?;
    }
    let value = json!({ "root": record.root, "bytes": record.len, "file": output.display().to_string() });
    context.print(&value, || {
        println!("{} ({} bytes, root {:?})", output.display(), record.len, record.root)
    });
    Ok(())
}

/// A version, verified, as a folder that other libraries load.
pub async fn fetch_as(
    context: &Context,
    version: VersionRef,
    (form, base): (&FormArguments, Option<&str>),
    output: &Path,
) -> Result {
    // Before anything is fetched for it.
    OutputFolder::create(output).map(drop).map_err(Error::from)?;
    if let Some(base) = base {
        let client = context.client().await?;
        let model = client.model(version.model).await?;
        frozen::verified(&client, frozen::of(&model)?, base).await?;
    }
    let file = cached(context, version).await?;
    // What a gateway has is a file of the cache, which no library would load by the gateway's name.
    let base = base.filter(|base| !frozen::is_url(base));
    export::run(context, (form, base), &file, output)
}

/// What a version is derived again from, as a file.
pub async fn evidence(context: &Context, version: VersionRef, output: &Path, existing: Existing) -> Result {
    is_free(output, existing)?;
    let client = context.client().await?;
    let bytes = quorate_verify::of_version(&client, (version.model, version.version))
        .await?
        .to_bytes();
    quorate_output::write(output, &bytes, existing).map_err(Error::from)?;
    let value = json!({ "bytes": bytes.len(), "file": output.display().to_string() });
    context.print(&value, || println!("{} ({} bytes)", output.display(), bytes.len()));
    Ok(())
}

/// All versions of a model.
pub async fn list(context: &Context, model: ModelId) -> Result {
    let client = context.client().await?;
    client.model(model).await?;
    let versions = client.versions(model).await?;
    let tainted = ancestry::tainted(&versions);
    let all = versions.iter().map(|view| document(view, &tainted));
    context.print(&all.collect(), || {
        let rows: Vec<_> = versions
            .iter()
            .map(|view| {
                let record = &view.record;
                [
                    record.version.to_string(),
                    origin(record),
                    record.block.to_string(),
                    ancestry::status_of(view, &tainted),
                    assessment::short(view.assessment.as_ref()),
                    promotion(view.promotion.as_ref()),
                    format!("{:?}", record.root),
                ]
            })
            .collect();
        table(
            ["version", "origin", "block", "status", "correct", "promoted", "root"],
            &rows,
        );
    });
    Ok(())
}

/// One version.
pub async fn show(context: &Context, version: VersionRef) -> Result {
    let client = context.client().await?;
    let view = client.version(version.model, version.version).await?;
    let tainted = ancestry::tainted(&client.versions(version.model).await?);
    context.print(&document(&view, &tainted), || {
        let record = &view.record;
        println!("version {}@{}", record.model, record.version);
        println!("  root          {:?} ({} bytes)", record.root, record.len);
        let status = ancestry::status_of(&view, &tainted);
        println!("  recorded      block {}, {status}", record.block);
        println!("  origin        {}", origin(record));
        println!("  promoted      {}", promotion(view.promotion.as_ref()));
        println!("  policy        {:?}", record.policy_hash);
        if let Some(record) = &view.assessment {
            assessment::print_record(record);
        }
    });
    Ok(())
}

fn origin(record: &VersionRecord) -> String {
    match record.origin {
        Origin::Genesis => "given by the owner".to_string(),
        Origin::Round(origin) => format!("round {} on {}", origin.round, origin.parent),
    }
}

fn document(view: &VersionView, tainted: &ancestry::Tainted) -> serde_json::Value {
    let mut document = json_of(view);
    document["version"] = json!(view.record.version);
    document["revokedAncestor"] = json!(tainted.get(&view.record.version));
    if let Some(record) = &view.assessment {
        document["assessment"] = assessment::document(record);
    }
    document
}

/// Fetch a version's file with a progress bar.
async fn download(context: &Context, client: &Client, record: &VersionRecord, path: &Path) -> Result {
    let reader = context.reader(client, record.model).await?;
    let gateways = client.open_gateways(reader).await?;
    let (bar, progress) = bytes_bar("fetching", record.len);
    let result = gateways.fetch(record.root, record.len, path, progress).await;
    bar.finish_and_clear();
    Ok(result?)
}

/// A version's file in the cache, fetched if need be.
pub async fn cached(context: &Context, version: VersionRef) -> Result<PathBuf> {
    let client = context.client().await?;
    let record = client.version(version.model, version.version).await?.record;
    Ok(cached_record(context, &client, &record).await?.path)
}

/// The same for a record that is known.
pub async fn cached_record(context: &Context, client: &Client, record: &VersionRecord) -> Result<Hashed> {
    let instead = "fetch the version with `quorate version fetch`, and give its file with --base";
    let cache = Cache::open(folder("XDG_CACHE_HOME", ".cache", instead)?.join("versions"))?;
    let (root, len) = (record.root, record.len);
    if let Some(hashed) = cache.get(root, len).await? {
        return Ok(hashed);
    }
    let reader = context.reader(client, record.model).await?;
    let gateways = client.open_gateways(reader).await?;
    let (bar, progress) = bytes_bar("fetching", len);
    let fetched = cache.fetch(&gateways, root, len, progress).await;
    bar.finish_and_clear();
    Ok(fetched?)
}
