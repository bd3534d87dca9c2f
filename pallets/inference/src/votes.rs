//! The validators' votes on a request's input, which `availability` counts.

use crate::{
    pallet::{Config, Event, Pallet, Requests, WaitingList},
    types::{Request, Waiting},
    WeightInfo,
};
use frame_support::weights::Weight;
use quorate_primitives::{
    availability::{Finding, Subject},
    job::infer::Task,
    traits::{Availability, AvailabilityHandler},
    views::{
        inference::{RequestFailure, RequestState},
        BlobRef,
    },
    RequestId,
};

impl<T: Config> Pallet<T> {
    /// The votes are in, or their time has passed without a finding. Does nothing for a request that awaits none.
    fn decide(id: RequestId, finding: Option<Finding>) {
        let Some(request) = Requests::<T>::get(id) else {
            return;
        };
        if !matches!(request.state, RequestState::Pending { .. }) {
            return;
        }
        Self::decided(request.organisation);
        match finding {
            Some(Finding::Held) => Self::wait(id, request),
            Some(Finding::Malformed(_)) => Self::fail(id, request, 1, RequestFailure::Malformed),
            Some(Finding::Split) | None => Self::fail(id, request, 1, RequestFailure::NotHeld),
        }
    }

    /// A request as it waits from now on.
    pub(crate) fn waiting(id: RequestId, request: &Request) -> Waiting {
        Waiting {
            id,
            organisation: request.organisation,
            group: request.group,
            operations: request.operations,
            memory: request.memory,
            len: request.input.len,
            since: Self::now(),
            alone: None,
        }
    }

    fn wait(id: RequestId, mut request: Request) {
        // The list has a place for every request that has not ended.
        if WaitingList::<T>::try_append(Self::waiting(id, &request)).is_err() {
            return Self::fail(id, request, 1, RequestFailure::Expired);
        }
        request.state = RequestState::Waiting;
        Requests::<T>::insert(id, request);
        Self::deposit_event(Event::InputHeld { request: id });
    }

    /// What an input is checked against, and its length.
    pub fn vote_context(id: RequestId) -> Option<(BlobRef, Task, u64)> {
        let request = Requests::<T>::get(id)?;
        Some((request.program_file, request.task, request.input.len))
    }
}

impl<T: Config> AvailabilityHandler for Pallet<T> {
    fn found(subject: Subject, _: u32, finding: Finding) -> Weight {
        let Subject::Request(id) = subject else {
            return Weight::zero();
        };
        Self::decide(id, Some(finding));
        T::Availability::close(subject);
        T::WeightInfo::found()
    }

    fn ended(subject: Subject) -> Weight {
        let Subject::Request(id) = subject else {
            return Weight::zero();
        };
        Self::decide(id, None);
        T::WeightInfo::ended()
    }

    fn found_weight() -> Weight {
        T::WeightInfo::found()
    }

    fn ended_weight() -> Weight {
        T::WeightInfo::ended()
    }
}
