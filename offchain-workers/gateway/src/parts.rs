//! Parts of uploads that broke off: kept for a while for their uploaders, few of each, and only where nobody else needs the room.

use crate::{slots::Uploader, Gateway, Limits};
use quorate_blobs::{BlobError, BlobStore, PartInfo, Reservation};
use quorate_gateway_api::Root;
use quorate_primitives::{AccountId, OrganisationId};
use std::time::{Duration, SystemTime};
use tokio::sync::watch;

/// Interval in which old parts are looked for.
const INTERVAL: Duration = Duration::from_secs(60);

/// How the parts of an uploader are named.
pub(crate) fn owner(uploader: &Uploader) -> String {
    let account: &[u8; 32] = uploader.account.as_ref();
    format!("{}-{}", quorate_gateway_api::name(account), uploader.organisation)
}

fn uploader(owner: &str) -> Option<Uploader> {
    let (account, organisation) = owner.split_once('-')?;
    Some(Uploader {
        account: AccountId::new(quorate_gateway_api::parse_name(account)?),
        organisation: organisation.parse::<OrganisationId>().ok()?,
    })
}

/// Removes parts until this uploader and its organisation may have one more, of this blob. Those that are written stay, for slots bound them.
pub(crate) fn keep_few(gateway: &Gateway, root: &Root, who: &Uploader) -> Result<(), BlobError> {
    let (store, limits) = (&gateway.store, &gateway.limits);
    let mine = owner(who);
    // Looked for twice: what the account itself has given up costs its colleagues nothing.
    let others = || -> Result<Vec<PartInfo>, BlobError> {
        let mut others = store.parts()?;
        others.retain(|part| (&part.root, &part.owner) != (root, &mine));
        Ok(others)
    };
    let of = |part: &PartInfo| uploader(&part.owner);
    let of_account = |part: &PartInfo| of(part).is_some_and(|of| of.account == who.account);
    let of_organisation = |part: &PartInfo| of(part).is_some_and(|of| of.organisation == who.organisation);
    fewer(store, &others()?, of_account, limits.uploads_of_account)?;
    fewer(store, &others()?, of_organisation, limits.uploads_of_organisation)
}

/// Removes the oldest of these until there are fewer than `max`.
fn fewer(
    store: &BlobStore,
    parts: &[PartInfo],
    these: impl Fn(&PartInfo) -> bool,
    max: usize,
) -> Result<(), BlobError> {
    let mut these: Vec<&PartInfo> = parts.iter().filter(|part| these(part)).collect();
    these.sort_by_key(|part| part.changed);
    let surplus = (these.len() + 1).saturating_sub(max);
    for part in these.into_iter().take(surplus) {
        store.remove_part(&part.root, &part.owner)?;
    }
    Ok(())
}

/// Removes what this uploader has brought of this blob.
pub(crate) fn begin_anew(gateway: &Gateway, root: &Root, who: &Uploader) -> Result<(), BlobError> {
    match gateway.store.remove_part(root, &owner(who)) {
        // Whoever is just ending with it is met when it is opened.
        Ok(_) | Err(BlobError::NotLocal) => Ok(()),
        Err(error) => Err(error),
    }
}

/// Room for an upload; parts that nobody writes give way to it, the oldest first, if all of them together make enough.
pub(crate) async fn reserve(gateway: &Gateway, len: u64) -> Result<Reservation, BlobError> {
    let mut idle: Option<Vec<PartInfo>> = None;
    loop {
        let error = match gateway.quota.reserve(len).await {
            Err(error @ (BlobError::OverQuota { .. } | BlobError::DiskFull { .. })) => error,
            other => return other,
        };
        if idle.is_none() {
            let mut parts = Vec::new();
            for part in gateway.store.parts()? {
                if !is_written(gateway, &part)? {
                    parts.push(part);
                }
            }
            parts.sort_by_key(|part| std::cmp::Reverse(part.changed));
            idle = Some(parts);
        }
        let idle = idle.get_or_insert_default();
        let enough = missing(&error).is_some_and(|missing| {
            let given = idle.iter().map(|part| part.len).fold(0, u64::saturating_add);
            missing <= given
        });
        let oldest = match enough {
            true => idle.pop(),
            false => None,
        };
        let Some(oldest) = oldest else {
            return Err(error);
        };
        gateway.store.remove_part(&oldest.root, &oldest.owner)?;
    }
}

fn is_written(gateway: &Gateway, part: &PartInfo) -> Result<bool, BlobError> {
    match uploader(&part.owner) {
        Some(who) => Ok(gateway.slots.has(&part.root, &who)),
        None => gateway.store.is_part_written(&part.root, &part.owner),
    }
}

