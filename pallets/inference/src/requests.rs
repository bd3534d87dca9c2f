//! Who may ask, what is set aside for it, and how a request ends.

use crate::{
    pallet::{
        Asked, ByOrganisation, Config, EndedRequests, Error, Event, NextRequest, OpenTotals, Pallet, RequestEnds,
        Requests, Shown, WaitingList,
    },
    quoting::{Candidate, Wanted},
    types::{order, Request},
};
use frame_support::{ensure, traits::Get};
use quorate_primitives::{
    availability::{Named, Subject},
    job::infer::Task,
    purpose::Purpose,
    traits::{Artifacts, Availability, Consortium, Escrow, Models},
    views::{
        inference::{RequestFailure, RequestState},
        BlobRef,
    },
    AccountId, Balance, BlockNumber, Hash, OrganisationId, RequestId, Root,
};
use sp_runtime::{
    traits::{UniqueSaturatedInto, Zero},
    DispatchResult,
};

/// Number of the one item of the votes on an input.
const ITEM: u32 = 0;

impl<T: Config> Pallet<T> {
    /// The current block.
    pub(crate) fn now() -> BlockNumber {
        frame_system::Pallet::<T>::block_number().unique_saturated_into()
    }

    fn genesis_hash() -> Hash {
        frame_system::Pallet::<T>::block_hash(frame_system::pallet_prelude::BlockNumberFor::<T>::zero())
    }

    /// The organisation that pays for what `who` asks for.
    fn member(who: &AccountId) -> Result<OrganisationId, Error<T>> {
        T::Consortium::organisation_of(who)
            .or_else(|| T::Consortium::contributor(who))
            .ok_or(Error::<T>::NotAMember)
    }

    /// Room for one more request of the organisation, with this input.
    fn ensure_room(organisation: OrganisationId, input: Root) -> DispatchResult {
        let (all, own) = (OpenTotals::<T>::get(), Asked::<T>::get(organisation));
        ensure!(all.open < T::MaxOpen::get(), Error::<T>::TooManyOpen);
        ensure!(all.pending < T::MaxPending::get(), Error::<T>::TooManyPending);
        ensure!(!own.open.is_full(), Error::<T>::TooManyOpenOfOrganisation);
        // Inputs begin with 32 random bytes: the same one again is the same question, signed a second time for a node that told of another nonce.
        ensure!(
            own.open.iter().all(|(_, other)| *other != input),
            Error::<T>::InputAskedAlready
        );
        ensure!(
            own.pending < T::MaxPendingPerOrganisation::get(),
            Error::<T>::TooManyPendingOfOrganisation
        );
        Ok(())
    }

    pub(crate) fn do_request(
        who: AccountId,
        wanted: Wanted,
        input: Named,
        task: Task,
        memory: u32,
        max_fee: Balance,
    ) -> DispatchResult {
        let organisation = Self::member(&who)?;
        Self::ensure_room(organisation, input.root)?;
        Self::check_task(&task)?;
        let candidate = Self::candidate(wanted)?;
        let Candidate { group, fee, .. } = candidate;
        ensure!(
            T::Models::may_read(group.model, group.version, organisation),
            Error::<T>::VersionNotReadable
        );
        ensure!(
            T::Artifacts::may_read(group.program, organisation),
            Error::<T>::ProgramNotReadable
        );
        let base = candidate.frozen_base.as_ref();
        ensure!(
            base.is_none_or(|base| T::Artifacts::may_read_weights(base, organisation)),
            Error::<T>::FrozenBaseNotHeld
        );
        ensure!(fee <= max_fee, Error::<T>::FeeExceeded);
        let fund = Purpose::Organisation(organisation);
        ensure!(T::Escrow::can_lock(fund, fee), Error::<T>::FundTooSmall);
        ensure!(Self::machines().suffice(memory), Error::<T>::TooFewCapable);
        ensure!(
            T::Models::is_clean(group.model, group.version),
            Error::<T>::VersionNotClean
        );

        let id = NextRequest::<T>::get();
        NextRequest::<T>::put(id.checked_add(1).ok_or(Error::<T>::NumbersExhausted)?);
        T::Escrow::lock(fund, Purpose::Request(id), fee)?;
        let (subject, until) = (Subject::Request(id), Self::now().saturating_add(T::Voting::get()));
        T::Availability::open(subject, until)?;
        T::Availability::put_item(subject, ITEM, input.by(organisation, Self::genesis_hash()));
        Self::add(organisation, id, input.root)?;
        let request = Request {
            asked_by: who.clone(),
            organisation,
            group,
            program_file: candidate.program_file,
            input: BlobRef {
                root: input.root,
                len: wanted.len,
            },
            task,
            operations: wanted.operations,
            memory,
            fee,
            base_fee: candidate.base_fee,
            reading: candidate.reading,
            cost: fee,
            state: RequestState::Pending { until },
            requested_at: Self::now(),
            ended_at: None,
        };
        Requests::<T>::insert(id, request);
        Self::deposit_event(Event::Requested {
            request: id,
            organisation,
            by: who,
            model: group.model,
            version: group.version,
            program: group.program,
            fee,
            until,
        });
        Ok(())
    }

