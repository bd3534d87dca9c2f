//! Versions: their records, history and status, what a round stands on, and promotion.

use crate::{
    pallet::{
        Ancestries, Assessments, Awaiting, Config, Error, Event, Models, Pallet, Policies, Promoted, Promotions,
        Provisional, Revoked, Settlements, Versions,
    },
    types::Model,
    WeightInfo,
};
use frame_support::ensure;
use quorate_primitives::{
    policy::{continues, Policy},
    traits::{RevocationSink, RoundBase},
    version::{
        AssessmentRecord, Origin, Promoter, PromotionRecord, RoundOrigin, Settlement, VersionRecord, VersionStatus,
    },
    views::{BlobRef, ModelState},
    Hash, ModelId, OrganisationId, Root, VersionIndex,
};
use sp_runtime::{DispatchError, DispatchResult, Weight};

/// The version that a version was made from.
pub(crate) fn parent_of(record: &VersionRecord) -> Option<VersionIndex> {
    match record.origin {
        Origin::Genesis => None,
        Origin::Round(round) => Some(round.parent),
    }
}

/// The version that a model will get next; `None` when there are no more numbers.
pub(crate) fn next_version(model: &Model) -> Option<VersionIndex> {
    model.latest.map_or(Some(0), |latest| latest.checked_add(1))
}

impl<T: Config> Pallet<T> {
    /// A version's status at this block; `None` when there is no such version.
    pub fn status(model: ModelId, version: VersionIndex) -> Option<VersionStatus> {
        if !Versions::<T>::contains_key(model, version) {
            return None;
        }
        if Revoked::<T>::get(model).binary_search(&version).is_ok() {
            return Some(VersionStatus::Revoked);
        }
        if Awaiting::<T>::get(model) == Some(version) {
            return Some(VersionStatus::Assessing);
        }
        if Assessments::<T>::get(model, version).is_some_and(|assessment| !assessment.passed) {
            return Some(VersionStatus::Held);
        }
        let until = Provisional::<T>::get(model, version).filter(|until| Self::now() < *until);
        Some(until.map_or(VersionStatus::Final, |until| VersionStatus::Provisional { until }))
    }

    /// The policy with this hash, if a version was recorded under it.
    pub fn policy(hash: Hash) -> Option<Policy> {
        Policies::<T>::get(hash)
    }

    /// Whether a version stands: its policy has no gate, or it passed it. False for a version that does not exist.
    pub(crate) fn stands(id: ModelId, version: VersionIndex) -> bool {
        Versions::<T>::contains_key(id, version)
            && Awaiting::<T>::get(id) != Some(version)
            && Assessments::<T>::get(id, version).is_none_or(|assessment| assessment.passed)
    }

    /// Let rounds stand on a version.
    fn stand(id: ModelId, model: &mut Model, version: VersionIndex) {
        model.standing = model.standing.max(Some(version));
        if Self::clean(id, version) {
            model.head = model.head.max(Some(version));
        }
    }

    /// Write the next record of a model. The version is clean, because its parent is. With a gate no round stands on it for now.
    pub(crate) fn append(
        id: ModelId,
        model: &mut Model,
        (root, origin): (Root, Origin),
        policy: &Policy,
    ) -> Result<VersionRecord, DispatchError> {
        let version = next_version(model).ok_or(Error::<T>::MaxVersionsExceeded)?;
        let policy_hash = policy.hash();
        let record = VersionRecord {
            model: id,
            version,
            root,
            len: model.file_len,
            policy_hash,
            origin,
            block: Self::now(),
            history_root: model.history.root(),
        };
        let place = Self::place(id, version, parent_of(&record), model.standing).ok_or(Error::<T>::NoBaseVersion)?;
        model.history.push(record.hash());
        model.latest = Some(version);
        Ancestries::<T>::insert(id, version, place);
        Versions::<T>::insert(id, version, record);
        let awaits = origin != Origin::Genesis && policy.assessment.is_some_and(|assessment| assessment.gate.is_some());
        match awaits {
            true => Awaiting::<T>::insert(id, version),
            false => {
                model.standing = Some(version);
                model.head = Some(version);
            }
        }
        if !Policies::<T>::contains_key(policy_hash) {
            Policies::<T>::insert(policy_hash, policy);
        }
        Ok(record)
    }

