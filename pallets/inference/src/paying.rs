//! Whom a batch pays. Members of a committee of all that agreed share what it earned in equal parts. Where seven were drawn the share of each is
//! a seventh, whatever happens later; those that computed the batch after them are paid what members of the seven lost, then what a wrong caller
//! lost, then from the reserve, which a part of what each such batch earns fills.

use crate::{
    pallet::{Config, Event, Pallet},
    types::Batch,
};
use alloc::vec::Vec;
use frame_support::traits::Get;
use quorate_primitives::{
    committee::DRAWN,
    job::Verdict,
    purpose::Purpose,
    traits::{Escrow, Jobs, Reputation},
    views::inference::{Escalation, Reserve},
    AccountId, Balance, BatchId, JobId, Ppm, PPM,
};

/// The reserve pays for one batch at most so many shares. A third of 32 validators that has one of its own batches computed again gets less from
/// all of it than the batch cost them, whichever of them were drawn: each of the 25 others has at most 0.7 of a share.
const MOST_SHARES: Balance = 17;
/// The largest part of what a batch earns that goes into the reserve.
const MOST: Ppm = PPM / 2;

fn count(len: usize) -> Balance {
    Balance::try_from(len).unwrap_or(Balance::MAX)
}

/// So many millionths of an amount, rounded down.
fn part_of(amount: Balance, part: Ppm) -> Balance {
    amount
        .saturating_mul(part.into())
        .checked_div(PPM.into())
        .unwrap_or_default()
}

impl<T: Config> Pallet<T> {
    /// Everything that a batch earned goes to those that earned it, to the reserve, and what is left to the treasury.
    pub(crate) fn pay(id: BatchId, batch: &Batch) {
        let Some(escrow) = batch.requests.first().map(|first| Purpose::Request(*first)) else {
            return;
        };
        let bond = Self::earn_bond(id, batch, escrow);
        if batch.earned == 0 {
            return;
        }
        match batch.drawn_job() {
            Some(drawn) => Self::pay_after_drawn(id, batch, drawn, escrow, bond),
            None => {
                let earners = T::Jobs::earners(batch.first_job, batch.job);
                let each = batch.earned.checked_div(count(earners.len())).unwrap_or_default();
                Self::pay_members(id, &Self::of_repute(id, earners), escrow, each);
            }
        }
        T::Escrow::close(escrow);
    }

    /// Seven were drawn.
    fn pay_after_drawn(id: BatchId, batch: &Batch, drawn: JobId, escrow: Purpose, bond: Balance) {
        let part = part_of(batch.earned, T::ReservePart::get().min(MOST));
        let room = T::MaxReserve::get().saturating_sub(T::Escrow::escrowed(Purpose::Reserve));
        let kept = part.min(room);
        T::Escrow::transfer_part(escrow, Purpose::Reserve, kept);
        let shares = batch.earned.saturating_sub(kept);
        let share = shares.checked_div(DRAWN.into()).unwrap_or_default();

        let of_drawn = T::Jobs::verdicts(drawn);
        let (members, others): (Vec<_>, Vec<_>) = Self::earners_after_drawn(batch, drawn, &of_drawn)
            .into_iter()
            .partition(|who| of_drawn.iter().any(|(one, _)| one == who));
        // A share of one below the floor of reputation is the treasury's: nobody earns more by another's fall.
        let lost = shares.saturating_sub(share.saturating_mul(count(members.len())));
        Self::pay_members(id, &Self::of_repute(id, members), escrow, share);
        if others.is_empty() {
            return;
        }
        let found = lost.saturating_add(bond);
        let most = match batch.escalation {
            // Members that dissent or are silent move nothing from the reserve to those that were not drawn.
            Some(Escalation::Dissent) => 0,
            _ => T::Escrow::escrowed(Purpose::Reserve).min(share.saturating_mul(MOST_SHARES)),
        };
        let all = count(others.len());
        let each = found
            .saturating_add(most)
            .checked_div(all)
            .unwrap_or_default()
            .min(share);
        let others = Self::of_repute(id, others);
        let due = each.saturating_mul(count(others.len()));
        let from_reserve = due.saturating_sub(found);
        T::Escrow::transfer_part(Purpose::Reserve, escrow, from_reserve);
        Self::credit(&others, escrow, each);
        Self::deposit_event(Event::OthersPaid {
            batch: id,
            members: u32::try_from(others.len()).unwrap_or(u32::MAX),
            each,
            from_reserve,
        });
    }

    fn pay_members(id: BatchId, members: &[AccountId], escrow: Purpose, each: Balance) {
        Self::credit(members, escrow, each);
        Self::deposit_event(Event::Paid {
            batch: id,
            members: u32::try_from(members.len()).unwrap_or(u32::MAX),
            each,
        });
    }

    fn credit(members: &[AccountId], escrow: Purpose, each: Balance) {
        for validator in members {
            // It fails only when the account's earnings overflow: then the treasury has it.
            let _refused = T::Escrow::pay(escrow, validator, each);
        }
    }

    /// Those whose reputation is not below the floor: the others are unpaid.
    fn of_repute(id: BatchId, mut members: Vec<AccountId>) -> Vec<AccountId> {
        members.retain(|validator| {
            let reputation = T::Reputation::validator(validator);
            let paid = reputation >= T::ReputationFloor::get();
            if !paid {
                Self::deposit_event(Event::ValidatorUnpaid {
                    batch: id,
                    validator: validator.clone(),
                    reputation,
                });
            }
            paid
        });
        members
    }

    /// Those that agreed, without those that were wrong in the first attempt. Where all were asked after drawn members, also those of these that
    /// had stated what all agreed on, and none that left others to state it.
    fn earners_after_drawn(batch: &Batch, drawn: JobId, of_drawn: &[(AccountId, Verdict)]) -> Vec<AccountId> {
        if batch.escalation.is_none() {
            return T::Jobs::earners(None, drawn);
        }
        let mut earners = T::Jobs::earners(Some(drawn), batch.job);
        let of_all = T::Jobs::verdicts(batch.job);
        let was_wrong = |who: &AccountId| {
            of_all
                .iter()
                .any(|(one, verdict)| one == who && *verdict == Verdict::Wrong)
        };
        // After an upgrade all computed under another arithmetic, which says nothing of the first attempt.
        let was_right = batch.provisional.is_none() || batch.provisional == batch.outcome;
        for (who, verdict) in of_drawn {
            if *verdict == Verdict::Agreed && was_right && !was_wrong(who) && !earners.contains(who) {
                earners.push(who.clone());
            }
        }
        let some_stated = of_drawn
            .iter()
            .any(|(_, verdict)| matches!(verdict, Verdict::Agreed | Verdict::Wrong));
        let stated_nothing = |who: &AccountId| {
            let silent = |verdict: &Verdict| matches!(verdict, Verdict::Silent | Verdict::Unjudged);
            of_drawn.iter().any(|(one, verdict)| one == who && silent(verdict))
        };
        earners.retain(|who| !(some_stated && stated_nothing(who)));
        earners
    }

    /// The reserve as views show it.
    pub(crate) fn reserve_view() -> Reserve {
        Reserve {
            held: T::Escrow::escrowed(Purpose::Reserve),
            most: T::MaxReserve::get(),
            part: T::ReservePart::get().min(MOST),
        }
    }
}

impl Batch {
    /// The job of the seven that were drawn for it, if it was drawn for seven.
    fn drawn_job(&self) -> Option<JobId> {
        match (&self.escalation, &self.provisional) {
            (Some(_), _) => self.first_job,
            (None, Some(_)) => Some(self.job),
            (None, None) => None,
        }
    }
}
