//! How much a store may grow.

use crate::{cache, BlobError, BlobStore};
use std::sync::{
    atomic::{AtomicU64, Ordering},
    Arc,
};
use tokio::sync::Mutex;

/// How much a store may grow. What is to come is reserved before its first byte is taken.
#[derive(Clone, Debug)]
pub struct Quota {
    store: BlobStore,
    room: Room,
    /// Bytes that are reserved and not all here yet.
    coming: Arc<AtomicU64>,
    /// One at a time looks whether there is room, so that what is refused takes nobody's meanwhile.
    asking: Arc<Mutex<()>>,
}

/// How much room there is; by default as much as the disk has.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Room {
    /// Bytes of all blobs, their outboards, and parts of others together, at most.
    pub max: Option<u64>,
    /// Bytes of the disk that must stay free; counts for what is in local folders only.
    pub keep_free: u64,
}

/// Room that was promised to one blob, until it is dropped.
#[derive(Debug)]
pub struct Reservation {
    coming: Arc<AtomicU64>,
    size: u64,
}

impl Reservation {
    /// So many bytes of it are in a part that counts by itself.
    pub fn arrived(&mut self, bytes: u64) {
        let bytes = bytes.min(self.size);
        self.size -= bytes;
        self.coming.fetch_sub(bytes, Ordering::Relaxed);
    }
}

impl Drop for Reservation {
    fn drop(&mut self) {
        self.coming.fetch_sub(self.size, Ordering::Relaxed);
    }
}

impl Quota {
    /// A quota of a store. There must be one for all that write to it; clones are the same.
    pub fn new(store: BlobStore, room: Room) -> Self {
        Self {
            store,
            room,
            coming: Arc::default(),
            asking: Arc::default(),
        }
    }

    /// The store.
    pub fn store(&self) -> &BlobStore {
        &self.store
    }

    /// Promises room for a blob of `len` bytes. While it arrives it may be counted twice: too little is promised, never too much.
    ///
    /// # Errors
    /// `OverQuota`, `DiskFull`; `Store` or `Io` if the store cannot tell how full it is.
    pub async fn reserve(&self, len: u64) -> Result<Reservation, BlobError> {
        let size = on_disk(len);
        // What can never fit, and what the disk has no room for, waits for nobody and reads no list.
        if let Some(max) = self.room.max.filter(|max| size > *max) {
            let used = self.coming.load(Ordering::Relaxed);
            return Err(BlobError::OverQuota {
                needed: size,
                used,
                max,
            });
        }
        self.disk_has(size)?;
        let _asking = self.asking.lock().await;
        if let Some(max) = self.room.max {
            let used = self.used().await?;
            if used.saturating_add(size) > max {
                return Err(BlobError::OverQuota {
                    needed: size,
                    used,
                    max,
                });
            }
        }
        self.disk_has(size)?;
        self.coming.fetch_add(size, Ordering::Relaxed);
        Ok(Reservation {
            coming: self.coming.clone(),
            size,
        })
    }

    /// Bytes that are here, and that are coming.
    async fn used(&self) -> Result<u64, BlobError> {
        let held = self.store.list().await?;
        let parts = self.store.parts()?;
        let sizes = held
            .iter()
            .map(|blob| on_disk(blob.len))
            .chain(parts.iter().map(|part| part.len));
        Ok(sizes.fold(self.coming.load(Ordering::Relaxed), u64::saturating_add))
    }

    /// How many bytes could be promised now; `None` if that is not known to have an end.
    ///
    /// # Errors
    /// As of [`Quota::reserve`].
    pub async fn left(&self) -> Result<Option<u64>, BlobError> {
        let _asking = self.asking.lock().await;
        let of_quota = match self.room.max {
            Some(max) => Some(max.saturating_sub(self.used().await?)),
            None => None,
        };
        let coming = self.coming.load(Ordering::Relaxed);
        let of_disk = self
            .store
            .free()?
            .map(|free| free.saturating_sub(coming).saturating_sub(self.room.keep_free));
        Ok(of_quota.into_iter().chain(of_disk).min())
    }