    fn record_round(
        id: ModelId,
        model: &mut Model,
        origin: RoundOrigin,
        policy: &Policy,
    ) -> Result<VersionIndex, DispatchError> {
        let latest = model.latest.ok_or(Error::<T>::NoBaseVersion)?;
        ensure!(origin.parent <= latest, Error::<T>::NoBaseVersion);
        ensure!(Self::clean(id, origin.parent), Error::<T>::BaseRevoked);
        ensure!(Self::stands(id, origin.parent), Error::<T>::GateNotPassed);
        // Rounds see to it that a model is not free before that.
        ensure!(!Awaiting::<T>::contains_key(id), Error::<T>::AwaitsAssessment);
        ensure!(
            origin.outcome.output_len == model.file_len,
            Error::<T>::OutputLengthDiffers
        );
        let record = Self::append(id, model, (origin.outcome.output, Origin::Round(origin)), policy)?;
        let until = (policy.challenge > 0).then(|| record.block.saturating_add(policy.challenge));
        if let Some(until) = until {
            Provisional::<T>::insert(id, record.version, until);
        }
        Self::deposit_event(Event::VersionRecorded {
            model: id,
            version: record.version,
            root: record.root,
            round: origin.round,
            until,
        });
        Ok(record.version)
    }

    pub(crate) fn do_revoke(id: ModelId, version: VersionIndex) -> DispatchResult {
        let head = Self::mutate(id, |model| {
            ensure!(
                model.latest.is_some_and(|latest| version <= latest),
                Error::<T>::VersionNotFound
            );
            Revoked::<T>::try_mutate(id, |revoked| match revoked.binary_search(&version) {
                Ok(_) => Err(Error::<T>::AlreadyRevoked),
                Err(at) => revoked
                    .try_insert(at, version)
                    .map_err(|_| Error::<T>::MaxRevocationsExceeded),
            })?;
            Self::refresh_heads(id, model);
            Ok(model.head)
        })?;
        Self::deposit_event(Event::VersionRevoked {
            model: id,
            version,
            head,
        });
        T::Rounds::revoked(id, version);
        Ok(())
    }

    pub(crate) fn do_unrevoke(id: ModelId, version: VersionIndex) -> DispatchResult {
        let head = Self::mutate(id, |model| {
            let mut revoked = Revoked::<T>::get(id);
            let at = revoked.binary_search(&version).map_err(|_| Error::<T>::NotRevoked)?;
            revoked.remove(at);
            if revoked.is_empty() {
                Revoked::<T>::remove(id);
            } else {
                Revoked::<T>::insert(id, revoked);
            }
            Self::refresh_heads(id, model);
            Ok(model.head)
        })?;
        Self::deposit_event(Event::VersionRestored {
            model: id,
            version,
            head,
        });
        Ok(())
    }

    pub(crate) fn do_promote(id: ModelId, version: VersionIndex, by: Promoter) -> DispatchResult {
        let promotion = PromotionRecord { by, block: Self::now() };
        Self::mutate(id, |model| {
            ensure!(model.state != ModelState::Retired, Error::<T>::AlreadyRetired);
            let record = Versions::<T>::get(id, version).ok_or(Error::<T>::VersionNotFound)?;
            ensure!(!Self::is_promoted(&record), Error::<T>::AlreadyPromoted);
            ensure!(Self::clean(id, version), Error::<T>::VersionNotClean);
            ensure!(Self::stands(id, version), Error::<T>::GateNotPassed);
            Promotions::<T>::insert(id, version, promotion);
            Self::list_promoted(id, version);
            model.promoted = model.promoted.max(Some(version));
            Ok(())
        })?;
        Self::deposit_event(Event::VersionPromoted {
            model: id,
            version,
            promotion,
        });
        Ok(())
    }

