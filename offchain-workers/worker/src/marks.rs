//! Marks of blobs that are removed some day, set before the blob is there.

use bytes::Bytes;
use quorate_blobs::{BlobError, BlobStore, Root};
use quorate_gateway::UPDATE_MARK;
use quorate_primitives::BlockNumber;

/// Kind of the note of versions, optimiser states and details: see [`Kept`].
pub(crate) const KEPT_MARK: &str = "results";

/// What is known of a version, a state or a detail: the note's five bytes.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(crate) struct Kept {
    /// Whether the chain has ever named it as a version or a state. What it never does is a result of a job that came to nothing, or a detail,
    /// which it names for a time.
    pub named: bool,
    /// The highest block that was seen when it was first found without a name, since it had one.
    pub unnamed_since: Option<BlockNumber>,
}

impl Kept {
    pub fn note(self) -> Bytes {
        let since = self.unnamed_since.unwrap_or(BlockNumber::MAX).to_le_bytes();
        Bytes::from([&[u8::from(self.named)][..], &since].concat())
    }

    /// A note that cannot be read is that of a blob which the chain has named: it stays longer.
    pub fn read(note: &[u8]) -> Self {
        let unreadable = Self {
            named: true,
            unnamed_since: None,
        };
        let Some((&named, since)) = note.split_first() else {
            return unreadable;
        };
        let Ok(since) = since.try_into() else { return unreadable };
        let since = BlockNumber::from_le_bytes(since);
        Self {
            named: named != 0,
            unnamed_since: (since != BlockNumber::MAX).then_some(since),
        }
    }
}

/// Marks a blob that is fetched as an update or an artifact. What is held has its mark already, or is something else: anyone may commit to
/// the root of a version, and any organisation register it.
pub(crate) async fn mark_update(store: &BlobStore, root: &Root) -> Result<(), BlobError> {
    if store.len(root).await?.is_some() {
        return Ok(());
    }
    first(store, UPDATE_MARK, root, Bytes::from_static(&[0; 32])).await
}

/// Marks what this worker makes.
pub(crate) async fn mark_made(store: &BlobStore, root: &Root) -> Result<(), BlobError> {
    first(store, KEPT_MARK, root, Kept::default().note()).await
}

/// Marks a version or a state that the chain names.
pub(crate) async fn mark_named(store: &BlobStore, root: &Root) -> Result<(), BlobError> {
    let kept = Kept {
        named: true,
        unnamed_since: None,
    };
    first(store, KEPT_MARK, root, kept.note()).await
}

/// Unless there is one.
async fn first(store: &BlobStore, kind: &str, root: &Root, note: Bytes) -> Result<(), BlobError> {
    match store.mark(kind, root).await? {
        Some(_) => Ok(()),
        None => store.set_mark(kind, root, note).await,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[tokio::test]
    async fn what_is_held_as_something_else_should_not_become_an_update() {
        let store = BlobStore::open("memory:///").unwrap();
        let held = store.put_bytes(vec![1; 10].into()).await.unwrap();
        for root in [held, [2; 32]] {
            mark_update(&store, &root).await.unwrap();
        }
        assert_eq!(store.marked(UPDATE_MARK).await.unwrap(), [[2; 32]]);
    }

    #[test]
    fn notes_should_be_read_as_they_are_written_and_unreadable_ones_keep_their_blob() {
        for named in [false, true] {
            for unnamed_since in [None, Some(0), Some(77)] {
                let kept = Kept { named, unnamed_since };
                assert_eq!(Kept::read(&kept.note()), kept);
            }
        }
        for note in [&[][..], &[0], &[0, 1, 2, 3], &[0; 9]] {
            assert!(Kept::read(note).named);
        }
    }
}
