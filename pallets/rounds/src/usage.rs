//! What an organisation has open and what is kept for it, and its free calls.
//!
//! *Open* is what is not paid or refunded yet: a round counts on its owner, an update on the organisation of its contributor. *Kept* is
//! everything whose evidence the chain still has, open or over. All of it counts on the owner of the round, who says in the policy how many
//! updates come and how long they are kept; while the round is Collecting it counts for as much as may come. So nobody can use up the
//! room of another organisation, and `submit` looks at that of its own only.

use crate::{
    collecting::most_submissions,
    numbers::count,
    pallet::{Config, Error, Pallet, Strikes, Usages},
    types::{Allowance, RefundReason, Round, Submission, Usage, MAX_ACTIVE_ROUNDS, MAX_ORGANISATION_ROUNDS},
};
use alloc::collections::BTreeMap;
use frame_support::{ensure, traits::Get};
use quorate_primitives::{
    policy::Policy,
    traits::{Consortium, RoundBase},
    update::UpdateStatus,
    BlockNumber, OrganisationId, MAX_UPDATES, PPM,
};

/// Number of updates of each organisation.
pub(crate) fn by_organisation(submissions: &[Submission]) -> BTreeMap<OrganisationId, u32> {
    let mut counts: BTreeMap<OrganisationId, u32> = BTreeMap::new();
    for submission in submissions {
        let count = counts.entry(submission.update.organisation).or_default();
        *count = count.saturating_add(1);
    }
    counts
}

/// Updates whose evidence is kept, and the bytes of their files.
#[derive(Clone, Copy)]
pub(crate) struct Evidence {
    pub updates: u32,
    pub bytes: u64,
}

impl Evidence {
    /// Of this many submissions, withdrawn ones included; the others are `standing`, and only these have files.
    pub fn of(submissions: u32, standing: u32, update_len: u64) -> Self {
        Self {
            updates: submissions,
            bytes: update_len.saturating_mul(standing.into()),
        }
    }

    /// The most that comes to a round.
    pub fn most(policy: &Policy, update_len: u64) -> Self {
        Self::of(most_submissions(policy), policy.max_updates, update_len)
    }
}

/// Bytes of files that are kept with a round whatever is submitted to it: its version's, and those of the shards that it may take, which
/// its owner's policy says the length of.
pub(crate) fn round_len(policy: &Policy, file_len: u64) -> u64 {
    let contribution = policy.assessment.and_then(|assessment| assessment.contribution);
    let shards = contribution.map_or(0, |rules| rules.shards_len());
    file_len.saturating_add(shards)
}

impl Usage {
    fn keep(&mut self, evidence: Evidence) {
        self.kept_updates = self.kept_updates.saturating_add(evidence.updates);
        self.kept_bytes = self.kept_bytes.saturating_add(evidence.bytes);
    }

    fn forget(&mut self, evidence: Evidence) {
        self.kept_updates = self.kept_updates.saturating_sub(evidence.updates);
        self.kept_bytes = self.kept_bytes.saturating_sub(evidence.bytes);
    }

    /// Whether nothing is open or kept.
    fn has_nothing(&self) -> bool {
        let counts = [
            self.active,
            self.rounds,
            self.updates,
            self.kept_rounds,
            self.kept_updates,
        ];
        counts.iter().all(|count| *count == 0)
    }
}

impl<T: Config> Pallet<T> {
    /// Whether an organisation may open another round on this base.
    pub(crate) fn check_room_for_round(usage: &Usage, base: &RoundBase) -> Result<(), Error<T>> {
        let open = usage.active < T::MaxActiveRoundsPerOrganisation::get()
            && usage.rounds < T::MaxRoundsPerOrganisation::get();
        ensure!(open, Error::<T>::OrganisationRoundsExceeded);
        let most = Evidence::most(&base.policy, base.update_len);
        let bytes = most.bytes.saturating_add(round_len(&base.policy, base.file_len));
        let kept = usage.kept_rounds < T::MaxKeptRoundsPerOrganisation::get()
            && usage.kept_updates.saturating_add(most.updates) <= T::MaxKeptUpdatesPerOrganisation::get()
            && usage.kept_bytes.saturating_add(bytes) <= T::MaxKeptBytesPerOrganisation::get();
        ensure!(kept, Error::<T>::EvidenceQuotaReached);
        Ok(())
    }

    /// Whether an organisation may have another update, of this length.
    pub(crate) fn check_room_for_update(usage: &Usage, update_len: u64) -> Result<(), Error<T>> {
        let open = usage.updates < T::MaxUpdatesPerOrganisation::get()
            && usage.bytes.saturating_add(update_len) <= T::MaxBytesPerOrganisation::get();
        ensure!(open, Error::<T>::OrganisationQuotaReached);
        Ok(())
    }

