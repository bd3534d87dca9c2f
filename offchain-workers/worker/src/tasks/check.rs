//! Fetch and check blobs.

mod found;
mod wanted;

use super::context::Context;
use crate::{
    failure::local,
    held::{self, ATTEMPTS},
    marks::{mark_named, mark_update},
};
use codec::Encode;
use found::result;
use futures::StreamExt;
use quorate_blobs::{name, Root};
use quorate_data_set::DataSet;
use quorate_engine::{
    check_data_set, check_model, check_program, check_request, check_update, fits, version_header, EngineError, Input,
};
use quorate_exact::{root, Malformed, ModelHeader};
use quorate_primitives::{
    availability::ArtifactKind,
    views::{
        tasks::{Against, VoteItem},
        BlobRef,
    },
};
use quorate_protocol::{CheckResult, Failure, FromWorker, Output};
use std::sync::Arc;
use tokio::sync::Semaphore;
use wanted::{Expected, Wanted};

/// Blobs that are read and checked at the same time. One that is awaited takes none of these places: updates that are
/// withheld do not hold up the others.
const AT_ONCE: usize = 4;

/// Programs are read into memory: one at a time, whoever asks.
static PROGRAM: Semaphore = Semaphore::const_new(1);

/// The deadline ends it: until then missing blobs are asked for again.
const ALWAYS: usize = usize::MAX;

