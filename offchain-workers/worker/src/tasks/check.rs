//! Fetch and check blobs.

use super::context::{CancelOnDrop, Context};
use crate::{failure::local, marks::mark_update, state::Worker};
use codec::Encode;
use futures::StreamExt;
use quorate_blobs::{name, Root};
use quorate_engine::{check_model, check_update, read_header, Cancel, EngineError};
use quorate_exact::{root, Malformed, ModelHeader};
use quorate_primitives::views::{
    tasks::{Against, FileShape, VoteItem},
    BlobRef,
};
use quorate_protocol::{CheckResult, Failure, FromWorker, Output};
use std::{fs::File, sync::Arc};
use tokio::sync::Semaphore;

/// Blobs that are read and checked at the same time. One that is awaited takes none of these places: updates that are
/// withheld do not hold up the others.
const AT_ONCE: usize = 4;

/// The deadline ends it: until then missing blobs are asked for again.
const ALWAYS: usize = usize::MAX;

/// What every item is checked against, read once.
#[derive(Clone)]
enum Expected {
    /// Updates follow this version's header.
    Base(Arc<ModelHeader>),
    /// A version that an owner gives is what its model was registered with.
    Registered(FileShape),
}

pub(super) async fn run(context: &Context, against: Against, items: Vec<VoteItem>) -> Result<Output, Failure> {
    let expected = match &against {
        Against::Registered(shape) => Expected::Registered(*shape),
        Against::Base(base) => {
            context.worker.fetcher.ensure(base, ALWAYS).await?;
            let file = context.worker.store.open_local(&base.root.0).map_err(local)?;
            Expected::Base(Arc::new(read_header(&file, "base version").map_err(local)?))
        }
    };
    let against = root(&against.encode());
    let (all, places) = (items.len().max(1), Semaphore::new(AT_ONCE));
    let checks = items
        .into_iter()
        .map(|item| check(context, &places, against, expected.clone(), item));
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
    against: Root,
    expected: Expected,
    VoteItem { item, blob }: VoteItem,
) -> Result<(), Failure> {
    let worker = &context.worker;
    worker.fetcher.ensure(&blob, ALWAYS).await?;
    if matches!(expected, Expected::Base(_)) {
        mark_update(&worker.store, &blob.root.0).await.map_err(local)?;
    }
    let key = (blob.root.0, against);
    let result = match worker.results.checks.get(&key)? {
        Some(known) => known,
        None => {
            let _place = places.acquire().await.map_err(local)?;
            inspect(worker, &blob, expected).await?
        }
    };
    worker.results.checks.insert(key, result)?;
    if let CheckResult::Malformed(reason) = result {
        tracing::info!(root = name(&blob.root.0), %reason, "malformed");
    }
    context
        .send(FromWorker::Found {
            request: context.request,
            item,
            result,
        })
        .await;
    Ok(())
}

async fn inspect(worker: &Worker, blob: &BlobRef, expected: Expected) -> Result<CheckResult, Failure> {
    let file = worker.store.open_local(&blob.root.0).map_err(local)?;
    let stop = CancelOnDrop(Cancel::default());
    let cancel = stop.0.clone();
    let check = move || match expected {
        Expected::Base(header) => check_update(&file, &header, &cancel),
        Expected::Registered(shape) => check_genesis(&file, &shape, &cancel),
    };
    match tokio::task::spawn_blocking(check)
        .await
        .map_err(local)?
        .map_err(local)?
    {
        Ok(()) => Ok(CheckResult::Held),
        Err(reason) => Ok(CheckResult::Malformed(reason)),
    }
}

/// Checks every byte of a version that an owner gives, and that it is what its model was registered with: rounds and `verify` go by that.
fn check_genesis(file: &File, shape: &FileShape, cancel: &Cancel) -> Result<Result<(), Malformed>, EngineError> {
    match check_model(file, cancel)? {
        Ok(()) => Ok(check_shape(&read_header(file, "version 0")?, shape)),
        fault => Ok(fault),
    }
}

/// # Errors
/// `Header` when the header is another one; `Length` when it is the registered one, and the length of its updates is not.
fn check_shape(header: &ModelHeader, shape: &FileShape) -> Result<(), Malformed> {
    let bytes = header.encode();
    if root(&bytes) != shape.header_hash.0 || header.header_len() != u64::from(shape.header_len) {
        return Err(Malformed::Header);
    }
    let update_len = header.update_header().file_len();
    match update_len == shape.update_len {
        true => Ok(()),
        false => Err(Malformed::Length {
            expected: shape.update_len,
            got: update_len,
        }),
    }
}
