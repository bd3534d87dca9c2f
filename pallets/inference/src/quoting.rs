//! What a request asks of the committee, and costs.

use crate::{
    pallet::{Config, Error, OpenBatches, Pallet},
    types::{Group, Request},
};
use frame_support::{ensure, traits::Get};
use quorate_primitives::{
    availability::ArtifactKind,
    job::infer::{Choice, Generation, Task, MAX_TOKENS},
    traits::{Artifacts, HeldArtifact, Models},
    views::{inference::RequestQuote, BlobRef},
    ArtifactId, Balance, BlockNumber, ModelId, VersionIndex,
};
use sp_runtime::helpers_128bit::multiply_by_rational_with_rounding;

/// Bytes are counted by this, for the fee.
const MIB: u64 = 1 << 20;

/// What somebody wants to know.
#[derive(Clone, Copy)]
pub(crate) struct Wanted {
    pub model: ModelId,
    /// `None`: the newest that may be asked.
    pub version: Option<VersionIndex>,
    pub program: ArtifactId,
    /// Bytes of the input.
    pub len: u64,
    /// In millions.
    pub operations: u64,
}

/// What is wanted, with what it reads and costs.
pub(crate) struct Candidate {
    pub group: Group,
    pub file: BlobRef,
    pub frozen_base: Option<BlobRef>,
    pub program_file: BlobRef,
    pub base_fee: Balance,
    pub reading: Balance,
    pub fee: Balance,
}

/// What a batch reads.
#[derive(Clone, Copy, Default)]
pub(crate) struct Bytes {
    /// Of version, frozen base and program. A quorum holds them; the others fetch them when they are drawn.
    pub held: u64,
    /// Of the inputs: brought a moment ago, they come from other validators.
    pub inputs: u64,
}

/// Bytes of version, frozen base and program.
pub(crate) fn held_bytes(file: &BlobRef, frozen_base: Option<&BlobRef>, program_file: &BlobRef) -> u64 {
    file.len
        .saturating_add(frozen_base.map_or(0, |base| base.len))
        .saturating_add(program_file.len)
}

/// How many parts of this size cover a whole; without end if they have none.
fn parts(whole: u64, size: u64) -> u64 {
    match size {
        0 => u64::MAX,
        size => whole.div_ceil(size),
    }
}

/// One of so many parts of the price of operations that were paid for and not used is kept: they made the batch's time to commit longer, for
/// all that were in it or came after it.
const UNUSED: u128 = 4;

impl Request {
    /// What of the fee is earned in a batch of so many requests, with so many of the operations that were paid for: the base, the share of the
    /// price of reading, rounded up, and, rounded down, the price of the operations that were used and a quarter of that of the others. Never
    /// more than the fee.
    pub(crate) fn earned(&self, requests: u32, used: u64) -> Balance {
        let fixed = self.base_fee.saturating_add(self.reading);
        let for_operations = self.fee.saturating_sub(fixed);
        let share = self.reading.div_ceil(Balance::from(requests.max(1)));
        let paid_for = u128::from(self.operations);
        let used = u128::from(used).min(paid_for);
        let unused = paid_for.saturating_sub(used);
        let part = multiply_by_rational_with_rounding(
            for_operations,
            used.saturating_mul(UNUSED).saturating_add(unused),
            paid_for.max(1).saturating_mul(UNUSED),
            sp_runtime::Rounding::Down,
        );
        self.base_fee
            .saturating_add(share)
            .saturating_add(part.unwrap_or(for_operations))
            .min(self.fee)
    }
}