    fn disk_has(&self, needed: u64) -> Result<(), BlobError> {
        let Some(free) = self.store.free()? else { return Ok(()) };
        let (coming, keep) = (self.coming.load(Ordering::Relaxed), self.room.keep_free);
        let free = match &self.store.cache {
            // Copies of what lives elsewhere give way.
            Some(cache) if free < needed.saturating_add(keep).saturating_add(coming) => {
                cache.give_way(needed.saturating_add(keep).saturating_add(coming))?;
                self.store.free()?.unwrap_or(free)
            }
            _ => free,
        };
        let free = free.saturating_sub(coming);
        match free < needed.saturating_add(keep) {
            true => Err(BlobError::DiskFull { needed, free, keep }),
            false => Ok(()),
        }
    }
}

/// Bytes of a blob and of its outboard: 64 for each group of 16 KiB, at most.
fn on_disk(len: u64) -> u64 {
    len.saturating_add(len.div_ceil(crate::GROUP as u64).saturating_mul(64))
}

impl BlobStore {
    /// Bytes that this process may still write to the disk of a local store; `None` for other stores.
    ///
    /// # Errors
    /// `Io`.
    pub fn free(&self) -> Result<Option<u64>, BlobError> {
        let Some(folder) = &self.local else { return Ok(None) };
        Ok(Some(cache::free(&folder.path)?))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    async fn store() -> (tempfile::TempDir, BlobStore) {
        let folder = tempfile::tempdir().unwrap();
        let store = BlobStore::local(folder.path()).unwrap();
        store.put_bytes(vec![1; 100_000].into()).await.unwrap();
        (folder, store)
    }

    #[tokio::test]
    async fn what_is_held_and_what_is_coming_should_count_together() {
        let (_folder, store) = store().await;
        let room = Room {
            max: Some(on_disk(100_000) + 2 * on_disk(50_000)),
            keep_free: 0,
        };
        let quota = Quota::new(store.clone(), room);
        let first = quota.reserve(50_000).await.unwrap();
        let _second = quota.clone().reserve(50_000).await.unwrap();
        let refused = quota.reserve(1).await;
        assert!(
            matches!(refused, Err(BlobError::OverQuota { needed: 65, .. })),
            "{refused:?}"
        );
        drop(first);
        let _third = quota.reserve(50_000).await.unwrap();
        // A reservation that failed holds nothing back.
        let (held, ..) = (store.list().await.unwrap(), quota.reserve(1).await.unwrap_err());
        store.remove(&held[0].root).await.unwrap();
        quota.reserve(100_000).await.unwrap();
    }

    #[tokio::test]
    async fn what_never_fits_should_take_nobodys_room_while_it_is_refused() {
        let (_folder, store) = store().await;
        for room in [
            Room {
                max: Some(1 << 20),
                keep_free: 0,
            },
            Room::default(),
        ] {
            let quota = Quota::new(store.clone(), room);
            let (huge, small) = tokio::join!(quota.reserve(1 << 60), quota.reserve(1_000));
            assert!(huge.is_err());
            small.unwrap();
        }
        // Nor does what does not fit just now.
        let max = Some(1 << 20);
        let quota = Quota::new(store.clone(), Room { max, keep_free: 0 });
        let (large, small) = tokio::join!(quota.reserve(1_000_000), quota.reserve(1_000));
        assert!(large.is_err());
        small.unwrap();
    }

    #[tokio::test]
    async fn the_disk_should_keep_some_room() {
        let (_folder, store) = store().await;
        let free = store.free().unwrap().expect("a local folder has a disk");
        let quota = |keep_free| Quota::new(store.clone(), Room { max: None, keep_free });
        assert!(free > 1 << 20, "this test needs 1 MiB of free disk");
        quota(0).reserve(1_000).await.unwrap();
        let refused = quota(u64::MAX / 2).reserve(1_000).await;
        assert!(matches!(refused, Err(BlobError::DiskFull { .. })), "{refused:?}");
        assert!(quota(0).reserve(u64::MAX).await.is_err());
    }
}
