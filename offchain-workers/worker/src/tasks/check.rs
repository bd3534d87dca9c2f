//! Fetch and check blobs.

use super::context::Context;
use crate::{
    failure::local,
    held::{self, ATTEMPTS},
    marks::{mark_named, mark_update},
};
use codec::Encode;
use futures::StreamExt;
use quorate_blobs::{name, Root};
use quorate_engine::{
    check_data_set, check_model, check_program, check_request, check_update, version_header, Checked, EngineError,
    Input,
};
use quorate_exact::{
    hash::{Key, Possession},
    root, Account, Malformed, ModelHeader,
};
use quorate_primitives::{
    availability::ArtifactKind,
    job::infer::Task,
    possession::Shown,
    views::{
        tasks::{Against, FileShape, VoteItem},
        BlobRef,
    },
};
use quorate_protocol::{CheckResult, Failure, FromWorker, Output};
use std::sync::Arc;
use tokio::sync::Semaphore;

/// Blobs that are read and checked at the same time. One that is awaited takes none of these places: updates that are
/// withheld do not hold up the others.
const AT_ONCE: usize = 4;

/// Programs are read into memory: one at a time, whoever asks.
static PROGRAM: Semaphore = Semaphore::const_new(1);

/// The deadline ends it: until then missing blobs are asked for again.
const ALWAYS: usize = usize::MAX;

/// What every item is checked against, read once.
#[derive(Clone)]
enum Expected {
    /// Updates follow the header of the version with this root, and name it.
    Base(Arc<ModelHeader>, Root),
    /// A version that an owner gives is what its model was registered with.
    Registered(FileShape),
    /// An artifact is what its kind asks for.
    Artifact(ArtifactKind),
    /// A request's input is what this program reads for the task.
    Input(BlobRef, Task),
}

/// What one item is checked against.
#[derive(Clone)]
enum Wanted {
    /// An update to this base, which names this contributor.
    Update(Arc<ModelHeader>, Root, Account),
    /// A version with this shape, whose possession under the key is what was shown.
    Version(FileShape, Key, Possession),
    /// An artifact of this kind, whose possession under the key is what was shown.
    Artifact(ArtifactKind, Key, Possession),
    /// A request's input for this program and task, whose possession under the key is what was shown.
    Input(BlobRef, Task, Key, Possession),
}

impl Wanted {
    /// # Errors
    /// When the node asks for what does not go together.
    fn new(expected: Expected, shown: &Shown) -> Result<Self, Failure> {
        match (expected, shown) {
            (Expected::Base(header, base), Shown::Contributor(account)) => {
                Ok(Self::Update(header, base, Account(*account.as_ref())))
            }
            (Expected::Registered(shape), Shown::Possession { key, possession }) => {
                Ok(Self::Version(shape, key.0, possession.0))
            }
            (Expected::Artifact(kind), Shown::Possession { key, possession }) => {
                Ok(Self::Artifact(kind, key.0, possession.0))
            }
            (Expected::Input(program, task), Shown::Possession { key, possession }) => {
                Ok(Self::Input(program, task, key.0, possession.0))
            }
            (Expected::Base(..), Shown::Possession { .. }) => Err(local("updates are checked for their contributors")),
            (Expected::Registered(_) | Expected::Artifact(_) | Expected::Input(..), Shown::Contributor(_)) => {
                Err(local("a version, an artifact or a request is checked for a possession"))
            }
        }
    }
}

pub(super) async fn run(context: &Context, against: Against, items: Vec<VoteItem>) -> Result<Output, Failure> {
    let expected = match &against {
        Against::Registered(shape) => Expected::Registered(*shape),
        Against::Artifact(kind) => Expected::Artifact(*kind),
        Against::Shards(_) => return Err(local("this worker does not check such blobs")),
        Against::Input { program, task } => {
            mark_update(&context.worker.store, &program.root.0)
                .await
                .map_err(local)?;
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

async fn check(
    context: &Context,
    places: &Semaphore,
    against: Root,
    expected: Expected,
    VoteItem { item, blob, shown }: VoteItem,
) -> Result<(), Failure> {
    let (worker, wanted) = (&context.worker, Wanted::new(expected, &shown)?);
    // First the mark: what is here has to go some day.
    match wanted {
        Wanted::Update(..) | Wanted::Artifact(..) | Wanted::Input(..) => mark_update(&worker.store, &blob.root.0).await,
        Wanted::Version(..) => mark_named(&worker.store, &blob.root.0).await,
    }
    .map_err(local)?;
    worker.fetcher.ensure(&blob, ALWAYS).await?;
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
            Wanted::Artifact(ArtifactKind::Program, key, _) => check_program(&file, Some(&key), &cancel),
            Wanted::Artifact(ArtifactKind::DataSet, key, _) => check_data_set(&file, Some(&key), &cancel),
            Wanted::Input(_, task, key, _) => match program {
                Some(program) => check_request(&file, (&program, &task), Some(&key), &cancel),
                None => Err(EngineError::Cancelled),
            },
        };
        let what = format!("the check of blob {}", name(&root));
        let reason = match context.on_thread(what, check).await? {
            Ok(checked) if checked.root == root => return Ok(result(wanted, checked)),
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

/// What was found. An organisation that has named bytes that it does not have is told nothing about them. A version that an owner gives is
/// also what its model was registered with: rounds and `verify` go by that.
fn result(wanted: &Wanted, checked: Checked) -> CheckResult {
    let found = match (wanted, &checked.header) {
        (Wanted::Version(.., possession) | Wanted::Artifact(.., possession) | Wanted::Input(.., possession), _)
            if checked.possession != Some(*possession) =>
        {
            Err(Malformed::NotPossessed)
        }
        (Wanted::Version(shape, ..), Some(header)) => checked.found.and_then(|()| check_shape(header, shape)),
        _ => checked.found,
    };
    found.map_or_else(CheckResult::Malformed, |()| CheckResult::Held)
}

/// # Errors
/// `Header` when the header is another one; `Length` when it is the registered one, and the length of its updates is not.
fn check_shape(header: &ModelHeader, shape: &FileShape) -> Result<(), Malformed> {
    let bytes = header.encode();
    if root(&bytes) != shape.header_hash.0 || header.header_len() != u64::from(shape.header_len) {
        return Err(Malformed::Header);
    }
    let update_len = header.update_len();
    match update_len == shape.update_len {
        true => Ok(()),
        false => Err(Malformed::Length {
            expected: shape.update_len,
            got: update_len,
        }),
    }
}