impl<T: Config> Pallet<T> {
    /// What is wanted with what it reads, and what it would cost whoever asks.
    pub(crate) fn candidate(wanted: Wanted) -> Result<Candidate, Error<T>> {
        let Wanted {
            model,
            version,
            program,
            len,
            operations,
        } = wanted;
        ensure!(operations <= T::MaxOperations::get(), Error::<T>::TooMuchWork);
        ensure!(len > 0 && len <= T::MaxInputLen::get(), Error::<T>::InputLengthInvalid);
        let version = version
            .or_else(|| T::Models::head(model))
            .ok_or(Error::<T>::VersionNotServed)?;
        let file = T::Models::served(model, version).ok_or(Error::<T>::VersionNotServed)?;
        let HeldArtifact { root, len: bytes, .. } = T::Artifacts::held(program)
            .filter(|artifact| artifact.kind == ArtifactKind::Program)
            .ok_or(Error::<T>::ProgramNotHeld)?;
        let for_bytes = T::FeePerMiB::get().saturating_mul(len.div_ceil(MIB).into());
        let base_fee = T::BaseFee::get().saturating_add(for_bytes);
        let for_operations = T::FeePerOperations::get().saturating_mul(operations.into());
        let frozen_base = T::Models::frozen_base(model);
        let program_file = BlobRef { root, len: bytes };
        let held = held_bytes(&file, frozen_base.as_ref(), &program_file);
        // The whole: it may be alone in its batch.
        let reading = T::FeePerMiBRead::get().saturating_mul(held.div_ceil(MIB).into());
        Ok(Candidate {
            group: Group {
                model,
                version,
                program,
            },
            file,
            frozen_base,
            program_file,
            base_fee,
            reading,
            fee: base_fee.saturating_add(reading).saturating_add(for_operations),
        })
    }

    /// What a request would cost, and the blocks that its committee would have if it were in a batch by itself now.
    pub(crate) fn quote_of(wanted: Wanted) -> Option<RequestQuote> {
        let Candidate {
            file,
            frozen_base,
            program_file,
            reading,
            fee,
            ..
        } = Self::candidate(wanted).ok()?;
        let bytes = Bytes {
            held: held_bytes(&file, frozen_base.as_ref(), &program_file),
            inputs: wanted.len,
        };
        let commit = Self::commit_blocks(Self::blocks(wanted.operations, bytes));
        Some(RequestQuote { fee, reading, commit })
    }

    /// Blocks that so many millions of operations take, and what is read for them, for a validator that holds nothing of it yet.
    pub(crate) fn blocks(operations: u64, bytes: Bytes) -> BlockNumber {
        let computing = parts(operations, T::OperationsPerBlock::get());
        let fetching = parts(bytes.held.saturating_add(bytes.inputs), T::BytesPerBlock::get());
        computing
            .saturating_add(fetching)
            .try_into()
            .unwrap_or(BlockNumber::MAX)
    }

    /// The same for a validator that holds what a quorum holds.
    pub(crate) fn blocks_of_holder(operations: u64, bytes: Bytes) -> BlockNumber {
        let computing = parts(operations, T::OperationsPerBlock::get());
        let reading = parts(bytes.held, T::HeldBytesPerBlock::get());
        let fetching = parts(bytes.inputs, T::BytesPerBlock::get());
        computing
            .saturating_add(reading)
            .saturating_add(fetching)
            .try_into()
            .unwrap_or(BlockNumber::MAX)
    }

    /// Blocks to commit: beside those of a batch by itself those that batches before it may take, for members compute one at a time.
    pub(crate) fn commit_blocks(alone: BlockNumber) -> BlockNumber {
        let open = OpenBatches::<T>::get();
        let before = open
            .iter()
            .fold(0, |sum: BlockNumber, batch| sum.saturating_add(batch.blocks));
        T::CommitBase::get().saturating_add(alone).saturating_add(before)
    }

    /// What is asked has bounds, and means something.
    pub(crate) fn check_task(task: &Task) -> Result<(), Error<T>> {
        let Task::Generate(Generation { max_tokens, choice, .. }) = task else {
            return Ok(());
        };
        ensure!((1..=MAX_TOKENS).contains(max_tokens), Error::<T>::TaskInvalid);
        let meant = match choice {
            Choice::Largest => true,
            // A positive number that is finite; as bits these are those between zero and infinity.
            Choice::Drawn { temperature, top } => (1..0x7f80_0000).contains(temperature) && *top > 0,
        };
        ensure!(meant, Error::<T>::TaskInvalid);
        Ok(())
    }
}
