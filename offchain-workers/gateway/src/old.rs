//! Versions that the view names no longer: old ones, and those of retired models.
//!
//! The view of a block has the newest versions of models that are not retired. What it said of a version that is held is noted beside the
//! version, and goes on to hold when the view has moved past it: by the model's policy as it is now, if that is narrower. A policy that
//! narrows is noted beside all old versions of its model: what it has closed stays closed when the model is retired. A version that
//! leaves the view otherwise, with a fork, is forgotten.

use crate::{
    readers::{narrower, Owned, ReadableBy, Recorded, Window},
    Gateway, Snapshot,
};
use codec::{Decode, DecodeAll, Encode};
use quorate_blobs::{BlobError, BlobStore};
use quorate_gateway_api::Root;
use quorate_primitives::Hash;
use std::{
    collections::{HashMap, HashSet},
    sync::Arc,
};
use tokio::sync::watch;

/// Kind of the note beside a version.
const VERSION_MARK: &str = "versions";
/// Models in which one file is a version, at most; more are left out.
const MODELS: usize = 16;

/// The note: what the view said when it named the version last.
#[derive(Clone, PartialEq, Eq, Debug, Encode, Decode)]
struct Note {
    genesis: Hash,
    versions: Vec<Recorded>,
}

type Versions = HashMap<Root, Vec<Recorded>>;

/// Who may read a blob that the view does not name.
pub(crate) async fn readable_by(gateway: &Gateway, snapshot: &Snapshot, root: &Root) -> Result<ReadableBy, BlobError> {
    let Some(note) = read(&gateway.store, root)
        .await?
        .filter(|note| note.genesis == snapshot.genesis)
    else {
        return Ok(ReadableBy::Nobody);
    };
    let by = note.versions.into_iter().filter_map(|recorded| {
        let access = match snapshot.allowed.window(recorded.model) {
            // The model is retired, or has no version at all on this fork.
            None => recorded.access,
            Some(window) if recorded.version < window.first => narrower(recorded.access, window.access),
            Some(_) => return None,
        };
        Some(ReadableBy::of(Owned::Model(recorded.model), access))
    });
    Ok(by.fold(ReadableBy::Nobody, ReadableBy::or))
}

/// Notes what the views say, until `stop`.
pub(crate) async fn remember(
    store: BlobStore,
    mut view: watch::Receiver<Option<Arc<Snapshot>>>,
    mut stop: watch::Receiver<bool>,
) {
    let mut known: Option<Arc<Snapshot>> = None;
    loop {
        let now = view.borrow_and_update().clone();
        if let Some(now) = now {
            match follow(&store, known.as_deref(), &now).await {
                Ok(()) => known = Some(now),
                Err(error) => tracing::warn!(%error, "what the chain says of versions is not noted"),
            }
        }
        tokio::select! {
            _ = stop.wait_for(|stop| *stop) => return,
            changed = view.changed() => if changed.is_err() { return },
        }
    }
}

/// Notes what has changed since the last view; after the start, all there is.
async fn follow(store: &BlobStore, before: Option<&Snapshot>, now: &Snapshot) -> Result<(), BlobError> {
    let none = Versions::new();
    let before = before.filter(|before| before.genesis == now.genesis);
    let (old, new) = (
        before.map_or(&none, |before| before.allowed.recorded()),
        now.allowed.recorded(),
    );
    if before.is_none() {
        forget_removed(store).await?;
    }
    if is_narrower(before, now) {
        narrow(store, now).await?;
    }
    for (root, versions) in new.iter().filter(|(root, versions)| old.get(*root) != Some(versions)) {
        note(store, now.genesis, root, versions).await?;
    }
    for (root, versions) in old.iter().filter(|(root, _)| !new.contains_key(*root)) {
        let passed = |recorded: &Recorded| match now.allowed.window(recorded.model) {
            Some(window) => passed(recorded, window),
            None => Some(recorded.clone()),
        };
        let passed: Vec<Recorded> = versions.iter().filter_map(passed).collect();
        match passed.is_empty() {
            true => store.remove_mark(VERSION_MARK, root).await?,
            // It may have come since the view named it first.
            false => note(store, now.genesis, root, &passed).await?,
        }
    }
    Ok(())
}

/// What holds of a version that is older than those which the view names; `None` for others.
fn passed(recorded: &Recorded, window: Window) -> Option<Recorded> {
    (recorded.version < window.first).then(|| Recorded {
        access: narrower(recorded.access, window.access),
        ..recorded.clone()
    })
}