    /// Whether a vote stands behind a version: what an owner gave has that of the validators.
    pub(crate) fn is_promoted(record: &VersionRecord) -> bool {
        record.origin == Origin::Genesis || Promotions::<T>::contains_key(record.model, record.version)
    }

    /// Put a version among the promoted ones that rounds may stand on; the oldest makes room.
    pub(crate) fn list_promoted(id: ModelId, version: VersionIndex) {
        Promoted::<T>::mutate(id, |promoted| {
            let Err(at) = promoted.binary_search(&version) else {
                return;
            };
            let mut at = at;
            if promoted.is_full() {
                promoted.remove(0);
                at = at.saturating_sub(1);
            }
            let _has_room = promoted.try_insert(at, version);
        });
    }

    fn round_base_of(id: ModelId, model: &Model) -> Option<RoundBase> {
        if model.state != ModelState::Active {
            return None;
        }
        let version = if model.policy.promotion.bases {
            model.promoted?
        } else {
            model.head?
        };
        let base = Versions::<T>::get(id, version)?;
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
}

impl<T: Config> quorate_primitives::traits::Models for Pallet<T> {
    fn owner(model: ModelId) -> Option<OrganisationId> {
        Models::<T>::get(model).map(|model| model.organisation)
    }

    fn round_base(model: ModelId) -> Option<RoundBase> {
        Self::round_base_of(model, &Models::<T>::get(model)?)
    }

    fn head(model: ModelId) -> Option<VersionIndex> {
        Models::<T>::get(model)?.head
    }

    fn served(model: ModelId, version: VersionIndex) -> Option<BlobRef> {
        Self::served_version(model, version).map(|version| version.blob)
    }

    fn frozen_base(model: ModelId) -> Option<BlobRef> {
        Some(Models::<T>::get(model)?.frozen_base?.file())
    }

    fn may_read(model: ModelId, version: VersionIndex, organisation: OrganisationId) -> bool {
        Self::admits(model, version, organisation)
    }

    fn is_clean(model: ModelId, version: VersionIndex) -> bool {
        Self::clean(model, version)
    }

    fn passed(model: ModelId, version: VersionIndex) -> bool {
        Self::stands(model, version)
    }

    fn is_clean_weight() -> Weight {
        Self::walk_weight()
    }

    fn descends(model: ModelId, version: VersionIndex, ancestor: VersionIndex) -> bool {
        Self::is_below(model, version, ancestor)
    }

    fn descends_weight() -> Weight {
        Self::stretch_weight()
    }

    fn record(model: ModelId, origin: RoundOrigin, policy: &Policy) -> Result<VersionIndex, DispatchError> {
        Self::mutate(model, |entry| Self::record_round(model, entry, origin, policy))
    }

    fn assessed(model: ModelId, version: VersionIndex, assessment: AssessmentRecord) {
        if Assessments::<T>::contains_key(model, version) || !Versions::<T>::contains_key(model, version) {
            return;
        }
        let awaited = Awaiting::<T>::get(model) == Some(version);
        // Where there is no gate, the version stands already.
        let passed = assessment.passed || !awaited;
        let assessment = AssessmentRecord { passed, ..assessment };
        Assessments::<T>::insert(model, version, assessment);
        if awaited {
            Awaiting::<T>::remove(model);
            if passed {
                Models::<T>::mutate(model, |entry| {
                    if let Some(entry) = entry {
                        Self::stand(model, entry, version);
                    }
                });
            }
        }
        Self::deposit_event(Event::VersionAssessed {
            model,
            version,
            assessment,
        });
    }

    /// Only a version that passes may become the head, if its ancestry is clean.
    fn assessed_weight(opens: bool) -> Weight {
        let walk = match opens {
            true => Self::walk_weight(),
            false => Weight::zero(),
        };
        T::WeightInfo::assessed().saturating_add(walk)
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
