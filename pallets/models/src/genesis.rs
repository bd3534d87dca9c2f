//! Version 0: waiting for votes, and what they decide. The rounds pallet counts them.

use crate::{
    pallet::{AwaitingGenesis, Config, Error, Event, Models, Pallet, Versions},
    types::{Genesis, Model},
    WeightInfo,
};
use frame_support::{ensure, migrations::MultiStepMigrator, traits::Get, weights::Weight};
use quorate_primitives::{
    traits::GenesisBlob,
    version::{Origin, VersionRecord},
    views::{FileShape, ModelState},
    ModelId, Root,
};
use sp_runtime::DispatchResult;

/// Number of the version that the owner gives.
const GENESIS_VERSION: u32 = 0;

impl<T: Config> Pallet<T> {
    /// Put a model among those that await votes.
    pub(crate) fn await_votes(id: ModelId) -> DispatchResult {
        AwaitingGenesis::<T>::try_mutate(|awaiting| match awaiting.binary_search(&id) {
            Ok(_) => Ok(()),
            Err(at) => awaiting
                .try_insert(at, id)
                .map_err(|_| Error::<T>::MaxAwaitingExceeded.into()),
        })
    }

    pub(crate) fn do_retry_genesis(id: ModelId, root: Root) -> DispatchResult {
        let until = Self::now().saturating_add(T::GenesisVoting::get());
        Self::mutate(id, |model| {
            ensure!(model.state == ModelState::Rejected, Error::<T>::NotRejected);
            model.state = ModelState::Pending;
            model.genesis = Some(Genesis { root, until });
            Ok(())
        })?;
        Self::await_votes(id)?;
        Self::deposit_event(Event::GenesisRetried { model: id, root, until });
        Ok(())
    }

    /// Version 0 of a model that awaits votes.
    pub(crate) fn pending_blob(id: ModelId) -> Option<GenesisBlob> {
        let model = Models::<T>::get(id)?;
        model.genesis.map(|genesis| GenesisBlob {
            root: genesis.root,
            len: model.file_len,
            shape: FileShape {
                header_hash: model.header_hash,
                header_len: model.header_len,
                update_len: model.update_len,
            },
            until: genesis.until,
        })
    }

    /// The votes are in. Does nothing for a model that awaits none.
    pub(crate) fn decide_genesis(id: ModelId, available: bool) {
        let Some(mut model) = Models::<T>::get(id) else { return };
        let Some(Genesis { root, .. }) = model.genesis.take() else {
            return;
        };
        AwaitingGenesis::<T>::mutate(|awaiting| awaiting.retain(|waiting| *waiting != id));
        if available {
            Self::record_genesis(id, &mut model, root);
            Self::deposit_event(Event::Activated { model: id, root });
        } else {
            model.state = ModelState::Rejected;
            Self::deposit_event(Event::Rejected { model: id, root });
        }
        Models::<T>::insert(id, model);
    }

    fn record_genesis(id: ModelId, model: &mut Model, root: Root) {
        let record = VersionRecord {
            model: id,
            version: GENESIS_VERSION,
            root,
            len: model.file_len,
            policy_hash: model.policy.hash(),
            origin: Origin::Genesis,
            block: Self::now(),
            history_root: model.history.root(),
        };
        model.history.push(record.hash());
        model.state = ModelState::Active;
        model.latest = Some(GENESIS_VERSION);
        model.head = Some(GENESIS_VERSION);
        Versions::<T>::insert(id, GENESIS_VERSION, record);
    }

    /// During a multi-block migration nobody can vote: each such block moves the deadlines on by one.
    pub(crate) fn shift_deadlines_while_migrating() -> Weight {
        if !T::MultiBlockMigrator::ongoing() {
            return Weight::zero();
        }
        let awaiting = AwaitingGenesis::<T>::get();
        for id in &awaiting {
            Models::<T>::mutate(id, |entry| {
                if let Some(genesis) = entry.as_mut().and_then(|model| model.genesis.as_mut()) {
                    genesis.until = genesis.until.saturating_add(1);
                }
            });
        }
        T::WeightInfo::shift_deadlines(u32::try_from(awaiting.len()).unwrap_or(u32::MAX))
    }
}
