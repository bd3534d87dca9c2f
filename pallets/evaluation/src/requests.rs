//! Who may ask for an evaluation, and what is set aside for it.

use crate::{
    pallet::{ByVersion, Config, Error, Evaluations, Event, NextEvaluation, Open, OpenCount, Pallet},
    quoting::{Candidate, Wanted},
    types::{order, Evaluation, Running},
};
use frame_support::{ensure, traits::Get};
use quorate_primitives::{
    job::{evaluate::EXACT_VERSION, CommitteeRule, Evaluate, JobSpec, Requester},
    purpose::Purpose,
    traits::{Artifacts, Consortium, Escrow, Jobs, Models},
    views::EvaluationState,
    AccountId, Balance, BlockNumber, OrganisationId,
};
use sp_runtime::{traits::UniqueSaturatedInto, DispatchError, DispatchResult};

impl<T: Config> Pallet<T> {
    /// The current block.
    pub(crate) fn now() -> BlockNumber {
        frame_system::Pallet::<T>::block_number().unique_saturated_into()
    }

    /// The organisation that pays for what `who` asks for.
    pub(crate) fn member(who: &AccountId) -> Result<OrganisationId, Error<T>> {
        T::Consortium::organisation_of(who)
            .or_else(|| T::Consortium::contributor(who))
            .ok_or(Error::<T>::NotAMember)
    }

    fn ensure_room(organisation: OrganisationId) -> DispatchResult {
        let open = u32::try_from(Open::<T>::decode_len().unwrap_or_default()).unwrap_or(u32::MAX);
        ensure!(open < T::MaxOpen::get(), Error::<T>::TooManyOpen);
        ensure!(
            OpenCount::<T>::get(organisation) < T::MaxOpenPerOrganisation::get(),
            Error::<T>::TooManyOpenOfOrganisation
        );
        Ok(())
    }

    fn ensure_reads(organisation: OrganisationId, work: &Evaluate) -> DispatchResult {
        ensure!(
            T::Models::may_read(work.model, work.version, organisation),
            Error::<T>::VersionNotReadable
        );
        ensure!(
            T::Artifacts::may_read(work.program, organisation),
            Error::<T>::ProgramNotReadable
        );
        ensure!(
            T::Artifacts::may_read(work.data, organisation),
            Error::<T>::DataSetNotReadable
        );
        let base = work.frozen_base.as_ref();
        ensure!(
            base.is_none_or(|base| T::Artifacts::may_read_weights(base, organisation)),
            Error::<T>::FrozenBaseNotHeld
        );
        Ok(())
    }

    pub(crate) fn do_request(who: AccountId, wanted: Wanted, max_fee: Balance) -> DispatchResult {
        let organisation = Self::member(&who)?;
        Self::ensure_room(organisation)?;
        let Candidate { work, quote, blocks } = Self::candidate(wanted)?;
        Self::ensure_reads(organisation, &work)?;
        let (model, version, fee) = (work.model, work.version, quote.fee);
        ensure!(fee <= max_fee, Error::<T>::FeeExceeded);
        let fund = Purpose::Organisation(organisation);
        ensure!(T::Escrow::can_lock(fund, fee), Error::<T>::FundTooSmall);
        ensure!(T::Models::is_clean(model, version), Error::<T>::VersionNotClean);

        let id = NextEvaluation::<T>::get();
        NextEvaluation::<T>::put(id.checked_add(1).ok_or(Error::<T>::NumbersExhausted)?);
        T::Escrow::lock(fund, Purpose::Evaluation(id), fee)?;
        let job = T::Jobs::create(JobSpec {
            requester: Requester::Evaluation(id),
            attempt: 0,
            exact_version: EXACT_VERSION,
            commit: quote.commit,
            reveal: T::Reveal::get(),
            committee: CommitteeRule::All,
            work: work.clone(),
        })?;
        Self::open(Running { id, blocks }, organisation)?;
        ByVersion::<T>::insert((model, version), order(id), id);
        let evaluation = Evaluation {
            asked_by: who.clone(),
            organisation,
            work,
            fee,
            base_fee: T::BaseFee::get().min(fee),
            state: EvaluationState::Computing,
            job,
            first_job: None,
            statements_root: None,
            requested_at: Self::now(),
            ended_at: None,
        };
        Evaluations::<T>::insert(id, evaluation);
        Self::deposit_event(Event::Requested {
            evaluation: id,
            organisation,
            by: who,
            model,
            version,
            program: wanted.program,
            data: wanted.data,
            fee,
            job,
        });
        Ok(())
    }

    fn open(running: Running, organisation: OrganisationId) -> Result<(), DispatchError> {
        Open::<T>::try_append(running).map_err(|()| Error::<T>::TooManyOpen)?;
        OpenCount::<T>::mutate(organisation, |count| *count = count.saturating_add(1));
        Ok(())
    }
}