pub(super) async fn run(context: &Context, against: Against, items: Vec<VoteItem>) -> Result<Output, Failure> {
    let expected = match &against {
        Against::Registered(shape) => Expected::Registered(*shape),
        Against::Artifact(kind) => Expected::Artifact(*kind),
        Against::Shards { program, rows } => {
            mark_program(context, program).await?;
            Expected::Shards(program.clone(), Arc::new(rows.iter().copied().collect()))
        }
        Against::Input { program, task } => {
            mark_program(context, program).await?;
            Expected::Input(program.clone(), *task)
        }
        Against::Base(base) => Expected::Base(Arc::new(header(context, base).await?), base.root.0),
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

async fn mark_program(context: &Context, program: &BlobRef) -> Result<(), Failure> {
    let store = &context.worker.store;
    mark_update(store, &program.root.0).await.map_err(local)
}

async fn check(
    context: &Context,
    places: &Semaphore,
    against: Root,
    expected: Expected,
    VoteItem { item, blob, shown }: VoteItem,
) -> Result<(), Failure> {
    let (worker, wanted) = (&context.worker, Wanted::new(expected, item, &shown)?);
    // First the mark: what is here has to go some day.
    match wanted {
        Wanted::Version(..) => mark_named(&worker.store, &blob.root.0).await,
        Wanted::Update(..) | Wanted::Artifact(..) | Wanted::Shard(..) | Wanted::Input(..) => {
            mark_update(&worker.store, &blob.root.0).await
        }
    }
    .map_err(local)?;
    worker.fetcher.ensure(&blob, ALWAYS).await?;
    // Which other shards are listed is nothing to this one.
    let against = match &wanted {
        Wanted::Shard(program, rows, ..) => root(&(program, rows).encode()),
        _ => against,
    };
    // The same bytes are one account's update, and nobody else's.
    let key = (blob.root.0, root(&(against, shown).encode()));
    let result = match worker.results.checks.get(&key)? {
        Some(known) => known,
        None => {
            let _place = places.acquire().await.map_err(local)?;
            inspect(context, &blob, &wanted).await?
        }
    };
    worker.results.checks.insert(key, result)?;
    if let CheckResult::Malformed(reason) = result {
        tracing::info!(root = name(&blob.root.0), %reason, "malformed");
    }
    context
        .send(FromWorker::Found {
            request: context.request(),
            item,
            result,
        })
        .await;
    Ok(())
}

/// The header of a base, from verified bytes.
async fn header(context: &Context, base: &BlobRef) -> Result<ModelHeader, Failure> {
    // As a version: it may be here as the upload of somebody who committed to its root.
    mark_named(&context.worker.store, &base.root.0).await.map_err(local)?;
    for _ in 0..ATTEMPTS {
        let file = held::open(&context.worker, base, ALWAYS).await?;
        match version_header(&file, Input::Base) {
            Ok(header) => return Ok(header),
            Err(EngineError::Damaged { reason, .. }) => held::discard(&context.worker, &base.root.0, &reason).await?,
            Err(other) => return Err(local(other)),
        }
    }
    Err(held::beyond(&base.root.0))
}

/// Reads every byte. What is found counts only where the bytes are those of the root; else they are fetched again.
async fn inspect(context: &Context, blob: &BlobRef, wanted: &Wanted) -> Result<CheckResult, Failure> {
    let root = blob.root.0;
    for _ in 0..ATTEMPTS {
        context.worker.fetcher.ensure(blob, ALWAYS).await?;
        // Before the turn: one that does not come holds up nobody else.
        let program = match wanted {
            Wanted::Input(program, ..) => Some(held::open(&context.worker, program, ALWAYS).await?),
            _ => None,
        };
        let _turn = match wanted {
            Wanted::Artifact(ArtifactKind::Program, ..) | Wanted::Input(..) => {
                Some(PROGRAM.acquire().await.map_err(local)?)
            }
            _ => None,
        };
        let file = match held::file(&context.worker, &root).await? {
            Ok(file) => file,
            Err(reason) => {
                held::discard(&context.worker, &root, &reason).await?;
                continue;
            }
        };
        let by = wanted.clone();
        let check = move |cancel| match by {
            Wanted::Update(header, base, account) => check_update(&file, (&header, &base, &account), &cancel),
            Wanted::Version(_, key, _) => check_model(&file, Some(&key), &cancel),
            Wanted::Artifact(ArtifactKind::Weights, key, _) => check_model(&file, Some(&key), &cancel),
            Wanted::Artifact(ArtifactKind::Program, key, _) => check_program(&file, Some(&key), &cancel),
            Wanted::Artifact(ArtifactKind::DataSet, key, _) | Wanted::Shard(.., key, _) => {
                check_data_set(&file, Some(&key), &cancel)
            }
            Wanted::Input(_, task, key, _) => match program {
                Some(program) => check_request(&file, (&program, &task), Some(&key), &cancel),
                None => Err(EngineError::Cancelled),
            },
        };
        let what = format!("the check of blob {}", name(&root));
        let reason = match context.on_thread(what, check).await? {
            Ok(checked) if checked.root == root => {
                let result = result(wanted, &checked);
                return match (result, wanted, checked.data_set) {
                    (CheckResult::Held, Wanted::Shard(program, ..), Some(data)) => fit(context, program, data).await,
                    _ => Ok(result),
                };
            }
            Ok(_) => "it has another root".into(),
            Err(EngineError::Cancelled) => return Err(Failure::Cancelled),
            Err(EngineError::Damaged {
                input: Input::Program,
                reason,
            }) => {
                if let Wanted::Input(program, ..) = wanted {
                    held::discard(&context.worker, &program.root.0, &reason).await?;
                }
                continue;
            }
            // The disk cannot give it back, or it has become shorter.
            Err(error) => error.to_string(),
        };
        held::discard(&context.worker, &root, &reason).await?;
    }
    Err(held::beyond(&root))
}

/// Whether the round's program reads a shard that has nothing else wrong with it.
async fn fit(context: &Context, program: &BlobRef, data: DataSet) -> Result<CheckResult, Failure> {
    let (root, data) = (program.root.0, Arc::new(data));
    for _ in 0..ATTEMPTS {
        // Before the turn: one that does not come holds up nobody else.
        let file = held::open(&context.worker, program, ALWAYS).await?;
        let _turn = PROGRAM.acquire().await.map_err(local)?;
        let (what, data) = (format!("whether program {} fits a shard", name(&root)), data.clone());
        let looked = context.on_thread(what, move |cancel| fits(&file, &data, &cancel));
        match looked.await? {
            Ok(true) => return Ok(CheckResult::Held),
            Ok(false) => return Ok(CheckResult::Malformed(Malformed::Columns)),
            Err(EngineError::Damaged { reason, .. }) => held::discard(&context.worker, &root, &reason).await?,
            Err(EngineError::Cancelled) => return Err(Failure::Cancelled),
            Err(error) => return Err(local(error)),
        }
    }
    Err(held::beyond(&root))
}
