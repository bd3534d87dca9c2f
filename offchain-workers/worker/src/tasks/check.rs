//! Fetch and check blobs.

use super::{CancelOnDrop, Context};
use crate::{collect::mark_update, fetch::local, worker::Worker};
use futures::StreamExt;
use quorate_blobs::name;
use quorate_engine::{check_model, check_update, read_header, Cancel};
use quorate_exact::ModelHeader;
use quorate_primitives::{
    update::Subject,
    views::{BlobRef, VoteItem},
};
use quorate_protocol::{Failure, Finding, FromWorker, Output};
use std::sync::Arc;
use tokio::sync::Semaphore;

/// Blobs that are read and checked at the same time. One that is awaited takes none of these places: updates that are
/// withheld do not hold up the others.
const AT_ONCE: usize = 4;
/// More findings than any view names.
const REMEMBERED: usize = 8192;

/// The deadline ends it: until then missing blobs are asked for again.
const ALWAYS: usize = usize::MAX;

pub(super) async fn run(
    context: &Context,
    subject: Subject,
    base: BlobRef,
    items: Vec<VoteItem>,
) -> Result<Output, Failure> {
    let header = match subject {
        Subject::Genesis(_) => None,
        Subject::Round(_) => {
            context.worker.ensure(&base, ALWAYS).await?;
            let file = context.worker.store.open_local(&base.root.0).map_err(local)?;
            Some(Arc::new(read_header(&file, "base version").map_err(local)?))
        }
    };
    let (all, places) = (items.len().max(1), Semaphore::new(AT_ONCE));
    let checks = items
        .into_iter()
        .map(|item| check(context, &places, &base, header.clone(), item));
    let mut checks = futures::stream::iter(checks).buffer_unordered(all);
    let mut failure = None;
    // Nor does one that fails here: anyone may commit to the root of a blob of another length.
    while let Some(result) = checks.next().await {
        failure = failure.or(result.err());
    }
    failure.map_or(Ok(Output::Checked), Err)
}

async fn check(
    context: &Context,
    places: &Semaphore,
    base: &BlobRef,
    header: Option<Arc<ModelHeader>>,
    VoteItem { item, blob }: VoteItem,
) -> Result<(), Failure> {
    let worker = &context.worker;
    worker.ensure(&blob, ALWAYS).await?;
    if header.is_some() {
        mark_update(&worker.store, &blob.root.0).await.map_err(local)?;
    }
    let key = (blob.root.0, header.as_ref().map_or([0; 32], |_| base.root.0));
    let known = worker.findings.lock().map_err(local)?.get(&key).copied();
    let finding = match known {
        Some(finding) => finding,
        None => {
            let _place = places.acquire().await.map_err(local)?;
            inspect(worker, &blob, header).await?
        }
    };
    remember(worker, key, finding)?;
    if let Finding::Malformed(reason) = finding {
        tracing::info!(root = name(&blob.root.0), %reason, "malformed");
    }
    context
        .tell(FromWorker::Found {
            request: context.request,
            item,
            finding,
        })
        .await;
    Ok(())
}

async fn inspect(worker: &Worker, blob: &BlobRef, header: Option<Arc<ModelHeader>>) -> Result<Finding, Failure> {
    let file = worker.store.open_local(&blob.root.0).map_err(local)?;
    let stop = CancelOnDrop(Cancel::default());
    let cancel = stop.0.clone();
    let check = move || match header {
        Some(header) => check_update(&file, &header, &cancel),
        None => check_model(&file, &cancel),
    };
    match tokio::task::spawn_blocking(check)
        .await
        .map_err(local)?
        .map_err(local)?
    {
        Ok(()) => Ok(Finding::Held),
        Err(reason) => Ok(Finding::Malformed(reason)),
    }
}

fn remember(worker: &Worker, key: ([u8; 32], [u8; 32]), finding: Finding) -> Result<(), Failure> {
    let mut findings = worker.findings.lock().map_err(local)?;
    if findings.len() >= REMEMBERED {
        findings.clear();
    }
    findings.insert(key, finding);
    Ok(())
}