/// Whether a model lets fewer read than before, or may do so.
fn is_narrower(before: Option<&Snapshot>, now: &Snapshot) -> bool {
    now.allowed.windows().iter().any(|(model, window)| {
        let before = before.and_then(|before| before.allowed.window(*model));
        before.is_none_or(|before| narrower(before.access, window.access) != before.access)
    })
}

/// Takes what the models' policies are now into the notes of their old versions, where that is narrower.
async fn narrow(store: &BlobStore, now: &Snapshot) -> Result<(), BlobError> {
    for root in store.marked(VERSION_MARK).await? {
        let Some(known) = read(store, &root).await?.filter(|known| known.genesis == now.genesis) else {
            continue;
        };
        let narrowed = known.versions.iter().map(|recorded| {
            let window = now.allowed.window(recorded.model);
            let passed = window.and_then(|window| passed(recorded, window));
            passed.unwrap_or_else(|| recorded.clone())
        });
        let narrowed = Note {
            genesis: known.genesis,
            versions: narrowed.collect(),
        };
        if narrowed != known {
            store.set_mark(VERSION_MARK, &root, narrowed.encode().into()).await?;
        }
    }
    Ok(())
}

/// Puts these into the note of a version that is held; what it says of other models stays.
async fn note(store: &BlobStore, genesis: Hash, root: &Root, versions: &[Recorded]) -> Result<(), BlobError> {
    if store.len(root).await?.is_none() {
        return Ok(());
    }
    let known = read(store, root).await?;
    let models: HashSet<_> = versions.iter().map(|recorded| recorded.model).collect();
    let others = known
        .clone()
        .filter(|known| known.genesis == genesis)
        .map_or(Vec::new(), |known| known.versions);
    let others = others.into_iter().filter(|other| !models.contains(&other.model));
    let versions = versions.iter().cloned().chain(others).take(MODELS).collect();
    let note = Note { genesis, versions };
    match known.as_ref() == Some(&note) {
        true => Ok(()),
        false => store.set_mark(VERSION_MARK, root, note.encode().into()).await,
    }
}

/// Removes notes of blobs that are gone.
async fn forget_removed(store: &BlobStore) -> Result<(), BlobError> {
    for root in store.marked(VERSION_MARK).await? {
        if store.len(&root).await?.is_none() {
            store.remove_mark(VERSION_MARK, &root).await?;
        }
    }
    Ok(())
}

