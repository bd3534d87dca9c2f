//! What the runtime API shows of models and versions.

use crate::{
    pallet::{Assessments, Config, LiveModels, Models, NextModel, Pallet, Promotions, Readers, Settlements, Versions},
    types::{Model, SERVED_VERSIONS},
    versions::{next_version, parent_of},
};
use alloc::{string::String, vec::Vec};
use quorate_primitives::{
    policy::Access,
    traits::Consortium,
    version::{Origin, VersionRecord},
    views::{gateway::VersionBlob, tasks::FileShape, BlobRef, ModelState, ModelView, VersionView},
    Balance, ModelId, OrganisationId, RoundId, VersionIndex,
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
            owner: T::Consortium::organisation_account(model.organisation),
            organisation: model.organisation,
            state: model.state,
            policy: model.policy,
            header_hash: model.header_hash,
            header_len: model.header_len,
            file_len: model.file_len,
            update_len: model.update_len,
            parent: model.parent,
            frozen_base: model.frozen_base.map(Into::into),
            latest: model.latest,
            head: model.head,
            fund,
            open_round,
        })
    }

    /// Numbers of models from `from` on, at most `limit` and 64.
    pub fn ids(from: ModelId, limit: u32) -> Vec<ModelId> {
        let end = NextModel::<T>::get().min(from.saturating_add(limit.min(MAX_LIMIT)));
        (from..end).collect()
    }

    /// A version with its status, settlement and promotion.
    pub fn version(model: ModelId, version: VersionIndex) -> Option<VersionView> {
        Some(VersionView {
            record: Versions::<T>::get(model, version)?,
            status: Self::status(model, version)?,
            settlement: Settlements::<T>::get(model, version),
            assessment: Assessments::<T>::get(model, version),
            promotion: Promotions::<T>::get(model, version),
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

    /// What the files of a model are checked against, and the length of a version's: for votes on a version that its owner gave.
    pub fn genesis_context(id: ModelId) -> Option<(FileShape, u64)> {
        let model = Models::<T>::get(id)?;
        let shape = FileShape {
            model: id,
            header_hash: model.header_hash,
            header_len: model.header_len,
            update_len: model.update_len,
        };
        Some((shape, model.file_len))
    }

    /// The first model from `from` on that is not retired.
    pub fn gateway_models(from: ModelId) -> Option<ModelId> {
        let live = LiveModels::<T>::get();
        live.get(live.partition_point(|id| *id < from)).copied()
    }

    /// Files that a validator's gateway may take and show: the newest 64 versions of a model that is not retired, and one that
    /// awaits votes.
    pub fn gateway_versions(id: ModelId) -> Vec<VersionBlob> {
        let Some(model) = Models::<T>::get(id).filter(|model| model.state != ModelState::Retired) else {
            return Vec::new();
        };
        let newest = next_version(&model).unwrap_or(VersionIndex::MAX);
        let served = (newest.saturating_sub(SERVED_VERSIONS)..newest)
            .filter_map(|version| Versions::<T>::get(id, version))
            .map(|record| Self::version_blob(&model, &record));
        let pending = model.candidate.map(|root| VersionBlob {
            model: id,
            version: newest,
            blob: BlobRef {
                root,
                len: model.file_len,
            },
            access: model.policy.access,
            pending: true,
            optimiser: None,
        });
        served.chain(pending).collect()
    }

    /// A recorded version that gateways are asked to serve.
    pub(crate) fn served_version(id: ModelId, version: VersionIndex) -> Option<VersionBlob> {
        let model = Models::<T>::get(id).filter(|model| model.state != ModelState::Retired)?;
        let newest = next_version(&model).unwrap_or(VersionIndex::MAX);
        let record = Versions::<T>::get(id, version).filter(|_| version >= newest.saturating_sub(SERVED_VERSIONS))?;
        Some(Self::version_blob(&model, &record))
    }

    /// Whether an organisation may use a version: by what gateways show it to, and always where it owns the model.
    pub(crate) fn admits(id: ModelId, version: VersionIndex, organisation: OrganisationId) -> bool {
        let (Some(model), Some(record)) = (Models::<T>::get(id), Versions::<T>::get(id, version)) else {
            return false;
        };
        let access = Self::version_blob(&model, &record).access;
        access.admits(organisation, model.organisation, &Readers::<T>::get(id))
    }

    fn version_blob(model: &Model, record: &VersionRecord) -> VersionBlob {
        // Nobody is paid for what does not pass its gate: then validators alone have it (docs/decisions/027).
        let hidden = (model.policy.promotion.served && !Self::is_promoted(record))
            || !Self::stands(record.model, record.version);
        VersionBlob {
            model: record.model,
            version: record.version,
            blob: BlobRef {
                root: record.root,
                len: record.len,
            },
            access: if hidden {
                Access::Validators
            } else {
                model.policy.access
            },
            pending: false,
            optimiser: match record.origin {
                Origin::Round(origin) => origin.outcome.optimiser,
                Origin::Genesis => None,
            },
        }
    }

    /// Organisations that the owner admitted to read a model whose access is `Contributors` or `Organisations`, ascending.
    pub fn readers(id: ModelId) -> Vec<OrganisationId> {
        Readers::<T>::get(id).into_inner()
    }
}