    /// Count a round that is opened.
    pub(crate) fn count_round(usage: &mut Usage, base: &RoundBase) {
        usage.active = usage.active.saturating_add(1);
        usage.rounds = usage.rounds.saturating_add(1);
        usage.kept_rounds = usage.kept_rounds.saturating_add(1);
        let len = round_len(&base.policy, base.file_len);
        usage.kept_bytes = usage.kept_bytes.saturating_add(len);
        usage.keep(Evidence::most(&base.policy, base.update_len));
    }

    pub(crate) fn count_update(usage: &mut Usage, update_len: u64) {
        usage.updates = usage.updates.saturating_add(1);
        usage.bytes = usage.bytes.saturating_add(update_len);
    }

    /// Collecting is over: the round counts for what came, no longer for what may come.
    pub(crate) fn count_what_came(round: &Round) {
        let standing = round.submissions.saturating_sub(round.withdrawn);
        Self::change_usage(round.owner, |usage| {
            usage.forget(Evidence::most(&round.policy, round.update_len));
            usage.keep(Evidence::of(round.submissions, standing, round.update_len));
        });
    }

    /// The updates of a page are open no more. If the owner ended the round, the free calls that its submissions took from others
    /// are the owner's: nobody can use up those of another organisation, or make more of them.
    pub(crate) fn close_updates(round: &Round, page: &[Submission]) {
        let by_owner = round.refund == Some(RefundReason::Owner);
        let mut moved = 0u32;
        for (organisation, number) in by_organisation(page) {
            let calls = match by_owner && organisation != round.owner {
                true => number,
                false => 0,
            };
            moved = moved.saturating_add(calls);
            Self::change_usage(organisation, |usage| {
                usage.updates = usage.updates.saturating_sub(number);
                let bytes = round.update_len.saturating_mul(number.into());
                usage.bytes = usage.bytes.saturating_sub(bytes);
                Self::change_calls(usage, |former| former.saturating_sub(calls));
            });
        }
        if moved > 0 {
            Self::change_usage(round.owner, |usage| Self::count_calls(usage, moved));
        }
    }

    /// The updates of a page are kept no more.
    pub(crate) fn forget_updates(round: &Round, page: &[Submission]) {
        let standing = |submission: &&Submission| submission.update.status != UpdateStatus::Withdrawn;
        let standing = count(page.iter().filter(standing).count());
        let removed = Evidence::of(count(page.len()), standing, round.update_len);
        Self::change_usage(round.owner, |usage| usage.forget(removed));
    }

    /// A round is kept no more.
    pub(crate) fn forget_round(round: &Round) {
        Self::change_usage(round.owner, |usage| {
            usage.kept_rounds = usage.kept_rounds.saturating_sub(1);
            let len = round_len(&round.policy, round.file_len);
            usage.kept_bytes = usage.kept_bytes.saturating_sub(len);
        });
    }

    /// Change what is counted of an organisation. An entry that says nothing any more goes, and with that of an organisation that was
    /// removed the offences that are remembered of it.
    pub(crate) fn change_usage(organisation: OrganisationId, change: impl FnOnce(&mut Usage)) {
        Usages::<T>::mutate_exists(organisation, |stored| {
            let mut usage = stored.take().unwrap_or_default();
            change(&mut usage);
            let removed = || T::Consortium::organisation_account(organisation).is_none();
            if usage.has_nothing() && removed() {
                Strikes::<T>::remove(organisation);
                return;
            }
            let idle = usage.has_nothing() && Self::calls(&usage).1 == 0;
            *stored = Some(usage).filter(|_| !idle);
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

    /// Whether more calls count than are free.
    pub(crate) fn owes_calls(organisation: OrganisationId) -> bool {
        Self::calls(&Usages::<T>::get(organisation)).1 > T::FreeCalls::get()
    }

    /// Count a call. What is made beyond the allowance is paid for, and is no debt.
    pub(crate) fn count_call(usage: &mut Usage) {
        if Self::has_free_call(usage) {
            Self::count_calls(usage, 1);
        }
    }

    pub(crate) fn count_calls(usage: &mut Usage, calls: u32) {
        Self::change_calls(usage, |former| former.saturating_add(calls));
    }

    fn change_calls(usage: &mut Usage, change: impl FnOnce(u32) -> u32) {
        let (since, former) = Self::calls(usage);
        usage.since = since;
        usage.calls = change(former);
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
            T::MaxKeptRoundsPerOrganisation::get() >= rounds && T::MaxKeptUpdatesPerOrganisation::get() >= MAX_UPDATES,
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
        assert!(
            Self::heaviest_step().all_lte(Self::heaviest_hook()),
            "what one round asks for at once does not fit into a block's share"
        );
    }
}
