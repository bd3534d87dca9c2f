//! Versions: their records, history and status, and what the rounds pallet sees of a model.

use crate::{
    pallet::{AwaitingGenesis, Config, Error, Event, Models, Pallet, Policies, Settlements, Statuses, Versions},
    types::{Model, MAX_REVOKED_STEPS},
};
use alloc::vec::Vec;
use frame_support::ensure;
use quorate_primitives::{
    policy::{continues, Policy},
    traits::{GenesisBlob, RoundBase},
    version::{Origin, RoundOrigin, Settlement, VersionRecord, VersionStatus},
    views::ModelState,
    AccountId, BlockNumber, Hash, ModelId, Root, VersionIndex,
};
use sp_runtime::{DispatchError, DispatchResult};

/// The version that a version was made from.
pub(crate) fn parent_of(record: &VersionRecord) -> Option<VersionIndex> {
    match record.origin {
        Origin::Genesis => None,
        Origin::Round(round) => Some(round.parent),
    }
}

impl<T: Config> Pallet<T> {
    /// A version's status at this block; `None` when there is no such version.
    pub fn status(model: ModelId, version: VersionIndex) -> Option<VersionStatus> {
        if !Versions::<T>::contains_key(model, version) {
            return None;
        }
        Some(match Statuses::<T>::get(model, version) {
            Some(VersionStatus::Provisional { until }) if Self::now() < until => VersionStatus::Provisional { until },
            Some(VersionStatus::Revoked) => VersionStatus::Revoked,
            Some(VersionStatus::Provisional { .. } | VersionStatus::Final) | None => VersionStatus::Final,
        })
    }

    /// The policy with this hash, if it was ever set.
    pub fn policy(hash: Hash) -> Option<Policy> {
        Policies::<T>::get(hash)
    }

    pub(crate) fn do_revoke(id: ModelId, version: VersionIndex) -> DispatchResult {
        let status = Self::status(id, version);
        let head = Self::mutate(id, |model| {
            let status = status.ok_or(Error::<T>::VersionNotFound)?;
            ensure!(status != VersionStatus::Revoked, Error::<T>::AlreadyRevoked);
            Statuses::<T>::insert(id, version, VersionStatus::Revoked);
            if model.head == Some(version) {
                model.head = Self::nearest_standing(id, version);
            }
            Ok(model.head)
        })?;
        Self::deposit_event(Event::VersionRevoked {
            model: id,
            version,
            head,
        });
        Ok(())
    }

    /// The nearest ancestor of a revoked version that is not revoked itself.
    fn nearest_standing(id: ModelId, revoked: VersionIndex) -> Option<VersionIndex> {
        let mut version = revoked;
        for _ in 0..MAX_REVOKED_STEPS {
            version = parent_of(&Versions::<T>::get(id, version)?)?;
            if Self::status(id, version) != Some(VersionStatus::Revoked) {
                return Some(version);
            }
        }
        None
    }

    fn round_base_of(id: ModelId, model: &Model) -> Option<RoundBase> {
        if model.state != ModelState::Active {
            return None;
        }
        let base = Versions::<T>::get(id, model.head?)?;
        let previous = parent_of(&base).and_then(|parent| Versions::<T>::get(id, parent));
        Some(RoundBase {
            base: base.version,
            base_root: base.root,
            previous_root: previous.map(|record| record.root),
            optimiser: Self::optimiser_of(&base, &model.policy),
            policy: model.policy,
            update_len: model.update_len,
            file_len: model.file_len,
        })
    }

    /// The optimiser state that a version came with, if the optimiser of `policy` can go on from it.
    fn optimiser_of(base: &VersionRecord, policy: &Policy) -> Option<Root> {
        let Origin::Round(origin) = base.origin else {
            return None;
        };
        let state = origin.outcome.optimiser?;
        let former = Policies::<T>::get(base.policy_hash)?;
        continues(&former.pipeline.server, &policy.pipeline.server).then_some(state)
    }

    fn record_round(
        id: ModelId,
        model: &mut Model,
        origin: RoundOrigin,
        policy_hash: Hash,
        challenge: BlockNumber,
    ) -> Result<VersionIndex, DispatchError> {
        let latest = model.latest.ok_or(Error::<T>::NoBaseVersion)?;
        ensure!(origin.parent <= latest, Error::<T>::NoBaseVersion);
        ensure!(
            origin.outcome.output_len == model.file_len,
            Error::<T>::OutputLengthDiffers
        );
        let version = latest.checked_add(1).ok_or(Error::<T>::MaxVersionsExceeded)?;
        let block = Self::now();
        let record = VersionRecord {
            model: id,
            version,
            root: origin.outcome.output,
            len: origin.outcome.output_len,
            policy_hash,
            origin: Origin::Round(origin),
            block,
            history_root: model.history.root(),
        };
        model.history.push(record.hash());
        model.latest = Some(version);
        model.head = Some(version);
        Versions::<T>::insert(id, version, record);
        let until = (challenge > 0).then(|| block.saturating_add(challenge));
        if let Some(until) = until {
            Statuses::<T>::insert(id, version, VersionStatus::Provisional { until });
        }
        let (root, round) = (record.root, origin.round);
        Self::deposit_event(Event::VersionRecorded {
            model: id,
            version,
            root,
            round,
            until,
        });
        Ok(version)
    }
}

impl<T: Config> quorate_primitives::traits::Models for Pallet<T> {
    fn owner(model: ModelId) -> Option<AccountId> {
        Models::<T>::get(model).map(|model| model.owner)
    }

    fn round_base(model: ModelId) -> Option<RoundBase> {
        Self::round_base_of(model, &Models::<T>::get(model)?)
    }

    fn genesis_blob(model: ModelId) -> Option<GenesisBlob> {
        Self::pending_blob(model)
    }

    fn awaiting_genesis() -> Vec<ModelId> {
        AwaitingGenesis::<T>::get().into_inner()
    }

    fn genesis_decided(model: ModelId, available: bool) {
        Self::decide_genesis(model, available);
    }

    fn record(
        model: ModelId,
        origin: RoundOrigin,
        policy_hash: Hash,
        challenge: BlockNumber,
    ) -> Result<VersionIndex, DispatchError> {
        Self::mutate(model, |entry| {
            Self::record_round(model, entry, origin, policy_hash, challenge)
        })
    }

    fn settled(model: ModelId, version: VersionIndex, settlement: Settlement) {
        if Settlements::<T>::contains_key(model, version) || !Versions::<T>::contains_key(model, version) {
            return;
        }
        Settlements::<T>::insert(model, version, settlement);
        Self::deposit_event(Event::VersionSettled {
            model,
            version,
            settlement,
        });
    }
}
