//! What the runtime API shows of models and versions.

use crate::{
    pallet::{Config, Models, Pallet, Settlements, Versions},
    types::SERVED_VERSIONS,
    versions::parent_of,
};
use alloc::{string::String, vec::Vec};
use quorate_primitives::{
    version::{Origin, VersionRecord},
    views::{BlobRef, ModelState, ModelView, VersionBlob, VersionView},
    Balance, ModelId, RoundId, VersionIndex,
};

/// Most entries of one answer.
const MAX_LIMIT: u32 = 64;

impl<T: Config> Pallet<T> {
    /// A model. `fund` and `open_round` are kept by other pallets.
    pub fn view(id: ModelId, fund: Balance, open_round: Option<RoundId>) -> Option<ModelView> {
        let model = Models::<T>::get(id)?;
        Some(ModelView {
            id,
            name: String::from_utf8_lossy(&model.name).into_owned(),
            owner: model.owner,
            organisation: model.organisation,
            state: model.state,
            policy: model.policy,
            header_hash: model.header_hash,
            header_len: model.header_len,
            file_len: model.file_len,
            update_len: model.update_len,
            parent: model.parent,
            latest: model.latest,
            fund,
            open_round,
        })
    }

    /// Numbers of models from `from` on, at most `limit` and 64.
    pub fn ids(from: ModelId, limit: u32) -> Vec<ModelId> {
        let end = crate::NextModel::<T>::get().min(from.saturating_add(limit.min(MAX_LIMIT)));
        (from..end).collect()
    }

    /// A version with its status and settlement.
    pub fn version(model: ModelId, version: VersionIndex) -> Option<VersionView> {
        Some(VersionView {
            record: Versions::<T>::get(model, version)?,
            status: Self::status(model, version)?,
            settlement: Settlements::<T>::get(model, version),
        })
    }

    /// Versions of a model from `from` on, at most `limit` and 64.
    pub fn versions(model: ModelId, from: VersionIndex, limit: u32) -> Vec<VersionView> {
        let end = from.saturating_add(limit.min(MAX_LIMIT));
        (from..end).map_while(|version| Self::version(model, version)).collect()
    }

    /// The versions that `version` was made from, nearest first, at most `limit` and 64.
    pub fn ancestors(model: ModelId, version: VersionIndex, limit: u32) -> Vec<VersionRecord> {
        let parent = |record: &VersionRecord| Versions::<T>::get(model, parent_of(record)?);
        let first = Versions::<T>::get(model, version).as_ref().and_then(parent);
        let limit = usize::try_from(limit.min(MAX_LIMIT)).unwrap_or_default();
        core::iter::successors(first, parent).take(limit).collect()
    }

    /// Files that a validator's gateway may take and show: a version 0 that awaits votes, and the newest 64 versions of
    /// every model that is not retired.
    pub fn gateway_versions() -> Vec<VersionBlob> {
        let models = (0..crate::NextModel::<T>::get()).filter_map(|id| Models::<T>::get(id).map(|model| (id, model)));
        let mut blobs = Vec::new();
        for (id, model) in models.filter(|(_, model)| model.state != ModelState::Retired) {
            let access = model.policy.access;
            if let Some(genesis) = model.genesis {
                let blob = BlobRef {
                    root: genesis.root,
                    len: model.file_len,
                };
                blobs.push(VersionBlob {
                    blob,
                    access,
                    pending: true,
                    optimiser: None,
                });
            }
            let Some(latest) = model.latest else { continue };
            let oldest = latest.saturating_sub(SERVED_VERSIONS.saturating_sub(1));
            blobs.extend(
                (oldest..=latest)
                    .filter_map(|version| Versions::<T>::get(id, version))
                    .map(|record| VersionBlob {
                        blob: BlobRef {
                            root: record.root,
                            len: record.len,
                        },
                        access,
                        pending: false,
                        optimiser: match record.origin {
                            Origin::Round(origin) => origin.outcome.optimiser,
                            Origin::Genesis => None,
                        },
                    }),
            );
        }
        blobs
    }
}
