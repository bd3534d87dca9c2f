//! What seven drawn members agreed on holds for a while before it is settled: meanwhile all that can compute the batch may be asked.

use crate::{
    pallet::{Batches, Config, Error, Event, OpenBatches, Pallet},
    types::{Batch, BatchStage},
};
use codec::Encode;
use frame_support::{
    ensure,
    traits::{Get, Randomness},
};
use quorate_primitives::{
    job::{infer::EXACT_VERSION, Infer, InferOutcome, JobSpec, Requester},
    payload::tagged,
    purpose::Purpose,
    traits::{Consortium, Escrow, Jobs},
    views::inference::{Escalation, RequestFailure},
    AccountId, Balance, BatchId, BlockNumber, JobId, OrganisationId,
};
use sp_runtime::{DispatchError, DispatchResult};

/// Number of the only retry.
pub(crate) const RETRY: u8 = 1;
/// One of so many batches on which drawn members agreed is computed again by all.
const AGAIN: u8 = 16;
/// A call's bond in fees of the batch.
const BOND_FEES: Balance = 10;

impl<T: Config> Pallet<T> {
    /// The drawn members agreed.
    pub(crate) fn agreed_provisionally(id: BatchId, mut batch: Batch, outcome: InferOutcome) {
        let until = Self::now().saturating_add(Self::time_to_call(&batch));
        batch.provisional = Some(outcome);
        batch.stage = BatchStage::Provisional { until, again: false };
        Self::deposit_event(Event::AgreedProvisionally {
            batch: id,
            job: batch.job,
            outcome,
            until,
        });
        Batches::<T>::insert(id, batch);
        Self::set_blocks(id, 0);
    }

    /// Blocks for which all may be called: whoever looks into what the drawn members agreed on has as long as it takes, and time to call.
    fn time_to_call(batch: &Batch) -> BlockNumber {
        T::Provisional::get().saturating_add(batch.blocks_of_holder)
    }

    /// Members of a batch are busy for so many blocks.
    pub(crate) fn set_blocks(id: BatchId, blocks: BlockNumber) {
        OpenBatches::<T>::mutate(|open| {
            if let Some(open) = open.iter_mut().find(|open| open.id == id) {
                open.blocks = blocks;
            }
        });
    }

    /// A batch's outcome is settled: rows are taken from now on.
    pub(crate) fn settle(id: BatchId, mut batch: Batch, outcome: InferOutcome) {
        batch.outcome = Some(outcome);
        let until = Self::now().saturating_add(T::Settling::get());
        batch.stage = BatchStage::Settling { until };
        Self::deposit_event(Event::Agreed {
            batch: id,
            job: batch.job,
            outcome,
        });
        Batches::<T>::insert(id, batch);
        Self::set_blocks(id, 0);
    }

    /// At the end of a block: say which of the batches on which drawn members agreed in it are computed again, and let one go on whose time has
    /// come. Returns whether that one was given to all.
    pub(crate) fn go_on() -> bool {
        let now = Self::now();
        let mut next = None;
        for open in OpenBatches::<T>::get() {
            let Some(mut batch) = Batches::<T>::get(open.id) else {
                continue;
            };
            let BatchStage::Provisional { until, again } = batch.stage else {
                continue;
            };
            let agreed_now = until == now.saturating_add(Self::time_to_call(&batch));
            let again = again || (agreed_now && Self::is_drawn_again(open.id));
            if again && agreed_now {
                batch.stage = BatchStage::Provisional { until, again };
                Batches::<T>::insert(open.id, &batch);
            }
            if next.is_none() && (again || until <= now) {
                next = Some((open.id, batch, again, until <= now));
            }
        }
        let Some((id, batch, again, is_over)) = next else {
            return false;
        };
        if again {
            match Self::give_to_all(id, batch.clone(), Escalation::Drawn) {
                Ok(()) => return true,
                Err(error) => Self::deposit_event(Event::JobRefused { batch: id, error }),
            }
        }
        match batch.provisional {
            // What had to be computed again and could not be does not stand: else the drawn ones would see to it.
            _ if again && is_over => Self::fail_all(id, batch),
            Some(outcome) if is_over => Self::settle(id, batch, outcome),
            _ => {}
        }
        false
    }

    /// By what the author of the block drew in which the members agreed.
    pub(crate) fn is_drawn_again(id: BatchId) -> bool {
        let (random, _) = T::Randomness::random(&(b"quorate/again", id).encode());
        let hash = tagged(b"again", &(random, id));
        hash.as_bytes().first().is_some_and(|byte| byte.is_multiple_of(AGAIN))
    }