/// How many bytes less there would have to be; `None` if it could not fit even then.
fn missing(error: &BlobError) -> Option<u64> {
    match *error {
        BlobError::OverQuota { needed, used, max } if needed <= max => Some(used.saturating_add(needed) - max),
        BlobError::DiskFull { needed, free, keep } => Some(needed.saturating_add(keep).saturating_sub(free)),
        _ => None,
    }
}

/// Removes old parts from time to time, until `stop`.
pub(crate) async fn sweep(store: BlobStore, limits: Limits, mut stop: watch::Receiver<bool>) {
    loop {
        if let Err(error) = remove_old(&store, limits.keep_parts).await {
            tracing::warn!(%error, "removing what is left of uploads");
        }
        tokio::select! {
            _ = stop.wait_for(|stop| *stop) => return,
            () = tokio::time::sleep(INTERVAL) => (),
        }
    }
}

/// Removes parts that have not grown for so long, and those of blobs that are held by now.
async fn remove_old(store: &BlobStore, keep: Duration) -> Result<(), BlobError> {
    for part in store.parts()? {
        let age = SystemTime::now().duration_since(part.changed).unwrap_or_default();
        if age >= keep || store.len(&part.root).await?.is_some() {
            store.remove_part(&part.root, &part.owner)?;
        }
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;
    use quorate_blobs::{Quota, Room};
    use tokio::sync::watch;

    async fn put(store: &BlobStore, root: u8, who: &Uploader) {
        let mut part = store.part(&[root; 32], &owner(who), 100).await.unwrap().unwrap();
        part.write(&[0; 50]).await.unwrap();
        part.keep().await;
    }

    fn who(account: u8, organisation: OrganisationId) -> Uploader {
        Uploader {
            account: AccountId::new([account; 32]),
            organisation,
        }
    }

    #[tokio::test]
    async fn parts_should_be_few_for_each_uploader_and_not_live_for_ever() {
        let dir = tempfile::tempdir().unwrap();
        let store = BlobStore::local(dir.path()).unwrap();
        let (_view, seen) = watch::channel(None);
        let gateway = Gateway::new(store.clone(), seen, Limits::default());
        for n in 1..=6 {
            let who = who(n / 3, u32::from(n / 3));
            keep_few(&gateway, &[n; 32], &who).unwrap();
            put(&store, n, &who).await;
        }
        let roots = || {
            let mut roots: Vec<u8> = store.parts().unwrap().iter().map(|part| part.root[0]).collect();
            roots.sort_unstable();
            roots
        };
        // Two of an account: the third part of account 1 took the place of its first.
        assert_eq!(roots(), [1, 2, 4, 5, 6]);
        keep_few(&gateway, &[5; 32], &who(1, 1)).unwrap();
        assert_eq!(roots(), [1, 2, 4, 5, 6], "the same one is gone on with");
        // Four of an organisation.
        for n in 10..15 {
            keep_few(&gateway, &[n; 32], &who(n, 9)).unwrap();
            put(&store, n, &who(n, 9)).await;
        }
        assert_eq!(roots(), [1, 2, 4, 5, 6, 11, 12, 13, 14]);
        // One that gives up a part of its own takes none of its colleagues'.
        keep_few(&gateway, &[20; 32], &who(14, 9)).unwrap();
        put(&store, 20, &who(14, 9)).await;
        assert_eq!(roots(), [1, 2, 4, 5, 6, 12, 13, 14, 20]);
        keep_few(&gateway, &[21; 32], &who(14, 9)).unwrap();
        put(&store, 21, &who(14, 9)).await;
        assert_eq!(roots(), [1, 2, 4, 5, 6, 12, 13, 20, 21]);
        remove_old(&store, Duration::from_secs(3_600)).await.unwrap();
        assert_eq!(roots().len(), 9);
        remove_old(&store, Duration::ZERO).await.unwrap();
        assert!(roots().is_empty());
    }

    #[tokio::test]
    async fn parts_should_stay_where_all_of_them_would_not_make_room_enough() {
        let dir = tempfile::tempdir().unwrap();
        let store = BlobStore::local(dir.path()).unwrap();
        let (_view, seen) = watch::channel(None);
        // 964 with its outboard.
        store.put_bytes(vec![1; 900].into()).await.unwrap();
        let (max, keep_free) = (Some(2_000), 0);
        let quota = Quota::new(store.clone(), Room { max, keep_free });
        let gateway = Gateway::new(store.clone(), seen, Limits::default()).with_quota(quota);
        for n in [1, 2] {
            put(&store, n, &who(n, 1)).await;
        }
        let parts = || store.parts().unwrap().len();
        for len in [1_000, 1_900, 5_000] {
            reserve(&gateway, len).await.unwrap_err();
            assert_eq!(parts(), 2);
        }
        reserve(&gateway, 2_000 - 964 - 64 - 50).await.unwrap();
        assert_eq!(parts(), 1);
        reserve(&gateway, 2_000 - 964 - 64).await.unwrap();
        assert_eq!(parts(), 0);
    }
}
