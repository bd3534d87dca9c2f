//! Room for uploads by organisation: what one has under way leaves room for others.

use crate::{parts, slots::Uploader, Gateway};
use quorate_blobs::{BlobError, Reservation};
use quorate_primitives::OrganisationId;
use std::{
    collections::HashMap,
    sync::{Arc, Mutex, PoisonError},
};

/// What each organisation has reserved.
#[derive(Debug, Default)]
pub(crate) struct Shares {
    reserved: Mutex<HashMap<OrganisationId, u64>>,
    /// One at a time looks how much there is.
    asking: tokio::sync::Mutex<()>,
}

/// Room for one upload, until it is dropped.
#[derive(Debug)]
pub(crate) struct Share {
    shares: Arc<Shares>,
    organisation: OrganisationId,
    len: u64,
    _room: Reservation,
}

/// Why there is no room.
#[derive(Debug)]
pub(crate) enum NoRoom {
    /// The rest is for other organisations.
    Share,
    Store(BlobError),
}

impl From<BlobError> for NoRoom {
    fn from(error: BlobError) -> Self {
        Self::Store(error)
    }
}

impl Shares {
    fn change<T>(&self, change: impl FnOnce(&mut HashMap<OrganisationId, u64>) -> T) -> T {
        change(&mut self.reserved.lock().unwrap_or_else(PoisonError::into_inner))
    }
}

/// Room for an upload of `len` bytes. One is always tried; of several an organisation has no more than half of what there is for uploads,
/// those that are under way included.
pub(crate) async fn reserve(gateway: &Gateway, who: &Uploader, len: u64) -> Result<Share, NoRoom> {
    let shares = &gateway.shares;
    let _asking = shares.asking.lock().await;
    let (own, all) = shares.change(|reserved| {
        let all = reserved.values().fold(0, |sum: u64, len| sum.saturating_add(*len));
        (reserved.get(&who.organisation).copied().unwrap_or(0), all)
    });
    if own > 0 {
        let there = gateway.quota.left().await?.map(|left| left.saturating_add(all));
        if there.is_some_and(|there| own.saturating_add(len) > there / 2) {
            return Err(NoRoom::Share);
        }
    }
    let room = parts::reserve(gateway, len).await?;
    shares.change(|reserved| {
        let reserved = reserved.entry(who.organisation).or_default();
        *reserved = reserved.saturating_add(len);
    });
    Ok(Share {
        shares: shares.clone(),
        organisation: who.organisation,
        len,
        _room: room,
    })
}

impl Drop for Share {
    fn drop(&mut self) {
        self.shares.change(|reserved| {
            if let Some(left) = reserved.get_mut(&self.organisation) {
                *left = left.saturating_sub(self.len);
            }
            reserved.retain(|_, len| *len > 0);
        });
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::Limits;
    use quorate_blobs::{BlobStore, Quota, Room};
    use quorate_primitives::AccountId;

    #[tokio::test]
    async fn uploads_of_one_organisation_should_leave_room_for_others() {
        let store = BlobStore::open("memory:///").unwrap();
        let (max, keep_free) = (Some(1_000_000), 0);
        let quota = Quota::new(store.clone(), Room { max, keep_free });
        let gateway = Gateway::new(store, tokio::sync::watch::channel(None).1, Limits::default()).with_quota(quota);
        let reserve = |organisation: OrganisationId, len: u64| {
            let (gateway, account) = (gateway.clone(), AccountId::new([1; 32]));
            async move { super::reserve(&gateway, &Uploader { account, organisation }, len).await }
        };
        let first = reserve(1, 300_000).await.unwrap();
        assert!(matches!(reserve(1, 300_000).await, Err(NoRoom::Share)));
        let _small = reserve(1, 100_000).await.unwrap();
        let _other = reserve(2, 300_000).await.unwrap();
        assert!(matches!(reserve(1, 150_000).await, Err(NoRoom::Share)));
        drop(first);
        let second = reserve(1, 300_000).await.unwrap();
        // What fits nowhere is no matter of shares.
        assert!(matches!(
            reserve(3, 400_000).await,
            Err(NoRoom::Store(BlobError::OverQuota { .. }))
        ));
        drop((second, _small, _other));
        assert!(gateway.shares.change(|reserved| reserved.is_empty()));
        // A single one may be as large as it is.
        reserve(1, 900_000).await.unwrap();
    }
}