/// A note; none if it cannot be read.
async fn read(store: &BlobStore, root: &Root) -> Result<Option<Note>, BlobError> {
    let note = store.mark(VERSION_MARK, root).await?;
    Ok(note.and_then(|note| Note::decode_all(&mut &note[..]).ok()))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{Allowed, Limits};
    use quorate_primitives::{
        policy::Access,
        views::{
            gateway::{GatewayEntry, VersionBlob},
            BlobRef, Entry,
        },
    };

    fn root(version: u32) -> Root {
        *blake3_of(version).as_fixed_bytes()
    }

    fn content(version: u32) -> Vec<u8> {
        version.to_le_bytes().to_vec()
    }

    fn blake3_of(version: u32) -> Hash {
        let mut tree = quorate_blobs::TreeBuilder::new(4);
        tree.push(&content(version)).unwrap();
        tree.finish().unwrap().0.into()
    }

    /// A view of these versions of model 7.
    fn view(versions: std::ops::Range<u32>, access: Access) -> Snapshot {
        let entry = |version| {
            Entry::from(&GatewayEntry::Version(VersionBlob {
                model: 7,
                version,
                blob: BlobRef {
                    root: root(version).into(),
                    len: 4,
                },
                access,
                pending: false,
                optimiser: None,
            }))
        };
        let entries: Vec<Entry> = versions.map(entry).collect();
        Snapshot {
            genesis: Hash::zero(),
            best: 1,
            finalized: 0,
            me: None,
            allowed: Allowed::new(&entries).0.into(),
        }
    }

    async fn gateway(held: std::ops::Range<u32>) -> Gateway {
        let store = BlobStore::open("memory:///").unwrap();
        for version in held {
            store.put_bytes(content(version).into()).await.unwrap();
        }
        Gateway::new(store, watch::channel(None).1, Limits::default())
    }

    async fn readers(gateway: &Gateway, now: &Snapshot, version: u32) -> ReadableBy {
        readable_by(gateway, now, &root(version)).await.unwrap()
    }

    #[tokio::test]
    async fn version_that_the_view_has_moved_past_should_be_read_by_the_narrower_policy() {
        let gateway = gateway(0..3).await;
        let (first, later) = (view(0..2, Access::Public), view(2..4, Access::Public));
        follow(&gateway.store, None, &first).await.unwrap();
        follow(&gateway.store, Some(&first), &later).await.unwrap();
        assert_eq!(readers(&gateway, &later, 0).await, ReadableBy::Anyone);
        assert_eq!(readers(&gateway, &later, 9).await, ReadableBy::Nobody);
        let narrow = view(2..4, Access::Validators);
        assert_eq!(readers(&gateway, &narrow, 0).await, ReadableBy::Some(vec![]));
        // The model is retired.
        let nothing = view(0..0, Access::Public);
        follow(&gateway.store, Some(&later), &nothing).await.unwrap();
        for version in 0..3 {
            assert_eq!(readers(&gateway, &nothing, version).await, ReadableBy::Anyone);
        }
        assert_eq!(
            readers(&gateway, &nothing, 3).await,
            ReadableBy::Nobody,
            "it was never held"
        );
        let other = Snapshot {
            genesis: Hash::repeat_byte(1),
            ..nothing
        };
        assert_eq!(readers(&gateway, &other, 0).await, ReadableBy::Nobody);
        // A wider policy makes nobody's what was theirs.
        let gateway = super::tests::gateway(0..1).await;
        let (first, wider) = (view(0..2, Access::Validators), view(2..4, Access::Public));
        follow(&gateway.store, None, &first).await.unwrap();
        assert_eq!(readers(&gateway, &wider, 0).await, ReadableBy::Some(vec![]));
    }

    #[tokio::test]
    async fn what_a_policy_has_closed_should_stay_closed_when_the_model_is_retired() {
        let [first, later] = [0..2, 2..4].map(|versions| view(versions, Access::Public));
        let (narrow, nothing) = (view(2..4, Access::Validators), view(0..0, Access::Public));
        let closed = ReadableBy::Some(vec![]);
        // Noted long before the policy narrows; passed by the same view; narrowed while nobody looked.
        let ways = [
            vec![vec![&first, &later, &narrow, &nothing]],
            vec![vec![&first, &narrow, &nothing]],
            vec![vec![&first, &later], vec![&narrow], vec![&nothing]],
        ];
        for lives in ways {
            let gateway = gateway(0..2).await;
            for views in lives {
                let mut before = None;
                for now in views {
                    follow(&gateway.store, before, now).await.unwrap();
                    before = Some(now);
                }
            }
            for version in 0..2 {
                assert_eq!(readers(&gateway, &nothing, version).await, closed);
            }
            // A wider policy does not open it again.
            follow(&gateway.store, Some(&nothing), &later).await.unwrap();
            assert_eq!(readers(&gateway, &later, 0).await, closed);
        }
    }

    #[tokio::test]
    async fn version_of_a_fork_that_lost_should_be_forgotten() {
        let gateway = gateway(0..4).await;
        let (fork, chain) = (view(0..4, Access::Public), view(0..3, Access::Public));
        follow(&gateway.store, None, &fork).await.unwrap();
        assert_eq!(
            readers(&gateway, &chain, 3).await,
            ReadableBy::Nobody,
            "before it is forgotten, too"
        );
        follow(&gateway.store, Some(&fork), &chain).await.unwrap();
        let later = view(70..134, Access::Public);
        assert_eq!(readers(&gateway, &later, 3).await, ReadableBy::Nobody);
        assert_eq!(readers(&gateway, &later, 2).await, ReadableBy::Anyone);
    }

    #[tokio::test]
    async fn notes_should_be_found_again_and_go_with_their_blobs() {
        let gateway = gateway(0..2).await;
        follow(&gateway.store, None, &view(0..2, Access::Public)).await.unwrap();
        gateway.store.remove(&root(1)).await.unwrap();
        let later = view(2..4, Access::Public);
        follow(&gateway.store, None, &later).await.unwrap();
        assert_eq!(readers(&gateway, &later, 0).await, ReadableBy::Anyone);
        assert_eq!(gateway.store.marked(VERSION_MARK).await.unwrap(), [root(0)]);
    }
}