    /// List a new request.
    fn add(organisation: OrganisationId, id: RequestId, input: Root) -> DispatchResult {
        Asked::<T>::try_mutate(organisation, |asked| {
            asked.pending = asked.pending.saturating_add(1);
            asked.open.try_push((id, input))
        })
        .map_err(|_| Error::<T>::TooManyOpenOfOrganisation)?;
        OpenTotals::<T>::mutate(|all| {
            all.open = all.open.saturating_add(1);
            all.pending = all.pending.saturating_add(1);
        });
        ByOrganisation::<T>::insert(organisation, order(id), id);
        Ok(())
    }

    /// It awaits votes no longer.
    pub(crate) fn decided(organisation: OrganisationId) {
        Asked::<T>::mutate(organisation, |asked| asked.pending = asked.pending.saturating_sub(1));
        OpenTotals::<T>::mutate(|all| all.pending = all.pending.saturating_sub(1));
    }

    /// What is kept of the fee is known: others may ask in its place. The record is written.
    pub(crate) fn end(id: RequestId, mut request: Request, state: RequestState, cost: Balance) {
        request.state = state;
        request.cost = cost;
        request.ended_at = Some(Self::now());
        Asked::<T>::mutate_exists(request.organisation, |asked| {
            if let Some(asked) = asked {
                asked.open.retain(|(other, _)| *other != id);
            }
            *asked = asked.take().filter(|asked| !asked.open.is_empty());
        });
        OpenTotals::<T>::mutate(|all| all.open = all.open.saturating_sub(1));
        RequestEnds::<T>::mutate(|places| {
            EndedRequests::<T>::insert(places.next, id);
            places.next = places.next.saturating_add(1);
        });
        Requests::<T>::insert(id, request);
    }

    /// A request, of a batch of so many, comes to nothing. What it made validators do is paid for, to the treasury: for nothing it could be
    /// done for ever.
    pub(crate) fn fail(id: RequestId, request: Request, requests: u32, reason: RequestFailure) {
        let kept = match reason {
            RequestFailure::NotHeld | RequestFailure::Malformed | RequestFailure::Cancelled => request.base_fee,
            // The members read all of it. Its operations made their time longer, and none is known to have been used.
            RequestFailure::NoQuorum => request.earned(requests, 0),
            RequestFailure::Expired | RequestFailure::NoJob => 0,
        };
        Self::fail_for(id, request, reason, kept);
    }

    /// A request comes to nothing, and so much of its fee goes to the treasury, the rest back.
    pub(crate) fn fail_for(id: RequestId, request: Request, reason: RequestFailure, kept: Balance) {
        let escrow = Purpose::Request(id);
        T::Escrow::give_back(escrow, request.fee.saturating_sub(kept));
        T::Escrow::close(escrow);
        Self::end(id, request, RequestState::Failed(reason), kept);
        Self::deposit_event(Event::Failed { request: id, reason });
    }

    /// Give an answer a place among those that gateways show: the organisation's oldest makes room.
    pub(crate) fn show(organisation: OrganisationId, id: RequestId) {
        Shown::<T>::mutate(organisation, |shown| {
            if shown.is_full() && !shown.is_empty() {
                shown.remove(0);
            }
            // There is room now.
            let _refused = shown.try_push(id);
        });
    }

    pub(crate) fn do_cancel(who: &AccountId, id: RequestId) -> DispatchResult {
        let request = Requests::<T>::get(id).ok_or(Error::<T>::RequestNotFound)?;
        let own = T::Consortium::organisation_of(who) == Some(request.organisation)
            || (*who == request.asked_by && T::Consortium::contributor(who) == Some(request.organisation));
        ensure!(own, Error::<T>::NotTheAsker);
        match request.state {
            RequestState::Pending { .. } => {
                T::Availability::close(Subject::Request(id));
                Self::decided(request.organisation);
            }
            RequestState::Waiting => {
                let waits = WaitingList::<T>::mutate(|list| {
                    let at = list.iter().position(|waiting| waiting.id == id)?;
                    Some(list.remove(at))
                });
                let waiting = waits.ok_or(Error::<T>::TooLateToCancel)?;
                if let Some(requests) = waiting.alone {
                    // Validators have read for it already, in a batch of so many that came to nothing.
                    let kept = request.earned(requests, 0);
                    Self::fail_for(id, request, RequestFailure::Cancelled, kept);
                    return Ok(());
                }
            }
            RequestState::Computing { .. }
            | RequestState::Provisional { .. }
            | RequestState::Answered { .. }
            | RequestState::Failed(_) => {
                return Err(Error::<T>::TooLateToCancel.into());
            }
        }
        Self::fail(id, request, 1, RequestFailure::Cancelled);
        Ok(())
    }
}