    /// All that can compute the batch are asked, after the drawn ones. Writes the batch.
    fn give_to_all(id: BatchId, mut batch: Batch, reason: Escalation) -> DispatchResult {
        let job = Self::job_of_all(id, &batch)?;
        batch.first_job = Some(core::mem::replace(&mut batch.job, job));
        batch.stage = BatchStage::Computing;
        batch.closed = false;
        Self::set_blocks(id, batch.blocks);
        Self::deposit_event(Event::Escalated {
            batch: id,
            job,
            reason: reason.clone(),
        });
        batch.escalation = Some(reason);
        Batches::<T>::insert(id, batch);
        Ok(())
    }

    fn job_of_all(id: BatchId, batch: &Batch) -> Result<JobId, DispatchError> {
        Self::set_blocks(id, 0);
        T::Jobs::retry(
            batch.job,
            JobSpec::<Infer> {
                requester: Requester::Batch(id),
                attempt: RETRY,
                // After an upgrade the retry runs under the current arithmetic.
                exact_version: EXACT_VERSION,
                commit: Self::commit_blocks(batch.blocks),
                reveal: T::Reveal::get(),
                committee: Self::all_of(batch),
                work: batch.work.clone(),
            },
        )
    }

    /// The drawn members came to no agreement. Writes the batch.
    pub(crate) fn dissented(id: BatchId, batch: Batch) {
        if let Err(error) = Self::give_to_all(id, batch.clone(), Escalation::Dissent) {
            Self::deposit_event(Event::JobRefused { batch: id, error });
            Self::fail_all(id, batch);
        }
    }

    /// Its requests come to nothing, a few in each block.
    fn fail_all(id: BatchId, mut batch: Batch) {
        batch.closed = true;
        batch.stage = BatchStage::Failing(RequestFailure::NoJob);
        Batches::<T>::insert(id, batch);
        Self::set_blocks(id, 0);
    }

    /// What whoever calls all to a batch sets aside.
    pub(crate) fn bond_of(batch: &Batch) -> Balance {
        BOND_FEES.saturating_mul(batch.fees).max(T::MinCallBond::get())
    }

    /// Whether all may be called to a batch.
    pub(crate) fn is_callable(batch: &Batch) -> bool {
        matches!(batch.stage, BatchStage::Provisional { until, again: false } if Self::now() < until)
    }

    pub(crate) fn do_call_all(by: AccountId, id: BatchId) -> DispatchResult {
        let organisation = T::Consortium::organisation_of(&by).ok_or(Error::<T>::RunsNoValidator)?;
        let runs = |organisation: OrganisationId| {
            let mut members = T::Consortium::committee().into_iter();
            members.any(|member| member.organisation == organisation)
        };
        ensure!(runs(organisation), Error::<T>::RunsNoValidator);
        let batch = Batches::<T>::get(id).ok_or(Error::<T>::BatchNotFound)?;
        ensure!(Self::is_callable(&batch), Error::<T>::NotProvisional);
        let bond = Self::bond_of(&batch);
        ensure!(T::Escrow::can_bond(organisation, bond), Error::<T>::AccountTooSmall);
        T::Escrow::hold_bond(organisation, Purpose::Batch(id), &by, bond)?;
        let called = Escalation::Called { organisation, by, bond };
        Self::give_to_all(id, batch, called)
    }

    /// All agreed on something else than the drawn members: whoever called them was right.
    pub(crate) fn return_bond(id: BatchId, batch: &Batch) {
        if let Some(Escalation::Called { organisation, by, bond }) = &batch.escalation {
            T::Escrow::release_bond(Purpose::Batch(id), by);
            Self::deposit_event(Event::BondReturned {
                batch: id,
                organisation: *organisation,
                bond: *bond,
            });
        }
    }

    /// All came to no agreement: the treasury has the bond of whoever called them.
    pub(crate) fn slash_bond(id: BatchId, batch: &Batch) {
        if let Some(Escalation::Called { organisation, by, bond }) = &batch.escalation {
            T::Escrow::slash_bond(Purpose::Batch(id), by);
            Self::deposit_event(Event::BondLost {
                batch: id,
                organisation: *organisation,
                bond: *bond,
            });
        }
    }

    /// All agreed on what the drawn members had agreed on: the bond of whoever called them goes into the escrow from which they are paid, or to
    /// the treasury where it has none. Returns how much came there.
    pub(crate) fn earn_bond(id: BatchId, batch: &Batch, escrow: Purpose) -> Balance {
        let Some(Escalation::Called { organisation, by, bond }) = &batch.escalation else {
            return 0;
        };
        if batch.outcome.is_none() || batch.outcome != batch.provisional {
            return 0;
        }
        Self::deposit_event(Event::BondLost {
            batch: id,
            organisation: *organisation,
            bond: *bond,
        });
        T::Escrow::forfeit_bond(Purpose::Batch(id), by, escrow)
    }
}
