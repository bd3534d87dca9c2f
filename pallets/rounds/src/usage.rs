//! What an organisation has open and what is kept of it, and its free calls.
//!
//! *Open* is what is not paid or refunded yet; *kept* is everything whose evidence the chain still has, open or over. Nobody can use up
//! the room of another organisation: on it count the rounds that it opened, and the updates of contributors that it sponsors.

use crate::{
    pallet::{Config, Error, Pallet, Usages},
    types::{Allowance, Round, Submission, Usage, MAX_ACTIVE_ROUNDS, MAX_ORGANISATION_ROUNDS},
};
use alloc::collections::BTreeMap;
use frame_support::{ensure, traits::Get};
use quorate_primitives::{BlockNumber, OrganisationId, PPM};

/// Number of updates of each organisation.
pub(crate) fn by_organisation(submissions: &[Submission]) -> BTreeMap<OrganisationId, u32> {
    let mut counts: BTreeMap<OrganisationId, u32> = BTreeMap::new();
    for submission in submissions {
        let count = counts.entry(submission.update.organisation).or_default();
        *count = count.saturating_add(1);
    }
    counts
}

impl<T: Config> Pallet<T> {
    /// Whether an organisation may open another round, of files of this length.
    pub(crate) fn check_room_for_round(usage: &Usage, file_len: u64) -> Result<(), Error<T>> {
        let open = usage.active < T::MaxActiveRoundsPerOrganisation::get()
            && usage.rounds < T::MaxRoundsPerOrganisation::get();
        ensure!(open, Error::<T>::OrganisationRoundsExceeded);
        let kept = usage.kept_rounds < T::MaxKeptRoundsPerOrganisation::get() && Self::may_keep(usage, file_len);
        ensure!(kept, Error::<T>::EvidenceQuotaReached);
        Ok(())
    }

    /// Whether an organisation may have another update, of this length.
    pub(crate) fn check_room_for_update(usage: &Usage, update_len: u64) -> Result<(), Error<T>> {
        let open = usage.updates < T::MaxUpdatesPerOrganisation::get()
            && usage.bytes.saturating_add(update_len) <= T::MaxBytesPerOrganisation::get();
        ensure!(open, Error::<T>::OrganisationQuotaReached);
        let kept = usage.kept_updates < T::MaxKeptUpdatesPerOrganisation::get() && Self::may_keep(usage, update_len);
        ensure!(kept, Error::<T>::EvidenceQuotaReached);
        Ok(())
    }

    fn may_keep(usage: &Usage, bytes: u64) -> bool {
        usage.kept_bytes.saturating_add(bytes) <= T::MaxKeptBytesPerOrganisation::get()
    }

    pub(crate) fn count_round(usage: &mut Usage, file_len: u64) {
        usage.active = usage.active.saturating_add(1);
        usage.rounds = usage.rounds.saturating_add(1);
        usage.kept_rounds = usage.kept_rounds.saturating_add(1);
        usage.kept_bytes = usage.kept_bytes.saturating_add(file_len);
    }

    pub(crate) fn count_update(usage: &mut Usage, update_len: u64) {
        usage.updates = usage.updates.saturating_add(1);
        usage.bytes = usage.bytes.saturating_add(update_len);
        usage.kept_updates = usage.kept_updates.saturating_add(1);
        usage.kept_bytes = usage.kept_bytes.saturating_add(update_len);
    }

    /// The updates of a page are open no more.
    pub(crate) fn close_updates(round: &Round, page: &[Submission]) {
        for (organisation, number) in by_organisation(page) {
            Usages::<T>::mutate(organisation, |usage| {
                usage.updates = usage.updates.saturating_sub(number);
                let bytes = round.update_len.saturating_mul(number.into());
                usage.bytes = usage.bytes.saturating_sub(bytes);
            });
        }
    }

    /// The updates of a page are kept no more.
    pub(crate) fn forget_updates(round: &Round, page: &[Submission]) {
        for (organisation, number) in by_organisation(page) {
            Usages::<T>::mutate(organisation, |usage| {
                usage.kept_updates = usage.kept_updates.saturating_sub(number);
                let bytes = round.update_len.saturating_mul(number.into());
                usage.kept_bytes = usage.kept_bytes.saturating_sub(bytes);
            });
        }
    }

    /// A round is kept no more.
    pub(crate) fn forget_round(round: &Round) {
        Usages::<T>::mutate(round.owner, |usage| {
            usage.kept_rounds = usage.kept_rounds.saturating_sub(1);
            usage.kept_bytes = usage.kept_bytes.saturating_sub(round.file_len);
        });
    }

    /// Calls that count at present, and since when. Each period that has ended took off as many as are free in one and no more, so
    /// that a debt outlasts it.
    fn calls(usage: &Usage) -> (BlockNumber, u32) {
        let period = T::FreeCallPeriod::get();
        let passed = Self::now().saturating_sub(usage.since);
        let ended = passed.checked_div(period).unwrap_or_default();
        match usage.calls.saturating_sub(ended.saturating_mul(T::FreeCalls::get())) {
            0 => (Self::now(), 0),
            calls => (usage.since.saturating_add(ended.saturating_mul(period)), calls),
        }
    }

    pub(crate) fn has_free_call(usage: &Usage) -> bool {
        Self::calls(usage).1 < T::FreeCalls::get()
    }

    /// Count a call. What is made beyond the allowance is paid for, and is no debt.
    pub(crate) fn count_call(usage: &mut Usage) {
        if Self::has_free_call(usage) {
            Self::count_calls(usage, 1);
        }
    }

    pub(crate) fn count_calls(usage: &mut Usage, calls: u32) {
        let (since, former) = Self::calls(usage);
        usage.since = since;
        usage.calls = former.saturating_add(calls);
    }

    /// What is left to an organisation of each of its quotas.
    pub(crate) fn allowance_of(organisation: OrganisationId) -> Allowance {
        let usage = Usages::<T>::get(organisation);
        Allowance {
            free_calls: T::FreeCalls::get().saturating_sub(Self::calls(&usage).1),
            active_rounds: T::MaxActiveRoundsPerOrganisation::get().saturating_sub(usage.active),
            rounds: T::MaxRoundsPerOrganisation::get().saturating_sub(usage.rounds),
            updates: T::MaxUpdatesPerOrganisation::get().saturating_sub(usage.updates),
            bytes: T::MaxBytesPerOrganisation::get().saturating_sub(usage.bytes),
            kept_rounds: T::MaxKeptRoundsPerOrganisation::get().saturating_sub(usage.kept_rounds),
            kept_updates: T::MaxKeptUpdatesPerOrganisation::get().saturating_sub(usage.kept_updates),
            kept_bytes: T::MaxKeptBytesPerOrganisation::get().saturating_sub(usage.kept_bytes),
        }
    }

    /// Whether the runtime's bounds make sense.
    pub(crate) fn check_bounds() {
        let (active, rounds) = (
            T::MaxActiveRoundsPerOrganisation::get(),
            T::MaxRoundsPerOrganisation::get(),
        );
        assert!(
            (1..=MAX_ACTIVE_ROUNDS).contains(&T::MaxActiveRounds::get()),
            "MaxActiveRounds must be in 1..=32"
        );
        assert!(
            (1..=T::MaxActiveRounds::get()).contains(&active),
            "MaxActiveRoundsPerOrganisation must be in 1..=MaxActiveRounds"
        );
        assert!(
            (active..=MAX_ORGANISATION_ROUNDS).contains(&rounds),
            "MaxRoundsPerOrganisation must be in MaxActiveRoundsPerOrganisation..=64"
        );
        assert!(
            T::MaxUpdatesPerOrganisation::get() > 0 && T::MaxBytesPerOrganisation::get() > 0,
            "an organisation needs room for an update"
        );
        assert!(
            T::MaxKeptRoundsPerOrganisation::get() >= rounds
                && T::MaxKeptUpdatesPerOrganisation::get() >= T::MaxUpdatesPerOrganisation::get()
                && T::MaxKeptBytesPerOrganisation::get() >= T::MaxBytesPerOrganisation::get(),
            "what is open is kept too"
        );
        assert!(
            T::FreeCalls::get() > 0 && T::FreeCallPeriod::get() > 0,
            "a debt of free calls must end"
        );
        assert!(
            T::ReputationFloor::get() < PPM,
            "the floor must leave somebody to be paid"
        );
    }
}
